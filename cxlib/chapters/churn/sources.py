"""What the negative experiences are known from, and whether that can judge a claim about everybody.

A rating or a complaint needs the customer to act. Who stays silent has none, so the share who leave
after a recorded one is not that of all who had one. Failures and broken rules need nobody to act.
"""

from __future__ import annotations

from cxlib.chapters.churn.study import ENOUGH_FOLLOWED, RECORDED_FOR_EVERYBODY, Followed, Study
from cxlib.language import Message, listing, percent, say

__all__ = ["MOST_ACTING", "acting_share", "judged", "known_from", "source_warnings"]

MOST_ACTING = 0.05
_NAMES = {
    "failure": say("failures"),
    "rule": say("broken rules"),
    "complaint": say("complaints"),
    "rating": say("ratings"),
    "unknown": say("an unknown source"),
}


def acting_share(study: Study) -> float:
    """Return the share of months with an experience that are known only because the customer acted.

    The largest of three shares counts: of all, of the first and of the second months (where there are
    as many as a verdict asks for). A source that is not known counts as needing the customer to act.
    """
    months = study.sources[study.sources["source"] == "any"]
    places = [months[months["place"] == place] for place in (1, 2)]
    parts = [months, *(part for part in places if part["months"].sum() >= ENOUGH_FOLLOWED)]
    return max(float(part["months"] @ ~part["everybody"] / part["months"].sum()) for part in parts)


def acting_sources(study: Study) -> Message:
    """Return the sources there are that need the customer to act, in words."""
    acting = sorted(set(study.sources["source"]) - {"any", *RECORDED_FOR_EVERYBODY})
    return listing([_NAMES[source] for source in acting])


def judged(study: Study) -> Followed:
    """Return the followed customers that can judge a claim about everybody who had an experience."""
    return study.followed if acting_share(study) <= MOST_ACTING else study.recorded


def known_from(study: Study) -> Message:
    """Return the share of months with an experience that is known from each source."""
    months = study.sources.groupby("source")["months"].sum()
    shares = [
        say("{share} from {source}", source=_NAMES[source], share=percent(months[source] / months["any"]))
        for source in sorted(set(months.index) - {"any"}, key=lambda source: -months[source])
    ]
    return say(
        "Months with an experience are known: {shares}; a month can be known from several. Recorded for "
        "everybody who had one are {everybody}; ratings and complaints need the customer to act.",
        shares=listing(shares),
        everybody=listing([_NAMES[source] for source in RECORDED_FOR_EVERYBODY]),
    )


def source_warnings(study: Study) -> tuple[Message, ...]:
    """Return what the figures do not see where many experiences are known from customers alone."""
    share = 0.0 if study.missing else acting_share(study)
    if share <= MOST_ACTING:
        return ()
    return (
        say(
            "Up to {share} of the experiences (of all, of the first or of the second ones) are known only "
            "because the customer acted ({sources}). Of customers who stay silent such experiences are not "
            "seen, so the figures hold for recorded experiences only.",
            share=percent(share),
            sources=acting_sources(study),
        ),
    )
