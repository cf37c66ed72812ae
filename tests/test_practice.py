"""Every exercise: the solution is right, each wrong program meets its sentence, nothing raises."""

import re
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from practice_answers import said_of
from torch import nn

from rnn_helpers.practice import EXERCISES
from rnn_helpers.practice import exercise as module
from rnn_helpers.practice.engine import verdict
from tools import notebooks as tool

LONGEST = 460  # characters that a check may say

each_exercise = pytest.mark.parametrize("name", EXERCISES)


def check_wrong_programs(name, seed, monkeypatch):
    """Each wrong program meets its own sentence, and this one reads well."""
    exercise, filled = EXERCISES[name], Mock(wraps=module.filled)
    monkeypatch.setattr(module, "filled", filled)
    for sentence, code in exercise.programs:
        filled.reset_mock()
        said, right = verdict(exercise, exercise.answer_of(code), seed)
        assert not right, code
        assert [call.args[0] for call in filled.call_args_list] == [sentence], f"{said}\n{code}"
        assert re.match("Not yet: (?!trying)", said), said  # the sentence could be filled in
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
    for seed in range(1, 21):
        said, right = said_of(name, "", seed)
        assert right, (seed, said)
        if seed < 4:
            check_wrong_programs(name, seed, monkeypatch)


# Any other answer ---------------------------------------------------------------------------------


def raises(*_):
    raise ValueError("no")


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
    "NaN": float("nan"),
    "huge": 10**400,
    "ragged": [[1], [1, 2]],
    "a dict of other things": {"x": "a", "r_out": (1, "b"), "h_n": 3, "carry": float("nan")},
    "a meta tensor": torch.zeros(3, device="meta"),
    "a class": nn.RNN,
    "raises": raises,
    "never ends": without_end,
    "breaks its arguments": breaks_its_arguments,
    "takes no arguments": lambda: 1,
    "returns dots": returning((..., ...)),
    "returns three things": returning((1, "x", Whimsical())),
}


@pytest.mark.parametrize("share", [0, pytest.param(1, marks=pytest.mark.slow)])
@each_exercise
def test_whatever_is_given_a_check_ends_in_a_sentence(name, share):
    """Half of it every day, the other half for each second exercise."""
    first = list(EXERCISES).index(name) + share
    for case in [*BAD][first % 2 :: 2]:
        said, right = verdict(EXERCISES[name], BAD[case], seed=1)
        assert not right, (case, said)
        assert said.startswith("Not yet: "), (case, said)
        assert len(said) < LONGEST, (case, said)


# In the notebooks ---------------------------------------------------------------------------------


def notebook_of(number):
    (path,) = (tool.ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return tool.read(path)


@each_exercise
def test_its_committed_cell_is_the_unsolved_one_and_says_how_to_get_a_hint(name):
    exercise = EXERCISES[name]
    line = f'Not yet: {exercise.untouched} For a hint: rh.hint("{name}")\n'
    assert exercise.hints
    cells = tool.code_cells(notebook_of(exercise.notebook))
    assert exercise.stub in "\n\n\n".join(cell.source for cell in cells)
    (cell,) = (cell for cell in cells if f'rh.check("{name}"' in cell.source)
    texts = [output.get("text") or output.data["text/plain"] for output in cell.outputs]
    assert line in "".join(text.rstrip() + "\n" for text in texts)
