"""Periods in words: singular and plural, in both languages."""

import pytest

from cxlib.chapters.churn.periods import months, remembered, within

CASES = [
    (months(1), "1 month", "1 Monat"),
    (months(18), "18 months", "18 Monate"),
    (within(1), "within 1 month", "innerhalb von 1 Monat"),
    (within(6), "within 6 months", "innerhalb von 6 Monaten"),
    (remembered(1, 2), "in month 2 after it", "in Monat 2 danach"),
    (remembered(6, 2), "in months 2 to 7 after it", "in den Monaten 2 bis 7 danach"),
]


@pytest.mark.parametrize(("period", "english", "german"), CASES)
def test_periods_are_said(period, english, german):
    assert (period.text("en"), period.text("de")) == (english, german)
