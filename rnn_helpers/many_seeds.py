"""Many networks trained at once, one for each seed: Adam and the loop of the course, in NumPy."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from . import _checks
from .cells import Record, Weights, backward, forward
from .network import CELLS, WaveRNN
from .runtime import progress
from .training import training_waves

NUM_AT_A_TIME = 128  # RNNs that are trained together; larger stacks leave the processor's cache
ManyStates = np.ndarray | tuple[np.ndarray, np.ndarray]


class Adam:
    """Adam as in ``torch.optim.Adam`` with its default betas and eps.

    The formulas are those of Kingma and Ba (2015), "Adam: a method for stochastic optimization",
    algorithm 1::

        m = beta1 m + (1 - beta1) g           v = beta2 v + (1 - beta2) g^2
        w = w - lr (m / (1 - beta1^k)) / (sqrt(v / (1 - beta2^k)) + eps)

    Fewer operations do the same if m and v are kept without their factors (1 - beta), and fraction
    and eps are divided by ``scale = sqrt((1 - beta2) / (1 - beta2^k))``.

    Parameters
    ----------
    w : numpy.ndarray, shape (num_models, num_parameters)
        The weights; ``step`` changes them in place.
    lr : float
        The learning rate.
    """

    def __init__(self, w: np.ndarray, lr: float) -> None:
        self.w, self.lr = w, lr
        self.beta1, self.beta2, self.eps = 0.9, 0.999, 1e-8
        self.m, self.v, self.k = np.zeros_like(w), np.zeros_like(w), 0
        # Some networks at a time, so that their numbers stay in the processor's cache.
        rows = max(1, 16384 // w.shape[1])
        self._parts = [slice(begin, begin + rows) for begin in range(0, len(w), rows)]
        self._work = np.empty_like(w[:rows])

    def step(self, g: np.ndarray) -> None:
        """Take one step along the gradient ``g``, an array of the shape of the weights."""
        self.k += 1
        scale = np.sqrt((1 - self.beta2) / (1 - self.beta2**self.k))
        lr = self.lr * (1 - self.beta1) / (1 - self.beta1**self.k) / scale
        for part in self._parts:
            m, v, w = self.m[part], self.v[part], self.w[part]
            work = self._work[: len(w)]  # in place: new arrays would double the time
            m *= self.beta1
            m += g[part]
            np.multiply(g[part], g[part], out=work)
            v *= self.beta2
            v += work
            np.sqrt(v, out=work)
            work += self.eps / scale
            np.divide(m, work, out=work)
            work *= lr
            w -= work


@dataclass(frozen=True, eq=False)
class ManyRNNs:
    """Networks that differ in their seed alone, trained together.

    Attributes
    ----------
    seeds : tuple of int
        Network ``i`` began as ``torch.manual_seed(seeds[i]); WaveRNN(cell=cell)`` would have.
    weights : Weights
        Their trained weights.
    losses : numpy.ndarray, shape (num_steps, num_models)
        The mean squared error of each window, before the step that it caused.
    h_n : numpy.ndarray, shape (num_models, hidden_size)
        The hidden states after the last window; for LSTM a tuple of two arrays, ``(h_n, c_n)``.
    """

    seeds: tuple[int, ...]
    weights: Weights
    losses: np.ndarray
    h_n: ManyStates

    @property
    def cell(self) -> str:
        """``'RNN'``, ``'LSTM'`` or ``'GRU'``."""
        return self.weights.cell

    @property
    def hidden_size(self) -> int:
        """Numbers in the hidden state of one network."""
        return self.weights.hidden_size

    def __len__(self) -> int:
        """Return how many networks there are."""
        return len(self.seeds)

    def model(self, index: int) -> WaveRNN:
        """Return network ``index`` as a ``WaveRNN`` in torch's default dtype.

        Raises
        ------
        TypeError, ValueError
            If ``index`` is no whole number, or there is no such network.
        """
        return one_model(self.weights, index)


def one_model(weights: Weights, index: int) -> WaveRNN:
    """Return network ``index`` as a ``WaveRNN`` in torch's default dtype, or say there is none."""
    index = _checks.whole_number("index", index, 0, len(weights.flat) - 1)
    with torch.random.fork_rng(devices=[]):  # its first weights are random, and replaced
        model = WaveRNN(hidden_size=weights.hidden_size, cell=weights.cell)
    flat = torch.from_numpy(weights.flat[index].copy()).to(torch.get_default_dtype())
    torch.nn.utils.vector_to_parameters(flat, model.parameters())
    return model


def initial_weights(seeds: Iterable[int], hidden_size: int = 32, cell: str = "RNN") -> Weights:
    """Return the weights with which ``torch.manual_seed(seed); WaveRNN()`` begins, for each seed.

    Torch's own random state is left as it was.

    Parameters
    ----------
    seeds : iterable of int
    hidden_size : int
    cell : {'RNN', 'LSTM', 'GRU'}

    Returns
    -------
    Weights
        In float64.

    Raises
    ------
    TypeError, ValueError
        If a seed or ``hidden_size`` is no whole number or out of its range, or ``cell`` is another.
    """
    seeds, flat = _checks.seed_list(seeds), []
    hidden_size = _checks.whole_number("hidden_size", hidden_size, 1)
    _checks.one_of("cell", cell, CELLS)
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            # What torch.manual_seed does for the CPU, without its bookkeeping for other devices.
            torch.default_generator.manual_seed(seed)
            model = WaveRNN(hidden_size=hidden_size, cell=cell)
            flat.append(torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy())
    return Weights(np.array(flat, dtype=np.float64), hidden_size, cell)


def train_many(
    seeds: Iterable[int],
    num_steps: int = 150,
    *,
    hidden_size: int = 32,
    cell: str = "RNN",
    lr: float = 0.01,
    regime: str = "carry",
    step: float = 9.0,
    seq_len: int = 20,
) -> ManyRNNs:
    """Train one network for each seed, all of them at once, exactly as ``train`` trains one.

    Parameters
    ----------
    seeds : iterable of int
        Where each network's random weights start, ``range(128)`` for instance.
    num_steps, lr, regime, step, seq_len
        As in ``train``.
    hidden_size : int
        Numbers in the hidden state.
    cell : {'RNN', 'LSTM', 'GRU'}
        The kind of all the networks.

    Returns
    -------
    ManyRNNs
        The trained networks with their losses, all in float64.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range.
    """
    seeds = _checks.seed_list(seeds)
    lr = _checks.real_number("lr", lr, positive=True)
    waves = training_waves(num_steps, regime, step, seq_len)[:, :, None]  # a batch of one
    num_steps, seq_len = len(waves), waves.shape[1] - 1
    w = initial_weights(seeds, hidden_size, cell)
    losses, last = np.empty((num_steps, len(seeds))), []
    size = NUM_AT_A_TIME // CELLS[cell]
    parts = [slice(begin, begin + size) for begin in range(0, len(seeds), size)]
    work = [(part, number) for part in parts for number in range(num_steps)]
    with np.errstate(over="ignore", invalid="ignore"):  # a far too large lr ends in NaN
        for part, number in progress(work, "training"):
            if number == 0:
                own = Weights(w.flat[part], w.hidden_size, cell)
                gradient = Weights(np.empty_like(own.flat), w.hidden_size, cell)
                optimizer, record, state = Adam(own.flat, lr), Record(own, seq_len), None
            x, target = waves[number, :-1], waves[number, 1:]
            y, record = forward(own, x, state, record)
            error = y - target[:, None]
            losses[number, part] = (error**2).mean(axis=(0, 2))
            backward(own, x, record, 2 * error / seq_len, gradient)
            optimizer.step(gradient.flat)
            if regime == "carry":
                state = tuple(values[-1] for values in record.states)
            if number == num_steps - 1:
                last.append([values[-1, :, 0] for values in record.states])
    h_n = tuple(np.concatenate(values) for values in zip(*last, strict=True))
    return ManyRNNs(tuple(seeds), w, losses, h_n if len(h_n) > 1 else h_n[0])
