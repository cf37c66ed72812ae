"""Records of the real world: reading them, forecasts from every origin, and no look ahead."""

import ast
from dataclasses import replace

import numpy as np
import pytest

import rnn_helpers as rh
from rnn_helpers.practice.real_record import HIDDEN
from rnn_helpers.series import Series, ratio_interval
from tools import notebooks as tool

SUNSPOTS = rh.load_series(rh.DATA / "sunspots.csv")
WAVE = np.sin(0.5 * np.arange(100)) + 0.3 * np.cos(1.3 * np.arange(100))


def written(folder, lines):
    path = folder / "mine.csv"
    path.write_bytes(lines if isinstance(lines, bytes) else "\n".join(lines).encode())
    return path


def rows(form, count=60):
    """Return lines made from the number of the row and its value."""
    return [form.format(i, f"{i}.25", f"{i},25") for i in range(1, count + 1)]


def months(every, count=60):
    """Return lines with a date in every so many months."""
    passed = [every * i for i in range(count)]
    return [f"{2000 + m // 12}-{m % 12 + 1:02},{i}.25" for i, m in enumerate(passed, 1)]


# Reading ------------------------------------------------------------------------------------------


def test_the_records_of_the_course_are_whole():
    assert (len(SUNSPOTS.values), len(HIDDEN), SUNSPOTS.name) == (280, 29, "sunspots")
    assert SUNSPOTS.times.tolist() == list(range(1700, 1980))
    assert (SUNSPOTS.values[57 + 200], HIDDEN[9]) == (190.2, 157.6)  # 1957 and 1989
    assert np.isclose(np.var([*SUNSPOTS.values[:280]]), 1535, rtol=0.05)
    el_nino = rh.load_series(rh.DATA / "el_nino.csv")
    assert (len(el_nino.values), el_nino.name, el_nino.values[-1]) == (732, "temperature", 22.07)
    assert el_nino.times[[0, -1]] == pytest.approx([1950, 2010 + 11 / 12])


@pytest.mark.parametrize(
    ("lines", "decimal", "times"),
    [
        (rows("{1}"), ".", [0, 1, 2]),
        (["spots", *rows("{1}"), "", ""], ".", [0, 1, 2]),
        (rows("{0},{1}"), ".", [1, 2, 3]),
        (["year; spots", *rows("{0}; {1}")], ".", [1, 2, 3]),
        (rows("{0}\t{2}"), ",", [1, 2, 3]),
        (rows("{2}"), ",", [0, 1, 2]),
        (["\ufeffyear;spots", *rows("{2};{2}")], ",", [1.25, 2.25, 3.25]),
        (rows('"{0}","{1}"'), ".", [1, 2, 3]),
        (months(1), ".", [2000, 2000 + 1 / 12, 2000 + 2 / 12]),
        (months(3), ".", [2000, 2000.25, 2000.5]),
    ],
)
def test_columns_separators_and_decimals(tmp_path, lines, decimal, times):
    series = rh.load_series(written(tmp_path, lines), decimal=decimal)
    assert series.values == pytest.approx(np.arange(1, 61) + 0.25)
    assert series.times[:3] == pytest.approx(times)
    assert series.name == ("spots" if "spots" in lines[0] else "mine")


def one_wrong(number, text, form="{0},{1}"):
    lines = rows(form)
    lines[number - 1] = text
    return lines


@pytest.mark.parametrize(
    ("lines", "decimal", "message"),
    [
        ([], ".", "holds no rows"),
        (b"PK\x03\x04\x00", ".", "holds no rows"),
        ("größe\n".encode("latin-1"), ".", "save it as CSV in UTF-8"),
        (rows("{1}", 59), ".", "at least 60 rows of values, but it has 59"),
        (rows("7"), ".", "all are 7; give another column"),
        (rows("{0},{1},3"), ".", "line 1 has 3 columns; keep one column, or two"),
        (one_wrong(5, "5"), ".", "a time and a value, but line 5 has 1 columns"),
        (one_wrong(9, "9,"), ".", r"line 9 has no value \(''\); fill it in"),
        (one_wrong(3, "3,many"), ".", "line 3 has 'many', which is no number"),
        (one_wrong(3, "3;1.234,5", "{0};{2}"), ",", "marks for thousands"),
        (one_wrong(3, "3,1e200"), ".", "too large; give another unit"),
        (rows("{0};{2}"), ".", "line 1 has '1,25'; give decimal=','"),
        (rows("{0};{1}"), ",", "line 1 has '1.25'; give decimal='.'"),
        (rows("{2}"), ".", "the values must differ"),  # read as a time and a value
        (rows("7,{0}"), ".", "7 does not come after 7; sort the rows"),
        (one_wrong(4, "3.5,4"), ".", "after 3 comes 3.5, but the usual step is 1; fill the gap"),
        (rows("{0}/1/2001,{1}"), ".", "the time '1/1/2001'; write dates as 2001-04"),
        (one_wrong(1, "2001-02-30,4", "2001-03-{0:02},4.{0}")[:31] * 2, ".", "does not exist"),
        (rows("{0};\t{1}"), ".", "has semicolons and tabs"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path, lines, decimal, message):
    with pytest.raises(ValueError, match=message):
        rh.load_series(written(tmp_path, lines), decimal=decimal)
    with pytest.raises(ValueError, match="there is no file"):
        rh.load_series(tmp_path / "none.csv")


# Forecasts ----------------------------------------------------------------------------------------

# Recomputed with statsmodels 0.15.0: AutoReg(x - x.mean(), 9, trend="n").fit() on 1700 to 1920,
# of the numbers and of their square roots; mean squared errors of 1921-55 and 1956-79, and the
# forecasts of 1931 to 1942 from 1930.
STATSMODELS = {
    "plain": (
        *(1.2169620091, -0.4681897625, -0.1363871172, 0.1622198396, -0.1437362831),
        *(0.0550352965, -0.0541034344, 0.0668404883, 0.1136193327),
    ),
    "roots": (
        *(1.2271187534, -0.4558766121, -0.1461396498, 0.1901018731, -0.1353554902),
        *(-0.0875607497, 0.1872492819, -0.1564487684, 0.2159921794),
    ),
}
ERRORS = {"plain": (191.0750444, 527.9949323), "roots": (182.4479646, 362.2015887)}
AHEAD = (16.1561576, 7.8566543, 9.8351906, 20.5659938, 36.2390490, 51.7400361)
AHEAD += (63.9583658, 68.0721560, 62.1778418, 49.3822352, 35.2343191, 24.6698319)


@pytest.mark.parametrize("scale", STATSMODELS)
def test_the_formula_is_that_of_statsmodels(scale):
    x = SUNSPOTS.values if scale == "plain" else np.sqrt(SUNSPOTS.values)
    mean = x[:221].mean()
    coefficients = rh.fit_ar(x[:221] - mean, 9)
    assert coefficients == pytest.approx(STATSMODELS[scale], abs=1e-8)
    forecasts = rh.forecast_ar(coefficients, x - mean, 12) + mean
    if scale == "plain":
        assert forecasts[230] == pytest.approx(AHEAD)
    else:
        forecasts = np.maximum(forecasts, 0) ** 2
    errors = rh.errors_ahead(forecasts, SUNSPOTS.values)[:, 0]
    assert (errors[220:255].mean(), errors[255:279].mean()) == pytest.approx(ERRORS[scale])


def test_errors_are_those_of_the_year_that_is_forecast():
    values = np.arange(6.0)
    forecasts = values[:, None] + [1, 2, 3] + [[0, 0, 2]]  # the third is off by 2
    errors = rh.errors_ahead(np.array([forecasts, forecasts + 1]), values)
    assert errors[0, :3].tolist() == [[0, 0, 4]] * 3
    assert errors[1, 0].tolist() == [1, 1, 9]
    assert np.isnan(errors[0]).sum(axis=1).tolist() == [0, 0, 0, 1, 2, 3]


@pytest.mark.parametrize("cell", rh.CELLS)
def test_networks_go_on_from_their_own_forecasts(cell):
    run = rh.train_on_series(WAVE, 80, cell, seeds=(3, 4), num_steps=50, seq_len=30)
    forecasts = rh.forecast_series(run, WAVE, 5, check=1)
    assert forecasts.shape == (2, 100, 5)
    for k in range(1, 5):  # from the record so far and k of its own forecasts, one step ahead
        longer = np.concatenate([WAVE[:71], forecasts[1, 70, :k]])
        again = rh.forecast_series(run, longer, check=1)[1, -1, 0]
        assert again == pytest.approx(forecasts[1, 70, k])
    alone = rh.train_on_series(WAVE, 80, cell, seeds=(4,), num_steps=50, seq_len=30)
    assert rh.forecast_series(alone, WAVE, 5, check=1)[0] == pytest.approx(forecasts[1])


def test_nothing_is_known_of_later_values():
    other = WAVE.copy()
    other[80:] += 7
    one, two = (rh.train_on_series(v, 80, num_steps=50, seq_len=30) for v in (WAVE, other))
    for before, after in zip(one.history, two.history, strict=True):
        assert np.array_equal(before.flat, after.flat)
    assert (one.mean, one.std) == (two.mean, two.std) == (WAVE[:80].mean(), WAVE[:80].std())
    assert (one.validation < two.validation).all()
    forecasts = (rh.forecast_series(one, v, 5, check=0)[:, :80] for v in (WAVE, other))
    assert np.array_equal(*forecasts)
    check = int(np.argmin(np.median(one.validation, axis=1)))
    by_hand = rh.errors_ahead(rh.forecast_series(one, WAVE, check=check), WAVE)[:, 79:-1, 0]
    assert by_hand.mean(axis=1) == pytest.approx(one.validation[check], rel=0.05)
    uneven = replace(one, validation=np.array([[2, 2, 2], [1, 1, 9]]))
    assert uneven.chosen == 1  # by the median: one network may have any luck


def test_the_comparison_chooses_without_the_test(capsys):
    values = SUNSPOTS.values.copy()
    found = []
    for stretch in (1, 3):
        values[224:] *= stretch  # the last fifth
        series = SUNSPOTS._replace(values=values)
        found.append(rh.compare_forecasts(series, period=11, ahead=5, seeds=(0, 1), num_steps=50))
    one, two = found
    assert (one.formula, one.network, one.variance) == (two.formula, two.network, two.variance)
    names = ["last value", "11 steps ago", one.formula, "RNN", "LSTM", "GRU"]
    assert list(one.errors) == names
    assert {each.shape for each in one.errors.values()} == {(52, 5)}
    assert "56 points tested. One step ahead" in capsys.readouterr().out


def test_a_short_record_is_forecast_as_far_as_its_test_allows():
    short = Series("short", np.arange(60.0), SUNSPOTS.values[:60])
    found = rh.compare_forecasts(short, seeds=[0], num_steps=25)
    assert found.errors["last value"].shape == (7, 6)  # 12 points tested: 7 origins, 6 steps


def test_the_interval_is_that_of_the_notebook_and_covers():
    (path,) = (tool.ROOT / "notebooks").glob("*_a_real_record.ipynb")
    (cell,) = (each.source for each in tool.read(path).cells if each.get("id") == "bootstrap")
    here = {"np": np}
    exec(compile(ast.Module(ast.parse(cell).body[:1], []), "notebook", "exec"), here)
    rng, covered = np.random.default_rng(1), 0
    for _ in range(60):
        noise = rng.normal(size=(2, 300))
        one, other = (noise[:, 2:] + noise[:, 1:-1]) ** 2 * [[1], [2]]
        low, high = ratio_interval(one, other, 5)
        assert (low, high) == pytest.approx(here["interval"](one, other, 5))
        covered += low < 0.5 < high
    assert covered >= 48


def test_what_cannot_be_trained_on_is_refused():
    with pytest.raises(ValueError, match="fit must be at least 45"):
        rh.train_on_series(WAVE, 40)
    with pytest.raises(ValueError, match="fit must be at most 99"):
        rh.train_on_series(WAVE, 100)
    with pytest.raises(ValueError, match="the first 80 values must differ"):
        rh.train_on_series(np.ones(99), 80)
