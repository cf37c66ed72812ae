"""Records of the real world: read from a CSV, and the errors of what was forecast for them."""

import csv
import re
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import _checks

DATA = Path(__file__).resolve().parents[1] / "notebooks" / "data"  # the records of the course
FEWEST_ROWS = 60
NO_VALUE = {"", "-", "?", ".", "na", "n/a", "nan", "null", "none"}


class Series(NamedTuple):
    """A record at equal steps of time."""

    name: str  # the head of its column, or the name of its file
    times: np.ndarray  # (n,): years for dates, the numbers themselves, or else 0, 1, 2, ...
    values: np.ndarray  # (n,)


def load_series(path: str | Path, *, decimal: str = ".") -> Series:
    """Read a record from a CSV file: one column of values, or a time and a value in each row.

    Columns are separated by comma, semicolon or tab, and a first row without a number is the head.
    Times are numbers, or dates as 2001-04 or 2001-04-03, at equal steps. Nothing is guessed: what
    could be read in two ways, or is missing, ends in a ValueError that names the line.

    ``path`` is the file; ``rh.DATA`` is the folder of the records that come with the course.
    ``decimal`` stands before the decimals; if it is a comma, semicolon or tab separate columns.
    """
    _checks.one_of("decimal", decimal, (".", ","))
    rows = _rows(Path(path), decimal)
    head = rows[0][1]
    has_head = not any(re.search(r"\d", text) for text in head)
    rows = rows[has_head:]
    if len(rows) < FEWEST_ROWS:
        wanted = f"{Path(path).name} must have at least {FEWEST_ROWS} rows of values"
        raise ValueError(f"{wanted}, but it has {len(rows)}; give a longer record.")
    columns = len(rows[0][1])
    for line, row in rows:
        if len(row) != columns or columns > 2:
            wanted = f"every row must have {'a value' if columns == 1 else 'a time and a value'}"
            raise ValueError(
                f"{wanted}, but line {line} has {len(row)} columns; keep one column, or two: time "
                "and value. If the comma stands before decimals, give decimal=','."
            )
    values = np.array([_value(line, row[-1], decimal) for line, row in rows])
    if values.min() == values.max():
        raise ValueError(f"the values must differ, but all are {values[0]:g}; give another column.")
    times = np.arange(len(rows), dtype=float)
    if columns == 2:
        times = _times([(line, row[0]) for line, row in rows], decimal)
    return Series((head[-1] if has_head else "") or Path(path).stem, times, values)


def _rows(path: Path, decimal: str) -> list[tuple[int, list[str]]]:
    """Return the number and the texts of each line that is not empty."""
    if not path.is_file():
        raise ValueError(f"there is no file {path.name!r} in that folder; give the path to a CSV.")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is no text in UTF-8; save it as CSV in UTF-8.") from None
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines or "\0" in text:
        raise ValueError(f"{path.name} holds no rows; give a CSV with a value in each row.")
    found = [mark for mark in ";\t" if any(mark in line for _, line in lines)]
    if len(found) > 1:
        raise ValueError(f"{path.name} has semicolons and tabs; separate columns by one of them.")
    mark = found[0] if found else "," if decimal == "." else ";"
    rows = csv.reader([line for _, line in lines], delimiter=mark)
    return [(n, [t.strip() for t in row]) for (n, _), row in zip(lines, rows, strict=True)]


def _value(line: int, text: str, decimal: str) -> float:
    """Return a text as a number, or say what is wrong with it."""
    if text.lower() in NO_VALUE:
        advice = "fill it in, or keep only the rows after it (or before it)"
        raise ValueError(f"line {line} has no value ({text!r}); {advice}.")
    other = "," if decimal == "." else "."
    if re.fullmatch(rf"[+-]?\d*\{other}\d+", text):
        raise ValueError(f"line {line} has {text!r}; give decimal={other!r} if it is a decimal.")
    if not re.fullmatch(rf"[+-]?(\d+\{decimal}?\d*|\{decimal}\d+)([eE][+-]?\d+)?", text):
        advice = "give digits and one decimal mark, without units or marks for thousands"
        raise ValueError(f"line {line} has {text!r}, which is no number; {advice}.")
    value = float(text.replace(",", "."))
    if not abs(value) < 1e100:
        raise ValueError(f"line {line} has {text!r}, which is too large; give another unit.")
    return value


def _times(labels: list[tuple[int, str]], decimal: str) -> np.ndarray:
    """Return times as numbers, dates in years; raise unless they come at equal steps."""
    texts = [text for _, text in labels]
    dates = [re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", text) for text in texts]
    if all(dates):
        parts = [[int(part or 1) for part in found.groups()] for found in dates]
        try:
            days = [date(*each) for each in parts]
        except ValueError as error:
            raise ValueError(f"a date does not exist: {error}; write it as 2001-04-03.") from None
        if len({day.day for day in days}) == 1:  # months, then, however many days they have
            counts, unit = [12 * day.year + day.month - 1 for day in days], 12
        else:
            counts, unit = [day.toordinal() for day in days], 365.2425
    else:
        number = rf"[+-]?\d+(?:\{decimal}\d+)?"
        for line, text in labels:
            if not re.fullmatch(number, text):
                advice = "write dates as 2001-04 or 2001-04-03, or leave the column of times out"
                raise ValueError(f"line {line} has the time {text!r}; {advice}.")
        counts, unit = [float(text.replace(",", ".")) for text in texts], 1
    steps = np.diff(counts)
    usual = np.median(steps)
    for (line, text), (_, before), step in zip(labels[1:], labels, steps, strict=False):
        if step <= 0:
            raise ValueError(f"line {line}: {text} does not come after {before}; sort the rows.")
        if abs(step - usual) > 0.05 * usual:
            raise ValueError(
                f"line {line}: after {before} comes {text}, but the usual step is {usual:g}; fill "
                "the gap, or leave the times out if rows are to count as they are. If a comma "
                "stands before decimals, give decimal=','."
            )
    return np.array(counts, dtype=float) / unit


# Forecasts from every point in time, compared ----------------------------------------------------


def errors_ahead(forecasts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the squared errors of forecasts, in their shape; NaN where no value is known.

    ``forecasts``, shape (..., n, ahead), has in row t, column k a guess of ``values[t + 1 + k]``.
    """
    later = np.concatenate([values[1:], np.full(forecasts.shape[-1], np.nan)])
    truth = np.lib.stride_tricks.sliding_window_view(later, forecasts.shape[-1])
    return (forecasts - truth) ** 2


def ratio_interval(
    one: np.ndarray, other: np.ndarray, block: int, seed: int = 0
) -> tuple[float, float]:
    """Return a 95 % interval for how many times larger one mean error is, by a block bootstrap.

    Each draw puts a record together from blocks of neighbouring errors, since these are alike
    (Künsch 1989, "The jackknife and the bootstrap for general stationary observations").

    ``one`` and ``other``, shape (n,), are squared errors of two forecasts of the same points. A
    ``block`` is as many points long as errors depend on each other, a period for instance.
    """
    rng, pieces = np.random.default_rng(seed), -(-len(one) // block)
    starts = rng.integers(0, len(one) - block + 1, (2000, pieces, 1))
    points = (starts + np.arange(block)).reshape(2000, -1)
    low, high = np.percentile(one[points].sum(axis=1) / other[points].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)
