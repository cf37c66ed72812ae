"""Networks on a record of the real world: trained on its first part, stopped by the next part."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from . import _checks
from .baselines import fit_ar, forecast_ar
from .cells import CELLS, Weights, forward
from .figures import BAND_STYLES, legend_above, show
from .network import initial_weights
from .runtime import progress
from .series import Series, errors_ahead, ratio_interval
from .tables import show_table
from .training import train

WARM_UP = 11  # points of each window that are read, but not scored: the state is zero before them
CHECKED = 25  # steps of training from one look at the validation part to the next


@dataclass(frozen=True, eq=False)
class RecordRNNs:
    """Networks that differ in their seed alone, and what they were at each check of training."""

    mean: float  # of the part they were trained on; they read (value - mean) / std
    std: float
    steps: np.ndarray  # (num_checks,): how many steps of training each check comes after
    history: list[Weights]  # at each check
    # (num_checks, num_models): mean squared error of one step ahead on the validation part
    validation: np.ndarray

    @property
    def chosen(self) -> int:
        """Which check has the lowest validation error, in the median of the networks."""
        return int(np.median(self.validation, axis=1).argmin())


def train_on_series(
    values: np.ndarray,
    fit: int,
    cell: str = "RNN",
    *,
    seeds: Iterable[int] = range(16),
    hidden_size: int = 8,
    num_steps: int = 400,
    seq_len: int = 44,
    batch: int = 8,
    lr: float = 0.01,
) -> RecordRNNs:
    """Train one network for each seed on the first part of a record, validate it on the rest.

    Each step of Adam has ``batch`` windows of ``seq_len`` points from random places of the first
    part, the same for all networks; the first 11 points of each only warm the state up. Mean and
    standard deviation of the first part scale everything. After every 25 steps the weights are
    kept, with their error on the validation part.

    ``values``, shape (n,), are all that the training may know, and nothing that it will be tested
    on. The first ``fit``, more than ``seq_len``, are trained on; the rest are for validation.
    """
    seeds = _checks.seed_list(seeds)
    fit = _checks.whole_number("fit", fit, seq_len + 1, len(values) - 1)
    mean, std = values[:fit].mean(), values[:fit].std()
    if std == 0:
        raise ValueError(f"the first {fit} values must differ, but all are {mean:g}.")
    z, w = (values - mean) / std, initial_weights(seeds, hidden_size, cell)
    firsts = np.random.default_rng(0).integers(0, fit - seq_len, (num_steps, 1, batch))
    windows = z[firsts + np.arange(seq_len + 1)[:, None]]  # (num_steps, seq_len + 1, batch)
    begin, history, validation = max(0, fit - seq_len), [], []

    def look(number: int, *_: object) -> None:  # before each step, and after the last one
        if number and number % CHECKED == 0:
            y = forward(w, z[begin:-1, None])[0][fit - begin - 1 :, :, 0]
            validation.append(((y - z[fit:, None]) ** 2).mean(axis=0) * std**2)
            history.append(Weights(w.flat.copy(), hidden_size, cell))

    train(w, windows[:, :-1], windows[:, WARM_UP + 1 :], lr, before_step=look)
    look(num_steps)
    steps = CHECKED * np.arange(1, len(history) + 1)
    return RecordRNNs(float(mean), float(std), steps, history, np.array(validation))


def forecast_series(
    networks: RecordRNNs, values: np.ndarray, ahead: int = 1, *, check: int | None = None
) -> np.ndarray:
    """Forecast from every point in time by networks, which go on reading their own forecasts.

    ``check`` is an index of ``networks.steps``; without it, it is the one that validation chose.
    Returns shape (num_models, n, ahead): in row t, column k the forecast of ``values[t + 1 + k]``
    from the values up to t.
    """
    w = networks.history[networks.chosen if check is None else check]
    y, record = forward(w, (values[:, None] - networks.mean) / networks.std)
    # Every point in time is an origin now: together they are the batch of the steps that follow.
    forecasts, state = [y[:, :, 0].T], [s[1:, :, 0].swapaxes(0, 1) for s in record.states]
    for _ in range(ahead - 1):
        y, record = forward(w, forecasts[-1][None], state)
        forecasts.append(y[0])
        state = [s[-1] for s in record.states]
    return np.stack(forecasts, axis=-1) * networks.std + networks.mean


# The whole comparison in one call -----------------------------------------------------------------


class Comparison(NamedTuple):
    """What ``compare_forecasts`` found on the last fifth of a record."""

    errors: dict[str, np.ndarray]  # for each rival (num_origins, ahead): its mean squared errors
    variance: float  # of all before the test, by which the shown errors are divided
    formula: str  # the autoregressive model of the order that validation chose
    network: str  # the network that validation chose
    interval: tuple[float, float]  # 95 %: the network's error one step ahead / the formula's


def compare_forecasts(
    series: Series,
    *,
    period: int | None = None,
    ahead: int = 12,
    seeds: Iterable[int] = range(8),
    num_steps: int = 200,
) -> Comparison:
    """Compare formulas and networks on a record; show a table, a figure, and a verdict.

    The last fifth of the record is the test, the sixth of the rest before it is for validation, and
    the networks are trained on what comes before. Scales, the order of the formula (1 to 20), how
    long networks train, and which network goes into the verdict are chosen without the test.

    ``period`` is how many points a season has, if there is one: the value of a period ago is a
    rival then. Forecasts reach ``ahead`` steps, at most half the test, from every point of it that
    has so many after it.
    """
    values, n = series.values, len(series.values)
    stop = n - n // 5
    fit = stop - stop // 6
    ahead = min(ahead, (n - stop) // 2)
    if period is not None:
        period = _checks.whole_number("period", period, 1, fit // 2)
    origins = slice(stop - 1, n - ahead)
    known, variance = values[:stop], values[:stop].var()

    rivals = {"last value": np.repeat(values[:, None], ahead, axis=1)}
    if period is not None:
        back = np.arange(n)[:, None] + 1 + np.arange(ahead) % period - period
        rivals[f"{period} steps ago"] = np.where(back < 0, np.nan, values[back])
    order, center = _best_order(known, fit), known.mean()
    formula = f"AR({order})"
    rivals[formula] = forecast_ar(fit_ar(known - center, order), values - center, ahead) + center
    errors = {name: errors_ahead(each, values)[origins] for name, each in rivals.items()}
    validated = {}
    options = {"seeds": seeds, "num_steps": num_steps, "seq_len": min(44, fit // 2)}
    for cell in progress(list(CELLS), "comparing"):
        run = train_on_series(known, fit, cell, **options)
        each = errors_ahead(forecast_series(run, values, ahead), values)
        errors[cell] = each[:, origins].mean(axis=0)
        validated[cell] = np.median(run.validation[run.chosen])
    network = min(validated, key=validated.get)
    block = min(period or 10, (n - stop) // 3)
    interval = ratio_interval(errors[network][:, 0], errors[formula][:, 0], block)
    found = Comparison(errors, float(variance), formula, network, interval)
    _show_comparison(found, n - stop)
    return found


def _best_order(known: np.ndarray, fit: int) -> int:
    """Return the order from 1 to 20 whose formula, fitted to the first part, forecasts the rest."""
    errors, z = [], known - known[:fit].mean()
    for order in range(1, min(20, fit // 3) + 1):
        forecasts = forecast_ar(fit_ar(z[:fit], order), z)
        errors.append(errors_ahead(forecasts, z)[fit - 1 : -1].mean())
    return int(np.argmin(errors)) + 1


def _show_comparison(found: Comparison, tested: int) -> None:
    """Show the table, the figure and the verdict of a comparison."""
    means = {name: each.mean(axis=0) / found.variance for name, each in found.errors.items()}
    ahead = len(means[found.formula])
    shown = sorted({1, min(3, ahead), ahead})
    rows = {name: [float(each[k - 1]) for k in shown] for name, each in means.items()}
    heads = [f"{k} step{'s' * (k > 1)} ahead" for k in shown]
    show_table(rows, heads, best="lowest", corner="error / variance")
    ax = plt.subplots()[1]
    for style, name in enumerate((found.network, found.formula, "last value")):
        ax.plot(np.arange(1, ahead + 1), means[name], **BAND_STYLES[style], label=name)
    ax.set(xlabel="steps ahead", ylabel="error / variance", yscale="log")
    legend_above(ax)
    network, formula = means[found.network], means[found.formula]
    ends = [f"{each[0]:.2g} and {each[-1]:.2g}" for each in (network, formula)]
    alt = f"Error / variance 1 and {ahead} steps ahead: {found.network} {ends[0]}, "
    show(ax, f"{alt}{found.formula} {ends[1]}.")
    low, high = found.interval
    verdict = "no difference is shown" if low <= 1 <= high else "that is a difference"
    print(
        f"{tested} points tested. One step ahead, {found.network} (which validation chose) has "
        f"{network[0] / formula[0]:.2f} times the error of {found.formula},\n"
        f"95 % interval {low:.2f} to {high:.2f}: {verdict}."
    )
