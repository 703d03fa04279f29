"""Sources: every export becomes a table of text columns plus ``_file`` and ``_line``.

Text files, workbooks, JSON lines and databases are read once into Parquet; Parquet exports are used
where they lie. Parquet and PostgreSQL keep their types. ``_line`` is the line on which a record begins
(workbooks: the row, Parquet and databases: the row's number from 1).
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cxlib.contract.config import JSON_LINES, Source, is_text, kind_of, nearest
from cxlib.contract.engine import literal
from cxlib.errors import DataError
from cxlib.intake.databases import database_file, snapshot
from cxlib.intake.records import json_records, padded_records, sheet_records
from cxlib.intake.textfiles import (
    MOST_BROKEN,
    Record,
    Tables,
    header_records,
    lines_of,
    short_of_footer,
    text_records,
)
from cxlib.provenance import READING

__all__ = ["Broken", "Prepared", "check_pages", "column_names", "find_files", "prepare", "records_of"]

# Few records at a time as Python objects, many in a row group of the file.
BLOCK = 3_000
GROUP = 100_000
MOST_COLUMNS = 5_000
# Columns that the engine adds to a Parquet file while it reads it.
_ADDED = ("_path", "file_row_number")


@dataclass(frozen=True)
class Broken:
    """A record that does not fit the header: another number of fields, or a line that is no JSON object."""

    file: str
    line: int
    found: int
    expected: int
    text: str


@dataclass(frozen=True)
class Prepared:
    """One source, ready to be read by the engine.

    Attributes
    ----------
    name : str
    sql : str
        SELECT that gives its rows.
    settings : Source
    rows : int
        Records read, broken ones included.
    broken : tuple of Broken
        Records set aside because they do not fit the header.
    files : tuple of Path
        Parquet files that its rows are read from.
    """

    name: str
    sql: str
    settings: Source
    rows: int
    broken: tuple[Broken, ...]
    files: tuple[Path, ...]


def find_files(
    source: str, settings: Source, root: Path, *, store: Path | None = None, again: bool = False
) -> list[Path]:
    """Return the files of a source, sorted; of a database the Parquet file with its rows.

    Parameters
    ----------
    source : str
    settings : Source
    root : Path
        Folder that relative paths begin at.
    store : Path, optional
        Folder in which the rows of databases are kept.
    again : bool
        Read the rows of a server again, whatever their age.

    Raises
    ------
    DataError
        Where there is none, naming the nearest file in the folder; or where a database gives no rows.
    """
    if settings.url is not None:
        file = database_file(source, settings, root)
        return [snapshot(source, settings, file=file, store=store or root / ".cx", again=again)]
    pattern = Path(settings.file)
    base = Path(pattern.anchor) if pattern.is_absolute() else root
    inside = pattern.relative_to(pattern.anchor) if pattern.is_absolute() else pattern
    try:
        files = sorted(path for path in base.glob(str(inside)) if path.is_file())
    except (OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"Source {source!r}: {settings.file!r} is no usable path: {error}") from error
    if not files:
        raise DataError(f"Source {source!r}: {_why_not(base / inside)}")
    if len({kind_of(path.name) for path in files}) > 1:
        raise DataError(
            f"Source {source!r}: {settings.file!r} takes files of several kinds: "
            f"{', '.join(path.name for path in files[:5])}. Make one source of each kind."
        )
    return files


def _why_not(path: Path) -> str:
    """Return why there is no file at a path, with the nearest name."""
    if path.is_dir():
        return f"{path} is a folder; expected a file, e.g. {path.name}/*.csv."
    if path.is_symlink():
        return f"{path} is a link that leads to no file."
    there = [neighbour.name for neighbour in path.parent.iterdir()] if path.parent.is_dir() else []
    hint = nearest(path.name, there) if there else " The folder is not there or empty."
    return f"no file {path.name} in {path.parent}.{hint}"


def prepare(
    source: str, settings: Source, files: list[Path], *, digests: dict[Path, str], store: Path
) -> Prepared:
    """Read the files of one source, each at most once.

    Parameters
    ----------
    source : str
    settings : Source
    files : list of Path
    digests : dict of Path to str
        Hash of each file's content.
    store : Path
        Folder in which read files are kept, by content and settings.

    Raises
    ------
    DataError
        Where a file cannot be read as its settings say.
    """
    if kind_of(files[0].name) == ".parquet":
        placed = settings.url is not None
        rows, sql = _parquet_rows(source, files), _parquet_sql(files, placed=placed)
        return Prepared(source, sql, settings, rows, (), tuple(files))
    parts = [_read_once(source, settings, file, digest=digests[file], store=store) for file in files]
    paths = ", ".join(literal(str(path)) for path, _, _ in parts)
    sql = f"SELECT * FROM read_parquet([{paths}], union_by_name = true)"
    broken = tuple(record for _, _, records in parts for record in records)
    read = tuple(path for path, _, _ in parts)
    return Prepared(source, sql, settings, sum(rows for _, rows, _ in parts), broken, read)


def _parquet_rows(source: str, files: list[Path]) -> int:
    rows = 0
    for file in files:
        _refuse_packed(source, file)
        try:
            described = pq.ParquetFile(file)
            _check_names(source, file, described.schema_arrow.names)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"Source {source!r}: {file} is not readable as Parquet: {error}") from error
        rows += described.metadata.num_rows
    return rows


def _check_names(source: str, file: Path, names: list[str]) -> None:
    _check_width(source, file, names)
    taken = next((column for column in names if column.lower() in _ADDED), None)
    if taken is not None:
        raise DataError(
            f"Source {source!r}: {file} has a column {taken!r}, a name that the import needs for itself. "
            "Name it otherwise in the export."
        )


def check_pages(source: Prepared) -> None:
    """Read Parquet exports page by page: to be asked after the engine failed, whose error names no file.

    Raises
    ------
    DataError
        Where a page is damaged.
    """
    for file in source.files:
        try:
            with contextlib.suppress(pa.ArrowNotImplementedError):
                for _ in pq.ParquetFile(file).iter_batches():
                    pass
        except (pa.ArrowException, OSError) as error:
            raise DataError(
                f"Source {source.name!r}: {file} is damaged ({error}); export it again."
            ) from error


def _refuse_packed(source: str, file: Path) -> None:
    """Raise for a gzipped file of a kind that is read as it lies."""
    if file.suffix.lower() == ".gz" and not is_text(file.name) and kind_of(file.name) not in JSON_LINES:
        kind = "Parquet" if kind_of(file.name) == ".parquet" else f"{kind_of(file.name)} file"
        raise DataError(f"Source {source!r}: {file}: gzipped {kind} is not read; unpack it.")


def _parquet_sql(files: list[Path], *, placed: bool) -> str:
    """Return a SELECT of Parquet files; `placed` ones have ``_file`` and ``_line`` already."""
    paths = ", ".join(literal(str(file)) for file in files)
    if placed:
        return f"SELECT * FROM read_parquet([{paths}])"
    return (
        "SELECT * EXCLUDE (_path, file_row_number), parse_filename(_path) AS _file, "
        f"file_row_number + 1 AS _line FROM read_parquet([{paths}], union_by_name = true, "
        "filename = '_path', file_row_number = true)"
    )


def _read_once(
    source: str, settings: Source, file: Path, *, digest: str, store: Path
) -> tuple[Path, int, list[Broken]]:
    """Return the Parquet file of an export, its number of records and the broken ones."""
    described = json.dumps([READING, file.name, digest, settings.model_dump()], sort_keys=True, default=str)
    key = blake2b(described.encode(), digest_size=12).hexdigest()
    target = store / f"{source}-{key}.parquet"
    notes = target.with_suffix(".json")
    read = _read_before(target, notes)
    if read is None:
        store.mkdir(parents=True, exist_ok=True)
        draft = store / f".{uuid.uuid4().hex}"
        draft_notes = draft.with_suffix(".json")
        try:
            rows, broken = _write(source, settings, file, draft)
            draft_notes.write_text(
                json.dumps({"rows": rows, "broken": [asdict(record) for record in broken]}), encoding="utf-8"
            )
            os.replace(draft, target)
            os.replace(draft_notes, notes)
        finally:
            draft.unlink(missing_ok=True)
            draft_notes.unlink(missing_ok=True)
        read = rows, broken
    return target, *read


def _read_before(target: Path, notes: Path) -> tuple[int, list[Broken]] | None:
    """Return the number of records of an export and the broken ones; None where they must be read again."""
    try:
        noted = json.loads(notes.read_text(encoding="utf-8"))
        broken = [Broken(**record) for record in noted["broken"]]
        whole = pq.read_metadata(target).num_rows + len(broken) == noted["rows"]
    except (OSError, ValueError, LookupError, TypeError, pa.ArrowException):
        return None
    return (noted["rows"], broken) if whole else None


def _write(source: str, settings: Source, file: Path, draft: Path) -> tuple[int, list[Broken]]:
    """Write the records of `file` to Parquet in blocks; return how many there were, and the broken ones."""
    broken: list[Broken] = []
    _refuse_packed(source, file)
    _refuse_json(source, settings, file)
    if is_text(file.name) and not settings.whitespace:
        heads, skip = header_records(source, settings, file)
        names = _header(source, settings, file, heads)
        if skip is None:
            return _write_blocks((), names, file, draft), broken
        tables = Tables(source, settings, file, names, skip)
        rows = _write_blocks(tables, names, file, draft)
        broken += [Broken(file.name, line, fields, len(names), text) for line, fields, text in tables.broken]
    else:
        records = records_of(source, settings, file)
        names = _header(source, settings, file, list(islice(records, settings.header_rows)))
        above = _without_footer(records, settings.footer_rows, f"Source {source!r}: {file}")
        fitting = _fitting(source, above, len(names), file, broken)
        rows = _write_blocks(_blocks(fitting, names), names, file, draft)
    return rows + len(broken), broken


def _refuse_json(source: str, settings: Source, file: Path) -> None:
    """Raise for a file whose name says that it is JSON, and not that it is JSON lines."""
    if kind_of(file.name) != ".json":
        return
    with lines_of(source, settings, file) as lines:
        is_array = lines.read(1000).lstrip().startswith("[")
    why = "but not one object per line; write JSON lines" if is_array else "and no text; write JSON lines"
    raise DataError(f"Source {source!r}: {file} is JSON, {why} and name the file .jsonl.")


def _write_blocks(blocks: Iterable[pa.Table], names: list[str], file: Path, draft: Path) -> int:
    """Write tables of text columns and ``_line`` in row groups, the file's name added; return the rows."""
    fields = [*((column, pa.string()) for column in names), ("_file", pa.string()), ("_line", pa.int64())]
    schema = pa.schema(fields)
    rows, waiting = 0, []
    # Ids hardly repeat, and nobody looks for a value: neither dictionaries nor statistics pay.
    with pq.ParquetWriter(draft, schema, write_statistics=False, dictionary_pagesize_limit=1 << 18) as writer:

        def write() -> None:
            group = pa.concat_tables(waiting)
            writer.write_table(group.add_column(len(names), "_file", pa.repeat(file.name, len(group))))
            waiting.clear()

        for block in blocks:
            rows += block.num_rows
            waiting.append(block)
            if sum(table.num_rows for table in waiting) >= GROUP:
                write()
        if waiting:
            write()
    return rows


def _blocks(records: Iterator[Record], names: list[str]) -> Iterator[pa.Table]:
    """Yield the records as tables of a few thousand rows."""
    while block := list(islice(records, BLOCK)):
        lines, fields = zip(*block, strict=True)
        arrays = [pa.array(column, pa.string()) for column in zip(*fields, strict=True)]
        yield pa.table([*arrays, pa.array(lines, pa.int64())], names=[*names, "_line"])


def _fitting(
    source: str, records: Iterable[Record], width: int, file: Path, broken: list[Broken]
) -> Iterator[Record]:
    """Yield the records with `width` fields; note the others in `broken`."""
    for line, fields in records:
        if len(fields) == width:
            yield line, fields
            continue
        broken.append(Broken(file.name, line, len(fields), width, ";".join(field or "" for field in fields)))
        if len(broken) > MOST_BROKEN:
            raise DataError(
                f"Source {source!r}: {file}: more than {MOST_BROKEN:,} records do not fit the header. See "
                "the settings of the source in dataset.yaml."
            )


def _without_footer(records: Iterator[Record], footer_rows: int, where: str) -> Iterator[Record]:
    """Yield all records but the last `footer_rows`."""
    held: deque[Record] = deque()
    for record in records:
        held.append(record)
        if len(held) > footer_rows:
            yield held.popleft()
    if 0 < len(held) < footer_rows:
        raise short_of_footer(where, len(held), footer_rows)


def _header(source: str, settings: Source, file: Path, heads: list[Record]) -> list[str]:
    """Return the columns' names of the header rows, none twice."""
    heading = settings.columns if settings.columns is not None else (heads[0][1] if heads else ())
    if not any(heading):
        raise DataError(
            f"Source {source!r}: {file} has no header; expected {settings.header_rows} header rows."
        )
    if len(heads) < settings.header_rows:
        raise DataError(
            f"Source {source!r}: {file} has {len(heads)} rows; expected {settings.header_rows} header rows."
        )
    _check_width(source, file, heading)
    return column_names(name or "" for name in heading)


def _check_width(source: str, file: Path, heading: Sequence[object]) -> None:
    if len(heading) > MOST_COLUMNS:
        raise DataError(
            f"Source {source!r}: {file} has {len(heading):,} columns; expected at most {MOST_COLUMNS:,}."
        )


def column_names(heading: Iterable[str]) -> list[str]:
    """Return the columns' names of a header: trimmed, a number for a blank one, none twice."""
    names: list[str] = []
    taken = {"_file", "_line"}
    for position, head in enumerate(heading, 1):
        base = head.strip().lstrip("\ufeff") or f"column_{position}"
        unique, suffix = base, 2
        while unique.lower() in taken:
            unique, suffix = f"{base}_{suffix}", suffix + 1
        taken.add(unique.lower())
        names.append(unique)
    return names


def records_of(source: str, settings: Source, file: Path) -> Iterator[Record]:
    """Yield (line, fields) of every record that is not blank, header included."""
    if kind_of(file.name) in JSON_LINES:
        return json_records(source, settings, file)
    if not is_text(file.name):
        return sheet_records(source, settings, file)
    return (padded_records if settings.whitespace else text_records)(source, settings, file)
