"""What chapter 02 computes about those who answer; ``data.once(Study)`` gives it."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlib import disclosure
from cxlib.chapters.satisfaction import study as satisfaction
from cxlib.chapters.trust import counts
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, say
from cxlib.stats import bias, intervals
from cxlib.stats.comparison import newcombe

__all__ = ["GROUPS", "MEASURES", "Compared", "Gap", "Study"]

YEAR = 12
HORIZONS = (12, 6, 3)
GROUPS = ("answered", "silent", "not asked")
# Each measure, and the column without which it is not known.
MEASURES = {
    "churn": ("customers", "end_no"),
    "revenue": ("billing", "revenue"),
    "tickets": ("tickets", "customer_no"),
    "experiences": ("negative_experiences", "customer_no"),
}
_LACKING = {
    "churn": say("These data hold no customer who left."),
    "revenue": say("These data hold no revenue by customer and month."),
    "tickets": say("These data hold no support tickets by customer."),
    "experiences": say("These data hold no negative experiences by customer."),
}
_FEW = say("Too few customers answered, or did not answer, to compare the two.")
_ALIKE = say("All customers of a group brought the same revenue a month, so chance cannot be judged.")
_NO_LIST = say(
    "Without a list of customers with their start nothing is known about those who did not answer."
)
_NO_CUSTOMERS = say("Survey answers that belong to known customers are missing.")


class Gap(NamedTuple):
    """Net promoter scores of `n` answers, as answered and weighted, and their difference, in points.

    ``tipping``: the points by which the silent must differ from customers alike who answered for the score of
    all to be that as answered; None where it is not known.
    """

    raw: Estimate
    weighted: Estimate
    difference: Estimate
    n: int
    tipping: Estimate | None


class Compared(NamedTuple):
    """One measure of customers who answered, kept silent or were not asked.

    Attributes
    ----------
    table : DataFrame
        One row per group: ``group``, ``people``, ``value``, ``low``, ``high``.
    difference : Estimate
        Of the silent less that of those who answered.
    first, base : int
        Months (``month_no``) whose surveys tell the groups apart.
    months : int
        Months after `base` that are looked at; 0: those from `first` to `base`.
    relational : bool
        Whether relational surveys alone tell the groups apart.
    """

    table: pd.DataFrame
    difference: Estimate
    first: int
    base: int
    months: int
    relational: bool


class Study:
    """How those who answer differ from the others.

    What these data cannot give is a :class:`Message` that says why. Scores and weights are those of
    chapter 03, attribute `scores`.
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._minimum = data.definitions.minimum_group
        self.scores = data.once(satisfaction.Study)

    @cached_property
    def gap(self) -> Gap | Message:
        """Return the score as answered and the weighted one, with their difference."""
        raw, weighted, difference = (
            self.scores.score,
            self.scores.weighted_score,
            self.scores.raw_less_weighted,
        )
        for score in (raw, weighted, difference):
            if isinstance(score, Message):
                return score
        tipping = self.scores.tipping
        return Gap(raw, weighted, difference, self.scores.asked.n, tipping and tipping.raw)

    @cached_property
    def balance(self) -> pd.DataFrame | Message:
        """Return how the levels of what is known of all differ between those who answered and all.

        One row per level: ``variable``, ``level``, ``answered``, ``share``, ``share_all``, ``value``,
        ``low``, ``high``, ``weighted`` (NaN without weights by the chance of an answer), ``hidden``.
        """
        cells = self.scores.cells
        if isinstance(cells, Message):
            return cells
        if cells.rows["answered"].sum() < self._minimum:
            return satisfaction.TOO_FEW
        return pd.concat([self._levels(variable) for variable in cells.variables], ignore_index=True)

    @property
    def is_weighted_by_response(self) -> bool:
        """Whether the weighted score stands on the chance of an answer."""
        return not (self.scores.is_design_weighted or isinstance(self.scores.response_weights, Message))

    def _levels(self, variable: str) -> pd.DataFrame:
        """Return the rows of one variable."""
        cells = self.scores.cells.rows
        sums = cells.groupby(variable)[["answered", "active"]].sum()
        table = bias.standardised_differences(sums["answered"], sums["active"])
        weighted = np.full(len(table), np.nan)
        if self.is_weighted_by_response:
            answers = (self.scores.response_weights.values * cells["answered"]).groupby(cells[variable]).sum()
            weighted = _standardised(answers / answers.sum(), table["share_all"])
        table = table.assign(
            variable=variable,
            level=[str(level) for level in sums.index],
            answered=sums["answered"].to_numpy(),
            weighted=weighted,
        )
        values = ["share", "share_all", "value", "low", "high", "weighted"]
        return disclosure.hide_small_groups(table, values, people="answered", minimum=self._minimum)

    def not_comparable(self, measure: str) -> Message | None:
        """Return why those who answered cannot be compared with the others; None where they can."""
        if not self._data.has("customers", "start_no"):
            return _NO_LIST
        if not self._data.has("surveys", "customer_no"):
            return _NO_CUSTOMERS
        return None if self._data.has(*MEASURES[measure]) else _LACKING[measure]

    def compared(self, measure: str) -> Compared | Message:
        """Return a measure of :data:`MEASURES` for those who answered, kept silent and were not asked."""
        reason = self.not_comparable(measure)
        if reason is not None:
            return reason
        for months in HORIZONS if measure == "churn" else (0,):
            base = self._data.month_no - months
            first = max(base - YEAR + 1, self._data.first_month_no)
            if first <= base and (table := self._table(measure, first, base)) is not None:
                if table["low"].isna().any():
                    return _ALIKE
                return self._difference(table, first, base, months)
        return _FEW

    def _table(self, measure: str, first: int, base: int) -> pd.DataFrame | None:
        """Return the groups with their estimates; None where one is too small, or has no months."""
        sums = counts.respondent_sums(self._data, measure, first, base, self._data.month_no)
        sums = self._joined(sums.set_index("group"))
        # One person alone gives no interval, and people without any month no rate.
        small = sums["people"].min() < max(2, self._minimum) or sums["m"].min() <= 0
        if small or not {"answered", "silent"} <= set(sums.index):
            return None
        table = pd.DataFrame([_estimate(measure, row) for _, row in sums.iterrows()])
        return table.assign(group=sums.index, people=sums["people"].astype(int).to_numpy())

    def _joined(self, sums: pd.DataFrame) -> pd.DataFrame:
        """Return the groups in order; customers not asked join the silent where they are few or all."""
        few = "not asked" in sums.index and sums.at["not asked", "people"] < self._minimum
        if few or not self._data.has("surveys", "invited_at"):
            sums = sums.groupby(lambda group: "silent" if group == "not asked" else group).sum()
        return sums.reindex([group for group in GROUPS if group in sums.index])

    def _difference(self, table: pd.DataFrame, first: int, base: int, months: int) -> Compared:
        by_group = {row.group: Estimate(row.value, row.low, row.high) for row in table.itertuples()}
        gap = newcombe(by_group["silent"], by_group["answered"])
        relational = counts.asks_on_the_whole(self._data, first, base)
        return Compared(table, gap, first, base, months, relational)


def _standardised(share: pd.Series, everybody: pd.Series) -> np.ndarray:
    """Return the standardised differences of two distributions; 0 where neither varies."""
    share, everybody = share.to_numpy(), everybody.to_numpy()
    spread = np.sqrt((share * (1 - share) + everybody * (1 - everybody)) / 2)
    return np.divide(share - everybody, spread, out=np.zeros(len(share)), where=spread > 0)


def _estimate(measure: str, sums: pd.Series) -> Estimate:
    people = int(sums["people"])
    if measure == "churn":
        return intervals.wilson(sums["x"], people)
    if measure == "revenue":
        return bias.yearly_rate(people, sums, per=1.0)
    return bias.event_rate(people, sums)
