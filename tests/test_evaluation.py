"""Tests of a trained network: predictions in pieces, closed forms, the floor of ambiguity."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loop import states_of

import rnn_helpers as rh

PROPERTY = settings(deadline=None, max_examples=40, derandomize=True)
ANGLES = st.floats(-720, 720)
STEPS = st.floats(0.1, 120)


def untrained_many(seeds, hidden_size, cell):
    weights = rh.initial_weights(seeds, hidden_size, cell)
    weights.flat *= 2  # so that the states are well away from zero
    h_n = np.zeros((len(seeds), hidden_size))
    h_n = (h_n, h_n) if cell == "LSTM" else h_n
    return rh.ManyRNNs(tuple(seeds), weights, np.zeros((1, len(seeds))), h_n)


def one_of(many, index):
    """Return one network with the weights of many in all their digits."""
    model, flat = many.model(index).double(), many.weights.flat[index].copy()
    torch.nn.utils.vector_to_parameters(torch.from_numpy(flat), model.parameters())
    return model


def torch_state(h_n, index):
    """The state of one of many networks, as that network alone takes it."""
    parts = tuple(torch.from_numpy(part[index])[None, None] for part in states_of(h_n))
    return parts if len(parts) > 1 else parts[0]


def assert_same_state(one, other):
    assert isinstance(one, tuple) == isinstance(other, tuple)
    for part, expected in zip(states_of(one), states_of(other), strict=True):
        np.testing.assert_allclose(np.asarray(part), np.asarray(expected), rtol=0, atol=1e-12)


def constant_model(value):
    """Return a network that says ``value`` whatever it reads."""
    model = rh.WaveRNN(hidden_size=2)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.fc.bias.fill_(value)
    return model


CELLS = ["RNN", "LSTM", "GRU"]
EVERY_CELL = pytest.mark.parametrize("cell", CELLS)
MANY_OF = {cell: untrained_many([0, 1, 2], 6, cell) for cell in CELLS}
MANY, ONE = MANY_OF["RNN"], one_of(MANY_OF["RNN"], 1)
MODELS = pytest.mark.parametrize(
    "model",
    [model for many in MANY_OF.values() for model in (one_of(many, 1), many)],
    ids=[f"{number}-{cell}" for cell in CELLS for number in ("one", "many")],
)


@MODELS
@PROPERTY
@given(data=st.data(), start=ANGLES, step=STEPS, seq_len=st.integers(2, 30))
def test_two_pieces_with_a_carried_state_are_one_piece(model, data, start, step, seq_len):
    cut = data.draw(st.integers(1, seq_len - 1))
    features = rh.make_window(start, step, seq_len).features
    whole, h_whole = rh.predict(model, features)
    first, h = rh.predict(model, features[:cut])
    second, h = rh.predict(model, features[cut:], h)
    joined = np.concatenate([first, second], axis=-1)
    np.testing.assert_allclose(joined, whole, rtol=0, atol=1e-12)
    assert_same_state(h, h_whole)


@EVERY_CELL
@PROPERTY
@given(
    seed=st.integers(0, 10**6),
    features=st.lists(st.floats(-3, 3), min_size=1, max_size=30),
    with_state=st.booleans(),
)
def test_one_network_predicts_what_it_predicts_among_many(cell, seed, features, with_state):
    many, h_0 = MANY_OF[cell], None
    if with_state:
        h_0, c_0 = np.random.default_rng(seed).uniform(-1, 1, (2, 3, 6))
        h_0 = (h_0, c_0) if cell == "LSTM" else h_0
    batch, h_batch = rh.predict(many, features, h_0)
    assert batch.shape == (3, len(features))
    assert [part.shape for part in states_of(h_batch)] == [(3, 6)] * (1 + (cell == "LSTM"))
    for index in range(3):
        h_one = None if h_0 is None else torch_state(h_0, index)
        prediction, h_n = rh.predict(one_of(many, index), features, h_one)
        np.testing.assert_allclose(prediction, batch[index], rtol=0, atol=1e-12)
        assert_same_state(h_n, torch_state(h_batch, index))


@EVERY_CELL
def test_predict_leaves_no_gradient_and_changes_no_weight(cell):
    model = rh.WaveRNN(cell=cell)
    before = [weight.clone() for weight in model.parameters()]
    prediction, h_n = rh.predict(model, [0.1, 0.2])
    assert prediction.dtype == np.float64
    assert prediction.shape == (2,)
    assert not any(part.requires_grad for part in states_of(h_n))
    assert all(weight.grad is None for weight in model.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


@EVERY_CELL
def test_predict_does_not_change_the_state_or_the_weights_that_are_given(cell):
    h_0 = np.full((3, 6), 0.5)
    given = (h_0, h_0 + 0.25) if cell == "LSTM" else h_0
    before = MANY_OF[cell].weights.flat.copy()
    rh.predict(MANY_OF[cell], [0.1, 0.2], given)
    for number, part in enumerate(states_of(given)):
        np.testing.assert_array_equal(part, np.full((3, 6), 0.5 + 0.25 * number))
    np.testing.assert_array_equal(MANY_OF[cell].weights.flat, before)


@EVERY_CELL
def test_the_states_of_many_are_no_views_of_a_larger_array(cell):
    _, h_n = rh.predict(MANY_OF[cell], [0.1, 0.2])
    assert all(part.base is None for part in states_of(h_n))


@EVERY_CELL
def test_many_networks_take_states_of_whole_numbers(cell):
    ones = np.ones((3, 6), int)
    whole = (ones, ones) if cell == "LSTM" else ones
    real = (ones * 1.0, ones * 1.0) if cell == "LSTM" else ones * 1.0
    expected, _ = rh.predict(MANY_OF[cell], [0.1, 0.2], real)
    np.testing.assert_array_equal(rh.predict(MANY_OF[cell], [0.1, 0.2], whole)[0], expected)


def test_predict_takes_lists_arrays_and_tensors():
    values = [0.5, -0.25, 0.125]
    expected, _ = rh.predict(ONE, values)
    for kind in (np.array(values), np.array(values, np.float32), torch.tensor(values)):
        np.testing.assert_array_equal(rh.predict(ONE, kind)[0], expected)


@PROPERTY
@given(value=st.floats(-2, 2), start=ANGLES)
def test_a_constant_prediction_errs_by_one_half_and_its_square_over_a_full_turn(value, start):
    """The mean of (c - sin)^2 over a full turn is c^2 + 1/2."""
    result = rh.forecast(constant_model(value), start=start)
    assert result.squared_errors.shape == (40,)
    assert result.squared_errors.mean() == pytest.approx(value**2 + 0.5, rel=1e-5)


def test_the_errors_are_those_against_the_labels():
    result = rh.forecast(constant_model(0.0), start=60, step=30, num_points=4)
    np.testing.assert_allclose(result.window.labels, [1, np.sqrt(3) / 2, 0.5, 0], atol=1e-15)
    np.testing.assert_allclose(result.squared_errors, [1, 0.75, 0.25, 0], atol=1e-15)
    assert result.first_mse(1) == pytest.approx(1)
    assert result.first_mse(2) == pytest.approx(0.875)
    assert result.first_mse(4) == result.first_mse(99) == pytest.approx(0.5)


def test_first_mse_is_about_the_first_five_of_each_network():
    result = rh.forecast(MANY)
    assert result.first_mse().shape == (3,)
    for index in range(3):
        expected = np.mean((result.predictions[index, :5] - result.window.labels[:5]) ** 2)
        assert result.first_mse()[index] == pytest.approx(expected, rel=1e-12)


@MODELS
def test_cold_is_from_a_zero_state(model):
    result = rh.forecast(model, start=45, num_points=10)
    expected, _ = rh.predict(model, rh.make_window(45, 9, 10).features)
    np.testing.assert_array_equal(result.predictions, expected)
    assert result.prime.shape == result.prime_degrees.shape == (0,)


@MODELS
@pytest.mark.parametrize("prime_step", [None, 2.5])
def test_a_prime_is_run_before_the_test_and_only_its_state_is_kept(model, prime_step):
    result = rh.forecast(
        model, start=45, step=7, num_points=10, prime_length=6, prime_step=prime_step
    )
    degrees = 45 - (prime_step or 7) * np.arange(6, 0, -1)
    np.testing.assert_allclose(result.prime_degrees, degrees)
    np.testing.assert_allclose(result.prime, np.sin(np.radians(degrees)))
    _, h = rh.predict(model, result.prime)
    expected, _ = rh.predict(model, np.sin(np.radians(45 + 7 * np.arange(10))), h)
    np.testing.assert_allclose(result.predictions, expected, rtol=0, atol=1e-12)
    cold = rh.forecast(model, start=45, step=7, num_points=10)
    assert np.abs(result.predictions - cold.predictions).max() > 1e-3


@MODELS
@pytest.mark.parametrize("prime_length", [0, 3])
def test_a_given_state_comes_before_the_prime(model, prime_length):
    _, h_0 = rh.predict(model, [0.9, -0.9, 0.4])
    result = rh.forecast(model, num_points=5, prime_length=prime_length, h_0=h_0)
    prime, _ = rh.make_prime(prime_length)
    features = np.concatenate([prime, rh.make_window(seq_len=5).features])
    expected, _ = rh.predict(model, features, h_0)
    np.testing.assert_allclose(result.predictions, expected[..., prime_length:], atol=1e-12)


@MODELS
def test_a_prime_and_its_test_are_the_end_of_a_longer_cold_test(model):
    """With the same step, a test after 12 points is what comes after 12 points of a cold one."""
    primed = rh.forecast(model, start=100, step=9, num_points=15, prime_length=12)
    cold = rh.forecast(model, start=100 - 12 * 9, step=9, num_points=12 + 15)
    np.testing.assert_allclose(primed.predictions, cold.predictions[..., 12:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        primed.squared_errors, cold.squared_errors[..., 12:], rtol=0, atol=1e-11
    )


@pytest.mark.parametrize("part", [0, 1])
def test_both_parts_of_the_state_of_an_lstm_matter(part):
    many = MANY_OF["LSTM"]
    states = [np.zeros((3, 6)), np.zeros((3, 6))]
    cold = rh.forecast(many, h_0=tuple(states), num_points=3)
    np.testing.assert_array_equal(cold.predictions, rh.forecast(many, num_points=3).predictions)
    states[part][1] = 0.5  # of the second network alone
    other = rh.forecast(many, h_0=tuple(states), num_points=3)
    changed = np.abs(other.predictions - cold.predictions).max(axis=1)
    assert changed[1] > 1e-3
    assert changed[0] == changed[2] == 0


@PROPERTY
@given(start=ANGLES, step=STEPS, other=st.floats(-5, 5))
def test_ambiguity_floor_is_what_brute_force_finds(start, step, other):
    """The other slope with the same sine is at 180 - start; no constant errs less on both."""
    floor = rh.ambiguity_floor(start, step)
    next_values = np.sin(np.radians([start + step, 180 - start + step]))

    def error(answer):
        return np.mean((next_values - answer) ** 2)

    assert 0 <= floor <= 1
    assert floor == pytest.approx(error(next_values.mean()), abs=1e-12)
    assert error(other) >= floor - 1e-12
    grid = [error(answer) for answer in np.linspace(-1, 1, 401)]
    assert min(grid) == pytest.approx(floor, abs=0.005**2)
    assert min(grid) >= floor - 1e-12


def test_ambiguity_floor_at_known_angles():
    assert rh.ambiguity_floor(0, 9) == pytest.approx(np.sin(np.radians(9)) ** 2)
    assert rh.ambiguity_floor(0, 9) == pytest.approx(0.02447, abs=5e-6)
    assert rh.ambiguity_floor(90, 9) == pytest.approx(0, abs=1e-30)
    assert rh.ambiguity_floor(60, 90) == pytest.approx(0.25)
    np.testing.assert_allclose(rh.ambiguity_floor(np.array([0, 60, 180]), 30), [0.25, 0.0625, 0.25])


@PROPERTY
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_median_index_is_the_median(values):
    index = rh.median_index(values)
    assert isinstance(index, int)
    chosen, n = values[index], len(values)
    assert chosen == sorted(values)[(n - 1) // 2]
    if n % 2:
        assert chosen == np.median(values)
    assert sum(value < chosen for value in values) <= n / 2
    assert sum(value > chosen for value in values) <= n / 2


def test_median_index_of_two_takes_the_lower():
    assert rh.median_index([5.0, 1.0]) == 1
    assert rh.median_index([3.0, 1.0, 2.0]) == 2
    assert rh.median_index([7.0]) == 0
