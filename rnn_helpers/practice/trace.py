"""What a program does, written down, so that two programs can be compared.

A trace holds what a call returned or raised, and what it left behind: its arguments, the weights
and switches of the networks among them, and the settings of torch.
"""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

Case = dict[str, object]  # the arguments of one call, by name
DOTS = "put your answer in place of the dots, and run the cell again."
LONGEST = 200  # characters of somebody else's message


class Wrong(Exception):
    """What is wrong with an answer, said in the reader's terms."""


class Trace(NamedTuple):
    """What one call did; ``problem`` is an error, or why what came back cannot be read."""

    problem: str = ""
    parts: tuple[np.ndarray, ...] = ()  # the numbers that came back, and their kinds
    kinds: tuple[str, ...] = ()
    left: tuple[tuple[np.ndarray, ...], ...] = ()  # for each argument, its numbers afterwards
    habits: frozenset[str] = frozenset()  # what it did to networks and to torch on the way


def trace(
    program: object, case: Case, returns: tuple[str, ...], use: Callable[..., object] | None = None
) -> Trace:
    """Call a program with the arguments of a case; without any, take the value that it is.

    ``returns`` names what comes back. ``use`` takes the program and the arguments, calls it as
    often as it likes, and returns what is to be compared; a ``Wrong`` that it raises is written
    down.
    """
    habits, before, problem, returned = set(), {}, "", program
    for name, network in _networks(case):
        before[name] = _switches(network), _gradients(network)
        network.register_forward_hook(
            lambda module, _inputs, _output, name=name, network=network: (
                habits.add(f"{name} ran with gradients recorded, although nothing is trained here")
                if module is network and torch.is_grad_enabled()
                else None
            )
        )
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - for programs that use it
    torch.default_generator.manual_seed(0)  # torch.manual_seed does much for other devices
    if case:
        try:
            returned = use(program, *case.values()) if use else program(*case.values())
        except Wrong as wrong:
            problem = str(wrong)
        except RecursionError:
            problem = "your function calls itself without an end."
        except (Exception, SystemExit) as error:
            problem = f"your function raised {describe(error)}"
    habits |= _settings_left()
    for name, network in _networks(case):
        switches, gradients = before[name]
        for switch, value in _switches(network).items():
            if switches.get(switch, value) != value:
                habits.add(f"{name}{switch} was {switches[switch]}, and now it is {value}")
        if not _equal(gradients, _gradients(network)):
            habits.add(f"new gradients were left in the weights of {name}")
    left = tuple(tuple(contents(value)) for value in case.values())
    parts, kinds = (), ()
    if not problem:
        try:
            parts, kinds = _read(returned, returns, bool(case))
        except Wrong as wrong:
            problem = str(wrong)
    return Trace(problem, parts, kinds, left, frozenset(habits))


def _networks(case: Case) -> Iterator[tuple[str, nn.Module]]:
    return ((name, value) for name, value in case.items() if isinstance(value, nn.Module))


def _switches(network: nn.Module) -> dict[str, object]:
    """Return the plain attributes of all modules, and the kinds of all weights."""
    found = {}
    for path, module in network.named_modules():
        plain = ((k, v) for k, v in vars(module).items() if isinstance(v, bool | int | float | str))
        found |= {f"{'.' * bool(path)}{path}.{key}": value for key, value in plain}
    for name, weight in network.named_parameters():
        found[f".{name}.dtype"] = str(weight.dtype).removeprefix("torch.")
        found[f".{name}.requires_grad"] = weight.requires_grad
    return found


def _gradients(network: nn.Module) -> tuple[np.ndarray, ...]:
    grads = (weight.grad for weight in network.parameters())
    return tuple(np.zeros(()) if g is None else g.detach().double().numpy().copy() for g in grads)


def _settings_left() -> set[str]:
    """Return which settings of torch a program has left changed, and put them back."""
    habits = set()
    if not torch.is_grad_enabled():
        habits.add("gradients are off for the whole session")
        torch.set_grad_enabled(True)
    if torch.get_default_dtype() != torch.float32:
        habits.add(f"the default dtype of torch is {torch.get_default_dtype()} from now on")
        torch.set_default_dtype(torch.float32)
    return habits


# Reading what came back ---------------------------------------------------------------------------


def numbers(value: object) -> np.ndarray | None:
    """Return a value as an array of float64, or None if it is not made of numbers."""
    try:
        if isinstance(value, torch.Tensor):
            value = value.double() if value.is_floating_point() else value
            value = value.detach().cpu().numpy()
        elif isinstance(value, tuple | list):
            value = [v.detach().tolist() if isinstance(v, torch.Tensor) else v for v in value]
        array = np.ma.getdata(np.asarray(value))
        return array.astype(float) if array.dtype.kind in "iuf" else None  # astype copies
    except Exception:  # ragged lists, sparse tensors, objects with whims
        return None


def contents(value: object) -> Iterator[np.ndarray]:
    """Yield the numbers in an argument: those of arrays, of weights, and of lists of them."""
    if isinstance(value, nn.Module):
        for weight in value.parameters():
            yield numbers(weight)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from contents(part)
    elif isinstance(value, np.ndarray | torch.Tensor):
        array = numbers(value)
        if array is not None:
            yield array


def _read(
    returned: object, returns: tuple[str, ...], by_function: bool
) -> tuple[tuple[np.ndarray, ...], tuple[str, ...]]:
    if returned is None and by_function:
        raise Wrong("your function returns nothing yet; end it with a return.")
    if has_dots(returned):
        raise Wrong(DOTS)
    things = [returned] if len(returns) == 1 else several(returned, returns)
    parts = tuple(numbers(thing) for thing in things)
    for name, thing, part in zip(returns, things, parts, strict=True):
        if part is None:
            raise Wrong(f"{name} must be numbers, but what came is {kind(thing)}.")
    dtypes = (str(getattr(thing, "dtype", "")).removeprefix("torch.") for thing in things)
    kinds = (kind(thing).split(" of ")[0] for thing in things)
    return parts, tuple(f"{k} of {d}" if d else k for k, d in zip(kinds, dtypes, strict=True))


def several(value: object, names: tuple[str, ...]) -> list[object]:
    """Return the things that have these names, from a dict, a sequence or the rows of an array.

    If there are more or fewer, or dots are left among them, it raises a ``Wrong``.
    """
    if has_dots(value):
        raise Wrong(DOTS)
    if isinstance(value, Mapping):
        missing = [name for name in names if name not in value]
        if missing:
            raise Wrong(f"there is no {missing[0]!r} in the dict; it needs {' and '.join(names)}.")
        return [value[name] for name in names]
    rows = isinstance(value, np.ndarray | torch.Tensor) and value.ndim and len(value) == len(names)
    if not rows and not (isinstance(value, tuple | list) and len(value) == len(names)):
        what = f"{len(value)} of them" if isinstance(value, tuple | list) else kind(value)
        raise Wrong(f"{len(names)} things are asked for, {' and '.join(names)}; there came {what}.")
    return list(value)


def has_dots(value: object) -> bool:
    """Whether dots are left in an answer, or in the parts of one."""
    if isinstance(value, dict):
        value = tuple(value.values())
    return value is ... or (isinstance(value, tuple | list) and any(part is ... for part in value))


def kind(value: object) -> str:
    """Return what a value is, in words: its type, and its shape if it has one."""
    name = type(value).__name__
    words = {
        "NoneType": "None",
        "str": "a string",
        "Tensor": "a tensor",
        "ndarray": "a NumPy array",
    }
    article = "an" if re.match(r"[aeiouAEIO]|[FHLMNRSX][A-Z]", name) else "a"
    text = words.get(name, f"{article} {name}")
    try:
        return f"{text} of shape {tuple(int(size) for size in value.shape)}"
    except Exception:  # it has no shape, or none that can be told
        return text


def instead(name: object, names: Iterable[str]) -> str:
    """Return what to say after a name that is none: the one that is meant, or all."""
    close = difflib.get_close_matches(name.lower(), names, 1, 0.7) if isinstance(name, str) else []
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}."


def describe(error: BaseException) -> str:
    """Return the kind of an error and the first line of its message, cut where it is long."""
    try:
        said = str(error).strip()
    except Exception:
        said = ""
    name = type(error).__name__
    return f"{name}: {first_words(said.splitlines()[0])}" if said else f"{name}."


def first_words(line: str) -> str:
    """Return a line, cut where it is long."""
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."


# Comparing ----------------------------------------------------------------------------------------


def differences(one: Trace, two: Trace, exact_kind: bool, atol: float) -> set[tuple]:
    """Return the places in which the first trace is not the second.

    Numbers are compared but for rounding, errors without the numbers in them, and of habits only
    those count that the first has and the second has not.
    """
    places = {("habits", habit) for habit in one.habits - two.habits}
    if _words(one.problem) != _words(two.problem):
        places.add(("problem",))
    for field in ("parts", "left") + ("kinds",) * exact_kind:
        ours, theirs = getattr(one, field), getattr(two, field)
        if len(ours) != len(theirs):
            places |= {(field, i) for i in range(max(len(ours), len(theirs)))}
            continue
        pairs = enumerate(zip(ours, theirs, strict=True))
        places |= {(field, i) for i, (a, b) in pairs if not _equal(a, b, atol)}
    return places


def _words(problem: str) -> str:
    return re.sub(r"(?<![a-z])[\d.]+", "#", problem)  # but float32 is not float64


def _equal(a: object, b: object, atol: float = 1e-5) -> bool:
    if isinstance(a, str):
        return a == b
    if isinstance(a, tuple):
        return len(a) == len(b) and all(_equal(*pair, atol) for pair in zip(a, b, strict=True))
    a = bare(a, b)
    if a.shape != b.shape or (a == b).all():  # most are the same to the last digit
        return a.shape == b.shape
    return bool(np.isclose(a, b, 1e-4, atol, equal_nan=True).all())


def bare(given: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return a number out of its brackets, if a number is wanted."""
    return given.reshape(()) if given.size == 1 and not wanted.ndim else given
