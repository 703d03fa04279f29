"""What chapter 12 publishes."""

from cxlib.figures import Claim, Declared, Figures, Headline
from cxlib.language import Message, say

__all__ = ["FIGURES"]

_OBSERVED = ("definitions.observed_since",)
_HORIZON = (*_OBSERVED, "claims.zendesk.horizon_months")
_MODEL = (
    *_OBSERVED,
    "definitions.exposure.window_months",
    "definitions.exposure.lag_months",
    "definitions.tenure_bands",
    "definitions.usage",
    "definitions.controls",
    "claims.zendesk.minimum_events",
)
_NAIVE = (*_MODEL, "definitions.segments")
_RISK = (*_MODEL, "claims.zendesk.horizon_months")
_CLAIM = (*_RISK, "claims.zendesk.shares", "claims.zendesk.tolerance", "claims.zendesk.placebo_limit")


def _share(id: str, label: Message, definition: str) -> Declared:
    settings = (*_OBSERVED, "definitions.minimum_group")
    return Declared(id, "churn.naive", label, "%", definition, interval="Wilson", settings=settings)


def _compared(id: str, label: Message, unit: str, definition: str, interval: str) -> Declared:
    settings = ("definitions.minimum_group",)
    return Declared(id, "churn.naive", label, unit, definition, interval=interval, settings=settings)


def _after(id: str, label: Message, definition: str, *, has_truth: bool) -> Declared:
    options = {"interval": "log-log, or exact with few ends", "settings": _HORIZON, "has_truth": has_truth}
    return Declared(id, "churn.after", label, "%", definition, **options)


def _ratio(id: str, label: Message, definition: str, settings: tuple[str, ...] = _MODEL) -> Declared:
    options = {"interval": "clustered by customer", "settings": settings, "has_truth": True}
    return Declared(id, "churn.hazard", label, "ratio", definition, **options)


def _risk(
    id: str, label: Message, definition: str, unit: str = "%", *, headline: Headline | None = None
) -> Declared:
    options = {"interval": "delta method", "settings": _RISK, "has_truth": True, "headline": headline}
    return Declared(id, "churn.risk", label, unit, definition, **options)


def _verdict(id: str, label: Message, definition: str, claim: Claim) -> Declared:
    options = {"settings": _CLAIM, "has_truth": True, "claim": claim}
    return Declared(id, "churn.claim", label, "word", definition, **options)


FIGURES = Figures(
    "12",
    _share(
        "churn.share.0",
        say("Left, of customers with no recorded negative experience"),
        "left for any reason by the report month, of the customers at risk in the observed months who had no "
        "month with a recorded negative experience; a description without a horizon, which says nothing "
        "about an effect",
    ),
    _share(
        "churn.share.1",
        say("Left, of customers with one month of negative experience"),
        "the same with one such month, the month of leaving included; in a table without dates with exactly "
        "one experience, or where the column says yes",
    ),
    _share(
        "churn.share.2",
        say("Left, of customers with two or more such months"),
        "the same with two or more such months",
    ),
    _compared(
        "churn.share.difference",
        say("More left with a negative experience than without, nothing adjusted"),
        "percentage points",
        "of the customers in a table without dates: share marked as gone of those with any negative "
        "experience, less that of those with none; a description, not an effect",
        "Newcombe",
    ),
    _compared(
        "churn.share.ratio",
        say("Left with a negative experience against without, nothing adjusted (ratio of shares)"),
        "ratio",
        "the same two shares, one divided by the other",
        "log Wald",
    ),
    _compared(
        "churn.share.odds",
        say("Left with a negative experience against without, nothing adjusted (odds ratio)"),
        "ratio",
        "the odds of being gone of the same two groups, one divided by the other",
        "log Wald",
    ),
    _after(
        "churn.after12.1",
        say(
            "Left within {n} month of a first negative experience",
            plural="Left within {n} months of a first negative experience",
        ),
        "left voluntarily within `claims.zendesk.horizon_months` after the first month with a recorded "
        "experience in the observed months, as it was; without that month itself and its contacts to cancel; "
        "involuntary ends compete",
        has_truth=True,
    ),
    _after(
        "churn.after12.2",
        say(
            "Left within {n} month of a second negative experience",
            plural="Left within {n} months of a second negative experience",
        ),
        "the same after the second such month",
        has_truth=True,
    ),
    _after(
        "churn.after12.generous.1",
        say(
            "Left within {n} month of a first negative experience, counted in the claim's favour",
            plural="Left within {n} months of a first negative experience, counted in the claim's favour",
        ),
        "`churn.after12.1` with the month of the experience itself and its contacts to cancel; an upper "
        "bound",
        has_truth=False,
    ),
    _after(
        "churn.after12.generous.2",
        say(
            "Left within {n} month of a second negative experience, counted in the claim's favour",
            plural="Left within {n} months of a second negative experience, counted in the claim's favour",
        ),
        "`churn.after12.2` with the month of the experience itself and its contacts to cancel; an upper "
        "bound",
        has_truth=False,
    ),
    _ratio(
        "churn.hr.naive.1",
        say("Leaving after one negative experience, nothing adjusted (hazard ratio)"),
        "hazard of leaving voluntarily in a month, after one month with an experience among the "
        "`definitions.exposure.window_months` that end `lag_months` before it, against none; tenure and "
        "those `definitions.controls` alike that are `definitions.segments`, usage not",
        settings=_NAIVE,
    ),
    _ratio(
        "churn.hr.naive.2",
        say("Leaving after two or more, nothing adjusted (hazard ratio)"),
        "the same after two or more such months",
        settings=_NAIVE,
    ),
    _ratio(
        "churn.hr.adjusted.1",
        say("Leaving after one negative experience, adjusted (hazard ratio)"),
        "`churn.hr.naive.1` at equal usage in the month before, with all `definitions.controls` and within "
        "calendar periods (months, put together until each has at least 20 ends): the direct part of the "
        "effect",
    ),
    _ratio(
        "churn.hr.adjusted.2",
        say("Leaving after two or more, adjusted (hazard ratio)"),
        "the same after two or more such months",
    ),
    _ratio(
        "churn.hr.placebo.1",
        say("Cross-check: involuntary ends after one experience (hazard ratio)"),
        "`churn.hr.adjusted.1` for involuntary ends, on which experiences can have no effect; far from 1 it "
        "tells of a hidden cause; one that leaves involuntary ends alone cannot show",
    ),
    _ratio(
        "churn.hr.placebo.2",
        say("Cross-check: involuntary ends after two or more (hazard ratio)"),
        "the same after two or more such months",
    ),
    _risk(
        "churn.risk12.0",
        say(
            "Leaves within {n} month without a negative experience",
            plural="Leaves within {n} months without a negative experience",
        ),
        "of today's customers, would leave voluntarily within `claims.zendesk.horizon_months` if none had an "
        "experience now or later, in months like the average of those observed",
    ),
    _risk(
        "churn.risk12.1",
        say(
            "Leaves within {n} month after one negative experience",
            plural="Leaves within {n} months after one negative experience",
        ),
        "the same if everybody had an experience in this month and none after; usage may react",
    ),
    _risk(
        "churn.risk12.2",
        say(
            "Leaves within {n} month after two negative experiences",
            plural="Leaves within {n} months after two negative experiences",
        ),
        "the same with experiences in this month and in the next, and none after",
    ),
    _risk(
        "churn.risk12.diff.1",
        say(
            "More customers leave within {n} month of a negative experience",
            plural="More customers leave within {n} months of a negative experience",
        ),
        "`churn.risk12.1` less `churn.risk12.0`",
        "percentage points",
        headline=Headline(
            "effect",
            30,
            signed=True,
            beside={"churn.risk12.0": say("without: {value}"), "churn.risk12.1": say("after one: {value}")},
        ),
    ),
    _risk(
        "churn.risk12.diff.2",
        say(
            "More customers leave within {n} month of two negative experiences",
            plural="More customers leave within {n} months of two negative experiences",
        ),
        "`churn.risk12.2` less `churn.risk12.0`",
        "percentage points",
    ),
    _risk(
        "churn.risk12.direct.1",
        say(
            "Leaves within {n} month after one negative experience, what runs through usage left out",
            plural="Leaves within {n} months after one negative experience, what runs through usage left out",
        ),
        "`churn.risk12.1` with usage moving as without an experience: the part that does not run "
        "through usage",
    ),
    _risk(
        "churn.risk12.direct.2",
        say(
            "Leaves within {n} month after two negative experiences, what runs through usage left out",
            plural="Leaves within {n} months after two negative experiences, what runs through usage left "
            "out",
        ),
        "`churn.risk12.2` with usage moving as without an experience: the part that does not run "
        "through usage",
    ),
    Declared(
        "churn.evalue",
        "churn.risk",
        say("Strength a hidden cause would need to explain it away (E-value)"),
        "ratio",
        "risk ratio that a hidden cause would need with experiences and with leaving, both alike, to explain "
        "the difference between `churn.risk12.1` and `churn.risk12.0`; one of the two may be weaker if the "
        "other is stronger",
        interval="that of the nearer limit",
        settings=_RISK,
        has_truth=True,
    ),
    _verdict(
        "claim.zendesk.1",
        say("Claim: {share} of customers leave after one negative experience"),
        "verdict on the first of `claims.zendesk.shares`, read within `claims.zendesk.horizon_months`, by "
        "the rules in `dataset.yaml`: supported, contradicted or not decidable",
        Claim(
            say("“After one bad experience, 50% of customers switch to a competitor.”"),
            1,
            ("churn.after12.generous.1", "churn.risk12.diff.1"),
        ),
    ),
    _verdict(
        "claim.zendesk.2",
        say("Claim: {share} of customers leave after several negative experiences"),
        "the same on the second of them, after two or more",
        Claim(
            say("“After several bad experiences, 80% switch.”"),
            2,
            ("churn.after12.generous.2", "churn.risk12.diff.2"),
        ),
    ),
)
