"""A task with a gap: say again the random number that was read some steps ago."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from . import _checks
from .cells import Record, Weights, backward, forward
from .many_seeds import Adam, initial_weights, one_model, open_gates
from .network import WaveRNN
from .runtime import progress

NUM_TESTED = 400  # sequences


class RecallRun(NamedTuple):
    """What training on the task returns.

    Attributes
    ----------
    weights : Weights
        The trained weights of all networks.
    losses : numpy.ndarray, shape (num_steps, num_models)
        The mean squared error of each batch, before the step that it caused.
    errors : numpy.ndarray, shape (num_models,)
        The mean squared error on 400 new sequences, divided by the variance of the numbers: 0 is
        perfect, 1 is no better than always to say their mean.
    """

    weights: Weights
    losses: np.ndarray
    errors: np.ndarray

    def model(self, index: int) -> WaveRNN:
        """Return network ``index`` as a ``WaveRNN`` in torch's default dtype.

        Raises
        ------
        TypeError, ValueError
            If ``index`` is no whole number, or there is no such network.
        """
        return one_model(self.weights, index)


def train_recall(
    seeds: Iterable[int],
    gap: int,
    cell: str = "RNN",
    *,
    opened: bool = False,
    every_step: bool = False,
    hidden_size: int = 8,
    num_steps: int = 300,
    batch: int = 16,
    lr: float = 0.02,
) -> RecallRun:
    """Train networks to say again what they read ``gap`` steps ago, one network for each seed.

    From a zero state they read ``gap + 1`` random numbers, uniform between -1 and 1. When they have
    read the last one, their output must be the first one; the outputs before do not count. With
    ``every_step`` they read ``2 * gap`` numbers, and each output from the same moment on must be
    the number that was read ``gap`` steps before. Every step of training has a new batch, the same
    for all networks; the loss is MSE, the optimizer Adam. The test has new sequences too.

    Parameters
    ----------
    seeds : iterable of int
        Where each network's random weights start. The sequences do not depend on it.
    gap : int
        Steps between reading a number and saying it, 1 or more.
    cell : {'RNN', 'LSTM', 'GRU'}
    opened : bool
        Whether the gates are opened for ``gap`` steps first (see ``open_gates``); only for LSTM or
        GRU and a gap of 2 or more.
    every_step : bool
        Whether a number is asked for at every step from ``gap`` on, instead of once.
    hidden_size : int
        Numbers in the hidden state.
    num_steps : int
        Batches, each with one step of the optimizer.
    batch : int
        Sequences in a batch.
    lr : float
        Adam's learning rate.

    Returns
    -------
    RecallRun

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range.
    """
    seeds = _checks.seed_list(seeds)
    gap = _checks.whole_number("gap", gap, 1)
    num_steps = _checks.whole_number("num_steps", num_steps, 1)
    batch = _checks.whole_number("batch", batch, 1)
    lr = _checks.real_number("lr", lr, positive=True)
    w = initial_weights(seeds, hidden_size, cell)
    if opened:
        open_gates(w, gap)
    asked = gap if every_step else 1  # how many numbers a network must say
    random, gradient = np.random.default_rng(0), Weights(np.empty_like(w.flat), w.hidden_size, cell)
    optimizer, record = Adam(w.flat, lr), Record(w, gap + asked, batch)
    dy, losses = np.zeros((gap + asked, len(seeds), batch)), np.empty((num_steps, len(seeds)))
    with np.errstate(over="ignore", invalid="ignore"):  # a far too large lr ends in NaN
        for number in progress(range(num_steps), "training"):
            x = random.uniform(-1, 1, (gap + asked, batch))
            y, record = forward(w, x, None, record)
            error = y[gap:] - x[:asked, None]
            losses[number] = (error**2).mean(axis=(0, 2))
            dy[gap:] = 2 * error / (asked * batch)
            backward(w, x, record, dy, gradient)
            optimizer.step(gradient.flat)
        x = random.uniform(-1, 1, (gap + asked, NUM_TESTED))
        error = forward(w, x)[0][gap:] - x[:asked, None]
        errors = (error**2).mean(axis=(0, 2)) / (1 / 3)  # the variance of uniform(-1, 1)
    return RecallRun(w, losses, errors)
