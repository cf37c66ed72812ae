"""Measure what the helpers cost, as ratios within one run; no test, machines differ too much.

``python tools/benchmark.py`` compares, with one thread and in turns,

* ``rh.train_many(range(128))``, for each network, with the plain loop that a learner writes,
* ``rh.train_many([0])``, which the sliders of notebook 04 wait for, with the same loop,
* ``rh.train_many(range(64), cell=...)`` for LSTM and GRU, for each network, with the loop for them,
* the import of ``rnn_helpers`` (after torch and ``matplotlib.pyplot``) with a tenth of a second.

``--notebooks`` executes every notebook too, each in turns with a notebook that only imports torch
and matplotlib and draws one line. Each figure is a median, with the smallest and largest.
"""

import argparse
import os
import statistics
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
from nbformat.v4 import new_code_cell, new_notebook
from torch import nn

import rnn_helpers as rh
from tools import notebooks

NUM_STEPS, NUM_MODELS, NUM_GATED = 150, 128, 64
BASELINE = """import matplotlib.pyplot as plt
import torch

figure, ax = plt.subplots()
ax.plot(torch.arange(3))"""
IMPORT = """import sys, time
import torch, matplotlib.pyplot
start = time.perf_counter()
import rnn_helpers
print(time.perf_counter() - start)"""


def plain_loop(cell: str = "RNN") -> float:
    """Train one network with plain PyTorch, and return its last loss."""
    torch.manual_seed(0)
    rnn = getattr(nn, cell)(1, 32, num_layers=1, batch_first=True)
    fc = nn.Linear(32, 1)
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam([*rnn.parameters(), *fc.parameters()], lr=0.01)
    hidden, seq_len = None, 20
    for batch in range(NUM_STEPS):
        radians = np.linspace(batch * np.pi, (batch + 1) * np.pi, seq_len + 1)
        data = np.sin(radians).reshape(seq_len + 1, 1)
        x = torch.tensor(data[:-1], dtype=torch.float32).unsqueeze(0)
        y = torch.tensor(data[1:], dtype=torch.float32)
        r_out, hidden = rnn(x, hidden)
        hidden = tuple(h.detach() for h in hidden) if cell == "LSTM" else hidden.detach()
        prediction = fc(r_out.reshape(-1, 32))
        loss = criterion(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def many_networks(num_models: int = NUM_MODELS, cell: str = "RNN") -> float:
    """Train 128 networks with ``rh.train_many``, and return the last loss of the first."""
    return rh.train_many(range(num_models), NUM_STEPS, cell=cell).losses[-1, 0]


def network_of_an_explorer() -> float:
    """Train one network with ``rh.train_many``, and return its last loss."""
    return rh.train_many([0], NUM_STEPS).losses[-1, 0]


def in_turns(functions: list[Callable[[], object]], repetitions: int) -> list[list[float]]:
    """Return the seconds of each function, called in turns: what slows one slows all."""
    seconds = [[] for _ in functions]
    for _ in range(repetitions):
        for function, taken in zip(functions, seconds, strict=True):
            start = time.perf_counter()
            function()
            taken.append(time.perf_counter() - start)
    return seconds


def ratios(seconds: list[float], baseline: list[float], divisor: int = 1) -> list[float]:
    """Return the ratio within each turn."""
    return [one / other / divisor for one, other in zip(seconds, baseline, strict=True)]


def row(name: str, values: list[float], target: float, unit: str = "") -> str:
    """Return one line of the table."""
    middle = statistics.median(values)
    spread = f"{min(values):.4f} .. {max(values):.4f}"
    verdict = "met" if middle <= target else "missed"
    return f"{name:44}{middle:9.4f}{unit:2}  {spread:22}{target:8.4f}  {verdict}"


def import_seconds(repetitions: int) -> list[float]:
    """Return how long importing ``rnn_helpers`` takes in fresh processes that have torch."""
    command = [sys.executable, "-c", IMPORT]
    subprocess.run(command, cwd=notebooks.ROOT, check=True, capture_output=True)  # warms the disk
    runs = [
        subprocess.run(command, cwd=notebooks.ROOT, check=True, capture_output=True, text=True)
        for _ in range(repetitions)
    ]
    return [float(run.stdout) for run in runs]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--notebooks", action="store_true", help="execute the notebooks too")
    parser.add_argument("--repetitions", type=int, default=15, help="turns (notebooks: a fifth)")
    options = parser.parse_args()
    rh.set_up(num_threads=1)

    functions = [plain_loop, many_networks, network_of_an_explorer]
    losses = [function() for function in functions]  # and all are warm now
    if not np.allclose(losses, losses[0], rtol=1e-2):
        sys.exit(f"They do not train the same network; their last losses are {losses}.")
    head = f"{'median, smallest .. largest':22}{'target':>8}"
    print(f"{NUM_STEPS} steps, one thread, {options.repetitions} turns")
    print(f"{'':44}{head:>35}")
    plain, many, alone = in_turns(functions, options.repetitions)
    per_model = ratios(many, plain, NUM_MODELS)
    print(row(f"rh.train_many, each of {NUM_MODELS} / plain loop", per_model, 1 / 40))
    print(row("rh.train_many, one network / plain loop", ratios(alone, plain), 1 / 8))
    for cell in ("LSTM", "GRU"):
        functions = [partial(plain_loop, cell), partial(many_networks, NUM_GATED, cell)]
        losses = [function() for function in functions]
        if not np.allclose(losses, losses[0], rtol=1e-2):
            sys.exit(f"They do not train the same {cell}; their last losses are {losses}.")
        plain, many = in_turns(functions, max(1, options.repetitions // 3))
        name = f"rh.train_many, each of {NUM_GATED} {cell}s / plain loop"
        print(row(name, ratios(many, plain, NUM_GATED), 1 / 10), flush=True)
    print(row("import rnn_helpers", import_seconds(5), 0.1, " s"), flush=True)
    if options.notebooks:
        baseline = new_notebook(cells=[new_code_cell(BASELINE)])
        for path in notebooks.find():
            committed = notebooks.read(path)
            taken = in_turns(
                [
                    lambda path=path, one=committed: notebooks.execute(one, path.name, path.parent),
                    lambda path=path: notebooks.execute(baseline, "baseline", path.parent),
                ],
                max(1, options.repetitions // 5),
            )
            print(row(f"{path.stem} / baseline notebook", ratios(*taken), 2), flush=True)


if __name__ == "__main__":
    main()
