"""The diagrams: time runs to the right, values go up, and each shape has its own axes."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch
from torch import nn

import rnn_helpers as rh
from rnn_helpers import diagrams

pytestmark = pytest.mark.usefixtures("no_figures")


def test_the_unrolled_network_leads_up_from_input_to_output_and_on_in_time():
    ax = rh.plot_unrolled_network()
    places = {text.get_text(): text.get_position() for text in ax.texts}
    for index, after in itertools.pairwise("t1234"):
        (x, low), (x_h, middle), (x_o, high) = (places[f"${name}_{{{index}}}$"] for name in "xho")
        assert x == x_h == x_o < places[f"$h_{{{after}}}$"][0]
        assert low < middle < high
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    straight = [arrow._posA_posB for arrow in arrows if arrow._posA_posB]  # not the loop
    assert len(straight) == 2 * 5 + 5
    assert all(begin[0] <= end[0] and begin[1] <= end[1] for begin, end in straight)


# Shapes as blocks


def tensors(num_layers, batch, hidden_size, *, batch_first=True):
    rnn = nn.RNN(1, hidden_size, num_layers, batch_first=batch_first)
    x = torch.zeros((batch, 20, 1) if batch_first else (20, batch, 1))
    r_out, h_n = rnn(x)
    return {"x": x, "r_out": r_out, "prediction": nn.Linear(hidden_size, 1)(r_out), "h_n": h_n}


def of_kind(ax, kind):
    (found,) = (each for each in ax.collections if each.get_gid() == kind)
    return found


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(("sizes", "cell"), [((2, 3, 10), 1), ((3, 9, 128), 10 / 128)])
def test_each_axis_has_an_edge_to_scale_and_its_name_and_size_in_its_colour(
    sizes, cell, batch_first
):
    given = tensors(*sizes, batch_first=batch_first)
    ax = rh.plot_shapes(**given, batch_first=batch_first)
    axes = [axis for name in given for axis in diagrams.axis_names(name, batch_first=batch_first)]
    sizes = [size for tensor in given.values() for size in tensor.shape]
    edges, chips = of_kind(ax, "edges"), of_kind(ax, "chips")
    written, numbers = (each for each in ax.collections if isinstance(each, rh.Words))
    assert list(written.words) == axes
    assert list(map(int, numbers.words)) == sizes
    for colors in (edges.get_colors(), chips.get_facecolors()):
        assert [to_hex(color).upper() for color in colors] == [diagrams.AXES[axis] for axis in axes]
    for places in (written.places, numbers.places):
        for chip, place in zip(chips.get_paths(), places, strict=True):
            assert chip.contains_point(place)
    behind, right, up = (0.5, 0.5), (1, 0), (0, 1)
    steps = cell * np.array(sizes)[:, None] * [*(behind, right, up) * 4]
    np.testing.assert_allclose(np.diff(edges.get_segments(), axis=1)[:, 0], steps, atol=1e-9)


def test_the_batch_is_the_first_axis_or_the_second_but_never_of_h_n():
    assert diagrams.axis_names("x") == ("batch", "seq_len", "input_size")
    assert diagrams.axis_names("r_out", batch_first=False) == ("seq_len", "batch", "hidden_size")
    for batch_first in (True, False):
        axes = diagrams.axis_names("h_n", batch_first=batch_first)
        assert axes == ("num_layers", "batch", "hidden_size")


def test_what_is_not_given_is_a_question_mark_on_axes_that_are_there():
    blank = rh.plot_blank_shapes()
    assert rh.plot_shapes(torch.zeros(3, 20, 1), ax=blank) is blank
    assert [text.get_text() for text in blank.texts].count("?") == 3
    assert len(of_kind(blank, "chips").get_paths()) == 3
    assert (blank.get_xlim()[1], blank.get_ylim()[1]) == (diagrams.WIDTH, diagrams.HEIGHT)
    with pytest.raises(ValueError, match=r"\(batch, seq_len, input_size\), but shape \(20, 1\)"):
        rh.plot_shapes(torch.zeros(20, 1))
    assert len(plt.get_fignums()) == 1
