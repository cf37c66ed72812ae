"""The site: one page of it every day, and all of it in a real browser."""

import functools
import html
import json
import re
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from cover import COVER
from jupyterlab import in_browser

from rnn_helpers import page as style
from rnn_helpers.practice import EXERCISES, QUESTIONS, asking
from tools import notebooks as tool
from tools import repository

PATHS = tool.find()
PAGES = ["index", "TEACHING", "CONTRIBUTING", *(f"notebooks/{path.stem}" for path in PATHS)]
# Whose colours are tried, light and dark, which takes most of the time: one page of each kind.
COLORED = ("/index.html", "/TEACHING.html", f"/{COVER[0]}.html")
AXE = {"resultTypes": ["violations"], "preload": False}
# What cannot be seen whole, unless it or what it stands in can be scrolled.
CUT = """() => {
    document.getAnimations().forEach(animation => animation.finish());  // of the sidebars
    const scrolls = part => part && (/auto|scroll/.test(getComputedStyle(part).overflowX)
        && part.scrollWidth > part.clientWidth || scrolls(part.parentElement));
    const parts = document.querySelectorAll(":is(article, .header-article) :is(img, input, " +
        "button, table, p, li, pre, code, summary, label, h1, h2, h3, math, a)");
    return [...parts].filter(part => part.getClientRects().length && part.checkVisibility())
        .filter(part => {
            const {left, right} = part.getBoundingClientRect();
            return (left < -1 || right > innerWidth + 1 || part.clientWidth
                && part.scrollWidth > part.clientWidth + 1) && !scrolls(part);
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


# The files ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    return build(tmp_path_factory.mktemp("one"), PATHS[0].stem)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site"))


def test_a_page_shows_what_was_committed_and_its_explorer_what_the_notebook_draws(one):
    check_page(one, PATHS[0])
    check_links(one)


@in_browser
def test_so_do_all_pages(site):
    for path in PATHS:
        check_page(site, path)
    check_links(site)


def check_page(site, path):
    """Check that a page has every figure and question of a notebook, and frames for each slider."""
    text = (site / "notebooks" / f"{path.stem}.html").read_text(encoding="utf-8")
    shown, notebook = explorers_of(text), tool.read(path)
    cells = tool.code_cells(notebook)
    moving = [cell for cell in cells if "rh.explore(" in cell.source]
    figures = sum(map(len, map(tool.pictures, cells))) - len(moving)
    assert text.count('<img class="rh-figure" src="../figures/') == figures
    colab, binder = re.search(r">Notebook \d+,.*?href=(.*?)>.*?href=(.*?)>", text).groups()
    badges = repository.badges(repository.current(), path.name)
    assert f"({colab[1:-1]})" in badges
    assert f"({binder[1:-1]})" in badges
    for each in QUESTIONS.values():
        assert text.count(html.escape(each.text)) == (each.notebook == path.stem[:2])
    for each in EXERCISES.values():
        told = [style.with_code(hint) in text for hint in each.hints]
        assert each.notebook != path.stem[:2] or all(told)
    assert len(shown) == len(moving)
    weight = 0
    for (place, controls), cell in zip(shown.items(), moving, strict=True):
        for number, control in enumerate(controls):
            frames, first = control["frames"], control["first"]
            files = [site / "explorers" / f"{place}-{number}-{n}.webp" for n in range(len(frames))]
            pictures = [file.read_bytes() for file in files]
            weight += sum(map(len, pictures))
            assert 2 <= len({label for label, _ in frames}) == len(files) <= 42
            assert frames[first][1] == tool.texts(cell)[0]
            assert tool.picture_difference(tool.pictures(cell)[0], pictures[first]) is None
            assert len(set(pictures)) > 1
    assert weight < 3_000_000


def check_links(site):
    """Check that every relative address in every page is that of a file, and of a place in it."""
    pages = {
        file: file.read_text(encoding="utf-8")
        for file in site.rglob("*.html")
        if "_static" not in file.parts
    }
    for page, text in pages.items():
        for address in re.findall(r'(?:href|src)="(?!https?:|data:|mailto:)([^"]*)"', text):
            name, _, fragment = html.unescape(unquote(address)).partition("#")
            target = (page.parent / name.partition("?")[0]).resolve() if name else page
            assert target.exists(), (page.name, address)
            if fragment and target in pages:
                assert re.search(f'id="?{re.escape(fragment)}[" >]', pages[target]), address


# In a browser -------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def tab(browser, address):
    """A tab of a browser; ``complaints`` has its errors, and what it asked of others."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.complaints = []

    def heard(event, said):
        page.on(event, lambda what: page.complaints.extend(filter(None, [said(what)])))

    heard("pageerror", str)
    left = "net::ERR_ABORTED"  # a picture that was on its way when the next page was opened
    heard("requestfailed", lambda request: request.url * (request.failure != left))
    heard("response", lambda response: response.url * (response.status >= 400))
    heard("request", lambda asked: asked.url * (not asked.url.startswith((address, "data:"))))
    heard("console", lambda message: message.text * (message.type in ("error", "warning")))
    return page


@pytest.fixture
def opened(request, tab, address):
    tab.complaints.clear()
    tab.goto(f"{address}/{request.param}.html")
    yield tab
    assert tab.complaints == []


def each(pages):
    return pytest.mark.parametrize("opened", pages, indirect=True)


@in_browser
@each(PAGES)
def test_nothing_is_cut_and_everybody_can_use_it(opened):
    from axe_playwright_python.sync_playwright import Axe  # here: it imports Playwright

    colored = opened.url.endswith(COLORED)
    options = AXE | {"rules": {"color-contrast": {"enabled": colored}}}
    for theme in ("dark", "light") if colored else ("light",):
        opened.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found = Axe().run(opened, options=options).response["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        assert [(each["id"], [n["html"] for n in each["nodes"]][:3]) for each in serious] == []
    for width in (360, 800, 1600, 1280):
        opened.set_viewport_size({"width": width, "height": 800})
        assert opened.evaluate(CUT) == []
        assert opened.evaluate("document.documentElement.scrollWidth") <= width


@in_browser
@each(PAGES[3:])
def test_every_control_moves_the_picture_by_the_keyboard(opened):
    for explorer in opened.locator(".rh-explorer").all():
        image, status = explorer.locator("img"), explorer.get_by_role("status")
        for number, control in enumerate(explorer.locator("input, select").all()):
            last = "input => input.value == (input.max || input.options.length - 1)"
            control.focus()
            opened.keyboard.press("ArrowLeft" if control.evaluate(last) else "ArrowRight")
            place, frame = re.fullmatch(
                r".*-(\d+)-(\d+)\.webp", image.get_attribute("src")
            ).groups()
            assert (int(place), frame) == (number, control.input_value())
            assert image.get_attribute("alt") == status.inner_text()
            assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 400


@in_browser
@each(PAGES[3:])
def test_every_question_says_what_the_notebook_says(opened):
    cells = tool.code_cells(tool.read(tool.find([opened.url.rpartition("/")[2][:-5]])[0]))
    committed = [text for cell in cells for text in tool.texts(cell) if "\nAnswer: " in text]
    questions = opened.locator(".rh-question").all()
    assert len(committed) == len(questions)
    for number, (text, question) in enumerate(zip(committed, questions, strict=True)):
        known = next(each for each in QUESTIONS.values() if text.startswith(f"{each.text}\n"))
        line = text.splitlines()[-1].removeprefix("Answer: ")
        right = next(n for n, each in enumerate(known.answers) if line.startswith(f"{each}. "))
        why, wrong = line.removeprefix(f"{known.answers[right]}. "), [*range(len(known.answers))]
        wrong.remove(right)
        buttons, status, tried = question.get_by_role("button"), question.get_by_role("status"), []
        assert buttons.all_inner_texts() == list(known.answers)
        for chosen in (wrong[0], (wrong[-1], right)[number % 2]):
            if not tried or not asking.is_over(known, tried, right):
                tried.append(chosen)
            buttons.nth(chosen).press("Enter")
            said = html.unescape(re.sub("<.*?>", "", asking.reply(known, tried, right, why)))
            assert status.inner_text() == said


@in_browser
@each(["search"])
def test_the_search_finds_what_notebooks_explain(opened):
    opened.goto(f"{opened.url}?q=detach")
    found = opened.locator("#search-results li a")
    found.first.wait_for()
    assert any("notebooks/04_" in link.get_attribute("href") for link in found.all())


@in_browser
def test_without_scripts_answers_are_folded_and_pictures_there(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGES[3]}.html")
    question = page.locator(".rh-still:has(details)").first
    assert question.locator("summary").inner_text() == "Answer"
    assert not question.locator("details p").is_visible()
    question.locator("summary").click()
    assert question.locator("details p").is_visible()
    assert page.locator(".rh-explorer img").first.is_visible()
    assert not page.locator(".rh-controls").first.is_visible()
    help_ = page.locator(".rh-help").first
    seen = [hint.is_visible() for hint in help_.locator(".rh-box").all()]
    for number in range(len(seen)):
        assert seen == [True] * number + [False] * (len(seen) - number)
        help_.locator("summary").nth(number).click()
        seen = [hint.is_visible() for hint in help_.locator(".rh-box").all()]
    context.close()
