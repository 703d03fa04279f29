"""Margins and leaving by month of tenure, counted in the engine, and standard errors of what follows.

Only sums leave the engine: one row per tenure month, and for the errors a small matrix of sums over
customers. One customer feeds up to as many tenure months as the window is long, so months are not
independent; the customer influence function takes that into account without a bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib.language import Message, count, say
from cxlib.stats.value import Curve, gradient

__all__ = [
    "BUCKET",
    "MINIMUM_AT_RISK",
    "SHORTEST",
    "Tenure",
    "buckets",
    "count_tenure",
    "joint_errors",
    "read_sql",
]

MINIMUM_AT_RISK = 30
SHORTEST = 12
BUCKET = 250_000
PRECISION = 1e-9


@dataclass(frozen=True, eq=False)
class Tenure:
    """Customers at risk, leaving and earning by month of tenure.

    Attributes
    ----------
    months : DataFrame
        One row is one tenure month 1, 2, ..., the longest with enough customers; columns ``tenure``,
        ``at_risk`` (customers), ``ends`` (of those, left in it), ``margin`` and ``squares`` (sum and
        sum of squares of their margins; money).
    length : int
        Tenure months that values count (K), at most the horizon of dataset.yaml.
    first_no, last_no : int
        Window: calendar months with billing, 12 x year + month.
    customers : int
        Customers at risk in at least one month of the window.
    acquisition_cost : float
        Cost of winning a customer that values take off; money.
    acquisition_known : int
        Customers won in the window whose cost its mean rests on; 0 where it was given or is not known.
    acquisition : {"given", "measured", "missing"}
    left_out : float
        Share of the billed margin outside months at risk (start months, after the end), 0-1.
    """

    months: pd.DataFrame
    length: int
    first_no: int
    last_no: int
    customers: int
    acquisition_cost: float
    acquisition_known: int
    acquisition: str
    left_out: float

    @property
    def observed(self) -> int:
        """Longest tenure month with enough customers."""
        return len(self.months)

    @property
    def window(self) -> int:
        """Calendar months watched."""
        return self.last_no - self.first_no + 1

    @property
    def curve(self) -> Curve:
        """Hazards and margins of the first K months, and the cost of winning a customer."""
        counted = self.months.head(self.length)
        at_risk = counted["at_risk"].to_numpy(float)
        return Curve(
            counted["ends"].to_numpy(float) / at_risk,
            counted["margin"].to_numpy() / at_risk,
            self.acquisition_cost,
        )


def read_sql(name: str) -> str:
    """Return the text of a query that stands beside this module."""
    return resources.files("cxlib.chapters.profit").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def count_tenure(ds: Any) -> Tenure | Message:
    """Count a dataset's customers and margins by tenure month, or say why it cannot be done.

    Parameters
    ----------
    ds : Dataset

    Returns
    -------
    Tenure, or the reason as a Message
    """
    if not {"customers", "billing"} <= ds.tables or not ds.has("customers", "start_date"):
        return say("Money needs the start dates of customers and their billing by month.")
    span = ds.sql("select min(month_no) as first_no, max(month_no) as last_no from billing").iloc[0]
    if pd.isna(span.first_no):
        return say("The table of billing has no row up to this month.")
    first, last = max(ds.first_month_no, int(span.first_no)), min(ds.month_no, int(span.last_no))
    lives = _remembered(ds, "lives", first=first, last=last)
    margins = _remembered(ds, "margins", first=first, last=last)
    months = _by_tenure(lives, margins[margins.at_risk])
    if len(months) < SHORTEST:
        return say(
            "Value by tenure needs at least {least} customers at risk in each of the first {months} months "
            "of tenure; the data reach {found} months.",
            least=count(MINIMUM_AT_RISK),
            months=count(SHORTEST),
            found=count(len(months)),
        )
    cost, known, source = _acquisition(ds.money.acquisition_cost, lives)
    outside = margins.margin[~margins.at_risk].abs().sum() / max(margins.margin.abs().sum(), 1e-9)
    watched = int(lives.customers[lives.leave >= lives.entry].sum())
    length = min(ds.money.horizon_months, len(months))
    return Tenure(months, length, first, last, watched, cost, known, source, float(outside))


def remember(ds: Any, what: str, build: Callable[[], pa.Table]) -> pd.DataFrame:
    """Return ``build()`` as a frame, kept with the dataset until its data or this code change."""
    return ds.remember(f"profit.{what}", build).to_pandas()


def _remembered(ds: Any, query: str, **parameters: int) -> pd.DataFrame:
    return remember(ds, query, lambda: ds.arrow(read_sql(query), **parameters))


def _by_tenure(lives: pd.DataFrame, margins: pd.DataFrame) -> pd.DataFrame:
    """Return one row per tenure month from 1 on, up to the first with too few customers at risk."""
    lives = lives[lives.leave >= lives.entry]
    longest = int(lives.leave.max()) if len(lives) else 0
    tenure = np.arange(1, longest + 1)
    came = np.bincount(lives.entry, lives.customers, longest + 2)
    went = np.bincount(lives.leave + 1, lives.customers, longest + 2)
    ended = lives.dropna(subset="ended")
    months = pd.DataFrame(
        {
            "tenure": tenure,
            "at_risk": np.cumsum(came - went)[tenure].astype(int),
            "ends": np.bincount(ended.ended.astype(int), ended.customers, longest + 1)[tenure].astype(int),
        }
    )
    sums = margins.set_index("tenure")[["margin", "squares"]].reindex(tenure, fill_value=0.0)
    months[["margin", "squares"]] = sums.to_numpy(float)
    few = np.flatnonzero(months.at_risk < MINIMUM_AT_RISK)
    return months.head(few[0]) if len(few) else months


def _acquisition(given: float | None, lives: pd.DataFrame) -> tuple[float, int, str]:
    """Return the cost of winning a customer, how many it rests on, and where it comes from."""
    known = int(lives.costs.sum())
    if given is not None:
        return float(given), 0, "given"
    if known == 0:
        return 0.0, 0, "missing"
    return float(lives.cost.sum() / known), known, "measured"


def joint_errors(
    ds: Any, tenure: Tenure, functionals: Sequence[Callable[[Curve], Any]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return values and standard errors of functions of hazards, margins and acquisition cost.

    The influence of customer i on F is ``sum_k R_ik [dF/dm_k (x_ik - m_k) + dF/dh_k (D_ik - h_k)] / n_k``,
    with R_ik: at risk in tenure month k, x_ik: margin, D_ik: left; plus ``dF/dA (a_i - A) / n_A`` where A
    is the mean of n_A known costs. Its squares, summed over customers, are the variance of F.

    Parameters
    ----------
    functionals : sequence of callables
        Each takes a Curve of K months and returns a number; see :func:`cxlib.stats.value.gradient`.

    Returns
    -------
    values, errors : ndarray, shape (len(functionals),)
    """
    curve = tenure.curve
    values = np.array([float(np.real(functional(curve))) for functional in functionals])
    weights = np.stack([_weights(gradient(functional, curve), tenure) for functional in functionals])
    factors, basis = _compressed(weights, _scale(tenure))
    products = _products(ds, tenure, basis)
    variance = np.einsum("fi,ij,fj->f", factors, products, factors)
    return values, np.sqrt(np.maximum(variance, 0))


def _weights(slopes: Curve, tenure: Tenure) -> np.ndarray:
    """Return dF/dm_k / n_k, dF/dh_k / n_k and dF/dA / n_A in one row, shape (2 K + 1,)."""
    at_risk = tenure.months["at_risk"].to_numpy(float)[: tenure.length]
    cost = slopes.acquisition_cost / tenure.acquisition_known if tenure.acquisition_known else 0.0
    return np.concatenate([slopes.margins / at_risk, slopes.hazards / at_risk, [cost]])


def _scale(tenure: Tenure) -> np.ndarray:
    """Return the rough size of what each weight is multiplied by, shape (2 K + 1,)."""
    counted = tenure.months.head(tenure.length)
    margins, ends = np.sqrt(counted.squares.to_numpy() + 1), np.sqrt(counted.ends.to_numpy(float) + 1)
    cost = tenure.acquisition_cost * np.sqrt(tenure.acquisition_known) + 1
    return np.concatenate([margins, ends, [cost]])


def _compressed(weights: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return factors and a small basis with ``weights = factors @ basis`` to about nine digits.

    Dozens of functionals (discount rates, tails, readings) differ little in how they weigh tenure
    months; the engine then needs to add up only a dozen weighted sums per customer.
    """
    scaled = weights * scale
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    norms[norms == 0] = 1
    left, sizes, right = np.linalg.svd(scaled / norms, full_matrices=False)
    keep = sizes > PRECISION * max(sizes[0], 1e-300)
    keep[0] = True
    return norms * left[:, keep] * sizes[keep], right[keep] / scale


def _products(ds: Any, tenure: Tenure, basis: np.ndarray) -> np.ndarray:
    """Return sums over customers of products of their influences, shape (len(basis), len(basis))."""
    upper = np.triu_indices(len(basis))
    query, parameters = _influence_query(tenure, basis)
    total = np.zeros(len(upper[0]))
    for low in buckets(ds):
        sums: pa.Table = ds.arrow(query, low=low, high=low + BUCKET, **parameters)
        total += np.array([column[0].as_py() or 0.0 for column in sums.columns])
    products = np.zeros((len(basis), len(basis)))
    products[upper] = total
    return products + np.triu(products, 1).T


def buckets(ds: Any) -> range:
    """Return the first customer number of each bucket of customers."""
    highest = ds.sql("select coalesce(max(customer_no), 0) as highest from customers").highest[0]
    return range(0, int(highest) + 1, BUCKET)


def _influence_query(tenure: Tenure, basis: np.ndarray) -> tuple[str, dict[str, Any]]:
    """Return the query of influence.sql for the rows of `basis`, and its parameters."""
    length, curve = tenure.length, tenure.curve
    parameters: dict[str, Any] = {
        "tenure": list(range(length + 1)),
        "first": tenure.first_no,
        "last": tenure.last_no,
        "longest": length,
        "cost": tenure.acquisition_cost,
    }
    for j, row in enumerate(basis):
        margin, hazard = row[:length], row[length:-1]
        expected = np.cumsum(margin * curve.margins + hazard * curve.hazards)
        parameters |= {
            f"margin_{j}": [0.0, *margin.tolist()],
            f"hazard_{j}": [0.0, *hazard.tolist()],
            f"before_{j}": [0.0, *expected.tolist()],
            f"cost_{j}": float(row[-1]),
        }
    return read_sql("influence").format(**_terms(len(basis))), parameters


def _terms(size: int) -> dict[str, str]:
    """Return the terms of influence.sql that repeat for each of `size` functionals."""
    each = range(size)
    names = ("margin", "hazard", "before")
    influence = (
        "coalesce(e.earned_{j}, 0) + coalesce(g.hazard_{j}, 0) - (later.before_{j} - earlier.before_{j}) "
        "+ coalesce(l.cost - $cost, 0) * $cost_{j} as influence_{j}"
    )
    margin = "(b.revenue - coalesce(b.direct_cost, 0) - coalesce(b.service_cost, 0))"
    pairs = zip(*np.triu_indices(size), strict=True)
    return {
        "grid": ",\n".join(f"unnest(${name}_{j}) as {name}_{j}" for j in each for name in names),
        "earned": ",\n".join(f"sum({margin} * g.margin_{j}) as earned_{j}" for j in each),
        "influence": ",\n".join(influence.format(j=j) for j in each),
        "products": ",\n".join(f"sum(influence_{i} * influence_{j}) as product_{i}_{j}" for i, j in pairs),
    }
