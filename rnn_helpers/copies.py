"""The Elman network of notebook 02, unrolled below the wave, and filled in copy by copy."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import MultipleLocator

from . import _checks
from .figures import ROLES, WAVE, axes_of

# On one axes: the wave from -1 to 1, and below it the rows of the unrolled network.
OUTPUT, TOP, CELL, INPUT, FLOOR = -1.75, -2.2, 0.34, 0.45, 0.45
LIT, EDGE, COLORS = "#FFC40038", "#9a9a9a", "RdBu_r"  # what is lit shows all below it


def _rows(hidden_size: int) -> tuple[float, float]:
    """Return how high the lower end of the strip and the middle of the input lie."""
    bottom = TOP - CELL * hidden_size
    return bottom, bottom - INPUT


def plot_blank_copies(
    degrees: np.ndarray, wave: np.ndarray, hidden_size: int = 6, ax: Axes | None = None
) -> Axes:
    """Draw the targets on the wave, and below each input a copy of the network, still empty.

    ``degrees`` and ``wave``, shape (seq_len + 1,), are equally spaced points: all but the last are
    inputs, all but the first are targets. The strip of each copy has a cell for each context value.
    """
    degrees, wave = _checks.sequence("degrees", degrees), _checks.sequence("wave", wave)
    _checks.same_length("degrees", "wave", degrees, wave)
    hidden_size = _checks.whole_number("hidden_size", hidden_size, 1, 12)
    step, ax = degrees[1] - degrees[0], axes_of(ax, figsize=(10.6, 4.1))
    bottom, x_row = _rows(hidden_size)
    curve = np.linspace(degrees[0], degrees[-1], 361)
    ax.plot(curve, np.sin(np.deg2rad(curve)), **WAVE)
    ax.plot(
        degrees[1:], wave[1:], linestyle="none", label="target", markersize=9, **ROLES["target"]
    )
    for role in ("input", "prediction"):
        ax.plot([], [], linestyle="none", label=role, **ROLES[role])
    edges = np.linspace(bottom, TOP, hidden_size + 1)
    for t, at in enumerate(degrees[:-1], start=1):
        sides = at + 0.4 * step * np.array([-1, 1])
        ax.hlines(edges, *sides, color=EDGE, linewidth=0.6)
        ax.vlines(sides, bottom, TOP, color=EDGE, linewidth=0.6)
        ax.text(at, x_row - FLOOR, str(t), ha="center", va="center", fontsize=9)
    rows = {1: "1", 0: "0", -1: "-1", OUTPUT: "output", (bottom + TOP) / 2: "context"}
    rows |= {x_row: "input", x_row - FLOOR: "$t$ ="}
    ax.set_yticks(list(rows), list(rows.values()))
    ax.tick_params(axis="y", length=0)
    ax.grid(False)
    ax.xaxis.set_major_locator(MultipleLocator(45))
    ax.set(xlim=(degrees[0] - 0.75 * step, degrees[-1] + 0.75 * step))
    ax.set(ylim=(x_row - FLOOR - 0.25, 1.3), xlabel="angle (degrees)")
    ax.spines["left"].set_visible(False)
    return ax


def plot_copies(
    degrees: np.ndarray,
    wave: np.ndarray,
    contexts: np.ndarray,
    outputs: np.ndarray,
    t: int,
    ax: Axes | None = None,
) -> Axes:
    """Fill in the copies up to point ``t``, counted from 1, and light up the last of them.

    ``contexts``, shape (seq_len, hidden_size), and ``outputs``, shape (seq_len,), are what the
    network computed; the rest is as in ``plot_blank_copies``, which drew the axes, or draws them.
    """
    degrees, wave = _checks.sequence("degrees", degrees), _checks.sequence("wave", wave)
    outputs = _checks.sequence("outputs", outputs)
    contexts = _checks.sequence("contexts", np.transpose(contexts), len(outputs)).T
    t = _checks.whole_number("t", t, 1, len(outputs))
    ax = plot_blank_copies(degrees, wave, contexts.shape[1]) if ax is None else axes_of(ax)
    step, now = degrees[1] - degrees[0], degrees[t - 1]
    bottom, x_row = _rows(contexts.shape[1])
    low, high = ax.get_ylim()
    ax.bar(now, high - low, 0.98 * step, low, color=LIT, zorder=0)

    # The strips, and gaps between them; the first context value is in the uppermost cell.
    sides = (degrees[:t, None] + 0.4 * step * np.array([-1, 1])).ravel()
    colors = np.full((contexts.shape[1], 2 * t - 1), np.nan)
    colors[:, ::2] = contexts[:t].T[::-1]
    heights = np.linspace(bottom, TOP, contexts.shape[1] + 1)
    ax.pcolormesh(sides, heights, colors, cmap=COLORS, vmin=-1, vmax=1, zorder=2)
    small = {"ha": "center", "va": "center", "fontsize": 8, "zorder": 4}
    for value, height in zip(contexts[t - 1], TOP - CELL * (np.arange(20) + 0.5), strict=False):
        ink = "white" if abs(value) > 0.6 else "black"
        ax.text(now, height, f"{value:.2f}", color=ink, **small)

    # What travels: the input up, the context from the copy before, the output up to its own time.
    arrow = {"arrowstyle": "-|>", "mutation_scale": 10, "color": "black", "shrinkA": 0, "zorder": 5}
    middle = (bottom + TOP) / 2
    for begin, end, bend, short in (
        ((now, x_row + 0.14), (now, bottom), 0, 0),
        ((now, TOP), (now, OUTPUT - 0.14), 0, 0),
        ((now - 0.6 * step, middle), (now - 0.4 * step, middle), 0, 0),
        ((now, OUTPUT + 0.14), (now + step, outputs[t - 1]), 0.25, 5),
    ):
        bent = f"arc3,rad={bend}"
        ax.add_patch(FancyArrowPatch(begin, end, connectionstyle=bent, shrinkB=short, **arrow))
    for row, value, role in ((x_row, wave[t - 1], "input"), (OUTPUT, outputs[t - 1], "prediction")):
        ax.text(now, row, f"{value:.2f}", color=ROLES[role]["color"], **(small | {"fontsize": 10}))

    marks = {"linestyle": "none", "zorder": 6}
    ax.plot(now, wave[t - 1], markersize=9, **ROLES["input"], **marks)
    ax.plot(degrees[1:t], outputs[: t - 1], markersize=5, **ROLES["prediction"], **marks)
    ax.plot(degrees[t], outputs[t - 1], markersize=9, **ROLES["prediction"], **marks)
    return ax
