"""The cells: outputs, states and the gradients derived by hand, against autograd."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

import rnn_helpers as rh
from rnn_helpers.cells import Record, Weights, backward, forward

PROPERTY = settings(deadline=None, max_examples=25, derandomize=True)
EVERY_CELL = pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])


def num_parameters(cell, hidden_size):
    return sum(weight.numel() for weight in rh.WaveRNN(1, 1, hidden_size, 1, cell).parameters())


def random_problem(cell, seed, num_models=2, hidden_size=4, seq_len=6, batch=3, scale=0.6):
    """Random weights, input, state and derivatives of the outputs, all in float64."""
    random = np.random.default_rng(seed)
    flat = random.normal(0, scale, (num_models, num_parameters(cell, hidden_size)))
    num_states = 2 if cell == "LSTM" else 1
    state = tuple(random.uniform(-1, 1, (num_states, num_models, batch, hidden_size)))
    x = random.normal(size=(seq_len, batch))
    dy = random.normal(size=(seq_len, num_models, batch))
    return Weights(flat, hidden_size, cell), x, state, dy


def gradient_of(w, x, state, dy, record=None):
    _, record = forward(w, x, state, record)
    gradient = Weights(np.full_like(w.flat, np.nan), w.hidden_size, w.cell)
    backward(w, x, record, dy, gradient)
    return gradient.flat


def assert_equals_autograd(w, x, state, dy):
    """Outputs, all states and gradients of each network are those of torch, to 1e-12."""
    y, record = forward(w, x, state)
    gradient = gradient_of(w, x, state, dy)
    for index in range(len(w.flat)):
        rnn = getattr(nn, w.cell)(1, w.hidden_size).double()
        fc = nn.Linear(w.hidden_size, 1).double()
        weights = [*rnn.parameters(), *fc.parameters()]
        nn.utils.vector_to_parameters(torch.from_numpy(w.flat[index].copy()), weights)
        now, outputs, close = None, [], {"rtol": 0, "atol": 1e-12}
        if state is not None:
            now = [torch.from_numpy(part[index][None].copy()) for part in state]
            now = tuple(now) if w.cell == "LSTM" else now[0]
        for t, x_t in enumerate(x):  # one point after the other, to see each state
            r_out, now = rnn(torch.from_numpy(x_t)[None, :, None], now)
            outputs.append(fc(r_out)[0, :, 0])
            for ours, part in zip(record.states, now if w.cell == "LSTM" else (now,), strict=True):
                np.testing.assert_allclose(ours[t + 1, index], part[0].detach().numpy(), **close)
        prediction = torch.stack(outputs)
        prediction.backward(torch.from_numpy(dy[:, index].copy()))
        expected = torch.cat([weight.grad.flatten() for weight in weights]).numpy()
        np.testing.assert_allclose(y[:, index], prediction.detach().numpy(), **close)
        scale = max(1, np.abs(expected).max())
        np.testing.assert_allclose(gradient[index] / scale, expected / scale, **close)


@EVERY_CELL
@PROPERTY
@given(
    seed=st.integers(0, 10**6),
    num_models=st.integers(1, 4),
    hidden_size=st.integers(1, 9),
    seq_len=st.integers(1, 25),
    batch=st.integers(1, 4),
    with_state=st.booleans(),
)
@example(seed=1, num_models=1, hidden_size=1, seq_len=1, batch=1, with_state=True)
@example(seed=1, num_models=1, hidden_size=32, seq_len=20, batch=1, with_state=True)
@example(seed=1, num_models=3, hidden_size=32, seq_len=20, batch=1, with_state=False)
def test_forward_and_backward_equal_autograd(
    cell, seed, num_models, hidden_size, seq_len, batch, with_state
):
    scale = 0.6 if hidden_size < 10 else 0.1
    w, x, state, dy = random_problem(cell, seed, num_models, hidden_size, seq_len, batch, scale)
    y, record = forward(w, x, state)
    assert y.shape == (seq_len, num_models, batch)
    assert record.h.shape == (seq_len + 1, num_models, batch, hidden_size)
    assert_equals_autograd(w, x, state if with_state else None, dy)


@EVERY_CELL
def test_gates_that_are_wide_open_or_shut_raise_no_warning(cell):
    w, x, state, dy = random_problem(cell, 9, scale=1e4)
    with np.errstate(all="raise", under="ignore"):
        y, record = forward(w, x, state)
        assert np.isfinite(gradient_of(w, x, state, dy)).all()
    assert np.isfinite(y).all()
    if cell != "RNN":
        assert (record.gates[:, :2].min(), record.gates[:, :2].max()) == (0, 1)


@EVERY_CELL
@pytest.mark.parametrize("num_models", [1, 2])
def test_what_a_record_held_before_does_not_matter_and_it_can_be_used_again(cell, num_models):
    record = Record(random_problem(cell, 0, num_models)[0], 6, 3)
    for values in vars(record).values():
        if isinstance(values, np.ndarray):
            values.fill(np.nan)
    for seed in (13, 14):
        w, x, state, dy = random_problem(cell, seed, num_models)
        y, fresh = forward(w, x, state)
        y_again, record = forward(w, x, state, record)
        np.testing.assert_array_equal(y_again, y)
        for one, other in zip(record.states, fresh.states, strict=True):
            np.testing.assert_array_equal(one, other)
        expected = gradient_of(w, x, state, dy)
        for _ in range(2):  # backwards twice from the same way forwards
            gradient = Weights(np.full_like(w.flat, 7.0), w.hidden_size, cell)
            backward(w, x, record, dy, gradient)
            np.testing.assert_array_equal(gradient.flat, expected)
