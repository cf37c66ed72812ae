"""The hidden state: every value against the formula, its plane against the covariance matrix."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import rnn_helpers as rh

PROPERTY = settings(deadline=None, max_examples=25, derandomize=True)
EVERY_CELL = pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])


@pytest.fixture(autouse=True)
def _no_figures():
    plt.close("all")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def trained():
    return rh.train_many([0]).model(0)


def random_model(seed, hidden_size, scale=1.0, num_layers=1, cell="RNN"):
    """Return an untrained network in float64; torch's random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = rh.WaveRNN(hidden_size=hidden_size, num_layers=num_layers, cell=cell).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(scale)
    return model


def last_turn(model, turn):
    """Return the states of the last turn, of at least 10 turns and 400 points, by nn.RNN alone."""
    num_points = turn * max(10, -(-400 // turn))
    wave = torch.from_numpy(np.sin(2 * np.pi * np.arange(num_points) / turn))
    with torch.no_grad():
        r_out, _ = model.rnn(wave.to(model.fc.weight.dtype)[None, :, None])
    return r_out[0, -turn - 1 :].double().numpy()


# Every hidden state


@PROPERTY
@given(
    seed=st.integers(0, 10**6),
    hidden_size=st.integers(1, 9),
    features=st.lists(st.floats(-3, 3), min_size=1, max_size=30),
)
def test_hidden_states_follow_the_formula(seed, hidden_size, features):
    model = random_model(seed, hidden_size)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    w_ih, w_hh, b_ih, b_hh = (getattr(model.rnn, name).detach().numpy() for name in names)
    expected = [np.zeros(hidden_size)]
    for x_t in features:
        expected.append(np.tanh(w_ih[:, 0] * x_t + b_ih + w_hh @ expected[-1] + b_hh))
    states = rh.hidden_states(model, features)
    assert states.shape == (1 + len(features), hidden_size)
    np.testing.assert_allclose(states, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("cell", "kind"), [("RNN", nn.RNNCell), ("LSTM", nn.LSTMCell), ("GRU", nn.GRUCell)]
)
@PROPERTY
@given(seed=st.integers(0, 10**6), hidden_size=st.integers(1, 9), seq_len=st.integers(1, 30))
def test_hidden_states_are_those_of_a_loop_over_one_cell(cell, kind, seed, hidden_size, seq_len):
    model = random_model(seed, hidden_size, cell=cell)
    one_step = kind(1, hidden_size).double()
    weights = (weight.detach() for weight in model.rnn.parameters())
    nn.utils.vector_to_parameters(nn.utils.parameters_to_vector(weights), one_step.parameters())
    features = np.random.default_rng(seed).normal(size=seq_len)
    states, now = rh.hidden_states(model, features), None
    with torch.no_grad():
        for t, x_t in enumerate(features):
            now = one_step(torch.tensor([[x_t]]), now)
            h_t = now[0] if cell == "LSTM" else now
            np.testing.assert_allclose(states[t + 1], h_t.numpy()[0], rtol=0, atol=1e-12)


@EVERY_CELL
@pytest.mark.parametrize("num_layers", [1, 3])
def test_hidden_states_are_zero_and_the_output_of_the_last_layer(num_layers, cell):
    model = random_model(3, 5, num_layers=num_layers, cell=cell)
    features = rh.make_window(30, 11, 17).features
    states = rh.hidden_states(model, features)
    with torch.no_grad():
        r_out, h_n = model.rnn(torch.from_numpy(features)[None, :, None])
    np.testing.assert_array_equal(states[0], np.zeros(5))
    np.testing.assert_array_equal(states[1:], r_out.numpy()[0])
    h_n = h_n[0] if cell == "LSTM" else h_n
    np.testing.assert_array_equal(states[-1], h_n.numpy()[-1, 0])


def test_hidden_states_are_float64_without_gradients_and_change_no_weight(trained):
    before = nn.utils.parameters_to_vector(trained.parameters()).detach().clone()
    states = rh.hidden_states(trained, [0.5, -0.5])
    assert states.dtype == np.float64
    assert all(weight.grad is None for weight in trained.parameters())
    assert torch.equal(nn.utils.parameters_to_vector(trained.parameters()), before)


def test_the_output_layer_makes_the_predictions_of_the_hidden_states(trained):
    features = rh.make_window(12, 9, 25).features
    predictions, _ = rh.predict(trained, features)
    weight, bias = (p.detach().double().numpy() for p in trained.fc.parameters())
    states = rh.hidden_states(trained, features)
    np.testing.assert_allclose(states[1:] @ weight[0] + bias, predictions, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("model", "features", "kind", "message"),
    [
        (rh.WaveRNN(), [], ValueError, "features must have shape"),
        (rh.WaveRNN(), [[0.1]], ValueError, "features must have shape"),
        (rh.WaveRNN(), [0.1, np.nan], ValueError, "features must be finite"),
        (rh.WaveRNN(), "wave", TypeError, "features must be a sequence of numbers"),
        (None, [0.1], TypeError, "model must be a WaveRNN, but a NoneType was given"),
        (nn.RNN(1, 4), [0.1], TypeError, "model must be a WaveRNN, but a RNN was given"),
        (rh.WaveRNN(input_size=2), [0.1], ValueError, "model must have input_size 1"),
        (rh.WaveRNN(output_size=2), [0.1], ValueError, "output_size 1, but it has 1 and 2"),
    ],
)
def test_hidden_states_refuse_bad_input(model, features, kind, message):
    with pytest.raises(kind, match=message):
        rh.hidden_states(model, features)


# The plane


@PROPERTY
@given(
    seed=st.integers(0, 10**6),
    hidden_size=st.integers(2, 9),
    turn=st.integers(3, 120),
    scale=st.floats(0.5, 3),
)
def test_the_plane_is_that_of_the_two_largest_eigenvalues(seed, hidden_size, turn, scale):
    model = random_model(seed, hidden_size, scale)
    plane, states = rh.state_plane(model, 360 / turn), last_turn(model, turn)
    assert plane.components.shape == (2, hidden_size)
    np.testing.assert_allclose(plane.components @ plane.components.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.center, states.mean(axis=0), rtol=0, atol=1e-12)
    covariance = np.cov(states.T, ddof=0)
    eigenvalues = np.linalg.eigvalsh(covariance)[::-1]
    assert 0 < plane.share <= 1
    assert plane.share == pytest.approx(eigenvalues[:2].sum() / eigenvalues.sum(), abs=1e-10)
    for direction, eigenvalue in zip(plane.components, eigenvalues, strict=False):
        np.testing.assert_allclose(covariance @ direction, eigenvalue * direction, atol=1e-12)
    expected = (states - states.mean(axis=0)) @ plane.components.T
    np.testing.assert_allclose(plane.loop, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(plane.loop.var(axis=0), eigenvalues[:2], atol=1e-12)


@PROPERTY
@given(seed=st.integers(0, 10**6), hidden_size=st.integers(2, 9), turn=st.integers(3, 120))
def test_the_zero_state_lies_on_the_positive_side_of_both_components(seed, hidden_size, turn):
    model = random_model(seed, hidden_size)
    plane = rh.state_plane(model, 360 / turn)
    zero = plane.path(rh.forecast(model, num_points=1))[0]
    np.testing.assert_allclose(zero, -plane.components @ plane.center, rtol=0, atol=1e-12)
    assert (zero >= 0).all()


@EVERY_CELL
def test_the_plane_and_the_path_of_every_cell_are_those_of_its_hidden_states(cell):
    model = random_model(7, 5, scale=2, cell=cell)
    plane, states = rh.state_plane(model), last_turn(model, 40)
    np.testing.assert_allclose(plane.center, states.mean(axis=0), rtol=0, atol=1e-12)
    expected = (states - states.mean(axis=0)) @ plane.components.T
    np.testing.assert_allclose(plane.loop, expected, rtol=0, atol=1e-12)
    test = rh.forecast(model, num_points=7, prime_length=5)
    expected = rh.hidden_states(model, np.concatenate([test.prime, test.window.features]))
    expected = (expected - plane.center) @ plane.components.T
    np.testing.assert_allclose(plane.path(test), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("step", [9.0, 4.5, 30.0, 45.0])
def test_the_loop_is_one_turn_and_closes(trained, step):
    plane = rh.state_plane(trained, step)
    assert plane.loop.shape == (round(360 / step) + 1, 2)
    np.testing.assert_allclose(plane.loop[0], plane.loop[-1], rtol=0, atol=2e-5)
    assert np.ptp(plane.loop[:, 0]) > 0.5


def test_the_states_of_the_trained_network_lie_nearly_in_a_plane(trained):
    assert rh.state_plane(trained).share > 0.9


def test_the_plane_of_two_hidden_values_is_all_there_is():
    assert rh.state_plane(random_model(1, 2)).share == pytest.approx(1, abs=1e-12)


def test_the_plane_is_the_same_each_time_and_along_9_degrees(trained):
    first, again = rh.state_plane(trained), rh.state_plane(trained, 9)
    assert first.model is trained
    for one, other in zip(first[1:], again[1:], strict=True):
        np.testing.assert_array_equal(one, other)
    assert isinstance(first.share, float)


@pytest.mark.parametrize(
    ("model", "step", "kind", "message"),
    [
        (rh.WaveRNN(hidden_size=1), 9, ValueError, "hidden_size of at least 2, but it has 1"),
        (rh.WaveRNN(), 0, ValueError, "step must be greater than zero"),
        (rh.WaveRNN(), -9, ValueError, "step must be greater than zero"),
        (rh.WaveRNN(), 200, ValueError, "step must be 360 degrees divided by .* but 200.0 was"),
        (rh.WaveRNN(), 7, ValueError, "from 2 to 3600, but 7.0 was"),
        (rh.WaveRNN(), 0.01, ValueError, "from 2 to 3600, but 0.01 was"),
        (rh.WaveRNN(), np.nan, ValueError, "step must be finite"),
        (rh.WaveRNN(), "9", TypeError, "step must be a number"),
        (rh.WaveRNN(input_size=2), 9, ValueError, "model must have input_size 1"),
        (None, 9, TypeError, "model must be a WaveRNN, but a NoneType was given"),
    ],
)
def test_state_plane_refuses_bad_input(model, step, kind, message):
    with pytest.raises(kind, match=message):
        rh.state_plane(model, step)


def test_state_plane_says_how_to_take_one_network_out_of_many():
    with pytest.raises(TypeError, match=r"a ManyRNNs was given; .* many\.model\(0\)"):
        rh.state_plane(rh.train_many([0, 1], 1))


# The path


@pytest.mark.parametrize("prime_length", [0, 1, 20])
def test_the_path_begins_at_zero_and_goes_through_prime_and_test(trained, prime_length):
    plane = rh.state_plane(trained)
    test = rh.forecast(trained, start=45, num_points=7, prime_length=prime_length, prime_step=5)
    path = plane.path(test)
    assert path.shape == (1 + prime_length + 7, 2)
    np.testing.assert_allclose(path[0], -plane.components @ plane.center, rtol=0, atol=1e-14)
    degrees = np.concatenate([45 - 5 * np.arange(prime_length, 0, -1), 45 + 9 * np.arange(7)])
    states = rh.hidden_states(trained, np.sin(np.radians(degrees)))
    expected = (states - plane.center) @ plane.components.T
    np.testing.assert_allclose(path, expected, rtol=0, atol=1e-5)


def test_a_long_prime_ends_on_the_loop(trained):
    plane = rh.state_plane(trained)
    path = plane.path(rh.forecast(trained, num_points=40, prime_length=360))
    np.testing.assert_allclose(path[-41:], plane.loop, rtol=0, atol=1e-4)


# The picture


def lines(ax):
    return {line.get_label(): np.column_stack(line.get_data()) for line in ax.get_lines()}


@pytest.mark.parametrize("prime_length", [0, 6])
def test_the_loop_and_the_parts_of_the_path_are_drawn(trained, prime_length):
    plane = rh.state_plane(trained)
    test = rh.forecast(trained, num_points=9, prime_length=prime_length)
    path = plane.path(test)
    drawn = lines(rh.plot_state_path(plane, test))
    assert list(drawn) == ["loop", "prime", "test", "zero state"]
    np.testing.assert_array_equal(drawn["loop"], plane.loop)
    np.testing.assert_array_equal(drawn["prime"], path[: prime_length + 1])
    np.testing.assert_array_equal(drawn["test"], path[prime_length:])
    np.testing.assert_array_equal(drawn["zero state"], path[:1])


def test_prime_and_test_have_the_colours_of_their_roles(trained):
    ax = rh.plot_state_path(rh.state_plane(trained), rh.forecast(trained, prime_length=3))
    colours = {line.get_label(): line.get_color() for line in ax.get_lines()}
    assert colours["prime"] == rh.ROLES["prime"]["color"]
    assert colours["test"] == rh.ROLES["prediction"]["color"]


def test_a_figure_of_its_own_has_labels_and_a_legend_but_given_axes_are_left_alone(trained):
    plane, test = rh.state_plane(trained), rh.forecast(trained)
    own = rh.plot_state_path(plane, test)
    assert (own.get_xlabel(), own.get_ylabel()) == ("first component", "second component")
    names = [text.get_text() for text in own.get_legend().get_texts()]
    assert names == ["loop", "prime", "test", "zero state"]
    _, ax = plt.subplots()
    assert rh.plot_state_path(plane, test, ax) is ax
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_legend()) == ("", "", None)
    assert len(plt.get_fignums()) == 2


def test_what_is_no_plane_or_forecast_is_refused_and_leaves_no_figure(trained):
    plane, test = rh.state_plane(trained), rh.forecast(trained)
    with pytest.raises(TypeError, match=r"plane must be a StatePlane.* what rh\.state_plane"):
        rh.plot_state_path(tuple(plane), test)
    with pytest.raises(TypeError, match=r"forecast must be a Forecast.* what rh\.forecast"):
        rh.plot_state_path(plane, test.predictions)
    assert plt.get_fignums() == []


def test_a_state_that_never_moves_has_no_plane():
    model = rh.WaveRNN()
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
    with pytest.raises(ValueError, match="plane"):
        rh.state_plane(model)
