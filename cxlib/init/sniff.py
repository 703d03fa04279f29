"""A first look at a folder of exports: how each file is written, its header, some of its records."""

from __future__ import annotations

import codecs
import csv
import fnmatch
import glob
import gzip
import io
import json
import re
import zipfile
import zlib
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot.dialects.duckdb import DuckDB

from cxlib.contract.config import JSON_LINES, Source, kind_of
from cxlib.contract.schema import TABLES
from cxlib.errors import DataError
from cxlib.init.export import TEXT, TYPED, WRITTEN, Export, is_written, plain
from cxlib.intake.sources import MOST_COLUMNS, column_names, records_of

__all__ = ["LOOKED_AT", "inside", "is_utf8", "look_at_folder", "shown"]

# Records of a file that are looked at; what is proposed says so where there are more.
LOOKED_AT = 50_000
LOOK = Source(file="*")
# What a file that is damaged, locked or something else may end in.
UNREADABLE = (
    DataError, pa.ArrowException, UnicodeError, csv.Error, OSError, EOFError, zlib.error,
    zipfile.BadZipFile, ElementTree.ParseError,
)  # fmt: skip
DATABASES = (".sqlite", ".sqlite3", ".db")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
# Names inside a proposed SELECT, which no source may have.
PARTS = ("asked", "said", "questions")
SEPARATORS = (";", ",", "\t", "|")
HEAD_BYTES, TAIL_BYTES = 1 << 20, 1 << 16
HEAD_RECORDS = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def look_at_folder(root: Path) -> tuple[list[Export], dict[str, str]]:
    """Look at every export of a folder.

    Parameters
    ----------
    root : Path
        Folder of the exports.

    Returns
    -------
    exports : list of Export
        Files of the same form under one pattern, sorted by name.
    unread : dict of str to str
        Other file -> why it was not looked at.
    """
    exports: list[Export] = []
    unread: dict[str, str] = {}
    files, _ = inside(root)
    for path in files:
        if not is_utf8(path.name):
            unread[shown(path.name)] = "its name is not UTF-8; rename it"
            continue
        try:
            if not path.is_file():
                raise DataError("no file, but a link that leads nowhere or a device")
            exports += [_nameable(export) for export in _look(path, unread)]
        except UNREADABLE as error:
            unread[path.name] = _reason(path, error)
    return _with_names(_joined(exports, [path.name for path in files])), unread


def inside(root: Path) -> tuple[list[Path], list[Path]]:
    """Return what is no folder and the folders that lie in a folder, sorted, hidden ones left out.

    Raises
    ------
    DataError
        Where the folder cannot be read.
    """
    try:
        there = sorted(path for path in root.iterdir() if not path.name.startswith("."))
        folders = [path for path in there if path.is_dir()]
        return [path for path in there if path not in folders], folders
    except OSError as error:
        raise DataError(
            f"{shown(str(root))} cannot be read ({error.strerror}). Give your account the right to read it."
        ) from error


def is_utf8(name: str) -> bool:
    """Return whether the name of a file is written in UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def shown(name: str) -> str:
    """Return a name in one line that can be printed: bytes that are not UTF-8 by their numbers."""
    plain = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _CONTROL.sub(" ", plain)


def _nameable(export: Export) -> Export:
    """Return an export whose columns SQL files can name: a carriage return does not live in a text file.

    Raises
    ------
    DataError
        Where it has too many columns, or its file's names cannot be changed by a setting.
    """
    if len(export.columns) > MOST_COLUMNS:
        raise DataError(f"it has {len(export.columns):,} columns; at most {MOST_COLUMNS:,} can be imported")
    broken = [column for column in export.columns if "\r" in column]
    if not broken:
        return export
    if kind_of(export.file) == ".parquet":
        raise DataError(f"column {broken[0]!r} has a carriage return in its name; rename it")
    names = column_names(" ".join(column.split()) for column in export.columns)
    renamed = dict(zip(export.columns, names, strict=True))
    labels = {renamed[column]: label for column, label in export.labels.items()}
    ids = {renamed[column]: described for column, described in export.ids.items()}
    settings = export.settings | {"columns": names}
    return replace(export, settings=settings, columns=tuple(names), labels=labels, ids=ids)


def _look(path: Path, unread: dict[str, str]) -> list[Export]:
    """Return what one file holds: one export, or several of a workbook; note sheets left out in `unread`."""
    kind = kind_of(path.name)
    if kind in DATABASES:
        raise DataError("a database; give it a url and a query in dataset.yaml")
    if kind == ".parquet":
        return [_look_at_parquet(path)]
    if kind in WORKBOOKS:
        return _look_at_workbook(path, unread)
    if kind in JSON_LINES:
        return [_look_at_json_lines(path)]
    if kind in TEXT:
        return [_look_at_text(path)]
    raise DataError("neither text, JSON lines, Parquet nor a workbook")


def _reason(path: Path, error: Exception) -> str:
    """Return why a file cannot be looked at, in one line that does not name it again."""
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read ({error.strerror})"
    why = str(error).replace(f"Source {path.stem!r}: {path}", "")
    why = " ".join(why.split()).lstrip(",: ").rstrip(".")
    return why if isinstance(error, DataError) else f"damaged, or not what its name says ({why})"


def _look_at_parquet(path: Path) -> Export:
    parquet = pq.ParquetFile(path)
    names = parquet.schema_arrow.names
    rows: list[tuple[str, ...]] = []
    for batch in parquet.iter_batches(LOOKED_AT):
        columns = [[_parquet_text(value) for value in array.to_pylist()] for array in batch.columns]
        rows += zip(*columns, strict=True)
        if len(rows) >= LOOKED_AT:
            break
    return Export("", path.name, {}, tuple(names), {}, {}, rows, len(rows) == parquet.metadata.num_rows)


def _parquet_text(value: Any) -> str:
    return "" if value is None else str(value)


def _look_at_workbook(path: Path, unread: dict[str, str]) -> list[Export]:
    """Return every visible sheet with rows; the others go into `unread` with the reason."""
    sheets = _sheets(path)
    alone = len(sheets) == 1
    exports = []
    for sheet, hidden in sheets.items():
        if hidden and not all(sheets.values()):
            unread[f"{path.name}, sheet {sheet}"] = "hidden; make it visible if it is meant"
            continue
        settings = {} if alone else {"sheet": sheet}
        try:
            exports.append(_look_at_sheet(path, settings))
        except DataError as error:
            unread[path.name if alone else f"{path.name}, sheet {sheet}"] = _reason(path, error)
    return exports


def _sheets(path: Path) -> dict[str, bool]:
    """Return the sheets of a workbook that hold cells, and whether each is hidden."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        sheets = CalamineWorkbook.from_path(str(path)).sheets_metadata
    except CalamineError as error:
        raise DataError(f"not readable as a workbook: {error}; is it locked or damaged?") from error
    return {
        sheet.name: sheet.visible != SheetVisibleEnum.Visible
        for sheet in sheets
        if sheet.typ == SheetTypeEnum.WorkSheet
    }


def _look_at_sheet(path: Path, settings: dict[str, Any]) -> Export:
    export = _from_records(path, settings, _first_records(path, settings, LOOKED_AT))
    if not export.rows:
        raise DataError("no rows below its header" if export.columns else "empty")
    return export


def _look_at_json_lines(path: Path) -> Export:
    columns, *rows = _first_records(path, {}, LOOKED_AT + 1)
    if not columns:
        raise DataError("empty")
    "".join(cell for record in (columns, *rows) for cell in record).encode()
    export = Export("", path.name, {}, tuple(column_names(columns)), {}, {}, rows[:LOOKED_AT])
    export.whole = len(rows) <= LOOKED_AT
    return export


def _first_records(path: Path, settings: dict[str, Any], most: int) -> list[tuple[str, ...]]:
    """Return the header and the first records of a file, missing values as empty texts."""
    records = records_of(path.stem, Source(file=path.name, **settings), path)
    return [tuple(value or "" for value in fields) for _, fields in islice(records, most + 1)]


def _look_at_text(path: Path) -> Export:
    head, tail = _ends(path)
    encoding = _encoding(path, head)
    separator = _separator(head.decode(encoding, errors="replace"))
    settings: dict[str, Any] = {}
    if separator != LOOK.separator:
        settings["separator"] = "tab" if separator == "\t" else separator
    if encoding not in ("utf-8", "utf-8-sig", "utf-16"):
        settings["encoding"] = encoding
    rows = _first_records(path, settings, LOOKED_AT)
    if not rows:
        raise DataError("empty")
    export = _from_records(path, settings, rows[:LOOKED_AT])
    if len(rows) > LOOKED_AT:
        export.whole = False
        ends = csv.reader(io.StringIO(_decoded(tail, encoding, head)), delimiter=separator)
        rows = [tuple(fields) for fields in ends if any(fields)]
    footers = _footers(rows, len(export.columns))
    if footers:
        export.settings["footer_rows"] = footers
    return export


def _ends(path: Path) -> tuple[bytes, bytes]:
    """Return the first and the last bytes of a file, unpacked."""
    if path.name.endswith(".gz"):
        with gzip.open(path) as opened:
            head = opened.read(HEAD_BYTES)
        return head, b""
    with path.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
        opened.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return head, opened.read()


def _decoded(tail: bytes, encoding: str, head: bytes) -> str:
    """Return the text of the last bytes of a file, which have no mark of their own."""
    if encoding == "utf-16":
        encoding = "utf-16-be" if head.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    return tail.decode(encoding, errors="replace")


def _encoding(path: Path, head: bytes) -> str:
    """Return the codec of a text: by its mark, else UTF-8 where it is valid, else Windows' own."""
    if not head.strip():
        raise DataError("empty")
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" in head:
        if head[1::2].count(0) > len(head) // 3:
            return "utf-16-le"
        raise DataError("binary, not text")
    return "utf-8" if _is_utf8(path) else "cp1252"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    opening = gzip.open if path.name.endswith(".gz") else open
    with opening(path, "rb") as opened:
        try:
            while block := opened.read(HEAD_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _separator(text: str) -> str:
    """Return the separator that gives the most records the same number of fields as the header."""
    best = (0.0, 0, LOOK.separator)
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        widths = [len(fields) for fields in islice(reader, HEAD_RECORDS) if any(fields)]
        if widths and widths[0] > 1:
            best = max(best, (widths.count(widths[0]) / len(widths), widths[0], separator))
    return best[2]


def _footers(rows: list[tuple[str, ...]], width: int) -> int:
    """Return how many records at the end have another form than the header, e.g. a report's footer."""
    count = 0
    while count < len(rows) and len(rows[-1 - count]) != width:
        count += 1
    return count if count < len(rows) else 0


def _from_records(path: Path, settings: dict[str, Any], records: list[tuple[str, ...]]) -> Export:
    """Return an export of the records of a text file or sheet, header included."""
    heads = _header_rows(records)
    columns = tuple(column_names(records[0])) if records else ()
    ids = dict(zip(columns, map(_import_id, records[heads - 1]), strict=False)) if heads > 1 else {}
    labelled = heads > 2 or (heads == 2 and not any(ids.values()))
    labels = dict(zip(columns, records[1], strict=False)) if labelled else {}
    rows = [record for record in records[heads:] if len(record) == len(columns)]
    settings = dict(settings) | ({"header_rows": heads} if heads > 1 else {})
    return Export("", path.name, settings, columns, labels, ids, rows)


def _import_id(cell: str) -> dict[str, Any]:
    try:
        ids = json.loads(cell)
    except ValueError:
        return {}
    return ids if isinstance(ids, dict) else {}


def _header_rows(records: list[tuple[str, ...]]) -> int:
    """Return how many records stand above the data: names, labels for readers, ids of an import."""
    for position, record in enumerate(records[1:3], 2):
        if any(cell.strip().startswith('{"ImportId"') for cell in record):
            return position
    if len(records) < 3:
        return 1
    if _is_label_row(records[1], records[2:HEAD_RECORDS], len(records[0])):
        return 2
    return 1


def _is_label_row(second: tuple[str, ...], below: list[tuple[str, ...]], width: int) -> bool:
    """Return whether the second record holds words where every record below holds dates or numbers."""
    if len(second) != width:
        return False
    below = [record for record in below if len(record) == width]
    typed = []
    for position, cell in enumerate(second):
        values = [record[position].strip() for record in below if record[position].strip()]
        kinds = [kind for kind in TYPED if is_written(values, kind)]
        if kinds:
            typed.append(any(WRITTEN[kind].fullmatch(cell.strip()) for kind in TYPED))
    return bool(typed) and not any(typed) and any(cell.strip() for cell in second)


def _joined(exports: list[Export], names: list[str]) -> list[Export]:
    """Return the exports with files of the same form, named alike but for digits, under one pattern."""
    groups: dict[tuple[Any, ...], list[Export]] = {}
    for export in exports:
        form = re.sub(r"\d+", "#", export.file)
        groups.setdefault((form, str(export.settings), export.columns), []).append(export)
    return [whole for group in groups.values() for whole in _one(group, names)]


def _one(group: list[Export], names: list[str]) -> list[Export]:
    """Return a group of files as one export, if one pattern takes these files and no other."""
    files = [export.file for export in group]
    pattern = _pattern(files)
    if len(group) == 1 or set(fnmatch.filter(names, pattern)) != set(files):
        for export in group:
            export.file = _alone(export.file)
        return group
    first = group[0]
    rows = [row for export in group for row in export.rows]
    whole = all(export.whole for export in group)
    return [Export("", pattern, first.settings, first.columns, first.labels, first.ids, rows, whole)]


def _pattern(files: list[str]) -> str:
    """Return what the names share at both ends, with ``*`` between."""
    first, last = min(files), max(files)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    start = re.sub(r"\d+$", "", first[:same])
    end = re.search(r"[^\d]*$", first)
    return f"{_alone(start)}*{_alone(end.group()) if end else ''}"


def _alone(name: str) -> str:
    """Return a name as a pattern that takes it alone, and in which dataset.yaml sees no ``${NAME}``."""
    return glob.escape(name).replace("${", "[$]{")


def _with_names(exports: list[Export]) -> list[Export]:
    """Give every export a name that SQL needs no quotes for."""
    taken: set[str] = set()
    reserved = {*TABLES, *PARTS, *" ".join(DuckDB.Tokenizer.KEYWORDS).lower().split()}
    for export in exports:
        stem = f"{export.file.split('.')[0]} {export.settings.get('sheet', '')}"
        base = re.sub(r"[^a-z0-9]+", "_", plain(stem)).strip("_") or "export"
        base = f"export_{base}" if base[0].isdigit() else base
        base = f"{base}_export" if base in reserved else base
        name, suffix = base, 2
        while name in taken:
            name, suffix = f"{base}_{suffix}", suffix + 1
        taken.add(name)
        export.source = name
    return sorted(exports, key=lambda export: export.source)
