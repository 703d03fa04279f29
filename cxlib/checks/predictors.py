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
from cxlib.contract.queries import read_sql

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


def window(dataset: Dataset) -> dict[str, int]:
    """Return the first and last month of the window, and n where every n-th customer is looked at."""
    return {"first": dataset.first_month_no, "last": dataset.month_no, "every": every(dataset)}


def people(dataset: Dataset) -> tuple[str, dict[str, int]]:
    """Return SQL of the customers at risk and its parameters.

    Its rows have `_months` at risk in the window and `_gone` (0 or 1).
    """
    if "snapshot" in dataset.tables:
        return read_sql(__package__, "people_of_snapshot"), {}
    return read_sql(__package__, "people"), window(dataset)


def lives(dataset: Dataset) -> pd.DataFrame:
    """Return customers by start and end month: ``start_no``, ``end_no`` (NaN: still there), ``customers``."""
    return dataset.sql(read_sql(__package__, "lives")).astype({"end_no": float})


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
    rows, window = people(dataset)
    parts = [
        f'SELECT {literal(column)} AS "column", {literal(kind)} AS kind, {level} AS level, '
        f"_gone AS gone, _months AS months FROM ({rows})"
        for column, (kind, level) in _levels_sql(dataset, fields).items()
    ]
    if not parts:
        return pd.DataFrame(columns=_LEVELS)
    query = read_sql(__package__, "levels.template")
    return dataset.sql(query.format(people=" UNION ALL ".join(parts)), **window)


def columns_of(dataset: Dataset, table: str) -> list[pa.Field]:
    """Return the columns of a table that hold single values, at most `MOST_COLUMNS`; those used first."""
    used = {*dataset.definitions.controls, *dataset.definitions.segments}
    schema = dataset.arrow(f"SELECT * FROM {name(table)} LIMIT 0").schema
    fields = [field for field in schema if not pa.types.is_nested(field.type)]
    return sorted(fields, key=lambda field: field.name not in used)[:MOST_COLUMNS]


def _levels_sql(dataset: Dataset, fields: list[pa.Field]) -> dict[str, tuple[str, str]]:
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
    rows, window = people(dataset)
    looked = dataset.arrow(f"SELECT {looks} FROM ({rows})", **window).to_pylist()[0].values()
    levels = {}
    for column, (given, distinct, numeric) in zip(columns, looked, strict=True):
        if distinct <= MOST_LEVELS and given:
            levels[column] = ("levels", f"CAST({name(column)} AS VARCHAR)")
        elif numeric == given > 0:
            levels[column] = ("number", _bin(dataset, numbers[column]))
        elif given:
            levels[column] = ("given", f"CASE WHEN {name(column)} IS NOT NULL THEN 'given' END")
    return levels


def _bin(dataset: Dataset, number: str) -> str:
    """Return SQL of the twentieth of all values that a number lies in."""
    cuts = ", ".join(str(cut / BINS) for cut in range(1, BINS))
    rows, window = people(dataset)
    edges = dataset.arrow(f"SELECT quantile_disc({number}, [{cuts}]) AS edges FROM ({rows})", **window)
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
    usage_sql = f"WITH usage AS (SELECT customer_no, month_no, {level} AS level FROM billing) "
    bounds = {"last": dataset.month_no, "every": every(dataset)}
    billed = dataset.sql(usage_sql + read_sql(__package__, "billed_at_risk"), **bounds)
    all_months = dataset.sql(read_sql(__package__, "months_at_risk"), **bounds).fillna(0)
    unbilled = (all_months - billed[["months", "gone"]].sum()).assign(level=None)
    rows = pd.concat([billed, unbilled[unbilled["months"] > 0]], ignore_index=True)
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
    rows, window = people(dataset)
    query = read_sql(__package__, "recorded.template")
    parts = [
        f"({query.format(literal=literal(table), table=name(table), people=rows)})"
        for table in _RECORDS
        if dataset.has(table, "customer_no")
    ]
    if not parts:
        return pd.DataFrame(columns=["table", "gone", "customers", "seen", "settled", "active"])
    return dataset.sql(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL", **window)


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
    return dataset.sql(read_sql(__package__, "answers_of_leavers"), every=every(dataset))


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
    rows, _ = people(dataset)
    parts = [
        f'SELECT {literal(column)} AS "column", _gone AS gone, {value} AS good FROM ({rows})'
        for column, value in signs.items()
    ]
    query = read_sql(__package__, "answers_of_snapshot.template")
    return dataset.sql(query.format(answers=" UNION ALL ".join(parts)))


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
    parts = [f"({bands})"] if dataset.has("snapshot", "tenure_months") else []
    wanted = dict.fromkeys((*dataset.definitions.controls, *dataset.definitions.segments))
    parts += [name(column) for column in wanted if dataset.has("snapshot", column)]
    # A list, because in one text joined of them a missing value would make the whole stratum missing.
    stratum = f"[{', '.join(f'CAST({part} AS VARCHAR)' for part in parts)}]" if parts else "0"
    strata_sql = f"WITH strata AS (SELECT negative_count, churned, {stratum} AS stratum FROM snapshot) "
    return dataset.sql(strata_sql + read_sql(__package__, "strata"))
