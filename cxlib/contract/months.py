"""Months as whole numbers: 12 x year + month, so that tenure and lags are plain differences."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cxlib.errors import DataError

__all__ = ["first_day", "last_day", "month_end", "month_name", "month_number"]

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_number(month: str) -> int:
    """Return 12 x year + month, e.g. 24322 for "2026-10".

    Raises
    ------
    DataError
        If `month` is not written YYYY-MM.
    """
    match = _MONTH.fullmatch(str(month))
    if match is None:
        raise DataError(f"Month {month!r} is not a month; write YYYY-MM, for example 2026-10.")
    return 12 * int(match[1]) + int(match[2])


def month_name(number: int) -> str:
    """Return the month of a month number as YYYY-MM, e.g. "2026-10" for 24322."""
    year, month = divmod(int(number) - 1, 12)
    return f"{year:04d}-{month + 1:02d}"


def first_day(number: int) -> date:
    """Return the first day of a month."""
    year, month = divmod(int(number) - 1, 12)
    return date(year, month + 1, 1)


def last_day(number: int) -> date:
    """Return the last day of a month."""
    return first_day(number + 1) - timedelta(days=1)


def month_end(number: int, time_zone: str) -> datetime:
    """Return the first instant after a month in `time_zone`, as UTC without zone."""
    start = datetime.combine(first_day(number + 1), datetime.min.time(), tzinfo=ZoneInfo(time_zone))
    return start.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
