"""Inside a network: its gates, its hidden states, as colours, and their loop along the wave."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from torch import nn

from .cells import GATE_NAMES, Weights, forward
from .data import TURN, make_window
from .evaluation import Forecast
from .figures import ROLES, WAVE, axes_of, legend_above
from .network import MANY, WaveRNN, check_one_in_one_out
from .training import ManyRNNs, RecallRun


def weights_of(model: WaveRNN | ManyRNNs | Weights) -> tuple[Weights, bool]:
    """Return the weights in float64, and whether they are those of many networks."""
    if isinstance(model, Weights):
        return model, True
    if isinstance(model, ManyRNNs):
        return model.weights, True
    if check_one_in_one_out(model, MANY).rnn.num_layers != 1:
        given = f"it has {model.rnn.num_layers}"
        raise ValueError(f"model must have one layer, but {given}; leave num_layers at 1.")
    flat = nn.utils.parameters_to_vector(model.parameters()).detach().double().numpy()
    return Weights(flat[None].copy(), model.rnn.hidden_size, model.cell), False


def gate_values(model: WaveRNN | ManyRNNs | Weights, features: np.ndarray) -> dict[str, np.ndarray]:
    """Run one network, or many, over a sequence from a zero state, and return every gate's values.

    ``model`` has one layer, one input and one output; of many networks that are not trained, give
    the weights. ``features`` have shape (seq_len,).

    Returns
    -------
    dict of numpy.ndarray, shape (seq_len, hidden_size) or (num_models, seq_len, hidden_size)
        ``'i'``, ``'f'``, ``'g'``, ``'o'`` and the cell state ``'c'`` of an LSTM, ``'r'``, ``'z'``
        and ``'n'`` of a GRU, and for every cell the hidden state ``'h'``: the gates of the step
        that reads a point, and the states after it.
    """
    w, several = weights_of(model)
    _, record = forward(w, features[:, None])
    values = {"h": record.h[1:]}
    for number, name in enumerate(GATE_NAMES[w.cell]):
        values[name] = record.gates[:, number]
    if w.cell == "LSTM":
        values["c"] = record.c[1:]
    index = slice(None) if several else 0
    return {name: array[:, :, 0].swapaxes(0, 1)[index] for name, array in values.items()}


def hidden_states(model: WaveRNN, features: np.ndarray) -> np.ndarray:
    """Return the zero state and the state after each point, shape (1 + seq_len, hidden_size)."""
    h = gate_values(check_one_in_one_out(model), features)["h"]
    return np.vstack([np.zeros(h.shape[1]), h])


def plot_heat_map(
    x: np.ndarray,
    values: np.ndarray,
    ax: Axes | None = None,
    *,
    label: str,
    limits: tuple[float, float] = (-1, 1),
    order: np.ndarray | None = None,
    cmap: str = "RdBu_r",
) -> Axes:
    """Draw values of many units over time as colours: a row for each unit, a column for each step.

    Parameters
    ----------
    x : numpy.ndarray, shape (seq_len,)
        Where each step stands on the x axis, at equal distances.
    values : numpy.ndarray, shape (seq_len, num_units)
        Hidden states or gates, as ``gate_values`` and ``hidden_states`` return them.
    label, limits, cmap
        What stands beside the colour bar, which values have its ends, and its colours.
    order : numpy.ndarray of int, shape (num_units,), optional
        The units from the lowest row up; sorted by the step with their largest value if not given.
    """
    values, ax = np.asarray(values).T, axes_of(ax)
    order = np.argsort(values.argmax(axis=1), kind="stable") if order is None else order
    half = np.diff(x).mean() / 2
    extent = (x[0] - half, x[-1] + half, 0.5, len(values) + 0.5)
    look = {"clim": limits, "cmap": cmap, "interpolation": "nearest"}
    image = ax.imshow(values[order], extent=extent, origin="lower", aspect="auto", **look)
    ax.grid(False)
    ax.set(yticks=[], ylabel=f"{len(values)} units")
    ax.get_figure().colorbar(image, ax=ax, label=label, pad=0.01, fraction=0.05)
    return ax


class Memory(NamedTuple):
    """What networks know of the first of ``gap + 1`` random numbers, on 200 new sequences."""

    first: np.ndarray  # (200,): the first numbers
    answers: np.ndarray  # (num_models, 200): the last outputs, which should be the first numbers
    # (num_models, gap + 1): the share of the variance of the first numbers that a linear read-out
    # of the states explains after 0, 1, ... steps; 1 is all of it
    share: np.ndarray


def recall_memory(run: RecallRun, gap: int) -> Memory:
    """Find out how long the states of networks hold the first number that they read.

    For each network and each step a linear read-out, a weight for each number in the state and a
    constant, is fitted by least squares on 200 sequences and tested on 200 others. (This is called
    a linear probe: Alain and Bengio, 2016.) The state of an LSTM is h and c together.
    """
    x = np.random.default_rng(1).uniform(-1, 1, (gap + 1, 400))
    y, record = forward(run.weights, x)
    states = np.concatenate([values[1:] for values in record.states], axis=-1)
    states = np.concatenate([states, np.ones((*states.shape[:-1], 1))], axis=-1)
    fitted, tested = states[..., :200, :], states[..., 200:, :]
    squares = fitted.mT @ fitted + 1e-9 * np.eye(states.shape[-1])
    read_out = np.linalg.solve(squares, (fitted.mT @ x[0, :200])[..., None])
    first = x[0, 200:]
    errors = (((tested @ read_out)[..., 0] - first) ** 2).mean(axis=-1)
    return Memory(first, y[-1][:, 200:], np.maximum(1 - errors / first.var(), 0).T)


class StatePlane(NamedTuple):
    """The plane in which the loop of the hidden state is widest."""

    model: WaveRNN
    loop: np.ndarray  # (41, 2): one turn along the wave, long after the start
    center: np.ndarray  # (hidden_size,): the mean of the states of the loop
    components: np.ndarray  # (2, hidden_size): two directions, orthogonal and of length 1
    share: float  # how much of the loop's variance lies in the plane, from 0 to 1

    def path(self, forecast: Forecast) -> np.ndarray:
        """Return the way of the state, from zero through prime and test: (1 + points, 2)."""
        read = np.concatenate([forecast.prime, forecast.window.features])
        return (hidden_states(self.model, read) - self.center) @ self.components.T


def state_plane(model: WaveRNN) -> StatePlane:
    """Find the plane of the two principal components of the hidden state along the wave.

    The network, with at least two hidden values, runs along the wave for ten turns, in steps of 9
    degrees. Its states in the last one are centred, and the singular value decomposition gives the
    directions. Each is turned so that the zero state lies on its positive side.
    """
    states = hidden_states(model, make_window(0, 9, 10 * TURN).features)
    last = states[-TURN - 1 :]
    center = last.mean(axis=0)
    _, spread, components = np.linalg.svd(last - center, full_matrices=False)
    components = components[:2] * np.where(components[:2] @ center > 0, -1, 1)[:, None]
    share = float((spread[:2] ** 2).sum() / (spread**2).sum())
    return StatePlane(model, (last - center) @ components.T, center, components, share)


def plot_state_path(plane: StatePlane, forecast: Forecast, ax: Axes | None = None) -> Axes:
    """Draw the loop, and the way of the state from zero through a prime and its test.

    ``plane`` is from ``state_plane``. Predictions are not drawn. A new figure gets a legend.
    """
    path, begin = plane.path(forecast), len(forecast.prime)
    own_figure, ax = ax is None, axes_of(ax, figsize=(6, 4))
    ax.plot(*plane.loop.T, color=WAVE["color"], linewidth=5, label="loop")
    ax.plot(*path[: begin + 1].T, **ROLES["prime"], markersize=4, label="prime")
    ax.plot(*path[begin:].T, **ROLES["prediction"], markersize=4, label="test")
    ax.plot(*path[:1].T, "kx", markersize=9, markeredgewidth=2, label="zero state")
    if own_figure:
        ax.set(xlabel="first component", ylabel="second component")
        legend_above(ax)
    return ax
