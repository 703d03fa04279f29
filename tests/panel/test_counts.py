"""The panel counts what loops count."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxlib.errors import ModelError
from cxlib.panel import counts, grid
from cxlib.panel.design import EXPOSURES, Design
from cxlib.panel.panel import count_panel
from tests.panel.customer_months import (
    FIRST,
    LAST,
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


def without_units(tables, chosen):
    """Return the tables with unknown usage in the chosen rows of the billing table."""
    billing = tables["billing"].copy()
    billing.loc[chosen(billing), "units"] = None
    return tables | {"billing": billing}


def test_months_without_known_usage_are_left_out_and_told(tables):
    some = without_units(tables, lambda b: (b["month_no"] == FIRST + 20) & (b["customer_no"] % 2 == 0))
    panel = count_panel(opened(some).arrow, design())
    rows = rows_of(tables | {"billing": some["billing"].dropna()})
    unknown = rows["usage"].isna()
    assert panel.left_out == unknown.sum() > 0
    assert panel.months_lost == pytest.approx(unknown.mean())
    assert panel.left_out_ends == rows["voluntary"][unknown].sum() > 0
    assert panel.ends_lost == pytest.approx(rows["voluntary"][unknown].sum() / rows["voluntary"].sum())
    assert panel.months.sum() + panel.involuntary.sum() == (~unknown).sum()
    assert (panel.unknown_level, panel.months_without_usage) == (False, 0)


def test_ends_of_unknown_usage_above_a_limit_make_a_level_of_their_own(tables):
    some = without_units(tables, lambda b: b["customer_no"] % 4 == 0)
    panel = count_panel(opened(some).arrow, design())
    rows = rows_of(tables | {"billing": some["billing"].dropna()})
    unknown = rows["usage"].isna()
    totals, at_risk = panel.cells().totals("usage"), unknown & (rows["involuntary"] == 0)
    assert panel.unknown_level
    assert totals.loc["unknown"].tolist() == [at_risk.sum(), rows["voluntary"][unknown].sum()]
    assert panel.months.sum() + panel.involuntary.sum() == len(rows)
    assert panel.months_lost == pytest.approx(unknown.mean())
    assert panel.ends_lost == pytest.approx(rows["voluntary"][unknown].sum() / rows["voluntary"].sum())
    active = tables["customers"]["end_no"].isna()
    assert (panel.population["customers"].sum(), panel.unplaced) == (active.sum(), 0)
    by_level = panel.population.groupby("usage")["customers"].sum()
    assert by_level[3] == (active & (tables["customers"]["customer_no"] % 4 == 0)).sum()
    assert panel.stopped == (0, 0)


def test_moves_to_and_from_unknown_usage_are_those_of_customers_still_there(tables):
    some = without_units(tables, lambda b: (b["customer_no"] + b["month_no"]) % 3 == 0)
    panel = count_panel(opened(some).arrow, design())
    billing = some["billing"]
    level = np.searchsorted([10, 30], billing["units"].fillna(0), side="right")
    billing = billing.assign(level=np.where(billing["units"].isna(), 3, level))
    later = billing.assign(month_no=billing["month_no"] - 1)
    pairs = billing.merge(later, on=["customer_no", "month_no"], suffixes=("", "_after"))
    expected = np.zeros((4, 4))
    np.add.at(expected, (pairs["level"], pairs["level_after"]), 1)
    assert panel.unknown_level
    assert np.array_equal(panel.moves.sum(axis=0), expected)


def test_usage_that_stopped_is_counted(tables):
    ends = tables["customers"].set_index("customer_no")["end_no"]
    last = ends.reindex(tables["billing"]["customer_no"]).to_numpy(dtype=float, na_value=np.nan) - 1
    some = without_units(tables, lambda b: (b["month_no"] == last) & (b["customer_no"] % 2 == 0))
    panel = count_panel(opened(some).arrow, design())
    rows = rows_of(tables | {"billing": some["billing"].dropna()})
    known = some["billing"].dropna().groupby("customer_no")["month_no"].min()
    earlier = known.reindex(rows["customer"]).to_numpy() < rows["month"].to_numpy() - 1
    stopped = rows["usage"].isna() & earlier
    at_risk = stopped & (rows["involuntary"] == 0)
    assert panel.stopped == (at_risk.sum(), rows["voluntary"][stopped].sum())
    assert panel.stopped[1] > 50


@pytest.mark.parametrize(("first", "last"), [(FIRST + 15, LAST), (FIRST, LAST - 10), (FIRST + 20, LAST - 5)])
def test_months_in_which_nobody_has_usage_are_not_looked_at(tables, first, last):
    billing = tables["billing"][tables["billing"]["month_no"].between(first, last)]
    panel = count_panel(opened(tables | {"billing": billing}).arrow, design())
    rows = rows_of(tables)
    looked_at = rows[(rows["month"] - 1).between(first, last)]
    assert panel.months.sum() == (looked_at["involuntary"] == 0).sum()
    assert panel.voluntary.sum() == looked_at["voluntary"].sum()
    assert panel.months_without_usage == first - FIRST + LAST - 1 - min(last, LAST - 1)
    assert (panel.left_out, panel.ends_lost) == (0, 0)
    active = tables["customers"]["end_no"].isna().sum()
    assert panel.unplaced == (0 if last == LAST else active)
    # Nobody's usage is unknown where that of others is known: no level of its own is needed.
    assert not panel.unknown_level


def test_too_many_patterns_are_refused(tables, monkeypatch):
    monkeypatch.setattr(counts, "MOST_CELLS", 50)
    with pytest.raises(ModelError, match="leave out “region”"):
        count_panel(opened(tables).arrow, design())


def test_too_many_cells_without_controls_are_refused_by_their_bands(tables, monkeypatch):
    monkeypatch.setattr(counts, "MOST_CELLS", 50)
    with pytest.raises(ModelError, match="make 60 covariate patterns; set fewer") as refused:
        count_panel(opened(tables).arrow, design(controls=()))
    assert "Kundendauer" in refused.value.reason.text("de")


def test_many_patterns_go_with_longer_periods(tables, monkeypatch):
    months = count_panel(opened(tables).arrow, design())
    monkeypatch.setattr(grid, "MOST_CELLS_WITH_PERIODS", 60 * 6 * 4)
    longer = count_panel(opened(tables).arrow, design())
    assert len(months.grid.periods) > len(longer.grid.periods) == 4
    assert longer.periods_cut and not months.periods_cut
    for outcome in ("voluntary", "involuntary"):
        found = longer.cells(outcome).frame().drop(columns="period")
        expected = months.cells(outcome).frame().drop(columns="period")
        names = [name for name in found if name not in ("months", "events")]
        for name in names:
            assert (
                found.groupby(name, observed=True)[["months", "events"]]
                .sum()
                .equals(expected.groupby(name, observed=True)[["months", "events"]].sum())
            )


def test_no_customers_is_an_error(tables):
    empty = tables | {"customers": tables["customers"].iloc[:0]}
    with pytest.raises(ModelError, match="no customers"):
        count_panel(opened(empty).arrow, design(controls=()))
