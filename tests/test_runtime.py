"""Seed, threads, style; progress bars; what an import loads."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch

import rnn_helpers as rh
from rnn_helpers import runtime


@pytest.fixture
def _restore():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with plt.rc_context():
        yield
    torch.set_rng_state(state)
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("_restore")
def test_set_up_sets_seed_threads_and_style():
    torch.set_num_threads(1)
    plt.rcdefaults()
    rh.set_up(seed=7, num_threads=2)
    drawn = torch.rand(3)
    assert torch.equal(drawn, torch.rand(3, generator=torch.Generator().manual_seed(7)))
    assert torch.get_num_threads() == 2
    assert plt.rcParams["figure.figsize"] == [7.2, 3.4]
    assert plt.rcParams["figure.constrained_layout.use"] is True


@pytest.mark.usefixtures("_restore")
def test_set_up_without_arguments_is_seed_0_and_one_thread():
    torch.set_num_threads(2)
    rh.set_up()
    assert torch.initial_seed() == 0
    assert torch.get_num_threads() == 1


@pytest.mark.usefixtures("_restore")
@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"seed": -1}, ValueError, "seed must be at least 0, but -1 was given"),
        ({"seed": 1.5}, TypeError, "seed must be a whole number, but 1.5 is a float"),
        ({"seed": True}, TypeError, "seed must be a whole number, but True is a bool"),
        ({"seed": "3"}, TypeError, "seed must be a whole number, but '3' is a str"),
        ({"seed": None}, TypeError, "seed must be a whole number"),
        ({"num_threads": 0}, ValueError, "num_threads must be at least 1, but 0 was given"),
        ({"num_threads": 1.0}, TypeError, "num_threads must be a whole number"),
        ({"seed": 5, "num_threads": -2}, ValueError, "num_threads must be at least 1"),
    ],
)
def test_set_up_refuses_bad_input_and_sets_nothing(given, kind, message):
    plt.rcdefaults()
    torch.manual_seed(123)
    before, threads, style = torch.get_rng_state(), torch.get_num_threads(), dict(plt.rcParams)
    with pytest.raises(kind, match=message):
        rh.set_up(**given)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert dict(plt.rcParams) == style


# Progress


class FakeBar:
    """A tqdm that keeps a record of itself."""

    made: list = []  # noqa: RUF012

    def __init__(self, total, initial=0, desc="", leave=True, **others):
        self.total, self.initial, self.desc, self.leave = total, initial, desc, leave
        self.updates, self.closed = 0, False
        self.made.append(self)

    def update(self, number=1):
        assert not self.closed
        self.updates += number

    def close(self):
        self.closed = True


@pytest.fixture
def bars(monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(FakeBar, "made", [])
    monkeypatch.setitem(sys.modules, "tqdm.auto", SimpleNamespace(tqdm=FakeBar))
    return FakeBar.made


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until a test moves it."""
    fake = SimpleNamespace(now=100.0)
    monkeypatch.setattr(runtime, "time", SimpleNamespace(monotonic=lambda: fake.now))
    return fake


@pytest.mark.parametrize("items", [range(7), ["a", "b"], []])
def test_progress_yields_everything_in_its_order(bars, items):
    assert list(rh.progress(items, "going", delay=0)) == list(items)
    assert list(rh.progress(items, "going")) == list(items)


def test_short_work_imports_no_tqdm_and_writes_nothing(monkeypatch, capfd):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)  # an import would raise ImportError
    assert list(rh.progress(range(1000), "going")) == list(range(1000))
    assert capfd.readouterr() == ("", "")


def test_a_bar_appears_after_the_delay_and_counts_what_was_done_before(bars, clock):
    for item in rh.progress(range(8), "training"):
        assert len(bars) == (item >= 3)  # 2.25 seconds after the start
        clock.now += 0.75
    (bar,) = bars
    assert (bar.total, bar.initial, bar.desc, bar.leave) == (8, 3, "training", False)
    assert bar.initial + bar.updates == 8
    assert bar.closed


def test_no_bar_before_the_delay_has_passed(bars, clock):
    for _ in rh.progress(range(8), "training", delay=10):
        clock.now += 1.0
    assert bars == []


def test_delay_zero_shows_the_bar_at_once(bars, clock):
    for _ in rh.progress(range(4), "training", delay=0):
        clock.now += 0.1
    assert [bar.initial for bar in bars] == [1]


def test_the_bar_is_closed_when_the_loop_is_left_early(bars):
    steps = rh.progress(range(10), "training", delay=-1)
    for item in steps:
        if item == 4:
            break
    steps.close()
    (bar,) = bars
    assert bar.closed
    assert bar.updates == 4


def test_the_bar_is_closed_when_the_work_fails(bars):
    def work():
        for _ in rh.progress(range(10), "training", delay=-1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert [bar.closed for bar in bars] == [True]


@pytest.mark.parametrize(("value", "shown"), [("1", 0), ("", 1), ("0", 1)])
def test_the_environment_turns_the_bar_off(bars, monkeypatch, value, shown):
    monkeypatch.setenv("TQDM_DISABLE", value)
    assert list(rh.progress(range(5), "going", delay=-1)) == list(range(5))
    assert len(bars) == shown


# What is loaded when

# torch itself imports the small tqdm.std; tqdm.auto is what progress imports.
FRESH_PROCESS = """
import json, sys
import rnn_helpers as rh
HEAVY = ("tqdm.auto", "tqdm.notebook", "torch._dynamo")
seen = {"import": [name for name in HEAVY if name in sys.modules]}
rh.train_many([0], 2)
list(rh.progress(range(9), "short"))
seen["train_many"] = [name for name in HEAVY if name in sys.modules]
thread = rh.preload_optimizer()
thread.join(120)
seen["alive"] = thread.is_alive()
seen["preload"] = "torch._dynamo" in sys.modules
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def fresh_process():
    """What a new Python has loaded after each step; once for all tests below, it takes seconds."""
    done = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS],
        cwd=Path(rh.__file__).parents[1],
        env={name: value for name, value in os.environ.items() if name != "TQDM_DISABLE"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_importing_loads_neither_the_progress_bars_nor_the_compiler_of_torch(fresh_process):
    assert fresh_process["import"] == []


def test_train_many_and_short_work_load_neither(fresh_process):
    assert fresh_process["train_many"] == []


def test_preload_optimizer_loads_the_compiler(fresh_process):
    assert fresh_process["alive"] is False
    assert fresh_process["preload"] is True


def test_preload_optimizer_returns_a_thread_that_does_not_hold_up_the_end(monkeypatch):
    asked = []
    monkeypatch.setattr(runtime.importlib, "import_module", asked.append)
    thread = rh.preload_optimizer()
    assert isinstance(thread, threading.Thread)
    assert thread.daemon
    thread.join(10)
    assert asked == ["torch._dynamo"]


def test_more_threads_than_torch_can_take_are_refused_and_nothing_is_set():
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="num_threads must be at most"):
        rh.set_up(seed=7, num_threads=2**31)
    assert torch.equal(torch.get_rng_state(), before)


def test_progress_takes_what_has_no_length(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "0")
    assert list(rh.progress((n for n in range(3)), "counting", delay=0)) == [0, 1, 2]
