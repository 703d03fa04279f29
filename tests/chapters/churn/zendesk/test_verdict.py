"""The verdict on the claim 50/80: every word, every gate, and what stands in the way."""

from dataclasses import replace

import pytest

from cxlib.chapters.churn.zendesk.verdict import Gates, rule_line, zendesk_verdict
from cxlib.contract.config import Zendesk
from cxlib.estimate import Estimate
from cxlib.language import LANGUAGES

OPEN = Gates(
    followed=900,
    acting=0.0,
    recorded_for_everybody=True,
    events=400,
    minimum_events=10,
    placebo="quiet",
    structural=True,
)
HALF = Estimate(0.55, 0.48, 0.60)
FEW = Estimate(0.24, 0.22, 0.26)
MORE = Estimate(0.20, 0.10, 0.30)


def judged(claimed=0.5, *, generous=HALF, strict=HALF, difference=MORE, gates=OPEN):
    return zendesk_verdict(claimed, generous=generous, strict=strict, difference=difference, gates=gates)


def words(verdict, language="en"):
    return " ".join(reason.text(language) for reason in verdict.reasons)


def test_contradicted_when_even_the_generous_upper_limit_is_below():
    verdict = judged(generous=FEW, strict=Estimate(0.20, 0.18, 0.22))
    assert verdict.word == "contradicted"
    assert "at most 26.0% left" in words(verdict)


@pytest.mark.parametrize(
    "gate",
    [
        {"placebo": "moved"},
        {"notices": "suspected"},
        {"ends_lost": 0.6},
        {"structural": False},
        {"structural": None},
        {"events": 0},
        {"events": 9},
    ],
)
def test_contradicted_needs_no_causal_gate_and_no_events(gate):
    assert judged(generous=FEW, gates=replace(OPEN, **gate)).word == "contradicted"


def test_an_upper_limit_at_the_claim_does_not_contradict():
    verdict = judged(generous=Estimate(0.40, 0.30, 0.50), strict=Estimate(0.35, 0.30, 0.40))
    assert verdict.word == "not decidable"


@pytest.mark.parametrize(
    ("acting", "change", "share"),
    [
        (0.0, "of the recorded experiences can", None),
        (0.03, None, "3.0%"),
        (0.4, "recorded for everybody can", None),
    ],
)
def test_that_nothing_hidden_can_change_it_is_said_of_complete_records_only(acting, change, share):
    said = words(judged(generous=FEW, gates=replace(OPEN, acting=acting)))
    assert ("no hidden cause" in said) == (change is not None)
    assert (change or "silent customers these are not seen") in said
    assert (share or "%") in said


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
        ({"events": 9}, "only 9 customers left"),
        ({"events": 1}, "only 1 customer left"),
        ({"acting": 0.051}, "counts silent customers as without an experience, although 5.1%"),
        ({"ends_lost": 0.051}, "of 5.1% of those who left the usage"),
        ({"notices": "suspected"}, "contacts about a notice would"),
        ({"notices": "unknown"}, "too few left to tell"),
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
    ("gate", "reason", "german"),
    [
        ({"followed": 29}, "only 29 customers were followed", "nur 29 Kunden wurden"),
        ({"followed": 1}, "only 1 customer was followed", "nur 1 Kunde wurde"),
        (
            {"recorded_for_everybody": False, "acting": 0.8},
            "80.0% of the experiences are known only because the customer acted",
            "niemand weiß, wie viele schweigende Kunden",
        ),
    ],
)
@pytest.mark.parametrize("generous", [HALF, Estimate(0.2, 0.1, 0.3)])
def test_some_gates_forbid_a_verdict_in_both_directions(gate, reason, german, generous):
    verdict = judged(generous=generous, gates=replace(OPEN, **gate))
    assert verdict.word == "not decidable"
    assert reason in words(verdict)
    assert german in words(verdict, "de")


def test_thirty_followed_are_enough():
    assert judged(generous=FEW, gates=replace(OPEN, followed=30)).word == "contradicted"


def test_an_unknown_state_of_a_check_is_refused():
    with pytest.raises(ValueError, match="'calm' is not one of none, suspected"):
        replace(OPEN, notices="calm")
    with pytest.raises(ValueError, match="'calm' is not one of moved"):
        replace(OPEN, placebo="calm")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rule_names_its_settings_and_that_one_word_cannot_be_reached(language):
    text = rule_line(Zendesk(minimum_events=17, tolerance=0.03)).text(language)
    assert " 17 " in text
    assert {"en": "at most 3.0 points", "de": "höchstens 3,0 Punkte"}[language] in text
    assert {"en": "cannot be reached so far", "de": "bisher nicht erreichbar"}[language] in text
