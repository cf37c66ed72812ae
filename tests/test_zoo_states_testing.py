"""The bugs of states and testing: other repairs, symptoms in numbers, what the texts claim."""

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

VIEW = "def split(wave, seq_len):\n    w = torch.tensor(wave).unfold(0, seq_len + 1, 1); cut = "
RETAINED = "backward() => backward(retain_graph=True)"

test_right, test_wrong = other_answers(
    right={
        "eight_waves": (
            "r_out, h_n = rnn(x.transpose(0, 1)) => rnn.batch_first = True; r_out, h_n = rnn(x); "
            "rnn.batch_first = False\n(r_out).transpose(0, 1) => (r_out)",
            "def predict_all(rnn, fc, features):\n"
            "    return torch.stack([fc(rnn(w.reshape(-1, 1))[0]).flatten() for w in features])",
        ),
        "stuck": (
            "torch.zeros(1, 1, 32) => None\nhidden = h_n.detach() => hidden = h_n.data",
            "optimizer.zero_grad() => pass\noptimizer.step() => optimizer.step(); rnn.zero_grad()",
            "h_n.detach() => torch.tensor(h_n.tolist())\nreturn losses => return np.array(losses)",
        ),
        "thirty_windows": (
            RETAINED,
            "= h_n.detach() => = h_n.data\nlosses = None => losses = torch.zeros(1, 1, 32)",
        ),
        "exams": (
            "prediction, _ => rnn.eval(); prediction, _\nmarks.append => rnn.train(); marks.append",
            "return losses, marks => return {'the losses': losses, 'the marks': np.array(marks)}",
        ),
        "recording": (
            f"{VIEW}len(w) * 3 // 4\n    return w[:cut], w[cut + seq_len :].float()",
            f"{VIEW}len(w) * 3 // 4\n    return w[: cut - seq_len].tolist(), w[cut:]",
        ),
    },
    wrong={
        "eight_waves": {
            "return fc => return (len(features) > 1) * fc": "features of shape (1, 9), the predict",
            ".squeeze(-1)  # (b => .squeeze(-1).detach()  # (b": "gradients flow from",
            "fc(r_out) => (fc(r_out) - fc.bias + fc.bias.detach())": "the gradient of fc[32]",
        },
        "stuck": {
            "optimizer.step() => torch.optim.SGD(rnn.parameters(), 0.05).step()": "the weights of",
            "backward() => backward(); optimizer.zero_grad()": "weights stand still",
        },
        "thirty_windows": {
            f"h_n.detach() => h_n if len(losses) % 2 else h_n.data\n{RETAINED}": "the gradient[",
            "loss.backward() => loss = loss.detach()": "the gradient[0] should be",
        },
        "exams": {
            "step % every => (step - 1) % every": "your exams come after windows 1, ",
            "marks.append => rnn.eval(); marks.append": "but rnn.training was True, and now it",
            "marks.a => rnn.fc.bias.sum().backward(); optimizer.step(); marks.a": "the losses[",
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
def shown(capsys, monkeypatch):
    """Return a function: the numbers that a symptom shows for the program or the solution."""
    monkeypatch.setattr(figures, "show_png", lambda png, alt, *_, **__: print(alt))
    torch.manual_seed(0)

    def of(name, code, pattern=r"\d[\d.e-]*\d|\d"):
        rh.symptom(name, program(name, code))
        return [float(number) for number in re.findall(pattern, capsys.readouterr().out)]

    return of


def test_states(shown):
    together, alone, apart = shown("eight_waves", "program")
    assert alone > 5 * together
    assert apart > 0.1
    together, alone, apart = shown("eight_waves", "solution")
    assert together == alone < 0.0005
    assert apart == 0
    last, floor = shown("stuck", "program")
    assert floor < last < 10 * floor
    assert shown("stuck", "solution")[0] < floor / 10
    assert shown("thirty_windows", "program", r"(\d+) for") == [1, 30, 465]
    assert shown("thirty_windows", "solution", r"(\d+) for") == [1, 1, 30]


def test_exams_flatter_after_whole_turns_only(shown):
    jump, _, last, cold = shown("exams", "program")
    assert jump >= 20
    assert last < cold / 5
    jump, _, last, cold = shown("exams", "solution")
    assert (jump, last) == (10, cold)
    rnn, exam = WaveRNN(), torch.sin(torch.arange(31.0) * np.pi / 20)[None, :, None]
    optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)
    assert program("exams")(rnn, optimizer, turning(125), exam, 25)[1][-1] > 0.01


def test_recording_with_and_without_noise(shown):
    test, fresh, noise = shown("recording", "program")
    assert test < noise < fresh / 1.5
    test, fresh, noise = shown("recording", "solution")
    assert 1.5 * noise < test < 1.6 * fresh
    wave = np.sin(np.deg2rad(9 * np.arange(100)))
    train, test = (torch.tensor(windows)[:, :, None] for windows in program("recording")(wave, 20))
    rnn = WaveRNN().double()

    def error(windows):
        return nn.functional.mse_loss(rnn(windows[:, :-1])[0], windows[:, 1:])

    fit(rnn.parameters(), lambda step: error(train), 150)
    assert 0.5 < error(test) / error(train) < 2
