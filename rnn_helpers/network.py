"""The network of the course: nn.RNN, nn.LSTM or nn.GRU and one fully connected layer."""

import torch
from torch import nn

from . import _checks

CELLS = {"RNN": 1, "LSTM": 4, "GRU": 3}  # how many times hidden_size rows the weights have
State = torch.Tensor | tuple[torch.Tensor, torch.Tensor]


class WaveRNN(nn.Module):
    """A recurrent network (``batch_first=True``) and a Linear layer for every hidden state.

    Parameters
    ----------
    input_size : int
        Numbers per point in time that go in.
    output_size : int
        Numbers per point in time that come out.
    hidden_size : int
        Numbers in the hidden state of one layer.
    num_layers : int
        Stacked recurrent layers; 1 to 3 is typical.
    cell : {'RNN', 'LSTM', 'GRU'}
        Which of ``nn.RNN`` (tanh), ``nn.LSTM`` and ``nn.GRU`` the attribute ``rnn`` is.

    Raises
    ------
    TypeError, ValueError
        If a size is no whole number of at least 1, or there is no such cell.

    Notes
    -----
    For the formulas see https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
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
        input_size = _checks.whole_number("input_size", input_size, 1)
        output_size = _checks.whole_number("output_size", output_size, 1)
        hidden_size = _checks.whole_number("hidden_size", hidden_size, 1)
        num_layers = _checks.whole_number("num_layers", num_layers, 1)
        self.cell = _checks.one_of("cell", cell, CELLS)
        kind = getattr(nn, cell)
        self.rnn = kind(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, x: torch.Tensor, h_0: State | None = None) -> tuple[torch.Tensor, State]:
        """Predict one output for each point in time.

        Parameters
        ----------
        x : torch.Tensor, shape (batch, seq_len, input_size)
            The input sequences.
        h_0 : torch.Tensor, shape (num_layers, batch, hidden_size), or two in a tuple, optional
            The hidden state to start from, for LSTM ``(h_0, c_0)``; zeros if it is not given.

        Returns
        -------
        prediction : torch.Tensor, shape (batch, seq_len, output_size)
        h_n : like ``h_0``
            The hidden state after the last point in time, for LSTM ``(h_n, c_n)``.

        Raises
        ------
        TypeError
            If ``x`` or ``h_0`` is not a tensor, or for LSTM ``h_0`` is no tuple of two.
        ValueError
            If ``x`` or ``h_0`` has another shape, or ``h_0`` another dtype than the weights.
        """
        if not isinstance(x, torch.Tensor):
            raise TypeError(
                f"x must be a tensor, but a {type(x).__name__} was given; give a tensor of shape "
                f"(batch, seq_len, {self.rnn.input_size})."
            )
        if x.dim() != 3 or x.shape[2] != self.rnn.input_size:
            raise ValueError(
                f"x must have shape (batch, seq_len, {self.rnn.input_size}), but shape "
                f"{tuple(x.shape)} was given."
            )
        if h_0 is not None:
            self._check_state(h_0, (self.rnn.num_layers, x.shape[0], self.rnn.hidden_size))
        r_out, h_n = self.rnn(x, h_0)
        return self.fc(r_out), h_n

    def _check_state(self, h_0: State, expected: tuple[int, ...]) -> None:
        """Raise unless ``h_0`` is a state of this network, with tensors of the expected shape."""
        for name, part in state_parts(self.cell, h_0, "tensor"):
            if not isinstance(part, torch.Tensor):
                raise TypeError(
                    f"{name} must be a tensor of shape {expected}, but a {type(part).__name__} was "
                    "given; give the hidden state that a call of this network returned, or None."
                )
            if tuple(part.shape) != expected:
                raise ValueError(
                    f"{name} must have shape (num_layers, batch, hidden_size) = {expected}, but "
                    f"shape {tuple(part.shape)} was given; give a hidden state of this network, or "
                    "None."
                )
            if part.dtype != self.fc.weight.dtype:
                raise ValueError(
                    f"{name} must have the dtype of the weights, {self.fc.weight.dtype}, but "
                    f"{part.dtype} was given; convert it with .to({self.fc.weight.dtype})."
                )


def state_parts(cell: str, state: object, kind: str) -> list[tuple[str, object]]:
    """Return ``h_0``, for LSTM ``h_0`` and ``c_0``, each with its name.

    Raises
    ------
    TypeError
        If the state of an LSTM is no tuple of two. What is in it is not looked at.
    """
    if cell != "LSTM":
        return [("h_0", state)]
    if not isinstance(state, tuple) or len(state) != 2:
        given = f"a tuple of {len(state)}" if isinstance(state, tuple) else type(state).__name__
        raise TypeError(
            f"h_0 of an LSTM must be a tuple of two {kind}s, (h_0, c_0), but {given} was given; "
            "give the hidden state that this network returned, or None."
        )
    return list(zip(("h_0", "c_0"), state, strict=True))


def detach(state: State) -> State:
    """Return the hidden state cut from its history; for LSTM, both of its tensors."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def check_one_number(model: WaveRNN) -> None:
    """Raise unless one number goes in and one comes out at each point in time, as for the wave."""
    if model.rnn.input_size != 1 or model.fc.out_features != 1:
        raise ValueError(
            f"model must have input_size 1 and output_size 1, but it has {model.rnn.input_size} "
            f"and {model.fc.out_features}; the wave is one number at each point in time."
        )
