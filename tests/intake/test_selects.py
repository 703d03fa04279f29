"""The SELECT of a table: what it keeps and leaves out, and its rows cast and checked."""

import pytest

from cxlib.contract.config import Config
from cxlib.contract.engine import Engine, check_select
from cxlib.contract.schema import TABLES
from cxlib.errors import DataError
from cxlib.intake.casts import Writing
from cxlib.intake.selects import hashed_key, look_at, may_vary, select_typed

WRITING = Writing(".", "", "Europe/Berlin", False)


@pytest.fixture
def engine(tmp_path):
    with_spill = Engine(tmp_path / "spill")
    yield with_spill
    with_spill.close()


@pytest.fixture
def look(engine, tmp_path):
    """Return a function that writes the SELECT of a table and looks at it."""

    def looking(sql, table="customers", writing=WRITING, **settings):
        path = tmp_path / f"{table}.sql"
        path.write_text(sql, encoding="utf-8")
        config = Config(name="tiny", sources={}, **settings)
        selected = look_at(engine, config, TABLES[table], path, writing)
        return selected, engine.query(select_typed(config, selected)).to_pylist()

    return looking


def test_columns_are_kept_left_out_for_being_personal_or_not_known(look):
    sql = """SELECT 'a' AS customer_id, 'x' AS plan, 'k' AS "My colour", 'e' AS email, 5 AS _broken,
        7 AS month_no, 'f' AS _file, 2 AS _line, 9 AS "raw plan";"""
    selected, (row,) = look(sql)
    assert selected.extra == ("My colour",)
    assert selected.personal == ("email",)
    assert selected.unknown == ("_broken", "month_no", "raw plan")
    assert (row["My colour"], row["plan"], row["_file"], row["_line"]) == ("k", "x", "f", 2)
    assert row["_broken"] is None and "email" not in row


def test_a_personal_column_that_is_asked_for_is_kept(look):
    selected, (row,) = look("SELECT 'a' AS customer_id, 'e' AS email", keep_text=("email",))
    assert (selected.extra, selected.personal, row["email"]) == (("email",), (), "e")


def test_a_table_without_further_columns_knows_its_own_alone(look):
    sql = "SELECT '2026-01' AS month, '5' AS amount, 'x' AS colour"
    selected, (row,) = look(sql, table="fixed_costs")
    assert (selected.extra, selected.unknown) == ((), ("colour",))
    assert (str(row["month"]), row["amount"]) == ("2026-01-01", 5)


@pytest.mark.parametrize("given", ["Customer_Id", "customer_ID", "customer"])
def test_a_required_column_must_have_its_very_name(look, given):
    with pytest.raises(DataError, match=rf"gives no column 'customer_id'.*It gives: {given}\..*Did you mean"):
        look(f"SELECT 'a' AS {given}, 'f' AS _file")


def test_the_first_check_that_fails_and_its_value_are_told(look):
    rows = "('a', '2026-01-31', '1'), ('b', 'soon', 'x'), ('c', ' ', '-1'), (' ', '', '')"
    selected, rows = look(f"SELECT * FROM (VALUES {rows}) AS t(customer_id, start_date, acquisition_cost)")
    broken = {row["customer_id"]: row["_broken"] for row in rows}
    reasons = {key: None if n is None else selected.checks[n].column for key, n in broken.items()}
    assert reasons["a"] is None and reasons["b"] == "start_date" and reasons[None] == "customer_id"
    assert {row["customer_id"]: row["_value"] for row in rows}["b"] == "soon"


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "number"),
    [
        (".", "", "1234.5", 1234.5),
        (",", ".", "1.234,5", 1234.5),
        (",", ".", "1.234", 1234),
        (",", ".", "12.5", None),
        (".", ",", "1,234", 1234),
        (".", ",", "1,23", None),
        (".", "", " 7 ", 7),
        (".", "", "1e999", None),
        (".", "", "inf", None),
        (".", "", "nan", None),
        (".", "", "", None),
    ],
)
def test_numbers_are_read_as_the_source_writes_them(look, decimal, thousands, text, number):
    writing = Writing(decimal, thousands, "Europe/Berlin", False)
    sql = f"SELECT 'a' AS customer_id, '2026-01' AS month, '{text}' AS revenue"
    selected, (row,) = look(sql, table="billing", writing=writing)
    assert row["revenue"] == number
    assert (row["_broken"] is None) is (number is not None)


def test_times_written_with_and_without_a_zone_are_told_apart(look, engine):
    engine.set_zone("Europe/Berlin")
    rows = "('1', '2026-01-01T12:00:00Z', ''), ('2', '2026-01-01 12:00', '2026-01-01T12:00:00+01:00')"
    sql = f"SELECT *, 'a' AS reason FROM (VALUES {rows}) AS t(ticket_id, opened_at, resolved_at)"
    selected, rows = look(sql, table="tickets")
    places = {time: 4**digit for digit, time in enumerate(selected.zoned_times)}
    zones = {row["ticket_id"]: row["_zones"] for row in rows}
    assert zones == {"1": places["opened_at"], "2": 2 * places["opened_at"] + places["resolved_at"]}
    assert {row["opened_at"].hour for row in rows} == {12, 11}


def test_undated_answers_are_of_the_month_of_as_of_and_unreadable_dates_are_not(look):
    rows = "('1', ''), ('2', 'soon'), ('3', '2026-03-04')"
    sql = f"""SELECT *, 'nps' AS instrument, 9 AS score, 0 AS scale_low, 10 AS scale_high
        FROM (VALUES {rows}) AS t(response_id, answered_at)"""
    _, rows = look(sql, table="surveys", as_of="2026-06")
    months = {row["response_id"]: row["answered_at"] and row["answered_at"].month for row in rows}
    # The month begins in Berlin two hours before it does in UTC.
    assert months == {"1": 5, "2": None, "3": 3}
    assert [str(row["answered_at"]) for row in rows if row["response_id"] == "1"] == ["2026-05-31 22:00:00"]


@pytest.mark.parametrize(
    ("sql", "varies"),
    [
        ("SELECT a FROM t WHERE a > 1 ORDER BY a", False),
        ("SELECT a FROM t UNION ALL SELECT a FROM u", False),
        ("SELECT a FROM t LIMIT 5", True),
        ("SELECT DISTINCT a FROM t", True),
        ("SELECT max(a) FROM t", True),
        ("SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY a) = 1", True),
        ("SELECT a FROM (SELECT uuid() AS a FROM t)", True),
        ("SELECT random() AS a FROM t", True),
    ],
)
def test_a_select_that_may_give_other_rows_is_known(sql, varies, tmp_path):
    assert may_vary(check_select(sql, tmp_path / "t.sql")) is varies


def test_keys_of_two_columns_are_not_run_together(engine):
    table = TABLES["touchpoints"]
    hashes = engine.query(
        f"SELECT {hashed_key(table)} AS hashed FROM (VALUES ('a'), ('b'), ('a')) AS t({table.key[0]})"
    )["hashed"].to_pylist()
    assert hashes[0] == hashes[2] != hashes[1]
