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

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import frames  # noqa: E402
from pygments import highlight  # noqa: E402
from pygments.formatters import HtmlFormatter  # noqa: E402
from pygments.lexers import PythonLexer  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402

from rnn_helpers import page  # noqa: E402
from rnn_helpers.practice import EXERCISES, QUESTIONS, asking  # noqa: E402
from tools import notebooks as tool  # noqa: E402
from tools import repository  # noqa: E402

WHERE = repository.current(ROOT)
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
ROW = re.compile(r"\| \[(.+?)\]\((.+?)\.ipynb\) \| (.+?) \| (\d+) \|")
ALONE = "Here each control moves alone, from the values at first. All of them move together"


def build(out: Path, notebooks: list[Path]) -> None:
    """Write the site with these notebooks into a folder."""
    explorers = out / "explorers"
    for folder in (explorers, out / "figures", out / "_static"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    css = page.STYLE.removeprefix("<style>").removesuffix("</style>")
    (out / "_static" / "rh.css").write_text(css, encoding="utf-8")
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    context.set_forkserver_preload(["frames"])
    pool = ProcessPoolExecutor(os.cpu_count(), context, max_tasks_per_child=1)
    try:
        longest = sorted(notebooks, key=lambda path: -path.stat().st_size)
        drawn = {path: pool.submit(frames.draw, path, explorers) for path in longest}
        with tempfile.TemporaryDirectory() as folder:
            write_sources(Path(folder), out, notebooks)
            Sphinx(folder, HERE, out, Path(folder, ".doctrees"), "html", status=None).build()
        for path in notebooks:
            file = out / "notebooks" / f"{path.stem}.html"
            text = file.read_text(encoding="utf-8")
            for explorer in drawn[path].result():
                text = text.replace(marker(explorer["place"]), explorer_html(explorer, path))
            file.write_text(text, encoding="utf-8")
    finally:  # whatever has failed, nothing more is drawn
        pool.shutdown(cancel_futures=True)


# Sources ------------------------------------------------------------------------------------------


def write_sources(folder: Path, out: Path, notebooks: list[Path]) -> None:
    """Write what Sphinx reads into a folder, and the figures into the site."""
    names = [f"notebooks/{path.name}" for path in notebooks]
    pages = {"index.md", "TEACHING.md", "CONTRIBUTING.md", *names}
    (folder / "notebooks").mkdir()
    for path, name in zip(notebooks, names, strict=True):
        notebook = notebook_page(path, pages, out / "figures")
        (folder / name).write_text(tool.to_text(notebook), encoding="utf-8")
    for name in ("TEACHING.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        (folder / name).write_text(linked(text, name, pages), encoding="utf-8")
    text = linked(front_page(names, out / "figures"), "index.md", pages)
    (folder / "index.md").write_text(text, encoding="utf-8")


def linked(text: str, here: str, pages: set[str]) -> str:
    """Return Markdown whose links lead to pages of the site, and else to GitHub."""

    def fix(match: re.Match) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here), match[1]))
        if not (ROOT / target).exists():
            return match[0]
        target = "index.md" if target == "README.md" else target
        if target in pages:
            return f"]({posixpath.relpath(target, posixpath.dirname(here))}{match[2] or ''})"
        return f"]({WHERE.address}/blob/{WHERE.branch}/{target}{match[2] or ''})"

    return LINK.sub(fix, text)


def front_page(names: list[str], figures: Path) -> str:
    """Return README.md with a map of the course, which comes first, in place of its table."""
    text, cards, entries = (ROOT / "README.md").read_text(encoding="utf-8"), [], []
    for title, name, question, minutes in ROW.findall(tool.table()):
        if f"{name}.ipynb" in names:
            picture = min(figures.glob(f"{Path(name).stem}-*.png"), key=lambda file: file.name)
            cards.append(
                f'<a href="{name}.html"><img src="figures/{picture.name}" alt="" loading="lazy">'
                f"<strong>{title}</strong><span>{question}</span>"
                f"<small>{minutes} minutes</small></a>"
            )
            entries.append(f"{title} <{name}>")
    course = f'<div class="rh-map">{"".join(cards)}</div>\n'
    first = f"Run the first notebook {launch(Path(names[0]), '#start')}.\n"
    for word, new in (("picture", ""), ("links", first), ("notebooks", course)):
        text = tool.between(text, word, new, "README.md")
    parts = re.split(r"(?m)^(?=## )", text)
    parts[1:] = sorted(parts[1:], key=lambda part: not part.startswith("## The notebooks"))
    for caption, them in (("Notebooks", entries), ("About", ["TEACHING", "CONTRIBUTING"])):
        parts.append(f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(them))
        parts.append("\n```\n")
    return "".join(parts)


def launch(path: Path, start: str = "../index.html#start") -> str:
    """Return where a notebook runs, with links, as HTML."""
    colab, binder = re.findall(r"\]\((https[^)]*)\)(?:\s|$)", repository.badges(WHERE, path.name))
    colab, binder = f'<a href="{colab}">Colab</a>', f'<a href="{binder}">Binder</a>'
    return f'in {colab}, on {binder} or <a href="{start}">at home</a>'


def notebook_page(path: Path, pages: set[str], figures: Path) -> tool.NotebookNode:
    """Return a notebook as a page: without what is of use only where it runs."""
    notebook, num_explorers = tool.read(path), 0
    heading, _, rest = tool.HEAD.sub("", notebook.cells[0].source).partition("\n")
    facts = f"Notebook {path.stem[:2]}, about {tool.minutes(notebook)} minutes. Run it"
    notebook.cells[0].source = f'{heading}\n\n<p class="rh-run">{facts} {launch(path)}.</p>\n{rest}'
    last = notebook.cells[-1]
    last.source = repository.LAST_LINE.sub("", last.source).rstrip("-\n ")
    kept = [each for each in notebook.cells if each.source and "sys.path[:0] =" not in each.source]
    for cell in kept:
        if cell.cell_type != "code":
            cell.source = linked(cell.source, f"notebooks/{path.name}", pages)
            continue
        if cell.source.startswith(tool.TITLE):
            title, _, cell.source = cell.source.removeprefix(tool.TITLE).partition("\n")
            prompts = {"code_prompt_show": f"Code: {title}", "code_prompt_hide": f"Code: {title}"}
            cell.metadata |= {"tags": ["hide-input"], "mystnb": prompts}
        for number, output in enumerate(cell.outputs):
            data = output.get("data", {})
            if "image/png" in data:
                name = f"{path.stem}-{kept.index(cell):02}-{number}.png"
                (figures / name).write_bytes(base64.b64decode(data.pop("image/png")))
                data["text/html"] = figure_html(name, output.metadata["image/png"])
            elif "rh-picture" in data.get("text/html", ""):
                cell.outputs[number - 1].data["text/html"] = marker(f"{path.stem}-{num_explorers}")
                data["text/html"], num_explorers = "<!-- -->", num_explorers + 1
            elif "text/html" in data:
                data["text/html"] = practice_html(cell.source, data, path)
    notebook.cells = kept
    return notebook


# HTML ---------------------------------------------------------------------------------------------


def marker(place: str) -> str:
    """Return what stands where an explorer will stand."""
    return f"<!-- explorer {place} -->"


def figure_html(name: str, about: dict) -> str:
    """Return a figure, from a file, in its size and with its alternative text."""
    size = f'width="{about["width"]}" height="{about["height"]}"'
    alt = html.escape(about["alt"])
    return f'<img class="rh-figure" src="../figures/{name}" alt="{alt}" {size} loading="lazy">'


def practice_html(source: str, data: dict[str, str], path: Path) -> str:
    """Return a question with what its buttons will say, or an exercise with its help."""
    text = data["text/plain"]
    for each in QUESTIONS.values():
        if text.startswith(f"{each.text}\n") and each.notebook == path.stem[:2]:
            return question_html(each, text, data["text/html"])
    name = re.search(r'rh\.check\("([^"]+)"', source)
    if name and text.startswith("Not yet:"):
        return exercise_html(EXERCISES[name[1]], path)
    return data["text/html"].replace("<table>", '<table class="dataframe">')


def question_html(question: asking.Question, text: str, still: str) -> str:
    """Return a question as it was committed, and the replies to a right and to wrong answers."""
    line = text.splitlines()[-1].removeprefix("Answer: ")
    right = next(n for n, each in enumerate(question.answers) if line.startswith(f"{each}. "))
    why, wrong = line.removeprefix(f"{question.answers[right]}. "), int(right == 0)
    others = [n for n in range(len(question.answers)) if n != right]
    tries = [[right], [wrong], others[:2]]
    said = (asking.reply(question, tried, right, why) for tried in tries)
    said = "".join(f"<template>{each}</template>" for each in said)
    return f'<div class="rh-live rh-question" data-right="{right}">{still}{said}</div>'


def exercise_html(exercise: object, path: Path) -> str:
    """Return the hints of an exercise, one folded in the other, and its folded solution."""
    hints = ""
    for number, hint in reversed(list(enumerate(exercise.hints, 1))):
        summary = f"<summary>Hint {number} of {len(exercise.hints)}</summary>"
        said = page.with_code(hint)
        hints = f'<details>{summary}<div class="rh-box">{said}</div>{hints}</details>'
    code = highlight(exercise.solution, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()
    code = f'<div class="highlight-ipython3"><div class="highlight"><pre>{code}</pre></div></div>'
    run = f"<p>The check answers where Python runs: {launch(path)}.</p>"
    folded = f"<details><summary>Solution</summary>{code}</details>"
    return f'<div class="rh-help">{run}{hints}{folded}</div>'


def explorer_html(explorer: dict, path: Path) -> str:
    """Return an explorer: its first picture, its controls, its sentence, and all that they show."""
    place, (width, height), rows = explorer["place"], explorer["size"], []
    for number, control in enumerate(explorer["controls"]):
        first, shown, name = control["first"], control["frames"], html.escape(control["name"])
        labels = [html.escape(label) for label, _ in shown]
        if control["buttons"]:
            parts = "".join(
                f'<label><input type="radio" name="{place}-{number}" value="{n}"'
                f"{' checked' * (n == first)}> {label}</label>"
                for n, label in enumerate(labels)
            )
            rows.append(f"<fieldset><legend>{name}</legend>{parts}</fieldset>")
        else:
            most = f'max="{len(shown) - 1}" value="{first}" aria-valuetext="{labels[first]}"'
            play = '<button type="button" aria-label="play">▶</button>' * control["play"]
            slider = f'<input type="range" id="{place}-{number}" {most}>'
            slider = f"<div>{slider}<output>{labels[first]}</output>{play}</div>"
            rows.append(f'<div><label for="{place}-{number}">{name}</label>{slider}</div>')
    image = f'src="../explorers/{place}-0-{explorer["controls"][0]["first"]}.webp"'
    said = html.escape(explorer["said"])
    known = json.dumps(explorer["controls"]).replace("</", r"<\/")
    return (
        f'<div class="rh-live rh-explorer" data-place="../explorers/{place}"><img {image} '
        f'alt="{said}" width="{width}" height="{height}" loading="lazy">'
        f'<div class="rh-controls" hidden>{"".join(rows)}</div><p role="status">{said}</p>'
        f'<p class="rh-run">{ALONE} {launch(path)}.</p>'
        f'<script type="application/json">{known}</script></div>'
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "html")
    parser.add_argument("notebooks", nargs="*", help="which notebooks; all if none is named")
    options = parser.parse_args()
    build(options.folder.resolve(), tool.find(options.notebooks))
