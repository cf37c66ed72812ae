"""The maintainers' command for notebooks, tried on a tiny notebook in a folder of its own."""

import base64
import copy
import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from tools import notebooks as tool

INTRODUCTION = (
    "# Tiny\n\nIt is\ntiny. It is {}.\n\n**You need** a day,\nabout {} minutes.\n\nabout 7 minutes."
)
PROCESSOR = "env.get('ATEN_CPU_CAPABILITY', 'avx2'), env.get('NPY_DISABLE_CPU_FEATURES', 'AVX512F')"
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


def figure(**given):
    """Return the output of a cell that shows a picture, as a widget where a kernel runs."""
    image = base64.b64encode(png(**given)).decode()
    data = {"image/png": image, "text/plain": "A <red> picture.", tool.VIEW: {"model_id": "1"}}
    return new_output("display_data", data=data)


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Return the notebook of a small repository, with what an editor may have left in it."""
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "PICTURE_CELL", ("01_tiny", "picture"))
    cells = [
        new_markdown_cell(INTRODUCTION.format("short", 99), id="introduction"),
        new_code_cell("'é', len(env)", id="one", metadata={"collapsed": True}),
        new_code_cell(PROCESSOR, id="two", execution_count=17),
        new_code_cell("rh.set_up(seed=0)", id="three", metadata={"nbgrader": {"grade": False}}),
        new_code_cell("figure()", id="picture"),
    ]
    cells[1].metadata.update(tags=[tool.IGNORED], reason="a reason", execution={"iopub": "now"})
    cells[0].metadata.update(slideshow={"slide_type": "slide"}, tags=[], vscode={"languageId": "r"})
    metadata = {"widgets": {"a": 1}, "rise": {"scroll": True}}
    path = tmp_path / "notebooks" / "01_tiny.ipynb"
    path.parent.mkdir()
    path.write_text(tool.to_text(new_notebook(cells=cells, metadata=metadata)), "utf-8")
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    return path


@pytest.fixture
def kernel(monkeypatch):
    """In place of a kernel: each cell shows the value of its one expression."""

    def execute(notebook, name, folder, env=None):
        notebook = copy.deepcopy(notebook)
        rh = SimpleNamespace(set_up=lambda seed, num_threads=1: f"{num_threads} threads")
        for count, cell in enumerate(tool.code_cells(notebook), start=1):
            value = eval(cell.source, {"env": env or {}, "figure": figure, "rh": rh})
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
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2, 3, 4]
    assert tool.texts(notebook.cells[1]) == ["('é', 0)\n"]
    # Nothing of the editor is left; what a maintainer or a teacher has put there is kept.
    assert notebook.metadata == tool.METADATA | {"rise": {"scroll": True}}
    assert [cell.id for cell in notebook.cells[::2]] == ["introduction", "two", "picture"]
    kept = [dict(cell.metadata) for cell in notebook.cells]
    assert kept == [
        {"slideshow": {"slide_type": "slide"}},
        {"tags": [tool.IGNORED], "reason": "a reason"},
        {},
        {"nbgrader": {"grade": False}},
        {},
    ]
    assert sorted(notebook.cells[4].outputs[0].data) == ["image/png", "text/plain"]
    assert written[path].startswith(b'{\n "cells"')
    assert written[path].endswith(b"}\n")
    assert "é".encode() in written[path]
    # The table and the picture.
    row = "| [01 Tiny](notebooks/01_tiny.ipynb) | It is tiny. | 5 |\n<!-- notebooks:end -->\n"
    image = '<img src="notebooks/picture.png" width="50" alt="A &lt;red&gt; picture.">\n'
    readme = (tool.ROOT / "README.md").read_text("utf-8")
    assert readme.endswith(f"{row}<!-- picture:begin -->\n{image}<!-- picture:end -->\nThe end.\n")
    assert "old" not in readme
    assert written[path.with_name("picture.png")] == png()
    # The second time nothing changes.
    assert tool.main([]) == 0
    assert contents() == written
    said = ["01_tiny.ipynb: written, about 5 minutes", "01_tiny.ipynb: as it was, about 5 minutes"]
    assert capsys.readouterr().out.splitlines() == said


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [  # in the notebook, or else in the README
        ("{", "", "01_tiny.ipynb is not a notebook: "),
        ("# Tiny", "Tiny", "must begin with a # title and a sentence"),
        ('"picture"', '"p"', "01_tiny has no cell picture with a pict"),
        ("<!-- picture:end -->", "", "README.md must mark one place by <!-- picture"),
    ],
)
def test_what_cannot_be_written_is_named(path, kernel, capsys, old, new, problem):
    tool.main([])
    file = path if old in path.read_text("utf-8") else tool.ROOT / "README.md"
    file.write_text(file.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    capsys.readouterr()
    assert tool.main([]) == 1
    assert problem in capsys.readouterr().err
    assert tool.main(["07.ipynb"]) == 1
    assert capsys.readouterr().err == "There is no notebook 07; give one of 01_tiny.\n"


def test_everywhere_names_cells_that_depend_on_threads_or_processor(
    path, kernel, monkeypatch, capsys
):
    tool.main([])
    before = contents()
    capsys.readouterr()
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    found = {"SIMD Extensions": {"found": ["SSE42", "AVX512F"]}}
    monkeypatch.setattr(np, "show_config", lambda mode: found)
    assert tool.main(["--everywhere"]) == 1
    off = "it says \"('avx2', 'AVX512F')\", but running it gives \"('default', 'SSE42 AVX512F')\"."
    old = f"01_tiny.ipynb, code cell 2: {off}"
    two = "01_tiny.ipynb, code cell 3: it says '1 threads', but running it gives '2 threads'."
    assert capsys.readouterr().out.splitlines() == [
        "default, 1 threads: 1 differences in 1 notebooks",
        "default, 2 threads: 2 differences in 1 notebooks",
        "avx2, 1 threads: 0 differences in 1 notebooks",
        "avx2, 2 threads: 1 differences in 1 notebooks",
        *[f"avx512, {n} threads: skipped, the best of this machine is avx2" for n in (1, 2)],
        *[f"default, {n} threads: {old}" for n in (1, 2)],
        *[f"{name}, 2 threads: {two}" for name in ("default", "avx2")],
    ]
    assert contents() == before


def test_minutes():
    cases = {(0, 0, 0): 5, (600, 0, 0): 5, (601, 0, 0): 10, (0, 76, 0): 10, (0, 0, 11): 10}
    for (words, lines, figures), minutes in (cases | {(600, 75, 10): 15}).items():
        code = new_code_cell("x\n" * lines, outputs=[figure()] * figures)
        notebook = new_notebook(cells=[new_markdown_cell("- word\n" * words), code])
        assert tool.minutes(notebook) == minutes


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (png("white", dots=100), None),  # of 10000 pixels
        (png("white", dots=101), "in 1.0% of the pixels"),
        (png("#cfffff"), None),  # 48 levels
        (png("#ceffff"), "in 100.0% of the pixels"),
        (png("white", size=(100, 101)), "100 x 100 pixels, but running it gives 100 x 101"),
    ],
)
def test_pictures_may_differ_a_little(other, problem):
    found = tool.picture_difference(png("white"), other)
    assert found is None if problem is None else problem in found


LINES = [new_output("stream", text=text) for text in ("1\n", "2\n", "1\n2\n")]
HTML = [new_output("display_data", data={"text/html": f"<b>{number}</b>"}) for number in (1, 2)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ([figure(), figure()], [figure(), LINES[0]], "it has 2 pictures, but running it gives 1."),
        (LINES[2:], LINES[:2], "is divided into outputs in another way"),
        (HTML[:1], HTML[1:], "gives '<b>2</b>'."),
        ([], [new_output("error", ename="E", evalue="bad", traceback=[])], "E: bad"),
    ],
)
def test_outputs_are_compared(old, new, problem):
    notebooks = [new_notebook(cells=[new_code_cell("", outputs=each)]) for each in (old, new)]
    found = list(tool.differences(*notebooks, "a"))
    assert problem in found[-1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the Python is a shell script")
def test_a_kernel_has_the_python_the_folder_and_the_environment_asked_for(path, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE")
    startup = path.parent / "profile_default" / "startup" / "mine.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("print = None\n")
    monkeypatch.setenv("IPYTHONDIR", str(path.parent))
    monkeypatch.setenv("PYTHONSTARTUP", str(startup))
    python = path.with_name("python")
    python.write_text(f'#!/bin/sh\nMINE=2 exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    source = (
        "import os\nprint('é', os.getcwd())\n[os.environ[k] for k in ('TQDM_DISABLE', 'MINE', 'A')]"
    )
    given = new_notebook(cells=[new_code_cell(source)])
    executed = tool.execute(given, "a", path.parent, {"A": "3"}, str(python))
    shown = [f"é {path.parent.resolve()}\n", "['1', '2', '3']"]
    assert tool.texts(executed.cells[0]) == shown
    assert not given.cells[0].outputs


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
