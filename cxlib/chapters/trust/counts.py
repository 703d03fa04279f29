"""How far each way of measuring reaches, counted in the engine: a few rows come back."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from cxlib.chapters.satisfaction.counts import DAYS_TO_ANSWER
from cxlib.contract.engine import name
from cxlib.contract.months import month_end
from cxlib.contract.queries import read_sql
from cxlib.contract.schema import TABLES
from cxlib.dataset.dataset import Dataset

__all__ = [
    "DIRECT",
    "RELATIONAL",
    "active_customers",
    "asks_on_the_whole",
    "customers_heard",
    "delays",
    "last_month",
    "monthly_rows",
    "questionnaires",
    "records",
    "respondent_sums",
    "visits",
]

DIRECT = "instrument <> 'review' AND survey_kind = 'transactional'"
RELATIONAL = "instrument <> 'review' AND coalesce(survey_kind, 'relational') = 'relational'"
_ANY_QUESTION = "instrument <> 'review'"


def _query(query: str, table: str = "", **parts: str) -> str:
    """Return a query with its places in braces filled; names of tables are quoted."""
    return read_sql(__package__, query).format(table=name(table), **parts)


def monthly_rows(data: Dataset, table: str, first: int, last: int) -> pd.Series:
    """Count the rows of a table in each month from `first` to `last`; months without any are 0.

    Returns
    -------
    Series of int
        Indexed by ``month_no``, every month there.
    """
    counted = data.sql(_query("monthly_rows", table), first=first, last=last).set_index("month_no")["rows"]
    return counted.reindex(range(first, last + 1), fill_value=0).astype(int)


def last_month(data: Dataset, table: str) -> int:
    """Return the last month (``month_no``) in which a table has rows."""
    return int(data.sql(_query("last_month", table))["last"].iloc[0])


def questionnaires(data: Dataset, condition: str, first: int, last: int) -> pd.DataFrame:
    """Count questionnaires sent and answered per person, then persons alike in it.

    Parameters
    ----------
    data : Dataset
    condition : str
        SQL over ``surveys``: :data:`DIRECT`, :data:`RELATIONAL` or another of the kit's own.
    first, last : int
        Months (``month_no``) of the invitations, or of the answers where nobody was invited.

    Returns
    -------
    DataFrame
        One row per kind of person: ``asked`` (14 days or more before the month's end), ``answered`` (of
        those), ``answers`` (of all) and ``people``.
    """
    deadline = month_end(data.month_no, data.config.time_zone) - timedelta(days=DAYS_TO_ANSWER)
    query = _query("questionnaires", condition=condition)
    return data.sql(query, first=first, last=last, deadline=deadline).astype(int)


def records(data: Dataset, table: str, first: int, last: int, *, condition: str = "TRUE") -> tuple[int, int]:
    """Count rows of the months and the known customers they belong to.

    Parameters
    ----------
    data : Dataset
    table : str
        A canonical table with customers.
    first, last : int
        Months (``month_no``).
    condition : str
        SQL over the table; part of the kit, never of the data.

    Returns
    -------
    tuple of int
        Rows and customers.
    """
    query = _query("records", table, condition=condition)
    row = data.sql(query, first=first, last=last).iloc[0]
    return int(row["rows"]), int(row["people"])


def visits(data: Dataset, first: int, last: int) -> tuple[int, int, int]:
    """Return mystery visits of the months, sites visited and shoppers who visited."""
    row = data.sql(_query("visits"), first=first, last=last).iloc[0]
    return int(row["visits"]), int(row["sites"]), int(row["shoppers"])


def active_customers(data: Dataset) -> int:
    """Return how many customers were there at the end of the report's month."""
    return int(data.sql(_query("active_customers"), last=data.month_no)["n"].iloc[0])


def customers_heard(data: Dataset, table: str, first: int, last: int, *, condition: str = "TRUE") -> int:
    """Return how many customers active at the end of the month have a row in the months."""
    query = _query("customers_heard", table, condition=condition)
    return int(data.sql(query, first=first, last=last)["n"].iloc[0])


# Table, what is summed of it, and the months a person's total belongs to.
_WHILE_CUSTOMER = "$base - greatest(start_no, $first) + 1"
_TOTALS = {
    "revenue": ("billing", "sum(revenue)", 'coalesce(recorded."rows", 0)'),
    "tickets": ("tickets", "count(*)", _WHILE_CUSTOMER),
    "experiences": ("negative_experiences", "count(*)", _WHILE_CUSTOMER),
}


def respondent_sums(data: Dataset, measure: str, first: int, base: int, last: int) -> pd.DataFrame:
    """Sum something over customers who answered, kept silent, or were not asked.

    Customers active at the end of the month `base`, sorted by what they did with relational surveys
    of the months from `first` up to it (all surveys where there are no relational ones).

    Parameters
    ----------
    data : Dataset
    measure : {"churn", "revenue", "tickets", "experiences"}
        Ends in the months after `base` up to `last`; or what is recorded in the months from `first` to
        `base`.
    first, base, last : int
        Months (``month_no``).

    Returns
    -------
    DataFrame
        One row per group: ``group`` ("answered", "silent", "not asked"), ``people``, and of a person's total
        x and months m the sums ``x``, ``m``, ``xx``, ``xm``, ``mm``.
    """
    condition = RELATIONAL if asks_on_the_whole(data, first, base) else _ANY_QUESTION
    known, bound = _query("leaving"), {"last": last}
    if measure != "churn":
        table, total, months = _TOTALS[measure]
        known, bound = _query("recorded", table, total=total, months=months), {}
    query = _query("respondent_sums", condition=condition, known=known)
    return data.sql(query, first=first, base=base, **bound)


def asks_on_the_whole(data: Dataset, first: int, last: int) -> bool:
    """Return whether the months hold a relational question, or an answer to one."""
    return records(data, "surveys", first, last, condition=RELATIONAL)[0] > 0


def delays(data: Dataset, table: str, first: int, last: int) -> dict[str, float] | None:
    """Return how long after its event a row is recorded.

    Parameters
    ----------
    data : Dataset
    table : str
        A canonical table.
    first, last : int
        Months (``month_no``) of the events.

    Returns
    -------
    dict or None
        ``rows`` that say both times, ``median`` and ``high`` (90 % quantile) in days, ``late``: rows recorded
        more than ``late_days`` after their month's end. None where the table has no two times.
    """
    clock = [c for c in TABLES[table].clock if TABLES[table].column(c).kind == "time"]
    if not clock or not data.has(table, "recorded_at"):
        return None
    event = f"coalesce({', '.join(clock)})"
    options = {"late_days": data.definitions.late_days, "zone": data.config.time_zone}
    row = data.sql(_query("delays", table, event=event), first=first, last=last, **options).iloc[0]
    return row.astype(float).to_dict() if row["rows"] else None
