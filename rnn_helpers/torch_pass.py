"""The passes of ``cells`` by PyTorch, in float32: for an LSTM with batches it takes half the time.

PyTorch has an LSTM in one piece (oneDNN's) that runs all steps of a batch. Its RNN and GRU are
slower than ``cells``, so nothing else uses this.
"""

import numpy as np
import torch
from torch import nn

from .cells import Weights
from .network import one_model


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
