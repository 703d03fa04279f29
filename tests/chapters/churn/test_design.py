"""What can be counted, and what is refused."""

import pytest

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.design import band_names, design_of, usage_names
from cxlib.errors import ModelError
from tests.chapters.churn.customer_months import SmallDataset, design


@pytest.mark.parametrize(("window", "lag"), [(12, 0), (31, 2), (40, 1)])
def test_an_exposure_that_cannot_be_counted_is_refused(window, lag):
    with pytest.raises(ModelError, match=f"window of {window} and a lag of {lag} months cannot be counted"):
        design(window=window, lag=lag)


def test_the_longest_exposure_is_the_one_the_refusal_names():
    assert design(window=31, lag=1).reach == 31


def test_the_refusal_speaks_german(tables):
    data = SmallDataset(tables, exposure={"window_months": 28, "lag_months": 5})
    for name in ("hazard", "risk", "trust"):
        assert "lassen sich nicht zählen" in getattr(churn, name)(data).text("de")
        assert "cannot" not in getattr(churn, name)(data).text("de")
    assert churn.naive(data).available and churn.after(data).available
    card = " ".join(text.text("de") for _, text in churn.claim(data).lines)
    assert "ein Fenster von 28 und mit einem Abstand von 5" in card


def test_definitions_decide_what_is_counted(tables):
    data = SmallDataset(
        tables,
        exposure={"window_months": 6, "lag_months": 2},
        tenure_bands=(1, 7),
        usage={"column": "units", "bands": [20]},
        controls=("plan", "region"),
    )
    counted = design_of(data)
    assert (counted.window, counted.lag, counted.tenure_bands) == (6, 2, (1, 7))
    assert (counted.usage_column, counted.usage_edges, counted.controls) == ("units", (20.0,), ("region",))
    assert design_of(SmallDataset(tables, usage=None)).levels == 1


def test_bands_and_levels_have_names():
    assert band_names((1, 4, 13)) == ["1-3", "4-12", "13+"]
    assert [usage_names(levels)[-1] for levels in (1, 2, 3, 4)] == ["all", "high", "high", "level 4"]
