"""The first code cell of every notebook, run where learners open notebooks, and where it is hard.

Nothing is asked of the network: git only pretends, or gets the course from a local repository.
"""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from unittest.mock import Mock

import pytest
from IPython.core.error import UsageError

from tools import notebooks as tool
from tools import repository as address
from tools.environments import pointed_to

HERE = address.current()
SETUP = address.setup_cell(HERE)
FETCHED, RUN = address.FETCHED, subprocess.run


def git(folder, *arguments):
    done = RUN(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def put_package(folder, code="1 / 0"):
    """Put another package of that name there."""
    (folder / "rnn_helpers").mkdir(parents=True)
    (folder / "rnn_helpers" / "__init__.py").write_text(code)


def put_course(folder, code="1 / 0"):
    put_package(folder, code)
    (folder / "rnn_helpers" / "course.mplstyle").touch()


def test_an_old_python_can_read_it():
    ast.parse(SETUP, feature_version=(3, 8))  # the next cell says which Python is needed


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """Return an empty folder to work in, with no course in Python's path and a git not to start."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: PathFinder.find_spec(n, sys.path))
    monkeypatch.setattr(sys, "path", ["a"])
    monkeypatch.setattr(shutil, "which", lambda program: program)
    monkeypatch.setattr(subprocess, "run", Mock(side_effect=AssertionError("git was started")))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path.resolve()


def test_a_course_that_python_finds_is_taken_but_no_other_package(empty):
    for name in ("installed", "other"):
        (empty / name).mkdir()
    put_course(empty / "installed")
    put_package(empty / "other")
    sys.path[:] = [str(empty / "installed")]
    exec(SETUP, {})
    assert sys.path == [str(empty / "installed")]
    sys.path[:] = [str(empty / "other")]
    with pytest.raises(AssertionError, match="git was started"):
        exec(SETUP, {})


@pytest.mark.parametrize(
    ("course", "cwd", "jupyter", "vscode"),
    [
        ("course", "course/notebooks", None, None),
        ("course", "home", None, "course/notebooks/01.ipynb"),  # VS Code starts kernels anywhere
        ("course", "home", "course/notebooks/01.ipynb", None),  # after os.chdir
        ("lone/rnn_course", "lone", None, None),  # fetched before
        ("lone/rnn_course", "home", None, "lone/01.ipynb"),
    ],
)
def test_a_course_around_the_notebook_is_found(empty, monkeypatch, course, cwd, jupyter, vscode):
    for name in (course, cwd):
        (empty / name).mkdir(parents=True, exist_ok=True)
    put_course(empty / course)
    monkeypatch.chdir(empty / cwd)
    for name in filter(None, (jupyter, vscode)):
        (empty / name).parent.mkdir(exist_ok=True)
        (empty / name).touch()
    if jupyter:
        monkeypatch.setenv("JPY_SESSION_NAME", str(empty / jupyter))
    exec(SETUP, {"__vsc_ipynb_file__": str(empty / vscode)} if vscode else {})
    assert sys.path == [str(empty / course), "a"]


def test_it_is_fetched_beside_the_notebook_and_once(empty, monkeypatch):
    (empty / "home").mkdir()
    (empty / "01.ipynb").touch()
    monkeypatch.chdir(empty / "home")
    clone = Mock(side_effect=lambda command, **_: put_course(Path(command[-1])))
    monkeypatch.setattr(subprocess, "run", clone)
    exec(SETUP, {"__vsc_ipynb_file__": str(empty / "01.ipynb")})
    monkeypatch.chdir(empty.parent)  # where nothing is
    exec(SETUP, {})
    assert sys.path == [str(empty / FETCHED), "a"]
    clone.assert_called_once()


def test_where_the_course_does_not_come_from_is_said_in_a_sentence(empty, monkeypatch):
    def clone(command, **_):
        (Path(command[-1]) / ".git").mkdir(parents=True)  # as far as it came
        raise subprocess.CalledProcessError(128, "git")

    monkeypatch.setattr(subprocess, "run", clone)
    with pytest.raises(UsageError, match=r"and .* does not answer .*zip, unpack it"):
        exec(SETUP, {})
    assert (os.listdir(), sys.path) == ([], ["a"])


@pytest.mark.slow
def test_git_fetches_the_branch_of_the_badges_without_its_past(empty, monkeypatch):
    monkeypatch.setattr(subprocess, "run", RUN)
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}  # nobody's own
    for name, value in (settings | pointed_to((empty / "origin").as_uri(), HERE.address)).items():
        monkeypatch.setenv(name, value)
    put_course(empty / "origin")
    (empty / "content").mkdir()
    commit = "-c user.name=T -c user.email=t@example.org commit --quiet --allow-empty -m C"
    for command in ("init --quiet -b main", "add -A", commit, commit, "branch spring"):
        git(empty / "origin", *command.split())
    monkeypatch.chdir(empty / "content")
    exec(address.setup_cell(HERE._replace(branch="spring")), {})
    assert sys.path == [str(empty / "content" / FETCHED), "a"]
    assert git(FETCHED, "branch", "--show-current") == "spring\n"
    assert git(FETCHED, "rev-list", "--count", "HEAD") == "1\n"  # of two commits


@pytest.mark.slow
def test_an_older_python_is_told_which_one_is_needed_before_torch_is_looked_for():
    program = "import sys; sys.version_info = (3, 10, 13); import rnn_helpers"
    command = [sys.executable, "-S", "-c", program]  # without site-packages, so without torch
    done = subprocess.run(command, cwd=tool.ROOT, capture_output=True, text=True)
    assert done.stderr.endswith(
        "ImportError: The course needs Python 3.11 or newer, but this is Python 3.10; choose "
        "another kernel, or install a newer Python.\n"
    )
