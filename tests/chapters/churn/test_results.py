"""All measures of chapter 12: what every one of them refuses and keeps."""

import pytest

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from tests.panel.customer_months import LAST, opened


@pytest.mark.parametrize("name", ["naive", "after", "hazard", "risk", "claim"])
def test_every_figure_says_how_many_it_rests_on(data, name):
    assert all(figure.n for figure in getattr(churn, name)(data).figures)


def test_too_few_ends_are_refused_with_their_number(tables):
    few = tables | {"customers": tables["customers"].iloc[:60]}
    result = churn.hazard(opened(few, controls=()))
    assert not result.available
    assert "Too few customers left for a comparison: " in result.text("en")
    assert set(result.absent) == set(FIGURES.of("churn.hazard"))


def test_reasons_of_models_speak_the_language_of_the_reader(tables):
    few = tables | {"customers": tables["customers"].iloc[:60]}
    result = churn.hazard(opened(few, controls=()))
    assert "Zum Vergleichen haben zu wenige Kunden gekündigt" in result.text("de")
    assert "{" not in result.text("de")


def test_active_customers_of_unknown_usage_are_told(tables):
    billing = tables["billing"]
    late = tables | {"billing": billing[(billing["month_no"] < LAST) | (billing["customer_no"] % 2 == 0)]}
    usage = {"column": "units", "bands": [10, 30]}
    told = "have no known usage in the last month; the risks speak for the others only"
    part, whole = (churn.risk(opened(some, usage=usage)) for some in (late, tables))
    assert told in " ".join(warning.text("en") for warning in part.warnings)
    assert told not in " ".join(warning.text("en") for warning in whole.warnings)
    assert part.figure("churn.risk12.0").n < whole.figure("churn.risk12.0").n


def test_usage_unknown_in_the_last_month_is_told(tables):
    late = tables | {"billing": tables["billing"][tables["billing"]["month_no"] < LAST]}
    usage = {"column": "units", "bands": [10, 30]}
    assert churn.hazard(opened(late, usage=usage)).available
    result = churn.risk(opened(late, usage=usage))
    assert "has a known usage" in result.text("en")
    assert churn.claim(opened(late, usage=usage)).available


def test_experiences_recorded_only_for_leavers_teach_nothing(tables):
    leavers = tables["customers"].dropna(subset="end_no")["customer_no"]
    experiences = tables["negative_experiences"]
    only = experiences[experiences["customer_no"].isin(leavers)]
    result = churn.risk(opened(tables | {"negative_experiences": only}))
    assert "only for customers who left" in result.text("en")


@pytest.mark.parametrize("name", churn.__all__)
def test_missing_tables_make_a_reason_not_an_error(tables, name):
    result = getattr(churn, name)(opened({"customers": tables["customers"]}))
    assert not result.available
    assert "no negative experiences" in result.text("en")
