"""Two shares compared: difference, ratio of risks and ratio of odds, with their intervals."""

from __future__ import annotations

import math

from scipy.stats import norm

from cxlib.estimate import Estimate
from cxlib.stats.intervals import wilson

__all__ = ["newcombe", "odds_ratio", "risk_ratio", "share_difference"]


def newcombe(first: Estimate, second: Estimate) -> Estimate:
    """Return the difference of two independent estimates (first minus second) from their intervals.

    Each limit lies as far from the difference as the distances of the estimates to their own limits
    allow, squared and added. Source: Newcombe (1998), Statistics in Medicine 17, method 10, for shares.

    Parameters
    ----------
    first, second : Estimate
        With intervals of one level of confidence; of shares, Wilson's.
    """
    value = first.value - second.value
    down = math.hypot(first.value - first.low, second.high - second.value)
    up = math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, value - down, value + up)


def share_difference(
    successes: float, n: float, other_successes: float, other_n: float, *, confidence: float = 0.95
) -> Estimate:
    """Return a share less another one, with Newcombe's interval; defined for every count.

    Parameters
    ----------
    successes, n, other_successes, other_n : float
        Counts with 0 <= successes <= n and n > 0 in either group.
    confidence : float
        Level of the interval, 0-1.

    Raises
    ------
    ValueError
        If the counts are impossible.

    Examples
    --------
    >>> print("{:.3f} [{:.3f}, {:.3f}]".format(*share_difference(56, 70, 48, 80)))
    0.200 [0.052, 0.334]
    """
    return newcombe(
        wilson(successes, n, confidence=confidence), wilson(other_successes, other_n, confidence=confidence)
    )


def risk_ratio(
    successes: float, n: float, other_successes: float, other_n: float, *, confidence: float = 0.95
) -> Estimate | None:
    """Return a share divided by another one, with the log Wald interval.

    Source: Katz, Baptista, Azen & Pike (1978), Biometrics 34. Parameters and errors as in
    :func:`share_difference`.

    Returns
    -------
    Estimate or None
        None where a group has no success or no failure: the interval would not exist, or be too narrow.
    """
    cells = _cells(successes, n, other_successes, other_n)
    if min(cells) == 0:
        return None
    ratio = (successes / n) / (other_successes / other_n)
    return _around(ratio, 1 / successes - 1 / n + 1 / other_successes - 1 / other_n, confidence)


def odds_ratio(
    successes: float, n: float, other_successes: float, other_n: float, *, confidence: float = 0.95
) -> Estimate | None:
    """Return the odds of success divided by those of the other group, with the log Wald interval.

    Source: Woolf (1955), Annals of Human Genetics 19. Parameters, result and errors as in
    :func:`risk_ratio`.
    """
    cells = _cells(successes, n, other_successes, other_n)
    if min(cells) == 0:
        return None
    yes, no, other_yes, other_no = cells
    return _around(yes * other_no / (no * other_yes), sum(1 / cell for cell in cells), confidence)


def _cells(successes: float, n: float, other_successes: float, other_n: float) -> tuple[float, ...]:
    cells = (successes, n - successes, other_successes, other_n - other_successes)
    if min(cells) < 0 or min(n, other_n) <= 0:
        raise ValueError(
            f"Two shares need 0 <= successes <= n and n > 0; got {successes} of {n} and {other_successes} of "
            f"{other_n}."
        )
    return cells


def _around(ratio: float, variance: float, confidence: float) -> Estimate:
    half = float(norm.ppf(0.5 + confidence / 2)) * math.sqrt(variance)
    return Estimate(ratio, ratio * math.exp(-half), ratio * math.exp(half))
