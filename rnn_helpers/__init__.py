"""The machinery of the course, so that a notebook shows only the idea that it teaches.

``data`` the wave, ``network`` nn.RNN, LSTM or GRU + Linear, ``training`` many networks at once, by
the hand-derived gradients of ``cells``, ``elman`` the network of notebook 02, ``backpropagation``
gradients through time, ``evaluation`` tests with and without a prime, ``baselines`` formulas to
beat, ``free_running`` forecasts that read themselves, ``any_wave`` waves of all frequencies,
``figures`` and ``diagrams`` the pictures, ``tables`` numbers, ``states`` what happens inside a
network, ``explorer`` sliders under a figure, ``runtime`` seed, threads and progress.
"""

import sys
from importlib import import_module

if sys.version_info < (3, 11):  # noqa: UP036 - said before a newer syntax is met
    raise ImportError(
        f"The course needs Python 3.11 or newer, but this is Python {sys.version_info[0]}."
        f"{sys.version_info[1]}; choose another kernel, or install a newer Python."
    )

from .any_wave import (
    fit_sines,
    frequency_bound,
    make_waves,
    predict_best,
    predict_own_ar,
    predict_shared_ar,
    predict_waves,
    train_on_waves,
    wave_states,
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
from .baselines import fit_ar, predict_ar
from .cells import CELLS
from .data import Window, make_prime, make_window
from .diagrams import plot_shapes, plot_unrolled_network
from .elman import initial_elman_weights, train_elman_many
from .evaluation import ambiguity_floor, forecast, median_index, predict
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
from .free_running import (
    formula_runs,
    run_ar,
    score_run,
    train_closed_loop,
    train_for_free_runs,
    train_linear_layer,
)
from .network import WaveRNN, initial_weights
from .runtime import preload_optimizer, set_up
from .states import (
    gate_values,
    hidden_states,
    plot_gates,
    plot_heat_map,
    plot_state_path,
    state_plane,
)
from .tables import show_table
from .training import REGIMES, train_many, train_recall

PRACTICE = ("ask", "check", "hint", "passed", "solution", "symptom")
LATER = {"explore": "explorer"} | dict.fromkeys(PRACTICE, "practice")  # which module has it
# fmt: off
__all__ = [
    "BAND_STYLES", "CELLS", "REGIMES", "ROLES", "WaveRNN", "Window", "ambiguity_floor", "ask",
    "check", "explore", "fill_in", "fit_ar", "fit_sines", "forecast", "formula_runs",
    "frequency_bound", "gate_values", "gradient_norms", "hidden_states", "hint",
    "initial_elman_weights", "initial_weights", "legend_above", "make_prime", "make_waves",
    "make_window", "median_index", "passed", "plot_band", "plot_bands", "plot_blank_network",
    "plot_cuts", "plot_forecast", "plot_gates", "plot_heat_map", "plot_points", "plot_shapes",
    "plot_state_path", "plot_trainings", "plot_unrolled_network", "plot_wave", "plot_window",
    "predict", "predict_ar", "predict_best", "predict_own_ar", "predict_shared_ar", "predict_waves",
    "preload_optimizer", "recurrent_weights", "run_ar", "score_run", "set_up", "show", "show_table",
    "solution", "state_plane", "symptom", "train_closed_loop", "train_elman_clipped",
    "train_elman_many", "train_for_free_runs", "train_linear_layer", "train_many", "train_on_waves",
    "train_recall", "wave_states", "worked_steps",
]
# fmt: on


def __getattr__(name: str) -> object:
    """Load only when it is wanted what takes as long as all the rest: ipywidgets and exercises."""
    if name in LATER:
        return getattr(import_module(f".{LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
