"""Buying again: shares of those followed long enough, of groups large enough."""

import pytest

from cxlib.chapters.retention.purchases import repurchase
from cxlib.stats.intervals import wilson
from tests.chapters.retention.small import purchase
from tests.chapters.tiny import opened


def shop(folder, **definitions):
    """Open a shop: 30 customers since January, of whom 12 bought again in May; 9 since August."""
    rows = [purchase(f"c{i}", "2026-01-10") for i in range(30)]
    rows += [purchase(f"c{i}", "2026-05-10") for i in range(12)]  # day 120
    rows += [purchase("c0", "2026-10-30")]
    rows += [purchase(f"d{i}", "2026-07-20") for i in range(9)]
    return opened(folder, purchases=rows, definitions=definitions)


def test_shares_have_the_interval_of_those_followed(tmp_path):
    result = repurchase(shop(tmp_path))
    for id, again, n in [
        ("repurchase.share", 12, 39),
        ("repurchase.90d", 0, 39),
        ("repurchase.180d", 12, 30),
    ]:
        figure = result.figure(id)
        assert (figure.value, figure.low, figure.high) == pytest.approx(
            [100 * x for x in wilson(again, n)], rel=1e-5, abs=1e-4
        )
        assert figure.n == n
    assert not result.absent


def test_horizons_of_too_few_are_left_out(tmp_path):
    result = repurchase(shop(tmp_path, minimum_group=35))
    assert [figure.id for figure in result.figures] == ["repurchase.share", "repurchase.90d"]
    assert result.table["horizon"].tolist() == ["share", "90d"]
    assert result.absent["repurchase.180d"].text("en") == "Fewer than 35 customers: so few are not shown."


def test_too_few_customers_are_not_shown_at_all(tmp_path):
    result = repurchase(shop(tmp_path, minimum_group=40))
    assert not result.available and not result.figures
    assert set(result.absent) == {"repurchase.share", "repurchase.90d", "repurchase.180d"}
    assert result.text("de") == "Weniger als 40 Kunden: So wenige werden nicht gezeigt."


def test_a_horizon_nobody_was_followed_for_is_absent(tmp_path):
    rows = [purchase(f"c{i}", "2026-09-10") for i in range(10)]
    result = repurchase(opened(tmp_path, month="2026-09", purchases=rows))
    assert set(result.absent) == {"repurchase.90d", "repurchase.180d"}
    assert "followed that long" in result.absent["repurchase.90d"].text("en")
