"""One layer of causal attention that learns the wave, for many seeds at once.

Notebook 15 writes it out for one network. With d for ``size`` and x_t for the points of a wave::

    e_t = x_t w_e + b_e  (+ the position of t, if sinusoidal)               (d,)
    q_t, k_t, v_t = e_t W_q, e_t W_k, e_t W_v  (q, k turned, if rotary)     (d,) each
    A_ts = softmax over s <= t of q_t . k_s / sqrt(d)
    y_t = (e_t + sum over s of A_ts v_s) . w_y + b_y

after Vaswani and others (2017), "Attention is all you need", whose positions are the sinusoidal
ones; the rotary ones are of Su and others (2021), "RoFormer". There is one head, and neither
normalization nor layers in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from . import _checks
from .training import RECALL_VARIANCE, descend, recall_sequences

POSITIONS = ("none", "sinusoidal", "rotary")


class Attended(NamedTuple):
    """What layers of attention predict, and where they look."""

    predictions: np.ndarray  # (num_models, num_waves, seq_len)
    shares: np.ndarray  # (num_models, num_waves, seq_len, seq_len): A_ts


@dataclass(frozen=True, eq=False)
class AttentionLayers:
    """Layers of attention that differ in their seed alone."""

    seeds: tuple[int, ...]
    positions: str
    flat: torch.Tensor  # (num_models, num_parameters), float64
    losses: np.ndarray  # (num_steps, num_models)

    def weights(self, index: int) -> list[torch.Tensor]:
        """Return w_e, b_e, W_q, W_k, W_v, w_y and b_y of one layer."""
        return [part[index] for part in _parts(self.flat)]

    def attend(
        self, x: np.ndarray, *, window: int | None = None, renumber: bool = False
    ) -> Attended:
        """Read waves x, shape (num_waves, seq_len) or (seq_len,), and predict each next point.

        ``window`` is at how many points a point looks, itself included; all up to it if it is not
        given. To ``renumber`` is to count positions from the first point of the window.
        """
        x = np.atleast_2d(x)
        n = x.shape[1]
        window = n if window is None else _checks.whole_number("window", window, 1)
        if not renumber:
            y, shares = _pass(self.flat, torch.from_numpy(x), self.positions, window)
            return Attended(y.numpy(), shares.numpy())
        y, shares = np.empty((len(self.flat), *x.shape)), np.zeros((len(self.flat), *x.shape, n))
        for t in range(n):  # the last one of a short wave of its own
            at = slice(max(t - window + 1, 0), t + 1)
            part = self.attend(x[:, at])
            y[..., t], shares[..., t, at] = part.predictions[..., -1], part.shares[..., -1, :]
        return Attended(y, shares)

    def errors(self, num_points: int = 80, **options: object) -> np.ndarray:
        """Return the squared error of each prediction, the mean over 40 starts 9 degrees apart.

        The options are those of ``attend``; the shape is (num_models, num_points).
        """
        places = np.arange(0, 360, 9)[:, None] + 9 * np.arange(num_points + 1)
        waves = np.sin(np.deg2rad(places))
        found = self.attend(waves[:, :-1], **options).predictions
        return ((found - waves[:, 1:]) ** 2).mean(axis=1)


def _angles(n: int, d: int) -> torch.Tensor:
    """Return the angles of n positions, (n, d / 2), as in both papers.

    Each step turns the first pair of numbers by 1 radian, and the last one by nearly nothing.
    """
    return torch.from_numpy(np.arange(n)[:, None] * 10_000.0 ** (-np.arange(0, d, 2) / d))


def _turn(u: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
    """Turn each pair (u_i, u_(i + d/2)) by its angle; ``u`` is (..., seq_len, d)."""
    first, second = u.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


def _parts(flat: torch.Tensor) -> list[torch.Tensor]:
    """Return the weights of all layers, each (num_models, ...); 3 d^2 + 3 d + 1 numbers a layer."""
    d = round(((flat.shape[1] - 1) / 3 + 0.25) ** 0.5 - 0.5)
    shapes = (d,), (d,), (d, d), (d, d), (d, d), (d,), ()
    parts = flat.split([int(np.prod(shape)) for shape in shapes], dim=1)
    return [p.reshape(-1, *shape) for p, shape in zip(parts, shapes, strict=True)]


def _pass(
    flat: torch.Tensor, x: torch.Tensor, positions: str, window: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Run all layers over all waves, (num_waves, seq_len)."""
    w_e, b_e, w_q, w_k, w_v, w_y, b_y = _parts(flat)
    (waves, n), (models, d) = x.shape, w_e.shape
    e = x[:, :, None] * w_e[:, None, None] + b_e[:, None, None]  # (models, waves, n, d)
    angles = _angles(n, d)
    if positions == "sinusoidal":
        e = e + torch.cat([angles.sin(), angles.cos()], dim=-1)
    e = e.reshape(models, waves * n, d)
    q, k, v = ((e @ w).reshape(models, waves, n, d) for w in (w_q, w_k, w_v))
    if positions == "rotary":
        q, k = _turn(q, angles), _turn(k, angles)
    t, s = torch.arange(n)[:, None], torch.arange(n)
    scores = (q @ k.mT / d**0.5).masked_fill((s > t) | (s <= t - window), -torch.inf)
    shares = scores.softmax(dim=-1)
    u = e + (shares @ v).reshape(models, waves * n, d)
    y = (u @ w_y[:, :, None])[..., 0] + b_y[:, None]
    return y.reshape(models, waves, n), shares


def _begin(seed: int, d: int) -> np.ndarray:
    """Draw the weights of one layer, uniform as ``nn.Linear`` draws them.

    W_q and W_k begin with a fifth of that, so that at first a point looks at all others alike.
    """
    random = np.random.default_rng(seed)
    sizes = [1] * 2 * d + [d] * (3 * d * d + d + 1)
    w = random.uniform(-1, 1, len(sizes)) / np.sqrt(sizes)
    w[2 * d : 2 * d + 2 * d * d] *= 0.2
    return w


def train_attention(
    seeds: Iterable[int],
    num_steps: int = 500,
    *,
    positions: str = "rotary",
    size: int = 16,
    lr: float = 0.02,
    seq_len: int = 20,
) -> AttentionLayers:
    """Train one layer of attention for each seed to predict the wave one step ahead, by Adam.

    Each step reads four windows that begin at random angles: from windows that all begin at 0 or
    180 degrees, positions alone would tell the wave. The rate falls as ``falling_rate`` says, and
    ``size`` is even, since positions turn pairs of numbers.
    """
    seeds = _checks.seed_list(seeds)
    _checks.one_of("positions", positions, POSITIONS)
    starts = np.random.default_rng(0).uniform(0, 360, (num_steps, 4, 1))
    waves = torch.from_numpy(np.sin(np.deg2rad(starts + 9 * np.arange(seq_len + 1))))
    w = np.stack([_begin(seed, size) for seed in seeds])

    def losses_of(flat: torch.Tensor, number: int) -> torch.Tensor:
        y, _ = _pass(flat, waves[number, :, :-1], positions, seq_len)
        return ((y - waves[number, :, 1:]) ** 2).mean(dim=(1, 2))

    losses = descend(w, losses_of, num_steps, lr, lr_decay=True)
    return AttentionLayers(tuple(seeds), positions, torch.from_numpy(w), losses)


# The task of notebook 09: return the number read first --------------------------------------------


class AttentionRecall(NamedTuple):
    """How well layers of attention learned to return the first number, and where they look."""

    errors: np.ndarray  # (num_models,): MSE on 200 new sequences / variance, as in RecallRun
    shares: np.ndarray  # (num_models,): the mean share that the last point gives to the first


def train_attention_recall(
    seeds: Iterable[int],
    gap: int,
    num_steps: int = 300,
    *,
    size: int = 16,
    lr: float = 0.02,
) -> AttentionRecall:
    """Train one layer of attention for each seed on the task of ``train_recall``.

    From the same batches of 16 sequences it learns to return the first of ``gap + 1`` numbers after
    the last one; the rate stays as it is. Positions are rotary.
    """
    seeds = _checks.seed_list(seeds)
    gap = _checks.whole_number("gap", gap, 1)
    w = np.stack([_begin(seed, size) for seed in seeds])
    x, tested = (torch.from_numpy(each).mT for each in recall_sequences(gap + 1, num_steps))

    def losses_of(flat: torch.Tensor, number: int) -> torch.Tensor:
        return ((_last_output(flat, x[number])[0] - x[number, :, 0]) ** 2).mean(dim=1)

    descend(w, losses_of, num_steps, lr, lr_decay=False)
    y, shares = _last_output(torch.from_numpy(w), tested)
    errors = ((y - tested[:, 0]) ** 2).mean(dim=1) / RECALL_VARIANCE
    return AttentionRecall(errors.numpy(), shares[:, :, 0].mean(dim=1).numpy())


def _last_output(flat: torch.Tensor, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return y and A of the last point alone, as ``_pass`` has them with rotary positions.

    It looks at all points, so that no key needs a vector of its own: each is x_s times one turned
    vector plus another.
    """
    w_e, b_e, w_q, w_k, w_v, w_y, b_y = _parts(flat)
    w_e, b_e, w_y = w_e[:, None], b_e[:, None], w_y[:, None]  # (models, 1, d)
    d = w_e.shape[2]
    angles = _angles(x.shape[1], d)
    e = x[:, -1:] * w_e + b_e  # (models, waves, d)
    q = _turn(e @ w_q, angles[-1:])
    by_x, by_one = _turn(w_e @ w_k, angles), _turn(b_e @ w_k, angles)  # (models, n, d)
    shares = ((x * (q @ by_x.mT) + q @ by_one.mT) / d**0.5).softmax(dim=-1)  # (models, waves, n)
    seen = (shares * x).sum(dim=-1, keepdim=True) * w_e + b_e
    return ((e + seen @ w_v) * w_y).sum(dim=-1) + b_y[:, None], shares
