"""The claim card 50/80: what is claimed, where it comes from, what these data say, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.verdict import RULE, WORDS, Gates, zendesk_verdict
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, percent, percentage_points, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.verdicts import CONTRADICTED, SUPPORTED, Verdict

__all__ = ["Evidence", "zendesk_card"]

_CLAIM = say(
    "“After one bad experience half of the customers switch to a competitor, after several 80 percent.”"
)
_SOURCE = say(
    "Zendesk, press release of 14 January 2020 on its Customer Experience Trends Report 2020. Consumers "
    "in ten countries were asked what they would do: stated intention towards a company in general, "
    "without a period and without a comparison with customers who had no such experience. The 2022 "
    "edition says 61 and 76 percent."
)
_WOULD_DECIDE = say(
    "Experiences recorded for every customer, more customers followed for the whole period, and an effect "
    "that a marginal structural model and a precise cross-check on involuntary ends confirm; best of all "
    "a change that was made for a random part of the customers."
)
_IDS = {1: "claim.zendesk.1", 2: "claim.zendesk.2"}
_NOTE = say(
    "As worded, read within {n} month; rule fixed before the run.",
    plural="As worded, read within {n} months; rule fixed before the run.",
)
_COMPARED_ONLY = say("it is a comparison, not an experiment")
_HEADS = {
    (1, "worded"): say("After one, as worded"),
    (1, "because"): say("After one, because of it"),
    (2, "worded"): say("After several, as worded"),
    (2, "because"): say("After several, because of them"),
}
_WAYS = {
    "naive": say("left in the window (no common period)"),
    "observed": say("left within 12 months after it"),
    "generous": say("the same, month of leaving counted"),
    "risk": say("active customers, all else equal"),
}
_COLUMNS = {
    "experiences": Column(say("Negative experiences")),
    "way": Column(say("Counted as"), lambda name: _WAYS[name]),
    "share": Column(say("Share who left"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


@dataclass(frozen=True)
class Evidence:
    """What the data say about one number of experiences.

    Attributes
    ----------
    strict, generous : Estimate
        Observed share who left within the horizon, without and with the month of leaving.
    risk, difference : Estimate or None
        Share of active customers who would leave, and how much more than without (g-formula).
    customers : int
        Customers followed after the experience.
    gates : Gates
    """

    strict: Estimate
    generous: Estimate
    risk: Estimate | None
    difference: Estimate | None
    customers: int
    gates: Gates


def zendesk_card(
    evidence: Mapping[int, Evidence],
    *,
    rule: Any,
    without: Estimate | None,
    table: pd.DataFrame,
    missing: Message | None = None,
) -> Result:
    """Return the claim card.

    Parameters
    ----------
    evidence : mapping
        1 (after one) and, where enough customers had a second one, 2 -> what the data say.
    rule : config.Zendesk
        Claimed shares, horizon and limits, from dataset.yaml.
    without : Estimate or None
        Share of active customers who would leave without an experience.
    table : DataFrame
        Ways of counting side by side, for the chart.
    missing : Message, optional
        Why the effect could not be estimated.
    """
    verdicts = {
        k: zendesk_verdict(
            rule.shares[k - 1],
            generous=found.generous,
            strict=found.strict,
            difference=found.difference,
            gates=found.gates,
            tolerance=rule.tolerance,
        )
        for k, found in evidence.items()
    }
    lines = [(say("The claim"), _CLAIM), (say("Where it comes from"), _SOURCE), _measured(rule)]
    for k, found in evidence.items():
        lines.append((_HEADS[k, "worded"], _as_worded(found, verdicts[k])))
        lines.append((_HEADS[k, "because"], _because(found, verdicts[k], without, missing)))
    lines += [(say("Rule"), RULE), (say("What would decide more"), _WOULD_DECIDE)]
    few = say("Too few customers were followed long enough after a second negative experience.")
    return Result(
        "churn.claim",
        tuple(_sentence(k, found, verdicts[k], rule) for k, found in evidence.items()),
        table=table,
        columns=_COLUMNS,
        figures=tuple(_figure(k, found, verdicts[k], rule) for k, found in evidence.items()),
        lines=tuple(lines),
        absent=FIGURES.absent("churn.claim", few, {_IDS[k] for k in evidence}),
        parts={"claimed": pd.DataFrame({"experiences": [1, 2], "share": rule.shares})},
    )


def _measured(rule: Any) -> tuple[Message, Message]:
    text = say(
        "What share of our customers left on their own account within {horizon} months after the first "
        "(second) month with a recorded negative experience; and how many more leave than without one.",
        horizon=count(rule.horizon_months),
    )
    return say("What we measured instead"), text


def _sentence(k: int, found: Evidence, verdict: Verdict, rule: Any) -> Message:
    values = {
        "claimed": percent(rule.shares[k - 1], 0),
        "horizon": count(rule.horizon_months),
        "verdict": WORDS[verdict.word],
        **interval(found.strict),
    }
    if k == 1:
        return say(
            "That {claimed} leave after one negative experience is {verdict}: here {value} left within "
            "{horizon} months (between {low} and {high}).",
            **values,
        )
    return say(
        "That {claimed} leave after several is {verdict}: here {value} left after the second (between "
        "{low} and {high}).",
        **values,
    )


def _as_worded(found: Evidence, verdict: Verdict) -> Message:
    return say(
        "{value} of {n} left (between {low} and {high}); counted generously {generous} (up to "
        "{generous_high}). Verdict: {verdict}, because {reasons}.",
        n=count(found.customers),
        generous=percent(found.generous.value),
        generous_high=percent(found.generous.high),
        verdict=WORDS[verdict.word],
        reasons=listing(verdict.reasons),
        **interval(found.strict),
    )


def _because(found: Evidence, verdict: Verdict, without: Estimate | None, missing: Message | None) -> Message:
    if found.difference is None or without is None:
        return say(
            "Not decidable: {reason}",
            reason=missing or say("too few customers left after that many experiences."),
        )
    problems = found.gates.before_any() + found.gates.before_support()
    size = say(
        "{risk} would leave instead of {without}, a difference of {value} percentage points (between "
        "{low} and {high}).",
        without=percent(without.value),
        risk=percent(found.risk.value),
        **interval(found.difference, partial(percentage_points, signed=True)),
    )
    if verdict.word == SUPPORTED:
        return say("{size} Verdict: supported.", size=size)
    if verdict.word == CONTRADICTED:
        return say(
            "{size} Verdict on the claimed share: contradicted, since fewer than that leave at all. How many "
            "leave because of it is not decidable beyond doubt: {problems}.",
            size=size,
            problems=listing(problems or (_COMPARED_ONLY,)),
        )
    return say(
        "{size} Verdict: not decidable, because {problems}.",
        size=size,
        problems=listing(problems or verdict.reasons),
    )


def _figure(k: int, found: Evidence, verdict: Verdict, rule: Any) -> Figure:
    declared = FIGURES[_IDS[k]]
    return Figure.word(
        declared,
        verdict.word,
        label=declared.label(share=percent(rule.shares[k - 1], 0)),
        n=found.customers,
        method=RULE,
        note=_NOTE(n=count(rule.horizon_months)),
    )
