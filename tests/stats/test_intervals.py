"""Intervals equal published numbers, and hold what an interval must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.stats import intervals

# Published digits are given to six or more places.
EXACT = 1e-6


@pytest.mark.parametrize(
    ("answers", "centre", "low", "high"),
    [
        ((40, 30, 30), 9.708738, -6.271937, 25.689412),
        ((250, 675, 75), None, 14.085883, 20.809431),
        ((10, 0, 0), 76.923077, 47.504, 100.0),
        ((19, 9, 8), None, 2.878439, 53.531817),
    ],
)
def test_adjusted_wald_equals_the_published_intervals(answers, centre, low, high):
    found = intervals.adjusted_net_score(*answers)
    tolerance = 5e-4 if answers == (10, 0, 0) else EXACT  # that one is printed to three places
    if centre is not None:
        assert found.value == pytest.approx(centre, abs=EXACT)
    assert found.low == pytest.approx(low, abs=tolerance)
    assert found.high == pytest.approx(high, abs=EXACT)


def test_plain_wald_equals_the_published_intervals():
    assert intervals.net_score_wald(40, 30, 30) == pytest.approx((10.0, -6.280685, 26.280685), abs=1e-5)
    found = intervals.net_score_wald(250, 675, 75)
    assert found == pytest.approx((17.5, 14.137219, 20.862781), abs=EXACT)


def test_the_score_is_the_plain_one_and_its_interval_the_adjusted_one():
    found = intervals.net_score(19, 9, 8)
    assert found == pytest.approx((100 * 11 / 36, 2.878439, 53.531817), abs=EXACT)


def test_difference_of_two_scores_equals_the_published_test():
    found = intervals.net_score_difference((420, 330, 250), (380, 340, 280))
    assert found.value == pytest.approx(7.0, abs=1e-9)
    assert (found.error, found.z, found.p) == pytest.approx((3.593188, 1.948131, 0.051399), abs=EXACT)
    assert found.low == pytest.approx(7.0 - 1.959964 * 3.593188, abs=1e-5)


@pytest.mark.parametrize(
    ("function", "successes", "n", "low", "high"),
    [
        (intervals.wilson, 81, 263, 0.255289, 0.366210),
        (intervals.wilson, 15, 148, 0.062386, 0.160487),
        (intervals.wilson, 0, 20, 0.0, 0.161125),
        (intervals.wilson, 1, 29, 0.006113, 0.171755),
        (intervals.jeffreys, 15, 148, 0.060449, 0.157643),
        (intervals.clopper_pearson, 0, 20, 0.0, 0.168433),
    ],
)
def test_shares_equal_newcombes_table(function, successes, n, low, high):
    assert function(successes, n) == pytest.approx((successes / n, low, high), abs=EXACT)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_of_a_share_holds_the_share(counts):
    for function in (intervals.wilson, intervals.jeffreys, intervals.clopper_pearson):
        value, low, high = function(*counts)
        assert 0 <= low <= value <= high <= 1


@given(st.tuples(*[st.integers(0, 5_000)] * 3).filter(any))
def test_an_interval_of_a_net_score_holds_the_score(counts):
    value, low, high = intervals.net_score(*counts)
    assert -100 <= low <= value <= high <= 100


def test_one_answer_per_customer_has_no_design_effect():
    assert intervals.design_effect([1, 1], [0, 1], [60, 40]) == pytest.approx(100 / 99)
    plain = intervals.wilson(40 * 99 / 100, 99)
    assert intervals.clustered_share([1, 1], [0, 1], [60, 40]) == pytest.approx(plain, abs=1e-12)


def test_customers_who_always_answer_alike_count_once():
    twice = intervals.design_effect([2, 2], [0, 2], [60, 40])
    assert twice == pytest.approx(2 * 100 / 99)
    assert intervals.design_effect([1, 1], [1, 1], [5, 5]) == 1.0


def test_answers_all_alike_of_the_same_customers_count_as_customers():
    # Twenty customers with five satisfied answers each tell no more than twenty answers.
    assert intervals.clustered_share([5], [5], [20]) == pytest.approx(intervals.wilson(20, 20))
    assert intervals.clustered_share([5], [0], [20]) == pytest.approx(intervals.wilson(0, 20))
    # (9 + 11)^2 / (9 x 1 + 121) answers of independent customers.
    alike = intervals.clustered_share([1, 11], [1, 11], [9, 1])
    assert alike == pytest.approx(intervals.wilson(400 / 130, 400 / 130))
    assert intervals.clustered_share([4], [3], [1]) == pytest.approx(intervals.wilson(0.75, 1))


def mean_of(customers, bounds=(1.0, 7.0)):
    """Return the mean of answers given as a list per customer."""
    every = np.concatenate(customers)
    return intervals.clustered_mean(
        [len(own) for own in customers],
        [sum(own) for own in customers],
        [1] * len(customers),
        squares=((every - every.mean()) ** 2).sum(),
        bounds=bounds,
    )


def test_the_mean_of_one_answer_each_has_the_t_interval():
    answers = np.array([5.0, 6.0, 7.0, 4.0, 6.0])
    value, low, high = mean_of(answers[:, None])
    # 2.776445 is the 97.5 % point of t with 4 degrees of freedom, from the printed tables.
    assert value - low == pytest.approx(2.776445 * answers.std(ddof=1) / 5**0.5, abs=EXACT)
    assert high == 7.0, "no mean lies beyond the scale"
    assert mean_of(answers[:, None], bounds=(0, 10)).high == pytest.approx(2 * value - low)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_error_of_a_mean_is_that_of_a_regression_with_clusters(seed):
    from statsmodels.regression.linear_model import OLS

    draw = np.random.default_rng(seed)
    customers = [
        np.clip(np.round(draw.normal(4, 1.2) + draw.normal(0, 0.8, size=draw.integers(1, 5))), 1, 7)
        for _ in range(60)
    ]
    every = np.concatenate(customers)
    groups = np.repeat(np.arange(60), [len(own) for own in customers])
    fit = OLS(every, np.ones(len(every))).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "df_correction": True}, use_t=True
    )
    assert mean_of(customers)[1:] == pytest.approx(fit.conf_int()[0], abs=1e-9)


def test_twice_the_same_answer_of_each_customer_tells_no_more():
    answers = np.array([5.0, 6.0, 7.0, 4.0, 6.0])
    assert mean_of(np.column_stack([answers, answers])) == pytest.approx(mean_of(answers[:, None]))


@pytest.mark.parametrize(("score", "n"), [(7.0, 30), (4.0, 30), (1.0, 10), (5.0, 2), (5.0, 1)])
def test_a_mean_of_answers_all_alike_is_not_sure(score, n):
    found = mean_of(np.full((n, 1), score))
    # 1 - .025^(1/n): Clopper and Pearson's upper limit of a share of which none was seen.
    others = 1 - 0.025 ** (1 / n)
    assert found.low == pytest.approx(score - others * (score - 1))
    assert found.high == pytest.approx(score + others * (7 - score))
    assert found.low <= found.value <= found.high and found.low < found.high


def test_the_adjusted_error_of_scores_all_alike_is_not_zero():
    # Ten promoters: the published interval 47.504 to 106.3 about 76.9.
    assert intervals.adjusted_error(10, 0, 0) == pytest.approx((76.923077 - 47.504) / 1.959964, abs=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: intervals.wilson(5, 4), "got 5 of 4"),
        (lambda: intervals.jeffreys(0, 0), "got 0 of 0"),
        (lambda: intervals.clustered_share([], [], []), "got 0.0 of 0.0"),
        (lambda: intervals.net_score(0, 0, 0), "needs answers; got 0, 0 and 0"),
        (lambda: intervals.net_score(3, -1, 0), "got 3, -1 and 0"),
        (lambda: intervals.net_score_difference((5, 0, 0), (9, 0, 0)), "do not vary"),
        (lambda: intervals.clustered_mean([], [], [], squares=0.0, bounds=(1, 7)), "got 0"),
    ],
)
def test_impossible_counts_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
