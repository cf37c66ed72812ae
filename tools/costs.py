"""Measure what notebook 15 shows of costs, and write it to ``notebooks/data/costs.csv``.

``python tools/costs.py`` takes some minutes on one core, and needs a C compiler called ``cc``. It
measures, with one thread and in turns,

* one recurrence h = a h + x of a single number in float64, over 2^6 to 2^20 points: by a loop in
  Python, by ``linear_scan``, by ``linear_fft``, and by a loop in C, compiled with ``-O2``,
* what the next point costs after 2^6 to 2^16 points: a layer of attention with a cache, d = 32, and
  an ``nn.RNN`` of 32 units, both in PyTorch and float32.

Before it measures, it compares: all ways must lead to the same numbers. No test measures anything,
since machines differ too much; the notebook shows the file and says what holds everywhere.
"""

import argparse
import ctypes
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from torch import nn

from rnn_helpers.costs import FILE
from rnn_helpers.linear_recurrence import linear_fft, linear_scan

C_LOOP = """
void recur(double a, const double *x, double *states, long n) {
    double h = 0;
    for (long t = 0; t < n; t++) { h = a * h + x[t]; states[t] = h; }
}
"""
A, SIZE = 0.99, 32


def compiled_loop(folder: str) -> Callable:
    """Compile the loop in C, and return it as a function of a and x."""
    source, library = Path(folder, "recur.c"), Path(folder, "recur.so")
    source.write_text(C_LOOP, encoding="utf-8")
    try:
        command = ["cc", "-O2", "-shared", "-fPIC", str(source), "-o", str(library)]
        subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"There must be a C compiler called cc: {error}")
    recur = ctypes.CDLL(str(library)).recur
    recur.argtypes = [ctypes.c_double, *[ctypes.c_void_p] * 2, ctypes.c_long]

    def loop(a: float, x: np.ndarray) -> np.ndarray:
        states = np.empty_like(x)
        recur(a, x.ctypes.data, states.ctypes.data, len(x))
        return states

    return loop


def python_loop(a: float, x: np.ndarray) -> np.ndarray:
    """Run the loop of the notebook over a list, since Python is faster there than in an array."""
    h, states = 0.0, []
    for each in x.tolist():
        h = a * h + each
        states.append(h)
    return np.array(states)


def attention_step(seq_len: int) -> tuple[Callable, Callable]:
    """Return functions of no argument: the next point by the cache, and by a pass over all."""
    torch.manual_seed(0)
    e, (w_q, w_k, w_v) = torch.randn(seq_len, SIZE), torch.randn(3, SIZE, SIZE) / SIZE**0.5
    keys, values = torch.empty(seq_len, SIZE), torch.empty(seq_len, SIZE)
    keys[:-1], values[:-1] = e[:-1] @ w_k, e[:-1] @ w_v  # room for one more

    def cached() -> torch.Tensor:
        newest = e[-1]
        keys[-1], values[-1] = newest @ w_k, newest @ w_v
        return torch.softmax(keys @ (newest @ w_q) / SIZE**0.5, dim=0) @ values

    def whole() -> torch.Tensor:
        scores = (e[-1] @ w_q) @ (e @ w_k).T / SIZE**0.5
        return scores.softmax(dim=0) @ (e @ w_v)

    return cached, whole


def rnn_step(seq_len: int) -> Callable:
    """Return a function of no argument: the next point by an RNN that has read ``seq_len``."""
    torch.manual_seed(0)
    rnn, x = nn.RNN(SIZE, SIZE, batch_first=True), torch.randn(1, seq_len, SIZE)
    h = rnn(x[:, :-1])[1]
    return lambda: rnn(x[:, -1:], h)


def in_turns(functions: Mapping[str, Callable], seconds: float = 1.0, least: int = 5) -> dict:
    """Return the smallest and median microseconds of each, all called in turns.

    The smallest tells what the work takes; whatever else runs on a machine only adds to it.
    """
    taken, end, turns = {name: [] for name in functions}, time.perf_counter() + seconds, 0
    while turns < least + 1 or time.perf_counter() < end:
        for name, function in functions.items():
            repeat = max(1, int(1e-3 / taken[name][-1])) if taken[name] else 1
            start = time.perf_counter()
            for _ in range(repeat):
                function()
            taken[name].append((time.perf_counter() - start) / repeat)
        turns += 1
    kept = {name: 1e6 * np.array(each[1:]) for name, each in taken.items()}  # warm now
    return {name: (each.min(), np.median(each)) for name, each in kept.items()}


def processor() -> str:
    """Say in a few words what kind of processor this is, without the name of the machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        model = platform.processor() or "an unknown processor"
    return f"one core of {model} ({platform.machine()}, {platform.system()})"


def measure(longest: int = 20, longest_step: int = 16, seconds: float = 1.0) -> list[str]:
    """Measure all, and return the lines of the file."""
    versions = (
        f"Python {platform.python_version()}, NumPy {np.__version__}, torch {torch.__version__}"
    )
    lines = [f"# {processor()}; {versions.partition('+')[0]}; cc -O2"]
    lines.append("what,length,microseconds,median")
    line = "{},{},{:.3g},{:.3g}".format
    with tempfile.TemporaryDirectory() as folder:
        ways = {"Python loop": python_loop, "scan": linear_scan, "FFT": linear_fft}
        ways["C loop"] = compiled_loop(folder)
        for power in range(6, longest + 1):
            x = np.random.default_rng(0).normal(size=2**power)
            wanted = ways["C loop"](A, x)
            if not all(np.allclose(way(A, x), wanted, atol=1e-9) for way in ways.values()):
                sys.exit(f"The ways differ at {len(x)} points.")
            calls = {name: lambda way=way, x=x: way(A, x) for name, way in ways.items()}
            for name, found in in_turns(calls, seconds).items():
                lines.append(line(name, len(x), *found))
                print(lines[-1], flush=True)
    with torch.inference_mode():
        for power in range(6, longest_step + 1):
            cached, whole = attention_step(2**power)
            if not torch.allclose(cached(), whole(), atol=1e-4):
                sys.exit(f"The cache differs at {2**power} points.")
            steps = {"attention step": cached, "RNN step": rnn_step(2**power)}
            for name, found in in_turns(steps, seconds).items():
                lines.append(line(name, 2**power, *found))
                print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Measure and write the file."""
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    torch.set_num_threads(1)
    FILE.write_text("\n".join(measure()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
