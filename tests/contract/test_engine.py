from pathlib import Path

import pyarrow as pa
import pytest

from cxlib.contract.engine import Engine, check_select, literal, name, read_select, without_semicolon
from cxlib.contract.table import Column
from cxlib.errors import DataError
from cxlib.intake.casts import Writing, cast


@pytest.fixture
def engine(tmp_path):
    made = Engine(tmp_path / "spill", time_zone="Europe/Berlin")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234,56", 1234.56),
        ("12", 12),
        ("-3,5", -3.5),
        ("1.234.567", 1234567),
        ("+7,25", 7.25),
        (" 1,5 ", 1.5),
    ],
)
def test_reads_german_numbers_once_and_only_once(engine, text, number):
    query = "SELECT try_cast(de_number($x) AS DOUBLE) AS once, try_cast({} AS DOUBLE) AS twice"
    query = query.format("de_number(de_number($x))")
    assert engine.query(query, {"x": text}).to_pylist() == [{"once": number, "twice": number}]


@pytest.mark.parametrize("text", ["abc", "1,2,3", "12.34,5", "", "1.23"])
def test_leaves_what_is_no_german_number_for_the_cast_to_find(engine, text):
    assert engine.query("SELECT de_number($x) AS x", {"x": text})["x"].to_pylist() == [text]


@pytest.mark.parametrize(
    ("mark", "text", "number"),
    [
        (".", "1.234", 1234.0),
        (".", "12,5", 12.5),
        (".", "12.5", None),
        (".", ".5", None),
        (".", "1.5E3", None),
        (".", "12.5e0", 12.5),
        (".", "1e-07", 1e-07),
        (" ", "1 234,5", 1234.5),
        (" ", "1.234", None),
        (".", "eins", None),
    ],
)
@pytest.mark.parametrize("mixed", [False, True])
def test_a_decimal_comma_allows_no_point_but_where_sources_of_other_kinds_join(
    engine, mark, text, number, mixed
):
    column, writing = Column("value", "decimal", ""), Writing(",", mark, mixed=mixed)
    found = engine.query(f"SELECT {cast(column, '$x', 'VARCHAR', writing=writing)} AS x", {"x": text})
    believed = {"12.5": 12.5, ".5": 0.5, "1.5E3": 1500.0, "1.234": 1.234} if mixed else {}
    assert found["x"].to_pylist() == [believed.get(text) if number is None else number]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("31.10.2026", "2026-10-31 00:00:00"),
        ("1.2.2026 9:05", "2026-02-01 09:05:00"),
        ("01.02.2026 19:05:10", "2026-02-01 19:05:10"),
        (" 31.10.2026 14:05 ", "2026-10-31 14:05:00"),
        ("1.2.2026 9:05:10", "2026-02-01 09:05:10"),
        ("31.11.2026", "31.11.2026"),
        ("1.234.567", "1.234.567"),
        ("2026-10-31", "2026-10-31"),
    ],
)
def test_reads_german_dates(engine, text, moment):
    assert engine.query("SELECT de_date($x) AS x", {"x": text})["x"].to_pylist() == [moment]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Casablanca"])
def test_local_times_become_utc_as_the_zone_says(engine, zone):
    """Every eleventh hour of three years, changes of the clock and Morocco's Ramadan among them."""
    engine.set_zone(zone)
    unequal = engine.query(
        """SELECT t, to_utc(t) AS found FROM generate_series(TIMESTAMP '2024-01-01', TIMESTAMP '2026-12-31',
            INTERVAL 11 HOUR) AS moments(t) WHERE to_utc(t) <> CAST(t AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"""
    )
    assert unequal.num_rows == 0
    odd = engine.query("SELECT to_utc(TIMESTAMP '2450-07-01 12:00') AS late, to_utc(NULL::TIMESTAMP) AS none")
    assert odd.to_pylist()[0]["none"] is None and odd.to_pylist()[0]["late"] is not None


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [
        (" a ", "a"),
        ("a", "a"),
        ("", None),
        ("   ", None),
        ("\u00a0ä\u00a0", "ä"),
        ("\u00a0", None),
        ("a b", "a b"),
    ],
)
def test_trims_blanks_of_every_kind(engine, text, trimmed):
    assert engine.query("SELECT trimmed($x) AS x", {"x": text})["x"].to_pylist() == [trimmed]


def test_sums_of_whole_numbers_stay_whole_numbers(engine):
    found = engine.query("SELECT sum(x) AS total, 1.50::DECIMAL(9, 2) AS price FROM range(4) AS t(x)")
    assert found.schema.types == [pa.int64(), pa.float64()]
    assert found.to_pylist() == [{"total": 6, "price": 1.5}]


def test_quotes_values_and_names():
    assert literal("O'Neil") == "'O''Neil'"
    assert name('say "x"') == '"say ""x"""'


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DROP TABLE crm", "must hold one SELECT; found DROP"),
        ("SELECT 1; SELECT 2", "must hold one SELECT; found SELECT, SELECT"),
        ("", "must hold one SELECT; found nothing"),
        ("SELECT 1 FROM\nWHERE (", "line 2: not valid SQL"),
        ("SELECT *\nFROM crm WHERE a = 'x\n\n", "line 2: not valid SQL: ' is opened and never closed"),
        ("SELECT ';''\n;' AS a,\n 'b''\n' || 'c''d", "line 4: not valid SQL: ' is opened"),
        ('SELECT "a\nFROM crm', 'line 1: not valid SQL: " is opened and never closed'),
        ("SELECT 1 -- it's\n/* all\nof it", r"line 2: not valid SQL: /\* is opened and never closed"),
        ("SELECT 1 /* /* */", "a quote or comment is opened and never closed"),
        ("SELECT $$a", r"line 1: not valid SQL: \$\$ is opened"),
        (f"SELECT {'(' * 3_000}1{')' * 3_000}", "is nested too deep, e.g. in parentheses"),
    ],
)
def test_a_dataset_file_holds_one_select(sql, message):
    with pytest.raises(DataError, match=f"customers.sql.*{message}"):
        check_select(sql, Path("customers.sql"))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1;",
        "SELECT * FROM crm; -- done",
        "SELECT 1; /* a */ ; -- b\n",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT 1 UNION SELECT 2",
    ],
)
def test_accepts_every_form_of_a_select(sql):
    assert check_select(sql, Path("customers.sql")).find_all


@pytest.mark.parametrize(
    "sql",
    ["SELECT ';' AS x", "SELECT ';' AS x;", "SELECT ';' AS x ; -- end; no\n", "SELECT ';' AS x;; /* */"],
)
def test_drops_the_semicolon_at_the_end_alone(engine, sql):
    assert engine.query(f"SELECT * FROM ({without_semicolon(sql)}\n)").to_pylist() == [{"x": ";"}]


def test_a_quote_never_closed_is_said_when_the_end_is_looked_for():
    with pytest.raises(DataError, match=r"customers.sql, line 2: .*' is opened and never closed"):
        without_semicolon("SELECT\n'a;", Path("customers.sql"))


def test_a_sql_file_is_utf_8_with_or_without_its_mark(tmp_path):
    path = tmp_path / "customers.sql"
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text("SELECT 'Köln'", encoding=encoding)
        assert read_select(path) == "SELECT 'Köln'"


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("latin-1", r"customers.sql, line 2: byte 0xf6 is not UTF-8. Save the file as UTF-8"),
        ("utf-16", r"customers.sql, line 1: byte 0xff is not UTF-8"),
        ("utf-16-le", r"customers.sql, line \d: (byte 0xf6|a zero byte)"),
    ],
)
def test_a_sql_file_in_another_encoding_is_refused(tmp_path, encoding, message):
    path = tmp_path / "customers.sql"
    path.write_text("SELECT *\nFROM crm -- Köln", encoding=encoding)
    with pytest.raises(DataError, match=message):
        read_select(path)


def test_a_zero_byte_in_a_sql_file_is_refused(tmp_path):
    path = tmp_path / "customers.sql"
    path.write_bytes("SELECT *\nFROM crm".encode("utf-16-le"))
    with pytest.raises(DataError, match=r"line 1: a zero byte, so this is not UTF-8"):
        read_select(path)
