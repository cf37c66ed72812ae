"""Seed, threads, style; progress bars; what an import loads."""

import subprocess
import sys
from functools import partial
from pathlib import Path

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


# Progress


def test_a_bar_appears_when_the_work_takes_long_and_is_removed(capsys, monkeypatch):
    monkeypatch.setattr(runtime, "tqdm", partial(runtime.tqdm, disable=False, mininterval=0))
    assert list(progress(range(4), "training")) == [0, 1, 2, 3]
    assert capsys.readouterr() == ("", "")
    steps = progress(range(8), "training")
    steps.start_t -= 9
    assert list(steps) == list(range(8))
    shown = capsys.readouterr().out.split("\r")
    assert any(line.startswith("training:  50%") for line in shown)
    assert shown[-2].strip() == shown[-1] == ""


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
