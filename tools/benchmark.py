"""Measure what the helpers cost, as ratios within one run; no test, machines differ too much.

``python tools/benchmark.py`` compares, with one thread and in turns,

* ``rh.train_many`` with the loop that a learner writes in plain PyTorch: for each of 128 plain RNNs
  and of 64 LSTMs or GRUs, and for the one network that the sliders wait for,
* the import of ``rnn_helpers`` (after torch and ``matplotlib.pyplot``) with a tenth of a second.

Each figure is a median, with the smallest and largest.

Then it lets networks continue a sine alone for 1000 steps: those of notebook 10, 16 seeds together,
and a stack of two LSTMs of 51 units trained by LBFGS, which many learners start from, stopped after
the seconds that ours took, and after 12. ``--to-the-end`` waits for its own end too: 15 times 20
iterations, about ten minutes or more.
"""

import argparse
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


def continued(model: object) -> np.ndarray:
    """Return the MSE of each network over 1000 steps alone, after a prime of 40 points."""
    test = {"prime_length": 39, "num_points": 1000, "free_run": True}
    return np.atleast_1d(rh.forecast(model, **test).squared_errors.mean(axis=-1))


def two_lstms(seconds: float) -> tuple[float, float]:
    """Train a stack of two LSTMs by LBFGS; return the MSE of its continuation, and the seconds.

    It learns from many long pieces of the wave at once, each with its own phase, in float64, by
    LBFGS with a rate of 0.8: 15 times 20 iterations. When the time is over it keeps the weights
    with the lowest loss so far.
    """
    torch.manual_seed(0)
    model = rh.WaveRNN(hidden_size=51, num_layers=2, cell="LSTM").double()
    phases = np.random.default_rng(0).uniform(0, 360, (97, 1))
    waves = torch.from_numpy(np.sin(np.deg2rad(phases + 9 * np.arange(1000))))[:, :, None]
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.8)  # 20 iterations a step
    start, best = time.perf_counter(), (np.inf, None)

    def closure() -> torch.Tensor:
        nonlocal best
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(waves[:, :-1])[0], waves[:, 1:])
        if loss.item() < best[0]:
            best = loss.item(), {name: p.clone() for name, p in model.state_dict().items()}
        if time.perf_counter() - start > seconds:
            raise TimeoutError
        loss.backward()
        return loss

    try:
        for _ in range(15):
            optimizer.step(closure)
    except TimeoutError:
        pass
    taken = time.perf_counter() - start
    model.load_state_dict(best[1])
    return continued(model)[0], taken


def show_continuations(to_the_end: bool) -> None:
    """Print how well networks continue the wave, and what their training took."""
    print("\ncontinuation over 1000 steps, one thread; median MSE, worst, seconds of training")
    line, seconds = "{:52}{:10.1e}{:10.1e}{:9.2f}".format, {}
    record, wide = rh.make_window(-3591, 9, 400).features, {"hidden_size": 300, "ridge": 1e-10}
    for name, train in {  # both as in notebook 10
        "a random RNN of 300 units, last layer fitted": (
            lambda: rh.train_linear_layer([0], record, **wide)
        ),
        "16 RNNs of 32 units, decaying rate, closed loop": (
            lambda: rh.train_closed_loop(rh.train_for_free_runs(range(16)))
        ),
    }.items():
        start = time.perf_counter()
        model = train()
        seconds[name] = time.perf_counter() - start
        mse = continued(model)
        print(line(name, np.median(mse), mse.max(), seconds[name]), flush=True)
    for limit in (seconds[name], 12, np.inf) if to_the_end else (seconds[name], 12):
        mse, taken = two_lstms(limit)
        end = "to its end" if limit == np.inf else "stopped"
        print(line(f"2 LSTMs of 51 units by LBFGS, {end}", mse, mse, taken), flush=True)


def show(name: str, values: np.ndarray, target: float) -> None:
    """Print one line of the table."""
    spread = f"{min(values):.4f} .. {max(values):.4f}"
    print(f"{name:44}{np.median(values):9.4f}  {spread:22}{target:8.4f}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--to-the-end", action="store_true", help="wait for the LBFGS example")
    to_the_end = parser.parse_args().to_the_end
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
    show_continuations(to_the_end)


if __name__ == "__main__":
    main()
