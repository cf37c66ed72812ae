"""Each notebook is executed once, and this one execution answers everything that is asked of it.

nbval runs the code cells in one kernel and compares every text output strictly. The hooks here add:

- a cell shows the committed pictures too, and shows everything once more when it is run again at
  once, as learners do;
- every slider goes to its ends and between, after its cell and after the last (``sweep.py``);
- the kernel stays within its memory.

The cells of a notebook stay together and in order, whatever shuffles or distributes the tests.
"""

import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import pytest
from jupyter_client.provisioning import local_provisioner as provisioner
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, NbCellError
from xdist.scheduler import LoadScopeScheduling

from tools import notebooks as tool

MEGABYTES = 1000
FOLDER = Path(__file__).parent
WARM = pytest.StashKey[subprocess.Popen]()
NUM_RUN = pytest.StashKey[int]()  # how many cells of a notebook its kernel has been given


class NotebookFault(Exception):
    """What a cell does that it must not, in words."""


# The order of the tests ---------------------------------------------------------------------------


def place(item):
    """Return by what tests are sorted: browsers first, then notebooks, the largest file first."""
    if isinstance(item, IPyNbCell):
        return 1, -item.path.stat().st_size, item.path.name, item.cell_num
    return 0 if item.get_closest_marker("browser") else 2, 0, "", 0


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    result = yield  # other plugins shuffle here
    items.sort(key=place)
    return result


def pytest_xdist_make_scheduler(config, log):
    """Give all tests of a file to one process, unless that is what was asked for anyhow."""
    if config.option.dist in ("each", "loadfile"):
        return None
    config.option.loadscopereorder = False
    return Scheduling(config, log)


class Scheduling(LoadScopeScheduling):
    """All tests of a file go to one process; of those of pages, all of a notebook."""

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        name = re.search(r"\d\d_\w+\]$", nodeid) if file.endswith("test_browser.py") else None
        return f"{file} {name[0]}" if name else file


# Kernels ------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Fork the kernel of a notebook where that is safe: imports alone would take it 3 seconds."""
    here = isinstance(item, IPyNbCell) and sys.platform == "linux"
    with mock.patch.object(provisioner, "launch_kernel", Fork(item)) if here else nullcontext():
        return (yield)


class Fork:
    """Gives kernels as ``launch_kernel`` does, but from the process of ``warm.py``."""

    stdin = stdout = stderr = None

    def __init__(self, item):
        self.config = item.config

    def __call__(self, cmd, env, cwd, **_):
        if WARM not in self.config.stash:
            command, pipe = [sys.executable, "-P", FOLDER / "warm.py"], subprocess.PIPE
            warm = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
            self.config.stash[WARM] = warm
            self.config.add_cleanup(warm.communicate)
        warm, arguments = self.config.stash[WARM], cmd[cmd.index("ipykernel_launcher") + 1 :]
        order = {"arguments": arguments, "env": env, "cwd": str(cwd)}
        warm.stdin.write(json.dumps(order).encode() + b"\n")
        warm.stdin.flush()
        self.pid = int(warm.stdout.readline())
        return self

    def poll(self):
        return None if Path(f"/proc/{self.pid}").exists() else 0

    wait = poll

    def send_signal(self, number):
        os.kill(self.pid, number)


# What is asked of a cell --------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    if not isinstance(item, IPyNbCell):
        return (yield)
    item.compare_outputs = lambda *outputs: True  # difference() does, of what a file keeps
    run_cells_before(item)
    try:
        result = yield
        fault = difference(item)
    except NbCellError as error:  # nbval's own; a timeout leaves no difference
        fault = difference(item) or str(error)
    fault = fault or next(filter(None, more_faults(item)), None)
    if fault:
        raise NotebookFault(fault)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.excinfo and isinstance(call.excinfo.value, NotebookFault):
        where = f"{item.path.name}, code cell {item.cell_num + 1} ({item.cell.get('id')})"
        tracebacks = ["\n".join(output.get("traceback", [])) for output in item.test_outputs]
        parts = [f"{where}: {call.excinfo.value}", item.cell.source, *filter(None, tracebacks)]
        report.longrepr = "\n\n".join(parts)
    return report


def run_cells_before(item):
    """Run the cells before this one that were left out, by ``-k``, ``--lf`` or a name."""
    done = item.parent.stash.get(NUM_RUN, 0)
    item.parent.stash[NUM_RUN] = item.cell_num + 1
    for cell in tool.code_cells(item.parent.nb)[done : item.cell_num]:
        run(item, cell.source)


def run(item, code):
    """Run code in the kernel of a cell; return its error as a sentence, or None."""
    kernel = item.parent.kernel
    reply = kernel.kc.execute_interactive(
        code,
        store_history=False,
        allow_stdin=False,
        stop_on_error=False,
        timeout=item.config.option.nbval_cell_timeout,
        output_hook=lambda message: None,
    )["content"]
    return f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else None


def difference(item):
    """Return how the outputs of the last run differ from the committed ones, or None."""
    old, new = item.cell, NotebookNode(outputs=item.test_outputs)
    for output in new.outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}"
    pictures = [tool.pictures(cell) for cell in (old, new)]
    metadata = [
        [output.get("metadata", {}) for output in tool.kept(cell.outputs)] for cell in (old, new)
    ]
    found = [tool.text_difference(old, new)]
    if len(pictures[0]) != len(pictures[1]):
        found.append(f"it has {len(pictures[0])} pictures, but running it gives {len(pictures[1])}")
    found += map(tool.picture_difference, *pictures)
    if metadata[0] != metadata[1]:
        found.append(f"its outputs have metadata {metadata[0]}, but running it gives {metadata[1]}")
    return next(filter(None, found), None)


def more_faults(item):
    """Yield what is wrong with a cell that shows what was committed, or None where nothing is."""
    try:
        item.runtest()
        again = difference(item)
    except NbCellError as error:
        again = difference(item) or str(error)
    yield again and f"when it is run a second time, {again}"
    if "import rnn_helpers" in item.cell.source:
        yield run_file(item, "remember.py")
    if "rh.explore(" in item.cell.source:
        yield run_file(item, "sweep.py")
    cells = tool.code_cells(item.parent.nb)
    if item.cell is cells[-1] and any("rh.explore(" in cell.source for cell in cells):
        fault = run_file(item, "sweep.py", AFTERWARDS=True)
        yield fault and f"when all cells have been run, {fault}"
    peak = memory_peak(item.parent.kernel)
    if peak > MEGABYTES:
        yield f"the kernel has taken {peak} MB by now, more than {MEGABYTES}"


def run_file(item, name, **settings):
    """Run a file of this folder in the kernel; return what is wrong, or None."""
    error = run(item, f"__import__('runpy').run_path({str(FOLDER / name)!r}, {settings})")
    return error and error.removeprefix("AssertionError: ")


def memory_peak(kernel):
    """Return how many MB a kernel has taken at most; 0 where the system does not tell."""
    status = Path(f"/proc/{kernel.km.provisioner.pid}/status")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(peak[1]) // 1024 if peak else 0
