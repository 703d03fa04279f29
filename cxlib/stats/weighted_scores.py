"""Weighted net promoter scores, and how far they lie from the plain one, with their intervals.

Weights by the chance of an answer are estimated from the same people as the score. Holding them
fixed makes the interval of the score too wide and that of its distance from the plain score several
times too narrow, so scores and both logits are linearised together: the estimating equations are
stacked (Lunceford and Davidian 2004, Statistics in Medicine 23:2937-2960; Kim and Kim 2007, Canadian
Journal of Statistics 35:501-514). That is exact enough at the fewest answers that are weighted at
all and, unlike a bootstrap, takes no draws in which a level has no answers and the fit fails.

Where answers are (almost) all alike their own variance says nothing. Rocks (2016, The American
Statistician 70(4)) adds three answers, a quarter at either end, to an unweighted score; here they are
added to the effective number of answers, spread over the weights as the answers are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from cxlib.estimate import Estimate
from cxlib.stats.intervals import EXTRA_ANSWERS, EXTRA_AT_THE_ENDS
from cxlib.stats.weighting import Chances, design_effect

__all__ = ["FARTHEST_APART", "raw_less_weighted", "tipping_points", "weighted_score"]

POINTS = np.array([100.0, 0.0, -100.0])
FARTHEST_APART = 200.0
"""Points that two scores can lie apart at most."""
# What an answer more says, on average: a promoter, a passive, a detractor.
_EXTRA = np.array([EXTRA_AT_THE_ENDS, EXTRA_ANSWERS - 2 * EXTRA_AT_THE_ENDS, EXTRA_AT_THE_ENDS])


class _Answers(NamedTuple):
    """Answers by weight and class; weights of shape (n_rows,), counts of shape (n_rows, 3)."""

    counts: np.ndarray
    weights: np.ndarray

    @property
    def raw(self) -> float:
        return float((self.counts @ POINTS).sum() / self.counts.sum())

    @property
    def weight(self) -> float:
        return float(self.weights @ self.counts.sum(axis=1))

    @property
    def weighted(self) -> float:
        return float(self.weights @ (self.counts @ POINTS)) / self.weight

    def with_extra(self) -> _Answers:
        n = self.counts.sum(axis=1)
        extra = n / n.sum() * design_effect(self.weights, n)
        return self._replace(counts=self.counts + np.outer(extra, _EXTRA))


def _given(counts: ArrayLike, weights: ArrayLike) -> _Answers:
    answers = _Answers(np.asarray(counts, dtype=float), np.asarray(weights, dtype=float))
    if answers.counts.sum() <= 0 or not (answers.weights > 0).all():
        raise ValueError("A weighted score needs answers, and weights above zero.")
    return answers


def weighted_score(
    counts: ArrayLike, weights: ArrayLike, chances: Chances | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Return a weighted net promoter score in points.

    Parameters
    ----------
    counts : array_like of shape (n_rows, 3)
        Promoters, passives and detractors, one answer per person.
    weights : array_like of shape (n_rows,)
        Weight of one answer of each row, above zero.
    chances : Chances, optional
        What the weights were estimated with, one row per row of `counts`; without it they are taken
        as given, as a survey's own weights are.
    confidence : float
        Level of the interval, 0-1.

    Returns
    -------
    Estimate
        From -100 to 100. With equal given weights the adjusted Wald interval.

    Raises
    ------
    ValueError
        If there is no answer or a weight is not positive.
    """
    answers = _given(counts, weights)
    extended = answers.with_extra()
    error = _error(_of_weighted(extended, chances), extended, chances)
    half = float(norm.ppf(0.5 + confidence / 2)) * error
    value, centre = answers.weighted, extended.weighted
    return Estimate(value, min(value, max(-100.0, centre - half)), max(value, min(100.0, centre + half)))


def raw_less_weighted(
    counts: ArrayLike,
    weights: ArrayLike,
    chances: Chances | None = None,
    *,
    unweighted: ArrayLike = (0.0, 0.0, 0.0),
    confidence: float = 0.95,
) -> Estimate:
    """Return the net promoter score as answered less the weighted one, in points.

    Parameters
    ----------
    counts, weights, chances, confidence
        As in :func:`weighted_score`.
    unweighted : array_like of shape (3,)
        Answers that count in the score as answered alone, e.g. of people who have left since.

    Returns
    -------
    Estimate
        All zero where every answer has the same given weight: then both are one score.

    Raises
    ------
    ValueError
        If there is no answer or a weight is not positive.
    """
    answers, others = _given(counts, weights), np.asarray(unweighted, dtype=float)
    n = answers.counts.sum() + others.sum()
    value = float((answers.counts.sum(axis=0) + others) @ POINTS / n) - answers.weighted
    extended = answers.with_extra()
    n += extended.counts.sum() - answers.counts.sum()
    raw = float((extended.counts.sum(axis=0) + others) @ POINTS / n)
    influence = -_of_weighted(extended, chances)
    influence[:, :3] += (POINTS - raw) / n
    error = np.hypot(_error(influence, extended, chances), np.sqrt(others @ ((POINTS - raw) / n) ** 2))
    half = float(norm.ppf(0.5 + confidence / 2) * error)
    return Estimate(value, value - half, value + half)


def _of_weighted(answers: _Answers, chances: Chances | None) -> np.ndarray:
    """Return what one person moves the weighted score by.

    Shape (n_rows, 5): promoters, passives, detractors, invited people who kept silent, and people who
    were not invited.
    """
    influence = np.zeros((len(answers.weights), 5))
    residuals = answers.weights[:, None] * (POINTS - answers.weighted) / answers.weight
    influence[:, :3] = residuals
    if chances is None:
        return influence
    pull = (answers.counts * residuals).sum(axis=1) * chances.is_free
    inviting, answering = chances.inviting, chances.answering
    by_inviting = _through(chances.design, pull, chances.active, inviting)
    by_answering = _through(chances.design, pull, chances.invited, answering)
    influence[:, :4] -= (by_inviting * (1 - inviting))[:, None]
    influence[:, :3] -= (by_answering * (1 - answering))[:, None]
    influence[:, 3] += by_answering * answering
    influence[:, 4] += by_inviting * inviting
    return influence


def _through(design: np.ndarray, pull: np.ndarray, trials: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return how the score follows one success more than expected in each cell, through its logit."""
    information = (design * (trials * chance * (1 - chance))[:, None]).T @ design
    return design @ (np.linalg.pinv(information, hermitian=True) @ (design.T @ (pull * (1 - chance))))


def _error(influence: np.ndarray, answers: _Answers, chances: Chances | None) -> float:
    people = np.zeros_like(influence)
    people[:, :3] = answers.counts
    if chances is not None:
        people[:, 3] = chances.invited - chances.answered
        people[:, 4] = chances.active - chances.invited
    return float(np.sqrt((people * influence**2).sum()))


def tipping_points(difference: Estimate, silent: float) -> Estimate:
    """Return by how much the silent must differ from people alike who answered for a difference to vanish.

    Were the score of those who keep silent d points above that of people alike who answered, the score
    of all would lie `silent` times d above the weighted one. So what lies `difference` above the
    weighted score is reached at ``difference / silent``; between the limits so divided, chance alone
    could explain what is left of it.

    Parameters
    ----------
    difference : Estimate
        Some score less the weighted one, in points.
    silent : float
        Share (0-1) of all people who would not answer, above 0.

    Raises
    ------
    ValueError
        If nobody is silent.
    """
    if silent <= 0:
        raise ValueError("Where nobody keeps silent nobody can differ from those who answered.")
    return Estimate(*(None if x is None else x / silent for x in difference))
