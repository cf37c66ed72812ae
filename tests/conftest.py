"""What more than one file of tests needs; here nothing is imported that takes time."""

from types import SimpleNamespace

import pytest
from jupyterlab import BROWSER


@pytest.fixture(scope="module")
def browser():
    """Chromium, for one module: while it is open, nothing else can use asyncio."""
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=options)
        yield chromium
        chromium.close()


@pytest.fixture
def no_figures():
    """No figure is open before a test, and none after it."""
    import matplotlib.pyplot as plt

    plt.close("all")
    yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    """What the notebook receives: a list of {'data': ..., 'metadata': ...}."""
    import matplotlib.pyplot as plt
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell

    plt.switch_backend("agg")  # now, because matplotlib would ask the shell below for its hooks
    publisher = CapturingDisplayPublisher()
    shell = SimpleNamespace(display_pub=publisher)
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(InteractiveShell, "instance", lambda: shell)
    return publisher.outputs
