"""The training loop in plain PyTorch, written without the helpers, as something to compare with."""

import numpy as np
import torch
from torch import nn


class PlainRun:
    """What the plain loop returns."""

    def __init__(self, losses, flat, h_n):
        self.losses, self.flat, self.h_n = losses, flat, h_n


def plain_loop(
    seed, num_steps, regime, *, hidden_size=32, lr=0.01, step=9.0, seq_len=20, dtype=torch.float32
):
    """Train nn.RNN + Linear with MSELoss and Adam; the weights are drawn in float32."""
    torch.manual_seed(seed)
    rnn = nn.RNN(1, hidden_size, batch_first=True)
    fc = nn.Linear(hidden_size, 1)
    rnn.to(dtype), fc.to(dtype)
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
        hidden = hidden.detach()
        loss = criterion(fc(r_out), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    flat = torch.cat([parameter.detach().flatten() for parameter in parameters])
    return PlainRun(np.array(losses), flat.numpy(), hidden.numpy())
