"""Notebook 03: other answers, and which answer of a question is right."""

import torch
from practice_answers import each_answer_decided, other_answers

import rnn_helpers as rh

test_right, test_wrong = other_answers(
    right={
        "shapes": (
            "shapes = dict(x=[5, 7, 2], r_out=[5, 7, 6], h_n=[3, 5, 6], prediction=[5, 7.0, 1])",
            "(5, 7, 6) => nn.RNN(2, 6)(torch.zeros(5, 7, 2))[0].shape",
        ),
        "parameters": (
            "num_parameters = lambda *sizes: sum(p.numel() for p in nn.RNN(*sizes).parameters())",
        ),
        "turned": (
            """\
def turned(rnn, x):
    other = nn.RNN(rnn.input_size, rnn.hidden_size, rnn.num_layers, batch_first=True)
    other.load_state_dict(rnn.state_dict())
    return [value.detach().numpy() for value in other(x)]""",
        ),
    },
    wrong={
        "shapes": {
            "(5, 7, 6) => (6, 5, 7)": "your r_out is not right",
            "(3, 5, 6) => (5, 3, 6)\n7, 1 => 7, 9": "in your h_n the batch comes first",
        },
        "last": {
            "r_out[:, -1], h_n[-1] => h_n[-1], r_out[:, -1]": "swapped; from_r_out should",
            "h_n[-1] => h_n[3]": "it is right for r_out of shape (5, 9, 12)",
            "h_n[-1] => h_n[0]\n[:, -1] => [:, 0]": "you take h_n[0], the bottom layer",
        },
        "parameters": {"(num_layers - 1) => (num_layers > 1)": "your function says"},
    },
)


def layers(r_out, h_n):
    return 2, torch.zeros(r_out), torch.zeros(h_n)


def moved(*sizes):
    return ({True: [(1,)] * 3, False: [(size,) for size in sizes]},)


MEASURED = {
    "how many numbers": [(rh.WaveRNN(hidden_size=hidden),) for hidden in (9, 20, 32, 96)],
    "layers in a shape": [layers(2, 1), layers(1, 2), layers(2, 2), layers(1, 1)],
    "end of r_out": [
        ([torch.tensor(a), b],) for a, b in ((0, 0.03), (0.8, 0), (0, 0), (0.8, 0.03))
    ],
    "what batch_first moves": [
        moved(*sizes) for sizes in ((2, 2, 2), (2, 2, 1), (2, 1, 1), (1, 1, 2), (1, 1, 1))
    ],
}
test_which_answer_is_right = each_answer_decided(MEASURED)
