import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cxlib as cx
from cxlib.dataset.arrivals import arrivals
from cxlib.errors import DataError

CUSTOMERS = "SELECT id AS customer_id, start AS start_date, ende AS end_date, kosten AS acquisition_cost, "
CUSTOMERS += "art AS end_type, _file, _line FROM crm"
ALL = {"max_rejected_share": 1.0}


def rejected(folder, table="customers"):
    rows = pq.read_table(folder / ".cx" / "rejected" / f"{table}.parquet").to_pylist()
    return [
        tuple(row[column] for column in ("file", "line", "row", "column", "value", "reason")) for row in rows
    ]


def test_each_broken_row_is_set_aside_with_its_place_value_and_reason(folder):
    rows = [
        "id,start,ende,kosten,art",
        "A,2026-01-01,,1.5,",
        "B,2026-13-01,,,",
        ",2026-01-01,,,",
        "C,2026-02-01,2026-01-01,,voluntary",
        "D,2026-02-01,2026-03-01,,maybe",
        "E,2026-02-01,,-1,",
        "F,,2026-03-01,,unknown",
        "G,2026-01-01,,,voluntary",
        "A,2026-05-01,,2,",
        "H,9999-12-31,,,",
    ]
    place = folder({"crm.csv": "\n".join(rows)}, {"customers": CUSTOMERS}, as_of="2026-06", definitions=ALL)
    dataset = cx.open_dataset(place)
    assert dataset.table("customers")["customer_id"].tolist() == ["A"]
    assert rejected(place) == [
        ("crm.csv", 3, "B", "start_date", "2026-13-01", "is not a date"),
        ("crm.csv", 4, "?", "customer_id", "", "is missing"),
        ("crm.csv", 5, "C", "end_date", "2026-01-01", "ends before it starts"),
        ("crm.csv", 6, "D", "end_type", "maybe", "is not an allowed value"),
        ("crm.csv", 7, "E", "acquisition_cost", "-1", "is below what is possible"),
        ("crm.csv", 8, "F", "end_date", "2026-03-01", "ends without a start"),
        ("crm.csv", 9, "G", "end_type", "voluntary", "has an end type and no end"),
        ("crm.csv", 10, "A", "customer_id", "A", "repeats an earlier row"),
        ("crm.csv", 11, "H", "start_date", "9999-12-31", "is not a date"),
    ]
    found = arrivals(dataset)
    table = found[found["kind"] == "table"]
    assert table["rows_rejected"].sum() == 9
    assert set(table["rows_read"]) == {10}
    assert set(table["rows_kept"]) == {1}


def test_blanks_are_missing_and_not_broken(folder):
    rows = "id,start,ende,kosten,art\n A , 2026-01-01 ,  , ,\n"
    place = folder({"crm.csv": rows}, {"customers": CUSTOMERS}, as_of="2026-06")
    customer = cx.open_dataset(place).table("customers").iloc[0]
    assert customer["customer_id"] == "A"
    assert customer[["end_date", "acquisition_cost", "end_type"]].isna().all()
    assert rejected(place) == []


def test_too_many_broken_rows_end_the_import_with_the_commonest_reason(folder):
    rows = "id,start,ende,kosten,art\nA,2026-01-01,,,\nB,01/02/26,,,\nC,01/03/26,,,\nD,2026-01-01,,-5,\n"
    place = folder({"crm.csv": rows}, {"customers": CUSTOMERS}, as_of="2026-06")
    with pytest.raises(
        DataError,
        match=r"customers.sql: 3 of 4 rows of customers break the contract \(75.0%; max_rejected_share "
        r"allows 5.0%\). Most often, 2 times, start_date is not a date; for example '01/02/26' in crm.csv, "
        r"line 3",
    ):
        cx.open_dataset(place)
    assert not list((place / ".cx").glob("*import-*"))


def test_without_a_line_the_message_says_how_to_get_one(folder):
    sql = "SELECT id AS customer_id, start AS start_date FROM crm"
    place = folder({"crm.csv": "id,start\nA,soon\n"}, {"customers": sql}, as_of="2026-06")
    with pytest.raises(DataError, match=r"'soon' in row A \(pass _file, _line on in the SELECT"):
        cx.open_dataset(place)


def test_too_many_records_that_do_not_fit_the_header(folder):
    sources = {"crm": {"file": "crm.csv", "separator": ";"}}
    sql = {"customers": "SELECT a AS customer_id FROM crm"}
    place = folder({"crm.csv": "a;b\n1;2\n1;2;3\n"}, sql, sources=sources)
    with pytest.raises(
        DataError,
        match=r"1 of 2 records do not fit .*crm.csv, line 3: 3 fields, expected 2; it looks like '9;9;9'",
    ):
        cx.open_dataset(place)


@pytest.mark.parametrize(
    ("file", "content", "line", "text", "reason"),
    [
        ("crm.csv", "a,b\n1,2\n2,3,4\n", 3, "2,3,4", "has another number of fields than the header"),
        ("crm.jsonl", '{"a": 1, "b": 2}\n{"a": 2\n', 2, '{"a": 2', "is no JSON object"),
    ],
)
def test_records_that_do_not_fit_are_kept_for_the_reader(folder, file, content, line, text, reason):
    place = folder(
        {file: content},
        {"customers": "SELECT a AS customer_id FROM crm"},
        as_of="2026-06",
        definitions=ALL,
    )
    dataset = cx.open_dataset(place)
    assert rejected(place, "source.crm") == [(file, line, None, None, text, reason)]
    row = arrivals(dataset).query("kind == 'source'").iloc[0]
    assert (row["rows_read"], row["rows_kept"], row["rows_rejected"], row["reason"]) == (2, 1, 1, reason)


@pytest.mark.parametrize(
    ("instrument", "score", "low", "high", "kept"),
    [
        ("nps", "10", "", "", True),
        ("nps", "11", "", "", False),
        ("nps", "-1", "", "", False),
        ("csat", "0", "", "", False),
        ("csat", "5", "", "", True),
        ("csat", "9", "1", "10", True),
        ("ces", "7", "", "", True),
        ("ces", "8", "", "", False),
    ],
)
def test_a_score_off_its_scale_is_set_aside(folder, instrument, score, low, high, kept):
    rows = f"id,day,kind,score,low,high\n1,2026-05-31 12:00,{instrument},{score},{low},{high}\n"
    sql = "SELECT id AS response_id, day AS answered_at, kind AS instrument, score, low AS scale_low, "
    sql += "high AS scale_high FROM answers"
    place = folder({"answers.csv": rows}, {"surveys": sql}, as_of="2026-05", definitions=ALL)
    assert len(cx.open_dataset(place).table("surveys")) == kept
    assert [entry[-1] for entry in rejected(place, "surveys")] == ([] if kept else ["is off its scale"])


@pytest.fixture
def cast_of(folder):
    """Return a function that imports values as one column of the kind asked for."""
    columns = {"yes_no": "churned", "decimal": "value", "whole": "negative_count", "text": "customer_id"}

    def casting(kind, values):
        place = folder(
            {},
            {"snapshot": _snapshot(columns[kind])},
            as_of="2026-05",
            definitions=ALL,
            sources={"flat": {"file": "flat.parquet"}},
        )
        pq.write_table(pa.table({"x": values}), place / "exports" / "flat.parquet")
        found = cx.open_dataset(place).table("snapshot")
        return found[columns[kind]].tolist(), [entry[-1] for entry in rejected(place, "snapshot")]

    return casting


def _snapshot(column: str) -> str:
    churned = "" if column == "churned" else ", TRUE AS churned"
    return f"SELECT x AS {column}{churned} FROM flat"


@pytest.mark.parametrize(
    ("kind", "values", "kept", "reasons"),
    [
        ("yes_no", ["Yes", "no", "ja", "NEIN", "1", "0"], [False, False, False, True, True, True], []),
        ("yes_no", ["perhaps", "yes"], [True], ["is neither yes nor no"]),
        ("whole", ["3", "3.0", "3.5"], [3, 3], ["is not a whole number"]),
        ("decimal", ["1.5", "NaN", "1,5", "inf"], [1.5], ["is not a number"] * 3),
        ("decimal", [1.5, float("nan"), float("inf")], [1.5, None], ["is not a number"]),
        ("text", [7, 8], ["7", "8"], []),
    ],
)
def test_casts_what_can_be_cast_and_sets_the_rest_aside(cast_of, kind, values, kept, reasons):
    found, why = cast_of(kind, values)
    found = sorted(None if pd.isna(value) else value for value in found) if None not in kept else found
    assert sorted(map(str, found)).count("nan") + len([v for v in found if not pd.isna(v)]) == len(kept)
    assert [value for value in found if not pd.isna(value)] == [value for value in kept if value is not None]
    assert why == reasons


def test_a_table_of_all_nulls_is_no_error(folder):
    sql = "SELECT id AS interaction_id, id AS customer_id, day AS occurred_at, 'app' AS touchpoint, "
    sql += "NULL AS outcome, NULL AS recorded_at, NULL AS wait_seconds, 7 AS channel FROM events"
    place = folder({"events.csv": "id,day\n1,2026-05-31\n"}, {"interactions": sql})
    contact = cx.open_dataset(place).table("interactions").iloc[0]
    assert pd.isna(contact["outcome"])
    assert contact["channel"] == "7"


@pytest.mark.parametrize(
    ("kind", "noon"),
    [
        (pa.timestamp("s"), "2026-03-29 10:00:00"),
        (pa.timestamp("ms"), "2026-03-29 10:00:00"),
        (pa.timestamp("us"), "2026-03-29 10:00:00"),
        (pa.timestamp("ns"), "2026-03-29 10:00:00"),
        (pa.timestamp("us", "UTC"), "2026-03-29 12:00:00"),
        (pa.date32(), "2026-03-28 23:00:00"),
    ],
)
def test_times_of_parquet_are_in_the_dataset_s_zone_unless_they_say_another(folder, kind, noon):
    """On 29 March 2026 the clock changes; 2250 is no time of a contact."""
    sql = "SELECT id AS interaction_id, id AS customer_id, moment AS occurred_at, 'app' AS touchpoint "
    sql += "FROM events"
    place = folder({}, {"interactions": sql}, sources={"events": {"file": "e.parquet"}}, definitions=ALL)
    moments = pd.to_datetime(["2026-03-29 12:00", "2250-01-01 00:00", None]).to_numpy()
    table = pa.table(
        {"id": ["1", "2", "3"], "moment": pa.array(moments, pa.timestamp("us")).cast(kind, safe=False)}
    )
    pq.write_table(table, place / "exports" / "e.parquet")
    assert cx.open_dataset(place).table("interactions")["occurred_at"].astype(str).tolist() == [noon]
    assert [(row[2], row[5]) for row in rejected(place, "interactions")] == [
        ("2", "is not a time"),
        ("3", "is missing"),
    ]
