"""What a table without dates can say of leaving, and that it says no more."""

import pytest

from cxlib import language
from cxlib.chapters.retention import charts
from cxlib.chapters.retention import results as retention
from cxlib.stats.intervals import wilson
from tests.chapters.tiny import opened


def test_a_snapshot_gives_shares_and_no_curve(tmp_path):
    rows = [{"churned": i < 30, "tenure_months": 13 if i % 2 else 5} for i in range(120)]
    rows += [{"churned": True, "tenure_months": 0}] * 10
    data = opened(tmp_path, snapshot=rows, as_of="2026-10")
    share = retention.churn_rate(data)
    assert share.figure("churn.snapshot.share").value == pytest.approx(100 * 40 / 130, rel=1e-5)
    assert set(share.absent) == {"churn.rate", "churn.rate.involuntary", "churn.rate.year"}
    curve = retention.kaplan_meier(data)
    assert not curve.figures and "does not follow from it" in curve.absent["retention.12m"].text("en")
    assert curve.table[["customers", "left"]].values.tolist() == [[70, 25], [60, 15]]
    assert "up to 12 months 35.7%" in curve.text("en") and "13 to 24 months 25.0%" in curve.text("en")
    assert "no course of time" in curve.method[0].text("en")
    assert "exploratory" in curve.warnings[0].text("en") and "exploratory" in share.warnings[0].text("en")
    assert not retention.cohorts(data).available
    assert not retention.by(data).available


def test_groups_of_a_snapshot_are_compared(tmp_path):
    rows = [{"churned": i < 60, "contract": "month"} for i in range(120)]
    rows += [{"churned": i < 6, "contract": "year"} for i in range(120)]
    rows += [{"churned": True, "contract": "day"}] * 9 + [{"churned": True, "contract": None}] * 20
    result = retention.by(opened(tmp_path, snapshot=rows, as_of="2026-10"), "contract")
    assert result.table["group"].tolist() == ["year", "month"]
    assert result.table["share"].tolist() == [0.05, 0.5]
    month = result.table.iloc[1]
    assert (month["low"], month["high"]) == pytest.approx(wilson(60, 120)[1:])
    assert "1 group is not shown: groups of fewer than 10 people" in result.warnings[1].text("en")
    assert "1 Gruppe wird nicht gezeigt" in result.warnings[1].text("de")
    assert "exploratory" in result.warnings[0].text("en")


def test_a_small_group_cannot_be_worked_out_from_the_total(tmp_path):
    """All customers are of a known group: the next smallest is hidden with the small one."""
    sizes = {"day": 9, "week": 40, "month": 120, "year": 130}
    rows = [{"churned": i % 3 == 0, "contract": name} for name, n in sizes.items() for i in range(n)]
    result = retention.by(opened(tmp_path, snapshot=rows, as_of="2026-10"), "contract")
    assert sorted(result.table["group"]) == ["month", "year"]
    assert "2 groups are not shown" in result.warnings[1].text("en")


def test_every_customer_of_known_tenure_stands_in_one_year(tmp_path):
    """Begun months count as whole; without a month is in the first year, the seventh year in the last."""
    tenures = [0, 0.5, 12, 12.1, 24, 60, 60.2, 61, 84, 200, None]
    rows = [{"churned": i < 3, "tenure_months": tenure} for tenure in tenures for i in range(10)]
    result = retention.kaplan_meier(opened(tmp_path, snapshot=rows, as_of="2026-10"))
    assert [(row.group.text("en"), row.customers, row.left) for row in result.table.itertuples()] == [
        ("up to 12 months", 30, 9),
        ("13 to 24 months", 20, 6),
        ("49 to 60 months", 10, 3),
        ("61 months or more", 40, 12),
    ]
    assert result.table["group"].iloc[0].text("de") == "bis 12 Monate"


@pytest.mark.parametrize(("minimum", "shown"), [(10, 3), (11, 1), (30, 1), (31, 0)])
def test_small_years_are_not_shown_and_said(tmp_path, minimum, shown):
    sizes = {5: 30, 20: 20, 40: 10}
    rows = [{"churned": i % 2 == 0, "tenure_months": t} for t, n in sizes.items() for i in range(n)]
    settings = {"minimum_group": minimum}
    result = retention.kaplan_meier(opened(tmp_path, snapshot=rows, as_of="2026-10", definitions=settings))
    assert len(result.table) == shown and "retention.12m" in result.absent
    hidden = 3 - shown
    said = " ".join(text.text("en") for text in result.warnings)
    assert (f"{hidden} group" in said and f"fewer than {minimum} people" in said) == (0 < hidden < 3)


@pytest.mark.parametrize("spoken", ["en", "de"])
def test_shares_are_drawn_with_their_intervals(tmp_path, spoken):
    rows = [
        {"churned": i < 30, "tenure_months": t, "segment": s}
        for t, s in ((5, "a"), (40, "b"))
        for i in range(60)
    ]
    data = opened(tmp_path, snapshot=rows, as_of="2026-10")
    words = {"en": "Share of the customers who have left", "de": "Anteil der Kunden, die gegangen sind"}
    for result, chart in (
        (retention.kaplan_meier(data), charts.survival),
        (retention.by(data, "segment"), charts.groups),
    ):
        with language.speaking(spoken):
            axes = chart(result)
        assert axes.lines[0].get_xdata().tolist() == [0.5, 0.5]
        ends = [path.vertices[:, 0].tolist() for path in axes.collections[0].get_paths()]
        assert ends == [pytest.approx(wilson(30, 60)[1:])] * 2
        assert axes.get_label().startswith(words[spoken])


def test_money_is_not_computed_from_a_table_without_dates(tmp_path):
    import cxlib as cx

    rows = [{"churned": i < 30, "tenure_months": 14} for i in range(100)]
    data = opened(tmp_path, snapshot=rows, as_of="2026-10")
    for part in (cx.profit.customer_value, cx.profit.what_if, cx.profit.claim):
        result = part(data)
        assert not result.figures and "start dates of customers" in result.text("en")
