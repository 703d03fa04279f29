"""What every measure and model returns: a table, a sentence for readers, and figures to remember.

A :class:`Result` shows itself in JupyterLab and in the report from the same fields, so that text,
table and chart cannot disagree. Its figures travel inside the notebook's own output, as JSON under
the media type :data:`FIGURES_TYPE`, where the report's runner collects them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from cxlib.errors import CxError, UsageError
from cxlib.estimate import Estimate, rounded
from cxlib.figures import Declared
from cxlib.language import LANGUAGES, Message, Quantity, current, percent, say, to_text, translate

__all__ = ["FIGURES_TYPE", "VERDICTS", "Column", "Figure", "Result", "Tile", "picture", "show"]

FIGURES_TYPE = "application/vnd.cx.figures+json"
VERDICTS = {
    "supported": say("supported"),
    "contradicted": say("contradicted"),
    "not decidable": say("not decidable"),
    "not applicable": say("not applicable"),
}
_IN_PERCENT = ("%", "% per month", "percentage points", "% of value")


@dataclass(frozen=True)
class Figure:
    """One number worth remembering from month to month.

    Attributes
    ----------
    id : str
        Stable name, e.g. ``churn.hr.adjusted.1``; data/README.md gives the exact definition.
    label : Message
        Name for readers.
    value, low, high : float or None
        In `unit`: percentages and percentage points as 0-100, the rest as they are.
    unit : str
        ``%``, ``% per month``, ``percentage points``, ``% of value``, ``points``, ``ratio``,
        ``score``, ``hours``, a currency code, or ``word`` for a verdict.
    n : int or None
        Customers, answers or customer-months the value rests on.
    verdict : str or None
        For claims: ``supported``, ``contradicted``, ``not decidable`` or ``not applicable``.
    method, note : Message or None
        How it was computed; what to keep in mind.
    """

    id: str
    label: Message
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    n: int | None = None
    verdict: str | None = None
    method: Message | None = None
    note: Message | None = None

    @classmethod
    def of(
        cls,
        declared: Declared,
        estimate: Estimate,
        *,
        currency: str = "",
        label: Message | None = None,
        **rest: Any,
    ) -> Figure:
        """Make a declared figure from an estimate on its natural scale (shares as 0-1).

        Parameters
        ----------
        declared : Declared
        estimate : Estimate
        currency : str
            ISO 4217 code, for a figure declared in ``money``.
        label : Message, optional
            The declared label with its values bound, where it has places for some.
        **rest
            ``n``, ``method``, ``note``.
        """
        unit = currency if declared.unit == "money" else declared.unit
        scale = 100.0 if unit in _IN_PERCENT else 1.0
        value, low, high = (None if x is None else rounded(x * scale) for x in estimate)
        return cls(declared.id, label or declared.label, value, low, high, unit, **rest)

    @classmethod
    def word(cls, declared: Declared, verdict: str, *, label: Message | None = None, **rest: Any) -> Figure:
        """Make a declared figure from a verdict, one of :data:`VERDICTS`."""
        return cls(declared.id, label or declared.label, None, unit="word", verdict=verdict, **rest)

    def record(self) -> dict[str, Any]:
        """Return the figure as plain values for figures.json; words by language."""
        record = {
            name: getattr(self, name) for name in ("id", "value", "low", "high", "unit", "n", "verdict")
        }
        words = {name: getattr(self, name) for name in ("label", "method", "note")}
        return record | {name: _in_each_language(text) for name, text in words.items()}


def _in_each_language(words: Message | None) -> dict[str, str] | None:
    return None if words is None else {language: words.text(language) for language in LANGUAGES}


def _itself(value: Any) -> Any:
    return value


class Column(NamedTuple):
    """How one column of a result's table is shown: its heading, and value -> quantity or message."""

    label: Message
    show: Callable[[Any], Any] = _itself


class Tile(NamedTuple):
    """One headline of the summary: a name, a large value, and lines of small print below it."""

    label: Message
    value: Any
    details: tuple[Message, ...] = ()
    verdict: str | None = None
    unit: Message | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """A measure or model, ready to read, draw or report.

    Attributes
    ----------
    name : str
        Function that made it, e.g. ``satisfaction.nps``.
    sentences : tuple of Message
        One or two sentences for a reader who reads no code: value, interval, n, what it does not mean.
    table : DataFrame
        Tidy, on natural scales (shares 0-1); the columns are documented by the function that made it.
    columns : mapping of str to Column
        Columns shown to readers, in order; others stay for the analyst.
    figures : tuple of Figure
        What is remembered from month to month.
    lines : tuple of (Message, Message)
        Heading and text of a claim card, in order.
    tiles : tuple of Tile
        Headlines shown side by side; only the summary has them.
    method : tuple of Message
        How it was computed and what it cannot say; folded away in the report.
    warnings : tuple of Message
        What the reader must know before trusting the value.
    absent : mapping of str to Message
        Figure ids that these data cannot give, with the reason.
    parts : mapping of str to DataFrame
        Further tidy tables that charts draw.
    facts : mapping
        Single values behind sentences and charts by name: a horizon, a level, a currency, a total.
    fit : object
        The untouched statsmodels results, where there are some.
    """

    name: str
    sentences: tuple[Message, ...]
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    columns: Mapping[str, Column] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    lines: tuple[tuple[Message, Message], ...] = ()
    tiles: tuple[Tile, ...] = ()
    method: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()
    absent: Mapping[str, Message] = field(default_factory=dict)
    parts: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    fit: Any = field(default=None, repr=False)

    @classmethod
    def unavailable(cls, name: str, reason: Message, ids: Iterable[str] = ()) -> Result:
        """Return a result that says why these data cannot give it, and which figures are absent."""
        return cls(name, (reason,), absent=dict.fromkeys(ids, reason))

    @property
    def available(self) -> bool:
        """Whether there is anything to draw or tabulate."""
        return not self.table.empty or bool(self.lines) or bool(self.tiles)

    def text(self, language: str | None = None) -> str:
        """Return the sentences in `language` (default: the current one)."""
        return " ".join(sentence.text(language) for sentence in self.sentences)

    def figure(self, id: str) -> Figure:
        """Return the figure with this id, or say which ids there are."""
        for figure in self.figures:
            if figure.id == id:
                return figure
        raise CxError(f"{self.name} has no figure {id!r}; it has {[f.id for f in self.figures]}.")

    def with_warnings(self, *warnings: Message) -> Result:
        """Return the same result with further warnings."""
        return replace(self, warnings=(*self.warnings, *warnings))

    def shown(self, language: str | None = None) -> pd.DataFrame:
        """Return the table as readers see it: headings and values in words."""
        language = language or current()
        return pd.DataFrame(
            {
                column.label.text(language): [to_text(column.show(v), language) for v in self.table[name]]
                for name, column in self.columns.items()
            }
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        return {
            "text/plain": self._plain(),
            "text/html": _answer_html(self) + _details_html(self),
            FIGURES_TYPE: _published(self),
        }

    def _plain(self) -> str:
        parts = [self.text()]
        parts += [_tile_plain(tile) for tile in self.tiles]
        parts += [f"{head.text()}: {text.text()}" for head, text in self.lines]
        parts += [f"! {warning.text()}" for warning in self.warnings]
        if self.columns and not self.table.empty:
            parts.append(self.shown().to_string(index=False))
        return "\n\n".join(parts)


def _published(result: Result) -> dict[str, Any]:
    absent = {id: {lang: why.text(lang) for lang in LANGUAGES} for id, why in result.absent.items()}
    published = {"name": result.name, "figures": [f.record() for f in result.figures], "absent": absent}
    if result.columns and not result.table.empty:
        published["table"] = _plain_table(result)
    return published


def _plain_table(result: Result) -> dict[str, list[Any]]:
    """Return the columns that readers see, as JSON: names, and rows of plain values."""
    columns = list(result.columns)
    rows = result.table[columns].itertuples(index=False, name=None)
    return {"columns": columns, "rows": [[_plain_value(value) for value in row] for row in rows]}


def _plain_value(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool | int):
        return value
    return rounded(value) if isinstance(value, float) else to_text(value, "en")


def _answer_html(result: Result) -> str:
    kind = "cx-card" if result.lines else "cx-answer"
    lines = "".join(
        f"<dt>{escape(head.text())}</dt><dd>{escape(text.text())}</dd>" for head, text in result.lines
    )
    parts = [
        f'<p class="cx-sentence">{escape(result.text())}</p>' if result.sentences else "",
        _verdicts_html(result) if result.lines else "",
        f"<dl>{lines}</dl>" if lines else "",
        _tiles_html(result.tiles),
        *(f'<p class="cx-warning">{escape(warning.text())}</p>' for warning in result.warnings),
    ]
    return f'<div class="{kind}">{"".join(parts)}</div>'


def _verdicts_html(result: Result) -> str:
    badges = "".join(
        f"<li>{_badge(figure.verdict)} {escape(figure.label.text())}</li>"
        for figure in result.figures
        if figure.verdict
    )
    return f'<ul class="cx-verdicts">{badges}</ul>' if badges else ""


def _badge(verdict: str) -> str:
    kind = verdict.replace(" ", "-")
    return f'<span class="cx-verdict cx-{escape(kind)}">{escape(VERDICTS[verdict].text())}</span>'


def _tiles_html(tiles: tuple[Tile, ...]) -> str:
    return f'<ul class="cx-tiles">{"".join(map(_tile_html, tiles))}</ul>' if tiles else ""


def _tile_html(tile: Tile) -> str:
    value = _badge(tile.verdict) if tile.verdict else escape(to_text(tile.value))
    unit = f' <span class="cx-unit">{escape(tile.unit.text())}</span>' if tile.unit else ""
    details = "".join(f'<div class="cx-small">{escape(line.text())}</div>' for line in tile.details)
    return (
        f'<li><div class="cx-label">{escape(tile.label.text())}</div>'
        f'<div class="cx-value"><b>{value}</b>{unit}</div><div class="cx-details">{details}</div></li>'
    )


def _tile_plain(tile: Tile) -> str:
    value = VERDICTS[tile.verdict].text() if tile.verdict else to_text(tile.value)
    value = f"{value} {tile.unit.text()}" if tile.unit else value
    return "\n".join([f"{tile.label.text()}: {value}", *(f"  {line.text()}" for line in tile.details)])


def _details_html(result: Result) -> str:
    table = ""
    if result.columns and not result.table.empty:
        table = _folded(say("Table"), _table_html(result.shown()), "cx-table", opened=True)
    method = "".join(f"<p>{escape(text.text())}</p>" for text in result.method)
    return table + (_folded(say("Method and limits"), method, "cx-method") if method else "")


def _folded(summary: Message, inner: str, kind: str, *, opened: bool = False) -> str:
    state = " open" if opened else ""
    return f'<details class="{kind}"{state}><summary>{escape(summary.text())}</summary>{inner}</details>'


def _table_html(shown: pd.DataFrame) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in shown.columns)
    rows = []
    for first, *rest in shown.itertuples(index=False, name=None):
        cells = "".join(f"<td>{escape(value)}</td>" for value in rest)
        rows.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    body = "".join(rows)
    return f'<div class="cx-scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def show(result: Result, draw: Any = None, *, caption: Message | str | None = None) -> None:
    """Show a result: its sentence, the picture that `draw` makes of it, then table and method.

    Parameters
    ----------
    result : Result
    draw : callable or picture, optional
        A chart of the result's chapter, or any function that takes the result and returns a picture:
        matplotlib Axes or Figure, or a grid of seaborn; it draws in the report's look. Or such a picture,
        already drawn. Not called and not shown where the result is unavailable.
    caption : Message or str, optional
        One sentence on what is seen; it stands below the picture. A chart of the kit brings its own
        alternative text; for any other picture the caption is that too, so it cannot do without one.
        Plain text is looked up in the catalogues of words like a notebook's Markdown.

    Raises
    ------
    UsageError
        If `draw` returns no picture, or the picture has neither caption nor alternative text; or for a
        caption without a picture.

    Examples
    --------
    >>> show(stays, seaborn.pointplot(stays.table, x="value", y="group"), caption="Still here, by group.")
    """
    from IPython.display import display

    if draw is None and caption is not None:
        raise UsageError("A caption belongs to a picture: cx.show(result, draw, caption=...).")
    bundle = {
        "text/plain": result._plain(),
        "text/html": _answer_html(result),
        FIGURES_TYPE: _published(result),
    }
    display(bundle, raw=True)
    if draw is not None:
        _show_drawing(result, draw, caption)
    details = _details_html(result)
    if details:
        display({"text/plain": "", "text/html": details}, raw=True)


def _show_drawing(result: Result, draw: Any, caption: Message | str | None) -> None:
    from cxlib import style

    if not result.available:
        if not callable(draw):
            _close(_figure_of(draw))
    elif callable(draw):
        with style.theme():
            picture(draw(result), caption=caption)
    else:
        picture(draw, caption=caption)


def picture(drawn: Any, *, caption: Message | str | None = None) -> None:
    """Show one picture alone, for instance of a table that no result holds.

    Parameters
    ----------
    drawn : Axes, Figure or grid of seaborn
    caption : Message or str, optional
        As in :func:`show`.

    Raises
    ------
    UsageError
        If `drawn` is no picture, or has neither caption nor alternative text.
    """
    from IPython.display import display

    from cxlib import style

    figure, words = _figure_of(drawn), _in_words(caption)
    alt = _alt_of(drawn) or words
    if not alt:
        _close(figure)
        raise UsageError(
            "The picture has neither caption nor alternative text. Say in one sentence what is seen: "
            "cx.show(result, draw, caption=...), or in a chart style.finish(ax, alt=...)."
        )
    media_type, data = style.saved(figure)
    _close(figure)
    about = {"alt": alt} | ({"caption": words} if words else {})
    display({"text/plain": alt, media_type: data}, metadata={media_type: about}, raw=True)


def _figure_of(drawn: Any) -> Any:
    """Return the Figure of an Axes, a grid of seaborn, or itself."""
    figure = getattr(drawn, "figure", None)
    if not hasattr(figure, "savefig"):
        figure = getattr(figure, "figure", drawn)
    if not hasattr(figure, "savefig"):
        raise UsageError(
            f"No picture can be shown of {type(drawn).__name__}; return or give the Axes, the Figure or the "
            "grid of seaborn that was drawn."
        )
    return figure


def _alt_of(drawn: Any) -> str:
    """Return the alternative text that style.finish gave an Axes."""
    label = drawn.get_label() if hasattr(drawn, "get_xlabel") else ""
    return str(label).strip()


def _in_words(caption: Message | str | None) -> str:
    words = translate(caption) if isinstance(caption, str) else to_text(caption or "")
    return words.strip()


def _close(figure: Any) -> None:
    import matplotlib.pyplot as plt

    plt.close(figure)


def interval(estimate: Estimate, show: Callable[[float], Quantity] = percent) -> dict[str, Quantity]:
    """Return ``value``, ``low`` and ``high`` of an estimate as quantities for a sentence."""
    return {name: show(x) for name, x in zip(("value", "low", "high"), estimate, strict=True)}
