"""May the figures be trusted? What came in, what is missing, and how those who answer differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from cxlib.chapters.trust.completeness import coverage, freshness
from cxlib.chapters.trust.figures import FIGURES
from cxlib.chapters.trust.respondents import balance, score_gap
from cxlib.chapters.trust.silence import measures, silent
from cxlib.chapters.trust.ways import joined, methods
from cxlib.checks.finding import SEVERITIES
from cxlib.checks.findings import findings
from cxlib.contract.schema import TABLES
from cxlib.dataset.arrivals import arrivals
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, percent, say, translate
from cxlib.result import Column, Figure, Result

__all__ = [
    "arrived",
    "balance",
    "coverage",
    "freshness",
    "measures",
    "methods",
    "remarks",
    "score_gap",
    "set_aside",
    "silent",
]


def remarks(data: Dataset) -> Result:
    """Return what the checks of the data found, the most serious first.

    Returns
    -------
    Result
        No figures. Lines: how serious, then what was found and what to do about it.
    """
    found = findings(data)
    sentences = (say("The checks found nothing in these data that a reader must know before the figures."),)
    if found:
        sentences = (_FOUND(n=count(len(found))),)
    if any(finding.severity == "serious" for finding in found):
        sentences += (say("Where it says “serious”, figures that rest on it are probably wrong."),)
    lines = tuple(
        (SEVERITIES[finding.severity], joined(finding.sentence, finding.remedy)) for finding in found
    )
    return Result("trust.remarks", sentences, lines=lines)


_FOUND = say(
    "The checks found one thing that a reader must know before the figures.",
    plural="The checks found {n} things that a reader must know before the figures.",
)


def _name(kind: str, name: str) -> Any:
    """Return what readers call a table; a source goes by its own name."""
    return TABLES[name].label if kind == "table" else name


def arrived(data: Dataset) -> Result:
    """Count the rows of each source and table that came in, were kept and were set aside.

    Returns
    -------
    Result
        Figures ``data.rows.<table>`` (kept) and ``data.rejected.<table>``. Table: one row per source and
        per table, ``kind``, ``name``, ``what`` (for readers), ``read``, ``kept``, ``aside``, ``share`` (0-1).
    """
    rows = arrivals(data)
    rows = rows[rows["kind"].isin(["source", "table"])]
    keys = ["kind", "name", "rows_read", "rows_kept"]
    table = rows.groupby(keys, sort=False, as_index=False)["rows_rejected"].sum()
    table.columns = ["kind", "name", "read", "kept", "aside"]
    share = table["aside"] / table["read"].where(table["read"] > 0)
    what = [_name(row.kind, row.name) for row in table.itertuples(index=False)]
    table = table.assign(share=share.fillna(0.0), what=what)
    tables = table[table["kind"] == "table"]
    return Result(
        "trust.arrived",
        (_arrived_sentence(tables),),
        table=table,
        columns=_ARRIVED_COLUMNS,
        figures=tuple(figure for row in tables.itertuples() for figure in _row_figures(row)),
        method=(_WHOLE_IMPORT,),
        absent=_not_there(set(tables["name"])),
    )


def _not_there(names: set[str]) -> dict[str, Message]:
    """Return why the figures of tables that did not come in are absent."""
    lacking = [table for table in _COUNTED if table not in names and table != "touchpoints"]
    reason = say(
        "These data hold no such table: {tables}.", tables=listing(TABLES[table].label for table in lacking)
    )
    absent = {id: reason for table in lacking for id in _COUNTED[table]}
    own = {} if "touchpoints" in names else dict.fromkeys(_COUNTED["touchpoints"], _STARTING_LIST)
    return absent | own


_STARTING_LIST = say("These data bring no list of touchpoints; the kit's own is used.")


_WHOLE_IMPORT = say(
    "Counted when the files were read: all months and all customers, whatever month and part of the "
    "customers this report is about. Rows set aside are kept, each with file, line and reason, for the "
    "analyst."
)
_ARRIVED_COLUMNS = {
    "kind": Column(say("Kind"), {"source": say("file"), "table": say("table")}.get),
    "what": Column(say("Name")),
    "read": Column(say("Rows read"), count),
    "kept": Column(say("Kept"), count),
    "aside": Column(say("Set aside"), count),
    "share": Column(say("Share set aside"), partial(percent, digits=2)),
}


# Of each table: rows that were kept and rows that were set aside.
_COUNTED = {
    "customers": ("data.rows.customers", "data.rejected.customers"),
    "interactions": ("data.rows.interactions", "data.rejected.interactions"),
    "surveys": ("data.rows.surveys", "data.rejected.surveys"),
    "tickets": ("data.rows.tickets", "data.rejected.tickets"),
    "wishes": ("data.rows.wishes", "data.rejected.wishes"),
    "mystery_visits": ("data.rows.mystery_visits", "data.rejected.mystery_visits"),
    "purchases": ("data.rows.purchases", "data.rejected.purchases"),
    "billing": ("data.rows.billing", "data.rejected.billing"),
    "snapshot": ("data.rows.snapshot", "data.rejected.snapshot"),
    "negative_experiences": ("data.rows.negative_experiences", "data.rejected.negative_experiences"),
    "touchpoints": ("data.rows.touchpoints", "data.rejected.touchpoints"),
    "actions": ("data.rows.actions", "data.rejected.actions"),
    "fixed_costs": ("data.rows.fixed_costs", "data.rejected.fixed_costs"),
}


def _arrived_sentence(tables: pd.DataFrame) -> Message:
    read, aside = int(tables["read"].sum()), int(tables["aside"].sum())
    if not aside:
        return say(
            "{n} row came in; it did not have to be set aside.",
            plural="{n} rows came in; none had to be set aside.",
            n=count(read),
        )
    if read == 1:
        return say("The only row that came in broke the rules for the data and was set aside.")
    return say(
        "{read} rows came in; {n} of them ({share}) broke the rules for the data and was set aside.",
        plural="{read} rows came in; {n} of them ({share}) broke the rules for the data and were set aside.",
        n=count(aside),
        read=count(read),
        share=percent(aside / read, 2),
    )


def _row_figures(row: Any) -> tuple[Figure, Figure]:
    return tuple(
        Figure.of(
            FIGURES[id],
            Estimate(float(rows)),
            label=FIGURES[id].label(table=TABLES[row.name].label),
            n=int(row.read),
        )
        for id, rows in zip(_COUNTED[row.name], (row.kept, row.aside), strict=True)
    )


@dataclass(frozen=True)
class _Reason:
    """Why a row was set aside: kept in English with the row, read in each language."""

    english: str

    def text(self, language: str | None = None) -> str:
        return translate(self.english, language)


def set_aside(data: Dataset) -> Result:
    """Count the rows set aside by table, column and reason.

    Returns
    -------
    Result
        No figures. Table: ``kind``, ``name``, ``what``, ``column``, ``reason`` (English), ``rows``,
        ``share`` of the rows read (0-1); most frequent first. Empty where nothing was set aside.
    """
    rows = arrivals(data)
    rows = rows[rows["kind"].isin(["source", "table"]) & (rows["rows_rejected"] > 0)]
    if rows.empty:
        return Result("trust.set_aside", (say("No row was set aside."),))
    table = pd.DataFrame(
        {
            "kind": rows["kind"],
            "name": rows["name"],
            "column": rows["column"],
            "reason": rows["reason"],
            "rows": rows["rows_rejected"],
            "share": rows["rows_rejected"] / rows["rows_read"],
        }
    ).sort_values("rows", ascending=False, kind="stable", ignore_index=True)
    what = [_name(row.kind, row.name) for row in table.itertuples(index=False)]
    table = table.assign(what=what)
    first = table.iloc[0]
    sentence = say(
        "The most frequent reason, {n} time: {table}, {column} {reason}.",
        plural="The most frequent reason, {n} times: {table}, {column} {reason}.",
        n=count(int(first["rows"])),
        table=first["what"],
        column=first["column"],
        reason=_Reason(first["reason"]),
    )
    return Result("trust.set_aside", (sentence,), table=table, columns=_ASIDE_COLUMNS)


_ASIDE_COLUMNS = {
    "what": Column(say("Table")),
    "column": Column(say("Column")),
    "reason": Column(say("Reason"), _Reason),
    "rows": Column(say("Rows"), count),
    "share": Column(say("Share of the rows read"), partial(percent, digits=2)),
}
