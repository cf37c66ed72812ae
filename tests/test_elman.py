"""The Elman networks of notebook 02 against autograd, point by point."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import rnn_helpers as rh

PROPERTY = settings(deadline=None, max_examples=15, derandomize=True)
WAVE = np.sin(np.linspace(2, 10, 21))
X, TARGET = WAVE[:20], WAVE[1:]


def with_autograd(
    seed, x, target, detach_every, step_every, epochs, lr, hidden_size, max_norm, optimizer, **betas
):
    """Notebook 02: a context, a sum of half squared errors, a step, cut, go on."""
    weights = [w.requires_grad_() for w in rh.initial_elman_weights(seed, hidden_size)]
    (w1, w2), optimizer = weights, getattr(torch.optim, optimizer)(weights, lr=lr, **betas)
    losses, lengths = [], []
    for epoch in range(epochs + 1):
        before = nn.utils.parameters_to_vector(weights).detach()
        context, total, summed = torch.zeros(1, hidden_size, dtype=torch.float64), 0.0, 0.0
        predictions = []
        for point in range(len(x)):
            now = torch.tensor([[x[point]]], dtype=torch.float64)
            context = torch.tanh(torch.cat((now, context), 1) @ w1)
            predictions.append((context @ w2).item())
            loss = (context @ w2 - target[point]).pow(2).sum() / 2
            total, summed = total + loss.item(), summed + loss
            last = point == len(x) - 1
            if (point + 1) % detach_every == 0 and not last:
                context = context.detach()
            if epoch < epochs and ((point + 1) % step_every == 0 or last):
                optimizer.zero_grad()
                summed.backward()
                nn.utils.clip_grad_norm_(weights, max_norm)
                optimizer.step()
                summed = 0.0
        losses.append(total)
        lengths.append((nn.utils.parameters_to_vector(weights) - before).norm().item())
    return w1.detach().numpy(), w2.detach().numpy(), losses[:-1], lengths[:-1], predictions


def assert_equals_autograd(seeds, x, target, **settings):
    run = rh.train_elman_many(seeds, x, target, **settings)
    for index, seed in enumerate(seeds):
        w1, w2, losses, lengths, predictions = with_autograd(seed, x, target, **settings)
        close = {"rtol": 0, "atol": 1e-9}
        np.testing.assert_allclose(run.w1[index], w1, **close)
        np.testing.assert_allclose(run.w2[index], w2, **close)
        np.testing.assert_allclose(run.losses[:, index], losses, **close)
        np.testing.assert_allclose(run.lengths[:, index], lengths, **close)
        np.testing.assert_allclose(run.predictions[index], predictions, **close)
        assert run.mse[index] == pytest.approx(np.mean((predictions - target) ** 2), abs=1e-9)


HOW = [
    {"optimizer": "SGD", "max_norm": math.inf},
    {"optimizer": "SGD", "max_norm": 0.1},
    {"optimizer": "Adam", "max_norm": math.inf, "betas": (0.8, 0.95)},
    {"optimizer": "Adam", "max_norm": 0.3},
]


@pytest.mark.parametrize("seeds", [[7], [0, 12]], ids=["one", "two"])
@PROPERTY
@given(
    detach_every=st.integers(1, 25),
    cuts_a_step=st.integers(1, 4),
    seq_len=st.integers(1, 20),
    hidden_size=st.integers(1, 6),
    lr=st.floats(0.001, 0.02),
    how=st.sampled_from(HOW),
)
def test_training_equals_autograd(seeds, detach_every, cuts_a_step, seq_len, hidden_size, lr, how):
    """The last piece is shorter if ``detach_every`` does not divide the length, or is beyond it."""
    options = {"epochs": 4, "lr": lr / cuts_a_step, "hidden_size": hidden_size}
    options |= {"detach_every": detach_every, "step_every": cuts_a_step * detach_every} | how
    assert_equals_autograd(seeds, X[:seq_len], TARGET[:seq_len], **options)


def test_a_training_that_diverges_has_an_infinite_error_and_the_others_go_on():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lost = rh.train_elman_many([0, 1], X, 1e200 * TARGET, detach_every=20, epochs=40)
    assert (lost.mse == np.inf).all()  # not NaN, which no median could rank
    some = rh.train_elman_many(range(6), X, TARGET, detach_every=20).mse
    assert some.min() < 1 < some.max()


def test_the_length_of_a_history_counts_operations_and_a_cut_ends_it():
    w = torch.ones(1, requires_grad=True)
    assert rh.history_length(w * 2) == 2  # the product, and where the gradient of w is kept
    assert rh.history_length(w * 2 + w * 3) == 4  # w is counted once
    assert rh.history_length((w * 2 + w * 3).detach() * w) == 2
    assert rh.history_length((w * 2).detach()) == 0


def test_a_step_comes_at_a_cut():
    for step_every in (2, 4):
        with pytest.raises(ValueError, match="step_every must be a multiple of detach_every"):
            rh.train_elman_many([0], X, TARGET, detach_every=3, step_every=step_every)


def test_initial_weights_are_repeatable_and_leave_torchs_random_state_alone():
    before = torch.get_rng_state()
    first, again, other = (rh.initial_elman_weights(seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert [tuple(w.shape) for w in first] == [(7, 6), (6, 1)]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_initial_weights_have_the_spread_that_is_promised():
    w1, w2 = rh.initial_elman_weights(0, hidden_size=300)
    assert w1.std().item() == pytest.approx(0.4, rel=0.02)
    assert w1.mean().item() == pytest.approx(0.0, abs=0.01)
    assert w2.std().item() == pytest.approx(0.3, rel=0.2)
