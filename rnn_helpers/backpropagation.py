"""Backpropagation through time, looked at: on paper, cut, and a hundred steps back.

The letters are those of ``cells``; the networks here have no biases.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from . import _checks
from .diagrams import INPUT, OUTPUT, STATE, arrow, box, canvas
from .figures import BAND_STYLES, Words, axes_of, legend_above

GRADIENT = "#7B3294"  # whatever flows backwards
GAP, ROWS = 3.6, {"x": 0.0, "h": 2.1, "y": 4.2}  # of the drawn network


class Worked(NamedTuple):
    """One equation with its numbers."""

    name: str  # its left side, such as "dh_2"
    value: float
    text: str


def worked_steps(
    x: Iterable[float], target: Iterable[float], W_ih: float, W_hh: float, W_fc: float
) -> list[Worked]:
    """Work out a network of one hidden unit as on paper, with a loss of half the squared errors.

    ``x`` and ``target`` have the shape (seq_len,). First come h_t and y_t of each point, then dy_t,
    dh_t and da_t from the last point to the first, then dW_fc, dW_hh and dW_ih.
    """
    x, target = _checks.sequences(x=x, target=target)
    steps, h, y, last = [], [0.0], [0.0], len(x)

    def work_out(name: str, formula: str, numbers: str, value: float) -> float:
        steps.append(Worked(name, value, f"{name} = {formula} = {numbers}{value:.2f}"))
        return value

    for t, x_t in enumerate(x, start=1):
        a = W_ih * x_t + W_hh * h[-1] + 0.0  # + 0.0: no minus before a zero
        formula = f"tanh(W_ih x_{t} + W_hh h_{t - 1})"
        h.append(work_out(f"h_{t}", formula, f"tanh({a:.2f}) = ", math.tanh(a)))
        y.append(work_out(f"y_{t}", f"W_fc h_{t}", f"{W_fc:g} * {h[t]:.2f} = ", W_fc * h[t]))
    da, sums = [0.0] * (last + 2), [0.0] * 3
    for t in range(last, 0, -1):
        dy, dh = y[t] - target[t - 1], f"W_fc dy_{t}"
        work_out(f"dy_{t}", f"y_{t} - target_{t}", f"{y[t]:.2f} - {target[t - 1]:.2f} = ", dy)
        later = (f" + W_hh da_{t + 1}", f" + {W_hh:g} * {da[t + 1]:.2f}") if t < last else ("", "")
        numbers = f"{W_fc:g} * {dy:.2f}{later[1]} = "
        dh = work_out(f"dh_{t}", dh + later[0], numbers, W_fc * dy + W_hh * da[t + 1])
        numbers = f"{dh:.2f} * (1 - {h[t]:.2f}^2) = "
        da[t] = work_out(f"da_{t}", f"dh_{t} (1 - h_{t}^2)", numbers, dh * (1 - h[t] ** 2))
        terms = dy * h[t], da[t] * h[t - 1], da[t] * x[t - 1]
        sums = [total + term for total, term in zip(sums, terms, strict=True)]
    formulas = ("dW_fc", "dy_t h_t"), ("dW_hh", "da_t h_(t-1)"), ("dW_ih", "da_t x_t")
    for (name, product), total in zip(formulas, sums, strict=True):
        work_out(name, f"sum of {product}", "", total)
    return steps


def plot_blank_network(x: Sequence[float], target: Sequence[float]) -> Axes:
    """Draw an unrolled network with its inputs and targets, shape (seq_len,), to be filled in."""
    ax = canvas(None, 8.6, 4.6)
    for t, (x_t, target_t) in enumerate(zip(x, target, strict=True), start=1):
        at, half = t * GAP, (0.95, 0.42)
        for kind, color in (("x", INPUT), ("h", STATE), ("y", OUTPUT)):
            box(ax, (at, ROWS[kind]), "", color, half)
            ax.text(at - 0.8, ROWS[kind], f"${kind}_{t}$", va="center", fontsize=12)
        ax.text(at + 0.8, 0, f"{x_t:.2f}", ha="right", va="center", fontsize=12)
        ax.text(at, 4.85, f"target {target_t:.2f}", ha="center", va="center", fontsize=11)
        for low, high, weight in (("x", "h", "W_{ih}"), ("h", "y", "W_{fc}")):
            begin, end = (at - 0.55, ROWS[low] + 0.42), (at - 0.55, ROWS[high] - 0.42)
            arrow(ax, begin, end, f"${weight}$", (-0.34, 0))
        begin = (at - GAP + 0.95 if t > 1 else at - 2, 2.25)
        arrow(ax, begin, (at - 0.95, 2.25), "$W_{hh}$" if t > 1 else "$h_0=0$", (0, 0.27))
    ax.set(xlim=(1.5, GAP * len(x) + 1.4), ylim=(-1.25, 5.2))
    return ax


def fill_in(ax: Axes, steps: list[Worked]) -> str:
    """Write the first so many worked steps into the drawn network; return the last equation.

    The axes are those of ``plot_blank_network``. The last number stands on yellow.
    """
    columns, values, gradients = {name for name, *_ in steps}, [], []
    for name, value, _ in steps:
        kind, index = name.split("_")
        if kind in ROWS:
            values.append(((int(index) * GAP + 0.8, ROWS[kind]), f"{value:.2f}"))
            continue
        if kind == "dW":
            place = 2.0 + GAP * ("fc", "hh", "ih").index(index), -0.95
        else:
            at = int(index) * GAP
            place = at - 0.15, {"dy": 3.15, "dh": 1.3, "da": 0.85}[kind]
        gradients.append((place, f"${kind[0]}{kind[1]}_{{{index}}}$ = {value:.2f}"))
        if kind == "dh":
            _backwards(ax, (at - 0.3, ROWS["y"] - 0.42), (at - 0.3, ROWS["h"] + 0.42))
            if f"da_{int(index) + 1}" in columns:
                _backwards(ax, (at + GAP - 0.95, 1.9), (at + 0.95, 1.9))
    look = {"ha": "left", "color": GRADIENT} if gradients else {"ha": "right"}
    place, word = (gradients or values).pop()  # the last one
    ax.text(*place, word, fontsize=12, va="center", backgroundcolor="#FFF3A8", **look)
    for some, align, color in ((values, 1, "black"), (gradients, 0, GRADIENT)):
        if some:
            Words(*zip(*some, strict=True), ax, size=12, align=align, color=color)
    return f"Step {len(steps)}: {steps[-1].text}."


def plot_cuts(cut: int, point: int, ax: Axes) -> None:
    """Draw 20 points, and how far the loss at one of them goes back if every ``cut`` points cut."""
    first = (point - 1) // cut * cut + 1
    points = np.arange(1, 21)
    lit, cuts = (first <= points) & (points <= point), (points > 1) & ((points - 1) % cut == 0)
    for some, color, inside in ((lit, GRADIENT, GRADIENT + "55"), (~lit, STATE, "white")):
        ax.plot(points[some], 0 * points[some], "s", ms=11, color=color, markerfacecolor=inside)
    Words(np.stack([points, np.full(20, -0.75)], axis=1), [*map(str, points)], ax, size=9)
    # All arrows of a kind at once: an explorer draws them anew with each step of a slider.
    back = points[1:][~cuts[1:]]
    scale = {"angles": "xy", "scale_units": "xy", "scale": 1, "headwidth": 6, "headlength": 7}
    for begin, y, length, color, width in (
        (points[:-1] + 0.2, 0.14, 0.6, STATE, 0.0013),
        (back - 0.2, -0.16, -0.6, GRADIENT, 0.0018),
    ):
        there = np.full(len(begin), y)
        ax.quiver(begin, there, length, 0, color=color, width=width, **scale)
    ax.vlines(points[cuts] - 0.5, -0.6, 0.6, "black", "dotted")
    ax.plot(point, 1.1, "^", color=OUTPUT, markersize=10)
    _backwards(ax, (point, 0.9), (point, 0.22), linestyle="-")
    side, ha = (-0.35, "right") if point > 10 else (0.35, "left")
    ax.text(point + side, 1.1, f"loss at point {point}", ha=ha, va="center", fontsize=11)


def plot_trainings(losses: np.ndarray, lost: np.ndarray) -> Axes:
    """Draw the losses of many trainings, shape (epochs, num_models), those that are lost dashed."""
    ax = axes_of(None)
    for these, look, label in (
        (~lost, BAND_STYLES[0], "learn"),
        (lost, BAND_STYLES[1], "are lost"),
    ):
        style = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 0.7}
        ax.plot(losses[:, these], alpha=0.6, **style)
        ax.plot([], label=f"{these.sum()} {label}", **(style | {"linewidth": 2}))
    ax.set(yscale="log", ylim=(0.01, 1e12), xlabel="step of training", ylabel="loss")
    legend_above(ax)
    return ax


def _backwards(ax: Axes, begin: tuple, end: tuple, **style) -> None:
    look = {"arrowstyle": "-|>", "mutation_scale": 13, "linestyle": "--", "linewidth": 1.6}
    ax.add_patch(FancyArrowPatch(begin, end, color=GRADIENT, **(look | style)))


def recurrent_weights(
    kind: str, radius: float, seeds: Iterable[int], hidden_size: int = 32
) -> np.ndarray:
    """Return random W_hh of one spectral radius, shape (num_models, hidden_size, hidden_size).

    ``kind`` is ``'orthogonal'`` (a rotation times the radius) or ``'Gaussian'`` (independent normal
    numbers, scaled). The spectral radius is the largest modulus of an eigenvalue.
    """
    _checks.one_of("kind", kind, ("orthogonal", "Gaussian"))
    size = hidden_size, hidden_size
    drawn = [np.random.default_rng(seed).normal(size=size) for seed in _checks.seed_list(seeds)]
    if kind == "orthogonal":
        return radius * np.array([np.linalg.qr(each)[0] for each in drawn])
    return np.array([radius * each / abs(np.linalg.eigvals(each)).max() for each in drawn])


def gradient_norms(
    W_hh: np.ndarray, num_steps: int = 100, *, tanh: bool = True, drive: float = 1.0
) -> np.ndarray:
    """Return how long a gradient of length 1 is after 0, 1, ... steps back, for each W_hh.

    ``W_hh`` has the shape (num_models, n, n), the result (num_models, 1 + num_steps). The networks
    read a sine wave in steps of 9 degrees, by a W_ih that is uniform between -drive / sqrt(n) and
    drive / sqrt(n); ``nn.RNN`` begins with a drive of 1. Without ``tanh``, h_t is a_t.
    """
    num_models, n, _ = W_hh.shape
    W_ih = drive * np.random.default_rng(0).uniform(-1, 1, (num_models, n)) / math.sqrt(n)
    h, slopes = np.zeros((num_models, n)), []
    for x_t in np.sin(np.deg2rad(9 * np.arange(num_steps))):
        a = W_ih * x_t + (W_hh @ h[:, :, None])[:, :, 0]
        h = np.tanh(a) if tanh else a
        slopes.append(1 - h**2 if tanh else 1.0)
    dh = np.full((num_models, n), 1 / math.sqrt(n))
    norms = [np.linalg.norm(dh, axis=1)]
    for slope in reversed(slopes):
        dh = (W_hh.mT @ (dh * slope)[:, :, None])[:, :, 0]  # dh_(t-1) = W_hh' da_t
        norms.append(np.linalg.norm(dh, axis=1))
    return np.array(norms).T
