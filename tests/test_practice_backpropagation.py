"""Notebook 07: other answers, and which answer of a question is right."""

from types import SimpleNamespace

import numpy as np
import pytest
from practice_answers import other_answers

import rnn_helpers as rh
from rnn_helpers.practice import QUESTIONS

test_right, test_wrong = other_answers(
    right={
        "backward_step": (
            "W_fc.T @ dy_t => dy_t @ W_fc\nW_hh.T @ da_next => da_next @ W_hh",
            "return dh_t, da_t => return torch.tensor(dh_t), da_t.tolist()",
            "(1 - h_t**2) => (1 - h_t) * (1 + h_t)",
        ),
        "planted": (
            "1e-5 => 1e-6",
            "np.argmax(apart) => apart.index(max(apart))",
            """\
def find_bug(loss, w, gradient):
    step, here = 1e-7, loss(w)
    rows = w + step * np.eye(len(w))
    slopes = np.array([(loss(row) - here) / step for row in rows])
    return int(abs(slopes - gradient).argmax())""",
        ),
        "survives": (
            "W_hh.T @ dh => dh @ W_hh",
            "np.linalg.norm(dh) >= limit => dh @ dh >= limit**2",
            "largest = k => largest = max(largest, k)",
        ),
        "clipped_step": (
            "optimizer.zero_grad() => rnn.zero_grad()",
            "nn.functional.mse_loss(prediction, y) => ((prediction - y) ** 2).mean()",
            "norm = nn.utils.clip_grad_norm_(rnn.parameters(), max_norm) => "
            "norm = torch.cat([p.grad.flatten() for p in rnn.parameters()]).norm(); "
            "[p.grad.mul_(min(1, max_norm / (norm.item() + 1e-6))) for p in rnn.parameters()]",
        ),
    },
    wrong={
        "backward_step": {
            "return dh_t, da_t => return dh_t": "",
            "(1 - h_t**2) => (1 - dh_t**2)": "da_t",
            "W_hh.T @ da_next => W_hh @ da_next\nW_fc.T @ dy_t => 2 * W_fc.T @ dy_t": "",
        },
        "planted": {
            "np.argmax(apart) => np.argmax(apart) + 1": "not the wrong one",
        },
        "survives": {
            ">= limit => < limit": "k should be",
            "range(1, 201) => range(1, 101)": "k should be",
            "dh = W_hh.T @ dh => dh[:] = W_hh.T @ dh": "changed dh",
        },
        "clipped_step": {
            "loss.item(), norm.item() => loss.item()": "2 things",
            "prediction, y => prediction, x": "",
            "(), max_norm) => (), 2 * max_norm)": "",
        },
    },
)


@pytest.mark.parametrize("wanted", [0.7, 9.0, -9.0])
def test_three_votes(wanted):
    steps = rh.worked_steps([np.log(2), -0.3, 0.7], [1.1, 0.5, wanted], 1, 0.5, 2)
    whole = {step.name: step.value for step in steps}["dh_1"]
    got, why = QUESTIONS["three votes"].judge(steps)
    assert got == (whole > 0)
    assert f"{whole:.2f}" in why


@pytest.mark.parametrize(
    ("name", "measured", "right"),
    [("blow up", norms, k) for k, norms in enumerate([(5, 0), (0, 5), (5, 1e9), (0.1, 0.5)])]
    + [("same radius", [n], k) for k, n in enumerate([(1, 0.5, 0.2), (1, 3, 0.2), (1, 2, 4)])],
)
def test_the_other_judges(name, measured, right):
    assert QUESTIONS[name].judge(*measured)[0] == right


@pytest.mark.parametrize(("factor", "right"), [(0.5, 0), (1.2, 1), (5, 2), (50, 3)])
def test_clipped_adam(factor, right):
    runs = [SimpleNamespace(mse=np.full(4, k), lengths=np.full((30, 4), k)) for k in (1, factor, 2)]
    assert QUESTIONS["clipped Adam"].judge(*runs)[0] == right
