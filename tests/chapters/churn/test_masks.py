"""Exposure as bits: against counting month by month."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxlib.chapters.churn.masks import exposure_masks, one_month, stretch


@given(bits=st.integers(0, 2**60 - 1), window=st.integers(1, 30), lag=st.integers(1, 6))
def test_exposure_counts_the_months_before(bits, window, lag):
    one, two = exposure_masks(np.array([bits], dtype=np.uint64), window=window, lag=lag)
    for month in range(62):
        seen = sum(bits >> j & 1 for j in range(max(0, month - lag - window + 1), month - lag + 1))
        assert (int(one[0]) >> month & 1, int(two[0]) >> month & 1) == (seen >= 1, seen >= 2)


@given(first=st.integers(-5, 61), last=st.integers(-5, 61))
def test_a_stretch_has_the_bits_of_its_months(first, last):
    bits = int(stretch(np.array([first]), np.array([last]))[0])
    assert [j for j in range(64) if bits >> j & 1] == list(range(max(first, 0), last + 1))


def test_a_single_month_is_set_where_it_is_wanted():
    bits = one_month(np.array([0, 5, 61, -3]), np.array([True, True, False, False]))
    assert bits.tolist() == [1, 32, 0, 0]
