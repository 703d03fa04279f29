"""What the company knows of each person: dates, region, plan, how they came; and the prospects."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cxlib.company.calendar import month_dates, time_stamp
from cxlib.company.life import STAYED
from cxlib.company.simulated import Company, Stream
from cxlib.company.touchpoints import BEFORE

__all__ = ["FIRST_NUMBER", "People", "before_purchase", "numbers", "people"]

FIRST_NUMBER = 10_000_001
"""Customer number of the first customer; the others follow, prospects last."""
PROSPECTS_PER_CUSTOMER = 0.12
LAST_START_DAY = 20


@dataclass(frozen=True, eq=False)
class People:
    """One entry is one customer, in the order of ``company.life``, then the prospects.

    Dates are datetime64[D], NaT where there is none. ``start_day`` and ``end_day`` count from 1.
    """

    first_contact: np.ndarray
    start: np.ndarray
    end: np.ndarray
    start_day: np.ndarray
    end_day: np.ndarray
    segment: np.ndarray
    region: np.ndarray
    plan: np.ndarray
    origin: np.ndarray
    cost: np.ndarray
    channel: np.ndarray


def numbers(index: np.ndarray) -> np.ndarray:
    """Return the customer numbers of positions in the company."""
    return FIRST_NUMBER + np.asarray(index, dtype=np.int64)


@lru_cache(maxsize=1)
def people(company: Company) -> People:
    """Return the attributes of everybody; those of the last company asked for are kept."""
    rng, life = company.rng(Stream.PEOPLE), company.life
    n, prospects = len(life), round(PROSPECTS_PER_CUSTOMER * len(life))
    total = n + prospects
    start_day = rng.integers(1, LAST_START_DAY + 1, n)
    end_day = rng.integers(5, 29, n)
    end_day = np.where(life.end == life.start, np.maximum(end_day, start_day + 1), end_day)
    start = month_dates(life.start, start_day)
    end = month_dates(np.where(life.end > 0, life.end, life.last), end_day)
    end[life.kind == STAYED] = np.datetime64("NaT")
    window = month_dates(np.array([life.first, life.last + 1]), np.array([1, 1]))
    length = int((window[1] - window[0]).astype(int))
    met = window[0] + rng.integers(0, length, prospects)
    segment = np.concatenate(
        [life.segment, rng.random(prospects) < company.parameters.business_share]
    ).astype(np.uint8)
    nothing = np.full(prospects, np.datetime64("NaT", "D"))
    return People(
        first_contact=np.concatenate([start - rng.integers(0, 61, n), met]),
        start=np.concatenate([start, nothing]),
        end=np.concatenate([end, nothing]),
        start_day=start_day,
        end_day=end_day,
        segment=segment,
        region=rng.choice(4, total, p=(0.24, 0.30, 0.18, 0.28)).astype(np.uint8),
        plan=rng.choice(3, total, p=(0.40, 0.42, 0.18)).astype(np.uint8),
        origin=rng.choice(5, total, p=(0.34, 0.22, 0.20, 0.14, 0.10)).astype(np.uint8),
        cost=np.round(company.parameters.acquisition_cost * rng.uniform(0.7, 1.3, total), 2),
        channel=rng.choice(4, total, p=(0.38, 0.24, 0.20, 0.18)).astype(np.uint8),
    )


def before_purchase(company: Company) -> dict[str, np.ndarray]:
    """Return the contacts before a purchase, one entry each: customer, stamp (microseconds), place.

    Prospects and customers who started in the window come, in the weeks before, through places of
    ``touchpoints.BEFORE``; those who start then order (place = number of places before) and get a
    confirmation (one more). Contacts before the window are not in the records.
    """
    rng, who, life = company.rng(Stream.PROSPECTS), people(company), company.life
    index = np.flatnonzero(np.isnat(who.start) | (who.start >= month_dates([life.first], [1])[0]))
    index = np.repeat(index, 1 + rng.poisson(1.4, len(index)))
    opened = who.first_contact[index]
    limit = np.where(np.isnat(who.start[index]), opened + 30, who.start[index])
    day = opened + (rng.random(len(index)) * ((limit - opened).astype(int) + 1)).astype(int)
    place = rng.choice(len(BEFORE), len(index), p=list(BEFORE.values()))
    second = rng.integers(7 * 3600, 8 * 3600, len(index))
    stamp = day.astype("datetime64[us]").astype(np.int64) + second * 1_000_000
    inside = (day >= month_dates([life.first], [1])[0]) & (day < month_dates([life.last + 1], [1])[0])
    parts = [(index[inside], stamp[inside], place[inside])]
    for month in range(life.first, life.last + 1):
        new = np.flatnonzero(life.start == month)
        ordered = time_stamp(rng, month, who.start_day[new])
        parts.append((new, ordered, np.full(len(new), len(BEFORE))))
        parts.append((new, ordered + 60_000_000, np.full(len(new), len(BEFORE) + 1)))
    customer, stamp, place = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((customer, stamp))
    return {"customer": customer[order], "stamp": stamp[order], "place": place[order].astype(np.uint8)}
