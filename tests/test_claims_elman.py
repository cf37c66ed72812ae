"""What notebooks 01 and 02 say about networks in general, and where it ends."""

import functools

import numpy as np
import pytest

import rnn_helpers as rh

SEEDS = range(64)
slow = pytest.mark.slow


def piece(start):
    """Points of the wave from an angle in radians on, in the steps of notebook 02."""
    wave = np.sin(np.linspace(start, start + 8, 21))
    return wave[:20], wave[1:]


@functools.cache
def trained(seeds=SEEDS, start=2, **settings):
    return rh.train_elman_many(seeds, *piece(start), **settings)


# Notebook 01: a network goes on by itself


@pytest.mark.parametrize(
    ("seeds", "start", "settings"),
    [
        (range(16), 0, {}),  # .02 in the middle, .05 the worst
        pytest.param(range(1000, 1032), 200, {"lr": 0.003}, marks=slow),
        pytest.param(range(32), 0, {"hidden_size": 20}, marks=slow),
    ],
)
def test_a_typical_network_goes_on_for_two_turns(seeds, start, settings):
    networks = rh.train_many(seeds, 400, **({"lr": 0.002} | settings))
    test = {"start": start, "prime_length": 19, "num_points": 80, "free_run": True}
    run = rh.forecast(networks, **test)
    missed = abs(run.predictions - run.window.labels).max(axis=1)
    assert np.median(missed) < 0.07  # .02, .01, .04
    assert np.mean(missed < 0.25) > 0.85


# Notebook 02: cut after every point, it learns all the same


@pytest.mark.parametrize(
    "settings",
    [{"seeds": range(1000, 1064), "start": 4}, {"start": 0}, {"hidden_size": 10}],
)
def test_most_networks_cut_after_every_point_beat_persistence(settings):
    x, target = piece(settings.get("start", 2))
    assert np.mean(trained(**settings).mse < np.mean((x - target) ** 2)) > 0.85  # 92 to 100 %


def test_most_gain_from_points_before_the_first_and_not_all():
    seeds, (x, target) = range(1000, 1128), piece(2)
    before, run = np.sin(2 - 0.4 * np.arange(20, 0, -1)), trained(seeds)
    h, first = np.zeros((len(seeds), 1, 6)), []
    for x_t in (*before, *x[:5]):
        h = np.tanh(x_t * run.w1[:, :1] + h @ run.w1[:, 1:])
        first.append((h @ run.w2)[:, 0, 0])
    warm = ((np.transpose(first[20:]) - target[:5]) ** 2).mean(axis=1)
    cold = ((run.predictions - target)[:, :5] ** 2).mean(axis=1)
    assert 0.5 < np.mean(warm < cold) < 0.8  # 60 and 68 %


# What the cut costs


def best(k, **settings):
    rates = 0.01, 0.02, 0.05, 0.1, 0.2, 0.4
    return min((trained(detach_every=k, lr=lr, **settings).mse for lr in rates), key=np.median)


@slow
@pytest.mark.parametrize(
    "settings",  # 15, 6, 16 and 4 times
    [{"seeds": range(1000, 1064)}, {"start": 4}, {"hidden_size": 4}, {"hidden_size": 10}],
)
def test_at_its_best_rate_the_cut_costs_a_multiple_and_five_points_are_enough(settings):
    every_1, every_5, every_20 = (np.median(best(k, **settings)) for k in (1, 5, 20))
    assert every_1 > 2.5 * every_20
    assert every_5 < 3 * every_20


@slow
def test_from_0_radians_the_first_point_hides_the_difference():
    first, rest = np.sin(0.4) ** 2 / 20, []
    for k in (1, 20):
        mse = best(k, start=0)
        assert mse.min() > 0.999 * first  # no bias: an input of 0 gives an output of 0
        rest.append(np.median(mse) - first)
    assert max(rest) < first


@pytest.mark.parametrize(
    ("settings", "share"),
    [({"seeds": range(1000, 1064)}, 0.2), ({"start": 4}, 0.3), ({"lr": 0.05}, 0)],
)
def test_full_bptt_at_the_same_rate_often_diverges_and_not_at_half_of_it(settings, share):
    diverged = np.mean(~(trained(detach_every=20, **settings).mse < 1))  # 36, 61 %; 1 %
    assert diverged > share if share else diverged < 0.1


# Why the total loss rises


def rising(losses):
    return np.mean((losses > 1.02 * np.minimum.accumulate(losses)).any(axis=0))


SLOW = {"seeds": range(32), "lr": 0.01, "epochs": 3000, "step_every": 20}


@slow
@pytest.mark.parametrize("settings", [{"seeds": range(1000, 1048)}, {"hidden_size": 4}])
def test_one_small_step_an_epoch_does_not_stop_the_rise_and_the_history_does(settings):
    cut = rising(trained(**(SLOW | settings)).losses)  # 50, 70 %
    whole = rising(trained(**(SLOW | settings), detach_every=20).losses)  # 9, 8 %
    assert cut > 0.2
    assert cut > 3 * whole
    every_point = rising(trained(**settings).losses)
    assert abs(every_point - cut) < 0.2  # small steps hardly change how many rise


@slow
def test_wider_networks_need_smaller_steps_for_it():
    def uncut(size, lr, epochs):
        steps = {"lr": lr, "epochs": epochs, "detach_every": 20}
        return rising(trained(**SLOW | steps, hidden_size=size).losses)

    assert uncut(10, 0.01, 3000) > 1.5 * uncut(10, 0.005, 6000)  # 9 and 4 of 32; cut 10
    assert uncut(20, 0.002, 6000) > 0.5  # 24


def test_our_network_is_in_the_middle_and_no_longer_rises_in_smaller_steps():
    ours = rh.train_elman_many([43], *piece(2))
    assert 0.45 < np.mean(trained(range(128)).mse < ours.mse) < 0.55
    assert rising(ours.losses) == 1
    assert rising(rh.train_elman_many([43], *piece(2), lr=0.02, epochs=1500).losses) == 0
    small = {"epochs": 1000, "step_every": 20}
    for cut, lr, rises in ((1, 0.01, 0), (20, 0.01, 1), (20, 0.005, 0)):
        run = rh.train_elman_many([43], *piece(2), lr=lr, detach_every=cut, **small)
        assert rising(run.losses) == rises
    assert rh.train_elman_many([43], *piece(2), detach_every=17).mse < 0.01
    assert not rh.train_elman_many([43], *piece(2), detach_every=18).mse < 1
