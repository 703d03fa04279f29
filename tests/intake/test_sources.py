import csv
import gzip
import io
import zipfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.contract.config import Source
from cxlib.errors import DataError
from cxlib.intake import textfiles
from cxlib.intake.sources import find_files, prepare
from cxlib.intake.textfiles import Tables, text_records


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file and reads it as a source."""

    def reading(content, file="crm.csv", **settings):
        (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        source = Source(file=file, **settings)
        files = find_files("crm", source, tmp_path)
        digests = {path: str(hash(path.read_bytes())) for path in files}
        found = prepare("crm", source, files, digests=digests, store=tmp_path / "store")
        with duckdb.connect() as connection:
            rows = connection.sql(f"SELECT * FROM ({found.sql}) ORDER BY _file, _line").to_arrow_table()
        return found, rows.to_pylist()

    return reading


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


def test_skips_header_and_footer_rows(read):
    found, rows = read(
        "Q1,Q2\nHow?,Why?\n{ImportId},x\n1,2\n3,4\nTotal,2\nprinted today\n", header_rows=3, footer_rows=2
    )
    assert [(row["Q1"], row["Q2"], row["_line"]) for row in rows] == [("1", "2", 4), ("3", "4", 5)]
    assert found.rows == 2


def test_reads_columns_padded_with_blanks(read):
    _, rows = read(" id  date  amount\r\n 01  19970101   1.50\r\n", whitespace=True)
    assert rows == [{"id": "01", "date": "19970101", "amount": "1.50", "_file": "crm.csv", "_line": 2}]


def test_takes_given_names_where_there_is_no_header(read):
    _, rows = read("1\t2\n", separator="tab", header_rows=0, columns=("a", "b"))
    assert rows == [{"a": "1", "b": "2", "_file": "crm.csv", "_line": 1}]


def test_names_unnamed_and_repeated_columns_apart(read):
    _, rows = read("id,,ID,_line\n1,2,3,4\n")
    assert list(rows[0]) == ["id", "column_2", "ID_2", "_line_2", "_file", "_line"]


def test_sets_records_aside_that_do_not_fit_the_header(read):
    found, rows = read("a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert [row["a"] for row in rows] == ["1", "7"]
    assert [(b.file, b.line, b.found, b.expected) for b in found.broken] == [
        ("crm.csv", 3, 1, 2),
        ("crm.csv", 4, 3, 2),
    ]
    assert found.rows == 4


def test_several_files_are_one_table_whatever_the_order_of_their_columns(read, tmp_path):
    (tmp_path / "t-1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "t-2.csv").write_text("b,a,c\n4,3,5\n")
    source = Source(file="t-*.csv")
    files = find_files("t", source, tmp_path)
    found = prepare("t", source, files, digests={path: path.name for path in files}, store=tmp_path / "s")
    rows = duckdb.sql(f"SELECT a, b, c, _file FROM ({found.sql}) ORDER BY a").fetchall()
    assert rows == [("1", "2", None, "t-1.csv"), ("3", "4", "5", "t-2.csv")]


def test_parquet_keeps_its_types_and_is_read_where_it_lies(tmp_path):
    pq.write_table(
        pa.table({"id": [1, 2], "at": pa.array([0, 1], pa.timestamp("us"))}), tmp_path / "e.parquet"
    )
    source = Source(file="e.parquet")
    found = prepare("e", source, find_files("e", source, tmp_path), digests={}, store=tmp_path / "s")
    rows = duckdb.sql(f"SELECT id, typeof(id), _file, _line FROM ({found.sql}) ORDER BY 1").fetchall()
    assert rows == [(1, "BIGINT", "e.parquet", 1), (2, "BIGINT", "e.parquet", 2)]
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_gzipped_file_reads_as_the_file_in_it(read, encoding):
    content = "Name;Satz\n„Köln“;5 €\n".encode(encoding)
    plain = read(content, separator=";", encoding=encoding)[1]
    packed = read(gzip.compress(content), file="crm.csv.gz", separator=";", encoding=encoding)[1]
    assert [row | {"_file": ""} for row in packed] == [row | {"_file": ""} for row in plain]
    assert (packed[0]["Name"], packed[0]["Satz"]) == ("„Köln“", "5 €")


def test_json_lines_give_text_and_missing_values(read):
    lines = [
        '{"id": 7, "score": 1.234, "ok": true, "tags": ["a", {"b": 1}]}',
        "",
        '{"id": "8", "plan": null, "note": "two\\nlines"}',
    ]
    _, rows = read("\n".join(lines), file="crm.jsonl")
    place = {"_file": "crm.jsonl"}
    empty = dict.fromkeys(("score", "ok", "tags", "plan", "note"))
    first = {"id": "7", "score": "1.234e0", "ok": "true", "tags": '["a", {"b": 1}]', "_line": 1}
    assert rows == [empty | place | first, empty | place | {"id": "8", "note": "two\nlines", "_line": 3}]
    assert read(gzip.compress("\n".join(lines).encode()), file="crm.jsonl.gz")[1][1]["_line"] == 3


def test_sets_lines_aside_that_are_no_json_objects(read):
    found, rows = read('{"id": 1}\n{"id": 2\n[3]\n{"id": 4}\n', file="crm.ndjson")
    assert [row["id"] for row in rows] == ["1", "4"]
    assert [(b.line, b.text) for b in found.broken] == [(2, '{"id": 2;'), (3, "[3];")]


def test_half_a_character_of_json_becomes_the_sign_for_it(read):
    lines = [r'{"id": "\ud800", "k\udc00": ["\uD83D\uDE00", "\ud83d"]}', r'{"id": "\\ud800"}']
    _, rows = read("\n".join(lines), file="crm.jsonl")
    assert [row["id"] for row in rows] == ["\ufffd", r"\ud800"]
    assert rows[0]["k\ufffd"] == '["😀", "\ufffd"]'


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


@pytest.mark.parametrize(
    ("content", "file"),
    [
        ("a,b\n1,2\n3\n", "crm.csv"),
        ("a b\n1 2\n3 4\n", "crm.txt"),
        ('{"a": 1}\n{"a": 2}\n', "crm.jsonl"),
    ],
)
def test_a_footer_longer_than_the_file_is_an_error(read, content, file):
    settings = {"file": file, "whitespace": file.endswith(".txt")}
    with pytest.raises(DataError, match=rf"{file} has 2 records below .* footer_rows: 1,000, so that none"):
        read(content, footer_rows=1000, **settings)
    assert read(content, footer_rows=2, **settings)[1] == []
    if not file.endswith(".jsonl"):
        assert read(content.splitlines()[0], footer_rows=2, **settings)[1] == []


def test_a_damaged_page_of_parquet_is_named_by_source_and_file(folder, tmp_path):
    pq.write_table(pa.table({"customer_id": list(range(1000))}), tmp_path / "good.parquet")
    content = bytearray((tmp_path / "good.parquet").read_bytes())
    content[4:60] = b"\xff" * 56
    place = folder({"crm.parquet": bytes(content)}, {"customers": "SELECT * FROM crm"}, as_of="2026-06")
    with pytest.raises(DataError, match=r"(?s)Source 'crm': .*crm.parquet is damaged .*; export it again"):
        cx.open_dataset(place)


@pytest.mark.parametrize("column", ["file_row_number", "File_Row_Number", "_path"])
def test_columns_that_the_import_adds_to_parquet_are_refused(read, tmp_path, column):
    pq.write_table(pa.table({column: [1]}), tmp_path / "made.parquet")
    with pytest.raises(
        DataError, match=rf"crm.parquet has a column '{column}', a name that the import needs"
    ):
        read((tmp_path / "made.parquet").read_bytes(), file="crm.parquet")


def test_a_point_under_a_decimal_comma_is_set_aside(folder):
    rows = "customer_id;month;revenue\nA;2026-01;12.5\nA;2026-02;1.234\nA;2026-03;1.234,5\n"
    place = folder(
        {"bills.csv": rows},
        {"billing": "SELECT * FROM bills"},
        sources={"bills": {"file": "bills.csv", "separator": ";", "decimal": ","}},
        definitions={"max_rejected_share": 1},
    )
    dataset = cx.open_dataset(place)
    assert sorted(dataset.table("billing")["revenue"]) == [1234, 1234.5]
    assert dataset.imported["tables"]["billing"]["rejected"] == [
        {"column": "revenue", "reason": "is not a number", "rows": 1}
    ]


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


def test_a_workbook_with_unsaved_results_is_refused(read):
    cell, formula = b"<v>2.5</v>", b"<f>B2*2</f>"
    assert read(workbook(replace=(cell, formula + cell)), file="crm.xlsx")[1][1]["Kosten"] == "2.5"
    with pytest.raises(DataError, match=r"sheet 'Kunden', holds formulas without their results"):
        read(workbook(replace=(cell, formula)), file="crm.xlsx")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("sub", r"sub is a folder; expected a file, e.g. sub/\*.csv"),
        ("loop.csv", r"loop.csv is a link that leads to no file"),
        ("mixed.*", r"takes files of several kinds: mixed.csv, mixed.parquet"),
        ("**.csv", r"is no usable path"),
    ],
)
def test_says_why_a_path_gives_no_files(tmp_path, file, message):
    (tmp_path / "sub").mkdir()
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    for name in ("mixed.csv", "mixed.parquet"):
        (tmp_path / name).touch()
    with pytest.raises(DataError, match=message):
        find_files("crm", Source(file=file), tmp_path)


def test_reads_a_sheet_of_a_workbook(read):
    found, rows = read(workbook(), file="crm.xlsx", sheet="Kunden")
    assert rows == [
        {
            "Nummer": "7",
            "Seit": "2026-10-31",
            "Kosten": "1.234e0",
            "Aktiv": "true",
            "_file": "crm.xlsx",
            "_line": 2,
        },
        {"Nummer": "8", "Seit": "", "Kosten": "2.5", "Aktiv": "false", "_file": "crm.xlsx", "_line": 4},
    ]
    assert found.rows == 2


def test_reads_a_file_again_only_when_content_or_settings_change(tmp_path):
    file = tmp_path / "crm.csv"
    file.write_text("a\n1\n")
    store = tmp_path / "store"

    def parts(digest, **settings):
        prepare("crm", Source(file="crm.csv", **settings), [file], digests={file: digest}, store=store)
        return {path.name: path.stat().st_mtime_ns for path in store.glob("*.parquet")}

    first = parts("x")
    assert parts("x") == first
    assert len(parts("y")) == 2
    assert len(parts("y", separator=";")) == 3


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        ("Köln\n".encode("cp1252"), {}, r"crm.csv, line 1: byte 0xf6 is not utf-8.*encoding: cp1252"),
        ("a\n1\n", {"encoding": "cp12"}, r"encoding 'cp12' is not known"),
        ("", {}, r"crm.csv has no header; expected 1 header rows"),
        ('"' + "x" * 9_000_000 + '",1\n', {}, r"crm.csv, line 1: field larger than field limit"),
        (
            'a,b\n1,2\n"' + "x" * 9_000_000 + '",1\n',
            {},
            r"crm.csv, after line 2: a record is longer than 4 MB",
        ),
        ('a,b\n1,"2\n3,4\n5,6\n', {}, r"crm.csv, line 2: a quote \" is opened and never closed"),
        (b"a,b\n\x001,2\n", {}, r"crm.csv, line 2: a zero byte, so this is no utf-8 text"),
        ("a\nKöln\n".encode(), {"encoding": "cp1252"}, r"is UTF-8, and dataset.yaml says encoding: cp1252"),
        (gzip.compress(b"a\n" * 9_000, mtime=0)[:-12], {"file": "crm.csv.gz"}, r"crm.csv.gz is cut off"),
        (b"a\n1\n", {"file": "crm.csv.gz"}, r"crm.csv.gz is not readable as gzip"),
        (",".join(f"c{i}" for i in range(6_000)), {}, r"has 6,000 columns; expected at most 5,000"),
        ("no parquet", {"file": "crm.parquet"}, r"crm.parquet is not readable as Parquet"),
        ("no workbook", {"file": "crm.xlsx"}, r"crm.xlsx is not readable as a workbook"),
        ("a\n\x81\n".encode("latin-1"), {"encoding": "cp1252"}, r"0x81 is not cp1252.*: utf-8 or cp850\.$"),
        ("sep=;\na;b\n", {"separator": ","}, r"crm.csv begins with 'sep=;', and .* says separator ','"),
        (b"PK\x03\x04\x14\0", {}, r"crm.csv is a zip archive or a workbook, no text; name it .xlsx"),
        (gzip.compress(b"PK\x03\x04", mtime=0), {"file": "crm.csv.gz"}, r"crm.csv.gz is a zip archive"),
        ("x", {"file": "crm.parquet.gz"}, r"crm.parquet.gz: gzipped Parquet is not read; unpack it"),
        ("x", {"file": "crm.xlsx.gz"}, r"crm.xlsx.gz: gzipped .xlsx file is not read; unpack it"),
        ('[{"a": 1}]', {"file": "crm.json"}, r"crm.json is JSON, but not one object .*name the file .jsonl"),
        ('{"a": 1}', {"file": "crm.json"}, r"crm.json is JSON, and no text; write JSON lines"),
        *[
            (
                array,
                {"file": "crm.jsonl"},
                r"crm.jsonl is not JSON lines: it is JSON, but not one object per line",
            )
            for array in ('[{"a": 1}, {"a": 2}]\n', '[\n{"a": 1},\n{"a": 2}\n]\n', '\n[\n{"a": 1}\n]')
        ],
        ("", {"file": "crm.jsonl"}, r"crm.jsonl holds no JSON object"),
        ("\n\n", {"file": "crm.jsonl"}, r"crm.jsonl holds no JSON object"),
        ("[3]\n", {"file": "crm.jsonl"}, r"crm.jsonl holds no JSON object"),
        ("1\n2\n", {"file": "crm.jsonl"}, r"crm.jsonl is not JSON lines: lines 1 and 2 hold no object"),
    ],
)
def test_says_why_a_file_cannot_be_read(read, content, settings, message):
    with pytest.raises(DataError, match=message):
        read(content, **settings)


def test_names_the_nearest_sheet(read):
    with pytest.raises(DataError, match="has no sheet 'Kunde'. Did you mean 'Kunden'?"):
        read(workbook(), file="crm.xlsx", sheet="Kunde")


def test_names_the_nearest_file(tmp_path):
    (tmp_path / "crm-2026.csv").write_text("a\n")
    with pytest.raises(DataError, match=r"no file crm_2026.csv in .*Did you mean 'crm-2026.csv'\?"):
        find_files("crm", Source(file="crm_2026.csv"), tmp_path)
    with pytest.raises(DataError, match=r"The folder is not there or empty"):
        find_files("crm", Source(file="nowhere/crm.csv"), tmp_path)


def workbook(*, replace: tuple[bytes, bytes] = (b"<v>", b"<v>")) -> bytes:
    """Return the smallest workbook with a sheet "Kunden": texts, whole numbers, a date, an empty row."""
    cells = (
        '<row r="1"><c r="A1" t="str"><v>Nummer</v></c><c r="B1" t="str"><v>Seit</v></c>'
        '<c r="C1" t="str"><v>Kosten</v></c><c r="D1" t="str"><v>Aktiv</v></c></row>'
        '<row r="2"><c r="A2"><v>7</v></c><c r="B2" s="1"><v>46326</v></c><c r="C2"><v>1.234</v></c>'
        '<c r="D2" t="b"><v>1</v></c></row>'
        '<row r="4"><c r="A4"><v>8</v></c><c r="C4"><v>2.5</v></c><c r="D4" t="b"><v>0</v></c></row>'
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Kunden" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in parts.items():
            archive.writestr(path, text.encode().replace(*replace) if path.startswith("xl/w") else text)
    return buffer.getvalue()
