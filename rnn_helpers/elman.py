"""The Elman network by hand, for many seeds at once: the experiment behind notebook 02.

The network is the RNN of ``cells`` without its biases: ``w1`` is ``W_ih`` and ``W_hh`` in one
matrix, ``w2`` is ``W_fc``, the context is the hidden state. Its loss is half the squared error,
summed over the points, and its optimizer is plain gradient descent.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch

from . import _checks
from .cells import Weights, backward, forward
from .runtime import progress


class ElmanRun(NamedTuple):
    """What training many Elman networks returns.

    Attributes
    ----------
    w1 : numpy.ndarray, shape (num_models, 1 + hidden_size, hidden_size)
    w2 : numpy.ndarray, shape (num_models, hidden_size, 1)
    losses : numpy.ndarray, shape (epochs, num_models)
        The sum over the points of half the squared error, while training.
    predictions : numpy.ndarray, shape (num_models, seq_len)
        What the trained networks say over the training points, from a zero context.
    mse : numpy.ndarray, shape (num_models,)
        The mean squared error of those predictions.
    """

    w1: np.ndarray
    w2: np.ndarray
    losses: np.ndarray
    predictions: np.ndarray
    mse: np.ndarray


def initial_elman_weights(seed: int, hidden_size: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw ``w1`` from normal(0, 0.4) and ``w2`` from normal(0, 0.3), in float64.

    Parameters
    ----------
    seed : int
    hidden_size : int
        How many context neurons.

    Returns
    -------
    w1 : torch.Tensor, shape (1 + hidden_size, hidden_size)
    w2 : torch.Tensor, shape (hidden_size, 1)

    Raises
    ------
    TypeError, ValueError
        If one of them is no whole number or out of its range.
    """
    seed = _checks.seed("seed", seed)
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
    epochs: int = 300,
    lr: float | np.ndarray = 0.1,
    hidden_size: int = 6,
) -> ElmanRun:
    """Train one Elman network for each seed, cutting the context after every few points.

    Parameters
    ----------
    seeds : iterable of int
        One network for each.
    x, target : array, shape (seq_len,)
        The points that go in and the points that should come out.
    detach_every : int
        After how many points the weights make a step and the context is cut from its history.
        1 is the training of notebook 02; ``seq_len`` is full backpropagation through time.
    epochs : int
        How often the points are gone through; each time from a zero context.
    lr : float or array, shape (num_models,)
        Learning rate of gradient descent, one for all networks or one for each.
    hidden_size : int
        How many context neurons.

    Returns
    -------
    ElmanRun

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range, or ``x`` and ``target`` differ in
        length or hold NaN.

    Notes
    -----
    The gradient is the sum over ``detach_every`` points, so a learning rate that suits 1 can be
    too large for 20. A training that diverges ends in huge numbers or NaN; the others go on.
    """
    seeds = _checks.seed_list(seeds)
    x, target = _checks.sequence("x", x), _checks.sequence("target", target)
    if len(x) != len(target):
        raise ValueError(
            f"x and target must have the same length, but {len(x)} and {len(target)} were given."
        )
    detach_every = _checks.whole_number("detach_every", detach_every, 1)
    epochs = _checks.whole_number("epochs", epochs, 1)
    hidden_size = _checks.whole_number("hidden_size", hidden_size, 1)
    lrs = [lr] if np.ndim(lr) == 0 else list(lr)
    lrs = [_checks.real_number("lr", rate, positive=True) for rate in lrs]
    if len(lrs) not in (1, len(seeds)):
        raise ValueError(
            f"lr must be one number or one for each of the {len(seeds)} seeds, but {len(lrs)} "
            "were given."
        )
    pairs = [initial_elman_weights(seed, hidden_size) for seed in seeds]
    w1 = np.array([pair[0].numpy() for pair in pairs])
    w2 = np.array([pair[1].numpy() for pair in pairs])
    train = _train_stack if len(seeds) > 1 else _train_one
    with np.errstate(over="ignore", invalid="ignore"):  # a training may diverge, see Notes
        losses = train(w1, w2, x, target, detach_every, epochs, np.array(lrs))
        predictions = _predict(w1, w2, x)
        mse = ((predictions - target) ** 2).mean(axis=1)
    return ElmanRun(w1, w2, losses, predictions, mse)


def _weights(w1: np.ndarray, w2: np.ndarray) -> Weights:
    """Return the weights in the form of ``cells``, with biases of zero."""
    num_models, _, hidden_size = w1.shape
    w = Weights(np.zeros((num_models, hidden_size * (hidden_size + 4) + 1)), hidden_size)
    w.weight_ih[:] = w1[:, 0]
    w.weight_hh[:] = w1[:, 1:].transpose(0, 2, 1)
    w.fc_weight[:] = w2[:, :, 0]
    return w


def _predict(w1: np.ndarray, w2: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return what the networks say, shape ``(num_models, seq_len)``, from a zero context."""
    y, _ = forward(_weights(w1, w2), x[:, None])
    return y[:, :, 0].T


def _train_stack(
    w1: np.ndarray,
    w2: np.ndarray,
    x: np.ndarray,
    target: np.ndarray,
    detach_every: int,
    epochs: int,
    lr: np.ndarray,
) -> np.ndarray:
    """Change the weights of all networks in place; return the losses ``(epochs, num_models)``."""
    w = _weights(w1, w2)
    gradient = Weights(np.zeros_like(w.flat), w.hidden_size)
    rate = Weights(np.zeros_like(w.flat), w.hidden_size)
    rate.flat += lr[:, None]
    for bias in (rate.bias_ih, rate.bias_hh, rate.fc_bias):  # there are none here: they stay zero
        bias[:] = 0
    x, target = x[:, None], target[:, None, None]  # a batch of one, the same for all networks
    losses = np.zeros((epochs, len(w1)))
    for epoch in progress(range(epochs), "training"):
        context = None
        for begin in range(0, len(x), detach_every):
            piece = slice(begin, begin + detach_every)
            y, record = forward(w, x[piece], context)
            error = y - target[piece]  # the derivative of half its square
            losses[epoch] += (error**2).sum(axis=(0, 2)) / 2
            backward(w, x[piece], record, error, gradient)
            w.flat -= rate.flat * gradient.flat
            context = (record.h[-1],)
    w1[:, 0], w1[:, 1:] = w.weight_ih, w.weight_hh.transpose(0, 2, 1)
    w2[:, :, 0] = w.fc_weight
    return losses


def _train_one(
    w1: np.ndarray,
    w2: np.ndarray,
    x: np.ndarray,
    target: np.ndarray,
    detach_every: int,
    epochs: int,
    lr: np.ndarray,
) -> np.ndarray:
    """Do the same for a single network, a quarter of the time: an explorer waits for it.

    The formulas are those of ``cells`` with vectors instead of stacks of one. All rows are
    taken out of their arrays once, and every result is written in its place.
    """
    w1, w2, lr = w1[0], w2[0, :, 0], float(lr[0])
    w_context = w1[1:]
    seq_len, hidden_size = len(x), len(w2)
    xh = np.zeros((seq_len + 1, 1 + hidden_size))  # row t: [x_t, h_(t-1)]
    xh[:-1, 0] = x
    h = xh[1:, 1:]
    slope, da = np.empty((seq_len, hidden_size)), np.empty((seq_len, hidden_size))
    error = np.empty(seq_len)  # times lr
    buffer, step_1, step_2 = np.empty_like(w2), np.empty_like(w1), np.empty_like(w2)
    xh_t, h_t, slope_t, da_t = list(xh), list(h), list(slope), list(da)
    pieces = []
    for begin in range(0, seq_len, detach_every):
        end = min(begin + detach_every, seq_len)
        piece = slice(begin, end)
        arrays = xh[piece].T, h[piece], slope[piece], da[piece], error[piece], error[piece, None]
        pieces.append((range(begin, end), range(end - 2, begin - 1, -1), end - 1, *arrays))
    tanh, multiply, subtract = np.tanh, np.multiply, np.subtract

    losses, target = np.empty((epochs, 1)), target.tolist()
    for epoch in progress(range(epochs), "training"):
        total = 0.0
        for forth, back, last, xh_p, h_p, slope_p, da_p, error_p, error_column in pieces:
            for t in forth:
                state = h_t[t]
                xh_t[t].dot(w1, state)
                tanh(state, state)
                difference = float(state.dot(w2)) - target[t]
                total += difference * difference
                error[t] = lr * difference
            multiply(h_p, h_p, slope_p)
            subtract(1, slope_p, slope_p)  # 1 - h^2
            multiply(error_column, w2, da_p)  # dh without its second term
            da_t[last] *= slope_t[last]
            for t in back:
                da_t[t] += w_context.dot(da_t[t + 1], buffer)
                da_t[t] *= slope_t[t]
            subtract(w2, error_p.dot(h_p, step_2), w2)
            subtract(w1, xh_p.dot(da_p, step_1), w1)
        losses[epoch] = total / 2
    return losses
