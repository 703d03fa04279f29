"""What is known of each person fits their life, and has nothing to do with how it ends."""

from dataclasses import replace

import numpy as np
import pytest

from cxlib.company.contacts import KINDS, contacts
from cxlib.company.life import STAYED
from cxlib.company.parameters import planted
from cxlib.company.people import FIRST_NUMBER, LAST_START_DAY, numbers, people
from cxlib.company.simulated import draw


@pytest.fixture(scope="module")
def who(large):
    return people(large)


def month_of(dates):
    """Return 12 x year + month of days, counted without the code under test."""
    text = dates.astype(str)
    return np.array([12 * int(day[:4]) + int(day[5:7]) for day in text])


def test_numbers_follow_each_other():
    assert numbers(np.array([0, 1, 5])).tolist() == [FIRST_NUMBER, FIRST_NUMBER + 1, FIRST_NUMBER + 5]


def test_start_and_end_lie_in_the_months_of_the_life(large, who):
    life = large.life
    n = len(life)
    some = slice(None, n, 50)
    assert (month_of(who.start[some]) == life.start[some]).all()
    assert np.isnat(who.end[:n]).tolist() == (life.kind == STAYED).tolist()
    left = np.flatnonzero(life.end > 0)[::20]
    assert (month_of(who.end[left]) == life.end[left]).all()
    assert who.start_day.max() == LAST_START_DAY
    assert (who.start[left] < who.end[left]).all()


def test_prospects_have_met_the_company_in_the_window_and_never_started(large, who):
    life, n = large.life, len(large.life)
    assert len(who.start) - n == round(0.12 * n)
    assert np.isnat(who.start[n:]).all()
    assert np.isnat(who.end[n:]).all()
    met = month_of(who.first_contact[n::20])
    assert (met.min(), met.max()) == (life.first, life.last)


def test_customers_met_the_company_up_to_sixty_days_before_they_started(large, who):
    n = len(large.life)
    days = (who.start[:n] - who.first_contact[:n]).astype(int)
    assert (days.min(), days.max()) == (0, 60)


def test_winning_a_customer_costs_what_is_planted_give_or_take_three_tenths(large, who):
    share = who.cost / large.parameters.acquisition_cost
    assert 0.7 <= share.min() < 0.71 < 1.29 < share.max() <= 1.3
    # Uniform to 30 % either way: the standard error of the mean of 100,000 is .0006.
    assert share.mean() == pytest.approx(1, abs=0.003)


def test_what_is_drawn_for_its_own_sake_does_not_foretell_leaving(large, who):
    """The planted hazards know of segment and usage alone; chi-square with 3 degrees of freedom."""
    from scipy.stats import chi2_contingency

    left = large.life.end > 0
    n = len(left)
    for column in (who.region[:n], who.channel[:n], who.plan[:n], who.origin[:n]):
        counts = [[((column == level) & (left == gone)).sum() for gone in (0, 1)] for level in set(column)]
        # By chance below this limit once in 150,000.
        assert chi2_contingency(counts).pvalue > 7e-6


def test_the_same_company_has_the_same_people(large, who):
    assert people(large) is who


def test_who_ends_in_the_start_month_ends_after_the_start_and_cancels_between():
    company = draw(replace(planted(), leave_start=0.3, cancellation_contact=1.0), 4_000, 14, 412)
    life, who = company.life, people(company)
    n = len(life)
    at_once = life.end == life.start
    assert (who.start[:n][at_once] < who.end[:n][at_once]).all()
    assert (month_of(who.end[:n][at_once]) == life.end[at_once]).all()
    made = contacts(company, life.last)
    index = made.customer[made.kind == KINDS.index("cancelling")]
    day = made.stamp[made.kind == KINDS.index("cancelling")].astype("M8[us]").astype("M8[D]")
    assert at_once[index].any()
    assert ((who.start[index] <= day) & (day < who.end[index]))[at_once[index]].all()
