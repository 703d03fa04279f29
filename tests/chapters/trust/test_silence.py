"""What became of the silent, on customers that can be counted by hand."""

import pytest

from cxlib.chapters.trust.silence import silent
from tests.chapters.tiny import answers, customers, opened, tickets
from tests.chapters.trust.companies import followed


def test_leaving_of_those_who_answered_and_of_the_silent(tmp_path):
    result = silent(followed(tmp_path))
    table = result.table.set_index("group")
    assert table["people"].to_dict() == {"answered": 100, "silent": 200, "not asked": 50}
    assert table["value"].to_dict() == {"answered": 0.1, "silent": 0.3, "not asked": 0.0}
    figure = result.figure("bias.churn")
    assert figure.value == pytest.approx(20)
    assert 0 < figure.low < 20 < figure.high
    assert figure.n == 300
    assert "answered a survey in October 2025, 10.0% left within the next 12 months" in result.text("en")
    assert "misjudges" in result.text("en")


def test_without_invitations_everybody_else_did_not_answer(tmp_path):
    table = silent(followed(tmp_path, invited=False)).table.set_index("group")
    assert table["people"].to_dict() == {"answered": 100, "silent": 250}


def test_an_answer_after_the_follow_up_begins_does_not_count(tmp_path):
    surveys = [
        *answers(9, 30, month="2025-10"),
        *answers(9, 30, start=30, month="2025-10", answered_at="2025-11-02 10:00:00"),
        *answers(9, 5, month="2026-10"),
    ]
    data = opened(
        tmp_path, surveys=surveys, customers=[*customers(59), *customers(1, start=59, left="2026-03-01")]
    )
    table = silent(data).table.set_index("group")
    assert table["people"].to_dict() == {"answered": 30, "silent": 30}


def test_tickets_of_those_who_answered_and_of_the_silent(tmp_path):
    people = [*customers(100, began="2024-01-15"), *customers(100, start=100, began="2026-05-15")]
    surveys = [
        *answers(9, 50),
        *answers(None, 50, start=50),
        *answers(9, 50, start=100),
        *answers(None, 50, start=150),
    ]
    first = tickets(1, start=199, month="2025-11")
    data = opened(
        tmp_path, surveys=surveys, customers=people, tickets=[*first, *tickets(20), *tickets(30, start=150)]
    )
    table = silent(data, "tickets").table.set_index("group")
    # Each group: 50 customers for 12 months and 50 for the 6 from May on; 20 and 31 tickets.
    assert table["value"].to_dict() == pytest.approx({"answered": 20 / 75, "silent": 31 / 75})


def test_revenue_is_the_mean_of_months_with_a_bill(tmp_path):
    bill = [
        {"customer_id": f"c{i}", "month": month, "revenue": (30 if i < 20 else 20) + (-1) ** (i // 2)}
        for i in range(40)
        for month in ("2026-09-01", "2026-10-01")[i % 2 :]
    ]
    surveys = [*answers(9, 20), *answers(None, 20, start=20)]
    result = silent(opened(tmp_path, surveys=surveys, customers=customers(40), billing=bill), "revenue")
    assert result.table.set_index("group")["value"].to_dict() == {"answered": 30, "silent": 20}
    figure = result.figure("bias.revenue")
    assert (figure.value, figure.unit) == (-10, "EUR")
    assert figure.low < -10 < figure.high


@pytest.mark.parametrize("revenue", [lambda i: 30, lambda i: 30 + (i >= 20) * (i % 2)])
def test_a_group_in_which_all_bring_the_same_tells_no_chance(tmp_path, revenue):
    bill = [{"customer_id": f"c{i}", "month": "2026-10-01", "revenue": revenue(i)} for i in range(40)]
    surveys = [*answers(9, 20), *answers(None, 20, start=20)]
    result = silent(opened(tmp_path, surveys=surveys, customers=customers(40), billing=bill), "revenue")
    assert not result.figures
    assert "brought the same revenue" in result.absent["bias.revenue"].text("en")
    assert "denselben Umsatz" in result.absent["bias.revenue"].text("de")


def test_no_ticket_of_a_group_is_not_sure_to_stay_none(tmp_path):
    surveys = [*answers(9, 20), *answers(None, 20, start=20)]
    options = {"tickets": tickets(5, start=20), "definitions": {"observed_since": "2026-10"}}
    data = opened(tmp_path, surveys=surveys, customers=customers(40), **options)
    table = silent(data, "tickets").table.set_index("group")
    # One month of 20 customers; 3.688879 is the exact 97.5 % limit of a Poisson count of 0.
    assert table.loc["answered", ["value", "low"]].tolist() == [0, 0]
    assert table.loc["answered", "high"] == pytest.approx(12 * 3.688879 / 20)
    # Five events of 20 customers, each with one at most: 1.623486 to 11.668332.
    assert table.loc["silent", ["low", "high"]].tolist() == pytest.approx(
        [12 * 1.623486 / 20, 12 * 11.668332 / 20]
    )


def test_a_few_customers_who_were_not_asked_join_those_who_did_not_answer(tmp_path):
    surveys = [*answers(9, 30), *answers(None, 30, start=30)]
    data = opened(tmp_path, surveys=surveys, customers=customers(64), tickets=tickets(40))
    table = silent(data, "tickets").table.set_index("group")
    assert table["people"].to_dict() == {"answered": 30, "silent": 34}


def test_a_few_answers_are_not_compared(tmp_path):
    surveys = [*answers(9, 9), *answers(None, 30, start=9)]
    data = opened(tmp_path, surveys=surveys, customers=customers(60), tickets=tickets(40))
    result = silent(data, "tickets")
    assert result.absent["bias.tickets"].text("en").startswith("Too few customers answered")
