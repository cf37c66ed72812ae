"""Answers to exercises, for the tests: code run as in the notebook, and what a check says of it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import nn

import rnn_helpers as rh
from rnn_helpers.practice import EXERCISES
from rnn_helpers.practice.engine import Exercise, verdict


def given(exercise: Exercise, code: str) -> Any:
    """Return the answer that a piece of code defines, run where the reader's cell runs."""
    here = {"np": np, "torch": torch, "nn": nn, "rh": rh}
    exec(exercise.setup, here)
    exec(code, here)
    return here[exercise.variable]


def said_of(name: str, code: str, seed: int) -> tuple[str, bool]:
    """Return what the check of an exercise says about a piece of code, and whether it is right."""
    exercise = EXERCISES[name]
    return verdict(exercise, given(exercise, code), seed)


def assert_right(name: str, code: str, seeds: Iterable[int]) -> None:
    """Fail unless the check of an exercise calls a piece of code right."""
    for seed in seeds:
        said, right = said_of(name, code, seed)
        assert right, said


def assert_refused(name: str, code: str, part: str, seeds: Iterable[int]) -> None:
    """Fail unless the check of an exercise refuses a piece of code, in words that hold a part."""
    for seed in seeds:
        said, right = said_of(name, code, seed)
        assert not right, said
        assert part in said, said
