"""Questions to predict: choose an answer, and be told why, with the number that was measured.

A question's text and answers stand in the module of its notebook. Which answer is right is worked
out from what the notebook has measured, so neither stands in the cell that the reader runs.
"""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable
from dataclasses import dataclass

from IPython.display import display

from .trace import instead

# Widgets have no way to name a live region, which is what a screen reader announces, nor the group
# of buttons that a question belongs to; an image that never loads does it with the page's own.
ANNOUNCED = """<img hidden alt="" src="data:," onerror="
    const group = () => {
        const all = this.closest('.rh-question');
        if (!all) return;
        all.setAttribute('role', 'group');
        all.setAttribute('aria-label', all.querySelector('strong').textContent);
    };
    this.parentElement.setAttribute('role', 'status');
    [0, 300, 1000, 3000].forEach(wait => setTimeout(group, wait));  // parts of a page come in turn
">"""
# A long answer is wrapped, not cut, and the button that the keyboard is at is seen clearly.
STYLE = """<style>
    .rh-question { overflow-wrap: anywhere; }
    .rh-question button { height: auto; text-align: left;
        white-space: normal; }
    .rh-question button:focus-visible:enabled { outline: 2px solid; outline-offset: -2px; }
</style>"""


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
_asked: dict[str, list] = {}  # asking again ends the buttons that a question had


def pose(
    name: str, notebook: str, text: str, answers: tuple[str, ...]
) -> Callable[[Callable], Callable]:
    """Add a question to the course; the function below this decorator judges it.

    Raises
    ------
    ValueError
        If the name is taken, the text is no question, or there are not two to five answers that
        differ.
    """
    if name in QUESTIONS:
        raise ValueError(f"there is a question {name!r} already; give it another name.")
    if not text.endswith("?"):
        raise ValueError(f"the question {name!r} must end in a question mark.")
    if not 2 <= len(set(answers)) == len(answers) <= 5:
        raise ValueError(f"the question {name!r} must have two to five answers that differ.")

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
    TypeError
        If what was measured is not what the question needs.

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
    display({**bundle, **_buttons(question, right, why)}, raw=True)


def _judged(question: Question, measured: dict[str, object]) -> tuple[int, str]:
    """Return what the judge says, or say what is wrong with what was measured."""
    parameters = inspect.signature(question.judge).parameters
    needs = f"the question {question.name!r} needs {', '.join(parameters)}"
    if set(measured) != set(parameters):
        given = ", ".join(measured) or "nothing"
        raise TypeError(f"{needs}, by name, but {given} was given; ask as the notebook does.")
    try:
        return question.judge(**measured)
    except Exception as error:
        said = f"but what was given ended in {type(error).__name__}: {error}"
        raise ValueError(f"{needs}, as its notebook measures them, {said}.") from error


def as_text(question: Question, right: int, why: str) -> str:
    """Return a question as lines of text, the answer in the last one."""
    answers = "".join(f"\n  - {answer}" for answer in question.answers)
    return f"{question.text}{answers}\nAnswer: {question.answers[right]}. {why}"


def as_html(question: Question, right: int, why: str) -> str:
    """Return a question as HTML without a script, the answer folded."""
    items = "".join(f"<li>{html.escape(answer)}</li>" for answer in question.answers)
    answer = html.escape(f"{question.answers[right]}. {why}")
    return (
        f"<p><strong>{html.escape(question.text)}</strong></p>\n<ul>{items}</ul>\n"
        f"<details><summary>Answer</summary><p>{answer}</p></details>"
    )


def reply(question: Question, chosen: int, right: int, why: str) -> str:
    """Return what is said to a reader who has chosen an answer."""
    if chosen == right:
        return f"Right. {why}"
    return f"You chose: {question.answers[chosen]}. It is: {question.answers[right]}. {why}"


def _buttons(question: Question, right: int, why: str) -> dict:
    """Return what makes a page with a kernel show buttons."""
    from ipywidgets import HTML, Box, Button, VBox  # not before a question is asked

    from ..explorer import view

    for part in _asked.pop(question.name, []):
        part.close()
    wide = {"width": "auto", "max_width": "98%"}
    buttons = [
        Button(description=answer, tooltip=answer, layout=wide) for answer in question.answers
    ]
    said = HTML(ANNOUNCED)

    def choose(button: Button) -> None:
        chosen = buttons.index(button)
        for number, (each, answer) in enumerate(zip(buttons, question.answers, strict=True)):
            mark = "✓ " if number == right else "✗ " if number == chosen else ""
            each.description = each.tooltip = f"{mark}{answer}"
        said.value = html.escape(reply(question, chosen, right, why)) + ANNOUNCED

    for button in buttons:
        button.on_click(choose)
    text = HTML(f"{STYLE}<strong>{html.escape(question.text)}</strong>")
    row = Box(buttons, layout={"flex_flow": "row wrap"})
    box = VBox([text, row, said])
    box.add_class("rh-question")
    _asked[question.name] = [box, text, row, said, *buttons]
    return view(box)
