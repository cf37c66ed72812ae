"""The maintainers' command for notebooks, tried on a tiny notebook in a folder of its own."""

import base64
import copy
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, ImageDraw

from tools import notebooks as tool

INTRODUCTION = "# Tiny\n\nIt is\ntiny. It is a notebook.\n\n**You need** nothing; about 99 minutes."
README = """# R
<!-- notebooks:begin -->
old
<!-- notebooks:end -->
<!-- picture:begin -->
<!-- picture:end -->
The end.
"""


def png(color="red", size=(100, 100), box=None):
    """Return a picture of one colour, with a black box."""
    picture, file = Image.new("RGB", size, color), io.BytesIO()
    if box:
        ImageDraw.Draw(picture).rectangle(box, fill="black")
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
        new_markdown_cell(INTRODUCTION, id="introduction"),
        new_code_cell("'é', len(env)", id="one", metadata={"collapsed": True, "reason": "none"}),
        new_code_cell("env.get('ATEN_CPU_CAPABILITY', 'avx2')", id="two", execution_count=17),
        new_code_cell("rh.set_up(seed=0)", id="three"),
        new_code_cell("figure()", id="picture"),
    ]
    cells[1].metadata.update(tags=[tool.IGNORED], reason="a reason")
    path = tmp_path / "notebooks" / "01_tiny.ipynb"
    path.parent.mkdir()
    path.write_text(tool.to_text(new_notebook(cells=cells, metadata={"widgets": {}})), "utf-8")
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    return path


@pytest.fixture
def kernel(monkeypatch):
    """In place of a kernel: each cell shows the value of its one expression."""

    def execute(notebook, name, folder, env=None, python=""):
        notebook = copy.deepcopy(notebook)
        rh = SimpleNamespace(set_up=lambda seed, num_threads=1: f"{num_threads} threads")
        for count, cell in enumerate(tool.code_cells(notebook), start=1):
            value = eval(cell.source, {"env": env or {}, "figure": figure, "rh": rh})
            value = value if isinstance(value, dict) else new_output("stream", text=f"{value}\n")
            cell.outputs, cell.execution_count = [value], count
        return notebook

    monkeypatch.setattr(tool, "execute", execute)


def contents(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_notebook_is_written_clean_and_once(path, kernel, capsys):
    assert tool.main(["01_tiny"]) == 0
    notebook, written = tool.read(path), contents(tool.ROOT)
    assert [cell.execution_count for cell in tool.code_cells(notebook)] == [1, 2, 3, 4]
    assert tool.texts(notebook.cells[1]) == ["('é', 0)\n"]
    # Nothing of the editor is left; ids, tags and the reason are kept.
    assert notebook.metadata == tool.METADATA
    assert [cell.id for cell in notebook.cells[::2]] == ["introduction", "two", "picture"]
    kept = [dict(cell.metadata) for cell in notebook.cells]
    assert kept == [{}, {"tags": [tool.IGNORED], "reason": "a reason"}, {}, {}, {}]
    assert sorted(notebook.cells[4].outputs[0].data) == ["image/png", "text/plain"]
    assert written[path].startswith(b'{\n "cells"')
    assert written[path].endswith(b"}\n")
    assert "é".encode() in written[path]
    # The reading time, the table and the picture.
    assert "about 5 minutes" in notebook.cells[0].source
    row = "| [01 Tiny](notebooks/01_tiny.ipynb) | It is tiny. | 5 |\n<!-- notebooks:end -->\n"
    image = '<img src="notebooks/picture.png" width="50" alt="A &lt;red&gt; picture.">\n'
    readme = (tool.ROOT / "README.md").read_text("utf-8")
    assert readme.endswith(f"{row}<!-- picture:begin -->\n{image}<!-- picture:end -->\nThe end.\n")
    assert "old" not in readme
    assert written[path.with_name("picture.png")] == png()
    # The second time nothing changes, and --check finds nothing.
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0
    assert contents(tool.ROOT) == written
    said = ["written, about 5 minutes", "as it was, about 5 minutes"]
    lines = [f"01_tiny.ipynb: {words}" for words in said]
    assert capsys.readouterr().out.splitlines() == [*lines, "All is as it should be."]


OTHER = "01_tiny.ipynb: metadata, a cell's number, the reading time or the layout is not what this"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("avx2\\n", "avx\\n", "code cell 2: it says 'avx', but running it gives 'avx2'."),
        (png(), png("blue"), "code cell 4: its picture differs from what running it gives in 100."),
        ("('é', 0)", "('é', 9)", None),  # it may differ
        ('"metadata": {}', '"metadata": {"collapsed": true}', OTHER),
        ('\n "cells"', '\n  "cells"', OTHER),
        ('"execution_count": 2', '"execution_count": 3', OTHER),
        ("about 5 minutes", "about 6 minutes", OTHER),
        ("tiny. It", "small. It", "README.md: the table or the picture is not what"),
        ("A <red> picture", "A picture", "it says 'A picture.', but running it gives 'A <red>"),
    ],
)
def test_check_names_what_is_stale(path, kernel, capsys, old, new, problem):
    tool.main([])
    if isinstance(old, bytes):
        old, new = (base64.b64encode(picture).decode() for picture in (old, new))
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    before = contents(tool.ROOT)
    capsys.readouterr()
    assert tool.main(["--check"]) == (problem is not None)
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "All is as it should be." if problem is None else problem in first
    assert contents(tool.ROOT) == before


def test_check_looks_at_the_readmes_picture(path, kernel, capsys):
    tool.main([])
    path.with_name("picture.png").write_bytes(png("blue"))
    assert tool.main(["--check"]) == 1
    assert "notebooks/picture.png: it is not the picture" in capsys.readouterr().out


def test_everywhere_names_cells_that_depend_on_threads_or_processor(
    path, kernel, monkeypatch, capsys
):
    tool.main([])
    before = contents(tool.ROOT)
    capsys.readouterr()
    monkeypatch.setattr(tool, "usable_capabilities", lambda: ["default", "avx2"])
    assert tool.main(["--everywhere"]) == 1
    old = "01_tiny.ipynb, code cell 2: it says 'avx2', but running it gives 'default'."
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
    assert contents(tool.ROOT) == before


@pytest.mark.parametrize(
    ("best", "usable"),
    [("AVX512", ["default", "avx2", "avx512"]), ("AVX2", ["default", "avx2"]), ("X", ["default"])],
)
def test_capabilities_of_this_machine(best, usable, monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: best)
    assert tool.usable_capabilities() == usable


@pytest.mark.parametrize(
    ("capability", "off"),
    [("default", "SSE42 AVX2 AVX512F"), ("avx2", "AVX512F"), ("avx512", "")],
)
def test_an_older_processor_holds_numpy_back_too(capability, off, monkeypatch):
    found = {"SIMD Extensions": {"found": ["SSE42", "AVX2", "AVX512F"]}}
    monkeypatch.setattr(np, "show_config", lambda mode: found)
    environment = tool.environment(capability, 2)
    assert environment["ATEN_CPU_CAPABILITY"] == capability
    assert environment["OPENBLAS_NUM_THREADS"] == "2"
    assert environment["NPY_DISABLE_CPU_FEATURES"] == off


def spoiled(what):
    """Return a change of the file of a notebook: its cells are those that ``what`` returns."""

    def change(path):
        notebook = tool.read(path)
        notebook.cells = what(notebook.cells)
        path.write_text(tool.to_text(notebook), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda path: path.rename(path.with_name("02.ipynb")),
            "no notebook 01_tiny; give one of 0",
        ),
        (lambda path: path.write_text("no json"), "01_tiny.ipynb is not a notebook: "),
        (spoiled(lambda cells: cells[1:]), "must begin with a # title and a sentence after it."),
        (spoiled(lambda cells: cells[:-1]), "has no cell picture with a picture"),
        (lambda path: (tool.ROOT / "README.md").write_text("R"), "README.md must mark one place"),
    ],
)
def test_what_a_maintainer_has_to_put_right_is_said(path, kernel, capsys, change, sentence):
    change(path)
    for arguments in (["notebooks/01_tiny.ipynb"], ["01_tiny", "--check"]):
        assert tool.main(arguments) == 1
        assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "lines", "figures", "minutes"),
    [
        (0, 0, 0, 5),
        (600, 0, 0, 5),
        (601, 0, 0, 10),
        (0, 76, 0, 10),
        (0, 0, 11, 10),
        (600, 75, 10, 15),
    ],
)
def test_minutes(words, lines, figures, minutes):
    code = new_code_cell("x\n" * lines, outputs=[figure()] * figures)
    notebook = new_notebook(cells=[new_markdown_cell("- word\n" * words), code])
    assert tool.minutes(notebook) == minutes


def test_only_the_number_in_you_need_is_updated():
    sources = [
        "**You need** a day,\nabout 7 minutes.\n\nWait about 7 minutes.",
        "Wait about 7 minutes.",
        "**You need** nothing.\n\nWait about 7 minutes.",
    ]
    notebook = new_notebook(cells=[new_markdown_cell(source) for source in sources])
    sources[0] = "**You need** a day,\nabout 5 minutes.\n\nWait about 7 minutes."
    assert [cell.source for cell in tool.clean(notebook).cells] == sources


@pytest.mark.parametrize(
    ("other", "problem"),
    [
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


LINES = [new_output("stream", text=text) for text in ("1\n", "2\n", "1\n2\n")]
HTML = [new_output("display_data", data={"text/html": f"<b>{number}</b>"}) for number in (1, 2)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ([figure()], [figure()], None),
        ([figure(), figure()], [figure(), LINES[0]], "it has 2 pictures, but running it gives 1."),
        (LINES[:1], [], "it says '1', but running it gives '(nothing)'."),
        (LINES[2:], LINES[:2], "is divided into outputs in another way"),
        (HTML[:1], HTML[1:], "gives '<b>2</b>'."),
        ([], [new_output("error", ename="E", evalue="bad", traceback=[])], "E: bad"),
    ],
)
def test_outputs_are_compared(old, new, problem):
    notebooks = [new_notebook(cells=[new_code_cell("", outputs=each)]) for each in (old, new)]
    found = list(tool.differences(*notebooks, "a"))
    assert bool(found) == (problem is not None)
    assert not found or problem in found[-1]


# In real kernels ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_kernel_is_fresh_and_works_in_the_folder(path):
    source = "import json, os\nprint(json.dumps([os.environ[k] for k in ('TQDM_DISABLE', 'MINE')]))"
    cells = [new_code_cell(source), new_code_cell("print('é', __import__('os').getcwd())\n1 + 1")]
    cells[0].outputs = [LINES[0]]
    given = new_notebook(cells=cells)
    executed = tool.execute(given, "a", path.parent, {"MINE": "2"})
    assert json.loads(tool.texts(executed.cells[0])[0]) == ["1", "2"]
    assert tool.texts(executed.cells[1]) == [f"é {path.parent.resolve()}\n", "2"]
    assert given.cells[0].outputs == [LINES[0]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import time\ntime.sleep(60)", "A cell timed out"),
        ("import os\nos._exit(1)", "Kernel died"),
    ],
)
def test_a_failing_cell_is_named_and_nothing_is_written(path, monkeypatch, capsys, source, said):
    monkeypatch.setattr(tool, "SECONDS_PER_CELL", 2)
    spoiled(lambda cells: [new_code_cell("1"), new_markdown_cell("2"), new_code_cell(source)])(path)
    before = contents(tool.ROOT)
    assert tool.main([]) == 1
    assert capsys.readouterr().err.startswith(f"01_tiny.ipynb, code cell 2: {said}")
    assert contents(tool.ROOT) == before
