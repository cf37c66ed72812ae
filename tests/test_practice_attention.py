"""Notebook 15: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import measured_decides, other_answers

test_right, test_wrong = other_answers(
    right={
        "two_steps": (
            """\
def two_steps(first, second):
    step = lambda h, pair: pair[0] * h + pair[1]
    x = step(step(0, first), second)
    return step(step(1, first), second) - x, x""",
        ),
        "look_back": (
            "K @ q / len(q) ** 0.5 => (q[None] @ K.T)[0] / np.sqrt(len(q))",
            """\
def look_back(q, K, V):
    grown = torch.exp(K @ q / len(q) ** 0.5)
    weights = grown / grown.sum()
    return weights, (weights[:, None] * V).sum(dim=0)""",
        ),
        "remember": (
            """\
def remember(K, V, k, v, window):
    drop = max(len(K) + 1 - window, 0)
    return torch.vstack([K, k])[drop:], torch.vstack([V, v])[drop:]""",
        ),
    },
    wrong={
        "two_steps": {"a_2 * x_1 + x_2 => a_2 * x_1 - x_2": "should be"},
        "look_back": {
            "return weights, weights @ V => return weights, weights @ V + q": "should be",
            "scores.softmax(dim=0) => scores / scores.sum()": "should be",
        },
        "remember": {
            "K[-window:], V[-window:] => K[-window - 1 :], V[-window - 1 :]": "",
            "torch.cat([K, k]) => torch.cat([K, k + 1])": "should be",
        },
    },
)

TIMES = {"Python loop": 7000.0, "scan": 500.0, "FFT": 11000.0, "C loop": 120.0}
LARGEST, LOSSES = np.array([1.0, 1.1, 1e30, 50.0]), np.array([1e-16, 1e-3, 1e-17, 1e-2])


def errors(sinusoidal, rotary):
    made = {"sinusoidal": sinusoidal, "rotary": rotary}
    return {k: np.tile(np.repeat([1e-4, 1e-4 * v], [20, 60]), (3, 1)) for k, v in made.items()}


# The name of a question, what was measured, the right answer, and a part of the reason.
MEASURED = [
    ("fastest on one core", {"microseconds": TIMES}, 3, "the scan, takes 4 times"),
    ("fastest on one core", {"microseconds": TIMES | {"scan": 60}}, 1, "the C loop, takes 2 times"),
    ("fastest on one core", {"microseconds": TIMES | {"FFT": 1}}, 2, "slowest 7000 times"),
    (
        "fastest on one core",
        {"microseconds": TIMES | {"Python loop": 12}},
        0,
        "the C loop, takes 10",
    ),
    ("linear and alone", {"largest": LARGEST, "losses": LOSSES}, 2, "It is 2 of 4, and 1 of these"),
    ("linear and alone", {"largest": LARGEST[:2], "losses": LOSSES[:2]}, 0, "It is 0 of 2"),
    ("linear and alone", {"largest": LARGEST[2:], "losses": LOSSES[2:]}, 3, "It is 2 of 2"),
    ("linear and alone", {"largest": np.r_[LARGEST[:3], 1, 1], "losses": np.ones(5)}, 1, "1 of 5"),
    (
        "trained with noise",
        {"clean": LARGEST, "noisy": np.ones(4)},
        3,
        "2 of 4, and with noise it is 0",
    ),
    ("trained with noise", {"clean": 1e9 * np.ones(4), "noisy": LARGEST[1:]}, 1, "it is 2 of 3"),
    ("trained with noise", {"clean": 99 * np.ones(9), "noisy": LARGEST}, 2, "9 of 9"),
    ("trained with noise", {"clean": LARGEST[:3], "noisy": LARGEST}, 0, "1 of 3"),
    ("beyond the length", {"errors": errors(1, 2)}, 0, "rotary less than 3 times"),
    ("beyond the length", {"errors": errors(2.5, 45)}, 1, "rotary more than 40 times as large"),
    ("beyond the length", {"errors": errors(190, 2)}, 2, "sinusoidal more than 100 times as large"),
    (
        "beyond the length",
        {"errors": errors(190, 45)},
        3,
        "points 21 to 40 against those of 3 to 20",
    ),
]


test_what_is_measured_decides = measured_decides(MEASURED)
