from pathlib import Path

import pandas as pd
import pytest
from sqlglot import exp

from cxlib.contract.engine import check_select
from cxlib.contract.schema import RECORDED_AT, TABLES, default_touchpoints
from cxlib.contract.table import SQL_TYPES


def test_the_thirteen_tables_of_the_contract_are_there():
    assert set(TABLES) == {
        "customers", "interactions", "surveys", "tickets", "wishes", "mystery_visits", "purchases", "billing",
        "snapshot", "negative_experiences", "touchpoints", "actions", "fixed_costs",
    }  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_each_contract_is_consistent(table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert RECORDED_AT.name not in names
    assert all(column.kind in SQL_TYPES and column.meaning.endswith(".") for column in table.columns)
    assert all(not column.values or column.kind == "text" for column in table.columns)
    made = {"month_no", "customer_no", *table.month_numbers}
    assert {*table.key, *table.clock, *table.numbers} <= set(names)
    assert {rule.column for rule in table.rules} <= set(names)
    for later in table.later:
        assert {later.time, *later.follows} <= {*names, *made}
        assert table.column(later.time).kind in ("day", "time")


@pytest.mark.parametrize(
    "table", [table for table in TABLES.values() if table.later], ids=lambda table: table.name
)
def test_month_numbers_are_hidden_with_their_times(table):
    follows = {column for later in table.later for column in later.follows}
    hidden = {later.time for later in table.later}
    assert {number for number, time in table.month_numbers.items() if time in hidden} <= follows


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_rules_and_defaults_read_columns_of_their_table(table):
    conditions = [rule.broken for rule in table.rules]
    conditions += [column.default for column in table.columns if column.default]
    for condition in conditions:
        parsed = check_select(f"SELECT {condition}", Path("rule.sql"))
        assert {column.name for column in parsed.find_all(exp.Column)} <= {c.name for c in table.columns}


def test_thirty_touchpoints_are_there_by_default_with_names_in_both_languages():
    touchpoints = pd.read_csv(default_touchpoints())
    assert len(touchpoints) == 30
    assert touchpoints["touchpoint"].is_unique
    assert touchpoints[["phase", "medium", "moment", "label_de", "label_en"]].notna().all(axis=None)
    phases = TABLES["touchpoints"].column("phase").values
    assert tuple(touchpoints["phase"].unique()) == phases
