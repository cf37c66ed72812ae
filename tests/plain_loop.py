"""The training loop in plain PyTorch, written without the helpers, as something to compare with."""

import numpy as np
import torch
from torch import nn


class PlainRun:
    """What the plain loop returns."""

    def __init__(self, losses, flat, h_n):
        self.losses, self.flat, self.h_n = losses, flat, h_n


def states_of(h_n):
    """The hidden state as a tuple, of one tensor or array or, for LSTM, of two."""
    return h_n if isinstance(h_n, tuple) else (h_n,)


def open_by_hand(rnn, gap):
    """Let the gate that keeps begin at 1 - 1 / gap, and the input gate of an LSTM at 1 / gap."""
    size = rnn.hidden_size
    kept = (1, np.log(gap - 1))  # the second gate: of i, f, g, o and of r, z, n
    written = (0, -np.log(gap - 1))
    with torch.no_grad():
        for gate, bias in [kept, written] if isinstance(rnn, nn.LSTM) else [kept]:
            rnn.bias_ih_l0[gate * size : (gate + 1) * size] = bias
            rnn.bias_hh_l0[gate * size : (gate + 1) * size] = 0


def plain_loop(
    seed,
    num_steps,
    regime,
    *,
    hidden_size=32,
    cell="RNN",
    lr=0.01,
    step=9.0,
    seq_len=20,
    opened=None,
    dtype=torch.float32,
):
    """Train nn.RNN, nn.LSTM or nn.GRU + Linear with MSELoss and Adam.

    The weights are drawn in float32. Of an LSTM, ``h_n`` is a tuple of two.
    """
    torch.manual_seed(seed)
    rnn = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}[cell](1, hidden_size, batch_first=True)
    fc = nn.Linear(hidden_size, 1)
    rnn.to(dtype), fc.to(dtype)
    if opened:
        open_by_hand(rnn, opened)
    parameters = [*rnn.parameters(), *fc.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=lr)
    criterion = nn.MSELoss()
    hidden, losses = None, []
    for number in range(num_steps):
        first = 0 if regime == "half-turn" else number * seq_len
        angles = np.radians([step * (first + point) for point in range(seq_len + 1)])
        wave = torch.tensor(np.sin(angles), dtype=dtype)
        x, y = wave[:-1].reshape(1, seq_len, 1), wave[1:].reshape(1, seq_len, 1)
        r_out, hidden = rnn(x, hidden if regime == "carry" else None)
        hidden = tuple(part.detach() for part in hidden) if cell == "LSTM" else hidden.detach()
        loss = criterion(fc(r_out), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    flat = torch.cat([parameter.detach().flatten() for parameter in parameters])
    h_n = tuple(part.numpy() for part in hidden) if cell == "LSTM" else hidden.numpy()
    return PlainRun(np.array(losses), flat.numpy(), h_n)
