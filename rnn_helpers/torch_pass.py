"""Gradients by PyTorch, where ``cells`` has none, or is slower.

``TorchPass`` has the passes of ``cells`` in float32: for an LSTM with batches it takes half the
time. PyTorch has an LSTM in one piece (oneDNN's) that runs all steps of a batch; its RNN and GRU
are slower than ``cells``. ``descend`` trains models of any other kind.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from .cells import Weights
from .network import one_model
from .runtime import progress
from .training import Adam, falling_rate


class Output:
    """What ``forward`` leaves for ``backward``, in the place of a ``cells.Record``."""

    def __init__(self, y: list[torch.Tensor], states: tuple[np.ndarray, ...]) -> None:
        self.y = y  # for each network (seq_len, batch), with the way back
        self.states = states  # after the last point, each (1, num_models, batch, hidden_size)


class TorchPass:
    """``forward`` and ``backward`` for many networks, as functions of the same names in ``cells``.

    The networks are run one after the other. There is no state to begin with, and no room to reuse.
    """

    def __init__(self, w: Weights) -> None:
        self._models = [one_model(w, index).float() for index in range(len(w.flat))]

    def forward(
        self, w: Weights, x: np.ndarray, state: None = None, record: object = None
    ) -> tuple[np.ndarray, Output]:
        """Run all networks over ``x``, (seq_len, batch); ``y`` is (seq_len, num_models, batch)."""
        outputs, states = [], []
        read = torch.from_numpy(x.astype(np.float32)).T[:, :, None]
        for flat, model in zip(torch.from_numpy(w.flat).float(), self._models, strict=True):
            nn.utils.vector_to_parameters(flat, model.parameters())
            y, h_n = model(read)  # (batch, seq_len, 1)
            outputs.append(y[..., 0].T)
            parts = h_n if isinstance(h_n, tuple) else (h_n,)
            states.append([part[0].detach().double().numpy() for part in parts])
        y = torch.stack(outputs, dim=1).detach().double().numpy()
        last = tuple(np.array(part)[None] for part in zip(*states, strict=True))
        return y, Output(outputs, last)

    def backward(
        self, w: Weights, x: np.ndarray, record: Output, dy: np.ndarray, gradient: Weights
    ) -> None:
        """Write the derivatives of the loss into ``gradient``; ``dy`` are those by the outputs."""
        down = torch.from_numpy(dy).float()
        for number, (row, model) in enumerate(zip(gradient.flat, self._models, strict=True)):
            outputs, grad_outputs = record.y[number], down[:, number]
            found = torch.autograd.grad(outputs, model.parameters(), grad_outputs)
            row[:] = torch.cat([each.reshape(-1) for each in found]).numpy()


def descend(
    w: np.ndarray,
    losses_of: Callable[[torch.Tensor, int], torch.Tensor],
    num_steps: int,
    lr: float,
    *,
    lr_decay: bool,
) -> np.ndarray:
    """Train many models by Adam, ``w`` in place; return their losses, (num_steps, num_models).

    ``w`` is (num_models, num_parameters). ``losses_of`` is called with it, as a tensor, and with
    the number of the step, and returns the loss of each model, which hangs on its own row only.
    """
    optimizer, losses = Adam(w, lr), np.empty((num_steps, len(w)))
    for number in progress(range(num_steps), "training"):
        flat = torch.from_numpy(w).requires_grad_()
        each = losses_of(flat, number)
        (gradient,) = torch.autograd.grad(each.sum(), flat)
        losses[number] = each.detach()
        if lr_decay:
            optimizer.lr = falling_rate(lr, number, num_steps)
        optimizer.step(gradient.numpy())
    return losses
