"""Measure what the helpers cost, as ratios within one run; no test, machines differ too much.

``python tools/benchmark.py`` compares, with one thread and in turns,

* ``rh.train_many`` with the loop that a learner writes in plain PyTorch: for each of 128 plain RNNs
  and of 64 LSTMs or GRUs, and for the one network that the sliders wait for,
* the import of ``rnn_helpers`` (after torch and ``matplotlib.pyplot``) with a tenth of a second.

Each figure is a median, with the smallest and largest.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from torch import nn

import rnn_helpers as rh

NUM_STEPS, SEQ_LEN = 150, 20
IMPORT = """import sys, time
import torch, matplotlib.pyplot
start = time.perf_counter()
import rnn_helpers
print(time.perf_counter() - start)"""


def plain_loop(cell: str) -> float:
    """Train one network with plain PyTorch, and return its last loss."""
    torch.manual_seed(0)
    rnn = getattr(nn, cell)(1, 32, num_layers=1, batch_first=True)
    fc = nn.Linear(32, 1)
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam([*rnn.parameters(), *fc.parameters()], lr=0.01)
    hidden = None
    for batch in range(NUM_STEPS):
        wave = np.sin(np.linspace(batch * np.pi, (batch + 1) * np.pi, SEQ_LEN + 1))
        data = torch.tensor(wave, dtype=torch.float32).reshape(1, SEQ_LEN + 1, 1)
        r_out, hidden = rnn(data[:, :-1], hidden)
        hidden = tuple(h.detach() for h in hidden) if cell == "LSTM" else hidden.detach()
        loss = criterion(fc(r_out), data[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def many(cell: str, count: int) -> float:
    """Train networks with ``rh.train_many``, and return the last loss of the first."""
    return rh.train_many(range(count), NUM_STEPS, cell=cell).losses[-1, 0]


def in_turns(function: Callable, baseline: Callable) -> np.ndarray:
    """Return how much longer one function takes than another, called in turns, seven times."""
    seconds = np.empty((7, 2))
    for turn, column in np.ndindex(seconds.shape):
        start = time.perf_counter()
        (function, baseline)[column]()
        seconds[turn, column] = time.perf_counter() - start
    return seconds[:, 0] / seconds[:, 1]


def show(name: str, values: np.ndarray, target: float) -> None:
    """Print one line of the table."""
    spread = f"{min(values):.4f} .. {max(values):.4f}"
    print(f"{name:44}{np.median(values):9.4f}  {spread:22}{target:8.4f}", flush=True)


def main() -> None:
    """Print the table."""
    rh.set_up(num_threads=1)
    print(f"{NUM_STEPS} steps, one thread; median, smallest .. largest, target")
    for cell, count, target in (("RNN", 1, 8), ("RNN", 128, 40), ("LSTM", 64, 10), ("GRU", 64, 10)):
        losses = many(cell, count), plain_loop(cell)  # and both are warm now
        if not np.isclose(*losses, rtol=1e-2):
            sys.exit(f"They do not train the same {cell}; their last losses are {losses}.")
        taken = in_turns(partial(many, cell, count), partial(plain_loop, cell))
        show(f"rh.train_many, {cell}, each of {count} / plain loop", taken / count, 1 / target)
    command, root = [sys.executable, "-c", IMPORT], Path(rh.__file__).parents[1]
    runs = [subprocess.check_output(command, cwd=root) for _ in range(6)]
    show("import rnn_helpers, in seconds", np.array(runs[1:], float), 0.1)  # the disk is warm now


if __name__ == "__main__":
    main()
