"""Levels of the controls."""

import pytest

from cxlib.errors import ModelError
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


@pytest.mark.parametrize(("share", "refused"), [(0.6, True), (0.15, True), (0.02, False)])
def test_an_attribute_erased_when_customers_leave_is_refused(tables, share, refused):
    people = tables["customers"].copy()
    left = (people["end_type"] == "voluntary") & (people["customer_no"] % 100 < 100 * share)
    people["segment"] = people["segment"].mask(left)
    data = opened(tables | {"customers": people})
    if not refused:
        assert "segment" in control_levels(data.arrow, design())
        return
    with pytest.raises(ModelError, match="“segment” is missing mostly for customers who left") as problem:
        control_levels(data.arrow, design())
    assert "fehlt vor allem bei Kunden" in problem.value.reason.text("de")


def test_an_attribute_missing_at_random_is_a_level(tables):
    assert "unknown" in control_levels(opened(tables).arrow, design())["region"]
