"""A layer of attention against PyTorch's own, and its training against a plain loop."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import rnn_helpers as rh
from rnn_helpers.attention import POSITIONS, _begin, _last_output, _pass

KINDS = pytest.mark.parametrize("positions", POSITIONS)
X = np.random.default_rng(0).uniform(-1, 1, (3, 12))


def layers(positions, seeds=(0, 1)):
    return rh.train_attention(seeds, 3, positions=positions, size=6, seq_len=7)


def by_torch(layer, index, x):
    """Run one layer over one wave by PyTorch's attention; rotary positions as complex numbers."""
    w_e, b_e, w_q, w_k, w_v, w_y, b_y = layer.weights(index)
    x, t = torch.from_numpy(x), torch.arange(len(x), dtype=torch.float64)
    angles = t[:, None] * torch.tensor([1, 10_000 ** (-1 / 3), 10_000 ** (-2 / 3)])
    e = torch.outer(x, w_e) + b_e
    if layer.positions == "sinusoidal":
        e = e + torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)
    q, k, v = e @ w_q, e @ w_k, e @ w_v
    if layer.positions == "rotary":
        turned = [torch.complex(u[:, :3], u[:, 3:]) * torch.exp(1j * angles) for u in (q, k)]
        q, k = (torch.cat([u.real, u.imag], dim=1) for u in turned)
    q, k, v = (u[None] for u in (q, k, v))
    mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)[0]
    return ((e + mixed) @ w_y + b_y).numpy()


@KINDS
def test_a_layer_is_that_of_torch(positions):
    layer = layers(positions)
    attended = layer.attend(X)
    assert attended.predictions.shape == (2, 3, 12)
    assert attended.shares.sum(axis=-1) == pytest.approx(np.ones((2, 3, 12)))
    assert (np.triu(attended.shares, 1) == 0).all()
    for index, wave in np.ndindex(2, 3):
        wanted = by_torch(layer, index, X[wave])
        assert attended.predictions[index, wave] == pytest.approx(wanted, abs=1e-6)
    assert layer.attend(X[1]).predictions[:, 0] == pytest.approx(attended.predictions[:, 1])


@KINDS
def test_a_window_is_all_that_counts(positions):
    layer, other = layers(positions), X.copy()
    other[:, :4] += 1  # what a point at 8 or later no longer sees through a window of 5
    for renumber in (False, True):
        one, two = (layer.attend(x, window=5, renumber=renumber) for x in (X, other))
        assert one.predictions[..., 8:] == pytest.approx(two.predictions[..., 8:])
        assert (one.predictions[..., 7] != two.predictions[..., 7]).all()
        assert one.shares.sum(axis=-1) == pytest.approx(np.ones((2, 3, 12)))
        assert (one.shares[..., 11, :7] == 0).all()
    assert layer.attend(X, window=50).predictions == pytest.approx(layer.attend(X).predictions)


def test_only_sinusoidal_layers_feel_how_positions_are_counted():
    for positions in POSITIONS:
        layer = layers(positions)
        kept, anew = (layer.attend(X, window=5, renumber=r).predictions for r in (False, True))
        assert np.allclose(kept, anew) == (positions != "sinusoidal")
        short = layer.attend(X[:, 4:9]).predictions[..., -1]  # counted anew: a short wave's last
        assert anew[..., 8] == pytest.approx(short)


@KINDS
def test_training_is_that_of_a_plain_loop(positions):
    many = rh.train_attention([5, 2], 20, positions=positions, size=4, seq_len=8)
    starts = np.random.default_rng(0).uniform(0, 360, (20, 4, 1))
    waves = torch.tensor(np.sin(np.deg2rad(starts + 9 * np.arange(9))))
    for index, seed in enumerate((5, 2)):
        w = torch.tensor(_begin(seed, 4)[None], requires_grad=True)
        optimizer = torch.optim.Adam([w], lr=0.02)
        for number, wave in enumerate(waves):
            optimizer.param_groups[0]["lr"] = 0.02 * (1 + np.cos(np.pi * number / 20)) / 2
            loss = functional.mse_loss(_pass(w, wave[:, :-1], positions, 8)[0][0], wave[:, 1:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            assert many.losses[number, index] == pytest.approx(loss.item())
        assert many.flat[index].numpy() == pytest.approx(w.detach().numpy()[0])


def test_a_test_has_forty_starts_and_each_error_its_place():
    layer = layers("rotary")
    errors = layer.errors(15, window=6)
    assert errors.shape == (2, 15)
    wave = np.sin(np.deg2rad(np.arange(0, 360, 9)[:, None] + 9 * np.arange(16)))
    found = layer.attend(wave[:, :15], window=6).predictions
    assert errors[1, 4] == pytest.approx(((found[1, :, 4] - wave[:, 5]) ** 2).mean())


def test_the_last_output_alone_is_that_of_the_whole_pass():
    flat, x = torch.tensor(np.stack([4 * _begin(seed, 6) for seed in (0, 1)])), torch.tensor(X)
    for one, all_of_them in zip(_last_output(flat, x), _pass(flat, x, "rotary", 12), strict=True):
        assert one.numpy() == pytest.approx(all_of_them[:, :, -1].numpy())


def test_recall_is_trained_on_the_batches_of_train_recall_and_scored_as_there():
    run, random = rh.train_attention_recall([3], 4, 2, size=6, lr=0.1), np.random.default_rng(0)
    w = torch.tensor(_begin(3, 6)[None], requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.1)
    for x in random.uniform(-1, 1, (2, 5, 16)):
        optimizer.zero_grad()
        ((_last_output(w, torch.tensor(x.T))[0] - torch.tensor(x[0])) ** 2).mean().backward()
        optimizer.step()
    x = random.uniform(-1, 1, (5, 200))
    y, shares = (each.detach().numpy() for each in _last_output(w, torch.tensor(x.T)))
    assert run.errors == pytest.approx(3 * ((y - x[0]) ** 2).mean(axis=1))
    assert run.shares == pytest.approx(shares[:, :, 0].mean(axis=1))


def test_bad_input_is_refused_in_words():
    with pytest.raises(ValueError, match="positions must be one of 'none', 'sinusoidal', 'rotary'"):
        rh.train_attention([0], 1, positions="learned")
    with pytest.raises(ValueError, match="window must be at least 1"):
        layers("none").attend(X, window=0)
