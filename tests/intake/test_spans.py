import pandas as pd
import pytest

from cxlib.contract.engine import Engine
from cxlib.contract.schema import TABLES
from cxlib.intake.spans import months_of_data, span


def months(**rows):
    return pd.DataFrame(
        {"month_no": [int(name.removeprefix("m")) for name in rows], "rows": list(rows.values())}
    )


def test_months_in_a_row_are_all_data():
    found = months_of_data(months(m100=50, m101=60, m102=55), latest=200)
    assert found == {"first": 100, "last": 102, "complete": True, "strays": 0, "future": 0, "empty": 0}


def test_stray_months_make_no_span_and_are_counted():
    found = months_of_data(months(m10=1, m100=500, m101=500, m140=2), latest=200)
    assert (found["first"], found["last"], found["strays"], found["future"]) == (100, 101, 1, 2)


def test_months_without_rows_between_are_counted():
    assert months_of_data(months(m100=50, m103=50), latest=200)["empty"] == 2


def test_months_to_come_are_no_data_unless_all_are():
    assert months_of_data(months(m100=50, m101=50), latest=100)["last"] == 100
    assert months_of_data(months(m100=50, m101=50), latest=99)["last"] == 101


@pytest.mark.parametrize(("day", "complete"), [(30, True), (27, False)])
def test_a_month_is_complete_when_something_happened_in_its_last_days(tmp_path, day, complete):
    engine = Engine(tmp_path / "spill")
    rows = f"SELECT 24316 AS month_no, TIMESTAMP '2026-04-{day} 12:00:00' AS opened_at"
    assert span(engine, TABLES["tickets"], rows, "Europe/Berlin")["complete"] is complete
    assert span(engine, TABLES["tickets"], f"{rows} WHERE FALSE", "Europe/Berlin") is None
    assert span(engine, TABLES["snapshot"], rows, "Europe/Berlin") is None
    engine.close()
