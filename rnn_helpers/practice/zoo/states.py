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
        print(f"the eight waves, {what} error {error:.1g}")
    apart = np.abs(together - alone).max()
    print(f"the two predictions of a point differ by up to {apart if apart > 1e-5 else 0:.1g}")


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
    right="Each wave is now read through time, and its neighbours in the batch make no difference.",
    cause="without batch_first=True, nn.RNN takes the first axis for the time. So the state was "
    "handed from wave to wave, and not from point to point.",
    habit="ask about one sequence alone and in company. The answers must agree.",
    title="Eight waves at once",
    hints=(
        "What a network predicts for a wave should not depend on the other waves of the batch.",
        "Print h_n.shape for eight waves of 20 points. Its middle number should be the batch.",
        "The rnn was made as nn.RNN(1, 32), without batch_first. Which axis does it take for the "
        "time?",
    ),
    solution="rnn(x) => rnn(x.transpose(0, 1))  # time first, then batch\n"
    "fc(r_out).squeeze(-1) => fc(r_out).transpose(0, 1).squeeze(-1)",
    wrong={
        "in your program a point of one wave changes the predictions for the waves below it, at "
        "that time only: the state is handed from wave to wave, and not through time.": "",
        "your predictions are right, but you leave rnn.batch_first at True, and whoever uses rnn "
        "next gets batch and time swapped; transpose x instead.": (
            "r_out, h_n => rnn.batch_first = True; r_out, h_n"
        ),
        "for features {tuple(features.shape)}, your predictions have shape {given.shape}; if you "
        "transpose the input, the output must be transposed back.": (
            "rnn(x) => rnn(x.transpose(0, 1))",
            ").squeeze(-1) => ).squeeze(-1).T",
        ),
        "your predictions mix points of different waves: reshape does not swap two axes, it only "
        "cuts the same row of numbers at other places.": (
            "rnn(x) => rnn(x.reshape(*x.shape[1::-1], 1))\n).squeeze(-1) => ).reshape(x.shape[:2])",
            "rnn(x) => rnn(x.reshape(*x.shape[1::-1], 1))\n).squeeze(-1) => ).squeeze(-1).T",
            "rnn(x) => rnn(x.transpose(0, 1))\n).squeeze(-1) => ).reshape(x.shape[:2])",
        ),
        "your predictions know nothing of earlier points: you read each point without a memory.": (
            "rnn(x) => rnn(x.reshape(1, -1, 1))\n).squeeze(-1) => ).reshape(x.shape[:2])"
        ),
        "your waves are read by a new network, made in each call, "
        "so no gradient reaches rnn.": "rnn(x) => nn.RNN(1, 32, batch_first=True)(x)",
        "for features {tuple(features.shape)}, your predictions have shape {given.shape}: "
        "squeeze() removes every axis of length 1, squeeze(-1) only the last.": (
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
    ax.axhline(floor, color="#333333", linestyle=":", label="floor without the last window")
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
    right="Each window now begins with the values of the state that the last one left, and with "
    "none of its history.",
    cause="the loop detached the old zeros and carried those on. The new state, h_n, was never "
    "used.",
    habit="print what ought to change, such as the state at the start of each window, and see it "
    "change.",
    title="Stuck at the floor",
    hints=(
        "Only a network that remembers the last window gets below that floor. Does this one?",
        "Print hidden.abs().max() at the beginning of each window.",
        "Two names hold a state. Follow each of them round the loop: where does it come from, and "
        "where does it go?",
    ),
    solution="hidden = hidden.detach() => hidden = h_n.detach()",
    wrong={
        "your losses are those of windows that all start from zeros: what a window leaves never "
        "reaches the next.": "",
        "the gradient of your second window goes back into the first: the state you carry still "
        "has its history.": (
            "hidden = hidden.detach() => hidden = h_n",
            "hidden = hidden.detach() => hidden = h_n\nbackward() => backward(retain_graph=True)",
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
        raise Wrong("your network should read each of 30 windows once, with gradients recorded.")
    ax = plt.subplots()[1]
    ax.bar(np.arange(1, 31), walked, color="#0072B2")
    ax.set(ylim=(0, 31), xlabel="window", ylabel="windows its gradient goes through")
    ax.set_title(f"all together: {sum(walked)}")
    said = (
        f"{walked[0]} for window 1, {walked[-1]} for window 30, {sum(walked)} for all 30 together"
    )
    show_figure(ax, f"Windows that a gradient goes back through: {said}.")


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
    right="Your losses are what they were, and each gradient now stays in its own window. If "
    "retain_graph=True is still there, take it out: nothing needs it any more.",
    cause="the state carried its history along, so each backward went through all earlier windows. "
    "retain_graph=True kept that history alive where it should have ended.",
    habit="count the work of a step. An error message tells you what happened; the advice in it "
    "may not fit your program.",
    title="Thirty windows, one step",
    hints=(
        "Think of the last window. What does its gradient have to go back through?",
        "Take retain_graph=True away and read the first line of the error. What is the second "
        "window's gradient looking for in the first window?",
        "Notebook 04 has three words for what happens to the state. One of them is missing here.",
    ),
    solution=THIRTY.replace("prediction, hidden", "prediction, h_n")
    .replace("# carry\n", "# carry\n        hidden = h_n.detach()\n")
    .replace("retain_graph=True)  # the error message asked for it", ")"),
    wrong={
        "your gradients still go back through all earlier windows. (detach and clone both return a "
        "new tensor. Which of them drops the history, and do you use what it returns?)": "",
        "your work no longer grows, but the memory is gone too: "
        "every window starts from zeros.": "(window[:, :-1], hidden) => (window[:, :-1])",
        "your work no longer grows, but what is left is the gradient of the last window alone.": (
            "hidden)  # carry => hidden); hidden = hidden.detach()\n"
            "loss.backward(retain_graph=True) => rnn.zero_grad(); loss.backward()"
        ),
    },
)
