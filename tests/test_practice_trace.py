"""What a program does is written down: values, problems, and everything that it leaves behind."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rnn_helpers.practice.trace import differences, trace


def traced(program, returns=("it",), use=None, **case):
    return trace(program, case, returns, use)


@pytest.mark.parametrize(
    ("value", "array"),
    [
        ([np.float32(1), 2.5], [1, 2.5]),
        (torch.tensor([1, 2.5], dtype=torch.bfloat16), [1, 2.5]),
        ([torch.tensor(1.0), torch.tensor(2.5, requires_grad=True)], [1, 2.5]),
        *[(no_number, None) for no_number in ("37", True, 1j, [[1], [1, 2]], 10**400)],
        (torch.zeros(2).to_sparse(), None),
    ],
)
def test_numbers_come_in_many_forms(value, array):
    found = traced(lambda x: value, x=1)
    assert array is None or found.parts[0].tolist() == array
    assert ("it must be numbers" in (found.problem or "")) == (array is None)


def test_a_trace_holds_values_kinds_and_what_is_left():
    def program(x, y):
        y[0] = 7
        return x + 1

    found = traced(program, x=torch.ones(2), y=np.zeros(2))
    assert found.parts[0].tolist() == [2, 2]
    assert found.kinds == ("a tensor of float32",)
    assert [part[0].tolist() for part in found.left] == [[1, 1], [7, 0]]
    assert traced(5).parts[0] == 5


@pytest.mark.parametrize(
    ("change", "habit"),
    [
        (lambda rnn: rnn.eval(), "rnn.training was True, and now it is False"),
        (lambda rnn: setattr(rnn, "batch_first", False), "batch_first was True"),
        (lambda rnn: rnn.requires_grad_(False), "requires_grad was True"),
        (lambda rnn: rnn.double(), "dtype was float32, and now it is float64"),
        (lambda rnn: rnn(torch.ones(1, 2, 1))[0].sum().backward(), "new gradients"),
        (lambda rnn: torch.set_grad_enabled(False), "gradients are off"),
        (lambda rnn: torch.set_default_dtype(torch.float64), "float64"),
    ],
)
def test_what_a_program_does_to_a_network_shows(change, habit):
    rnn, x = nn.RNN(1, 3, batch_first=True), torch.ones(1, 2, 1)

    def program(rnn, x):
        r_out = rnn(x)[0].detach()
        change(rnn)
        return r_out

    found = " ".join(traced(program, rnn=rnn, x=x).habits)
    assert "rnn ran with gradients recorded" in found
    assert habit in found
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


def test_a_program_that_leaves_all_as_it_was_has_no_habits():
    rnn, x = nn.RNN(1, 3, batch_first=True), torch.ones(1, 2, 1)
    assert not traced(lambda rnn, x: torch.no_grad()(rnn)(x)[0], rnn=rnn, x=x).habits


def different(one, two, exact_kind=False):
    ones, twos = traced(lambda x: one, x=1), traced(lambda x: two, x=1)
    return differences(ones, twos, exact_kind, 1e-5)


@given(st.floats(-1e6, 1e6), st.sampled_from([1, 1 + 1e-6, 1 + 1e-3]))
def test_numbers_are_equal_but_for_rounding(value, factor):
    assert bool(different(value, value * factor)) == (
        abs(value) * (factor - 1) > 1e-4 * (abs(value) * factor) + 1e-5
    )


def test_kinds_and_shapes_count_as_far_as_they_are_asked_for():
    assert not different(torch.tensor([[1]]), 1.0)  # a number, in however many brackets
    assert not different([1.0], [1.0])
    assert different(1.0, [1.0])  # but not where a sequence of one is wanted
    assert different([1.0, 2], [[1.0, 2]])
    assert not different(np.ones(2), torch.ones(2))
    assert different(np.ones(2), torch.ones(2), exact_kind=True) == {("kinds", 0)}


def test_errors_are_compared_without_the_numbers_in_them_and_new_habits_only():
    def broken(size):
        raise ValueError(f"size {size} is bad")

    one, two = traced(broken, size=3), traced(broken, size=4)
    assert not differences(one, two, False, 1e-5)
    kinds = [traced(lambda kind: {}[f"a {kind}"], kind=k) for k in ("float32", "float64")]
    assert ("problem",) in differences(*kinds, False, 1e-5)
    other = traced(lambda size: {}[size], size=3)
    assert ("problem",) in differences(one, other, False, 1e-5)
    plain, odd = (
        traced(lambda x: x, x=1),
        traced(lambda x: [torch.set_grad_enabled(False), x][1], x=1),
    )
    assert differences(odd, plain, False, 1e-5)
    assert not differences(plain, odd, False, 1e-5)
