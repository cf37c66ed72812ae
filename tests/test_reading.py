"""Each notebook where there is no kernel: whole on a screen, and whole on paper.

nbconvert makes the pages. "lab" is its own choice; "classic" is the one to print, since "lab" cuts
long lines of code there. The pages are loaded without their scripts, which only typeset formulas,
and without a network.
"""

import html
import io
import re
import subprocess
import sys
from collections import Counter

import pytest
from bs4 import BeautifulSoup
from jupyterlab import needs_browser
from nbconvert import HTMLExporter
from notebook_rules import FORMULA
from PIL import Image

from tools import notebooks as tool

MARGIN, SCALE, PIXELS_PER_MM = 10, 0.75, 96 / 25.4  # to print on A4, so that tables have room
LAYOUTS = {  # how it is read: the template, the kind of medium, and the width in pixels
    "on a screen": ("lab", "screen", 1280),
    "on paper": ("classic", "print", int((210 - 2 * MARGIN) * PIXELS_PER_MM / SCALE)),
}
# What lies beyond the edge, or is cut off by its own box; tables whose rows go on in the next line;
# pictures that do not show, or not in a size to be read.
MEASURE = r"""() => {
    const root = document.documentElement, edge = root.clientWidth + 1, problems = [];
    const say = (part, what) => problems.push(
        `${part.tagName} ${what}: ${(part.alt || part.textContent).trim().slice(0, 60)}`
    );
    for (const part of document.body.querySelectorAll('*')) {
        const box = part.getBoundingClientRect(), style = getComputedStyle(part);
        if (!box.width) continue;
        if (box.right > edge || box.left < 0) say(part, 'lies beyond the edge');
        if (style.overflowX != 'visible' && part.scrollWidth > part.clientWidth + 1
            || style.overflowY != 'visible' && part.scrollHeight > part.clientHeight + 1
        ) say(part, 'is cut off');
    }
    for (const output of document.querySelectorAll('.output_area pre, .jp-OutputArea-child pre')) {
        const lines = output.textContent.split('\n'), isRow = line => /\S {2,}\S/.test(line);
        const height = parseFloat(getComputedStyle(output).lineHeight), row = new Range();
        let begin = 0;
        for (const line of lines) {
            row.setStart(output.firstChild, begin);
            row.setEnd(output.firstChild, begin += line.length);
            if (lines.filter(isRow).length > 1 && isRow(line)
                && row.getBoundingClientRect().height > 1.5 * height)
                say(output, 'is a table with broken lines');
            begin += 1;
        }
    }
    for (const image of document.querySelectorAll("img[src^='data:']")) {
        const share = image.getBoundingClientRect().width / image.getAttribute('width');
        if (!image.naturalWidth || !(share >= 0.7)) say(image, `is drawn at ${share} of its size`);
    }
    return problems;
}"""


@pytest.fixture
def load(browser, tmp_path):
    """Give a function that loads a notebook as a page, in one of the two ways to read it."""
    contexts = []

    def function(notebook, layout):
        template, medium, width = LAYOUTS[layout]
        size = {"width": width, "height": 1000}
        contexts.append(browser.new_context(java_script_enabled=False, offline=True, viewport=size))
        page, page_file = contexts[-1].new_page(), tmp_path / f"{template}.html"
        page.emulate_media(media=medium)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        text = HTMLExporter(template_name=template).from_notebook_node(notebook)[0]
        page_file.write_text(text, encoding="utf-8")
        page.goto(page_file.as_uri())
        return page

    yield function
    for context in contexts:
        context.close()


def missing(page, notebook):
    """Yield the lines of code and of text outputs that cannot be read on a page."""
    visible = page.inner_text("body")
    for cell in tool.code_cells(notebook):
        texts = [
            output.get("text") or output.data["text/plain"]
            for output in cell.outputs
            if not {"image/png", "text/html"} & {*output.get("data", {})}
        ]
        for line in "\n".join([cell.source, *texts]).splitlines():
            if line.strip() not in visible:
                yield f"{cell.id}: {line!r} is not there"


def left_over(page, notebook):
    """Yield what has not become a table, a list or bold text, and formulas that are not whole."""
    soup = BeautifulSoup(page.content(), "html.parser")
    for part in soup.select("code, pre"):
        part.replace_with("code")
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    for cell, shown in zip(cells, soup.select(".text_cell_render"), strict=True):
        source = re.sub(r"(?ms)^```.*?^```|(`+)(?!`).*?(?<!`)\1(?!`)", "code", cell.source)
        if re.findall(FORMULA, shown.get_text(), re.S) != re.findall(FORMULA, source, re.S):
            yield f"{cell.id}: a formula does not reach the page whole"
        for part in shown.select("p, li, td, th"):
            text = re.sub(FORMULA, "formula", part.get_text(), flags=re.S)
            for found in re.findall(r"(?m)\*\*|\]\(|``|^ *(?:[-*+|] .*|\d+[.)] .*|#+ .*)", text):
                yield f"{cell.id}: {found!r} is left over in the text"


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize("path", tool.find(), ids=lambda path: path.name)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_is_whole(load, layout, path):
    notebook = tool.read(path)
    page = load(notebook, layout)
    problems = [*page.evaluate(MEASURE), *missing(page, notebook)]
    pictures = [png for cell in tool.code_cells(notebook) for png in tool.pictures(cell)]
    if page.locator("img[src^='data:']").count() != len(pictures):
        problems.append("a picture is missing")
    badges = {badge.get_attribute("src") for badge in page.locator("a[href] > img[alt]").all()}
    own = {page.url} | badges
    problems += [url for url in page.asked if url not in own and not url.startswith("data:")]
    for question in page.locator("details").all():
        if question.locator("p").first.is_visible():
            problems.append("an answer is not folded")
        question.locator("summary").press("Enter")
        if not question.locator("p").first.is_visible():
            problems.append("an answer does not unfold by the keyboard")
    if layout == "on paper":  # nbconvert's "lab" never writes an alternative text
        problems += left_over(page, notebook)
        alts = [image.get_attribute("alt") for image in page.locator("img[src^='data:']").all()]
        if alts != [Image.open(io.BytesIO(png)).text["Description"] for png in pictures]:
            problems.append("the alternative texts are not those of the pictures")
        margin = dict.fromkeys(("left", "right"), f"{MARGIN}mm")
        pdf = page.pdf(format="A4", scale=SCALE, margin=margin)
        sizes = Counter(Image.open(io.BytesIO(png)).size for png in pictures)
        for width, height in re.findall(rb"/Width\s+(\d+)\s*/Height\s+(\d+)", pdf):
            sizes[int(width), int(height)] -= 1
        problems += [f"{size} pixels are not printed" for size in +sizes]
    assert problems == []


@pytest.mark.slow
def test_the_command_for_handouts_makes_such_a_page(tmp_path):
    text = (tool.ROOT / "TEACHING.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"<!-- command:handout -->\n```bash\n.venv/bin/jupyter (.+)\n```", text)
    template, _, _ = LAYOUTS["on paper"]
    assert f" --template {template} " in command
    command = [sys.executable, "-m", "jupyter", *command.split(), "--output-dir", tmp_path]
    subprocess.run(command, cwd=tool.ROOT, capture_output=True, check=True)
    (page,) = tmp_path.iterdir()
    alts = re.findall(r'alt="(.+?)"', html.unescape(page.read_text("utf-8")), re.DOTALL)
    notebook = tool.read(tool.ROOT / "notebooks" / f"{page.stem}.ipynb")
    pngs = [png for cell in tool.code_cells(notebook) for png in tool.pictures(cell)]
    assert alts[-len(pngs) :] == [Image.open(io.BytesIO(png)).text["Description"] for png in pngs]
