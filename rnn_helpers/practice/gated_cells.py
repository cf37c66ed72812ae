"""The questions to predict of notebook 07: what gates do, what they do not, what they cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .asking import Question, pose


def _each(values: Mapping[str, float], digits: str = ".1g") -> str:
    """Return what each cell has, in words: ``"RNN 0.02, LSTM 0.02, GRU 0.01"``."""
    return ", ".join(f"{cell} {value:{digits}}" for cell, value in values.items())


def _gates_are_lower(values: Mapping[str, float]) -> bool:
    """Whether the best of the cells with gates has less than the plain RNN."""
    return min(value for cell, value in values.items() if cell != "RNN") < values["RNN"]


# Sections 1 to 3: the cells -----------------------------------------------------------------------


def _two_biases(same: Mapping[str, bool]) -> tuple[int, str]:
    changed = [case for case, unchanged in same.items() if not unchanged]
    why = f"Changed: {len(changed)} of {len(same)} ({'; '.join(changed) or 'none'})."
    return len(changed), f"{why} Where two biases are only ever added, only their sum counts."


pose(
    Question(
        name="two biases",
        notebook="07",
        text="In how many of the four cases does the output change?",
        answers=("In none", "In one", "In two", "In three", "In all four"),
        judge=_two_biases,
    )
)


def _tuple_as_state(states: Mapping[str, object]) -> tuple[int, str]:
    told = []
    for cell, state in states.items():
        if isinstance(state, tuple):
            told.append(f"{cell} a tuple of {' and '.join(str(tuple(p.shape)) for p in state)}")
        else:
            told.append(f"{cell} {tuple(state.shape)}")
    tuples = sum(isinstance(state, tuple) for state in states.values())
    return tuples, f"The shapes: {', '.join(told)}. An LSTM has two states, h and c."


pose(
    Question(
        name="tuple as state",
        notebook="07",
        text="How many of RNN, LSTM and GRU return a tuple as their state?",
        answers=("None", "One", "Two", "All three"),
        judge=_tuple_as_state,
    )
)

# Section 4: the same task -------------------------------------------------------------------------


def _lower_loss(tens: Mapping[str, np.ndarray]) -> tuple[int, str]:
    early = {cell: np.median(losses[:, 2]) for cell, losses in tens.items()}
    late = {cell: np.median(losses[:, -1]) for cell, losses in tens.items()}
    why = f"Median loss of {len(tens['RNN'])} seeds in steps 20 to 29: {_each(early)}. "
    right = 2 * _gates_are_lower(early) + _gates_are_lower(late)
    return right, f"{why}In the last ten: {_each(late)}."


pose(
    Question(
        name="lower loss",
        notebook="07",
        text="Which has the lower loss in steps 20 to 29, and which in the last ten steps?",
        answers=(
            "The RNN, both times",
            "First the RNN, then a cell with gates",
            "First a cell with gates, then the RNN",
            "A cell with gates, both times",
        ),
        judge=_lower_loss,
    )
)

# Section 5: priming again -------------------------------------------------------------------------

TWICE = 2  # errors spread over orders of magnitude: less than that is the same length


def _opened_prime(errors: Mapping[int, np.ndarray]) -> tuple[int, str]:
    untouched, widest = np.asarray(errors[0]), np.asarray(errors[max(errors)])
    right = 0 if (widest < untouched / TWICE).all() else 1
    right = 2 if (widest > TWICE * untouched).all() else right
    each = [
        f"{f'opened for {steps} steps' if steps else 'untouched'} {ten:.1g} and {twenty:.1g}"
        for steps, (ten, twenty) in errors.items()
    ]
    why = f"Median errors after primes of 10 and of 20 points: {'; '.join(each)}."
    return right, f"{why} What is left of a wrong start spoils the first predictions."


pose(
    Question(
        name="prime of opened gates",
        notebook="07",
        text="With opened forget gates, will the LSTMs need a shorter prime, or a longer one?",
        answers=("A shorter one: they remember more", "One as long as before", "A longer one"),
        judge=_opened_prime,
    )
)

# Sections 6 and 7: memory -------------------------------------------------------------------------

FACTORS = (0.3, 0.5, 0.6, 0.9)  # of the answers


def _gradient_of_gates(factors: Mapping[str, np.ndarray]) -> tuple[int, str]:
    medians = {cell: np.median(seeds) for cell, seeds in factors.items()}
    distances = [abs(medians["LSTM"] - factor) for factor in FACTORS]
    why = f"Median factors of {len(factors['LSTM'])} seeds: {_each(medians, '.2f')}."
    return distances.index(min(distances)), f"{why} The hidden state passes some of it on too."


pose(
    Question(
        name="gradient of gates",
        notebook="07",
        text=(
            "The forget gate of a fresh LSTM is near one half. By what factor does the gradient "
            "shrink with each step back?"
        ),
        answers=(
            "About 0.3: both states lose half",
            "About 0.5, that of the gate",
            "About 0.6, a little more than the gate",
            "About 0.9: gates keep the gradient",
        ),
        judge=_gradient_of_gates,
    )
)


def _queue(errors: Mapping[str, float]) -> tuple[int, str]:
    # The errors of a training that fails differ from machine to machine, so no digits of them.
    told = {
        cell: "below 0.05" if error < 0.05 else "above 0.2" if error > 0.2 else f"{error:.1g}"
        for cell, error in errors.items()
    }
    learned = {cell for cell, error in errors.items() if error < 0.05}
    gates = bool(learned - {"RNN"})
    right = (2 if gates else 0) if "RNN" in learned else (1 if gates else 3)
    each = ", ".join(f"{cell} {error}" for cell, error in told.items())
    return right, f"Median error, as a share of the variance: {each}."


pose(
    Question(
        name="queue",
        notebook="07",
        text="Which learns it within 300 batches?",
        answers=(
            "Only the RNN",
            "Only cells with gates",
            "The RNN and a cell with gates",
            "None of them",
        ),
        judge=_queue,
    )
)
