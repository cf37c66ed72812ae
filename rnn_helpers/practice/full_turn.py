"""Exercises and questions of notebook 05: the test on a full turn, and the ambiguity floor."""

from collections.abc import Mapping

import numpy as np
import torch

from .. import WaveRNN, ambiguity_floor
from .asking import Question, pose
from .compare import (
    NUMPY_REFUSES,
    WITHOUT_MEMORY,
    a_wave,
    explain,
    first_that_differs,
    network,
    numbers,
    one_number,
    run,
    same,
    shaped,
    shapes_of_predictions,
    tested,
    tried,
    without_memory,
)
from .engine import Exercise, Wrong, register

# Questions to predict -----------------------------------------------------------------------------

TIMES_WORSE = 3  # from here on one part of a test is said to be worse than the rest


def _where_wrong(squared_errors: np.ndarray) -> tuple[int, str]:
    """Judge the 40 errors of a full turn; the tops of the wave are predictions 10 and 30."""
    parts = {1: range(5), 2: (8, 9, 10, 28, 29, 30), 3: range(35, 40)}
    means = {right: squared_errors[list(part)].mean() for right, part in parts.items()}
    worst = max(means, key=means.get)
    rest = np.delete(squared_errors, list(parts[worst])).mean()
    right = worst if means[worst] > TIMES_WORSE * rest else 0
    first, others = means[1], squared_errors[5:].mean()
    return right, f"The MSE of the first five is {first:.2g}, that of the other 35 {others:.2g}."


pose(
    Question(
        name="where wrong",
        notebook="05",
        text="At which points do you expect the network to be wrong?",
        answers=(
            "Everywhere about the same",
            "At the first few points",
            "At the tops of the wave, where it turns",
            "At the end, as errors add up",
        ),
        judge=_where_wrong,
    )
)


def _near_the_floor(errors: np.ndarray, floor: np.ndarray) -> tuple[int, str]:
    """Judge errors of shape (num_models, 11) and their floor, at 0, 9, ..., 90 degrees."""
    zero, high = np.median(errors, axis=0)[[0, 9]]
    on_floor = zero < 1.1 * floor[0], high < 1.1 * floor[9]
    right = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[on_floor]
    return right, (
        f"At 0 degrees the median is {zero:.4f} and the floor {floor[0]:.4f}; at 81 degrees the "
        f"median is {high:.4f} and the floor {floor[9]:.4f}."
    )


pose(
    Question(
        name="near the floor",
        notebook="05",
        text="How close will the 128 reset networks come to the floor, and at which angles?",
        answers=(
            "They sit on it at every angle",
            "On it at 0 degrees, above it further up",
            "Above it at 0, on it further up",
            "They stay well above it everywhere",
        ),
        judge=_near_the_floor,
    )
)


def _fourth_prediction(carry: np.ndarray, reset: np.ndarray) -> tuple[int, str]:
    """Judge the errors of two kinds of networks, each of shape (num_models, num_points)."""
    carried, restarted = np.median(carry, axis=0), np.median(reset, axis=0)
    times = carried[3] / restarted[3]  # how many times as far off the carried ones are
    right = 0 if times < 1 / 2 else 1 if times < 2 else 2 if times < 10 else 3
    return right, (
        f"Median errors of the fourth prediction: carried {carried[3]:.1g}, reset "
        f"{restarted[3]:.1g}; of the first: carried {carried[0]:.2g}, reset {restarted[0]:.2g}."
    )


pose(
    Question(
        name="fourth prediction",
        notebook="05",
        text=(
            "Carried and reset networks in the same test: by the fourth prediction, which have "
            "the smaller error?"
        ),
        answers=(
            "The carried ones, by a factor of 2 or more",
            "Neither: within a factor of 2",
            "The reset ones, by a factor of 2 to 10",
            "The reset ones, by a factor of over 10",
        ),
        judge=_fourth_prediction,
    )
)


def _from_the_top(top: np.ndarray, zero: np.ndarray) -> tuple[int, str]:
    """Judge errors (num_models, num_points) after a start at 90 and at 0 degrees."""
    errors, known = np.median(top, axis=0), np.median(zero, axis=0)
    first_is_good, second_is_good = errors[0] < known[0], errors[1] < known[1]
    right = (0 if second_is_good else 1) if first_is_good else (2 if second_is_good else 3)
    said = ", ".join(f"{error:.1g}" for error in errors[:3])
    return right, (
        f"The first three errors are {said} in the median. At a sine of zero the first two are "
        f"{known[0]:.3g} and {known[1]:.3g}."
    )


pose(
    Question(
        name="from the top",
        notebook="05",
        text=(
            "Are the first two predictions after a start at 90 degrees better than those after a "
            "start at a sine of zero?"
        ),
        answers=(
            "Both are better: nothing is ambiguous",
            "The first is better, the second worse",
            "The first is worse, the second better",
            "Both are worse",
        ),
        judge=_from_the_top,
    )
)


def _half_turn_first(errors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    """Judge the first-five errors of each regime, shape (num_models,)."""
    medians = {name: np.median(values) for name, values in errors.items()}
    half, *others = (medians[name] for name in ("half-turn", "carry", "reset"))
    right = 0 if half < min(others) else 2 if half > max(others) else 1
    said = ", ".join(f"{name} {median:.1g}" for name, median in medians.items())
    return right, f"Median errors of the first five: {said}."


pose(
    Question(
        name="half-turn first",
        notebook="05",
        text=(
            "Will the first five predictions of the half-turn networks be better or worse than "
            "those of the other regimes?"
        ),
        answers=(
            "Better than both",
            "Between the two",
            "Worse than both: they have seen less",
        ),
        judge=_half_turn_first,
    )
)

# Exercise 1: twice the step -----------------------------------------------------------------------


def _examine_twice_the_step(answer: object, rng: np.random.Generator) -> str:
    if isinstance(answer, tuple | list) and any(isinstance(part, str) for part in answer):
        raise Wrong("the answer must be two numbers, but it holds strings.")
    times = numbers(answer)
    if times.size == 1:
        raise Wrong("that is one number; give two, that for 0 degrees and that for 60.")
    times = shaped(times, "the answer", (2,))
    angles = np.array([0.0, 60.0])
    before, after = ambiguity_floor(angles, 9), ambiguity_floor(angles, 18)
    right = after / before
    good_guess = (
        "4 is a good guess: while d is small sin(d) grows like d, and it is squared. Up to 18 "
        "degrees it grows a little more slowly; compute it."
    )
    instead = [
        ([1, 1], "the floor depends on the step, through sin(d), so it does not stay the same."),
        ([2, 2], "twice the step is not twice the floor: what holds sin(d) is squared."),
        ([4, 4], good_guess),
        (np.sqrt(right), "those are the ratios of sin(d); in the floor it is squared."),
        (after, "those are the floors for a step of 18; divide them by those for a step of 9."),
        (1 / right, "that is how many times as high the floor is for 9 as for 18."),
        (
            after / before[0],
            "the second compares 60 degrees with 0; at 60 degrees the floor was lower before, too.",
        ),
        (
            [(np.sin(18) / np.sin(9)) ** 2] * 2,
            "the steps are in degrees, but np.sin reads radians; np.deg2rad turns one into the "
            "other.",
        ),
    ]
    for other, sentence in instead:
        if np.allclose(times, other, rtol=0.01, atol=0):
            raise Wrong(sentence)
    for angle, given, expected in zip(angles, times, right, strict=True):
        if abs(given / expected - 1) > 0.01:
            if np.isclose(given, 4):
                raise Wrong(good_guess)
            raise Wrong(
                f"at {angle:g} degrees the floor is not {given:.3g} times as high; divide the "
                "floor for a step of 18 by the one for a step of 9."
            )
    return "The floor is a product: one factor comes from the angle alone, one from the step alone."


register(
    Exercise(
        "twice_the_step",
        "05",
        stub="""\
times = (..., ...)
rh.check("twice_the_step", times)""",
        examine=_examine_twice_the_step,
        hints=(
            "Which part of the formula in section 2 holds the step, and which the angle?",
            "In a ratio of two floors at the same angle, the part with the angle cancels.",
            "floor(a, 18) / floor(a, 9), for an angle a of 0 and of 60.",
        ),
        solution="times = floor(0, 18) / floor(0, 9), floor(60, 18) / floor(60, 9)",
        misconceptions={
            "no change": ("times = (1, 1)", "does not stay the same"),
            "in proportion": ("times = (2, 2)", "not twice the floor"),
            "the square of two": ("times = [4, 4]", "a good guess"),
            "not squared": (
                "times = [np.sin(np.deg2rad(18)) / np.sin(np.deg2rad(9))] * 2",
                "ratios of sin(d)",
            ),
            "floors": ("times = floor(0, 18), floor(60, 18)", "divide them by"),
            "the other way round": (
                "times = floor(0, 9) / floor(0, 18), floor(60, 9) / floor(60, 18)",
                "for 9 as for 18",
            ),
            "two angles": (
                "times = floor(0, 18) / floor(0, 9), floor(60, 18) / floor(0, 9)",
                "compares 60 degrees with 0",
            ),
            "radians": ("times = [(np.sin(18) / np.sin(9)) ** 2] * 2", "np.sin reads radians"),
            "lower at 60 degrees": ("times = (3.9, 1.95)", "at 60 degrees the floor is not"),
        },
        setup="floor = rh.ambiguity_floor",
    )
)

# Exercise 2: the first five -----------------------------------------------------------------------


def _examine_first_five(answer: object, rng: np.random.Generator) -> str:
    time, many = int(rng.integers(12, 40)), int(rng.integers(7, 12))
    labels = a_wave(rng, time)
    for shape in ((time,), (many, time)):
        # Errors of both signs among any five in a row, and larger ones at the beginning.
        signs = np.resize(rng.permutation([1, -1, 1, 1, -1]), time)
        errors = signs * rng.uniform(0.1, 0.6, shape) * np.linspace(1.5, 0.5, time)
        predictions, targets = labels + errors, labels.copy()
        returned = tried(_refused_by_first_five(shape), answer, predictions, targets)
        value = numbers(returned, "what your function returns")
        for what, before, after in (
            ("predictions", labels + errors, predictions),
            ("labels", labels, targets),
        ):
            if np.isfinite(after).all() and not np.array_equal(before, after):
                raise Wrong(
                    f"your function changed {what} itself, and whoever called it has lost the "
                    "old numbers; an array of its own, as from a - b, leaves it as it is."
                )
        first = errors[..., :5]
        right = (first**2).mean(axis=-1)
        _expect_one_error_for_each_network(value, errors)
        explain(
            value,
            right,
            [
                (
                    (errors**2).mean(axis=-1),
                    "that is the mean over all predictions; the good ones hide the bad first five.",
                ),
                (np.abs(first).mean(axis=-1), "those are absolute errors; square them."),
                (np.sqrt(right), "that is the root of the mean squared error; leave the root out."),
                (
                    (first**2).sum(axis=-1),
                    "that is the sum of five squared errors; divide by five.",
                ),
                (
                    first.mean(axis=-1) ** 2,
                    "that squares the mean of the errors, so errors of opposite sign cancel; "
                    "square first.",
                ),
                (
                    first.mean(axis=-1),
                    "the errors are not squared, so those of opposite sign cancel.",
                ),
                (
                    (errors[..., 1:6] ** 2).mean(axis=-1),
                    "that begins with the second prediction; the first has index 0.",
                ),
                (
                    (errors[..., :6] ** 2).mean(axis=-1),
                    "that is the mean of six; a slice ends before its last number.",
                ),
                (
                    (errors[..., :4] ** 2).mean(axis=-1),
                    "that is the mean of four; a slice ends before its last number.",
                ),
                ((errors[..., -5:] ** 2).mean(axis=-1), "those are the last five predictions."),
            ],
            _other_error(value, right, shape),
        )
    return "One network or many: the last axis holds the points."


def _refused_by_first_five(shape: tuple[int, ...]) -> dict[str, str]:
    """Return what NumPy says where only one of the two shapes was thought of, and what it means."""
    if len(shape) == 1:
        one_axis = "it works for many networks, but one network has no axis 1; use "
        return {
            **NUMPY_REFUSES,
            "axis 1 is out of bounds": f"{one_axis}axis=-1.",
            "too many indices": f"{one_axis}`...` for whatever is before the points.",
        }
    return {
        **NUMPY_REFUSES,
        "broadcast together with shapes (5,": (
            f"it works for one network, but for predictions of shape {shape} [:5] takes five "
            "networks; the points are on the last axis."
        ),
    }


def _other_error(value: np.ndarray, right: np.ndarray, shape: tuple[int, ...]) -> str:
    """Return the sentence for errors of the right shape that are no known mistake."""
    value, right = np.atleast_1d(value), np.atleast_1d(right)
    i = first_that_differs(value, right)
    which = "first network" if i == 0 else f"network with index {i}"
    return (
        f"for predictions of shape {shape} the error of the {which} should be {right[i]:.5f}, "
        f"but it is {value[i]:.5f}."
    )


def _expect_one_error_for_each_network(value: np.ndarray, errors: np.ndarray) -> None:
    """Say what is wrong with the shape of mean errors, or over which axis the mean went."""
    if errors.ndim == 1:
        shaped(
            value,
            "the error of one network",
            (),
            [
                ((5,), "five squared errors; their mean is missing."),
                (errors.shape, "one for each point; the mean over the first five is missing."),
            ],
        )
        return
    many, time = errors.shape
    squared = errors**2
    if same(value, squared[:5]) or same(value, squared[:5].mean(axis=-1)):
        raise Wrong("that took the first five networks; the points are on the last axis.")
    if value.ndim == 0:
        mean = ", the mean over all networks" if same(value, squared[:, :5].mean()) else ""
        raise Wrong(
            f"for predictions of shape {errors.shape} one number came back{mean}; each of the "
            f"{many} networks has an error of its own, so take means over the last axis only."
        )
    over_networks = "so the mean went over the networks; the last axis holds the points."
    shaped(
        value,
        "the errors of many networks",
        (many,),
        [
            ((many, 5), "five squared errors for each network; their mean is missing."),
            ((time,), f"one error for each point, {over_networks}"),
            ((5,), f"one error for each of five points, {over_networks}"),
        ],
    )


def _first_five(returned: str) -> str:
    """Return the code of an answer."""
    return f"def first_five(predictions, labels):\n    return {returned}"


register(
    Exercise(
        "first_five",
        "05",
        stub="""\
def first_five(predictions, labels):
    return ...


rh.check("first_five", first_five)""",
        examine=_examine_first_five,
        hints=(
            "Section 1 has the squared errors of one network.",
            "The points are on the last axis, whatever is before it: [..., :5] takes five.",
            "Square the differences, take [..., :5] of them, and then .mean(axis=-1).",
        ),
        solution=_first_five("((predictions - labels) ** 2)[..., :5].mean(axis=-1)"),
        misconceptions={
            "all": (
                _first_five("((predictions - labels) ** 2).mean(axis=-1)"),
                "over all predictions",
            ),
            "absolute": (
                _first_five("abs(predictions - labels)[..., :5].mean(axis=-1)"),
                "absolute errors",
            ),
            "root": (
                _first_five("((predictions - labels) ** 2)[..., :5].mean(axis=-1) ** 0.5"),
                "leave the root out",
            ),
            "sum": (
                _first_five("((predictions - labels) ** 2)[..., :5].sum(axis=-1)"),
                "divide by five",
            ),
            "mean before square": (
                _first_five("(predictions - labels)[..., :5].mean(axis=-1) ** 2"),
                "squares the mean of the errors",
            ),
            "not squared": (
                _first_five("(predictions - labels)[..., :5].mean(axis=-1)"),
                "the errors are not squared",
            ),
            "first five networks": (
                _first_five("((predictions - labels) ** 2)[:5].mean(axis=-1)"),
                "took the first five networks",
            ),
            "one number for all": (
                _first_five("((predictions - labels) ** 2)[..., :5].mean()"),
                "the mean over all networks",
            ),
            "over the networks": (
                _first_five("((predictions - labels) ** 2)[..., :5].mean(axis=0)"),
                "the mean went over the networks",
            ),
            "not averaged": (
                _first_five("((predictions - labels) ** 2)[..., :5]"),
                "their mean is missing",
            ),
            "six": (_first_five("((predictions - labels) ** 2)[..., :6].mean(axis=-1)"), "of six"),
            "five networks of many": (
                """\
def first_five(predictions, labels):
    return ((predictions[:5] - labels[:5]) ** 2).mean(axis=-1)""",
                "[:5] takes five networks",
            ),
            "axis 1": (
                _first_five("((predictions - labels) ** 2)[..., :5].mean(axis=1)"),
                "one network has no axis 1; use axis=-1",
            ),
            "two axes": (
                _first_five("((predictions - labels) ** 2)[:, :5].mean(axis=-1)"),
                "whatever is before the points",
            ),
            "in place": (
                """\
def first_five(predictions, labels):
    predictions -= labels
    return (predictions[..., :5] ** 2).mean(axis=-1)""",
                "changed predictions itself",
            ),
            "second to sixth": (
                _first_five("((predictions - labels) ** 2)[..., 1:6].mean(axis=-1)"),
                "begins with the second",
            ),
        },
    )
)

# Exercise 3: the cold test ------------------------------------------------------------------------


def _free_running(model: WaveRNN, features: np.ndarray) -> np.ndarray:
    """Return what a network says that reads its own predictions after the first point."""
    said, h, x = [], None, features[:1]
    for _ in features:
        x, h = run(model, x, h)
        said.append(x[0])
    return np.array(said)


def _other_prediction(given: np.ndarray, right: np.ndarray) -> str:
    """Return the sentence for predictions that are no known mistake."""
    i = first_that_differs(given, right)
    which = "the first" if i == 0 else f"up to index {i - 1} they are right, but the next"
    return (
        f"the predictions are not those of a cold test: {which} should be {right[i]:.5f}, but it "
        f"is {given[i]:.5f}."
    )


def _examine_cold_test(answer: object, rng: np.random.Generator) -> str:
    model = network(rng)
    for n in rng.choice(np.arange(8, 40), 2, replace=False):
        features = a_wave(rng, n)
        given = shaped(
            tested(answer, model, features),
            "the predictions",
            (n,),
            shapes_of_predictions(model, n),
        )
        if not same(tested(answer, model, features), given):
            raise Wrong(
                "the same test, run twice, gave two answers; a cold test begins with None every "
                "time, not with the state in which the one before it ended."
            )
        right, _ = run(model, features)
        ones = torch.ones(1, 1, model.rnn.hidden_size)
        explain(
            given,
            right,
            [
                (without_memory(model, features), WITHOUT_MEMORY),
                (
                    _free_running(model, features),
                    "after the first point the network read its own predictions; in this test it "
                    "reads the features.",
                ),
                (features, "those are the features; the network's predictions are asked for."),
                (right[::-1], "the predictions are in the reverse order."),
                (
                    run(model, features, ones)[0],
                    "the test began with a state of ones; cold means None, which is zeros.",
                ),
            ],
            _other_prediction(given, right),
        )
    return "Cold, without gradients, and the network is the same as before."


_COLD_TEST = """\
def cold_test(rnn, features):
    x = torch.tensor(features, dtype=torch.float32).reshape(1, -1, 1)
    with torch.no_grad():
        prediction, _ = rnn(x, None)
    return prediction.flatten().numpy()"""

_RECORDED = _COLD_TEST.replace("with torch.no_grad()", "if True")

register(
    Exercise(
        "cold_test",
        "05",
        stub="""\
def cold_test(rnn, features):
    ...
    return ...


rh.check("cold_test", cold_test)""",
        examine=_examine_cold_test,
        hints=(
            "Section 1 tests 40 points. Here the number of points is not known before.",
            "reshape(1, -1, 1) makes one sequence of as many points as there are.",
            "torch.tensor with dtype=torch.float32, then torch.no_grad(), then rnn(x, None), and "
            "in the end .flatten().numpy().",
        ),
        solution=_COLD_TEST,
        misconceptions={
            "gradients recorded": (
                _RECORDED.replace(".flatten()", ".detach().flatten()"),
                "with gradients recorded",
            ),
            "gradients carried": (_RECORDED, "NumPy refuses"),
            "gradients off": (
                _RECORDED.replace("    if", "    torch.set_grad_enabled(False)\n    if"),
                "whole session",
            ),
            "weights frozen": (
                _COLD_TEST.replace("with torch.no_grad()", "if rnn.requires_grad_(False)"),
                "cannot be trained further",
            ),
            "network in float64": (
                _COLD_TEST.replace(", dtype=torch.float32", "").replace("rnn(x", "rnn.double()(x"),
                "turned the network into float64",
            ),
            "no dtype": (
                _COLD_TEST.replace(", dtype=torch.float32", ""),
                "the features are float64 and the network is float32",
            ),
            "trains": (
                _COLD_TEST.replace("        pred", "        rnn.fc.bias += 0.01\n        pred"),
                "must not train",
            ),
            "seq first": (
                _COLD_TEST.replace("(1, -1, 1)", "(-1, 1, 1)"),
                "every point was predicted without memory",
            ),
            "seq first, and as it comes": (
                _COLD_TEST.replace("(1, -1, 1)", "(-1, 1, 1)").replace(".flatten()", ""),
                "that is seq first",
            ),
            "not flat": (_COLD_TEST.replace(".flatten()", ""), "flatten it"),
            "hidden state": (
                _COLD_TEST.replace("prediction, _", "_, prediction").replace(".flatten()", ""),
                "that is the hidden state",
            ),
            "free running": (
                """\
def cold_test(rnn, features):
    x, h, said = torch.tensor(features[:1], dtype=torch.float32).reshape(1, 1, 1), None, []
    with torch.no_grad():
        for _ in features:
            x, h = rnn(x, h)
            said.append(x.item())
    return np.array(said)""",
                "read its own predictions",
            ),
            "state kept": (
                "kept = [None]\n"
                + _COLD_TEST.replace("_ = rnn(x, None)", "kept[0] = rnn(x, kept[0])"),
                "begins with None every time",
            ),
            "ones": (
                _COLD_TEST.replace("None", "torch.ones(1, 1, rnn.rnn.hidden_size)"),
                "a state of ones",
            ),
        },
    )
)

# Exercise 4: slopes that are not equally likely ---------------------------------------------------


def _examine_uneven_floor(answer: object, rng: np.random.Generator) -> str:
    # Three of them, as several mistakes look the same at p = 0.5 alone.
    p = np.array([0.5, rng.uniform(0.1, 0.3), rng.uniform(0.7, 0.9)])
    a, d = rng.uniform(15, 40, 3), rng.uniform(12, 35, 3)
    value = np.array(
        [
            one_number(tried(NUMPY_REFUSES, answer, *map(float, case)), "the floor")
            for case in zip(a, d, p, strict=True)
        ]
    )
    sin_a, cos_a = np.sin(np.deg2rad(a)), np.cos(np.deg2rad(a))
    sin_d, cos_d = np.sin(np.deg2rad(d)), np.cos(np.deg2rad(d))
    c = cos_a * sin_d
    right = 4 * p * (1 - p) * c**2
    explain(
        value,
        right,
        [
            (
                c**2,
                "that is the floor for equally likely slopes; where p is not 0.5 one of them is "
                "more likely, and the best answer moves towards it.",
            ),
            (
                4 * p * (1 - p) * (np.cos(a) * np.sin(d)) ** 2,
                "a and d are in degrees, but np.cos and np.sin read radians; np.deg2rad turns "
                "one into the other.",
            ),
            (
                2 * np.sqrt(p * (1 - p)) * c,
                "that is how far off one is, not the mean of its square; square it.",
            ),
            (
                4 * np.minimum(p, 1 - p) * c**2,
                "that is the error of always choosing the likelier slope; an answer between "
                "the two points is better.",
            ),
            (
                p * (1 - p) * c**2,
                "the two points lie 2 cos(a) sin(d) apart, not cos(a) sin(d); squared, that is "
                "a factor of 4.",
            ),
            (
                2 * p * (1 - p) * c**2,
                "p and 1 - p are where they belong, but everything is half as high as it should "
                "be: for p=0.5 it must be the floor of section 2.",
            ),
            (
                (p**2 + (1 - p) ** 2) * c**2,
                "this is lowest where both slopes are equally likely, but there nothing is known, "
                "and the floor is highest.",
            ),
            (
                p * c**2,
                "the floor is not p times the one of section 2; for p=1 and for p=0 it must be "
                "zero.",
            ),
            (
                4 * p * (1 - p) * (sin_a * cos_d) ** 2,
                "sine and cosine are the wrong way round: at 0 degrees the slope is steepest, "
                "and the floor highest.",
            ),
            (
                sin_a * cos_d + (2 * p - 1) * c,
                "that is the best answer itself; asked for is its mean squared error.",
            ),
        ],
        _other_floor(value, right, a, d, p),
        atol=1e-7,
    )
    for certain in (0.0, 1.0):
        what = f"the floor for p={certain:g}"
        value = one_number(tried(NUMPY_REFUSES, answer, 0.0, 9.0, certain), what)
        if abs(value) > 1e-9:
            raise Wrong(
                f"for p={certain:g} the slope is known, so the floor must be zero, but it is "
                f"{value:.5f}."
            )
    return (
        "For p=0.5 it is the floor of section 2; for p=1, the world of the half-turn networks, 0."
    )


def _other_floor(
    value: np.ndarray, right: np.ndarray, a: np.ndarray, d: np.ndarray, p: np.ndarray
) -> str:
    """Return the sentence for floors that are no known mistake."""
    i = first_that_differs(value, right, atol=1e-7)
    return (
        f"at a={a[i]:.0f}, d={d[i]:.0f} and p={p[i]:.2f} the floor should be {right[i]:.5f}, but "
        f"it is {value[i]:.5f}."
    )


def _uneven_floor(returned: str) -> str:
    """Return the code of an answer."""
    return f"""\
def uneven_floor(a, d, p):
    c = np.cos(np.deg2rad(a)) * np.sin(np.deg2rad(d))
    return {returned}"""


register(
    Exercise(
        "uneven_floor",
        "05",
        stub="""\
def uneven_floor(a, d, p):
    return ...


rh.check("uneven_floor", uneven_floor)""",
        examine=_examine_uneven_floor,
        hints=(
            "What should it be for p=0, for p=1 and for p=0.5?",
            "Write c for cos(a) sin(d), and leave out what both points have in common: they are "
            "+c and -c.",
            "The best answer is p c - (1 - p) c. With probability p it is off by c minus that, "
            "otherwise by -c minus that.",
        ),
        solution="""\
def uneven_floor(a, d, p):
    c = np.cos(np.deg2rad(a)) * np.sin(np.deg2rad(d))
    best = p * c - (1 - p) * c  # what both points have in common is left out
    return p * (c - best) ** 2 + (1 - p) * (-c - best) ** 2  # or 4 p (1 - p) c^2""",
        misconceptions={
            "even": (_uneven_floor("c**2"), "equally likely slopes"),
            "radians": (
                """\
def uneven_floor(a, d, p):
    return 4 * p * (1 - p) * (np.cos(a) * np.sin(d)) ** 2""",
                "np.cos and np.sin read radians",
            ),
            "not squared": (_uneven_floor("2 * np.sqrt(p * (1 - p)) * c"), "how far off one is"),
            "likelier slope": (_uneven_floor("4 * min(p, 1 - p) * c**2"), "likelier slope"),
            "no factor of four": (_uneven_floor("p * (1 - p) * c**2"), "a factor of 4"),
            "half as high": (_uneven_floor("2 * p * (1 - p) * c**2"), "half as high"),
            "both squares": (
                _uneven_floor("p**2 * c**2 + (1 - p) ** 2 * c**2"),
                "lowest where both slopes",
            ),
            "p times": (_uneven_floor("p * c**2"), "not p times"),
            "sine for cosine": (
                """\
def uneven_floor(a, d, p):
    a, d = np.deg2rad(a), np.deg2rad(d)
    return 4 * p * (1 - p) * (np.sin(a) * np.cos(d)) ** 2""",
                "wrong way round",
            ),
            "best answer": (
                _uneven_floor("np.sin(np.deg2rad(a)) * np.cos(np.deg2rad(d)) + (2 * p - 1) * c"),
                "best answer itself",
            ),
        },
    )
)
