"""One command writes the address of a fork everywhere, and every address agrees with one key."""

import json
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import notebooks as tool
from tools import repository as address

HERE = address.current()
FORK = address.Repository("Some-Teacher", "rnn.course_2", "trunk")
FIRST = "notebooks/01_create_the_wave.ipynb"
FILES = ("pyproject.toml", "README.md", "notebooks")


@pytest.fixture
def copy(tmp_path):
    """A git repository with the files that hold an address."""
    root = tmp_path / "copy"
    root.mkdir()
    for name in FILES:
        source = tool.ROOT / name
        ignored = shutil.ignore_patterns(".ipynb_checkpoints")
        (shutil.copytree if source.is_dir() else shutil.copy)(
            source, root / name, **({"ignore": ignored} if source.is_dir() else {})
        )
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def texts(root):
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


# This repository ----------------------------------------------------------------------------------


def test_every_address_here_agrees_with_the_one_key():
    assert address.check(tool.ROOT) == []


def test_the_placeholder_cannot_be_somebodys_account():
    # GitHub's logins have letters, digits and hyphens: nobody can register this one and be run.
    assert not address.PLACEHOLDER.replace("-", "").isalnum()


# set-repo on a copy -------------------------------------------------------------------------------


def test_set_repo_changes_every_address_and_nothing_else(copy):
    old, before = address.current(copy), texts(copy)
    changed = address.set_repo(copy, FORK)
    after = texts(copy)
    assert sorted(changed) == sorted(before)
    assert address.current(copy) == FORK
    assert address.check(copy) == []
    for name, text in after.items():
        assert str(old) not in text, name
        assert f"/{old.name}" not in text, name
        assert f"%2F{old.name}%2F" not in text, name
        assert str(FORK) in text, name
    assert address.set_repo(copy, old) == changed
    assert texts(copy) == before


def test_the_readme_says_so_as_long_as_the_badges_lead_nowhere(copy):
    for repository, said in ((FORK, 0), (FORK._replace(owner=address.PLACEHOLDER), 1)):
        address.set_repo(copy, repository)
        assert (copy / "README.md").read_text("utf-8").count("They lead nowhere yet") == said


def test_set_repo_twice_changes_nothing_more(copy):
    assert address.set_repo(copy, FORK)
    once = texts(copy)
    assert address.set_repo(copy, FORK) == []
    assert texts(copy) == once


def test_outputs_and_cell_ids_stay(copy):
    def kept(root):
        return [
            [(cell.id, cell.get("outputs"), cell.get("execution_count")) for cell in notebook.cells]
            for notebook in map(tool.read, sorted((root / "notebooks").glob("*.ipynb")))
        ]

    before = kept(copy)
    address.set_repo(copy, FORK)
    assert kept(copy) == before


def test_the_setup_cell_of_a_fork_fetches_the_fork(copy):
    address.set_repo(copy, FORK)
    for path in sorted((copy / "notebooks").glob("*.ipynb")):
        setup = tool.code_cells(tool.read(path))[0].source
        fetched = "-b trunk 2>/dev/null https://github.com/Some-Teacher/rnn.course_2 rnn_course"
        assert fetched in setup


def test_badges_lead_to_their_own_notebook(copy):
    address.set_repo(copy, FORK)
    for path in sorted((copy / "notebooks").glob("*.ipynb")):
        lines = tool.read(path).cells[0].source.splitlines()
        assert lines[0].startswith("# ")
        colab = (
            "(https://colab.research.google.com/github/Some-Teacher/rnn.course_2/blob/trunk/"
            f"notebooks/{path.name})"
        )
        binder = (
            "(https://mybinder.org/v2/gh/Some-Teacher/rnn.course_2/trunk"
            f"?urlpath=lab%2Ftree%2Fnotebooks%2F{path.name})"
        )
        assert colab in lines[2]
        assert binder in lines[2]


def test_the_hub_link_is_what_nbgitpuller_reads(copy):
    address.set_repo(copy, FORK)
    link = (
        "https://hub.example.org/hub/user-redirect/git-pull"
        "?repo=https%3A%2F%2Fgithub.com%2FSome-Teacher%2Frnn.course_2&branch=trunk"
        "&urlpath=lab%2Ftree%2Frnn.course_2%2Fnotebooks%2F01_create_the_wave.ipynb"
    )
    assert f"```text\n{link}\n```" in (copy / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/Some-Teacher/rnn.course_2",
        "https://github.com/Some-Teacher/rnn.course_2.git",
        "https://token@github.com/Some-Teacher/rnn.course_2.git",
        "git@github.com:Some-Teacher/rnn.course_2.git",
        "ssh://git@github.com/Some-Teacher/rnn.course_2.git",
        "ssh://git@ssh.github.com:443/Some-Teacher/rnn.course_2.git",
        "http://www.GitHub.com/Some-Teacher/rnn.course_2/",
    ],
)
def test_set_repo_takes_the_address_from_gits_remote(copy, remote, capsys):
    subprocess.run(["git", "-C", str(copy), "remote", "add", "origin", remote], check=True)
    assert address.main(["set-repo"], copy) == 0
    assert address.current(copy) == FORK._replace(branch=HERE.branch)
    number = len(tool.find()) + 2  # the notebooks, the key and the README
    said = f"Some-Teacher/rnn.course_2, branch {HERE.branch}. Files changed: {number}\n"
    assert said in capsys.readouterr().out


def test_the_command_from_another_folder():
    program = tool.ROOT / "tools" / "repository.py"
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, cwd="/")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Every address is that of {address.current()}, branch {HERE.branch}.\n"


def test_set_repo_takes_a_branch(copy, capsys):
    assert address.main(["set-repo", "a/b", "--branch", "x/y"], copy) == 0
    assert address.current(copy) == ("a", "b", "x/y")
    assert address.check(copy) == []


# What disagrees is named --------------------------------------------------------------------------


def spoils(name, old, new):
    """Return a change of a file of a copy."""

    def change(root):
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (spoils("README.md", f"github/{HERE}/blob", "github/x/y/blob"), "README.md"),
        (spoils("README.md", f"gh/{HERE}/{HERE.branch}", f"gh/{HERE}/old"), "README.md"),
        (spoils("README.md", HERE.owner + "%2F", "x%2F"), "README.md"),
        (spoils(FIRST, f"gh/{HERE}/", "gh/x/y/"), FIRST),
        (spoils(FIRST, f"2>/dev/null {HERE.address}", "https://github.com/x/y"), FIRST),
        (spoils(FIRST, f"-b {HERE.branch} ", "-b old "), FIRST),
        (spoils("pyproject.toml", str(HERE), "x/y"), FIRST),
        (
            spoils("README.md", "## Licence", "See git@github.com:x/y.git\n\n## Licence"),
            "README.md",
        ),
        (spoils("README.md", "## Licence", "https://github.com/x/y.\n\n## Licence"), "README.md"),
        (spoils("README.md", "## Licence", "https://codespaces.new/x/y\n\n## L"), "README.md"),
        (spoils("README.md", "## Licence", "https://nbviewer.org/github/x/y/\n"), "README.md"),
        (spoils("README.md", "## Licence", "//raw.githubusercontent.com/x/y/\n"), "README.md"),
    ],
)
def test_an_address_that_disagrees_is_found(copy, change, named, capsys):
    assert address.main([], copy) == 0
    change(copy)
    assert any(problem.startswith(named) for problem in address.check(copy))
    assert address.main([], copy) == 1
    assert named in capsys.readouterr().out


def test_a_strangers_address_in_any_file_is_found(copy):
    (copy / ".github").mkdir()
    (copy / ".github" / "a.yml").write_text("a: b\nurl: https://github.com/x/y/issues\n")
    (copy / "picture.png").write_bytes(b"\x89PNG\xff https://github.com/x/y")
    (copy / "notebooks" / "a.html").write_text("https://github.com/x/y")  # a page for print
    said = f".github/a.yml, line 2: it names x/y, not {HERE}; if that is meant, list it as others"
    assert address.check(copy) == [f"{said} in pyproject.toml."]
    spoils("pyproject.toml", "others = []", 'others = ["x/y"]')(copy)
    assert address.check(copy) == []


def test_it_needs_no_git(copy, monkeypatch):
    shutil.rmtree(copy / ".git")
    monkeypatch.setenv("PATH", str(copy))
    assert address.main(["set-repo", "x/y"], copy) == 0
    assert address.main([], copy) == 0


def test_the_layout_of_a_file_is_not_an_address(copy):
    path = copy / FIRST
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=3), encoding="utf-8")
    assert address.check(copy) == []


def test_a_notebook_without_ids_is_taken(copy):
    path = copy / FIRST
    cells = json.loads(path.read_text("utf-8"))
    for cell in cells["cells"]:
        del cell["id"]
    path.write_text(json.dumps(cells | {"nbformat_minor": 0}), encoding="utf-8")
    address.set_repo(copy, FORK)
    assert str(FORK) in path.read_text("utf-8")
    assert address.check(copy) == []


# Bad input changes nothing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given_name",
    ["", "x", "x/", "/y", "x/y/z", "x y/z", "https://gitlab.com/x/y", "x-/y", "x/..", "x--y-/z"],
)
def test_what_is_no_repository_is_refused(copy, given_name, capsys):
    before = texts(copy)
    assert address.main(["set-repo", given_name], copy) == 1
    assert "is no GitHub repository; give OWNER/NAME" in capsys.readouterr().err
    with pytest.raises(tool.NotebookError, match="OWNER/NAME"):
        address.parse(given_name)
    assert texts(copy) == before


@pytest.mark.parametrize("branch", ["", "my branch", 'a"b', "#1", "-b"])
def test_what_is_no_branch_is_refused(copy, branch, capsys):
    before = texts(copy)
    assert address.main(["set-repo", "x/y", f"--branch={branch}"], copy) == 1
    assert "is no name of a branch" in capsys.readouterr().err
    assert texts(copy) == before


def test_without_a_remote_it_asks_for_the_name(copy, capsys):
    before = texts(copy)
    assert address.main(["set-repo"], copy) == 1
    assert capsys.readouterr().err == "git knows no remote 'origin' here; give OWNER/NAME.\n"
    elsewhere = ["remote", "add", "origin", "https://example.org/x/y.git"]
    subprocess.run(["git", "-C", str(copy), *elsewhere], check=True)
    assert address.main(["set-repo"], copy) == 1
    said = "is https://example.org/x/y.git, which is not understood as an address on github.com"
    assert said in capsys.readouterr().err
    assert texts(copy) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (spoils("README.md", "<!-- hub:begin -->", ""), "must mark one place"),
        (spoils("README.md", "<!-- links:end -->", ""), "must mark one place"),
        (spoils("pyproject.toml", "Repository =", "repository ="), "has no 'Repository'"),
        (spoils("pyproject.toml", f'branch = "{HERE.branch}"', ""), "has no 'branch'"),
        (spoils("notebooks/07_gated_cells.ipynb", "sys.path[:0] =", "path ="), "must begin with"),
        (spoils("notebooks/07_gated_cells.ipynb", '"# Cells', '"Cells'), "must begin with"),
    ],
)
def test_a_file_without_its_place_stops_before_anything_is_written(copy, change, said, capsys):
    change(copy)
    before = texts(copy)
    assert address.main(["set-repo", "x/y"], copy) == 1
    assert said in capsys.readouterr().err
    assert texts(copy) == before


LETTERS = st.characters(codec="ascii", categories=("L", "N"))
OWNERS = st.text(LETTERS, min_size=1, max_size=39)
NAMES = st.text(st.one_of(LETTERS, st.sampled_from("-_.")), min_size=1).filter(
    lambda name: name not in (".", "..") and not name.endswith(".git")
)


@given(OWNERS, NAMES)
def test_every_way_to_write_a_repository_means_the_same(owner, name):
    for text in (
        f"{owner}/{name}",
        f"https://github.com/{owner}/{name}",
        f"https://github.com/{owner}/{name}.git",
        f"git@github.com:{owner}/{name}.git\n",
    ):
        assert address.parse(text) == (owner, name)
