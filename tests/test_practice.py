"""Every exercise: right answers pass, misconceptions meet their own sentence, nothing raises."""

import ast
import re
import sys
import types

import numpy as np
import pytest
import torch
from practice_answers import given, said_of
from torch import nn

import rnn_helpers as rh
from rnn_helpers.practice import EXERCISES
from rnn_helpers.practice.engine import DOTS, verdict
from tools import notebooks as tool

WITH_EXERCISES = ("01", "02", "03", "04", "05", "06", "08")
SEEDS = range(6)
MISCONCEPTIONS = [(name, case) for name in EXERCISES for case in EXERCISES[name].misconceptions]
LONGEST = 460  # characters that a check may say

each_exercise = pytest.mark.parametrize("name", EXERCISES)


def notebook_of(number):
    (path,) = (tool.ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return tool.read(path)


# Right answers and misconceptions -----------------------------------------------------------------


@each_exercise
def test_the_solution_is_right(name):
    for seed in SEEDS:
        said, right = said_of(name, EXERCISES[name].solution, seed)
        assert right, said
        assert re.fullmatch(r"Right\. [A-Z0-9`].*\.", said), said


@pytest.mark.parametrize(("name", "case"), MISCONCEPTIONS)
def test_a_misconception_meets_its_own_sentence(name, case):
    cases = EXERCISES[name].misconceptions
    code, part = cases[case]
    for seed in SEEDS:
        said, right = said_of(name, code, seed)
        assert not right, said
        assert said.startswith("Not yet: "), said
        assert part in said, said
        assert len(said) < LONGEST, said
        others = [each for other, (_, each) in cases.items() if other != case and each != part]
        assert not [each for each in others if each in said], said


@each_exercise
def test_there_are_three_misconceptions_at_least_each_with_a_sentence_of_its_own(name):
    cases = EXERCISES[name].misconceptions
    assert len({part for _, part in cases.values()}) >= 3
    assert len({code for code, _ in cases.values()}) == len(cases)


# Any other answer ---------------------------------------------------------------------------------


def raises(*_):
    raise ValueError("no")


def raises_without_words(*_):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("not even a message")

    raise Mute


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


class Odd:
    shape = "odd"

    def __len__(self):
        return -1


def returning(value):
    return lambda *_, **__: value


BAD = {
    "None": None,
    "string": "abc",
    "number in a string": "37",
    "empty string": "",
    "bytes": b"37",
    "bool": True,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "complex": 3 + 4j,
    "huge": 10**400,
    "negative": -1,
    "fraction": 0.5,
    "empty list": [],
    "ragged": [[1], [1, 2]],
    "empty tuple": (),
    "empty dict": {},
    "dict of strings": {"x": "a", "r_out": (1, "b"), "h_n": 3, "prediction": None, "carry": "x"},
    "dict of NaN": {"x": (float("nan"),) * 3, "r_out": 1, "h_n": 1, "carry": float("nan")},
    "dict of tensors": {"x": (5, 7, 2), "r_out": (5, 7, 6), "h_n": torch.zeros(3)},
    "empty array": np.zeros(0),
    "array of objects": np.array([object()]),
    "array of another shape": np.zeros((3, 1, 7)),
    "tensor of NaN": torch.full((3, 4), torch.nan),
    "tensor": torch.zeros(2, 3),
    "bfloat16": torch.zeros(3, dtype=torch.bfloat16),
    "sparse": torch.zeros(3, 3).to_sparse(),
    "meta": torch.zeros(3, device="meta"),
    "module": nn.RNN(1, 6),
    "module in float64": nn.LSTM(1, 6).double(),
    "module in half": nn.Linear(1, 1).half(),
    "class": nn.RNN,
    "module of Python": np,
    "whimsical": Whimsical(),
    "odd": Odd(),
    "raises": raises,
    "raises without words": raises_without_words,
    "leaves Python": leaves,
    "recursion": without_end,
    "breaks its arguments": breaks_its_arguments,
    "takes no arguments": lambda: 1,
    "returns None": returning(None),
    "returns dots": returning(...),
    "returns two dots": returning((..., ...)),
    "returns a string": returning("x"),
    "returns a number": returning(1.5),
    "returns NaN": returning(float("nan")),
    "returns two NaN": returning((np.full(3, np.nan), torch.tensor(np.nan))),
    "returns two strings": returning(("a", "b")),
    "returns two shapes": returning((np.zeros((2, 2)), torch.zeros(1, 2, 3))),
    "returns three": returning((1, 2, 3)),
    "returns all": lambda *arguments: arguments,
    "returns its last": lambda *arguments: arguments[-1],
    "returns two Nones": returning((None, None)),
    "returns bools": returning((True, False)),
    "returns a meta tensor": returning(torch.zeros(3, device="meta")),
    "returns a sparse tensor": returning(torch.zeros(3, 3).to_sparse()),
    "returns complex": returning(torch.zeros(3, dtype=torch.complex64)),
    "returns whims": returning((Whimsical(), Whimsical())),
    "returns an odd thing": returning(Odd()),
    "returns an RNN": lambda *_: nn.RNN(1, 6, batch_first=True),
    "returns an RNN in half": lambda *_: nn.RNN(1, 6, batch_first=True).half(),
    "returns an LSTM in float64": lambda *_: nn.LSTM(1, 6, batch_first=True).double(),
    "returns nothing in it": returning((np.zeros(0), np.zeros(0))),
    "returns a generator": lambda *_: (each for each in range(2)),
    "returns a function": returning(raises),
    "returns a dict": returning({"a": 1}),
    "returns float16": returning(np.zeros(3, dtype=np.float16)),
}


@each_exercise
@pytest.mark.parametrize("case", BAD)
def test_whatever_is_given_a_check_ends_in_a_sentence(name, case):
    said, right = verdict(EXERCISES[name], BAD[case], seed=1)
    assert not right, said
    assert said.startswith("Not yet: "), said
    assert len(said) < LONGEST, said
    assert "Traceback" not in said


FUNCTIONS = [
    name
    for name, exercise in EXERCISES.items()
    if isinstance(given(exercise, exercise.solution), types.FunctionType)
]


@each_exercise
def test_none_and_dots_are_answered_by_what_to_do(name, capsys):
    exercise = EXERCISES[name]
    for answer in (None, ..., given(exercise, exercise.stub)):
        capsys.readouterr()
        rh.check(name, answer)
        said = f'Not yet: {exercise.untouched} For a hint: rh.hint("{name}")'
        assert capsys.readouterr().out.splitlines() == [said]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_no_function_is_told_from_one(name):
    for value in (nn.RNN, nn.RNN(1, 6).double(), "abc", 3, np.zeros(3)):
        said, _ = verdict(EXERCISES[name], value, 1)
        if not callable(value) or isinstance(value, type):
            assert "needs your function itself" in said


def copied(returned):
    """Return arrays that share no memory with those that came in; leave everything else."""
    if isinstance(returned, tuple | list):
        return tuple(map(copied, returned))
    return returned.copy() if isinstance(returned, np.ndarray) else returned


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_check_does_not_compare_with_what_it_handed_out(name):
    """Whoever spoils the arrays that came in, after having answered, is judged by the answer."""
    exercise = EXERCISES[name]
    answer = given(exercise, exercise.solution)

    def spoiling(*arguments):
        returned = copied(answer(*arguments))
        for each in arguments:
            if isinstance(each, np.ndarray):
                each[...] = np.nan
        return returned

    said, right = verdict(exercise, spoiling, 3)
    assert right, said


# In the notebooks ---------------------------------------------------------------------------------


def code_of(number):
    return [cell.source for cell in tool.code_cells(notebook_of(number))]


@pytest.mark.parametrize("number", WITH_EXERCISES)
def test_a_notebook_has_its_exercises_and_says_how_many_have_passed(number):
    exercises = [each for each in EXERCISES.values() if each.notebook == number]
    sources = code_of(number)
    if number == "08":
        assert 8 <= len(exercises) <= 10
    else:
        assert 3 <= len(exercises) <= 5
    checks = re.findall(r'rh\.check\("(\w+)"', "\n".join(sources))
    assert checks == [exercise.name for exercise in exercises]
    assert sources[-1] == f'rh.passed("{number}")'


@each_exercise
def test_the_committed_cells_are_the_unsolved_ones(name):
    exercise = EXERCISES[name]
    assert exercise.stub in "\n\n\n".join(code_of(exercise.notebook))


@each_exercise
def test_the_committed_check_says_not_yet_and_how_to_get_a_hint(name):
    exercise = EXERCISES[name]
    (cell,) = (
        cell
        for cell in tool.code_cells(notebook_of(exercise.notebook))
        if f'rh.check("{name}"' in cell.source
    )
    said = "".join(output.get("text", "") for output in cell.outputs)
    line = f'Not yet: {exercise.untouched} For a hint: rh.hint("{name}")\n'
    assert said == line if exercise.untouched == DOTS else said.endswith(line)


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


@each_exercise
def test_the_pieces_of_code_are_what_a_reader_would_write(name):
    exercise = EXERCISES[name]
    for code in (exercise.stub, exercise.solution):
        ast.parse(code)
        assert max(map(len, code.splitlines())) <= 100
        assert len(code.splitlines()) <= 25
    assert exercise.variable in exercise.solution
    assert 2 <= len(exercise.hints) <= 5
    assert all(re.search(r"[.?)\]]$", hint) for hint in exercise.hints)
    said = [*exercise.hints, *(part for _, part in exercise.misconceptions.values())]
    assert not [each for each in said if re.search(r"\b(?:simply|obviously)\b|!\s*$", each)]
