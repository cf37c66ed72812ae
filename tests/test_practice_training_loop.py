"""Notebook 04: other answers, and which answer of a question is right."""

import pytest
import torch
from practice_answers import each_answer_decided, other_answers

from rnn_helpers.practice import EXERCISES

IN_TWO_PARTS = """\
def train_step(rnn, optimizer, x, y, hidden):
    r_out, h_n = rnn.rnn(x, None if hidden is None else hidden.detach())
    loss = ((rnn.fc(r_out) - y) ** 2).mean()
    parameters = list(rnn.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        parameter.grad = gradient
    optimizer.step()
    return {"the loss": float(loss), "the state": h_n}"""
ANEW = "loss = => optimizer = torch.optim.SGD(rnn.parameters(), 0.1, 0.9); loss ="
ZEROS = "torch.zeros(1, 1, rnn.rnn.hidden_size)"
LOOP = "return [train_step(rnn, optimizer, x, y, None)[0] for x, y in windows]"

test_right, test_wrong = other_answers(
    right={
        "step_size": ("10 => [10.0]\n1} => np.array([1.0002])}",),
        "train_step": (
            "    optimizer.zero_grad() => \noptimizer.step() => optimizer.step(); rnn.zero_grad()",
            IN_TWO_PARTS,
        ),
        "train_reset": (
            f"rnn(x) => rnn(x, {ZEROS})",
            f"{EXERCISES['train_step'].solution}\n\n\n"
            f"def train_reset(rnn, optimizer, windows):\n    {LOOP}",
        ),
    },
    wrong={
        "step_size": {
            "factors = 10": "2 things are asked for, SGD and Adam",
            "1} => 3}": "Adam is not right yet",
            "10 => [3]": "SGD's step does not become 3 times",
        },
        "train_step": {
            ANEW: "forgets",
            "optimizer.step() => optimizer.step(); optimizer.step()": "should be 3; yours is 6",
            "item(), hidden => item(), prediction.detach()": "(layers, batch, hidden_size) is (2,",
            "rnn(x, hidden) => rnn(x, hidden + 0)": "but with hidden=None, your function raised",
        },
        "train_reset": {
            ANEW: "forgets",
            "[] => []; rnn = rh.WaveRNN(hidden_size=4)": "gradients in rnn should be 1; yours is 0",
            "in windows => in windows[:2]": "the number of steps should be 5; yours is 2",
        },
    },
)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_the_first_step_grows_as_the_solution_says(kind):
    steps = []
    for factor in (1, 10):
        weight = torch.nn.Parameter(torch.ones(3))
        (factor * (weight * torch.tensor([1.0, -2.0, 3.0])).sum()).backward()
        getattr(torch.optim, kind)([weight], lr=0.01).step()
        steps.append((weight.detach() - 1).norm())
    factors = EXERCISES["step_size"].answer_of(EXERCISES["step_size"].solution)
    assert steps[1] / steps[0] == pytest.approx(factors[kind], rel=1e-3)


MEASURED = {
    "fall of the loss": [(0.77, last) for last in (0.1, 0.02, 9e-4, 7e-4)],
    "price of a reset": [(carried, 0.0027) for carried in (1e-2, 3e-3, 1e-3, 9e-5)],
    "formula": [(error, 9e-5, 0.01, [1.9754, -1]) for error in (1, 1e-3, 1e-4, 1e-9, 1e-30)],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
