"""Exercises and questions of notebook 02: the cell, one step of training, what its cut costs."""

import math

import numpy as np
import torch

from .asking import Question, pose
from .compare import expect_shape, numbers, refuse, same, several, tried, whole_number
from .engine import Exercise, Wrong, kind, register

# Questions to predict -----------------------------------------------------------------------------


def _judge_largest_error(errors: np.ndarray) -> tuple[int, str]:
    missed = np.abs(errors)
    worst, typical, n = int(missed.argmax()), float(np.median(missed)), len(missed)
    right = 3 if missed[worst] < 2 * typical else 3 * worst // n
    return right, (
        f"Point {worst + 1} of {n} is missed by {missed[worst]:.2f}, a typical one by "
        f"{typical:.2f}."
    )


pose(
    Question(
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
)


def _judge_same_rate(cut: np.ndarray, full: np.ndarray) -> tuple[int, str]:
    useless = 1 - np.mean(full < 1)  # NaN is not below 1
    # In words, since how many diverge is not the same on every machine.
    for share, words in ((2 / 3, "two thirds"), (1 / 3, "a third"), (1 / 10, "a tenth")):
        if useless > share:
            return 3, (
                f"More than {words} of {len(full)} networks diverge: they end with an error above "
                "1, or with one that is no number any more."
            )
    better = np.mean(full < cut)
    right = 0 if better > 0.6 else 2 if better < 0.4 else 1
    return right, f"Full BPTT is better in {100 * better:.0f} % of {len(full)} seeds."


pose(
    Question(
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
)


def _judge_cost(lengths: dict[int, int]) -> tuple[int, str]:
    points = sorted(lengths)
    growth = lengths[points[-1]] / lengths[points[0]]
    power = math.log(growth) / math.log(points[-1] / points[0])
    right = sum(power > limit for limit in (0.25, 0.75, 1.5))
    first, *others = points
    text = f"{first} points have {lengths[first]} operations"
    return right, ", ".join([text, *(f"{n} have {lengths[n]}" for n in others)]) + "."


pose(
    Question(
        "cost",
        "02",
        "With twice the points, how many operations are there?",
        ("As many", "About 1.4 times as many", "About twice as many", "About four times as many"),
        _judge_cost,
    )
)

# What an answer finds in the notebook, besides np, torch, nn and rh.
SETUP = """\
def forward(x_t, context, w1, w2):
    xh = torch.cat((x_t.reshape(1, 1), context), dim=1)  # [x_t, h_(t-1)]: (1, 7)
    context = torch.tanh(xh @ w1)  # h_t: (1, 7) times (7, 6) gives (1, 6)
    output = context @ w2  # o_t: (1, 6) times (6, 1) gives (1, 1)
    return output, context"""

# Exercise 1: twelve neurons -----------------------------------------------------------------------


def _examine_twelve(answer: object, rng: np.random.Generator) -> str:
    number = whole_number(answer)
    mistakes = {
        96: "96 is twice 48: w1 gets more columns, but it gets more rows too.",
        156: "156 is w1 alone, 13 times 12; w2 has numbers as well.",
        180: "that counts 14 rows in w1; the context doubles, the one input does not.",
        48: "48 is what the network with 6 context neurons has.",
        12: "12 is the number of neurons; asked for is how many numbers w1 and w2 hold.",
    }
    if number in mistakes:
        raise Wrong(mistakes[number])
    if number != 168:
        raise Wrong(f"it is not {number}; write down the shapes of w1 and w2 first.")
    return "`w1` is (13, 12) and `w2` is (12, 1): with twice the neurons, 3.5 times the numbers."


register(
    Exercise(
        "twelve",
        "02",
        stub="""\
how_many = ...
rh.check("twelve", how_many)""",
        examine=_examine_twelve,
        hints=(
            "What is input_size when hidden_size is 12?",
            "w1 has shape (input_size, hidden_size), w2 has (hidden_size, output_size).",
            "w1 holds 13 times 12 numbers.",
        ),
        solution="how_many = 13 * 12 + 12 * 1",
        misconceptions={
            "twice": ("how_many = 2 * 48", "gets more rows too"),
            "w1 alone": ("how_many = 13 * 12", "is w1 alone"),
            "two inputs": ("how_many = 14 * 12 + 12", "counts 14 rows"),
            "no change": ("how_many = 7 * 6 + 6", "with 6 context neurons has"),
        },
    )
)

# Exercise 2: the cell, for a batch ----------------------------------------------------------------


def _examine_cell(answer: object, rng: np.random.Generator) -> str:
    hidden, batch = (int(size) for size in rng.choice(np.arange(3, 9), 2, replace=False))
    x_t, context = rng.uniform(-1, 1, (batch, 1)), rng.uniform(-0.9, 0.9, (batch, hidden))
    w1, w2 = rng.normal(0, 0.5, (hidden + 1, hidden)), rng.normal(0, 0.5, (hidden, 1))
    w2 += 0.2 * np.sign(w2)  # no weight of the output is so small that a mistake would not show
    given = [torch.tensor(each, requires_grad=True) for each in (context, w1, w2)]
    # A clone, since PyTorch itself refuses to overwrite what it is asked for the gradient of.
    handed_in = torch.tensor(x_t), given[0].clone(), *given[1:]
    returned = several(_returned(answer, *handed_in), "output", "context")
    output, new = numbers(returned[0], "output"), numbers(returned[1], "context")
    sizes = {"batch": batch, "hidden_size": hidden, "1": 1}
    if output.shape == (batch, hidden) and new.shape == (batch, 1):
        raise Wrong("context and output come back in the wrong order; the output is the first.")
    expect_shape(new, ("batch", "hidden_size"), sizes, "context")
    expect_shape(output, ("batch", "1"), sizes, "output")
    before = np.concatenate((x_t, context), axis=1) @ w1
    right = np.tanh(before)
    refuse(
        new,
        [
            (context, "the context that comes back is the old one; it must be the new one."),
            (before, "the tanh is missing: the context may leave the range from -1 to 1."),
            (
                np.tanh(np.concatenate((context, x_t), axis=1) @ w1),
                "the context stands before the input; the first row of w1 belongs to the input.",
            ),
            (1 / (1 + np.exp(-before)), "that is a sigmoid; the cell of Elman has a tanh."),
            (np.maximum(before, 0), "that is a ReLU; here the cell has a tanh."),
            (np.tanh(x_t @ w1[:1]), "the old context is not used; the network has no memory."),
        ],
    )
    if not same(new, right):
        raise Wrong("the new context is not the tanh of [x_t, context] @ w1.")
    refuse(
        output,
        [
            (np.tanh(right @ w2), "the output has a tanh too many; only the context has one."),
            (context @ w2, "the output is computed from the old context; it needs the new one."),
            (before @ w2, "the output is computed before the tanh; it needs the new context."),
        ],
    )
    if not same(output, right @ w2):
        raise Wrong("the context is right, but the output is not context @ w2.")
    if not np.array_equal(numbers(handed_in[1]), context):
        raise Wrong(
            "the cell overwrites the context that it is given, which may still be needed outside; "
            "make a new tensor."
        )
    _expect_gradients(returned, given)
    return f"The same cell, for a batch of {batch} at once."


def _expect_gradients(returned: list, given: list[torch.Tensor]) -> None:
    """Say where the cell cuts the way that gradients go from what it returns to what it reads."""
    belongs = "; the cut belongs in the training loop, not in the cell."
    names = "the context that is given", "w1", "w2"
    for what, value, read in (("output", returned[0], 3), ("new context", returned[1], 2)):
        if not isinstance(value, torch.Tensor):
            raise Wrong(f"the {what} must be a tensor, but it is {kind(value)}.")
        found = [None] * read
        if value.requires_grad:
            found = torch.autograd.grad(
                value.sum(), given[:read], retain_graph=True, allow_unused=True
            )
        missing = [name for name, each in zip(names, found, strict=False) if each is None]
        if missing:
            first = next((name for name in ("w1", "w2") if name in missing), missing[0])
            raise Wrong(f"from the {what} no gradient reaches {first}{belongs}")


_CELL_ERRORS = {
    "requires grad. Use": (
        "NumPy records no gradient, so w1 and w2 could not learn; compute with torch alone."
    ),
}


def _returned(
    answer: object, x_t: torch.Tensor, context: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor
) -> object:
    """Return what the reader's cell makes of a batch, or say that it takes one sequence only."""
    batch, one = len(x_t), (x_t[:1].clone(), context[:1].clone())
    try:
        return tried(_CELL_ERRORS, answer, x_t, context, w1, w2)
    except Wrong:
        # What raises for one sequence as well is not about the batch: then its error is shown.
        tried(_CELL_ERRORS, answer, *one, w1, w2)
        raise Wrong(
            f"it takes a batch of 1, but not a batch of {batch}. x_t has shape ({batch}, 1) there; "
            "is it still reshaped to one number?"
        ) from None


def _cell(
    xh: str = "torch.cat((x_t, context), dim=1)",
    new: str = "torch.tanh(xh @ w1)",
    output: str = "context @ w2",
    returned: str = "output, context",
    first: str = "",
) -> str:
    """Return the code of an answer, which is right but for what is given."""
    return f"""\
def batch_forward(x_t, context, w1, w2):
    {first}xh = {xh}
    context = {new}
    output = {output}
    return {returned}"""


_OLD = "old = context\n    "

register(
    Exercise(
        "cell",
        "02",
        stub="""\
def batch_forward(x_t, context, w1, w2):
    return ..., ...  # output, context


rh.check("cell", batch_forward)""",
        examine=_examine_cell,
        hints=(
            "It is the two lines of the equation in section 5. What was reshaped there, and why?",
            "x_t has the axis of the batch already, so torch.cat can have it as it is.",
            "context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)",
        ),
        solution=_cell(),
        misconceptions={
            "context first": (_cell(xh="torch.cat((context, x_t), dim=1)"), "stands before"),
            "no tanh": (_cell(new="xh @ w1"), "the tanh is missing"),
            "sigmoid": (_cell(new="torch.sigmoid(xh @ w1)"), "that is a sigmoid"),
            "no memory": (_cell(new="torch.tanh(x_t @ w1[:1])"), "has no memory"),
            "old context back": (_cell(returned="output, old", first=_OLD), "is the old one"),
            "tanh twice": (_cell(output="torch.tanh(context @ w2)"), "a tanh too many"),
            "output of the old": (
                _cell(output="old @ w2", first=_OLD),
                "computed from the old context",
            ),
            "wrong order": (_cell(returned="context, output"), "in the wrong order"),
            "one sequence": (
                _cell(xh="torch.cat((x_t.reshape(1, 1), context), dim=1)"),
                "takes a batch of 1, but not",
            ),
            "context cut": (_cell(returned="output, context.detach()"), "from the new context no"),
            "under no_grad": (
                """\
def batch_forward(x_t, context, w1, w2):
    with torch.no_grad():
        context = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)
        return context @ w2, context""",
                "from the output no gradient reaches w1",
            ),
            "old context cut": (
                _cell(first="context = context.detach()\n    "),
                "reaches the context that is given",
            ),
            "overwritten": (
                """\
def batch_forward(x_t, context, w1, w2):
    context[:] = torch.tanh(torch.cat((x_t, context), dim=1) @ w1)
    return context @ w2, context""",
                "overwrites the context",
            ),
        },
        setup=SETUP,
    )
)

# Exercise 3: one step of full BPTT ----------------------------------------------------------------

_STEP_ERRORS = {
    "mat1 and mat2 shapes cannot be multiplied (1x7 and": (
        "that context has 6 values, and w1 wants another number of them; start from the context "
        "that is handed in, not from h_0."
    ),
    "a leaf Variable that requires grad": (
        "PyTorch refuses to record the change of a weight; put it under with torch.no_grad()."
    ),
    "element 0 of tensors does not require grad": (
        "the loss has no history to go back through; is it computed under torch.no_grad()?"
    ),
    "backward through the graph a second time": (
        "backward was called at more than one point, but the history is one; add up the losses, "
        "and call it once."
    ),
    "modified by an inplace operation": (
        "a weight was changed while a gradient still had to go back through it; change both "
        "matrices once, after the last point."
    ),
    "and 'NoneType'": "a gradient is None; call backward before the weights are changed.",
}


def _forward(
    x: np.ndarray, target: np.ndarray, context: np.ndarray, w1: np.ndarray, w2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the states, the first of them the context, and the errors of the cell."""
    states, errors = [context], []
    for x_t, target_t in zip(x, target, strict=True):
        states.append(np.tanh(np.concatenate(([x_t], states[-1])) @ w1))
        errors.append(float(states[-1] @ w2[:, 0]) - target_t)
    return np.array(states), np.array(errors)


def _gradients(
    x: np.ndarray,
    target: np.ndarray,
    context: np.ndarray,
    weights: tuple[np.ndarray, np.ndarray],
    *,
    cut: bool = False,
    last_only: bool = False,
    all_pairs: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of half the squared errors, summed, by backpropagation through time."""
    w1, w2 = weights
    states, errors = _forward(x, target, context, w1, w2)
    if last_only:
        errors[:-1] = 0
    if all_pairs:  # each prediction against each target
        errors = (errors + target)[:, None] - target[None]
        errors = errors.sum(axis=1)
    grad_1, grad_2, later = np.zeros_like(w1), np.zeros_like(w2), np.zeros(len(context))
    for t in reversed(range(len(x))):
        h = states[t + 1]
        through_tanh = (errors[t] * w2[:, 0] + later) * (1 - h**2)
        grad_1 += np.outer(np.concatenate(([x[t]], states[t])), through_tanh)
        grad_2 += errors[t] * h[:, None]
        later = np.zeros(len(context)) if cut else w1[1:] @ through_tanh
    return grad_1, grad_2


def _step_at_every_point(
    x: np.ndarray,
    target: np.ndarray,
    context: np.ndarray,
    weights: tuple[np.ndarray, np.ndarray],
    lr: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the training of section 6 moves both matrices."""
    w1, w2 = weights
    for t in range(len(x)):
        point = x[t : t + 1], target[t : t + 1], context
        grad_1, grad_2 = _gradients(*point, (w1, w2))
        context = _forward(*point, w1, w2)[0][-1]
        w1, w2 = w1 - lr * grad_1, w2 - lr * grad_2
    return w1 - weights[0], w2 - weights[1]


def _examine_step(answer: object, rng: np.random.Generator) -> str:
    # Neither 6, the size of the notebook's h_0, nor 7, so that a context of 6 values shows.
    hidden = int(rng.choice((3, 4, 5, 8)))
    n, lr = int(rng.integers(3, 7)), float(rng.uniform(0.02, 0.06))
    w1 = torch.tensor(rng.normal(0, 0.5, (hidden + 1, hidden)), requires_grad=True)
    w2 = torch.tensor(rng.normal(0, 0.5, (hidden, 1)), requires_grad=True)
    context = rng.uniform(0.2, 0.8, (1, hidden))
    for piece in range(2):  # two, since what the first leaves behind shows in the second
        x, target = rng.uniform(-1, 1, n), rng.uniform(0.5, 1.5, n)
        before = context[0]
        weights = w1.detach().numpy().copy(), w2.detach().numpy().copy()
        given = torch.tensor(x), torch.tensor(target), torch.tensor(context)
        returned = tried(_STEP_ERRORS, answer, *given, w1, w2, lr)
        if isinstance(returned, tuple | list):
            raise Wrong(f"return the context alone; {len(returned)} things came back.")
        new = numbers(returned, "the context")
        if not isinstance(returned, torch.Tensor):
            raise Wrong(f"the context must be a tensor, but it is {kind(returned)}.")
        expect_shape(new, ("1", "hidden_size"), {"1": 1, "hidden_size": hidden}, "the context")
        after = numbers(w1, "w1 after the step"), numbers(w2, "w2 after the step")
        moved = after[0] - weights[0], after[1] - weights[1]
        _examine_moves(moved, (x, target, before, weights), lr, piece)
        states, _ = _forward(x, target, before, *weights)
        refuse(
            new[0],
            [
                (
                    np.zeros(hidden),
                    "the context is empty; to cut it from its history is not to forget its values.",
                ),
                (before, "the context that comes back is the one that went in."),
                (states[1], f"that is the context of the first of {n} points; return the last."),
                (
                    _forward(x, target, before, *after)[0][-1],
                    "the context is computed anew after the step; the one before it is meant.",
                ),
            ],
        )
        if not same(new[0], states[-1]):
            raise Wrong("the context that comes back is not that of forward at the last point.")
        if returned.requires_grad:
            raise Wrong(
                "the context still has its history, so the next gradient would go further back; "
                "cut it with detach()."
            )
        context = new
    return f"One step, whose gradient goes back through all {n} points."


def _examine_moves(moved: tuple, piece: tuple, lr: float, number: int) -> None:
    """Say what is wrong with how far both matrices moved."""

    def are(changes: tuple, factor: float = 1.0) -> bool:
        pairs = zip(moved, changes, strict=True)
        return all(same(one, factor * other, 1e-8) for one, other in pairs)

    x, target, context, weights = piece
    right = tuple(-lr * each for each in _gradients(*piece))
    if are(right):
        return
    has_moved = [bool(np.abs(each).max() > 1e-12) for each in moved]
    if not any(has_moved):
        raise Wrong(
            "w1 and w2 have not changed; w1 = w1 - ... makes a new tensor, w1 -= ... changes this "
            "one."
        )
    if not all(has_moved):
        raise Wrong(f"only {'w1' if has_moved[0] else 'w2'} has changed; both matrices learn.")
    if are(right, -1):
        raise Wrong("the weights go along the gradient, so the loss grows; go against it.")
    if are(right, 2):
        raise Wrong("the step is twice as long as it should be; the loss is half the square.")
    if are(right, 1 / len(x)) or are(right, 2 / len(x)):
        raise Wrong("that is a mean over the points; the losses are added up, and not divided.")
    if are(right, 1 / lr):
        raise Wrong("the step is as long as the gradient; it must be lr times that.")
    other_steps = [
        (
            _gradients(*piece, cut=True),
            "no gradient flows through time: the context is cut between the points; cut it once, "
            "after the last.",
        ),
        (
            _gradients(*piece, last_only=True),
            "only the loss of the last point counts; add up those of all points.",
        ),
        (
            _gradients(x, target, np.zeros_like(context), weights),
            "it begins from a context of zeros; begin from the context that is given.",
        ),
    ]
    for gradients, sentence in other_steps:
        if are(gradients, -lr):
            raise Wrong(sentence)
    n = len(x)
    all_pairs = tuple(-lr * each for each in _gradients(*piece, all_pairs=True))
    if any(are(all_pairs, factor) for factor in (1, 2, 1 / n, 1 / n**2, 2 / n**2)):
        raise Wrong(
            f"every prediction is compared with every target: ({n}, 1) minus ({n},) is ({n}, {n})."
        )
    if are(_step_at_every_point(*piece, lr)):
        raise Wrong("that is a step at every point, as in section 6; make one, after the last.")
    if number > 0:
        raise Wrong(
            "the first step is right, the next is not: backward adds to the gradients of the step "
            "before, unless they are set to None."
        )
    raise Wrong("w1 and w2 do not go lr times the gradient of the losses, added up.")


def _step(
    loss: str = "loss = loss + (prediction - target_t).square().sum() / 2",
    update: str = "w1 -= lr * w1.grad\n        w2 -= lr * w2.grad",
    clear: str = "w1.grad = w2.grad = None",
    returned: str = "context.detach()",
    guard: str = "with torch.no_grad():",
    first: str = "",
    backward: str = "loss.backward()",
) -> str:
    """Return the code of an answer, which is right but for what is given."""
    return f"""\
def step(x, target, context, w1, w2, lr):
    {first}loss = 0.0
    for x_t, target_t in zip(x, target):
        prediction, context = forward(x_t, context, w1, w2)
        {loss}
    {backward}
    {guard}
        {update}
    {clear}
    return {returned}"""


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

_ALL_WITH_ALL = """\
def step(x, target, context, w1, w2, lr):
    outputs = []
    for x_t in x:
        output, context = forward(x_t, context, w1, w2)
        outputs.append(output)
    ((torch.cat(outputs) - target).square().sum() / 2).backward()
    with torch.no_grad():
        w1 -= lr * w1.grad
        w2 -= lr * w2.grad
    w1.grad = w2.grad = None
    return context.detach()"""

register(
    Exercise(
        "step",
        "02",
        stub="""\
def step(x, target, context, w1, w2, lr):
    return ...  # the last context


rh.check("step", step)""",
        examine=_examine_step,
        hints=(
            "Which lines of the loop in section 6 belong to every point, and which come once?",
            "At every point: forward, and add half the squared error to one loss. After the last: "
            "loss.backward(), then the change of both matrices under torch.no_grad().",
            "At the end: w1.grad = w2.grad = None, and return context.detach().",
        ),
        solution=_step(),
        misconceptions={
            "at every point": (_AT_EVERY_POINT, "as in section 6"),
            "at every point, uncut": (
                _AT_EVERY_POINT.replace("        context = context.detach()\n", ""),
                "backward was called at more than one point",
            ),
            "cut between the points": (
                _step(
                    "loss = loss + (prediction - target_t).square().sum() / 2\n"
                    "        context = context.detach()"
                ),
                "no gradient flows through time",
            ),
            "last point": (
                _step("loss = (prediction - target_t).square().sum() / 2"),
                "only the loss of the last point",
            ),
            "mean": (_step(backward="(loss / len(x)).backward()"), "a mean over the points"),
            "from zeros": (
                _step(first="context = torch.zeros_like(context)\n    "),
                "from a context of zeros",
            ),
            "no detach": (_step(returned="context"), "still has its history"),
            "gradients kept": (_step(clear="pass"), "backward adds to the gradients"),
            "along": (
                _step(update="w1 += lr * w1.grad\n        w2 += lr * w2.grad"),
                "go along the gradient",
            ),
            "no half": (
                _step("loss = loss + (prediction - target_t).square().sum()"),
                "the loss is half the square",
            ),
            "no lr": (
                _step(update="w1 -= w1.grad\n        w2 -= w2.grad"),
                "as long as the gradient",
            ),
            "emptied": (_step(returned="torch.zeros_like(context)"), "the context is empty"),
            "one matrix": (_step(update="w2 -= lr * w2.grad"), "both matrices learn"),
            "new tensors": (
                _step(update="w1, w2 = w1 - lr * w1.grad, w2 - lr * w2.grad"),
                "makes a new tensor",
            ),
            "recorded": (_step(guard="if True:"), "refuses to record"),
            "from h_0": (
                _step(first="context = torch.zeros(1, 6, dtype=torch.float64)  # h_0\n    "),
                "not from h_0",
            ),
            "all with all": (_ALL_WITH_ALL, "compared with every target"),
        },
        setup=SETUP,
    )
)
