"""The exercises and questions of notebook 04: other right answers, what a check says, judges."""

import re

import numpy as np
import pytest
from practice_answers import assert_refused, assert_right, said_of

from rnn_helpers.practice import EXERCISES, QUESTIONS, training_loop

SEEDS = range(2)

RIGHT = {
    "as floats": ("step_size", 'factors = {"Adam": np.float32(1), "SGD": 10.0}'),
    "as measured": ("step_size", 'factors = {"SGD": torch.tensor(9.9999), "Adam": [1.0002]}'),
    "detached when it comes in": (
        "train_step",
        """\
def train_step(rnn, optimizer, x, y, hidden):
    if hidden is not None:
        hidden = hidden.detach()
    prediction, hidden = rnn(x, hidden)
    loss = criterion(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item(), hidden""",
    ),
    "zeroed at the end": (
        "train_step",
        """\
def train_step(rnn, optimizer, x, y, hidden):
    prediction, h_n = rnn(x, hidden)
    loss = ((prediction - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach(), h_n.detach()""",
    ),
    "in two parts, and talkative": (
        "train_step",
        """\
def train_step(rnn, optimizer, x, y, hidden):
    optimizer.zero_grad()
    r_out, hidden = rnn.rnn(x, hidden)
    loss = criterion(rnn.fc(r_out), y)
    loss.backward()
    optimizer.step()
    print("loss", loss)
    return [loss.item(), hidden.detach().clone()]""",
    ),
    "gradients without backward": (
        "train_step",
        """\
def train_step(rnn, optimizer, x, y, hidden):
    prediction, hidden = rnn(x, hidden)
    loss = criterion(prediction, y)
    parameters = list(rnn.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        parameter.grad = gradient
    optimizer.step()
    return float(loss), hidden.data""",
    ),
    "zeros handed in": (
        "train_reset",
        """\
def train_reset(rnn, optimizer, windows):
    losses = []
    for x, y in windows:
        prediction, hidden = rnn(x, torch.zeros(1, 1, rnn.rnn.hidden_size))
        loss = criterion(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses""",
    ),
    "by the step of exercise 2": (
        "train_reset",
        EXERCISES["train_step"].solution
        + """


def train_reset(rnn, optimizer, windows):
    return np.array([train_step(rnn, optimizer, x, y, None)[0] for x, y in windows])""",
    ),
    "one of its own set back to zero": (
        "train_reset",
        """\
def train_reset(rnn, optimizer, windows):
    losses, hidden = [], None
    for i in range(len(windows)):
        optimizer.zero_grad()
        prediction, hidden = rnn(windows[i][0], hidden)
        loss = torch.mean((windows[i][1] - prediction) ** 2)
        loss.backward()
        optimizer.step()
        losses += [float(loss)]
        hidden = torch.zeros_like(hidden)
    return tuple(losses)""",
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_another_right_answer_is_right(case):
    assert_right(*RIGHT[case], SEEDS)


STEP, RESET = EXERCISES["train_step"].solution, EXERCISES["train_reset"].solution


SAID = {
    "no dict": ("step_size", "factors = (10, 1)", "must be a dict with SGD and Adam"),
    "one missing": ("step_size", 'factors = {"SGD": 10}', "factors has no 'Adam'"),
    "no number": ("step_size", 'factors = {"SGD": "ten", "Adam": 1}', "the factor of SGD must be"),
    "SGD alone is right": (
        "step_size",
        'factors = {"SGD": 10, "Adam": 3}',
        "SGD is right. Adam is not: its step does not become 3 times as long.",
    ),
    "Adam alone is right": (
        "step_size",
        'factors = {"SGD": 0.1, "Adam": 1}',
        "Adam is right. SGD is not: its step does not become 0.1 times as long.",
    ),
    "none is right": ("step_size", 'factors = {"SGD": 3, "Adam": 0}', "and Adam's not 0 times."),
    "state first": (
        "train_step",
        but(STEP, "return loss.item(), hidden", "return hidden, loss.item()"),
        "the loss comes first, then the state",
    ),
    "loss alone": (
        "train_step",
        but(STEP, "loss.item(), hidden", "loss.item()"),
        "return two things, the loss and the state; what came back is a float",
    ),
    "state as an array": (
        "train_step",
        but(STEP, ".item(), hidden", ".item(), hidden.numpy()"),
        "the state must be a tensor, but it is a NumPy array of shape",
    ),
    "state of one sequence": (
        "train_step",
        but(STEP, ".item(), hidden", ".item(), hidden[:, :1]"),
        "the state has shape (num_layers, batch, hidden_size) = (",
    ),
    "state halved": (
        "train_step",
        but(STEP, ".item(), hidden", ".item(), hidden / 2"),
        "not the one with which this window ended",
    ),
    "summed": (
        "train_step",
        but(STEP, "criterion(prediction, y)", "((prediction - y) ** 2).sum()"),
        "that loss is a sum",
    ),
    "absolute": (
        "train_step",
        but(STEP, "criterion(prediction, y)", "(prediction - y).abs().mean()"),
        "the mean squared error before the step; it is",
    ),
    "loss after the step": (
        "train_step",
        but(
            STEP, "    return", "    loss = criterion(rnn(x, hidden_in)[0], y)\n    return"
        ).replace("    prediction,", "    hidden_in = hidden\n    prediction,", 1),
        "that is the loss after the step",
    ),
    "two steps": (
        "train_step",
        but(STEP, "    optimizer.step()\n", "    optimizer.step()\n" * 2),
        "took 2 steps for one window",
    ),
    "another gradient": (
        "train_step",
        but(STEP, "loss.backward()", "(2 * loss).backward()"),
        "moved in another way than by its gradient",
    ),
    "detached too early": (
        "train_step",
        but(STEP, "rnn(x, hidden)\n", "rnn(x, hidden)\n    prediction = prediction.detach()\n"),
        "your function raised RuntimeError",
    ),
    "first window from zeros": (
        "train_step",
        but(STEP, "    prediction,", "    hidden = hidden + 0\n    prediction,"),
        "it works, but not for hidden=None",
    ),
    "a random first state": (
        "train_step",
        but(STEP, "rnn(x, hidden)", "rnn(x, torch.rand(H) if hidden is None else hidden)").replace(
            "H", "rnn.rnn.num_layers, len(x), rnn.rnn.hidden_size"
        ),
        "from zeros the loss should be",
    ),
    "left over from the step before": (
        "train_step",
        "calls = []\n\n\n"
        + but(STEP, "loss.backward()", "calls.append(1)\n    (len(calls) * loss).backward()"),
        "the first step is right, but a later one is not",
    ),
    "mean of the losses": (
        "train_reset",
        but(RESET, "return losses", "return np.mean(losses)"),
        "return a list with the loss of every window",
    ),
    "the last loss is not the network's": (
        "train_reset",
        but(RESET, "return losses", "return 0.5"),
        "one number came back for",
    ),
    "another optimizer that remembers nothing": (
        "train_reset",
        but(
            RESET,
            "in windows:\n",
            "in windows:\n        optimizer = torch.optim.SGD(rnn.parameters(), lr=0.2)\n",
        ),
        "not by the optimizer that was handed in",
    ),
    "another optimizer for the whole training": (
        "train_reset",
        but(
            RESET,
            "    losses = []\n",
            "    losses = []\n    optimizer = torch.optim.Adam(rnn.parameters())\n",
        ),
        "not by the optimizer that was handed in",
    ),
    "weights made anew after the step": (
        "train_reset",
        but(RESET, "        losses.app", "        rnn.fc.reset_parameters()\n        losses.app"),
        "the weights were made anew; only the state is reset",
    ),
    "moved by hand": (
        "train_step",
        but(
            STEP,
            "    optimizer.step()\n",
            "    for p in rnn.parameters():\n        p.data -= 0.2 * p.grad\n",
        ),
        "the weights moved, but not by the optimizer that was handed in",
    ),
    "no losses": (
        "train_reset",
        but(RESET, "        losses.append(loss.item())\n", ""),
        "the list is empty",
    ),
    "the first loss wrong": (
        "train_reset",
        but(RESET, "loss.item()", "2 * loss.item()"),
        "the first loss is wrong: from a zero state",
    ),
    "only the first start is zero": (
        "train_reset",
        """\
def train_reset(rnn, optimizer, windows):
    losses = []
    for x, y in windows:
        prediction, _ = rnn(x, torch.full((1, 1, rnn.rnn.hidden_size), 0.5) if losses else None)
        loss = criterion(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses""",
        "the first loss is right, but a later one is not",
    ),
    "carried, and nothing learned": (
        "train_reset",
        """\
def train_reset(rnn, optimizer, windows):
    losses, hidden = [], None
    for x, y in windows:
        prediction, hidden = rnn(x, hidden)
        losses.append(criterion(prediction, y).item())
    return losses""",
        "the state was carried, and the network does not learn",
    ),
    "carried, and gradients added": (
        "train_reset",
        """\
def train_reset(rnn, optimizer, windows):
    losses, hidden = [], None
    for x, y in windows:
        prediction, hidden = rnn(x, hidden)
        hidden = hidden.detach()
        loss = criterion(prediction, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses""",
        "the state was carried, and gradients add up",
    ),
    "carried with retain_graph": (
        "train_reset",
        """\
def train_reset(rnn, optimizer, windows):
    losses, hidden = [], None
    for x, y in windows:
        prediction, hidden = rnn(x, hidden)
        loss = criterion(prediction, y)
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
        losses.append(loss.item())
    return losses""",
        "and its record with it",
    ),
    "a copy is trained": (
        "train_reset",
        """\
import copy


def train_reset(rnn, optimizer, windows):
    rnn, losses = copy.deepcopy(rnn), []
    optimizer = torch.optim.SGD(rnn.parameters(), lr=optimizer.param_groups[0]["lr"])
    for x, y in windows:
        loss = criterion(rnn(x)[0], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses""",
        "the network that was given did not change",
    ),
    "one step too many": (
        "train_reset",
        but(RESET, "    return losses", "    optimizer.step()\n    return losses"),
        "the last window moved the weights in another way",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_check_says_what_is_wrong(case):
    assert_refused(*SAID[case], SEEDS)


def test_a_state_that_keeps_its_record_is_told_by_what_it_does():
    """The next window fails on the record, or on weights that have changed since: same sentence."""
    for keep in ("", "retain_graph=True"):
        code = but(STEP, "    hidden = hidden.detach()\n", "")
        code = but(code, "backward()", f"backward({keep})")
        said, right = said_of("train_step", code, 0)
        assert not right
        assert "was not detached" in said
        assert "record of all windows before" in said
        assert "memory would grow with every window" in said


def test_two_numbers_that_differ_are_printed_so_that_they_do():
    assert training_loop._apart(0.30721, 0.30724) == ["0.30721", "0.30724"]
    assert training_loop._apart(0.5, 0.25) == ["0.5000", "0.2500"]
    assert training_loop._apart(0.5, 0.5) == ["0.50000000000"] * 2
    code = but(
        STEP,
        "rnn(x, hidden)",
        "rnn(x, torch.full(SHAPE, 0.002) if hidden is None else hidden)",
    ).replace("SHAPE", "(rnn.rnn.num_layers, len(x), rnn.rnn.hidden_size)")
    for seed in SEEDS:
        said, _ = said_of("train_step", code, seed)
        wanted, found = re.search(r"loss should be ([\d.]+); it is ([\d.]+)\.$", said).groups()
        assert wanted != found


# Questions ----------------------------------------------------------------------------------------


def answered(name, **measured):
    """Return the answer that is right for what was measured, and why."""
    right, why = QUESTIONS[name].judge(**measured)
    return QUESTIONS[name].answers[right], why


@pytest.mark.parametrize(
    ("first", "last", "answer", "said"),
    [
        (0.77, 0.000088, "More than 1000", "from 0.8 to 9e-05."),
        (0.77, 0.0021, "100 to 1000", "from 0.8 to 0.002."),
        (0.5, 0.013, "10 to 100", "from 0.5 to 0.01."),
        (0.5, 0.1, "Less than 10", "from 0.5 to 0.1."),
        (0.5, 1.2, "Less than 10", "from 0.5 to 1."),
    ],
)
def test_the_losses_decide_how_far_they_fall(first, last, answer, said):
    right, why = answered("fall of the loss", first=np.float64(first), last=np.float64(last))
    assert right == answer
    assert said in why


@pytest.mark.parametrize(
    ("carried", "reset", "answer"),
    [
        (0.00009, 0.0027, "Yes, more than 10 times as large"),
        (0.001, 0.0027, "Yes, up to 10 times as large"),
        (0.003, 0.0027, "No, the two are about equal"),
        (0.0027, 0.003, "No, the two are about equal"),
        (0.01, 0.0027, "No, with a smaller one"),
    ],
)
def test_the_medians_decide_what_a_reset_costs(carried, reset, answer):
    right, why = answered("price of a reset", carried=carried, reset=reset)
    assert right == answer
    assert f"{carried:.1g} carried and 0.003 reset" in why
