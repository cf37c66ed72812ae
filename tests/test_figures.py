"""The pictures: what is drawn where, and what show() hands to the notebook."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import rnn_helpers as rh
from rnn_helpers import figures
from rnn_helpers.runtime import STYLE
from rnn_helpers.training import ManyRNNs

ALT = "Two points: 0.1 at 0° and 0.2 at 9°."


@pytest.fixture(autouse=True)
def _course_style():
    plt.close("all")
    with plt.style.context(STYLE):
        yield
    plt.close("all")


def image_of(output):
    return Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))


def many_forecast(num_models=20, **settings):
    weights, zeros = rh.initial_weights(range(num_models), 4), np.zeros((num_models, 4))
    many = ManyRNNs(tuple(range(num_models)), weights, np.zeros((1, num_models)), zeros)
    return rh.forecast(many, **settings)


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def assert_points(line, x, y):
    np.testing.assert_array_equal(line.get_xdata(), x)
    np.testing.assert_array_equal(line.get_ydata(), y)


# What show() hands over


def test_show_emits_the_alternative_text_and_a_png_that_holds_it(shown):
    ax = rh.plot_points([0, 9], [0.1, 0.2], "input", plt.subplots(figsize=(5, 2))[1])
    other = plt.figure()
    rh.show(ax, ALT)
    (output,) = shown
    picture = image_of(output)
    assert output["data"]["text/plain"] == picture.text["Description"] == ALT
    assert set(output["data"]) == {"text/plain", "image/png"}
    look = {"alt": ALT, "width": 500, "height": 200}
    assert output["metadata"] == {"image/png": look, "needs_background": "light"}
    assert (picture.format, picture.size) == ("PNG", (1000, 400))  # sharp on any screen
    assert plt.get_fignums() == [other.number]


@pytest.mark.parametrize("alt", ["  \n", None])
def test_show_refuses_what_is_no_figure_or_a_missing_text(shown, alt):
    figure = plt.figure()
    with pytest.raises(ValueError, match="alt must be a sentence"):
        rh.show(figure, alt)
    with pytest.raises(TypeError, match=r"figure must be .*; give a figure or one of its axes"):
        rh.show(alt, ALT)
    assert (shown, plt.get_fignums()) == ([], [figure.number])


@pytest.mark.parametrize("quick", [True, False])
def test_a_png_is_small_and_shows_nearly_what_the_canvas_shows(quick):
    ax = rh.plot_forecast(many_forecast(prime_length=20, num_points=40))
    canvas, width, height = figures.draw(ax.figure, 1.5)
    drawn = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    png = figures.to_png(canvas, ALT, quick=quick)
    assert len(png) < (80_000 if quick else 60_000)
    picture = Image.open(io.BytesIO(png))
    assert picture.text["Description"] == ALT
    decoded = np.asarray(picture.convert("RGB")).astype(int)
    assert decoded.shape == drawn.shape == (1.5 * height, 1.5 * width, 3)
    difference = np.abs(decoded - drawn).max(axis=2)
    assert np.quantile(difference, 0.99) < 24
    assert difference.max() < 128
    ground = (drawn == drawn[0, 0]).all(axis=2)
    assert (decoded[ground] == drawn[0, 0]).all()


# What is drawn where


def test_a_window_has_its_labels_one_step_later_than_its_features():
    window = rh.make_window(start=30, step=9, seq_len=12)
    drawn = lines(rh.plot_window(window))
    assert_points(drawn["input"], window.feature_degrees, window.features)
    assert_points(drawn["target"], window.label_degrees, window.labels)
    assert drawn["the wave"].get_xdata()[[0, -1]].tolist() == [30, 30 + 9 * 12]


@pytest.mark.parametrize(("low", "high", "every"), [(0, 720, 90), (15, 90, 15), (0, 3240, 360)])
def test_the_wave_is_a_line_of_sines_over_round_degrees(low, high, every):
    ax = rh.plot_wave(low, high)
    (line,) = ax.get_lines()
    degrees = line.get_xdata()
    assert degrees[[0, -1]].tolist() == [low, high]
    assert np.diff(degrees).max() < 5
    np.testing.assert_allclose(line.get_ydata(), np.sin(np.radians(degrees)), atol=1e-12)
    np.testing.assert_array_equal(ax.get_xticks(), np.arange(low, high + 1, every))


def test_a_forecast_has_prime_and_predictions_at_their_degrees():
    result = rh.forecast(rh.WaveRNN(), start=90, num_points=8, prime_length=5, prime_step=18)
    drawn = lines(rh.plot_forecast(result))
    assert set(drawn) == {"the wave", "prime", "prediction"}
    assert_points(drawn["prime"], [0, 18, 36, 54, 72], result.prime)
    assert_points(drawn["prediction"], 99 + 9 * np.arange(8), result.predictions)
    assert drawn["the wave"].get_xdata()[[0, -1]].tolist() == [0, 90 + 9 * 8]


def test_a_forecast_of_many_draws_their_median_on_axes_that_are_given():
    result, ax = many_forecast(num_points=8, prime_length=3), plt.figure().subplots()
    assert rh.plot_forecast(result, ax) is ax
    label = "predictions: median, 5 % to 95 % of 20 seeds"
    assert_points(lines(ax)[label], result.window.label_degrees, np.median(result.predictions, 0))
    assert len(plt.get_fignums()) == 1


def test_a_band_is_the_median_and_5_to_95_percent():
    values = np.random.default_rng(0).permuted(np.tile(np.arange(101.0), (3, 1)), axis=1).T
    ax = rh.plot_band([1, 2, 3], values * [1, 10, 100], label="errors", style=1)
    (line,) = ax.get_lines()
    assert_points(line, [1, 2, 3], [50, 500, 5000])
    corners = ax.collections[0].get_paths()[0].vertices
    for x, factor in ((1, 1), (2, 10), (3, 100)):
        heights = corners[corners[:, 0] == x, 1]
        assert heights.min() == pytest.approx(5 * factor)
        assert heights.max() == pytest.approx(95 * factor)
    assert line.get_label() == "errors: median, 5 % to 95 % of 101 seeds"


def test_an_unknown_role_and_a_band_with_gaps_are_refused():
    with pytest.raises(ValueError, match="role must be one of 'input'"):
        rh.plot_points([0], [1], "output")
    with pytest.raises(ValueError, match="values must be finite"):
        rh.plot_band([0], [[np.nan]], label="a")


@pytest.mark.parametrize(("align", "ha"), [(0, "left"), (0.5, "center"), (1, "right")])
def test_words_are_where_and_as_large_as_texts(align, ha, no_figures):
    def inked(write):
        figure, ax = plt.subplots(figsize=(3, 1), dpi=200)
        ax.set_axis_off()
        write(ax)
        figure.canvas.draw()
        rows, columns = np.nonzero(np.asarray(figure.canvas.buffer_rgba())[:, :, :3].sum(2) < 300)
        return rows.min(), rows.max(), columns.min(), columns.max()

    ours = inked(lambda ax: rh.Words([(0.5, 0.5)], ["HIM"], ax, size=12, align=align))
    theirs = inked(lambda ax: ax.text(0.5, 0.5, "HIM", size=12, ha=ha, va="center"))
    assert np.allclose(ours, theirs, atol=4)
