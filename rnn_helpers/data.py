"""The data of the course: pieces of one sine wave, at equally spaced angles in degrees."""

from typing import NamedTuple

import numpy as np

from . import _checks

TURN = 40  # points in a turn, at 9 degrees each


class Window(NamedTuple):
    """A piece of the wave; each array has shape (seq_len,)."""

    features: np.ndarray  # what the network reads
    labels: np.ndarray  # what it should predict: the wave one step later
    feature_degrees: np.ndarray  # where they belong
    label_degrees: np.ndarray


def make_window(start: float = 0.0, step: float = 9.0, seq_len: int = 20) -> Window:
    """Return ``seq_len`` points of the sine wave and the same points one step later.

    ``start`` is the angle of the first feature and ``step`` the distance between two points, both
    in degrees. Each of the four arrays has shape ``(seq_len,)``.
    """
    seq_len = _checks.whole_number("seq_len", seq_len, 1)
    degrees = start + step * np.arange(seq_len + 1)
    wave = np.sin(np.deg2rad(degrees))
    return Window(wave[:-1], wave[1:], degrees[:-1], degrees[1:])


def make_prime(length: int, start: float = 0.0, step: float = 9.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of the wave that come right before a test that starts at ``start``.

    The last point lies one ``step`` before ``start`` (both in degrees), so that the first point of
    the test carries on with the spacing of the prime.

    Returns
    -------
    values, degrees : numpy.ndarray, shape (length,)
        The wave at those points, and their angles in degrees.
    """
    length = _checks.whole_number("the length of the prime", length, 0)
    degrees = start + step * np.arange(-length, 0)
    return np.sin(np.deg2rad(degrees)), degrees
