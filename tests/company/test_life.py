"""Facts that make the simulated company identifiable; |z| <= 4.5 fails by chance once in 150,000."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.families.links import CLogLog
from statsmodels.genmod.generalized_linear_model import GLM

from cxlib.company import simulate
from cxlib.company.course import natural_course
from cxlib.company.life import ABSENT, INVOLUNTARY, STAYED, VOLUNTARY
from cxlib.company.parameters import planted
from cxlib.company.simulated import draw

LIMIT = 4.5


def months_at_risk(life, bands):
    """One entry is a customer-month at risk with usage of the month before in the window."""
    parts = []
    for month in range(life.first + 1, life.last + 1):
        here = life.at_risk(month)
        ended = life.end[here] == month
        parts.append(
            np.stack(
                [
                    life.band(month, bands)[here],
                    life.segment[here],
                    life.trait[here],
                    life.usage[month - 1 - life.first, here],
                    life.exposure(month)[here],
                    ended & (life.kind[here] == VOLUNTARY),
                    ended & (life.kind[here] == INVOLUNTARY),
                ]
            )
        )
    return np.concatenate(parts, axis=1)


@pytest.fixture(scope="module")
def rows(large):
    return months_at_risk(large.life, large.parameters.bands)


def test_usage_of_the_month_before_is_known_for_everybody_at_risk(rows):
    assert rows[3].max() == 2


@pytest.mark.parametrize("by", [3, 4], ids=["usage", "exposure"])
def test_involuntary_ends_depend_on_neither_usage_nor_experiences(large, rows, by):
    expected = large.parameters.lose_table()[rows[0], rows[1], rows[2]]
    for level in range(3):
        chosen = rows[by] == level
        variance = (expected * (1 - expected))[chosen].sum()
        assert abs(rows[6][chosen].sum() - expected[chosen].sum()) < LIMIT * np.sqrt(variance)


@pytest.mark.parametrize("usage", range(3))
@pytest.mark.parametrize("exposure", range(3))
def test_voluntary_ends_follow_usage_of_the_month_before_and_exposure(large, rows, usage, exposure):
    chosen = (rows[3] == usage) & (rows[4] == exposure) & (rows[6] == 0)
    hazard = large.parameters.leave_table()[tuple(rows[:5, chosen])]
    variance = (hazard * (1 - hazard)).sum()
    assert abs(rows[5][chosen].sum() - hazard.sum()) < LIMIT * np.sqrt(variance)


def test_cells_recover_the_planted_hazard_ratios(large, rows):
    kept = rows[:, rows[6] == 0]
    cells, code = np.unique(kept[[0, 1, 3, 4]], axis=1, return_inverse=True)
    left = np.bincount(code, kept[5])
    stayed = np.bincount(code) - left
    columns = [np.ones(cells.shape[1])]
    columns += [
        cells[axis] == level for axis, levels in enumerate((5, 2, 3, 3)) for level in range(1, levels)
    ]
    fit = GLM(
        np.stack([left, stayed], axis=1), np.stack(columns, axis=1), family=Binomial(link=CLogLog())
    ).fit()
    z = (fit.params[-2:] - [0.5, 1.2]) / fit.bse[-2:]
    assert np.abs(z).max() < LIMIT


@pytest.mark.parametrize("met", [0, 1])
def test_usage_moves_by_last_months_usage_and_experience(large, met):
    life, move = large.life, large.parameters.usage_table()[met]
    before, after = life.usage[:-1], life.usage[1:]
    there = (before != ABSENT) & (after != ABSENT) & ((life.experience[:-1] > 0) == met)
    counts = np.bincount(before[there] * 3 + after[there], minlength=9).reshape(3, 3)
    size = counts.sum(axis=1, keepdims=True)
    z = (counts - size * move) / np.sqrt(size * move * (1 - move))
    assert np.abs(z).max() < LIMIT


def test_experiences_follow_usage_of_the_same_month_and_segment(large):
    life, meet = large.life, large.parameters.experience_table()
    for segment in (0, 1):
        for usage in range(3):
            there = (life.usage == usage) & (life.segment == segment)
            chance = meet[segment, 0, usage]
            found = (life.experience[there] > 0).sum()
            spread = np.sqrt(there.sum() * chance * (1 - chance))
            assert abs(found - there.sum() * chance) < LIMIT * spread


def test_nobody_has_an_experience_in_a_month_not_stayed(large):
    life = large.life
    assert not (life.experience[life.usage == ABSENT] > 0).any()


def test_only_survivors_of_the_burn_in_are_exported(large):
    life = large.life
    assert ((life.end == 0) | (life.end >= life.first)).all()
    assert ((life.end == 0) == (life.kind == STAYED)).all()
    assert (life.end[life.end > 0] > life.start[life.end > 0]).all()


def test_tenure_at_the_windows_start_is_that_of_survivors(large):
    life, survival = large.life, natural_course(large.parameters).survival
    months = life.last - life.first + 1
    joining = (life.start >= life.first).sum() / months
    for tenure in (1, 12, 40, 56):
        found = (life.start == life.first - tenure).sum()
        there = survival[tenure - 1]
        # A drawn number is Poisson, and the mean is that of `months` drawn numbers.
        assert abs(found - joining * there) < LIMIT * np.sqrt(joining * there * (1 + there / months))


def test_exposure_counts_months_of_the_twelve_before_up_to_two(small):
    life = small.life
    for row in (12, 20, 35):
        counted = np.minimum((life.experience[row - 12 : row] > 0).sum(axis=0), 2)
        assert (life.exposure(life.first + row) == counted).all()


def test_exposure_at_the_windows_start_remembers_the_burn_in(small):
    life = small.life
    assert (life.exposure(life.first)[life.start < life.first - 1] > 0).any()
    assert not life.exposure(life.first)[life.start >= life.first].any()


def test_hazards_do_not_depend_on_the_calendar(large):
    life = large.life
    early, late = (
        np.array([((life.end == month).sum(), len(life.at_risk(month))) for month in months]).sum(axis=0)
        for months in (range(life.first + 1, life.first + 13), range(life.last - 11, life.last + 1))
    )
    share = (early[0] + late[0]) / (early[1] + late[1])
    spread = np.sqrt(share * (1 - share) * (1 / early[1] + 1 / late[1]))
    # The mix of tenures still moves a little, by far less than one part in twenty of the rate.
    assert abs(early[0] / early[1] - late[0] / late[1]) < LIMIT * spread + 0.05 * share


def test_the_number_of_customers_is_about_the_number_asked_for(large):
    # The number who start is Poisson: its spread is .3 %.
    assert len(large.life) == pytest.approx(100_000, rel=LIMIT * 0.0032)


def test_how_many_start_in_a_month_is_drawn_as_independent_decisions(large):
    """A Poisson number has the variance of its mean, in a month and between months."""
    life = large.life
    starts = np.bincount(life.start[life.start >= life.first] - life.first, minlength=36)
    dispersion = ((starts - starts.mean()) ** 2).sum() / starts.mean()
    assert chi2.ppf(7e-6, 35) < dispersion < chi2.ppf(1 - 7e-6, 35)
    neighbours = np.corrcoef(starts[1:], starts[:-1])[0, 1]
    assert abs(neighbours) < LIMIT / np.sqrt(35)


@pytest.fixture(scope="module")
def early():
    """A company in which a fifth of those who start end in the start month."""
    return draw(replace(planted(), leave_start=0.2), 30_000, 36, 411)


def test_a_planted_share_end_voluntarily_in_the_start_month(early):
    life = early.life
    new = life.start >= life.first
    at_once = life.end == life.start
    assert abs(at_once[new].sum() - 0.2 * new.sum()) < LIMIT * np.sqrt(0.16 * new.sum())
    assert (life.kind[at_once] == VOLUNTARY).all()
    assert (life.usage[:, at_once] == ABSENT).all()
    assert not life.experience[:, at_once].any()
    assert not (life.start == life.end)[~new].any()


def test_ends_in_the_start_month_fall_on_everybody_alike(early):
    life = early.life
    new = life.start >= life.first
    at_once, business = (life.end == life.start)[new], life.segment[new] == 1
    gap = at_once[business].mean() - at_once[~business].mean()
    assert abs(gap) < LIMIT * np.sqrt(0.16 * (1 / business.sum() + 1 / (~business).sum()))


def test_factors_of_one_draw_nothing_else():
    usual = draw(planted(), 2_000, 36, 412).life
    ones = replace(planted(), leave_calendar=(1.0,) * 36, experience_calendar=(1.0,) * 36)
    again = draw(ones, 2_000, 36, 412).life
    for name in ("start", "end", "kind", "usage", "experience"):
        assert np.array_equal(getattr(usual, name), getattr(again, name)), name


def test_calendar_factors_change_their_own_months(large):
    """Leaving x 3 and experiences x 4 in month 20 alone, against the company without them."""
    factors = {"leave_calendar": (1.0,) * 20 + (3.0,), "experience_calendar": (1.0,) * 20 + (4.0,)}
    other = draw(replace(planted(), **factors), 100_000, 36, 401).life
    ratio = {}
    for name, life in (("usual", large.life), ("other", other)):
        left = [((life.end == life.first + row) & (life.kind == VOLUNTARY)).sum() for row in (19, 20)]
        met = (life.experience[[19, 20]] > 0).sum(axis=1)
        ratio[name] = np.array([left[1] / left[0], met[1] / met[0]])
    # 600 leave in a month and 3,400 have an experience: standard errors of 7 % and 3 %.
    assert ratio["other"] / ratio["usual"] == pytest.approx([3, 4], rel=0.25)


def test_the_same_seed_gives_the_same_lives_and_another_seed_others():
    one, same, other = (simulate(500, seed=seed).life for seed in (1, 1, 2))
    assert (one.end == same.end).all() and (one.usage == same.usage).all()
    assert one.end.shape != other.end.shape or (one.end != other.end).any()
