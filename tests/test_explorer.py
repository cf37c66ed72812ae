"""Explorers: what moves, what stays, what is shown, and what happens when something goes wrong."""

import base64
import gc
import html
import io
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import (
    FloatSlider,
    IntSlider,
    Label,
    Play,
    SelectionSlider,
    Text,
    ToggleButtons,
    Widget,
)
from ipywidgets.widgets.widget import _instances as live_widgets
from ipywidgets.widgets.widget_link import Link
from PIL import Image

import rnn_helpers as rh
from rnn_helpers import explorer as module
from rnn_helpers.explorer import FOR_SCREEN_READERS, WIDGET, Explorer
from rnn_helpers.runtime import STYLE_FILE

# Without Phase.shrink: a failure is said at once; to make it smaller would take minutes.
PROPERTY = settings(
    deadline=None, max_examples=10, derandomize=True, phases=[Phase.explicit, Phase.generate]
)
X = np.linspace(0, 10, 30)


@pytest.fixture(autouse=True)
def _course_style():
    plt.close("all")
    with plt.style.context(STYLE_FILE):
        yield
    plt.close("all")
    module._of_cell.clear()
    Widget.close_all()


@pytest.fixture
def cell(monkeypatch):
    """A cell of a notebook: its id, and its outputs, a list of {'data': ..., 'metadata': ...}."""
    plt.switch_backend("agg")  # now, because matplotlib would ask the shell below for its hooks
    publisher = CapturingDisplayPublisher()
    cell = SimpleNamespace(id="first", outputs=publisher.outputs)
    shell = SimpleNamespace(
        display_pub=publisher, get_parent=lambda: {"metadata": {"cellId": cell.id}}
    )
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(InteractiveShell, "instance", lambda: shell)
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
    assert explorer.sentence.value.endswith(FOR_SCREEN_READERS)
    return html.unescape(explorer.sentence.value.removesuffix(FOR_SCREEN_READERS))


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


def test_what_moves_follows_the_control():
    explorer = explorer_of_a_line()
    for number in (3, 7, 0, 9):
        set_each(explorer, number=number)
        (line,) = explorer.moving
        np.testing.assert_array_equal(line.get_xdata(), [0, number])
        assert_shows(explorer, f"A line to {number}.")


def test_move_gets_the_values_of_all_controls():
    ax, calls = axes(), []

    def move(a, b, c, *, d):
        calls.append((a, b, c, d))
        return "Four values."

    explorer = Explorer(
        ax,
        move,
        a=number_slider(2),
        b=FloatSlider(value=0.5, min=0, max=1, description="b"),
        c=SelectionSlider(options=[0.01, 0.1, 1], value=0.1, description="c"),
        d=ToggleButtons(options=["left", "right"], description="d"),
    )
    set_each(explorer, a=5, b=0.25, c=1, d="right")
    assert calls == [
        (2, 0.5, 0.1, "left"),
        (5, 0.5, 0.1, "left"),
        (5, 0.25, 0.1, "left"),
        (5, 0.25, 1, "left"),
        (5, 0.25, 1, "right"),
    ]


def test_a_value_that_stays_the_same_draws_nothing():
    explorer = explorer_of_a_line()
    before = explorer.moving
    set_each(explorer, number=3)
    assert explorer.moving is before


def test_the_same_values_give_the_same_bytes():
    explorer = explorer_of_a_line()
    first = explorer.image.value
    set_each(explorer, number=7)
    second = explorer.image.value
    assert first != second
    for number, expected in ((3, first), (7, second), (3, first)):
        set_each(explorer, number=number)
        assert explorer.image.value == expected


def test_a_new_explorer_gives_the_same_bytes():
    first = explorer_of_a_line()
    set_each(first, number=8)
    ax = axes()
    second = Explorer(ax, line_to(ax), number=number_slider(8))
    assert png_of(second) == png_of(first)


def test_what_was_drawn_for_the_values_before_is_gone():
    explorer = explorer_of_a_line()
    set_each(explorer, number=9)
    ax = explorer.moving[0].axes
    assert ax.get_lines() == explorer.moving
    pixels = np.asarray(picture_of(explorer).convert("L"))
    set_each(explorer, number=0)
    assert (np.asarray(picture_of(explorer).convert("L")) != pixels).any()
    assert ax.get_lines() == explorer.moving


def test_nothing_may_move():
    explorer = Explorer(axes(), lambda number: f"{number}.", number=number_slider())
    before = np.asarray(picture_of(explorer))
    set_each(explorer, number=4)
    assert explorer.moving == []
    np.testing.assert_array_equal(np.asarray(picture_of(explorer)), before)
    assert_shows(explorer, "4.")


@pytest.mark.parametrize("given_as", ["figure", "axes"])
def test_a_figure_or_any_of_its_axes_may_be_given(given_as):
    ax = axes(columns=2)
    given = ax.figure if given_as == "figure" else ax.figure.axes[1]
    explorer = Explorer(given, line_to(ax), number=number_slider())
    assert explorer.moving[0].axes is ax


# The picture is what a full drawing would be


def points_and_band(left, right, number):
    left.plot(X, X * number / 10, "o-", color="blue", markersize=6)
    right.fill_between(X, X - number / 3, X, color="green", alpha=0.3)


def under_and_over(left, right, number):
    left.plot(X, X + number - 5, color="red", linewidth=6, zorder=7)
    left.plot(X, X[::-1], color="blue", linewidth=6, zorder=0.5)
    right.scatter(X, X, c="orange", s=80, zorder=-1)
    right.plot(X, X, color="black", zorder=3)


def words(left, right, number):
    left.figure.text(0.02, 0.02, f"number {number}", color="purple")
    right.annotate(f"{number}", (number, 5), (5, 8), arrowprops={"arrowstyle": "->"})
    left.axvline(number, color="grey", linestyle="--")


def bars_and_patches(left, right, number):
    left.vlines([1, 2, 3], 0, number, colors="brown")
    left.axvspan(number, number + 1, color="yellow", alpha=0.5)
    right.add_patch(plt.Circle((number, 5), 2, facecolor="cyan", edgecolor="black"))


@pytest.mark.parametrize("draw", [points_and_band, under_and_over, words, bars_and_patches])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_picture_is_pixel_for_pixel_a_full_drawing(draw, scale):
    left = axes(size=(4, 2), columns=2)
    figure, right = left.figure, left.figure.axes[1]
    left.plot(X, X, color="lightgrey", linewidth=4, zorder=4, label="stays")
    right.axhspan(2, 4, color="pink")
    right.set(yscale=scale, ylim=(0.1, 10), title="right", xlabel="x")
    figure.suptitle("both")
    rh.legend_above(left)

    def move(number):
        draw(left, right, number)
        return f"{number}."

    explorer = Explorer(figure, move, number=number_slider())
    for number in (3, 9, 0, 3):
        set_each(explorer, number=number)
        assert_as_if_all_were_drawn_anew(figure)


ARTIST = st.tuples(
    st.integers(0, 1),  # which axes
    st.sampled_from(["line", "points", "band", "text", "image"]),
    st.floats(-5, 9),  # zorder
    st.floats(0.2, 1),  # alpha
)


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
    else:
        extent = (number, 10, 1, 9)
        ax.imshow(np.eye(3), extent=extent, aspect="auto", **look)


@PROPERTY
@given(
    artists=st.lists(ARTIST, min_size=1, max_size=5),
    numbers=st.lists(st.integers(0, 9), min_size=1, max_size=3),
)
def test_whatever_moves_the_picture_is_a_full_drawing_and_depends_on_the_values_alone(
    artists, numbers
):
    left = axes(columns=2, layout="none")
    figure = left.figure
    figure.subplots_adjust(wspace=0.5)
    left.plot(X, X, color="lightgrey", linewidth=4, zorder=3)
    figure.axes[1].grid(True)

    def move(number):
        for index, *artist in artists:
            draw_artist(figure.axes[index], *artist, number)
        return f"{number}."

    explorer = Explorer(figure, move, number=number_slider(5))
    first = explorer.image.value
    for number in numbers:
        set_each(explorer, number=number)
        assert len(explorer.moving) == len(artists)
        assert_as_if_all_were_drawn_anew(figure)
    set_each(explorer, number=5)
    assert explorer.image.value == first


def test_what_moves_lies_over_what_stays_in_the_order_of_its_zorder():
    ax = axes()
    ax.axhspan(0, 10, color="black", zorder=50)

    def move(number):
        ax.axhspan(0, 10, color="red", zorder=2)
        ax.axhspan(0, 10, color="blue", zorder=1)
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())
    assert [artist.get_facecolor()[0] for artist in explorer.moving] == [0, 1]
    for number in (4, 5):
        set_each(explorer, number=number)
        pixels = np.asarray(picture_of(explorer).convert("RGB"))
        red = np.abs(pixels.astype(int) - [255, 0, 0]).max(axis=2) < 12
        assert red.mean() > 0.4
        assert [artist.get_zorder() for artist in explorer.moving] == [101, 102]


# What stays


def test_limits_ticks_titles_and_legend_stay():
    ax = axes()
    ax.set(title="title", xlabel="x", xticks=[0, 5, 10])
    explorer = Explorer(ax, line_to(ax), number=number_slider())

    def what_stays():
        names = [text.get_text() for text in ax.get_legend().get_texts()]
        limits = (*ax.get_xlim(), *ax.get_ylim())
        return limits, list(ax.get_xticks()), list(ax.get_yticks()), ax.get_title(), names

    before, place = what_stays(), ax.get_position().bounds
    assert before[0] == (0, 10, 0, 10)
    assert before[-1] == ["line"]
    for number in (9, 0, 1):
        set_each(explorer, number=number)
        assert what_stays() == before
        assert ax.get_position().bounds == place


def test_limits_stay_when_what_is_drawn_lies_far_outside():
    ax = plt.subplots(figsize=(3, 1.5))[1]  # nobody has set the limits
    ax.plot([0, 1], [0, 1])
    limits = ax.get_xlim(), ax.get_ylim()
    explorer = Explorer(ax, line_to(ax), number=number_slider())
    set_each(explorer, number=9)
    ax.figure.canvas.draw()
    assert (ax.get_xlim(), ax.get_ylim()) == limits


def test_what_stays_is_drawn_once(monkeypatch):
    ax = axes()
    (still,) = ax.plot(X, X)
    explorer = Explorer(ax, line_to(ax), number=number_slider())
    monkeypatch.setattr(still, "draw", lambda renderer: pytest.fail("it was drawn again"))
    set_each(explorer, number=5)
    assert still in ax.get_lines()


@pytest.mark.parametrize(("entries", "columns"), [(1, 1), (3, 3), (4, 2)])
def test_a_legend_is_added_above_the_axes(entries, columns):
    ax = axes(size=(5, 3))

    def move(number):
        for entry in range(entries):
            ax.plot([0, number], [0, entry], label=f"entry {entry}")
        return f"{number}."

    Explorer(ax, move, number=number_slider())
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        f"entry {entry}" for entry in range(entries)
    ]
    assert legend._ncols == columns
    assert legend.get_window_extent().y0 >= ax.get_window_extent().y1


def test_a_legend_that_is_there_is_kept_and_axes_without_names_get_none():
    ax = axes(columns=2)
    ax.plot(X, X, label="stays")
    legend = ax.legend(loc="lower right")
    Explorer(ax, line_to(ax), number=number_slider())
    assert ax.get_legend() is legend
    assert [text.get_text() for text in legend.get_texts()] == ["stays"]
    assert ax.figure.axes[1].get_legend() is None


def test_a_legend_of_the_whole_figure_is_kept():
    ax = axes()
    ax.figure.legend(handles=ax.plot(X, X, label="stays"))
    Explorer(ax, line_to(ax), number=number_slider())
    assert ax.get_legend() is None
    assert len(ax.figure.legends) == 1


# Picture, sentence, controls


def test_the_picture_has_one_and_a_half_pixels_for_each_of_its_size_on_screen():
    explorer = explorer_of_a_line(size=(4, 2))
    assert explorer.image.width == "400"
    assert explorer.image.format == "url"
    assert explorer.image.layout.max_width == "100%"
    assert picture_of(explorer).size == (600, 300)


def test_the_picture_is_made_in_the_quick_way():
    explorer = explorer_of_a_line()
    canvas = explorer.moving[0].figure.canvas
    assert png_of(explorer) == module.figures.to_png(canvas, explorer.alt, quick=True)


def test_a_sentence_is_shown_as_text_never_as_html():
    sentence = 'Is <b>1 & 2</b> < 3? "Yes", it\'s <script>alert(1)</script>.'
    explorer = Explorer(axes(), lambda number: sentence, number=number_slider())
    shown = explorer.sentence.value.removesuffix(FOR_SCREEN_READERS)
    assert not set(shown) & set("<>\"'")
    assert_shows(explorer, sentence)


def test_text_that_is_not_english_is_kept():
    explorer = Explorer(axes(), lambda number: f"{number}° — größer", number=number_slider())
    assert_shows(explorer, "3° — größer")


def test_controls_stand_between_picture_and_sentence_in_their_order():
    names = ["b", "a", "c"]
    controls = {name: number_slider(description=10 * name) for name in names}
    explorer = Explorer(axes(), lambda **values: "Three.", **controls)
    assert explorer.box.children == (explorer.image, *controls.values(), explorer.sentence)
    assert explorer.controls == controls
    assert "rh-explorer" in explorer.box._dom_classes
    assert {control.style.description_width for control in controls.values()} == {"10ch"}


def test_every_control_has_its_description_as_a_tooltip():
    controls = {
        "a": number_slider(description="first"),
        "b": ToggleButtons(options=["x", "y"], description="second"),
    }
    Explorer(axes(), lambda a, b: "Two.", **controls)
    assert [control.tooltip for control in controls.values()] == ["first", "second"]


def test_the_play_button_runs_through_its_slider():
    ax = axes()
    slider, other = number_slider(6, 2, 18, 4), number_slider(description="other")
    explorer = Explorer(ax, lambda number, other: "Two.", play="number", other=other, number=slider)
    _, first, second, play, _ = explorer.box.children
    assert (first, second) == (other, slider)
    assert isinstance(play, Play)
    assert (play.min, play.max, play.step, play.value) == (2, 18, 4, 6)
    (link,) = (widget for widget in live_widgets.values() if isinstance(widget, Link))
    assert (link.source, link.target) == ((play, "value"), (slider, "value"))


def test_there_is_no_play_button_unless_one_is_wanted():
    explorer_of_a_line()
    assert not any(isinstance(widget, (Play, Link)) for widget in live_widgets.values())


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
    "an error": (lambda: 1 // 0, ZeroDivisionError, "division"),
    "html in the error": (lambda: {}["<i>&"], KeyError, "'<i>&'"),
    "no sentence": (lambda: None, ValueError, "move must return a sentence .* returned None"),
    "an empty sentence": (lambda: "  ", ValueError, "move must return a sentence .* returned '  '"),
    "a number": (lambda: 3, ValueError, "move must return a sentence .* returned 3"),
}
each_failure = pytest.mark.parametrize(("fail", "kind", "message"), FAILURES.values(), ids=FAILURES)


@each_failure
def test_a_failure_is_raised_and_said_in_place_of_the_picture(fail, kind, message):
    ax = axes()
    explorer = Explorer(ax, failing_at(ax, 5, fail), number=number_slider())
    with pytest.raises(kind, match=message) as raised:
        set_each(explorer, number=5)
    assert explorer.image.layout.visibility == "hidden"
    assert words_of(explorer) == f"This could not be drawn. {kind.__name__}: {raised.value}"
    assert "<i>" not in explorer.sentence.value.removesuffix(FOR_SCREEN_READERS)


@each_failure
def test_after_a_failure_the_next_good_change_is_as_if_nothing_had_happened(fail, kind, message):
    ax = axes()
    explorer = Explorer(ax, failing_at(ax, 5, fail), number=number_slider())
    good = explorer.image.value
    for _ in range(3):
        with pytest.raises(kind, match=message):
            set_each(explorer, number=5)
        set_each(explorer, number=3)
        assert explorer.image.value == good
        assert_shows(explorer, "Two lines to 3.")
        assert len(ax.get_lines()) == 2
        assert len(ax.figure.texts) == 1
        assert_as_if_all_were_drawn_anew(ax.figure)


@pytest.mark.parametrize("limits", [{"xlim": (0, 5)}, {"ylim": (-1, 1)}])
def test_changed_limits_are_refused_while_a_control_is_moved(limits):
    ax = axes(columns=2)

    def move(number):
        if number == 5:
            ax.figure.axes[1].set(**limits)
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())
    with pytest.raises(
        ValueError, match="move must not change the limits, the title or the labels"
    ):
        set_each(explorer, number=5)
    assert explorer.image.layout.visibility == "hidden"
    assert words_of(explorer).startswith("This could not be drawn. ValueError: move must not")


def test_a_failure_while_the_picture_is_made_is_said_too(monkeypatch):
    explorer = explorer_of_a_line()
    with monkeypatch.context() as patch:
        patch.setattr(module.figures, "to_png", lambda *_args, **_kwargs: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            set_each(explorer, number=5)
    assert explorer.image.layout.visibility == "hidden"
    assert words_of(explorer).startswith("This could not be drawn. ZeroDivisionError")
    set_each(explorer, number=6)
    assert_shows(explorer, "A line to 6.")


# Something is wrong at once


@pytest.mark.parametrize(
    ("fail", "kind", "message"),
    [*FAILURES.values(), (lambda: plt.xlim(0, 3) and "x", ValueError, "must not change the")],
    ids=[*FAILURES, "limits"],
)
def test_what_goes_wrong_at_once_is_raised_and_leaves_no_widget(cell, fail, kind, message):
    ax, controls = axes(), {"number": number_slider(5)}
    before = set(live_widgets)
    with pytest.raises(kind, match=message):
        rh.explore(ax, failing_at(ax, 5, fail), **controls)
    assert set(live_widgets) == before
    assert cell.outputs == []
    assert plt.get_fignums() == [ax.figure.number]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"figure": None}, TypeError, "figure must be a Figure or Axes, but a NoneType was given"),
        ({"figure": "axes"}, TypeError, "figure must be a Figure or Axes, but a str was given"),
        ({"move": "move"}, TypeError, "move must be a function, but a str was given"),
        ({"move": None}, TypeError, "move must be a function, but a NoneType was given"),
        ({"number": 3}, TypeError, "number must be a control, but a int was given; give a slider"),
        ({"number": IntSlider}, TypeError, "number must be a control, but a MetaHasTraits was"),
        ({"number": IntSlider()}, ValueError, "number must say what it is, but its description"),
        ({"number": IntSlider(description=" ")}, ValueError, "number must say what it is"),
        ({"number": Text(description="")}, ValueError, "number must say what it is"),
        ({"move": lambda: "a"}, TypeError, "take the controls number by name, but: got an unexp"),
        ({"move": lambda other: "a"}, TypeError, "number by name, but: missing a required arg"),
        (
            {"move": lambda number, other: "a"},
            TypeError,
            "number by name, but: missing a required argument: 'other'",
        ),
        ({"play": "other"}, ValueError, "play must name an IntSlider of the controls, but 'other'"),
        ({"play": 3}, ValueError, "play must name an IntSlider of the controls, but 3 was given"),
        (
            {"play": "number", "number": FloatSlider(description="number")},
            ValueError,
            "play must name an IntSlider of the controls, but 'number' was given",
        ),
    ],
)
def test_explore_refuses_bad_input_and_shows_nothing(cell, arguments, kind, message):
    ax = axes()
    given = {"figure": ax, "move": line_to(ax), "number": number_slider()} | arguments
    before = set(live_widgets)
    with pytest.raises(kind, match=message):
        rh.explore(**given)
    assert set(live_widgets) == before
    assert cell.outputs == []
    assert ax.get_lines() == []
    assert plt.get_fignums() == [ax.figure.number]


def test_there_must_be_a_control(cell):
    with pytest.raises(ValueError, match="there must be a control, but none was given"):
        rh.explore(axes(), lambda: "Nothing moves.")
    assert cell.outputs == []


def test_a_widget_that_has_a_value_and_a_description_is_a_control():
    ax = axes()
    text = Text("two", description="word")
    explorer = Explorer(ax, lambda word: f"The word is {word}.", word=text)
    text.value = "three"
    assert_shows(explorer, "The word is three.")


def test_a_widget_without_a_value_is_no_control():
    with pytest.raises(TypeError, match="box must be a control, but a VBox was given"):
        Explorer(axes(), lambda box: "A box.", box=module.VBox([Label("a")]))


def test_move_may_take_everything_or_have_defaults():
    for move in (lambda **_: "a", lambda number, other=1: "a", lambda *_, number: "a"):
        assert Explorer(axes(), move, number=number_slider()).alt == "a"


# What a notebook receives


def test_explore_shows_the_picture_and_then_a_line_about_the_controls(cell):
    ax = axes(size=(4, 2))
    size = number_slider(description="size (points)")
    rh.explore(ax, lambda number, size: "A sentence.", number=number_slider(), size=size)
    picture, line = cell.outputs
    assert set(picture["data"]) == {"image/png", "text/plain", WIDGET}
    assert picture["data"]["text/plain"] == "A sentence."
    assert picture["metadata"] == {"image/png": {"alt": "A sentence.", "width": 400, "height": 200}}
    assert set(line["data"]) == {"text/plain", WIDGET}
    assert (
        line["data"]["text/plain"] == "A sentence.\nRun this cell to move: number, size (points)."
    )


def test_the_views_are_those_of_everything_and_of_an_empty_hidden_box(cell):
    ax = axes()
    rh.explore(ax, line_to(ax), number=number_slider())
    everything, nothing = (
        live_widgets[output["data"][WIDGET]["model_id"]] for output in cell.outputs
    )
    (explorer,) = module._of_cell.values()
    assert everything is explorer.box
    assert nothing.children == ()
    assert nothing.layout.display == "none"
    for output in cell.outputs:
        version = {name: output["data"][WIDGET][f"version_{name}"] for name in ("major", "minor")}
        assert version == {"major": 2, "minor": 0}


def test_the_picture_in_the_file_is_the_first_one_of_the_widget(cell):
    ax = axes()
    rh.explore(ax, line_to(ax), number=number_slider())
    (explorer,) = module._of_cell.values()
    assert base64.b64decode(cell.outputs[0]["data"]["image/png"]) == png_of(explorer)


def test_explore_gives_nothing_back_and_closes_its_figure_alone(cell):
    other, ax = plt.figure(), axes()
    assert rh.explore(ax, line_to(ax), number=number_slider()) is None
    assert plt.get_fignums() == [other.number]
    (explorer,) = module._of_cell.values()
    set_each(explorer, number=8)
    assert plt.get_fignums() == [other.number]


@pytest.mark.parametrize("get_parent", [None, dict, lambda: {"metadata": {}}])
def test_explore_works_where_cells_have_no_id(cell, get_parent):
    shell = InteractiveShell.instance()
    del shell.get_parent
    if get_parent:
        shell.get_parent = get_parent
    ax = axes()
    rh.explore(ax, line_to(ax), number=number_slider())
    assert len(cell.outputs) == 2


def test_explore_works_without_ipython(monkeypatch):
    ax, shown = axes(), []
    monkeypatch.setattr(module, "display", lambda *data, **_: shown.append(data))
    monkeypatch.setattr(module.figures, "show_png", lambda *data, **_: shown.append(data))
    rh.explore(ax, line_to(ax), number=number_slider())
    assert len(shown) == 2


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


def test_running_a_cell_again_closes_the_explorer_that_it_had(cell):
    first = open_explorer()
    assert is_open(first)
    second = open_explorer()
    assert not is_open(first)
    assert is_open(second)
    assert first.moving == []


def test_another_figure_in_the_same_cell_closes_the_explorer_too(cell):
    first, second = open_explorer(), open_explorer(axes(columns=2, size=(5, 1)))
    assert not is_open(first)
    assert is_open(second)


def test_a_figure_of_an_earlier_cell_can_be_explored_again_with_nothing_left_over(cell):
    ax = axes()
    for cell.id in ("first", "first", "second"):
        rh.explore(ax, line_to(ax), number=number_slider())
    pictures = cell.outputs[::2]
    assert len(pictures) == 3
    for again in pictures[1:]:
        assert again["metadata"] == pictures[0]["metadata"]
        assert again["data"]["image/png"] == pictures[0]["data"]["image/png"]
    assert len(ax.get_lines()) == 1
    assert len(module._of_cell) == 1


@pytest.mark.parametrize("play", [None, "number"])
def test_closing_closes_layouts_styles_links_and_hidden_boxes_too(cell, play):
    def run_the_cell():
        ax = axes()
        rh.explore(ax, line_to(ax), play=play, number=number_slider())
        return len(live_widgets)

    first = run_the_cell()
    assert [run_the_cell() for _ in range(3)] == 3 * [first]


def test_a_closed_explorer_follows_nothing(cell):
    first = open_explorer()
    open_explorer()
    before = first.alt
    set_each(first, number=9)
    assert first.alt == before
    assert first.moving == []


def test_other_cells_and_other_controls_are_left_open(cell):
    first = open_explorer()
    ax = axes()
    rh.explore(ax, lambda other: "Other.", other=number_slider(description="other"))
    cell.id = "second"
    second = open_explorer()
    assert is_open(first)
    assert is_open(second)
    assert len(module._of_cell) == 3
    cell.id = "first"
    open_explorer()
    assert not is_open(first)
    assert is_open(second)


def test_an_explorer_that_cannot_be_made_leaves_the_one_before_open(cell):
    first, ax = open_explorer(), axes()
    with pytest.raises(ZeroDivisionError):
        rh.explore(ax, lambda number: 1 // 0, number=number_slider())
    assert is_open(first)
    set_each(first, number=4)
    assert_shows(first, "A line to 4.")


# A long session


def what_there_is(explorer, figure):
    children = [len(parent.get_children()) for parent in (figure, *figure.axes)]
    return plt.get_fignums(), children, len(live_widgets), len(explorer.moving)


def change(explorer, times):
    """Change the number often, and return how many objects there are then."""
    slider = explorer.controls["number"]
    for count in range(times):
        slider.value = (slider.value + 1 + count % 8) % 10
    gc.collect()
    return len(gc.get_objects())


def test_after_1000_changes_nothing_has_piled_up():
    ax, other = axes(size=(1, 1), layout="none"), plt.figure()
    explorer = Explorer(ax, line_to(ax), number=number_slider())
    objects = change(explorer, 50)
    before = what_there_is(explorer, ax.figure)
    assert before[0] == [other.number]
    assert abs(change(explorer, 1000) - objects) < 100
    assert what_there_is(explorer, ax.figure) == before


def test_nothing_piles_up_whatever_is_drawn():
    ax = axes(size=(2, 1), columns=2, layout="none")

    def move(number):
        for kind in ("line", "points", "band", "text", "image"):
            draw_artist(ax.figure.axes[1], kind, 1, 0.5, number)
        ax.legend(handles=ax.plot([0, number], [1, 2], label="line"))
        ax.figure.text(0, 0, "text")
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())
    objects = change(explorer, 10)
    before = what_there_is(explorer, ax.figure)
    assert abs(change(explorer, 40) - objects) < 100
    assert what_there_is(explorer, ax.figure) == before


def test_limits_that_were_refused_are_put_back():
    ax = axes()
    line = line_to(ax)

    def move(number):
        if number == 5:
            ax.set_xlim(0, 5)
        return line(number)

    explorer = Explorer(ax, move, number=number_slider())
    good = explorer.image.value
    with pytest.raises(ValueError, match="must not change the limits"):
        set_each(explorer, number=5)
    set_each(explorer, number=3)
    assert ax.get_xlim() == (0, 10)
    assert explorer.image.value == good


def test_running_a_cell_again_with_a_control_of_an_earlier_cell(cell):
    slider = number_slider()
    for _ in range(2):
        ax = axes()
        rh.explore(ax, line_to(ax), number=slider)
    (explorer,) = module._of_cell.values()
    slider.value = 8
    assert slider.comm is not None
    assert explorer.alt == "A line to 8."


def test_the_same_values_give_the_same_colours():
    ax = axes()

    def move(number):
        ax.plot([0, number], [0, 10])
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())
    first = explorer.image.value
    set_each(explorer, number=4)
    set_each(explorer, number=3)
    assert explorer.image.value == first


@pytest.mark.parametrize("kind", ["bar", "errorbar", "stem"])
def test_containers_do_not_pile_up(kind):
    ax = axes()

    def move(number):
        getattr(ax, kind)([1, 2], [number, number])
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider())
    change(explorer, 20)
    assert len(ax.containers) <= 1


def test_what_moves_on_inset_axes_is_drawn_and_replaced():
    ax = axes()
    inset = ax.inset_axes([0.5, 0.5, 0.4, 0.4])
    inset.set(xlim=(0, 10), ylim=(0, 10))
    explorer = Explorer(ax, line_to(inset), number=number_slider())
    set_each(explorer, number=5)
    assert len(explorer.moving) == len(inset.get_lines()) == 1


def test_a_thin_line_keeps_its_colour():
    ax = axes(size=(5, 3))

    def move(number):
        ax.axvline(number / 10, color="#D55E00", linewidth=1.2)
        return f"{number}."

    explorer = Explorer(ax, move, number=number_slider(3, 0, 100))
    for number in range(1, 60):
        set_each(explorer, number=number)
        drawn = pixels_of(ax.figure.canvas)[..., :3].astype(int)
        decoded = np.asarray(picture_of(explorer).convert("RGB")).astype(int)
        assert np.abs(decoded - drawn).max() < 64


def test_a_bad_move_leaves_the_explorer_of_the_same_figure_open(cell):
    ax = axes()
    first = open_explorer(ax)
    with pytest.raises(TypeError, match="move must be a function"):
        rh.explore(ax, "no function", number=number_slider())
    assert is_open(first)


def test_figure_and_control_can_both_be_explored_again(cell):
    ax, slider = axes(), number_slider()
    for _ in range(2):
        rh.explore(ax, line_to(ax), number=slider)
    slider.value = 8
    assert slider.comm is not None
    assert list(module._of_cell.values())[-1].alt == "A line to 8."


@pytest.mark.parametrize("name", ["title", "xlabel", "ylabel"])
def test_a_title_or_label_that_moves_is_refused_and_put_back(name):
    ax = axes()
    ax.set(**{name: "stays"})
    line = line_to(ax)

    def move(number):
        if number == 5:
            ax.set(**{name: "moves"})
        return line(number)

    explorer = Explorer(ax, move, number=number_slider())
    with pytest.raises(ValueError, match="must not change the limits, the title or the labels"):
        set_each(explorer, number=5)
    assert (ax.get_title("left") if name == "title" else getattr(ax, f"get_{name}")()) == "stays"


def test_subfigures_are_refused():
    figure = plt.figure()
    figure.subfigures(1, 2)
    with pytest.raises(ValueError, match="no subfigures"):
        Explorer(figure, lambda number: "A sentence.", number=number_slider())
