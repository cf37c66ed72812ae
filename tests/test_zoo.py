"""The bug zoo: keeping a program, showing its symptom, and saying nothing before it is changed."""

import random
import re
import warnings

import numpy as np
import pytest
import torch

import rnn_helpers as rh
from rnn_helpers.practice import EXERCISES, engine
from rnn_helpers.practice.zoo import base

each_bug = pytest.mark.parametrize("name", base.SYMPTOMS)


def test_an_unknown_program_is_told_the_known_ones(capsys):
    rh.symptom("nonsense", print)
    assert "no program 'nonsense' in the zoo; there are low_loss, " in capsys.readouterr().out
    rh.symptom("Low loss", print)
    assert "did you mean 'low_loss'?" in capsys.readouterr().out
    rh.symptom("low_loss", 3)
    assert "needs the function itself" in capsys.readouterr().out


@each_bug
def test_the_error_of_a_program_comes_through_and_its_random_numbers_stay_its_own(name):
    def fails(*_):
        torch.rand(1)
        raise ZeroDivisionError("mine")

    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError, match="mine"):
        rh.symptom(name, fails)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_program_draws_the_same_random_numbers_each_time_and_its_warnings_are_shown():
    drawn = []

    def draws(*_):
        drawn.append((random.random(), np.random.rand(), torch.rand(1).item()))  # noqa: NPY002
        warnings.warn("a symptom", UserWarning, stacklevel=1)

    for _ in range(2):
        random.random(), np.random.rand(), torch.rand(1)  # noqa: NPY002
        with pytest.warns(UserWarning, match="a symptom"):
            rh.symptom("low_loss", draws)
    assert drawn[0] == drawn[1]


@each_bug
@pytest.mark.parametrize("value", [None, ([], []), [[1], [1, 2]], (1, 2, 3)])
def test_where_there_is_nothing_to_show_a_sentence_says_so(name, value, capsys):
    rh.symptom(name, lambda *_: value)
    assert re.fullmatch("There is nothing to show: .*\n", capsys.readouterr().out)


def test_cause_and_habit_are_folded_under_the_untouched_program_alone(monkeypatch):
    shown, exercise = [], EXERCISES["baseline"]
    monkeypatch.setattr(base, "display", lambda data, raw: shown.append(data))
    monkeypatch.setattr(base, "unfinished", lambda _, program: program is untouched)
    untouched = exercise.answer_of(exercise.program)
    rh.symptom("baseline", untouched)
    (data,) = shown
    cause, habit = base.LESSONS["baseline"]
    told = f"<strong>The cause:</strong> {cause}</p><p><strong>The habit:</strong> {habit}</p>"
    assert f"{told}</details>" in data["text/html"].partition("<details>")[2]
    assert cause not in data["text/plain"]
    rh.symptom("baseline", exercise.answer_of(exercise.solution))
    assert len(shown) == 1


def test_a_program_is_kept_once_with_its_symptom(monkeypatch):
    monkeypatch.setattr(engine, "EXERCISES", {})
    monkeypatch.setattr(base, "SYMPTOMS", {})
    data = {"solution": "2 => 1", "wrong": {}, "hints": ("Look.",), "right": "It is 1."}
    data |= {"cause": "It was <2>.", "habit": "Count."}
    base.keep("new", "def f():\n    return 2", print, cells=1, **data)
    kept, calls = engine.EXERCISES["new"], 'rh.symptom("new", f)\nrh.check("new", f)'
    assert kept.stub == f"def f():\n    return 2\n\n\n{calls}"
    assert "run the cell again" in kept.untouched
    told = "The cause: It was <2>.\nThe habit: Count."
    assert kept.right == f"It is 1.\n{told}"
    commented = "# " + told.replace("\n", "\n# ")
    assert kept.solution == f"{commented}\ndef f():\n    return 1"
    with pytest.raises(ValueError, match="already"):
        base.keep("new", "def f():\n    return 2", print, **data)
