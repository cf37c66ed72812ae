"""The notebooks in a real JupyterLab in a real browser: they run, and the explorers follow.

The times from a key press to the new picture are printed at the end of the run, never asserted.
Questions are answered and an exercise is solved by the keyboard alone.
"""

import io
import re
import shutil
from base64 import b64decode

import numpy as np
import pytest
from jupyterlab import BROWSER, WATCH, Page, server, without_outputs
from notebook_rules import EXPECTED
from PIL import Image

from rnn_helpers.practice import EXERCISES, QUESTIONS
from tools import notebooks as tool

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="there is no Chromium or Chrome on this machine; install one"
)
EXPLORERS = {  # notebook: the slider whose changes are timed, and whether it trains anew
    "01_create_the_wave": ("step between points (degrees)", False),
    "02_elman_by_hand": ("seed of the first weights", True),
    "04_training": ("seed of the first weights", True),
    "05_generalization_360": ("start of the test (degrees)", False),
    "06_priming": ("prime length (points)", False),
}
CHANGES = 30
each_explorer = pytest.mark.parametrize("running", EXPLORERS, indirect=True)
each_explorer_by_name = pytest.mark.parametrize("name", EXPLORERS)


@pytest.fixture(scope="module")
def browser():
    """Chromium, for this module alone: while it is open, nothing else can use asyncio."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A JupyterLab with the committed notebooks and with copies that have no outputs."""
    folder, config = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("jupyter")
    shutil.copytree(tool.ROOT / "rnn_helpers", folder / "rnn_helpers")
    shutil.copytree(tool.ROOT / "notebooks", folder / "committed")
    (folder / "notebooks").mkdir()
    for path in tool.find():
        without_outputs(path, folder / "notebooks" / path.name)
    with server(folder, config) as address:
        yield address


@pytest.fixture(scope="module")
def open_notebook(browser, address):
    """Give a function that opens a notebook in a new page of the browser."""

    def function(path):
        return Page(browser.new_page(viewport={"width": 1280, "height": 800}), address, path)

    return function


@pytest.fixture(scope="module", params=[name.removesuffix(".ipynb") for name in EXPECTED])
def running(request, open_notebook, address):
    """A notebook, all its cells run. Afterwards its kernel is ended."""
    page = open_notebook(f"notebooks/{request.param}.ipynb")
    page.name = request.param
    page.run_all()
    page.page.evaluate(WATCH)
    yield page
    for kernel in page.page.request.get(f"{address}/api/kernels").json():
        page.page.request.delete(f"{address}/api/kernels/{kernel['id']}")
    page.page.close()


@pytest.fixture(scope="module")
def times(request):
    """The times of each explorer; they are printed when the last is there."""
    table = {}
    yield table
    plugins = request.config.pluginmanager
    terminal = plugins.get_plugin("terminalreporter")
    with plugins.get_plugin("capturemanager").global_and_fixture_disabled():
        terminal.ensure_newline()
        terminal.write_line(f"milliseconds from key press to painted picture, {CHANGES} changes")
        for name, (kind, values) in table.items():
            p50, p95 = np.percentile(values, [50, 95])
            terminal.write_line(f"{name:24}{kind:13}p50 {p50:4.0f}   p95 {p95:4.0f}")


def slider(page):
    """Return the handle of the slider that is timed."""
    label, _ = EXPLORERS[page.name]
    return page.explorer.get_by_role("slider", name=label, exact=True)


def handles_of(page):
    return page.explorer.get_by_role("slider").all()


def there_and_back(handle):
    """Return the key that moves a handle away from its nearer end, and the one that brings back."""
    low, now, high = (
        float(handle.get_attribute(f"aria-value{at}")) for at in ("min", "now", "max")
    )
    keys = ("ArrowRight", "ArrowLeft")
    return keys if high - now > now - low else keys[::-1]


def test_it_runs_without_an_error_or_a_warning(running):
    running.page.wait_for_timeout(300)
    assert running.errors() == []
    assert running.complaints == []


@each_explorer
def test_each_control_changes_the_picture_by_the_keyboard_alone(running):
    handles, before = handles_of(running), running.picture()
    assert len(handles) >= 2
    for handle in handles:
        there, back = there_and_back(handle)
        handle.focus()
        running.press(there)
        assert running.picture() != before
        running.press(back)
        assert running.picture() == before
    toggles = running.explorer.locator(".widget-toggle-buttons button").all()
    for toggle in [*toggles[1:], *toggles[:1]]:
        toggle.focus()
        running.press("Enter")
        assert (running.picture() == before) == (toggle == toggles[0])


@each_explorer
def test_the_tab_key_leads_through_all_sliders(running):
    labels = [handle.get_attribute("aria-label") for handle in handles_of(running)]
    handles_of(running)[0].focus()
    met = []
    for _ in range(4 * len(labels) + 8):
        met.append(running.page.evaluate("() => document.activeElement.ariaLabel"))
        running.page.keyboard.press("Tab")
    assert [label for label in met if label in labels] == labels


@each_explorer
def test_arrow_keys_move_the_slider_and_nothing_else(running):
    state = """() => [document.activeElement.ariaLabel,
        [...document.querySelectorAll('.jp-Cell')].findIndex(c => c.matches('.jp-mod-active')),
        document.querySelectorAll('.jp-mod-collapsed, .jp-collapsed').length]"""
    handle = slider(running)
    handle.focus()
    before, keys = running.page.evaluate(state), there_and_back(handle)
    up_and_down = {"ArrowRight": "ArrowUp", "ArrowLeft": "ArrowDown"}
    for key in (*keys, *(up_and_down[key] for key in keys)):
        running.press(key)
    assert running.page.evaluate(state) == before


@each_explorer
def test_screen_readers_get_names_and_the_sentence(running):
    status = running.explorer.locator("[role=status]")
    element = status.element_handle()
    labels = running.explorer.locator(".widget-hslider .widget-label").all_inner_texts()
    assert [handle.get_attribute("aria-label") for handle in handles_of(running)] == labels
    assert all(label.strip() for label in labels)
    handle, before = slider(running), running.sentence()
    handle.focus()
    there, back = there_and_back(handle)
    for key in [there] * 3:
        running.press(key)
    running.page.wait_for_timeout(100)
    said = running.sentence()
    assert said != before
    assert re.search(r"\d", said)
    assert running.explorer.locator("img").first.get_attribute("alt") == said
    for key in [back] * 3:
        running.press(key)
    # A live region announces changes only if it stays in the page while its text changes.
    assert element.evaluate("(old, now) => old === now", status.element_handle())


@each_explorer
def test_times_from_key_press_to_picture(running, times):
    _, trains = EXPLORERS[running.name]
    handle = slider(running)
    handle.focus()
    now, keys = handle.get_attribute("aria-valuenow"), there_and_back(handle)
    taken = [running.press(keys[number // 5 % 2]) for number in range(CHANGES)]
    times[running.name] = ("trains anew" if trains else "evaluates", taken)
    assert handle.get_attribute("aria-valuenow") == now


@each_explorer
def test_no_frame_is_painted_without_the_picture(running):
    handle = slider(running)
    handle.focus()
    there, back = there_and_back(handle)
    running.explorer.locator("img").first.scroll_into_view_if_needed()
    box = running.explorer.locator("img").first.bounding_box()
    with running.painted_frames() as frames:
        for key in [there] * 4 + [back] * 4:
            running.press(key)
    assert len(frames) >= 8
    shares = [ink(frame, box) for frame in frames]
    assert min(shares) > max(shares) / 2 > 0


def ink(frame, box):
    """Return the share of dark or coloured pixels in a box of a frame."""
    pixels = np.asarray(Image.open(io.BytesIO(b64decode(frame))).convert("L"))
    x, y, width, height = (int(box[key]) for key in ("x", "y", "width", "height"))
    return (pixels[max(y, 0) : y + height, x : x + width] < 200).mean()


@each_explorer
def test_dragging_fast_ends_at_the_last_value(running):
    handle, before = slider(running), running.picture()
    handle.scroll_into_view_if_needed()
    box, track = handle.bounding_box(), handle.locator("xpath=../..").bounding_box()
    end, far = ("max", 1.2) if there_and_back(handle)[0] == "ArrowRight" else ("min", -0.2)
    mouse = running.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    for share in (0.1, 0.9, 0.2, 0.8, 0.3, 0.7, far):
        mouse.move(track["x"] + share * track["width"], box["y"] + 5)
    mouse.up()
    assert handle.get_attribute("aria-valuenow") == handle.get_attribute(f"aria-value{end}")
    running.settle()
    dragged = running.picture()
    assert dragged != before
    handle.focus()
    for key in there_and_back(handle):  # away, and back to the same value
        running.press(key)
    assert running.picture() == dragged


@pytest.mark.parametrize("running", ["04_training"], indirect=True)
def test_the_play_button_runs_through_the_steps(running):
    handle = running.explorer.get_by_role("slider", name="steps of training")
    value = float(handle.get_attribute("aria-valuenow"))
    play = running.explorer.get_by_role("button", name="play")
    play.focus()
    running.press("Enter")
    running.page.wait_for_timeout(1000)
    running.page.keyboard.press("Enter")
    running.settle()
    assert float(handle.get_attribute("aria-valuenow")) >= value + 3


@each_explorer
def test_nothing_is_cut_in_a_narrow_window(running):
    running.page.set_viewport_size({"width": 800, "height": 800})
    running.page.wait_for_timeout(300)
    cut = running.explorer.evaluate("""all => {
        const edge = all.closest('.jp-OutputArea-child').getBoundingClientRect().right + 1;
        const parts = 'img, .widget-label, .widget-readout, button, [role=status]';
        return [...all.querySelectorAll(parts)].filter(part => part.offsetWidth && (
            part.getBoundingClientRect().right > edge || part.scrollWidth > part.clientWidth + 1
        )).map(part => part.className);
    }""")
    running.page.set_viewport_size({"width": 1280, "height": 800})
    assert cut == []


@pytest.mark.parametrize("running", ["01_create_the_wave"], indirect=True)
def test_an_exercise_is_solved_and_the_progress_follows(running):
    # Before the page is loaded again: then the progress follows once its cell has been run.
    page, exercise = running.page, EXERCISES["cosine"]
    cell = page.locator(".jp-CodeCell").filter(has_text='rh.check("cosine", cosine)').first
    output = cell.locator(".jp-OutputArea")
    progress = page.locator(".jp-OutputArea").filter(has_text="exercises passed in this session")
    running.show(output)
    assert "Not yet: put your answer" in output.inner_text()
    running.show(progress)
    assert "0 of 4 exercises" in progress.inner_text()
    code = exercise.solution + '\n\n\nrh.check("cosine", cosine)'
    running.show(output)
    for text, said in ((code.replace("np.cos(", "np.sin("), "that is the sine"), (code, "Right.")):
        cell.locator(".cm-content").focus()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text)
        page.keyboard.press("Control+Enter")
        output.filter(has_text=said).wait_for(timeout=20_000)
    progress.filter(has_text="1 of 4 exercises").wait_for(timeout=20_000)
    assert "Passed: cosine" in progress.inner_text()
    assert running.errors() == []


@pytest.mark.parametrize("running", ["01_create_the_wave"], indirect=True)
def test_the_explorer_works_on_after_the_page_is_loaded_again(running):
    running.page.keyboard.press("Control+s")
    running.page.wait_for_selector(".jp-mod-current[data-type]:not(.jp-mod-dirty)")
    running.page.reload()
    running.page.wait_for_selector(".rh-explorer img")
    running.explorer.scroll_into_view_if_needed()
    slider(running).focus()
    running.page.evaluate(WATCH)
    before = running.picture()
    running.press(there_and_back(slider(running))[0])
    assert running.picture() != before


@each_explorer_by_name
def test_before_anything_is_run_there_is_a_picture_and_a_line(open_notebook, name):
    page = open_notebook(f"committed/{name}.ipynb")
    outputs = page.page.locator(".jp-OutputArea-output")
    line = outputs.filter(has_text="Run this cell to move: ")
    line.first.wait_for()
    assert line.count() == 1
    assert "not found" not in page.page.locator(".jp-Notebook").inner_text()
    cell = page.page.locator(".jp-CodeCell").filter(has_text="Run this cell to move: ")
    assert cell.locator("img").count() == 1
    assert page.complaints == []
    page.page.close()


# Questions and exercises --------------------------------------------------------------------------

ASKING = [
    name.removesuffix(".ipynb")
    for name in EXPECTED
    if name[:2] in {question.notebook for question in QUESTIONS.values()}
]
ACTIVE = "() => document.activeElement.textContent"
NAMED = "([all, text]) => all.role == 'group' && all.ariaLabel == text"


def questions_of(name):
    return [question for question in QUESTIONS.values() if question.notebook == name[:2]]


@pytest.mark.parametrize("running", ASKING, indirect=True)
def test_each_question_is_answered_by_the_keyboard_alone(running):
    page, questions = running.page, questions_of(running.name)
    widgets = page.locator(".rh-question")
    assert widgets.count() == len(questions)
    for number, question in enumerate(questions):
        widget = widgets.nth(number)
        running.show(widget)
        assert question.text in widget.inner_text()
        page.wait_for_function(NAMED, arg=[widget.element_handle(), question.text])
        buttons = widget.get_by_role("button")
        assert buttons.all_inner_texts() == list(question.answers)
        status = widget.get_by_role("status")
        element, before = status.element_handle(), status.inner_text().strip()
        assert before == ""
        buttons.first.focus()
        for _ in question.answers[1:]:
            page.keyboard.press("Tab")
        assert page.evaluate(ACTIVE) == question.answers[-1]
        page.keyboard.press("Enter")
        page.wait_for_function("element => element.textContent.trim()", arg=element)
        said, texts = status.inner_text(), buttons.all_inner_texts()
        marks = [text[:2] for text in texts if text[:2] in ("✓ ", "✗ ")]
        assert marks == (["✓ "] if said.startswith("Right. ") else ["✓ ", "✗ "])
        assert page.evaluate(ACTIVE) == texts[-1] != question.answers[-1]
        assert element.evaluate("(old, now) => old === now", status.element_handle())


@pytest.mark.parametrize("running", ASKING, indirect=True)
def test_no_question_is_cut_in_a_narrow_window(running):
    running.page.set_viewport_size({"width": 420, "height": 800})
    running.page.wait_for_timeout(300)
    cut = running.page.evaluate("""() => {
        const cut = [];
        for (const question of document.querySelectorAll('.rh-question')) {
            const output = question.closest('.jp-OutputArea-child').getBoundingClientRect();
            for (const part of question.querySelectorAll('button, strong, [role=status]')) {
                const box = part.getBoundingClientRect();
                if (box.right > output.right + 1 || part.scrollWidth > part.clientWidth + 1
                    && part.tagName == 'BUTTON') cut.push(part.textContent);
            }
        }
        return cut;
    }""")
    running.page.set_viewport_size({"width": 1280, "height": 800})
    assert cut == []


@pytest.mark.parametrize("name", ASKING)
def test_before_anything_is_run_the_answers_are_folded(open_notebook, name):
    page = open_notebook(f"committed/{name}.ipynb")
    folded = page.page.locator(".jp-OutputArea details")
    folded.first.wait_for()
    page.through()
    assert folded.count() == len(questions_of(name))
    for details in folded.all():
        page.show(details)
        answer = details.locator("p")
        assert not answer.is_visible()
        details.locator("summary").focus()
        page.page.keyboard.press("Enter")
        answer.wait_for(state="visible")
    assert page.complaints == []
    page.page.close()
