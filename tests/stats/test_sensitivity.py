"""Hidden causes: E-values and bounding factors as published, and by brute force over tables."""

import itertools

import numpy as np
import pytest

from cxlib.estimate import Estimate
from cxlib.stats.sensitivity import (
    bounding_factor,
    confounding_value,
    limit_nearer_to_one,
    occurrence_ratio,
)


@pytest.mark.parametrize(
    ("ratio", "value", "limit"),
    [
        (Estimate(3.9, 1.8, 8.7), 7.263034, 3.0),
        (Estimate(0.8, 0.71, 0.91), 1.809017, 1.428571),
        (Estimate(1.1, 0.9, 1.3), 1.431662, 1.0),
    ],
)
def test_e_values_as_published(ratio, value, limit):
    found = confounding_value(ratio)
    assert found == pytest.approx((value, limit), abs=1e-6)


def test_an_e_value_is_enough_in_both_and_one_may_be_weaker():
    both, _ = confounding_value(Estimate(1.5, 1.2, 1.9))
    assert both == pytest.approx(2.366, abs=5e-4)
    assert bounding_factor(both, both) == pytest.approx(1.5)
    assert bounding_factor(10, 1.6) == pytest.approx(1.509, abs=5e-4)
    assert bounding_factor(1.6, 10) >= 1.5 > bounding_factor(both, 1.6)


def test_a_cause_as_strong_as_measured_usage_has_its_published_factor():
    assert bounding_factor(0.539 / 0.266, 5.14) == pytest.approx(1.69, abs=0.005)


def test_no_cause_without_effect_feigns_more_than_its_bounding_factor():
    random = np.random.default_rng(20)
    for exposed, unexposed, risks in random.dirichlet(np.ones(4), (2_000, 3)):
        feigned = (exposed @ risks) / (unexposed @ risks)
        largest = max(one / other for one, other in itertools.permutations(risks, 2))
        assert feigned <= bounding_factor((exposed / unexposed).max(), largest) * (1 + 1e-12)


def test_the_bounding_factor_is_reached():
    # Everybody exposed has the harmful level, and one in 2.5 of the others.
    exposure, outcome = 2.5, 4.0
    others = 1 / exposure
    feigned = outcome / (others * outcome + 1 - others)
    assert feigned == pytest.approx(bounding_factor(exposure, outcome))


@pytest.mark.parametrize(
    ("ratio", "limit"),
    [
        (Estimate(2.0, 1.5, 2.7), 1.5),
        (Estimate(0.5, 0.4, 0.8), 1.25),
        (Estimate(0.9, 0.8, 1.1), 1.0),
        (Estimate(1.1, 0.9, 1.3), 1.0),
        (Estimate(1.5, None, None), 1.0),
    ],
)
def test_the_nearer_limit_counts_from_one_on_either_side(ratio, limit):
    assert limit_nearer_to_one(ratio) == pytest.approx(limit)


def test_levels_that_occur_alike_or_on_one_side_only_have_a_ratio():
    assert occurrence_ratio([500, 500], [50_000, 50_000]) == pytest.approx(1.0)
    assert occurrence_ratio([539_000, 461_000], [266_000, 734_000]) == pytest.approx(0.539 / 0.266, rel=1e-5)
    assert occurrence_ratio([0, 9_999], [4_999, 5_000]) == pytest.approx(2.0, rel=1e-3)
    assert np.isfinite(occurrence_ratio([10, 0], [0, 10]))


def test_a_factor_of_less_than_one_is_refused():
    with pytest.raises(ValueError, match="ratios of 1 or more; got 0.9, 2"):
        bounding_factor(0.9, 2)
