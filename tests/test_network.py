"""WaveRNN against its equations."""

import numpy as np
import pytest
import torch
from torch import nn

import rnn_helpers as rh

SIZES = [(1, 1, 32, 1), (1, 1, 1, 1), (3, 2, 5, 1), (1, 1, 4, 2), (2, 3, 6, 3)]


def make(input_size, output_size, hidden_size, num_layers):
    torch.manual_seed(1)
    return rh.WaveRNN(input_size, output_size, hidden_size, num_layers).double()


def by_hand(model, x, h_0):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), layer upon layer; then Linear."""
    weights = {name: value.detach().numpy() for name, value in model.named_parameters()}
    below, last = x.numpy(), []
    for layer in range(model.rnn.num_layers):
        w_ih, w_hh = weights[f"rnn.weight_ih_l{layer}"], weights[f"rnn.weight_hh_l{layer}"]
        bias = weights[f"rnn.bias_ih_l{layer}"] + weights[f"rnn.bias_hh_l{layer}"]
        h, states = h_0[layer].numpy(), []
        for t in range(x.shape[1]):
            h = np.tanh(below[:, t] @ w_ih.T + h @ w_hh.T + bias)
            states.append(h)
        below = np.stack(states, axis=1)
        last.append(h)
    return below @ weights["fc.weight"].T + weights["fc.bias"], np.stack(last)


@pytest.mark.parametrize("sizes", SIZES)
def test_forward_follows_the_equations(sizes):
    model = make(*sizes)
    input_size, output_size, hidden_size, num_layers = sizes
    x = torch.randn(3, 7, input_size, dtype=torch.float64)
    h_0 = torch.rand(num_layers, 3, hidden_size, dtype=torch.float64)
    prediction, h_n = model(x, h_0)
    assert prediction.shape == (3, 7, output_size)
    assert h_n.shape == (num_layers, 3, hidden_size)
    expected, expected_state = by_hand(model, x, h_0)
    np.testing.assert_allclose(prediction.detach().numpy(), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(h_n.detach().numpy(), expected_state, rtol=0, atol=1e-12)


@pytest.mark.parametrize("sizes", SIZES)
def test_no_hidden_state_means_zeros(sizes):
    model = make(*sizes)
    x = torch.randn(2, 5, sizes[0], dtype=torch.float64)
    zeros = torch.zeros(sizes[3], 2, sizes[2], dtype=torch.float64)
    assert torch.equal(model(x)[0], model(x, zeros)[0])


@pytest.mark.parametrize("sizes", SIZES)
def test_a_carried_state_continues_the_sequence(sizes):
    model = make(*sizes)
    x = torch.randn(2, 9, sizes[0], dtype=torch.float64)
    whole, h_whole = model(x)
    first, h = model(x[:, :4])
    second, h = model(x[:, 4:], h)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, rtol=0, atol=1e-13)
    torch.testing.assert_close(h, h_whole, rtol=0, atol=1e-13)


def test_the_network_is_nn_rnn_and_linear_bit_for_bit():
    torch.manual_seed(4)
    model = rh.WaveRNN()
    torch.manual_seed(4)
    rnn, fc = nn.RNN(1, 32, 1, batch_first=True), nn.Linear(32, 1)
    plain = [*rnn.parameters(), *fc.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), plain, strict=True))
    x = torch.randn(1, 20, 1)
    r_out, h_n = rnn(x)
    prediction, h = model(x)
    assert torch.equal(prediction, fc(r_out))
    assert torch.equal(h, h_n)


def test_number_of_weights():
    """32 inputs, 32 x 32 recurrent, two biases, 32 + 1 for the output."""
    assert sum(weight.numel() for weight in rh.WaveRNN().parameters()) == 32 + 1024 + 64 + 33


@pytest.mark.parametrize(
    "other",
    [
        rh.WaveRNN(hidden_size=16),
        rh.WaveRNN(num_layers=2),
    ],
    ids=["hidden size", "layers"],
)
def test_the_hidden_state_of_another_network_is_refused(other):
    x = torch.zeros(1, 5, 1)
    _, h_of_other = other(x)
    with pytest.raises(ValueError, match=r"h_0 must have shape .* = \(1, 1, 32\), but shape"):
        rh.WaveRNN()(x, h_of_other)


def test_the_hidden_state_of_another_batch_is_refused():
    _, h = rh.WaveRNN()(torch.zeros(2, 5, 1))
    with pytest.raises(ValueError, match=r"\(1, 1, 32\), but shape \(1, 2, 32\)"):
        rh.WaveRNN()(torch.zeros(1, 5, 1), h)


def test_a_hidden_state_that_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match=r"h_0 must be a tensor .* a ndarray was given"):
        rh.WaveRNN()(torch.zeros(1, 5, 1), np.zeros((1, 1, 32)))


@pytest.mark.parametrize("shape", [(20,), (20, 1), (1, 20, 2), (1, 1, 20, 1)])
def test_an_input_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"x must have shape \(batch, seq_len, 1\), but shape"):
        rh.WaveRNN()(torch.zeros(shape))


def test_an_input_that_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match="x must be a tensor, but a ndarray was given"):
        rh.WaveRNN()(np.zeros((1, 20, 1)))
