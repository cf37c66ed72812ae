"""Given names letter by letter: counts that predict them, and how well and what a model writes.

Names are written with 27 signs: a dot, which begins and ends each name, and the letters a to z. A
model is called as ``logits, state = model(x, state)``, with signs ``x`` of shape (batch, seq_len);
the softmax of ``logits``, (batch, seq_len, 27), is how likely each sign is to come next. Counts
are called so, and the networks of ``letter_networks``.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes
from numpy.lib.stride_tricks import sliding_window_view

from . import _checks
from .figures import Words, axes_of
from .series import DATA

SIGNS = ".abcdefghijklmnopqrstuvwxyz"
PADDED = -100  # a label that counts for nothing, as in torch.nn.functional.cross_entropy
Model = Callable[..., tuple[torch.Tensor, object]]  # counts or a network
LONGEST = 14  # letters after which a name that does not end is cut off


class NameSplit(NamedTuple):
    """Names to learn from, names to choose by, and names to judge by."""

    train: list[str]
    validation: list[str]
    test: list[str]


def load_names() -> list[str]:
    """Return the 5,130 given names of the course in the order of the alphabet."""
    return (DATA / "names.csv").read_text("utf-8").split()[1:]


def split_names(names: Sequence[str], seed: int = 0, held_out: int = 500) -> NameSplit:
    """Shuffle names, and keep ``held_out`` of them for the test and as many for validation."""
    names = _names(names)
    held_out = _checks.whole_number("held_out", held_out, 1, (len(names) - 1) // 2)
    mixed = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    return NameSplit(mixed[2 * held_out :], mixed[held_out : 2 * held_out], mixed[:held_out])


def encode_names(names: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what is read of names and what comes next, both (num_names, longest + 1).

    Reading begins with the dot, and the last label of a name is the dot. Shorter names are padded,
    what is read by 0, labels by -100.
    """
    names = _names(names)
    lengths = np.array([len(name) for name in names])[:, None]
    steps = np.arange(lengths.max() + 1)
    signs = np.frombuffer("".join(names).encode(), np.uint8) - ord("a") + 1
    x, y = np.zeros((len(names), len(steps)), int), np.full((len(names), len(steps)), PADDED)
    x[(steps > 0) & (steps <= lengths)] = signs  # row by row, as they are joined
    y[steps < lengths] = signs
    y[steps == lengths] = 0
    return torch.from_numpy(x), torch.from_numpy(y)


def _names(names: Sequence[str]) -> list[str]:
    """Return names as a list, or raise if one is empty or has other letters than a to z."""
    if isinstance(names, str) or not len(names):
        raise ValueError(f"names must be a list of names, ['ada'] say, but {names!r} was given.")
    for name in names:
        if not re.fullmatch("[a-z]+", name):
            wanted = "every name must have letters from a to z and no others"
            raise ValueError(f"{wanted}, but {name!r} was given.")
    return list(names)


# Counts -------------------------------------------------------------------------------------------


class NGrams:
    """Counts of signs after up to ``order - 1`` signs; ``fit_ngrams`` makes them."""

    def __init__(self, order: int, discount: float, grams: list[tuple]) -> None:
        self.order, self._levels = order, []
        for keys, counts in grams:  # of each length: sorted numbers of grams, and their counts
            contexts, row = np.unique(keys // 27, return_inverse=True)
            table = np.zeros((len(contexts), 27))
            table[row, keys % 27] = counts
            total, kinds = table.sum(axis=1, keepdims=True), (table > 0).sum(axis=1, keepdims=True)
            kept = np.maximum(table - discount, 0) / total
            self._levels.append((contexts, kept, discount * kinds / total))

    def __call__(
        self, x: torch.Tensor, context: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logarithms of probabilities, (batch, seq_len, 27), and what to remember.

        ``context`` is what was read before ``x``, as an earlier call returned it.
        """
        before = x[:, :0] if context is None else context
        signs, skip = torch.cat([before, x], dim=1), before.shape[1]
        read, p = signs.numpy(), np.full((*x.shape, 27), 1 / 27)
        for length, (contexts, kept, shared) in enumerate(self._levels):
            begin = max(length - 1 - skip, 0)  # before that there are too few signs
            ends = np.arange(begin, x.shape[1]) + skip
            number = np.zeros((len(read), len(ends)), int)
            for back in range(length - 1, -1, -1):
                number = 27 * number + read[:, ends - back]
            place, known = _find(contexts, number)
            shorter = p[:, begin:]
            longer = kept[place] + shared[place] * shorter
            p[:, begin:] = np.where(known[..., None], longer, shorter)
        return torch.from_numpy(np.log(p)), signs[:, max(signs.shape[1] - self.order + 1, 0) :]


def _find(known: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where sorted numbers hold those that are wanted, and which of them they hold."""
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return place, known[place] == wanted


def fit_ngrams(names: Sequence[str], order: int, discount: float = 0.8) -> NGrams:
    """Count grams of up to ``order`` signs in names, smoothed as by Kneser and Ney.

    With n(c s) for how often sign s follows context c, n(c) for the sum over s, k(c) for how many
    different signs follow, and c' for c without its first sign, the probability of s is::

        p(s | c) = (max(n(c s) - D, 0) + D k(c) p(s | c')) / n(c)

    and p(s | c') if c is unknown; below the empty context all 27 signs are equally likely. In all
    contexts but the longest, and those that begin a name, n(c s) is not how often c s occurs but
    after how many different signs (Kneser and Ney 1995, "Improved backing-off for m-gram language
    modeling"; interpolated as by Chen and Goodman 1999). ``order``, from 1 to 8, counts the signs
    of the longest gram, the predicted one included; ``discount`` is D, from 0.01 to 0.99.
    """
    order = _checks.whole_number("order", order, 1, 8)
    if not 0.01 <= discount <= 0.99:
        raise ValueError(f"discount must be from 0.01 to 0.99, but {discount} was given.")
    x, y = (part.numpy() for part in encode_names(names))
    signs = np.column_stack([x, np.zeros(len(x), int)])  # each name with a dot on both sides
    ends = (y != PADDED).sum(axis=1)[:, None]  # where the second of them is
    counted = []
    for length in range(1, order + 2):
        if length > signs.shape[1]:
            break
        windows = sliding_window_view(signs, length, axis=1) @ 27 ** np.arange(length)[::-1]
        last = np.arange(windows.shape[1]) + length - 1
        counted.append(np.unique(windows[(last > 0) & (last <= ends)], return_counts=True))
    grams = []
    for length, (keys, counts) in enumerate(counted[:order], start=1):
        if length < min(order, len(counted)):
            after, kinds = np.unique(counted[length][0] % 27**length, return_counts=True)
            begins = (keys < 27 ** (length - 1)) & (length > 1)  # the dot, before which is nothing
            counts = np.where(begins, counts, kinds[_find(after, keys)[0]])
        grams.append((keys, counts))
    return NGrams(order, discount, grams)


# What any model can do ----------------------------------------------------------------------------


def letter_losses(model: Model, names: Sequence[str]) -> np.ndarray:
    """Return the surprise, in nats, at each letter of each name and at the dots that end them.

    It is -log p of the sign that came. The order is that of the names, without padding, so the
    shape is (num_letters,), and the mean is the cross-entropy.
    """
    x, y = encode_names(names)
    counts = y != PADDED
    with torch.no_grad():
        log_p = model(x)[0].log_softmax(dim=-1)[counts]
    return -log_p.gather(1, y[counts][:, None])[:, 0].double().numpy()


def write_names(
    model: Model,
    num: int,
    *,
    temperature: float = 1.0,
    start: str = "",
    seed: int = 0,
) -> list[str]:
    """Let a model write names: draw a sign, let it read the sign, and so on until the dot.

    Each name begins with ``start``. Logits are divided by ``temperature``: below 1 what is likely
    becomes more likely, above 1 less. The same seed draws the same random numbers for every model,
    temperature and start.
    """
    temperature = _checks.real_number("temperature", temperature, positive=True)
    if not set(start) <= set(SIGNS[1:]):
        wanted = "start must have letters from a to z and no others"
        raise ValueError(f"{wanted}, but {start!r} was given.")
    random = np.random.default_rng(seed)
    read = torch.tensor([[0, *map(SIGNS.index, start)]]).repeat(num, 1)
    written, state, writing = read[:, 1:].numpy(), None, np.ones(num, bool)
    while writing.any() and written.shape[1] < LONGEST:
        with torch.no_grad():
            logits, state = model(read, state)
        p = (logits[:, -1].double() / temperature).softmax(dim=-1).numpy()
        if written.shape[1] == 0:  # a name has a letter
            p = np.hstack([np.zeros((num, 1)), p[:, 1:] / p[:, 1:].sum(axis=1, keepdims=True)])
        up_to = p.cumsum(axis=1) < random.random((num, 1))
        drawn = np.minimum(up_to.sum(axis=1), 26) * writing
        writing &= drawn > 0
        written = np.column_stack([written, drawn])
        read = torch.from_numpy(drawn[:, None])
    return ["".join(SIGNS[sign] for sign in row if sign) for row in written]


def plot_letters(
    rows: Sequence[str], ax: Axes | None = None, *, values: Sequence[np.ndarray] | None = None
) -> Axes:
    """Draw words below each other, each letter in the middle of a square of its own.

    ``values`` colours the squares: for each word a number from -1 to 1 for each of its letters.
    """
    width, ax = max(map(len, rows)), axes_of(ax)
    if values is not None:
        colors = np.full((len(rows), width), np.nan)
        for row, (word, given) in enumerate(zip(rows, values, strict=True)):
            colors[row, : len(word)] = given
        ax.imshow(colors, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    places = [(place, row) for row, word in enumerate(rows) for place in range(len(word))]
    dark = [values is not None and abs(values[row][place]) > 0.55 for place, row in places]
    inks = np.where(dark, "w", "#333333" if values is None else "k")  # legible when inverted, too
    Words(places, "".join(rows), ax, size=11, color=inks, family="monospace")
    return ax
