"""The pictures of a notebook's explorers, drawn by the notebook's own ``move``.

The code of a notebook runs once, in a process of its own, down to its last explorer. Each control
goes through its values while the others keep theirs.
"""

import base64
import contextlib
import io
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch._dynamo  # which the first optimizer loads
from PIL import Image

import rnn_helpers as rh
from rnn_helpers.explorer import Explorer
from tools import notebooks as tool

PLACES = 40  # of a slider at most


def draw(notebook: Path, folder: Path) -> list[dict]:
    """Write the frames of each explorer of a notebook into a folder; return what they show."""
    plt.switch_backend("Agg")
    torch.set_num_threads(1)
    os.chdir(notebook.parent)
    os.environ["TQDM_DISABLE"] = "1"
    found, here, cells = [], {"__name__": "__main__"}, tool.code_cells(tool.read(notebook))

    def explore(figure: object, move: object, *, play: str | None = None, **controls: object):
        place = f"{notebook.stem}-{len(found)}"
        found.append(explored(Explorer(figure, move, **controls), play, folder, place))

    rh.explore, rh.show, rh.check, rh.ask = explore, *[lambda *_, **__: plt.close("all")] * 3
    rh.passed = rh.show
    last = max((n for n, cell in enumerate(cells) if "rh.explore(" in cell.source), default=-1)
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells[: last + 1]:
            exec(compile(cell.source, f"{notebook.name}, {cell.id}", "exec"), here)
    return found


def explored(explorer: Explorer, play: str | None, folder: Path, place: str) -> dict:
    """Write the frames of one explorer, and return its size, its sentences and its controls."""
    start = {name: control.value for name, control in explorer.controls.items()}
    controls, said = [], explorer.alt
    for number, (name, control) in enumerate(explorer.controls.items()):
        values, labels = places(control)
        first, frames = values.index(start[name]), []
        for value, label in zip(values, labels, strict=True):
            control.value = value
            frames.append([label, explorer.alt])
            save(explorer, folder / f"{place}-{number}-{len(frames) - 1}.webp")
        control.value = start[name]
        controls.append(
            {
                "name": control.description,
                "first": first,
                "frames": frames,
                "play": name == play,
                "buttons": type(control).__name__ == "ToggleButtons",
            }
        )
    if explorer.alt != said:
        raise ValueError(f"{place} shows something else when its controls are back.")
    return {"place": place, "size": explorer._size, "said": said, "controls": controls}


def save(explorer: Explorer, file: Path) -> None:
    """Write what an explorer shows now, without any loss."""
    png = base64.b64decode(bytes(explorer.image.value).partition(b",")[2])
    Image.open(io.BytesIO(png)).convert("RGBA").save(file, lossless=True, method=2)


def places(control: object) -> tuple[list, list[str]]:
    """Return values of a control and what it calls them: the first, the ends, and those between."""
    if hasattr(control, "options"):
        return list(control._options_values), list(control._options_labels)
    values = np.arange(control.min, control.max + control.step / 2, control.step)
    values = values.astype(type(control.value)).tolist()
    first = int(np.argmin([abs(value - control.value) for value in values]))
    values[first] = control.value
    every = -(-len(values) // (PLACES - 2))
    chosen = {0, len(values) - 1, *range(first % every, len(values), every)}
    values = [values[n] for n in sorted(chosen)]
    digits = max((len(f"{value:.6g}".partition(".")[2]) for value in values), default=0)
    return values, [f"{value:.{digits}f}" for value in values]
