"""Exercises and questions of notebook 02: the cell, one step of training, what its cut costs."""

import math

import numpy as np
import torch

from .engine import chapter
from .trace import Wrong, kind, numbers, several

pose, register = chapter("02")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "largest error",
    "Where is the largest error?",
    (
        "At one of the first points",
        "Around the middle",
        "At one of the last points",
        "Nowhere: all are about the same",
    ),
)
def _judge_largest_error(errors: np.ndarray) -> tuple[int, str]:
    missed = np.abs(errors)
    worst, typical, n = int(missed.argmax()), float(np.median(missed)), len(missed)
    why = f"Point {worst + 1} of {n} is missed by {missed[worst]:.2f}, a typical one by "
    return 3 if missed[worst] < 2 * typical else 3 * worst // n, f"{why}{typical:.2f}."


@pose(
    "same rate",
    "Full BPTT with the same learning rate: what becomes of the networks?",
    (
        "Nearly all learn, most of them better",
        "Nearly all learn, about as well",
        "Nearly all learn, most of them worse",
        "Many end useless",
    ),
)
def _judge_same_rate(cut: np.ndarray, full: np.ndarray) -> tuple[int, str]:
    n, useless, better = len(full), 1 - np.mean(full < 1), np.mean(full < cut)  # NaN is not below
    # In words, since how many diverge is not the same on every machine.
    for share, words in ((2 / 3, "two thirds"), (1 / 3, "a third"), (1 / 10, "a tenth")):
        if useless > share:
            why = "they end with an error above 1, or with NaN, which is not a number any more."
            return 3, f"More than {words} of {n} networks diverge: {why}"
    right = 0 if better > 0.6 else 2 if better < 0.4 else 1
    return right, f"Full BPTT is better in {100 * better:.0f} % of {n} seeds."


@pose(
    "cost",
    "With twice the points, how many operations are there?",
    ("As many", "About 1.4 times as many", "About twice as many", "About four times as many"),
)
def _judge_cost(lengths: dict[int, int]) -> tuple[int, str]:
    (first, fewest), *others = sorted(lengths.items())
    power = math.log(others[-1][1] / fewest) / math.log(others[-1][0] / first)
    said = [f"{first} points have {fewest} operations", *(f"{n} have {k}" for n, k in others)]
    return sum(power > limit for limit in (0.25, 0.75, 1.5)), f"{', '.join(said)}."


# Exercises ----------------------------------------------------------------------------------------

# What an answer finds in the notebook, besides np, torch, nn and rh.
SETUP = """\
def forward(x_t, context, w1, w2):
    xh = torch.cat((x_t.reshape(1, 1), context), dim=1)  # [x_t, h_(t-1)]: (1, 7)
    context = torch.tanh(xh @ w1)  # h_t: (1, 7) times (7, 6) gives (1, 6)
    output = context @ w2  # o_t: (1, 6) times (6, 1) gives (1, 1)
    return output, context"""

register(
    "twelve",
    title="Twelve neurons",
    stub="how_many = ...",
    solution="how_many = 13 * 12 + 12 * 1",
    right="`w1` is (13, 12) and `w2` is (12, 1): with twice the neurons, 3.5 times the numbers.",
    hints=(
        "What is input_size when hidden_size is 12?",
        "w1 has shape (input_size, hidden_size), w2 has (hidden_size, output_size).",
        "w1 holds 13 times 12 numbers.",
    ),
    wrong={
        "your 96 is twice 48: w1 gets more columns, but it gets more rows too.": "how_many = 96",
        "your 156 is what w1 alone holds, 13 times 12; w2 holds some as well.": " + 12 * 1 => ",
        "your 180 is 12 too many: w1 has 13 rows, one for the input and 12 for the context, and "
        "the network has no biases.": "how_many = 180",
        "your 48 is what the network with 6 context neurons has.": "how_many = 48",
        "your 12 is the number of neurons; how many numbers do w1 and w2 hold?": "how_many = 12",
        "you give two numbers; asked for is one, what w1 and w2 hold together.": " + => ,",
    },
    otherwise="your {given:g} is not it; write down the shapes of w1 and w2 first.",
)


def _tensors(rng, batch, hidden, **sizes):
    sizes |= {"context": (batch, hidden), "w1": (hidden + 1, hidden), "w2": (hidden, 1)}
    case = {name: torch.from_numpy(rng.uniform(-1, 1, size)) for name, size in sizes.items()}
    return case | {name: case[name].requires_grad_() for name in ("w1", "w2")}


def _cell_inputs(rng):
    for batch, hidden in ((1, 4), (4, 1), (3, 3), rng.permutation(np.arange(3, 9))[:2]):
        case = _tensors(rng, batch, hidden, x_t=(batch, 1))
        # A clone, since PyTorch itself refuses to overwrite what it is asked for the gradient of.
        yield case | {"context": case["context"].requires_grad_().clone()}


def _with_gradients(program, x_t, context, w1, w2):
    seen = several(program(x_t, context, w1, w2), ("output", "context"))[::-1]
    for value in seen[:2]:
        total = value.sum() if isinstance(value, torch.Tensor) else 0.0
        total = total + 0 * (context.sum() + w1.sum() + w2.sum())  # so that all are reached
        gradients = torch.autograd.grad(total, (context, w1, w2), retain_graph=True)
        seen.append(torch.cat([each.flatten() for each in gradients]))
    return seen


register(
    "cell",
    title="The cell, for a batch",
    stub="""\
def batch_forward(x_t, context, w1, w2):
    return ..., ...  # output, context""",
    setup=SETUP,
    solution="""\
def batch_forward(x_t, context, w1, w2):
    xh = torch.cat((x_t, context), dim=1)
    context = torch.tanh(xh @ w1)
    output = context @ w2
    return output, context""",
    inputs=_cell_inputs,
    use=_with_gradients,
    returns=("context", "output", "the gradient from context", "the gradient from output"),
    right="The same cell, for a batch of {len(x_t)} at once.",
    hints=(
        "It is the two lines of the equation in section 4. What was reshaped there, and why?",
        "x_t has the axis of the batch already, so torch.cat can have it as it is.",
        "context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)",
    ),
    wrong={
        "your cell takes a batch of 1, but not a batch of {len(x_t)}; is x_t, of shape "
        "{tuple(x_t.shape)}, still reshaped to one number?": "((x_t, => ((x_t.reshape(1, 1),",
        "you return the context first; "
        "the output comes first, then the context.": "output, context => context, output",
        "the context you return is the old one.": "output, context => output, xh[:, 1:]",
        "your cell has no tanh, "
        "so your context may leave the range from -1 to 1.": "torch.tanh => ",
        "your context stands before the input; the first row of w1, which it meets there, belongs "
        "to the input.": "(x_t, context) => (context, x_t)",
        "your output has a tanh too; only the context has one.": "output, => output.tanh(),",
        "your output is computed from the old context.": "= context @ => = xh[:, 1:] @",
        "your cell cuts the way of a gradient to w1, w2 or the old context; the cut belongs in the "
        "training loop.": (
            "output, context => output.detach(), context.detach()",
            "output, context => output, context.detach()",
            "(x_t, context) => (x_t, context.detach())",
        ),
    },
)


def _step_inputs(rng):
    for points, hidden in ((1, 3), (2, 1), (8, 6), rng.permutation([3, 4, 5, 8])[:2]):
        case = _tensors(rng, 1, hidden, x=(points,), target=(points,))
        yield case | {"lr": rng.uniform(0.02, 0.1)}


def _two_steps(program, x, target, context, w1, w2, lr):
    seen = []
    for _ in range(2):  # what the first leaves behind shows in the second
        new = program(x, target, context, w1, w2, lr)
        if not isinstance(new, torch.Tensor):
            raise Wrong(f"forward needs a tensor as context; what you return is {kind(new)}.")
        seen += [numbers(w1), numbers(w2), new, float(new.grad_fn is not None)]
    return seen


register(
    "step",
    title="One step of full BPTT",
    stub="""\
def step(x, target, context, w1, w2, lr):
    return ...  # the last context""",
    setup=SETUP,
    solution="""\
def step(x, target, context, w1, w2, lr):
    loss = 0.0
    for x_t, target_t in zip(x, target):
        prediction, context = forward(x_t, context, w1, w2)
        loss = loss + (prediction - target_t).square().sum() / 2
    loss.backward()
    with torch.no_grad():
        w1 -= lr * w1.grad
        w2 -= lr * w2.grad
    w1.grad = w2.grad = None
    return context.detach()""",
    inputs=_step_inputs,
    use=_two_steps,
    returns=("w1", "w2", "the context", "its history") * 2,
    right="One step, whose gradient goes back through all {len(x)} points.",
    hints=(
        "Which lines of the loop in section 5 belong to every point, and which come once?",
        "At every point: forward, and add half the squared error to one loss. After the last: "
        "loss.backward(), then the change of both matrices under torch.no_grad().",
        "At the end: w1.grad = w2.grad = None, and return context.detach().",
    ),
    wrong={
        "your step does not change both w1 and w2; w1 = w1 - ... makes a new tensor, w1 -= ... "
        "changes this one.": ("w1 -= => w1 -\nw2 -= => w2 -", "w1 -= => w1 -", "w2 -= => w2 -"),
        "your weights go along the gradient; go against it.": "w1 -= => w1 +=\nw2 -= => w2 +=",
        "your step is twice as long as it should be; the loss is half the square.": " / 2 => ",
        "your loss is a mean over the points; add the losses up, and do not divide by the number "
        "of points.": ("/ 2 => / 2 / len(x)", "/ 2 => / len(x)"),
        "your step is as long as the gradient; it should be lr times that.": "0.0 => 0.0; lr = 1",
        "you make a step at every point, as in section 5; make one, after the last.": (
            "= 0.0 => = [context := step(*each, context, w1, w2, lr) for each in zip(x[:-1, None], "
            "target[:-1, None])]\nzip(x, target) => zip(x[-1:], target[-1:])\nloss + => "
        ),
        "no gradient flows through time: your context is cut between the points; cut it once, "
        "after the last.": "/ 2 => / 2; context = context.detach()",
        "in your loss only the last point counts; add up the losses of all points.": "loss + => ",
        "you begin from zeros, not from the given context.": "0.0 => 0.0; context = 0 * context",
        "each of your predictions is compared with every target: ({len(x)}, 1) minus ({len(x)},) "
        "is ({len(x)}, {len(x)}).": ("_t). => ).", "_t). => ).\n/ 2 => / len(x) ** 2"),
        "your first step is right, your next is not: backward adds to the gradients of the step "
        "before, unless you set them to None.": "w1.grad = w2.grad = None => pass",
        "your context still has its history; cut it with detach().": ".detach() => ",
        "you call backward at more than one point, but the history is one; add up the losses, and "
        "call it once.": "loss.backward() => pass\n/ 2 => / 2; loss.backward()",
    },
)
