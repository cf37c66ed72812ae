"""Notebook 10: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import measured_decides, other_answers

import rnn_helpers as rh

test_right, test_wrong = other_answers(
    right={
        "run_on": (
            "run_on = lambda rnn, prime, n: rh.predict(rnn, prime, free_steps=n - 1)[0][-n:]",
            "torch.no_grad() => torch.inference_mode()\nreturn points => return np.array(points)",
            "x = prediction[:, -1:] => x = prediction[:, -1].unsqueeze(1)",
        ),
        "slip": (
            "360 * n / period - 9 * n => n * (360 / period - 9)",
            "360 * n / period - 9 * n => np.rad2deg(2 * np.pi * n * (1 / period - 1 / 40))",
        ),
        "carry_on": (
            "carry_on = lambda a, sequence, n: rh.forecast_ar(a, sequence, n)[-1]",
            "np.dot(a, newest_first) => sum(x * y for x, y in zip(a, newest_first))",
        ),
    },
    wrong={
        "run_on": {
            "points.append(x.item()) => points.append(2 * x.item())": "should be",
            "range(n) => range(n + 1)": "the points should have shape",
            "return points => rnn.eval(); return points": "rnn.training was True",
        },
        "slip": {
            "360 * n / period - 9 * n => 360 * n / period - 9 * n + 1": "the slip should be",
            "360 * n / period - 9 * n => 360 * (n // period) - 9 * n": "should be",
        },
        "carry_on": {
            "np.dot(a, newest_first) => np.dot(a, newest_first) + 0.1": "the values",
            "carry_on = lambda a, sequence, n: rh.forecast_ar(a, sequence, n + 1)[-1]": "values; ",
        },
    },
)

TURNS = 9.0 * np.arange(1, 81)


def score(*runs):
    return {"score": rh.score_run(np.array(runs), TURNS)}


def sine(height, ahead=0.0):
    return height * np.sin(np.deg2rad(TURNS + ahead))


def lower(one_step, free):
    return {
        name: {150: np.full(3, before), 400: np.full(3, after)}
        for name, (before, after) in (("one_step", one_step), ("free", free))
    }


def noise(*errors):
    names = ("AR(2)", "AR(40)", "copy of the last turn", "trained RNN")
    return {"errors": {name: np.array([e, e]) for name, e in zip(names, errors, strict=True)}}


# The name of a question, what was measured, the right answer, and a part of the reason.
MEASURED = [
    (
        "goes wrong first",
        score(sine(0.02), sine(0.1), sine(1)),
        0,
        "33 % of 3 networks still swing",
    ),
    ("goes wrong first", score(sine(4), sine(3), sine(1, 50)), 1, "33 % of 3"),
    ("goes wrong first", score(sine(1, 50), sine(0.9, 55), sine(1)), 2, "more than 50 degrees out"),
    ("goes wrong first", score(sine(1, 2), sine(0.9, 5), sine(1)), 3, "100 % of 3"),
    ("lower loss better run", lower((8e-6, 2e-6), (0.4, 0.05)), 0, "free run 0.4; after 400 steps"),
    (
        "lower loss better run",
        lower((8e-6, 2e-6), (0.4, 0.2)),
        1,
        "one-step error 2e-06, free run 0",
    ),
    ("lower loss better run", lower((8e-6, 2e-6), (0.4, 0.3)), 2, "one-step error 8e-06"),
    ("lower loss better run", lower((8e-6, 2e-6), (0.01, 0.09)), 3, "free run 0.01; after 400"),
    ("random network", {"random": [0.3, 0.4], "trained": [1e-5, 1e-5]}, 0, "is 0.3"),
    ("random network", {"random": [1e-3], "trained": [1e-5]}, 1, "is 0.001"),
    ("random network", {"random": [2e-6], "trained": [5e-6]}, 2, "between 1e-06 and 1e-05"),
    ("random network", {"random": [2e-9], "trained": [5e-6]}, 3, "is below 1e-7, and that of"),
    ("noise wins", noise(0.001, 0.5, 0.5, 0.5), 0, "AR(2) 0.001, AR(40) 0.5"),
    ("noise wins", noise(0.5, 0.0002, 0.003, 0.001), 1, "copy of the last turn 0.003."),
    ("noise wins", noise(0.5, 0.5, 0.003, 0.5), 2, "AR(2) 0.5"),
    ("noise wins", noise(0.5, 0.5, 0.5, 0.001), 3, "MSE over 1000 steps: AR(2) 0.5"),
]


test_what_is_measured_decides = measured_decides(MEASURED)
