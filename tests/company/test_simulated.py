"""How a company is asked for."""

import numpy as np
import pytest

from cxlib.company.simulated import LAST_MONTH, Stream, simulate
from cxlib.errors import DataError


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"customers": 99}, "customers is 99; expected 100 or more"),
        ({"months": 13}, "months is 13; expected 14 or more"),
        ({"effect": "huge"}, "effect is 'huge'; expected one of"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, reason):
    with pytest.raises(DataError, match=reason):
        simulate(**{"customers": 100} | options)


@pytest.mark.parametrize(("customers", "months"), [(2_000, 14), (4_000, 36)])
def test_about_as_many_customers_as_asked_for_are_there_in_the_months_asked_for(customers, months):
    life = simulate(customers, months).life
    assert (life.first, life.last) == (LAST_MONTH - months + 1, LAST_MONTH)
    assert life.usage.shape == (months, len(life))
    # Those who join in a month are a whole number, and how many stay is chance.
    assert len(life) == pytest.approx(customers, rel=0.08)


def test_the_same_seed_draws_the_same_company_and_another_seed_another():
    first, again, other = (simulate(500, 14, seed).life for seed in (1, 1, 2))
    assert np.array_equal(first.end, again.end)
    assert np.array_equal(first.usage, again.usage)
    assert not np.array_equal(first.usage[:, :100], other.usage[:, :100])


def test_every_part_and_month_has_random_numbers_of_its_own(small):
    assert len({int(stream) for stream in Stream}) == len(Stream)
    draws = {(stream, month): small.rng(stream, month).random() for stream in Stream for month in (0, 1, 2)}
    assert len(set(draws.values())) == len(draws)
    assert draws[Stream.PEOPLE, 1] == small.rng(Stream.PEOPLE, 1).random()
