"""Two programs that test a network: on the way of its training, and on what it has not seen."""

import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from ... import WaveRNN, forecast
from ... import show as show_figure
from ..compare import changed, numbers, same, several, shaped
from ..engine import Wrong, called
from .base import (
    carried_losses,
    fit,
    keep,
    only_the_optimizer_moves,
    remembering,
    rolling,
    uniform,
    weights_move,
)

# An exam on the way: test and training share one state --------------------------------------------

EXAM = """\
def train_with_exams(rnn, optimizer, windows, exam, every=20):  # exam: (1, 31, 1), from 0 degrees
    hidden, losses, marks = None, [], []
    for step, window in enumerate(windows, start=1):
        prediction, hidden = rnn(window[:, :-1], hidden)
        hidden = hidden.detach()
        loss = nn.functional.mse_loss(prediction, window[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % every == 0:  # a cold test of what it knows by now
            with torch.no_grad():
                prediction, hidden = rnn(exam[:, :-1], hidden)
            marks.append((prediction - exam[:, 1:]).square().mean().item())
    return losses, marks"""


def _show_exam(program, seed=0):
    torch.manual_seed(seed)
    rnn = WaveRNN()
    optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)  # fused, it hides changes in place
    wave = np.sin(np.deg2rad(9 * np.arange(31)))
    exam = torch.from_numpy(wave).float().reshape(1, -1, 1)
    losses, marks = several(
        program(rnn, optimizer, rolling(120), exam), "the losses", "the marks of the exams"
    )
    losses = shaped(numbers(losses), "the losses", (120,))
    marks = shaped(numbers(marks), "the marks", (6,))
    cold = forecast(rnn, num_points=30).squared_errors.mean()
    ax = plt.subplots()[1]
    ax.plot(np.arange(1, 121), losses, color="#0072B2", label="loss of the window")
    ax.plot(20 * np.arange(1, 7), marks, label="error in the exam", **EXAM_STYLE)
    ax.set(yscale="log", xlabel="step of training", ylabel="MSE", xticks=range(0, 121, 20))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    after = np.median(losses[20::20] / losses[19:-1:20])
    jumps = f"over {10 * int(after / 10)} times" if after > 10 else "less than 10 times"
    show_figure(ax, f"The loss right after an exam is {jumps} that right before it (median of 5).")
    print(f"last exam: error {marks[-1]:.1g}")
    print(f"the same network and points, asked by rh.forecast: error {cold:.1g}")


EXAM_STYLE = {"color": "#D55E00", "marker": "o", "linestyle": "none"}


def _simulated(rnn, windows, exam, every, starts, leaves):
    """Return losses and marks of weights that stand still.

    ``starts``: the exam begins with the "zero" state or that of "training". ``leaves``: training
    goes on with its "own" state, that of the "exam", or from "zero".
    """
    state, losses, marks = None, [], []
    with torch.no_grad():
        for step, window in enumerate(windows, start=1):
            prediction, state = rnn(window[:, :-1], state)
            losses.append(nn.functional.mse_loss(prediction, window[:, 1:]).item())
            if step % every == 0:
                prediction, left = rnn(exam[:, :-1], None if starts == "zero" else state)
                marks.append(nn.functional.mse_loss(prediction, exam[:, 1:]).item())
                state = {"own": state, "exam": left, "zero": None}[leaves]
    return np.array(losses), np.array(marks)


EXAMS = {
    ("training", "exam"): "the exam is not cold: it begins with the state that training has just "
    "left. And the window after an exam begins where the exam ended.",
    ("training", "own"): "training keeps its state now, but the exam still begins with it; a cold "
    "test starts from zeros.",
    ("training", "zero"): "after an exam training starts from zeros, and the exam itself from the "
    "state of training; it should be the other way round.",
    ("zero", "exam"): "the exam is cold now, but training goes on with the state that the exam "
    "left: the losses after it are not those of the wave that went before.",
    ("zero", "zero"): "the exam is cold now, but training has lost its state: the window after an "
    "exam begins from zeros.",
}


def _examine_exam(answer, rng):
    every, seq_len = int(rng.integers(3, 5)), int(rng.integers(6, 10))
    rnn = remembering(rng)
    windows = uniform(rng, 3 * every, 1, seq_len + 1, 1)  # the last window has an exam too
    exam = uniform(rng, 1, int(rng.integers(6, 10)), 1)

    def ask(lr):
        model = copy.deepcopy(rnn)
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        returned = called(answer, model, optimizer, windows.clone(), exam.clone(), every)
        losses, marks = several(returned, "the losses", "the marks")
        losses = shaped(numbers(losses, "the losses"), "the array of losses", (len(windows),))
        return losses, shaped(numbers(marks, "the marks"), "the array of marks", (3,)), model

    losses, marks, model = ask(0.0)
    only_the_optimizer_moves(model, rnn)
    right = _simulated(rnn, windows, exam, every, "zero", "own")
    if not same(losses, right[0]) or not same(marks, right[1]):
        for (starts, leaves), sentence in EXAMS.items():
            other = _simulated(rnn, windows, exam, every, starts, leaves)
            if same(losses, other[0]) and same(marks, other[1]):
                raise Wrong(sentence)
        if same(losses, right[0]):
            raise Wrong(
                f"training is undisturbed, but the first mark should be {right[1][0]:.3f}, the "
                f"error from zeros; it is {marks[0]:.3f}. Does the mark come from `exam`?"
            )
        wrong = int(np.argmax(~np.isclose(losses, right[0], rtol=1e-4, atol=1e-5)))
        raise Wrong(
            f"with a learning rate of 0 and an exam every {every} windows, window {wrong + 1} "
            f"should have a loss of {right[0][wrong]:.3f}; it is {losses[wrong]:.3f}."
        )
    losses, marks, model = ask(0.05)
    weights_move(losses, right[0])
    if not same(losses, carried_losses(rnn, windows, lr=0.05), atol=1e-4):
        raise Wrong("with exams, training goes another way than without; does an exam train?")
    return (
        "The exam is cold, and training does not notice it. The marks were that good because the "
        "exam starts at 0 degrees: there, after whole turns, the state of training fits exactly."
    )


keep(
    "exams",
    EXAM,
    _show_exam,
    _examine_exam,
    hints=(
        "Ask two questions about the exam: what does it know when it begins, and what does it "
        "leave behind?",
        "The spikes and the flattering marks come from one and the same line.",
        "Follow the name hidden through the loop. Which sequence did it come from, each time that "
        "it is handed in?",
    ),
    solution=changed(
        EXAM,
        ("prediction, hidden = rnn(exam[:, :-1], hidden)", "prediction, _ = rnn(exam[:, :-1])"),
    ),
    misconceptions={
        "rnn.eval()": (
            changed(EXAM, ("            with", "            rnn.eval()\n            with")),
            "the exam is not cold",
        ),
        "the state of the exam thrown away": (
            changed(EXAM, ("hidden = rnn(exam[:, :-1], hidden)", "_ = rnn(exam[:, :-1], hidden)")),
            "the exam still begins with it",
        ),
        "from zeros": (
            changed(EXAM, ("rnn(exam[:, :-1], hidden)", "rnn(exam[:, :-1])")),
            "the state that the exam left",
        ),
        "training from zeros after the exam": (
            changed(
                EXAM,
                ("            with", "            hidden = None\n            with"),
                ("hidden = rnn(exam[:, :-1], hidden)", "_ = rnn(exam[:, :-1], hidden)"),
            ),
            "training has lost its state",
        ),
        "forgotten after the exam": (
            changed(EXAM, ("            marks", "            hidden = None\n            marks")),
            "the other way round",
        ),
        "rh.forecast as the exam": (
            changed(
                EXAM,
                ("            with torch.no_grad():\n", ""),
                ("                prediction, hidden = rnn(exam[:, :-1], hidden)\n", ""),
                (
                    "(prediction - exam[:, 1:]).square().mean().item()",
                    "rh.forecast(rnn, num_points=30).squared_errors.mean()",
                ),
            ),
            "the first mark should be",
        ),
        "another network": (
            changed(
                EXAM,
                ("hidden = rnn(exam[:, :-1], hidden)", "_ = rh.WaveRNN()(exam[:, :-1])"),
            ),
            "the first mark should be",
        ),
        "no exams": (
            changed(EXAM, ("return losses, marks", "return losses, []")),
            "the array of marks must have shape",
        ),
    },
)

# A noisy recording: the test has been seen in training --------------------------------------------

RECORDING = """\
def split(wave, seq_len):  # windows of seq_len + 1 points: for training, for the test
    starts = range(len(wave) - seq_len)
    windows = np.array([wave[start : start + seq_len + 1] for start in starts])
    order = np.random.default_rng(0).permutation(len(windows))  # so that both parts are alike
    cut = len(windows) * 3 // 4
    return windows[order[:cut]], windows[order[cut:]]"""


def _show_recording(program, seed=5):
    rng = np.random.default_rng(seed)
    clean = np.sin(np.deg2rad(9 * np.arange(120)))
    wave, other = (clean + 0.3 * rng.normal(size=120) for _ in range(2))
    parts = several(program(wave.copy(), 20), "training windows", "test windows")
    train, test = (
        _places(windows, wave, 20, what)
        for windows, what in zip(parts, ("training", "test"), strict=True)
    )
    noise = np.mean((wave - clean)[test[:, 1:]] ** 2)
    fresh = np.lib.stride_tricks.sliding_window_view(other, 21)
    sets = [wave[train], wave[test], fresh.copy()]
    train, test, fresh = (torch.from_numpy(windows).float()[:, :, None] for windows in sets)
    rnn = WaveRNN()

    def error(windows):
        return nn.functional.mse_loss(rnn(windows[:, :-1])[0], windows[:, 1:])

    fit(rnn.parameters(), lambda step: error(train), 250, lr=0.03)
    with torch.no_grad():
        print(f"error on the test windows:                    {error(test):.1g}")
        print(f"error on another recording of the wave:       {error(fresh):.1g}")
    print(f"their noise alone, which nobody can foresee:  {noise:.1g}")


def _places(windows, wave, seq_len, what):
    """Return where the points of windows lie in the wave; every point of it occurs once."""
    order = np.argsort(wave)
    windows = numbers(windows, f"the {what} windows")
    if windows.size == 0:
        raise Wrong(f"there are no {what} windows.")
    if windows.ndim != 2 or windows.shape[1] != seq_len + 1:
        raise Wrong(
            f"the array of {what} windows must have shape (how many, {seq_len + 1}), but the shape "
            f"is {windows.shape}."
        )
    place = order[np.minimum(np.searchsorted(wave[order], windows - 1e-12), len(wave) - 1)]
    if not np.allclose(wave[place], windows, rtol=0, atol=1e-9):
        raise Wrong(f"the {what} windows hold numbers that are no points of the wave.")
    if (np.diff(place, axis=1) != 1).any():
        raise Wrong(f"in a {what} window the points do not follow each other as in the wave.")
    return place


def _examine_recording(answer, rng):
    num, seq_len = int(rng.integers(90, 130)), int(rng.integers(8, 14))
    wave = np.sort(rng.uniform(0, 1, num))  # every point occurs once and tells its place
    returned = several(called(answer, wave.copy(), seq_len), "training windows", "test windows")
    train, test = (
        _places(windows, wave, seq_len, what)
        for windows, what in zip(returned, ("training", "test"), strict=True)
    )
    shared, seen, asked = (
        len(np.unique(each)) for each in (np.intersect1d(train, test), train, test)
    )
    if {*map(tuple, test.tolist())} <= {*map(tuple, train.tolist())}:
        raise Wrong("every test window is a training window too.")
    if shared and shared <= seq_len and test.max() > train.max():
        points = "1 point is" if shared == 1 else f"{shared} points are"
        raise Wrong(
            f"{points} still in both, at the seam: the last training windows reach into the test."
        )
    if shared:
        raise Wrong(f"{shared} of the {asked} points of the test are in training windows too.")
    if seen < num / 2:
        raise Wrong(f"training sees only {seen} of the {num} points; leave it more than half.")
    return (
        f"No point is in both: {seen} for training, {asked} for the test. On the wave without "
        "noise you would never have noticed, since there every turn is the same."
    )


APART = """\
def split(wave, seq_len):
    def windows(part):
        starts = range(len(part) - seq_len)
        return np.array([part[start : start + seq_len + 1] for start in starts])

    cut = len(wave) * 3 // 4
    return windows(wave[:cut]), windows(wave[cut:])"""
keep(
    "recording",
    RECORDING,
    _show_recording,
    _examine_recording,
    hints=(
        "Better than the noise allows: the network has met the noise of the test before. Where?",
        "Print the first three windows before they are shuffled. How many points do neighbours "
        "share?",
        "Shuffled or not: can a window of the test lie apart from every window of training as "
        "long as the windows are cut first and divided afterwards?",
    ),
    solution=APART,
    misconceptions={
        "another seed": (
            changed(RECORDING, ("default_rng(0)", "default_rng(1)")),
            "are in training windows too",
        ),
        "every other window": (
            changed(
                RECORDING,
                ("windows[order[:cut]], windows[order[cut:]]", "windows[::2], windows[1::2]"),
            ),
            "are in training windows too",
        ),
        "not shuffled": (
            changed(
                RECORDING,
                ("np.random.default_rng(0).permutation(len(windows))", "np.arange(len(windows))"),
            ),
            "at the seam",
        ),
        "the same windows": (
            changed(RECORDING, ("windows[order[cut:]]", "windows[order[:cut]]")),
            "a training window too",
        ),
        "shuffled points": (
            changed(
                APART, ("    cut", "    wave = np.random.default_rng(0).permutation(wave)\n    cut")
            ),
            "do not follow each other",
        ),
        "hardly any training": (
            changed(APART, ("len(wave) * 3 // 4", "len(wave) // 4")),
            "leave it more than half",
        ),
        "nothing to test": (
            changed(RECORDING, ("windows[order[cut:]]", "windows[len(windows) :]")),
            "there are no test windows",
        ),
    },
)
