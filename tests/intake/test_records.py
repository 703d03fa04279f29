"""Workbooks, JSON lines and padded columns, record by record."""

import gzip
import io
import zipfile
from datetime import date, datetime

import pytest

from cxlib.contract.config import Source
from cxlib.errors import DataError
from cxlib.intake.records import json_records, padded_records, sheet_records
from tests.intake.workbooks import write_workbook


def test_reads_columns_padded_with_blanks(read):
    _, rows = read(" id  date  amount\r\n 01  19970101   1.50\r\n", whitespace=True)
    assert rows == [{"id": "01", "date": "19970101", "amount": "1.50", "_file": "crm.csv", "_line": 2}]


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


def test_a_workbook_with_unsaved_results_is_refused(read):
    cell, formula = b"<v>2.5</v>", b"<f>B2*2</f>"
    assert read(workbook(replace=(cell, formula + cell)), file="crm.xlsx")[1][1]["Kosten"] == "2.5"
    with pytest.raises(DataError, match=r"sheet 'Kunden', holds formulas without their results"):
        read(workbook(replace=(cell, formula)), file="crm.xlsx")


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


def test_names_the_nearest_sheet(read):
    with pytest.raises(DataError, match="has no sheet 'Kunde'. Did you mean 'Kunden'?"):
        read(workbook(), file="crm.xlsx", sheet="Kunde")


def test_mixed_cells_of_a_workbook_keep_what_they_say(read, tmp_path):
    cells = ["7", 7, 7.5, True, "", "=1+1", "#N/A"]
    rows = [{"customer_id": f"K{n}", "what": cell} for n, cell in enumerate(cells)]
    write_workbook(tmp_path / "book.xlsx", {"s": rows})
    _, read_back = read((tmp_path / "book.xlsx").read_bytes(), file="crm.xlsx")
    assert [row["what"] for row in read_back] == ["7", "7", "7.5", "true", "", "=1+1", "#N/A"]


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


def test_columns_padded_with_blanks_begin_anywhere_and_end_a_line_any_way(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfid\t date\r\n\r\n   \r1   x\n 2\ty  ")
    settings = Source(file="a.txt", whitespace=True)
    assert list(padded_records("a", settings, tmp_path / "a.txt")) == [
        (1, ("id", "date")),
        (4, ("1", "x")),
        (5, ("2", "y")),
    ]


def test_keys_of_all_lines_are_columns_in_the_order_of_their_first_line(tmp_path):
    lines = ['{"b": 1}', '{"a": {"ü": null}, "b": -0.0}', '{"B": "x\\u0000", "_file": "y"}']
    (tmp_path / "a.jsonl").write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    header, *records = json_records("a", Source(file="a.jsonl"), tmp_path / "a.jsonl")
    assert header == (0, ("b", "a", "B", "_file"))
    assert records == [
        (1, ("1", None, None, None)),
        (2, ("0", '{"ü": null}', None, None)),
        (3, (None, None, "x\0", "y")),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.234", "1.234e0"),
        ("-12.5e0", "-12.5"),
        ("1e22", "10000000000000000000000"),
        ("123456789012345678901234", "123456789012345678901234"),
        ("1e-7", "1e-07"),
        ("1234.567", "1234.567"),
        ("false", "false"),
        ('" 1.234 "', " 1.234 "),
        ("[]", "[]"),
    ],
)
def test_numbers_of_json_keep_their_value_as_text(value, text, tmp_path):
    (tmp_path / "a.jsonl").write_text(f'{{"v": {value}}}\n', encoding="utf-8")
    _, record = json_records("a", Source(file="a.jsonl"), tmp_path / "a.jsonl")
    assert record == (1, (text,))


def test_of_one_column_a_line_that_is_no_object_does_not_fit(read):
    source, rows = read('{"id": 1}\n7\n{"id": 2}\n', file="crm.jsonl")
    assert [row["id"] for row in rows] == ["1", "2"]
    assert [(broken.line, broken.text) for broken in source.broken] == [(2, "7;")]


def test_rows_of_blanks_in_a_sheet_are_no_records(tmp_path):
    rows = [
        {"id": "1", "note": "x"},
        {"id": " ", "note": "\t"},
        {"id": "", "note": ""},
        {"id": "2", "note": ""},
    ]
    write_workbook(tmp_path / "a.xlsx", {"s": rows})
    records = list(sheet_records("a", Source(file="a.xlsx"), tmp_path / "a.xlsx"))
    assert records == [(1, ("id", "note")), (2, ("1", "x")), (5, ("2", ""))]


def test_the_first_sheet_is_read_where_none_is_named_and_days_have_no_time(tmp_path):
    cells = {"day": date(2026, 2, 3), "at": datetime(2026, 2, 3, 14, 5)}
    write_workbook(tmp_path / "a.xlsx", {"Erst <es>": [cells], "Zweites": [{"id": 1}]})
    path = tmp_path / "a.xlsx"
    assert list(sheet_records("a", Source(file="a.xlsx"), path))[1] == (
        2,
        ("2026-02-03", "2026-02-03T14:05:00"),
    )
    assert list(sheet_records("a", Source(file="a.xlsx", sheet="Zweites"), path)) == [
        (1, ("id",)),
        (2, ("1",)),
    ]
