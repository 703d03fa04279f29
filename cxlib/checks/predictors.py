"""Who left, by level of each thing known about customers: the counts that plausibility checks judge.

Only counts leave the engine. Of very many customers every n-th is looked at, which is plenty to see
what is implausible.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from cxlib.contract.engine import literal, name

if TYPE_CHECKING:
    from cxlib.dataset.dataset import Dataset

__all__ = [
    "ENOUGH_CUSTOMERS",
    "answers_of_leavers",
    "columns_of",
    "every",
    "kept",
    "levels",
    "lives",
    "recorded",
    "strata",
    "usage_before",
]

ENOUGH_CUSTOMERS = 200_000
MOST_LEVELS = 30
BINS = 20
MOST_COLUMNS = 200
_NOT_KNOWN_BEFORE = (
    *("customer_id", "customer_no", "month_no", "recorded_at", "referred_by", "churned"),
    *("first_contact_date", "first_contact_no", "start_date", "start_no"),
    *("end_date", "end_no", "end_type", "end_reason"),
)
_SCORE = re.compile(
    r"(.*[_ .])?(nps|csat|satisfaction|zufriedenheit|rating|bewertung|stars|sterne)([_ .0-9].*)?",
    re.IGNORECASE,
)
_RECORDS = ("interactions", "surveys", "tickets", "purchases", "billing", "negative_experiences")
_LEVELS = ("column", "kind", "level", "customers", "months", "gone")


def kept(dataset: Dataset, build: Callable[[Dataset], pd.DataFrame]) -> pd.DataFrame:
    """Return ``build(dataset)``, counted once for the same data, month and scope."""

    def counted() -> pa.Table:
        return pa.Table.from_pandas(build(dataset), preserve_index=False)

    return dataset.remember(f"checks.{build.__name__}", counted).to_pandas()


def every(dataset: Dataset) -> int:
    """Return n where every n-th customer is looked at."""
    customers = dataset.imported["tables"].get("customers", {}).get("kept", 0)
    return max(1, -(-customers // ENOUGH_CUSTOMERS))


def people(dataset: Dataset) -> str:
    """Return SQL of the customers at risk, with `_months` at risk in the window and `_gone` (0 or 1)."""
    if "snapshot" in dataset.tables:
        return "SELECT *, CAST(churned AS INTEGER) AS _gone, 1 AS _months FROM snapshot"
    first, last = dataset.first_month_no, dataset.month_no
    return f"""SELECT *, coalesce(CAST(end_no BETWEEN {first} AND {last} AS INTEGER), 0) AS _gone,
            least(coalesce(end_no, {last}), {last}) - greatest(start_no, {first - 1}) AS _months
        FROM customers
        WHERE start_no < least(coalesce(end_no, {last}), {last}) AND coalesce(end_no, {last}) >= {first}
            AND customer_no % {every(dataset)} = 0"""


def lives(dataset: Dataset) -> pd.DataFrame:
    """Return customers by start and end month: ``start_no``, ``end_no`` (NaN: still there), ``customers``."""
    rows = dataset.sql(
        "SELECT start_no, end_no, count(*) AS customers FROM customers WHERE start_no IS NOT NULL "
        "GROUP BY ALL ORDER BY ALL"
    )
    return rows.astype({"end_no": float})


def levels(dataset: Dataset) -> pd.DataFrame:
    """Count customers and leavers by level of every column that could foretell leaving.

    Returns
    -------
    DataFrame
        One row per column and level: ``column``, ``kind`` (``levels``; ``number``, its levels being
        twentieths; ``given``, known or not), ``level`` (None: no value), ``customers``, ``months`` at
        risk, ``gone``.
    """
    table = "snapshot" if "snapshot" in dataset.tables else "customers"
    fields = [field for field in columns_of(dataset, table) if field.name not in _NOT_KNOWN_BEFORE]
    rows = people(dataset)
    parts = [
        f'SELECT {literal(column)} AS "column", {literal(kind)} AS kind, {level} AS level, '
        f"_gone AS gone, _months AS months FROM ({rows})"
        for column, (kind, level) in _levels_sql(dataset, rows, fields).items()
    ]
    if not parts:
        return pd.DataFrame(columns=_LEVELS)
    return dataset.sql(
        'SELECT "column", kind, level, count(*) AS customers, sum(months) AS months, sum(gone) AS gone '
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL ORDER BY ALL"
    )


def columns_of(dataset: Dataset, table: str) -> list[pa.Field]:
    """Return the columns of a table that hold single values, at most `MOST_COLUMNS`; those used first."""
    used = {*dataset.definitions.controls, *dataset.definitions.segments}
    schema = dataset.arrow(f"SELECT * FROM {name(table)} LIMIT 0").schema
    fields = [field for field in schema if not pa.types.is_nested(field.type)]
    return sorted(fields, key=lambda field: field.name not in used)[:MOST_COLUMNS]


def _levels_sql(dataset: Dataset, rows: str, fields: list[pa.Field]) -> dict[str, tuple[str, str]]:
    """Return column -> kind and SQL of its level; columns without a value left out."""
    if not fields:
        return {}
    columns = [field.name for field in fields]
    numbers = {
        field.name: "NULL" if pa.types.is_temporal(field.type) else f"try_cast({name(field.name)} AS DOUBLE)"
        for field in fields
    }
    looks = ", ".join(
        f"[count({name(column)}), approx_count_distinct({name(column)}), count({number})] AS look_{place}"
        for place, (column, number) in enumerate(numbers.items())
    )
    looked = dataset.arrow(f"SELECT {looks} FROM ({rows})").to_pylist()[0].values()
    found = {}
    for column, (given, distinct, numeric) in zip(columns, looked, strict=True):
        if distinct <= MOST_LEVELS and given:
            found[column] = ("levels", f"CAST({name(column)} AS VARCHAR)")
        elif numeric == given > 0:
            found[column] = ("number", _bin(dataset, rows, numbers[column]))
        elif given:
            found[column] = ("given", f"CASE WHEN {name(column)} IS NOT NULL THEN 'given' END")
    return found


def _bin(dataset: Dataset, rows: str, number: str) -> str:
    """Return SQL of the twentieth of all values that a number lies in."""
    cuts = ", ".join(str(cut / BINS) for cut in range(1, BINS))
    edges = dataset.arrow(f"SELECT quantile_disc({number}, [{cuts}]) AS edges FROM ({rows})")
    above = [
        f"CAST({number} > {literal(edge)} AS INTEGER)" for edge in sorted(set(edges["edges"][0].as_py()))
    ]
    return f"CAST({' + '.join(above)} AS VARCHAR)"


def usage_before(dataset: Dataset) -> pd.DataFrame:
    """Count months at risk and ends by usage of the month before, as :func:`levels` does.

    Months without a bill have no level.
    """
    usage = dataset.definitions.usage
    level = "'billed'"
    if usage is not None and dataset.has("billing", usage.column):
        value = name(usage.column)
        bands = " + ".join(f"CAST({value} >= {literal(edge)} AS INTEGER)" for edge in usage.bands)
        level = f"CASE WHEN {value} = 0 THEN 'none' ELSE CAST({bands} AS VARCHAR) END"
    last = dataset.month_no
    first = dataset.arrow("SELECT min(month_no) AS first FROM billing")["first"][0].as_py()
    here = f"""SELECT customer_no, start_no, coalesce(end_no, 99999) AS end_no FROM customers
        WHERE start_no IS NOT NULL AND customer_no % {every(dataset)} = 0"""
    known = dataset.sql(
        f"""SELECT {level} AS level, count(*) AS months, count(*) FILTER (end_no = month_no + 1) AS gone
        FROM billing JOIN ({here}) USING (customer_no)
        WHERE month_no < {last} AND start_no <= month_no AND end_no > month_no GROUP BY 1 ORDER BY 1"""
    )
    all_months = dataset.sql(
        f"""SELECT sum(greatest(0, least(end_no, {last}) - greatest(start_no, {first}))) AS months,
            count(*) FILTER (end_no > greatest(start_no, {first}) AND end_no <= {last}) AS gone
        FROM ({here})"""
    ).fillna(0)
    unbilled = (all_months - known[["months", "gone"]].sum()).assign(level=None)
    rows = pd.concat([known, unbilled[unbilled["months"] > 0]], ignore_index=True)
    return rows.assign(column="usage", kind="levels", customers=rows["months"])[list(_LEVELS)]


def recorded(dataset: Dataset) -> pd.DataFrame:
    """Count the customers with rows in each table, by whether they left.

    Returns
    -------
    DataFrame
        One row per table and group: ``table``, ``gone`` (0, 1: left in the window), ``customers``,
        ``seen`` (of those, with a row in the window), ``settled`` (left before the last three months, or
        there before them and still there) and ``active`` (of those, with a row in the last three months).
    """
    first, last = dataset.first_month_no, dataset.month_no
    settled = f"(start_no < {last - 3} AND (gone = 0 OR end_no < {last - 3}))"
    parts = [
        f"""SELECT {literal(table)} AS "table", gone, count(*) AS customers, count(latest) AS seen,
            count(*) FILTER ({settled}) AS settled,
            count(*) FILTER ({settled} AND latest > {last - 3}) AS active
        FROM (SELECT customer_no, start_no, end_no, _gone AS gone FROM ({people(dataset)})) LEFT JOIN (
            SELECT customer_no, max(month_no) AS latest FROM {table}
            WHERE month_no BETWEEN {first} AND {last} AND customer_no % {every(dataset)} = 0 GROUP BY 1
        ) USING (customer_no) GROUP BY gone"""
        for table in _RECORDS
        if dataset.has(table, "customer_no")
    ]
    if not parts:
        return pd.DataFrame(columns=["table", "gone", "customers", "seen", "settled", "active"])
    return dataset.sql(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL")


def answers_of_leavers(dataset: Dataset) -> pd.DataFrame:
    """Return how leavers and others had answered.

    Returns
    -------
    DataFrame
        One row per thing answered and group: ``column`` (instrument, or column of a flat table),
        ``gone`` (0, 1; dated data: left voluntarily within a year after the latest answer),
        ``customers``, ``mean`` and ``variance`` (0-1 of the scale, high is good; flat table: as it is,
        counts of negative experiences with their sign turned).
    """
    if "snapshot" in dataset.tables:
        return _answers_of_a_flat_table(dataset)
    return dataset.sql(
        f"""WITH answers AS (
            SELECT customer_no, instrument, max(answered_no) AS asked, arg_max(
                CASE WHEN high_is_good THEN score - scale_low ELSE scale_high - score END
                / nullif(scale_high - scale_low, 0), answered_at) AS good
            FROM surveys WHERE score IS NOT NULL AND customer_no % {every(dataset)} = 0
                AND instrument IN ('nps', 'csat', 'ces') GROUP BY 1, 2)
        SELECT instrument AS "column", coalesce(CAST(end_no <= asked + 12 AS INTEGER), 0) AS gone,
            count(*) AS customers, avg(good) AS mean, coalesce(var_samp(good), 0) AS variance
        FROM answers JOIN customers USING (customer_no)
        WHERE coalesce(end_no, 99999) > asked AND coalesce(end_type, '') <> 'involuntary' AND good IS NOT NULL
        GROUP BY 1, 2 ORDER BY 1, 2"""
    )


def _answers_of_a_flat_table(dataset: Dataset) -> pd.DataFrame:
    signs = {
        field.name: f"try_cast({name(field.name)} AS DOUBLE)"
        for field in columns_of(dataset, "snapshot")
        if _SCORE.fullmatch(field.name)
    }
    if dataset.has("snapshot", "negative_count"):
        signs["negative_count"] = "-CAST(negative_count AS DOUBLE)"
    if not signs:
        return pd.DataFrame(columns=["column", "gone", "customers", "mean", "variance"])
    parts = [
        f'SELECT {literal(column)} AS "column", _gone AS gone, {value} AS good FROM ({people(dataset)})'
        for column, value in signs.items()
    ]
    return dataset.sql(
        'SELECT "column", gone, count(good) AS customers, avg(good) AS mean, '
        f"coalesce(var_samp(good), 0) AS variance FROM ({' UNION ALL '.join(parts)}) "
        "WHERE good IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
    )


def strata(dataset: Dataset) -> pd.DataFrame:
    """Count a flat table's customers with and without negative experiences by what else is known.

    Returns
    -------
    DataFrame
        One row per tenure band and level of the controls and segments: ``exposed``, ``exposed_gone``,
        ``others``, ``others_gone``.
    """
    bands = " + ".join(
        f"CAST(tenure_months >= {band} AS INTEGER)" for band in dataset.definitions.tenure_bands
    )
    known = [f"({bands})"] if dataset.has("snapshot", "tenure_months") else []
    wanted = dict.fromkeys((*dataset.definitions.controls, *dataset.definitions.segments))
    known += [name(column) for column in wanted if dataset.has("snapshot", column)]
    return dataset.sql(
        f"""SELECT count(*) FILTER (negative_count > 0) AS exposed,
            count(*) FILTER (negative_count > 0 AND churned) AS exposed_gone,
            count(*) FILTER (negative_count = 0) AS others,
            count(*) FILTER (negative_count = 0 AND churned) AS others_gone
        FROM snapshot GROUP BY {", ".join(known) or "()"} ORDER BY ALL"""
    )
