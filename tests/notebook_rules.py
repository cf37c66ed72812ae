"""The rules that every notebook keeps: each a function that returns a list of problems.

``RULES`` take one notebook. The others need its neighbours, its file or the repository.
"""

import base64
import io
import itertools
import re
import statistics
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode
from PIL import Image

from tools import notebooks as tool
from tools import repository as address

EXPECTED = (
    "01_create_the_wave.ipynb",
    "02_elman_by_hand.ipynb",
    "03_dimensions.ipynb",
    "04_training.ipynb",
    "05_generalization_360.ipynb",
    "06_priming.ipynb",
    "07_gated_cells.ipynb",
    "08_bug_zoo.ipynb",
)
MAX_CELLS, MAX_KB, MAX_SETUP_LINES = 45, 400, 6
MARKDOWN_SHARE = (0.50, 0.60)
MEDIAN_LINES, LONGEST_LINES = 6, 25

TIMINGS = (
    r"\d\s?(?:ns|us|µs|μs|ms|s|secs?|seconds?|it/s|s/it)\b",
    r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b(?!\])",
    r"\b20\d\d-\d\d-\d\d\b",
)
ADDRESS = r"\b0x[0-9a-fA-F]{5,}"
PATHS = r"(?:/home/|/root/|/Users/|/tmp/|/work/|/usr/|\b[A-Z]:\\|site-packages)"
MACHINE_PATHS = r"(?:/home/\w|/root/|/Users/\w|/tmp/|/work/|\b[A-Z]:\\(?:Users|Windows|Temp)\b)"
HEADING = re.compile(r"^(#{1,6}) +(.+?)\s*#*$", re.MULTILINE)


# What a notebook consists of ----------------------------------------------------------------------


def _markdown_cells(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def _without_code(markdown: str) -> str:
    """Return prose alone: no fenced code, no code spans, no formulas, no comments."""
    for pattern in (
        r"^(```|~~~).*?^\1\s*$",
        r"<!--.*?-->",
        r"(`+)(?!`).*?(?<!`)\1(?!`)",
        r"\$\$.*?\$\$",
        r"\$[^$\n]+\$",
    ):
        markdown = re.sub(pattern, "", markdown, flags=re.DOTALL | re.MULTILINE)
    return markdown


def _prose(notebook: NotebookNode) -> str:
    return "\n\n".join(_without_code(source) for source in _markdown_cells(notebook))


def _headings(markdown: str) -> list[tuple[int, str]]:
    fences = re.sub(r"^(```|~~~).*?^\1\s*$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return [(len(match[1]), match[2]) for match in HEADING.finditer(fences)]


def _introduction(notebook: NotebookNode) -> str:
    """Return the markdown before the first code cell."""
    sources = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            break
        sources.append(cell.source)
    return "\n\n".join(sources)


def _outputs(notebook: NotebookNode) -> list[tuple[str, NotebookNode]]:
    cells = enumerate(tool.code_cells(notebook), start=1)
    return [(f"code cell {number}", output) for number, cell in cells for output in cell.outputs]


# Execution and outputs ----------------------------------------------------------------------------


def executed_from_the_top(notebook: NotebookNode) -> list[str]:
    """Every code cell is executed, and they are numbered 1, 2, 3, ..."""
    counts = [cell.execution_count for cell in tool.code_cells(notebook)]
    right = list(range(1, len(counts) + 1))
    return [] if counts == right else [f"code cells are numbered {counts}, not {right}"]


def no_errors(notebook: NotebookNode) -> list[str]:
    """No cell shows an error, and none writes to stderr."""
    return [
        f"{where} shows {'an error' if output.output_type == 'error' else 'stderr'}"
        for where, output in _outputs(notebook)
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


def same_text_on_every_machine(notebook: NotebookNode) -> list[str]:
    """No text output holds a timing, a clock time, an address or a path."""
    problems = []
    for number, cell in enumerate(tool.code_cells(notebook), start=1):
        text = "\n".join(tool.texts(cell))
        for what, pattern in (
            *(("a timing", pattern) for pattern in TIMINGS),
            ("an address", ADDRESS),
            ("a path", PATHS),
        ):
            match = re.search(pattern, text)
            if match:
                problems.append(f"code cell {number} prints {what}: {match[0]!r}")
    return problems


def clean_metadata(notebook: NotebookNode) -> list[str]:
    """The metadata is what the tool leaves: no versions, times or widgets."""
    problems = []
    if notebook.metadata != tool.METADATA:
        problems.append(f"the notebook's metadata is {dict(notebook.metadata)}")
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        problems.append("the format is not 4.5")
    cleaned = tool.clean(notebook)
    for number, (cell, right) in enumerate(zip(notebook.cells, cleaned.cells, strict=True), 1):
        if cell.metadata != right.metadata:
            problems.append(f"cell {number} has metadata {dict(cell.metadata)}")
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        problems.append("every cell needs an id of its own")
    kinds = {kind for _, output in _outputs(notebook) for kind in output.get("data", {})}
    problems += [f"an output is a widget ({kind})" for kind in kinds if "widget" in kind]
    return problems


def pictures_have_a_text(notebook: NotebookNode) -> list[str]:
    """A picture's text/plain is a sentence with a number, and the PNG carries the same one."""
    problems = []
    for where, output in _outputs(notebook):
        data = output.get("data", {})
        text = data.get("text/plain", "")
        if text.startswith("<Figure"):
            problems.append(f"{where} shows a <Figure ...>; end it with rh.show(figure, text)")
        if not any(kind.startswith("image/") for kind in data):
            continue
        if "image/png" not in data:
            problems.append(f"{where} shows a picture that is no PNG")
            continue
        if len(text) < 25 or not text.endswith("."):
            problems.append(f"{where}: {text!r} is no sentence about its picture")
        if not re.search(r"\d", text) and "diagram" not in text.lower():
            problems.append(f"{where}: the text of its picture has no number: {text!r}")
        picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
        if getattr(picture, "text", {}).get("Description") != text:
            problems.append(f"{where}: the Description in the PNG is not its text/plain")
        if output.get("metadata", {}).get("image/png", {}).get("alt") != text:
            problems.append(f"{where}: the alt in the output's metadata is not its text/plain")
    return problems


def complete_explorers(notebook: NotebookNode) -> list[str]:
    """Without a kernel an explorer is a picture, its sentence and what could be moved."""
    problems = []
    for number, cell in enumerate(tool.code_cells(notebook), start=1):
        if "rh.explore(" not in cell.source:
            continue
        kinds = [sorted(output.get("data", {})) for output in cell.outputs]
        if kinds != [["image/png", "text/plain"], ["text/plain"]]:
            problems.append(f"code cell {number} must show a picture and a line, but shows {kinds}")
            continue
        sentence, line = (output.data["text/plain"] for output in cell.outputs)
        if not re.fullmatch(re.escape(sentence) + r"\nRun this cell to move: .+\.", line):
            problems.append(
                f"code cell {number} does not say what the picture shows, and what running it lets "
                "one move"
            )
    return problems


def few_ignored_outputs(notebook: NotebookNode) -> list[str]:
    """At most one cell's output is not compared, by a tag with a reason; none is skipped."""
    problems, ignored = [], 0
    for number, cell in enumerate(notebook.cells, start=1):
        tags = cell.metadata.get("tags", [])
        if tool.IGNORED in tags:
            ignored += 1
            if len(str(cell.metadata.get("reason", "")).split()) < 3:
                problems.append(f"cell {number} is tagged {tool.IGNORED} without a reason")
        for tag in set(tags) - {tool.IGNORED}:
            if re.match(r"nbval|raises-exception|skip", tag):
                problems.append(f"cell {number} is tagged {tag}")
        if cell.cell_type == "code" and re.search(r"#\s*(NBVAL|PYTEST_VALIDATE)_", cell.source):
            problems.append(f"cell {number} has a comment for nbval; use a tag with a reason")
    if ignored > 1:
        problems.append(f"{ignored} cells are tagged {tool.IGNORED}, at most one may be")
    return problems


# Structure ----------------------------------------------------------------------------------------


def one_title(notebook: NotebookNode) -> list[str]:
    """There is one H1, and the first cell begins with it."""
    titles = [
        text
        for source in _markdown_cells(notebook)
        for level, text in _headings(source)
        if level == 1
    ]
    first = notebook.cells[0].source if notebook.cells else ""
    if len(titles) != 1 or not first.startswith("# "):
        return [f"there must be one H1, at the top of the first cell, but there is {titles}"]
    return []


def two_sentences_first(notebook: NotebookNode) -> list[str]:
    """Two sentences in the first cell follow the title and the badges."""
    first = tool.BADGES.sub("", notebook.cells[0].source) if notebook.cells else ""
    opening = re.split(r"\*\*You will learn", first.partition("\n")[2])[0]
    sentences = re.findall(r"[.?](?=\s|$)", _without_code(opening).strip())
    if len(sentences) != 2:
        return [f"two sentences must follow the title in the first cell, not {len(sentences)}"]
    return []


def says_what_you_will_learn(notebook: NotebookNode) -> list[str]:
    """**You will learn** has 3 to 5 bullets."""
    match = re.search(
        r"^\*\*You will learn:?\*\*:?\s*\n(.*?)(?=^\*\*You need|\Z)",
        _introduction(notebook),
        re.DOTALL | re.MULTILINE,
    )
    if match is None:
        return ["**You will learn** is missing before the first code cell"]
    bullets = re.findall(r"^[-*] ", match[1], re.MULTILINE)
    return [] if 3 <= len(bullets) <= 5 else [f"**You will learn** has {len(bullets)} bullets"]


def says_what_you_need(notebook: NotebookNode) -> list[str]:
    """**You need** comes after **You will learn** and says the minutes that the tool computes."""
    introduction = _introduction(notebook)
    match = re.search(r"^\*\*You need:?\*\*.*?(?=\n\s*\n|\Z)", introduction, re.DOTALL | re.M)
    if match is None:
        return ["**You need** is missing before the first code cell"]
    problems = []
    if "**You will learn" in introduction[match.start() :]:
        problems.append("**You need** must come after **You will learn**")
    said, right = re.findall(r"about (\d+) minutes", match[0]), tool.minutes(notebook)
    if said != [str(right)]:
        problems.append(f"**You need** must say about {right} minutes once, it says {said}")
    return problems


def sections_in_order(notebook: NotebookNode) -> list[str]:
    """Sections are ## 1., ## 2., ..., then What you have seen, then On your own."""
    headings = [
        text
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for level, text in _headings(cell.source)
        if level == 2
    ]
    numbers = [re.match(r"(\d+)\. \S", text) for text in headings[:-2]]
    given = [int(match[1]) if match else None for match in numbers]
    problems = []
    if headings[-2:] != ["What you have seen", "On your own"]:
        problems.append(f"the last sections are {headings[-2:]}")
    if not given or given != list(range(1, len(given) + 1)):
        problems.append(f"the sections must be numbered 1, 2, ..., but they are {headings[:-2]}")
    if any(_headings(source) for source in [_introduction(notebook).partition("\n")[2]]):
        problems.append("there is a heading before the setup cell")
    return problems


def has_exercises(notebook: NotebookNode) -> list[str]:
    """On your own has 3 to 5 exercises: a task and the cell that it asks to fill in, or a list."""
    cells = notebook.cells
    begin = [number for number, cell in enumerate(cells) if "## On your own" in cell.source]
    own = cells[begin[0] :] if begin else []
    tasks = [
        (cell, after)
        for cell, after in itertools.pairwise([*own, NotebookNode(cell_type="none", source="")])
        if cell.cell_type == "markdown" and "### Exercise " in cell.source
    ]
    if not tasks:
        text = "\n\n".join(cell.source for cell in own)
        count = len(re.findall(r"^\d+\. ", text, re.MULTILINE))
        return [] if 3 <= count <= 5 else [f"On your own has {count} exercises, not 3 to 5"]
    problems = []
    titles = [re.findall(r"^### Exercise (\d+)\. \S", cell.source, re.M) for cell, _ in tasks]
    right = [[str(number)] for number in range(1, len(tasks) + 1)]
    if titles != right or not 3 <= len(tasks) <= 5:
        problems.append(
            f"there must be 3 to 5 tasks, ### Exercise 1. Title and so on, not {titles}"
        )
    problems += [
        f"the task of exercise {number} is not followed by a cell that checks one answer"
        for number, (_, after) in enumerate(tasks, start=1)
        if after.cell_type != "code" or after.source.count("rh.check(") != 1
    ]
    if not re.fullmatch(r'rh\.passed\("\d\d"\)', tool.code_cells(notebook)[-1].source):
        problems.append("the last code cell must say which exercises have passed, by rh.passed")
    return problems


def folded_answers(notebook: NotebookNode) -> list[str]:
    """Without a kernel a question to predict is text, and HTML whose answer is folded."""
    problems = []
    for number, cell in enumerate(tool.code_cells(notebook), start=1):
        data = [output.get("data", {}) for output in cell.outputs]
        asked = [each for each in data if "text/html" in each]
        if len(asked) != cell.source.count("rh.ask("):
            problems.append(f"code cell {number} shows {len(asked)} questions as HTML")
        for each in asked:
            if sorted(each) != ["text/html", "text/plain"]:
                problems.append(f"code cell {number} shows a question as {sorted(each)}")
            if each["text/html"].count("<details><summary>Answer</summary>") != 1:
                problems.append(f"code cell {number}: the answer is not folded")
            if "\nAnswer: " not in each.get("text/plain", ""):
                problems.append(f"code cell {number}: the text has no answer")
    return problems


def short_setup(notebook: NotebookNode) -> list[str]:
    """The first code cell finds the course, in a few lines; the second loads it and sets up."""
    sources = [cell.source for cell in tool.code_cells(notebook)[:2]]
    setup, imports = (*sources, "", "")[:2]
    if "sys.path[:0] =" not in setup:
        return ["the first code cell must be the setup cell"]
    problems = []
    if "\nimport rnn_helpers as rh\n\nrh.set_up(seed=0)" not in f"\n{imports}":
        problems.append("the second code cell must import rnn_helpers as rh and set up")
    lines = len(setup.splitlines())
    if lines > MAX_SETUP_LINES:
        problems.append(f"the setup cell has {lines} lines")
    return problems


def not_too_many_cells(notebook: NotebookNode) -> list[str]:
    """There are at most 45 cells, none of them empty."""
    problems = [
        f"cell {number} is empty"
        for number, cell in enumerate(notebook.cells, start=1)
        if not cell.source.strip()
    ]
    if len(notebook.cells) > MAX_CELLS:
        problems.append(f"there are {len(notebook.cells)} cells, at most {MAX_CELLS} are allowed")
    return problems


def prose_and_code(notebook: NotebookNode) -> list[str]:
    """50 to 60 % of the cells are markdown, and no code cell follows another."""
    kinds = [cell.cell_type for cell in notebook.cells]
    share, (low, high) = kinds.count("markdown") / len(kinds), MARKDOWN_SHARE
    problems = [
        f"code cell {kinds[: index + 2].count('code')} follows another without a sentence between"
        for index, pair in enumerate(itertools.pairwise(kinds))
        if pair == ("code", "code")
    ]
    if not low <= share <= high:
        problems.append(f"{share:.1%} of the cells are markdown, not {low:.0%} to {high:.0%}")
    return problems


def short_code_cells(notebook: NotebookNode) -> list[str]:
    """The median code cell has at most 6 lines, the longest 25."""
    lengths = [len(cell.source.splitlines()) for cell in tool.code_cells(notebook)]
    problems = []
    if statistics.median(lengths) > MEDIAN_LINES:
        problems.append(f"the median code cell has {statistics.median(lengths):g} lines")
    if max(lengths) > LONGEST_LINES:
        number = lengths.index(max(lengths)) + 1
        problems.append(f"code cell {number} has {max(lengths)} lines")
    return problems


def plain_prose(notebook: NotebookNode) -> list[str]:
    """No "simply", no "obviously", no exclamation mark at the end of a sentence."""
    prose = _prose(notebook)
    words = re.findall(r"\b(?:simply|obviously)\b", prose, re.IGNORECASE)
    shouts = re.findall(r"\S+!(?=[\s)\"'*_]|$)", prose)
    return [f"the prose says {found!r}" for found in words + shouts]


RULES = (
    executed_from_the_top,
    no_errors,
    same_text_on_every_machine,
    clean_metadata,
    pictures_have_a_text,
    complete_explorers,
    folded_answers,
    few_ignored_outputs,
    one_title,
    two_sentences_first,
    says_what_you_will_learn,
    says_what_you_need,
    sections_in_order,
    has_exercises,
    short_setup,
    not_too_many_cells,
    prose_and_code,
    short_code_cells,
    plain_prose,
)


# Rules about more than one notebook ---------------------------------------------------------------


def expected_notebooks(folder: Path) -> list[str]:
    """The notebooks of the course are there, and no other."""
    there = {
        path.name for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
    }
    problems = [f"{name} is missing" for name in sorted(set(EXPECTED) - there)]
    return problems + [
        f"{name} is not expected; a new notebook is listed in EXPECTED, tests/notebook_rules.py"
        for name in sorted(there - set(EXPECTED))
    ]


def same_setup(notebooks: dict[str, NotebookNode]) -> list[str]:
    """The setup cell is the same, byte for byte, in all notebooks: the one of the repository."""
    right = address.setup_cell(address.current())
    return [
        f"the setup cell of {name} is not what tools/repository.py writes"
        for name, notebook in notebooks.items()
        if tool.code_cells(notebook)[0].source != right
    ]


def links_to_neighbours(notebook: NotebookNode, name: str, names: tuple[str, ...]) -> list[str]:
    """The last line links to the previous and the next notebook, and to no other."""
    place = names.index(name)
    neighbours = {
        "Previous": names[place - 1] if place > 0 else None,
        "Next": names[place + 1] if place + 1 < len(names) else None,
    }
    last = notebook.cells[-1]
    line = last.source.strip().splitlines()[-1] if last.cell_type == "markdown" else ""
    links = re.findall(r"\(([^)\s]+\.ipynb)\)", line)
    problems = [
        f"the last line must link to {target} as {word}"
        for word, target in neighbours.items()
        if target and not re.search(rf"{word}\b[^)]*\({re.escape(target)}\)", line)
    ]
    others = [link for link in links if link not in neighbours.values()]
    return problems + [f"the last line links to {link}" for link in others]


def small_file(path: Path) -> list[str]:
    """A notebook has less than 400 KB."""
    size = path.stat().st_size / 1024
    return [] if size < MAX_KB else [f"{path.name} has {size:.0f} KB, at most {MAX_KB} are allowed"]


def _markdown_of(path: Path) -> str:
    if path.suffix == ".ipynb":
        return "\n\n".join(_markdown_cells(tool.read(path)))
    return path.read_text(encoding="utf-8")


def _anchors(path: Path) -> set[str]:
    """Return the anchors of a file: GitHub's, and for a notebook JupyterLab's too."""
    markdown, found = _markdown_of(path), set()
    for _, text in _headings(markdown):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(slug if slug not in found else f"{slug}-1")
        if path.suffix == ".ipynb":
            found.add(text.replace(" ", "-"))
    return found | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", markdown))


def working_links(path: Path, root: Path) -> list[str]:
    """Every relative link leads to a file of the repository, every #anchor to a heading."""
    markdown = _without_code(_markdown_of(path))
    targets = re.findall(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)", markdown)
    targets += re.findall(r"^\[[^\]]+\]: *<?(\S+?)>?\s*$", markdown, re.MULTILINE)
    targets += re.findall(r"(?:href|src)=\"([^\"]+)\"", markdown)
    problems = []
    for target in targets:
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue  # another site: the tests need no network
        name, _, anchor = unquote(target).partition("#")
        file = (path.parent / name).resolve() if name else path.resolve()
        if not file.exists() or not file.is_relative_to(root.resolve()):
            problems.append(f"{path.name} links to {target}, which is not in the repository")
        elif anchor and anchor not in _anchors(file):
            problems.append(f"{path.name} links to {target}, but there is no such heading")
    return problems


def no_machine_paths(root: Path) -> list[str]:
    """No notebook, module, tool or the README names a path of one machine."""
    files = [root / "README.md", *sorted(root.glob("*.toml")), *sorted(root.glob("*.txt"))]
    for folder in ("notebooks", "rnn_helpers", "tools"):
        files += sorted(path for path in (root / folder).rglob("*") if path.is_file())
    problems = []
    for path in files:
        if "__pycache__" in path.parts or ".ipynb_checkpoints" in path.parts or not path.exists():
            continue
        if path.suffix == ".ipynb":
            notebook = tool.read(path)
            outputs = [text for cell in tool.code_cells(notebook) for text in tool.texts(cell)]
            text = "\n".join([cell.source for cell in notebook.cells] + outputs)
        else:
            text = path.read_text(encoding="utf-8", errors="replace")
        problems += [
            f"{path.relative_to(root)} names a path: {found}"
            for found in re.findall(MACHINE_PATHS, text)
        ]
    return problems


def strict_comparison(root: Path) -> list[str]:
    """The notebooks are compared by nbval strictly: not lax, and with no sanitiser file."""
    problems, settings = [], ""
    names = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "README.md", ".ci/run")
    workflows = sorted((root / ".github").rglob("*.y*ml"))
    for path in [root / name for name in names] + workflows:
        if path.exists():
            text = path.read_text(encoding="utf-8")
            settings += text
            if re.search(r"nbval-lax|sanitize[-_]with", text):
                problems.append(f"{path.relative_to(root)} loosens how nbval compares")
    if not re.search(r"--nbval(?=[\s\"'])", settings):
        problems.append("nothing runs pytest with --nbval")
    return problems
