"""Checks of what a caller hands in: each message says what was wrong, given, and to be given."""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch

MAX_SEED = 2**64 - 1  # that torch takes


def _wrong_kind(name: str, wanted: str, value: Any, advice: str) -> TypeError:
    kind = type(value).__name__
    return TypeError(f"{name} must be {wanted}, not {value!r} of type {kind}; give {advice}.")


def whole_number(name: str, value: Any, minimum: int, maximum: int | None = None) -> int:
    """Return ``value`` as an int, or say why it is no whole number between the two limits."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise _wrong_kind(name, "a whole number", value, f"an int of at least {minimum}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, but {value} was given.")
    if maximum is not None and value > maximum:
        raise ValueError(f"{name} must be at most {maximum}, but {value} was given.")
    return int(value)


def real_number(name: str, value: Any, *, positive: bool = False) -> float:
    """Return ``value`` as a finite float, or say why it is none, or not ``positive``."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise _wrong_kind(name, "a number", value, "a float")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, but {value} was given.")
    if positive and number <= 0:
        raise ValueError(f"{name} must be greater than zero, but {value} was given.")
    return number


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is one of the ``allowed`` words."""
    if not isinstance(value, str) or value not in allowed:
        choices = ", ".join(map(repr, allowed))
        raise ValueError(f"{name} must be one of {choices}, but {value!r} was given.")
    return value


def sequence(name: str, values: Any, columns: int = 0) -> np.ndarray:
    """Return ``values``, (n,), or (num_models, columns), as a finite float64 array, not empty."""
    given, wanted = values, f"(num_models, {columns})" if columns else "(n,), not empty"
    try:
        if isinstance(values, torch.Tensor) and values.is_floating_point():
            values = values.detach().double().cpu()  # NumPy has no bfloat16
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError):  # ragged lists, for instance
        array = None
    if array is None or array.dtype.kind not in "iuf":
        kind = type(given).__name__ + (f" of {given.dtype}" if hasattr(given, "dtype") else "")
        given = f"a {kind} was given; give shape {wanted}"
        raise TypeError(f"{name} must be a sequence of numbers, but {given}.")
    rows = array.size // max(columns, 1)
    if not rows or array.shape != ((rows, columns) if columns else (rows,)):
        raise ValueError(f"{name} must have shape {wanted}, but shape {array.shape} was given.")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        where = ", ".join(map(str, np.argwhere(~np.isfinite(array))[0]))
        given = f"it holds NaN or infinity at position {where}"
        raise ValueError(f"{name} must be finite, but {given}; replace it.")
    return array


def one_or_each(name: str, values: Any, num_models: int | None = None) -> np.ndarray:
    """Return one sequence as (1, n), or one for each network as (num_models, n)."""
    if np.ndim(values) != 2:
        return sequence(name, values)[None]
    array = sequence(name, values, np.shape(values)[1])
    if num_models is not None and len(array) != num_models:
        wanted = f"{name} must have shape (n,) or ({num_models}, n)"
        raise ValueError(f"{wanted}, but shape {array.shape} was given.")
    return array


def seed_list(seeds: Any) -> list[int]:
    """Return ``seeds`` as a list of at least one whole number, none below zero."""
    several = isinstance(seeds, Iterable) and getattr(seeds, "ndim", 1)
    if isinstance(seeds, str | bytes) or not several:
        advice = "a range or a list, range(128) for instance"
        raise _wrong_kind("seeds", "several whole numbers", seeds, advice)
    checked = [whole_number("every seed", each, 0, MAX_SEED) for each in seeds]
    if not checked:
        raise ValueError("seeds must hold at least one seed, but it is empty; give range(128).")
    return checked


def instance(name: str, value: Any, kind: type, advice: str) -> None:
    """Raise unless ``value`` is of this kind; ``advice`` says what to give instead."""
    if not isinstance(value, kind):
        given = type(value).__name__
        raise TypeError(f"{name} must be of type {kind.__name__}, not {given}; {advice}.")


def sequences(**named: Any) -> list[np.ndarray]:
    """Return two arguments, by name, as arrays of one shape (n,)."""
    (one, a), (two, b) = ((name, sequence(name, values)) for name, values in named.items())
    same_length(one, two, a, b)
    return [a, b]


def same_length(one: str, two: str, a: np.ndarray, b: np.ndarray) -> None:
    """Raise unless two sequences have the same length: NumPy may stretch the shorter one."""
    if len(a) != len(b):
        given = f"{len(a)} and {len(b)} were given"
        raise ValueError(f"{one} and {two} must have the same length, but {given}.")


def state(cell: str, h_0: Any, kind: type, axes: str, shape: tuple) -> tuple:
    """Return ``(h_0,)``, for LSTM ``(h_0, c_0)``, if each is of this kind and shape.

    NumPy would stretch a smaller state, and torch's own messages name no hidden state.
    """
    parts, advice = (h_0,), "give a hidden state of this network, or None"
    if cell == "LSTM":
        if not isinstance(h_0, tuple) or len(h_0) != 2:
            given = f"a tuple of {len(h_0)}" if isinstance(h_0, tuple) else type(h_0).__name__
            both = "h_0 of an LSTM must be a tuple of two, (h_0, c_0)"
            raise TypeError(f"{both}, but {given} was given; {advice}.")
        parts = h_0
    for name, part in zip(("h_0", "c_0"), parts, strict=False):
        instance(name, part, kind, advice)
        if (given := tuple(part.shape)) != shape:
            wanted = f"{name} must have shape {axes} = {shape}"
            raise ValueError(f"{wanted}, but shape {given} was given; {advice}.")
    return parts
