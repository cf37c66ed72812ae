"""The unrolled network under the wave: what is lit, what is filled in, and where it lands."""

import numpy as np
import pytest

import rnn_helpers as rh

DEGREES = np.arange(40.0, 251.0, 10.0)
WAVE = np.sin(np.deg2rad(DEGREES))
RANDOM = np.random.default_rng(0)
CONTEXTS, OUTPUTS = RANDOM.uniform(-1, 1, (21, 4)), RANDOM.uniform(-1, 1, 21)

pytestmark = pytest.mark.usefixtures("no_figures")


@pytest.mark.parametrize("t", [1, 7, 21])
def test_the_copies_are_filled_in_up_to_now_and_the_output_lands_one_step_later(t):
    ax = rh.plot_blank_copies(DEGREES, WAVE, 4)
    (targets,) = (line for line in ax.lines if line.get_label() == "target")
    np.testing.assert_array_equal(targets.get_xydata(), np.transpose([DEGREES[1:], WAVE[1:]]))
    limits, before = (ax.get_xlim(), ax.get_ylim()), len(ax.lines)
    rh.plot_copies(DEGREES, WAVE, CONTEXTS, OUTPUTS, t, ax)
    assert (ax.get_xlim(), ax.get_ylim()) == limits
    now, earlier, new = (line.get_xydata() for line in ax.lines[before:])
    np.testing.assert_array_equal(now, [[DEGREES[t - 1], WAVE[t - 1]]])
    np.testing.assert_array_equal(earlier, np.transpose([DEGREES[1:t], OUTPUTS[: t - 1]]))
    np.testing.assert_array_equal(new, [[DEGREES[t], OUTPUTS[t - 1]]])
    (colors,) = (each for each in ax.collections if each.get_array() is not None)
    strips = np.ma.filled(colors.get_array(), np.nan)[:, ::2]  # from the top
    np.testing.assert_array_equal(strips, CONTEXTS[:t].T)
    context, ends = (each for each in ax.collections if isinstance(each, rh.Words))
    for written, numbers in ((context, CONTEXTS[t - 1]), (ends, [WAVE[t - 1], OUTPUTS[t - 1]])):
        assert written.words == [f"{number:.2f}" for number in numbers]
        assert {x for x, _ in written.places} == {DEGREES[t - 1]}
    heights, edges = [y for _, y in context.places], colors.get_coordinates()[:, 0, 1]
    np.testing.assert_allclose(heights, (edges[:-1] + edges[1:]) / 2)
    assert ends.places[0][1] < heights[-1] < heights[0] < ends.places[1][1]
