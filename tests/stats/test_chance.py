"""Limits of chance over time, a steady change, and scores of groups, against hand counts and draws."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS, WLS

from cxlib.stats.chance import (
    control_limits,
    covariance_of_shares,
    p_of_equal_values,
    steady_change,
)


def months(levels, n, rng):
    """Draw answers of months whose true scores are `levels` (30 % passives)."""
    levels = np.clip(levels, -69, 69) / 100
    shares = np.column_stack([(0.7 + levels) / 2, np.full(len(levels), 0.3), (0.7 - levels) / 2])
    return np.array(
        [rng.multinomial(k, p) for k, p in zip(np.broadcast_to(n, len(levels)), shares, strict=True)]
    )


def test_a_month_far_off_is_outside_the_limits():
    counts = np.tile([40, 40, 20], (15, 1))
    counts[9] = [10, 20, 70]
    table = control_limits(counts)
    assert table.index[table["signal"] == "outside"].tolist() == [9]
    assert table["mean"].iloc[0] == pytest.approx((14 * 20 - 60) / 15)


def test_limits_are_the_normal_ones_of_all_months_where_months_hardly_differ():
    counts = np.tile([[41, 40, 19], [40, 40, 20]], (6, 1))
    table = control_limits(counts)
    up, _, down = (counts.sum(axis=0) + [0.75, 1.5, 0.75]) / (counts.sum() + 3)
    # 3.1440: a normal value is farther than that from 0 in one of 1,200 / 2 cases: 2 % over 12 months.
    half = 3.1440 * 10 * np.sqrt(up + down - (up - down) ** 2)
    assert table["upper"].iloc[0] - table["mean"].iloc[0] == pytest.approx(half, rel=1e-3)


def test_months_that_differ_by_more_than_chance_have_wider_limits():
    rng = np.random.default_rng(8)
    calm = control_limits(months(np.full(24, 20.0), 400, rng))
    rough = control_limits(months(20 + 12 * rng.standard_normal(24), 400, rng))
    width = [(table["upper"] - table["lower"]).mean() for table in (calm, rough)]
    assert width[1] > 2 * width[0]
    assert (rough["signal"] == "").all()


def test_with_equal_numbers_the_spread_is_that_of_the_moving_ranges():
    rng = np.random.default_rng(8)
    counts = months(20 + 12 * rng.standard_normal(24), 400, rng)
    table = control_limits(counts)
    value = table["value"].to_numpy()
    kept = np.delete(value, np.abs(value - value.mean()).argmax())
    sigma = np.abs(np.diff(kept)).mean() / 1.128379
    half = (table["upper"] - table["mean"]).iloc[0]
    draws = np.random.default_rng(99).standard_normal((4_000, 24))
    draws -= draws.mean(axis=1, keepdims=True)
    most = []
    for row in draws:
        kept = np.delete(row, np.abs(row).argmax())
        most.append(np.abs(row).max() / (np.abs(np.diff(kept)).mean() / 1.128379))
    # In 2 % of series in control some month lies farther off; a 98 % quantile of 4,000 draws is known to 3 %.
    assert half / sigma == pytest.approx(np.quantile(most, 0.98), rel=0.06)


def claims(levels, n, rng):
    """Return whether a report claims a month, and whether a steady change."""
    counts = months(levels, n, rng)
    change = steady_change(np.arange(len(levels)), counts)
    return (control_limits(counts)["signal"] != "").any(), not change.low <= 0 <= change.high


WAVES = np.where(np.arange(24) % 12 == 11, 2_500, 100)


@pytest.mark.parametrize(
    ("times", "n", "spread", "seed"),
    [
        (24, 30, 0, 101),
        (24, 100, 0, 102),
        (36, 400, 0, 103),
        (36, 30, 8, 104),
        (24, 400, 8, 105),
        (12, 100, 5, 106),
        (24, WAVES, 4, 107),
    ],
)
def test_false_alarms_are_rare(times, n, spread, seed):
    rng = np.random.default_rng(seed)
    found = [claims(20 + spread * rng.standard_normal(times), n, rng) for _ in range(120)]
    # At most 5 % of 120 is 6; more than 13 has a chance of .004 then.
    assert sum(any(one) for one in found) <= 13


def test_a_fall_of_12_points_in_24_months_is_found_as_often_as_it_is_said():
    rng, found, least = np.random.default_rng(55), [], []
    for _ in range(150):
        counts = months(np.linspace(26, 14, 24), 100, rng)
        change = steady_change(np.arange(24), counts)
        found.append(change.high < 0)
        least.append(change.detectable)
    # 44 % of 500 draws made beforehand; four binomial errors of 150 are 16 points.
    assert np.mean(found) == pytest.approx(0.44, abs=0.16)
    # The change said to show in 80 % is drawn: about 17 points.
    size = float(np.median(least)) / 2
    again = [claims(np.linspace(20 + size, 20 - size, 24), 100, rng)[1] for _ in range(150)]
    assert np.mean(again) == pytest.approx(0.8, abs=0.13)


def test_the_line_is_a_weighted_regression_on_the_months_there_are():
    rng = np.random.default_rng(2)
    times = np.array([0, 1, 2, 4, 5, 6, 7, 11, 12, 13, 14, 15, 20])
    n = rng.integers(60, 140, size=13)
    counts = months(np.linspace(10, 40, 13), n, rng)
    scores = 100 * (counts[:, 0] - counts[:, 2]) / n
    fit = WLS(scores, np.column_stack([np.ones(13), times]), weights=n).fit()
    change = steady_change(times, counts)
    assert change.value == pytest.approx(20 * fit.params[1])
    assert change.line == pytest.approx(fit.fittedvalues)


def test_where_months_differ_by_more_than_chance_the_interval_is_that_of_a_plain_regression():
    rng = np.random.default_rng(9)
    counts = months(20 + 12 * rng.standard_normal(18), 400, rng)
    scores = (counts[:, 0] - counts[:, 2]) / 4
    fit = OLS(scores, np.column_stack([np.ones(18), np.arange(18)])).fit()
    change = steady_change(np.arange(18), counts)
    assert change[:3] == pytest.approx(
        [17 * x for x in (fit.params[1], *fit.conf_int(alpha=0.03)[1])], rel=1e-6
    )


def test_answers_all_alike_have_limits_and_tell_no_change():
    counts = np.tile([30, 0, 0], (14, 1))
    assert (control_limits(counts)["signal"] == "").all()
    change = steady_change(np.arange(14), counts)
    assert change.low < 0 < change.high and change.value == pytest.approx(0)
    counts[5] = [29, 0, 1]
    assert (control_limits(counts)["signal"] == "").all(), "one detractor among 420 answers is no news"


def test_few_times_have_no_limits_and_no_line():
    assert control_limits(np.tile([5, 3, 2], (11, 1)))[["lower", "upper", "detectable"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="needs 12 times or more; got 11"):
        steady_change(np.arange(11), np.tile([5, 3, 2], (11, 1)))


def test_groups_are_told_apart_only_where_chance_cannot_explain_it():
    # Difference 20, standard error 2.551 * 2 ** .5: z = 5.544.
    variances = np.diag([2.551**2] * 2)
    assert p_of_equal_values([10.0, 30.0], variances) == pytest.approx(2.96e-8, rel=0.02)
    assert p_of_equal_values([20.0, 20.0], variances) == pytest.approx(1.0)


def test_groups_of_the_same_people_differ_less_by_chance():
    alone = p_of_equal_values([10.0, 14.0], np.diag([4.0, 4.0]))
    together = p_of_equal_values([10.0, 14.0], [[4.0, 3.0], [3.0, 4.0]])
    # z = 4 / 8 ** .5 and 4 / 2 ** .5.
    assert (alone, together) == pytest.approx((0.157299, 0.004678), abs=1e-6)


def drawn_people(rng, people, shares):
    """Return answers and successes, shape (people, groups), of people who are alike in all groups."""
    mood = rng.normal(0, 1, size=people)[:, None]
    answers = rng.integers(0, 3, size=(people, len(shares)))
    chance = 1 / (1 + np.exp(-(np.log(shares / (1 - shares)) + mood)))
    return answers, rng.binomial(answers, chance)


def pairs_of(answers, successes):
    """Return the sums over people that :func:`covariance_of_shares` takes."""
    a, s = answers.astype(float), successes.astype(float)
    there = (a > 0).astype(int)
    first, second = np.indices((a.shape[1], a.shape[1]))
    common = {"people": there.T @ there, "a_first": a.T @ there, "s_first": s.T @ there}
    sums = {"aa": a.T @ a, "as": a.T @ s, "sa": s.T @ a, "ss": s.T @ s}
    columns = {"first": first, "second": second} | common | sums
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


def test_the_covariance_of_shares_is_that_of_a_regression_with_clusters():
    answers, successes = drawn_people(np.random.default_rng(3), 300, np.array([0.6, 0.7, 0.5]))
    person, group = (x.ravel() for x in np.indices(answers.shape))
    person, group = (np.repeat(x, answers.ravel()) for x in (person, group))
    outcome = np.concatenate(
        [np.r_[np.ones(s), np.zeros(a - s)] for a, s in zip(answers.ravel(), successes.ravel(), strict=True)]
    )
    fit = OLS(outcome, np.eye(3)[group]).fit(
        cov_type="cluster", cov_kwds={"groups": person, "use_correction": False}
    )
    found = covariance_of_shares(pairs_of(answers, successes)).to_numpy()
    off = ~np.eye(3, dtype=bool)
    assert found[off] == pytest.approx(fit.cov_params()[off], abs=1e-12)
    people, n, good = (answers > 0).sum(axis=0), answers.sum(axis=0), successes.sum(axis=0)
    near = (good + 2) / (n + 4)
    among = np.diag(fit.cov_params()) * people / (people - 1)
    assert np.diag(found) == pytest.approx(np.maximum(among, near * (1 - near) / (n + 4)))


def test_equal_groups_of_the_same_people_are_rarely_told_apart():
    rng, found = np.random.default_rng(17), 0
    for _ in range(600):
        answers, successes = drawn_people(rng, 200, np.array([0.7, 0.7, 0.7, 0.7]))
        shares = successes.sum(axis=0) / answers.sum(axis=0)
        found += p_of_equal_values(shares, covariance_of_shares(pairs_of(answers, successes))) < 0.05
    # 5 % of 600 is 30; four binomial errors are 21. Errors that take groups as independent find 1 %.
    assert 9 <= found <= 51


def test_groups_all_satisfied_have_a_variance():
    answers, successes = np.ones((20, 2), dtype=int), np.ones((20, 2), dtype=int)
    found = covariance_of_shares(pairs_of(answers, successes))
    assert np.diag(found) == pytest.approx([22 / 24 * 2 / 24 / 24] * 2)
    assert p_of_equal_values([1.0, 1.0], found) == pytest.approx(1.0)
