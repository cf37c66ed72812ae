"""Exercises and questions of notebook 04: the size of a step, and the loop with its state."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn

from .. import WaveRNN
from .asking import Question, pose
from .compare import changed, explain, network, numbers, one_number, same, several, tried, weights
from .engine import DOTS, Exercise, Wrong, kind, register

Windows = list[tuple[torch.Tensor, torch.Tensor]]  # x and y of each, (batch, seq_len, 1)

# Questions to predict -----------------------------------------------------------------------------


def _judge_fall(first: float, last: float) -> tuple[int, str]:
    right = sum(first / last > bound for bound in (10, 100, 1000))
    return right, f"The loss goes from {first:.1g} to {last:.1g}."


pose(
    Question(
        name="fall of the loss",
        notebook="04",
        text="By what factor will the loss of this network fall from the first window to the last?",
        answers=("Less than 10", "10 to 100", "100 to 1000", "More than 1000"),
        judge=_judge_fall,
    )
)


def _judge_reset(carried: float, reset: float) -> tuple[int, str]:
    right = sum(reset / carried > bound for bound in (1 / 1.5, 1.5, 10))
    return right, f"The medians of the last losses are {carried:.1g} carried and {reset:.1g} reset."


pose(
    Question(
        name="price of a reset",
        notebook="04",
        text="Will the reset networks end with a larger loss than the carried ones?",
        answers=(
            "No, with a smaller one",
            "No, the two are about equal",
            "Yes, up to 10 times as large",
            "Yes, more than 10 times as large",
        ),
        judge=_judge_reset,
    )
)

# Exercise 1: the size of a step -------------------------------------------------------------------

OPTIMIZERS = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam}


def _growth(optimizer: type, rng: np.random.Generator) -> float:
    """Return by which factor the first step of an optimizer grows if the loss grows tenfold."""
    rnn, ((x, y),) = network(rng), _windows(rng, 1)
    lengths = []
    for factor in (1, 10):
        model = copy.deepcopy(rnn)
        (factor * nn.functional.mse_loss(model(x)[0], y)).backward()
        optimizer(model.parameters(), lr=0.01).step()
        lengths.append(np.linalg.norm(weights(model) - weights(rnn)))
    return lengths[1] / lengths[0]


def _examine_step_size(answer: object, rng: np.random.Generator) -> str:
    if not isinstance(answer, dict):
        raise Wrong(f"factors must be a dict with SGD and Adam, but it is {kind(answer)}.")
    missing = [name for name in OPTIMIZERS if name not in answer]
    if missing:
        raise Wrong(f"factors has no {missing[0]!r}.")
    given = np.array([one_number(answer[name], f"the factor of {name}") for name in OPTIMIZERS])
    right = np.array([_growth(optimizer, rng) for optimizer in OPTIMIZERS.values()])  # 10 and 1
    instead = [
        (
            (1, 10),
            "the two are the wrong way round: SGD multiplies the gradient by the learning rate, "
            "and does nothing else with it.",
        ),
        (
            (10, 10),
            "SGD is right. Adam also divides by the size that the gradient has had, and that has "
            "grown too.",
        ),
        (
            (1, 1),
            "Adam is right. SGD divides by nothing: its step is the learning rate times the "
            "gradient.",
        ),
        (
            (100, 1),
            "Adam is right. The loss holds a square, but the 10 stands outside of it: gradients "
            "grow as the loss does.",
        ),
        (
            (10, 10**0.5),
            "SGD is right. Adam divides by the root of a running square, and the root of a square "
            "grows by the full factor.",
        ),
        (
            (10, 0.1),
            "SGD is right. In Adam the mean gradient grows as much as what divides it; you counted "
            "the divisor alone.",
        ),
    ]
    (sgd, adam), fits = given, [same(*pair, atol=0.01) for pair in zip(given, right, strict=True)]
    if fits[0]:
        otherwise = f"SGD is right. Adam is not: its step does not become {adam:g} times as long."
    elif fits[1]:
        otherwise = f"Adam is right. SGD is not: its step does not become {sgd:g} times as long."
    else:
        otherwise = (
            f"neither is right: SGD's step does not become {sgd:g} times as long, and Adam's not "
            f"{adam:g} times."
        )
    explain(given, right, instead, otherwise, atol=0.01)
    return (
        "SGD's step follows the size of the loss. Adam's does not, which is one reason why the "
        "same learning rate suits many tasks."
    )


def _factors(sgd: object, adam: object) -> str:
    return f'factors = {{"SGD": {sgd}, "Adam": {adam}}}'


register(
    Exercise(
        name="step_size",
        notebook="04",
        stub="""\
factors = {"SGD": ..., "Adam": ...}
rh.check("step_size", factors)""",
        examine=_examine_step_size,
        hints=(
            "Ten times the loss has ten times the gradient.",
            "SGD's step is lr times the gradient. Write Adam's first step in the same way.",
            "Adam's first step is lr * g / (sqrt(g * g) + 1e-8). What is left of the size of g?",
        ),
        solution=_factors(10, 1),
        misconceptions={
            "swapped": (_factors(1, 10), "wrong way round"),
            "Adam as SGD": (_factors(10, 10), "Adam also divides"),
            "SGD as Adam": (_factors(1, 1), "SGD divides by nothing"),
            "factor squared": (_factors(100, 1), "stands outside of it"),
            "root of the factor": (_factors(10, "np.sqrt(10)"), "root of a running square"),
            "divisor alone": (_factors(10, 0.1), "counted the divisor alone"),
        },
    )
)

# What two exercises train on, and with ------------------------------------------------------------


def _windows(rng: np.random.Generator, number: int, batch: int = 1) -> Windows:
    """Return windows that roll on along waves of a spacing that nobody knows."""
    spacing, seq_len = rng.uniform(0.2, 0.5), int(rng.integers(8, 14))
    starts = rng.uniform(0, 6, (batch, 1))
    windows = []
    for first in range(0, number * seq_len, seq_len):
        angles = starts + spacing * (first + np.arange(seq_len + 1))
        wave = torch.from_numpy(np.sin(angles)).float()[:, :, None]
        windows.append((wave[:, :-1], wave[:, 1:]))
    return windows


class _Trainee:
    """A copy of a network with an optimizer of its own, and what it has gone through."""

    def __init__(self, rnn: WaveRNN) -> None:
        self.rnn = copy.deepcopy(rnn)
        self.optimizer = torch.optim.SGD(self.rnn.parameters(), lr=0.2)
        self.gradients = self.steps = self.windows = 0
        self.stepped_too_early = self.made_anew = False
        self.expected = weights(self.rnn)  # as the last step of the optimizer left them
        self.optimizer.register_step_post_hook(self._count_step)
        for parameter in self.rnn.parameters():
            parameter.register_hook(self._count_gradient)
        # A function, since a copy of the network would copy the object of a method too.
        self.rnn.rnn.register_forward_pre_hook(lambda module, _: self._count_window(module))

    def _count_step(self, *_: object) -> None:
        self.steps += 1
        self.stepped_too_early |= not self.gradients
        self.expected = weights(self.rnn)

    def _count_gradient(self, _: torch.Tensor) -> None:
        self.gradients += 1

    def _count_window(self, module: nn.Module) -> None:
        if module is self.rnn.rnn and (self.steps or not self.windows):
            self.made_anew |= not np.array_equal(weights(self.rnn), self.expected)
        self.windows += module is self.rnn.rnn

    def taught(self, answer: object, explained: dict[str, str], *arguments: object) -> object:
        """Hand itself to the reader's function; return what comes back."""
        return tried(explained, answer, self.rnn, self.optimizer, *arguments)

    def step(
        self, x: torch.Tensor, y: torch.Tensor, hidden: torch.Tensor | None, zero: bool = True
    ) -> tuple[float, torch.Tensor]:
        """Train on one window as the notebook does; return its loss and the state."""
        prediction, hidden = self.rnn(x, hidden)
        loss = nn.functional.mse_loss(prediction, y)
        if zero:
            self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item(), hidden.detach()


def _apart(*values: float) -> list[str]:
    """Return numbers with four digits, or with as many as it takes to tell them apart."""
    for digits in range(4, 12):
        texts = [f"{value:.{digits}f}" for value in values]
        if len(set(texts)) == len(texts):
            break
    return texts


# What PyTorch says when a gradient goes back into a window before.
SECOND_TIME, CHANGED_SINCE = "backward through the graph a second time", "inplace operation"

# Exercise 2: one step of training -----------------------------------------------------------------

UNUSED = (
    "the state that came in was not used, so every window starts from zeros; hand it to rnn with x."
)
NOT_DETACHED = (
    "the state was not detached: it keeps PyTorch's record of all windows before, so memory would "
    "grow with every window, and here the next gradient failed on its way back into that record."
)


def _examine_train_step(answer: object, rng: np.random.Generator) -> str:
    while True:  # until no two of the losses, right and wrong, are nearly equal
        batch, layers = int(rng.integers(2, 4)), int(rng.integers(1, 3))
        rnn, windows = network(rng, layers), _windows(rng, 3, batch)
        shape = layers, batch, rnn.rnn.hidden_size
        hidden = torch.from_numpy(rng.uniform(-0.9, 0.9, shape)).float()
        right, instead = _losses(rnn, *windows[0], hidden)
        values = np.sort([right, *(loss for loss, _ in instead)])
        if (values[1:] > 1.01 * values[:-1]).all():
            break

    reader = _Trainee(rnn)
    theirs = _examine_one_window(answer, reader, rnn, windows[0], hidden, instead)
    _examine_the_next(answer, reader, rnn, windows, hidden, theirs)
    _examine_none(answer, rnn, *windows[0])
    return "Three windows in a row moved the weights exactly as the notebook's loop does."


def _copies(*tensors: torch.Tensor) -> list[torch.Tensor]:
    return [tensor.clone() for tensor in tensors]


def _loss_and_state(returned: object) -> tuple[float, torch.Tensor]:
    """Return loss and state out of what a training step returned, or say what it is instead."""
    loss, hidden = several(returned, "the loss", "the state")
    if isinstance(loss, torch.Tensor) and loss.dim() == 3:
        raise Wrong("the loss comes first, then the state.")
    if not isinstance(hidden, torch.Tensor):
        raise Wrong(f"the state must be a tensor, but it is {kind(hidden)}.")
    if isinstance(loss, torch.Tensor) and loss.requires_grad:
        raise Wrong(
            "the loss that you return is a tensor with the record of how it was computed; "
            "loss.item() is the number alone."
        )
    return one_number(loss, "the loss"), hidden


def _losses(
    rnn: WaveRNN, x: torch.Tensor, y: torch.Tensor, hidden: torch.Tensor
) -> tuple[float, list[tuple[float, str]]]:
    """Return the loss of a window, and those that known mistakes give, with what to say of each."""
    trained = _Trainee(rnn)
    right, _ = trained.step(x, y, hidden)
    with torch.no_grad():
        prediction, cold, after = rnn(x, hidden)[0], rnn(x)[0], trained.rnn(x, hidden)[0]
    mse = nn.functional.mse_loss
    instead = [
        (mse(cold, y).item(), UNUSED),
        (
            mse(prediction, x).item(),
            "the loss compares the predictions with x, what went in; the labels are y.",
        ),
        (
            mse(prediction, y, reduction="sum").item(),
            "that loss is a sum; nn.MSELoss takes the mean.",
        ),
        (
            mse(after, y).item(),
            "that is the loss after the step; return the loss from before, which caused it.",
        ),
    ]
    return right, instead


def _examine_one_window(
    answer: object,
    reader: _Trainee,
    rnn: WaveRNN,
    window: tuple[torch.Tensor, torch.Tensor],
    hidden: torch.Tensor,
    instead: list[tuple[float, str]],
) -> torch.Tensor:
    """Try the reader's function on one window; return the state that it returns."""
    x, y = window
    right = _Trainee(rnn)
    right_loss, end = right.step(x, y, hidden)
    with torch.no_grad():
        _, cold_end = rnn(x)

    loss, state = _loss_and_state(reader.taught(answer, {}, *_copies(x, y, hidden)))
    if state.shape != hidden.shape:
        also = ": that is the prediction's shape" if state.shape == y.shape else ""
        raise Wrong(
            f"the state that you return has shape {tuple(state.shape)}{also}; the state has shape "
            f"(num_layers, batch, hidden_size) = {tuple(hidden.shape)}."
        )
    values = numbers(state, "the state that you return")
    wanted, found = _apart(right_loss, loss)
    explain(
        np.array(loss),
        np.array(right_loss),
        instead,
        f"the loss should be {wanted}, the mean squared error before the step; it is {found}.",
    )
    if not reader.gradients:
        raise Wrong("no gradient was computed: loss.backward() is missing.")
    if not reader.steps and not np.array_equal(weights(reader.rnn), weights(rnn)):
        raise Wrong(
            "the weights moved, but not by the optimizer that was handed in; it remembers the "
            "steps before."
        )
    if not reader.steps:
        raise Wrong(
            "gradients were computed, but the optimizer took no step: optimizer.step() is missing."
        )
    if reader.steps > 1:
        raise Wrong(f"the optimizer took {reader.steps} steps for one window; one is asked for.")
    unmoved = (
        "the step came before loss.backward(), so it had no gradients to use."
        if reader.stepped_too_early
        else "the step moved no weight: the gradients were set to zero between loss.backward() and "
        "optimizer.step()."
    )
    explain(
        weights(reader.rnn),
        weights(right.rnn),
        [(weights(rnn), unmoved)],
        "the loss is right, but the weights moved in another way than by its gradient.",
        atol=1e-6,
    )
    explain(
        values,
        numbers(end),
        [
            (
                numbers(hidden),
                "the state that you return is the one that came in; return the one that rnn gave "
                "back.",
            ),
            (
                np.zeros(hidden.shape),
                "the state that you return is all zeros: detach keeps the values.",
            ),
            (numbers(cold_end), UNUSED),
        ],
        "the state that you return is not the one with which this window ended.",
    )
    return state


def _examine_the_next(
    answer: object,
    reader: _Trainee,
    rnn: WaveRNN,
    windows: Windows,
    hidden: torch.Tensor,
    theirs: torch.Tensor,
) -> None:
    """Go on with the state that the reader's function returned, as a training loop does."""
    right, greedy = _Trainee(rnn), _Trainee(rnn)
    added = (
        "the first step is right, but gradients add up from window to window: "
        "optimizer.zero_grad() is missing."
    )
    into_the_past = {SECOND_TIME: NOT_DETACHED, CHANGED_SINCE: NOT_DETACHED}
    ours = summed = hidden
    for number, (x, y) in enumerate(windows):
        _, ours = right.step(x, y, ours)
        _, summed = greedy.step(x, y, summed, zero=False)
        if number == 0:
            continue  # the reader's network has taken this step already
        returned = reader.taught(answer, into_the_past, *_copies(x, y), theirs)
        _, theirs = _loss_and_state(returned)
        explain(
            weights(reader.rnn),
            weights(right.rnn),
            [(weights(greedy.rnn), added)],
            "the first step is right, but a later one is not: something is left over from the one "
            "before.",
            atol=1e-6,
        )


def _examine_none(answer: object, rnn: WaveRNN, x: torch.Tensor, y: torch.Tensor) -> None:
    """Begin with None, as the first window does."""
    begins = "it works, but not for hidden=None, with which the first window begins: "
    try:
        loss, _ = _loss_and_state(_Trainee(rnn).taught(answer, {}, *_copies(x, y), None))
    except Wrong as wrong:
        raise Wrong(begins + str(wrong)) from None
    right, _ = _Trainee(rnn).step(x, y, None)
    if not same(loss, right):
        wanted, found = _apart(right, loss)
        raise Wrong(f"{begins}from zeros the loss should be {wanted}; it is {found}.")


ZERO, DETACH, BACKWARD, STEP = (
    "    optimizer.zero_grad()\n",
    "    hidden = hidden.detach()\n",
    "    loss.backward()\n",
    "    optimizer.step()\n",
)
TRAIN_STEP = f"""\
def train_step(rnn, optimizer, x, y, hidden):
    prediction, hidden = rnn(x, hidden)
{DETACH}    loss = criterion(prediction, y)
{ZERO}{BACKWARD}{STEP}    return loss.item(), hidden"""

register(
    Exercise(
        name="train_step",
        notebook="04",
        setup="criterion = nn.MSELoss()",
        stub="""\
def train_step(rnn, optimizer, x, y, hidden):
    ...
    return ..., ...  # the loss as a number, the state


rh.check("train_step", train_step)""",
        examine=_examine_train_step,
        hints=(
            "Six lines of the loop in section 3 are about one window.",
            "Carry: the state goes in and comes out. Detach: keep its values, drop its history.",
            "The order is: prediction and state, detach, loss, zero_grad, backward, step.",
        ),
        solution=TRAIN_STEP,
        misconceptions={
            "not detached": (changed(TRAIN_STEP, (DETACH, "")), "was not detached"),
            "record kept": (
                changed(TRAIN_STEP, (DETACH, ""), ("backward()", "backward(retain_graph=True)")),
                "was not detached",
            ),
            "no zero_grad": (changed(TRAIN_STEP, (ZERO, "")), "zero_grad() is missing"),
            "zero after backward": (
                changed(TRAIN_STEP, (ZERO, ""), (BACKWARD, BACKWARD + ZERO)),
                "between loss.backward()",
            ),
            "step before backward": (
                changed(TRAIN_STEP, (BACKWARD + STEP, STEP + BACKWARD)),
                "the step came before loss.backward()",
            ),
            "optimizer of its own": (
                changed(
                    TRAIN_STEP,
                    (ZERO, "    optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)\n" + ZERO),
                ),
                "not by the optimizer that was handed in",
            ),
            "state not used": (
                changed(TRAIN_STEP, ("rnn(x, hidden)", "rnn(x)")),
                "state that came in was not used",
            ),
            "old state returned": (
                changed(TRAIN_STEP, ("prediction, hidden =", "prediction, _ ="), (DETACH, "")),
                "the one that came in",
            ),
            "state set to zero": (
                changed(TRAIN_STEP, ("hidden.detach()", "torch.zeros_like(hidden)")),
                "all zeros",
            ),
            "prediction returned": (
                changed(TRAIN_STEP, ("item(), hidden", "item(), prediction.detach()")),
                "that is the prediction's shape",
            ),
            "no backward": (changed(TRAIN_STEP, (BACKWARD, "")), "backward() is missing"),
            "no step": (changed(TRAIN_STEP, (STEP, "")), "optimizer.step() is missing"),
            "loss against x": (
                changed(TRAIN_STEP, ("criterion(prediction, y)", "criterion(prediction, x)")),
                "the labels are y",
            ),
            "loss as a tensor": (
                changed(TRAIN_STEP, ("loss.item()", "loss")),
                "is the number alone",
            ),
            "not for None": (
                changed(TRAIN_STEP, ("rnn(x, hidden)", "rnn(x, hidden.detach())")),
                "not for hidden=None",
            ),
        },
    )
)

# Exercise 3: every window from a state of its own -------------------------------------------------


def _train(
    rnn: WaveRNN, windows: Windows, carry: bool = False, zero: bool = True, learn: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses of all windows, and the weights after them."""
    trainee, losses, hidden = _Trainee(rnn), [], None
    for x, y in windows:
        if learn:
            loss, end = trainee.step(x, y, hidden, zero)
        else:
            with torch.no_grad():
                prediction, end = trainee.rnn(x, hidden)
            loss = nn.functional.mse_loss(prediction, y).item()
        hidden = end if carry else None
        losses.append(loss)
    return np.array(losses), weights(trainee.rnn)


def _examine_train_reset(answer: object, rng: np.random.Generator) -> str:
    rnn, windows = network(rng), _windows(rng, int(rng.integers(5, 9)))
    right, right_weights = _train(rnn, windows)
    with_its_record = (
        "the state went into the next window, and its record with it; in the reset regime every "
        "window starts from None."
    )
    explained = {SECOND_TIME: with_its_record, CHANGED_SINCE: with_its_record}
    reader = _Trainee(rnn)
    returned = reader.taught(answer, explained, [tuple(_copies(x, y)) for x, y in windows])

    losses = _list_of_losses(returned, len(right))
    moved = not np.array_equal(weights(reader.rnn), weights(rnn))
    if not reader.steps:
        unlearned = (
            "the optimizer took no step, so the network does not learn: optimizer.step() is "
            "missing."
        )
    elif reader.gradients and not moved:
        unlearned = (
            "the steps moved no weight: they had no gradients to use. Gradients come with "
            "loss.backward() and go with optimizer.zero_grad()."
        )
    else:
        unlearned = (
            "every window saw the first weights: reset means the state, and the network itself "
            "goes on learning."
        )
    another_optimizer = moved and not reader.steps
    anew = (
        "the weights moved, but not by the optimizer that was handed in. If the optimizer was made "
        "anew, what it remembers of the steps before was lost; only the state is reset."
    )
    wanted, found = _apart(right[0], losses[0])
    if reader.made_anew:
        otherwise = "the weights were made anew; only the state is reset."
    elif not reader.windows:
        otherwise = (
            "the network that was handed in saw no window. In a new network the weights are made "
            "anew, too; only the state is reset."
        )
    elif another_optimizer:
        otherwise = anew
    elif same(losses[0], right[0]):
        otherwise = (
            "the first loss is right, but a later one is not: what is left over from the window "
            "before?"
        )
    else:
        otherwise = (
            f"the first loss is wrong: from a zero state it should be {wanted}, it is {found}."
        )
    explain(
        losses,
        right,
        [
            (
                _train(rnn, windows, carry=True)[0],
                "the state was carried from window to window; in the reset regime every window "
                "starts from None.",
            ),
            (
                _train(rnn, windows, zero=False)[0],
                "gradients add up from window to window: optimizer.zero_grad() is missing.",
            ),
            (_train(rnn, windows, learn=False)[0], unlearned),
            (
                _train(rnn, windows, carry=True, learn=False)[0],
                "the state was carried, and the network does not learn.",
            ),
            (
                _train(rnn, windows, carry=True, zero=False)[0],
                "the state was carried, and gradients add up from window to window.",
            ),
        ],
        otherwise,
    )
    if another_optimizer:
        raise Wrong(anew)
    explain(
        weights(reader.rnn),
        right_weights,
        [
            (
                weights(rnn),
                "the losses are right, but the network that was given did not change; train it, "
                "not a copy.",
            )
        ],
        "the losses are right, but the last window moved the weights in another way.",
        atol=1e-6,
    )
    return "Nothing but the weights passed from one window to the next."


def _list_of_losses(returned: object, number: int) -> np.ndarray:
    """Return the losses as an array of the right length, or say what they are instead."""
    parts = returned if isinstance(returned, tuple | list) else [returned]
    if any(isinstance(part, torch.Tensor) and part.requires_grad for part in parts):
        raise Wrong(
            "the losses are tensors with the record of how they were computed; loss.item() is the "
            "number alone."
        )
    losses = numbers(returned, "the list of losses")
    if losses.shape == ():
        raise Wrong(
            f"one number came back for {number} windows; return a list with the loss of every "
            "window."
        )
    if losses.shape == (0,):
        raise Wrong(f"the list is empty; {DOTS}")
    if losses.shape != (number,):
        raise Wrong(
            f"for {number} windows the list must have {number} losses, but its shape is "
            f"{losses.shape}."
        )
    return losses


TRAIN_RESET = """\
def train_reset(rnn, optimizer, windows):
    losses = []
    for x, y in windows:
        prediction, _ = rnn(x)
        loss = criterion(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses"""
CARRIED = (
    ("    losses = []\n", "    losses, hidden = [], None\n"),
    ("prediction, _ = rnn(x)\n", "prediction, hidden = rnn(x, hidden)\n"),
)

register(
    Exercise(
        name="train_reset",
        notebook="04",
        setup="criterion = nn.MSELoss()",
        stub="""\
def train_reset(rnn, optimizer, windows):
    return ...  # a list, the loss of each window


rh.check("train_reset", train_reset)""",
        examine=_examine_train_reset,
        hints=(
            "Take the loop of section 3. Which of its three marked lines are still needed?",
            "A network that is given no state, or None, starts from zeros.",
            "There is nothing to carry, so there is nothing to detach.",
        ),
        solution=TRAIN_RESET,
        misconceptions={
            "carried": (
                changed(
                    TRAIN_RESET,
                    *CARRIED,
                    ("rnn(x, hidden)\n", "rnn(x, hidden)\n        hidden = hidden.detach()\n"),
                ),
                "carried from window to window",
            ),
            "carried with its record": (changed(TRAIN_RESET, *CARRIED), "and its record with it"),
            "no zero_grad": (
                changed(TRAIN_RESET, ("        optimizer.zero_grad()\n", "")),
                "zero_grad() is missing",
            ),
            "weights reset too": (
                changed(
                    TRAIN_RESET,
                    (
                        "    losses = []\n",
                        "    import copy\n\n    first = copy.deepcopy(rnn)\n    losses = []\n",
                    ),
                    ("_ = rnn(x)", "_ = first(x)"),
                ),
                "every window saw the first weights",
            ),
            "optimizer made anew": (
                changed(
                    TRAIN_RESET,
                    (
                        "windows:\n",
                        "windows:\n        optimizer = torch.optim.Adam(rnn.parameters())\n",
                    ),
                ),
                "If the optimizer was made anew",
            ),
            "weights made anew": (
                changed(
                    TRAIN_RESET, ("windows:\n", "windows:\n        rnn.rnn.reset_parameters()\n")
                ),
                "the weights were made anew",
            ),
            "a new network": (
                changed(
                    TRAIN_RESET,
                    ("windows:\n", "windows:\n        rnn = rh.WaveRNN(hidden_size=32)\n"),
                ),
                "In a new network the weights",
            ),
            "step before backward": (
                changed(
                    TRAIN_RESET,
                    ("        optimizer.step()\n", ""),
                    (
                        "        loss.backward()\n",
                        "        optimizer.step()\n        loss.backward()\n",
                    ),
                ),
                "the steps moved no weight",
            ),
            "no step": (
                changed(TRAIN_RESET, ("        optimizer.step()\n", "")),
                "optimizer took no step",
            ),
            "last loss only": (
                changed(TRAIN_RESET, ("return losses", "return losses[-1]")),
                "one number came back",
            ),
            "losses as tensors": (
                changed(TRAIN_RESET, ("loss.item()", "loss")),
                "the number alone",
            ),
            "only two windows": (
                changed(TRAIN_RESET, ("in windows", "in windows[:2]")),
                "losses, but its shape is",
            ),
        },
    )
)
