"""The diagrams: time runs to the right, values go up, and each shape has its own axes."""

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.patches import FancyArrowPatch

import rnn_helpers as rh


@pytest.fixture(autouse=True)
def _no_figures():
    plt.close("all")
    yield
    plt.close("all")


def arrows_of(ax):
    """The ends of all straight arrows, and the paths of the curved ones."""
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert {arrow.get_arrowstyle().__class__.__name__ for arrow in arrows} == {"CurveFilledB"}
    straight = [arrow._posA_posB for arrow in arrows if arrow._posA_posB is not None]
    return straight, [arrow._path_original for arrow in arrows if arrow._posA_posB is None]


def texts_of(ax):
    """Where each text stands; of texts that are there twice, all places."""
    places = {}
    for text in ax.texts:
        places.setdefault(text.get_text(), []).append(text.get_position())
    return places


@pytest.mark.parametrize("num_points", [2, 5])
def test_the_unrolled_network_has_a_column_for_each_point_and_the_folded_one(num_points):
    ax = rh.plot_unrolled_network(num_points)
    texts, (straight, loops) = texts_of(ax), arrows_of(ax)
    columns = []
    for index in ["t", *range(1, num_points + 1)]:
        (x, o_below), (x_h, h), (x_o, o) = (texts[f"${name}_{{{index}}}$"][0] for name in "xho")
        assert x == x_h == x_o
        assert o_below < h < o
        columns.append(x)
    assert columns == sorted(columns)
    assert f"$x_{{{num_points + 1}}}$" not in texts
    assert texts["$h_0 = 0$"][0][0] < columns[1]

    upwards = sorted(begin[0] for begin, end in straight if begin[0] == end[0])
    assert upwards == sorted(2 * columns)  # in each column from x to h, and from h to o
    assert all(end[1] > begin[1] for begin, end in straight if begin[0] == end[0])
    in_time = sorted((begin, end) for begin, end in straight if begin[0] != end[0])
    assert len(in_time) == num_points + 1  # from h_0 to h_1, ..., and on from the last
    for (begin, end), to in zip(in_time, [*columns[1:], columns[-1] + 2], strict=True):
        assert begin[1] == end[1] == h  # from one hidden state to the next
        assert begin[0] < end[0] < to < end[0] + 1
    (loop,) = loops  # it begins and ends at the left side of the folded hidden state
    assert loop.vertices[0][0] == loop.vertices[-1][0] < columns[0]
    assert loop.vertices[:, 0].min() < loop.vertices[0][0]
    assert list(loop.codes) == [1, 4, 4, 4]  # round
    names = {text for text in texts if text.startswith("$w")}
    assert names == {"$w_1$", "$w_2$"}
    assert len(texts["$w_1$"]) == len(columns) + 1 + num_points  # of x, the loop, and h
    for name, y in (("input", o_below), ("hidden state", h), ("output", o)):
        assert texts[name][0][1] == y


@pytest.mark.parametrize(("num_layers", "batch", "hidden_size"), [(1, 1, 4), (3, 2, 5)])
def test_each_shape_is_that_of_its_tensor_with_the_names_of_its_axes(
    num_layers, batch, hidden_size
):
    model = rh.WaveRNN(1, 2, hidden_size, num_layers)
    x = torch.zeros(batch, 7, 1)
    r_out, h_n = model.rnn(x)
    ax = rh.plot_shapes(x, r_out, h_n, model.fc(r_out))
    texts = texts_of(ax)
    at = {}
    for name, shape, axes in (
        ("x", (batch, 7, 1), "(batch, seq_len, input_size)"),
        ("r_out", (batch, 7, hidden_size), "(batch, seq_len, hidden_size)"),
        ("prediction", (batch, 7, 2), "(batch, seq_len, output_size)"),
        ("h_n", (num_layers, batch, hidden_size), "(num_layers, batch, hidden_size)"),
    ):
        (at[name],), ((x_axes, y_axes),) = texts[f"{name}\n{shape}"], texts[axes]
        if name == "h_n":  # its axes stand beside it, those of the others above
            assert y_axes == at[name][1]
            assert 0 < x_axes - at[name][0] < 2
        else:
            assert x_axes == at[name][0]
            assert 0 < y_axes - at[name][1] < 1
    assert at["x"][0] < at["h_n"][0] < at["r_out"][0] < at["prediction"][0]
    straight, _ = arrows_of(ax)
    expected = {("x", "r_out"): "nn.RNN", ("r_out", "prediction"): "nn.Linear"}
    for (begin, end), ((left, right), name) in zip(straight, expected.items(), strict=False):
        assert at[left][0] < begin[0] < texts[name][0][0] < end[0] < at[right][0]
        assert begin[1] == end[1] == at[left][1]
    (x_begin, y_begin), (x_end, y_end) = straight[2]  # down to h_n
    assert x_begin == x_end == at["h_n"][0]
    assert at["x"][1] == y_begin > y_end > at["h_n"][1]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: rh.plot_unrolled_network(1), ValueError, "num_points must be at least 2"),
        (lambda: rh.plot_unrolled_network(2.0), TypeError, "num_points must be a whole number"),
        (lambda: rh.plot_shapes(*[torch.zeros(1)] * 2, [1], None), TypeError, "h_n must be a Tens"),
    ],
)
def test_bad_input_is_refused_before_anything_is_drawn(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
    assert plt.get_fignums() == []


def test_diagrams_take_axes():
    _, ax = plt.subplots()
    assert rh.plot_unrolled_network(2, ax) is ax
    assert rh.plot_shapes(*[torch.zeros(1, 2, 3)] * 4, ax) is ax
    assert len(plt.get_fignums()) == 1
