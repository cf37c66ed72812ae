"""Practice: exercises with checks and hints, questions to predict, and a zoo of bugs, as data.

README.md beside this file says how to add one. ``engine``, ``exercise``, ``trace``, ``inputs`` and
``asking`` are the machinery; each notebook has a module with its exercises and questions.
"""

from . import (
    any_wave,
    attention,
    backpropagation,
    dimensions,
    elman_by_hand,
    full_turn,
    gated_cells,
    inside_the_memory,
    long_gaps,
    names,
    priming,
    real_record,
    running_alone,
    training_loop,
    wave,
    zoo,
)
from .asking import QUESTIONS, Question, ask, pose
from .engine import EXERCISES, check, hint, passed, register, solution
from .exercise import Exercise
from .zoo import good_news, symptom
