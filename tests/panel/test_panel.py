"""The panel that is kept is the panel that was counted."""

import numpy as np

from cxlib.panel.counts import count_months
from cxlib.panel.panel import count_panel, panel_of
from tests.panel.customer_months import design, opened


def test_what_is_kept_gives_the_same_panel(tables):
    data = opened(tables)
    kept, counted = panel_of(data), count_panel(data.arrow, design())
    for name in ("months", "voluntary", "involuntary", "moves", "active"):
        assert np.array_equal(getattr(kept, name), getattr(counted, name))
    for kind in ("sums", "involuntary_sums"):
        for name in ("events_events", "months_events", "months_months"):
            both = (getattr(getattr(panel, kind), name).toarray() for panel in (kept, counted))
            assert np.array_equal(*both)
        assert getattr(kept, kind).customers == getattr(counted, kind).customers
    assert (kept.left_out, kept.unplaced) == (counted.left_out, counted.unplaced)
    assert (kept.grid.levels, kept.grid.periods) == (counted.grid.levels, counted.grid.periods)
    assert kept.grid.usage_months == counted.grid.usage_months


def test_active_customers_keep_their_controls(tables):
    population = count_panel(opened(tables).arrow, design()).population
    active = tables["customers"][tables["customers"]["end_no"].isna()]
    counted = population.groupby("segment")["customers"].sum()
    expected = active.groupby("segment").size()
    assert counted.to_dict() == expected[counted.index].to_dict()


def test_two_buckets_count_what_one_counts(tables):
    _, one = count_months(opened(tables).arrow, design(bucket=10_000))
    _, many = count_months(opened(tables).arrow, design(bucket=500))
    for single, several in zip(one.vectors, many.vectors, strict=True):
        assert np.array_equal(single, several)
