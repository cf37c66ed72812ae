"""Notebook 04: other answers, and which answer of a question is right."""

import pytest
import torch
from practice_answers import other_answers

from rnn_helpers.practice import EXERCISES, QUESTIONS

STEP = EXERCISES["train_step"].solution
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
        "step_size": (
            'factors = {"Adam": np.float32(1), "SGD": torch.tensor(9.999)}',
            "10 => [10.0]\n1} => np.array([1.0002])}",
        ),
        "train_step": (
            "    optimizer.zero_grad() => \noptimizer.step() => optimizer.step(); rnn.zero_grad()",
            "loss.item(), hidden => loss.detach(), hidden.data.clone()",
            "optimizer.zero_grad() => optimizer.zero_grad(set_to_none=False); rnn.train()",
            "optimizer.step() => optimizer.step(lambda: loss)",
            IN_TWO_PARTS,
        ),
        "train_reset": (
            f"rnn(x) => rnn(x, {ZEROS})",
            "loss.item() => loss.detach()\nreturn losses => return np.array(losses)",
            "prediction, _ = rnn(x) => prediction = rnn.fc(rnn.rnn(x)[0])",
            f"{STEP}\n\n\ndef train_reset(rnn, optimizer, windows):\n    {LOOP}",
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
            "loss.backward() => (2 * loss).backward()": "the losses[1] should be",
            "item(), hidden => item(), prediction.detach()": "(layers, batch, hidden_size) is (2,",
            "item(), hidden => item(), hidden[:, :1].numpy()": "a NumPy array of shape (2, 1,",
            "rnn(x, hidden) => rnn(x, hidden + 0)": "but with hidden=None, your function raised",
            "loss = criterion => y -= 1; loss = criterion": "the losses[0]",
        },
        "train_reset": {
            ANEW: "forgets",
            "[] => []; rnn = rh.WaveRNN(hidden_size=4)": "gradients in rnn should be 1; yours is 0",
            f"rnn(x) => rnn(x, {ZEROS} + 0.5)": "the list of losses[0] should be",
            "in windows => in windows[:2]": "the number of steps should be 5; yours is 2",
            "return losses => optimizer.step(); return losses": "should be 1; yours is 2",
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


@pytest.mark.parametrize(("last", "right"), [(7e-4, 3), (9e-4, 2), (0.02, 1), (0.1, 0), (2, 0)])
def test_fall_of_the_loss(last, right):
    why = f"The loss goes from 0.8 to {last:.1g}."
    assert QUESTIONS["fall of the loss"].judge(0.77, last) == (right, why)


@pytest.mark.parametrize(("carried", "right"), [(9e-5, 3), (1e-3, 2), (3e-3, 1), (1e-2, 0)])
def test_price_of_a_reset(carried, right):
    why = f"The medians of the last losses are {carried:.1g} carried and 0.003 reset."
    assert QUESTIONS["price of a reset"].judge(carried, 0.0027) == (right, why)


@pytest.mark.parametrize(
    ("formula", "right", "said"),
    [
        (1, 0, "is 1"),
        (1e-3, 1, "is 0.001"),
        (1e-4, 2, ""),
        (1e-9, 3, ""),
        (1e-30, 4, "below 1e-20"),
    ],
)
def test_formula(formula, right, said):
    judge = QUESTIONS["formula"].judge
    judged, why = judge(formula, network=9e-5, persistence=0.01, coefficients=[1.9754, -1])
    assert judged == right
    assert said in why
    assert why.endswith("The coefficients are 1.975 and -1.000.")
