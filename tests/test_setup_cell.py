"""The first code cell of every notebook, run where learners open notebooks, and where it is hard.

The slow tests run the cell in an IPython of its own, in a folder of its own. The course is served
from a local git repository under its GitHub address, by git's environment variables.
"""

import ast
import importlib.util
import json
import os
import re
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
FETCHED = address.FETCHED
IMPORTS = "import rnn_helpers as rh\n\nrh.set_up(seed=0)"
# No settings of whoever runs the tests: no signing, no helper with passwords.
PLAIN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
# Nor a course that is installed: it would be found.
SESSION = """
import json, os, sys
sys.meta_path[:] = [f for f in sys.meta_path if not f.__module__.startswith("__editable__")]
sys.path[:] = [p for p in sys.path if not (p and os.path.exists(p + "/rnn_helpers"))]
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
done = [shell.run_cell(cell).success for cell in json.loads(sys.argv[1])]
module = getattr(sys.modules.get("rnn_helpers"), "__file__", None)
print("\\n" + json.dumps([done, module and os.path.dirname(os.path.realpath(module))]))
"""


def put_package(folder, code="1 / 0"):
    """Put another package of that name there."""
    (folder / "rnn_helpers").mkdir(parents=True)
    (folder / "rnn_helpers" / "__init__.py").write_text(code)


def put_course(folder, code="1 / 0"):
    put_package(folder, code)
    (folder / "rnn_helpers" / "course.mplstyle").touch()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a repository of two commits, with a stand-in for rnn_helpers that imports at once."""
    folder = tmp_path_factory.mktemp("origin")
    put_course(folder, "def set_up(seed):\n    print('set up', seed)\n")
    git(folder, "init", "-q", "-b", HERE.branch)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "The course")
    git(folder, "commit", "--allow-empty", "-qm", "A second commit")
    git(folder, "branch", "spring")
    return folder


def git(folder, *arguments):
    command = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", *arguments]
    return subprocess.check_output(command, cwd=folder, env=os.environ | PLAIN, text=True)


def run(folder, cells, env):
    """Run cells in IPython; return which succeeded, where rnn_helpers was, and what was printed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-c", SESSION, json.dumps(cells)],
        cwd=folder,
        env=kept | PLAIN | {"PYTHONDONTWRITEBYTECODE": "1"} | env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        start_new_session=True,  # no terminal that git could ask in
        check=True,
    )
    said, _, answer = done.stdout.rstrip().rpartition("\n")
    return *json.loads(answer), (said + done.stderr).strip()


# In this process, with a git that only pretends ---------------------------------------------------


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


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (subprocess.CalledProcessError(1, "git"), "and git is not installed: "),  # on macOS
        (subprocess.CalledProcessError(128, "git"), "does not answer (no network, or no such"),
        (subprocess.TimeoutExpired("git", 30), "does not answer (no network, or no such"),
        (PermissionError(13, "Access is denied"), "rnn_course cannot be written (Access is denied"),
    ],
)
def test_the_sentence_tells_the_reasons_apart(empty, monkeypatch, error, why):
    def run(command, **kwargs):
        (Path(command[-1]) / ".git").mkdir(parents=True)  # as far as it came
        raise error

    def mkdir(path):
        raise error

    if isinstance(error, OSError):
        monkeypatch.setattr(os, "mkdir", mkdir)
    else:
        monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(UsageError, match=re.escape(why)) as raised:
        exec(SETUP, {})
    assert "\n" not in str(raised.value)
    assert os.listdir() == []
    assert sys.path == ["a"]


# In IPython, with git -----------------------------------------------------------------------------


@pytest.mark.slow
def test_alone_it_fetches_the_branch_of_the_badges_once_and_quietly(course, tmp_path):
    lone, online = tmp_path / "content", pointed_to(course.as_uri(), HERE.address)
    lone.mkdir()
    (lone / "01.ipynb").touch()
    put_package(lone)
    spring = address.setup_cell(HERE._replace(branch="spring"))
    there = str((lone / FETCHED / "rnn_helpers").resolve())
    said = "set up 0\nset up 0"
    assert run(lone, [spring, IMPORTS, spring, IMPORTS], online) == ([True] * 4, there, said)
    assert {path.name for path in lone.iterdir()} == {"01.ipynb", "rnn_helpers", FETCHED}
    assert git(lone / FETCHED, "branch", "--show-current") == "spring\n"
    assert git(lone / FETCHED, "rev-list", "--count", "HEAD") == "1\n"  # of two commits
    assert run(lone, [spring, IMPORTS], {"PATH": "/nowhere"}) == ([True] * 2, there, "set up 0")


@pytest.mark.slow
def test_an_older_python_is_told_which_one_is_needed_before_torch_is_looked_for():
    program = "import sys; sys.version_info = (3, 10, 13); import rnn_helpers"
    command = [sys.executable, "-S", "-c", program]  # without site-packages, so without torch
    done = subprocess.run(command, cwd=tool.ROOT, capture_output=True, text=True)
    assert done.stderr.endswith(
        "ImportError: The course needs Python 3.11 or newer, but this is Python 3.10; choose "
        "another kernel, or install a newer Python.\n"
    )
