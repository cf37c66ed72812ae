"""The Elman network by hand, for many seeds at once: the experiments of notebooks 02 and 07.

In the letters of the notebook, with the points as rows and ``'`` to transpose::

    h_t = tanh([x_t, h_(t-1)] w1)      o_t = h_t w2      loss = sum of (o_t - target_t)^2 / 2

Backwards, ``da_t`` is the derivative of the loss by what goes into the tanh, and the lower rows of
w1 are those of the context. Past a cut there is no ``da_(t+1)``::

    da_t = ((o_t - target_t) w2' + da_(t+1) w1_context') * (1 - h_t^2)
    dw1  = sum of [x_t, h_(t-1)]' da_t            dw2 = sum of h_t' (o_t - target_t)
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch

from . import _checks
from .runtime import progress
from .training import OPTIMIZERS


class ElmanRun(NamedTuple):
    """What training many Elman networks returns."""

    w1: np.ndarray  # (num_models, 1 + hidden_size, hidden_size)
    w2: np.ndarray  # (num_models, hidden_size, 1)
    losses: np.ndarray  # (epochs, num_models): sums of half the squared errors, while training
    lengths: np.ndarray  # (epochs, num_models): how far all weights together went in each epoch
    predictions: np.ndarray  # (num_models, seq_len): of the trained networks, from a zero context
    mse: np.ndarray  # (num_models,): of those predictions; infinite where it is no number


def initial_elman_weights(seed: int, hidden_size: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw ``w1`` from normal(0, 0.4) and ``w2`` from normal(0, 0.3), in float64.

    Their shapes are (1 + hidden_size, hidden_size) and (hidden_size, 1).
    """
    # float64: torch draws float32 differently, in the last digits, on different processors.
    options = {"generator": torch.Generator().manual_seed(seed), "dtype": torch.float64}
    w1 = torch.normal(0.0, 0.4, (1 + hidden_size, hidden_size), **options)
    w2 = torch.normal(0.0, 0.3, (hidden_size, 1), **options)
    return w1, w2


def train_elman_many(
    seeds: Iterable[int],
    x: np.ndarray,
    target: np.ndarray,
    *,
    detach_every: int = 1,
    step_every: int | None = None,
    epochs: int = 300,
    lr: float = 0.1,
    hidden_size: int = 6,
    max_norm: float = math.inf,
    optimizer: str = "SGD",
    betas: tuple[float, float] = (0.9, 0.999),
) -> ElmanRun:
    """Train one Elman network for each seed, cutting the context after every few points.

    The gradient is a sum over ``step_every`` points, so a learning rate that suits 1 can be too
    large for 20. A training that diverges ends in huge numbers or NaN; the others go on.

    Parameters
    ----------
    x, target : array, shape (seq_len,)
        The points that go in and the points that should come out.
    detach_every : int
        After how many points the context is cut from its history. 1 is the training of notebook 02;
        ``seq_len`` is full backpropagation through time.
    step_every : int, optional
        After how many points the weights make a step, a multiple of ``detach_every``; if it is not
        given, they make one at every cut.
    epochs : int
        How often the points are gone through; each time from a zero context.
    max_norm : float
        Longer gradients are shortened to it, as by ``torch.nn.utils.clip_grad_norm_``.
    optimizer : {'SGD', 'Adam'}
        SGD is plain gradient descent; ``betas`` are those of ``torch.optim.Adam``.
    """
    seeds = _checks.seed_list(seeds)
    x, target = _checks.sequences(x=x, target=target)
    step_every = detach_every if step_every is None else step_every
    if step_every % detach_every:
        wanted = f"step_every must be a multiple of detach_every, which is {detach_every}"
        raise ValueError(f"{wanted}, but {step_every} was given.")
    _checks.one_of("optimizer", optimizer, OPTIMIZERS)
    pairs = [initial_elman_weights(seed, hidden_size) for seed in seeds]
    flat = np.array([torch.cat([w1.flatten(), w2.flatten()]).numpy() for w1, w2 in pairs])
    options = {"betas": betas} if optimizer == "Adam" else {}
    optimizer = OPTIMIZERS[optimizer](flat, np.array(lr), **options)  # NumPy multiplies it sooner
    with np.errstate(over="ignore", invalid="ignore"):  # a training may diverge
        every = detach_every, step_every
        losses, lengths = _train(optimizer, hidden_size, x, target, every, epochs, max_norm)
        w1, w2 = _parts(flat, hidden_size)
        predictions = _predict(w1, w2, x)
        mse = ((predictions - target) ** 2).mean(axis=1)
    mse[~np.isfinite(mse)] = np.inf
    return ElmanRun(w1, w2, losses, lengths, predictions, mse)


def history_length(output: torch.Tensor) -> int:
    """Return how many operations the gradient of ``output`` goes back through; 0 if it has none."""
    waiting, seen = [output.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting.extend(parent for parent, _ in node.next_functions)
    return len(seen)


def _predict(w1: np.ndarray, w2: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return what the networks predict, shape ``(num_models, seq_len)``, from a zero context."""
    context, predictions = np.zeros_like(w2.mT), []
    for x_t in x:
        context = np.tanh(x_t * w1[:, :1] + context @ w1[:, 1:])
        predictions.append((context @ w2)[:, 0, 0])
    return np.transpose(predictions)


def _parts(flat: np.ndarray, hidden_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ``w1`` and ``w2`` of each network as views of its row in ``flat``."""
    w1, w2 = flat[:, :-hidden_size], flat[:, -hidden_size:]
    return w1.reshape(len(flat), -1, hidden_size), w2[:, :, None]


def _train(optimizer, hidden_size, x, target, every, epochs, max_norm) -> tuple:
    """Change the weights of all networks, ``optimizer.w``; return their losses and lengths.

    A slider waits for a single network, which takes a quarter of the time without its axis: that is
    why axes are counted from the end here, and why the views of each piece are made beforehand.
    """
    flat = optimizer.w
    gradient, times = np.empty_like(flat), np.matmul
    (w1, w2), (dw1, dw2) = _parts(flat, hidden_size), _parts(gradient, hidden_size)
    if len(flat) == 1:
        times, w1, w2, dw1, dw2 = np.ndarray.dot, w1[0], w2[0], dw1[0], dw2[0]
    from_context, from_output = w1[..., 1:, :].mT, w2.mT
    (detach_every, step_every), seq_len, one = every, len(x), np.array(1.0)
    xh = np.zeros((*w1.shape[:-2], seq_len + 1, w1.shape[-2]))  # row t: [x_t, h_(t-1)]
    xh[..., :-1, 0] = x
    h = xh[..., 1:, 1:]
    error, into_tanh = np.empty((*h.shape[:-1], 1)), np.empty_like(w2.mT)
    da, slope = np.empty((2, *h.shape))
    pieces = []
    for begin in range(0, seq_len, step_every):
        end = min(begin + step_every, seq_len)
        rows = [np.split(array[..., begin:end, :], end - begin, -2) for array in (xh, h, da, slope)]
        forth, (*back, last), slopes = list(zip(*rows[:2], strict=True)), rows[2], rows[3]
        back = list(zip(back, [*back[1:], last], slopes, strict=False))
        back = [each for t, each in enumerate(back, 1) if t % detach_every][::-1]  # none past a cut
        piece = (..., slice(begin, end), slice(None))
        views = [array[piece] for array in (h, da, slope, error)]
        views += [xh[piece].mT, h[piece].mT]
        pieces.append((forth, back, target[begin:end, None], views))
    losses, lengths, tanh, multiply, subtract = [], [], np.tanh, np.multiply, np.subtract
    for _ in progress(range(epochs), "training"):
        before = flat.copy()
        for forth, back, target_p, views in pieces:
            h_p, da_p, slope_p, error_p, xh_across, h_across = views
            for xh_t, h_t in forth:
                tanh(times(xh_t, w1, into_tanh), h_t)
            subtract(times(h_p, w2, error_p), target_p, error_p)
            subtract(one, multiply(h_p, h_p, slope_p), slope_p)
            multiply(multiply(error_p, from_output, da_p), slope_p, da_p)
            for da_t, later, slope_t in back:
                da_t += times(later, from_context, into_tanh) * slope_t
            times(h_across, error_p, dw2)
            times(xh_across, da_p, dw1)
            if max_norm < math.inf:
                norm = np.linalg.norm(gradient, axis=1, keepdims=True)
                gradient *= np.minimum(1, max_norm / (norm + 1e-6))
            optimizer.step(gradient)
        losses.append((error * error).sum((-2, -1)) / 2)
        lengths.append(np.linalg.norm(flat - before, axis=1))
    return np.array(losses).reshape(epochs, -1), np.array(lengths)
