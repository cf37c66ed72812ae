"""Training one network: the loop of the course, with three ways of handing it windows and state."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from . import _checks
from .network import State, WaveRNN, check_one_number, detach
from .runtime import progress

REGIMES = {
    "carry": "windows roll on along the wave, the hidden state is carried from one to the next",
    "reset": "windows roll on along the wave, every window starts from a zero hidden state",
    "half-turn": "every window starts at 0 degrees (and ends at 180), from a zero hidden state",
}


class TrainingRun(NamedTuple):
    """What training returns.

    Attributes
    ----------
    model : WaveRNN
        The network that was given, now trained.
    losses : numpy.ndarray, shape (num_steps,)
        The mean squared error of each window, before the step that it caused.
    h_n : torch.Tensor, shape (num_layers, 1, hidden_size)
        The hidden state after the last window, detached; for LSTM the tuple ``(h_n, c_n)``.
    """

    model: WaveRNN
    losses: np.ndarray
    h_n: State


def training_waves(num_steps: int, regime: str, step: float, seq_len: int) -> np.ndarray:
    """Return the wave for each step of training, shape ``(num_steps, seq_len + 1)``.

    The first ``seq_len`` of a row are the features, the last ``seq_len`` the labels. Windows that
    roll start where the one before ended: its last label is the next one's first feature.
    """
    num_steps = _checks.whole_number("num_steps", num_steps, 1)
    _checks.one_of("regime", regime, REGIMES)
    step = _checks.real_number("step", step, positive=True)
    seq_len = _checks.whole_number("seq_len", seq_len, 1)
    starts = np.zeros(num_steps) if regime == "half-turn" else np.arange(num_steps) * seq_len
    return np.sin(np.deg2rad(step * (starts[:, None] + np.arange(seq_len + 1))))


def train(
    model: WaveRNN,
    num_steps: int = 150,
    *,
    lr: float = 0.01,
    regime: str = "carry",
    step: float = 9.0,
    seq_len: int = 20,
    on_step: Callable[[int, float, torch.Tensor], None] | None = None,
) -> TrainingRun:
    """Train a network to say the wave one step ahead, with MSE and Adam, one window a step.

    The same loop is written out in notebook 04.

    Parameters
    ----------
    model : WaveRNN
        The network, of any cell; its weights are changed in place. One input, one output.
    num_steps : int
        How many windows, each with one step of the optimizer, 1 or more.
    lr : float
        Adam's learning rate.
    regime : {'carry', 'reset', 'half-turn'}
        Which windows come, and whether the hidden state is kept between them (see ``REGIMES``).
    step : float
        Distance between two points, in degrees.
    seq_len : int
        Points in a window.
    on_step : callable, optional
        Called as ``on_step(step_number, loss, prediction)`` after each step, with the prediction
        of shape ``(1, seq_len, 1)`` from before the step, detached.

    Returns
    -------
    TrainingRun
        The trained model, the losses ``(num_steps,)`` and the last hidden state.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of its range. The model is unchanged then, except
        by what ``on_step`` itself raises.
    """
    if not isinstance(model, WaveRNN):
        raise TypeError(
            f"model must be a WaveRNN, but a {type(model).__name__} was given; give rh.WaveRNN()."
        )
    check_one_number(model)
    if on_step is not None and not callable(on_step):
        raise TypeError(
            f"on_step must be a function, but a {type(on_step).__name__} was given; give one that "
            "takes the number of the step, the loss and the prediction."
        )
    lr = _checks.real_number("lr", lr, positive=True)
    waves = torch.from_numpy(training_waves(num_steps, regime, step, seq_len))
    waves = waves.to(model.fc.weight.dtype)[:, None, :, None]  # (num_steps, batch, time, 1)

    rnn, fc, criterion = model.rnn, model.fc, nn.MSELoss()
    # fused: the same update in one call of C++ instead of a dozen of Python's.
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    losses, hidden = [], None
    for number in progress(range(num_steps), "training"):
        x, y = waves[number, :, :-1], waves[number, :, 1:]
        if regime != "carry":
            hidden = None
        r_out, hidden = rnn(x, hidden)
        hidden = detach(hidden)
        prediction = fc(r_out)
        loss = criterion(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if on_step is not None:
            on_step(number, losses[-1], prediction.detach())
    return TrainingRun(model, np.array(losses), hidden)
