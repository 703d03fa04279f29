"""The panel counts what loops count."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxlib.errors import ModelError
from cxlib.panel import counts
from cxlib.panel.design import EXPOSURES, Design
from cxlib.panel.panel import count_panel
from tests.panel.customer_months import (
    FIRST,
    design,
    draw_tables,
    opened,
    rows_of,
)


@pytest.fixture(scope="module")
def tables():
    return draw_tables(customers=900, seed=11)


@pytest.fixture(scope="module")
def panel(tables):
    return count_panel(opened(tables).arrow, design())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    window=st.integers(1, 20),
    lag=st.integers(1, 4),
    bucket=st.sampled_from([7, 40, 1000]),
    months=st.integers(5, 90),
)
def test_totals_equal_those_counted_by_loops(seed, window, lag, bucket, months):
    last = FIRST + months - 1
    tables = draw_tables(customers=40, seed=seed, last=last)
    rows = rows_of(tables, last=last, window=window, lag=lag)
    plan = Design(FIRST, last, window, lag, usage_column="units", usage_edges=(10.0, 30.0), bucket=bucket)
    panel = count_panel(opened(tables).arrow, plan)
    counted = panel.cells().frame().rename(columns={"events": "left"}).assign(lost=panel.involuntary)
    by_exposure = counted.groupby("exposure", observed=False)[["months", "left", "lost"]].sum()
    for exposure, level in enumerate(EXPOSURES):
        part = rows[rows["exposure"] == exposure] if len(rows) else rows
        expected = [0, 0, 0]
        if len(part):
            expected = [(part["involuntary"] == 0).sum(), part["voluntary"].sum(), part["involuntary"].sum()]
        assert by_exposure.loc[level].tolist() == expected
    active = tables["customers"]["end_no"].isna().sum()
    assert panel.population["customers"].sum() + panel.unplaced == active
    assert panel.left_out == 0


def test_moves_count_consecutive_months_with_known_usage(tables, panel):
    billing = tables["billing"].assign(
        level=np.searchsorted([10, 30], tables["billing"]["units"], side="right")
    )
    later = billing.assign(month_no=billing["month_no"] - 1)
    pairs = billing.merge(later, on=["customer_no", "month_no"], suffixes=("", "_after"))
    experienced = tables["negative_experiences"].drop_duplicates().assign(experience=1)
    pairs = pairs.merge(experienced, how="left", on=["customer_no", "month_no"]).fillna({"experience": 0})
    counts = pairs.groupby(["experience", "level", "level_after"]).size()
    for (experience, level, after), count in counts.items():
        assert panel.moves[int(experience), level, after] == count
    assert panel.moves.sum() == counts.sum()


def test_months_without_known_usage_are_left_out_and_told(tables):
    known = tables["billing"].copy()
    known.loc[known["month_no"] == FIRST + 20, "units"] = None
    panel = count_panel(opened(tables | {"billing": known}).arrow, design())
    rows = rows_of(tables | {"billing": known.dropna()})
    assert panel.left_out == rows["usage"].isna().sum() > 0
    assert panel.months.sum() + panel.involuntary.sum() == rows["usage"].notna().sum()


def test_too_many_patterns_are_refused(tables, monkeypatch):
    monkeypatch.setattr(counts, "MOST_CELLS", 50)
    with pytest.raises(ModelError, match="leave out “region”"):
        count_panel(opened(tables).arrow, design())


def test_no_customers_is_an_error(tables):
    empty = tables | {"customers": tables["customers"].iloc[:0]}
    with pytest.raises(ModelError, match="no customers"):
        count_panel(opened(empty).arrow, design(controls=()))
