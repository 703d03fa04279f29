"""A first look at files of any kind: what is read, and why the others are not."""

import json
import os
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlib.errors import DataError
from cxlib.init import sniff
from cxlib.init.proposal import propose
from cxlib.init.sniff import inside, is_utf8, look_at_folder, shown
from tests.init.exports import CUSTOMERS, folder_of, opened, refuse, write_csv
from tests.intake.workbooks import write_workbook


def test_a_footer_and_the_encoding_are_seen(tmp_path):
    text = propose(folder_of("salesforce", tmp_path)).files["dataset.yaml"]
    assert "footer_rows: 5" in text and "encoding: cp1252" in text


def test_files_of_one_form_are_one_source_and_no_other_file_is_drawn_in(tmp_path):
    rows = [["customer_id", "month", "revenue"], ["a", "2026-01", "5"], ["b", "2026-01", "6"]]
    for year in (2025, 2026):
        write_csv(tmp_path / "x" / f"bills-{year}.csv", rows)
    assert "bills-*.csv" in propose(tmp_path / "x").exports
    write_csv(tmp_path / "x" / "bills-all.csv", [["planet", "moons"], ["Mars", "2"]])
    assert {"bills-2025.csv", "bills-2026.csv"} <= set(propose(tmp_path / "x").exports)


def test_sheets_and_lines_of_json_are_looked_at(tmp_path):
    folder = tmp_path / "x"
    folder.mkdir()
    orders = [
        {"Bestellnummer": f"b{i}", "Kunde": "c1", "Bestelldatum": "2026-01-03", "Betrag": 9.5} for i in (1, 2)
    ]
    write_workbook(
        folder / "book.xlsx", {"Bestellungen": orders, "Planeten": [{"planet": "Mars", "moons": 2}]}
    )
    people = [dict(zip(CUSTOMERS[0], row, strict=True)) for row in CUSTOMERS[1:]]
    (folder / "people.jsonl").write_text("\n".join(json.dumps(person) for person in people))
    bills = pa.table({"customer_id": ["c1", "c2"], "month": ["2026-01", "2026-01"], "revenue": [5.0, 6.0]})
    pq.write_table(bills, folder / "bills.parquet")
    (folder / "notes.pdf").write_bytes(b"%PDF")
    (folder / "empty.csv").touch()
    proposal = propose(folder)
    assert proposal.exports == {
        "bills.parquet": "billing, by the names of its columns",
        "book.xlsx, sheet Bestellungen": "purchases, by the names of its columns",
        "book.xlsx, sheet Planeten": "not recognised",
        "people.jsonl": "customers, by the names of its columns",
    }
    assert "empty.csv: not looked at, empty" in proposal.left_open
    assert any(note.startswith("notes.pdf: not looked at, neither text") for note in proposal.left_open)
    data = opened(folder)
    assert data.table("billing")["revenue"].sum() == 11
    assert data.table("purchases")["amount"].sum() == 19


BOM = "\ufeff"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (BOM.encode(), "empty"),
        (BOM.encode("utf-16-le"), "empty"),
        (BOM.encode() + b"\n \n", "empty"),
        (b"PK\x03\x04\x00\x00", "binary, not text"),
        (b"id,name\n1,x\n", "no table has its columns id, name"),
        (
            f"{','.join(f'c{i}' for i in range(3000))}\n".encode(),
            "no table has its columns c0, .*, c7, and 2,992 more;",
        ),
        (f"{','.join(f'c{i}' for i in range(5001))}\n".encode(), "it has 5,001 columns; at most 5,000 can"),
    ],
    ids=["empty", "mark", "mark of UTF-16", "blank", "binary", "unknown", "wide", "too wide"],
)
def test_an_error_says_of_every_file_why_it_is_of_no_use(content, why, tmp_path):
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "b.xlsx").write_bytes(b"no workbook")
    (tmp_path / "c.csv.gz").write_bytes(b"\x1f\x8b\x08\x00damaged-beyond-repair")
    (tmp_path / "d.parquet").write_bytes(b"PAR1")
    (tmp_path / "e.jsonl").write_bytes(b"")
    (tmp_path / "f.jsonl").write_bytes(b'{"a": "\\ud800"}')
    with pytest.raises(DataError, match=rf"(found: |; )a\.csv: {why}") as raised:
        propose(tmp_path)
    text = str(raised.value)
    for file in (
        "b.xlsx: not readable as a workbook",
        "c.csv.gz: damaged",
        "d.parquet: damaged",
        "e.jsonl: holds no JSON object",
        "f.js",
    ):
        assert f"; {file}" in text or f": {file}" in text
    assert text.count(str(tmp_path)) == 1


def test_a_name_that_is_not_utf_8_is_no_crash(tmp_path):
    write_csv(tmp_path / "x" / "customers.csv", CUSTOMERS)
    shutil.copy(tmp_path / "x" / "customers.csv", os.fsencode(tmp_path / "x") + b"/m\xe4rz.csv")
    assert (
        r"m\xe4rz.csv: not looked at, its name is not UTF-8; rename it" in propose(tmp_path / "x").left_open
    )
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe4"))
    (tmp_path / "x").rename(odd)
    with pytest.raises(DataError, match=r"The name of .*\\xe4 is not UTF-8; rename the folder"):
        propose(odd)


def test_a_link_that_leads_nowhere_is_named_and_a_dollar_in_a_name_is_a_dollar(tmp_path):
    write_csv(tmp_path / "x" / "customers ${YEAR}.csv", CUSTOMERS)
    (tmp_path / "x" / "gone.csv").symlink_to(tmp_path / "nowhere")
    assert any(
        note.startswith("gone.csv: not looked at, no file,") for note in propose(tmp_path / "x").left_open
    )
    assert opened(tmp_path / "x").imported["tables"]["customers"]["kept"] == 20


@pytest.mark.parametrize("method", ["iterdir", "is_dir"])
def test_a_folder_that_may_not_be_read_is_named(method, tmp_path, monkeypatch):
    write_csv(tmp_path / "exports" / "customers.csv", CUSTOMERS)
    refuse(monkeypatch, method, "exports")
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)\. Give your account"):
        propose(tmp_path)


def test_a_file_that_may_not_be_read_is_left_out(tmp_path, monkeypatch):
    write_csv(tmp_path / "customers.csv", CUSTOMERS)
    write_csv(tmp_path / "secret.csv", CUSTOMERS)
    refuse(monkeypatch, "open", "secret.csv")
    why = "it cannot be read (Permission denied)"
    assert f"secret.csv: not looked at, {why}" in propose(tmp_path).left_open


def test_sheets_that_are_hidden_or_empty_are_named_and_the_visible_one_is_read(tmp_path):
    people = [{"customer_id": f"c{i}", "start_date": "2026-02-01"} for i in range(3)]
    old = [{"customer_id": f"old{i}", "start_date": "2026-02-01", "segment": "a"} for i in range(9)]
    head, broken = [{"customer_id": None}], [{"customer_id": "c1", "segment": "x"}]
    sheets = {"Alt": old, "Kunden": people, "Leer": head, "Notizen": broken}
    write_workbook(tmp_path / "book.xlsx", sheets, hidden=("Alt",))
    proposal = propose(tmp_path)
    assert proposal.exports["book.xlsx, sheet Kunden"] == "customers, by the names of its columns"
    assert "book.xlsx, sheet Alt: not looked at, hidden; make it visible if it is meant" in proposal.left_open
    assert "book.xlsx, sheet Leer: not looked at, no rows below its header" in proposal.left_open
    assert "sheet: Kunden}" in proposal.files["dataset.yaml"]
    assert opened(tmp_path).table("customers")["customer_id"].tolist() == ["c0", "c1", "c2"]


def test_a_sheet_without_rows_is_named(tmp_path):
    write_workbook(tmp_path / "a.xlsx", {"Kunden": [{"customer_id": ""}]})
    with pytest.raises(DataError, match=r"a\.xlsx: no rows below its header"):
        propose(tmp_path)


def test_an_export_of_3000_columns_is_read(tmp_path):
    extra = [f"Merkmal {number}" for number in range(2998)]
    rows = [[*row, *["1"] * 2998] for row in CUSTOMERS[1:]]
    write_csv(tmp_path / "x" / "customers.csv", [[*CUSTOMERS[0], *extra], *rows])
    assert opened(tmp_path / "x").imported["tables"]["customers"]["kept"] == 20


def test_files_of_one_header_and_two_separators_are_two_sources(tmp_path):
    for year, separator in ((2025, ","), (2026, ";")):
        rows = [["customer_id", "month", "revenue"], ["a", f"{year}-01", "5"], ["b", f"{year}-01", "6"]]
        write_csv(tmp_path / "x" / f"bills-{year}.csv", rows, separator)
    assert opened(tmp_path / "x").table("billing")["revenue"].sum() == 22


def test_a_parquet_file_whose_names_no_sql_file_can_hold_is_left_out(tmp_path):
    write_csv(tmp_path / "x" / "people.csv", CUSTOMERS)
    pq.write_table(pa.table({"customer_id": ["c1"], "a\rb": [1]}), tmp_path / "x" / "odd.parquet")
    why = "column 'a\\rb' has a carriage return in its name; rename it"
    assert f"odd.parquet: not looked at, {why}" in propose(tmp_path / "x").left_open


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_an_encoding_is_seen_and_given_where_no_mark_tells_it(encoding, tmp_path):
    (tmp_path / "a.csv").write_bytes("Straße;Ort\nMüllerweg 5;Köln\n".encode(encoding))
    ((export,), unread) = look_at_folder(tmp_path)
    named = {"encoding": encoding} if encoding in ("utf-16-le", "cp1252") else {}
    assert (export.settings, unread) == ({"separator": ";"} | named, {})
    assert (export.columns, export.rows) == (("Straße", "Ort"), [("Müllerweg 5", "Köln")])


@pytest.mark.parametrize(
    ("text", "separator", "columns"),
    [
        ("a,b\n1,2\n", ",", ("a", "b")),
        ("a;b\n1,5;2,5\n", ";", ("a", "b")),
        ("a\tb\n1,5\t2;5\n", "tab", ("a", "b")),
        ("a|b\n1|2\n", "|", ("a", "b")),
        ('"Name; Ort",b\n"x; y; z",2\n', ",", ("Name; Ort", "b")),
        ('a;b\n"1,2\n3,4";x\n', ";", ("a", "b")),
        ("sep=;\na;b\n1,2;3\n", ";", ("a", "b")),
        ("only\n1\n2\n", ",", ("only",)),
        ("\n\na;b\n1;2\n", ";", ("a", "b")),
        ("a;b\r1;2\r", ";", ("a", "b")),
        ("a;A; ;\n1;2;3;4\n", ";", ("a", "A_2", "column_3", "column_4")),
    ],
)
def test_the_separator_is_that_which_gives_every_record_the_fields_of_the_header(
    text, separator, columns, tmp_path
):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    ((export,), _) = look_at_folder(tmp_path)
    assert export.columns == columns
    assert export.settings.get("separator", ",") == separator
    assert all(len(row) == len(columns) for row in export.rows) and export.rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_of_a_long_file_the_first_records_and_the_footer_are_looked_at(encoding, tmp_path, monkeypatch):
    monkeypatch.setattr(sniff, "LOOKED_AT", 20)
    lines = ["id;größe", *(f"{n};{n},5" for n in range(100)), "Summe", "gedruckt am 1.2.2026", ""]
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / "a.csv").write_bytes((mark + "\n".join(lines)).encode(encoding))
    ((export,), _) = look_at_folder(tmp_path)
    assert (export.settings["footer_rows"], export.whole) == (2, False)
    assert export.rows[-1] == ("18", "18,5")


def test_sources_are_named_so_that_sql_needs_no_quotes(tmp_path):
    files = ("2026 März.csv", "customers.csv", "select.csv", "said.csv", "日本.csv", "a-b.csv", "a_b.csv")
    for position, file in enumerate(files):
        write_csv(tmp_path / file, [[f"c{position}", "x"], ["1", "2"]])
    exports, _ = look_at_folder(tmp_path)
    assert {export.source: export.file for export in exports} == {
        "a_b": "a-b.csv",
        "a_b_2": "a_b.csv",
        "customers_export": "customers.csv",
        "export": "日本.csv",
        "export_2026_maerz": "2026 März.csv",
        "said_export": "said.csv",
        "select_export": "select.csv",
    }


def test_typed_values_of_parquet_are_read_as_text(tmp_path):
    values = {"id": [1, None], "day": [date(2026, 2, 3), None], "cost": [1.5, 2.0], "ok": [True, False]}
    pq.write_table(pa.table(values), tmp_path / "a.parquet")
    ((export,), _) = look_at_folder(tmp_path)
    assert export.rows == [("1", "2026-02-03", "1.5", "True"), ("", "", "2.0", "False")]


def test_a_row_of_labels_stands_above_numbers_and_a_row_of_words_does_not(tmp_path):
    below = [["1", "2026-01-01"], ["2", "2026-01-02"]]
    write_csv(tmp_path / "a.csv", [["q", "at"], ["How?", "When?"], *below])
    write_csv(tmp_path / "b.csv", [["q", "name"], ["How?", "Anna"], ["Why?", "Ben"], ["Who?", "Cem"]])
    labelled, plain = look_at_folder(tmp_path)[0]
    assert (labelled.settings, labelled.labels) == ({"header_rows": 2}, {"q": "How?", "at": "When?"})
    assert (plain.settings, plain.labels, len(plain.rows)) == ({}, {}, 3)


@pytest.mark.parametrize(
    ("name", "line"), [("a\nb", "a b"), ("a\x1b[31m", "a [31m"), ("m\udce4rz", r"m\xe4rz"), ("ü", "ü")]
)
def test_a_name_is_shown_in_one_line_that_can_be_printed(name, line):
    assert shown(name) == line
    assert is_utf8(name) is ("\udce4" not in name)


def test_hidden_files_are_left_out_and_folders_are_told_apart(tmp_path):
    for file in ("b.csv", "a.csv", ".hidden.csv"):
        (tmp_path / file).touch()
    (tmp_path / "more").mkdir()
    files, folders = inside(tmp_path)
    assert ([path.name for path in files], [path.name for path in folders]) == (["a.csv", "b.csv"], ["more"])
