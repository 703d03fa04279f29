"""What more retention is worth, in every reading."""

import numpy as np
import pytest

from cxlib.chapters.profit import results as profit
from cxlib.chapters.profit.gains import GAINS
from cxlib.contract.config import Money
from tests.chapters.profit.small_company import FIRST, at_once, dense, opened


def test_figures_are_in_their_units(dataset):
    figure = profit.what_if(dataset).figure("value.plus5points")
    assert figure.unit == "% of value"
    assert 5 < figure.value < 50
    assert profit.customer_value(dataset).figure("value.customer").unit == "EUR"


def test_fixed_cost_makes_the_same_gain_a_larger_share(dataset):
    gains = profit.what_if(dataset).table.set_index(
        profit.what_if(dataset).table["reading"].map(lambda words: words.text("en"))
    )["gain"]
    before = gains["Yearly profit before fixed cost: 5 points more retention"]
    after = gains["Yearly profit after fixed cost: 5 percent more retention"]
    # five percent of .70 are 3.5 points, so without fixed cost the second would be the smaller
    assert after > before


def test_a_value_near_zero_has_no_gain_in_percent(company):
    customers, billing = company
    dear = opened(customers=customers, billing=billing, money=Money(acquisition_cost=2_000.0))
    result = profit.what_if(dear)
    assert set(result.absent) == set(GAINS)
    assert not result.available
    assert "zero or below" in result.text("en") + str(result.absent["value.plus1point"])
    assert profit.claim(dear).figure("claim.reichheld").verdict == "not decidable"


@pytest.mark.parametrize(("horizon", "rate"), [(24, 0.05), (36, 0.0), (60, 0.125)])
def test_gains_equal_the_formula_on_customer_rows(company, fixed_costs, horizon, rate):
    customers, billing = company
    money = Money(horizon_months=horizon, discount_rate=rate)
    result = profit.what_if(
        opened(customers=customers, billing=billing, fixed_costs=fixed_costs, money=money)
    )
    at_risk, ended, margins = dense(customers, billing, horizon)
    margin = margins.sum(axis=0) / at_risk.sum(axis=0)
    started, left = at_once(customers)
    start = 1 - left.sum() / started.sum()
    kept = start * np.cumprod(1 - ended.sum(axis=0) / at_risk.sum(axis=0))
    there = np.concatenate([[start], kept[:-1]])
    cost = customers.acquisition_cost[customers.start_no >= FIRST].mean()
    discount = (1 + rate) ** (-(np.arange(1, horizon + 1) - 0.5) / 12)
    now = kept[11]

    def value(power):
        return there**power @ (margin * discount) - cost

    def year(power):
        stay = (kept[-1] / (kept[-13] if horizon > 12 else start)) ** (power / 12)
        beyond = kept[-1] ** power / (1 - stay)
        return (
            12
            * (there**power @ margin + margin[-12:].mean() * beyond - cost)
            / ((there**power).sum() + beyond)
        )

    points, percent = np.log(now + 0.05) / np.log(now), np.log(1.05 * now) / np.log(now)
    fewer = np.log(1 - 0.95 * (1 - now)) / np.log(now)
    expected = {
        "value.plus1point": value(np.log(now + 0.01) / np.log(now)) / value(1) - 1,
        "value.plus5points": value(points) / value(1) - 1,
        "value.plus5percent": value(percent) / value(1) - 1,
        "value.minus5percentchurn": value(fewer) / value(1) - 1,
        "profit.year.plus5points": year(points) / year(1) - 1,
    }
    for id, gain in expected.items():
        # figures keep six digits
        assert result.figure(id).value == pytest.approx(100 * gain, rel=2e-5)


def test_the_sentences_name_the_two_readings_that_are_mixed_up(dataset):
    text = profit.what_if(dataset).text("en")
    assert "five points more" in text and "five in a hundred stayed" in text
    assert "takes the customers who would be saved as average ones" in text


def test_the_claimed_gain_is_a_fact_of_the_result(dataset):
    assert profit.what_if(dataset).facts == {"claimed": 0.75}
