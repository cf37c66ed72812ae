"""Every cell can be run a second time at once, as learners do, and shows the same text again."""

import contextlib
import os
import sys
import tempfile
import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbformat.v4 import new_code_cell, new_notebook, new_output
from notebook_rules import EXPECTED
from traitlets.config import Config

from tools import notebooks as tool

FOLDER = tool.ROOT / "notebooks"


@contextlib.contextmanager
def ipython(folder):
    """Give IPython with an empty namespace, working in ``folder``; undo afterwards what it did."""
    path, main = sys.path.copy(), sys.modules["__main__"]
    threads, random_state = torch.get_num_threads(), torch.get_rng_state()
    config = Config()
    config.HistoryManager.enabled = False
    with (
        tempfile.TemporaryDirectory() as config.InteractiveShell.ipython_dir,
        contextlib.chdir(folder),
        matplotlib.rc_context(),
        np.printoptions(),
        warnings.catch_warnings(),
    ):
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance(config=config)
        try:
            yield shell
        finally:
            InteractiveShell.clear_instance()
            shell.restore_sys_module_state()
            plt.close("all")
            sys.path[:], sys.modules["__main__"] = path, main
            torch.set_num_threads(threads)
            torch.set_rng_state(random_state)
            torch.set_printoptions(profile="default")


def run(shell, source):
    """Run a cell; return its stdout and every text/plain that it shows, or fail with its error."""
    with capture_output() as captured:
        shell.display_trap.hook = sys.displayhook  # of capture_output; run_cell puts its own there
        result = shell.run_cell(source)
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        pytest.fail(f"{type(error).__name__}: {error}\n\n{source}", pytrace=False)
    return captured.stdout, [output.data.get("text/plain", "") for output in captured.outputs]


def committed(cell):
    """Return the stdout and the text/plain outputs of a cell as they stand in the notebook."""
    stdout = [output.text for output in cell.outputs if output.get("name") == "stdout"]
    shown = [output.data.get("text/plain", "") for output in cell.outputs if "data" in output]
    return "".join(stdout), shown


def run_each_cell_twice(shell, notebook):
    """Yield the number, the committed text and the text of the second run of each code cell."""
    for number, cell in enumerate(tool.code_cells(notebook), start=1):
        run(shell, cell.source)
        again = run(shell, cell.source)
        if tool.IGNORED not in cell.metadata.get("tags", []):
            yield number, committed(cell), again


@pytest.mark.parametrize("name", EXPECTED)
def test_each_cell_can_be_run_twice_in_a_row(name):
    with ipython(FOLDER) as shell:
        for number, before, again in run_each_cell_twice(shell, tool.read(FOLDER / name)):
            assert again == before, f"code cell {number} shows another text when run again"


def cells(*pairs):
    """Return a notebook of cells, each given as its source and its committed stdout."""
    return new_notebook(
        cells=[
            new_code_cell(source, outputs=[new_output("stream", text=text)])
            for source, text in pairs
        ]
    )


def test_a_cell_that_counts_on_is_noticed(tmp_path):
    notebook = cells(("n = 0\nprint(n)", "0\n"), ("n += 1\nprint(n)", "1\n"))
    with ipython(tmp_path) as shell:
        results = list(run_each_cell_twice(shell, notebook))
    assert [again == before for _, before, again in results] == [True, False]


def test_a_cell_that_fails_the_second_time_is_noticed(tmp_path):
    notebook = cells(("x = 1", ""), ("print(x)\ndel x", "1\n"))
    with ipython(tmp_path) as shell, pytest.raises(pytest.fail.Exception, match="NameError"):
        list(run_each_cell_twice(shell, notebook))


def test_shown_values_are_seen_and_the_session_is_left_as_it_was(tmp_path):
    def session():
        modules = sys.modules["__main__"], sys.stdout, sys.displayhook, sys.excepthook
        numbers = torch.get_num_threads(), torch.get_rng_state().tolist(), np.get_printoptions()
        return os.getcwd(), sys.path.copy(), dict(matplotlib.rcParams), *modules, *numbers

    before = session()
    with ipython(tmp_path) as shell:
        assert run(shell, "1 + 1\nprint('a')\n1 + 2") == ("a\n", ["3"])
        run(shell, "import os, sys\nsys.path.insert(0, '..')\nos.chdir('/')")
        run(shell, "import rnn_helpers as rh\nrh.set_up(seed=7, num_threads=2)")
        run(shell, "import numpy as np\nnp.set_printoptions(precision=2)")
    assert session() == before
