"""Drawn diagrams: a network unrolled through time, and the shapes on the way through one."""

from collections import defaultdict

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path

from .figures import ROLES, Words, axes_of

INPUT, STATE, OUTPUT = ROLES["input"]["color"], "#555555", ROLES["prediction"]["color"]
GREY = "#444444"
Point = tuple[float, float]


def canvas(ax: Axes | None, width: float, height: float) -> Axes:
    """Return axes to draw on, to scale and without lines, of a new figure if there are none."""
    ax = axes_of(ax, figsize=(width, height))
    ax.set_axis_off()
    ax.set_aspect("equal")
    return ax


def box(ax: Axes, center: Point, text: str, color: str, half: Point = (0.42, 0.42)) -> None:
    """Draw a box with a text; ``half`` is half of its width and height."""
    corner, size = (center[0] - half[0], center[1] - half[1]), (2 * half[0], 2 * half[1])
    ax.add_patch(Rectangle(corner, *size, facecolor=color + "22", edgecolor=color, lw=1.6))
    ax.text(*center, text, ha="center", va="center", fontsize=12)


def arrow(ax: Axes, begin: Point, end: Point, text: str = "", shift: Point = (0.0, 0.0)) -> None:
    """Draw an arrow; its text stands in the middle, moved by ``shift``."""
    ax.add_patch(FancyArrowPatch(begin, end, arrowstyle="-|>", mutation_scale=12, color=GREY))
    middle = [(b + e) / 2 + s for b, e, s in zip(begin, end, shift, strict=True)]
    ax.text(*middle, text, ha="center", va="center", fontsize=11, color=GREY)


def plot_unrolled_network() -> Axes:
    """Draw a recurrent network twice: folded, with its loop, and unrolled over 4 points in time."""
    ax = canvas(None, 7.6, 2.7)
    half, gap = 0.42, 1.9

    def column(x: float, index: str) -> None:
        box(ax, (x, 0), f"$x_{{{index}}}$", INPUT)
        box(ax, (x, 1.7), f"$h_{{{index}}}$", STATE)
        box(ax, (x, 3.4), f"$o_{{{index}}}$", OUTPUT)
        arrow(ax, (x, half), (x, 1.7 - half), "$w_1$", (0.3, 0))
        arrow(ax, (x, 1.7 + half), (x, 3.4 - half), "$w_2$", (0.3, 0))

    column(0, "t")
    loop = Path([(-half, 1.45), (-1.2, 1.4), (-1.2, 2.0), (-half, 1.95)], [1, 4, 4, 4])  # Bezier
    ax.add_patch(FancyArrowPatch(path=loop, arrowstyle="-|>", mutation_scale=12, color=GREY))
    ax.text(-1.3, 1.7, "$w_1$", ha="center", va="center", fontsize=11, color=GREY)
    ax.text(1.45, 1.7, "unrolled\nthrough\ntime", ha="center", va="center", fontsize=10)
    ax.text(3.0, 1.7, "$h_0 = 0$", ha="center", va="center", fontsize=12)
    for number in range(1, 5):
        x = 3.0 + number * gap
        column(x, str(number))
        arrow(ax, (x - gap + half + 0.1, 1.7), (x - half, 1.7), "$w_1$", (0.0, 0.28))
    arrow(ax, (x + half, 1.7), (x + half + 0.9, 1.7))
    for y, text in ((0, "input"), (1.7, "hidden state"), (3.4, "output")):
        ax.text(x + half + 1.05, y, text, ha="left", va="center", fontsize=11)
    ax.set(xlim=(-1.6, x + half + 3.1), ylim=(-0.6, 4.0))
    return ax


# Shapes as blocks ---------------------------------------------------------------------------------

# One colour for each axis of a tensor, wherever axes are drawn: unlike those of ROLES, and told
# apart by colour-blind readers. Axes with one number at each point of our wave are grey.
AXES = {
    "batch": "#E8B04A",
    "seq_len": "#7CC4F0",
    "hidden_size": "#F0E442",
    "num_layers": "#4A4A4A",
    "input_size": "#C4C4C4",
    "output_size": "#C4C4C4",
}
WIDTH, HEIGHT, INCH = 110, 54, 0.085  # of the drawing, in cells of a block, and of a cell
STEPS = np.array([(0.5, 0.5), (1, 0), (0, 1)])  # on paper, to the cell behind, right and above
LARGEST = 20, 20, 10  # behind, from left to right, up: where larger, all blocks are shrunk
PLACES = {  # the middle of each block, and the height of its lower edge
    "x": (17.5, 30),
    "r_out": (55, 30),
    "prediction": (92.5, 30),
    "h_n": (36.25, 8),
}
KEY = 74, 8


def axis_names(name: str, *, batch_first: bool = True) -> tuple[str, str, str]:
    """Return the names of the axes of 'x', 'r_out', 'prediction' or 'h_n', in their order."""
    if name == "h_n":  # whatever batch_first is
        return "num_layers", "batch", "hidden_size"
    last = {"x": "input_size", "r_out": "hidden_size", "prediction": "output_size"}[name]
    return ("batch", "seq_len", last) if batch_first else ("seq_len", "batch", last)


def plot_blank_shapes() -> Axes:
    """Draw the way through ``nn.RNN`` and ``nn.Linear`` without any tensor, in a new figure."""
    ax = canvas(None, WIDTH * INCH, HEIGHT * INCH)
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    y = PLACES["x"][1] + 3
    for begin, end, name in (("x", "r_out", "nn.RNN"), ("r_out", "prediction", "nn.Linear")):
        left, right = PLACES[begin][0] + 12.5, PLACES[end][0] - 11.5
        arrow(ax, (left, y), (right, y), name, (0, 2.2))
    middle = PLACES["h_n"][0]
    arrow(ax, (middle, y), (middle, PLACES["h_n"][1] + 15.5))
    x, y = KEY  # how the axes of a block lie
    for end, name, place in (
        ((x + 4, y + 4), "first axis", (x + 4.6, y + 4.6)),
        ((x + 7, y), "second axis", (x + 7.6, y)),
        ((x, y + 7), "third axis", (x, y + 8)),
    ):
        arrow(ax, (x, y), end)
        ax.text(*place, name, ha="center" if end[0] == x else "left", va="center", fontsize=10)
    return ax


def plot_shapes(
    x: torch.Tensor,
    r_out: torch.Tensor | None = None,
    h_n: torch.Tensor | None = None,
    prediction: torch.Tensor | None = None,
    ax: Axes | None = None,
    *,
    batch_first: bool = True,
) -> Axes:
    """Draw the way of a batch through ``nn.RNN`` and ``nn.Linear``, each tensor as a block.

    The first axis of a tensor leads to the back of its block, the second to the right, the third
    up; each edge has the colour of its axis in ``AXES``, as the sizes below the block.

    Parameters
    ----------
    x, r_out, h_n, prediction : torch.Tensor
        What ``WaveRNN.forward`` reads, computes and returns; a question mark if it is not given.
    ax : matplotlib.axes.Axes, optional
        What ``plot_blank_shapes`` returned.
    batch_first : bool
        Whether the batch is the first axis of the three besides ``h_n``, or the second.
    """
    given = {"x": x, "r_out": r_out, "h_n": h_n, "prediction": prediction}
    given = {name: tuple(tensor.shape) for name, tensor in given.items() if tensor is not None}
    names = {name: axis_names(name, batch_first=batch_first) for name in given}
    for name, shape in given.items():
        if len(shape) != 3:
            wanted = ", ".join(names[name])
            raise ValueError(f"{name} must have shape ({wanted}), but shape {shape} was given.")
    own_figure, ax = ax is None, plot_blank_shapes() if ax is None else ax
    longest = (max(sizes) for sizes in zip(*given.values(), strict=True))  # behind, right, up
    cell = min(1, *(most / size for most, size in zip(LARGEST, longest, strict=True)))
    highest, parts = 0.0, defaultdict(list)
    for name, (middle, bottom) in PLACES.items():
        if name in given:
            top = _block(parts, (middle, bottom), given[name], cell)
            _chips(parts, (middle, bottom - 2), given[name], names[name])
        else:
            ax.text(middle, bottom + 4, "?", ha="center", va="center", fontsize=26, color=GREY)
            top = bottom + 8
        ax.text(middle, top + 1, name, ha="center", va="bottom", fontsize=12, weight="bold")
        highest = max(highest, top + 5)
    _add(ax, parts)
    if own_figure:  # nothing moves, so the drawing ends above the highest block
        ax.set_ylim(0, highest)
        ax.figure.set_figheight(highest * INCH)
    return ax


def _block(parts: dict[str, list], place: Point, shape: tuple[int, ...], cell: float) -> float:
    """Add the faces, the lines and the edges of a block; return where it ends above."""
    steps = cell * STEPS
    behind, right, up = sides = np.array(shape)[:, None] * steps
    begin = place - (right + behind) * (0.5, 0)
    # The faces in front, above and on the right, and on each the lines between cells not too small.
    for corner, one, other in ((begin, 1, 2), (begin + up, 1, 0), (begin + right, 2, 0)):
        a, b = sides[one], sides[other]
        parts["faces"].append([corner, corner + a, corner + a + b, corner + b])
        for along, across in ((one, other), (other, one)) if cell > 0.35 else ():
            lines = (corner + number * steps[along] for number in range(1, shape[along]))
            parts["grid"] += [(line, line + sides[across]) for line in lines]
    for corner, side in ((begin + right, behind), (begin, right), (begin, up)):
        parts["edges"].append((corner, corner + side))
    return (begin + up + behind)[1]


def _chips(parts: dict[str, list], place: Point, shape: tuple[int, ...], names: tuple) -> None:
    """Write the sizes of a tensor and the names of its axes, each on the colour of its axis."""
    widths = [0.93 * len(name) + 1.4 for name in names]
    left, top = place[0] - sum(widths) / 2, place[1]
    for name, size, width in zip(names, shape, widths, strict=True):
        begin, end = left + 0.2, left + width - 0.2
        parts["chips"].append([(begin, top), (end, top), (end, top - 5), (begin, top - 5)])
        parts["names"].append(((left + width / 2, top - 1.5), name))
        parts["sizes"].append(((left + width / 2, top - 3.6), str(size)))
        left += width
    parts["colors"] += [AXES[name] for name in names]


def _add(ax: Axes, parts: dict[str, list]) -> None:
    """Draw the parts of all blocks, each kind at once: a slider waits for every artist."""
    shades = ["#FFFFFF", "#F1F1F1", "#E4E4E4"] * (len(parts["faces"]) // 3)
    colors, edges, ends = parts["colors"], parts["edges"], {"capstyle": "butt", "zorder": 3}
    for kind in (
        PolyCollection(parts["faces"], facecolors=shades, edgecolors=GREY, linewidths=0.8),
        LineCollection(parts["grid"], colors="#9A9A9A", linewidths=0.5),
        LineCollection(edges, colors=GREY, linewidths=6, **ends),  # a thin margin of grey
        LineCollection(edges, colors=colors, linewidths=4.5, gid="edges", **ends),
        PolyCollection(
            parts["chips"], facecolors=colors, edgecolors=GREY, linewidths=0.6, gid="chips"
        ),
    ):
        ax.add_collection(kind, autolim=False)
    inks = ["white" if color == AXES["num_layers"] else "black" for color in colors]
    for kind, look in (("names", {"size": 9}), ("sizes", {"size": 11, "weight": "bold"})):
        Words(*zip(*parts[kind], strict=True), ax, color=inks, **look)
