"""Notebook 08: other answers, and which answer of a question is right."""

import numpy as np
import torch
from practice_answers import each_answer_decided, other_answers

STATE, PAIR = torch.zeros(2, 3, 32), (torch.zeros(2, 3, 32), torch.zeros(2, 3, 32))
CELLS = "RNN", "LSTM", "GRU"


def spread(*medians):
    """Return three seeds for each cell, whose medians are the numbers and whose means are not."""
    return {c: m * np.array([0.1, 1, 100]) for c, m in zip(CELLS, medians, strict=True)}


def tens(early, late):
    """Return losses as the notebook has them, in steps of ten."""
    early, late = spread(*early), spread(*late)
    half = np.full((3, 12), 0.5)
    columns = {c: [half[:, :2], early[c][:, None], half, late[c][:, None]] for c in CELLS}
    return ({cell: np.hstack(each) for cell, each in columns.items()},)


def z(*means):
    """Return gates of one network for ten points: all as their mean says, but the first unit."""
    gates = [np.full((1, 10, 32), mean) for mean in means]
    gates[1][:, :, 0] = 0.99
    return tuple(gates)


UP, DOWN = (0.001, 0.002, 0.003), (0.003, 0.001, 0.002)
MEASURED = {
    "tuple as state": [
        dict(zip(CELLS, [PAIR] * pairs + [STATE] * (3 - pairs), strict=True)) for pairs in range(4)
    ],
    "lower loss": [tens(UP, UP), tens(UP, DOWN), tens(DOWN, UP), tens(DOWN, DOWN)],
    "slower training": [spread(*each) for each in ((1, 3, 2), (3, 1, 2), (3, 2, 1), (3, 1, 1.4))],
    "kept by z": [z(0.9, 0.5), z(0.75, 0.7), z(0.5, 0.38)],
}
test_which_answer_is_right = each_answer_decided(MEASURED)

test_right, test_wrong = other_answers(
    right={
        "restart": (
            """\
def restart(state, done):
    parts = [part.clone() for part in state]
    for part in parts:
        part[:, done] = 0
    return tuple(parts)""",
        ),
        "largest": (
            """\
def largest(cell, weights):
    sizes = [n for n in range(1, 200) if sum(p.numel() for p in rh.WaveRNN(
        hidden_size=n, cell=cell).parameters()) <= weights]
    return max(sizes)""",
        ),
    },
    wrong={
        "restart": {"h, c = state => h, c = state; h[:, done] = 0": "your function changed state"},
        "largest": {"return n - 1 => return weights // 36": "the hidden size is not"},
    },
)
