"""Run in the kernel of a notebook: a cell that is run again at once need not train again.

The trainings give the same for the same arguments, as tests of their own show. So while a cell is
run again they give copies of what they gave before.
"""

import copy
import functools
import pickle

from IPython import get_ipython

import rnn_helpers as rh

last_cell, known = [""], {}


def forget(info):
    """Forget everything before a cell that is another than the last."""
    if info.raw_cell != last_cell[0]:
        last_cell[0] = info.raw_cell
        known.clear()


def remembering(train):
    """Return a training that is done once for the same arguments."""

    @functools.wraps(train)
    def function(*args, **kwargs):
        key = train.__name__, pickle.dumps((args, kwargs))
        if key not in known:
            known[key] = train(*args, **kwargs)
        return copy.deepcopy(known[key])

    return function


get_ipython().events.register("pre_run_cell", forget)
for name in rh.__all__:
    if name.startswith("train_"):
        setattr(rh, name, remembering(getattr(rh, name)))
