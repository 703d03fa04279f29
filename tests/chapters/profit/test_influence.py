"""Standard errors from sums in the engine, against customer rows in numpy and a bootstrap."""

import numpy as np
import pytest

from cxlib.chapters.profit.counts import count_tenure
from cxlib.chapters.profit.influence import joint_errors
from cxlib.contract.config import Money
from cxlib.stats.value import CHANGES, customer_value, gain, gradient, yearly_profit
from tests.chapters.profit.small_company import at_once, dense, opened


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
    residual = slopes.margins * (margins - curve.margins) + slopes.hazards[1:] * (ended - curve.hazards[1:])
    influence = (at_risk * residual / counts).sum(axis=1)
    won, left = at_once(customers)
    influence += won * slopes.hazards[0] * (left - curve.hazards[0]) / won.sum()
    cost = np.where(won, customers.acquisition_cost - tenure.acquisition_cost, 0) / won.sum()
    return np.sqrt(((influence + slopes.acquisition_cost * cost) ** 2).sum())


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
    won, left = (part.astype(float) for part in at_once(customers))
    start = weights @ left / (weights @ won)
    cost = weights @ (won * customers.acquisition_cost.to_numpy()) / (weights @ won)
    curve = tenure.curve._replace(
        hazards=np.column_stack([start, weights @ ended / counts]),
        margins=weights @ margins / counts,
        acquisition_cost=cost,
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
    hazards = tenure.curve.hazards[1:]
    independent = (
        slopes.margins**2 * spread + slopes.hazards[1:] ** 2 * hazards * (1 - hazards)
    ) / counted.at_risk
    assert error > 1.2 * np.sqrt(independent.sum())


def test_a_given_cost_of_winning_has_no_error(company, dataset):
    customers, billing = company
    given = opened(customers=customers, billing=billing, money=Money(acquisition_cost=120.0))
    tenure = count_tenure(given)
    assert (tenure.acquisition, tenure.acquisition_cost, tenure.acquisition_known) == ("given", 120.0, 0)
    functional = [lambda c: customer_value(c, rate=0.10)]
    _, without = joint_errors(given, tenure, functional)
    _, measured = joint_errors(dataset, count_tenure(dataset), functional)
    assert without < measured
