"""Seed, threads, style; progress bars; what an import loads."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import matplotlib.pyplot as plt
import pytest
import torch

import rnn_helpers as rh
from rnn_helpers import runtime
from rnn_helpers.runtime import progress


@pytest.fixture
def _restore():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with plt.rc_context():
        yield
    torch.set_rng_state(state)
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("_restore")
def test_set_up_sets_seed_threads_and_style():
    plt.rcdefaults()
    rh.set_up(seed=7, num_threads=2)
    assert torch.equal(torch.rand(3), torch.rand(3, generator=torch.Generator().manual_seed(7)))
    assert torch.get_num_threads() == 2
    assert plt.rcParams["figure.figsize"] == [9.6, 3.6]
    rh.set_up()
    assert (torch.initial_seed(), torch.get_num_threads()) == (0, 1)


@pytest.mark.usefixtures("_restore")
def test_a_style_of_the_reader_does_not_show_through():
    plt.rcdefaults()
    rh.set_up()
    wanted = dict(plt.rcParams)
    plt.style.use("dark_background")
    plt.rcParams |= {"text.usetex": True, "figure.autolayout": True, "lines.marker": "x"}
    rh.set_up()
    assert dict(plt.rcParams) == wanted


@pytest.mark.usefixtures("_restore")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": -1}, "seed must be at least 0, but -1 was given"),
        ({"seed": 1.5}, "seed must be a whole number, but 1.5 is a float"),
        ({"seed": 5, "num_threads": 0}, "num_threads must be at least 1, but 0 was given"),
        ({"seed": 5, "num_threads": 2**31}, "num_threads must be at most 1024"),
    ],
)
def test_set_up_refuses_bad_input_and_sets_nothing(given, message):
    plt.rcdefaults()
    torch.manual_seed(123)
    before, threads, style = torch.get_rng_state(), torch.get_num_threads(), dict(plt.rcParams)
    with pytest.raises((TypeError, ValueError), match=message):
        rh.set_up(**given)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert dict(plt.rcParams) == style


# Progress


@pytest.fixture
def tqdm(monkeypatch):
    """What stands in for tqdm; its ``return_value`` is the bar."""
    fake = Mock()
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=fake))
    return fake


def test_progress_yields_everything_in_its_order_with_a_length_or_without(tqdm):
    assert list(progress("abc", "going", delay=-1)) == ["a", "b", "c"]
    assert list(progress((n for n in range(3)), "going", delay=-1)) == [0, 1, 2]
    assert list(progress([], "going", delay=-1)) == []
    assert [call.kwargs["total"] for call in tqdm.call_args_list] == [3, None]
    assert tqdm.return_value.update.call_count == 6


def test_short_work_imports_no_tqdm_and_writes_nothing(monkeypatch, capfd):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setitem(sys.modules, "tqdm", None)  # an import would raise ImportError
    assert list(progress(range(1000), "going")) == list(range(1000))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("delay", "appears"), [(2, 3), (0, 1), (10, 9)])
def test_a_bar_appears_after_the_delay_and_counts_what_was_done_before(
    tqdm, monkeypatch, delay, appears
):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(runtime, "time", SimpleNamespace(monotonic=lambda: clock.now))
    for item in progress(range(8), "training", delay=delay):
        assert tqdm.called == (item >= appears)
        clock.now += 0.75
    if appears < 8:
        tqdm.assert_called_once()
        given = {"total": 8, "initial": appears, "desc": "training", "leave": False}
        assert tqdm.call_args.kwargs.items() >= given.items()
        assert tqdm.call_args.kwargs["file"] is sys.stdout  # text, of which nothing is left
        assert tqdm.return_value.update.call_count == 8 - appears
        tqdm.return_value.close.assert_called_once()


def test_the_bar_is_closed_when_the_loop_is_left_early_or_fails(tqdm):
    steps = progress(range(10), "training", delay=-1)
    assert [next(steps) for _ in range(5)] == [0, 1, 2, 3, 4]
    steps.close()
    tqdm.return_value.close.assert_called_once()
    steps = progress(range(10), "training", delay=-1)
    next(steps)
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt)
    assert tqdm.return_value.close.call_count == 2


@pytest.mark.parametrize(("value", "shown"), [("1", False), ("", True), ("0", True)])
def test_the_environment_turns_the_bar_off(tqdm, monkeypatch, value, shown):
    monkeypatch.setenv("TQDM_DISABLE", value)
    assert list(progress(range(5), "going", delay=-1)) == list(range(5))
    assert tqdm.called == shown


# What is loaded when

# torch itself imports the small tqdm.std.
FRESH_PROCESS = """
import sys
import rnn_helpers as rh
rh.train_many([0], 2)
HEAVY = ("tqdm.auto", "tqdm.notebook", "torch._dynamo", "ipywidgets", "rnn_helpers.practice")
print([name for name in HEAVY if name in sys.modules])
if "preload" in sys.argv:
    rh.preload_optimizer().join(120)
    print("torch._dynamo" in sys.modules)
"""


def said_by_a_fresh_process(*arguments):
    return subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS, *arguments],
        cwd=Path(rh.__file__).parents[1],
        env={name: value for name, value in os.environ.items() if name != "TQDM_DISABLE"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
    ).stdout.split("\n")[:-1]


def test_import_and_short_work_load_nothing_heavy():
    assert said_by_a_fresh_process() == ["[]"]


@pytest.mark.slow
def test_preload_optimizer_loads_the_compiler_of_torch():
    assert said_by_a_fresh_process("preload") == ["[]", "True"]


def test_preload_optimizer_returns_a_thread_that_does_not_hold_up_the_end(monkeypatch):
    asked = []
    monkeypatch.setattr(runtime.importlib, "import_module", asked.append)
    thread = rh.preload_optimizer()
    thread.join(10)
    assert thread.daemon
    assert asked == ["torch._dynamo"]


def test_the_names_of_the_package_are_all_there_and_no_others():
    assert all(getattr(rh, name) is not None for name in rh.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'train'"):
        rh.train  # noqa: B018
