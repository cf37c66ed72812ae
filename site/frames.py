"""The pictures of a notebook's explorers, drawn by the notebook's own ``move``.

The code of a notebook runs once, in a process of its own, down to its last explorer. Then each
control goes through its values while the others keep theirs.
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
from rnn_helpers.explorer import Explorer, values_of
from tools import notebooks as tool

PLACES = 40  # of a slider, at most
BYTES = 2_600_000  # of the frames of one explorer, about


def draw(notebook: Path, folder: Path) -> list[dict]:
    """Write the frames of each explorer of a notebook into a folder; return what they show."""
    plt.switch_backend("Agg")
    torch.set_num_threads(1)
    os.chdir(notebook.parent)
    os.environ["TQDM_DISABLE"] = "1"
    found, here, cells = [], {"__name__": "__main__"}, tool.code_cells(tool.read(notebook))

    def explore(figure: object, move: object, *, play: str = "", **controls: object) -> None:
        place = f"{notebook.stem}-{cell.id}"
        found.append(explored(Explorer(figure, move, **controls), play, folder, place))

    rh.explore = explore
    for name in ("show", "ask", "check", "passed"):  # the page shows what was committed
        setattr(rh, name, lambda *_, **__: plt.close("all"))
    last = max((n for n, cell in enumerate(cells) if "rh.explore(" in cell.source), default=-1)
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells[: last + 1]:
            exec(compile(cell.source, f"{notebook.name}, {cell.id}", "exec"), here)
    return found


def explored(explorer: Explorer, play: str, folder: Path, place: str) -> dict:
    """Write the frames of one explorer; return its size, its sentence and its controls."""
    start = {name: control.value for name, control in explorer.controls.items()}
    most = min(PLACES, BYTES // len(frame(explorer)) // len(start))
    controls, said = [], explorer.alt
    for number, (name, control) in enumerate(explorer.controls.items()):
        values, labels, first = places(control, most)
        frames = []
        for value, label in zip(values, labels, strict=True):
            control.value = value
            (folder / f"{place}-{number}-{len(frames)}.webp").write_bytes(frame(explorer))
            frames.append([label, explorer.alt])
        control.value = start[name]
        about = {"name": control.description, "play": name == play, "first": first}
        listed = type(control).__name__ in ("ToggleButtons", "Combobox")
        controls.append({**about, "listed": listed, "frames": frames})
    return {"place": place, "size": explorer._size, "said": said, "controls": controls}


def frame(explorer: Explorer) -> bytes:
    """Return what an explorer shows now, without any loss."""
    png, webp = base64.b64decode(bytes(explorer.image.value).partition(b",")[2]), io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    picture.save(webp, "webp", lossless=True, quality=30, method=1)
    return webp.getvalue()


def places(control: object, most: int) -> tuple[list, list[str], int]:
    """Return values of a control, what they are called, and which of them it has now.

    They are the ends, and between them every value, or every second, or third, ...
    """
    values = values_of(control)
    if hasattr(control, "options"):
        labels = [str(each) or "nothing" for each in getattr(control, "_options_labels", values)]
    else:
        digits = max(len(f"{value:.6g}".partition(".")[2]) for value in values)
        labels = [f"{value:.{digits}f}" for value in values]
    if control.value in values:
        first = values.index(control.value)
    else:  # but for rounding
        first = int(np.argmin([abs(value - control.value) for value in values]))
    every = -(-len(values) // most)
    chosen = sorted({0, *range(first % every, len(values), every), len(values) - 1})
    values[first] = control.value
    return [values[n] for n in chosen], [labels[n] for n in chosen], chosen.index(first)
