"""The maintainers' command for other environments; none is made here, and nothing is downloaded."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools import environments, repository
from tools import notebooks as tool

PYPROJECT = """[project]
dependencies = ["torch>=2.11", "numpy>=2.1; python_version >= '3'"]
[project.urls]
Repository = "https://github.com/_owner_/a-course"
[tool.course]
branch = "main"
"""
NOTEBOOK = "notebooks/01_tiny.ipynb"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return the folder of a tiny course, as ROOT."""
    root = tmp_path / "a course, é"
    for name, text in {
        "pyproject.toml": PYPROJECT,
        ".gitignore": "*.txt\n",
        "tracked.txt": "tracked",
        "ignored.txt": "ignored",
        "deleted.md": "deleted",
        "rnn_helpers/__init__.py": "answer = 'committed'\n",
        "rnn_helpers/course.mplstyle": "",
        NOTEBOOK: tool.to_text(new_notebook(cells=[new_code_cell("1"), new_code_cell("2")])),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(tool, "ROOT", root)
    return root


@pytest.fixture
def repo(course, tmp_path, monkeypatch):
    """Return the course as a git repository, with work that is not committed."""
    (tmp_path / "home" / "hooks").mkdir(parents=True)
    for name, value in (("HOME", str(tmp_path / "home")), ("GIT_CONFIG_NOSYSTEM", "1")):
        monkeypatch.setenv(name, value)
    git("init", "-q", cwd=course)
    git("add", "--all", cwd=course)
    git("add", "--force", "tracked.txt", cwd=course)
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all", cwd=course)
    (course / "deleted.md").unlink()
    (course / "rnn_helpers" / "__init__.py").write_text("answer = 'not committed'\n")
    (course / "rnn_helpers" / "new [1].py").write_text("new = True\n")
    return course


def git(*arguments, cwd, env=None):
    return subprocess.check_output(["git", *arguments], cwd=cwd, env=os.environ | (env or {}))


def files(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


# What is installed


def test_colab_is_what_the_file_says_and_within_what_the_course_allows():
    exact = dict(line.split("==") for line in environments.requirements("colab"))
    assert exact["torch"] == "2.11.0"
    assert "Python 3.13" in environments.COLAB.read_text("utf-8")
    numbers = {name: [*map(int, version.split("."))] for name, version in exact.items()}
    allowed = tomllib.loads((tool.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for package in allowed["dependencies"]:
        name, _, lowest = package.partition(">=")
        assert numbers[name] >= [*map(int, (lowest or "0").split("."))]


def test_newest_is_what_the_package_itself_allows(course):
    allowed = ["torch>=2.11", "numpy>=2.1; python_version >= '3'", "ipykernel"]
    assert environments.requirements("newest") == allowed
    assert environments.requirements("newest", "2.13.0") == [*allowed, "torch==2.13.0"]
    colab = environments.requirements("colab")
    assert environments.requirements("colab", "9+cpu") == ["torch==9+cpu", *colab[1:]]


def test_an_environment_is_made_with_the_python_that_was_named(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(environments, "called", lambda command: called.append(command))
    python = environments.prepare(tmp_path, "python9", ["a==1", "b>=2"])
    assert called[0] == ["python9", "-m", "venv", tmp_path]
    assert called[1][:3] == [python, "-m", "pip"]
    assert called[1][-4:] == ["install", "--upgrade", "a==1", "b>=2"]


@pytest.mark.slow
def test_what_a_failing_command_says(tmp_path):
    said = "echo 'ERROR: a==1 is nowhere' >&2; echo 'ERROR: ResolutionImpossible' >&2; false"
    for command, sentence in (
        (["sh", "-c", said], r"^sh -c .* failed: ERROR: a==1 is nowhere$"),
        (["sh", "-c", "echo one; echo two; false"], "failed: two$"),
        (["no-such"], "^no-such was not started: No such file or directory.$"),
    ):
        with pytest.raises(tool.NotebookError, match=sentence):
            environments.called(command)


# The course that git is given


@pytest.mark.slow
def test_git_gets_the_work_tree_as_it_is_and_nothing_else_is_touched(repo, tmp_path, monkeypatch):
    hook = tmp_path / "home" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (tmp_path / "home" / ".gitconfig").write_text(
        f"[core]\nhooksPath = {hook.parent}\n[commit]\ngpgSign = true\n[gpg]\nprogram = false\n"
    )
    for name, value in (("COUNT", "1"), ("KEY_0", "user.name"), ("VALUE_0", "somebody")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    before = files(repo)
    with monkeypatch.context() as hooked:  # as if git itself had started it
        hooked.setenv("GIT_DIR", str(repo / ".git"))
        hooked.setenv("GIT_INDEX_FILE", str(repo / ".git" / "index"))
        commit = environments.serve(tmp_path / "served")
    assert files(repo) == before
    address = repository.current().address
    env = environments.pointed_to((tmp_path / "served").as_uri(), address)
    git("clone", "-q", "--depth", "1", "-b", "main", address, "clone", cwd=tmp_path, env=env)
    given = {name: text for name, text in before.items() if not name.startswith((".git/", "ign"))}
    assert {"rnn_helpers/new [1].py", "tracked.txt"} < set(given)
    clone = files(tmp_path / "clone")
    assert {name: text for name, text in clone.items() if not name.startswith(".git/")} == given
    assert git("rev-parse", "HEAD", cwd=tmp_path / "clone").decode().strip() == commit
    assert git("config", "user.name", cwd=tmp_path / "clone", env=env) == b"somebody\n"


FIRST = """import os
print(os.listdir(), os.listdir("..") == [os.path.basename(os.getcwd())])"""
LAST = """import rnn_helpers
print(rnn_helpers.answer)
print(sorted(os.listdir()))"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("timeout"), reason="the setup cell is for Linux")
def test_a_notebook_alone_fetches_the_course_and_runs(repo, monkeypatch, capsys):
    setup = repository.setup_cell(repository.current())
    cells = [new_code_cell(source, execution_count=1) for source in (FIRST, setup, LAST)]
    cells[0].outputs = [new_output("stream", text="['01_tiny.ipynb'] True\n")]
    cells[2].outputs = [new_output("stream", text="committed\n['01_tiny.ipynb', 'rnn_course']\n")]
    text = tool.to_text(new_notebook(cells=cells))
    (repo / NOTEBOOK).write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(repo))  # where it would be found
    monkeypatch.setattr(environments, "prepare", lambda *given: Path(sys.executable))
    assert environments.main(["colab", "01_tiny"]) == 0
    used, difference, tiny, last = capsys.readouterr().out.splitlines()
    assert used.startswith(f"Python {sys.version.split()[0]}, ")
    assert ", torch==2." in used
    # The other cells said exactly what was expected: it was alone.
    cell = "01_tiny.ipynb, code cell 3"
    assert difference == f"{cell}: it says 'committed', but running it gives 'not committed'."
    assert tiny.startswith("01_tiny: ran, 1 cells differ, ")
    assert last == "Every notebook ran."
    assert (repo / NOTEBOOK).read_text("utf-8") == text


# What counts as a failure


@pytest.mark.parametrize(
    ("said", "fetched", "commit", "problems"),
    [
        ("stdout", True, "abc", []),
        ("stderr", True, "abc", ["01_tiny.ipynb, code cell 2: it wrote to stderr: Warning"]),
        ("stdout", False, "abc", ["01_tiny.ipynb: it did not fetch the course."]),
        ("stdout", True, "def", ["01_tiny.ipynb: it fetched another course than this one."]),
        (None, True, "abc", ["an error in a cell"]),
    ],
)
def test_what_counts_as_a_failure(course, monkeypatch, said, fetched, commit, problems):
    def execute(notebook, name, folder, env, python):
        if said is None:
            raise tool.NotebookError("an error in a cell")
        assert os.listdir(folder) == ["01_tiny.ipynb"]
        if fetched:
            (folder / repository.FETCHED).mkdir()
        outputs = [new_output("stream", name=said, text="Warning\n")]
        return new_notebook(cells=[notebook.cells[0], new_code_cell("2", outputs=outputs)])

    monkeypatch.setattr(tool, "execute", execute)
    monkeypatch.setattr(environments, "called", lambda command, cwd: commit + "\n")
    differences, found = environments.run(course / NOTEBOOK, Path("python"), "abc", {})
    assert found == problems
    assert len(differences) == (said is not None and commit == "abc" and fetched)


def test_the_exit_status_and_what_is_missing(course, monkeypatch, capsys):
    for arguments, sentence in (
        (["colab", "99_none"], "There is no notebook 99_none; give one of 01_tiny.\n"),
        (
            ["newest", "--python", "no-such"],
            "no-such was not started: No such file or directory.\n",
        ),
    ):
        assert environments.main(arguments) == 1
        assert capsys.readouterr().err == sentence
    monkeypatch.setattr(environments, "run_all", lambda options, temporary: ["a", "b"])
    assert environments.main(["newest"]) == 1
    assert capsys.readouterr().out == "a\nb\n"
    monkeypatch.undo()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert environments.main(["newest"]) == 1
    assert capsys.readouterr().err.endswith("run this on Linux.\n")
