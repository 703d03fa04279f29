"""What is taken for granted, in words."""

import pytest

from cxlib.chapters.profit.assumptions import as_given, money_method, money_warnings
from cxlib.chapters.profit.counts import count_tenure
from cxlib.contract.config import Money
from tests.chapters.profit.small_company import FIRST, opened


@pytest.mark.parametrize(
    ("share", "english"),
    [(0.1, "10%"), (0.07, "7%"), (0.075, "7.5%"), (0.0725, "7.25%"), (1.5, "150%"), (0.29, "29%")],
)
def test_a_setting_is_said_as_it_was_given(share, english):
    assert as_given(share).text("en") == english
    assert as_given(share).text("de") == english.replace(".", ",").replace("%", "\N{NO-BREAK SPACE}%")


def test_a_signed_setting_has_its_sign():
    assert as_given(0.5, signed=True).text("en") == "+50%"


def words(dataset):
    tenure = count_tenure(dataset)
    return " ".join(
        text.text("en") for text in (*money_method(dataset, tenure), *money_warnings(dataset, tenure))
    )


def test_the_cost_of_winning_a_customer_is_said_with_its_source(company):
    customers, billing = company
    measured = words(opened(customers=customers, billing=billing))
    cost = customers.acquisition_cost[customers.start_no >= FIRST].mean()
    assert f"Winning a customer cost €{cost:.0f} on average" in measured
    given = opened(customers=customers, billing=billing, money=Money(acquisition_cost=80.0), currency="USD")
    assert "is taken to cost $80, as dataset.yaml says" in words(given)


def test_the_window_and_the_fewest_customers_are_said(company):
    customers, billing = company
    text = words(opened(customers=customers, billing=billing))
    assert "November 2023 to October 2026" in text
    assert "at least 30 customers" in text


def test_a_horizon_that_the_data_do_not_reach_is_a_warning(company):
    customers, billing = company
    far = opened(customers=customers, billing=billing, money=Money(horizon_months=120))
    assert f"The data reach {count_tenure(far).length} months of tenure, not the 120 months" in words(far)
