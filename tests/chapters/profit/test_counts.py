"""Counting by tenure in the engine, against customer rows in numpy."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.profit.counts import MINIMUM_AT_RISK, count_tenure, fixed_cost_per_customer
from cxlib.contract.config import Definitions, Money
from cxlib.language import Message
from tests.chapters.profit.small_company import FIRST, LAST, at_once, dense, opened


@pytest.fixture(scope="module")
def tenure(dataset):
    return count_tenure(dataset)


@pytest.fixture(scope="module")
def rows(company, tenure):
    return dense(*company, tenure.length)


def test_counts_equal_customer_rows(company, tenure, rows):
    at_risk, ended, margins = rows
    counted = tenure.months.head(tenure.length)
    assert (counted.at_risk == at_risk.sum(axis=0)).all()
    assert (counted.ends == ended.sum(axis=0)).all()
    # the order of a floating-point sum is the only difference
    assert counted.margin.to_numpy() == pytest.approx(margins.sum(axis=0), rel=1e-11)
    assert counted.squares.to_numpy() == pytest.approx((margins**2).sum(axis=0), rel=1e-11)
    started, left = at_once(company[0])
    assert (tenure.started, tenure.left_at_once) == (started.sum(), left.sum())
    assert tenure.left_at_once > 100
    assert tenure.customers == len(company[0]) == (started | at_risk.any(axis=1)).sum()
    assert tenure.curve.hazards[0] == left.sum() / started.sum()


def test_an_unknown_cost_of_winning_is_said(company):
    customers, billing = company
    tenure = count_tenure(opened(customers=customers.assign(acquisition_cost=np.nan), billing=billing))
    assert (tenure.acquisition, tenure.acquisition_cost) == ("missing", 0.0)


def test_the_start_month_and_what_follows_the_end_are_left_out(company):
    customers, billing = company
    gone = customers.dropna(subset="end_no").iloc[:200]
    late = pd.DataFrame(
        {"customer_no": gone.customer_no, "month_no": gone.end_no + 1, "revenue": 5_000.0, "direct_cost": 0.0}
    )
    more = opened(customers=customers, billing=pd.concat([billing, late]))
    tenure = count_tenure(more)
    plain = count_tenure(opened(customers=customers, billing=billing))
    assert tenure.months.margin.to_numpy() == pytest.approx(plain.months.margin.to_numpy(), rel=1e-11)
    assert tenure.left_out > 0.3
    assert plain.left_out == pytest.approx(0, abs=1e-12)


def test_only_tenure_months_with_enough_customers_are_used(company):
    customers, billing = company
    few = opened(customers=customers[customers.customer_no % 8 == 0], billing=billing)
    tenure = count_tenure(few)
    assert tenure.months.at_risk.min() >= MINIMUM_AT_RISK
    assert tenure.observed < 60
    assert tenure.length == tenure.observed


def test_too_few_customers_are_a_reason_not_a_number(company):
    customers, billing = company
    few = opened(customers=customers.head(40), billing=billing)
    reason = count_tenure(few)
    assert isinstance(reason, Message)
    assert "at least 30 customers who started in the months watched" in reason.text("en")
    none = count_tenure(opened(customers=customers[customers.end_no == customers.start_no], billing=billing))
    assert "at least 30 customers at risk" in none.text("en"), "all leave in the month of starting"


def test_without_starts_in_the_window_the_start_month_is_not_known(company):
    customers, billing = company
    old = customers.start_no < FIRST
    reason = count_tenure(opened(customers=customers[old], billing=billing))
    assert "30 customers who started in the months watched; there are 0" in reason.text("en")
    assert "0" in reason.text("de") and reason.text("de") != reason.text("en")


def test_the_smallest_group_of_dataset_yaml_is_asked_of_every_tenure_month(company):
    customers, billing = company
    strict = opened(
        customers=customers,
        billing=billing,
        definitions=Definitions(minimum_group=150, controls=("segment",)),
    )
    tenure = count_tenure(strict)
    assert tenure.least == 150
    assert tenure.months.at_risk.min() >= 150
    assert tenure.observed < count_tenure(opened(customers=customers, billing=billing)).observed


@pytest.mark.parametrize("horizon", [24, 36])
def test_values_count_the_months_of_the_horizon(company, horizon):
    customers, billing = company
    short = count_tenure(opened(customers=customers, billing=billing, money=Money(horizon_months=horizon)))
    assert (short.length, len(short.counted), len(short.curve.margins)) == (horizon, horizon, horizon)
    assert len(short.curve.hazards) == horizon + 1, "the start month and those of the horizon"
    assert short.observed > horizon


def test_fixed_cost_is_that_of_a_year_per_customer_at_risk(company, dataset, tenure):
    customers, _ = company
    year = range(LAST - 11, LAST + 1)
    active = [
        ((customers.start_no < month) & ~(customers.end_no < month).fillna(False)).sum() for month in year
    ]
    # 9,000 a month
    expected = 12 * 9_000 / np.mean(active)
    assert fixed_cost_per_customer(dataset, tenure) == pytest.approx(expected, rel=1e-12)


def test_without_fixed_costs_there_is_none_per_customer(company, tenure):
    customers, billing = company
    assert fixed_cost_per_customer(opened(customers=customers, billing=billing), tenure) is None
    empty = pd.DataFrame({"month_no": pd.array([], dtype="int64"), "amount": pd.array([], dtype="float64")})
    asked = opened(customers=customers, billing=billing, fixed_costs=empty)
    assert fixed_cost_per_customer(asked, tenure) is None
