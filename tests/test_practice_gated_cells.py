"""The questions of notebook 07: what is measured decides which answer is right."""

import numpy as np
import pytest
import torch

from rnn_helpers.practice import QUESTIONS
from rnn_helpers.practice.asking import as_text

STATE, PAIR = torch.zeros(2, 3, 32), (torch.zeros(2, 3, 32), torch.zeros(2, 3, 32))
CASES = ("RNN, all rows", "LSTM, all rows", "GRU, rows of r and z", "GRU, rows of n")
TOLD = "What is left of a wrong start spoils the first predictions."


def three(rnn, lstm, gru):
    return {"RNN": rnn, "LSTM": lstm, "GRU": gru}


def spread(*medians):
    """Return three seeds for each cell, whose medians are the numbers and whose means are not."""
    return three(*(median * np.array([0.1, 1, 100]) for median in medians))


def losses(early, late):
    """Return losses as the notebook has them, in steps of ten."""
    tens = {}
    for cell in early:
        tens[cell] = np.full((3, 15), 0.5)
        tens[cell][:, 2], tens[cell][:, -1] = early[cell], late[cell]
    return tens


def opened(*errors):
    return dict(zip((0, 5, 20), map(np.array, errors), strict=True))


# The name of a question, what was measured, the right answer, and a part of the reason.
MEASURED = [
    ("two biases", {"same": dict.fromkeys(CASES, True)}, "In none", "Changed: 0 of 4 (none)."),
    (
        "two biases",
        {"same": dict.fromkeys(CASES, True) | {CASES[3]: False}},
        "In one",
        "Changed: 1 of 4 (GRU, rows of n).",
    ),
    (
        "two biases",
        {"same": dict.fromkeys(CASES, False) | {CASES[0]: True, CASES[1]: True}},
        "In two",
        "Changed: 2 of 4 (GRU, rows of r and z; GRU, rows of n).",
    ),
    ("two biases", {"same": dict.fromkeys(CASES, False)}, "In all four", "Changed: 4 of 4 (RNN, "),
    ("tuple as state", {"states": three(STATE, STATE, STATE)}, "None", "LSTM (2, 3, 32), GRU"),
    (
        "tuple as state",
        {"states": three(STATE, PAIR, STATE)},
        "One",
        "RNN (2, 3, 32), LSTM a tuple of (2, 3, 32) and (2, 3, 32), GRU (2, 3, 32).",
    ),
    ("tuple as state", {"states": three(STATE, PAIR, PAIR)}, "Two", "GRU a tuple of (2, 3, 32)"),
    ("tuple as state", {"states": three(PAIR, PAIR, PAIR)}, "All three", "RNN a tuple of (2, 3"),
    (
        "lower loss",
        {"tens": losses(spread(0.0066, 0.0146, 0.0097), spread(1.01e-4, 9.7e-6, 3.4e-5))},
        "First the RNN, then a cell with gates",
        "Median loss of 3 seeds in steps 20 to 29: RNN 0.007, LSTM 0.01, GRU 0.01. "
        "In the last ten: RNN 0.0001, LSTM 1e-05, GRU 3e-05.",
    ),
    (
        "lower loss",
        {"tens": losses(spread(0.01, 0.02, 0.03), spread(0.001, 0.002, 0.003))},
        "The RNN, both times",
        "In the last ten: RNN 0.001, LSTM 0.002, GRU 0.003.",
    ),
    (
        "lower loss",
        {"tens": losses(spread(0.01, 0.02, 0.003), spread(0.001, 0.002, 0.003))},
        "First a cell with gates, then the RNN",
        "steps 20 to 29: RNN 0.01, LSTM 0.02, GRU 0.003.",
    ),
    (
        "lower loss",
        {"tens": losses(spread(0.01, 0.002, 0.03), spread(0.001, 0.002, 0.0003))},
        "A cell with gates, both times",
        "GRU 0.0003.",
    ),
    (
        "prime of opened gates",
        {"errors": opened((0.0012, 1.1e-5), (0.0127, 1.8e-4), (0.159, 0.0115))},
        "A longer one",
        "untouched 0.001 and 1e-05; opened for 5 steps 0.01 and 0.0002; "
        f"opened for 20 steps 0.2 and 0.01. {TOLD}",
    ),
    (
        "prime of opened gates",
        {"errors": opened((0.1, 0.01), (0.05, 0.005), (0.01, 0.001))},
        "A shorter one: they remember more",
        "opened for 20 steps 0.01 and 0.001.",
    ),
    (
        "prime of opened gates",
        {"errors": opened((0.1, 0.01), (0.1, 0.01), (0.149, 0.019))},
        "One as long as before",
        "opened for 20 steps 0.1 and 0.02.",
    ),
    (
        "prime of opened gates",  # worse after one prime, better after the other
        {"errors": opened((0.1, 0.01), (0.1, 0.01), (0.9, 0.001))},
        "One as long as before",
        "opened for 20 steps 0.9 and 0.001.",
    ),
    (
        "gradient of gates",
        {"factors": spread(0.558, 0.6397, 0.6401)},
        "About 0.6, a little more than the gate",
        "factors of 3 seeds: RNN 0.56, LSTM 0.64, GRU 0.64.",
    ),
    (
        "gradient of gates",
        {"factors": spread(0.9, 0.56, 0.9)},
        "About 0.6, a little more than the gate",
        "LSTM 0.56",
    ),
    (
        "gradient of gates",
        {"factors": spread(0.9, 0.51, 0.9)},
        "About 0.5, that of the gate",
        "LSTM 0.51",
    ),
    (
        "gradient of gates",
        {"factors": spread(0.5, 0.2, 0.5)},
        "About 0.3: both states lose half",
        "LSTM 0.20",
    ),
    (
        "gradient of gates",
        {"factors": spread(0.5, 0.98, 0.5)},
        "About 0.9: gates keep the gradient",
        "LSTM 0.98",
    ),
    (
        "queue",
        {"errors": three(0.012, 0.449, 0.406)},
        "Only the RNN",
        "RNN below 0.05, LSTM above 0.2, GRU above 0.2.",
    ),
    (
        "queue",
        {"errors": three(0.9, 0.9, 0.01)},
        "Only cells with gates",
        "RNN above 0.2, LSTM above 0.2, GRU below 0.05.",
    ),
    (
        "queue",
        {"errors": three(0.01, 0.01, 0.12)},
        "The RNN and a cell with gates",
        "RNN below 0.05, LSTM below 0.05, GRU 0.1.",
    ),
    ("queue", {"errors": three(0.06, 0.12, 0.5)}, "None of them", "RNN 0.06, LSTM 0.1, GRU above"),
    ("queue", {"errors": three(0.3, 0.4, 0.5)}, "None of them", "RNN above 0.2, LSTM above 0.2"),
]


@pytest.mark.parametrize(("name", "measured", "answer", "reason"), MEASURED)
def test_what_is_measured_decides(name, measured, answer, reason):
    question = QUESTIONS[name]
    right, why = question.judge(**measured)
    assert question.answers[right] == answer
    assert reason in why
    assert as_text(question, right, why).endswith(f"\nAnswer: {answer}. {why}")


def test_every_answer_can_be_right():
    posed = {(name, answer) for name, _, answer, _ in MEASURED}
    for name, question in QUESTIONS.items():
        if question.notebook == "07":
            missing = {answer for answer in question.answers if (name, answer) not in posed}
            assert missing <= {"In three"}
    assert QUESTIONS["two biases"].judge(same={case: case == CASES[0] for case in CASES})[0] == 3
