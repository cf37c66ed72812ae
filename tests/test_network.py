"""WaveRNN against its equations."""

import re

import numpy as np
import pytest
import torch
from plain_loop import states_of
from torch import nn

import rnn_helpers as rh
from rnn_helpers.network import detach

SIZES = pytest.mark.parametrize(
    "sizes", [(1, 1, 32, 1), (1, 1, 1, 1), (3, 2, 5, 1), (1, 1, 4, 2), (2, 3, 6, 3)]
)
CELLS = ["RNN", "LSTM", "GRU"]
EVERY_CELL = pytest.mark.parametrize("cell", CELLS)


def make(input_size, output_size, hidden_size, num_layers, cell="RNN"):
    torch.manual_seed(1)
    return rh.WaveRNN(input_size, output_size, hidden_size, num_layers, cell).double()


def random_state(cell, *shape):
    h_0, c_0 = torch.rand(2, *shape, dtype=torch.float64) * 2 - 1
    return (h_0, c_0) if cell == "LSTM" else h_0


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def rnn_step(from_x, from_h, h):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)."""
    return (np.tanh(from_x + from_h),)


def lstm_step(from_x, from_h, h, c):
    """c_t = f * c_(t-1) + i * g and h_t = o * tanh(c_t)."""
    i, f, g, o = np.split(from_x + from_h, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(from_x, from_h, h):
    """h_t = (1 - z) * n + z * h_(t-1), where r stands before W_hn h_(t-1) + b_hn."""
    (r_x, z_x, n_x), (r_h, z_h, n_h) = np.split(from_x, 3, axis=1), np.split(from_h, 3, axis=1)
    n, z = np.tanh(n_x + sigmoid(r_x + r_h) * n_h), sigmoid(z_x + z_h)
    return ((1 - z) * n + z * h,)


def by_hand(model, cell, x, state):
    """The equations, layer upon layer; then Linear."""
    one_step = {"RNN": rnn_step, "LSTM": lstm_step, "GRU": gru_step}[cell]
    weights = {name: value.detach().numpy() for name, value in model.named_parameters()}
    below, last = x.numpy(), []
    for layer in range(model.rnn.num_layers):
        names = (
            f"rnn.{name}_l{layer}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        w_ih, w_hh, b_ih, b_hh = (weights[name] for name in names)
        now, states = tuple(part[layer].numpy() for part in state), []
        for t in range(x.shape[1]):
            now = one_step(below[:, t] @ w_ih.T + b_ih, now[0] @ w_hh.T + b_hh, *now)
            states.append(now[0])
        below = np.stack(states, axis=1)
        last.append(now)
    prediction = below @ weights["fc.weight"].T + weights["fc.bias"]
    return prediction, [np.stack(parts) for parts in zip(*last, strict=True)]


@SIZES
@EVERY_CELL
def test_forward_follows_the_equations(sizes, cell):
    model = make(*sizes, cell)
    input_size, output_size, hidden_size, num_layers = sizes
    x = torch.randn(3, 7, input_size, dtype=torch.float64)
    h_0 = random_state(cell, num_layers, 3, hidden_size)
    prediction, h_n = model(x, h_0)
    assert prediction.shape == (3, 7, output_size)
    assert isinstance(h_n, tuple) == (cell == "LSTM")
    expected, expected_states = by_hand(model, cell, x, states_of(h_0))
    np.testing.assert_allclose(prediction.detach().numpy(), expected, rtol=0, atol=1e-12)
    for ours, theirs in zip(states_of(h_n), expected_states, strict=True):
        assert ours.shape == (num_layers, 3, hidden_size)
        np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=0, atol=1e-12)


@SIZES
@EVERY_CELL
def test_no_hidden_state_means_zeros(sizes, cell):
    model = make(*sizes, cell)
    x = torch.randn(2, 5, sizes[0], dtype=torch.float64)
    zeros = torch.zeros(sizes[3], 2, sizes[2], dtype=torch.float64)
    expected, _ = model(x, (zeros, zeros) if cell == "LSTM" else zeros)
    assert torch.equal(model(x)[0], expected)


@SIZES
@EVERY_CELL
def test_a_carried_state_continues_the_sequence(sizes, cell):
    model = make(*sizes, cell)
    x = torch.randn(2, 9, sizes[0], dtype=torch.float64)
    whole, h_whole = model(x)
    first, h = model(x[:, :4])
    second, h = model(x[:, 4:], h)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, rtol=0, atol=1e-13)
    for one, other in zip(states_of(h), states_of(h_whole), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-13)


@pytest.mark.parametrize("part", [0, 1])
def test_both_parts_of_the_state_of_an_lstm_matter(part):
    model = make(1, 1, 4, 1, "LSTM")
    x = torch.zeros(1, 3, 1, dtype=torch.float64)
    state = list(torch.zeros(2, 1, 1, 4, dtype=torch.float64))
    zero, _ = model(x, tuple(state))
    state[part] = state[part] + 1
    assert (model(x, tuple(state))[0] - zero).abs().min() > 1e-3


@EVERY_CELL
@pytest.mark.parametrize("num_layers", [1, 2])
def test_the_network_is_that_of_torch_and_linear_bit_for_bit(cell, num_layers):
    torch.manual_seed(4)
    model = rh.WaveRNN(num_layers=num_layers, cell=cell)
    torch.manual_seed(4)
    kind = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}[cell]
    rnn, fc = kind(1, 32, num_layers, batch_first=True), nn.Linear(32, 1)
    plain = [*rnn.parameters(), *fc.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), plain, strict=True))
    assert type(model.rnn) is kind
    assert model.cell == cell
    x = torch.randn(1, 20, 1)
    r_out, h_n = rnn(x)
    prediction, h = model(x)
    assert torch.equal(prediction, fc(r_out))
    assert all(torch.equal(a, b) for a, b in zip(states_of(h), states_of(h_n), strict=True))


def test_the_cell_is_an_rnn_if_nothing_is_said():
    model = rh.WaveRNN()
    assert model.cell == "RNN"
    assert type(model.rnn) is nn.RNN
    assert model.rnn.nonlinearity == "tanh"


def test_there_are_three_cells_with_so_many_times_the_rows():
    assert list(rh.CELLS) == CELLS
    for cell, times in rh.CELLS.items():
        assert rh.WaveRNN(hidden_size=5, cell=cell).rnn.weight_hh_l0.shape == (times * 5, 5)


@EVERY_CELL
def test_detach_cuts_the_state_from_its_history_and_keeps_its_values(cell):
    _, h_n = rh.WaveRNN(hidden_size=3, cell=cell)(torch.zeros(1, 2, 1))
    cut = detach(h_n)
    assert isinstance(cut, tuple) == (cell == "LSTM")
    for one, other in zip(states_of(cut), states_of(h_n), strict=True):
        assert other.requires_grad
        assert not one.requires_grad
        assert torch.equal(one, other)


@pytest.mark.parametrize(("cell", "times"), [("RNN", 1), ("LSTM", 4), ("GRU", 3)])
def test_number_of_weights(cell, times):
    """32 inputs, 32 x 32 recurrent, two biases, for each gate; 32 + 1 for the output."""
    expected = times * (32 + 1024 + 64) + 33
    assert sum(weight.numel() for weight in rh.WaveRNN(cell=cell).parameters()) == expected


@pytest.mark.parametrize("cell", ["rnn", "Lstm", "", None, 1, ["GRU"], nn.LSTM], ids=str)
def test_another_cell_is_refused(cell):
    with pytest.raises(ValueError, match=r"^cell must be one of 'RNN', 'LSTM', 'GRU', but .* was"):
        rh.WaveRNN(cell=cell)


# The hidden state of another network


OTHERS = pytest.mark.parametrize(
    ("sizes", "given"),
    [({"hidden_size": 16}, (1, 1, 16)), ({"num_layers": 2}, (2, 1, 32)), ({}, (1, 2, 32))],
    ids=["hidden size", "layers", "batch"],
)


@OTHERS
@EVERY_CELL
def test_the_hidden_state_of_another_network_is_refused(sizes, given, cell):
    other = rh.WaveRNN(**sizes, cell=cell)
    _, h_of_other = other(torch.zeros(given[1], 5, 1))
    message = f"(num_layers, batch, hidden_size) = (1, 1, 32), but shape {given} was given"
    with pytest.raises(ValueError, match=f"^h_0 must have shape {re.escape(message)}"):
        rh.WaveRNN(cell=cell)(torch.zeros(1, 5, 1), h_of_other)


@OTHERS
def test_the_cell_state_of_another_network_is_refused(sizes, given):
    model = rh.WaveRNN(cell="LSTM")
    bad = torch.zeros(1, 1, 32), torch.zeros(given)
    message = f"(num_layers, batch, hidden_size) = (1, 1, 32), but shape {given} was given"
    with pytest.raises(ValueError, match=f"^c_0 must have shape {re.escape(message)}"):
        model(torch.zeros(1, 5, 1), bad)


STATE = torch.zeros(1, 1, 32)


@pytest.mark.parametrize(
    ("cell", "bad", "message"),
    [
        ("RNN", np.zeros((1, 1, 32)), r"h_0 must be a tensor of .* a ndarray was given"),
        ("RNN", (STATE,), r"h_0 must be a tensor of .* a tuple was given"),
        ("RNN", (STATE, STATE), r"h_0 must be a tensor of .* a tuple was given"),
        ("GRU", (STATE, STATE), r"h_0 must be a tensor of .* a tuple was given"),
        ("GRU", [STATE], r"h_0 must be a tensor of .* a list was given"),
        ("LSTM", STATE, r"h_0 of an LSTM must be a tuple of two tensors, .* but .*Tensor was"),
        ("LSTM", STATE.numpy(), r"h_0 of an LSTM must be a tuple of two .* but .*ndarray was"),
        ("LSTM", [STATE, STATE], r"h_0 of an LSTM must be a tuple of two .* but .*list was"),
        ("LSTM", (), r"h_0 of an LSTM must be a tuple of two .* but a tuple of 0 was"),
        ("LSTM", (STATE,), r"h_0 of an LSTM must be a tuple of two .* but a tuple of 1 was"),
        ("LSTM", (STATE,) * 3, r"h_0 of an LSTM must be a tuple of two .* but a tuple of 3 was"),
        ("LSTM", (None, STATE), r"h_0 must be a tensor of .* a NoneType was given"),
        ("LSTM", (STATE, None), r"c_0 must be a tensor of .* a NoneType was given"),
        ("LSTM", (STATE, STATE.numpy()), r"c_0 must be a tensor of .* a ndarray was given"),
        ("LSTM", ((STATE, STATE), STATE), r"h_0 must be a tensor of .* a tuple was given"),
    ],
)
def test_a_hidden_state_of_another_kind_is_refused(cell, bad, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        rh.WaveRNN(cell=cell)(torch.zeros(1, 5, 1), bad)


@EVERY_CELL
@pytest.mark.parametrize(
    ("dtype", "other"),
    [
        (torch.float32, torch.float64),
        (torch.float64, torch.float32),
        (torch.float32, torch.int64),
    ],
)
def test_a_hidden_state_of_another_dtype_is_refused(cell, dtype, other):
    model, right, wrong = rh.WaveRNN(cell=cell).to(dtype), STATE.to(dtype), STATE.to(other)
    bad = {"h_0": (wrong, right), "c_0": (right, wrong)} if cell == "LSTM" else {"h_0": wrong}
    for name, state in bad.items():
        message = f"^{name} must have the dtype of the weights, {dtype}, but {other} was given"
        with pytest.raises(ValueError, match=message):
            model(torch.zeros(1, 5, 1, dtype=dtype), state)


@pytest.mark.parametrize("shape", [(20,), (20, 1), (1, 20, 2), (1, 1, 20, 1)])
def test_an_input_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"x must have shape \(batch, seq_len, 1\), but shape"):
        rh.WaveRNN()(torch.zeros(shape))


def test_an_input_that_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match="x must be a tensor, but a ndarray was given"):
        rh.WaveRNN()(np.zeros((1, 20, 1)))
