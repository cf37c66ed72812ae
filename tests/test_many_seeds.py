"""Many networks at once: Adam and the training against PyTorch, network by network."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loop import plain_loop, states_of
from torch import nn

import rnn_helpers as rh
from rnn_helpers.many_seeds import Adam, one_model

PROPERTY = settings(deadline=None, max_examples=25, derandomize=True)
REGIMES = list(rh.REGIMES)
EVERY_CELL = pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
EVERY_REGIME = pytest.mark.parametrize("regime", REGIMES)


def assert_equal_networks(run, index, other, other_index, atol=1e-10):
    """Network ``index`` of one training and network ``other_index`` of another are the same."""
    one, two = run.losses[:, index], other.losses[:, other_index]
    np.testing.assert_allclose(one, two, rtol=0, atol=atol)
    one, two = run.weights.flat[index], other.weights.flat[other_index]
    np.testing.assert_allclose(one, two, rtol=0, atol=10 * atol)
    for one, two in zip(states_of(run.h_n), states_of(other.h_n), strict=True):
        np.testing.assert_allclose(one[index], two[other_index], rtol=0, atol=10 * atol)


def assert_is_the_plain_loop(many, index, plain, atol=1e-10):
    """Network ``index`` is what the plain loop made; rounding errors grow with the steps."""
    np.testing.assert_allclose(many.losses[:3, index], plain.losses[:3], rtol=0, atol=1e-13)
    np.testing.assert_allclose(many.losses[:, index], plain.losses, rtol=0, atol=atol)
    np.testing.assert_allclose(many.weights.flat[index], plain.flat, rtol=0, atol=100 * atol)
    for ours, theirs in zip(states_of(many.h_n), states_of(plain.h_n), strict=True):
        np.testing.assert_allclose(ours[index], theirs[0, 0], rtol=0, atol=100 * atol)


# Adam


def assert_adam_equals_torch(seed, lr, shape):
    random = np.random.default_rng(seed)
    start = random.normal(size=shape)
    gradients = random.normal(size=(12, *shape)) * 10.0 ** random.integers(-6, 3, (12, 1, 1))
    ours = start.copy()
    adam = Adam(ours, lr)
    theirs = torch.from_numpy(start.copy()).requires_grad_()
    optimizer = torch.optim.Adam([theirs], lr=lr)
    for g in gradients:
        kept = g.copy()
        adam.step(g)
        theirs.grad = torch.from_numpy(g.copy())
        optimizer.step()
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(g, kept)


@PROPERTY
@given(seed=st.integers(0, 10**6), lr=st.floats(1e-4, 0.5))
def test_adam_equals_torch(seed, lr):
    assert_adam_equals_torch(seed, lr, (2, 5))


@pytest.mark.parametrize("shape", [(1, 10**5), (3, 10**5), (7, 13000), (6, 13000)])
def test_adam_equals_torch_if_the_rows_are_changed_in_several_parts(shape):
    """A part has one row at least; the last part may be shorter than the others."""
    parts = Adam(np.zeros(shape), 0.1)._parts
    assert len(parts) > 1 or shape[0] == 1
    assert_adam_equals_torch(3, 0.01, shape)


def test_adam_equals_torch_for_tiny_gradients_where_eps_counts():
    gradients = np.array([[1e-7, -1e-8, 1e-9, 0.0, -1e-12]])
    ours = np.ones((1, 5))
    theirs = torch.ones(1, 5, dtype=torch.float64, requires_grad=True)
    adam, optimizer = Adam(ours, 0.1), torch.optim.Adam([theirs], lr=0.1)
    for number in range(1, 30):
        adam.step(gradients * number)
        theirs.grad = torch.from_numpy(gradients * number)
        optimizer.step()
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12)
    assert ours[0, 3] == 1


def test_adam_first_step_is_the_sign_of_the_gradient():
    w = np.zeros((1, 4))
    Adam(w, 0.1).step(np.array([[3.0, -0.02, 500.0, -1.0]]))
    np.testing.assert_allclose(w, [[-0.1, 0.1, -0.1, 0.1]], rtol=1e-6)


def test_adam_changes_the_rows_that_were_given_and_no_others():
    w = np.zeros((4, 3))
    Adam(w[1:3], 0.1).step(np.ones((2, 3)))
    np.testing.assert_allclose(w, -0.1 * np.outer([0, 1, 1, 0], [1, 1, 1]), rtol=1e-6)


# The first weights


@EVERY_CELL
@pytest.mark.parametrize("hidden_size", [1, 5, 32])
def test_initial_weights_are_those_of_manual_seed(hidden_size, cell):
    seeds = [0, 3, 127, 3]
    weights = rh.initial_weights(seeds, hidden_size, cell)
    assert (weights.cell, weights.hidden_size) == (cell, hidden_size)
    assert weights.flat.dtype == np.float64
    assert len(weights.flat) == 4
    for seed, flat in zip(seeds, weights.flat, strict=True):
        torch.manual_seed(seed)
        rnn = getattr(nn, cell)(1, hidden_size)
        fc = nn.Linear(hidden_size, 1)
        parameters = [*rnn.parameters(), *fc.parameters()]
        expected = nn.utils.parameters_to_vector(parameters).detach().numpy()
        np.testing.assert_array_equal(flat.astype(np.float32), expected)


def test_initial_weights_are_those_of_32_and_an_rnn_if_nothing_is_said():
    weights = rh.initial_weights([4])
    assert (weights.cell, weights.hidden_size) == ("RNN", 32)
    np.testing.assert_array_equal(weights.flat, rh.initial_weights([4], 32, "RNN").flat)


@EVERY_CELL
def test_initial_weights_leave_torchs_random_state_alone(cell):
    torch.manual_seed(11)
    before = torch.get_rng_state()
    rh.initial_weights(range(4), cell=cell)
    rh.train_many(range(2), 1, cell=cell)
    assert torch.equal(torch.get_rng_state(), before)


# Training


@EVERY_CELL
@pytest.mark.parametrize(
    ("regime", "settings"),
    [
        ("carry", {}),
        ("reset", {}),
        ("half-turn", {}),
        ("carry", {"hidden_size": 6, "lr": 0.03, "step": 14.0, "seq_len": 9}),
        ("reset", {"hidden_size": 6, "lr": 0.03, "step": 14.0, "seq_len": 9}),
        ("half-turn", {"hidden_size": 1, "seq_len": 1}),
    ],
)
def test_train_many_equals_the_plain_loop_of_pytorch(regime, settings, cell):
    seeds, num_steps = [0, 41, 7], 40 if cell == "RNN" else 12
    many = rh.train_many(seeds, num_steps, regime=regime, cell=cell, **settings)
    assert many.losses.shape == (num_steps, 3)
    for index, seed in enumerate(seeds):
        plain = plain_loop(seed, num_steps, regime, cell=cell, dtype=torch.float64, **settings)
        assert_is_the_plain_loop(many, index, plain)


@pytest.mark.parametrize(("cell", "num_steps"), [("RNN", 150), ("LSTM", 60), ("GRU", 60)])
def test_a_long_training_equals_the_plain_loop_to_its_last_step(cell, num_steps):
    many = rh.train_many([2], num_steps, cell=cell)
    plain = plain_loop(2, num_steps, "carry", cell=cell, dtype=torch.float64)
    assert_is_the_plain_loop(many, 0, plain, atol=1e-7)


@EVERY_CELL
@EVERY_REGIME
def test_nothing_leaks_from_one_seed_to_another(regime, cell):
    settings = {"regime": regime, "cell": cell, "hidden_size": 12}
    together = rh.train_many([4, 9, 1, 30], 40, **settings)
    others = rh.train_many([77, 1, 4], 40, **settings)
    alone = rh.train_many([4], 40, **settings)
    assert_equal_networks(others, 2, together, 0)
    assert_equal_networks(alone, 0, together, 0)
    assert_equal_networks(others, 1, together, 2)
    assert np.abs(together.weights.flat[0] - together.weights.flat[1]).max() > 0.01


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
@pytest.mark.parametrize("opened", [2, 10])
def test_training_with_opened_gates_equals_the_plain_loop(cell, opened):
    settings = {"cell": cell, "opened": opened, "hidden_size": 6}
    many = rh.train_many([3, 8], 12, **settings)
    for index, seed in enumerate(many.seeds):
        plain = plain_loop(seed, 12, "carry", dtype=torch.float64, **settings)
        np.testing.assert_allclose(many.losses[:, index], plain.losses, rtol=0, atol=1e-9)
        np.testing.assert_allclose(many.weights.flat[index], plain.flat, rtol=0, atol=1e-7)


@pytest.mark.parametrize("opened", [1, 0, 2.0, "3", True])
def test_gates_are_opened_for_two_steps_or_more(opened):
    with pytest.raises((TypeError, ValueError), match=r"^opened must be"):
        rh.train_many([3], 2, cell="GRU", opened=opened)


def test_the_plain_rnn_has_no_gates_to_open():
    with pytest.raises(ValueError, match=r"^cell must be 'LSTM' or 'GRU' to open its gates"):
        rh.train_many([3], 2, opened=5)


@EVERY_CELL
@pytest.mark.parametrize("seq_len", [1, 2, 20])
@EVERY_REGIME
@pytest.mark.parametrize("hidden_size", [1, 7, 32])
def test_one_network_alone_trains_as_it_does_in_a_stack(hidden_size, regime, seq_len, cell):
    settings = {"hidden_size": hidden_size, "regime": regime, "seq_len": seq_len, "cell": cell}
    num_steps = 40 if cell == "RNN" else 15
    together = rh.train_many([9, 4], num_steps, **settings)
    for index, seed in enumerate(together.seeds):
        assert_equal_networks(rh.train_many([seed], num_steps, **settings), 0, together, index)


@EVERY_REGIME
@pytest.mark.parametrize(
    ("seed", "settings"),
    [
        (0, {"hidden_size": 1}),
        (5, {"hidden_size": 2, "lr": 0.03}),
        (127, {"hidden_size": 8, "seq_len": 2}),
        (31, {"hidden_size": 16, "seq_len": 1, "step": 30.0}),
        (8, {}),
    ],
)
def test_one_network_alone_equals_the_plain_loop_of_pytorch(seed, settings, regime):
    one = rh.train_many([seed], 60, regime=regime, **settings)
    plain = plain_loop(seed, 60, regime, dtype=torch.float64, **settings)
    assert_is_the_plain_loop(one, 0, plain, atol=1e-7)


@EVERY_CELL
def test_training_is_repeatable(cell):
    first, again = (rh.train_many([4, 2], 10, cell=cell, hidden_size=6) for _ in range(2))
    np.testing.assert_array_equal(first.losses, again.losses)
    np.testing.assert_array_equal(first.weights.flat, again.weights.flat)
    for one, other in zip(states_of(first.h_n), states_of(again.h_n), strict=True):
        np.testing.assert_array_equal(one, other)


@EVERY_CELL
def test_a_far_too_large_learning_rate_ends_without_a_warning(cell):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rh.train_many([0], 3, lr=1e300, cell=cell)
        rh.train_many([0, 1], 3, lr=1e300, cell=cell)


# What comes back


@EVERY_CELL
def test_the_last_states_of_a_training_are_no_views_of_a_larger_array(cell):
    h_n = rh.train_many([0], 2, hidden_size=3, cell=cell).h_n
    assert all(part.base is None for part in states_of(h_n))


@EVERY_CELL
def test_what_train_many_returns(cell):
    many = rh.train_many(iter([5, 6]), 3, hidden_size=4, cell=cell)
    assert many.seeds == (5, 6)
    assert len(many) == 2
    assert many.hidden_size == 4
    assert many.cell == cell
    assert many.losses.shape == (3, 2)
    assert isinstance(many.h_n, tuple) == (cell == "LSTM")
    assert [part.shape for part in states_of(many.h_n)] == [(2, 4)] * (2 if cell == "LSTM" else 1)
    assert many.weights.flat.dtype == many.losses.dtype == np.float64


@EVERY_CELL
def test_the_last_states_are_those_after_the_last_window(cell):
    """The weights of the last window are those before its step: of one step less."""
    settings = {"hidden_size": 4, "cell": cell, "regime": "reset", "seq_len": 6}
    before, many = rh.train_many([5, 6], 2, **settings), rh.train_many([5, 6], 3, **settings)
    _, expected = rh.predict(before, rh.make_window(2 * 6 * 9, 9, 6).features)
    for ours, theirs in zip(states_of(many.h_n), states_of(expected), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@EVERY_CELL
def test_model_is_one_of_the_batch(cell):
    many = rh.train_many([5, 6, 8], 30, hidden_size=7, cell=cell)
    x = rh.make_window(33, 9, 25).features
    batch, h_batch = rh.predict(many, x)
    for index in range(3):
        model = many.model(index)
        assert model.cell == cell
        assert model.fc.weight.dtype == torch.float32
        prediction, h_n = rh.predict(model, x)
        np.testing.assert_allclose(prediction, batch[index], rtol=0, atol=1e-5)
        for one, of_batch in zip(states_of(h_n), states_of(h_batch), strict=True):
            np.testing.assert_allclose(one.numpy()[0, 0], of_batch[index], rtol=0, atol=1e-5)


@EVERY_CELL
def test_a_model_of_the_batch_goes_on_from_its_state_of_the_batch(cell):
    many = rh.train_many([5, 6, 8], 30, hidden_size=7, cell=cell)
    x = rh.make_window(30 * 20 * 9, 9, 25).features
    batch, _ = rh.predict(many, x, many.h_n)
    assert np.abs(batch - rh.predict(many, x)[0]).max() > 1e-3
    for index in range(3):
        h_0 = tuple(
            torch.from_numpy(part[index])[None, None].float() for part in states_of(many.h_n)
        )
        prediction, _ = rh.predict(many.model(index), x, h_0 if cell == "LSTM" else h_0[0])
        np.testing.assert_allclose(prediction, batch[index], rtol=0, atol=1e-5)


def test_a_model_of_the_batch_has_the_default_dtype_of_torch():
    weights = rh.initial_weights([0, 1], 3, "GRU")
    weights.flat[1] += 1e-12  # is lost in float32
    torch.set_default_dtype(torch.float64)
    try:
        model = one_model(weights, 1)
    finally:
        torch.set_default_dtype(torch.float32)
    flat = nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    np.testing.assert_array_equal(flat, weights.flat[1])


@EVERY_CELL
def test_training_on_a_model_of_the_batch_leaves_the_batch_alone(cell):
    many = rh.train_many([5], 2, hidden_size=3, cell=cell)
    before = many.weights.flat.copy()
    rh.train(many.model(0), 2)
    np.testing.assert_array_equal(many.weights.flat, before)


def test_taking_out_one_network_leaves_torchs_random_state_alone():
    many = rh.train_many([0, 1], 1, hidden_size=3)
    before = torch.get_rng_state()
    many.model(1)
    assert torch.equal(torch.get_rng_state(), before)
