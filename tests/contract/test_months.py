from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.contract.months import first_day, last_day, month_end, month_name, month_number
from cxlib.errors import DataError


def test_numbers_months_by_twelve_times_the_year():
    assert month_number("2026-10") == 24322
    assert month_number("2025-12") + 1 == month_number("2026-01")


@given(st.integers(12 * 1900 + 1, 12 * 2200))
def test_name_and_number_are_inverse(number):
    assert month_number(month_name(number)) == number
    assert first_day(number) <= last_day(number) < first_day(number + 1)


@pytest.mark.parametrize("wrong", ["2026", "2026-13", "10-2026", "2026-1", ""])
def test_refuses_what_is_no_month(wrong):
    with pytest.raises(DataError, match=f"Month {wrong!r} is not a month"):
        month_number(wrong)


def test_a_month_ends_at_midnight_of_its_zone():
    assert month_end(24322, "Europe/Berlin") == datetime(2026, 10, 31, 23)  # winter time, UTC+1
    assert month_end(24318, "Europe/Berlin") == datetime(2026, 6, 30, 22)  # summer time, UTC+2
    assert last_day(month_number("2024-02")) == date(2024, 2, 29)
