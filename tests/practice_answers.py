"""Tests of answers that are right, or wrong, in ways that the exercises do not name themselves."""

import re
from collections.abc import Callable

import pytest

from rnn_helpers.practice import QUESTIONS
from rnn_helpers.practice.engine import EXERCISES, verdict
from rnn_helpers.practice.exercise import changed

SEEDS = pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
Answers = dict[str, dict[str, str] | tuple[str, ...]]


def said_of(name: str, code: str, seed: int) -> tuple[str, bool]:
    """Return what a check says about a program, or about changes of the solution."""
    exercise = EXERCISES[name]
    code = changed(exercise.solution, code)
    return verdict(exercise, exercise.answer_of(code), seed)


def other_answers(right: Answers, wrong: Answers) -> tuple[Callable, Callable]:
    """Return two tests: other right answers are called right, other wrong ones are refused.

    Parameters
    ----------
    right : dict of str to tuple of str
        For each exercise other programs, or changes of the solution, that do what is asked for.
    wrong : dict of str to dict of str to str
        For each exercise such programs that do not, each with a part of what must be said.
    """

    @SEEDS
    @pytest.mark.parametrize(("name", "code"), [(n, c) for n in right for c in right[n]])
    def test_another_right_answer(name, code, seed):
        said, is_right = said_of(name, code, seed)
        assert is_right, said

    @SEEDS
    @pytest.mark.parametrize(
        ("name", "code", "part"), [(n, c, part) for n in wrong for c, part in wrong[n].items()]
    )
    def test_another_wrong_answer(name, code, part, seed):
        said, is_right = said_of(name, code, seed)
        assert not is_right
        assert part in said

    return test_another_right_answer, test_another_wrong_answer


def each_answer_decided(measured: dict[str, list[tuple]]) -> Callable:
    """Return a test: what was measured decides which answer of a question is right.

    ``measured`` has for each question what makes each of its answers right, in their order: the
    argument of its judge, or a tuple of several. The reasons are outputs of the notebooks.
    """

    @pytest.mark.parametrize("name", measured)
    def test_what_is_measured_decides(name):
        question = QUESTIONS[name]
        cases = [case if isinstance(case, tuple) else (case,) for case in measured[name]]
        judged = [question.judge(*case) for case in cases]
        assert [right for right, _ in judged] == list(range(len(question.answers)))
        assert all(re.search(r"\d.*\.$", why) for _, why in judged)

    return test_what_is_measured_decides
