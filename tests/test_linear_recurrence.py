"""Recurrences without a tanh: three ways that are one, and their training against a plain loop."""

import numpy as np
import pytest
import torch

import rnn_helpers as rh
from rnn_helpers.linear_recurrence import linear_fft, linear_loop, linear_scan

WAYS = (linear_loop, linear_scan, linear_fft)
A_TURN = np.sin(np.deg2rad(9 * np.arange(40)))


@pytest.mark.parametrize("way", WAYS)
def test_four_steps_by_hand(way):
    assert way(0.5, np.array([1, 2, 0, -4])) == pytest.approx([1, 2.5, 1.25, -3.375])
    assert way(1j, np.array([1, 0, 2])) == pytest.approx(np.array([1, 1j, 1]))


@pytest.mark.parametrize("seq_len", [1, 2, 3, 64, 1000])
@pytest.mark.parametrize("shape", [(), (5,), (2, 3)])
@pytest.mark.parametrize("turns", [False, True])
def test_all_ways_lead_to_the_same(seq_len, shape, turns):
    random = np.random.default_rng(seq_len)
    x, a = random.normal(size=(seq_len, *shape)), random.uniform(0.5, 1, shape)
    a = a * np.exp(1j * random.uniform(0, 6, shape)) if turns else a
    given = x.copy()
    wanted = linear_loop(a, x)
    for way in WAYS[1:]:
        assert abs(way(a, x) - wanted).max() < 1e-12
    assert np.array_equal(x, given)  # nothing is changed in place


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("a", "x"), [(0.9, []), (0.9, 3.0), ([0.9, 0.8], [1.0, 2.0]), (0.9, [1, np.nan]), ("a", [1.0])]
)
def test_what_is_no_recurrence_is_refused(way, a, x):
    with pytest.raises(ValueError, match="must h"):
        way(a, x)


def plain_loop(first, num_steps, noise):
    """Train one network by a loop over the points, as a learner would write it."""
    nu, theta, *c = (torch.tensor(part, requires_grad=True) for part in np.split(first, 4))
    optimizer = torch.optim.Adam([nu, theta, *c], lr=0.02)
    noises = noise * np.random.default_rng(0).normal(size=(num_steps, 13))
    h = torch.zeros(len(nu), dtype=torch.complex128)
    losses = []
    for number in range(num_steps):
        degrees = 7.0 * (12 * number + np.arange(13))
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
    from rnn_helpers.linear_recurrence import _begin

    options = {"hidden_size": 5, "lr": 0.02, "step": 7.0, "seq_len": 12, "noise": noise}
    many = rh.train_diagonal([3, 8], 25, **options)
    for index, seed in enumerate((3, 8)):
        losses, lam = plain_loop(_begin(seed, 5), 25, noise)
        assert many.losses[:, index] == pytest.approx(losses)
        assert many.lam[index] == pytest.approx(lam)
    decayed = rh.train_diagonal([3], 25, lr_decay=True, **options)
    assert decayed.losses[1, 0] == pytest.approx(
        many.losses[1, 0]
    )  # the first rate is the full one
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
    held = many.run(A_TURN, 2, limit=0.01)
    fed = many.lam * states[-1] + many.b * np.clip(run[:, 0], -0.01, 0.01)[:, None]
    assert held[:, 1] == pytest.approx(many.predict(fed))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"seeds": []}, ValueError),
        ({"hidden_size": 0}, ValueError),
        ({"lr": -0.1}, ValueError),
        ({"lr_decay": 1}, TypeError),
        ({"noise": -1}, ValueError),
        ({"noise": "little"}, TypeError),
    ],
)
def test_bad_input_is_refused_in_words(options, error):
    with pytest.raises(error, match="must"):
        rh.train_diagonal(**({"seeds": [0], "num_steps": 1} | options))
