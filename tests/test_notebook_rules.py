"""The rules for notebooks accept a correct notebook and reject one that breaks them."""

import base64
import copy
import io

import nbformat
import notebook_rules as rules
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)
from PIL import Image, PngImagePlugin

from tools import notebooks as tool
from tools import repository as address

SETUP = address.setup_cell(address.current())
IMPORTS = "import rnn_helpers as rh\n\nrh.set_up(seed=0)"
ALT = "The wave rises from 0.00 to 1.00 and comes back to zero."
INTRODUCTION = """# A tiny notebook

[![Open in Colab](https://example.org/a.svg)](https://example.org) A badge. And another. One more.

You see one wave. It has `two!` crests, and $n! > 1$.

**You will learn**

- one thing
- another thing
- a third thing

**You need** nothing, and about 5 minutes."""
EXERCISES = """## What you have seen

A wave.

## On your own

1. Change it.
2. Draw it.
3. Explain it.

Previous: [one](01_one.ipynb), next: Next: [three](03_three.ipynb)"""


def png(description=ALT):
    info, file = PngImagePlugin.PngInfo(), io.BytesIO()
    info.add_itxt("Description", description)
    Image.new("RGB", (8, 8)).save(file, format="png", pnginfo=info)
    return base64.b64encode(file.getvalue()).decode()


def picture(text=ALT, description=ALT, alt=ALT):
    return new_output(
        "display_data",
        data={"image/png": png(description), "text/plain": text},
        metadata={"image/png": {"alt": alt}},
    )


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def correct():
    """Return a notebook of seven cells that keeps every rule."""
    notebook = new_notebook(
        cells=[
            new_markdown_cell(INTRODUCTION),
            new_code_cell(SETUP, execution_count=1),
            new_markdown_cell("## 1. The wave\n\nHere it is."),
            new_code_cell(f"{IMPORTS}\ndraw()", execution_count=2, outputs=[picture()]),
            new_markdown_cell("## 2. Its height\n\nAnd a number."),
            new_code_cell("print(2)", execution_count=3, outputs=[stream("2 crests, 10 seeds\n")]),
            new_markdown_cell(EXERCISES),
        ]
    )
    notebook.metadata = nbformat.from_dict(tool.METADATA)
    notebook.nbformat_minor = 5
    return notebook


def says(old, new, cell=0):
    """Return a change that replaces a text in a cell."""

    def change(notebook):
        assert old in notebook.cells[cell].source
        notebook.cells[cell].source = notebook.cells[cell].source.replace(old, new)

    return change


def shows(*outputs, cell=5):
    """Return a change that replaces the outputs of a cell."""

    def change(notebook):
        notebook.cells[cell].outputs = list(outputs)

    return change


def practises(titles=(1, 2, 3), code='rh.check("a", a)', last='rh.passed("01")'):
    """Return a change that gives a notebook exercises with checks."""

    def change(notebook):
        own = [part for n in titles for part in (f"### Exercise {n}. It\n\nDo it.", code)]
        own[0] = f"## On your own\n\n{own[0]}"
        own += ["How far are you?", last, "Previous: [one](01_one.ipynb)"]
        make = {True: new_code_cell, False: new_markdown_cell}
        notebook.cells += [make[number % 2 == 1](text) for number, text in enumerate(own)]
        notebook.cells[6].source = "## What you have seen\n\nA wave."
        for number, cell in enumerate(tool.code_cells(notebook), start=1):
            cell.execution_count = number

    return change


def asks(**data):
    """Return a change that lets a cell ask a question, which shows some data."""
    data = {kind.replace("_", "/"): text for kind, text in data.items()}

    def change(notebook):
        notebook.cells[5].source = 'rh.ask("a", b=b)'
        notebook.cells[5].outputs = [new_output("display_data", data=data)]

    return change


def prints(text):
    return shows(stream(text))


def has_metadata(cell=None, **metadata):
    """Return a change that adds metadata to a cell, or to the notebook."""

    def change(notebook):
        (notebook if cell is None else notebook.cells[cell]).metadata.update(metadata)

    return change


def inserts(place, *cells):
    def change(notebook):
        notebook.cells[place:place] = copy.deepcopy(cells)

    return change


def counts(value):
    def change(notebook):
        notebook.cells[5].execution_count = value

    return change


def same_ids(notebook):
    notebook.cells[1].id = notebook.cells[0].id


def older_format(notebook):
    notebook.nbformat_minor = 4


def two_reasons(notebook):
    for cell in (3, 5):
        notebook.cells[cell].metadata.update(tags=[tool.IGNORED], reason="it is a random number")


def explores(*outputs):
    """Return a change that makes a cell an explorer with these outputs."""

    def change(notebook):
        notebook.cells[5].source = "rh.explore(figure, move, step=slider)"
        notebook.cells[5].outputs = list(outputs)

    return change


def line(text):
    return new_output("display_data", data={"text/plain": text})


LINE = line(f"{ALT}\nRun this cell to move: step (degrees), number of points.")
WIDGET = new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}})
ERROR = new_output("error", ename="NameError", evalue="name 'x'", traceback=[])
FIGURE = new_output("execute_result", data={"text/plain": "<Figure size 640x480 with 1 Axes>"})
SVG = new_output("display_data", data={"image/svg+xml": "<svg/>", "text/plain": ALT})
NO_NUMBER = "The wave rises, and then it comes back to zero."
MARKDOWN = new_markdown_cell("A sentence.")

BROKEN = [
    (rules.executed_from_the_top, counts(None)),
    (rules.executed_from_the_top, counts(4)),
    (rules.no_errors, shows(ERROR)),
    (rules.no_errors, shows(stream("a warning", name="stderr"))),
    (rules.same_text_on_every_machine, prints("it took 1.23 s")),
    (rules.same_text_on_every_machine, prints("150 steps in 41 ms")),
    (rules.same_text_on_every_machine, prints("Wall time: 3.1 µs")),
    (rules.same_text_on_every_machine, prints("after 2 seconds")),
    (rules.same_text_on_every_machine, prints("[00:01<00:02, 81.2it/s]")),
    (rules.same_text_on_every_machine, prints("made at 14:05")),
    (rules.same_text_on_every_machine, prints("made on 2026-01-31")),
    (rules.same_text_on_every_machine, prints("<object at 0x7f3a2b1c>")),
    (rules.same_text_on_every_machine, prints("from /home/me/course")),
    (rules.same_text_on_every_machine, prints("from /tmp/course")),
    (rules.same_text_on_every_machine, prints("from C:\\course")),
    (rules.same_text_on_every_machine, prints("lib/site-packages/torch")),
    (rules.same_text_on_every_machine, shows(picture(text="It took 12 s to draw the wave."))),
    (rules.clean_metadata, has_metadata(widgets={})),
    (rules.clean_metadata, has_metadata(language_info={"name": "python", "version": "3.13"})),
    (rules.clean_metadata, has_metadata(1, execution={"iopub.status.busy": "2026"})),
    (rules.clean_metadata, has_metadata(1, collapsed=True)),
    (rules.clean_metadata, has_metadata(1, reason="it is not tagged")),
    (rules.clean_metadata, shows(WIDGET)),
    (rules.clean_metadata, same_ids),
    (rules.clean_metadata, older_format),
    (rules.pictures_have_a_text, shows(FIGURE)),
    (rules.pictures_have_a_text, shows(SVG)),
    (rules.pictures_have_a_text, shows(picture(text="A wave, 0 to 1."))),
    (rules.pictures_have_a_text, shows(picture(ALT[:-1], ALT[:-1], ALT[:-1]))),
    (rules.pictures_have_a_text, shows(picture(NO_NUMBER, NO_NUMBER, NO_NUMBER))),
    (rules.pictures_have_a_text, shows(picture(description=NO_NUMBER))),
    (rules.pictures_have_a_text, shows(picture(alt=NO_NUMBER))),
    (rules.complete_explorers, explores()),
    (rules.complete_explorers, explores(picture())),
    (rules.complete_explorers, explores(LINE, picture())),
    (rules.complete_explorers, explores(picture(), line("VBox(children=(Image(value=b''),))"))),
    (rules.complete_explorers, explores(picture(), LINE, WIDGET)),
    (rules.complete_explorers, explores(picture(), line("Run this cell to move: step."))),
    (rules.complete_explorers, explores(picture(), line(f"{ALT}\n"))),
    (rules.few_ignored_outputs, has_metadata(5, tags=[tool.IGNORED])),
    (rules.few_ignored_outputs, has_metadata(5, tags=[tool.IGNORED], reason="random")),
    (rules.few_ignored_outputs, has_metadata(5, tags=["nbval-skip"])),
    (rules.few_ignored_outputs, has_metadata(5, tags=["raises-exception"])),
    (rules.few_ignored_outputs, says("print(2)", "# NBVAL_IGNORE_OUTPUT\nprint(2)", cell=5)),
    (rules.few_ignored_outputs, two_reasons),
    (rules.one_title, says("# A tiny", "A tiny")),
    (rules.one_title, says("# A tiny", "\n# A tiny")),
    (rules.one_title, says("## 2. Its", "# Its", cell=4)),
    (rules.two_sentences_first, says("You see one wave. ", "")),
    (rules.two_sentences_first, says("You see one wave. ", "You see. And one. Wave. ")),
    (rules.says_what_you_will_learn, says("**You will learn**", "**You learn**")),
    (rules.says_what_you_will_learn, says("- a third thing\n", "")),
    (rules.says_what_you_will_learn, says("- one thing\n", "- one thing\n- b\n- c\n- d\n")),
    (rules.says_what_you_need, says("**You need**", "You need")),
    (rules.says_what_you_need, says("about 5 minutes", "about 10 minutes")),
    (rules.says_what_you_need, says("about 5 minutes", "some time")),
    (rules.says_what_you_need, says("# A tiny notebook", "# T\n\n**You need** about 5 minutes.")),
    (rules.sections_in_order, says("## 2.", "## 3.", cell=4)),
    (rules.sections_in_order, says("## 2. Its", "## Its", cell=4)),
    (rules.sections_in_order, says("## What you have seen", "## Summary", cell=6)),
    (rules.sections_in_order, says("## On your own", "## Exercises", cell=6)),
    (rules.sections_in_order, says("**You will learn**", "## You will learn")),
    (rules.has_exercises, says("3. Explain it.\n", "", cell=6)),
    (rules.has_exercises, practises(titles=(1, 2))),
    (rules.has_exercises, practises(titles=(1, 2, 4))),
    (rules.has_exercises, practises(titles=(1, 2, 3, 4, 5, 6))),
    (rules.has_exercises, practises(code="draw()")),
    (rules.has_exercises, practises(code='rh.check("a", a)\nrh.check("b", b)')),
    (rules.has_exercises, practises(last="rh.passed()")),
    (rules.folded_answers, asks()),
    (rules.folded_answers, asks(text_html="<details><summary>Answer</summary>")),
    (rules.folded_answers, asks(text_html="<p>", text_plain="a?\nAnswer: b.")),
    (rules.folded_answers, asks(text_html="<details><summary>Answer</summary>", text_plain="a?")),
    (rules.has_exercises, says("3. Explain it.\n", "3. a\n4. b\n5. c\n6. d\n", cell=6)),
    (rules.short_setup, says("sys.path[:0] =", "path =", cell=1)),
    (rules.short_setup, says("import os", "import re\nimport os", cell=1)),
    (rules.short_setup, says("rh.set_up(seed=0)", "rh.set_up()", cell=3)),
    (rules.short_setup, says("import rnn_helpers as rh", "import rnn_helpers", cell=3)),
    (rules.not_too_many_cells, inserts(2, *[MARKDOWN] * 39)),
    (rules.not_too_many_cells, says("print(2)", " ", cell=5)),
    (rules.prose_and_code, inserts(2, new_code_cell("pass"), MARKDOWN, MARKDOWN)),
    (rules.prose_and_code, inserts(2, MARKDOWN)),
    (rules.prose_and_code, inserts(7, new_code_cell("pass"), new_code_cell("pass"))),
    (rules.short_code_cells, says("print(2)", "pass\n" * 26, cell=5)),
    (rules.short_code_cells, lambda notebook: [
        says("\n", "\n" * 7, cell=1)(notebook), says("draw()", "pass\n" * 7, cell=3)(notebook)
    ]),
    (rules.plain_prose, says("Here it is.", "Here it simply is.", cell=2)),
    (rules.plain_prose, says("Here it is.", "Obviously.", cell=2)),
    (rules.plain_prose, says("Here it is.", "Here it is!", cell=2)),
    (rules.plain_prose, says("Here it is.", "**Look!** A wave.", cell=2)),
]  # fmt: skip


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_a_correct_notebook_keeps(rule):
    assert rule(correct()) == []


@pytest.mark.parametrize(("rule", "change"), BROKEN, ids=lambda value: value.__name__)
def test_a_broken_notebook_is_rejected_by(rule, change):
    notebook = correct()
    change(notebook)
    problems = rule(notebook)
    assert problems
    assert all(isinstance(problem, str) and problem for problem in problems)


def test_every_rule_is_seen_to_reject():
    assert {rule for rule, _ in BROKEN} == set(rules.RULES)


@pytest.mark.parametrize(
    "text",
    [
        "x: (1, 20, 1)  y: (1, 20, 1)",
        "128 seeds, 5 steps, 9 msec-free",
        "wave[10:20] and x[:, 3:15]",
        "below 1e-7, 0x of 3",
        "tensor([[0.1000, 0.2000]])",
    ],
)
def test_harmless_text_is_not_taken_for_a_timing_or_a_path(text):
    notebook = correct()
    prints(text.replace("9 msec-free", "9 models"))(notebook)
    assert rules.same_text_on_every_machine(notebook) == []


def test_a_diagram_needs_no_number():
    notebook, text = correct(), "A diagram of a network with its loop."
    shows(picture(text, text, text))(notebook)
    assert rules.pictures_have_a_text(notebook) == []


def test_an_explorer_of_a_picture_and_a_line_is_allowed():
    notebook = correct()
    explores(picture(), LINE)(notebook)
    assert [rule(notebook) for rule in rules.RULES] == [[]] * len(rules.RULES)


def test_exercises_with_checks_are_allowed():
    notebook = correct()
    practises()(notebook)
    rest = set(rules.RULES) - {rules.says_what_you_need}  # they make it longer
    assert not [problem for rule in rest for problem in rule(notebook)]


def test_a_question_with_a_folded_answer_is_allowed():
    notebook = correct()
    html = "<p>a?</p><details><summary>Answer</summary><p>b.</p></details>"
    asks(text_html=html, text_plain="a?\nAnswer: b.")(notebook)
    assert [rule(notebook) for rule in rules.RULES] == [[]] * len(rules.RULES)


def test_one_ignored_output_with_a_reason_is_allowed():
    notebook = correct()
    has_metadata(5, tags=[tool.IGNORED], reason="the number is random")(notebook)
    assert rules.few_ignored_outputs(notebook) == rules.clean_metadata(notebook) == []


# Rules about more than one notebook ---------------------------------------------------------------

NAMES = ("01_one.ipynb", "02_two.ipynb", "03_three.ipynb")


def test_missing_and_unexpected_notebooks_are_named(tmp_path):
    for name in rules.EXPECTED:
        (tmp_path / name).touch()
    assert rules.expected_notebooks(tmp_path) == []
    (tmp_path / "03_dimensions.ipynb").rename(tmp_path / "Untitled.ipynb")
    problems = rules.expected_notebooks(tmp_path)
    assert problems == [
        "03_dimensions.ipynb is missing",
        "Untitled.ipynb is not expected; a new notebook is listed in EXPECTED, "
        "tests/notebook_rules.py",
    ]


def test_another_setup_cell_is_rejected():
    one, other = correct(), correct()
    assert rules.same_setup({"one": one, "other": other}) == []
    says("\n\n", "\n", cell=1)(other)
    problems = rules.same_setup({"one": one, "other": other})
    assert problems == ["the setup cell of other is not what tools/repository.py writes"]


def test_links_to_neighbours():
    assert rules.links_to_neighbours(correct(), NAMES[1], NAMES) == []


@pytest.mark.parametrize(
    "change",
    [
        says("Previous: [one](01_one.ipynb), ", "", cell=6),
        says("Next: [three](03_three.ipynb)", "", cell=6),
        says("03_three", "04_four", cell=6),
        says("Previous", "Before", cell=6),
        inserts(7, MARKDOWN),
        inserts(7, new_code_cell("pass")),
    ],
)
def test_missing_links_to_neighbours_are_rejected(change):
    notebook = correct()
    change(notebook)
    assert rules.links_to_neighbours(notebook, NAMES[1], NAMES)


def test_first_and_last_notebook_have_one_neighbour():
    first, last = correct(), correct()
    says("Previous: [one](01_one.ipynb), ", "", cell=6)(first)
    says("03_three", "02_two", cell=6)(first)
    assert rules.links_to_neighbours(first, NAMES[0], NAMES) == []
    assert rules.links_to_neighbours(last, NAMES[2], NAMES)
    assert rules.links_to_neighbours(last, NAMES[0], NAMES)


def test_a_large_file_is_rejected(tmp_path):
    path = tmp_path / "large.ipynb"
    path.write_bytes(b" " * 399 * 1024)
    assert rules.small_file(path) == []
    path.write_bytes(b" " * 400 * 1024)
    assert rules.small_file(path)


@pytest.fixture
def repository(tmp_path):
    """Return a folder with a README and one notebook."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "README.md").write_text(
        "# The course\n\n## How to `run` it, quickly\n", encoding="utf-8"
    )
    says("Here it is.", "", cell=2)(notebook := correct())
    notebook.cells[6].source = "## On your own\n\nNothing."
    (tmp_path / "notebooks" / "02_two.ipynb").write_text(tool.to_text(notebook), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "link",
    [
        "[r](../README.md)",
        "[r](../README.md#how-to-run-it-quickly)",
        "[two](02_two.ipynb#1.-The-wave)",
        "[two](02_two.ipynb#1-the-wave)",
        "[two](02_two.ipynb#On-your-own)",
        "[web](https://example.org/nothing#here)",
        "`[code](nowhere.md)`",
    ],
)
def test_a_working_link_is_accepted(repository, link):
    page = repository / "notebooks" / "page.md"
    page.write_text(f"Look at {link}.\n", encoding="utf-8")
    assert rules.working_links(page, repository) == []


@pytest.mark.parametrize(
    "link",
    [
        "[r](README.md)",
        "[r](../README.md#how-to-walk)",
        "[two](02_two.ipynb#2.-The-wave)",
        "[here](#nowhere)",
        "![picture](picture.png)",
        '<img src="picture.png">',
        "[out](../../)",
        "[a]\n\n[a]: nowhere.md",
    ],
)
def test_a_broken_link_is_rejected(repository, link):
    page = repository / "notebooks" / "page.md"
    page.write_text(f"Look at {link}\n", encoding="utf-8")
    assert rules.working_links(page, repository)


def test_links_in_a_notebook_are_followed(repository):
    path = repository / "notebooks" / "02_two.ipynb"
    assert rules.working_links(path, repository) == []
    notebook = tool.read(path)
    notebook.cells[2].source += "\n\nSee [three](03_three.ipynb)."
    path.write_text(tool.to_text(notebook), encoding="utf-8")
    assert rules.working_links(path, repository)


@pytest.mark.parametrize("place", ["README.md", "tools/a.py", "rnn_helpers/a.py", "pyproject.toml"])
@pytest.mark.parametrize("named", ["/home/me/x", "/tmp/x", "/work/x", "/Users/me", "C:\\Users\\me"])
def test_a_path_of_one_machine_is_rejected(repository, place, named):
    assert rules.no_machine_paths(repository) == []
    (repository / place).parent.mkdir(exist_ok=True)
    (repository / place).write_text(f"It lies in {named}.\n", encoding="utf-8")
    assert rules.no_machine_paths(repository)


def test_a_path_in_a_notebook_is_rejected(repository):
    path = repository / "notebooks" / "02_two.ipynb"
    notebook = tool.read(path)
    notebook.cells[3].source = "open('/tmp/wave')"
    path.write_text(tool.to_text(notebook), encoding="utf-8")
    assert rules.no_machine_paths(repository)


STRICT = 'addopts = "--nbval --strict-markers"\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", 'addopts = "--strict-markers"\n'),
        ("pyproject.toml", STRICT.replace("--nbval", "--nbval --nbval-lax")),
        ("pyproject.toml", STRICT.replace("--nbval", "--nbval --nbval-sanitize-with=a.cfg")),
        ("README.md", "Run `pytest --nbval-lax`.\n"),
        ("tox.ini", "commands = pytest --sanitize_with a.cfg\n"),
    ],
)
def test_a_loose_comparison_is_rejected(repository, name, text):
    (repository / "pyproject.toml").write_text(STRICT, encoding="utf-8")
    assert rules.strict_comparison(repository) == []
    (repository / name).write_text(text, encoding="utf-8")
    assert rules.strict_comparison(repository)
