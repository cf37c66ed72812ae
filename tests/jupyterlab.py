"""A JupyterLab server and a page of it in a headless browser, for the tests of the explorers."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tools import notebooks as tool

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((path for path in map(shutil.which, BROWSERS) if path), None)
SECONDS_TO_START, SECONDS_TO_RUN = 90, 900
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
BADGE = '<svg xmlns="http://www.w3.org/2000/svg" width="117" height="20"/>'
# Every key press and every picture that has arrived and been painted, with their times.
WATCH = """
() => {
  window.pressed = 0; window.taken = [];
  document.addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
  document.addEventListener('load', event => {
    if (!event.target.matches('.rh-explorer img')) return;
    const begin = window.pressed;
    requestAnimationFrame(() => setTimeout(() => window.taken.push(performance.now() - begin)));
  }, true);
}"""


@contextlib.contextmanager
def server(folder: Path, config: Path):
    """Run JupyterLab in ``folder`` with settings of its own, and give its address."""
    for name, values in SETTINGS.items():
        file = config / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {
        "JUPYTER_CONFIG_DIR": str(config / "config"),
        "JUPYTER_DATA_DIR": str(config / "data"),
        "JUPYTER_RUNTIME_DIR": str(config / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(config / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(config / "workspaces"),
        "IPYTHONDIR": str(config / "ipython"),
    }
    options = ["--no-browser", "--allow-root", f"--ServerApp.port={port}", "--ServerApp.token="]
    options += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    with (config / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=env, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                urllib.request.urlopen(f"{address}/api/status").close()
                break
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((config / "log").read_text()[-2000:]) from None
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def without_outputs(source: Path, target: Path) -> None:
    """Write a notebook without outputs, so that whatever it shows then was made by running it."""
    notebook = tool.read(source)
    for cell in tool.code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    target.write_text(tool.to_text(notebook), encoding="utf-8")


class Page:
    """A notebook in JupyterLab, as a reader has it before them."""

    def __init__(self, page, address: str, path: str) -> None:
        self.page, self.complaints = page, []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route(re.compile(r"https?://(?!127\.0\.0\.1)"), self._asked_outside)
        page.goto(f"{address}/lab/tree/{path}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
        page.keyboard.press("Control+b")  # the file browser takes a quarter of the width
        page.wait_for_function(
            "() => document.querySelector('.jp-SideBar .lm-mod-current') == null"
        )

    def _heard(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked_outside(self, route) -> None:
        """Answer for the two badges; anything else must not be asked, the course is offline."""
        if route.request.url.endswith(("/colab-badge.svg", "/badge_logo.svg")):
            route.fulfill(content_type="image/svg+xml", body=BADGE)
        else:
            self.complaints.append(f"asked for {route.request.url}")
            route.abort()

    def run_all(self) -> None:
        """Run all cells through the menu, and wait for the last."""
        for _ in range(3):  # JupyterLab may still be busy with itself when it is asked first
            self.page.locator(".jp-Notebook .jp-Cell").first.click(position={"x": 5, "y": 5})
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            with contextlib.suppress(TimeoutError):
                self._wait_for_prompts("some", r"[*\d]", 20)
                break
        self._wait_for_prompts("every", r"\d", SECONDS_TO_RUN)
        if self.explorer.count():
            self.explorer.scroll_into_view_if_needed()

    def _wait_for_prompts(self, share: str, pattern: str, seconds: float) -> None:
        """Wait until some, or every prompt of a code cell matches a pattern."""
        try:
            self.page.wait_for_function(
                "([share, pattern]) => "
                "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
                "[share](prompt => RegExp(pattern).test(prompt.textContent))",
                arg=[share, pattern],
                timeout=1000 * seconds,
            )
        except Exception as error:  # playwright's own TimeoutError, which may not be installed
            raise TimeoutError(str(error)) from None

    def show(self, part) -> None:
        """Scroll to a part of the page until it is drawn; what is far away has no text yet."""
        end = time.monotonic() + 20
        while not (part.count() and part.inner_text().strip()):
            if time.monotonic() > end:
                raise TimeoutError(f"{part} was not drawn.")
            if part.count():
                part.evaluate("part => part.scrollIntoView({block: 'center'})")
            self.page.wait_for_timeout(100)

    def through(self) -> None:
        """Go through the whole notebook once, so that all of its cells are drawn."""
        for cell in self.page.locator(".jp-Notebook .jp-Cell").all():
            cell.evaluate("cell => cell.scrollIntoView({block: 'center'})")
            self.page.wait_for_timeout(50)

    def errors(self) -> list[str]:
        """Return the text of every error and of every stderr output."""
        kinds = ("error", "stderr")
        found = ", ".join(f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in kinds)
        return self.page.locator(found).all_inner_texts()

    @property
    def explorer(self):
        """The explorer of the notebook; there is one in each."""
        return self.page.locator(".rh-explorer")

    def sentence(self) -> str:
        """Return the sentence under the sliders."""
        return self.explorer.locator("[role=status]").inner_text()

    def picture(self) -> str:
        """Return the address of the picture, which holds all its bytes."""
        return self.explorer.locator("img").first.get_attribute("src")

    def press(self, key: str) -> float:
        """Press a key, wait for the new picture, and return how many milliseconds it took."""
        before = self.page.evaluate("() => taken.length")
        self.page.keyboard.press(key)
        self.page.wait_for_function(f"() => taken.length > {before}", timeout=10_000)
        return self.page.evaluate(f"() => taken[{before}]")

    def settle(self) -> None:
        """Wait until no picture has come for a while."""
        self.page.wait_for_function(
            "() => { const now = [taken.length, document.querySelector('.rh-explorer img').src];"
            "if (!window.last || last[0] !== now[0] || last[1] !== now[1]) "
            "{ window.last = now; window.since = performance.now(); }"
            "return performance.now() - since > 600; }"
        )
        self.page.evaluate("() => { delete window.last; }")

    @contextlib.contextmanager
    def painted_frames(self):
        """Give a list of the frames, as PNG in base64, that the browser paints meanwhile."""
        frames, session = [], self.page.context.new_cdp_session(self.page)

        def keep(event):
            frames.append(event["data"])
            session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

        session.on("Page.screencastFrame", keep)
        session.send("Page.startScreencast", {"format": "png", "everyNthFrame": 1})
        yield frames
        self.page.wait_for_timeout(200)
        session.send("Page.stopScreencast")
        session.detach()
