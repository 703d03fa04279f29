"""The import: sources -> canonical SELECTs -> checked, typed, sorted Parquet, once per content."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from cxlib.data.checks import REPEATED, Check, Writing, cast, checks, no_value, raw_name
from cxlib.data.config import Config, is_text, nearest
from cxlib.data.engine import Engine, check_select, engine_error, literal, name
from cxlib.data.schema import RECORDED_AT, SQL_TYPES, TABLES, Column, Table, default_touchpoints
from cxlib.data.sources import Prepared
from cxlib.errors import DataError

__all__ = ["import_tables", "ordered"]

# Rows whose keys are compared at a time; a piece of this size stays far below the memory limit.
KEYS_AT_A_TIME = 4_000_000
PERSONAL = (
    "name|first_?name|last_?name|full_?name|vorname|nachname|e_?mail|mail|e-mail|phone|telefon|mobile|"
    "ip|ip_?address|street|strasse|straße|address|adresse|birth_?date|geburtsdatum|comment|kommentar"
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
        self.engine = Engine(self.out / "spill", time_zone=self.config.time_zone)
        self.selects = {
            table: check_select(path.read_text(encoding="utf-8"), path) for table, path in self.files.items()
        }

    def path(self, table: str) -> Path:
        """Return the Parquet file of a canonical table."""
        return self.out / "tables" / f"{table}.parquet"

    def references(self, table: str) -> set[str]:
        """Return the names a table's SELECT reads, without those it defines itself."""
        select = self.selects[table]
        own = {cte.alias_or_name.lower() for cte in select.find_all(exp.CTE)}
        return {found.name for found in select.find_all(exp.Table) if found.name} - own


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
        New folder; receives ``tables/<table>.parquet`` and ``rejected/<table>.parquet``.

    Returns
    -------
    dict
        ``sources`` and ``tables``: name -> rows read, kept, rejected by column and reason; tables
        also with their ``columns`` that hold values and ``dropped`` columns.

    Raises
    ------
    DataError
        Where a SELECT does not run, a required column is missing, or too many rows are set aside.
    """
    for folder in ("tables", "rejected", "spill", "drafts"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    intake = Intake(config, sources, files, out)
    try:
        if "touchpoints" not in files:
            _write_default_touchpoints(intake)
        tables = {table: _import_table(intake, TABLES[table]) for table in ordered(intake)}
    finally:
        intake.engine.close()
    shutil.rmtree(out / "drafts")
    shutil.rmtree(out / "spill", ignore_errors=True)
    imported = {"sources": {s.name: _source_record(s) for s in sources.values()}, "tables": tables}
    (out / "imported.json").write_text(json.dumps(imported, indent=1), encoding="utf-8")
    return imported


def _write_default_touchpoints(intake: Intake) -> None:
    csv = f"read_csv({literal(str(default_touchpoints()))}, all_varchar = true)"
    path = literal(str(intake.path("touchpoints")))
    intake.engine.run(
        f"COPY (SELECT *, CAST(NULL AS INTEGER) AS month_no FROM {csv}) TO {path} (FORMAT parquet)"
    )


def _source_record(source: Prepared) -> dict[str, Any]:
    reason = "has another number of fields than the header"
    rejected = [{"column": "", "reason": reason, "rows": len(source.broken)}] if source.broken else []
    return {
        "name": source.name,
        "read": source.rows,
        "kept": source.rows - len(source.broken),
        "rejected": rejected,
    }


def ordered(intake: Intake) -> list[str]:
    """Return the tables so that each comes after those its SELECT reads, customers first of all.

    Raises
    ------
    DataError
        Where tables read each other in a circle.
    """
    waiting = {
        table: {other for other in intake.references(table) if other in intake.files and other != table}
        for table in TABLES
        if table in intake.files
    }
    for table, needed in waiting.items():
        if "customers" in waiting and table != "customers" and table not in _ancestors("customers", waiting):
            needed.add("customers")
    done: list[str] = []
    while waiting:
        ready = [table for table, needed in waiting.items() if needed <= set(done)]
        if not ready:
            raise DataError(f"The SQL files of {', '.join(sorted(waiting))} read each other in a circle.")
        done += ready
        for table in ready:
            del waiting[table]
    return done


def _ancestors(table: str, reads: dict[str, set[str]]) -> set[str]:
    """Return every table that `table` reads, directly or through others."""
    found: set[str] = set()
    open_ends = [table]
    while open_ends:
        for other in reads.get(open_ends.pop(), set()) - found:
            found.add(other)
            open_ends.append(other)
    return found


def _import_table(intake: Intake, table: Table) -> dict[str, Any]:
    """Run a table's SELECT, set broken and repeated rows aside, write the rest sorted."""
    path = intake.files[table.name]
    writing = _writing(intake, table.name)
    intake.engine.run(f"SET TimeZone = {literal(writing.time_zone)}")
    _make_views(intake, table.name)
    select = path.read_text(encoding="utf-8").strip().rstrip(";")
    draft = intake.out / "drafts" / f"{table.name}.parquet"
    try:
        raw_types = intake.engine.columns(select)
        _check_required(table, raw_types, path)
        kept_extra, dropped = _extra(intake.config, table, raw_types)
        found = checks(table, {c: t for c, t in raw_types.items() if c not in dropped})
        typed = _typed_sql(intake.config, table, select, raw_types, kept_extra, writing, found)
        intake.engine.run(f"COPY ({typed}) TO {literal(str(draft))} (FORMAT parquet, COMPRESSION lz4)")
    except duckdb.Error as error:
        raise engine_error(error, path) from error
    _mark_repeated(intake.engine, table, draft)
    _write_rejected(intake, table, draft, found)
    _write_table(intake, table, draft, kept_extra)
    record = _count(intake, table, draft, found) | {"dropped": sorted(dropped)}
    draft.unlink()
    return record


def _writing(intake: Intake, table: str) -> Writing:
    """Return how the text sources of a table are written; they must agree."""
    sources = [intake.sources[found] for found in intake.references(table) if found in intake.sources]
    written = {(s.settings.decimal, s.settings.thousands) for s in sources if is_text(s.settings.file)}
    zones = {s.settings.time_zone or intake.config.time_zone for s in sources} or {intake.config.time_zone}
    if len(written) > 1 or len(zones) > 1:
        raise DataError(
            f"{intake.files[table]} reads sources with different decimal, thousands or time_zone: "
            f"{', '.join(sorted(s.name for s in sources))}. Import them as tables of their own."
        )
    decimal, thousands = written.pop() if written else (".", "")
    return Writing(decimal, thousands, zones.pop())


def _make_views(intake: Intake, table: str) -> None:
    """Give the SELECT of `table` its sources and the canonical tables before it, by name."""
    for reference in intake.references(table):
        if reference != table and intake.path(reference).exists():
            times = [c.name for c in TABLES[reference].columns if c.kind == "time"] + [RECORDED_AT.name]
            path = literal(str(intake.path(reference)))
            known = intake.engine.columns(f"SELECT * FROM read_parquet({path})")
            zoned = ", ".join(f"{name(c)} AT TIME ZONE 'UTC' AS {name(c)}" for c in times if c in known)
            replace = f" REPLACE ({zoned})" if zoned else ""
            intake.engine.view(reference, f"SELECT *{replace} FROM read_parquet({path})")
        elif reference in intake.sources:
            intake.engine.view(reference, intake.sources[reference].sql)


def _check_required(table: Table, raw_types: dict[str, str], path: Path) -> None:
    missing = [column for column in table.required if column not in raw_types]
    if missing:
        given = [column for column in raw_types if column not in ("_file", "_line")]
        raise DataError(
            f"{path} gives no column {missing[0]!r}, which {table.name} must have "
            f"(required: {', '.join(table.required)}). It gives: {', '.join(given)}."
            f"{nearest(missing[0], given) if len(given) > 1 else ''}"
        )


def _extra(config: Config, table: Table, raw_types: dict[str, str]) -> tuple[list[str], set[str]]:
    """Return the columns beyond the contract that are kept, and those left out."""
    import re

    kept, dropped = [], set()
    for column in raw_types:
        contract = table.column(column)
        personal = contract.personal if contract else re.fullmatch(PERSONAL, column, re.IGNORECASE)
        if personal and column not in config.keep_text:
            dropped.add(column)
        elif contract is None and column not in ("_file", "_line", RECORDED_AT.name):
            if table.extra or column in config.keep_text:
                kept.append(column)
            else:
                dropped.add(column)
    return kept, dropped


def _typed_sql(
    config: Config,
    table: Table,
    select: str,
    raw_types: dict[str, str],
    extra: list[str],
    writing: Writing,
    found: list[Check],
) -> str:
    """Return the SELECT with every column cast, defaults filled and the first broken check numbered."""
    raw = ", ".join(f"{name(column)} AS {raw_name(column)}" for column in raw_types)
    columns = [*table.columns, *([RECORDED_AT] if RECORDED_AT.name in raw_types else [])]
    typed = [_typed(column, raw_types, config, writing) for column in columns]
    typed += [_kept(column, raw_types[column]) for column in extra]
    typed.append(f"{raw_name('_file') if '_file' in raw_types else 'NULL'}::VARCHAR AS _file")
    typed.append(f"{raw_name('_line') if '_line' in raw_types else 'NULL'}::BIGINT AS _line")
    defaults = [f"coalesce({name(c.name)}, {c.default}) AS {name(c.name)}" for c in columns if c.default]
    if table.name == "surveys" and config.as_of:
        defaults.append(_undated(config))
    replaced = f" REPLACE ({', '.join(defaults)})" if defaults else ""
    broken = " ".join(f"WHEN {check.broken} THEN {number}" for number, check in enumerate(found))
    values = " ".join(
        f"WHEN {number} THEN {raw_name(check.column)}::VARCHAR"
        for number, check in enumerate(found)
        if check.column in raw_types
    )
    value = f"CASE _broken {values} END" if values else "NULL"
    raws = ", ".join(raw_name(column) for column in raw_types)
    return (
        f"SELECT * EXCLUDE ({raws}), {value} AS _value FROM (SELECT *, "
        f"{f'CASE {broken} END' if broken else 'NULL'}::SMALLINT AS _broken FROM (SELECT *{replaced} FROM ("
        f"SELECT *, {', '.join(typed)} FROM (SELECT {raw} FROM ({select})))))"
    )


def _typed(column: Column, raw_types: dict[str, str], config: Config, writing: Writing) -> str:
    given = column.name in raw_types and not (column.personal and column.name not in config.keep_text)
    sql = (
        cast(column, raw_name(column.name), raw_types[column.name], writing=writing)
        if given
        else no_value(column)
    )
    return f"CAST({sql} AS {SQL_TYPES[column.kind]}) AS {name(column.name)}"


def _kept(column: str, raw_type: str) -> str:
    raw = raw_name(column)
    return (
        f"nullif(trim({raw}), '') AS {name(column)}" if raw_type == "VARCHAR" else f"{raw} AS {name(column)}"
    )


def _undated(config: Config) -> str:
    """Return SQL that dates an undated answer at the start of the month it is known to be of."""
    from cxlib.data.months import month_end, month_number

    start = literal(month_end(month_number(str(config.as_of)) - 1, config.time_zone))
    return (
        "CASE WHEN answered_at IS NULL AND invited_at IS NULL AND score IS NOT NULL "
        f"THEN CAST({start} AS TIMESTAMP) ELSE answered_at END AS answered_at"
    )


def _draft(draft: Path) -> str:
    return f"read_parquet({literal(str(draft))}, file_row_number = true)"


def _mark_repeated(engine: Engine, table: Table, draft: Path) -> None:
    """Fill the engine's table ``repeated`` with the row numbers that repeat the key of an earlier row."""
    engine.run("CREATE OR REPLACE TABLE repeated (file_row_number BIGINT)")
    if not table.key:
        return
    key = ", ".join(name(column) for column in table.key)
    rows = engine.query(f"SELECT count(*) AS n FROM {_draft(draft)}")["n"][0].as_py()
    pieces = rows // KEYS_AT_A_TIME + 1
    for piece in range(pieces):
        among = f"_broken IS NULL AND hash({key}) % {pieces} = {piece}"
        engine.run(
            f"INSERT INTO repeated SELECT file_row_number FROM {_draft(draft)} "
            f"WHERE {among} AND ({key}) IN (SELECT ({key}) FROM {_draft(draft)} "
            f"WHERE {among} GROUP BY {key} HAVING count(*) > 1) "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _file, _line, file_row_number) > 1"
        )


def _write_rejected(intake: Intake, table: Table, draft: Path, found: list[Check]) -> None:
    """Write the rows set aside: file, line, row (its key), column, value, reason."""
    key = " || ' ' || ".join(f"coalesce({name(column)}::VARCHAR, '?')" for column in table.key) or "NULL"
    repeated = literal(table.key[0] if table.key else "")
    columns = " ".join(f"WHEN {i} THEN {literal(check.column)}" for i, check in enumerate(found))
    reasons = " ".join(f"WHEN {i} THEN {literal(check.reason.template)}" for i, check in enumerate(found))
    broken = (
        f"SELECT _file AS file, _line AS line, {key} AS row, CASE _broken {columns} END AS column, "
        f"_value AS value, CASE _broken {reasons} END AS reason FROM {_draft(draft)} "
        "WHERE _broken IS NOT NULL"
    )
    again = (
        f"SELECT _file, _line, {key}, {repeated}, {key}, {literal(REPEATED.template)} "
        f"FROM {_draft(draft)} SEMI JOIN repeated USING (file_row_number)"
    )
    target = intake.out / "rejected" / f"{table.name}.parquet"
    intake.engine.run(
        f"COPY (SELECT * FROM ({broken} UNION ALL {again}) ORDER BY file, line, row) "
        f"TO {literal(str(target))} (FORMAT parquet)"
    )


def _write_table(intake: Intake, table: Table, draft: Path, extra: list[str]) -> None:
    """Write the rows that hold, with month numbers and customer_no, sorted by customer."""
    zone = literal(intake.config.time_zone)
    numbers = {"month_no": table.clock, **{no: (time,) for no, time in table.month_numbers.items()}}
    made = []
    for number, times in numbers.items():
        months = ", ".join(_month_no(table.column(time), zone) for time in times)
        month = f"least({months})" if len(times) > 1 else months or str(_as_of_no(intake.config) or "NULL")
        made.append(f"CAST({month} AS INTEGER) AS {number}")
    people, joined = _customer_no(intake, table)
    order = "customer_no, month_no" if people else "month_no"
    intake.engine.run(
        f"COPY (SELECT draft.* EXCLUDE (_file, _line, _broken, _value, file_row_number), {', '.join(made)}{people} "
        f"FROM {_draft(draft)} AS draft {joined} WHERE _broken IS NULL "
        f"AND NOT EXISTS (SELECT 1 FROM repeated WHERE repeated.file_row_number = draft.file_row_number) "
        f"ORDER BY {order}) TO {literal(str(intake.path(table.name)))} (FORMAT parquet, COMPRESSION zstd)"
    )
    if table.name == "customers":
        path = literal(str(intake.path("customers")))
        intake.engine.run(
            f"CREATE OR REPLACE TABLE people AS SELECT customer_id, customer_no FROM read_parquet({path})"
        )


def _month_no(column: Column | None, zone: str) -> str:
    assert column is not None
    local = name(column.name)
    if column.kind == "time":
        local = f"({local} AT TIME ZONE 'UTC') AT TIME ZONE {zone}"
    return f"12 * year({local}) + month({local})"


def _as_of_no(config: Config) -> int | None:
    from cxlib.data.months import month_number

    return month_number(config.as_of) if config.as_of else None


def _customer_no(intake: Intake, table: Table) -> tuple[str, str]:
    """Return SQL of the column customer_no and of the join it needs; empty for tables without customers."""
    if table.name == "customers":
        return ", CAST(row_number() OVER (ORDER BY customer_id) - 1 AS INTEGER) AS customer_no", ""
    if table.column("customer_id") is None:
        return "", ""
    if "customers" not in intake.files or not intake.path("customers").exists():
        return ", CAST(NULL AS INTEGER) AS customer_no", ""
    return ", people.customer_no", "LEFT JOIN people USING (customer_id)"


def _count(intake: Intake, table: Table, draft: Path, found: list[Check]) -> dict[str, Any]:
    """Return rows read, kept and set aside; an error where too many were set aside."""
    rejected_path = literal(str(intake.out / "rejected" / f"{table.name}.parquet"))
    read = intake.engine.query(f"SELECT count(*) AS n FROM {_draft(draft)}")["n"][0].as_py()
    rejected = intake.engine.query(
        f'SELECT "column", reason, count(*) AS rows FROM read_parquet({rejected_path}) '
        "GROUP BY ALL ORDER BY rows DESC, 1, 2"
    ).to_pylist()
    lost = sum(entry["rows"] for entry in rejected)
    limit = intake.config.definitions.max_rejected_share
    if read and lost > limit * read:
        example = intake.engine.query(f"SELECT * FROM read_parquet({rejected_path}) LIMIT 1").to_pylist()[0]
        raise DataError(_too_many(intake.files[table.name], table.name, read, lost, limit, example))
    path = literal(str(intake.path(table.name)))
    types = intake.engine.columns(f"SELECT * FROM read_parquet({path})")
    filled = intake.engine.query(
        f"SELECT {', '.join(f'count({name(c)}) AS {name(c)}' for c in types)} FROM read_parquet({path})"
    ).to_pylist()[0]
    return {
        "name": table.name,
        "read": read,
        "kept": read - lost,
        "rejected": rejected,
        "filled": {column: rows for column, rows in filled.items()},
    }


def _too_many(path: Path, table: str, read: int, lost: int, limit: float, example: dict[str, Any]) -> str:
    where = f"{example['file']}, line {example['line']}" if example["file"] else f"row {example['row']}"
    return (
        f"{path}: {lost:,} of {read:,} rows of {table} break the contract ({lost / read:.1%}; "
        f"max_rejected_share allows {limit:.1%}). For example {where}: {example['column']} = "
        f"{example['value']!r} {example['reason']}. See data/README.md for the columns."
    )
