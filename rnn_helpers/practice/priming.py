"""Exercises and questions of notebook 06: priming, by its length, its spacing and the training."""

import contextlib
import functools
import io
from collections.abc import Mapping, Sequence

import numpy as np

from .. import REGIMES, forecast, train_many
from .engine import chapter
from .inputs import WITHOUT_MEMORY, a_wave, network
from .trace import Wrong, numbers

pose, register = chapter("06")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "seeds helped",
    "In how many of 128 seeds does the prime of 20 points help?",
    ("In all of them", "In most, but not in all", "In about half", "In fewer than half"),
)
def _seeds_helped(better: np.ndarray) -> tuple[int, str]:
    share = np.mean(better)
    right = 0 if share == 1 else 1 if share > 0.6 else 2 if share > 0.4 else 3
    return right, f"The prime helps in {100 * share:.0f} % of the {len(better)} seeds."


@pose(
    "longer prime",
    "Will the error fall steadily as the prime grows from 0 to 60 points?",
    (
        "Yes, with every point",
        "It falls at once, but not steadily",
        "It rises first, and falls later",
        "In the end it is no lower",
    ),
)
def _longer_prime(errors: np.ndarray) -> tuple[int, str]:
    medians = np.median(errors, axis=0)
    rises = medians[1:6].mean() > medians[0]
    right = 0 if (np.diff(medians) < 0).all() else 3 if medians[-1] >= medians[0] else 1 + rises
    return int(right), (
        f"The median error is {medians[0]:.1g} without a prime, {medians[5]:.1g} with 5 points, "
        f"{medians[20]:.1g} with 20, {medians[25]:.1g} with 25 and {medians[-1]:.1g} with 60."
    )


@pose(
    "another place",
    "For a test from 45 degrees, which prime will be better, one of 10 points or one of 5?",
    (
        "10 points, by a factor of 2 or more",
        "Neither: within a factor of 2",
        "5 points, by a factor of 2 or more",
    ),
)
def _another_place(errors: np.ndarray) -> tuple[int, str]:
    cold, five, ten = np.median(errors, axis=0)[[0, 5, 10]]
    return int(np.searchsorted([1 / 2, 2], ten / five, "right")), (
        f"The median error is {five:.1g} with 5 points, {ten:.1g} with 10 and {cold:.1g} cold. A "
        "prime of 5 points begins at 0 degrees, one of 10 at -45."
    )


@pose(
    "fewest seeds",
    "For which of the three regimes does a prime of 20 points help in the fewest seeds?",
    (
        "carry: it is used to long runs",
        "reset: it always began at zero",
        "half-turn: it saw half of the wave",
        "Much the same for all three",
    ),
)
def _fewest_seeds(errors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    shares = {name: np.mean(array[:, 20] < array[:, 0]) for name, array in errors.items()}
    spread = max(shares.values()) - min(shares.values())
    right = 3 if spread < 0.1 else list(REGIMES).index(min(shares, key=shares.get))
    said = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())
    return right, f"Seeds that a prime of 20 points helps: {said}."


@pose(
    "closer prime",
    "Which is best: a prime with the spacing of the test, one packed closer, or one spread wider?",
    (
        "One packed closer: more detail",
        "The one with the test's spacing",
        "One spread wider: more of the wave",
        "All about the same",
    ),
)
def _closer_prime(factors: Sequence[float], errors: np.ndarray, cold: float) -> tuple[int, str]:
    medians = np.median(errors, axis=0)
    best = factors[medians.argmin()]
    right = 3 if max(medians) < 1.5 * min(medians) else 0 if best < 1 else 1 if best == 1 else 2
    said = [f"{median:.1g} at {factor:g}" for factor, median in zip(factors, medians, strict=True)]
    said[0] += " times the test's spacing"
    return right, f"Median errors: {', '.join(said)}; without a prime {cold:.1g}."


# Exercises ----------------------------------------------------------------------------------------

JOINED = "x_test, h_primed => torch.cat([x_prime, x_test], 1)"


@functools.cache
def errors_by_length(regime: str) -> np.ndarray:
    """Return the first-five errors of 128 networks for primes of 0 to 60 points, (128, 61)."""
    with contextlib.redirect_stderr(io.StringIO()):  # a progress bar is no answer of the check
        models = train_many(range(128), regime=regime)
    runs = [forecast(models, num_points=5, prime_length=n) for n in range(61)]
    return np.transpose([each.first_mse(5) for each in runs])


def _shortest_inputs(rng):
    for regime in reversed(REGIMES):
        errors = errors_by_length(regime)
        share = 100 * (errors < errors[:, :1]).mean(axis=0)
        lower = np.median(errors, axis=0) < np.median(errors[:, 0])
        but = np.where(lower, "; a lower median error hides the seeds that are worse off", "")
        but = np.where(share < 95, ", and 95 % are asked for" + but, "; a shorter prime is enough")
        yield {"regime": regime, "share": list(share), "but": list(but)}


def _length(shortest, regime, *_):
    if not isinstance(shortest, Mapping) or set(shortest) != set(REGIMES):
        raise Wrong(f"a dictionary with a value for each of {', '.join(REGIMES)} is asked for.")
    points = numbers(shortest[regime])
    if shortest[regime] is None:
        return np.nan
    if points is None or points.size != 1 or points.item() not in range(61):
        raise Wrong(f"{regime}: a whole number from 1 to 60 is asked for, or None.")
    return points


register(
    "shortest",
    title="The shortest prime that helps",
    stub='shortest = {"carry": ..., "reset": ..., "half-turn": ...}',
    setup="""\
from rnn_helpers.practice.priming import errors_by_length

errors = {regime: errors_by_length(regime) for regime in rh.REGIMES}""",
    program='shortest = {"carry": 39, "reset": 2, "half-turn": None}',
    solution="""\
shortest = {}
for name, array in errors.items():
    share = (array < array[:, :1]).mean(axis=0)
    enough = np.flatnonzero(share >= 0.95)
    shortest[name] = int(enough[0]) if len(enough) else None""",
    inputs=_shortest_inputs,
    use=_length,
    returns=("the number of points",),
    right="One way of training needs many points, one needs two, and for one no prime will do. Nor "
    "is longer always better: 44 points help {share[44]:.0f} % of the carried networks.",
    hints=(
        "For carry, the figure of section 2 shows between which lengths to look.",
        'errors["carry"][:, 20] has the errors of the 128 seeds after a prime of 20 points. For '
        'which of them is it below errors["carry"][:, 0]?',
        "(array < array[:, :1]).mean(axis=0) is the share of seeds helped, for each length.",
        "np.flatnonzero(share >= 0.95) lists the lengths that will do; the list may be empty.",
    ),
    wrong={
        "{regime}: one point of memory sounds better than none, but it is a cold start one step "
        "earlier; it helps in {share[1]:.0f} % of the seeds.": ("39 => 1", "2 => 1", "None => 1"),
        "{regime}: two points are enough in principle, but not for what these networks learned; "
        "they help in {share[2]:.0f} % of the seeds.": ("39 => 2", "None => 2"),
        "{regime}: 20 points help in {share[20]:.0f} % of the seeds, as section 2 found. That is "
        "most of them, but not 95 %.": "39 => 20",
        "{regime}: 0 points is no prime; None means that no prime will do.": "None => 0",
        "{regime}: some prime of 1 to 60 points does help.": ("39 => None", "2 => None"),
    },
    otherwise="{regime}: {given:g} points help in {share[int(given)]:.0f} % of the seeds"
    "{but[int(given)]}.",
)


def _primed_test_inputs(rng):
    for layers, n, m in (1, 9, 1), (3, 1, 6), (1, 7, 7), (2, *rng.permutation(12)[:2] + 4):
        wave = a_wave(rng, n + m)
        yield {"rnn": network(rng, layers), "prime": wave[:n], "features": wave[n:]}


register(
    "primed_test",
    title="The priming function",
    stub="""\
def primed_test(rnn, prime, features):
    ...
    return ...""",
    solution="""\
def primed_test(rnn, prime, features):
    x_prime = torch.tensor(prime, dtype=torch.float32).reshape(1, -1, 1)
    x_test = torch.tensor(features, dtype=torch.float32).reshape(1, -1, 1)
    with torch.no_grad():
        _, h_primed = rnn(x_prime)
        prediction, _ = rnn(x_test, h_primed)
    return prediction.flatten().numpy()""",
    inputs=_primed_test_inputs,
    use=lambda f, rnn, a, b: (f(rnn, a.copy(), b.copy()), f(rnn, a, b)),
    returns=("the predictions", "the predictions of a second call"),
    right="Nothing of the prime was kept but the hidden state.",
    hints=(
        "Section 1 has it for 20 and 40 points; here the numbers of points are not known.",
        "The network returns two things. Of the prime you need the second, of the test the first.",
        "_, h_primed = rnn(x_prime), and then rnn(x_test, h_primed), under torch.no_grad().",
    ),
    wrong={
        "your predictions are cold: no state came to the test.": "x_test, h_primed => x_test",
        "you return {np.size(given)} predictions; throw away those of the prime.": JOINED,
        "your predictions are one step too early: the first of them is the last one of the "
        "prime.": f"{JOINED}\nflatten() => flatten()[len(prime) - 1 : -1]",
        "your network is primed with the test, not with the prime.": "(x_prime) => (x_test)",
        "the prime must be one sequence, of shape (1, -1, 1); yours is a batch of single points, "
        "each for itself.": (
            "(x_prime) => (x_prime.mT)",
            "(x_prime) => (x_prime.mT)\n(x_test, => (x_test.mT,",
        ),
        WITHOUT_MEMORY: "x_test, h_primed => x_test.mT",
        "your tensor is float64, as NumPy's numbers are, but the network computes with float32; "
        "give dtype=torch.float32.": "prime, dtype=torch.float32 => prime",
        "your function records gradients; use torch.no_grad().": "with torch.no_grad() => if True",
    },
)


def _continue_wave_inputs(rng):
    for d, n in (30, 1), (13.5, 2), (-100.25, 3), (405, 9), (rng.uniform(8, 40), 30):
        # Not near a zero of the wave, where some wrong answers would be nearly right.
        degrees = rng.uniform(30, 60) + 90 * rng.integers(4) + d * np.arange(2)
        x_0, x_1 = (rng.uniform(1.2, 3) * np.sin(np.deg2rad(degrees))).tolist()
        yield {"x_0": x_0, "x_1": x_1, "d": d, "n": n}


register(
    "continue_wave",
    title="Two points are enough",
    stub="""\
def continue_wave(x_0, x_1, d, n):
    ...
    return ...""",
    solution="""\
def continue_wave(x_0, x_1, d, n):
    points = []
    for _ in range(n):
        x_0, x_1 = x_1, 2 * np.cos(np.deg2rad(d)) * x_1 - x_0
        points.append(x_1)
    return points""",
    inputs=_continue_wave_inputs,
    returns=("the points",),
    atol=1e-4,
    right="Exact, for any height and any place on the wave, with a memory of two numbers.",
    hints=(
        "Write the first new point, and then the second. What took the place of x_0?",
        "Keep the two newest points; each turn of a loop moves both on by one.",
        "x_0, x_1 = x_1, 2 * np.cos(np.deg2rad(d)) * x_1 - x_0 moves both at once.",
    ),
    wrong={
        "your np.cos reads radians, but d is in degrees; use np.deg2rad.": "np.deg2rad(d) => d",
        "your factor lacks the 2: it is 2 cos(d).": "2 * np.cos => np.cos",
        "you add the older point; subtract it.": "- x_0 => + x_0",
        "you go on along a straight line; cos(d) bends it.": "np.cos(np.deg2rad(d)) => 1",
        "all your points are the first one; after each, the two newest take the place of the two "
        "samples.": "x_0, x_1 = x_1, => x_2 =\n(x_1) => (x_2)",
        "your x_0 stays as it was; each point needs the two before it.": "x_0, x_1 = x_1, => x_1 =",
        "the two samples are among your points; return the n points that follow them, without them "
        "themselves.": ("[] => [x_0, x_1]", "[] => [x_0, x_1]\n(n) => (n - 2)"),
        "yours is one number; {n} points are asked for.": "n points => n x_1",
    },
)
