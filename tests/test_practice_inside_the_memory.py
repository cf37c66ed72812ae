"""Notebook 11: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import measured_decides, other_answers

test_right, test_wrong = other_answers(
    right={
        "jacobian": (
            "slope[:, None] * A => np.diag(slope) @ A",
            "slope[:, None] * A => (slope * A.T).T",
            "1 - np.tanh(A @ h + b) ** 2 => np.cosh(A @ h + b) ** -2.0",
        ),
        "one_turn": (
            "2 * np.pi / abs(np.angle(eigenvalue)) => 360 / abs(np.angle(eigenvalue, deg=True))",
            "abs(eigenvalue) ** steps => np.exp(steps * np.log(abs(eigenvalue)))",
        ),
        "two_units": (
            "np.array([eps, 0]) => [eps, 0.0]",
            "np.array([[0, 0], [1, 0]]) => np.eye(2, k=-1)",
        ),
    },
    wrong={
        "jacobian": {
            "slope[:, None] * A => slope[:, None] * A + 0.1": "the derivatives",
            "slope[:, None] * A => slope[:1]": "should have shape",
        },
        "one_turn": {
            "return steps, => return round(steps),": "steps should be",
            "return steps, abs(eigenvalue) ** steps => return abs(eigenvalue), steps": "steps",
        },
        "two_units": {
            "return W_ih, W_hh, W_fc => return W_ih, W_hh": "3 things are asked for",
            "[[0, 0], [1, 0]] => [[0, 0], [2, 0]]": "W_hh[1, 0] should be 1",
        },
    },
)


def pair(*sizes):
    return {"eigenvalues": np.array([[size * np.exp(0.16j), 0.5] for size in sizes])}


def norms(wave, itself):
    return {"norms": {"wave": np.array([1, wave]), "itself": np.array([1, itself])}}


# The name of a question, what was measured, the right answer, and a part of the reason.
MEASURED = [
    ("around the circle", pair(0.9, 0.95, 0.99), 0, "0 of 3 networks have them outside"),
    ("around the circle", pair(1.0001, 0.9999, 1), 1, "median modulus is 1.00"),
    ("around the circle", pair(*[1.03] * 20, 0.99), 2, "20 of 21 networks have them outside"),
    ("around the circle", pair(0.5, 1.5), 3, "1 of 2"),
    ("small and large", {"heights": {0.01: 0.01, 3.0: 3.0}}, 0, "heights are 0.0 and 3.0."),
    ("small and large", {"heights": {0.01: 0.0, 3.0: 2.0}}, 1, "0.0 and 2.0"),
    ("small and large", {"heights": {0.01: 1.1, 0.1: 9.0, 3.0: 0.9}}, 2, "1.1 and 0.9"),
    ("small and large", {"heights": {0.01: 1.0, 3.0: 5.0}}, 3, "1.0 and 5.0"),
    ("apart", {"distances": np.array([[1e-3, 1e-8], [1e-3, 1e-9]])}, 0, "6e-06 times the first"),
    ("apart", {"distances": np.array([[1e-3, 4e-4], [1e-3, 2e-4]])}, 1, "between 0.1 and 1 times"),
    ("apart", {"distances": np.array([[1e-3, 0.1]])}, 2, "1e+02 times"),
    ("apart", {"distances": np.array([[1e-3, 1.5]])}, 3, "in the median"),
    ("a thousand steps back", norms(1e-40, 1e-30), 0, "below 1e-20 with the wave, and below 1e-20"),
    ("a thousand steps back", norms(2.0, 1e-30), 1, "about 2 with the wave"),
    ("a thousand steps back", norms(1e-40, 0.9), 2, "about 0.9 with itself"),
    ("a thousand steps back", norms(1e9, 1e7), 3, "about 1e+09"),
]


test_what_is_measured_decides = measured_decides(MEASURED)
