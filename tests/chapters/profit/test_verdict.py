"""The verdict on the claim 5/75: every word, every gate, and what stands in the way."""

import pytest

from cxlib.chapters.profit.assumptions import TAIL_WORDS
from cxlib.chapters.profit.reichheld import STOOD_IN
from cxlib.chapters.profit.verdict import reichheld_verdict
from cxlib.estimate import Estimate


def words(verdict):
    return words_in("en", verdict)


def words_in(language, verdict):
    return " ".join(reason.text(language) for reason in verdict.reasons)


RATES = [(0.06, "stop"), (0.15, "flat")]


def gained(*estimates, **options):
    gains = dict(zip(RATES, estimates, strict=False))
    return reichheld_verdict(gains, **({"base_low": 100.0, "beyond_data": 0.2, "months": 36} | options))


def test_reichheld_contradicted_when_every_upper_limit_is_below():
    assert gained(Estimate(0.15, 0.1, 0.2), Estimate(0.6, 0.5, 0.74)).word == "contradicted"


def test_reichheld_not_decidable_when_one_assumption_reaches_the_claim():
    verdict = gained(Estimate(0.15, 0.1, 0.2), Estimate(0.6, 0.5, 0.76))
    assert verdict.word == "not decidable"
    assert "depends on the discount rate" in words(verdict)


def test_reichheld_not_decidable_when_the_interval_holds_the_claim():
    verdict = gained(Estimate(0.7, 0.6, 0.8), Estimate(0.72, 0.6, 0.84))
    assert verdict.word == "not decidable"
    assert words(verdict) == "the gain is not known well enough: its interval holds the claimed one"


@pytest.mark.parametrize(
    ("estimate", "reason"),
    [
        (Estimate(0.1, 0.05, 0.2011), "the gain stays below 20.2% under every assumption about later years"),
        (Estimate(0.9, 0.8019, 1.0), "the gain is at least 80.1% under every assumption about later years"),
    ],
)
def test_reichheld_speaks_of_no_discount_rate_where_there_is_one_alone(estimate, reason):
    gains = {(0.0, tail): estimate for tail in ("stop", "flat")}
    verdict = reichheld_verdict(gains, base_low=100.0, beyond_data=0.2, months=36)
    assert words(verdict) == reason


def test_reichheld_supported_when_every_lower_limit_comes_close():
    assert gained(Estimate(0.8, 0.70, 0.9), Estimate(0.9, 0.8, 1.0)).word == "supported"
    assert gained(Estimate(0.8, 0.69, 0.9), Estimate(0.9, 0.8, 1.0)).word == "not decidable"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"base_low": 0.0}, "zero or less"),
        ({"base_low": None}, "zero or less"),
        ({"beyond_data": 0.51}, "51.0% of the value lies beyond the months observed; at most 50.0% may"),
        ({"months": 23}, "only 23 months"),
    ],
)
def test_reichheld_gates_forbid_a_verdict(options, reason):
    verdict = gained(Estimate(0.15, 0.1, 0.2), **options)
    assert verdict.word == "not decidable"
    assert reason in words(verdict)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"claimed": 0.1},
        {"claimed": 0.15},
        {"base_low": 0.0},
        {"beyond_data": 0.51},
        {"months": 23},
        {"reachable": False},
        {"claimed": 0.01, "tolerance": 0.0},
    ],
)
def test_reichheld_reasons_are_said_in_german(options):
    for reason in gained(Estimate(0.15, 0.1, 0.2), **options).reasons:
        german = reason.text("de")
        assert german != reason.text("en")
        assert not {"the", "of", "every", "years", "are", "is"} & set(german.replace(";", "").split())


LOW, HIGH = Estimate(0.1, 0.05, 0.2), Estimate(0.9, 0.8, 1.0)


@pytest.mark.parametrize("estimate", [LOW, HIGH])
@pytest.mark.parametrize("tails", [["flat"], ["sbg"], ["flat", "sbg"]])
def test_reichheld_not_decidable_where_an_assumption_could_not_be_tried(estimate, tails):
    verdict = gained(estimate, untried=[TAIL_WORDS[tail] for tail in tails])
    assert verdict.word == "not decidable"
    assert [reason.text("en").count("cannot be computed from these data") for reason in verdict.reasons] == [
        1
    ] * len(tails)
    assert all(TAIL_WORDS[tail].text("de") in words_in("de", verdict) for tail in tails)


@pytest.mark.parametrize(("estimate", "word"), [(LOW, "contradicted"), (HIGH, "supported")])
def test_reichheld_says_which_assumption_another_one_stands_in_for(estimate, word):
    verdict = gained(estimate, replaced=(STOOD_IN,))
    assert verdict.word == word
    assert words(verdict).endswith("leaving as on average since the start was tried instead")


def test_reichheld_without_intervals_is_not_decidable():
    assert "no interval" in words(gained(Estimate(0.15)))
    assert "no interval" in words(gained())


def test_reichheld_not_applicable_when_retention_cannot_rise():
    assert gained(Estimate(0.15, 0.1, 0.2), reachable=False).word == "not applicable"
