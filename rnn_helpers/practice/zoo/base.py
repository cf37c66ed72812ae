"""What the zoo shares: keeping a program with its bug, showing its symptom, networks to try it."""

from __future__ import annotations

import html
import random
import re
import textwrap
import warnings
from collections.abc import Callable

import numpy as np
import torch
from IPython.display import display

from ...network import WaveRNN
from ..engine import EXERCISES, register, undisturbed, unfinished
from ..exercise import changed
from ..trace import Wrong, instead, kind, numbers

UNTOUCHED = "the program is still as it was. Find the cause, mend it, and run {} again."
SUMMARY = "The cause, and the habit that catches it"
SYMPTOMS: dict[str, Callable[[Callable], None]] = {}
LESSONS: dict[str, tuple[str, str]] = {}  # cause and habit


def keep(
    name: str,
    program: str,
    show: Callable,
    *,
    cause: str,
    habit: str,
    right: str,
    solution: str,
    cells: int = 2,
    **data: object,
) -> None:
    """Take a program with a bug into the zoo, under a name that does not give the bug away.

    ``program`` is one function, as its author would write it, and ``show`` takes it and prints
    lines or shows a figure in which the bug can be seen. A right answer and the solution tell
    ``cause`` and ``habit``; under the symptom of the untouched program both are folded, for readers
    without a kernel. ``cells`` is 1 if program, symptom and check share a cell of the notebook. The
    rest is as in ``Exercise``; solution and wrong repairs are changes of the program.
    """
    function = re.findall(r"^def (\w+)", program, re.MULTILINE)[-1]
    untouched = UNTOUCHED.format({1: "the cell", 2: "both cells"}[cells])
    stub = f'{program}\n\n\nrh.symptom("{name}", {function})'
    lesson = [f"The cause: {cause}", f"The habit: {habit}"]
    data |= {"right": "\n".join([right, *lesson]), "untouched": untouched}
    comments = (textwrap.wrap(each, 88) for each in lesson)
    above = "".join(f"# {line}\n" for lines in comments for line in lines)
    data["solution"] = above + changed(program, solution)
    register(name, "16", stub=stub, program=program, **data)
    SYMPTOMS[name], LESSONS[name] = show, (cause, habit)


def symptom(name: str, program: Callable) -> None:
    """Show what is odd about a program of the zoo: a few numbers, or a figure.

    The same program always shows the same, and the random numbers of the session stay. What the
    program itself raises comes through.
    """
    if not isinstance(name, str) or name not in SYMPTOMS:
        print(f"There is no program {name!r} in the zoo; {instead(name, SYMPTOMS)}")
        return
    if not callable(program):
        needed = "the function itself, not what it returns"
        print(f"There is nothing to show: a symptom needs {needed}; it was given {kind(program)}.")
        return
    try:
        with undisturbed():
            warnings.simplefilter("default", UserWarning)  # such as torch's, which are symptoms
            warnings.simplefilter("ignore", DeprecationWarning)  # of libraries; some are both
            random.seed(0)
            np.random.seed(0)  # noqa: NPY002 - for programs that use it
            torch.manual_seed(0)
            SYMPTOMS[name](program)
    except Wrong as wrong:
        print(f"There is nothing to show: {wrong}")
    if unfinished(EXERCISES[name], program):
        _fold(name)


def _fold(name: str) -> None:
    """Show cause and habit folded, as HTML without a script; as text, how to see them."""
    named = zip(("The cause:", "The habit:"), LESSONS[name], strict=True)
    told = (f"<p><strong>{what}</strong> {html.escape(said)}</p>" for what, said in named)
    folded = f"<details><summary>{SUMMARY}</summary>{''.join(told)}</details>"
    text = f'{SUMMARY}: rh.solution("{name}") tells them.'
    display({"text/html": folded, "text/plain": text}, raw=True)


# What symptoms and checks share -------------------------------------------------------------------


def read(value: object, what: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return what a program gave as an array of this shape, or raise a ``Wrong``."""
    array = numbers(value)
    if array is None:
        raise Wrong(f"{what} must be numbers, but what came is {kind(value)}.")
    if array.size == 1 and shape == ():
        return array.reshape(())
    if array.shape != shape:
        raise Wrong(f"{what} must have shape {shape}, but the shape is {array.shape}.")
    return array


def trainable(value: object, what: str) -> torch.Tensor:
    """Return a value if it is a tensor that gradients flow from, or raise a ``Wrong``."""
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        raise Wrong(f"{what} must be a tensor that gradients flow from; yours is {kind(value)}.")
    return value


def fit(
    parameters: object, loss_of: Callable[[int], torch.Tensor], num_steps: int, lr: float = 0.01
) -> list[float]:
    """Train with Adam on the loss that is returned for each step; return the losses."""
    optimizer = torch.optim.Adam(parameters, lr=lr, fused=True)
    losses = []
    for step in range(num_steps):
        loss = loss_of(step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def turning(num_windows: int, start: float = 0, step: float = 9) -> torch.Tensor:
    """Return windows that roll on along the wave, shape ``(num_windows, 1, 21, 1)``."""
    degrees = start + step * (np.arange(num_windows)[:, None] * 20 + np.arange(21))
    return torch.from_numpy(np.sin(np.deg2rad(degrees))).float()[:, None, :, None]


def remembering(rng: np.random.Generator) -> WaveRNN:
    """Return a network of the usual size in whose output the state it starts from shows."""
    model = WaveRNN().float()
    with torch.no_grad():
        for parameter in model.rnn.parameters():
            parameter.copy_(2 * parameter)
        model.fc.bias.fill_(float(rng.uniform(-0.5, 0.5)))
    return model.requires_grad_(True)
