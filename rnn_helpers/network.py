"""The network of the course: nn.RNN and one fully connected layer."""

import torch
from torch import nn

from . import _checks


class WaveRNN(nn.Module):
    """An ``nn.RNN`` (tanh, ``batch_first=True``) and a Linear layer for every hidden state.

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

    Raises
    ------
    TypeError, ValueError
        If a size is no whole number of at least 1.

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
    ) -> None:
        super().__init__()
        input_size = _checks.whole_number("input_size", input_size, 1)
        output_size = _checks.whole_number("output_size", output_size, 1)
        hidden_size = _checks.whole_number("hidden_size", hidden_size, 1)
        num_layers = _checks.whole_number("num_layers", num_layers, 1)
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(
        self, x: torch.Tensor, h_0: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Predict one output for each point in time.

        Parameters
        ----------
        x : torch.Tensor, shape (batch, seq_len, input_size)
            The input sequences.
        h_0 : torch.Tensor, shape (num_layers, batch, hidden_size), optional
            The hidden state to start from; zeros if it is not given.

        Returns
        -------
        prediction : torch.Tensor, shape (batch, seq_len, output_size)
        h_n : torch.Tensor, shape (num_layers, batch, hidden_size)
            The hidden state after the last point in time.

        Raises
        ------
        TypeError
            If ``x`` or ``h_0`` is not a tensor.
        ValueError
            If ``x`` or ``h_0`` has another shape.
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
            check_hidden_state(h_0, (self.rnn.num_layers, x.shape[0], self.rnn.hidden_size))
        r_out, h_n = self.rnn(x, h_0)
        return self.fc(r_out), h_n


def check_hidden_state(h_0: torch.Tensor, expected: tuple[int, ...]) -> None:
    """Raise unless ``h_0`` is a tensor of shape ``(num_layers, batch, hidden_size)``."""
    if not isinstance(h_0, torch.Tensor):
        raise TypeError(
            f"h_0 must be a tensor of shape {expected}, but a {type(h_0).__name__} was given; "
            "give the hidden state that a call of this network returned, or None."
        )
    if tuple(h_0.shape) != expected:
        raise ValueError(
            f"h_0 must have shape (num_layers, batch, hidden_size) = {expected}, but shape "
            f"{tuple(h_0.shape)} was given; give a hidden state of this network, or None."
        )


def check_one_number(model: WaveRNN) -> None:
    """Raise unless one number goes in and one comes out at each point in time, as for the wave."""
    if model.rnn.input_size != 1 or model.fc.out_features != 1:
        raise ValueError(
            f"model must have input_size 1 and output_size 1, but it has {model.rnn.input_size} "
            f"and {model.fc.out_features}; the wave is one number at each point in time."
        )
