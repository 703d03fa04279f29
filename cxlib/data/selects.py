"""The SELECT of one canonical table: what it gives, and SQL that casts and checks it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cxlib.data.checks import Check, Writing, cast, checks, no_value, raw_name
from cxlib.data.config import Config, nearest
from cxlib.data.engine import Engine, literal, name, without_semicolon
from cxlib.data.months import month_end, month_number
from cxlib.data.oddities import zone_mark
from cxlib.data.privacy import is_personal
from cxlib.data.schema import RECORDED_AT, SQL_TYPES, Column, Table
from cxlib.errors import DataError

__all__ = ["MARKS", "Selected", "look_at", "select_typed"]

PLACE = ("_file", "_line")
MARKS = ("_broken", "_file", "_line", "_value", "_zones")
OWN = (*MARKS, "month_no", "customer_no", "file_row_number")


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
    sql = without_semicolon(path.read_text(encoding="utf-8"))
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


def select_typed(config: Config, selected: Selected) -> str:
    """Return SQL of the rows with every column cast, defaults filled, and their marks.

    ``_broken`` is the number of the first check that fails and ``_value`` what fails it, ``_file`` and
    ``_line`` tell where a row begins, and ``_zones`` how its times are written.
    """
    raw_types = selected.raw_types
    raw = ", ".join(f"{name(column)} AS {raw_name(column)}" for column in raw_types)
    raws = ", ".join(raw_name(column) for column in raw_types)
    broken = " ".join(f"WHEN {check.broken} THEN {number}" for number, check in enumerate(selected.checks))
    broken = f"CASE {broken} END" if broken else "NULL"
    return (
        f"SELECT * EXCLUDE ({raws}), {_value(selected)} AS _value "
        f"FROM (SELECT *, CAST({broken} AS SMALLINT) AS _broken, {_zones(selected)} AS _zones "
        f"FROM (SELECT *{_defaults(config, selected.table)} "
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
        f"CASE {zone_mark(raw_name(time))} WHEN TRUE THEN 1 WHEN FALSE THEN 2 ELSE 0 END * {4**place}"
        for place, time in enumerate(selected.zoned_times)
    ]
    return f"CAST({' + '.join(marks) or 'NULL'} AS INTEGER)"


def _typed_columns(selected: Selected) -> list[str]:
    raw_types = selected.raw_types
    columns = [*selected.table.columns, *([RECORDED_AT] if RECORDED_AT.name in raw_types else [])]
    typed = [_typed(column, selected) for column in columns]
    typed += [_kept(column, raw_types[column]) for column in selected.extra]
    for place, kind in zip(PLACE, ("VARCHAR", "BIGINT"), strict=True):
        typed.append(f"CAST({raw_name(place) if place in raw_types else 'NULL'} AS {kind}) AS {place}")
    return typed


def _typed(column: Column, selected: Selected) -> str:
    given = column.name in selected.raw_types and column.name not in selected.personal
    sql = no_value(column)
    if given:
        raw_type = selected.raw_types[column.name]
        sql = cast(column, raw_name(column.name), raw_type, writing=selected.writing)
    return f"CAST({sql} AS {SQL_TYPES[column.kind]}) AS {name(column.name)}"


def _kept(column: str, raw_type: str) -> str:
    raw = raw_name(column)
    return (
        f"nullif(trim({raw}), '') AS {name(column)}" if raw_type == "VARCHAR" else f"{raw} AS {name(column)}"
    )


def _defaults(config: Config, table: Table) -> str:
    """Return a REPLACE clause that fills defaults, and dates undated answers to the month of as_of."""
    filled = [
        f"coalesce({name(column.name)}, {column.default}) AS {name(column.name)}"
        for column in table.columns
        if column.default
    ]
    if table.name == "surveys" and config.as_of:
        start = literal(str(month_end(month_number(config.as_of) - 1, config.time_zone)))
        filled.append(
            "CASE WHEN answered_at IS NULL AND invited_at IS NULL AND score IS NOT NULL "
            f"THEN CAST({start} AS TIMESTAMP) ELSE answered_at END AS answered_at"
        )
    return f" REPLACE ({', '.join(filled)})" if filled else ""
