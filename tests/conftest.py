"""What more than one file of tests needs."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture
def shown(monkeypatch):
    """What the notebook receives: a list of {'data': ..., 'metadata': ...}."""
    plt.switch_backend("agg")  # now, because matplotlib would ask the shell below for its hooks
    publisher = CapturingDisplayPublisher()
    shell = SimpleNamespace(display_pub=publisher)
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(InteractiveShell, "instance", lambda: shell)
    return publisher.outputs
