"""Three programs that measure: a baseline, a loss, and a loss with its gradient."""

import copy
import functools
import itertools

import matplotlib.pyplot as plt
import numpy as np
import torch

from ... import WaveRNN, legend_above, plot_points, plot_wave, train_many
from ... import show as show_figure
from ..compare import changed, explain, numbers, one_number, same, shaped, tried
from ..engine import Wrong, called, kind
from .base import fit, keep, trainable, uniform

# A baseline to beat: it peeks at the answer -------------------------------------------------------

BASELINE = """\
def go_straight_on(features):  # a baseline: from each point, one step along the slope there
    slope = np.gradient(features)
    return features + slope"""


@functools.cache
def _last_losses() -> np.ndarray:
    """Return what 32 networks trained as in notebook 04 reach, the mean of their last windows."""
    return train_many(range(32)).losses[-10:].mean(axis=0)


def _show_baseline(program):
    wave = np.sin(np.deg2rad(9 * np.arange(401)))
    tosses = np.random.default_rng(0).choice([-1.0, 1.0], 4001)
    errors = []
    for path in (wave, np.cumsum(tosses)):
        said = shaped(numbers(program(path[:-1].copy())), "the prediction", (len(path) - 1,))
        errors.append(np.mean((said - path[1:])[3:-1] ** 2))  # away from both ends
    better = int((_last_losses() < errors[0]).sum())
    share = {-1: "fewer than half", 0: "half", 1: "most"}[int(np.sign(better - 16))]
    print(f"on the wave:        error {errors[0]:.1g}; {share} of 32 trained networks are better")
    print(f"on the coin's path: error {errors[1]:.1f}; the best that anybody can expect is 1.0")


def _examine_baseline(answer, rng):
    num = int(rng.integers(9, 15))
    features = rng.normal(size=num)

    def ask(points):
        return shaped(numbers(called(answer, points.copy())), "the array of predictions", (num,))

    before = ask(features)
    changes = np.empty((num, num))  # [t, s]: what moving point t by 1 does to prediction s
    for t in range(num):
        moved = features.copy()
        moved[t] += 1
        changes[t] = ask(moved) - before
    if same(before[:-1], features[1:]):
        raise Wrong("the prediction is the answer itself: the slope is taken to the point after.")
    peeking = abs(np.triu(changes.T, 1)) > 1e-9  # [s, t]: prediction s knows the later point t
    if peeking.any():
        s, t = np.argwhere(peeking)[0]
        answers = np.flatnonzero(np.diagonal(peeking, 1))
        if len(answers):
            s = answers[len(answers) // 2]
            raise Wrong(
                f"the prediction at point {s} changes by {changes[s + 1, s]:.2g} when point "
                f"{s + 1} is moved by 1, and that is its answer."
            )
        raise Wrong(f"prediction {s} changes with point {t}, far later: something comes round.")
    a, b = rng.uniform(1, 2, 2)
    line = a + b * np.arange(num)
    explain(
        ask(line)[3:],
        line[3:] + b,
        (
            (line[3:], "nothing peeks any more, but there is no slope: that is persistence."),
            (line[3:] - b, "that is one step back along the slope; the wave goes on."),
        ),
        f"on a straight line that rises by {b:.2f} at every point, one step along the slope should "
        f"end {b:.2f} above the last point; it ends {(ask(line) - line)[-1]:.2f} above it.",
    )
    return (
        "No prediction changes with a point that comes after it, and a straight line is gone on "
        "with exactly. Read the first line of the symptom again: now the comparison is fair."
    )


PEEKS_NO_MORE = changed(
    BASELINE, ("np.gradient(features)", "np.diff(features, prepend=features[0])")
)
keep(
    "baseline",
    BASELINE,
    _show_baseline,
    _examine_baseline,
    hints=(
        "Nobody can foresee a coin, but somebody who has seen how it fell can be better than 1.",
        "Change one point of features, for instance the sixth, and see which predictions change. "
        "Which of them should?",
        "See what np.gradient makes of a single step: `np.gradient([0.0, 0.0, 8.0, 8.0])`.",
    ),
    solution=PEEKS_NO_MORE,
    misconceptions={
        "the formula of np.gradient": (
            changed(
                BASELINE,
                (
                    "np.gradient(features)",
                    "(np.roll(features, -1) - np.roll(features, 1)) / 2",
                ),
            ),
            "and that is its answer",
        ),
        "half a step": (
            changed(BASELINE, ("features + slope", "features + 0.5 * slope")),
            "and that is its answer",
        ),
        "the mean of three": (
            """\
def go_straight_on(features):
    return np.convolve(features, np.ones(3) / 3, mode="same")""",
            "and that is its answer",
        ),
        "the difference to the point after": (
            changed(BASELINE, ("np.gradient(features)", "np.diff(features, append=features[-1])")),
            "the answer itself",
        ),
        "rolled": (
            changed(BASELINE, ("np.gradient(features)", "features - np.roll(features, 1)")),
            "something comes round",
        ),
        "persistence": (
            changed(BASELINE, ("features + slope", "features")),
            "that is persistence",
        ),
        "two steps": (
            changed(PEEKS_NO_MORE, ("features + slope", "features + 2 * slope")),
            "on a straight line",
        ),
        "backwards": (
            changed(PEEKS_NO_MORE, ("features + slope", "features - slope")),
            "one step back",
        ),
    },
)

# A flat line: the loss broadcasts -----------------------------------------------------------------

FLAT_LINE = """\
def squared_error(rnn, features, labels):  # features and labels: (seq_len,)
    prediction, h_n = rnn(features.reshape(1, -1, 1))
    errors = prediction[0] - labels  # [0]: the only sequence of the batch
    return errors.square().mean()"""


def _show_flat_line(program):
    rnn, degrees = WaveRNN(), 9 * np.arange(41)
    wave = torch.sin(torch.deg2rad(torch.from_numpy(degrees).float()))
    features, labels = wave[:-1], wave[1:]

    def loss_of(step):
        loss = trainable(program(rnn, features, labels), "the loss")
        one_number(loss, "the loss")
        return loss

    losses = fit(rnn.parameters(), loss_of, 150)
    with torch.no_grad():
        said = rnn(features.reshape(1, -1, 1))[0].flatten().numpy()
    low, high = (round(float(end), 1) + 0 for end in (said.min(), said.max()))  # 0 has no sign
    ax = plot_wave(0, 360)
    plot_points(degrees[1:], labels.numpy(), "target", ax, markersize=9)
    plot_points(degrees[1:], said, "prediction", ax)
    legend_above(ax)
    ax.set_title(f"loss after 150 steps: {losses[-1]:.1g}", loc="right")
    show_figure(
        ax,
        f"Predictions lie between {low:.1g} and {high:.1g}; the loss is "
        f"{losses[-1]:.1g}, and the variance of the targets {labels.var(correction=0):.1g}.",
    )


def _other_losses(p, y, forgetful):
    """Return what a loss of these predictions and labels can be instead, and what to say then.

    ``forgetful``: what the network says to each feature alone.
    """
    num, right = len(p), ((p - y) ** 2).mean()
    crossed = ((p[:, None] - y) ** 2).mean()
    return (
        (
            crossed,
            f"the loss is {crossed:.3f}, and the mean squared error of the {num} predictions "
            f"{right:.3f}: it is the mean over {num * num} pairs, every prediction with every "
            "label.",
        ),
        (right * num, f"the loss is {num} times too large: the mean is asked for, not the sum."),
        (
            (p - y).mean() ** 2,
            "errors up and errors down cancel: square first, then take the mean.",
        ),
        (((p - y[::-1]) ** 2).mean(), "each prediction meets a label, but not its own."),
        (
            ((p[0] - y) ** 2).mean(),
            f"only the first prediction is used: it meets all {num} labels.",
        ),
        (
            ((forgetful - y) ** 2).mean(),
            "each point is read as a sequence of its own: the network has lost its memory.",
        ),
        *((error, f"the loss is that of one point; there are {num}.") for error in (p - y) ** 2),
    )


def _examine_flat_line(answer, rng):
    num, rnn = int(rng.integers(8, 15)), WaveRNN()
    features = uniform(rng, num)
    said = rnn(features.reshape(1, -1, 1))[0].flatten()
    p = said.detach().double().numpy()
    forgetful = rnn(features.reshape(-1, 1, 1))[0].flatten().detach().double().numpy()
    apart = False
    while not apart:  # by chance, a mistake can give nearly the right loss, or that of another one
        labels = uniform(rng, num)
        y = labels.double().numpy()
        right, instead = ((p - y) ** 2).mean(), _other_losses(p, y, forgetful)
        pairs = itertools.combinations([(right, "right"), *instead], 2)
        apart = all(abs(one - two) > 2e-3 * one for (one, a), (two, b) in pairs if a != b)
    copied = copy.deepcopy(rnn)
    loss = called(answer, copied, features.clone(), labels.clone())
    value = one_number(loss, "the loss")
    explain(
        np.float64(value),
        right,
        instead,
        f"the loss is {value:.3f}; the mean squared error of the predictions is {right:.3f}.",
    )
    if not isinstance(loss, torch.Tensor) or not loss.requires_grad:
        raise Wrong(f"the loss is right, but it is {kind(loss)} without a record for gradients.")
    wanted = torch.autograd.grad((said - labels).square().mean(), list(rnn.parameters()))
    given = torch.autograd.grad(loss.reshape(()), list(copied.parameters()), allow_unused=True)
    for one, other in zip(given, wanted, strict=True):
        if one is None or not same(one.numpy(), other.numpy()):
            raise Wrong("the loss is right, its gradient is not.")
    return (
        f"{num} predictions are compared with {num} labels, one with one. Before, the mean of the "
        "labels was the best answer to all of them at once, and the network had found it."
    )


keep(
    "flat_line",
    FLAT_LINE,
    _show_flat_line,
    _examine_flat_line,
    hints=(
        "The network learned what makes this loss smallest. For which loss is a flat line best?",
        "How many errors should there be for 40 points? Print errors.shape.",
        "Print prediction[0].shape and labels.shape. What does PyTorch do when it subtracts a row "
        "from a column?",
    ),
    solution=changed(
        FLAT_LINE,
        (
            "prediction[0] - labels  # [0]: the only sequence of the batch",
            "prediction[0, :, 0] - labels",
        ),
    ),
    misconceptions={
        "nn.functional.mse_loss": (
            changed(
                FLAT_LINE,
                ("errors.square().mean()", "nn.functional.mse_loss(prediction[0], labels)"),
            ),
            "every prediction with every label",
        ),
        "the first prediction": (
            changed(FLAT_LINE, ("prediction[0] - labels", "prediction[0, 0] - labels")),
            "only the first prediction is used",
        ),
        "without memory": (
            changed(
                FLAT_LINE,
                ("features.reshape(1, -1, 1)", "features.reshape(-1, 1, 1)"),
                ("prediction[0] - labels", "prediction.flatten() - labels"),
            ),
            "the network has lost its memory",
        ),
        "labels as a row": (
            changed(FLAT_LINE, ("- labels ", "- labels.reshape(1, -1) ")),
            "every prediction with every label",
        ),
        "the sum": (
            changed(
                FLAT_LINE,
                ("prediction[0]", "prediction.flatten()"),
                ("mean()", "sum()"),
            ),
            "times too large",
        ),
        "the mean first": (
            changed(
                FLAT_LINE,
                ("prediction[0]", "prediction.flatten()"),
                ("square().mean()", "mean().square()"),
            ),
            "cancel",
        ),
        "the last point": (
            changed(FLAT_LINE, ("prediction[0] - labels", "prediction[0, -1] - labels[-1]")),
            "that of one point",
        ),
        "turned round": (
            changed(FLAT_LINE, ("prediction[0] - labels", "prediction.flatten() - labels.flip(0)")),
            "not its own",
        ),
        "a number": (
            changed(
                FLAT_LINE,
                ("prediction[0]", "prediction.flatten()"),
                ("mean()", "mean().item()"),
            ),
            "without a record for gradients",
        ),
    },
)

# A memory that fades: it fades behind PyTorch's back ----------------------------------------------

FADING = """\
def fading_loss(w_in, w_rec, w_out, features, labels, keep=0.5):  # w_rec: (hidden, hidden)
    h, total = torch.zeros_like(w_in), 0.0  # w_in, w_out: (hidden,)
    for x, y in zip(features, labels, strict=True):
        h = torch.tanh(w_in * x + w_rec @ h)
        h.data *= keep  # the memory fades
        total = total + (w_out @ h - y) ** 2
    return total / len(labels)"""
WEIGHTS = ("w_in", "w_rec", "w_out")


def _random_weights(rng, size, scale):
    shapes = ((size,), (size, size), (size,))
    return [torch.from_numpy(rng.normal(0, scale, shape)) for shape in shapes]


def _slopes(loss, weights, eps=1e-5):
    """Return, for each weight, how the loss changes when it is moved a little."""
    slopes = []
    for part, weight in enumerate(weights):
        slope = np.zeros(tuple(weight.shape))
        for index in np.ndindex(*slope.shape):
            ends = []
            for sign in (1, -1):
                moved = [w.clone() for w in weights]
                moved[part][index] += sign * eps
                ends.append(one_number(loss(moved), "the loss"))
            slope[index] = (ends[0] - ends[1]) / (2 * eps)
        slopes.append(slope)
    return slopes


def _show_fading(program):
    degrees = 9 * np.arange(21)
    wave = torch.sin(torch.deg2rad(torch.from_numpy(degrees).double()))
    weights = _random_weights(np.random.default_rng(0), 6, 0.6)
    leaves = [weight.clone().requires_grad_() for weight in weights]
    loss = trainable(program(*leaves, wave[:-1], wave[1:]), "the loss")
    one_number(loss, "the loss")
    loss.backward()
    given = [np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy() for leaf in leaves]
    slopes = _slopes(lambda moved: program(*moved, wave[:-1], wave[1:]), weights)
    ax = plt.subplots(figsize=(5, 4.2))[1]
    styles = (("#D55E00", "o"), ("#0072B2", "^"), ("#333333", "s"))
    for name, a, b, (color, marker) in zip(WEIGHTS, slopes, given, styles, strict=True):
        ax.plot(a.ravel(), b.ravel(), color=color, marker=marker, linestyle="none", label=name)
    ax.axline((0, 0), slope=1, color="#b5b5b5", linewidth=1.2, zorder=1)
    ax.set(xlabel="slope found by moving the weight", ylabel="gradient of backward")
    ax.set_aspect("equal", "datalim")
    legend_above(ax)
    pairs = zip(slopes, given, strict=True)
    agree = [int(np.isclose(a, b, rtol=1e-3, atol=1e-6).sum()) for a, b in pairs]
    show_figure(
        ax,
        f"For {sum(agree)} of 48 weights backward and moving the weight agree: {agree[0]} of 6 in "
        f"w_in, {agree[1]} of 36 in w_rec, {agree[2]} of 6 in w_out.",
    )


def _examine_fading(answer, rng):
    size, num = int(rng.integers(3, 6)), int(rng.integers(5, 9))
    keep_share = float(rng.uniform(0.4, 0.8))
    weights = _random_weights(rng, size, 0.7)
    features, labels = (torch.from_numpy(rng.uniform(-1, 1, num)) for _ in range(2))

    def ask(given):
        inplace = (
            "backward raised an error about an inplace operation: tanh needs the h that it "
            "returned. That is the error which .data kept quiet."
        )
        arguments = (*given, features.clone(), labels.clone(), keep_share)
        loss = tried({"inplace operation": inplace}, answer, *arguments)
        return loss, inplace

    def right(share):
        h, total = torch.zeros(size, dtype=torch.float64), 0.0
        for x, y in zip(features, labels, strict=True):
            h = torch.tanh(weights[0] * x + weights[1] @ h) * share
            total += (weights[2] @ h - y) ** 2
        return float(total / num)

    leaves = [weight.clone().requires_grad_() for weight in weights]
    loss, inplace = ask(leaves)
    value = one_number(loss, "the loss")
    explain(
        np.float64(value),
        np.float64(right(keep_share)),
        ((right(1.0), "the memory no longer fades: the loss is that of keep=1."),),
        f"the loss has changed: it should be {right(keep_share):.4f}, it is {value:.4f}.",
    )
    if not isinstance(loss, torch.Tensor) or not loss.requires_grad:
        raise Wrong(f"the loss is right, but it is {kind(loss)} without a record for gradients.")
    try:
        loss.reshape(()).backward()
    except RuntimeError as error:
        if "inplace operation" in str(error):
            raise Wrong(inplace) from None
        raise
    slopes = _slopes(lambda moved: ask(moved)[0], weights)
    for part in (2, 0, 1):
        grad = leaves[part].grad
        grad = np.zeros(slopes[part].shape) if grad is None else grad.numpy()
        wrong = np.argwhere(~np.isclose(grad, slopes[part], rtol=1e-4, atol=1e-6))
        if len(wrong):
            index = tuple(int(i) for i in wrong[0])
            raise Wrong(
                f"the loss is right, its gradient is not: for {WEIGHTS[part]}{list(index)} "
                f"backward says {grad[index]:+.4f}, and moving the weight a little says "
                f"{slopes[part][index]:+.4f}."
            )
    return (
        "The loss is what it was, and every gradient is what moving the weight a little says. With "
        "keep=0.9 a network learns with the wrong one too; that is how such a bug grows old."
    )


keep(
    "fading",
    FADING,
    _show_fading,
    _examine_fading,
    hints=(
        "The loss is right: moving a weight tells how it really changes. So it is the backward way "
        "that takes another road than the forward way.",
        "Which of the lines does PyTorch record, so that backward can go back through it?",
        "tanh has recorded the h that it returned, and then h was changed without PyTorch "
        "noticing. Notebook 02 warns of it.",
    ),
    solution=changed(FADING, ("h.data *= keep", "h = h * keep")),
    misconceptions={
        "written out": (
            changed(FADING, ("h.data *= keep", "h.data = h.data * keep")),
            "moving the weight a little says",
        ),
        "without recording": (
            changed(FADING, ("h.data *= keep", "with torch.no_grad():\n            h *= keep")),
            "which .data kept quiet",
        ),
        "in place": (
            changed(FADING, ("h.data *= keep", "h *= keep")),
            "which .data kept quiet",
        ),
        "left out": (
            changed(FADING, ("        h.data *= keep  # the memory fades\n", "")),
            "no longer fades",
        ),
        "after the loss": (
            changed(
                FADING,
                ("        h.data *= keep  # the memory fades\n", ""),
                ("- y) ** 2", "- y) ** 2\n        h = h * keep"),
            ),
            "the loss has changed",
        ),
        "a loss without a record": (
            changed(FADING, ("return total / len(labels)", "return total.item() / len(labels)")),
            "without a record for gradients",
        ),
    },
)
