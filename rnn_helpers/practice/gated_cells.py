"""Exercises and questions of notebook 08: what gates do, what they do not, what they cost."""

from collections.abc import Mapping

import numpy as np
import torch

from .engine import chapter
from .inputs import uniform

pose, register = chapter("08")

# Questions to predict -----------------------------------------------------------------------------


def _each(values: Mapping[str, float], digits: str = ".1g") -> str:
    """Return what each cell has, in words: ``"RNN 0.02, LSTM 0.02, GRU 0.01"``."""
    return ", ".join(f"{cell} {value:{digits}}" for cell, value in values.items())


@pose(
    "tuple as state",
    "How many of RNN, LSTM and GRU return a tuple as their state?",
    ("None", "One", "Two", "All three"),
)
def _tuple_as_state(states: Mapping[str, object]) -> tuple[int, str]:
    tuples = [cell for cell, state in states.items() if isinstance(state, tuple)]
    told = [
        f"{cell} a tuple of {' and '.join(str(tuple(part.shape)) for part in state)}"
        if cell in tuples
        else f"{cell} {tuple(state.shape)}"
        for cell, state in states.items()
    ]
    return len(tuples), f"The shapes: {', '.join(told)}. An LSTM has two states, h and c."


@pose(
    "lower loss",
    "Which has the lower loss in steps 20 to 29, and which in the last ten steps?",
    (
        "The RNN, both times",
        "First the RNN, then a cell with gates",
        "First a cell with gates, then the RNN",
        "A cell with gates, both times",
    ),
)
def _lower_loss(tens: Mapping[str, np.ndarray]) -> tuple[int, str]:
    early, late = ({c: np.median(losses[:, i]) for c, losses in tens.items()} for i in (2, -1))
    # Whether the best of the cells with gates has less than the plain RNN.
    gates = [min(each, key=each.get) != "RNN" for each in (early, late)]
    why = f"Median loss of {len(tens['RNN'])} seeds in steps 20 to 29: {_each(early)}. "
    return 2 * gates[0] + gates[1], f"{why}In the last ten: {_each(late)}."


@pose(
    "slower training",
    "Trained at 0.003 instead, which cell has the smallest error after a prime of ten points?",
    ("The RNN", "The LSTM", "The GRU", "All about the same"),
)
def _slower_training(errors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    medians = {cell: np.median(seeds) for cell, seeds in errors.items()}
    least, second = sorted(medians.values())[:2]
    right = 3 if second < 1.5 * least else list(medians).index(min(medians, key=medians.get))
    return right, f"Median errors of {len(errors['RNN'])} seeds: {_each(medians)}."


@pose(
    "kept by z",
    "Training lowered the mean of z. Over ten points, do the gates now keep less of the state?",
    ("Yes, less", "About as much", "No, more"),
)
def _kept_by_z(before: np.ndarray, after: np.ndarray) -> tuple[int, str]:
    """``before`` and ``after`` have shape (num_models, seq_len, hidden_size)."""
    kept = [100 * z.prod(axis=1).mean() for z in (before, after)]
    right = 0 if kept[1] < kept[0] / 1.2 else 2 if kept[1] > 1.2 * kept[0] else 1
    return right, (
        f"The mean of z goes from {before.mean():.2f} to {after.mean():.2f}; what {len(after[0])} "
        f"steps keep, counted unit by unit, goes from {kept[0]:.2f} % to {kept[1]:.2f} %."
    )


# Exercises ----------------------------------------------------------------------------------------


def _restart_inputs(rng):
    for layers, batch, hidden_size in (3, 3, 3), (1, 4, 2), (2, 1, 5), (2, 6, 6):
        h, c = uniform(rng, 2, layers, batch, hidden_size)
        yield {"state": (h, c), "done": torch.arange(batch) % 3 == 0}


register(
    "restart",
    title="Some sequences end",
    stub="""\
def restart(state, done):
    ...
    return ...""",
    solution="""\
def restart(state, done):
    going_on = ~done[None, :, None]
    h, c = state
    return h * going_on, c * going_on""",
    inputs=_restart_inputs,
    returns=("h", "c"),
    right="Each sequence has a column of its own in both h and c, for every layer.",
    hints=(
        "In which places of a shape (num_layers, batch, hidden_size) does sequence 2 stand?",
        "h[:, done] picks the sequences that have ended; the same holds for c.",
        "Work on clones, or multiply: h * ~done[None, :, None] is new, and 0 where done is True.",
    ),
    wrong={
        "you restart h and leave c as it was; the old sequence lives on in the cell "
        "state.": "c * going_on => c",
        "you restart c and leave h as it was; the next gates are computed from h "
        "too.": "return h * going_on => return h",
        "the two are swapped: those that go on are restarted.": "~done => done",
        "you restart every sequence; those that go on need their state.": (
            "~done[None, :, None] => 0",
            "~done[None, :, None] => ~done.any()",
        ),
        "you restart layers, but batch is the second axis of h and c.": "None, :, None => :, None, "
        "None",
        "you restart hidden units, but batch is the second axis of h and c.": "[None, :, None] => ",
    },
)


def _mean_left_inputs(rng):
    yield {"f": np.array([[0.5, 1.0]])}
    yield {"f": np.array([[0.1, 0.9]] * 10)}
    yield {"f": rng.uniform(0.2, 1, (7, 32))}


register(
    "mean_left",
    title="What is left, unit by unit",
    stub="""\
def mean_left(f):
    ...
    return ...""",
    solution="""\
def mean_left(f):
    return f.prod(axis=0).mean()""",
    inputs=_mean_left_inputs,
    returns=("the share",),
    atol=1e-7,
    right="A few units with a gate near 1 hold nearly all that is left; a mean gate of one half "
    "does not show them.",
    hints=(
        "Take one unit first: it keeps f[0] of its cell state, and then f[1] of that.",
        "One unit keeps the product of its gates. The mean over the units comes last.",
        "f.prod(axis=0) has one product for each unit.",
    ),
    wrong={
        "you multiply mean gates; a unit keeps its own gate's share, not the mean one.": (
            "f.prod(axis=0).mean() => f.mean(axis=1).prod()",
            "f.prod(axis=0).mean() => f.mean() ** len(f)",
        ),
        "you average over time first; gates of one unit are multiplied, "
        "step by step.": "f.prod(axis=0).mean() => (f.mean(axis=0) ** len(f)).mean()",
        "you multiply over the units; time is the first axis.": "axis=0 => axis=1",
        "that is the mean gate; after {len(f)} steps less is left.": "prod(axis=0) => mean(axis=0)",
        "you return one share for each unit; their mean is asked for.": ".mean() => ",
    },
)


def _largest_inputs(rng):
    sizes = {"RNN": (10, 11, 12, 1152, 1153), "LSTM": (18, 1153), "GRU": (1153, 4999)}
    sizes["GRU"] += (int(rng.integers(99, 5000)),)
    return [{"cell": cell, "weights": weights} for cell in sizes for weights in sizes[cell]]


register(
    "largest",
    title="A fair size",
    stub="""\
def largest(cell, weights):
    ...
    return ...""",
    solution="""\
def largest(cell, weights):
    rows = {"RNN": 1, "LSTM": 4, "GRU": 3}[cell]
    n = 1
    while rows * (n * n + 3 * n) + n + 1 <= weights:
        n = n + 1
    return n - 1""",
    inputs=_largest_inputs,
    returns=("the hidden size",),
    right="W_hh grows with the square of the hidden size, so an LSTM of half the size has about as "
    "many weights as a plain RNN.",
    hints=(
        "Count an RNN of 32 first: W_hh, W_ih, two biases, and the Linear layer make 1153.",
        "W_hh has rows * n * n weights, W_ih and each bias rows * n, the Linear layer n + 1.",
        "Try n = 1, 2, 3, ... until there are too many; the one before is the answer.",
    ),
    wrong={
        "{cell}: you count one bias; PyTorch has two, bias_ih and bias_hh.": "3 * n => 2 * n",
        "{cell}: you count no biases; there are two with one number for each row.": "3 * n => n",
        "{cell}: the Linear layer is missing: n weights and a bias.": " + n + 1 => ",
        "{cell}: the Linear layer has a bias too.": "+ n + 1 => + n",
        "{cell}: a GRU has three times the rows of an RNN, not four.": '"GRU": 3 => "GRU": 4',
        "{cell}: an LSTM has four times the rows of an RNN, one for each of i, f, g and "
        "o.": '"LSTM": 4 => "LSTM": 3',
        "{cell}: that is one more than fits.": "n - 1 => n",
        "{cell}: exactly {weights} weights are allowed.": "<= weights => < weights",
    },
    otherwise="{cell}: with at most {weights} weights the hidden size is not {given:g}.",
)
