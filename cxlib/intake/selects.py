"""The SELECT of one canonical table: what it gives, and SQL that casts and checks it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from cxlib.contract.config import Config, nearest
from cxlib.contract.engine import Engine, literal, name, read_select, without_semicolon
from cxlib.contract.months import month_end, month_number
from cxlib.contract.privacy import is_personal
from cxlib.contract.schema import RECORDED_AT
from cxlib.contract.table import SQL_TYPES, Column, Table
from cxlib.errors import DataError
from cxlib.intake.casts import Check, Writing, cast, checks, no_value, raw_name
from cxlib.intake.oddities import zone_mark
from cxlib.intake.tables import MARKS, SUSPECT

__all__ = ["Selected", "hashed_key", "look_at", "may_vary", "select_typed"]

PLACE = ("_file", "_line")
OWN = (*MARKS, "month_no", "customer_no", "file_row_number")
# A SELECT with one of these may give other rows when it is run again.
_VARYING = (exp.AggFunc, exp.Window, exp.Limit, exp.Distinct, exp.TableSample, exp.Rand, exp.Uuid)
# Types of further columns that are kept as they are; any other becomes text.
_PLAIN = re.compile(r"(BOOLEAN|U?(TINY|SMALL|BIG)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|DATE|TIMESTAMP.*|.*\[\])")


@dataclass(frozen=True)
class Selected:
    """The SELECT of one canonical table, looked at but not run.

    Attributes
    ----------
    table : Table
    path : Path
    sql : str
    raw_types : dict of str to str
        Column -> engine's type, as the SELECT gives them.
    extra : tuple of str
        Columns beyond the contract that are kept.
    personal, unknown : tuple of str
        Columns left out: personal ones nobody asked for, and those the contract does not know.
    writing : Writing
    checks : tuple of Check
    """

    table: Table
    path: Path
    sql: str
    raw_types: dict[str, str]
    extra: tuple[str, ...]
    personal: tuple[str, ...]
    unknown: tuple[str, ...]
    writing: Writing
    checks: tuple[Check, ...]

    @property
    def zoned_times(self) -> list[str]:
        """Times that are written as text, which may carry a zone; two bits of ``_zones`` are each one's."""
        return [
            column.name
            for column in self.table.columns
            if column.kind == "time" and self.raw_types.get(column.name) == "VARCHAR"
        ]


def look_at(engine: Engine, config: Config, table: Table, path: Path, writing: Writing) -> Selected:
    """Return the SELECT of a table with its columns sorted into kept and left out.

    Raises
    ------
    DataError
        Where it lacks a required column.
    """
    sql = without_semicolon(read_select(path), path)
    raw_types = engine.columns(sql)
    _check_required(table, raw_types, path)
    extra, personal, unknown = [], [], []
    for column in raw_types:
        contract = table.column(column)
        if column in config.keep_text:
            extra += [column] if contract is None else []
        elif contract.personal if contract else is_personal(column):
            personal.append(column)
        elif contract is None and column not in (*PLACE, RECORDED_AT.name):
            (extra if table.extra and not _is_own(column, table) else unknown).append(column)
    used = {column: kind for column, kind in raw_types.items() if column not in personal}
    return Selected(
        table, path, sql, raw_types, tuple(extra), tuple(personal), tuple(unknown), writing,
        tuple(checks(table, used)),
    )  # fmt: skip


def _is_own(column: str, table: Table) -> bool:
    """Return whether a column is named like one that the import makes itself."""
    return column.lower() in {*OWN, *table.month_numbers} or column.startswith("raw ")


def _check_required(table: Table, raw_types: dict[str, str], path: Path) -> None:
    missing = [column for column in table.required if column not in raw_types]
    if missing:
        given = [column for column in raw_types if column not in PLACE]
        raise DataError(
            f"{path} gives no column {missing[0]!r}, which {table.name} must have (required: "
            f"{', '.join(table.required)}). It gives: {', '.join(given)}.{nearest(missing[0], given)}"
        )


def may_vary(select: exp.Expression) -> bool:
    """Return whether a SELECT may give other rows when it is run again."""
    return select.find(*_VARYING) is not None


def hashed_key(table: Table) -> str:
    """Return SQL of a hash of a table's key, 32 bits."""
    return f"CAST(hash({', '.join(map(name, table.key))}) >> 32 AS UINTEGER)"


def select_typed(config: Config, selected: Selected, *, repeated: bool = False) -> str:
    """Return SQL of the rows with every column cast, defaults filled, and their marks.

    ``_broken`` is the number of the first check that fails and ``_value`` what fails it, ``_file`` and
    ``_line`` tell where a row begins, and ``_zones`` how its times are written.

    Parameters
    ----------
    config : Config
    selected : Selected
    repeated : bool
        Whether the engine's table ``_twice`` holds hashes of keys that may come again.
    """
    raw_types = selected.raw_types
    raw = ", ".join(f"{name(column)} AS {raw_name(column)}" for column in raw_types)
    raws = ", ".join(raw_name(column) for column in raw_types)
    broken = " ".join(f"WHEN {check.broken} THEN {number}" for number, check in enumerate(selected.checks))
    if repeated:
        twice = f"{hashed_key(selected.table)} IN (SELECT hashed FROM _twice)"
        broken += f" WHEN {twice} THEN {SUSPECT}"
    broken = f"CASE {broken} END" if broken else "NULL"
    return (
        f"SELECT * EXCLUDE ({raws}), {_value(selected)} AS _value "
        f"FROM (SELECT *, CAST({broken} AS SMALLINT) AS _broken, {_zones(selected)} AS _zones "
        f"FROM (SELECT *{_defaults(config, selected)} "
        f"FROM (SELECT *, {', '.join(_typed_columns(selected))} "
        f"FROM (SELECT {raw} FROM ({selected.sql}\n)))))"
    )


def _value(selected: Selected) -> str:
    """Return SQL of the value that breaks a check, as the SELECT gave it."""
    values = " ".join(
        f"WHEN {number} THEN {raw_name(check.column)}::VARCHAR"
        for number, check in enumerate(selected.checks)
        if check.column in selected.raw_types
    )
    value = f"CASE WHEN _broken IS NOT NULL THEN CASE _broken {values} END END" if values else "NULL"
    return f"CAST({value} AS VARCHAR)"


def _zones(selected: Selected) -> str:
    """Return SQL of how times are written: per time 1 with a zone, 2 without, 0 unknown, as base 4."""
    marks = [
        f"CASE {zone_mark(raw_name(time))} WHEN TRUE THEN 1 WHEN FALSE THEN 2 ELSE 0 END * {4**digit}"
        for digit, time in enumerate(selected.zoned_times)
    ]
    return f"CAST({' + '.join(marks) or 'NULL'} AS INTEGER)"


def _typed_columns(selected: Selected) -> list[str]:
    raw_types = selected.raw_types
    columns = [*selected.table.columns, *([RECORDED_AT] if RECORDED_AT.name in raw_types else [])]
    typed = [_typed(column, selected) for column in columns]
    typed += [_kept(column, raw_types[column]) for column in selected.extra]
    for column, kind in zip(PLACE, ("VARCHAR", "BIGINT"), strict=True):
        typed.append(f"CAST({raw_name(column) if column in raw_types else 'NULL'} AS {kind}) AS {column}")
    return typed


def _typed(column: Column, selected: Selected) -> str:
    given = column.name in selected.raw_types and column.name not in selected.personal
    sql = no_value(column)
    if given:
        raw_type = selected.raw_types[column.name]
        sql = cast(column, raw_name(column.name), raw_type, writing=selected.writing)
    return f"CAST({sql} AS {SQL_TYPES[column.kind]}) AS {name(column.name)}"


def _kept(column: str, raw_type: str) -> str:
    raw, kept = raw_name(column), name(column)
    if _PLAIN.fullmatch(raw_type):
        return f"{raw} AS {kept}"
    return f"nullif(trim(CAST({raw} AS VARCHAR)), '') AS {kept}"


def _defaults(config: Config, selected: Selected) -> str:
    """Return a REPLACE clause that fills defaults, and dates undated answers to the month of as_of."""
    table = selected.table
    filled = [
        f"coalesce({name(column.name)}, {column.default}) AS {name(column.name)}"
        for column in table.columns
        if column.default
    ]
    if table.name == "surveys" and config.as_of:
        start = literal(str(month_end(month_number(config.as_of) - 1, config.time_zone)))
        undated = " AND ".join(_blank(selected, time) for time in ("answered_at", "invited_at"))
        filled.append(
            f"CASE WHEN {undated} AND score IS NOT NULL THEN CAST({start} AS TIMESTAMP) "
            "ELSE answered_at END AS answered_at"
        )
    return f" REPLACE ({', '.join(filled)})" if filled else ""


def _blank(selected: Selected, column: str) -> str:
    """Return SQL, true where the SELECT gives no value; one that cannot be read is a value."""
    if column not in selected.raw_types:
        return "TRUE"
    raw = raw_name(column)
    return f"{f'trimmed({raw})' if selected.raw_types[column] == 'VARCHAR' else raw} IS NULL"
