"""Every number that follows from the tenure table, by its key."""

from dataclasses import replace

import numpy as np
import pytest

from cxlib.chapters.profit.counts import count_tenure
from cxlib.chapters.profit.readings import (
    Reading,
    functionals,
    leaving_late,
    possible_changes,
    steps,
    tail_rules,
    within_customer_growth,
)
from cxlib.chapters.profit.study import study
from cxlib.contract.config import Money
from tests.chapters.profit.small_company import opened


@pytest.fixture(scope="module")
def tenure(dataset):
    return count_tenure(dataset)


def test_every_reading_has_its_interval(dataset):
    readings = dataset.once(study).readings
    assert all(estimate.low < estimate.value < estimate.high for estimate in readings.values())
    assert {reading.tail for reading in readings} == {"stop", "flat", "sbg"}
    assert {reading.name for reading in readings} == {"value", "profit", "net", "margin", "slope"}
    assert Reading("value", "plus5points", 0.99) not in readings


def test_the_value_until_the_last_month_is_the_whole_one(dataset, tenure):
    readings = dataset.once(study).readings
    assert readings[Reading("value", rate=0.10, until=tenure.length)] == readings[Reading("value", rate=0.10)]


def test_the_margin_of_a_year_is_the_mean_over_its_customer_months(dataset, tenure):
    second = tenure.months.iloc[12:24]
    found = dataset.once(study).readings[Reading("margin", until=24)]
    assert found.value == pytest.approx(second.margin.sum() / second.at_risk.sum(), rel=1e-12)


def test_the_slope_is_that_of_a_weighted_line_through_the_means(dataset, tenure):
    mean = tenure.counted.margin / tenure.counted.at_risk
    line = np.polyfit(tenure.counted.tenure, mean, 1, w=np.sqrt(tenure.counted.at_risk))
    assert dataset.once(study).readings[Reading("slope")].value == pytest.approx(12 * line[0], rel=1e-9)


def rising(tenure):
    """The same customers, leaving more often from month to month."""
    share = 0.002 + 0.0005 * tenure.months.tenure
    return replace(
        tenure, months=tenure.months.assign(ends=(tenure.months.at_risk * share).round().astype(int))
    )


def test_where_no_fitted_tail_is_possible_the_mean_of_all_months_stands_in(tenure):
    tails, reason = tail_rules(rising(tenure))
    assert set(tails) == {"stop", "flat", "even"} and "does not become rarer" in reason.text("en")
    assert set(tail_rules(tenure)[0]) == {"stop", "flat", "sbg"} and tail_rules(tenure)[1] is None
    nobody = replace(tenure, months=tenure.months.assign(ends=0))
    assert set(tail_rules(nobody)[0]) == {"stop", "flat"}, "nobody would ever leave"


@pytest.mark.parametrize("last", [0, 3])
def test_leaving_late_is_that_of_the_last_twelve_months_counted(tenure, last):
    ends = np.where(tenure.months.tenure > tenure.length - 12, 0, tenure.months.ends)
    ends[tenure.length - 12] = last
    changed = replace(tenure, months=tenure.months.assign(ends=ends))
    assert leaving_late(changed) == (last > 0)
    assert leaving_late(replace(changed, length=tenure.length - 12))


def test_steps_end_with_the_last_month_counted(company):
    customers, billing = company
    for horizon, expected in [(12, [12]), (30, [12, 24, 30]), (36, [12, 24, 36])]:
        short = opened(customers=customers, billing=billing, money=Money(horizon_months=horizon))
        assert steps(count_tenure(short)) == expected


def test_readings_stay_with_the_dataset(dataset, monkeypatch):
    """A second process reads them back instead of asking the engine again."""
    kept = dataset.once(study).readings
    monkeypatch.setattr("cxlib.chapters.profit.readings.joint_errors", None)
    again = study(dataset)
    assert again.readings == kept


def test_no_change_is_possible_where_nobody_leaves(loyal):
    made = loyal.once(study)
    assert possible_changes(made.tenure.curve) == ()
    assert {reading.change for reading in made.readings} == {""}
    assert "sbg" not in made.tails


def test_why_no_curve_of_loyal_customers_fits_is_kept(loyal):
    tails, reason = tail_rules(count_tenure(loyal))
    assert set(tails) == {"stop", "flat"}
    assert "0 ends" in reason.text("en")


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_customers_who_stay_for_ever_have_no_value_without_discounting(loyal, rate):
    wanted = functionals(count_tenure(loyal), {"flat": None}, rate=rate, rates=(), fixed_cost=5.0)
    assert (Reading("value", rate=rate, tail="flat") in wanted) == (rate > 0)
    assert not {"profit", "net"} & {reading.name for reading in wanted}


def test_growth_within_customers_equals_a_regression_with_customer_intercepts(company, dataset, tenure):
    customers, billing = company
    joined = billing.merge(customers[["customer_no", "start_no", "end_no"]], on="customer_no")
    joined["tenure"] = joined.month_no - joined.start_no
    joined = joined[joined.tenure.between(1, tenure.length)]
    joined["margin"] = joined.revenue - joined.direct_cost
    by = joined.groupby("customer_no")
    time, money = (joined[c] - by[c].transform("mean") for c in ("tenure", "margin"))
    slope = (time * money).sum() / (time**2).sum()
    score = (time * (money - slope * time)).groupby(joined.customer_no).sum()
    error = np.sqrt((score**2).sum()) / (time**2).sum()
    found = within_customer_growth(dataset, tenure)
    assert found.value == pytest.approx(12 * slope, rel=1e-9)
    assert (found.high - found.low) / 2 == pytest.approx(12 * 1.959964 * error, rel=1e-6)


def test_averages_rise_faster_than_customers_where_profitable_ones_stay(dataset, tenure):
    growth = within_customer_growth(dataset, tenure)
    slope = dataset.once(study).readings[Reading("slope")]
    # planted: worth x 12 % a year, worth 12 on average; those with more stay longer
    assert growth.low < 0.12 * 13.5
    assert growth.high > 0.12 * 11
    assert slope.value > growth.value


def test_growth_is_unknown_where_nobody_was_billed_twice(company, tenure):
    customers, billing = company
    once = opened(customers=customers, billing=billing.drop_duplicates("customer_no"))
    assert within_customer_growth(once, tenure) is None
