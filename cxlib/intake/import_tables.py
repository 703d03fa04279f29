"""The import: sources -> canonical SELECTs -> checked, typed Parquet, once per content."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from cxlib.contract.config import JSON_LINES, Config, is_text, kind_of, nearest
from cxlib.contract.engine import (
    Engine,
    cannot_write,
    check_select,
    engine_error,
    literal,
    name,
    out_of_space,
    read_select,
    without_semicolon,
)
from cxlib.contract.months import month_number
from cxlib.contract.privacy import form, masked, personal_values
from cxlib.contract.schema import RECORDED_AT, TABLES, default_touchpoints
from cxlib.contract.table import Column, Table
from cxlib.errors import DataError
from cxlib.intake.casts import NOT_AN_OBJECT, NOT_THE_HEADER, Writing
from cxlib.intake.oddities import currencies, forms, off_scale, signs_of_money
from cxlib.intake.rejections import (
    REJECTED,
    Allowance,
    check_keys,
    check_repeated,
    check_share,
    find_repeated,
    first_of_each,
    rejections,
    write_rejected,
)
from cxlib.intake.selects import Selected, look_at, may_vary, select_typed
from cxlib.intake.sources import Prepared, check_pages
from cxlib.intake.spans import span
from cxlib.intake.tables import all_rows, without_columns, write_apart

__all__ = ["Intake", "import_tables"]

# Customers whose ids are looked at to tell their form.
FORMS_OF = 20_000
# From this many customers on, models gain more from rows in the order of the customers than sorting costs.
SORTED_FROM = 1_500_000


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
        New folder; receives ``tables/<table>.parquet``, ``rejected/<table>.parquet``,
        ``rejected/source.<source>.parquet`` and ``imported.json``.
    """

    config: Config
    sources: dict[str, Prepared]
    files: dict[str, Path]
    out: Path
    engine: Engine = field(init=False)
    selects: dict[str, exp.Expression] = field(init=False)

    def __post_init__(self) -> None:
        for folder in ("tables", "rejected", "spill", "drafts"):
            (self.out / folder).mkdir(parents=True, exist_ok=True)
        self.selects = {table: check_select(read_select(path), path) for table, path in self.files.items()}
        self.engine = Engine(self.out / "spill", time_zone=self.config.time_zone)

    def table_path(self, table: str) -> Path:
        """Return the Parquet file of a canonical table."""
        return self.out / "tables" / f"{table}.parquet"

    def rows(self, table: str) -> str:
        """Return a SELECT of the rows of an imported canonical table."""
        return f"SELECT * FROM read_parquet({literal(str(self.table_path(table)))})"

    def rejected_path(self, table: str) -> Path:
        """Return the Parquet file of the rows of a table that were set aside."""
        return self.out / "rejected" / f"{table}.parquet"

    def references(self, table: str) -> set[str]:
        """Return the names a table's SELECT reads, in lower case, without those it defines itself."""
        select = self.selects[table]
        own = {cte.alias_or_name.lower() for cte in select.find_all(exp.CTE)}
        return {reference.name.lower() for reference in select.find_all(exp.Table) if reference.name} - own

    def source(self, reference: str) -> Prepared | None:
        """Return the source of that name, whatever its case."""
        return next((source for key, source in self.sources.items() if key.lower() == reference), None)


def import_tables(intake: Intake) -> dict[str, Any]:
    """Import every canonical table of a dataset.

    Parameters
    ----------
    intake : Intake
        Closed at the end.

    Returns
    -------
    dict
        ``sources`` and ``tables``: name -> rows read, kept, rejected by column and reason; tables
        also with the number of values per column (``filled``), the columns left out (``personal``,
        ``unknown``), ``span``: first and last month, whether the last is complete, rows far before or just
        after them (``strays``) and later (``future``), months without rows (``empty``), and what
        :mod:`cxlib.intake.oddities` notices; ``unknown_touchpoints``; ``after_the_end``: negative
        experiences in a month after the customer's last; ``unread``: definitions given without effect.

    Raises
    ------
    DataError
        Where a SELECT does not run, a required column is missing, or too many rows are set aside.
    """
    try:
        unread = _set_sla_hours(intake)
        records = {source.name: _source_record(intake, source) for source in intake.sources.values()}
        if "touchpoints" not in intake.files:
            _write_default_touchpoints(intake)
        tables = {table: _import_table(intake, TABLES[table]) for table in _ordered(intake)}
        unknown = _unknown_touchpoints(intake)
        after_end = _after_the_end(intake)
    except duckdb.Error as error:
        raise _stopped(error, intake) from error
    finally:
        intake.engine.close()
    for folder in ("drafts", "spill"):
        shutil.rmtree(intake.out / folder, ignore_errors=True)
    imported = {
        "sources": records,
        "tables": tables,
        "unknown_touchpoints": unknown,
        "after_the_end": after_end,
        "unread": unread,
    }
    (intake.out / "imported.json").write_text(json.dumps(imported, indent=1), encoding="utf-8")
    return imported


def _stopped(error: duckdb.Error, intake: Intake, table: str = "") -> DataError:
    """Return the error for an engine that could not go on, in whatever statement."""
    if isinstance(error, duckdb.OutOfMemoryException):
        where = f"; it stopped at table {table!r}" if table else ""
        return DataError(f"The import ran out of memory. Set CX_MEMORY, e.g. CX_MEMORY=4GB{where}.")
    if out_of_space(error):
        return cannot_write(intake.out.parent, str(error))
    return DataError(f"The import of {intake.config.name!r} stopped: {error}")


def _set_sla_hours(intake: Intake) -> list[str]:
    """Let SELECTs read the promise of dataset.yaml; return its name where it was given and none does."""
    definitions = intake.config.definitions
    intake.engine.run(f"SET VARIABLE sla_hours = {literal(definitions.sla_hours)}")
    calls = (call for select in intake.selects.values() for call in select.find_all(exp.Anonymous))
    read = any(call.name.lower() == "getvariable" and "sla_hours" in call.sql() for call in calls)
    given = "sla_hours" in definitions.model_fields_set and "tickets" in intake.files
    return ["sla_hours"] if given and not read else []


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
    lower_name = source.name.lower()
    texts = [
        read_select(path) for table, path in intake.files.items() if lower_name in intake.references(table)
    ]
    return record | {"currencies": currencies(intake.engine, source.sql, texts)}


def _write_default_touchpoints(intake: Intake) -> None:
    csv = f"read_csv({literal(str(default_touchpoints()))}, all_varchar = true)"
    touchpoints = f"SELECT *, CAST(NULL AS INTEGER) AS month_no FROM {csv}"
    intake.engine.write(touchpoints, intake.table_path("touchpoints"))


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
    """Run a table's SELECT, write the rows that hold, set broken and repeated ones aside."""
    engine, path = intake.engine, intake.files[table.name]
    writing = _writing(intake, table.name)
    engine.set_zone(writing.time_zone)
    _make_views(intake, table.name)
    try:
        selected = look_at(engine, intake.config, table, path, writing)
        record = _write_table(intake, selected)
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) or out_of_space(error):
            raise _stopped(error, intake, table.name) from error
        for source in map(intake.source, intake.references(table.name)):
            if source is not None:
                check_pages(source)
        line = engine.line_of_error(without_semicolon(read_select(path), path))
        raise engine_error(masked(str(error)), path, line) from error
    record["personal"] += _drop_personal(intake, selected)
    if table.name == "customers":
        people = f"SELECT customer_id, customer_no FROM ({intake.rows(table.name)})"
        engine.run(f"CREATE OR REPLACE TABLE _people AS {people}")
    months = span(engine, table, intake.rows(table.name), intake.config.time_zone)
    record |= {"filled": _filled(intake, table), "span": months}
    return record | _oddities(intake, table, record)


def _write_table(intake: Intake, selected: Selected) -> dict[str, Any]:
    """Write the rows that hold and those set aside; return how many there are and why."""
    engine, table = intake.engine, selected.table
    sources = map(intake.source, intake.references(table.name))
    expected = sum(source.rows for source in sources if source is not None)
    repeated = find_repeated(engine, table, select_typed(intake.config, selected), expected=expected)
    rows = _numbered(intake, table, select_typed(intake.config, selected, repeated=repeated > 0))
    aside, rejected = intake.out / "drafts" / f"{table.name}.parquet", intake.rejected_path(table.name)
    allowance = Allowance(selected, intake.config.definitions.max_rejected_share)

    def first(suspects: int, read: int) -> str:
        check_repeated(allowance, suspects - repeated, read=read)
        return first_of_each(table, aside)

    zones = write_apart(engine, rows, intake.table_path(table.name), aside, first if repeated else None)
    write_rejected(engine, selected, aside, rejected)
    reasons, read = rejections(engine, rejected), sum(zones.values())
    check_share(engine, allowance, rejected, reasons, read=read)
    if may_vary(intake.selects[table.name]):
        check_keys(engine, selected, intake.rows(table.name), read=read)
    counted = {"read": read, "kept": read - sum(entry["rows"] for entry in reasons), "rejected": reasons}
    left_out = {"personal": list(selected.personal), "unknown": list(selected.unknown)}
    return {"name": table.name} | counted | {"zones": _written_both_ways(selected, zones)} | left_out


def _numbered(intake: Intake, table: Table, rows: str) -> str:
    """Return SQL of rows with month numbers and customer_no, in the order of the customers where it pays."""
    people, joined = _customer_no(intake, table)
    made = ", ".join(_month_numbers(intake.config, table) + people)
    many = table.by_customer and people and _customers(intake) >= SORTED_FROM
    order = "ORDER BY customer_no, month_no" if many else ""
    return f"SELECT typed.*, {made} FROM ({rows}) AS typed {joined} {order}"


def _written_both_ways(selected: Selected, zones: Mapping[int, int]) -> dict[str, dict[str, int]]:
    """Return per time that is written with a zone and without how often each is."""
    both_ways = {}
    for digit, time in enumerate(selected.zoned_times):
        ways = {"zoned": 0, "plain": 0}
        for written, rows in zones.items():
            # One number tells of all times of a row: in base 4, a digit for each time, 1 with a zone, 2
            # without one. So a single count by that number, made while the rows are written, is enough.
            way = written // 4**digit % 4
            if way:
                ways["zoned" if way == 1 else "plain"] += rows
        if all(ways.values()):
            both_ways[time] = ways
    return both_ways


def _drop_personal(intake: Intake, selected: Selected) -> list[str]:
    """Leave out the columns whose values turn out to be personal; return their names."""
    table, raw_types = selected.table, selected.raw_types
    ids = {*table.key, "referred_by", "response_group", "shopper"}
    looked_at = dict.fromkeys((column for column in selected.extra if raw_types[column] == "VARCHAR"), True)
    looked_at |= {
        column.name: False
        for column in table.columns
        if column.name in raw_types and column.kind == "text" and not column.values
        if column.name not in ids and not column.name.endswith("_id") and not column.personal
    }
    asked_for = intake.config.keep_text
    columns = {column: grouping for column, grouping in looked_at.items() if column not in asked_for}
    path = intake.table_path(table.name)
    personal = personal_values(intake.engine, all_rows(path), columns)
    if personal:
        further = [column for column in personal if column in selected.extra]
        without_columns(intake.engine, path, further, [c for c in personal if c not in further])
    return personal


def _oddities(intake: Intake, table: Table, record: dict[str, Any]) -> dict[str, Any]:
    """Return codes off their scale, signs of money and forms of ids that do not join, where there are any."""
    engine, oddities = intake.engine, {}
    if record["rejected"]:
        aside = f"read_parquet({literal(str(intake.rejected_path(table.name)))})"
        oddities = {"off_scale": off_scale(engine, aside), "money_signs": signs_of_money(engine, aside)}
    filled = record["filled"]
    if "customers" in intake.files and filled.get("customer_id", 0) > filled.get("customer_no", 0):
        strangers = forms(engine, f"(SELECT * FROM ({intake.rows(table.name)}) WHERE customer_no IS NULL)")
        step = _customers(intake) // FORMS_OF + 1
        listed = forms(engine, f"(SELECT * FROM _people WHERE customer_no % {step} = 0)")
        oddities["forms"] = {"strangers": strangers, "listed": listed}
    return oddities


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
    mixed = not all(s.settings.file and is_text(s.settings.file) for s in sources)
    return Writing(decimal, thousands, zones.pop(), mixed)


def _make_views(intake: Intake, table: str) -> None:
    """Give the SELECT of `table` its sources and the canonical tables before it, by name."""
    for reference in intake.references(table):
        source = intake.source(reference)
        if reference != table and intake.table_path(reference).exists():
            intake.engine.view(reference, _canonical_sql(intake, reference))
        elif source is not None:
            intake.engine.view(source.name, source.sql)
        else:
            readable = [*intake.sources, *(other for other in intake.files if other != table)]
            raise DataError(
                f"{intake.files[table]} reads {reference!r}, which is neither a source of dataset.yaml nor "
                f"another table.{nearest(reference, readable)}"
            )


def _canonical_sql(intake: Intake, table: str) -> str:
    """Return a SELECT of an imported table whose times carry their zone."""
    rows = intake.rows(table)
    columns = intake.engine.columns(rows)
    times = [c.name for c in (*TABLES[table].columns, RECORDED_AT) if c.kind == "time" and c.name in columns]
    zoned = ", ".join(f"{name(time)} AT TIME ZONE 'UTC' AS {name(time)}" for time in times)
    return f"SELECT *{f' REPLACE ({zoned})' if zoned else ''} FROM ({rows})"


def _customers(intake: Intake) -> int:
    """Return how many customers the company has."""
    if not intake.table_path("customers").exists():
        return 0
    return intake.engine.query("SELECT count(*) AS n FROM _people")["n"][0].as_py()


def _month_numbers(config: Config, table: Table) -> list[str]:
    """Return SQL of month_no (of the event time) and of the further month numbers of a table."""
    zone = literal(config.time_zone)
    times = {column.name: _month_no(column, zone) for column in table.columns}
    made = {number: times[time] for number, time in table.month_numbers.items()}
    months = ", ".join(times[time] for time in table.clock)
    undated = str(month_number(config.as_of)) if config.as_of else "NULL"
    made["month_no"] = (f"least({months})" if len(table.clock) > 1 else months) or undated
    return [f"CAST({month} AS INTEGER) AS {number}" for number, month in made.items()]


def _month_no(column: Column, zone: str) -> str:
    """Return SQL of the month number of a day, month or time."""
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
        return ["CAST(dense_rank() OVER (ORDER BY customer_id) - 1 AS INTEGER) AS customer_no"], ""
    if table.column("customer_id") is None:
        return [], ""
    if not intake.table_path("customers").exists():
        return ["CAST(NULL AS INTEGER) AS customer_no"], ""
    return ["_people.customer_no"], "LEFT JOIN _people USING (customer_id)"


def _unknown_touchpoints(intake: Intake) -> list[str]:
    """Return the touchpoints of all tables that the list of touchpoints does not hold."""
    named = " UNION ".join(
        f"SELECT touchpoint FROM ({intake.rows(table)})"
        for table in intake.files
        if table != "touchpoints" and TABLES[table].column("touchpoint") is not None
    )
    if not named:
        return []
    listed = f"SELECT touchpoint FROM ({intake.rows('touchpoints')})"
    unknown = intake.engine.query(
        f"SELECT DISTINCT touchpoint FROM ({named}) WHERE touchpoint NOT IN ({listed}) ORDER BY 1 LIMIT 20"
    )
    return unknown["touchpoint"].to_pylist()


def _after_the_end(intake: Intake) -> int:
    """Return how many negative experiences lie in a month after the customer's last."""
    if not {"customers", "negative_experiences"} <= intake.files.keys():
        return 0
    customers, experiences = intake.rows("customers"), intake.rows("negative_experiences")
    return intake.engine.query(
        f"SELECT count(*) AS n FROM ({experiences}) AS experience "
        f"JOIN ({customers}) AS customer USING (customer_no) WHERE experience.month_no > customer.end_no"
    )["n"][0].as_py()


def _filled(intake: Intake, table: Table) -> dict[str, int]:
    """Return the number of values of every column of an imported table."""
    rows = intake.rows(table.name)
    counts = ", ".join(f"count({name(column)}) AS {name(column)}" for column in intake.engine.columns(rows))
    return intake.engine.query(f"SELECT {counts} FROM ({rows})").to_pylist()[0]
