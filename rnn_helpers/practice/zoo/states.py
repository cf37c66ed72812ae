"""Three programs about the hidden state: who gets it, where it goes, and what it drags along."""

import copy

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from ... import WaveRNN, ambiguity_floor
from ... import show as show_figure
from ..compare import changed, numbers, same, shaped, tried
from ..engine import Wrong, called
from .base import (
    carried_losses,
    fit,
    keep,
    only_the_optimizer_moves,
    remembering,
    rolling,
    trainable,
    uniform,
    weights_move,
)

# Eight waves at once: batch and time are swapped --------------------------------------------------

EIGHT_WAVES = """\
def predict_all(rnn, fc, features):  # nn.RNN(1, 32), nn.Linear(32, 1), features (batch, seq_len)
    x = features.unsqueeze(-1)  # (batch, seq_len, 1): one number at each point in time
    r_out, h_n = rnn(x)
    return fc(r_out).squeeze(-1)  # (batch, seq_len), like the features"""


def _show_eight_waves(program):
    torch.manual_seed(8)
    rnn, fc = nn.RNN(1, 32), nn.Linear(32, 1)
    wave = torch.sin(torch.deg2rad(360 * torch.rand(8, 1) + 9 * torch.arange(21)))
    features, labels = wave[:, :-1], wave[:, 1:]

    def loss_of(step):
        said = trainable(program(rnn, fc, features), "the prediction")
        shaped(numbers(said), "the prediction", (8, 20))
        return nn.functional.mse_loss(said, labels)

    fit([*rnn.parameters(), *fc.parameters()], loss_of, 150)
    with torch.no_grad():
        together = program(rnn, fc, features)[:, 10:]
        each_alone = [program(rnn, fc, features[i : i + 1]) for i in range(8)]
    for said in each_alone:
        shaped(numbers(said), "for features (1, 20) the prediction", (1, 20))
    alone = torch.cat(each_alone)[:, 10:]
    for what, said in (("all eight at once:", together), ("one at a time:    ", alone)):
        error = np.mean(
            (shaped(numbers(said), "the answer", (8, 10)) - labels[:, 10:].numpy()) ** 2
        )
        print(f"the eight waves, {what}  error {error:.1g}")
    apart = (together - alone).abs().max().item()
    print(f"the two answers differ by up to {apart if apart > 1e-5 else 0:.1g}")


def _reshaped(rnn, fc, waves):
    """Return what is said where reshape was to turn the waves, on the way in, out, or both."""
    with torch.no_grad():
        broken = fc(rnn(waves.reshape(*waves.T.shape, 1))[0])[:, :, 0]
        turned = fc(rnn(waves.T[:, :, None])[0])[:, :, 0]
    return [each.numpy() for each in (broken.T, turned.reshape_as(waves), broken.reshape_as(waves))]


def _examine_eight_waves(answer, rng):
    batch, seq_len = int(rng.integers(3, 6)), int(rng.integers(7, 12))
    rnn, fc = nn.RNN(1, 32), nn.Linear(32, 1)
    with torch.no_grad():
        for parameter in rnn.parameters():
            parameter.copy_(2 * parameter)  # so that a point shows in what is said long after it
    waves = uniform(rng, batch, seq_len)

    def ask(features):
        shape = tuple(features.shape)
        with torch.no_grad():
            said = numbers(called(answer, rnn, fc, features.clone()), "the prediction")
        if said.shape == shape[::-1]:
            raise Wrong(
                f"for features {shape}, predictions of shape {said.shape}, (seq_len, batch), came "
                "back; input and output must be turned together."
            )
        return shaped(said, f"for features {shape} the prediction", shape)

    before = ask(waves)
    if not same(before, ask(waves)):
        raise Wrong("asked twice the same, it answers twice: is there a new network in each call?")
    b, t = 1, seq_len // 2
    moved = np.zeros((batch, seq_len), dtype=bool)
    for change in (1, -1):  # where one of them happens to change nothing, the other will
        moved_waves = waves.clone()
        moved_waves[b, t] += change
        moved |= abs(ask(moved_waves) - before) > 1e-6
    others, own = np.delete(moved, b, axis=0), moved[b]
    if others.any():
        if not np.delete(moved, t, axis=1).any():
            raise Wrong(
                f"one point of wave {b} was changed, at time {t}, and the predictions of other "
                "waves of the batch changed, at that time only: the state is handed from wave to "
                "wave, not through time."
            )
        if own[t:].all() and not own[:t].any() and not moved[:b].any():
            raise Wrong("the state goes on from one wave to the next; each wave starts from zeros.")
        if any(same(before, mistake) for mistake in _reshaped(rnn, fc, waves)):
            raise Wrong(
                "the points of different waves are mixed: reshape does not turn rows into columns, "
                "it only breaks the lines elsewhere."
            )
        raise Wrong(
            f"one point of wave {b} was changed, and predictions of other waves changed too; the "
            "waves are still mixed."
        )
    if own[:t].any():
        raise Wrong("a prediction changes with points that come after it.")
    if own[t] and not own[t + 1 :].any():
        raise Wrong("a prediction knows nothing of the points before it: there is no memory.")
    if not own[t:].all():
        raise Wrong(f"the point at time {t} was changed, and what is said after it stays the same.")
    with torch.no_grad():
        x = waves[:, :, None] if rnn.batch_first else waves.T[:, :, None]
        right = fc(rnn(x)[0])[:, :, 0].numpy()
    right = right if rnn.batch_first else right.T
    if not same(before, right):
        raise Wrong(
            "each wave is read by itself now, but the predictions are not what rnn and fc say: "
            f"the first should be {right[0, 0]:.3f}, it is {before[0, 0]:.3f}."
        )
    if not same(ask(waves[b : b + 1]), before[b : b + 1]):
        raise Wrong("alone, a wave gets another answer than in a batch.")
    rnn.zero_grad()
    fc.zero_grad()
    said = called(answer, rnn, fc, waves.clone())
    if isinstance(said, torch.Tensor) and said.requires_grad:
        said.square().sum().backward()
    for name, layer in (("rnn", rnn), ("fc", fc)):
        if any(p.grad is None or not p.grad.any() for p in layer.parameters()):
            raise Wrong(f"no gradient reaches {name}, so it could not be trained.")
    return "A wave is read through time, and what its neighbours do is nothing to it."


keep(
    "eight_waves",
    EIGHT_WAVES,
    _show_eight_waves,
    _examine_eight_waves,
    hints=(
        "What a network says about a wave should not depend on the other waves of the batch.",
        "Print the shape of h_n for eight waves of 20 points. Its middle number should be the "
        "batch.",
        "The rnn was made as nn.RNN(1, 32) and nothing else. Which axis does it take for the time?",
    ),
    solution=changed(
        EIGHT_WAVES,
        ("r_out, h_n = rnn(x)", "r_out, h_n = rnn(x.transpose(0, 1))  # time first, then batch"),
        ("fc(r_out).squeeze(-1)", "fc(r_out).transpose(0, 1).squeeze(-1)"),
    ),
    misconceptions={
        "a state of zeros": (
            changed(EIGHT_WAVES, ("rnn(x)", "rnn(x, torch.zeros(1, x.shape[1], 32))")),
            "handed from wave to wave",
        ),
        "reshaped": (
            changed(
                EIGHT_WAVES,
                ("rnn(x)", "rnn(x.reshape(x.shape[1], x.shape[0], 1))"),
                ("fc(r_out).squeeze(-1)", "fc(r_out).reshape(features.shape)"),
            ),
            "reshape does not turn rows into columns",
        ),
        "turned on the way in only": (
            changed(EIGHT_WAVES, ("rnn(x)", "rnn(x.transpose(0, 1))")),
            "must be turned together",
        ),
        "one wave after the other": (
            """\
def predict_all(rnn, fc, features):
    h_n, predictions = None, []
    for wave in features:
        r_out, h_n = rnn(wave.reshape(-1, 1), h_n)
        predictions.append(fc(r_out).flatten())
    return torch.stack(predictions)""",
            "from one wave to the next",
        ),
        "one point after the other": (
            """\
def predict_all(rnn, fc, features):
    columns = [fc(rnn(column[None, :, None])[0]) for column in features.T]
    return torch.cat([column.reshape(-1, 1) for column in columns], dim=1)""",
            "there is no memory",
        ),
        "a network of its own": (
            changed(EIGHT_WAVES, ("rnn(x)", "nn.RNN(1, 32, batch_first=True)(x)")),
            "asked twice the same",
        ),
        "a copy of the network": (
            changed(
                EIGHT_WAVES,
                (
                    "    r_out, h_n = rnn(x)",
                    "    copied = nn.RNN(1, 32, batch_first=True)\n"
                    "    copied.load_state_dict(rnn.state_dict())\n"
                    "    r_out, h_n = copied(x)",
                ),
            ),
            "no gradient reaches rnn",
        ),
        "squeezed": (
            """\
def predict_all(rnn, fc, features):
    r_out, h_n = rnn(features.T.unsqueeze(-1))
    return fc(r_out).squeeze().t()""",
            "for features (1, ",
        ),
        "without the mean of the batch": (
            changed(
                EIGHT_WAVES,
                ("rnn(x)", "rnn((x - x.mean(dim=0)).transpose(0, 1))"),
                ("fc(r_out)", "fc(r_out).transpose(0, 1)"),
            ),
            "the waves are still mixed",
        ),
    },
)

# Stuck at the floor: the state is lost between windows --------------------------------------------

STUCK = """\
def train_carried(rnn, optimizer, windows):  # windows that roll on: (num_steps, 1, 21, 1)
    hidden, losses = torch.zeros(1, 1, 32), []  # initialise once
    for window in windows:
        prediction, h_n = rnn(window[:, :-1], hidden)  # carry
        hidden = hidden.detach()  # detach
        loss = nn.functional.mse_loss(prediction, window[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses"""


def _show_stuck(program):
    rnn = WaveRNN()
    optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)  # fused would hide an error
    losses = shaped(numbers(program(rnn, optimizer, rolling(150))), "the losses", (150,))
    floor = ambiguity_floor(start=0, step=9) / 20
    ax = plt.subplots()[1]
    ax.plot(losses, color="#0072B2", marker="^", markevery=10, label="loss of the window")
    ax.axhline(floor, color="#333333", linestyle=":", label="floor of networks without a past")
    ax.set(yscale="log", ylim=(1e-6, 3), xlabel="step of training", ylabel="MSE of the window")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    last = losses[-10:].mean()
    show_figure(
        ax,
        f"The last ten losses have a mean of {last:.1g}, {'above' if last > floor else 'below'} "
        f"the floor of {floor:.1g}.",
    )


def _examine_stuck(answer, rng):
    num, seq_len = 4, int(rng.integers(6, 12))
    rnn, windows = remembering(rng), uniform(rng, num, 1, seq_len + 1, 1)

    def ask(lr):
        model = copy.deepcopy(rnn)
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        returned = tried(
            {
                "backward through the graph a second time": "the second window's gradient wants "
                "to go back into the first; the state that is carried must drop its history.",
                "modified by an inplace operation": "the second window's gradient goes back into "
                "the first, through weights that the optimizer has changed since; detach the state "
                "that is carried.",
            },
            answer,
            model,
            optimizer,
            windows.clone(),
        )
        return shaped(numbers(returned, "the losses"), "the array of losses", (num,)), model

    still, model = ask(0.0)
    only_the_optimizer_moves(model, rnn)
    if not same(still, ask(0.0)[0]):
        raise Wrong("asked twice to do the same, it gives other losses.")
    whole = carried_losses(rnn, windows)
    fresh = np.concatenate([carried_losses(rnn, windows[i : i + 1]) for i in range(num)])
    if same(still, fresh):
        raise Wrong(
            "with a learning rate of 0, every window gives the loss that it has from a zero state: "
            "what the window before left behind never arrives."
        )
    if not same(still[0], whole[0]):
        raise Wrong(
            f"the first window starts from zeros, so its loss is {whole[0]:.4f}; it is "
            f"{still[0]:.4f}."
        )
    if not same(still[1], whole[1]):
        late = (
            ", and the third starts from a state that is too old"
            if same(still[1], fresh[1])
            else ""
        )
        raise Wrong(f"the second window does not start from the state that the first left{late}.")
    if not same(still, whole):
        raise Wrong(
            "the second window gets the state of the first, but the third does not get that of "
            "the second."
        )
    losses, _ = ask(0.05)
    weights_move(losses, still)
    if not same(losses, carried_losses(rnn, windows, lr=0.05), atol=1e-4):
        raise Wrong(
            "as long as the weights stand still the losses are right, in training they are not: is "
            "there one gradient and one step for every window?"
        )
    return (
        "Window after window gives the losses of one long run; from zeros they would differ by up "
        f"to {abs(whole - fresh).max():.1g}."
    )


keep(
    "stuck",
    STUCK,
    _show_stuck,
    _examine_stuck,
    hints=(
        "Below that floor comes only who remembers the window before. Does this network?",
        "Print hidden.abs().max() at the beginning of each window.",
        "Two names hold a state here. Follow each of them once around the loop: where does it "
        "come from, and where does it go?",
    ),
    solution=changed(STUCK, ("hidden = hidden.detach()", "hidden = h_n.detach()")),
    misconceptions={
        "a clone": (
            changed(STUCK, ("hidden.detach()", "hidden.detach().clone()")),
            "never arrives",
        ),
        "handed out and not detached": (
            changed(
                STUCK,
                ("prediction, h_n", "prediction, hidden"),
                ("        hidden = hidden.detach()  # detach\n", ""),
            ),
            "must drop its history",
        ),
        "detached and not kept": (
            changed(
                STUCK,
                ("prediction, h_n", "prediction, hidden"),
                ("hidden = hidden.detach()", "hidden.detach()"),
            ),
            "must drop its history",
        ),
        "carried, with the graph retained": (
            changed(
                STUCK,
                ("hidden = hidden.detach()", "hidden = h_n"),
                ("backward()", "backward(retain_graph=True)"),
            ),
            "weights that the optimizer has changed since",
        ),
        "the state of the first window for all": (
            changed(
                STUCK,
                (
                    "hidden = hidden.detach()",
                    "hidden = hidden.detach() if losses else h_n.detach()",
                ),
            ),
            "the third does not get that of the second",
        ),
        "a random start": (
            changed(STUCK, ("(window[:, :-1], hidden)", "(window[:, :-1], torch.rand(1, 1, 32))")),
            "asked twice to do the same",
        ),
        "one window late": (
            changed(
                STUCK,
                (
                    "hidden, losses = torch.zeros(1, 1, 32), []",
                    "hidden = late = None\n    losses = []",
                ),
                ("hidden = hidden.detach()", "hidden, late = late, h_n.detach()"),
            ),
            "a state that is too old",
        ),
        "one step at the end": (
            changed(
                STUCK,
                ("hidden = hidden.detach()", "hidden = h_n.detach()"),
                ("        optimizer.step()\n", ""),
                ("    return losses", "    optimizer.step()\n    return losses"),
            ),
            "every window ends in a step",
        ),
    },
)

# Thirty windows, one step: the state is never detached --------------------------------------------

THIRTY = """\
def add_up(rnn, windows):  # the gradients of many windows, for one step of the optimizer
    hidden, losses = None, []
    for window in windows:
        prediction, hidden = rnn(window[:, :-1], hidden)  # carry
        loss = nn.functional.mse_loss(prediction, window[:, 1:])
        loss.backward(retain_graph=True)  # the error message asked for it
        losses.append(loss.item())
    return losses"""


class Visited(WaveRNN):
    """Counts how often a gradient comes back into the state that each call returned.

    ``walked`` counts by the call that came last: how many windows, its own included, the gradient
    of a window goes through. ``last`` is the prediction that came last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[int] = []
        self.walked: list[int] = []
        self.last: torch.Tensor | None = None

    def forward(
        self, x: torch.Tensor, h_0: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Predict, and wait for gradients."""
        if isinstance(x, torch.Tensor) and x.is_floating_point() and not x.requires_grad:
            x = x.detach().requires_grad_()  # its gradient comes once the window is gone through
        prediction, h_n = super().forward(x, h_0)
        if h_n.requires_grad:
            number = len(self.visits)
            self.visits.append(0)
            self.walked.append(0)
            self.last = prediction
            h_n.register_hook(lambda _: self._count(self.visits, number))
            x.register_hook(lambda _: self._count(self.walked, -1))
        return prediction, h_n

    def _count(self, counts: list[int], number: int) -> None:
        counts[number] += 1

    def keeps_its_graph(self) -> bool:
        """Whether a gradient can still go back from the last prediction."""
        try:
            torch.autograd.grad(self.last.sum(), self.fc.weight)
        except RuntimeError:
            return False
        return True


def _show_thirty(program):
    rnn = Visited()
    program(rnn, rolling(30))
    walked = np.array(rnn.walked)
    if len(walked) != 30:
        raise Wrong("the network must read each of the 30 windows once, with gradients recorded.")
    ax = plt.subplots()[1]
    ax.bar(np.arange(1, 31), walked, color="#0072B2")
    ax.set(ylim=(0, 31), xlabel="number of the window", ylabel="windows gone through")
    ax.set_title(f"together: {walked.sum()}")
    show_figure(
        ax,
        f"How many windows a gradient goes through: {walked[0]} for window 1, {walked[-1]} for "
        f"window 30, {walked.sum()} for all 30 together.",
    )


def _gradient(rnn):
    return np.concatenate([p.grad.double().numpy().ravel() for p in rnn.parameters()])


def _added_up(rnn, windows, carry=True, last_only=False):
    """Return losses and added gradients as they should be, or as one of the mistakes has them."""
    rnn, state, losses = copy.deepcopy(rnn), None, []
    for window in windows:
        prediction, h_n = rnn(window[:, :-1], state)
        loss = nn.functional.mse_loss(prediction, window[:, 1:])
        if last_only:
            rnn.zero_grad()
        loss.backward()
        state = h_n.detach() if carry else None
        losses.append(loss.item())
    return np.array(losses), _gradient(rnn)


def _examine_thirty(answer, rng):
    num, seq_len = int(rng.integers(5, 8)), int(rng.integers(4, 8))
    spy, plain = Visited().float(), remembering(rng)
    spy.load_state_dict(plain.state_dict())
    windows = uniform(rng, num, 1, seq_len + 1, 1)
    losses = shaped(
        numbers(called(answer, spy, windows.clone()), "the losses"), "the array of losses", (num,)
    )
    if any(p.grad is None for p in spy.parameters()):
        raise Wrong("after your function there is no gradient in the network.")
    if not np.isfinite(_gradient(spy)).all():
        raise Wrong("the gradients hold NaN or infinity.")
    if max(spy.visits, default=0) > 1:
        most = int(np.argmax(spy.visits))
        where = f"of {num} windows, the gradient came back into"
        if spy.visits[0] < num - 1:
            raise Wrong(
                f"{where} one, number {most + 1}, {spy.visits[most]} times; every window should "
                "begin without the record of the one before."
            )
        raise Wrong(
            f"{where} the first one {spy.visits[0]} times, once for every window after it. (detach "
            "and clone: both return a new tensor; which of them drops the record, and is it kept?)"
        )
    handed_on = sum(spy.visits)
    if 0 < handed_on < num - 1:
        raise Wrong(
            f"{handed_on} of the {num} windows still hand their record to the window after; none "
            "should."
        )
    if handed_on:
        raise Wrong(
            "the time no longer grows with every window, but the record does: one gradient goes "
            "back through all windows at once."
        )
    right_losses, right = _added_up(plain, windows)
    fresh, _ = _added_up(plain, windows, carry=False)
    if same(losses, fresh):
        raise Wrong(
            "nothing grows any more, but the memory is gone too: every window starts from zeros."
        )
    if not same(losses, right_losses):
        raise Wrong(
            f"the losses have changed: the second should be {right_losses[1]:.4f}, it is "
            f"{losses[1]:.4f}."
        )
    if same(_gradient(spy), _added_up(plain, windows, last_only=True)[1]):
        raise Wrong("the gradient is that of the last window only; those of all should add up.")
    if not same(_gradient(spy), right):
        raise Wrong("the gradients are not those of the single windows, added up.")
    retained = " retain_graph=True is not needed any more; take it out."
    return (
        "The losses are the same, and no gradient goes back into the window before. The values of "
        f"the state still do their work.{retained if spy.keeps_its_graph() else ''}"
    )


DETACHED = changed(
    THIRTY,
    ("prediction, hidden =", "prediction, h_n ="),
    ("  # carry\n", "  # carry\n        hidden = h_n.detach()\n"),
    ("retain_graph=True)  # the error message asked for it", ")"),
)
keep(
    "thirty_windows",
    THIRTY,
    _show_thirty,
    _examine_thirty,
    hints=(
        "Think of the last window. What does its gradient have to go back through?",
        "Take retain_graph=True away and read the first line of the error. What does the second "
        "window's gradient want in the first window?",
        "Notebook 04 has three words for what happens to the state. One of them is missing here.",
    ),
    solution=DETACHED,
    misconceptions={
        "detached and not kept": (
            changed(THIRTY, ("  # carry\n", "  # carry\n        hidden.detach()\n")),
            "once for every window after it",
        ),
        "cloned": (
            changed(THIRTY, ("  # carry\n", "  # carry\n        hidden = hidden.clone()\n")),
            "once for every window after it",
        ),
        "every window from zeros": (
            changed(THIRTY, ("(window[:, :-1], hidden)", "(window[:, :-1])")),
            "the memory is gone",
        ),
        "one sum": (
            changed(
                THIRTY,
                (
                    "        loss.backward(retain_graph=True)  # the error message asked for it\n",
                    "        total = loss if not losses else total + loss\n",
                ),
                ("    return", "    total.backward()\n    return"),
            ),
            "through all windows at once",
        ),
        "gradients set to zero": (
            changed(DETACHED, ("loss.backward()", "rnn.zero_grad()\n        loss.backward()")),
            "the last window only",
        ),
        "every other window": (
            changed(
                DETACHED,
                ("= h_n.detach()", "= h_n.detach() if len(losses) % 2 else h_n"),
                ("backward()", "backward(retain_graph=True)"),
            ),
            "still hand their record",
        ),
        "every third window": (
            changed(
                DETACHED,
                ("= h_n.detach()", "= h_n if len(losses) % 3 else h_n.detach()"),
                ("backward()", "backward(retain_graph=True)"),
            ),
            "without the record of the one before",
        ),
        "a loss without a record": (
            changed(
                THIRTY,
                (
                    "loss.backward(retain_graph=True)  # the error message asked for it",
                    "loss = loss.detach()",
                ),
            ),
            "no gradient in the network",
        ),
    },
)
