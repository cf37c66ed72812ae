"""Waves of any frequency: formulas worked out anew, trainings against plain loops."""

import numpy as np
import pytest
import torch
from plain_loop import make
from plain_loop import train as plain_train

import rnn_helpers as rh

GAP = (13.0, 17.0)


def columns(degrees, num_points):
    angles = np.deg2rad(degrees * np.arange(num_points))
    return np.column_stack([np.cos(angles), np.sin(angles)])


# Waves --------------------------------------------------------------------------------------------


def test_waves_are_sines_of_their_frequencies_with_noise():
    waves = rh.make_waves(2000, 60, left_out=GAP, noise=0.2, seed=5)
    cosines = np.cos(np.deg2rad(waves.frequencies))[:, None]
    following = 2 * cosines * waves.clean[:, 1:-1] - waves.clean[:, :-2]
    assert waves.clean[:, 2:] == pytest.approx(following)
    assert (waves.clean**2).mean() == pytest.approx(0.5, abs=0.01)  # all phases
    noise = waves.noisy - waves.clean
    assert noise.std() == pytest.approx(0.2, rel=0.02)
    assert (noise[:, 1:] * noise[:, :-1]).mean() == pytest.approx(0, abs=0.001)
    below = waves.frequencies < 13
    assert waves.frequencies.min() == pytest.approx(3, abs=0.1)
    assert waves.frequencies.max() == pytest.approx(30, abs=0.1)
    assert not ((waves.frequencies > 13) & (waves.frequencies < 17)).any()
    assert below.mean() == pytest.approx(10 / 23, abs=0.03)  # all that are left, equally likely
    again = rh.make_waves(2000, 60, left_out=GAP, noise=0.2, seed=5)
    assert np.array_equal(waves.noisy, again.noisy)
    assert set(rh.make_waves(5, low=9, high=9).frequencies) == {9.0}


# Formulas -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 7])
def test_a_shared_ar_is_least_squares_over_all_examples(order):
    examples, read = (rh.make_waves(3000, 40, seed=seed).noisy for seed in (0, 1))
    predictions = rh.predict_shared_ar(examples, read, order)
    for n in (1, 4, 30):
        m = min(n, order)
        windows = np.lib.stride_tricks.sliding_window_view(examples, m + 1, axis=1)
        windows = windows.reshape(-1, m + 1)
        a = np.linalg.lstsq(windows[:, :-1], windows[:, -1])[0]
        assert predictions[:, n - 1] == pytest.approx(read[:, n - m : n] @ a, abs=0.03)


def test_an_own_ar_is_ridge_regression_on_the_wave_so_far():
    (wave,) = rh.make_waves(1, 30, seed=2).noisy
    predictions = rh.predict_own_ar(wave[None], order=4, ridge=2.5)[0]
    for n in (1, 3, 17, 30):
        before = np.concatenate([np.zeros(4), wave[:n]])
        X = np.array([before[i : i + 4] for i in range(n + 1)])[1:]  # the last row predicts
        X, newest = np.vstack([X[:-1], np.sqrt(2.5) * np.eye(4)]), X[-1]
        y = np.concatenate([wave[1:n], np.zeros(4)])
        assert predictions[n - 1] == pytest.approx(newest @ np.linalg.lstsq(X, y)[0])


def test_the_fitted_sine_has_the_smallest_error_of_all_frequencies():
    (wave,) = rh.make_waves(1, 50, seed=1).noisy
    fits = rh.fit_sines(wave[None], low=2, high=40, step=0.5)
    assert np.isnan(fits.predictions[0, :2]).all()
    for n in (3, 12, 50):
        tried = []
        for degrees in np.arange(2, 40.25, 0.5):
            X = columns(degrees, n + 1)
            w = np.linalg.lstsq(X[:n], wave[:n])[0]
            tried.append((((X[:n] @ w - wave[:n]) ** 2).sum(), degrees, X[n] @ w))
        _, degrees, following = min(tried)
        assert fits.frequencies[0, n - 1] == pytest.approx(degrees)
        assert fits.predictions[0, n - 1] == pytest.approx(following)


def test_without_noise_a_fitted_sine_is_exact():
    waves = rh.make_waves(20, 40, noise=0, seed=3)
    known = rh.fit_sines(waves.noisy[:, :-1], known=waves.frequencies)
    assert known.predictions[:, 5:] == pytest.approx(waves.clean[:, 6:], abs=1e-6)
    assert known.frequencies[:, 5] == pytest.approx(waves.frequencies)


def test_the_fitted_sine_reaches_the_bound_of_the_frequency():
    noise, n = 0.3, 60
    waves = rh.make_waves(400, n, low=12, high=25, noise=noise, seed=6)
    found = rh.fit_sines(waves.noisy, low=10, high=27, step=0.02).frequencies[:, -1]
    off = np.sqrt(((found - waves.frequencies) ** 2).mean())
    assert off == pytest.approx(rh.frequency_bound(n, noise), rel=0.15)
    assert rh.frequency_bound(np.array([n, n]), noise)[1] == rh.frequency_bound(n, noise)


@pytest.mark.parametrize(("noise", "left_out"), [(0.3, GAP), (0.7, None)])
def test_the_best_predictions_are_the_means_over_many_random_sines(noise, left_out):
    waves = rh.make_waves(4, 31, left_out=left_out, noise=noise, seed=8)
    best = rh.predict_best(waves.noisy, [1, 6, 30], left_out=left_out, noise=noise)
    many = rh.make_waves(60_000, 31, left_out=left_out, noise=0, seed=9).clean
    for column, n in enumerate((1, 6, 30)):
        for wave, found in zip(waves.noisy, best[:, column], strict=True):
            log = -((wave[:n] - many[:, :n]) ** 2).sum(axis=1) / (2 * noise**2)
            mean = np.average(many[:, n], weights=np.exp(log - log.max()))
            assert found == pytest.approx(mean, abs=0.05)


# Networks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_the_training_is_a_plain_loop(cell):
    settings = {"cell": cell, "batch": 4, "seq_len": 30}
    many = rh.train_on_waves([2, 7], 6, **settings)
    rnn, fc = make(7, cell, 32)
    if cell == "LSTM":
        with torch.no_grad():
            rnn.bias_ih_l0[32:64] += 2
    waves = torch.from_numpy(rh.make_waves(6 * 4, 31, left_out=GAP).noisy).reshape(6, 4, 31)
    pairs = [(wave[:, :-1], wave[:, 1:]) for wave in waves]
    plain = plain_train(rnn, fc, pairs, 0.015, carry=False, decay=True)
    assert many.losses[:, 1] == pytest.approx(plain.losses, rel=1e-3)
    assert many.weights.flat[1] == pytest.approx(plain.flat, abs=1e-3)
    assert np.array_equal(many.weights.flat, rh.train_on_waves([2, 7], 6, **settings).weights.flat)
    noisy = rh.make_waves(3, 9, seed=1).noisy
    predictions = rh.predict(many.model(1), noisy)[0]
    for wave, row in zip(noisy, predictions, strict=True):  # every wave is read by itself
        assert rh.predict(many.model(1), wave)[0] == pytest.approx(row, abs=1e-6)


@pytest.mark.parametrize("cell", ["LSTM", "RNN"])
def test_states_are_those_that_torch_leaves(cell):
    many = rh.train_on_waves([0, 1], 2, cell=cell, hidden_size=6, batch=2, seq_len=5)
    noisy = rh.make_waves(3, 8).noisy
    states = rh.wave_states(many, noisy, index=1)
    x = torch.tensor(noisy, dtype=torch.float32)[:, :, None]
    for n in (1, 8):
        last = many.model(1).rnn(x[:, :n])[1]
        last = torch.cat(last if cell == "LSTM" else [last], dim=2)[0].detach().numpy()
        assert states[:, n - 1] == pytest.approx(last, abs=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rh.make_waves(3, low=30, high=3), "must rise"),
        (lambda: rh.make_waves(3, left_out=(3, 30)), "must rise"),
        (lambda: rh.predict_own_ar(np.ones(5)), "noisy must have shape .num_waves, seq_len."),
        (lambda: rh.fit_sines(np.ones((2, 5)), known=[9]), "must have the same length"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
