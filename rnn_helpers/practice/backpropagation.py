"""Exercises and questions of notebook 07: gradients through time, by hand, checked, clipped."""

import numpy as np
import torch

from ..backpropagation import Worked, recurrent_weights
from ..cells import Weights, backward, forward
from ..elman import ElmanRun
from .engine import chapter
from .inputs import a_wave, network, rolling
from .trace import several

pose, register = chapter("07")

# Questions to predict -----------------------------------------------------------------------------


@pose(
    "three votes",
    "To lower the loss of all three points together, which way should h_1 move?",
    ("Up", "Down", "It should stay"),
)
def _judge_votes(steps: list[Worked]) -> tuple[int, str]:
    derivative = {step.name: step.value for step in steps}
    whole, own = derivative["dh_1"], derivative["dh_1"] - 0.5 * derivative["da_2"]
    right = 2 if abs(whole) < 0.005 else 0 if whole < 0 else 1  # a step goes against the gradient
    return right, (
        f"For the error at point 1 alone, the derivative is {own:.2f}; with the later errors it is "
        f"{whole:.2f}, and a step goes against it."
    )


@pose(
    "blow up",
    "Which gradient is huge after 20 such steps?",
    ("That of W_hh, through time", "That of W_fc, the output's", "Both", "Neither"),
)
def _judge_blow_up(through_time: float, output: float) -> tuple[int, str]:
    grows = through_time > 1, output > 1
    right = {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[grows]
    return right, (
        f"After 20 steps the norm of dW_hh is {through_time:.0g} and that of dW_fc {output:.0g}. "
        "Where the weights are so large that every h_t is 1 or -1, the slopes 1 - h_t^2 are zero, "
        "and nothing flows back through time."
    )


@pose(
    "same radius",
    "Both eigenvalues are 0.9. How does the gradient change on its way back?",
    ("It shrinks at every step", "It grows first, then shrinks", "It grows at every step"),
)
def _judge_same_radius(norms: list[float]) -> tuple[int, str]:
    top = int(np.argmax(norms))
    right = 0 if top == 0 else 2 if top == len(norms) - 1 else 1
    return right, (
        f"It is {norms[top]:.1f} times as long after {top} steps, and {norms[-1]:.1g} times after "
        f"{len(norms) - 1}. Eigenvalues decide what happens in the end, not what happens first: a "
        "non-normal matrix, one without eigenvectors at right angles, can make a gradient grow "
        "before it vanishes."
    )


@pose(
    "clipped Adam",
    "What does the same clip do to the error that Adam reaches?",
    ("It lowers it", "Hardly anything", "It raises it up to 10-fold", "It raises it over 10-fold"),
)
def _judge_adam(plain: ElmanRun, clipped: ElmanRun, short: ElmanRun) -> tuple[int, str]:
    mse = [np.median(run.mse) for run in (plain, clipped, short)]
    last = [np.median(run.lengths[-20:]) for run in (plain, clipped, short)]
    right = sum(mse[1] / mse[0] > bound for bound in (1 / 1.5, 1.5, 10))
    free, clip = (f"{10.0 ** round(np.log10(each)):.0e}" for each in mse[:2])  # on any machine
    return right, (
        f"The median error is near {free} without a clip and near {clip} with it. Adam divides "
        "each step by the size of the gradients of roughly the last 1000 steps. The large "
        "gradients of the start stay in that average, so as the loss falls its steps shrink, to a "
        f"length of {last[0]:.0e} at the end. A clip removes the large gradients, and the steps "
        f"stay at {last[1]:.0e}. To test that cause, give Adam a short memory and no clip: it "
        f"reaches only {mse[2]:.0e}, in steps of {last[2]:.0e}."
    )


# Exercises ----------------------------------------------------------------------------------------


def _backward_inputs(rng):
    for size in (1, 4, int(rng.integers(5, 9))):
        yield {
            "dy_t": rng.normal(size=1),
            "da_next": rng.normal(size=size),
            "h_t": rng.uniform(-0.9, 0.9, size),
            "W_fc": rng.normal(size=(1, size)),
            "W_hh": rng.normal(size=(size, size)),
        }


register(
    "backward_step",
    title="One step back",
    stub="""\
def backward_step(dy_t, da_next, h_t, W_fc, W_hh):
    return ..., ...  # dh_t, da_t""",
    solution="""\
def backward_step(dy_t, da_next, h_t, W_fc, W_hh):
    dh_t = W_fc.T @ dy_t + W_hh.T @ da_next
    da_t = dh_t * (1 - h_t**2)
    return dh_t, da_t""",
    inputs=_backward_inputs,
    returns=("dh_t", "da_t"),
    right="One line for the two votes, one for the tanh.",
    hints=(
        "h_t is used twice: by the output y_t, and by a at the next point.",
        "Forwards, a number is multiplied by the matrix; backwards, a derivative by its transpose.",
        "Section 3 has both lines. The second is dh_t * (1 - h_t**2).",
    ),
    wrong={
        "in your dh_t the later points have no vote: "
        "W_hh.T @ da_next is missing.": " + W_hh.T @ da_next => ",
        "in your dh_t the point's own error has no vote: "
        "W_fc.T @ dy_t is missing.": "W_fc.T @ dy_t + => ",
        "you multiply by W_hh itself; on the way back it must be transposed.": "W_hh.T => W_hh",
        "your slope of the tanh is 1 - h_t; it should be 1 - h_t^2.": "h_t**2 => h_t",
        "you take the tanh of h_t once more, "
        "but h_t is a tanh already.": "1 - h_t**2 => 1 - np.tanh(h_t) ** 2",
        "your da_t is dh_t itself: it has not gone back through the tanh.": (
            "dh_t * (1 - h_t**2) => dh_t",
        ),
    },
)


def _planted_inputs(rng):
    for number, size in enumerate((2, 3, 2, 4, 2, 3)):
        points = int(rng.integers(6, 12))
        w, g = (Weights(rng.normal(0, 0.5, (1, size * (size + 4) + 1)), size) for _ in range(2))
        wave = a_wave(rng, points + 1)[:, None]
        x, target = wave[:-1], wave[1:]
        y, record = forward(w, x)
        backward(w, x, record, y - target[:, None], g)
        g.flat[0, rng.integers(g.flat.size)] += (-1) ** number * 3e-3

        def loss(values, size=size, x=x, target=target):
            y, _ = forward(Weights(np.array(values, dtype=float).reshape(1, -1), size), x)
            return float(((y - target[:, None]) ** 2).sum() / 2)

        yield {"loss": loss, "w": w.flat[0].copy(), "gradient": g.flat[0].copy()}


register(
    "planted",
    title="The planted bug",
    stub="""\
def find_bug(loss, w, gradient):
    return ...  # the index of the wrong entry""",
    solution="""\
def find_bug(loss, w, gradient):
    step, apart = 1e-5, []
    for i in range(len(w)):
        up, down = w.copy(), w.copy()
        up[i] += step
        down[i] -= step
        slope = (loss(up) - loss(down)) / (2 * step)
        apart.append(abs(slope - gradient[i]))
    return np.argmax(apart)""",
    inputs=_planted_inputs,
    returns=("the index",),
    right="Of {len(w)} entries, number {given:g} is off by 0.003, and finite differences found it.",
    hints=(
        "Move one weight at a time, up and down, and see how the loss changes.",
        "The slope is (loss(up) - loss(down)) / (2 * step), with step = 1e-5.",
        "The wrong entry is the one where slope and gradient are furthest apart: np.argmax.",
    ),
    wrong={
        "with steps as small as yours, rounding hides the bug; "
        "section 4 shows the best step.": "1e-5 => 1e-15",
        "with steps as long as yours, the bend of the loss hides the bug; section 4 shows the best "
        "step.": "1e-5 => 1.0",
        "your slopes are twice as steep as they should be: from w - step to w + step is "
        "two steps.": ("(2 * step) => step"),
        "you compare differences with their sign, but the bug may lie on either side.": (
            "abs(slope - gradient[i]) => slope - gradient[i]",
            "abs(slope - gradient[i]) => gradient[i] - slope",
        ),
        "your weights stay moved: go back to w before you try the next entry.": (
            "step, apart = 1e-5, [] => step, apart, up, down = 1e-5, [], w.copy(), w.copy()\n"
            "up, down = w.copy(), w.copy() => pass"
        ),
    },
    otherwise="your entry, {given:g}, is not the wrong one.",
)


def _survives_inputs(rng):
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    yield {"W_hh": 0.9 * turn, "dh": np.array([0.6, 0.8]), "limit": 0.95 * 0.9**20}  # k = 20
    yield {"W_hh": 0.97 * turn, "dh": np.array([0.0, 1.0]), "limit": 0.001}  # more than 200
    yield {"W_hh": np.array([[0.9, 1.0], [0.0, 0.9]]), "dh": np.array([1.0, 0.0]), "limit": 1.2}
    yield {"W_hh": np.array([[0.95, 2.0], [0.0, 0.5]]), "dh": np.array([0.3, -1.2]), "limit": 0.5}
    W_hh = recurrent_weights("Gaussian", 0.9, [int(rng.integers(1000))], 5)[0]
    yield {"W_hh": W_hh, "dh": rng.normal(size=5), "limit": 10 ** -rng.uniform(1, 4)}


register(
    "survives",
    title="How far does it reach?",
    stub="""\
def survives(W_hh, dh, limit):
    return ...  # the largest k from 1 to 200, or 0""",
    solution="""\
def survives(W_hh, dh, limit):
    largest = 0
    for k in range(1, 201):
        dh = W_hh.T @ dh
        if np.linalg.norm(dh) >= limit:
            largest = k
    return largest""",
    inputs=_survives_inputs,
    returns=("k",),
    right="After {given:g} steps back, the gradient is long enough for the last time.",
    hints=(
        "Without a tanh, one step back is W_hh.T @ dh.",
        "Take 200 steps, and note the last one after which the norm is at least limit.",
        "A gradient may dip below the limit and come back: do not stop at the first one below.",
    ),
    wrong={
        "you stop at the first norm below the limit, but the gradient may grow again.": (
            ">= limit => < limit\nlargest = k => return k - 1\nreturn largest => return 200"
        ),
        "your formula, s^k with the spectral radius s, holds only if W_hh is s times an orthogonal "
        "matrix.": """\
def survives(W_hh, dh, limit):
    radius = abs(np.linalg.eigvals(W_hh)).max()
    return min(200, max(0, int(np.log(limit) / np.log(radius))))""",
        "you multiply by W_hh itself; backwards it must be transposed.": "W_hh.T => W_hh",
        "your k is one too large.": "largest = k => largest = k + 1",
        "your k is one too small; "
        "does your loop start at 0, as range(200) does?": "(1, 201) => (200)",
    },
)


CLIP = "norm = nn.utils.clip_grad_norm_(rnn.parameters(), max_norm)"
UNCLIPPED = f"{CLIP} => {CLIP.replace('max_norm', 'torch.inf')}"


def _clipped_inputs(rng):
    for layers, max_norm in ((1, 0.05), (2, 1000.0), (1, float(rng.uniform(0.02, 0.1)))):
        rnn, windows = network(rng, layers), rolling(rng, 3, batch=2)
        sgd = torch.optim.SGD(rnn.parameters(), lr=0.3, momentum=0.5)
        yield {"rnn": rnn, "optimizer": sgd, "windows": windows, "max_norm": max_norm}


def _three_steps(clipped_step, rnn, optimizer, windows, max_norm):
    rows = [clipped_step(rnn, optimizer, x, y, max_norm) for x, y in windows]
    return tuple(zip(*(several(row, ("the loss", "the norm")) for row in rows), strict=True))


register(
    "clipped_step",
    title="A clipped step",
    stub="""\
def clipped_step(rnn, optimizer, x, y, max_norm):
    ...
    return ..., ...  # the loss, the norm before clipping""",
    solution="""\
def clipped_step(rnn, optimizer, x, y, max_norm):
    prediction, _ = rnn(x)
    loss = nn.functional.mse_loss(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(rnn.parameters(), max_norm)
    optimizer.step()
    return loss.item(), norm.item()""",
    inputs=_clipped_inputs,
    use=_three_steps,
    returns=("the losses", "the norms"),
    right="Three times in a row, no step used a gradient longer than max_norm.",
    hints=(
        "It is the usual step, loss, zero_grad, backward, step, with one more line.",
        "When you clip, the gradients must be there already, and not yet used.",
        "Between backward and step: norm = nn.utils.clip_grad_norm_(rnn.parameters(), max_norm)",
    ),
    wrong={
        "you clip before loss.backward(), when there are no gradients yet.": (
            f"{CLIP} => CLIP\nloss.backward() => {CLIP}\nCLIP => loss.backward()"
        ),
        "you shorten no step: clip after loss.backward() and before optimizer.step().": (
            UNCLIPPED,
            f"{CLIP} => CLIP\noptimizer.step() => {CLIP}\nCLIP => optimizer.step()",
        ),
        "you scale every gradient to max_norm; shorter ones should stay as they are.": (
            f"{UNCLIPPED}; [p.grad.mul_(max_norm / norm) for p in rnn.parameters()]"
        ),
        "you clip each number by itself, which turns the gradient; clip its norm instead.": (
            f"{UNCLIPPED}; nn.utils.clip_grad_value_(rnn.parameters(), max_norm)"
        ),
        "you clip each weight matrix by itself; the norm is that of all of them together.": (
            f"{UNCLIPPED}; [nn.utils.clip_grad_norm_(p, max_norm) for p in rnn.parameters()]"
        ),
        "your norm is the one after clipping; "
        "clip_grad_norm_ returns the one from before.": "norm.item() => min(norm.item(), max_norm)",
        "your gradients add up from step to step: "
        "optimizer.zero_grad() is missing.": "optimizer.zero_grad() => pass",
        "your weights stand still: optimizer.step() is missing, or comes when there are "
        "no gradients.": "optimizer.step() => pass",
    },
)
