"""Exercises and questions of notebook 03: shapes, and how many numbers a network holds."""

import math

import numpy as np
import torch
from torch import nn

from .engine import chapter
from .inputs import uniform
from .trace import several

pose, register = chapter("03")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "how many numbers",
    "With 32 hidden values and one layer, how many numbers will there be?",
    ("About 100", "About 500", "About 1000", "About 10 000"),
)
def _judge_how_many(model: nn.Module) -> tuple[int, str]:
    sizes = {name: weight.numel() for name, weight in model.named_parameters()}
    total, largest = sum(sizes.values()), max(sizes, key=sizes.get)
    apart = [abs(math.log(total / guess)) for guess in (100, 500, 1000, 10_000)]
    return apart.index(min(apart)), (
        f"There are {total}, and {sizes[largest]} of them are in {largest.removeprefix('rnn.')}, "
        f"which has the shape {tuple(model.get_parameter(largest).shape)}."
    )


@pose(
    "layers in a shape",
    "The model has 2 layers. In which of the two shapes will you see a 2?",
    ("In that of r_out", "In that of h_n", "In both", "In neither"),
)
def _judge_layers(num_layers: int, r_out: torch.Tensor, h_n: torch.Tensor) -> tuple[int, str]:
    seen = num_layers in r_out.shape, num_layers in h_n.shape
    return [(True, False), (False, True), (True, True), (False, False)].index(seen), (
        f"r_out is {tuple(r_out.shape)}, that is (batch, seq_len, hidden_size). h_n is "
        f"{tuple(h_n.shape)}, that is (num_layers, batch, hidden_size)."
    )


@pose(
    "end of r_out",
    "Which entry of h_n stands at the end of r_out?",
    ("h_n[0], the bottom layer's", "h_n[1], the top layer's", "Both", "Neither"),
)
def _judge_end(differences: list[torch.Tensor]) -> tuple[int, str]:
    apart = [float(difference) for difference in differences]
    words = [f"{a:.1g}" if a < 0.1 else "more than 0.1" for a in apart]  # whatever the weights are
    words = [w if a > 1e-6 else "less than 0.000001" for w, a in zip(words, apart, strict=True)]
    equal = apart[0] < 1e-6, apart[1] < 1e-6
    return [(True, False), (False, True), (True, True), (False, False)].index(equal), (
        f"h_n[0] differs from the last point of r_out by {words[0]}, h_n[1] by {words[1]}."
    )


@pose(
    "what batch_first moves",
    "Without batch_first, which of input, output and h_n change their shape?",
    ("All three", "Input and output", "Only the input", "Only h_n", "None of them"),
)
def _judge_batch_first(shapes: dict[bool, list[tuple[int, ...]]]) -> tuple[int, str]:
    pairs = list(zip(("the input", "the output", "h_n"), shapes[True], shapes[False], strict=True))
    said = [f"{n} {a} {f'becomes {b}' if a != b else 'stays'}" for n, a, b in pairs]
    changed = "".join("x" if a != b else "-" for _, a, b in pairs)
    right = ("xxx", "xx-", "x--", "--x", "---").index(changed)
    return right, f"Without batch_first {said[0]}, {said[1]}, and {said[2]}."


# Exercises ----------------------------------------------------------------------------------------

SHAPES = "x", "r_out", "h_n", "prediction"


def _padded(shapes, names):
    """Return each shape with as many sizes, so that otherwise is said of another number of axes."""
    things, none = several(shapes, names), (math.nan,) * 5
    return [(*np.ravel(s), *none)[:5] if isinstance(s, int | tuple | list) else s for s in things]


register(
    "shapes",
    title="Shapes first",
    stub="""\
shapes = {
    "x": (5, 7, 2),
    "r_out": ...,
    "h_n": ...,
    "prediction": ...,
}""",
    solution="""\
shapes = {
    "x": (5, 7, 2),
    "r_out": (5, 7, 6),
    "h_n": (3, 5, 6),
    "prediction": (5, 7, 1),
}""",
    inputs=lambda rng: [{"names": SHAPES}],
    use=_padded,
    returns=SHAPES,
    right="Only h_n shows the layers, and only prediction the linear layer.",
    hints=(
        "In which of the three can you see the number of layers?",
        "r_out is (batch, seq_len, hidden_size), h_n is (num_layers, batch, hidden_size).",
        "The linear layer changes the last axis of r_out from hidden_size to output_size.",
    ),
    wrong={
        "in your r_out seq_len comes first, as it does without batch_first.": "5, 7, 6 => 7, 5, 6",
        "your r_out has an axis for the layers; it is only the top one.": "5, 7, 6 => 3, 5, 7, 6",
        "the 1 in your r_out is the linear layer's; r_out holds hidden states.": "7, 6 => 7, 1",
        "your r_out has no points in time; it holds the state at each of the 7.": "7, 6 => 6",
        "in your h_n the batch comes first; batch_first does not move it.": "3, 5, 6 => 5, 3, 6",
        "your h_n has the state of one layer; there is one for each of 3.": "3, 5, 6 => 1, 5, 6",
        "your h_n has no axis for the layers; there are 3.": "3, 5, 6 => 5, 6",
        "your h_n has all points in time; it is only the last state.": "3, 5, 6 => 5, 7, 6",
        "your prediction is the last alone; there is one at each of the 7 points.": "7, 1 => 1",
        "your prediction still has the 6; the linear layer turns 6 numbers into 1.": "7, 1 => 7, 6",
        "your prediction has no last axis; an output of 1 number is an axis of 1.": "7, 1 => 7",
    },
    otherwise="your {name} is not right; ask of each of its axes what it counts. There are 5 "
    "sequences, 7 points, 2 numbers at each, 3 layers, 6 hidden values, and 1 output.",
)


def _last_inputs(rng):
    sizes = (1, 4, 6), (1, 1, 5), (3, 1, 1), (2, 3, 1), (3, 4, 8), (4, 5, 9)
    for layers, batch, seq_len in sizes:
        r_out, h_n = uniform(rng, batch, seq_len, 12), uniform(rng, layers, batch, 12)
        yield {"r_out": r_out, "h_n": h_n}


register(
    "last",
    title="Which hidden state",
    stub="""\
def last_hidden(r_out, h_n):
    return ..., ...  # from r_out, from h_n""",
    solution="""\
def last_hidden(r_out, h_n):
    return r_out[:, -1], h_n[-1]""",
    inputs=_last_inputs,
    returns=("from_r_out", "from_h_n"),
    right="When both come from nn.RNN, these are the same numbers in two ways: the end of r_out is "
    "the top of h_n.",
    hints=(
        "Which axis of r_out is time? Which axis of h_n is the layer?",
        "r_out is (batch, seq_len, hidden_size); h_n is (num_layers, batch, hidden_size).",
        "The index -1 is the last one, however many there are.",
    ),
    wrong={
        "both of yours come from r_out; take the second one from h_n.": "h_n[-1] => r_out[:, -1]",
        "both of yours come from h_n; take the first one from r_out.": "r_out[:, -1] => h_n[-1]",
        "you take h_n[0], the bottom layer; the top one is the last.": "h_n[-1] => h_n[0]",
        "you take h_n[1], the top of 2 layers; here there are {len(h_n)}.": "h_n[-1] => h_n[1]",
        "from h_n you take one sequence; the first axis is the layer.": "h_n[-1] => h_n[:, -1]",
        "where there is one layer, h_n.squeeze(0) loses that axis, and [-1] is then the last "
        "sequence of the batch.": "h_n[-1] => h_n.squeeze(0)[-1]",
        "from r_out you take one sequence; the first axis is the batch.": "[:, -1] => [-1]",
        "from r_out you take the first point in time, not the last.": "[:, -1] => [:, 0]",
    },
)


def _parameters_inputs(rng):
    some = (1, 1, 1), (2, 7, 1), (1, 9, 3), (50, 20, 2), rng.integers((2, 6, 3), (6, 13, 6))
    for sizes in some:
        yield dict(zip(("input_size", "hidden_size", "num_layers"), map(int, sizes), strict=True))


register(
    "parameters",
    title="How many numbers",
    stub="""\
def num_parameters(input_size, hidden_size, num_layers):
    return ...""",
    solution="""\
def num_parameters(input_size, hidden_size, num_layers):
    biases = 2 * hidden_size
    first = hidden_size * input_size + hidden_size**2 + biases
    other = 2 * hidden_size**2 + biases
    return first + (num_layers - 1) * other""",
    inputs=_parameters_inputs,
    right="In a large network, nearly all are in the squares, hidden_size times hidden_size.",
    hints=(
        "Each layer has two weights and two biases. What are their shapes?",
        "In the second layer weight_ih is (hidden_size, hidden_size). Why?",
        "The first layer holds hidden_size * (input_size + hidden_size + 2) numbers.",
    ),
    wrong={
        "one bias a layer is missing; nn.RNN has two, b_ih and b_hh.": "biases = 2 => biases = 1",
        "the biases are missing; every layer has two, b_ih and b_hh.": "biases = 2 => biases = 0",
        "your layers are all like the first; from the second on a layer reads the hidden_size "
        "numbers of the one below.": "* other => * first",
        "you count one layer; there are {num_layers}.": " + (num_layers - 1) * other => ",
        "you always count two layers, not num_layers.": "(num_layers - 1) * other => other",
        "weight_hh is missing: each layer also reads its own hidden "
        "state.": " + hidden_size**2 => \nother = 2 => other = 1",
        "you count a linear layer; here is nn.RNN alone.": "return => return hidden_size + 1 +",
        "your input is always 1, as in section 2; here it is {input_size}.": "input_size + => 1 +",
        "that is by_hand of section 2: an input of 1, a linear layer, and 1 layer instead of "
        "{num_layers}.": "input_size + => 1 +\n(num_layers - 1) * other => hidden_size + 1",
        "you count one layer too many: the first is one of the num_layers.": " - 1) => )",
    },
    otherwise="nn.RNN({input_size}, {hidden_size}, {num_layers}) holds {wanted:g} numbers; your "
    "function says {given:g}.",
)


def _turned_inputs(rng):
    sizes = (1, 4, 7), (3, 1, 6), (2, 4, 1), rng.integers((2, 4, 7), (4, 7, 10))
    for layers, batch, seq_len in sizes:
        rnn = nn.RNN(int(rng.integers(1, 4)), 12, int(layers))
        yield {"rnn": rnn, "x": uniform(rng, batch, seq_len, rnn.input_size)}


register(
    "turned",
    title="Without batch_first",
    stub="""\
def turned(rnn, x):
    return ..., ...  # r_out, h_n""",
    solution="""\
def turned(rnn, x):
    r_out, h_n = rnn(x.transpose(0, 1))
    return r_out.transpose(0, 1), h_n""",
    inputs=_turned_inputs,
    returns=("r_out", "h_n"),
    right="Turned on the way in and on the way out, and h_n not at all.",
    hints=(
        "Which shape does rnn want, and which has x?",
        "transpose(0, 1) exchanges the first two axes; a reshape would mix the sequences.",
        "Turn x before, and r_out after. Look up in section 6 what happens to h_n.",
    ),
    wrong={
        "your h_n has {x.shape[1]} hidden states for {len(x)} sequences: the network took x with "
        "time first; turn x before it goes in.": (
            "x.transpose(0, 1) => x",
            "x.transpose(0, 1) => x\nt.transpose(0, 1) => t",
        ),
        "your r_out has seq_len first; turn it back on its way out.": "t.transpose(0, 1) => t",
        "your h_n is turned; h_n has its layers first, always.": "), h_n => ), h_n.swapaxes(0, 1)",
        "your x or your r_out is reshaped, and that mixes the sequences; transpose(0, 1) exchanges "
        "two axes.": (
            "x.transpose(0, 1) => x.reshape(x.shape[1], len(x), -1)\n"
            "t.transpose(0, 1) => t.reshape(len(x), x.shape[1], -1)",
            "x.transpose(0, 1) => x.reshape(x.shape[1], len(x), -1)",
            "t.transpose(0, 1) => t.reshape(len(x), x.shape[1], -1)",
        ),
        "the numbers are right, but your function changed rnn, and whoever hands it time first "
        "from now on is misread; turn x instead.": "return => rnn.batch_first = True; return",
    },
)
