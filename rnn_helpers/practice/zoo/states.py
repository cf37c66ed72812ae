"""Three programs about the hidden state: who gets it, where it goes, and what it drags along."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from ...evaluation import ambiguity_floor
from ...figures import show as show_figure
from ...network import WaveRNN
from ..inputs import uniform
from ..trace import Wrong
from .base import fit, keep, read, remembering, trainable, turning

# Eight waves at once: batch and time are swapped --------------------------------------------------

EIGHT_WAVES = """\
def predict_all(rnn, fc, features):  # nn.RNN(1, 32), nn.Linear(32, 1), features (batch, seq_len)
    x = features.unsqueeze(-1)  # (batch, seq_len, 1): one number at each point in time
    r_out, h_n = rnn(x)
    return fc(r_out).squeeze(-1)  # (batch, seq_len), like the features"""


def _show_eight_waves(program):
    torch.manual_seed(8)
    rnn, fc = nn.RNN(1, 32), nn.Linear(32, 1)
    wave = torch.sin(torch.deg2rad(360 * torch.rand(8, 1) + 9 * torch.arange(21)))
    features, labels = wave[:, :-1], wave[:, 1:]

    def predicted(some):
        shape = tuple(some.shape)
        what = "the prediction" if len(some) > 1 else f"for features {shape} the prediction"
        predictions = program(rnn, fc, some)
        return predictions, read(predictions, what, shape)

    def loss_of(step):
        predictions = trainable(predicted(features)[0], "the prediction")
        return nn.functional.mse_loss(predictions, labels)

    fit([*rnn.parameters(), *fc.parameters()], loss_of, 150)
    with torch.no_grad():
        together = predicted(features)[1][:, 10:]
        alone = np.concatenate([predicted(features[i : i + 1])[1] for i in range(8)])[:, 10:]
    for what, predictions in (("all eight at once:", together), ("one at a time:    ", alone)):
        error = np.mean((predictions - labels[:, 10:].numpy()) ** 2)
        print(f"the eight waves, {what}  error {error:.1g}")
    apart = np.abs(together - alone).max()
    print(f"the two answers differ by up to {apart if apart > 1e-5 else 0:.1g}")


def _eight_waves_inputs(rng):
    for batch, seq_len in ((1, 9), (4, 1), (6, 6), (int(rng.integers(3, 6)), 10)):
        rnn, fc = nn.RNN(1, 32), nn.Linear(32, 1)
        with torch.no_grad():
            for weight in rnn.parameters():
                weight *= 2  # so that a point shows in what is predicted long after it
        yield {"rnn": rnn, "fc": fc, "features": uniform(rng, batch, seq_len)}


def _train_eight_waves(program, rnn, fc, features):
    predictions = trainable(program(rnn, fc, features), "the prediction")
    predictions.square().mean().backward()
    flat = [[p.grad for p in layer.parameters() if p.grad is not None] for layer in (rnn, fc)]
    return predictions, *(torch.cat([g.flatten() for g in grads or [torch.zeros(0)]]) for grads in flat)


keep(
    "eight_waves",
    EIGHT_WAVES,
    _show_eight_waves,
    inputs=_eight_waves_inputs,
    use=_train_eight_waves,
    returns=("the prediction", "the gradient of rnn", "the gradient of fc"),
    right="A wave is read through time, and what its neighbours do is nothing to it.",
    hints=(
        "What a network says about a wave should not depend on the other waves of the batch.",
        "Print the shape of h_n for eight waves of 20 points. Its middle number should be the "
        "batch.",
        "The rnn was made as nn.RNN(1, 32) and nothing else. Which axis does it take for the time?",
    ),
    solution="""\
def predict_all(rnn, fc, features):  # nn.RNN(1, 32), nn.Linear(32, 1), features (batch, seq_len)
    x = features.unsqueeze(-1)  # (batch, seq_len, 1): one number at each point in time
    r_out, h_n = rnn(x.transpose(0, 1))  # time first, then batch
    return fc(r_out).transpose(0, 1).squeeze(-1)  # (batch, seq_len), like the features""",
    wrong={},
)
