"""Exercises and questions of notebook 04: the size of a step, and the loop with its state."""

import numpy as np
import torch
from torch.nn.utils import parameters_to_vector

from .engine import chapter
from .inputs import network, rolling, uniform
from .trace import Wrong, kind, several

pose, register = chapter("04")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "fall of the loss",
    "By what factor will the loss of this network fall from the first window to the last?",
    ("Less than 10", "10 to 100", "100 to 1000", "More than 1000"),
)
def _judge_fall(first: float, last: float) -> tuple[int, str]:
    right = sum(first / last > bound for bound in (10, 100, 1000))
    return right, f"The loss goes from {first:.1g} to {last:.1g}."


@pose(
    "price of a reset",
    "Will the reset networks end with a larger loss than the carried ones?",
    (
        "No, with a smaller one",
        "No, the two are about equal",
        "Yes, up to 10 times as large",
        "Yes, more than 10 times as large",
    ),
)
def _judge_reset(carried: float, reset: float) -> tuple[int, str]:
    right = sum(reset / carried > bound for bound in (1 / 1.5, 1.5, 10))
    return right, f"The medians of the last losses are {carried:.1g} carried and {reset:.1g} reset."


@pose(
    "formula",
    "How large is the error of the formula?",
    (
        "Larger than that of persistence",
        "Between those of persistence and the network",
        "About as large as that of the network",
        "Smaller than that of the network",
        "Zero, but for rounding",
    ),
)
def _judge_formula(
    formula: float, network: float, persistence: float, coefficients: np.ndarray
) -> tuple[int, str]:
    if formula < 1e-20:
        right, said = 4, "is below 1e-20"
    else:
        right = 3 - sum(formula > bound for bound in (network / 2, 2 * network, persistence))
        said = f"is {formula:.1g}"
    return right, (
        f"Its MSE {said}, that of the network is {network:.1g}, of persistence {persistence:.1g}. "
        f"The coefficients are {coefficients[0]:.3f} and {coefficients[1]:.3f}."
    )


# Exercises ----------------------------------------------------------------------------------------

register(
    "step_size",
    title="The size of a step",
    stub='factors = {"SGD": ..., "Adam": ...}',
    solution='factors = {"SGD": 10, "Adam": 1}',
    returns=("SGD", "Adam"),
    atol=0.01,
    right="SGD's step follows the size of the loss. Adam's does not, which is one reason why the "
    "same learning rate suits many tasks.",
    hints=(
        "Ten times the loss has ten times the gradient.",
        "SGD's step is lr times the gradient. Write Adam's first step in the same way.",
        "Adam's first step is lr * g / (sqrt(g * g) + 1e-8). What is left of the size of g?",
    ),
    wrong={
        "yours are swapped: SGD's step is lr times the gradient, no more.": "10 => 1\n1} => 10}",
        "SGD is right. Adam also divides by the gradient's size, which grows too.": "1} => 10}",
        "Adam is right. SGD divides by nothing: its step is lr times the gradient.": "10 => 1",
        "Adam is right. The 10 is not squared: gradients grow as the loss does.": "10 => 100",
    },
    otherwise="SGD's step does {'' if abs(given - wanted) < 0.01 else 'not '}become {given:g} "
    "times as long{'; Adam is not right yet' if abs(given - wanted) < 0.01 else ''}.",
)

ELSEWHERE = "your weights moved, but not by the optimizer handed in; a new one forgets past steps."
TRAINED = "the number of steps", "the number of gradients in rnn", "losses not detached"
CARRIED = "losses = [] => losses, h = [], None\n_ = rnn(x) => h = rnn(x, h)"
KEPT = f"{CARRIED}\nward() => ward(retain_graph=True)"
MISTAKES = {
    "your gradients add up: optimizer.zero_grad() is missing.": "optimizer.zero_grad() => pass",
    "no gradients reach rnn: loss.backward() is missing, or it reaches another network.": (
        "loss.backward() => pass"
    ),
    "your optimizer takes no step: optimizer.step() is missing.": "optimizer.step() => pass",
    "your step moves no weight: it comes before loss.backward(), when there are no gradients to "
    "use.": "loss.backward() => pass\noptimizer.step() => optimizer.step(); loss.backward()",
    "your step moves no weight: gradients are set to zero between loss.backward() and "
    "optimizer.step().": "optimizer.zero_grad() => pass\nbackward() => backward(); rnn.zero_grad()",
    ELSEWHERE: "loss = => optimizer = torch.optim.Adam(rnn.parameters()); loss =",
    "your loss keeps its record; loss.item() is the number alone.": "loss.item() => loss",
}


def _to_train(rng, num, layers=1, batch=1, seq_len=10):
    rnn, windows = network(rng, layers), rolling(rng, num, batch, seq_len)
    sgd = torch.optim.SGD(rnn.parameters(), lr=0.1, momentum=0.9)  # what it remembers shows
    return {"rnn": rnn, "optimizer": sgd, "windows": windows}


def _watch(rnn, optimizer, windows):
    """Watch a training; return a function that takes its losses, and tells what has happened."""
    gradients, weights = [], []

    def note(*_):
        weights.append(parameters_to_vector(rnn.parameters()).tolist())

    def seen(losses):
        note()
        if weights[::2] != weights[1::2]:  # from after one step to before the next
            raise Wrong(ELSEWHERE)
        each = losses if isinstance(losses, list) else []
        kept = sum(getattr(loss, "requires_grad", False) for loss in each)
        return len(weights) // 2 - 1, min(len(gradients), len(windows)), kept, losses

    note()
    optimizer.register_step_pre_hook(note)
    optimizer.register_step_post_hook(note)
    rnn.fc.bias.register_hook(gradients.append)
    return seen


def _train_step_inputs(rng):
    yield {**_to_train(rng, 3, layers=2, batch=3), "hidden": None}
    case = _to_train(rng, 3, seq_len=20)
    yield {**case, "hidden": 0.9 * uniform(rng, 1, 1, case["rnn"].rnn.hidden_size)}


def _carried_on(train_step, rnn, optimizer, windows, hidden):
    seen, losses, states = _watch(rnn, optimizer, windows), [], []
    for x, y in windows:
        returned = train_step(rnn, optimizer, x, y, hidden)
        loss, hidden = several(returned, ("the loss", "the state"))
        shape = rnn.rnn.num_layers, len(x), rnn.rnn.hidden_size
        if getattr(hidden, "shape", None) != shape:
            raise Wrong(f"your state is {kind(hidden)}; (layers, batch, hidden_size) is {shape}.")
        losses.append(loss)
        states.append(hidden.tolist())  # as it is now
    return *seen(losses), states


register(
    "train_step",
    title="One step of training",
    stub="""\
def train_step(rnn, optimizer, x, y, hidden):
    ...
    return ..., ...  # the loss as a number, the state""",
    setup="criterion = nn.MSELoss()",
    solution="""\
def train_step(rnn, optimizer, x, y, hidden):
    prediction, hidden = rnn(x, hidden)
    hidden = hidden.detach()
    loss = criterion(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item(), hidden""",
    inputs=_train_step_inputs,
    use=_carried_on,
    returns=(*TRAINED, "the losses", "the states"),
    right="Three windows in a row moved the weights exactly as the notebook's loop does.",
    hints=(
        "Six lines of the loop in section 3 are about one window.",
        "Carry: the state goes in and comes out. Detach: keep its values, drop its history.",
        "The order is: prediction and state, detach, loss, zero_grad, backward, step.",
    ),
    wrong={
        "your state is not detached: it keeps PyTorch's record of all windows before, so memory "
        "would grow with every window, and here the next gradient failed on its way back into that "
        "record.": (".detach() => ", ".detach() => \nward() => ward(retain_graph=True)"),
        "you do not use the state that came in; hand it to rnn with x.": "rnn(x, hidden) => rnn(x)",
        "you return the state that came in; return the one that rnn gave back, after the last "
        "point.": "prediction, hidden = => prediction, _ =\nhidden = hidden.detach() => pass",
        "yours are swapped; "
        "return the loss first, then the state.": "loss.item(), hidden => hidden, loss.item()",
        "your loss compares with x; the labels are y.": "(prediction, y) => (prediction, x)",
        **MISTAKES,
    },
)

register(
    "train_reset",
    title="The reset regime",
    stub="""\
def train_reset(rnn, optimizer, windows):
    return ...  # a list, the loss of each window""",
    setup="criterion = nn.MSELoss()",
    solution="""\
def train_reset(rnn, optimizer, windows):
    losses = []
    for x, y in windows:
        prediction, _ = rnn(x)
        loss = criterion(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses""",
    inputs=lambda rng: (_to_train(rng, n, seq_len=m) for n, m in ((1, 20), (2, 1), (5, 9))),
    use=lambda train_reset, *trained: _watch(*trained)(train_reset(*trained)),
    returns=(*TRAINED, "the list of losses"),
    right="Nothing but the weights passed from one window to the next.",
    hints=(
        "Take the loop of section 3. Which of its three marked lines are still needed?",
        "A network that is given no state, or None, starts from zeros.",
        "There is nothing to carry, so there is nothing to detach.",
    ),
    wrong={
        **MISTAKES,
        "your state is carried from window to window; in the reset regime every window starts from "
        "None.": (f"{CARRIED}; h = h.detach()", CARRIED, KEPT),
        "you make the weights anew for each window; only the state is reset, and the network goes "
        "on learning.": (
            "prediction, _ => rnn.rnn.reset_parameters(); prediction, _",
            "prediction, _ => rnn = rh.WaveRNN(); prediction, _",
        ),
        "you return one number for {len(windows)} windows; return a list with the loss of each "
        "window.": "return losses => return losses[-1]",
    },
)
