"""Exercises and questions of notebook 10: networks and formulas that read their own predictions."""

from collections.abc import Mapping

import numpy as np

from .engine import chapter
from .inputs import a_wave, network

pose, register = chapter("10")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "goes wrong first",
    "What goes wrong when these networks run alone?",
    (
        "They fall silent",
        "They swing too wide",
        "They swing as they should, but slip out of step",
        "They jump about without any order",
    ),
)
def _goes_wrong_first(score) -> tuple[int, str]:
    amplitude, phase = np.asarray(score.amplitude)[:, -1], np.asarray(score.phase)[:, -1]
    swings = (amplitude > 0.5) & (amplitude < 1.5)
    silent, wide = np.mean(amplitude <= 0.5), np.mean(amplitude >= 1.5)
    slipped = np.nanmedian(np.abs(phase))
    why = f"After 1000 steps {100 * swings.mean():.0f} % of {len(amplitude)} networks still swing"
    why += " at 0.5 to 1.5 times the wave's height; half of them are more than "
    why += f"{slipped // 10 * 10:.0f}"
    if swings.mean() > 0.5:
        return 2 if slipped > 10 else 3, f"{why} degrees out of step."
    return 0 if silent > wide else 1, f"{why} degrees out of step."


@pose(
    "lower loss better run",
    "The LSTMs train on until their one-step error is several times lower. How are their free runs "
    "then?",
    ("Better, by as much", "Better, by less", "Neither better nor worse", "Worse"),
)
def _lower_loss_better_run(one_step: Mapping[int, np.ndarray], free: Mapping[int, np.ndarray]):
    few, many = min(free), max(free)
    loss, run = (np.median(each[few]) / np.median(each[many]) for each in (one_step, free))
    right = 3 if run < 2 / 3 else 2 if run < 3 / 2 else 1 if run < loss else 0
    told = [
        f"{n} steps of training: one-step error {np.median(one_step[n]):.0g}, free run "
        f"{np.median(free[n]):.1g}"
        for n in (few, many)
    ]
    return right, f"Medians after {'; after '.join(told)}."


@pose(
    "random network",
    "Only the last layer is fitted, on top of random weights. How good is the free run, compared "
    "with that of the best trained networks so far?",
    ("Hopeless", "Worse", "About as good", "More than a hundred times better"),
)
def _random_network(random: np.ndarray, trained: np.ndarray) -> tuple[int, str]:
    one, other = np.median(random), np.median(trained)
    right = 0 if one > 0.1 else 1 if one > 3 * other else 2 if one > other / 100 else 3
    told = "below 1e-7" if one < 1e-7 else f"{one:.1g}"
    return right, f"Its median MSE is {told}, and that of the trained networks {_power(other)}."


@pose(
    "noise wins",
    "The record is noisy now. Which of these continues it best?",
    ("AR(2)", "AR(40)", "The copy of the last turn", "The trained RNN"),
)
def _noise_wins(errors: Mapping[str, float]) -> tuple[int, str]:
    names = ("AR(2)", "AR(40)", "copy of the last turn", "trained RNN")
    found = {name: float(np.median(errors[name])) for name in names}
    told = ", ".join(f"{name} {error:.1g}" for name, error in found.items() if name != names[3])
    return list(found).index(min(found, key=found.get)), f"MSE over 1000 steps: {told}."


def _power(value: float) -> str:
    """Return in words between which powers of ten a number lies."""
    low = int(np.floor(np.log10(value)))
    return f"between 1e{low:+03d} and 1e{low + 1:+03d}"


# Exercises ----------------------------------------------------------------------------------------


def _run_on_inputs(rng):
    for layers, n, steps in (1, 6, 1), (1, 9, 2), (3, 5, 4), (1, *rng.integers(5, 12, 2)):
        yield {"rnn": network(rng, layers), "prime": a_wave(rng, int(n)), "n": int(steps)}


register(
    "run_on",
    stub="""\
def run_on(rnn, prime, n):
    ...
    return ...""",
    solution="""\
def run_on(rnn, prime, n):
    x = torch.tensor(prime, dtype=torch.float32).reshape(1, -1, 1)
    points, state = [], None
    with torch.no_grad():
        for _ in range(n):
            prediction, state = rnn(x, state)
            x = prediction[:, -1:]
            points.append(x.item())
    return points""",
    inputs=_run_on_inputs,
    use=lambda f, rnn, prime, n: (f(rnn, prime.copy(), n), f(rnn, prime, n)),
    returns=("the points", "the points of a second call"),
    right="The first of the {n} points is an ordinary prediction; only then does the loop close.",
    hints=(
        "Section 1 has the loop for 1000 steps; the first point comes from the prime itself.",
        "Of the prime's predictions only the last one is new: prediction[:, -1:], which keeps all "
        "three axes.",
        "In a loop: prediction, state = rnn(x, state), then x = prediction[:, -1:].",
    ),
    wrong={
        "the state is forgotten: "
        "each step must start from the one before.": "rnn(x, state) => rnn(x)",
        "you return {np.size(given)} points; the first is the last prediction "
        "over the prime.": "points.append(x.item()) => points.append(x.item()) if _ else None",
        "you return the prime too; only the {n} new points "
        "are asked for.": "points, state = [], None => points, state = list(prime), None",
        "your points are one step late: the last prediction over the prime is the "
        "first of them.": "range(n) => range(n + 1)\nreturn points => return points[1:]",
        "each step reads the whole sequence of predictions again; only the "
        "last one is new.": "x = prediction[:, -1:] => x = prediction\nx.item() => x[0, -1].item()",
        "NumPy's numbers become a tensor of float64, but the network computes with float32; give "
        "dtype=torch.float32.": "prime, dtype=torch.float32 => prime",
        "gradients are recorded; use torch.no_grad().": "with torch.no_grad() => if True",
    },
)


def _slip_inputs(rng):
    drawn = rng.uniform(36, 44), int(rng.integers(100, 3000))
    for period, n in (39.5, 1000), (41.0, 1), (40, 1000), (42.3, 7), drawn:
        yield {"period": period, "n": n}


register(
    "slip",
    stub="""\
def slip(period, n):
    return ...""",
    solution="""\
def slip(period, n):
    return 360 * n / period - 9 * n""",
    inputs=_slip_inputs,
    returns=("the slip",),
    atol=1e-4,
    right="With 40.1 points to a turn instead of 40 it is {360 * 1000 / 40.1 - 9000:.0f} degrees "
    "after 1000 steps: a quarter of a percent in the period is a sixteenth of a turn in the end.",
    hints=(
        "How many degrees does the run turn in one step, if a whole turn takes period steps?",
        "The wave turns by 9 degrees a step, the run by 360 / period.",
        "The difference of the two, times n.",
    ),
    wrong={
        "the other way round: a run whose turn takes longer falls behind, so its slip is below "
        "zero.": "360 * n / period - 9 * n => 9 * n - 360 * n / period",
        "that is the slip of one step; "
        "there are n of them.": "360 * n / period - 9 * n => 360 / period - 9",
        "you divide by 40 to count the turns of the run; "
        "they are n / period.": "360 * n / period - 9 * n => 9 * n * (40 - period) / 40",
        "that is in radians; degrees "
        "are asked for.": "360 * n / period - 9 * n => 2 * np.pi * n * (1 / period - 1 / 40)",
        "that is how far the run turns in all; "
        "the wave turns too, by 9 degrees a step.": " - 9 * n => ",
        "your slip is cut to one turn; a run can be whole turns ahead or behind.": (
            "return 360 * n / period - 9 * n => return (360 * n / period - 9 * n) % 360"
        ),
        "your slip has lost its sign: a run whose turn takes longer falls "
        "behind, below zero.": "360 * n / period - 9 * n => abs(360 * n / period - 9 * n)",
    },
)


def _carry_on_inputs(rng):
    for order, n in (1, 3), (2, 1), (3, 2), (4, 9), (int(rng.integers(3, 7)), 12):
        a = rng.uniform(0.2, 0.6, order) * rng.choice([-1, 1], order)
        yield {"a": a, "sequence": a_wave(rng, order + 5), "n": n}


register(
    "carry_on",
    stub="""\
def carry_on(a, sequence, n):
    ...
    return ...""",
    solution="""\
def carry_on(a, sequence, n):
    values = list(sequence)
    for _ in range(n):
        newest_first = values[::-1][: len(a)]
        values.append(np.dot(a, newest_first))
    return values[len(sequence) :]""",
    inputs=_carry_on_inputs,
    returns=("the values",),
    right="With {len(a)} coefficients or with 40, an autoregressive model runs alone as a network "
    "does; its memory is its last {len(a)} values.",
    hints=(
        "One step is a sum of products: a[0] times the newest value, a[1] times the one before.",
        "values[::-1] is the list from its newest value back, and [: len(a)] the first of those.",
        "Append each new value to the list before you compute the next one.",
    ),
    wrong={
        "the first coefficient belongs to the newest value; yours meet the values from old to "
        "new.": "values[::-1][: len(a)] => values[-len(a) :]",
        "all your values are the same; each must be computed from those before it, the new ones "
        "too.": "values[::-1][: => list(sequence)[::-1][:",
        "you return the sequence too; "
        "the {n} new values are asked for.": "values[len(sequence) :] => values",
        "you add up the last values as they are; "
        "multiply each by its coefficient first.": "np.dot(a, newest_first) => sum(newest_first)",
        "you return {np.size(given)} values; {n} are asked for.": (
            "range(n) => range(n + 1)",
            "values[len(sequence) :] => values[-1:]",
        ),
    },
)
