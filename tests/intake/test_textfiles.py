"""Text files in any encoding: what a record is, and the line on which it begins."""

import csv
import gzip
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxlib.contract.config import Source
from cxlib.errors import DataError
from cxlib.intake import textfiles
from cxlib.intake.textfiles import Tables, header_records, lines_of, text_records


def test_every_column_is_text_and_the_line_is_where_the_record_begins(read):
    _, rows = read('id;note\r\n1;"two\r\nlines"\r\n\r\n2;x\r\n', separator=";")
    assert rows == [
        {"id": "1", "note": "two\r\nlines", "_file": "crm.csv", "_line": 2},
        {"id": "2", "note": "x", "_file": "crm.csv", "_line": 5},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_reads_every_encoding_of_exports(read, encoding):
    content = "Straße,Betrag\nKöln,5 €\n"
    named = {} if encoding in ("utf-8-sig", "utf-16") else {"encoding": encoding}
    _, rows = read(content.encode(encoding), **named)
    assert rows[0]["Straße"] == "Köln"
    assert rows[0]["Betrag"] == "5 €"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_gzipped_file_reads_as_the_file_in_it(read, encoding):
    content = "Name;Satz\n„Köln“;5 €\n".encode(encoding)
    plain = read(content, separator=";", encoding=encoding)[1]
    packed = read(gzip.compress(content), file="crm.csv.gz", separator=";", encoding=encoding)[1]
    assert [row | {"_file": ""} for row in packed] == [row | {"_file": ""} for row in plain]
    assert (packed[0]["Name"], packed[0]["Satz"]) == ("„Köln“", "5 €")


@pytest.mark.parametrize("given", [{}, {"separator": ";"}])
@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_line_that_names_the_separator_is_no_header(read, line, given, encoding):
    content = f'{line}\r\nid;note\r\n1;"two\r\nlines"\r\n2;x,y\r\n3;;\r\nTotal;3\r\n'
    found, rows = read(content.encode(encoding), footer_rows=1, **given)
    assert [tuple(row.values()) for row in rows] == [
        ("1", "two\r\nlines", "crm.csv", 3),
        ("2", "x,y", "crm.csv", 5),
    ]
    assert [(broken.line, broken.found) for broken in found.broken] == [(6, 3)]


def test_a_separator_line_needs_no_header_after_it(read):
    _, rows = read("sep=\t\n1\t2\n", header_rows=0, columns=("a", "b"))
    assert rows == [{"a": "1", "b": "2", "_file": "crm.csv", "_line": 2}]
    assert read("sep=;\na;b\n")[1] == []
    assert list(read("sep=x\n1\n")[1][0]) == ["sep=x", "_file", "_line"]


FIELDS = st.text(alphabet='ab "\n\r,é', max_size=4)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(st.lists(FIELDS, min_size=1, max_size=3), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_blocks_hold_the_records_and_lines_that_the_csv_module_finds(tmp_path, records, end):
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=end).writerows([["x", "y"], *records])
    file = tmp_path / "crm.csv"
    file.write_bytes(written.getvalue().encode())
    source = Source(file=file.name)
    tables = Tables("crm", source, file, ["x", "y"], (1, 1))
    kept = [tuple(row.values()) for table in tables for row in table.to_pylist()]
    one_by_one = list(text_records("crm", source, file))[1:]
    assert kept == [(*fields, line) for line, fields in one_by_one if len(fields) == 2]
    odd = [(line, len(fields)) for line, fields in one_by_one if len(fields) != 2]
    assert [(line, found) for line, found, _ in tables.broken] == odd


def test_lines_hold_over_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(textfiles, "MOST_BYTES", 100)
    lines = [f'{n},"a\nb"' if n % 7 == 0 else f"{n}" if n % 5 == 0 else f"{n},é" for n in range(1, 200)]
    file = tmp_path / "crm.csv"
    file.write_text("\n".join(["x,y", *lines]), encoding="utf-8")
    source = Source(file=file.name, footer_rows=3)
    tables = Tables("crm", source, file, ["x", "y"], (1, 1))
    kept = [(row["x"], row["_line"]) for table in tables for row in table.to_pylist()]
    records = list(text_records("crm", source, file))[1:-3]
    assert kept == [(fields[0], line) for line, fields in records if len(fields) == 2]
    assert [line for line, _, _ in tables.broken] == [line for line, fields in records if len(fields) != 2]


def split(tmp_path, content, **given):
    """Return the header records, what they take, the rows below and those that do not fit."""
    file = tmp_path / "crm.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = Source(file=file.name, **given)
    heads, skip = header_records("crm", source, file)
    if skip is None:
        return heads, skip, [], []
    names = [f"c{position}" for position, _ in enumerate(heads[0][1])]
    tables = Tables("crm", source, file, names, skip)
    rows = [tuple(row.values()) for table in tables for row in table.to_pylist()]
    return heads, skip, rows, tables.broken


@pytest.mark.parametrize(
    ("content", "skip", "rows"),
    [
        ("a,b\r1,2\r\r3,4\r", (1, 1), [("1", "2", 2), ("3", "4", 4)]),
        ("\n \n\na,b\n1,2\n", (4, 4), [("1", "2", 5)]),
        ('\ufeff"a\nx","b"\n1,2\n', (1, 2), [("1", "2", 3)]),
        ("a,b\n1,2", (1, 1), [("1", "2", 2)]),
        ('a,b\n"he said ""hi"", twice",2\n', (1, 1), [('he said "hi", twice', "2", 2)]),
        ('a,b\n,\n" ",\t\n1,\n', (1, 1), [("1", "", 4)]),
        ("a\n1\n\n2\n", (1, 1), [("1", 2), ("2", 4)]),
        ('a\n"1\r\n2"\n""\n3\n', (1, 1), [("1\r\n2", 2), ("3", 5)]),
        ("a\n", None, []),
        ("a\n\n \n", (1, 1), []),
        ("", None, []),
    ],
    ids=ascii,
)
def test_records_below_the_header_keep_their_line(content, skip, rows, tmp_path):
    _, taken, kept, broken = split(tmp_path, content)
    assert (taken, kept, broken) == (skip, rows, [])


def test_another_quote_is_the_only_quote(tmp_path):
    _, _, rows, broken = split(tmp_path, "a;b\n'x;y';5\" pipe\n", separator=";", quote="'")
    assert (rows, broken) == ([("x;y", '5" pipe', 2)], [])


@pytest.mark.parametrize(("header_rows", "heads"), [(0, []), (1, [1]), (3, [1, 2, 4])])
def test_as_many_records_as_asked_for_are_header(header_rows, heads, tmp_path):
    (tmp_path / "crm.csv").write_text("a,b\nc,d\n\ne,f\n1,2\n")
    source = Source(file="crm.csv", header_rows=header_rows, columns=("x", "y") if not header_rows else None)
    found, skip = header_records("crm", source, tmp_path / "crm.csv")
    assert [line for line, _ in found] == heads
    assert skip == (max(heads, default=0), max(heads, default=0))


def test_a_mark_beats_the_encoding_that_is_given_and_members_of_gzip_are_one_file(tmp_path):
    file = tmp_path / "crm.csv.gz"
    file.write_bytes(gzip.compress("\ufeffü;".encode()) + gzip.compress("ß\r\nx;y".encode()))
    source = Source(file=file.name, encoding="cp1252", separator=";")
    with lines_of("crm", source, file) as lines:
        assert list(lines) == ["ü;ß\r\n", "x;y"]


def test_a_footer_may_hold_records_of_any_form(tmp_path):
    _, _, rows, broken = split(tmp_path, "a,b\n1,2\n3\n4,5\nTotal\nx,y\n", footer_rows=2)
    assert rows == [("1", "2", 2), ("4", "5", 4)]
    assert [(line, width) for line, width, _ in broken] == [(3, 1)]


def test_too_many_records_that_do_not_fit_are_wrong_settings(tmp_path, monkeypatch):
    monkeypatch.setattr(textfiles, "MOST_BROKEN", 3)
    assert len(split(tmp_path, "a,b\n" + "1\n" * 3)[3]) == 3
    with pytest.raises(DataError, match="more than 3 records do not fit the header. Look at separator"):
        split(tmp_path, "a,b\n" + "1\n" * 4)
