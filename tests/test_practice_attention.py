"""Notebook 15: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import each_answer_decided, other_answers

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
        "remember": {
            "K[-window:], V[-window:] => K[-window - 1 :], V[-window - 1 :]": "",
            "torch.cat([K, k]) => torch.cat([K, k + 1])": "should be",
        }
    },
)

TIMES = {"Python loop": 7000.0, "scan": 500.0, "FFT": 11000.0, "C loop": 120.0}
GAPS = (20, 50, 100)
LARGEST, LOSSES = np.array([1.0, 1.1, 1e30, 50.0]), np.array([1e-16, 1e-3, 1e-17, 1e-2])


def learned(*gaps):
    return {gap: np.full(3, 1e-6 if gap in gaps else 0.9) for gap in GAPS}


def errors(sinusoidal, rotary):
    made = {"sinusoidal": sinusoidal, "rotary": rotary}
    return {k: np.tile(np.repeat([1e-4, 1e-4 * v], [20, 60]), (3, 1)) for k, v in made.items()}


MEASURED = {
    "fastest on one core": [TIMES | {way: 1.0} for way in TIMES],
    "linear and alone": [
        (LARGEST[:2], LOSSES[:2]),
        (np.r_[LARGEST[:3], 1, 1], np.ones(5)),
        (LARGEST, LOSSES),
        (LARGEST[2:], LOSSES[2:]),
    ],
    "trained with noise": [
        (LARGEST[:3], LARGEST, [1, 2]),
        (1e9 * np.ones(4), LARGEST[1:], [1, 2]),
        (99 * np.ones(9), LARGEST, [1, 2]),
        (LARGEST, np.ones(4), [1, 2]),
    ],
    "gap of attention": [(learned(*GAPS[:n]), np.full(3, 0.99)) for n in range(4)],
    "beyond the length": [errors(*each) for each in ((1, 2), (2.5, 45), (190, 2), (190, 45))],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
