"""The machinery of the course, so that a notebook shows only the idea that it teaches.

``data`` the wave, ``network`` nn.RNN, LSTM or GRU + Linear, ``training`` many networks at once, by
the hand-derived gradients of ``cells``, ``elman`` the network of notebook 02, ``backpropagation``
gradients through time, ``evaluation`` tests with and without a prime, ``baselines`` formulas to
beat, ``free_running`` forecasts that read themselves, ``figures``, ``diagrams``, ``copies`` and
``gates`` the pictures, ``tables`` numbers, ``states`` what happens inside a network, ``dynamics``
its closed loop as a map, ``any_wave`` waves of all frequencies, ``torch_pass`` another way to their
gradients, ``series`` records of the real world, ``record_networks`` networks on them,
``linear_recurrence`` recurrences without a tanh, ``attention`` a layer of it, ``costs`` what both
were measured to cost, ``explorer`` sliders under a figure, ``runtime`` seed, threads and progress.
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
from .attention import train_attention
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
from .copies import plot_blank_copies, plot_copies
from .costs import load_costs
from .data import Window, make_prime, make_window
from .diagrams import AXES, plot_blank_shapes, plot_shapes, plot_unrolled_network
from .dynamics import (
    as_networks,
    fixed_point,
    loop_multipliers,
    loop_path,
    loop_step,
    output_jacobian,
    train_lbfgs,
    two_unit_network,
)
from .elman import history_length, initial_elman_weights, train_elman_best, train_elman_many
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
from .gates import GATE_COLORS, gate_map, plot_cell
from .linear_recurrence import train_diagonal
from .network import WaveRNN, initial_weights
from .record_networks import compare_forecasts, forecast_series, train_on_series
from .runtime import preload_optimizer, set_up
from .series import DATA, Series, errors_ahead, forecast_ar, load_series, ratio_interval
from .states import (
    gate_values,
    hidden_states,
    plot_heat_map,
    plot_state_path,
    recall_memory,
    state_plane,
)
from .tables import show_table
from .training import REGIMES, train_many, train_recall

PRACTICE = ("ask", "check", "good_news", "hint", "passed", "solution", "symptom")
LATER = {"explore": "explorer"} | dict.fromkeys(PRACTICE, "practice")  # which module has it
# fmt: off
__all__ = [
    "AXES", "BAND_STYLES", "CELLS", "DATA", "GATE_COLORS", "REGIMES", "ROLES", "Series", "WaveRNN",
    "Window", "ambiguity_floor", "as_networks", "ask", "check", "compare_forecasts", "errors_ahead",
    "explore", "fill_in", "fit_ar", "fit_sines", "fixed_point", "forecast", "forecast_ar",
    "forecast_series", "formula_runs", "frequency_bound", "gate_map", "gate_values", "good_news",
    "gradient_norms", "hidden_states", "hint", "history_length", "initial_elman_weights",
    "initial_weights", "legend_above", "load_costs", "load_series", "loop_multipliers", "loop_path",
    "loop_step", "make_prime", "make_waves", "make_window", "median_index", "output_jacobian",
    "passed", "plot_band", "plot_bands", "plot_blank_copies", "plot_blank_network",
    "plot_blank_shapes", "plot_cell", "plot_copies", "plot_cuts", "plot_forecast", "plot_heat_map",
    "plot_points", "plot_shapes", "plot_state_path", "plot_trainings", "plot_unrolled_network",
    "plot_wave", "plot_window", "predict", "predict_ar", "predict_best", "predict_own_ar",
    "predict_shared_ar", "predict_waves", "preload_optimizer", "ratio_interval", "recall_memory",
    "recurrent_weights", "run_ar", "score_run", "set_up", "show", "show_table", "solution",
    "state_plane", "symptom", "train_attention", "train_closed_loop", "train_diagonal",
    "train_elman_best", "train_elman_clipped", "train_elman_many", "train_for_free_runs",
    "train_lbfgs", "train_linear_layer", "train_many", "train_on_series", "train_on_waves",
    "train_recall", "two_unit_network", "wave_states", "worked_steps",
]
# fmt: on


def __getattr__(name: str) -> object:
    """Load only when it is wanted what takes as long as all the rest: ipywidgets and exercises."""
    if name in LATER:
        return getattr(import_module(f".{LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
