"""Notebook 10: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import each_answer_decided, other_answers

import rnn_helpers as rh

test_right, test_wrong = other_answers(
    right={
        "run_on": (
            "run_on = lambda rnn, prime, n: rh.predict(rnn, prime, free_steps=n - 1)[0][-n:]",
            "x = prediction[:, -1:] => x = prediction[:, -1].unsqueeze(1)",
        ),
        "slip": ("360 * n / period - 9 * n => np.rad2deg(2 * np.pi * n * (1 / period - 1 / 40))",),
    },
    wrong={
        "run_on": {"range(n) => range(n + 1)": "the points should have shape"},
        "slip": {"360 * n / period - 9 * n => 360 * (n // period) - 9 * n": "should be"},
    },
)

TURNS = 9.0 * np.arange(1, 81)


def score(*runs):
    return (rh.score_run(np.array(runs), TURNS),)


def sine(height, ahead=0.0):
    return height * np.sin(np.deg2rad(TURNS + ahead))


def lower(*free, one_step=(8e-6, 2e-6)):
    return tuple({150: np.full(3, a), 400: np.full(3, b)} for a, b in (one_step, free))


def noise(*errors):
    names = ("AR(2)", "AR(40)", "copy of the last turn", "trained RNN")
    return ({name: np.array([e, e]) for name, e in zip(names, errors, strict=True)},)


test_which_answer_is_right_and_why = each_answer_decided(
    {
        "goes wrong first": [
            score(sine(0.02), sine(0.1), sine(1)),
            score(sine(4), sine(3), sine(1, 50)),
            score(sine(1, 50), sine(0.9, 55), sine(1)),
            score(sine(1, 2), sine(0.9, 5), sine(1)),
        ],
        "lower loss better run": [
            lower(0.4, 0.05),
            lower(0.4, 0.2),
            lower(0.4, 0.3),
            lower(0.01, 0.09),
        ],
        "random network": [
            ([0.3, 0.4], [1e-5]),
            ([1e-3], [1e-5]),
            ([2e-6], [5e-6]),
            ([2e-9], [5e-6]),
        ],
        "noise wins": [
            noise(0.001, 0.5, 0.5, 0.5),
            noise(0.5, 0.0002, 0.003, 0.001),
            noise(0.5, 0.5, 0.003, 0.5),
            noise(0.5, 0.5, 0.5, 0.001),
        ],
    }
)
