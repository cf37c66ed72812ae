"""Notebook 02: other answers, and which answer of a question is right."""

import numpy as np
import pytest
from practice_answers import other_answers

from rnn_helpers.practice import QUESTIONS, elman_by_hand
from tools import notebooks as tool

test_right, test_wrong = other_answers(
    right={
        "twelve": ("how_many = np.float64(168)", "how_many = [torch.zeros(14, 12).numel()]"),
        "cell": (
            """\
def batch_forward(x_t, context, w1, w2):
    both = [forward(x_t[i], context[i : i + 1], w1, w2) for i in range(len(x_t))]
    return torch.cat([output for output, _ in both]), torch.cat([new for _, new in both])""",
            "torch.tanh(xh @ w1) => torch.rnn_tanh_cell(x_t, context, w1[:1].T, w1[1:].T)",
            "context = torch => context = context.clone(); context[:] = torch",
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
            "w1.grad = w2.grad = None => w1.grad.zero_(); w2.grad.zero_()",
        ),
    },
    wrong={
        "twelve": {
            "13 * 12 => 13 * 12 + 1": "your 169 is not it; write down",
            "how_many = lambda: 168": "must be numbers",
            "12 * 1 => 2 * 12": "your 180 is 12 too many",
        },
        "cell": {
            "torch.tanh => torch.sin": "context[0, 0] should be",
            "return output, => return output[:, 0],": "output should have shape",
            "@ w2 => @ w2.detach()": "the gradient back from output",
            "return => w1.data.mul_(2); return": "",
            "return => return forward(x_t, context, w1, w2); return": "takes a batch of 1, but not",
        },
        "step": {
            "return => return prediction, ": "what you return is a tuple",
            "context.detach() => context.detach()[0]": "the context should have shape",
            "w1.grad = w2.grad = None => w1.grad = None": "w2",
            "zip(x, target) => zip(x[-2:], target[-2:])": "it is right for x of shape (1,)",
        },
    },
)


def test_exercises_are_given_the_cell_that_the_notebook_writes():
    (path,) = (tool.ROOT / "notebooks").glob("02_*.ipynb")
    (cell,) = (cell for cell in tool.read(path).cells if "def forward(" in cell.source)
    assert cell.source.startswith(f"{elman_by_hand.SETUP}\n\n\n")


@pytest.mark.parametrize(
    ("worst", "size", "right"), [(1, 0.2, 0), (9, -0.2, 1), (19, 0.2, 2), (9, 0.06, 3)]
)
def test_largest_error(worst, size, right):
    errors = np.where(np.arange(20) == worst, size, 0.05)
    why = f"Point {worst + 1} of 20 is missed by {abs(size):.2f}, a typical one by 0.05."
    assert QUESTIONS["largest error"].judge(errors) == (right, why)


SAME_RATE = {"90 %": (5, 5, 0), "50 %": (45, 5, 1), "10 %": (85, 5, 2), "a tenth of": (0, 20, 3)}
SAME_RATE |= {"a third of 100 networks": (0, 48, 3), "two thirds of 100 networks": (0, 90, 3)}


@pytest.mark.parametrize("value", [np.nan, 2.0])
@pytest.mark.parametrize("said", SAME_RATE)
def test_same_rate(said, value):
    worse, lost, right = SAME_RATE[said]
    full = [0.01] * (100 - worse - lost) + [0.1] * worse + [value] * lost
    judged, why = QUESTIONS["same rate"].judge(np.full(100, 0.05), np.array(full))
    assert (judged, said in why) == (right, True)


@pytest.mark.parametrize(("most", "right"), [(79, 0), (154, 1), (302, 2), (1232, 3)])
def test_cost(most, right):
    why = f"25 points have 77 operations, 50 have 78, 100 have {most}."
    assert QUESTIONS["cost"].judge({100: most, 25: 77, 50: 78}) == (right, why)
