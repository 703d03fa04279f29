"""Cells give the estimates of customer-month rows, and the panel counts what loops count."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statsmodels.genmod.families import Binomial, links
from statsmodels.genmod.generalized_linear_model import GLM

from cxlib.chapters.churn import counts as histories
from cxlib.chapters.churn.counts import Design, band_names, count_panel, exposure_masks, usage_names
from cxlib.errors import ModelError
from cxlib.stats.hazard import (
    Cells,
    Factor,
    cells_from_rows,
    design_matrix,
    factors_of,
    fit_cells,
    joint_test,
)
from tests.chapters.churn.customer_months import FIRST, LAST, draw_tables, query_of, rows_of

LINKS = {"logit": links.Logit, "cloglog": links.CLogLog}
CONTROLS = ("segment", "region")
TERMS = ["tenure", "usage", "exposure", *CONTROLS]
# Both ways iterate until coefficients stand still at 1e-10; rounding adds far less.
EQUAL = 1e-8


def design(**options):
    given_ = {"controls": CONTROLS, "usage_column": "units", "usage_edges": (10.0, 30.0), "bucket": 200}
    return Design(first=FIRST, last=LAST, **(given_ | options))


@pytest.fixture(scope="module")
def tables():
    return draw_tables(customers=900, seed=11)


@pytest.fixture(scope="module")
def panel(tables):
    return count_panel(query_of(tables), design())


@pytest.fixture(scope="module")
def rows(tables):
    found = rows_of(tables)
    found["tenure"] = pd.Categorical.from_codes(found["tenure"], band_names((1, 4, 13, 25, 49)))
    found["usage"] = pd.Categorical.from_codes(found["usage"].astype(int), usage_names(3))
    found["exposure"] = pd.Categorical.from_codes(found["exposure"], histories.EXPOSURES)
    return found


def row_fit(rows, outcome, factors, link):
    """Fit the rows with statsmodels, clustered by customer."""
    matched = rows.copy()
    for control in CONTROLS:
        matched[control] = pd.Categorical(matched[control], factors[control].levels)
    names, matrix = design_matrix(factors_of(matched[TERMS]), TERMS)
    model = GLM(matched[outcome].to_numpy(), matrix, family=Binomial(LINKS[link]()))
    groups = {"groups": matched["customer"].to_numpy()}
    return names, model.fit(cov_type="cluster", cov_kwds=groups, tol=1e-14, maxiter=100)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
@pytest.mark.parametrize("outcome", ["voluntary", "involuntary"])
def test_cells_equal_customer_month_rows(panel, rows, outcome, link):
    at_risk = rows if outcome == "involuntary" else rows[rows["involuntary"] == 0]
    names, expected = row_fit(at_risk, outcome, panel.factors, link)
    fit = fit_cells(panel.cells(outcome), TERMS, link=link)
    assert fit.names == names
    assert fit.coefficients == pytest.approx(expected.params, abs=EQUAL)
    assert fit.errors == pytest.approx(expected.bse, rel=EQUAL)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_model_errors_equal_those_of_rows(panel, rows, link):
    at_risk = rows[rows["involuntary"] == 0]
    _, clustered = row_fit(at_risk, "voluntary", panel.factors, link)
    plain = clustered.model.fit(tol=1e-14, maxiter=100)
    fit = fit_cells(panel.cells(), TERMS, link=link)
    information = -clustered.model.hessian(clustered.params, observed=True)
    assert fit.model_covariance == pytest.approx(np.linalg.inv(information), abs=EQUAL)
    if link == "logit":
        assert np.sqrt(np.diag(fit.model_covariance)) == pytest.approx(plain.bse, abs=EQUAL)


def test_sums_over_customers_equal_those_of_rows(panel, rows):
    at_risk = rows[rows["involuntary"] == 0]
    cells = cells_from_rows(at_risk, TERMS, event="voluntary", customer="customer")
    place = {name: i for i, name in enumerate(cells.frame()[TERMS].astype(str).agg("|".join, axis=1))}
    own = panel.cells().frame()[TERMS].astype(str).agg("|".join, axis=1)
    kept = np.array([place[name] for name in own if name in place])
    mine = np.array([i for i, name in enumerate(own) if name in place])
    assert len(mine) == len(place)
    for name in ("events_events", "months_events", "months_months"):
        found = getattr(panel.sums, name).toarray()[np.ix_(mine, mine)]
        assert np.array_equal(found, getattr(cells.sums, name).toarray()[np.ix_(kept, kept)])
    assert panel.sums.customers == cells.sums.customers


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
    panel = count_panel(query_of(tables), plan)
    counted = panel.cells().frame().rename(columns={"events": "left"}).assign(lost=panel.involuntary)
    by_exposure = counted.groupby("exposure", observed=False)[["months", "left", "lost"]].sum()
    for exposure, level in enumerate(histories.EXPOSURES):
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
    panel = count_panel(query_of(tables | {"billing": known}), design())
    rows = rows_of(tables | {"billing": known.dropna()})
    assert panel.left_out == rows["usage"].isna().sum() > 0
    assert panel.months.sum() + panel.involuntary.sum() == rows["usage"].notna().sum()


@given(bits=st.integers(0, 2**60 - 1), window=st.integers(1, 30), lag=st.integers(1, 6))
def test_exposure_counts_the_months_before(bits, window, lag):
    one, two = exposure_masks(np.array([bits], dtype=np.uint64), window=window, lag=lag)
    for month in range(62):
        seen = sum(bits >> j & 1 for j in range(max(0, month - lag - window + 1), month - lag + 1))
        assert (int(one[0]) >> month & 1, int(two[0]) >> month & 1) == (seen >= 1, seen >= 2)


def test_rossi_person_weeks_give_the_published_numbers():
    cells = rossi()
    logit = fit_cells(cells, link="logit")
    expected = {"intercept": -4.5090393602, "week": 0.0182190395, "fin": -0.3823488412, "prio": 0.0919529866}
    for name, value in expected.items():
        assert logit.coefficients[logit.position(name)] == pytest.approx(value, abs=1e-8)
    fin = logit.position("fin")
    assert np.sqrt(logit.model_covariance[fin, fin]) == pytest.approx(0.1920770218, abs=1e-8)
    assert logit.errors[fin] == pytest.approx(0.1969694099, abs=1e-8)


def test_rossi_cloglog_takes_the_observed_information():
    fit = fit_cells(rossi(), link="cloglog")
    assert fit.coefficients[fit.position("intercept")] == pytest.approx(-4.5103784732, abs=1e-8)
    assert fit.coefficients[fit.position("fin")] == pytest.approx(-0.3809780812, abs=1e-8)
    assert fit.errors[fit.position("intercept")] == pytest.approx(0.629743605, abs=1e-8)


def rossi():
    """Return the person-weeks of the Rossi data (19,809 rows, 114 arrests) as cells."""
    people = pd.read_csv(Path(__file__).parents[1] / "reference" / "rossi.csv")
    rows = people.loc[people.index.repeat(people["week"])].copy()
    rows["person"] = rows.index
    last = rows["week"]
    rows["week"] = rows.groupby("person").cumcount() + 1
    rows["arrested"] = ((rows["week"] == last) & (rows["arrest"] == 1)).astype(int)
    assert (len(rows), rows["arrested"].sum()) == (19_809, 114)
    covariates = ["week", "fin", "age", "race", "wexp", "mar", "paro", "prio"]
    return cells_from_rows(rows, covariates, event="arrested", customer="person")


def two_level_cells(months, events):
    return Cells(
        {"group": Factor(np.arange(2), ("a", "b"))}, np.array(months, float), np.array(events, float)
    )


def test_a_level_where_no_one_left_has_no_estimate():
    with pytest.raises(ModelError, match=r"group\[b\]|did not settle"):
        fit_cells(two_level_cells([500, 500], [30, 0]))


def test_nothing_to_fit_is_an_error():
    with pytest.raises(ModelError, match="0 events in 20 months"):
        fit_cells(two_level_cells([10, 10], [0, 0]))


def test_covariates_that_repeat_each_other_are_refused():
    cells = two_level_cells([500, 500], [30, 20])
    doubled = Cells({**cells.factors, "again": cells.factors["group"]}, cells.months, cells.events)
    with pytest.raises(ModelError, match=r"repeat each other among .*again\[b\]"):
        fit_cells(doubled)


def test_an_unknown_link_is_refused():
    with pytest.raises(ValueError, match="'probit' is not known"):
        fit_cells(two_level_cells([500, 500], [30, 20]), link="probit")


def test_an_unknown_coefficient_is_named():
    fit = fit_cells(two_level_cells([500, 500], [30, 20]))
    with pytest.raises(ValueError, match=r"no coefficient 'c'; it has .*group\[b\]"):
        fit.position("c")


def test_joint_test_of_one_coefficient_is_its_z_squared():
    fit = fit_cells(two_level_cells([500, 500], [30, 20]))
    statistic, freedom, _ = joint_test(fit, ["group[b]"])
    assert statistic == pytest.approx((fit.coefficients[1] / fit.errors[1]) ** 2)
    assert freedom == 1


def test_neighbouring_levels_with_few_events_are_joined():
    cells = Cells(
        {"band": Factor(np.arange(4), tuple("abcd"))}, np.full(4, 100.0), np.array([2.0, 9.0, 9.0, 1.0])
    )
    merged, names = cells.merged("band", least=5)
    assert names == {"a": "a", "b": "a", "c": "c", "d": "c"}
    assert merged.totals("band")["events"].tolist() == [11, 10]


def test_exposure_of_the_same_month_is_refused():
    with pytest.raises(ModelError, match="lag of 0"):
        design(lag=0)


def test_too_many_patterns_are_refused(tables, monkeypatch):
    monkeypatch.setattr(histories, "MOST_CELLS", 50)
    with pytest.raises(ModelError, match="leave out “region”"):
        count_panel(query_of(tables), design())


def test_no_customers_is_an_error(tables):
    empty = tables | {"customers": tables["customers"].iloc[:0]}
    with pytest.raises(ModelError, match="no customers"):
        count_panel(query_of(empty), design(controls=()))


def test_values_with_few_ends_are_put_together(tables):
    customers = tables["customers"].copy()
    customers.loc[customers.index[:12], "region"] = "island"
    customers.loc[customers.index[12:20], "region"] = "lake"
    levels = histories.control_levels(query_of(tables | {"customers": customers}), design())
    assert set(levels["region"].values()) <= {"north", "south", "unknown", "other"}
    assert levels["region"]["island"] == levels["region"]["lake"]
