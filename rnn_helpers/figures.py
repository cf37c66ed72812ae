"""The pictures of the course: one colour and marker for each role, each point at its own time."""

import base64
import functools
import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform
from PIL import Image, ImageDraw, PngImagePlugin

from . import _checks
from .data import Window
from .evaluation import Forecast

# Okabe and Ito's colours (2008, "Color universal design"), told apart by colour-blind readers;
# the markers differ too, so that colour is never the only sign.
ROLES = {
    "input": {"color": "#D55E00", "marker": "o"},
    "target": {"color": "#009E73", "marker": "s", "markerfacecolor": "none"},
    "prediction": {"color": "#0072B2", "marker": "^"},
    "prime": {"color": "#B0568B", "marker": "D"},
}
WAVE = {"color": "#b5b5b5", "linewidth": 1.2, "zorder": 1}
BAND_STYLES = (
    {"color": "#0072B2", "marker": "^", "linestyle": "-"},
    {"color": "#D55E00", "marker": "o", "linestyle": "--"},
    {"color": "#333333", "marker": "s", "linestyle": ":"},
)


def show(figure: Figure | Axes, alt: str) -> None:
    """Show a figure as a small PNG with an alternative text, and close it.

    ``figure`` may be any of its axes too. The text is one sentence or two, with the numbers that
    the figure shows. It goes into the PNG (as its Description) and stands in for the picture
    wherever there is none: it is the output's ``text/plain``.
    """
    figure = figure_of(figure)
    if not isinstance(alt, str) or not alt.strip():
        wanted = "a sentence that says what the figure shows"
        raise ValueError(f"alt must be {wanted}, but {alt!r} was given.")
    canvas, width, height = draw(figure)
    png = to_png(canvas, alt)
    plt.close(figure)
    show_png(png, alt, width, height)


def figure_of(figure: Figure | Axes) -> Figure:
    """Return the figure itself, or the one that the axes belong to."""
    figure = figure.get_figure(root=True) if isinstance(figure, Axes) else figure
    _checks.instance("figure", figure, Figure, "give a figure or one of its axes")
    return figure


def draw(figure: Figure, pixels: float = 2) -> tuple[FigureCanvasAgg, int, int]:
    """Return a canvas, with so many pixels for each of an ordinary screen, and its size there."""
    width, height = (round(inches * figure.dpi) for inches in figure.get_size_inches())
    figure.set_dpi(figure.dpi * pixels)
    for ax in figure.axes:
        ax.minorticks_off()  # on a logarithmic axis they take half of the drawing time
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas, width, height


def to_png(canvas: FigureCanvasAgg, alt: str, *, quick: bool = False) -> bytes:
    """Return what a canvas shows as a PNG of 128 colours, which has a third of the size.

    If ``quick``, colours chosen from a sample make it a third larger, in a third of the time.
    """
    # Straight from the canvas: Figure.savefig would compress a picture that is thrown away.
    pixels = np.asarray(canvas.buffer_rgba())
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), pixels.data).convert("RGB")
    few = {"colors": 128, "method": Image.Quantize.FASTOCTREE, "dither": Image.Dither.NONE}
    if quick:  # the samples wander from row to row, so that no thin line is missed
        every = 17 if picture.width % 17 else 13
        sample = Image.fromarray(pixels.reshape(1, -1, 4)[:, ::every, :3].copy())
        picture = picture.quantize(palette=sample.quantize(**few), dither=Image.Dither.NONE)
    else:
        picture = picture.quantize(**few)
    palette, ground = np.reshape(picture.getpalette(), (-1, 3)), pixels[0, picture.width // 2, :3]
    palette[picture.getpixel((picture.width // 2, 0))] = ground  # it keeps its colour exactly
    picture.putpalette([*palette.ravel().tolist(), *ground.tolist()])
    outside = Image.new("L", picture.size, 255)  # a card with rounded corners, on any page
    card = (0, 0, picture.width - 1, picture.height - 1)
    ImageDraw.Draw(outside).rounded_rectangle(card, picture.width // 80, fill=0)
    picture.paste(len(palette), mask=outside)
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Description", alt)
    png, level = io.BytesIO(), 2 if quick else 9
    picture.save(png, "png", pnginfo=info, compress_level=level, transparency=len(palette))
    return png.getvalue()


def show_png(png: bytes, alt: str, width: int, height: int, **options: object) -> None:
    """Display a PNG with its alternative text; the options are those of ``display``."""
    from IPython.display import display  # here: a script that draws nothing need not wait for it

    display(
        {"image/png": base64.b64encode(png).decode(), "text/plain": alt},
        metadata={
            "image/png": {"alt": alt, "width": width, "height": height},
            "needs_background": "light",  # JupyterLab's mark, by which page.STYLE finds it
        },
        raw=True,
        **options,
    )


def axes_of(ax: Axes | None, **options: object) -> Axes:
    """Return the axes themselves, or those of a new figure if there are none."""
    return plt.subplots(**options)[1] if ax is None else ax


class Words(PathCollection):
    """Many short texts as one artist, by their outlines: some ten times as fast as ``Axes.text``.

    Each of ``words`` stands at its place, shape (num_words, 2), half of the height of a capital
    letter below it. ``size`` is in points; ``align`` is 0 where a word begins at its place, 0.5
    where it is centred there, and 1 where it ends. ``font`` is for ``FontProperties``.
    """

    def __init__(
        self,
        places: Sequence[tuple[float, float]],
        words: Sequence[str],
        ax: Axes,
        *,
        size: float = 10,
        color: str | Sequence[str] = "black",
        align: float = 0.5,
        zorder: float = 3,
        **font: str,
    ) -> None:
        self.places, self.words = places, words
        outlines = [_outline(word, size, align, **font) for word in words]
        look = {"facecolors": color, "linewidths": 0, "zorder": zorder, "offsets": places}
        super().__init__(outlines, [1], offset_transform=ax.transData, **look)  # in points
        self.set_transform(IdentityTransform())
        self.set_snap(False)
        ax.add_collection(self, autolim=False)


@functools.lru_cache(maxsize=1000)
def _outline(word: str, size: float, align: float, **font: str) -> Path:
    path = TextPath((0, -0.365 * size), word, size, prop=FontProperties(**font))
    if not len(path.vertices):
        return path
    left, right = path.vertices[:, 0].min(), path.vertices[:, 0].max()
    return Path(path.vertices - (left + align * (right - left), 0), path.codes)


def legend_above(ax: Axes, ncols: int = 4) -> None:
    """Put the legend above the axes, where it covers no data."""
    spacing = {"borderaxespad": 0.2, "handlelength": 1.6, "columnspacing": 1.4}
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=ncols, **spacing)


def _degree_axis(ax: Axes, low: float, high: float) -> None:
    """Label the x axis in degrees, with a tick at round angles."""
    spacings = (15, 30, 45, 90, 180, 360)
    if high - low < spacings[0] or high - low > 9 * spacings[-1]:
        ax.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 1.5, 3, 4.5, 9, 10]))
    else:
        spacing = next(s for s in spacings if (high - low) / s <= 9)
        ax.set_xticks(np.arange(np.ceil(low / spacing), np.floor(high / spacing) + 1) * spacing)
    ax.set_xlabel("angle (degrees)")


def plot_points(
    degrees: np.ndarray, values: np.ndarray, role: str, ax: Axes | None = None, **style
) -> Axes:
    """Draw points in the colour and with the marker of their role.

    ``values``, shape (num_points,), are the wave or a prediction at ``degrees``, and ``role`` is
    'input', 'target', 'prediction' or 'prime'. ``style`` is handed on to ``Axes.plot``. As in all
    that draws here, a new figure is made if there is no ``ax``.
    """
    _checks.one_of("role", role, ROLES)
    degrees, values = _checks.sequences(degrees=degrees, values=values)
    ax = axes_of(ax)
    ax.plot(degrees, values, **({"label": role, "linestyle": "none"} | ROLES[role] | style))
    return ax


def plot_wave(low: float, high: float, ax: Axes | None = None) -> Axes:
    """Draw the wave from ``low`` to ``high`` degrees as a thin grey line, over an angle axis."""
    ax = axes_of(ax)
    degrees = np.linspace(low, high, 361 if high - low <= 720 else 721)
    ax.plot(degrees, np.sin(np.deg2rad(degrees)), label="the wave", **WAVE)
    _degree_axis(ax, low, high)
    ax.set_ylabel("sine of the angle")
    return ax


def plot_window(window: Window, ax: Axes | None = None) -> Axes:
    """Draw the features and labels of a window, each at its own time."""
    ax = axes_of(ax)
    plot_wave(window.feature_degrees[0], window.label_degrees[-1], ax)
    plot_points(window.feature_degrees, window.features, "input", ax)
    plot_points(window.label_degrees, window.labels, "target", ax, markersize=10)
    legend_above(ax)
    return ax


def plot_forecast(forecast: Forecast, ax: Axes | None = None) -> Axes:
    """Draw the predictions of a test over the wave, each at the angle it is about.

    Of many networks the median is drawn, with a band from 5 % to 95 % of them.
    """
    ax = axes_of(ax)
    degrees = forecast.window.label_degrees
    low = min([forecast.window.feature_degrees[0], *forecast.prime_degrees])
    plot_wave(low, degrees[-1], ax)
    if len(forecast.prime):
        plot_points(forecast.prime_degrees, forecast.prime, "prime", ax, markersize=4)
    if forecast.predictions.ndim == 1:
        plot_points(degrees, forecast.predictions, "prediction", ax)
    else:
        plot_band(degrees, forecast.predictions, ax, label="predictions", markersize=4)
    legend_above(ax)
    return ax


def plot_band(
    x: np.ndarray, values: np.ndarray, ax: Axes | None = None, *, label: str, style: int = 0, **line
) -> Axes:
    """Draw the median over seeds as a line and 5 % to 95 % of the seeds as a band.

    ``x`` has shape (num_points,), and ``values`` (num_models, num_points). The legend adds to
    ``label`` what the band is; ``style`` is an index of ``BAND_STYLES``, ``line`` is for the line.
    """
    values = _checks.sequence("values", values, len(x))
    look, ax = BAND_STYLES[style], axes_of(ax)
    low, middle, high = np.percentile(values, [5, 50, 95], axis=0)
    label = f"{label}: median, 5 % to 95 % of {len(values)} seeds"
    ax.fill_between(x, low, high, color=look["color"], alpha=0.18, linewidth=0)
    ax.plot(x, middle, label=label, **(look | line))
    return ax


def plot_bands(
    x: np.ndarray, values: dict[str, np.ndarray], ax: Axes | None = None, **line
) -> Axes:
    """Draw a band over seeds, as ``plot_band`` does, for each of up to three kinds of network.

    ``values`` is a dict of texts for the legend to arrays of shape (num_models, num_points).
    """
    own_figure, ax = ax is None, axes_of(ax)
    for style, (label, array) in enumerate(values.items()):
        plot_band(x, array, ax, label=label, style=style, **line)
    if own_figure:
        legend_above(ax, ncols=1)
    return ax
