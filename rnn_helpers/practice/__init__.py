"""Practice: exercises with checks and hints, questions to predict, and a zoo of bugs.

``engine`` what a check does, ``compare`` what the checks share, ``asking`` the questions; and for
each notebook a module with its exercises and its questions: ``wave``, ``elman_by_hand``,
``dimensions``, ``training_loop``, ``full_turn``, ``priming``, ``backpropagation``, ``gated_cells``,
``zoo``.
"""

# In the order of the notebooks, which is that of the exercises.
from . import wave  # isort: skip
from . import elman_by_hand  # isort: skip
from . import dimensions  # isort: skip
from . import training_loop  # isort: skip
from . import full_turn  # isort: skip
from . import priming  # isort: skip
from . import backpropagation  # isort: skip
from . import gated_cells  # isort: skip
from . import zoo  # isort: skip
from .asking import QUESTIONS, Question, ask, pose
from .engine import EXERCISES, Exercise, check, hint, passed, register, solution
from .zoo import symptom

__all__ = [
    "EXERCISES",
    "QUESTIONS",
    "Exercise",
    "Question",
    "ask",
    "backpropagation",
    "check",
    "dimensions",
    "elman_by_hand",
    "full_turn",
    "gated_cells",
    "hint",
    "passed",
    "pose",
    "priming",
    "register",
    "solution",
    "symptom",
    "training_loop",
    "wave",
    "zoo",
]
