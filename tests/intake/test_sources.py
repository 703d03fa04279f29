import gzip

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cxlib as cx
from cxlib.contract.config import Source
from cxlib.errors import DataError
from cxlib.intake.sources import find_files, prepare


def test_skips_header_and_footer_rows(read):
    found, rows = read(
        "Q1,Q2\nHow?,Why?\n{ImportId},x\n1,2\n3,4\nTotal,2\nprinted today\n", header_rows=3, footer_rows=2
    )
    assert [(row["Q1"], row["Q2"], row["_line"]) for row in rows] == [("1", "2", 4), ("3", "4", 5)]
    assert found.rows == 2


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


def test_names_the_nearest_file(tmp_path):
    (tmp_path / "crm-2026.csv").write_text("a\n")
    with pytest.raises(DataError, match=r"no file crm_2026.csv in .*Did you mean 'crm-2026.csv'\?"):
        find_files("crm", Source(file="crm_2026.csv"), tmp_path)
    with pytest.raises(DataError, match=r"The folder is not there or empty"):
        find_files("crm", Source(file="nowhere/crm.csv"), tmp_path)
