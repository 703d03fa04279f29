"""Calendar periods: where their borders lie, and what they keep out of the effect."""

from itertools import combinations

import numpy as np
import pytest
from scipy.special import xlogy

from cxlib.panel import grid
from cxlib.panel.calendar import calendar_periods, like_periods, period_names
from cxlib.panel.effects import fit_effects
from cxlib.panel.panel import count_panel
from cxlib.stats.hazard import fit_cells
from tests.panel.customer_months import FIRST, LAST, design, opened, rows_of
from tests.panel.known_truth import USAGE, draw_company, opened_company

# Half-widths of the intervals are about 1.96 errors; companies are fixed by their seeds.
FAR = 3.5
LEVELS = ("exposure[1]", "exposure[2+]")


def likelihood(months, ends, starts):
    borders = [*starts, len(months)]
    parts = [(months[a:b].sum(), ends[a:b].sum()) for a, b in zip(borders, borders[1:], strict=False)]
    return sum(xlogy(left, left / risk) for risk, left in parts)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("most", [1, 2, 3, 8])
def test_borders_are_the_best_of_all(seed, most):
    random = np.random.default_rng(seed)
    months = random.integers(500, 1500, 8).astype(float)
    ends = random.poisson(months * random.choice([0.01, 0.03], 8))
    allowed = [
        [0, *cuts]
        for size in range(most)
        for cuts in combinations(range(1, 8), size)
        if all(part.sum() >= 20 for part in np.split(ends, cuts))
    ]
    found = like_periods(months, ends, least=20, most=most)
    best = max(likelihood(months, ends, starts) for starts in allowed)
    assert likelihood(months, ends, found) == pytest.approx(best)
    assert found in allowed


def test_months_with_enough_ends_are_periods_of_their_own():
    assert like_periods(np.full(4, 900.0), np.array([20, 21, 40, 20]), least=20, most=9) == [0, 1, 2, 3]


@pytest.mark.parametrize("ends", [[0, 0, 0], [5, 3, 11], [19, 0, 0]])
def test_too_few_ends_make_one_period(ends):
    assert like_periods(np.full(3, 900.0), np.array(ends), least=20, most=9) == [0]


def test_months_without_anybody_join_a_neighbour():
    assert like_periods(np.array([0.0, 0, 900, 900]), np.array([0, 0, 30, 40]), least=20, most=9) == [0, 3]


def test_periods_have_enough_ends_of_known_history(tables):
    plan = design()
    periods = calendar_periods(opened(tables).arrow, plan, most=99)
    rows = rows_of(tables)
    place = np.searchsorted(periods, rows["month"], side="right") - 1
    ends = rows["voluntary"].groupby(place).sum()
    assert len(ends) == len(periods) > 5
    assert (ends >= 20).all()
    assert periods[0] == FIRST
    assert period_names(periods)[0] == str(FIRST)
    assert len(calendar_periods(opened(tables).arrow, plan, most=3)) == 3


TOGETHER = {
    "an outage, then a price rise": (
        {FIRST + m: 6.0 for m in (20, 21)},
        {FIRST + m: 6.0 for m in (22, 23, 24)},
    ),
    "a season of both": (
        {FIRST + m: 4.0 for m in (17, 29)},
        {FIRST + m: 4.0 for m in (18, 19, 30, 31)},
    ),
    "a strike, then a time in which nobody can cancel": (
        {FIRST + m: 8.0 for m in (19, 20)},
        {FIRST + m: 0.25 for m in range(21, 31)},
    ),
}


@pytest.mark.parametrize("most", ["months", "few periods"])
@pytest.mark.parametrize("case", list(TOGETHER))
def test_what_meets_everybody_at_once_is_no_effect(case, most, monkeypatch):
    if most == "few periods":
        monkeypatch.setattr(grid, "MOST_CELLS_WITH_PERIODS", 5 * 4 * 3 * 6)
    experiences, leaving = TOGETHER[case]
    data = opened_company(draw_company(502, experiences=experiences, leaving=leaving))
    plan = design(controls=(), bucket=100_000)
    panel = count_panel(data.arrow, plan)
    assert len(panel.grid.periods) == 6 if most == "few periods" else len(panel.grid.periods) > 20
    effects = fit_effects(panel, segments=(), minimum_events=10)
    assert effects.by_period
    undated = fit_cells(panel.cells(), ["tenure", "exposure", "usage"])
    places = [undated.position(level) for level in LEVELS]
    assert max(abs(undated.coefficients[places]) / undated.errors[places]) > FAR
    for level in LEVELS:
        place = effects.adjusted.position(level)
        assert abs(effects.adjusted.coefficients[place]) < FAR * effects.adjusted.errors[place]


def test_an_effect_is_found_within_the_periods_of_an_outage():
    experiences, leaving = TOGETHER["an outage, then a price rise"]
    tables = draw_company(503, experiences=experiences, leaving=leaving, effect=(0.5, 1.2))
    effects = fit_effects(
        count_panel(opened_company(tables).arrow, design(controls=(), bucket=100_000)),
        segments=(),
        minimum_events=10,
    )
    for level, planted in zip(LEVELS, (0.5, 1.2), strict=True):
        place = effects.adjusted.position(level)
        assert abs(effects.adjusted.coefficients[place] - planted) < FAR * effects.adjusted.errors[place]


def test_usage_edges_are_those_of_the_drawn_company():
    assert tuple(USAGE["bands"]) == design().usage_edges
    assert LAST - FIRST == 35
