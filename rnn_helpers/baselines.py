"""What a network has to beat: a linear formula of the last few values, fitted by least squares."""

import numpy as np

from . import _checks


def fit_ar(sequence: np.ndarray, order: int) -> np.ndarray:
    """Fit an autoregressive model AR(order) to a sequence, by least squares.

    It predicts the next value as a sum of the last ``order`` values, each times a coefficient, with
    no constant: ``x[t + 1] = a[0] x[t] + a[1] x[t - 1] + ...``. On a sine wave with a step of d
    degrees, AR(2) finds ``a = [2 cos(d), -1]``, since sin(t + d) + sin(t - d) = 2 cos(d) sin(t).

    ``sequence``, shape (seq_len,), has at least ``2 * order`` values, so that there is an equation
    for each coefficient. They are returned with that of the newest value first, shape (order,); if
    several fit, the shortest.
    """
    values = _checks.sequence("sequence", sequence)
    if len(values) < 2 * order:
        wanted = f"sequence must have at least {2 * order} values for AR({order})"
        raise ValueError(f"{wanted}, but it has {len(values)}; give a longer one or a lower order.")
    return np.linalg.lstsq(last_values(values[:-1], order), values[order:], rcond=None)[0]


def forecast_ar(coefficients: np.ndarray, values: np.ndarray, ahead: int = 1) -> np.ndarray:
    """Forecast from every point in time by what ``fit_ar`` returned; it reads its own forecasts.

    Returns
    -------
    numpy.ndarray, shape (n, ahead)
        In row t, column k the forecast of ``values[t + 1 + k]`` from the values up to t; NaN as
        long as there are fewer than (order,) of them.
    """
    values, order = _checks.sequence("values", values), len(coefficients)
    forecasts = np.empty((len(values), ahead))
    last = last_values(np.concatenate([np.full(order - 1, np.nan), values]), order)
    for k in range(ahead):
        forecasts[:, k] = last @ coefficients
        last = np.column_stack([forecasts[:, k], last[:, :-1]])
    return forecasts


def predict_ar(coefficients: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Predict one step ahead after each of ``values``, as ``forecast_ar``; shape (n,)."""
    return forecast_ar(coefficients, values)[:, 0]


def last_values(values: np.ndarray, order: int) -> np.ndarray:
    """Return the last ``order`` values up to each place that has so many, the newest first."""
    return np.lib.stride_tricks.sliding_window_view(values, order)[:, ::-1]
