"""Exercises and questions of notebook 01: steps and points, features and labels, shapes."""

import numpy as np
import torch

from .asking import Question, pose
from .compare import expect_shape, numbers, refuse, same, several, whole_number
from .engine import Exercise, Wrong, called, kind, register

# Questions to predict -----------------------------------------------------------------------------


def _judge_count(steps: int, points: int) -> tuple[int, str]:
    right = {steps - 1: 0, steps: 1, steps + 1: 2}.get(points, 3)
    return right, f"{steps} steps have {points} points."


pose(
    Question(
        "count",
        "01",
        "How many points do the steps need, with both ends?",
        ("One fewer than steps", "As many as steps", "One more than steps", "Another number"),
        _judge_count,
    )
)


def _judge_both(points: int, both: int) -> tuple[int, str]:
    # With three points, "all but two" and "only one" are the same; the first is the rule.
    right = {points - 2: 2, points - 1: 1, points: 0}.get(both, 3 if both == 1 else 4)
    return right, f"Of {points} points, {both} {'is' if both == 1 else 'are'} both."


pose(
    Question(
        "both",
        "01",
        "How many of the points are both a feature and a label?",
        ("All of them", "All but one", "All but two", "Only one", "Another number"),
        _judge_both,
    )
)


def _judge_one_curve(over_index: float, over_angle: float) -> tuple[int, str]:
    on_one = over_index < 1e-9, over_angle < 1e-9
    right = {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[on_one]
    return right, (
        f"Over one index, a feature and a label are up to {over_index:.2f} apart; over one angle, "
        f"{over_angle:.2f}."
    )


pose(
    Question(
        "one curve",
        "01",
        "In which picture do features and labels lie on one curve?",
        ("Over the index", "Over the angle", "In both", "In neither"),
        _judge_one_curve,
    )
)

# Exercise 1: how many points ----------------------------------------------------------------------


def _examine_points(answer: object, rng: np.random.Generator) -> str:
    number = whole_number(answer)
    mistakes = {
        36: "36 is the number of steps; a fence of 36 panels has one post more.",
        73: "73 points are a whole turn; half a turn has 180 degrees.",
        35: "35 leaves out both ends; the points at 0 and at 180 degrees count too.",
        21: "21 points are 20 steps of 9 degrees; here the step is 5 degrees.",
    }
    if number in mistakes:
        raise Wrong(mistakes[number])
    if number < 2:
        raise Wrong(f"{number} points have no step between them.")
    if number != 37:
        raise Wrong(f"with {number} points the step is {180 / (number - 1):.3g} degrees, not 5.")
    return "36 steps of 5 degrees make half a turn, and 36 steps need 37 points."


register(
    Exercise(
        "points",
        "01",
        stub="""\
num_points = ...
rh.check("points", num_points)""",
        examine=_examine_points,
        hints=(
            "How many steps of 5 degrees are there in 180 degrees?",
            "A fence has one post more than it has gaps.",
            "Divide 180 by 5, and add 1.",
        ),
        solution="num_points = 180 // 5 + 1",
        misconceptions={
            "steps": ("num_points = 180 // 5", "the number of steps"),
            "a whole turn": ("num_points = 360 // 5 + 1", "a whole turn"),
            "without the ends": ("num_points = 180 // 5 - 1", "leaves out both ends"),
            "the old step": ("num_points = 180 // 9 + 1", "20 steps of 9 degrees"),
        },
    )
)

# Exercise 2: a cosine -----------------------------------------------------------------------------


def _features_and_labels(returned: object) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays, or say why that is not what came back."""
    features, labels = several(returned, "features", "labels")
    return numbers(features, "features"), numbers(labels, "labels")


def _examine_cosine(answer: object, rng: np.random.Generator) -> str:
    start, step = float(rng.integers(10, 80)), float(rng.integers(4, 12))
    n = int(rng.integers(8, 19))
    features, labels = _features_and_labels(called(answer, start, step, n))
    _expect_length(features, labels, n)
    degrees = start + step * np.arange(n + 1)
    wave, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    stretched_step = step * n / (n - 1)
    stretched = np.cos(np.deg2rad(start + stretched_step * np.arange(n)))
    refuse(
        features,
        [
            (sine[:-1], "that is the sine; the cosine of 0 degrees is 1."),
            (
                np.cos(degrees[:-1]),
                "the angles are in degrees, but np.cos reads radians; np.deg2rad turns one into "
                "the other.",
            ),
            (
                stretched,
                f"the step is {stretched_step:.3g} degrees instead of {step:g}: np.linspace was "
                f"asked for {n} points where {n} steps were meant.",
            ),
        ],
    )
    if same(labels, features):
        raise Wrong("the labels are the features, not shifted by one.")
    if same(features, wave[1:]) and same(labels, wave[:-1]):
        raise Wrong("the labels come one step before the features; they must come one after.")
    if same(features, wave[:-1]) and same(labels, np.roll(features, -1)):
        raise Wrong(
            "the last label is the first feature: np.roll goes round in a circle, the wave goes on."
        )
    for name, values, right in (("feature", features, wave[:-1]), ("label", labels, wave[1:])):
        wrong = ~np.isclose(values, right, rtol=0, atol=1e-5)
        if wrong.any():
            i = int(wrong.argmax())
            should, found = _told_apart(right[i], values[i])
            end = "."
            if any(
                np.allclose(values, right.round(places), rtol=0, atol=1e-9) for places in (2, 3, 4)
            ):
                end = "; your numbers are rounded, and all their digits are wanted."
            raise Wrong(
                f"with start={start:g} and step={step:g}, {name}s[{i}] should be {should}, but it "
                f"is {found}{end}"
            )
    return "Every label is the point one step after its feature."


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with three decimal places, or as many as it takes to see a difference."""
    for places in range(3, 12):
        texts = f"{one:.{places}f}", f"{other:.{places}f}"
        if texts[0] != texts[1]:
            break
    return texts


def _expect_length(features: np.ndarray, labels: np.ndarray, n: int) -> None:
    """Say what is wrong with how many features and labels there are."""
    shapes = features.shape, labels.shape
    if shapes == ((n,), (n,)):
        return
    if shapes == ((n + 1,), (n + 1,)):
        raise Wrong(
            f"features and labels have {n + 1} values each; from {n + 1} points they share, each "
            f"takes {n}."
        )
    if shapes == ((n - 1,), (n - 1,)):
        raise Wrong(
            f"features and labels have {n - 1} values each: that comes of {n} points; "
            f"seq_len={n} steps need one point more."
        )
    raise Wrong(
        f"for seq_len={n}, features have shape {shapes[0]} and labels {shapes[1]}; "
        f"both must be ({n},)."
    )


def _cosine(
    count: str = "seq_len + 1",
    wave: str = "np.cos(np.deg2rad(degrees))",
    returned: str = "wave[:-1], wave[1:]",
) -> str:
    """Return the code of an answer, which is right but for what is given."""
    return f"""\
def cosine(start, step, seq_len):
    degrees = start + step * np.arange({count})
    wave = {wave}
    return {returned}"""


register(
    Exercise(
        "cosine",
        "01",
        stub="""\
def cosine(start, step, seq_len):
    return ..., ...  # features, labels


rh.check("cosine", cosine)""",
        examine=_examine_cosine,
        hints=(
            "Sections 1 to 3 do it for the sine. What changes?",
            "Make seq_len + 1 points first. The features are all but the last of them.",
            "wave = np.cos(np.deg2rad(start + step * np.arange(seq_len + 1)))",
        ),
        solution=_cosine(),
        misconceptions={
            "not shifted": (_cosine(returned="wave[:-1], wave[:-1]"), "not shifted by one"),
            "labels before": (_cosine(returned="wave[1:], wave[:-1]"), "one step before"),
            "sine": (_cosine(wave="np.sin(np.deg2rad(degrees))"), "that is the sine"),
            "degrees as radians": (_cosine(wave="np.cos(degrees)"), "np.cos reads radians"),
            "all points twice": (_cosine(returned="wave, wave"), "they share, each takes"),
            "a point too few": (_cosine(count="seq_len"), "need one point more"),
            "rolled": (
                _cosine(count="seq_len", returned="wave, np.roll(wave, -1)"),
                "goes round in a circle",
            ),
            "points for steps": (
                """\
def cosine(start, step, seq_len):
    degrees = np.linspace(start, start + step * seq_len, seq_len)
    wave = np.cos(np.deg2rad(degrees))
    return wave, np.append(wave[1:], 0)""",
                "steps were meant",
            ),
            "rounded": (
                _cosine(returned="wave[:-1].round(3), wave[1:].round(3)"),
                "your numbers are rounded",
            ),
        },
    )
)

# Exercise 3: labels further ahead -----------------------------------------------------------------


def _examine_ahead(answer: object, rng: np.random.Generator) -> str:
    n, k = int(rng.integers(12, 24)), int(rng.integers(3, 6))
    wave = rng.uniform(-1, 1, n)
    features, labels = _features_and_labels(called(answer, wave.copy(), k))
    if same(features, wave[:-k]) and same(labels, wave[k:]):
        for other in (1, 2):
            features, labels = _features_and_labels(called(answer, wave.copy(), other))
            if not (same(features, wave[:-other]) and same(labels, wave[other:])):
                raise Wrong(f"it is right for k={k}, but not for k={other}.")
        return f"With k={k}, the label of point 0 is point {k}, and the last {k} points have none."
    if features.ndim != 1 or labels.ndim != 1:
        raise Wrong(
            f"features and labels must have one axis each, but their shapes are {features.shape} "
            f"and {labels.shape}."
        )
    if same(features, wave[:-1]) and same(labels, wave[1:]):
        raise Wrong(f"the labels are one step ahead; with k={k} it must be {k} steps.")
    if len(labels) > n - k and same(labels, np.roll(wave, -k)[: len(labels)]):
        raise Wrong(
            "the last labels are points from the beginning: np.roll goes round in a circle, and "
            f"the last {k} points have no label."
        )
    if same(features, wave[k:]) and same(labels, wave[:-k]):
        raise Wrong(f"the labels are {k} steps behind the features, not ahead.")
    if same(features, wave) and same(labels, wave[k:]):
        raise Wrong(f"the last {k} features have no label {k} steps ahead; leave them out.")
    if same(features, wave[:-1]) and same(labels, wave[k:]):
        raise Wrong(
            f"there are {n - 1} features and {n - k} labels; a feature whose label is not in the "
            "wave must go."
        )
    if same(features, wave[: -k - 1]) and same(labels, wave[k + 1 :]):
        raise Wrong(f"the labels are {k + 1} steps ahead; the label of point 0 is point {k}.")
    if features.shape != (n - k,) or labels.shape != (n - k,):
        raise Wrong(
            f"{n} points with k={k} give {n - k} features and {n - k} labels; here they have "
            f"shapes {features.shape} and {labels.shape}."
        )
    raise Wrong(f"with k={k}, features[0] must be wave[0] and labels[0] must be wave[{k}].")


def _ahead(returned: str) -> str:
    return f"def ahead(wave, k):\n    return {returned}"


register(
    Exercise(
        "ahead",
        "01",
        stub="""\
def ahead(wave, k):
    return ..., ...  # features, labels


rh.check("ahead", ahead)""",
        examine=_examine_ahead,
        hints=(
            "With k = 1 it is section 3: wave[:-1] and wave[1:].",
            "The label of point 0 is point k. Which point is the last that has a label?",
            "The last k points have no label: wave[:-k].",
        ),
        solution=_ahead("wave[:-k], wave[k:]"),
        misconceptions={
            "one step": (_ahead("wave[:-1], wave[1:]"), "are one step ahead"),
            "rolled": (_ahead("wave, np.roll(wave, -k)"), "points from the beginning"),
            "behind": (_ahead("wave[k:], wave[:-k]"), "steps behind"),
            "features uncut": (_ahead("wave, wave[k:]"), "leave them out"),
            "features cut by one": (_ahead("wave[:-1], wave[k:]"), "is not in the wave must go"),
            "one too many": (
                _ahead("wave[: -k - 1], wave[k + 1 :]"),
                "steps ahead; the label of point 0 is point",
            ),
        },
    )
)

# Exercise 4: a batch ------------------------------------------------------------------------------


def _examine_batch(answer: object, rng: np.random.Generator) -> str:
    batch, seq_len = int(rng.integers(3, 7)), int(rng.integers(8, 19))
    rows = rng.uniform(-1, 1, (batch, seq_len))
    returned = called(answer, rows.copy())
    x = numbers(returned, "x")
    expect_shape(
        x,
        ("batch", "seq_len", "input_size"),
        {"batch": batch, "seq_len": seq_len, "input_size": 1, "all": batch * seq_len},
        "x",
        {
            ("batch", "seq_len"): "an axis is missing, the one for input_size, 1 number per point.",
            ("seq_len", "batch", "input_size"): (
                "that is seq_len first; the course puts the batch first."
            ),
            ("batch", "input_size", "seq_len"): (
                f"the network would read one point with {seq_len} numbers; the 1 belongs last."
            ),
            ("input_size", "batch", "seq_len"): (
                f"the network would read one sequence of {batch} points; the 1 belongs last."
            ),
            ("input_size", "all", "input_size"): (
                f"that is one long sequence; {batch} rows are a batch of {batch}."
            ),
        },
    )
    if same(x, rows.T.reshape(batch, seq_len, 1)):
        raise Wrong(
            "the shape is right, but the rows are mixed up: x[0] must be the first row from "
            "beginning to end."
        )
    if not same(x, rows[:, :, None]):
        raise Wrong("the shape is right, but the numbers are not those of rows.")
    if not isinstance(returned, torch.Tensor):
        raise Wrong(f"x must be a tensor of PyTorch, but it is {kind(returned)}.")
    if returned.dtype != torch.float32:
        dtype = str(returned.dtype).removeprefix("torch.")
        raise Wrong(f"x has dtype {dtype}; the network computes with float32.")
    return f"A batch of {batch}, with 1 number at each of its {seq_len} points."


def _batch(returned: str) -> str:
    return f"def to_batch(rows):\n    return {returned}"


_TENSOR = "torch.tensor(rows, dtype=torch.float32)"

register(
    Exercise(
        "batch",
        "01",
        stub="""\
def to_batch(rows):
    return ...  # x


rh.check("batch", to_batch)""",
        examine=_examine_batch,
        hints=(
            "Section 7 does it for a batch of 1. Which number there is the batch?",
            "rows.shape gives batch and seq_len; the input_size of the wave is 1.",
            "reshape(*rows.shape, 1) adds an axis at the end.",
        ),
        solution=_batch(f"{_TENSOR}.reshape(*rows.shape, 1)"),
        misconceptions={
            "no third axis": (_batch(_TENSOR), "an axis is missing"),
            "seq first": (_batch(f"{_TENSOR}.T.unsqueeze(-1)"), "that is seq_len first"),
            "the 1 in the middle": (_batch(f"{_TENSOR}.unsqueeze(1)"), "read one point with"),
            "the 1 in front": (_batch(f"{_TENSOR}.unsqueeze(0)"), "read one sequence of"),
            "one long sequence": (_batch(f"{_TENSOR}.reshape(1, -1, 1)"), "one long sequence"),
            "mixed up": (_batch(f"{_TENSOR}.T.reshape(*rows.shape, 1)"), "the rows are mixed up"),
            "float64": (_batch("torch.tensor(rows).unsqueeze(-1)"), "computes with float32"),
            "an array": (
                _batch("rows.reshape(*rows.shape, 1).astype(np.float32)"),
                "must be a tensor of PyTorch",
            ),
        },
    )
)
