"""The maintainers' command for notebooks, tried on a tiny notebook in a folder of its own."""

import base64
import copy
import io

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from tools import notebooks as tool

INTRODUCTION = (
    "# Tiny\n\nIt is\ntiny. It is {}.\n\n**You need** a day,\nabout {} minutes.\n\nabout 7 minutes."
)
README = """# R
<!-- notebooks:begin -->
old
<!-- notebooks:end -->
<!-- picture:begin -->
<!-- picture:end -->
The end.
"""


def png(color="red", size=(100, 100), dots=0):
    """Return a picture of one colour, with so many black pixels."""
    picture, file = Image.new("RGB", size, color), io.BytesIO()
    for dot in range(dots):
        picture.putpixel(divmod(dot, 100), (0, 0, 0))
    picture.save(file, format="png")
    return file.getvalue()


def figure():
    """Return the output of a cell that shows a picture, as a widget where a kernel runs."""
    image = base64.b64encode(png()).decode()
    data = {"image/png": image, "text/plain": "A <red> picture.", tool.VIEW: {"model_id": "1"}}
    return new_output("display_data", data=data)


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Return the notebook of a small repository, with what an editor may have left in it."""
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "PICTURE_CELL", ("01_tiny", "picture"))
    cells = [
        new_markdown_cell(INTRODUCTION.format("short", 99), id="introduction"),
        new_code_cell("'é'", id="one", metadata={"collapsed": True}),
        new_code_cell("1 + 1", id="two", execution_count=17),
        new_code_cell("figure()", id="picture"),
    ]
    cells[1].metadata.update(tags=["slide"], execution={"iopub": "now"})
    metadata = {"widgets": {"a": 1}, "rise": {"scroll": True}}
    path = tmp_path / "notebooks" / "01_tiny.ipynb"
    path.parent.mkdir()
    path.write_text(tool.to_text(new_notebook(cells=cells, metadata=metadata)), "utf-8")
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    return path


@pytest.fixture
def kernel(monkeypatch):
    """In place of a kernel: each cell shows the value of its one expression."""

    def execute(notebook, name, folder):
        notebook = copy.deepcopy(notebook)
        for count, cell in enumerate(tool.code_cells(notebook), start=1):
            value = eval(cell.source, {"figure": figure})
            value = value if isinstance(value, dict) else new_output("stream", text=f"{value}\n")
            cell.outputs, cell.execution_count = [value], count
        return notebook

    monkeypatch.setattr(tool, "execute", execute)


def contents():
    return {path: path.read_bytes() for path in tool.ROOT.rglob("*") if path.is_file()}


def test_a_notebook_is_written_clean_and_once(path, kernel, capsys):
    assert tool.main(["notebooks/01_tiny.ipynb"]) == 0
    notebook, written = tool.read(path), contents()
    assert notebook.cells[0].source == INTRODUCTION.format("short", 5)
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2, 3]
    assert tool.texts(notebook.cells[1]) == ["é\n"]
    # Nothing of the editor is left; what a maintainer or a teacher has put there is kept.
    assert notebook.metadata == tool.METADATA | {"rise": {"scroll": True}}
    assert [cell.id for cell in notebook.cells] == ["introduction", "one", "two", "picture"]
    assert notebook.cells[1].metadata == {"tags": ["slide"]}
    assert sorted(notebook.cells[3].outputs[0].data) == ["image/png", "text/plain"]
    assert "é".encode() in written[path]
    # The table and the picture.
    row = "| [01 Tiny](notebooks/01_tiny.ipynb) | It is tiny. | 5 |\n<!-- notebooks:end -->\n"
    image = '<img src="notebooks/picture.png" width="50" alt="A &lt;red&gt; picture.">\n'
    readme = (tool.ROOT / "README.md").read_text("utf-8")
    assert readme.endswith(f"{row}<!-- picture:begin -->\n{image}<!-- picture:end -->\nThe end.\n")
    assert written[path.with_name("picture.png")] == png()
    # The second time nothing changes.
    assert tool.main([]) == 0
    assert contents() == written
    assert capsys.readouterr().out.endswith("01_tiny.ipynb: as it was, about 5 minutes\n")


def test_what_cannot_be_written_is_named(path, kernel, capsys):
    path.write_text(path.read_text("utf-8").replace('"picture"', '"p"'), encoding="utf-8")
    assert tool.main([]) == 1
    assert "01_tiny has no cell picture with a picture" in capsys.readouterr().err


def test_minutes_are_those_of_words_code_and_pictures():
    cases = {(600, 0, 0): 5, (601, 0, 0): 10, (0, 76, 0): 10, (0, 0, 11): 10}
    for (words, lines, figures), minutes in cases.items():
        code = new_code_cell("x\n" * lines, outputs=[figure()] * figures)
        notebook = new_notebook(cells=[new_markdown_cell("- word\n" * words), code])
        assert tool.minutes(notebook) == minutes


@pytest.mark.parametrize(
    ("color", "dots", "size", "problem"),
    [
        ("white", 100, (100, 100), None),  # of 10000 pixels
        ("white", 101, (100, 100), "in 1.0% of the pixels"),
        ("#cfffff", 0, (100, 100), None),  # 48 levels
        ("#ceffff", 0, (100, 100), "in 100.0% of the pixels"),
        ("white", 0, (100, 101), "100 x 100 pixels, but running it gives 100 x 101"),
    ],
)
def test_pictures_may_differ_a_little(color, dots, size, problem):
    found = tool.picture_difference(png("white"), png(color, size, dots))
    assert found is None if problem is None else problem in found


def test_texts_may_not_differ():
    texts = (["1\n", "2\n"], ["1\n2\n"], ["1\n", "3\n"])
    split, joined, other = (
        new_code_cell(outputs=[new_output("stream", text=text) for text in each]) for each in texts
    )
    assert tool.text_difference(split, split) is None
    assert tool.text_difference(split, other) == "it says '2', but running it gives '3'."
    assert "divided into outputs in another way" in tool.text_difference(split, joined)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import time; time.sleep(60)", "A cell timed out"),
        ("import os; os._exit(1)", "Kernel died"),
    ],
)
def test_a_failing_cell_is_named_and_nothing_is_written(path, monkeypatch, capsys, source, said):
    monkeypatch.setattr(tool, "SECONDS_PER_CELL", 2)
    cells = [new_code_cell("1"), new_markdown_cell("2"), new_code_cell(source)]
    path.write_text(tool.to_text(new_notebook(cells=cells)), encoding="utf-8")
    before = contents()
    assert tool.main([]) == 1
    assert capsys.readouterr().err.startswith(f"01_tiny.ipynb, code cell 2: {said}")
    assert contents() == before
