"""The data of the course: pieces of one sine wave, at equally spaced angles in degrees."""

from typing import NamedTuple

import numpy as np

from . import _checks


class Window(NamedTuple):
    """A piece of the wave: what the network reads and what it should say.

    Attributes
    ----------
    features : numpy.ndarray, shape (seq_len,)
        The wave at ``feature_degrees``; what the network reads.
    labels : numpy.ndarray, shape (seq_len,)
        The wave one step later, at ``label_degrees``; what the network should say.
    feature_degrees, label_degrees : numpy.ndarray, shape (seq_len,)
        The angles of both, in degrees.
    """

    features: np.ndarray
    labels: np.ndarray
    feature_degrees: np.ndarray
    label_degrees: np.ndarray


def make_window(start: float = 0.0, step: float = 9.0, seq_len: int = 20) -> Window:
    """Return ``seq_len`` points of the sine wave and the same points one step later.

    Parameters
    ----------
    start : float
        Angle of the first feature, in degrees.
    step : float
        Distance between two points, in degrees, greater than zero.
    seq_len : int
        How many features (and labels), 1 or more.

    Returns
    -------
    Window
        Four arrays of shape ``(seq_len,)``.

    Raises
    ------
    TypeError, ValueError
        If ``seq_len`` is no whole number or below 1, or an angle is not finite, or ``step`` is
        not greater than zero.
    """
    start = _checks.real_number("start", start)
    step = _checks.real_number("step", step, positive=True)
    seq_len = _checks.whole_number("seq_len", seq_len, 1)
    degrees = _checks.equally_spaced(start, step, np.arange(seq_len + 1.0))
    wave = np.sin(np.deg2rad(degrees))
    return Window(wave[:-1], wave[1:], degrees[:-1], degrees[1:])


def make_prime(length: int, start: float = 0.0, step: float = 9.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of the wave that come right before a test.

    The last point lies one ``step`` before ``start``, so that the first point of the test carries
    on with the spacing of the prime.

    Parameters
    ----------
    length : int
        How many points, 0 or more.
    start : float
        Where the test starts, in degrees.
    step : float
        Distance between two points of the prime, in degrees, greater than zero.

    Returns
    -------
    values, degrees : numpy.ndarray, shape (length,)
        The wave at those points, and their angles in degrees.

    Raises
    ------
    TypeError, ValueError
        If ``length`` is no whole number or negative, or an angle is not finite, or ``step`` is
        not greater than zero.
    """
    length = _checks.whole_number("the length of the prime", length, 0)
    start = _checks.real_number("start", start)
    step = _checks.real_number("the step of the prime", step, positive=True)
    degrees = _checks.equally_spaced(start, step, np.arange(-float(length), 0))
    return np.sin(np.deg2rad(degrees)), degrees
