"""What notebook 04 says about seeds, over 64 or 128 of them, and what it depends on."""

import numpy as np
import pytest

import rnn_helpers as rh

slow = pytest.mark.slow
FLOOR = rh.ambiguity_floor(start=0, step=9) / 20


def last(run):
    """The median loss of a rising and a falling window; infinite for what has diverged."""
    return np.median(np.nan_to_num(run.losses[-2:].mean(axis=0), nan=np.inf))


def fall(run):
    return run.losses[0] / run.losses[-1]


def test_every_seed_learns_and_at_a_pace_of_its_own():
    run = rh.train_many(range(1000, 1128))
    assert fall(run).min() > 100  # 340
    quick, slow_ones = np.percentile(run.losses[50], [5, 95])
    assert slow_ones > 20 * quick  # 31
    assert 5e-5 < np.median(run.losses[-1]) < 2e-4  # 9e-5


@slow
@pytest.mark.parametrize("options", [{"hidden_size": 16}, {"lr": 0.03}], ids=str)
def test_every_seed_learns_with_other_widths_and_rates_but_not_a_hundredfold(options):
    run = rh.train_many(range(64), **options)
    assert fall(run).min() > 20  # 140, 77
    quick, slow_ones = np.percentile(run.losses[50], [5, 95])
    assert slow_ones > 4 * quick  # 8, 64: one seed says little with either


@slow
@pytest.mark.parametrize(("width", "num_steps", "factor"), [(8, 150, 2.5), (32, 600, 20)])
def test_each_at_its_best_rate_adam_is_ahead_of_gradient_descent(width, num_steps, factor):
    seeds, rates = range(1000, 1016), (0.01, 0.03, 0.1, 0.2, 0.3)

    def best(optimizer):
        options = {"optimizer": optimizer, "hidden_size": width}
        return min(last(rh.train_many(seeds, num_steps, lr=lr, **options)) for lr in rates)

    assert best("SGD") > factor * best("Adam")  # 4, 160


def test_at_the_same_small_rate_gradient_descent_is_far_behind():
    sgd, adam = (rh.train_many(range(1000, 1032), optimizer=name) for name in ("SGD", "Adam"))
    assert last(sgd) > 100 * last(adam)  # 300


def start_of_state(first, kind, **options):
    """Losses from another state, divided by those from zeros."""
    seeds, shape = range(first, first + 64), (64, options.get("hidden_size", 32))
    h_0 = np.random.default_rng(5).uniform(-1, 1, shape) if kind == "random" else np.ones(shape)
    return rh.train_many(seeds, h_0=h_0, **options).losses / rh.train_many(seeds, **options).losses


@pytest.mark.parametrize(
    ("first", "kind", "options"),
    [
        (1000, "random", {}),
        pytest.param(0, "ones", {}, marks=slow),
        pytest.param(0, "ones", {"hidden_size": 8}, marks=slow),
    ],
)
def test_where_the_state_starts_does_not_move_the_median(first, kind, options):
    ratio = start_of_state(first, kind, **options)
    low, middle, high = np.percentile(ratio, [5, 50, 95], axis=1)
    assert (middle[[0, 50, -1]] > 0.9).all()  # .97 to 1.1
    assert (middle[[0, 50, -1]] < 1.2).all()
    assert 0.95 < low[0] < high[0] < 1.1  # .97 to 1.07: the first loss hardly changes
    if not options:
        assert high[50] > 2  # 3 to 5: but one network may get any luck
        assert low[50] < 0.6  # .2 to .5


@pytest.mark.parametrize(
    ("width", "lr", "price"),
    [
        (32, 0.01, (10, 100)),  # 25
        pytest.param(32, 0.003, (10, 100), marks=slow),  # 22
        pytest.param(8, 0.01, (1.5, 7), marks=slow),  # 3.3
    ],
)
def test_the_price_of_a_reset_and_the_floor(width, lr, price):
    options = {"hidden_size": width, "lr": lr}
    carry = rh.train_many(range(1000, 1064), **options)
    reset = rh.train_many(range(1000, 1064), regime="reset", **options)
    assert price[0] < last(reset) / last(carry) < price[1]
    assert (reset.losses[-2:].mean(axis=0) > FLOOR).all()
    if (width, lr) == (32, 0.01):
        assert 2 < last(reset) / FLOOR < 2.6  # 2.2
    if width >= 32:
        assert np.mean(carry.losses[-1] < FLOOR) > 0.8  # 100, 89, ... %


def test_each_doubling_of_the_width_lowers_the_error_over_the_next_turn():
    turn, errors = rh.make_window(start=180 * 150, seq_len=40), []
    for width in (1, 2, 4, 8, 16, 32):
        run = rh.train_many(range(1000, 1032), hidden_size=width)
        missed = rh.predict(run, turn.features, run.h_n)[0] - turn.labels
        errors.append(np.median((missed**2).mean(axis=1)))  # .048, .020, .0066, .0012, .0004, .0001
    falls = np.divide(errors[:-1], errors[1:])
    assert 1.6 < min(falls) < max(falls) < 7  # 2.4 to 5.3
    assert errors[1] > 0.0123 > errors[2]


def first_predictions(num_steps, **options):
    """Median squared errors of the first predictions, over a rising and a falling window."""
    reset = rh.train_many(range(1000, 1032), num_steps, regime="reset", **options)
    tests = [rh.forecast(reset, start=start, num_points=20) for start in (0, 180)]
    return np.median(np.mean([test.squared_errors for test in tests], axis=0)[:, :3], axis=0)


@pytest.mark.parametrize("width", [32, pytest.param(64, marks=slow)])
def test_a_reset_network_learns_only_in_time_what_two_points_tell(width):
    early = first_predictions(150, hidden_size=width)  # .0245, .026, .0008
    assert early[0] == pytest.approx(20 * FLOOR, rel=0.01)
    assert 0.8 < early[1] / early[0] < 1.3
    assert early[2] < early[1] / 5
    late = first_predictions(600, hidden_size=width)  # .0245, .002, .0002
    assert late[0] == pytest.approx(20 * FLOOR, rel=0.01)
    assert late[1] < late[0] / 4
