"""The committed measurement, and the tool that makes it; nothing here depends on a clock."""

import numpy as np
import pytest

import rnn_helpers as rh
from rnn_helpers.linear_recurrence import linear_loop
from tools import costs as tool

STEPS = {"attention step", "RNN step"}


def test_the_committed_measurement_says_on_what_it_was_made():
    costs = rh.load_costs()
    assert costs.machine.startswith("one core of ")
    assert all(word in costs.machine for word in ("Python", "NumPy", "torch", "cc -O2"))
    assert set(costs.times) == {"Python loop", "scan", "FFT", "C loop"} | STEPS
    for what, (lengths, microseconds) in costs.times.items():
        assert lengths.tolist() == [2**n for n in range(6, 17 if what in STEPS else 21)]
        assert (microseconds > 0).all()
        assert costs.at(what, 4096) == microseconds[6]


@pytest.mark.slow
def test_the_tool_measures_what_is_committed(monkeypatch, tmp_path):
    # Without a compiler, so that this runs anywhere: NumPy's loop in its place.
    monkeypatch.setattr(tool, "compiled_loop", lambda folder: linear_loop)
    lines = tool.measure(longest=7, longest_step=6, seconds=0)
    file = tmp_path / "costs.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr("rnn_helpers.costs.FILE", file)
    measured = rh.load_costs()
    assert set(measured.times) == set(rh.load_costs().times)
    assert measured.times["scan"][0].tolist() == [64, 128]
    assert all(np.isfinite(times).all() for _, times in measured.times.values())


def test_ways_that_differ_are_not_measured(monkeypatch):
    monkeypatch.setattr(tool, "compiled_loop", lambda folder: lambda a, x: linear_loop(a, x) + 1)
    with pytest.raises(SystemExit, match="differ at 64 points"):
        tool.measure(longest=6, longest_step=5, seconds=0)


def test_without_a_compiler_the_tool_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="a C compiler"):
        tool.compiled_loop(str(tmp_path))
