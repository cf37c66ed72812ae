"""The one execution of a notebook finds each fault that is planted in it, and names the cell."""

import os
import re
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import notebooks as tool

PICTURE = """import io
from IPython.display import display
from PIL import Image
file = io.BytesIO()
Image.new("RGB", (20, 10), "red").save(file, "png")
display({"image/png": file.getvalue(), "text/plain": "A picture."}, raw=True)"""
EXPLORER = """import matplotlib.pyplot as plt
import rnn_helpers as rh
from ipywidgets import IntSlider
figure, ax = plt.subplots()
ax.set(xlim=(0, 9), ylim=(0, 9))
def move(n):
    ax.plot([0, 9], [0, n])
    return f"{9 // (10 - n)} point"
rh.explore(figure, move, n=IntSlider(1, 0, 9, description="points"))"""
CELLS = [  # what made the outputs, what the cell is now, and what must be said about it
    ("n = 0", "n = 0", None),
    ("print(1)", "n += 1\nprint(n)", "when it is run a second time, it says '1', but running it g"),
    ("print(1.26)", "print(1.25)", "it says '1.26', but running it gives '1.25'."),
    ("", "1 / 0", "ZeroDivisionError: division by zero"),
    ("", "del n", "when it is run a second time, NameError: name 'n' is not defined"),
    (PICTURE, PICTURE.replace("red", "blue"), "its picture differs from what running it gives"),
    (EXPLORER, EXPLORER.replace("10", "9"), "the explorer raises ZeroDivisionError: "),
    (EXPLORER, EXPLORER.replace("[0, n]", "[0, 1]"), "the picture of the explorer does not change"),
    (EXPLORER, EXPLORER, None),
    ("", "size = len(b'1' * 1100 * 2**20)", "the kernel has taken "),
    ("", "ax = plt.subplots()[1]\nplt.close()", "when all cells have been run, the explorer "),
]


@pytest.mark.slow
def test_every_fault_is_named_whatever_the_order_of_the_tests(tmp_path):
    cells = [new_code_cell(code) for code, _, _ in CELLS]
    path = {"PYTHONPATH": str(tool.ROOT)}
    notebook = tool.execute(new_notebook(cells=cells), "tiny", tmp_path, path)
    for cell, (_, code, _) in zip(notebook.cells, CELLS, strict=True):
        cell.source = code
    (tmp_path / "tiny.ipynb").write_text(tool.to_text(notebook), encoding="utf-8")
    (tmp_path / "conftest.py").write_text(
        "pytest_plugins = ['nbval.plugin', 'witness']\n"
        "def pytest_collection_modifyitems(items):\n    items.reverse()\n"
    )
    command = [sys.executable, "-m", "pytest", "--dist", "load", "-c", tool.ROOT / "pyproject.toml"]
    command += ["--rootdir", tmp_path, tmp_path]
    done = subprocess.run(command, env=os.environ | path, capture_output=True, text=True)
    for number, (cell, (_, _, said)) in enumerate(zip(notebook.cells, CELLS, strict=True), start=1):
        if said:
            assert f"tiny.ipynb, code cell {number} ({cell.id}): {said}" in done.stdout
    assert f"{len(CELLS) - 2} failed, 2 passed" in done.stdout
    assert len(set(re.findall(r"\[gw\d\]", done.stdout))) == 1  # the notebook was not torn apart
