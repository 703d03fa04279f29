"""Contacts of customers in one month, and the tickets among them, given what happened.

A month with an experience has one case at its touchpoint: a first contact that goes wrong and up
to two more about it. Everything else is ordinary and never looks negative.
"""

from dataclasses import dataclass

import numpy as np

from cxlib.company.calendar import DAY, days_in, time_stamp
from cxlib.company.life import VOLUNTARY
from cxlib.company.people import people
from cxlib.company.simulated import Company, Stream
from cxlib.company.touchpoints import SERVICE

__all__ = [
    *("FAILED", "FOLLOWED", "KINDS", "OK", "Contacts", "Tickets"),
    *("contacts", "ordinary_rate", "tickets"),
]

OK, FAILED, FOLLOWING, CANCELLING = 0, 1, 2, 3
KINDS = ("ordinary", "failed", "following", "cancelling")
"""What a contact is: never recorded as such."""
RATE = np.array([0.28, 0.46, 0.72])
"""Ordinary contacts in a month by usage level."""
SEASON = {11: 1.15, 12: 1.30, 1: 1.15}
NAMES = [service.touchpoint for service in SERVICE]
HOTLINE, EMAIL, COMPLAINT = (NAMES.index(name) for name in ("hotline", "email_support", "complaint"))
FOLLOWED = (0.5, 0.3, 0.2)
"""Share of the cases that go wrong with no, one or two further contacts."""
LAST_FAILING_DAY = 24
"""Cases that go wrong open by this day, so that the month's end hides none of them."""


@dataclass(frozen=True, eq=False)
class Contacts:
    """One entry is one contact, ordered by time.

    Attributes
    ----------
    customer : ndarray of int64
        Position in the company.
    stamp : ndarray of int64
        Local time in microseconds from 1970.
    place : ndarray of uint8
        Number in ``touchpoints.SERVICE``.
    kind : ndarray of uint8
        Number in KINDS.
    case : ndarray of int64
        Number of the case, 0 for none.
    """

    month: int
    customer: np.ndarray
    stamp: np.ndarray
    place: np.ndarray
    kind: np.ndarray
    case: np.ndarray


@dataclass(frozen=True, eq=False)
class Tickets:
    """One entry is one case with the support desk, times in microseconds, spans in minutes."""

    case: np.ndarray
    customer: np.ndarray
    opened: np.ndarray
    first_reply: np.ndarray
    solved_after: np.ndarray
    reopened: np.ndarray
    place: np.ndarray
    failed: np.ndarray
    rating: np.ndarray


def contacts(company: Company, month: int) -> Contacts:
    """Return the contacts of customers in a month, a pure function of the company and the month."""
    rng = company.rng(Stream.CONTACTS, month)
    parts = [_ordinary(company, month, rng), *_failing(company, month, rng)]
    parts.append(_cancelling(company, month, rng))
    customer, stamp, place, kind, case = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((customer, stamp))
    case = case[order]
    wants = (case == 0) & (place[order] == EMAIL)
    case[wants] = month * 10_000_000 + len(company.life) + 1 + np.arange(wants.sum())
    return Contacts(month, customer[order], stamp[order], place[order], kind[order], case)


def ordinary_rate(month: int) -> np.ndarray:
    """Return the ordinary contacts expected in a month by usage level, shape (3,)."""
    return RATE * SEASON.get((month - 1) % 12 + 1, 1.0)


def _days(company: Company, month: int, index: np.ndarray, rng: np.random.Generator, last: int) -> np.ndarray:
    """Return a day of the month for each customer, after the start where the customer starts in it."""
    new = company.life.start[index] == month
    low = np.where(new, people(company).start_day[index] + 1, 1)
    return low + (rng.random(len(index)) * (last - low + 1)).astype(np.int64)


def _ordinary(company: Company, month: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    life = company.life
    active = life.active(month)
    rate = ordinary_rate(month)
    index = np.repeat(active, rng.poisson(rate[life.usage[month - life.first, active]]))
    weight = np.cumsum([service.ordinary for service in SERVICE])
    place = np.searchsorted(weight[:-1] / weight[-1], rng.random(len(index)), side="right")
    stamp = time_stamp(rng, month, _days(company, month, index, rng, days_in(month)))
    return (
        index,
        stamp,
        place.astype(np.uint8),
        np.zeros(len(index), np.uint8),
        np.zeros(len(index), np.int64),
    )


def _failing(company: Company, month: int, rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    life = company.life
    index = np.flatnonzero(life.experience[month - life.first])
    place = life.experience[month - life.first, index] - 1
    case = month * 10_000_000 + 1 + index
    stamp = time_stamp(rng, month, _days(company, month, index, rng, LAST_FAILING_DAY))
    parts = [(index, stamp, place, np.full(len(index), FAILED, np.uint8), case)]
    more = rng.choice(3, len(index), p=FOLLOWED)
    for number in (1, 2):
        chosen = more >= number
        later = stamp[chosen] + number * 2 * DAY
        kind = np.full(len(later), FOLLOWING, np.uint8)
        parts.append((index[chosen], later, place[chosen], kind, case[chosen]))
    return parts


def _cancelling(company: Company, month: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return contacts about the cancellation, one to three days before the notice."""
    life = company.life
    left = np.flatnonzero((life.end == month) & (life.kind == VOLUNTARY))
    index = left[rng.random(len(left)) < company.parameters.cancellation_contact]
    day = people(company).end_day[index] - rng.integers(1, 4, len(index))
    day = np.where(life.start[index] == month, np.maximum(day, people(company).start_day[index]), day)
    place = np.full(len(index), HOTLINE, np.uint8)
    kind = np.full(len(index), CANCELLING, np.uint8)
    return index, time_stamp(rng, month, day), place, kind, np.zeros(len(index), np.int64)


def tickets(company: Company, made: Contacts) -> Tickets:
    """Return the cases with the support desk opened by a month's contacts by e-mail and complaints.

    An ordinary case is answered within the day and never opened again. One that went wrong is
    answered after more than a day, or opened again, or both.
    """
    rng = company.rng(Stream.TICKETS, made.month)
    opening = np.isin(made.place, (EMAIL, COMPLAINT)) & (made.kind != FOLLOWING)
    n = int(opening.sum())
    failed = made.kind[opening] == FAILED
    complaint = made.place[opening] == COMPLAINT
    late = failed & (rng.random(n) < 0.6)
    prompt = np.minimum(rng.lognormal(4.6, 0.9, n), 20 * 60)
    overdue = rng.uniform(26 * 60, 80 * 60, n)
    first_reply = np.round(np.where(late, overdue, prompt)).astype(np.int64) + 1
    reopened = np.where(failed & ~complaint & (~late | (rng.random(n) < 0.3)), rng.integers(1, 4, n), 0)
    work = rng.lognormal(6.4, 1.1, n) * np.where(failed, 3.0, 1.0)
    solved_after = first_reply + np.round(np.minimum(work, 25 * 24 * 60)).astype(np.int64) + 1
    draw = rng.random(n)
    rating = np.where(draw < 0.70, 0, np.where(rng.random(n) < np.where(failed, 0.2, 0.9), 2, 1))
    return Tickets(
        case=made.case[opening],
        customer=made.customer[opening],
        opened=made.stamp[opening],
        first_reply=first_reply,
        solved_after=solved_after,
        reopened=reopened,
        place=made.place[opening],
        failed=failed,
        rating=rating.astype(np.uint8),
    )
