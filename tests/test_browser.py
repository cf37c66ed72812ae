"""Notebooks in a real JupyterLab in a real browser, each opened once and run once.

Nothing is asked of a notebook by its name: whatever has sliders, questions or exercises is tried,
by the keyboard alone. Those of ``cover.py`` are run, or all, if the variable ALL_NOTEBOOKS is set.
"""

import os
import re
import shutil

import numpy as np
import pytest
from cover import COVER
from jupyterlab import CURRENT, IS_THERE, PICTURE, SRC, Page, server

from rnn_helpers.practice import EXERCISES, QUESTIONS
from tools import notebooks as tool

pytestmark = [pytest.mark.browser, IS_THERE]
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in tool.find()}


RUN = list(TEXTS) if os.environ.get("ALL_NOTEBOOKS") else COVER


def those_with(call="", which=slice(None)):
    """Run a test for every notebook that is run and has a call, or for some of them."""
    stems = [stem for stem in RUN if call in TEXTS[stem]]
    return pytest.mark.parametrize("page", stems[which], indirect=True)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    for name in ("rnn_helpers", "notebooks"):
        shutil.copytree(tool.ROOT / name, folder / name)
    with server(folder, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="module")
def window(browser):
    """A window of the browser; what JupyterLab consists of is fetched once for all its pages."""
    window = browser.new_context(viewport={"width": 1280, "height": 800})
    yield window
    window.close()


@pytest.fixture(scope="module")
def page(request, window, address):
    """A notebook, looked at as it was committed, and then run from the top."""
    page = Page(window.new_page(), address, f"notebooks/{request.param}.ipynb")
    cells = tool.code_cells(tool.read(tool.find([page.stem])[0]))
    page.wait_for(".jp-OutputArea-child", sum(len(cell.outputs) for cell in cells))
    page.committed = page.page.locator(".jp-Notebook").text_content()
    page.hidden = page.page.locator(".jp-InputPlaceholder").all_text_contents()
    page.folded = page.page.locator(".jp-OutputArea details:not([open])").count()
    page.run_all()
    yield page
    page.kernels("DELETE")
    page.page.close()


@those_with()
def test_it_runs_without_an_error_or_a_warning(page):
    page.page.wait_for_timeout(300)
    assert page.errors() == []
    assert page.complaints == []
    for live in page.page.locator(".rh-explorer, .rh-question").all():
        page.show(live)  # and by then it has taken the place of what stands there without a kernel
    page.page.wait_for_timeout(500)
    assert page.page.locator(".rh-replaced:visible").count() == 0
    assert (
        page.page.locator(".jp-OutputArea:has(.rh-explorer) .jp-RenderedImage:visible").count() == 0
    )


@those_with()
def test_before_it_is_run_it_is_whole_and_setup_cell_and_answers_are_folded(page):
    cells = tool.code_cells(tool.read(tool.find([page.stem])[0]))
    titles = [cell.source.splitlines()[0] for cell in cells if cell.source.startswith(tool.TITLE)]
    assert page.hidden == titles
    assert page.folded == TEXTS[page.stem].count("<details><summary>")
    assert page.committed.count("Run this cell to move: ") == TEXTS[page.stem].count("rh.explore(")
    assert "not found" not in page.committed


@those_with("rh.explore(")
@pytest.mark.parametrize(("widgets", "width"), [(".rh-explorer", 800), (".rh-question", 420)])
def test_nothing_is_cut_in_a_narrow_window(page, widgets, width):
    page.page.set_viewport_size({"width": width, "height": 800})
    page.page.wait_for_timeout(300)
    cut = page.page.evaluate(
        """widgets => [...document.querySelectorAll(widgets)].flatMap(all => {
            const edge = all.closest('.jp-OutputArea-child').getBoundingClientRect().right + 1;
            const parts = 'img, button, strong, .widget-label, .widget-readout, [role=status]';
            return [...all.querySelectorAll(parts)].filter(part => part.offsetWidth && (
                part.getBoundingClientRect().right > edge
                || part.matches('button, .widget-label, .widget-readout')
                && part.scrollWidth > part.clientWidth + 1
            )).map(part => part.textContent || part.className);
        })""",
        widgets,
    )
    page.page.set_viewport_size({"width": 1280, "height": 800})
    assert cut == []


# Explorers ----------------------------------------------------------------------------------------


def handles_of(page):
    return page.page.locator(CURRENT).get_by_role("slider").all()


def there_and_back(handle):
    """Return the key that moves a handle away from its nearer end, and the one that brings back."""
    low, now, high = (
        float(handle.get_attribute(f"aria-value{at}")) for at in ("min", "now", "max")
    )
    keys = ("ArrowRight", "ArrowLeft")
    return keys if high - now > now - low else keys[::-1]


@those_with("rh.explore(")
def test_every_control_moves_the_picture_and_nothing_else(page):
    for explorer in page.explorers():
        state = """() => [document.activeElement.ariaLabel,
            [...document.querySelectorAll('.jp-Cell')].findIndex(c => c.matches('.jp-mod-active')),
            document.querySelectorAll('.jp-mod-collapsed, .jp-collapsed').length]"""
        before, handles = page.pixels(), handles_of(page)
        assert handles
        for handle in handles:
            keys = there_and_back(handle)
            handle.focus()
            now = page.page.evaluate(state)
            for there, back in (keys, [{"R": "ArrowUp", "L": "ArrowDown"}[key[5]] for key in keys]):
                assert not np.array_equal(page.press(there), before)
                assert np.array_equal(page.press(back), before)
            assert page.page.evaluate(state) == now
        for group in explorer.locator(".widget-toggle-buttons").all():
            toggles = group.locator("button").all()
            chosen = [toggle for toggle in toggles if "mod-active" in toggle.get_attribute("class")]
            for toggle in [*(toggle for toggle in toggles if toggle not in chosen), *chosen]:
                toggle.focus()
                assert np.array_equal(page.press("Enter"), before) == (toggle in chosen)


@those_with("rh.explore(")
def test_screen_readers_get_names_in_order_and_the_sentence(page):
    for explorer in page.explorers():
        labels = explorer.locator(".widget-hslider .widget-label").all_inner_texts()
        assert [handle.get_attribute("aria-label") for handle in handles_of(page)] == labels
        assert all(label.strip() for label in labels)
        handles_of(page)[0].focus()
        met = []
        for _ in range(4 * len(labels) + 8):
            met.append(page.page.evaluate("() => document.activeElement.ariaLabel"))
            page.page.keyboard.press("Tab")
        assert [label for label in met if label in labels] == labels

        status = explorer.locator("[role=status]")
        element, said = status.element_handle(), status.inner_text()
        handles_of(page)[-1].focus()
        there, back = there_and_back(handles_of(page)[-1])
        now, count = said, 0
        while now == said and (count := count + 1) <= 3:  # a slider may have few places
            page.press(there)
            page.page.wait_for_timeout(100)
            now = status.inner_text()
        assert now != said
        assert re.search(r"\d", now)
        assert page.page.locator(PICTURE).get_attribute("alt") == now
        for _ in range(count):
            page.press(back)
        # A live region announces changes only if it stays in the page while its text changes.
        assert element.evaluate("(old, now) => old === now", status.element_handle())


@those_with("rh.explore(", which=slice(1))
def test_dragging_fast_ends_at_the_last_value(page):
    for _ in page.explorers():
        handle, mouse = handles_of(page)[0], page.page.mouse
        handle.scroll_into_view_if_needed()
        now = handle.get_attribute("aria-valuenow")
        box, track = handle.bounding_box(), handle.locator("xpath=../..").bounding_box()
        end, far = ("max", 1.2) if there_and_back(handle)[0] == "ArrowRight" else ("min", -0.2)
        mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        mouse.down()
        for share in (0.1, 0.9, 0.2, 0.8, 0.3, 0.7, far):
            mouse.move(track["x"] + share * track["width"], box["y"] + 5)
        mouse.up()
        assert handle.get_attribute("aria-valuenow") == handle.get_attribute(f"aria-value{end}")
        page.settle()
        dragged = page.src()
        handle.focus()
        there, back = there_and_back(handle)
        page.press(there)
        page.page.keyboard.press(back)  # to the same value
        page.page.wait_for_function(f"src => {SRC} == src", arg=dragged)
        while handle.get_attribute("aria-valuenow") != now:
            page.page.keyboard.press(there)
        page.settle()


@those_with("play=")
def test_the_play_button_runs_through_the_values_and_from_the_end_begins_again(page):
    for explorer in page.explorers():
        play = explorer.get_by_role("button", name="play")
        if not play.count():
            continue
        slider = explorer.locator(".widget-hslider:has(+ .widget-play) [role=slider]")
        low, high = (float(slider.get_attribute(f"aria-value{end}")) for end in ("min", "max"))
        slider.focus()
        if float(slider.get_attribute("aria-valuenow")) != high:
            page.press("End")
        page.settle()
        play.focus()
        page.press("Enter")
        page.page.wait_for_timeout(1000)
        page.page.keyboard.press("Enter")
        page.settle()
        assert low < float(slider.get_attribute("aria-valuenow")) < (low + high) / 2


# Questions and exercises --------------------------------------------------------------------------


@those_with("rh.ask(", which=slice(1))
def test_each_question_is_answered_by_the_keyboard_alone(page):
    names = re.findall(r'rh\.ask\((?:\\n",\s*")?\s*\\"([^"]+)\\"', TEXTS[page.stem])
    questions = [QUESTIONS[name] for name in names]
    widgets = page.page.locator(".rh-question")
    assert widgets.count() == len(questions)
    for number, question in enumerate(questions):
        widget = widgets.nth(number)
        page.show(widget)
        assert question.text in widget.inner_text()
        page.page.wait_for_function(
            "([all, text]) => all.role == 'group' && all.ariaLabel == text",
            arg=[widget.element_handle(), question.text],
        )
        buttons, status = widget.get_by_role("button"), widget.get_by_role("status")
        assert buttons.all_inner_texts() == list(question.answers)
        element, before = status.element_handle(), places(widget)
        assert status.inner_text().strip() == ""
        buttons.first.focus()
        for _ in question.answers[1:]:
            page.page.keyboard.press("Tab")
        page.page.keyboard.press("Enter")
        page.page.wait_for_function("element => element.textContent.trim()", arg=element)
        if "once more" in status.inner_text():
            page.page.keyboard.press("Shift+Tab")
            page.page.keyboard.press("Enter")
            page.page.wait_for_function("e => !/once more/.test(e.textContent)", arg=element)
        assert re.match("✓ Right. |✗ Not that one. It is: ", status.inner_text())
        assert widget.locator("button.rh-right").count() == 1
        assert places(widget) == before
        assert page.page.evaluate("() => document.activeElement.tagName") == "BUTTON"
        assert element.evaluate("(old, now) => old === now", status.element_handle())


def places(widget):
    """Return where the buttons are, and how large."""
    sizes = "b => [b.offsetLeft, b.offsetTop, b.offsetWidth, b.offsetHeight]"
    return [button.evaluate(sizes) for button in widget.get_by_role("button").all()]


@those_with("rh.check(")
def test_an_exercise_is_solved_and_the_progress_follows(page):
    exercise = next(each for each in EXERCISES.values() if each.notebook == page.stem[:2])
    call = re.search(rf"rh\.check\(\\\"{exercise.name}\\\".*?\)", TEXTS[page.stem])[0]
    call = call.replace("\\", "")
    cells = page.page.locator(".jp-CodeCell")
    cell = cells.filter(has_text=call).first
    progress = cells.filter(has_text="rh.passed(").locator(".jp-OutputArea")
    page.show(progress)
    passed = int(re.search(r"(\d+) of \d+ exercises", progress.inner_text())[1])
    page.show(cell.locator(".jp-OutputArea"))
    cell.locator(".cm-content").focus()
    page.page.keyboard.press("Control+a")
    page.page.keyboard.insert_text(f"{exercise.solution}\n\n\n{call}")
    page.page.keyboard.press("Control+Enter")
    cell.locator(".jp-OutputArea").filter(has_text="Right.").wait_for(timeout=60_000)
    progress.filter(has_text=f"{passed + 1} of ").filter(has_text=f"✓ {exercise.title}").wait_for()
    help_ = cell.locator(".rh-help")
    told = {"Hint": exercise.hints[0].split()[0], "Solution": exercise.solution.split()[0]}
    for name, said in told.items():
        help_.get_by_role("button", name=name).focus()
        page.page.keyboard.press("Enter")
        help_.get_by_role("status").filter(has_text=said).wait_for()
    assert page.errors() == []


# At the end, since a page or its kernel begins anew -----------------------------------------------


@those_with("rh.explore(", which=slice(-1, None))
def test_a_kernel_that_does_not_answer_is_said(page):
    page.turn_to(0)
    alarm, handle = page.page.locator(CURRENT).get_by_role("alert"), handles_of(page)[0]
    handle.focus()
    page.press(there_and_back(handle)[0])
    page.page.wait_for_timeout(3500)
    assert alarm.count() == 0  # it has answered
    page.kernels("POST", "/restart")
    page.page.wait_for_timeout(2000)
    handle.focus()
    page.page.keyboard.press(there_and_back(handle)[0])
    alarm.filter(has_text="run the cells again").wait_for()
    button = page.page.locator(".rh-question button").first
    page.show(button)
    button.click()
    page.page.locator(".rh-question").first.get_by_role("alert").wait_for()


@those_with("rh.explore(", which=slice(1))
def test_it_works_on_after_the_page_is_loaded_again_and_is_whole_when_the_kernel_is_gone(page):
    page.turn_to(0)
    handles_of(page)[0].focus()
    page.press(there_and_back(handles_of(page)[0])[0])
    page.page.wait_for_timeout(2500)  # a picture that stands for a second is kept
    said = page.page.locator(CURRENT).get_by_role("status").inner_text()
    page.save()
    page.page.reload()
    page.page.wait_for_selector(".rh-explorer img.widget-image")
    page.turn_to(0)
    handle, before = handles_of(page)[0], page.pixels()
    handle.focus()
    assert not np.array_equal(page.press(there_and_back(handle)[0]), before)

    page.kernels("DELETE")
    for application in ("lab/tree", "notebooks"):
        again = Page(page.page, page.address, f"notebooks/{page.stem}.ipynb", application)
        line = again.page.locator(".rh-picture").first
        again.show(line)
        again.page.wait_for_timeout(3000)  # a widget is looked for in vain for two seconds
        assert (
            again.page.locator(":text('not found'):visible, :text('Loading'):visible").count() == 0
        )
        assert line.inner_text().startswith(f"{said}\nRun this cell to move: ")
        assert line.evaluate(
            "line => line.closest('.jp-OutputArea').querySelector('img').offsetHeight"
        )
        assert again.page.locator("details:not([open])").count() == page.folded


@those_with("rh.explore(", which=slice(1))
def test_in_notebook_7_sliders_follow_the_arrow_keys(page):
    page.page.goto("about:blank")
    other = Page(page.page, page.address, f"notebooks/{page.stem}.ipynb", "notebooks")
    other.run_all()
    other.turn_to(0)
    handle, before = handles_of(other)[0], other.pixels()
    for names in (("ArrowRight", "ArrowLeft"), ("ArrowUp", "ArrowDown")):
        there, back = names if there_and_back(handle)[0] == "ArrowRight" else names[::-1]
        handle.focus()
        assert not np.array_equal(other.press(there), before)
        assert np.array_equal(other.press(back), before)
