"""Many networks at once: backpropagation through time derived by hand, in NumPy.

All networks of a run have the same size and read the same wave; only their seeds differ. So every
array has one more axis, ``num_models``, and one line of NumPy serves them all.

The letters: ``x_t`` input, ``h_t`` hidden state, ``a_t`` what goes into the tanh, ``y_t`` output,
``target_t`` label, ``L`` loss. The network is ``nn.RNN`` with one layer, and ``nn.Linear``::

    a_t = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh
    h_t = tanh(a_t)
    y_t = W_fc h_t + b_fc
    L   = mean over t of (y_t - target_t)^2

Backwards, from the last point in time to the first. Write ``dz`` for the derivative of L with
respect to z. A hidden state is used twice, by the output and by the next hidden state, so its
derivative has two terms; past the end of the window there is nothing, so ``da_(T+1) = 0``::

    dy_t  = 2 (y_t - target_t) / T
    dh_t  = W_fc' dy_t + W_hh' da_(t+1)
    da_t  = dh_t (1 - h_t^2)                because tanh'(a) = 1 - tanh(a)^2
    dW_fc = sum over t of dy_t h_t'         db_fc = sum over t of dy_t
    dW_hh = sum over t of da_t h_(t-1)'     db_hh = sum over t of da_t
    dW_ih = sum over t of da_t x_t'         db_ih = db_hh

where ``'`` transposes. The derivation is the chain rule alone; Werbos (1990), "Backpropagation
through time: what it does and how to do it", has the general case.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from . import _checks
from .network import WaveRNN
from .runtime import progress
from .training import training_waves


class Weights:
    """The weights of ``num_models`` networks, or one number for each of them (gradients).

    They lie side by side in one array, ``flat``, and each attribute is a view of its part.
    PyTorch's names are kept; ``fc_weight`` and ``fc_bias`` belong to the Linear layer.

    Attributes
    ----------
    flat : numpy.ndarray, shape (num_models, num_parameters)
    weight_ih, bias_ih, bias_hh, fc_weight : numpy.ndarray, shape (num_models, hidden_size)
    weight_hh : numpy.ndarray, shape (num_models, hidden_size, hidden_size)
    fc_bias : numpy.ndarray, shape (num_models,)
    """

    def __init__(self, flat: np.ndarray, hidden_size: int) -> None:
        self.flat, self.hidden_size = flat, hidden_size
        # The order in which WaveRNN.parameters() gives them.
        shapes = {
            "weight_ih": (hidden_size,),
            "weight_hh": (hidden_size, hidden_size),
            "bias_ih": (hidden_size,),
            "bias_hh": (hidden_size,),
            "fc_weight": (hidden_size,),
            "fc_bias": (),
        }
        begin = 0
        for name, shape in shapes.items():
            end = begin + int(np.prod(shape))
            setattr(self, name, flat[:, begin:end].reshape(len(flat), *shape))
            begin = end


def forward(
    w: Weights, x: np.ndarray, h_0: np.ndarray, h: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Run all networks over one sequence.

    Parameters
    ----------
    w : Weights
    x : numpy.ndarray, shape (seq_len,)
    h_0 : numpy.ndarray, shape (num_models, hidden_size)
    h : numpy.ndarray, shape (seq_len + 1, num_models, hidden_size), optional
        Is overwritten and returned; a new array each time would take longer.

    Returns
    -------
    y : numpy.ndarray, shape (seq_len, num_models)
    h : numpy.ndarray, shape (seq_len + 1, num_models, hidden_size)
        Every hidden state; ``h[0]`` is ``h_0``, ``h[t + 1]`` belongs to ``y[t]``.
    """
    h = np.empty((len(x) + 1, *h_0.shape)) if h is None else h
    h[0] = h_0
    bias = w.bias_ih + w.bias_hh
    if len(w.flat) == 1:
        _forward_one(w.weight_hh[0], np.outer(x, w.weight_ih[0]) + bias, h[:, 0])
    else:
        for t in range(len(x)):
            a_t = w.weight_ih * x[t]
            a_t += bias
            a_t += (w.weight_hh @ h[t][:, :, None])[:, :, 0]
            np.tanh(a_t, out=h[t + 1])
    y = np.einsum("tmh,mh->tm", h[1:], w.fc_weight) + w.fc_bias
    return y, h


def backward(
    w: Weights,
    x: np.ndarray,
    h: np.ndarray,
    dy: np.ndarray,
    gradient: Weights,
    da: np.ndarray | None = None,
) -> None:
    """Write the derivatives of the loss into ``gradient``, by backpropagation through time.

    Parameters
    ----------
    w : Weights
    x : numpy.ndarray, shape (seq_len,)
    h : numpy.ndarray, shape (seq_len + 1, num_models, hidden_size)
        From ``forward``.
    dy : numpy.ndarray, shape (seq_len, num_models)
        The derivative of the loss with respect to each output.
    gradient : Weights
        Is overwritten.
    da : numpy.ndarray, shape (seq_len, num_models, hidden_size), optional
        Is overwritten; a new array each time would take longer.
    """
    da = np.multiply(h[1:], h[1:], out=da)
    np.subtract(1, da, out=da)  # 1 - h^2; times dh_t it becomes da_t, from the last t to the first
    if len(w.flat) == 1:
        _backward_one(w, x, h[:, 0], dy[:, 0], gradient, da[:, 0])
        return
    for t in reversed(range(len(x))):
        dh_t = w.fc_weight * dy[t][:, None]
        if t + 1 < len(x):
            dh_t += (da[t + 1][:, None, :] @ w.weight_hh)[:, 0]
        da[t] *= dh_t
    gradient.fc_weight[:] = np.einsum("tm,tmh->mh", dy, h[1:])
    gradient.fc_bias[:] = dy.sum(axis=0)
    np.matmul(da.transpose(1, 2, 0), h[:-1].transpose(1, 0, 2), out=gradient.weight_hh)
    gradient.weight_ih[:] = np.einsum("tmh,t->mh", da, x)
    gradient.bias_hh[:] = da.sum(axis=0)
    gradient.bias_ih[:] = gradient.bias_hh


# One network alone takes less than half of the time with vectors than with stacks of one. The
# formulas are the same; the rows of an array are taken out of it once.


def _forward_one(weight_hh: np.ndarray, drive: np.ndarray, h: np.ndarray) -> None:
    """Write h_t = tanh(drive_t + W_hh h_(t-1)) into the rows of ``h`` after the first."""
    rows = list(h)
    for before, after, drive_t in zip(rows, rows[1:], drive, strict=False):
        weight_hh.dot(before, after)
        after += drive_t
        np.tanh(after, out=after)


def _backward_one(
    w: Weights, x: np.ndarray, h: np.ndarray, dy: np.ndarray, gradient: Weights, da: np.ndarray
) -> None:
    """Do the same as ``backward`` from its loop on; ``da`` holds the rows 1 - h_t^2."""
    weight_hh, product = w.weight_hh[0], np.empty(w.hidden_size)
    later = None
    for dh_t, da_t in reversed(list(zip(dy[:, None] * w.fc_weight, da, strict=True))):
        if later is not None:
            dh_t += later.dot(weight_hh, product)
        da_t *= dh_t
        later = da_t
    dy.dot(h[1:], gradient.fc_weight[0])
    gradient.fc_bias[0] = dy.sum()
    da.T.dot(h[:-1], gradient.weight_hh[0])
    x.dot(da, gradient.weight_ih[0])
    da.sum(axis=0, out=gradient.bias_hh[0])
    gradient.bias_ih[:] = gradient.bias_hh


class Adam:
    """Adam as in ``torch.optim.Adam`` with its default betas and eps.

    The formulas are those of Kingma and Ba (2015), "Adam: a method for stochastic optimization",
    algorithm 1::

        m = beta1 m + (1 - beta1) g           v = beta2 v + (1 - beta2) g^2
        w = w - lr (m / (1 - beta1^k)) / (sqrt(v / (1 - beta2^k)) + eps)

    Parameters
    ----------
    w : numpy.ndarray
        The weights; ``step`` changes them in place.
    lr : float
        The learning rate.
    """

    def __init__(self, w: np.ndarray, lr: float) -> None:
        self.w, self.lr = w, lr
        self.beta1, self.beta2, self.eps = 0.9, 0.999, 1e-8
        self.m, self.v, self.k = np.zeros_like(w), np.zeros_like(w), 0
        self._work = np.empty_like(w)

    def step(self, g: np.ndarray) -> None:
        """Take one step along the gradient ``g``, an array of the shape of the weights."""
        self.k += 1
        work = self._work  # in place: new arrays of this size would double the time
        np.multiply(g, 1 - self.beta1, out=work)
        self.m *= self.beta1
        self.m += work
        np.multiply(g, g, out=work)
        work *= 1 - self.beta2
        self.v *= self.beta2
        self.v += work
        np.multiply(self.v, 1 / (1 - self.beta2**self.k), out=work)
        np.sqrt(work, out=work)
        work += self.eps
        np.divide(self.m, work, out=work)
        work *= self.lr / (1 - self.beta1**self.k)
        self.w -= work


@dataclass(frozen=True, eq=False)
class ManyRNNs:
    """Networks that differ in their seed alone, trained together.

    Attributes
    ----------
    seeds : tuple of int
        Network ``i`` began as ``torch.manual_seed(seeds[i]); WaveRNN()`` would have.
    weights : Weights
        Their trained weights.
    losses : numpy.ndarray, shape (num_steps, num_models)
        The mean squared error of each window, before the step that it caused.
    h_n : numpy.ndarray, shape (num_models, hidden_size)
        The hidden states after the last window.
    """

    seeds: tuple[int, ...]
    weights: Weights
    losses: np.ndarray
    h_n: np.ndarray

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
        index = _checks.whole_number("index", index, 0, len(self) - 1)
        with torch.random.fork_rng(devices=[]):  # its first weights are random, and replaced
            model = WaveRNN(hidden_size=self.hidden_size)
        flat = torch.from_numpy(self.weights.flat[index].copy()).to(torch.get_default_dtype())
        torch.nn.utils.vector_to_parameters(flat, model.parameters())
        return model


def initial_weights(seeds: Iterable[int], hidden_size: int = 32) -> Weights:
    """Return the weights with which ``torch.manual_seed(seed); WaveRNN()`` begins, for each seed.

    Torch's own random state is left as it was.

    Parameters
    ----------
    seeds : iterable of int
    hidden_size : int

    Returns
    -------
    Weights
        In float64.

    Raises
    ------
    TypeError, ValueError
        If a seed or ``hidden_size`` is no whole number or out of its range.
    """
    seeds, flat = _checks.seed_list(seeds), []
    hidden_size = _checks.whole_number("hidden_size", hidden_size, 1)
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            # What torch.manual_seed does for the CPU, without its bookkeeping for other devices.
            torch.default_generator.manual_seed(seed)
            model = WaveRNN(hidden_size=hidden_size)
            flat.append(torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy())
    return Weights(np.array(flat, dtype=np.float64), hidden_size)


def train_many(
    seeds: Iterable[int],
    num_steps: int = 150,
    *,
    hidden_size: int = 32,
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
    waves = training_waves(num_steps, regime, step, seq_len)
    num_steps, seq_len = len(waves), waves.shape[1] - 1
    w = initial_weights(seeds, hidden_size)
    hidden_size = w.hidden_size
    gradient = Weights(np.empty_like(w.flat), hidden_size)
    optimizer = Adam(w.flat, lr)
    h_0 = np.zeros((len(seeds), hidden_size))
    h = np.empty((seq_len + 1, *h_0.shape))
    da = np.empty((seq_len, *h_0.shape))
    losses = np.empty((num_steps, len(seeds)))
    with np.errstate(over="ignore", invalid="ignore"):  # a far too large lr ends in NaN
        for number in progress(range(num_steps), "training"):
            x, target = waves[number, :-1], waves[number, 1:]
            y, h = forward(w, x, h_0, h)
            error = y - target[:, None]
            losses[number] = (error**2).mean(axis=0)
            backward(w, x, h, 2 * error / seq_len, gradient, da)
            optimizer.step(gradient.flat)
            if regime == "carry":
                h_0 = h[-1]
    return ManyRNNs(tuple(seeds), w, losses, h[-1].copy())
