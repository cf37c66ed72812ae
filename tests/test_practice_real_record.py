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
        "scaled": (
            "values[:fit].std() => np.std(values[0:fit])",
            "values[:fit].mean(), values[:fit].std() => np.mean(values[:fit]), values[:fit].std()",
        ),
        "rolling": (
            "np.array([forecast(record[:t]) for t in range(first, len(record))]) => "
            "[forecast(record[: len(record) - k]) for k in range(len(record) - first, 0, -1)]",
        ),
        "next_year": (
            AR.format(9),
            AR.format(20),
            "max(root, 0) ** 2 => torch.tensor(root**2)",
            TRAINED,
        ),
    },
    wrong={
        "scaled": {
            "values[:fit].std() => values[:fit].var()": "the scaled values",
            "(values - mean) / std => (values - mean) / std**2": "the scaled values",
        },
        "rolling": {
            "forecast(record[:t]) => forecast(record[: t - 1])": "the forecasts",
            "np.array([ => np.array(list([\nrecord))]) => record))])[::-1])": "the forecasts",
        },
        "next_year": {
            AR.format(3): "your error is 0.223 times",
            "max(root, 0) ** 2 => record[-1:].repeat(2)": "must return one number",
            "max(root, 0) ** 2 => np.nan": "must return one number",
            "max(root, 0) ** 2 => 'many'": "must return one number",
        },
    },
)

STEPS, SEEDS = np.arange(25, 425, 25), np.ones((1, 16))


def stopping(validation, test):
    curves = [np.abs(STEPS[:, None] - step) * SEEDS for step in (validation, test)]
    return {"steps": STEPS, "validation": curves[0], "test": curves[1]}


ORDER = ("AR(9)", "RNN", "LSTM", "GRU")
AHEAD = ("AR(9)", "AR(9) on roots", "LSTM", "11 years ago")
# For each question what makes each of its answers right, and a part of the first one's reason.
MEASURED = {
    "square roots": [{"plain": np.ones(59), "roots": np.full(59, r)} for r in (0.7, 1, 1.2)],
    "who wins": [{"medians": {n: 0.2 - 0.1 * (n == best) for n in ORDER}} for best in ORDER],
    "when to stop": [stopping(*steps) for steps in ((50, 75), (200, 50), (50, 150))],
    "lucky seed": [
        {"errors": np.where(np.arange(48).reshape(3, 16) < n, 0.08, 0.1)} for n in (0, 6, 24, 47)
    ],
    "twelve years": [
        {"errors": {n: 0.9 - 0.3 * (n == best) for n in (*AHEAD, "RNN", "GRU")}} for best in AHEAD
    ],
}
REASONS = {
    "square roots": "the error is 0.70 times as large",
    "who wins": "AR(9) 0.10, RNN 0.20, LSTM 0.20, GRU 0.20.",
    "when to stop": "Validation chose step 50; the test error is lowest at step 75.",
    "lucky seed": "0 of 48, with errors from 0.10 to 0.10.",
    "twelve years": "AR(9) 0.60, on square roots 0.90",
}


test_what_is_measured_decides = each_answer_decided(MEASURED, REASONS)
