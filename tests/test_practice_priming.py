"""The exercises and questions of notebook 06: other right answers, what a check says, judges."""

import sys
import time

import numpy as np
import pytest
from practice_answers import assert_refused, assert_right, given

import rnn_helpers as rh
from rnn_helpers.practice import EXERCISES, QUESTIONS, priming
from rnn_helpers.practice.engine import verdict

SEEDS = range(4)
LENGTHS = 'shortest = {{"carry": {}, "reset": {}, "half-turn": {}}}'

RIGHT = {
    "typed in": ("shortest", LENGTHS.format(39, 2, None)),
    "numbers of NumPy": ("shortest", LENGTHS.format("np.int64(39)", "torch.tensor(2.0)", None)),
    "in another order": ("shortest", 'shortest = {"half-turn": None, "reset": 2, "carry": 39.0}'),
    "counted": (
        "shortest",
        """\
shortest = dict.fromkeys(errors)
for name, array in errors.items():
    for n in range(60, 0, -1):
        if sum(array[seed, n] < array[seed, 0] for seed in range(128)) >= 0.95 * 128:
            shortest[name] = n""",
    ),
    "by the helper": (
        "primed_test",
        """\
def primed_test(rnn, prime, features):
    _, h = rh.predict(rnn, prime)
    return rh.predict(rnn, features, h)[0]""",
    ),
    "in one run": (
        "primed_test",
        """\
def primed_test(rnn, prime, features):
    return rh.predict(rnn, np.concatenate([prime, features]))[0][len(prime) :]""",
    ),
    "point by point": (
        "primed_test",
        """\
@torch.no_grad()
def primed_test(rnn, prime, features):
    h, said = None, []
    for value in [*prime, *features]:
        prediction, h = rnn(torch.tensor([[[value]]], dtype=torch.float32), h)
        said.append(prediction.item())
    return said[-len(features) :]""",
    ),
    "as a tensor": (
        "primed_test",
        """\
def primed_test(rnn, prime, features):
    with torch.inference_mode():
        _, h = rnn(torch.Tensor(prime)[None, :, None])
        return rnn(torch.Tensor(features)[None, :, None], h)[0][0, :, 0]""",
    ),
    "one list": (
        "continue_wave",
        """\
def continue_wave(x_0, x_1, d, n):
    points = [x_0, x_1]
    for _ in range(n):
        points.append(2 * np.cos(np.deg2rad(d)) * points[-1] - points[-2])
    return np.array(points[2:])""",
    ),
    "an array filled in float32": (
        "continue_wave",
        """\
def continue_wave(x_0, x_1, d, n):
    points = torch.zeros(n + 2)
    points[0], points[1] = x_0, x_1
    for t in range(2, n + 2):
        points[t] = 2 * np.cos(d * np.pi / 180) * points[t - 1] - points[t - 2]
    return points[2:]""",
    ),
    "in closed form": (
        "continue_wave",
        """\
def continue_wave(x_0, x_1, d, n):
    t, d = np.arange(2, n + 2), np.deg2rad(d)
    return x_0 * np.cos(t * d) + (x_1 - x_0 * np.cos(d)) / np.sin(d) * np.sin(t * d)""",
    ),
    "recursive": (
        "continue_wave",
        """\
def continue_wave(x_0, x_1, d, n):
    if n == 0:
        return []
    x_2 = 2 * np.cos(np.deg2rad(d)) * x_1 - x_0
    return [x_2, *continue_wave(x_1, x_2, d, n - 1)]""",
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_another_right_answer_is_right(case):
    assert_right(*RIGHT[case], SEEDS)


SAID = {
    "a list": ("shortest", "shortest = [39, 2, None]", "must be a dictionary, but it is a list"),
    "a regime missing": (
        "shortest",
        'shortest = {"carry": 39, "reset": 2}',
        "one value for each of carry, reset, half-turn",
    ),
    "dots left": ("shortest", LENGTHS.format(39, 2, "..."), "in place of the dots"),
    "half a point": ("shortest", LENGTHS.format(39, 1.5, None), "for reset must be a whole number"),
    "too many": ("shortest", LENGTHS.format(39, 2, 61), "half-turn: 61 is not from 1 to 60"),
    "less than none": ("shortest", LENGTHS.format(-1, 2, None), "carry: -1 is not from 1 to 60"),
    "one for reset": ("shortest", LENGTHS.format(39, 1, None), "reset: one point of memory"),
    "none for reset": ("shortest", LENGTHS.format(39, None, None), "reset: some prime of 1 to 60"),
    "twenty for all": ("shortest", LENGTHS.format(39, 20, 20), "reset: 20 points help in 100 %"),
    "twenty for half": (
        "shortest",
        LENGTHS.format(39, 2, 20),
        "half-turn: 20 points help in 0 % of the seeds, and 95 % are asked for",
    ),
    "lowest of medians": ("shortest", LENGTHS.format(59, 2, None), "but a shorter prime"),
    "both returned": (
        "primed_test",
        """\
def primed_test(rnn, prime, features):
    return rh.predict(rnn, features, rh.predict(rnn, prime)[1])""",
        "returns two things; return the predictions alone",
    ),
    "both seq first": (
        "primed_test",
        """\
def primed_test(rnn, prime, features):
    with torch.no_grad():
        return rnn(torch.Tensor(features)[:, None, None])[0]""",
        "that is seq first",
    ),
    "every point without memory": (
        "primed_test",
        """\
def primed_test(rnn, prime, features):
    with torch.no_grad():
        return rnn(torch.Tensor(features)[:, None, None])[0].flatten()""",
        "every point was predicted without memory",
    ),
    "state of the prime": (
        "primed_test",
        "primed_test = lambda rnn, prime, features: rh.predict(rnn, prime)[1]",
        "that is the hidden state",
    ),
    "prime doubled": (
        "primed_test",
        """\
def primed_test(rnn, prime, features):
    return rh.predict(rnn, features, rh.predict(rnn, 2 * prime)[1])[0]""",
        "the first prediction after the prime should be",
    ),
    "right but for the last": (
        "primed_test",
        """\
def primed_test(rnn, prime, features):
    predictions, _ = rh.predict(rnn, features, rh.predict(rnn, prime)[1])
    return np.append(predictions[:-1], 9)""",
        "the predictions are right, but the next one should be",
    ),
    "one point": (
        "continue_wave",
        "continue_wave = lambda x_0, x_1, d, n: 2 * np.cos(np.deg2rad(d)) * x_1 - x_0",
        "that is one number",
    ),
    "one too many": (
        "continue_wave",
        "continue_wave = lambda x_0, x_1, d, n: [x_1] * (n + 1)",
        "one point too many",
    ),
    "begins with the newer sample": (
        "continue_wave",
        """\
def continue_wave(x_0, x_1, d, n):
    points = [x_0, x_1]
    for _ in range(n - 1):
        points.append(2 * np.cos(np.deg2rad(d)) * points[-1] - points[-2])
    return points[1:]""",
        "the first is x_1 itself",
    ),
    "a height of one": (
        "continue_wave",
        """\
def continue_wave(x_0, x_1, d, n):
    angle = np.arcsin(np.clip(x_0, -1, 1))
    return np.sin(angle + np.deg2rad(d) * np.arange(2, n + 2))""",
        "the first point should be",
    ),
    "another wave": (
        "continue_wave",
        "continue_wave = lambda x_0, x_1, d, n: x_1 * np.ones(n)",
        "the first point should be",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_the_check_says(case):
    assert_refused(*SAID[case], SEEDS)


# Training for the exercise of the shortest prime --------------------------------------------------


def test_the_errors_are_those_of_the_notebook_and_found_once():
    errors = priming.errors_by_length("reset")
    few = rh.train_many(range(3), regime="reset")
    for n in (0, 7, 60):
        alone = rh.forecast(few, prime_length=n).first_mse(5)
        assert np.allclose(errors[:3, n], alone, rtol=1e-6)
    assert priming.errors_by_length("reset") is errors


@pytest.mark.parametrize(
    "code",
    [
        "shortest = 39",
        LENGTHS.format(39, 2, 0),
        LENGTHS.format('"39"', 2, None),
        LENGTHS.format(39, 2, "np.nan"),
    ],
)
def test_what_is_no_answer_is_told_so_without_training(monkeypatch, code):
    monkeypatch.setattr(priming, "errors_by_length", None)  # to call it would be an error
    exercise = EXERCISES["shortest"]
    here = {"np": np}
    exec(code, here)
    said, _ = verdict(exercise, here["shortest"], 0)
    assert said.startswith("Not yet: ")
    assert "TypeError" not in said


def test_a_progress_bar_is_not_taken_for_what_the_answer_prints(monkeypatch):
    def talks(*_, **settings):
        print("training: 30 %", file=sys.stderr)
        return rh.train_many(range(2), num_steps=3, regime=settings["regime"])

    monkeypatch.setattr(priming, "train_many", talks)
    monkeypatch.setattr(priming, "errors_by_length", priming.errors_by_length.__wrapped__)
    said, right = verdict(EXERCISES["shortest"], {"carry": 1, "reset": 1, "half-turn": 1}, 0)
    assert not right
    assert "Your code printed" not in said


@pytest.mark.parametrize("name", ["shortest", "primed_test", "continue_wave"])
def test_a_second_check_is_quick(name):
    exercise = EXERCISES[name]
    answer = given(exercise, exercise.solution)
    verdict(exercise, answer, 0)
    begin = time.perf_counter()
    verdict(exercise, answer, 1)
    assert time.perf_counter() - begin < 1


# Questions ----------------------------------------------------------------------------------------


def judged(name, **measured):
    right, why = QUESTIONS[name].judge(**measured)
    return QUESTIONS[name].answers[right], why


@pytest.mark.parametrize(
    ("first", "last", "answer"),
    [
        (0.2, 0.002, "The first ones"),
        (0.002, 0.2, "The last ones"),
        (0.2, 0.1, "All of them, by about the same"),
        (0.0, 0.0, "None: the weights stay the same"),
    ],
)
def test_which_predictions_change(first, last, answer):
    change = np.linspace(first, last, 40)
    change[:5], change[20:] = first, last
    before = np.sin(np.arange(40.0))
    said, why = judged("which change", before=before, after=before - change)
    assert said == answer
    assert f"by {first:.1g}, those of the second half-turn by {last:.1g}." in why


@pytest.mark.parametrize(
    ("helped", "answer"),
    [
        (128, "In all of them"),
        (105, "In most, but not in all"),
        (64, "In about half"),
        (13, "In fewer than half"),
    ],
)
def test_how_many_seeds_are_helped(helped, answer):
    said, why = judged("seeds helped", better=np.arange(128) < helped)
    assert said == answer
    assert f"in {100 * helped / 128:.0f} % of the 128 seeds" in why


FALLING = np.geomspace(0.02, 0.0001, 61)
RISING = FALLING[::-1]
BUMP = np.where(np.arange(61) == 30, 0.5, FALLING)
HILL = np.where((np.arange(61) > 0) & (np.arange(61) < 10), 0.1, FALLING)


@pytest.mark.parametrize(
    ("errors", "answer", "numbers"),
    [
        (FALLING, "Yes, with every point", "0.02 without a prime, 0.01 with 5"),
        (BUMP, "It falls at once, but not steadily", "0.02 without a prime, 0.01 with 5"),
        (HILL, "It rises first, and falls later", "0.02 without a prime, 0.1 with 5 points"),
        (RISING, "In the end it is no lower", "0.0001 without a prime"),
        (np.full(61, 0.3), "In the end it is no lower", "0.3 with 60"),
    ],
)
def test_what_a_longer_prime_does(errors, answer, numbers):
    said, why = judged("longer prime", errors=np.tile(errors, (3, 1)))
    assert said == answer
    assert numbers in why


@pytest.mark.parametrize(
    ("shares", "answer"),
    [
        ((20, 90, 70), "carry: it is used to long runs"),
        ((80, 10, 70), "reset: it always began at zero"),
        ((82, 100, 0), "half-turn: it saw half of the wave"),
        ((82, 85, 80), "Much the same for all three"),
    ],
)
def test_where_a_prime_helps_the_fewest(shares, answer):
    errors = {}
    for regime, share in zip(rh.REGIMES, shares, strict=True):
        errors[regime] = np.ones((100, 61))
        errors[regime][:share, 20] = 0.5
    said, why = judged("fewest seeds", errors=errors)
    assert said == answer
    assert "carry {} %, reset {} %, half-turn {} %".format(*shares) in why


@pytest.mark.parametrize(
    ("errors", "answer"),
    [
        ((0.001, 0.1, 0.2), "One packed closer: more detail"),
        ((0.2, 0.001, 0.1), "The one with the test's spacing"),
        ((0.2, 0.1, 0.001), "One spread wider: more of the wave"),
        ((0.2, 0.19, 0.21), "All about the same"),
    ],
)
def test_which_spacing_is_best(errors, answer):
    said, why = judged(
        "closer prime", factors=(0.5, 1, 2), errors=np.tile(errors, (3, 1)), cold=0.04
    )
    assert said == answer
    assert f"{errors[0]} at 0.5 times the test's spacing, {errors[1]:.1g} at 1, " in why
    assert why.endswith("without a prime 0.04.")


@pytest.mark.parametrize(
    ("share", "answer", "number"),
    [
        (0.06, "About 6 %, as 2 of 32", "hold 6 %"),
        (0.5, "About half", "hold 50 %"),
        (0.9, "About 90 %", "hold 90 %"),
        (0.9993, "More than 99 %", "more than 99 %"),
    ],
)
def test_how_much_two_dimensions_hold(share, answer, number):
    said, why = judged("two of 32", share=share)
    assert said == answer
    assert number in why
