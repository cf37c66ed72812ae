"""The bug zoo: programs that run, look fine and are wrong, and how each of them shows it.

``base`` takes a program in and shows its symptom, ``opening`` draws the notebook's first picture.
"""

# In the order of the notebook.
from . import points, states, measures, testing  # isort: skip
from .base import symptom
from .opening import good_news

__all__ = ["good_news", "measures", "points", "states", "symptom", "testing"]
