"""Exercises that answer back: ``check`` an answer, ask for a ``hint``, see the ``solution``.

Whatever an answer is or does, a check says so in a sentence and never in a traceback. What has
passed is kept in memory, for this session and nowhere else.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import functools
import inspect
import io
import os
import random
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FunctionType

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import DisplayHandle, display

DOTS = "put your answer in place of the dots, and run the cell again."
LONGEST = 200  # characters of somebody else's message
CHECK = re.compile(r'rh\.check\("(\w+)", (\w+)\)')


class Wrong(Exception):
    """What is wrong with an answer, said in the reader's terms."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: how an answer is examined, and what helps to find it.

    The pieces of code define ``variable``, the name under which the reader's answer goes.

    Attributes
    ----------
    name : str
        What ``check`` calls it, such as ``"cosine"``.
    notebook : str
        The number of its notebook, such as ``"01"``.
    stub : str
        The cell that the reader fills in. It ends in ``rh.check("name", variable)``.
    examine : callable
        Takes an answer and a ``numpy.random.Generator``; raises ``Wrong`` with a sentence, or
        returns a sentence that says what the answer shows.
    hints : tuple of str
        From the gentle to the telling.
    solution : str
        Code that ``check`` calls right.
    misconceptions : dict of str to (str, str)
        For each, code, and a part of the sentence that it must meet.
    setup : str
        What the notebook has defined before, besides ``np``, ``torch``, ``nn`` and ``rh``.
    untouched : str
        What ``check`` says as long as nothing is filled in.
    """

    name: str
    notebook: str
    stub: str
    examine: Callable[[object, np.random.Generator], str]
    hints: tuple[str, ...]
    solution: str
    misconceptions: dict[str, tuple[str, str]] = field(default_factory=dict)
    setup: str = ""
    untouched: str = DOTS

    @property
    def variable(self) -> str:
        """The name of the answer in the reader's cell."""
        return CHECK.findall(self.stub)[-1][1]


EXERCISES: dict[str, Exercise] = {}
_passed: set[str] = set()
_hinted: dict[str, int] = {}
_shown: dict[str, DisplayHandle] = {}  # where the progress of a notebook stands


def register(exercise: Exercise) -> None:
    """Add an exercise to the course.

    Parameters
    ----------
    exercise : Exercise
        Its name must be new, and its stub must end in its own check.

    Raises
    ------
    ValueError
        If the name is taken, there is no hint, or the stub checks something else.
    """
    if exercise.name in EXERCISES:
        raise ValueError(f"there is an exercise {exercise.name!r} already; give it another name.")
    if not exercise.hints:
        raise ValueError(f"the exercise {exercise.name!r} has no hint; give at least one.")
    checks = CHECK.findall(exercise.stub)
    if len(checks) != 1 or checks[0][0] != exercise.name:
        raise ValueError(
            f'the stub of {exercise.name!r} must contain rh.check("{exercise.name}", ...) once.'
        )
    EXERCISES[exercise.name] = exercise


# What a reader calls ------------------------------------------------------------------------------


def check(name: str, answer: object = ...) -> None:
    """Say whether an answer is right, or what is wrong with it.

    A function is tried out on new random inputs with every check, so only what it does counts. No
    error of the answer gets through, and the random numbers and modes of the session stay.

    Parameters
    ----------
    name : str
        The name of the exercise.
    answer : object
        What the exercise asks for: a number, a dict, or a function itself, not what it returns.
    """
    exercise = _find(name)
    if exercise is None:
        return
    if _is_unfinished(exercise, answer):
        print(f'Not yet: {exercise.untouched} For a hint: rh.hint("{name}")')
        return
    seed = int.from_bytes(os.urandom(4), "big")
    said, right = verdict(exercise, answer, seed)
    print(said)
    if right:
        _passed.add(name)
        if exercise.notebook in _shown:
            _shown[exercise.notebook].update(_progress(exercise.notebook), raw=True)


def hint(name: str) -> None:
    """Give one more hint each time it is called; after the last it begins again.

    Parameters
    ----------
    name : str
        The name of the exercise.
    """
    exercise = _find(name)
    if exercise is None:
        return
    number = _hinted.get(name, 0) % len(exercise.hints)
    _hinted[name] = number + 1
    print(f"Hint {number + 1} of {len(exercise.hints)}: {exercise.hints[number]}")


def solution(name: str) -> None:
    """Show the solution of an exercise.

    Parameters
    ----------
    name : str
        The name of the exercise.
    """
    exercise = _find(name)
    if exercise is not None:
        print(exercise.solution)


def passed(notebook: str) -> None:
    """Say which exercises of a notebook have passed in this session.

    What it shows follows every check that passes later.

    Parameters
    ----------
    notebook : str
        The number of the notebook, such as ``"01"``.
    """
    numbers = sorted({exercise.notebook for exercise in EXERCISES.values()})
    if notebook not in numbers:
        print(f"There are no exercises of a notebook {notebook!r}; there are {', '.join(numbers)}.")
        return
    handle = display(_progress(notebook), raw=True, display_id=True)
    if handle is not None:  # there is a notebook that can show it anew
        _shown[notebook] = handle


# How an answer is examined ------------------------------------------------------------------------


def verdict(exercise: Exercise, answer: object, seed: int) -> tuple[str, bool]:
    """Return what a check says about an answer, and whether it is right.

    Parameters
    ----------
    exercise : Exercise
    answer : object
        Anything at all.
    seed : int
        For the random inputs on which the answer is tried out.
    """
    printed = io.StringIO()
    stdout, stderr = contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed)
    try:
        with undisturbed(), stdout, stderr:
            torch.manual_seed(seed)
            return f"Right. {exercise.examine(answer, np.random.default_rng(seed))}", True
    except Wrong as wrong:
        said = f"Not yet: {wrong}"
    except RecursionError:
        said = "Not yet: trying your answer out never came to an end; it calls itself."
    except (Exception, SystemExit) as error:  # whatever the answer does, no traceback
        said = f"Not yet: trying your answer out ended in {describe(error)}"
    lines = printed.getvalue().splitlines()
    if lines:
        said += f"\nYour code printed: {_first(lines[0])}{' ...' if len(lines) > 1 else ''}"
    return said, False


def called(answer: object, *arguments: object, **named: object) -> object:
    """Return what the reader's function returns, or say that it is none, or that it raised."""
    if isinstance(answer, type) or not callable(answer):
        raise Wrong(f"the check needs your function itself, but it was given {kind(answer)}.")
    try:
        returned = answer(*arguments, **named)
    except RecursionError:
        raise Wrong("your function calls itself without an end.") from None
    except (Exception, SystemExit) as error:
        raise Wrong(f"your function raised {describe(error)}") from None
    if has_dots(returned):
        raise Wrong(DOTS)
    if returned is None:
        raise Wrong("your function returns nothing yet; end it with a return.")
    return returned


def unfinished(exercise: Exercise, answer: object) -> bool:
    """Whether an answer is still what the reader is to fill in or to change.

    Whoever puts a ``print`` or an ``assert`` into a program, to look what it does, has not changed
    it yet.
    """
    if answer is None or has_dots(answer):
        return True
    if not isinstance(answer, FunctionType):
        return False
    stubs = _functions(exercise.stub)
    if (_essence(answer.__code__), answer.__defaults__ or ()) in (each[0] for each in stubs):
        return True
    with contextlib.suppress(OSError, TypeError, SyntaxError):  # where its source is not at hand
        return _silent(ast.parse(inspect.getsource(answer)).body[0]) in (each[1] for each in stubs)
    return False


def _is_unfinished(exercise: Exercise, answer: object) -> bool:
    try:
        return unfinished(exercise, answer)
    except Exception:  # of an object with whims
        return False


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
    text = words.get(name, f"{article} {'tensor' if name == 'Tensor' else name}")
    try:
        return f"{text} of shape {tuple(int(size) for size in value.shape)}"
    except Exception:  # it has no shape, or none that can be told
        return text


def describe(error: BaseException) -> str:
    """Return the kind of an error and the first line of its message, cut where it is long."""
    try:
        said = str(error).strip()
    except Exception:
        said = ""
    name = type(error).__name__
    return f"{name}: {_first(said.splitlines()[0])}" if said else f"{name}."


def _first(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."


def _essence(code: CodeType) -> tuple:
    """Return what a function does, without where it stands and what its comments say."""
    consts = [
        _essence(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts
    ]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, tuple(consts)


def _silent(tree: ast.AST) -> str:
    """Return a program as text, without its prints and assertions."""

    class Silence(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
            return None if ast.unparse(node).startswith("print(") else node

        def visit_Assert(self, node: ast.Assert) -> None:
            return None

    return ast.unparse(Silence().visit(tree))


@functools.cache
def _functions(stub: str) -> list[tuple]:
    """Return for each function of a stub its essence with its defaults, and its silent text."""
    trees = [each for each in ast.parse(stub).body if isinstance(each, ast.FunctionDef)]
    consts = compile(stub, "stub", "exec").co_consts
    codes = {each.co_name: each for each in consts if isinstance(each, CodeType)}
    return [
        (
            (_essence(codes[tree.name]), tuple(map(ast.literal_eval, tree.args.defaults))),
            _silent(tree),
        )
        for tree in trees
    ]


def _find(name: object) -> Exercise | None:
    if isinstance(name, str) and name in EXERCISES:
        return EXERCISES[name]
    close = difflib.get_close_matches(str(name), EXERCISES, 1)
    rest = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(EXERCISES)}."
    print(f"There is no exercise {name!r}; {rest}")
    return None


def _progress(notebook: str) -> dict[str, str]:
    names = [name for name, each in EXERCISES.items() if each.notebook == notebook]
    lines = [f"{len(_passed & set(names))} of {len(names)} exercises passed in this session."]
    for word, some in (("Passed", _passed), ("To do", set(names) - _passed)):
        if some & set(names):
            lines.append(f"{word}: {', '.join(name for name in names if name in some)}")
    return {"text/plain": "\n".join(lines)}


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Leave the session as it was: random numbers, modes of torch and NumPy, warnings, figures."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    figures = set(plt.get_fignums())
    with (
        torch.random.fork_rng(devices=[]),
        torch.inference_mode(False),
        torch.enable_grad(),
        np.errstate(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            for number in set(plt.get_fignums()) - figures:
                plt.close(number)
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002
            torch.set_default_dtype(dtype)
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
