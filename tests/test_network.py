"""WaveRNN against torch's own modules, and the weights of many of them."""

import numpy as np
import pytest
import torch
from plain_loop import sigmoid, states_of
from torch import nn

import rnn_helpers as rh
from rnn_helpers.network import hold_gates, one_model, pass_gates

CELLS = ["RNN", "LSTM", "GRU"]
EVERY_CELL = pytest.mark.parametrize("cell", CELLS)
GATED = pytest.mark.parametrize("cell", ["LSTM", "GRU"])


@EVERY_CELL
@pytest.mark.parametrize("sizes", [(1, 1, 32, 1), (3, 2, 5, 1), (2, 3, 6, 3)])
def test_the_network_is_that_of_torch_and_linear_bit_for_bit(sizes, cell):
    input_size, output_size, hidden_size, num_layers = sizes
    torch.manual_seed(4)
    model = rh.WaveRNN(*sizes, cell)
    torch.manual_seed(4)
    rnn = getattr(nn, cell)(input_size, hidden_size, num_layers, batch_first=True)
    fc, x = nn.Linear(hidden_size, output_size), torch.randn(3, 7, input_size)
    h_0, c_0 = torch.rand(2, num_layers, 3, hidden_size) * 2 - 1
    for state in ((h_0, c_0) if cell == "LSTM" else h_0, None):
        prediction, h_n = model(x, state)
        r_out, expected = rnn(x, state)
        assert torch.equal(prediction, fc(r_out))
        for ours, theirs in zip(states_of(h_n), states_of(expected), strict=True):
            assert torch.equal(ours, theirs)


def test_an_input_of_another_kind_or_shape_is_refused():
    for x in (torch.zeros(20), torch.zeros(1, 20, 2)):
        with pytest.raises(ValueError, match=r"^x must have shape \(batch, seq_len, 1\), but"):
            rh.WaveRNN()(x)
    with pytest.raises(TypeError, match="x must be of type Tensor, not ndarray"):
        rh.WaveRNN()(np.zeros((1, 20, 1)))


# Many networks


@EVERY_CELL
def test_initial_weights_are_those_of_manual_seed_and_leave_random_states_alone(cell):
    before = torch.get_rng_state()
    weights = rh.initial_weights([0, 127, 127], 5, cell)
    assert torch.equal(torch.get_rng_state(), before)
    assert (weights.cell, weights.hidden_size, weights.flat.dtype) == (cell, 5, np.float64)
    for seed, flat in zip([0, 127, 127], weights.flat, strict=True):
        torch.manual_seed(seed)
        parameters = rh.WaveRNN(hidden_size=5, cell=cell).parameters()
        expected = nn.utils.parameters_to_vector(parameters).detach().numpy()
        np.testing.assert_array_equal(flat, expected.astype(float))


def test_a_model_of_many_has_the_default_dtype_of_torch():
    weights = rh.initial_weights([0, 1], 3, "GRU")
    weights.flat[1] += 1e-12  # is lost in float32
    torch.set_default_dtype(torch.float64)
    try:
        model = one_model(weights, 1)
    finally:
        torch.set_default_dtype(torch.float32)
    flat, before = nn.utils.parameters_to_vector(model.parameters()), weights.flat.copy()
    np.testing.assert_array_equal(flat.detach().numpy(), before[1])
    with torch.no_grad():
        model.fc.weight.add_(1)  # which is its own
    np.testing.assert_array_equal(weights.flat, before)


@GATED
def test_held_gates_keep_one_minus_one_over_gap_and_passed_ones_next_to_nothing(cell):
    """Without other weights, from a zero state, a gate is the sigmoid of its biases alone."""
    keeps = "f" if cell == "LSTM" else "z"
    for begin, expected in (
        (lambda w: hold_gates(w, 40), {keeps: 1 - 1 / 40, "i": 1 / 40, "o": 0.5, "r": 0.5}),
        (pass_gates, {keeps: sigmoid(-4), "i": sigmoid(4), "o": sigmoid(4), "r": sigmoid(4)}),
    ):
        weights = rh.initial_weights([3, 8], 5, cell)
        weights.flat[:] = 0
        begin(weights)
        values = rh.gate_values(weights, np.zeros(1))
        for gate in set(values) & set(expected):
            np.testing.assert_allclose(values[gate], expected[gate], rtol=1e-13)


def test_an_rnn_has_no_gates_to_set():
    message = "^cell must be 'LSTM' or 'GRU' to set its gates, but 'RNN' has none"
    for call in (
        lambda: rh.train_many([3], 2, hold=5),
        lambda: rh.train_recall([3], 4, begin="pass"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
