"""Inside a network: gates and states against the equations, the plane against the covariance."""

import matplotlib.pyplot as plt
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

pytestmark = pytest.mark.usefixtures("no_figures")


@pytest.fixture(scope="module")
def trained():
    return rh.train_many([0]).model(0)


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
    many = ManyRNNs((4, 1, 7), weights, np.zeros((1, 3)), np.zeros((3, 5)))
    of_many = rh.gate_values(many, FEATURES)
    assert_same_values(rh.gate_values(weights, FEATURES), of_many)
    recalled = rh.training.RecallRun(weights, many.losses, many.losses[0])
    assert_same_values(rh.gate_values(recalled, FEATURES), of_many)
    for index in range(3):
        of_one = rh.gate_values(many.model(index), FEATURES)  # rounded to float32 and exact again
        assert_same_values({name: array[index] for name, array in of_many.items()}, of_one)
    alone = rh.gate_values(rh.initial_weights((4,), 5, cell), FEATURES)
    assert {array.shape for array in alone.values()} == {(1, 13, 5)}  # keeps its axis


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


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


# The path and its picture


@pytest.mark.parametrize("prime_length", [0, 6])
def test_the_loop_and_the_parts_of_the_path_are_drawn(trained, prime_length):
    plane, prime = rh.state_plane(trained), {"prime_length": prime_length, "prime_step": 5}
    test = rh.forecast(trained, start=45, num_points=7, **prime)
    degrees = np.concatenate([45 - 5 * np.arange(prime_length, 0, -1), 45 + 9 * np.arange(7)])
    states = rh.hidden_states(trained, np.sin(np.radians(degrees)))
    path = (states - plane.center) @ plane.components.T
    ax = rh.plot_state_path(plane, test)
    expected = {
        "loop": plane.loop,
        "prime": path[: prime_length + 1],
        "test": path[prime_length:],
        "zero state": path[:1],
    }
    assert list(lines(ax)) == list(expected)
    for name, line in lines(ax).items():
        np.testing.assert_allclose(np.column_stack(line.get_data()), expected[name], atol=1e-12)
    assert lines(ax)["prime"].get_color() == rh.ROLES["prime"]["color"]
    assert lines(ax)["test"].get_color() == rh.ROLES["prediction"]["color"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("first component", "second component")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(expected)


def test_a_heat_map_has_a_row_for_each_unit_sorted_by_its_peak():
    x, values = np.array([9.0, 18, 27]), np.array([[0.1, 0.9], [0.5, 0.2], [0.3, 0.1]])
    ax = rh.plot_heat_map(x, values, label="hidden state")
    (image,) = ax.images
    assert image.get_array().tolist() == [[0.9, 0.2, 0.1], [0.1, 0.5, 0.3]]
    assert image.get_extent() == [4.5, 31.5, 0.5, 2.5]
    assert image.get_clim() == (-1, 1)
    assert [other.get_ylabel() for other in ax.figure.axes] == ["2 units", "hidden state"]
    (image,) = rh.plot_heat_map(x, values, label="h", order=[0, 1]).images
    assert image.get_array()[0].tolist() == [0.1, 0.5, 0.3]


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
    assert (1 - memory.share[:, -1] < errors).all()  # the best linear read-out errs less


# Bad input


def ready():
    model = random_model()
    return rh.state_plane(model), rh.forecast(model)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rh.gate_values(None, [0.1]), "model must be of type WaveRNN, not NoneType"),
        (lambda: rh.hidden_states(rh.WaveRNN(output_size=2), [0.1]), "but it has 1 and 2"),
        (lambda: rh.state_plane(rh.WaveRNN(hidden_size=1)), "hidden_size of at least 2, but it"),
        (lambda: rh.state_plane(random_model(scale=0.0)), "must have a hidden state that moves"),
        (lambda: rh.state_plane(rh.train_many([0, 1], 1)), r"not ManyRNNs; .*model\(0\)"),
        (lambda: rh.plot_state_path(tuple(ready()[0]), ready()[1]), "plane must be of type"),
        (lambda: rh.plot_state_path(ready()[0], ready()[1].window), "forecast must be of type"),
        (lambda: rh.plot_heat_map([0, 1], np.zeros((2, 2)), label="h", order=[0, 0]), "must"),
        (lambda: rh.plot_heat_map([0, 1], np.zeros((3, 2)), label="h"), "must"),
        (lambda: rh.recall_memory(rh.initial_weights([0], 8), 2), "give what rh.train_recall"),
    ],
)
def test_bad_input_is_refused_and_leaves_no_figure(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
    assert plt.get_fignums() == []
