"""Days and times against the calendar of the standard library."""

import calendar
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from cxlib.company.calendar import DAY, MINUTE, day_stamp, days_in, first_stamp, month_dates, time_stamp

MONTHS = [(1970, 1), (2024, 2), (2025, 12), (2026, 2), (2026, 10)]


@pytest.mark.parametrize(("year", "month"), MONTHS)
def test_a_month_begins_and_ends_where_the_calendar_says(year, month):
    number = 12 * year + month
    assert datetime(1970, 1, 1) + timedelta(microseconds=first_stamp(number)) == datetime(year, month, 1)
    assert days_in(number) == calendar.monthrange(year, month)[1]


def test_a_day_begins_at_its_midnight():
    stamps = day_stamp(12 * 2026 + 10, np.array([1, 31]))
    assert [datetime(1970, 1, 1) + timedelta(microseconds=int(stamp)) for stamp in stamps] == [
        datetime(2026, 10, 1),
        datetime(2026, 10, 31),
    ]


def test_times_lie_between_eight_and_eight_on_their_day_in_whole_seconds():
    days = np.repeat(np.arange(1, 29), 200)
    stamps = time_stamp(np.random.default_rng(0), 12 * 2026 + 2, days)
    assert (stamps % 1_000_000 == 0).all()
    into_the_day = stamps - day_stamp(12 * 2026 + 2, days)
    assert into_the_day.min() >= 8 * 60 * MINUTE
    assert into_the_day.max() < 20 * 60 * MINUTE < DAY
    # Of 5,600 draws the earliest and the latest lie within a quarter of an hour of either end.
    assert into_the_day.min() < (8 * 60 + 15) * MINUTE
    assert into_the_day.max() > (20 * 60 - 15) * MINUTE


def test_dates_are_those_of_month_and_day():
    dates = month_dates(np.array([12 * 2024 + 2, 12 * 2025 + 12]), np.array([29, 31]))
    assert dates.tolist() == [date(2024, 2, 29), date(2025, 12, 31)]
