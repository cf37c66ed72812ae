"""What the checks share: reading answers, naming shapes, and networks to try an answer out on."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import rnn_helpers as rh
from rnn_helpers.practice import compare
from rnn_helpers.practice.engine import DOTS, Wrong

SIZES = {"batch": 5, "seq_len": 7, "hidden_size": 6, "input_size": 1}


def said(call, *arguments, **named):
    with pytest.raises(Wrong) as caught:
        call(*arguments, **named)
    return str(caught.value)


# Reading an answer --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5],
        (1, 2.5),
        np.array([1, 2.5], dtype=np.float32),
        torch.tensor([1, 2.5], dtype=torch.bfloat16),
        torch.tensor([1, 2.5], requires_grad=True),
        [torch.tensor(1.0), torch.tensor(2.5, requires_grad=True)],
        [np.float32(1), 2.5],
    ],
)
def test_numbers_come_in_many_forms(value):
    array = compare.numbers(value)
    assert array.dtype == np.float64
    assert array.tolist() == [1, 2.5]


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("37", "must be numbers, but it is a string."),
        (None, "must be numbers, but it is None."),
        (True, "must be numbers, but it is a bool."),
        (1j, "must be numbers, but it is a complex."),
        ([[1], [1, 2]], "must be numbers, but it is a list."),
        (torch.zeros(2, 2).to_sparse(), "must be numbers, but it is a tensor of shape (2, 2)."),
        (np.array([True]), "must be numbers, but it is a NumPy array of shape (1,)."),
        ({"a": 1}, "must be numbers, but it is a dict."),
        ([1, np.nan], "holds NaN or infinity."),
        (torch.tensor(torch.inf), "holds NaN or infinity."),
        ([1, ...], DOTS),
    ],
)
def test_what_is_no_number_is_named(value, part):
    assert said(compare.numbers, value, "it").endswith(part)


def test_one_number_and_whole_numbers():
    assert compare.one_number(torch.tensor([2.5])) == 2.5
    assert compare.whole_number(np.array([[37.0]])) == 37
    assert said(compare.one_number, [1, 2], "it") == "it must be one number, but it is a list."
    assert said(compare.whole_number, 0.5, "it") == "it must be a whole number, but it is 0.5."
    assert "must be numbers" in said(compare.whole_number, 10**400)


def test_several_things():
    assert compare.several((1, 2), "a", "b") == [1, 2]
    for array in (np.eye(2), torch.eye(2)):
        assert [part.tolist() for part in compare.several(array, "a", "b")] == [[1, 0], [0, 1]]
    assert "a NumPy array of shape (3,)" in said(compare.several, np.zeros(3), "a", "b")
    assert "a NumPy array of shape ()" in said(compare.several, np.array(3), "a", "b")
    assert (
        said(compare.several, 3, "a", "b")
        == "return two things, a and b; what came back is an int."
    )
    assert said(compare.several, (1, 2, 3), "a", "b") == "return two things, a and b; 3 came back."
    assert said(compare.several, (1, ...), "a", "b") == DOTS


def test_known_errors_of_an_answer_are_explained():
    def adding(x):
        return x + ...

    assert said(compare.tried, {}, adding, 1) == DOTS
    assert said(compare.tried, {"division": "it divides."}, lambda x: 1 / 0, 1) == "it divides."
    assert "ZeroDivisionError" in said(compare.tried, {}, lambda x: 1 / 0, 1)
    assert compare.tried({}, lambda x, y: x - y, 3, y=1) == 2


# Telling what it is instead -----------------------------------------------------------------------


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=5), st.floats(0.01, 1))
def test_an_answer_equals_itself_and_not_what_lies_further_off(values, distance):
    array = np.array(values)
    assert compare.same(array, array + 1e-7)
    assert not compare.same(array, array + distance)
    assert not compare.same(array, array[None])


def test_explain_names_the_first_known_mistake_that_differs_from_the_right():
    right, mistakes = np.array([1.0, 2]), [([1, 2], "the right one."), ([2, 1], "it is turned.")]
    assert compare.explain(np.array([1, 2.0]), right, mistakes, "no.") is None
    assert said(compare.explain, np.array([2.0, 1]), right, mistakes, "no.") == "it is turned."
    assert said(compare.explain, np.array([3.0, 1]), right, mistakes, "no.") == "no."
    assert said(compare.refuse, np.array([2.0, 1]), mistakes) == "it is turned."
    assert compare.refuse(np.array([3.0, 1]), mistakes) is None


def test_shaped_names_the_shape():
    array, usual = np.zeros((2, 3)), [((2, 3), "turned."), ((0,), DOTS)]
    assert compare.shaped(array, "it", (2, 3)) is array
    assert said(compare.shaped, array, "it", (3, 2), usual) == "shape (2, 3): turned."
    assert said(compare.shaped, np.zeros(0), "it", (3, 2), usual) == DOTS
    assert said(compare.shaped, np.zeros(4), "it", (3, 2), usual).endswith("the shape is (4,).")


def test_a_shape_is_read_by_its_axes_where_that_is_clear():
    assert compare.axes((7, 5, 1), SIZES) == "(seq_len, batch, input_size)"
    assert compare.axes((6,), SIZES) == "(hidden_size,)"
    assert compare.axes((5, 5), SIZES) is compare.axes((8,), SIZES) is None


def test_a_wrong_shape_is_read_out():
    wanted, mistakes = ("batch", "seq_len"), {("seq_len", "batch"): "that is seq first."}
    assert compare.expect_shape(np.zeros((5, 7)), wanted, SIZES, "x") is None
    assert said(compare.expect_shape, np.zeros((7, 5)), wanted, SIZES, "x", mistakes) == (
        "x has shape (7, 5): that is seq first."
    )
    assert said(compare.expect_shape, np.zeros((7, 6)), wanted, SIZES, "x", mistakes) == (
        "x has shape (7, 6), that is (seq_len, hidden_size); it must be (5, 7), that is "
        "(batch, seq_len)."
    )
    assert "(2, 2); it must" in said(compare.expect_shape, np.zeros((2, 2)), wanted, SIZES, "x")


# Networks -----------------------------------------------------------------------------------------


def rng():
    return np.random.default_rng(1)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_network_remembers_long_enough_that_its_start_shows(layers):
    model = compare.network(rng(), layers)
    features = np.sin(np.arange(12) / 3)
    cold = compare.run(model, features)[0]
    other = torch.full((layers, 1, model.rnn.hidden_size), 0.5)
    assert abs(compare.run(model, features, other)[0] - cold)[-1] > 1e-3
    assert not compare.same(compare.without_memory(model, features), cold)
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert len(compare.weights(model)) == sum(p.numel() for p in model.parameters())


def good(model, features):
    with torch.no_grad():
        return model(torch.tensor(features, dtype=torch.float32).reshape(1, -1, 1))[0].flatten()


def freezing(model, features):
    model.requires_grad_(False)
    return good(model, features)


def training(model, features):
    with torch.no_grad():
        model.fc.bias += 1
    return good(model, features)


def recording(model, features):
    x = torch.tensor(features, dtype=torch.float32).reshape(1, -1, 1)
    return model(x)[0].flatten().detach()


def to_numpy(model, features):
    return model(torch.tensor(features, dtype=torch.float32).reshape(1, -1, 1))[0].numpy()


def switching_off(model, features):
    torch.set_grad_enabled(False)
    return good(model, features)


def as_the_features(model, features):
    with torch.no_grad():
        return model.double()(torch.from_numpy(features).reshape(1, -1, 1))[0].flatten()


def halving(model, features):
    returned = good(model, features)
    model.half()
    return returned


def forgetting_the_dtype(model, features):
    with torch.no_grad():
        return model(torch.tensor(features).reshape(1, -1, 1))[0].flatten()


def test_a_test_of_a_network_leaves_it_as_it_is():
    model, features = compare.network(rng()), np.sin(np.arange(9.0))
    before = compare.weights(model)
    assert np.allclose(compare.tested(good, model, features), rh.predict(model, features)[0])
    for answer, part in (
        (freezing, "no gradients any more"),
        (training, "changed the weights"),
        (as_the_features, "turned the network into float64; turn the features into float32"),
        (halving, "turned the network into float16; turn the features into float32"),
        (forgetting_the_dtype, "turn the features into float32, with `dtype=torch.float32`"),
        (recording, "with gradients recorded"),
        (to_numpy, "still carry gradients"),
        (switching_off, "off for the whole session"),
        (lambda model, features: (1, 2), "returns two things"),
    ):
        assert part in said(compare.tested, answer, model, features)
        assert torch.is_grad_enabled()
        assert np.array_equal(compare.weights(model), before)
        assert all(parameter.requires_grad for parameter in model.parameters())
