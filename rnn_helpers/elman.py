"""The Elman network by hand, for many seeds at once: the experiment behind notebook 02.

The network is that of ``many_seeds`` without its biases: ``w1`` is ``W_ih`` and ``W_hh`` in one
matrix, ``w2`` is ``W_fc``, the context is the hidden state. Its loss is half the squared error,
summed over the points, and its optimizer is plain gradient descent.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch

from . import _checks
from .many_seeds import Weights, backward, forward
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

    w = Weights(np.zeros((len(seeds), hidden_size * (hidden_size + 4) + 1)), hidden_size)
    w.weight_ih[:] = w1[:, 0]
    w.weight_hh[:] = w1[:, 1:].transpose(0, 2, 1)
    w.fc_weight[:] = w2[:, :, 0]
    gradient = Weights(np.zeros_like(w.flat), hidden_size)
    rate = Weights(np.tile(np.array(lrs)[:, None], w.flat.shape[1]), hidden_size)
    for bias in (rate.bias_ih, rate.bias_hh, rate.fc_bias):  # there are none here: they stay zero
        bias[:] = 0
    zero_context = np.zeros((len(seeds), hidden_size))
    losses = np.zeros((epochs, len(seeds)))
    with np.errstate(over="ignore", invalid="ignore"):  # a training may diverge, see Notes
        for epoch in progress(range(epochs), "training"):
            context = zero_context
            for begin in range(0, len(x), detach_every):
                piece = slice(begin, begin + detach_every)
                y, h = forward(w, x[piece], context)
                error = y - target[piece, None]  # the derivative of half its square
                losses[epoch] += (error**2).sum(axis=0) / 2
                backward(w, x[piece], h, error, gradient)
                w.flat -= rate.flat * gradient.flat
                context = h[-1]
        predictions, _ = forward(w, x, zero_context)
        mse = ((predictions - target[:, None]) ** 2).mean(axis=0)

    w1[:, 0], w1[:, 1:] = w.weight_ih, w.weight_hh.transpose(0, 2, 1)
    w2[:, :, 0] = w.fc_weight
    return ElmanRun(w1, w2, losses, predictions.T, mse)
