"""The Elman networks of notebook 02 against autograd, point by point."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

import rnn_helpers as rh

WAVE = np.sin(np.linspace(2, 10, 21))
X, TARGET = WAVE[:20], WAVE[1:]
# A piece of several points has a larger gradient, so that it needs a smaller learning rate.
CALM = [(1, 0.1), (2, 0.05), (3, 0.05), (7, 0.02), (20, 0.005), (50, 0.005)]


def with_autograd(seed, x, target, detach_every, epochs, lr, hidden_size):
    """Notebook 02: a context, a sum of half squared errors, gradient descent, cut, go on."""
    w1, w2 = (w.double().requires_grad_() for w in rh.initial_elman_weights(seed, hidden_size))
    losses = []
    for _ in range(epochs):
        context, total, summed = torch.zeros(1, hidden_size, dtype=torch.float64), 0.0, 0.0
        for point in range(len(x)):
            now = torch.tensor([[x[point]]], dtype=torch.float64)
            context = torch.tanh(torch.cat((now, context), 1) @ w1)
            loss = (context @ w2 - target[point]).pow(2).sum() / 2
            total, summed = total + loss.item(), summed + loss
            if (point + 1) % detach_every == 0 or point == len(x) - 1:
                summed.backward()
                with torch.no_grad():
                    for w in (w1, w2):
                        w -= lr * w.grad
                        w.grad = None
                context, summed = context.detach(), 0.0
        losses.append(total)
    return w1.detach().numpy(), w2.detach().numpy(), np.array(losses)


@pytest.mark.parametrize("detach_every", [1, 5, 20, 7, 50])
def test_training_equals_autograd(detach_every):
    """7 does not divide 20, so the last piece is shorter; 50 is more than there is."""
    seeds, lr = [0, 12], 0.1 if detach_every < 20 else 0.02
    run = rh.train_elman_many(seeds, X, TARGET, detach_every=detach_every, epochs=6, lr=lr)
    for index, seed in enumerate(seeds):
        w1, w2, losses = with_autograd(seed, X, TARGET, detach_every, 6, lr, 6)
        np.testing.assert_allclose(run.losses[:, index], losses, rtol=0, atol=1e-9)
        np.testing.assert_allclose(run.w1[index], w1, rtol=0, atol=1e-9)
        np.testing.assert_allclose(run.w2[index], w2, rtol=0, atol=1e-9)


@pytest.mark.parametrize("hidden_size", [1, 3])
def test_training_equals_autograd_for_other_sizes(hidden_size):
    x, target = np.array([0.3, -0.2, 0.9]), np.array([1.0, 0.0, -0.5])
    run = rh.train_elman_many(
        [4], x, target, detach_every=2, epochs=5, lr=0.3, hidden_size=hidden_size
    )
    w1, w2, losses = with_autograd(4, x, target, 2, 5, 0.3, hidden_size)
    np.testing.assert_allclose(run.losses[:, 0], losses, rtol=0, atol=1e-9)
    np.testing.assert_allclose(run.w1[0], w1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(run.w2[0], w2, rtol=0, atol=1e-9)


def test_an_elman_network_is_nn_rnn_without_biases():
    """The first row of w1 is weight_ih, the others are weight_hh, both transposed."""
    run = rh.train_elman_many([3, 8], X, TARGET, epochs=20)
    for w1, w2, predictions in zip(run.w1, run.w2, run.predictions, strict=True):
        rnn = nn.RNN(1, 6, bias=False, batch_first=True).double()
        with torch.no_grad():
            rnn.weight_ih_l0[:] = torch.from_numpy(w1[:1].T)
            rnn.weight_hh_l0[:] = torch.from_numpy(w1[1:].T)
            hidden, _ = rnn(torch.from_numpy(X)[None, :, None])
        np.testing.assert_allclose((hidden.numpy()[0] @ w2)[:, 0], predictions, rtol=0, atol=1e-12)


def test_shapes():
    run = rh.train_elman_many(range(3), X, TARGET, epochs=4, hidden_size=5)
    assert run.w1.shape == (3, 6, 5)
    assert run.w2.shape == (3, 5, 1)
    assert run.losses.shape == (4, 3)
    assert run.predictions.shape == (3, 20)


def test_a_diverging_network_does_not_disturb_the_others():
    seeds = list(range(8))
    together = rh.train_elman_many(seeds, X, TARGET, detach_every=20, lr=0.1, epochs=150)
    mse = ((together.predictions - TARGET) ** 2).mean(axis=1)
    assert (mse < 1).any()
    assert not (mse < 1).all(), "no seed diverges, so this test shows nothing"
    for index in np.flatnonzero(mse < 1):
        alone = rh.train_elman_many([seeds[index]], X, TARGET, detach_every=20, lr=0.1, epochs=30)
        np.testing.assert_allclose(alone.losses[:, 0], together.losses[:30, index], rtol=1e-6)


def test_initial_weights_are_repeatable_and_leave_torchs_random_state_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first, again, other = (rh.initial_elman_weights(seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert first[0].shape == (7, 6)
    assert first[1].shape == (6, 1)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_initial_weights_have_the_spread_that_is_promised():
    w1, w2 = rh.initial_elman_weights(0, hidden_size=300)
    assert w1.std().item() == pytest.approx(0.4, rel=0.02)
    assert w1.mean().item() == pytest.approx(0.0, abs=0.01)
    assert w2.std().item() == pytest.approx(0.3, rel=0.2)


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_the_points_that_are_given_are_not_changed(seeds):
    x, target = X.copy(), TARGET.copy()
    rh.train_elman_many(seeds, x, target, epochs=2)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(target, TARGET)


def test_mse_is_that_of_the_predictions():
    run = rh.train_elman_many(range(3), X, TARGET, epochs=4)
    assert run.mse.shape == (3,)
    for index in range(3):
        expected = np.mean((run.predictions[index] - TARGET) ** 2)
        assert run.mse[index] == pytest.approx(expected, rel=1e-12)


def test_every_network_may_have_its_own_learning_rate():
    run = rh.train_elman_many([0, 1, 2], X, TARGET, epochs=5, lr=np.array([0.1, 0.02, 0.3]))
    for index, lr in enumerate([0.1, 0.02, 0.3]):
        alone = rh.train_elman_many([index], X, TARGET, epochs=5, lr=lr)
        np.testing.assert_allclose(run.w1[index], alone.w1[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(run.losses[:, index], alone.losses[:, 0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("rates", [[0.1, 0.2], [0.1] * 4, []])
def test_there_is_one_learning_rate_or_one_for_each_network(rates):
    with pytest.raises(ValueError, match="one for each of the 3 seeds, but"):
        rh.train_elman_many(range(3), X, TARGET, epochs=1, lr=rates)


# A single seed has a way of its own


def assert_alone_as_in_a_stack(seeds, x=X, target=TARGET, **settings):
    together = rh.train_elman_many(seeds, x, target, **settings)
    for index, seed in enumerate(seeds):
        alone = rh.train_elman_many([seed], x, target, **settings)
        for field in ("w1", "w2", "predictions", "mse"):
            one, of_stack = getattr(alone, field)[0], getattr(together, field)[index]
            np.testing.assert_allclose(one, of_stack, rtol=0, atol=1e-9)
        np.testing.assert_allclose(alone.losses[:, 0], together.losses[:, index], atol=1e-9)


@pytest.mark.parametrize("hidden_size", [1, 2, 6])
@pytest.mark.parametrize(("detach_every", "lr"), CALM)
def test_one_network_alone_trains_as_it_does_in_a_stack(detach_every, lr, hidden_size):
    settings = {"detach_every": detach_every, "lr": lr, "hidden_size": hidden_size}
    assert_alone_as_in_a_stack([0, 12], epochs=60, **settings)


@pytest.mark.parametrize("detach_every", [1, 2, 7])
@pytest.mark.parametrize("seq_len", [1, 2, 3])
def test_one_network_alone_trains_on_a_few_points_as_in_a_stack(seq_len, detach_every):
    settings = {"detach_every": detach_every, "epochs": 30, "lr": 0.1}
    assert_alone_as_in_a_stack([3, 5], X[:seq_len], TARGET[:seq_len], **settings)


@pytest.mark.parametrize(("detach_every", "lr"), CALM)
def test_one_network_alone_equals_autograd(detach_every, lr):
    run = rh.train_elman_many([7], X, TARGET, detach_every=detach_every, epochs=8, lr=lr)
    w1, w2, losses = with_autograd(7, X, TARGET, detach_every, 8, lr, 6)
    np.testing.assert_allclose(run.losses[:, 0], losses, rtol=0, atol=1e-9)
    np.testing.assert_allclose(run.w1[0], w1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(run.w2[0], w2, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("lr", "target"), [(5.0, TARGET), (0.1, 1e200 * TARGET)])
def test_one_network_diverges_alone_as_in_a_stack(lr, target):
    settings = {"detach_every": 20, "lr": lr, "epochs": 40}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        together = rh.train_elman_many([0, 1], X, target, **settings)
        alone = rh.train_elman_many([0], X, target, **settings)
    assert not together.mse[0] < 1
    assert not alone.mse[0] < 1
    np.testing.assert_allclose(alone.losses[:2, 0], together.losses[:2, 0], rtol=1e-9)


def test_the_shapes_of_one_network_are_those_of_many():
    run = rh.train_elman_many([5], X, TARGET, detach_every=7, epochs=4, hidden_size=3, lr=[0.1])
    shapes = [array.shape for array in run]
    assert shapes == [(1, 4, 3), (1, 3, 1), (4, 1), (1, 20), (1,)]
    assert all(array.dtype == np.float64 for array in run)


def test_one_network_alone_learns():
    run = rh.train_elman_many([0], X, TARGET, epochs=100)
    assert run.losses[-1, 0] < run.losses[0, 0] / 10
