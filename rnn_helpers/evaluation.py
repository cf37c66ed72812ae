"""Asking a trained network for the next points of the wave, cold or primed."""

from dataclasses import dataclass

import numpy as np
import torch

from . import _checks
from .cells import forward
from .data import Window, make_prime, make_window
from .many_seeds import ManyRNNs, ManyStates, last_state
from .network import State, WaveRNN, check_one_number, state_parts


def predict(
    model: WaveRNN | ManyRNNs, features: np.ndarray, h_0: State | ManyStates | None = None
) -> tuple[np.ndarray, State | ManyStates]:
    """Run one network, or many, over one sequence.

    Parameters
    ----------
    model : WaveRNN or ManyRNNs
        One network with one input and one output, or many of them.
    features : array, shape (seq_len,)
        What the network reads.
    h_0 : torch.Tensor (num_layers, 1, hidden_size) or numpy.ndarray (num_models, hidden_size)
        The hidden state to start from, as an earlier call returned it; zeros if it is not given.
        For LSTM a tuple of two, ``(h_0, c_0)``.

    Returns
    -------
    predictions : numpy.ndarray, shape (seq_len,) or (num_models, seq_len)
    h_n : like ``h_0``
        The hidden state after the last point.

    Raises
    ------
    TypeError, ValueError
        If ``features`` is not one finite sequence, or the network has more than one input or
        output, or ``h_0`` belongs to another network.
    """
    features = _checks.sequence("features", features)
    if isinstance(model, ManyRNNs):
        state = None if h_0 is None else _check_states(model, h_0)
        y, record = forward(model.weights, features[:, None], state)
        return y[:, :, 0].T, last_state(record)
    if not isinstance(model, WaveRNN):
        raise TypeError(
            f"model must be a WaveRNN or ManyRNNs, but a {type(model).__name__} was given; give "
            "what rh.train or rh.train_many returned."
        )
    check_one_number(model)
    x = torch.from_numpy(features).to(model.fc.weight.dtype)[None, :, None]
    with torch.no_grad():
        prediction, h_n = model(x, h_0)
    return prediction[0, :, 0].double().numpy(), h_n


def _check_states(model: ManyRNNs, h_0: object) -> tuple[np.ndarray, ...]:
    """Return the states of many networks with a batch of one, or raise if they are none."""
    expected = (len(model), model.hidden_size)
    parts = state_parts(model.cell, h_0, "array")
    for name, part in parts:
        if not isinstance(part, np.ndarray) or part.dtype.kind not in "iuf":
            raise TypeError(
                f"{name} must be an array of numbers, shape (num_models, hidden_size) = "
                f"{expected}, but a {type(part).__name__} was given that is none; give a hidden "
                "state of these networks, or None."
            )
        if part.shape != expected or not np.isfinite(part).all():
            raise ValueError(
                f"{name} must be finite, of shape (num_models, hidden_size) = {expected}, but "
                f"shape {part.shape} with {int((~np.isfinite(part)).sum())} NaN or infinite values "
                "was given; give a hidden state of these networks, or None."
            )
    return tuple(part[:, None] for _, part in parts)


@dataclass(frozen=True, eq=False)
class Forecast:
    """A test: the wave, what the network said, and how wrong it was.

    Attributes
    ----------
    window : Window
        Features and labels of the test.
    predictions : numpy.ndarray, shape (num_points,) or (num_models, num_points)
    squared_errors : numpy.ndarray, shape of ``predictions``
        ``(predictions - window.labels) ** 2``.
    prime, prime_degrees : numpy.ndarray, shape (prime_length,)
        What was run before the test; empty if nothing was.
    """

    window: Window
    predictions: np.ndarray
    squared_errors: np.ndarray
    prime: np.ndarray
    prime_degrees: np.ndarray

    def first_mse(self, count: int = 5) -> np.ndarray:
        """Return the mean squared error of the first ``count`` predictions, for each network.

        Parameters
        ----------
        count : int
            How many predictions, 1 or more; all of them if the test has fewer.

        Returns
        -------
        float or numpy.ndarray, shape (num_models,)
        """
        count = _checks.whole_number("count", count, 1)
        return self.squared_errors[..., :count].mean(axis=-1)


def forecast(
    model: WaveRNN | ManyRNNs,
    *,
    start: float = 0.0,
    step: float = 9.0,
    num_points: int = 40,
    prime_length: int = 0,
    prime_step: float | None = None,
    h_0: State | ManyStates | None = None,
) -> Forecast:
    """Test a network on a piece of the wave, from a zero state or after a prime.

    The same steps are written out in notebooks 05 (cold) and 06 (primed).

    Parameters
    ----------
    model : WaveRNN or ManyRNNs
        One network or many.
    start : float
        Angle of the first point that the network reads, in degrees.
    step : float
        Distance between two points of the test, in degrees.
    num_points : int
        Points of the test; 40 at 9 degrees are one full turn.
    prime_length : int
        Points that are run before the test, ending one ``prime_step`` before ``start``.
    prime_step : float, optional
        Distance between two points of the prime, in degrees; ``step`` if it is not given.
    h_0 : optional
        The hidden state before the prime (see ``predict``); zeros if it is not given.

    Returns
    -------
    Forecast

    Raises
    ------
    TypeError, ValueError
        If ``model`` is no network, a length is no whole number or out of range, a step is zero or
        negative, or ``h_0`` belongs to another network.
    """
    num_points = _checks.whole_number("num_points", num_points, 1)
    window = make_window(start, step, num_points)
    prime, prime_degrees = make_prime(
        prime_length, start, step if prime_step is None else prime_step
    )
    if len(prime):
        _, h_0 = predict(model, prime, h_0)
    predictions, _ = predict(model, window.features, h_0)
    return Forecast(window, predictions, (predictions - window.labels) ** 2, prime, prime_degrees)


def ambiguity_floor(start: float | np.ndarray, step: float) -> float | np.ndarray:
    """Return the smallest error that any model can average on the first prediction of a test.

    One sample fixes the value x of the wave but not its slope. After x = sin(a) comes
    x cos(step) + cos(a) sin(step) if the wave is on this slope, and x cos(step) - cos(a) sin(step)
    if it is on the other one. If both are equally likely, the mean of the two is the best answer,
    and its squared error is (cos(a) sin(step))^2.

    Parameters
    ----------
    start : float or array
        The angle a of the only sample, in degrees.
    step : float
        Distance to the point to be predicted, in degrees.

    Returns
    -------
    float or array
        The mean squared error of the best answer.

    Raises
    ------
    TypeError, ValueError
        If an angle is no finite number, or ``step`` is not greater than zero.
    """
    step = _checks.real_number("step", step, positive=True)
    if np.ndim(start) == 0:
        start = _checks.real_number("start", start)
    else:
        start = _checks.sequence("start", start)
    return (np.cos(np.deg2rad(start)) * np.sin(np.deg2rad(step))) ** 2


def median_index(values: np.ndarray) -> int:
    """Return the index of the network whose value is in the middle: a typical one.

    Parameters
    ----------
    values : array, shape (num_models,)
        One number for each network, an error for instance. Of two in the middle the lower counts.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If ``values`` is empty or holds NaN.
    """
    values = _checks.sequence("values", values)
    return int(np.argsort(values, kind="stable")[(len(values) - 1) // 2])
