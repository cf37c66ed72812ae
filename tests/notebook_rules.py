"""The rules that every notebook keeps: each a function that yields problems, in words.

``RULES`` take the path of a notebook and what it holds.
"""

import base64
import io
import itertools
import re
import statistics
from urllib.parse import unquote

from nbconvert.filters import markdown2html
from PIL import Image

from rnn_helpers.practice import EXERCISES, QUESTIONS
from rnn_helpers.practice.zoo.base import SUMMARY
from tools import notebooks as tool
from tools import repository as address

MAX_CELLS, MAX_KB = 45, 400
WORDS = (1000, 1500)
MARKDOWN_SHARE = (0.50, 0.60)  # of the cells that are not folded
MEDIAN_LINES, LONGEST_LINES, LONGEST_FOLDED = 6, 20, 40
VARYING = {
    "a timing": r"\d\s?(?:ns|us|µs|μs|ms|s|secs?|seconds?|it/s|s/it)\b"
    r"|\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b(?!\])|\b20\d\d-\d\d-\d\d\b",
    "an address": r"\b0x[0-9a-fA-F]{5,}",
    "a path": r"/home/|/root/|/Users/|/tmp/|/work/|/usr/|\b[A-Z]:\\|site-packages",
}
MACHINE_PATHS = r"(?:/home/\w|/root/|/Users/\w|/tmp/|/work/|\b[A-Z]:\\(?:Users|Windows|Temp)\b)"
FENCES = r"(?ms)^(```|~~~).*?^\1\s*$"
NO_PROSE = (FENCES, r"(?s)<!--.*?-->", r"(`+)(?!`).*?(?<!`)\1(?!`)", r"(?s)\$\$.*?\$\$", r"\$.+?\$")
FOLDED = "<details><summary>Answer</summary>"
LESSON = f"<details><summary>{SUMMARY}</summary>"
KINDS = {"image/png", "text/html", "text/plain"}  # what every reader of notebooks can show
# What every one of them leaves in, and no more.
TAGS = r"</?(?:p|div|br|strong|code|ul|li|details|summary|table|thead|tbody|tr|th|td)%s>"
TAGS %= r'(?: class="rh-[a-z -]+")?'


def prose(markdown):
    """Return markdown without code, formulas and comments."""
    for pattern in NO_PROSE:
        markdown = re.sub(pattern, "", markdown)
    return markdown


def headings(markdown, level=r"#{1,6}"):
    return re.findall(rf"(?m)^{level} +(.+?)\s*#*$", re.sub(FENCES, "", markdown))


def markdown_of(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def outputs_of(notebook):
    """Yield the place of each output, and the output."""
    for number, cell in enumerate(tool.code_cells(notebook), start=1):
        for output in cell.outputs:
            yield f"code cell {number}", output


# Execution and outputs ----------------------------------------------------------------------------


def executed_from_the_top(path, notebook):
    """Every code cell is executed, they are numbered 1, 2, 3, ..., and none shows an error."""
    counts = [cell.execution_count for cell in tool.code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"the code cells are numbered {counts}"
    for where, output in outputs_of(notebook):
        if output.output_type == "error" or output.get("name") == "stderr":
            yield f"{where} shows an error, or stderr"


def as_the_tool_writes_it(path, notebook):
    """The file is small, clean and laid out by tools/notebooks.py, so every cell has its own id."""
    if path.read_bytes().decode() != tool.to_text(tool.clean(notebook)):
        yield "the file is not as tools/notebooks.py writes it"
    if path.stat().st_size >= MAX_KB * 1024:
        yield f"the file has {path.stat().st_size // 1024} KB, and must have less than {MAX_KB}"


def same_text_on_every_machine(path, notebook):
    """No text output holds a timing, a clock time, an address or a path."""
    for number, cell in enumerate(tool.code_cells(notebook), start=1):
        for what, pattern in VARYING.items():
            for found in re.finditer(pattern, "\n".join(tool.texts(cell))):
                yield f"code cell {number} prints {what}: {found[0]!r}"


def pictures_have_a_text(path, notebook):
    """A picture's text/plain is a sentence with a number; the PNG and its alt carry the same."""
    for where, output in outputs_of(notebook):
        data = output.get("data", {})
        text = data.get("text/plain", "")
        if text.startswith("<Figure"):
            yield f"{where} shows a <Figure ...>; end it with rh.show(figure, text)"
        if not any(kind.startswith("image/") for kind in data):
            continue
        if len(text) < 25 or not text.endswith("."):
            yield f"{where}: {text!r} is no sentence about its picture"
        if not re.search(r"\d", text) and "diagram" not in text.lower():
            yield f"{where}: the text of its picture has no number: {text!r}"
        png = Image.open(io.BytesIO(base64.b64decode(data.get("image/png", ""))))
        alt = output.metadata.get("image/png", {}).get("alt")
        if {png.info.get("Description"), alt} != {text}:
            yield f"{where}: the Description in the PNG, or the alt, is not its text/plain"


def whole_without_a_kernel(path, notebook):
    """Without a kernel an explorer is a picture and a line, and a question folds its answer."""
    for number, cell in enumerate(tool.code_cells(notebook), start=1):
        shown = [output.get("data", {}) for output in cell.outputs]
        texts = [data.get("text/plain", "") for data in shown]
        if "rh.explore(" in cell.source and not (
            [sorted(data) for data in shown]
            == [["image/png", "text/plain"], ["text/html", "text/plain"]]
            and texts[1].startswith(f"{texts[0]}\nRun this cell to move: ")
        ):
            yield f"code cell {number} must show a picture, its sentence, and what can be moved"
        for data in shown:
            if set(data) - KINDS or "<" in re.sub(TAGS, "", data.get("text/html", "")):
                yield f"code cell {number} shows {sorted(data)}, or HTML that not every page can"
        folded = [data for data in shown if "<details>" in data.get("text/html", "")]
        asked = [data for data in folded if LESSON not in data["text/html"]]
        if len(asked) != cell.source.count("rh.ask("):
            yield f"code cell {number} must show each question that it asks as HTML"
        if len(folded) - len(asked) != cell.source.count("rh.symptom("):
            yield f"code cell {number} must fold cause and habit of each bug that it shows"
        for data in asked:
            if data["text/html"].count(FOLDED) != 1 or "\nAnswer: " not in data["text/plain"]:
                yield f"code cell {number} must fold the answer, and give it as text"


# Structure ----------------------------------------------------------------------------------------


def opening(path, notebook):
    """A title and a question in two sentences, a picture, what you will learn, what you need."""
    first, sources = notebook.cells[0].source, [cell.source for cell in notebook.cells]
    goals = next((source for source in sources if "**You will learn" in source), "")
    titles = headings(markdown_of(notebook), "#")
    if len(titles) != 1 or not first.startswith("# ") or len(headings(first)) != 1:
        yield f"there must be one # title, at the very top, and no other heading there: {titles}"
    sentences = re.findall(r"[.?](?=\s|$)", prose(tool.HEAD.sub("", first).partition("\n")[2]))
    if len(sentences) != 2:
        yield f"two sentences must follow the title, not {len(sentences)}"
    ids = [cell.get("id") for cell in notebook.cells[:5]]
    if ids != ["title", "setup", "imports", "opening", "goals"]:
        yield f"it must begin with the cells title, setup, imports, opening, goals, not {ids}"
    elif not tool.pictures(notebook.cells[3]):
        yield "the cell opening must show a picture"
    parts = re.split(r"(?m)^\*\*You (?:will learn|need):?\*\*", goals)
    if len(parts) != 3 or parts[0].strip():
        yield "**You will learn** and then **You need** must come after the picture"
        return
    bullets = re.findall("(?m)^- ", parts[1])
    if not 3 <= len(bullets) <= 5:
        yield f"**You will learn** has {len(bullets)} bullets, not 3 to 5"
    if re.findall(r"about (\d+) minutes", parts[2]) != [str(tool.minutes(notebook))]:
        yield f"**You need** must say about {tool.minutes(notebook)} minutes, once"


def as_long_as_a_lesson(path, notebook):
    """From 1,000 to 1,500 words of prose."""
    text, (low, high) = tool.HEAD.sub("", prose(markdown_of(notebook))), WORDS
    words = [word for word in text.split() if re.search(r"\w", word)]
    if not low <= len(words) <= high:
        yield f"it has {len(words)} words of prose, not {low} to {high}"


def sections_in_order(path, notebook):
    """Sections are ## 1., ## 2., ..., then What you have seen, then On your own."""
    *found, seen, own = ["", "", *headings(markdown_of(notebook), "##")]
    numbers = [heading.partition(". ")[0] for heading in found if heading]
    if numbers != [str(number) for number in range(1, len(numbers) + 1)] or not numbers:
        yield f"the sections must be numbered 1., 2., ..., but are {found}"
    if (seen, own) != ("What you have seen", "On your own"):
        yield f"the last sections are {seen!r} and {own!r}"


def exercises(path, notebook):
    """Exercises are numbered and in order, each before its cell; every question is asked once."""
    code = [cell.source for cell in tool.code_cells(notebook)]
    tasks = re.findall(r"(?m)^### Exercise (\d+)\. \S", markdown_of(notebook))
    if tasks != [str(number) for number in range(1, len(tasks) + 1)] or len(tasks) > 5:
        yield f"the exercises must be numbered 1 to at most 5, but are {tasks}"
    for one, after in itertools.pairwise(notebook.cells):
        if "### Exercise " in one.source and after.source.count("rh.check(") != 1:
            yield f"after the task {one.id} there must be a cell with one check"
    number, everything = path.name[:2], "\n".join(cell.source for cell in notebook.cells)
    posed = [each for each in EXERCISES.values() if each.notebook == number]
    checks = re.findall(r'rh\.check\("(\w+)"', everything)
    if checks != [each.name for each in posed]:
        yield f"the checks must be those of its exercises, in their order, but are {checks}"
    for each in posed:
        before = everything.partition(f'rh.check("{each.name}"')[0]
        headings_before = re.findall(r"(?m)^##+ (?:Exercise )?\d+\. (.+)$", before)
        if headings_before[-1:] != [each.title]:
            yield f"the title of the exercise {each.name} is {each.title!r}, but its heading is not"
    for each in (each for each in QUESTIONS.values() if each.notebook == number):
        if "\n".join(code).count(f'rh.ask("{each.name}"') != 1:
            yield f"the question {each.name} must be asked once"
    if code[-1:] != [f'rh.passed("{number}")'] and (tasks or "rh.check(" in "".join(code)):
        yield "the last code cell must say by rh.passed which exercises have passed"


def setup(path, notebook):
    """The first code cell is the same everywhere, and folded; the second loads the course."""
    first, second = ["", "", *(cell.source for cell in tool.code_cells(notebook)[:2])][-2:]
    for cell in tool.code_cells(notebook):
        folded = all(cell.metadata.get(key) == value for key, value in tool.FOLDED.items())
        if folded != cell.source.startswith(tool.TITLE):
            yield f"{cell.get('id')} is folded and has no title, or the other way round"
    if not second.startswith(tool.TITLE):
        yield "the imports are not folded: the picture must be seen at once"
    if first != address.setup_cell(address.current()):
        yield "the setup cell is not what tools/repository.py writes"
    if "\nimport rnn_helpers as rh\n\nrh.set_up(seed=0)" not in f"\n{second}":
        yield "the second code cell must import rnn_helpers as rh and set up"


def cells_alternate(path, notebook):
    """At most 45 cells, none empty, half of them or more prose; no code directly after code."""
    folded = [cell.source.startswith(tool.TITLE) for cell in notebook.cells]
    folded[2:3] = [False]  # the imports are counted; they are folded for the picture below them
    shown = [cell for cell, away in zip(notebook.cells, folded, strict=True) if not away]
    kinds = [cell.cell_type for cell in shown]
    share, (low, high) = kinds.count("markdown") / len(kinds), MARKDOWN_SHARE
    if ("code", "code") in itertools.pairwise(cell.cell_type for cell in notebook.cells[4:]):
        yield "a code cell follows another without a sentence between"
    if not low <= share <= high:
        yield f"{share:.1%} of the cells are markdown, not {low:.0%} to {high:.0%}"
    if not all(cell.source.strip() for cell in notebook.cells):
        yield "a cell is empty"
    if len(notebook.cells) > MAX_CELLS:
        yield f"there are {len(notebook.cells)} cells, at most {MAX_CELLS} are allowed"


def short_code_cells(path, notebook):
    """The median code cell has at most 6 lines, the longest 20; a folded one at most 40."""
    cells = [cell.source for cell in tool.code_cells(notebook)[1:]]
    for folded, longest in ((False, LONGEST_LINES), (True, LONGEST_FOLDED)):
        chosen = [source for source in cells if source.startswith(tool.TITLE) == folded]
        lengths = [1, *(len(source.splitlines()) for source in chosen)]
        median = 1 if folded else statistics.median(lengths)
        if median > MEDIAN_LINES or max(lengths) > longest:
            yield f"{'folded' * folded} code cells have {median} lines (median), or {max(lengths)}"


def plain_prose(path, notebook):
    """No "simply", no "obviously", no exclamation mark at the end of a sentence."""
    text = prose(markdown_of(notebook))
    for found in re.findall(r"(?i)\b(?:simply|obviously)\b|\S+!(?=[\s)\"'*_]|$)", text):
        yield f"the prose says {found!r}"


def readable_markdown(path, notebook):
    """Every $ has a partner, a table's rows are alike, and no mark of Markdown is left over."""
    for cell in (cell for cell in notebook.cells if cell.cell_type == "markdown"):
        source = prose(cell.source)
        if re.search(r"(?<!\\)\$", source):
            yield f"a $ in {cell.id} has no partner"
        for rows in re.findall(r"(?m)^\|.+\n\|[ :|-]+\n(?:\|.*(?:\n|\Z))*", source):
            if len({row.count("|") for row in rows.splitlines()}) > 1:
                yield f"a table in {cell.id} has rows of different lengths"
        shown = re.sub(r"(?s)<h\d.*?</h\d>|<.*?>", "", markdown2html(source))
        for found in re.findall(r"(?m)\*\*|\]\(|^ *(?:[-*+|]|\d+[.)]|#+) .*", shown):
            yield f"{found!r} is left over in the text of {cell.id}"


RULES = (
    executed_from_the_top,
    as_the_tool_writes_it,
    same_text_on_every_machine,
    pictures_have_a_text,
    whole_without_a_kernel,
    opening,
    as_long_as_a_lesson,
    sections_in_order,
    exercises,
    setup,
    cells_alternate,
    short_code_cells,
    plain_prose,
    readable_markdown,
)


# Rules about any file -----------------------------------------------------------------------------


def anchors(markdown):
    """Return the anchors of a file: GitHub's and JupyterLab's."""
    for text in headings(markdown):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("`", "")
        yield re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        yield text.replace(" ", "-")


def markdown_in(path):
    return markdown_of(tool.read(path)) if path.suffix == ".ipynb" else path.read_text("utf-8")


def working_links(path):
    """Every relative link leads to a file of the repository, every #anchor to a heading."""
    text = prose(markdown_in(path))
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:href|src)=\"([^\"]+)\"", text):
        target = "".join(target)
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue  # another site: the tests need no network
        name, _, anchor = unquote(target).partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or not file.is_relative_to(tool.ROOT):
            yield f"{path.name} links to {target}, which is not in the repository"
        elif anchor and anchor not in anchors(markdown_in(file)):
            yield f"{path.name} links to {target}, but there is no such heading"


def no_machine_paths(path):
    """No file names a path of one machine; the letters of a picture mean nothing."""
    text = re.sub('"image/png": ".*"', "", path.read_text("utf-8"))
    for found in re.findall(MACHINE_PATHS, text):
        yield f"{path.name} names a path: {found}"
