"""Notebook 09: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import each_answer_decided, other_answers

CELLS = "RNN", "LSTM", "GRU"


def spread(*medians):
    """Return three seeds for each cell, whose medians are the numbers and whose means are not."""
    errors = (np.multiply.outer([0.1, 1, 100], median) for median in medians)
    return dict(zip(CELLS, errors, strict=True))


NONE, FIVE, TEN = (1, 1, 1), (0.01, 0.5, 1), (0.01, 0.02, 1)  # below 0.1 up to this gap
MEASURED = {
    "furthest": [
        ((5, 10, 20), spread(*medians))
        for medians in ((TEN, NONE, FIVE), (FIVE, TEN, FIVE), (FIVE, FIVE, TEN), (TEN, TEN, FIVE))
    ],
    "gradient of gates": [spread(1 - lstm, lstm, 1 - lstm) for lstm in (0.2, 0.51, 0.64, 0.98)],
    "remedied": [
        spread(rnn, lstm, 0.01)
        for rnn, lstm in ((0.2, 0.3), (0.04, 0.06), (0.06, 0.04), (0.02, 0.03))
    ],
    "queue": [
        dict(zip(CELLS, errors, strict=True))
        for errors in ((0.01, 0.4, 0.4), (0.9, 0.02, 0.01), (0.01, 0.01, 0.03), (0.3, 0.12, 0.5))
    ],
    "beginning of a queue": [
        ({"LSTM": 0.01, "GRU": hold}, {"LSTM": 0.02, "GRU": passing})
        for hold, passing in ((0.02, 0.03), (0.02, 0.3), (0.2, 0.02), (0.2, 0.3))
    ],
}
test_which_answer_is_right = each_answer_decided(MEASURED)

IN_BIAS_HH = """\
def begin_holding(lstm, k):
    i, f, _, _ = lstm.bias_hh_l0.data.chunk(4)
    for gate, bias in ((i, -1), (f, 1)):
        gate.fill_(bias * np.log(k - 1))
    lstm.bias_ih_l0.data[: 2 * lstm.hidden_size] = 0
    return lstm"""
test_right, test_wrong = other_answers(
    right={"begin_holding": (IN_BIAS_HH,)},
    wrong={
        "begin_holding": {
            "with torch.no_grad() => if True": "your function raised",
            "= -bias => = -bias; lstm.bias_ih_l0[3 * n :] = 1": "the bias of o",
            "= -bias => = -bias; lstm.weight_hh_l0.zero_()": "weight_hh_l0[",
        }
    },
)
