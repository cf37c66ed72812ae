"""Notebook 02: other answers, and which answer of a question is right."""

import numpy as np
from practice_answers import each_answer_decided, other_answers

from rnn_helpers.practice import elman_by_hand
from tools import notebooks as tool

test_right, test_wrong = other_answers(
    right={
        "twelve": ("how_many = [torch.zeros(14, 12).numel()]",),
        "cell": (
            """\
def batch_forward(x_t, context, w1, w2):
    both = [forward(x_t[i], context[i : i + 1], w1, w2) for i in range(len(x_t))]
    return torch.cat([output for output, _ in both]), torch.cat([new for _, new in both])""",
            "torch.tanh(xh @ w1) => torch.rnn_tanh_cell(x_t, context, w1[:1].T, w1[1:].T)",
        ),
        "step": (
            """\
def step(x, target, context, w1, w2, lr):
    optimizer, outputs = torch.optim.SGD([w1, w2], lr=lr), []
    for x_t in x:
        context = torch.tanh(x_t * w1[:1] + context @ w1[1:])
        outputs.append((context @ w2).squeeze())
    optimizer.zero_grad()
    (nn.functional.mse_loss(torch.stack(outputs), target, reduction="sum") / 2).backward()
    optimizer.step()
    return context.detach()""",
            "loss.backward() => pass\nloss + => \n/ 2 => / 2; loss.backward(retain_graph=True)",
        ),
    },
    wrong={
        "twelve": {
            "13 * 12 => 13 * 12 + 1": "your 169 is not it; write down",
            "12 * 1 => 2 * 12": "your 180 is 12 too many",
        },
        "cell": {
            "@ w2 => @ w2.detach()": "the gradient from output",
            "return => return forward(x_t, context, w1, w2); return": "takes a batch of 1, but not",
        },
        "step": {
            "w1.grad = w2.grad = None => w1.grad = None": "w2",
            "zip(x, target) => zip(x[-2:], target[-2:])": "it is right for x of shape (1,)",
        },
    },
)


def test_exercises_are_given_the_cell_that_the_notebook_writes():
    (path,) = (tool.ROOT / "notebooks").glob("02_*.ipynb")
    (cell,) = (cell for cell in tool.read(path).cells if "def forward(" in cell.source)
    assert cell.source.startswith(f"{elman_by_hand.SETUP}\n\n\n")


def missed(worst, size):
    return (np.where(np.arange(20) == worst, size, 0.05),)


def at_one_rate(worse, lost):
    full = [0.01] * (100 - worse - lost) + [0.1] * worse + [np.nan] * lost
    return np.full(100, 0.05), np.array(full)


MEASURED = {
    "largest error": [missed(1, 0.2), missed(9, -0.2), missed(19, 0.2), missed(9, 0.06)],
    "same rate": [at_one_rate(*n) for n in ((5, 5), (45, 5), (85, 5), (0, 48))],
    "cost": [({100: most, 25: 77, 50: 78},) for most in (79, 154, 302, 1232)],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
