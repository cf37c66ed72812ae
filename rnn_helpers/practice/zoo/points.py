"""Two programs about points: which labels belong to which features, and where they are drawn."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import nn

from ... import ROLES, WaveRNN, ambiguity_floor, predict, train_many
from ... import show as show_figure
from ..compare import changed, explain, numbers, same, several, shaped
from ..engine import Wrong, called
from .base import fit, keep

# Windows that roll on: the labels are the features ------------------------------------------------

WINDOWS = """\
def make_windows(num_windows, start=0.0, step=9.0, seq_len=20):  # windows that roll on
    first = start + step * seq_len * np.arange(num_windows)[:, None]  # one angle for each
    degrees = first + step * np.arange(seq_len + 1)  # (num_windows, seq_len + 1)
    wave = np.sin(np.deg2rad(degrees))
    features = wave[:, :seq_len]
    labels = wave[:, :-1]  # one step ahead
    return features, labels"""


def _show_windows(program):
    rnn, parts = WaveRNN(), several(program(150), "features", "labels")
    x, y = (
        torch.from_numpy(shaped(numbers(part, what), what, (150, 20))).float()[:, None, :, None]
        for part, what in zip(parts, ("features", "labels"), strict=True)
    )
    losses = fit(
        rnn.parameters(), lambda step: nn.functional.mse_loss(rnn(x[step])[0], y[step]), 150
    )
    wave = np.sin(np.deg2rad(9 * np.arange(241)))
    said, _ = predict(rnn, wave[:-1])
    error = np.mean((said - wave[1:])[40:] ** 2)  # after a first turn, to warm up
    floor, persistence = ambiguity_floor(start=0, step=9) / 20, np.mean(np.diff(wave[40:]) ** 2)
    loss = np.mean(losses[-10:])
    print(f"loss of the last ten windows: {loss:.1g}; the floor is {floor:.1g}")
    print(f"error, one step ahead:        {error:.1g}; that of persistence is {persistence:.1g}")


def _examine_windows(answer, rng):
    num, seq_len = int(rng.integers(3, 6)), int(rng.integers(8, 20))
    start, step = float(rng.uniform(20, 70)), float(rng.uniform(5, 8))
    returned = several(called(answer, num, start, step, seq_len), "features", "labels")
    features, labels = (
        shaped(numbers(part, what), what, (num, seq_len))
        for part, what in zip(
            returned, ("the array of features", "the array of labels"), strict=True
        )
    )

    def wave(ahead):
        number = np.arange(num)[:, None] * seq_len + np.arange(seq_len) + ahead
        return np.sin(np.deg2rad(start + step * number))

    if not same(features, wave(0)):
        raise Wrong(
            "the features have changed, and they were right: each window starts where the one "
            "before ended."
        )
    right = wave(1)
    if same(labels[:, :-1], right[:, :-1]) and not same(labels, right):
        raise Wrong(
            "all labels are right but the last label of each window: in the first it is "
            f"{labels[0, -1]:.3f}, where the wave goes on with {right[0, -1]:.3f}. (Half a turn "
            "from 0 degrees on hides this: the sine of 180 is that of 0.)"
        )
    if same(labels[:, 1:], features[:, :-1]):
        raise Wrong("the labels come before their features; a label is the point after.")
    explain(
        labels,
        right,
        (
            (features, "the labels are the features: the network learns to repeat what it reads."),
            (wave(2), "the labels are two steps ahead."),
            (wave(seq_len), "the labels are a whole window ahead; one step is asked for."),
        ),
        f"the first label should be {right[0, 0]:.3f}, the point after the first feature; it is "
        f"{labels[0, 0]:.3f}.",
    )
    return (
        "Every label is the point one step after its feature, at the end of a window too. Look at "
        "the loss again: it is larger than before, and the network is better."
    )


keep(
    "low_loss",
    WINDOWS,
    _show_windows,
    _examine_windows,
    cells=1,
    hints=(
        "The loss compares predictions with labels. Nobody has compared the labels with the wave.",
        "Make one short window, `features, labels = make_windows(1)`, and print the first three "
        "of each. Which angle does the first label belong to?",
        "Each row of wave has seq_len + 1 points. Two slices are cut from it, and they should not "
        "be the same.",
    ),
    solution=changed(WINDOWS, ("wave[:, :-1]", "wave[:, 1:]")),
    misconceptions={
        "the other way of writing it": (
            changed(WINDOWS, ("wave[:, :-1]", "wave[:, 0:seq_len]")),
            "the labels are the features",
        ),
        "rolled": (
            changed(WINDOWS, ("wave[:, :-1]", "np.roll(features, -1, axis=1)")),
            "the last label of each window",
        ),
        "rolled the other way": (
            changed(WINDOWS, ("wave[:, :-1]", "np.roll(features, 1, axis=1)")),
            "the labels come before their features",
        ),
        "one point short": (
            changed(WINDOWS, ("wave[:, :-1]", "features[:, 1:]")),
            "the array of labels must have shape",
        ),
        "two steps": (
            changed(
                WINDOWS,
                ("seq_len + 1)  #", "seq_len + 2)  #"),
                ("wave[:, :-1]", "wave[:, 2:]"),
            ),
            "two steps ahead",
        ),
        "the next window": (
            changed(
                WINDOWS,
                ("seq_len + 1)  #", "2 * seq_len)  #"),
                ("wave[:, :-1]", "wave[:, seq_len:]"),
            ),
            "a whole window ahead",
        ),
        "one degree": (
            changed(WINDOWS, ("wave[:, :-1]", "np.sin(np.deg2rad(degrees[:, :-1] + 1))")),
            "the first label should be",
        ),
    },
)

# A figure: the inputs are drawn one step late -----------------------------------------------------

DRAW = """\
def draw(ax, degrees, features, predictions):  # 21 angles, 20 features, 20 predictions
    rh.plot_points(degrees[1:], features, "input", ax)
    rh.plot_points(degrees[1:], predictions, "prediction", ax)
    return ax"""


def _drawn(ax: Axes) -> np.ndarray:
    """Return all points that are drawn, by lines or as a scatter, shape ``(num_points, 2)``."""
    parts = [np.column_stack([np.ravel(part) for part in line.get_data()]) for line in ax.lines]
    parts += [np.asarray(points.get_offsets()) for points in ax.collections]
    try:
        return np.concatenate(parts).astype(float).reshape(-1, 2)
    except (ValueError, TypeError):
        raise Wrong("nothing is drawn; draw into ax.") from None


def _gap(draw, degrees, said, read):
    """Return how far drawn predictions lie from a line through the drawn inputs, in the mean.

    None if the points drawn are not the 20 inputs and the 20 predictions, each of them once.
    """
    ax = Figure().add_subplot()
    draw(ax, degrees, np.arange(20.0), 100 + np.arange(20.0))  # the heights tell which is which
    points = _drawn(ax)
    points = points[np.argsort(points[:, 1], kind="stable")]
    if not same(points[:, 1], np.concatenate([np.arange(20.0), 100 + np.arange(20.0)])):
        return None  # other points are drawn too, or some are missing
    at_input, at_prediction = points[:20, 0], points[20:, 0]
    inside = (at_prediction >= at_input.min()) & (at_prediction <= at_input.max())
    return abs(said - np.interp(at_prediction, at_input, read))[inside].mean()


def _show_drawing(program):
    many = train_many([0])
    degrees = 9 * np.arange(21.0)
    wave = np.sin(np.deg2rad(degrees))
    trained = predict(many, wave[:-1], many.h_n)[0][0]  # training ended at 75 full turns
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
    gaps = []
    pairs = (("trained", trained), ("repeats its input", wave[:-1].copy()))
    for ax, (what, said) in zip(axes, pairs, strict=True):
        program(ax, degrees.copy(), wave[:-1].copy(), said.copy())
        gaps.append(_gap(program, degrees, said, wave[:-1]))
        error = np.mean((said - wave[1:]) ** 2)
        ax.set(title=f"{what}, error {error:.1g}", xlabel="angle (degrees)")
        ax.set_xticks(range(0, 181, 45))
    axes[0].set_ylabel("sine of the angle")
    roles = ROLES["input"], ROLES["prediction"]
    figure.legend(
        [Line2D([], [], linestyle="none", **role) for role in roles],
        ["input", "prediction"],
        loc="outside upper left",
        ncols=2,
    )
    if None in gaps:
        text = "Drawn are not 20 inputs and 20 predictions, each of them once, and nothing else."
    else:
        text = (
            "Mean distance of the predictions from the curve of the inputs, as drawn: "
            f"{gaps[0]:.1g} for the trained network, {gaps[1]:.1g} for the one that repeats its "
            "input."
        )
    show_figure(figure, text)


def _examine_drawing(answer, rng):
    num, step = int(rng.integers(8, 20)), float(rng.uniform(5, 12))
    degrees = float(rng.uniform(0, 90)) + step * np.arange(num + 1)
    # The heights tell which is which.
    features, predictions = rng.uniform(-1, 1, num), rng.uniform(2, 3, num)
    ax = Figure().add_subplot()
    called(answer, ax, degrees.copy(), features.copy(), predictions.copy())
    points = _drawn(ax)
    low, high = points[points[:, 1] < 1.5], points[points[:, 1] >= 1.5]

    def holds(drawn, x, y):
        wanted = np.column_stack([x, y])
        return len(drawn) > 0 and all((abs(drawn - w).max(axis=1) < 1e-6).any() for w in wanted)

    for what, heights in (("inputs", features), ("predictions", predictions)):
        if len(points) < 2 * num and not np.isclose(points[:, 1:], heights, atol=1e-6).any():
            raise Wrong(f"the {what} are not drawn into ax.")
    if holds(low, degrees[1:], features):
        raise Wrong(
            f"the inputs are drawn one step late: the first is the wave at {degrees[0]:.0f} "
            f"degrees, and it is drawn at {degrees[1]:.0f}."
        )
    if holds(low, degrees[1:-1], features[1:]) and not holds(low, degrees[:1], features[:1]):
        if len(low) < num:
            raise Wrong("the inputs stand where they belong, but the first one is missing.")
        raise Wrong("one input has changed its place: the last one drawn is the window's first.")
    if not holds(low, degrees[:-1], features):
        raise Wrong("the inputs are not drawn at their angles, which are all but the last.")
    if holds(high, degrees[:-1], predictions):
        raise Wrong(
            "now the predictions are drawn one step early: the first is about "
            f"{degrees[1]:.0f} degrees."
        )
    if not holds(high, degrees[1:], predictions):
        raise Wrong("the predictions are not drawn at the angles that they are about.")
    if len(low) > num or len(high) > num:
        raise Wrong("everything is drawn where it belongs, and there are more points than that.")
    return (
        "Each input stands at its angle, each prediction one step later, at the angle that it is "
        "about. Now the curves that fit belong to the network that predicts."
    )


keep(
    "two_figures",
    DRAW,
    _show_drawing,
    _examine_drawing,
    cells=1,
    hints=(
        "Do not trust the eye before you know at which angle each point belongs.",
        "The network reads the wave at 0 degrees first. Where is that point in the figure?",
        "There are 21 angles. One set of points belongs to the first 20 of them, the other to "
        "the last 20.",
    ),
    solution=changed(DRAW, ("degrees[1:], features", "degrees[:-1], features")),
    misconceptions={
        "the angles written out": (
            changed(DRAW, ("degrees[1:], features", "degrees[1 : len(degrees)], features")),
            "the inputs are drawn one step late",
        ),
        "both moved": (
            DRAW.replace("degrees[1:]", "degrees[:-1]"),
            "the predictions are drawn one step early",
        ),
        "predictions two steps ahead": (
            changed(
                DRAW,
                ("degrees[1:], features", "degrees[:-1], features"),
                ("degrees[1:], predictions", "2 * degrees[1:] - degrees[:-1], predictions"),
            ),
            "not drawn at the angles that they are about",
        ),
        "first input left out": (
            changed(DRAW, ("degrees[1:], features", "degrees[1:-1], features[1:]")),
            "the first one is missing",
        ),
        "inputs rolled": (
            changed(DRAW, ("degrees[1:], features", "degrees[1:], np.roll(features, -1)")),
            "the last one drawn is the window's first",
        ),
        "the inputs without ax": (
            changed(
                DRAW, ('degrees[1:], features, "input", ax', 'degrees[:-1], features, "input"')
            ),
            "the inputs are not drawn into ax",
        ),
        "the predictions without ax": (
            changed(
                DRAW,
                ("degrees[1:], features", "degrees[:-1], features"),
                ('predictions, "prediction", ax', 'predictions, "prediction"'),
            ),
            "the predictions are not drawn into ax",
        ),
        "inputs stretched": (
            changed(
                DRAW,
                (
                    "degrees[1:], features",
                    "np.linspace(degrees[0], degrees[-1], len(features)), features",
                ),
            ),
            "the inputs are not drawn at their angles",
        ),
    },
)
