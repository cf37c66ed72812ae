"""The committed notebooks keep the rules; nothing is executed here."""

import re

import notebook_rules as rules
import pytest

from tools import notebooks as tool

NOTEBOOKS = tool.find()
PAGES = [*tool.ROOT.glob("*.md"), *NOTEBOOKS]
FILES = [*PAGES, *tool.ROOT.glob("*.t*t"), *tool.ROOT.glob("*.toml")]
FILES += [path for name in ("rnn_helpers", "tools") for path in (tool.ROOT / name).rglob("*.py")]


def none_of(problems):
    """Fail with every problem on a line of its own."""
    problems = list(problems)
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_notebook_keeps(rule, path):
    none_of(rule(path, tool.read(path)))


def test_every_notebook_but_that_of_bugs_has_an_explorer():
    code = {path.name[:2]: path.read_text(encoding="utf-8") for path in NOTEBOOKS}
    assert [number for number in code if "rh.explore(" not in code[number]] == ["16"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_work(path):
    none_of(rules.working_links(path))


def test_no_file_names_a_path_of_one_machine():
    none_of(problem for path in FILES for problem in rules.no_machine_paths(path))


def test_table_and_picture_of_the_readme_are_the_generated_ones():
    assert tool.readme_with_table() == (tool.ROOT / "README.md").read_text(encoding="utf-8")
    assert tool.picture()[1] == (tool.ROOT / tool.PICTURE_FILE).read_bytes()


def test_outputs_are_compared_strictly(pytestconfig):
    options = pytestconfig.option
    assert options.nbval
    assert not options.nbval_lax
    assert options.nbval_sanitize_with is None


def test_the_readme_names_the_torch_that_is_pinned():
    pinned = re.findall(r"(?m)^torch==\S+$", (tool.ROOT / "requirements.txt").read_text("utf-8"))
    pages = "".join(path.read_text("utf-8") for path in tool.ROOT.glob("*.md"))
    assert set(re.findall(r"torch==[\w.]+", pages)) == set(pinned)
