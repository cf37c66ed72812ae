"""Exercises and questions of notebook 02: the cell, one step of training, what its cut costs."""

from __future__ import annotations

import math

import numpy as np
import torch

from .asking import pose
from .engine import register
from .exercise import changed
from .trace import Wrong, kind, several

# Questions to predict -----------------------------------------------------------------------------


def _judge_largest_error(errors: np.ndarray) -> tuple[int, str]:
    missed = np.abs(errors)
    worst, typical, n = int(missed.argmax()), float(np.median(missed)), len(missed)
    return 3 if missed[worst] < 2 * typical else 3 * worst // n, (
        f"Point {worst + 1} of {n} is missed by {missed[worst]:.2f}, a typical one by "
        f"{typical:.2f}."
    )


pose(
    "largest error",
    "02",
    "Where is the largest error?",
    (
        "At one of the first points",
        "Around the middle",
        "At one of the last points",
        "Nowhere: all are about the same",
    ),
    _judge_largest_error,
)


def _judge_same_rate(cut: np.ndarray, full: np.ndarray) -> tuple[int, str]:
    useless, better = 1 - np.mean(full < 1), np.mean(full < cut)  # NaN is not below anything
    # In words, since how many diverge is not the same on every machine.
    for share, words in ((2 / 3, "two thirds"), (1 / 3, "a third"), (1 / 10, "a tenth")):
        if useless > share:
            return 3, (
                f"More than {words} of {len(full)} networks diverge: they end with an error above "
                "1, or with one that is no number any more."
            )
    right = 0 if better > 0.6 else 2 if better < 0.4 else 1
    return right, f"Full BPTT is better in {100 * better:.0f} % of {len(full)} seeds."


pose(
    "same rate",
    "02",
    "Full BPTT with the same learning rate: what becomes of the networks?",
    (
        "Nearly all learn, most of them better",
        "Nearly all learn, about as well",
        "Nearly all learn, most of them worse",
        "Many end useless",
    ),
    _judge_same_rate,
)


def _judge_cost(lengths: dict[int, int]) -> tuple[int, str]:
    (first, fewest), *others = sorted(lengths.items())
    last, most = others[-1]
    power = math.log(most / fewest) / math.log(last / first)
    said = [f"{first} points have {fewest} operations", *(f"{n} have {k}" for n, k in others)]
    return sum(power > limit for limit in (0.25, 0.75, 1.5)), f"{', '.join(said)}."


pose(
    "cost",
    "02",
    "With twice the points, how many operations are there?",
    ("As many", "About 1.4 times as many", "About twice as many", "About four times as many"),
    _judge_cost,
)

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
    "02",
    stub="""\
how_many = ...
rh.check("twelve", how_many)""",
    solution="how_many = 13 * 12 + 12 * 1",
    right="`w1` is (13, 12) and `w2` is (12, 1): with twice the neurons, 3.5 times the numbers.",
    hints=(
        "What is input_size when hidden_size is 12?",
        "w1 has shape (input_size, hidden_size), w2 has (hidden_size, output_size).",
        "w1 holds 13 times 12 numbers.",
    ),
    wrong={
        "96 is twice 48: w1 gets more columns, but it gets more rows too.": "how_many = 96",
        "w1 alone holds 156 numbers, 13 times 12; w2 holds some as well.": " + 12 * 1 => ",
        "180 is 12 too many: w1 has 13 rows, one for the input and 12 for the context, and this "
        "network has no biases.": "13 => 14",
        "{given} counts biases; this network has none, only w1 and w2.": (
            "how_many = 181",
            "how_many = 193",
        ),
        "144 are the weights from context to context; w1 has a row for the input too, and w2 holds "
        "some as well.": "how_many = 144",
        "48 is what the network with 6 context neurons has.": "how_many = 48",
        "12 is the number of neurons; asked for is how many numbers w1 and w2 hold.": "how_many = 12",
        "asked for is one number: what w1 and w2 hold together.": " + => ,",
    },
    otherwise="it is not {given:g}; write down the shapes of w1 and w2 first.",
)


def _cell_inputs(rng):
    for batch, hidden in ((1, 4), (4, 1), (3, 3), rng.permutation(np.arange(3, 9))[:2]):
        sizes = (batch, 1), (batch, hidden), (hidden + 1, hidden), (hidden, 1)
        x_t, context, w1, w2 = (torch.from_numpy(rng.uniform(-1, 1, size)) for size in sizes)
        # A clone, since PyTorch itself refuses to overwrite what it is asked for the gradient of.
        context = context.requires_grad_().clone()
        yield {"x_t": x_t, "context": context, "w1": w1.requires_grad_(), "w2": w2.requires_grad_()}


def _with_gradients(program, x_t, context, w1, w2):
    returned = several(program(x_t, context, w1, w2), ("output", "context"))
    seen = returned[::-1]
    for name, value in zip(("output", "context"), returned, strict=True):
        if not isinstance(value, torch.Tensor):
            raise Wrong(f"{name} must be a tensor, but yours is {kind(value)}.")
        given = context, w1, w2
        total = value.sum() + 0 * sum(each.sum() for each in given)  # so that all are reached
        seen += torch.autograd.grad(total, given, retain_graph=True)
    return seen


_GRADIENTS = (
    f"{one} for {two}" for one in ("output", "context") for two in ("context", "w1", "w2")
)

register(
    "cell",
    "02",
    stub="""\
def batch_forward(x_t, context, w1, w2):
    return ..., ...  # output, context


rh.check("cell", batch_forward)""",
    setup=SETUP,
    solution="""\
def batch_forward(x_t, context, w1, w2):
    xh = torch.cat((x_t, context), dim=1)
    context = torch.tanh(xh @ w1)
    output = context @ w2
    return output, context""",
    inputs=_cell_inputs,
    use=_with_gradients,
    returns=("context", "output", *(f"the gradient of {each}" for each in _GRADIENTS)),
    right="The same cell, for a batch of {len(x_t)} at once.",
    hints=(
        "It is the two lines of the equation in section 5. What was reshaped there, and why?",
        "x_t has the axis of the batch already, so torch.cat can have it as it is.",
        "context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)",
    ),
    wrong={
        "your cell takes a batch of 1, but not a batch of {len(x_t)}. x_t has shape "
        "{tuple(x_t.shape)} there; is it still reshaped to one number?": (
            "(x_t, context) => (x_t.reshape(1, 1), context)"
        ),
        "context and output come back in the wrong order; the output is the first.": (
            "return output, context => return context, output"
        ),
        "the context you return is the old one; it must be the new one.": (
            "context = torch => new = torch\noutput = context => output = new"
        ),
        "the tanh is missing: your context may leave the range from -1 to 1.": "torch.tanh => ",
        "your context stands before the input; the first row of w1 belongs to the input.": (
            "(x_t, context) => (context, x_t)"
        ),
        "that is a sigmoid; the cell of Elman has a tanh.": "torch.tanh => torch.sigmoid",
        "that is a ReLU; here the cell has a tanh.": "torch.tanh => torch.relu",
        "the old context is not used; your network has no memory.": "xh @ w1 => x_t @ w1[:1]",
        "your output has a tanh too many; only the context has one.": (
            "output = context @ w2 => output = torch.tanh(context @ w2)"
        ),
        "your output is computed from the old context; it needs the new one.": (
            "context = torch => context, old = torch\n(xh @ w1) => (xh @ w1), context\n"
            "output = context => output = old"
        ),
        "your output is computed before the tanh; it needs the new context.": (
            "output = context => output = xh @ w1"
        ),
        "NumPy records no gradient, so w1 and w2 could not learn; compute with torch alone.": (
            "torch.tanh => np.tanh"
        ),
        "your cell overwrites the context that it is given, which may still be needed outside; "
        "make a new tensor.": "context = torch => context[:] = torch",
        "no gradient comes back through your cell, so w1 and w2 could not learn.": (
            "    xh => torch.set_grad_enabled(False); xh\n"
            "    return => torch.set_grad_enabled(True); return",
        ),
        "your new context is cut from its history; the cut belongs in the training loop, not in "
        "the cell.": "return output, context => return output, context.detach()",
        "no gradient reaches the context that is given; the cut belongs in the training loop, not "
        "in the cell.": "(x_t, context) => (x_t, context.detach())",
    },
)


def _step_inputs(rng):
    for points, hidden in ((1, 3), (2, 1), (12, 6), rng.permutation([3, 4, 5, 8])[:2]):
        sizes = (points,), (points,), (1, hidden), (hidden + 1, hidden), (hidden, 1)
        x, target, context, w1, w2 = (torch.from_numpy(rng.uniform(-1, 1, s)) for s in sizes)
        weights = {"w1": w1.requires_grad_(), "w2": w2.requires_grad_()}
        yield {
            "x": x,
            "target": target,
            "context": context,
            **weights,
            "lr": rng.uniform(0.02, 0.1),
        }


def _two_steps(program, x, target, context, w1, w2, lr):
    seen = []
    for _ in range(2):  # since what the first leaves behind shows in the second
        before = w1.detach().clone(), w2.detach().clone()
        new = program(x, target, context, w1, w2, lr)
        if not isinstance(new, torch.Tensor):
            raise Wrong(f"return the last context, a tensor; what came is {kind(new)}.")
        moved = [now.detach() - then for now, then in zip((w1, w2), before, strict=True)]
        seen += [*moved, new.detach().clone(), float(new.requires_grad)]
    return seen


_PARTS = "the step of w1", "the step of w2", "the context", "the history"
_AT_EVERY_POINT = """\
def step(x, target, context, w1, w2, lr):
    for x_t, target_t in zip(x, target):
        prediction, context = forward(x_t, context, w1, w2)
        loss = (prediction - target_t).square().sum() / 2
        loss.backward()
        with torch.no_grad():
            w1 -= lr * w1.grad
            w2 -= lr * w2.grad
        w1.grad = w2.grad = None
        context = context.detach()
    return context"""

register(
    "step",
    "02",
    stub="""\
def step(x, target, context, w1, w2, lr):
    return ...  # the last context


rh.check("step", step)""",
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
    returns=(*(f"{each}" for each in _PARTS), *(f"{each} in a second call" for each in _PARTS)),
    right="One step, whose gradient goes back through all {len(x)} points.",
    hints=(
        "Which lines of the loop in section 6 belong to every point, and which come once?",
        "At every point: forward, and add half the squared error to one loss. After the last: "
        "loss.backward(), then the change of both matrices under torch.no_grad().",
        "At the end: w1.grad = w2.grad = None, and return context.detach().",
    ),
    wrong={
        "w1 and w2 have not changed; w1 = w1 - ... makes a new tensor, w1 -= ... changes this one.": (
            "w1 -= => w1 = w1 -\nw2 -= => w2 = w2 -"
        ),
        "only one of w1 and w2 has changed; both matrices learn.": (
            "w1 -= lr * w1.grad => pass",
            "w2 -= lr * w2.grad => pass",
        ),
        "your weights go along the gradient, so the loss grows; go against it.": (
            "w1 -= => w1 +=\nw2 -= => w2 +="
        ),
        "your step is twice as long as it should be; the loss is half the square.": " / 2 => ",
        "that is a mean over the points; the losses are added up, and not divided.": (
            "/ 2 => / 2 / len(x)",
            "/ 2 => / len(x)",
        ),
        "your step is as long as the gradient; it must be lr times that.": (
            "lr * w1.grad => w1.grad\nlr * w2.grad => w2.grad"
        ),
        "that is a step at every point, as in section 6; make one, after the last.": _AT_EVERY_POINT,
        "no gradient flows through time: your context is cut between the points; cut it once, "
        "after the last.": "/ 2 => / 2; context = context.detach()",
        "only the loss of the last point counts; add up those of all points.": (
            "loss = loss + => loss ="
        ),
        "your context begins as zeros; begin from the context that is given.": (
            "loss = 0.0 => loss, context = 0.0, torch.zeros_like(context)"
        ),
        "each of your predictions is compared with all {len(x)} targets: ({len(x)}, 1) minus "
        "({len(x)},) is ({len(x)}, {len(x)}).": (
            "target_t). => target).",
            "target_t). => target).\n / 2 => ",
            "target_t).square().sum() / 2 => target).square().mean() / len(x)",
        ),
        "backward adds to the gradients of the step before, unless they are set to None.": (
            "w1.grad = w2.grad = None => pass"
        ),
        "the context you return is all zeros; to cut it from its history is not to forget its "
        "values.": "return context.detach() => return torch.zeros_like(context)",
        "the context you return is the one that went in.": (
            "loss = 0.0 => loss, old = 0.0, context\nreturn context.detach() => return old"
        ),
        "you return the context of the first of {len(x)} points; return the last.": (
            "loss = 0.0 => loss, old = 0.0, forward(x[0], context, w1, w2)[1]\n"
            "return context.detach() => return old.detach()"
        ),
        "your context is computed anew after the step; the one before it is meant.": (
            "loss = 0.0 => loss, old = 0.0, context\nreturn context => "
            "return [old := forward(x_t, old, w1, w2)[1] for x_t in x][-1]"
        ),
        "your context still has its history, so the next gradient would go further back; cut it "
        "with detach().": "context.detach() => context",
        "your context has 6 values, and w1 wants {w1.shape[1]}; start from the context that is "
        "handed in, not from h_0.": "loss = 0.0 => loss, context = 0.0, torch.zeros(1, 6)",
        "PyTorch refuses to record the change of a weight; put it under with torch.no_grad().": (
            "with torch.no_grad(): => if True:"
        ),
        "the loss has no history to go back through; is it computed under torch.no_grad()?": (
            "forward(x_t => torch.no_grad()(forward)(x_t"
        ),
        "backward was called at more than one point, but the history is one; add up the losses, "
        "and call it once.": changed(_AT_EVERY_POINT, "context = context.detach() => pass"),
        "a weight was changed while a gradient still had to go back through it; change both "
        "matrices once, after the last point.": changed(
            _AT_EVERY_POINT, "context = context.detach() => pass\nward() => ward(retain_graph=True)"
        ),
        "a gradient is None; call backward before the weights are changed.": (
            "loss.backward() => pass"
        ),
    },
)
