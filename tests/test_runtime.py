"""Seed, threads, style; progress bars; what an import loads."""

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
def test_set_up_refuses_bad_input_and_sets_nothing():
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="seed must be at least 0, but -1 was given"):
        rh.set_up(seed=-1)
    with pytest.raises(ValueError, match="num_threads must be at least 1, but 0 was given"):
        rh.set_up(seed=5, num_threads=0)
    assert torch.equal(torch.get_rng_state(), before)


# Progress


@pytest.fixture
def tqdm(monkeypatch):
    """What stands in for tqdm; its ``return_value`` is the bar."""
    fake = Mock()
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=fake))
    return fake


def test_a_bar_appears_after_the_delay_and_counts_what_was_done_before(tqdm, monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(runtime, "time", SimpleNamespace(monotonic=lambda: clock.now))
    done = []
    for item in progress(range(8), "training", delay=2):
        assert tqdm.called == (item >= 3)
        clock.now += 0.75
        done.append(item)
    assert done == list(range(8))
    given = {"total": 8, "initial": 3, "desc": "training", "leave": False, "file": sys.stdout}
    assert tqdm.call_args.kwargs.items() >= given.items()
    assert tqdm.return_value.update.call_count == 5
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


# What is loaded when


def test_import_and_short_work_load_nothing_heavy(monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    program = """
import sys, rnn_helpers as rh
rh.train_many([0], 2)
heavy = "tqdm.auto", "tqdm.notebook", "torch._dynamo", "ipywidgets", "rnn_helpers.practice"
sys.exit(" ".join(name for name in heavy if name in sys.modules) or None)"""
    subprocess.run([sys.executable, "-c", program], cwd=Path(rh.__file__).parents[1], check=True)


def test_the_names_of_the_package_are_all_there_and_no_others():
    assert all(getattr(rh, name) is not None for name in rh.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'train'"):
        rh.train  # noqa: B018
