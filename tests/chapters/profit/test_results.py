"""What a customer brings with tenure and what one is worth: numbers, and what is said of them."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.profit import results as profit
from cxlib.contract.config import Money
from tests.chapters.profit.small_company import FIRST, at_once, dense, opened

CHAPTER = [getattr(profit, name) for name in profit.__all__]


def test_sentences_have_interval_number_and_limits(dataset):
    text = profit.customer_value(dataset).text("en")
    assert "between €" in text
    assert "customers)" in text
    assert "average over all customers" in text


def test_later_years_are_told_with_their_share_beyond_the_data(dataset):
    text = profit.customer_value(dataset).text("en")
    assert "With all later years" in text
    assert "beyond the longest tenure observed" in text


def test_later_years_are_not_stated_where_most_of_them_were_not_watched(company):
    customers, billing = company
    few = opened(
        customers=customers[(customers.customer_no % 3 == 0) & (customers.start_no >= FIRST)], billing=billing
    )
    result = profit.customer_value(few)
    assert "is not stated" in result.text("en")


def test_missing_acquisition_cost_is_said(company):
    customers, billing = company
    dataset = opened(customers=customers.assign(acquisition_cost=np.nan), billing=billing)
    result = profit.customer_value(dataset)
    assert "not in the data" in " ".join(warning.text("en") for warning in result.warnings)
    assert "before the cost of winning the customer" in result.sentences[0].text("en")


def test_a_short_history_is_said(company):
    customers, billing = company
    few = opened(customers=customers[customers.customer_no % 8 == 0], billing=billing)
    result = profit.customer_value(few)
    assert "values stop there" in " ".join(warning.text("en") for warning in result.warnings)
    assert "asked for were 60" in result.figure("value.customer").note.text("en")


def test_revenue_without_costs_is_called_revenue(company):
    customers, billing = company
    bare = opened(customers=customers, billing=billing.assign(direct_cost=np.nan))
    method = " ".join(words.text("en") for words in profit.customer_value(bare).method)
    assert "what is called margin here is revenue" in method


@pytest.mark.parametrize("part", CHAPTER)
def test_without_billing_the_reason_is_given(company, part):
    result = part(opened(customers=company[0]))
    assert not result.available
    assert "billing by month" in result.text("en")


def test_an_empty_billing_is_a_reason(company):
    customers, billing = company
    result = profit.customer_value(opened(customers=customers, billing=billing.head(0)))
    assert "no row" in result.text("en")


@pytest.mark.parametrize(("horizon", "rate"), [(24, 0.05), (36, 0.0), (60, 0.10)])
def test_the_value_equals_the_sum_over_customer_rows(company, horizon, rate):
    customers, billing = company
    money = Money(horizon_months=horizon, discount_rate=rate)
    result = profit.customer_value(opened(customers=customers, billing=billing, money=money))
    at_risk, ended, margins = dense(customers, billing, horizon)
    started, left = at_once(customers)
    there, expected = (
        1 - left.sum() / started.sum(),
        -customers.acquisition_cost[customers.start_no >= FIRST].mean(),
    )
    for k in range(horizon):
        expected += there * margins[:, k].sum() / at_risk[:, k].sum() * (1 + rate) ** (-(k + 0.5) / 12)
        there *= 1 - ended[:, k].sum() / at_risk[:, k].sum()
    # figures keep six digits
    assert result.figure("value.customer").value == pytest.approx(expected, rel=2e-6)
    assert result.table["months"].tolist() == list(range(12, horizon + 1, 12))
    assert result.table["kept"].iloc[-1] == pytest.approx(there, rel=1e-12)
    assert f"within {horizon} months" in result.text("en")


def test_years_of_tenure_end_with_the_horizon(company):
    customers, billing = company
    short = opened(customers=customers, billing=billing, money=Money(horizon_months=30))
    table = profit.tenure_margin(short).table
    at_risk, _, margins = dense(customers, billing, 30)
    assert table["year"].tolist() == [1, 2, 3]
    assert table["months"].tolist() == [at_risk[:, a:b].sum() for a, b in ((0, 12), (12, 24), (24, 30))]
    assert table["margin"].iloc[2] == pytest.approx(margins[:, 24:].sum() / at_risk[:, 24:].sum(), rel=1e-11)


def test_one_year_of_tenure_is_told_alone(company):
    customers, billing = company
    short = opened(customers=customers, billing=billing, money=Money(horizon_months=12))
    assert "in year 1" not in profit.tenure_margin(short).text("en")
    assert profit.what_if(short).figures


def test_customers_who_stay_for_ever_have_no_stated_later_years_without_discounting(company):
    customers, billing = company
    nobody = pd.array([None] * len(customers), dtype="Int64")
    loyal = opened(customers=customers.assign(end_no=nobody), billing=billing, money=Money(discount_rate=0.0))
    assert "adds up without end" in profit.customer_value(loyal).text("en")
