"""A company in which a fifth leaves in the month of starting: curve, cohorts and value say the same."""

from dataclasses import replace

import numpy as np
import pytest

import cxlib as cx
from cxlib.chapters.profit.study import study
from cxlib.company.course import natural_course
from cxlib.estimate import Z95
from tests.adversaries import at_once


@pytest.fixture(scope="module", params=[(0.2, 505), (0.02, 7)], ids=["a fifth", "one in fifty"])
def drawn(request, tmp_path_factory):
    share, seed = request.param
    return at_once(tmp_path_factory.mktemp("at_once"), customers=5000, share=share, seed=seed)


@pytest.fixture(scope="module")
def data(drawn):
    return cx.open_dataset(drawn.folder)


@pytest.fixture(scope="module")
def figures(data):
    results = (cx.retention.kaplan_meier(data), cx.profit.customer_value(data), cx.profit.what_if(data))
    return {figure.id: figure for result in results for figure in result.figures}


def test_the_figures_are_those_of_all_who_start(drawn, figures):
    """None farther than 3.5 standard errors of its interval from the truth; seeds fixed beforehand."""
    assert set(figures) <= set(drawn.truth) and len(figures) == 8
    for id, figure in figures.items():
        error = (figure.high - figure.low) / (2 * Z95)
        assert abs(figure.value - drawn.truth[id]) < 3.5 * error, id


def test_who_left_at_once_costs_that_share_of_everything_earned(drawn):
    """The truth itself, from the course of the same company in which nobody leaves at once."""
    parameters = drawn.company.parameters
    usual = natural_course(replace(parameters, leave_start=0.0), 60)
    kept = 1 - parameters.leave_start
    assert drawn.truth["retention.12m"] == pytest.approx(100 * kept * usual.survival[12], rel=1e-9)
    month = np.arange(1, 61)
    earned = (usual.survival[:-1] * usual.margin * 1.1 ** (-(month - 0.5) / 12)).sum()
    assert drawn.truth["value.customer"] == pytest.approx(kept * earned - 120, rel=1e-9)


def test_the_curve_is_a_count_of_lives(drawn, data):
    life = drawn.company.life
    curve, there = cx.retention.kaplan_meier(data).parts["curve"].set_index("time"), 1.0
    for tenure in range(25):
        month = life.start + tenure
        seen = (month >= life.first) & (month <= life.last)
        at_risk = seen & ((life.end == 0) | (life.end >= month))
        there *= 1 - (at_risk & (life.end == month)).sum() / at_risk.sum()
        assert curve.loc[tenure, "at_risk"] == at_risk.sum()
        assert curve.loc[tenure, "survival"] == pytest.approx(there, abs=1e-12)


def test_value_and_curve_keep_the_same_customers(data):
    curve = cx.retention.kaplan_meier(data).parts["curve"].set_index("time")["survival"]
    made = data.once(study)
    assert made.retention == pytest.approx(curve[12], abs=1e-12)
    built = cx.profit.customer_value(data).table
    assert built["kept"].tolist() == pytest.approx(curve.loc[built["months"]].tolist(), abs=1e-12)
    assert cx.profit.what_if(data).table["now"].iloc[0] == pytest.approx(curve[12], abs=1e-12)


def test_cohorts_lie_about_the_curve(drawn, data):
    """Together the cohorts lose what the curve loses, month by month of age, as far as all are followed."""
    cells = cx.retention.cohorts(data).parts["cells"]
    curve = cx.retention.kaplan_meier(data).parts["curve"].set_index("time")["survival"]
    for age in (1, 12):
        at = cells[cells["months"] == age]
        pooled = np.average(at["share"], weights=at["customers"])
        # Cohorts that are old enough are a part of the curve's customers: sampling error of that part.
        assert pooled == pytest.approx(curve[age], abs=3.5 * np.sqrt(0.25 / at["customers"].sum()))


def test_how_many_left_at_once_is_said(drawn, data):
    life = drawn.company.life
    begun = life.start >= life.first
    left = begun & (life.end == life.start)
    text = cx.retention.kaplan_meier(data)
    assert f"{100 * left.sum() / begun.sum():.1f}% of them left" in text.text("en")
    month = (life.start == life.last) & (life.end == life.last)
    assert f"{month.sum()} more left in the very month" in cx.retention.churn_rate(data).text("en")
