"""A JupyterLab server and a page of it in a headless browser, for the tests of the notebooks."""

import contextlib
import io
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
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((path for path in map(shutil.which, BROWSERS) if path), None)
IS_THERE = pytest.mark.skipif(
    BROWSER is None, reason="there is no Chromium or Chrome on this machine; install one"
)
SECONDS_TO_START, SECONDS_TO_RUN = 90, 600
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
BADGE = '<svg xmlns="http://www.w3.org/2000/svg" width="117" height="20"/>'
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
CURRENT = ".rh-explorer.rh-current"  # the explorer that a page has turned to
PICTURE = f"{CURRENT} img.widget-image"
SRC = f"document.querySelector('{PICTURE}').src"
PROMPTS = """([share, pattern]) => [...document.querySelectorAll(
        ".jp-CodeCell .jp-InputPrompt:not(.jp-Placeholder-prompt)")]  // not those of folded cells
    [share](prompt => RegExp(pattern).test(prompt.textContent))"""


def in_browser(test):
    """Mark a test that opens a page."""
    return pytest.mark.browser(IS_THERE(test))


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
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    env = os.environ | {name: str(config / name.lower()) for name in own}
    env["JUPYTERLAB_SETTINGS_DIR"] = str(config / "settings")
    env["JUPYTERLAB_WORKSPACES_DIR"] = str(config / "workspaces")
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
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"{address}/api/status").close()
                break
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((config / "log").read_text()[-2000:])
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30)


class Page:
    """A notebook in JupyterLab, or in Notebook 7, as a reader has it before them."""

    def __init__(self, page, address: str, path: str, application: str = "lab/tree") -> None:
        self.page, self.complaints, self.stem = page, [], Path(path).stem
        self.address = address
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route(re.compile(r"https?://(?!127\.0\.0\.1)"), self._asked_outside)
        page.goto(f"{address}/{application}/{path}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        page.wait_for_selector(IDLE, timeout=60_000)
        if application != "lab/tree":
            return
        page.keyboard.press("Control+b")  # the file browser takes a quarter of the width
        page.wait_for_function(
            "() => document.querySelector('.jp-SideBar .lm-mod-current') == null"
        )

    def _heard(self, message) -> None:
        slow = "is taking too long to activate" in message.text  # which says that others are busy
        if message.type in ("error", "warning") and not slow:
            self.complaints.append(message.text)

    def _asked_outside(self, route) -> None:
        """Answer for the two badges; anything else must not be asked, the course is offline."""
        if route.request.url.endswith(("/colab-badge.svg", "/badge_logo.svg")):
            route.fulfill(content_type="image/svg+xml", body=BADGE)
        else:
            self.complaints.append(f"asked for {route.request.url}")
            route.abort()

    def menu(self, *names: str) -> None:
        """Choose an item of a menu, for the notebook."""
        self.page.locator(".jp-Notebook .jp-Cell").first.click(position={"x": 5, "y": 5})
        for name in names:
            self.page.get_by_role("menuitem", name=name, exact=True).click()

    def kernels(self, request: str, after: str = "") -> None:
        """Ask the server to delete every kernel, or to restart it."""
        cookies = {cookie["name"]: cookie["value"] for cookie in self.page.context.cookies()}
        headers = {"X-XSRFToken": cookies["_xsrf"]}
        for kernel in self.page.request.get(f"{self.address}/api/kernels").json():
            url = f"{self.address}/api/kernels/{kernel['id']}{after}"
            assert self.page.request.fetch(url, method=request, headers=headers).ok

    def save(self) -> None:
        self.page.keyboard.press("Control+s")
        self.page.wait_for_timeout(300)
        self.page.wait_for_selector(".jp-Document:not(.jp-mod-dirty)")
        self.page.wait_for_timeout(1500)

    def run_all(self) -> None:
        """Take all outputs away, run all cells, and wait for the last."""
        self.menu("Edit", "Clear Outputs of All Cells")
        self.page.wait_for_function(PROMPTS, arg=["every", r"\[\s*\]"])
        for _ in range(3):  # JupyterLab may still be busy with itself when it is asked first
            self.menu("Run", "Run All Cells")
            with contextlib.suppress(Exception):  # playwright's own TimeoutError
                self.page.wait_for_function(PROMPTS, arg=["some", r"[*\d]"], timeout=20_000)
                break
        seconds = 1000 * SECONDS_TO_RUN
        self.page.wait_for_function(PROMPTS, arg=["every", r"\d"], timeout=seconds)

    def wait_for(self, selector: str, count: int) -> None:
        """Wait until so many parts are on the page: JupyterLab makes them one after the other."""
        self.page.wait_for_function(
            "([part, count]) => document.querySelectorAll(part).length == count",
            arg=[f".jp-Notebook {selector}", count],
        )

    def show(self, part) -> None:
        """Scroll to a part of the page until it is drawn; what is far away has no text yet."""
        end = time.monotonic() + 20
        while not (part.count() and part.inner_text().strip()):
            if time.monotonic() > end:
                raise TimeoutError(f"{part} was not drawn.")
            if part.count():
                part.evaluate("part => part.scrollIntoView({block: 'center'})")
            self.page.wait_for_timeout(100)

    def errors(self) -> list[str]:
        """Return the text of every error and of every stderr output."""
        kinds = ("error", "stderr")
        found = ", ".join(f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in kinds)
        return self.page.locator(found).all_inner_texts()

    def turn_to(self, number: int) -> None:
        """Scroll to an explorer; what is asked about pictures is asked of it from now on."""
        self.page.evaluate(
            "n => document.querySelectorAll('.rh-explorer').forEach((explorer, i) =>"
            " explorer.classList.toggle('rh-current', i == n))",
            number,
        )
        self.page.locator(CURRENT).scroll_into_view_if_needed()
        self.show(self.page.locator(f"{CURRENT} .widget-label").first)

    def explorers(self) -> Iterator:
        """Turn to each explorer in turn, and yield it."""
        for number in range(self.page.locator(".rh-explorer").count()):
            self.turn_to(number)
            yield self.page.locator(CURRENT)

    def src(self) -> str:
        """Return the address of the explorer's picture, which holds all its bytes."""
        return self.page.evaluate(f"() => {SRC}")

    def pixels(self) -> np.ndarray:
        """Return the pixels of the explorer's picture."""
        png = b64decode(self.src().partition(",")[2])
        return np.array(Image.open(io.BytesIO(png)).convert("RGB"))

    def press(self, key: str) -> np.ndarray:
        """Press a key, wait for a new picture, and return its pixels."""
        before = self.src()
        self.page.keyboard.press(key)
        self.page.wait_for_function(f"src => {SRC} != src", arg=before)
        return self.pixels()

    def settle(self) -> None:
        """Wait until the kernel is idle and no picture has come for a while."""
        src = None
        while src != (src := self.src()):
            self.page.wait_for_timeout(400)
            self.page.wait_for_selector(IDLE)
