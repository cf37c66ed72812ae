"""Practice: exercises with checks and hints, questions to predict, and a zoo of bugs, as data.

README.md beside this file says how to add one. ``engine``, ``exercise``, ``trace``, ``inputs`` and
``asking`` are the machinery; each notebook has a module with its exercises and questions.
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
from . import long_gaps  # isort: skip
from . import running_alone  # isort: skip
from . import inside_the_memory  # isort: skip
from . import any_wave  # isort: skip
from . import real_record  # isort: skip
from . import attention  # isort: skip
from . import zoo  # isort: skip
from .asking import QUESTIONS, Question, ask, pose
from .engine import EXERCISES, check, hint, passed, register, solution
from .exercise import Exercise
from .zoo import good_news, symptom

__all__ = [
    "EXERCISES",
    "QUESTIONS",
    "Exercise",
    "Question",
    "any_wave",
    "ask",
    "attention",
    "backpropagation",
    "check",
    "dimensions",
    "elman_by_hand",
    "full_turn",
    "gated_cells",
    "good_news",
    "hint",
    "inside_the_memory",
    "long_gaps",
    "passed",
    "pose",
    "priming",
    "real_record",
    "register",
    "running_alone",
    "solution",
    "symptom",
    "training_loop",
    "wave",
    "zoo",
]
