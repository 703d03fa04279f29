"""Exports read record by record: workbooks, JSON lines, and columns padded with blanks."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cxlib.contract.config import Source, nearest
from cxlib.errors import DataError
from cxlib.intake.textfiles import lines_of

__all__ = ["json_records", "padded_records", "sheet_records"]

# A workbook's 1.234 would read as one thousand in German; the exponent keeps it a decimal.
_AMBIGUOUS = re.compile(r"-?\d{1,3}\.\d{3}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_RESULT = re.compile(rb"(</f>|<f[^>]*/>)\s*(<v\s*/>|<v>\s*</v>)?\s*</c>")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Record = tuple[int, tuple[str | None, ...]]


def padded_records(source: str, settings: Source, file: Path) -> Iterator[Record]:
    """Yield (line, fields) of a text file whose columns are padded with blanks."""
    with lines_of(source, settings, file) as lines:
        for number, line in enumerate(lines, 1):
            fields = line.split()
            if fields:
                yield number, tuple(fields)


def json_records(source: str, settings: Source, file: Path) -> Iterator[Record]:
    """Yield the names of all columns as record 0, then (line, values) of every line.

    A line that is no JSON object gives its text as a single value, which fits no header but one of one
    column; a key that a line does not have gives None. Half a character (a lone surrogate) becomes U+FFFD.

    Raises
    ------
    DataError
        Where no line is a JSON object, the first two are not, or the file is one array.
    """
    columns: dict[str, None] = {}
    for number, value in _objects(source, settings, file):
        if isinstance(value, dict):
            columns.update(dict.fromkeys(value))
        elif not columns and _begins_an_array(value):
            raise DataError(
                f"Source {source!r}: {file} is not JSON lines: it is JSON, but not one object per line; "
                "write JSON lines."
            )
        elif not columns and number > 1:
            raise DataError(
                f"Source {source!r}: {file} is not JSON lines: lines 1 and 2 hold no object each. Write one "
                "object per line."
            )
    if not columns:
        raise DataError(f"Source {source!r}: {file} holds no JSON object; expected one per line.")
    yield 0, tuple(columns)
    for number, value in _objects(source, settings, file):
        if isinstance(value, dict):
            yield number, tuple(_json_text(value.get(column)) for column in columns)
        else:
            yield number, (value,) if len(columns) != 1 else (value, "")


def _begins_an_array(line: str) -> bool:
    """Return whether a line is an array of objects, or the beginning of an array."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line.lstrip().startswith("[")
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _objects(source: str, settings: Source, file: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (line, object) of every line that is not blank; the line's text where it is none."""
    with lines_of(source, settings, file) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
                if "\\ud" in line.lower():
                    value = json.loads(_SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
            except (ValueError, RecursionError):
                value = None
            yield number, value if isinstance(value, dict) else line.rstrip("\r\n")


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return _cell_text(value)


def sheet_records(source: str, settings: Source, file: Path) -> Iterator[Record]:
    """Yield (row, cells) of a workbook's sheet, blank rows left out.

    Raises
    ------
    DataError
        Where the file is no workbook, is locked by a password, has no such sheet, or holds formulas
        whose results were never saved.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(file))
        sheet = settings.sheet or workbook.sheet_names[0]
        if sheet not in workbook.sheet_names:
            hint = nearest(sheet, workbook.sheet_names)
            raise DataError(f"Source {source!r}: {file} has no sheet {sheet!r}.{hint}")
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise DataError(
            f"Source {source!r}: {file} is not readable as a workbook: {error}. Is it locked or damaged?"
        ) from error
    if any(_NO_RESULT.search(part) for part in _sheet_parts(file, sheet)):
        raise DataError(
            f"Source {source!r}: {file}, sheet {sheet!r}, holds formulas without their results. Open it in "
            "Excel or LibreOffice, save it, and try again."
        )
    for row, cells in enumerate(rows, 1):
        fields = [_cell_text(cell) for cell in cells]
        if any(field.strip() for field in fields):
            yield row, tuple(fields)


def _sheet_parts(file: Path, sheet: str) -> Iterator[bytes]:
    """Yield the XML of a sheet where the workbook is a zip archive of XML."""
    if not zipfile.is_zipfile(file):
        return
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
            return
        targets = {
            relation.get("Id"): relation.get("Target", "").removeprefix("/xl/")
            for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        for listed in ElementTree.fromstring(archive.read("xl/workbook.xml")).findall(".//{*}sheet"):
            part = f"xl/{targets.get(listed.get(_RELATION))}"
            if listed.get("name") == sheet and part in names:
                yield archive.read(part)


def _cell_text(cell: Any) -> str:
    """Return a cell as text that the import's casts understand."""
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
