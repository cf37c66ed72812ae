"""What a session needs first: the seed, the threads, the style; and progress bars."""

import importlib
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from operator import length_hint
from pathlib import Path

import matplotlib.pyplot as plt
import torch

from . import _checks, page

STYLE = ["default", Path(__file__).with_name("course.mplstyle")]  # the reader's own ends here


def set_up(seed: int = 0, num_threads: int = 1) -> None:
    """Set torch's seed, torch's number of threads and the style of figures and page.

    This is the only function of the course that changes global state. Networks as small as ours
    train several times faster with one thread than with many, because handing out the work costs
    more than the work. With a bad seed or number nothing is set.
    """
    seed = _checks.whole_number("seed", seed, 0, _checks.MAX_SEED)
    num_threads = _checks.whole_number("num_threads", num_threads, 1, 1024)
    torch.manual_seed(seed)
    torch.set_num_threads(num_threads)
    plt.style.use(STYLE)
    page.set_style()


def preload_optimizer() -> threading.Thread:
    """Load what the first ``torch.optim`` optimizer needs, in the background.

    The first optimizer of a process makes torch import its compiler, which takes a second or two
    although nothing here is compiled. Called while the reader reads, it is not noticed. ``join()``
    waits for the thread that is returned.
    """
    thread = threading.Thread(
        target=importlib.import_module, args=("torch._dynamo",), name="preload", daemon=True
    )
    thread.start()
    return thread


def progress(iterable: Iterable, description: str, *, delay: float = 2.0) -> Iterator:
    """Yield what ``iterable`` yields, with a tqdm bar once the work takes longer than ``delay``.

    The bar is text, not a widget, of which a saved notebook would keep an error in its place.

    ``delay`` is in seconds; short work never imports tqdm. The bar is removed at the end. The
    environment variable ``TQDM_DISABLE=1`` turns it off, as when notebooks are made for committing.
    """
    quiet = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")  # tqdm.notebook ignores it
    started, bar = time.monotonic(), None
    try:
        for done, item in enumerate(iterable):
            if bar is None and not quiet and time.monotonic() - started > delay:
                from tqdm import tqdm

                look = {"desc": description, "leave": False, "file": sys.stdout, "ncols": 72}
                bar = tqdm(total=length_hint(iterable) or None, initial=done, **look)
            yield item
            if bar is not None:
                bar.update()
    finally:  # also when the loop is left early
        if bar is not None:
            bar.close()
