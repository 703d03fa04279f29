"""The rule for "after such an experience this share of customers leaves", fixed before the run.

Estimates with intervals in, one of the verdicts' words and its reasons out. The claim is contradicted
or supported only where the whole interval says so; else the verdict names what stands in the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxlib.chapters.churn.sources import MOST_ACTING
from cxlib.chapters.churn.study import ENOUGH_FOLLOWED
from cxlib.contract.config import Zendesk
from cxlib.estimate import Estimate
from cxlib.language import Message, count, percent, percentage_points, say
from cxlib.panel.panel import MOST_ENDS_LOST
from cxlib.stats.verdicts import (
    CONTRADICTED,
    NOT_APPLICABLE,
    NOT_DECIDABLE,
    PLACEBO_STATES,
    SUPPORTED,
    Verdict,
)

__all__ = ["WORDS", "Gates", "rule_line", "zendesk_verdict"]

WORDS: Mapping[str, Message] = {
    SUPPORTED: say("supported"),
    CONTRADICTED: say("contradicted"),
    NOT_DECIDABLE: say("not decidable with these data"),
    NOT_APPLICABLE: say("not applicable"),
}
_RULE = say(
    "Fixed before the run. Where more than {acting} of the experiences are known from customers alone, only "
    "those recorded for everybody are judged. Contradicted: at least {least} customers followed for the "
    "whole period, and even counted generously the whole interval below the claimed share. Supported: the "
    "lower limit of the strict counting at most {tolerance} points below the claimed share, clearly more "
    "leaving than without the experience, at least {events} who left, and every check on unknown usage, "
    "notices and hidden causes passed. One of these checks, a marginal structural model, is not computed "
    "yet, so “supported” cannot be reached so far. Otherwise not decidable."
)


def rule_line(rule: Zendesk) -> Message:
    """Return the rule in words, with the settings of dataset.yaml."""
    return _RULE(
        acting=percent(MOST_ACTING, 0),
        least=count(ENOUGH_FOLLOWED),
        tolerance=percentage_points(rule.tolerance),
        events=count(rule.minimum_events),
    )


@dataclass(frozen=True)
class Gates:
    """What must hold before a verdict, and before a causal reading of the effect is called supported.

    Attributes
    ----------
    followed : int
        Customers judged of whom the data tell everything up to the horizon.
    acting : float
        Share (0-1) of the experiences that are known only because the customer acted.
    recorded_for_everybody : bool
        Whether those judged are followed from experiences that are recorded for everybody (all but a
        twentieth of them).
    events : int
        Voluntary ends after such an experience.
    minimum_events : int
    placebo : str
        ``moved``, ``quiet``, ``too imprecise``, or ``absent`` without involuntary ends.
    ends_lost : float
        Share (0-1) of the voluntary ends without known usage in the month before.
    notices : str
        ``none``; ``suspected`` where leavers' last months look like contacts about a notice;
        ``unknown`` where too few left to tell.
    structural : bool or None
        Whether a marginal structural model agrees in sign and passes its checks; None: there is none.
    """

    followed: int
    acting: float
    recorded_for_everybody: bool
    events: int
    minimum_events: int
    placebo: str
    ends_lost: float = 0.0
    notices: str = "none"
    structural: bool | None = None

    def __post_init__(self) -> None:
        if self.notices not in ("none", *_NOTICE_PROBLEMS):
            raise ValueError(f"Notices {self.notices!r} is not one of none, {', '.join(_NOTICE_PROBLEMS)}.")
        if self.placebo not in PLACEBO_STATES:
            raise ValueError(f"Placebo state {self.placebo!r} is not one of {', '.join(PLACEBO_STATES)}.")

    def before_any(self) -> tuple[Message, ...]:
        """Return what forbids every verdict, in both directions."""
        if not self.recorded_for_everybody:
            return (_UNRECORDED(share=percent(self.acting), least=count(ENOUGH_FOLLOWED)),)
        if self.followed < ENOUGH_FOLLOWED:
            return (
                say(
                    "only {n} customer was followed for the whole period; {least} are needed",
                    plural="only {n} customers were followed for the whole period; {least} are needed",
                    n=count(self.followed),
                    least=count(ENOUGH_FOLLOWED),
                ),
            )
        return ()

    def before_support(self, *, compared: bool = True) -> tuple[Message, ...]:
        """Return what forbids calling the effect caused by the experience.

        Where nothing could be compared, there is no effect that checks could confirm.
        """
        problems = []
        if self.events < self.minimum_events:
            problems.append(
                say(
                    "only {n} customer left after such an experience; {least} are needed",
                    plural="only {n} customers left after such an experience; {least} are needed",
                    n=count(self.events),
                    least=count(self.minimum_events),
                )
            )
        if self.acting > MOST_ACTING:
            problems.append(
                say(
                    "the comparison counts silent customers as without an experience, although {share} of "
                    "the experiences are known only because the customer acted",
                    share=percent(self.acting),
                )
            )
        if self.ends_lost > MOST_ENDS_LOST:
            problems.append(
                say(
                    "of {share} of those who left the usage in the month before is not known",
                    share=percent(self.ends_lost),
                )
            )
        if self.notices != "none":
            problems.append(_NOTICE_PROBLEMS[self.notices])
        if not compared:
            return tuple(problems)
        if self.structural is None:
            problems.append(
                say("the marginal structural model that the rule asks for has not checked the effect yet")
            )
        elif not self.structural:
            problems.append(say("the marginal structural model does not agree with the adjusted effect"))
        if self.placebo != "quiet":
            problems.append(_PLACEBO_PROBLEMS[self.placebo])
        return tuple(problems)


_UNRECORDED = say(
    "{share} of the experiences are known only because the customer acted (ratings, complaints, or an "
    "unknown source); nobody knows how many silent customers had one and left; after those recorded for "
    "everybody fewer than {least} customers were followed for the whole period"
)
_NOTICE_PROBLEMS = {
    "suspected": say(
        "the months before leaving stand out, as contacts about a notice would that are recorded as "
        "experiences"
    ),
    "unknown": say(
        "too few left to tell whether contacts about a notice are among the experiences",
    ),
}
_PLACEBO_PROBLEMS = {
    "moved": say("the cross-check on involuntary ends moved, so something unmeasured is at work"),
    "too imprecise": say("the cross-check on involuntary ends is too imprecise to rule out a hidden cause"),
    "absent": say("there are too few involuntary ends to cross-check the effect with"),
}


def zendesk_verdict(
    claimed: float,
    *,
    generous: Estimate,
    strict: Estimate,
    difference: Estimate | None,
    gates: Gates,
    tolerance: float = 0.05,
) -> Verdict:
    """Judge "after such an experience this share of customers leaves", read within the horizon.

    Parameters
    ----------
    claimed : float
        Claimed share, 0-1.
    generous, strict : Estimate
        Observed share who left after the experience, with and without the month of leaving.
    difference : Estimate or None
        How much more leave because of it (g-formula); None where it could not be estimated.
    gates : Gates
    tolerance : float
        A share this much below the claimed one still supports it.
    """
    blocked = gates.before_any()
    if blocked:
        return Verdict(NOT_DECIDABLE, blocked)
    if generous.high is not None and generous.high < claimed:
        return Verdict(CONTRADICTED, (_too_few_left(generous.high, claimed, gates),))
    problems = _open_questions(claimed - tolerance, strict, difference)
    problems += gates.before_support(compared=difference is not None)
    if problems:
        return Verdict(NOT_DECIDABLE, problems)
    reason = say("at least {low} left, and more than without the experience", low=percent(strict.low))
    return Verdict(SUPPORTED, (reason,))


def _too_few_left(high: float, claimed: float, gates: Gates) -> Message:
    """Return why the claim is contradicted; that no cause can change it is true of complete records only."""
    known = say(
        "even counted generously at most {high} left (upper limit), which is less than {claimed}, and those "
        "who leave because of it are among those who leave",
        high=percent(high),
        claimed=percent(claimed, 0),
    )
    if not gates.acting:
        return say("{known}; no hidden cause of the recorded experiences can change that", known=known)
    if gates.acting > MOST_ACTING:
        return say(
            "{known}; no hidden cause of the experiences that are recorded for everybody can change that",
            known=known,
        )
    return say(
        "{known}; {share} of the experiences are known only because the customer acted, and of silent "
        "customers these are not seen",
        known=known,
        share=percent(gates.acting),
    )


def _open_questions(least: float, strict: Estimate, difference: Estimate | None) -> tuple[Message, ...]:
    problems = []
    if strict.low is None or strict.low < least:
        problems.append(say("the interval of those who left reaches below the claimed share"))
    if difference is None or difference.low is None or difference.low <= 0:
        problems.append(say("leaving because of the experience is not told apart from leaving anyway"))
    return tuple(problems)
