"""The month's cut-off: nothing that happened later may be seen, and nothing earlier may be lost."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.contract.months import month_name, month_number
from cxlib.contract.schema import TABLES

FIRST, LAST = month_number("2026-01"), month_number("2026-12")
ZONE = ZoneInfo("Europe/Berlin")
SQL = {
    "customers": "SELECT id AS customer_id, seen AS first_contact_date, begun AS start_date, "
    "ended AS end_date, CASE WHEN ended <> '' THEN 'voluntary' END AS end_type FROM crm",
    "surveys": "SELECT id AS response_id, invited AS invited_at, answered AS answered_at, score, "
    "'nps' AS instrument FROM answers",
    "tickets": "SELECT id AS ticket_id, opened AS opened_at, solved AS resolved_at, "
    "CASE WHEN solved <> '' THEN 'good' END AS satisfaction FROM desk",
    "wishes": "SELECT id AS wish_id, stated AS stated_at, 'app' AS topic, shipped AS shipped_at, "
    "CASE WHEN shipped <> '' THEN 'shipped' ELSE 'open' END AS status FROM asked",
    "billing": "SELECT id AS customer_id, month, '1' AS revenue FROM bills",
}


def _text(moments) -> list[str]:
    return ["" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments]


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> tuple[Path, dict[str, pd.DataFrame]]:
    """A dataset whose rows begin and end at random moments of one year, and the rows themselves."""
    random = np.random.default_rng(7)
    rows = 300

    def moments(share: float = 1.0, after=None):
        start = datetime(2026, 1, 1)
        minutes = random.integers(0, 365 * 24 * 60 - 1, rows)
        found = [start + timedelta(minutes=int(m)) for m in minutes]
        if after is not None:
            found = [max(a, b) if a is not None else None for a, b in zip(after, found, strict=True)]
        known = random.random(rows) < share
        return [moment if k else None for moment, k in zip(found, known, strict=True)]

    seen, invited, opened, stated = (moments() for _ in range(4))
    begun = moments(0.8, seen)
    ended = moments(0.4, begun)
    answered, solved, shipped = moments(0.5, invited), moments(0.7, opened), moments(0.3, stated)
    ids = [f"C{number}" for number in range(rows)]
    frames = {
        "crm": {"id": ids, "seen": _text(seen), "begun": _text(begun), "ended": _text(ended)},
        "answers": {"id": ids, "invited": _text(invited), "answered": _text(answered)},
        "desk": {"id": ids, "opened": _text(opened), "solved": _text(solved)},
        "asked": {"id": ids, "stated": _text(stated), "shipped": _text(shipped)},
        "bills": {"id": ids, "month": [f"2026-{1 + number % 12:02d}" for number in range(rows)]},
    }
    frames["answers"]["score"] = ["" if moment is None else "9" for moment in answered]
    tables = {name: pd.DataFrame(columns) for name, columns in frames.items()}
    folder = tmp_path_factory.mktemp("year")
    (folder / "exports").mkdir()
    for name, table in tables.items():
        table.to_csv(folder / "exports" / f"{name}.csv", index=False)
    for name, select in SQL.items():
        (folder / f"{name}.sql").write_text(select)
    sources = ", ".join(f"{name}: {{file: {name}.csv}}" for name in tables)
    (folder / "dataset.yaml").write_text(f"name: year\nsources: {{{sources}}}\n")
    return folder, tables


def _months(texts: pd.Series) -> pd.Series:
    moments = pd.to_datetime(texts.where(texts != ""))
    return 12 * moments.dt.year + moments.dt.month


quick = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(month_no=st.integers(FIRST, LAST))
def test_rows_are_those_begun_by_the_month_and_later_times_are_unknown(year, month_no):
    folder, raw = year
    dataset = cx.open_dataset(folder, month=month_name(month_no))
    ends = (
        ("surveys", "answers", "invited", "answered", "answered_at", ["score"]),
        ("tickets", "desk", "opened", "solved", "resolved_at", ["satisfaction"]),
        ("wishes", "asked", "stated", "shipped", "shipped_at", []),
        ("customers", "crm", "seen", "begun", "start_date", ["start_no"]),
        ("customers", "crm", "seen", "ended", "end_date", ["end_no", "end_type"]),
    )
    for table, source, begins, later, column, follows in ends:
        found = dataset.table(table).set_index(TABLES[table].key[0])
        begun = _months(raw[source][begins]) <= month_no
        assert set(found.index) == set(raw[source].loc[begun, "id"])
        known = raw[source].loc[begun & (_months(raw[source][later]) <= month_no), "id"]
        for hidden in (column, *follows):
            assert set(found.index[found[hidden].notna()]) == set(known)
    assert dataset.table("billing")["month_no"].max() == month_no
    assert dataset.table("billing")["month_no"].min() == FIRST


@quick
@given(month_no=st.integers(FIRST, LAST))
def test_month_numbers_are_those_of_the_datasets_zone(year, month_no):
    dataset = cx.open_dataset(year[0], month=month_name(month_no))
    for table, time in (("surveys", "invited_at"), ("tickets", "opened_at")):
        found = dataset.table(table)
        local = found[time].dt.tz_localize("UTC").dt.tz_convert(ZONE)
        assert (12 * local.dt.year + local.dt.month == found["month_no"]).all()


def test_a_moment_belongs_to_the_month_of_the_zone_it_happened_in(folder):
    rows = "id,day\n1,2026-10-31 23:30\n2,2026-11-01 00:30\n3,2026-10-31T23:30:00Z\n"
    sql = (
        "SELECT id AS interaction_id, id AS customer_id, day AS occurred_at, 'app' AS touchpoint FROM events"
    )
    place = folder({"events.csv": rows}, {"interactions": sql})
    contacts = cx.open_dataset(place, month="2026-11").table("interactions")
    assert contacts["occurred_at"].astype(str).tolist() == [
        "2026-10-31 22:30:00",
        "2026-10-31 23:30:00",
        "2026-10-31 23:30:00",
    ]
    assert contacts["month_no"].tolist() == [24322, 24323, 24323]
    assert cx.open_dataset(place, month="2026-10").table("interactions")["interaction_id"].tolist() == ["1"]


def test_a_source_may_have_a_zone_of_its_own(folder):
    sql = (
        "SELECT id AS interaction_id, id AS customer_id, day AS occurred_at, 'app' AS touchpoint FROM events"
    )
    sources = {"events": {"file": "events.csv", "time_zone": "UTC"}}
    place = folder({"events.csv": "id,day\n1,2026-10-31 23:30\n"}, {"interactions": sql}, sources=sources)
    assert cx.open_dataset(place).table("interactions")["month_no"].tolist() == [24323]


def test_rows_recorded_long_after_the_month_are_left_out(folder):
    sql = "SELECT id AS interaction_id, id AS customer_id, day AS occurred_at, 'app' AS touchpoint, "
    sql += "written AS recorded_at FROM events"
    rows = "id,day,written\n1,2026-10-30,2026-10-31\n2,2026-10-30,2026-11-09\n3,2026-10-30,2026-11-12\n"
    rows += "4,2026-10-30,\n5,2026-11-30,2026-11-30\n"
    place = folder({"events.csv": rows}, {"interactions": sql})
    # late_days is 10 by default: what was written by 10 November belongs to the October edition.
    assert set(cx.open_dataset(place, month="2026-10").table("interactions")["interaction_id"]) == {
        "1",
        "2",
        "4",
    }
    assert len(cx.open_dataset(place, month="2026-11").table("interactions")) == 5


def test_an_experience_read_from_a_canonical_table_keeps_its_moment(folder):
    rows = "id,day\n1,2026-10-31 23:30\n"
    sql = {
        "interactions": "SELECT id AS interaction_id, id AS customer_id, day AS occurred_at, "
        "'app' AS touchpoint, 'unresolved' AS outcome FROM events",
        "negative_experiences": "SELECT customer_id, occurred_at, touchpoint, 'failure' AS source "
        "FROM interactions WHERE outcome = 'unresolved'",
    }
    dataset = cx.open_dataset(folder({"events.csv": rows}, sql))
    found = dataset.table("negative_experiences")
    assert found["occurred_at"].tolist() == dataset.table("interactions")["occurred_at"].tolist()
    assert found["month_no"].tolist() == [24322]
