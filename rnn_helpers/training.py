"""Training many networks at once, one for each seed: on the wave, and on a task with a gap."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from . import _checks
from .cells import Record, Weights, backward, forward
from .network import WaveRNN, hold_gates, initial_weights, one_model, pass_gates
from .runtime import progress

ManyStates = np.ndarray | tuple[np.ndarray, np.ndarray]
REGIMES = {
    "carry": "windows roll on along the wave, the hidden state is carried from one to the next",
    "reset": "windows roll on along the wave, every window starts from a zero hidden state",
    "half-turn": "every window starts at 0 degrees (and ends at 180), from a zero hidden state",
}
BEGINNINGS = {
    "default": "as PyTorch draws the weights",
    "hold": "LSTM or GRU: the gates keep most of the state over the gap (see hold_gates)",
    "pass": "LSTM or GRU: the gates keep nothing and let all that is new pass (see pass_gates)",
    "orthogonal": "W_hh is orthogonal, so that it changes no length",
}
NUM_TESTED = 200  # sequences of the task with a gap
RECALL_VARIANCE = 1 / 3  # of its numbers


class Adam:
    """Adam as in ``torch.optim.Adam``, with its default eps; changes ``w`` in place.

    Its formulas are those of Kingma and Ba (2015), "Adam: a method for stochastic optimization"::

        m = beta1 m + (1 - beta1) g           v = beta2 v + (1 - beta2) g^2
        w = w - lr (m / (1 - beta1^k)) / (sqrt(v / (1 - beta2^k)) + eps)

    Fewer operations do the same if m and v are kept without their factors (1 - beta), and fraction
    and eps are divided by ``scale = sqrt((1 - beta2) / (1 - beta2^k))``.
    """

    def __init__(self, w: np.ndarray, lr: float, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        self.w, self.lr = w, lr
        (self.beta1, self.beta2), self.eps = betas, 1e-8
        self.m, self.v, self.k = np.zeros_like(w), np.zeros_like(w), 0
        # Some networks at a time, so that their numbers stay in the processor's cache.
        rows = max(1, 32768 // w.shape[1])
        self._parts = [slice(begin, begin + rows) for begin in range(0, len(w), rows)]
        self._work = np.empty_like(w[:rows])

    def step(self, g: np.ndarray) -> None:
        """Take one step along the gradient ``g``, of the shape (num_models, num_parameters)."""
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


class SGD:
    """Plain gradient descent, as in ``torch.optim.SGD``; changes ``w`` in place."""

    def __init__(self, w: np.ndarray, lr: float) -> None:
        self.w, self.lr = w, lr

    def step(self, g: np.ndarray) -> None:
        """Take one step along the gradient ``g``, of the shape (num_models, num_parameters)."""
        self.w -= self.lr * g


OPTIMIZERS = {"Adam": Adam, "SGD": SGD}


def falling_rate(lr: float, number: float, num_steps: int) -> float:
    """Return ``lr`` on its way to zero, along half a wave of the cosine; steps count from 0."""
    return lr * (1 + np.cos(np.pi * number / num_steps)) / 2


def train(
    w: Weights,
    x: np.ndarray,
    target: np.ndarray,
    lr: float,
    *,
    carry: bool = False,
    reset_every: int | None = None,
    optimizer: str = "Adam",
    state: tuple[np.ndarray, ...] | None = None,
    lr_decay: bool = False,
    read: Callable | None = None,
    before_step: Callable | None = None,
) -> tuple[np.ndarray, Record]:
    """Take a step for each of ``x``, shape (num_steps, seq_len, batch), changing ``w``.

    ``target``, shape (num_steps, asked, batch), is what the last outputs should be; those before do
    not count. If each network has its own, both have num_models before batch. With ``carry`` the
    hidden state goes on from step to step, from ``state``, but for zeros after every
    ``reset_every`` steps. With ``lr_decay`` the learning rate is a ``falling_rate``.
    ``read(number, x, state)`` returns what is read in a step instead of ``x``;
    ``before_step(number, record, gradient)`` may add to the gradient, or keep the weights. Returns
    the MSE of each step before the weights change, shape (num_steps, num_models), and the record of
    the last step.
    """
    gradient = Weights(np.empty_like(w.flat), w.hidden_size, w.cell)
    optimizer = OPTIMIZERS[optimizer](w.flat, lr)
    (num_steps, seq_len), batch, asked = x.shape[:2], x.shape[-1], target.shape[1]
    target = target[:, :, None] if target.ndim == 3 else target
    record = None
    dy, losses = np.zeros((seq_len, len(w.flat), batch)), np.empty((num_steps, len(w.flat)))
    with np.errstate(over="ignore", invalid="ignore"):  # a far too large lr ends in NaN
        for number in progress(range(num_steps), "training"):
            now = x[number] if read is None else read(number, x[number], state)
            y, record = forward(w, now, state, record)
            error = y[-asked:] - target[number]
            losses[number] = (error**2).mean(axis=(0, 2))
            dy[-asked:] = 2 * error / (asked * batch)
            backward(w, now, record, dy, gradient)
            if before_step is not None:
                before_step(number, record, gradient)
            if lr_decay:
                optimizer.lr = falling_rate(lr, number, num_steps)
            optimizer.step(gradient.flat)
            if carry and reset_every and (number + 1) % reset_every == 0:
                state = None
            elif carry:
                state = tuple(values[-1] for values in record.states)
    return losses, record


def descend(
    w: np.ndarray,
    losses_of: Callable[[torch.Tensor, int], torch.Tensor],
    num_steps: int,
    lr: float,
    *,
    lr_decay: bool,
) -> np.ndarray:
    """Train many models of any kind, ``w`` in place, by Adam and PyTorch's gradients.

    ``w`` is (num_models, num_parameters). ``losses_of`` is called with it, as a tensor, and with
    the number of the step, and returns the loss of each model, which depends on its own row only.
    Returns these losses, shape (num_steps, num_models).
    """
    optimizer, losses = Adam(w, lr), np.empty((num_steps, len(w)))
    for number in progress(range(num_steps), "training"):
        flat = torch.from_numpy(w).requires_grad_()
        each = losses_of(flat, number)
        (gradient,) = torch.autograd.grad(each.sum(), flat)
        losses[number] = each.detach()
        if lr_decay:
            optimizer.lr = falling_rate(lr, number, num_steps)
        optimizer.step(gradient.numpy())
    return losses


@dataclass(frozen=True, eq=False)
class ManyRNNs:
    """Networks that differ in their seed alone, trained together."""

    seeds: tuple[int, ...]  # each began as torch.manual_seed(seed); WaveRNN(cell=cell) does
    weights: Weights  # the trained ones
    # (num_steps, num_models): MSE of each window, before the step it caused
    losses: np.ndarray | None = None
    # (num_models, hidden_size) after the last window; for LSTM (h_n, c_n)
    h_n: ManyStates | None = None

    def __len__(self) -> int:
        """Return how many networks there are."""
        return len(self.seeds)

    def model(self, index: int) -> WaveRNN:
        """Return network ``index`` as a ``WaveRNN`` in torch's default dtype."""
        return one_model(self.weights, index)


def last_state(record: Record) -> ManyStates:
    """Return the states after the last point, each (num_models, hidden_size), as copies."""
    last = tuple(values[-1, :, 0].copy() for values in record.states)
    return last if len(last) > 1 else last[0]


def training_waves(num_steps: int, regime: str, step: float, seq_len: int) -> np.ndarray:
    """Return features and last label of each step of training, (num_steps, seq_len + 1).

    Windows that roll start where the one before ended: its last label is the next first feature.
    """
    _checks.one_of("regime", regime, REGIMES)
    if regime == "half-turn" and not np.isclose(step * seq_len, 180):
        given = f"{step} * {seq_len} was given; give step={180 / seq_len:g}, or another seq_len"
        raise ValueError(f"step * seq_len of a half-turn must be 180 degrees, but {given}.")
    starts = np.zeros(num_steps) if regime == "half-turn" else np.arange(num_steps) * seq_len
    return np.sin(np.deg2rad(step * (starts[:, None] + np.arange(seq_len + 1))))


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
    hold: int | None = None,
    reset_every: int | None = None,
    optimizer: str = "Adam",
    h_0: ManyStates | None = None,
    lr_decay: bool = False,
) -> ManyRNNs:
    """Train one network for each seed to predict the wave one step ahead, one window a step.

    The same loop is written out in notebook 04, for one network. This one is in float64.

    Parameters
    ----------
    num_steps, seq_len : int
        How many windows, each with one step of the optimizer, and points in a window.
    hidden_size, cell
        As in ``WaveRNN``, the same for all networks.
    regime : {'carry', 'reset', 'half-turn'}
        Which windows come, and whether the hidden state is kept between them (see ``REGIMES``).
    step : float
        Distance between two points, in degrees.
    hold : int, optional
        For how many steps the gates hold the state at first (see ``hold_gates``); not for RNN.
    reset_every : int, optional
        Of windows whose state is carried, after how many the next one starts from zeros all the
        same.
    optimizer : {'Adam', 'SGD'}
        SGD is plain gradient descent, with ``lr`` as its learning rate.
    h_0 : numpy.ndarray, shape (num_models, hidden_size), optional
        The state before the first window, with regime 'carry'; for LSTM a tuple of two; zeros if
        it is not given.
    lr_decay : bool
        Whether the learning rate falls to zero, as ``falling_rate``.
    """
    seeds = _checks.seed_list(seeds)
    waves = training_waves(num_steps, regime, step, seq_len)[:, :, None]  # a batch of one
    w = initial_weights(seeds, hidden_size, cell)
    if hold is not None:
        hold_gates(w, hold)
    how = {
        "carry": regime == "carry",
        "reset_every": reset_every,
        "lr_decay": lr_decay,
        "optimizer": _checks.one_of("optimizer", optimizer, OPTIMIZERS),
    }
    if h_0 is not None:
        if regime != "carry":
            given = f"it is {regime!r}, which starts every window from zeros"
            raise ValueError(f"regime must be 'carry' if there is an h_0, but {given}.")
        shape = len(seeds), w.hidden_size
        parts = _checks.state(cell, h_0, np.ndarray, "(num_models, hidden_size)", shape)
        how["state"] = tuple(part[:, None] for part in parts)  # a batch of one
    losses, record = train(w, waves[:, :-1], waves[:, 1:], lr, **how)
    return ManyRNNs(tuple(seeds), w, losses, last_state(record))


class RecallRun(NamedTuple):
    """What training on the task with a gap returns."""

    weights: Weights  # the trained ones
    losses: np.ndarray  # (num_steps, num_models): MSE of each batch, before the step it caused
    # (num_models,): MSE on 200 new sequences, divided by the variance of the numbers: 0 is perfect,
    # 1 is no better than always to predict their mean
    errors: np.ndarray


def train_recall(
    seeds: Iterable[int],
    gap: int,
    cell: str = "RNN",
    *,
    begin: str = "default",
    every_step: bool = False,
    hidden_size: int = 8,
    num_steps: int = 300,
    batch: int = 16,
    lr: float = 0.02,
) -> RecallRun:
    """Train networks to repeat what they read ``gap`` steps ago, one network for each seed.

    From a zero state they read ``gap + 1`` random numbers, uniform between -1 and 1. When they have
    read the last one, their output must be the first one; the outputs before do not count. With
    ``every_step`` they read ``2 * gap`` numbers, and each output from the same moment on must be
    the number that was read ``gap`` steps before. Every step of training has a new batch, the same
    for all networks; the loss is MSE, the optimizer Adam. The test has new sequences too.

    ``begin`` says how the weights begin (see ``BEGINNINGS``); to hold, a gap must be 2 or more.
    ``num_steps`` counts batches, ``batch`` the sequences in each.
    """
    seeds = _checks.seed_list(seeds)
    gap = _checks.whole_number("gap", gap, 1)
    _checks.one_of("begin", begin, BEGINNINGS)
    w = initial_weights(seeds, hidden_size, cell, orthogonal=begin == "orthogonal")
    if begin == "hold":
        hold_gates(w, gap)
    elif begin == "pass":
        pass_gates(w)
    asked = gap if every_step else 1
    x, tested = recall_sequences(gap + asked, num_steps, batch)
    losses, _ = train(w, x, x[:, :asked], lr)
    with np.errstate(over="ignore", invalid="ignore"):  # as in train
        errors = ((forward(w, tested)[0][gap:] - tested[:asked, None]) ** 2).mean(axis=(0, 2))
    return RecallRun(w, losses, errors / RECALL_VARIANCE)


def recall_sequences(length: int, num_steps: int, batch: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the task with a gap, uniform between -1 and 1.

    Those to train on have the shape (num_steps, length, batch), those of the test (length, 200).
    """
    random = np.random.default_rng(0)
    batches = random.uniform(-1, 1, (num_steps, length, batch))
    return batches, random.uniform(-1, 1, (length, NUM_TESTED))
