"""The verdict on the claim 5/75: every word, every gate, and what stands in the way."""

import pytest

from cxlib.chapters.profit.verdict import reichheld_verdict
from cxlib.estimate import Estimate


def words(verdict):
    return " ".join(reason.text("en") for reason in verdict.reasons)


RATES = [(rate, tail) for rate in (0.06, 0.15) for tail in ("stop", "flat")]


def gained(*estimates, **options):
    gains = dict(zip(RATES, estimates, strict=False))
    return reichheld_verdict(gains, **({"base_low": 100.0, "beyond_data": 0.2, "months": 36} | options))


def test_reichheld_contradicted_when_every_upper_limit_is_below():
    assert gained(Estimate(0.15, 0.1, 0.2), Estimate(0.6, 0.5, 0.74)).word == "contradicted"


def test_reichheld_not_decidable_when_one_assumption_reaches_the_claim():
    verdict = gained(Estimate(0.15, 0.1, 0.2), Estimate(0.6, 0.5, 0.76))
    assert verdict.word == "not decidable"
    assert "depends on the discount rate" in words(verdict)


def test_reichheld_supported_when_every_lower_limit_comes_close():
    assert gained(Estimate(0.8, 0.70, 0.9), Estimate(0.9, 0.8, 1.0)).word == "supported"
    assert gained(Estimate(0.8, 0.69, 0.9), Estimate(0.9, 0.8, 1.0)).word == "not decidable"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"base_low": 0.0}, "zero or less"),
        ({"base_low": None}, "zero or less"),
        ({"beyond_data": 0.51}, "51% of the value"),
        ({"months": 23}, "only 23 months"),
    ],
)
def test_reichheld_gates_forbid_a_verdict(options, reason):
    verdict = gained(Estimate(0.15, 0.1, 0.2), **options)
    assert verdict.word == "not decidable"
    assert reason in words(verdict)


def test_reichheld_without_intervals_is_not_decidable():
    assert "no interval" in words(gained(Estimate(0.15)))
    assert "no interval" in words(gained())


def test_reichheld_not_applicable_when_retention_cannot_rise():
    assert gained(Estimate(0.15, 0.1, 0.2), reachable=False).word == "not applicable"
