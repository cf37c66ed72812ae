"""Exercises and questions of notebook 05: the test on a full turn, and the ambiguity floor."""

import numpy as np

from .engine import chapter
from .inputs import WITHOUT_MEMORY, a_wave, network

pose, register = chapter("05")


@pose(
    "where wrong",
    "At which points do you expect the network to be wrong?",
    (
        "Everywhere about the same",
        "At the first few points",
        "At the tops of the wave, where it turns",
        "At the end, as errors add up",
    ),
)
def _judge_where(squared_errors: np.ndarray, many: np.ndarray) -> tuple[int, str]:
    parts = list(range(5)), [8, 9, 10, 28, 29, 30], list(range(35, 40))  # start, tops and end
    means = [squared_errors[part].mean() for part in parts]
    worst = int(np.argmax(means))
    stands_out = means[worst] > 3 * np.delete(squared_errors, parts[worst]).mean()
    others, worse = squared_errors[5:].mean(), many[:, :5].mean(axis=1) > many[:, 20:].mean(axis=1)
    return (worst + 1) * int(stands_out), (
        f"The MSE of its first five predictions is {means[0]:.2g}, that of the other 35 "
        f"{others:.1g}. It is not alone: the first five predictions have a larger MSE than the "
        "second half-turn in "
        f"{100 * worse.mean():.0f} % of the {len(many)} networks."
    )


@pose(
    "near the floor",
    "How close will the 128 reset networks come to the floor, and at which angles?",
    (
        "They sit on it at every angle",
        "On it at 0 degrees, above it further up",
        "Above it at 0, on it further up",
        "They stay well above it everywhere",
    ),
)
def _judge_floor(errors: np.ndarray, floor: np.ndarray) -> tuple[int, str]:
    zero, high = np.median(errors, axis=0)[[0, 9]]  # at 0, 9, ..., 90 degrees
    return 2 * int(zero >= 1.1 * floor[0]) + int(high >= 1.1 * floor[9]), (
        f"At 0 degrees the median is {zero:.4f} and the floor {floor[0]:.4f}; at 81 degrees the "
        f"median is {high:.4f} and the floor {floor[9]:.4f}."
    )


@pose(
    "second prediction",
    "How large will the second error of the reset networks be, beside the first?",
    (
        "Less than a hundredth: the slope is known",
        "A hundredth to a half of it",
        "About as large",
        "More than twice as large",
    ),
)
def _judge_second(errors: np.ndarray) -> tuple[int, str]:
    first, second, third = np.median(errors, axis=0)[:3]
    return int(np.searchsorted([1 / 100, 1 / 2, 2], second / first, "right")), (
        f"The first three errors are {first:.2g}, {second:.2g} and {third:.1g} (medians)."
    )


@pose(
    "fourth prediction",
    "Carried and reset networks in the same test: which have the smaller error at the fourth "
    "prediction?",
    (
        "The carried ones, by a factor of 2 or more",
        "Neither: within a factor of 2",
        "The reset ones, by a factor of 2 to 10",
        "The reset ones, by a factor of over 10",
    ),
)
def _judge_fourth(carry: np.ndarray, reset: np.ndarray) -> tuple[int, str]:
    carried, restarted = np.median(carry, axis=0), np.median(reset, axis=0)
    return int(np.searchsorted([1 / 2, 2, 10], carried[3] / restarted[3], "right")), (
        f"Median errors of the fourth prediction: carried {carried[3]:.1g}, reset "
        f"{restarted[3]:.1g}; of the first: carried {carried[0]:.2g}, reset {restarted[0]:.2g}."
    )


@pose(
    "familiar start",
    "How do the carried networks do on predictions 3 to 10 from the familiar state, compared with "
    "a start from zeros?",
    ("Better, by a factor of 2 or more", "Within a factor of 2", "Worse, by a factor of 2 or more"),
)
def _judge_familiar(familiar: np.ndarray, zeros: np.ndarray) -> tuple[int, str]:
    known, cold = (np.median(errors[:, 2:10].mean(axis=1)) for errors in (familiar, zeros))
    return int(np.searchsorted([1 / 2, 2], known / cold, "right")), (
        f"Median errors: {known:.2g} from the familiar state, {cold:.2g} from zeros."
    )


@pose(
    "half-turn first",
    "Will the first five predictions of the half-turn networks be better or worse than those of "
    "the other two regimes?",
    ("Better than both", "Between the two", "Worse than both: they have seen less"),
)
def _judge_half(errors: dict[str, np.ndarray]) -> tuple[int, str]:
    medians = {name: np.median(values) for name, values in errors.items()}
    half, rest = medians["half-turn"], (medians["carry"], medians["reset"])
    right = int(half >= min(rest)) + int(half > max(rest))
    said = ", ".join(f"{name} {median:.1g}" for name, median in medians.items())
    return right, f"Median errors of the first five: {said}."


register(
    "twice_the_step",
    stub="times = (..., ...)",
    solution="times = floor(0, 18) / floor(0, 9), floor(60, 18) / floor(60, 9)",
    setup="floor = rh.ambiguity_floor",
    returns=("times",),
    atol=0.0386,  # with the part in ten thousand of all checks, 1 % of 3.9
    right="The floor is a product: one factor comes from the angle alone, one from the step alone.",
    hints=(
        "Which part of the formula in section 2 holds the step, and which the angle?",
        "In a ratio of two floors at the same angle, the part with the angle cancels.",
        "floor(a, 18) / floor(a, 9), for an angle a of 0 and of 60.",
    ),
    wrong={
        "yours is one number; give two, one for 0 degrees and one for 60.": "times = 3.9",
        "your floor does not change with the step; it does, through sin(d).": "times = 1, 1",
        "your factor is that of sin(d), but in the floor it is squared.": "times = 2, 2",
        "your 4 is a good guess: while d is small sin(d) grows like d, and it is squared. Up to 18 "
        "degrees it grows a little more slowly; compute it.": ("times = 4, 4", "times = 4, 3.9"),
        "yours are the floors for a step of 18; divide each by the one for "
        "9.": "times = floor(0, 18), floor(60, 18)",
        "your fractions are upside down: the step of 18 belongs on top.": "times = 0.256, 0.256",
        "your second number compares 60 degrees with 0; at 60 degrees the floor was lower before, "
        "too.": "floor(60, 9) => floor(0, 9)",
        "your np.sin reads radians, but the steps are in degrees; use "
        "np.deg2rad.": "times = [(np.sin(18) / np.sin(9)) ** 2] * 2",
    },
    otherwise="not both are right; for each angle, divide the floor for step 18 by that for 9.",
)


def _cold_test_inputs(rng):
    for features in (a_wave(rng, 1), np.array([0, 1, 0, -1]), a_wave(rng, rng.integers(8, 41))):
        rnn = network(rng).train(len(features) != 4)
        yield {"rnn": rnn, "features": features}
    rnn.fc.bias.grad = rnn.fc.bias.detach().clone()
    yield {"rnn": rnn, "features": features}  # once more: what is cold remembers nothing


register(
    "cold_test",
    title="The cold test",
    stub="""\
def cold_test(rnn, features):
    ...
    return ...""",
    solution="""\
def cold_test(rnn, features):
    x = torch.tensor(features, dtype=torch.float32).reshape(1, -1, 1)
    with torch.no_grad():
        prediction, _ = rnn(x, None)
    return prediction.flatten().numpy()""",
    inputs=_cold_test_inputs,
    returns=("the array of predictions",),
    right="Cold, without gradients, and the network is the same as before.",
    hints=(
        "Section 1 tests 40 points. Here the number of points is not known beforehand.",
        "reshape(1, -1, 1) makes one sequence of as many points as there are.",
        "torch.tensor with dtype=torch.float32, torch.no_grad(), rnn(x, None), .flatten().numpy().",
    ),
    wrong={
        "your function turned the network into float64; turn the features into float32 "
        "instead.": "float32 => float64\nrnn(x => rnn.double()(x",
        "the network computes with float32, but your tensor has another dtype; make it with "
        "`dtype=torch.float32`.": (", dtype=torch.float32 => ", "float32 => float16"),
        "your predictions still carry gradients, so NumPy refuses them; run the network inside "
        "`with torch.no_grad():`.": "with torch.no_grad() => if True",
        WITHOUT_MEMORY: ("1, -1, 1 => -1, 1, 1", "1, -1, 1 => -1, 1, 1\n.flatten() => "),
        "you return the hidden state, the second thing the network returns; the predictions are "
        "the first.": ("n, _ => _, n", "n, _ => _, n\n.flatten() => "),
    },
)


def _uneven_floor_inputs(rng):
    some = (0, 9, 0), (180, 9.0, 1), (0, 9, 0.5), (-130, 18, 0.2), (400, 120, 0.9)
    for a, d, p in (*some, rng.uniform((15, 12, 0.6), (40, 35, 0.9)).tolist()):
        yield {"a": a, "d": d, "p": p}


register(
    "uneven_floor",
    title="A floor for uneven slopes",
    stub="""\
def uneven_floor(a, d, p):
    return ...""",
    solution="""\
def uneven_floor(a, d, p):
    c = np.cos(np.deg2rad(a)) * np.sin(np.deg2rad(d))
    return 4 * p * (1 - p) * c**2  # the points share a part, and are +c and -c from it""",
    inputs=_uneven_floor_inputs,
    returns=("the floor",),
    atol=1e-7,
    right="For p=0.5 it is the floor of section 2; for p=1, the half-turn networks' world, 0.",
    hints=(
        "What should it be for p=0, for p=1 and for p=0.5?",
        "Write c for cos(a) sin(d), and leave out what both points share: they are +c and -c.",
        "The best prediction is p c - (1 - p) c. With probability p it is off by c minus that, "
        "otherwise by -c minus that.",
    ),
    wrong={
        "yours is the floor for equally likely slopes; where p is not 0.5 one is more likely, and "
        "the best prediction moves towards it.": "4 * p * (1 - p) * => ",
        "your np.cos and np.sin read radians, but a and d are in degrees; use "
        "np.deg2rad.": "np.deg2rad(a) => a\nnp.deg2rad(d) => d",
        "yours is how far off one is, not the mean of its square; square it.": (
            "4 * p * (1 - p) * c**2 => 2 * np.sqrt(p * (1 - p)) * c",
            "4 * p * (1 - p) * c**2 => 2 * np.sqrt(p * (1 - p)) * abs(c)",
        ),
        "yours is the error of always choosing the likelier slope; a prediction between the two "
        "points is better.": "p * (1 - p) => min(p, 1 - p)",
        "for p=0.5 it must be the floor of section 2, and yours is lower: the two points lie "
        "2 cos(a) sin(d) apart, which is squared.": ("4 * p => p", "4 * p => 2 * p"),
        "your floor is not zero wherever the slope is known, for p=0 and p=1; it is highest for "
        "p=0.5.": ("4 * p * (1 - p) => p", "4 * p * (1 - p) => (p**2 + (1 - p) ** 2)"),
        "your sine and cosine are the wrong way round: at 0 degrees the slope is steepest, and the "
        "floor highest.": "np.cos => np.SIN\nnp.sin => np.cos\nSIN => sin",
    },
)
