"""What notebook 12 says of networks on waves of any frequency, with others than its own."""

import numpy as np
import pytest

import rnn_helpers as rh
from rnn_helpers.any_wave import train_by_torch
from rnn_helpers.training import ManyRNNs

GAP = (13.0, 17.0)
pytestmark = pytest.mark.slow
KINDS = {
    "other seeds": {"seeds": [1, 2, 3]},
    "24 units": {"seeds": [4], "hidden_size": 24},
}


@pytest.fixture(scope="module", params=KINDS)
def many(request):
    return rh.train_on_waves(**KINDS[request.param])


@pytest.fixture(scope="module")
def tested():
    return rh.make_waves(300, left_out=GAP, seed=11)


def errors_of(many, waves):
    """Return the error after each number of points, (num_models, seq_len)."""
    read, wanted = waves.noisy[:, :-1], waves.clean[:, 1:]
    each = [rh.predict(many.model(i), read)[0] for i in range(len(many))]
    return np.array([((p - wanted) ** 2).mean(axis=0) for p in each])


def formula_error(predictions, waves):
    return ((predictions - waves.clean[:, 1:]) ** 2).mean(axis=0)


def test_an_lstm_is_between_the_shared_ar_and_the_fitted_sine(many, tested):
    examples, read = rh.make_waves(2000, left_out=GAP, seed=12).noisy, tested.noisy[:, :-1]
    errors = errors_of(many, tested)
    shared = formula_error(rh.predict_shared_ar(examples, read, 100), tested)
    own = formula_error(rh.predict_own_ar(read), tested)
    sine = formula_error(rh.fit_sines(read).predictions, tested)
    assert (shared[20:40].mean() > 4 * errors[:, 20:40].mean(axis=1)).all()  # 4.6 to 5.0
    assert (errors[:, 60:].mean(axis=1) < 1.6 * sine[60:].mean()).all()  # 1.1 to 1.3
    assert (errors[:, 60:].mean(axis=1) < 0.7 * own[60:].mean()).all()
    assert (errors[:, 4:15].mean(axis=1) < 0.8 * sine[4:15].mean()).all()  # .6


def test_a_gap_is_filled_in_and_what_lies_beyond_is_not(many):
    kinds = [rh.make_waves(100, low=d, high=d, seed=d + 500) for d in (10, 15, 33, 45)]
    errors = [errors_of(many, waves)[:, 60:].mean(axis=1) for waves in kinds]
    known, gap, edge, beyond = errors
    assert (gap < 2 * known).all()
    assert (edge > 2 * known).all()
    assert (beyond > 0.25).all()  # .3 to .9, where 0 as the answer to all has .5


def test_another_wave_is_worse_than_a_zero_state(many):
    a, b = (rh.make_waves(300, 51, left_out=GAP, seed=seed) for seed in (14, 15))
    two = np.hstack([a.noisy[:, :50], b.noisy[:, :50]])
    for index in range(len(many)):
        went_on = rh.predict(many.model(index), two)[0][:, 50:]
        fresh = rh.predict(many.model(index), two[:, 50:])[0]
        late = [((p - b.clean[:, 1:]) ** 2)[:, 40:].mean() for p in (went_on, fresh)]
        assert late[0] > 5 * late[1]  # .2 and .01


def read_by_probe(many, waves, others, n, numbers):
    """Return the median error of a probe's frequencies after ``n`` points, of each network."""
    wrong = []
    for index in range(len(many)):
        states = (rh.wave_states(many, w.noisy, index)[:, n - 1, :numbers] for w in (others, waves))
        X, new = (np.column_stack([h, np.ones(len(h))]) for h in states)
        found = new @ np.linalg.lstsq(X, others.frequencies)[0]
        wrong.append(np.median(abs(found - waves.frequencies)))
    return np.array(wrong)


def test_the_frequency_is_read_less_sharply_without_c_and_learned_not_given(many, tested):
    others = rh.make_waves(1000, left_out=GAP, seed=13)
    size, control = many.weights.hidden_size, rh.train_on_waves([7], 1)
    ten, hundred = (read_by_probe(many, tested, others, n, 2 * size) for n in (10, 100))
    assert (ten < 3).all()  # 1.9 to 2.1
    assert (hundred < 0.3).all()  # .13 to .2
    assert (read_by_probe(many, tested, others, 100, size) > 1.4 * hundred).all()  # 2 to 2.5
    untrained = [read_by_probe(control, tested, others, n, 64)[0] for n in (10, 100)]
    assert untrained[0] < 2 * ten.min()
    assert untrained[1] > 2.5 * hundred.max()  # 3.4 to 8


@pytest.mark.parametrize(("seed", "orthogonal"), [(1, False), (2, True)])
def test_a_plain_rnn_levels_off_early_even_with_longer_training(tested, seed, orthogonal):
    start = rh.initial_weights([seed], 32, "RNN", orthogonal=orthogonal)
    many = trained_as(rh.make_waves(2000 * 16, left_out=GAP).noisy, start, lr=0.01)
    errors = errors_of(many, tested)
    assert (errors[:, 60:].mean(axis=1) > 0.7 * errors[:, 25:45].mean(axis=1)).all()
    assert (errors[:, 60:].mean(axis=1) > 0.012).all()


def test_given_the_amplitude_a_sine_is_as_good_as_the_lstm(many, tested):
    read, few = tested.noisy[:, :-1], np.array([5, 10, 15, 30, 70, 100])
    wanted = tested.clean[:, few]
    likeliest = rh.predict_best(read, few, left_out=GAP, most_likely=True)
    sine = ((likeliest - wanted) ** 2).mean(axis=0)
    ratio = np.median(errors_of(many, tested)[:, few - 1], axis=0) / sine
    assert (ratio > 0.7).all()  # .9 to 1.4
    assert formula_error(rh.fit_sines(read).predictions, tested)[9] > 1.3 * sine[1]


def test_the_best_weighted_sum_of_very_many_points_is_hardly_better():
    k, half = np.arange(1500), np.deg2rad([3, 13, 17, 30])
    with np.errstate(invalid="ignore"):
        parts = np.where(k, np.sin(np.outer(half, k)) / k, half[:, None])
    r = (parts[1] - parts[0] + parts[3] - parts[2]) / (2 * np.deg2rad(23))  # of the clean waves
    noisy = r[abs(k[:-1] - k[:-1, None])] + 0.09 * np.eye(len(k) - 1)
    assert round(0.5 - r[1:] @ np.linalg.solve(noisy, r[1:]), 3) == 0.056


def trained_as(waves, w, lr=0.015):
    """Return networks of the weights ``w``, trained on ``waves`` in batches of 16."""
    losses = train_by_torch(w, waves.reshape(-1, 16, 101), lr)
    return ManyRNNs(tuple(range(len(w.flat))), w, losses)


def test_trained_on_waves_that_change_an_lstm_notices():
    num_steps = 600
    waves, others = (rh.make_waves(16 * num_steps, left_out=GAP, seed=s).noisy for s in (0, 9))
    waves[::2, 50:] = others[::2, 50:]
    model = trained_as(waves, rh.initial_weights([3], 32, "LSTM")).model(0)
    a, b = (rh.make_waves(300, 51, left_out=GAP, seed=seed) for seed in (14, 15))
    for n in (50, 30):  # 30: it does not count, it notices
        read = np.hstack([a.noisy[:, :n], b.noisy[:, :50]])
        later = ((rh.predict(model, read)[0][:, n:] - b.clean[:, 1:]) ** 2)[:, 40:].mean()
        assert later < 0.04  # .02; without such training .15 to .2


def test_slow_and_fast_waves_need_about_as_many_points(many):
    off = {}
    for degrees in (5, 25):
        for n in (20, 45):
            waves = rh.make_waves(300, n + 20, low=degrees, high=degrees, seed=degrees)
            models = map(many.model, range(len(many)))
            runs = [rh.predict(m, waves.noisy[:, :n], free_steps=19)[0][:, -20:] for m in models]
            errors = np.square(runs - waves.clean[:, n:]).mean(axis=(1, 2))
            off[degrees, n] = np.median(np.sqrt(errors))
    assert max(off[5, 45], off[25, 45]) < 0.2 < min(off[5, 20], off[25, 20])


def test_forget_gates_that_begin_open_learn_faster(tested):
    seeds, num_steps = [1, 2], 500
    begun = rh.train_on_waves(seeds, num_steps)
    waves = rh.make_waves(num_steps * 16, left_out=GAP).noisy
    plain = trained_as(waves, rh.initial_weights(seeds, 32, "LSTM"))
    late = [errors_of(many, tested)[:, 60:].mean(axis=1) for many in (begun, plain)]
    assert (late[1] > 1.05 * late[0]).all()  # 1.15 and 1.19 times
