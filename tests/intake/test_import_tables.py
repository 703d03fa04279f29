"""The import of tables: what is read in which order, what is counted, and what stops it."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlib.contract.config import Config, Source
from cxlib.errors import DataError
from cxlib.intake.import_tables import Intake, import_tables
from cxlib.intake.sources import Broken, Prepared

CRM = {"customer_id": ["a", "b"], "start_date": ["2026-01-05", "2026-02-05"], "end_date": ["2026-03-31", ""]}


@pytest.fixture
def intake(tmp_path):
    """Return a function that makes an intake of tables as sources and SELECTs."""

    def making(tables, sql, *, broken=(), **settings):
        sources, files = {}, {}
        for name, columns in tables.items():
            file = tmp_path / f"{name}.parquet"
            pq.write_table(pa.table(columns), file)
            rows = pq.read_metadata(file).num_rows + len(broken)
            select = f"SELECT *, 'x.csv' AS _file, 2 AS _line FROM read_parquet('{file}')"
            sources[name] = Prepared(name, select, Source(file=f"{name}.csv"), rows, tuple(broken), (file,))
        for table, select in sql.items():
            files[table] = tmp_path / f"{table}.sql"
            files[table].write_text(select, encoding="utf-8")
        config = Config(name="tiny", sources={}, **settings)
        return Intake(config, sources, files, tmp_path / "out")

    return making


def rows(intake, table):
    return pq.read_table(intake.table_path(table)).to_pylist()


def test_what_a_select_reads_and_a_source_of_any_case(intake):
    sql = "WITH recent AS (SELECT * FROM CRM) SELECT * FROM recent JOIN Bills USING (customer_id)"
    made = intake({"Crm": CRM}, {"customers": sql})
    assert made.references("customers") == {"crm", "bills"}
    assert made.source("crm").name == "Crm"
    assert made.source("bills") is None
    made.engine.close()


def test_tables_come_after_those_that_they_read(intake):
    sql = {
        "actions": "SELECT topic AS action_id, stated_at AS started_on FROM wishes",
        "wishes": "SELECT customer_id AS topic, start_date AS stated_at, 'w' || customer_no AS wish_id "
        "FROM customers",
        "customers": "SELECT * FROM crm",
    }
    made = intake({"crm": CRM}, sql)
    imported = import_tables(made)
    assert list(imported["tables"]) == ["customers", "wishes", "actions"]
    assert {row["action_id"]: str(row["started_on"]) for row in rows(made, "actions")} == {
        "a": "2026-01-05",
        "b": "2026-02-05",
    }
    assert json.loads((made.out / "imported.json").read_text(encoding="utf-8")) == imported
    assert sorted(path.name for path in made.out.iterdir() if path.is_dir()) == ["rejected", "tables"]


def test_tables_that_read_each_other_are_told(intake):
    sql = {
        "actions": "SELECT topic AS action_id, stated_at AS started_on FROM wishes",
        "wishes": "SELECT action_id AS topic, started_on AS stated_at FROM actions",
    }
    with pytest.raises(DataError, match="SQL files of actions, wishes read each other in a circle"):
        import_tables(intake({}, sql))


def test_months_and_customers_are_numbered_and_strangers_have_no_number(intake):
    bills = {
        "customer_id": ["b", "z", "b"],
        "month": ["2026-01", "2026-01", "2026-02"],
        "revenue": ["1", "2", "3"],
    }
    sql = {"customers": "SELECT * FROM crm", "billing": "SELECT * FROM bills"}
    made = intake({"crm": CRM, "bills": bills}, sql)
    imported = import_tables(made)
    numbers = {(row["revenue"], row["month_no"], row["customer_no"]) for row in rows(made, "billing")}
    assert numbers == {(1, 12 * 2026 + 1, 1), (2, 12 * 2026 + 1, None), (3, 12 * 2026 + 2, 1)}
    assert imported["tables"]["billing"]["filled"]["customer_no"] == 2
    assert set(imported["tables"]["billing"]["forms"]) == {"strangers", "listed"}


def test_a_time_belongs_to_the_month_of_the_zone(intake):
    times = ["2026-01-31T22:59:59Z", "2026-01-31T23:00:00Z", "2026-06-30T21:59:59Z", "2026-06-30T22:00:00Z"]
    tickets = {"ticket_id": list("1234"), "opened_at": times, "reason": ["x"] * 4}
    made = intake({"desk": tickets}, {"tickets": "SELECT * FROM desk"}, time_zone="Europe/Berlin")
    import_tables(made)
    months = {row["ticket_id"]: row["month_no"] - 12 * 2026 for row in rows(made, "tickets")}
    assert months == {"1": 1, "2": 2, "3": 6, "4": 7}


def test_experiences_after_the_month_of_the_end_and_unknown_touchpoints_are_counted(intake):
    bad = {
        "customer_id": ["a", "a", "b"],
        "occurred_at": ["2026-03-31 12:00", "2026-04-01 12:00", "2026-09-01 12:00"],
        "touchpoint": ["hotline", "Sonstiges", "hotline"],
        "source": ["failure"] * 3,
    }
    sql = {"customers": "SELECT * FROM crm", "negative_experiences": "SELECT * FROM bad"}
    imported = import_tables(intake({"crm": CRM, "bad": bad}, sql))
    assert imported["after_the_end"] == 1
    assert imported["unknown_touchpoints"] == ["Sonstiges"]


def test_records_that_do_not_fit_the_header_are_kept_apart_and_counted(intake):
    broken = [Broken("crm.csv", 4, 1, 3, "only one")]
    made = intake(
        {"crm": CRM},
        {"customers": "SELECT * FROM crm"},
        broken=broken,
        definitions={"max_rejected_share": 0.5},
    )
    record = import_tables(made)["sources"]["crm"]
    assert (record["read"], record["kept"], record["rejected"][0]["rows"]) == (3, 2, 1)
    (aside,) = pq.read_table(made.rejected_path("source.crm")).to_pylist()
    assert (aside["file"], aside["line"], aside["value"]) == ("crm.csv", 4, "only one")


def test_too_many_records_that_do_not_fit_name_the_first(intake):
    broken = [Broken("crm.csv", 4, 1, 3, "Anna Muster 0170"), Broken("crm.csv", 9, 4, 3, "x")]
    with pytest.raises(DataError, match=r"2 of 4 records .* crm.csv, line 4: 1 fields, expected 3") as raised:
        import_tables(intake({"crm": CRM}, {"customers": "SELECT * FROM crm"}, broken=broken))
    assert "Anna" not in str(raised.value) and "0170" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "sql", "unread"),
    [
        ({}, "SELECT * FROM desk", []),
        ({"sla_hours": 8}, "SELECT * FROM desk", ["sla_hours"]),
        ({"sla_hours": 8}, "SELECT *, getvariable('sla_hours') AS reopened_count FROM desk", []),
    ],
)
def test_a_promise_that_is_given_and_not_read_is_told(intake, given, sql, unread):
    desk = {"ticket_id": ["1"], "opened_at": ["2026-01-01 09:00"], "reason": ["x"]}
    made = intake({"desk": desk}, {"tickets": sql}, definitions=given)
    assert import_tables(made)["unread"] == unread
    (ticket,) = rows(made, "tickets")
    assert ticket["reopened_count"] == (8 if "getvariable" in sql else None)
