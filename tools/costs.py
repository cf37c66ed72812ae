"""Measure what notebook 15 shows of costs, and write it to ``notebooks/data/costs.csv``.

``python tools/costs.py`` takes some minutes on one core of Linux, and needs a C compiler called
``cc``. With one thread, and in turns, it measures one recurrence h = a h + x of a single number in
float64 over 2^6 to 2^20 points, and what the next point costs after 2^6 to 2^16 points: a layer of
attention with a cache, d = 32, and an ``nn.RNN`` of 32 units, both in PyTorch and float32. No test
measures anything, since machines differ too much.
"""

import ctypes
import platform
import re
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from torch import nn

from rnn_helpers.costs import FILE
from rnn_helpers.linear_recurrence import linear_scan

C_LOOP = """
void recur(double a, const double *x, double *states, long n) {
    double h = 0;
    for (long t = 0; t < n; t++) { h = a * h + x[t]; states[t] = h; }
}
"""
A, SIZE = 0.9999, 32  # the powers of 0.99 become subnormal numbers, which are slow


def by_python(x: np.ndarray) -> np.ndarray:
    """Run the loop of the notebook over a list, since Python is faster there than in an array."""
    h, states = 0.0, []
    for each in x.tolist():
        h = A * h + each
        states.append(h)
    return np.array(states)


def by_fft(x: np.ndarray) -> np.ndarray:
    """Convolve x with the powers of a, as in the notebook."""
    n = len(x)
    product = np.fft.rfft(x, 2 * n) * np.fft.rfft(A ** np.arange(n), 2 * n)
    return np.fft.irfft(product, 2 * n)[:n]


def compiled() -> Callable:
    """Compile the loop in C, and return it as a function of x."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "recur.so")
        command = ["cc", "-O2", "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)]
        subprocess.run(command, input=C_LOOP, text=True, check=True)
        recur = ctypes.CDLL(str(library)).recur
    recur.argtypes = [ctypes.c_double, *[ctypes.c_void_p] * 2, ctypes.c_long]

    def by_c(x: np.ndarray) -> np.ndarray:
        states = np.empty_like(x)
        recur(A, x.ctypes.data, states.ctypes.data, len(x))
        return states

    return by_c


def next_point(seq_len: int) -> dict[str, Callable]:
    """Return what makes the next point after so many: attention with a cache, and an RNN."""
    torch.manual_seed(0)
    e, (w_q, w_k, w_v) = torch.randn(seq_len, SIZE), torch.randn(3, SIZE, SIZE) / SIZE**0.5
    keys, values = e @ w_k, e @ w_v
    rnn, x = nn.RNN(SIZE, SIZE, batch_first=True), torch.randn(1, seq_len, SIZE)
    h = rnn(x[:, :-1])[1]

    def attention() -> torch.Tensor:
        newest = e[-1]  # what came before it is in the cache
        keys[-1], values[-1] = newest @ w_k, newest @ w_v
        return torch.softmax(keys @ (newest @ w_q) / SIZE**0.5, dim=0) @ values

    return {"attention step": attention, "RNN step": lambda: rnn(x[:, -1:], h)}


def in_turns(ways: Mapping[str, Callable], length: int, turns: int) -> list[str]:
    """Return lines of the file: the smallest and the median microseconds of each way.

    The smallest tells what the work takes; whatever else runs on a machine only adds to it.
    """
    timers = {name: timeit.Timer(way) for name, way in ways.items()}
    numbers = {name: 1 + int(1e-3 / min(timer.repeat(3, 1))) for name, timer in timers.items()}
    taken = {name: [] for name in ways}
    for _ in range(turns):
        for name, timer in timers.items():
            taken[name].append(1e6 * timer.timeit(numbers[name]) / numbers[name])
    line = "{},{},{:.3g},{:.3g}".format
    return [line(name, length, min(each), np.median(each)) for name, each in taken.items()]


def measure(longest: int = 20, longest_step: int = 16, turns: int = 50) -> list[str]:
    """Measure all, and return the lines of the file but the first."""
    lines = ["what,length,microseconds,median"]
    ways = {"Python loop": by_python, "scan": lambda x: linear_scan(A, x), "FFT": by_fft}
    ways["C loop"] = compiled()
    for length in 2 ** np.arange(6, longest + 1):
        x = np.random.default_rng(0).normal(size=length)
        for way in ways.values():
            np.testing.assert_allclose(way(x), by_python(x), atol=1e-9)
        lines += in_turns({name: partial(way, x) for name, way in ways.items()}, length, turns)
    with torch.inference_mode():
        for length in 2 ** np.arange(6, longest_step + 1):
            lines += in_turns(next_point(length), length, turns)
    return lines


if __name__ == "__main__":
    torch.set_num_threads(1)
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    where = f"{processor} ({platform.machine()}, {platform.system()})"
    versions = f"NumPy {np.__version__}, torch {torch.__version__.partition('+')[0]}"
    head = f"# one core of {where}; Python {platform.python_version()}, {versions}; cc -O2"
    FILE.write_text("\n".join([head, *measure()]) + "\n", encoding="utf-8")
