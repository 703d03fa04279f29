"""Counts of the engine against counts done by hand."""

import pytest

from cxlib.chapters.trust import counts
from tests.chapters.tiny import answers, customers, opened, tickets

OCTOBER = 12 * 2026 + 10


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Ten customers, one of whom has left; five asked, three of whom answered; tickets of two months."""
    people = [*customers(9), *customers(1, start=9, left="2026-10-05")]
    surveys = [*answers(9, 3), *answers(None, 2, start=3), *answers(4, 2, start=8, instrument="csat")]
    rows = [*tickets(4, month="2026-08"), *tickets(6, start=2)]
    return opened(tmp_path_factory.mktemp("counted"), surveys=surveys, customers=people, tickets=rows)


def test_months_without_rows_are_zero(data):
    rows = counts.monthly_rows(data, "tickets", OCTOBER - 3, OCTOBER)
    assert rows.to_dict() == {OCTOBER - 3: 0, OCTOBER - 2: 4, OCTOBER - 1: 0, OCTOBER: 6}
    assert counts.last_month(data, "tickets") == OCTOBER


def test_rows_and_the_customers_they_belong_to(data):
    assert counts.records(data, "tickets", OCTOBER - 2, OCTOBER) == (10, 8)
    assert counts.records(data, "surveys", OCTOBER, OCTOBER, condition=counts.DIRECT) == (2, 2)


def test_customers_who_left_are_not_among_those_heard(data):
    assert counts.active_customers(data) == 9
    assert counts.customers_heard(data, "surveys", OCTOBER, OCTOBER, condition=counts.DIRECT) == 1


def test_questionnaires_sent_and_answered(data):
    kinds = counts.questionnaires(data, counts.RELATIONAL, OCTOBER, OCTOBER)
    found = kinds[["asked", "answered", "answers", "people"]].to_numpy().tolist()
    assert found == [[1, 0, 0, 2], [1, 1, 1, 3]]


def test_sums_of_those_who_answered_and_the_others(data):
    sums = counts.respondent_sums(data, "tickets", OCTOBER - 2, OCTOBER, OCTOBER).set_index("group")
    # c0 to c2 answered: a ticket each in August, and c2 one in October; c3 and c4 kept silent: 3 tickets.
    assert sums["people"].to_dict() == {"answered": 3, "not asked": 4, "silent": 2}
    assert sums["x"].to_dict() == {"answered": 4, "not asked": 3, "silent": 3}
    assert sums["m"].to_dict() == {"answered": 9, "not asked": 12, "silent": 6}
    assert sums.loc["answered", ["xx", "xm", "mm"]].tolist() == [1 + 1 + 4, 12, 27]


def test_a_table_without_a_time_of_recording_has_no_delays(data):
    assert counts.delays(data, "tickets", OCTOBER - 2, OCTOBER) is None
