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


def test_the_way_follows_the_files(copy):
    title, _ = tool.opening(copy / GATES)
    renamed = (copy / GATES).rename(copy / "notebooks" / "02_gates.ipynb")
    address.set_repo(copy, HERE)
    way = f"1 of 2 · [contents](../README.md#the-notebooks) · next: [{title}](02_gates.ipynb)"
    cells = [cell.source for cell in tool.read(copy / FIRST).cells if way in cell.source]
    assert len(cells) == 2  # the first and the last
    last = tool.read(renamed).cells[-1].source.splitlines()[-1]
    assert last.startswith("2 of 2 · previous: [Create the wave](01_create_the_wave.ipynb) · ")


def test_set_repo_changes_every_address_and_nothing_else(copy, capsys):
    before = texts(copy)
    assert address.main(["set-repo", str(FORK), "--branch", FORK.branch], copy) == 0
    assert "Every address is that of pyproject.toml." in capsys.readouterr().out
    assert address.current(copy) == FORK
    for name, text in texts(copy).items():
        assert f"/{HERE.name}" not in text.replace("%2F", "/"), name
        assert str(FORK) in text.replace("%2F", "/"), name
    assert "They lead nowhere yet" not in texts(copy)["README.md"]
    assert sorted(address.set_repo(copy, HERE)) == sorted(FILES)
    assert texts(copy) == before
    address.set_repo(copy, FORK._replace(owner=address.PLACEHOLDER))
    assert "They lead nowhere yet" in texts(copy)["README.md"]


def test_badges_first_cell_and_links_of_a_fork_lead_to_the_fork(copy):
    address.set_repo(copy, FORK)
    notebook = tool.read(copy / GATES)
    line = notebook.cells[0].source.splitlines()[3]
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
        (spoils("TEACHING.md", HERE.owner + "%2F", "x%2F"), "TEACHING.md"),
        (spoils(FIRST, f"gh/{HERE}/", "gh/x/y/"), FIRST),
        (spoils(FIRST, f', \\"{HERE.branch}\\"', ', \\"old\\"'), FIRST),
        (spoils(FIRST, '"source_hidden": true', '"source_hidden": false'), FIRST),
        (spoils("pyproject.toml", str(HERE), "x/y"), FIRST),
    ],
)
def test_an_address_that_disagrees_is_found(copy, change, named, capsys):
    change(copy)
    assert address.main([], copy) == 1
    assert any(line.startswith(named) for line in capsys.readouterr().out.splitlines())


def test_every_way_to_write_a_repository_means_the_same():
    for before, after in (("", ""), ("git@github.com:", ".git\n"), ("http://www.GitHub.com/", "/")):
        assert address.parse(f"{before}Some-Teacher/rnn.course_2{after}") == FORK[:2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["set-repo", "x/y", '--branch=a"'], "is no name of a branch"),
        (["set-repo", "x/y/z"], "'x/y/z' is no GitHub repository; give OWNER/NAME"),
        (["set-repo", "https://gitlab.com/x/y"], "is no GitHub repository; give OWNER/NAME"),
        (["set-repo"], "git knows no remote 'origin' here; give OWNER/NAME."),
    ],
)
def test_bad_input_changes_nothing(copy, arguments, said, capsys):
    before = texts(copy)
    assert address.main(arguments, copy) == 1
    assert said in capsys.readouterr().err
    assert texts(copy) == before
