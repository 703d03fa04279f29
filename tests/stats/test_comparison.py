"""Two shares compared: published examples, other implementations, and empty cells."""

import numpy as np
import pytest
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio
from scipy.stats.contingency import relative_risk
from statsmodels.stats.proportion import confint_proportions_2indep

from cxlib.stats.comparison import odds_ratio, risk_ratio, share_difference

# Newcombe (1998), Statistics in Medicine 17, Table II, method 10.
NEWCOMBE = [
    ((56, 70, 48, 80), 0.2000, 0.0524, 0.3339),
    ((9, 10, 3, 10), 0.6000, 0.1705, 0.8090),
    ((6, 7, 2, 7), 0.5714, 0.0582, 0.8062),
    ((5, 56, 0, 29), 0.0893, -0.0381, 0.1926),
    ((0, 10, 0, 20), 0.0000, -0.1611, 0.2775),
    ((0, 10, 0, 10), 0.0000, -0.2775, 0.2775),
    ((10, 10, 0, 20), 1.0000, 0.6791, 1.0000),
]
# Heart attacks under placebo and aspirin (Physicians' Health Study; Agresti, Categorical Data Analysis).
ASPIRIN = (189, 11034, 104, 11037)
CASES = [ASPIRIN, (36, 40, 16, 80), (30, 100, 60, 400), (3, 50, 1, 70)]


@pytest.mark.parametrize(("cells", "value", "low", "high"), NEWCOMBE)
def test_differences_are_those_that_newcombe_published(cells, value, low, high):
    assert share_difference(*cells) == pytest.approx((value, low, high), abs=6e-5)


def test_ratios_are_those_published_for_aspirin():
    assert risk_ratio(*ASPIRIN) == pytest.approx((1.82, 1.43, 2.31), abs=0.006)
    assert odds_ratio(*ASPIRIN) == pytest.approx((1.83, 1.44, 2.33), abs=0.006)


@pytest.mark.parametrize("confidence", [0.9, 0.95])
@pytest.mark.parametrize("cells", CASES)
def test_other_implementations_agree(cells, confidence):
    yes, n, other, other_n = cells
    difference = confint_proportions_2indep(*cells, compare="diff", method="newcomb", alpha=1 - confidence)
    assert share_difference(*cells, confidence=confidence)[1:] == pytest.approx(difference, abs=1e-12)
    risk = relative_risk(yes, n, other, other_n).confidence_interval(confidence)
    assert risk_ratio(*cells, confidence=confidence)[1:] == pytest.approx((risk.low, risk.high), rel=1e-12)
    table = [[yes, n - yes], [other, other_n - other]]
    odds = scipy_odds_ratio(table, kind="sample").confidence_interval(confidence)
    assert odds_ratio(*cells, confidence=confidence)[1:] == pytest.approx((odds.low, odds.high), rel=1e-12)


@pytest.mark.parametrize("cells", [(0, 10, 5, 20), (5, 10, 0, 20), (10, 10, 5, 20), (5, 10, 20, 20)])
def test_a_ratio_with_an_empty_cell_is_none_and_the_difference_has_an_interval(cells):
    assert risk_ratio(*cells) is None and odds_ratio(*cells) is None
    difference = share_difference(*cells)
    assert -1 <= difference.low < difference.value < difference.high <= 1


@pytest.mark.parametrize("compare", [share_difference, risk_ratio, odds_ratio])
@pytest.mark.parametrize("cells", [(11, 10, 5, 20), (5, 0, 5, 20), (5, 10, -1, 20)])
def test_impossible_counts_are_refused(compare, cells):
    with pytest.raises(ValueError, match="0 <= successes <= n"):
        compare(*cells)


@pytest.mark.parametrize(("first", "second"), [(0.1, 0.2), (0.02, 0.3)])
def test_intervals_hold_the_truth_as_often_as_they_say(first, second):
    random, n, other_n, held = np.random.default_rng(5), 200, 400, []
    for _ in range(600):
        cells = (random.binomial(n, first), n, random.binomial(other_n, second), other_n)
        limits = (share_difference(*cells), risk_ratio(*cells), odds_ratio(*cells))
        truths = (first - second, first / second, first * (1 - second) / (second * (1 - first)))
        held.append([e is not None and e.low < t < e.high for e, t in zip(limits, truths, strict=True)])
    # 95 % with four Monte-Carlo errors of 0.9 points each.
    assert np.all(np.abs(np.mean(held, axis=0) - 0.95) < 0.036)
