"""Exercises and questions of notebook 09: what a gap asks for, and what bridges it."""

import copy
from collections.abc import Mapping, Sequence

import numpy as np
from torch import nn

from .engine import chapter

pose, register = chapter("09")

WELL_LEARNED, LEARNED, NOT_LEARNED = 0.05, 0.1, 0.2  # errors as shares of the variance

# Questions to predict -----------------------------------------------------------------------------


def _told(errors: Mapping[str, float]) -> str:
    # The errors of a training that fails differ from machine to machine, so no digits of them.
    return ", ".join(
        f"{name} {'above 0.2' if e > NOT_LEARNED else f'{e:.1g}'}" for name, e in errors.items()
    )


@pose(
    "furthest",
    "With PyTorch's initial weights, which gets furthest: its median error below 0.1 at the "
    "longest gap?",
    ("The RNN", "The LSTM", "The GRU", "All equally far"),
)
def _furthest(gaps: Sequence[int], errors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    """``errors`` has an array (num_models, num_gaps) for each cell."""
    learned = {c: np.median(each, axis=0) < LEARNED for c, each in errors.items()}
    far = {cell: max(np.array(gaps)[each], default=0) for cell, each in learned.items()}
    best = [number for number, gap in enumerate(far.values()) if gap == max(far.values())]
    told = ", ".join(f"{cell} up to {gap} steps" for cell, gap in far.items())
    return 3 if len(best) > 1 else best[0], f"Median of {len(errors['RNN'])} seeds: {told}."


@pose(
    "gradient of gates",
    "The gates of a fresh LSTM or GRU keep about one half. By what factor does the gradient of the "
    "LSTM shrink with each step back?",
    ("About 0.3", "About 0.5, as the gate", "About 0.65, a little more than the gate", "About 0.9"),
)
def _gradient_of_gates(factors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    medians = {cell: np.median(seeds) for cell, seeds in factors.items()}
    right = np.abs(medians["LSTM"] - np.array([0.3, 0.5, 0.65, 0.9])).argmin()  # the answers
    told = ", ".join(f"{cell} {value:.2f}" for cell, value in medians.items())
    return int(right), f"Median factors of {len(factors['LSTM'])} seeds: {told}."


@pose(
    "remedied",
    "Each with its remedy: which of them have a median error below 0.05 at a gap of 20?",
    ("None", "Only the RNN", "Only LSTM and GRU", "All three"),
)
def _remedied(errors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    medians = {name: np.median(seeds) for name, seeds in errors.items()}
    rnn, *gated = [median < WELL_LEARNED for median in medians.values()]
    right = 3 if rnn and all(gated) else 1 if rnn else 2 if all(gated) else 0
    # These digits differ from machine to machine too; no median comes near the bound.
    told = ", ".join(
        f"{name} {'below' if value < WELL_LEARNED else 'above'} {WELL_LEARNED}"
        for name, value in medians.items()
    )
    return right, f"Median errors of {len(next(iter(errors.values())))} seeds: {told}."


@pose(
    "queue",
    "With PyTorch's initial weights, which learn the queue (a median error below 0.1)?",
    ("Only the RNN", "Only LSTM and GRU", "All three", "None"),
)
def _queue(errors: Mapping[str, float]) -> tuple[int, str]:
    rnn, *gated = [error < LEARNED for error in errors.values()]
    right = 2 if rnn and all(gated) else 0 if rnn else 1 if all(gated) else 3
    return right, f"Median error as a share of the variance: {_told(errors)}."


@pose(
    "beginning of a queue",
    "Which gates, set before the training, let LSTM and GRU learn the queue: those that hold, or "
    "those that pass?",
    ("Both", "Only holding", "Only passing", "Neither"),
)
def _beginning_of_a_queue(
    hold: Mapping[str, float], passing: Mapping[str, float]
) -> tuple[int, str]:
    held, passed = (max(errors.values()) < LEARNED for errors in (hold, passing))
    right = 0 if held and passed else 1 if held else 2 if passed else 3
    return right, f"Median errors, holding: {_told(hold)}; passing: {_told(passing)}."


# Exercises ----------------------------------------------------------------------------------------


def _bias_for_inputs(rng):
    for share, k in (0.5, 1), (0.9, 10), (0.01, 4), (rng.uniform(0.1, 0.9), rng.integers(5, 99)):
        yield {"share": float(share), "k": int(k)}


register(
    "bias_for",
    title="A bias for any share",
    stub="""\
def bias_for(share, k):
    ...
    return ...""",
    solution="""\
def bias_for(share, k):
    f = share ** (1 / k)
    return np.log(f / (1 - f))""",
    inputs=_bias_for_inputs,
    returns=("the bias",),
    right="To keep {100 * share:.0f} % over {k} steps, f has to begin at {share ** (1 / k):.3f}.",
    hints=(
        "First the gate: which f, multiplied by itself k times, gives the share?",
        "f = share ** (1 / k). Then solve sigmoid(b) = f for b.",
        "1 / f = 1 + exp(-b), so b = -log(1 / f - 1).",
    ),
    wrong={
        "your gate keeps {share:.2g} at every single step; after k = {k} steps less is "
        "left.": "share ** (1 / k) => share",
        "log(k - 1) leaves about a third; "
        "another share is asked for.": "f = share ** (1 / k) => f = 1 - 1 / k if k > 1 else 0.5",
        "that is the gate itself; the bias is what the sigmoid turns into "
        "it.": "np.log(f / (1 - f)) => f",
        "the sign is wrong: your gate keeps {share ** (1 / k):.2g} where it should write, and the "
        "other way round.": "np.log(f / (1 - f)) => np.log((1 - f) / f)",
        "the gates are multiplied, not added; f is a root of the share.": "share ** (1 / k) => "
        "min(share / k, 0.999)",
        "a sigmoid is undone by log(f / (1 - f)), not by log(f).": "f / (1 - f) => f",
        "f is the k-th root of the share, not its k-th power.": "(1 / k) => k",
    },
)


def _begin_inputs(rng):
    for k in (2, 5, 50, int(rng.integers(3, 99))):
        yield {"lstm": nn.LSTM(1, int(rng.integers(2, 9))), "k": k}


def _begun(begin, lstm, k):
    lstm = copy.deepcopy(lstm)  # which of the two biases holds the sum is not asked for
    begin(lstm, k)
    total = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach()
    weights = lstm.weight_ih_l0, lstm.weight_hh_l0
    return *total.reshape(4, -1), *(weight.detach() for weight in weights)


register(
    "begin_holding",
    stub="""\
def begin_holding(lstm, k):
    ...
    return ...""",
    solution="""\
def begin_holding(lstm, k):
    n, bias = lstm.hidden_size, float(np.log(k - 1))
    with torch.no_grad():
        lstm.bias_ih_l0[: 2 * n], lstm.bias_hh_l0[: 2 * n] = 0, 0
        lstm.bias_ih_l0[:n] = -bias
        lstm.bias_ih_l0[n : 2 * n] = bias""",
    inputs=_begin_inputs,
    use=_begun,
    returns=(*(f"the bias of {gate}" for gate in "ifgo"), "weight_ih_l0", "weight_hh_l0"),
    right="Only the sum of the two biases counts, so it does not matter which of them holds it.",
    hints=(
        "bias_ih_l0 has 4 * hidden_size numbers: those of i, then of f, g and o.",
        "The sum of bias_ih_l0 and bias_hh_l0 counts; set one and make the other 0.",
        "Under torch.no_grad(): lstm.bias_ih_l0[n : 2 * n] = np.log(k - 1), and 0 in bias_hh_l0.",
    ),
    wrong={
        "you forget the input gate: it begins near one half, so that each step still writes a "
        "lot.": ": 2 * n], lstm.bias_hh_l0[: 2 * n] => n : 2 * n], lstm.bias_hh_l0[n : 2 * n]\n"
        "lstm.bias_ih_l0[:n] = -bias => pass",
        "your gates are swapped: i is first in PyTorch's order, and f comes "
        "second.": "[:n] = -bias => [:n] = bias\n[n : 2 * n] = bias => [n : 2 * n] = -bias",
        "your input gate is open too; what keeps much should write little.": "= -bias => = bias",
        "the two biases are added, so what bias_hh_l0 had is still there; make it "
        "0.": "bias_ih_l0[: 2 * n], lstm.bias_hh_l0[: 2 * n] = 0, 0 => bias_ih_l0[: 2 * n] = 0",
        "you set both biases, and they are added: the gate gets twice of "
        "it.": "[: 2 * n] = 0, 0 => [: 2 * n] = 0, 0\n"
        "[:n] = -bias => [:n] = -2 * bias\n= bias => = 2 * bias",
        "the bias is log(k - 1), so that f begins at 1 - 1 / k.": (
            "float(np.log(k - 1)) => 1 - 1 / k",
            "float(np.log(k - 1)) => float(np.log(k))",
            "float(np.log(k - 1)) => k - 1",
        ),
    },
)


def _queue_error_inputs(rng):
    for seq_len, batch, gap in (2, 1, 1), (9, 3, 8), (12, 3, 4), (20, 2, int(rng.integers(1, 9))):
        x = rng.uniform(-1, 1, (seq_len, batch))
        yield {"x": x, "said": rng.uniform(-1, 1, x.shape), "gap": gap}


register(
    "queue_error",
    title="How good is a queue?",
    stub="""\
def queue_error(x, said, gap):
    ...
    return ...""",
    solution="""\
def queue_error(x, said, gap):
    return 3 * np.mean((said[gap:] - x[:-gap]) ** 2)""",
    inputs=_queue_error_inputs,
    returns=("the error",),
    right="The first {gap} outputs do not count: what they would have to repeat was never read.",
    hints=(
        "At step t the output should be the number read at step t - gap. From which t on?",
        "said[gap:] are the outputs that count; which numbers of x belong to them?",
        "The variance of numbers uniform between -1 and 1 is 1 / 3.",
    ),
    wrong={
        "you compare each output with the number just read, not with the one {gap} steps "
        "before.": "said[gap:] - x[:-gap] => said - x",
        "your shift is the wrong way round: output t belongs to input t - "
        "gap.": "said[gap:] - x[:-gap] => said[:-gap] - x[gap:]",
        "that is the mean squared error; divide it by the variance, 1 / 3.": "3 * np => np",
        "you multiply by the variance, 1 / 3, instead of dividing.": "3 * np => 1 / 3 * np",
        "you return a sum, not a mean.": "np.mean( => np.sum(",
        "the errors must be squared.": "(said[gap:] - x[:-gap]) ** 2 => abs(said[gap:] - x[:-gap])",
    },
)
