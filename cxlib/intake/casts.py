"""Contract checks: casts of every column, and conditions that set a row aside.

A row that breaks the contract is set aside with file, line, column, value and reason; a text that
becomes NULL by its cast is a rejection, never a silent gap.
"""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.contract.engine import literal, name
from cxlib.contract.table import SQL_TYPES, Column, Table
from cxlib.language import Message, say

__all__ = [
    "NOT_AN_OBJECT",
    "NOT_THE_HEADER",
    "REPEATED",
    "Check",
    "Writing",
    "cast",
    "checks",
    "raw_name",
]

# No amount, count or duration is as large; NaN and infinity are not below it either.
BEYOND = 1e15
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
    """How numbers and times are written in the text a table is made of.

    Attributes
    ----------
    decimal, thousands, time_zone : str
    mixed : bool
        Whether some of the text is of no text file (cells of a workbook, rows of a database), whose
        numbers have a decimal point whatever the others have.
    """

    decimal: str = "."
    thousands: str = ""
    time_zone: str = ""
    mixed: bool = False


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
    macro = "strict_number" if writing.decimal == "," and not writing.mixed else "written_number"
    return f"{macro}({text}, {literal(writing.decimal)}, {literal(mark)})"


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
    if column.kind == "text":
        return f"nullif(trim({raw}), '')" if is_text else f"CAST({raw} AS VARCHAR)"
    text = f"trimmed({raw})" if is_text else raw
    if column.kind in ("decimal", "whole"):
        number = f"try_cast({_number(text, writing) if is_text else raw} AS DOUBLE)"
        number = f"CASE WHEN abs({number}) < {BEYOND:g} THEN {number} END"
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


def _moment(kind: str, value: str, raw_type: str) -> str:
    """Return SQL for a day, month or instant; the session's zone is that of times without one."""
    is_text = raw_type == "VARCHAR"
    if kind == "time" and raw_type.startswith("TIMESTAMP") and "TIME ZONE" not in raw_type:
        return f"CASE WHEN {_plausible(value, 'TIMESTAMP')} THEN to_utc(CAST({value} AS TIMESTAMP)) END"
    if kind == "month" and is_text:
        value = f"CASE WHEN length({value}) = 7 THEN {value} || '-01' ELSE {value} END"
    instant, day = f"try_cast({value} AS TIMESTAMPTZ)", f"try_cast({value} AS DATE)"
    if is_text:
        german = f"german_moment({value})"
        plain = f"CASE WHEN strlen({value}) <= {len('2026-10-31')} THEN {day} END"
        day = f"coalesce(CAST({german} AS DATE), {plain}, CAST({instant} AS DATE))"
        instant = f"coalesce(CAST({german} AS TIMESTAMPTZ), {instant})"
    if kind == "time":
        return f"CASE WHEN {_plausible(instant, 'TIMESTAMPTZ')} THEN make_timestamp(epoch_us({instant})) END"
    day = f"CASE WHEN {_plausible(day, 'DATE')} THEN {day} END"
    return day if kind == "day" else f"CAST(date_trunc('month', {day}) AS DATE)"


def _plausible(moment: str, kind: str) -> str:
    """Return SQL, true for moments of the years 1900 to 2199; 9999-12-31 and the like are no dates."""
    first, after = (f"CAST('{year}-01-01' AS {kind})" for year in (1900, 2200))
    return f"{moment} >= {first} AND {moment} < {after}"


def checks(table: Table, raw_types: dict[str, str]) -> list[Check]:
    """Return the checks of a table whose SELECT gives `raw_types` (column -> engine's type)."""
    asked: list[Check] = []
    for column in table.columns:
        if column.name in raw_types:
            asked += _of_column(column, raw_types[column.name])
    return asked + [Check(rule.column, rule.broken, rule.reason) for rule in table.rules]


def _of_column(column: Column, raw_type: str) -> list[Check]:
    value, raw = name(column.name), raw_name(column.name)
    missing = _missing(column, raw_type)
    broken = []
    if column.kind != "text":
        given = f"trim({raw}) <> ''" if raw_type == "VARCHAR" else f"{raw} IS NOT NULL"
        if raw_type in ("DOUBLE", "FLOAT"):
            given = f"{raw} IS NOT NULL AND NOT isnan({raw})"
        broken.append(Check(column.name, f"{missing} AND {given}", _NOT_A[column.kind]))
    if column.required:
        broken.append(Check(column.name, missing, say("is missing")))
    if column.values:
        allowed = ", ".join(literal(word) for word in column.values)
        broken.append(Check(column.name, f"{value} NOT IN ({allowed})", say("is not an allowed value")))
    if column.low is not None:
        below = f"{value} < {literal(column.low)}"
        broken.append(Check(column.name, below, say("is below what is possible")))
    if column.high is not None:
        above = f"{value} > {literal(column.high)}"
        broken.append(Check(column.name, above, say("is above what is possible")))
    return broken


def _missing(column: Column, raw_type: str) -> str:
    """Return SQL, true where the cast gives no value; where that can be told without casting, it is."""
    raw = raw_name(column.name)
    if column.kind == "text" and raw_type != "VARCHAR":
        return f"{raw} IS NULL"
    if column.kind == "time" and raw_type.startswith("TIMESTAMP"):
        return f"({raw} IS NULL OR NOT ({_plausible(raw, raw_type)}))"
    return f"{name(column.name)} IS NULL"


def no_value(column: Column) -> str:
    """Return SQL for a column that the SELECT does not give."""
    return f"CAST(NULL AS {SQL_TYPES[column.kind]})"
