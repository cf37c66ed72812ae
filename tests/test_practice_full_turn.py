"""Notebook 05: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import each_answer_decided, other_answers

test_right, test_wrong = other_answers(
    right={
        "twice_the_step": ("times = floor(torch.tensor([0, 60]).numpy(), 18) / floor([0, 60], 9)",),
        "cold_test": ("cold_test = lambda rnn, features: rh.predict(rnn, features)[0]",),
        "uneven_floor": (
            "uneven_floor = lambda a, d, p: 4 * p * (1 - p) * rh.ambiguity_floor(a, d)",
        ),
    },
    wrong={
        "twice_the_step": {"times = 3.85, 3.9": "not both are right"},
        "cold_test": {
            "rnn(x, None) => rnn(x, rnn.zero_grad())": "gradients",
            "float32 => float16": "computes with float32",
        },
        "uneven_floor": {
            "np.deg2rad(a) => np.deg2rad(abs(a) % 90)": "it is right for",
            "return => return np.array([a, d]) #": "shape",
        },
    },
)


def floors(low, high):
    floor = np.linspace(0.02, 0.0, 11)
    return np.tile(floor * np.linspace(low, high, 11), (3, 1)), floor


def same(*errors):  # for every network
    return np.tile(np.array(errors), (3, 1))


MANY = np.vstack([np.linspace(1, 0, 40)] * 3 + [np.linspace(0, 1, 40)])
MEASURED = {
    "where wrong": [
        (np.where(np.isin(np.arange(40), worst), 0.1, 0.001), MANY)
        for worst in ([], range(5), [8, 9, 10, 28, 29, 30], range(35, 40))
    ],
    "near the floor": [floors(1, 1), floors(1, 8), floors(3, 0.8), floors(3, 8)],
    "second prediction": [(same(0.025, second, 0.01),) for second in (0.0001, 0.005, 0.026, 0.1)],
    "fourth prediction": [
        (same(*[a] * 5), same(*[b] * 5)) for a, b in ((1, 3), (1, 0.9), (3, 1), (3, 0.1))
    ],
    "familiar start": [
        tuple(same(9, 9, *[error] * 8, 9) for error in (familiar, 0.02))
        for familiar in (0.005, 0.02, 0.06)
    ],
    "half-turn first": [
        ({"carry": [0.02, 9], "reset": [0.01, 9], "half-turn": [half, 9]},)
        for half in (4e-06, 0.015, 9)
    ],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
