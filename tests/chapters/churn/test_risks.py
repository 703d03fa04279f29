"""Risks in the report: figures that belong together, and what is not guessed."""

import pytest

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from tests.panel.customer_months import FIRST, opened


def test_risk_figures_belong_together(data):
    result = churn.risk(data)
    value = {figure.id.removeprefix("churn.risk12."): figure.value for figure in result.figures}
    for k in "12":
        assert value[f"diff.{k}"] == pytest.approx(value[k] - value["0"], abs=1e-3)
    assert set(FIGURES.of("churn.risk")) == {figure.id for figure in result.figures}
    assert "without a negative experience" in result.text("en")


def test_without_usage_nothing_is_said_to_run_through_it(tables):
    unknown = opened({k: v for k, v in tables.items() if k != "billing"})
    result = churn.risk(unknown)
    assert set(result.absent) == {"churn.risk12.direct.1", "churn.risk12.direct.2"}
    assert {reason.text("en") for reason in result.absent.values()} == {
        "How much customers use is not known."
    }
    assert "usage" not in result.text("en")
    assert not any("usage" in text.text("en") for text in result.method)


def test_an_exposure_with_few_ends_has_no_figure(tables):
    once = tables["negative_experiences"].drop_duplicates("customer_no")
    result = churn.risk(opened(tables | {"negative_experiences": once}))
    assert "churn.risk12.1" in {figure.id for figure in result.figures}
    assert {"churn.risk12.2", "churn.risk12.diff.2", "churn.risk12.direct.2"} == set(result.absent)
    card = churn.claim(opened(tables | {"negative_experiences": once}))
    assert set(card.absent) == {"claim.zendesk.2"}


def test_a_tenure_nobody_was_seen_in_is_not_guessed(tables):
    early = opened(tables, months=(FIRST, FIRST + 11), controls=())
    assert churn.hazard(early).available
    result = churn.risk(early)
    assert not result.available
    assert "known history was seen in the tenure months" in result.text("en")
    assert churn.trust(early).available
