"""What a reader calls: ``check`` an answer, ask for a ``hint``, see the ``solution``.

Whatever an answer is or does, a check says so in a sentence and never in a traceback. What has
passed is kept in memory, for this session and nowhere else.
"""

from __future__ import annotations

import ast
import contextlib
import html
import inspect
import io
import os
import random
import re
import warnings
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle, display

from .. import page
from .asking import live, pose
from .exercise import Exercise, examine
from .trace import Wrong, describe, first_words, has_dots, instead

if TYPE_CHECKING:
    from ipywidgets import DOMWidget

EXERCISES: dict[str, Exercise] = {}
_passed: set[str] = set()
_hinted: dict[str, int] = {}
_shown: dict[str, DisplayHandle] = {}  # where the progress of a notebook stands


def register(name: str, notebook: str, **data: object) -> None:
    """Add an exercise to the course; ``Exercise`` says what belongs to one."""
    if name in EXERCISES:
        raise ValueError(f"there is an exercise {name!r} already; give it another name.")
    EXERCISES[name] = Exercise(name, notebook, **data)


def chapter(notebook: str) -> tuple[Callable, Callable]:
    """Return ``pose`` and ``register`` for one notebook, such as ``"01"``."""
    return (
        lambda name, *question: pose(name, notebook, *question),
        lambda name, **exercise: register(name, notebook, **exercise),
    )


class Verdict:
    """Whether an answer is right: a truth value, of which a notebook shows nothing more."""

    def __init__(self, right: bool) -> None:
        self.right = right

    def __bool__(self) -> bool:
        """Return whether the answer is right, as in ``assert rh.check("points", 37)``."""
        return self.right

    def _ipython_display_(self) -> None:
        """Show nothing below what the check has said."""


# What a reader calls ------------------------------------------------------------------------------


def check(name: str, answer: object = ...) -> Verdict:
    """Say whether an answer is right, or what is wrong with it.

    A function is tried out on new random inputs with every check, so only what it does counts. No
    error of the answer gets through, and the random numbers and modes of the session stay.

    Give what the exercise asks for: a number, a dict, or a function itself, not what it returns.
    What comes back is true if the answer is right.
    """
    exercise = _find(name)
    if exercise is None:
        return Verdict(False)
    if unfinished(exercise, answer):
        said = f'Not yet: {exercise.untouched} For a hint: rh.hint("{name}")'
        right, look = False, ""
    else:
        said, right = verdict(exercise, answer, int.from_bytes(os.urandom(4), "big"))
        look = "right" if right else "wrong"
    page.show(boxed(said, look), _buttons(exercise) if InteractiveShell.initialized() else None)
    if right:
        _passed.add(name)
        if exercise.notebook in _shown:
            _shown[exercise.notebook].update(_progress(exercise.notebook), raw=True)
    return Verdict(right)


def hint(name: str) -> None:
    """Give one more hint each time it is called; after the last it begins again."""
    exercise = _find(name)
    if exercise is not None:
        page.show(boxed(_next_hint(exercise)))


def solution(name: str) -> None:
    """Show the solution of an exercise."""
    exercise = _find(name)
    if exercise is not None:
        page.show({"text/plain": exercise.solution, "text/html": highlighted(exercise.solution)})


def passed(notebook: str) -> None:
    """Say which exercises of a notebook, such as ``"01"``, have passed in this session.

    What it shows follows every check that passes later.
    """
    numbers = sorted({exercise.notebook for exercise in EXERCISES.values()})
    given, notebook = notebook, f"{notebook:0>2}" if isinstance(notebook, int | str) else notebook
    if notebook not in numbers:
        print(f"There are no exercises of a notebook {given!r}; there are {', '.join(numbers)}.")
        return
    handle = display(_progress(notebook), raw=True, display_id=True)
    if handle is not None:  # there is a notebook that can show it anew
        _shown[notebook] = handle


def _find(name: object) -> Exercise | None:
    if isinstance(name, str) and name in EXERCISES:
        return EXERCISES[name]
    print(f"There is no exercise {name!r}; {instead(name, EXERCISES)}")
    return None


def _progress(notebook: str) -> dict[str, str]:
    """Return the progress of a notebook, and as soon as there is some, that of the course."""
    here = {name: each for name, each in EXERCISES.items() if each.notebook == notebook}
    done, num_passed = len(_passed & {*here}), len(_passed)
    lines = [f"{_bar(done, len(here))} {done} of {len(here)} exercises passed in this session."]
    lines += [f"{'✓' if name in _passed else '○'} {each.title}" for name, each in here.items()]
    if num_passed:
        of_all = f"{num_passed} of {len(EXERCISES)} exercises of the course."
        lines.append(f"{_bar(num_passed, len(EXERCISES))} {of_all}")
    rows = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    look = " rh-right" * (done == len(here))
    return {
        "text/plain": "\n".join(lines),
        "text/html": f'<div class="rh-box{look}">{rows}</div>{page.STYLE}',
    }


def _bar(done: int, total: int) -> str:
    length = min(total, 20)
    full = max(done * length // total, min(done, 1))  # the first one shows, and the last one too
    return "▰" * full + "▱" * (length - full)


# Faces --------------------------------------------------------------------------------------------


def boxed(said: str, look: str = "") -> dict[str, str]:
    """Return words as text, and as HTML in a box; of a verdict, with its sign and colour."""
    first, *others = said.split("\n")
    verdict, words = re.fullmatch(r"(Right\.|Not yet:|Hint \d+ of \d+:)? ?(.*)", first).groups("")
    sign = {"right": "✓ ", "wrong": "✗ "}.get(look, "")
    lines = [f"<strong>{sign}{verdict}</strong> {page.with_code(words)}"]
    lines += [page.with_code(line) for line in others]
    rows = "".join(f"<p>{line}</p>" for line in lines)
    box = f'<div class="rh-box rh-still{f" rh-{look}" * bool(look)}">{rows}</div>'
    return {"text/plain": said, "text/html": box}


def highlighted(program: str) -> str:
    """Return a program as HTML, its words coloured as the page colours code."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    code = highlight(program, PythonLexer(), HtmlFormatter(nowrap=True))
    return f'<div class="rh-box"><pre>{code.rstrip()}</pre></div>'


def _next_hint(exercise: Exercise) -> str:
    number = _hinted.get(exercise.name, 0) % len(exercise.hints)
    _hinted[exercise.name] = number + 1
    return f"Hint {number + 1} of {len(exercise.hints)}: {exercise.hints[number]}"


def _buttons(exercise: Exercise) -> DOMWidget:
    """Return two buttons that do what ``hint`` and ``solution`` do, with room for what they say."""
    from ipywidgets import HTML, Box, Button

    said = HTML()
    said.add_class("rh-said")

    def say(text: str) -> None:
        said.value = text + " " * (not said.value.endswith(" "))

    hints, answer = (Button(description=each, tooltip=each) for each in ("Hint", "Solution"))
    hints.on_click(lambda _: say(boxed(_next_hint(exercise))["text/html"]))
    answer.on_click(lambda _: say(highlighted(exercise.solution)))
    return live(exercise.name, "rh-help", [Box([hints, answer]), said], [hints, answer])


# Around an examination ----------------------------------------------------------------------------


def verdict(exercise: Exercise, answer: object, seed: int) -> tuple[str, bool]:
    """Return what a check says about an answer, on the inputs of a seed, and if it is right."""
    printed = io.StringIO()
    stdout, stderr = contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed)
    try:
        with undisturbed(), stdout, stderr:
            return f"Right. {examine(exercise, answer, seed)}", True
    except Wrong as wrong:
        said = f"Not yet: {wrong}"
    except RecursionError:
        said = "Not yet: trying your answer out never came to an end; it calls itself."
    except (Exception, SystemExit) as error:  # whatever the answer does, no traceback
        said = f"Not yet: trying your answer out ended in {describe(error)}"
    lines = printed.getvalue().splitlines()
    if lines:
        said += f"\nYour code printed: {first_words(lines[0])}{' ...' if len(lines) > 1 else ''}"
    return said, False


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


# Whether there is an answer yet -------------------------------------------------------------------


def unfinished(exercise: Exercise, answer: object) -> bool:
    """Whether an answer is still what the reader is to fill in or to change.

    Whoever puts a ``print`` or an ``assert`` into a program, to look what it does, has not changed
    it yet.
    """
    with contextlib.suppress(Exception):  # an object with whims; a function without a source
        if isinstance(answer, FunctionType):
            given = _silent(ast.parse(inspect.getsource(answer)).body[0])
            return given in map(_silent, ast.parse(exercise.stub).body)
        return answer is None or has_dots(answer)
    return False


def _silent(tree: ast.AST) -> str:
    """Return a program as text, without its prints and assertions."""

    class Silence(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
            return None if ast.unparse(node).startswith("print(") else node

        def visit_Assert(self, node: ast.Assert) -> None:
            return None

    return ast.unparse(Silence().visit(tree))
