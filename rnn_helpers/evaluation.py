"""Asking a trained network for the next points of the wave, cold or primed."""

from dataclasses import dataclass

import numpy as np
import torch

from . import _checks
from .cells import forward
from .data import Window, make_prime, make_window
from .network import MANY, State, WaveRNN, check_one_in_one_out
from .training import ManyRNNs, ManyStates, last_state


def predict(
    model: WaveRNN | ManyRNNs,
    features: np.ndarray,
    h_0: State | ManyStates | None = None,
    *,
    free_steps: int = 0,
) -> tuple[np.ndarray, State | ManyStates]:
    """Run one network with one input and one output, or many, over sequences of features.

    Parameters
    ----------
    features : numpy.ndarray, shape (seq_len,)
        What is read. One network reads several such sequences as a batch, (batch, seq_len); of many
        networks each may have its own, (num_models, seq_len).
    h_0 : torch.Tensor (num_layers, batch, hidden_size) or numpy.ndarray (num_models, hidden_size)
        The hidden state to start from, as an earlier call returned it; zeros if it is not given.
        For LSTM a tuple of two, ``(h_0, c_0)``.
    free_steps : int
        How many more steps follow in which a network reads its own last prediction: a free run, in
        a closed loop. The steps before, in which it reads what is given, are teacher forcing.

    Returns
    -------
    predictions : numpy.ndarray, shape (seq_len + free_steps,), or with batch or num_models before
    h_n : like ``h_0``, after the last step
    """
    if isinstance(model, ManyRNNs):
        x = _checks.one_or_each("features", features, len(model)).T[..., None]
        w, state = model.weights, None
        if h_0 is not None:
            shape = len(model), w.hidden_size
            parts = _checks.state(w.cell, h_0, np.ndarray, "(num_models, hidden_size)", shape)
            state = tuple(part[:, None] for part in parts)  # a batch of one
        y, record = forward(w, x, state)
        predictions = [y]
        with np.errstate(over="ignore", invalid="ignore"):  # a free run may grow beyond all bounds
            for number in range(free_steps):
                state = tuple(values[-1] for values in record.states)
                y, record = forward(w, y[-1:], state, record if number else None)
                predictions.append(y)
        return np.concatenate(predictions)[:, :, 0].T, last_state(record)
    dtype = check_one_in_one_out(model, MANY).fc.weight.dtype
    x = torch.from_numpy(_checks.one_or_each("features", features)).to(dtype)[..., None]
    with torch.no_grad():
        prediction, h_n = model(x, h_0)
        predictions = [prediction]
        for _ in range(free_steps):
            prediction, h_n = model(prediction[:, -1:], h_n)
            predictions.append(prediction)
    predictions = torch.cat(predictions, dim=1)[..., 0].double().numpy()
    return predictions if np.ndim(features) == 2 else predictions[0], h_n


@dataclass(frozen=True, eq=False)
class Forecast:
    """A test: the wave, what the network predicted, and how wrong it was."""

    window: Window  # features and labels of the test
    predictions: np.ndarray  # (num_points,) or (num_models, num_points)
    squared_errors: np.ndarray  # (predictions - window.labels) ** 2
    prime: np.ndarray  # (prime_length,): what was run before the test, empty if nothing was
    prime_degrees: np.ndarray

    def first_mse(self, count: int = 5) -> np.ndarray:
        """Return the mean squared error of the first ``count`` predictions, for each network."""
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
    free_run: bool = False,
) -> Forecast:
    """Test a network on a piece of the wave, from a zero state or after a prime.

    The same steps are written out in notebooks 05 (cold), 06 (primed) and 10 (free run).

    Parameters
    ----------
    model, h_0
        As in ``predict``; the hidden state is that before the prime.
    start, step, num_points
        As in ``make_window``, for the points of the test.
    prime_length : int
        Points that are run before the test, ending one ``prime_step`` before ``start``.
    prime_step : float, optional
        Distance between two points of the prime, in degrees; ``step`` if it is not given.
    free_run : bool
        Whether the network reads only the first point of the test, and then its own predictions.
    """
    window = make_window(start, step, num_points)
    prime_step = step if prime_step is None else prime_step
    prime, prime_degrees = make_prime(prime_length, start, prime_step)
    if len(prime):
        _, h_0 = predict(model, prime, h_0)
    read = 1 if free_run else num_points
    predictions, _ = predict(model, window.features[:read], h_0, free_steps=num_points - read)
    squared_errors = (predictions - window.labels) ** 2
    return Forecast(window, predictions, squared_errors, prime, prime_degrees)


def ambiguity_floor(start: float | np.ndarray, step: float) -> float | np.ndarray:
    """Return the smallest MSE that any model can average on the first prediction of a test.

    One sample fixes the value x of the wave but not its slope. After x = sin(a) comes
    x cos(step) + cos(a) sin(step) if the wave is on this slope, and x cos(step) - cos(a) sin(step)
    if it is on the other one. If both are equally likely, the mean of the two is the best answer,
    and its squared error is (cos(a) sin(step))^2. ``start`` is a, the angle of the only sample, or
    several of them, and ``step`` the distance to the point to be predicted, both in degrees.
    """
    return (np.cos(np.deg2rad(start)) * np.sin(np.deg2rad(step))) ** 2


def median_index(values: np.ndarray) -> int:
    """Return the index of the network whose value is in the middle: a typical one.

    ``values``, shape (num_models,), may be errors. Of two in the middle the lower counts.
    """
    values = _checks.sequence("values", values)
    return int(np.argsort(values, kind="stable")[(len(values) - 1) // 2])
