"""The exact course against companies that were drawn; |z| <= 4.5 fails by chance once in 150,000."""

from dataclasses import replace

import numpy as np
import pytest

from cxlib.company.course import left_after, natural_course
from cxlib.company.life import INVOLUNTARY, VOLUNTARY
from cxlib.company.parameters import planted
from cxlib.company.simulated import draw

LIMIT = 4.5


@pytest.fixture(
    scope="module",
    params=[
        planted(),
        planted(confounding="hidden"),
        planted(effect="reversed", feedback="none"),
        replace(planted(), leave_start=0.2),
    ],
    ids=["default", "hidden cause", "reversed", "ends in the start month"],
)
def drawn(request):
    return draw(request.param, 150_000, 36, 403)


@pytest.mark.parametrize("tenure", [0, 1, 6, 12, 24])
def test_survival_is_that_of_the_customers_drawn(drawn, tenure):
    life = drawn.life
    seen = (life.start >= life.first) & (life.start + tenure <= life.last)
    left = (life.end > 0) & (life.end <= life.start + tenure)
    share, size = 1 - left[seen].mean(), seen.sum()
    expected = natural_course(drawn.parameters).survival[tenure]
    assert abs(share - expected) <= LIMIT * np.sqrt(expected * (1 - expected) / size)


@pytest.mark.parametrize("tenure", [1, 12, 30])
def test_margin_is_that_of_the_customers_drawn(drawn, tenure):
    life, p = drawn.life, drawn.parameters
    seen = (life.start >= life.first) & (life.start + tenure <= life.last)
    seen &= (life.end == 0) | (life.end >= life.start + tenure)
    row, index = life.start[seen] + tenure - life.first, np.flatnonzero(seen)
    usage, met = life.usage[row, index], life.experience[row, index] > 0
    band = life.band(life.start + tenure, p.bands)[index]
    stayed = usage < 3
    margin = np.where(stayed, p.margin_table()[band, life.segment[index], usage * stayed, met * 1], 0)
    expected = natural_course(p).margin[tenure - 1]
    assert abs(margin.mean() - expected) < LIMIT * margin.std() / np.sqrt(len(margin))


@pytest.mark.parametrize("order", [1, 2])
def test_those_who_leave_after_an_experience_are_those_of_the_customers_drawn(drawn, order):
    life = drawn.life
    months = life.last - life.first + 1
    counted = np.cumsum(life.experience > 0, axis=0)
    row = np.argmax((counted == order) & (life.experience > 0), axis=0)
    have = (counted == order).any(axis=0)
    event, end, kind = life.first + row[have], life.end[have], life.kind[have]
    share, kept = 0.0, 1.0
    for lag in range(1, 13):
        at_risk = (event + lag <= life.last) & ((end == 0) | (end >= event + lag))
        left, lost = (
            (at_risk & (end == event + lag) & (kind == which)).sum() / at_risk.sum()
            for which in (VOLUNTARY, INVOLUNTARY)
        )
        share, kept = share + kept * left, kept * (1 - left - lost)
    expected = left_after(drawn.parameters, months)[order - 1]
    followed = (event + 12 <= life.last).sum()
    assert abs(share - expected) < LIMIT * np.sqrt(expected * (1 - expected) / followed)


def test_ends_in_the_start_month_lower_the_curve_at_every_tenure_and_no_margin_of_those_there():
    course, early = natural_course(planted()), natural_course(replace(planted(), leave_start=0.2))
    assert (course.survival[0], early.survival[0]) == (1.0, 0.8)
    assert early.survival == pytest.approx(0.8 * course.survival)
    assert early.margin == pytest.approx(course.margin)


def test_a_new_customer_is_worth_a_few_hundred():
    course = natural_course(planted())
    month = np.arange(1, 61)
    value = (course.survival[:-1] * course.margin * 1.1 ** (-(month - 0.5) / 12)).sum() - 120
    assert 350 < value < 410


def test_margin_rises_mildly_with_tenure():
    margin = natural_course(planted()).margin
    assert 1.03 < margin[-12:].mean() / margin[:12].mean() < 1.15
