"""What is billed follows from usage, tenure and experience of the month."""

import numpy as np
import pytest

from cxlib.company.billing import SWING, billed, fixed_costs

# Amounts are rounded to cents.
CENT = 0.005


@pytest.fixture(scope="module")
def month(small):
    return small.life.last - 3


@pytest.fixture(scope="module")
def bills(small, month):
    return billed(small, month)


def test_whoever_is_there_at_the_end_of_the_month_has_one_bill(small, month, bills):
    life = small.life
    there = [
        i
        for i, (start, end) in enumerate(zip(life.start, life.end, strict=True))
        if start <= month and (end == 0 or end > month)
    ]
    assert bills["customer"].tolist() == there


def test_units_lie_within_those_of_the_usage_level_and_reach_both_ends(small, month, bills):
    level = small.life.usage[month - small.life.first, bills["customer"]]
    for number, (low, high) in enumerate(small.parameters.units):
        units = bills["units"][level == number]
        assert (units.min(), units.max()) == (low, high)


def test_the_start_month_is_free(small, month, bills):
    new = small.life.start[bills["customer"]] == month
    assert 0 < new.sum() < len(new)
    for amount in ("revenue", "direct_cost", "service_cost"):
        assert (bills[amount][new] == 0).all()
        assert (bills[amount][~new] > 0).all()


def expected(company, month, bills):
    """Return revenue, direct and service cost before chance, customer by customer."""
    p, life = company.parameters, company.life
    for customer, units in zip(bills["customer"], bills["units"], strict=True):
        if life.start[customer] == month:
            yield 0.0, 0.0, 0.0
            continue
        band = sum(month - life.start[customer] >= edge for edge in p.bands) - 1
        revenue = (p.fee[life.segment[customer]] + p.unit_price * units) * p.price_by_band[band]
        met = life.experience[month - life.first, customer] > 0
        yield revenue, revenue * p.cost_share, p.service_base + met * p.service_experience


def test_amounts_vary_by_the_swing_around_what_is_planted(small, month, bills):
    planted = np.array(list(expected(small, month, bills))).T
    for amount, before in zip(("revenue", "direct_cost", "service_cost"), planted, strict=True):
        assert (np.abs(bills[amount] - before) <= SWING * before + CENT).all()
        charged = before > 0
        # Uniform to 10 % either way: the standard error of the mean of some 2,500 is .0012.
        assert np.mean(bills[amount][charged] / before[charged]) == pytest.approx(1, abs=0.006)


def test_months_are_drawn_on_their_own(small, month, bills):
    again, other = billed(small, month), billed(small, month - 1)
    assert all(np.array_equal(bills[name], again[name]) for name in bills)
    both, mine, its = np.intersect1d(bills["customer"], other["customer"], return_indices=True)
    assert len(both) > 1000
    assert not np.array_equal(bills["revenue"][mine], other["revenue"][its])


def test_fixed_costs_are_their_share_of_the_margin_in_every_month(small):
    p, life = small.parameters, small.life
    margin = 0.0
    for customer in life.active(life.last):
        band = max(sum(life.last - life.start[customer] >= edge for edge in p.bands) - 1, 0)
        low, high = p.units[life.usage[-1, customer]]
        revenue = p.fee[life.segment[customer]] + p.unit_price * (low + high) / 2
        margin += p.price_by_band[band] * revenue * (1 - p.cost_share) - p.service_base
    costs = fixed_costs(small)
    assert len(costs) == life.last - life.first + 1
    assert (np.abs(costs / (p.fixed_cost_share * margin) - 1) <= 0.02 + 1e-6).all()
    assert len(set(costs)) > 1
