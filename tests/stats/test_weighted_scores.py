"""Weighted scores against hand counts, a bootstrap that refits the weights, and drawn companies."""

import numpy as np
import pandas as pd
import pytest

from cxlib.estimate import Estimate
from cxlib.stats import intervals
from cxlib.stats.weighted_scores import raw_less_weighted, tipping_points, weighted_score
from cxlib.stats.weighting import response_weights

Z = 1.959964
POINTS = np.array([100, 0, -100])
VARIABLES = ["usage", "segment"]


class Town:
    """Customers of three usages and two segments who are asked, answer and recommend by chance."""

    usage, segment = (x.ravel() for x in np.meshgrid([0, 1, 2], [0, 1], indexing="ij"))
    active = np.array([420, 180, 630, 270, 350, 150])

    def __init__(self, *, by_usage, by_segment, inviting=0.55):
        self.inviting = np.full(6, inviting)
        self.answering = 1 / (1 + np.exp(1.2 - by_usage * (self.usage - 1) + by_segment * self.segment))
        location = 0.2 + 0.6 * (self.usage - 1) - 0.4 * self.segment
        up, down = 1 / (1 + np.exp(0.9 - location)), 1 / (1 + np.exp(0.6 + location))
        self.shares = np.column_stack([up, 1 - up - down, down])

    @property
    def truths(self):
        """Score of all customers, and of those who answer less it."""
        scores = self.shares @ POINTS
        among = self.active * self.inviting * self.answering
        everybody = self.active @ scores / self.active.sum()
        return everybody, among @ scores / among.sum() - everybody

    def drawn(self, rng):
        invited = rng.binomial(self.active, self.inviting)
        answered = rng.binomial(invited, self.answering)
        counts = np.array([rng.multinomial(n, p) for n, p in zip(answered, self.shares, strict=True)])
        return self.cells(self.active, invited, answered), counts

    def cells(self, active, invited, answered):
        columns = {"usage": self.usage, "segment": self.segment}
        return pd.DataFrame(columns | {"active": active, "invited": invited, "answered": answered})


def scores(cells, counts):
    """Return the weighted score and its distance from the plain one, as values alone."""
    weights = response_weights(cells, VARIABLES).values
    weighted = weights @ (counts @ POINTS) / (weights @ counts.sum(axis=1))
    return weighted, counts.sum(axis=0) @ POINTS / counts.sum() - weighted


def half(estimate):
    return (estimate.high - estimate.low) / 2 / Z


@pytest.mark.parametrize("inviting", [0.55, 1.0])
def test_errors_are_those_of_a_bootstrap_that_refits_the_weights(inviting):
    town, rng = Town(by_usage=0.5, by_segment=0.4, inviting=inviting), np.random.default_rng(7)
    cells, counts = town.drawn(rng)
    people = np.column_stack(
        [counts, cells["invited"] - cells["answered"], cells["active"] - cells["invited"]]
    )
    again = []
    for _ in range(400):
        # Whole people are drawn again: those who answered, kept silent and were not asked, of all cells.
        one = rng.multinomial(people.sum(), people.ravel() / people.sum()).reshape(people.shape)
        answered = one[:, :3].sum(axis=1)
        again.append(scores(town.cells(one.sum(axis=1), answered + one[:, 3], answered), one[:, :3]))
    fitted = response_weights(cells, VARIABLES)
    found = [f(counts, fitted.values, fitted.chances) for f in (weighted_score, raw_less_weighted)]
    # An error from 400 draws has itself an error of 3.5 %; four of them.
    assert [half(estimate) for estimate in found] == pytest.approx(np.std(again, axis=0), rel=0.14)


@pytest.mark.parametrize("by_usage", [0.0, 0.6])
def test_limits_cover_as_often_as_they_say(by_usage):
    town, rng = Town(by_usage=by_usage, by_segment=by_usage / 2), np.random.default_rng(31)
    covered, values, errors = np.zeros(2), [], []
    for _ in range(300):
        cells, counts = town.drawn(rng)
        fitted = response_weights(cells, VARIABLES)
        found = [f(counts, fitted.values, fitted.chances) for f in (weighted_score, raw_less_weighted)]
        covered += [e.low <= truth <= e.high for e, truth in zip(found, town.truths, strict=True)]
        values.append([e.value for e in found])
        errors.append([half(e) for e in found])
    # 95 % of 300 is 285; three binomial standard errors are 11.
    assert (abs(covered - 285) <= 11).all()
    # A standard deviation of 300 draws has an error of 4 %; three of them.
    assert np.mean(errors, axis=0) / np.std(values, axis=0) == pytest.approx(1, abs=0.12)


def test_fixed_weights_would_make_the_difference_look_sure():
    town = Town(by_usage=0.0, by_segment=0.0)
    cells, counts = town.drawn(np.random.default_rng(3))
    fitted = response_weights(cells, VARIABLES)
    as_given = raw_less_weighted(counts, fitted.values)
    found = raw_less_weighted(counts, fitted.values, fitted.chances)
    assert as_given.value == found.value
    assert half(found) > 2 * half(as_given)


@pytest.mark.parametrize("score", [0, 1, 2])
@pytest.mark.parametrize(
    ("weights", "effective"), [((1, 3), 16), ((1, 1), 20), ((2, 100), 1020**2 / 100_040)]
)
def test_answers_all_alike_are_as_sure_as_their_effective_number(score, weights, effective):
    counts = np.zeros((2, 3))
    counts[:, score] = 10, 10
    found = weighted_score(counts, weights)
    # Ten answers of each weight are worth (sum w)^2 / sum w^2 of equal ones.
    alike = [0, 0, 0]
    alike[score] = effective
    assert found == pytest.approx(intervals.net_score(*alike), abs=1e-9)
    assert found.low < found.high


def test_passives_alone_are_not_sure_to_be_all():
    found = weighted_score([[0, 6, 0], [0, 6, 0]], [1.0, 2.0])
    assert found.value == 0 and found.low < -10 and found.high > 10


def test_answers_all_alike_and_weights_by_the_chance_of_an_answer():
    town = Town(by_usage=0.5, by_segment=0.4)
    cells, counts = town.drawn(np.random.default_rng(5))
    counts = np.column_stack([cells["answered"], np.zeros((6, 2))])
    fitted = response_weights(cells, VARIABLES)
    found = weighted_score(counts, fitted.values, fitted.chances)
    n = cells["answered"].sum() / fitted.design_effect
    assert found == pytest.approx(intervals.net_score(n, 0, 0), abs=0.2)
    apart = raw_less_weighted(counts, fitted.values, fitted.chances)
    assert apart.value == pytest.approx(0, abs=1e-9) and apart.low < 0 < apart.high


def test_equal_weights_give_the_adjusted_wald_interval_and_no_difference():
    counts = [[5, 3, 2], [1, 1, 8]]
    assert weighted_score(counts, [2.0, 2.0]) == pytest.approx(intervals.net_score(6, 4, 10))
    assert raw_less_weighted(counts, [2.0, 2.0]) == pytest.approx((0, 0, 0), abs=1e-12)


def test_given_weights_move_the_score_by_hand():
    # 10 promoters of weight 1 and 10 detractors of weight 3: raw 0, weighted -50; 16 effective answers, so
    # half of 3 x 20 / 16 more in either row, a quarter of them at either end.
    counts, weights = [[10, 0, 0], [0, 0, 10]], [1.0, 3.0]
    more = 3 * 20 / 16 / 2 * np.array([0.25, 0.5, 0.25])
    extended = np.array(counts) + more
    weighted = (extended @ POINTS) @ weights / (extended.sum(axis=1) @ weights)
    residuals = np.array(weights)[:, None] * (POINTS - weighted) / (extended.sum(axis=1) @ weights)
    error = np.sqrt((extended * residuals**2).sum())
    assert weighted_score(counts, weights) == pytest.approx(
        (-50, max(-100, weighted - Z * error), weighted + Z * error), abs=1e-4
    )
    influence = POINTS / extended.sum() - residuals
    apart = Z * np.sqrt((extended * influence**2).sum())
    assert raw_less_weighted(counts, weights) == pytest.approx((50, 50 - apart, 50 + apart), abs=1e-4)


def test_answers_without_a_weight_count_as_answered_alone():
    found = raw_less_weighted([[10, 0, 10]], [1.0], unweighted=[20, 0, 0])
    assert found.value == pytest.approx(50)
    # Their own chance and that of the others' share; with one weight: 10 of 20 promoters, and 20 more.
    assert half(found) > 100 / 40


def test_a_trimmed_weight_does_not_follow_the_chance_of_an_answer():
    columns = {"usage": [0, 1], "active": [100, 300], "invited": [100, 300], "answered": [50, 20]}
    fitted = response_weights(pd.DataFrame(columns), ["usage"])
    assert fitted.chances.is_free.tolist() == [True, False]
    assert fitted.chances.silent == pytest.approx(1 - 70 / 400)


def test_tipping_points_are_differences_by_the_share_of_the_silent():
    assert tipping_points(Estimate(6.0, 2.0, 10.0), 0.8) == pytest.approx((7.5, 2.5, 12.5))
    assert tipping_points(Estimate(6.0), 0.5) == (12.0, None, None)
    with pytest.raises(ValueError, match="nobody keeps silent"):
        tipping_points(Estimate(6.0, 2.0, 10.0), 0.0)


def test_at_the_tipping_point_all_customers_score_as_those_who_answered():
    town = Town(by_usage=0.6, by_segment=0.3)
    everybody, apart = town.truths
    silent = town.active @ (1 - town.answering) / town.active.sum()
    by = tipping_points(Estimate(apart), silent).value
    kept = town.active * (1 - town.answering)
    moved = (town.active @ (town.shares @ POINTS) + kept.sum() * by) / town.active.sum()
    assert moved == pytest.approx(everybody + apart)


@pytest.mark.parametrize("function", [weighted_score, raw_less_weighted])
def test_scores_need_answers_and_positive_weights(function):
    for counts, weights in (([[1, 0, 0]], [0.0]), ([[0, 0, 0]], [1.0])):
        with pytest.raises(ValueError, match="needs answers, and weights above zero"):
            function(counts, weights)
