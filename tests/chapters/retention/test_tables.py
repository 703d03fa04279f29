"""Churn by month and curves equal a count of every customer-month."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from cxlib.chapters.retention import tables
from cxlib.chapters.retention.cohort_shares import there_by_age
from cxlib.stats.intervals import wilson

FIRST, LAST = 100, 130


def stays(rows):
    """Return kinds of lives from (start, end or None, involuntary, customers)."""
    frame = pd.DataFrame(rows, columns=["start_no", "end_no", "involuntary", "customers"])
    return frame.astype({"end_no": float, "customers": float, "involuntary": bool})


def customer_months(lives):
    """Return one row per customer-month in the window, that of the start included: tenure, month, left."""
    rows = []
    for life in lives.itertuples():
        end = LAST if np.isnan(life.end_no) else min(life.end_no, LAST)
        for month in range(max(FIRST, life.start_no), int(end) + 1):
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
    every = customer_months(kinds)
    rows, starts = every[every["tenure"] > 0], every[every["tenure"] == 0]
    table = tables.churn_table(kinds, FIRST, LAST).set_index("month_no")
    at_once = starts[starts["left"]].groupby("month")["customers"].sum().reindex(table.index, fill_value=0)
    assert table["at_once"].tolist() == at_once.tolist()
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
    assert curve.empty or curve["time"].iloc[0] == 0
    if counted.get(len(curve), 0) >= 30:
        pytest.fail("the curve ends although 30 customers or more are at risk")


def test_a_curve_ends_where_fewer_are_at_risk_than_asked():
    kinds = stays([(100, None, False, 40), (120, None, False, 20)])
    assert tables.retention_curve(kinds, FIRST, LAST, least=30)["time"].tolist() == list(range(31))
    assert tables.retention_curve(kinds, FIRST, LAST, least=41)["time"].tolist() == list(range(11))
    assert tables.retention_curve(kinds, FIRST, LAST, least=61).empty
    new = tables.retention_curve(stays([(130, None, False, 99)]), FIRST, LAST)
    assert new["time"].tolist() == [0], "who starts in the last month is seen in the start month only"
    old = stays([(80, None, False, 99)])
    assert tables.retention_curve(old, FIRST, LAST).empty, "nobody was seen from the start on"


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


def test_who_leaves_in_the_start_month_is_in_curve_and_cohorts_alike():
    """20 of 100 leave in the month they start, 8 of the others in the fourth month after it."""
    kinds = stays([(105, 105, False, 20), (105, 109, False, 8), (105, None, False, 72)])
    curve = tables.retention_curve(kinds, FIRST, LAST).set_index("time")
    assert curve["at_risk"].loc[[0, 1, 4, 5]].tolist() == [100, 80, 80, 72]
    assert curve["survival"].loc[[0, 3, 4, 12]].tolist() == pytest.approx([0.8, 0.8, 0.72, 0.72])
    cohort = there_by_age(kinds, FIRST, LAST).set_index("months")["there"] / 100
    ages = range(1, 13)
    assert cohort.loc[ages].tolist() == pytest.approx(curve["survival"].loc[ages].tolist())
    greenwood = np.sqrt(20 / (100 * 80) + 8 / (80 * 72))
    factor = np.exp(1.959964 * greenwood / np.log(0.72))
    limits = curve.loc[12, ["low", "high"]].tolist()
    assert limits == pytest.approx([0.72 ** (1 / factor), 0.72**factor], abs=1e-7)


@pytest.mark.parametrize("first", [100, 106, 110])
def test_start_months_before_the_window_are_not_at_risk(first):
    """One start a month; of each 40 who start 10 leave at once and 3 in each later month."""
    rows = []
    for start in range(90, 125):
        for stay, n in [(0, 10), *((k, 3) for k in range(1, 7)), (None, 12)]:
            end = None if stay is None or start + stay > LAST else start + stay
            if end is None or end >= first:
                rows.append((start, end, False, n))
    kinds = stays(rows)
    curve = tables.retention_curve(kinds, first, LAST).set_index("time")
    assert curve.loc[0, "at_risk"] == 40 * (125 - first), "only starts inside the window"
    assert curve.loc[0, "survival"] == pytest.approx(0.75)
    theirs = SurvfuncRight(
        (kinds["end_no"].fillna(LAST) - kinds["start_no"] + 1).repeat(kinds["customers"].astype(int)),
        kinds["end_no"].notna().repeat(kinds["customers"].astype(int)),
        entry=np.maximum(0, first - kinds["start_no"]).repeat(kinds["customers"].astype(int)),
    )
    # Their times are ours and one more, as nobody can leave at their time 0.
    found = curve["survival"].loc[np.asarray(theirs.surv_times, dtype=int) - 1]
    assert found.to_numpy() == pytest.approx(theirs.surv_prob, abs=1e-12)


def test_a_curve_that_ends_because_all_have_left_stays_at_nought():
    gone = tables.retention_curve(stays([(100, 100, False, 50)]), FIRST, LAST)
    assert gone["time"].tolist() == [0]
    assert tables.still_here(gone, 12) == pytest.approx((0, 0, wilson(0, 50).high))
    later = tables.retention_curve(stays([(100, 100, False, 50), (100, 103, False, 40)]), FIRST, LAST)
    shares = [tables.still_here(later, months).value for months in (2, 3, 12)]
    assert shares == pytest.approx([4 / 9, 0, 0])
    thin = tables.retention_curve(stays([(100, 102, False, 50), (100, None, False, 20)]), FIRST, LAST)
    assert tables.still_here(thin, 12) is None, "too few are left to say"
