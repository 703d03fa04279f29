"""May the figures be trusted? What came in, what is missing, and how those who answer differ."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlib.chapters.trust import counts
from cxlib.chapters.trust.figures import FIGURES
from cxlib.chapters.trust.respondents import balance, measures, score_gap, silent
from cxlib.checks.finding import SEVERITIES
from cxlib.checks.findings import findings
from cxlib.contract.months import month_name
from cxlib.contract.schema import TABLES
from cxlib.dataset.arrivals import arrivals
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, month, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats import intervals

__all__ = [
    "arrived",
    "balance",
    "coverage",
    "freshness",
    "measures",
    "methods",
    "month_states",
    "remarks",
    "score_gap",
    "set_aside",
    "silent",
]

YEAR = 12
MONTHS_SHOWN = 36
# A table without rows in more of its months than this is filled in waves, so an empty month is no gap.
WAVES = 0.25
AROUND = 3
THIN = 0.5
NAMED = 4
MINUTES_OF_A_DAY = 24 * 60

DATED = (
    *("interactions", "surveys", "tickets", "wishes", "mystery_visits", "purchases", "billing"),
    *("negative_experiences", "fixed_costs"),
)


def _label(table: str) -> Message:
    return TABLES[table].label


# ---------------------------------------------------------------- what came in


def remarks(data: Dataset) -> Result:
    """Return what the checks of the data found, the most serious first.

    Returns
    -------
    Result
        No figures. Lines: how serious, then what was found and what to do about it.
    """
    found = findings(data)
    sentences = (say("The checks found nothing in these data that a reader must know before the figures."),)
    if len(found) == 1:
        sentences = (say("The checks found one thing that a reader must know before the figures."),)
    elif found:
        told = say(
            "The checks found {count} things that a reader must know before the figures.",
            count=count(len(found)),
        )
        sentences = (told,)
    if any(finding.severity == "serious" for finding in found):
        sentences += (say("Where it says “serious”, figures that rest on it are probably wrong."),)
    lines = tuple(
        (SEVERITIES[finding.severity], _joined(finding.sentence, finding.remedy)) for finding in found
    )
    return Result("trust.remarks", sentences, lines=lines)


def arrived(data: Dataset) -> Result:
    """Count the rows of each source and table that came in, were kept and were set aside.

    Returns
    -------
    Result
        Figures ``data.rows.<table>`` (kept) and ``data.rejected.<table>``. Table: one row per source and
        per table, ``kind``, ``name``, ``what`` (for readers), ``read``, ``kept``, ``aside``, ``share`` (0-1).
    """
    found = arrivals(data)
    found = found[found["kind"].isin(["source", "table"])]
    keys = ["kind", "name", "rows_read", "rows_kept"]
    table = found.groupby(keys, sort=False, as_index=False)["rows_rejected"].sum()
    table.columns = ["kind", "name", "read", "kept", "aside"]
    share = table["aside"] / table["read"].where(table["read"] > 0)
    what = [_label(row.name) if row.kind == "table" else row.name for row in table.itertuples(index=False)]
    table = table.assign(share=share.fillna(0.0), what=what)
    tables = table[table["kind"] == "table"]
    return Result(
        "trust.arrived",
        (_arrived_sentence(tables),),
        table=table,
        columns=_ARRIVED_COLUMNS,
        figures=tuple(figure for row in tables.itertuples() for figure in _row_figures(row)),
        method=(_WHOLE_IMPORT,),
    )


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
        return say("{read} rows came in; none had to be set aside.", read=count(read))
    return say(
        "{read} rows came in; {aside} of them ({share}) broke the rules for the data and were set aside.",
        read=count(read),
        aside=count(aside),
        share=percent(aside / read, 2),
    )


def _row_figures(row: Any) -> tuple[Figure, Figure]:
    return tuple(
        Figure.of(
            FIGURES[id],
            Estimate(float(rows)),
            label=FIGURES[id].label(table=_label(row.name)),
            n=int(row.read),
        )
        for id, rows in zip(_COUNTED[row.name], (row.kept, row.aside), strict=True)
    )


def set_aside(data: Dataset) -> Result:
    """Count the rows set aside by table, column and reason.

    Returns
    -------
    Result
        No figures. Table: ``kind``, ``name``, ``what``, ``column``, ``reason`` (English), ``rows``,
        ``share`` of the rows read (0-1); most frequent first. Empty where nothing was set aside.
    """
    found = arrivals(data)
    found = found[found["kind"].isin(["source", "table"]) & (found["rows_rejected"] > 0)]
    if found.empty:
        return Result("trust.set_aside", (say("No row was set aside."),))
    table = pd.DataFrame(
        {
            "kind": found["kind"],
            "name": found["name"],
            "column": found["column"],
            "reason": found["reason"],
            "rows": found["rows_rejected"],
            "share": found["rows_rejected"] / found["rows_read"],
        }
    ).sort_values("rows", ascending=False, kind="stable", ignore_index=True)
    what = [_label(row.name) if row.kind == "table" else row.name for row in table.itertuples(index=False)]
    table = table.assign(what=what)
    first = table.iloc[0]
    sentence = say(
        "The most frequent reason, {rows} times: {table}, {column} {reason}.",
        rows=count(int(first["rows"])),
        table=first["what"],
        column=first["column"],
        reason=Message(first["reason"]),
    )
    return Result("trust.set_aside", (sentence,), table=table, columns=_ASIDE_COLUMNS)


_ASIDE_COLUMNS = {
    "what": Column(say("Table")),
    "column": Column(say("Column")),
    "reason": Column(say("Reason"), Message),
    "rows": Column(say("Rows"), count),
    "share": Column(say("Share of the rows read"), partial(percent, digits=2)),
}


# ---------------------------------------------------------------- coverage and lateness

NO_TIME = say("These data have no course of time, so there are no months to compare.")


def _dated(data: Dataset) -> list[str]:
    return [table for table in DATED if table in data.tables and data.has(table, "month_no")]


def coverage(data: Dataset) -> Result:
    """Show for each table the months that have rows, and those that should and have none or few.

    Returns
    -------
    Result
        No figures. Table (empty where there is one month only): one row per table, ``table``,
        ``what``, ``first``, ``last`` (YYYY-MM), ``months`` with rows, ``median`` rows of a month,
        ``gaps``, ``thin``. Part ``cells``: one row per
        table and month (at most 36), ``table``, ``month``, ``rows``, ``relative`` (to the table's median
        month) and ``state`` as in :func:`month_states`.
    """
    tables = _dated(data)
    if not tables:
        return Result.unavailable("trust.coverage", NO_TIME)
    first = max(data.first_month_no, data.month_no - MONTHS_SHOWN + 1)
    if first == data.month_no:
        alone = say("{month} is the only month of these data.", month=month(data.month))
        return Result("trust.coverage", (alone,))
    cells = pd.concat([_cells(data, table, first) for table in tables], ignore_index=True)
    rows = [_covered(table, part) for table, part in cells.groupby("table", sort=False)]
    return Result(
        "trust.coverage",
        _coverage_sentences(data, cells),
        table=pd.DataFrame(rows),
        columns=_COVERAGE_COLUMNS,
        method=(_COVERAGE_METHOD,),
        parts={"cells": cells},
    )


_COVERAGE_METHOD = say(
    "Empty: no row in a month between months with rows; tables that are filled in waves have no such gaps. "
    "Few: less than half of what is usual in the three months before and after, and fewer than chance would "
    "give. At most the last 36 months."
)
_COVERAGE_COLUMNS = {
    "what": Column(say("Table")),
    "first": Column(say("from"), partial(month, short=True)),
    "last": Column(say("to"), partial(month, short=True)),
    "median": Column(say("Rows in a usual month"), count),
    "gaps": Column(say("Months empty"), count),
    "thin": Column(say("Months with few rows"), count),
}


def _cells(data: Dataset, table: str, first: int) -> pd.DataFrame:
    rows = counts.monthly_rows(data, table, first, data.month_no)
    filled = rows[rows > 0]
    usual = float(filled.median()) if len(filled) else np.nan
    return pd.DataFrame(
        {
            "table": table,
            "month": [month_name(number) for number in rows.index],
            "rows": rows.to_numpy(),
            "relative": rows.to_numpy() / usual,
            "state": month_states(rows.to_numpy()),
        }
    )


def month_states(rows: np.ndarray) -> np.ndarray:
    """Judge the months of one table by their numbers of rows.

    Parameters
    ----------
    rows : ndarray of int, shape (n_months,)
        Rows of each month, in order.

    Returns
    -------
    ndarray of str
        "outside" before the first and after the last month with rows; between them "gap" for a month
        without rows (in a table that is not filled in waves), "thin" for one with less than half the
        median of the three months before and after and beyond three Poisson standard deviations;
        else "".
    """
    rows = np.asarray(rows)
    states = np.full(len(rows), "outside", dtype="<U7")
    filled = np.flatnonzero(rows)
    if not filled.size:
        return states
    span = slice(filled[0], filled[-1] + 1)
    inside = rows[span]
    waves = np.mean(inside == 0) > WAVES
    states[span] = "" if waves else [_state(inside, place) for place in range(len(inside))]
    return states


def _state(rows: np.ndarray, place: int) -> str:
    if rows[place] == 0:
        return "gap"
    around = np.r_[rows[max(0, place - AROUND) : place], rows[place + 1 : place + 1 + AROUND]]
    usual = np.median(around) if around.size else rows[place]
    return "thin" if rows[place] < min(THIN * usual, usual - 3 * np.sqrt(usual)) else ""


def _covered(table: str, cells: pd.DataFrame) -> dict[str, Any]:
    filled = cells[cells["rows"] > 0]
    return {
        "table": table,
        "what": _label(table),
        "first": filled["month"].iloc[0] if len(filled) else None,
        "last": filled["month"].iloc[-1] if len(filled) else None,
        "months": len(filled),
        "median": int(filled["rows"].median()) if len(filled) else 0,
        "gaps": int((cells["state"] == "gap").sum()),
        "thin": int((cells["state"] == "thin").sum()),
    }


def _coverage_sentences(data: Dataset, cells: pd.DataFrame) -> tuple[Message, ...]:
    found = [
        say("Looked at: {first} to {last}.", first=month(cells["month"].iloc[0]), last=month(data.month))
    ]
    gaps, thin = (cells[cells["state"] == state] for state in ("gap", "thin"))
    if gaps.empty:
        found.append(say("No table has an empty month in its midst."))
    else:
        found.append(say("Months without a single row: {months}.", months=_named_months(gaps)))
    if not thin.empty:
        found.append(
            say("Months with far fewer rows than those around them: {months}.", months=_named_months(thin))
        )
    return tuple(found)


def _named_months(cells: pd.DataFrame) -> Any:
    named = [
        say("{table} {month}", table=_label(row.table), month=month(row.month, short=True))
        for row in cells.head(NAMED).itertuples()
    ]
    further = len(cells) - len(named)
    return listing([*named, say("{count} more", count=count(further))] if further else named)


def freshness(data: Dataset) -> Result:
    """Say how far each table lags behind the month, and how late its rows are recorded.

    Returns
    -------
    Result
        No figures. Table: one row per table, ``table``, ``what``, ``last`` (YYYY-MM), ``behind``
        (months), and where rows say when they were recorded, for the last twelve months: ``timed``
        rows, ``median`` and ``high`` delay in days (half and 90 % of the rows come faster), ``late``:
        share (0-1) recorded too late for the edition of their own month. NaN where unknown.
    """
    tables = _dated(data)
    if not tables:
        return Result.unavailable("trust.freshness", NO_TIME)
    table = pd.DataFrame([_lag(data, name) for name in tables])
    return Result(
        "trust.freshness",
        (*_behind_sentence(data, table), _delay_sentence(data, table)),
        table=table,
        columns=_FRESHNESS_COLUMNS,
        method=(_DELAY_METHOD,),
    )


_DELAY_METHOD = say(
    "Delay: from the event to its record, for the last twelve months. Rows that had not come in when the "
    "files were made cannot be seen, so the delays of the latest months are rather understated."
)


def _delay(days: float | None) -> Message:
    """Return a delay in the unit in which people would say it."""
    if days is None or np.isnan(days):
        return say("not known")
    if days * MINUTES_OF_A_DAY < 2:
        return say("less than 2 minutes")
    if days < 2 / 24:
        return say("{n} minutes", n=count(round(days * MINUTES_OF_A_DAY)))
    if days < 2:
        return say("{n} hours", n=count(round(days * 24)))
    return say("{n} days", n=count(round(days)))


_FRESHNESS_COLUMNS = {
    "what": Column(say("Table")),
    "last": Column(say("Last month"), partial(month, short=True)),
    "behind": Column(say("Months behind"), count),
    "median": Column(say("Half recorded within"), _delay),
    "high": Column(say("Nine in ten within"), _delay),
    "late": Column(say("Too late for its month"), partial(percent, digits=2)),
}


def _lag(data: Dataset, table: str) -> dict[str, Any]:
    last = int(data.sql(f"SELECT max(month_no) AS last FROM {table}")["last"].iloc[0])
    first = max(data.first_month_no, data.month_no - YEAR + 1)
    delay = counts.delays(data, table, first, data.month_no)
    known = {"timed": 0, "median": np.nan, "high": np.nan, "late": np.nan}
    if delay is not None:
        known = {"timed": int(delay["rows"]), "median": delay["median"], "high": delay["high"]}
        known["late"] = delay["late"] / delay["rows"]
    what = {"table": table, "what": _label(table), "last": month_name(last), "behind": data.month_no - last}
    return what | known


def _behind_sentence(data: Dataset, table: pd.DataFrame) -> tuple[Message, ...]:
    old = table[table["behind"] > 0]
    if old.empty:
        return (say("Every table reaches {month}.", month=month(data.month)),)
    ends = [
        say("{table} in {month}", table=row.what, month=month(row.last))
        for row in old.itertuples(index=False)
    ]
    return (
        say(
            "Not every table reaches {month}. It ends earlier: {ends}.",
            month=month(data.month),
            ends=listing(ends),
        ),
    )


def _delay_sentence(data: Dataset, table: pd.DataFrame) -> Message:
    timed = table[table["timed"] > 0]
    if timed.empty:
        return say("When rows were recorded is not known, so late rows cannot be told from revised ones.")
    worst = timed.loc[timed["late"].idxmax()]
    return say(
        "Of the {table}, half are recorded within {median}; {late} come more than {days} days after their "
        "month's end, too late for the report of that month.",
        table=worst["what"],
        median=_delay(worst["median"]),
        late=percent(worst["late"], 2),
        days=count(data.definitions.late_days),
    )


# ---------------------------------------------------------------- four ways of measuring


class _Method(NamedTuple):
    """A way of measuring: what is known of it in general, from the literature on customer experience."""

    name: Message
    known: Message


METHODS = {
    "direct": _Method(
        say("Direct feedback"),
        say(
            "Close to the experience and relevant; but few respond, and a single opinion is not the "
            "customers'."
        ),
    ),
    "survey": _Method(
        say("Satisfaction surveys"),
        say("Comparable over time and between groups; but limited to what is asked and to those who answer."),
    ),
    "mystery": _Method(
        say("Mystery shopping"),
        say("Close to practice, by fixed criteria; but costly, and each visit is a single impression."),
    ),
    "recorded": _Method(
        say("Recorded contacts, complaints and reviews"),
        say(
            "Nobody has to be asked, and everything recorded counts; but it tells what happened, not how it "
            "felt, and most who are annoyed neither complain nor write."
        ),
    ),
}
NO_SUCH = say("Here: these data hold none.")
NOT_SHOWN = say("Here: from so few people that nothing is shown.")


def methods(data: Dataset) -> Result:
    """Set the known strengths and weaknesses of four ways of measuring beside this company's own numbers.

    The last twelve months up to the report's.

    Returns
    -------
    Result
        No figures. Lines: one per way of measuring. Table: one row per kind of record, ``method``,
        ``kind``, ``number``, ``people``, ``reached`` (share of active customers, 0-1) and ``rate``,
        ``low``, ``high`` (share of questionnaires answered, 0-1); NaN where not known or hidden
        because of few people.
    """
    rows = [*_survey_rows(data), *_mystery_rows(data), *_recorded_rows(data)]
    if not rows:
        return Result.unavailable("trust.methods", _NO_METHOD)
    table = pd.DataFrame(
        rows, columns=["method", "kind", "number", "people", "reached", "rate", "low", "high"]
    )
    few = table["people"] < data.definitions.minimum_group
    hidden = ["number", "people", "reached", "rate", "low", "high"]
    table[hidden] = table[hidden].astype(float).mask(few)
    heard = {method: [_here(table[table["method"] == method])] for method in METHODS}
    heard["survey"] += score_gap(data).sentences[:1] if table["method"].eq("survey").any() else ()
    lines = [(name, _joined(known, *heard[method])) for method, (name, known) in METHODS.items()]
    return Result(
        "trust.methods",
        (_methods_sentence(table),),
        table=table[["method", "kind", *hidden]],
        columns=_METHODS_COLUMNS,
        lines=tuple(lines),
        method=(_METHODS_METHOD,),
    )


_NO_METHOD = say("None of the four ways of measuring customer experience is in these data.")
_METHODS_METHOD = say(
    "The last twelve months. Share that answered: questionnaires sent at least 14 days before the month's "
    "end; interval: Wilson, 95%, widened because one customer is often asked several times. Reached: active "
    "customers with at least one such record. What is said of each method in general is taken from the "
    "literature; the numbers are this company's."
)
_KINDS = {
    "direct": say("answers after a contact"),
    "survey": say("answers to surveys"),
    "ratings": say("ratings right after a contact"),
    "mystery": say("mystery visits"),
    "contacts": say("contacts begun by customers"),
    "tickets": say("support tickets"),
    "complaints": say("complaints"),
    "reviews": say("online reviews"),
}
_METHODS_COLUMNS = {
    "kind": Column(say("Source"), _KINDS.get),
    "number": Column(say("Number"), count),
    "people": Column(say("People"), count),
    "reached": Column(say("Of active customers"), percent),
    "rate": Column(say("Answered"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}
_COMPLAINTS = "source = 'complaint'"
_BEGUN = "coalesce(direction, 'inbound') = 'inbound'"
_REVIEWS = "instrument = 'review' AND score IS NOT NULL"
_RECORDED = {
    "ratings": ("direct", "interactions", "rating IS NOT NULL"),
    "contacts": ("recorded", "interactions", _BEGUN),
    "tickets": ("recorded", "tickets", "TRUE"),
    "complaints": ("recorded", "negative_experiences", _COMPLAINTS),
    "reviews": ("recorded", "surveys", _REVIEWS),
}


def _year(data: Dataset) -> tuple[int, int]:
    return data.month_no - YEAR + 1, data.month_no


def _reached(data: Dataset, table: str, condition: str) -> float:
    """Return the share of active customers with a row in the last twelve months; NaN where not known."""
    if not data.has("customers", "start_no") or not data.has(table, "customer_no"):
        return np.nan
    active = counts.active_customers(data)
    return (
        counts.customers_heard(data, table, *_year(data), condition=condition) / active if active else np.nan
    )


def _survey_rows(data: Dataset) -> list[tuple[Any, ...]]:
    if "surveys" not in data.tables:
        return []
    rows = []
    for method, condition in (("direct", counts.DIRECT), ("survey", counts.RELATIONAL)):
        kinds = counts.questionnaires(data, condition, *_year(data))
        number, people = (
            (kinds["answers"] * kinds["people"]).sum(),
            kinds.loc[kinds["answers"] > 0, "people"].sum(),
        )
        if not number:
            continue
        rate = Estimate(np.nan, np.nan, np.nan)
        if kinds["asked"].any():
            rate = intervals.clustered_share(kinds["asked"], kinds["answered"], kinds["people"])
        heard = _reached(data, "surveys", f"{condition} AND score IS NOT NULL")
        rows.append((method, method, number, people, heard, *rate))
    return rows


def _mystery_rows(data: Dataset) -> list[tuple[Any, ...]]:
    if "mystery_visits" not in data.tables:
        return []
    number, sites, shoppers = counts.visits(data, *_year(data))
    # Visits describe sites, not people: few shoppers hide nothing but themselves.
    return [("mystery", "mystery", number, shoppers, *[np.nan] * 4)] if number and sites else []


def _recorded_rows(data: Dataset) -> list[tuple[Any, ...]]:
    rows = []
    for kind, (method, table, condition) in _RECORDED.items():
        if table not in data.tables:
            continue
        number, people = counts.records(data, table, *_year(data), condition=condition)
        people = people if data.has(table, "customer_no") else number
        if number:
            heard = _reached(data, table, condition)
            rows.append((method, kind, number, people, heard, *[np.nan] * 3))
    return rows


def _joined(first: Message, *others: Message) -> Message:
    """Return sentences one after the other as one text."""
    for other in others:
        first = say("{first} {then}", first=first, then=other)
    return first


def _here(rows: pd.DataFrame) -> Message:
    if rows.empty:
        return NO_SUCH
    shown = rows[rows["number"].notna()]
    if shown.empty:
        return NOT_SHOWN
    return say("Here: {parts}.", parts=listing([_counted(row) for row in shown.itertuples(index=False)]))


def _counted(row: Any) -> Message:
    words = {"number": count(int(row.number)), "kind": _KINDS[row.kind], "people": count(int(row.people))}
    if row.kind == "mystery":
        return say("{number} {kind} by {people} shoppers", **words)
    words["reached"] = percent(row.reached)
    if not np.isnan(row.rate):
        rate = interval(Estimate(row.rate, row.low, row.high))
        if np.isnan(row.reached):
            return say(
                "{number} {kind} by {people} people; {value} of the questionnaires were answered (between "
                "{low} and {high})",
                **words,
                **rate,
            )
        return say(
            "{number} {kind} by {people} people; {value} of the questionnaires were answered (between {low} "
            "and {high}), and {reached} of all active customers have been heard",
            **words,
            **rate,
        )
    if np.isnan(row.reached):
        return say("{number} {kind} ({people} people)", **words)
    return say("{number} {kind} ({reached} of all active customers)", **words)


def _methods_sentence(table: pd.DataFrame) -> Message:
    used = table.loc[table["number"].notna(), "method"].nunique()
    return say(
        "Of four ways of measuring customer experience, these data hold {used}; none of them alone speaks "
        "for all customers.",
        used=count(used),
    )
