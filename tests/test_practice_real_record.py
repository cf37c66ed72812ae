"""Notebook 13: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import each_answer_decided, other_answers

AR = """\
def next_year(record):
    mean = record.mean()
    return mean + rh.fit_ar(record - mean, {0}) @ (record - mean)[: -{0} - 1 : -1]"""
TRAINED = """\
known = np.sqrt(rh.load_series(rh.DATA / "sunspots.csv").values)
run = rh.train_on_series(known, 279, seeds=range(4))
def next_year(record):
    root = rh.forecast_series(run, np.sqrt(record), check=15)[:, -1, 0].mean()
    return max(root, 0) ** 2"""

test_right, test_wrong = other_answers(
    right={
        "rolling": (
            "np.array([forecast(record[:t]) for t in range(first, len(record))]) => "
            "[forecast(record[: len(record) - k]) for k in range(len(record) - first, 0, -1)]",
        ),
        "next_year": (AR.format(9), "max(root, 0) ** 2 => torch.tensor(root**2)", TRAINED),
    },
    wrong={
        "rolling": {
            "np.array([ => np.array(list([\nrecord))]) => record))])[::-1])": "the forecasts"
        },
        "next_year": {
            AR.format(3): "your error is 0.223 times",
            "max(root, 0) ** 2 => np.nan": "must return one number",
        },
    },
)

STEPS, SEEDS = np.arange(25, 425, 25), np.ones((1, 16))


def stopping(validation, test):
    return STEPS, *(np.abs(STEPS[:, None] - step) * SEEDS for step in (validation, test))


def best_of(*names, others=()):
    """Return errors in which each of the names has the smallest in turn."""
    return [({n: 0.9 - 0.3 * (n == best) for n in (*names, *others)},) for best in names]


MEASURED = {
    "square roots": [(np.ones(59), np.full(59, ratio)) for ratio in (0.7, 1, 1.2)],
    "who wins": best_of("AR(9)", "RNN", "LSTM", "GRU"),
    "when to stop": [stopping(50, 75), stopping(200, 50), stopping(50, 150)],
    "lucky seed": [
        (np.where(np.arange(48).reshape(3, 16) < n, 0.08, 0.1),) for n in (0, 6, 24, 47)
    ],
    "twelve years": best_of(
        "AR(9)", "AR(9) on roots", "LSTM", "11 years ago", others=("RNN", "GRU")
    ),
}
test_which_answer_is_right = each_answer_decided(MEASURED)
