"""Cells: customer-months with the same covariates counted together, and the models fitted to them.

With discrete covariates a binomial likelihood depends on the customer-months only through the
number of months and of events per covariate pattern. Coefficients, standard errors and likelihood
differences are those of the rows; the cost hardly grows with the number of customers. Three sparse
matrices, free of any coefficient, carry what the customer-clustered variance needs.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from cxlib.errors import ModelError
from cxlib.language import count, listing, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CellFit",
    "Cells",
    "CustomerSums",
    "Factor",
    "cells_from_rows",
    "cluster_covariance",
    "design_matrix",
    "factors_of",
    "fit_cells",
    "hazard",
    "joint_test",
    "slope",
]

LINKS = ("logit", "cloglog")
LARGEST = 10.0
LARGEST_PREDICTOR = 3.5
INTERCEPT = "intercept"


@dataclass(frozen=True, eq=False)
class CustomerSums:
    """Sums over customers of products of their cell counts; square sparse matrices over the cells.

    Attributes
    ----------
    events_events : sparse matrix
        Sum of events x events (A = Y'Y; diagonal when a customer has at most one event).
    months_events : sparse matrix
        Sum of months x events (B = N'Y).
    months_months : sparse matrix
        Sum of months x months (D = N'N).
    customers : int
        Customers with at least one month in any cell.
    """

    events_events: sparse.csr_array
    months_events: sparse.csr_array
    months_months: sparse.csr_array
    customers: int

    @classmethod
    def of(cls, months: sparse.csr_array, events: sparse.csr_array) -> CustomerSums:
        """Return the sums of customer x cell counts of months and of events."""
        rows = np.diff(months.indptr) > 0
        return cls(
            sparse.csr_array(events.T @ events),
            sparse.csr_array(months.T @ events),
            sparse.csr_array(months.T @ months),
            int(rows.sum()),
        )

    def __add__(self, other: CustomerSums) -> CustomerSums:
        return CustomerSums(
            self.events_events + other.events_events,
            self.months_events + other.months_events,
            self.months_months + other.months_months,
            self.customers + other.customers,
        )

    def at(self, cells: np.ndarray) -> CustomerSums:
        """Return the sums over some cells only (positions in the full list)."""
        parts = (self.events_events, self.months_events, self.months_months)
        return CustomerSums(*(sparse.csr_array(m[cells][:, cells]) for m in parts), self.customers)


@dataclass(frozen=True, eq=False)
class Factor:
    """One covariate with levels.

    Attributes
    ----------
    places : ndarray of int
        Place of each entry's level.
    levels : tuple of str
        The first level in use is the reference.
    """

    places: np.ndarray
    levels: tuple[str, ...]

    def __getitem__(self, chosen: np.ndarray) -> Factor:
        return Factor(self.places[chosen], self.levels)

    @property
    def used(self) -> list[int]:
        """Places of the levels that occur, in order."""
        return [int(place) for place in np.unique(self.places)]

    @property
    def values(self) -> np.ndarray:
        """Level of each entry as text."""
        return np.asarray(self.levels, dtype=object)[self.places]


Factors = Mapping[str, Factor | np.ndarray]


def factors_of(frame: pd.DataFrame) -> dict[str, Factor | np.ndarray]:
    """Return the columns of a frame as covariates: numbers as they are, anything else as factors.

    A categorical keeps the order of its categories, other values are sorted.
    """
    factors: dict[str, Factor | np.ndarray] = {}
    for name, column in frame.items():
        if column.dtype.kind in "iuf":
            factors[name] = column.to_numpy(dtype=float)
            continue
        column = column.astype("category")
        factors[name] = Factor(column.cat.codes.to_numpy(), tuple(map(str, column.cat.categories)))
    return factors


@dataclass(frozen=True, eq=False)
class Cells:
    """Covariate patterns with their months at risk and events.

    Attributes
    ----------
    factors : mapping of str to Factor or ndarray
        Covariates by name, one entry per cell; numbers enter models as they are.
    months : ndarray of float, shape (n_cells,)
        Customer-months at risk.
    events : ndarray of float, shape (n_cells,)
        Months that ended with the event, 0 to `months`.
    sums : CustomerSums, optional
        What a customer-clustered variance needs, in the order of the cells.
    """

    factors: Factors
    months: np.ndarray
    events: np.ndarray
    sums: CustomerSums | None = None

    def where(self, keep: np.ndarray) -> Cells:
        """Return the cells for which `keep` (bool, one per cell) is true."""
        sums = None if self.sums is None else self.sums.at(np.flatnonzero(keep))
        factors = {name: factor[keep] for name, factor in self.factors.items()}
        return Cells(factors, self.months[keep], self.events[keep], sums)

    def frame(self) -> pd.DataFrame:
        """Return the cells as a frame: covariates, ``months``, ``events``."""
        import pandas as pd

        columns = {
            name: pd.Categorical.from_codes(factor.places, factor.levels)
            if isinstance(factor, Factor)
            else factor
            for name, factor in self.factors.items()
        }
        return pd.DataFrame(columns | {"months": self.months, "events": self.events})

    def totals(self, factor: str) -> pd.DataFrame:
        """Return ``months`` at risk and ``events`` per level of one factor, in the order of its levels."""
        return self.frame().groupby(factor, observed=True)[["months", "events"]].sum()

    def merged(self, factor: str, *, least: int) -> tuple[Cells, dict[str, str]]:
        """Join neighbouring levels of an ordered factor until each has `least` events.

        Returns the cells and a mapping of each level to the one it now belongs to; what is left at
        the upper end joins the level before it.
        """
        column = self.factors[factor]
        events = np.bincount(column.places, self.events, minlength=len(column.levels))
        groups: list[list[int]] = [[]]
        for place in column.used:
            if groups[-1] and events[groups[-1]].sum() >= least:
                groups.append([])
            groups[-1].append(place)
        if len(groups) > 1 and events[groups[-1]].sum() < least:
            last = groups.pop()
            groups[-1] += last
        first = {place: group[0] for group in groups for place in group}
        places = np.array([first.get(place, place) for place in range(len(column.levels))])
        joined = Factor(places[column.places], column.levels)
        names = {column.levels[place]: column.levels[to] for place, to in first.items()}
        return replace(self, factors={**self.factors, factor: joined}), names


@dataclass(frozen=True, eq=False)
class CellFit:
    """A binomial model fitted to cells.

    Attributes
    ----------
    names : tuple of str
        Coefficients in order; a factor's are ``factor[level]``, its first level is the reference.
    coefficients : ndarray, shape (n,)
        On the scale of the link: log hazard ratios (cloglog) or log odds ratios (logit).
    covariance : ndarray, shape (n, n)
        Customer-clustered where the cells carry the sums for it, else model-based.
    model_covariance : ndarray, shape (n, n)
        Inverse observed information.
    link : {"logit", "cloglog"}
    months, events : float
        Totals used.
    fit : GLMResults
        The untouched statsmodels results on the cells.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    model_covariance: np.ndarray
    link: str
    months: float
    events: float
    fit: Any = field(default=None, repr=False)

    @property
    def errors(self) -> np.ndarray:
        """Standard errors, clustered where possible."""
        return np.sqrt(np.diag(self.covariance))

    def position(self, name: str) -> int:
        """Return the place of a coefficient, or raise ValueError naming those there are."""
        if name not in self.names:
            raise ValueError(f"The model has no coefficient {name!r}; it has {list(self.names)}.")
        return self.names.index(name)


def cells_from_rows(
    rows: pd.DataFrame, factors: Sequence[str], *, event: str, customer: str | None = None
) -> Cells:
    """Count rows that one has already (a month at risk each) into cells.

    Parameters
    ----------
    rows : DataFrame
        One row is one month of one customer at risk.
    factors : sequence of str
        Columns that make the covariate pattern; numbers are kept as numbers.
    event : str
        Column with 1 where the month ended with the event, else 0.
    customer : str, optional
        Column of the customer, for the clustered variance.
    """
    grouped = rows.groupby(list(factors), sort=True, observed=True, dropna=False)
    cell = grouped.ngroup().to_numpy()
    patterns = grouped.size().index.to_frame(index=False)
    size = len(patterns)
    happened = rows[event].to_numpy(dtype=float)
    sums = None
    if customer is not None:
        known, who = np.unique(rows[customer].to_numpy(), return_inverse=True)
        shape = (len(known), size)
        months = sparse.csr_array((np.ones(len(rows)), (who, cell)), shape=shape)
        events = sparse.csr_array((happened, (who, cell)), shape=shape)
        sums = CustomerSums.of(months, events)
    return Cells(
        factors_of(patterns),
        np.bincount(cell, minlength=size).astype(float),
        np.bincount(cell, weights=happened, minlength=size),
        sums,
    )


def design_matrix(factors: Factors, terms: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Return names and columns: intercept, numbers as they are, a dummy per level but the first in use.

    Parameters
    ----------
    factors : mapping of str to Factor or ndarray
    terms : sequence of str
        Covariates to take, in order; a factor with one level in use gives no column.
    """
    columns: dict[str, np.ndarray] = {}
    for term in terms:
        factor = factors[term]
        if isinstance(factor, np.ndarray):
            columns[term] = factor
            continue
        for place in factor.used[1:]:
            columns[f"{term}[{factor.levels[place]}]"] = (factor.places == place).astype(float)
    first = next(iter(factors.values()))
    size = len(first.places if isinstance(first, Factor) else first)
    return (INTERCEPT, *columns), np.column_stack([np.ones(size), *columns.values()])


def fit_cells(cells: Cells, terms: Sequence[str] | None = None, *, link: str = "cloglog") -> CellFit:
    """Fit a discrete-time hazard to cells.

    With ``cloglog`` an exponentiated coefficient is the hazard ratio of the grouped-time
    proportional hazards model, with ``logit`` an odds ratio.

    Parameters
    ----------
    cells : Cells
    terms : sequence of str, optional
        Columns of ``cells.factors`` to control; default all of them.
    link : {"cloglog", "logit"}

    Returns
    -------
    CellFit

    Raises
    ------
    ValueError
        For an unknown link.
    ModelError
        If there is nothing to fit, covariates repeat each other, the model does not settle, or a
        level has no events or nothing but events.
    """
    if link not in LINKS:
        raise ValueError(f"Link {link!r} is not known; choose one of {', '.join(LINKS)}.")
    cells = cells.where(cells.months > 0)
    if not 0 < cells.events.sum() < cells.months.sum():
        raise ModelError(
            say(
                "Nothing to fit: {events} events in {months} months at risk.",
                events=count(int(cells.events.sum())),
                months=count(int(cells.months.sum())),
            )
        )
    names, design = design_matrix(cells.factors, list(cells.factors) if terms is None else terms)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ModelError(
            say("Covariates repeat each other among {names}; leave one out.", names=listing(names))
        )
    fit = _settled(cells, design, link)
    coefficients, mean = np.asarray(fit.params), np.asarray(fit.fittedvalues)
    _refuse_separation(names, coefficients, np.asarray(fit.bse))
    bread = np.linalg.inv(_information(cells, design, mean, link))
    clustered = bread if cells.sums is None else _sandwich(cells, design, mean, bread, link)
    months, events = float(cells.months.sum()), float(cells.events.sum())
    return CellFit(names, coefficients, clustered, bread, link, months, events, fit)


def _settled(cells: Cells, design: np.ndarray, link: str) -> Any:
    """Fit with statsmodels; what warns or does not settle is an error, not a number."""
    from statsmodels.genmod.families import Binomial, links
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import ModelWarning, PerfectSeparationWarning

    # A family object keeps the counts of its last model, so each model gets its own.
    family = Binomial({"logit": links.Logit, "cloglog": links.CLogLog}[link]())
    outcome = np.column_stack([cells.events, cells.months - cells.events])
    # A model with as many coefficients as cells meets every cell and has no residual degrees of freedom;
    # that is no separation. Coefficients on their way to infinity are refused by the caller.
    with warnings.catch_warnings(), np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        warnings.simplefilter("error", ModelWarning)
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        try:
            return GLM(outcome, design, family=family).fit(maxiter=100, tol=1e-10, tol_criterion="params")
        except (ModelWarning, np.linalg.LinAlgError) as problem:
            raise ModelError(
                say(
                    "The model did not settle on {events} events; look for a level in which everyone, or no "
                    "one, left.",
                    events=count(int(cells.events.sum())),
                )
            ) from problem


def _refuse_separation(names: Sequence[str], coefficients: np.ndarray, errors: np.ndarray) -> None:
    large = [
        name
        for name, value, error in zip(names, coefficients, errors, strict=True)
        if name.endswith("]") and not (abs(value) < LARGEST and error < LARGEST)
    ]
    if large:
        raise ModelError(
            say(
                "No estimate for {levels}: everyone or no one left at these levels. Merge them with another.",
                levels=listing(large),
            )
        )


def hazard(predictor: np.ndarray, link: str) -> np.ndarray:
    """Return the probability of the event in a month from the linear predictor."""
    if link == "logit":
        return 1 / (1 + np.exp(-predictor))
    return -np.expm1(-np.exp(np.minimum(predictor, LARGEST_PREDICTOR)))


def slope(chance: np.ndarray, link: str) -> np.ndarray:
    """Return the derivative of :func:`hazard` by the linear predictor, from the probability itself."""
    if link == "logit":
        return chance * (1 - chance)
    return -np.log1p(-chance) * (1 - chance)


def _information(cells: Cells, design: np.ndarray, mean: np.ndarray, link: str) -> np.ndarray:
    """Return the observed information (statsmodels' bread; equal to the expected one for logit)."""
    if link == "logit":
        weight = cells.months * mean * (1 - mean)
    else:
        rate = -np.log1p(-mean)
        weight = rate * (cells.months - cells.events / mean + cells.events * rate * (1 - mean) / mean**2)
    return design.T @ (weight[:, None] * design)


def _weight(chance: np.ndarray, link: str) -> np.ndarray:
    """Return the derivative of the mean by the linear predictor over the variance; 1 for logit."""
    return slope(chance, link) / (chance * (1 - chance))


def _sandwich(cells: Cells, design: np.ndarray, mean: np.ndarray, bread: np.ndarray, link: str) -> np.ndarray:
    weight, months = _weight(mean, link), float(cells.months.sum())
    return cluster_covariance(design, mean, weight, cells.sums, bread=bread, months=months)


def cluster_covariance(
    design: np.ndarray,
    mean: np.ndarray,
    weight: np.ndarray,
    sums: CustomerSums,
    *,
    bread: np.ndarray,
    months: float,
) -> np.ndarray:
    """Return the customer-clustered covariance from sums over customers, exactly as from rows.

    The score of a customer is the sum over cells of ``x w (events - months * mean)``; the sum of
    its outer products needs only the three matrices of :class:`CustomerSums`.

    Parameters
    ----------
    design : ndarray, shape (n_cells, n)
    mean : ndarray, shape (n_cells,)
        Fitted hazards.
    weight : ndarray, shape (n_cells,)
        Derivative of the mean by the linear predictor over the variance; 1 for logit.
    sums : CustomerSums
    bread : ndarray, shape (n, n)
        Inverse observed information.
    months : float
        Customer-months, for the correction G/(G-1) x (months-1)/(months-n).
    """
    scaled = design * weight[:, None]
    expected = scaled * mean[:, None]
    cross = scaled.T @ (sums.months_events.T @ expected)
    meat = scaled.T @ (sums.events_events @ scaled) - cross - cross.T
    meat += expected.T @ (sums.months_months @ expected)
    clusters, size = sums.customers, design.shape[1]
    correction = clusters / (clusters - 1) * (months - 1) / (months - size)
    return correction * bread @ meat @ bread


def joint_test(fit: CellFit, names: Sequence[str]) -> tuple[float, int, float]:
    """Test that several coefficients are all zero (Wald): chi-square, degrees of freedom, p value."""
    from scipy.special import chdtrc

    places = [fit.position(name) for name in names]
    values = fit.coefficients[places]
    statistic = float(values @ np.linalg.solve(fit.covariance[np.ix_(places, places)], values))
    return statistic, len(places), float(chdtrc(len(places), statistic))
