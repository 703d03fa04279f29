"""How far respondents differ from everybody: formulas against hand counts and published intervals."""

import numpy as np
import pandas as pd
import pytest

from cxlib.estimate import Estimate
from cxlib.stats import bias, intervals


def test_the_difference_of_two_shares_is_newcombes():
    # Newcombe (1998), table II, method 10: 56/70 against 48/80 gives 0.0524 to 0.3339.
    found = bias.difference(intervals.wilson(56, 70), intervals.wilson(48, 80))
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)  # printed with four decimals


def test_a_difference_without_limits_has_none():
    assert bias.difference(Estimate(3.0), Estimate(1.0, 0.0, 2.0)) == (2.0, None, None)


def test_standardised_differences_by_hand():
    found = bias.standardised_differences([30, 10], [100, 100])
    assert found["share"].tolist() == [0.75, 0.25]
    assert found["share_all"].tolist() == [0.5, 0.5]
    # (.75 - .5) / sqrt((.1875 + .25) / 2)
    assert found["value"].tolist() == pytest.approx([0.534522, -0.534522], abs=1e-6)
    # Only 40 of 200 answered; the rest hold 70 and 90.
    error = 0.8 * np.sqrt(0.75 * 0.25 / 40 + 0.4375 * 0.5625 / 160)
    half = (found["high"] - found["value"]).to_numpy()
    assert half == pytest.approx(1.959964 * error / np.sqrt(0.21875), rel=1e-6)


def test_when_everybody_answers_there_is_no_difference_and_no_doubt():
    found = bias.standardised_differences([7, 3, 0], [7, 3, 0])
    assert (found[["value", "low", "high"]] == 0).all(axis=None)


@pytest.mark.parametrize(("answered", "everybody"), [([0, 0], [5, 5]), ([6, 0], [5, 5])])
def test_answers_that_are_no_part_of_everybody_are_refused(answered, everybody):
    with pytest.raises(ValueError, match=r"must be a part of everybody; got \[[06]"):
        bias.standardised_differences(answered, everybody)


def test_equal_weights_leave_the_score_as_it_is():
    assert bias.raw_less_weighted([[5, 3, 2], [1, 1, 8]], [2.0, 2.0]) == pytest.approx((0, 0, 0), abs=1e-12)


def test_raw_less_weighted_is_the_difference_of_the_two_scores():
    # 10 promoters of weight 1 and 10 detractors of weight 3: raw 0, weighted -50.
    found = bias.raw_less_weighted([[10, 0, 0], [0, 0, 10]], [1.0, 3.0])
    assert found.value == pytest.approx(50)
    influence = np.r_[100 / 20 - 1 * 150 / 40, -100 / 20 + 3 * 50 / 40]
    assert found.high - found.value == pytest.approx(1.959964 * np.sqrt(10 * (influence**2).sum()), rel=1e-6)


def test_the_interval_of_the_gap_covers_as_often_as_it_says():
    rng = np.random.default_rng(4)
    weights = np.array([1.0, 3.0])
    shares = np.array([[0.6, 0.3, 0.1], [0.3, 0.3, 0.4]])
    answering = np.array([0.6, 0.2])
    true = 100 * ((shares[:, 0] - shares[:, 2]) @ (answering / answering.sum()))
    true -= 100 * (shares[:, 0] - shares[:, 2]).mean()
    covered = 0
    for _ in range(400):
        n = rng.multinomial(400, answering / answering.sum())
        counts = [rng.multinomial(size, share) for size, share in zip(n, shares, strict=True)]
        found = bias.raw_less_weighted(counts, weights)
        covered += found.low <= true <= found.high
    # 95 % of 400 is 380; four binomial standard errors are 17.
    assert abs(covered - 380) <= 17


def test_scores_need_answers_and_positive_weights():
    with pytest.raises(ValueError, match="weights above zero"):
        bias.raw_less_weighted([[1, 0, 0]], [0.0])


def sums(x, m):
    x, m = np.asarray(x, float), np.asarray(m, float)
    return pd.Series({"x": x.sum(), "m": m.sum(), "xx": x @ x, "xm": x @ m, "mm": m @ m})


def test_a_rate_of_people_seen_equally_long_is_a_mean():
    x = np.array([0, 1, 2, 5])
    found = bias.yearly_rate(4, sums(x, [12] * 4))
    assert found.value == pytest.approx(2.0)
    assert found.high - found.value == pytest.approx(1.959964 * x.std(ddof=1) / 2, rel=1e-6)


def test_a_rate_counts_each_person_by_its_months():
    assert bias.yearly_rate(2, sums([3, 0], [12, 24]), per=1.0).value == pytest.approx(3 / 36)


def test_one_person_has_no_interval():
    assert bias.yearly_rate(1, sums([3], [12])) == (3.0, None, None)


def test_nobody_there_is_no_rate():
    with pytest.raises(ValueError, match="a month or more"):
        bias.yearly_rate(2, sums([0, 0], [0, 0]))
