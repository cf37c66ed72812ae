"""The machinery of the course, so that a notebook shows only the idea that it teaches.

Data
    ``data`` the wave, ``any_wave`` waves of all frequencies and formulas that predict them,
    ``series`` records of the real world, ``letters`` names and counts of their letters
Networks
    ``network`` nn.RNN, LSTM or GRU + Linear, ``cells`` many of them and their gradients, derived by
    hand, ``elman`` the network of notebook 02, ``linear_recurrence`` recurrences without a tanh,
    ``attention`` a layer of it, ``letter_networks`` networks that write names
Training and tests
    ``training`` many networks at once, ``record_networks`` networks on records of the real world,
    ``free_running`` forecasts that read themselves, ``evaluation`` tests with and without a prime,
    ``baselines`` formulas to beat, ``states`` what happens inside a network, ``dynamics`` its
    closed loop as a map, ``costs`` what scans and attention were measured to cost
Pictures
    ``figures`` curves, ``diagrams`` shapes, ``copies`` unrolled networks, ``gates`` cells,
    ``backpropagation`` gradients through time, ``explorer`` sliders under a figure, ``tables``
    numbers
The rest
    ``practice`` exercises, questions and bugs, ``runtime`` seed, threads and progress, ``page`` the
    look of what is not a figure
"""

import importlib
import sys
import typing
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
    worked_steps,
)
from .baselines import fit_ar, forecast_ar, predict_ar
from .cells import CELLS
from .copies import plot_blank_copies, plot_copies
from .costs import load_costs
from .data import Window, make_prime, make_window
from .diagrams import plot_blank_shapes, plot_shapes, plot_unrolled_network
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
from .elman import history_length, initial_elman_weights, train_elman_many
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
from .gates import gate_map, plot_cell
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
from .series import DATA, errors_ahead, load_series
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

if typing.TYPE_CHECKING:  # for editors, which know nothing of __getattr__
    from .explorer import explore
    from .practice import ask, check, good_news, hint, passed, solution, symptom

_PRACTICE = ("ask", "check", "good_news", "hint", "passed", "solution", "symptom")
_LATER = {"explore": "explorer"} | dict.fromkeys(_PRACTICE, "practice")  # which module has it
__all__ = [name for name, it in globals().items() if not (name.startswith("_") or _ismodule(it))]
__all__ += _LATER


def __getattr__(name: str) -> object:
    """Load only when it is wanted what takes as long as all the rest: ipywidgets and exercises."""
    if name in _LATER:
        return getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
