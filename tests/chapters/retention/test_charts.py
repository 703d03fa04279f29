"""Charts of chapter 11: marks equal the result, and the alternative text says what is seen."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

mpl.use("Agg")

from cxlib import language  # noqa: E402
from cxlib.chapters.retention import charts as draw_retention  # noqa: E402
from cxlib.chapters.retention import results as retention  # noqa: E402
from tests.chapters.tiny import answers, customers, opened  # noqa: E402


@pytest.fixture(params=["en", "de"])
def speech(request):
    language.use(request.param)
    yield request.param
    language.use("en")
    plt.close("all")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Fourteen months of answers, cohorts that shrink, two segments."""
    months = [f"2025-{m:02d}" for m in range(9, 13)] + [f"2026-{m:02d}" for m in range(1, 11)]
    surveys = []
    for place, month in enumerate(months):
        surveys += answers(9, 20 + place, start=0, month=month) + answers(3, 15, start=40, month=month)
        surveys += answers(5, 12, start=0, month=month, instrument="csat", touchpoint="hotline")
        surveys += answers(2, 12, start=20, month=month, instrument="csat", touchpoint="complaint")
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
    ax = draw_retention.groups(retention.by(data))
    assert {text.get_text() for text in ax.texts} == {"business", "consumer"}


def test_cohorts_write_each_share(data, speech):
    result = retention.cohorts(data)
    ax = draw_retention.cohorts(result)
    shown = result.table.filter(like="after_").notna().sum().sum()
    assert len(ax.texts) == shown
    assert len(ax.get_yticklabels()) == len(result.table)


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
