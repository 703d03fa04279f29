"""One look for every chart: a seaborn theme, colours with meaning, and axes in the reader's language.

Charts are drawn for a phone first: 5.2 inches wide with 11-point text stays readable when a page
of 390 pixels shrinks it, and prints well in grey. The look holds inside :func:`theme` alone, so that
importing the kit changes no picture of the analyst's own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from seaborn import set_theme

from cxlib.language import Message, to_text

__all__ = ["BAD", "GOOD", "GREY", "INK", "SERIES", "axes", "chart", "finish", "picture", "theme", "words_on"]

Options = ParamSpec("Options")

INK = "#1b2a3a"
GREY = "#7a8794"
LIGHT = "#d5dbe1"
MAIN = "#1f5a94"
GOOD = "#2a78b5"
BAD = "#b5482a"
SERIES = ("#1f5a94", "#b5482a", "#6f8f3c", "#8a5a99", "#c08a1e", "#3f8f8a")
WIDTH = 5.2
MARKS_FOR_SVG = 1000

STYLE = {
    "figure.dpi": 110,
    "savefig.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=SERIES),
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": LIGHT,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "text.parse_math": False,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "cx",
}


@contextmanager
def theme() -> Iterator[None]:
    """Draw in the report's look inside a ``with`` block; settings are as before after it."""
    with mpl.rc_context():
        set_theme(style="ticks", palette=list(SERIES), rc=STYLE)
        yield


def chart(draw: Callable[Options, Axes]) -> Callable[Options, Axes]:
    """Let a function that takes a result, draws on one Axes and returns it draw in :func:`theme`."""

    @wraps(draw)
    def drawn(*args: Options.args, **options: Options.kwargs) -> Axes:
        with theme():
            return draw(*args, **options)

    return drawn


def axes(ax: Axes | None = None, *, height: float = 3.2, width: float = WIDTH) -> Axes:
    """Return `ax`, or a new Axes in the report's size (inches)."""
    if ax is not None:
        return ax
    _, ax = plt.subplots(figsize=(width, height))
    return ax


def words_on(axis: Axis, show: Callable[[float], Any]) -> None:
    """Write the ticks of one axis as quantities (percent, money, number) in the current language."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: to_text(show(value))))


def finish(ax: Axes, *, alt: Message, x: Message | None = None, y: Message | None = None) -> Axes:
    """Set axis titles and the alternative text of a chart; returns the Axes.

    Parameters
    ----------
    alt : Message
        What the picture shows, made from the data: direction, first and last value, interval.
    x, y : Message, optional
        Axis titles with units.
    """
    if x is not None:
        ax.set_xlabel(x.text())
    if y is not None:
        ax.set_ylabel(y.text())
    ax.set_label(alt.text())
    return ax


def picture(figure: Figure) -> tuple[str, Any]:
    """Return media type and data of a figure: SVG, or PNG above about a thousand marks."""
    with theme():
        return _saved(figure)


def _saved(figure: Figure) -> tuple[str, Any]:
    marks = sum(
        len(line.get_xdata()) if line.get_marker() not in ("", "None", None) else 1
        for ax in figure.axes
        for line in ax.get_lines()
    ) + sum(len(c.get_offsets()) for ax in figure.axes for c in ax.collections)
    buffer = io.BytesIO()
    if marks > MARKS_FOR_SVG:
        figure.savefig(buffer, format="png")
        return "image/png", buffer.getvalue()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return "image/svg+xml", buffer.getvalue().decode("utf-8")
