"""Recurrences without a tanh, by a scan; and networks of them that learn the wave.

A diagonal linear RNN keeps ``hidden_size`` complex numbers, each of which turns and shrinks on its
own; a sum of their real parts is the prediction::

    h_t = lambda * h_(t-1) + sqrt(1 - |lambda|^2) x_t        y_t = Re(c . h_t)

This is the recurrence of LRU (Orvieto and others 2023, "Resurrecting recurrent neural networks for
long sequences"), in one layer and without what stands between layers there; lambda and c begin as
there, but for the angles of lambda, which are all equally likely.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from . import _checks
from .training import descend, training_waves


def linear_scan(a: np.ndarray | complex, x: np.ndarray) -> np.ndarray:
    """Return all h of h_t = a h_(t-1) + x_t, from h = 0, all places at once.

    ``x`` has time first, shape (seq_len, ...), and ``a`` is a number or has the shape of a step.
    This is the scan of Hillis and Steele (1986), "Data parallel algorithms": in each of
    log2(seq_len) rounds every h reaches twice as far back.
    """
    h, reach, power = x.astype(np.result_type(a, x)), 1, a
    while reach < len(h):
        h[reach:] += power * h[:-reach]
        reach, power = 2 * reach, power * power
    return h


@dataclass(frozen=True, eq=False)
class DiagonalRNNs:
    """Diagonal linear RNNs that differ in their seed alone."""

    seeds: tuple[int, ...]
    lam: np.ndarray  # (num_models, hidden_size), complex: how each number of the state goes on
    c: np.ndarray  # (num_models, hidden_size), complex: what it adds to the prediction
    losses: np.ndarray  # (num_steps, num_models)

    @property
    def b(self) -> np.ndarray:
        """The weights of the input, shape (num_models, hidden_size), which follow from lam."""
        return np.sqrt(1 - abs(self.lam) ** 2)

    def read(self, x: np.ndarray) -> np.ndarray:
        """Return all states after x, shape (seq_len,): (seq_len, num_models, hidden_size)."""
        return linear_scan(self.lam, self.b * x[:, None, None])

    def predict(self, states: np.ndarray) -> np.ndarray:
        """Return Re(c . h) for states of shape (..., num_models, hidden_size)."""
        return (self.c * states).real.sum(axis=-1)

    def run(self, x: np.ndarray, free_steps: int) -> np.ndarray:
        """Read x, then run alone; return what follows x, shape (num_models, free_steps)."""
        h, values = self.read(x)[-1], np.empty((len(self.seeds), free_steps))
        with np.errstate(over="ignore", invalid="ignore"):  # a free run may grow beyond all bounds
            for step in range(free_steps):
                values[:, step] = self.predict(h)
                h = self.lam * h + self.b * values[:, step, None]
        return values


def train_diagonal(
    seeds: Iterable[int],
    num_steps: int = 150,
    *,
    hidden_size: int = 16,
    lr: float = 0.01,
    lr_decay: bool = False,
    noise: float = 0.0,
    seq_len: int = 20,
) -> DiagonalRNNs:
    """Train one diagonal linear RNN for each seed, on the windows and with Adam as ``train_many``.

    The state is carried from window to window. So that lambda stays inside the unit circle, it is
    exp(-exp(nu) + i theta), and training changes nu and theta. ``noise`` is the standard deviation
    of normal noise on all points, read or to be predicted; it is the same for all seeds.
    """
    seeds = _checks.seed_list(seeds)
    waves = training_waves(num_steps, "carry", 9.0, seq_len)
    waves = torch.from_numpy(waves + noise * np.random.default_rng(0).normal(size=waves.shape))
    w = np.stack([_begin(seed, hidden_size) for seed in seeds])
    h = torch.zeros(len(seeds), hidden_size, dtype=torch.complex128)
    lag = torch.arange(seq_len) - torch.arange(seq_len)[:, None]  # of place t behind place s

    def losses_of(flat: torch.Tensor, number: int) -> torch.Tensor:
        nonlocal h  # carried
        x = waves[number, :-1]
        log_lam, c = _parts(flat)
        b = torch.sqrt(1 - torch.exp(2 * log_lam.real))
        # As a convolution, all places at once: powers of lambda, (num_models, seq_len + 1, size).
        powers = torch.exp(log_lam[:, None] * torch.arange(seq_len + 1)[:, None])
        kernel = ((c * b)[:, None] * powers[:, :-1]).real.sum(dim=-1)
        shifted = torch.where(lag >= 0, x[lag], 0.0)
        y = kernel @ shifted + ((c * h)[:, None] * powers[:, 1:]).real.sum(dim=-1)
        h = (powers[:, -1] * h + b * (powers[:, :-1].flip(1) * x[:, None]).sum(dim=1)).detach()
        return ((y - waves[number, 1:]) ** 2).mean(dim=1)

    losses = descend(w, losses_of, num_steps, lr, lr_decay=lr_decay)
    log_lam, c = (part.numpy() for part in _parts(torch.from_numpy(w)))
    return DiagonalRNNs(tuple(seeds), np.exp(log_lam), c, losses)


def _begin(seed: int, hidden_size: int) -> np.ndarray:
    """Draw nu, theta, Re c and Im c; lambda lies in the ring from 0.9 to 0.999, evenly spread."""
    random = np.random.default_rng(seed)
    size = np.sqrt(random.uniform(0.9**2, 0.999**2, hidden_size))
    theta, c = random.uniform(0, np.pi, hidden_size), random.normal(size=2 * hidden_size)
    return np.concatenate([np.log(-np.log(size)), theta, c / np.sqrt(hidden_size)])


def _parts(flat: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the logarithm of lambda and c, each (num_models, hidden_size)."""
    nu, theta, real, imaginary = flat.chunk(4, dim=1)
    return torch.complex(-torch.exp(nu), theta), torch.complex(real, imaginary)
