"""Customers counted by start and end month: all that churn rates, curves and cohorts need."""

from __future__ import annotations

import pandas as pd

from cxlib.contract.engine import name
from cxlib.dataset.dataset import Dataset
from cxlib.language import say

__all__ = ["NOT_CONTRACTS", "NO_CUSTOMERS", "SNAPSHOT", "kind_of", "snapshot_stays", "stays"]

NO_CUSTOMERS = say("These data hold no list of customers with the day each one started.")
NO_CONTRACT = say("There is no contract that ends: customers buy or they do not, and nobody gives notice.")
NOT_CONTRACTS = {"purchases": NO_CONTRACT, "nothing": NO_CUSTOMERS}
SNAPSHOT = say(
    "These data are one look at each customer, without dates: take this as exploratory. Who left long ago "
    "may be missing, and nothing follows about causes."
)


def stays(data: Dataset, column: str | None = None) -> pd.DataFrame:
    """Count customers by start and end month (and a column of customers).

    Returns
    -------
    DataFrame
        One row per kind of life: ``start_no``, ``end_no`` (NaN: still there), ``involuntary`` (bool),
        ``group``, ``customers``.
    """
    group = "''" if column is None else f"coalesce(CAST({name(column)} AS VARCHAR), '')"
    query = f"""SELECT start_no, end_no, coalesce(end_type, 'unknown') = 'involuntary' AS involuntary,
            {group} AS "group", count(*) AS customers
        FROM customers
        WHERE start_no <= $last AND (end_no IS NULL OR end_no >= $first)
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
    rows = data.sql(query, first=data.first_month_no, last=data.month_no)
    return rows.astype({"start_no": int, "end_no": float, "customers": float, "involuntary": bool})


def snapshot_stays(data: Dataset, column: str | None = None) -> pd.DataFrame:
    """Count the customers of a snapshot by tenure and state (and a column of it).

    Returns
    -------
    DataFrame
        One row per kind: ``tenure`` (whole months, begun ones counted), ``churned`` (bool), ``group``,
        ``customers``.
    """
    group = "''" if column is None else f"coalesce(CAST({name(column)} AS VARCHAR), '')"
    return data.sql(
        f"""SELECT CAST(ceil(tenure_months) AS INTEGER) AS tenure, churned, {group} AS "group",
            count(*) AS customers
        FROM snapshot WHERE tenure_months IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    )


def kind_of(data: Dataset) -> str:
    """Return what these data are: ``contracts``, ``purchases``, ``snapshot`` or ``nothing``."""
    if data.has("customers", "start_no") and data.definitions.churn.kind == "contract":
        return "contracts"
    if "purchases" in data.tables:
        return "purchases"
    return "snapshot" if "snapshot" in data.tables else "nothing"
