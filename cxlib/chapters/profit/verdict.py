"""The rule for "five more retained of a hundred raise profit by 75 percent", fixed before the run.

Gains with intervals in, one of the verdicts' words and its reasons out. The claim is contradicted or
supported only where every interval says so; else the verdict names what stands in the way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from cxlib.estimate import Estimate
from cxlib.language import Message, number, percent, say
from cxlib.stats.verdicts import CONTRADICTED, NOT_APPLICABLE, NOT_DECIDABLE, SUPPORTED, Verdict

__all__ = ["reichheld_verdict"]


def reichheld_verdict(
    gains: Mapping[tuple[float, str], Estimate],
    *,
    claimed: float = 0.75,
    tolerance: float = 0.05,
    base_low: float | None,
    beyond_data: float,
    months: int,
    reachable: bool = True,
    untried: Iterable[Message] = (),
    replaced: Iterable[Message] = (),
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
    untried : iterable of Message
        Assumptions about later years that should have been tried and could not be: each might have turned
        the verdict.
    replaced : iterable of Message
        What is to be said of assumptions that another one stands in for.
    beyond_limit, minimum_months : float, int
        Limits of the two gates.
    """
    if not reachable:
        return Verdict(NOT_APPLICABLE, (say("retention is so high that it cannot rise by that much"),))
    problems = (
        *_weak_base(base_low, beyond_data, months, beyond_limit, minimum_months),
        *(_UNTRIED(tail=tail) for tail in untried),
    )
    lows, highs = ([g[place] for g in gains.values()] for place in (1, 2))
    if not gains or None in lows or None in highs:
        problems = (*problems, say("the gain has no interval"))
    if problems:
        return Verdict(NOT_DECIDABLE, problems)
    discounted = len({rate for rate, _ in gains}) > 1
    verdict = _compared(lows, highs, claimed, tolerance, discounted=discounted)
    return Verdict(verdict.word, (*verdict.reasons, *replaced))


_UNTRIED = say("what the gain would be with later years “{tail}” cannot be computed from these data")


def _compared(
    lows: list[float], highs: list[float], claimed: float, tolerance: float, *, discounted: bool
) -> Verdict:
    """Return the verdict on gains that have intervals; `discounted`: at more than one rate."""
    everywhere, depending = _ASSUMED[discounted]
    if max(highs) < claimed:
        high = percent(math.ceil(max(highs) * 1000) / 1000)
        return Verdict(
            CONTRADICTED, (say("the gain stays below {high} {everywhere}", high=high, everywhere=everywhere),)
        )
    if min(lows) >= claimed - tolerance:
        low = percent(math.floor(min(lows) * 1000) / 1000)
        return Verdict(
            SUPPORTED, (say("the gain is at least {low} {everywhere}", low=low, everywhere=everywhere),)
        )
    if min(highs) < claimed:
        return Verdict(NOT_DECIDABLE, (depending,))
    return Verdict(
        NOT_DECIDABLE, (say("the gain is not known well enough: its interval holds the claimed one"),)
    )


# Whether at several discount rates -> where a gain was computed; what an open verdict hangs on.
_ASSUMED = {
    True: (
        say("at every discount rate and every assumption about later years"),
        say("the gain depends on the discount rate and on what later years bring"),
    ),
    False: (
        say("under every assumption about later years"),
        say("the gain depends on what later years bring"),
    ),
}


def _weak_base(
    low: float | None, beyond_data: float, months: int, beyond_limit: float, minimum_months: int
) -> tuple[Message, ...]:
    problems = []
    if low is None or low <= 0:
        problems.append(say("the value it would grow from may be zero or less"))
    if beyond_data > beyond_limit:
        problems.append(
            say(
                "{share} of the value lies beyond the months observed; at most {limit} may",
                share=percent(beyond_data),
                limit=percent(beyond_limit),
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
