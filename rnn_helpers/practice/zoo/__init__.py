"""The bug zoo: programs that run, look fine and are wrong, and how each of them shows it.

``base`` takes a program in and shows its symptom.
"""

# In the order of the notebook.
from . import points, states, measures, testing  # isort: skip
from .base import symptom

__all__ = ["measures", "points", "states", "symptom", "testing"]
