"""The life of every customer: the causal story, month by month.

The causal story
----------------
A customer starts, uses the product more or less, has now and then a negative experience, and
one day leaves. In every month the same five things happen in this order:

1. *Involuntary end* (a death, a move, a card that expired): drawn with a hazard that depends on
   tenure and segment only.
2. *Voluntary end*: drawn for those who are left, with a hazard that depends on the usage level of
   the month before, on the exposure, on tenure and segment. Exposure is the number of months with
   at least one negative experience among the last twelve, counted 0, 1, 2 or more.
3. *Usage* of this month: from the usage and the experience of the month before.
4. *Experience* of this month: more likely at low usage, a little more among business customers.
   A month has at most one, at one touchpoint.
5. *Everything that is recorded*: contacts, tickets, surveys, billing, given what happened. Nothing
   recorded acts back on the customer.

So usage of the month before is the confounder of last month's experience and this month's leaving,
and the mediator of every earlier experience::

    usage(t-2) ──────────────► usage(t-1) ──────────► usage(t)
        │                       ▲   │  │
        ▼                       │   │  └─────────────► leaves in t
    experience(t-2) ────────────┘   ▼                    ▲   ▲
        │                     experience(t-1) ───────────┘   │
        └────────────────────────────────────────────────────┘

In the start month usage is drawn fresh and an experience is possible; nobody ends, but for the
share ``leave_start`` (none unless it is planted), who end voluntarily before the month is over: they
neither use the product nor have an experience.

How many start in a month is drawn from a Poisson distribution around the same mean for every month:
many people decide, each for themselves and each rarely. Nothing that happens to a customer depends
on how many others start; a month may have no start at all. Those who joined before the window are run
from their own start month, and only those still there at the window's start are kept. No hazard
depends on the calendar, unless factors by month are planted (``leave_calendar``,
``experience_calendar``).
"""

from dataclasses import dataclass

import numpy as np

from cxlib.company.parameters import Parameters, band_of

__all__ = ["ABSENT", "INVOLUNTARY", "MEMORY", "STAYED", "VOLUNTARY", "Life", "exposure_of", "live"]

STAYED, VOLUNTARY, INVOLUNTARY = 0, 1, 2
ABSENT = 255
"""Usage of a month in which the customer was not there at its end."""
MEMORY = 12
"""Months an experience counts."""
_RECENT = (1 << MEMORY) - 1
_EXPOSURE = np.array([min(2, bits.bit_count()) for bits in range(1 << MEMORY)], dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Life:
    """What really happened; one entry is one customer, ordered by start month.

    Attributes
    ----------
    first, last : int
        First and last month of the window, as 12 x year + month.
    start, end : ndarray of int32, shape (n,)
        Month of start and of end; ``end`` is 0 for customers still there at the end of ``last``.
    kind : ndarray of uint8, shape (n,)
        STAYED, VOLUNTARY or INVOLUNTARY.
    segment, trait : ndarray of uint8, shape (n,)
        1 for business customers; 1 for the hidden trait.
    history : ndarray of uint16, shape (n,)
        Experiences in the twelve months before the window, bit 0 the latest; never recorded.
    usage : ndarray of uint8, shape (months, n)
        Usage level, ABSENT where the customer was not there at the end of the month.
    experience : ndarray of uint8, shape (months, n)
        0 for none, else 1 + number of the touchpoint.
    """

    first: int
    last: int
    start: np.ndarray
    end: np.ndarray
    kind: np.ndarray
    segment: np.ndarray
    trait: np.ndarray
    history: np.ndarray
    usage: np.ndarray
    experience: np.ndarray

    def __len__(self) -> int:
        return len(self.start)

    def at_risk(self, month: int) -> np.ndarray:
        """Return customers who started before the month and were there at the end of the month before."""
        return np.flatnonzero((self.start < month) & ((self.end == 0) | (self.end >= month)))

    def active(self, month: int) -> np.ndarray:
        """Return customers there at the end of the month, those who started in it included."""
        return np.flatnonzero((self.start <= month) & ((self.end == 0) | (self.end > month)))

    def recent(self, month: int) -> np.ndarray:
        """Return the experiences of the twelve months before a month as bits, shape (n,)."""
        bits = self.history.astype(np.uint16)
        rows = month - self.first
        for row in self.experience[max(0, rows - MEMORY) : rows]:
            bits = ((bits << 1) & _RECENT) | (row > 0)
        return bits

    def exposure(self, month: int) -> np.ndarray:
        """Return months with an experience among the twelve before a month, capped at 2, shape (n,)."""
        return exposure_of(self.recent(month))

    def band(self, month: int, bands: tuple[int, ...]) -> np.ndarray:
        """Return the tenure band in a month, shape (n,); meaningless before the start."""
        return band_of(month - self.start, bands)


def exposure_of(bits: np.ndarray) -> np.ndarray:
    """Return the number of months with an experience in twelve bits, capped at 2."""
    return _EXPOSURE[bits]


def live(parameters: Parameters, shares: np.ndarray, *, starting: np.ndarray, last: int, seed: int) -> Life:
    """Run the company from the first month of the burn-in to the end of the window.

    Parameters
    ----------
    parameters : Parameters
        Planted values.
    shares : ndarray
        Share of the experiences at each touchpoint, sums to 1.
    starting : ndarray of int, shape (burn-in + months of the window,)
        Customers who start in each month.
    last : int
        Last month of the window, as 12 x year + month.
    seed : int
        Seed of all draws.
    """
    chain = _Chain(parameters, shares, starting, last, seed)
    for month in range(chain.begin, last + 1):
        chain.step(month)
    return chain.exported()


class _Chain:
    """State of the run: whole-life arrays of everybody and the index of those still there."""

    def __init__(
        self, parameters: Parameters, shares: np.ndarray, starting: np.ndarray, last: int, seed: int
    ):
        total, months = int(starting.sum()), len(starting) - parameters.burn_in
        self.parameters = parameters
        self.begin, self.first, self.last = last - len(starting) + 1, last - months + 1, last
        self.rng = np.random.default_rng([seed, 0])
        self.born = np.concatenate([[0], np.cumsum(starting)])
        self.start = np.repeat(np.arange(self.begin, last + 1, dtype=np.int32), starting)
        self.end = np.zeros(total, np.int32)
        self.kind = np.zeros(total, np.uint8)
        self.segment = (self.rng.random(total) < parameters.business_share).astype(np.uint8)
        self.trait = (self.rng.random(total) < parameters.trait_share).astype(np.uint8)
        self.leaves_at_once = self.rng.random(total) < parameters.leave_start
        self.bits = np.zeros(total, np.uint16)
        self.history = np.zeros(total, np.uint16)
        self.level = np.zeros(total, np.uint8)
        self.usage = np.full((months, total), ABSENT, np.uint8)
        self.experience = np.zeros((months, total), np.uint8)
        self.here = np.zeros(0, np.int64)
        self.lose = parameters.lose_table().ravel()
        self.move = np.cumsum(parameters.usage_table(), axis=2).reshape(6, 3)
        self.enter = np.cumsum(parameters.start_usage)
        self.where = np.cumsum(shares)

    def step(self, month: int) -> None:
        """One month for everybody, in the order of the causal story."""
        if month == self.first:
            self.history[:] = self.bits
        self._end(month)
        self._use(month)
        self._meet(month)

    def _end(self, month: int) -> None:
        here = self.here
        band = band_of(month - self.start[here], self.parameters.bands)
        group = band * 4 + self.segment[here] * 2 + self.trait[here]
        involuntary = self.lose[group]
        exposure = _EXPOSURE[self.bits[here]]
        leave = self.parameters.leave_table(month - self.first).ravel()
        voluntary = leave[group * 9 + self.level[here] * 3 + exposure]
        draw = self.rng.random(len(here))
        lost = draw < involuntary
        left = ~lost & (draw < involuntary + (1 - involuntary) * voluntary)
        self.kind[here[lost]] = INVOLUNTARY
        self.kind[here[left]] = VOLUNTARY
        gone = lost | left
        self.end[here[gone]] = month
        self.here = here[~gone]

    def _use(self, month: int) -> None:
        row = (self.bits[self.here] & 1) * 3 + self.level[self.here]
        draw = self.rng.random(len(self.here))
        self.level[self.here] = (draw > self.move[row, 0]).astype(np.uint8) + (draw > self.move[row, 1])
        joined = month - self.begin
        new = np.arange(self.born[joined], self.born[joined + 1])
        draw = self.rng.random(len(new))
        self.level[new] = (draw > self.enter[0]).astype(np.uint8) + (draw > self.enter[1])
        gone = self.leaves_at_once[new]
        self.kind[new[gone]] = VOLUNTARY
        self.end[new[gone]] = month
        self.here = np.concatenate([self.here, new[~gone]])

    def _meet(self, month: int) -> None:
        here, level = self.here, self.level[self.here]
        meet = self.parameters.experience_table(month - self.first).ravel()
        chance = meet[(self.segment[here] * 2 + self.trait[here]) * 3 + level]
        met = self.rng.random(len(here)) < chance
        self.bits[here] = ((self.bits[here] << 1) & _RECENT) | met
        if month >= self.first:
            row = month - self.first
            self.usage[row, here] = level
            place = np.searchsorted(self.where[:-1], self.rng.random(int(met.sum())), side="right")
            self.experience[row, here[met]] = 1 + place

    def exported(self) -> Life:
        """Return everybody who was there at the window's start or joined in it."""
        kept = np.flatnonzero((self.end == 0) | (self.end >= self.first))
        columns = ("start", "end", "kind", "segment", "trait", "history")
        return Life(
            first=self.first,
            last=self.last,
            usage=self.usage[:, kept],
            experience=self.experience[:, kept],
            **{name: getattr(self, name)[kept] for name in columns},
        )
