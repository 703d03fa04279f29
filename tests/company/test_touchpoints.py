"""Where customers are met."""

import csv
from importlib import resources

import pytest

from cxlib.company.touchpoints import BEFORE, SERVICE, experience_shares


def test_shares_of_touchpoints_sum_to_one():
    assert experience_shares().sum() == pytest.approx(1)
    assert sum(BEFORE.values()) == pytest.approx(1)
    assert sum(service.ordinary for service in SERVICE) == pytest.approx(1)


def test_every_touchpoint_is_on_the_shipped_list_and_comes_once():
    with resources.files("cxlib.contract").joinpath("touchpoints.csv").open(encoding="utf-8") as file:
        listed = {row["touchpoint"] for row in csv.DictReader(file)}
    served = [service.touchpoint for service in SERVICE]
    assert len(set(served)) == len(served)
    assert {*served, *BEFORE} <= listed


def test_complaints_are_always_negative_and_messages_of_the_company_never():
    shares = dict(zip((service.touchpoint for service in SERVICE), experience_shares(), strict=True))
    ordinary = {service.touchpoint: service.ordinary for service in SERVICE}
    assert ordinary["complaint"] == 0 < shares["complaint"]
    for message in ("newsletter", "status_update", "loyalty_offer"):
        assert shares[message] == 0 < ordinary[message]


def test_what_goes_wrong_is_recorded_in_the_contact_the_ticket_or_the_complaint():
    silent = [service for service in SERVICE if service.failure is None]
    assert {service.touchpoint for service in silent} == {"email_support", "complaint"}
    assert all(service.support for service in silent)
