"""The score over time, on answers that can be counted by hand."""

import numpy as np
import pytest

from cxlib.chapters.satisfaction import charts
from cxlib.chapters.satisfaction.over_time import trend
from cxlib.contract.months import month_name
from tests.chapters.tiny import answers, opened

LAST = 12 * 2026 + 10


def several(tmp_path, promoters, *, of=100, **options):
    """Open months up to October 2026 with so many promoters, the rest detractors; None: no answers at all."""
    surveys = []
    for place, n in enumerate(promoters):
        if n is not None:
            month = month_name(LAST - len(promoters) + 1 + place)
            surveys += answers(9, n, month=month) + answers(0, of - n, start=500, month=month)
    return opened(tmp_path, surveys=surveys, **options)


def test_a_short_trend_has_no_limits_and_says_so(tmp_path):
    surveys = [row for m in range(1, 6) for row in answers(9, 12, start=20 * m, month=f"2026-0{m}")]
    result = trend(opened(tmp_path, surveys=surveys, month="2026-05"))
    assert result.table[["lower", "upper", "line"]].isna().all(axis=None)
    assert len(result.table) == 5 and result.parts["change"].empty
    assert "needs 12 months or more" in result.warnings[0].text("en")
    assert "mindestens 12 Monate" in result.warnings[0].text("de")
    assert len(result.sentences) == 1, "nothing is said about chance"


def test_each_month_is_shown_as_it_was_known_at_its_end(tmp_path):
    late = answers(0, 30, start=30, month="2026-09", answered_at="2026-10-02 10:00:00")
    surveys = [*answers(9, 20, month="2026-09"), *late, *answers(9, 15, start=80)]
    table = trend(opened(tmp_path, surveys=surveys)).table
    assert table["answers"].tolist() == [20, 15]


@pytest.mark.parametrize(("minimum", "months"), [(10, ["2026-09", "2026-10"]), (9, ["2026-08"])])
def test_months_of_a_few_answers_are_left_out_of_the_trend(tmp_path, minimum, months):
    surveys = [
        *answers(9, 9, month="2026-08"),
        *answers(9, 12, start=20, month="2026-09"),
        *answers(5, 12, start=40),
    ]
    result = trend(opened(tmp_path, surveys=surveys, definitions={"minimum_group": minimum}))
    assert result.table["month"].tolist()[: len(months)] == months
    left_out = [text.text("en") for text in result.warnings if "left out" in text.text("en")]
    assert left_out == (
        ["1 month is left out because fewer than 10 people answered."] if minimum == 10 else []
    )


def test_nothing_found_is_not_called_nothing_there(tmp_path):
    result = trend(several(tmp_path, [60, 61, 59, 60, 62, 60, 58, 60, 61, 60, 59, 61, 60, 60]))
    change, table = result.parts["change"].iloc[0], result.table
    english, german = result.text("en"), result.text("de")
    assert (
        f"answers that truly lies {table['detectable'].median():.1f} points off the mean would show in 80%"
        in english
    )
    assert "Whether the score rises or falls cannot be told: from September 2025 to October 2026" in english
    assert f"A steady change of {change['detectable']:.1f} points would have shown in 80% of cases" in english
    assert (
        "Kein Monat liegt außerhalb der Zufallsgrenzen" in german
        and "lässt sich nicht sagen: Von September 2025" in german
    )
    assert not any(word in english + german for word in ("no more than chance", "nichts als Zufall"))
    assert "A line through" not in charts.trend(result).get_label()


@pytest.mark.parametrize(
    ("step", "english", "german"),
    [(-2, "the score has fallen, more", "gefallen, und zwar"), (2, "the score has risen, more", "gestiegen")],
)
def test_a_steady_change_is_said_and_drawn(tmp_path, step, english, german):
    result = trend(several(tmp_path, [60 + step * place for place in range(15)]))
    change = result.parts["change"].iloc[0]
    # Two promoters more a month are 4 points; along 14 months.
    assert change["value"] == pytest.approx(28 * step)
    assert f"by {abs(change['value']):.1f} points, between" in result.text("en")
    assert english in result.text("en") and german in result.text("de")
    ax = charts.trend(result)
    drawn = [line.get_ydata() for line in ax.get_lines() if len(line.get_xdata()) == 15]
    assert any(np.allclose(line, result.table["line"]) for line in drawn)
    assert "A line through the months leads from" in ax.get_label()


def test_a_gap_keeps_its_time(tmp_path):
    promoters = [60, 61, 62, None, None, None, 66, 67, 68, 69, 70, 71, 72, 73, 74]
    result = trend(several(tmp_path, promoters))
    assert len(result.table) == 12
    # One promoter a month along 14 months, three of them without answers: nothing is bent by the gap.
    assert result.parts["change"]["value"].iloc[0] == pytest.approx(28)


def test_the_chart_draws_the_limits_that_the_words_go_by(tmp_path):
    result = trend(several(tmp_path, [60] * 7 + [20] + [60] * 7))
    assert "More than chance: Mar 2026" in result.text("en") and "Mär" in result.text("de")
    band = charts.trend(result).collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx(
        (result.table["lower"].min(), result.table["upper"].max())
    )
