"""Each notebook where there is no kernel: as HTML it is complete, and so it is on paper.

nbconvert makes the pages: "lab" is its own choice, the cells of "basic" are what nbviewer shows,
and "classic", the same cells as a page, is the one to print: "lab" cuts long lines of code there.
Nothing in the cells may need a script. The scripts of nbconvert's pages only typeset formulas, and
in the browser they are switched off.
"""

import base64
import copy
import functools
import io
import re
from collections import Counter
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup, Tag
from jupyterlab import BROWSER
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_rules import EXPECTED
from PIL import Image
from test_notebook_rules import ALT, picture, stream
from test_notebooks import none_of

from rnn_helpers.practice.asking import Question, as_html, as_text
from tools import notebooks as tool

FOLDER = tool.ROOT / "notebooks"
PARTS = {  # template: a cell, its markdown, its code, an output
    "lab": (
        ".jp-Notebook-cell",
        ".jp-RenderedMarkdown",
        ".jp-InputArea-editor pre",
        ".jp-OutputArea-child",
    ),
    "basic": (".cell", ".text_cell_render", ".input_area pre", ".output_area"),
}
NO_TEXT = "No description has been provided for this image"  # what nbconvert writes if it has none

ALIVE = """script iframe frame object embed applet form input select textarea button canvas video
    audio link meta base style svg"""
ALIVE = re.findall(r"\w+", ALIVE)
ADDRESSES = re.findall(
    r"[\w:]+", "href src srcset data poster background action formaction xlink:href"
)
KINDS = ("image/png", "text/html", "text/plain")  # what every reader of notebooks can show
HTML = {"p", "strong", "ul", "li", "details", "summary"}  # what every one leaves in, and no more
WIDGETS = r"widget-(?:view|state)|jupyter-widgets|jp-Mermaid|displaying widget|[Mm]odel not found"

CODE = "\N{CURRENCY SIGN}"  # stands for code and formulas where only prose counts
FENCE = r"^(```|~~~).*?^\1\s*$"
CODE_SPAN = r"(`+)(?!`).*?(?<!`)\1(?!`)"
FORMULA = r"(?<![\\$])\$\$(?:(?!\$\$).)+\$\$|(?<![\\$])\$[^$\n]+\$"
SYMBOLS = r"\\(?:[a-zA-Z]+|.)"
# Known to MathJax and KaTeX without an extension, and not refused by GitHub, as \operatorname is.
MATH = """alpha beta gamma delta epsilon eta theta lambda mu pi rho sigma tau phi omega
    Delta Sigma Omega odot cdot times pm approx le leq ge geq ne neq in to infty partial nabla top
    ldots cdots dots sum prod int sqrt frac tfrac dfrac sin cos tan tanh exp log ln max min lim
    left right big Big bigl bigr text mathrm mathbf mathbb hat bar tilde vec quad qquad
    begin end"""
MATH = {f"\\{word}" for word in re.findall(r"\w+", MATH)} | {
    r"\,",
    r"\;",
    r"\:",
    r"\!",
    r"\ ",
    r"\{",
    r"\}",
    r"\\",
}
ENVIRONMENTS = {"aligned", "array", "cases", "matrix", "pmatrix", "bmatrix"}

A4_WIDTH, MARGIN = 210, 10  # in millimetres; browsers leave about this much
SCALE = 0.75  # to print at: then the tables that cells print have room for their lines
PIXELS_PER_MM = 96 / 25.4
LAYOUTS = {  # how it is read: the template, the kind of medium, and the width in pixels
    "on a screen": ("lab", "screen", 1280),
    "on paper": ("classic", "print", int((A4_WIDTH - 2 * MARGIN) * PIXELS_PER_MM / SCALE)),
}
SMALLEST = 0.7  # a picture that is drawn smaller than this share of its size is hard to read
# What lies beyond the edge, or is cut off by its own box, or is a picture that does not show.
MEASURE = """smallest => {
    const root = document.documentElement, edge = root.clientWidth + 1, problems = [];
    const say = (part, what) => problems.push(
        `${part.tagName} ${what}: ${(part.alt || part.textContent).trim().slice(0, 60)}`
    );
    if (root.scrollWidth > edge) say(root, `is ${root.scrollWidth} wide`);
    for (const part of document.body.querySelectorAll('*')) {
        const box = part.getBoundingClientRect(), style = getComputedStyle(part);
        if (!box.width) continue;
        if (box.right > edge || box.left < 0) say(part, 'lies beyond the edge');
        if (style.overflowX != 'visible' && part.scrollWidth > part.clientWidth + 1
            || style.overflowY != 'visible' && part.scrollHeight > part.clientHeight + 1
        ) say(part, 'is cut off');
    }
    for (const output of document.querySelectorAll('.output_area pre, .jp-OutputArea-child pre')) {
        const lines = output.textContent.split('\\n'), isRow = line => /\\S {2,}\\S/.test(line);
        if (lines.filter(isRow).length < 2) continue;
        const height = parseFloat(getComputedStyle(output).lineHeight), row = new Range();
        let begin = 0;
        for (const line of lines) {  // a row that goes on in the next line is no row
            row.setStart(output.firstChild, begin);
            row.setEnd(output.firstChild, begin + line.length);
            if (isRow(line) && row.getBoundingClientRect().height > 1.5 * height)
                say(output, 'is a table with broken lines');
            begin += line.length + 1;
        }
    }
    for (const image of document.images) {
        if (!image.src.startsWith('data:')) continue;
        const share = image.getBoundingClientRect().width / image.getAttribute('width');
        if (!image.naturalWidth) say(image, 'does not show');
        else if (!(share >= smallest)) say(image, `is drawn at ${share.toFixed(2)} of its size`);
    }
    return problems;
}"""

each_notebook = pytest.mark.parametrize("name", EXPECTED)
each_template = pytest.mark.parametrize("template", PARTS)
each_layout = pytest.mark.parametrize("layout", LAYOUTS)
in_a_browser = pytest.mark.skipif(
    BROWSER is None, reason="there is no Chromium or Chrome on this machine; install one"
)


# From a notebook to a page ------------------------------------------------------------------------


@functools.cache
def exporter(template: str) -> HTMLExporter:
    return HTMLExporter(template_name=template)


def to_html(notebook: NotebookNode, template: str) -> str:
    return exporter(template).from_notebook_node(copy.deepcopy(notebook))[0]


class Reading:
    """A notebook, and what a template of nbconvert makes of it."""

    def __init__(self, notebook: NotebookNode, template: str, html: str | None = None) -> None:
        self.template = template
        self.soup = BeautifulSoup(html or to_html(notebook, template), "html.parser")
        self.cell, self.markdown, self.code, self.output = PARTS[template]
        self.pairs = list(zip(notebook.cells, self.soup.select(self.cell), strict=True))

    def of_kind(self, kind: str) -> list[tuple[str, NotebookNode, Tag]]:
        return [(cell.id, cell, tag) for cell, tag in self.pairs if cell.cell_type == kind]


@functools.cache
def committed(name: str) -> NotebookNode:
    return tool.read(FOLDER / name)


@functools.cache
def html_of(name: str, template: str) -> str:
    return to_html(committed(name), template)


@functools.cache
def reading(name: str, template: str) -> Reading:
    return Reading(committed(name), template, html_of(name, template))


def pictures(notebook: NotebookNode) -> list[Image.Image]:
    cells = tool.code_cells(notebook)
    return [Image.open(io.BytesIO(one)) for cell in cells for one in tool.pictures(cell)]


def without_code(markdown: str) -> str:
    markdown = re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL)
    for pattern in (FENCE, CODE_SPAN):
        markdown = re.sub(pattern, CODE, markdown, flags=re.DOTALL | re.MULTILINE)
    return markdown


def formulas_in(text: str) -> list[str]:
    return re.findall(FORMULA, text, re.DOTALL)


def prose_of(tag: Tag) -> str:
    """Return the text of rendered markdown without its code."""
    tag = copy.copy(tag)
    for part in tag.select("code, pre, a.anchor-link"):
        part.replace_with(CODE)
    return tag.get_text()


# What is to be read: each function returns a list of problems -------------------------------------


def whole_code(page: Reading) -> list[str]:
    """Every code cell shows its code, all of it, and its number."""
    problems = []
    for where, cell, tag in page.of_kind("code"):
        shown = tag.select(page.code)
        if [part.get_text().rstrip() for part in shown] != [cell.source.rstrip()]:
            problems.append(f"{where}: the page does not show the code as it is")
        if f"[{cell.execution_count}]:" not in tag.get_text():
            problems.append(f"{where}: its number {cell.execution_count} does not show")
    return problems


def whole_outputs(page: Reading) -> list[str]:
    """Every output of the notebook stands on the page: each text to the letter, each PNG."""
    problems = []
    for where, cell, tag in page.of_kind("code"):
        shown = tag.select(page.output)
        if len(shown) != len(cell.outputs):
            problems.append(f"{where}: {len(cell.outputs)} outputs, but {len(shown)} on the page")
            continue
        for output, part in zip(cell.outputs, shown, strict=True):
            data = output.get("data", {})
            if "image/png" in data:
                addresses = [image.get("src", "") for image in part.select("img")]
                right = ["data:image/png;base64," + data["image/png"].replace("\n", "")]
                if [address.replace("\n", "") for address in addresses] != right:
                    problems.append(f"{where}: the page does not show its picture")
                continue
            if "text/html" in data:  # see questions_with_answers
                continue
            text = output.get("text", data.get("text/plain", ""))
            blocks = [block.get_text() for block in part.select("pre")]
            if [block.rstrip("\n") for block in blocks] != [text.rstrip("\n")]:
                problems.append(f"{where}: the page does not show its output {text[:40]!r}")
    return problems


def questions_with_answers(page: Reading) -> list[str]:
    """A question stands there with its answers, the right one folded, as in its plain text."""
    problems = []
    for where, cell, tag in page.of_kind("code"):
        plain = [
            output.data["text/plain"]
            for output in cell.outputs
            if "text/html" in output.get("data", {})
        ]
        shown = []
        for part in tag.select("ul + details"):
            question, answers = part.find_previous_sibling("p"), part.find_previous_sibling("ul")
            items = "".join(f"\n  - {item.get_text()}" for item in answers.select("li"))
            shown.append(f"{question.get_text()}{items}\nAnswer: {part.p.get_text()}")
            if "open" in part.attrs:
                problems.append(f"{where}: the answer is not folded")
        if shown != plain:
            problems.append(f"{where}: the page shows {shown}, not {plain}")
    return problems


def drawn_figures(page: Reading) -> list[str]:
    """A cell that draws shows a PNG that is one; an explorer a sentence about its sliders too."""
    problems = []
    for where, cell, tag in page.of_kind("code"):
        images = tag.select("img")
        if not images and re.search(r"\brh\.(?:show|explore)\(", cell.source):
            problems.append(f"{where}: it draws, but there is no picture on the page")
        if "rh.explore(" in cell.source:
            sentence = cell.outputs[0].get("data", {}).get("text/plain", "") if cell.outputs else ""
            if f"{sentence}\nRun this cell to move: " not in tag.get_text():
                problems.append(f"{where}: no sentence on the page about the explorer's picture")
        for image in images:
            head, _, data = image.get("src", "").partition(",")
            try:
                drawn = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
                drawn.load()
                fine = (head, drawn.format) == ("data:image/png;base64", "PNG")
            except (OSError, ValueError):
                fine = False
            if not fine:
                problems.append(f"{where}: a picture on the page is no PNG")
    return problems


def alternative_texts(page: Reading) -> list[str]:
    """Every picture has the sentence about it as its alternative text."""
    problems = []
    for where, cell, tag in page.of_kind("code"):
        data = [output.get("data", {}) for output in cell.outputs]
        right = [one.get("text/plain") for one in data if "image/png" in one]
        texts = [image.get("alt") for image in tag.select("img")]
        if texts != right:
            problems.append(f"{where}: the alternative text is {texts}, not {right}")
    for where, _, tag in page.of_kind("markdown"):
        for image in tag.select("img"):
            if image.get("alt", "").strip() in ("", NO_TEXT):
                problems.append(f"{where}: a picture has no alternative text")
    return problems


def nothing_alive(page: Reading) -> list[str]:
    """No cell brings a script, a widget or a form, and the page none that an empty one lacks."""
    problems = []
    for where, cell, _ in page.of_kind("code"):
        kinds = [kind for output in cell.outputs for kind in output.get("data", {})]
        problems += [f"{where}: there is a {kind}" for kind in kinds if kind not in KINDS]
        for output in cell.outputs:
            soup = BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser")
            for part in soup.find_all(True):
                if part.name not in HTML or part.attrs:
                    problems.append(f"{where}: its HTML has {str(part)[:40]}")
    for cell, tag in page.pairs:
        for part in tag.find_all(True):
            handlers = [key for key in part.attrs if key.lower().startswith("on")]
            schemes = [str(part.get(key, "")).strip().lower() for key in ADDRESSES]
            if part.name in ALIVE:
                problems.append(f"{cell.id}: there is a <{part.name}>")
            problems += [f"{cell.id}: <{part.name}> has {key}=" for key in handlers]
            if any(re.match(r"(?:java|vb)script:|data:text", scheme) for scheme in schemes):
                problems.append(f"{cell.id}: an address of <{part.name}> is a script")
        found = re.search(WIDGETS, str(tag))
        if found:
            problems.append(f"{cell.id}: there is a widget: {found[0]}")
    right = Counter(map(str, without_cells(page.template).select("script, link, iframe")))
    there = Counter(map(str, page.soup.select("script, link, iframe")))
    return problems + [f"the page has {extra[:60]}" for extra in there - right]


@functools.cache
def without_cells(template: str) -> BeautifulSoup:
    return BeautifulSoup(to_html(new_notebook(metadata=tool.METADATA), template), "html.parser")


def own_content(page: Reading) -> list[str]:
    """Pictures are in the notebook; links lead to files of the repository or to headings.

    A badge may come from outside: a picture in a link, whose text says all that it shows.
    """
    problems, anchors = [], {part["id"] for part in page.soup.select("[id]")}
    for cell, tag in page.pairs:
        for part in tag.find_all(True):
            link = part.parent.name == "a" and part.parent.get("href")
            badge = part.name == "img" and link and part.get("alt", "") not in ("", NO_TEXT)
            for key in set(ADDRESSES) & set(part.attrs):
                address = str(part[key])
                if part.name == "a" and key == "href":
                    problems += [f"{cell.id}: {p}" for p in broken_link(address, anchors)]
                elif not address.startswith("data:image/") and not badge:
                    problems.append(f"{cell.id}: <{part.name}> fetches {address[:60]}")
            if "url(" in str(part.get("style", "")):
                problems.append(f"{cell.id}: the style of <{part.name}> fetches something")
    return problems


def broken_link(address: str, anchors: set[str]) -> list[str]:
    if re.match(r"[a-z][a-z0-9+.-]*:|//", address):
        ordinary = re.match(r"(?:https://|mailto:)", address)
        return [] if ordinary else [f"the link to {address} is no ordinary one"]
    name, _, anchor = unquote(address).partition("#")
    if name and not (FOLDER / name).is_file():
        return [f"the link to {address} leads nowhere"]
    if not name and not {anchor, address[1:]} & anchors:
        return [f"there is no heading for the link to {address}"]
    return []


def rendered_markdown(page: Reading) -> list[str]:
    """Every table is a table, every list a list, and no markup is left over in the text."""
    problems = []
    for where, cell, tag in page.of_kind("markdown"):
        shown = tag.select_one(page.markdown)
        sizes = [
            [len(row.find_all(["th", "td"])) for row in table.find_all("tr")]
            for table in shown.find_all("table")
        ]
        right = tables_in(cell.source)
        if sizes != right:
            problems.append(f"{where}: tables with {right} cells in a row are shown with {sizes}")
        for part in shown.select("p, li, td, th"):
            text = re.sub(FORMULA, CODE, prose_of(part), flags=re.DOTALL)
            for found in re.findall(r"^ *(?:[-+*|] .*|\d+[.)] .*|#+ .*)", text, re.MULTILINE):
                problems.append(f"{where}: a line is no list, table or heading: {found[:40]!r}")
        left = re.findall(
            r"\*\*|\]\(|\]\[|``|~~", re.sub(FORMULA, CODE, prose_of(shown), flags=re.DOTALL)
        )
        problems += [f"{where}: {markup} is left over in the text" for markup in left]
        raw = re.findall(
            r"</?[a-zA-Z][^>\n]*>",
            re.sub(FORMULA, CODE, without_code(cell.source), flags=re.DOTALL),
        )
        raw = [tag for tag in raw if not re.match(r"<(?:https?:|mailto:|a (?:id|name)=|/a>)", tag)]
        problems += [f"{where}: GitHub may drop the HTML {found}" for found in raw]
    return problems


def tables_in(markdown: str) -> list[list[int]]:
    """Return, for each table of some markdown, how many cells each of its rows has."""
    tables = []
    for match in re.finditer(
        r"^ *\|.+\n *\|[ :|-]+\n(?: *\|.*(?:\n|\Z))*", without_code(markdown), re.MULTILINE
    ):
        rows = match[0].strip().splitlines()
        tables.append([len(re.findall(r"(?<!\\)\|", row)) - 1 for row in [rows[0], *rows[2:]]])
    return tables


def readable_formulas(page: Reading) -> list[str]:
    """Every formula reaches the page whole, in words that MathJax, KaTeX and GitHub know."""
    problems = []
    for where, cell, tag in page.of_kind("markdown"):
        source, shown = without_code(cell.source), prose_of(tag.select_one(page.markdown))
        formulas = formulas_in(source)
        if formulas_in(shown) != formulas:
            problems.append(f"{where}: the formulas on the page are {formulas_in(shown)}")
        for text in (re.sub(FORMULA, "", one, flags=re.DOTALL) for one in (source, shown)):
            if re.search(r"(?<!\\)\$", text):
                problems.append(f"{where}: a $ has no partner")
        for formula in formulas:
            problems += [f"{where}: {formula} {problem}" for problem in formula_problems(formula)]
        for match in re.finditer(r"\w(?=\$)|(?<=\$)\w", re.sub(FORMULA, "$", source)):
            problems.append(f"{where}: {match[0]!r} touches a formula; GitHub wants a space")
        for match in re.finditer(r"\$\$(?:(?!\$\$).)+\$\$", source, re.DOTALL):
            if source[: match.start()][-2:].strip() or source[match.end() :][:2].strip():
                problems.append(f"{where}: {match[0]} is no paragraph of its own")
    return problems


def formula_problems(formula: str) -> list[str]:
    inside = formula.strip("$")
    words = re.findall(SYMBOLS, inside)
    problems = [f"has {word}" for word in words if word not in MATH]
    begun, ended = (re.findall(rf"\\{word}\{{(.*?)\}}", inside) for word in ("begin", "end"))
    if sorted(begun) != sorted(ended) or not set(begun) <= ENVIRONMENTS:
        problems.append(f"has the environments {begun}, closed {ended}")
    if words.count(r"\left") != words.count(r"\right"):
        problems.append(r"has a \left without a \right")
    depth = 0
    for bracket in re.findall(r"[{}]", re.sub(r"\\.", "", inside)):
        depth += 1 if bracket == "{" else -1
        if depth < 0:
            break
    if depth:
        problems.append("has a bracket without a partner")
    if not formula.startswith("$$") and inside != inside.strip():
        problems.append("begins or ends with a space, and GitHub shows its dollars")
    return problems


CHECKS = (
    whole_code,
    whole_outputs,
    questions_with_answers,
    drawn_figures,
    nothing_alive,
    own_content,
)
CHECKS += (rendered_markdown, readable_formulas)


# The committed notebooks --------------------------------------------------------------------------


@each_notebook
@each_template
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_page_has(check, template, name):
    none_of(check(reading(name, template)))


@each_notebook
def test_pictures_have_their_alternative_texts(name):
    # In "basic" alone: nbconvert's "lab" never writes one.
    none_of(alternative_texts(reading(name, "basic")))


def test_the_page_to_print_has_the_cells_that_were_checked():
    one, other = (
        BeautifulSoup(html_of(EXPECTED[0], template), "html.parser").select(".cell")
        for template in ("basic", "classic")
    )
    assert list(map(str, one)) == list(map(str, other))


# In a browser, with no script and no network ------------------------------------------------------


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """Give a function that loads a page without scripts or network, laid out in one of two ways.

    It returns the page, and the addresses that were asked for.
    """
    sync_api = pytest.importorskip("playwright.sync_api")
    file = tmp_path_factory.mktemp("reading") / "page.html"
    with sync_api.sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=options)
        pages, asked = {}, []
        for layout, (_, medium, width) in LAYOUTS.items():
            size = {"width": width, "height": 1000}
            context = chromium.new_context(java_script_enabled=False, offline=True, viewport=size)
            pages[layout] = context.new_page()
            pages[layout].emulate_media(media=medium)
            pages[layout].on("request", lambda request: asked.append(request.url))

        def function(html, layout):
            asked.clear()
            file.write_text(html, encoding="utf-8")
            pages[layout].goto(file.as_uri())
            return pages[layout], asked

        yield function
        chromium.close()


def cut_or_missing(page, notebook: NotebookNode) -> list[str]:
    """Return what cannot be read of a notebook in a page of the browser."""
    problems, visible = page.evaluate(MEASURE, SMALLEST), page.inner_text("body")
    there, right = page.locator("img[src^='data:']").count(), len(pictures(notebook))
    if there != right:
        problems.append(f"{there} pictures are there, not {right}")
    for cell in tool.code_cells(notebook):
        outputs = [one for one in cell.outputs if "image/png" not in one.get("data", {})]
        texts = [unfolded(one) or one.get("text") or one.data["text/plain"] for one in outputs]
        lines = [line.strip() for text in [cell.source, *texts] for line in text.splitlines()]
        problems += [f"{cell.id}: {line!r} is not there" for line in lines if line not in visible]
    return problems


def unfolded(output: NotebookNode) -> str:
    """Return what shows of a question while its answer is folded; nothing for other outputs."""
    if "text/html" not in output.get("data", {}):
        return ""
    question, *answers, _ = output.data["text/plain"].splitlines()
    return "\n".join([question, *(answer.removeprefix("  - ") for answer in answers), "Answer"])


def not_printed(page, notebook: NotebookNode) -> list[str]:
    """Return the pictures, by their sizes in pixels, that the page lacks as a PDF."""
    pdf = page.pdf(format="A4", scale=SCALE, margin=dict.fromkeys(("left", "right"), f"{MARGIN}mm"))
    printed = Counter(
        (int(re.search(rb"/Width\s+(\d+)", one)[1]), int(re.search(rb"/Height\s+(\d+)", one)[1]))
        for one in re.findall(rb"<<[^<>]*/Subtype\s*/Image\b[^<>]*", pdf)
    )
    missing = Counter(picture.size for picture in pictures(notebook)) - printed
    return [f"{count} of {size} pixels are not printed" for size, count in missing.items()]


@in_a_browser
@each_notebook
@each_layout
def test_nothing_is_cut_or_missing(load, layout, name):
    page, _ = load(html_of(name, LAYOUTS[layout][0]), layout)
    none_of(cut_or_missing(page, committed(name)))


@in_a_browser
@each_notebook
def test_answers_are_folded_and_unfold_by_the_keyboard(load, name):
    page, _ = load(html_of(name, "lab"), "on a screen")
    questions = page.locator("details").all()
    outputs = [output for cell in tool.code_cells(committed(name)) for output in cell.outputs]
    assert len(questions) == sum("text/html" in output.get("data", {}) for output in outputs)
    for question in questions:
        answer = question.locator("p")
        assert not answer.is_visible()
        question.locator("summary").press("Enter")
        assert answer.is_visible()


@in_a_browser
@each_notebook
def test_every_picture_is_printed(load, name):
    page, _ = load(html_of(name, "classic"), "on paper")
    none_of(not_printed(page, committed(name)))


@in_a_browser
@each_notebook
def test_a_page_asks_for_nothing_but_badges(load, name):
    page, asked = load(html_of(name, "lab"), "on a screen")
    badges = page.locator("a[href] > img[alt]").all()
    own = {badge.get_attribute("src") for badge in badges} | {page.url}
    assert {address for address in asked if not address.startswith("data:")} <= own


# A small notebook, and how each check fails -------------------------------------------------------


BIG = Question("big", "91", "Is 3 > 2 & 1?", ("yes", "no"), lambda: (0, "It is <1> more."))


def question():
    right, why = BIG.judge()
    texts = {"text/plain": as_text(BIG, right, why), "text/html": as_html(BIG, right, why)}
    return new_output("display_data", data=texts)


@pytest.fixture
def small():
    sized = picture()
    sized.metadata["image/png"] |= {"width": 8, "height": 8}
    line = new_output("display_data", data={"text/plain": f"{ALT}\nRun this cell to move: step."})
    return new_notebook(
        metadata=tool.METADATA,
        cells=[
            new_markdown_cell(
                "# Small\n\nIt is $x_t = \\sin(a_1)$, *not* `$2`; see [below](#On-your-own).\n\n"
                "- one\n- two\n\n| a | b |\n|---|---|\n| $c_t$ | `d` |\n\nSo\n\n$$\\frac{1}{2}$$"
            ),
            new_code_cell("print(1 < 2)", outputs=[stream("True\n")], execution_count=1),
            new_code_cell("rh.explore(figure)", outputs=[sized, line], execution_count=2),
            new_code_cell('rh.ask("big")', outputs=[question()], execution_count=3),
            new_markdown_cell(f"## On your own\n\nNext: [next]({EXPECTED[0]})"),
        ],
    )


def put(cell, text):
    """Return a function that puts a text at the end of a cell of the small notebook."""

    def change(notebook):
        notebook.cells[cell].source += text

    return change


def show(**data):
    """Return a function that adds an output to the first code cell of the small notebook."""
    data = {kind.replace("_", "/"): value for kind, value in data.items()}

    def change(notebook):
        notebook.cells[1].outputs.append(new_output("display_data", data=data))

    return change


def show_view(notebook):
    notebook.cells[2].outputs[0].data[tool.VIEW] = {"model_id": "1", "version_major": 2}


def keep_widgets(notebook):
    model = {"model_name": "BoxModel", "model_module": "@jupyter-widgets/controls", "state": {}}
    state = {"version_major": 2, "version_minor": 0, "state": {"1": model}}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}


def show_widget(notebook):
    show_view(notebook)
    keep_widgets(notebook)


def print_wide_table(notebook):
    notebook.cells[1].outputs[0].text = 2 * f"1{'   2' * 30}\n" + "True\n"


def say_at_once(notebook):
    data = notebook.cells[3].outputs[0].data
    data["text/html"] = data["text/html"].replace("<details>", "<details open>")


def answer_otherwise(notebook):
    data = notebook.cells[3].outputs[0].data
    data["text/plain"] = data["text/plain"].replace("yes.", "no.")


def ask_otherwise(notebook):
    data = notebook.cells[3].outputs[0].data
    data["text/html"] = data["text/html"].replace("<li>no<", "<li>perhaps<")


def drop_picture(notebook):
    del notebook.cells[2].outputs[0]


def drop_line(notebook):
    del notebook.cells[2].outputs[1]


def drop_sentence(notebook):
    notebook.cells[2].outputs[1].data["text/plain"] = "Run this cell to move: step."


def spoil_picture(notebook):
    notebook.cells[2].outputs[0].data["image/png"] = base64.b64encode(b"no picture").decode()


@each_template
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_sound_notebook_passes(check, template, small):
    assert check(Reading(small, template)) == []


BREAKS = {
    "the view of a widget": (nothing_alive, show_view),
    "the state of widgets": (nothing_alive, keep_widgets),
    "a script as an output": (nothing_alive, show(text_html="<script>1</script>")),
    "a handler": (nothing_alive, put(0, '\n\n<p onclick="go()">press</p>')),
    "a script as a link": (nothing_alive, put(0, "\n\n[press](javascript:go())")),
    "a frame": (nothing_alive, show(text_html='<iframe src="x.html"></iframe>')),
    "a heading as an output": (nothing_alive, show(text_html="<h1>1</h1>")),
    "a style in an output": (nothing_alive, show(text_html='<p style="color: red">1</p>')),
    "an answer that is not folded": (questions_with_answers, say_at_once),
    "an answer that is another": (questions_with_answers, answer_otherwise),
    "a question that reads otherwise": (questions_with_answers, ask_otherwise),
    "a script language": (nothing_alive, show(application_javascript="go()")),
    "a picture that is gone": (drawn_figures, drop_picture),
    "an explorer without its line": (drawn_figures, drop_line),
    "an explorer without its sentence": (drawn_figures, drop_sentence),
    "a picture that is none": (drawn_figures, spoil_picture),
    "a widget in a picture's place": (whole_outputs, show_widget),
    "an output with two faces": (questions_with_answers, show(text_html="a", text_plain="b")),
    "a picture from outside": (own_content, put(0, "\n\n![a](https://example.org/a.png)")),
    "a picture beside it": (own_content, put(0, "\n\n![a](a.png)")),
    "a neighbour that is gone": (own_content, put(4, " [then](99_gone.ipynb)")),
    "a heading that is gone": (own_content, put(0, "\n\n[up](#Nowhere)")),
    "a row of another length": (rendered_markdown, put(0, "\n\n| a | b |\n|---|---|\n| 1 |")),
    "a table without a header": (rendered_markdown, put(0, "\n\n| a | b |\n| 1 | 2 |")),
    "a pipe in a formula": (rendered_markdown, put(0, "\n\n| a |\n|---|\n| $p(x|y)$ |")),
    "a list after a line": (rendered_markdown, put(0, "\n\nThese are\n2. two\n3. three")),
    "bold that is not closed": (rendered_markdown, put(0, "\n\n**so be it")),
    "HTML": (rendered_markdown, put(0, "\n\n<font color=red>so</font>")),
    "a dollar": (readable_formulas, put(0, "\n\nIt costs $x and no more.")),
    "a macro": (readable_formulas, put(0, "\n\n$\\operatorname{sign}(x)$")),
    "a tag": (readable_formulas, put(0, "\n\n$$x \\tag{1}$$")),
    "a definition": (readable_formulas, put(0, "\n\n$\\def\\x{1}$")),
    "a bracket": (readable_formulas, put(0, "\n\n$x_{t$")),
    "an environment": (readable_formulas, put(0, "\n\n$$\\begin{align} x \\end{align}$$")),
    "a space": (readable_formulas, put(0, "\n\n$ x $")),
    "a letter": (readable_formulas, put(0, "\n\nthe $n$th")),
    "a display in a line": (readable_formulas, put(0, "\n\nSo $$x$$ it is.")),
}


@pytest.mark.parametrize(
    ("check", "change"), BREAKS.values(), ids=[what.replace(" ", "-") for what in BREAKS]
)
def test_a_check_finds(check, change, small):
    template = "lab" if change is keep_widgets else "basic"  # "basic" leaves them out
    change(small)
    assert check(Reading(small, template)) != []


def test_a_missing_alternative_text_is_found(small):
    assert alternative_texts(Reading(small, "basic")) == []
    del small.cells[2].outputs[0].metadata["image/png"]["alt"]
    assert alternative_texts(Reading(small, "basic")) != []


@in_a_browser
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(put(0, f"\n\n| a |\n|---|\n| {'wide' * 60} |"), id="a-wide-table"),
        pytest.param(put(0, f"\n\n{'wide' * 60}"), id="a-wide-word"),
        pytest.param(print_wide_table, id="a-table-with-broken-lines"),
        pytest.param(spoil_picture, id="a-picture-that-is-none"),
        pytest.param(show_widget, id="a-widget"),
    ],
)
def test_what_is_cut_or_missing_is_found(load, change, small):
    assert cut_or_missing(load(to_html(small, "classic"), "on paper")[0], small) == []
    shown = copy.deepcopy(small)
    change(shown)
    page, _ = load(to_html(shown, "classic"), "on paper")
    assert cut_or_missing(page, small) != []


@in_a_browser
@pytest.mark.parametrize("change", [drop_picture, spoil_picture, show_widget])
def test_a_picture_that_is_not_printed_is_found(load, change, small):
    assert not_printed(load(to_html(small, "classic"), "on paper")[0], small) == []
    shown = copy.deepcopy(small)
    change(shown)
    page, _ = load(to_html(shown, "classic"), "on paper")
    assert not_printed(page, small) == ["1 of (8, 8) pixels are not printed"]


@in_a_browser
def test_the_print_of_lab_is_why_it_is_classic_that_is_printed(load, small):
    put(1, f"  # {'long ' * 20}")(small)
    assert cut_or_missing(load(to_html(small, "classic"), "on paper")[0], small) == []
    assert cut_or_missing(load(to_html(small, "lab"), "on paper")[0], small) != []
