"""Networks and waves that nobody has seen, on which answers are tried out."""

from __future__ import annotations

import numpy as np
import torch

from ..network import WaveRNN

WITHOUT_MEMORY = (
    "every point was predicted without memory: with batch_first=True the shape (seq_len, 1, 1) "
    "means a batch of single points. Reshape to (1, -1, 1)."
)


def network(rng: np.random.Generator, layers: int = 1) -> WaveRNN:
    """Return a network of an unknown size, in which a state is remembered for long."""
    model = WaveRNN(hidden_size=int(rng.integers(5, 12)), num_layers=layers).float()
    with torch.no_grad():
        for name, p in model.named_parameters():
            value = rng.uniform(-0.5, 0.5, tuple(p.shape))
            if "weight_hh" in name:  # so that where the state came from shows
                value = 0.98 * np.linalg.qr(rng.normal(size=value.shape))[0]
            elif "weight_ih" in name and value.shape[1] > 1:  # from layer to layer
                value *= 0.5
            elif "rnn.bias" in name:
                value *= 0.1
            p.copy_(torch.from_numpy(value).float())
    return model.requires_grad_(True)


def a_wave(rng: np.random.Generator, points: int) -> np.ndarray:
    """Return a piece of a sine wave of unknown phase, step and amplitude, shape ``(points,)``."""
    phase, step = rng.uniform(0, 6), rng.uniform(0.2, 0.5)
    return rng.uniform(0.5, 1) * np.sin(phase + step * np.arange(points))


def rolling(rng: np.random.Generator, num: int, batch: int = 1, seq_len: int = 10) -> list[tuple]:
    """Return x and y of windows that roll on along waves, each ``(batch, seq_len, 1)``."""
    step, starts = rng.uniform(0.2, 0.5), rng.uniform(0, 6, (batch, 1))
    angles = starts + step * np.arange(num * seq_len + 1)
    waves = torch.from_numpy(np.sin(angles)).float()[:, :, None]
    firsts = range(0, num * seq_len, seq_len)
    return [(waves[:, i : i + seq_len], waves[:, i + 1 : i + seq_len + 1]) for i in firsts]


def uniform(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    """Return random numbers between -1 and 1 as float32."""
    return torch.from_numpy(rng.uniform(-1, 1, shape)).float()
