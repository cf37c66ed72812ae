"""Notebook 08: other answers, and which answer of a question is right."""

import numpy as np
import torch
from practice_answers import measured_decides, other_answers

STATE, PAIR = torch.zeros(2, 3, 32), (torch.zeros(2, 3, 32), torch.zeros(2, 3, 32))
CELLS = "RNN", "LSTM", "GRU"


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


def z(*means):
    """Return gates of one network for ten points: all as their mean says, but the first unit."""
    gates = [np.full((1, 10, 32), mean) for mean in means]
    gates[1][:, :, 0] = 0.99
    return dict(zip(("before", "after"), gates, strict=True))


UP, DOWN = (0.001, 0.002, 0.003), (0.003, 0.001, 0.002)
# The name of a question, what was measured, the right answer, and a part of the reason.
MEASURED = [
    ("tuple as state", states(STATE, STATE, STATE), 0, "LSTM (2, 3, 32), GRU (2, 3, 32). An"),
    ("tuple as state", states(STATE, PAIR, STATE), 1, "LSTM a tuple of (2, 3, 32) and (2, 3, 32)"),
    ("tuple as state", states(STATE, PAIR, PAIR), 2, "The shapes: RNN (2, 3, 32), LSTM a tuple"),
    ("tuple as state", states(PAIR, PAIR, PAIR), 3, "RNN a tuple of"),
    ("lower loss", tens(UP, UP), 0, "of 3 seeds in steps 20 to 29: RNN 0.001, LSTM 0.002, GRU"),
    ("lower loss", tens(UP, DOWN), 1, "GRU 0.003. In the last ten: RNN 0.003, LSTM 0.001, GRU"),
    ("lower loss", tens(DOWN, UP), 2, "steps 20 to 29: RNN 0.003, LSTM 0.001, GRU 0.002."),
    ("lower loss", tens(DOWN, DOWN), 3, "In the last ten: RNN 0.003"),
    ("slower training", {"errors": spread(1, 3, 2)}, 0, "of 3 seeds: RNN 1, LSTM 3, GRU 2."),
    ("slower training", {"errors": spread(3, 1, 2)}, 1, "LSTM 1"),
    ("slower training", {"errors": spread(3, 2, 1)}, 2, "GRU 1"),
    ("slower training", {"errors": spread(3, 1, 1.4)}, 3, "RNN 3, LSTM 1, GRU 1."),
    ("kept by z", z(0.5, 0.38), 2, "goes from 0.50 to 0.40; what 10 steps keep, counted unit by"),
    ("kept by z", z(0.9, 0.5), 0, "from 34.87 % to"),
    ("kept by z", z(0.75, 0.7), 1, "from 5.63 % to 5.56 %"),
]


test_what_is_measured_decides = measured_decides(MEASURED)


test_right, test_wrong = other_answers(
    right={
        "restart": (
            "going_on = ~done[None, :, None] => going_on = 1 - done.float()[:, None]",
            """\
def restart(state, done):
    parts = [part.clone() for part in state]
    for part in parts:
        part[:, done] = 0
    return tuple(parts)""",
            "h * going_on, c * going_on => torch.stack([h, c]) * going_on",
        ),
        "mean_left": (
            ".prod(axis=0).mean() => .cumprod(axis=0)[-1].sum() / len(f[0])",
            "f.prod(axis=0).mean() => np.exp(np.log(f).sum(axis=0)).mean()",
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
        "restart": {
            "h, c = state => h, c = state; h[:, done] = 0": "your function changed state",
            "h * going_on, c * going_on => h[:, ~done], c[:, ~done]": "should have shape (3, 3, 3)",
        },
        "mean_left": {
            "f.prod(axis=0).mean() => np.median(f.prod(axis=0))": "the share should be",
            "f.prod(axis=0) => np.multiply.reduce(f, axis=0, out=f[0])": "your function changed f",
        },
        "largest": {"return n - 1 => return weights // 36": "the hidden size is not"},
    },
)
