import csv
import json
import os
import sqlite3
import sys
import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import cxlib as cx
from cxlib.contract.config import Source, read_config
from cxlib.errors import DataError
from cxlib.intake import databases
from cxlib.intake.databases import database_file, snapshot
from cxlib.intake.sources import find_files
from tests.conftest import absent
from tests.intake import postgresql
from tests.intake.postgresql import PASSWORD
from tests.intake.workbooks import write_workbook

KUNDEN = [
    """CREATE TABLE kunden (id integer, name text, seit date, umsatz numeric, gewicht double precision,
    aktiv boolean, zuletzt timestamp with time zone, merkmal uuid, extra jsonb)""",
    """INSERT INTO kunden VALUES (1, 'Köln „A“', '2026-01-31', 1.234, 0.1, true, '2026-03-01 12:00+01',
    '00000000-0000-0000-0000-000000000001', '{"a": 1}'),
    (2, NULL, NULL, 12.5, NULL, false, NULL, NULL, NULL)""",
    "GRANT SELECT ON kunden TO reader",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL server with the table kunden."""
    if postgresql.programs() is None:
        absent("PostgreSQL", "postgresql")
    with postgresql.running(tmp_path_factory.mktemp("postgresql")) as running:
        running.run(*KUNDEN)
        yield running


@pytest.fixture
def password(monkeypatch):
    """Set the password as libpq takes it from the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


def read(tmp_path: Path, url: str, query: str, **settings) -> list[dict]:
    """Return the rows of a query read as the source crm."""
    source = Source(url=url, query=query, **settings)
    found = find_files("crm", source, tmp_path, store=tmp_path / "store")
    return pq.read_table(found[0]).to_pylist()


def test_columns_keep_their_types_or_become_text(tmp_path, server, password):
    first, second = read(tmp_path, server.url, "SELECT * FROM kunden ORDER BY id;")
    assert first["name"] == "Köln „A“"
    assert (first["id"], first["umsatz"], first["gewicht"], first["aktiv"]) == (1, "1.234e0", 0.1, True)
    assert (first["seit"].isoformat(), first["zuletzt"].isoformat()) == (
        "2026-01-31",
        "2026-03-01T11:00:00+00:00",
    )
    assert (first["merkmal"][-2:], first["extra"]) == ("01", '{"a": 1}')
    assert (second["umsatz"], second["seit"], second["extra"]) == ("12.5", None, None)
    assert [(row["_file"], row["_line"]) for row in (first, second)] == [("crm", 1), ("crm", 2)]


def test_the_password_comes_from_the_environment_and_is_written_nowhere(tmp_path, server, monkeypatch):
    monkeypatch.setenv("CX_DB_PASSWORD", PASSWORD)
    monkeypatch.setenv("CX_DB_HOST", "127.0.0.1")
    url = server.url.replace("reader@127.0.0.1", "reader:${CX_DB_PASSWORD}@${CX_DB_HOST}")
    place = dataset(tmp_path, {"crm": {"url": url, "query": "SELECT id FROM kunden"}})
    assert list(cx.open_dataset(place).table("customers")["customer_id"]) == ["1", "2"]
    for file in (path for path in place.rglob("*") if path.is_file()):
        content = file.read_bytes()
        assert PASSWORD.encode() not in content and quote(PASSWORD).encode() not in content, file
    assert PASSWORD not in repr(read_config(place / "dataset.yaml"))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("DELETE FROM kunden", r"Source 'crm': its query must be one SELECT; found DELETE"),
        ("SELECT 1; DROP TABLE kunden", r"must be one SELECT; found SELECT, DROP"),
        (
            "WITH gone AS (DELETE FROM kunden RETURNING *) SELECT * FROM gone",
            r"127.0.0.1:\d+/postgres said: .*WITH clause containing a data-modifying statement must",
        ),
        ("SELECT nextval('numbers')", r"cannot execute nextval\(\) in a read-only transaction"),
        ("SELECT nam FROM kunden", r'column "nam" does not exist.*"kunden.name"'),
        ("SELECT id, id FROM kunden", r"gives the column 'id' twice"),
    ],
)
def test_statements_can_only_read(tmp_path, server, password, query, message):
    server.run(
        "CREATE SEQUENCE IF NOT EXISTS numbers",
        "GRANT ALL ON numbers TO reader",
        "GRANT ALL ON kunden TO reader",
    )
    with pytest.raises(DataError, match=message):
        read(tmp_path, server.url, query)
    assert len(read(tmp_path, server.url, "SELECT * FROM kunden")) == 2
    assert len(list((tmp_path / "store").iterdir())) == 1


def test_a_wrong_password_is_said_without_it(tmp_path, server, monkeypatch):
    monkeypatch.setenv("WRONG", "not @ it")
    with pytest.raises(DataError, match=r'password authentication failed for user "reader"') as error:
        read(tmp_path, server.url.replace("reader@", "reader:${WRONG}@"), "SELECT 1 AS one")
    assert "not @ it" not in str(error.value) and quote("not @ it") not in str(error.value)
    assert f"reader@127.0.0.1:{server.port}" in str(error.value)


def test_a_server_that_is_not_there(tmp_path):
    with pytest.raises(
        DataError, match=r"database at postgresql://x@127.0.0.1:1/d.* said: .*[Cc]onnection refused"
    ):
        read(tmp_path, "postgresql://x@127.0.0.1:1/d", "SELECT 1 AS one")


def test_a_server_gone_in_the_middle_leaves_nothing(tmp_path, password):
    if postgresql.programs() is None:
        absent("PostgreSQL", "postgresql")
    slowly = (
        "SELECT n, repeat('x', 1000) AS x, pg_sleep(0.001)::text AS s FROM generate_series(1, 100000) AS n"
    )
    with postgresql.running(tmp_path) as brief:
        stop = threading.Timer(1.5, brief.stop)
        stop.start()
        with pytest.raises(DataError, match=r"database at .* said.*(terminat|closed|connection)"):
            read(tmp_path, brief.url, slowly)
        stop.join()
    assert list((tmp_path / "store").iterdir()) == []


def test_rows_of_a_server_are_kept_while_they_are_fresh(tmp_path, server, password):
    server.run(
        "DROP TABLE IF EXISTS stock", "CREATE TABLE stock AS SELECT 1 AS n", "GRANT SELECT ON stock TO reader"
    )
    source = Source(url=server.url, query="SELECT n FROM stock", refresh_hours=2)

    def rows(**options):
        return pq.read_table(snapshot("s", source, file=None, store=tmp_path, **options)).num_rows

    assert rows() == 1
    server.run("INSERT INTO stock VALUES (2)")
    assert rows() == 1
    assert rows(again=True) == 2
    server.run("INSERT INTO stock VALUES (3)")
    old = next(tmp_path.glob("*.parquet"))
    os.utime(old, (old.stat().st_mtime - 3 * 3600,) * 2)
    assert rows() == 3


def test_an_edition_by_force_reads_the_server_again(tmp_path, server, password):
    server.run(
        "DROP TABLE IF EXISTS people",
        "CREATE TABLE people AS SELECT 1 AS id",
        "GRANT SELECT ON people TO reader",
    )
    place = dataset(tmp_path, {"crm": {"url": server.url, "query": "SELECT id FROM people"}})
    first = cx.open_dataset(place)
    server.run("INSERT INTO people VALUES (2)")
    assert cx.open_dataset(place).key == first.key
    assert len(cx.open_dataset(place, again=True).table("customers")) == 2
    assert len(cx.open_dataset(place).table("customers")) == 2


@pytest.fixture
def helpdesk(tmp_path):
    """An SQLite file whose values have every type."""
    path = tmp_path / "help desk.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (id, amount REAL, what, at TEXT)")
        rows = [
            (1, 1.234, None, "2026-01-31"),
            ("x", 0.1 + 0.2, b"\xff", None),
            (2.0, 5, 'Köln "„', "31.1.2026"),
        ]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return path


def test_sqlite_gives_text_without_loss(tmp_path, helpdesk):
    rows = read(tmp_path, "sqlite:///help%20desk.db", "SELECT * FROM t")
    assert [row["id"] for row in rows] == ["1", "x", "2"]
    for end in ("; -- done", " -- no end", "; /* done */;\n"):
        assert read(tmp_path, "sqlite:///help%20desk.db", f"SELECT * FROM t{end}") == rows
    assert rows[0]["amount"] == "1.234e0"
    assert float(rows[1]["amount"]) == 0.1 + 0.2
    assert [row["what"] for row in rows] == [None, "FF", 'Köln "„']
    assert [row["at"] for row in rows] == ["2026-01-31", None, "31.1.2026"]
    assert [row["_line"] for row in rows] == [1, 2, 3]
    assert read(tmp_path, f"sqlite:///{helpdesk}", "SELECT count(*) AS n FROM t")[0]["n"] == "3"


def test_sqlite_is_read_again_when_the_file_changes(tmp_path, helpdesk):
    query = "SELECT count(*) AS n FROM t"
    assert read(tmp_path, "sqlite:///help desk.db", query)[0]["n"] == "3"
    with sqlite3.connect(helpdesk) as connection:
        connection.execute("DELETE FROM t WHERE id = 1")
    connection.close()
    assert read(tmp_path, "sqlite:///help desk.db", query)[0]["n"] == "2"


@pytest.mark.parametrize(
    ("url", "query", "message"),
    [
        ("sqlite:///help desk.db", "DELETE FROM t", r"must be one SELECT; found DELETE"),
        ("sqlite:///help desk.db", "SELECT 'a FROM t;", r"said: .*unrecognized token"),
        ("sqlite:///help desk.db", f"SELECT {'(' * 3_000}1{')' * 3_000}", r"said: .*([Rr]ecursion|overflow)"),
        ("postgresql://u@${BROKEN_HOST}/x", "SELECT 1 AS n", r"Source 'crm': its url is no address; write"),
        ("sqlite:///help desk.db", "SELECT ide FROM t", r"said: .*no such column: ide"),
        ("sqlite:///helpdesk.db", "SELECT 1 AS n", r"no database .*helpdesk.db. Did you mean 'help desk.db'"),
        ("sqlite:///no.db", "SELECT 1 AS n", r"no.db said: .*file is not a database"),
        (
            "sqlite:///${NOWHERE}.db",
            "SELECT 1 AS n",
            r"Source 'crm' uses \$\{NOWHERE\}, and the environment has no",
        ),
    ],
)
def test_sqlite_says_what_is_wrong(tmp_path, helpdesk, monkeypatch, url, query, message):
    monkeypatch.setenv("BROKEN_HOST", "[::1")
    (tmp_path / "no.db").write_text("this is no database" * 100)
    before = helpdesk.read_bytes()
    with pytest.raises(DataError, match=message):
        read(tmp_path, url, query)
    assert helpdesk.read_bytes() == before


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@host/db",
        "postgresql://host/db?user=me&password=secret",
        "postgres://:a${X}@host",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path, url):
    place = dataset(tmp_path, {"crm": {"url": url, "query": "SELECT 1"}})
    with pytest.raises(DataError, match=r"the url of source 'crm' holds a password.*CX_DB_PASSWORD") as error:
        read_config(place / "dataset.yaml")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"url": "mysql://host/db", "query": "SELECT 1"},
            r"'crm.url'.*must begin with postgresql:// or sqlite",
        ),
        ({"url": "sqlite:///a.db"}, r"needs 'url' and 'query' together"),
        ({"file": "a.csv", "url": "sqlite:///a.db", "query": "SELECT 1"}, r"needs either 'file' or 'url'"),
        ({"file": "a.jsonl", "header_rows": 3}, r"is JSON lines.*leave out 'header_rows'"),
    ],
)
def test_settings_that_do_not_belong_together_are_refused(tmp_path, settings, message):
    with pytest.raises(DataError, match=message.replace("'crm.", "'sources.crm.")):
        read_config(dataset(tmp_path, {"crm": settings}) / "dataset.yaml")


def test_drivers_that_are_not_installed_are_named(tmp_path, helpdesk, monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_sqlite.dbapi", None)
    with pytest.raises(DataError, match=r"Source 'crm' is a database.*pip install 'cxlib\[databases\]'"):
        read(tmp_path, "sqlite:///help desk.db", "SELECT 1 AS n")


def test_a_file_is_no_server():
    assert database_file("crm", Source(url="postgresql://h/d", query="SELECT 1"), Path()) is None
    assert databases.PATIENCE < 60


def dataset(tmp_path: Path, sources: dict) -> Path:
    """Write a dataset of one table of customers over the source crm."""
    place = tmp_path / "dataset"
    (place / "exports").mkdir(parents=True)
    (place / "customers.sql").write_text("SELECT id AS customer_id, _file, _line FROM crm")
    described = {"name": "tiny", "as_of": "2026-10", "sources": sources}
    (place / "dataset.yaml").write_text(yaml.safe_dump(described))
    return place


KIND = {
    "customers": "SELECT id AS customer_id, started AS start_date, ended AS end_date, segment FROM crm",
    "surveys": (
        "SELECT id AS response_id, who AS customer_id, asked AS invited_at, answered AS answered_at, "
        "'nps' AS instrument, score, _file, _line FROM answers"
    ),
    "billing": "SELECT who AS customer_id, month, revenue, units, _file, _line FROM invoices",
}


def exports() -> dict[str, pa.Table]:
    """Return the exports of a small company: dates, whole numbers, amounts with three decimals, gaps."""
    customers = range(1, 81)
    left = [date(2026, 1 + n % 9, 1 + n % 28) if n % 4 == 0 else None for n in customers]
    crm = {
        "id": pa.array(customers, pa.int64()),
        "started": pa.array([date(2025, 1 + n % 12, 5) for n in customers], pa.date32()),
        "ended": pa.array(left, pa.date32()),
        "segment": ["Geschäft" if n % 3 else 'privat, "klein"' for n in customers],
    }
    asked = [datetime(2026, 1 + n % 9, 10, 12, n % 60) for n in range(200)]
    answers = {
        "id": [f"r{n}" for n in range(200)],
        "who": pa.array([1 + n % 80 for n in range(200)], pa.int64()),
        "asked": pa.array(asked, pa.timestamp("us")),
        "answered": pa.array(
            [time + timedelta(hours=5) if n % 3 else None for n, time in enumerate(asked)], pa.timestamp("us")
        ),
        "score": pa.array([n % 11 if n % 3 else None for n in range(200)], pa.int64()),
    }
    months = [(who, month) for who in customers for month in range(1, 10)]
    invoices = {
        "who": pa.array([who for who, _ in months], pa.int64()),
        "month": pa.array([date(2026, month, 1) for _, month in months], pa.date32()),
        "revenue": pa.array([who * month / 1000 + 1.234 for who, month in months], pa.float64()),
        "units": pa.array([(who * month) % 40 for who, month in months], pa.int64()),
    }
    return {"crm": pa.table(crm), "answers": pa.table(answers), "invoices": pa.table(invoices)}


def as_text(value: object, *, decimal: str = ".") -> str:
    return (
        "" if value is None else str(value).replace(".", decimal) if isinstance(value, float) else str(value)
    )


def write_csv(place: Path, tables: dict[str, pa.Table], server: object) -> dict:
    for name, table in tables.items():
        with (place / f"{name}.csv").open("w", encoding="cp1252", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(table.column_names)
            for row in table.to_pylist():
                writer.writerow([as_text(value, decimal=",") for value in row.values()])
    return {n: {"file": f"{n}.csv", "separator": ";", "decimal": ",", "encoding": "cp1252"} for n in tables}


def write_parquet(place: Path, tables: dict[str, pa.Table], server: object) -> dict:
    for name, table in tables.items():
        pq.write_table(table, place / f"{name}.parquet")
    return {name: {"file": f"{name}.parquet"} for name in tables}


def write_json(place: Path, tables: dict[str, pa.Table], server: object) -> dict:
    for name, table in tables.items():
        lines = [json.dumps(row, default=str, ensure_ascii=False) for row in table.to_pylist()]
        (place / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return {name: {"file": f"{name}.jsonl"} for name in tables}


def write_excel(place: Path, tables: dict[str, pa.Table], server: object) -> dict:
    write_workbook(place / "all.xlsx", {name: table.to_pylist() for name, table in tables.items()})
    return {name: {"file": "all.xlsx", "sheet": name} for name in tables}


def write_sqlite(place: Path, tables: dict[str, pa.Table], server: object) -> dict:
    with sqlite3.connect(place / "all.db") as connection:
        for name, table in tables.items():
            connection.execute(f"CREATE TABLE {name} ({', '.join(table.column_names)})")
            rows = [[str(v) if isinstance(v, date) else v for v in row.values()] for row in table.to_pylist()]
            connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * table.num_columns)})", rows)
    connection.close()
    return {n: {"url": "sqlite:///all.db", "query": f"SELECT * FROM {n} ORDER BY rowid"} for n in tables}


def write_postgresql(place: Path, tables: dict[str, pa.Table], server: postgresql.Server) -> dict:
    kinds = {"int64": "bigint", "date32[day]": "date", "timestamp[us]": "timestamp", "double": "numeric"}
    for name, table in tables.items():
        columns = ", ".join(f"{f.name} {kinds.get(str(f.type), 'text')}" for f in table.schema)
        rows = [
            ", ".join("NULL" if v is None else "'" + str(v).replace("'", "''") + "'" for v in row.values())
            for row in table.to_pylist()
        ]
        values = ", ".join(f"({row})" for row in rows)
        server.run(
            f"DROP TABLE IF EXISTS {name}", f"CREATE TABLE {name} ({columns})",
            f"INSERT INTO {name} VALUES {values}", f"GRANT SELECT ON {name} TO reader",
        )  # fmt: skip
    return {n: {"url": server.url, "query": f"SELECT * FROM {n}"} for n in tables}


def test_the_same_tables_give_the_same_figures_wherever_they_come_from(tmp_path, server, password):
    tables = exports()
    figures = {}
    for write in (write_csv, write_parquet, write_json, write_excel, write_sqlite, write_postgresql):
        place = tmp_path / write.__name__
        (place / "exports").mkdir(parents=True)
        described = {
            "name": "tiny",
            "sources": write(place / "exports", tables, server),
            "definitions": {"observed_since": "2026-01"},
        }
        (place / "dataset.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
        for table, sql in KIND.items():
            (place / f"{table}.sql").write_text(sql)
        data = cx.open_dataset(place)
        results = [
            cx.satisfaction.nps(data),
            cx.retention.churn_rate(data),
        ]
        results += [cx.profit.tenure_margin(data)]
        figures[write.__name__] = (
            [(f.id, f.value, f.low, f.high, f.n) for result in results for f in result.figures],
            [data.table(table).to_csv() for table in KIND],
        )
    first = figures.pop("write_csv")
    assert len(first[0]) >= 3 and all(value is not None for _, value, *_ in first[0])
    for found in figures.values():
        assert found == first
