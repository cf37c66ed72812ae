"""Gradients through time on paper, and a hundred steps back."""

import math

import numpy as np
import pytest
import torch

import rnn_helpers as rh

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


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="same length"):
        rh.worked_steps([1.0], [1.0, 2.0], 1, 1, 1)
    with pytest.raises(ValueError, match="kind must be one of 'orthogonal', 'Gaussian'"):
        rh.recurrent_weights("gaussian", 1, [0])
