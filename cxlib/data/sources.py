"""Sources: every export becomes a table of text columns plus ``_file`` and ``_line``.

Text files and workbooks are read once, record by record, into Parquet; Parquet exports are used
where they lie and keep their types. ``_line`` is the line on which a record begins (workbooks: the
row, Parquet: the row's number from 1).
"""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cxlib.data.config import Source, is_text, nearest
from cxlib.data.engine import literal
from cxlib.errors import DataError

__all__ = ["Prepared", "column_names", "find_files", "prepare", "records_of"]

# Few records at a time as Python objects, many in a row group of the file.
BLOCK = 3_000
BLOCKS_A_GROUP = 40
# Raised when the files already read must be read again.
VERSION = 1
MOST_COLUMNS = 5_000
# A workbook's 1.234 would read as one thousand in German; the exponent keeps it a decimal.
_AMBIGUOUS = re.compile(r"-?\d{1,3}\.\d{3}")

Record = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Broken:
    """A record with another number of fields than the header has."""

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


def find_files(source: str, settings: Source, root: Path) -> list[Path]:
    """Return the files of a source, sorted.

    Raises
    ------
    DataError
        Where there is none, naming the nearest file in the folder.
    """
    pattern = Path(settings.file)
    base = Path(pattern.anchor) if pattern.is_absolute() else root
    inside = pattern.relative_to(pattern.anchor) if pattern.is_absolute() else pattern
    files = sorted(path for path in base.glob(str(inside)) if path.is_file())
    if not files:
        folder = (base / inside).parent
        there = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        hint = nearest(pattern.name, there) if there else " The folder is not there or empty."
        raise DataError(f"Source {source!r}: no file {inside.name} in {folder}.{hint}")
    return files


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
    if files[0].suffix.lower() == ".parquet":
        return Prepared(source, _parquet_sql(source, files), settings, _parquet_rows(files), (), tuple(files))
    parts = [_read_once(source, settings, file, digest=digests[file], store=store) for file in files]
    paths = ", ".join(literal(str(path)) for path, _, _ in parts)
    sql = f"SELECT * FROM read_parquet([{paths}], union_by_name = true)"
    broken = tuple(record for _, _, records in parts for record in records)
    read = tuple(path for path, _, _ in parts)
    return Prepared(source, sql, settings, sum(rows for _, rows, _ in parts), broken, read)


def _parquet_rows(files: list[Path]) -> int:
    return sum(pq.ParquetFile(file).metadata.num_rows for file in files)


def _parquet_sql(source: str, files: list[Path]) -> str:
    for file in files:
        try:
            pq.ParquetFile(file)
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"Source {source!r}: {file} is not readable as Parquet: {error}") from error
    paths = ", ".join(literal(str(file)) for file in files)
    return (
        "SELECT * EXCLUDE (filename, file_row_number), parse_filename(filename) AS _file, "
        f"file_row_number + 1 AS _line FROM read_parquet([{paths}], union_by_name = true, "
        "filename = true, file_row_number = true)"
    )


def _read_once(
    source: str, settings: Source, file: Path, *, digest: str, store: Path
) -> tuple[Path, int, list[Broken]]:
    """Return the Parquet file of an export, its number of records and the broken ones."""
    described = json.dumps([VERSION, file.name, digest, settings.model_dump()], sort_keys=True, default=str)
    key = blake2b(described.encode(), digest_size=12).hexdigest()
    target = store / f"{source}-{key}.parquet"
    notes = target.with_suffix(".json")
    if not (target.exists() and notes.exists()):
        broken: list[Broken] = []
        store.mkdir(parents=True, exist_ok=True)
        draft = store / f".{uuid.uuid4().hex}"
        try:
            rows = _write(source, settings, file, draft, broken)
            draft_notes = draft.with_suffix(".json")
            draft_notes.write_text(
                json.dumps({"rows": rows, "broken": [asdict(record) for record in broken]})
            )
            os.replace(draft, target)
            os.replace(draft_notes, notes)
        finally:
            draft.unlink(missing_ok=True)
    known = json.loads(notes.read_text())
    return target, known["rows"], [Broken(**record) for record in known["broken"]]


def _write(source: str, settings: Source, file: Path, draft: Path, broken: list[Broken]) -> int:
    """Write the records of `file` to Parquet in blocks; return how many were read."""
    records = records_of(source, settings, file)
    names = _header(source, settings, file, records)
    schema = pa.schema(
        [(column, pa.string()) for column in names] + [("_file", pa.string()), ("_line", pa.int64())]
    )
    fitting = _fitting(_without_footer(records, settings.footer_rows), len(names), file, broken)
    rows = 0
    blocks = _blocks(fitting, schema, file.name)
    with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        while group := list(islice(blocks, BLOCKS_A_GROUP)):
            writer.write_table(pa.concat_tables(group))
            rows += sum(block.num_rows for block in group)
    return rows + len(broken)


def _blocks(records: Iterator[Record], schema: pa.Schema, file: str) -> Iterator[pa.Table]:
    """Yield the records as tables of a few thousand rows."""
    while block := list(islice(records, BLOCK)):
        lines, fields = zip(*block, strict=True)
        arrays = [pa.array(column, pa.string()) for column in zip(*fields, strict=True)]
        arrays += [pa.array([file] * len(block)), pa.array(lines, pa.int64())]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _fitting(records: Iterable[Record], width: int, file: Path, broken: list[Broken]) -> Iterator[Record]:
    """Yield the records with `width` fields; note the others in `broken`."""
    for line, fields in records:
        if len(fields) == width:
            yield line, fields
        else:
            text = ";".join(fields)[:200]
            broken.append(Broken(file.name, line, len(fields), width, text))


def _without_footer(records: Iterator[Record], footer_rows: int) -> Iterator[Record]:
    """Yield all records but the last `footer_rows`."""
    held: deque[Record] = deque()
    for record in records:
        held.append(record)
        if len(held) > footer_rows:
            yield held.popleft()


def _header(source: str, settings: Source, file: Path, records: Iterator[Record]) -> list[str]:
    """Take the header off `records` and return the columns' names, none twice."""
    heads = list(islice(records, settings.header_rows))
    found = settings.columns if settings.columns is not None else (heads[0][1] if heads else ())
    if not any(found):
        raise DataError(
            f"Source {source!r}: {file} has no header; expected {settings.header_rows} header rows."
        )
    if len(found) > MOST_COLUMNS:
        raise DataError(
            f"Source {source!r}: {file} has {len(found):,} columns; expected at most {MOST_COLUMNS:,}."
        )
    return column_names(found)


def column_names(found: Iterable[str]) -> list[str]:
    """Return the columns' names of a header: trimmed, a number for a blank one, none twice."""
    names: list[str] = []
    taken = {"_file", "_line"}
    for position, head in enumerate(found, 1):
        base = head.strip().lstrip("\ufeff") or f"column_{position}"
        unique, suffix = base, 2
        while unique.lower() in taken:
            unique, suffix = f"{base}_{suffix}", suffix + 1
        taken.add(unique.lower())
        names.append(unique)
    return names


def records_of(source: str, settings: Source, file: Path) -> Iterator[Record]:
    """Yield (line, fields) of every record that is not blank, header included."""
    if file.suffix.lower() in (".jsonl", ".ndjson"):
        raise DataError(
            f"Source {source!r}: {file} is JSON lines, which is not read yet; export CSV or Parquet."
        )
    return (
        _text_records(source, settings, file)
        if is_text(file.name)
        else _sheet_records(source, settings, file)
    )


def _text_records(source: str, settings: Source, file: Path) -> Iterator[Record]:
    encoding = _encoding(source, settings, file)
    begins = 1
    try:
        with file.open(encoding=encoding, newline="") as lines:
            reader = (
                _Whitespace(lines)
                if settings.whitespace
                else csv.reader(lines, delimiter=settings.separator, quotechar=settings.quote)
            )
            for fields in reader:
                if len(fields) > 1 or (fields and fields[0].strip()):
                    yield begins, tuple(fields)
                begins = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise DataError(
            f"Source {source!r}: {file}, after line {begins - 1}: byte {error.object[error.start]:#04x} is "
            f"not {settings.encoding}. Give its encoding in dataset.yaml, for example encoding: cp1252."
        ) from error
    except csv.Error as error:
        raise DataError(
            f"Source {source!r}: {file}, line {begins}: {error}. Expected separator "
            f"{settings.separator!r} and quote {settings.quote!r}."
        ) from error


def _encoding(source: str, settings: Source, file: Path) -> str:
    """Return the codec of a text file; a byte order mark beats what dataset.yaml says."""
    with file.open("rb") as opened:
        start = opened.read(4)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        return codecs.lookup(settings.encoding).name
    except LookupError as error:
        raise DataError(
            f"Source {source!r}: encoding {settings.encoding!r} is not known; use utf-8, utf-16 or cp1252."
        ) from error


class _Whitespace:
    """Reader of files whose columns are padded with blanks."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.line_num = 0

    def __iter__(self) -> Iterator[list[str]]:
        for line in self._lines:
            self.line_num += 1
            yield line.split()


def _sheet_records(source: str, settings: Source, file: Path) -> Iterator[Record]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(file))
    except (CalamineError, OSError) as error:
        raise DataError(f"Source {source!r}: {file} is not readable as a workbook: {error}") from error
    sheet = settings.sheet or workbook.sheet_names[0]
    if sheet not in workbook.sheet_names:
        raise DataError(
            f"Source {source!r}: {file} has no sheet {sheet!r}.{nearest(sheet, workbook.sheet_names)}"
        )
    for row, cells in enumerate(workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False), 1):
        fields = [_cell_text(cell) for cell in cells]
        if any(fields):
            yield row, tuple(fields)


def _cell_text(cell: Any) -> str:
    """Return a workbook's cell as text that the import's casts understand."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() else repr(cell)
        return f"{text}e0" if _AMBIGUOUS.fullmatch(text) else text
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    return str(cell)
