"""Text files, plain or gzipped, in any encoding: read in blocks, so that memory does not grow with the file.

Bytes become UTF-8 in a stream that knows its line; pyarrow splits them into fields. A record begins at
its ``_line`` even where quoted fields run over several lines.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from cxlib.errors import DataError

if TYPE_CHECKING:
    from cxlib.contract.config import Source

__all__ = [
    "MOST_BROKEN",
    "MOST_BYTES",
    "Record",
    "Tables",
    "header_records",
    "lines_of",
    "short_of_footer",
    "text_records",
]

# Bytes read at a time; no record may be longer.
MOST_BYTES = 4 << 20
# A file with more records that do not fit its header is read with wrong settings.
MOST_BROKEN = 100_000
csv.field_size_limit(2 * MOST_BYTES)
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ZIP = b"PK\x03\x04"
# The line that Excel writes above the header, to tell itself the separator.
_SEPARATOR_LINE = re.compile(r"""("?)sep=([\t !#-/:-@\[-`{-~])\1[\r\n]*""", re.IGNORECASE)
Record = tuple[int, tuple[str | None, ...]]


class Recoded(io.RawIOBase):
    """The UTF-8 bytes of a text file.

    Parameters
    ----------
    source : str
        Name for errors.
    settings : Source
    file : Path
        Its name ends in ``.gz`` if it is gzipped.

    Raises
    ------
    DataError
        While reading: where bytes are not of the encoding, where a gzip file is cut off, where the file
        is no text, or where it is UTF-8 although dataset.yaml says a one-byte encoding.
    """

    def __init__(self, source: str, settings: Source, file: Path) -> None:
        self._where = f"Source {source!r}: {file}"
        self._raw = _opened(self._where, file)
        try:
            self.encoding = _encoding(self._where, settings, self._raw)
        except DataError:
            self._raw.close()
            raise
        self._decoder = codecs.getincrementaldecoder(self.encoding)()
        self._as_utf8 = codecs.getincrementaldecoder("utf-8")() if _one_byte(self.encoding) else None
        self._waiting = b""
        self._ends = [0, 0]
        self._foreign = self._finished = False
        self.quotes = 0
        self._quote = settings.quote.encode()

    def readable(self) -> bool:
        """Return True; the stream is for reading only."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with the next bytes; return how many, 0 at the end."""
        while not self._waiting and not self._finished:
            self._waiting = self._next_block()
        taken = self._waiting[: len(buffer)]
        self._waiting = self._waiting[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    @property
    def line(self) -> int:
        """Line up to which the file was read, from 1."""
        return max(self._ends) + 1

    def _next_block(self) -> bytes:
        block = _read(self._raw, self._where)
        self._finished = not block
        try:
            text = self._decoder.decode(block, final=self._finished)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            line = self.line + max(before.count(b"\n"), before.count(b"\r"))
            others = "utf-8 or cp850" if self.encoding == "cp1252" else "cp1252"
            raise DataError(
                f"{self._where}, line {line}: byte {error.object[error.start]:#04x} is not {self.encoding}. "
                f"Give its encoding in dataset.yaml, for example encoding: {others}."
            ) from error
        self._look_at(block, text)
        content = text.encode()
        self.quotes += content.count(self._quote)
        self._ends = [self._ends[0] + text.count("\n"), self._ends[1] + text.count("\r")]
        return content

    def _look_at(self, block: bytes, text: str) -> None:
        """Raise where the block is no text, or the whole file UTF-8 in spite of its settings."""
        if "\0" in text:
            line = self.line + text[: text.index("\0")].count("\n")
            raise DataError(
                f"{self._where}, line {line}: a zero byte, so this is no {self.encoding} text. Export it as "
                "CSV, or give its encoding in dataset.yaml, for example encoding: utf-16."
            )
        if self._as_utf8 is None:
            return
        self._foreign |= not block.isascii()
        try:
            self._as_utf8.decode(block, final=self._finished)
        except UnicodeDecodeError:
            self._as_utf8 = None
            return
        if self._finished and self._foreign:
            raise DataError(
                f"{self._where} is UTF-8, and dataset.yaml says encoding: {self.encoding}, which would make "
                "'Ã¼' of 'ü'. Write encoding: utf-8."
            )


def _one_byte(encoding: str) -> bool:
    """Return whether an encoding has one byte for each character, so that it reads any other as well."""
    return not encoding.startswith(("utf", "ascii")) and len("ä".encode(encoding, "replace")) == 1


def _opened(where: str, file: Path) -> BinaryIO:
    try:
        return gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb")
    except OSError as error:
        raise DataError(f"{where} cannot be opened ({error.strerror}).") from error


def _read(raw: BinaryIO, where: str, most: int = 1 << 20) -> bytes:
    try:
        return raw.read(most)
    except EOFError as error:
        raise DataError(f"{where} is cut off: the gzip file ends too early. Copy it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{where} is not readable as gzip: {error}") from error
    except OSError as error:
        raise DataError(f"{where} cannot be read ({error.strerror}).") from error


def _encoding(where: str, settings: Source, raw: BinaryIO) -> str:
    """Return the codec of a text file; a byte order mark beats what dataset.yaml says."""
    start = _read(raw, where, 4)
    raw.seek(0)
    if start == _ZIP:
        raise DataError(
            f"{where} is a zip archive or a workbook, no text; name it .xlsx if it is a workbook, else "
            "unpack it."
        )
    for mark, encoding in _BOMS.items():
        if start.startswith(mark):
            return encoding
    try:
        return codecs.lookup(settings.encoding).name
    except LookupError as error:
        raise DataError(
            f"{where}: encoding {settings.encoding!r} is not known; use utf-8, utf-16 or cp1252."
        ) from error


def lines_of(source: str, settings: Source, file: Path) -> io.TextIOWrapper:
    """Return the lines of a text file with their ends as they are."""
    stream = io.BufferedReader(Recoded(source, settings, file), MOST_BYTES)
    return io.TextIOWrapper(stream, encoding="utf-8", newline="")


def header_records(source: str, settings: Source, file: Path) -> tuple[list[Record], tuple[int, int] | None]:
    """Return the header rows of a separated text file, and how many records and lines they take.

    The second is None where nothing follows them.

    Raises
    ------
    DataError
        Where the file cannot be read as text.
    """
    heads: list[Record] = []
    lines = int(own_separator(source, settings, file) is not None)
    with closing(_split(source, settings, file)) as split:
        for records, (begins, ends, fields) in enumerate(split, lines):
            if len(heads) == settings.header_rows:
                return heads, (records, lines)
            if any(field.strip() for field in fields):
                heads.append((begins, tuple(fields)))
            lines = ends
    return heads, None


def own_separator(source: str, settings: Source, file: Path) -> str | None:
    """Return the separator that a text file names in a line above its header (``sep=;``), or None.

    Raises
    ------
    DataError
        Where dataset.yaml gives another one.
    """
    with lines_of(source, settings, file) as lines:
        named = _SEPARATOR_LINE.fullmatch(lines.readline(len('"sep=;"\r\n')))
    if named is None:
        return None
    if "separator" in settings.model_fields_set and settings.separator != named[2]:
        raise DataError(
            f"Source {source!r}: {file} begins with {named[0].strip()!r}, and dataset.yaml says separator "
            f"{settings.separator!r}. Leave separator out, or correct it."
        )
    return named[2]


def text_records(source: str, settings: Source, file: Path) -> Iterator[Record]:
    """Yield (line, fields) of every record that is not blank, one at a time: for a first look at a file."""
    for begins, _, fields in _split(source, settings, file):
        if any(field.strip() for field in fields):
            yield begins, tuple(fields)


def _split(source: str, settings: Source, file: Path) -> Generator[tuple[int, int, list[str]], None, None]:
    """Yield first line, last line and fields of every record of a separated text file."""
    separator = own_separator(source, settings, file)
    ended = skipped = int(separator is not None)
    separator = separator or settings.separator
    with lines_of(source, settings, file) as opened:
        lines = islice(opened, skipped, None)
        reader = csv.reader(lines, delimiter=separator, quotechar=settings.quote)
        try:
            for fields in reader:
                yield ended + 1, reader.line_num + skipped, fields
                ended = reader.line_num + skipped
        except csv.Error as error:
            raise DataError(
                f"Source {source!r}: {file}, line {ended + 1}: {error}. Expected separator "
                f"{separator!r} and quote {settings.quote!r}."
            ) from error


class Tables:
    """The records of a separated text file below its header, as tables of text columns and ``_line``.

    Parameters
    ----------
    source : str
    settings : Source
    file : Path
    names : list of str
        Names of the columns.
    skip : tuple of int
        Records and lines of the header.

    Attributes
    ----------
    broken : list of tuple
        (line, number of fields, text) of the records that do not have as many fields as `names`;
        whole once the tables have been taken.
    """

    def __init__(
        self, source: str, settings: Source, file: Path, names: list[str], skip: tuple[int, int]
    ) -> None:
        self._where = f"Source {source!r}: {file}"
        self._settings = settings
        self._separator = own_separator(source, settings, file) or settings.separator
        self._stream = Recoded(source, settings, file)
        self._names = names
        self._skipped, self._line = skip[0], skip[1] + 1
        self._record = 0
        self._last, self._ends_inside = 1, False
        self._odd: list[tuple[int, int, str]] = []
        self.broken: list[tuple[int, int, str]] = []

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield tables of a few thousand records, the footer left out."""
        held: deque[pa.Table] = deque()
        with self._stream:
            for batch in self._batches():
                held.append(self._with_lines(pa.Table.from_batches([batch])))
                while held and sum(table.num_rows for table in islice(held, 1, None)) >= self._footer:
                    yield held.popleft()
        self._place(np.zeros(0, np.int64), last=True)
        if self._stream.quotes % 2 and self._ends_inside:
            raise DataError(
                f"{self._where}, line {self._last}: a quote {self._settings.quote} is opened and never "
                "closed, so that the rest of the file is one field. Look at quote in dataset.yaml."
            )
        yield from self._above_footer(held)

    @property
    def _footer(self) -> int:
        return self._settings.footer_rows

    def _above_footer(self, held: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Yield the tables without their last records, those set aside counted."""
        if not self._footer:
            return
        lines = [line for table in held for line in table["_line"].to_pylist()]
        lines = sorted(lines + [line for line, _, _ in self.broken])
        if 0 < len(lines) < self._footer:
            raise short_of_footer(self._where, len(lines), self._footer)
        first = lines[-self._footer :][0] if lines else 0
        self.broken = [broken for broken in self.broken if broken[0] < first]
        for table in held:
            yield table.filter(pc.less(table["_line"], first))

    def _batches(self) -> Iterator[pa.RecordBatch]:
        settings = self._settings
        try:
            yield from pyarrow.csv.open_csv(
                io.BufferedReader(self._stream, MOST_BYTES),
                read_options=pyarrow.csv.ReadOptions(
                    column_names=self._names,
                    block_size=MOST_BYTES,
                    use_threads=False,
                    skip_rows_after_names=self._skipped,
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._separator,
                    quote_char=settings.quote,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._set_aside,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(self._names, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV file" not in str(error):
                raise DataError(self._explain(error)) from error

    @property
    def _too_many_broken(self) -> bool:
        return len(self._odd) + len(self.broken) > MOST_BROKEN

    def _explain(self, error: pa.ArrowInvalid) -> str:
        if self._too_many_broken:
            return (
                f"{self._where}: more than {MOST_BROKEN:,} records do not fit the header. Look at separator "
                "and quote in dataset.yaml."
            )
        if "straddl" not in str(error):
            return f"{self._where}, after line {self._line - 1}: {error}"
        return (
            f"{self._where}, after line {self._line - 1}: a record is longer than {MOST_BYTES >> 20} MB. "
            f"Perhaps a quote {self._settings.quote} is never closed; look at quote in dataset.yaml."
        )

    def _set_aside(self, row: pyarrow.csv.InvalidRow) -> str:
        self._odd.append((row.number - 1 - self._skipped, row.actual_columns, row.text))
        # An exception raised here would not leave pyarrow: its reason is told once the reader has stopped.
        return "error" if self._too_many_broken else "skip"

    def _with_lines(self, table: pa.Table) -> pa.Table:
        """Return the records of a block that hold anything, with the line on which each begins."""
        breaks = np.zeros(table.num_rows, np.int64)
        if self._stream.quotes:
            breaks = sum((_line_ends(column) for column in table.columns), breaks)
        lines = self._place(breaks)
        kept = table.append_column("_line", pa.array(lines, pa.int64()))
        blank = _blank(table.column(0))
        for column in table.columns[1:]:
            if not pc.any(blank).as_py():
                break
            blank = pc.and_(blank, _blank(column))
        return kept.filter(pc.invert(blank)) if pc.any(blank).as_py() else kept

    def _place(self, breaks: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Return the lines on which the next records begin; note those set aside between them.

        Parameters
        ----------
        breaks : ndarray
            Line ends inside each of the next records that fit the header.
        last : bool
            Whether the file is at its end.
        """
        record = np.array([odd[0] for odd in self._odd], np.int64) - self._record
        after = record - np.arange(len(record))
        passed = len(record) if last else int(np.searchsorted(after, len(breaks)))
        odd, self._odd = self._odd[:passed], self._odd[passed:]
        fits = np.ones(len(breaks) + passed, bool)
        fits[record[:passed]] = False
        ends = np.ones(len(fits), np.int64)
        ends[fits] += breaks
        ends[~fits] += np.array([_line_ends_of(text) for _, _, text in odd], np.int64)
        begins = self._line + np.cumsum(ends) - ends
        self.broken += [
            (int(line), width, text)
            for line, (_, width, text) in zip(begins[~fits], odd, strict=True)
            if self._says_something(text)
        ]
        self._record, self._line = self._record + len(ends), self._line + int(ends.sum())
        if len(ends):
            self._last, self._ends_inside = int(begins[-1]), bool(ends[-1] > 1)
        return begins[fits]

    def _says_something(self, text: str) -> bool:
        """Return whether any field of a record holds more than blanks."""
        fields = csv.reader(io.StringIO(text), delimiter=self._separator, quotechar=self._settings.quote)
        return len(text) > 1000 or any(field.strip() for record in fields for field in record)


def short_of_footer(where: str, records: int, footer_rows: int) -> DataError:
    """Return the error for a file with fewer records below its header than its footer is said to have."""
    return DataError(
        f"{where} has {records:,} records below its header, and dataset.yaml says footer_rows: "
        f"{footer_rows:,}, so that none is left. Correct footer_rows."
    )


def _blank(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.equal(pc.utf8_trim_whitespace(column), "")


def _line_ends(column: pa.ChunkedArray) -> np.ndarray:
    """Return the number of line ends inside each value."""
    texts = (bytes(chunk.buffers()[2] or b"") for chunk in column.chunks)
    if not any(b"\n" in text or b"\r" in text for text in texts):
        return np.zeros(len(column), np.int64)
    ends = pc.count_substring(column, "\n").to_numpy().astype(np.int64)
    returns = pc.count_substring(column, "\r").to_numpy()
    if returns.any():
        ends += returns - pc.count_substring(column, "\r\n").to_numpy()
    return ends


def _line_ends_of(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
