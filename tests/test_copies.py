"""The unrolled network under the wave: what is lit, what is filled in, and where it lands."""

import matplotlib.pyplot as plt
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
    assert rh.plot_copies(DEGREES, WAVE, CONTEXTS, OUTPUTS, t, ax) is ax
    assert (ax.get_xlim(), ax.get_ylim()) == limits
    now, earlier, new = (line.get_xydata() for line in ax.lines[before:])
    np.testing.assert_array_equal(now, [[DEGREES[t - 1], WAVE[t - 1]]])
    np.testing.assert_array_equal(earlier, np.transpose([DEGREES[1:t], OUTPUTS[: t - 1]]))
    np.testing.assert_array_equal(new, [[DEGREES[t], OUTPUTS[t - 1]]])
    (colors,) = (each for each in ax.collections if each.get_array() is not None)
    strips = np.ma.filled(colors.get_array(), np.nan)[::-1, ::2]  # from the top
    np.testing.assert_array_equal(strips, CONTEXTS[:t].T)
    written = [text for text in ax.texts if text.get_position()[0] == DEGREES[t - 1]]
    shown = sorted((text for text in written if "." in text.get_text()), key=lambda text: -text._y)
    wanted = [OUTPUTS[t - 1], *CONTEXTS[t - 1], WAVE[t - 1]]  # from the top
    assert [text.get_text() for text in shown] == [f"{value:.2f}" for value in wanted]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rh.plot_blank_copies(DEGREES, WAVE[1:]), "degrees and wave must have"),
        (
            lambda: rh.plot_copies(DEGREES, WAVE, CONTEXTS, OUTPUTS, 22, None),
            "t must be at most 21",
        ),
        (lambda: rh.plot_copies(DEGREES, WAVE, CONTEXTS[1:], OUTPUTS, 2, None), "contexts"),
    ],
)
def test_bad_input_is_refused_before_anything_is_drawn(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    assert plt.get_fignums() == []
