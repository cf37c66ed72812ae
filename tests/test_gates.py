"""Pictures of gates: colours, and drawings with every gate and equation of their cell."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.offsetbox import AnnotationBbox

import rnn_helpers as rh
from rnn_helpers.cells import GATE_NAMES
from rnn_helpers.gates import GATE_COLORS

pytestmark = pytest.mark.usefixtures("no_figures")


def luminance(color):
    """The relative luminance of WCAG 2."""
    levels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_every_gate_has_a_colour_that_is_read_on_white_and_differs_within_its_cell():
    for cell, names in GATE_NAMES.items():
        colors = [GATE_COLORS[name] for name in names]
        assert len(set(colors)) == len(names), cell
        assert all(1.05 / (luminance(color) + 0.05) > 3 for color in colors)
    assert not set(GATE_COLORS.values()) & {role["color"] for role in rh.ROLES.values()}


def test_a_gate_map_goes_from_white_to_the_colour_of_the_gate():
    for gate, color in GATE_COLORS.items():
        assert to_hex(rh.gate_map(gate)(0.0)) == "#ffffff"
        assert to_hex(rh.gate_map(gate)(1.0)) == color.lower()
    with pytest.raises(ValueError, match="gate must be one of 'f', 'z'"):
        rh.gate_map("h")


@pytest.mark.parametrize("equations", [True, False])
@pytest.mark.parametrize("cell", rh.CELLS)
def test_a_cell_is_drawn_with_every_gate_and_its_equation_in_its_colour(cell, equations):
    ax = rh.plot_cell(cell, equations=equations)
    ax.figure.canvas.draw()  # every formula can be typeset
    boxes = [text.get_text() for text in ax.texts if text.get_color() == "white"]
    assert sorted(text[1] for text in boxes) == sorted(GATE_NAMES[cell] or "h")
    pieces = [
        (piece.get_text(), piece._text.get_color())
        for packed in ax.findobj(AnnotationBbox)
        for piece in packed.offsetbox.get_children()
    ]
    for gate in GATE_NAMES[cell] if equations else "":
        assert [color for text, color in pieces if text.startswith(f"${gate}_t = ")] == [
            GATE_COLORS[gate]
        ]
    assert bool(pieces) == equations
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    for text in ax.texts:
        assert left < text.get_position()[0] < right
        assert low < text.get_position()[1] < high


def test_bad_input_of_a_drawing_is_refused_and_leaves_no_figure():
    with pytest.raises(ValueError, match="cell must be one of 'RNN', 'LSTM', 'GRU'"):
        rh.plot_cell("lstm")
    with pytest.raises(TypeError, match="equations must be True or False"):
        rh.plot_cell("GRU", equations=1)
    assert plt.get_fignums() == []
