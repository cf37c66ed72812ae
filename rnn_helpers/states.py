"""The hidden state of a trained network: its loop along the wave, and its way to that loop."""

import math
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes

from . import _checks
from .data import make_window
from .evaluation import Forecast
from .figures import ROLES, WAVE, legend_above
from .network import WaveRNN, check_one_number

NUM_TURNS, NUM_POINTS = 10, 400  # at least so many of both, until nothing is left of the start


def hidden_states(model: WaveRNN, features: np.ndarray) -> np.ndarray:
    """Run a network over a sequence from a zero state, and return every hidden state.

    Parameters
    ----------
    model : WaveRNN
        A network with one input and one output; of several layers the last one counts.
    features : array, shape (seq_len,)
        What the network reads.

    Returns
    -------
    numpy.ndarray, shape (1 + seq_len, hidden_size)
        The zero state, then the state after each point.

    Raises
    ------
    TypeError, ValueError
        If ``features`` is not one finite sequence, or ``model`` is not such a network.
    """
    features = _checks.sequence("features", features)
    if not isinstance(model, WaveRNN):
        raise TypeError(
            f"model must be a WaveRNN, but a {type(model).__name__} was given; of many networks "
            "give one, many.model(0) for instance."
        )
    check_one_number(model)
    x = torch.from_numpy(features).to(model.fc.weight.dtype)[None, :, None]
    with torch.no_grad():
        r_out, _ = model.rnn(x)  # (1, seq_len, hidden_size)
    return np.vstack([np.zeros(model.rnn.hidden_size), r_out[0].double().numpy()])


class StatePlane(NamedTuple):
    """The plane in which the loop of the hidden state is widest.

    Attributes
    ----------
    model : WaveRNN
    loop : numpy.ndarray, shape (num_points + 1, 2)
        Where the state is during one turn along the wave, long after the start.
    center : numpy.ndarray, shape (hidden_size,)
        The mean of these states.
    components : numpy.ndarray, shape (2, hidden_size)
        The two directions of the plane, orthogonal and of length 1.
    share : float
        How much of the loop's variance lies in the plane, from 0 to 1.
    """

    model: WaveRNN
    loop: np.ndarray
    center: np.ndarray
    components: np.ndarray
    share: float

    def path(self, forecast: Forecast) -> np.ndarray:
        """Return the way of the state in the plane, from zero through a prime and its test.

        Parameters
        ----------
        forecast : Forecast
            The test, with its prime if it has one.

        Returns
        -------
        numpy.ndarray, shape (1 + prime_length + num_points, 2)
        """
        features = np.concatenate([forecast.prime, forecast.window.features])
        return (hidden_states(self.model, features) - self.center) @ self.components.T


def state_plane(model: WaveRNN, step: float = 9.0) -> StatePlane:
    """Find the plane of the two principal components of the hidden state along the wave.

    The network runs along the wave for ten turns, or more if they have few points. Its states in
    the last one are centred, and the singular value decomposition gives the directions. Each is
    turned so that the zero state lies on its positive side.

    Parameters
    ----------
    model : WaveRNN
        A trained network with one input and one output and at least two hidden values.
    step : float
        Distance between two points of the wave, in degrees; a turn must be a whole number of
        steps, from 2 to 3600.

    Returns
    -------
    StatePlane

    Raises
    ------
    TypeError, ValueError
        If ``model`` is not such a network, its state does not move, or ``step`` does not fit.
    """
    step = _checks.real_number("step", step, positive=True)
    turn = round(360 / step)
    if not (2 <= turn <= 3600 and math.isclose(turn * step, 360)):
        raise ValueError(
            f"step must be 360 degrees divided by a whole number from 2 to 3600, but {step} was "
            "given; give 9, for instance."
        )
    num_turns = max(NUM_TURNS, math.ceil(NUM_POINTS / turn))
    states = hidden_states(model, make_window(0, step, num_turns * turn).features)
    if states.shape[1] < 2:
        raise ValueError("model must have a hidden_size of at least 2, but it has 1: no plane.")
    last = states[-turn - 1 :]
    center = last.mean(axis=0)
    _, spread, components = np.linalg.svd(last - center, full_matrices=False)
    if not spread[0] > 0:
        raise ValueError("model must have a hidden state that moves, but it stays: no plane.")
    components = components[:2] * np.where(components[:2] @ center > 0, -1, 1)[:, None]
    share = float((spread[:2] ** 2).sum() / (spread**2).sum())
    return StatePlane(model, (last - center) @ components.T, center, components, share)


def plot_state_path(plane: StatePlane, forecast: Forecast, ax: Axes | None = None) -> Axes:
    """Draw the loop, and the way of the state from zero through a prime and its test.

    Parameters
    ----------
    plane : StatePlane
        What ``state_plane`` returned.
    forecast : Forecast
        The test; its predictions are not drawn.
    ax : Axes, optional
        Where to draw; a new figure with a legend if it is not given.

    Returns
    -------
    Axes

    Raises
    ------
    TypeError
        If ``plane`` or ``forecast`` is something else.
    """
    for name, value, kind in (("plane", plane, StatePlane), ("forecast", forecast, Forecast)):
        if not isinstance(value, kind):
            raise TypeError(
                f"{name} must be a {kind.__name__}, but a {type(value).__name__} was given; give "
                f"what rh.{'state_plane' if name == 'plane' else 'forecast'} returned."
            )
    own_figure, ax = ax is None, plt.subplots(figsize=(6, 4))[1] if ax is None else ax
    path, begin = plane.path(forecast), len(forecast.prime)
    ax.plot(*plane.loop.T, color=WAVE["color"], linewidth=5, label="loop")
    ax.plot(*path[: begin + 1].T, **ROLES["prime"], markersize=4, label="prime")
    ax.plot(*path[begin:].T, **ROLES["prediction"], markersize=4, label="test")
    ax.plot(*path[:1].T, "kx", markersize=9, markeredgewidth=2, label="zero state")
    if own_figure:
        ax.set(xlabel="first component", ylabel="second component")
        legend_above(ax)
    return ax
