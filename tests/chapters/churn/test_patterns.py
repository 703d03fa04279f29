"""Levels of the controls."""

import pytest

from cxlib.chapters.churn.panel import count_panel
from cxlib.chapters.churn.patterns import control_levels
from tests.chapters.churn.customer_months import design, draw_tables, query_of


@pytest.fixture(scope="module")
def tables():
    return draw_tables(customers=900, seed=11)


@pytest.fixture(scope="module")
def panel(tables):
    return count_panel(query_of(tables), design())


def test_values_with_few_ends_are_put_together(tables):
    customers = tables["customers"].copy()
    customers.loc[customers.index[:12], "region"] = "island"
    customers.loc[customers.index[12:20], "region"] = "lake"
    levels = control_levels(query_of(tables | {"customers": customers}), design())
    assert set(levels["region"].values()) <= {"north", "south", "unknown", "other"}
    assert levels["region"]["island"] == levels["region"]["lake"]
