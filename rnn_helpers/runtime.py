"""What a session needs first: the seed, the threads, the style; and progress bars."""

import importlib
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from tqdm import tqdm

from . import _checks, page

STYLE = ["default", Path(__file__).with_name("course.mplstyle")]  # the reader's own ends here


def set_up(seed: int = 0, num_threads: int = 1) -> None:
    """Set torch's seed, torch's number of threads and the style of figures and page.

    This is the only function of the course that changes global state. Networks as small as ours
    train several times faster with one thread than with many, because handing out the work costs
    more than the work.
    """
    seed = _checks.whole_number("seed", seed, 0, _checks.MAX_SEED)
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


def progress(iterable: Iterable, description: str) -> Iterable:
    """Return ``iterable`` with a tqdm bar, which appears if the work takes longer than two seconds.

    The bar is text, not a widget, of which a saved notebook would keep an error in its place. It is
    removed at the end. The environment variable ``TQDM_DISABLE=1``, set before torch is imported,
    turns bars off, as when notebooks are made for committing.
    """
    look = {"desc": description, "leave": False, "file": sys.stdout, "ncols": 72}
    return tqdm(iterable, delay=2, position=0, **look)  # a bar within a bar: both in one line
