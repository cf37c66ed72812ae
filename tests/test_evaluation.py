"""Tests of a trained network: predictions in pieces, closed forms, the floor of ambiguity."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loop import alone, states_of, untrained

import rnn_helpers as rh

PROPERTY = settings(deadline=None, max_examples=25, derandomize=True)


def torch_state(h_n, index):
    """The state of one of many networks, as that network alone takes it."""
    parts = tuple(torch.from_numpy(part[index])[None, None] for part in states_of(h_n))
    return parts if len(parts) > 1 else parts[0]


def assert_same_state(one, other):
    assert isinstance(one, tuple) == isinstance(other, tuple)
    for part, expected in zip(states_of(one), states_of(other), strict=True):
        np.testing.assert_allclose(np.asarray(part), np.asarray(expected), rtol=0, atol=1e-12)


CELLS = ["RNN", "LSTM", "GRU"]
EVERY_CELL = pytest.mark.parametrize("cell", CELLS)
MANY_OF = {cell: untrained(cell) for cell in CELLS}
MODELS = pytest.mark.parametrize(
    "model", [*MANY_OF.values(), alone(MANY_OF["LSTM"], 1)], ids=[*CELLS, "one LSTM"]
)


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
    for index in range(3):
        h_one = None if h_0 is None else torch_state(h_0, index)
        prediction, h_n = rh.predict(alone(many, index), features, h_one)
        np.testing.assert_allclose(prediction, batch[index], rtol=0, atol=1e-12)
        assert_same_state(h_n, torch_state(h_batch, index))


@EVERY_CELL
def test_predict_changes_nothing_and_leaves_no_gradient(cell):
    many, model = MANY_OF[cell], rh.WaveRNN(cell=cell)
    prediction, h_n = rh.predict(model, [0.1, 0.2])
    assert (prediction.dtype, prediction.shape) == (np.float64, (2,))
    assert not any(part.requires_grad for part in states_of(h_n))
    h_0, before = np.full((3, 6), 0.5), many.weights.flat.copy()
    _, h_n = rh.predict(many, [0.1, 0.2], (h_0, h_0) if cell == "LSTM" else h_0)
    np.testing.assert_array_equal(h_0, np.full((3, 6), 0.5))
    np.testing.assert_array_equal(many.weights.flat, before)
    assert all(part.base is None for part in states_of(h_n))  # no view that keeps a larger array


def test_the_errors_are_those_against_the_labels():
    result = rh.forecast(MANY_OF["GRU"], start=60, step=30, num_points=7)
    errors = (result.predictions - np.sin(np.radians(90 + 30 * np.arange(7)))) ** 2
    np.testing.assert_allclose(result.squared_errors, errors)
    for count in (1, 5, 99):
        np.testing.assert_allclose(result.first_mse(count), errors[:, :count].mean(axis=1))
    np.testing.assert_array_equal(result.first_mse(), result.first_mse(5))


@MODELS
@pytest.mark.parametrize(("prime_length", "prime_step"), [(0, None), (6, None), (6, 2.5)])
@pytest.mark.parametrize("with_state", [False, True])
def test_state_prime_and_test_come_in_this_order(model, prime_length, prime_step, with_state):
    h_0 = rh.predict(model, [0.9, -0.9, 0.4])[1] if with_state else None
    prime = {"prime_length": prime_length, "prime_step": prime_step}
    result = rh.forecast(model, start=45, step=7, num_points=10, **prime, h_0=h_0)
    degrees = 45 - (prime_step or 7) * np.arange(prime_length, 0, -1)
    np.testing.assert_allclose(result.prime_degrees, degrees)
    np.testing.assert_allclose(result.prime, np.sin(np.radians(degrees)))
    features = np.concatenate([result.prime, np.sin(np.radians(45 + 7 * np.arange(10)))])
    expected, _ = rh.predict(model, features, h_0)
    np.testing.assert_allclose(result.predictions, expected[..., prime_length:], atol=1e-12)
    cold = rh.forecast(model, start=45, step=7, num_points=10)
    if prime_length or with_state:
        assert np.abs(result.predictions - cold.predictions).max() > 1e-3


@PROPERTY
@given(start=st.floats(-720, 720), step=st.floats(0.1, 120), other=st.floats(-5, 5))
def test_ambiguity_floor_is_what_the_best_answer_to_both_slopes_errs(start, step, other):
    """The other slope with the same sine is at 180 - start; no constant errs less on both."""
    floor = rh.ambiguity_floor(start, step)
    next_values = np.sin(np.radians([start + step, 180 - start + step]))
    assert floor == pytest.approx(np.var(next_values), abs=1e-12)
    assert np.mean((next_values - other) ** 2) >= floor - 1e-12
    assert rh.ambiguity_floor(np.array([0, start]), step)[1] == floor


@PROPERTY
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_median_index_is_the_median_and_of_two_the_lower(values):
    index = rh.median_index(values)
    assert isinstance(index, int)
    assert values[index] == sorted(values)[(len(values) - 1) // 2]
    assert rh.median_index([5.0] * 99) == 49  # of equal ones too, on every machine
