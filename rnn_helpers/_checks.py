"""Checks of what a caller hands in: each message says what was wrong, given, and to be given."""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch


def whole_number(name: str, value: Any, minimum: int) -> int:
    """Return ``value`` as an int, or say why it is not a whole number of at least ``minimum``."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(
            f"{name} must be a whole number, but {value!r} is a {type(value).__name__}; "
            f"give an int of at least {minimum}."
        )
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, but {value} was given.")
    return int(value)


def real_number(name: str, value: Any, *, positive: bool = False) -> float:
    """Return ``value`` as a finite float, above zero if ``positive``."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(
            f"{name} must be a number, but {value!r} is a {type(value).__name__}; give a float."
        )
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, but {value} was given.")
    if positive and value <= 0:
        raise ValueError(f"{name} must be greater than zero, but {value} was given.")
    return float(value)


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is one of the ``allowed`` words."""
    allowed = tuple(allowed)
    if value not in allowed:
        choices = ", ".join(repr(word) for word in allowed)
        raise ValueError(f"{name} must be one of {choices}, but {value!r} was given.")
    return value


def sequence(name: str, values: Any) -> np.ndarray:
    """Return ``values`` as a finite float64 array of shape ``(seq_len,)``, not empty."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be a sequence of numbers, but a {type(values).__name__} was given; "
            "give an array of shape (seq_len,)."
        ) from None
    if array.ndim != 1 or array.size == 0:
        raise ValueError(
            f"{name} must have shape (seq_len,) with at least one value, but shape {array.shape} "
            "was given; one sequence, one number for each point in time."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} must be finite, but it holds NaN or infinity at position "
            f"{int(np.flatnonzero(~np.isfinite(array))[0])}; remove or replace it."
        )
    return array


def seed_list(seeds: Any) -> list[int]:
    """Return ``seeds`` as a list of at least one whole number, none below zero."""
    if isinstance(seeds, (str, bytes)) or not isinstance(seeds, Iterable):
        raise TypeError(
            f"seeds must be several whole numbers, but {seeds!r} is a {type(seeds).__name__}; "
            "give a range or a list, range(128) for instance."
        )
    checked = [whole_number("every seed", seed, 0) for seed in seeds]
    if not checked:
        raise ValueError("seeds must hold at least one seed, but it is empty; give range(128).")
    return checked
