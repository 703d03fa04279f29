"""Charts of chapter 11: marks equal the result, and the alternative text says what is seen."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from seaborn.utils import relative_luminance

mpl.use("Agg")

from cxlib.chapters.retention import charts as draw_retention  # noqa: E402
from cxlib.chapters.retention import results as retention  # noqa: E402
from cxlib.language import percent, speaking  # noqa: E402
from tests.chapters.tiny import answers, customers, opened  # noqa: E402


@pytest.fixture(params=["en", "de"])
def speech(request):
    with speaking(request.param):
        yield request.param


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Fourteen months of answers, cohorts that shrink, two segments."""
    months = [f"2025-{m:02d}" for m in range(9, 13)] + [f"2026-{m:02d}" for m in range(1, 11)]
    surveys = [row for month in months for row in answers(9, 20, month=month)]
    people = []
    for place, month in enumerate(months):
        segment = ("business", "consumer")[place % 2]
        people += customers(40, start=100 * place, began=f"{month}-01", segment=segment)
        if place < 12:
            left = f"{months[place + 2]}-10"
            people += customers(10, start=100 * place + 40, began=f"{month}-01", left=left, segment=segment)
    people += customers(60, start=5000, began="2025-08-01", segment="consumer")
    people += customers(60, start=5100, began="2025-08-01", segment="business")
    return opened(tmp_path_factory.mktemp("drawn"), surveys=surveys, customers=people)


def test_churn_by_month_begins_at_zero(data, speech):
    result = retention.churn_rate(data)
    ax = draw_retention.churn(result)
    assert ax.get_ylim()[0] == 0
    assert ax.get_lines()[0].get_ydata().tolist() == result.table["rate"].tolist()


def test_the_number_at_risk_stands_below_the_curve(data, speech):
    result = retention.kaplan_meier(data)
    ax = draw_retention.survival(result)
    at_risk = result.parts["curve"].set_index("time")["at_risk"]
    label = ax.get_xticklabels()[-1].get_text()
    assert label == f"14\n{at_risk[14]:.0f}"
    assert ax.get_lines()[0].get_ydata()[0] == 1.0


def test_survival_of_groups_is_named_at_its_end(data, speech):
    result = retention.by(data)
    ax = draw_retention.groups(result)
    assert {text.get_text() for text in ax.texts} == {"business", "consumer"}
    after = {"en": "after 12 months from", "de": "nach 12 Monaten von"}[speech]
    low, high = (percent(result.table["value"].iloc[place]).text() for place in (0, -1))
    assert after in ax.get_label() and low in ax.get_label() and high in ax.get_label()


def test_cohorts_write_each_share_in_its_field(data, speech):
    result = retention.cohorts(data)
    ax = draw_retention.cohorts(result)
    shares = result.table.filter(like="after_").to_numpy()
    for text in ax.texts:
        column, row = (int(place) for place in text.get_position())
        assert text.get_text() == f"{100 * shares[row, column]:.0f}"
    assert len(ax.texts) == np.isfinite(shares).sum()
    assert len(ax.get_yticklabels()) == len(result.table)
    fields = ax.collections[0].get_array().reshape(shares.shape)
    assert np.ma.filled(fields, np.nan) == pytest.approx(shares, nan_ok=True)


def test_the_darkest_field_is_the_highest_share(data):
    result = retention.cohorts(data)
    shades = draw_retention.cohorts(result).collections[0]
    shares = result.table.filter(like="after_").to_numpy()
    assert shades.get_clim()[1] == np.nanmax(shares)
    assert shades.get_clim()[0] < np.nanmin(shares), "the lowest is not white"


def test_shares_can_be_read_on_their_fields(data):
    """WCAG asks for a contrast of 3 for marks that carry meaning; seaborn's own choice has 2.3."""
    ax = draw_retention.cohorts(retention.cohorts(data))
    shades, (rows, columns) = ax.collections[0], ax.collections[0].get_array().shape
    fields = shades.to_rgba(shades.get_array()).reshape(rows, columns, 4)
    for text in ax.texts:
        column, row = (int(place) for place in text.get_position())
        light, dark = sorted(
            (relative_luminance(c) + 0.05 for c in (text.get_color(), fields[row, column])), reverse=True
        )
        assert light / dark > 3.5


def test_months_of_too_few_customers_leave_a_gap(tmp_path, speech):
    people = [*customers(12, began="2026-05-10"), *customers(90, start=12, began="2026-06-10")]
    since = {"observed_since": "2026-05", "minimum_group": 13}
    result = retention.churn_rate(opened(tmp_path, customers=people, as_of="2026-10", definitions=since))
    ax = draw_retention.churn(result)
    assert np.isnan(ax.get_lines()[0].get_ydata()).tolist() == [True, False, False, False, False]
    assert {"en": "in July 2026", "de": "im Juli 2026"}[speech] in ax.get_label()


def test_a_snapshot_is_drawn_as_a_share(tmp_path, speech):
    rows = [{"churned": i < 30} for i in range(120)]
    ax = draw_retention.churn(retention.churn_rate(opened(tmp_path, snapshot=rows, as_of="2026-10")))
    assert [bar.get_width() for bar in ax.patches] == [0.25, 0.75]
    assert {"en": "25.0%", "de": "25,0\u00a0%"}[speech] in ax.get_label()


def test_charts_draw_on_the_axes_they_are_given(data, speech):
    for result, draw in [
        (retention.churn_rate(data), draw_retention.churn),
        (retention.kaplan_meier(data), draw_retention.survival),
        (retention.by(data), draw_retention.groups),
        (retention.cohorts(data), draw_retention.cohorts),
    ]:
        _, ax = plt.subplots()
        assert draw(result, ax=ax) is ax
        assert ax.get_label()
        assert len(plt.get_fignums()) == 1, "no picture is left behind"
        plt.close("all")


def test_cohorts_that_are_all_too_small_are_drawn_without_a_number(tmp_path, speech):
    people = [*customers(8, began="2026-06-10"), *customers(8, start=8, began="2026-08-10")]
    since = {"observed_since": "2026-05"}
    result = retention.cohorts(opened(tmp_path, customers=people, as_of="2026-10", definitions=since))
    ax = draw_retention.cohorts(result)
    assert not ax.texts
    assert {"en": "No cohort is old", "de": "Keine Kohorte ist alt"}[speech] in ax.get_label()
