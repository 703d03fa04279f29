"""Weights that make those who answered stand for all customers.

The weight of an answer is 1 / P(invited) x 1 / P(answers, invited). Both probabilities are logits
on what the company knows of everybody, fitted on cells: groups of customers who are alike in all
of it. What those who answer and those who stay silent do not share beyond that stays uncorrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlib.errors import ModelError
from cxlib.language import count, number, say

__all__ = ["Chances", "Weights", "design_effect", "merge_small_levels", "response_weights"]

LEAST_ANSWERS_OF_A_LEVEL = 10
MOST_TIMES_THE_MEDIAN = 10.0
TRIMMED_AT_TIMES_THE_MEDIAN = 5.0
SMALL_SHARE = 0.05
# Neither names a level nor its answers, which may be those of a few people.
_FEW_ANSWERS = say(
    "One group of customers gave fewer than {least} answers: weights would let a few people speak for many.",
    least=count(LEAST_ANSWERS_OF_A_LEVEL),
)
_UNEQUAL = say(
    "The largest weight is {ratio} times the median; above {most} times, weights would let a few people "
    "speak for many.",
    most=number(MOST_TIMES_THE_MEDIAN),
)


class Chances(NamedTuple):
    """The two logits that weights were estimated with, cell by cell.

    Attributes
    ----------
    design : ndarray, shape (n_cells, n_terms)
        Terms of both logits.
    active, invited, answered : ndarray, shape (n_cells,)
        Customers, those invited, those of them who answered.
    inviting, answering : ndarray, shape (n_cells,)
        Estimated chance of an invitation, and of an answer to one (0-1).
    is_free : ndarray of bool, shape (n_cells,)
        False where the weight was trimmed, so that it no longer moves with the chances.
    """

    design: np.ndarray
    active: np.ndarray
    invited: np.ndarray
    answered: np.ndarray
    inviting: np.ndarray
    answering: np.ndarray
    is_free: np.ndarray

    @property
    def silent(self) -> float:
        """Share (0-1) of all customers who would not answer if they were asked."""
        return float(1 - self.active @ self.answering / self.active.sum())


class Weights(NamedTuple):
    """Weight of one answer in each cell, how unequal the weights of all answers are, and their logits."""

    values: np.ndarray
    design_effect: float
    trimmed: int
    chances: Chances


def merge_small_levels(cells: pd.DataFrame, variables: Sequence[str]) -> pd.DataFrame:
    """Return the cells with rare levels joined to the most frequent one.

    A level joins when fewer than 10 people of it answered and it holds at most 5 % of the
    customers; larger ones stay, for :func:`response_weights` to refuse.

    Parameters
    ----------
    cells : DataFrame
        One row per cell: `variables`, and the counts ``active``, ``invited``, ``answered``, ...
    variables : sequence of str
        Columns with levels.
    """
    merged = cells.copy()
    for name in variables:
        levels = merged.groupby(name)[["active", "answered"]].sum()
        share = levels["active"] / levels["active"].sum()
        small = levels.index[(levels["answered"] < LEAST_ANSWERS_OF_A_LEVEL) & (share <= SMALL_SHARE)]
        merged[name] = merged[name].mask(merged[name].isin(small), levels["active"].idxmax())
    return merged.groupby(list(variables), as_index=False).sum() if variables else merged


def response_weights(cells: pd.DataFrame, variables: Sequence[str]) -> Weights:
    """Estimate the weight of one answer in each cell.

    Parameters
    ----------
    cells : DataFrame
        One row per cell: `variables` (levels), ``active`` (customers), ``invited`` of them, and
        ``answered`` of those invited.
    variables : sequence of str
        What inviting and answering may depend on; additive on the logit scale.

    Returns
    -------
    Weights
        ``values`` of shape (n_cells,), trimmed at five times their median over all answers.

    Raises
    ------
    ModelError
        If a level has fewer than 10 answers, or a weight is above ten times the median: then a few
        people would speak for many.
    """
    for name in variables:
        if (cells.groupby(name)["answered"].sum() < LEAST_ANSWERS_OF_A_LEVEL).any():
            raise ModelError(_FEW_ANSWERS)
    design = _design(cells, variables)
    answering = _probability(design, cells["answered"], cells["invited"])
    inviting = _probability(design, cells["invited"], cells["active"])
    people = [cells[name].to_numpy(dtype=float) for name in ("active", "invited", "answered")]
    weights = 1 / (answering * inviting)
    limit = _most(weights, people[2])
    is_free = weights <= limit
    weights, trimmed = np.minimum(weights, limit), int(people[2][~is_free].sum())
    chances = Chances(design, *people, inviting, answering, is_free)
    return Weights(weights, design_effect(weights, people[2]), trimmed, chances)


def _design(cells: pd.DataFrame, variables: Sequence[str]) -> np.ndarray:
    columns = [np.ones(len(cells))]
    for name in variables:
        columns += [
            (cells[name] == level).to_numpy(dtype=float) for level in sorted(cells[name].unique())[1:]
        ]
    return np.column_stack(columns)


def _probability(design: np.ndarray, successes: pd.Series, trials: pd.Series) -> np.ndarray:
    """Return the fitted probability of each cell; cells without trials get theirs from the others."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    successes, trials = (x.to_numpy(dtype=float) for x in (successes, trials))
    if (successes == trials).all():
        return np.ones(len(design))
    design = design[:, _independent(design[trials > 0])]
    outcome = np.repeat([1.0, 0.0], len(design))
    counts = np.concatenate([successes, trials - successes])
    fit = GLM(outcome, np.tile(design, (2, 1)), family=Binomial(), freq_weights=counts).fit()
    return np.asarray(fit.predict(design))


def _independent(design: np.ndarray) -> list[int]:
    """Return the columns that add to those before them: two variables may tell the same people apart."""
    kept: list[int] = []
    for place in range(design.shape[1]):
        if np.linalg.matrix_rank(design[:, [*kept, place]]) > len(kept):
            kept.append(place)
    return kept


def _most(weights: np.ndarray, answers: np.ndarray) -> float:
    """Return the weight at which larger ones are trimmed."""
    used = answers > 0
    middle = float(np.median(np.repeat(weights[used], answers[used].astype(int))))
    if weights[used].max() > MOST_TIMES_THE_MEDIAN * middle:
        raise ModelError(_UNEQUAL(ratio=number(weights[used].max() / middle, 1)))
    return TRIMMED_AT_TIMES_THE_MEDIAN * middle


def design_effect(weights: ArrayLike, counts: ArrayLike) -> float:
    """Return Kish's design effect n sum w^2 / (sum w)^2 of answers with these weights."""
    weights, counts = np.asarray(weights, dtype=float), np.asarray(counts, dtype=float)
    return float(counts.sum() * (counts @ weights**2) / (counts @ weights) ** 2)
