"""What notebook 11 says over seeds, with seeds, cells and trainings that it does not use."""

import numpy as np
import pytest

import rnn_helpers as rh

slow = pytest.mark.slow
OTHERS = range(1000, 1128)
WAVE = rh.make_window(-351, 9, 40).features


@pytest.fixture(scope="module")
def others():
    return rh.train_many(OTHERS)


def heights(many, prime, steps=1000):
    run = rh.predict(many, prime, free_steps=steps)[0][:, -80:]
    return np.ptp(run, axis=1) / 2


def rank_correlation(a, b):
    return np.corrcoef(*(np.argsort(np.argsort(values)) for values in (a, b)))[0, 1]


def test_the_leading_pair_lies_outside_the_circle_at_the_angle_of_a_step(others):
    fixed = rh.fixed_point(others)
    leading = fixed.eigenvalues[:, 0]
    assert np.mean(abs(leading) > 1) > 0.95  # 99, 100 %
    assert 1.01 < np.median(abs(leading)) < 1.06  # 1.03
    assert np.rad2deg(np.median(abs(np.angle(leading)))) == pytest.approx(9, abs=0.3)
    assert np.median(np.linalg.norm(fixed.state, axis=1)) > 0.3  # not at zero: .6
    assert np.median(abs(fixed.eigenvalues[:, 2])) < 0.8  # of the other pairs none is near: .6


def test_networks_whose_pair_lies_inside_fall_silent_and_others_do_not():
    """Twelve networks, each with its loop scaled: the modulus decides, not the seed."""
    found = []
    for factor in (0.9, 1.0, 1.05):
        many = rh.train_many(range(300, 312))
        many.weights.weight_hh *= factor
        many.weights.fc_weight *= factor
        moduli = abs(rh.fixed_point(many).eigenvalues[:, 0])
        assert (abs(moduli - 1) > 0.002).all()  # none so near that 2000 steps would not tell
        found += zip(moduli < 1, heights(many, WAVE, 2000) < 0.05, strict=True)
    inside, silent = np.array(found).T
    assert 8 < inside.sum() < 28
    np.testing.assert_array_equal(inside, silent)


def test_the_height_falls_to_zero_gradually_as_the_pair_nears_the_circle():
    for modulus, low, high in ((1.004, 0.05, 0.7), (1.0, 0, 0.25)):
        many = rh.train_many(range(300, 312))
        for _ in range(8):  # scale each loop until its pair has this modulus
            found = abs(rh.fixed_point(many).eigenvalues[:, 0])
            many.weights.weight_hh *= (modulus / found)[:, None, None]
            many.weights.fc_weight *= (modulus / found)[:, None]
        np.testing.assert_allclose(found, modulus, atol=5e-4)
        assert low < np.median(heights(many, WAVE, 3000)) < high


@slow
def test_of_the_seeds_512_to_1023_two_can_be_caught_by_a_second_fixed_point():
    many = rh.train_many(range(512, 1024))
    near = rh.fixed_point(many)
    assert (abs(near.eigenvalues[:, 0]) > 1).all()
    ends = {prime: heights(many, prime * WAVE, 2000) for prime in (0.01, 1.0, 3.0)}
    caught = np.flatnonzero(np.min(list(ends.values()), axis=0) < 0.05)
    assert set(caught + 512) == {548, 869}
    low = {prime: end < 0.3 for prime, end in ends.items()}
    assert [low[prime].sum() for prime in (0.01, 1.0, 3.0)] == [0, 1, 2]
    _, h = rh.predict(many, 3 * WAVE)
    end = rh.loop_path(many, h, 2000)[:, -1]
    far = rh.fixed_point(rh.as_networks(many.weights.flat[caught], 32), end[caught])
    assert (abs(far.eigenvalues) < 1).all()
    assert (np.linalg.norm(far.state - near.state[caught], axis=1) > 1).all()


@pytest.mark.parametrize("prime", [0.01, 3.0])
def test_low_and_high_primes_end_at_one_height(others, prime):
    once, scaled = heights(others, WAVE), heights(others, prime * WAVE, 2000)
    assert np.mean(abs(scaled - once) < 0.05) > 0.9
    assert 0.9 < np.median(once) < 1.1


def test_a_cycle_is_neutral_along_itself_and_attracts_across():
    many = rh.as_networks(rh.train_many(range(400, 416)).weights.flat, 32)
    factors = rh.loop_multipliers(many, rh.loop_path(many, None, 2000)[:, -1], 3000)
    assert np.median(abs(factors[:, 0] - 1)) < 0.02
    assert factors[:, 0].max() < 1.1  # no chaos
    assert np.median(factors[:, 1]) < 0.4  # .14
    assert factors[:, 2].max() < 0.01


def test_a_part_of_a_push_is_lost_in_a_turn_and_the_rest_stays(others):
    on_cycle = rh.loop_path(others, None, 1000)[:, -1]
    push = np.random.default_rng(1).normal(size=on_cycle.shape)
    push *= 0.001 / np.linalg.norm(push, axis=1, keepdims=True)
    one, other = (rh.loop_path(others, h, 1000) for h in (on_cycle, on_cycle + push))
    left = np.median(np.linalg.norm(one - other, axis=2), axis=0) / 0.001
    assert 0.15 < left[40] < 0.5  # .26, and .19 after 25 turns
    assert left[1000] == pytest.approx(left[40], rel=0.4)


@pytest.mark.parametrize("hidden_size", [12, pytest.param(48, marks=slow)])
def test_1000_steps_back_the_gradient_lives_in_the_closed_loop_alone(hidden_size):
    many = rh.train_many(range(4), 300, hidden_size=hidden_size)
    path = rh.loop_path(many, None, 2000)[:, 1000:-1]
    kept = np.tile(np.eye(hidden_size), (4, 1, 1))
    for t in range(1000):
        kept = rh.loop_step(many, path[:, t])[1] @ kept
    assert (np.linalg.norm(kept, axis=(1, 2)) > 0.01).all()
    features = rh.make_window(0, 9, 1000).features
    states = [np.full((4, hidden_size), push) for push in (0.0, 0.3)]
    one, other = (rh.predict(many, features, h_0)[0][:, -1] for h_0 in states)
    assert abs(one - other).max() < 1e-12  # read from the wave, a push is gone


@pytest.mark.parametrize("step", [4, 20])
def test_two_units_are_exact_to_the_fourth_power_of_their_scale_and_die_alone(step):
    errors = [
        rh.forecast(rh.two_unit_network(step, eps), step=step, prime_length=3).first_mse(40)
        for eps in (0.1, 0.01, 0.001)
    ]
    np.testing.assert_allclose(np.array(errors[:-1]) / errors[1:], 1e4, rtol=0.1)
    prime = rh.make_window(0, step, 40).features
    ends = [
        np.ptp(rh.predict(rh.two_unit_network(step, eps), prime, free_steps=1000)[0][-90:]) / 2
        for eps in (0.3, 0.1, 0.03)
    ]
    assert ends[0] < ends[1] < ends[2] < 1


@slow
@pytest.mark.parametrize("hidden_size", [6, 8])
def test_how_pushes_grow_along_the_true_wave_tells_good_runs_and_the_loss_does_not(hidden_size):
    """By Levenberg-Marquardt, on the window of the notebook."""
    window, flat = rh.make_window(0, 9, 45), rh.initial_weights(range(500, 532), hidden_size).flat

    def residuals(flat):
        y, J = rh.output_jacobian(flat, window.features, hidden_size)
        return (y - window.labels)[:, 1:], J[:, 1:]

    mu, (r, J) = np.full(len(flat), 0.01), residuals(flat)
    for _ in range(100):
        H = J.mT @ J + mu[:, None, None] * np.eye(flat.shape[1])
        trial = flat - np.linalg.solve(H, J.mT @ r[..., None])[..., 0]
        r_new, J_new = residuals(trial)
        better = (r_new**2).sum(axis=1) < (r**2).sum(axis=1)
        flat[better], r[better], J[better] = trial[better], r_new[better], J_new[better]
        mu = np.where(better, mu / 3, mu * 4).clip(1e-16, 1e8)
    many = rh.as_networks(flat, hidden_size)
    push, lengths = np.ones((len(flat), hidden_size, 1)), []
    for h in rh.gate_values(many, rh.make_window(-351, 9, 280).features)["h"].swapaxes(0, 1):
        push = rh.loop_step(many, h)[1] @ push
        lengths.append(np.linalg.norm(push, axis=(1, 2)))
    growth = (lengths[-1] / lengths[-201]) ** (1 / 5)
    run = rh.forecast(many, prime_length=39, num_points=1000, free_run=True)
    mse, loss = run.squared_errors.mean(axis=1), (r**2).mean(axis=1)
    assert np.median(loss) < 1e-8
    assert np.mean(growth > 1) > 0.7  # 84, 94 %
    good = mse < 0.01
    assert good[growth < 1.4].mean() > 0.4 > 0.25 > good[growth >= 1.4].mean()  # 79, 56; 0, 14 %
    assert rank_correlation(growth, mse) > 0.4 > abs(rank_correlation(loss, mse))  # .5, .7; .2
