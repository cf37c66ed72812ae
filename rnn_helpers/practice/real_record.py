"""Exercises and questions of notebook 13: forecasts of a real record, tested without looking ahead.

The years 1980 to 2008 of the record are here, and not in the notebook: they test its last exercise.
"""

from collections.abc import Callable, Mapping

import numpy as np

from ..series import DATA, load_series
from .engine import chapter
from .trace import Wrong, numbers

pose, register = chapter("13")

# Version 1 of the international sunspot number; notebooks/data/README.md names source and licence.
HIDDEN = (
    *(154.6, 140.4, 115.9, 66.6, 45.9, 17.9, 13.4, 29.4, 100.2, 157.6, 142.6, 145.7, 94.3, 54.6),
    *(29.9, 17.5, 8.6, 21.5, 64.3, 93.3, 119.6, 111, 104, 63.7, 40.4, 29.8, 15.2, 7.5, 2.9),
)
VARIANCE = 1535
GOOD_ENOUGH = 0.165


# Questions to predict -----------------------------------------------------------------------------


@pose(
    "square roots",
    "What do square roots do to the error of AR(9) over both tests together?",
    ("They lower it by a tenth or more", "Next to nothing", "They raise it by a tenth or more"),
)
def _square_roots(plain: np.ndarray, roots: np.ndarray) -> tuple[int, str]:
    ratio = np.mean(roots) / np.mean(plain)
    right = 0 if ratio <= 0.9 else 1 if ratio < 1.1 else 2
    return right, (
        f"With square roots the error is {ratio:.2f} times as large. A sum of roots, squared, is "
        "no straight line: it can rise steeply and fall slowly, as the sunspots do."
    )


@pose(
    "who wins",
    "Stopped by validation, which has the lowest error on 1921-1955 (networks: the median seed)?",
    ("The formula, AR(9)", "The RNN", "The LSTM", "The GRU"),
)
def _who_wins(medians: Mapping[str, float]) -> tuple[int, str]:
    names = ("AR(9)", "RNN", "LSTM", "GRU")
    said = ", ".join(f"{name} {medians[name]:.2f}" for name in names)
    return int(np.argmin([medians[name] for name in names])), f"The errors are: {said}."


@pose(
    "when to stop",
    "Suppose the tests had chosen the step to stop at. Would it be the one that validation chose?",
    ("Yes, within 25 steps", "No, a much earlier one", "No, a much later one"),
)
def _when_to_stop(steps: np.ndarray, validation: np.ndarray, test: np.ndarray) -> tuple[int, str]:
    chosen, best = (int(steps[np.median(each, axis=1).argmin()]) for each in (validation, test))
    right = 0 if abs(best - chosen) <= 25 else 1 if best < chosen else 2
    return right, (
        f"Validation chose step {chosen}; the test error is lowest at step {best}. Three "
        "cycles are a poor guide to those that come later."
    )


@pose(
    "lucky seed",
    "How many of the 48 networks, after 400 steps, reach the published network's 0.086 on 1921-55?",
    ("None", "A few", "About half", "Nearly all"),
)
def _lucky_seed(errors: np.ndarray) -> tuple[int, str]:
    count = int((errors <= 0.086).sum())
    share = count / errors.size
    right = 0 if not count else 1 if share < 0.35 else 2 if share < 0.7 else 3
    return right, (
        f"{count} of {errors.size}, with errors from {errors.min():.2f} to {errors.max():.2f}. "
        "A single number without its spread over seeds says little."
    )


@pose(
    "twelve years",
    "Which has the lowest error twelve years ahead, by the same 48 origins?",
    ("AR(9)", "AR(9) on roots", "A network after 400 steps", "The value of 22 years ago"),
)
def _twelve_years(errors: Mapping[str, float]) -> tuple[int, str]:
    named = [errors[key] for key in ("AR(9)", "AR(9) on roots")]
    nets = {key: errors[key] for key in ("RNN", "LSTM", "GRU")}
    best = min(nets, key=nets.get)
    four = [*named, nets[best], errors["11 years ago"]]
    return int(np.argmin(four)), (
        f"AR(9) {four[0]:.2f}, on square roots {four[1]:.2f}, the {best} {four[2]:.2f}, the value "
        f"of 22 years ago {four[3]:.2f} times the variance."
    )


# Exercises ----------------------------------------------------------------------------------------


def _scaled_inputs(rng):
    for n, fit in (5, 2), (9, 8), (40, 25):
        values = rng.uniform(0, 3, n) + np.where(np.arange(n) < fit, 0, 4)
        yield {"values": values, "fit": fit}


register(
    "scaled",
    title="A scaler that cannot look ahead",
    stub="""\
def scaled(values, fit):
    return ...  # all values, scaled by what the first ones tell""",
    solution="""\
def scaled(values, fit):
    mean, std = values[:fit].mean(), values[:fit].std()
    return (values - mean) / std""",
    inputs=_scaled_inputs,
    use=lambda f, values, fit: f(values.copy(), fit),
    returns=("the scaled values",),
    right="The later values are far from 0 here, and that is as it should be: in {fit} values "
    "nothing told of them.",
    hints=(
        "Which of the values may tell the mean?",
        "values[:fit] are those; scale all of them by their mean and standard deviation.",
    ),
    wrong={
        "your mean or standard deviation is that of all {len(values)} values: the scaler has seen "
        "the test. Only the first {fit} may tell them.": (
            "values[:fit].mean(), values[:fit].std() => values.mean(), values.std()",
            "values[:fit].mean() => values.mean()",
            "values[:fit].std() => values.std()",
        ),
        "each part is scaled by itself, so the test tells its own mean; scale it by that of the "
        "first {fit}.": """\
def scaled(values, fit):
    parts = [values[:fit], values[fit:]]
    return np.concatenate([(part - part.mean()) / (part.std() or 1) for part in parts])""",
        "only the first {fit} values came back; "
        "scale the rest too, by the same numbers.": "(values - mean) => (values[:fit] - mean)",
        "the mean is subtracted, but nothing is divided.": "(values - mean) / std => values - mean",
        "your standard deviation divides by {fit - 1}; NumPy's, values.std(), "
        "divides by {fit}.": "values[:fit].std() => values[:fit].std(ddof=1)",
    },
)


def _mean_of(known: np.ndarray) -> float:
    return float(known.mean() + 0.5 * known[-1] - 0.1 * len(known))


def _rolling_inputs(rng):
    for n, first in (6, 5), (5, 1), (30, 20):
        yield {"record": rng.uniform(0, 9, n), "first": first, "forecast": _mean_of}


register(
    "rolling",
    title="A rolling origin",
    stub="""\
def rolling(record, first, forecast):
    ...
    return ...  # the forecasts of record[first], record[first + 1], ...""",
    solution="""\
def rolling(record, first, forecast):
    return np.array([forecast(record[:t]) for t in range(first, len(record))])""",
    inputs=_rolling_inputs,
    use=lambda f, record, first, forecast: f(record.copy(), first, forecast),
    returns=("the forecasts",),
    right="Each forecast knew all that came before its year, and no more.",
    hints=(
        "What may the forecast of record[first] know? And that of record[first + 1]?",
        "forecast(record[:t]) is the forecast of record[t], for t from first to the last index.",
    ),
    wrong={
        "your forecasts know the value that they forecast: record[: "
        "t + 1] holds record[t].": "record[:t] => record[: t + 1]",
        "all your forecasts are made at the same origin; the one of record[t] may know all that "
        "came before t.": "record[:t] => record[:first]",
        "your first forecast is that of the value after "
        "record[first].": "range(first, len(record)) => range(first + 1, len(record))",
        "your later forecasts know your earlier ones, not the values that came; each may know all "
        "that was recorded before its time.": """\
def rolling(record, first, forecast):
    known = list(record[:first])
    for t in range(first, len(record)):
        known.append(forecast(np.array(known)))
    return known[first:]""",
        "every forecast should know the record from its "
        "beginning on.": "record[:t] => record[t - first : t]",
    },
)


def score_hidden(next_year: Callable, record: np.ndarray) -> float:
    """Return the error of one-year forecasts of the hidden years, divided by the variance.

    For each hidden year the function is called with all years before it. An error that is good
    enough is returned times 1e-5: all of these count as equal then, and can still be told.
    """
    everything, errors = np.concatenate([record, HIDDEN]), []
    for t in range(len(record), len(everything)):
        given = numbers(next_year(everything[:t].copy()))
        if given is None or given.size != 1 or not np.isfinite(given).all():
            raise Wrong("your function must return one number, the forecast of the next year.")
        errors.append((given.item() - everything[t]) ** 2)
    error = float(np.mean(errors)) / VARIANCE
    return error if error > GOOD_ENOUGH else 1e-5 * error


def _hidden_inputs(rng):
    yield {"record": load_series(DATA / "sunspots.csv").values}


register(
    "next_year",
    title="The hidden years",
    stub="""\
def next_year(record):
    ...
    return ...  # one number""",
    solution="""\
def next_year(record):
    roots = np.sqrt(record)
    mean = roots.mean()
    coefficients = rh.fit_ar(roots - mean, 9)
    root = mean + coefficients @ (roots - mean)[:-10:-1]
    return max(root, 0) ** 2""",
    inputs=_hidden_inputs,
    use=score_hidden,
    returns=("the error",),
    right="On the hidden years your error is {1e5 * given:.3f} times the variance; AR(9) fitted "
    "anew each year has 0.153, on square roots 0.132. The mean of 16 GRUs, trained for 400 steps "
    "on all years to 1979, has 0.08 to 0.09, which no earlier test promised; 29 years are few.",
    otherwise="on the hidden years your error is {given:.3f} times the variance; AR(9) fitted anew "
    "each year has 0.153, and 0.165 is enough.",
    hints=(
        "Start from AR(9) of section 2, fitted to the whole record that your function is given.",
        "rh.fit_ar(record - mean, 9) gives nine coefficients, that of the newest year first.",
        "record[:-10:-1] are the last nine years, the newest first. Remember the mean.",
    ),
    wrong={
        "the mean was subtracted and is missing in what you return.": """\
def next_year(record):
    mean = record.mean()
    return rh.fit_ar(record - mean, 9) @ (record - mean)[:-10:-1]""",
        "your function forgets to square: "
        "it forecasts the root of the number of spots.": "max(root, 0) ** 2 => root",
        "the order of the nine years is the wrong way round; the coefficient of the newest year "
        "comes first.": "(roots - mean)[:-10:-1] => (roots - mean)[-9:]",
    },
)
