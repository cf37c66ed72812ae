"""The exercises and questions of notebook 03: other right answers, what a check says, judges."""

import numpy as np
import pytest
import torch
from practice_answers import assert_refused, assert_right, said_of
from torch import nn

import rnn_helpers as rh
from rnn_helpers.practice import QUESTIONS, dimensions

SEEDS = range(4)

RIGHT = {
    "lists": (
        "shapes",
        "shapes = dict(x=[5, 7, 2], r_out=[5, 7, 6], h_n=[3, 5, 6], prediction=[5, 7, 1])",
    ),
    "shapes of what was built": (
        "shapes",
        """\
x = torch.zeros(5, 7, 2)
r_out, h_n = nn.RNN(2, 6, 3, batch_first=True)(x)
shapes = {"x": x.shape, "r_out": r_out.shape, "h_n": h_n.shape}
shapes["prediction"] = nn.Linear(6, 1)(r_out).detach().numpy().shape""",
    ),
    "counted from a network": (
        "parameters",
        "num_parameters = lambda *sizes: sum(p.numel() for p in nn.RNN(*sizes).parameters())",
    ),
    "layer by layer": (
        "parameters",
        """\
def num_parameters(input_size, hidden_size, num_layers):
    total = 0
    for layer in range(num_layers):
        reads = hidden_size if layer else input_size
        total += (reads + 1) * hidden_size + (hidden_size + 1) * hidden_size
    return np.int64(total)""",
    ),
    "as a float": (
        "parameters",
        """\
def num_parameters(input_size, hidden_size, num_layers):
    first = input_size * hidden_size + hidden_size**2 + 2 * hidden_size
    return first + (num_layers - 1) * 2.0 * hidden_size * (hidden_size + 1)""",
    ),
    "permuted, as an array": (
        "turned",
        """\
def turned(rnn, x):
    r_out, h_n = rnn(x.permute(1, 0, 2))
    return [r_out.movedim(0, 1).detach().numpy(), h_n]""",
    ),
    "one sequence after the other": (
        "turned",
        """\
def turned(rnn, x):
    pairs = [rnn(one[:, None]) for one in x]
    return torch.stack([r[:, 0] for r, _ in pairs]), torch.cat([h for _, h in pairs], dim=1)""",
    ),
    "another network with the same weights": (
        "turned",
        """\
def turned(rnn, x):
    other = nn.RNN(rnn.input_size, rnn.hidden_size, rnn.num_layers, batch_first=True)
    other.load_state_dict(rnn.state_dict())
    return other(x)""",
    ),
    "changed and put back": (
        "turned",
        """\
def turned(rnn, x):
    rnn.batch_first = True
    r_out, h_n = rnn(x)
    rnn.batch_first = False
    return r_out, h_n""",
    ),
    "by their numbers": (
        "last",
        "last_hidden = lambda r_out, h_n: (r_out[:, r_out.shape[1] - 1], h_n[len(h_n) - 1, :, :])",
    ),
    "as lists": (
        "last",
        "last_hidden = lambda r_out, h_n: [r_out.unbind(1)[-1].tolist(), h_n.numpy()[-1]]",
    ),
    "stacked": ("last", "last_hidden = lambda r_out, h_n: torch.stack([r_out[:, -1], h_n[-1]])"),
    "x turned and put back": (
        "turned",
        """\
def turned(rnn, x):
    r_out, h_n = rnn(x.transpose_(0, 1))
    x.transpose_(0, 1)
    return r_out.transpose(0, 1), h_n""",
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_another_right_answer_is_right(case):
    assert_right(*RIGHT[case], SEEDS)


def shapes(**changed):
    right = {"x": (5, 7, 2), "r_out": (5, 7, 6), "h_n": (3, 5, 6), "prediction": (5, 7, 1)}
    return f"shapes = {right | changed}"


SAID = {
    "no dict": ("shapes", "shapes = (5, 7, 6)", "must be a dict, a tuple for each name"),
    "one missing": ("shapes", 'shapes = {"x": (5, 7, 2)}', "shapes has no 'r_out'"),
    "a shape as a string": ("shapes", shapes(h_n="(3, 5, 6)"), "h_n must be a tuple, such as"),
    "a shape with a half": ("shapes", shapes(h_n=(3, 5.5, 6)), "every size of h_n must be a whole"),
    "axes that can be read": (
        "shapes",
        shapes(r_out=(6, 5, 7)),
        "r_out is not (6, 5, 7), that is (hidden_size, batch, seq_len), with these sizes.",
    ),
    "axes that cannot": ("shapes", shapes(r_out=(5, 8, 6)), "r_out is not (5, 8, 6) with these"),
    "too few axes": ("shapes", shapes(h_n=(18,)), "with these sizes; it has 3 axes."),
    "x changed": ("shapes", shapes(x=(7, 5, 2)), "x is (seq_len, batch, input_size) there"),
    "layers side by side": ("shapes", shapes(r_out=(5, 7, 18)), "not put side by side"),
    "prediction flattened": ("shapes", shapes(prediction=(35, 1)), "prediction is flattened"),
    "another count": (
        "parameters",
        "num_parameters = lambda i, h, n: i + h + n",
        "numbers; your function says",
    ),
    "no whole number": (
        "parameters",
        "num_parameters = lambda i, h, n: i * h / 7 + 0.01",
        "must be a whole number",
    ),
    "right for many layers only": (
        "parameters",
        """\
def num_parameters(i, h, n):
    return h * (i + h + 2) + max(n - 1, 1) * h * (2 * h + 2)""",
        "for one it says",
    ),
    "h_n first": (
        "turned",
        "turned = lambda rnn, x: rnn(x.transpose(0, 1))[::-1]",
        "that is h_n; return r_out first",
    ),
    "backwards": (
        "turned",
        """\
def turned(rnn, x):
    r_out, h_n = rnn(x.transpose(0, 1))
    return r_out.transpose(0, 1).flip(1), h_n""",
        "r_out runs backwards in time",
    ),
    "other weights": (
        "turned",
        """\
def turned(rnn, x):
    return nn.RNN(rnn.input_size, rnn.hidden_size, rnn.num_layers, batch_first=True)(x)""",
        "r_out does not hold what this network says",
    ),
    "layers upside down": (
        "turned",
        """\
def turned(rnn, x):
    r_out, h_n = rnn(x.transpose(0, 1))
    return r_out.transpose(0, 1), h_n.flip(0)""",
        "h_n is not the last hidden state of every layer",
    ),
    "mean over time": (
        "last",
        "last_hidden = lambda r_out, h_n: (r_out.mean(1), h_n[-1])",
        "the mean over time",
    ),
    "the point before": (
        "last",
        "last_hidden = lambda r_out, h_n: (r_out[:, -2], h_n[-1])",
        "from r_out is not its last point in time",
    ),
    "all points": (
        "last",
        "last_hidden = lambda r_out, h_n: (r_out, h_n[-1])",
        "those are all points",
    ),
    "mean over the layers": (
        "last",
        "last_hidden = lambda r_out, h_n: (r_out[:, -1], h_n.mean(0))",
        "the mean over the layers",
    ),
    "something else": (
        "last",
        "last_hidden = lambda r_out, h_n: (r_out[:, -1], -h_n[-1])",
        "not the state of its top layer",
    ),
    "h_n alone": ("last", "last_hidden = lambda r_out, h_n: h_n", "return two things"),
    "the fourth layer": (
        "last",
        "last_hidden = lambda r_out, h_n: (r_out[:, -1], h_n[3])",
        "IndexError",
    ),
    "x overwritten": (
        "turned",
        """\
def turned(rnn, x):
    r_out, h_n = rnn(x.transpose(0, 1))
    x.zero_()
    return r_out.transpose(0, 1), h_n""",
        "your function changed x itself",
    ),
    "layer kept": (
        "last",
        "last_hidden = lambda r_out, h_n: (r_out[:, -1], h_n[-1:])",
        "h_n[-1] has none",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_check_says_what_is_wrong(case):
    assert_refused(*SAID[case], SEEDS)


def test_each_shape_that_has_a_sentence_meets_it():
    for name, mistakes in dimensions.INSTEAD.items():
        for shape, sentence in mistakes.items():
            said, right = said_of("shapes", shapes(**{name: shape}), 0)
            assert (said, right) == (f"Not yet: {sentence}", False)


# Questions ----------------------------------------------------------------------------------------


def answered(name, **measured):
    """Return the answer that is right for what was measured, and why."""
    right, why = QUESTIONS[name].judge(**measured)
    return QUESTIONS[name].answers[right], why


@pytest.mark.parametrize(
    ("sizes", "answer", "said"),
    [
        ((9, 1), "About 100", "There are 118, and 81 of them are in weight_hh_l0"),
        ((20, 1), "About 500", "There are 481, and 400 of them are in weight_hh_l0"),
        ((32, 1), "About 1000", "There are 1153, and 1024 of them are in weight_hh_l0"),
        ((64, 2), "About 10 000", "There are 12673, and 4096 of them are in weight_hh_l0"),
    ],
)
def test_the_model_decides_how_many_numbers(sizes, answer, said):
    hidden_size, num_layers = sizes
    model = rh.WaveRNN(hidden_size=hidden_size, num_layers=num_layers)
    right, why = answered("how many numbers", model=model)
    assert right == answer
    assert why == f"{said}, which has the shape {(hidden_size, hidden_size)}."


@pytest.mark.parametrize(
    ("batch_first", "batch", "hidden_size", "answer"),
    [
        (True, 1, 10, "In that of h_n"),
        (True, 3, 10, "In that of h_n"),
        (True, 2, 10, "In both"),
        (True, 1, 2, "In both"),
    ],
)
def test_the_shapes_decide_where_the_layers_show(batch_first, batch, hidden_size, answer):
    r_out, h_n = nn.RNN(1, hidden_size, 2, batch_first=batch_first)(torch.zeros(batch, 20, 1))
    right, why = answered("layers in a shape", num_layers=2, r_out=r_out, h_n=h_n)
    assert right == answer
    assert f"r_out is {(batch, 20, hidden_size)}, that is" in why
    assert f"h_n is {(2, batch, hidden_size)}, that is" in why
    assert "top" not in why  # which is what a later question asks


def test_the_layers_can_show_in_the_other_shape_and_in_none():
    seen, unseen = torch.zeros(2, 5), torch.zeros(1, 5)
    given = {"num_layers": 2, "r_out": seen, "h_n": unseen}
    assert answered("layers in a shape", **given)[0] == "In that of r_out"
    assert answered("layers in a shape", **given | {"r_out": unseen})[0] == "In neither"


@pytest.mark.parametrize(
    ("differences", "answer", "said"),
    [
        ((0.8, 0.0), "h_n[1], the top layer's", "by more than 0.1 and h_n[1] by less than 0.000"),
        ((1e-7, 0.03), "h_n[0], the bottom layer's", "less than 0.000001 and h_n[1] by 0.03."),
        ((0.0, 0.0), "Both", "h_n[0] differs by less than 0.000001 and h_n[1] by less than"),
        ((0.8, 0.2), "Neither", "h_n[0] differs by more than 0.1 and h_n[1] by more than 0.1."),
    ],
)
def test_the_differences_decide_which_entry_it_is(differences, answer, said):
    right, why = answered("end of r_out", differences=torch.tensor(differences))
    assert right == answer
    assert said in why


@pytest.mark.parametrize(
    ("without", "answer", "said"),
    [
        ([(20, 3, 1), (20, 3, 10), (2, 3, 10)], "Input and output", "h_n (2, 3, 10) stays."),
        ([(20, 3, 1), (20, 3, 10), (3, 2, 10)], "All three", "h_n (2, 3, 10) becomes (3, 2, 10)."),
        ([(20, 3, 1), (3, 20, 10), (2, 3, 10)], "Only the input", "the output (3, 20, 10) stays"),
        ([(3, 20, 1), (3, 20, 10), (2, 20, 10)], "Only h_n", "the input (3, 20, 1) stays"),
        ([(3, 20, 1), (3, 20, 10), (2, 3, 10)], "None of them", "the output (3, 20, 10) stays"),
    ],
)
def test_what_stays_decides_what_batch_first_moves(without, answer, said):
    shapes = {True: [(3, 20, 1), (3, 20, 10), (2, 3, 10)], False: without}
    right, why = answered("what batch_first moves", shapes=shapes)
    assert right == answer
    assert said in why


# What the checks run on ---------------------------------------------------------------------------


def test_no_two_sizes_are_equal_and_weights_show_in_every_value():
    rng = np.random.default_rng(0)
    for _ in range(20):
        sizes = dimensions._draw_sizes(rng)
        assert len(set(sizes.values())) == len(sizes)
        with torch.no_grad():
            rnn = dimensions._network(rng, sizes, batch_first=True)
            r_out, h_n = rnn(dimensions._batch(rng, sizes))
        assert r_out.std() > 0.2
        values = torch.cat([r_out.flatten(), h_n[:-1].flatten()]).numpy()
        assert np.mean(np.abs(values) > 0.999) < 0.2  # where it saturates, values are alike
