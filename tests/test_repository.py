"""One command writes the address of a fork everywhere, and every address agrees with one key."""

import shutil

import pytest

from tools import notebooks as tool
from tools import repository as address

HERE = address.current()
FORK = address.Repository("Some-Teacher", "rnn.course_2", "trunk")
FIRST, GATES = "notebooks/01_create_the_wave.ipynb", "notebooks/08_gated_cells.ipynb"
FILES = ("pyproject.toml", "README.md", "TEACHING.md", FIRST, GATES)


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the files that hold an address, with two of the notebooks."""
    (tmp_path / "notebooks").mkdir()
    for name in FILES:
        shutil.copy(tool.ROOT / name, tmp_path / name)
    address.set_repo(tmp_path, HERE)  # the way through two notebooks
    return tmp_path


def texts(root):
    return {name: (root / name).read_text(encoding="utf-8") for name in FILES}


def spoils(name, old, new):
    """Return a change of a file of a copy."""

    def change(root):
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def test_every_address_here_agrees_with_the_one_key():
    assert address.check(tool.ROOT) == []
    # GitHub's logins have letters, digits and hyphens: nobody can register this one and be run.
    assert not address.PLACEHOLDER.replace("-", "").isalnum()


def test_the_way_follows_the_files(copy):
    gates = "08_gated_cells.ipynb"
    title, _ = tool.opening(copy / GATES)
    first = f"1 of 2 · [contents](../README.md#the-notebooks) · next: [{title}]"
    for name in (gates, "02_gates.ipynb"):
        (copy / GATES).with_name(gates).rename(copy / "notebooks" / name)
        gates = name
        address.set_repo(copy, HERE)
        cells = tool.read(copy / FIRST).cells
        assert [cell.source.count(f"{first}({name})") for cell in cells] == [1, *[0] * 42, 1]
    last = tool.read(copy / "notebooks" / gates).cells[-1].source.splitlines()[-1]
    assert last.startswith("2 of 2 · previous: [Create the wave](01_create_the_wave.ipynb) · ")


def test_set_repo_changes_every_address_and_nothing_else(copy, capsys):
    before = texts(copy)
    assert address.main(["set-repo", str(FORK), "--branch", FORK.branch], copy) == 0
    said = capsys.readouterr().out.split()
    assert sorted(said[1:6]) == sorted(FILES)
    assert " ".join(said[6:]) == "Every address is that of pyproject.toml."
    assert address.current(copy) == FORK
    for name, text in texts(copy).items():
        assert f"/{HERE.name}" not in text, name
        assert f"%2F{HERE.name}" not in text, name
        assert str(FORK) in text.replace("%2F", "/"), name
    assert "They lead nowhere yet" not in texts(copy)["README.md"]
    assert address.set_repo(copy, FORK) == []  # the second time
    assert sorted(address.set_repo(copy, HERE)) == sorted(FILES)
    assert texts(copy) == before
    address.set_repo(copy, FORK._replace(owner=address.PLACEHOLDER))
    assert "They lead nowhere yet" in texts(copy)["README.md"]


def test_badges_first_cell_and_links_of_a_fork_lead_to_the_fork(copy):
    address.set_repo(copy, FORK)
    notebook = tool.read(copy / GATES)
    title, _, _, line = notebook.cells[0].source.splitlines()[:4]
    assert title.startswith("# Cells")
    there, file = "Some-Teacher/rnn.course_2", "08_gated_cells.ipynb"
    for lead in (
        f"(https://colab.research.google.com/github/{there}/blob/trunk/notebooks/{file})",
        f"(https://mybinder.org/v2/gh/{there}/trunk?urlpath=lab%2Ftree%2Fnotebooks%2F{file})",
    ):
        assert lead in line
        assert lead.replace("08_gated_cells", "01_create_the_wave") in texts(copy)["README.md"]
    assert "(https://Some-Teacher.github.io/rnn.course_2/)" in texts(copy)["README.md"]
    fetched = f'ADDRESS, BRANCH = "https://github.com/{there}", "trunk"'
    assert fetched in tool.code_cells(notebook)[0].source
    link = (  # as nbgitpuller reads it
        "https://hub.example.org/hub/user-redirect/git-pull"
        "?repo=https%3A%2F%2Fgithub.com%2FSome-Teacher%2Frnn.course_2&branch=trunk"
        "&urlpath=lab%2Ftree%2Frnn.course_2%2Fnotebooks%2F01_create_the_wave.ipynb"
    )
    assert f"```text\n{link}\n```" in texts(copy)["TEACHING.md"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (spoils("README.md", f"github/{HERE}/blob", "github/x/y/blob"), "README.md"),
        (spoils("README.md", f"gh/{HERE}/{HERE.branch}", f"gh/{HERE}/old"), "README.md"),
        (spoils("TEACHING.md", HERE.owner + "%2F", "x%2F"), "TEACHING.md"),
        (spoils(FIRST, f"gh/{HERE}/", "gh/x/y/"), FIRST),
        (spoils(FIRST, f', \\"{HERE.branch}\\"', ', \\"old\\"'), FIRST),
        (spoils(FIRST, '"source_hidden": true', '"source_hidden": false'), FIRST),
        (spoils("pyproject.toml", str(HERE), "x/y"), FIRST),
        (spoils("README.md", "## Licence", "a\ngit@github.com:x/y.git"), "README.md, line "),
        (spoils("README.md", "## Licence", "a\nhttps://github.com/x/y."), "README.md, line "),
        (spoils("README.md", "## Licence", "https://codespaces.new/x/y "), "README.md, line "),
        (spoils("README.md", "## Licence", "see https://x.github.io/y/"), "README.md, line "),
        (spoils("README.md", "## Licence", "//nbviewer.org/github/x/y/"), "README.md, line "),
        (spoils("README.md", "## Licence", "//raw.githubusercontent.com/x/y/"), "README.md, line "),
    ],
)
def test_an_address_that_disagrees_is_found(copy, change, named, capsys):
    assert address.main([], copy) == 0
    change(copy)
    capsys.readouterr()
    assert address.main([], copy) == 1
    assert any(line.startswith(named) for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "Some-Teacher/rnn.course_2",
        "https://token@github.com/Some-Teacher/rnn.course_2.git",
        "git@github.com:Some-Teacher/rnn.course_2.git\n",
        "ssh://git@ssh.github.com:443/Some-Teacher/rnn.course_2.git",
        "http://www.GitHub.com/Some-Teacher/rnn.course_2/",
    ],
)
def test_every_way_to_write_a_repository_means_the_same(text):
    assert address.parse(text) == FORK[:2]


def on_branch(branch):
    return ["set-repo", "x/y", f"--branch={branch}"]


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        *[(None, on_branch(name), "is no name of a branch") for name in ("", "a b", 'a"', "-b")],
        *[
            (None, ["set-repo", name], f"{name!r} is no GitHub repository; give OWNER/NAME")
            for name in ("", "x", "/y", "x/y/z", "x y/z", "x-/y", "x/..", "https://gitlab.com/x/y")
        ],
        (None, ["set-repo"], "git knows no remote 'origin' here; give OWNER/NAME."),
        (spoils("TEACHING.md", "<!-- hub:begin -->", ""), on_branch("a"), "must mark one place"),
        (spoils("README.md", "<!-- links:end -->", ""), on_branch("a"), "must mark one place"),
        (spoils("pyproject.toml", "Repository =", "home ="), on_branch("a"), "must have one line"),
        (spoils("pyproject.toml", "Repository =", "home ="), [], "has no 'Repository'"),
        (spoils(GATES, "sys.path[:0] =", "path ="), on_branch("a"), "must begin with a # title"),
        (spoils(GATES, '"# Cells', '"Cells'), on_branch("a"), "must begin with a # title"),
    ],
)
def test_bad_input_changes_nothing(copy, change, arguments, said, capsys):
    if change:
        change(copy)
    before = texts(copy)
    assert address.main(arguments, copy) == 1
    assert said in capsys.readouterr().err
    assert texts(copy) == before
