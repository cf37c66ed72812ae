"""Explorers: what moves, what stays, what is shown, and what happens when something goes wrong."""

import base64
import gc
import html
import io
import random
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import FloatSlider, IntSlider, Play, SelectionSlider, Text, Widget
from ipywidgets.widgets.widget import _instances as live_widgets
from ipywidgets.widgets.widget_link import Link
from PIL import Image

import rnn_helpers as rh
from rnn_helpers import explorer as module
from rnn_helpers.explorer import Explorer
from rnn_helpers.page import SCRIPT, WIDGET
from rnn_helpers.runtime import STYLE

X = np.linspace(0, 10, 30)


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
    figure, all_of_them = plt.subplots(1, columns, figsize=size, squeeze=False, layout=layout)
    for ax in all_of_them[0]:
        ax.set(xlim=(0, 10), ylim=(0, 10))
    return figure.axes[0]


def number_slider(value=3, low=0, high=9, step=1, description="number"):
    return IntSlider(value, low, high, step, description=description)


def line_to(ax):
    """Return a function that draws one line that ends at a number, and says so."""

    def move(number):
        ax.plot([0, number], [0, 10], color="black", label="line")
        return f"A line to {number}."

    return move


def explorer_of_a_line(**settings):
    ax = axes(**settings)
    return Explorer(ax, line_to(ax), number=number_slider())


def set_each(explorer, **values):
    for name, value in values.items():
        explorer.controls[name].value = value


def png_of(explorer):
    head, _, rest = bytes(explorer.image.value).partition(b",")
    assert head == b"data:image/png;base64"
    return base64.b64decode(rest)


def picture_of(explorer):
    return Image.open(io.BytesIO(png_of(explorer)))


def words_of(explorer):
    """Return the sentence as a reader sees it."""
    return html.unescape(explorer.sentence.value.strip())


def pixels_of(canvas):
    return np.asarray(canvas.buffer_rgba()).copy()


def assert_as_if_all_were_drawn_anew(figure):
    """Compare what is on the canvas, put together from two parts, with one drawing of it all."""
    together = pixels_of(figure.canvas)
    figure.canvas.draw()
    np.testing.assert_array_equal(together, pixels_of(figure.canvas))


def assert_shows(explorer, sentence):
    assert explorer.image.layout.visibility != "hidden"
    assert words_of(explorer) == explorer.alt == sentence
    assert picture_of(explorer).text["Description"] == sentence


# What moves


def test_what_moves_follows_the_control_and_replaces_what_was_there():
    explorer, pictures = explorer_of_a_line(size=(4, 2)), {}
    for number in (3, 7, 0, 9, 7, 3):
        set_each(explorer, number=number)
        (line,) = explorer.moving
        np.testing.assert_array_equal(line.get_xdata(), [0, number])
        assert line.axes.get_lines() == [line]
        assert_shows(explorer, f"A line to {number}.")
        assert pictures.setdefault(number, png_of(explorer)) == png_of(explorer)
    assert len(set(pictures.values())) == 4
    assert pictures[3] == module.figures.to_png(line.figure.canvas, explorer.alt, quick=True)
    assert (explorer.image.format, explorer.image.width) == ("url", "400")
    assert picture_of(explorer).size == (600, 300)  # one and a half for each pixel of a screen


# The picture is what a full drawing would be


KINDS = ("line", "points", "band", "text", "patch", "words", "image")


def draw_artist(ax, kind, zorder, alpha, number):
    look = {"zorder": zorder, "alpha": alpha}
    if kind == "line":
        ax.plot(X, X * number / 9, linewidth=5, color="blue", **look)
    elif kind == "points":
        ax.plot(X, 10 - X, "s", markersize=number + 1, color="red", **look)
    elif kind == "band":
        ax.fill_between(X, number, X, color="green", **look)
    elif kind == "text":
        ax.text(number, 5, "text", clip_on=True, **look)
    elif kind == "patch":
        ax.add_patch(plt.Circle((number, 5), 2, facecolor="cyan", edgecolor="black", **look))
    elif kind == "words":
        ax.figure.text(0.02, 0.02, f"number {number}", color="purple", **look)
    else:
        extent = (number, 10, 1, 9)
        ax.imshow(np.eye(3), extent=extent, aspect="auto", **look)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_moves_the_picture_is_a_full_drawing_and_depends_on_the_values_alone(seed):
    left, chance = axes(columns=2, layout="none"), random.Random(seed)
    figure = left.figure
    figure.subplots_adjust(wspace=0.5)
    left.plot(X, X, color="lightgrey", linewidth=4, zorder=3)
    figure.axes[1].set(yscale="log", ylim=(0.1, 10), title="right")
    figure.axes[1].grid(True)
    inset = left.inset_axes([0.5, 0.5, 0.4, 0.4])
    artists = [(ax, kind) for ax in (*figure.axes, inset) for kind in KINDS]
    chance.shuffle(artists)
    looks = [(chance.uniform(-5, 9), chance.uniform(0.2, 1)) for _ in artists]

    def move(number):
        for artist, look in zip(artists, looks, strict=True):
            draw_artist(*artist, *look, number)
        return f"{number}."

    explorer = Explorer(figure, move, number=number_slider(5))
    first, limits = explorer.image.value, inset.get_xlim()
    for number in (0, 9, chance.randrange(10)):
        set_each(explorer, number=number)
        assert len(explorer.moving) == len(artists)
        assert_as_if_all_were_drawn_anew(figure)
    set_each(explorer, number=5)
    assert explorer.image.value == first
    assert inset.get_xlim() == limits  # nobody has set them, and they stay


def test_a_thin_line_keeps_its_colour():
    ax = axes(size=(5, 3))

    def move(number):
        ax.axvline(number / 10, color="#D55E00", linewidth=1.2)
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider(3, 0, 100))
    for number in range(1, 60, 4):
        set_each(explorer, number=number)
        drawn = pixels_of(ax.figure.canvas)[..., :3].astype(int)
        decoded = np.asarray(picture_of(explorer).convert("RGB")).astype(int)
        assert np.abs(decoded - drawn).max() < 64


@pytest.mark.parametrize("kind", ["plot", "bar", "errorbar", "stem"])
def test_colours_begin_anew_and_containers_do_not_pile_up(kind):
    ax = axes()

    def move(number):
        getattr(ax, kind)([1, 2], [number, number])
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())
    first = explorer.image.value
    for number in (5, 2, 3):
        set_each(explorer, number=number)
    assert explorer.image.value == first
    assert len(ax.containers) <= 1


# What stays


@pytest.mark.parametrize(("entries", "columns"), [(1, 1), (3, 3), (4, 2)])
def test_a_legend_is_added_above_the_axes_where_there_is_none(entries, columns):
    ax = axes(size=(5, 3), columns=3)
    _, other, nameless = ax.figure.axes
    other.plot(X, X, label="stays")
    there = other.legend(loc="lower right")

    def move(number):
        for entry in range(entries):
            ax.plot([0, number], [0, entry], label=f"entry {entry}")
        return f"{number}."

    Explorer(ax, move, number=number_slider())
    legend = ax.get_legend()
    assert (len(legend.get_texts()), legend._ncols) == (entries, columns)
    assert legend.get_window_extent().y0 >= ax.get_window_extent().y1
    assert (other.get_legend(), nameless.get_legend()) == (there, None)
    ax = axes()
    ax.figure.legend(handles=ax.plot(X, X, label="stays"))
    Explorer(ax, line_to(ax), number=number_slider())
    assert (ax.get_legend(), len(ax.figure.legends)) == (None, 1)


# Picture, sentence, controls


def test_controls_stand_between_picture_and_sentence_in_their_order():
    controls = {name: number_slider(description=10 * name) for name in ("b", "a")}
    controls["c"] = SelectionSlider(options=[0.1, 1], value=0.1, description="c" * 10)
    explorer = Explorer(axes(), lambda **values: f"{values}", **controls)
    set_each(explorer, a=5, c=1)
    assert explorer.alt == "{'b': 3, 'a': 5, 'c': 1}"
    image, row, sentence, script = explorer.box.children
    assert (image, sentence, script.value) == (explorer.image, explorer.sentence, SCRIPT)
    assert row.children == (*controls.values(),)
    assert explorer.controls == controls
    assert "rh-explorer" in explorer.box._dom_classes
    for name, control in controls.items():
        assert (control.style.description_width, control.tooltip) == ("10ch", 10 * name)
    assert not any(isinstance(widget, (Play, Link)) for widget in live_widgets.values())


def test_the_play_button_runs_through_its_slider():
    ax = axes()
    slider, other = number_slider(6, 2, 18, 4), number_slider(description="other")
    move = lambda number, other: "Two."  # noqa: E731
    explorer = Explorer(ax, move, play="number", every=400, other=other, number=slider)
    first, second, play = explorer.box.children[1].children
    assert (first, second) == (other, slider)
    assert isinstance(play, Play)
    assert (play.min, play.max, play.step, play.value, play.interval) == (2, 18, 4, 6, 400)
    (link,) = (widget for widget in live_widgets.values() if isinstance(widget, Link))
    assert (link.source, link.target) == ((play, "value"), (slider, "value"))
    for end, goes_on in ((18, True), (14, False)):  # a page stops it at once where it cannot go on
        play.value, play.playing = end, True
        play.playing = False
        assert (play.value, play.playing) == ((2, True) if goes_on else (end, False))
        play.playing = False


# Something goes wrong while a control is moved


def failing_at(ax, bad, fail):
    """Return a function that draws three lines, and fails between them for one number."""

    def move(number):
        ax.plot([0, number], [0, 10], color="black")
        if number == bad:
            return fail()
        ax.plot([0, number], [10, 0], color="black")
        ax.figure.text(0.1, 0.1, "drawn")
        return f"Two lines to {number}."

    return move


FAILURES = {
    "an error with html": (lambda: {}["<i>&"], KeyError, "'<i>&'"),
    "no sentence": (lambda: None, ValueError, "move must return a sentence .* returned None"),
    "an empty sentence": (lambda: "  ", ValueError, "move must return a sentence .* returned '  '"),
}
each_failure = pytest.mark.parametrize(("fail", "kind", "message"), FAILURES.values(), ids=FAILURES)


@each_failure
def test_a_failure_is_said_in_place_of_the_picture_and_the_next_good_change_is_as_ever(
    fail, kind, message
):
    ax = axes()
    explorer = Explorer(ax, failing_at(ax, 5, fail), number=number_slider())
    good = explorer.image.value
    for _ in range(2):
        with pytest.raises(kind, match=message) as raised:
            set_each(explorer, number=5)
        assert explorer.image.layout.visibility == "hidden"
        assert words_of(explorer) == f"This could not be drawn. {kind.__name__}: {raised.value}"
        assert "<i>" not in explorer.sentence.value
        set_each(explorer, number=3)
        assert explorer.image.value == good
        assert_shows(explorer, "Two lines to 3.")
        assert (len(ax.get_lines()), len(ax.figure.texts)) == (2, 1)
        assert_as_if_all_were_drawn_anew(ax.figure)


@pytest.mark.parametrize("name", ["xlim", "ylim", "title", "xlabel", "ylabel"])
def test_limits_titles_or_labels_that_move_are_refused_and_put_back(name):
    ax = axes(columns=2)
    value = (0, 5) if "lim" in name else "moves"

    def move(number):
        if number == 5:
            ax.figure.axes[1].set(**{name: value})
        return line_to(ax)(number)

    explorer = Explorer(ax, move, number=number_slider())
    good = explorer.image.value
    with pytest.raises(ValueError, match="must not change the limits, the title or the labels"):
        set_each(explorer, number=5)
    assert words_of(explorer).startswith("This could not be drawn. ValueError: move must not")
    set_each(explorer, number=3)
    assert explorer.image.value == good
    assert_as_if_all_were_drawn_anew(ax.figure)


# Something is wrong at once


@each_failure
def test_what_goes_wrong_at_once_is_raised_and_leaves_things_as_they_were(
    cell, fail, kind, message
):
    first, ax, controls = open_explorer(), axes(), {"number": number_slider(5)}
    before = set(live_widgets), len(cell.outputs)
    with pytest.raises(kind, match=message):
        rh.explore(ax, failing_at(ax, 5, fail), **controls)
    assert (set(live_widgets), len(cell.outputs)) == before
    assert plt.get_fignums() == [ax.figure.number]
    set_each(first, number=4)
    assert_shows(first, "A line to 4.")


def a_figure_with_subfigures():
    figure = plt.figure()
    figure.subfigures(1, 2)
    return figure


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"figure": "axes"}, "figure must be a Figure, but a str was given"),
        ({"figure": a_figure_with_subfigures}, "figure must have no subfigures"),
        ({"move": None}, "move must be a function .* but a NoneType was given"),
        ({"play": "number", "every": 0}, "every must be at least 20, but 0 was given"),
        ({"number": 3}, "number must be a ValueWidget, but a int was given; give a slider"),
        ({"number": lambda: Text(description=" ")}, "number must say what it is"),
        ({"move": lambda other: "a"}, "take the controls number by name, but: missing a requir"),
        (
            {"play": "number", "number": lambda: FloatSlider(description="number")},
            "play must name an IntSlider of the controls, but 'number' was given",
        ),
    ],
)
def test_explore_refuses_bad_input_and_changes_nothing(cell, arguments, message):
    ax = axes()
    first = open_explorer(ax)
    made = {
        name: value() if callable(value) and name != "move" else value
        for name, value in arguments.items()
    }
    given = {"figure": ax, "move": line_to(ax), "number": number_slider()} | made
    before = set(live_widgets), len(cell.outputs)
    with pytest.raises((TypeError, ValueError), match=message):
        rh.explore(**given)
    assert (set(live_widgets), len(cell.outputs)) == before
    assert is_open(first)


# What a notebook receives


def test_explore_shows_the_picture_and_then_a_line_about_the_controls(cell):
    ax, other = axes(size=(4, 2)), plt.figure()
    size = number_slider(description="size (points)")
    move = lambda number, size: "A sentence."  # noqa: E731
    assert rh.explore(ax, move, number=number_slider(), size=size) is None
    assert plt.get_fignums() == [other.number]
    picture, line, widget = (output["data"] for output in cell.outputs)
    (explorer,) = module._of_cell.values()
    assert set(picture) == {"image/png", "text/plain"}
    assert picture["text/plain"] == "A sentence."
    look = {"alt": "A sentence.", "width": 400, "height": 200}
    assert cell.outputs[0]["metadata"] == {"image/png": look, "needs_background": "light"}
    assert base64.b64decode(picture["image/png"]) == png_of(explorer)
    said = "A sentence.\nRun this cell to move: number, size (points)."
    assert set(line) == {"text/plain", "text/html"}
    assert line["text/plain"] == said
    assert said.replace("\n", "<br>") in line["text/html"]
    view = {"version_major": 2, "version_minor": 0, "model_id": explorer.box.model_id}
    assert widget == {WIDGET: view, "text/html": ""}  # a page that cannot show it shows nothing


def test_explore_works_without_ipython(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(module.figures, "show_png", lambda *data, **_: shown.append(data))
    open_explorer()
    assert len(shown) == 1
    assert capsys.readouterr().out == "A line to 3.\nRun this cell to move: number.\n"


# Running a cell again


def open_explorer(ax=None):
    """Run a cell with an explorer, and return that."""
    ax = axes() if ax is None else ax
    rh.explore(ax, line_to(ax), number=number_slider())
    return list(module._of_cell.values())[-1]


def is_open(explorer):
    widgets = (explorer.box, *explorer.box.children)
    found = {widget.comm is not None for widget in widgets}
    assert found == {widget in live_widgets.values() for widget in widgets}
    (answer,) = found
    return answer


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
    set_each(first, number=9)  # a closed explorer follows nothing
    assert (first.alt, first.moving) == ("A line to 3.", [])


@pytest.mark.parametrize("new_figure", [False, True])
def test_control_and_figure_of_an_earlier_run_can_be_used_again(cell, new_figure):
    slider, ax = number_slider(), axes()
    for cell.id in ("first", "first", "first" if new_figure else "second"):
        ax = axes() if new_figure else ax
        rh.explore(ax, line_to(ax), number=slider)
    first, *others = cell.outputs[::3]
    for again in others:
        assert again["metadata"] == first["metadata"]
        assert again["data"]["image/png"] == first["data"]["image/png"]
    slider.value = 8
    assert slider.comm is not None
    assert len(ax.get_lines()) == 1
    assert [explorer.alt for explorer in module._of_cell.values()] == ["A line to 8."]


# A long session


@pytest.mark.parametrize("play", [None, "number"])
def test_closing_closes_layouts_styles_links_and_hidden_boxes_too(cell, play):
    def run_the_cell():
        ax = axes()
        rh.explore(ax, line_to(ax), play=play, number=number_slider())
        return len(live_widgets)

    first = run_the_cell()
    assert [run_the_cell() for _ in range(3)] == 3 * [first]


def test_nothing_piles_up_whatever_is_drawn():
    ax, other = axes(size=(2, 1), columns=2, layout="none"), plt.figure()

    def move(number):
        for kind in KINDS:
            draw_artist(ax.figure.axes[1], kind, 1, 0.5, number)
        ax.legend(handles=ax.plot([0, number], [1, 2], label="line"))
        ax.figure.text(0, 0, "text")
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())

    def after(changes):
        slider = explorer.controls["number"]
        for count in range(changes):
            slider.value = (slider.value + 1 + count % 8) % 10
        gc.collect()
        parents = (ax.figure, *ax.figure.axes)
        there = [len(parent.get_children()) for parent in parents], len(explorer.moving)
        return len(gc.get_objects()), (plt.get_fignums(), len(live_widgets), *there)

    objects, there = after(10)
    assert there[0] == [other.number]
    more_objects, still_there = after(15)
    assert abs(more_objects - objects) < 100
    assert still_there == there
