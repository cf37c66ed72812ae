"""The Elman network by hand, for many seeds at once: the experiment behind notebook 02.

In the letters of the notebook, with the points as rows and ``'`` to transpose::

    h_t = tanh([x_t, h_(t-1)] w1)      o_t = h_t w2      loss = sum of (o_t - target_t)^2 / 2

Backwards, ``da_t`` is the derivative of the loss by what goes into the tanh, and the lower rows of
w1 are those of the context. Past a cut there is no ``da_(t+1)``::

    da_t = ((o_t - target_t) w2' + da_(t+1) w1_context') * (1 - h_t^2)
    dw1  = sum of [x_t, h_(t-1)]' da_t            dw2 = sum of h_t' (o_t - target_t)
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch

from . import _checks
from .runtime import progress


class ElmanRun(NamedTuple):
    """What training many Elman networks returns."""

    w1: np.ndarray  # (num_models, 1 + hidden_size, hidden_size)
    w2: np.ndarray  # (num_models, hidden_size, 1)
    losses: np.ndarray  # (epochs, num_models): sums of half the squared errors, while training
    predictions: np.ndarray  # (num_models, seq_len): of the trained networks, from a zero context
    mse: np.ndarray  # (num_models,): the mean squared error of those predictions


def initial_elman_weights(seed: int, hidden_size: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw ``w1`` from normal(0, 0.4) and ``w2`` from normal(0, 0.3), in float64.

    Their shapes are (1 + hidden_size, hidden_size) and (hidden_size, 1).
    """
    seed = _checks.whole_number("seed", seed, 0, _checks.MAX_SEED)
    hidden_size = _checks.whole_number("hidden_size", hidden_size, 1)
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
    lr: float | np.ndarray = 0.1,
    hidden_size: int = 6,
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
    lr : float or array, shape (num_models,)
        Learning rate of gradient descent, one for all networks or one for each.
    """
    seeds = _checks.seed_list(seeds)
    x, target = _checks.sequences(x=x, target=target)
    detach_every = _checks.whole_number("detach_every", detach_every, 1)
    step_every = detach_every if step_every is None else step_every
    step_every = _checks.whole_number("step_every", step_every, detach_every)
    if step_every % detach_every:
        wanted = f"step_every must be a multiple of detach_every, which is {detach_every}"
        raise ValueError(f"{wanted}, but {step_every} was given.")
    epochs = _checks.whole_number("epochs", epochs, 1)
    lrs = [lr] if np.ndim(lr) == 0 else list(lr)
    lrs = [_checks.real_number("lr", rate, positive=True) for rate in lrs]
    if len(lrs) not in (1, len(seeds)):
        wanted = f"lr must be one number or one for each of the {len(seeds)} seeds"
        raise ValueError(f"{wanted}, but {len(lrs)} were given.")
    pairs = [initial_elman_weights(seed, hidden_size) for seed in seeds]
    w1, w2 = (np.array([weight.numpy() for weight in each]) for each in zip(*pairs, strict=True))
    with np.errstate(over="ignore", invalid="ignore"):  # a training may diverge
        every, rates = (detach_every, step_every), np.array(lrs)[:, None, None]
        losses = _train(w1, w2, x, target, every, epochs, rates)
        predictions = _predict(w1, w2, x)
        mse = ((predictions - target) ** 2).mean(axis=1)
    return ElmanRun(w1, w2, losses, predictions, mse)


def train_elman_best(
    seeds: Iterable[int],
    x: np.ndarray,
    target: np.ndarray,
    rates: Iterable[float] = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4),
    **settings: int,
) -> tuple[float, ElmanRun]:
    """Train the networks of all seeds at each of several rates; return the best rate and its run.

    The best has the smallest median MSE; networks that diverged have an infinite one. ``settings``
    are those of ``train_elman_many``.
    """
    seeds, rates = _checks.seed_list(seeds), [*map(float, _checks.sequence("rates", rates))]
    runs = [train_elman_many(seeds, x, target, lr=rate, **settings) for rate in rates]
    for run in runs:
        run.mse[~np.isfinite(run.mse)] = np.inf
    best = int(np.argmin([np.median(run.mse) for run in runs]))
    return rates[best], runs[best]


def history_length(output: torch.Tensor) -> int:
    """Return how many operations the gradient of ``output`` goes back through."""
    _checks.instance("output", output, torch.Tensor, "give what a network with a history returned")
    if output.grad_fn is None:
        raise ValueError("output must have a history, but it has none; compute it with gradients.")
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


def _train(w1, w2, x, target, every, epochs, lr) -> np.ndarray:
    """Change the weights of all networks in place; return the losses ``(epochs, num_models)``.

    A slider waits for a single network, which takes a quarter of the time without its axis: that is
    why axes are counted from the end here, and why the views of each piece are made beforehand.
    """
    times = np.matmul
    if len(w1) == 1:
        times, w1, w2, lr = np.ndarray.dot, w1[0], w2[0], lr[0]
    from_context, from_output = w1[..., 1:, :].mT, w2.mT
    (detach_every, step_every), seq_len, one = every, len(x), np.array(1.0)
    xh = np.zeros((*w1.shape[:-2], seq_len + 1, w1.shape[-2]))  # row t: [x_t, h_(t-1)]
    xh[..., :-1, 0] = x
    h = xh[..., 1:, 1:]
    error, scaled = np.empty((2, *h.shape[:-1], 1))
    into_tanh, step_1, step_2 = (np.empty_like(array) for array in (w2.mT, w1, w2))
    da, slope = np.empty((2, *h.shape))
    pieces = []
    for begin in range(0, seq_len, step_every):
        end = min(begin + step_every, seq_len)
        rows = [np.split(array[..., begin:end, :], end - begin, -2) for array in (xh, h, da, slope)]
        forth, (*back, last), slopes = list(zip(*rows[:2], strict=True)), rows[2], rows[3]
        back = list(zip(back, [*back[1:], last], slopes, strict=False))
        back = [each for t, each in enumerate(back, 1) if t % detach_every][::-1]  # none past a cut
        piece = (..., slice(begin, end), slice(None))
        views = [array[piece] for array in (h, da, slope, error, scaled)]
        views += [xh[piece].mT, h[piece].mT]
        pieces.append((forth, back, target[begin:end, None], views))
    losses, tanh, multiply, subtract = [], np.tanh, np.multiply, np.subtract
    for _ in progress(range(epochs), "training"):
        for forth, back, target_p, views in pieces:
            h_p, da_p, slope_p, error_p, scaled_p, xh_across, h_across = views
            for xh_t, h_t in forth:
                tanh(times(xh_t, w1, into_tanh), h_t)
            subtract(times(h_p, w2, error_p), target_p, error_p)
            multiply(error_p, lr, scaled_p)  # all gradients are times lr from here on
            subtract(one, multiply(h_p, h_p, slope_p), slope_p)
            multiply(multiply(scaled_p, from_output, da_p), slope_p, da_p)
            for da_t, later, slope_t in back:
                da_t += times(later, from_context, into_tanh) * slope_t
            subtract(w2, times(h_across, scaled_p, step_2), w2)
            subtract(w1, times(xh_across, da_p, step_1), w1)
        losses.append((error * error).sum((-2, -1)) / 2)
    return np.array(losses).reshape(epochs, -1)
