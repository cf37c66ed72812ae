"""Three programs that measure: a baseline, a loss, and a loss with its gradient."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from ...figures import legend_above, plot_points, plot_wave
from ...figures import show as show_figure
from ...network import WaveRNN
from ...training import train_many
from ..inputs import network, uniform
from .base import fit, keep, read, trainable

# A baseline to beat: it peeks at the answer -------------------------------------------------------


def _show_baseline(program):
    wave = np.sin(np.deg2rad(9 * np.arange(401)))
    tosses = np.random.default_rng(0).choice([-1.0, 1.0], 4001)
    errors = []
    for path in (wave, np.cumsum(tosses)):
        said = read(program(path[:-1].copy()), "the prediction", (len(path) - 1,))
        errors.append(np.mean((said - path[1:])[3:-1] ** 2))  # away from both ends
    losses = train_many(range(32)).losses[-10:].mean(axis=0)  # as in notebook 04
    share = ["half", "most", "fewer than half"][np.sign((losses < errors[0]).sum() - 16)]
    print(f"on the wave:        error {errors[0]:.1g}; {share} of 32 trained networks do better")
    print(f"on the coin's path: error {errors[1]:.1f}; the best anybody can hope for is 1.0")


def _peeks_and_steps(program, features):
    # Where there is no slope yet, no number, or the same again, is as good as the step.
    path, points = features.copy(), np.arange(len(features))
    first = read(program(features), "the array of predictions", path.shape)
    moved = [read(program(path + one), "it", path.shape) for one in np.eye(len(path))]
    knows = abs(np.array(moved) - first) > 1e-9  # [t, s]: prediction s changes with point t
    line = np.linspace(path[0], path[-1], len(path))
    steps = (read(program(line.copy()), "it", path.shape) - line) / (line[1] - line[0])
    reach = (points - points[:, None])[knows].max(initial=1)  # how far back a slope looks
    fine = np.isnan(steps) | np.isclose(steps, 0) | np.isclose(steps, 1)
    steps = np.where(fine & (points < min(reach, 3)), points > 0, steps)
    return np.diagonal(knows, -1) + 0, np.tril(knows, -2).any(axis=0) + 0, steps


def _baseline_inputs(rng):
    for end in (9, -30):  # a line to it rises, and falls
        yield {"features": np.r_[0.5, rng.normal(size=rng.integers(7, 14)), end]}


keep(
    "baseline",
    """\
def go_straight_on(features):  # a baseline: from each point, one step along the slope there
    slope = np.gradient(features)
    return features + slope""",
    _show_baseline,
    solution="np.gradient(features) => np.diff(features, prepend=features[0])",
    inputs=_baseline_inputs,
    use=_peeks_and_steps,
    returns=("its answer changes a prediction", "a later point does", "the steps along a line"),
    right="Your predictions no longer depend on later points, and you continue a straight line "
    "exactly. Read the first line of the symptom again: now the comparison is fair.",
    cause="np.gradient works out a slope from the points on both sides, and the point after is the "
    "answer.",
    habit="ask a baseline about something that nobody can know. Then change one input, and see "
    "which outputs change.",
    title="A baseline to beat",
    hints=(
        "Nobody can predict a coin. How can anybody do better than 1?",
        "Change one point, the sixth, say, and see which predictions change. Which should?",
        "See what np.gradient makes of a single jump: `np.gradient([0.0, 0.0, 8.0, 8.0])`.",
    ),
    wrong={
        "your predictions change when the very next point is moved, and that point is their "
        "answer.": "",
        "your predictions are the answers themselves: you take the slope to the next "
        "point.": "np.gradient(features) => np.diff(features, append=features[-1])",
        "your first prediction uses the second point, which is its answer. At the first point "
        "there is no slope yet.": (
            "np.gradient(features) => np.diff(features, prepend=2 * features[0] - features[1])"
        ),
        "your first prediction changes with the last point: np.roll goes round in a "
        "circle.": "np.gradient(features) => features - np.roll(features, 1)",
        "your predictions no longer peek, but they use no slope either: that is "
        "persistence.": "features + slope => features",
        "your first prediction assumes that the path came from 0. Nobody knows that, so predict "
        "the first point itself.": "np.gradient(features) => np.diff(features, prepend=0)",
    },
)

# A flat line: the loss broadcasts -----------------------------------------------------------------


def _show_flat_line(program):
    rnn, degrees = WaveRNN(), 9 * np.arange(41)
    wave = torch.sin(torch.deg2rad(torch.from_numpy(degrees).float()))
    features, labels = wave[:-1], wave[1:]
    losses = fit(
        rnn.parameters(), lambda _: trainable(program(rnn, features, labels), "the loss"), 150
    )
    with torch.no_grad():
        said = rnn(features.reshape(1, -1, 1))[0].flatten().numpy()
    low, high = (round(float(end), 1) + 0 for end in (said.min(), said.max()))  # 0 has no sign
    ax = plot_wave(0, 360)
    plot_points(degrees[1:], labels.numpy(), "target", ax, markersize=9)
    plot_points(degrees[1:], said, "prediction", ax)
    legend_above(ax)
    ax.set_title(f"loss after 150 steps: {losses[-1]:.1g}", loc="right")
    said = f"The predictions lie between {low:.1g} and {high:.1g}. The loss is {losses[-1]:.1g}, "
    show_figure(ax, f"{said}the variance of the targets {labels.var(correction=0):.1g}.")


def _with_gradient(loss, weights):
    value = read(loss, "the loss", ())
    loss = trainable(loss, "the loss").reshape(())
    found = torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True)
    return value, torch.cat([each.flatten() for each in found])


def _flat_line_inputs(rng):
    for num in (1, int(rng.integers(8, 15))):
        yield {"rnn": network(rng), "features": uniform(rng, num), "labels": uniform(rng, num)}


keep(
    "flat_line",
    """\
def squared_error(rnn, features, labels):  # features and labels: (seq_len,)
    prediction, h_n = rnn(features.reshape(1, -1, 1))
    errors = prediction[0] - labels  # [0]: the only sequence of the batch
    return errors.square().mean()""",
    _show_flat_line,
    solution="prediction[0] - labels  # [0]: the only sequence of the batch => "
    "prediction[0, :, 0] - labels",
    inputs=_flat_line_inputs,
    use=lambda program, rnn, *pair: _with_gradient(program(rnn, *pair), list(rnn.parameters())),
    returns=("the loss", "its gradient"),
    right="Each of the {len(labels)} predictions is now compared with its own label.",
    cause="a column minus a row is a square: PyTorch broadcast the difference, and every "
    "prediction was compared with every label. The best answer to all labels at once is their "
    "mean, and the network had found it.",
    habit="print the shape of every difference, and compare a loss that will not fall with the "
    "variance of the targets.",
    title="A flat line",
    hints=(
        "The network has learned what makes this loss smallest. For which loss is a flat line "
        "best?",
        "How many errors should there be for 40 points? Print errors.shape.",
        "Print prediction[0].shape and labels.shape. What is a column minus a row in PyTorch?",
    ),
    wrong={
        "your loss is {given:.3f}, but the mean squared error of the {len(labels)} predictions is "
        "{wanted:.3f}. Yours is a mean over {len(labels) ** 2} pairs, every prediction with every "
        "label.": "",
        "you make each point a sequence of its own, so the network has no "
        "memory.": "1, -1, 1 => -1, 1, 1\nprediction[0] => prediction.flatten()",
        "your loss is {len(labels)} times too large: you take the sum, and it should be the "
        "mean.": "prediction[0] => prediction.flatten()\nmean => sum",
        "in your mean, errors upwards and downwards cancel; square them "
        "first.": "prediction[0] => prediction.flatten()\nsquare().mean() => mean().square()",
    },
)

# A memory that fades: it fades behind PyTorch's back ----------------------------------------------


def _random_weights(rng, size, scale):
    shapes = ((size,), (size, size), (size,))
    return [torch.from_numpy(rng.normal(0, scale, shape)) for shape in shapes]


def _slopes(loss_of, weights, part, eps=1e-5):
    """Return, for each number in one of the weights, how the loss changes when it is moved."""
    slopes = np.zeros(tuple(weights[part].shape))
    for index in np.ndindex(*slopes.shape):
        for moved in (eps, -eps):
            others = [weight.clone() for weight in weights]
            others[part][index] += moved
            slopes[index] += read(loss_of(*others), "the loss", ()) / (2 * moved)
    return slopes


def _show_fading(program):
    wave = torch.sin(torch.deg2rad(torch.from_numpy(9 * np.arange(21)).double()))
    weights = _random_weights(np.random.default_rng(0), 6, 0.6)
    leaves = [weight.clone().requires_grad_() for weight in weights]
    trainable(program(*leaves, wave[:-1], wave[1:]), "the loss").backward()
    ax, agree = plt.subplots()[1], []
    styles = (("w_in", "#D55E00", "o"), ("w_rec", "#0072B2", "^"), ("w_out", "#333333", "s"))
    for part, (name, color, marker) in enumerate(styles):
        slopes = _slopes(lambda *moved: program(*moved, wave[:-1], wave[1:]), weights, part)
        grad = np.zeros(slopes.shape) if leaves[part].grad is None else leaves[part].grad.numpy()
        ax.plot(slopes.ravel(), grad.ravel(), marker, color=color, label=name)
        agree.append(int(np.isclose(slopes, grad, rtol=1e-3, atol=1e-6).sum()))
    ax.axline((0, 0), slope=1, color="#b5b5b5", linewidth=1.2, zorder=1)
    ax.set(xlabel="slope by moving the weight", ylabel="slope by backward")
    legend_above(ax)
    text = f"For {sum(agree)} of 48 weights both slopes agree: {agree[0]} of 6 in w_in, "
    show_figure(ax, f"{text}{agree[1]} of 36 in w_rec, {agree[2]} of 6 in w_out.")


def _fading_inputs(rng):
    for size, share in ((1, {}), (3, {}), (4, {"keep": 1}), (5, {"keep": rng.uniform(0.4, 0.8)})):
        weights = [weight.requires_grad_() for weight in _random_weights(rng, size, 0.7)]
        waves = torch.from_numpy(rng.uniform(-1, 1, (2, 2 * size - 1)))
        names = ("w_in", "w_rec", "w_out", "features", "labels")
        yield dict(zip(names, (*weights, *waves), strict=True)) | share


keep(
    "fading",
    """\
def fading_loss(w_in, w_rec, w_out, features, labels, keep=0.5):  # w_rec: (hidden, hidden)
    h, total = torch.zeros_like(w_in), 0.0  # w_in, w_out: (hidden,)
    for x, y in zip(features, labels, strict=True):
        h = torch.tanh(w_in * x + w_rec @ h)
        h.data *= keep  # the memory fades
        total = total + (w_out @ h - y) ** 2
    return total / len(labels)""",
    _show_fading,
    solution="h.data *= keep => h = h * keep",
    inputs=_fading_inputs,
    use=lambda program, *given: _with_gradient(program(*given), given[:3]),
    returns=("the loss", "its gradient"),
    right="The loss is what it was, and now both slopes agree for every weight. (With keep=0.9 a "
    "network learns even from the wrong gradient, which is how such a bug grows old.)",
    cause=".data bypasses PyTorch's checks. The fading was never recorded, and backward went "
    "through tanh with numbers that tanh had not returned.",
    habit="move one weight a little, and compare the change of the loss with what backward says.",
    title="A memory that fades",
    hints=(
        "The loss is right, so moving a weight shows its true slope. What goes wrong lies on the "
        "way back.",
        "Which lines does PyTorch record, so that backward can go back through them?",
        "tanh has recorded the h it returned, and then h was changed where PyTorch could not see "
        "it. Notebook 02 warns of that.",
    ),
    wrong={
        "your loss is right, but for w_in and w_rec your gradient still differs from the slope "
        "that moving the weight shows.": ("", "h.data *= keep => h.data = h.data * keep"),
        "your loss is right, but you detach h, so no gradient goes back through "
        "time.": "h.data *= keep => h = h.detach() * keep",
        "with your program, backward raises an error about an in-place operation: tanh needs the h "
        "it returned. This is the error that .data kept quiet.": "h.data *= keep => h *= keep",
        "your memory no longer fades: the loss is that of keep=1.": "h.data *= keep => pass",
    },
)
