"""One look for every chart: a seaborn theme, colours with meaning, and axes in the reader's language.

Charts are drawn for a phone first: 5.2 inches wide with 11-point text stays readable when a page
of 390 pixels shrinks it, and prints well in grey. The look holds inside :func:`theme` alone, so that
importing the kit and drawing its charts changes no picture of the analyst's own.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from seaborn import set_theme

from cxlib.language import Message, to_text

__all__ = ["BAD", "GOOD", "GREY", "INK", "LIGHT", "MAIN", "SERIES"]
__all__ += ["axes", "chart", "finish", "saved", "theme", "words_on"]

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

# The font by its own name: a family such as sans-serif is looked up when a picture is saved, after the theme.
STYLE = {
    "figure.dpi": 110,
    "font.family": ["DejaVu Sans"],
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=SERIES),
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": LIGHT,
    "xtick.color": INK,
    "xtick.major.size": 3.5,
    "xtick.major.width": 0.8,
    "xtick.minor.size": 2,
    "xtick.minor.width": 0.6,
    "ytick.color": INK,
    "ytick.major.size": 3.5,
    "ytick.major.width": 0.8,
    "ytick.minor.size": 2,
    "ytick.minor.width": 0.6,
    "lines.solid_capstyle": "butt",
    "patch.force_edgecolor": False,
    "text.color": INK,
    "text.parse_math": False,
    "legend.frameon": False,
    "legend.title_fontsize": 11,
}
# The same picture gives the same bytes, with letters as outlines: no font is needed to read it.
SAVING = {"svg.fonttype": "path", "svg.hashsalt": "cx", "savefig.dpi": 150}


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
            ax = draw(*args, **options)
            _settle(ax)
        return ax

    return drawn


def _settle(ax: Axes) -> None:
    """Make the ticks while the theme holds: matplotlib would make them when the picture is shown."""
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_major_ticks()
        axis.get_minor_ticks()


def axes(ax: Axes | None = None, *, height: float = 3.2, width: float = WIDTH) -> Axes:
    """Return `ax`, or a new Axes in the report's size (inches)."""
    if ax is not None:
        return ax
    _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    # Said once more, because matplotlib asks the settings anew when it counts how many ticks have room.
    ax.tick_params(labelsize=mpl.rcParams["xtick.labelsize"])
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


def saved(figure: Figure) -> tuple[str, Any]:
    """Return media type and data of a figure: SVG, or PNG above about a thousand marks."""
    # Any other layout would lose what stands outside the frame, such as long names.
    box = None if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine) else "tight"
    buffer = io.BytesIO()
    with mpl.rc_context(SAVING):
        if sum(map(_marks, figure.axes)) > MARKS_FOR_SVG:
            figure.savefig(buffer, format="png", bbox_inches=box)
            return "image/png", buffer.getvalue()
        figure.savefig(buffer, format="svg", bbox_inches=box, metadata={"Date": None})
    return "image/svg+xml", buffer.getvalue().decode("utf-8")


def _marks(ax: Axes) -> int:
    """Count the points, bars and fields of a chart."""
    lines = (len(line.get_xdata()) if _is_marked(line) else 1 for line in ax.get_lines())
    fields = (max(len(many.get_offsets()), np.size(many.get_array())) for many in ax.collections)
    return sum(lines) + sum(fields) + len(ax.patches)


def _is_marked(line: Line2D) -> bool:
    return line.get_marker() not in ("", "None", None)
