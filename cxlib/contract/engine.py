"""A small face over DuckDB, so that nothing else in the kit knows which engine runs its SQL."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from cxlib.errors import DataError

__all__ = [
    "Engine",
    "cannot_write",
    "check_select",
    "engine_error",
    "literal",
    "name",
    "out_of_space",
    "parquet",
    "read_select",
    "statements",
    "without_semicolon",
]

MEMORY = "1GB"
BATCH = 100_000
# A column with more different values in a row group is written as it is: looking for a dictionary costs.
PARQUET = "FORMAT parquet, DICTIONARY_SIZE_LIMIT 10000"
_BY_ITSELF = re.compile(
    r"read_\w+|scan_\w+|\w+_scan|parquet_\w+|sniff_csv|glob|query|query_table|getenv|duckdb_\w+"
)
# Quotes and comments of a statement, those named that are never closed.
_PARTS = re.compile(
    r"""'(?:[^']|'')*+'|"(?:[^"]|"")*+"|\$\$.*?\$\$|--[^\n]*|/\*.*?\*/"""
    r"""|(?P<comment>/\*.*|\$\$.*)|(?P<quote>['"].*)""",
    re.DOTALL,
)

# Numbers and dates of German exports, made ready for a cast; anything else passes unchanged, so that
# the import finds and counts it. The exponent keeps a number from being read as German twice; but for
# numbers that have one, `strict_number` gives NULL for what is not written as it should be. A cast that
# fails costs ten times one that succeeds, and so does looking for Unicode blanks: both are asked for only
# where they may be needed.
MACROS = """
CREATE OR REPLACE MACRO plain_number(x, point, mark) AS CASE
    WHEN regexp_full_match(trim(x),
        '[+-]?([0-9]{1,3}([' || mark || '][0-9]{3})+|[0-9]+)([' || point || '][0-9]+)?')
    THEN replace(replace(trim(x), mark, ''), point, '.') || 'e0' END;
CREATE OR REPLACE MACRO written_number(x, point, mark) AS coalesce(plain_number(x, point, mark), x);
CREATE OR REPLACE MACRO strict_number(x, point, mark) AS coalesce(
    plain_number(x, point, mark), CASE WHEN contains(x, 'e') THEN x END);
CREATE OR REPLACE MACRO de_number(x) AS written_number(x, ',', '.');
CREATE OR REPLACE MACRO trimmed(x) AS CASE
    WHEN strlen(x) = length(x) AND NOT starts_with(x, ' ') AND NOT ends_with(x, ' ') THEN nullif(x, '')
    ELSE nullif(trim(x), '') END;
CREATE OR REPLACE MACRO german_moment(t) AS CASE WHEN t LIKE '%.%.%' THEN coalesce(
    CASE strlen(t)
        WHEN 10 THEN try_strptime(t, '%d.%m.%Y')
        WHEN 16 THEN try_strptime(t, '%d.%m.%Y %H:%M')
        WHEN 19 THEN try_strptime(t, '%d.%m.%Y %H:%M:%S') END,
    try_strptime(t, ['%d.%m.%Y', '%d.%m.%Y %H:%M', '%d.%m.%Y %H:%M:%S'])) END;
CREATE OR REPLACE MACRO de_date(x) AS coalesce(CAST(german_moment(trimmed(x)) AS VARCHAR), x);
CREATE OR REPLACE MACRO to_utc(t) AS coalesce(
    make_timestamp(epoch_us(t) - getvariable('ahead')[12 * (year(t) - 1900) + month(t)]),
    make_timestamp(epoch_us(CAST(t AS TIMESTAMPTZ))));
"""
# How far a zone is ahead of UTC in each month of 1900 to 2199, in microseconds; NULL where the clock
# changes in that month. Looking it up takes half as long as asking for every single time.
AHEAD = """
SET VARIABLE ahead = (
    SELECT list(CASE WHEN least = most THEN least END ORDER BY month)
    FROM (
        SELECT 12 * (year(day) - 1900) + month(day) AS month, min(ahead) AS least, max(ahead) AS most
        FROM (
            SELECT day, unnest([
                epoch_us(day) - epoch_us(CAST(day AS TIMESTAMPTZ)),
                epoch_us(day + INTERVAL 1 DAY) - epoch_us(CAST(day + INTERVAL 1 DAY AS TIMESTAMPTZ))
            ]) AS ahead
            FROM generate_series(TIMESTAMP '1900-01-01', TIMESTAMP '2199-12-31', INTERVAL 1 DAY) AS days(day)
        )
        GROUP BY ALL
    )
)
"""


class Engine:
    """One DuckDB connection in memory, its tables being views over Parquet.

    Parameters
    ----------
    spill : Path
        Folder for what does not fit into memory.
    time_zone : str
        Zone in which times without one are read and times are cast to days.
    """

    def __init__(self, spill: Path, *, time_zone: str = "UTC") -> None:
        self._connection = duckdb.connect(
            config={
                "memory_limit": _memory(),
                "temp_directory": str(spill),
                "preserve_insertion_order": "false",
                "autoinstall_known_extensions": "false",
            }
        )
        # A notebook's engine draws no bar without a package of widgets, and then refuses the setting.
        if "ipykernel" not in sys.modules:
            self.run("SET enable_progress_bar = false")
        self.run(MACROS)
        self.run("SET VARIABLE ahead = CAST([] AS BIGINT[])")
        self.run(f"SET TimeZone = {literal(time_zone)}")

    def set_zone(self, time_zone: str) -> None:
        """Read times without a zone in `time_zone` from now on, and do so fast."""
        self.run(f"SET TimeZone = {literal(time_zone)}")
        self.run(AHEAD)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Return the rows of a query; `parameters` bind its ``$name`` places."""
        relation = self._connection.sql(sql, params=dict(parameters) if parameters else None)
        return _plain(relation.to_arrow_table())

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """Return the rows of a query in batches, of which few are in memory at a time."""
        return self._connection.sql(sql).to_arrow_reader(BATCH)

    def run(self, sql: str) -> None:
        """Run statements that return nothing of interest."""
        self._connection.execute(sql).fetchall()

    def write(self, sql: str, path: Path) -> None:
        """Write the rows of a query to a Parquet file."""
        self.run(f"COPY ({sql}) TO {literal(str(path))} ({PARQUET})")

    def view(self, view: str, sql: str) -> None:
        """Create or replace a view."""
        self.run(f"CREATE OR REPLACE VIEW {name(view)} AS {sql}")

    def hold(self, table: str, rows: pa.Table) -> None:
        """Make rows that are in memory readable under a name."""
        self._connection.register(table, rows)

    def columns(self, sql: str) -> dict[str, str]:
        """Return column -> engine's type of a query, without running it."""
        described = self.query(f"DESCRIBE {sql}")
        return dict(
            zip(described["column_name"].to_pylist(), described["column_type"].to_pylist(), strict=True)
        )

    def line_of_error(self, sql: str) -> int | None:
        """Return the line of a query in which the engine finds something wrong, or None."""
        asked = "DESCRIBE "
        self.run("SET errors_as_json = true")
        try:
            self.run(asked + sql)
        except duckdb.Error as error:
            place = re.search(r'"position":"(\d+)"', str(error))
            before = (asked + sql).encode()[: int(place[1])] if place else b""
            return before.count(b"\n") + 1 if place else None
        finally:
            self.run("SET errors_as_json = false")
        return None

    def close(self) -> None:
        """Close the connection and free its memory."""
        self._connection.close()


def _memory() -> str:
    """Return how much memory the engine may take, as CX_MEMORY says.

    Raises
    ------
    DataError
        Where it says none.
    """
    wanted = os.environ.get("CX_MEMORY", MEMORY)
    amount = re.fullmatch(r"\s*(\d{1,6}(?:\.\d+)?)\s*[MGT]i?B\s*", wanted, re.IGNORECASE)
    if amount is None or float(amount[1]) == 0:
        raise DataError(
            f"CX_MEMORY={wanted!r} is no amount of memory; expected a number with MB or GB, e.g. 2GB."
        )
    return wanted


def _plain(table: pa.Table) -> pa.Table:
    """Return `table` with exact decimals (sums of whole numbers among them) as int64 or float64."""
    for position, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            kind = pa.int64() if field.type.scale == 0 else pa.float64()
            table = table.set_column(position, field.name, table.column(position).cast(kind))
    return table


def literal(value: Any) -> str:
    """Return a value as SQL; texts are quoted by the SQL library, never by hand."""
    return sqlglot.exp.convert(value).sql(dialect="duckdb")


def name(identifier: str) -> str:
    """Return a quoted name."""
    return exp.to_identifier(identifier, quoted=True).sql(dialect="duckdb")


def parquet(path: Path | str) -> exp.Table:
    """Return ``read_parquet('path')`` for use in a FROM."""
    call = exp.func("read_parquet", exp.convert(str(path)), dialect="duckdb")
    return exp.Table(this=call)


def read_select(path: Path) -> str:
    """Return the text of a dataset's SQL file; a byte order mark of UTF-8 is no part of it.

    Raises
    ------
    DataError
        Where it is not UTF-8.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}, line {line}: byte {content[error.start]:#04x} is not UTF-8. Save the file as UTF-8."
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{path}, line {line}: a zero byte, so this is not UTF-8. Save the file as UTF-8.")
    return text


def check_select(sql: str, path: Path) -> exp.Expression:
    """Return the parsed SELECT of a dataset's SQL file.

    Raises
    ------
    DataError
        Where the file does not hold exactly one SELECT.
    """
    try:
        parsed = statements(sql)
    except sqlglot.errors.TokenError as error:
        raise _never_closed(sql, path) from error
    except sqlglot.errors.ParseError as error:
        first = error.errors[0] if error.errors else {"line": "?", "description": str(error)}
        raise DataError(f"{path}, line {first['line']}: not valid SQL: {first['description']}.") from error
    except RecursionError as error:
        raise DataError(f"{path} is nested too deep, e.g. in parentheses; write it flatter.") from error
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        kinds = ", ".join(statement.key.upper() for statement in parsed) or "nothing"
        raise DataError(f"{path} must hold one SELECT; found {kinds}.")
    _refuse_files(parsed[0], path)
    return parsed[0]


def statements(sql: str, *, dialect: str = "duckdb") -> list[exp.Expression]:
    """Return the parsed statements of a text; a semicolon alone, or with a comment, is none."""
    parsed = sqlglot.parse(sql, read=dialect)
    return [
        statement
        for statement in parsed
        if statement is not None and not isinstance(statement, exp.Semicolon)
    ]


def _never_closed(sql: str, path: Path | str) -> DataError:
    """Return the error for SQL in which a quote or comment is opened and never closed."""
    opened = next((match for match in _PARTS.finditer(sql) if match.lastgroup), None)
    if opened is None:
        return DataError(f"{path}: not valid SQL: a quote or comment is opened and never closed.")
    mark, line = opened[0][: 2 if opened["comment"] else 1], sql[: opened.start()].count("\n") + 1
    return DataError(f"{path}, line {line}: not valid SQL: {mark} is opened and never closed.")


def _refuse_files(select: exp.Expression, path: Path) -> None:
    """Raise where a SELECT reads files or the machine by itself: nobody would notice that they changed."""
    for call in select.find_all(exp.Func):
        called = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
        if _BY_ITSELF.fullmatch(called):
            raise DataError(
                f"{path} reads a file by itself ({called}). Make the file a source in dataset.yaml, and "
                "read that."
            )


def without_semicolon(sql: str, path: Path | str = "SQL", *, dialect: str = "duckdb") -> str:
    """Return a statement without the semicolon at its end, and whatever comment follows it.

    Raises
    ------
    DataError
        Naming `path`, where a quote or comment is never closed.
    """
    try:
        tokens = sqlglot.tokenize(sql, read=dialect)
    except sqlglot.errors.TokenError as error:
        raise _never_closed(sql, path) from error
    while tokens and tokens[-1].token_type == sqlglot.TokenType.SEMICOLON:
        sql = sql[: tokens.pop().start]
    return sql


def engine_error(complaint: str, path: Path, line: int | None = None) -> DataError:
    """Return the engine's complaint about a dataset's SQL file as an error that names file and line."""
    place = f"{path}, line {line}" if line else str(path)
    return DataError(f"{place}: {complaint.strip()}")


def cannot_write(folder: Path, reason: str) -> DataError:
    """Return the error for a folder that takes no more files."""
    return DataError(
        f"{folder} cannot be written ({reason}). Free some space, or set CX_CACHE to another folder."
    )


def out_of_space(error: duckdb.Error) -> bool:
    """Return whether the engine stopped because a file could not be written."""
    return isinstance(error, duckdb.IOException) and bool(
        re.search(r"No space left|too large|quota|[Cc]ould not write|failed to write", str(error))
    )
