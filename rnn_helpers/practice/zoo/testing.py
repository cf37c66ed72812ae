"""Two programs that test a network: on the way of its training, and on what it has not seen."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from ...evaluation import forecast
from ...figures import show as show_figure
from ...network import WaveRNN
from ..trace import Wrong, kind, numbers, several
from .base import fit, keep, read, turning
from .states import in_training

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


def take_exams(program):
    """Train a network for 120 steps with 6 exams; return it, the losses and the marks."""
    rnn = WaveRNN()
    optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)  # fused, it hides changes in place
    exam = torch.from_numpy(np.sin(np.deg2rad(9 * np.arange(31)))).float().reshape(1, -1, 1)
    parts = several(program(rnn, optimizer, turning(120), exam), ("the losses", "the marks"))
    return rnn, read(parts[0], "the losses", (120,)), read(parts[1], "the marks", (6,))


def _show_exam(program):
    rnn, losses, marks = take_exams(program)
    cold = forecast(rnn, num_points=30).squared_errors.mean()
    ax = plt.subplots()[1]
    ax.plot(np.arange(1, 121), losses, color="#0072B2", label="loss of the window")
    ax.plot(20 * np.arange(1, 7), marks, "o", color="#D55E00", label="error in the exam")
    ax.set(yscale="log", xlabel="step of training", ylabel="MSE", xticks=range(0, 121, 20))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    after = np.median(losses[20::20] / losses[19:-1:20])
    jumps = f"over {10 * int(after / 10)} times" if after > 10 else "less than 10 times"
    show_figure(ax, f"Right after an exam, the loss is {jumps} what it was before (median of 5).")
    print(f"last exam:                                        error {marks[-1]:.1g}")
    print(f"the same network, the same points by rh.forecast: error {cold:.1g}")


def _exam_inputs(rng):
    for num, every in ((2, 1), (7, int(rng.integers(2, 4)))):
        exam = torch.sin(rng.uniform(0.1, 0.3) * torch.arange(31.0))[None, :, None]
        yield {**in_training(rng, num), "exam": exam, "every": every}


keep(
    "exams",
    EXAM,
    _show_exam,
    inputs=_exam_inputs,
    returns=("the losses", "the marks"),
    right="The exam is cold now, and training goes on as if there had been none. The marks were so "
    "good because the exam starts at 0 degrees: there, after whole turns, the state of the "
    "training fits exactly.",
    cause="one name, hidden, held the state of the training and that of the exam. So the exam "
    "began with what training had left, and training went on with what the exam had left.",
    habit="measure twice, in two ways, and look at what the measuring leaves behind.",
    title="Exams on the way",
    hints=(
        "What does the exam know when it begins, and what does it leave behind?",
        "The spikes and the flattering marks come from one line.",
        "Follow the name hidden through the loop. Each time, which sequence does it come from?",
    ),
    solution="hidden = rnn(exam[:, :-1], hidden) => _ = rnn(exam[:, :-1])",
    wrong={
        "your exam begins with the state that training has just left, so it is not cold; and your "
        "next window begins with the state that the exam has left.": "",
        "your training keeps its state now, but your exam still begins with it; a cold test starts "
        "from zeros.": "hidden = rnn(exam[:, :-1], hidden) => _ = rnn(exam[:, :-1], hidden)",
        "your training starts from zeros after an exam, and your exam starts from the state of "
        "training; it should be the other way round.": "marks.a => hidden = None; marks.a",
        "your exam is cold now, but your training goes on with the state "
        "that the exam left.": "rnn(exam[:, :-1], hidden) => rnn(exam[:, :-1])",
        "your exam is cold now, but your training has lost its state: the window after an exam "
        "starts from zeros.": "= rnn(exam[:, :-1], hidden) => = rnn(exam[:, :-1])[0], None",
        "your exams come after windows 1, {every + 1}, ...; the first belongs after {every}.": (
            "start=1 => start=0\nhidden = rnn(exam[:, :-1], hidden) => _ = rnn(exam[:, :-1])"
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
PARTS = "training windows", "test windows"


def _show_recording(program, seed=5):
    rng = np.random.default_rng(seed)
    clean = np.sin(np.deg2rad(9 * np.arange(120)))
    wave, other = (clean + 0.3 * rng.normal(size=120) for _ in range(2))
    train, test = _places(program(wave.copy(), 20), wave, 20)
    noise = np.mean((wave - clean)[test[:, 1:]] ** 2)
    fresh = np.lib.stride_tricks.sliding_window_view(other, 21).copy()
    sets = wave[train], wave[test], fresh
    train, test, fresh = (torch.from_numpy(windows).float()[:, :, None] for windows in sets)
    rnn = WaveRNN()

    def error(windows):
        return nn.functional.mse_loss(rnn(windows[:, :-1])[0], windows[:, 1:])

    fit(rnn.parameters(), lambda step: error(train), 250, lr=0.03)
    with torch.no_grad():
        print(f"error on the test windows:                {error(test):.1g}")
        print(f"error on another recording:               {error(fresh):.1g}")
    print(f"noise of the test windows, unpredictable: {noise:.1g}")


def _places(parts, wave, seq_len):
    """Return where in the wave, each point of which occurs once, those of both parts lie."""
    places = []
    for windows, what in zip(several(parts, PARTS), PARTS, strict=True):
        array, shape = numbers(windows), f"(how many, {seq_len + 1})"
        if array is None or array.shape[1:] != (seq_len + 1,) or not len(array):
            raise Wrong(f"your {what} should have shape {shape}, but they are {kind(windows)}.")
        place = np.abs(array[:, :1] - wave).argmin(axis=1)[:, None] + np.arange(seq_len + 1)
        if place.max() >= len(wave) or not np.allclose(wave[place], array, rtol=0, atol=1e-6):
            raise Wrong(f"your {what} should be pieces of the wave, its points in their order.")
        places.append(place)
    return places


def _shared(program, wave, seq_len):
    train, test = _places(program(wave.copy(), seq_len), wave, seq_len)
    shared, seen = len(np.intersect1d(train, test)), len(np.unique(train))
    if not shared and seen < len(wave) / 2:
        raise Wrong(f"your training has {seen} of {len(wave)} points; it needs at least half.")
    return shared


keep(
    "recording",
    RECORDING,
    _show_recording,
    inputs=lambda rng: [
        {"wave": rng.permutation(num) / num, "seq_len": seq_len}
        for num, seq_len in ((60, 1), (120, 20), (int(rng.integers(90, 130)), 11))
    ],
    use=_shared,
    returns=("the number of points in both parts",),
    right="No point is in both parts now. On a wave without noise you would never have noticed: "
    "there, every turn is the same.",
    cause="windows that start one point apart share all points but one. Cut first and divided "
    "afterwards, they took the points of the test, noise and all, into training.",
    habit="divide first and cut afterwards, and count the points that training and test share.",
    title="A noisy recording",
    hints=(
        "To beat the noise, the network must have met the noise of the test before. Where?",
        "Print the first three windows before they are shuffled. How many points do neighbours "
        "share?",
        "Shuffled or not: if the windows are cut first and divided afterwards, can a test window "
        "be free of points from training?",
    ),
    solution="""\
def split(wave, seq_len):
    def windows(part):
        starts = range(len(part) - seq_len)
        return np.array([part[start : start + seq_len + 1] for start in starts])

    cut = len(wave) * 3 // 4
    return windows(wave[:cut]), windows(wave[cut:])""",
    wrong={
        "your two parts share {given:g} points.": "",
        "your two parts still share points at the seam: {given:g}. Your last training windows "
        "reach into the test.": (
            "order = np.random.default_rng(0).permutation => order = np.arange",
            "order = np.random.default_rng(0).permutation => order = np.arange\n"
            "order[cut:] => order[cut + seq_len - 1 :]",
        ),
        "all your test windows are training windows too.": (
            "windows[order[:cut]], windows[order[cut:]] => windows, windows",
            "windows[order[cut:]] => windows[order[:cut]]",
        ),
    },
)
