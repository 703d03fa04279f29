import os
import subprocess
import sys
import time

import pandas as pd
import pyarrow as pa
import pytest

import cxlib as cx
from cxlib.dataset import store
from cxlib.errors import DataError

EVENTS = "SELECT id AS interaction_id, who AS customer_id, day AS occurred_at, place AS touchpoint, "
EVENTS += "_file, _line FROM events"
CUSTOMERS = "SELECT id AS customer_id, start AS start_date, segment, region FROM crm"
CRM = "id,start,segment,region\nB,2026-01-05,business,north\nA,2026-02-05,private,north\n"
CRM += "C,2026-03-05,business,\n"
CONTACTS = (
    "id,who,day,place\n1,B,2026-03-01,app\n2,A,2026-04-30,app\n3,Z,2026-04-29,kiosk\n4,C,2026-05-03,app\n"
)


@pytest.fixture
def company(folder):
    def write(**config):
        exports = {"crm.csv": CRM, "events.csv": CONTACTS, "costs.csv": "month,amount\n2026-03,5\n"}
        sql = {"customers": CUSTOMERS, "interactions": EVENTS, "fixed_costs": "SELECT * FROM costs"}
        return folder(exports, sql, **config)

    return write


def test_the_last_complete_month_is_taken_by_default(company):
    dataset = cx.open_dataset(company())  # the last contact, on 3 May, leaves May incomplete
    assert (dataset.month, dataset.month_no, dataset.first_month_no) == ("2026-04", 24316, 24315)
    assert cx.open_dataset(company(), month="", scope="").month == "2026-04"


def test_a_month_outside_the_data_is_refused(company):
    for month in ("2025-12", "2026-06"):
        with pytest.raises(DataError, match=f"Month {month} is outside the data .* hold 2026-03 to 2026-05"):
            cx.open_dataset(company(), month=month)
    with pytest.raises(DataError, match="Month 'May' is not a month"):
        cx.open_dataset(company(), month="May")


def test_stray_dates_do_not_make_months(folder):
    days = [f"{n},A,2026-{3 + n % 2:02d}-{1 + n % 30:02d},app" for n in range(400)]
    rows = "id,who,day,place\n" + "\n".join(days) + "\n500,A,2099-01-01,app\n501,A,1901-01-01,app\n"
    dataset = cx.open_dataset(folder({"events.csv": rows}, {"interactions": EVENTS}))
    assert (dataset.month, dataset.first_month_no) == ("2026-04", 24315)
    words = [warning.sentence.text("en") for warning in cx.findings(dataset)]
    assert "1 row of contacts is dated far from all others; the date is probably wrong." in words
    assert "1 row of contacts is dated long after April 2026, where all others end: in the future." in words


def test_experiences_after_the_end_are_told(folder):
    exports = {
        "crm.csv": "id,start,ende\nA,2026-01-05,2026-03-02\n",
        "complaints.csv": "id,day\nA,2026-03-30\nA,2026-04-30\n",
    }
    sql = {
        "customers": "SELECT id AS customer_id, start AS start_date, ende AS end_date FROM crm",
        "negative_experiences": "SELECT id AS customer_id, day AS occurred_at, 'complaint' AS source "
        "FROM complaints",
    }
    words = [str(warning.sentence) for warning in cx.findings(cx.open_dataset(folder(exports, sql)))]
    assert "1 negative experience is dated in a month after the customer had left." in words


def test_customers_are_numbered_alike_in_all_tables(company):
    dataset = cx.open_dataset(company())
    assert dataset.table("customers").set_index("customer_id")["customer_no"].to_dict() == {
        "A": 0,
        "B": 1,
        "C": 2,
    }
    contacts = dataset.table("interactions").set_index("customer_id")["customer_no"]
    assert contacts["A"] == 0
    assert pd.isna(contacts["Z"])


def test_tables_can_be_asked_for_and_queried(company):
    dataset = cx.open_dataset(company())
    assert dataset.tables == {"customers", "interactions", "fixed_costs", "touchpoints"}
    assert dataset.has("customers", "segment", "region")
    assert not dataset.has("customers", "end_date")
    assert not dataset.has("customers", "shoe_size")
    assert not dataset.has("billing")
    found = dataset.sql("SELECT count(*) AS n FROM interactions WHERE touchpoint = $place", place="app")
    assert found["n"].tolist() == [2]
    assert isinstance(dataset.arrow("SELECT 1 AS one"), pa.Table)
    assert len(dataset.table("touchpoints")) == 30
    with pytest.raises(DataError, match="'tiny' has no table 'customer'. Did you mean 'customers'"):
        dataset.table("customer")


def test_a_column_filled_only_later_is_not_there_yet(folder):
    sql = "SELECT id AS customer_id, start AS start_date, ende AS end_date FROM crm"
    rows = "id,start,ende\nA,2026-01-05,2026-05-02\nB,2026-02-01,\n"
    place = folder({"crm.csv": rows, "events.csv": CONTACTS}, {"customers": sql, "interactions": EVENTS})
    assert cx.open_dataset(place, month="2026-05").has("customers", "end_date")
    assert not cx.open_dataset(place, month="2026-04").has("customers", "end_date")


@pytest.mark.parametrize(
    ("scope", "customers", "contacts"),
    [
        ("segment=business", ["B", "C"], ["1"]),
        ("segment=business,region=north", ["B"], ["1"]),
        (" segment = private ", ["A"], ["2"]),
    ],
)
def test_a_scope_keeps_its_customers_and_their_rows(company, scope, customers, contacts):
    dataset = cx.open_dataset(company(), scope=scope)
    assert dataset.table("customers")["customer_id"].tolist() == customers
    assert dataset.table("interactions")["interaction_id"].tolist() == contacts
    assert dataset.scope == scope
    assert "fixed_costs" not in dataset.tables  # the company's amounts cannot be cut to a part of it


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ("segmet=business", "no column 'segmet'. Did you mean 'segment'"),
        ("segment=busines", "segment is never 'busines'. Did you mean 'business'"),
        ("segment=private,region=south", "region is never 'south'"),
        ("segment", "is not understood; write column=value"),
        ("segment=", "is not understood; write column=value"),
    ],
)
def test_a_scope_that_fits_nobody_is_refused(company, scope, message):
    with pytest.raises(DataError, match=message):
        cx.open_dataset(company(), scope=scope)


def test_conditions_that_exclude_each_other_hold_nobody(folder):
    crm = "id,start,segment,region\nA,2026-01-01,x,north\nB,2026-01-01,y,south\n"
    place = folder({"crm.csv": crm}, {"customers": CUSTOMERS}, as_of="2026-03")
    with pytest.raises(DataError, match="holds nobody; its conditions exclude each other"):
        cx.open_dataset(place, scope="segment=x,region=south")


def test_a_snapshot_is_cut_by_its_own_columns_and_told_to_be_exploratory(folder):
    rows = 'Contract,churned\n"one year, fixed",yes\nmonthly,no\n'
    place = folder({"flat.csv": rows}, {"snapshot": "SELECT * FROM flat"}, as_of="2026-03")
    dataset = cx.open_dataset(place, scope="Contract=one year, fixed")
    assert dataset.table("snapshot")["churned"].tolist() == [True]
    assert dataset.month == "2026-03"
    assert any("exploratory" in warning.sentence.text("en") for warning in cx.findings(dataset))
    with pytest.raises(DataError, match="Month 2026-04: the data of 'tiny' have no dates; as_of is 2026-03"):
        cx.open_dataset(place, month="2026-04")


def test_data_without_dates_need_a_month(folder):
    place = folder({"flat.csv": "churned\nyes\n"}, {"snapshot": "SELECT * FROM flat"})
    with pytest.raises(DataError, match="no dated rows and no as_of in dataset.yaml"):
        cx.open_dataset(place)


def test_warnings_name_what_is_strange(company):
    words = [warning.sentence.text("en") for warning in cx.findings(cx.open_dataset(company()))]
    assert "1 row of contacts (25.00%) belongs to a customer who is not in the list of customers." in words
    assert any(word.endswith("are shown as they are: kiosk.") for word in words)
    assert any("data on fixed costs" in word for word in words) is False
    german = [warning.sentence.text("de") for warning in cx.findings(cx.open_dataset(company()))]
    assert not set(german) & set(words)


def test_personal_and_unknown_columns_are_left_out(folder):
    crm = "id,Name,e-mail,shoe\nA,Ann,a@b.c,38\n"
    events = "id,who,day,place,mood\n1,A,2026-04-30,app,good\n"
    sql = {
        "customers": 'SELECT id AS customer_id, "Name", "e-mail", shoe FROM crm',
        "interactions": EVENTS.replace(", _file", ", mood, _file"),
    }
    place = folder({"crm.csv": crm, "events.csv": events}, sql)
    dataset = cx.open_dataset(place)
    assert "shoe" in dataset.table("customers")
    assert not {"Name", "e-mail"} & set(dataset.table("customers"))
    assert any(
        "contacts does not know were left out: mood" in str(warning.sentence)
        for warning in cx.findings(dataset)
    )
    asked = folder({"crm.csv": crm, "events.csv": events}, sql, keep_text=["Name"])
    assert cx.open_dataset(asked).table("customers")["Name"].tolist() == ["Ann"]


def test_titles_speak_both_languages(company):
    dataset = cx.open_dataset(company(title={"de": "Muster", "en": "Sample"}))
    assert (dataset.title.text("de"), dataset.title.text("en")) == ("Muster", "Sample")
    assert cx.open_dataset(company()).title.text("de") == "tiny"


def test_an_import_opened_lately_is_kept_for_those_who_read_it(company):
    place = company()
    reading = cx.open_dataset(place)
    for name in "CBA":
        (place / "customers.sql").write_text(CUSTOMERS + f" WHERE id <> '{name}'")
        assert len(cx.open_dataset(place).table("customers")) == 2
    assert len(reading.table("customers")) == 3


def test_imports_again_only_when_something_changed(company):
    place = company()
    cx.open_dataset(place)
    first = {path.name for path in (place / ".cx").glob("import-*")}
    cx.open_dataset(place, month="2026-03", scope="segment=business")
    assert {path.name for path in (place / ".cx").glob("import-*")} == first
    with (place / "exports" / "events.csv").open("a") as events:
        events.write("5,A,2026-05-31,app\n")
    assert cx.open_dataset(place).month == "2026-05"
    assert len(list((place / ".cx").glob("import-*"))) == 2
    long_ago = time.time() - 2 * store.SECONDS_IN_USE
    os.utime(place / ".cx" / first.pop(), (long_ago, long_ago))
    (place / "customers.sql").write_text(CUSTOMERS + " WHERE id <> 'C'")
    assert len(cx.open_dataset(place).table("customers")) == 2
    assert len(list((place / ".cx").glob("import-*"))) == store.KEPT_IMPORTS
    assert not list((place / ".cx").glob(".*"))
    read = {path.name for path in (place / ".cx" / "sources").glob("*.parquet")}
    assert len(read) == 3  # one for each source; the contacts as they were are forgotten


def test_what_a_stopped_run_left_is_deleted_after_a_day(company):
    place = company()
    fresh, old = (place / ".cx" / f".import-{name}" for name in ("fresh", "old"))
    for folder in (fresh, old):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    cx.open_dataset(place)
    assert fresh.exists()
    assert not old.exists()


def test_an_import_without_memory_says_what_to_set(folder, monkeypatch):
    rows = "id,who,day,place\n" + "".join(f"{n},A{n},2026-04-30,app\n" for n in range(20_000))
    monkeypatch.setenv("CX_MEMORY", "3MB")
    with pytest.raises(DataError, match="The import ran out of memory. Set CX_MEMORY"):
        cx.open_dataset(folder({"events.csv": rows}, {"interactions": EVENTS}))


def test_an_aggregate_is_computed_once_per_month_and_scope(company):
    place = company()
    built = []

    def build(dataset):
        built.append(dataset.month + dataset.scope)
        return dataset.arrow("SELECT count(*) AS n FROM interactions")

    for month, scope in (("2026-04", ""), ("2026-04", ""), ("2026-03", ""), ("2026-04", "segment=business")):
        dataset = cx.open_dataset(place, month=month, scope=scope)
        counted = dataset.remember("contacts, version 1", lambda dataset=dataset: build(dataset))
    assert built == ["2026-04", "2026-03", "2026-04segment=business"]
    assert counted["n"].to_pylist() == [1]


def test_the_cache_can_be_elsewhere(company, tmp_path, monkeypatch):
    monkeypatch.setenv("CX_CACHE", str(tmp_path / "cache"))
    place = company()
    cx.open_dataset(place)
    assert not (place / ".cx").exists()
    assert len(list((tmp_path / "cache").glob("tiny-*/import-*"))) == 1


def test_a_cache_that_cannot_be_written_is_told(company, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CX_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="cannot be written .*set CX_CACHE to another folder"):
        cx.open_dataset(company())


def test_several_kernels_may_open_a_new_dataset_at_once(company):
    place = company()
    code = f"import cxlib; print(cxlib.open_dataset({str(place)!r}).month)"
    runs = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [run.communicate()[0].strip() for run in runs] == ["2026-04"] * 3
    assert len(list((place / ".cx").glob("import-*"))) == 1


def test_a_dataset_is_sought_upwards_to_the_project_root(company, monkeypatch):
    place = company()
    (place.parent / "pyproject.toml").write_text("")
    inside = place.parent / "notebooks" / "deep"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert cx.open_dataset("dataset").path == place
    with pytest.raises(DataError, match="^No dataset 'datasets': looked for dataset.yaml in ") as error:
        cx.open_dataset("datasets")
    for looked in (inside, inside.parent, place.parent):
        assert str(looked / "datasets") in str(error.value)
    assert str(place.parent.parent / "datasets") not in str(error.value)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            {"customers": "SELECT id AS customer FROM crm"},
            r"customers.sql gives no column 'customer_id'.*Did you mean 'customer'",
        ),
        (
            {"customers": "SELECT ident AS customer_id FROM crm"},
            r'customers.sql, line 1: Binder Error: .*"ident"',
        ),
        (
            {"customers": "SELECT id AS customer_id FROM cmr"},
            r"customers.sql reads 'cmr'.*Did you mean 'crm'",
        ),
        ({"customers": "DELETE FROM crm"}, r"customers.sql must hold one SELECT; found DELETE"),
        (
            {"customer": "SELECT 1"},
            r"customer.sql is named like no canonical table. Did you mean 'customers'",
        ),
        (
            {"wishes": "SELECT * FROM actions", "actions": "SELECT * FROM wishes"},
            r"The SQL files of actions, wishes read each other in a circle",
        ),
    ],
)
def test_an_error_in_a_sql_file_names_the_file(folder, sql, message):
    with pytest.raises(DataError, match=message):
        cx.open_dataset(folder({"crm.csv": CRM}, sql, as_of="2026-03"))


def test_a_folder_without_sql_is_told(folder):
    with pytest.raises(DataError, match="holds no SQL file; one per canonical table is needed"):
        cx.open_dataset(folder({"crm.csv": CRM}, {}))


def test_sources_of_one_table_must_be_written_alike(folder):
    sources = {"a": {"file": "a.csv", "decimal": ","}, "b": {"file": "b.csv"}}
    sql = {"fixed_costs": "SELECT * FROM a UNION ALL SELECT * FROM b"}
    place = folder({"a.csv": "month,amount\n", "b.csv": "month,amount\n"}, sql, sources=sources)
    with pytest.raises(DataError, match=r"fixed_costs.sql reads sources with different decimal.*: a, b"):
        cx.open_dataset(place)


def test_decimal_commas_are_read_as_the_source_says(folder):
    sources = {"costs": {"file": "costs.csv", "separator": ";", "decimal": ",", "thousands": "."}}
    rows = "month;amount\n2026-03;1.234,50\n2026-04;7\n"
    for amount in ("amount", "de_number(amount) AS amount"):
        sql = {"fixed_costs": f"SELECT month, {amount} FROM costs"}
        dataset = cx.open_dataset(folder({"costs.csv": rows}, sql, sources=sources, as_of="2026-04"))
        assert dataset.table("fixed_costs")["amount"].tolist() == [1234.5, 7.0]


def test_own_touchpoints_replace_the_default(folder):
    sql = {"touchpoints": "SELECT * FROM places", "interactions": EVENTS}
    exports = {"places.csv": "touchpoint,phase\nkiosk,retention\n", "events.csv": CONTACTS}
    dataset = cx.open_dataset(folder(exports, sql))
    assert dataset.table("touchpoints")["touchpoint"].tolist() == ["kiosk"]


def test_opening_leaves_the_exports_as_they_were(company):
    place = company()
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (place / "exports").iterdir()}
    cx.open_dataset(place)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before
    assert sorted(os.listdir(place)) == [
        ".cx",
        "customers.sql",
        "dataset.yaml",
        "exports",
        "fixed_costs.sql",
        "interactions.sql",
    ]
