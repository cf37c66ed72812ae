"""The maintainers' command for other environments; none is made here, and nothing is downloaded."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools import environments, repository
from tools import notebooks as tool

COLAB = [
    "torch==2.11.0",
    "numpy==2.1.3",
    "matplotlib==3.10.0",
    "ipywidgets==7.7.1",
    "ipython==7.34.0",
    "ipykernel==6.17.1",
    "pillow==11.3.0",
    "tqdm==4.67.3",
]
PYPROJECT = """[project]
dependencies = ["torch>=2.11", "numpy>=2.1; python_version >= '3'"]
[project.urls]
Repository = "https://github.com/_owner_/a-course"
[tool.course]
branch = "main"
"""
ADDRESS = "https://github.com/_owner_/a-course"
with_a_shell = pytest.mark.skipif(sys.platform == "win32", reason="the cell or the script is sh")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return the git repository of a tiny course, with work that is not committed, as ROOT."""
    root = tmp_path / "a course, é"
    for name, text in {
        "pyproject.toml": PYPROJECT,
        ".gitignore": "ignored.txt\nbut_tracked.txt\n",
        "but_tracked.txt": "tracked",
        "ignored.txt": "ignored",
        "deleted.txt": "deleted",
        "rnn_helpers/__init__.py": "answer = 'committed'\n",
        "rnn_helpers/course.mplstyle": "",
        "notebooks/beside.txt": "beside",
        "notebooks/01_tiny.ipynb": tool.to_text(new_notebook()),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    monkeypatch.setenv("GIT_ASKPASS", "true")
    monkeypatch.setattr(tool, "ROOT", root)
    git("init", "-q", cwd=root)
    git("add", "--all", cwd=root)
    git("add", "--force", "but_tracked.txt", cwd=root)
    who = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    git(*who, "commit", "-q", "-m", "all", cwd=root)
    (root / "deleted.txt").unlink()
    (root / "rnn_helpers" / "__init__.py").write_text("answer = 'not committed'\n")
    (root / "rnn_helpers" / "new [1].py").write_text("new = True\n")
    return root


def git(*arguments, cwd, env=None):
    done = subprocess.run(
        ["git", *arguments], cwd=cwd, env=os.environ | (env or {}), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


# What is installed


def test_the_file_holds_the_versions_of_colab_and_nothing_else():
    assert environments.requirements("colab") == COLAB
    assert "Python 3.13" in environments.COLAB.read_text(encoding="utf-8")


def test_colab_with_another_torch():
    assert environments.requirements("colab", "2.13.0+cpu") == ["torch==2.13.0+cpu", *COLAB[1:]]


def test_newest_is_what_the_package_itself_allows(course):
    allowed = ["torch>=2.11", "numpy>=2.1; python_version >= '3'", "ipykernel"]
    assert environments.requirements("newest") == allowed
    assert environments.requirements("newest", "2.13.0") == [*allowed, "torch==2.13.0"]


def test_newest_of_this_course_covers_every_package_that_is_reported():
    names = {line.split(">")[0].split("=")[0] for line in environments.requirements("newest")}
    assert set(environments.PACKAGES) <= names


def test_the_packages_of_colab_are_within_what_the_course_allows():
    def number(version):
        return [int(part) for part in version.split(".")]

    exact = dict(line.split("==") for line in COLAB)
    lowest = [line.split(">=") for line in environments.requirements("newest") if ">=" in line]
    assert len(lowest) >= 5
    assert all(number(exact[name]) >= number(version) for name, version in lowest)


# The course that git is given


def test_git_gets_the_work_tree_as_it_is_and_nothing_is_written_elsewhere(
    course, tmp_path, monkeypatch
):
    before, status = files(course), git("status", "--porcelain", cwd=course)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "somebody")
    served = tmp_path / "a folder" / "served.git"
    commit = environments.serve(served)
    env = environments.pointed_to(served.as_uri(), ADDRESS)

    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", ADDRESS, str(clone), cwd=tmp_path, env=env)
    expected = {name: text for name, text in before.items() if name != "ignored.txt"}
    assert expected["rnn_helpers/__init__.py"] == "answer = 'not committed'\n"
    assert {"rnn_helpers/new [1].py", "but_tracked.txt"} < set(expected)
    assert files(clone) == expected
    assert git("rev-parse", "HEAD", cwd=clone).strip() == commit
    assert git("log", "--oneline", cwd=clone).count("\n") == 1

    assert git("config", "user.name", cwd=clone, env=env) == "somebody\n"
    assert git("rev-parse", "--is-bare-repository", cwd=served) == "true\n"
    assert files(course) == before
    assert git("status", "--porcelain", cwd=course) == status
    assert list((tmp_path / "home").iterdir()) == []


@with_a_shell
def test_a_hook_or_a_signature_of_the_maintainer_does_not_get_in_the_way(
    course, tmp_path, monkeypatch
):
    hook = tmp_path / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (tmp_path / "home" / ".gitconfig").write_text(
        f"[core]\nhooksPath = {hook.parent}\n[commit]\ngpgSign = true\n[gpg]\nprogram = false\n"
    )
    assert len(environments.serve(tmp_path / "served.git")) == 40


def test_started_by_git_itself_it_writes_nothing_to_the_index(course, tmp_path, monkeypatch):
    index = course / ".git" / "index"
    before = index.read_bytes()
    for name, path in (("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/index"), ("GIT_PREFIX", "")):
        monkeypatch.setenv(name, str(course / path) if path else "")
    environments.serve(tmp_path / "served.git")
    assert index.read_bytes() == before


def test_a_course_outside_git_is_reported(course, tmp_path):
    (course / ".git").rename(tmp_path / "gone")
    with pytest.raises(tool.NotebookError, match=r"^git could not serve the course: .*git repos"):
        environments.serve(tmp_path / "served.git")


def test_a_machine_that_cannot_run_the_setup_cell_is_reported(course, monkeypatch, capsys):
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "timeout" else which(name))
    assert environments.main(["here"]) == 1
    assert capsys.readouterr().err == (
        "The setup cell fetches the course with Linux's program timeout, which is not here; run "
        "this on Linux.\n"
    )


def test_a_machine_without_git_is_reported(course, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(tool.NotebookError, match=r"^git was not found"):
        environments.serve(tmp_path / "served.git")


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        (None, "did not load rnn_helpers"),
        ("elsewhere", "not from what it fetched, but from "),
        ("another commit", "another course than the one that was served"),
        ("fetched", None),
    ],
)
def test_only_the_course_that_was_served_counts(course, tmp_path, where, sentence):
    folder = tmp_path / "alone"
    fetched = folder / repository.FETCHED
    shutil.copytree(course, fetched)
    commit = git("rev-parse", "HEAD", cwd=fetched).strip()
    base = course if where == "elsewhere" else fetched
    file = None if where is None else str(base / "rnn_helpers" / "__init__.py")
    commit = "0" * 40 if where == "another commit" else commit
    found = environments.from_elsewhere(file, folder, commit)
    assert found is None if sentence is None else sentence in found


# One notebook, really executed

FIRST = """import os

print(os.listdir(), os.listdir("..") == [os.path.basename(os.getcwd())])
print(f"{os.environ['PYTHONPATH']!r}, kernel {os.environ.get('STARTED_BY')}")"""
LAST = """import rnn_helpers

print(rnn_helpers.answer)
print(sorted(os.listdir()))"""


@with_a_shell
def test_a_notebook_alone_fetches_the_course_and_runs(course, tmp_path, monkeypatch, capsys):
    """In this Python, started by a script in a folder that looks like an environment."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nSTARTED_BY=environment exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    path = course / "notebooks" / "01_tiny.ipynb"
    setup = repository.setup_cell(repository.current())
    assert setup.replace("/a-course", "/NAME").replace("_owner_", "OWNER").count("OWNER/NAME") == 1
    cells = [new_code_cell(source, execution_count=1) for source in (FIRST, setup, LAST)]
    cells[0].outputs = [
        new_output("stream", text="['01_tiny.ipynb'] True\n'', kernel environment\n")
    ]
    cells[2].outputs = [
        new_output("stream", text="committed\n['01_tiny.ipynb', 'rnn_course']\n"),
    ]
    text = tool.to_text(new_notebook(cells=cells))
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(course))  # where it would be found
    arguments = ["colab", "--venv", str(python.parents[1]), "01_tiny", "--differences"]
    assert environments.main(arguments) == 0
    _, head, tiny, _, used, difference = capsys.readouterr().out.splitlines()
    assert head.split() == ["notebook", "seconds", "peak", "MB", "differ"]
    name, seconds, megabytes, differ = tiny.split()
    assert (name, differ) == ("01_tiny", "1")
    assert 0.1 < float(seconds) < 120
    assert 10 < float(megabytes) < 500
    version = ".".join(str(part) for part in sys.version_info[:3])
    assert used.startswith(f"Python {version}, torch 2.")
    assert "missing" not in used
    # Both other cells said exactly what was expected: alone, nothing in PYTHONPATH, its own Python.
    assert difference == (
        "01_tiny.ipynb, code cell 3: it says 'committed', but running it gives 'not committed'."
    )
    assert path.read_text(encoding="utf-8") == text
    assert not {".ipython", ".config", ".cache"} & set(os.listdir(tmp_path / "home"))


# What counts as a failure


def executed_as(monkeypatch, outputs, peak=300_000_000, course="the course"):
    """Let every notebook be executed to these outputs, as if by a kernel with such a peak."""

    def execute(notebook, name, folder, env, python):
        assert os.listdir(folder) == [name]
        answer = json.dumps({"peak": peak, "course": course})
        said = [*outputs, [new_output("stream", text="left over\n" + answer + "\n")]]
        assert len(notebook.cells) == len(said)
        for cell, shown in zip(notebook.cells, said, strict=True):
            cell.outputs = shown
        return notebook

    monkeypatch.setattr(tool, "execute", execute)
    monkeypatch.setattr(environments, "from_elsewhere", lambda course, folder, commit: None)


@pytest.fixture
def two_cells(course):
    path = course / "notebooks" / "01_tiny.ipynb"
    cells = [new_code_cell("1"), new_code_cell("2")]
    path.write_text(tool.to_text(new_notebook(cells=cells)), encoding="utf-8")
    return path


def run(path):
    return environments.run(path, Path(sys.executable), "0" * 40, {})


def test_whatever_is_said_on_stderr_is_a_failure(two_cells, monkeypatch):
    warning = new_output("stream", name="stderr", text="\nUserWarning: old\n  more\n")
    executed_as(monkeypatch, [[], [new_output("stream", text="fine\n"), warning]])
    assert run(two_cells).problems == [
        "01_tiny.ipynb, code cell 2: it wrote to stderr: UserWarning: old"
    ]


@pytest.mark.parametrize(
    ("peak", "megabytes", "problems"),
    [
        (None, None, []),
        (999_000_000, 999, []),
        (1_000_000_000, 1000, []),
        (
            1_001_000_000,
            1001,
            ["01_tiny.ipynb: its kernel took 1001 MB of memory, more than 1000 MB."],
        ),
    ],
)
def test_too_much_memory_is_a_failure(two_cells, monkeypatch, peak, megabytes, problems):
    executed_as(monkeypatch, [[], []], peak=peak)
    done = run(two_cells)
    assert done.megabytes == megabytes
    assert done.problems == problems


def test_a_course_from_elsewhere_is_a_failure(two_cells, monkeypatch):
    executed_as(monkeypatch, [[], []])
    monkeypatch.setattr(
        environments, "from_elsewhere", lambda *given: f"{given[0]}, {given[1].name}, {given[2]}."
    )
    assert run(two_cells).problems == [f"01_tiny.ipynb: the course, alone, {'0' * 40}."]


def test_cells_whose_output_may_differ_are_not_counted(two_cells, monkeypatch):
    notebook = tool.read(two_cells)
    notebook.cells[0].metadata["tags"] = [tool.IGNORED]
    two_cells.write_text(tool.to_text(notebook), encoding="utf-8")
    executed_as(monkeypatch, [[new_output("stream", text=text)] for text in ("one\n", "two\n")])
    done = run(two_cells)
    assert done.problems == []
    assert done.differences == [
        "01_tiny.ipynb, code cell 2: it says '(nothing)', but running it gives 'two'."
    ]


def test_the_table_and_the_exit_status(course, monkeypatch, capsys):
    shutil.copy(course / "notebooks" / "01_tiny.ipynb", course / "notebooks" / "02_more.ipynb")
    runs = {
        "01_tiny.ipynb": environments.Run("01_tiny", 1.26, None, ["a difference"], []),
        "02_more.ipynb": environments.Run("02_more", None, None, [], ["a problem"]),
    }
    monkeypatch.setattr(environments, "versions", lambda python, env: {"Python": "3.9", "x": "1"})
    pythons = set()
    monkeypatch.setattr(
        environments, "run", lambda path, python, *_: pythons.add(python) or runs[path.name]
    )
    assert environments.main(["here"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:3]] == [
        ["01_tiny", "1.3", "-", "1"],
        ["02_more", "-", "-", "-", "FAILED"],
    ]
    assert lines[4:] == [
        "This system does not tell how much memory a process took.",
        "Python 3.9, x 1",
        "a problem",
        "1 of 2 notebooks failed",
    ]
    assert environments.main(["here", "02_more"]) == 1
    assert "This system" not in capsys.readouterr().out
    assert environments.main(["here", "01_tiny", "--differences"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "a difference"
    assert pythons == {Path(sys.executable)}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (tool.NotebookError("01_tiny.ipynb, code cell 1: NameError: x"), "code cell 1: NameError"),
        (RuntimeError("Kernel died"), "01_tiny.ipynb: no kernel was started: Kernel died."),
    ],
)
def test_a_notebook_that_cannot_be_run_is_named(course, monkeypatch, capsys, error, sentence):
    def execute(notebook, name, folder, env, python):
        raise error

    monkeypatch.setattr(tool, "execute", execute)
    monkeypatch.setattr(environments, "versions", lambda python, env: {"Python": "3.9"})
    assert environments.main(["here"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("01_tiny.ipynb")
    assert sentence in lines[-2]
    assert lines[-1] == "1 of 1 notebooks failed"


# Environments: what is called to make one, and what is said if it fails


@pytest.fixture
def commands(monkeypatch):
    """Replace every command by one that does nothing; return what was called, and with what."""
    called = []

    def run(command, env, **_):
        called.append((command, env))
        if command[1:3] == ["-m", "venv"]:
            python = environments.python_of(Path(command[3]))
            python.parent.mkdir(parents=True)
            python.touch()
        return subprocess.CompletedProcess(command, 0, '{"Python": "3.13"}\n', "")

    monkeypatch.setattr(environments.subprocess, "run", run)
    return called


def test_a_fresh_environment_is_made_with_the_python_that_was_named(commands, tmp_path, capsys):
    venv = tmp_path / "venv"
    python = environments.prepare(venv, sys.executable, ["a==1", "b>=2"], {"PYTHONPATH": ""})
    assert python == environments.python_of(venv)
    (make, _), (install, env) = commands
    assert make == [sys.executable, "-m", "venv", str(venv)]
    assert install[:3] == [str(python), "-m", "pip"]
    assert install[-4:] == ["install", "--upgrade", "a==1", "b>=2"]
    assert env["PYTHONPATH"] == ""
    assert capsys.readouterr().out == "Installing a==1, b>=2\n"


def test_an_environment_that_exists_is_taken_as_it_is(commands, tmp_path, capsys):
    python = environments.python_of(tmp_path)
    python.parent.mkdir()
    python.touch()
    assert environments.prepare(tmp_path, "no-such-python", ["a==1"], {}) == python
    assert commands == []
    assert capsys.readouterr().out == f"Taking {tmp_path} as it is.\n"


@pytest.mark.parametrize(("given", "kept"), [([], False), (["--venv", "kept"], True)])
def test_the_environment_is_removed_unless_a_folder_is_named(
    course, commands, tmp_path, monkeypatch, given, kept
):
    pythons = []
    monkeypatch.setattr(environments, "serve", lambda served: "")
    monkeypatch.setattr(
        environments,
        "run",
        lambda path, python, *_: (
            pythons.append(python) or environments.Run(path.stem, None, None, [], [])
        ),
    )
    monkeypatch.chdir(tmp_path)
    assert environments.main(["colab", "--torch", "2.13.0", *given]) == 0
    assert commands[1][0][-len(COLAB) :] == ["torch==2.13.0", *COLAB[1:]]
    assert commands[2][0][0] == str(pythons[0])
    assert pythons[0].is_absolute()  # the kernel works in another folder
    assert pythons[0].exists() == kept
    assert (tmp_path / "kept").exists() == kept


@pytest.mark.parametrize("more", ["", "ERROR: ResolutionImpossible: for help visit ...\n"])
def test_an_install_that_fails_leaves_nothing_behind(commands, tmp_path, monkeypatch, more):
    working = environments.subprocess.run

    def run(command, env, **_):
        if "pip" in command:
            said = f"ERROR: a\nERROR: No matching distribution found for a==1\n{more}"
            return subprocess.CompletedProcess(command, 1, "", said)
        return working(command, env)

    monkeypatch.setattr(environments.subprocess, "run", run)
    with pytest.raises(tool.NotebookError) as error:
        environments.prepare(tmp_path / "venv", sys.executable, ["a==1"], {})
    assert (
        str(error.value) == "pip could not install this: No matching distribution found for a==1."
    )
    assert not (tmp_path / "venv").exists()


@with_a_shell
def test_a_python_without_a_kernel_is_reported(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'ModuleNotFoundError: No module named ipykernel' >&2\nfalse")
    python.chmod(0o755)
    with pytest.raises(tool.NotebookError, match=r"cannot run the notebooks: Mod.* ipykernel\.$"):
        environments.versions(python, {})
    with pytest.raises(tool.NotebookError, match=r"no-such cannot run the notebooks: No such"):
        environments.versions(tmp_path / "no-such", {})


@pytest.mark.parametrize(
    ("system", "place"), [("posix", "bin/python"), ("nt", "Scripts/python.exe")]
)
def test_where_python_lies_in_an_environment(tmp_path, monkeypatch, system, place):
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", system)
        python = environments.python_of(tmp_path)
    assert python.relative_to(tmp_path).as_posix() == place


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["here", "99_none"], "There is no notebook 99_none; give one of 01_tiny.\n"),
        (["colab", "--python", "no-such"], "There is no Python no-such; give the path of one.\n"),
        (["colab", "--torch", ">=2"], "'>=2' is no version of torch; give one such as 2.13.0.\n"),
        (["newest", "--venv", "."], " is no virtual environment; give another folder.\n"),
        (["newest", "--venv", "file"], "file is no virtual environment; give another folder.\n"),
        (["newest", "--venv", "bad", "--python", "git"], "git made no virtual environment: "),
    ],
)
def test_bad_arguments_get_a_sentence(course, tmp_path, monkeypatch, capsys, arguments, sentence):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert environments.main(arguments) == 1
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert "notebook  " not in said.out  # no table was begun


def test_a_package_without_dependencies_is_reported(course):
    (course / "pyproject.toml").write_text(PYPROJECT.replace("dependencies", "dependents"))
    with pytest.raises(tool.NotebookError, match=r"^pyproject.toml lists no dependencies"):
        environments.requirements("newest")


@pytest.mark.parametrize(
    "arguments", [[], ["there"], ["here", "--torch", "2.13.0"], ["here", "--venv", "v"]]
)
def test_here_makes_no_environment(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        environments.main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err
