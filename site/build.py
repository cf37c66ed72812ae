"""Build the site: ``python site/build.py [FOLDER] [NOTEBOOK ...]``, into site/html if not told.

Its pages are README.md, TEACHING.md, CONTRIBUTING.md and the notebooks as they were committed; no
cell is executed for them. What is special about an output becomes HTML here: figures, questions,
exercises and explorers, whose frames other processes draw while Sphinx works (``frames.py``).
"""

import argparse
import base64
import html
import json
import multiprocessing
import os
import posixpath
import re
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would wait for each other
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import frames  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402

from rnn_helpers import page  # noqa: E402
from rnn_helpers.practice import EXERCISES, engine  # noqa: E402
from tools import notebooks as tool  # noqa: E402
from tools import repository  # noqa: E402

OTHERS = ("TEACHING.md", "CONTRIBUTING.md")
WHERE = repository.current(ROOT)
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
ROW = re.compile(r"\| \[(.+?)\]\((.+?)\.ipynb\) \| (.+?) \| (\d+) \|")
CHECK = re.compile(r'rh\.check\("([^"]+)"')
PLACE = "<!-- explorer {} -->"  # stands where an explorer will stand
ALONE = "Here each control moves alone, from the values at first. All of them move together"


def build(out: Path, notebooks: list[Path]) -> None:
    """Write the site with these notebooks into a folder."""
    for folder in (out / "explorers", out / "figures", out / "_static"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    style = page.STYLE.removeprefix("<style>").removesuffix("</style>")
    (out / "_static" / "rh.css").write_text(style, encoding="utf-8")
    # Forked from one that has imported everything, a process need not; on Linux that is safe.
    context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
    context.set_forkserver_preload(["frames", "sphinx.application"])
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (ROOT, HERE)))  # where it finds them
    pool = ProcessPoolExecutor(os.cpu_count(), context, max_tasks_per_child=1)
    try:
        drawn = [pool.submit(frames.draw, path, out / "explorers") for path in notebooks]
        with tempfile.TemporaryDirectory() as folder:
            write_sources(Path(folder), out / "figures", notebooks)
            Sphinx(folder, HERE, out, Path(folder, ".doctrees"), "html", status=None).build()
        for path, explorers in zip(notebooks, drawn, strict=True):
            file = out / "notebooks" / f"{path.stem}.html"
            text = file.read_text(encoding="utf-8")
            for each in explorers.result():
                text = text.replace(PLACE.format(each["place"]), explorer_html(each, path))
            file.write_text(text, encoding="utf-8")
    finally:  # whatever has failed, nothing more is drawn
        pool.shutdown(cancel_futures=True)


# Sources ------------------------------------------------------------------------------------------


def write_sources(folder: Path, figures: Path, notebooks: list[Path]) -> None:
    """Write what Sphinx reads into a folder, and the figures into the site."""
    (folder / "notebooks").mkdir()
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in OTHERS}
    pages = {"index.md", *texts, *(f"notebooks/{path.name}" for path in notebooks)}
    for path in notebooks:
        notebook = notebook_page(path, figures)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = linked(cell.source, "notebooks", pages)
        (folder / "notebooks" / path.name).write_text(tool.to_text(notebook), encoding="utf-8")
    texts["index.md"] = front_page(notebooks, figures)
    for name, text in texts.items():
        (folder / name).write_text(linked(text, "", pages), encoding="utf-8")


def linked(text: str, folder: str, pages: set[str]) -> str:
    """Return Markdown whose links lead to pages of the site, and else to GitHub."""

    def fix(match: re.Match) -> str:
        target, place = posixpath.normpath(posixpath.join(folder, match[1])), match[2] or ""
        there = "index.md" if target == "README.md" else target
        if there in pages:
            return f"]({posixpath.relpath(there, folder)}{place})"
        known = (ROOT / target).exists()
        return f"]({WHERE.address}/blob/{WHERE.branch}/{target}{place})" if known else match[0]

    return LINK.sub(fix, text)


def front_page(notebooks: list[Path], figures: Path) -> str:
    """Return README.md with a map of the course, which comes first, in place of its table."""
    names, cards, entries = {f"notebooks/{path.stem}" for path in notebooks}, [], []
    for title, name, question, minutes in ROW.findall(tool.table()):
        if name in names:
            picture = min(figures.glob(f"{Path(name).stem}-*.png")).name
            cards.append(
                f'<a href="{name}.html"><img src="figures/{picture}" alt="" loading="lazy">'
                f"<strong>{title}</strong><span>{question}</span>"
                f"<small>{minutes} minutes</small></a>"
            )
            entries.append(f"{title} <{name}>")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    course = f'<div class="rh-map">{"".join(cards)}</div>\n'
    run = f"Run the first notebook {launch(notebooks[0], '#start')}.\n"
    for word, new in (("picture", ""), ("links", run), ("notebooks", course)):
        text = tool.between(text, word, new, "README.md")
    first, *parts = re.split(r"(?m)^(?=## )", text)
    parts.sort(key=lambda part: not part.startswith("## The notebooks"))
    for caption, them in (("Notebooks", entries), ("About", OTHERS)):
        lines = "\n".join(them)
        parts.append(f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n")
    return "".join([first, *parts])


def launch(path: Path, start: str = "../index.html#start") -> str:
    """Return where a notebook runs, with links, as HTML."""
    colab, binder = re.findall(r"\]\((https[^)]*)\)(?:\s|$)", repository.badges(WHERE, path.name))
    colab, binder = f'<a href="{colab}">Colab</a>', f'<a href="{binder}">Binder</a>'
    return f'in {colab}, on {binder} or <a href="{start}">at home</a>'


def notebook_page(path: Path, figures: Path) -> tool.NotebookNode:
    """Return a notebook as a page: without what is of use only where it runs."""
    notebook, number = tool.read(path), 0
    first, last = notebook.cells[0], notebook.cells[-1]
    heading, _, rest = tool.HEAD.sub("", first.source).partition("\n")
    facts = f"Notebook {path.stem[:2]}, about {tool.minutes(notebook)} minutes. Run it"
    first.source = f'{heading}\n\n<p class="rh-run">{facts} {launch(path)}.</p>\n{rest}'
    last.source = repository.LAST_LINE.sub("", last.source).rstrip("-\n ")
    cells = [each for each in notebook.cells if each.source and "sys.path[:0] =" not in each.source]
    notebook.cells = cells
    for cell in tool.code_cells(notebook):
        if cell.source.startswith(tool.TITLE):
            title, _, cell.source = cell.source.removeprefix(tool.TITLE).partition("\n")
            prompts = dict.fromkeys(("code_prompt_show", "code_prompt_hide"), f"Code: {title}")
            cell.metadata |= {"tags": ["hide-input"], "mystnb": prompts}
        for before, output in zip([None, *cell.outputs], cell.outputs, strict=False):
            data = output.get("data", {})
            place = PLACE.format(f"{path.stem}-{cell.id}")
            shown, exercise = data.get("text/html", ""), CHECK.search(cell.source)
            if "image/png" in data:
                name, about = f"{path.stem}-{number:02}.png", output.metadata["image/png"]
                (figures / name).write_bytes(base64.b64decode(data.pop("image/png")))
                size = f'width="{about["width"]}" height="{about["height"]}" loading="lazy"'
                about = f'alt="{html.escape(about["alt"])}" {size}'
                data["text/html"] = f'<img class="rh-figure" src="../figures/{name}" {about}>'
                number += 1
            elif "rh-picture" in shown:
                before.data["text/html"], data["text/html"] = place, "<!-- -->"
            elif exercise and data.get("text/plain", "").startswith("Not yet:"):
                data["text/html"] = exercise_html(EXERCISES[exercise[1]], path)
            elif shown:
                data["text/html"] = shown.replace("<table>", '<table class="dataframe">')
    return notebook


# HTML ---------------------------------------------------------------------------------------------


def exercise_html(exercise: object, path: Path) -> str:
    """Return the hints of an exercise, one folded in the other, and its folded solution."""
    hints, total = "", len(exercise.hints)
    for number in range(total, 0, -1):
        said = f'<div class="rh-box">{page.with_code(exercise.hints[number - 1])}</div>'
        hints = f"<details><summary>Hint {number} of {total}</summary>{said}{hints}</details>"
    code = f'<div class="highlight">{engine.highlighted(exercise.solution)}</div>'
    run = f"<p>The check answers where Python runs: {launch(path)}.</p>"
    folded = f"<details><summary>Solution</summary>{code}</details>"
    return f'<div class="rh-help">{run}{hints}{folded}</div>'


def explorer_html(explorer: dict, path: Path) -> str:
    """Return an explorer: its first picture, its controls, its sentence, and all that they show."""
    place, rows, (width, height) = explorer["place"], [], explorer["size"]
    for number, control in enumerate(explorer["controls"]):
        labels, name = [html.escape(label) for label, _ in control["frames"]], f"{place}-{number}"
        if control["listed"]:
            options = (f'<option value="{n}">{label}' for n, label in enumerate(labels))
            each = f'<select id="{name}">{"".join(options)}</select>'
        else:
            each = f'<input type="range" id="{name}" max="{len(labels) - 1}"><span></span>'
        each += '<button type="button" aria-label="play">▶</button>' * control["play"]
        label = f'<label for="{name}">{html.escape(control["name"])}</label>'
        rows.append(f"<div>{label}<div>{each}</div></div>")
    image = f'src="../explorers/{place}-0-{explorer["controls"][0]["first"]}.webp"'
    said, more = html.escape(explorer["said"]), f'<p class="rh-run">{ALONE} {launch(path)}.</p>'
    known = json.dumps(explorer["controls"]).replace("<", r"\u003c")  # no tag ends the script
    return (
        f'<div class="rh-live rh-explorer" data-place="../explorers/{place}">'
        f'<img {image} alt="{said}" width="{width}" height="{height}" loading="lazy">'
        f'<div class="rh-controls" hidden>{"".join(rows)}</div><p role="status">{said}</p>'
        f"{more * (len(rows) > 1)}"
        f'<script type="application/json">{known}</script></div>'
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "html")
    parser.add_argument("notebooks", nargs="*", help="which notebooks; all if none is named")
    options = parser.parse_args()
    build(options.folder.resolve(), tool.find(options.notebooks))
