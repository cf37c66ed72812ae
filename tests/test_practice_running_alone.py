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


CONTINUED = "AR(2)", "AR(40)", "copy of the last turn", "trained RNN"


MEASURED = {
    "goes wrong first": [
        score(sine(0.02), sine(0.1), sine(1)),
        score(sine(4), sine(3), sine(1, 50)),
        score(sine(1, 50), sine(0.9, 55), sine(1)),
        score(sine(1, 2), sine(0.9, 5), sine(1)),
    ],
    "lower loss better run": [
        (
            {150: np.full(3, 8e-6), 400: np.full(3, 2e-6)},
            {150: np.full(3, 0.4), 400: np.full(3, free)},
        )
        for free in (0.05, 0.2, 0.4, 0.9)
    ],
    "random network": [([random], [1e-5]) for random in (0.3, 1e-3, 2e-6, 2e-9)],
    "noise wins": [
        {name: [0.5 - 0.4 * (name == best)] for name in CONTINUED} for best in CONTINUED
    ],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
