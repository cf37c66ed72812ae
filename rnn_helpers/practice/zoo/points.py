"""Two programs about points: which labels belong to which features, and where they are drawn."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import nn

from ...evaluation import ambiguity_floor, predict
from ...figures import ROLES
from ...figures import show as show_figure
from ...network import WaveRNN
from ...training import train_many
from ..trace import Wrong, several
from .base import fit, keep, read

# Windows that roll on: the labels are the features ------------------------------------------------


def train_on_windows(program):
    """Train a network on the windows that a program makes; return it, and the losses."""
    rnn, names = WaveRNN(), ("features", "labels")
    parts = zip(several(program(150), names), names, strict=True)
    windows = [torch.from_numpy(read(part, name, (150, 20))).float() for part, name in parts]
    x, y = (part[:, None, :, None] for part in windows)
    mse = nn.functional.mse_loss
    return rnn, fit(rnn.parameters(), lambda step: mse(rnn(x[step])[0], y[step]), 150)


def _show_windows(program):
    rnn, losses = train_on_windows(program)
    wave = np.sin(np.deg2rad(9 * np.arange(241)))
    said, _ = predict(rnn, wave[:-1])
    error = np.mean((said - wave[1:])[40:] ** 2)  # after a first turn, to warm up
    floor, persistence = ambiguity_floor(start=0, step=9) / 20, np.mean(np.diff(wave[40:]) ** 2)
    print(f"loss of the last ten windows: {np.mean(losses[-10:]):.1g}; the floor is {floor:.1g}")
    print(f"error, one step ahead:        {error:.1g}; that of persistence is {persistence:.1g}")


def _windows_inputs(rng):
    yield {"num_windows": 5}  # from 0 degrees, and each half a turn
    yield {"num_windows": 1, "start": 90, "step": 5, "seq_len": 1}
    start, step = rng.uniform(-200, 400), rng.uniform(5, 8)
    yield {"num_windows": 4, "start": start, "step": step, "seq_len": int(rng.integers(8, 20))}


keep(
    "low_loss",
    """\
def make_windows(num_windows, start=0.0, step=9.0, seq_len=20):  # windows that roll on
    first = start + step * seq_len * np.arange(num_windows)[:, None]  # one angle for each
    degrees = first + step * np.arange(seq_len + 1)  # (num_windows, seq_len + 1)
    wave = np.sin(np.deg2rad(degrees))
    features = wave[:, :seq_len]
    labels = wave[:, :-1]  # one step ahead
    return features, labels""",
    _show_windows,
    cells=1,
    solution="wave[:, :-1] => wave[:, 1:]",
    inputs=_windows_inputs,
    returns=("features", "labels"),
    right="Every label is now the point one step after its feature, at the end of each window too. "
    "Read the loss once more: it is higher than before, and the network is better.",
    cause="both slices took the same points, so the labels were the features; and for a network, "
    "repeating what it has just read is easy.",
    habit="print three features with their labels, side by side. The loss knows the labels; it "
    "does not know the wave.",
    title="A very low loss",
    hints=(
        "The loss compares predictions with labels. Nobody has compared the labels with the wave.",
        "Print the first three features and labels of `make_windows(1)`. At which angle is the "
        "first label?",
        "Each row of wave has seq_len + 1 points, and two slices are cut from it. Should they be "
        "the same?",
    ),
    wrong={
        "your labels equal your features, so the network learns to repeat what it reads.": "",
        "in each of your windows the last label is the first feature: np.roll goes round in a "
        "circle, but the wave goes on. (A half-turn from 0 degrees hides this, since sin 180 is "
        "sin 0.)": "wave[:, :-1] => np.roll(features, -1, axis=1)",
        "your labels are right except the very last one, which is the first feature of all: "
        "np.roll goes round in a circle.": "wave[:, :-1] => np.roll(features, -1)",
        "your labels lie one step before their features; each should lie one step after.": (
            "wave[:, :-1] => np.roll(features, 1, axis=1)",
            "wave[:, :seq_len] => wave[:, 1:]",
        ),
        "your windows have one label fewer than features: the last feature has "
        "none.": "wave[:, :-1] => features[:, 1:]",
        "your features have moved on by a step; they were right before, and only the labels were "
        "not.": "wave[:, :seq_len] => wave[:, 1:]\nwave[:, :-1] => wave[:, 1:]",
    },
)

# A figure: the inputs are drawn one step late -----------------------------------------------------


def _drawn(draw, degrees, inputs, predictions):
    # The predictions must lie above the inputs: the heights tell which is which.
    ax = Figure().add_subplot()
    draw(ax, degrees, inputs, predictions)
    points = [np.column_stack([np.ravel(part) for part in line.get_data()]) for line in ax.lines]
    points += [np.asarray(each.get_offsets()) for each in ax.collections]
    try:
        points = np.unique(np.concatenate(points).astype(float).reshape(-1, 2), axis=0)
    except (ValueError, TypeError):
        raise Wrong("your function draws no points; draw them into ax.") from None
    points = points[np.argsort(points[:, 1], kind="stable")]
    above = points[:, 1] > (inputs.max() + predictions.min()) / 2
    return points[~above], points[above]


def _show_drawing(program):
    degrees, heights = 9 * np.arange(21.0), np.arange(20.0)
    wave = np.sin(np.deg2rad(degrees))
    many, gaps = train_many([0]), []
    trained = predict(many, wave[:-1], many.h_n)[0][0]  # training ended at 75 full turns
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
    pairs = (("trained", trained), ("repeats its input", wave[:-1].copy()))
    for ax, (what, said) in zip(axes, pairs, strict=True):
        program(ax, degrees.copy(), wave[:-1].copy(), said.copy())
        low, high = _drawn(program, degrees, heights, 100 + heights)
        every = np.array_equal([*low[:, 1], *high[:, 1]], [*heights, *100 + heights])
        if every:  # how far the predictions lie from a line through the inputs, as drawn
            inside = (high[:, 0] >= low[:, 0].min()) & (high[:, 0] <= low[:, 0].max())
            from_line = said - np.interp(high[:, 0], low[:, 0], wave[:-1])
            gaps.append(abs(from_line[inside]).mean())
        error = np.mean((said - wave[1:]) ** 2)
        ax.set(title=f"{what}, error {error:.1g}", xlabel="angle (degrees)")
        ax.set_xticks(range(0, 181, 45))
    axes[0].set_ylabel("sine of the angle")
    markers = [Line2D([], [], linestyle="none", **ROLES[role]) for role in ("input", "prediction")]
    figure.legend(markers, ["input", "prediction"], loc="outside upper left", ncols=2)
    text = "This figure should show 20 inputs and 20 predictions, each once, and nothing else."
    if len(gaps) == 2:
        text = "As drawn, the predictions lie this far from the curve of the inputs, on average: "
        text += f"{gaps[0]:.1g} for the trained network, {gaps[1]:.1g} for the one that repeats "
        text += "its input."
    show_figure(figure, text)


def _drawing_inputs(rng):
    for num, start, step in ((20, 0, 9), (rng.integers(8, 19), *rng.uniform(5, 12, 2))):
        degrees = start + step * np.arange(num + 1.0)
        features, predictions = rng.uniform(-1, 1, num), rng.uniform(2, 3, num)
        yield {"degrees": degrees, "features": features, "predictions": predictions}


keep(
    "two_figures",
    """\
def draw(ax, degrees, features, predictions):  # 21 angles, 20 features, 20 predictions
    rh.plot_points(degrees[1:], features, "input", ax)
    rh.plot_points(degrees[1:], predictions, "prediction", ax)
    return ax""",
    _show_drawing,
    cells=1,
    solution="degrees[1:], features => degrees[:-1], features",
    inputs=_drawing_inputs,
    use=_drawn,
    returns=("angle and height of the drawn inputs", "angle and height of the drawn predictions"),
    right="Each input is now drawn at its own angle, and each prediction one step later, at the "
    "angle it predicts. The two curves agree for the network that predicts.",
    cause="the inputs were drawn one step late, on top of the predictions. So repeating the input "
    "looked perfect, and predicting the next point looked wrong.",
    habit="follow one point by hand, from the angle at which it was read to the place where it is "
    "drawn.",
    hints=(
        "Before you trust your eyes: at which angle does each point belong?",
        "The network reads the wave at 0 degrees first. Where is that point in the figure?",
        "There are 21 angles. One set of points belongs to the first 20, the other to the last 20.",
    ),
    wrong={
        "you draw the inputs one step late: the first is the wave at {degrees[0]:.0f} degrees, "
        "and you draw it at {degrees[1]:.0f}.": "",
        "your inputs are right, but now you draw the predictions one step early: the first is for "
        "{degrees[1]:.0f} degrees.": (
            "1:], features => :-1], features\n1:], predictions => :-1], predictions"
        ),
        "you have moved the predictions, but they were at the right angles "
        "already.": "1:], predictions => :-1], predictions",
        "your inputs are at the right angles, but you leave out the "
        "first.": "1:], features => 1:-1], features[1:]",
    },
)
