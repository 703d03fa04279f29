"""The rule for "after such an experience this share of customers leaves", fixed before the run.

Estimates with intervals in, one of the verdicts' words and its reasons out. The claim is contradicted
or supported only where the whole interval says so; else the verdict names what stands in the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxlib.estimate import Estimate
from cxlib.language import Message, count, percent, say
from cxlib.stats.verdicts import (
    CONTRADICTED,
    NOT_APPLICABLE,
    NOT_DECIDABLE,
    PLACEBO_STATES,
    SUPPORTED,
    Verdict,
)

__all__ = ["RULE", "WORDS", "Gates", "zendesk_verdict"]

WORDS: Mapping[str, Message] = {
    SUPPORTED: say("supported"),
    CONTRADICTED: say("contradicted"),
    NOT_DECIDABLE: say("not decidable with these data"),
    NOT_APPLICABLE: say("not applicable"),
}
RULE = say(
    "Fixed before the run. Contradicted: even counted generously the whole interval lies below the "
    "claimed share. Supported: the interval of the strict counting reaches the claimed share, clearly "
    "more leave than without the experience, and every check on hidden causes is passed. Otherwise not "
    "decidable."
)


@dataclass(frozen=True)
class Gates:
    """What must hold before a causal reading of the effect may be called supported.

    Attributes
    ----------
    events : int
        Voluntary ends at the exposure level.
    minimum_events : int
    months : int
        Months of follow-up in the data.
    minimum_months : int
        The claim's horizon.
    recorded_for_everybody : bool
        Whether an experience is known of every customer who had one, not only of those who answer.
    structural : bool or None
        Whether a marginal structural model agrees in sign and passes its checks; None: there is none.
    placebo : str
        ``moved``, ``quiet``, ``too imprecise``, or ``absent`` without involuntary ends.
    """

    events: int
    months: int
    recorded_for_everybody: bool
    placebo: str
    minimum_events: int
    minimum_months: int
    structural: bool | None = None

    def __post_init__(self) -> None:
        if self.placebo not in PLACEBO_STATES:
            raise ValueError(f"Placebo state {self.placebo!r} is not one of {', '.join(PLACEBO_STATES)}.")

    def before_any(self) -> tuple[Message, ...]:
        """Return what forbids every verdict, in both directions."""
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
        if self.months < self.minimum_months:
            problems.append(
                say(
                    "customers could be followed for {n} month only; the claim is read over {least}",
                    plural="customers could be followed for {n} months only; the claim is read over {least}",
                    n=count(self.months),
                    least=count(self.minimum_months),
                )
            )
        if not self.recorded_for_everybody:
            problems.append(
                say("negative experiences are partly known from ratings, which only those who answer give")
            )
        return tuple(problems)

    def before_support(self) -> tuple[Message, ...]:
        """Return what forbids calling the effect caused by the experience."""
        problems = []
        if self.structural is None:
            problems.append(
                say("the marginal structural model that the rule asks for has not checked the effect yet")
            )
        elif not self.structural:
            problems.append(say("the marginal structural model does not agree with the adjusted effect"))
        if self.placebo != "quiet":
            problems.append(_PLACEBO_PROBLEMS[self.placebo])
        return tuple(problems)


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
        reason = say(
            "even counted generously at most {high} left, which is less than {claimed}; nothing "
            "unmeasured can change that, because those who leave because of it are among those who leave",
            high=percent(generous.high),
            claimed=percent(claimed, 0),
        )
        return Verdict(CONTRADICTED, (reason,))
    problems = _open_questions(claimed - tolerance, strict, difference) + gates.before_support()
    if problems:
        return Verdict(NOT_DECIDABLE, problems)
    reason = say("at least {low} left, and more than without the experience", low=percent(strict.low))
    return Verdict(SUPPORTED, (reason,))


def _open_questions(least: float, strict: Estimate, difference: Estimate | None) -> tuple[Message, ...]:
    problems = []
    if strict.low is None or strict.low < least:
        problems.append(say("the interval of those who left reaches below the claimed share"))
    if difference is None or difference.low is None or difference.low <= 0:
        problems.append(say("leaving because of the experience is not told apart from leaving anyway"))
    return tuple(problems)
