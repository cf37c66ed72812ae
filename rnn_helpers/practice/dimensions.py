"""Exercises and questions of notebook 03: shapes, and how many numbers a network holds."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from .asking import Question, pose
from .compare import axes, expect_shape, numbers, refuse, same, several, whole_number
from .engine import Exercise, Wrong, called, kind, register

# Questions to predict -----------------------------------------------------------------------------

GUESSES = {"About 100": 100, "About 500": 500, "About 1000": 1000, "About 10 000": 10_000}


def _judge_how_many(model: nn.Module) -> tuple[int, str]:
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    total, largest = sum(sizes.values()), max(sizes, key=sizes.get)
    apart = [abs(math.log(total / guess)) for guess in GUESSES.values()]
    return (
        apart.index(min(apart)),
        f"There are {total}, and {sizes[largest]} of them are in {largest.removeprefix('rnn.')}, "
        f"which has the shape {tuple(model.get_parameter(largest).shape)}.",
    )


pose(
    Question(
        name="how many numbers",
        notebook="03",
        text="With 32 hidden values and one layer, how many numbers will there be?",
        answers=tuple(GUESSES),
        judge=_judge_how_many,
    )
)


def _judge_layers(num_layers: int, r_out: torch.Tensor, h_n: torch.Tensor) -> tuple[int, str]:
    seen = num_layers in r_out.shape, num_layers in h_n.shape
    return (
        [(True, False), (False, True), (True, True), (False, False)].index(seen),
        f"r_out is {tuple(r_out.shape)}, that is (batch, seq_len, hidden_size). h_n is "
        f"{tuple(h_n.shape)}, that is (num_layers, batch, hidden_size).",
    )


pose(
    Question(
        name="layers in a shape",
        notebook="03",
        text="The model has 2 layers. In which of the two shapes will you see a 2?",
        answers=("In that of r_out", "In that of h_n", "In both", "In neither"),
        judge=_judge_layers,
    )
)


def _judge_end(differences: list[torch.Tensor]) -> tuple[int, str]:
    equal = tuple(float(difference) < 1e-6 for difference in differences)
    bottom, top = (_about(float(difference)) for difference in differences)
    return (
        [(True, False), (False, True), (True, True), (False, False)].index(equal),
        f"From the last of r_out, h_n[0] differs by {bottom} and h_n[1] by {top}.",
    )


def _about(difference: float) -> str:
    """Return the size of a difference in words that hold whatever the random weights are."""
    if difference < 1e-6:
        return "less than 0.000001"
    return "more than 0.1" if difference > 0.1 else f"{difference:.1g}"


pose(
    Question(
        name="end of r_out",
        notebook="03",
        text="Which entry of h_n stands at the end of r_out?",
        answers=("h_n[0], the bottom layer's", "h_n[1], the top layer's", "Both", "Neither"),
        judge=_judge_end,
    )
)

CHANGED = {  # input, output, h_n
    "All three": (True, True, True),
    "Input and output": (True, True, False),
    "Only the input": (True, False, False),
    "Only h_n": (False, False, True),
    "None of them": (False, False, False),
}


def _judge_batch_first(shapes: dict[bool, list[tuple[int, ...]]]) -> tuple[int, str]:
    pairs = list(zip(shapes[True], shapes[False], strict=True))
    said = [
        f"{name} {with_it} {f'becomes {without}' if with_it != without else 'stays'}"
        for name, (with_it, without) in zip(("the input", "the output", "h_n"), pairs, strict=True)
    ]
    changed = tuple(with_it != without for with_it, without in pairs)
    return (
        list(CHANGED.values()).index(changed),
        f"Without batch_first {said[0]}, {said[1]}, and {said[2]}.",
    )


pose(
    Question(
        name="what batch_first moves",
        notebook="03",
        text="Without batch_first, which of input, output and h_n change their shape?",
        answers=tuple(CHANGED),
        judge=_judge_batch_first,
    )
)

# Exercise 1: shapes, before the network is built --------------------------------------------------

SIZES = {
    "batch": 5,
    "seq_len": 7,
    "input_size": 2,
    "num_layers": 3,
    "hidden_size": 6,
    "output_size": 1,
}
AXES = {
    "x": ("batch", "seq_len", "input_size"),
    "r_out": ("batch", "seq_len", "hidden_size"),
    "h_n": ("num_layers", "batch", "hidden_size"),
    "prediction": ("batch", "seq_len", "output_size"),
}
INSTEAD = {
    "x": {(7, 5, 2): "x is (seq_len, batch, input_size) there: that is without batch_first."},
    "r_out": {
        (7, 5, 6): "in r_out seq_len comes first: that is without batch_first.",
        (3, 5, 7, 6): "r_out shows the top layer only; there is no axis for the layers.",
        (5, 7, 18): "r_out shows the top layer only; the layers are not put side by side.",
        (5, 7, 1): "the 1 is the output of the linear layer; r_out holds hidden states.",
        (5, 6): "r_out holds the hidden state at each of the 7 points, not at the last alone.",
        (5, 7, 2): "that is the shape of x; r_out holds hidden states, 6 numbers each.",
        (3, 5, 6): "that is the shape of h_n; r_out has the points in time.",
    },
    "h_n": {
        (5, 3, 6): "in h_n the batch comes first; batch_first does not move it there.",
        (1, 5, 6): "h_n has the state of one layer; there is one for each of the 3 layers.",
        (3, 1, 6): "h_n has a batch of 1; there is a state for each of the 5 sequences.",
        (3, 6): "h_n has no axis for the batch; there is a state for each of the 5 sequences.",
        (5, 6): "h_n has no axis for the layers; there is one for each of the 3 layers.",
        (5, 7, 6): "h_n has the points in time; it is the last state only, of every layer.",
        (3, 7, 6): "h_n has the 7 of the points in time; the 5 of the batch belongs there.",
    },
    "prediction": {
        (5, 1): "there is a prediction at each of the 7 points, not at the last alone.",
        (5, 7, 6): "in prediction the 6 is still there; the linear layer turns 6 numbers into 1.",
        (5, 7, 2): "in prediction the 2 is that of the input; the linear layer has 1 output.",
        (5, 7): "prediction has no last axis; an output of 1 number is an axis of 1.",
        (35, 1): "prediction is flattened; the linear layer leaves batch and time as they are.",
        (7, 5, 1): "in prediction seq_len comes first, as it does not with batch_first.",
        (3, 5, 1): "prediction has the layers; the linear layer reads the top layer's states.",
    },
}


def _examine_shapes(answer: object, rng: np.random.Generator) -> str:
    if not isinstance(answer, dict):
        raise Wrong(f"shapes must be a dict, a tuple for each name, but it is {kind(answer)}.")
    for name, order in AXES.items():
        if name not in answer:
            raise Wrong(f"shapes has no {name!r}.")
        shape = _as_shape(answer[name], name)
        if shape in INSTEAD[name]:
            raise Wrong(INSTEAD[name][shape])
        if shape != tuple(SIZES[axis] for axis in order):
            read = axes(shape, SIZES)
            read = f", that is {read}," if read else ""
            number = "" if len(shape) == len(order) else f"; it has {len(order)} axes"
            raise Wrong(f"{name} is not {shape}{read} with these sizes{number}.")
    return "Only h_n shows the layers, and only prediction the linear layer."


def _as_shape(value: object, name: str) -> tuple[int, ...]:
    """Return a shape as a tuple of ints, or say why it is none."""
    if not isinstance(value, tuple | list):
        raise Wrong(f"{name} must be a tuple, such as (5, 7, 2), but it is {kind(value)}.")
    return tuple(whole_number(size, f"every size of {name}") for size in value)


def _shapes(**changed: tuple) -> str:
    """Return the cell with the right shapes, or with some that are changed."""
    shapes = {name: tuple(SIZES[axis] for axis in order) for name, order in AXES.items()}
    lines = [f'    "{name}": {shape},\n' for name, shape in (shapes | changed).items()]
    return f"shapes = {{\n{''.join(lines)}}}"


register(
    Exercise(
        name="shapes",
        notebook="03",
        stub="""\
shapes = {
    "x": (5, 7, 2),
    "r_out": ...,
    "h_n": ...,
    "prediction": ...,
}
rh.check("shapes", shapes)""",
        examine=_examine_shapes,
        hints=(
            "In which of the three can you see the number of layers?",
            "r_out is (batch, seq_len, hidden_size), h_n is (num_layers, batch, hidden_size).",
            "The linear layer changes the last axis of r_out from hidden_size to output_size.",
        ),
        solution=_shapes(),
        misconceptions={
            "layers in r_out": (_shapes(r_out=(3, 5, 7, 6)), "no axis for the layers"),
            "r_out with time first": (_shapes(r_out=(7, 5, 6)), "in r_out seq_len comes first"),
            "r_out as the output": (_shapes(r_out=(5, 7, 1)), "the 1 is the output"),
            "h_n with the batch first": (_shapes(h_n=(5, 3, 6)), "in h_n the batch comes first"),
            "h_n of one layer": (_shapes(h_n=(1, 5, 6)), "the state of one layer"),
            "h_n without batch": (_shapes(h_n=(3, 6)), "no axis for the batch"),
            "prediction at the end": (_shapes(prediction=(5, 1)), "a prediction at each"),
            "prediction as r_out": (_shapes(prediction=(5, 7, 6)), "the 6 is still there"),
            "prediction as x": (_shapes(prediction=(5, 7, 2)), "is that of the input"),
        },
    )
)

# A network whose sizes all differ, for two exercises ----------------------------------------------


def _draw_sizes(rng: np.random.Generator, num_layers: int | None = None) -> dict[str, int]:
    """Return sizes of which no two are equal, so that a shape tells its axes."""
    ranges = {
        "batch": (4, 6),
        "seq_len": (8, 10),
        "input_size": (2, 3),
        "num_layers": (num_layers, num_layers) if num_layers else (3, 4),
        "hidden_size": (11, 13),
    }
    while True:
        sizes = {name: int(rng.integers(low, high + 1)) for name, (low, high) in ranges.items()}
        if len(set(sizes.values())) == len(sizes):
            return sizes


def _network(rng: np.random.Generator, sizes: dict[str, int], batch_first: bool) -> nn.RNN:
    """Return a network whose weights are so large that every hidden value is a different one."""
    names = "input_size", "hidden_size", "num_layers"
    rnn = nn.RNN(*(sizes[name] for name in names), batch_first=batch_first)
    with torch.no_grad():
        for parameter in rnn.parameters():
            parameter.copy_(torch.from_numpy(rng.normal(0, 0.5, tuple(parameter.shape))))
    return rnn.requires_grad_(False)


def _batch(rng: np.random.Generator, sizes: dict[str, int]) -> torch.Tensor:
    shape = sizes["batch"], sizes["seq_len"], sizes["input_size"]
    return torch.from_numpy(rng.uniform(-1, 1, shape)).float()


# Exercise 2: the last hidden state of the top layer -----------------------------------------------


def _examine_last(answer: object, rng: np.random.Generator) -> str:
    for num_layers in (3, 4):  # two, so that no fixed number is the top of both
        _examine_last_of(answer, rng, _draw_sizes(rng, num_layers))
    return (
        "When both come from nn.RNN, these are the same numbers in two ways: the end of r_out is "
        "the top of h_n."
    )


def _examine_last_of(answer: object, rng: np.random.Generator, sizes: dict[str, int]) -> None:
    """Hand in two tensors that have nothing in common, so that each end tells its origin."""
    r_out, h_n = (
        torch.from_numpy(rng.uniform(-1, 1, [sizes[name] for name in names])).float()
        for names in (
            ("batch", "seq_len", "hidden_size"),
            ("num_layers", "batch", "hidden_size"),
        )
    )
    names = "the one from r_out", "the one from h_n"
    parts = several(called(answer, r_out.clone(), h_n.clone()), *names)
    ends = [numbers(part, name) for part, name in zip(parts, names, strict=True)]
    _examine_origins(ends, r_out[:, -1].numpy(), h_n[-1].numpy())
    _examine_end_of_r_out(ends[0], r_out.numpy(), sizes | {"1": 1})
    _examine_top_of_h_n(ends[1], h_n.numpy(), sizes | {"1": 1})


def _examine_origins(ends: list[np.ndarray], end: np.ndarray, top: np.ndarray) -> None:
    others = same(ends[0], top), same(ends[1], end)
    if all(others):
        raise Wrong("the two are swapped: the one from r_out comes first, then the one from h_n.")
    if others[0] and same(ends[1], top):
        raise Wrong("both come from h_n; take the first one from r_out.")
    if others[1] and same(ends[0], end):
        raise Wrong("both come from r_out; take the second one from h_n.")


def _examine_end_of_r_out(given: np.ndarray, r_out: np.ndarray, sizes: dict[str, int]) -> None:
    mistakes = {
        ("seq_len", "hidden_size"): (
            "that is one sequence at all its points; the first axis of r_out is the batch."
        ),
        ("batch", "1", "hidden_size"): "an axis of 1 is left over; -1 drops it, -1: keeps it.",
        ("batch", "seq_len"): "that is one hidden value at all points; time is the middle axis.",
        ("batch", "seq_len", "hidden_size"): "those are all points; the last one is meant.",
    }
    expect_shape(given, ("batch", "hidden_size"), sizes, "the one from r_out", mistakes)
    refuse(
        given,
        [
            (r_out[:, 0], "from r_out comes the first point in time, not the last."),
            (r_out.mean(axis=1), "from r_out comes the mean over time; the last point is meant."),
        ],
    )
    if not same(given, r_out[:, -1]):
        raise Wrong("what comes from r_out is not its last point in time.")


def _examine_top_of_h_n(given: np.ndarray, h_n: np.ndarray, sizes: dict[str, int]) -> None:
    mistakes = {
        ("num_layers", "hidden_size"): (
            "that is one sequence in all layers; the first axis of h_n is the layer."
        ),
        ("num_layers", "batch", "hidden_size"): "those are all layers; the top one is meant.",
        ("1", "batch", "hidden_size"): "an axis of 1 is left over; h_n[-1] has none.",
    }
    expect_shape(given, ("batch", "hidden_size"), sizes, "the one from h_n", mistakes)
    layers = len(h_n)
    between = [
        (h_n[layer], f"h_n[{layer}] is the top of {layer + 1} layers; here are {layers}.")
        for layer in range(1, layers - 1)
    ]
    refuse(
        given,
        [
            (h_n[0], "from h_n comes the bottom layer; the top one is the last."),
            (h_n.mean(axis=0), "from h_n comes the mean over the layers; the top one is meant."),
            *between,
        ],
    )
    if not same(given, h_n[-1]):
        raise Wrong("what comes from h_n is not the state of its top layer.")


def _last(from_r_out: str = "r_out[:, -1]", from_h_n: str = "h_n[-1]") -> str:
    return f"def last_hidden(r_out, h_n):\n    return {from_r_out}, {from_h_n}"


register(
    Exercise(
        name="last",
        notebook="03",
        stub="""\
def last_hidden(r_out, h_n):
    return ..., ...  # from r_out, from h_n


rh.check("last", last_hidden)""",
        examine=_examine_last,
        hints=(
            "Which axis of r_out is time? Which axis of h_n is the layer?",
            "r_out is (batch, seq_len, hidden_size); h_n is (num_layers, batch, hidden_size).",
            "The index -1 is the last one, however many there are.",
        ),
        solution=_last(),
        misconceptions={
            "bottom layer": (_last(from_h_n="h_n[0]"), "the bottom layer"),
            "second layer": (_last(from_h_n="h_n[1]"), "h_n[1] is the top of 2 layers"),
            "third layer": (_last(from_h_n="h_n[2]"), "h_n[2] is the top of 3 layers"),
            "both from r_out": (_last(from_h_n="r_out[:, -1]"), "both come from r_out"),
            "both from h_n": (_last("h_n[-1]"), "both come from h_n"),
            "swapped": (_last("h_n[-1]", "r_out[:, -1]"), "the two are swapped"),
            "last sequence of h_n": (_last(from_h_n="h_n[:, -1]"), "one sequence in all layers"),
            "all layers": (_last(from_h_n="h_n"), "those are all layers"),
            "last sequence of r_out": (_last("r_out[-1]"), "one sequence at all its points"),
            "first point": (_last("r_out[:, 0]"), "the first point in time"),
            "last hidden value": (_last("r_out[:, :, -1]"), "one hidden value at all points"),
            "axis kept": (_last("r_out[:, -1:]"), "-1 drops it"),
        },
    )
)

# Exercise 3: how many numbers an nn.RNN holds -----------------------------------------------------


def _right_count(input_size: int, hidden_size: int, num_layers: int) -> int:
    first = hidden_size * (input_size + hidden_size + 2)
    return first + (num_layers - 1) * hidden_size * (2 * hidden_size + 2)


def _wrong_counts(input_size: int, hidden_size: int, num_layers: int) -> list[tuple[int, str]]:
    """Return the numbers that known mistakes give, with what to say of each."""
    right = _right_count(input_size, hidden_size, num_layers)
    first = _right_count(input_size, hidden_size, 1)
    bias, square, linear = num_layers * hidden_size, hidden_size**2, hidden_size + 1
    by_hand = _right_count(1, hidden_size, 1)  # that of section 2, without its linear layer
    here = f"here the input has {input_size} numbers, and there are {num_layers} layers"
    return [
        (right - bias, "one bias a layer is missing; nn.RNN has two, b_ih and b_hh."),
        (right - 2 * bias, "the biases are missing; every layer has two, b_ih and b_hh."),
        (
            num_layers * first,
            "every layer is counted like the first; from the second on a layer reads the "
            "hidden_size numbers of the one below.",
        ),
        (first, f"that is one layer; there are {num_layers}."),
        (
            right - num_layers * square,
            "weight_hh is missing: each layer reads its own hidden state too.",
        ),
        (right + linear, "the linear layer is counted too; asked for is nn.RNN alone."),
        (
            right - (num_layers - 1) * square,
            "the upper layers have a weight_ih too: each reads the hidden_size numbers of the one "
            "below.",
        ),
        (
            right - (input_size - 1) * hidden_size,
            f"the input has {input_size} numbers here; by_hand in section 2 counts 1.",
        ),
        (by_hand, f"by_hand in section 2 has an input of 1 and one layer; {here}."),
        (
            by_hand + linear,
            f"that is by_hand as it stands: an input of 1, one layer, and a linear one; {here}.",
        ),
        (
            num_layers * by_hand,
            f"every layer is counted with an input of 1; {here}, and from the second on a layer "
            "reads the hidden_size numbers of the one below.",
        ),
        (
            right + hidden_size * (2 * hidden_size + 2),
            "one layer too many is counted: the first is one of the num_layers.",
        ),
    ]


def _examine_parameters(answer: object, rng: np.random.Generator) -> str:
    while True:  # until every mistake gives another number
        sizes = int(rng.integers(2, 6)), int(rng.integers(7, 13)), int(rng.integers(3, 5))
        right, wrong = _right_count(*sizes), _wrong_counts(*sizes)
        if len({right, *(number for number, _ in wrong)}) == len(wrong) + 1:
            break
    count = whole_number(called(answer, *sizes))
    for number, sentence in wrong:
        if count == number:
            raise Wrong(sentence)
    if count != right:
        raise Wrong(f"nn.RNN{sizes} holds {right} numbers; your function says {count}.")
    right, count = _right_count(1, sizes[1], 1), whole_number(called(answer, 1, sizes[1], 1))
    if count != right:
        raise Wrong(
            f"it is right for {sizes[2]} layers; for one it says {count} instead of {right}."
        )
    return (
        "In a large network nearly all of them are in the squares, hidden_size times hidden_size."
    )


def _parameters(first: str, other: str, layers: str = "(num_layers - 1)") -> str:
    return f"""\
def num_parameters(input_size, hidden_size, num_layers):
    first = hidden_size * ({first})
    other = hidden_size * ({other})
    return first + {layers} * other"""


register(
    Exercise(
        name="parameters",
        notebook="03",
        stub="""\
def num_parameters(input_size, hidden_size, num_layers):
    return ...


rh.check("parameters", num_parameters)""",
        examine=_examine_parameters,
        hints=(
            "Each layer has two weights and two biases. What are their shapes?",
            "In the second layer weight_ih is (hidden_size, hidden_size). Why?",
            "The first layer holds hidden_size * (input_size + hidden_size + 2) numbers.",
        ),
        solution=_parameters("input_size + hidden_size + 2", "hidden_size + hidden_size + 2"),
        misconceptions={
            "one bias": (
                _parameters("input_size + hidden_size + 1", "hidden_size + hidden_size + 1"),
                "one bias a layer is missing",
            ),
            "no biases": (
                _parameters("input_size + hidden_size", "hidden_size + hidden_size"),
                "the biases are missing",
            ),
            "all like the first": (
                _parameters("input_size + hidden_size + 2", "input_size + hidden_size + 2"),
                "counted like the first",
            ),
            "one layer": (
                _parameters("input_size + hidden_size + 2", "0"),
                "that is one layer",
            ),
            "no weight_hh": (
                _parameters("input_size + 2", "hidden_size + 2"),
                "weight_hh is missing",
            ),
            "with the linear layer": (
                """\
def num_parameters(input_size, hidden_size, num_layers):
    rnn, fc = nn.RNN(input_size, hidden_size, num_layers), nn.Linear(hidden_size, 1)
    return sum(p.numel() for p in [*rnn.parameters(), *fc.parameters()])""",
                "the linear layer is counted",
            ),
            "upper weight_ih": (
                _parameters("input_size + hidden_size + 2", "hidden_size + 2"),
                "the upper layers have a weight_ih too",
            ),
            "input of 1": (
                _parameters("1 + hidden_size + 2", "hidden_size + hidden_size + 2"),
                "by_hand in section 2 counts 1",
            ),
            "by_hand, recurrent part": (
                _parameters("1 + hidden_size + 2", "0"),
                "by_hand in section 2 has an input of 1 and one layer",
            ),
            "by_hand": (
                """\
def num_parameters(input_size, hidden_size, num_layers):
    h = hidden_size
    return (h * 1 + h * h + h + h) + (h + 1)""",
                "by_hand as it stands",
            ),
            "by_hand for every layer": (
                _parameters("1 + hidden_size + 2", "1 + hidden_size + 2"),
                "counted with an input of 1",
            ),
            "one layer too many": (
                _parameters(
                    "input_size + hidden_size + 2", "hidden_size + hidden_size + 2", "num_layers"
                ),
                "one layer too many",
            ),
        },
    )
)

# Exercise 4: a network without batch_first --------------------------------------------------------

MIXED = "{} is reshaped, and that mixes the sequences; transpose(0, 1) exchanges the two axes."


def _examine_turned(answer: object, rng: np.random.Generator) -> str:
    sizes = _draw_sizes(rng)
    rnn, x = _network(rng, sizes, batch_first=False), _batch(rng, sizes)
    with torch.no_grad():
        by_time, right_h_n = (part.numpy() for part in rnn(x.transpose(0, 1)))
        mixed = rnn(x.reshape(sizes["seq_len"], sizes["batch"], -1))[0].numpy()
    right = by_time.swapaxes(0, 1)

    handed_in = x.clone()
    r_out, h_n = several(called(answer, rnn, handed_in), "r_out", "h_n")
    r_out, h_n = numbers(r_out, "r_out"), numbers(h_n, "h_n")
    if h_n.shape == (sizes["num_layers"], sizes["seq_len"], sizes["hidden_size"]):
        number = sizes["seq_len"]
        raise Wrong(
            f"h_n has shape {h_n.shape}: {number} hidden states for {number} sequences. The "
            "network took x with time first; turn x before it goes in."
        )
    mistakes = {
        ("seq_len", "batch", "hidden_size"): "that is seq first; turn it back on its way out.",
        ("num_layers", "batch", "hidden_size"): "that is h_n; return r_out first, then h_n.",
    }
    expect_shape(r_out, ("batch", "seq_len", "hidden_size"), sizes, "r_out", mistakes)
    mistakes = {
        ("batch", "num_layers", "hidden_size"): (
            "the layers come first in h_n, with batch_first and without; do not turn it."
        )
    }
    expect_shape(h_n, ("num_layers", "batch", "hidden_size"), sizes, "h_n", mistakes)
    refuse(
        r_out,
        [
            (mixed.swapaxes(0, 1), MIXED.format("x")),
            (mixed.reshape(right.shape), MIXED.format("x")),
            (by_time.reshape(right.shape), MIXED.format("r_out")),
            (
                right[:, ::-1],
                "r_out runs backwards in time; flip reverses an axis, transpose exchanges two.",
            ),
        ],
    )
    if not same(r_out, right):
        raise Wrong("the shapes are right, but r_out does not hold what this network says.")
    if not same(h_n, right_h_n):
        raise Wrong("r_out is right, but h_n is not the last hidden state of every layer.")
    if rnn.batch_first:
        raise Wrong(
            "the numbers are right, but your function changed rnn, and whoever hands it time "
            "first from now on is misread; turn x instead."
        )
    if not np.array_equal(handed_in.detach().numpy(), x.numpy()):
        raise Wrong(
            "the numbers are right, but your function changed x itself, and whoever handed it in "
            "has another x from now on; transpose without an underscore leaves x as it is."
        )
    return "Turned on the way in and on the way out, and h_n not at all."


def _turned(
    into: str = "x.transpose(0, 1)", out: str = "r_out.transpose(0, 1)", h_n: str = "h_n"
) -> str:
    return f"""\
def turned(rnn, x):
    r_out, h_n = rnn({into})
    return {out}, {h_n}"""


register(
    Exercise(
        name="turned",
        notebook="03",
        stub="""\
def turned(rnn, x):
    return ..., ...  # r_out, h_n


rh.check("turned", turned)""",
        examine=_examine_turned,
        hints=(
            "Which shape does rnn want, and which has x?",
            "transpose(0, 1) exchanges the first two axes; a reshape would mix the sequences.",
            "Turn x before, and r_out after. Look up in section 6 what happens to h_n.",
        ),
        solution=_turned(),
        misconceptions={
            "not turned": (_turned("x", "r_out"), "took x with time first"),
            "not turned back": (_turned(out="r_out"), "that is seq first"),
            "h_n turned": (_turned(h_n="h_n.transpose(0, 1)"), "do not turn it"),
            "x reshaped": (_turned("x.reshape(x.shape[1], x.shape[0], -1)"), "x is reshaped"),
            "r_out reshaped": (
                _turned(out="r_out.reshape(x.shape[0], x.shape[1], -1)"),
                "r_out is reshaped",
            ),
            "rnn changed": (
                "def turned(rnn, x):\n    rnn.batch_first = True\n    return rnn(x)",
                "your function changed rnn",
            ),
            "x changed": (_turned("x.transpose_(0, 1)"), "your function changed x itself"),
        },
    )
)
