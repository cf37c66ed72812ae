"""Many networks at once: Adam and both tasks against plain PyTorch, network by network."""

import warnings

import numpy as np
import pytest
import torch
from plain_loop import plain_recall, plain_wave, states_of

import rnn_helpers as rh
from rnn_helpers.training import Adam

EVERY_CELL = pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])


@pytest.mark.parametrize("shape", [(2, 5), (1, 10**5), (7, 13000)])
def test_adam_equals_torch(shape):
    """Many rows are changed in parts, of one row at least; the last may be shorter."""
    random = np.random.default_rng(3)
    ours = random.normal(size=shape)
    # From 1e-12, where eps counts, to 1e3.
    gradients = random.normal(size=(12, *shape)) * 10.0 ** random.integers(-12, 3, (12, 1, 1))
    theirs = torch.from_numpy(ours.copy()).requires_grad_()
    adam, optimizer = Adam(ours, 0.01), torch.optim.Adam([theirs], lr=0.01)
    for g in gradients:
        kept = g.copy()
        adam.step(g)
        theirs.grad = torch.from_numpy(g.copy())
        optimizer.step()
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-11, atol=1e-12)
        np.testing.assert_array_equal(g, kept)


# The wave


def assert_is_the_plain_loop(many, index, plain):
    """Network ``index`` is what the plain loop made; rounding errors grow with the steps."""
    np.testing.assert_allclose(many.losses[:3, index], plain.losses[:3], rtol=0, atol=1e-13)
    np.testing.assert_allclose(many.losses[:, index], plain.losses, rtol=0, atol=1e-10)
    np.testing.assert_allclose(many.weights.flat[index], plain.flat, rtol=0, atol=1e-8)
    for ours, theirs in zip(states_of(many.h_n), states_of(plain.h_n), strict=True):
        np.testing.assert_allclose(ours[index], theirs[0, 0].numpy(), rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("cell", "regime", "options"),
    [
        ("RNN", "carry", {}),
        ("LSTM", "carry", {"hidden_size": 6, "lr": 0.03, "step": 14.0, "seq_len": 9}),
        ("RNN", "reset", {"hidden_size": 6}),
        ("GRU", "half-turn", {"hidden_size": 1, "step": 60.0, "seq_len": 3}),
        ("LSTM", "carry", {"hidden_size": 6, "hold": 10}),
        ("GRU", "carry", {"hidden_size": 6, "hold": 2}),
        ("RNN", "carry", {"hidden_size": 6, "reset_every": 4}),
        ("GRU", "reset", {"hidden_size": 6, "optimizer": "SGD", "lr": 0.1}),
    ],
    ids=str,
)
def test_train_many_equals_the_plain_loop_of_pytorch(cell, regime, options):
    many = rh.train_many([0, 41, 7], 12, regime=regime, cell=cell, **options)
    assert many.losses.shape == (12, 3)
    for index, seed in enumerate(many.seeds):
        plain = plain_wave(seed, 12, regime, cell, **options)
        assert_is_the_plain_loop(many, index, plain)


@EVERY_CELL
def test_the_state_before_the_first_window_is_that_of_the_plain_loop(cell):
    random = np.random.default_rng(0)
    parts = [random.uniform(-1, 1, (2, 6)) for _ in range(2 if cell == "LSTM" else 1)]
    given = tuple(parts) if cell == "LSTM" else parts[0]
    kept = [part.copy() for part in parts]
    many = rh.train_many([3, 8], 5, cell=cell, hidden_size=6, h_0=given)
    for index, seed in enumerate(many.seeds):
        states = tuple(torch.from_numpy(part[None, index : index + 1].copy()) for part in parts)
        hidden = states if cell == "LSTM" else states[0]
        plain = plain_wave(seed, 5, "carry", cell, 6, hidden=hidden)
        assert_is_the_plain_loop(many, index, plain)
    for part, before in zip(parts, kept, strict=True):
        np.testing.assert_array_equal(part, before)


@EVERY_CELL
def test_what_train_many_returns(cell):
    many = rh.train_many(iter([5, 6]), 3, hidden_size=4, cell=cell)
    assert (many.seeds, len(many), many.weights.cell) == ((5, 6), 2, cell)
    assert isinstance(many.h_n, tuple) == (cell == "LSTM")
    for part in states_of(many.h_n):
        assert part.shape == (2, 4)
        assert part.base is None  # no view that keeps a larger array


@EVERY_CELL
def test_a_far_too_large_learning_rate_ends_without_a_warning(cell):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rh.train_many([0], 3, lr=1e300, cell=cell)
        assert rh.train_recall([0, 1], 2, cell, lr=1e300, num_steps=4).losses.shape == (4, 2)


# The task with a gap


@pytest.mark.parametrize(
    ("gap", "cell", "begin", "every_step"),
    [
        (3, "RNN", "default", False),
        (3, "RNN", "orthogonal", True),
        (3, "LSTM", "hold", False),
        (2, "LSTM", "pass", True),
        (3, "GRU", "hold", True),
        (1, "GRU", "pass", False),
    ],
)
def test_train_recall_equals_plain_pytorch(gap, cell, begin, every_step):
    seeds, options = [3, 8], {"hidden_size": 4, "num_steps": 8, "batch": 5}
    run = rh.train_recall(seeds, gap, cell, begin=begin, every_step=every_step, **options)
    assert (run.weights.cell, run.weights.hidden_size) == (cell, 4)
    assert run.losses.shape == (8, 2)
    for index, seed in enumerate(seeds):
        plain = plain_recall(seed, gap, cell, begin, every_step, **options)
        np.testing.assert_allclose(run.losses[:, index], plain.losses, rtol=0, atol=1e-10)
        np.testing.assert_allclose(run.weights.flat[index], plain.flat, rtol=0, atol=1e-8)
        assert run.errors[index] == pytest.approx(plain.error, abs=1e-8)
