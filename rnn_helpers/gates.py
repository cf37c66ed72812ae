"""Pictures of gates: the cells in the colours of their equations, and the task with a gap."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.offsetbox import AnnotationBbox, HPacker, TextArea
from matplotlib.patches import Circle, FancyBboxPatch

from . import _checks
from .diagrams import canvas
from .figures import ROLES

# One colour for each gate in the whole course; what keeps the state (f, z) and the candidate (g, n)
# have one each. Tol's and Okabe-Ito's hues, told apart by colour-blind readers.
GATE_COLORS = dict.fromkeys("fz", "#B97A00") | dict.fromkeys("gn", "#882255")
GATE_COLORS |= {"i": "#1E88A8", "o": "#332288", "r": "#117733"}
STATE = "#333333"
SIGMOID, TIMES = "\u03c3", "\u00d7"
# For each cell: where a gate stands, its activation; and the equations, in parts with their gate.
BOXES = {
    "LSTM": {"f": (1.0, SIGMOID), "i": (2.2, SIGMOID), "g": (3.4, "tanh"), "o": (5.0, SIGMOID)},
    "GRU": {"r": (1.0, SIGMOID), "z": (2.4, SIGMOID), "n": (4.6, "tanh")},
}
EQUATIONS = {
    "LSTM": (
        r"f:f_t = \sigma(a_f)|:\qquad|i:i_t = \sigma(a_i)",
        r"g:g_t = \tanh(a_g)|:\quad|o:o_t = \sigma(a_o)",
        r":c_t =|f:f_t|:\odot\, c_{t-1} +|i:i_t|:\odot|g:g_t",
        r":h_t =|o:o_t|:\odot\, \tanh(c_t)",
    ),
    "GRU": (
        r"r:r_t = \sigma(x_r + h_r)|:\quad|z:z_t = \sigma(x_z + h_z)",
        r"n:n_t = \tanh(x_n +|r:r_t|:\odot\, q|n:)",
        r":h_t =|z:(1 - z_t)|:\odot|n:n_t|:+|z:z_t|:\odot\, h_{t-1}",
    ),
}


def gate_map(gate: str) -> LinearSegmentedColormap:
    """Return a colour map from white, a closed gate, to the colour of this gate."""
    return LinearSegmentedColormap.from_list(f"gate {gate}", ["#ffffff", GATE_COLORS[gate]])


def plot_cell(cell: str, ax: Axes | None = None, *, equations: bool = True) -> Axes:
    """Draw an LSTM or GRU cell, each gate in its colour, with the equations under it.

    The state runs from left to right; hidden state and input reach every gate from below.
    """
    _checks.one_of("cell", cell, BOXES)
    ax = canvas(ax, 5.2, 4.2 if equations else 2.9)
    lines = len(EQUATIONS[cell]) if equations else 0
    ax.set(xlim=(-1.6, 7.4), ylim=(-0.5 - 0.72 * lines, 4.2))
    look = {"facecolor": "#f4f4f4", "edgecolor": "#bbbbbb", "zorder": 0}
    ax.add_patch(FancyBboxPatch((0.1, 0.25), 6.0, 3.65, "round,pad=0,rounding_size=0.3", **look))
    _line(ax, (-0.5, 0.6), (max(x for x, _ in BOXES[cell].values()), 0.6))
    _line(ax, (0.5, -0.1), (0.5, 0.6), arrow=True)
    _text(ax, (0.5, -0.3), "$x_t$", ROLES["input"]["color"])
    {"LSTM": _draw_lstm, "GRU": _draw_gru}[cell](ax)
    for gate, (x, activation) in BOXES[cell].items():
        _gate(ax, gate, x, activation)
    for number, parts in enumerate(EQUATIONS[cell][:lines]):
        pieces = [
            TextArea(f"${text}$", textprops={"color": GATE_COLORS.get(gate, STATE), "size": 13})
            for gate, _, text in (part.partition(":") for part in parts.split("|"))
        ]
        packed = HPacker(children=pieces, align="baseline", pad=0, sep=4)
        look = {"box_alignment": (0, 0.5), "frameon": False, "pad": 0}
        ax.add_artist(AnnotationBbox(packed, (0.1, -0.95 - 0.72 * number), **look))
    return ax


def _draw_lstm(ax: Axes) -> None:
    _text(ax, (-0.6, 0.6), "$h_{t-1}$", ha="right")
    _text(ax, (-0.6, 3.4), "$c_{t-1}$", ha="right")
    _line(ax, (-0.5, 3.4), (6.6, 3.4), arrow=True)
    _text(ax, (6.7, 3.4), "$c_t$", ha="left")
    _line(ax, (1.0, 1.5), (1.0, 3.2), color="f", arrow=True)
    _sign(ax, (1.0, 3.4), TIMES, "f")
    _line(ax, (2.2, 1.5), (2.2, 2.4), (3.2, 2.4), color="i", arrow=True)
    _line(ax, (3.4, 1.5), (3.4, 2.2), color="g", arrow=True)
    _sign(ax, (3.4, 2.4), TIMES, "i")
    _line(ax, (3.4, 2.6), (3.4, 3.2), arrow=True)
    _sign(ax, (3.4, 3.4), "+")
    _line(ax, (5.6, 3.4), (5.6, 2.6), arrow=True)
    frame = {"facecolor": "white", "edgecolor": STATE, "pad": 1.5, "linewidth": 0.8}
    _text(ax, (5.62, 2.95), "tanh", size=9, bbox=frame)
    _line(ax, (5.0, 1.5), (5.0, 2.4), (5.4, 2.4), color="o", arrow=True)
    _sign(ax, (5.6, 2.4), TIMES, "o")
    _line(ax, (5.6, 2.2), (5.6, 0.6), (6.6, 0.6), arrow=True)
    _text(ax, (6.7, 0.6), "$h_t$", ha="left")


def _draw_gru(ax: Axes) -> None:
    _text(ax, (-0.6, 3.4), "$h_{t-1}$", ha="right")
    _line(ax, (-0.5, 3.4), (6.6, 3.4), arrow=True)
    _line(ax, (-0.5, 3.4), (-0.5, 0.6))
    _text(ax, (6.7, 3.4), "$h_t$", ha="left")
    into_n = (1.0, 1.5), (1.0, 1.95), (3.6, 1.95), (3.6, 1.25), (4.05, 1.25)
    _line(ax, *into_n, color="r", arrow=True)
    _line(ax, (2.4, 1.5), (2.4, 3.2), color="z", arrow=True)
    _sign(ax, (2.4, 3.4), TIMES, "z")
    _text(ax, (2.75, 2.5), "$z$", GATE_COLORS["z"])
    _line(ax, (2.4, 2.75), (4.4, 2.75), color="z", arrow=True)
    _text(ax, (3.5, 2.98), "$1-z$", GATE_COLORS["z"])
    _line(ax, (4.6, 1.5), (4.6, 2.55), color="n", arrow=True)
    _sign(ax, (4.6, 2.75), TIMES, "z")
    _line(ax, (4.6, 2.95), (4.6, 3.2), arrow=True)
    _sign(ax, (4.6, 3.4), "+")


def _gate(ax: Axes, gate: str, x: float, activation: str) -> None:
    """Draw a box with its letter and what it computes, and the line that feeds it."""
    color, half = GATE_COLORS.get(gate, STATE), 0.58 if activation == "tanh" else 0.4
    _line(ax, (x, 0.6), (x, 0.98), arrow=True)
    corner, look = (x - half, 1.0), {"facecolor": color, "edgecolor": color, "zorder": 3}
    ax.add_patch(FancyBboxPatch(corner, 2 * half, 0.5, "round,pad=0,rounding_size=0.08", **look))
    _text(ax, (x, 1.25), f"${gate}$ {activation}", "white", size=11)


def _line(ax: Axes, *points: tuple, color: str = "", arrow: bool = False) -> None:
    """Draw a line through points, with an arrow at its end if wanted."""
    color = GATE_COLORS.get(color, STATE)
    ax.plot(*np.transpose(points), color=color, linewidth=1.5, zorder=2, solid_joinstyle="round")
    if arrow:
        look = {"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.5}
        ax.annotate("", points[-1], points[-2], arrowprops=look | {"mutation_scale": 12}, zorder=2)


def _sign(ax: Axes, place: tuple, sign: str, gate: str = "") -> None:
    color = GATE_COLORS.get(gate, STATE)
    ax.add_patch(Circle(place, 0.2, facecolor="white", edgecolor=color, linewidth=1.5, zorder=4))
    _text(ax, place, sign, color, va="center_baseline")


def _text(ax: Axes, place: tuple, text: str, color: str = STATE, **look) -> None:
    look = {"size": 13, "ha": "center", "va": "center", "zorder": 6} | look
    ax.text(*place, text, color=color, **look)
