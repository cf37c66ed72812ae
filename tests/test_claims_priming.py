"""What notebooks 05 and 06 say about seeds: the test on a full turn, and priming.

The notebooks measure seeds 0 to 127. Here are other seeds, and what the sentences do not mention:
other starts, widths and learning rates.
"""

import functools

import numpy as np
import pytest

import rnn_helpers as rh

slow = pytest.mark.slow
SEEDS = range(1000, 1064)
SIXTEEN, SLOWER = {"hidden_size": 16}, {"lr": 0.003}  # in the notebooks 32 units and 0.01
EVERY_WAY = pytest.mark.parametrize(
    "settings", [{}, *(pytest.param(each, marks=slow) for each in (SIXTEEN, SLOWER))], ids=str
)


@functools.cache
def trained(regime, num_steps=150, **settings):
    return rh.train_many(SEEDS, num_steps, regime=regime, **settings)


def errors(models, **test):  # (num_models, num_points)
    return rh.forecast(models, **{"num_points": 20} | test).squared_errors


def both_starts(models, **test):
    return (errors(models, start=0, **test) + errors(models, start=180, **test)) / 2


def median_of_first(models, **test):
    return np.median(rh.forecast(models, num_points=5, **test).first_mse())


def helped(models, prime_length, start=0.0):
    """In what part of the networks a prime is better than none."""
    cold, primed = (
        rh.forecast(models, start=start, num_points=5, prime_length=n).first_mse()
        for n in (0, prime_length)
    )
    return np.mean(primed < cold)


# 05: the first predictions


@EVERY_WAY
@pytest.mark.parametrize("regime", ["carry", "reset"])
def test_the_first_five_are_worse_than_the_second_half_turn(settings, regime):
    for start in (0, 90, 225):
        test = errors(trained(regime, **settings), start=start, num_points=40)
        assert np.mean(test[:, :5].mean(axis=1) > test[:, 20:].mean(axis=1)) > 0.95


@EVERY_WAY
def test_reset_networks_reach_the_floor_at_0_degrees(settings):
    first = np.median(both_starts(trained("reset", **settings))[:, 0])
    assert 1 - 1e-9 < first / rh.ambiguity_floor(0, 9) < 1.03  # 1.00 to 1.02


@pytest.mark.parametrize("size", [32, pytest.param(64, marks=slow)])
def test_the_second_error_of_reset_networks_is_as_large_as_the_first(size):
    first, second = np.median(both_starts(trained("reset", hidden_size=size)), axis=0)[:2]
    assert 0.9 < second / first < 1.2  # 1.05, .98


@slow
def test_after_600_steps_the_second_error_is_low_and_one_point_helps():
    longer = trained("reset", 600)
    first, second = np.median(both_starts(longer), axis=0)[:2]
    assert second < first / 5  # a tenth
    assert helped(longer, 1) > 0.9  # 100 %


# 05: slow forgetting


def half_a_turn_off(models):
    return errors(models, start=180, h_0=models.h_n)


def recovery(test):
    return np.median(test[:, 2:10].mean(axis=1))


@EVERY_WAY
def test_carried_networks_recover_more_slowly_than_reset_ones(settings):
    carry, reset = trained("carry", **settings), trained("reset", **settings)
    assert recovery(both_starts(carry)) > 2 * recovery(both_starts(reset))  # 3 to 150
    assert recovery(half_a_turn_off(carry)) > 2 * recovery(half_a_turn_off(reset))  # 2.5 to 80


def test_a_familiar_wrong_state_is_no_better_than_zeros_but_for_a_rate_of_003():
    for rate, low, high in ((0.01, 1.5, 5), (0.03, 0.2, 0.6)):  # 3 and .35
        carry = trained("carry", lr=rate)
        familiar, zeros = recovery(half_a_turn_off(carry)), recovery(errors(carry, start=180))
        assert low < familiar / zeros < high


def left_after_ten(models, wrong):
    """What part of a wrong state is left when it has read ten points from 180 degrees on."""
    _, right = rh.predict(models, rh.make_window(0).features, models.h_n)
    ten = rh.make_window(180, seq_len=10).features
    ends = [rh.predict(models, ten, state)[1] for state in (right, wrong)]
    return np.median(
        np.linalg.norm(np.subtract(*ends), axis=1) / np.linalg.norm(right - wrong, axis=1)
    )


@EVERY_WAY
def test_carried_networks_forget_any_wrong_start_slowly(settings):
    carry, reset = trained("carry", **settings), trained("reset", **settings)
    for zeros in (False, True):
        left = [left_after_ten(m, 0 * m.h_n if zeros else m.h_n) for m in (carry, reset)]
        assert left[0] > 2 * left[1]
        assert left[0] > 0.15 or settings  # .3 and .2; with 16 units or slower they forget faster
        assert left[1] < 0.05


def test_from_90_degrees_the_second_error_is_large_until_training_begins_there(monkeypatch):
    def seconds(models):  # from the top of the wave, and where it rises through zero
        return [np.median(errors(models, start=a, num_points=2)[:, 1]) for a in (90, 0)]

    def from_the_top(num_steps, regime, step, seq_len):
        starts = 10 + seq_len * np.arange(num_steps)  # at 90 and 270 degrees
        return np.sin(np.deg2rad(step * (starts[:, None] + np.arange(seq_len + 1))))

    for regime in ("carry", "reset"):
        top, zero = seconds(trained(regime))
        assert top > 10 * zero  # .48 and .02; .46 and .03
    monkeypatch.setattr("rnn_helpers.training.training_waves", from_the_top)
    top, zero = seconds(rh.train_many(SEEDS, regime="reset"))
    assert top < 1e-4 < zero
    top, zero = seconds(rh.train_many(SEEDS, regime="carry"))
    assert top > 5 * zero  # one such start teaches them little


@pytest.mark.parametrize(
    ("settings", "low", "high"),
    [
        ({}, 0, 0.15),  # .07
        pytest.param({"lr": 0.003}, 0.5, 1, marks=slow),  # .75: hardly
        pytest.param({"hidden_size": 8}, 0.5, 1, marks=slow),  # .72
    ],
)
def test_a_few_cold_starts_in_training_teach_to_forget(settings, low, high):
    few = trained("carry", reset_every=15, **settings)
    fifths = [np.median(both_starts(m)[:, 4]) for m in (few, trained("carry", **settings))]
    assert low < fifths[0] / fifths[1] < high


# 05: half a wave, and new ones


@EVERY_WAY
def test_half_turn_networks_begin_best_and_fail_where_the_wave_is_negative(settings):
    half = trained("half-turn", **settings)
    for regime in ("carry", "reset"):
        assert median_of_first(half) < median_of_first(trained(regime, **settings)) / 50
    _, kept = rh.predict(half, rh.make_window(0).features)
    last_ten = {
        (start, state is kept): np.median(errors(half, start=start, h_0=state)[:, 10:])
        for start in (0, 180)
        for state in (None, kept)
    }
    assert min(last_ten[180, False], last_ten[180, True]) > 20 * last_ten[0, True]


@EVERY_WAY
def test_on_new_waves_the_formula_wins_unless_there_is_noise(settings):
    wave = rh.make_window(seq_len=400)
    ar, ar_20 = (rh.fit_ar(wave.features, order) for order in (2, 20))

    def late(features, labels):
        networks = {r: rh.predict(trained(r, **settings), features)[0] for r in ("carry", "reset")}
        rivals = networks | {"AR": rh.predict_ar(ar, features), "persistence": features}
        rivals["AR(20)"] = rh.predict_ar(ar_20, features)
        return {
            name: np.median(((said - labels)[..., 20:] ** 2).mean(axis=-1))
            for name, said in rivals.items()
        }

    fast = rh.make_window(step=12, seq_len=400)
    for clean in ((wave.features / 2, wave.labels / 2), (fast.features, fast.labels)):
        error = late(*clean)
        assert error["AR"] < min(error["carry"], error["reset"])
        assert max(error["carry"], error["reset"]) < error["persistence"] / 2
    assert error["AR(20)"] > 15 * max(error["carry"], error["reset"])  # 25 times and more
    for strength in (0.03, 0.2):
        noise = strength * np.random.default_rng(1).normal(size=400)
        error = late(wave.features + noise, wave.labels)
        assert error["reset"] < error["AR"] / 1.7  # half to a seventh of it
        assert error["carry"] < error["AR"] / 1.7  # not so with 64 units
        assert error["AR(20)"] < min(error["carry"], error["reset"]) / 4  # 1/8 and less


# 06: the length of the prime, and the place


@EVERY_WAY
@pytest.mark.parametrize("regime", ["carry", "reset"])
def test_to_a_zero_state_a_first_value_of_1_is_a_leap(settings, regime):
    models = trained(regime, **settings)
    for start, height in ((90, 1), (270, -1)):
        zero, zeros, copies = (
            rh.forecast(models, start=start, num_points=5, h_0=h_0)
            for h_0 in (None, *(rh.predict(models, np.full(20, x))[1] for x in (0, height)))
        )
        for test in (zero, zeros):  # the highest of the first three is 1.3 to 1.6
            assert (np.median(test.predictions * height, axis=0)[1:3]).max() > 1.2
            assert np.median(test.first_mse()) > 8 * np.median(copies.first_mse())  # 13 and more


def test_short_primes_hurt_carried_networks_20_points_help_most_and_40_nearly_all():
    carry = trained("carry")
    assert max(helped(carry, n) for n in range(1, 6)) < 0.25  # 6 to 17 %
    assert 0.75 < helped(carry, 20) < 0.97  # 82 to 89 %
    assert helped(carry, 40) > 0.94  # 98 %
    assert median_of_first(carry, prime_length=20) < median_of_first(carry) / 10
    lengths = {"carry": (28, 40, 60), "reset": (9, 20, 60)}
    below = [median_of_first(trained(r), prime_length=n) for r, ns in lengths.items() for n in ns]
    assert max(below) < 0.001
    assert median_of_first(trained("reset"), prime_length=7) > 0.001


@pytest.mark.parametrize("settings", [{}, pytest.param(SIXTEEN, marks=slow)], ids=str)
def test_what_counts_is_where_the_prime_begins(settings):
    """Between two primes of nearly one length, the one that begins at a zero is better."""
    carry = trained("carry", **settings)
    for start, good, bad in ((45, 5, 8), (225, 5, 8), (0, 20, 14), (90, 10, 4)):
        errors = [median_of_first(carry, start=start, prime_length=n) for n in (good, bad)]
        assert errors[0] < errors[1]  # 2 to 35 times as high


@slow
@pytest.mark.parametrize("settings", [SLOWER, SIXTEEN], ids=str)
def test_the_place_counts_less_for_networks_that_forget_faster(settings):
    carry = trained("carry", **settings)
    for start in (45, 225):
        five, ten = (median_of_first(carry, start=start, prime_length=n) for n in (5, 10))
        assert ten < five  # .0028 and .0053; as taught .019 and .0045


# 06: the regimes


@EVERY_WAY
def test_whom_a_prime_helps_depends_on_the_regime_and_the_place(settings):
    carry, reset, half = (trained(regime, **settings) for regime in rh.REGIMES)
    upper = 45, 90, 135, 180
    assert min(helped(carry, 20, start) for start in upper) > 0.88  # 93 to 100 %
    assert min(helped(reset, 20, start) for start in range(0, 360, 45)) > 0.95  # 100 %
    assert min(helped(half, 20, start) for start in upper) > 0.9  # 98 to 100 %
    assert max(helped(half, n) for n in (1, 20, 60)) < 0.05  # 0 %
    assert helped(reset, 1) < 0.1  # 0 %
    assert min(helped(reset, 1, start) for start in (45, 90, 225, 270)) > 0.95  # 100 %


# 06: the spacing, and the state


def spaced(models, factor, start):
    test = {"start": start, "prime_length": 20, "prime_step": 9 * factor}
    return rh.forecast(models, num_points=5, **test).first_mse()


@EVERY_WAY
def test_of_five_spacings_the_equal_is_best_and_a_slightly_closer_one_at_0_and_180_only(settings):
    reset = trained("reset", **settings)
    for start in (0, 45, 90, 225):
        coarse = [np.median(spaced(reset, factor, start)) for factor in (0.25, 0.5, 1, 2, 4)]
        assert min(coarse) == coarse[2]
    better = {a: np.mean(spaced(reset, 0.85, a) < spaced(reset, 1, a)) for a in (0, 180, 45, 90)}
    assert min(better[0], better[180]) > 0.6  # 66 to 100 %
    assert max(better[45], better[90]) < 0.3  # 0 to 20 %


@EVERY_WAY
def test_the_loop_is_flat_and_zeros_are_off_its_plane(settings):
    for index in range(0, 64, 8):
        plane = rh.state_plane(trained("carry", **settings).model(index))
        assert plane.share > 0.9  # 95 to 99.9 %
        in_plane = plane.components @ plane.center
        assert np.sum(plane.center**2) - np.sum(in_plane**2) > 0.2**2
