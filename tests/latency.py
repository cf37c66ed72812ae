"""How long explorers take from a key press to the picture, in a real browser.

``python tests/latency.py [NOTEBOOK ...]`` prints the median and the 95th percentile of each, in
milliseconds: at most 60 and 100 are aimed at where networks are evaluated, 110 and 160 where they
are trained, on a quiet machine. It is no test, since on a busy one the times say nothing. (On
Linux ``chrt --rr 1`` before the command, as root, makes it quiet.)
"""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from jupyterlab import BROWSER, CURRENT, PICTURE, Page, server
from playwright import sync_api

from tools import notebooks as tool

PRESSES, FRAME = 40, 17  # milliseconds
# The time is taken in the page: from the key until the new picture is decoded and can be painted.
WATCH = f"""() => {{
    const image = document.querySelector('{PICTURE}');
    window.times = [];
    window.addEventListener('keydown', () => {{ window.pressed = performance.now(); }}, true);
    image.addEventListener('load', () => requestAnimationFrame(() => {{
        if (window.pressed) window.times.push(performance.now() - window.pressed);
        window.pressed = 0;
    }}));
}}"""


def measure(page: Page) -> list[float]:
    """Return the times of an explorer, over all of its sliders."""
    page.page.evaluate(WATCH)
    handles = page.page.locator(CURRENT).get_by_role("slider").all()
    for handle in handles:
        handle.focus()
        now, high = (float(handle.get_attribute(f"aria-value{at}")) for at in ("now", "max"))
        keys = ["ArrowRight", "ArrowLeft"] if now < high else ["ArrowLeft", "ArrowRight"]
        for number in range(PRESSES // len(handles)):
            before = page.page.evaluate("() => window.times.length")
            page.page.wait_for_timeout(random.uniform(0, FRAME))  # a reader keeps no time with it
            page.page.keyboard.press(keys[number % 2])
            page.page.wait_for_function("n => window.times.length > n", arg=before)
    return page.page.evaluate("() => window.times")


def main(names: list[str]) -> None:
    """Measure the explorers of the notebooks that are named, or of all."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as config:
        for name in ("rnn_helpers", "notebooks"):
            shutil.copytree(tool.ROOT / name, Path(folder, name))
        with (
            server(Path(folder), Path(config)) as address,
            sync_api.sync_playwright() as playwright,
        ):
            chromium = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
            for path in tool.find(names):
                if "rh.explore(" not in path.read_text("utf-8"):
                    continue
                view = chromium.new_page(viewport={"width": 1280, "height": 800})
                page = Page(view, address, f"notebooks/{path.name}")
                page.run_all()
                for number, _ in enumerate(page.explorers(), start=1):
                    p50, p95 = np.percentile(measure(page), [50, 95])
                    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
                    where = f"{path.stem}, explorer {number}"
                    print(f"{where:50} p50 {p50:4.0f} ms  p95 {p95:4.0f} ms  load {load:.1f}")
                page.kernels("DELETE")
                view.close()


if __name__ == "__main__":
    main(sys.argv[1:])
