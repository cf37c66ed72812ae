"""Many networks at once: the gradients derived by hand against autograd and finite differences."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loop import plain_loop
from torch import nn

import rnn_helpers as rh
from rnn_helpers.many_seeds import Adam, Weights, backward, forward

PROPERTY = settings(deadline=None, max_examples=25, derandomize=True)
REGIMES = list(rh.REGIMES)


def num_parameters(hidden_size):
    return hidden_size * (hidden_size + 4) + 1


def random_problem(seed, num_models, hidden_size, seq_len):
    """Random weights, input, target and hidden state, all in float64."""
    random = np.random.default_rng(seed)
    flat = random.normal(0, 0.6, (num_models, num_parameters(hidden_size)))
    h_0 = random.uniform(-1, 1, (num_models, hidden_size))
    x, target = random.normal(size=seq_len), random.normal(size=seq_len)
    return Weights(flat, hidden_size), h_0, x, target


def torch_model(flat, hidden_size):
    model = rh.WaveRNN(hidden_size=hidden_size).double()
    nn.utils.vector_to_parameters(torch.from_numpy(flat.copy()), model.parameters())
    return model


def gradient_of(w, h_0, x, target):
    y, h = forward(w, x, h_0)
    gradient = Weights(np.full_like(w.flat, np.nan), w.hidden_size)
    backward(w, x, h, 2 * (y - target[:, None]) / len(x), gradient)
    return gradient


@PROPERTY
@given(
    seed=st.integers(0, 10**6),
    num_models=st.integers(1, 4),
    hidden_size=st.integers(1, 9),
    seq_len=st.integers(1, 25),
)
def test_forward_and_backward_equal_autograd(seed, num_models, hidden_size, seq_len):
    w, h_0, x, target = random_problem(seed, num_models, hidden_size, seq_len)
    y, h = forward(w, x, h_0)
    assert y.shape == (seq_len, num_models)
    assert h.shape == (seq_len + 1, num_models, hidden_size)
    gradient = gradient_of(w, h_0, x, target)
    for index in range(num_models):
        model = torch_model(w.flat[index], hidden_size)
        prediction, h_n = model(
            torch.from_numpy(x)[None, :, None], torch.from_numpy(h_0[index])[None, None]
        )
        nn.functional.mse_loss(prediction[0, :, 0], torch.from_numpy(target)).backward()
        expected = torch.cat([weight.grad.flatten() for weight in model.parameters()]).numpy()
        np.testing.assert_allclose(
            y[:, index], prediction.detach().numpy()[0, :, 0], rtol=0, atol=1e-12
        )
        np.testing.assert_allclose(h[-1, index], h_n.detach().numpy()[0, 0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(gradient.flat[index], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("num_models", [1, 2])
@pytest.mark.parametrize(("hidden_size", "seq_len"), [(1, 1), (1, 6), (3, 2), (4, 12)])
def test_backward_equals_finite_differences(num_models, hidden_size, seq_len):
    w, h_0, x, target = random_problem(7, num_models, hidden_size, seq_len)
    gradient = gradient_of(w, h_0, x, target)
    small = 1e-6
    for number in range(w.flat.shape[1]):
        losses = []
        for sign in (1, -1):
            moved = w.flat.copy()
            moved[:, number] += sign * small
            y, _ = forward(Weights(moved, hidden_size), x, h_0)
            losses.append(((y - target[:, None]) ** 2).mean(axis=0))
        slope = (losses[0] - losses[1]) / (2 * small)
        np.testing.assert_allclose(gradient.flat[:, number], slope, rtol=1e-5, atol=1e-7)


@PROPERTY
@given(seed=st.integers(0, 10**6), hidden_size=st.integers(1, 40), seq_len=st.integers(1, 25))
def test_one_network_goes_forth_and_back_as_it_does_in_a_stack(seed, hidden_size, seq_len):
    w, h_0, x, target = random_problem(seed, 2, hidden_size, seq_len)
    y, h = forward(w, x, h_0)
    gradient = gradient_of(w, h_0, x, target)
    for index in range(2):
        alone = Weights(w.flat[index : index + 1], hidden_size)
        h_alone = h_0[index : index + 1]
        y_one, h_one = forward(alone, x, h_alone)
        np.testing.assert_allclose(y_one[:, 0], y[:, index], rtol=0, atol=1e-11)
        np.testing.assert_allclose(h_one[:, 0], h[:, index], rtol=0, atol=1e-11)
        one = gradient_of(alone, h_alone, x, target)
        scale = max(1, np.abs(gradient.flat).max())
        np.testing.assert_allclose(one.flat[0], gradient.flat[index], rtol=0, atol=1e-10 * scale)


@pytest.mark.parametrize("num_models", [1, 3])
def test_what_the_arrays_to_be_overwritten_held_before_does_not_matter(num_models):
    w, h_0, x, target = random_problem(2, num_models, 4, 6)
    y, h = forward(w, x, h_0)
    expected, given_h = gradient_of(w, h_0, x, target), np.full_like(h, 7.0)
    y_again, h_again = forward(w, x, h_0, given_h)
    assert h_again is given_h
    np.testing.assert_array_equal(y_again, y)
    np.testing.assert_array_equal(h_again, h)
    gradient = Weights(np.full_like(w.flat, 7.0), 4)
    dy = 2 * (y - target[:, None]) / len(x)
    backward(w, x, h, dy, gradient, np.full_like(h[1:], 7.0))
    np.testing.assert_array_equal(gradient.flat, expected.flat)


@pytest.mark.parametrize("num_models", [1, 3])
def test_backward_changes_nothing_but_the_gradient(num_models):
    w, h_0, x, target = random_problem(1, num_models, 5, 8)
    before = [w.flat.copy(), h_0.copy(), x.copy(), target.copy()]
    gradient_of(w, h_0, x, target)
    for was, now in zip(before, [w.flat, h_0, x, target], strict=True):
        np.testing.assert_array_equal(was, now)


def test_weights_are_views_in_the_order_of_torch():
    w = Weights(np.zeros((2, num_parameters(3))), 3)
    model = rh.WaveRNN(hidden_size=3)
    names = [name.removeprefix("rnn.").replace(".", "_") for name, _ in model.named_parameters()]
    for number, name in enumerate(names):
        getattr(w, name.removesuffix("_l0"))[...] = number
    expected = [number for number, p in enumerate(model.parameters()) for _ in range(p.numel())]
    np.testing.assert_array_equal(w.flat, [expected, expected])


@PROPERTY
@given(seed=st.integers(0, 10**6), lr=st.floats(1e-4, 0.5))
def test_adam_equals_torch(seed, lr):
    random = np.random.default_rng(seed)
    start = random.normal(size=(2, 5))
    gradients = random.normal(size=(12, 2, 5)) * 10.0 ** random.integers(-6, 3, (12, 1, 1))
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


def test_adam_first_step_is_the_sign_of_the_gradient():
    w = np.zeros(4)
    Adam(w, 0.1).step(np.array([3.0, -0.02, 500.0, -1.0]))
    np.testing.assert_allclose(w, [-0.1, 0.1, -0.1, 0.1], rtol=1e-6)


@pytest.mark.parametrize("hidden_size", [1, 5, 32])
def test_initial_weights_are_those_of_manual_seed(hidden_size):
    seeds = [0, 3, 127, 3]
    weights = rh.initial_weights(seeds, hidden_size)
    assert weights.flat.dtype == np.float64
    assert weights.flat.shape == (4, num_parameters(hidden_size))
    for seed, flat in zip(seeds, weights.flat, strict=True):
        torch.manual_seed(seed)
        model = rh.WaveRNN(hidden_size=hidden_size)
        expected = nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
        np.testing.assert_array_equal(flat.astype(np.float32), expected)


def test_initial_weights_leave_torchs_random_state_alone():
    torch.manual_seed(11)
    before = torch.get_rng_state()
    rh.initial_weights(range(4))
    rh.train_many(range(2), 1)
    assert torch.equal(torch.get_rng_state(), before)


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
def test_train_many_equals_the_plain_loop_of_pytorch(regime, settings):
    seeds = [0, 41, 7]
    num_steps = 40
    many = rh.train_many(seeds, num_steps, regime=regime, **settings)
    assert many.losses.shape == (num_steps, 3)
    for index, seed in enumerate(seeds):
        plain = plain_loop(seed, num_steps, regime, dtype=torch.float64, **settings)
        np.testing.assert_allclose(many.losses[:3, index], plain.losses[:3], rtol=0, atol=1e-13)
        np.testing.assert_allclose(many.losses[:, index], plain.losses, rtol=0, atol=1e-7)
        np.testing.assert_allclose(many.weights.flat[index], plain.flat, rtol=0, atol=1e-5)
        np.testing.assert_allclose(many.h_n[index], plain.h_n[0, 0], rtol=0, atol=1e-5)


def test_the_training_of_the_course_equals_the_plain_loop_to_its_last_step():
    many = rh.train_many([2], 150)
    plain = plain_loop(2, 150, "carry", dtype=torch.float64)
    np.testing.assert_allclose(many.losses[:, 0], plain.losses, rtol=0, atol=1e-7)
    np.testing.assert_allclose(many.weights.flat[0], plain.flat, rtol=0, atol=1e-5)


@pytest.mark.parametrize("regime", REGIMES)
def test_nothing_leaks_from_one_seed_to_another(regime):
    together = rh.train_many([4, 9, 1, 30], 40, regime=regime)
    others = rh.train_many([77, 1, 4], 40, regime=regime)
    alone = rh.train_many([4], 40, regime=regime)
    for run, index in ((others, 2), (alone, 0)):
        np.testing.assert_allclose(run.losses[:, index], together.losses[:, 0], atol=1e-10)
        np.testing.assert_allclose(run.weights.flat[index], together.weights.flat[0], atol=1e-10)
    np.testing.assert_allclose(others.weights.flat[1], together.weights.flat[2], atol=1e-10)
    assert np.abs(together.weights.flat[0] - together.weights.flat[1]).max() > 0.01


@pytest.mark.parametrize("seq_len", [1, 2, 20])
@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("hidden_size", [1, 2, 7, 32])
def test_one_network_alone_trains_as_it_does_in_a_stack(hidden_size, regime, seq_len):
    settings = {"hidden_size": hidden_size, "regime": regime, "seq_len": seq_len}
    together = rh.train_many([9, 4], 40, **settings)
    for index, seed in enumerate(together.seeds):
        alone = rh.train_many([seed], 40, **settings)
        np.testing.assert_allclose(alone.losses[:, 0], together.losses[:, index], atol=1e-10)
        np.testing.assert_allclose(alone.weights.flat[0], together.weights.flat[index], atol=1e-9)
        np.testing.assert_allclose(alone.h_n[0], together.h_n[index], atol=1e-9)


@pytest.mark.parametrize("regime", REGIMES)
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
    np.testing.assert_allclose(one.losses[:, 0], plain.losses, rtol=0, atol=1e-7)
    np.testing.assert_allclose(one.weights.flat[0], plain.flat, rtol=0, atol=1e-5)
    np.testing.assert_allclose(one.h_n[0], plain.h_n[0, 0], rtol=0, atol=1e-5)


def test_the_last_state_of_a_training_is_no_view_of_a_larger_array():
    assert rh.train_many([0], 2, hidden_size=3).h_n.base is None


def test_what_train_many_returns():
    many = rh.train_many(iter([5, 6]), 3, hidden_size=4)
    assert many.seeds == (5, 6)
    assert len(many) == 2
    assert many.hidden_size == 4
    assert many.losses.shape == (3, 2)
    assert many.h_n.shape == (2, 4)
    assert many.weights.flat.dtype == many.losses.dtype == np.float64


def test_model_is_one_of_the_batch():
    many = rh.train_many([5, 6, 8], 30, hidden_size=7)
    x = rh.make_window(33, 9, 25).features
    batch, h_batch = rh.predict(many, x)
    for index in range(3):
        prediction, h_n = rh.predict(many.model(index), x)
        np.testing.assert_allclose(prediction, batch[index], rtol=0, atol=1e-5)
        np.testing.assert_allclose(h_n.numpy()[0, 0], h_batch[index], rtol=0, atol=1e-5)
        assert many.model(index).fc.weight.dtype == torch.float32


def test_training_on_a_model_of_the_batch_leaves_the_batch_alone():
    many = rh.train_many([5], 2, hidden_size=3)
    before = many.weights.flat.copy()
    rh.train(many.model(0), 2)
    np.testing.assert_array_equal(many.weights.flat, before)


def test_taking_out_one_network_leaves_torchs_random_state_alone():
    many = rh.train_many([0, 1], 1, hidden_size=3)
    before = torch.get_rng_state()
    many.model(1)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_far_too_large_learning_rate_ends_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rh.train_many([0], 3, lr=1e300)
