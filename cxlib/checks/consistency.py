"""Do the records agree with themselves: spellings, scales, unrated items, samples, doubles, bills.

Each check judges a small frame of counts. Of very many customers every n-th is looked at. Single rows
that break the contract were set aside before, on import.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib.checks.finding import Finding
from cxlib.checks.predictors import MOST_LEVELS, columns_of, every, kept
from cxlib.contract.engine import literal, name
from cxlib.contract.queries import read_sql
from cxlib.contract.schema import TABLES
from cxlib.language import count, listing, number, percent, say

if TYPE_CHECKING:
    from cxlib.dataset.dataset import Dataset

__all__ = [
    "billed_after_the_end",
    "doubled",
    "inconsistencies",
    "months_without_bill",
    "several_scales",
    "two_spellings",
    "unlike_the_base",
    "unrated",
]

MOST_SPELLINGS = 200
# The rarer of two words that differ by one letter must be this rare to be taken for a slip.
A_SLIP = 0.02
SHORTEST_WORD = 6
FEW_RATED, ENOUGH_ASKED = 0.5, 30
# Standardised difference of a share that is usually called noticeable, and the answers it needs.
UNLIKE, ENOUGH_ANSWERS, BEYOND_CHANCE = 0.2, 50, 4
MANY_DOUBLED, MANY_GAPS, SOME_ZEROS, MANY_BILLED = 0.002, 0.02, 0.005, 0.05
_NO_LEVELS = ("customer_id", "referred_by", "comment", "description", "response_group", "case_id", "shopper")
_ALIKE = {
    "interactions": ("occurred_at", "touchpoint", "channel", "outcome", "duration_seconds"),
    "surveys": ("answered_at", "instrument", "touchpoint", "score"),
    "tickets": ("opened_at", "reason", "channel"),
    "purchases": ("occurred_at", "amount"),
}
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_LISTED = 5


def inconsistencies(dataset: Dataset) -> list[Finding]:
    """Return where the records of a dataset do not agree with themselves."""
    findings = [*two_spellings(kept(dataset, spellings))]
    if dataset.has("surveys", "score"):
        findings += [*several_scales(kept(dataset, scales)), *unrated(kept(dataset, answered))]
    if dataset.has("surveys", "score", "customer_no") and dataset.has("customers", "start_no"):
        findings += unlike_the_base(kept(dataset, base_and_answers))
    findings += doubled(kept(dataset, doubles))
    if dataset.has("billing", "month") and dataset.has("customers", "start_no"):
        bills = kept(dataset, billed_months).iloc[0]
        findings += [*months_without_bill(bills), *billed_after_the_end(bills)]
    return findings


def spellings(dataset: Dataset) -> pd.DataFrame:
    """Count the rows of every level of every text column: ``table``, ``column``, ``level``, ``rows``."""
    parts = []
    for table in sorted(dataset.tables - {"touchpoints"}):
        own = TABLES[table]
        texts = [
            field.name
            for field in columns_of(dataset, table)
            if pa.types.is_string(field.type)
            and field.name not in (*_NO_LEVELS, *own.key)
            and not (own.column(field.name) and own.column(field.name).values)
        ]
        parts += _levels_of(dataset, table, texts)
    if not parts:
        return pd.DataFrame(columns=["table", "column", "level", "rows"])
    return dataset.sql(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL")


def _levels_of(dataset: Dataset, table: str, texts: list[str]) -> list[str]:
    """Return SQL that counts the levels of the columns that have few."""
    if not texts:
        return []
    looks = ", ".join(f"approx_count_distinct({name(column)})" for column in texts)
    distinct = dataset.arrow(f"SELECT {looks} FROM {table}").to_pylist()[0].values()
    return [
        f'SELECT {literal(table)} AS "table", {literal(column)} AS "column", {name(column)} AS level, '
        f'count(*) AS "rows" FROM {table} WHERE {name(column)} IS NOT NULL GROUP BY {name(column)}'
        for column, levels in zip(texts, distinct, strict=True)
        if 1 < levels <= MOST_SPELLINGS
    ]


def two_spellings(levels: pd.DataFrame) -> Iterator[Finding]:
    """Find levels that differ in case, accents, blanks and signs alone, or by one letter in a rare word.

    Parameters
    ----------
    levels : DataFrame
        One row per table, column and level: ``table``, ``column``, ``level``, ``rows``.
    """
    for (table, column), rows in levels.groupby(["table", "column"], sort=True):
        counts = dict(zip(rows["level"], rows["rows"], strict=True))
        pairs = [
            (one, other)
            for one, other in combinations(sorted(counts, key=lambda level: (-counts[level], level)), 2)
            if _same(one, other) or (counts[other] <= A_SLIP * counts[one] and _slip(one, other))
        ]
        if pairs:
            parts = [
                say(
                    "{one} ({rows}) and {other} ({others})",
                    one=one,
                    other=other,
                    rows=count(counts[one]),
                    others=count(counts[other]),
                )
                for one, other in pairs[:_LISTED]
            ]
            yield Finding(
                "two_spellings",
                "warning",
                say(
                    "{column} of {table} seems to have the same level under two spellings: {parts}.",
                    column=str(column),
                    table=TABLES[str(table)].label,
                    parts=listing(parts),
                ),
                say("Write them alike in the SELECT; until then they are counted as two."),
                str(table),
                str(column),
            )


def _plain(level: str) -> str:
    """Return a level without case, accents, blanks and joining signs."""
    text = unicodedata.normalize("NFC", level).casefold().translate(_UMLAUTS)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[\s_./'’-]", "", text)


def _same(one: str, other: str) -> bool:
    words = _plain(one), _plain(other)
    return words[0] == words[1] and sum(map(str.isalpha, words[0])) >= 2


def _slip(one: str, other: str) -> bool:
    """Return whether two words differ by one letter left out, added, changed or swapped."""
    one, other = sorted((_plain(one), _plain(other)), key=len)
    if len(one) < SHORTEST_WORD or not (one + other).isalpha() or len(other) - len(one) > 1:
        return False
    # Up to `start` both words agree. What is left agrees without the longer word's letter (added), without
    # one letter of each (changed), or once two neighbours are swapped; a second slip would not fit.
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[:start] + one[start : start + 2][::-1] + one[start + 2 :]
    return one[start + 1 :] == other[start + 1 :] or swapped == other


def scales(dataset: Dataset) -> pd.DataFrame:
    """Count the ``answers`` by ``instrument``, ``scale_low``, ``scale_high`` and ``high_is_good``."""
    return dataset.sql(read_sql(__package__, "scales"))


def several_scales(answers: pd.DataFrame) -> Iterator[Finding]:
    """Find instruments asked on several scales, and a recommendation score not asked from 0 to 10.

    Parameters
    ----------
    answers : DataFrame
        As made by :func:`scales`.
    """
    for instrument, rows in answers.groupby("instrument", sort=True):
        unusual = instrument == "nps" and ((rows["scale_low"] != 0) | (rows["scale_high"] != 10)).any()
        if len(rows) > 1 or unusual:
            parts = [
                say(
                    "{low} to {high} ({n} answer)",
                    plural="{low} to {high} ({n} answers)",
                    low=number(row.scale_low),
                    high=number(row.scale_high),
                    n=count(row.answers),
                )
                for row in rows.itertuples()
            ]
            yield Finding(
                "several_scales",
                "warning",
                say(
                    "The scale of {instrument} is not the usual one, or not always the same: {parts}.",
                    instrument=str(instrument),
                    parts=listing(parts),
                ),
                say("Bring all answers to one scale and one direction in the SELECT."),
                "surveys",
                "score",
            )


def answered(dataset: Dataset) -> pd.DataFrame:
    """Count questions put to people who answered: ``instrument``, ``touchpoint``, ``asked``, ``rated``."""
    return dataset.sql(read_sql(__package__, "answered"))


def unrated(questions: pd.DataFrame) -> Iterator[Finding]:
    """Find questions that most people left without a rating.

    Parameters
    ----------
    questions : DataFrame
        As made by :func:`answered`.
    """
    share = questions["rated"] / questions["asked"]
    few = questions.assign(share=share)[(share < FEW_RATED) & (questions["asked"] >= ENOUGH_ASKED)]
    few = few.sort_values("share", kind="stable")
    if few.empty:
        return
    parts = [
        say(
            "{question} ({share} of {asked})",
            question=row.instrument if pd.isna(row.touchpoint) else row.touchpoint,
            share=percent(row.share, 0),
            asked=count(row.asked),
        )
        for row in few.head(_LISTED).itertuples()
    ]
    yield Finding(
        "mostly_unrated",
        "warning",
        say("Most people gave no rating to {parts}; those who did are hardly typical.", parts=listing(parts)),
        say("Read these ratings as those of the people concerned, and do not compare them with others."),
        "surveys",
        "score",
    )


def base_and_answers(dataset: Dataset) -> pd.DataFrame:
    """Count customers, and those who answered in the last twelve months, by what is known of them.

    Returns
    -------
    DataFrame
        One row per column and level: ``column``, ``level``, ``customers``, ``answered``. Everybody who
        was a customer in the last twelve months counts.
    """
    wanted = dict.fromkeys((*dataset.definitions.segments, *dataset.definitions.controls, "region", "plan"))
    level_sql = {column: name(column) for column in wanted if dataset.has("customers", column)}
    edges = dataset.definitions.tenure_bands
    bands = [f"WHEN $last - start_no >= {edge} THEN {literal(f'{edge}+')}" for edge in reversed(edges)]
    level_sql["tenure_months"] = f"CASE {' '.join(bands)} ELSE '0' END"
    parts = [
        f'SELECT {literal(column)} AS "column", CAST({level} AS VARCHAR) AS level, count(*) AS customers, '
        f"count(said) AS answered FROM people GROUP BY ALL"
        for column, level in level_sql.items()
    ]
    people = read_sql(__package__, "customers_of_the_year")
    return dataset.sql(
        f"WITH people AS ({people}) SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL",
        last=dataset.month_no,
        every=every(dataset),
    )


def unlike_the_base(people: pd.DataFrame) -> Iterator[Finding]:
    """Find out in what those who answered differ from all customers.

    Parameters
    ----------
    people : DataFrame
        As made by :func:`base_and_answers`.
    """
    sums = people.groupby("column")[["customers", "answered"]].transform("sum")
    levels = people.groupby("column")["level"].transform("size")
    base, sample = (
        people["customers"] / sums["customers"],
        people["answered"] / sums["answered"].clip(lower=1),
    )
    spread = np.sqrt(base * (1 - base)).clip(lower=1e-9)
    apart = (sample - base).abs() / spread
    chance = BEYOND_CHANCE / np.sqrt(sums["answered"].clip(lower=1))
    noticeable = (
        (apart > UNLIKE) & (apart > chance) & (sums["answered"] >= ENOUGH_ANSWERS) & (levels <= MOST_LEVELS)
    )
    if not noticeable.any():
        return
    rows = people.assign(base=base, sample=sample, apart=apart)[noticeable].sort_values(
        "apart", ascending=False
    )
    parts = [
        say(
            "{level} in {column} ({sample} of those who answered, {base} of all)",
            level=say("(no value)") if pd.isna(row.level) else row.level,
            column=row.column,
            sample=percent(row.sample, 0),
            base=percent(row.base, 0),
        )
        for row in rows.head(3).itertuples()
    ]
    yield Finding(
        "unlike_the_base",
        "warning",
        say("Those who answered differ from all customers: {parts}.", parts=listing(parts)),
        say("Read the weighted figures beside the plain ones; weights correct for what is known alone."),
        "surveys",
    )


def doubles(dataset: Dataset) -> pd.DataFrame:
    """Count rows that agree with another in everything but the id: ``table``, ``rows``, ``doubled``.

    Tables whose times are days are left out: two things on one day are nothing strange.
    """
    parts, alike = [], read_sql(__package__, "doubles.template")
    for table, columns in _ALIKE.items():
        if not dataset.has(table, "customer_no", columns[0]):
            continue
        filled = [column for column in columns if dataset.has(table, column)]
        key = ", ".join(map(name, ("customer_no", *filled)))
        parts.append(
            alike.format(
                literal=literal(table), table=name(table), key=key, time=columns[0], every=every(dataset)
            )
        )
    if dataset.has("snapshot", "customer_id"):
        parts.append(read_sql(__package__, "doubles_of_snapshot"))
    if not parts:
        return pd.DataFrame(columns=["table", "rows", "doubled"])
    return dataset.sql(
        f'SELECT "table", "rows", doubled FROM ({" UNION ALL ".join(parts)}) WHERE times > 4 ORDER BY ALL'
    )


def doubled(rows: pd.DataFrame) -> Iterator[Finding]:
    """Find tables in which many rows are there twice under different ids.

    Parameters
    ----------
    rows : DataFrame
        As made by :func:`doubles`.
    """
    for row in rows.itertuples():
        if row.doubled <= max(1, MANY_DOUBLED * row.rows):
            continue
        yield Finding(
            "doubled_rows",
            "warning",
            say(
                "About {share} of the rows of {table} agree with another row in customer, time and content.",
                share=percent(row.doubled / row.rows),
                table=TABLES[row.table].label,
            ),
            say("Probably they were exported twice; keep one of each in the SELECT (SELECT DISTINCT ON)."),
            row.table,
        )


def billed_months(dataset: Dataset) -> pd.DataFrame:
    """Count full months of customers in the time of billing, and their bills.

    Returns
    -------
    DataFrame
        One row: ``months`` between start and end, ``billed`` of them, ``zero`` (with a bill of nothing),
        ``ended`` (customers who left), ``after`` (of those, billed in a later month).
    """
    bounds = {"last": dataset.month_no, "every": every(dataset)}
    return dataset.sql(read_sql(__package__, "billed_months"), **bounds).fillna(0)


def months_without_bill(bills: pd.Series) -> Iterator[Finding]:
    """Find out whether customers' months lack a bill, beside bills of nothing.

    Parameters
    ----------
    bills : Series
        The row made by :func:`billed_months`.
    """
    if bills["months"] <= 0:
        return
    gaps, zeros = 1 - bills["billed"] / bills["months"], bills["zero"] / bills["months"]
    if gaps <= MANY_GAPS:
        return
    sentence = say("In {gaps} of the months of present customers there is no bill.", gaps=percent(gaps))
    if zeros > SOME_ZEROS:
        sentence = say(
            "In {gaps} of the months of present customers there is no bill, in {zeros} a bill of zero: two "
            "ways to say that nothing was earned, or a gap in the data?",
            gaps=percent(gaps),
            zeros=percent(zeros),
        )
    yield Finding(
        "months_without_bill",
        "warning",
        sentence,
        say("A month without a bill counts as no margin. If bills are missing, export them."),
        "billing",
        "month",
    )


def billed_after_the_end(bills: pd.Series) -> Iterator[Finding]:
    """Find out whether many customers are billed after they left.

    Parameters
    ----------
    bills : Series
        The row made by :func:`billed_months`.
    """
    if bills["after"] > max(1, MANY_BILLED * bills["ended"]):
        yield Finding(
            "billed_after_the_end",
            "note",
            say(
                "{share} of the customers who left were billed in a month after their end.",
                share=percent(bills["after"] / bills["ended"], 0),
            ),
            say("If end_date is the day of notice, this is right. Else correct it in the SELECT."),
            "billing",
        )
