"""Standard errors of what follows from hazards and margins by tenure, from sums in the engine.

One customer feeds up to as many tenure months as the window is long, so months are not independent;
the customer influence function takes that into account without a bootstrap. Only a small matrix of
sums over customers leaves the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from cxlib.chapters.profit.counts import Tenure, buckets
from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.stats.value import Curve, gradient

__all__ = ["joint_errors"]

PRECISION = 1e-9


def joint_errors(
    data: Dataset, tenure: Tenure, functionals: Iterable[Callable[[Curve], Any]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return values and standard errors of functions of hazards, margins and acquisition cost.

    The influence of customer i on F is ``sum_k R_ik [dF/dm_k (x_ik - m_k) + dF/dh_k (D_ik - h_k)] / n_k``,
    with R_ik: at risk in tenure month k (0: the start month, where nothing is earned), x_ik: margin,
    D_ik: left; plus ``dF/dA (a_i - A) / n_A`` where A
    is the mean of n_A known costs. Its squares, summed over customers, are the variance of F.

    Parameters
    ----------
    functionals : iterable of callables
        Each takes a Curve of K months and returns a number; see :func:`cxlib.stats.value.gradient`.

    Returns
    -------
    values, errors : ndarray, one for each functional
    """
    curve, functionals = tenure.curve, list(functionals)
    values = np.array([float(np.real(functional(curve))) for functional in functionals])
    weights = np.stack([_weights(gradient(functional, curve), tenure) for functional in functionals])
    factors, basis = _compressed(weights, _scale(tenure))
    products = _products(data, tenure, basis)
    variance = np.einsum("fi,ij,fj->f", factors, products, factors)
    return values, np.sqrt(np.maximum(variance, 0))


def _weights(slopes: Curve, tenure: Tenure) -> np.ndarray:
    """Return dF/dm_k / n_k, dF/dh_k / n_k and dF/dA / n_A in one row, shape (K + (K + 1) + 1,)."""
    cost = slopes.acquisition_cost / tenure.acquisition_known if tenure.acquisition_known else 0.0
    return np.concatenate([slopes.margins / tenure.at_risk[1:], slopes.hazards / tenure.at_risk, [cost]])


def _scale(tenure: Tenure) -> np.ndarray:
    """Return the rough size of what each weight is multiplied by, in the order of `_weights`."""
    margins = np.sqrt(tenure.counted.squares.to_numpy() + 1)
    ends = np.sqrt([tenure.left_at_once + 1, *(tenure.counted.ends + 1)])
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


def _products(data: Dataset, tenure: Tenure, basis: np.ndarray) -> np.ndarray:
    """Return sums over customers of products of their influences, shape (len(basis), len(basis))."""
    upper = np.triu_indices(len(basis))
    query, parameters = _influence_query(tenure, basis)
    total = np.zeros(len(upper[0]))
    for bucket in buckets(data):
        sums = data.arrow(query, **bucket, **parameters)
        total += np.array([column[0].as_py() or 0.0 for column in sums.columns])
    products = np.zeros((len(basis), len(basis)))
    products[upper] = total
    return products + np.triu(products, 1).T


def _influence_query(tenure: Tenure, basis: np.ndarray) -> tuple[str, dict[str, Any]]:
    """Return the query of influence.template.sql for the rows of `basis`, and its parameters."""
    length, curve = tenure.length, tenure.curve
    parameters: dict[str, Any] = {
        "tenure": list(range(-1, length + 1)),
        "first": tenure.first_no,
        "last": tenure.last_no,
        "longest": length,
        "cost": tenure.acquisition_cost,
    }
    for j, row in enumerate(basis):
        margin, hazard = np.array([0.0, *row[:length]]), row[length:-1]
        expected = np.cumsum(margin * np.array([0.0, *curve.margins]) + hazard * curve.hazards)
        parameters |= {
            f"margin_{j}": [0.0, *margin.tolist()],
            f"hazard_{j}": [0.0, *hazard.tolist()],
            f"before_{j}": [0.0, *expected.tolist()],
            f"cost_{j}": float(row[-1]),
        }
    return read_sql(__package__, "influence.template").format(**_terms(len(basis))), parameters


def _terms(size: int) -> dict[str, str]:
    """Return the terms of influence.template.sql that repeat for each of `size` functionals."""
    each = range(size)
    names = ("margin", "hazard", "before")
    influence = (
        "coalesce(e.earned_{j}, 0) + coalesce(g.hazard_{j}, 0) - (later.before_{j} - earlier.before_{j}) "
        "+ coalesce(l.cost - $cost, 0) * $cost_{j} AS influence_{j}"
    )
    margin = "(b.revenue - coalesce(b.direct_cost, 0) - coalesce(b.service_cost, 0))"
    pairs = zip(*np.triu_indices(size), strict=True)
    return {
        "grid": ",\n".join(f"unnest(${name}_{j}) AS {name}_{j}" for j in each for name in names),
        "earned": ",\n".join(f"sum({margin} * g.margin_{j}) AS earned_{j}" for j in each),
        "influence": ",\n".join(influence.format(j=j) for j in each),
        "products": ",\n".join(f"sum(influence_{i} * influence_{j}) AS product_{i}_{j}" for i, j in pairs),
    }
