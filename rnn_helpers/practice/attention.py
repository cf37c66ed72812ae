"""Exercises and questions of notebook 15: recurrences without a tanh, and attention."""

from collections.abc import Mapping

import numpy as np

from .engine import chapter
from .inputs import uniform

pose, register = chapter("15")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "fastest on one core",
    "One core, 65,536 points: which of the four is the fastest?",
    ("The loop in Python", "The scan", "The FFT", "The loop in C"),
)
def _fastest(microseconds: Mapping[str, float]) -> tuple[int, str]:
    ways = ("Python loop", "scan", "FFT", "C loop")
    taken = np.array([microseconds[way] for way in ways])
    best, second = np.argsort(taken)[:2]
    others = f"The next, the {ways[second]}, takes {taken[second] / taken[best]:.0f} times as long"
    return int(best), f"{others}, the slowest {taken.max() / taken[best]:.0f} times."


@pose(
    "linear and alone",
    "They read 400 points and then run alone for 1,000 steps. In how many of the networks does the "
    "prediction grow beyond 10?",
    ("None", "Up to a quarter", "A quarter to three quarters", "Nearly all"),
)
def _linear_and_alone(largest: np.ndarray, losses: np.ndarray) -> tuple[int, str]:
    count, of = int((largest > 10).sum()), len(largest)
    right = 0 if not count else int(np.searchsorted([0.25, 0.75], count / of)) + 1
    exact = int((losses[largest > 10] < 1e-6).sum())
    why = f"It is {count} of {of}, and {exact} of these had a last loss below a millionth"
    return right, f"{why} in training."


@pose(
    "trained with noise",
    "Trained on the wave with noise of standard deviation 0.1: what becomes of those that explode?",
    ("More explode", "About as many", "Less than half as many", "None of them explodes"),
)
def _trained_with_noise(
    clean: np.ndarray, noisy: np.ndarray, heights: np.ndarray
) -> tuple[int, str]:
    before, after = ((largest > 10).sum() for largest in (clean, noisy))
    right = 3 if not after else 2 if 2 * after < before else 1 if after <= 1.5 * before else 0
    low, high = np.percentile(heights, [25, 75])
    return right, (
        f"It was {before} of {len(clean)}, and with noise it is {after} of {len(noisy)}. Half of "
        f"the heights at the end lie between {low:.1f} and {high:.1f}."
    )


@pose(
    "gap of attention",
    "What is the longest gap that at least half of 16 layers learn (an error below 0.1)?",
    ("None of these", "20 steps", "50 steps", "100 steps"),
)
def _gap_of_attention(errors: Mapping[int, np.ndarray], shares: np.ndarray) -> tuple[int, str]:
    right = sum(bool(np.median(errors[gap]) < 0.1) for gap in (20, 50, 100))
    return right, (
        f"At 100 steps their median error is {_below(np.median(errors[100]))}, and the last point "
        f"gives {np.median(shares):.0%} of its attention to the first."
    )


def _below(error: float) -> str:
    """Say how small an error is, so that it holds on every machine."""
    return next((f"below {top}" for top in (0.001, 0.01, 0.1) if error < top), "above 0.1")


@pose(
    "beyond the length",
    "Training showed 20 points at a time. Which layers predict points 21 to 40 as well as the "
    "points before, within a factor of three?",
    ("Both", "Only those with sinusoidal positions", "Only those with rotary positions", "Neither"),
)
def _beyond(errors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    ratios = {}
    for kind, array in errors.items():  # (num_models, num_points)
        inside, beyond = (
            np.median(array[:, part].mean(axis=1)) for part in ((slice(2, 20)), slice(20, 40))
        )
        ratios[kind] = beyond / inside
    fine = ratios["sinusoidal"] < 3, ratios["rotary"] < 3
    right = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[fine]
    said = ", ".join(f"{kind} {_rough(ratio)}" for kind, ratio in ratios.items())
    return right, f"Median errors of points 21 to 40 against those of 3 to 20: {said}."


def _rough(ratio: float) -> str:
    """Say how large a ratio is, so that it holds on every machine."""
    if ratio < 3:
        return "less than 3 times as large"
    power = 10 ** int(np.floor(np.log10(ratio)))
    return f"more than {int(ratio / power) * power} times as large"


# Exercises ----------------------------------------------------------------------------------------


def _two_steps_inputs(rng):
    steps = [((1.0, 2.0), (0.5, 3.0)), ((0.9, -1.0), (-0.4, 0.25))]
    steps.append(tuple(tuple(rng.uniform(-1, 1, 2).tolist()) for _ in range(2)))
    for first, second in steps:
        yield {"first": first, "second": second}


register(
    "two_steps",
    title="Two steps in one",
    stub="""\
def two_steps(first, second):
    ...
    return ..., ...  # a, x""",
    solution="""\
def two_steps(first, second):
    (a_1, x_1), (a_2, x_2) = first, second
    return a_1 * a_2, a_2 * x_1 + x_2""",
    inputs=_two_steps_inputs,
    returns=("a", "x"),
    right="From h = 1 the two steps lead to {first[0] * second[0] + second[0] * first[1] + "
    "second[1]:.3g}, and so does yours.",
    hints=(
        "Write both steps: h_1 = a_1 h_0 + x_1, and h_2 = a_2 h_1 + x_2.",
        "Put the first into the second: h_2 = a_2 (a_1 h_0 + x_1) + x_2.",
        "What stands before h_0 is a; all the rest is x.",
    ),
    wrong={
        "x_1 is there before the second step, "
        "so it too is multiplied by a_2.": "a_2 * x_1 + x_2 => x_1 + x_2",
        "your steps are in the other order: "
        "it is the second a that multiplies the first x.": "a_2 * x_1 + x_2 => a_1 * x_2 + x_1",
        "the first x is multiplied by the a of its own step; "
        "it should be the next one's.": "a_2 * x_1 + x_2 => a_1 * x_1 + x_2",
        "two factors one after the other multiply; yours are added.": "a_1 * a_2 => a_1 + a_2",
        "your a is that of the second step alone.": "return a_1 * a_2, => return a_2,",
    },
)


def _look_back_inputs(rng):
    for n, d in (1, 4), (3, 2), (12, 16), (int(rng.integers(5, 30)), 2 * int(rng.integers(2, 8))):
        yield {"q": 3 * uniform(rng, d), "K": uniform(rng, n, d), "V": uniform(rng, n, d)}


register(
    "look_back",
    title="One look back",
    stub="""\
def look_back(q, K, V):
    ...
    return ..., ...  # the weights, what it gets""",
    solution="""\
def look_back(q, K, V):
    scores = K @ q / len(q) ** 0.5
    weights = scores.softmax(dim=0)
    return weights, weights @ V""",
    inputs=_look_back_inputs,
    returns=("weights", "what it gets"),
    right="With {len(K)} points to look at, the largest weight is {wanted.max():.2f}.",
    hints=(
        "A score is the product of the query with a key, divided by the root of d = len(q).",
        "All scores at once: K @ q, shape (n,). Their softmax is over the n points.",
        "What it gets is the mean of the values by these weights: weights @ V.",
    ),
    wrong={
        "the scores are not divided by the root of d.": " / len(q) ** 0.5 => ",
        "you divide by d, but it is the root of d.": " ** 0.5 => ",
        "you return the scores; the weights are their softmax.": "scores.softmax(dim=0) => scores",
        "it gets keys; what a point hands over is its value.": "weights @ V => weights @ K",
        "it gets only the value of the largest weight; all count, "
        "by their weights.": "return weights, weights @ V => return weights, V[weights.argmax()]",
    },
)


def _remember_inputs(rng):
    for n, window in (0, 3), (2, 5), (5, 5), (8, 3), (int(rng.integers(4, 12)), 4), (3, 1):
        d = int(rng.integers(2, 6))
        K, V, k, v = (uniform(rng, *shape) for shape in ((n, d), (n, d), (1, d), (1, d)))
        yield {"K": K, "V": V, "k": k, "v": v, "window": window}


register(
    "remember",
    title="A cache that forgets",
    stub="""\
def remember(K, V, k, v, window):
    ...
    return ..., ...  # the new K and V""",
    solution="""\
def remember(K, V, k, v, window):
    K, V = torch.cat([K, k]), torch.cat([V, v])
    return K[-window:], V[-window:]""",
    inputs=_remember_inputs,
    returns=("K", "V"),
    right="{len(K)} rows and a new one, with a window of {window}, leave {len(wanted)}.",
    hints=(
        "First put the new row below the others: torch.cat([K, k]).",
        "Then keep the last rows: K[-window:] has at most window of them.",
    ),
    wrong={
        "the cache grows on; "
        "only the last window rows are kept.": "K[-window:], V[-window:] => K, V",
        "you keep the oldest rows; it is the newest that "
        "are looked at.": "K[-window:], V[-window:] => K[:window], V[:window]",
        "you cut first and then add, so that there is one row too many.": (
            "torch.cat([K, k]), torch.cat([V, v]) => "
            "torch.cat([K[-window:], k]), torch.cat([V[-window:], v])\n"
            "return K[-window:], V[-window:] => return K, V"
        ),
        "the new row is on top; it is the newest, and belongs below.": (
            "torch.cat([K, k]), torch.cat([V, v]) => torch.cat([k, K]), torch.cat([v, V])"
        ),
    },
)
