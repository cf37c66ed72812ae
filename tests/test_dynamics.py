"""The closed loop as a map: a rotation, a linear map, two units; and derivatives by autograd."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rnn_helpers as rh
from rnn_helpers.cells import Weights

PROPERTY = settings(deadline=None, max_examples=25, derandomize=True)


def loop_of(matrix):
    """Return RNN weights whose closed loop multiplies by a matrix, split among W_hh, W_ih, W_fc."""
    size = len(matrix)
    w = Weights(np.zeros((1, size**2 + 4 * size + 1)), size)
    w.weight_ih[0], w.fc_weight[0] = np.arange(1, size + 1), np.linspace(-1, 1, size)
    w.weight_hh[0] = matrix - np.outer(w.weight_ih[0], w.fc_weight[0])
    return w


def test_a_step_and_its_derivatives_are_those_of_torch():
    torch.manual_seed(5)
    model = rh.WaveRNN(hidden_size=4).double()
    for p in model.parameters():
        p.requires_grad_(False).mul_(2)
    state = torch.rand(4, dtype=torch.float64) - 0.5

    def step(h):
        h = h.reshape(1, 1, 4)
        return model.rnn(model.fc(h), h)[1].flatten()

    after, jacobian = rh.loop_step(model, state.numpy())
    expected = torch.autograd.functional.jacobian(step, state)
    np.testing.assert_allclose(after, step(state).numpy(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(jacobian, expected.numpy(), rtol=0, atol=1e-12)


def test_a_path_is_that_of_single_steps_and_of_a_free_forecast():
    many = rh.train_many(range(3), 40, hidden_size=5)
    _, h_n = rh.predict(many, [0.3, 0.5])
    path = rh.loop_path(many, h_n, 12)
    assert path.shape == (3, 13, 5)
    for number in range(12):
        after, _ = rh.loop_step(many, path[:, number])
        np.testing.assert_allclose(path[:, number + 1], after, rtol=0, atol=1e-12)
    w = many.weights
    y = (path * w.fc_weight[:, None]).sum(axis=2) + w.fc_bias[:, None]
    expected, _ = rh.predict(many, [0.3, 0.5], free_steps=12)
    np.testing.assert_allclose(y, expected[:, 1:], rtol=0, atol=1e-12)


@PROPERTY
@given(step=st.floats(1, 170), scale=st.floats(1e-6, 1))
def test_two_units_predict_the_next_point_and_their_loop_is_a_rotation(step, scale):
    model = rh.two_unit_network(step, scale)
    test = rh.forecast(model, step=step, prime_length=3)
    # tanh(a) is a - a^3 / 3 + ..., a third of scale^3 at most, divided by the scale again.
    assert abs(test.predictions - test.window.labels).max() < 3 * scale**2 / 3 + 1e-9
    fixed = rh.fixed_point(model)
    np.testing.assert_allclose(fixed.state, 0, atol=1e-12)
    np.testing.assert_allclose(abs(fixed.eigenvalues), 1, atol=1e-9)
    assert np.rad2deg(np.angle(fixed.eigenvalues[0])) == pytest.approx(step, abs=1e-5)
    assert np.rad2deg(np.angle(fixed.eigenvalues[1])) == pytest.approx(-step, abs=1e-5)


@pytest.mark.parametrize(
    ("matrix", "turn", "expected"),
    [
        ([[0.8, -0.6], [0.6, 0.8]], 40, [1, 1]),  # a rotation
        ([[0.9, 0], [0, 0.5]], 2, [0.81, 0.25]),
        ([[0.9, 5], [0, 0.5]], 2, [0.81, 0.25]),  # its singular values are others
        ([[0.0, -0.5], [0.5, 0.0]], 3, [0.125, 0.125]),
    ],
)
def test_near_zero_a_loop_is_its_matrix(matrix, turn, expected):
    """At the fixed point the map is linear: eigenvalues and multipliers are those of the matrix."""
    w = loop_of(np.array(matrix))
    fixed = rh.fixed_point(w, 0.01 * np.ones((1, 2)))
    np.testing.assert_allclose(fixed.state, 0, atol=1e-10)
    values = np.linalg.eigvals(matrix)
    np.testing.assert_allclose(np.sort_complex(fixed.eigenvalues[0]), np.sort_complex(values))
    found = rh.loop_multipliers(w, fixed.state, 400, turn=turn)
    np.testing.assert_allclose(found[0], expected, rtol=0.02)


def test_a_unit_that_feeds_itself_has_three_fixed_points_and_newton_finds_the_one_nearby():
    w = loop_of(np.array([[2.0]]))
    away = rh.fixed_point(w, [[0.9]])
    assert away.state[0, 0] == pytest.approx(np.tanh(2 * away.state[0, 0]), abs=1e-10)
    assert away.state[0, 0] > 0.9
    assert away.eigenvalues[0, 0] == pytest.approx(2 * (1 - away.state[0, 0] ** 2))
    middle = rh.fixed_point(w, [[0.1]])
    np.testing.assert_allclose([middle.state[0, 0], middle.eigenvalues[0, 0]], [0, 2], atol=1e-9)


def test_what_newton_does_not_find_is_nan():
    loop = loop_of(np.array([[-3.0, 2.0], [8.0, 6.0]]))
    assert np.isnan(rh.fixed_point(loop, [[0.5, -0.5]]).state).all()
    assert not rh.fixed_point(loop).state.any()


def test_one_network_has_the_fixed_point_that_it_has_among_many():
    many = rh.train_many(range(2), 60, hidden_size=8)
    fixed = rh.fixed_point(many)
    after, _ = rh.loop_step(many, fixed.state)
    np.testing.assert_allclose(after, fixed.state, rtol=0, atol=1e-9)
    assert (np.diff(abs(fixed.eigenvalues), axis=1) < 1e-9).all()  # the largest first
    one = rh.fixed_point(many.model(1).double())
    np.testing.assert_allclose(one.state, fixed.state[1], atol=1e-4)  # a model is in float32


def test_derivatives_of_outputs_are_those_of_autograd():
    weights, x = rh.initial_weights(range(2), 3), np.random.default_rng(0).uniform(-1, 1, 7)
    y, found = rh.output_jacobian(weights.flat, x, 3)
    for index, flat in enumerate(weights.flat):

        def run(flat):
            model = rh.WaveRNN(hidden_size=3).double()
            names, sizes = zip(*((n, p.shape) for n, p in model.named_parameters()), strict=True)
            parts = flat.split([size.numel() for size in sizes])
            given = {n: p.reshape(s) for n, p, s in zip(names, parts, sizes, strict=True)}
            call = torch.func.functional_call(model, given, torch.tensor(x).reshape(1, -1, 1))
            return call[0].flatten()

        flat = torch.from_numpy(flat)
        np.testing.assert_allclose(y[index], run(flat).numpy(), atol=1e-12)
        expected = torch.autograd.functional.jacobian(run, flat)
        np.testing.assert_allclose(found[index], expected.numpy(), atol=1e-12)


def test_lbfgs_lowers_the_loss_that_it_says():
    window = rh.make_window(0, 9, 30)
    few, more = (rh.train_lbfgs([3, 7], window.features, window.labels, n) for n in (3, 30))
    for many in (few, more):
        y, _ = rh.output_jacobian(many.weights.flat, window.features, 8)
        np.testing.assert_allclose(many.losses[0], ((y - window.labels)[:, 1:] ** 2).mean(axis=1))
    assert (more.losses < few.losses / 10).all()


def test_what_does_not_fit_is_refused_in_words():
    with pytest.raises(ValueError, match="model must be an RNN, but it is LSTM"):
        rh.fixed_point(rh.WaveRNN(cell="LSTM"))
    with pytest.raises(ValueError, match=r"flat must have shape \(num_models, 22\)"):
        rh.as_networks(np.zeros((2, 7)), 3)
    with pytest.raises(ValueError, match="cannot reshape"):
        rh.loop_step(rh.WaveRNN(), np.zeros(5))
