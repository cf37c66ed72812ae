"""Explorers: what moves, what stays, what is shown, and what happens when something goes wrong."""

import base64
import html
import io
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import IntSlider, SelectionSlider, Text, Widget
from ipywidgets.widgets.widget import _instances as live_widgets
from ipywidgets.widgets.widget_link import Link
from PIL import Image

import rnn_helpers as rh
from rnn_helpers import explorer as module
from rnn_helpers.explorer import Explorer
from rnn_helpers.page import SCRIPT, WIDGET
from rnn_helpers.runtime import STYLE
from tools import notebooks as tool


@pytest.fixture(autouse=True)
def _course_style():
    plt.close("all")
    with plt.style.context(STYLE):
        yield
    plt.close("all")
    module._of_cell.clear()
    Widget.close_all()


@pytest.fixture
def cell(shown):
    """A cell of a notebook: its id, and its outputs."""
    cell = SimpleNamespace(id="first", outputs=shown)
    InteractiveShell.instance().get_parent = lambda: {"metadata": {"cellId": cell.id}}
    return cell


def axes(*, size=(3, 1.5), columns=1, layout="constrained"):
    """Return the first axes of a small figure, from 0 to 10 both ways."""
    figure, _ = plt.subplots(1, columns, figsize=size, layout=layout)
    plt.setp(figure.axes, xlim=(0, 10), ylim=(0, 10))
    return figure.axes[0]


def number_slider(value=3, low=0, high=9, step=1, description="number"):
    return IntSlider(value, low, high, step, description=description)


def line_to(ax):
    """Return a function that draws one line that ends at a number, and says so."""

    def move(number):
        ax.plot([0, number], [0, 10], color="black", label="line")
        return f"A line to {number}."

    return move


def set_to(explorer, number):
    explorer.controls["number"].value = number


def png_of(explorer):
    head, _, rest = bytes(explorer.image.value).partition(b",")
    assert head == b"data:image/png;base64"
    return base64.b64decode(rest)


def picture_of(explorer):
    return Image.open(io.BytesIO(png_of(explorer)))


def words_of(explorer):
    """Return the sentence as a reader sees it."""
    return html.unescape(explorer.sentence.value.strip())


def assert_as_if_all_were_drawn_anew(figure):
    """Compare what is on the canvas, put together from two parts, with one drawing of it all."""
    together = np.array(figure.canvas.buffer_rgba())
    figure.canvas.draw()
    np.testing.assert_array_equal(together, figure.canvas.buffer_rgba())


def assert_shows(explorer, sentence):
    assert explorer.image.layout.visibility != "hidden"
    assert words_of(explorer) == explorer.alt == sentence
    assert picture_of(explorer).text["Description"] == sentence


# What moves


def test_what_moves_follows_the_control_and_replaces_what_was_there():
    ax, pictures = axes(size=(4, 2)), {}
    explorer = Explorer(ax, line_to(ax), number=number_slider())
    for number in (3, 7, 0, 7, 3):
        set_to(explorer, number)
        (line,) = explorer.moving
        np.testing.assert_array_equal(line.get_xdata(), [0, number])
        assert line.axes.get_lines() == [line]
        assert_shows(explorer, f"A line to {number}.")
        assert pictures.setdefault(number, png_of(explorer)) == png_of(explorer)
    assert len(set(pictures.values())) == 3
    assert pictures[3] == module.figures.to_png(line.figure.canvas, explorer.alt, quick=True)
    assert (explorer.image.format, explorer.image.width) == ("url", "400")
    assert picture_of(explorer).size == (600, 300)  # one and a half for each pixel of a screen


def test_what_moves_is_drawn_in_the_order_of_its_zorder():
    ax = axes()

    def move(number):
        ax.plot([0, 9], [0, number], "r", zorder=3)
        ax.axhspan(0, number, zorder=1)  # made later, drawn before
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())
    set_to(explorer, 7)
    assert_as_if_all_were_drawn_anew(ax.figure)


def test_bars_do_not_pile_up_and_the_same_values_are_the_same_picture():
    ax = axes()

    def move(number):
        ax.bar([1, 2], [number, number])  # in a colour of the axes' cycle
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())
    first = explorer.image.value
    for number in (5, 2, 3):
        set_to(explorer, number)
    assert explorer.image.value == first
    assert len(ax.containers) == 1


def test_a_legend_is_added_above_the_axes_where_there_is_none():
    ax = axes(size=(5, 3), columns=3)
    _, other, nameless = ax.figure.axes
    other.plot([0, 10], [0, 10], label="stays")
    there = other.legend(loc="lower right")
    Explorer(ax, line_to(ax), number=number_slider())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["line"]
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1
    assert (other.get_legend(), nameless.get_legend()) == (there, None)


# Picture, sentence, controls


def test_controls_stand_between_picture_and_sentence_in_their_order():
    controls = {name: number_slider(description=name) for name in ("b", "a")}
    controls["c"] = SelectionSlider(options=[0.1, 1], value=0.1, description="c")
    explorer = Explorer(axes(), lambda **values: f"{values}", **controls)
    controls["a"].value, controls["c"].value = 5, 1
    assert explorer.alt == "{'b': 3, 'a': 5, 'c': 1}"
    image, row, sentence, script = explorer.box.children
    assert (image, sentence, script.value) == (explorer.image, explorer.sentence, SCRIPT)
    assert row.children == (*controls.values(),)


def test_the_play_button_runs_through_its_slider():
    slider = number_slider(6, 2, 18, 4)
    explorer = Explorer(axes(), lambda number: "One.", play="number", every=400, number=slider)
    ((_, play),) = (each.children for each in explorer.box.children[1].children)
    assert (play.min, play.max, play.step, play.value, play.interval) == (2, 18, 4, 6, 400)
    (link,) = (widget for widget in live_widgets.values() if isinstance(widget, Link))
    assert (link.source, link.target) == ((play, "value"), (slider, "value"))
    for end, goes_on in ((18, True), (14, False)):  # a page stops it at once where it cannot go on
        play.value, play.playing = end, True
        play.playing = False
        assert (play.value, play.playing) == ((2, True) if goes_on else (end, False))
        play.playing = False


# Something goes wrong while a control is moved


def failing_at_5(ax, fail):
    """Return a function that draws two lines, and fails between them for the number 5."""

    def move(number):
        ax.plot([0, number], [0, 10], color="black")
        if number == 5:
            return fail()
        ax.plot([0, number], [10, 0], color="black")
        ax.figure.text(0.1, 0.1, "drawn")
        return f"Two lines to {number}."

    return move


@pytest.mark.parametrize(
    ("fail", "kind", "message"),
    [
        (lambda: {}["<i>&"], KeyError, "'<i>&'"),
        (lambda: None, ValueError, "move must return a sentence .* returned None"),
        (lambda: "  ", ValueError, "move must return a sentence .* returned '  '"),
    ],
)
def test_a_failure_is_said_in_place_of_the_picture_and_the_next_good_change_is_as_ever(
    fail, kind, message
):
    ax = axes()
    explorer = Explorer(ax, failing_at_5(ax, fail), number=number_slider())
    good = explorer.image.value
    with pytest.raises(kind, match=message) as raised:
        set_to(explorer, 5)
    assert explorer.image.layout.visibility == "hidden"
    assert words_of(explorer) == f"This could not be drawn. {kind.__name__}: {raised.value}"
    assert "<i>" not in explorer.sentence.value
    set_to(explorer, 3)
    assert explorer.image.value == good
    assert_shows(explorer, "Two lines to 3.")
    assert (len(ax.get_lines()), len(ax.figure.texts)) == (2, 1)
    assert_as_if_all_were_drawn_anew(ax.figure)


@pytest.mark.parametrize("change", [{"xlim": (0, 5)}, {"title": "moves"}, {"ylabel": "moves"}])
def test_limits_titles_or_labels_that_move_are_refused(change):
    ax = axes(columns=2)

    def move(number):
        if number == 5:
            ax.figure.axes[1].set(**change)
        return line_to(ax)(number)

    explorer = Explorer(ax, move, number=number_slider())
    for number in (5, 3):  # the picture of what stays would no longer fit
        with pytest.raises(ValueError, match="must not change the limits, the title or the labels"):
            set_to(explorer, number)
        assert explorer.image.layout.visibility == "hidden"


def test_an_equal_aspect_may_move_the_limits_when_the_figure_is_drawn():
    ax = axes()
    ax.set_aspect("equal", adjustable="datalim")
    explorer = Explorer(ax, line_to(ax), number=number_slider())
    set_to(explorer, 5)
    assert_shows(explorer, "A line to 5.")


# Something is wrong at once


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"figure": "axes"}, "figure must be .*; give a figure or one of its axes"),
        ({"number": 3}, "number must be a slider of ipywidgets, .*, but 3 was given"),
        ({"number": Text(description=" ")}, "number must be .* whose description says what it is"),
        ({"play": "numbers"}, "play must name a slider of the controls, but 'numbers' was given"),
        ({"move": lambda other: "a"}, "unexpected keyword argument 'number'"),  # whatever it raises
    ],
)
def test_explore_refuses_bad_input_and_changes_nothing(cell, arguments, message):
    first, ax = open_explorer(), axes()
    given = {"figure": ax, "move": line_to(ax), "number": number_slider()} | arguments
    before = set(live_widgets), len(cell.outputs)
    with pytest.raises((TypeError, ValueError), match=message):
        rh.explore(**given)
    assert (set(live_widgets), len(cell.outputs)) == before
    assert plt.get_fignums() == [ax.figure.number]
    set_to(first, 4)
    assert_shows(first, "A line to 4.")


# What a notebook receives


def test_explore_shows_the_picture_and_then_a_line_about_the_controls(cell):
    ax, other = axes(size=(4, 2)), plt.figure()
    move = lambda size: "A sentence."  # noqa: E731
    assert rh.explore(ax, move, size=number_slider(description="size (points)")) is None
    assert plt.get_fignums() == [other.number]
    picture, line, widget = (output["data"] for output in cell.outputs)
    (explorer,) = module._of_cell.values()
    assert set(picture) == {"image/png", "text/plain"}
    assert picture["text/plain"] == "A sentence."
    look = {"alt": "A sentence.", "width": 400, "height": 200}
    assert cell.outputs[0]["metadata"] == {"image/png": look, "needs_background": "light"}
    small = base64.b64decode(picture["image/png"])  # its colours are chosen with more care
    assert tool.picture_difference(small, png_of(explorer)) is None
    said = "A sentence.\nRun this cell to move: size (points)."
    assert line["text/plain"] == said
    assert said.replace("\n", "<br>") in line["text/html"]
    assert widget[WIDGET]["model_id"] == explorer.box.model_id
    assert widget["text/html"] == ""  # a page that cannot show it shows nothing
    explorer.show(update=True)
    places = [(output["update"], output["transient"]) for output in cell.outputs]
    assert places[3:] == [(True, where) for _, where in places[:2]]


# Running a cell again


def open_explorer(ax=None):
    """Run a cell with an explorer, and return that."""
    ax = axes() if ax is None else ax
    rh.explore(ax, line_to(ax), number=number_slider())
    return list(module._of_cell.values())[-1]


def is_open(explorer):
    return {widget.comm is not None for widget in (explorer.box, *explorer.box.children)} == {True}


def test_running_a_cell_again_closes_the_explorer_that_it_had_and_no_other(cell):
    first = open_explorer()
    rh.explore(axes(), lambda other: "Other.", other=number_slider(description="other"))
    other = list(module._of_cell.values())[-1]
    cell.id = "second"
    second = open_explorer()
    assert len(module._of_cell) == 3
    cell.id = "first"
    again = open_explorer(axes(columns=2, size=(5, 1)))
    assert [is_open(each) for each in (first, other, second, again)] == [False, True, True, True]
    set_to(first, 9)  # a closed explorer follows nothing
    assert (first.alt, first.moving) == ("A line to 3.", [])


def test_control_and_figure_of_an_earlier_run_can_be_used_again(cell):
    slider, ax = number_slider(), axes()
    for cell.id in ("first", "first", "second"):
        rh.explore(ax, line_to(ax), number=slider)
    first, *others = (output["data"]["image/png"] for output in cell.outputs[::3])
    assert others == 2 * [first]
    slider.value = 8
    assert slider.comm is not None
    assert len(ax.get_lines()) == 1
    assert [explorer.alt for explorer in module._of_cell.values()] == ["A line to 8."]


def test_closing_closes_layouts_styles_links_and_hidden_boxes_too(cell):
    def widgets_after_a_run():
        ax = axes()
        rh.explore(ax, line_to(ax), play="number", number=number_slider())
        return len(live_widgets)

    first = widgets_after_a_run()
    assert [widgets_after_a_run() for _ in range(3)] == 3 * [first]
