"""The import: sources -> canonical SELECTs -> checked, typed, sorted Parquet, once per content."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from cxlib.data.checks import (
    NOT_AN_OBJECT,
    NOT_THE_HEADER,
    REPEATED,
    Check,
    Writing,
    cast,
    checks,
    no_value,
    raw_name,
)
from cxlib.data.config import JSON_LINES, Config, is_text, kind_of, nearest
from cxlib.data.engine import (
    Engine,
    cannot_write,
    check_select,
    engine_error,
    literal,
    name,
    out_of_space,
    without_semicolon,
)
from cxlib.data.months import month_end, month_number
from cxlib.data.oddities import currencies, forms, off_scale, signs_of_money, zone_mark, zones
from cxlib.data.privacy import discreet, form, is_personal, personal_values
from cxlib.data.schema import RECORDED_AT, SQL_TYPES, TABLES, Column, Table, default_touchpoints
from cxlib.data.sources import Prepared
from cxlib.errors import DataError

__all__ = ["import_tables"]

# Rows whose keys are compared at a time; a piece of this size stays far below the memory limit.
KEYS_AT_A_TIME = 4_000_000
# A month with fewer rows than this share of a table's median month is a stray date, not a month of data.
STRAY_SHARE = 0.01
# A month is complete when something happened in its last days.
COMPLETE_WITHIN_DAYS = 3
PLACE = ("_file", "_line")
OWN = ("month_no", "customer_no", "file_row_number", "_broken", "_value")
REJECTED = pa.schema(
    [("file", pa.string()), ("line", pa.int64())]
    + [(column, pa.string()) for column in ("row", "column", "value", "reason")]
)


@dataclass
class Intake:
    """What one import works with.

    Attributes
    ----------
    config : Config
    sources : dict of str to Prepared
    files : dict of str to Path
        Canonical table -> its SQL file.
    out : Path
        Folder that receives tables and rejections.
    """

    config: Config
    sources: dict[str, Prepared]
    files: dict[str, Path]
    out: Path
    engine: Engine = field(init=False)
    selects: dict[str, exp.Expression] = field(init=False)

    def __post_init__(self) -> None:
        self.selects = {
            table: check_select(path.read_text(encoding="utf-8"), path) for table, path in self.files.items()
        }
        self.engine = Engine(self.out / "spill", time_zone=self.config.time_zone)

    def table_path(self, table: str) -> Path:
        """Return the Parquet file of a canonical table."""
        return self.out / "tables" / f"{table}.parquet"

    def rejected_path(self, table: str) -> Path:
        """Return the Parquet file of the rows of a table that were set aside."""
        return self.out / "rejected" / f"{table}.parquet"

    def references(self, table: str) -> set[str]:
        """Return the names a table's SELECT reads, in lower case, without those it defines itself."""
        select = self.selects[table]
        own = {cte.alias_or_name.lower() for cte in select.find_all(exp.CTE)}
        return {found.name.lower() for found in select.find_all(exp.Table) if found.name} - own

    def source(self, reference: str) -> Prepared | None:
        """Return the source of that name, whatever its case."""
        return next((source for key, source in self.sources.items() if key.lower() == reference), None)


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


def import_tables(
    config: Config, sources: dict[str, Prepared], files: dict[str, Path], out: Path
) -> dict[str, Any]:
    """Import every canonical table of a dataset.

    Parameters
    ----------
    config : Config
    sources : dict of str to Prepared
    files : dict of str to Path
        Canonical table -> its SQL file.
    out : Path
        New folder; receives ``tables/<table>.parquet``, ``rejected/<table>.parquet``,
        ``rejected/source.<source>.parquet`` and ``imported.json``.

    Returns
    -------
    dict
        ``sources`` and ``tables``: name -> rows read, kept, rejected by column and reason; tables
        also with the number of values per column (``filled``), the columns left out (``personal``,
        ``unknown``), ``span``: first and last month, whether the last is complete, rows far before or just
        after them (``strays``) and later (``future``), months without rows (``empty``), and what
        :mod:`cxlib.data.oddities` notices; ``unknown_touchpoints``; ``after_the_end``: negative
        experiences in a month after the customer's last.

    Raises
    ------
    DataError
        Where a SELECT does not run, a required column is missing, or too many rows are set aside.
    """
    for folder in ("tables", "rejected", "spill", "drafts"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    intake = Intake(config, sources, files, out)
    try:
        records = {source.name: _source_record(intake, source) for source in sources.values()}
        if "touchpoints" not in files:
            _write_default_touchpoints(intake)
        tables = {table: _import_table(intake, TABLES[table]) for table in _ordered(intake)}
        unknown = _unknown_touchpoints(intake)
        after_end = _after_the_end(intake)
    except duckdb.OutOfMemoryException as error:
        raise DataError(
            f"The import ran out of memory. Set CX_MEMORY, e.g. CX_MEMORY=4GB. {error}"
        ) from error
    except duckdb.Error as error:
        if out_of_space(error):
            raise cannot_write(out.parent, str(error)) from error
        raise DataError(f"The import of {config.name!r} stopped: {error}") from error
    finally:
        intake.engine.close()
    for folder in ("drafts", "spill"):
        shutil.rmtree(out / folder, ignore_errors=True)
    imported = {
        "sources": records,
        "tables": tables,
        "unknown_touchpoints": unknown,
        "after_the_end": after_end,
    }
    (out / "imported.json").write_text(json.dumps(imported, indent=1), encoding="utf-8")
    return imported


def _source_record(intake: Intake, source: Prepared) -> dict[str, Any]:
    """Count the records of a source and write those that do not fit its header."""
    rejected = []
    if source.broken:
        lines_of_json = kind_of(source.broken[0].file) in JSON_LINES
        reason = (NOT_AN_OBJECT if lines_of_json else NOT_THE_HEADER).template
        rejected = [{"column": "", "reason": reason, "rows": len(source.broken)}]
        texts = {"row": None, "column": None, "reason": reason}
        rows = [texts | {"file": b.file, "line": b.line, "value": b.text} for b in source.broken]
        pq.write_table(pa.Table.from_pylist(rows, REJECTED), intake.rejected_path(f"source.{source.name}"))
    limit = intake.config.definitions.max_rejected_share
    if len(source.broken) > limit * source.rows:
        first = source.broken[0]
        raise DataError(
            f"Source {source.name!r}: {len(source.broken):,} of {source.rows:,} records do not fit the "
            f"header (max_rejected_share allows {limit:.1%}). For example {first.file}, line {first.line}: "
            f"{first.found} fields, expected {first.expected}; it looks like {form(first.text[:60])!r}. Look "
            "at separator, quote, header_rows and footer_rows in dataset.yaml."
        )
    kept = source.rows - len(source.broken)
    record = {"name": source.name, "read": source.rows, "kept": kept, "rejected": rejected}
    here = source.name.lower()
    texts = [
        path.read_text(encoding="utf-8")
        for table, path in intake.files.items()
        if here in intake.references(table)
    ]
    return record | {"currencies": currencies(intake.engine, source.sql, texts)}


def _write_default_touchpoints(intake: Intake) -> None:
    csv = f"read_csv({literal(str(default_touchpoints()))}, all_varchar = true)"
    path = literal(str(intake.table_path("touchpoints")))
    intake.engine.run(
        f"COPY (SELECT *, CAST(NULL AS INTEGER) AS month_no FROM {csv}) TO {path} (FORMAT parquet)"
    )


def _ordered(intake: Intake) -> list[str]:
    """Return the tables so that each comes after those its SELECT reads; customers, read by all, first."""
    waiting = {
        table: {other for other in intake.references(table) if other in intake.files and other != table}
        for table in TABLES
        if table in intake.files and table != "customers"
    }
    done = ["customers"] if "customers" in intake.files else []
    while waiting:
        ready = [table for table, needed in waiting.items() if needed <= set(done)]
        if not ready:
            raise DataError(f"The SQL files of {', '.join(sorted(waiting))} read each other in a circle.")
        done += ready
        for table in ready:
            del waiting[table]
    return done


def _import_table(intake: Intake, table: Table) -> dict[str, Any]:
    """Run a table's SELECT, set broken and repeated rows aside, write the rest sorted."""
    draft = intake.out / "drafts" / f"{table.name}.parquet"
    path = intake.files[table.name]
    writing = _writing(intake, table.name)
    intake.engine.run(f"SET TimeZone = {literal(writing.time_zone)}")
    _make_views(intake, table.name)
    try:
        selected = _look_at(intake, table, writing)
        typed = _typed_sql(intake.config, selected)
        intake.engine.run(f"COPY ({typed}) TO {literal(str(draft))} (FORMAT parquet, COMPRESSION lz4)")
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        if out_of_space(error):
            raise
        line = intake.engine.line_of_error(without_semicolon(path.read_text(encoding="utf-8")))
        raise engine_error(error, path, line) from error
    selected = _without_personal(intake, selected, draft)
    _mark_repeated(intake.engine, table, draft)
    _write_rejected(intake, selected, draft)
    record = _count(intake, selected, draft)
    record["zones"] = zones(intake.engine, _rows(draft), _zone_marks(selected))
    _write_table(intake, selected, draft)
    draft.unlink()
    record |= {"filled": _filled(intake, table), "span": _span(intake, table)}
    return record | _oddities(intake, table, record)


def _oddities(intake: Intake, table: Table, record: dict[str, Any]) -> dict[str, Any]:
    """Return codes off their scale, signs of money and forms of ids that do not join, where there are any."""
    engine, found = intake.engine, {}
    if record["rejected"]:
        aside = f"read_parquet({literal(str(intake.rejected_path(table.name)))})"
        found = {"off_scale": off_scale(engine, aside), "money_signs": signs_of_money(engine, aside)}
    filled = record["filled"]
    if "customers" in intake.files and filled.get("customer_id", 0) > filled.get("customer_no", 0):
        rows = f"read_parquet({literal(str(intake.table_path(table.name)))})"
        strangers = forms(engine, f"(SELECT * FROM {rows} WHERE customer_no IS NULL)")
        found["forms"] = {"strangers": strangers, "listed": forms(engine, "_people")}
    return found


def _without_personal(intake: Intake, selected: Selected, draft: Path) -> Selected:
    """Return the SELECT with the columns left out whose values turned out to be personal."""
    table = selected.table
    ids = {*table.key, "referred_by", "response_group", "shopper"}
    looked_at = dict.fromkeys((c for c in selected.extra if selected.raw_types[c] == "VARCHAR"), True)
    looked_at |= {
        column.name: False
        for column in table.columns
        if column.name in selected.raw_types and column.kind == "text" and not column.values
        if column.name not in ids and not column.name.endswith("_id") and not column.personal
    }
    asked_for = intake.config.keep_text
    chosen = {column: grouping for column, grouping in looked_at.items() if column not in asked_for}
    found = personal_values(intake.engine, _rows(draft), chosen)
    return replace(selected, personal=(*selected.personal, *found))


def _writing(intake: Intake, table: str) -> Writing:
    """Return how the sources of a table are written; they must agree."""
    sources = [source for reference in intake.references(table) if (source := intake.source(reference))]
    written = {
        (s.settings.decimal, s.settings.thousands)
        for s in sources
        if s.settings.file and is_text(s.settings.file)
    }
    zones = {s.settings.time_zone or intake.config.time_zone for s in sources} or {intake.config.time_zone}
    if len(written) > 1 or len(zones) > 1:
        raise DataError(
            f"{intake.files[table]} reads sources with different decimal, thousands or time_zone: "
            f"{', '.join(sorted(s.name for s in sources))}. Give them the same in dataset.yaml, and "
            "convert the others in the SELECT."
        )
    decimal, thousands = written.pop() if written else (".", "")
    return Writing(decimal, thousands, zones.pop())


def _make_views(intake: Intake, table: str) -> None:
    """Give the SELECT of `table` its sources and the canonical tables before it, by name."""
    for reference in intake.references(table):
        source = intake.source(reference)
        if reference != table and intake.table_path(reference).exists():
            intake.engine.view(reference, _canonical_sql(intake, reference))
        elif source is not None:
            intake.engine.view(source.name, source.sql)
        else:
            known = [*intake.sources, *(other for other in intake.files if other != table)]
            raise DataError(
                f"{intake.files[table]} reads {reference!r}, which is neither a source of dataset.yaml nor "
                f"another table.{nearest(reference, known)}"
            )


def _canonical_sql(intake: Intake, table: str) -> str:
    """Return a SELECT of an imported table whose times carry their zone."""
    rows = f"read_parquet({literal(str(intake.table_path(table)))})"
    known = intake.engine.columns(f"SELECT * FROM {rows}")
    times = [c.name for c in (*TABLES[table].columns, RECORDED_AT) if c.kind == "time" and c.name in known]
    zoned = ", ".join(f"{name(time)} AT TIME ZONE 'UTC' AS {name(time)}" for time in times)
    return f"SELECT *{f' REPLACE ({zoned})' if zoned else ''} FROM {rows}"


def _look_at(intake: Intake, table: Table, writing: Writing) -> Selected:
    """Return the SELECT of a table with its columns sorted into kept and left out."""
    path = intake.files[table.name]
    sql = without_semicolon(path.read_text(encoding="utf-8"))
    raw_types = intake.engine.columns(sql)
    _check_required(table, raw_types, path)
    extra, personal, unknown = [], [], []
    for column in raw_types:
        contract = table.column(column)
        if column in intake.config.keep_text:
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


def _typed_sql(config: Config, selected: Selected) -> str:
    """Return the SELECT with every column cast, defaults filled and the first broken check numbered."""
    raw_types = selected.raw_types
    raw = ", ".join(f"{name(column)} AS {raw_name(column)}" for column in raw_types)
    raws = ", ".join(raw_name(column) for column in raw_types)
    broken = " ".join(f"WHEN {check.broken} THEN {number}" for number, check in enumerate(selected.checks))
    marks = "".join(
        f", {zone_mark(raw_name(time))} AS {name(mark)}" for time, mark in _zone_marks(selected).items()
    )
    values = " ".join(
        f"WHEN {number} THEN {raw_name(check.column)}::VARCHAR"
        for number, check in enumerate(selected.checks)
        if check.column in raw_types
    )
    return (
        f"SELECT * EXCLUDE ({raws}), {f'CASE _broken {values} END' if values else 'NULL'} AS _value{marks} "
        f"FROM (SELECT *, {f'CASE {broken} END' if broken else 'NULL'}::SMALLINT AS _broken "
        f"FROM (SELECT *{_defaults(config, selected.table)} "
        f"FROM (SELECT *, {', '.join(_typed_columns(config, selected))} "
        f"FROM (SELECT {raw} FROM ({selected.sql}\n)))))"
    )


def _zone_marks(selected: Selected) -> dict[str, str]:
    """Return time column -> draft's column that says whether a time was written with its zone."""
    return {
        column.name: f"_zone {column.name}"
        for column in selected.table.columns
        if column.kind == "time" and selected.raw_types.get(column.name) == "VARCHAR"
    }


def _typed_columns(config: Config, selected: Selected) -> list[str]:
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


def _rows(draft: Path) -> str:
    return f"read_parquet({literal(str(draft))}, file_row_number = true)"


def _mark_repeated(engine: Engine, table: Table, draft: Path) -> None:
    """Fill the engine's table ``_repeated`` with the numbers of rows that repeat an earlier row's key."""
    engine.run("CREATE OR REPLACE TABLE _repeated (file_row_number BIGINT)")
    if not table.key:
        return
    key = ", ".join(name(column) for column in table.key)
    rows = engine.query(f"SELECT count(*) AS n FROM {_rows(draft)}")["n"][0].as_py()
    pieces = rows // KEYS_AT_A_TIME + 1
    for piece in range(pieces):
        among = f"_broken IS NULL AND hash({key}) % {pieces} = {piece}"
        engine.run(
            f"INSERT INTO _repeated SELECT file_row_number FROM {_rows(draft)} "
            f"WHERE {among} AND ({key}) IN (SELECT ({key}) FROM {_rows(draft)} "
            f"WHERE {among} GROUP BY {key} HAVING count(*) > 1) "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _file, _line, file_row_number) > 1"
        )


def _write_rejected(intake: Intake, selected: Selected, draft: Path) -> None:
    """Write the rows set aside: file, line, row (its key), column, value, reason."""
    key = " || ' ' || ".join(f"coalesce({name(c)}::VARCHAR, '?')" for c in selected.table.key) or "NULL"
    column = literal(selected.table.key[0] if selected.table.key else "")
    columns = " ".join(f"WHEN {i} THEN {literal(check.column)}" for i, check in enumerate(selected.checks))
    reasons = " ".join(
        f"WHEN {i} THEN {literal(check.reason.template)}" for i, check in enumerate(selected.checks)
    )
    broken = (
        f"SELECT _file AS file, _line AS line, {key} AS row, CASE _broken {columns} END AS column, "
        f"_value AS value, CASE _broken {reasons} END AS reason FROM {_rows(draft)} WHERE _broken IS NOT NULL"
    )
    again = (
        f"SELECT _file, _line, {key}, {column}, {key}, {literal(REPEATED.template)} "
        f"FROM {_rows(draft)} SEMI JOIN _repeated USING (file_row_number)"
    )
    target = literal(str(intake.rejected_path(selected.table.name)))
    intake.engine.run(
        f"COPY (SELECT * FROM ({broken} UNION ALL {again}) ORDER BY file, line, row) "
        f"TO {target} (FORMAT parquet)"
    )


def _count(intake: Intake, selected: Selected, draft: Path) -> dict[str, Any]:
    """Return rows read, kept and set aside; an error where too many were set aside."""
    table = selected.table.name
    aside = f"read_parquet({literal(str(intake.rejected_path(table)))})"
    read = intake.engine.query(f"SELECT count(*) AS n FROM {_rows(draft)}")["n"][0].as_py()
    rejected = intake.engine.query(
        f'SELECT "column", reason, count(*) AS rows FROM {aside} GROUP BY ALL ORDER BY rows DESC, 1, 2'
    ).to_pylist()
    lost = sum(entry["rows"] for entry in rejected)
    limit = intake.config.definitions.max_rejected_share
    if lost > limit * read:
        most = rejected[0]
        example = intake.engine.query(
            f'SELECT * FROM {aside} WHERE "column" = $column AND reason = $reason LIMIT 1',
            {"column": most["column"], "reason": most["reason"]},
        ).to_pylist()[0]
        where = _place(example)
        raise DataError(
            f"{selected.path}: {lost:,} of {read:,} rows of {table} break the contract ({lost / read:.1%}; "
            f"max_rejected_share allows {limit:.1%}). Most often, {most['rows']:,} times, {most['column']} "
            f"{most['reason']}; for example {discreet(example['value'])!r} in {where}. "
            "See data/README.md for the columns."
        )
    left_out = {"personal": list(selected.personal), "unknown": list(selected.unknown)}
    return {"name": table, "read": read, "kept": read - lost, "rejected": rejected} | left_out


def _place(rejected: dict[str, Any]) -> str:
    if rejected["file"] is not None:
        return f"{rejected['file']}, line {rejected['line']}"
    return f"row {rejected['row']} (pass _file, _line on in the SELECT to see the line)"


def _write_table(intake: Intake, selected: Selected, draft: Path) -> None:
    """Write the rows that hold, with month numbers and customer_no, sorted by customer."""
    table = selected.table
    people, joined = _customer_no(intake, table)
    order = "customer_no, month_no" if people else "month_no"
    made = ", ".join(_month_numbers(intake.config, table) + people)
    own = ["_file", "_line", "_broken", "_value", "file_row_number", *_zone_marks(selected).values()]
    own += [column for column in selected.personal if column in selected.extra]
    emptied = [c for c in selected.personal if c in selected.raw_types and table.column(c) is not None]
    nulls = ", ".join(f"CAST(NULL AS VARCHAR) AS {name(column)}" for column in emptied)
    target = literal(str(intake.table_path(table.name)))
    intake.engine.run(
        f"COPY (SELECT draft.* EXCLUDE ({', '.join(map(name, own))}) "
        f"{f'REPLACE ({nulls})' if nulls else ''}, {made} "
        f"FROM {_rows(draft)} AS draft {joined} WHERE _broken IS NULL "
        f"AND NOT EXISTS (SELECT 1 FROM _repeated WHERE _repeated.file_row_number = draft.file_row_number) "
        f"ORDER BY {order}) TO {target} (FORMAT parquet, COMPRESSION zstd)"
    )
    if table.name == "customers":
        intake.engine.run(
            f"CREATE OR REPLACE TABLE _people AS SELECT customer_id, customer_no FROM read_parquet({target})"
        )


def _month_numbers(config: Config, table: Table) -> list[str]:
    """Return SQL of month_no (of the event time) and of the further month numbers of a table."""
    zone = literal(config.time_zone)
    made = {number: _month_no(table.column(time), zone) for number, time in table.month_numbers.items()}
    months = ", ".join(_month_no(table.column(time), zone) for time in table.clock)
    undated = str(month_number(config.as_of)) if config.as_of else "NULL"
    made["month_no"] = (f"least({months})" if len(table.clock) > 1 else months) or undated
    return [f"CAST({month} AS INTEGER) AS {number}" for number, month in made.items()]


def _month_no(column: Column | None, zone: str) -> str:
    assert column is not None
    moment = name(column.name)
    number = f"12 * year({moment}) + month({moment})"
    if column.kind != "time":
        return number
    # Far from the ends of a month its number is that of UTC, which needs no slow look at the zone.
    local = f"(({moment} AT TIME ZONE 'UTC') AT TIME ZONE {zone})"
    return (
        f"CASE WHEN day({moment}) BETWEEN 3 AND 26 THEN {number} ELSE 12 * year({local}) + month({local}) END"
    )


def _customer_no(intake: Intake, table: Table) -> tuple[list[str], str]:
    """Return SQL of the column customer_no and of the join it needs; empty for tables without customers."""
    if table.name == "customers":
        return ["CAST(row_number() OVER (ORDER BY customer_id) - 1 AS INTEGER) AS customer_no"], ""
    if table.column("customer_id") is None:
        return [], ""
    if not intake.table_path("customers").exists():
        return ["CAST(NULL AS INTEGER) AS customer_no"], ""
    return ["_people.customer_no"], "LEFT JOIN _people USING (customer_id)"


def _unknown_touchpoints(intake: Intake) -> list[str]:
    """Return the touchpoints of all tables that the list of touchpoints does not hold."""
    named = " UNION ".join(
        f"SELECT touchpoint FROM read_parquet({literal(str(intake.table_path(table)))})"
        for table in intake.files
        if table != "touchpoints" and TABLES[table].column("touchpoint") is not None
    )
    if not named:
        return []
    known = f"SELECT touchpoint FROM read_parquet({literal(str(intake.table_path('touchpoints')))})"
    found = intake.engine.query(
        f"SELECT DISTINCT touchpoint FROM ({named}) WHERE touchpoint NOT IN ({known}) ORDER BY 1 LIMIT 20"
    )
    return found["touchpoint"].to_pylist()


def _after_the_end(intake: Intake) -> int:
    """Return how many negative experiences lie in a month after the customer's last."""
    if not {"customers", "negative_experiences"} <= intake.files.keys():
        return 0
    customers, experiences = (
        f"read_parquet({literal(str(intake.table_path(table)))})"
        for table in ("customers", "negative_experiences")
    )
    return intake.engine.query(
        f"SELECT count(*) AS n FROM {experiences} AS experience "
        f"JOIN {customers} AS customer USING (customer_no) WHERE experience.month_no > customer.end_no"
    )["n"][0].as_py()


def _filled(intake: Intake, table: Table) -> dict[str, int]:
    """Return the number of values of every column of an imported table."""
    rows = f"read_parquet({literal(str(intake.table_path(table.name)))})"
    columns = intake.engine.columns(f"SELECT * FROM {rows}")
    counts = ", ".join(f"count({name(column)}) AS {name(column)}" for column in columns)
    return intake.engine.query(f"SELECT {counts} FROM {rows}").to_pylist()[0]


def _span(intake: Intake, table: Table) -> dict[str, Any] | None:
    """Return first and last month, whether the last is complete, and the rows of stray months."""
    if not table.clock:
        return None
    engine, zone = intake.engine, intake.config.time_zone
    source = f"read_parquet({literal(str(intake.table_path(table.name)))})"
    months = engine.query(
        f"SELECT month_no, count(*) AS rows FROM {source} WHERE month_no IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).to_pandas()
    if months.empty:
        return None
    real = months["rows"] >= STRAY_SHARE * months["rows"].median()
    first, last = (int(months.loc[real, "month_no"].iloc[end]) for end in (0, -1))
    strays = int(months.loc[~months["month_no"].between(first, last), "rows"].sum())
    future = int(months.loc[months["month_no"] > last + 1, "rows"].sum())
    span = {"first": first, "last": last, "complete": True, "strays": strays - future, "future": future}
    span["empty"] = last - first + 1 - int(real.sum())
    if {column.kind for column in table.columns if column.name in table.clock} == {"month"}:
        return span
    latest = ", ".join(f"max({name(time)})" for time in table.clock)
    row = engine.query(f"SELECT {latest} FROM {source} WHERE month_no = {last}").to_pylist()[0]
    newest = max(pd.Timestamp(value) for value in row.values() if value is not None)
    days = pd.Timedelta(days=COMPLETE_WITHIN_DAYS)
    return span | {"complete": bool(newest >= pd.Timestamp(month_end(last, zone)) - days)}
