"""The committed measurement, and the tool that makes it; nothing here depends on a clock."""

import pytest

import rnn_helpers as rh
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
def test_the_tool_measures_what_is_committed(monkeypatch):
    monkeypatch.setattr(tool, "compiled", lambda: tool.by_python)  # runs without a compiler too
    head, *lines = tool.measure(longest=7, longest_step=6, turns=2)
    assert head == "what,length,microseconds,median"
    rows = [line.split(",") for line in lines]
    lengths = {what: [64] if what in STEPS else [64, 128] for what in rh.load_costs().times}
    wanted = {(what, str(length)) for what, each in lengths.items() for length in each}
    assert {(what, length) for what, length, *_ in rows} == wanted
    assert all(0 < float(least) <= float(median) for *_, least, median in rows)
