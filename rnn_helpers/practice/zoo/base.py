"""What the zoo shares: keeping a program with its bug, showing its symptom, and networks to try."""

from __future__ import annotations

import copy
import random
import re
import warnings
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from ... import WaveRNN
from ..compare import numbers, same
from ..engine import Exercise, Wrong, kind, register, undisturbed

NOTEBOOK = "08"
UNTOUCHED = "this is still the program as it was. Find the cause, mend it, and run {} again."
LAST_NAME = re.compile(r"^def (\w+)", re.MULTILINE)

SYMPTOMS: dict[str, Callable[[Callable], None]] = {}


def keep(
    name: str,
    program: str,
    show: Callable[[Callable], None],
    examine: Callable[[object, np.random.Generator], str],
    *,
    hints: tuple[str, ...],
    solution: str,
    misconceptions: dict[str, tuple[str, str]],
    cells: int = 2,
) -> None:
    """Take a program with a bug into the zoo.

    Parameters
    ----------
    name : str
        What ``symptom`` and ``check`` call it; it must not give the bug away.
    program : str
        One function, as its author would write it, with its bug.
    show : callable
        Takes the function; prints lines or shows a figure, in which the bug can be seen.
    examine, hints, solution, misconceptions
        As in ``Exercise``.
    cells : int
        1 if program, symptom and check share a cell of the notebook, else 2.
    """
    function = LAST_NAME.findall(program)[-1]
    calls = f'rh.symptom("{name}", {function})\nrh.check("{name}", {function})'
    exercise = Exercise(
        name=name,
        notebook=NOTEBOOK,
        stub=f"{program}\n\n\n{calls}",
        examine=examine,
        hints=hints,
        solution=solution,
        misconceptions=misconceptions,
        untouched=UNTOUCHED.format({1: "the cell", 2: "both cells"}[cells]),
    )
    register(exercise)
    SYMPTOMS[name] = show


def symptom(name: str, program: Callable) -> None:
    """Show what is odd about a program of the zoo: a few numbers, or a figure.

    The same program always shows the same, and the random numbers of the session stay. What the
    program itself raises comes through.

    Parameters
    ----------
    name : str
        The name of the program's exercise.
    program : callable
        The function, as it is now.
    """
    if not isinstance(name, str) or name not in SYMPTOMS:
        print(f"There is no program {name!r} in the zoo; there are {', '.join(SYMPTOMS)}.")
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


# Waves and networks for symptoms and checks ------------------------------------------------------


def rolling(num_windows: int, seq_len: int = 20) -> torch.Tensor:
    """Return windows that roll on along the wave, shape ``(num_windows, 1, seq_len + 1, 1)``."""
    number = np.arange(num_windows)[:, None] * seq_len + np.arange(seq_len + 1)
    wave = np.sin(np.deg2rad(9 * number))
    return torch.from_numpy(wave).float()[:, None, :, None]


def uniform(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    """Return random numbers between -1 and 1 as float32."""
    return torch.from_numpy(rng.uniform(-1, 1, shape)).float()


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


def trainable(value: object, what: str) -> torch.Tensor:
    """Return a value if it is a tensor of numbers that gradients flow from, or say what it is."""
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        raise Wrong(f"{what} must be a tensor that gradients flow from, but it is {kind(value)}.")
    numbers(value, what)
    return value


def remembering(rng: np.random.Generator) -> WaveRNN:
    """Return a network of the usual size in whose output the state it starts from shows."""
    model = WaveRNN().float()
    with torch.no_grad():
        for parameter in model.rnn.parameters():
            parameter.copy_(2 * parameter)
        model.fc.bias.fill_(float(rng.uniform(-0.5, 0.5)))
    return model.requires_grad_(True)


def carried_losses(rnn: WaveRNN, windows: torch.Tensor, lr: float = 0.0) -> np.ndarray:
    """Return the loss of each window, its state carried and detached, one step of SGD for each."""
    rnn, state, losses = copy.deepcopy(rnn), None, []
    optimizer = torch.optim.SGD(rnn.parameters(), lr=lr)
    for window in windows:
        prediction, state = rnn(window[:, :-1], state)
        loss = nn.functional.mse_loss(prediction, window[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        state = state.detach()
        losses.append(loss.item())
    return np.array(losses)


def only_the_optimizer_moves(model: nn.Module, before: nn.Module) -> None:
    """Say so if weights have changed although the learning rate was 0."""
    pairs = zip(model.parameters(), before.parameters(), strict=True)
    if not all(torch.equal(one, two) for one, two in pairs):
        raise Wrong(
            "with a learning rate of 0 the weights changed; only the optimizer may do that."
        )


def weights_move(losses: np.ndarray, still: np.ndarray) -> None:
    """Say so if the losses of a training are those of weights that stand still."""
    if same(losses, still):
        raise Wrong("the weights stand still; every window ends in a step of the optimizer.")
