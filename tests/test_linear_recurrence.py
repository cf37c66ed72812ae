"""Recurrences without a tanh: a scan, and their training, against plain loops."""

import numpy as np
import pytest
import torch

import rnn_helpers as rh
from rnn_helpers.linear_recurrence import _begin, linear_scan

A_TURN = np.sin(np.deg2rad(9 * np.arange(40)))


@pytest.mark.parametrize("seq_len", [1, 2, 3, 64, 1000])
@pytest.mark.parametrize("shape", [(), (2, 3)])
@pytest.mark.parametrize("turns", [False, True])
def test_a_scan_is_a_loop(seq_len, shape, turns):
    random = np.random.default_rng(seq_len)
    x, a = random.normal(size=(seq_len, *shape)), random.uniform(0.5, 1, shape)
    a = a * np.exp(1j * random.uniform(0, 6, shape)) if turns else a
    given, found, h = x.copy(), linear_scan(a, x), 0
    for t in range(seq_len):
        h = a * h + x[t]
        assert abs(found[t] - h).max() < 1e-12
    assert np.array_equal(x, given)  # nothing is changed in place


def plain_loop(first, num_steps, noise):
    """Train one network by a loop over the points, as a learner would write it."""
    nu, theta, *c = (torch.tensor(part, requires_grad=True) for part in np.split(first, 4))
    optimizer = torch.optim.Adam([nu, theta, *c], lr=0.02)
    noises = noise * np.random.default_rng(0).normal(size=(num_steps, 13))
    h = torch.zeros(len(nu), dtype=torch.complex128)
    losses = []
    for number in range(num_steps):
        degrees = 9.0 * (12 * number + np.arange(13))
        wave = torch.tensor(np.sin(np.deg2rad(degrees)) + noises[number])
        lam, h, loss = torch.exp(torch.complex(-torch.exp(nu), theta)), h.detach(), 0
        for t in range(12):
            h = lam * h + torch.sqrt(1 - abs(lam) ** 2) * wave[t]
            y = (torch.complex(*c) * h).real.sum()
            loss = loss + (y - wave[t + 1]) ** 2 / 12
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, torch.exp(torch.complex(-torch.exp(nu), theta)).detach().numpy()


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_training_is_that_of_a_plain_loop(noise):
    options = {"hidden_size": 5, "lr": 0.02, "seq_len": 12, "noise": noise}
    many = rh.train_diagonal([3, 8], 25, **options)
    for index, seed in enumerate((3, 8)):
        losses, lam = plain_loop(_begin(seed, 5), 25, noise)
        assert many.losses[:, index] == pytest.approx(losses)
        assert many.lam[index] == pytest.approx(lam)
    decayed = rh.train_diagonal([3], 25, lr_decay=True, **options)
    assert decayed.losses[1, 0] == pytest.approx(many.losses[1, 0])  # begins with the full rate
    assert decayed.losses[-1, 0] != pytest.approx(many.losses[-1, 0])


def test_a_network_reads_predicts_and_runs_alone():
    many = rh.train_diagonal([0, 1], 30, hidden_size=4)
    states = many.read(A_TURN)
    assert states.shape == (40, 2, 4)
    run = many.run(A_TURN, 3)
    assert run[:, 0] == pytest.approx(many.predict(states)[-1])
    for index in range(2):  # a run is reading what was predicted before
        for n in (1, 2):
            longer = many.read(np.concatenate([A_TURN, run[index, :n]]))
            assert many.predict(longer)[-1, index] == pytest.approx(run[index, n])
