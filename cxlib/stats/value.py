"""Value of a customer and what better retention does to it: arithmetic on hazards and margins.

Everything here is a function of three things: the share of customers who leave in each month of
tenure (hazards), the mean margin of a customer at risk in that month, and the cost of winning a
customer. The start month is tenure month 0: one can leave in it, but it brings no margin. The last
axis of hazards is the tenure month 0, 1, ..., K, that of margins 1, ..., K, so that one call can
evaluate many curves; numbers may be complex, which is how :func:`gradient` gets exact derivatives
(complex step).

Survival is ``S_k = (1 - h_0) (1 - h_1) ... (1 - h_k)``. Better retention is a power of it,
``S ** theta``: all hazards fall together, that of the start month too, margins stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import hyp2f1

from cxlib.errors import ModelError
from cxlib.language import count, percent, say

__all__ = [
    "CHANGES",
    "LAST_YEAR",
    "Curve",
    "Sbg",
    "Tail",
    "beyond_data",
    "customer_value",
    "expected_renewals",
    "fit_sbg",
    "gain",
    "gradient",
    "margin_elasticity",
    "margin_multiple",
    "reichheld_profit",
    "reichheld_value",
    "retention",
    "sbg_survival",
    "survival",
    "theta",
    "yearly_profit",
]

Array = Any
Tail = Literal["stop", "flat", "sbg", "even"]

LAST_YEAR = 12
LONGEST_LIFE = 600
FEWEST_PERIODS = 4

CHANGES: dict[str, Callable[[Array], Array]] = {
    "plus1point": lambda share: share + 0.01,
    "plus5points": lambda share: share + 0.05,
    "plus5percent": lambda share: share * 1.05,
    "minus5percentchurn": lambda share: 1 - 0.95 * (1 - share),
}
"""Readings of "more retention": share kept over twelve months now -> share kept then."""


class Curve(NamedTuple):
    """What happens to a customer with tenure.

    Attributes
    ----------
    hazards : array, shape (..., K + 1)
        Share leaving in tenure month 0..K among those at risk in it, 0-1; 0 is the start month.
    margins : array, shape (..., K)
        Mean margin of a customer at risk in tenure month 1..K, leavers of the month included; money.
    acquisition_cost : float or array
        Cost of winning one customer; money.
    """

    hazards: Array
    margins: Array
    acquisition_cost: Array = 0.0


def survival(hazards: Array) -> Array:
    """Return S_0, S_1, ..., S_K, the share of new customers kept to the end of each tenure month.

    Parameters
    ----------
    hazards : array, shape (..., K + 1)
        As in :class:`Curve`.
    """
    return np.cumprod(1 - np.asarray(hazards), axis=-1)


def retention(hazards: Array, months: int = 12) -> Array:
    """Return S(`months`), the share of new customers kept over the start month and `months` more.

    Raises
    ------
    ValueError
        If the curve is shorter than that.
    """
    hazards = np.asarray(hazards)
    if hazards.shape[-1] <= months:
        raise ValueError(
            f"Retention over {months} months needs {months} months of tenure after the start month; "
            f"the curve has {hazards.shape[-1] - 1}."
        )
    return np.prod(1 - hazards[..., : months + 1], axis=-1)


def theta(share: Array, change: str) -> Array:
    """Return the power of the survival curve that changes twelve-month retention as `change` says.

    Parameters
    ----------
    share : float or array
        Twelve-month retention now, above 0 and below 1.
    change : str
        A key of :data:`CHANGES`.

    Raises
    ------
    ModelError
        If nobody leaves, or nobody stays, or the change would lift retention to 1 or above.
    """
    now, then = np.asarray(share), np.asarray(CHANGES[change](share))
    if not np.all((now.real > 0) & (now.real < 1) & (then.real < 1)):
        raise ModelError(
            say(
                "Retention cannot go from {now} to {then}; both must lie between 0 and 100%.",
                now=percent(float(np.max(now.real))),
                then=percent(float(np.max(then.real))),
            )
        )
    return np.log(then) / np.log(now)


def customer_value(
    curve: Curve, *, rate: float, tail: Tail = "stop", power: Array = 1.0, sbg: Sbg | None = None
) -> Array:
    """Return the value of a newly won customer, discounted to the day of winning.

    ``V = sum_{k=1..K} S_{k-1} m_k (1 + rate) ** (-(k - .5) / 12) - A``, plus the months beyond K that
    `tail` assumes. ``S_0`` is the share who are not gone by the end of the month in which they start; that
    month brings no margin.

    Parameters
    ----------
    curve : Curve
    rate : float
        Discount rate a year, e.g. .10.
    tail : {"stop", "flat", "sbg", "even"}
        Beyond month K: nothing; margin and hazard of the last twelve months for ever; margin of the
        last twelve months and the retention of `sbg`, up to fifty years; that margin and the mean hazard
        of months 1..K for ever.
    power : float
        The survival curve is raised to it (:func:`theta`).
    sbg : Sbg, optional
        Needed for the tail "sbg".

    Returns
    -------
    money, shape of the curve without its last axis

    Examples
    --------
    Two months of 10 each, nobody leaving in the start month and one customer in ten in the first after it,
    not discounted: 10 + 0.9 x 10 - 4. And where one in five leaves in the start month: 8 + 0.72 x 10 - 4.

    >>> float(customer_value(Curve([0.0, 0.1, 0.1], [10.0, 10.0], acquisition_cost=4.0), rate=0.0))
    15.0
    >>> round(float(customer_value(Curve([0.2, 0.1, 0.1], [10.0, 10.0], acquisition_cost=4.0), rate=0.0)), 9)
    11.2
    """
    margins, _ = _lifetime(curve, rate, tail, power, sbg)
    return margins - curve.acquisition_cost


def yearly_profit(
    curve: Curve,
    *,
    tail: Tail = "flat",
    power: Array = 1.0,
    sbg: Sbg | None = None,
    fixed_cost: float = 0.0,
) -> Array:
    """Return the profit of one customer in a year, in a base of constant size that renews itself.

    Everybody who leaves is replaced by a new customer, at the cost of winning one; nothing is
    discounted: ``12 (sum S_{k-1} m_k - A) / sum S_{k-1}``, less `fixed_cost` per customer and year.
    """
    margins, months = _lifetime(curve, 0.0, tail, power, sbg)
    return 12 * (margins - curve.acquisition_cost) / months - fixed_cost


def gain(measure: Callable[..., Array], curve: Curve, change: str, **options: Any) -> Array:
    """Return by which share `measure` rises when retention changes.

    Parameters
    ----------
    measure : callable
        :func:`customer_value` or :func:`yearly_profit`.
    change : str
        A key of :data:`CHANGES`.
    **options
        Passed to `measure`.
    """
    power = theta(retention(curve.hazards), change)
    return measure(curve, power=power, **options) / measure(curve, **options) - 1


def beyond_data(curve: Curve, *, rate: float, tail: Tail, observed: int, sbg: Sbg | None = None) -> float:
    """Return the share of a customer's discounted margins earned after the longest tenure observed.

    Parameters
    ----------
    observed : int
        Longest tenure month in the data, at least K.
    """
    months = np.shape(curve.margins)[-1]
    total, _ = _lifetime(curve, rate, tail, 1.0, sbg)
    beyond, _ = _tail(curve, rate, tail, 1.0, sbg, skip=observed - months)
    return float(beyond / total)


def _lifetime(curve: Curve, rate: float, tail: Tail, power: Array, sbg: Sbg | None) -> tuple[Array, Array]:
    """Return discounted margins and discounted months of one customer's life."""
    kept = survival(curve.hazards)[..., :-1] ** np.asarray(power)[..., None]
    weights = kept * _discount(rate, np.arange(1, kept.shape[-1] + 1))
    margins, months = _tail(curve, rate, tail, power, sbg)
    return (weights * curve.margins).sum(axis=-1) + margins, weights.sum(axis=-1) + months


def _tail(
    curve: Curve, rate: float, tail: Tail, power: Array, sbg: Sbg | None, skip: int = 0
) -> tuple[Array, Array]:
    """Return discounted margins and months after month K + `skip`."""
    hazards = np.asarray(curve.hazards)
    kept = np.prod(1 - hazards, axis=-1) ** power * _discount(rate, hazards.shape[-1])
    remaining = kept * _remaining_months(hazards, rate, tail, power, sbg, skip)
    return remaining * np.asarray(curve.margins)[..., -LAST_YEAR:].mean(axis=-1), remaining


def _remaining_months(
    hazards: Array, rate: float, tail: Tail, power: Array, sbg: Sbg | None, skip: int
) -> Array:
    """Return discounted months after K + `skip`, per customer kept to the end of month K."""
    step = (1 + rate) ** (-1 / 12)
    if tail == "stop":
        return np.zeros(hazards.shape[:-1])
    after = hazards[..., 1:]
    if tail in ("flat", "even"):
        last = after[..., -LAST_YEAR:] if tail == "flat" else after
        kept = (1 - last).prod(axis=-1) ** (power / last.shape[-1]) * step
        return kept**skip / (1 - kept)
    if sbg is None:
        raise ValueError('The tail "sbg" needs a fitted curve; see fit_sbg.')
    kept = sbg.kept_after(after) ** np.asarray(power)[..., None]
    return (kept * step ** np.arange(kept.shape[-1]))[..., skip:].sum(axis=-1)


def _discount(rate: float, month: Array) -> Array:
    """Return today's worth of 1 earned in the middle of a tenure month."""
    return (1 + rate) ** (-(month - 0.5) / 12)


def gradient(functional: Callable[[Curve], Array], curve: Curve) -> Curve:
    """Return the derivatives of `functional` with respect to each hazard, margin and the cost.

    Exact to rounding: the functional is evaluated at curves moved by an imaginary step. It must be
    smooth and work along the last axis, as the functions of this module do.

    Returns
    -------
    Curve
        ``hazards`` and ``margins`` hold dF/dh_k, shape (K + 1,), and dF/dm_k, shape (K,);
        ``acquisition_cost`` dF/dA.
    """
    hazards, margins, cost = (np.asarray(part, dtype=float) for part in curve)
    step = 1e-30
    hazard, margin = (1j * step * np.eye(len(part)) for part in (hazards, margins))
    return Curve(
        np.imag(functional(Curve(hazards + hazard, margins, cost))) / step,
        np.imag(functional(Curve(hazards, margins + margin, cost))) / step,
        float(np.imag(functional(Curve(hazards, margins, cost + 1j * step))) / step),
    )


# --- shifted-beta-geometric retention --------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Sbg:
    """Fitted shifted-beta-geometric curve: customers differ, each keeps a constant hazard.

    Retention of tenure period k is ``(b + k - 1) / (a + b + k - 1)``; it rises with tenure because
    those likely to leave go first. Source: Fader and Hardie, How to project customer retention (2007).

    Attributes
    ----------
    a, b : float
        Parameters of the beta distribution of hazards.
    log_likelihood : float
    hazards : array, shape (K,)
        Hazards of period 1..K the curve was fitted to.
    jacobian : array, shape (2, K)
        d(a, b)/dh_k, numbers at risk held.
    """

    a: float
    b: float
    log_likelihood: float
    hazards: Array
    jacobian: Array

    def kept_after(self, hazards: Array) -> Array:
        """Return the share kept to the end of period K, K + 1, ..., of those kept to the end of K.

        `hazards`, shape (..., K), near those of the fit move the parameters to first order, so that
        derivatives see the fit. The last month is the six-hundredth.
        """
        moved = (np.asarray(hazards) - self.hazards) @ self.jacobian.T
        a, b = self.a + moved[..., :1], self.b + moved[..., 1:]
        period = np.arange(len(self.hazards) + 1, LONGEST_LIFE)
        kept = np.cumprod((b + period - 1) / (a + b + period - 1), axis=-1)
        return np.concatenate([np.ones_like(kept[..., :1]), kept], axis=-1)


def fit_sbg(at_risk: Array, ends: Array) -> Sbg:
    """Fit a shifted-beta-geometric curve to counts by maximum likelihood.

    Parameters
    ----------
    at_risk : array of int, shape (K,)
        Customers at risk in period 1..K. Late entries and customers still there at the end are
        handled by counting them only in the periods in which they were watched.
    ends : array of int, shape (K,)
        Of those, customers who left in the period.

    Raises
    ------
    ModelError
        With fewer than four periods, nobody leaving, or hazards that do not fall with tenure.
    """
    at_risk, ends = np.asarray(at_risk, dtype=float), np.asarray(ends, dtype=float)
    if len(at_risk) < FEWEST_PERIODS or ends.sum() == 0:
        raise ModelError(
            say(
                "A curve of customers who grow ever more loyal needs at least {least} periods and somebody "
                "who left; there are {periods} periods and {ends} ends.",
                least=count(FEWEST_PERIODS),
                periods=count(len(at_risk)),
                ends=count(int(ends.sum())),
            )
        )
    a, b = _newton(_near_best(at_risk, ends), at_risk, ends)
    likelihood, _, curvature = _sbg_likelihood((a, b), at_risk, ends)
    period = np.arange(1, len(at_risk) + 1)
    pull = np.vstack([at_risk / a, -at_risk / (b + period - 1)])
    return Sbg(float(a), float(b), float(likelihood), ends / at_risk, -np.linalg.solve(curvature, pull))


def _near_best(at_risk: Array, ends: Array) -> Array:
    """Return parameters next to the most likely ones."""
    best = minimize(
        lambda logs: -_sbg_likelihood(np.exp(logs), at_risk, ends)[0],
        x0=np.zeros(2),
        jac=lambda logs: -_sbg_likelihood(np.exp(logs), at_risk, ends)[1] * np.exp(logs),
        bounds=[(-12, 14)] * 2,
        method="L-BFGS-B",
    ).x
    if np.any(best > 13):
        raise ModelError(
            say("Leaving does not become rarer with tenure, so no curve of ever more loyal customers fits.")
        )
    return np.exp(best)


def _newton(start: Array, at_risk: Array, ends: Array) -> Array:
    """Return the maximum to rounding, from a point next to it."""
    point = np.asarray(start)
    for _ in range(50):
        _, slope, curvature = _sbg_likelihood(point, at_risk, ends)
        step = np.linalg.solve(curvature, slope)
        point = point - step
        # Newton squares its error: after a step of 1e-9 nothing but rounding is left to gain, and on a flat
        # ridge (a curvature conditioned like 1e6) rounding alone moves the point by 1e-12 for ever.
        # Where leaving is equally rare at every tenure the likelihood is a ridge that leads out of the model.
        if not np.all(np.isfinite(point)) or np.any(point <= 0):
            break
        if np.max(np.abs(step) / point) < 1e-9:
            return point
    raise ModelError(say("The curve of ever more loyal customers could not be fitted: it did not settle."))


def _sbg_likelihood(point: Array, at_risk: Array, ends: Array) -> tuple[float, Array, Array]:
    """Return log-likelihood, gradient and Hessian in (a, b)."""
    a, b = point
    stays = at_risk - ends
    lower = b + np.arange(len(at_risk))
    upper = a + lower
    value = ends.sum() * np.log(a) + stays @ np.log(lower) - at_risk @ np.log(upper)
    shared, curved = at_risk @ (1 / upper), at_risk @ (1 / upper**2)
    slope = np.array([ends.sum() / a - shared, stays @ (1 / lower) - shared])
    curvature = np.array(
        [[-ends.sum() / a**2 + curved, curved], [curved, -(stays @ (1 / lower**2)) + curved]]
    )
    return value, slope, curvature


def sbg_survival(a: float, b: float, periods: Array) -> Array:
    """Return the share of customers kept to the end of each period (1, 2, ...)."""
    longest = np.arange(1, np.max(periods) + 1)
    kept = np.cumprod((b + longest - 1) / (a + b + longest - 1))
    return kept[np.asarray(periods) - 1]


def expected_renewals(a: float, b: float, *, rate: float, renewals: int | None = None) -> float:
    """Return the discounted expected number of periods a customer pays for, at the period's start.

    Parameters
    ----------
    a, b : float
        Shifted-beta-geometric parameters.
    rate : float
        Discount rate per period.
    renewals : int, optional
        Of a customer who is about to renew for the ``renewals``-th time (DERL); None: of a new
        customer, who pays for the first period at once (DEL).

    Notes
    -----
    Fader and Hardie (2010), Customer-base valuation in a contractual setting.
    """
    step = 1 / (1 + rate)
    if renewals is None:
        return float(hyp2f1(1, b, a + b, step))
    kept = (b + renewals - 1) / (a + b + renewals - 1)
    return float(kept * hyp2f1(1, b + renewals, a + b + renewals, step))


# --- the arithmetic behind "5 % more retention" ----------------------------------------------------

PUBLISHED_MARGINS = (30.0, 42.0, 44.0, 49.0, 55.0)
PUBLISHED_COST = 51.0


def reichheld_value(
    defection: float, *, rate: float, lives: Literal["deterministic", "geometric"] = "geometric"
) -> float:
    """Return the value of one newly won credit-card customer as published in 1990, in dollars.

    Margins of 30, 42, 44, 49 and then 55 dollars a year, paid at the end of the year, 51 dollars to
    win the customer.

    Parameters
    ----------
    defection : float
        Share of customers leaving in a year.
    rate : float
        Discount rate a year. The published one is not known; 6 % comes within 2 %.
    lives : {"deterministic", "geometric"}
        Every customer stays exactly ``1 / defection`` years, as the authors describe it; or lives differ
        as they do when each year the same share leaves.
    """
    step = 1 / (1 + rate)
    if lives == "deterministic":
        year = np.arange(1, round(1 / defection) + 1)
        margins = np.array(PUBLISHED_MARGINS)[np.minimum(year, 5) - 1]
        return float(margins @ step**year - PUBLISHED_COST)
    kept = (1 - defection) * step
    year = np.arange(5)
    first = np.array(PUBLISHED_MARGINS) @ kept**year
    return float(step * (first + PUBLISHED_MARGINS[-1] * kept**5 / (1 - kept)) - PUBLISHED_COST)


def reichheld_profit(defection: float) -> float:
    """Return the yearly profit per customer of a base of constant size, with the margins of 1990."""
    kept = 1 - defection
    first = np.array(PUBLISHED_MARGINS) @ kept ** np.arange(5)
    total = first + PUBLISHED_MARGINS[-1] * kept**5 / defection
    return float((total - PUBLISHED_COST) * defection)


def margin_multiple(kept: float, rate: float) -> float:
    """Return value over yearly margin for constant margin and retention, ``r / (1 + i - r)``.

    Gupta, Lehmann and Stuart (2004), Valuing customers.
    """
    return kept / (1 + rate - kept)


def margin_elasticity(kept: float, rate: float) -> float:
    """Return by how many percent that multiple rises when retention rises by one percent."""
    return (1 + rate) / (1 + rate - kept)
