"""A value with its interval, as every estimator returns it."""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["Z95", "Estimate", "rounded"]

# Normal quantile of a two-sided 95 % interval.
Z95 = 1.959963984540054


class Estimate(NamedTuple):
    """A value with its interval; ``low`` and ``high`` are None where no interval exists."""

    value: float
    low: float | None = None
    high: float | None = None


def rounded(value: float | None) -> float | None:
    """Return `value` to 6 significant digits; None for a missing or infinite one."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.6g}")
