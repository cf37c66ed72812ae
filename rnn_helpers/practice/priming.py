"""Exercises and questions of notebook 06: priming, by its length, its spacing and the training."""

import contextlib
import functools
import io
from collections.abc import Mapping, Sequence

import numpy as np

from .. import REGIMES, forecast, train_many
from .asking import Question, pose
from .compare import (
    NUMPY_REFUSES,
    WITHOUT_MEMORY,
    a_wave,
    explain,
    first_that_differs,
    network,
    numbers,
    run,
    same,
    shaped,
    shapes_of_predictions,
    tested,
    tried,
    whole_number,
    without_memory,
)
from .engine import Exercise, Wrong, kind, register

# Questions to predict -----------------------------------------------------------------------------


def _which_change(before: np.ndarray, after: np.ndarray) -> tuple[int, str]:
    """Judge two times the predictions of one full turn, shape (num_points,)."""
    change = np.abs(after - before)
    first, late = change[:5].mean(), change[len(change) // 2 :].mean()
    ratio = first / max(late, 1e-12)
    right = 3 if max(first, late) < 1e-3 else 0 if ratio > 3 else 1 if ratio < 1 / 3 else 2
    return right, (
        f"In the mean the first five change by {first:.2g}, those of the second half-turn by "
        f"{late:.1g}."
    )


pose(
    Question(
        name="which change",
        notebook="06",
        text="Which of the cold predictions will the prime change?",
        answers=(
            "The first ones",
            "The last ones",
            "All of them, by about the same",
            "None: the weights stay the same",
        ),
        judge=_which_change,
    )
)


def _seeds_helped(better: np.ndarray) -> tuple[int, str]:
    """Judge for each seed whether it was helped."""
    share = np.mean(better)
    right = 0 if share == 1 else 1 if share > 0.6 else 2 if share > 0.4 else 3
    return right, f"The prime helps in {100 * share:.0f} % of the {len(better)} seeds."


pose(
    Question(
        name="seeds helped",
        notebook="06",
        text="In how many of 128 seeds does the prime of 20 points help?",
        answers=(
            "In all of them",
            "In most, but not in all",
            "In about half",
            "In fewer than half",
        ),
        judge=_seeds_helped,
    )
)


def _longer_prime(errors: np.ndarray) -> tuple[int, str]:
    """Judge errors of shape (num_models, 61), for primes of 0, 1, ..., 60 points."""
    medians = np.median(errors, axis=0)
    longest = medians[-1]
    if (np.diff(medians) < 0).all():
        right = 0
    elif longest < medians[0]:
        right = 2 if medians[1:6].mean() > medians[0] else 1
    else:
        right = 3
    return right, (
        f"The median error is {medians[0]:.1g} without a prime, {medians[5]:.1g} with 5 points, "
        f"{medians[20]:.1g} with 20, {medians[25]:.1g} with 25 and {longest:.1g} with 60."
    )


pose(
    Question(
        name="longer prime",
        notebook="06",
        text="Will the error fall steadily as the prime grows from 0 to 60 points?",
        answers=(
            "Yes, with every point",
            "It falls at once, but not steadily",
            "It rises first, and falls later",
            "In the end it is no lower",
        ),
        judge=_longer_prime,
    )
)


def _fewest_seeds(errors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    """Judge the errors of each regime, shape (num_models, 61)."""
    shares = {name: np.mean(array[:, 20] < array[:, 0]) for name, array in errors.items()}
    spread = max(shares.values()) - min(shares.values())
    right = 3 if spread < 0.1 else list(REGIMES).index(min(shares, key=shares.get))
    said = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())
    return right, f"Seeds that a prime of 20 points helps: {said}."


pose(
    Question(
        name="fewest seeds",
        notebook="06",
        text="For which of the three regimes does a prime of 20 points help in the fewest seeds?",
        answers=(
            "carry: it is used to long runs",
            "reset: it always began at zero",
            "half-turn: it saw half of the wave",
            "Much the same for all three",
        ),
        judge=_fewest_seeds,
    )
)


def _closer_prime(factors: Sequence[float], errors: np.ndarray, cold: float) -> tuple[int, str]:
    """Judge errors (num_models, len(factors)) for primes of so many times the test's spacing."""
    medians = np.median(errors, axis=0)
    best = int(medians.argmin())
    right = 1 if factors[best] == 1 else 2 if factors[best] > 1 else 0
    if max(medians) < 1.5 * min(medians):
        right = 3
    said = [f"{median:.1g} at {factor:g}" for factor, median in zip(factors, medians, strict=True)]
    said[0] += " times the test's spacing"
    return right, f"Median errors: {', '.join(said)}; without a prime {cold:.1g}."


pose(
    Question(
        name="closer prime",
        notebook="06",
        text=(
            "Which is best: a prime with the spacing of the test, one packed closer, or one spread "
            "wider?"
        ),
        answers=(
            "One packed closer: more detail",
            "The one with the test's spacing",
            "One spread wider: more of the wave",
            "All about the same",
        ),
        judge=_closer_prime,
    )
)


def _two_of_32(share: float) -> tuple[int, str]:
    """Judge the share of the squared distances from the loop's centre in two directions."""
    right = 0 if share < 0.2 else 1 if share < 0.75 else 2 if share <= 0.99 else 3
    said = "more than 99 %" if share > 0.99 else f"{100 * share:.0f} %"
    flat = "it is nearly flat" if share > 0.99 else "it is not flat"
    return right, (
        f"The two widest directions hold {said} of the squared distances from the loop's centre: "
        f"{flat}."
    )


pose(
    Question(
        name="two of 32",
        notebook="06",
        text="How much of the loop's movement will two of the 32 dimensions hold?",
        answers=("About 6 %, as 2 of 32", "About half", "About 90 %", "More than 99 %"),
        judge=_two_of_32,
    )
)

# Exercise 1: the shortest prime that helps --------------------------------------------------------

LONGEST = 60  # points of a prime
ENOUGH = 0.95  # of the seeds


@functools.cache
def errors_by_length(regime: str) -> np.ndarray:
    """Return the first-five errors of 128 networks for primes of 0 to 60 points, (128, 61)."""
    with contextlib.redirect_stderr(io.StringIO()):  # a progress bar is no answer of the check
        models = train_many(range(128), regime=regime)
    runs = [forecast(models, num_points=5, prime_length=n) for n in range(LONGEST + 1)]
    return np.transpose([each.first_mse(5) for each in runs])


def _examine_shortest(answer: object, rng: np.random.Generator) -> str:
    if not isinstance(answer, dict):
        raise Wrong(f"the answer must be a dictionary, but it is {kind(answer)}.")
    if set(map(str, answer)) != set(REGIMES):
        raise Wrong(f"the answer needs one value for each of {', '.join(REGIMES)}, and no more.")
    for regime in REGIMES:  # first what needs no training
        _expect_a_length(regime, answer[regime])
    for regime in REGIMES:
        _examine_length(regime, answer[regime])
    longer = np.mean(_better("carry")[:, 44])
    return (
        "One way of training needs many points, one needs two, and for one no prime will do. Nor "
        f"is longer always better: 44 points help {100 * longer:.0f} % of the carried networks."
    )


def _expect_a_length(regime: str, value: object) -> None:
    if value is None:
        return
    number = whole_number(value, f"the answer for {regime}")
    if number == 0:
        raise Wrong(
            f"{regime}: 0 points is no prime; if no prime of 1 to {LONGEST} points will do, the "
            "answer is None."
        )
    if not 0 < number <= LONGEST:
        raise Wrong(f"{regime}: {number} is not from 1 to {LONGEST} points.")


def _better(regime: str) -> np.ndarray:
    """Return whether each length is better than no prime, for each seed, shape (128, 61)."""
    errors = errors_by_length(regime)
    return errors < errors[:, :1]


def _examine_length(regime: str, value: object) -> None:
    """Say what is wrong with the answer for one regime."""
    shares, medians = _better(regime).mean(axis=0), np.median(errors_by_length(regime), axis=0)
    lengths = np.flatnonzero(shares >= ENOUGH)
    right = int(lengths[0]) if len(lengths) else None
    if value is None:
        if right is not None:
            raise Wrong(
                f"{regime}: some prime of 1 to {LONGEST} points does help 95 % of the seeds."
            )
        return
    n = int(value)
    if n == right:
        return
    helped = (
        f"{n} point{'s' * (n > 1)} help{'s' * (n == 1)} in {100 * shares[n]:.0f} % of the seeds"
    )
    if shares[n] >= ENOUGH:
        raise Wrong(f"{regime}: {helped}, but a shorter prime does so in 95 % of them, too.")
    if n == 1:
        raise Wrong(
            f"{regime}: one point of memory sounds better than none, but it is a cold start one "
            f"step earlier: {helped}."
        )
    if n == 2:
        raise Wrong(
            f"{regime}: two samples are enough in principle, but not for what these networks "
            f"learned: {helped}."
        )
    if n == 20 and regime == "carry":
        raise Wrong(f"{regime}: {helped}, as section 2 found. That is most of them, but not 95 %.")
    if medians[n] < medians[0]:
        raise Wrong(
            f"{regime}: the median error is lower with {n} points than without a prime, but that "
            f"hides the seeds which are worse off: {helped}."
        )
    raise Wrong(f"{regime}: {helped}, and 95 % are asked for.")


def _shortest(share: str = "(array < array[:, :1]).mean(axis=0)", enough: str = "0.95") -> str:
    """Return the code of an answer, which is right but for what is given."""
    return f"""\
shortest = {{}}
for name, array in errors.items():
    share = {share}
    enough = np.flatnonzero(share >= {enough})
    shortest[name] = int(enough[0]) if len(enough) else None"""


register(
    Exercise(
        "shortest",
        "06",
        stub="""\
shortest = {"carry": ..., "reset": ..., "half-turn": ...}
rh.check("shortest", shortest)""",
        examine=_examine_shortest,
        hints=(
            "For carry the lines under the figure of section 3 tell between which lengths to look.",
            'errors["carry"][:, 20] has the errors of the 128 seeds after a prime of 20 points. '
            'For which of them is it below errors["carry"][:, 0]?',
            "(array < array[:, :1]).mean(axis=0) is the share of seeds helped, for each length.",
            "np.flatnonzero(share >= 0.95) lists the lengths that will do; the list may be empty.",
        ),
        solution=_shortest(),
        misconceptions={
            "one": ('shortest = {"carry": 1, "reset": 2, "half-turn": None}', "point of memory"),
            "two": ('shortest = {"carry": 2, "reset": 2, "half-turn": None}', "in principle"),
            "twenty": ('shortest = {"carry": 20, "reset": 2, "half-turn": None}', "section 2"),
            "the median": (
                """\
shortest = {}
for name, array in errors.items():
    better = np.flatnonzero(np.median(array, axis=0) < np.median(array[:, 0]))
    shortest[name] = int(better[0]) if len(better) else None""",
                "hides the seeds",
            ),
            "more than half": (_shortest(enough="0.5"), "hides the seeds"),
            "the best": (
                'shortest = {"carry": 40, "reset": 2, "half-turn": None}',
                "but a shorter prime",
            ),
            "the first of none": (
                """\
shortest = {}
for name, array in errors.items():
    share = (array < array[:, :1]).mean(axis=0)
    shortest[name] = int((share >= 0.95).argmax())""",
                "0 points is no prime",
            ),
            "too short": (
                'shortest = {"carry": 10, "reset": 2, "half-turn": None}',
                "and 95 % are asked for",
            ),
            "never": (
                _shortest("(array > array[:, :1]).mean(axis=0)").replace("0.95", "0.99"),
                "some prime of 1 to 60",
            ),
        },
        setup="""\
from rnn_helpers.practice.priming import errors_by_length

errors = {regime: errors_by_length(regime) for regime in rh.REGIMES}""",
    )
)

# Exercise 2: the priming function -----------------------------------------------------------------


def _other_primed(given: np.ndarray, right: np.ndarray) -> str:
    """Return the sentence for predictions that are no known mistake."""
    i = first_that_differs(given, right)
    if i == 0:
        which = "the first prediction after the prime"
    else:
        which = f"up to index {i - 1} the predictions are right, but the next one"
    return f"{which} should be {right[i]:.5f}, but it is {given[i]:.5f}."


def _examine_primed_test(answer: object, rng: np.random.Generator) -> str:
    model = network(rng)
    wave = a_wave(rng, 60)
    n, m = (int(length) for length in rng.choice(np.arange(4, 25), 2, replace=False))
    prime, features = wave[:n], wave[n : n + m]
    given = shaped(
        tested(answer, model, prime, features),
        "the predictions",
        (m,),
        [
            ((n,), f"that many points has the prime; return the predictions of the test, {m}."),
            ((n + m,), f"those are {n} + {m} predictions; throw away those of the prime."),
            *shapes_of_predictions(model, m),
        ],
    )
    if not same(tested(answer, model, prime, features), given):
        raise Wrong(
            "the same prime and test, run twice, gave two answers; the prime begins with a state "
            "of None every time."
        )
    _, h_primed = run(model, prime)
    right, h_n = run(model, features, h_primed)
    joined, _ = run(model, np.concatenate([prime, features]))
    not_carried = [run(model, features[i : i + 1], h_primed)[0][0] for i in range(m)]

    def after(sequence: np.ndarray, h_0: object = None) -> np.ndarray:
        return run(model, features, run(model, sequence, h_0)[1])[0]

    explain(
        given,
        right,
        [
            (
                run(model, features)[0],
                "those are the cold predictions: the state after the prime was not handed to the "
                "test.",
            ),
            (without_memory(model, features), WITHOUT_MEMORY),
            (
                run(model, features, h_n)[0],
                "the network ran over the test twice, so it was primed with the answers.",
            ),
            (
                after(features),
                "the network was primed with the test itself; the prime is what comes before it.",
            ),
            (
                np.array(not_carried),
                "the first prediction is right, the later ones are not: the state does not go on "
                "from point to point.",
            ),
            (after(prime[::-1]), "the prime was run backwards."),
            (after(prime, h_primed), "the prime was run twice; once is asked for."),
            (
                after(prime[-1:]),
                "the state is that of the last point of the prime alone; to pass through the whole "
                "prime, it must be one sequence, of shape (1, -1, 1).",
            ),
            (
                joined[:m],
                "those are the first predictions over prime and test, which belong to the prime.",
            ),
            (
                joined[n - 1 : -1],
                "these predictions are one step too early: the first of them is the last one of "
                "the prime.",
            ),
        ],
        _other_primed(given, right),
    )
    return "Nothing of the prime was kept but the hidden state."


_PRIMED_TEST = """\
def primed_test(rnn, prime, features):
    x_prime = torch.tensor(prime, dtype=torch.float32).reshape(1, -1, 1)
    x_test = torch.tensor(features, dtype=torch.float32).reshape(1, -1, 1)
    with torch.no_grad():
        _, h_primed = rnn(x_prime)
        prediction, _ = rnn(x_test, h_primed)
    return prediction.flatten().numpy()"""

_JOINED = _PRIMED_TEST.replace(
    "_, h_primed = rnn(x_prime)", "x_test = torch.cat([x_prime, x_test], 1)"
).replace("rnn(x_test, h_primed)", "rnn(x_test)")

register(
    Exercise(
        "primed_test",
        "06",
        stub="""\
def primed_test(rnn, prime, features):
    ...
    return ...


rh.check("primed_test", primed_test)""",
        examine=_examine_primed_test,
        hints=(
            "Section 1 has it for 20 and 40 points; here the numbers of points are not known.",
            "The network returns two things. Of the prime you need the second, of the test the "
            "first.",
            "_, h_primed = rnn(x_prime), and then rnn(x_test, h_primed), under torch.no_grad().",
        ),
        solution=_PRIMED_TEST,
        misconceptions={
            "cold": (_PRIMED_TEST.replace("x_test, h_primed", "x_test"), "cold predictions"),
            "predictions of the prime": (
                _PRIMED_TEST.replace("_, h_primed", "prediction, h_primed").replace(
                    "prediction, _", "_, _"
                ),
                "that many points has the prime",
            ),
            "all predictions": (_JOINED, "throw away those of the prime"),
            "one too early": (
                _JOINED.replace(".flatten()", ".flatten()[len(prime) - 1 : -1]"),
                "one step too early",
            ),
            "the first": (
                _JOINED.replace(".flatten()", ".flatten()[: len(features)]"),
                "which belong to the prime",
            ),
            "primed with the test": (
                _PRIMED_TEST.replace("rnn(x_prime)", "rnn(x_test)"),
                "primed with the test itself",
            ),
            "test run twice": (
                _PRIMED_TEST.replace(
                    "prediction, _", "_, h_primed = rnn(x_test, h_primed)\n        prediction, _"
                ),
                "primed with the answers",
            ),
            "prime run twice": (
                _PRIMED_TEST.replace(
                    "prediction, _", "_, h_primed = rnn(x_prime, h_primed)\n        prediction, _"
                ),
                "the prime was run twice",
            ),
            "backwards": (
                _PRIMED_TEST.replace("rnn(x_prime)", "rnn(x_prime.flip(1))"),
                "run backwards",
            ),
            "prime seq first": (
                _PRIMED_TEST.replace("(1, -1, 1)", "(-1, 1, 1)", 1).replace(
                    "rnn(x_test, h_primed)", "rnn(x_test, h_primed[:, -1:])"
                ),
                "last point of the prime alone",
            ),
            "state not carried": (
                """\
def primed_test(rnn, prime, features):
    _, h_primed = rh.predict(rnn, prime)
    return [rh.predict(rnn, features[i : i + 1], h_primed)[0][0] for i in range(len(features))]""",
                "does not go on from point to point",
            ),
            "network in float64": (
                _PRIMED_TEST.replace(", dtype=torch.float32", "").replace(
                    "    with", "    rnn = rnn.double()\n    with"
                ),
                "turned the network into float64",
            ),
            "no dtype": (
                _PRIMED_TEST.replace(", dtype=torch.float32", ""),
                "the features are float64 and the network is float32",
            ),
            "gradients recorded": (
                _PRIMED_TEST.replace("with torch.no_grad()", "if True").replace(
                    ".flatten()", ".detach().flatten()"
                ),
                "with gradients recorded",
            ),
            "not flat": (_PRIMED_TEST.replace(".flatten()", ""), "flatten it"),
            "state kept": (
                "kept = [None]\n"
                + _PRIMED_TEST.replace("rnn(x_prime)", "rnn(x_prime, kept[0])").replace(
                    "prediction, _", "prediction, kept[0]"
                ),
                "run twice, gave two answers",
            ),
        },
    )
)

# Exercise 3: two samples are enough ---------------------------------------------------------------


def _continued(x_0: float, x_1: float, n: int, factor: float, sign: float = -1) -> np.ndarray:
    """Return n points, each ``factor`` times the one before, and the one before that."""
    points = [x_0, x_1]
    for _ in range(n):
        points.append(factor * points[-1] + sign * points[-2])
    return np.array(points[2:])


def _examine_continue_wave(answer: object, rng: np.random.Generator) -> str:
    n, d = int(rng.integers(5, 30)), rng.uniform(8, 40)
    # Not near a zero of the wave, where some wrong answers would be nearly right.
    phase = rng.uniform(30, 60) + 90 * rng.integers(4)
    wave = rng.uniform(0.5, 2) * np.sin(np.deg2rad(phase + d * np.arange(n + 2)))
    (x_0, x_1), right = wave[:2], wave[2:]
    case = f"for d={d:.1f} and n={n}"
    points = shaped(
        numbers(tried(NUMPY_REFUSES, answer, float(x_0), float(x_1), float(d), n), "the points"),
        f"{case} the points",
        (n,),
        [
            ((n + 2,), "the two samples are among the points; return the n that follow them."),
            ((n + 1,), "one point too many; return the n points that follow x_1."),
            ((n - 1,), "one point is missing; return n points."),
            ((n - 2,), "n points are asked for besides the two samples."),
            ((), f"that is one number; {n} points are asked for."),
        ],
    )
    cosine, sine = np.cos(np.deg2rad(d)), np.sin(np.deg2rad(d))
    if same(points[0], right[0], atol=1e-4):
        otherwise = f"{case} the first point is right, but not all that follow: each needs the "
        otherwise += "two points right before it."
    else:
        otherwise = f"{case} the first point should be {right[0]:.4f}, but it is {points[0]:.4f}."
    explain(
        points,
        right,
        [
            (
                _continued(x_0, x_1, n, 2 * np.cos(d)),
                "d is in degrees, but np.cos reads radians; np.deg2rad turns one into the other.",
            ),
            (_continued(x_0, x_1, n, cosine), "the factor is 2 cos(d); the 2 is missing."),
            (_continued(x_0, x_1, n, 2 * cosine, 1), "the older point is subtracted, not added."),
            (
                _continued(x_0, x_1, n, 2),
                "that goes on along a straight line; the cosine of d makes it bend.",
            ),
            (_continued(x_0, x_1, n, 2 * sine), "the factor has the cosine of d, not its sine."),
            (
                _continued(x_1, x_0, n, 2 * cosine),
                "the wave runs backwards from x_0: the newer sample is x_1, and it is the one that "
                "is multiplied.",
            ),
            (
                np.full(n, right[0]),
                "all points are the first one: after each point, the two newest take the place of "
                "the two samples.",
            ),
            (wave[:n], "the first two are the samples themselves; return the points that follow."),
            (wave[1:-1], "the first is x_1 itself; return the points that follow it."),
        ],
        otherwise,
        atol=1e-4,
    )
    return "Exact, for any height and any place on the wave, with a memory of two numbers."


_CONTINUE_WAVE = """\
def continue_wave(x_0, x_1, d, n):
    points = []
    for _ in range(n):
        x_0, x_1 = x_1, 2 * np.cos(np.deg2rad(d)) * x_1 - x_0
        points.append(x_1)
    return points"""

register(
    Exercise(
        "continue_wave",
        "06",
        stub="""\
def continue_wave(x_0, x_1, d, n):
    ...
    return ...


rh.check("continue_wave", continue_wave)""",
        examine=_examine_continue_wave,
        hints=(
            "Write the first new point, and then the second. What took the place of x_0?",
            "Keep the two newest points; each turn of a loop moves both on by one.",
            "x_0, x_1 = x_1, 2 * np.cos(np.deg2rad(d)) * x_1 - x_0 moves both at once.",
        ),
        solution=_CONTINUE_WAVE,
        misconceptions={
            "radians": (_CONTINUE_WAVE.replace("np.deg2rad(d)", "d"), "np.cos reads radians"),
            "no two": (_CONTINUE_WAVE.replace("2 * np.cos", "np.cos"), "the 2 is missing"),
            "added": (_CONTINUE_WAVE.replace("- x_0", "+ x_0"), "subtracted, not added"),
            "straight line": (
                _CONTINUE_WAVE.replace("2 * np.cos(np.deg2rad(d))", "2"),
                "a straight line",
            ),
            "sine": (_CONTINUE_WAVE.replace("np.cos", "np.sin"), "not its sine"),
            "samples swapped": (
                _CONTINUE_WAVE.replace("[]", "[]\n    x_0, x_1 = x_1, x_0"),
                "backwards from x_0",
            ),
            "not moved on": (
                _CONTINUE_WAVE.replace("x_0, x_1 = x_1, ", "x_2 = ").replace("(x_1)", "(x_2)"),
                "all points are the first one",
            ),
            "one moved on": (
                _CONTINUE_WAVE.replace("x_0, x_1 = x_1, ", "x_1 = "),
                "the two points right before it",
            ),
            "samples too": (_CONTINUE_WAVE.replace("[]", "[x_0, x_1]"), "two samples are among"),
            "samples first": (
                _CONTINUE_WAVE.replace("[]", "[x_0, x_1]").replace("range(n)", "range(n - 2)"),
                "the samples themselves",
            ),
        },
    )
)
