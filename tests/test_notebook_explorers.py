"""The explorers of the notebooks, without a browser: every control, at any value."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ipywidgets import IntSlider
from notebook_rules import EXPECTED
from test_run_twice import ipython, run

from rnn_helpers import explorer as module
from tools import notebooks as tool

FOLDER = tool.ROOT / "notebooks"
CALL = "rh.explore("
WITH_EXPLORER = [
    name
    for name in EXPECTED
    if any(CALL in cell.source for cell in tool.code_cells(tool.read(FOLDER / name)))
]
any_values = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module", params=WITH_EXPLORER)
def explorer(request):
    """The explorer of a notebook, after all cells up to it were run."""
    with ipython(FOLDER) as shell:
        for cell in tool.code_cells(tool.read(FOLDER / request.param)):
            run(shell, cell.source)
            if CALL in cell.source:
                break
        explorer = list(module._of_cell.values())[-1]
        explorer.name, explorer.first = request.param, explorer.alt
        yield explorer


def values_of(control):
    """Return every value that a reader can give to a control."""
    if hasattr(control, "options"):
        return list(control.options)
    return np.arange(control.min, control.max + control.step / 2, control.step).tolist()


def set_all(explorer, values):
    for name, value in values.items():
        control = explorer.controls[name]
        control.value = int(value) if isinstance(control, IntSlider) else value


def check(explorer):
    """Everything that is drawn lies over the x axis, and the sentence has numbers."""
    assert re.search(r"\d|diverged", explorer.alt)
    assert "nan" not in explorer.alt
    assert explorer.image.layout.visibility != "hidden"
    assert explorer.sentence.value.startswith(explorer.alt)
    for line in (artist for artist in explorer.moving if hasattr(artist, "get_xdata")):
        x, (low, high) = line.get_xdata(), line.axes.get_xlim()
        assert len(x) == len(line.get_ydata())
        assert ((x >= low) & (x <= high)).all()


def test_every_notebook_but_that_about_shapes_and_that_of_bugs_has_one():
    without = [name for name in EXPECTED if name not in WITH_EXPLORER]
    assert without == ["03_dimensions.ipynb", "08_bug_zoo.ipynb"]


def test_each_control_at_its_ends(explorer):
    start = {name: control.value for name, control in explorer.controls.items()}
    for name, control in explorer.controls.items():
        for value in (values_of(control)[0], values_of(control)[-1]):
            set_all(explorer, start | {name: value})
            check(explorer)
    ends = [(values_of(c)[0], values_of(c)[-1]) for c in explorer.controls.values()]
    for values in itertools.product(*ends):
        set_all(explorer, dict(zip(explorer.controls, values, strict=True)))
        check(explorer)
    set_all(explorer, start)


@any_values
@given(data=st.data())
def test_any_values_draw_and_the_same_values_give_the_same_bytes(explorer, data):
    controls = explorer.controls
    draw = {name: data.draw(st.sampled_from(values_of(c)), name) for name, c in controls.items()}
    set_all(explorer, draw)
    check(explorer)
    before, alt = explorer.image.value, explorer.alt
    other = {name: values_of(control)[0] for name, control in controls.items()}
    set_all(explorer, other)
    set_all(explorer, draw)
    assert (explorer.image.value, explorer.alt) == (before, alt)


@any_values
@given(data=st.data())
def test_the_quick_picture_is_the_whole_drawing(explorer, data):
    for name, control in explorer.controls.items():
        set_all(explorer, {name: data.draw(st.sampled_from(values_of(control)), name)})
    quick = np.array(explorer._canvas.buffer_rgba())
    explorer._canvas.draw()
    whole = np.array(explorer._canvas.buffer_rgba())
    assert np.array_equal(quick, whole)


def test_it_begins_with_what_the_notebook_shows(explorer):
    cells = tool.code_cells(tool.read(FOLDER / explorer.name))
    cell = next(cell for cell in cells if CALL in cell.source)
    picture, line = tool.texts(cell)
    assert picture == explorer.first
    labels = [control.description for control in explorer.controls.values()]
    assert line == f"{explorer.first}\nRun this cell to move: {', '.join(labels)}."
