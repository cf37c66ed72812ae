"""Execute the notebooks, clean them, and keep the reading times and the README's table right.

``python tools/notebooks.py [NOTEBOOK ...]`` executes all notebooks, or those named, each in a fresh
kernel of this Python, and writes them back. Executing twice gives the same bytes.
"""

import argparse
import base64
import copy
import html
import io
import itertools
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
import numpy as np
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SECONDS_PER_CELL = 600
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# What editors leave in metadata without being asked; all else somebody has put there.
TRACES = re.compile(
    "ExecuteTime|accelerator|colab|collapsed|execution(Info)?|gpuType|heading_collapsed|id|"
    "interpreter|outputId|papermill|pycharm|scrolled|trusted|vscode|widgets"
)
VIEW = "application/vnd.jupyter.widget-view+json"  # only a page with a running kernel can use it
STYLE = re.compile(r"\s*<style>.*?</style>", re.DOTALL)
# How JupyterLab, Colab and Kaggle mark a folded cell; two of them show its first line, the title.
TITLE = "# @title "
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form", "_kg_hide-input": True}
PICTURE_CELL = ("06_priming", "before-after-code")  # whose figure the README shows
PICTURE_FILE = "notebooks/picture.png"  # JupyterLab shows nothing out of a hidden folder
# The lines with the way through the course and with the badges; tools/repository.py writes them.
HEAD = re.compile(r"(?m)^(?:\d+ of \d+ · |\[!\[Open in Colab\]).*\n*")
MINUTES = re.compile(r"(\*\*You need:?\*\*(?:(?!\n\s*\n).)*?about )\d+( minutes)", re.DOTALL)

# Antialiasing differs a little between machines; a moved point or another colour differs more.
LEVELS_APART, SHARE_APART = 48, 0.01


class NotebookError(Exception):
    """Something that a maintainer has to put right, said in one sentence."""


# Reading and writing ------------------------------------------------------------------------------


def find(names: list[str] | None = None) -> list[Path]:
    """Return the paths of all notebooks in order, or of those named, with or without ``.ipynb``."""
    known = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    stems = [Path(name).name.removesuffix(".ipynb") for name in names or known]
    for stem in stems:
        if stem not in known:
            raise NotebookError(f"There is no notebook {stem}; give one of {', '.join(known)}.")
    return [known[stem] for stem in stems]


def read(path: Path) -> NotebookNode:
    """Return the notebook in a file, or raise a NotebookError if it holds none."""
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, KeyError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path.name} is not a notebook: {str(error)[:100]}.") from None


def to_text(notebook: NotebookNode) -> str:
    """Return what is written to the file of a notebook; the same notebook, the same text."""
    return nbformat.writes(notebook, indent=1, ensure_ascii=False, sort_keys=True).rstrip() + "\n"


def clean(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without anything that tells where, when or in which editor it was made.

    Metadata are kept, of slides or of nbgrader say, but for ``TRACES`` and what is empty; outputs
    are as in ``kept``. The paragraph **You need** says ``minutes(notebook)``. A cell with a
    title is folded.
    """
    notebook, time = copy.deepcopy(notebook), minutes(notebook)
    notebook.metadata = put_there(notebook.metadata | METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = put_there(cell.metadata)
        if cell.source.startswith(TITLE):
            cell.metadata |= FOLDED
        if "outputs" in cell:
            cell.outputs = kept(cell.outputs)
        if cell.cell_type == "markdown":
            cell.source = MINUTES.sub(rf"\g<1>{time}\g<2>", cell.source)
    return notebook


def kept(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return copies of outputs without what only a page with a running kernel can use.

    These are widgets, of which an output before them says the same, and the style of the page.
    """
    outputs = copy.deepcopy(outputs)
    for data in (output.get("data", {}) for output in outputs):
        data.pop(VIEW, None)
        if "text/html" in data:
            data["text/html"] = STYLE.sub("", data["text/html"])
    return [each for each in outputs if "data" not in each or any(each.data.values())]


def put_there(metadata: dict) -> NotebookNode:
    """Return the metadata that somebody has chosen."""
    kept = {k: v for k, v in metadata.items() if v not in ({}, []) and not TRACES.fullmatch(k)}
    return nbformat.from_dict(kept)


def between(text: str, word: str, new: str, file: str) -> str:
    """Return the text of a file with ``new`` between the lines that begin and end ``word``."""
    marks = rf"(<!-- {word}:begin -->\n).*?(<!-- {word}:end -->)"
    text, count = re.subn(marks, lambda match: match[1] + new + match[2], text, flags=re.DOTALL)
    if count != 1:
        raise NotebookError(
            f"{file} must mark one place by <!-- {word}:begin --> and <!-- {word}:end -->."
        )
    return text


# Executing and comparing --------------------------------------------------------------------------


def execute(
    notebook: NotebookNode,
    name: str,
    folder: Path,
    env: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> NotebookNode:
    """Return a copy of a notebook, executed in a fresh kernel that works in a folder.

    The kernel has a clean profile and ``env`` besides the environment of this process, and it is of
    ``python``, which must have ipykernel. A cell that raises or takes longer than
    ``SECONDS_PER_CELL`` ends in a NotebookError that calls the notebook by ``name``.
    """
    notebook, started = copy.deepcopy(notebook), []
    # Only ipykernel's own description of a kernel, which starts sys.executable: one that is
    # installed for the user may belong to another environment.
    kernel = AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
    )
    kernel.kernel_spec.argv[0] = python
    client = NotebookClient(
        notebook,
        km=kernel,
        timeout=SECONDS_PER_CELL,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=lambda cell, cell_index: started.append(cell_index),
    )
    profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # not the maintainer's own
    given = {"TQDM_DISABLE": "1", "PYTHONSTARTUP": "", "IPYTHONDIR": profile.name}
    try:
        client.execute(cleanup_kc=True, env=os.environ | given | dict(env or {}))
    except (CellExecutionError, CellTimeoutError, RuntimeError) as error:  # its kernel died
        raised = isinstance(error, CellExecutionError)
        said = f"{error.ename}: {error.evalue}" if raised else str(error).splitlines()[0]
        raise NotebookError(f"{name}, code cell {len(started)}: {said}") from None
    finally:
        profile.cleanup()
    return notebook


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell: NotebookNode) -> list[str]:
    """Return every text output of a code cell, in order: all but pictures and widgets."""
    found = []
    for output in kept(cell.outputs):
        if output.output_type == "stream":
            found.append(output.text)
        elif output.output_type == "error":
            found.append(f"{output.ename}: {output.evalue}")
        else:
            data = sorted(output.data.items())
            found += [str(value) for kind, value in data if not kind.startswith("image/")]
    return found


def pictures(cell: NotebookNode) -> list[bytes]:
    """Return every PNG that a code cell shows."""
    data = [output.get("data", {}) for output in cell.outputs]
    return [base64.b64decode(kinds["image/png"]) for kinds in data if "image/png" in kinds]


def text_difference(old: NotebookNode, new: NotebookNode) -> str | None:
    """Return a sentence with the first line in which two text outputs differ, or None."""
    if texts(old) == texts(new):
        return None
    lines = [[line for text in texts(cell) for line in text.splitlines()] for cell in (old, new)]
    for was, now in itertools.zip_longest(*lines, fillvalue="(nothing)"):
        if was != now:
            return f"it says {was!r}, but running it gives {now!r}."
    return "its text is divided into outputs in another way than running it gives."


def picture_difference(old: bytes, new: bytes) -> str | None:
    """Return a sentence if two PNGs differ in size or visibly in their pixels, or None.

    At most 1 % of the pixels may differ by more than 48 of 255 levels in a colour: other machines
    smooth edges a little differently.
    """
    if old == new:
        return None
    one, other = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int) for png in (old, new))
    if one.shape != other.shape:
        sizes = [f"{picture.shape[1]} x {picture.shape[0]}" for picture in (one, other)]
        return f"its picture has {sizes[0]} pixels, but running it gives {sizes[1]}."
    share = np.mean((abs(one - other) > LEVELS_APART).any(axis=2))
    if share > SHARE_APART:
        return f"its picture differs from what running it gives in {share:.1%} of the pixels."
    return None


# Reading time, table and picture ------------------------------------------------------------------


def minutes(notebook: NotebookNode) -> int:
    """Return how long a reader needs, in minutes, rounded up to a multiple of 5.

    Words of prose at 120 a minute, 4 seconds for each line of code that is not folded, 30 seconds
    for each figure.
    """
    prose = [HEAD.sub("", cell.source) for cell in notebook.cells if cell.cell_type == "markdown"]
    words = [word for source in prose for word in source.split() if re.search(r"\w", word)]
    shown = [cell.source for cell in code_cells(notebook) if not cell.source.startswith(TITLE)]
    lines = sum(len(source.splitlines()) for source in shown)
    figures = sum(len(pictures(cell)) for cell in code_cells(notebook))
    seconds = len(words) / 120 * 60 + lines * 4 + figures * 30
    return max(5, math.ceil(seconds / 300) * 5)


def opening(path: Path) -> tuple[str, str]:
    """Return the title of a notebook, and the sentence after it."""
    cells = read(path).cells
    first = HEAD.sub("", cells[0].source) if cells else ""
    found = re.match(r"# ([^\n]+)\n+(.+?[.?])(?=\s|$)", first, re.DOTALL)
    if found is None:
        raise NotebookError(f"{path.name} must begin with a # title and a sentence after it.")
    return found[1].strip(), " ".join(found[2].split())


def table() -> str:
    """Return the README's table: of each notebook on disk the title and the sentence after it."""
    rows = ["| notebook | what you see there | minutes |", "|---|---|---|"]
    for path in find():
        title, sentence = opening(path)
        link = f"[{path.stem.split('_')[0]} {title}](notebooks/{path.name})"
        rows.append(f"| {link} | {sentence} | {minutes(read(path))} |")
    return "\n".join(rows) + "\n"


def picture() -> tuple[str, bytes]:
    """Return the README's picture, one figure of the course: its alternative text and its PNG."""
    name, cell_id = PICTURE_CELL
    for cell in code_cells(read(find([name])[0])):
        if cell.get("id") == cell_id and pictures(cell):
            return texts(cell)[0], pictures(cell)[0]
    raise NotebookError(f"{name} has no cell {cell_id} with a picture for the README.")


def readme_with_table() -> str:
    """Return what the README should say: as it is, with a fresh table and picture."""
    alt, png = picture()
    width = Image.open(io.BytesIO(png)).width // 2  # it is drawn at twice the resolution
    image = f'<img src="{PICTURE_FILE}" width="{width}" alt="{html.escape(alt)}">\n'
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = between(text, "notebooks", table(), "README.md")
    return between(text, "picture", image, "README.md")


# The commands -------------------------------------------------------------------------------------


def parser(text: str) -> argparse.ArgumentParser:
    """Return a parser of a command line that shows a module's docstring as its help."""
    layout = argparse.RawDescriptionHelpFormatter
    return argparse.ArgumentParser(description=text, formatter_class=layout)


def done(work: Callable[[], list[str] | None], fine: str = "") -> int:
    """Work, and print the problems that come back, or that all is fine; return 1 if it is not."""
    try:
        problems = work()
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    if problems is not None:
        print(*problems or [fine], sep="\n")
    return 1 if problems else 0


def write(paths: list[Path]) -> None:
    """Execute notebooks and write them back, cleaned, and the README's table and picture."""
    for path in paths:
        before = path.read_text(encoding="utf-8")
        notebook = clean(execute(read(path), path.name, path.parent))
        after = to_text(notebook)
        path.write_text(after, encoding="utf-8", newline="\n")
        said = "as it was" if after == before else "written"
        print(f"{path.name}: {said}, about {minutes(notebook)} minutes", flush=True)
    (ROOT / "README.md").write_text(readme_with_table(), encoding="utf-8", newline="\n")
    (ROOT / PICTURE_FILE).write_bytes(picture()[1])


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 1 if a notebook fails."""
    asked = parser(__doc__)
    asked.add_argument("notebooks", nargs="*", help="which notebooks; all if none is named")
    names = asked.parse_args(arguments).notebooks
    return done(lambda: write(find(names)))


if __name__ == "__main__":
    sys.exit(main())
