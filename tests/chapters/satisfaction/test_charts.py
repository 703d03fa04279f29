"""Charts of chapter 3: marks equal the result, and the alternative text says what is seen."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

mpl.use("Agg")

from cxlib import language  # noqa: E402
from cxlib.chapters.satisfaction import charts, results  # noqa: E402
from tests.chapters.tiny import answers, opened  # noqa: E402


@pytest.fixture(params=["en", "de"])
def speech(request):
    with language.speaking(request.param):
        yield request.param


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Fourteen months of answers on recommending, and on two touchpoints."""
    months = [f"2025-{m:02d}" for m in range(9, 13)] + [f"2026-{m:02d}" for m in range(1, 11)]
    surveys = []
    for place, month in enumerate(months):
        surveys += answers(9, 20 + place, start=0, month=month) + answers(3, 15, start=40, month=month)
        surveys += answers(5, 12, start=0, month=month, instrument="csat", touchpoint="hotline")
        surveys += answers(2, 12, start=20, month=month, instrument="csat", touchpoint="complaint")
    return opened(tmp_path_factory.mktemp("drawn"), surveys=surveys)


def test_classes_fill_the_bar(data, speech):
    ax = charts.classes(results.nps(data))
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(1.0)
    assert {"en": "Promoters 69%", "de": "Promotoren 69\u00a0%"}[speech] in ax.get_label()


def test_the_trend_shows_every_month_and_the_limits(data, speech):
    result = results.trend(data)
    ax = charts.trend(result)
    points = ax.collections[-1].get_offsets()
    assert points[:, 1].tolist() == result.table["value"].tolist()
    assert len(ax.collections) == 3, "limits, intervals, points"
    assert {"en": "October 2026", "de": "Oktober 2026"}[speech] in ax.get_label()


def test_groups_stand_with_their_intervals_lowest_on_top(data, speech):
    ax = charts.groups(results.by(data, "touchpoint"))
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == {"en": ["Complaint", "Hotline"], "de": ["Beschwerde", "Hotline"]}[speech]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]
    assert len(ax.collections[0].get_segments()) == 2


def few_months(tmp_path):
    surveys = [row for m in range(1, 6) for row in answers(9, 12, start=20 * m, month=f"2026-0{m}")]
    return opened(tmp_path, surveys=surveys, month="2026-05")


def test_a_short_trend_is_drawn_without_limits(tmp_path, speech):
    ax = charts.trend(results.trend(few_months(tmp_path)))
    assert len(ax.collections) == 2, "intervals, points"
    said = {"en": "too short for limits of chance", "de": "zu kurz für Zufallsgrenzen"}
    assert said[speech] in ax.get_label()


def test_one_month_beyond_the_limits_is_marked_and_said(tmp_path, speech):
    months = [f"2025-{m:02d}" for m in range(9, 13)] + [f"2026-{m:02d}" for m in range(1, 11)]
    surveys = []
    for month in months:
        low = month == "2026-03"
        surveys += answers(9, 10 if low else 60, month=month) + answers(
            3, 60 if low else 10, start=100, month=month
        )
    ax = charts.trend(results.trend(opened(tmp_path, surveys=surveys)))
    said = {"en": "1 of 14 months lies outside", "de": "1 von 14 Monaten liegt außerhalb"}
    assert said[speech] in ax.get_label()
    colours = ax.collections[-1].get_facecolors()
    assert (colours != colours[0]).any(axis=1).nonzero()[0].tolist() == [6]


def test_the_value_of_all_is_a_line(data):
    ax = charts.groups(results.by(data, "touchpoint"))
    (line,) = ax.get_lines()
    assert list(line.get_xdata()) == [0.5, 0.5], "as many are satisfied as are not"


def test_one_group_alone_is_said_to_be_one(tmp_path, speech):
    surveys = answers(5, 12, instrument="csat", touchpoint="hotline")
    ax = charts.groups(results.by(opened(tmp_path, surveys=surveys)))
    assert ax.get_label().startswith({"en": "One group with", "de": "Eine Gruppe mit"}[speech])


def test_no_group_large_enough_is_said(tmp_path, speech):
    surveys = answers(5, 4, instrument="csat", touchpoint="hotline")
    ax = charts.groups(results.by(opened(tmp_path, surveys=surveys)))
    assert (
        ax.get_label()
        == {
            "en": "No group is large enough to be shown.",
            "de": "Keine Gruppe ist groß genug, um gezeigt zu werden.",
        }[speech]
    )


def test_charts_draw_on_the_axes_they_are_given(data, speech):
    for result, draw in [
        (results.nps(data), charts.classes),
        (results.trend(data), charts.trend),
        (results.by(data), charts.groups),
    ]:
        _, ax = plt.subplots()
        assert draw(result, ax=ax) is ax
        assert ax.get_label()
        assert len(plt.get_fignums()) == 1, "no picture is left behind"
        plt.close("all")
