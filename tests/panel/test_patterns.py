"""Levels of the controls."""

import pytest

from cxlib.panel.panel import count_panel
from cxlib.panel.patterns import control_levels
from tests.panel.customer_months import design, draw_tables, opened


@pytest.fixture(scope="module")
def tables():
    return draw_tables(customers=900, seed=11)


@pytest.fixture(scope="module")
def panel(tables):
    return count_panel(opened(tables).arrow, design())


def test_values_with_few_ends_are_put_together(tables):
    customers = tables["customers"].copy()
    customers.loc[customers.index[:12], "region"] = "island"
    customers.loc[customers.index[12:20], "region"] = "lake"
    levels = control_levels(opened(tables | {"customers": customers}).arrow, design())
    assert set(levels["region"].values()) <= {"north", "south", "unknown", "other"}
    assert levels["region"]["island"] == levels["region"]["lake"]
