"""What notebook 07 says over seeds, with seeds, widths and rates that it does not use."""

import numpy as np
import pytest

import rnn_helpers as rh

WAVE = np.sin(np.linspace(2, 10, 21))
POINTS = WAVE[:20], WAVE[1:]
slow = pytest.mark.slow
OTHERS = range(1000, 1128)
PERSISTENCE = np.mean((POINTS[0] - POINTS[1]) ** 2)


def train(seeds=OTHERS, **settings):
    whole = {"detach_every": 20, "step_every": 20}
    return rh.train_elman_many(seeds, *POINTS, **(whole | settings))


def lost(**settings):
    return np.mean(train(**settings).mse > 1)


@pytest.mark.parametrize(("hidden_size", "low", "high"), [(3, 0, 0.1), (12, 0.95, 1)])
def test_the_rate_at_which_networks_are_lost_depends_on_their_width(hidden_size, low, high):
    assert low <= lost(lr=0.1, hidden_size=hidden_size) <= high  # 5 and 100 %
    assert lost(lr=0.1, hidden_size=hidden_size, max_norm=0.3) == 0


def test_what_is_lost_grows_as_the_output_layer_alone_would():
    run = train(lr=0.1, epochs=60)
    grown = run.losses[-1] / run.losses[-2]
    assert np.mean(grown > 2) > 0.30
    steady = grown[grown > 2] / (run.losses[-2] / run.losses[-3])[grown > 2]
    assert np.mean(np.isclose(steady, 1, rtol=0.01)) > 0.8  # the same factor each time


def test_a_clip_saves_sgd_between_two_thresholds():
    def useless(lr, max_norm):
        return np.mean(train(lr=lr, max_norm=max_norm).mse > PERSISTENCE)

    assert max(useless(0.5, each) for each in (0.1, 0.3)) < 0.03
    assert useless(0.5, 10) > 0.9  # 100 %: too high to save anything
    assert min(useless(0.5, 0.001), useless(0.02, 0.03)) > 0.8  # 95 %: too low to get anywhere


@slow
def test_where_a_clip_always_acts_rate_times_threshold_counts():
    errors = [np.median(train(lr=lr, max_norm=0.01 / lr).mse) for lr in (0.1, 0.5, 1)]
    assert max(errors) < 1.5 * min(errors)  # .0004


@slow
@pytest.mark.parametrize("hidden_size", [6, 12])
def test_a_low_clip_harms_adam_as_a_short_memory_does(hidden_size):
    adam = {"lr": 0.1, "optimizer": "Adam", "hidden_size": hidden_size}
    plain, clipped = train(**adam), train(**adam, max_norm=0.1)
    short = train(**adam, betas=(0.9, 0.9))
    assert np.median(clipped.mse) > 5 * np.median(plain.mse)
    assert np.median(short.mse) > 2 * np.median(plain.mse)
    ends = [np.median(run.lengths[-20:]) for run in (plain, clipped, short)]
    assert min(ends[1:]) > 8 * ends[0]


@pytest.mark.parametrize("hidden_size", [8, 64])
def test_with_a_tanh_the_input_decides_at_a_radius_of_1_1(hidden_size):
    W_hh = rh.recurrent_weights("orthogonal", 1.1, range(200, 216), hidden_size)
    ends = [np.median(rh.gradient_norms(W_hh, drive=drive)[:, -1]) for drive in (0, 1, 10)]
    assert ends[0] == pytest.approx(1.1**100)
    assert 2 < ends[1] < 30  # 6 to 9
    assert ends[2] < 1e-3  # 4e-9 with 32 units
    sixty, warm = (rh.gradient_norms(W_hh, n)[:, k] for n, k in ((100, 60), (200, 100)))
    assert 0.3 < np.median(sixty) < 2.5  # .8 to 1.5
    assert np.median(warm) < 2  # .2 to 1: the growth comes from the start


@pytest.mark.parametrize("hidden_size", [24, 48])
def test_the_kind_of_matrix_counts_too(hidden_size):
    def warm(kind, radius):  # 100 steps back, when 100 points were read before
        W_hh = rh.recurrent_weights(kind, radius, range(300, 364), hidden_size)
        return np.median(rh.gradient_norms(W_hh, 200)[:, 100])

    assert warm("Gaussian", 1.1) < 0.3  # .04 and .16, where an orthogonal one keeps it
    assert warm("orthogonal", 1.5) > 50  # 90 and 330; 160 with the 32 units of the notebook


def test_random_matrices_are_non_normal():
    W_hh = rh.recurrent_weights("Gaussian", 0.9, range(64))
    largest = np.linalg.svd(W_hh, compute_uv=False)[:, 0]
    assert 1.4 < np.median(largest) < 1.8  # 1.6
    assert (rh.gradient_norms(W_hh, tanh=False)[:, -1] < 1e-3).all()


@pytest.mark.parametrize("cut", [1, 5])
def test_the_step_of_a_cut_gradient_goes_downhill(cut):
    tiny = {"lr": 1e-4, "epochs": 2}
    whole, pieces = (train(detach_every=each, **tiny).losses for each in (20, cut))
    fallen = (pieces[0] - pieces[1]) / (whole[0] - whole[1])
    assert np.mean(fallen > 0) > 0.95  # 99 %
    assert 0.5 < np.median(fallen) < 1.2
