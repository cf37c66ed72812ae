"""Notebook 11: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import each_answer_decided, other_answers

test_right, test_wrong = other_answers(
    right={
        "jacobian": ("1 - np.tanh(A @ h + b) ** 2 => np.cosh(A @ h + b) ** -2.0",),
        "one_turn": ("abs(eigenvalue) ** steps => np.exp(steps * np.log(abs(eigenvalue)))",),
    },
    wrong={
        "jacobian": {"slope[:, None] * A => slope[:1]": "should have shape"},
        "one_turn": {"return steps, => return round(steps),": "steps should be"},
        "two_units": {"[[0, 0], [1, 0]] => [[0, 0], [2, 0]]": "W_hh[1, 0] should be 1"},
    },
)


def pair(*sizes):
    return (np.array([[size * np.exp(0.16j), 0.5] for size in sizes]),)


def heights(low, high):
    return ({0.01: low, 3.0: high},)


def norms(wave, itself):
    return ({"wave": np.array([1, wave]), "itself": np.array([1, itself])},)


def ends(*last):
    return (np.array([[1e-3, *[3e-4] * 40, end] for end in last]),)


test_which_answer_is_right_and_why = each_answer_decided(
    {
        "around the circle": (
            "0 of 3 networks have them outside",
            [
                pair(0.9, 0.95, 0.99),
                pair(1.0001, 0.9999, 1),
                pair(*[1.03] * 20, 0.99),
                pair(0.5, 1.5),
            ],
        ),
        "small and large": (
            "heights are 0.0 and 3.0.",
            [heights(0.01, 3.0), heights(0.0, 2.0), heights(1.1, 0.9), heights(1.0, 5.0)],
        ),
        "apart": (
            "Of the push, 0.2 to 0.4 is left after one turn and 7e-06 after 25",
            [ends(1e-8, 4e-9), ends(4e-4, 2e-4), ends(0.1), ends(1.5)],
        ),
        "a thousand steps back": (
            "below 1e-20 with the wave, and below 1e-20",
            [norms(1e-40, 1e-30), norms(2.0, 1e-30), norms(1e-40, 0.9), norms(1e9, 1e7)],
        ),
    }
)
