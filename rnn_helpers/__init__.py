"""The machinery of the course, so that a notebook shows only the idea that it teaches.

``data`` the wave, ``network`` nn.RNN, LSTM or GRU + Linear, ``training`` one network,
``many_seeds`` many at once by the hand-derived gradients of ``cells``, ``elman`` the network of
notebook 02 for many seeds, ``backpropagation`` gradients through time, ``recall`` the task with a
gap, ``evaluation`` tests with and without a prime, ``figures`` and ``diagrams`` the pictures,
``states`` the way of the hidden state, ``gates`` what gates do, ``explorer`` sliders under a
figure, ``runtime`` seed, threads and progress.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said before a newer syntax is met
    raise ImportError(
        f"The course needs Python 3.11 or newer, but this is Python {sys.version_info[0]}."
        f"{sys.version_info[1]}; choose another kernel, or install a newer Python."
    )

from .backpropagation import (
    fill_in,
    gradient_norms,
    plot_blank_network,
    plot_cuts,
    plot_trainings,
    recurrent_weights,
    train_elman_clipped,
    worked_steps,
)
from .data import Window, make_prime, make_window
from .diagrams import plot_shapes, plot_unrolled_network
from .elman import ElmanRun, initial_elman_weights, train_elman_many
from .evaluation import Forecast, ambiguity_floor, forecast, median_index, predict
from .figures import (
    BAND_STYLES,
    ROLES,
    legend_above,
    plot_band,
    plot_bands,
    plot_forecast,
    plot_points,
    plot_wave,
    plot_window,
    show,
)
from .gates import gate_values, plot_gates
from .many_seeds import ManyRNNs, initial_weights, train_many
from .network import CELLS, WaveRNN
from .recall import RecallRun, train_recall
from .runtime import preload_optimizer, progress, set_up
from .states import StatePlane, hidden_states, plot_state_path, state_plane
from .training import REGIMES, TrainingRun, train

__all__ = [
    "BAND_STYLES",
    "CELLS",
    "REGIMES",
    "ROLES",
    "ElmanRun",
    "Forecast",
    "ManyRNNs",
    "RecallRun",
    "StatePlane",
    "TrainingRun",
    "WaveRNN",
    "Window",
    "ambiguity_floor",
    "ask",
    "check",
    "explore",
    "fill_in",
    "forecast",
    "gate_values",
    "gradient_norms",
    "hidden_states",
    "hint",
    "initial_elman_weights",
    "initial_weights",
    "legend_above",
    "make_prime",
    "make_window",
    "median_index",
    "passed",
    "plot_band",
    "plot_bands",
    "plot_blank_network",
    "plot_cuts",
    "plot_forecast",
    "plot_gates",
    "plot_points",
    "plot_shapes",
    "plot_state_path",
    "plot_trainings",
    "plot_unrolled_network",
    "plot_wave",
    "plot_window",
    "predict",
    "preload_optimizer",
    "progress",
    "recurrent_weights",
    "set_up",
    "show",
    "solution",
    "state_plane",
    "symptom",
    "train",
    "train_elman_clipped",
    "train_elman_many",
    "train_many",
    "train_recall",
    "worked_steps",
]


PRACTICE = ("ask", "check", "hint", "passed", "solution", "symptom")


def __getattr__(name: str) -> object:
    """Load only when it is wanted what takes as long as all the rest: ipywidgets and exercises."""
    if name == "explore":
        from .explorer import explore

        return explore
    if name in PRACTICE:
        from . import practice

        return getattr(practice, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
