"""The first code cell of every notebook, run where learners open notebooks, and where it is hard.

Each case runs the cell in an IPython of its own, in a folder of its own. The course is served from
a local git repository under its GitHub address, by git's environment variables.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import notebooks as tool
from tools import repository as address
from tools.environments import pointed_to

HERE = address.current()
SETUP = address.setup_cell(HERE)
FETCHED = address.FETCHED
IMPORTS = "import rnn_helpers as rh\n\nrh.set_up(seed=0)"
# No settings of whoever runs the tests: no signing, no helper with passwords.
PLAIN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
SESSION = """
import json, os, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
done = [shell.run_cell(cell).success for cell in json.loads(sys.argv[1])]
module = getattr(sys.modules.get("rnn_helpers"), "__file__", None)
print("\\n" + json.dumps([done, module and os.path.dirname(os.path.realpath(module)), os.getcwd()]))
"""


def in_ipython(test):
    """Mark a test that starts IPython in a folder."""
    on_linux = sys.platform.startswith("linux")
    here = pytest.mark.skipif(not on_linux, reason="lone notebooks are for Colab and Kaggle")
    return pytest.mark.slow(here(test))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a repository of two commits, with a stand-in for rnn_helpers that imports at once."""
    folder = tmp_path_factory.mktemp("origin")
    for name, text in {
        "rnn_helpers/__init__.py": "def set_up(seed):\n    print('set up', seed)\n",
        "rnn_helpers/course.mplstyle": "",
        "notebooks/01.ipynb": "",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "init", "-q", "-b", HERE.branch)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "The course")
    git(folder, "commit", "--allow-empty", "-qm", "A second commit")
    git(folder, "branch", "spring")
    return folder


def git(folder, *arguments):
    command = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org", *arguments]
    return subprocess.check_output(command, cwd=folder, env=os.environ | PLAIN, text=True)


@pytest.fixture
def online(course):
    """Return environment variables with which the course's address is that repository."""
    return pointed_to(course.as_uri(), HERE.address)


@pytest.fixture
def lone(tmp_path):
    """Return a folder with nothing but a notebook."""
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "01.ipynb").touch()
    return tmp_path / "content"


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
    )
    assert done.returncode == 0, done.stderr
    said, _, answer = done.stdout.rstrip().rpartition("\n")
    success, module, cwd = json.loads(answer)
    assert Path(cwd) == folder.resolve()  # the reader stays where they are
    return success, module and Path(module), (said + done.stderr).strip()


def found(folder):
    """Return what a run of the setup cell and the imports gives if it took the course there."""
    return [True] * 2, folder / "rnn_helpers", "set up 0"


NOT_FOUND = [False], None, f"UsageError: No course here: go online or download {HERE.address}"


def test_it_can_be_read_and_installs_nothing():
    lines = SETUP.splitlines()
    assert len(lines) <= 6
    assert all(len(line) <= 100 for line in lines if "https://" not in line)
    assert not re.search(r"\b(pip|conda|install)\b", SETUP.replace(HERE.address, ""))
    # Nobody is asked for a password, and a network that swallows everything is given up.
    assert '"GIT_ASKPASS=true timeout 20 git clone --depth 1 ' in SETUP


def foreign(folder):
    (folder / "rnn_helpers").mkdir()
    (folder / "rnn_helpers" / "__init__.py").write_text("1 / 0\n")


@in_ipython
@pytest.mark.parametrize("where", [".", "notebooks"])
def test_with_the_course_it_changes_nothing_and_needs_no_git(course, tmp_path, where):
    folder = tmp_path / "copy"
    shutil.copytree(course, folder, ignore=shutil.ignore_patterns(".git"))
    foreign(tmp_path)
    foreign(folder / "notebooks")
    before = sorted(tmp_path.rglob("*"))
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = run(folder / where, [SETUP, IMPORTS], {"PATH": "/nowhere"})
    finally:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
    assert done == found(folder)
    assert sorted(tmp_path.rglob("*")) == before


@in_ipython
def test_alone_it_fetches_the_branch_of_the_badges_once_and_quietly(lone, online):
    foreign(lone)
    foreign(lone.parent)
    spring = address.setup_cell(HERE._replace(branch="spring"))
    success, module, said = run(lone, [spring, IMPORTS, spring, IMPORTS], online)
    assert (success, module) == ([True] * 4, lone / FETCHED / "rnn_helpers")
    assert said == "set up 0\nset up 0"
    assert {path.name for path in lone.iterdir()} == {"01.ipynb", "rnn_helpers", FETCHED}
    assert git(lone / FETCHED, "branch", "--show-current") == "spring\n"
    assert git(lone / FETCHED, "rev-list", "--count", "HEAD") == "1\n"  # of two commits
    assert run(lone, [spring, IMPORTS], {"PATH": "/nowhere"}) == found(lone / FETCHED)


@in_ipython
def test_where_it_cannot_be_fetched_it_says_so_and_can_be_tried_again(lone, tmp_path, online):
    offline = pointed_to("https://nowhere.invalid/course", HERE.address)
    assert run(lone, [SETUP], offline) == NOT_FOUND
    (tmp_path / "bin").mkdir()
    for name in ("sh", "timeout"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    assert run(lone, [SETUP], online | {"PATH": str(tmp_path / "bin")}) == NOT_FOUND  # no git
    # In /proc not even the superuser can write, whatever the permissions of other folders say.
    assert run(Path("/proc"), [SETUP], online) == NOT_FOUND
    assert [path.name for path in lone.iterdir()] == ["01.ipynb"]
    (lone / FETCHED).mkdir()
    (lone / FETCHED / "notes.txt").write_text("the reader's")
    assert run(lone, [SETUP], online) == NOT_FOUND
    assert [path.read_text() for path in (lone / FETCHED).iterdir()] == ["the reader's"]
    shutil.rmtree(lone / FETCHED)
    assert run(lone, [SETUP, IMPORTS], online) == found(lone / FETCHED)


@pytest.mark.slow
def test_an_older_python_is_told_which_one_is_needed_before_torch_is_looked_for():
    program = "import sys; sys.version_info = (3, 10, 13); import rnn_helpers"
    command = [sys.executable, "-S", "-c", program]  # without site-packages, so without torch
    done = subprocess.run(command, cwd=tool.ROOT, capture_output=True, text=True)
    assert done.stderr.endswith(
        "ImportError: The course needs Python 3.11 or newer, but this is Python 3.10; choose "
        "another kernel, or install a newer Python.\n"
    )


def test_pip_and_uv_on_an_older_python_end_at_once_and_in_words():
    name = "the-course-needs-python-3.11-or-newer"  # they show the name, and never look it up
    line = f'\n{name} @ file:///{name}.zip ; python_version < "3.11"\ntorch=='
    assert line in (tool.ROOT / "requirements.txt").read_text(encoding="utf-8")
