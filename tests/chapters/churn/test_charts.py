"""Pictures of chapter 12: they draw the numbers of the result, and say them in both languages."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cxlib.chapters.churn import charts
from cxlib.chapters.churn import results as churn
from cxlib.language import speaking
from tests.panel.customer_months import opened

CHARTS = {
    "naive": charts.shares,
    "after": charts.incidence,
    "hazard": charts.ratios,
    "leads": charts.lead_profile,
    "risk": charts.risks,
    "claim": charts.ways,
}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", list(CHARTS))
@pytest.mark.parametrize("language", ["de", "en"])
def test_charts_have_alternative_text_with_the_values(data, name, language):
    with speaking(language):
        axes = CHARTS[name](getattr(churn, name)(data))
    assert "%" in axes.get_label() or name == "hazard"
    axes.figure.canvas.draw()


@pytest.mark.parametrize(
    ("name", "value", "across"), [("naive", "share", 1), ("hazard", "ratio", 0), ("claim", "share", 0)]
)
def test_points_and_intervals_are_those_of_the_table(data, name, value, across):
    result = getattr(churn, name)(data)
    lines = CHARTS[name](result).get_lines()
    marked = [line.get_xydata() for line in lines if line.get_marker() not in ("None", "", None)]
    drawn = np.concatenate(marked)[:, across]
    ends = np.concatenate([line.get_xydata()[:, across] for line in lines])
    for row in result.table.itertuples():
        assert np.isclose(drawn, getattr(row, value)).any()
        assert np.isclose(ends, row.low).any() and np.isclose(ends, row.high).any()


def test_risks_stand_beside_the_claimed_shares(tables):
    result = churn.risk(opened(tables, zendesk={"shares": (0.61, 0.76), "horizon_months": 6}))
    axes = charts.risks(result)
    assert axes.get_ylabel() == "Leaves within 6 months"
    assert "within 6 months" in axes.get_label() and "The claim says 61% and 76%." in axes.get_label()
    with speaking("de"):
        assert charts.risks(result).get_ylabel() == "Geht innerhalb von 6 Monaten"


def test_steps_end_at_the_horizon(tables):
    axes = charts.incidence(churn.after(opened(tables, zendesk={"horizon_months": 6})))
    assert max(line.get_xdata().max() for line in axes.get_lines()) == 6
    assert axes.get_xticks().max() <= 6


def test_a_chart_draws_on_the_axes_it_is_given(data):
    _, axes = plt.subplots()
    assert charts.shares(churn.naive(data), ax=axes) is axes
