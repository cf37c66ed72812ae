"""The questions to predict of notebook 07: what gates do, what they do not, what they cost."""

from collections.abc import Mapping

import numpy as np

from .asking import pose


def _each(values: Mapping[str, float], digits: str = ".1g") -> str:
    """Return what each cell has, in words: ``"RNN 0.02, LSTM 0.02, GRU 0.01"``."""
    return ", ".join(f"{cell} {value:{digits}}" for cell, value in values.items())


@pose(
    "two biases",
    "07",
    "In how many of the four cases does the output change?",
    ("In none", "In one", "In two", "In three", "In all four"),
)
def _two_biases(same: Mapping[str, bool]) -> tuple[int, str]:
    changed = [case for case, unchanged in same.items() if not unchanged]
    why = f"Changed: {len(changed)} of {len(same)} ({'; '.join(changed) or 'none'})."
    return len(changed), f"{why} Where two biases are only ever added, only their sum counts."


@pose(
    "tuple as state",
    "07",
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
    "07",
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
    "prime of opened gates",
    "07",
    "With opened forget gates, will the LSTMs need a shorter prime, or a longer one?",
    ("A shorter one: they remember more", "One as long as before", "A longer one"),
)
def _opened_prime(errors: Mapping[int, np.ndarray]) -> tuple[int, str]:
    # Errors spread over orders of magnitude: less than twice is the same length.
    ratio = np.asarray(errors[max(errors)]) / np.asarray(errors[0])
    right = 0 if (ratio < 1 / 2).all() else 2 if (ratio > 2).all() else 1
    each = [
        f"{f'opened for {steps} steps' if steps else 'untouched'} {ten:.1g} and {twenty:.1g}"
        for steps, (ten, twenty) in errors.items()
    ]
    why = f"Median errors after primes of 10 and of 20 points: {'; '.join(each)}."
    return right, f"{why} What is left of a wrong start spoils the first predictions."


@pose(
    "gradient of gates",
    "07",
    "The forget gate of a fresh LSTM is near one half. By what factor does the gradient shrink "
    "with each step back?",
    (
        "About 0.3: both states lose half",
        "About 0.5, that of the gate",
        "About 0.6, a little more than the gate",
        "About 0.9: gates keep the gradient",
    ),
)
def _gradient_of_gates(factors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    medians = {cell: np.median(seeds) for cell, seeds in factors.items()}
    right = np.abs(medians["LSTM"] - np.array([0.3, 0.5, 0.6, 0.9])).argmin()  # the answers
    why = f"Median factors of {len(factors['LSTM'])} seeds: {_each(medians, '.2f')}."
    return int(right), f"{why} The hidden state passes some of it on too."


@pose(
    "queue",
    "07",
    "Which learns it within 300 batches?",
    ("Only the RNN", "Only cells with gates", "The RNN and a cell with gates", "None of them"),
)
def _queue(errors: Mapping[str, float]) -> tuple[int, str]:
    # The errors of a training that fails differ from machine to machine, so no digits of them.
    told = [
        f"{cell} {'below 0.05' if e < 0.05 else 'above 0.2' if e > 0.2 else f'{e:.1g}'}"
        for cell, e in errors.items()
    ]
    gates = min(error for cell, error in errors.items() if cell != "RNN") < 0.05
    right = 2 * gates if errors["RNN"] < 0.05 else 1 if gates else 3
    return right, f"Median error, as a share of the variance: {', '.join(told)}."
