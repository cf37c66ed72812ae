"""The Elman network of notebook 02, unrolled below the wave, and filled in copy by copy."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import MultipleLocator

from .figures import ROLES, WAVE, Words, plot_points

# On one axes: the wave from -1 to 1, and below it the rows of the unrolled network.
OUTPUT, TOP, CELL, INPUT, FLOOR = -1.75, -2.2, 0.34, 0.45, 0.45
LIT, EDGE, COLORS = "#FFC40038", "#9a9a9a", "RdBu_r"  # what is lit shows all below it


def _rows(hidden_size: int) -> tuple[float, float]:
    """Return how high the lower end of the strip and the middle of the input lie."""
    bottom = TOP - CELL * hidden_size
    return bottom, bottom - INPUT


def plot_blank_copies(degrees: np.ndarray, wave: np.ndarray, hidden_size: int = 6) -> Axes:
    """Draw the targets on the wave, and below each input a copy of the network, still empty.

    ``degrees`` and ``wave``, shape (seq_len + 1,), are equally spaced points: all but the last are
    inputs, all but the first are targets. The strip of each copy has a cell for each context value.
    """
    step, (_, ax) = degrees[1] - degrees[0], plt.subplots(figsize=(10.6, 4.1))
    bottom, x_row = _rows(hidden_size)
    curve = np.linspace(degrees[0], degrees[-1], 361)
    ax.plot(curve, np.sin(np.deg2rad(curve)), **WAVE)
    plot_points(degrees[1:], wave[1:], "target", ax, markersize=9)
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
    ax: Axes,
) -> None:
    """Fill in the copies up to point ``t``, counted from 1, and light up the last of them.

    ``contexts``, shape (seq_len, hidden_size), and ``outputs``, shape (seq_len,), are what the
    network computed; the rest is as in ``plot_blank_copies``, which drew the axes.
    """
    step, now = degrees[1] - degrees[0], degrees[t - 1]
    context, read, said = contexts[t - 1], wave[t - 1], outputs[t - 1]
    bottom, x_row = _rows(len(context))
    low, high = ax.get_ylim()
    ax.bar(now, high - low, 0.98 * step, low, color=LIT, zorder=0)

    # The strips, and gaps between them; the first context value is in the uppermost cell.
    sides = (degrees[:t, None] + 0.4 * step * np.array([-1, 1])).ravel()
    heights = np.linspace(TOP, bottom, len(context) + 1)
    colors = np.full((len(context), 2 * t - 1), np.nan)
    colors[:, ::2] = contexts[:t].T
    ax.pcolormesh(sides, heights, colors, cmap=COLORS, vmin=-1, vmax=1, zorder=2)
    places = [(now, height - CELL / 2) for height in heights[:-1]]
    inks = np.where(abs(context) > 0.6, "white", "black")
    Words(places, [f"{value:.2f}" for value in context], ax, size=8, color=inks, zorder=4)
    inks = [ROLES[role]["color"] for role in ("input", "prediction")]
    Words([(now, x_row), (now, OUTPUT)], [f"{read:.2f}", f"{said:.2f}"], ax, color=inks, zorder=4)

    # What travels: the input up, the context from the copy before, the output up to its own time.
    arrow = {"arrowstyle": "-|>", "mutation_scale": 10, "color": "black", "shrinkA": 0, "zorder": 5}
    middle = (bottom + TOP) / 2
    for begin, end, bend, short in (
        ((now, x_row + 0.14), (now, bottom), 0, 0),
        ((now, TOP), (now, OUTPUT - 0.14), 0, 0),
        ((now - 0.6 * step, middle), (now - 0.4 * step, middle), 0, 0),
        ((now, OUTPUT + 0.14), (now + step, said), 0.25, 5),
    ):
        bent = f"arc3,rad={bend}"
        ax.add_patch(FancyArrowPatch(begin, end, connectionstyle=bent, shrinkB=short, **arrow))

    marks = {"linestyle": "none", "zorder": 6}
    ax.plot(now, read, markersize=9, **ROLES["input"], **marks)
    ax.plot(degrees[1:t], outputs[: t - 1], markersize=5, **ROLES["prediction"], **marks)
    ax.plot(degrees[t], said, markersize=9, **ROLES["prediction"], **marks)
