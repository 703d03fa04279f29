"""Months as bits: bit j of an integer says what was true in month j of a block of months.

One operation on a column of integers then asks all months of all customers at once, so that no
customer-month is ever a row.
"""

from __future__ import annotations

import numpy as np

__all__ = ["BITS", "exposure_masks", "one_month", "stretch"]

BITS = 62
"""Months of a block: the engine's integers are signed, and usage is shifted on by a month."""


def _below(places: np.ndarray) -> np.ndarray:
    """Return integers whose bits under each place (0-63) are set."""
    places = np.clip(places, 0, 63).astype(np.uint64)
    return (np.uint64(1) << places) - np.uint64(1)


def stretch(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return integers whose bits first..last (inclusive) are set; none where last < first."""
    return _below(last + 1) & ~_below(first)


def one_month(places: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return integers with the bit at each place set where `wanted`, else none."""
    safe = np.clip(places, 0, 63).astype(np.uint64)
    return np.where(wanted, np.uint64(1) << safe, np.uint64(0))


def exposure_masks(months: np.ndarray, *, window: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two masks: months whose exposure is at least one, and at least two.

    Parameters
    ----------
    months : ndarray of uint64
        Bit j is set when an experience was recorded in month j.
    window, lag : int
        Bit j of the results counts the bits j - lag - window + 1 .. j - lag of `months`.
    """
    # The window is built by binary doubling: a stretch of w months and the same stretch w months older
    # make one of 2w, and where the next binary digit of the window is 1, one more month is put before it.
    # So 12 months (1100) take three doublings instead of twelve shifts.
    shifted = months << np.uint64(lag)
    one, two, width = shifted, np.zeros_like(shifted), 1
    for digit in bin(window)[3:]:
        one, two = _joined(one, two, one, two, width)
        width *= 2
        if digit == "1":
            one, two = _joined(one, two, shifted, np.zeros_like(shifted), width)
            width += 1
    return one, two


def _joined(
    one: np.ndarray, two: np.ndarray, older_one: np.ndarray, older_two: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Put an older stretch of months before a newer one of `width` months.

    At least two months had an experience where either part has two, or both have one.
    """
    older_one, older_two = older_one << np.uint64(width), older_two << np.uint64(width)
    return one | older_one, two | older_two | (one & older_one)
