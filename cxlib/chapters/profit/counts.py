"""Margins and leaving by month of tenure, counted in the engine: one row per tenure month leaves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, say
from cxlib.stats.value import LAST_YEAR, Curve

__all__ = [
    "MINIMUM_AT_RISK",
    "Tenure",
    "buckets",
    "count_tenure",
    "fixed_cost_per_customer",
    "least_at_risk",
]

MINIMUM_AT_RISK = 30
BUCKET = 250_000


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
        Tenure months that values count (K), at most ``money.horizon_months`` of dataset.yaml.
    first_no, last_no : int
        Window: calendar months with billing, 12 x year + month.
    customers : int
        Customers watched in at least one month of the window, if only in their start month.
    acquisition_cost : float
        Cost of winning a customer that values take off; money.
    acquisition_known : int
        Customers won in the window whose cost its mean rests on; 0 where it was given or is not known.
    acquisition : {"given", "measured", "missing"}
    left_out : float
        Share of the billed margin in start months and after the end, 0-1; values leave it out.
    started, left_at_once : int
        Customers who started in the window, and those of them who left in the very month they started:
        at risk and ends of tenure month 0.
    least : int
        Customers at risk that a tenure month needs to be used.
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
    started: int
    left_at_once: int
    least: int = MINIMUM_AT_RISK

    @property
    def observed(self) -> int:
        """Longest tenure month with enough customers."""
        return len(self.months)

    @property
    def window(self) -> int:
        """Calendar months watched."""
        return self.last_no - self.first_no + 1

    @property
    def counted(self) -> pd.DataFrame:
        """Tenure months that values count, the first K rows of `months`."""
        return self.months.head(self.length)

    @property
    def at_risk(self) -> np.ndarray:
        """Customers at risk in tenure month 0, 1, ..., K."""
        return np.array([self.started, *self.counted["at_risk"]], dtype=float)

    @property
    def curve(self) -> Curve:
        """Hazards of the start month and the first K months, margins of these, cost of winning a customer."""
        ends = np.array([self.left_at_once, *self.counted["ends"]], dtype=float)
        return Curve(
            ends / self.at_risk,
            self.counted["margin"].to_numpy() / self.at_risk[1:],
            self.acquisition_cost,
        )


def least_at_risk(data: Dataset) -> int:
    """Return how many customers a tenure month or a segment needs before a mean of it is used."""
    return max(MINIMUM_AT_RISK, data.definitions.minimum_group)


def count_tenure(data: Dataset) -> Tenure | Message:
    """Count a dataset's customers and margins by tenure month, or say why it cannot be done.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Tenure, or the reason as a Message
    """
    if not {"customers", "billing"} <= data.tables or not data.has("customers", "start_date"):
        return say("Money needs the start dates of customers and their billing by month.")
    span = data.sql(read_sql(__package__, "span")).iloc[0]
    if pd.isna(span.first_no):
        return say("The table of billing has no row up to this month.")
    window = {
        "first": max(data.first_month_no, int(span.first_no)),
        "last": min(data.month_no, int(span.last_no)),
    }
    lives, margins = (_counted(data, query, **window) for query in ("lives", "margins"))
    least = least_at_risk(data)
    months = _by_tenure(lives, margins[margins.at_risk], least)
    started, at_once = (int(lives.customers[lives[column] == 0].sum()) for column in ("entry", "ended"))
    if started < least or len(months) < LAST_YEAR:
        return _too_short(started, len(months), least)
    outside = margins.margin[~margins.at_risk].abs().sum() / max(margins.margin.abs().sum(), 1e-9)
    return Tenure(
        months,
        min(data.money.horizon_months, len(months)),
        window["first"],
        window["last"],
        int(lives.customers.sum()),
        *_acquisition(data.money.acquisition_cost, lives),
        float(outside),
        started,
        at_once,
        least,
    )


def _too_short(started: int, observed: int, least: int) -> Message:
    if started < least:
        return say(
            "Value by tenure needs at least {least} customers who started in the months watched; there are "
            "{found}.",
            least=count(least),
            found=count(started),
        )
    return say(
        "Value by tenure needs at least {least} customers at risk in each of the first {months} months "
        "of tenure; the data reach {found} months.",
        least=count(least),
        months=count(LAST_YEAR),
        found=count(observed),
    )


def _counted(data: Dataset, query: str, **window: int) -> pd.DataFrame:
    sql = read_sql(__package__, query)
    return data.remember(f"profit.{query}", lambda: data.arrow(sql, **window), **window).to_pandas()


def _by_tenure(lives: pd.DataFrame, margins: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return one row per tenure month from 1 on, up to the first with too few customers at risk."""
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
    few = np.flatnonzero(months.at_risk < least)
    return months.head(few[0]) if len(few) else months


def _acquisition(given: float | None, lives: pd.DataFrame) -> tuple[float, int, str]:
    """Return the cost of winning a customer, how many it rests on, and where it comes from."""
    known = int(lives.costs.sum())
    if given is not None:
        return float(given), 0, "given"
    if known == 0:
        return 0.0, 0, "missing"
    return float(lives.cost.sum() / known), known, "measured"


def buckets(data: Dataset) -> list[dict[str, int]]:
    """Return the customer numbers of each bucket, as parameters of a query: from ``low`` to below ``high``.

    The engine then holds the sums of one bucket in memory at a time, however many customers there are.
    """
    highest = data.sql(read_sql(__package__, "highest_number")).highest[0]
    return [{"low": low, "high": low + BUCKET} for low in range(0, int(highest) + 1, BUCKET)]


def fixed_cost_per_customer(data: Dataset, tenure: Tenure) -> float | None:
    """Return the fixed cost of a year per active customer, from the last twelve months; None if unknown."""
    if "fixed_costs" not in data.tables:
        return None
    span = {"first": max(tenure.last_no - LAST_YEAR + 1, tenure.first_no), "last": tenure.last_no}
    costs = data.sql(read_sql(__package__, "fixed_costs"), **span).iloc[0]
    active = float(data.sql(read_sql(__package__, "active"), **span).months[0])
    if not costs.months or not active:
        return None
    monthly = active / (span["last"] - span["first"] + 1)
    return float(costs.amount) / float(costs.months) * LAST_YEAR / monthly
