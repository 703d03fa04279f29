"""Counting by tenure and errors in the engine, against customer rows in numpy."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.profit.counts import MINIMUM_AT_RISK, count_tenure, joint_errors
from cxlib.chapters.profit.readings import (
    beyond_share,
    evaluate,
    pick,
    possible_changes,
    within_customer_growth,
)
from cxlib.contract.config import Money
from cxlib.language import Message
from cxlib.stats.value import CHANGES, customer_value, gain, gradient, yearly_profit
from tests.chapters.profit.small_company import FIRST, SmallDataset, dense, simulate


@pytest.fixture(scope="module")
def company():
    return simulate(customers=2500, seed=5)


@pytest.fixture(scope="module")
def dataset(company):
    customers, billing = company
    return SmallDataset(customers=customers, billing=billing)


@pytest.fixture(scope="module")
def tenure(dataset):
    return count_tenure(dataset)


@pytest.fixture(scope="module")
def rows(company, tenure):
    return dense(*company, tenure.length)


def functionals():
    yield lambda c: customer_value(c, rate=0.10)
    for change in CHANGES:
        yield lambda c, change=change: gain(customer_value, c, change, rate=0.10, tail="flat")
        yield lambda c, change=change: gain(yearly_profit, c, change, fixed_cost=20.0)


def direct_errors(company, tenure, rows, functional):
    """The customer influence function written out on rows."""
    customers, _ = company
    at_risk, ended, margins = rows
    slopes, curve, counts = gradient(functional, tenure.curve), tenure.curve, at_risk.sum(axis=0)
    residual = slopes.margins * (margins - curve.margins) + slopes.hazards * (ended - curve.hazards)
    influence = (at_risk * residual / counts).sum(axis=1)
    won = customers.start_no.to_numpy() >= FIRST
    cost = np.where(won, customers.acquisition_cost - tenure.acquisition_cost, 0) / won.sum()
    return np.sqrt(((influence + slopes.acquisition_cost * cost) ** 2).sum())


def test_counts_equal_customer_rows(tenure, rows):
    at_risk, ended, margins = rows
    counted = tenure.months.head(tenure.length)
    assert (counted.at_risk == at_risk.sum(axis=0)).all()
    assert (counted.ends == ended.sum(axis=0)).all()
    # the order of a floating-point sum is the only difference
    assert counted.margin.to_numpy() == pytest.approx(margins.sum(axis=0), rel=1e-11)
    assert counted.squares.to_numpy() == pytest.approx((margins**2).sum(axis=0), rel=1e-11)
    assert tenure.customers == at_risk.any(axis=1).sum()


def test_errors_equal_the_influence_function_on_rows(company, dataset, tenure, rows):
    wanted = list(functionals())
    values, errors = joint_errors(dataset, tenure, wanted)
    for functional, value, error in zip(wanted, values, errors, strict=True):
        assert value == float(functional(tenure.curve))
        # weights are compressed to nine digits
        assert error == pytest.approx(direct_errors(company, tenure, rows, functional), rel=1e-7)


def test_errors_do_not_depend_on_the_buckets(dataset, tenure, monkeypatch):
    wanted = list(functionals())[:3]
    _, together = joint_errors(dataset, tenure, wanted)
    monkeypatch.setattr("cxlib.chapters.profit.counts.BUCKET", 400)
    _, apart = joint_errors(dataset, tenure, wanted)
    assert apart == pytest.approx(together, rel=1e-9)


def test_errors_agree_with_a_bootstrap_of_customers(company, dataset, tenure, rows):
    customers, _ = company
    at_risk, ended, margins = (part.astype(float) for part in rows)
    draw = np.random.default_rng(3)
    weights = draw.poisson(1, (800, len(customers))).astype(float)
    counts = weights @ at_risk
    won = (customers.start_no.to_numpy() >= FIRST).astype(float)
    cost = weights @ (won * customers.acquisition_cost.to_numpy()) / (weights @ won)
    curve = tenure.curve._replace(
        hazards=weights @ ended / counts, margins=weights @ margins / counts, acquisition_cost=cost
    )
    wanted = [lambda c: customer_value(c, rate=0.10), lambda c: gain(yearly_profit, c, "plus5points")]
    _, errors = joint_errors(dataset, tenure, wanted)
    for functional, error in zip(wanted, errors, strict=True):
        # 800 replicates leave a standard deviation uncertain by 2.5 %; 10 % is four of them
        assert np.std(functional(curve)) == pytest.approx(error, rel=0.10)


def test_months_of_a_customer_are_not_independent(dataset, tenure):
    """With margins that differ between customers, months taken as independent are far too narrow."""
    _, (error,) = joint_errors(dataset, tenure, [lambda c: customer_value(c, rate=0.10)])
    slopes = gradient(lambda c: customer_value(c, rate=0.10), tenure.curve)
    counted = tenure.months.head(tenure.length)
    spread = counted.squares / counted.at_risk - tenure.curve.margins**2
    hazards = tenure.curve.hazards
    independent = (slopes.margins**2 * spread + slopes.hazards**2 * hazards * (1 - hazards)) / counted.at_risk
    assert error > 1.2 * np.sqrt(independent.sum())


def test_a_given_cost_of_winning_has_no_error(company, dataset):
    customers, billing = company
    given = SmallDataset(customers=customers, billing=billing, money=Money(acquisition_cost=120.0))
    tenure = count_tenure(given)
    assert (tenure.acquisition, tenure.acquisition_cost, tenure.acquisition_known) == ("given", 120.0, 0)
    functional = [lambda c: customer_value(c, rate=0.10)]
    _, without = joint_errors(given, tenure, functional)
    _, measured = joint_errors(dataset, count_tenure(dataset), functional)
    assert without < measured


def test_an_unknown_cost_of_winning_is_said(company):
    customers, billing = company
    tenure = count_tenure(SmallDataset(customers=customers.assign(acquisition_cost=np.nan), billing=billing))
    assert (tenure.acquisition, tenure.acquisition_cost) == ("missing", 0.0)


def test_the_start_month_and_what_follows_the_end_are_left_out(company):
    customers, billing = company
    gone = customers.dropna(subset="end_no").iloc[:200]
    late = pd.DataFrame(
        {"customer_no": gone.customer_no, "month_no": gone.end_no + 1, "revenue": 5_000.0, "direct_cost": 0.0}
    )
    more = SmallDataset(customers=customers, billing=pd.concat([billing, late]))
    tenure = count_tenure(more)
    plain = count_tenure(SmallDataset(customers=customers, billing=billing))
    assert tenure.months.margin.to_numpy() == pytest.approx(plain.months.margin.to_numpy(), rel=1e-11)
    assert tenure.left_out > 0.3
    assert plain.left_out == pytest.approx(0, abs=1e-12)


def test_only_tenure_months_with_enough_customers_are_used(company):
    customers, billing = company
    few = SmallDataset(customers=customers[customers.customer_no % 8 == 0], billing=billing)
    tenure = count_tenure(few)
    assert tenure.months.at_risk.min() >= MINIMUM_AT_RISK
    assert tenure.observed < 60
    assert tenure.length == tenure.observed


def test_too_few_customers_are_a_reason_not_a_number(company):
    customers, billing = company
    few = SmallDataset(customers=customers.head(40), billing=billing)
    reason = count_tenure(few)
    assert isinstance(reason, Message)
    assert "at least 30 customers at risk" in reason.text("en")


def test_every_reading_is_evaluated_once(dataset, tenure):
    readings = evaluate(dataset, tenure)
    assert not readings.duplicated(["name", "change", "rate", "tail"]).any()
    assert (readings.low < readings.value).all()
    assert (readings.value < readings.high).all()
    assert set(readings["tail"]) == {"stop", "flat", "sbg"}
    assert pick(readings, "value", "plus5points", rate=0.99) is None
    whole = pick(readings, f"value.{tenure.length}")
    assert whole == pick(readings, "value", rate=0.10, tail="stop")


def test_no_change_is_possible_where_nobody_leaves(company):
    customers, billing = company
    loyal = SmallDataset(
        customers=customers.assign(end_no=pd.array([None] * len(customers), dtype="Int64")), billing=billing
    )
    tenure = count_tenure(loyal)
    assert possible_changes(tenure.curve) == ()
    assert set(evaluate(loyal, tenure).change) == {""}


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
    slope = pick(evaluate(dataset, tenure), "slope")
    # planted: worth x 12 % a year, worth 12 on average; those with more stay longer
    assert growth.low < 0.12 * 13.5
    assert growth.high > 0.12 * 11
    assert slope.value > growth.value


def test_share_beyond_the_data_falls_with_the_discount_rate(tenure):
    shares = [beyond_share(tenure, [rate]) for rate in (0.06, 0.10, 0.15)]
    assert 1 > shares[0] > shares[1] > shares[2] > 0
    assert beyond_share(tenure, (0.06, 0.10, 0.15)) == shares[0]
    assert tenure.observed > tenure.length
