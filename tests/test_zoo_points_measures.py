"""The bugs of points and measures: other repairs, symptoms in numbers, what the texts claim."""

import re

import numpy as np
import pytest
import torch
from practice_answers import other_answers

import rnn_helpers as rh
from rnn_helpers.practice import EXERCISES
from rnn_helpers.practice.zoo.base import fit
from rnn_helpers.training import train_many

DIFF = "np.diff(features, prepend=features[0])"
FLAT = "prediction[0, :, 0] - labels => "

test_right, test_wrong = other_answers(
    right={
        "low_loss": (
            "wave[:, 1:] => np.roll(wave, -1, axis=1)[:, :seq_len]",
            "return features, labels => return features.tolist(), torch.tensor(labels)",
        ),
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
            f"{FLAT}prediction[0].T - labels",
            f"{FLAT}0\nerrors.square() => (prediction - labels.reshape(1, -1, 1)).square()",
        ),
        "fading": (
            "torch.tanh => keep * torch.tanh\nh = h * keep => pass",
            "h = h * keep => h = h.clone(); h *= keep",
        ),
    },
    wrong={
        "low_loss": {
            "start=0.0 => start": "missing 1 required positional argument",
            "wave[:, 1:] => wave": "labels should have shape (5, 20); yours has shape (5, 21)",
            "return features, labels => return features": "2 things are asked for",
        },
        "two_figures": {
            "degrees[:-1], features => degrees[:-1], -features": "drawn inputs[0, ",
            "1:], predictions => 1:] + 9, predictions": "drawn predictions[0, 0] should be",
            "return ax => features *= 2": "your function changed features",
        },
        "baseline": {
            f"{DIFF} => {DIFF}; slope[:3] = 7": "the steps along a line[0] should be 0",
            f"{DIFF} => {DIFF}; slope[1:3] = 0": "the steps along a line[1] should be 1",
            f"{DIFF} => {DIFF}; slope[2] *= -1": "the steps along a line[2] should be 1",
            f"{DIFF} => abs({DIFF})": "the steps along a line[1] should be 1; yours is -1",
            "features + slope => features.__iadd__(slope)": "your function changed features",
        },
        "flat_line": {
            f"{FLAT}prediction[0] - labels.reshape(1, -1)": "every prediction with every label",
            f"{FLAT}prediction[0, :, 0] - 2 * labels": "the loss should be",
            f"{FLAT}(prediction - rnn.fc.bias + rnn.fc.bias.item())[0, :, 0] - labels": "gradient[",
        },
        "fading": {
            "h = h * keep => h = h * 0.5": "the loss should be",
            "h = h * keep => h = h.detach() * keep + 0 * h": "you detach h, so no gradient",
            "/ len(labels) => / len(labels) + w_out.sum() - w_out.sum().item()": "its gradient[",
        },
    },
)


@pytest.fixture
def shown(capsys, monkeypatch):
    monkeypatch.setattr(rh.figures, "show_png", lambda png, alt, *_, **__: print(alt))

    def of(name, code, *change):
        code = getattr(EXERCISES[name], code).replace(*change or ("", ""))
        rh.symptom(name, EXERCISES[name].answer_of(code))
        return [float(n) for n in re.findall(r"-?\d[\d.e-]*\d|-?\d", capsys.readouterr().out)]

    return of


def test_low_loss(shown):
    loss, floor, error, persistence = shown("low_loss", "program")
    assert loss < floor < 10 * error > 5 * persistence
    loss, floor, error, persistence = mended = shown("low_loss", "solution")
    assert loss > floor > error < persistence / 10
    assert shown("low_loss", "solution", "wave[:, 1:]", "np.roll(features, -1, axis=1)") == mended


def test_two_figures(shown):
    trained, repeats = shown("two_figures", "program")
    assert trained > 0.05 > repeats == 0
    trained, repeats = shown("two_figures", "solution")
    assert trained < 0.02 < 0.05 < repeats
    assert shown("two_figures", "program", "return ax", "ax.axhline(0)") == [20, 20]  # no distance


def test_baseline(shown):
    wave, _, coin, best = shown("baseline", "program")
    assert coin < 0.6 < best == 1
    assert np.median(train_many(range(32)).losses[-10:].mean(axis=0)) > 1.1 * wave
    assert shown("baseline", "solution")[2] > 1.8
    path = np.cumsum(np.random.default_rng(0).choice([-1.0, 1.0], 4001))  # nobody foresees it:
    past = np.stack([path[lag : len(path) - 5 + lag] for lag in range(5)], axis=1)
    residual = np.linalg.lstsq(past, path[5:], rcond=None)[1].item()
    assert residual / len(past) > 0.95


def test_flat_line(shown):
    low, high, loss, variance = shown("flat_line", "program")
    assert low == high == 0 < 0.4 < loss == variance < 0.6
    low, high, loss, variance = shown("flat_line", "solution")
    assert low + 2 == high == 1 > 1000 * loss


def test_fading(shown):
    assert shown("fading", "program")[:2] == [6, 48]
    assert shown("fading", "solution")[:2] == [48, 48]
    wave = torch.sin(torch.deg2rad(9 * torch.arange(41.0, dtype=torch.float64)))
    program, last = EXERCISES["fading"].answer_of(EXERCISES["fading"].program), {}
    for keep in (0.5, 0.9):  # a network learns with the wrong gradient, if memory fades slowly
        torch.manual_seed(0)
        weights = [0.3 * torch.randn(s, dtype=torch.float64) for s in ((8,), (8, 8), (8,))]
        given = [w.requires_grad_() for w in weights] + [wave[:-1], wave[1:], keep]
        last[keep] = fit(weights, lambda step, given=given: program(*given), 120)[-1]
    assert last[0.9] < 0.01 < 0.05 < last[0.5]
