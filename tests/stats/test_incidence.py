"""Cumulative incidence with a competing end: against shares that can be counted by hand."""

import numpy as np
import pytest

from cxlib.errors import ModelError
from cxlib.stats.incidence import cumulative_incidence, incidence_at
from cxlib.stats.intervals import clopper_pearson


def test_cumulative_incidence_without_censoring_is_the_share():
    table = cumulative_incidence([1, 2, 2, 5], [1, 1, 2, 0], [10, 20, 5, 65], seen=[5] * 4, horizon=4)
    assert table["share"].tolist() == pytest.approx([0.1, 0.3, 0.3, 0.3])
    value, low, high = incidence_at(table, 4)
    error = np.sqrt(0.3 * 0.7 / 100)
    # Without censoring the delta method is the binomial error, put on the log(-log) scale.
    cumulative = -np.log(1 - 0.3)
    width = 1.959964 * error / (0.7 * cumulative)
    expected = [1 - np.exp(-cumulative * np.exp(side * width)) for side in (-1, 1)]
    assert (low, high) == pytest.approx(expected, rel=1e-6)


def test_cumulative_incidence_reweights_for_censoring():
    table = cumulative_incidence([1, 1, 2, 3], [0, 1, 1, 0], [50, 10, 4, 36], seen=[1, 3, 3, 3], horizon=2)
    assert table["share"].iloc[-1] == pytest.approx(0.1 + 0.9 * 4 / 40)


def test_those_who_ended_are_known_as_long_as_they_would_have_been_seen():
    table = cumulative_incidence(
        [0, 1, 1, 2, 2], [1, 0, 1, 1, 2], [9, 50, 10, 4, 6], seen=[6, 1, 6, 1, 6], horizon=3
    )
    assert table["known"].tolist() == [70, 16, 16]


@pytest.mark.parametrize("lost", [0, 30])
def test_where_nobody_left_the_limit_is_that_of_none_of_those_known(lost):
    counts = [60, 40 - lost, lost]
    table = cumulative_incidence([1, 12, 5], [0, 0, 2], counts, seen=[1, 12, 12], horizon=12)
    # The rule of three, exactly: 1 - .025^(1/40); who ended involuntarily cannot leave any more.
    assert incidence_at(table, 12) == pytest.approx((0.0, 0.0, 1 - 0.025 ** (1 / 40)))


def test_where_everybody_left_there_is_a_lower_limit():
    table = cumulative_incidence([1, 3], [1, 1], [35, 5], seen=[12, 12], horizon=12)
    assert incidence_at(table, 12) == pytest.approx((1.0, 0.025 ** (1 / 40), 1.0))


def test_rounding_does_not_leave_everybody_without_a_width():
    months = np.arange(1, 9)
    for counts in ([13, 4, 6, 5, 5, 3, 2, 2], [3, 7, 11, 1, 9, 3, 2, 4]):
        table = cumulative_incidence(months, np.ones(8), counts, seen=np.full(8, 12), horizon=12)
        assert incidence_at(table, 12) == pytest.approx((1.0, 0.025 ** (1 / 40), 1.0))


@pytest.mark.parametrize("left", [1, 7, 29, 45, 99])
def test_with_few_who_left_or_stayed_the_interval_is_no_narrower_than_the_exact_one(left):
    table = cumulative_incidence([1, 12], [1, 0], [left, 100 - left], seen=[12, 12], horizon=12)
    value, low, high = incidence_at(table, 12)
    exact = clopper_pearson(left, 100)
    assert value == pytest.approx(left / 100)
    if left == 45:
        assert (low, high) != pytest.approx(exact[1:], abs=1e-4)
    else:
        assert low <= exact.low + 1e-9
        assert high >= exact.high - 1e-9


def test_nobody_known_to_the_horizon_and_nobody_left_is_no_interval():
    table = cumulative_incidence([1], [0], [60], seen=[1], horizon=12)
    assert incidence_at(table, 12) == (0.0, None, None)


@pytest.mark.parametrize(
    ("customers", "monthly", "runs"), [(30, 0.002, 200), (40, 0.03, 200), (60, 0.06, 200), (40, 0.3, 200)]
)
def test_few_customers_are_covered_at_least_as_often_as_promised(customers, monthly, runs):
    random = np.random.default_rng(33)
    horizon, losing = 12, 0.004
    there, truth, missed = 1.0, 0.0, 0
    for _ in range(horizon):
        truth, there = truth + there * monthly, there * (1 - monthly - losing)
    for _ in range(runs):
        table = drawn_incidence(random, customers, monthly, losing, horizon)
        _, low, high = incidence_at(table, horizon)
        missed += not low <= truth <= high
    # 95 % promised: 5 % and three Monte-Carlo errors.
    assert missed / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def drawn_incidence(random, customers, monthly, losing, horizon):
    """Draw customers of whom a third are seen for a part of the horizon only."""
    draws = random.random((customers, horizon))
    ends = draws < monthly + losing
    month = np.where(ends.any(axis=1), ends.argmax(axis=1) + 1, horizon + 1)
    kind = np.where(draws[np.arange(customers), np.minimum(month, horizon) - 1] < monthly, 1, 2)
    seen = np.where(random.random(customers) < 1 / 3, random.integers(1, horizon, customers), horizon)
    ending = np.where(month <= seen, kind, 0)
    followed = np.minimum(month, seen)
    return cumulative_incidence(followed, ending, np.ones(customers), seen=seen, horizon=horizon)


def test_the_upper_limit_allows_for_what_few_are_followed_to_the_end():
    """970 of 1,000 were seen for a month; one leaver among them tells nothing of the eleven months after."""
    high = []
    for left in (0, 1):
        table = cumulative_incidence(
            [1, 12, 1], [0, 0, 1], [970 - left, 30, left], seen=[1, 12, 1], horizon=12
        )
        high.append(incidence_at(table, 12).high)
    assert high[1] >= high[0] > 0.11


def test_nobody_followed_is_an_error():
    with pytest.raises(ModelError, match="Nobody is at risk") as refused:
        cumulative_incidence([0, 0], [0, 1], [5, 5], seen=[12, 12], horizon=12)
    assert "niemand" in refused.value.reason.text("de")
