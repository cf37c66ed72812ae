"""The diagrams: time runs to the right, values go up, and each shape has its own axes."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import FancyArrowPatch
from torch import nn

import rnn_helpers as rh
from rnn_helpers import diagrams
from rnn_helpers.diagrams import AXES

pytestmark = pytest.mark.usefixtures("no_figures")


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


# Shapes as blocks


def tensors(num_layers=2, batch=3, hidden_size=10, seq_len=20, batch_first=True):
    rnn = nn.RNN(1, hidden_size, num_layers, batch_first=batch_first)
    x = torch.zeros((batch, seq_len, 1) if batch_first else (seq_len, batch, 1))
    r_out, h_n = rnn(x)
    return {"x": x, "r_out": r_out, "h_n": h_n, "prediction": nn.Linear(hidden_size, 1)(r_out)}


def chips_of(ax, name):
    """The names and sizes below a block, from left to right, and the colours behind them."""
    middle, bottom = diagrams.PLACES[name]
    found = []
    for chips in (each for each in ax.collections if each.get_gid() == "chips"):
        for path, color in zip(chips.get_paths(), chips.get_facecolors(), strict=True):
            (x, y), (right, top) = path.get_extents().get_points()
            if not (abs(x - middle) < 15 and 0 < bottom - y < 8):
                continue
            written = [each for each in ax.collections if isinstance(each, rh.Words)]
            inside = {
                -b: word
                for each in written
                for (a, b), word in zip(each.places, each.words, strict=True)
                if x < a < right and y < b < top
            }
            high, low = (inside[b] for b in sorted(inside))
            found.append((high, int(low), to_hex(color).upper()))
    return found


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("sizes", [(1, 1, 4), (3, 64, 128)])
def test_each_block_has_the_names_sizes_and_colours_of_its_axes(sizes, batch_first):
    given = tensors(*sizes, batch_first=batch_first)
    ax = rh.plot_shapes(**given, batch_first=batch_first)
    for name, tensor in given.items():
        names = diagrams.axis_names(name, batch_first=batch_first)
        chips = chips_of(ax, name)
        assert [chip[:2] for chip in chips] == list(zip(names, tensor.shape, strict=True))
        assert [chip[2] for chip in chips] == [AXES[each] for each in names]
    assert chips_of(ax, "h_n")[0][0] == "num_layers"
    assert chips_of(ax, "x")[0][0] == ("batch" if batch_first else "seq_len")


def edges_of(ax):
    """The coloured edges of all blocks: colour, and how far each leads to the right and up."""
    found = []
    for edges in (each for each in ax.collections if each.get_gid() == "edges"):
        for ends, color in zip(edges.get_segments(), edges.get_colors(), strict=True):
            found.append((to_hex(color).upper(), *np.diff(ends, axis=0)[0]))
    return found


def test_blocks_are_drawn_to_scale_and_turn_with_batch_first():
    first, behind = (
        edges_of(rh.plot_shapes(**tensors(2, 3, 10, batch_first=each), batch_first=each))
        for each in (True, False)
    )
    d = diagrams.DEPTH
    batch, seq_len, hidden, layers = (
        AXES[name] for name in ("batch", "seq_len", "hidden_size", "num_layers")
    )
    flat = [(batch, 3 * d, 3 * d), (seq_len, 20, 0)]
    turned = [(seq_len, 20 * d, 20 * d), (batch, 3, 0)]
    state = [(layers, 2 * d, 2 * d), (batch, 3, 0), (hidden, 0, 10)]
    for edges, two in ((first, flat), (behind, turned)):
        three = [edges[i : i + 3] for i in range(0, 12, 3)]  # x, r_out, prediction, h_n
        for block in three[:3]:
            same_edges(block[:2], two)
        same_edges([three[1][2]], [(hidden, 0, 10)])
        same_edges(three[3], state)


def same_edges(found, expected):
    assert [edge[0] for edge in found] == [edge[0] for edge in expected]
    np.testing.assert_allclose([e[1:] for e in found], [e[1:] for e in expected], atol=1e-9)


def test_what_is_not_given_is_a_question_mark_and_large_blocks_shrink():
    ax = rh.plot_shapes(torch.zeros(3, 20, 1))
    assert len(texts_of(ax)["?"]) == 3
    assert [chips_of(ax, name) for name in ("r_out", "h_n", "prediction")] == [[], [], []]
    longest = max(
        abs(np.array([e[1:] for e in edges_of(rh.plot_shapes(**tensors(3, 99, 500)))]))[:, 0]
    )
    assert longest <= diagrams.LARGEST[0]


# Machado, Oliveira and Fernandes (2009): what an eye without one kind of cone sees, in linear RGB.
EYES = {
    "all": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(color, eye):
    """CIELAB: a distance of 2 is just seen, one of 10 at a glance."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(EYES[eye]) @ linear, 0, 1) / (0.9505, 1, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", EYES)
def test_every_eye_tells_the_axes_from_each_other_and_from_the_roles(eye):
    axes = set(AXES.values())
    others = [*axes, *(look["color"] for look in rh.ROLES.values())]
    assert len(axes) == 5  # input_size and output_size share one
    for one in axes:
        for other in set(others) - {one}:
            assert np.linalg.norm(lab(one, eye) - lab(other, eye)) > 15, (one, other)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: rh.plot_unrolled_network(1), ValueError, "num_points must be at least 2"),
        (
            lambda: rh.plot_shapes(torch.zeros(1, 2, 3), h_n=[1]),
            TypeError,
            "h_n must be of type",
        ),
        (lambda: rh.plot_shapes(torch.zeros(20, 1)), ValueError, r"\(batch, seq_len, input_size\)"),
    ],
)
def test_bad_input_is_refused_before_anything_is_drawn(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
    assert plt.get_fignums() == []


def test_diagrams_take_axes():
    _, ax = plt.subplots()
    assert rh.plot_unrolled_network(2, ax) is ax
    blank = rh.plot_blank_shapes()
    assert rh.plot_shapes(*[torch.zeros(1, 2, 3)] * 4, blank) is blank
    assert (blank.get_xlim()[1], blank.get_ylim()[1]) == (diagrams.WIDTH, diagrams.HEIGHT)
    assert len(plt.get_fignums()) == 2
