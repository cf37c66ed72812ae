"""Run in the kernel of a notebook: every slider of its explorers goes to its ends and between.

``AFTERWARDS`` tells that all cells have been run: a later one may have taken a name that an
explorer draws with. Then each slider is moved alone.
"""

import html
import io
import itertools
import random
import re
from base64 import b64decode

import numpy as np
from PIL import Image

from rnn_helpers import explorer as module

AFTERWARDS = globals().get("AFTERWARDS", False)


def pixels(explorer):
    """Return what the reader sees of the picture; its bytes hold the sentence too."""
    png = b64decode(bytes(explorer.image.value).partition(b",")[2])
    return np.array(Image.open(io.BytesIO(png)).convert("RGB"))


def problem_with(explorer):
    """Return what is wrong with what the explorer shows now, or None."""
    if explorer.image.layout.visibility == "hidden":
        return "shows no picture"
    if not explorer.sentence.value.startswith(html.escape(explorer.alt)):
        return "says something else under the picture than its alternative text"
    if "nan" in explorer.alt or not re.search(r"\d|diverged", explorer.alt):
        return f"says {explorer.alt!r}, which has no number"
    for line in (artist for artist in explorer.moving if hasattr(artist, "get_xdata")):
        x, (low, high) = line.get_xdata(), line.axes.get_xlim()
        if len(x) != len(line.get_ydata()) or not ((x >= low) & (x <= high)).all():
            return "draws beyond the x axis"
    return None


def show(explorer, values):
    """Move the controls; return the pixels, or raise an error that says what is wrong."""
    try:
        for name, value in values.items():
            explorer.controls[name].value = value
        problem = problem_with(explorer)
    except Exception as error:
        problem = f"raises {type(error).__name__}: {error}"
    if problem:
        now = ((name, control.value) for name, control in explorer.controls.items())
        at = ", ".join(f"{name} = {value}" for name, value in now)
        raise AssertionError(f"the explorer {problem}, with {at}")
    return pixels(explorer)


def sweep(explorer):
    """Move every control of an explorer, and in the end all of them back."""
    start = {name: control.value for name, control in explorer.controls.items()}
    choices = {name: module.values_of(control) for name, control in explorer.controls.items()}
    ends = {name: (values[0], values[-1]) for name, values in choices.items()}
    first, said = show(explorer, start), explorer.alt
    for name in start:
        others = [end for end in ends[name] if end != start[name]]
        pictures = [show(explorer, start | {name: end}) for end in others]
        if all(np.array_equal(picture, first) for picture in pictures):
            raise AssertionError(f"the picture of the explorer does not change with {name}")
    if not AFTERWARDS:
        chance, corners = random.Random(0), list(itertools.product(*ends.values()))
        for corner in chance.sample(corners, min(len(corners), 8)) if len(ends) > 1 else ():
            show(explorer, dict(zip(start, corner, strict=True)))
        quarters = zip(*(chance.sample((1, 2, 3), 3) for _ in start), strict=True)
        for places in quarters:  # each control comes by each of its quarters once
            between = zip(choices.items(), places, strict=True)
            show(explorer, {name: all_[len(all_) * place // 4] for (name, all_), place in between})
        quick = np.array(explorer._canvas.buffer_rgba())
        explorer._canvas.draw()
        if not np.array_equal(quick, explorer._canvas.buffer_rgba()):
            raise AssertionError("the quick picture of the explorer is not the whole drawing")
    if not np.array_equal(show(explorer, start), first) or explorer.alt != said:
        raise AssertionError("the explorer shows something else when its controls are back")


for each in list(module._of_cell.values()):
    sweep(each)
