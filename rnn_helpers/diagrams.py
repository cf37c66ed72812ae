"""Drawn diagrams: a network unrolled through time, and the shapes on the way through one."""

import torch
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path

from . import _checks
from .figures import ROLES, axes_of

INPUT, STATE, OUTPUT = ROLES["input"]["color"], "#555555", ROLES["prediction"]["color"]
GREY = "#444444"
Point = tuple[float, float]


def _canvas(ax: Axes | None, width: float, height: float) -> Axes:
    ax = axes_of(ax, figsize=(width, height))
    ax.set_axis_off()
    ax.set_aspect("equal")
    return ax


def _box(ax: Axes, center: Point, text: str, color: str, half: Point = (0.42, 0.42)) -> None:
    """Draw a box with a text; ``half`` is half of its width and height."""
    corner, size = (center[0] - half[0], center[1] - half[1]), (2 * half[0], 2 * half[1])
    ax.add_patch(Rectangle(corner, *size, facecolor=color + "22", edgecolor=color, lw=1.6))
    ax.text(*center, text, ha="center", va="center", fontsize=12)


def _arrow(ax: Axes, begin: Point, end: Point, text: str = "", shift: Point = (0.0, 0.0)) -> None:
    """Draw an arrow; its text stands in the middle, moved by ``shift``."""
    ax.add_patch(FancyArrowPatch(begin, end, arrowstyle="-|>", mutation_scale=12, color=GREY))
    middle = [(b + e) / 2 + s for b, e, s in zip(begin, end, shift, strict=True)]
    ax.text(*middle, text, ha="center", va="center", fontsize=11, color=GREY)


def plot_unrolled_network(num_points: int = 4, ax: Axes | None = None) -> Axes:
    """Draw a recurrent network twice: folded, with its loop, and unrolled through time.

    ``num_points`` says how many points in time are unrolled, 2 or more.
    """
    num_points = _checks.whole_number("num_points", num_points, 2, 100)
    ax = _canvas(ax, 7.6, 2.7)
    half, gap = 0.42, 1.9

    def column(x: float, index: str) -> None:
        _box(ax, (x, 0), f"$x_{{{index}}}$", INPUT)
        _box(ax, (x, 1.7), f"$h_{{{index}}}$", STATE)
        _box(ax, (x, 3.4), f"$o_{{{index}}}$", OUTPUT)
        _arrow(ax, (x, half), (x, 1.7 - half), "$w_1$", (0.3, 0))
        _arrow(ax, (x, 1.7 + half), (x, 3.4 - half), "$w_2$", (0.3, 0))

    column(0, "t")
    loop = Path([(-half, 1.45), (-1.2, 1.4), (-1.2, 2.0), (-half, 1.95)], [1, 4, 4, 4])  # Bezier
    ax.add_patch(FancyArrowPatch(path=loop, arrowstyle="-|>", mutation_scale=12, color=GREY))
    ax.text(-1.3, 1.7, "$w_1$", ha="center", va="center", fontsize=11, color=GREY)
    ax.text(1.45, 1.7, "unrolled\nthrough\ntime", ha="center", va="center", fontsize=10)
    first = 3.0
    ax.text(first, 1.7, "$h_0 = 0$", ha="center", va="center", fontsize=12)
    for number in range(1, num_points + 1):
        x = first + number * gap
        column(x, str(number))
        _arrow(ax, (x - gap + half + 0.1, 1.7), (x - half, 1.7), "$w_1$", (0.0, 0.28))
    end = first + num_points * gap
    _arrow(ax, (end + half, 1.7), (end + half + 0.9, 1.7))
    for y, text in ((0, "input"), (1.7, "hidden state"), (3.4, "output")):
        ax.text(end + half + 1.05, y, text, ha="left", va="center", fontsize=11)
    ax.set_xlim(-1.6, end + half + 3.1)
    ax.set_ylim(-0.6, 4.0)
    return ax


def plot_shapes(
    x: torch.Tensor,
    r_out: torch.Tensor,
    h_n: torch.Tensor,
    prediction: torch.Tensor,
    ax: Axes | None = None,
) -> Axes:
    """Draw the way of a batch through ``nn.RNN`` and ``nn.Linear``, with the shape of each tensor.

    The axes that each tensor has, and that stand beside it, are those of ``WaveRNN.forward``.
    """
    tensors = {"x": x, "r_out": r_out, "h_n": h_n, "prediction": prediction}
    for name, tensor in tensors.items():
        _checks.instance(name, tensor, torch.Tensor, "give what the network read or returned")
    ax = _canvas(ax, 7.6, 2.5)
    boxes = {  # where, in which colour, which axes it has, and where they stand
        "x": ((0, 2), INPUT, "(batch, seq_len, input_size)", (0, 2.75), "center"),
        "r_out": ((4.6, 2), STATE, "(batch, seq_len, hidden_size)", (4.6, 2.75), "center"),
        "prediction": ((9.2, 2), OUTPUT, "(batch, seq_len, output_size)", (9.2, 2.75), "center"),
        "h_n": ((2.3, 0), STATE, "(num_layers, batch, hidden_size)", (3.8, 0), "left"),
    }
    for name, (center, color, axes, place, side) in boxes.items():
        _box(ax, center, f"{name}\n{tuple(tensors[name].shape)}", color, half=(1.3, 0.5))
        ax.text(*place, axes, ha=side, va="center", fontsize=9.5)
    _arrow(ax, (1.3, 2), (3.3, 2), "nn.RNN", (0, 0.28))
    _arrow(ax, (5.9, 2), (7.9, 2), "nn.Linear", (0, 0.28))
    _arrow(ax, (2.3, 2), (2.3, 0.5))
    ax.set_xlim(-1.6, 10.8)
    ax.set_ylim(-0.7, 3.0)
    return ax
