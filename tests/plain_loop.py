"""The training in plain PyTorch, written without the helpers, as something to compare with.

And untrained networks to compare it with, one of many alone among them.
"""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

import rnn_helpers as rh
from rnn_helpers.training import ManyRNNs


def untrained(cell):
    """Three networks of 6 units as if they had been trained, their states well away from zero."""
    weights = rh.initial_weights([0, 1, 2], 6, cell)
    weights.flat *= 2
    return ManyRNNs((0, 1, 2), weights)


def alone(many, index):
    """One of many networks, with its weights in all their digits."""
    model, flat = many.model(index).double(), many.weights.flat[index].copy()
    nn.utils.vector_to_parameters(torch.from_numpy(flat), model.parameters())
    return model


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def one_step(cell, from_x, from_h, h, c=None):
    """The equations of torch's documentation: every gate and state of a step by its name."""
    if cell == "RNN":
        return {"h": np.tanh(from_x + from_h)}
    if cell == "LSTM":
        i, f, g, o = np.split(from_x + from_h, 4, axis=-1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c = f * c + i * g
        return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * np.tanh(c)}
    (x_r, x_z, x_n), (h_r, h_z, h_n) = (np.split(a, 3, axis=-1) for a in (from_x, from_h))
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    return {"r": r, "z": z, "n": n, "h": (1 - z) * n + z * h}


def by_hand(model, features):
    """Every gate and state of one layer, (seq_len, hidden_size), from a zero state."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    w_ih, w_hh, b_ih, b_hh = (getattr(model.rnn, name).detach().numpy() for name in names)
    state, steps = np.zeros((2, model.rnn.hidden_size)), []
    for x_t in features:
        from_x, from_h = w_ih[:, 0] * x_t + b_ih, w_hh @ state[0] + b_hh
        steps.append(one_step(model.cell, from_x, from_h, *state))
        state = [steps[-1][name] for name in "hc" if name in steps[-1]]
    return {name: np.stack([step[name] for step in steps]) for name in steps[0]}


def states_of(h_n):
    """The hidden state as a tuple, of one tensor or array or, for LSTM, of two."""
    return h_n if isinstance(h_n, tuple) else (h_n,)


def make(seed, cell, hidden_size, hold=None, begin="default"):
    """nn.RNN, nn.LSTM or nn.GRU, and nn.Linear, drawn in float32, begun as is wanted."""
    torch.manual_seed(seed)
    rnn, fc = getattr(nn, cell)(1, hidden_size, batch_first=True), nn.Linear(hidden_size, 1)
    if begin == "orthogonal":
        for block in torch.split(rnn.weight_hh_l0, hidden_size):
            nn.init.orthogonal_(block)
    rnn.double(), fc.double()
    biases = {}  # of i, f, g, o and of r, z, n: 0, 1, ...
    if hold:  # what keeps begins at 1 - 1 / hold, the input gate of an LSTM at 1 / hold
        kept = np.log(hold - 1)
        biases = {1: kept, 0: -kept} if cell == "LSTM" else {1: kept}
    if begin == "pass":
        biases = {0: 4, 1: -4, 3: 4} if cell == "LSTM" else {0: 4, 1: -4}
    with torch.no_grad():
        for gate, bias in biases.items():
            rows = slice(gate * hidden_size, (gate + 1) * hidden_size)
            rnn.bias_ih_l0[rows], rnn.bias_hh_l0[rows] = bias, 0
    return rnn, fc


def train(rnn, fc, pairs, lr, carry, optimizer="Adam", hidden=None, reset_every=None, decay=False):
    """Take a step for each pair of x and target, both (batch, time); return the losses."""
    optimizer = getattr(torch.optim, optimizer)([*rnn.parameters(), *fc.parameters()], lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(pairs))
    losses = []
    for number, (x, target) in enumerate(pairs):
        hidden = None if reset_every and number and number % reset_every == 0 else hidden
        r_out, hidden = rnn(x[:, :, None], hidden if carry else None)
        hidden = tuple(h.detach() for h in hidden) if isinstance(hidden, tuple) else hidden.detach()
        loss = nn.functional.mse_loss(fc(r_out)[:, -target.shape[1] :, 0], target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if decay:
            schedule.step()
        losses.append(loss.item())
    flat = nn.utils.parameters_to_vector([*rnn.parameters(), *fc.parameters()]).detach().numpy()
    return SimpleNamespace(losses=np.array(losses), flat=flat, h_n=hidden)


def plain_wave(
    seed,
    num_steps,
    regime,
    cell="RNN",
    hidden_size=32,
    lr=0.01,
    step=9.0,
    seq_len=20,
    hold=None,
    **options,
):
    """What train_many does, for one seed."""
    rnn, fc = make(seed, cell, hidden_size, hold)
    pairs = []
    for number in range(num_steps):
        first = 0 if regime == "half-turn" else number * seq_len
        angles = np.radians([step * (first + point) for point in range(seq_len + 1)])
        wave = torch.tensor(np.sin(angles))[None]
        pairs.append((wave[:, :-1], wave[:, 1:]))
    return train(rnn, fc, pairs, lr, regime == "carry", **options)


def plain_recall(seed, gap, cell, begin, every_step, hidden_size, num_steps, batch, lr=0.02):
    """What train_recall does, for one seed; the error is that on 200 new sequences."""
    rnn, fc = make(seed, cell, hidden_size, gap if begin == "hold" else None, begin)
    random, asked = np.random.default_rng(0), gap if every_step else 1

    def pair(num_sequences):
        x = torch.from_numpy(random.uniform(-1, 1, (gap + asked, num_sequences)).T.copy())
        return x, x[:, :asked]

    run = train(rnn, fc, [pair(batch) for _ in range(num_steps)], lr, carry=False)
    x, target = pair(200)
    with torch.no_grad():
        said = fc(rnn(x[:, :, None])[0])[:, gap:, 0]
    run.error = 3 * (said - target).square().mean().item()
    return run
