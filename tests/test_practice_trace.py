"""What a program does is written down: values, problems, and everything that it leaves behind."""

import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rnn_helpers.practice.trace import Wrong, contents, differences, kind, numbers, several, trace


def traced(program, returns=("it",), use=None, **case):
    return trace(program, case, returns, use)


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5],
        np.array([1, 2.5], dtype=np.float32),
        torch.tensor([1, 2.5], dtype=torch.bfloat16),
        torch.tensor([1, 2.5], requires_grad=True),
        [torch.tensor(1.0), torch.tensor(2.5, requires_grad=True)],
        [np.float32(1), 2.5],
    ],
)
def test_numbers_come_in_many_forms(value):
    array = numbers(value)
    assert array.dtype == np.float64
    assert array.tolist() == [1, 2.5]


@pytest.mark.parametrize(
    "value", ["37", None, True, 1j, [[1], [1, 2]], torch.zeros(2).to_sparse(), {"a": 1}, 10**400]
)
def test_what_is_no_number_is_none(value):
    assert numbers(value) is None
    problem = traced(lambda x: value, x=1).problem
    assert "returns nothing" in problem if value is None else "it must be numbers" in problem


def test_numbers_are_a_copy():
    array = np.zeros(2)
    numbers(array)[0] = 1
    assert array[0] == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a string"),
        (3, "an int"),
        (np.zeros((2, 3)), "a NumPy array of shape (2, 3)"),
        (torch.zeros(4), "a tensor of shape (4,)"),
        (nn.RNN(1, 2), "an RNN"),
        (nn.GRU(1, 2), "a GRU"),
        (type("Odd", (), {"shape": property(lambda self: 1 / 0)})(), "an Odd"),
    ],
)
def test_what_a_value_is_in_words(value, text):
    assert kind(value) == text


def test_several_things_come_as_a_tuple_a_list_an_array_or_a_dict():
    for value in ((1, 2), [1, 2], np.array([1, 2]), {"b": 2, "a": 1}):
        assert several(value, ("a", "b")) == [1, 2]
    for value, said in (((1, 2, 3), "3 of them"), (5, "an int"), ({"a": 1}, "no 'b'")):
        with pytest.raises(Wrong, match=said):
            several(value, ("a", "b"))


def test_a_trace_holds_values_kinds_and_what_is_left():
    def program(x, y):
        y[0] = 7
        return x + 1

    found = traced(program, x=torch.ones(2), y=np.zeros(2))
    assert found.parts[0].tolist() == [2, 2]
    assert found.kinds == ("a tensor of float32",)
    assert [part[0].tolist() for part in found.left] == [[1, 1], [7, 0]]
    assert traced(5).parts[0] == 5


def test_what_is_used_and_wrong_is_written_down():
    def use(program, x):
        if x:
            raise Wrong("not so.")
        return program(x), program(x + 1)

    assert traced(lambda x: x, ("one", "two"), use, x=0).parts == (0, 1)
    assert traced(lambda x: x, ("one", "two"), use, x=1).problem == "not so."


def spoilt(**changes):
    """Return a program that reads a network and leaves it changed."""

    def program(rnn, x):
        said = rnn(x)[0].detach()
        for change in changes.values():
            change(rnn)
        return said

    return program


def test_what_a_program_does_to_a_network_shows():
    def habits(program):
        torch.manual_seed(0)
        rnn = nn.RNN(1, 3, batch_first=True)
        return " ".join(traced(program, rnn=rnn, x=torch.ones(1, 2, 1)).habits)

    assert habits(lambda rnn, x: torch.no_grad()(rnn)(x)[0]) == ""
    assert "rnn ran with gradients recorded" in habits(spoilt())
    assert "rnn.training was True, and now it is False" in habits(spoilt(a=lambda r: r.eval()))
    assert "batch_first was True" in habits(spoilt(a=lambda r: setattr(r, "batch_first", False)))
    assert "requires_grad was True" in habits(spoilt(a=lambda r: r.requires_grad_(False)))
    assert "dtype was float32, and now it is float64" in habits(spoilt(a=lambda r: r.double()))
    assert "new gradients" in habits(lambda rnn, x: rnn(x)[0].sum().backward() or 1)
    assert "gradients are off" in habits(spoilt(a=lambda r: torch.set_grad_enabled(False)))
    assert torch.is_grad_enabled()
    assert "float64" in habits(spoilt(a=lambda r: torch.set_default_dtype(torch.float64)))
    assert torch.get_default_dtype() == torch.float32


def test_weights_of_networks_and_lists_of_arrays_count_as_contents():
    rnn = nn.Linear(2, 1)
    assert sum(part.size for part in contents(rnn)) == 3
    windows = [(np.zeros(2), torch.ones(1)), (np.zeros(3), "word")]
    assert [part.size for part in contents(windows)] == [2, 1, 3]


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


def test_a_program_draws_the_same_random_numbers_each_time():
    def draws(n):
        return random.random(), np.random.rand(), torch.rand(1)  # noqa: NPY002

    one, two = (trace(draws, {"n": 1}, ("a", "b", "c")) for _ in range(2))
    assert one.parts == two.parts
