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


def eigenvalues(*sizes):
    return np.array([[size * np.exp(0.16j), 0.5] for size in sizes])


MEASURED = {
    "around the circle": [
        eigenvalues(*sizes)
        for sizes in ((0.9, 0.99), (1.0001, 1), (*[1.03] * 20, 0.99), (0.5, 1.5))
    ],
    "small and large": [
        {0.01: low, 3.0: high} for low, high in ((0.01, 3.0), (0.0, 2.0), (1.1, 0.9), (1.0, 5.0))
    ],
    "apart": [np.array([[1e-3, *[3e-4] * 40, end]]) for end in (1e-8, 4e-4, 0.1, 1.5)],
    "a thousand steps back": [
        {"wave": [1, wave], "itself": [1, itself]}
        for wave, itself in ((1e-40, 1e-30), (2.0, 1e-30), (1e-40, 0.9), (1e9, 1e7))
    ],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
