"""Three programs about the hidden state: who gets it, where it goes, and what it drags along."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from ...evaluation import ambiguity_floor
from ...figures import show as show_figure
from ...network import WaveRNN
from ..inputs import uniform
from ..trace import Wrong
from .base import fit, keep, read, remembering, trainable, turning

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
        predictions = trainable(program(rnn, fc, features), "the prediction")
        read(predictions, "the prediction", (8, 20))
        return nn.functional.mse_loss(predictions, labels)

    fit([*rnn.parameters(), *fc.parameters()], loss_of, 150)
    what = "for features (1, 20) the prediction"
    with torch.no_grad():
        together = program(rnn, fc, features).numpy()[:, 10:]
        alone = [read(program(rnn, fc, one[None]), what, (1, 20))[0, 10:] for one in features]
    for what, predictions in (("all eight at once:", together), ("one at a time:    ", alone)):
        error = np.mean((np.array(predictions) - labels[:, 10:].numpy()) ** 2)
        print(f"the eight waves, {what}  error {error:.1g}")
    apart = np.abs(together - alone).max()
    print(f"the two answers differ by up to {apart if apart > 1e-5 else 0:.1g}")


def _gradient(network):
    each = ((p, p.grad) for p in network.parameters())
    return torch.cat([(torch.zeros_like(p) if g is None else g).flatten() for p, g in each])


def _train_eight_waves(program, rnn, fc, features):
    predictions = trainable(program(rnn, fc, features), "the prediction")
    predictions.square().mean().backward()
    return predictions, _gradient(rnn), _gradient(fc)


keep(
    "eight_waves",
    EIGHT_WAVES,
    _show_eight_waves,
    inputs=lambda rng: [
        {"rnn": nn.RNN(1, 32), "fc": nn.Linear(32, 1), "features": uniform(rng, *shape)}
        for shape in ((1, 9), (4, 1), (6, 6), (rng.integers(3, 6), 10))
    ],
    use=_train_eight_waves,
    returns=("the prediction", "the gradient of rnn", "the gradient of fc"),
    right="A wave is read through time, and what its neighbours do is nothing to it.",
    title="Eight waves at once",
    hints=(
        "What a network says about a wave should not depend on the other waves of the batch.",
        "Print h_n.shape for eight waves of 20 points. Its middle number should be the batch.",
        "The rnn was made as nn.RNN(1, 32) and nothing else. Which axis does it take for the time?",
    ),
    solution="rnn(x) => rnn(x.transpose(0, 1))  # time first, then batch\n"
    "fc(r_out).squeeze(-1) => fc(r_out).transpose(0, 1).squeeze(-1)",
    wrong={
        "a point of one wave changes your predictions for the waves after it, at that time only: "
        "the state is handed from wave to wave, not through time.": "",
        "the predictions are right, but rnn.batch_first stays True, and whoever uses rnn next gets "
        "batch and time swapped; turn x.": "r_out, h_n => rnn.batch_first = True; r_out, h_n",
        "with features {tuple(features.shape)}, your predictions have shape {given.shape}; both "
        "input and output must be turned.": (
            "rnn(x) => rnn(x.transpose(0, 1))",
            ").squeeze(-1) => ).squeeze(-1).T",
        ),
        "your predictions mix points of different waves: reshape does not turn rows into columns, "
        "it only breaks the lines elsewhere.": (
            "rnn(x) => rnn(x.reshape(*x.shape[1::-1], 1))\n).squeeze(-1) => ).reshape(x.shape[:2])",
            "rnn(x) => rnn(x.reshape(*x.shape[1::-1], 1))\n).squeeze(-1) => ).squeeze(-1).T",
            "rnn(x) => rnn(x.transpose(0, 1))\n).squeeze(-1) => ).reshape(x.shape[:2])",
        ),
        "the state goes on from one of your waves to the next; each must start from zeros.": (
            "rnn(x) => rnn(x.reshape(-1, 1, 1))\n).squeeze(-1) => ).reshape(x.shape[:2])"
        ),
        "your predictions know nothing of the points before: each is read without a memory.": (
            "rnn(x) => rnn(x.reshape(1, -1, 1))\n).squeeze(-1) => ).reshape(x.shape[:2])"
        ),
        "your waves are read by another network, made in each call, and no gradient reaches rnn.": (
            "rnn(x) => nn.RNN(1, 32, batch_first=True)(x)",
            "r_out, h_n = rnn(x) => copied = nn.RNN(1, 32, batch_first=True); "
            "copied.load_state_dict(rnn.state_dict()); r_out, h_n = copied(x)",
        ),
        "for features {tuple(features.shape)}, your predictions have shape {given.shape}: "
        "squeeze() takes away every axis of length 1, squeeze(-1) only the last.": (
            "rnn(x) => rnn(x.transpose(0, 1))\nfc(r_out).squeeze(-1) => fc(r_out).squeeze().T"
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
    losses = read(program(rnn, optimizer, turning(150)), "the losses", (150,))
    floor = ambiguity_floor(start=0, step=9) / 20
    ax = plt.subplots()[1]
    ax.plot(losses, color="#0072B2", marker="^", markevery=10, label="loss of the window")
    ax.axhline(floor, color="#333333", linestyle=":", label="floor of networks without a past")
    ax.set(yscale="log", ylim=(1e-6, 3), xlabel="step of training", ylabel="MSE of the window")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    last = losses[-10:].mean()
    side = "above" if last > floor else "below"
    said = f"The last ten losses have a mean of {last:.1g}, {side} the floor of {floor:.1g}."
    show_figure(ax, said)


def in_training(rng, num):
    """Return a network, an optimizer that remembers its steps, and windows that roll on."""
    rnn, windows = remembering(rng), turning(num, rng.uniform(0, 360), step=11)
    optimizer = torch.optim.SGD(rnn.parameters(), lr=0.05, momentum=0.9)
    return {"rnn": rnn, "optimizer": optimizer, "windows": windows}


keep(
    "stuck",
    STUCK,
    _show_stuck,
    inputs=lambda rng: [in_training(rng, num) for num in (1, 2, int(rng.integers(4, 7)))],
    returns=("the losses",),
    right="Each window begins with the values of the state that the one before left, and no more.",
    title="Stuck at the floor",
    hints=(
        "Below that floor comes only who remembers the window before. Does this network?",
        "Print hidden.abs().max() at the beginning of each window.",
        "Two names hold a state. Follow each around the loop: where does it come from, and go?",
    ),
    solution="hidden = hidden.detach() => hidden = h_n.detach()",
    wrong={
        "your losses are those of windows that all start from zeros: what the window before left "
        "never arrives.": "",
        "the second window's gradient goes back into the first; a state must drop its history.": (
            "hidden = hidden.detach() => hidden = h_n",
            "hidden = hidden.detach() => hidden = h_n\nbackward() => backward(retain_graph=True)",
        ),
        "the second window gets the state of the first, but the third does not get that of the "
        "second.": "= hidden.detach() => = hidden.detach() if losses else h_n.detach()",
        "the state arrives one window late: your third window starts from what the first left.": (
            "hidden, losses = torch.zeros(1, 1, 32), [] => hidden, late, losses = None, None, []\n"
            "hidden = hidden.detach() => hidden, late = late, h_n.detach()"
        ),
        "your windows start from random states; each must start from what the one before left.": (
            "(window[:, :-1], hidden) => (window[:, :-1], torch.rand(1, 1, 32))"
        ),
        "the state is carried, but the weights stand still; every window ends in a step.": (
            "hidden = hidden.detach() => hidden = h_n.detach()\noptimizer.step() => pass"
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


def _show_thirty(program):
    rnn, walked = WaveRNN(), []

    def watch(module, inputs):
        if torch.is_grad_enabled():
            walked.append(0)
            x = inputs[0].detach().requires_grad_()  # its gradient comes when it is gone through
            x.register_hook(lambda _: walked.append(walked.pop() + 1))
            return x, *inputs[1:]

    rnn.register_forward_pre_hook(watch)
    program(rnn, turning(30))
    if len(walked) != 30:
        raise Wrong("the network must read each of the 30 windows once, with gradients recorded.")
    ax = plt.subplots()[1]
    ax.bar(np.arange(1, 31), walked, color="#0072B2")
    ax.set(ylim=(0, 31), xlabel="number of the window", ylabel="windows gone through")
    ax.set_title(f"together: {sum(walked)}")
    said = (
        f"{walked[0]} for window 1, {walked[-1]} for window 30, {sum(walked)} for all 30 together"
    )
    show_figure(ax, f"How many windows a gradient goes through: {said}.")


keep(
    "thirty_windows",
    THIRTY,
    _show_thirty,
    inputs=lambda rng: [
        {"rnn": remembering(rng), "windows": turning(num, rng.uniform(0, 360), step=11)}
        for num in (2, int(rng.integers(4, 7)))
    ],
    use=lambda program, rnn, windows: (program(rnn, windows), _gradient(rnn)),
    returns=("the losses", "the gradient"),
    right="The losses are the same, and no gradient goes back into the window before. If there is "
    "still a retain_graph=True, take it out: it is not needed any more.",
    title="Thirty windows, one step",
    hints=(
        "Think of the last window. What does its gradient have to go back through?",
        "Take retain_graph=True away and read the first line of the error. What does the second "
        "window's gradient want in the first window?",
        "Notebook 04 has three words for what happens to the state. One of them is missing here.",
    ),
    solution=THIRTY.replace("prediction, hidden", "prediction, h_n")
    .replace("# carry\n", "# carry\n        hidden = h_n.detach()\n")
    .replace("retain_graph=True)  # the error message asked for it", ")"),
    wrong={
        "each gradient still goes back through all windows before. (detach and clone both return a "
        "new tensor; which of them drops the record, and is it kept?)": "",
        "nothing grows any more, but the memory is gone too: every window starts from zeros.": (
            "(window[:, :-1], hidden) => (window[:, :-1])"
        ),
        "nothing grows any more, but your gradient is that of the last window only.": (
            "hidden)  # carry => hidden); hidden = hidden.detach()\n"
            "loss.backward(retain_graph=True) => rnn.zero_grad(); loss.backward()"
        ),
    },
)
