"""The machinery of the course, so that a notebook shows only the idea that it teaches.

``data`` the wave, ``network`` nn.RNN, LSTM or GRU + Linear, ``training`` many networks at once, by
the hand-derived gradients of ``cells``, ``elman`` the network of notebook 02, ``backpropagation``
gradients through time, ``evaluation`` tests with and without a prime, ``baselines`` formulas to
beat, ``free_running`` forecasts that read themselves, ``figures``, ``diagrams``, ``copies`` and
``gates`` the pictures, ``tables`` numbers, ``states`` what happens inside a network, ``dynamics``
its closed loop as a map, ``any_wave`` waves of all frequencies, ``torch_pass`` another way to their
gradients, ``series`` records of the real world, ``record_networks`` networks on them, ``letters``
names and counts of them, ``letter_networks`` networks that write names, ``linear_recurrence``
recurrences without a tanh, ``attention`` a layer of it, ``costs`` what both were measured to cost,
``explorer`` sliders under a figure, ``runtime`` seed, threads and progress.
"""

import importlib
import sys
from inspect import ismodule as _ismodule

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
    train_on_waves,
    wave_states,
)
from .attention import train_attention, train_attention_recall
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
from .baselines import fit_ar, forecast_ar, predict_ar
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
    Words,
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
    score_run,
    train_closed_loop,
    train_for_free_runs,
    train_linear_layer,
)
from .gates import GATE_COLORS, gate_map, plot_cell
from .letter_networks import train_on_names
from .letters import (
    SIGNS,
    encode_names,
    fit_ngrams,
    letter_losses,
    load_names,
    plot_letters,
    split_names,
    write_names,
)
from .linear_recurrence import train_diagonal
from .network import WaveRNN, initial_weights
from .record_networks import compare_forecasts, forecast_series, train_on_series
from .runtime import preload_optimizer, set_up
from .series import DATA, Series, errors_ahead, load_series, ratio_interval
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

_PRACTICE = ("ask", "check", "good_news", "hint", "passed", "solution", "symptom")
_LATER = {"explore": "explorer"} | dict.fromkeys(_PRACTICE, "practice")  # which module has it
__all__ = [name for name, it in globals().items() if not (name.startswith("_") or _ismodule(it))]
__all__ += _LATER


def __getattr__(name: str) -> object:
    """Load only when it is wanted what takes as long as all the rest: ipywidgets and exercises."""
    if name in _LATER:
        return getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
