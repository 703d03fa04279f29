"""Cumulative incidence with a competing end: against shares that can be counted by hand."""

import numpy as np
import pytest

from cxlib.errors import ModelError
from cxlib.stats.incidence import cumulative_incidence, incidence_at
from cxlib.stats.intervals import wilson


def test_cumulative_incidence_without_censoring_is_the_share():
    table = cumulative_incidence([1, 2, 2, 5], [1, 1, 2, 0], [10, 20, 5, 65], horizon=4)
    assert table["share"].tolist() == pytest.approx([0.1, 0.3, 0.3, 0.3])
    value, low, high = incidence_at(table, 4)
    error = np.sqrt(0.3 * 0.7 / 100)
    # Without censoring the delta method is the binomial error, put on the log(-log) scale.
    cumulative = -np.log(1 - 0.3)
    width = 1.959964 * error / (0.7 * cumulative)
    expected = [1 - np.exp(-cumulative * np.exp(side * width)) for side in (-1, 1)]
    assert (low, high) == pytest.approx(expected, rel=1e-6)


def test_cumulative_incidence_reweights_for_censoring():
    table = cumulative_incidence([1, 1, 2, 3], [0, 1, 1, 0], [50, 10, 4, 36], horizon=2)
    assert table["share"].iloc[-1] == pytest.approx(0.1 + 0.9 * 4 / 40)


def test_where_nobody_left_the_upper_limit_is_that_of_none_of_those_at_risk():
    table = cumulative_incidence([1, 12], [0, 0], [60, 40], horizon=12)
    assert incidence_at(table, 12) == pytest.approx((0.0, 0.0, wilson(0, 40).high))


def test_nobody_followed_is_an_error():
    with pytest.raises(ModelError, match="Nobody is at risk") as refused:
        cumulative_incidence([0, 0], [0, 1], [5, 5], horizon=12)
    assert "niemand" in refused.value.reason.text("de")
