"""Explorers: a figure with controls under it that follows every change of a control.

An explorer is quick because most of a figure stays as it is. What stays is drawn once and kept as
pixels. With each change only what moves is drawn, on top of these pixels, and the picture goes to
the browser as a small PNG. Where there is no kernel, the last picture and a line of text remain.
"""

import asyncio
import base64
import functools
import html
from collections.abc import Callable, Iterable

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from ipywidgets import HTML, Box, DOMWidget, Image, Play, ValueWidget, VBox, jslink
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import figures, page

PIXELS = 1.5  # for each pixel of an ordinary screen; other figures have 2, this is for speed
# Spaces fill up the address of a picture: what is shorter than a packet between two programs on
# Linux, Jupyter's server holds back until the page confirms what came before, 40 ms later.
ADDRESS = 2**16
EVERY = 150  # milliseconds between two steps of the play button: fast enough for a film
ON_TOP = 100  # added to the zorder of what moves: it lies over all that stays

_of_cell: dict[tuple, "Explorer"] = {}  # running a cell again ends the explorer that it had


def values_of(control: ValueWidget) -> list:
    """Return every value that a reader can give to a control; of a free text, what it suggests."""
    if hasattr(control, "options"):
        return list(getattr(control, "_options_values", control.options))
    values = np.arange(control.min, control.max + control.step / 2, control.step)
    return values.astype(type(control.value)).tolist()


class Explorer:
    """A picture, controls under it, and a sentence that says what the picture shows.

    ``explore`` makes one and shows it; its parameters are explained there. ``moving`` holds what
    the last call of ``move`` drew, in the order of drawing, and ``alt`` the sentence it returned.
    """

    def __init__(self, figure, move, *, play=None, every=EVERY, **controls) -> None:
        self._figure = figures.figure_of(figure)
        self._move, self.controls, self.moving, self._link = move, controls, [], None
        self._timer, self._at_end = None, False
        self._axes = [inner for ax in self._figure.axes for inner in (*ax.child_axes, ax)]
        self._parents = [*self._axes, self._figure]  # in the order of drawing
        self._containers = {ax: len(ax.containers) for ax in self._axes}
        for ax in self._axes:
            ax.set_autoscale_on(False)  # the limits stay too
        self._fixed = _fixed(self._axes)
        self.alt = self._call_move()
        for ax in self._figure.axes:
            entries = len(ax.get_legend_handles_labels()[1])
            if entries and not (ax.get_legend() or self._figure.legends):
                figures.legend_above(ax, ncols=3 if entries <= 3 else 2)
        for artist in self.moving:
            artist.set_visible(False)
        plt.close(self._figure)  # pyplot forgets it; this object keeps it
        self._dpi = self._figure.dpi
        self._canvas, *self._size = figures.draw(self._figure, PIXELS)
        self._figure.set_layout_engine("none")  # and the places of the axes
        self._fixed = _fixed(self._axes)  # once more: an equal aspect may have moved the limits
        self._still = self._canvas.copy_from_bbox(self._figure.bbox)
        for artist in self.moving:
            artist.set_visible(True)

        layout = {"max_width": "100%", "height": "auto", "margin": "0"}
        self.image = Image(format="url", width=str(self._size[0]), layout=layout)
        self.sentence = HTML()
        self.sentence.add_class("rh-said")
        self._update()
        self._rows = Box(self._controls(play, every), layout={"flex_flow": "row wrap"})
        self.box = VBox([self.image, self._rows, self.sentence, HTML(page.SCRIPT)])
        for name in ("rh-live", "rh-explorer"):
            self.box.add_class(name)

    def _controls(self, play: str | None, every: int) -> list[DOMWidget]:
        """Return the controls, laid out and observed, with a play button after its slider."""
        rows, widest = [], max(len(control.description) for control in self.controls.values())
        for name, control in self.controls.items():
            control.style.description_width = f"{widest}ch"
            control.layout.width, control.layout.max_width = "34em", "98%"  # two fit in a row
            if control.style.has_trait("button_width"):
                control.style.button_width = "auto"  # or three buttons would take three lines
                control.layout.width, control.layout.min_width = "auto", "min(34em, 98%)"
                control.add_class("widget-inline-hbox")  # their name beside them, not above
            if control.has_trait("tooltip"):  # ipywidgets 8 would show "null"
                control.tooltip = control.description
            control.observe(self._changed, "value")
            rows.append(control)
            if name == play:
                limits = {"min": control.min, "max": control.max, "step": control.step}
                button = Play(value=control.value, interval=every, **limits)
                self._link = jslink((button, "value"), (control, "value"))
                playing = "playing" if button.has_trait("playing") else "_playing"  # ipywidgets 7
                button.observe(self._played, playing)
                both = {"flex_flow": "row wrap", "max_width": "100%"}  # they wrap together
                rows[-1] = Box([control, button], layout=both)
        return rows

    def _played(self, change: dict) -> None:
        """Begin again if the button was pressed at the end, where the page stops it at once."""
        button = change["owner"]
        if change["new"]:
            self._at_end = button.value + button.step > button.max
        elif self._at_end:
            self._at_end, button.value = False, button.min
            setattr(button, change["name"], True)

    def _changed(self, _change: object) -> None:
        """Draw for the new values; if that fails, show no picture, say why, and raise."""
        try:
            self.alt = self._call_move()
            self._update()
        except Exception as error:
            self.image.layout.visibility = "hidden"
            self._say(f"This could not be drawn. {type(error).__name__}: {error}")
            raise
        self.image.layout.visibility = "visible"
        self._keep_soon()

    def _update(self) -> None:
        """Hand picture and sentence over; an address that holds it saves the browser a request."""
        address = b"data:image/png;base64," + base64.b64encode(self._png())
        self.image.value = address.ljust(ADDRESS)
        self._say(self.alt)

    def _call_move(self) -> str:
        """Replace what moves by what ``move`` draws for the values now; return its sentence."""
        self._take_away()
        for ax in self._axes:
            ax.set_prop_cycle(None)  # colours begin anew: the same values, the same picture
        still = {artist for parent in self._parents for artist in parent.get_children()}
        try:
            alt = self._move(**{name: control.value for name, control in self.controls.items()})
        finally:  # even if it raised: what it has drawn so far must go away the next time
            for parent in self._parents:
                new = [artist for artist in parent.get_children() if artist not in still]
                self.moving += sorted(new, key=Artist.get_zorder)
        if _fixed(self._axes) != self._fixed:
            fixed = "the limits, the title or the labels of an axis"
            raise ValueError(f"move must not change {fixed}; set them before.")
        if not isinstance(alt, str) or not alt.strip():
            wanted = "a sentence that says what it drew"
            raise ValueError(f"move must return {wanted}, but it returned {alt!r}.")
        for artist in self.moving:
            artist.set_zorder(artist.get_zorder() + ON_TOP)
        return alt

    def _take_away(self) -> None:
        """Remove what moves from the figure."""
        for artist in self.moving:
            artist.remove()
        self.moving = []
        for ax, number in self._containers.items():
            del ax.containers[number:]  # of bars, for instance, whose parts are gone

    def _png(self, *, quick: bool = True) -> bytes:
        """Return a picture of what moves on top of what stays."""
        self._canvas.restore_region(self._still)
        for artist in self.moving:
            artist.draw(self._canvas.get_renderer())
        return figures.to_png(self._canvas, self.alt, quick=quick)

    def _say(self, sentence: str) -> None:
        """Say something; a space more or less lets the page notice that it is said once more."""
        odd = not self.sentence.value.endswith(" ")
        self.sentence.value = html.escape(sentence) + " " * odd

    def show(self, *, update: bool = False) -> None:
        """Show everything; without a kernel, the picture, its sentence and the controls' names.

        An update is of what needs no kernel; it reaches a page that was there when all was shown.
        """
        name, labels = self.box.model_id, [each.description for each in self.controls.values()]
        line = f"Run this cell to move: {', '.join(labels)}."
        words = "<br>".join(map(html.escape, (self.alt, line)))
        still = f'<p class="rh-still rh-replaced rh-picture">{words}</p>'
        still = {"text/plain": f"{self.alt}\n{line}", "text/html": still}
        png = self._png(quick=update)  # the first is the one that is committed
        figures.show_png(png, self.alt, *self._size, display_id=f"{name} picture", update=update)
        widget = None if update else self.box
        page.show(still, widget, display_id=f"{name} line", update=update)

    def _keep_soon(self) -> None:
        """Let a notebook that is saved keep what a page shows now, if it stands for a second."""
        if _parent().get("header", {}).get("msg_type") == "comm_msg":
            if self._timer:
                self._timer.cancel()
            keep = functools.partial(self.show, update=True)
            self._timer = asyncio.get_running_loop().call_later(1, keep)

    def close(self, keep: Iterable[DOMWidget] = ()) -> None:
        """Take everything out of every page, and free its memory, but not the widgets to keep."""
        if self._timer:
            self._timer.cancel()
        for control in self.controls.values():
            control.unobserve(self._changed, "value")
        rows = self._rows.children
        parts = {*self.box.children, *rows, self.box, self._link}
        parts |= {part for row in rows for part in getattr(row, "children", ())}
        for widget in parts - {None, *keep}:
            for part in (widget, *(getattr(widget, name, None) for name in ("layout", "style"))):
                if part is not None:
                    part.close()
        self._take_away()
        self._figure.set_dpi(self._dpi)  # the figure can be explored again


def _fixed(axes: list[Axes]) -> list[tuple]:
    """Return what ``move`` must leave as it is: limits, labels and titles."""
    titles = "left", "center", "right"
    return [
        (ax.get_xlim(), ax.get_ylim(), ax.get_xlabel(), ax.get_ylabel(), *map(ax.get_title, titles))
        for ax in axes
    ]


def explore(
    figure: Figure | Axes,
    move: Callable[..., str],
    *,
    play: str | None = None,
    every: int = EVERY,
    **controls: ValueWidget,
) -> None:
    """Show a figure with controls under it, and draw it anew with every change of a control.

    All that is in the figure (or in that of the axes) already stays as it is, with its limits and
    titles; what ``move`` draws is replaced each time. If it raises, the error is shown in place of
    the picture. A legend is added if there is none. The figure is closed.

    Parameters
    ----------
    move : callable
        Called as ``move(name=value, ...)`` with the values of all controls. It draws what moves
        and returns a sentence that says what the picture shows, with its numbers.
    play : str, optional
        The name of an ``IntSlider`` that a play button runs through.
    every : int
        How many milliseconds the play button leaves between two steps.
    **controls : ipywidgets.ValueWidget
        The controls by the names of the parameters of ``move``, each with a description.
    """
    for name, control in controls.items():  # before anything is closed
        if not getattr(control, "description", "").strip():
            wanted = "a slider of ipywidgets, for instance, whose description says what it is"
            raise ValueError(f"{name} must be {wanted}, but {control!r} was given.")
    if play not in (None, *controls):
        raise ValueError(f"play must name a slider of the controls, but {play!r} was given.")
    root = figures.figure_of(figure)
    for key in [key for key, other in _of_cell.items() if other._figure is root]:
        _of_cell.pop(key).close(keep=controls.values())
    explorer = Explorer(figure, move, play=play, every=every, **controls)
    key = (_parent().get("metadata", {}).get("cellId"), *controls)
    if key in _of_cell:
        _of_cell[key].close(keep=controls.values())
    _of_cell[key] = explorer
    explorer.show()


def _parent() -> dict:
    """Return the message of the page that is being answered, or nothing where there is none."""
    shell = get_ipython()
    return shell.get_parent() if hasattr(shell, "get_parent") else {}
