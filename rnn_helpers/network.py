"""The network of the course, nn.RNN, nn.LSTM or nn.GRU + Linear; and many with their weights."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import nn

from . import _checks
from .cells import CELLS, GATE_NAMES, Weights

MANY = "all that rh.train_many returned"  # what is given besides one network
State = torch.Tensor | tuple[torch.Tensor, torch.Tensor]


class WaveRNN(nn.Module):
    """A recurrent network (``batch_first=True``) and a Linear layer for every hidden state.

    ``input_size`` numbers go in at each point in time and ``output_size`` come out; each of the
    ``num_layers`` stacked layers has a state of ``hidden_size`` numbers. ``cell`` is ``'RNN'``,
    ``'LSTM'`` or ``'GRU'``: which of torch's three the attribute ``rnn`` is. For the formulas see
    https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
    """

    def __init__(
        self,
        input_size: int = 1,
        output_size: int = 1,
        hidden_size: int = 32,
        num_layers: int = 1,
        cell: str = "RNN",
    ) -> None:
        super().__init__()
        self.cell = _checks.one_of("cell", cell, CELLS)
        self.rnn = getattr(nn, cell)(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, x: torch.Tensor, h_0: State | None = None) -> tuple[torch.Tensor, State]:
        """Return a prediction (batch, seq_len, output_size) for each point of ``x``, and ``h_n``.

        ``x`` has shape (batch, seq_len, input_size). The hidden states before the first and after
        the last point have shape (num_layers, batch, hidden_size), for LSTM two in a tuple,
        ``(h_0, c_0)``; zeros if none is given.
        """
        expected = f"(batch, seq_len, {self.rnn.input_size})"
        _checks.instance("x", x, torch.Tensor, f"give one of shape {expected}")
        if x.dim() != 3 or x.shape[2] != self.rnn.input_size or x.shape[1] == 0:
            given = f"shape {tuple(x.shape)} was given; seq_len is at least 1"
            raise ValueError(f"x must have shape {expected}, but {given}.")
        dtype = self.fc.weight.dtype
        if x.dtype != dtype:
            raise ValueError(f"x must be {dtype}, but {x.dtype} was given; give x.to({dtype}).")
        if h_0 is not None:
            shape = (self.rnn.num_layers, len(x), self.rnn.hidden_size)
            axes = "(num_layers, batch, hidden_size)"
            _checks.state(self.cell, h_0, torch.Tensor, axes, shape)
        r_out, h_n = self.rnn(x, h_0)
        return self.fc(r_out), h_n


def initial_weights(
    seeds: Iterable[int], hidden_size: int = 32, cell: str = "RNN", *, orthogonal: bool = False
) -> Weights:
    """Return the weights with which ``torch.manual_seed(seed); WaveRNN()`` begins, for each seed.

    If ``orthogonal``, ``nn.init.orthogonal_`` then draws W_hh anew, of each gate in turn. Weights
    are in float64; torch's own random state is left as it was.
    """
    seeds, flat = _checks.seed_list(seeds), []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            # What torch.manual_seed does for the CPU, without its bookkeeping for other devices.
            torch.default_generator.manual_seed(seed)
            model = WaveRNN(hidden_size=hidden_size, cell=cell)
            for of_gate in model.rnn.weight_hh_l0.chunk(CELLS[cell]) if orthogonal else ():
                nn.init.orthogonal_(of_gate)
            flat.append(nn.utils.parameters_to_vector(model.parameters()).detach().numpy())
    return Weights(np.array(flat, dtype=np.float64), int(hidden_size), cell)


def hold_gates(weights: Weights, gap: int) -> None:
    """Set biases, in place, so that LSTMs or GRUs begin by keeping most of their state.

    With b = log(gap - 1) as the bias of the forget gate f of an LSTM, or of the update gate z of a
    GRU, the gate begins near sigmoid(b) = 1 - 1 / gap. The input gate i of an LSTM gets -b: what
    keeps much should write little. In a GRU, 1 - z does so by itself. The biases are those of
    Tallec and Ollivier (2018), "Can recurrent neural networks warp time?", but that they draw a
    number of steps for each hidden unit at random, from 1 to ``gap - 1``.
    """
    bias = np.log(_checks.whole_number("gap", gap, 2) - 1)
    _set_biases(weights, {"LSTM": {"f": bias, "i": -bias}, "GRU": {"z": bias}})


def pass_gates(weights: Weights) -> None:
    """Set biases, in place, so that LSTMs or GRUs begin as nearly plain RNNs.

    A bias of 4 or -4 makes a gate begin near 0.98 or 0.02. Nothing of the state is kept (f, z),
    the candidate is written in full (i, 1 - z), sees all of the old (r) and is shown (o).
    """
    _set_biases(weights, {"LSTM": {"i": 4, "f": -4, "o": 4}, "GRU": {"r": 4, "z": -4}})


def _set_biases(weights: Weights, biases: dict[str, dict[str, float]]) -> None:
    """Give the gates of a cell these biases: of the two that are added, the other one is 0."""
    if weights.cell not in biases:
        raise ValueError("cell must be 'LSTM' or 'GRU' to set its gates, but 'RNN' has none.")
    size = weights.hidden_size
    for gate, bias in biases[weights.cell].items():
        begin = GATE_NAMES[weights.cell].index(gate) * size
        weights.bias_ih[:, begin : begin + size] = bias
        weights.bias_hh[:, begin : begin + size] = 0


def one_model(weights: Weights, index: int) -> WaveRNN:
    """Return network ``index`` of many as a ``WaveRNN`` in torch's default dtype."""
    with torch.random.fork_rng(devices=[]):  # its first weights are random, and replaced
        model = WaveRNN(hidden_size=weights.hidden_size, cell=weights.cell)
    flat = torch.from_numpy(weights.flat[index].copy()).to(torch.get_default_dtype())
    nn.utils.vector_to_parameters(flat, model.parameters())
    return model


def check_one_in_one_out(
    model: object, many: str = "one of many, many.model(0) for instance"
) -> WaveRNN:
    """Return ``model`` if it is a ``WaveRNN`` with one number in and one out at each point."""
    _checks.instance("model", model, WaveRNN, f"give what rh.WaveRNN() made, or {many}")
    if model.rnn.input_size != 1 or model.fc.out_features != 1:
        wanted = "model must have input_size 1 and output_size 1"
        given = f"it has {model.rnn.input_size} and {model.fc.out_features}"
        raise ValueError(f"{wanted}, but {given}; the wave is one number at each point in time.")
    return model
