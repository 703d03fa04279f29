"""What the chapter computes, it computes once."""

from collections import Counter

import pytest

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.study import Study
from cxlib.language import Message
from cxlib.panel import effects
from tests.panel.customer_months import LAST, opened


@pytest.fixture
def counted(tables, monkeypatch):
    """Return a dataset with the terms of every fit and the number of runs of every query."""
    data, fits, queries = opened(tables), [], Counter()
    fit_cells, sql = effects.fit_cells, data.sql

    def fit(cells, terms):
        fits.append(tuple(terms))
        return fit_cells(cells, terms)

    def counting(query, **parameters):
        queries[query] += 1
        return sql(query, **parameters)

    monkeypatch.setattr(effects, "fit_cells", fit)
    monkeypatch.setattr(data, "sql", counting)
    return data, fits, queries


def test_all_measures_together_fit_four_models(counted):
    """The adjusted one, the cross-check, the naive one, and involuntary ends for the risks."""
    data, fits, queries = counted
    for name in churn.__all__:
        assert getattr(churn, name)(data).available
    adjusted = ("tenure", "exposure", "usage", "segment", "region")
    assert sorted(fits) == sorted(
        [adjusted, adjusted, ("tenure", "exposure", "segment"), ("tenure", "segment")]
    )
    assert set(queries.values()) == {1}


def test_what_the_data_cannot_give_is_a_reason_and_no_error(tables):
    study = opened({"customers": tables["customers"]}).once(Study)
    assert study.panel is study.effects is study.risks is study.missing
    assert isinstance(study.missing, Message)
    assert study.followed == {}
    assert study.placebo == "absent"


def test_risks_that_cannot_be_said_leave_the_ratios(tables):
    billing = tables["billing"]
    study = opened(tables | {"billing": billing[billing["month_no"] < LAST]}).once(Study)
    assert isinstance(study.risks, Message)
    assert study.effects.adjusted.events > 0
