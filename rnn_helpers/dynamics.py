"""A network that runs alone, as a map from each state to the next: fixed points and multipliers.

The letters are those of ``cells``; h (and c) is the state before a step, h' (and c') that after it,
and A = W_hh + W_ih W_fc the matrix of the closed loop, its rows divided among the gates. The
derivatives of a step are, where a vector before a matrix multiplies its rows::

    RNN    dh'/dh = (1 - h'^2) A
    LSTM   dc'/dh = c f (1 - f) A_f + g i (1 - i) A_i + i (1 - g^2) A_g         dc'/dc = f I
           dh'/dh = tanh(c') o (1 - o) A_o + o (1 - tanh(c')^2) dc'/dh
           dh'/dc = o (1 - tanh(c')^2) f I
    GRU    dn/dh = (1 - n^2) (W_in W_fc + r W_hn + q r (1 - r) A_r)
           dh'/dh = (1 - z) dn/dh + (h - n) z (1 - z) A_z + z I
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch

from . import _checks
from .cells import Record, Weights, backward, forward
from .free_running import closed_loop
from .network import WaveRNN, initial_weights
from .states import weights_of
from .training import ManyRNNs

Models = WaveRNN | ManyRNNs | Weights


def loop_size(w: Weights) -> int:
    """Return how many numbers a state of the loop has: an LSTM has h and then c."""
    return w.hidden_size * (2 if w.cell == "LSTM" else 1)


def _states(w: Weights, several: bool, state: object) -> np.ndarray:
    """Return a state as (num_models, size); zeros if there is none."""
    size = loop_size(w)
    if state is None:
        return np.zeros((len(w.flat), size))
    array = _checks.sequence("state", state, size if several or np.ndim(state) == 2 else 0)
    array = array if array.ndim == 2 else array[None]
    if array.shape != (len(w.flat), size):
        wanted = f"({len(w.flat)}, {size})" if several else f"({size},)"
        raise ValueError(f"state must have shape {wanted}, but {np.shape(state)} was given.")
    return array


def _next(w: Weights, s: np.ndarray) -> tuple[np.ndarray, Record]:
    """Return the next state of the loop, and the record of the step."""
    y = (s[:, : w.hidden_size] * w.fc_weight).sum(axis=1) + w.fc_bias
    parts = tuple(part[:, None] for part in np.split(s, s.shape[1] // w.hidden_size, axis=1))
    _, record = forward(w, y[None, :, None], parts)
    return np.concatenate([part[1, :, 0] for part in record.states], axis=1), record


def _step(w: Weights, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the next state of the loop and the derivatives, (num_models, size, size)."""
    n, (after, record) = w.hidden_size, _next(w, s)
    loop = w.weight_hh + w.weight_ih[:, :, None] * w.fc_weight[:, None]  # A
    if w.cell == "RNN":
        return after, (1 - after**2)[..., None] * loop
    gates = [gate[..., None] for gate in record.gates[0, :, :, 0]]  # each (num_models, n, 1)
    rows = np.split(loop, len(gates), axis=1)
    before, eye = s[:, :n, None], np.eye(n)
    if w.cell == "LSTM":
        i, f, g, o = gates
        c, tanh_c = s[:, n:, None], record.extra[0, :, 0, :, None]
        into_h = o * (1 - tanh_c**2)
        dc = c * f * (1 - f) * rows[1] + g * i * (1 - i) * rows[0] + i * (1 - g**2) * rows[2]
        dh = tanh_c * o * (1 - o) * rows[3] + into_h * dc
        return after, np.block([[dh, into_h * f * eye], [dc, f * eye]])
    r, z, new = gates
    q, W_hn = record.extra[0, :, 0, :, None], w.weight_hh[:, 2 * n :]
    read = w.weight_ih[:, 2 * n :, None] * w.fc_weight[:, None]
    dn = (1 - new**2) * (read + r * W_hn + q * r * (1 - r) * rows[0])
    return after, (1 - z) * dn + (before - new) * z * (1 - z) * rows[1] + z * eye


def loop_step(model: Models, state: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Take one step alone: predict from a state, read the prediction, and return the next state.

    Parameters
    ----------
    model : WaveRNN, or what ``train_many`` or ``initial_weights`` returned
        With one layer, one input and one output.
    state : numpy.ndarray, shape (size,) or (num_models, size), optional
        The hidden state, of an LSTM h and then c side by side; zeros if it is not given.

    Returns
    -------
    after : numpy.ndarray, like ``state``
    jacobian : numpy.ndarray, shape (size, size) or (num_models, size, size)
        The derivative of each number of ``after`` (rows) by each number of ``state`` (columns).
    """
    w, several = weights_of(model)
    after, jacobian = _step(w, _states(w, several, state))
    return (after, jacobian) if several else (after[0], jacobian[0])


def loop_path(model: Models, state: np.ndarray | None, num_steps: int) -> np.ndarray:
    """Return a state and those of so many steps alone, (num_models, 1 + num_steps, size)."""
    w, several = weights_of(model)
    path = [_states(w, several, state)]
    num_steps = _checks.whole_number("num_steps", num_steps, 0)
    if w.cell == "GRU":
        for _ in range(num_steps):
            path.append(_next(w, path[-1])[0])
        path = np.stack(path, axis=1)
    else:  # all steps at once
        parts = np.split(path[0], path[0].shape[1] // w.hidden_size, axis=1)
        nothing = np.zeros((num_steps, 1))
        _, record = forward(closed_loop(w), nothing, tuple(part[:, None] for part in parts))
        path = np.concatenate([part[:, :, 0] for part in record.states], axis=2).swapaxes(0, 1)
    return path if several else path[0]


class FixedPoint(NamedTuple):
    """A state that a step alone leaves as it is; each has num_models before, if they are many."""

    state: np.ndarray  # (size,): NaN if Newton's method found none
    jacobian: np.ndarray  # (size, size): the derivatives of a step, there
    eigenvalues: np.ndarray  # (size,): of the jacobian, complex, the largest modulus first


def fixed_point(
    model: Models, start: np.ndarray | None = None, *, max_steps: int = 50, tolerance: float = 1e-10
) -> FixedPoint:
    """Find a fixed point of the closed loop by Newton's method, and the eigenvalues there.

    A step of Newton solves f(s) + J d = s + d, where J is the derivative of f at s. ``model`` and
    ``start`` are as in ``loop_step``; zeros are a good start for a network that swings around them.
    It is found when no number of the state moves by more than ``tolerance`` in a step alone.
    """
    w, several = weights_of(model)
    s = _states(w, several, start)
    tolerance = _checks.real_number("tolerance", tolerance, positive=True)
    for _ in range(_checks.whole_number("max_steps", max_steps, 1)):
        after, jacobian = _step(w, s)
        if (abs(after - s) <= tolerance).all():
            break
        change = np.linalg.solve(np.eye(s.shape[1]) - jacobian, (after - s)[..., None])[..., 0]
        s = s + np.clip(change, -1, 1)  # a state lies between -1 and 1: no wild jumps
    after, jacobian = _step(w, s)
    lost = (abs(after - s) > tolerance).any(axis=1)
    values = np.linalg.eigvals(jacobian).astype(complex)
    order = np.lexsort((-values.imag, -abs(values).round(12)), axis=1)
    values = np.take_along_axis(values, order, axis=1)
    s[lost], jacobian[lost], values[lost] = np.nan, np.nan, np.nan
    found = FixedPoint(s, jacobian, values)
    return found if several else FixedPoint(*(part[0] for part in found))


def loop_multipliers(
    model: Models,
    state: np.ndarray | None = None,
    num_steps: int = 800,
    *,
    turn: float = 40.0,
    count: int = 3,
) -> np.ndarray:
    """Return by what factors small deviations from a run alone grow in a turn, the largest first.

    The derivatives of all steps are multiplied, and after each step an orthogonal basis takes the
    place of the product, which would overflow (Benettin and others, 1980, "Lyapunov characteristic
    exponents for smooth dynamical systems"). Along a limit cycle the first factor is 1.

    Parameters
    ----------
    model, state
        As in ``loop_step``. Let a run go on until it no longer changes, and start there.
    num_steps : int
        Over how many steps it is averaged; several turns.
    turn : float
        Steps in a turn.
    count : int
        How many factors, from 1 to the size of the state.

    Returns
    -------
    numpy.ndarray, shape (count,) or (num_models, count)
    """
    w, several = weights_of(model)
    s = _states(w, several, state)
    num_steps = _checks.whole_number("num_steps", num_steps, 1)
    turn = _checks.real_number("turn", turn, positive=True)
    count = _checks.whole_number("count", count, 1, s.shape[1])
    basis = np.tile(np.eye(s.shape[1])[:, :count], (len(s), 1, 1))
    grown, skipped = np.zeros((len(s), count)), num_steps // 4
    for number in range(skipped + num_steps):
        s, jacobian = _step(w, s)
        basis, r = np.linalg.qr(jacobian @ basis)
        if number >= skipped:  # the basis has turned into the directions that count
            with np.errstate(divide="ignore"):
                grown += np.log(abs(np.diagonal(r, axis1=1, axis2=2)))
    factors = np.exp(grown * turn / num_steps)
    return factors if several else factors[0]


def two_unit_network(
    step: float = 9.0, scale: float = 0.1, dtype: torch.dtype = torch.float64
) -> WaveRNN:
    """Return an RNN of two units, set by hand, that predicts the next point from the last two.

    One unit holds ``scale`` times the point that it reads, the other what the first one held a step
    before, and the output is 2 cos(step) times the newer point minus the older one. The smaller the
    scale, the straighter the tanh. ``step`` is in degrees, and ``dtype`` that of the weights.
    """
    step = _checks.angle("step", step, positive=True)
    scale = _checks.real_number("scale", scale, positive=True)
    with torch.random.fork_rng(devices=[]):
        model = WaveRNN(hidden_size=2).to(dtype)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.rnn.weight_ih_l0[0, 0] = scale
        model.rnn.weight_hh_l0[1, 0] = 1
        weights = np.array([2 * np.cos(np.deg2rad(step)), -1]) / scale
        model.fc.weight[0] = torch.from_numpy(weights)
    return model


def output_jacobian(
    flat: np.ndarray, x: np.ndarray, hidden_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Run RNNs over a sequence, and return all outputs and their derivatives by all weights.

    Derivatives are carried forwards, from h_(t-1) to h_t: dh_t = (1 - h_t^2) (W_hh dh_(t-1) + what
    the weights do directly). With few weights that is quicker than a way back for each output.

    Parameters
    ----------
    flat : numpy.ndarray, shape (num_models, num_parameters)
        The weights of plain RNNs with one layer, which start from a zero state: ``flat`` of what
        ``initial_weights`` returned.
    x : numpy.ndarray, shape (seq_len,)

    Returns
    -------
    y : numpy.ndarray, shape (num_models, seq_len)
    derivatives : numpy.ndarray, shape (num_models, seq_len, num_parameters)
    """
    w, x = as_networks(flat, hidden_size).weights, _checks.sequence("x", x)
    y, record = forward(w, x[:, None])
    h, (num_models, size) = record.h[:, :, 0], w.fc_weight.shape  # h (seq_len + 1, num_models, n)
    derivatives = np.zeros((num_models, len(x), w.flat.shape[1]))
    direct, eye = np.zeros((num_models, size, w.flat.shape[1])), np.eye(size)
    parts = Weights(direct.reshape(num_models * size, -1), size)  # views, by the weights' names
    for name in ("bias_ih", "bias_hh"):
        getattr(parts, name).reshape(num_models, size, size)[:] = eye
    dh = np.zeros_like(direct)
    for t, x_t in enumerate(x):
        parts.weight_ih.reshape(num_models, size, size)[:] = x_t * eye
        before = eye[..., None] * h[t][:, None, None]
        parts.weight_hh.reshape(num_models, size, size, size)[:] = before
        dh = (1 - h[t + 1] ** 2)[..., None] * (w.weight_hh @ dh + direct)
        derivatives[:, t] = (w.fc_weight[:, None] @ dh)[:, 0]
        derivatives[:, t, -size - 1 : -1] += h[t + 1]
        derivatives[:, t, -1] += 1
    return y[:, :, 0].T, derivatives


def as_networks(flat: np.ndarray, hidden_size: int) -> ManyRNNs:
    """Return plain RNNs with the given weights, (num_models, num_parameters), for ``forecast``."""
    hidden_size = _checks.whole_number("hidden_size", hidden_size, 1)
    count = hidden_size**2 + 4 * hidden_size + 1
    flat = _checks.sequence("flat", flat, count)
    nothing = np.zeros((len(flat), hidden_size))
    weights = Weights(flat, hidden_size)
    return ManyRNNs(tuple(range(len(flat))), weights, np.zeros((1, len(flat))), nothing)


def train_lbfgs(
    seeds: Iterable[int],
    x: np.ndarray,
    y: np.ndarray,
    num_steps: int = 100,
    *,
    hidden_size: int = 8,
    skip: int = 1,
) -> ManyRNNs:
    """Train plain RNNs one by one on all of a sequence, by ``torch.optim.LBFGS`` in float64.

    ``x`` and ``y``, shape (seq_len,), are the sequence and what should be predicted. The optimizer
    takes ``num_steps`` iterations with its line search (``strong_wolfe``). The first outputs,
    ``skip`` of them, do not count: from a zero state the first one is a guess.
    """
    seeds, flat, losses = _checks.seed_list(seeds), [], []
    x, y = _checks.sequence("x", x), _checks.sequence("y", y)
    _checks.same_length("x", "y", x, y)
    num_steps = _checks.whole_number("num_steps", num_steps, 1)
    skip = _checks.whole_number("skip", skip, 0, len(x) - 1)
    options = {"max_iter": num_steps, "max_eval": 2 * num_steps, "history_size": 50}
    options |= {"tolerance_grad": 0, "tolerance_change": 0, "line_search_fn": "strong_wolfe"}
    for weights in initial_weights(seeds, hidden_size).flat:
        w = Weights(weights[None], hidden_size)
        parameter, gradient = torch.from_numpy(weights), Weights(np.empty_like(w.flat), hidden_size)
        parameter.grad = torch.from_numpy(gradient.flat[0])
        optimizer = torch.optim.LBFGS([parameter], **options)

        def closure(w: Weights = w, gradient: Weights = gradient) -> torch.Tensor:
            predictions, record = forward(w, x[:, None])  # memory is shared with torch
            error = predictions - y[:, None, None]
            error[:skip] = 0
            backward(w, x[:, None], record, 2 * error / (len(x) - skip), gradient)
            return torch.tensor((error**2).sum() / (len(x) - skip))

        optimizer.step(closure)
        flat.append(weights)
        losses.append(closure().item())
    many = as_networks(np.array(flat), hidden_size)
    return replace(many, seeds=tuple(seeds), losses=np.array([losses]))
