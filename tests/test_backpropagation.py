"""Gradients through time on paper, a hundred steps back, cut and clipped."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import rnn_helpers as rh

WAVE = np.sin(np.linspace(2, 10, 21))
X, TARGET = WAVE[:20], WAVE[1:]
PAPER = {"x": [0.4, -0.3, 0.9], "target": [0.1, 0.5, -0.7], "W_ih": 1.1, "W_hh": -0.6, "W_fc": 1.7}


def worked(**paper):
    return {step.name: step.value for step in rh.worked_steps(**paper)}


# On paper


def test_the_worked_numbers_are_those_of_autograd():
    got, loss, h = worked(**PAPER), 0, [torch.zeros((), dtype=torch.float64)]
    weights = {n: torch.tensor(PAPER[n], dtype=torch.float64) for n in ("W_ih", "W_hh", "W_fc")}
    W_ih, W_hh, W_fc = (weight.requires_grad_() for weight in weights.values())
    for x_t, target_t in zip(PAPER["x"], PAPER["target"], strict=True):
        h.append(torch.tanh(W_ih * x_t + W_hh * h[-1]))
        h[-1].retain_grad()
        loss = loss + (W_fc * h[-1] - target_t) ** 2 / 2
    loss.backward()
    for name, weight in weights.items():
        assert got[f"d{name}"] == pytest.approx(weight.grad.item(), rel=1e-12)
    for t, h_t in enumerate(h[1:], 1):
        assert got[f"h_{t}"] == pytest.approx(h_t.item(), rel=1e-12)
        assert got[f"dh_{t}"] == pytest.approx(h_t.grad.item(), rel=1e-12)


def test_the_texts_hold_their_own_numbers():
    steps = rh.worked_steps(**PAPER)
    assert len(steps) == 3 * 5 + 3
    assert all(step.text.endswith(f" = {step.value:.2f}") for step in steps)
    assert all(step.text.startswith(f"{step.name} = ") for step in steps)


def test_a_drawing_is_filled_in_step_by_step():
    steps = rh.worked_steps(**PAPER)
    ax = rh.plot_blank_network(PAPER["x"], PAPER["target"])
    blank = len(ax.texts)
    assert rh.fill_in(ax, steps[:8]).startswith("Step 8: dh_3 = W_fc dy_3 = 1.7 * ")
    assert len(ax.texts) == blank + 1  # the last one
    assert ax.texts[-1].get_text() == f"$dh_{{3}}$ = {steps[7].value:.2f}"
    words = [each.words for each in ax.collections if isinstance(each, rh.Words)]
    forwards = [f"{step.value:.2f}" for step in steps[:6]]
    assert [*map(list, words)] == [forwards, [f"$dy_{{3}}$ = {steps[6].value:.2f}"]]
    assert rh.fill_in(ax, steps) == f"Step 18: {steps[-1].text}."


# A hundred steps back


@pytest.mark.parametrize(("kind", "size"), [("orthogonal", 4), ("Gaussian", 9)])
def test_weights_have_their_spectral_radius(kind, size):
    W_hh = rh.recurrent_weights(kind, 1.3, [3, 5], size)
    assert W_hh.shape == (2, size, size)
    assert abs(np.linalg.eigvals(W_hh)).max(axis=1) == pytest.approx([1.3, 1.3])
    assert (np.linalg.cond(W_hh) < 1.001).all() == (kind == "orthogonal")
    assert np.array_equal(W_hh[1:], rh.recurrent_weights(kind, 1.3, [5], size))


@pytest.mark.parametrize("radius", [0.5, 1.5])
def test_linear_and_orthogonal_is_exactly_a_power(radius):
    norms = rh.gradient_norms(rh.recurrent_weights("orthogonal", radius, range(3)), tanh=False)
    assert norms == pytest.approx(np.tile(radius ** np.arange(101.0), (3, 1)), rel=1e-10)


def test_the_norms_are_those_of_autograd():
    W_hh, steps = rh.recurrent_weights("Gaussian", 1.1, [0], 5), 12
    bound = 2 / math.sqrt(5)
    W_ih = torch.from_numpy(np.random.default_rng(0).uniform(-bound, bound, (1, 5))[0])
    weight, h = torch.from_numpy(W_hh[0]), [torch.zeros(5, dtype=torch.float64).requires_grad_()]
    for x_t in np.sin(np.deg2rad(9 * np.arange(steps))):
        h.append(torch.tanh(W_ih * x_t + weight @ h[-1]))
    gradients = torch.autograd.grad(h[-1].sum() / math.sqrt(5), h[::-1])
    norms = [gradient.norm().item() for gradient in gradients]
    assert rh.gradient_norms(W_hh, steps, drive=2)[0] == pytest.approx(norms)


# Cut and clipped


def step_of_torch(cut, optimizer, max_norm, epochs=4, lr=0.05, **settings):
    """Return losses and norms of the same training for seed 7, in torch."""
    weights = [w.requires_grad_() for w in rh.initial_elman_weights(7)]
    optimizer, rows = optimizer(weights, lr=lr, **settings), []
    for _ in range(epochs):
        context, loss = torch.zeros(1, 6, dtype=torch.float64), 0
        for t in range(20):
            context = context.detach() if t % cut == 0 else context
            x_t = torch.tensor([[X[t]]], dtype=torch.float64)
            context = torch.tanh(torch.cat((x_t, context), dim=1) @ weights[0])
            loss = loss + ((context @ weights[1]).sum() - TARGET[t]) ** 2 / 2
        optimizer.zero_grad()
        loss.backward()
        rows.append((loss.item(), nn.utils.clip_grad_norm_(weights, max_norm).item()))
        optimizer.step()
    return np.transpose(rows)


@pytest.mark.parametrize("cut", [1, 5, 20])
@pytest.mark.parametrize("max_norm", [0.1, math.inf])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_each_step_is_that_of_torch(cut, max_norm, name):
    betas = {"betas": (0.8, 0.95)} if name == "Adam" else {}
    losses, norms = step_of_torch(cut, getattr(torch.optim, name), max_norm, **betas)
    settings = {"cut": cut, "max_norm": max_norm, "optimizer": name, "epochs": 4, "lr": 0.05}
    run = rh.train_elman_clipped([3, 7], X, TARGET, **settings, **betas)
    assert np.allclose(run.losses[:, 1], losses, rtol=1e-6)
    assert np.allclose(run.norms[:, 1], norms, rtol=1e-5)
    if name == "SGD":
        assert np.allclose(run.lengths, 0.05 * np.minimum(run.norms, max_norm), rtol=1e-5)


def test_lost_networks_have_an_infinite_error_and_the_others_go_on():
    run = rh.train_elman_clipped(range(6), X, TARGET, lr=0.1)
    assert not np.isnan(run.mse).any()
    assert (run.mse > 1).any()
    assert (run.mse < 1).any()


@pytest.mark.parametrize(("cut", "point", "reached"), [(1, 7, 1), (5, 13, 3), (20, 20, 20)])
def test_the_cuts_are_drawn_where_they_are(cut, point, reached):
    ax = rh.plot_cuts(cut, point)
    squares = [line for line in ax.lines if line.get_marker() == "s"]
    assert sum(len(line.get_xdata()) for line in squares) == 20
    (coloured,) = (line for line in squares if line.get_markerfacecolor() == "#7B329455")
    np.testing.assert_array_equal(coloured.get_xdata(), range(point - reached + 1, point + 1))
    _, forwards, backwards, cuts = ax.collections
    assert (forwards.N, backwards.N + len(cuts.get_segments())) == (19, 19)
    assert len(cuts.get_segments()) == math.ceil(20 / cut) - 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: rh.worked_steps([1.0], [1.0, 2.0], 1, 1, 1), "same length"),
        (lambda: rh.worked_steps([1.0], [1.0], 1, math.nan, 1), "W_hh must be finite"),
        (lambda: rh.fill_in(rh.plot_blank_network([1.0], [1.0]), []), "at least 1"),
        (lambda: rh.plot_cuts(1, 21), "point must be at most 20"),
        (lambda: rh.recurrent_weights("gaussian", 1, [0]), "'orthogonal', 'Gaussian'"),
        (lambda: rh.gradient_norms(np.eye(3)), r"shape \(3, 3\)"),
        (lambda: rh.train_elman_clipped([0], X, TARGET[:-1], lr=0.1), "same length"),
        (lambda: rh.train_elman_clipped([0], X, TARGET, lr=0.1, cut=3), "cut must divide 20"),
        (lambda: rh.train_elman_clipped([0], X, TARGET, lr=0.1, optimizer="adam"), "'SGD'"),
    ],
)
def test_bad_input_is_refused_in_words(call, said):
    with pytest.raises((TypeError, ValueError), match=said):
        call()
