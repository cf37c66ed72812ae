"""A network that runs alone, as a map from each state to the next: fixed points and multipliers.

The letters are those of ``cells``. With A = W_hh + W_ih W_fc, the matrix of the closed loop, and h'
for the state after h, the derivatives of a step are dh'/dh = (1 - h'^2) A, where a vector before a
matrix multiplies its rows.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from . import _checks
from .cells import Weights, forward
from .free_running import closed_loop
from .network import WaveRNN, initial_weights, one_model
from .states import weights_of
from .training import ManyRNNs

Models = WaveRNN | ManyRNNs | Weights


def _loop(model: Models, state: object) -> tuple[Weights, np.ndarray, int | slice]:
    """Return the closed loop, the state as (num_models, hidden_size), and which to return."""
    w, several = weights_of(model)
    if w.cell != "RNN":
        raise ValueError(f"model must be an RNN, but it is {w.cell}; give one with cell='RNN'.")
    shape = len(w.flat), w.hidden_size
    h = np.zeros(shape) if state is None else np.reshape(state, shape)
    return closed_loop(w), h, slice(None) if several else 0


def _step(loop: Weights, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the next states and the derivatives, (num_models, hidden_size, hidden_size)."""
    after = forward(loop, np.zeros((1, 1)), (h[:, None],))[1].h[1, :, 0]
    return after, (1 - after**2)[..., None] * loop.weight_hh


def loop_step(model: Models, state: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Take one step alone: predict from a state, read the prediction, and return the next state.

    ``model`` is one RNN with one layer, or what ``train_many`` or ``initial_weights`` returned, and
    ``state`` has the shape (hidden_size,), or (num_models, hidden_size); zeros if it is not given.
    With the next state comes the Jacobian, (size, size) or (num_models, size, size): the derivative
    of each of its numbers (rows) by each number of ``state`` (columns).
    """
    loop, h, which = _loop(model, state)
    after, jacobian = _step(loop, h)
    return after[which], jacobian[which]


def loop_path(model: Models, state: np.ndarray | None, num_steps: int) -> np.ndarray:
    """Return a state and those of so many steps alone, (num_models, 1 + num_steps, size)."""
    loop, h, which = _loop(model, state)
    _, record = forward(loop, np.zeros((num_steps, 1)), (h[:, None],))
    return record.h[:, :, 0].swapaxes(0, 1)[which]


class FixedPoint(NamedTuple):
    """A state that a step alone leaves as it is; each has num_models before, if they are many."""

    state: np.ndarray  # (size,): NaN if Newton's method found none
    jacobian: np.ndarray  # (size, size): the derivatives of a step, there
    eigenvalues: np.ndarray  # (size,): of the jacobian, complex, the largest modulus first


def fixed_point(model: Models, start: np.ndarray | None = None) -> FixedPoint:
    """Find a fixed point of the closed loop by Newton's method, and the eigenvalues there.

    A step of Newton solves f(s) + J d = s + d, where J is the derivative of f at s. ``model`` and
    ``start`` are as in ``loop_step``; zeros are a good start for a network that swings around them.
    It is found when no number of the state moves by more than 1e-10 in a step alone.
    """
    loop, s, which = _loop(model, start)
    for _ in range(50):
        after, jacobian = _step(loop, s)
        lost = (abs(after - s) > 1e-10).any(axis=1)
        if not lost.any():
            break
        change = np.linalg.solve(np.eye(s.shape[1]) - jacobian, (after - s)[..., None])[..., 0]
        s = s + np.clip(change, -1, 1)  # a state lies between -1 and 1: no wild jumps
    values = np.linalg.eigvals(jacobian).astype(complex)
    order = np.lexsort((-values.imag, -abs(values).round(12)), axis=1)
    values = np.take_along_axis(values, order, axis=1)
    s[lost], jacobian[lost], values[lost] = np.nan, np.nan, np.nan
    return FixedPoint(s[which], jacobian[which], values[which])


def loop_multipliers(
    model: Models, state: np.ndarray | None = None, num_steps: int = 800, *, turn: float = 40.0
) -> np.ndarray:
    """Return by what factors small deviations from a run alone grow in a turn, the largest three.

    The derivatives of all steps are multiplied, and after each step an orthogonal basis takes the
    place of the product, which would overflow (Benettin and others, 1980, "Lyapunov characteristic
    exponents for smooth dynamical systems"). Along a limit cycle the first factor is 1.

    ``model`` and ``state`` are as in ``loop_step``; let a run go on until it no longer changes, and
    start there. The mean is over ``num_steps``, several turns of ``turn`` steps. The result has the
    shape (3,) or (num_models, 3); a network of one or two units has no more factors than units.
    """
    loop, s, which = _loop(model, state)
    basis = np.tile(np.eye(s.shape[1])[:, :3], (len(s), 1, 1))
    grown, skipped = np.zeros(basis[:, 0].shape), num_steps // 4
    for number in range(skipped + num_steps):
        s, jacobian = _step(loop, s)
        basis, r = np.linalg.qr(jacobian @ basis)
        if number >= skipped:  # the basis has turned into the directions that count
            with np.errstate(divide="ignore"):
                grown += np.log(abs(np.diagonal(r, axis1=1, axis2=2)))
    return np.exp(grown * turn / num_steps)[which]


def two_unit_network(
    step: float = 9.0, scale: float = 0.1, dtype: torch.dtype = torch.float64
) -> WaveRNN:
    """Return an RNN of two units, set by hand, that predicts the next point from the last two.

    One unit holds ``scale`` times the point that it reads, the other what the first one held a step
    before, and the output is 2 cos(step) times the newer point minus the older one. The smaller the
    scale, the straighter the tanh. ``step`` is in degrees, and ``dtype`` that of the weights.
    """
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

    These have the shapes (num_models, seq_len) and (num_models, seq_len, num_parameters). The RNNs
    start from a zero state; ``flat`` holds their weights, (num_models, num_parameters), as in what
    ``initial_weights`` returned, and ``x`` has shape (seq_len,).

    Derivatives are carried forwards, from h_(t-1) to h_t: dh_t = (1 - h_t^2) (W_hh dh_(t-1) + what
    the weights do directly). With few weights that is quicker than a way back for each output.
    """
    w = Weights(flat, hidden_size)
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
    _checks.sequence("flat", flat, hidden_size**2 + 4 * hidden_size + 1)
    return ManyRNNs(tuple(range(len(flat))), Weights(flat, hidden_size))


def train_lbfgs(
    seeds: Iterable[int],
    x: np.ndarray,
    y: np.ndarray,
    num_steps: int = 100,
    *,
    hidden_size: int = 8,
) -> ManyRNNs:
    """Train plain RNNs one by one on all of a sequence, by ``torch.optim.LBFGS`` in float64.

    ``x`` and ``y``, shape (seq_len,), are the sequence and what should be predicted. The optimizer
    takes ``num_steps`` iterations with its line search (``strong_wolfe``). The first output does
    not count: from a zero state it is a guess.
    """
    seeds, flat, losses = _checks.seed_list(seeds), [], []
    x, y = (torch.from_numpy(values)[None, :, None] for values in (x, y))
    options = {"max_iter": num_steps, "max_eval": 2 * num_steps, "history_size": 50}
    options |= {"tolerance_grad": 0, "tolerance_change": 0, "line_search_fn": "strong_wolfe"}
    first = initial_weights(seeds, hidden_size)
    for index in range(len(seeds)):
        model = one_model(first, index).double()
        optimizer = torch.optim.LBFGS(model.parameters(), **options)

        def closure(model: WaveRNN = model, optimizer: torch.optim.Optimizer = optimizer):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x)[0][:, 1:], y[:, 1:])
            loss.backward()
            return loss

        optimizer.step(closure)
        flat.append(nn.utils.parameters_to_vector(model.parameters()).detach().numpy())
        losses.append(closure().item())
    weights = Weights(np.array(flat), hidden_size)
    return ManyRNNs(tuple(seeds), weights, np.array([losses]))
