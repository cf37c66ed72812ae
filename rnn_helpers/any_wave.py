"""Waves that each have a frequency and noise of their own: what predicts them, formula or network.

A frequency is in degrees a step. Predictions have the shape of what is read, (num_waves, seq_len):
the one at place n - 1 is of the point after the first n.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import nn

from . import _checks
from .cells import Weights, forward
from .network import initial_weights, one_model
from .runtime import progress
from .training import ManyRNNs, train

LOW, HIGH = 3.0, 30.0  # frequencies that are drawn if nothing else is asked for
LOWEST, HIGHEST = 0.5, 179.0  # frequencies that a sine can be told by, in degrees a step


class Waves(NamedTuple):
    """Waves, one in each row, with and without noise, and their frequencies."""

    noisy: np.ndarray  # (num_waves, num_points): what is measured
    clean: np.ndarray  # (num_waves, num_points): what is meant
    frequencies: np.ndarray  # (num_waves,), in degrees a step


def make_waves(
    num_waves: int,
    num_points: int = 101,
    *,
    low: float = LOW,
    high: float = HIGH,
    left_out: tuple[float, float] | None = None,
    noise: float = 0.3,
    seed: int = 0,
) -> Waves:
    """Draw sine waves of amplitude 1 at random, each with its own frequency, phase and noise.

    Parameters
    ----------
    num_points : int
        Points in each wave; one more than a network reads, since the last is only a label.
    low, high : float
        Frequencies are drawn between them, all equally likely, in degrees a step.
    left_out : tuple of two floats, optional
        Between these two there is no frequency.
    noise : float
        Standard deviation of the noise, which is normal and new at each point.
    """
    random = np.random.default_rng(seed)
    low, begin, end, high = _limits(low, high, left_out)
    frequencies = random.uniform(low, high - (end - begin), num_waves)
    frequencies[frequencies > begin] += end - begin
    angles = random.uniform(0, 360, (num_waves, 1)) + frequencies[:, None] * np.arange(num_points)
    clean = np.sin(np.deg2rad(angles))
    return Waves(clean + noise * random.normal(size=clean.shape), clean, frequencies)


def _limits(low: float, high: float, left_out: tuple | None) -> tuple[float, float, float, float]:
    """Return four frequencies in order: the lowest, what is left out, the highest."""
    begin, end = (high, high) if left_out is None else left_out
    if not LOWEST <= low <= begin <= end <= high <= HIGHEST or 0 < end - begin == high - low:
        wanted = f"low, left_out and high must rise, from {LOWEST} to {HIGHEST} degrees a step"
        raise ValueError(f"{wanted}, but {low}, {left_out} and {high} were given.")
    return low, begin, end, high


def _read(noisy: np.ndarray) -> np.ndarray:
    """Return what is read, (num_waves, seq_len), or raise if that is not its shape."""
    if np.ndim(noisy) != 2:
        wanted = "noisy must have shape (num_waves, seq_len)"
        raise ValueError(f"{wanted}, but shape {np.shape(noisy)} was given.")
    return _checks.sequence("noisy", noisy, np.shape(noisy)[1])


# Formulas -----------------------------------------------------------------------------------------


def predict_shared_ar(examples: np.ndarray, noisy: np.ndarray, order: int) -> np.ndarray:
    """Predict by one AR(order) for all waves: the same coefficients, fitted to ``examples``.

    Where there are only n < order values so far, the coefficients are those of AR(n). They solve
    the equations of Yule and Walker: with r_k, the mean of the products of two values k steps
    apart, the sum over j of a_j r_|i-j| is r_i for each i from 1 to the order. Up to what happens
    at the ends of the examples, that is least squares.

    Both arrays have the shape (num_waves, seq_len).
    """
    examples, noisy = _read(examples), _read(noisy)
    length, places = examples.shape[1], np.arange(order)
    r = np.array([(examples[:, k:] * examples[:, : length - k]).mean() for k in range(order + 1)])
    predictions = np.empty_like(noisy)
    for n in range(1, noisy.shape[1] + 1):
        m = min(n, order)
        a = np.linalg.solve(r[abs(places[:m] - places[:m, None])], r[1 : m + 1])
        predictions[:, n - 1] = noisy[:, n - m : n] @ a[::-1]
    return predictions


def predict_own_ar(noisy: np.ndarray, order: int = 20, ridge: float = 12.0) -> np.ndarray:
    """Predict each wave by an AR(order) of its own, fitted anew at each point to all so far.

    The values before the first count as 0. ``ridge`` is what long coefficients cost: with X for the
    last values before each point so far and y for the points, they solve (X'X + ridge I) a = X'y.
    """
    noisy = _read(noisy)
    padded = np.concatenate([np.zeros((len(noisy), order)), noisy], axis=1)
    last = sliding_window_view(padded, order, axis=1)[..., ::-1]  # (num_waves, n, newest first)
    gram, moments = np.zeros((len(noisy), order, order)) + ridge * np.eye(order), 0
    predictions = np.zeros_like(noisy)
    for n in range(1, noisy.shape[1]):
        x = last[:, n]
        gram += x[:, :, None] * x[:, None]
        moments = moments + x * noisy[:, n, None]
        a = np.linalg.solve(gram, moments[..., None])[..., 0]
        predictions[:, n] = (a * last[:, n + 1]).sum(axis=1)
    return predictions


class SineFits(NamedTuple):
    """A sine for each beginning of each wave; NaN while there are only two points."""

    predictions: np.ndarray  # (num_waves, seq_len): of the next point
    frequencies: np.ndarray  # (num_waves, seq_len): of the sine, in degrees a step


def fit_sines(
    noisy: np.ndarray,
    known: np.ndarray | None = None,
    *,
    low: float = LOW,
    high: float = HIGH,
    step: float = 0.1,
) -> SineFits:
    """Fit a cos(ft) + b sin(ft) by least squares to all points so far, anew at each point.

    Every frequency f from ``low`` to ``high`` is tried, in steps of ``step`` degrees, and that with
    the smallest error is taken: with normal noise, the most likely sine. If the frequencies are
    ``known``, shape (num_waves,), only a and b are fitted.
    """
    noisy = _read(noisy)
    low, *_, high = _limits(low, high, None)
    degrees = np.arange(low, high + step / 2, step)[None]
    if known is not None:
        degrees = _checks.sequence("known", known)[:, None]
        _checks.same_length("known", "noisy", degrees, noisy)
    # c and s for each point, and running sums of c c, c s, s s, c y, s y: the normal equations.
    angles = np.deg2rad(degrees) * np.arange(noisy.shape[1] + 1)[:, None, None]
    c, s = np.cos(angles), np.sin(angles)
    cc, cs, ss = c * c, c * s, s * s
    for products in (cc, cs, ss):
        np.cumsum(products, axis=0, out=products)
    cy, sy = np.zeros((2, len(noisy), degrees.shape[1]))
    rows = np.arange(len(noisy))
    fits = SineFits(np.full_like(noisy, np.nan), np.full_like(noisy, np.nan))
    for n, y in enumerate(noisy.T, start=1):
        cy += y[:, None] * c[n - 1]
        sy += y[:, None] * s[n - 1]
        if n < 3:
            continue
        determinant = cc[n - 1] * ss[n - 1] - cs[n - 1] ** 2
        a = (ss[n - 1] * cy - cs[n - 1] * sy) / determinant
        b = (cc[n - 1] * sy - cs[n - 1] * cy) / determinant
        best = np.argmax(a * cy + b * sy, axis=1)  # by so much the error is smaller than that of 0
        following = (a * c[n] + b * s[n])[rows, best]
        fits.predictions[:, n - 1] = following
        fits.frequencies[:, n - 1] = np.broadcast_to(degrees, a.shape)[rows, best]
    return fits


def frequency_bound(num_points: int | np.ndarray, noise: float = 0.3) -> float | np.ndarray:
    """Return the smallest standard deviation of an unbiased estimate of a frequency.

    It is that of Cramer and Rao for a sine of amplitude 1 with unknown phase and amplitude: after n
    points, sqrt(24 noise^2 / (n (n^2 - 1))), from radians to degrees a step (Rife and Boorstyn
    1974, "Single-tone parameter estimation from discrete-time observations"). It holds where the
    points cover half a turn or more. ``num_points`` is n, or several of them.
    """
    n = np.asarray(num_points, dtype=float)
    bound = np.rad2deg(np.sqrt(24 * noise**2 / (n * (n**2 - 1))))
    return bound if bound.ndim else float(bound)


def predict_best(
    noisy: np.ndarray,
    after: Iterable[int],
    *,
    left_out: tuple[float, float] | None = None,
    noise: float = 0.3,
    most_likely: bool = False,
) -> np.ndarray:
    """Return the predictions that nothing can beat on average, of the waves of ``make_waves``.

    They are the means of the next point over all sines of amplitude 1, each weighed by how likely
    it makes the points so far (Bayes). A sine is sin(f (t - m) + p), with m in the middle of these
    points, f in steps of 0.1 degrees and p in 96 steps. Its log-likelihood is, but for a constant,
    (sum of y sin(f (t - m) + p) - sum of the squares of these sines / 2) / noise^2.

    ``after`` how many points, since each takes a while. ``left_out`` and ``noise`` are those of
    ``make_waves``. If ``most_likely``, the most likely of these sines alone is continued, in place
    of the mean of all. The result has the shape (num_waves, how many ``after``).
    """
    noisy, after = _read(noisy), list(after)
    low, begin, end, high = _limits(LOW, HIGH, left_out)
    degrees = np.arange(low, high, 0.1) + 0.05
    f = np.deg2rad(degrees[(degrees < begin) | (degrees > end)])
    p = np.arange(96) * (2 * np.pi / 96)
    predictions = np.empty((len(noisy), len(after)))
    for column, n in enumerate(after):
        angles = f[:, None] * (np.arange(n) - (n - 1) / 2)
        following = np.sin(f[:, None] * (n + 1) / 2 + p).astype(np.float32)
        # By symmetry sums of sines of f (t - m) are 0, so sin^2 has only this part that varies.
        squares = np.cos(2 * angles).sum(axis=1)[:, None] * np.cos(2 * p)
        cosines, sines = (noisy[:, :n] @ wave.T for wave in (np.cos(angles), np.sin(angles)))
        for row in range(len(noisy)):
            log = np.outer(cosines[row], np.sin(p)) + np.outer(sines[row], np.cos(p)) + squares / 4
            log = (log / noise**2).astype(np.float32)
            weights = log == log.max() if most_likely else np.exp(log - log.max())
            predictions[row, column] = np.vdot(weights, following) / weights.sum()
    return predictions


# Networks -----------------------------------------------------------------------------------------


def train_on_waves(
    seeds: Iterable[int],
    num_steps: int = 1000,
    *,
    cell: str = "LSTM",
    hidden_size: int = 32,
    batch: int = 16,
    seq_len: int = 100,
    lr: float = 0.015,
    left_out: tuple[float, float] | None = (13.0, 17.0),
    **kind: float,
) -> ManyRNNs:
    """Train networks to predict the next point of any wave, a new batch of waves at every step.

    Labels are as noisy as what is read, and every sequence starts from a zero state. The loss is
    MSE, the optimizer Adam, and the learning rate falls to zero, as ``falling_rate``. All networks
    read the same waves. LSTMs begin with forget gates that are nearly open, with a bias of 2 more
    than PyTorch gives them (Gers, Schmidhuber and Cummins 2000, "Learning to forget").

    Parameters
    ----------
    num_steps, batch, seq_len : int
        How many batches, waves in each, and points that are read of each wave.
    left_out, **kind
        Which waves: ``left_out``, ``low``, ``high`` and ``noise`` of ``make_waves``.
    """
    seeds = _checks.seed_list(seeds)
    waves = make_waves(num_steps * batch, seq_len + 1, left_out=left_out, **kind).noisy
    waves = waves.reshape(num_steps, batch, seq_len + 1)
    w = initial_weights(seeds, hidden_size, cell)
    if cell == "LSTM":
        w.bias_ih[:, hidden_size : 2 * hidden_size] += 2
        losses = train_by_torch(w, waves, lr)
    else:
        waves = waves.swapaxes(1, 2)
        losses, _ = train(w, waves[:, :-1], waves[:, 1:], lr, lr_decay=True)
    return ManyRNNs(tuple(seeds), w, losses)


def train_by_torch(w: Weights, waves: np.ndarray, lr: float) -> np.ndarray:
    """Train networks as ``train`` does, but in plain PyTorch and float32, changing ``w``.

    ``waves`` is (num_steps, batch, seq_len + 1). PyTorch has an LSTM in one piece (oneDNN's) that
    runs all steps of a batch, in half the time that ``cells`` takes; its RNN and GRU are slower.
    Returns the MSE of each step, shape (num_steps, num_models).
    """
    losses = np.empty((len(waves), len(w.flat)))
    waves = torch.from_numpy(waves).float()[..., None]
    for index, flat in enumerate(w.flat):
        model = one_model(w, index).float()
        optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(waves))
        for number, wave in enumerate(progress(waves, "training")):
            loss = nn.functional.mse_loss(model(wave[:, :-1])[0], wave[:, 1:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses[number, index] = loss.item()
        flat[:] = nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    return losses


def wave_states(many: ManyRNNs, noisy: np.ndarray, index: int = 0) -> np.ndarray:
    """Return what network ``index`` remembers after each of ``noisy``, (num_waves, seq_len).

    Returns
    -------
    numpy.ndarray, shape (num_waves, seq_len, hidden_size)
        The hidden state after each point; of an LSTM the cell state beside it, 2 * hidden_size.
    """
    w = many.weights
    one = Weights(w.flat[[index]], w.hidden_size, w.cell)
    _, record = forward(one, _read(noisy).T)
    return np.concatenate([part[1:, 0].swapaxes(0, 1) for part in record.states], axis=2)
