"""Four ways of measuring customer experience, each beside what this company has of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlib.chapters.satisfaction.wording import people
from cxlib.chapters.trust import counts
from cxlib.chapters.trust.respondents import gap_sentence
from cxlib.chapters.trust.study import Gap, Study
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, percent, say
from cxlib.result import Column, Result, interval
from cxlib.stats import intervals

__all__ = ["joined", "methods"]

YEAR = 12


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
    table = pd.DataFrame(rows, columns=["method", "kind", *_VALUES])
    few = table["people"] < data.definitions.minimum_group
    table[_VALUES] = table[_VALUES].astype(float).mask(few)
    heard = {method: [_here(table[table["method"] == method])] for method in METHODS}
    if table["method"].eq("survey").any():
        heard["survey"].append(_gap(data))
    lines = [(name, joined(known, *heard[method])) for method, (name, known) in METHODS.items()]
    return Result(
        "trust.methods",
        (_methods_sentence(table),),
        table=table,
        columns=_METHODS_COLUMNS,
        lines=tuple(lines),
        method=(_METHODS_METHOD,),
    )


def _gap(data: Dataset) -> Message:
    """Return how far those who answered are from all customers, or why it is not known."""
    gap = data.once(Study).gap
    return gap_sentence(gap) if isinstance(gap, Gap) else gap


_VALUES = ["number", "people", "reached", "rate", "low", "high"]
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
_COUNTED = {
    "direct": say("{n} answer after a contact", plural="{n} answers after a contact"),
    "survey": say("{n} answer to surveys", plural="{n} answers to surveys"),
    "ratings": say("{n} rating right after a contact", plural="{n} ratings right after a contact"),
    "mystery": say("{n} mystery visit", plural="{n} mystery visits"),
    "contacts": say("{n} contact begun by customers", plural="{n} contacts begun by customers"),
    "tickets": say("{n} support ticket", plural="{n} support tickets"),
    "complaints": say("{n} complaint", plural="{n} complaints"),
    "reviews": say("{n} online review", plural="{n} online reviews"),
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


def joined(first: Message, *others: Message) -> Message:
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
    words = {"records": _COUNTED[row.kind](n=count(int(row.number)))}
    if row.kind == "mystery":
        shoppers = say("{n} shopper", plural="{n} shoppers", n=count(int(row.people)))
        return say("{records} by {shoppers}", shoppers=shoppers, **words)
    words |= {"people": people(int(row.people)), "reached": percent(row.reached)}
    if not np.isnan(row.rate):
        return _answered(
            words, Estimate(row.rate, row.low, row.high), is_reach_known=not np.isnan(row.reached)
        )
    if np.isnan(row.reached):
        return say("{records} ({people})", **words)
    return say("{records} ({reached} of all active customers)", **words)


def _answered(words: dict[str, Any], rate: Estimate, *, is_reach_known: bool) -> Message:
    if is_reach_known:
        return say(
            "{records} by {people}; {value} of the questionnaires were answered (between {low} and {high}), "
            "and {reached} of all active customers have been heard",
            **words,
            **interval(rate),
        )
    return say(
        "{records} by {people}; {value} of the questionnaires were answered (between {low} and {high})",
        **words,
        **interval(rate),
    )


def _methods_sentence(table: pd.DataFrame) -> Message:
    return say(
        "Of four ways of measuring customer experience, these data hold {n}; it alone does not speak for "
        "all customers.",
        plural="Of four ways of measuring customer experience, these data hold {n}; none of them alone "
        "speaks for all customers.",
        n=count(table.loc[table["number"].notna(), "method"].nunique()),
    )
