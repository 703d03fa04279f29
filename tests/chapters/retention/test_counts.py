"""What the engine counts equals a count by hand, and by plain pandas over every customer and month."""

import numpy as np
import pandas as pd
import pytest
import yaml

import cxlib as cx
from cxlib.chapters.retention import counts
from cxlib.contract.months import last_day, month_number
from tests.chapters.retention.small import company, purchase
from tests.chapters.tiny import opened, write

OCTOBER = month_number("2026-10")


@pytest.fixture(scope="module")
def contracts(tmp_path_factory):
    return company(tmp_path_factory.mktemp("contracts"))


def test_stays_are_counted_by_start_and_end_month(contracts):
    rows = counts.stays(contracts)
    june = rows[rows["start_no"] == month_number("2025-06")].set_index(["end_no", "involuntary"])["customers"]
    assert june[OCTOBER, False] == 15 and june[OCTOBER, True] == 5
    assert june[month_number("2026-03"), False] == 10
    assert rows.loc[rows["end_no"].isna(), "customers"].sum() == 70 + 40 + 9
    assert set(rows["group"]) == {""}


def test_stays_are_counted_by_a_column(contracts):
    rows = counts.stays(contracts, "segment")
    assert rows.groupby("group")["customers"].sum().to_dict() == {"business": 69, "consumer": 80}


def test_who_left_before_the_window_is_no_stay(tmp_path):
    rows = counts.stays(company(tmp_path, observed_since="2026-04"))
    assert rows["customers"].sum() == 149 - 10


def test_a_column_may_have_any_name(tmp_path):
    rows = [{"churned": i < 3, "tenure_months": 2.5, 'a "b" c': "x"} for i in range(10)]
    data = opened(tmp_path, snapshot=rows, as_of="2026-10")
    table = counts.snapshot_stays(data, 'a "b" c')
    assert table[["tenure", "churned", "group", "customers"]].values.tolist() == [
        [3, False, "x", 7],
        [3, True, "x", 3],
    ]
    assert counts.snapshot_share(data) == (10, 3)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """120 customers who buy at random over 14 months, some of it returned."""
    rng = np.random.default_rng(20261)
    days = pd.date_range("2025-09-03", "2026-10-29").strftime("%Y-%m-%d")
    rows = [
        purchase(f"c{customer}", day, hour=f"{place:02}:00:00", is_return=place % 9 == 4)
        for customer in range(120)
        for place, day in enumerate(rng.choice(days, rng.integers(1, 9)))
    ]
    return opened(tmp_path_factory.mktemp("shop"), purchases=rows), pd.DataFrame(rows)


def bought_days(rows):
    """Return customer -> days of purchases that were no returns, as numbers."""
    kept = rows[~rows["is_return"]]
    days = pd.to_datetime(kept["occurred_at"]).dt.normalize().map(pd.Timestamp.toordinal)
    return {customer: days.to_numpy() for customer, days in days.groupby(kept["customer_id"])}


@pytest.mark.parametrize("days", [1, 20, 60, 180])
def test_lapses_equal_a_look_at_every_customer_at_every_month_s_edge(shop, days):
    data, rows = shop
    bought = bought_days(rows)

    def active(customer, edge):
        ages = edge - bought[customer]
        return bool(((ages >= 0) & (ages < days)).any())

    expected = {}
    for month in range(month_number("2025-10"), OCTOBER + 1):
        before, end = (last_day(n).toordinal() for n in (month - 1, month))
        reaches_back = before - last_day(month_number("2025-08")).toordinal() >= days
        at_risk = [customer for customer in bought if reaches_back and active(customer, before)]
        came = [
            customer
            for customer in set(bought) - set(at_risk)
            if reaches_back and ((bought[customer] > before) & (bought[customer] <= end)).any()
        ]
        left, at_once = (sum(not active(customer, end) for customer in group) for group in (at_risk, came))
        if at_risk or came:
            expected[month] = (len(at_risk), left, at_once)
    table = counts.lapses(data, days)
    counted = {row.month_no: (row.at_risk, row.left, row.at_once) for row in table.itertuples()}
    assert counted == expected
    assert sum(left for _, left, _ in expected.values()) > 0
    assert (sum(at_once for *_, at_once in expected.values()) > 0) == (days <= 20)


def test_lapses_need_data_that_reach_back(shop):
    data, _ = shop
    assert counts.lapses(data, 3000).empty
    # September 2025 to March 2026 hold 212 days: April is the first month with as many before it.
    assert counts.lapses(data, 212)["month_no"].min() == month_number("2026-04")
    assert counts.lapses(data, 213)["month_no"].min() == month_number("2026-05")


def test_a_purchase_counts_on_its_day_in_the_zone_of_the_dataset(tmp_path):
    """Half an hour after midnight in Berlin it is still the day before by the clock of the engine."""
    rows = [purchase("a", "2026-06-02"), purchase("a", "2026-10-30")]
    rows += [purchase("b", "2026-09-01", hour="00:30:00"), purchase("c", "2026-08-31", hour="23:30:00")]
    folder = write(tmp_path, purchases=rows)
    described = yaml.safe_load((folder / "dataset.yaml").read_text())
    (folder / "dataset.yaml").write_text(yaml.safe_dump(described | {"time_zone": "Europe/Berlin"}))
    table = counts.lapses(cx.open_dataset(folder, month="2026-10"), 30).set_index("month_no")
    # 30 days before September 1st begin on August 2nd: c alone; 30 days before October 1st on September 1st.
    assert table.loc[month_number("2026-09"), ["at_risk", "left"]].tolist() == [1, 1]
    assert table.loc[month_number("2026-10"), ["at_risk", "left"]].tolist() == [1, 1], "b, who bought no more"


def test_buyers_equal_the_months_in_which_each_customer_bought(shop):
    data, rows = shop
    kept = rows[~rows["is_return"]]
    days = pd.to_datetime(kept["occurred_at"])
    months = (days.dt.year * 12 + days.dt.month).groupby(kept["customer_id"]).unique().map(sorted)
    expected = {}
    for bought in months:
        for month in bought:
            key = (bought[0], month - bought[0])
            expected[key] = expected.get(key, 0) + 1
    table = counts.buyers(data).set_index(["start_no", "months"])["there"]
    assert table.to_dict() == expected


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
    table = counts.again(opened(tmp_path, purchases=rows)).set_index("horizon")
    assert table.values.tolist() == [[5, 3], [3, 1], [3, 2]]
    assert table.index.tolist() == ["share", "90d", "180d"]
