"""The pictures: what is drawn where, and what show() hands to the notebook."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

import rnn_helpers as rh
from rnn_helpers import figures
from rnn_helpers.runtime import STYLE_FILE

ALT = "Two points: 0.1 at 0° and 0.2 at 9°."


@pytest.fixture(autouse=True)
def _course_style():
    plt.close("all")
    with plt.style.context(STYLE_FILE):
        yield
    plt.close("all")


def image_of(output):
    return Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))


def many_forecast(num_models=20, **settings):
    weights = rh.initial_weights(range(num_models), 4)
    zeros = np.zeros((num_models, 4))
    many = rh.ManyRNNs(tuple(range(num_models)), weights, np.zeros((1, num_models)), zeros)
    return rh.forecast(many, **settings)


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def assert_points(line, x, y):
    np.testing.assert_array_equal(line.get_xdata(), x)
    np.testing.assert_array_equal(line.get_ydata(), y)


# What show() hands over


def test_show_emits_the_alternative_text_and_a_png_that_holds_it(shown):
    rh.show(rh.plot_points([0, 9], [0.1, 0.2], "input"), ALT)
    (output,) = shown
    assert set(output["data"]) == {"text/plain", "image/png"}
    assert output["data"]["text/plain"] == ALT
    picture = image_of(output)
    assert picture.format == "PNG"
    assert picture.text["Description"] == ALT


def test_show_tells_the_size_on_screen_which_is_half_of_the_pixels(shown):
    rh.show(plt.subplots(figsize=(5, 2))[0], ALT)
    assert shown[0]["metadata"] == {"image/png": {"alt": ALT, "width": 500, "height": 200}}
    assert image_of(shown[0]).size == (1000, 400)


def test_show_closes_the_figure(shown):
    first, other = (plt.subplots(figsize=(2, 1))[1] for _ in range(2))
    rh.show(first, ALT)
    assert plt.get_fignums() == [other.figure.number]
    rh.show(other.figure, ALT)
    assert plt.get_fignums() == []


def test_the_same_figure_gives_the_same_bytes(shown):
    for start in (0, 0, 9):
        _, ax = plt.subplots(figsize=(4, 2))
        rh.show(rh.plot_window(rh.make_window(start), ax), ALT)
    assert shown[0] == shown[1]
    assert shown[2]["data"]["image/png"] != shown[0]["data"]["image/png"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: rh.plot_window(rh.make_window()),
        lambda: rh.plot_forecast(many_forecast(prime_length=20, num_points=40)),
        lambda: rh.plot_unrolled_network(),
    ],
    ids=["window", "forecast", "unrolled"],
)
def test_pictures_are_small_and_not_empty(shown, draw):
    rh.show(draw(), ALT)
    assert len(base64.b64decode(shown[0]["data"]["image/png"])) < 60_000
    colours = image_of(shown[0]).convert("RGB").getcolors(1 << 20)
    assert len(colours) > 10


def test_the_picture_has_the_colour_of_its_role(shown):
    rh.show(rh.plot_points([0, 9], [0.1, 0.2], "input", markersize=30), ALT)
    pixels = np.asarray(image_of(shown[0]).convert("RGB")).reshape(-1, 3).astype(int)
    distance = np.abs(pixels - [0xD5, 0x5E, 0x00]).max(axis=1)
    assert (distance <= 6).sum() > 500


@pytest.mark.parametrize("figure", [None, "figure", np.zeros(3)])
def test_show_refuses_what_is_no_figure(shown, figure):
    with pytest.raises(TypeError, match="figure must be a Figure or Axes, but a"):
        rh.show(figure, ALT)
    assert shown == []


@pytest.mark.parametrize("alt", ["", "  \n", None, 3])
def test_show_refuses_a_missing_text(shown, alt):
    figure, _ = plt.subplots()
    with pytest.raises(ValueError, match="alt must be a sentence"):
        rh.show(figure, alt)
    assert shown == []
    assert plt.get_fignums() == [figure.number]


# The quick picture, for the explorers


def levels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


PICTURES = {
    "window": lambda: rh.plot_window(rh.make_window()),
    "forecast": lambda: rh.plot_forecast(many_forecast(prime_length=20, num_points=40)),
    "unrolled": lambda: rh.plot_unrolled_network(),
    "wave": lambda: rh.plot_wave(0, 720),
}


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_a_png_shows_nearly_what_the_canvas_shows(draw, quick):
    canvas, width, height = figures.draw(draw().figure, 1.5)
    drawn = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    decoded = levels(figures.to_png(canvas, ALT, quick=quick))
    assert decoded.shape == drawn.shape == (1.5 * height, 1.5 * width, 3)
    difference = np.abs(decoded - drawn).max(axis=2)
    assert np.quantile(difference, 0.99) < 24
    assert difference.max() < 128
    white = (drawn == 255).all(axis=2)
    assert white.mean() > 0.5
    assert (decoded[white] == 255).all()


def test_a_quick_png_holds_the_text_and_is_the_same_each_time():
    canvas, *_ = figures.draw(rh.plot_wave(0, 90).figure, 1.5)
    first, again = (figures.to_png(canvas, ALT, quick=True) for _ in range(2))
    assert first == again
    assert Image.open(io.BytesIO(first)).text["Description"] == ALT
    assert first != figures.to_png(canvas, ALT)
    assert len(first) < 2 * len(figures.to_png(canvas, ALT))


def test_other_representations_go_along_with_the_picture(shown):
    figures.show_png(b"png", ALT, 5, 2, **{"text/html": {"a": 1}})
    assert shown[0]["data"] == {"image/png": "cG5n", "text/plain": ALT, "text/html": {"a": 1}}
    assert shown[0]["metadata"] == {"image/png": {"alt": ALT, "width": 5, "height": 2}}


def test_the_figure_of_axes_is_the_outermost_one():
    figure = plt.figure()
    part, _ = figure.subfigures(1, 2)
    assert figures.figure_of(part.subplots()) is figure
    assert figures.figure_of(figure) is figure


# Points, windows, tests


@pytest.mark.parametrize("role", ["input", "target", "prediction", "prime"])
def test_points_stand_at_their_degrees(role):
    ax = rh.plot_points([0, 9, 18], [0.1, 0.2, 0.3], role)
    (line,) = ax.get_lines()
    assert_points(line, [0, 9, 18], [0.1, 0.2, 0.3])
    assert line.get_label() == role
    assert line.get_linestyle() == "None"


def test_roles_differ_in_colour_and_in_marker():
    found = [
        rh.plot_points([0], [0], role).get_lines()[0]
        for role in ("input", "target", "prediction", "prime")
    ]
    assert len({line.get_color() for line in found}) == 4
    assert len({line.get_marker() for line in found}) == 4


def test_points_take_axes_and_style():
    _, ax = plt.subplots()
    assert rh.plot_points([0], [1], "input", ax, label="mine", color="black") is ax
    assert lines(ax)["mine"].get_color() == "black"


def test_a_window_has_its_labels_one_step_later_than_its_features():
    window = rh.make_window(start=30, step=9, seq_len=12)
    ax = rh.plot_window(window)
    drawn = lines(ax)
    assert_points(drawn["input"], window.feature_degrees, window.features)
    assert_points(drawn["target"], window.label_degrees, window.labels)
    later = drawn["target"].get_xdata() - drawn["input"].get_xdata()
    np.testing.assert_allclose(later, 9)


def test_the_wave_runs_from_the_first_feature_to_the_last_label():
    wave = lines(rh.plot_window(rh.make_window(30, 9, 12)))["the wave"]
    assert wave.get_xdata()[[0, -1]].tolist() == [30, 30 + 9 * 12]
    np.testing.assert_allclose(wave.get_ydata(), np.sin(np.radians(wave.get_xdata())))


@pytest.mark.parametrize(("low", "high"), [(0, 720), (-720, 360), (-10.5, 3.25), (0, 3000)])
def test_the_wave_is_a_grey_line_of_sines_fine_enough_to_look_smooth(low, high):
    ax = rh.plot_wave(low, high)
    (line,) = ax.get_lines()
    degrees = line.get_xdata()
    assert degrees[[0, -1]].tolist() == [low, high]
    assert np.diff(degrees).max() < 5
    np.testing.assert_allclose(line.get_ydata(), np.sin(np.radians(degrees)), atol=1e-12)
    assert (line.get_label(), line.get_color()) == ("the wave", figures.WAVE["color"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("angle (degrees)", "sine of the angle")
    assert ax.get_legend() is None


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 720, np.arange(0, 721, 90)),
        (0, 90, np.arange(0, 91, 15)),
        (-720, 360, np.arange(-720, 361, 180)),
        (10, 100, np.arange(15, 91, 15)),
        (0, 3000, np.arange(0, 2881, 360)),
    ],
)
def test_the_wave_has_ticks_at_round_degrees(low, high, ticks):
    np.testing.assert_array_equal(rh.plot_wave(low, high).get_xticks(), ticks)


def test_the_wave_takes_axes():
    _, ax = plt.subplots()
    assert rh.plot_wave(0, 90, ax) is ax
    assert len(plt.get_fignums()) == 1


def test_a_forecast_has_prime_and_predictions_at_their_degrees():
    result = rh.forecast(rh.WaveRNN(), start=90, num_points=8, prime_length=5, prime_step=18)
    drawn = lines(rh.plot_forecast(result))
    assert set(drawn) == {"the wave", "prime", "prediction"}
    assert_points(drawn["prime"], [0, 18, 36, 54, 72], result.prime)
    assert_points(drawn["prediction"], 99 + 9 * np.arange(8), result.predictions)
    assert drawn["the wave"].get_xdata()[[0, -1]].tolist() == [0, 90 + 9 * 8]


def test_a_cold_forecast_has_no_prime():
    drawn = lines(rh.plot_forecast(rh.forecast(rh.WaveRNN(), num_points=8)))
    assert set(drawn) == {"the wave", "prediction"}


def test_a_forecast_of_many_draws_their_median():
    result = many_forecast(num_points=8, prime_length=3)
    drawn = lines(rh.plot_forecast(result))
    (label,) = set(drawn) - {"the wave", "prime"}
    assert label == "predictions: median, 5 % to 95 % of 20 seeds"
    assert_points(drawn[label], result.window.label_degrees, np.median(result.predictions, axis=0))


def test_a_band_is_the_median_and_5_to_95_percent():
    values = np.random.default_rng(0).permuted(np.tile(np.arange(101.0), (3, 1)), axis=1).T
    ax = rh.plot_band([1, 2, 3], values * [1, 10, 100], label="errors", style=1)
    (line,) = ax.get_lines()
    np.testing.assert_allclose(line.get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(line.get_ydata(), [50, 500, 5000])
    corners = ax.collections[0].get_paths()[0].vertices
    for x, factor in ((1, 1), (2, 10), (3, 100)):
        heights = corners[corners[:, 0] == x, 1]
        assert heights.min() == pytest.approx(5 * factor)
        assert heights.max() == pytest.approx(95 * factor)
    assert line.get_label() == "errors: median, 5 % to 95 % of 101 seeds"


def test_bands_are_those_of_plot_band_in_the_three_styles():
    random = np.random.default_rng(0)
    values = {name: random.normal(size=(9, 4)) for name in ("RNN", "LSTM", "GRU")}
    ax = rh.plot_bands(range(4), values, markevery=2)
    for style, (name, array) in enumerate(values.items()):
        expected = rh.plot_band(range(4), array, label=name, style=style)
        line, (right,) = ax.get_lines()[style], expected.get_lines()
        np.testing.assert_array_equal(line.get_ydata(), right.get_ydata())
        assert (line.get_color(), line.get_label()) == (right.get_color(), right.get_label())
        assert line.get_markevery() == 2
        drawn, band = (a.collections[k].get_paths()[0] for a, k in ((ax, style), (expected, 0)))
        np.testing.assert_array_equal(drawn.vertices, band.vertices)
    assert [text.get_text().partition(":")[0] for text in ax.get_legend().get_texts()] == [*values]
    given = plt.subplots()[1]
    assert rh.plot_bands(range(4), values, given) is given
    assert given.get_legend() is None


def test_the_styles_of_bands_differ_in_colour_marker_and_line():
    found = [
        rh.plot_band([0, 1], np.zeros((2, 2)), label="", style=style).get_lines()[0]
        for style in range(3)
    ]
    for look in ("get_color", "get_marker", "get_linestyle"):
        assert len({getattr(line, look)() for line in found}) == 3


@pytest.mark.parametrize(
    "draw",
    [
        lambda: rh.plot_window(rh.make_window()),
        lambda: rh.plot_forecast(rh.forecast(rh.WaveRNN(), prime_length=20)),
        lambda: rh.plot_forecast(many_forecast(128, prime_length=20)),
    ],
    ids=["window", "one", "many"],
)
def test_the_legend_lies_above_the_axes_and_inside_the_figure(draw):
    ax = draw()
    ax.figure.canvas.draw()
    legend, axes = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert legend.y0 >= axes.y1
    assert legend.y1 <= ax.figure.bbox.y1
    assert legend.x1 <= ax.figure.bbox.x1
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == list(lines(ax))


def test_angles_are_written_at_round_degrees():
    ticks = rh.plot_window(rh.make_window()).get_xticks()
    np.testing.assert_array_equal(ticks, np.arange(0, 181, 30))
    ticks = rh.plot_forecast(rh.forecast(rh.WaveRNN(), prime_length=20)).get_xticks()
    np.testing.assert_array_equal(ticks, np.arange(-180, 361, 90))


@pytest.mark.parametrize("num_points", [2, 5])
def test_the_unrolled_network_has_three_boxes_for_each_point_and_for_the_folded_one(num_points):
    ax = rh.plot_unrolled_network(num_points)
    texts = [text.get_text() for text in ax.texts]
    for letter in "xho":
        for index in ["t", *range(1, num_points + 1)]:
            assert f"${letter}_{{{index}}}$" in texts
        assert f"${letter}_{{{num_points + 1}}}$" not in texts


# Bad input: a message, and no figure left behind


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: rh.plot_points([0], [1], "output"), ValueError, "role must be one of 'input'"),
        (lambda: rh.plot_points([0, 9], [1], "input"), ValueError, "same length, but 2 and 1"),
        (lambda: rh.plot_points([0], [np.nan], "input"), ValueError, "values must be finite"),
        (lambda: rh.plot_points([], [], "input"), ValueError, "at least one value"),
        (lambda: rh.plot_points([[0]], [[1]], "input"), ValueError, r"shape \(1, 1\)"),
        (lambda: rh.plot_points("abc", [1], "input"), TypeError, "degrees must be a sequence"),
        (
            lambda: rh.plot_band([0, 1], np.zeros((4, 3)), label="a"),
            ValueError,
            r"values must have shape \(num_models, 2\), but shape \(4, 3\)",
        ),
        (
            lambda: rh.plot_band([0, 1], [0.0, 1.0], label="a"),
            ValueError,
            r"values must have shape \(num_models, 2\), but shape \(2,\)",
        ),
        (
            lambda: rh.plot_band([0], [[1.0]], label="a", style=-1),
            ValueError,
            "style must be at least 0",
        ),
        (lambda: rh.plot_band([0], [[1.0]], label="a", style="b"), TypeError, "style must be a"),
        (lambda: rh.plot_bands([0], [[1.0]]), TypeError, "values must be a dict, but a list"),
        (lambda: rh.plot_bands([0], {}), ValueError, "one to 3 arrays, but 0 were given"),
        (
            lambda: rh.plot_bands([0], {key: [[1.0]] for key in "abcd"}),
            ValueError,
            "one to 3 arrays, but 4 were given",
        ),
        (
            lambda: rh.plot_bands([0], {"a": [[1.0]], "b": [[1.0, 2.0]]}),
            ValueError,
            r"values must have shape \(num_models, 1\), but shape \(1, 2\)",
        ),
        (lambda: rh.plot_wave(9, 9), ValueError, r"high must be above low, but low 9\.0 and high"),
        (lambda: rh.plot_wave(10, 9), ValueError, "high must be above low"),
        (lambda: rh.plot_wave(0, np.nan), ValueError, "high must be finite"),
        (lambda: rh.plot_wave(-np.inf, 0), ValueError, "low must be finite"),
        (lambda: rh.plot_wave("0", 1), TypeError, "low must be a number"),
        (lambda: rh.plot_wave(0, None), TypeError, "high must be a number"),
        (lambda: rh.plot_unrolled_network(1), ValueError, "num_points must be at least 2"),
        (lambda: rh.plot_unrolled_network(2.0), TypeError, "num_points must be a whole number"),
    ],
)
def test_bad_input_is_refused_before_anything_is_drawn(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
    assert plt.get_fignums() == []


@pytest.mark.parametrize(("num_layers", "batch", "hidden_size"), [(1, 1, 4), (3, 2, 5)])
def test_the_shapes_drawn_are_those_of_the_tensors(num_layers, batch, hidden_size):
    model = rh.WaveRNN(hidden_size=hidden_size, num_layers=num_layers)
    x = torch.zeros(batch, 7, 1)
    r_out, h_n = model.rnn(x)
    ax = rh.plot_shapes(x, r_out, h_n, model.fc(r_out))
    drawn = {text.get_text() for text in ax.texts}
    assert {
        f"x\n({batch}, 7, 1)",
        f"r_out\n({batch}, 7, {hidden_size})",
        f"prediction\n({batch}, 7, 1)",
        f"h_n\n({num_layers}, {batch}, {hidden_size})",
    } <= drawn


def test_only_tensors_have_shapes_to_draw():
    x = torch.zeros(1, 2, 1)
    with pytest.raises(TypeError, match="h_n must be a tensor, but a list was given"):
        rh.plot_shapes(x, x, [1], x)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ([[0.1, np.nan]], ValueError),
        (np.empty((0, 2)), ValueError),
        ([["a", "b"]], TypeError),
    ],
)
def test_a_band_of_what_cannot_be_drawn_is_refused_and_leaves_no_figure(values, error):
    with pytest.raises(error, match=r"^values must"):
        rh.plot_band([0, 1], values, label="x")
    assert not plt.get_fignums()


def test_there_is_no_fourth_style():
    with pytest.raises(ValueError, match="style must be at most 2, but 3 was given"):
        rh.plot_band([0, 1], [[1, 2]], label="x", style=3)


@pytest.mark.parametrize("plot", [rh.plot_window, rh.plot_forecast])
def test_what_is_no_window_or_forecast_is_refused_and_leaves_no_figure(plot):
    with pytest.raises(TypeError, match="but a NoneType was given"):
        plot(None)
    assert not plt.get_fignums()


@pytest.mark.parametrize(("step", "seq_len"), [(0.5, 3), (9, 20), (1e6, 30)])
def test_an_angle_axis_has_a_few_ticks(step, seq_len):
    ax = rh.plot_window(rh.make_window(1, step, seq_len))
    low, high = ax.get_xlim()
    assert 3 <= sum(low <= tick <= high for tick in ax.get_xticks()) <= 11
