"""Days and times inside a month, for arrays of customers."""

import numpy as np

__all__ = ["DAY", "MINUTE", "day_stamp", "days_in", "first_stamp", "month_dates", "time_stamp"]

MINUTE = 60_000_000
"""Microseconds of a minute."""
DAY = 24 * 60 * MINUTE
"""Microseconds of a day."""


def first_stamp(month: int) -> int:
    """Return microseconds from 1970 to the first instant of a month (12 x year + month), local time."""
    return int(np.datetime64(month - 1 - 12 * 1970, "M").astype("datetime64[us]").astype(np.int64))


def days_in(month: int) -> int:
    """Return the days of a month."""
    return (first_stamp(month + 1) - first_stamp(month)) // DAY


def day_stamp(month: int, day: np.ndarray) -> np.ndarray:
    """Return microseconds from 1970 to the start of days (1 = first) of a month."""
    return first_stamp(month) + (np.asarray(day, dtype=np.int64) - 1) * DAY


def time_stamp(rng: np.random.Generator, month: int, day: np.ndarray) -> np.ndarray:
    """Return a time between 8:00 and 19:59 local time on each day, in whole seconds."""
    second = rng.integers(8 * 3600, 20 * 3600, len(day))
    return day_stamp(month, day) + second * (MINUTE // 60)


def month_dates(months: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return calendar days as datetime64[D] from month numbers and days (1 = first)."""
    first = (np.asarray(months, dtype=np.int64) - 1 - 12 * 1970).astype("datetime64[M]")
    return first.astype("datetime64[D]") + (np.asarray(days, dtype=np.int64) - 1)
