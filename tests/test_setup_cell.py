"""The first code cell of every notebook, run where learners open notebooks, and where it is hard.

Each case runs the cell in an IPython of its own, in a folder of its own. The course is served from
a local git repository under its GitHub address, by git's environment variables.
"""

import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import notebooks as tool
from tools import repository as address
from tools.environments import pointed_to

HERE = address.current()
SETUP = address.setup_cell(HERE)
SENTENCE = f"UsageError: No course here: go online or download {HERE.address}"
FETCHED = address.FETCHED
IMPORTS = "import rnn_helpers as rh\n\nrh.set_up(seed=0)"

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="a lone notebook is for Colab and Kaggle, on Linux"
)

# No settings of whoever runs the tests: no signing, no helper with passwords, no proxy.
PLAIN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "no_proxy": "*"}
ASKING = ("GIT_ASKPASS", "SSH_ASKPASS", "GIT_TERMINAL_PROMPT")

SESSION = """
import json, os, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
done = [shell.run_cell(cell).success for cell in json.loads(sys.argv[1])]
with open(sys.argv[2], "w") as file:
    module = sys.modules.get("rnn_helpers")
    where = os.path.realpath(module.__file__) if module else None
    json.dump([done, where, os.getcwd()], file)
"""


def git(folder, *arguments):
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    env = os.environ | PLAIN
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, env=env)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A repository with a small course: a stand-in for rnn_helpers, which imports in no time."""
    folder = tmp_path_factory.mktemp("origin")
    (folder / "rnn_helpers").mkdir()
    source = "def set_up(seed):\n    print('set up', seed)\n"
    (folder / "rnn_helpers" / "__init__.py").write_text(source, encoding="utf-8")
    shutil.copy(tool.ROOT / "rnn_helpers" / "course.mplstyle", folder / "rnn_helpers")
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "01.ipynb").touch()
    git(folder, "init", "-q", "-b", HERE.branch)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "The course")
    return folder


@pytest.fixture(scope="module")
def online(course):
    """Environment variables with which the course's address is that local repository."""
    return served_from(course.as_uri())


def served_from(place):
    return pointed_to(place, HERE.address)


@pytest.fixture
def offline():
    """Environment variables with which nothing answers at the course's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return served_from(f"http://127.0.0.1:{free.getsockname()[1]}/course")


class Git:
    """A program ``git`` that notes every call before it passes it on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder / "bin", folder / "calls"
        self.folder.mkdir()
        real = shutil.which("git")
        (self.folder / "git").write_text(f'#!/bin/sh\necho "$@" >> {self.log}\nexec {real} "$@"\n')
        (self.folder / "git").chmod(0o755)
        self.env = {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}

    @property
    def calls(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


@pytest.fixture
def counted(tmp_path):
    (tmp_path / "git").mkdir()
    return Git(tmp_path / "git")


def run(folder, cells, env, *, seconds=60):
    """Run cells in IPython; return what they did, what was printed and what went to stderr."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k not in ASKING}
    env = kept | PLAIN | env
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        done = subprocess.run(
            [sys.executable, "-c", SESSION, json.dumps(cells), str(answer)],
            cwd=folder,
            env=env | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            start_new_session=True,
        )
        assert answer.exists(), done.stderr
        success, module, cwd = json.loads(answer.read_text())
    assert Path(cwd) == folder.resolve()  # the reader stays where they are
    module = module and Path(module).parent
    return success, module, done.stdout, done.stderr


@pytest.fixture
def lone(tmp_path):
    """A folder with nothing but a notebook."""
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "01.ipynb").touch()
    return folder


def copy_of(course, folder):
    shutil.copytree(course, folder, ignore=shutil.ignore_patterns(".git"))
    return folder


# What it is ---------------------------------------------------------------------------------------


def test_it_has_six_lines_and_each_can_be_read():
    lines = SETUP.splitlines()
    assert len(lines) <= 6
    assert all(len(line) <= 100 for line in lines if "https://" not in line)


@pytest.mark.parametrize("path", tool.find(), ids=lambda path: path.name)
def test_every_notebook_begins_with_it(path):
    first, second = tool.code_cells(tool.read(path))[:2]
    assert first.source == SETUP
    assert first.outputs == []
    assert IMPORTS in second.source


def test_it_installs_nothing():
    assert not re.search(r"\b(pip|conda|install)\b", SETUP.replace(HERE.address, ""))


# Where it finds the course ------------------------------------------------------------------------


def test_beside_the_course_it_changes_nothing_but_the_path(course, tmp_path, counted, offline):
    folder = copy_of(course, tmp_path / "copy") / "notebooks"
    before = sorted(folder.parent.rglob("*"))
    done = run(folder, [SETUP, IMPORTS, SETUP, IMPORTS], offline | counted.env)
    assert done == ([True] * 4, folder.parent / "rnn_helpers", "set up 0\n" * 2, "")
    assert counted.calls == 0
    assert sorted(folder.parent.rglob("*")) == before


def test_the_real_course_is_found_from_its_notebooks(counted, offline):
    success, module, out, err = run(
        tool.ROOT / "notebooks", [SETUP, "from rnn_helpers import _checks"], offline | counted.env
    )
    assert (success, out, err, counted.calls) == ([True] * 2, "", "", 0)
    assert module == tool.ROOT / "rnn_helpers"


def test_a_kernel_that_starts_in_the_folder_of_the_repository(course, tmp_path, counted, offline):
    folder = copy_of(course, tmp_path / "copy")
    success, module, _, err = run(folder, [SETUP, IMPORTS], offline | counted.env)
    assert (success, err, counted.calls) == ([True] * 2, "", 0)
    assert module == folder / "rnn_helpers"


def test_a_notebook_alone_fetches_the_course_once_and_quietly(lone, counted, online):
    env = online | counted.env
    fetched = lone / FETCHED
    first = run(lone, [SETUP, IMPORTS, SETUP, IMPORTS], env)
    assert first == ([True] * 4, fetched / "rnn_helpers", "set up 0\n" * 2, "")
    assert counted.calls == 1
    again = run(lone, [SETUP, IMPORTS], env)  # a new kernel
    assert again == ([True] * 2, fetched / "rnn_helpers", "set up 0\n", "")
    assert counted.calls == 1
    assert sorted(path.name for path in lone.iterdir()) == ["01.ipynb", FETCHED]


def test_what_is_fetched_is_the_branch_of_the_badges(course, lone, online):
    git(course, "checkout", "-q", "-b", "spring")
    (course / "rnn_helpers" / "spring.py").touch()
    git(course, "add", "-A")
    git(course, "commit", "-qm", "A course of its own")
    git(course, "checkout", "-q", HERE.branch)
    spring = address.setup_cell(HERE._replace(branch="spring"))
    run(lone, [spring, "import rnn_helpers.spring"], online)
    assert (lone / FETCHED / "rnn_helpers" / "spring.py").exists()


def test_what_was_fetched_is_shallow(course, lone, online):
    git(course, "commit", "--allow-empty", "-qm", "A second commit")
    run(lone, [SETUP], online)
    count = ["git", "-C", str(lone / FETCHED), "rev-list", "--count", "HEAD"]
    assert subprocess.run(count, capture_output=True, text=True).stdout == "1\n"


# Where there is no course, and no way to it -------------------------------------------------------


def ends_in_one_sentence(done):
    """Whether a run of the setup cell ended in the sentence and in nothing else."""
    success, module, out, err = done
    assert (success, module) == ([False], None)
    return (out + err).strip() == SENTENCE


def test_without_a_network_it_says_what_to_do(lone, offline):
    assert ends_in_one_sentence(run(lone, [SETUP], offline))
    assert [path.name for path in lone.iterdir()] == ["01.ipynb"]


def test_it_can_be_tried_again(lone, offline, online):
    run(lone, [SETUP], offline)
    success, module, out, err = run(lone, [SETUP, IMPORTS], online)
    assert (success, out, err) == ([True] * 2, "set up 0\n", "")
    assert module == lone / FETCHED / "rnn_helpers"


def test_a_name_that_leads_nowhere(lone):
    assert ends_in_one_sentence(run(lone, [SETUP], served_from("https://nowhere.invalid/course")))


def test_a_network_that_swallows_everything_is_given_up(lone):
    limit = "timeout 20 "
    assert limit in SETUP  # in seconds; less here, or the test would wait for it
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        env = served_from(f"http://127.0.0.1:{silent.getsockname()[1]}/course")
        assert ends_in_one_sentence(run(lone, [SETUP.replace(limit, "timeout 1 ")], env))
    assert [path.name for path in lone.iterdir()] == ["01.ipynb"]


class Guarded(http.server.BaseHTTPRequestHandler):
    """Answers as GitHub does for a repository that does not exist: it asks who you are."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
        self.end_headers()

    def log_message(self, *arguments) -> None:
        pass


def test_it_never_asks_for_a_password(lone, tmp_path):
    asked = tmp_path / "asked"
    program = tmp_path / "askpass"
    program.write_text(f"#!/bin/sh\ntouch {asked}\necho x\n")
    program.chmod(0o755)
    with http.server.HTTPServer(("127.0.0.1", 0), Guarded) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_address[1]}/course"
        env = served_from(place) | {"SSH_ASKPASS": str(program), "DISPLAY": ":0"}
        assert ends_in_one_sentence(run(lone, [SETUP], env))
        unguarded = SETUP.replace("GIT_ASKPASS=true ", "")
        assert not asked.exists()
        run(lone, [unguarded], env)  # so that we know that it would have been asked
        assert asked.exists()
        server.shutdown()


def test_a_machine_without_git(lone, tmp_path, online):
    (tmp_path / "bin").mkdir()
    for name in ("sh", "timeout"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    assert ends_in_one_sentence(run(lone, [SETUP], online | {"PATH": str(tmp_path / "bin")}))


def test_a_folder_that_cannot_be_written_to(online):
    # In /proc not even the superuser can write, whatever the permissions of other folders say.
    assert ends_in_one_sentence(run(Path("/proc"), [SETUP], online))


def test_the_whole_course_in_a_folder_that_cannot_be_written_to(course, tmp_path, offline):
    folder = copy_of(course, tmp_path / "copy")
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        success, module, _, err = run(folder / "notebooks", [SETUP, IMPORTS], offline)
    finally:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
    assert (success, err) == ([True] * 2, "")
    assert module == folder / "rnn_helpers"


# Folders that look like the course and are not ----------------------------------------------------


def foreign(folder):
    (folder / "rnn_helpers").mkdir(parents=True)
    (folder / "rnn_helpers" / "__init__.py").write_text("raise RuntimeError('foreign')\n")


@pytest.mark.parametrize("where", [".", ".."])
def test_a_foreign_rnn_helpers_is_passed_by(lone, online, where):
    foreign(lone / where)
    success, module, out, err = run(lone, [SETUP, IMPORTS], online)
    assert (success, out, err) == ([True] * 2, "set up 0\n", "")
    assert module == lone / FETCHED / "rnn_helpers"


def test_a_foreign_rnn_helpers_beside_the_notebooks_is_passed_by(course, tmp_path, offline):
    folder = copy_of(course, tmp_path / "copy") / "notebooks"
    foreign(folder)
    success, module, out, err = run(folder, [SETUP, IMPORTS], offline)
    assert (success, out, err) == ([True] * 2, "set up 0\n", "")
    assert module == folder.parent / "rnn_helpers"


def test_a_foreign_rnn_helpers_above_the_repository_is_passed_by(course, tmp_path, offline):
    foreign(tmp_path)
    folder = copy_of(course, tmp_path / "copy")
    success, module, out, err = run(folder, [SETUP, IMPORTS], offline)
    assert (success, out, err) == ([True] * 2, "set up 0\n", "")
    assert module == folder / "rnn_helpers"


def test_a_folder_of_the_reader_with_the_name_of_the_course_is_left_alone(lone, online):
    theirs = lone / FETCHED / "notes.txt"
    theirs.parent.mkdir()
    theirs.write_text("mine")
    assert ends_in_one_sentence(run(lone, [SETUP], online))
    assert theirs.read_text() == "mine"
    assert [path.name for path in theirs.parent.iterdir()] == ["notes.txt"]


# In a real kernel, and on an old Python -----------------------------------------------------------


def test_a_kernel_shows_the_sentence_and_stops(lone, offline):
    notebook = new_notebook(cells=[new_code_cell(SETUP), new_code_cell("print('ran on')")])
    with pytest.raises(tool.NotebookError, match="code cell 1: UsageError: No course here"):
        tool.execute(notebook, "lone.ipynb", lone, offline)


def test_an_older_python_is_told_which_one_is_needed():
    program = textwrap.dedent("""
        import collections, sys
        Version = collections.namedtuple("Version", "major minor micro releaselevel serial")
        sys.version_info = Version(3, 10, 13, "final", 0)
        try:
            import rnn_helpers
        except ImportError as error:
            print(error, [name for name in ("torch", "numpy") if name in sys.modules])
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tool.ROOT, capture_output=True, text=True
    )
    assert done.stdout == (
        "The course needs Python 3.11 or newer, but this is Python 3.10; choose another kernel, or "
        "install a newer Python. []\n"
    )


def test_pip_on_an_older_python_ends_at_once_and_in_words():
    lines = (tool.ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    first = next(line for line in lines if line and not line.startswith("#"))
    name, _, rest = first.partition(" @ ")
    place, _, marker = rest.partition(" ; ")
    assert name == "the-course-needs-python-3.11-or-newer"
    assert place == f"file:///{name}"  # named in pip's message; never looked up on an index
    assert marker == 'python_version < "3.11"'
    assert not Path(f"/{name}").exists()
