"""Execute the notebooks, clean them, and keep the reading times and the README's table right.

``python tools/notebooks.py [NOTEBOOK ...]`` executes all notebooks, or those named, each in a fresh
kernel of this Python, and writes them back. Executing twice gives the same bytes.

``--check`` changes nothing, executes again and lists whatever is stale: a text output that differs
at all, a picture that differs visibly, metadata, a reading time, the table in the README.

``--everywhere`` executes with the instructions of older processors too, and with one and two
threads, and lists the cells whose text output depends on that.

``--report`` prints how long and how wordy each notebook is.

The minutes in a notebook's **You need** paragraph and in the README are computed: the words of the
prose at 120 a minute, 4 seconds for a line of code, 30 seconds for a figure, rounded up to a
multiple of 5 minutes.
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
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
import numpy as np
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SECONDS_PER_CELL = 600
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
VIEW = "application/vnd.jupyter.widget-view+json"  # only a page with a running kernel can use it
IGNORED = "nbval-ignore-output"  # the tag of a cell whose output may differ
PICTURE = re.compile(r"(<!-- picture:begin -->\n).*?(<!-- picture:end -->)", re.DOTALL)
PICTURE_CELL = ("06_priming", "before-after-code")  # whose figure the README shows
PICTURE_FILE = ".github/picture.png"
TABLE = re.compile(r"(<!-- notebooks:begin -->\n).*?(<!-- notebooks:end -->)", re.DOTALL)
BADGES = re.compile(r"(?m)^\[!\[Open in Colab\].*\n+")  # tools/repository.py writes them
MINUTES = re.compile(r"(\*\*You need:?\*\*(?:(?!\n\s*\n).)*?about )\d+( minutes)", re.DOTALL)

# Antialiasing differs a little between machines; a moved point or another colour differs more.
LEVELS_APART, SHARE_APART = 48, 0.01

# The newest instructions that torch, MKL, OpenBLAS and numpy may use.
CAPABILITIES = {
    "default": {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2", "OPENBLAS_CORETYPE": "Nehalem"},
    "avx2": {"MKL_ENABLE_INSTRUCTIONS": "AVX2", "OPENBLAS_CORETYPE": "Haswell"},
    "avx512": {"MKL_ENABLE_INSTRUCTIONS": "AVX512", "OPENBLAS_CORETYPE": "SkylakeX"},
}
THREADS = (1, 2)


class NotebookError(Exception):
    """Something that a maintainer has to put right, said in one sentence."""


# Reading and writing ------------------------------------------------------------------------------


def find(names: list[str] | None = None) -> list[Path]:
    """Return the paths of all notebooks in order, or of those that are named.

    Parameters
    ----------
    names : list of str, optional
        Paths or file names, with or without ``.ipynb``.

    Raises
    ------
    NotebookError
        If there is no such notebook.
    """
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    if not names:
        return paths
    known = {path.stem: path for path in paths}
    missing = [name for name in names if Path(name).name.removesuffix(".ipynb") not in known]
    if missing:
        raise NotebookError(
            f"There is no notebook {missing[0]}; give one of {', '.join(known) or '(none yet)'}."
        )
    return [known[Path(name).name.removesuffix(".ipynb")] for name in names]


def read(path: Path) -> NotebookNode:
    """Return the notebook in a file.

    Raises
    ------
    NotebookError
        If there is no such file, or it is no notebook.
    """
    if not path.exists():
        raise NotebookError(f"There is no notebook {path.name} in {path.parent.name}.")
    try:
        return nbformat.read(path, as_version=4)
    except (
        nbformat.reader.NotJSONError,
        nbformat.ValidationError,
        KeyError,
        UnicodeDecodeError,
    ) as error:
        raise NotebookError(f"{path.name} is not a notebook: {str(error)[:100]}.") from None


def to_text(notebook: NotebookNode) -> str:
    """Return what is written to the file of a notebook; the same notebook, the same text."""
    return nbformat.writes(notebook, indent=1, ensure_ascii=False, sort_keys=True).rstrip() + "\n"


def clean(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without anything that tells where, when or in which editor it was made.

    Of a cell's metadata the tags are kept, and the ``reason`` of a cell tagged
    ``nbval-ignore-output``. The ids of the cells are kept. Of an output that a page with a kernel
    shows as a widget, the picture or the text is kept that stands for it elsewhere.
    """
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        kept = {"tags": tags} if tags else {}
        if IGNORED in tags and "reason" in cell.metadata:
            kept["reason"] = cell.metadata["reason"]
        cell.metadata = nbformat.from_dict(kept)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
    return notebook


# Executing ----------------------------------------------------------------------------------------


def execute(
    notebook: NotebookNode,
    name: str,
    folder: Path,
    env: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> NotebookNode:
    """Return a copy of a notebook, executed in a fresh kernel.

    Parameters
    ----------
    notebook : NotebookNode
        Is left as it is.
    name : str
        What to call it in an error message.
    folder : Path
        Where the kernel works.
    env : mapping, optional
        Environment variables in addition to those of this process.
    python : str
        The Python of the kernel, which must have ipykernel; this one if it is not given.

    Raises
    ------
    NotebookError
        If a cell raises or takes longer than ``SECONDS_PER_CELL``, or the kernel dies.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    # Only ipykernel's own description of a kernel, which starts sys.executable: one that is
    # installed for the user may belong to another environment.
    kernel = AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
    )
    kernel.kernel_spec.argv[0] = python
    started = []
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
    try:
        client.execute(cleanup_kc=True, env=os.environ | {"TQDM_DISABLE": "1"} | dict(env or {}))
    except CellExecutionError as error:
        raise NotebookError(
            f"{name}, code cell {len(started)}: {error.ename}: {error.evalue}"
        ) from None
    except CellTimeoutError:
        raise NotebookError(
            f"{name}, code cell {len(started)}: it took longer than {SECONDS_PER_CELL} seconds."
        ) from None
    except DeadKernelError:
        raise NotebookError(f"{name}, code cell {len(started)}: the kernel died.") from None
    return notebook


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell: NotebookNode) -> list[str]:
    """Return every text output of a code cell, in order: all but pictures and widgets."""
    found = []
    for output in cell.outputs:
        if output.output_type == "stream":
            found.append(output.text)
        elif output.output_type == "error":
            found.append(f"{output.ename}: {output.evalue}")
        else:
            data = sorted((kind, value) for kind, value in output.data.items() if kind != VIEW)
            found += [str(value) for kind, value in data if not kind.startswith("image/")]
    return found


def pictures(cell: NotebookNode) -> list[bytes]:
    """Return every PNG that a code cell shows."""
    data = [output.get("data", {}) for output in cell.outputs]
    return [base64.b64decode(kinds["image/png"]) for kinds in data if "image/png" in kinds]


# Reading time and table ---------------------------------------------------------------------------


def minutes(notebook: NotebookNode) -> int:
    """Return how long a reader needs, in minutes, a multiple of 5.

    Words of prose at 120 a minute, 4 seconds for each line of code, 30 seconds for each figure.
    """
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    words = [word for source in prose for word in source.split() if re.search(r"\w", word)]
    lines = sum(len(cell.source.splitlines()) for cell in code_cells(notebook))
    figures = sum(len(pictures(cell)) for cell in code_cells(notebook))
    seconds = len(words) / 120 * 60 + lines * 4 + figures * 30
    return max(5, math.ceil(seconds / 300) * 5)


def update_minutes(notebook: NotebookNode) -> NotebookNode:
    """Return a copy whose **You need** paragraph says ``minutes(notebook)``."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = MINUTES.sub(rf"\g<1>{minutes(notebook)}\g<2>", cell.source)
    return notebook


def title_and_summary(notebook: NotebookNode, name: str) -> tuple[str, str]:
    """Return the H1 of a notebook and the first sentence after it.

    Raises
    ------
    NotebookError
        If its first cell has no H1 with a sentence after it.
    """
    first = BADGES.sub("", notebook.cells[0].source) if notebook.cells else ""
    match = re.match(r"# ([^\n]+)\n+(.+?[.?])(?=\s|$)", first, re.DOTALL)
    if match is None:
        raise NotebookError(f"{name}: the first cell must be a # title and a sentence after it.")
    return match[1].strip(), " ".join(match[2].split())


def table() -> str:
    """Return the README's table of notebooks, from the notebooks as they are on disk."""
    rows = ["| notebook | what you see there | minutes |", "|---|---|---|"]
    for path in find():
        notebook = read(path)
        title, summary = title_and_summary(notebook, path.name)
        number = path.stem.split("_")[0]
        link = f"[{number} {title}](notebooks/{path.name})"
        rows.append(f"| {link} | {summary} | {minutes(notebook)} |")
    return "\n".join(rows) + "\n"


def picture() -> tuple[str, bytes]:
    """Return the README's picture, one figure of the course: its alternative text and its PNG.

    Raises
    ------
    NotebookError
        If there is no such notebook or cell, or the cell shows no picture.
    """
    name, cell_id = PICTURE_CELL
    cells = [cell for cell in read(find([name])[0]).cells if cell.get("id") == cell_id]
    if not cells or not pictures(cells[0]):
        raise NotebookError(f"{name} has no cell {cell_id} with a picture for the README.")
    return texts(cells[0])[0], pictures(cells[0])[0]


def readme_with_table() -> str:
    """Return what the README should say: as it is, with a fresh table and picture.

    Raises
    ------
    NotebookError
        If there is no README, or it does not mark the place of the table.
    """
    readme = ROOT / "README.md"
    if not readme.exists():
        raise NotebookError("There is no README.md for the table of notebooks; write one first.")
    text = readme.read_text(encoding="utf-8")
    if not TABLE.search(text):
        raise NotebookError(
            "README.md must mark the place of the table by the lines <!-- notebooks:begin --> and "
            "<!-- notebooks:end -->."
        )
    fresh = table()
    text = TABLE.sub(lambda marks: marks[1] + fresh + marks[2], text)
    if PICTURE.search(text):
        alt, png = picture()
        width = Image.open(io.BytesIO(png)).width // 2  # it is drawn at twice the resolution
        image = f'<img src="{PICTURE_FILE}" width="{width}" alt="{html.escape(alt)}">\n'
        text = PICTURE.sub(lambda marks: marks[1] + image + marks[2], text)
    return text


# The commands -------------------------------------------------------------------------------------


def write(paths: list[Path]) -> None:
    """Execute notebooks and write them back, cleaned, and the README's table."""
    for path in paths:
        before = path.read_text(encoding="utf-8")
        notebook = update_minutes(clean(execute(read(path), path.name, path.parent)))
        after = to_text(notebook)
        path.write_text(after, encoding="utf-8", newline="\n")
        said = "as it was" if after == before else "written"
        print(f"{path.name}: {said}, about {minutes(notebook)} minutes", flush=True)
    text = readme_with_table()
    (ROOT / "README.md").write_text(text, encoding="utf-8", newline="\n")
    if PICTURE.search(text):
        (ROOT / PICTURE_FILE).parent.mkdir(exist_ok=True)
        (ROOT / PICTURE_FILE).write_bytes(picture()[1])


def stale(path: Path) -> Iterator[str]:
    """Yield a sentence for everything in a notebook that is not as ``write`` would leave it.

    Parameters
    ----------
    path : Path
        The notebook; it is executed, and left as it is.
    """
    name, committed = path.name, read(path)
    cleaned = clean(committed)
    if to_text(cleaned) != to_text(committed):
        yield f"{name}: the metadata is not clean."
    elif to_text(committed) != path.read_bytes().decode():
        yield f"{name}: the file is not laid out as this tool writes it."
    try:
        executed = execute(committed, name, path.parent)
    except NotebookError as error:
        yield str(error)
        return
    if to_text(update_minutes(clean(executed))) != to_text(clean(executed)):
        yield f"{name}: the reading time should be about {minutes(executed)} minutes."
    for number, (old, new) in enumerate(
        zip(code_cells(committed), code_cells(executed), strict=True), start=1
    ):
        where = f"{name}, code cell {number}"
        if old.execution_count != number:
            yield f"{where}: its number is {old.execution_count}; run the notebook from the top."
        if IGNORED not in old.metadata.get("tags", []):
            yield from (f"{where}: {problem}" for problem in output_differences(old, new))


def output_differences(old: NotebookNode, new: NotebookNode) -> Iterator[str]:
    """Yield a sentence for each way in which two outputs of one cell differ."""
    text = text_difference(old, new)
    if text:
        yield text
    old_pictures, new_pictures = pictures(old), pictures(new)
    if len(old_pictures) != len(new_pictures):
        yield f"it has {len(old_pictures)} pictures, but running it gives {len(new_pictures)}."
        return
    for one, other in zip(old_pictures, new_pictures, strict=True):
        problem = picture_difference(one, other)
        if problem:
            yield problem
    if not text and [o.get("metadata") for o in old.outputs] != [
        o.get("metadata") for o in new.outputs
    ]:
        yield "the metadata of an output (a picture's size, say) is not what running it gives."


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


def check(paths: list[Path]) -> list[str]:
    """Return a sentence for everything that is stale in these notebooks and the README."""
    problems = [problem for path in paths for problem in stale(path)]
    try:
        if readme_with_table() != (ROOT / "README.md").read_text(encoding="utf-8"):
            problems.append("README.md: the table or the picture is not what the notebooks say.")
        file = ROOT / PICTURE_FILE
        if file.exists() and file.read_bytes() != picture()[1]:
            problems.append(f"{PICTURE_FILE}: it is not the picture that the notebook shows.")
    except NotebookError as error:
        problems.append(str(error))
    return problems


def usable_capabilities() -> Iterator[str]:
    """Yield the entries of ``CAPABILITIES`` that this machine has; print which it lacks."""
    asked = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    env = {key: value for key, value in os.environ.items() if key != "ATEN_CPU_CAPABILITY"}
    answer = subprocess.run(
        [sys.executable, "-c", asked], env=env, capture_output=True, text=True, check=True
    )
    best, levels = answer.stdout.strip().lower(), list(CAPABILITIES)
    usable = levels.index(best) if best in levels else 0
    for level, name in enumerate(levels):
        if level <= usable:
            yield name
        else:
            print(f"{name}: skipped, this machine lacks it (its best is {best}).", flush=True)


def environment(capability: str, threads: int) -> dict[str, str]:
    """Return the environment variables that hold torch, MKL, OpenBLAS and numpy to a capability."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    newer = {"default": "", "avx2": ("AVX512", "X86_V4"), "avx512": ()}[capability]
    off = [name for name in found if name.startswith(newer)]
    return CAPABILITIES[capability] | {
        "ATEN_CPU_CAPABILITY": capability,
        "NPY_DISABLE_CPU_FEATURES": " ".join(off),
        "OPENBLAS_NUM_THREADS": str(threads),
    }


def with_threads(notebook: NotebookNode, threads: int) -> NotebookNode:
    """Return a copy whose calls of ``rh.set_up`` ask for so many threads."""
    notebook = copy.deepcopy(notebook)
    for cell in code_cells(notebook):
        cell.source = cell.source.replace("rh.set_up(", f"rh.set_up(num_threads={threads}, ")
    return notebook


def everywhere(paths: list[Path]) -> list[str]:
    """Execute under every capability and thread count; return the cells whose text differs."""
    problems = []
    for capability in usable_capabilities():
        for threads in THREADS:
            before, where = len(problems), f"{capability} x {threads}"
            for path in paths:
                committed = read(path)
                try:
                    executed = execute(
                        with_threads(committed, threads),
                        path.name,
                        path.parent,
                        environment(capability, threads),
                    )
                except NotebookError as error:
                    problems.append(f"{where}: {error}")
                    continue
                cells = zip(code_cells(committed), code_cells(executed), strict=True)
                for number, (old, new) in enumerate(cells, start=1):
                    text = text_difference(old, new)
                    if text and IGNORED not in old.metadata.get("tags", []):
                        problems.append(f"{where}: {path.name}, code cell {number}: {text}")
            differ = len(problems) - before
            print(f"{where} threads: {differ} cells differ in {len(paths)} notebooks", flush=True)
    return problems


def report(paths: list[Path]) -> str:
    """Return a table: how long and how wordy each notebook is."""
    head = ("cells", "markdown", "prose", "median", "longest", "KB", "minutes")
    lines = [f"{'notebook':30}" + "".join(f"{word:>9}" for word in head)]
    for path in paths:
        notebook = read(path)
        code = [cell.source for cell in code_cells(notebook)]
        prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        letters, all_letters = len("".join(prose)), len("".join(prose + code))
        lengths = [len(source.splitlines()) for source in code] or [0]
        values = (
            len(notebook.cells),
            f"{len(prose) / max(1, len(notebook.cells)):.0%}",
            f"{letters / max(1, all_letters):.0%}",
            f"{statistics.median(lengths):g}",
            max(lengths),
            f"{path.stat().st_size / 1024:.0f}",
            minutes(notebook),
        )
        lines.append(f"{path.stem:30}" + "".join(f"{value:>9}" for value in values))
    lines.append(
        "markdown: share of the cells; prose: share of the characters; code cells in lines"
    )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 1 if something is stale, differs or fails."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebooks", nargs="*", help="which notebooks; all if none is named")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--check", action="store_true", help="change nothing, list what is stale")
    modes.add_argument("--everywhere", action="store_true", help="older processors, more threads")
    modes.add_argument("--report", action="store_true", help="print how long each notebook is")
    options = parser.parse_args(arguments)
    try:
        paths = find(options.notebooks)
        if options.report:
            print(report(paths))
            return 0
        if not (options.check or options.everywhere):
            write(paths)
            return 0
        problems = check(paths) if options.check else everywhere(paths)
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    for problem in problems:
        print(problem)
    if not problems:
        done = "up to date" if options.check else "the same everywhere"
        print(f"{len(paths)} notebooks: {done}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
