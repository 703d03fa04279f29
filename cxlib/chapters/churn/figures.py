"""What chapter 12 publishes."""

from cxlib.figures import Claim, Declared, Figures, Headline
from cxlib.language import say

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
_RISK = (*_MODEL, "claims.zendesk.horizon_months")
_CLAIM = (*_RISK, "claims.zendesk.shares", "claims.zendesk.tolerance", "claims.zendesk.placebo_limit")
_CLUSTERED = "clustered by customer"
_DELTA = "delta method"

FIGURES = Figures(
    "12",
    Declared(
        "churn.share.0",
        "churn.naive",
        say("Left, of customers with no recorded negative experience"),
        "%",
        "left for any reason by the report month, of the customers at risk in the observed months who had no "
        "month with a recorded negative experience; a description without a horizon, which says nothing "
        "about an effect",
        interval="Wilson",
        settings=(*_OBSERVED, "definitions.minimum_group"),
    ),
    Declared(
        "churn.share.1",
        "churn.naive",
        say("Left, of customers with one month of negative experience"),
        "%",
        "the same with one such month, the month of leaving included",
        interval="Wilson",
        settings=(*_OBSERVED, "definitions.minimum_group"),
    ),
    Declared(
        "churn.share.2",
        "churn.naive",
        say("Left, of customers with two or more such months"),
        "%",
        "the same with two or more such months",
        interval="Wilson",
        settings=(*_OBSERVED, "definitions.minimum_group"),
    ),
    Declared(
        "churn.after12.1",
        "churn.after",
        say(
            "Left within {n} month of a first negative experience",
            plural="Left within {n} months of a first negative experience",
        ),
        "%",
        "left voluntarily within `claims.zendesk.horizon_months` after the first month with a recorded "
        "experience in the observed months, as it was; without that month itself and its contacts to cancel; "
        "involuntary ends compete",
        interval="log-log",
        settings=_HORIZON,
        has_truth=True,
    ),
    Declared(
        "churn.after12.2",
        "churn.after",
        say(
            "Left within {n} month of a second negative experience",
            plural="Left within {n} months of a second negative experience",
        ),
        "%",
        "the same after the second such month",
        interval="log-log",
        settings=_HORIZON,
        has_truth=True,
    ),
    Declared(
        "churn.after12.generous.1",
        "churn.after",
        say(
            "Left within {n} month of a first negative experience, counted in the claim's favour",
            plural="Left within {n} months of a first negative experience, counted in the claim's favour",
        ),
        "%",
        "`churn.after12.1` with the month of the experience itself and its contacts to cancel; an upper "
        "bound",
        interval="log-log",
        settings=_HORIZON,
    ),
    Declared(
        "churn.after12.generous.2",
        "churn.after",
        say(
            "Left within {n} month of a second negative experience, counted in the claim's favour",
            plural="Left within {n} months of a second negative experience, counted in the claim's favour",
        ),
        "%",
        "`churn.after12.2` with the month of the experience itself and its contacts to cancel; an upper "
        "bound",
        interval="log-log",
        settings=_HORIZON,
    ),
    Declared(
        "churn.hr.naive.1",
        "churn.hazard",
        say("Leaving after one negative experience, nothing adjusted (hazard ratio)"),
        "ratio",
        "hazard of leaving voluntarily in a month, after one month with an experience among the "
        "`definitions.exposure.window_months` that end `lag_months` before it, against none; tenure and "
        "`definitions.segments` alike, usage not",
        interval=_CLUSTERED,
        settings=(*_MODEL, "definitions.segments"),
        has_truth=True,
    ),
    Declared(
        "churn.hr.naive.2",
        "churn.hazard",
        say("Leaving after two or more, nothing adjusted (hazard ratio)"),
        "ratio",
        "the same after two or more such months",
        interval=_CLUSTERED,
        settings=(*_MODEL, "definitions.segments"),
        has_truth=True,
    ),
    Declared(
        "churn.hr.adjusted.1",
        "churn.hazard",
        say("Leaving after one negative experience, adjusted (hazard ratio)"),
        "ratio",
        "`churn.hr.naive.1` at equal usage in the month before and with all `definitions.controls`: the "
        "direct part of the effect",
        interval=_CLUSTERED,
        settings=_MODEL,
        has_truth=True,
    ),
    Declared(
        "churn.hr.adjusted.2",
        "churn.hazard",
        say("Leaving after two or more, adjusted (hazard ratio)"),
        "ratio",
        "the same after two or more such months",
        interval=_CLUSTERED,
        settings=_MODEL,
        has_truth=True,
    ),
    Declared(
        "churn.hr.placebo.1",
        "churn.hazard",
        say("Cross-check: involuntary ends after one experience (hazard ratio)"),
        "ratio",
        "`churn.hr.adjusted.1` for involuntary ends, on which experiences can have no effect; far from 1 it "
        "tells of a hidden cause",
        interval=_CLUSTERED,
        settings=_MODEL,
        has_truth=True,
    ),
    Declared(
        "churn.hr.placebo.2",
        "churn.hazard",
        say("Cross-check: involuntary ends after two or more (hazard ratio)"),
        "ratio",
        "the same after two or more such months",
        interval=_CLUSTERED,
        settings=_MODEL,
        has_truth=True,
    ),
    Declared(
        "churn.risk12.0",
        "churn.risk",
        say(
            "Leaves within {n} month without a negative experience",
            plural="Leaves within {n} months without a negative experience",
        ),
        "%",
        "of today's customers, would leave voluntarily within `claims.zendesk.horizon_months` if none had an "
        "experience now or later",
        interval=_DELTA,
        settings=_RISK,
        has_truth=True,
    ),
    Declared(
        "churn.risk12.1",
        "churn.risk",
        say(
            "Leaves within {n} month after one negative experience",
            plural="Leaves within {n} months after one negative experience",
        ),
        "%",
        "the same if everybody had an experience in this month and none after; usage may react",
        interval=_DELTA,
        settings=_RISK,
        has_truth=True,
    ),
    Declared(
        "churn.risk12.2",
        "churn.risk",
        say(
            "Leaves within {n} month after two negative experiences",
            plural="Leaves within {n} months after two negative experiences",
        ),
        "%",
        "the same with experiences in this month and in the next, and none after",
        interval=_DELTA,
        settings=_RISK,
        has_truth=True,
    ),
    Declared(
        "churn.risk12.diff.1",
        "churn.risk",
        say(
            "More customers leave within {n} month of a negative experience",
            plural="More customers leave within {n} months of a negative experience",
        ),
        "percentage points",
        "`churn.risk12.1` less `churn.risk12.0`",
        interval=_DELTA,
        settings=_RISK,
        headline=Headline(
            "effect",
            30,
            signed=True,
            beside={"churn.risk12.0": say("without: {value}"), "churn.risk12.1": say("after one: {value}")},
        ),
        has_truth=True,
    ),
    Declared(
        "churn.risk12.diff.2",
        "churn.risk",
        say(
            "More customers leave within {n} month of two negative experiences",
            plural="More customers leave within {n} months of two negative experiences",
        ),
        "percentage points",
        "`churn.risk12.2` less `churn.risk12.0`",
        interval=_DELTA,
        settings=_RISK,
        has_truth=True,
    ),
    Declared(
        "churn.risk12.direct.1",
        "churn.risk",
        say(
            "Leaves within {n} month after one negative experience, what runs through usage left out",
            plural="Leaves within {n} months after one negative experience, what runs through usage left out",
        ),
        "%",
        "`churn.risk12.1` with usage moving as without an experience: the part that does not run "
        "through usage",
        interval=_DELTA,
        settings=_RISK,
        has_truth=True,
    ),
    Declared(
        "churn.risk12.direct.2",
        "churn.risk",
        say(
            "Leaves within {n} month after two negative experiences, what runs through usage left out",
            plural="Leaves within {n} months after two negative experiences, what runs through usage left "
            "out",
        ),
        "%",
        "`churn.risk12.2` with usage moving as without an experience: the part that does not run "
        "through usage",
        interval=_DELTA,
        settings=_RISK,
        has_truth=True,
    ),
    Declared(
        "churn.evalue",
        "churn.risk",
        say("Strength a hidden cause would need to explain it away (E-value)"),
        "ratio",
        "how strongly a hidden cause would have to act on both experiences and leaving, as a risk ratio, to "
        "explain the difference between `churn.risk12.1` and `churn.risk12.0` away",
        interval="that of the nearer limit",
        settings=_RISK,
        has_truth=True,
    ),
    Declared(
        "claim.zendesk.1",
        "churn.claim",
        say("Claim: {share} of customers leave after one negative experience"),
        "word",
        "verdict on the first of `claims.zendesk.shares`, read within `claims.zendesk.horizon_months`, by "
        "the rules in `dataset.yaml`: supported, contradicted or not decidable",
        settings=_CLAIM,
        claim=Claim(
            say("“After one bad experience, 50% of customers switch to a competitor.”"),
            1,
            ("churn.after12.generous.1", "churn.risk12.diff.1"),
        ),
        has_truth=True,
    ),
    Declared(
        "claim.zendesk.2",
        "churn.claim",
        say("Claim: {share} of customers leave after several negative experiences"),
        "word",
        "the same on the second of them, after two or more",
        settings=_CLAIM,
        claim=Claim(
            say("“After several bad experiences, 80% switch.”"),
            2,
            ("churn.after12.generous.2", "churn.risk12.diff.2"),
        ),
        has_truth=True,
    ),
)
