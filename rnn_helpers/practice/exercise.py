"""An exercise as data, and the examination of an answer.

An exercise has a solution, inputs, and wrong programs, each with the sentence that it deserves. The
reader's program, the solution and, if these two differ, each wrong program run on the same inputs.
A program that does what a wrong one does meets that one's sentence; any other wrong answer meets
the first difference from the solution.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from .trace import DOTS, Case, Trace, Wrong, bare, differences, kind, trace

DEFINED = re.compile(r"^(?:def )?(\w+)(?: =|\()", re.MULTILINE)
ARROW = " => "
RIGHT_BUT = "the numbers are right, but "
SWAPPED = "yours are swapped; {} should come first, then {}."
Places = list[set[tuple]]  # for each case, where two programs differ


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise, as data; README.md beside this file shows one.

    A change is a line ``old => new``; ``old`` occurs once. Sentences may hold expressions in
    braces: they see the arguments of the last case that is wrong, ``given`` and ``wanted``, the
    first thing that came back and that should have, and the ``name`` of the first wrong one.
    """

    name: str  # what ``check`` calls it, such as "cosine"
    notebook: str  # the number of its notebook, such as "01"
    stub: str  # the cell that the reader fills in; rh.check(...) is added at its end
    solution: str  # a program that defines the same, or changes of ``program``
    # For each sentence one or several whole programs, or changes of the solution (of ``program``,
    # if there is one; "" is ``program`` itself). The more telling sentences come first.
    wrong: dict[str, str | tuple[str, ...]]
    hints: tuple[str, ...]  # from the gentle to the telling
    right: str  # what a right answer has shown
    # Yields the arguments of each call, by name, corner cases first; none where a value is asked
    # for. It is called anew for each program; what its cases share is shared by the calls of one.
    inputs: Callable[[np.random.Generator], Iterable[Case]] = lambda rng: [{}]
    # Takes program and arguments, and returns what is compared: for programs that are called more
    # than once, or of which only a property counts.
    use: Callable[..., object] | None = None
    returns: tuple[str, ...] = ("the answer",)  # names of what comes back
    exact_kind: bool = False  # whether types and dtypes must be those of the solution too
    setup: str = ""  # what the notebook has defined before, besides np, torch, nn and rh
    otherwise: str = ""  # said instead of the first difference, if that would give the answer away
    untouched: str = DOTS  # what ``check`` says as long as nothing is filled in
    program: str = ""  # with a bug; solution and wrong programs are changes of it
    title: str = ""  # what its notebook calls it, such as "A cosine"; if empty, the name
    atol: float = 1e-5  # by how much numbers may differ, besides one part in ten thousand
    programs: list[tuple[str, str]] = field(init=False)  # sentence, wrong program

    def __post_init__(self) -> None:
        """Work out all programs, so that a change that does not fit is found at once."""
        lines = "\n\n\n" if self.stub.splitlines()[-1].startswith(" ") else "\n"
        stub = f'{self.stub}{lines}rh.check("{self.name}", {self.variable})'
        solution = changed(self.program or self.solution, self.solution)
        programs = [
            (sentence, changed(self.program or solution, change))
            for sentence, each in self.wrong.items()
            for change in ((each,) if isinstance(each, str) else each)
        ]
        title = self.title or self.name.replace("_", " ").capitalize()
        made = {"stub": stub, "solution": solution, "programs": programs, "title": title}
        for name, value in made.items():
            object.__setattr__(self, name, value)

    @property
    def variable(self) -> str:
        """The name of the answer in the reader's cell."""
        return DEFINED.findall(self.stub)[-1]

    def answer_of(self, code: str) -> object:
        """Run a program, and return the answer that it defines."""
        here = {"np": np, "torch": torch, "nn": nn}
        exec(compiled("import rnn_helpers as rh\n" + self.setup), here)
        exec(compiled(code), here)
        return here[self.variable]

    def traces(self, program: object, seed: int) -> list[Trace]:
        """Return what a program does on the inputs that belong to a seed."""
        torch.default_generator.manual_seed(seed)
        cases = list(self.inputs(np.random.default_rng(seed)))  # all, before a program runs
        return [trace(program, case, self.returns, self.use) for case in cases]

    def places(self, ones: list[Trace], others: list[Trace]) -> Places:
        """Return for each case the places in which the first is not as the second."""
        pairs = zip(ones, others, strict=True)
        return [differences(*pair, self.exact_kind, self.atol) for pair in pairs]


@functools.lru_cache(maxsize=64)
def own_traces(exercise: Exercise, code: str, seed: int) -> list[Trace]:
    """Return what a program of the exercise itself does on the inputs of a seed."""
    return exercise.traces(exercise.answer_of(code), seed)


@functools.lru_cache(maxsize=64)
def own_places(exercise: Exercise, code: str, seed: int) -> Places:
    """Return for each case where a wrong program of the exercise is not as the solution."""
    wrong = own_traces(exercise, code, seed)
    places = exercise.places(wrong, own_traces(exercise, exercise.solution, seed))
    return [{("problem",)} if w.problem else p for w, p in zip(wrong, places, strict=True)]


@functools.lru_cache(maxsize=1000)
def compiled(code: str) -> object:
    """Compile a program, once."""
    return compile(code, "<exercise>", "exec")


def changed(program: str, changes: str) -> str:
    """Return a program with changes, one ``old => new`` a line; or the whole program given."""
    if changes and not all(ARROW in f"{line} " for line in changes.split("\n")):
        return changes
    for line in filter(None, changes.split("\n")):
        old, new = (f"{line} " if line.endswith(ARROW[:-1]) else line).split(ARROW)
        if program.count(old) != 1:
            raise ValueError(
                f"{old!r} must occur once, not {program.count(old)} times, in:\n{program}"
            )
        program = program.replace(old, new)
    return program


def examine(exercise: Exercise, answer: object, seed: int) -> str:
    """Return what a right answer has shown, or raise a ``Wrong`` that says what is wrong."""
    torch.default_generator.manual_seed(seed)
    cases = list(exercise.inputs(np.random.default_rng(seed)))
    solution = exercise.answer_of(exercise.solution)
    if callable(solution) and (isinstance(answer, type) or not callable(answer)):
        raise Wrong(f"the check needs your function itself, but it was given {kind(answer)}.")
    theirs, right = exercise.traces(answer, seed), own_traces(exercise, exercise.solution, seed)
    off = exercise.places(theirs, right)
    if not any(off):
        return filled(exercise.right, cases[-1], theirs[-1], right[-1])
    everything = list(zip(cases, theirs, right, strict=True))
    wrong = [i for i, places in enumerate(off) if places]
    sentence, place = _known(exercise, theirs, seed)
    if sentence is None and exercise.otherwise and _same_shapes(*everything[wrong[-1]][1:]):
        sentence, place = exercise.otherwise, wrong[-1]
    if sentence is not None:
        raise Wrong(filled(sentence, *everything[place], exercise.returns))
    said = difference(exercise, *everything[wrong[0]], off[wrong[0]])
    fits = [shown(case) for case, places in zip(cases, off, strict=True) if not places]
    if fits and fits[0] not in ("", shown(cases[wrong[0]])):
        said = f"it is right for {fits[0]}, but {said.removeprefix(RIGHT_BUT)}"
    raise Wrong(said)


def _known(exercise: Exercise, theirs: list[Trace], seed: int) -> tuple[str | None, int]:
    """Return the sentence of the wrong program that does the same, if there is one, and a case.

    One that does the same everywhere comes first, then whether two things are swapped, then one
    that does the same wherever it differs from the solution; the answer then has another mistake
    too. The case is the last that shows this one: corner cases come first, and an ordinary one
    makes a better example.
    """
    partly = None, 0
    for sentence, code in exercise.programs:
        wrong = own_traces(exercise, code, seed)
        pairs = zip(exercise.places(theirs, wrong), theirs, wrong, strict=True)
        off = [places | {("habits", h) for h in w.habits - t.habits} for places, t, w in pairs]
        telling = own_places(exercise, code, seed)
        place = max((i for i, places in enumerate(telling) if places), default=0)
        if not any(off):
            return sentence, place
        if any(telling) and not any(a & b for a, b in zip(telling, off, strict=True)):
            partly = partly if partly[0] else (sentence, place)
    turned = [t._replace(parts=t.parts[::-1], kinds=t.kinds[::-1]) for t in theirs]
    if not any(exercise.places(turned, own_traces(exercise, exercise.solution, seed))):
        return SWAPPED.format(*exercise.returns), 0
    return partly


def _same_shapes(theirs: Trace, right: Trace) -> bool:
    pairs = zip(theirs.parts, right.parts, strict=False)  # there is none if there is a problem
    return bool(theirs.parts) and all(bare(a, b).shape == b.shape for a, b in pairs)


def difference(
    exercise: Exercise, case: Case, theirs: Trace, right: Trace, places: set[tuple]
) -> str:
    """Say the first difference from the solution that can be seen."""
    with_ = f"with {shown(case)}, " if shown(case) else ""
    if theirs.problem:
        return theirs.problem if theirs.problem == DOTS else with_ + theirs.problem
    everything = zip(exercise.returns, theirs.parts, right.parts, strict=True)
    for k, (name, given, wanted) in enumerate(everything):
        given = bare(given, wanted)
        if given.shape != wanted.shape:
            should = f"have shape {wanted.shape}" if wanted.ndim else "be one number"
            return f"{with_}{name} should {should}; yours has shape {given.shape}."
        if exercise.exact_kind and theirs.kinds[k] != right.kinds[k]:
            return f"{name} should be {right.kinds[k]}; yours is {theirs.kinds[k]}."
        wrong = ~np.isclose(given, wanted, 1e-4, exercise.atol, equal_nan=True)
        if wrong.any():
            i = tuple(int(n) for n in np.argwhere(wrong)[0])
            should, found = told_apart(wanted[i], given[i])
            return f"{with_}{name}{list(i) or ''} should be {should}; yours is {found}."
    habits = [place[1] for place in places if place[0] == "habits"]
    if habits:  # what was done to a network before what was done to its parts
        return f"{RIGHT_BUT}{min(habits, key=len)}."
    name, value = list(case.items())[next(i for field, i in sorted(places) if field == "left")]
    if isinstance(value, nn.Module):
        return f"{with_}the weights of {name} do not end where they should."
    return f"your function changed {name}; leave it as it was."


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with three digits, or as many as it takes to see a difference."""
    whole = len(f"{max(abs(one), abs(other)):.0f}")
    for digits in range(max(3, whole if whole < 9 else 3), 12):
        texts = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def shown(case: Case) -> str:
    """Return arguments in words: numbers by their value, two arrays by their shape."""
    words = []
    for name, value in case.items():
        if value is None or isinstance(value, int | float | complex | np.number):
            words.append(f"{name}={value}" if value is None else f"{name}={value:g}")
        elif isinstance(value, np.ndarray | torch.Tensor) and sum("shape" in w for w in words) < 2:
            words.append(f"{name} of shape {tuple(value.shape)}")
    return " and ".join(words)


def filled(
    sentence: str, case: Case, theirs: Trace, right: Trace, names: tuple[str, ...] = ()
) -> str:
    """Return a sentence with its {expressions} worked out."""
    here = {"np": np, **{k: _plain(v) for k, v in case.items()}}
    here["given"], here["wanted"] = (
        _plain(t.parts[0]) if t.parts else None for t in (theirs, right)
    )
    wrong = [place[1] for place in differences(theirs, right, False, 1e-5) if place[0] == "parts"]
    here["name"] = names[min(wrong)] if names and wrong else ""
    return eval(f"f{sentence!r}", here) if "{" in sentence else sentence


def _plain(value: object) -> object:
    """Return NumPy's numbers as Python's, which print as a reader writes them."""
    return value.item() if isinstance(value, np.generic | np.ndarray) and value.size == 1 else value
