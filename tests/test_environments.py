"""The maintainers' command for other environments; none is made here, and nothing is downloaded."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from packaging.requirements import Requirement

from tools import environments, repository
from tools import notebooks as tool

PYPROJECT = """[project]
dependencies = ["torch>=2.11", "numpy>=2.1; python_version >= '3'"]
[project.urls]
Repository = "https://github.com/_owner_/a-course"
[tool.course]
branch = "main"
"""
LOOK = """import os
print(os.listdir(), os.listdir("..") == [os.path.basename(os.getcwd())])"""
USE = """import rnn_helpers
print(rnn_helpers.answer, sorted(os.listdir("rnn_course") + os.listdir(rnn_helpers.__path__[0])))"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return the folder of a tiny course, as ROOT."""
    monkeypatch.setattr(tool, "ROOT", tmp_path / "a course, é")
    (tool.ROOT / "notebooks").mkdir(parents=True)
    (tool.ROOT / "pyproject.toml").write_text(PYPROJECT)
    setup = repository.setup_cell(repository.current())
    cells = [new_code_cell(source) for source in (LOOK, setup, USE)]
    text = tool.to_text(new_notebook(cells=cells))
    (tool.ROOT / "notebooks" / "01_tiny.ipynb").write_text(text, encoding="utf-8")
    return tool.ROOT


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_colab_is_what_the_file_says_and_within_what_the_course_allows():
    exact = dict(line.split("==") for line in environments.requirements("colab"))
    assert exact["torch"] == "2.11.0"
    assert "Python 3.13" in environments.COLAB.read_text("utf-8")
    allowed = tomllib.loads((tool.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for package in allowed["dependencies"]:
        assert Requirement(package).specifier.contains(exact[Requirement(package).name])


def test_newest_is_what_the_package_itself_allows(course):
    allowed = ["torch>=2.11", "numpy>=2.1; python_version >= '3'", "ipykernel"]
    assert environments.requirements("newest") == allowed


@pytest.mark.slow
def test_a_notebook_alone_fetches_the_work_tree_as_it_is(course, tmp_path, monkeypatch, capsys):
    """Even if git itself started this, under settings that stop every commit."""
    for name in (".gitignore", "tracked.txt", "ignored.txt", "gone.md"):
        (course / name).write_text("*.txt\n")
    (course / "rnn_helpers").mkdir()
    (course / "rnn_helpers" / "course.mplstyle").touch()
    (course / "rnn_helpers" / "__init__.py").write_text("answer = 'committed'\n")
    for command in ("init", "add -A", "add -f tracked.txt", "commit -m all"):
        who = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
        subprocess.run(["git", *who, *command.split()], cwd=course, capture_output=True, check=True)
    (course / "gone.md").unlink()
    (course / "rnn_helpers" / "__init__.py").write_text("answer = 'not committed'\n")
    (course / "rnn_helpers" / "new [1].py").touch()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[commit]\ngpgSign = true\n[gpg]\nprogram = no\n")
    for name, value in {
        "HOME": str(tmp_path / "home"),
        "GIT_DIR": str(course / ".git"),
        "GIT_INDEX_FILE": str(course / ".git" / "index"),
        "GIT_CONFIG_COUNT": "1",  # is kept, and another is added
        "GIT_CONFIG_KEY_0": "core.autocrlf",
        "GIT_CONFIG_VALUE_0": "false",
        "PYTHONPATH": str(course),  # where the course would be found, too
        "JPY_SESSION_NAME": str(course / "notebooks" / "01_tiny.ipynb"),  # likewise
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(environments, "prepare", lambda *given: Path(sys.executable))
    before = contents(course)
    assert environments.main(["colab", "01_tiny"]) == 0
    used, look, use, tiny, last = capsys.readouterr().out.splitlines()
    assert used.startswith(f"Python {sys.version.split()[0]}, ")
    assert ", torch==2." in used
    assert look.endswith("""but running it gives "['01_tiny.ipynb'] True".""")
    names = [".git", ".gitignore", "__init__.py", "course.mplstyle", "new [1].py"]
    names += ["notebooks", "pyproject.toml", "rnn_helpers", "tracked.txt"]
    assert use.replace("'__pycache__', ", "").endswith(f'gives "not committed {names}".')
    assert tiny.startswith("01_tiny: ran, 2 cells differ, ")
    assert last == "Every notebook ran."
    assert contents(course) == before


@pytest.mark.parametrize(
    ("said", "fetched", "commit", "problems"),
    [
        ("stdout", True, "abc", []),
        ("stderr", True, "abc", ["01_tiny.ipynb, code cell 1: it wrote to stderr: Warning"]),
        ("stdout", False, "abc", ["01_tiny.ipynb: it did not fetch the course."]),
        ("stdout", True, "def", ["01_tiny.ipynb: it fetched another course than this one."]),
        (None, True, "abc", ["an error in a cell"]),
    ],
)
def test_what_counts_as_a_failure(course, monkeypatch, said, fetched, commit, problems):
    def execute(notebook, name, folder, env, python):
        if said is None:
            raise tool.NotebookError("an error in a cell")
        assert os.listdir(folder) == [name]
        if fetched:
            (folder / repository.FETCHED).mkdir()
        outputs = [new_output("stream", name=said, text="Warning\n")]
        return new_notebook(cells=[new_code_cell("", outputs=outputs), *notebook.cells[1:]])

    monkeypatch.setattr(tool, "execute", execute)
    monkeypatch.setattr(environments, "called", lambda command, cwd: commit + "\n")
    path = course / "notebooks" / "01_tiny.ipynb"
    differences, found = environments.run(path, Path("python"), "abc", {})
    assert found == problems
    assert len(differences) == (said is not None and commit == "abc" and fetched)


def test_what_is_missing_is_said(course, monkeypatch, capsys):
    assert environments.main(["colab", "99"]) == 1
    assert capsys.readouterr().err == "There is no notebook 99; give one of 01_tiny.\n"
    assert environments.main(["newest", "--python", "no-such"]) == 1
    assert capsys.readouterr().err.startswith("no-such was not started: ")
