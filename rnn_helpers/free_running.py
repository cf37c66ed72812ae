"""Free runs: forecasts of formulas and networks that read their own predictions, and their scores.

A network that reads its own prediction is a recurrent network without an input. With
x_(t+1) = y_t = W_fc h_t + b_fc, an RNN or LSTM has the weights (see ``cells`` for the letters)::

    W = W_hh + W_ih W_fc        b = b_hh + b_ih + W_ih b_fc

and by the chain rule its gradients lead to those of the network (W' is W transposed)::

    dW_hh += dW      dW_ih += dW W_fc' + db b_fc      dW_fc += W_ih' dW      db_fc += W_ih' db
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from . import _checks
from .baselines import fit_ar, forecast_ar
from .cells import Record, Weights, backward, forward
from .data import TURN, make_window
from .network import initial_weights
from .training import ManyRNNs, last_state, train, training_waves

WASHOUT = 40  # states until nothing is left of the zero state


def formula_runs(
    record: np.ndarray, free_steps: int, *, orders: Iterable[int] = (2, TURN)
) -> dict[str, np.ndarray]:
    """Carry a record of the wave on by formulas: what a free run has to beat.

    ``record``, shape (seq_len,), is the wave so far in steps of 9 degrees; autoregressive models of
    these ``orders`` are fitted to it. Returns a run of shape (free_steps,) for each formula:
    ``'zero'``, ``'last value'``, ``'copy of the last turn'``, ``'AR(2)'`` and so on.
    """
    runs = {
        "zero": np.zeros(free_steps),
        "last value": np.full(free_steps, record[-1]),
        "copy of the last turn": np.resize(record[-TURN:], free_steps),
    }
    for order in orders:
        last = record[-order:]
        runs[f"AR({order})"] = forecast_ar(fit_ar(record, order), last, free_steps)[-1]
    return runs


class Score(NamedTuple):
    """How well a run follows the wave, turn by turn; each has num_models before, if they are many.

    A run that turns ahead of the wave has a phase above zero, growing with every turn.
    """

    amplitude: np.ndarray  # (num_turns,): 1 is that of the wave
    phase: np.ndarray  # (num_turns,): by how many degrees it is ahead; NaN where it is silent
    mse: np.ndarray  # (): over the whole run
    turn: int  # points in a turn of the wave

    @property
    def period(self) -> np.ndarray:
        """How many points a turn of the run has on average, from its first turn to its last."""
        drift = (self.phase[..., -1] - self.phase[..., 0]) / (self.phase.shape[-1] - 1)
        return self.turn * 360 / (360 + drift)


SILENT = 0.01  # an amplitude below is called silent: a phase would mean nothing


def score_run(values: np.ndarray, degrees: np.ndarray) -> Score:
    """Score a run against the sine of ``degrees``, by its amplitude and phase in each turn.

    In a turn of n points, A sin(a + phi) times 2 / n exp(-i a) adds up to -i A exp(i phi): the sum
    over the turn gives amplitude and phase. A constant and higher harmonics do not count. From turn
    to turn the phase must change by less than 180 degrees.

    ``values`` have shape (num_points,) or (num_models, num_points). ``degrees``, (num_points,), are
    at equal steps, a whole number of them in a turn. There are two turns at least, and what is left
    after the last full one counts in the MSE only.
    """
    turn = round(360 / (degrees[1] - degrees[0]))
    if turn < 3 or not np.allclose(np.diff(degrees), 360 / turn) or len(degrees) < 2 * turn:
        wanted = "degrees must be at equal steps, a whole number to a turn, for two turns or more"
        raise ValueError(f"{wanted}; give those of rh.make_window(0, 9, 1000), for instance.")
    angles, num_turns = np.deg2rad(degrees), len(degrees) // turn
    mse = ((values - np.sin(angles)) ** 2).mean(axis=-1)
    used = num_turns * turn
    waves = values[..., :used] * np.exp(-1j * angles[:used]) * 2j / turn
    sums = waves.reshape(*values.shape[:-1], num_turns, turn).sum(axis=-1)
    phase = np.rad2deg(np.unwrap(np.angle(sums)))
    return Score(abs(sums), np.where(abs(sums) < SILENT, np.nan, phase), mse, turn)


def train_linear_layer(
    seeds: Iterable[int],
    record: np.ndarray,
    *,
    hidden_size: int = 100,
    cell: str = "RNN",
    ridge: float = 1e-8,
) -> ManyRNNs:
    """Fit only the Linear layer of fresh networks, by ridge regression; the rest stays random.

    This is reservoir computing (Jaeger 2001, "The echo state approach to analysing and training
    recurrent neural networks"). For states H with a last column of ones, and the values y that come
    next, the weights w of the layer solve (H'H + ridge I) w = H'y; ``ridge`` is how much long ones
    cost. The first 40 states are left out: the zero state still counts there.

    ``record`` is what the networks read, and should predict one step ahead, shape (num_points,), or
    (num_models, num_points) if each has its own.
    """
    seeds = _checks.seed_list(seeds)
    record = _checks.one_or_each("record", record, len(seeds))
    _checks.whole_number("the number of points", record.shape[1], WASHOUT + 2)
    w = initial_weights(seeds, hidden_size, cell)
    _, states = forward(w, record[:, :-1].T[..., None])
    h = states.h[1 + WASHOUT :, :, 0].swapaxes(0, 1)  # (num_models, num_points, hidden_size)
    h = np.concatenate([h, np.ones((*h.shape[:2], 1))], axis=2)
    y = record[:, 1 + WASHOUT :, None]
    solved = np.linalg.solve(h.mT @ h + ridge * np.eye(h.shape[2]), h.mT @ y)
    w.fc_weight[:], w.fc_bias[:] = solved[:, :-1, 0], solved[:, -1, 0]
    losses = ((h @ solved - y) ** 2).mean(axis=(1, 2))
    return ManyRNNs(tuple(seeds), w, losses[None], last_state(states))


def train_for_free_runs(
    seeds: Iterable[int],
    num_steps: int = 1500,
    *,
    record: np.ndarray | None = None,
    sampled: float = 0.0,
    averaged: float = 0.0,
    lr_decay: bool = True,
    hidden_size: int = 32,
    cell: str = "RNN",
    lr: float = 0.01,
    seq_len: int = 20,
) -> ManyRNNs:
    """Train networks as ``train_many`` does, in ways that are said to make free runs better.

    Parameters
    ----------
    record : numpy.ndarray, shape (num_points,) or (num_models, num_points), optional
        What is learned instead of the wave in steps of 9 degrees, noise and all; each network may
        have its own. Windows roll over it, again and again; its last point should lie one step
        before its first one.
    sampled : float
        Scheduled sampling: each input is the network's own last prediction, rather than the wave,
        with a probability that grows from 0 to this. No gradient flows through such an input
        (Bengio and others 2015, "Scheduled sampling for sequence prediction with recurrent neural
        networks").
    averaged : float
        The share of the old that each step leaves in a running mean of the weights, 0.98 for
        instance; the mean is what comes back. At 0 it is the last weights.
    lr_decay : bool
        Whether the learning rate falls, as ``falling_rate`` says.
    """
    seeds = _checks.seed_list(seeds)
    for name, share in (("sampled", sampled), ("averaged", averaged)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} must lie between 0 and 1, but {share} was given.")
    record = make_window(0, 9, TURN).features if record is None else record
    record = _checks.one_or_each("record", record, len(seeds))
    places = seq_len * np.arange(num_steps)[:, None] + np.arange(seq_len + 1)
    waves = record.T[places % record.shape[1]]  # (num_steps, seq_len + 1, 1 or num_models)
    waves = waves[..., None]  # a batch of one
    w, random = initial_weights(seeds, hidden_size, cell), np.random.default_rng(0)
    mean, last, one = w.flat.copy(), np.zeros((1, len(seeds), 1)), Record(w, 1)

    def read(number: int, x: np.ndarray, state: tuple | None) -> np.ndarray:
        nonlocal last
        given = np.repeat(x, len(seeds) // x.shape[1], axis=1)  # (seq_len, num_models, 1)
        own = random.random(given.shape) < sampled * number / num_steps
        for t in range(len(given)):
            given[t] = np.where(own[t], last[0], given[t])
            last, _ = forward(w, given[t : t + 1], state, one)
            state = tuple(values[-1] for values in one.states)
        return given

    def average(*_: object) -> None:  # before each step, and after the last one
        nonlocal mean
        mean += (1 - averaged) * (w.flat - mean)

    options = {"carry": True, "lr_decay": lr_decay}
    options |= {"read": read if sampled else None, "before_step": average if averaged else None}
    losses, states = train(w, waves[:, :-1], waves[:, 1:], lr, **options)
    if averaged:
        average()
        w.flat[:] = mean
    return ManyRNNs(tuple(seeds), w, losses, last_state(states))


def closed_loop(weights: Weights) -> Weights:
    """Return networks without an input that do what these do when they read their own predictions.

    It is for RNN and LSTM: in a GRU what is read and what is remembered are not added.
    """
    if weights.cell == "GRU":
        wanted = "cell must be 'RNN' or 'LSTM' to be closed into one matrix"
        raise ValueError(f"{wanted}, but 'GRU' was given: r_t is multiplied with the state alone.")
    w = Weights(weights.flat.copy(), weights.hidden_size, weights.cell)
    w.weight_hh += w.weight_ih[:, :, None] * w.fc_weight[:, None]
    w.bias_hh += w.weight_ih * w.fc_bias[:, None]
    w.weight_ih[:] = 0
    return w


def add_closed_gradient(
    w: Weights, state: tuple[np.ndarray, ...], target: np.ndarray, gradient: Weights
) -> np.ndarray:
    """Add the gradient of a free run's MSE to ``gradient``; return the MSE, (num_models,).

    The run starts after ``state``, through which no gradient flows, and should be ``target``, shape
    (free_steps, batch).
    """
    closed, nothing = closed_loop(w), np.zeros_like(target)
    own = Weights(np.empty_like(w.flat), w.hidden_size, w.cell)
    y, record = forward(closed, nothing, state)
    error = y - target[:, None]
    backward(closed, nothing, record, 2 * error / target.size, own)
    dw, db = own.weight_hh, own.bias_hh
    gradient.weight_hh += dw
    gradient.bias_hh += db
    gradient.bias_ih += db
    gradient.weight_ih += (dw @ w.fc_weight[:, :, None])[..., 0] + db * w.fc_bias[:, None]
    gradient.fc_weight += own.fc_weight + (w.weight_ih[:, None] @ dw)[:, 0]
    gradient.fc_bias += own.fc_bias + (db * w.weight_ih).sum(axis=1)
    return (error**2).mean(axis=(0, 2))


def train_closed_loop(many: ManyRNNs, num_steps: int = 150, *, free_steps: int = 300) -> ManyRNNs:
    """Go on training RNNs or LSTMs, with free runs in the loss and a rate from 0.0001 to zero.

    Windows of 20 points roll along the wave and the state is carried, as in ``train_many``. After
    each window a network runs on for ``free_steps``, reading its own predictions, and the MSE of
    this free run is added to that of the window. The ``losses`` are those of the windows.
    """
    waves = training_waves(num_steps, "carry", 9.0, 20)[:, :, None]
    angles = np.deg2rad(9.0 * (21 + np.arange(free_steps)))
    targets = np.sin(np.deg2rad(180.0) * np.arange(num_steps)[:, None] + angles)[:, :, None]
    w = Weights(many.weights.flat.copy(), many.weights.hidden_size, many.weights.cell)
    closed_loop(w)  # raises for a GRU

    def add_free_run(number: int, record: Record, gradient: Weights) -> None:
        state = tuple(values[-1] for values in record.states)
        add_closed_gradient(w, state, targets[number], gradient)

    options = {"carry": True, "lr_decay": True, "before_step": add_free_run}
    losses, last = train(w, waves[:, :-1], waves[:, 1:], 1e-4, **options)
    return ManyRNNs(many.seeds, w, losses, last_state(last))
