"""The exercises and questions of notebook 02: other right answers, what a check says, judges."""

import numpy as np
import pytest
import torch
from practice_answers import assert_refused, assert_right

from rnn_helpers.practice import QUESTIONS, elman_by_hand
from tools import notebooks as tool

SEEDS = range(4)

RIGHT = {
    "from shapes": (
        "twelve",
        "how_many = sum(w.size for w in (np.zeros((13, 12)), np.zeros((12, 1))))",
    ),
    "from tensors": ("twelve", "how_many = torch.zeros(13, 12).numel() + torch.zeros(12).numel()"),
    "as a float": ("twelve", "how_many = np.float64(168)"),
    "in two parts": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    h = (x_t * w1[0] + context @ w1[1:]).tanh()
    return [h @ w2, h]""",
    ),
    "one after the other": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    both = [forward(x_t[i], context[i : i + 1], w1, w2) for i in range(len(x_t))]
    return torch.cat([output for output, _ in both]), torch.cat([new for _, new in both])""",
    ),
    "by torch.rnn_tanh_cell": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = torch.rnn_tanh_cell(x_t, context, w1[:1].T, w1[1:].T)
    return context @ w2, context""",
    ),
    "an overwritten tensor of its own": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = context.clone()
    context[:] = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)
    return context @ w2, context""",
    ),
    "gradients asked for": (
        "step",
        """\
def step(x, target, context, w1, w2, lr):
    loss = 0
    for t in range(len(x)):
        output, context = forward(x[t], context, w1, w2)
        loss += 0.5 * (output.squeeze() - target[t]) ** 2
    grad_1, grad_2 = torch.autograd.grad(loss, (w1, w2))
    with torch.no_grad():
        w1.sub_(lr * grad_1)
        w2.sub_(lr * grad_2)
    return context.detach().clone()""",
    ),
    "by an optimizer": (
        "step",
        """\
def step(x, target, context, w1, w2, lr):
    optimizer = torch.optim.SGD([w1, w2], lr=lr)
    outputs = []
    for x_t in x:
        output, context = forward(x_t, context, w1, w2)
        outputs.append(output.reshape(()))
    optimizer.zero_grad()
    (nn.functional.mse_loss(torch.stack(outputs), target, reduction="sum") / 2).backward()
    optimizer.step()
    return context.detach()""",
    ),
    "backward at every point, over the history again": (
        "step",
        """\
def step(x, target, context, w1, w2, lr):
    for x_t, target_t in zip(x, target):
        output, context = forward(x_t, context, w1, w2)
        ((output - target_t) ** 2 / 2).sum().backward(retain_graph=True)
    w1.data -= lr * w1.grad
    w2.data -= lr * w2.grad
    w1.grad, w2.grad = None, None
    return context.data""",
    ),
    "a cell of its own, gradients cleared before": (
        "step",
        """\
def step(x, target, context, w1, w2, lr):
    w1.grad = w2.grad = None
    outputs = torch.empty(0)
    for x_t in x:
        context = torch.tanh(x_t * w1[:1] + context @ w1[1:])
        outputs = torch.cat((outputs, (context @ w2)[0]))
    (outputs - target).square().sum().div(2).backward()
    with torch.no_grad():
        for w in (w1, w2):
            w -= lr * w.grad
    return context.detach()""",
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_another_right_answer_is_right(case):
    assert_right(*RIGHT[case], SEEDS)


def step(loss="(output - target_t).square().sum() / 2", end="", returned="context.detach()"):
    """Return an answer to the third exercise with something else in its place."""
    return f"""\
def step(x, target, context, w1, w2, lr):
    loss, old, states = 0, context, []
    for x_t, target_t in zip(x, target):
        output, context = forward(x_t, context, w1, w2)
        states.append(context)
        loss = loss + {loss}
    loss.backward()
    with torch.no_grad():
        w1 -= lr * w1.grad
        w2 -= lr * w2.grad
    w1.grad = w2.grad = None
    {end}
    return {returned}"""


SAID = {
    "the neurons": ("twelve", "how_many = 12", "12 is the number of neurons"),
    "another number": ("twelve", "how_many = 169", "it is not 169; write down the shapes"),
    "a ReLU": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = (torch.cat((x_t, context), dim=1) @ w1).relu()
    return context @ w2, context""",
        "that is a ReLU",
    ),
    "the output before the tanh": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    before = torch.cat((x_t, context), dim=1) @ w1
    return before @ w2, before.tanh()""",
        "computed before the tanh",
    ),
    "a sine": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = torch.sin(torch.cat((x_t, context), dim=1) @ w1)
    return context @ w2, context""",
        "the new context is not the tanh of [x_t, context] @ w1",
    ),
    "the output, turned round": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)
    return -context @ w2, context""",
        "the output is not context @ w2",
    ),
    "an output without its axis": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)
    return (context @ w2)[:, 0], context""",
        "output has shape (",
    ),
    "weights copied into nn.RNNCell": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    cell = nn.RNNCell(1, w1.shape[1], bias=False, dtype=w1.dtype)
    with torch.no_grad():
        cell.weight_ih.copy_(w1[:1].T)
        cell.weight_hh.copy_(w1[1:].T)
    context = cell(x_t, context)
    return context @ w2, context""",
        "from the output no gradient reaches w1; the cut belongs in the training loop",
    ),
    "an output of a detached context": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)
    return context.detach() @ w2, context""",
        "from the output no gradient reaches w1; the cut",
    ),
    "a detached w2": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)
    return context @ w2.detach(), context""",
        "from the output no gradient reaches w2; the cut",
    ),
    "NumPy's tanh": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = np.tanh(torch.cat((x_t, context), dim=1) @ w1)
    return context @ w2, context""",
        "NumPy records no gradient",
    ),
    "arrays": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)
    return (context @ w2).detach().numpy(), context""",
        "the output must be a tensor, but it is a NumPy array",
    ),
    "copied over": (
        "cell",
        """\
def batch_forward(x_t, context, w1, w2):
    context.copy_(torch.tanh(torch.cat((x_t, context), dim=1) @ w1))
    return context @ w2, context.clone()""",
        "the cell overwrites the context that it is given",
    ),
    "an error of its own": (
        "cell",
        "def batch_forward(x_t, context, w1, w2):\n    return forwards(x_t, context, w1, w2)",
        "NameError: name 'forwards' is not defined",
    ),
    "the old context": ("step", step(returned="old"), "is the one that went in"),
    "the first context": (
        "step",
        step(returned="states[0].detach()"),
        "is the context of the first of",
    ),
    "computed anew": (
        "step",
        step(
            end="""context = old
    for x_t in x:
        _, context = forward(x_t, context, w1, w2)"""
        ),
        "computed anew after the step",
    ),
    "half a context": ("step", step(returned="context.detach() / 2"), "not that of forward"),
    "two things": ("step", step(returned="output, context"), "return the context alone; 2 things"),
    "an array": ("step", step(returned="context.detach().numpy()"), "must be a tensor, but it is"),
    "without its axis": ("step", step(returned="context.detach()[0]"), "must be (1, "),
    "stacked, all with all": (
        "step",
        """\
def step(x, target, context, w1, w2, lr):
    outputs = []
    for x_t in x:
        output, context = forward(x_t, context, w1, w2)
        outputs.append(output[0])
    nn.functional.mse_loss(torch.stack(outputs), target).backward()
    with torch.no_grad():
        w1 -= lr * w1.grad
        w2 -= lr * w2.grad
    w1.grad = w2.grad = None
    return context.detach()""",
        "every prediction is compared with every target: (",
    ),
    "from an h_0 of float32": (
        "step",
        step().replace(
            "loss, old, states = 0, context, []",
            "context = torch.zeros(1, 6)\n    loss, states = 0, []",
        ),
        "not from h_0",
    ),
    "absolute": ("step", step("(output - target_t).abs().sum()"), "do not go lr times"),
    "halved mean": (
        "step",
        step("(output - target_t).square().sum() / 2 / len(x)"),
        "that is a mean over the points",
    ),
    "mean of the squares": (
        "step",
        step("(output - target_t).square().sum() / len(x)"),
        "that is a mean over the points",
    ),
    "no backward": (
        "step",
        step().replace("loss.backward()", "pass"),
        "call backward before the weights are changed",
    ),
    "all under no_grad": (
        "step",
        """\
def step(x, target, context, w1, w2, lr):
    with torch.no_grad():
        output, context = forward(x[0], context, w1, w2)
        (output - target[0]).square().sum().backward()""",
        "has no history to go back through",
    ),
    "weights changed too early": (
        "step",
        """\
def step(x, target, context, w1, w2, lr):
    for x_t, target_t in zip(x, target):
        output, context = forward(x_t, context, w1, w2)
        (output - target_t).square().sum().backward(retain_graph=True)
        with torch.no_grad():
            w1 -= lr * w1.grad
            w2 -= lr * w2.grad
    return context.detach()""",
        "a weight was changed while a gradient still had to go back",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_check_says_what_is_wrong(case):
    assert_refused(*SAID[case], SEEDS)


def test_the_steps_by_hand_are_those_of_autograd():
    """The check derives the gradients by hand; here torch derives them."""
    rng = np.random.default_rng(5)
    x, target, context = rng.uniform(-1, 1, 4), rng.uniform(-1, 1, 4), rng.uniform(-1, 1, 3)
    weights = rng.normal(0, 0.5, (4, 3)), rng.normal(0, 0.5, (3, 1))
    for how in ({}, {"cut": True}, {"last_only": True}, {"all_pairs": True}):
        w1, w2 = (torch.tensor(w, requires_grad=True) for w in weights)
        h, losses = torch.tensor(context)[None], []
        others = torch.tensor(target)
        for x_t, target_t in zip(x, target, strict=True):
            h = torch.tanh(torch.cat((torch.tensor([[x_t]]), h), dim=1) @ w1)
            wanted = others if "all_pairs" in how else target_t
            losses.append((h @ w2 - wanted).square().sum() / 2)
            h = h.detach() if "cut" in how else h
        right = torch.autograd.grad(losses[-1] if "last_only" in how else sum(losses), (w1, w2))
        found = elman_by_hand._gradients(x, target, context, weights, **how)
        for one, other in zip(found, right, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


def test_the_exercises_are_given_the_cell_that_the_notebook_writes():
    (path,) = (tool.ROOT / "notebooks").glob("02_*.ipynb")
    (cell,) = (cell for cell in tool.read(path).cells if "def forward(" in cell.source)
    assert cell.source.startswith(f"{elman_by_hand.SETUP}\n\n\n")


# Questions ----------------------------------------------------------------------------------------


def answered(name, **measured):
    """Return the answer that is right for what was measured, and why."""
    right, why = QUESTIONS[name].judge(**measured)
    return QUESTIONS[name].answers[right], why


@pytest.mark.parametrize(
    ("worst", "answer"),
    [(1, "At one of the first"), (9, "Around the middle"), (19, "At one of the last")],
)
def test_the_place_of_the_largest_error_decides(worst, answer):
    for sign in (1, -1):
        errors = np.full(20, 0.05)
        errors[worst] = sign * 0.2
        right, why = answered("largest error", errors=errors)
        assert right.startswith(answer)
        assert why == f"Point {worst + 1} of 20 is missed by 0.20, a typical one by 0.05."


def test_errors_of_about_one_size_have_no_place():
    errors = np.linspace(-0.11, -0.1, 20)
    right, why = answered("largest error", errors=errors)
    assert right.startswith("Nowhere")
    assert "by 0.11, a typical one by 0.1" in why


LEARN = "Nearly all learn"


@pytest.mark.parametrize(
    ("full", "answer", "said"),
    [
        ([0.01] * 90 + [0.1] * 10, f"{LEARN}, most of them better", "better in 90 % of 100 seeds"),
        ([0.01] * 50 + [0.1] * 50, f"{LEARN}, about as well", "better in 50 % of 100 seeds"),
        ([0.01] * 10 + [0.1] * 90, f"{LEARN}, most of them worse", "better in 10 % of 100 seeds"),
        ([0.01] * 95 + [np.nan] * 5, f"{LEARN}, most of them better", "in 95 % of 100 seeds"),
        ([0.01] * 80 + [np.nan] * 20, "Many end useless", "More than a tenth of 100 networks"),
        ([0.1] * 52 + [np.nan] * 48, "Many end useless", "More than a third of 100 networks"),
        ([0.01] * 48 + [2.0] * 52, "Many end useless", "More than a third of 100 networks"),
        ([0.01] * 10 + [2.0] * 90, "Many end useless", "More than two thirds of 100 networks"),
    ],
)
def test_how_many_seeds_learn_decides(full, answer, said):
    right, why = answered("same rate", cut=np.full(100, 0.05), full=np.array(full))
    assert right.startswith(answer)
    assert said in why


@pytest.mark.parametrize(
    ("lengths", "answer"),
    [
        ({25: 77, 50: 152, 100: 302}, "About twice"),
        ({25: 77, 50: 78, 100: 79}, "As many"),
        ({25: 50, 50: 71, 100: 100}, "About 1.4"),
        ({25: 100, 50: 152, 100: 230}, "About 1.4"),
        ({25: 116, 50: 282, 100: 664}, "About twice"),
        ({25: 625, 50: 2500, 100: 10000}, "About four"),
        ({100: 1010, 25: 260}, "About twice"),
    ],
)
def test_how_the_operations_grow_decides(lengths, answer):
    right, why = answered("cost", lengths=lengths)
    assert right.startswith(answer)
    assert why.startswith("25 points")
    for points, operations in lengths.items():
        assert f"{points} " in why
        assert f"have {operations}" in why
