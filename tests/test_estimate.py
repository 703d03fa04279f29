import math

import pytest
from scipy.stats import norm

from cxlib.estimate import Z95, Estimate, rounded


def test_the_quantile_leaves_one_in_forty_on_either_side():
    assert norm.ppf(0.975) == pytest.approx(Z95, abs=1e-12)


def test_an_estimate_without_limits_is_a_value():
    assert Estimate(3.0) == (3.0, None, None)


@pytest.mark.parametrize(
    ("value", "kept"),
    [(0.123456789, 0.123457), (1234567.8, 1234570.0), (-2 / 3e9, -6.66667e-10), (0, 0.0), (5, 5.0)],
)
def test_six_digits_are_kept_whatever_the_size(value, kept):
    assert rounded(value) == kept
    assert isinstance(rounded(value), float)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_nothing(value):
    assert rounded(value) is None
