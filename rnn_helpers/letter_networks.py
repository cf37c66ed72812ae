"""Networks that predict given names letter by letter, and their training."""

import os
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from . import _checks
from .cells import CELLS
from .letters import PADDED, NameSplit, encode_names, letter_losses, write_names
from .training import Adam, falling_rate


class LetterRNN(nn.Module):
    """An embedding of the 27 signs in 16 numbers, a recurrent network, and a Linear layer.

    ``cell`` is ``'RNN'`` (tanh), ``'LSTM'`` or ``'GRU'``: which of torch's three ``rnn`` is.
    """

    def __init__(self, cell: str = "GRU", hidden_size: int = 64) -> None:
        super().__init__()
        _checks.one_of("cell", cell, CELLS)
        self.embedding = nn.Embedding(27, 16)
        self.rnn = getattr(nn, cell)(16, hidden_size, batch_first=True)
        self.fc = nn.Linear(hidden_size, 27)

    def forward(self, x: torch.Tensor, h_0: object = None) -> tuple[torch.Tensor, object]:
        """Return logits (batch, seq_len, 27) for what comes after each sign of ``x``, and h_n."""
        r_out, h_n = self.rnn(self.embedding(x), h_0)
        return self.fc(r_out), h_n


@dataclass(frozen=True, eq=False)
class LetterRun:
    """A network, and what it was after each epoch of its training; epoch 0 is before it."""

    model: LetterRNN
    losses: np.ndarray  # (1 + epochs,): nats a letter on the validation names
    history: np.ndarray  # (1 + epochs, num_parameters)

    def at(self, epoch: int) -> LetterRNN:
        """Return the network as it was after so many epochs."""
        model, flat = deepcopy(self.model), torch.from_numpy(self.history[epoch].copy())
        nn.utils.vector_to_parameters(flat, model.parameters())
        return model


def train_on_names(
    split: NameSplit,
    cell: str = "GRU",
    *,
    hidden_size: int = 64,
    epochs: int = 8,
    batch: int = 32,
    lr: float = 0.008,
    dropout: float = 0.0,
    seed: int = 0,
) -> LetterRun:
    """Train a network to predict the next letter of the training names.

    Names of about the same length share a batch, so that there is little padding, and padding
    counts for nothing. The loss is cross-entropy, the optimizer Adam, and the rate falls as
    ``falling_rate`` says. It is done in float64: what a network writes depends on every digit, and
    should be the same on every machine. While it trains, names that it writes are shown, and taken
    away in the end. ``dropout`` is the share of the hidden values that is set to 0 at each point,
    before the Linear layer.
    """
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout must be from 0 to below 1, but {dropout} was given.")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = LetterRNN(cell, hidden_size).double()
    flat, gradient = _flattened(model)
    optimizer, random = Adam(flat[None], lr), np.random.default_rng(seed)
    x, y = encode_names(split.train)
    lengths = (y != PADDED).sum(dim=1).numpy()
    steps = len(x) // batch
    losses, history, lines = [letter_losses(model, split.validation).mean()], [flat.copy()], []
    for epoch in range(epochs):
        for number, rows in enumerate(_batches(lengths, batch, random)):
            done = (epoch + number / steps) / epochs  # of the whole training, from 0 to 1
            optimizer.lr = falling_rate(lr, done, 1)
            r_out, _ = model.rnn(model.embedding(x[rows, : lengths[rows].max()]))
            if dropout:
                kept = random.random(r_out.shape) >= dropout
                r_out = r_out * torch.from_numpy(kept / (1 - dropout))
            logits, labels = model.fc(r_out), y[rows, : lengths[rows].max()]
            gradient[:] = 0
            nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).backward()
            optimizer.step(gradient[None])
        losses.append(letter_losses(model, split.validation).mean())
        history.append(flat.copy())
        lines.append(f"epoch {epoch + 1} of {epochs}, {losses[-1]:.2f} nats a letter: ")
        lines[-1] += ", ".join(write_names(model, 8))
        _say(lines)
    _say([])
    return LetterRun(model.requires_grad_(False), np.array(losses), np.array(history))


def _flattened(model: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of a model and their gradients, each as one array that it shares."""
    parameters = list(model.parameters())
    flat = nn.utils.parameters_to_vector(parameters).detach()
    gradient = torch.zeros_like(flat)
    nn.utils.vector_to_parameters(flat, parameters)  # from now on views of flat
    for p, part in zip(parameters, gradient.split([p.numel() for p in parameters]), strict=True):
        p.grad = part.view_as(p)
    return flat.numpy(), gradient.numpy()


def _batches(lengths: np.ndarray, batch: int, random: np.random.Generator) -> np.ndarray:
    """Return the rows of each batch: all are drawn at random, but eight batches by length."""
    rows = random.permutation(len(lengths))[: len(lengths) // batch * batch]
    for begin in range(0, len(rows), 8 * batch):
        part = rows[begin : begin + 8 * batch]
        part[:] = part[np.argsort(lengths[part], kind="stable")]
    return random.permutation(rows.reshape(-1, batch))


def _say(lines: list[str]) -> None:
    """Show lines in place of those before; TQDM_DISABLE=1 turns it off, as it does bars."""
    if os.environ.get("TQDM_DISABLE", "0") not in ("", "0"):
        return
    from IPython import get_ipython
    from IPython.display import clear_output

    if hasattr(get_ipython(), "kernel"):
        clear_output(wait=bool(lines))
        print(*lines, sep="\n", end="\n" * bool(lines))
