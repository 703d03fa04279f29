"""The verdict on the claim 50/80: every word, every gate, and what stands in the way."""

from dataclasses import replace

import pytest

from cxlib.chapters.churn.verdict import Gates, zendesk_verdict
from cxlib.estimate import Estimate

OPEN = Gates(
    events=400,
    months=36,
    recorded_for_everybody=True,
    placebo="quiet",
    minimum_events=10,
    minimum_months=12,
    structural=True,
)
HALF = Estimate(0.55, 0.48, 0.60)
MORE = Estimate(0.20, 0.10, 0.30)


def judged(claimed=0.5, *, generous=HALF, strict=HALF, difference=MORE, gates=OPEN):
    return zendesk_verdict(claimed, generous=generous, strict=strict, difference=difference, gates=gates)


def words(verdict):
    return " ".join(reason.text("en") for reason in verdict.reasons)


def test_contradicted_when_even_the_generous_upper_limit_is_below():
    verdict = judged(generous=Estimate(0.24, 0.22, 0.26), strict=Estimate(0.20, 0.18, 0.22))
    assert verdict.word == "contradicted"
    assert "at most 26.0% left" in words(verdict)


def test_contradicted_needs_no_causal_gate():
    hidden = replace(OPEN, placebo="moved", structural=False)
    assert judged(generous=Estimate(0.24, 0.22, 0.26), gates=hidden).word == "contradicted"


def test_an_upper_limit_at_the_claim_does_not_contradict():
    verdict = judged(generous=Estimate(0.40, 0.30, 0.50), strict=Estimate(0.35, 0.30, 0.40))
    assert verdict.word == "not decidable"


def test_supported_when_every_gate_is_passed():
    verdict = judged()
    assert verdict.word == "supported"
    assert "at least 48.0% left" in words(verdict)


def test_supported_within_the_tolerance_only():
    assert judged(strict=Estimate(0.5, 0.45, 0.6)).word == "supported"
    verdict = judged(strict=Estimate(0.5, 0.4499, 0.6))
    assert verdict.word == "not decidable"
    assert "reaches below the claimed share" in words(verdict)


@pytest.mark.parametrize("difference", [None, Estimate(0.1, 0.0, 0.2), Estimate(0.1, None, None)])
def test_not_decidable_when_it_is_not_told_apart_from_leaving_anyway(difference):
    verdict = judged(difference=difference)
    assert verdict.word == "not decidable"
    assert "leaving anyway" in words(verdict)


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        ({"structural": None}, "marginal structural model that the rule asks for"),
        ({"structural": False}, "does not agree"),
        ({"placebo": "moved"}, "something unmeasured"),
        ({"placebo": "too imprecise"}, "too imprecise"),
        ({"placebo": "absent"}, "too few involuntary ends"),
    ],
)
def test_each_causal_gate_keeps_the_claim_from_being_supported(gate, reason):
    verdict = judged(gates=replace(OPEN, **gate))
    assert verdict.word == "not decidable"
    assert reason in words(verdict)


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        ({"events": 9}, "only 9 customers left"),
        ({"events": 1}, "only 1 customer left"),
        ({"months": 11}, "for 11 months only"),
        ({"recorded_for_everybody": False}, "known from ratings"),
    ],
)
@pytest.mark.parametrize("generous", [HALF, Estimate(0.2, 0.1, 0.3)])
def test_some_gates_forbid_a_verdict_in_both_directions(gate, reason, generous):
    verdict = judged(generous=generous, gates=replace(OPEN, **gate))
    assert verdict.word == "not decidable"
    assert reason in words(verdict)


def test_an_unknown_placebo_state_is_refused():
    with pytest.raises(ValueError, match="'calm' is not one of moved"):
        replace(OPEN, placebo="calm")
