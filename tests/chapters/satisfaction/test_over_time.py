"""The score over time, on answers that can be counted by hand."""

from cxlib.chapters.satisfaction.over_time import trend
from tests.chapters.tiny import answers, opened


def test_a_short_trend_has_no_limits_and_says_so(tmp_path):
    surveys = [row for m in range(1, 6) for row in answers(9, 12, start=20 * m, month=f"2026-0{m}")]
    result = trend(opened(tmp_path, surveys=surveys, month="2026-05"))
    assert result.table["lower"].isna().all()
    assert len(result.table) == 5
    assert "Too short" in result.warnings[0].text("en")


def test_each_month_is_shown_as_it_was_known_at_its_end(tmp_path):
    late = answers(0, 30, start=30, month="2026-09", answered_at="2026-10-02 10:00:00")
    surveys = [*answers(9, 20, month="2026-09"), *late, *answers(9, 15, start=80)]
    table = trend(opened(tmp_path, surveys=surveys)).table
    assert table["answers"].tolist() == [20, 15]


def test_months_of_a_few_answers_are_left_out_of_the_trend(tmp_path):
    surveys = [
        *answers(9, 9, month="2026-08"),
        *answers(9, 12, start=20, month="2026-09"),
        *answers(5, 12, start=40),
    ]
    table = trend(opened(tmp_path, surveys=surveys)).table
    assert table["month"].tolist() == ["2026-09", "2026-10"]
