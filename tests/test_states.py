"""Inside a network: gates and states against the equations, the plane against the covariance."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loop import by_hand

import rnn_helpers as rh
from rnn_helpers.training import ManyRNNs

PROPERTY = settings(deadline=None, max_examples=20, derandomize=True)
NAMES = {"RNN": {"h"}, "LSTM": {"i", "f", "g", "o", "c", "h"}, "GRU": {"r", "z", "n", "h"}}
EVERY_CELL = pytest.mark.parametrize("cell", NAMES)
FEATURES = np.random.default_rng(0).normal(size=13)


def random_model(cell="RNN", hidden_size=5, seed=2, scale=2.0, **sizes):
    """Return an untrained network in float64, its weights doubled so that its gates differ."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = rh.WaveRNN(hidden_size=hidden_size, cell=cell, **sizes).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(scale)
    return model


def assert_same_values(values, expected):
    assert set(values) == set(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(values[name], array, rtol=0, atol=1e-12, err_msg=name)


# Gates and states


@EVERY_CELL
@pytest.mark.parametrize("hidden_size", [1, 32])
def test_every_gate_and_state_follows_its_equation(cell, hidden_size):
    model = random_model(cell, hidden_size)
    expected = by_hand(model, FEATURES)
    assert_same_values(rh.gate_values(model, FEATURES), expected)
    states = rh.hidden_states(model, FEATURES)
    assert states.shape == (14, hidden_size)
    np.testing.assert_array_equal(states[0], np.zeros(hidden_size))
    np.testing.assert_allclose(states[1:], expected["h"], rtol=0, atol=1e-12)


@EVERY_CELL
def test_each_of_many_trained_or_not_has_the_values_of_one(cell):
    weights = rh.initial_weights((4, 1, 7), 5, cell)
    many = ManyRNNs((4, 1, 7), weights)
    of_many = rh.gate_values(many, FEATURES)
    assert_same_values(rh.gate_values(weights, FEATURES), of_many)
    for index in range(3):
        of_one = rh.gate_values(many.model(index), FEATURES)  # rounded to float32 and exact again
        assert_same_values({name: array[index] for name, array in of_many.items()}, of_one)
    alone = rh.gate_values(rh.initial_weights((4,), 5, cell), FEATURES)
    assert {array.shape for array in alone.values()} == {(1, 13, 5)}  # keeps its axis


# The plane


def last_turn(model):
    """Return the states of the last of ten turns, by nn.RNN alone."""
    wave = torch.from_numpy(np.sin(np.radians(9 * np.arange(400))))
    with torch.no_grad():
        r_out, _ = model.rnn(wave[None, :, None])
    return r_out[0, -41:].numpy()


@PROPERTY
@given(
    seed=st.integers(0, 10**6),
    cell=st.sampled_from(list(NAMES)),
    hidden_size=st.integers(2, 9),
    scale=st.floats(0.5, 1.5),  # beyond, networks are chaotic
)
def test_the_plane_is_that_of_the_two_largest_eigenvalues(seed, cell, hidden_size, scale):
    model = random_model(cell, hidden_size, seed, scale)
    plane, states = rh.state_plane(model), last_turn(model)
    assert plane.model is model
    np.testing.assert_allclose(plane.components @ plane.components.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.center, states.mean(axis=0), rtol=0, atol=1e-10)
    covariance = np.cov(states.T, ddof=0)
    eigenvalues = np.linalg.eigvalsh(covariance)[::-1]
    assert plane.share == pytest.approx(eigenvalues[:2].sum() / eigenvalues.sum(), abs=1e-10)
    for direction, eigenvalue in zip(plane.components, eigenvalues, strict=False):
        np.testing.assert_allclose(covariance @ direction, eigenvalue * direction, atol=1e-10)
    expected = (states - states.mean(axis=0)) @ plane.components.T
    np.testing.assert_allclose(plane.loop, expected, rtol=0, atol=1e-10)
    zero = plane.path(rh.forecast(model, num_points=1))[0]
    np.testing.assert_allclose(zero, -plane.components @ plane.center, rtol=0, atol=1e-12)
    assert (zero >= 0).all()  # the positive side of both


@pytest.mark.parametrize("prime_length", [0, 6])
def test_a_path_goes_from_zero_through_prime_and_test(prime_length):
    model = rh.train_many([0]).model(0)
    plane = rh.state_plane(model)
    test = rh.forecast(model, start=45, num_points=7, prime_length=prime_length, prime_step=5)
    degrees = np.concatenate([45 - 5 * np.arange(prime_length, 0, -1), 45 + 9 * np.arange(7)])
    states = rh.hidden_states(model, np.sin(np.radians(degrees)))
    np.testing.assert_allclose(plane.path(test), (states - plane.center) @ plane.components.T)


# What a state still holds


@EVERY_CELL
def test_a_state_that_copies_its_input_holds_the_first_number_until_the_next_one(cell):
    """Without W_hh, and with gates that pass, nothing but the last number is in the state."""
    run = rh.train_recall(
        [3, 4], 4, cell, num_steps=1, begin="default" if cell == "RNN" else "pass"
    )
    run.weights.weight_hh[:] = 0
    if cell == "LSTM":
        run.weights.bias_ih[:, 8:16] = -50  # f
    if cell == "GRU":
        run.weights.bias_ih[:, 8:16] = run.weights.bias_hh[:, 8:16] = -50  # z
    memory = rh.recall_memory(run, 4)
    assert (memory.first.shape, memory.answers.shape) == ((200,), (2, 200))
    assert memory.share.shape == (2, 5)
    assert memory.share[:, 0].min() > 0.95
    assert memory.share[:, 1:].max() < 0.1


def test_what_a_trained_network_answers_is_in_its_state():
    run = rh.train_recall(range(4), 2)
    memory = rh.recall_memory(run, 2)
    errors = 3 * ((memory.answers - memory.first) ** 2).mean(axis=1)
    np.testing.assert_allclose(errors, run.errors, rtol=0.5)
    # The best linear read-out has the smaller error.
    assert (1 - memory.share[:, -1] < errors).all()


def test_bad_input_is_refused():
    with pytest.raises(TypeError, match="model must be of type WaveRNN, not NoneType"):
        rh.gate_values(None, FEATURES)
    with pytest.raises(ValueError, match="it has 2; leave num_layers at 1"):
        rh.gate_values(rh.WaveRNN(num_layers=2), FEATURES)
    with pytest.raises(ValueError, match="but it has 1 and 2"):
        rh.hidden_states(rh.WaveRNN(output_size=2), FEATURES)
    with pytest.raises(TypeError, match=r"ManyRNNs.*model\(0\)"):
        rh.state_plane(rh.train_many([0, 1], 1))
