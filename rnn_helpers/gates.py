"""What the gates of an LSTM or GRU do while it reads a sequence."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from torch import nn

from . import _checks
from .cells import Weights, forward
from .evaluation import Forecast
from .figures import BAND_STYLES, legend_above
from .many_seeds import ManyRNNs
from .network import WaveRNN, check_one_number

GATE_NAMES = {"RNN": "", "LSTM": "ifgo", "GRU": "rzn"}


def gate_values(model: WaveRNN | ManyRNNs | Weights, features: np.ndarray) -> dict[str, np.ndarray]:
    """Run one network, or many, over a sequence from a zero state, and return every gate's values.

    Parameters
    ----------
    model : WaveRNN, ManyRNNs or Weights
        One network with one layer, one input and one output, or many of them, also untrained ones
        (``initial_weights``). Of ``train_recall`` give ``run.weights``.
    features : array, shape (seq_len,)
        What the network reads.

    Returns
    -------
    dict of numpy.ndarray, shape (seq_len, hidden_size) or (num_models, seq_len, hidden_size)
        ``'i'``, ``'f'``, ``'g'``, ``'o'`` and the cell state ``'c'`` of an LSTM, ``'r'``, ``'z'``
        and ``'n'`` of a GRU, and for every cell the hidden state ``'h'``: the gates of the step
        that reads a point, and the states after it.

    Raises
    ------
    TypeError, ValueError
        If ``features`` is not one finite sequence, or ``model`` is not such a network.
    """
    features = _checks.sequence("features", features)
    if isinstance(model, WaveRNN):
        check_one_number(model)
        if model.rnn.num_layers != 1:
            raise ValueError(
                f"model must have one layer, but it has {model.rnn.num_layers}; the gates of "
                "stacked layers are not returned."
            )
        flat = nn.utils.parameters_to_vector(model.parameters()).detach().double().numpy()
        w = Weights(flat[None], model.rnn.hidden_size, model.cell)
    elif isinstance(model, (ManyRNNs, Weights)):
        w = model.weights if isinstance(model, ManyRNNs) else model
    else:
        raise TypeError(
            f"model must be a WaveRNN, ManyRNNs or Weights, but a {type(model).__name__} was "
            "given; give what rh.train, rh.train_many or rh.initial_weights returned."
        )
    _, record = forward(w, features[:, None])
    values = {"h": record.h[1:]}
    for number, name in enumerate(GATE_NAMES[w.cell]):
        values[name] = record.gates[:, number]
    if w.cell == "LSTM":
        values["c"] = record.c[1:]
    index = 0 if isinstance(model, WaveRNN) else slice(None)
    return {name: array[:, :, 0].swapaxes(0, 1)[index] for name, array in values.items()}


def plot_gates(model: WaveRNN, forecast: Forecast, ax: Axes | None = None) -> Axes:
    """Draw how much a network keeps and how much it writes, during a prime and its test.

    An LSTM keeps ``f`` of its cell state and writes ``i`` of the candidate; a GRU keeps ``z`` of
    its hidden state and writes ``1 - z``. Lines are means over the hidden units, bands reach from
    5 % to 95 % of the units. An RNN has no gates, and the picture says so.

    Parameters
    ----------
    model : WaveRNN
        One network with one layer, one input and one output.
    forecast : Forecast
        A test, with its prime if it has one; its predictions are not drawn. The network runs from a
        zero state, even if the test was given another one.
    ax : Axes, optional
        Where to draw; a new figure with a legend if it is not given.

    Returns
    -------
    Axes

    Raises
    ------
    TypeError, ValueError
        If ``forecast`` is something else, or ``model`` is not such a network.
    """
    if not isinstance(forecast, Forecast):
        raise TypeError(
            f"forecast must be a Forecast, but a {type(forecast).__name__} was given; give what "
            "rh.forecast returned."
        )
    if not isinstance(model, WaveRNN):
        raise TypeError(
            f"model must be a WaveRNN, but a {type(model).__name__} was given; of many networks "
            "give one, many.model(0) for instance."
        )
    values = gate_values(model, np.concatenate([forecast.prime, forecast.window.features]))
    own_figure, ax = ax is None, plt.subplots()[1] if ax is None else ax
    if own_figure:
        ax.set(ylim=(0, 1), xlabel="angle (degrees)", ylabel="gate")
    if model.cell == "RNN":
        middle = {"ha": "center", "va": "center", "transform": ax.transAxes}
        ax.text(0.5, 0.5, "an RNN has no gates", **middle)
        return ax
    degrees = np.concatenate([forecast.prime_degrees, forecast.window.feature_degrees])
    lstm = model.cell == "LSTM"
    kept = values["f" if lstm else "z"]
    written = values["i"] if lstm else 1 - kept
    parts = (("kept (f or z)", kept), ("written (i or 1 - z)", written))
    for (label, gate), look in zip(parts, BAND_STYLES, strict=False):
        low, high = np.percentile(gate, [5, 95], axis=1)
        ax.fill_between(degrees, low, high, color=look["color"], alpha=0.18, linewidth=0)
        ax.plot(degrees, gate.mean(axis=1), label=label, markersize=3, **look)
    if own_figure:
        legend_above(ax)
    return ax
