"""How strong an unmeasured cause must be to explain a risk ratio, and how strong measured ones are.

Source: Ding and VanderWeele 2016 (bounding factor); VanderWeele and Ding 2017 (E-value).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from cxlib.estimate import Estimate

__all__ = ["bounding_factor", "confounding_value", "limit_nearer_to_one", "occurrence_ratio"]

HALF_A_MONTH = 0.5


def bounding_factor(with_exposure: float, with_outcome: float) -> float:
    """Return the largest risk ratio that a cause can feign where there is no effect.

    Parameters
    ----------
    with_exposure : float
        Largest ratio, over its levels, of how often a level occurs with the exposure and without; >= 1.
    with_outcome : float
        Largest risk ratio of the outcome between two of its levels; >= 1.

    Raises
    ------
    ValueError
        If a ratio is below 1.

    Examples
    --------
    >>> print("{:.3f}".format(bounding_factor(10, 1.6)))
    1.509
    """
    if min(with_exposure, with_outcome) < 1:
        raise ValueError(f"A bounding factor needs ratios of 1 or more; got {with_exposure}, {with_outcome}.")
    return with_exposure * with_outcome / (with_exposure + with_outcome - 1)


def occurrence_ratio(exposed: ArrayLike, unexposed: ArrayLike) -> float:
    """Return the largest ratio, over the levels of a cause, of its shares among exposed and unexposed.

    Parameters
    ----------
    exposed, unexposed : array_like, shape (n_levels,)
        Months (or people) per level with and without the exposure. Half a month is added to each, so
        that a level seen on one side only has a ratio, too.

    Returns
    -------
    float
        At least 1; 1 where the levels occur alike. Change the two round where the exposure protects.
    """
    shares = [np.asarray(counts, dtype=float) + HALF_A_MONTH for counts in (exposed, unexposed)]
    one, other = (counts / counts.sum() for counts in shares)
    return max(1.0, float((one / other).max()))


def confounding_value(ratio: Estimate) -> tuple[float, float]:
    """Return the E-value of a risk ratio, and of the limit of its interval nearer to 1.

    A cause tied to exposure and outcome with risk ratios of this size each could explain the whole
    association; one of the two may be smaller where the other is larger, see :func:`bounding_factor`.

    Examples
    --------
    >>> print("{:.2f}, limit {:.2f}".format(*confounding_value(Estimate(2.0, 1.5, 2.7))))
    3.41, limit 2.37
    """
    return _e_value(max(ratio.value, 1 / ratio.value)), _e_value(limit_nearer_to_one(ratio))


def limit_nearer_to_one(ratio: Estimate) -> float:
    """Return how far from 1 a ratio surely is: a lower limit, or one over an upper limit below 1.

    Returns
    -------
    float
        1 or more; exactly 1 where the interval holds 1 or is not known.
    """
    value, low, high = ratio
    if low is None or high is None:
        return 1.0
    return max(1.0, low if value >= 1 else 1 / high)


def _e_value(ratio: float) -> float:
    return ratio + math.sqrt(ratio * (ratio - 1))
