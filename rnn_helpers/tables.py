"""Tables of numbers, with the decimal points below each other and the best value marked."""

import html
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from . import _checks

BEST = {"lowest": min, "highest": max}
AS_WIDE_AS_A_DIGIT = "\u2007"  # a space that keeps decimal points below each other in HTML


def show_table(
    rows: Mapping[str, Sequence[float | str]],
    columns: Sequence[str],
    *,
    best: str | None = None,
    digits: int = 2,
    corner: str = "",
) -> None:
    """Show a table: as HTML on a page, and as text wherever there is none.

    Parameters
    ----------
    rows : dict
        For each row its label and what stands in each of its columns, numbers or texts.
    columns : sequence of str
        The heads of the columns; ``corner`` stands before them, over the labels.
    best : {'lowest', 'highest'}, optional
        Which number of each column is marked, in bold and by a star; columns of counts have none.
    digits : int
        How many significant digits each number has; whole numbers are shown as they are.
    """
    columns = list(columns)
    if best is not None:
        _checks.one_of("best", best, BEST)
    for label, values in rows.items():
        if len(values) != len(columns):
            wanted = f"row {label!r} must have a value for each of the {len(columns)} columns"
            raise ValueError(f"{wanted}, but it has {len(values)}.")
    cells = [[Cell(str(label))] for label in rows]
    for values in zip(*rows.values(), strict=True):
        for row, cell in zip(cells, _column(values, digits, best), strict=True):
            row.append(cell)
    cells = [[Cell(text) for text in (corner, *columns)], *cells]
    data = {"text/plain": _text(cells), "text/html": _html(cells)}
    from IPython.display import display  # here: a script that shows nothing need not wait for it

    display(data, raw=True)


class Cell(NamedTuple):
    """What one place of a table shows."""

    text: str
    behind: int = 0  # how many digits it lacks behind its point, compared with its column
    best: bool = False


def _column(values: Sequence[float | str], digits: int, best: str | None) -> list[Cell]:
    """Return the cells of a column, whose numbers are all as wide behind the point."""
    numbers = [value for value in values if isinstance(value, Real)]
    known = [float(number) for number in numbers if np.isfinite(number)]
    counts = all(isinstance(value, Integral) for value in values)
    top = BEST[best](known) if best and known and not counts else None
    most = max((_behind(number_text(number, digits)) for number in numbers), default=0)
    cells = []
    for value in values:
        if isinstance(value, Real):
            text = number_text(value, digits)
            cells.append(Cell(text, most - _behind(text), float(value) == top))
        else:
            cells.append(Cell(str(value)))
    return cells


def _behind(text: str) -> int:
    """Return how wide a number is from its point on, the point too."""
    return len(text.partition(".")[2]) + ("." in text)


def number_text(value: float, digits: int = 2) -> str:
    """Return a number with so many significant digits, 0.00035 rather than 3.5e-04."""
    if not np.isfinite(value):
        return str(float(value))
    if float(value).is_integer() and abs(value) < 1e6:
        return str(int(value))
    rounded = f"{value:.{digits - 1}e}"
    exponent = int(rounded.partition("e")[2])
    return f"{value:.{max(digits - 1 - exponent, 0)}f}" if -5 <= exponent <= 5 else rounded


def _text(cells: list[list[Cell]]) -> str:
    """Return a table as lines of text, with a star behind the best of each column."""
    columns = []
    for first, *others in zip(*cells, strict=True):
        star = any(cell.best for cell in others)
        texts = [c.text + ("*" if c.best else " " * star) + " " * c.behind for c in others]
        width = max(map(len, (first.text, *texts)))
        columns.append([text.rjust(width) for text in (first.text, *texts)])
    labels = [row[0].text for row in cells]
    columns[0] = [label.ljust(max(map(len, labels))) for label in labels]
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def _html(cells: list[list[Cell]]) -> str:
    """Return a table as HTML without attributes, since not every page leaves them in."""

    def place(cell: Cell, tag: str) -> str:
        text = html.escape(cell.text)
        text = f"<strong>{text}</strong>" if cell.best else text
        return f"<{tag}>{text}{AS_WIDE_AS_A_DIGIT * cell.behind}</{tag}>"

    lines = [
        f"<tr>{place(first, 'th')}{''.join(place(cell, tag) for cell in others)}</tr>"
        for (first, *others), tag in zip(cells, ["th"] + ["td"] * (len(cells) - 1), strict=True)
    ]
    body = "\n".join(lines[1:])
    return f"<table>\n<thead>\n{lines[0]}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"
