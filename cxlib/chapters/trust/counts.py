"""How far each way of measuring reaches, counted in the engine: a few rows come back."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from cxlib.chapters.satisfaction.counts import DAYS_TO_ANSWER
from cxlib.contract.months import month_end
from cxlib.contract.schema import TABLES
from cxlib.dataset.dataset import Dataset

__all__ = [
    "DIRECT",
    "RELATIONAL",
    "active_customers",
    "customers_heard",
    "delays",
    "monthly_rows",
    "questionnaires",
    "records",
    "respondent_sums",
    "visits",
]

DIRECT = "instrument <> 'review' AND survey_kind = 'transactional'"
RELATIONAL = "instrument <> 'review' AND coalesce(survey_kind, 'relational') = 'relational'"
# A questionnaire may ask several things; its questions share customer, invitation and touchpoint.
_QUESTIONNAIRE = """
    SELECT customer_no, unnamed,
        max(CASE WHEN invited_at <= $deadline THEN 1 ELSE 0 END) AS asked,
        max(CASE WHEN score IS NOT NULL THEN 1 ELSE 0 END) AS said
    FROM (
        SELECT *, CASE WHEN customer_no IS NULL THEN coalesce(response_group, response_id) END AS unnamed
        FROM surveys
        WHERE {condition} AND month_no BETWEEN $first AND $last
    ) AS questions
    GROUP BY customer_no, unnamed, invited_at, touchpoint"""


def monthly_rows(data: Dataset, table: str, first: int, last: int) -> pd.Series:
    """Count the rows of a table in each month from `first` to `last`; months without any are 0.

    Returns
    -------
    Series of int
        Indexed by ``month_no``, every month there.
    """
    query = f"""SELECT month_no, count(*) AS "rows" FROM {table}
        WHERE month_no BETWEEN $first AND $last GROUP BY month_no"""
    found = data.sql(query, first=first, last=last).set_index("month_no")["rows"]
    return found.reindex(range(first, last + 1), fill_value=0).astype(int)


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
    query = f"""SELECT asked, answered, answers, count(*) AS people FROM (
            SELECT customer_no, unnamed, sum(asked) AS asked, sum(asked * said) AS answered,
                sum(said) AS answers
            FROM ({_QUESTIONNAIRE.format(condition=condition)}) AS questionnaire
            GROUP BY customer_no, unnamed
        ) AS person
        GROUP BY asked, answered, answers ORDER BY asked, answered, answers"""
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
    query = f"""SELECT count(*) AS "rows", count(DISTINCT customer_no) AS people FROM {table}
        WHERE {condition} AND month_no BETWEEN $first AND $last"""
    row = data.sql(query, first=first, last=last).iloc[0]
    return int(row["rows"]), int(row["people"])


def visits(data: Dataset, first: int, last: int) -> tuple[int, int, int]:
    """Return mystery visits of the months, sites visited and shoppers who visited."""
    query = """SELECT count(DISTINCT visit_id) AS visits, count(DISTINCT site) AS sites,
            count(DISTINCT shopper) AS shoppers
        FROM mystery_visits WHERE month_no BETWEEN $first AND $last"""
    row = data.sql(query, first=first, last=last).iloc[0]
    return int(row["visits"]), int(row["sites"]), int(row["shoppers"])


def active_customers(data: Dataset) -> int:
    """Return how many customers were there at the end of the report's month."""
    query = """SELECT count(*) AS n FROM customers
        WHERE start_no <= $last AND (end_no IS NULL OR end_no > $last)"""
    return int(data.sql(query, last=data.month_no)["n"].iloc[0])


def customers_heard(data: Dataset, table: str, first: int, last: int, *, condition: str = "TRUE") -> int:
    """Return how many customers active at the end of the month have a row in the months."""
    query = f"""SELECT count(*) AS n FROM customers
        WHERE start_no <= $last AND (end_no IS NULL OR end_no > $last)
            AND customer_no IN (SELECT customer_no FROM {table}
                WHERE {condition} AND month_no BETWEEN $first AND $last)"""
    return int(data.sql(query, first=first, last=last)["n"].iloc[0])


_TOTALS = {
    "revenue": ("billing", "sum(revenue)", "count(*)"),
    "tickets": ("tickets", "count(*)", None),
    "experiences": ("negative_experiences", "count(*)", None),
}


def respondent_sums(data: Dataset, measure: str, base: int, last: int) -> pd.DataFrame:
    """Sum something over customers who answered, kept silent, or were not asked.

    Customers active at the end of the month `base`, sorted by what they did with relational surveys
    of the twelve months up to it (all surveys where there are no relational ones).

    Parameters
    ----------
    data : Dataset
    measure : {"churn", "revenue", "tickets", "experiences"}
        Ends in the months after `base` up to `last`; or what is recorded in the twelve months up to
        `base`.
    base, last : int
        Months (``month_no``).

    Returns
    -------
    DataFrame
        One row per group: ``group`` ("answered", "silent", "not asked"), ``people``, and of a person's total
        x and months m the sums ``x``, ``m``, ``xx``, ``xm``, ``mm``.
    """
    first = max(base - 11, data.first_month_no)
    joined, x, m = "", "CASE WHEN end_no BETWEEN $base + 1 AND $last THEN 1 ELSE 0 END", "1"
    if measure != "churn":
        table, total, months = _TOTALS[measure]
        joined = f"""LEFT JOIN (
                SELECT customer_no, {total} AS total, {months or "NULL"} AS months FROM {table}
                WHERE month_no BETWEEN $first AND $base GROUP BY customer_no
            ) AS recorded ON recorded.customer_no = customers.customer_no"""
        x = "coalesce(recorded.total, 0)"
        m = "coalesce(recorded.months, 0)" if months else "$base - greatest(start_no, $first) + 1"
    query = f"""WITH surveyed AS (
            SELECT customer_no, max(CASE WHEN score IS NOT NULL AND answered_no <= $base THEN 1 ELSE 0 END)
                AS said
            FROM surveys
            WHERE {_asked_about(data, first, base)} AND month_no BETWEEN $first AND $base
                AND customer_no IS NOT NULL
            GROUP BY customer_no),
        person AS (
            SELECT CASE WHEN said = 1 THEN 'answered' WHEN said = 0 THEN 'silent' ELSE 'not asked' END
                AS "group", CAST({x} AS DOUBLE) AS x, CAST({m} AS DOUBLE) AS m
            FROM customers LEFT JOIN surveyed ON surveyed.customer_no = customers.customer_no {joined}
            WHERE start_no <= $base AND (end_no IS NULL OR end_no > $base))
        SELECT "group", count(*) AS people, sum(x) AS x, sum(m) AS m, sum(x * x) AS xx,
            sum(x * m) AS xm, sum(m * m) AS mm
        FROM person GROUP BY "group" ORDER BY "group" """
    chosen = {"last": last} if measure == "churn" else {}
    return data.sql(query, base=base, first=first, **chosen)


def _asked_about(data: Dataset, first: int, last: int) -> str:
    """Return the condition of relational questions, or of all where these months hold none."""
    relational, _ = records(data, "surveys", first, last, condition=RELATIONAL)
    return RELATIONAL if relational else "instrument <> 'review'"


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
    next_month = "CAST(make_date(month_no // 12, month_no % 12 + 1, 1) AS TIMESTAMP)"
    limit = f"(({next_month} + to_days($late_days)) AT TIME ZONE $zone) AT TIME ZONE 'UTC'"
    query = f"""SELECT count(*) AS "rows", quantile_cont(days, 0.5) AS median,
            quantile_cont(days, 0.9) AS high, sum(late) AS late
        FROM (SELECT epoch(recorded_at - {event}) / 86400 AS days,
                CASE WHEN recorded_at >= {limit} THEN 1 ELSE 0 END AS late
            FROM {table}
            WHERE recorded_at IS NOT NULL AND {event} IS NOT NULL AND month_no BETWEEN $first AND $last
        ) AS timed"""
    options = {"late_days": data.definitions.late_days, "zone": data.config.time_zone}
    row = data.sql(query, first=first, last=last, **options).iloc[0]
    return row.astype(float).to_dict() if row["rows"] else None
