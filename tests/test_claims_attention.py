"""What notebook 15 says of linear recurrences and of attention, with others than its own."""

import numpy as np
import pytest
import torch

import rnn_helpers as rh

pytestmark = pytest.mark.slow
WAVE = np.sin(np.deg2rad(33 + 9 * np.arange(400)))  # another start than the notebook's


def top_eigenvalues(rnns):
    """Return the eigenvalue of the largest modulus of each closed loop."""
    tops = []
    for parts in zip(rnns.lam, rnns.b, rnns.c, strict=True):
        lam, b, c = (np.concatenate([z, z.conj()]) for z in parts)
        found = np.linalg.eigvals(np.diag(lam) + np.outer(b, c) / 2)
        tops.append(found[abs(found).argmax()])
    return np.array(tops)


@pytest.mark.parametrize("lr", [0.01, 0.03])
def test_a_diagonal_rnn_learns_the_wave_better_than_a_plain_one(lr):
    plain = rh.train_many(range(40, 56), 400, lr=lr, lr_decay=True)
    linear = rh.train_diagonal(range(40, 56), 400, lr=lr, lr_decay=True)
    ratio = np.median(plain.losses[-1]) / np.median(linear.losses[-1])
    assert ratio > 1e4  # 1e11 and 4e11


@pytest.mark.parametrize("options", [{}, {"lr": 0.01}, {"hidden_size": 24}])
def test_alone_many_explode_unless_there_was_noise_in_training(options):
    options = {"lr": 0.03, "lr_decay": True} | options
    clean = rh.train_diagonal(range(100, 132), 400, **options)
    noisy = rh.train_diagonal(range(100, 132), 600, noise=0.1, **options)
    counts = [(abs(rnns.run(WAVE, 1000)).max(axis=1) > 10).sum() for rnns in (clean, noisy)]
    assert counts[0] >= 8
    assert counts[1] <= counts[0] / 4


def test_the_modulus_says_how_fast_a_run_grows():
    rnns = rh.train_diagonal(range(100, 132), 400, lr=0.03, lr_decay=True)
    runs, tops = rnns.run(WAVE, 1200), top_eigenvalues(rnns)
    fast = np.flatnonzero(abs(tops) > 1.03)
    assert len(fast) >= 5
    for index in fast:
        early, late = (abs(runs[index, at : at + 200]).max() for at in (600, 1000))
        assert (late / early) ** (1 / 400) == pytest.approx(abs(tops[index]), abs=0.002)
    turns = abs(np.rad2deg(np.angle(tops[fast])))
    assert (abs(turns - 9) > 2).mean() > 0.7  # not what the wave does


@pytest.mark.parametrize("options", [{"lr": 0.01}, {"lr": 0.02}, {"lr": 0.01, "size": 32}])
@pytest.mark.parametrize("gap", [20, 50, 100])
def test_every_point_is_one_step_away(gap, options):
    fresh = rh.train_attention_recall(range(100, 116), gap, 1, **options)
    assert fresh.shares == pytest.approx(np.full(16, 1 / (gap + 1)), rel=0.1)
    run = rh.train_attention_recall(range(100, 116), gap, **options)
    assert (run.errors < 0.1).sum() >= 12  # 14 to 16
    assert np.median(run.shares) > 0.95


def test_far_points_are_missed_at_too_high_a_rate_and_by_the_gates_of_notebook_09():
    fast = rh.train_attention_recall(range(100, 116), 100, lr=0.05)
    assert (fast.errors < 0.1).mean() < 0.6  # about a third
    held = {gap: rh.train_recall(range(100, 108), gap, "GRU", begin="hold") for gap in (50, 80)}
    assert np.median(held[50].errors) < 0.1  # 0.007
    assert np.median(held[80].errors) > 0.3  # 1.1


KINDS = {
    "other seeds": {"seeds": range(100, 104)},
    "a lower rate": {"seeds": range(20, 24), "lr": 0.01},
    "larger": {"seeds": range(20, 28), "size": 24, "lr": 0.01},
    "longer": {"seeds": range(20, 24), "num_steps": 800},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_positions_fails_for_a_reason_of_its_own(kind):
    def errors(layers, **options):
        found = layers.errors(40, **options)
        return [np.median(found[:, at].mean(axis=1)) for at in (slice(2, 20), slice(20, 40))]

    window, anew = {"window": 20}, {"window": 20, "renumber": True}
    sinusoidal = rh.train_attention(positions="sinusoidal", **KINDS[kind])
    inside, beyond = errors(sinusoidal)
    assert beyond > 20 * inside  # 75 to 200 times
    assert errors(sinusoidal, **window)[1] > 20 * inside
    assert errors(sinusoidal, **anew)[1] < 3 * inside
    rotary = rh.train_attention(**KINDS[kind])
    inside, beyond = errors(rotary)
    assert beyond > 5 * inside  # 8 to 60 times
    assert errors(rotary, **window)[1] < 2 * inside


def test_noise_alone_costs_the_square_of_every_modulus_above_one():
    """Jensen's formula, for the errors that noise on all points causes in a clean-trained RNN."""
    rnns = rh.train_diagonal(range(100, 132), 400, lr=0.03, lr_decay=True)
    z = np.exp(1j * np.linspace(0, 2 * np.pi, 2**14, endpoint=False))
    for lam, b, c in zip(rnns.lam, rnns.b, rnns.c, strict=True):
        lam, b, c = (np.concatenate([v, v.conj()]) for v in (lam, b, c))
        response = 1 - (b * c / (z[:, None] - lam)).sum(axis=1) / 2
        moduli = abs(np.linalg.eigvals(np.diag(lam) + np.outer(b, c) / 2))
        assert (abs(response) ** 2).mean() > 0.999 * np.prod(moduli[moduli > 1.001] ** 2)


def test_with_noise_in_training_a_run_alone_loses_height():
    rnns = rh.train_diagonal(range(100, 132), 400, lr=0.03, lr_decay=True, noise=0.1)
    heights = abs(rnns.run(WAVE, 1000)[:, -40:]).max(axis=1)
    assert np.median(heights) < 0.9


def test_distances_and_not_the_number_of_points_break_rotary_layers():
    """Points further back than any in training, counted as 19 steps away, and 10 + 10 points."""
    layers = rh.train_attention(range(100, 104))
    waves = np.sin(np.deg2rad(np.arange(0, 360, 9)[:, None] + 9 * np.arange(41)))
    t = np.arange(40)
    steps = t[:, None] - t
    found = {
        "all": rotary_errors(layers, waves, steps, steps >= 0),
        "clamped": rotary_errors(layers, waves, np.minimum(steps, 19), steps >= 0),
        "ten far": rotary_errors(
            layers, waves, steps, ((steps >= 0) & (steps < 10)) | (steps // 10 == 2)
        ),
    }
    assert found["all"][:, 30:] == pytest.approx(layers.errors(40)[:, 30:], rel=1e-4)
    late = {name: np.median(errors[:, 30:].mean(axis=1)) for name, errors in found.items()}
    inside = np.median(found["all"][:, 2:20].mean(axis=1))
    assert late["clamped"] < 3 * inside  # 1.1 times
    assert min(late["all"], late["ten far"]) > 5 * inside  # about 40 times


def rotary_errors(layers, waves, steps, seen):
    """Return errors, (num_models, 40), with keys turned for ``steps``, and looked at if seen."""
    x, errors = torch.tensor(waves[:, :-1]), []
    for index in range(len(layers.seeds)):
        w_e, b_e, w_q, w_k, w_v, w_y, b_y = layers.weights(index)
        e, half = x[..., None] * w_e + b_e, len(w_e) // 2
        q, k = (torch.complex(u[..., :half], u[..., half:]) for u in (e @ w_q, e @ w_k))
        frequencies = 10000 ** (-torch.arange(half).double() / half)
        turns = torch.tensor(steps)[..., None] * frequencies  # (40, 40, half)
        scores = torch.einsum("bth,bsh,tsh->bts", q, k.conj(), torch.exp(1j * turns)).real
        scores = (scores / len(w_e) ** 0.5).masked_fill(~torch.tensor(seen), -torch.inf)
        y = (e + scores.softmax(dim=-1) @ (e @ w_v)) @ w_y + b_y
        errors.append(((y.numpy() - waves[:, 1:]) ** 2).mean(axis=0))
    return np.array(errors)


@pytest.mark.parametrize(("cell", "grows"), [("RNN", False), ("GRU", False), ("LSTM", True)])
def test_beyond_the_trained_windows_rnn_and_gru_go_on_and_an_lstm_errs_more(cell, grows):
    rnns = rh.train_many(range(100, 116), 800, regime="reset", cell=cell, lr_decay=True)
    errors = np.mean(
        [rh.forecast(rnns, start=a, num_points=80).squared_errors for a in (0, 180)], 0
    )
    ratio = np.median(errors[:, 40:].mean(axis=1)) / np.median(errors[:, 17:20].mean(axis=1))
    assert ratio > 3 if grows else ratio < 2  # 10 for the LSTM, 1 for the others
