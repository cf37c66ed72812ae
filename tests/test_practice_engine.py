"""``check``, ``hint``, ``solution`` and ``passed``, on an exercise made up for it."""

import linecache
import random
import re
import sys
import warnings
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from IPython.core.formatters import DisplayFormatter

import rnn_helpers as rh
from rnn_helpers import page
from rnn_helpers.practice import asking, engine
from rnn_helpers.practice.engine import verdict
from rnn_helpers.practice.exercise import Exercise
from rnn_helpers.practice.trace import DOTS

STUB = """\
def twice(x):
    return ..."""
TWICE = {
    "stub": STUB,
    "solution": "def twice(x):\n    return 2 * x",
    "inputs": lambda rng: [{"x": 0.0}, {"x": 3}, {"x": rng.normal()}],
    "wrong": {
        "that is x itself, {x:.3g}, not {wanted:.3g}.": "2 * x => x",
        "that is a half more, {given / x:.2f} times x.": "2 * x => 1.5 * x",
        "that is its size.": "2 * x => 2 * abs(x) + 0 * x",
        "that is a word.": "2 * x => 2 * x if x != 3 else x.size",
    },
    "hints": ("First.", "Second.", "Third."),
    "right": "Twice {x:.3g} is {wanted:.3g}.",
    "title": "Two times",
}


@pytest.fixture(autouse=True)
def two_exercises(monkeypatch):
    monkeypatch.setattr(engine, "EXERCISES", {})
    for name in ("_passed", "_hinted", "_shown"):
        monkeypatch.setattr(engine, name, type(getattr(engine, name))())
    engine.register("twice", "91", **TWICE)
    half = {name: TWICE[name].replace("twice", "half") for name in ("stub", "solution")}
    engine.register("half", "91", **TWICE | half | {"hints": ("One.",), "title": ""})


def said_of(answer, seed=1):
    return verdict(engine.EXERCISES["twice"], answer, seed)[0]


def from_a_cell(code=STUB, name="twice"):
    """Return a function whose source is at hand, as in a notebook."""
    code, file = code.partition("\nrh.check")[0], f"<cell {hash(code)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    here = {}
    exec(compile(code, file, "exec"), here)
    return here[name]


def printed(capsys, call, *arguments):
    capsys.readouterr()
    call(*arguments)
    out = capsys.readouterr()
    assert out.err == ""
    return out.out


# How answers are examined -------------------------------------------------------------------------


def test_what_does_as_a_wrong_program_meets_its_sentence_with_the_numbers_of_a_case():
    x = np.random.default_rng(1).normal()
    assert said_of(lambda x: x + 0) == f"Not yet: that is x itself, {x:.3g}, not {2 * x:.3g}."
    assert said_of(lambda x: x * 3 / 2) == "Not yet: that is a half more, 1.50 times x."
    assert said_of(lambda x: x + x) == f"Right. Twice {x:.3g} is {2 * x:.3g}."


def test_a_second_mistake_does_not_hide_the_first():
    """It does as a wrong program wherever that one differs from the solution, and more."""
    seed = next(s for s in range(20) if np.random.default_rng(s).normal() < 0)
    assert said_of(lambda x: 2 * abs(x) + (x == 3), seed) == "Not yet: that is its size."

    def as_a_word(x):  # it raises where a wrong program does, and is wrong elsewhere too
        return x.size if x == 3 else 2 * x + (x == 0)

    assert said_of(as_a_word) == "Not yet: that is a word."


def test_any_other_wrong_answer_meets_its_first_difference():
    assert said_of(lambda x: 2 * x + 1) == (
        "Not yet: with x=0, the answer should be 0; yours is 1."
    )
    assert said_of(lambda x: 2 * x + (x == 3)) == (
        "Not yet: it is right for x=0, but with x=3, the answer should be 6; yours is 7."
    )


def test_where_the_difference_would_tell_something_else_is_said():
    values = {"inputs": lambda rng: [{}], "otherwise": "not {given:g}.", "solution": "twice = 6"}
    exercise = Exercise("twice", "91", **TWICE | values | {"wrong": {}})
    assert verdict(exercise, 7, 1) == ("Not yet: not 7.", False)
    assert verdict(exercise, [1, 2], 1)[0].startswith("Not yet: the answer should be one number")


def test_cases_are_made_anew_for_each_program_and_shared_by_the_calls_of_one():
    def inputs(rng):
        shared = np.ones(2)
        return [{"x": shared}, {"x": shared}]

    exercise = Exercise("twice", "91", **TWICE | {"inputs": inputs, "wrong": {}, "right": "So."})
    assert verdict(exercise, lambda x: 2 * x, 1)[1]
    said, right = verdict(exercise, lambda x: x.__imul__(2), 1)
    assert not right
    assert said == "Not yet: your function changed x; leave it as it was."


# check --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [..., None, (..., 1), {"a": ...}, from_a_cell()])
def test_dots_are_answered_by_what_to_do(capsys, answer):
    line = f'Not yet: {DOTS} For a hint: rh.hint("twice")\n'
    assert printed(capsys, rh.check, "twice", answer) == line


PROGRAM = """\
def own(x, factor=1):
    y = factor * x
    return y"""


@pytest.mark.parametrize(
    ("old", "new", "untouched"),
    [
        ("", "", True),
        ("return y", "# what comes out\n\n    return (y)", True),
        ("return y", "print(y)\n    return y", True),
        ("return y", "assert y == x, 'odd'\n    return y", True),
        ("factor=1", "factor=2", False),
        ("return y", "print(y)\n    return 2 * y", False),
        ("return y", "y.eval()\n    return y", False),
    ],
)
def test_to_look_is_not_to_change(old, new, untouched):
    own = Exercise("own", "91", **TWICE | {"stub": PROGRAM, "solution": "own = 3", "wrong": {}})
    changed = PROGRAM.replace(old, new)
    assert engine.unfinished(own, from_a_cell(changed, "own")) == untouched


def test_a_check_is_true_or_false_and_shows_no_more_of_it():
    assert rh.check("twice", lambda x: 2 * x)
    assert not any(rh.check(name, 37) for name in ("twice", "thrice"))
    assert not rh.check("twice")
    assert DisplayFormatter().format(rh.check("twice", 37)) == ({}, {})


def test_what_is_no_function_is_told_from_one():
    for value in (torch.nn.RNN, "abc", 3, np.zeros(3)):
        assert "needs your function itself" in said_of(value)


def test_a_name_that_is_none_is_answered_by_the_names(capsys):
    for call, name in ((rh.check, "sine"), (rh.hint, None), (rh.solution, ["a"])):
        said = printed(capsys, call, name)
        assert said == f"There is no exercise {name!r}; there are twice, half.\n"
    said = "There is no exercise 'twise'; did you mean 'twice'?\n"
    assert printed(capsys, rh.hint, "twise") == said
    said = "There are no exercises of a notebook '08'; there are 91.\n"
    assert printed(capsys, rh.passed, "08") == said


def raising(error):
    def answer(x):
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("one\ntwo"), "your function raised ValueError: one"),
        (SystemExit(3), "your function raised SystemExit: 3"),
        (RecursionError(), "your function calls itself without an end."),
        (KeyError("x" * 999), f"your function raised KeyError: '{'x' * 199} ..."),
    ],
)
def test_an_error_becomes_a_sentence(error, said):
    assert re.sub("^Not yet: (with x=0, )?", "", said_of(raising(error))) == said


def test_an_interruption_is_passed_on():
    with pytest.raises(KeyboardInterrupt):
        rh.check("twice", raising(KeyboardInterrupt()))


def test_what_the_answer_prints_is_shown_where_it_helps(capsys):
    def talking(x, factor=1):
        print("x is here")
        print("more", file=sys.stderr)
        return factor * x

    said = printed(capsys, rh.check, "twice", talking)
    assert said.endswith("\nYour code printed: x is here ...\n")
    said = printed(capsys, rh.check, "twice", lambda x: talking(x, 2))
    assert said.startswith("Right. Twice")
    assert said.count("\n") == 1


# What a check leaves as it was --------------------------------------------------------------------


def disturbing(x):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(torch.get_num_threads() + 1)
    np.seterr(all="raise")
    warnings.warn("listen", stacklevel=1)
    plt.figure()
    return 2 * x


def state():
    return (
        random.getstate(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        torch.get_rng_state().tolist(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
        np.geterr(),
        plt.get_fignums(),
        sys.stdout,
        sys.stderr,
    )


@pytest.mark.parametrize("answer", [disturbing, lambda x: disturbing(x) and 1 / 0])
def test_the_session_stays_as_it_was(answer, recwarn):
    np.random.seed(77)  # noqa: NPY002 - a seed that no check uses
    before = state()
    rh.check("twice", answer)
    assert state() == before
    assert not recwarn.list


def test_gradients_work_inside_a_check_whatever_the_session_does():
    def slope(x):
        leaf = torch.tensor(float(x), requires_grad=True)
        (leaf * leaf).backward()
        return leaf.grad.item()

    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            assert said_of(slope).startswith("Right.")


# hint, solution, passed ---------------------------------------------------------------------------


def test_hints_go_round_and_the_solution_is_code_that_passes(capsys):
    said = "".join(printed(capsys, rh.hint, "twice") for _ in range(4))
    assert re.findall(r"Hint (\d) of 3: (\w+)", said) == (
        [("1", "First"), ("2", "Second"), ("3", "Third"), ("1", "First")]
    )
    code = printed(capsys, rh.solution, "twice")
    seen, twice = [], from_a_cell(code)
    for _ in range(4):
        assert rh.check("twice", lambda x: seen.append(x) or twice(x))
    assert len(set(seen)) == 2 + 4  # new inputs in each check
    assert DOTS in printed(capsys, rh.check, "twice")


@pytest.mark.parametrize(
    ("answer", "look", "sign", "words"),
    [
        (lambda x: 2 * x, "rh-right", "✓ Right.", "Twice"),
        (lambda x: x[0] < 3, "rh-wrong", "✗ Not yet:", "with x=0, your function raised"),
        (..., "rh-still", "Not yet:", "put your answer"),
    ],
)
def test_a_verdict_has_a_face_and_stays_without_a_kernel(shown, answer, look, sign, words):
    del shown[:]
    rh.check("twice", answer)
    still, widget = (output["data"] for output in shown)
    soup = BeautifulSoup(still["text/html"].replace(page.STYLE, ""), "html.parser")
    assert look in soup.div["class"]
    assert soup.strong.get_text() == sign
    assert soup.div.get_text().startswith(f"{sign} {words}")
    assert still["text/plain"].replace("\n", "") == re.sub("^[✓✗] ", "", soup.div.get_text())
    assert widget == {page.WIDGET: mock.ANY, "text/html": ""}


def test_the_buttons_do_what_the_functions_do_and_end_when_the_check_runs_again(shown, capsys):
    rh.check("twice", ...)
    *_, said, script, hints, answer = asking._live["rh-help", "twice"]
    assert script.value == page.SCRIPT
    for number, hint in ((1, "First."), (2, "Second.")):
        hints.click()
        assert f"<strong>Hint {number} of 3:</strong> {hint}" in said.value
    rh.hint("twice")
    assert shown[-1]["data"]["text/plain"] == "Hint 3 of 3: Third."
    answer.click()
    assert BeautifulSoup(said.value, "html.parser").pre.get_text() == TWICE["solution"]
    assert '<span class="nf">twice</span>' in said.value
    before = asking._live["rh-help", "twice"]
    rh.check("twice", 3)
    assert all(part.comm is None for part in before)
    assert capsys.readouterr().out == ""


def texts(shown, call, *arguments):
    """Return the texts of a progress that a call shows, and whether in the place of one before."""
    del shown[:]
    call(*arguments)
    texts = [(output["data"].get("text/plain", ""), output["update"]) for output in shown]
    return [(text, update) for text, update in texts if " of " in text]


def test_what_has_passed_is_shown_and_follows_each_check(shown, tmp_path, monkeypatch):
    none = "▱▱ 0 of 2 exercises passed in this session.\n○ Two times\n○ Half"
    one = "▰▱ 1 of 2 exercises passed in this session.\n○ Two times\n✓ Half\n"
    one += "▰▱▱ 1 of 3 exercises of the course."
    both = "▰▰ 2 of 2 exercises passed in this session.\n✓ Two times\n✓ Half\n"
    both += "▰▰▱ 2 of 3 exercises of the course."
    engine.register("third", "92", **TWICE)
    monkeypatch.chdir(tmp_path)
    assert texts(shown, rh.passed, 91) == texts(shown, rh.passed, "91") == [(none, False)]
    assert texts(shown, rh.check, "twice", lambda x: x) == []
    assert texts(shown, rh.check, "half", lambda x: 2 * x) == [(one, True)]
    assert texts(shown, rh.check, "half", lambda x: x) == []  # what has passed stays passed
    assert texts(shown, rh.check, "twice", lambda x: 2 * x) == [(both, True)]
    assert texts(shown, rh.passed, "91") == [(both, False)]
    assert list(tmp_path.iterdir()) == []  # nothing is written anywhere


def test_of_many_exercises_the_first_shows_on_the_bar_and_the_last():
    bars = [engine._bar(done, 100).count("▰") for done in (0, 1, 99, 100)]
    assert bars == [0, 1, 19, 20]


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [("twice", {}, "already"), ("new", {"wrong": {"No.": "x => y"}}, "must occur once")],
)
def test_an_exercise_that_does_not_fit_is_refused(name, changes, said):
    with pytest.raises(ValueError, match=said):
        engine.register(name, "91", **TWICE | changes)
    assert set(engine.EXERCISES) == {"twice", "half"}
