"""Contract checks: casts of every column, conditions that set a row aside, and what was found.

A row that breaks the contract is set aside with file, line, column, value and reason; a text that
becomes NULL by its cast is a rejection, never a silent gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cxlib.data.engine import literal, name
from cxlib.data.schema import SQL_TYPES, Column, Table
from cxlib.language import Message, say

if TYPE_CHECKING:
    from cxlib.data.dataset import Dataset

__all__ = [
    "NOT_AN_OBJECT",
    "NOT_THE_HEADER",
    "REPEATED",
    "Check",
    "Writing",
    "cast",
    "checks",
    "findings",
    "raw_name",
]

REPEATED = say("repeats an earlier row")
NOT_THE_HEADER = say("has another number of fields than the header")
NOT_AN_OBJECT = say("is no JSON object")
_NOT_A = {
    "whole": say("is not a whole number"),
    "decimal": say("is not a number"),
    "day": say("is not a date"),
    "time": say("is not a time"),
    "month": say("is not a month"),
    "yes_no": say("is neither yes nor no"),
    "text": say("is not a text"),
}


@dataclass(frozen=True)
class Writing:
    """How numbers and times are written in the text a table is made of."""

    decimal: str = "."
    thousands: str = ""
    time_zone: str = ""


@dataclass(frozen=True)
class Check:
    """One way in which a row can break the contract.

    Attributes
    ----------
    column : str
    broken : str
        SQL, true for the rows to set aside.
    reason : Message
    """

    column: str
    broken: str
    reason: Message


def raw_name(column: str) -> str:
    """Return the quoted name of a column as the SELECT gave it, before its cast."""
    return name(f"raw {column}")


def _number(text: str, writing: Writing) -> str:
    if writing.decimal == "." and not writing.thousands:
        return text
    mark = writing.thousands or ("." if writing.decimal == "," else ",")
    return f"written_number({text}, {literal(writing.decimal)}, {literal(mark)})"


def cast(column: Column, raw: str, raw_type: str, *, writing: Writing) -> str:
    """Return SQL that casts `raw` to the column's type, NULL where it cannot be.

    Parameters
    ----------
    column : Column
    raw : str
        SQL of the value as the SELECT gave it.
    raw_type : str
        Its type in the engine.
    writing : Writing
        How numbers are written where the value is text.
    """
    is_text = raw_type == "VARCHAR"
    text = f"nullif(trim({raw}), '')" if is_text else raw
    if column.kind == "text":
        return text if is_text else f"CAST({raw} AS VARCHAR)"
    if column.kind in ("decimal", "whole"):
        number = f"try_cast({_number(text, writing) if is_text else raw} AS DOUBLE)"
        number = f"CASE WHEN isfinite({number}) THEN {number} END"
        return (
            number
            if column.kind == "decimal"
            else f"CASE WHEN {number} % 1 = 0 THEN CAST({number} AS BIGINT) END"
        )
    if column.kind == "yes_no":
        return _yes_no(text) if is_text else f"try_cast({raw} AS BOOLEAN)"
    return _moment(column.kind, text, raw_type)


def _yes_no(text: str) -> str:
    return (
        f"CASE WHEN lower({text}) IN ('true', 'yes', 'ja', 'y', 'j', 't', '1', '1.0') THEN TRUE "
        f"WHEN lower({text}) IN ('false', 'no', 'nein', 'n', 'f', '0', '0.0') THEN FALSE END"
    )


def _moment(kind: str, text: str, raw_type: str) -> str:
    """Return SQL for a day, month or instant; the session's zone is that of times without one."""
    if kind == "month" and raw_type == "VARCHAR":
        text = f"CASE WHEN length({text}) = 7 THEN {text} || '-01' ELSE {text} END"
    if raw_type == "VARCHAR":
        moment = f"coalesce(try_cast({text} AS TIMESTAMPTZ), try_cast(de_date({text}) AS TIMESTAMPTZ))"
    else:
        moment = f"try_cast({text} AS TIMESTAMPTZ)" if kind == "time" else text
    if kind == "time":
        return _plausible(f"({moment} AT TIME ZONE 'UTC')")
    day = _plausible(f"try_cast({moment} AS DATE)")
    return day if kind == "day" else f"CAST(date_trunc('month', {day}) AS DATE)"


def _plausible(moment: str) -> str:
    """Return SQL that keeps moments of the years 1900 to 2199; 9999-12-31 and the like are no dates."""
    return f"CASE WHEN year({moment}) BETWEEN 1900 AND 2199 THEN {moment} END"


def checks(table: Table, raw_types: dict[str, str]) -> list[Check]:
    """Return the checks of a table whose SELECT gives `raw_types` (column -> engine's type)."""
    found: list[Check] = []
    for column in table.columns:
        if column.name in raw_types:
            found += _of_column(column, raw_types[column.name])
    return found + [Check(rule.column, rule.broken, rule.reason) for rule in table.rules]


def _of_column(column: Column, raw_type: str) -> list[Check]:
    here, raw = name(column.name), raw_name(column.name)
    found = []
    if column.kind != "text":
        given = f"trim({raw}) <> ''" if raw_type == "VARCHAR" else f"{raw} IS NOT NULL"
        if raw_type in ("DOUBLE", "FLOAT"):
            given = f"{raw} IS NOT NULL AND NOT isnan({raw})"
        found.append(Check(column.name, f"{here} IS NULL AND {given}", _NOT_A[column.kind]))
    if column.required:
        found.append(Check(column.name, f"{here} IS NULL", say("is missing")))
    if column.values:
        allowed = ", ".join(literal(value) for value in column.values)
        found.append(Check(column.name, f"{here} NOT IN ({allowed})", say("is not an allowed value")))
    if column.low is not None:
        found.append(Check(column.name, f"{here} < {literal(column.low)}", say("is below what is possible")))
    if column.high is not None:
        found.append(Check(column.name, f"{here} > {literal(column.high)}", say("is above what is possible")))
    return found


def no_value(column: Column) -> str:
    """Return SQL for a column that the SELECT does not give."""
    return f"CAST(NULL AS {SQL_TYPES[column.kind]})"


def findings(dataset: Dataset) -> pd.DataFrame:
    """Return what came in and what was set aside.

    Returns
    -------
    DataFrame
        One row per source, and per table and reason: ``kind`` (``source`` or ``table``), ``name``,
        ``rows_read``, ``rows_kept``, ``column``, ``reason`` (English; a key of the catalogue) and
        ``rows_rejected``. A source or table without rejections has one row with ``reason`` empty.
    """
    rows = []
    for kind in ("source", "table"):
        for entry in dataset.imported[f"{kind}s"].values():
            base = {
                "kind": kind,
                "name": entry["name"],
                "rows_read": entry["read"],
                "rows_kept": entry["kept"],
            }
            reasons = entry["rejected"] or [{"column": "", "reason": "", "rows": 0}]
            rows += [
                base | {"column": r["column"], "reason": r["reason"], "rows_rejected": r["rows"]}
                for r in reasons
            ]
    return pd.DataFrame(rows)
