"""Pictures of gates: colours, and drawings with every gate and equation of their cell."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.offsetbox import AnnotationBbox
from plain_loop import one_step, sigmoid

import rnn_helpers as rh
from rnn_helpers.cells import GATE_NAMES
from rnn_helpers.gates import EQUATIONS, GATE_COLORS

pytestmark = pytest.mark.usefixtures("no_figures")


def test_a_gate_map_goes_from_white_to_the_colour_of_the_gate():
    for gate, color in GATE_COLORS.items():
        assert to_hex(rh.gate_map(gate)(0.0)) == "#ffffff"
        assert to_hex(rh.gate_map(gate)(1.0)) == color.lower()


@pytest.mark.parametrize("equations", [True, False])
@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_a_cell_is_drawn_with_every_gate_and_its_equation_in_its_colour(cell, equations):
    ax = rh.plot_cell(cell, equations=equations)
    ax.figure.canvas.draw()  # every formula can be typeset
    boxes = [text.get_text() for text in ax.texts if text.get_color() == "white"]
    assert sorted(text[1] for text in boxes) == sorted(GATE_NAMES[cell])
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
    with pytest.raises(ValueError, match="cell must be one of 'LSTM', 'GRU'"):
        rh.plot_cell("lstm")


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_the_equations_under_a_cell_are_those_of_torch(cell):
    words = {"\\sigma": "sigmoid", "\\tanh": "np.tanh", "\\odot": "*", "\\,": "", "\\quad": ""}
    random, program = np.random.default_rng(0), []
    for line in EQUATIONS[cell]:
        parts = [part.partition(":")[2] for part in line.replace("\\qquad", "\\quad").split("|")]
        parts = ["\n" if part == "\\quad" else part for part in parts]
        program += " ".join(parts).replace("{t-1}", "before").split("\n")
    from_x, from_h = random.normal(size=(2, len(GATE_NAMES[cell])))
    h, c = random.normal(size=2)
    here = {"np": np, "sigmoid": sigmoid, "h_before": h, "c_before": c, "q": from_h[-1]}
    for gate, x, y in zip(GATE_NAMES[cell], from_x, from_h, strict=True):
        here |= {f"a_{gate}": x + y, f"x_{gate}": x, f"h_{gate}": y}
    for line in program:
        for word, python in words.items():
            line = line.replace(word, python)
        exec(line.strip(), here)
    assert here["h_t"] == pytest.approx(one_step(cell, from_x, from_h, h, c)["h"].item())
