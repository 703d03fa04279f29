"""Verdicts on the two popular claims, by rules fixed in dataset.yaml before the run.

Pure functions: estimates with intervals in, one of four words and its reason out. Shares are 0-1.
The rules are those of data/README.md; a claim is contradicted or supported only when the whole
interval says so, else the verdict names what stands in the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import Message, count, number, percent, say

__all__ = [
    "CONTRADICTED",
    "NOT_APPLICABLE",
    "NOT_DECIDABLE",
    "SUPPORTED",
    "WORDS",
    "Gates",
    "Verdict",
    "placebo_state",
    "reichheld_verdict",
    "zendesk_verdict",
]

SUPPORTED = "supported"
CONTRADICTED = "contradicted"
NOT_DECIDABLE = "not decidable"
NOT_APPLICABLE = "not applicable"
WORDS: Mapping[str, Message] = {
    SUPPORTED: say("supported"),
    CONTRADICTED: say("contradicted"),
    NOT_DECIDABLE: say("not decidable with these data"),
    NOT_APPLICABLE: say("not applicable"),
}
PLACEBO_LEVEL = 0.01
PLACEBO_STATES = ("moved", "quiet", "too imprecise", "absent")


@dataclass(frozen=True)
class Verdict:
    """One of the four words, and why.

    Attributes
    ----------
    word : str
        ``supported``, ``contradicted``, ``not decidable`` or ``not applicable``.
    reasons : tuple of Message
        What decided it, or everything that stands in the way.
    """

    word: str
    reasons: tuple[Message, ...]


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
    structural: bool | None = None
    minimum_events: int = 10
    minimum_months: int = 12

    def __post_init__(self) -> None:
        if self.placebo not in PLACEBO_STATES:
            raise ModelError(f"Placebo state {self.placebo!r} is not one of {', '.join(PLACEBO_STATES)}.")

    def before_any(self) -> tuple[Message, ...]:
        """Return what forbids every verdict, in both directions."""
        problems = []
        if self.events < self.minimum_events:
            problems.append(
                say(
                    "only {events} customers left after such an experience; {least} are needed",
                    events=count(self.events),
                    least=count(self.minimum_events),
                )
            )
        if self.months < self.minimum_months:
            problems.append(
                say(
                    "customers could be followed for {months} months only; the claim is read over {least}",
                    months=count(self.months),
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


def placebo_state(p_value: float, upper_limits: Sequence[float], *, limit: float = 1.25) -> str:
    """Return what a placebo outcome says: ``moved``, ``quiet`` or ``too imprecise``.

    Parameters
    ----------
    p_value : float
        Joint test that no exposure level changes the placebo outcome.
    upper_limits : sequence of float
        Upper 95 % limits of its hazard ratios.
    limit : float
        Ratio that a quiet placebo stays below.
    """
    if p_value < PLACEBO_LEVEL:
        return "moved"
    return "quiet" if max(upper_limits) < limit else "too imprecise"


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


def reichheld_verdict(
    gains: Mapping[tuple[float, str], Estimate],
    *,
    claimed: float = 0.75,
    tolerance: float = 0.05,
    base_low: float | None,
    beyond_data: float,
    months: int,
    reachable: bool = True,
    beyond_limit: float = 0.5,
    minimum_months: int = 24,
) -> Verdict:
    """Judge "five more retained of a hundred raise profit by 75 percent" for one reading.

    Parameters
    ----------
    gains : mapping
        (yearly discount rate, tail rule) -> relative gain with interval; every combination counts.
    claimed, tolerance : float
        Claimed gain, and how far below it a gain still supports the claim.
    base_low : float or None
        Lower limit of the value (or yearly profit) that the gain is relative to.
    beyond_data : float
        Share of the value that lies beyond the months observed, 0-1.
    months : int
        Months observed.
    reachable : bool
        Whether retention can rise by that much at all (it stays below 100 %).
    beyond_limit, minimum_months : float, int
        Limits of the two gates.
    """
    if not reachable:
        return Verdict(NOT_APPLICABLE, (say("retention is so high that it cannot rise by that much"),))
    problems = _weak_base(base_low, beyond_data, months, beyond_limit, minimum_months)
    lows, highs = ([g[place] for g in gains.values()] for place in (1, 2))
    if not gains or None in lows or None in highs:
        problems = (*problems, say("the gain has no interval"))
    if problems:
        return Verdict(NOT_DECIDABLE, problems)
    if max(highs) < claimed:
        reason = say(
            "the gain stays below {high} at every discount rate and every assumption about later years",
            high=percent(max(highs)),
        )
        return Verdict(CONTRADICTED, (reason,))
    if min(lows) >= claimed - tolerance:
        reason = say(
            "the gain is at least {low} at every discount rate and every assumption about later years",
            low=percent(min(lows)),
        )
        return Verdict(SUPPORTED, (reason,))
    return Verdict(
        NOT_DECIDABLE, (say("the gain depends on the discount rate and on what later years bring"),)
    )


def _weak_base(
    low: float | None, beyond_data: float, months: int, beyond_limit: float, minimum_months: int
) -> tuple[Message, ...]:
    problems = []
    if low is None or low <= 0:
        problems.append(say("the value it would grow from may be zero or less"))
    if beyond_data > beyond_limit:
        problems.append(
            say(
                "{share} of the value lies beyond the months observed",
                share=percent(beyond_data, 0),
            )
        )
    if months < minimum_months:
        problems.append(
            say(
                "only {months} months were observed; {least} are needed",
                months=number(months),
                least=number(minimum_months),
            )
        )
    return tuple(problems)
