"""What every verdict on a claim is made of: the four words, and the state of a placebo outcome.

The rules of the claims, with their sentences, stand in the chapters that judge them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cxlib.language import Message

__all__ = [
    "CONTRADICTED",
    "NOT_APPLICABLE",
    "NOT_DECIDABLE",
    "PLACEBO_STATES",
    "SUPPORTED",
    "Verdict",
    "placebo_state",
]

SUPPORTED = "supported"
CONTRADICTED = "contradicted"
NOT_DECIDABLE = "not decidable"
NOT_APPLICABLE = "not applicable"
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


def placebo_state(p_value: float, limits: Sequence[float], *, limit: float = 1.25) -> str:
    """Return what a placebo outcome says: ``moved``, ``quiet`` or ``too imprecise``.

    Parameters
    ----------
    p_value : float
        Joint test that no exposure level changes the placebo outcome.
    limits : sequence of float
        Lower and upper 95 % limits of its hazard ratios, in any order.
    limit : float
        A quiet placebo has all of them between 1/limit and limit. That is no proof of no hidden cause: one
        that leaves the placebo outcome alone cannot show in it.
    """
    if p_value < PLACEBO_LEVEL:
        return "moved"
    return "quiet" if 1 / limit < min(limits) and max(limits) < limit else "too imprecise"
