"""The site: one page of it every day, and all of it in a real browser."""

import functools
import html
import io
import json
import re
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import numpy as np
import pytest
from jupyterlab import needs_browser
from PIL import Image

from rnn_helpers.practice import EXERCISES, QUESTIONS, asking
from tools import notebooks as tool
from tools import repository

FIRST = tool.find()[0]
WIDTHS = (360, 800, 1600)
# What cannot be seen whole, unless it or what it stands in can be scrolled.
CUT = """() => {
    const scrolls = part => part && (/auto|scroll/.test(getComputedStyle(part).overflowX)
        && part.scrollWidth > part.clientWidth || scrolls(part.parentElement));
    const text = part => [...part.childNodes].some(node => node.nodeType == 3 && node.data.trim());
    const parts = document.querySelectorAll("#main-content :is(img, input, button, table, p, " +
        "li, pre, code, summary, label, output, legend, h1, h2, h3, math, td, th, a, strong)");
    return [...parts].filter(part => part.checkVisibility() && part.getClientRects().length)
        .filter(part => {
            const {left, right} = part.getBoundingClientRect();
            return (left < -1 || right > innerWidth + 1) && !scrolls(part);
        }).map(part => part.outerHTML.slice(0, 100));
}"""


def build(folder, *names):
    """Build the site, or a part of it, as a maintainer does; whatever is said is an error."""
    command = [sys.executable, tool.ROOT / "site" / "build.py", folder, *names]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def explorers_of(text):
    """Return what each explorer of a page knows: of each control its name and frames."""
    known = re.findall(r'<script type="application/json">(.*?)</script></div>', text)
    places = re.findall(r'data-place="\.\./explorers/([^"]+)"', text)
    return dict(zip(places, map(json.loads, known), strict=True))


def pixels(picture):
    return np.array(Image.open(io.BytesIO(picture)).convert("RGBA"))


# One page -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    return build(tmp_path_factory.mktemp("one"), FIRST.stem)


def test_a_page_is_the_notebook_as_it_was_committed(one):
    check_page(one, FIRST)


def test_links_lead_somewhere(one):
    check_links(one)


def check_page(site, path):
    """Check that a page shows what a notebook has, and each explorer what ``move`` draws."""
    text = (site / "notebooks" / f"{path.stem}.html").read_text(encoding="utf-8")
    assert not re.search(
        r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(?:https?:)?//""",
        re.sub(r'<link[^>]*rel="canonical"[^>]*>', "", text),
    )
    shown, notebook = explorers_of(text), tool.read(path)
    cells = tool.code_cells(notebook)
    moving = [cell for cell in cells if "rh.explore(" in cell.source]
    assert len(shown) == len(moving) == text.count('class="rh-live rh-explorer"')
    for cell in cells[1:]:
        for png, output in zip(tool.pictures(cell), tool.kept(cell.outputs), strict=False):
            assert html.escape(output.data["text/plain"]) in text
    for (place, controls), cell in zip(shown.items(), moving, strict=True):
        (said, picture), weight = (tool.texts(cell)[0], tool.pictures(cell)[0]), 0
        for number, control in enumerate(controls):
            frames = control["frames"]
            files = [site / "explorers" / f"{place}-{number}-{n}.webp" for n in range(len(frames))]
            assert 2 <= len(files) <= 40
            assert len({label for label, _ in frames}) == len(files)
            weight += sum(file.stat().st_size for file in files)
            first = control["first"]
            assert frames[first][1] == said
            assert np.array_equal(pixels(files[first].read_bytes()), pixels(picture))
            assert len({files[0].read_bytes(), files[-1].read_bytes()}) == 2
        assert 10_000 < weight < 3_000_000


def check_links(site):
    """Check that every relative address in every page is that of a file, and of a place in it."""
    pages = {file: file.read_text(encoding="utf-8") for file in site.rglob("*.html")}
    for page, text in pages.items():
        for address in re.findall(r'(?:href|src)="(?!https?:|data:|mailto:)([^"]*)"', text):
            name, _, fragment = html.unescape(unquote(address)).partition("#")
            target = (page.parent / name.partition("?")[0]).resolve() if name else page
            assert target.exists(), (page.name, address)
            if fragment and target in pages:
                assert re.search(f"id=[\"']?{re.escape(fragment)}[\"' >]", pages[target]), address


# All pages in a browser ---------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def address(site):
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def opened(browser, address):
    """Return a page by its name; what a browser complains about is in ``complaints``."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("requestfailed", lambda request: page.complaints.append(request.url))
    page.on(
        "console",
        lambda message: (
            page.complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            page.complaints.append(request.url)
            if not request.url.startswith((address, "data:"))
            else None
        ),
    )

    def go(name):
        page.complaints.clear()
        page.goto(f"{address}/{name}.html")
        return page

    yield go
    context.close()


PAGES = ["index", "TEACHING", "CONTRIBUTING", *(f"notebooks/{path.stem}" for path in tool.find())]
in_a_browser = [pytest.mark.browser, needs_browser]


@pytest.mark.browser
def test_every_page_is_its_notebook_and_every_link_leads_somewhere(site):
    for path in tool.find():
        check_page(site, path)
    check_links(site)
