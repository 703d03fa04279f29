"""Hostile inputs: each ends in one clear error or in rows set aside, and the exports stay as they were."""

import gzip
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import cxlib as cx
from cxlib.dataset.arrivals import arrivals
from cxlib.errors import CxError, DataError
from cxlib.intake.textfiles import MOST_BYTES
from tests.intake.workbooks import write_workbook

CUSTOMERS = "SELECT * FROM crm"
CRM = "customer_id,start_date,end_date,segment\nA,2026-01-05,,x\nB,2026-02-05,2026-03-01,y\n"
PLACED = "SELECT *, _file, _line FROM crm"


@pytest.fixture
def opened(folder):
    """Return a function that opens a dataset of one table and sees that its exports stay as they are."""

    def open_it(
        content, sql=CUSTOMERS, *, table="customers", file="crm.csv", month=None, scope=None, **config
    ):
        settings = config.pop("source", {})
        sources = {"crm": {"file": file} | settings}
        described = {"as_of": "2026-06", "sources": sources} | config
        place = folder({file: content} if content is not None else {}, {table: sql}, **described)
        before = fingerprints(place)
        try:
            return cx.open_dataset(place, month=month, scope=scope)
        finally:
            assert fingerprints(place) == before

    return open_it


def fingerprints(place: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(place.rglob("*"))
        if path.is_file() and ".cx" not in path.parts
    }


def parquet(table: dict, place: Path) -> bytes:
    pq.write_table(pa.table(table), place)
    return place.read_bytes()


FILES = {
    "empty file": ("", {}, r"crm.csv has no header; expected 1 header rows"),
    "blank lines alone": ("\n\n  \n", {}, r"crm.csv has no header"),
    "binary as CSV": (bytes(range(256)) * 40, {}, r"crm.csv, line \d+: (byte 0x80 is not utf-8|a zero byte)"),
    "zero bytes": (b"a,b\n1,\x002\n", {}, r"crm.csv, line 2: a zero byte"),
    "a picture as CSV": (b"\x89PNG\r\n\x1a\n\x00\x00", {}, r"line 1: byte 0x89 is not utf-8"),
    "truncated gzip": (
        gzip.compress(os.urandom(9_000).hex().encode())[:-99],
        {"file": "crm.csv.gz"},
        r"crm.csv.gz is cut off: the gzip file ends too early",
    ),
    "no gzip at all": (
        CRM,
        {"file": "crm.csv.gz"},
        r"crm.csv.gz is not readable as gzip: Not a gzipped file",
    ),
    "damaged gzip": (
        (lambda packed: packed[:40] + b"\xff" * 9 + packed[49:])(
            gzip.compress(os.urandom(900).hex().encode())
        ),
        {"file": "crm.csv.gz"},
        r"crm.csv.gz is not readable as gzip",
    ),
    "gzip read as text": (gzip.compress(CRM.encode()), {}, r"line 1: byte 0x8b is not utf-8"),
    "cp1252 declared as UTF-8": ("name\nKöln €\n".encode("cp1252"), {}, r"line 2: byte 0xf6 is not utf-8"),
    "UTF-8 declared as cp1252": (
        "name\nKöln\n",
        {"source": {"encoding": "cp1252"}},
        r"is UTF-8, and dataset.yaml says encoding: cp1252",
    ),
    "UTF-16 without mark": ("a,b\n1,2\n".encode("utf-16-le"), {}, r"line 1: a zero byte.*encoding: utf-16"),
    "UTF-16 cut in a character": (
        "a,b\n1,2\n".encode("utf-16")[:-1],
        {},
        r"line 2: byte 0x0a is not utf-16",
    ),
    "half a character at the end": (b"a\nK\xc3", {}, r"line 2: byte 0xc3 is not utf-8"),
    "unknown encoding": (CRM, {"source": {"encoding": "utf-99"}}, r"encoding 'utf-99' is not known"),
    "a quote never closed": ('customer_id\n"A\nB\nC\n', {}, r"line 2: a quote \" is opened and never closed"),
    "a cell of 50 MB": (
        b'customer_id\nA\n"' + b"x" * 50_000_000 + b'"\n',
        {},
        rf"after line 2: a record is longer than {MOST_BYTES >> 20} MB",
    ),
    "a header of 50 MB": (b"x" * 50_000_000, {}, r"line 1: field larger than field limit"),
    "10,000 columns": (
        ",".join(f"c{n}" for n in range(10_000)) + "\n",
        {},
        r"has 10,000 columns; expected at most",
    ),
    "ragged lines": (
        CRM + "C,2026\n",
        {},
        r"1 of 3 records do not fit the header .*line 4: 2 fields, expected 4; it looks like 'x,9999'",
    ),
    "wrong separator": (
        CRM,
        {"source": {"separator": ";"}},
        r"customers.sql gives no column 'customer_id'.*It gives: customer_id,start_date,end_date,segment",
    ),
    "more header rows than rows": (
        CRM,
        {"source": {"header_rows": 9, "columns": None}},
        r"no rows|has no dated|9",
    ),
    "no workbook": (b"PK\x03\x04 nothing", {"file": "crm.xlsx"}, r"crm.xlsx is not readable as a workbook"),
    "an old workbook that is text": (CRM, {"file": "crm.xls"}, r"crm.xls is not readable as a workbook"),
    "no Parquet": (b"PAR1", {"file": "crm.parquet"}, r"crm.parquet is not readable as Parquet"),
    "no JSON at all": ("hello\nworld\n", {"file": "crm.jsonl"}, r"crm.jsonl is not JSON lines"),
    "one JSON array": ('[\n{"a": 1},\n{"a": 2}\n]\n', {"file": "crm.jsonl"}, r"crm.jsonl is not JSON lines"),
    "deeply nested JSON": (
        '{"customer_id": "A"}\n' + '{"a":' * 100_000 + "\n",
        {"file": "crm.jsonl"},
        r"1 of 2 records do not fit",
    ),
    "a file that is missing": (None, {}, r"no file crm.csv in .*exports. The folder is not there or empty"),
    "a path above all": (CRM, {"source": {"file": "../../../crm.csv"}}, r"no file crm.csv in"),
    "an empty path": (CRM, {"source": {"file": "**.csv"}}, r"'\*\*.csv' is no usable path"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_cannot_be_read(opened, case):
    content, settings, message = FILES[case]
    with pytest.raises(DataError, match=message) as error:
        opened(content, **settings)
    assert len(str(error.value)) < 2_000


STATEMENTS = {
    "a misspelt word": ("SELECT * FORM crm", r"customers.sql, line 1: not valid SQL"),
    "nothing": ("-- to do\n", r"customers.sql must hold one SELECT; found nothing"),
    "two statements": ("SELECT * FROM crm; SELECT 1", r"must hold one SELECT; found SELECT, SELECT"),
    "DROP": ("DROP TABLE crm", r"must hold one SELECT; found DROP"),
    "DELETE": ("DELETE FROM crm", r"must hold one SELECT; found DELETE"),
    "COPY": ("COPY (SELECT 1) TO 'out.csv'", r"must hold one SELECT; found COPY"),
    "ATTACH": ("ATTACH 'x.db'", r"must hold one SELECT; found ATTACH"),
    "PRAGMA": ("PRAGMA database_list", r"must hold one SELECT; found PRAGMA"),
    "SELECT INTO": ("SELECT * INTO other FROM crm", r"customers.sql reads 'other', which is neither"),
    "a file behind the source's back": (
        "SELECT * FROM read_csv('/etc/passwd')",
        r"reads a file by itself \(read_csv\)",
    ),
    "a file named as a table": (
        "SELECT * FROM '/etc/passwd'",
        r"reads '/etc/passwd', which is neither a source",
    ),
    "a source that is not there": (
        "SELECT * FROM crn",
        r"reads 'crn', which is neither .*Did you mean 'crm'",
    ),
    "a column that is not there": (
        "SELECT customer_id,\n  start_dat AS start_date\nFROM crm",
        r'customers.sql, line 2: .*"start_dat" not found in FROM clause!\n.*"start_date"',
    ),
    "a function that is not there": (
        "SELECT\n\n  strdate(start_date) FROM crm",
        r"customers.sql, line 3: .*strdate",
    ),
    "a cast that fails": (
        "SELECT customer_id, CAST(segment AS INTEGER) AS s FROM crm",
        r"customers.sql: .*Could not convert string 'x' to INT32",
    ),
    "division and overflow": (
        "SELECT customer_id, 9223372036854775807 + 1 AS n FROM crm",
        r"customers.sql: .*verflow",
    ),
    "a required column missing": (
        "SELECT start_date, segment AS custmer_id FROM crm",
        r"gives no column 'customer_id', which customers must have .*Did you mean 'custmer_id'",
    ),
    "itself": ("SELECT * FROM customers", r"reads 'customers', which is neither a source"),
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_statements_that_cannot_run(opened, case):
    sql, message = STATEMENTS[case]
    with pytest.raises(DataError, match=message):
        opened(CRM, sql)


ALL = {"definitions": {"max_rejected_share": 1}}
ANSWERS = "response_id,customer_id,answered_at,instrument,score\nR1,A,2026-03-01,nps,9\n"
BILLING = "customer_id,month,revenue,direct_cost\nA,2026-03,10,1\n"
VALUES = {
    "a score of 11": ("surveys", ANSWERS + "R2,A,2026-03-02,nps,11\n", "score", "is off its scale"),
    "a score in words": ("surveys", ANSWERS + "R2,A,2026-03-02,nps,ten\n", "score", "is not a number"),
    "a score of NaN": ("surveys", ANSWERS + "R2,A,2026-03-02,nps,NaN\n", "score", "is not a number"),
    "an unknown instrument": (
        "surveys",
        ANSWERS + "R2,A,2026-03-02,npss,9\n",
        "instrument",
        "is not an allowed value",
    ),
    "the same response twice": (
        "surveys",
        ANSWERS + ANSWERS.splitlines()[1],
        "response_id",
        "repeats an earlier row",
    ),
    "NaN revenue": ("billing", BILLING + "A,2026-04,NaN,1\n", "revenue", "is not a number"),
    "infinite revenue": ("billing", BILLING + "A,2026-04,-Infinity,1\n", "revenue", "is not a number"),
    "revenue beyond a double": ("billing", BILLING + "A,2026-04,1e999,1\n", "revenue", "is not a number"),
    "revenue as a formula": ("billing", BILLING + "A,2026-04,=1+1,1\n", "revenue", "is not a number"),
    "a month 13": ("billing", BILLING + "A,2026-13,1,1\n", "month", "is not a month"),
    "a customer without id": ("customers", CRM + ",2026-01-05,,x\n", "customer_id", "is missing"),
    "a customer twice": (
        "customers",
        CRM + "A,2026-01-05,2026-04-01,x\n",
        "customer_id",
        "repeats an earlier row",
    ),
    "an end before the start": (
        "customers",
        CRM + "C,2026-03-05,2026-01-01,x\n",
        "end_date",
        "ends before it starts",
    ),
    "the 30th of February": ("customers", CRM + "C,2026-02-30,,x\n", "start_date", "is not a date"),
    "the year 9999": ("customers", CRM + "C,2026-01-05,9999-12-31,x\n", "end_date", "is not a date"),
    "script as a date": (
        "customers",
        CRM + "C,<script>alert(1)</script>,,x\n",
        "start_date",
        "is not a date",
    ),
}


@pytest.mark.parametrize("case", VALUES)
def test_values_that_are_set_aside(opened, case):
    table, content, column, reason = VALUES[case]
    data = opened(content, PLACED.replace("*, _file, _line", "*"), table=table, **ALL)
    found = arrivals(data)
    rejected = found[(found["kind"] == "table") & (found["rows_rejected"] > 0)]
    assert rejected[["column", "reason", "rows_rejected"]].values.tolist() == [[column, reason, 1]]
    aside = pq.read_table(data.path / ".cx" / "rejected" / f"{table}.parquet").to_pylist()
    assert [(row["file"], row["line"]) for row in aside] == [("crm.csv", content.rstrip().count("\n") + 1)]


def test_all_dates_unparsable(opened):
    with pytest.raises(
        DataError, match=r"2 of 2 rows of customers .*start_date is not a date; for example '5th Jan"
    ):
        opened("customer_id,start_date\nA,5th Jan\nB,6th Jan\n")


def test_negative_cost_is_kept_as_it_is(opened):
    data = opened(BILLING + "B,2026-03,5,-2\n", table="billing")
    assert sorted(data.table("billing")["direct_cost"]) == [-2, 1]


@pytest.mark.parametrize("content", [CRM.splitlines()[0], CRM.splitlines()[0] + "\n"])
def test_a_header_alone_is_an_empty_table(opened, content):
    data = opened(content)
    assert len(data.table("customers")) == 0


def test_a_single_row(opened):
    data = opened("customer_id,start_date\nA,2026-01-05", month="2026-06")
    assert data.table("customers")["customer_id"].tolist() == ["A"]
    assert cx.retention.churn_rate(data).absent


@pytest.mark.parametrize("ended", ["2026-03-01", ""])
def test_everybody_or_nobody_left(opened, ended):
    rows = "".join(f"C{n},2026-01-05,{ended},x\n" for n in range(30))
    data = opened(CRM.splitlines()[0] + "\n" + rows)
    for result in (cx.retention.churn_rate(data), cx.retention.kaplan_meier(data), cx.churn.naive(data)):
        for figure in result.figures:
            assert figure.value is None or abs(figure.value) < 1e6
        assert result.text("en") and result.text("de")


@pytest.mark.parametrize(
    ("month", "message"),
    [
        ("2019-01", r"Month 2019-01: the data|2019-01 is outside the data"),
        ("2026-1", r"'2026-1' is not a month"),
    ],
)
def test_a_month_outside_the_data(opened, month, message):
    with pytest.raises(CxError, match=message):
        opened(ANSWERS, table="surveys", month=month)


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ("segmnt=x", r"no column 'segmnt'. Did you mean 'segment'"),
        ("segment=z", r"segment is never 'z'. Known: x, y"),
        ("segment", r"Scope 'segment' is not understood; write column=value"),
        ("segment='; DROP TABLE customers; --", r"segment is never \"'; DROP TABLE customers; --\""),
    ],
)
def test_a_scope_that_holds_nobody(opened, scope, message):
    with pytest.raises(CxError, match=message):
        opened(CRM, scope=scope)


def test_columns_named_like_sql_are_columns(opened):
    names = [
        "select",
        "drop table crm; --",
        'quo"te',
        "raw customer_id",
        "_broken",
        "file_row_number",
        "n",
        "%s",
        "{x}",
    ]
    header = ",".join(["customer_id", *('"' + n.replace('"', '""') + '"' for n in names)])
    data = opened(header + "\n" + ",".join(["A", *map(str, range(len(names)))]) + "\n")
    row, own = data.table("customers").iloc[0], ["raw customer_id", "_broken", "file_row_number"]
    assert {n: row[n] for n in names if n not in own} == {
        n: str(i) for i, n in enumerate(names) if n not in own
    }
    assert data.imported["tables"]["customers"]["unknown"] == own


def test_script_in_text_columns_stays_text(opened):
    script = '<script>alert("1")</script>'
    rows = "".join(f'C{n},2026-01-05,,"{script.replace(chr(34), chr(34) * 2)}"\n' for n in range(30))
    data = opened(CRM.splitlines()[0] + "\n" + rows)
    assert set(data.table("customers")["segment"]) == {script}
    shown = cx.retention.churn_rate(data)._repr_mimebundle_()["text/html"]
    assert "<script" not in shown


def test_formula_cells_without_results_are_refused(opened, tmp_path):
    book = tmp_path / "book.xlsx"
    write_workbook(book, {"Kunden": [{"customer_id": "A", "costs": 2.5}]})
    formula = tmp_path / "formula.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(formula, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(b"<v>2.5</v>", b"<f>1+1.5</f>"))
    with pytest.raises(DataError, match=r"sheet 'Kunden', holds formulas without their results"):
        opened(formula.read_bytes(), file="crm.xlsx")
    with pytest.raises(DataError, match=r"has no sheet 'Kunde'. Did you mean 'Kunden'"):
        opened(book.read_bytes(), file="crm.xlsx", source={"sheet": "Kunde"})


def test_times_over_the_change_of_the_clock(opened):
    rows = "T1,2026-03-29 01:59:59\nT2,2026-03-29 03:00:00\n"
    rows += "T3,2026-10-25T02:30:00+02:00\nT4,2026-10-25T02:30:00+01:00\n"
    data = opened("ticket_id,opened_at\n" + rows, table="tickets", month="2026-10")
    opened_at = data.table("tickets").set_index("ticket_id")["opened_at"]
    assert (opened_at["T2"] - opened_at["T1"]).total_seconds() == 1
    assert (opened_at["T4"] - opened_at["T3"]).total_seconds() == 3600


@pytest.mark.parametrize("kind", ["folder", "loop", "nowhere"])
def test_what_is_there_and_is_no_file(folder, kind):
    place = folder({}, {"customers": CUSTOMERS}, sources={"crm": {"file": "crm.csv"}})
    path = place / "exports" / "crm.csv"
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path if kind == "loop" else place / "gone.csv")
    message = "is a folder; expected a file" if kind == "folder" else "is a link that leads to no file"
    with pytest.raises(DataError, match=f"crm.csv {message}"):
        cx.open_dataset(place)


def test_sources_of_another_kind_in_one_pattern(folder, tmp_path):
    exports = {"t-1.csv": CRM, "t-2.parquet": parquet({"customer_id": ["A"]}, tmp_path / "t.parquet")}
    place = folder(exports, {"customers": CUSTOMERS}, sources={"crm": {"file": "t-*"}})
    with pytest.raises(DataError, match=r"takes files of several kinds: t-1.csv, t-2.parquet"):
        cx.open_dataset(place)


DESCRIPTIONS = {
    "no YAML": ("name: [", r"dataset.yaml is not valid YAML"),
    "a list": ("- name", r"must hold keys such as name, sources; found list"),
    "nothing": ("", r"must hold keys such as name, sources; found NoneType"),
    "an unknown key": ("name: x\nsourcs: {}\n", r"Key 'sourcs' .*Did you mean 'sources'"),
    "a source that is a text": ("name: x\nsources: {crm: crm.csv}\n", r"'sources.crm'"),
    "an environment without the name": (
        "name: x\nroot: ${NO_SUCH_ROOT}\nsources: {}\n",
        r"environment has no NO_SUCH_ROOT",
    ),
    "an object": ("!!python/object/apply:os.system ['true']", r"is not valid YAML"),
    "another encoding": (b"name: K\xf6ln", r"dataset.yaml is not UTF-8"),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
def test_descriptions_that_cannot_be_used(folder, case):
    content, message = DESCRIPTIONS[case]
    place = folder({"crm.csv": CRM}, {"customers": CUSTOMERS})
    (place / "dataset.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message):
        cx.open_dataset(place)


def test_a_cache_that_is_no_folder(folder, monkeypatch, tmp_path):
    place = folder({"crm.csv": CRM}, {"customers": CUSTOMERS})
    (tmp_path / "file").touch()
    monkeypatch.setenv("CX_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"cannot be written .*set CX_CACHE"):
        cx.open_dataset(place)


def test_a_user_sees_one_line_and_no_traceback(folder):
    place = folder({"crm.csv": ""}, {"customers": CUSTOMERS})
    child = subprocess.run(
        [sys.executable, "-m", "cxlib", "check", str(place)], capture_output=True, text=True, check=False
    )
    assert (child.returncode, child.stderr.count("\n")) == (1, 1)
    assert child.stderr.startswith("cx: Source 'crm':")
    assert yaml.safe_load((place / "dataset.yaml").read_text())["name"] == "tiny"


@pytest.mark.parametrize("written", ["03/04/2026", "46000", "5 Jan 2026", "infinity"])
def test_an_answer_whose_date_cannot_be_read_is_not_dated_to_as_of(opened, written):
    rows = f"response_id,customer_id,answered_at,instrument,score\nQ1,A,{written},nps,5\nQ2,A,,nps,5\n"
    data = opened(rows, "SELECT * FROM crm", table="surveys", definitions={"max_rejected_share": 1.0})
    kept = data.table("surveys")
    assert kept["response_id"].tolist() == ["Q2"]
    assert kept["answered_at"].dt.strftime("%Y-%m").tolist() == ["2026-05"]  # in UTC; June in the zone


def test_hundreds_of_further_columns_are_looked_at_in_parts(opened):
    columns = [f"c{number}" for number in range(1_200)]
    head, row = ",".join(["customer_id", *columns]), ",".join(["A", *columns])
    assert len(opened(f"{head}\n{row}\n").table("customers").columns) > 1_200


def test_one_wrong_date_does_not_move_the_month_of_the_report(opened):
    """Thirty contacts in each of 24 months, one of them dated 2162 and one 1970."""
    months = [f"{2024 + month // 12}-{month % 12 + 1:02d}" for month in range(24)]
    rows = [f"{month}-{day:02d},A,{month}-{day:02d},app" for month in months for day in range(1, 29)]
    rows += ["X,A,2162-03-01,app", "Y,A,1970-01-01,app"]
    content = "\n".join(["interaction_id,customer_id,occurred_at,touchpoint", *rows])
    data = opened(content, table="interactions", as_of=None)
    assert data.month == "2025-11"  # a month whose last rows are of the 28th is not complete
    assert data.first_month_no == 12 * 2024 + 1
    assert {finding.check for finding in cx.findings(data)} >= {"future_dates", "stray_dates"}


def test_bills_without_a_single_row_are_no_error(opened):
    data = opened("customer_id,month,revenue\n", table="billing")
    assert cx.findings(data) is not None


def test_amounts_beyond_reason_are_set_aside(opened):
    rows = "customer_id,month,revenue\nA,2026-01,1e300\nB,2026-01,12.5\n"
    data = opened(rows, table="billing", definitions={"max_rejected_share": 1.0})
    assert data.table("billing")["revenue"].tolist() == [12.5]


def test_observed_since_after_the_month_is_refused(opened):
    with pytest.raises(DataError, match=r"observed_since of dataset.yaml is 2050-01, after 2026-06"):
        opened(CRM, definitions={"observed_since": "2050-01"})


def test_a_scope_names_no_ids_and_each_column_once(opened):
    with pytest.raises(DataError, match=r"customer_id is never 'Z'\.$"):
        opened(CRM, scope="customer_id=Z")
    with pytest.raises(DataError, match=r"names segment twice"):
        opened(CRM, scope="segment=x,segment=y")


def test_a_select_that_gives_other_rows_each_time_is_refused(opened):
    """Five thousand draws of a million: about twelve come twice, each time others."""
    rows = "id\n" + "\n".join(str(number) for number in range(5_000))
    sql = "SELECT CAST(floor(random() * 1e6) AS BIGINT) AS customer_id FROM crm"
    with pytest.raises(DataError, match=r"customers.sql gives other rows each time it is run"):
        opened(rows, sql, definitions={"max_rejected_share": 1.0})


def test_an_export_that_is_there_twice_is_told_before_its_rows_are_compared(opened):
    rows = [f"{number},A,2026-05-{1 + number % 28:02d},app" for number in range(40)]
    content = "\n".join(["interaction_id,customer_id,occurred_at,touchpoint", *rows, *rows])
    said = r"at least 40 of 80 rows of interactions .* their interaction_id repeats .* an export there twice"
    with pytest.raises(DataError, match=said):
        opened(content, table="interactions")
