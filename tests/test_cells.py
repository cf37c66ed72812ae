"""The cells: outputs, states and the gradients derived by hand, against autograd and without it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import rnn_helpers as rh
from rnn_helpers.cells import Record, Weights, backward, by_gate, forward

PROPERTY = settings(deadline=None, max_examples=25, derandomize=True)
ROWS = {"RNN": 1, "LSTM": 4, "GRU": 3}
EVERY_CELL = pytest.mark.parametrize("cell", ROWS)
# One network with one sequence is the quick path of an RNN.
STACKS = pytest.mark.parametrize(("num_models", "batch"), [(1, 1), (1, 3), (3, 1), (2, 4)])


def num_parameters(cell, hidden_size):
    rows = ROWS[cell] * hidden_size
    return rows * (1 + hidden_size + 2) + hidden_size + 1


def random_problem(cell, seed, num_models, hidden_size, seq_len, batch, scale=0.6):
    """Random weights, input, state and derivatives of the outputs, all in float64."""
    random = np.random.default_rng(seed)
    flat = random.normal(0, scale, (num_models, num_parameters(cell, hidden_size)))
    num_states = 2 if cell == "LSTM" else 1
    state = tuple(random.uniform(-1, 1, (num_states, num_models, batch, hidden_size)))
    x = random.normal(size=(seq_len, batch))
    dy = random.normal(size=(seq_len, num_models, batch))
    return Weights(flat, hidden_size, cell), x, state, dy


def empty_gradient(w):
    return Weights(np.full_like(w.flat, np.nan), w.hidden_size, w.cell)


def gradient_of(w, x, state, dy, record=None):
    _, record = forward(w, x, state, record)
    gradient = empty_gradient(w)
    backward(w, x, record, dy, gradient)
    return gradient


def arrays(record):
    """Every array of a record by its name."""
    return {name: value for name, value in vars(record).items() if isinstance(value, np.ndarray)}


def torch_modules(cell, flat, hidden_size):
    """nn.RNN, nn.LSTM or nn.GRU, and nn.Linear, with the weights of one network."""
    rnn = getattr(nn, cell)(1, hidden_size).double()
    fc = nn.Linear(hidden_size, 1).double()
    nn.utils.vector_to_parameters(
        torch.from_numpy(flat.copy()), [*rnn.parameters(), *fc.parameters()]
    )
    return rnn, fc


def torch_state(state, index):
    """The state of one network as torch takes it, with one layer."""
    parts = tuple(torch.from_numpy(part[index][None].copy()) for part in state)
    return parts if len(parts) > 1 else parts[0]


def assert_equals_autograd(w, x, state, dy):
    """Outputs, last states and gradients of each network are those of torch, to 1e-12."""
    y, record = forward(w, x, state)
    gradient = gradient_of(w, x, state, dy)
    for index in range(len(w.flat)):
        rnn, fc = torch_modules(w.cell, w.flat[index], w.hidden_size)
        h_0 = None if state is None else torch_state(state, index)
        r_out, h_n = rnn(torch.from_numpy(x)[:, :, None], h_0)
        prediction = fc(r_out)[:, :, 0]
        prediction.backward(torch.from_numpy(dy[:, index].copy()))
        weights = [*rnn.parameters(), *fc.parameters()]
        expected = torch.cat([weight.grad.flatten() for weight in weights]).numpy()
        h_n = h_n if w.cell == "LSTM" else (h_n,)
        np.testing.assert_allclose(y[:, index], prediction.detach().numpy(), rtol=0, atol=1e-12)
        for ours, theirs in zip(record.states, h_n, strict=True):
            np.testing.assert_allclose(
                ours[-1, index], theirs.detach().numpy()[0], rtol=0, atol=1e-12
            )
        scale = max(1, np.abs(expected).max())
        np.testing.assert_allclose(gradient.flat[index], expected, rtol=0, atol=1e-12 * scale)


# Against torch


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
def test_forward_and_backward_equal_autograd(
    cell, seed, num_models, hidden_size, seq_len, batch, with_state
):
    w, x, state, dy = random_problem(cell, seed, num_models, hidden_size, seq_len, batch)
    y, record = forward(w, x, state)
    assert y.shape == (seq_len, num_models, batch)
    assert record.h.shape == (seq_len + 1, num_models, batch, hidden_size)
    assert_equals_autograd(w, x, state if with_state else None, dy)


@STACKS
@EVERY_CELL
@pytest.mark.parametrize(("hidden_size", "seq_len"), [(1, 1), (1, 7), (5, 1), (32, 20)])
def test_these_sizes_equal_autograd_too(cell, num_models, batch, hidden_size, seq_len):
    scale = 0.6 / np.sqrt(hidden_size)
    problem = random_problem(cell, 3, num_models, hidden_size, seq_len, batch, scale)
    assert_equals_autograd(*problem)


@STACKS
@EVERY_CELL
def test_an_error_at_the_last_step_alone_goes_back_to_the_first(cell, num_models, batch):
    w, x, state, dy = random_problem(cell, 4, num_models, 5, 9, batch)
    dy[:-1] = 0
    assert_equals_autograd(w, x, state, dy)
    moved_x = x.copy()
    moved_x[0] += 1
    gradient, other = gradient_of(w, x, state, dy), gradient_of(w, moved_x, state, dy)
    assert np.abs(gradient.flat - other.flat).max() > 1e-6


@EVERY_CELL
def test_the_states_of_a_record_are_those_before_the_first_and_after_each_point(cell):
    w, x, state, _ = random_problem(cell, 5, 2, 4, 6, 3)
    _, record = forward(w, x, state)
    assert record.states[0] is record.h
    assert len(record.states) == len(state)
    if cell == "LSTM":
        assert record.states[1] is record.c
    for index in range(2):
        rnn, _ = torch_modules(cell, w.flat[index], 4)
        now = torch_state(state, index)
        for t in range(7):
            parts = now if cell == "LSTM" else (now,)
            for ours, theirs in zip(record.states, parts, strict=True):
                np.testing.assert_allclose(ours[t, index], theirs[0].numpy(), rtol=0, atol=1e-12)
            if t < 6:
                with torch.no_grad():
                    _, now = rnn(torch.from_numpy(x[t : t + 1])[:, :, None], now)


@STACKS
@EVERY_CELL
def test_no_state_means_zeros(cell, num_models, batch):
    w, x, state, _ = random_problem(cell, 6, num_models, 4, 5, batch)
    zeros = tuple(np.zeros_like(part) for part in state)
    np.testing.assert_array_equal(forward(w, x)[0], forward(w, x, zeros)[0])
    assert not np.array_equal(forward(w, x)[0], forward(w, x, state)[0])


# Without torch


@STACKS
@EVERY_CELL
@pytest.mark.parametrize(("hidden_size", "seq_len"), [(1, 1), (3, 2), (2, 8)])
def test_backward_equals_finite_differences(cell, num_models, batch, hidden_size, seq_len):
    w, x, state, _ = random_problem(cell, 7, num_models, hidden_size, seq_len, batch)
    target = np.random.default_rng(8).normal(size=(seq_len, 1, batch))
    y, _ = forward(w, x, state)
    gradient = gradient_of(w, x, state, 2 * (y - target) / target.size)
    small = 1e-6
    for number in range(w.flat.shape[1]):
        losses = []
        for sign in (1, -1):
            moved = w.flat.copy()
            moved[:, number] += sign * small
            y, _ = forward(Weights(moved, hidden_size, cell), x, state)
            losses.append(((y - target) ** 2).mean(axis=(0, 2)))
        slope = (losses[0] - losses[1]) / (2 * small)
        np.testing.assert_allclose(gradient.flat[:, number], slope, rtol=1e-5, atol=1e-7)


@EVERY_CELL
def test_gates_that_are_wide_open_or_shut_raise_no_warning(cell):
    w, x, state, dy = random_problem(cell, 9, 2, 3, 6, 2, scale=1e4)
    with np.errstate(all="raise", under="ignore"):
        y, record = forward(w, x, state)
        gradient = gradient_of(w, x, state, dy)
    assert np.isfinite(y).all()
    assert np.isfinite(gradient.flat).all()
    if cell != "RNN":
        shut_or_open = record.gates[:, [0, 1]]
        assert shut_or_open.min() == 0
        assert shut_or_open.max() == 1


def test_a_gate_without_weights_is_half_open():
    """Of an LSTM c_t = c_(t-1) / 2 and h_t = tanh(c_t) / 2; of a GRU h_t = h_(t-1) / 2."""
    for cell in ("LSTM", "GRU"):
        w, x, state, _ = random_problem(cell, 10, 2, 3, 4, 2, scale=0)
        _, record = forward(w, x, state)
        kept = record.states[-1]
        for t in range(4):
            np.testing.assert_allclose(kept[t + 1], kept[t] / 2, rtol=1e-15)
    w, x, state, _ = random_problem("LSTM", 10, 2, 3, 4, 2, scale=0)
    _, record = forward(w, x, state)
    np.testing.assert_allclose(record.h[1:], np.tanh(record.c[1:]) / 2, rtol=1e-15)


# Stacks and batches


@EVERY_CELL
@PROPERTY
@given(
    seed=st.integers(0, 10**6),
    hidden_size=st.integers(1, 40),
    seq_len=st.integers(1, 25),
    batch=st.sampled_from([1, 1, 3]),
)
def test_one_network_goes_forth_and_back_as_it_does_in_a_stack(
    cell, seed, hidden_size, seq_len, batch
):
    w, x, state, dy = random_problem(cell, seed, 2, hidden_size, seq_len, batch)
    y, record = forward(w, x, state)
    gradient = gradient_of(w, x, state, dy)
    scale = max(1, np.abs(gradient.flat).max())
    for index in range(2):
        this = slice(index, index + 1)
        alone = Weights(w.flat[this], hidden_size, cell)
        own_state = tuple(part[this] for part in state)
        y_one, record_one = forward(alone, x, own_state)
        np.testing.assert_allclose(y_one[:, 0], y[:, index], rtol=0, atol=1e-11)
        for one, of_all in zip(record_one.states, record.states, strict=True):
            np.testing.assert_allclose(one[:, 0], of_all[:, index], rtol=0, atol=1e-11)
        one = gradient_of(alone, x, own_state, dy[:, this])
        np.testing.assert_allclose(one.flat[0], gradient.flat[index], rtol=0, atol=1e-10 * scale)


@EVERY_CELL
@pytest.mark.parametrize("num_models", [1, 3])
def test_a_batch_of_sequences_is_each_sequence_alone_and_the_gradients_add_up(cell, num_models):
    w, x, state, dy = random_problem(cell, 11, num_models, 5, 8, 4)
    y, record = forward(w, x, state)
    total = np.zeros_like(w.flat)
    for number in range(4):
        this = slice(number, number + 1)
        own_state = tuple(part[:, this] for part in state)
        y_one, record_one = forward(w, x[:, this], own_state)
        np.testing.assert_allclose(y_one[:, :, 0], y[:, :, number], rtol=0, atol=1e-13)
        for one, of_all in zip(record_one.states, record.states, strict=True):
            np.testing.assert_allclose(one[:, :, 0], of_all[:, :, number], rtol=0, atol=1e-13)
        total += gradient_of(w, x[:, this], own_state, dy[:, :, this]).flat
    gradient = gradient_of(w, x, state, dy)
    np.testing.assert_allclose(gradient.flat, total, rtol=0, atol=1e-11)


# What is overwritten, and what is not


@STACKS
@EVERY_CELL
def test_what_a_record_and_a_gradient_held_before_does_not_matter(cell, num_models, batch):
    w, x, state, dy = random_problem(cell, 12, num_models, 4, 6, batch)
    y, record = forward(w, x, state)
    expected = gradient_of(w, x, state, dy)
    used = Record(w, 6, batch)
    for values in arrays(used).values():
        values.fill(np.nan)
    y_again, given = forward(w, x, state, used)
    assert given is used
    np.testing.assert_array_equal(y_again, y)
    for one, other in zip(used.states, record.states, strict=True):
        np.testing.assert_array_equal(one, other)
    if cell != "RNN":
        used.factors.fill(np.nan)
    gradient = Weights(np.full_like(w.flat, 7.0), 4, cell)
    backward(w, x, used, dy, gradient)
    np.testing.assert_array_equal(gradient.flat, expected.flat)


@STACKS
@EVERY_CELL
def test_a_record_can_be_used_again_and_again(cell, num_models, batch):
    used, _, _, _ = random_problem(cell, 13, num_models, 4, 6, batch)
    record = Record(used, 6, batch)
    for seed in (13, 14, 15):
        w, x, state, dy = random_problem(cell, seed, num_models, 4, 6, batch)
        y, fresh = forward(w, x, state)
        gradient = empty_gradient(w)
        y_again, record = forward(w, x, state, record)
        np.testing.assert_array_equal(y_again, y)
        for _ in range(2):  # backwards twice from the same way forwards
            backward(w, x, record, dy, gradient)
            np.testing.assert_array_equal(gradient.flat, gradient_of(w, x, state, dy).flat)
        for one, other in zip(record.states, fresh.states, strict=True):
            np.testing.assert_array_equal(one, other)


@STACKS
@EVERY_CELL
def test_a_state_can_be_carried_within_one_record(cell, num_models, batch):
    w, x, state, _ = random_problem(cell, 16, num_models, 4, 10, batch)
    whole, of_whole = forward(w, x, state)
    first, record = forward(w, x[:5], state)
    carried = tuple(values[-1] for values in record.states)  # views of what is overwritten
    first = first.copy()
    second, record = forward(w, x[5:], carried, record)
    np.testing.assert_allclose(np.concatenate([first, second]), whole, rtol=0, atol=1e-13)
    for one, other in zip(record.states, of_whole.states, strict=True):
        np.testing.assert_allclose(one, other[5:], rtol=0, atol=1e-13)


@STACKS
@EVERY_CELL
def test_the_way_forth_and_back_changes_only_the_gradient_and_the_room_for_it(
    cell, num_models, batch
):
    w, x, state, dy = random_problem(cell, 1, num_models, 5, 8, batch)
    given = [w.flat, x, *state, dy]
    before = [values.copy() for values in given]
    _, record = forward(w, x, state)
    recorded = {name: values.copy() for name, values in arrays(record).items()}
    backward(w, x, record, dy, empty_gradient(w))
    for was, now in zip(before, given, strict=True):
        np.testing.assert_array_equal(was, now)
    room = {"da"} if cell == "RNN" else {"da", "factors"}
    assert set(recorded) > room
    for name in set(recorded) - room:
        np.testing.assert_array_equal(getattr(record, name), recorded[name], err_msg=name)


@EVERY_CELL
def test_a_record_has_room_for_what_its_cell_needs_and_no_more(cell):
    w, _, _, _ = random_problem(cell, 17, 3, 4, 6, 5)
    rows, of_gates = ROWS[cell] * 4, (6, ROWS[cell], 3, 5, 4)
    expected = {"h": (7, 3, 5, 4), "da": (6, 3, 5, rows)}
    if cell != "RNN":
        expected |= {"gates": of_gates, "factors": of_gates, "extra": (6, 3, 5, 4)}
    if cell == "LSTM":
        expected |= {"c": (7, 3, 5, 4)}
    shapes = {name: values.shape for name, values in arrays(Record(w, 6, 5)).items()}
    assert shapes == expected
    assert Record(w, 6).h.shape == (7, 3, 1, 4)  # one sequence, if nothing is said


# Weights, and their rows by gate


@EVERY_CELL
def test_weights_are_views_in_the_order_of_torch(cell):
    rows = ROWS[cell] * 3
    w = Weights(np.zeros((2, num_parameters(cell, 3))), 3, cell)
    assert (w.hidden_size, w.cell) == (3, cell)
    assert w.weight_ih.shape == w.bias_ih.shape == w.bias_hh.shape == (2, rows)
    assert w.weight_hh.shape == (2, rows, 3)
    assert (w.fc_weight.shape, w.fc_bias.shape) == ((2, 3), (2,))
    model = rh.WaveRNN(hidden_size=3, cell=cell)
    names = [name.removeprefix("rnn.").replace(".", "_") for name, _ in model.named_parameters()]
    for number, name in enumerate(names):
        getattr(w, name.removesuffix("_l0"))[...] = number
    expected = [number for number, p in enumerate(model.parameters()) for _ in range(p.numel())]
    np.testing.assert_array_equal(w.flat, [expected, expected])


@EVERY_CELL
def test_weights_of_some_networks_are_views_of_all(cell):
    flat = np.zeros((5, num_parameters(cell, 2)))
    some = Weights(flat[1:3], 2, cell)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "fc_weight", "fc_bias"):
        getattr(some, name)[...] = 1
    np.testing.assert_array_equal(flat.mean(axis=1), [0, 1, 1, 0, 0])


def test_weights_are_those_of_an_rnn_if_nothing_is_said():
    assert Weights(np.zeros((1, num_parameters("RNN", 2))), 2).cell == "RNN"


@pytest.mark.parametrize("num_gates", [1, 3, 4])
def test_by_gate_is_a_view_with_the_gates_before_the_models(num_gates):
    rows = np.random.default_rng(0).normal(size=(5, 2, 6, num_gates * 7))
    view = by_gate(rows, num_gates)
    assert view.shape == (5, num_gates, 2, 6, 7)
    assert np.shares_memory(view, rows)
    for number in range(num_gates):
        np.testing.assert_array_equal(view[:, number], rows[..., number * 7 : (number + 1) * 7])
    np.testing.assert_array_equal(by_gate(rows[3], num_gates), view[3])
