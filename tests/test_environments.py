"""The maintainers' command for other environments; none is made here, and nothing is downloaded."""

import os
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


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return the folder of a tiny course, as ROOT."""
    monkeypatch.setattr(tool, "ROOT", tmp_path / "a course, é")
    (tool.ROOT / "notebooks").mkdir(parents=True)
    (tool.ROOT / "pyproject.toml").write_text(PYPROJECT)
    setup = repository.setup_cell(repository.current())
    cells = [new_code_cell(source) for source in ("", setup)]
    text = tool.to_text(new_notebook(cells=cells))
    (tool.ROOT / "notebooks" / "01_tiny.ipynb").write_text(text, encoding="utf-8")
    return tool.ROOT


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
