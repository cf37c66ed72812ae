"""Notebook 03: other answers, and which answer of a question is right."""

import pytest
import torch
from practice_answers import other_answers

import rnn_helpers as rh
from rnn_helpers.practice import QUESTIONS

test_right, test_wrong = other_answers(
    right={
        "shapes": (
            "shapes = dict(x=[5, 7, 2], r_out=[5, 7, 6], h_n=[3, 5, 6], prediction=[5, 7.0, 1])",
            "(5, 7, 6) => nn.RNN(2, 6)(torch.zeros(5, 7, 2))[0].shape",
        ),
        "last": (
            "r_out[:, -1], h_n[-1] => r_out.unbind(1)[-1].tolist(), h_n.numpy()[-1]",
            "r_out[:, -1], h_n[-1] => torch.stack([r_out[:, -1], h_n[len(h_n) - 1]])",
        ),
        "parameters": (
            "num_parameters = lambda *sizes: sum(p.numel() for p in nn.RNN(*sizes).parameters())",
            "return first + (num_layers - 1) * => return first + np.float64(num_layers - 1) *",
        ),
        "turned": (
            "x.transpose(0, 1) => x.permute(1, 0, 2)",
            """\
def turned(rnn, x):
    other = nn.RNN(rnn.input_size, rnn.hidden_size, rnn.num_layers, batch_first=True)
    other.load_state_dict(rnn.state_dict())
    return [value.detach().numpy() for value in other(x)]""",
        ),
    },
    wrong={
        "shapes": {
            "(3, 5, 6) => (18,)": "your h_n is not right",
            "(5, 7, 6) => (6, 5, 7)": "your r_out is not right",
            "(3, 5, 6) => (5, 3, 6)\n7, 1 => 7, 9": "in your h_n the batch comes first",
        },
        "last": {
            "h_n[-1] => h_n[-1].squeeze(0)": "from_h_n should have shape (1, 12)",
            "h_n[-1] => h_n[3]": "it is right for r_out of shape (5, 9, 12)",
            "h_n[-1] => h_n[0]\n[:, -1] => [:, 0]": "you take h_n[0], the bottom layer",
        },
        "parameters": {
            "return first => return 0.5 + first": "your function says",
            "return => return str(hidden_size); return": "must be numbers",
            "(num_layers - 1) => (num_layers > 1)": "your function says",
        },
        "turned": {
            "1), h_n => 1), h_n.flip(0)": "h_n[",
            "return => x.zero_(); return": "your function changed x",
        },
    },
)


@pytest.mark.parametrize(("hidden", "right"), [(9, 0), (20, 1), (32, 2), (96, 3)])
def test_how_many_numbers(hidden, right):
    why = f"There are {hidden * (hidden + 4) + 1}, and {hidden**2} of them are in weight_hh_l0, "
    why += f"which has the shape {(hidden, hidden)}."
    assert QUESTIONS["how many numbers"].judge(rh.WaveRNN(hidden_size=hidden)) == (right, why)


@pytest.mark.parametrize(("r_out", "h_n", "right"), [(2, 1, 0), (1, 2, 1), (2, 2, 2), (1, 1, 3)])
def test_layers_in_a_shape(r_out, h_n, right):
    judged, why = QUESTIONS["layers in a shape"].judge(2, torch.zeros(r_out), torch.zeros(h_n))
    assert (judged, f"r_out is ({r_out},), that is (batch" in why) == (right, True)


WORDS = {0: "less than 0.000001", 0.03: "0.03", 0.8: "more than 0.1"}


@pytest.mark.parametrize(
    ("bottom", "top", "right"), [(0, 0.03, 0), (0.8, 0, 1), (0, 0, 2), (0.8, 0.03, 3)]
)
def test_end_of_r_out(bottom, top, right):
    why = f"h_n[0] differs from the last point of r_out by {WORDS[bottom]}, h_n[1] by {WORDS[top]}."
    assert QUESTIONS["end of r_out"].judge([torch.tensor(bottom), top]) == (right, why)


MOVED = "xxx", "xx-", "x--", "--x", "---"


@pytest.mark.parametrize("moved", MOVED)
def test_what_batch_first_moves(moved):
    without = [(2,) if each == "x" else (1,) for each in moved]
    judged, why = QUESTIONS["what batch_first moves"].judge({True: [(1,)] * 3, False: without})
    said = ["(1,) becomes (2,)" if each == "x" else "(1,) stays" for each in moved]
    rest = f"the input {said[0]}, the output {said[1]}, and h_n {said[2]}."
    assert (judged, why) == (MOVED.index(moved), f"Without batch_first {rest}")
