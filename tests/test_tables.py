"""Tables: what they show as text and as HTML, and what they refuse."""

import numpy as np
import pytest

import rnn_helpers as rh
from rnn_helpers.tables import number_text

ROWS = {"RNN": [0.0161, 0.00042, "often", 32], "a < b": [0.5, 1.234e-31, "", np.int64(128)]}
COLUMNS = ["cold", "primed", "why", "seeds"]


def test_decimal_points_stand_below_each_other_and_the_best_is_marked(shown):
    rh.show_table(ROWS, COLUMNS, best="lowest", corner="MSE")
    data = shown[0]["data"]
    assert data["text/plain"].splitlines() == [
        "MSE      cold    primed    why  seeds",
        "RNN    0.016*  0.00042   often     32",
        "a < b  0.50    1.2e-31*           128",
    ]
    html = data["text/html"]
    assert "<th>a &lt; b</th><td>0.50\u2007</td><td><strong>1.2e-31</strong></td><td></td>" in html
    assert html.count("<strong>") == 2


def test_the_highest_may_be_best_and_diverged_values_never_are(shown):
    rh.show_table({"a": [1.5], "b": [np.nan], "c": [np.inf]}, ["x"], best="highest")
    assert [line.split()[1] for line in shown[0]["data"]["text/plain"].splitlines()[1:]] == (
        ["1.5*", "nan", "inf"]
    )


def test_numbers_have_so_many_digits():
    numbers = (0.0, -3, 0.00996, 2e-5, -4e7)
    texts = ["0", "-3", "0.010", "0.000020", "-4.0e+07"]
    assert [number_text(number, 2) for number in numbers] == texts
    assert number_text(123.4, 3) == "123"


def test_bad_input_is_refused(shown):
    message = "'a' must have a value for each of the 1 columns, but it has 2"
    with pytest.raises(ValueError, match=message):
        rh.show_table({"a": [1, 2]}, ["x"])
    with pytest.raises(ValueError, match="best must be one of 'lowest', 'highest'"):
        rh.show_table({"a": [1]}, ["x"], best="smallest")
    assert not shown
