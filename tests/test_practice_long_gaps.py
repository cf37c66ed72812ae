"""Notebook 09: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import measured_decides, other_answers

CELLS = "RNN", "LSTM", "GRU"


def each(*values):
    return dict(zip(CELLS, values, strict=True))


def spread(*medians):
    """Return three seeds for each cell, whose medians are the numbers and whose means are not."""
    return each(*(np.multiply.outer([0.1, 1, 100], median) for median in medians))


def furthest(*medians):
    return {"gaps": (5, 10, 20), "errors": spread(*medians)}


def begun(hold, passing):
    gated = CELLS[1:]
    named = (dict(zip(gated, errors, strict=True)) for errors in (hold, passing))
    return dict(zip(("hold", "passing"), named, strict=True))


FIVE, TEN = (0.01, 0.5, 1), (0.01, 0.02, 1)
# The name of a question, what was measured, the right answer, and a part of the reason.
MEASURED = [
    ("furthest", furthest(TEN, FIVE, FIVE), 0, "of 3 seeds: RNN up to 10 steps, LSTM up to 5"),
    ("furthest", furthest(FIVE, TEN, FIVE), 1, "LSTM up to 10 steps, GRU up to 5 steps."),
    ("furthest", furthest(FIVE, FIVE, TEN), 2, "GRU up to 10 steps."),
    ("furthest", furthest(TEN, TEN, FIVE), 3, "RNN up to 10 steps, LSTM up to 10 steps"),
    ("furthest", furthest(TEN, (1, 1, 1), FIVE), 0, "LSTM up to 0 steps"),
    ("gradient of gates", {"factors": spread(0.9, 0.2, 0.9)}, 0, "RNN 0.90, LSTM 0.20, GRU 0.90."),
    ("gradient of gates", {"factors": spread(0.9, 0.51, 0.9)}, 1, "Median factors of 3 seeds: "),
    ("gradient of gates", {"factors": spread(0.9, 0.64, 0.9)}, 2, "LSTM 0.64"),
    ("gradient of gates", {"factors": spread(0.1, 0.98, 0.1)}, 3, "LSTM 0.98"),
    (
        "remedied",
        {"errors": spread(0.2, 0.3, 0.01)},
        0,
        "RNN above 0.05, LSTM above 0.05, GRU below 0.05.",
    ),
    ("remedied", {"errors": spread(0.04, 0.06, 0.01)}, 1, "Median errors of 3 seeds: RNN below"),
    ("remedied", {"errors": spread(0.06, 0.04, 0.01)}, 2, "RNN above 0.05, LSTM below 0.05"),
    ("remedied", {"errors": spread(0.02, 0.03, 0.01)}, 3, "GRU below 0.05."),
    ("queue", {"errors": each(0.012, 0.449, 0.406)}, 0, "RNN 0.01, LSTM above 0.2, GRU above 0.2."),
    ("queue", {"errors": each(0.9, 0.02, 0.01)}, 1, "RNN above 0.2, LSTM 0.02"),
    ("queue", {"errors": each(0.01, 0.01, 0.03)}, 2, "GRU 0.03."),
    ("queue", {"errors": each(0.3, 0.12, 0.5)}, 3, "LSTM 0.1, GRU above 0.2."),
    ("beginning of a queue", begun((0.01, 0.02), (0.01, 0.03)), 0, "holding: LSTM 0.01, GRU 0.02;"),
    ("beginning of a queue", begun((0.01, 0.02), (0.01, 0.3)), 1, "passing: LSTM 0.01, GRU above"),
    ("beginning of a queue", begun((0.01, 0.2), (0.01, 0.02)), 2, "GRU 0.2; passing"),
    ("beginning of a queue", begun((0.3, 0.2), (0.4, 0.02)), 3, "LSTM above 0.2, GRU 0.02."),
]


test_what_is_measured_decides = measured_decides(MEASURED)


IN_BIAS_HH = """\
def begin_holding(lstm, k):
    i, f, _, _ = lstm.bias_hh_l0.data.chunk(4)
    for gate, bias in ((i, -1), (f, 1)):
        gate.fill_(bias * np.log(k - 1))
    lstm.bias_ih_l0.data[: 2 * lstm.hidden_size] = 0
    return lstm"""
test_right, test_wrong = other_answers(
    right={
        "bias_for": (
            "np.log(f / (1 - f)) => -np.log(1 / f - 1)",
            "np.log( => torch.logit(torch.tensor(f)) + 0 * np.log(",
        ),
        "begin_holding": (IN_BIAS_HH,),
        "queue_error": (
            "3 * np.mean( => 1 / (1 / 3) * np.mean(",
            "said[gap:] - x[:-gap] => x[: len(x) - gap] - said[gap:]",
        ),
    },
    wrong={
        "bias_for": {"(1 / k) => (1 / (k + 1))": "the bias should be"},
        "begin_holding": {
            "with torch.no_grad() => if True": "your function raised",
            "= -bias => = -bias; lstm.bias_ih_l0[3 * n :] = 1": "the bias of o",
            "= -bias => = -bias; lstm.weight_hh_l0.zero_()": "weight_hh_l0[",
        },
        "queue_error": {"[gap:] - x[:-gap] => [gap + 1 :] - x[: -gap - 1]": "the error should be"},
    },
)
