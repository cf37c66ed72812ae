"""Exercises and questions of notebook 14: given names, letter by letter."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from .engine import chapter
from .inputs import uniform

pose, register = chapter("14")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "before training",
    "How surprised is a network at each letter before it has learned anything?",
    ("By less than half a nat", "By about 1 nat", "By about 3.3 nats", "By about 27 nats"),
)
def _before_training(nats: float) -> tuple[int, str]:
    right = int(np.searchsorted([0.5, 2, 8], nats))
    return right, (
        f"It is {nats:.1f} nats. With no idea at all each of 27 signs has the probability 1/27, "
        f"and -log(1/27) is {np.log(27):.1f}: a perplexity of 27."
    )


@pose(
    "forgotten mask",
    "Suppose the padded places are set to 0, but the mean is taken over all places. What does the "
    "loss do?",
    ("It rises by more than a tenth", "It hardly changes", "It falls by more than a tenth"),
)
def _forgotten_mask(masked: float, over_all: float) -> tuple[int, str]:
    ratio = over_all / masked
    right = 0 if ratio > 1.1 else 1 if ratio >= 0.9 else 2
    return right, (
        f"It is {over_all:.2f} in place of {masked:.2f}. Every padded place counts as a letter "
        "that was predicted perfectly, and how many there are depends on the longest name."
    )


@pose(
    "longer contexts",
    "From 1 to 6 signs in a gram: how does the surprise at new names go?",
    ("Down with each sign", "Down to 4 or 5 signs, then level", "Down to 3 signs, then up again"),
)
def _longer_contexts(nats: Mapping[int, float], hardly: float) -> tuple[int, str]:
    right = 2 if nats[6] > nats[3] else 0 if nats[5] - nats[6] > 0.02 else 1
    said = ", ".join(f"{nats[order]:.2f}" for order in range(1, 7))
    return right, (
        f"From 1 to 6 signs: {said} nats. Runs of six seldom come again, so they add nothing; "
        "it is the smoothing that keeps them from doing harm. With D = 0.1 the 6-gram has "
        f"{hardly:.1f}."
    )


@pose(
    "better than counting",
    "Which is least surprised by the 500 test names?",
    ("The RNN", "The GRU", "The 5-gram"),
)
def _better_than_counting(nats: Mapping[str, float]) -> tuple[int, str]:
    three = [nats[name] for name in ("RNN", "GRU", "5-gram")]
    said = "the RNN {:.2f}, the GRU {:.2f}, the 5-gram {:.2f}".format(*three)
    return int(np.argmin(three)), f"Nats a letter: {said}."


@pose(
    "most copied",
    "At temperature 1, which of the three most often writes a name of its training?",
    ("The RNN", "The GRU", "The 5-gram"),
)
def _most_copied(copied: Mapping[str, float]) -> tuple[int, str]:
    three = [copied[name] for name in ("RNN", "GRU", "5-gram")]
    said = "the RNN {:.0%}, the GRU {:.0%}, the 5-gram {:.0%}".format(*three)
    return int(np.argmax(three)), (
        f"Copies among what each writes: {said}. Many names are short and like others, so some are "
        "hit without being known by heart."
    )


@pose(
    "a unit that counts",
    "One unit of the GRU goes along with how many letters were read. How many of eight untrained "
    "GRUs have one as good?",
    ("All of them", "Some of them", "None of them"),
)
def _a_unit_that_counts(trained: float, end: float, untrained: Sequence[float]) -> tuple[int, str]:
    as_good = sum(each >= trained for each in untrained)
    right = 2 if not as_good else 0 if as_good == len(untrained) else 1
    return right, (
        f"The correlation is {trained:.1f}, and {min(untrained):.1f} to {max(untrained):.1f} "
        "untrained: random weights follow a little of everything, so compare with them. Is it a "
        f"counter? With log p of the dot, how likely the name is to end, it is {end:.1f} too."
    )


# Exercises ----------------------------------------------------------------------------------------


def _last_inputs(rng):
    for lengths in [3], [2, 5, 1], [4, 4, 6, 2], list(rng.integers(1, 9, 7)):
        longest = int(max(lengths))
        yield {
            "r_out": uniform(rng, len(lengths), longest, int(rng.integers(2, 6))),
            "lengths": torch.tensor([int(n) for n in lengths]),
        }


register(
    "last_states",
    title="The last state of each name",
    stub="""\
def last_states(r_out, lengths):
    return ...""",
    solution="""\
def last_states(r_out, lengths):
    return r_out[torch.arange(len(lengths)), lengths - 1]""",
    inputs=_last_inputs,
    returns=("the states",),
    right="After {lengths.tolist()} signs, {len(lengths)} states of {r_out.shape[2]} numbers each.",
    hints=(
        "The state after n signs stands at place n - 1 of the second axis.",
        "Two index tensors are paired: r_out[rows, places] has one state for each pair.",
        "rows is torch.arange(batch), places is lengths - 1.",
    ),
    wrong={
        "in the last column the shorter names have read padding; a name with n signs ends at place "
        "n - 1.": "[torch.arange(len(lengths)), lengths - 1] => [:, -1]",
        "that is the first state of each name; "
        "its last is at place lengths - 1.": "[torch.arange(len(lengths)), lengths - 1] => [:, 0]",
        "a colon takes every name at every length; pair each name with its own length, by "
        "torch.arange.": "torch.arange(len(lengths)) => :",
        "you counted from the end: "
        "a name with n signs ends at place n - 1 from the beginning.": "lengths - 1] => -lengths]",
        "that is the state one sign too early; "
        "a name with n signs ends at place n - 1.": "lengths - 1] => lengths - 2]",
    },
)


def _bigram_inputs(rng):
    letters = "abcdefghijklmnopqrstuvwxyz"
    drawn = ["".join(rng.choice(list(letters[:9]), rng.integers(1, 7))) for _ in range(12)]
    for names, k in (["ab"], 1.0), (["ada", "eve", "zoe"], 5.0), ([letters], 0.5), (drawn, 12.0):
        yield {"names": names, "k": k}


register(
    "bigram",
    title="A smoothed bigram",
    stub="""\
def bigram(names, k):
    ...
    return ...  # p[i, j]: how likely sign j is after sign i""",
    solution="""\
def bigram(names, k):
    n = np.zeros((27, 27))
    for name in names:
        signs = [0, *map(rh.SIGNS.index, name), 0]
        for i, j in zip(signs[:-1], signs[1:]):
            n[i, j] += 1
    u = n.sum(axis=0) / n.sum()
    return (n + k * u) / (n.sum(axis=1, keepdims=True) + k)""",
    inputs=_bigram_inputs,
    returns=("the probabilities",),
    right="With k={k:g} and {len(names)} names every row has the sum 1, also those of letters "
    "that no name has.",
    hints=(
        "Write a dot, which is sign 0, on both sides of each name, and count pairs.",
        "u, how often each sign is the second of a pair, is n.sum(axis=0) / n.sum().",
        "Row i is (n[i] + k u) divided by its sum, which is n[i].sum() + k.",
    ),
    wrong={
        "rows and columns are exchanged: the row is the sign before.": "n[i, j] => n[j, i]",
        "all signs share k alike; it should be shared as u, by how often each "
        "of them comes.": "u = n.sum(axis=0) / n.sum() => u = np.full(27, 1 / 27)",
        "the end of the names is missing: "
        "the dot comes after the last letter too.": "name), 0] => name)]",
        "the beginning of the names is missing: "
        "the first letter comes after a dot.": "[0, *map => [*map",
        "k is added to each sign, 27 times in all, so it is 27 times too strong.": (
            "(n + k * u) / (n.sum(axis=1, keepdims=True) + k) => "
            "(n + k) / (n.sum(axis=1, keepdims=True) + 27 * k)"
        ),
        "u counts the dot twice for each name; the first dot follows nothing.": (
            "u = n.sum(axis=0) / n.sum() => "
            "u = n.sum(axis=0) + len(names) * np.eye(27)[0]; u /= u.sum()"
        ),
        "your u has counts in place of shares; "
        "divide it by its sum.": "u = n.sum(axis=0) / n.sum() => u = n.sum(axis=0)",
        "you divide each column; row i is divided by n[i].sum() + k, "
        "so mind keepdims=True.": "n.sum(axis=1, keepdims=True) => n.sum(axis=1)",
        "k is missing below: a row with k more counts has the sum "
        "n[i].sum() + k.": "(n.sum(axis=1, keepdims=True) + k) => n.sum(axis=1, keepdims=True)",
        "there is no smoothing: what never occurred is impossible, and letters that no name has "
        "end in 0/0.": (
            "(n + k * u) / (n.sum(axis=1, keepdims=True) + k) => n / n.sum(axis=1, keepdims=True)"
        ),
    },
)


def _draw_inputs(rng):
    pairs = (1.0, 0.5), (0.3, 0.9), (2.0, 0.97), (0.5, 0.05), (1.5, 0.2), (0.7, 0.7)
    more = ((temperature, u) for temperature in (0.25, 3.0) for u in (0.15, 0.35, 0.55, 0.75, 0.9))
    for temperature, u in (*pairs, *more):
        logits = 3 * uniform(rng, 27)
        yield {"logits": logits, "temperature": temperature, "u": u}


register(
    "draw",
    title="Draw a letter",
    stub="""\
def draw(logits, temperature, u):
    ...
    return ...""",
    solution="""\
def draw(logits, temperature, u):
    p = (logits / temperature).softmax(dim=0)
    return int((p.cumsum(dim=0) < u).sum())""",
    inputs=_draw_inputs,
    returns=("the sign",),
    right="At temperature {temperature:g} and u={u:g} it is sign {given:g}.",
    hints=(
        "Divide the logits by the temperature before the softmax.",
        "p.cumsum(dim=0) rises from p[0] to 1; find where it first reaches u.",
        "That is as many places as lie below u: (p.cumsum(dim=0) < u).sum().",
    ),
    wrong={
        "the temperature changes nothing; "
        "divide the logits by it.": "logits / temperature => logits",
        "you multiply by the temperature; a low one should make what is "
        "likely more likely.": "logits / temperature => logits * temperature",
        "that is the likeliest sign, whatever u is; "
        "it is to be drawn.": "int((p.cumsum(dim=0) < u).sum()) => int(p.argmax())",
        "the temperature divides the logits, before the softmax; you divided the probabilities, "
        "whose sum is then no longer 1.": (
            "(logits / temperature).softmax(dim=0) => logits.softmax(dim=0) / temperature"
        ),
        "that is one sign too early; count the sums below u.": ("< u).sum()) => < u).sum()) - 1"),
        "that is one sign too far; count the sums below u.": "< u).sum()) => < u).sum()) + 1",
        "you counted the sums above u; count those below.": "< u => > u",
        "you compare each probability with u; "
        "add them up first, by cumsum.": "p.cumsum(dim=0) < u => p < u",
    },
)
