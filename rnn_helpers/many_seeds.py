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
        rows = max(1, 32768 // w.shape[1])
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


def open_gates(weights: Weights, gap: int) -> None:
    """Set biases, in place, so that LSTMs or GRUs begin with keeping most of their state.

    With b = log(gap - 1) as the bias of the forget gate f of an LSTM, or of the update gate z
    of a GRU, the gate begins near sigmoid(b) = 1 - 1 / gap. The input gate i of an LSTM gets
    -b: what keeps much should write little. In a GRU, 1 - z does so by itself.

    Parameters
    ----------
    weights : Weights
        Of LSTM or GRU.
    gap : int
        For how many steps something should be remembered, 2 or more.

    Raises
    ------
    TypeError, ValueError
        If ``gap`` is no whole number of at least 2, or the cell has no gates.

    Notes
    -----
    The biases are those of Tallec and Ollivier (2018), "Can recurrent neural networks warp time?",
    but for one thing: they draw a number of steps for each hidden unit at random, from 1 to
    ``gap - 1``.
    """
    gap = _checks.whole_number("gap", gap, 2)
    if weights.cell == "RNN":
        raise ValueError("cell must be 'LSTM' or 'GRU' to open its gates, but 'RNN' has none.")
    # In the rows of PyTorch, f is the second gate of an LSTM and z the second of a GRU.
    size, bias = weights.hidden_size, np.log(gap - 1)
    weights.bias_ih[:, size : 2 * size], weights.bias_hh[:, size : 2 * size] = bias, 0
    if weights.cell == "LSTM":
        weights.bias_ih[:, :size], weights.bias_hh[:, :size] = -bias, 0


def last_state(record: Record) -> ManyStates:
    """Return the states after the last point, each (num_models, hidden_size), as copies."""
    last = tuple(values[-1, :, 0].copy() for values in record.states)
    return last if len(last) > 1 else last[0]


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
    opened: int | None = None,
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
    opened : int, optional
        For how many steps gates are opened first, 2 or more (see ``open_gates``); not for RNN.

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
    if opened is not None:
        open_gates(w, _checks.whole_number("opened", opened, 2))
    gradient = Weights(np.empty_like(w.flat), w.hidden_size, cell)
    optimizer, record, state = Adam(w.flat, lr), Record(w, seq_len), None
    losses = np.empty((num_steps, len(seeds)))
    with np.errstate(over="ignore", invalid="ignore"):  # a far too large lr ends in NaN
        for number in progress(range(num_steps), "training"):
            x, target = waves[number, :-1], waves[number, 1:]
            y, record = forward(w, x, state, record)
            error = y - target[:, None]
            losses[number] = (error**2).mean(axis=(0, 2))
            backward(w, x, record, 2 * error / seq_len, gradient)
            optimizer.step(gradient.flat)
            if regime == "carry":
                state = tuple(values[-1] for values in record.states)
    return ManyRNNs(tuple(seeds), w, losses, last_state(record))
