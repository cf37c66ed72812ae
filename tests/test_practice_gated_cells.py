"""Notebook 07: what is measured decides which answer of a question is right."""

import numpy as np
import pytest
import torch

from rnn_helpers.practice import QUESTIONS

STATE, PAIR = torch.zeros(2, 3, 32), (torch.zeros(2, 3, 32), torch.zeros(2, 3, 32))
CELLS = "RNN", "LSTM", "GRU"
CASES = "RNN, all rows", "LSTM, all rows", "GRU, rows of r and z", "GRU, rows of n"


def same(*unchanged):
    return {"same": dict(zip(CASES, unchanged, strict=True))}


def states(*each):
    return {"states": dict(zip(CELLS, each, strict=True))}


def spread(*medians):
    """Return three seeds for each cell, whose medians are the numbers and whose means are not."""
    return {c: m * np.array([0.1, 1, 100]) for c, m in zip(CELLS, medians, strict=True)}


def tens(early, late):
    """Return losses as the notebook has them, in steps of ten."""
    early, late = spread(*early), spread(*late)
    half = np.full((3, 12), 0.5)
    columns = {c: [half[:, :2], early[c][:, None], half, late[c][:, None]] for c in CELLS}
    return {"tens": {cell: np.hstack(each) for cell, each in columns.items()}}


def opened(*errors):
    return {"errors": dict(zip((0, 5, 20), map(np.array, errors), strict=True))}


def queue(*errors):
    return {"errors": dict(zip(CELLS, errors, strict=True))}


UP, DOWN = (0.001, 0.002, 0.003), (0.003, 0.001, 0.002)
# The name of a question, what was measured, the right answer, and a part of the reason.
MEASURED = [
    ("two biases", same(1, 1, 1, 1), 0, "Changed: 0 of 4 (none)."),
    ("two biases", same(1, 1, 1, 0), 1, "Changed: 1 of 4 (GRU, rows of n). Where two biases"),
    ("two biases", same(1, 1, 0, 0), 2, "2 of 4 (GRU, rows of r and z; GRU, rows of n)."),
    ("two biases", same(0, 0, 0, 0), 4, "Changed: 4 of 4 (RNN, all rows; LSTM, all rows; "),
    ("tuple as state", states(STATE, STATE, STATE), 0, "LSTM (2, 3, 32), GRU (2, 3, 32). An"),
    ("tuple as state", states(STATE, PAIR, STATE), 1, "LSTM a tuple of (2, 3, 32) and (2, 3, 32)"),
    ("tuple as state", states(STATE, PAIR, PAIR), 2, "The shapes: RNN (2, 3, 32), LSTM a tuple"),
    ("tuple as state", states(PAIR, PAIR, PAIR), 3, "RNN a tuple of"),
    ("lower loss", tens(UP, UP), 0, "of 3 seeds in steps 20 to 29: RNN 0.001, LSTM 0.002, GRU"),
    ("lower loss", tens(UP, DOWN), 1, "GRU 0.003. In the last ten: RNN 0.003, LSTM 0.001, GRU"),
    ("lower loss", tens(DOWN, UP), 2, "steps 20 to 29: RNN 0.003, LSTM 0.001, GRU 0.002."),
    ("lower loss", tens(DOWN, DOWN), 3, "In the last ten: RNN 0.003"),
    (
        "prime of opened gates",
        opened((0.0012, 1.1e-5), (0.0127, 1.8e-4), (0.159, 0.0115)),
        2,
        "untouched 0.001 and 1e-05; opened for 5 steps 0.01 and 0.0002; opened for 20 steps 0.2 an",
    ),
    (
        "prime of opened gates",
        opened((0.1, 0.01), (0.1, 0.01), (0.04, 0.004)),
        0,
        "0.04 and 0.004.",
    ),
    ("prime of opened gates", opened((0.1, 0.01), (0.1, 0.01), (0.15, 0.019)), 1, "untouched 0.1"),
    ("prime of opened gates", opened((0.1, 0.01), (0.1, 0.01), (0.9, 0.001)), 1, "0.9 and 0.001."),
    ("gradient of gates", {"factors": spread(0.9, 0.2, 0.9)}, 0, "RNN 0.90, LSTM 0.20, GRU 0.90."),
    ("gradient of gates", {"factors": spread(0.9, 0.51, 0.9)}, 1, "Median factors of 3 seeds: "),
    ("gradient of gates", {"factors": spread(0.9, 0.64, 0.9)}, 2, "LSTM 0.64"),
    ("gradient of gates", {"factors": spread(0.1, 0.98, 0.1)}, 3, "LSTM 0.98"),
    ("queue", queue(0.012, 0.449, 0.406), 0, "RNN below 0.05, LSTM above 0.2, GRU above 0.2."),
    ("queue", queue(0.9, 0.9, 0.01), 1, "as a share of the variance: RNN above 0.2"),
    ("queue", queue(0.01, 0.01, 0.12), 2, "RNN below 0.05, LSTM below 0.05, GRU 0.1."),
    ("queue", queue(0.06, 0.12, 0.5), 3, "RNN 0.06, LSTM 0.1, GRU above"),
]


@pytest.mark.parametrize(("name", "measured", "answer", "reason"), MEASURED)
def test_what_is_measured_decides(name, measured, answer, reason):
    right, why = QUESTIONS[name].judge(**measured)
    assert right == answer
    assert QUESTIONS[name].answers[right]
    assert reason in why
