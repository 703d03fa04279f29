"""What chapter 11 computes of one dataset, each of it once."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from cxlib.chapters.retention import counts
from cxlib.chapters.retention.tables import (
    LEAST_AT_RISK,
    churn_table,
    retention_curve,
)
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, say

__all__ = ["SNAPSHOT", "Study"]

NO_CUSTOMERS = say("These data hold no list of customers with the day each one started.")
NO_CONTRACT = say("There is no contract that ends: customers buy or they do not, and nobody gives notice.")
NO_PURCHASES = say(
    "Leaving means here that a customer has not bought for {n} day, and these data hold no purchases.",
    plural="Leaving means here that a customer has not bought for {n} days, and these data hold no "
    "purchases.",
)
SNAPSHOT = say(
    "These data are one look at each customer, without dates: take this as exploratory. Who left long ago "
    "may be missing, and nothing follows about causes."
)


class Study:
    """Counts, churn by month and curves of a dataset, made when first asked for (``data.once(Study)``).

    Attributes
    ----------
    kind : str
        What these data are: ``contracts``, ``purchases``, ``snapshot`` or ``nothing``.
    inactivity_days : int or None
        After how many days without a purchase a customer has left, where dataset.yaml says so.
    minimum : int
        Fewest customers that may be shown.
    least : int
        Fewest customers at risk in a month of a curve.
    """

    def __init__(self, data: Dataset) -> None:
        self.data = data
        churn = data.definitions.churn
        self.inactivity_days = churn.inactivity_days if churn.kind == "inactivity" else None
        self.minimum = data.definitions.minimum_group
        self.least = max(LEAST_AT_RISK, self.minimum)
        self.kind = self._kind()

    def _kind(self) -> str:
        if self.inactivity_days is None and self.data.has("customers", "start_no"):
            return "contracts"
        return next((kind for kind in ("purchases", "snapshot") if kind in self.data.tables), "nothing")

    @property
    def why_not(self) -> Message:
        """Why there is nothing to say of these data, where they are no snapshot and have no contracts."""
        if self.kind == "purchases":
            return NO_CONTRACT
        return NO_CUSTOMERS if self.inactivity_days is None else NO_PURCHASES(n=count(self.inactivity_days))

    @property
    def too_few(self) -> Message:
        """That fewer customers than the smallest group are not shown."""
        return say("Fewer than {n} customers: so few are not shown.", n=count(self.minimum))

    @cached_property
    def stays(self) -> pd.DataFrame:
        """Customers with contracts by start and end month."""
        return counts.stays(self.data)

    @cached_property
    def months(self) -> pd.DataFrame:
        """Month by month who was there at its start and who left in it; without months of nobody."""
        if self.kind == "contracts":
            table = churn_table(self.stays, self.data.first_month_no, self.data.month_no)
        else:
            table = counts.lapses(self.data, self.inactivity_days).assign(involuntary=0.0)
        return table[table["at_risk"] > 0].reset_index(drop=True)

    @cached_property
    def curve(self) -> pd.DataFrame:
        """Share of new customers still there after each month; empty where too few were seen."""
        return retention_curve(self.stays, self.data.first_month_no, self.data.month_no, least=self.least)

    def curves_by(self, column: str) -> dict[str, pd.DataFrame] | None:
        """Return the curve of each known group of a column; None where the data have no such groups."""
        if self.kind != "contracts" or not self.data.has("customers", column):
            return None
        groups = counts.stays(self.data, column).groupby("group")
        first, last = self.data.first_month_no, self.data.month_no
        return {str(g): retention_curve(rows, first, last, least=self.least) for g, rows in groups if g}

    @cached_property
    def snapshot_share(self) -> tuple[int, int]:
        """How many customers a snapshot holds, and how many of them have left."""
        return counts.snapshot_share(self.data)

    @cached_property
    def again(self) -> pd.DataFrame:
        """Customers followed and those who bought again, by horizon."""
        return counts.again(self.data)
