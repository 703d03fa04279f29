"""Churn by month and curves equal a count of every customer-month."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.chapters.retention import tables
from cxlib.stats.intervals import wilson

FIRST, LAST = 100, 130


def stays(rows):
    """Return kinds of lives from (start, end or None, involuntary, customers)."""
    frame = pd.DataFrame(rows, columns=["start_no", "end_no", "involuntary", "customers"])
    return frame.astype({"end_no": float, "customers": float, "involuntary": bool})


def customer_months(lives):
    """Return one row per customer-month at risk in the window: tenure, month, left."""
    rows = []
    for life in lives.itertuples():
        end = LAST if np.isnan(life.end_no) else min(life.end_no, LAST)
        for month in range(max(FIRST, life.start_no + 1), int(end) + 1):
            rows.append(
                (month, month - life.start_no, month == life.end_no, life.involuntary, life.customers)
            )
    table = pd.DataFrame(rows, columns=["month", "tenure", "left", "involuntary", "customers"])
    return table.astype({"left": bool, "involuntary": bool})


lives = st.lists(
    st.tuples(st.integers(80, 130), st.integers(0, 60), st.booleans(), st.booleans(), st.integers(1, 90)),
    min_size=1,
    max_size=25,
).map(
    lambda kinds: stays(
        [
            (start, start + stay if leaves and start + stay >= FIRST else None, forced, n)
            for start, stay, leaves, forced, n in kinds
        ]
    )
)


@settings(deadline=None, max_examples=30)
@given(lives)
def test_churn_counts_equal_customer_months(kinds):
    rows = customer_months(kinds)
    table = tables.churn_table(kinds, FIRST, LAST).set_index("month_no")
    expected = rows.groupby("month")["customers"].sum().reindex(table.index, fill_value=0)
    assert table["at_risk"].tolist() == expected.tolist()
    left = rows[rows["left"]].groupby("month")["customers"].sum().reindex(table.index, fill_value=0)
    assert table["left"].tolist() == left.tolist()
    forced = rows[rows["left"] & rows["involuntary"]].groupby("month")["customers"].sum()
    assert table["involuntary"].tolist() == forced.reindex(table.index, fill_value=0).tolist()


@settings(deadline=None, max_examples=30)
@given(lives)
def test_the_curve_equals_customer_months_with_late_entry(kinds):
    rows = customer_months(kinds)
    curve = tables.retention_curve(kinds, FIRST, LAST)
    counted = rows.groupby("tenure")["customers"].sum()
    left = rows[rows["left"]].groupby("tenure")["customers"].sum()
    share = 1.0
    for row in curve.itertuples():
        assert row.at_risk == counted[row.time]
        share *= 1 - left.get(row.time, 0) / counted[row.time]
        assert row.survival == pytest.approx(share, abs=1e-12)
    if counted.get(len(curve) + 1, 0) >= 30:
        pytest.fail("the curve ends although 30 customers or more are at risk")


def test_a_curve_ends_where_fewer_are_at_risk_than_asked():
    kinds = stays([(100, None, False, 40), (120, None, False, 20)])
    assert len(tables.retention_curve(kinds, FIRST, LAST, least=30)) == 30
    assert len(tables.retention_curve(kinds, FIRST, LAST, least=41)) == 10
    assert tables.retention_curve(kinds, FIRST, LAST, least=61).empty
    assert tables.retention_curve(stays([(130, None, False, 99)]), FIRST, LAST).empty, "nobody at risk yet"


def test_a_year_is_the_product_of_its_twelve_last_months():
    months = pd.DataFrame({"at_risk": [500.0] + [100.0] * 12, "left": [400.0, *range(12)]})
    share, n = tables.left_in_a_year(months)
    assert share.value == pytest.approx(1 - np.prod([1 - k / 100 for k in range(12)]), abs=1e-12)
    assert share.low < share.value < share.high and n == 1200
    assert tables.left_in_a_year(months.head(11)) is None


def test_a_year_in_which_nobody_left_has_a_limit():
    months = pd.DataFrame({"at_risk": [40.0] * 12, "left": [0.0] * 12})
    share, _ = tables.left_in_a_year(months)
    assert share == pytest.approx((0, 0, wilson(0, 40).high))


def test_a_snapshot_is_followed_from_the_first_month_on():
    rows = pd.DataFrame({"tenure": [0, 5, 5, 13], "churned": [True, True, False, False], "customers": 30})
    curve = tables.tenure_curve(rows).set_index("time")
    assert curve["at_risk"].loc[[1, 5, 6]].tolist() == [90, 90, 30], "who has no month is never at risk"
    assert curve["survival"].loc[13] == pytest.approx(2 / 3)
