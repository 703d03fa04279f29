"""What can be counted, and what is refused."""

import pytest

from cxlib.panel.design import band_names, design_of, usage_names
from tests.panel.customer_months import design, opened


@pytest.mark.parametrize(("window", "lag"), [(12, 0), (31, 2), (40, 1)])
def test_an_exposure_that_cannot_be_counted_is_refused(window, lag):
    with pytest.raises(ValueError, match=f"window of {window} and a lag of {lag} months cannot be counted"):
        design(window=window, lag=lag)


def test_the_longest_exposure_is_the_one_the_refusal_names():
    assert design(window=31, lag=1).reach == 31


def test_definitions_decide_what_is_counted(tables):
    data = opened(
        tables,
        exposure={"window_months": 6, "lag_months": 2},
        tenure_bands=(1, 7),
        usage={"column": "units", "bands": [20]},
        controls=("plan", "region"),
    )
    counted = design_of(data)
    assert (counted.window, counted.lag, counted.tenure_bands) == (6, 2, (1, 7))
    assert (counted.usage_column, counted.usage_edges, counted.controls) == ("units", (20.0,), ("region",))
    assert design_of(opened(tables, usage=None)).levels == 1


def test_bands_and_levels_have_names():
    assert band_names((1, 4, 13)) == ["1-3", "4-12", "13+"]
    assert [usage_names(levels)[-1] for levels in (1, 2, 3, 4)] == ["all", "high", "high", "level 4"]


@pytest.mark.parametrize(
    ("window", "lag", "english", "german"),
    [
        (1, 1, "in the month before", "im Monat davor"),
        (6, 1, "in the 6 months before", "in den 6 Monaten davor"),
        (1, 2, "in the month that lies 2 months back", "im Monat 2 Monate davor"),
        (6, 2, "in the 6 months that end 2 months before", "in den 6 Monaten bis 2 Monate davor"),
    ],
)
def test_the_months_that_count_are_said(window, lag, english, german):
    said = design(window=window, lag=lag).before
    assert (said.text("en"), said.text("de")) == (english, german)
