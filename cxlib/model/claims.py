"""Verdicts on the two claims: rules fixed in dataset.yaml before a run, as pure functions of intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cxlib.language import Message, count, percent, say

__all__ = ["Verdict", "reichheld_verdict"]


class Verdict(NamedTuple):
    """A verdict and the reason for it.

    Attributes
    ----------
    word : {"supported", "contradicted", "not decidable", "not applicable"}
    reason : Message
        One sentence for readers.
    """

    word: str
    reason: Message


def reichheld_verdict(
    intervals: Sequence[tuple[float, float]],
    *,
    claimed: float = 0.75,
    tolerance: float = 0.05,
    base_low: float,
    beyond_data: float,
    beyond_limit: float = 0.5,
    months: int,
    minimum_months: int = 24,
) -> Verdict:
    """Judge "this much more retention raises value or profit by 75 %" for one company and one reading.

    Parameters
    ----------
    intervals : sequence of (low, high)
        Limits of the gain (shares of value or profit) at each discount rate and under each rule for the
        time beyond the data. Empty: the change would lift retention to 100 % or above.
    claimed, tolerance : float
        The claimed gain, and how much less still counts as support.
    base_low : float
        Smallest lower limit of the value or profit that the gain is a share of; money.
    beyond_data : float
        Largest share of a customer's value earned after the longest tenure observed, 0-1.
    beyond_limit : float
        Above it nothing is decided.
    months, minimum_months : int
        Calendar months watched, and how many are needed.
    """
    if not intervals:
        reason = say("Retention is already so high that the claimed change would lift it to 100 % or above.")
        return Verdict("not applicable", reason)
    obstacle = _obstacle(base_low, beyond_data, beyond_limit, months, minimum_months)
    if obstacle is not None:
        return Verdict("not decidable", obstacle)
    lowest, highest = min(low for low, _ in intervals), max(high for _, high in intervals)
    if highest < claimed:
        reason = say(
            "Even the highest upper limit, {highest}, stays below {claimed}, whatever the discount rate "
            "and whatever is assumed beyond the data.",
            highest=percent(highest, 0),
            claimed=percent(claimed, 0),
        )
        return Verdict("contradicted", reason)
    if lowest >= claimed - tolerance:
        reason = say(
            "Even the lowest lower limit, {lowest}, reaches {claimed} less the tolerance fixed beforehand.",
            lowest=percent(lowest, 0),
            claimed=percent(claimed, 0),
        )
        return Verdict("supported", reason)
    reason = say(
        "The limits reach from {lowest} to {highest} and so include {claimed}; other discount rates or "
        "other assumptions beyond the data would give another verdict.",
        lowest=percent(lowest, 0),
        highest=percent(highest, 0),
        claimed=percent(claimed, 0),
    )
    return Verdict("not decidable", reason)


def _obstacle(
    base_low: float, beyond_data: float, beyond_limit: float, months: int, minimum_months: int
) -> Message | None:
    """Return why these data can decide nothing, if they cannot."""
    if months < minimum_months:
        return say(
            "Only {months} months were watched; at least {least} are needed.",
            months=count(months),
            least=count(minimum_months),
        )
    if base_low <= 0:
        return say(
            "The amount that would rise may be zero or below, so a rise in percent says nothing about it."
        )
    if beyond_data > beyond_limit:
        return say(
            "Up to {share} of a customer's value would be earned later than any customer was watched; "
            "above {limit} nothing is decided.",
            share=percent(beyond_data, 0),
            limit=percent(beyond_limit, 0),
        )
    return None
