"""The rules for notebooks find what breaks them: each fault is planted in a real notebook."""

import re

import nbformat
import notebook_rules as rules
import pytest

from tools import notebooks as tool

PATH = tool.ROOT / "notebooks" / "02_elman_by_hand.ipynb"
TEXT = PATH.read_text(encoding="utf-8")
PRINTED = r'("name": "stdout",\n *"output_type": "stream",\n *"text": \[\n *")'
TAGS = r'("id": "same-code",\n *"metadata": {)'
DETAILS = re.escape(rules.FOLDED)
WORDS = '"(Two matrices hold)'

# The name of a rule, and what to change in the file, once; \1 is what the pattern has in brackets.
FAULTS = [
    ("executed_from_the_top", '"execution_count": 5,', '"execution_count": 6,'),
    ("as_the_tool_writes_it", TAGS, r'\1"collapsed": true'),
    ("same_text_on_every_machine", PRINTED, r"\g<1>150 steps in 41 ms "),
    ("pictures_have_a_text", r'"alt": "', '"alt": "Not '),
    ("whole_without_a_kernel", '"Run this cell to move: ', '"VBox'),
    ("whole_without_a_kernel", DETAILS, rules.FOLDED.replace("<details>", "<details open>")),
    ("opening", r"about \d+ minutes", "about 5 minutes"),
    ("as_long_as_a_lesson", '"## 1. ', '"' + "word " * 1500 + '\\\\n", "## 1. '),
    ("sections_in_order", "## 3. ", "## 4. "),
    ("exercises", "### Exercise 2. ", "### Exercise 3. "),
    ("setup", "timeout=30", "timeout=3000"),
    ("cells_alternate", r'(?s)("id": "curve",.*?"source": \[).*?\n( *\])', r"\1\2"),
    ("short_code_cells", r'"figure, \(left', r'"\\n",' * 25 + '"figure, (left'),
    ("plain_prose", "Two matrices hold", "Two matrices simply hold"),
    ("readable_markdown", WORDS, r'"It costs $x and no more. \1'),
    ("readable_markdown", WORDS, r'"**Two **matrices. \1'),
]


@pytest.mark.parametrize(("rule", "old", "new"), FAULTS)
def test_a_fault_is_found_by(rule, old, new, tmp_path):
    text, count = re.subn(old, new, TEXT, count=1)
    assert count == 1
    path = tmp_path / PATH.name
    path.write_text(text, encoding="utf-8", newline="\n")
    assert list(getattr(rules, rule)(path, nbformat.reads(text, as_version=4)))


def test_every_rule_is_seen_to_find_one():
    assert {rule for rule, _, _ in FAULTS} == {rule.__name__ for rule in rules.RULES}


@pytest.mark.parametrize(
    "link", ["[r](READYOU.md)", "[r](README.md#nowhere)", "[o](../)", '<img src="a.png">']
)
def test_broken_links_and_paths_of_one_machine_are_found(link, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    page = tmp_path / "README.md"
    page.write_text("# The `course`, again\n\n[a](#the-course-again), `[b](c)`, README.md\n")
    assert not list(rules.working_links(page))
    page.write_text(f"# The course\n\n{link} is in /home/me\n")
    assert len(list(rules.working_links(page))) == 1
    assert list(rules.no_machine_paths(page))
