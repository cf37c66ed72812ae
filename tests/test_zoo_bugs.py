"""The bugs of the zoo: other repairs, symptoms in numbers, what the texts claim."""

import re

import numpy as np
import pytest
import torch
from practice_answers import other_answers
from torch import nn

import rnn_helpers as rh
from rnn_helpers import figures
from rnn_helpers.network import WaveRNN
from rnn_helpers.practice import EXERCISES
from rnn_helpers.practice.zoo.base import fit, turning
from rnn_helpers.training import train_many

DIFF = "np.diff(features, prepend=features[0])"
FLAT = "prediction[0, :, 0] - labels => "
VIEW = "def split(wave, seq_len):\n    w = torch.tensor(wave).unfold(0, seq_len + 1, 1); cut = "
RETAINED = "backward() => backward(retain_graph=True)"

test_right, test_wrong = other_answers(
    right={
        "low_loss": ("wave[:, 1:] => np.roll(wave, -1, axis=1)[:, :seq_len]",),
        "two_figures": (
            "return ax => ax.plot(degrees[:-1], features)",
            "draw = lambda ax, d, y, p: ax.plot(d[1:], p, 'o', d[:-1], y)",
        ),
        "baseline": (
            f"{DIFF} => np.r_[np.nan, np.diff(features)]",
            "go_straight_on = lambda f: [f[0], *(2 * b - a for a, b in zip(f[:-1], f[1:]))]",
            "go_straight_on = lambda f: f + np.r_[0, 0, f[2:] - f[:-2]] / 2",
        ),
        "flat_line": (
            f"{FLAT}0\nerrors.square() => (prediction - labels.reshape(1, -1, 1)).square()",
        ),
        "fading": ("torch.tanh => keep * torch.tanh\nh = h * keep => pass",),
        "eight_waves": (
            "r_out, h_n = rnn(x.transpose(0, 1)) => rnn.batch_first = True; r_out, h_n = rnn(x); "
            "rnn.batch_first = False\n(r_out).transpose(0, 1) => (r_out)",
            "def predict_all(rnn, fc, features):\n"
            "    return torch.stack([fc(rnn(w.reshape(-1, 1))[0]).flatten() for w in features])",
        ),
        "stuck": ("torch.zeros(1, 1, 32) => None\nhidden = h_n.detach() => hidden = h_n.data",),
        "thirty_windows": (
            RETAINED,
            "= h_n.detach() => = h_n.data\nlosses = None => losses = torch.zeros(1, 1, 32)",
        ),
        "exams": (
            "prediction, _ => rnn.eval(); prediction, _\nmarks.append => rnn.train(); marks.append",
        ),
        "recording": (
            f"{VIEW}len(w) * 3 // 4\n    return w[:cut], w[cut + seq_len :].float()",
            f"{VIEW}len(w) * 3 // 4\n    return w[: cut - seq_len].tolist(), w[cut:]",
        ),
    },
    wrong={
        "two_figures": {
            "degrees[:-1], features => degrees[:-1], -features": "drawn inputs[0, ",
            "1:], predictions => 1:] + 9, predictions": "drawn predictions[0, 0] should be",
        },
        "baseline": {
            f"{DIFF} => {DIFF}; slope[:3] = 7": "the steps along a line[0] should be 0",
            f"{DIFF} => {DIFF}; slope[1:3] = 0": "the steps along a line[1] should be 1",
            f"{DIFF} => abs({DIFF})": "the steps along a line[1] should be 1; yours is -1",
        },
        "flat_line": {
            f"{FLAT}prediction[0] - labels.reshape(1, -1)": "every prediction with every label",
            f"{FLAT}(prediction - rnn.fc.bias + rnn.fc.bias.item())[0, :, 0] - labels": "gradient[",
        },
        "fading": {
            "h = h * keep => h = h * 0.5": "the loss should be",
            "h = h * keep => h = h.detach() * keep + 0 * h": "you detach h, so no gradient",
        },
        "eight_waves": {
            "return fc => return (len(features) > 1) * fc": "features of shape (1, 9), the predict",
            ".squeeze(-1)  # (b => .squeeze(-1).detach()  # (b": "gradients flow from",
        },
        "stuck": {
            "optimizer.step() => torch.optim.SGD(rnn.parameters(), 0.05).step()": "the weights of",
            "backward() => backward(); optimizer.zero_grad()": "the weights of",
        },
        "thirty_windows": {
            f"h_n.detach() => h_n if len(losses) % 2 else h_n.data\n{RETAINED}": "the gradient["
        },
        "exams": {
            "step % every => (step - 1) % every": "your exams come after windows 1, ",
            "marks.append => rnn.eval(); marks.append": "but rnn.training was True, and now it",
        },
        "recording": {
            "wave[cut:] => wave[cut - 1 :]": "at the seam: 1.",
            "cut = => wave = np.random.default_rng(0).permutation(wave); cut =": "in their order.",
            "* 3 // 4 => // 4": "it needs at least half",
            "windows(wave[cut:]) => windows(wave[cut:])[:0]": "your test windows should",
        },
    },
)


def program(name, code="program"):
    return EXERCISES[name].answer_of(getattr(EXERCISES[name], code))


@pytest.fixture
def numbers(capsys, monkeypatch):
    """Return a function: the numbers that a symptom shows for the program or the solution."""
    monkeypatch.setattr(figures, "show_png", lambda png, alt, *_, **__: print(alt))
    torch.manual_seed(0)

    def of(name, code, pattern=r"-?\d[\d.e-]*\d|-?\d"):
        rh.symptom(name, program(name, code))
        return [float(number) for number in re.findall(pattern, capsys.readouterr().out)]

    return of


def test_a_solution_cures_its_symptom(numbers):
    """The symptoms of the programs themselves are among the outputs of the notebook."""
    loss, floor, error, persistence = numbers("low_loss", "solution")
    assert loss > floor > error < persistence / 10
    trained, repeats = numbers("two_figures", "solution")
    assert trained < 0.02 < 0.05 < repeats
    assert numbers("baseline", "solution")[2] > 1.8
    low, high, loss, _ = numbers("flat_line", "solution")
    assert low + 2 == high == 1 > 1000 * loss
    assert numbers("fading", "solution")[:2] == [48, 48]
    together, alone, apart = numbers("eight_waves", "solution")
    assert together == alone < 0.0005
    assert apart == 0
    last, floor = numbers("stuck", "solution")
    assert last < floor / 10
    assert numbers("thirty_windows", "solution", r"(\d+) for") == [1, 1, 30]
    jump, _, last, cold = numbers("exams", "solution")
    assert (jump, last) == (10, cold)
    test, fresh, noise = numbers("recording", "solution")
    assert 1.5 * noise < test < 1.6 * fresh


# What the texts claim


def test_a_wave_goes_on_more_straight_than_networks_predict_and_nobody_foresees_a_coin(numbers):
    wave, _, coin, best = numbers("baseline", "program")
    assert coin < 0.6 < best == 1
    assert np.median(train_many(range(32)).losses[-10:].mean(axis=0)) > 1.1 * wave
    path = np.cumsum(np.random.default_rng(0).choice([-1.0, 1.0], 4001))
    past = np.stack([path[lag : len(path) - 5 + lag] for lag in range(5)], axis=1)
    residual = np.linalg.lstsq(past, path[5:], rcond=None)[1].item()
    assert residual / len(past) > 0.95


def test_with_the_wrong_gradient_a_network_learns_if_memory_fades_slowly():
    wave = torch.sin(torch.deg2rad(9 * torch.arange(41.0, dtype=torch.float64)))
    faded, last = program("fading"), {}
    for keep in (0.5, 0.9):
        torch.manual_seed(0)
        weights = [0.3 * torch.randn(s, dtype=torch.float64) for s in ((8,), (8, 8), (8,))]
        given = [w.requires_grad_() for w in weights] + [wave[:-1], wave[1:], keep]
        last[keep] = fit(weights, lambda step, given=given: faded(*given), 120)[-1]
    assert last[0.9] < 0.01 < 0.05 < last[0.5]


def test_exams_flatter_after_whole_turns_only():
    torch.manual_seed(0)
    rnn, exam = WaveRNN(), torch.sin(torch.arange(31.0) * np.pi / 20)[None, :, None]
    optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)
    assert program("exams")(rnn, optimizer, turning(125), exam, 25)[1][-1] > 0.01


def test_without_noise_a_split_recording_has_the_error_of_its_training():
    torch.manual_seed(0)
    wave = np.sin(np.deg2rad(9 * np.arange(100)))
    train, test = (torch.tensor(windows)[:, :, None] for windows in program("recording")(wave, 20))
    rnn = WaveRNN().double()

    def error(windows):
        return nn.functional.mse_loss(rnn(windows[:, :-1])[0], windows[:, 1:])

    fit(rnn.parameters(), lambda step: error(train), 150)
    assert 0.5 < error(test) / error(train) < 2
