"""Exercises and questions of notebook 01: steps and points, features and labels, shapes."""

import numpy as np

from ..data import Window
from .engine import chapter

pose, register = chapter("01")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "count",
    "How many points do the steps need, with both ends?",
    ("One fewer than steps", "As many as steps", "One more than steps", "Another number"),
)
def _judge_count(steps: int, points: int) -> tuple[int, str]:
    right = {steps - 1: 0, steps: 1, steps + 1: 2}.get(points, 3)
    fence = ": in a fence there is one post more than there are gaps" if right == 2 else ""
    return right, f"{steps} steps have {points} points{fence}."


@pose(
    "both",
    "How many of the points are both a feature and a label?",
    ("All of them", "All but one", "All but two", "Only one", "Another number"),
)
def _judge_both(points: int, both: int) -> tuple[int, str]:
    # With three points, "all but two" and "only one" are the same; the first is the rule.
    right = {points - 2: 2, points - 1: 1, points: 0}.get(both, 3 if both == 1 else 4)
    why = f"Of {points} points, {both} {'is' if both == 1 else 'are'} both."
    return right, why + " The first is never a label, the last never a feature." * (right == 2)


@pose(
    "one curve",
    "In which picture do features and labels lie on one curve?",
    ("Over the index", "Over the angle", "In both", "In neither"),
)
def _judge_one_curve(over_index: float, over_angle: float) -> tuple[int, str]:
    on_one = over_index < 1e-9, over_angle < 1e-9
    right = {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[on_one]
    return right, (
        f"Over one index, a feature and a label are up to {over_index:.2f} apart; over one angle, "
        f"{over_angle:.2f}."
    )


@pose(
    "next window",
    "Where is the first feature of the next window?",
    (
        "On the last feature of the first window",
        "On the last label of the first window",
        "One step after that label",
        "Somewhere else",
    ),
)
def _judge_next_window(first: Window, second: Window) -> tuple[int, str]:
    feature, label = float(first.feature_degrees[-1]), float(first.label_degrees[-1])
    begin = float(second.feature_degrees[0])
    places = (feature, label, 2 * label - feature)
    right = next((place for place, at in enumerate(places) if np.isclose(begin, at)), 3)
    return right, (
        f"The last label of the first window is at {label:g} degrees, and the first feature of "
        f"the next at {begin:g}."
        + " It is predicted in the first window and read in the next."
        * (right == 1)
    )


# Exercises ----------------------------------------------------------------------------------------

register(
    "points",
    title="Steps and points",
    stub="num_points = ...",
    solution="num_points = 180 // 5 + 1",
    right="36 steps of 5 degrees make half a turn, and 36 steps need 37 points.",
    hints=(
        "How many steps of 5 degrees are there in 180 degrees?",
        "A fence has one post more than it has gaps.",
        "Divide 180 by 5, and add 1.",
    ),
    wrong={
        "your 36 is the number of steps; a fence of 36 panels has one post more.": " + 1 => ",
        "your 73 points make a whole turn; half a turn has 180 degrees.": "180 => 360",
        "your 35 leaves out both ends; the points at 0 and at 180 degrees count too.": "+ => -",
        "your 21 points make 20 steps of 9 degrees; here the step is 5 degrees.": "5 => 9",
    },
    otherwise="your {given:g} points do not lead from 0 to 180 degrees in steps of 5; count again.",
)


def _cosine_inputs(rng):
    drawn = rng.uniform(0, 360), rng.uniform(4, 12), int(rng.integers(8, 19))
    for start, step, seq_len in (0.0, 9.0, 20), (0, 5, 1), (-37.25, 0.5, 40), drawn:
        yield {"start": start, "step": step, "seq_len": seq_len}


register(
    "cosine",
    title="A cosine",
    stub="""\
def cosine(start, step, seq_len):
    return ..., ...  # features, labels""",
    solution="""\
def cosine(start, step, seq_len):
    degrees = start + step * np.arange(seq_len + 1)
    wave = np.cos(np.deg2rad(degrees))
    return wave[:-1], wave[1:]""",
    inputs=_cosine_inputs,
    returns=("features", "labels"),
    right="Every label is the point one step after its feature.",
    hints=(
        "Sections 1 to 3 do it for the sine. What changes?",
        "Make seq_len + 1 points first. The features are all but the last of them.",
        "wave = np.cos(np.deg2rad(start + step * np.arange(seq_len + 1)))",
    ),
    wrong={
        "your labels are your features, not shifted by one.": "wave[1:] => wave[:-1]",
        "your labels come one step before your features; "
        "they must come one step after.": "wave[:-1], wave[1:] => wave[1:], wave[:-1]",
        "your values are sines; the cosine of 0 degrees is 1.": "np.cos => np.sin",
        "you hand degrees to np.cos, which reads radians; "
        "np.deg2rad turns one into the other.": "np.deg2rad(degrees) => degrees",
        "your features and labels have {seq_len + 1} values each; of {seq_len + 1} points, each "
        "takes {seq_len}.": "wave[:-1], wave[1:] => wave, wave",
        "for seq_len={seq_len}, your features and labels are one value short: seq_len steps need "
        "seq_len + 1 points.": "seq_len + 1 => seq_len",
        "your last label is your first feature: np.roll goes round in a circle, and the wave goes "
        "on.": ("seq_len + 1 => seq_len\nwave[:-1], wave[1:] => wave, np.roll(wave, -1)"),
        "your step is too long: you asked np.linspace for seq_len points, where seq_len steps are "
        "meant.": ("step * np.arange(seq_len + 1) => step * np.linspace(0, seq_len, seq_len)"),
        "your angles are rounded to whole degrees; start and step may have digits after the "
        "point.": ("start + => int(start) +", "step * => int(step) *"),
    },
)


def _ahead_inputs(rng):
    for k in (1, 2, int(rng.integers(3, 7)), 11):
        yield {"wave": rng.uniform(-1, 1, int(rng.integers(12, 24))), "k": k}


register(
    "ahead",
    title="Further ahead",
    stub="""\
def ahead(wave, k):
    return ..., ...  # features, labels""",
    solution="""\
def ahead(wave, k):
    return wave[:-k], wave[k:]""",
    inputs=_ahead_inputs,
    returns=("features", "labels"),
    right="With k={k}, the label of point 0 is point {k}, and the last {k} points have none.",
    hints=(
        "With k = 1 it is section 3: wave[:-1] and wave[1:].",
        "The label of point 0 is point k. Which point is the last that has a label?",
        "The last k points have no label: wave[:-k].",
    ),
    wrong={
        "your labels are one step ahead of your features; "
        "with k={k} it must be {k} steps.": "wave[:-k], wave[k:] => wave[:-1], wave[1:]",
        "your last labels are points from the beginning: np.roll goes round in a circle, but the "
        "last k points have no label.": (
            "wave[:-k], wave[k:] => wave, np.roll(wave, -k)",
            "wave[:-k], wave[k:] => wave[:-1], np.roll(wave, -k)[:-1]",
        ),
        "your labels are k steps behind your "
        "features, not ahead.": "wave[:-k], wave[k:] => wave[k:], wave[:-k]",
        "your last k features have no label k steps ahead; leave them out.": (
            "wave[:-k], => wave,",
        ),
        "you return {len(wave) - 1} features and {len(wave) - k} labels; leave out every feature "
        "whose label is not in the wave.": "wave[:-k], => wave[:-1],",
        "your labels are one step too far ahead; "
        "the label of point 0 is point k.": "wave[:-k], wave[k:] => wave[: -k - 1], wave[k + 1 :]",
    },
)


def _batch_inputs(rng):
    for batch, seq_len in ((1, 20), (5, 5), rng.integers((3, 8), (7, 19)), (4, 1)):
        yield {"rows": rng.uniform(-1, 1, (batch, seq_len))}


register(
    "batch",
    title="A batch",
    stub="""\
def to_batch(rows):
    return ...  # x""",
    solution="""\
def to_batch(rows):
    return torch.tensor(rows, dtype=torch.float32).reshape(*rows.shape, 1)""",
    inputs=_batch_inputs,
    returns=("x",),
    exact_kind=True,
    right="Each row is one sequence, with 1 number at each of its points.",
    hints=(
        "Section 7 does it for a batch of 1. Which number there is the batch?",
        "rows.shape gives batch and seq_len; the input_size of the wave is 1.",
        "reshape(*rows.shape, 1) adds an axis at the end.",
    ),
    wrong={
        "your x has shape {given.shape}: an axis is missing, the one for input_size, 1 number per "
        "point.": ".reshape(*rows.shape, 1) => ",
        "your x has shape {given.shape}: seq_len comes first in it, "
        "and the batch should.": ".reshape(*rows.shape, 1) => .T.unsqueeze(-1)",
        "your x has shape {given.shape}: the network would read one point with {rows.shape[1]} "
        "numbers; the 1 belongs last.": ".reshape(*rows.shape, 1) => .unsqueeze(1)",
        "your x has shape {given.shape}: that is one long sequence; {len(rows)} rows are a batch "
        "of {len(rows)}.": "*rows.shape, 1 => 1, -1, 1",
        "your x has the right shape, but its rows are mixed up: x[0] must be the first row from "
        "beginning to end.": ".reshape( => .T.reshape(",
        "your x has dtype float64; the network computes with float32.": ", dtype=torch.float32 => ",
        "your x is a NumPy array, and must be a "
        "tensor of PyTorch.": "torch.tensor(rows, dtype=torch.float32) => rows.astype(np.float32)",
    },
)
