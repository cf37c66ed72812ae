"""Exercises and questions of notebook 12: waves that each have a frequency of their own."""

from collections.abc import Mapping

import numpy as np

from .engine import chapter
from .inputs import a_wave, network

pose, register = chapter("12")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "one formula for all",
    "After 21 to 40 points AR(2) has an error of about 0.12. What is left of it if all the points "
    "so far are weighed, not two?",
    ("Nearly all", "More than half", "About a quarter", "Next to nothing"),
)
def _one_formula(errors: Mapping[str, float]) -> tuple[int, str]:
    few, many = errors["AR(2)"], errors["AR(100)"]
    right = int(np.searchsorted([-0.8, -0.5, -0.05], -many / few))
    why = f"AR(2) has an error of {few:.2f}, AR(100) of {many:.2f}. More points average the noise"
    return right, f"{why} out, but each wave needs coefficients of its own."


@pose(
    "how near to the sine",
    "Where will the LSTM's error lie after 61 to 100 points?",
    (
        "Above the one formula for all",
        "Between that and the AR of its own",
        "Between that and the fitted sine",
        "Below the fitted sine",
    ),
)
def _how_near(lstm: float, shared: float, own: float, sine: float) -> tuple[int, str]:
    ratio = lstm / sine
    right = 0 if lstm > shared else 1 if lstm > own else 2 if lstm > sine else 3
    times = f"between {np.floor(2 * ratio) / 2:g} and {np.ceil(2 * ratio + 1e-9) / 2:g} times"
    return right, f"It is {times} that of the fitted sine, which knows that all waves are sines."


@pose(
    "changed frequency",
    "After 50 points another wave begins, unannounced. How large is the error once 41 to 50 points "
    "of it have been read?",
    (
        "As small as if it had begun with this wave",
        "Several times as large as that",
        "As large as if nothing had been learned",
    ),
)
def _changed_frequency(later: float, fresh: float, zero: float) -> tuple[int, str]:
    right = 0 if later < 2 * fresh else 1 if later < 0.7 * zero else 2
    why = f"It is {later:.1f}, and {fresh:.2f} if the network begins with this wave. Answering 0"
    return right, f"{why} every time has {zero:.1f}."


@pose(
    "left out",
    "The network has never met frequencies from 13 to 17, nor above 30 degrees a step. Where does "
    "it fail?",
    ("In both places", "Only inside, from 13 to 17", "Only beyond 30", "In neither"),
)
def _left_out(inside: float, beyond: float, met: float) -> tuple[int, str]:
    fails = inside > 3 * met, beyond > 3 * met
    right = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[fails]
    why = f"Errors after 61 to 100 points: {met:.3f} at frequencies of the training, "
    return right, f"{why}{inside:.3f} at 15 degrees a step, {beyond:.1f} at 45."


# Exercises ----------------------------------------------------------------------------------------


def _next_inputs(rng):
    for n, frequency in (3, 30.0), (12, 9.0), (40, 4.5), (25, float(rng.uniform(5, 28))):
        angles = rng.uniform(0, 360) + frequency * np.arange(n)
        noise = rng.normal(0, 0.3, n)
        yield {"y": rng.uniform(0.5, 2) * np.sin(np.deg2rad(angles)) + noise, "d": frequency}


register(
    "next_of_sine",
    title="With the frequency known",
    stub="""\
def next_of_sine(y, d):
    ...
    return ...""",
    solution="""\
def next_of_sine(y, d):
    angles = np.deg2rad(d * np.arange(len(y) + 1))
    X = np.column_stack([np.cos(angles), np.sin(angles)])
    w = np.linalg.lstsq(X[:-1], y)[0]
    return X[-1] @ w""",
    inputs=_next_inputs,
    returns=("the next point",),
    right="With d={d:.3g} and {len(y)} points, least squares has averaged over all of them.",
    hints=(
        "Any sine with d degrees a step is a cos(d t) + b sin(d t); a and b are wanted.",
        "A column of cosines and one of sines, at t = 0, 1, ..., and np.linalg.lstsq.",
        "The next point is at t = len(y): the same two columns there, times a and b.",
    ),
    wrong={
        "the angles are in degrees, but np.cos and np.sin take radians: np.deg2rad.": (
            "np.deg2rad(d * np.arange(len(y) + 1)) => d * np.arange(len(y) + 1)"
        ),
        "that is the last point that was read; "
        "the next one is at t = len(y).": "X[-1] @ w => X[-2] @ w",
        "that is one point too far: "
        "the next one is at t = len(y).": "len(y) + 1)) => len(y) + 2))\nX[:-1] => X[:-2]",
        "a sine alone begins at 0; a cosine beside it lets the phase "
        "be anything.": "[np.cos(angles), np.sin(angles)] => [np.sin(angles)]",
        "a cosine alone begins at its top; a sine beside it lets the phase "
        "be anything.": "[np.cos(angles), np.sin(angles)] => [np.cos(angles)]",
        "only the last two points count, and their noise is passed on; "
        "fit to all of them.": "lstsq(X[:-1], y)[0] => lstsq(X[-3:-1], y[-2:])[0]",
    },
)


def _along_inputs(rng):
    for waves, points in (1, 2), (5, 9), (int(rng.integers(2, 7)), int(rng.integers(12, 30))):
        clean = np.array([a_wave(rng, points) for _ in range(waves)])
        noisy = clean + rng.normal(0, 0.3, clean.shape)
        yield {"rnn": network(rng), "noisy": noisy, "clean": clean}


register(
    "error_along",
    title="The error along the sequence",
    stub="""\
def error_along(rnn, noisy, clean):
    ...
    return ...""",
    solution="""\
def error_along(rnn, noisy, clean):
    x = torch.tensor(noisy[:, :-1], dtype=torch.float32)[:, :, None]
    with torch.no_grad():
        prediction, _ = rnn(x)
    errors = prediction[:, :, 0].numpy() - clean[:, 1:]
    return (errors**2).mean(axis=0)""",
    inputs=_along_inputs,
    returns=("the error",),
    right="{len(noisy)} waves are a batch of shape {noisy[:, :-1, None].shape}, with one mean for "
    "each of the {noisy.shape[1] - 1} places.",
    hints=(
        "The waves are the batch; x has shape (num_waves, num_points - 1, 1).",
        "The prediction after noisy[:, t] is of clean[:, t + 1].",
        "The mean over the waves is over axis 0.",
    ),
    wrong={
        "you compare with the noisy points; "
        "their noise counts as an error of the network.": "clean[:, 1:] => noisy[:, 1:]",
        "the prediction after point t is of point t + 1: "
        "compare with clean[:, 1:].": "clean[:, 1:] => clean[:, :-1]",
        "the network reads the clean wave; "
        "only the noisy one was measured.": "noisy[:, :-1] => clean[:, :-1]",
        "that is one mean for each wave; "
        "the mean over the waves is over axis 0.": "axis=0 => axis=1",
        "that is one mean over everything; "
        "axis=0 keeps the places apart.": ".mean(axis=0) => .mean()",
        "errors above and below cancel; square them first.": "errors**2 => errors",
        "that is the mean distance; square the errors instead.": "(errors**2) => abs(errors)",
        "gradients are recorded; "
        "use torch.no_grad().": "with torch.no_grad() => if True\n.numpy() => .detach().numpy()",
    },
)


def _probe_inputs(rng):
    for waves, size, new in (9, 2, 1), (40, 5, 3), (60, int(rng.integers(3, 9)), 7):
        frequencies = rng.uniform(3, 30, waves)
        mixed = rng.normal(0, 1, (size, 2))
        states = []
        for f in frequencies, np.zeros(new):
            inner = np.column_stack([f, rng.normal(size=len(f))])
            states.append(inner @ mixed.T + rng.normal(0, 0.5, (len(f), size)) + 1)
        yield {"states": states[0], "frequencies": frequencies, "new_states": states[1]}


register(
    "probe",
    title="A probe",
    stub="""\
def probe(states, frequencies, new_states):
    ...
    return ...""",
    solution="""\
def probe(states, frequencies, new_states):
    X, new = (np.column_stack([h, np.ones(len(h))]) for h in (states, new_states))
    w = np.linalg.lstsq(X, frequencies)[0]
    return new @ w""",
    inputs=_probe_inputs,
    returns=("the frequencies",),
    right="{states.shape[1] + 1} numbers, fitted on {len(states)} waves, read the frequency of "
    "{len(new_states)} others.",
    hints=(
        "It is least squares: states times weights, plus a constant, should be the frequencies.",
        "A column of ones beside the states stands for the constant.",
        "Fit on states and frequencies; multiply the new states, with their ones, by the weights.",
    ),
    wrong={
        "there is no constant; "
        "put a column of ones beside the states.": "[h, np.ones(len(h))] => [h]",
        "that is the fit to the waves that the probe has seen; "
        "read the new states.": "new @ w => X @ w",
        "you return the weights; multiply the new states by them.": "return new @ w => return w",
        "the constant was fitted, "
        "but is missing in what you return.": "new @ w => new_states @ w[:-1]",
        "the states are centred by means of their own; the new ones need the "
        "same constant.": "[h, np.ones(len(h))] => [h - h.mean(axis=0), np.ones(len(h))]",
    },
)
