"""Cells give the estimates of customer-month rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.genmod.families import Binomial, links
from statsmodels.genmod.generalized_linear_model import GLM

from cxlib.errors import ModelError
from cxlib.panel.calendar import period_names
from cxlib.panel.design import EXPOSURES, band_names, usage_names
from cxlib.panel.panel import count_panel
from cxlib.stats.hazard import (
    Cells,
    Factor,
    cells_from_rows,
    design_matrix,
    factors_of,
    fit_cells,
    joint_test,
)
from tests.panel.customer_months import CONTROLS, design, draw_tables, opened, rows_of

LINKS = {"logit": links.Logit, "cloglog": links.CLogLog}
TERMS = ["tenure", "usage", "exposure", *CONTROLS]
# Both ways iterate until coefficients stand still at 1e-10; rounding adds far less.
EQUAL = 1e-8


@pytest.fixture(scope="module")
def tables():
    return draw_tables(customers=900, seed=11)


@pytest.fixture(scope="module")
def panel(tables):
    return count_panel(opened(tables).arrow, design())


@pytest.fixture(scope="module")
def rows(tables):
    found = rows_of(tables)
    found["tenure"] = pd.Categorical.from_codes(found["tenure"], band_names((1, 4, 13, 25, 49)))
    found["usage"] = pd.Categorical.from_codes(found["usage"].astype(int), usage_names(3))
    found["exposure"] = pd.Categorical.from_codes(found["exposure"], EXPOSURES)
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
    periods = panel.grid.periods
    of_row = np.searchsorted(periods, rows["month"], side="right") - 1
    dated = rows.assign(period=pd.Categorical.from_codes(of_row, period_names(periods)))
    at_risk, terms = dated[rows["involuntary"] == 0], [*TERMS, "period"]
    cells = cells_from_rows(at_risk, terms, event="voluntary", customer="customer")
    place = {name: i for i, name in enumerate(cells.frame()[terms].astype(str).agg("|".join, axis=1))}
    own = panel.cells().frame()[terms].astype(str).agg("|".join, axis=1)
    kept = np.array([place[name] for name in own if name in place])
    mine = np.array([i for i, name in enumerate(own) if name in place])
    assert len(mine) == len(place)
    for name in ("events_events", "months_events", "months_months"):
        found = getattr(panel.sums, name).toarray()[np.ix_(mine, mine)]
        assert np.array_equal(found, getattr(cells.sums, name).toarray()[np.ix_(kept, kept)])
    assert panel.sums.customers == cells.sums.customers


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


@pytest.mark.parametrize(
    ("events", "factors"),
    [([0, 0], {}), ([30, 20], {"again": "group"}), ([30, 0], {})],
)
def test_refusals_are_german(events, factors):
    cells = two_level_cells([500, 500], events)
    cells = Cells(
        {**cells.factors, **{n: cells.factors[f] for n, f in factors.items()}}, cells.months, cells.events
    )
    with pytest.raises(ModelError, match=r"Nothing|repeat|No estimate|did not settle") as refused:
        fit_cells(cells)
    assert refused.value.reason.text("de") != refused.value.reason.text("en")
