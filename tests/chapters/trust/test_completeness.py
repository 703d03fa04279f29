"""Months without rows and late rows, on rows that can be counted by hand."""

import numpy as np
import pytest

from cxlib.chapters.trust import charts
from cxlib.chapters.trust.completeness import coverage, freshness, month_states
from tests.chapters.tiny import answers, customers, opened, tickets


def test_months_are_empty_thin_or_outside():
    rows = np.array([0, 100, 90, 0, 110, 30, 95, 105, 0])
    states = month_states(rows).tolist()
    assert states == ["outside", "", "", "gap", "", "thin", "", "", "outside"]


def test_a_table_filled_in_waves_has_no_gaps():
    assert "gap" not in month_states(np.array([500, 0, 0, 480, 0, 0, 510]))


def test_chance_alone_leaves_no_month_thin():
    rng = np.random.default_rng(12)
    found = sum((month_states(rng.poisson(usual, 36)) == "thin").any() for usual in [25, 36, 45] * 200)
    # Under 1 in 1,000 of such tables; three Poisson standard deviations would mark 15 of these 600.
    assert found <= 3


def test_the_usual_month_lies_between_the_two_in_the_middle(tmp_path):
    numbers = {"07": 4, "08": 3, "09": 6, "10": 5}
    rows = [row for month, n in numbers.items() for row in tickets(n, month=f"2026-{month}")]
    result = coverage(opened(tmp_path, tickets=rows, customers=customers(9)))
    assert result.table.set_index("table").loc["tickets", "median"] == 4.5
    assert "4.5" in result.shown("en").to_string() and "4,5" in result.shown("de").to_string()


def test_a_few_rows_are_not_thin_by_chance():
    assert set(month_states(np.array([5, 4, 2, 6, 5]))) == {""}
    assert set(month_states(np.zeros(3))) == {"outside"}


def a_gap(tmp_path):
    months = [f"2026-{number:02d}" for number in range(1, 11) if number != 6]
    return opened(tmp_path, tickets=[row for month in months for row in tickets(12, month=month)])


def test_an_empty_month_is_named_and_drawn(tmp_path):
    result = coverage(a_gap(tmp_path))
    assert "Months without a single row: support tickets Jun 2026" in result.text("en")
    (row,) = result.table.itertuples()
    assert (row.first, row.last, row.months, row.gaps, row.median) == ("2026-01", "2026-10", 9, 1, 12)
    axes = charts.coverage(result)
    assert "1 empty month between" in axes.get_label()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["empty month"]


def test_how_far_tables_lag_and_how_late_rows_come(tmp_path):
    # Recorded after 1 hour; 2 of 20 come on 15 October, more than 10 days after September.
    recorded = ["2026-09-03 10:00:00"] * 18 + ["2026-10-15 00:00:00"] * 2
    late = [row | {"recorded_at": at} for row, at in zip(tickets(20, month="2026-09"), recorded, strict=True)]
    data = opened(tmp_path, tickets=late, surveys=answers(9, 30))
    result = freshness(data)
    table = result.table.set_index("table")
    assert table["behind"].to_dict() == {"surveys": 0, "tickets": 1}
    assert table.loc["tickets", "median"] == pytest.approx(1 / 24)
    assert table.loc["tickets", "late"] == pytest.approx(0.1)
    assert np.isnan(table.loc["surveys", "median"])
    assert "support tickets in September 2026" in result.text("en")
    assert "half are recorded within 60 minutes; 10.00% come more than 10 days" in result.text("en")


@pytest.mark.parametrize(
    ("days", "late", "english", "german"),
    [
        (0, 0.75, "75.00% come more than 0 days after", "mehr als 0 Tage nach"),
        (1, 0.5, "50.00% come more than 1 day after", "mehr als 1 Tag nach"),
        (10, 0.25, "25.00% come more than 10 days after", "mehr als 10 Tage nach"),
    ],
)
def test_late_is_what_the_setting_says(tmp_path, days, late, english, german):
    # Of September: recorded in it, and half a day, 5 and 12 days after its end.
    at = ["2026-09-03 10:00:00", "2026-10-01 12:00:00", "2026-10-06 00:00:00", "2026-10-13 00:00:00"]
    rows = [row | {"recorded_at": at[i % 4]} for i, row in enumerate(tickets(40, month="2026-09"))]
    data = opened(tmp_path, tickets=rows + tickets(20), definitions={"late_days": days})
    result = freshness(data)
    assert result.table["late"].tolist() == [late]
    assert english in result.text("en") and german in result.text("de")


def test_delays_are_those_of_the_observed_months(tmp_path):
    rows = [row | {"recorded_at": "2026-09-04 09:00:00"} for row in tickets(20, month="2026-08")]
    rows += [row | {"recorded_at": "2026-10-04 09:00:00"} for row in tickets(20)]
    data = opened(tmp_path, tickets=rows, definitions={"observed_since": "2026-10"})
    result = freshness(data)
    assert (result.table["timed"].tolist(), result.table["median"].tolist()) == ([20], [1.0])
    assert "for the last month." in result.method[0].text("en")
    assert "für den letzten Monat." in result.method[0].text("de")


def test_more_empty_months_than_are_named_are_counted(tmp_path):
    empty = ("02", "04", "06", "08")
    months = [f"2025-{m:02d}" for m in range(1, 13)] + [f"2026-{m:02d}" for m in range(1, 11)]
    kept = [month for month in months if month not in {f"2026-{m}" for m in (*empty, "09")}]
    data = opened(tmp_path, tickets=[row for month in kept for row in tickets(12, month=month)])
    assert "Aug 2026 and 1 more month." in coverage(data).text("en")
    assert "und 1 weiterer Monat." in coverage(data).text("de")
