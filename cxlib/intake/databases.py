"""Databases as sources: the rows of one SELECT, read into Parquet and kept for a while.

The statement runs in a read-only transaction (PostgreSQL) or on a file opened for reading (SQLite) and
streams in batches. A password comes from the environment and is written nowhere.
"""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

from cxlib.contract.config import nearest
from cxlib.contract.engine import statements, without_semicolon
from cxlib.contract.yaml_text import with_environment
from cxlib.errors import DataError
from cxlib.provenance import READING

if TYPE_CHECKING:
    from cxlib.contract.config import Source

__all__ = ["database_file", "snapshot"]

# Seconds to wait for a server that does not answer.
PATIENCE = 10
_KEPT = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_date,
    pa.types.is_timestamp,
)
# SQLite's types belong to values, not to columns, so all become text; a number such as 1.234 gets an
# exponent, or German settings would read it as one thousand.
_SQLITE_TEXT = """CASE typeof({c})
    WHEN 'real' THEN CASE
        WHEN {c} = CAST({c} AS INTEGER) AND abs({c}) < 9e15 THEN CAST(CAST({c} AS INTEGER) AS TEXT)
        WHEN printf('%!.17g', {c}) GLOB '*.[0-9][0-9][0-9]' THEN printf('%!.17g', {c}) || 'e0'
        ELSE printf('%!.17g', {c}) END
    WHEN 'blob' THEN hex({c})
    ELSE CAST({c} AS TEXT) END AS {c}"""


def database_file(source: str, settings: Source, root: Path) -> Path | None:
    """Return the file of an SQLite database, relative ones below `root`; None for a server.

    Raises
    ------
    DataError
        Where it is not there.
    """
    url = with_environment(settings.url or "", f"Source {source!r}")
    if not url.startswith("sqlite:"):
        return None
    path = root / unquote(url.removeprefix("sqlite:///"))
    if not path.is_file():
        there = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"Source {source!r}: no database {path}.{nearest(path.name, there)}")
    return path


def snapshot(source: str, settings: Source, *, file: Path | None, store: Path, again: bool = False) -> Path:
    """Return the Parquet file with the rows of a database source, reading them where they are not fresh.

    Rows of a server are fresh for ``refresh_hours``, because nothing tells whether they have changed;
    those of an SQLite file as long as the file is the same.

    Parameters
    ----------
    source : str
    settings : Source
    file : Path or None
        The SQLite file, see :func:`database_file`.
    store : Path
        Folder in which rows are kept.
    again : bool
        Read a server's rows whatever their age.

    Raises
    ------
    DataError
        Where the server or file cannot be reached, refuses the password or the statement, or is gone
        before the last row.
    """
    where = f"Source {source!r}"
    address, password = _address(where, settings)
    described = json.dumps([READING, _without_password(address), settings.query, *_stamp(file)])
    target = store / f"{source}-{blake2b(described.encode(), digest_size=12).hexdigest()}.parquet"
    if target.exists() and (file or (not again and _age_hours(target) < settings.refresh_hours)):
        return target
    _check_statement(where, settings, "postgres" if file is None else "sqlite")
    store.mkdir(parents=True, exist_ok=True)
    draft = store / f".{uuid.uuid4().hex}"
    try:
        _read(where, source, settings, draft, address if file is None else _read_only(file), password)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def _stamp(file: Path | None) -> list[str]:
    """Return what changes with an SQLite database: size and time of its file and its journal."""
    if file is None:
        return []
    parts = [file, file.with_name(f"{file.name}-wal")]
    return [f"{p}|{p.stat().st_size}|{p.stat().st_mtime_ns}" for p in parts if p.exists()]


def _read_only(file: Path) -> str:
    return f"file:{quote(str(file))}?mode=ro"


def _age_hours(path: Path) -> float:
    return (time.time() - path.stat().st_mtime) / 3600


def _address(where: str, settings: Source) -> tuple[str, str]:
    """Return the address with the environment's values put in, and the password alone."""
    try:
        parts = urlsplit(settings.url or "")
        password = with_environment(unquote(parts.password or ""), where)
        account = f"{parts.username}:{quote(password, safe='')}@" if password else ""
        network = f"{account}{parts.netloc.rpartition('@')[2]}" if password else parts.netloc
        address = with_environment(parts._replace(netloc=network).geturl(), where)
        urlsplit(address)
    except ValueError:
        raise DataError(
            f"{where}: its url is no address; write postgresql://user@host:5432/database."
        ) from None
    if not address.startswith("sqlite:") and "connect_timeout" not in parse_qs(urlsplit(address).query):
        address += f"{'&' if '?' in address else '?'}connect_timeout={PATIENCE}"
    return address, password


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    user = f"{parts.username}@" if parts.username else ""
    return parts._replace(netloc=f"{user}{parts.netloc.rpartition('@')[2]}").geturl()


def _check_statement(where: str, settings: Source, dialect: str) -> None:
    """Raise for a statement that is plainly no SELECT; what cannot be parsed is left to the database."""
    try:
        given = statements(settings.query or "", dialect=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return
    if len(given) != 1 or not isinstance(given[0], exp.Query):
        kinds = ", ".join(statement.key.upper() for statement in given) or "nothing"
        raise DataError(f"{where}: its query must be one SELECT; found {kinds}.")


def _read(where: str, source: str, settings: Source, draft: Path, address: str, password: str) -> None:
    """Write the rows of a statement to `draft`, batch by batch."""
    driver, manager = _drivers(where, address)
    rows = 0
    try:
        with driver.connect(address) as connection, connection.cursor() as cursor:
            if not address.startswith("file:"):
                cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(_plain_columns(where, cursor, settings, address))
            reader = cursor.fetch_record_batch()
            with pq.ParquetWriter(draft, _placed_schema(reader.schema), compression="zstd") as writer:
                for batch in reader:
                    writer.write_batch(_placed(batch, source, rows))
                    rows += batch.num_rows
    except (manager.Error, pa.ArrowException, OSError) as error:
        reason = _discreet(str(error), address, password)
        gone = f" after {rows:,} rows; nothing was kept" if rows else ""
        raise DataError(
            f"{where}: the database at {_without_password(address).partition('?')[0]} said{gone}: {reason}"
        ) from None


def _drivers(where: str, address: str) -> tuple[Any, Any]:
    try:
        import adbc_driver_manager
        import adbc_driver_postgresql.dbapi
        import adbc_driver_sqlite.dbapi
    except ImportError as error:
        raise DataError(
            f"{where} is a database, and its drivers are not installed: pip install 'cxlib[databases]'."
        ) from error
    sqlite = address.startswith("file:")
    return (adbc_driver_sqlite.dbapi if sqlite else adbc_driver_postgresql.dbapi), adbc_driver_manager


def _discreet(reason: str, address: str, password: str) -> str:
    """Return a driver's message in one line, without the password."""
    for secret in (password, quote(password, safe="")):
        reason = reason.replace(secret, "***") if secret else reason
    reason = re.sub(r"\s+", " ", reason.replace(address, _without_password(address)))
    return re.split(r" query: SELECT| Query was:", reason)[0].strip()


def _plain_columns(where: str, cursor: Any, settings: Source, address: str) -> str:
    """Return the statement with every column text that has no plain type of its own."""
    sqlite = address.startswith("file:")
    query = _without_end(settings.query or "", "sqlite" if sqlite else "postgres")
    if sqlite:
        cursor.execute(f"SELECT * FROM (\n{query}\n) LIMIT 0")
        schema = cursor.fetch_arrow_table().schema
    else:
        schema = cursor.adbc_execute_schema(query)
    twice = next((column for column in schema.names if schema.names.count(column) > 1), None)
    if twice is not None:
        raise DataError(f"{where}: its query gives the column {twice!r} twice; name one of them otherwise.")
    columns = [_column(field, sqlite=sqlite) for field in schema]
    return f"SELECT {', '.join(columns)} FROM (\n{query}\n) AS rows"


def _without_end(query: str, dialect: str) -> str:
    """Return a statement without the semicolon at its end; what cannot be parsed keeps what follows it."""
    try:
        return without_semicolon(query, dialect=dialect)
    except DataError:
        return query.strip().rstrip(";")


def _column(field: pa.Field, *, sqlite: bool) -> str:
    column = exp.to_identifier(field.name, quoted=True).sql(dialect="postgres")
    if sqlite:
        return _SQLITE_TEXT.format(c=column)
    if any(plain(field.type) for plain in _KEPT):
        return column
    if getattr(field.type, "type_name", "") == "numeric":
        return rf"regexp_replace({column}::text, '^(-?\d{{1,3}}\.\d{{3}})$', '\1e0') AS {column}"
    return f"{column}::text AS {column}"


def _placed_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema([*schema, pa.field("_file", pa.string()), pa.field("_line", pa.int64())])


def _placed(batch: pa.RecordBatch, source: str, before: int) -> pa.RecordBatch:
    """Return a batch with the source's name and the number of each row, as every source has them."""
    lines = pa.array(range(before + 1, before + 1 + batch.num_rows), pa.int64())
    arrays = [*batch.columns, pa.repeat(source, batch.num_rows), lines]
    return pa.RecordBatch.from_arrays(arrays, schema=_placed_schema(batch.schema))
