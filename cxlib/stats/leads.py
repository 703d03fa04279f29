"""Experiences in the months before leaving: leavers against stayers like them, and what stands out.

A *lead* is a number of months before leaving. Where a company records the contact about cancelling as
a negative experience, leavers have one in the month of their notice, and the share of them who do
stands out from the months around it. An effect of experiences on leaving does not: it rises and fades.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxlib.estimate import Estimate
from cxlib.stats.comparison import newcombe
from cxlib.stats.intervals import wilson

__all__ = [
    "ENOUGH_LEAVERS",
    "LEVEL",
    "MARGIN",
    "LeadProfile",
    "StandingOut",
    "detectable",
    "far_above",
    "standing_out",
]

ENOUGH_LEAVERS = 30
"""Leavers of whom a lead's month must be known, for anything to be said about it."""
MARGIN = 0.02
"""What a lead must exceed its neighbours by beyond chance: smooth profiles bend by less."""
PERIODS_OF_NOTICE = 6
"""Neighbouring leads that may stand out together: notices of one to six months fall into six."""
LEVEL = 0.05
"""Chance that anything stands out where nothing does."""
POWER = 0.8


@dataclass(frozen=True, eq=False)
class LeadProfile:
    """Shares with an experience, by lead 0, 1, 2, ...; all arrays have one entry per lead.

    Parameters
    ----------
    leavers, experienced : ndarray of float
        Leavers who were there in the lead's month and have stayers like them, and those of them
        with an experience in it.
    expected : ndarray of float
        How many of these leavers would have had one at the shares of the stayers like them.
    spread : ndarray of float
        Sum over strata of leavers squared per stayer.
    covariance : ndarray, shape (leads, leads)
        Of the leavers' shares: the same leaver counts at several leads.
    """

    leavers: np.ndarray
    experienced: np.ndarray
    expected: np.ndarray
    spread: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(
        cls, counts: np.ndarray, known: np.ndarray, months: np.ndarray, customers: np.ndarray
    ) -> LeadProfile:
        """Make the profile from its sums and the leavers' months before leaving.

        Parameters
        ----------
        counts : ndarray, shape (4, leads)
            ``leavers``, ``experienced``, ``expected``, ``spread``.
        known, months, customers : ndarray of int
            One entry per kind of leaver: the largest lead at which it was there, the leads with an
            experience as bits, and how many leavers are of the kind.
        """
        leads = np.arange(counts.shape[1])
        there = (leads <= known[:, None]).astype(float)
        met = there * ((months[:, None] >> leads) & 1)
        number, n = customers.astype(float), np.maximum((customers[:, None] * there).sum(axis=0), 1.0)
        share = number @ met / n
        residual = there * (met - share)
        return cls(*counts, (residual * number[:, None]).T @ residual / np.outer(n, n))

    @property
    def enough(self) -> np.ndarray:
        """Return which leads rest on 30 leavers or more."""
        return self.leavers >= ENOUGH_LEAVERS

    @property
    def share(self) -> np.ndarray:
        """Return the share of the leavers with an experience, 0-1; NaN where there is no leaver."""
        return _per(self.experienced, self.leavers)

    @property
    def stayers(self) -> np.ndarray:
        """Return the share of stayers, weighted to the leavers' strata, 0-1."""
        return _per(self.expected, self.leavers)

    @property
    def excess(self) -> np.ndarray:
        """Return how much larger the leavers' share is."""
        return self.share - self.stayers

    @property
    def excess_covariance(self) -> np.ndarray:
        """Return the covariance of the excesses, shape (leads, leads)."""
        stayers = self.stayers
        # Within a stratum the stayers' share may rest on a handful of people, of whom none had an
        # experience; the share of all is the safer guess of its variance.
        own = stayers * (1 - stayers) * _per(self.spread, self.leavers**2)
        return self.covariance + np.diag(own)

    def leavers_at(self, lead: int) -> Estimate:
        """Return the leavers' share with Wilson's interval."""
        return wilson(self.experienced[lead], self.leavers[lead])

    def stayers_at(self, lead: int) -> Estimate:
        """Return the stayers' share with Wilson's interval at the number that its weights leave."""
        effective = self.leavers[lead] ** 2 / self.spread[lead]
        return wilson(self.stayers[lead] * effective, effective)

    def excess_at(self, lead: int, *, confidence: float = 0.95) -> Estimate:
        """Return the difference of the two shares with Newcombe's interval."""
        effective = self.leavers[lead] ** 2 / self.spread[lead]
        return newcombe(
            wilson(self.experienced[lead], self.leavers[lead], confidence=confidence),
            wilson(self.stayers[lead] * effective, effective, confidence=confidence),
        )

    def table(self, leads: Sequence[int]) -> pd.DataFrame:
        """Return one row per lead of `leads`, each of at least one leaver.

        Columns: ``lead_months``, ``customers`` (leavers), ``leavers`` and ``stayers`` (shares 0-1) with
        ``leavers_low`` ... ``stayers_high``, ``excess``, ``low``, ``high``.
        """
        return pd.DataFrame([self._row(lead) for lead in leads])

    def _row(self, lead: int) -> dict[str, float]:
        row = {"lead_months": lead, "customers": int(self.leavers[lead])}
        for name, estimate in (("leavers", self.leavers_at(lead)), ("stayers", self.stayers_at(lead))):
            row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        excess = self.excess_at(lead)
        return row | {"excess": excess.value, "low": excess.low, "high": excess.high}


def _per(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def far_above(profile: LeadProfile, leads: Sequence[int], limit: float) -> list[int]:
    """Return the leads whose excess is at or above the limit.

    Parameters
    ----------
    profile : LeadProfile
    leads : sequence of int
        Leads to look at; those of fewer than 30 leavers are passed over.
    limit : float
        Excess, 0-1.
    """
    # The excess of 0.35 over 0.15 is 0.2 to a reader and a little less to a computer.
    return [k for k in leads if profile.enough[k] and profile.excess[k] >= limit - 1e-9]


class StandingOut(NamedTuple):
    """Leads that stand out from their neighbours.

    Attributes
    ----------
    first, last : int
        Leads, both counted.
    share, stayers, beside : float
        Mean shares of leavers and of stayers there, and the larger share of leavers beside.
    z : float
        Of the comparison, the margin taken off.
    """

    first: int
    last: int
    share: float
    stayers: float
    beside: float
    z: float


def standing_out(profile: LeadProfile, leads: Sequence[int], *, tests: int = 1) -> StandingOut | None:
    """Return the fewest leads that stand out from those beside them, beyond chance.

    Up to six neighbouring leads are compared with the leads just before and just after, and must
    exceed both by more than two percentage points beyond chance (an intersection-union test). The
    first of `leads` has no such neighbour on the side of leaving, where experiences are not
    recorded in full: one or two leads that begin there must exceed the next lead and the line through
    the next two, and more of them must end in a step that is larger than the one before. So a share that
    rises or falls evenly never stands out, however steep; one that more than halves from month to
    month, or an effect that ends at once after some months, can.

    Parameters
    ----------
    profile : LeadProfile
        With two leads more than the last of `leads`, where the data have them.
    leads : sequence of int
        Consecutive leads to look at, the first at least 1.
    tests : int
        Profiles that are looked at together; the error of 5 % holds over all of them and all leads
        (Bonferroni, one-sided).
    """
    blocks, critical = _blocks(leads), _critical(leads, tests)
    found = []
    for block in blocks:
        z = [_z(profile, contrast) for contrast in _contrasts(profile, block, edge=leads[0])]
        if z and min(z) > critical:
            found.append(_described(profile, block, min(z), edge=leads[0]))
    return min(found, key=lambda one: (one.last - one.first, -one.z), default=None)


def detectable(profile: LeadProfile, leads: Sequence[int], *, tests: int = 1) -> float | None:
    """Return how much larger than now the share of one lead must be to stand out four times in five.

    At the lead that shows the least, as a share, 0-1; None where no lead can be judged. Parameters as
    in :func:`standing_out`.
    """
    reach = _critical(leads, tests) + float(norm.ppf(POWER))
    needed = [
        _needed(profile, lead, _error(profile, contrast), reach)
        for lead in leads
        for contrast in _contrasts(profile, (lead, lead), edge=leads[0])
    ]
    return max(needed, default=None)


def _needed(profile: LeadProfile, lead: int, error: float, reach: float) -> float:
    """Solve added = margin + reach x error(added); a larger share has a larger error."""
    share, n, added = profile.share[lead], profile.leavers[lead], 0.0
    for _ in range(50):
        larger = min(share + added, 1.0)
        variance = error**2 + (larger * (1 - larger) - share * (1 - share)) / n
        added = MARGIN + reach * float(np.sqrt(max(variance, 0.0)))
    return added


def _blocks(leads: Sequence[int]) -> list[tuple[int, int]]:
    # More than half of the months that count have no neighbours to stand out from.
    widest = max(2, min(PERIODS_OF_NOTICE, len(leads) // 2))
    return [
        (first, first + width - 1)
        for width in range(1, widest + 1)
        for first in leads
        if first + width - 1 <= leads[-1]
    ]


def _critical(leads: Sequence[int], tests: int) -> float:
    return float(norm.isf(LEVEL / (len(_blocks(leads)) * tests)))


def _contrasts(profile: LeadProfile, block: tuple[int, int], *, edge: int) -> Iterator[np.ndarray]:
    """Yield the weights of every comparison that leads must pass; none where a neighbour is unknown."""
    first, last = block
    usable = np.flatnonzero(profile.enough)
    own = np.zeros(len(profile.leavers))
    own[first : last + 1] = 1 / (last - first + 1)
    if not {first, last, last + 1} <= set(usable):
        return
    if first > edge:
        yield _less(own, {first - 1: 1.0})
    elif last > first + 1:
        # A longer plateau towards the end of the stay: its edge falls by more than the step before it.
        step = np.zeros(len(profile.leavers))
        step[last] = 1.0
        yield _less(2 * step, {last - 1: 1.0, last + 1: 1.0})
        yield _less(step, {last + 1: 1.0})
        return
    elif last + 2 in usable:
        ahead = (last - first) / 2 + 1
        yield _less(own, {last + 1: 1 + ahead, last + 2: -ahead})
    else:
        return
    yield _less(own, {last + 1: 1.0})


def _less(own: np.ndarray, weights: dict[int, float]) -> np.ndarray:
    contrast = own.copy()
    for lead, weight in weights.items():
        contrast[lead] -= weight
    return contrast


def _z(profile: LeadProfile, contrast: np.ndarray) -> float:
    used = contrast != 0
    value = float(contrast[used] @ profile.excess[used]) - MARGIN
    error = _error(profile, contrast)
    return value / error if error > 0 else float(np.copysign(np.inf, value))


def _error(profile: LeadProfile, contrast: np.ndarray) -> float:
    used = contrast != 0
    variance = contrast[used] @ profile.excess_covariance[np.ix_(used, used)] @ contrast[used]
    return float(np.sqrt(variance))


def _described(profile: LeadProfile, block: tuple[int, int], z: float, *, edge: int) -> StandingOut:
    first, last = block
    own = slice(first, last + 1)
    beside = [profile.share[k] for k in (first - 1, last + 1) if k >= edge]
    means = (float(np.mean(values[own])) for values in (profile.share, profile.stayers))
    return StandingOut(first, last, *means, float(max(beside)), z)
