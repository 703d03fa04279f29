"""What the results share: one study a dataset, its numbers looked up by name."""

import numpy as np
import pytest

from cxlib.chapters.profit import results as profit
from cxlib.chapters.profit.readings import Reading
from cxlib.chapters.profit.study import Study, study
from cxlib.language import Message
from cxlib.stats.value import retention
from tests.chapters.profit.small_company import opened
from tests.chapters.profit.spoken import CHAPTER


@pytest.fixture(scope="module")
def made(dataset):
    return dataset.once(study)


def test_the_chapter_counts_and_fits_once(company, monkeypatch):
    calls = []
    for name in ("count_tenure", "evaluate", "fixed_effects", "tail_rules"):
        original = getattr(__import__("cxlib.chapters.profit.study", fromlist=[name]), name)

        def counted(*args, name=name, original=original):
            calls.append(name)
            return original(*args)

        monkeypatch.setattr(f"cxlib.chapters.profit.study.{name}", counted)
    customers, billing = company
    dataset = opened(customers=customers, billing=billing)
    for part in CHAPTER:
        part(dataset)
    assert sorted(calls) == ["count_tenure", "evaluate", "fixed_effects", "tail_rules"]


def test_without_billing_there_is_a_reason_and_no_study(company):
    assert isinstance(study(opened(customers=company[0])), Message)


def test_retention_is_read_over_twelve_months(made):
    months = made.tenure.months.head(12)
    start = 1 - made.tenure.left_at_once / made.tenure.started
    assert start < 0.95
    assert made.retention == pytest.approx(start * np.prod(1 - months.ends / months.at_risk), abs=1e-12)
    assert made.retention == retention(made.tenure.curve.hazards)
    assert made.changed("plus5points") == pytest.approx(made.retention + 0.05)


def test_a_published_value_has_the_datasets_rate_and_stops_with_the_data(made):
    assert made.published("value") == made.readings[Reading("value", rate=0.10, tail="stop")]
    assert (
        made.published("profit", "plus5points")
        == made.readings[Reading("profit", "plus5points", tail="flat")]
    )
    assert made.published("value", "unheard of") is None


def test_a_grid_holds_every_rate_and_tail(made):
    rates = (0.06, 0.08, 0.10, 0.12, 0.15)
    grid = made.grid("value", "plus5points", rates)
    assert set(grid) == {(rate, tail) for rate in rates for tail in ("stop", "flat", "sbg")}
    assert made.grid("value", "plus5points", [0.99]) == {}


def test_share_beyond_the_data_falls_with_the_discount_rate(made):
    shares = [made.beyond([rate]) for rate in (0.06, 0.10, 0.15)]
    assert 1 > shares[0] > shares[1] > shares[2] > 0
    assert made.beyond([0.06, 0.10, 0.15]) == shares[0]
    assert made.tenure.observed > made.tenure.length


def test_a_study_is_of_one_dataset(dataset, company):
    customers, billing = company
    other = opened(customers=customers, billing=billing)
    assert isinstance(other.once(study), Study)
    assert other.once(study) is not dataset.once(study)
    assert profit.customer_value(dataset).figures[0].n == dataset.once(study).tenure.customers
