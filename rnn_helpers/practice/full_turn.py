"""Exercises and questions of notebook 05: the test on a full turn, and the ambiguity floor."""

import numpy as np

from .asking import pose
from .engine import register
from .inputs import WITHOUT_MEMORY, a_wave, network


@pose(
    "where wrong",
    "05",
    "At which points do you expect the network to be wrong?",
    (
        "Everywhere about the same",
        "At the first few points",
        "At the tops of the wave, where it turns",
        "At the end, as errors add up",
    ),
)
def _judge_where(squared_errors: np.ndarray) -> tuple[int, str]:
    parts = list(range(5)), [8, 9, 10, 28, 29, 30], list(range(35, 40))  # start, tops and end
    means = [squared_errors[part].mean() for part in parts]
    worst = int(np.argmax(means))
    stands_out = means[worst] > 3 * np.delete(squared_errors, parts[worst]).mean()
    others = squared_errors[5:].mean()
    return (worst + 1) * int(stands_out), (
        f"The MSE of the first five is {means[0]:.2g}, that of the other 35 {others:.2g}."
    )


@pose(
    "near the floor",
    "05",
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
    "fourth prediction",
    "05",
    "Carried and reset networks in the same test: by the fourth prediction, which have the smaller "
    "error?",
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
    "from the top",
    "05",
    "Are the first two predictions after a start at 90 degrees better than those after a start at "
    "a sine of zero?",
    (
        "Both are better: nothing is ambiguous",
        "The first is better, the second worse",
        "The first is worse, the second better",
        "Both are worse",
    ),
)
def _judge_top(top: np.ndarray, zero: np.ndarray) -> tuple[int, str]:
    errors, known = np.median(top, axis=0), np.median(zero, axis=0)
    said = ", ".join(f"{error:.1g}" for error in errors[:3])
    return 2 * int(errors[0] >= known[0]) + int(errors[1] >= known[1]), (
        f"The first three errors are {said} in the median. At a sine of zero the first two are "
        f"{known[0]:.3g} and {known[1]:.3g}."
    )


@pose(
    "half-turn first",
    "05",
    "Will the first five predictions of the half-turn networks be better or worse than those of "
    "the other regimes?",
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
    "05",
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
        "that is one number; give two, that for 0 degrees and that for 60.": "times = 3.9",
        "the floor depends on the step, through sin(d), so it does change.": "times = 1, 1",
        "sin(d) is nearly twice as high, but in the floor it is squared.": "times = 2, 2",
        "4 is a good guess: while d is small sin(d) grows like d, and it is squared. Up to 18 "
        "degrees it grows a little more slowly; compute it.": ("times = 4, 4", "times = 4, 3.9"),
        "those are the floors for a step of 18; divide each by the one for a step of "
        "9.": "times = floor(0, 18), floor(60, 18)",
        "that is how many times as high the floor is for 9 as for 18.": "times = 0.256, 0.256",
        "your second number compares 60 degrees with 0; at 60 degrees the floor was lower before, "
        "too.": "floor(60, 9) => floor(0, 9)",
        "the steps are in degrees, but np.sin reads radians; np.deg2rad turns one into the "
        "other.": "times = [(np.sin(18) / np.sin(9)) ** 2] * 2",
    },
    otherwise="not both are right; for each angle, divide the floor for step 18 by that for 9.",
)


def _first_five_inputs(rng):
    for shape in ((5,), (1, 12), (6, 6), (29,), (rng.integers(7, 12), rng.integers(13, 40))):
        labels = a_wave(rng, shape[-1])
        yield {"predictions": labels + rng.normal(size=shape), "labels": labels}


register(
    "first_five",
    "05",
    title="The first five",
    stub="""\
def first_five(predictions, labels):
    return ...""",
    solution="""\
def first_five(predictions, labels):
    errors = predictions - labels
    return (errors**2)[..., :5].mean(axis=-1)""",
    inputs=_first_five_inputs,
    right="One network or many: the last axis holds the points.",
    hints=(
        "Section 1 has the squared errors of one network.",
        "The points are on the last axis, whatever is before it: [..., :5] takes five.",
        "Square the differences, take [..., :5] of them, and then .mean(axis=-1).",
    ),
    wrong={
        "one network has no axis 1; axis=-1 is the last one, for many networks too.": "-1 => 1",
        "one network has one axis only; use `...` for whatever is before the points.": "... => :",
        "of many networks, your [:5] takes the first five; the points are on the last axis.": (
            "..., => ",
            "s - labels => s[:5] - labels[:5]",
        ),
        "your function changed predictions itself, and whoever called it has lost the old "
        "numbers.": "predictions - labels => predictions; errors -= labels",
        "that is the mean over all predictions; the good ones hide the bad.": "[..., :5] => ",
        "those are absolute errors; square them.": "errors**2 => abs(errors)",
        "that is the root of the mean squared error; leave the root out.": "-1) => -1) ** 0.5",
        "that is the sum of five squared errors; divide by five.": "mean => sum",
        "that squares the mean of the errors, so errors of opposite sign cancel; square "
        "first.": "(errors**2) => errors\n-1) => -1) ** 2",
        "the errors are not squared, so those of opposite sign cancel.": "**2 => ",
        "each network has its own error; take means over the last axis only.": "axis=-1 => ",
        "your mean went over the networks; the last axis holds the points.": "-1 => 0",
        "you return shape {given.shape}: squared errors, of which the mean over the first five is "
        "missing.": (".mean(axis=-1) => ", "[..., :5].mean(axis=-1) => "),
        "that is no mean of five; a slice ends before its last number.": (":5 => :6", ":5 => :4"),
        "that begins with the second prediction; the first has index 0.": ":5 => 1:6",
    },
)


def _cold_test_inputs(rng):
    for features in (a_wave(rng, 1), np.array([0, 1, 0, -1]), a_wave(rng, rng.integers(8, 41))):
        rnn = network(rng).train(len(features) != 4)
        yield {"rnn": rnn, "features": features}
    rnn.fc.bias.grad = rnn.fc.bias.detach().clone()
    yield {"rnn": rnn, "features": features}  # once more: what is cold remembers nothing


register(
    "cold_test",
    "05",
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
        "Section 1 tests 40 points. Here the number of points is not known before.",
        "reshape(1, -1, 1) makes one sequence of as many points as there are.",
        "torch.tensor with dtype=torch.float32, torch.no_grad(), rnn(x, None), .flatten().numpy().",
    ),
    wrong={
        "after your function the weights take no gradients any more, so this network cannot be "
        "trained further.": "with torch.no_grad() => if rnn.requires_grad_(False)",
        "your function turned the network into float64; turn the features into float32 "
        "instead.": "float32 => float64\nrnn(x => rnn.double()(x",
        "the network computes with float32, and yours reads another dtype; turn the features into "
        "float32, with `dtype=torch.float32`.": (
            ", dtype=torch.float32 => ",
            "float32 => float16",
        ),
        "your test changed the weights of rnn.": "x, None => x + rnn.fc.bias.zero_(), None",
        "the predictions still carry gradients, so NumPy refuses them; run the network inside "
        "`with torch.no_grad():`.": "with torch.no_grad() => if True",
        WITHOUT_MEMORY: ("1, -1, 1 => -1, 1, 1", "1, -1, 1 => -1, 1, 1\n.flatten() => "),
        "your predictions have shape {given.shape}; flatten them to one number for each point.": (
            ".flatten() => ",
            ".flatten() => [0]",
        ),
        "that is the hidden state, the second thing that the network returns; the predictions are "
        "the first.": ("n, _ => _, n", "n, _ => _, n\n.flatten() => "),
        "your function returns two things; return the predictions alone.": ".numpy() => , _",
        "after the first point your network read its own predictions; here it reads features.": (
            "prediction, _ = rnn(x, None) => "
            "s = x[:, :1], None; prediction = torch.cat([(s := rnn(*s))[0] for _ in features])"
        ),
        "your second test began with the state in which the first ended; a cold one begins with "
        "None.": "features): => features, h=[None]):\n_ = rnn(x, None) => h[0] = rnn(x, h[0])",
        "your test began with a state of ones; cold means None, which is "
        "zeros.": "None => torch.ones(1, 1, rnn.rnn.hidden_size)",
    },
)


def _uneven_floor_inputs(rng):
    for a, d, p in ((0, 9, 0), (180, 9.0, 1), (0, 9, 0.5), (-130, 18, 0.2), (400, 120, 0.9)):
        yield {"a": a, "d": d, "p": p}
    yield {"a": rng.uniform(15, 40), "d": rng.uniform(12, 35), "p": rng.uniform(0.6, 0.9)}


register(
    "uneven_floor",
    "05",
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
        "The best answer is p c - (1 - p) c. With probability p it is off by c minus that, "
        "otherwise by -c minus that.",
    ),
    wrong={
        "that is the floor for equally likely slopes; where p is not 0.5 one of them is more "
        "likely, and the best answer moves towards it.": "4 * p * (1 - p) * => ",
        "a and d are in degrees, but np.cos and np.sin read radians; np.deg2rad turns one into the "
        "other.": "np.deg2rad(a) => a\nnp.deg2rad(d) => d",
        "that is how far off one is, not the mean of its square; square it.": (
            "4 * p * (1 - p) * c**2 => 2 * np.sqrt(p * (1 - p)) * c",
            "4 * p * (1 - p) * c**2 => 2 * np.sqrt(p * (1 - p)) * abs(c)",
        ),
        "that is the error of always choosing the likelier slope; an answer between the two points "
        "is better.": "p * (1 - p) => min(p, 1 - p)",
        "for p=0.5 it must be the floor of section 2, and yours is lower: the two points lie "
        "2 cos(a) sin(d) apart, which is squared.": ("4 * p => p", "4 * p => 2 * p"),
        "for p=0 and p=1 the slope is known, and the floor must be zero; it is highest for "
        "p=0.5.": ("4 * p * (1 - p) => p", "4 * p * (1 - p) => (p**2 + (1 - p) ** 2)"),
        "sine and cosine are the wrong way round: at 0 degrees the slope is steepest, and the "
        "floor highest.": "np.cos => np.SIN\nnp.sin => np.cos\nSIN => sin",
        "that is the best answer itself; asked for is its mean squared error.": (
            "return => return (2 * p - 1) * c + np.sin(np.deg2rad(a)) * np.cos(np.deg2rad(d)) #",
            "return => return (2 * p - 1) * c #",
        ),
    },
)
