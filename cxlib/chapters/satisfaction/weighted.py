"""The score of all customers: what it is, on which condition, and how far the silent could change it."""

from __future__ import annotations

from functools import partial

from cxlib.chapters.satisfaction.study import Study, Tipping
from cxlib.chapters.satisfaction.wording import known_of_all
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, number, say
from cxlib.result import interval
from cxlib.stats.weighted_scores import FARTHEST_APART

__all__ = ["DESIGN_LABEL", "condition", "methods", "sentences"]

points = partial(number, digits=1)

DESIGN_LABEL = say("Net promoter score, weighted to all people the survey was drawn from")
_DESIGN_METHOD = say(
    "Weighted score: the survey's own weights, taken as given. Interval: adjusted Wald, 95%, at the number "
    "of answers of equal weight that they are worth."
)
_RESPONSE_METHOD = say(
    "Weighted score: by {known}. Each answer counts as often as there are customers alike in these for each "
    "one who answered (two logits, on being invited and on answering). Interval: adjusted Wald, 95%, "
    "linearised together with both logits."
)
_SILENT = say(
    "Unequal weights cost precision like a sample {factor} times smaller. Whatever else than {known} makes "
    "customers keep silent stays uncorrected."
)


def methods(data: Dataset, study: Study) -> tuple[Message, ...]:
    """Return how the weighted score of `study` was computed, the short account first."""
    weighed = study.weighed
    if weighed.chances is None:
        return (_DESIGN_METHOD,)
    known, factor = known_of_all(data, study.cells.variables), number(weighed.design_effect, 2)
    return _RESPONSE_METHOD(known=known), _SILENT(known=known, factor=factor)


def condition(data: Dataset, study: Study) -> Message:
    """Return on which condition the weighted score is that of all."""
    if study.weighed.chances is None:
        return say(
            "Holds as far as the survey's own weights make those who answered stand for those who did not."
        )
    return say(
        "Holds if, among customers alike in {known}, those who answered feel as those who did not.",
        known=known_of_all(data, study.cells.variables),
    )


def sentences(data: Dataset, study: Study) -> tuple[Message, ...]:
    """Return the weighted score with its condition, and by how much the silent would have to differ."""
    words = interval(study.weighted_score, points)
    if study.weighed.chances is None:
        return (
            say(
                "As far as the survey's own weights make those who answered stand for those who did not, the "
                "score of all people it was drawn from is about {value}, between {low} and {high}.",
                **words,
            ),
        )
    said = say(
        "If, among customers alike in {known}, those who answered feel as those who did not, the score of "
        "all active customers is about {value}, between {low} and {high}.",
        known=known_of_all(data, study.cells.variables),
        **words,
    )
    return said, *_tipping(study)


def _tipping(study: Study) -> tuple[Message, ...]:
    if study.tipping is None:
        return ()
    return *_to_the_raw_score(study.tipping), *_to_another_sign(study.tipping, study.weighted_score)


def _to_the_raw_score(tipping: Tipping) -> tuple[Message, ...]:
    by = tipping.raw.value
    if not 0.05 <= abs(by) <= FARTHEST_APART:
        return ()
    if by > 0:
        return (
            say(
                "All customers would score as those who answered if the silent scored {by} points above "
                "customers alike who answered.",
                by=points(by),
            ),
        )
    return (
        say(
            "All customers would score as those who answered if the silent scored {by} points below "
            "customers alike who answered.",
            by=points(-by),
        ),
    )


def _to_another_sign(tipping: Tipping, score: Estimate) -> tuple[Message, ...]:
    below, above = -tipping.zero.high, tipping.zero.low
    if score.low > 0 and below <= FARTHEST_APART:
        return (
            say(
                "The score of all customers is no longer sure to lie above 0 if the silent score {by} points "
                "or more below customers alike who answered.",
                by=points(below),
            ),
        )
    if score.high < 0 and above <= FARTHEST_APART:
        return (
            say(
                "The score of all customers is no longer sure to lie below 0 if the silent score {by} points "
                "or more above customers alike who answered.",
                by=points(above),
            ),
        )
    return ()
