"""The maintainers' command for notebooks, tried on tiny notebooks in a folder of their own."""

import base64
import io

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, ImageDraw

from tools import notebooks as tool

INTRODUCTION = "# Tiny\n\nIt is tiny. It is a notebook.\n\n**You need** nothing; about 99 minutes."
README = "# R\n\n<!-- notebooks:begin -->\nold\n<!-- notebooks:end -->\n\nThe end.\n"
PICTURE = """import io, sys
from IPython.display import display
from PIL import Image

file = io.BytesIO()
Image.new("RGB", (20, 10), "red").save(file, "png")
widget = {"application/vnd.jupyter.widget-view+json": {"model_id": id(file)}}
display({"image/png": file.getvalue(), "text/plain": "A red picture.", **widget}, raw=True)
print("red", file=sys.stderr)"""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Return a repository with one notebook, with what an editor may have left in it."""
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    notebook = new_notebook(
        cells=[
            new_markdown_cell(INTRODUCTION, id="introduction"),
            new_code_cell("import os\n\nprint(os.environ['TQDM_DISABLE'], 'é')", id="one"),
            new_markdown_cell("More prose.", id="more"),
            new_code_cell(PICTURE, id="picture", execution_count=17),
        ],
        metadata={
            "kernelspec": {"name": "mine", "display_name": "My 3.9"},
            "widgets": {"state": {}},
        },
    )
    notebook.cells[1].metadata.update(
        execution={"iopub.status.busy": "2026"}, tags=["nbval-ignore-output"], reason="a reason"
    )
    notebook.cells[3].metadata.update(collapsed=True, reason="it is not tagged")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01_tiny.ipynb").write_text(
        tool.nbformat.writes(notebook), encoding="utf-8"
    )
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    return tmp_path


def save(path, notebook):
    path.write_text(tool.to_text(notebook), encoding="utf-8")


def test_executing_cleaning_and_checking(repository, capsys):
    """One story, because every kernel takes a second to start."""
    path = repository / "notebooks" / "01_tiny.ipynb"
    assert tool.main(["01_tiny"]) == 0
    written, readme = path.read_bytes(), (repository / "README.md").read_text(encoding="utf-8")
    notebook = tool.read(path)

    # Executed in a fresh kernel that was told to draw no progress bars.
    assert [cell.execution_count for cell in tool.code_cells(notebook)] == [1, 2]
    assert tool.texts(notebook.cells[1]) == ["1 é\n"]
    assert len(tool.pictures(notebook.cells[3])) == 1

    # Cleaned: nothing of the editor is left, ids, tags and the reason are kept.
    assert notebook.metadata == tool.METADATA
    assert [cell.id for cell in notebook.cells] == ["introduction", "one", "more", "picture"]
    assert [dict(cell.metadata) for cell in notebook.cells] == [
        {},
        {"tags": ["nbval-ignore-output"], "reason": "a reason"},
        {},
        {},
    ]
    shown = [output for cell in tool.code_cells(notebook) for output in cell.outputs]
    assert [sorted(output.data) for output in shown if "data" in output] == [
        ["image/png", "text/plain"]
    ]
    assert written.endswith(b"}\n")
    assert "é".encode() in written
    assert b'\n "cells"' in written

    # The reading time and the table.
    assert "about 5 minutes" in notebook.cells[0].source
    row = "| [01 Tiny](notebooks/01_tiny.ipynb) | It is tiny. | 5 |\n<!-- notebooks:end -->\n\nThe"
    assert row in readme
    assert "old" not in readme

    # The second time nothing changes, and --check finds nothing.
    assert tool.main([]) == 0
    assert path.read_bytes() == written
    assert (repository / "README.md").read_text(encoding="utf-8") == readme
    capsys.readouterr()
    assert tool.main(["--check"]) == 0
    assert capsys.readouterr().out == "1 notebooks: up to date\n"
    assert path.read_bytes() == written


def test_check_names_everything_that_is_stale(repository, capsys):
    path = repository / "notebooks" / "01_tiny.ipynb"
    notebook = tool.clean(tool.read(path))
    notebook.cells = [
        notebook.cells[0],
        new_code_cell("print(1)\nprint(2)", id="number"),
        new_code_cell("import random\nrandom.random()", id="random"),
        new_code_cell("print('source')", id="source"),
        new_code_cell(PICTURE, id="picture"),
    ]
    notebook.cells[2].metadata.update(tags=["nbval-ignore-output"], reason="a random number")
    save(path, notebook)
    assert tool.main([]) == 0
    good = tool.read(path)

    bad = tool.read(path)
    bad.cells[0].source = bad.cells[0].source.replace("about 5", "about 10")
    bad.cells[1].outputs[0].text = "1\n3\n"
    bad.cells[3].source = "print('another source')"
    bad.cells[4].outputs[0].data["image/png"] = base64.b64encode(
        png("blue", size=(20, 10))
    ).decode()
    bad.cells[4].execution_count = 7
    bad.metadata["widgets"] = {}
    save(path, bad)
    readme = repository / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("| 5 |", "| 6 |"))
    before = path.read_bytes(), readme.read_bytes()

    capsys.readouterr()
    assert tool.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "01_tiny.ipynb: the metadata is not clean.",
        "01_tiny.ipynb: the reading time should be about 5 minutes.",
        "01_tiny.ipynb, code cell 1: it says '3', but running it gives '2'.",
        "01_tiny.ipynb, code cell 3: it says 'source', but running it gives 'another source'.",
        "01_tiny.ipynb, code cell 4: its number is 7; run the notebook from the top.",
        "01_tiny.ipynb, code cell 4: its picture differs from what running it gives in 100.0% of "
        "the pixels.",
        "README.md: the table or the picture is not what the notebooks say.",
    ]
    assert (path.read_bytes(), readme.read_bytes()) == before
    assert good.cells[2].outputs == bad.cells[2].outputs


def test_a_failing_cell_is_named_and_nothing_is_written(repository, capsys):
    path = repository / "notebooks" / "01_tiny.ipynb"
    notebook = tool.read(path)
    notebook.cells[3].source = "1 / 0"
    save(path, notebook)
    before = path.read_bytes()
    assert tool.main([]) == 1
    said = capsys.readouterr()
    assert said.err == "01_tiny.ipynb, code cell 2: ZeroDivisionError: division by zero\n"
    assert path.read_bytes() == before


def test_a_cell_that_takes_too_long_is_named(repository, monkeypatch):
    monkeypatch.setattr(tool, "SECONDS_PER_CELL", 1)
    notebook = new_notebook(cells=[new_code_cell("import time\ntime.sleep(60)")])
    with pytest.raises(tool.NotebookError, match=r"slow.ipynb, code cell 1: it took longer"):
        tool.execute(notebook, "slow.ipynb", repository)


def test_everywhere_names_cells_that_depend_on_threads_or_processor(
    repository, monkeypatch, capsys
):
    monkeypatch.setattr(tool, "usable_capabilities", lambda: ["default"])
    path = repository / "notebooks" / "01_tiny.ipynb"
    source = (
        "class rh:\n    def set_up(seed=0, num_threads=1):\n        print(num_threads, 'threads')\n"
    )
    cells = [new_code_cell(source), new_code_cell("rh.set_up(seed=0)\nrh.set_up()")]
    for count, cell in enumerate(cells, start=1):
        cell.execution_count = count
    cells[1].outputs = [new_output("stream", text="1 threads\n1 threads\n")]
    cells.append(new_code_cell("import os\nprint(os.environ['ATEN_CPU_CAPABILITY'])"))
    cells[2].outputs = [new_output("stream", text="avx2\n")]
    save(path, new_notebook(cells=cells))
    before = path.read_bytes()
    assert tool.main(["--everywhere"]) == 1
    avx = "01_tiny.ipynb, code cell 3: it says 'avx2', but running it gives 'default'."
    assert capsys.readouterr().out.splitlines() == [
        "default x 1 threads: 1 cells differ in 1 notebooks",
        "default x 2 threads: 2 cells differ in 1 notebooks",
        f"default x 1: {avx}",
        "default x 2: 01_tiny.ipynb, code cell 2: it says '1 threads', but running it gives "
        "'2 threads'.",
        f"default x 2: {avx}",
    ]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("best", "usable", "lacking"),
    [
        ("AVX512", ["default", "avx2", "avx512"], []),
        ("AVX2", ["default", "avx2"], ["avx512"]),
        ("NO AVX", ["default"], ["avx2", "avx512"]),
    ],
)
def test_capabilities_that_the_machine_lacks_are_named(best, usable, lacking, monkeypatch, capsys):
    monkeypatch.setattr(
        tool.subprocess, "run", lambda *args, **kwargs: type("Answer", (), {"stdout": best + "\n"})
    )
    assert list(tool.usable_capabilities()) == usable
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == lacking


@pytest.mark.parametrize("capability", tool.CAPABILITIES)
def test_environment_holds_numpy_back_too(capability, monkeypatch):
    found = {"SIMD Extensions": {"found": ["SSE42", "AVX2", "AVX512F", "AVX512_SPR"]}}
    monkeypatch.setattr(np, "show_config", lambda mode: found)
    environment = tool.environment(capability, 2)
    assert environment["ATEN_CPU_CAPABILITY"] == capability
    assert environment["OPENBLAS_NUM_THREADS"] == "2"
    assert (
        environment["NPY_DISABLE_CPU_FEATURES"]
        == {
            "default": "SSE42 AVX2 AVX512F AVX512_SPR",
            "avx2": "AVX512F AVX512_SPR",
            "avx512": "",
        }[capability]
    )


@pytest.mark.parametrize("mode", [[], ["--check"], ["--everywhere"]])
def test_a_notebook_that_is_not_there_is_named(repository, mode, capsys):
    assert tool.main([*mode, "notebooks/07_more.ipynb"]) == 1
    assert (
        capsys.readouterr().err
        == "There is no notebook notebooks/07_more.ipynb; give one of 01_tiny.\n"
    )


def test_a_file_that_is_no_notebook_is_named(repository, capsys):
    (repository / "notebooks" / "01_tiny.ipynb").write_text("no json", encoding="utf-8")
    assert tool.main([]) == 1
    assert capsys.readouterr().err.startswith("01_tiny.ipynb is not a notebook")


@pytest.mark.parametrize(
    ("text", "sentence"), [(None, "There is no README.md"), ("# R\n", "must mark the place")]
)
def test_a_readme_without_a_place_for_the_table_is_reported(repository, text, sentence):
    (repository / "README.md").unlink()
    if text:
        (repository / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(tool.NotebookError, match=sentence):
        tool.readme_with_table()


def test_a_notebook_without_title_is_reported(repository):
    save(repository / "notebooks" / "01_tiny.ipynb", new_notebook(cells=[new_markdown_cell("Hi.")]))
    with pytest.raises(
        tool.NotebookError, match=r"01_tiny.ipynb: the first cell must be a # title"
    ):
        tool.table()


def test_title_and_summary():
    source = "# One wave\n\nYou see a\nwave of `nn.RNN`. And\nmore."
    notebook = new_notebook(cells=[new_markdown_cell(source)])
    assert tool.title_and_summary(notebook, "") == ("One wave", "You see a wave of `nn.RNN`.")


@pytest.mark.parametrize(
    ("words", "lines", "figures", "minutes"),
    [
        (0, 0, 0, 5),
        (600, 0, 0, 5),  # five minutes of prose
        (601, 0, 0, 10),
        (0, 75, 0, 5),  # five minutes of code
        (0, 76, 0, 10),
        (0, 0, 10, 5),  # five minutes of figures
        (0, 0, 11, 10),
        (600, 75, 10, 15),
        (1200, 75, 11, 25),
    ],
)
def test_minutes(words, lines, figures, minutes):
    figure = new_output("display_data", data={"image/png": "", "text/plain": "A figure."})
    notebook = new_notebook(
        cells=[
            new_markdown_cell("- word\n" * words),
            new_code_cell("x\n" * lines, outputs=[figure] * figures),
        ]
    )
    assert tool.minutes(notebook) == minutes


def test_only_the_number_in_you_need_is_updated():
    sources = [
        "**You need** a day,\nabout 7 minutes.\n\nWait about 7 minutes.",
        "Wait about 7 minutes.",
        "**You need** nothing.\n\nWait about 7 minutes.",
    ]
    notebook = new_notebook(cells=[new_markdown_cell(source) for source in sources])
    sources[0] = "**You need** a day,\nabout 5 minutes.\n\nWait about 7 minutes."
    assert [cell.source for cell in tool.update_minutes(notebook).cells] == sources


def test_report(repository, capsys):
    assert tool.main(["--report"]) == 0
    head, row, _ = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["notebook", "cells", "markdown"]
    assert row.split()[:3] == ["01_tiny", "4", "50%"]
    assert row.split()[4:][:2] == ["6", "9"]


def png(color, size=(100, 100), box=None, box_color="black"):
    """Return a picture of one colour, with a box of another."""
    picture, file = Image.new("RGB", size, color), io.BytesIO()
    if box:
        ImageDraw.Draw(picture).rectangle(box, fill=box_color)
    picture.save(file, format="png")
    return file.getvalue()


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (png("white"), None),
        (png("white", box=(0, 0, 9, 9)), None),  # 100 of 10000 pixels
        (png("white", box=(0, 0, 10, 9)), "1.1%"),
        (png("#cfffff"), None),  # 48 levels
        (png("#ceffff"), "100.0%"),
        (png("white", size=(100, 101)), "100 x 100 pixels, but running it gives 100 x 101"),
    ],
)
def test_pictures_may_differ_a_little(other, problem):
    found = tool.picture_difference(png("white"), other)
    assert found is None if problem is None else problem in found


def outputs(*given):
    return new_code_cell("", outputs=list(given))


def shown(alt="a", pictures=1):
    data = {"image/png": base64.b64encode(png("white")).decode(), "text/plain": "w"}
    metadata = {"image/png": {"alt": alt}}
    return outputs(*[new_output("display_data", data=data, metadata=metadata)] * pictures)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (shown(), shown(), None),
        (shown(), shown(alt="b"), "metadata of an output"),
        (outputs(new_output("stream", text="1\n")), outputs(), "'1', but running it gives '(n"),
        (
            outputs(new_output("stream", text="1\n2\n")),
            outputs(new_output("stream", text="1\n"), new_output("stream", text="2\n")),
            "divided",
        ),
        (
            outputs(new_output("display_data", data={"text/html": "<b>1</b>"})),
            outputs(new_output("display_data", data={"text/html": "<b>2</b>"})),
            "<b>2</b>",
        ),
        (
            outputs(
                new_output("display_data", data={"image/png": shown().outputs[0].data["image/png"]})
            ),
            outputs(),
            "1 pictures, but running it gives 0",
        ),
    ],
)
def test_outputs_are_compared(old, new, problem):
    found = list(tool.output_differences(old, new))
    assert len(found) == (problem is not None)
    assert not found or problem in found[0]
