from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlib.contract.engine import Engine
from cxlib.contract.schema import TABLES
from cxlib.errors import DataError
from cxlib.intake.rejections import (
    REJECTED,
    Allowance,
    check_repeated,
    check_share,
    find_repeated,
    rejections,
)

SELECTED = SimpleNamespace(path=Path("tickets.sql"), table=TABLES["tickets"])


@pytest.fixture
def engine(tmp_path):
    with_spill = Engine(tmp_path / "spill")
    yield with_spill
    with_spill.close()


@pytest.fixture
def aside(tmp_path):
    """Return the file of three rows set aside, two of them for one reason."""
    place = {"file": "desk.csv", "row": "t", "column": "opened_at"}
    rows = [
        place | {"line": 2, "value": "soon", "reason": "is not a time"},
        place | {"line": 7, "value": "later", "reason": "is not a time"},
        place | {"line": 9, "value": None, "reason": "is missing"},
    ]
    pq.write_table(pa.Table.from_pylist(rows, REJECTED), tmp_path / "tickets.parquet")
    return tmp_path / "tickets.parquet"


@pytest.mark.parametrize(("lost", "exceeded"), [(0, False), (5, False), (6, True)])
def test_the_share_itself_is_still_allowed(lost, exceeded):
    assert Allowance(SELECTED, 0.05).is_exceeded(lost, 100) is exceeded


def test_no_rows_at_all_are_not_too_many():
    assert not Allowance(SELECTED, 0.0).is_exceeded(0, 0)


def test_rows_set_aside_are_counted_by_reason(engine, aside):
    assert rejections(engine, aside) == [
        {"column": "opened_at", "reason": "is not a time", "rows": 2},
        {"column": "opened_at", "reason": "is missing", "rows": 1},
    ]


def test_too_many_rows_are_told_with_the_commonest_reason_and_where_it_is(engine, aside):
    reasons = rejections(engine, aside)
    check_share(engine, Allowance(SELECTED, 0.3), aside, reasons, read=10)
    with pytest.raises(
        DataError, match=r"^tickets.sql: 3 of 10 rows of tickets break the contract \(30.0%; "
    ) as told:
        check_share(engine, Allowance(SELECTED, 0.2), aside, reasons, read=10)
    assert "Most often, 2 times, opened_at is not a time" in str(told.value)
    assert "in desk.csv, line" in str(told.value)


def test_too_many_repeated_keys_are_told_by_the_same_limit():
    check_repeated(Allowance(SELECTED, 0.05), 5, read=100)
    with pytest.raises(DataError, match=r"at least 6 of 100 rows .*allows 5.0%\): their ticket_id repeat"):
        check_repeated(Allowance(SELECTED, 0.05), 6, read=100)


def test_keys_that_come_again_are_counted_once_each(engine):
    rows = "SELECT * FROM (VALUES ('a'), ('b'), ('a'), ('a'), ('c'), ('c'), (NULL), (NULL)) AS t(ticket_id)"
    assert find_repeated(engine, TABLES["tickets"], rows, expected=8) == 2
    assert find_repeated(engine, TABLES["snapshot"], rows, expected=8) == 0
