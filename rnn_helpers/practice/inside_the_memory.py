"""Exercises and questions of notebook 11: the closed loop as a map, and how it is set by hand."""

from collections.abc import Mapping

import numpy as np

from .engine import chapter

pose, register = chapter("11")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "around the circle",
    "The networks swing for 1000 steps. Where are their largest eigenvalues at the fixed point?",
    (
        "Inside the circle",
        "On it, to three digits",
        "Outside it",
        "Some far inside, some far outside",
    ),
)
def _around_the_circle(eigenvalues: np.ndarray) -> tuple[int, str]:
    sizes = np.abs(np.asarray(eigenvalues)[:, 0])
    outside = np.mean(sizes > 1)
    right = 2 if outside > 0.9 else 0 if outside < 0.1 else 3
    right = 1 if np.mean(np.abs(sizes - 1) < 0.0005) > 0.9 else right
    why = f"{(sizes > 1).sum()} of {len(sizes)} networks have them outside; their median modulus "
    return right, f"{why}is {np.median(sizes):.2f}."


@pose(
    "small and large",
    "Primed with a wave of height 0.01, and with one of height 3: how high are the runs after 20 "
    "turns?",
    (
        "As high as their primes",
        "The small one is silent, the large stays large",
        "Both have height 1, about",
        "The small one has height 1, the large is lost",
    ),
)
def _small_and_large(heights: Mapping[float, float]) -> tuple[int, str]:
    small, large = (heights[key] for key in (min(heights), max(heights)))
    near = [abs(height - 1) < 0.3 for height in (small, large)]
    why = f"After 20 turns the heights are {small:.1f} and {large:.1f}."
    if all(near):
        return 2, why
    kept = all(abs(height / prime - 1) < 0.3 for prime, height in heights.items())
    return 3 if near[0] else 0 if kept else 1, why


@pose(
    "apart",
    "Two runs start a thousandth apart. How far apart are they after 25 turns?",
    (
        "Nothing is left of it",
        "About as far as after the first turn",
        "A hundred times as far",
        "All over the cycle",
    ),
)
def _apart(distances: np.ndarray) -> tuple[int, str]:
    distances = np.asarray(distances)
    ratios = [np.median(distances[..., step] / distances[..., 0]) for step in (40, -1)]
    right = 0 if ratios[1] < 0.01 else 1 if ratios[1] < 10 else 2 if ratios[1] < 300 else 3
    first, last = ("0.2 to 0.4" if 0.2 < ratio < 0.4 else f"{ratio:.1g}" for ratio in ratios)
    return right, f"Of the push, {first} is left after one turn and {last} after 25 (medians)."


@pose(
    "a thousand steps back",
    "How large is the gradient of an output with respect to the state 1000 steps before?",
    (
        "Nothing is left of either",
        "Only the one that reads the wave is alive",
        "Only the one that reads itself is alive",
        "Both explode",
    ),
)
def _a_thousand_steps_back(norms: Mapping[str, np.ndarray]) -> tuple[int, str]:
    ends = {name: float(np.median(np.asarray(norms[name])[..., -1])) for name in ("wave", "itself")}
    alive = [ends[name] > 1e-3 for name in ("wave", "itself")]
    right = {(False, False): 0, (True, False): 1, (False, True): 2, (True, True): 3}[tuple(alive)]
    told = {k: "below 1e-20" if v < 1e-20 else f"about {v:.0g}" for k, v in ends.items()}
    return right, f"Its norm is {told['wave']} with the wave, and {told['itself']} with itself."


# Exercises ----------------------------------------------------------------------------------------


def _jacobian_inputs(rng):
    for n in (1, 2, 5, int(rng.integers(3, 9))):
        matrix = rng.normal(size=(n, n)) / np.sqrt(n) + 0.2
        yield {"A": matrix, "b": rng.uniform(-1, 1, n), "h": rng.uniform(-1, 1, n)}


register(
    "jacobian",
    stub="""\
def jacobian(A, b, h):
    return ...""",
    solution="""\
def jacobian(A, b, h):
    slope = 1 - np.tanh(A @ h + b) ** 2
    return slope[:, None] * A""",
    inputs=_jacobian_inputs,
    returns=("the derivatives",),
    right="Row i is row i of A, times the slope of its tanh: flat tanh, small derivatives.",
    hints=(
        "The slope of tanh at a is 1 - tanh(a)^2; a is a vector here, so there is one slope for "
        "each row.",
        "By the chain rule, the derivative of number i by number j is its slope times A[i, j].",
        "slope[:, None] * A multiplies row i by slope i.",
    ),
    wrong={
        "each slope belongs to a row of A; yours multiply its columns.": "slope[:, None] => slope",
        "the slope is that of the tanh at A h + b, not at h.": (
            "np.tanh(A @ h + b) => np.tanh(h)",
            "np.tanh(A @ h + b) => h",
        ),
        "the slope of tanh is 1 - tanh^2.": (
            "1 - np.tanh(A @ h + b) ** 2 => 1 - np.tanh(A @ h + b)",
            "1 - np.tanh(A @ h + b) ** 2 => np.tanh(A @ h + b) ** 2",
            "1 - np.tanh(A @ h + b) ** 2 => 1 - (A @ h + b) ** 2",
        ),
        "that is A alone; the slope of the tanh is missing.": "slope[:, None] * => 1 *",
        "the bias belongs inside the tanh.": "A @ h + b => A @ h",
        "those are the slopes alone, one for each row; "
        "each multiplies its row of A.": "slope[:, None] * A => slope",
    },
)


def _turn_inputs(rng):
    drawn = rng.uniform(0.8, 1.2), rng.uniform(5, 60)
    for size, degrees in (1, 9), (1.03, 9), (0.5, 90), (1.2, 120), (0.9, -30), drawn:
        yield {"eigenvalue": complex(size * np.exp(1j * np.deg2rad(degrees)))}


register(
    "one_turn",
    stub="""\
def one_turn(eigenvalue):
    ...
    return ..., ...  # steps, growth""",
    solution="""\
def one_turn(eigenvalue):
    steps = 2 * np.pi / abs(np.angle(eigenvalue))
    return steps, abs(eigenvalue) ** steps""",
    inputs=_turn_inputs,
    returns=("steps", "growth"),
    right="A modulus of 1.03 looks harmless, but over the 40 steps of a turn it is a factor of "
    "{1.03**40:.1f}.",
    hints=(
        "np.angle(eigenvalue) is the angle of one step, in radians. How many of them make a turn?",
        "A turn is 2 pi; an angle below zero only turns the other way.",
        "Each step multiplies by abs(eigenvalue). After k steps that is its power k.",
    ),
    wrong={
        "np.angle gives radians, and a turn is 2 pi of them.": "2 * np.pi => 360",
        "the growth is that of one step; a turn multiplies it once for "
        "each of its steps.": "abs(eigenvalue) ** steps => abs(eigenvalue)",
        "the growth of each step is multiplied, not added: "
        "a power, not a product.": "abs(eigenvalue) ** steps => abs(eigenvalue) * steps",
        "an angle below zero turns the other way; there are no fewer than zero "
        "steps in a turn.": "abs(np.angle(eigenvalue)) => np.angle(eigenvalue)",
        "growth is the modulus, abs(eigenvalue); its real part also holds "
        "the turning.": "abs(eigenvalue) ** steps => np.abs(eigenvalue.real) ** steps",
        "growth is a real number, the power of the modulus "
        "abs(eigenvalue).": "abs(eigenvalue) ** steps => eigenvalue ** steps",
        "the growth is that of 40 steps; count those of a turn "
        "from the angle.": "abs(eigenvalue) ** steps => abs(eigenvalue) ** 40",
    },
)


def _two_units_inputs(rng):
    for d, eps in (9, 0.1), (90, 1), (30, 0.01), (rng.uniform(5, 80), rng.uniform(0.05, 0.5)):
        yield {"d": float(d), "eps": float(eps)}


register(
    "two_units",
    stub="""\
def two_units(d, eps):
    W_ih = np.array([..., ...])
    W_hh = np.array([[..., ...], [..., ...]])
    W_fc = np.array([..., ...])
    return W_ih, W_hh, W_fc""",
    solution="""\
def two_units(d, eps):
    W_ih = np.array([eps, 0])
    W_hh = np.array([[0, 0], [1, 0]])
    W_fc = np.array([2 * np.cos(np.deg2rad(d)), -1]) / eps
    return W_ih, W_hh, W_fc""",
    inputs=_two_units_inputs,
    returns=("W_ih", "W_hh", "W_fc"),
    right="Two units, four numbers that are not zero, and nothing trained: memory is one number "
    "handed on from unit 0 to unit 1.",
    hints=(
        "Unit 0 must become eps times the point read now. Which weights does it need?",
        "Unit 1 must become what unit 0 was one step before: row 1 of W_hh, column 0.",
        "The next point is 2 cos(d) times the newest point, minus the one before; each unit holds "
        "eps times its point.",
    ),
    wrong={
        "d is in degrees, but np.cos reads radians; use np.deg2rad.": "np.deg2rad(d) => d",
        "W_hh has rows for the unit that is written and columns for the one that is read; yours "
        "hands unit 1 on to unit 0.": "[[0, 0], [1, 0]] => [[0, 1], [0, 0]]",
        "the units hold eps times the points, so W_fc has to divide by eps.": (
            "-1]) / eps => -1])",
            "-1]) / eps => -1]) * eps",
        ),
        "the older point is subtracted.": "-1]) => 1])",
        "W_fc is in the order of the units: unit 0 holds the "
        "newest point.": "[2 * np.cos(np.deg2rad(d)), -1] => [-1, 2 * np.cos(np.deg2rad(d))]",
        "the factor is 2 cos(d); the 2 is missing.": "2 * np.cos => np.cos",
        "with a 1 the tanh is bent; unit 0 holds eps times the point.": "[eps, 0] => [1, 0]",
    },
)
