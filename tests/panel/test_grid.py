"""A cell's number and its covariates."""

import numpy as np

from cxlib.panel.grid import Grid, cells_of_a_period
from tests.panel.customer_months import FIRST, LAST, design

LEVELS = {"segment": {"private": "private", "business": "business"}, "region": {"north": "north"}}


def grid(**options):
    months = tuple(range(FIRST + 2, LAST + 1))
    return Grid(design(**options), LEVELS, (FIRST, FIRST + 10, FIRST + 11), months)


def test_every_cell_is_one_combination_of_its_covariates():
    cells = np.arange(grid().size)
    factors = grid().factors(cells)
    assert grid().size == 2 * 1 * 5 * 4 * 3 * 3 == 3 * cells_of_a_period(design(), LEVELS)
    assert len({tuple(row) for row in zip(*(f.places for f in factors.values()), strict=True)}) == len(cells)
    assert (factors["usage"].values == "unknown").tolist() == grid().unknown(cells).tolist()


def test_without_usage_none_is_unknown():
    plain = grid(usage_column=None, usage_edges=())
    cells = np.arange(plain.size)
    assert plain.size == 2 * 5 * 3 * 3
    assert "usage" not in plain.factors(cells) and not plain.unknown(cells).any()
    assert plain.looked_at(FIRST)


def test_months_belong_to_the_period_that_began_last():
    assert [grid().period(FIRST + m) for m in (0, 9, 10, 11, 35)] == [0, 0, 1, 2, 2]


def test_a_month_is_looked_at_when_usage_of_the_month_before_is_known():
    assert [grid().looked_at(FIRST + m) for m in (1, 2, 3, 36)] == [False, False, True, True]
