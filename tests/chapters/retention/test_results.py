"""Chapter 11: churn rates and curves equal a count of every customer-month; cohorts; buying again."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.chapters.retention import cohort_shares
from cxlib.chapters.retention import results as retention
from cxlib.stats.intervals import wilson
from tests.chapters.tiny import customers, opened

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
    table = retention.churn_table(kinds, FIRST, LAST).set_index("month_no")
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
    curve = retention.retention_curve(kinds, FIRST, LAST)
    counted = rows.groupby("tenure")["customers"].sum()
    left = rows[rows["left"]].groupby("tenure")["customers"].sum()
    share = 1.0
    for row in curve.itertuples():
        assert row.at_risk == counted[row.time]
        share *= 1 - left.get(row.time, 0) / counted[row.time]
        assert row.survival == pytest.approx(share, abs=1e-12)
    if counted.get(len(curve) + 1, 0) >= 30:
        pytest.fail("the curve ends although 30 customers or more are at risk")


# ---------------------------------------------------------------- a contract company


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """100 customers from June 2025, of whom 10 leave in March 2026 and 20 (5 forced) in October 2026."""
    groups = [
        customers(70, began="2025-06-10", segment="consumer"),
        customers(
            10, start=70, began="2025-06-20", left="2026-03-05", end_type="voluntary", segment="consumer"
        ),
        customers(
            15, start=80, began="2025-06-30", left="2026-10-01", end_type="voluntary", segment="business"
        ),
        customers(
            5, start=95, began="2025-06-01", left="2026-10-31", end_type="involuntary", segment="business"
        ),
        customers(40, start=100, began="2026-10-15", segment="business"),
        customers(9, start=140, began="2025-08-15", segment="business"),
    ]
    rows = [row | {"end_type": row.get("end_type")} for group in groups for row in group]
    folder = tmp_path_factory.mktemp("company")
    return opened(folder, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-06"})


def test_churn_of_the_month_leaves_out_who_joined_in_it(company):
    result = retention.churn_rate(company)
    rate, forced = result.figure("churn.rate"), result.figure("churn.rate.involuntary")
    assert rate.n == 99
    assert (rate.value, rate.low, rate.high) == pytest.approx([100 * x for x in wilson(20, 99)], rel=1e-5)
    assert (forced.value, forced.n) == (pytest.approx(100 * 5 / 99, rel=1e-5), 99)
    assert "20 of 99. 5 of them had to leave" in result.text("en")


def test_a_year_of_churn_is_the_product_of_its_months(company):
    year = retention.churn_rate(company).figure("churn.rate.year")
    assert year.value == pytest.approx(100 * (1 - (1 - 10 / 109) * (1 - 20 / 99)), rel=1e-5)
    assert year.low < year.value < year.high


def test_where_nobody_left_figures_keep_an_interval(tmp_path):
    rows = [row | {"end_type": None} for row in customers(40, began="2025-06-15")]
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-06"})
    year = retention.churn_rate(data).figure("churn.rate.year")
    stay = retention.kaplan_meier(data).figure("retention.12m")
    most = 100 * wilson(0, 40).high
    assert (year.value, year.low, year.high) == pytest.approx((0, 0, most), rel=1e-5)
    assert (stay.value, stay.low, stay.high) == pytest.approx((100, 100 - most, 100), rel=1e-5)
    assert "\N{EN DASH}" not in retention.kaplan_meier(data).text("en")


def test_the_curve_falls_where_customers_left(company):
    result = retention.kaplan_meier(company)
    assert result.figure("retention.12m").value == pytest.approx(100 * (1 - 10 / 109), rel=1e-5)
    assert result.figure("retention.12m").n == 109
    curve = result.parts["curve"].set_index("time")["survival"]
    assert curve[8] == 1.0
    assert curve[9] == pytest.approx(1 - 10 / 109)
    assert curve[16] == pytest.approx((1 - 10 / 109) * (1 - 20 / 90))


def test_groups_are_compared(tmp_path):
    rows = [
        *customers(200, began="2025-06-10", segment="stays"),
        *customers(100, start=200, began="2025-06-10", segment="leaves"),
        *customers(100, start=300, began="2025-06-10", left="2025-12-10", segment="leaves"),
    ]
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-06"})
    result = retention.by(data, "segment")
    assert dict(zip(result.table["group"], result.table["value"], strict=True)) == {
        "leaves": 0.5,
        "stays": 1.0,
    }
    assert "different pace" in result.text("en")


def test_cohorts_stand_only_where_the_whole_cohort_has_reached_the_age(company):
    cells = retention.cohorts(company).parts["cells"].set_index(["cohort", "months"])["share"]
    assert cells["2025-06", 0] == 1.0
    assert cells["2025-06", 8] == 1.0
    assert cells["2025-06", 9] == 0.9
    assert cells["2025-06", 16] == pytest.approx(0.7)
    assert ("2025-06", 17) not in cells
    assert np.isnan(cells["2025-08", 3]), "a cohort of nine is hidden"


def test_quarters_wait_for_their_last_month():
    counts = pd.DataFrame(
        {"start_no": [100, 100, 100, 102, 102], "months": [0, 1, 2, 0, 1], "there": [50, 40, 30, 50, 45]}
    )
    # Months 100 to 102 are the quarter that begins in month 100 (100 % 3 == 1).
    found = cohort_shares.cohort_shares(counts, 100, 103, quarters=True, minimum=10).set_index("months")
    assert found["customers"].tolist() == [100, 100]
    assert found.loc[1, "share"] == pytest.approx(0.85)
    later = cohort_shares.cohort_shares(counts, 101, 103, quarters=True, minimum=10)
    assert later.empty, "a quarter that began before the data is incomplete"


def test_ends_that_nobody_explained_have_no_involuntary_rate(tmp_path):
    rows = [*customers(50), *customers(5, start=50, left="2026-10-02")]
    result = retention.churn_rate(
        opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2026-05"})
    )
    assert "do not say who ended" in result.absent["churn.rate.involuntary"].text("en")
    assert "fewer than twelve months" in result.absent["churn.rate.year"].text("en")


def test_churn_of_a_few_customers_is_not_shown(tmp_path):
    rows = [*customers(8), *customers(1, start=8, left="2026-10-02")]
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-05"})
    assert retention.churn_rate(data).text("en") == "Fewer customers than may be shown."


def test_a_young_company_has_no_curve_of_twelve_months(tmp_path):
    rows = customers(50, began="2026-06-01")
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2026-05"})
    result = retention.kaplan_meier(data)
    assert result.available and "retention.12m" in result.absent
    assert "after 4 months" in result.text("en")


# ---------------------------------------------------------------- snapshots and purchases


def test_a_snapshot_gives_a_share_and_an_exploratory_curve(tmp_path):
    rows = [{"churned": i < 30, "tenure_months": 13 if i % 2 else 5} for i in range(120)]
    rows += [{"churned": True, "tenure_months": 0}] * 10
    data = opened(tmp_path, snapshot=rows, as_of="2026-10")
    share = retention.churn_rate(data)
    assert share.figure("churn.snapshot.share").value == pytest.approx(100 * 40 / 130, rel=1e-5)
    assert set(share.absent) == {"churn.rate", "churn.rate.involuntary", "churn.rate.year"}
    curve = retention.kaplan_meier(data)
    assert curve.figure("retention.12m").value == pytest.approx(100 * (1 - 15 / 120), rel=1e-5)
    assert "exploratory" in curve.warnings[0].text("en") and "exploratory" in share.warnings[0].text("en")
    assert not retention.cohorts(data).available
    assert not retention.by(data).available


def test_groups_of_a_snapshot_are_compared(tmp_path):
    rows = [
        {"churned": i < 60, "tenure_months": 6 if i < 60 else 14, "contract": "month"} for i in range(120)
    ]
    rows += [{"churned": i < 6, "tenure_months": 6 if i < 6 else 14, "contract": "year"} for i in range(120)]
    result = retention.by(opened(tmp_path, snapshot=rows, as_of="2026-10"), "contract")
    assert result.table["value"].tolist() == [0.5, 0.95]
    assert "exploratory" in result.warnings[0].text("en")


def purchase(customer, day, *, hour="12:00:00"):
    return {
        "purchase_id": f"{customer}-{day}-{hour}",
        "customer_id": customer,
        "occurred_at": f"{day} {hour}",
        "amount": 10,
    }


def test_buying_again_needs_a_later_day_and_enough_time(tmp_path):
    rows = [
        purchase("a", "2026-01-10"),
        purchase("a", "2026-01-10", hour="18:00:00"),  # the same day is no second purchase
        purchase("b", "2026-01-10"),
        purchase("b", "2026-04-10"),  # day 90
        purchase("c", "2026-01-10"),
        purchase("c", "2026-04-11"),  # day 91
        purchase("d", "2026-09-01"),
        purchase("d", "2026-09-02"),  # followed for 59 days only
        purchase("e", "2026-10-30"),
    ]
    table = retention.repurchase(opened(tmp_path, purchases=rows)).table.set_index("horizon")
    assert table[["customers", "again"]].values.tolist() == [[5, 3], [3, 1], [3, 2]]


def test_purchase_cohorts_count_who_bought_in_that_very_month(tmp_path):
    rows = [purchase(f"c{i}", "2026-01-10") for i in range(20)]
    rows += [purchase(f"c{i}", "2026-03-10") for i in range(5)]
    rows += [purchase(f"d{i}", "2026-02-10") for i in range(20)] + [purchase("d0", "2026-10-30")]
    cells = retention.cohorts(opened(tmp_path, purchases=rows)).parts["cells"]
    share = cells.set_index(["cohort", "months"])["share"]
    assert share["2026-01", 2] == 0.25
    assert share["2026-02", 8] == 0.05


def test_purchases_have_no_churn_rate_and_say_why(tmp_path):
    data = opened(tmp_path, purchases=[purchase("a", "2026-10-30")])
    for function in (retention.churn_rate, retention.kaplan_meier):
        result = function(data)
        assert result.absent and "no contract that ends" in result.text("en")


def test_a_horizon_nobody_was_followed_for_is_absent(tmp_path):
    result = retention.repurchase(opened(tmp_path, month="2026-09", purchases=[purchase("a", "2026-09-10")]))
    assert set(result.absent) == {"repurchase.90d", "repurchase.180d"}
