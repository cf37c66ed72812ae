"""The bug zoo: programs that run, look fine and are wrong, and how each of them shows it.

``base`` takes a program in and shows its symptom; the programs stand, in the order of the notebook,
in ``points``, ``states``, ``measures`` and ``testing``.
"""

# In the order of the notebook.
from . import points  # isort: skip
from . import states  # isort: skip
from . import measures  # isort: skip
from . import testing  # isort: skip
from .base import SYMPTOMS, keep, symptom

__all__ = [
    "SYMPTOMS",
    "keep",
    "measures",
    "points",
    "states",
    "symptom",
    "testing",
]
