"""What gates do: every value against the equations, and the picture against the values."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from torch import nn

import rnn_helpers as rh

NAMES = {"RNN": {"h"}, "LSTM": {"i", "f", "g", "o", "c", "h"}, "GRU": {"r", "z", "n", "h"}}
EVERY_CELL = pytest.mark.parametrize("cell", NAMES)
GATED = pytest.mark.parametrize("cell", ["LSTM", "GRU"])
LABELS = ["kept (f or z)", "written (i or 1 - z)"]
FEATURES = np.random.default_rng(0).normal(size=13)


@pytest.fixture(autouse=True)
def _no_figures():
    plt.close("all")
    yield
    plt.close("all")


def random_model(cell, hidden_size=5, seed=2, **sizes):
    """Return an untrained network in float64, its weights doubled so that its gates differ."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = rh.WaveRNN(hidden_size=hidden_size, cell=cell, **sizes).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2)
    return model


def untrained_many(cell, seeds=(4, 1, 7), hidden_size=5):
    weights = rh.initial_weights(seeds, hidden_size, cell)
    h_n = np.zeros((len(seeds), hidden_size))
    h_n = (h_n, h_n) if cell == "LSTM" else h_n
    return rh.ManyRNNs(tuple(seeds), weights, np.zeros((1, len(seeds))), h_n)


def by_hand(model, features):
    """The gates by the documentation of torch, from the weights of each gate by its name."""
    cell, size = model.cell, model.rnn.hidden_size
    letters = {"RNN": "h", "LSTM": "ifgo", "GRU": "rzn"}[cell]
    from_x, from_h = {}, {}
    with torch.no_grad():
        w_ih, w_hh, b_ih, b_hh = model.rnn.parameters()
        for number, letter in enumerate(letters):
            rows = slice(number * size, (number + 1) * size)
            from_x[letter] = lambda x_t, rows=rows: w_ih[rows, 0] * x_t + b_ih[rows]
            from_h[letter] = lambda h, rows=rows: w_hh[rows] @ h + b_hh[rows]

        def both(letter, x_t, h):
            return from_x[letter](x_t) + from_h[letter](h)

        h = c = torch.zeros(size, dtype=torch.float64)
        values = {name: [] for name in NAMES[cell]}
        for x_t in features:
            if cell == "RNN":
                h = torch.tanh(both("h", x_t, h))
                now = {"h": h}
            elif cell == "LSTM":
                i, f, o = (torch.sigmoid(both(letter, x_t, h)) for letter in "ifo")
                g = torch.tanh(both("g", x_t, h))
                c = f * c + i * g
                h = o * torch.tanh(c)
                now = {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}
            else:
                r, z = (torch.sigmoid(both(letter, x_t, h)) for letter in "rz")
                n = torch.tanh(from_x["n"](x_t) + r * from_h["n"](h))
                h = (1 - z) * n + z * h
                now = {"r": r, "z": z, "n": n, "h": h}
            for name, value in now.items():
                values[name].append(value.numpy())
    return {name: np.array(rows) for name, rows in values.items()}


# The values


@EVERY_CELL
@pytest.mark.parametrize("hidden_size", [1, 5, 32])
def test_every_gate_follows_its_equation(cell, hidden_size):
    model = random_model(cell, hidden_size)
    values, expected = rh.gate_values(model, FEATURES), by_hand(model, FEATURES)
    assert set(values) == NAMES[cell]
    for name, array in values.items():
        assert array.shape == (13, hidden_size)
        np.testing.assert_allclose(array, expected[name], rtol=0, atol=1e-12, err_msg=name)


@EVERY_CELL
def test_the_hidden_states_are_those_of_the_other_functions(cell):
    model = random_model(cell)
    values = rh.gate_values(model, FEATURES)
    np.testing.assert_allclose(
        values["h"], rh.hidden_states(model, FEATURES)[1:], rtol=0, atol=1e-12
    )
    _, h_n = rh.predict(model, FEATURES)
    if cell == "LSTM":
        np.testing.assert_allclose(values["c"][-1], h_n[1].numpy()[0, 0], rtol=0, atol=1e-12)


@EVERY_CELL
def test_each_of_many_has_the_values_of_one(cell):
    many = untrained_many(cell)
    of_many = rh.gate_values(many, FEATURES)
    assert set(of_many) == NAMES[cell]
    for index in range(3):
        of_one = rh.gate_values(many.model(index), FEATURES)  # rounded to float32 and exact again
        for name, array in of_many.items():
            assert array.shape == (3, 13, 5)
            np.testing.assert_allclose(array[index], of_one[name], rtol=0, atol=1e-12, err_msg=name)


@EVERY_CELL
@pytest.mark.parametrize("seeds", [(4,), (4, 1, 7)])
def test_weights_have_the_values_of_the_networks_that_they_belong_to(cell, seeds):
    many = untrained_many(cell, seeds)
    values = rh.gate_values(rh.initial_weights(seeds, 5, cell), FEATURES)
    expected = rh.gate_values(many, FEATURES)
    assert set(values) == set(expected)
    for name, array in expected.items():
        assert array.shape == (len(seeds), 13, 5)  # one of many keeps its axis
        np.testing.assert_array_equal(values[name], array)


@EVERY_CELL
def test_values_are_float64_and_change_no_weight(cell):
    model = random_model(cell).float()
    before = nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    values = rh.gate_values(model, [0.5])
    assert {array.dtype for array in values.values()} == {np.dtype(np.float64)}
    assert {array.shape for array in values.values()} == {(1, 5)}
    assert all(weight.grad is None for weight in model.parameters())
    assert torch.equal(nn.utils.parameters_to_vector(model.parameters()), before)
    many = untrained_many(cell)
    flat = many.weights.flat.copy()
    rh.gate_values(many, FEATURES)
    np.testing.assert_array_equal(many.weights.flat, flat)


@EVERY_CELL
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"num_layers": 2}, "model must have one layer, but it has 2"),
        ({"num_layers": 3}, "model must have one layer, but it has 3"),
        ({"input_size": 2}, "model must have input_size 1 and output_size 1, but it has 2 and 1"),
        ({"output_size": 2}, "model must have input_size 1 and output_size 1, but it has 1 and 2"),
        ({"input_size": 27, "output_size": 27}, "output_size 1, but it has 27 and 27"),
    ],
)
def test_a_network_of_other_sizes_is_refused(cell, sizes, message):
    model = random_model(cell, **sizes)
    with pytest.raises(ValueError, match=message):
        rh.gate_values(model, FEATURES)
    with pytest.raises(ValueError, match=message):
        rh.plot_gates(model, rh.forecast(random_model(cell)))
    assert plt.get_fignums() == []


# The picture


def forecast_of(model, prime_length):
    return rh.forecast(
        model, start=33, step=7, num_points=11, prime_length=prime_length, prime_step=4
    )


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def limits_of(band):
    """The degrees, lower and upper limits that ``fill_between`` drew."""
    (vertices,) = (path.vertices for path in band.get_paths())
    degrees = np.unique(vertices[:, 0])
    at = [vertices[vertices[:, 0] == angle, 1] for angle in degrees]
    return degrees, np.array([y.min() for y in at]), np.array([y.max() for y in at])


@GATED
@pytest.mark.parametrize("prime_length", [0, 1, 6])
def test_lines_are_means_over_the_units_and_bands_5_to_95_percent_of_them(cell, prime_length):
    model = random_model(cell, hidden_size=9)
    test = forecast_of(model, prime_length)
    ax = rh.plot_gates(model, test)
    degrees = np.concatenate([33 - 4 * np.arange(prime_length, 0, -1), 33 + 7 * np.arange(11)])
    gates = by_hand(model, np.sin(np.radians(degrees)))
    kept = gates["f"] if cell == "LSTM" else gates["z"]
    written = gates["i"] if cell == "LSTM" else 1 - gates["z"]
    drawn = lines(ax)
    assert list(drawn) == LABELS
    assert len(ax.collections) == 2
    for line, band, gate in zip(drawn.values(), ax.collections, (kept, written), strict=True):
        np.testing.assert_allclose(line.get_xdata(), degrees, rtol=0, atol=1e-12)
        np.testing.assert_allclose(line.get_ydata(), gate.mean(axis=1), rtol=0, atol=1e-12)
        where, low, high = limits_of(band)
        np.testing.assert_allclose(where, degrees, rtol=0, atol=1e-12)
        np.testing.assert_allclose(low, np.percentile(gate, 5, axis=1), rtol=0, atol=1e-12)
        np.testing.assert_allclose(high, np.percentile(gate, 95, axis=1), rtol=0, atol=1e-12)
        assert (high - low).min() > 0.01


@GATED
def test_the_two_lines_differ_in_colour_marker_and_stroke(cell):
    model = random_model(cell)
    ax = rh.plot_gates(model, rh.forecast(model))
    kept, written = ax.get_lines()
    for line, band, look in zip((kept, written), ax.collections, rh.BAND_STYLES, strict=False):
        assert line.get_color() == look["color"]
        assert to_hex(band.get_facecolor()[0]) == look["color"].lower()
        assert band.get_alpha() < 0.5
    assert kept.get_marker() != written.get_marker()
    assert kept.get_linestyle() != written.get_linestyle()


@EVERY_CELL
def test_a_figure_of_its_own_has_labels_and_limits(cell):
    model = random_model(cell)
    ax = rh.plot_gates(model, rh.forecast(model))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("angle (degrees)", "gate")
    assert ax.get_ylim() == (0, 1)
    assert len(plt.get_fignums()) == 1


@GATED
def test_a_figure_of_its_own_has_a_legend_but_given_axes_are_left_alone(cell):
    model = random_model(cell)
    own = rh.plot_gates(model, rh.forecast(model))
    names = [text.get_text() for text in own.get_legend().get_texts()]
    assert names == LABELS
    _, ax = plt.subplots()
    ax.set_ylim(-3, 3)
    assert rh.plot_gates(model, rh.forecast(model), ax) is ax
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_legend()) == ("", "", None)
    assert ax.get_ylim() == (-3, 3)
    assert len(ax.get_lines()) == 2
    assert len(plt.get_fignums()) == 2


@pytest.mark.parametrize("given", [False, True])
def test_of_an_rnn_only_words_are_drawn(given):
    model = random_model("RNN")
    ax = plt.subplots()[1] if given else None
    drawn = rh.plot_gates(model, rh.forecast(model), ax)
    assert drawn is ax or not given
    (text,) = drawn.texts
    assert text.get_text() == "an RNN has no gates"
    assert text.get_transform() == drawn.transAxes
    assert text.get_position() == (0.5, 0.5)
    assert (len(drawn.get_lines()), len(drawn.collections), drawn.get_legend()) == (0, 0, None)


def test_a_network_is_drawn_on_the_way_of_a_test_of_another():
    """The predictions are not drawn, so it does not matter whose they are."""
    model, other = random_model("LSTM"), random_model("GRU", seed=5)
    one, two = (rh.plot_gates(model, forecast_of(whose, 3)) for whose in (model, other))
    for line, expected in zip(one.get_lines(), two.get_lines(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), expected.get_ydata())


def test_what_is_no_model_or_no_forecast_is_refused_and_leaves_no_figure():
    model, many = random_model("GRU"), untrained_many("GRU")
    test = rh.forecast(model)
    for bad in (None, test.predictions, test.window, (test,)):
        with pytest.raises(TypeError, match=r"^forecast must be a Forecast, but a .*rh\.forecast"):
            rh.plot_gates(model, bad)
    with pytest.raises(TypeError, match=r"a ManyRNNs was given; .* many\.model\(0\)"):
        rh.plot_gates(many, test)
    with pytest.raises(TypeError, match=r"^model must be a WaveRNN, but a GRU was given"):
        rh.plot_gates(nn.GRU(1, 3), test)
    assert plt.get_fignums() == []


@EVERY_CELL
def test_untrained_weights_have_gate_values_too(cell):
    many = untrained_many(cell)
    expected = rh.gate_values(many, FEATURES)
    for name, values in rh.gate_values(many.weights, FEATURES).items():
        np.testing.assert_array_equal(values, expected.pop(name))
    assert not expected
