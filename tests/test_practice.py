"""Every exercise: the solution is right, each wrong program meets its sentence, nothing raises."""

import ast
import re
import sys

import numpy as np
import pytest
import torch
from practice_answers import said_of
from torch import nn

import rnn_helpers as rh
from rnn_helpers.practice import EXERCISES
from rnn_helpers.practice import exercise as module
from rnn_helpers.practice.engine import verdict
from rnn_helpers.practice.trace import DOTS
from tools import notebooks as tool

WITH_EXERCISES = sorted({exercise.notebook for exercise in EXERCISES.values()})
LONGEST = 460  # characters that a check may say

each_exercise = pytest.mark.parametrize("name", EXERCISES)


def check_wrong_programs(name, seed, monkeypatch):
    """Each wrong program meets its own sentence, and this one reads well."""
    exercise, chosen = EXERCISES[name], []
    fill = module.filled
    monkeypatch.setattr(
        module, "filled", lambda text, *rest: chosen.append(text) or fill(text, *rest)
    )
    for sentence, code in exercise.programs:
        chosen.clear()
        said, right = verdict(exercise, exercise.answer_of(code), seed)
        assert not right, code
        assert chosen == [sentence], f"{said}\n{code}"
        assert said.startswith("Not yet: "), said
        assert len(said) < LONGEST, said
        assert not re.search(r"np\.\w+\(|tensor\(|[{}]|nan\b|\w{9}\d{9}", said), said


@each_exercise
def test_the_solution_is_right_and_wrong_programs_are_told_apart(name, monkeypatch):
    said, right = said_of(name, "", seed=0)
    assert right, said
    assert re.fullmatch(r"(?s)Right\. [A-Z0-9`].*\.", said), said
    solution = EXERCISES[name].answer_of(EXERCISES[name].solution)
    assert not [each.problem for each in EXERCISES[name].traces(solution, 0) if each.problem]
    check_wrong_programs(name, 0, monkeypatch)


@pytest.mark.slow
@each_exercise
def test_on_any_inputs(name, monkeypatch):
    for seed in range(1, 60):
        said, right = said_of(name, "", seed)
        assert right, (seed, said)
        if seed < 6:
            check_wrong_programs(name, seed, monkeypatch)


@each_exercise
def test_its_data_is_what_a_reader_can_use(name):
    exercise = EXERCISES[name]
    assert len(exercise.wrong) >= 3
    assert 2 <= len(exercise.hints) <= 5
    assert all(re.search(r"[.?)\]]$", hint) for hint in exercise.hints)
    assert exercise.variable in exercise.solution
    for code in (exercise.stub, exercise.solution):
        ast.parse(code)
        assert max(map(len, code.splitlines())) <= 100
        assert len(code.splitlines()) <= 25


# Any other answer ---------------------------------------------------------------------------------


def raises(*_):
    raise ValueError("no")


def leaves(*_):
    sys.exit(3)


def without_end(*arguments):
    return without_end(*arguments)


def breaks_its_arguments(*arguments):
    for each in arguments:
        if isinstance(each, torch.Tensor | np.ndarray):
            each[...] = 0
        elif isinstance(each, nn.Module):
            for parameter in each.parameters():
                parameter.data.fill_(float("nan"))
    return arguments[0]


class Whimsical:
    @property
    def shape(self):
        raise RuntimeError("no shape")

    def __array__(self, *_, **__):
        raise RuntimeError("no array")


def returning(value):
    return lambda *_, **__: value


BAD = {
    "a string": "37",
    "a bool": True,
    "NaN": float("nan"),
    "huge": 10**400,
    "an empty list": [],
    "ragged": [[1], [1, 2]],
    "a dict of other things": {"x": "a", "r_out": (1, "b"), "h_n": 3, "carry": float("nan")},
    "objects": np.array([object()]),
    "a tensor of NaN": torch.full((3, 4), torch.nan),
    "a meta tensor": torch.zeros(3, device="meta"),
    "a module": nn.RNN(1, 6),
    "a class": nn.RNN,
    "whims": Whimsical(),
    "raises": raises,
    "leaves Python": leaves,
    "never ends": without_end,
    "breaks its arguments": breaks_its_arguments,
    "takes no arguments": lambda: 1,
    "returns None": returning(None),
    "returns dots": returning((..., ...)),
    "returns two of NaN": returning((np.full(3, np.nan), torch.tensor(np.nan))),
    "returns three things": returning((1, "x", Whimsical())),
    "returns what came in": lambda *arguments: arguments,
}


@pytest.mark.parametrize("share", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 2))])
@each_exercise
def test_whatever_is_given_a_check_ends_in_a_sentence(name, share):
    """A third of it every day, another third for each exercise in turn; the rest is slow."""
    first = list(EXERCISES).index(name) + share
    for case in [*BAD][first % 3 :: 3]:
        said, right = verdict(EXERCISES[name], BAD[case], seed=1)
        assert not right, (case, said)
        assert said.startswith("Not yet: "), (case, said)
        assert len(said) < LONGEST, (case, said)
        assert "Traceback" not in said, case


# In the notebooks ---------------------------------------------------------------------------------


def notebook_of(number):
    (path,) = (tool.ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return tool.read(path)


def code_of(number):
    return [cell.source for cell in tool.code_cells(notebook_of(number))]


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_a_notebook_has_its_exercises_in_order_and_says_how_many_have_passed(number):
    sources = code_of(number)
    checks = re.findall(r'rh\.check\("(\w+)"', "\n".join(sources))
    assert checks == [each.name for each in EXERCISES.values() if each.notebook == number]
    assert sources[-1] == f'rh.passed("{number}")'


def plain_texts(cell):
    """Return what a page without pictures and HTML shows of a cell's outputs."""
    return [output.get("text") or output.data["text/plain"] for output in cell.outputs]


@each_exercise
def test_its_committed_cell_is_the_unsolved_one_and_says_how_to_get_a_hint(name, capsys):
    exercise = EXERCISES[name]
    line = f'Not yet: {exercise.untouched} For a hint: rh.hint("{name}")\n'
    assert exercise.stub in "\n\n\n".join(code_of(exercise.notebook))
    (cell,) = (
        cell
        for cell in tool.code_cells(notebook_of(exercise.notebook))
        if f'rh.check("{name}"' in cell.source
    )
    said = "".join(text.rstrip() + "\n" for text in plain_texts(cell))
    assert said == line if exercise.untouched == DOTS else line in said
    for answer in (None, ..., exercise.answer_of(exercise.stub.partition("\nrh.")[0])):
        capsys.readouterr()
        rh.check(name, answer)
        assert capsys.readouterr().out == line


def lines_that_tell(code):
    """Return the lines of a piece of code that say how, each without its spaces."""
    lines = [line.split("  #")[0].strip() for line in code.splitlines()]
    plain = r"(?:def|import|return \w+$|\w+ = \[\]$|with torch\.no_grad|for .* in |else:|$)"
    return {line.replace(" ", "") for line in lines if not re.match(plain, line)}


@each_exercise
def test_no_text_of_its_notebook_holds_the_solution(name):
    exercise = EXERCISES[name]
    telling = lines_that_tell(exercise.solution) - lines_that_tell(exercise.stub)
    notebook = notebook_of(exercise.notebook)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not [line for line in telling if len(line) > 8 and line in prose.replace(" ", "")]
    sources = map(lines_that_tell, code_of(exercise.notebook))
    assert not [lines for lines in sources if telling and telling <= lines]
