"""The committed notebooks keep the rules; nothing is executed here."""

import re

import notebook_rules as rules
import pytest
from notebook_rules import EXPECTED

from tools import notebooks as tool

FOLDER = tool.ROOT / "notebooks"
each_notebook = pytest.mark.parametrize("name", EXPECTED)


def none_of(problems):
    """Fail with every problem on a line of its own."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_the_notebooks_of_the_course_are_there_and_no_other():
    none_of(rules.expected_notebooks(FOLDER))


@each_notebook
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_notebook_keeps(rule, name):
    none_of(rule(tool.read(FOLDER / name)))


@each_notebook
def test_notebook_is_laid_out_as_the_tool_writes_it(name):
    text = (FOLDER / name).read_bytes().decode()
    assert text == tool.to_text(tool.clean(tool.read(FOLDER / name)))


@each_notebook
def test_notebook_is_small(name):
    none_of(rules.small_file(FOLDER / name))


@each_notebook
def test_notebook_links_to_its_neighbours(name):
    none_of(rules.links_to_neighbours(tool.read(FOLDER / name), name, EXPECTED))


@pytest.mark.parametrize("path", ["README.md", *(f"notebooks/{name}" for name in EXPECTED)])
def test_links_work(path):
    none_of(rules.working_links(tool.ROOT / path, tool.ROOT))


def test_setup_cell_is_the_same_everywhere():
    none_of(rules.same_setup({path.name: tool.read(path) for path in tool.find()}))


def test_table_in_the_readme_is_the_generated_one():
    assert tool.readme_with_table() == (tool.ROOT / "README.md").read_text(encoding="utf-8")


def test_no_file_names_a_path_of_one_machine():
    none_of(rules.no_machine_paths(tool.ROOT))


def test_outputs_are_compared_strictly(pytestconfig):
    none_of(rules.strict_comparison(tool.ROOT))
    assert pytestconfig.getoption("nbval_sanitize_with") is None


def test_the_readme_names_the_torch_that_is_pinned():
    pinned = re.search(r"^torch==\S+$", (tool.ROOT / "requirements.txt").read_text("utf-8"), re.M)
    named = re.findall(r"torch==[\w.]+", (tool.ROOT / "README.md").read_text("utf-8"))
    assert named
    assert set(named) == {pinned[0]}
