"""How far respondents differ from everybody: formulas against hand counts and published intervals."""

import numpy as np
import pandas as pd
import pytest

from cxlib.stats import bias, comparison


def test_standardised_differences_by_hand():
    found = bias.standardised_differences([30, 10], [100, 100])
    assert found["share"].tolist() == [0.75, 0.25]
    assert found["share_all"].tolist() == [0.5, 0.5]
    # (.75 - .5) / sqrt((.1875 + .25) / 2)
    assert found["value"].tolist() == pytest.approx([0.534522, -0.534522], abs=1e-6)
    # Only 40 of 200 answered; the rest hold 70 and 90.
    apart = comparison.share_difference(30, 40, 70, 160)
    expected = np.array(apart[1:]) * 0.8 / np.sqrt(0.21875)
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx(expected)


def test_a_level_that_all_who_answered_have_is_not_sure():
    found = bias.standardised_differences([20, 0], [100, 20]).iloc[0]
    # Wilson's limits: 20 of 20 is 0.8389 at least, 80 of 100 between 0.7112 and 0.8666.
    below = np.hypot(1 - 0.838874, 0.866614 - 0.8)
    assert found["low"] == pytest.approx((0.2 - below) * 5 / 6 / np.sqrt(5 / 72), abs=1e-4)


def test_when_everybody_answers_there_is_no_difference_and_no_doubt():
    found = bias.standardised_differences([7, 3, 0], [7, 3, 0])
    assert (found[["value", "low", "high"]] == 0).all(axis=None)


@pytest.mark.parametrize(("answered", "everybody"), [([0, 0], [5, 5]), ([6, 0], [5, 5])])
def test_answers_that_are_no_part_of_everybody_are_refused(answered, everybody):
    with pytest.raises(ValueError, match=r"must be a part of everybody; got \[[06]"):
        bias.standardised_differences(answered, everybody)


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


def test_people_all_alike_do_not_tell_their_spread():
    assert bias.yearly_rate(20, sums([360] * 20, [12] * 20), per=1.0) == (30.0, None, None)
    assert bias.yearly_rate(3, sums([30, 60, 90], [1, 2, 3]), per=1.0) == (30.0, None, None)


def test_no_event_has_the_upper_limit_of_none():
    # 3.688879 is the exact 97.5 % limit of a Poisson count of 0, from the printed tables.
    assert bias.event_rate(50, sums([0] * 50, [12] * 50)) == pytest.approx(
        (0, 0, 12 * 3.688879 / 600), abs=1e-7
    )
    assert bias.event_rate(1, sums([0], [12])) == pytest.approx((0, 0, 3.688879), abs=1e-6)


def test_independent_events_have_garwoods_limits():
    # Ten of 40 people with one event each vary less than Poisson; 10 events: 4.795389 to 18.390356.
    found = bias.event_rate(40, sums([1] * 10 + [0] * 30, [12] * 40))
    assert found == pytest.approx((0.25, 4.795389 / 40, 18.390356 / 40), abs=1e-7)


def test_events_of_a_few_people_count_less_and_stay_above_zero():
    x = np.array([10] + [0] * 39)
    found = bias.event_rate(40, sums(x, [12] * 40))
    # One person with all events: variance 40 / 39 x (9.75^2 + 39 x .25^2) = 100 of 10, so one event counts.
    assert found == pytest.approx((0.25, 10 * 0.025318 / 40, 10 * 5.571643 / 40), abs=1e-6)


@pytest.mark.parametrize("mean", [0.05, 0.4])
def test_rates_of_events_are_covered(mean):
    rng = np.random.default_rng(61)
    covered = 0
    for _ in range(500):
        x = rng.poisson(mean * rng.gamma(0.5, 2.0, size=100))
        found = bias.event_rate(100, sums(x, [12] * 100))
        covered += found.low <= mean <= found.high
    # 95 % of 500 is 475; four binomial standard errors are 19.5. Dispersion is estimated from few events.
    assert covered >= 455


def test_one_person_has_no_interval():
    assert bias.yearly_rate(1, sums([3], [12])) == (3.0, None, None)


def test_nobody_there_is_no_rate():
    with pytest.raises(ValueError, match="a month or more"):
        bias.yearly_rate(2, sums([0, 0], [0, 0]))
