"""Questions to predict: choose an answer, and be told why, with the number that was measured.

A question's text and answers stand in the module of its notebook. Which answer is right is worked
out from what the notebook has measured, so neither stands in the cell that the reader runs.
"""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import page
from .trace import describe, instead

if TYPE_CHECKING:
    from ipywidgets import DOMWidget


@dataclass(frozen=True)
class Question:
    """One question, its answers, and which of them is right."""

    name: str  # what ``ask`` calls it, such as "seeds helped"
    notebook: str  # the number of its notebook, such as "06"
    text: str  # it ends in a question mark
    answers: tuple[str, ...]  # two to five, each short enough for a button
    # Takes what was measured, by name; returns the index of the right answer, and why it is right,
    # a sentence or two with the measured number.
    judge: Callable[..., tuple[int, str]]


QUESTIONS: dict[str, Question] = {}
_live: dict[tuple[str, str], list] = {}  # what ``live`` has made


def pose(
    name: str, notebook: str, text: str, answers: tuple[str, ...]
) -> Callable[[Callable], Callable]:
    """Add a question to the course; the function below this decorator judges it."""
    if name in QUESTIONS:
        raise ValueError(f"there is a question {name!r} already; give it another name.")

    def add(judge: Callable[..., tuple[int, str]]) -> Callable:
        QUESTIONS[name] = Question(name, notebook, text, answers, judge)
        return judge

    return add


def ask(name: str, **measured: object) -> None:
    """Ask a question: with a kernel as buttons, elsewhere as HTML with the answer folded.

    Where there is no HTML either, it is plain text, and the answer is its last line.

    Parameters
    ----------
    name : str
        The name of the question.
    **measured : object
        What the notebook has found, from which the right answer and its number come.

    Raises
    ------
    ValueError
        If there is no such question, or it cannot be judged by what was measured.

    Examples
    --------
    >>> rh.ask("seeds helped", better=primed < cold)
    """
    if not isinstance(name, str) or name not in QUESTIONS:
        raise ValueError(f"there is no question {name!r}; {instead(name, QUESTIONS)}")
    question = QUESTIONS[name]
    right, why = _judged(question, measured)
    bundle = {"text/plain": as_text(question, right, why)}
    bundle["text/html"] = as_html(question, right, why)
    page.show(bundle, _buttons(question, right, why))


def _judged(question: Question, measured: dict[str, object]) -> tuple[int, str]:
    """Return what the judge says, or say what is wrong with what was measured."""
    try:
        return question.judge(**measured)
    except Exception as error:
        needs = ", ".join(inspect.signature(question.judge).parameters)
        raise ValueError(
            f"the question {question.name!r} needs {needs}, as its notebook measures them, but "
            f"what was given ended in {describe(error)}"
        ) from error


def as_text(question: Question, right: int, why: str) -> str:
    """Return a question as lines of text, the answer in the last one."""
    answers = "".join(f"\n  - {answer}" for answer in question.answers)
    return f"{question.text}{answers}\nAnswer: {question.answers[right]}. {why}"


def as_html(question: Question, right: int, why: str) -> str:
    """Return a question as HTML without a script, the answer folded."""
    items = "".join(f"<li>{html.escape(answer)}</li>" for answer in question.answers)
    answer = html.escape(f"{question.answers[right]}. {why}")
    return (
        f'<div class="rh-still rh-replaced"><p><strong>{html.escape(question.text)}</strong></p>\n'
        f"<ul>{items}</ul>\n<details><summary>Answer</summary><p>{answer}</p></details></div>"
    )


def reply(question: Question, tried: list[int], right: int, why: str) -> str:
    """Return what is said to a reader who has tried some answers, as HTML."""
    if tried[-1] == right:
        look, said = "right", f"✓ Right.</strong> {page.with_code(why)}"
    elif is_over(question, tried, right):
        answer = page.with_code(f"{question.answers[right]}. {why}")
        look, said = "wrong", f"✗ Not that one.</strong> It is: {answer}"
    else:
        look, said = "wrong", "✗ Not that one.</strong> Try once more."
    return f'<div class="rh-box rh-{look}"><strong>{said}</div>'


def is_over(question: Question, tried: list[int], right: int) -> bool:
    """Whether the answer is told: it was found, a second one was wrong, or only it is left."""
    return right in tried or len(tried) == min(2, len(question.answers) - 1)


def _buttons(question: Question, right: int, why: str) -> DOMWidget:
    """Return a question with a button for each answer."""
    from ipywidgets import HTML, Box, Button  # not before a question is asked

    wide = {"width": "auto", "max_width": "98%"}
    buttons = [
        Button(description=answer, tooltip=answer, layout=wide) for answer in question.answers
    ]
    said, tried = HTML(), []
    said.add_class("rh-said")

    def choose(button: Button) -> None:
        chosen = buttons.index(button)
        if not (is_over(question, tried, right) if tried else False):
            if chosen not in tried:
                tried.append(chosen)
            for number in {*tried, right} if is_over(question, tried, right) else tried:
                sign, word = ("right", "right") if number == right else ("wrong", "not that one")
                buttons[number].add_class(f"rh-{sign}")
                buttons[number].tooltip = f"{question.answers[number]}: {word}"
        said.value = reply(question, tried, right, why) + " " * (not said.value.endswith(" "))

    for button in buttons:
        button.on_click(choose)
    text = HTML(f'<strong class="rh-asked">{html.escape(question.text)}</strong>')
    row = Box(buttons, layout={"flex_flow": "row wrap"})
    return live(question.name, "rh-question", [text, row, said], buttons)


def live(name: str, look: str, parts: list[DOMWidget], buttons: list[DOMWidget]) -> DOMWidget:
    """Return a box of these parts; to show the same again ends the one before."""
    from ipywidgets import HTML, VBox

    for part in _live.pop((look, name), []):
        part.close()
    box = VBox([*parts, HTML(page.SCRIPT)]).add_class("rh-live").add_class(look)
    _live[look, name] = [box, *box.children, *buttons]
    return box
