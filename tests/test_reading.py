"""The handouts: the page that TEACHING.md's command makes is whole on paper."""

import html
import io
import re
import subprocess
import sys

from jupyterlab import in_browser
from PIL import Image

from tools import notebooks as tool

MARGIN, SCALE, PIXELS_PER_MM = 10, 0.75, 96 / 25.4  # to print on A4, so that tables have room
WIDTH = int((210 - 2 * MARGIN) * PIXELS_PER_MM / SCALE)
CUT = """() => [...document.body.querySelectorAll('*')].filter(part => {
    const box = part.getBoundingClientRect(), style = getComputedStyle(part);
    return box.width && (box.left < 0 || box.right > document.documentElement.clientWidth + 1
        || style.overflowX != 'visible' && part.scrollWidth > part.clientWidth + 1
        || style.overflowY != 'visible' && part.scrollHeight > part.clientHeight + 1);
}).map(part => part.outerHTML.slice(0, 100))"""


@in_browser
def test_the_command_for_handouts_makes_a_page_that_is_whole(browser, tmp_path):
    text = (tool.ROOT / "TEACHING.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"<!-- command:handout -->\n```bash\n.venv/bin/jupyter (.+)\n```", text)
    command = [sys.executable, "-m", "jupyter", *command.split(), "--output-dir", tmp_path]
    subprocess.run(command, cwd=tool.ROOT, capture_output=True, check=True)
    (file,) = tmp_path.iterdir()
    alts = re.findall(r'alt="(.+?)"', html.unescape(file.read_text("utf-8")), re.DOTALL)
    notebook = tool.read(tool.ROOT / "notebooks" / f"{file.stem}.ipynb")
    pngs = [png for cell in tool.code_cells(notebook) for png in tool.pictures(cell)]
    assert alts[-len(pngs) :] == [Image.open(io.BytesIO(png)).text["Description"] for png in pngs]

    # Its scripts only draw formulas, and come from the web.
    size = {"width": WIDTH, "height": 1000}
    context = browser.new_context(java_script_enabled=False, offline=True, viewport=size)
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(file.as_uri())
    assert page.evaluate(CUT) == []
    assert not page.locator("details p").first.is_visible()
    context.close()
