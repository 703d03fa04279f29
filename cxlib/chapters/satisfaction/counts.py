"""Survey answers, counted in the engine: a few rows come back however many people answered."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from cxlib.contract.engine import name
from cxlib.contract.months import month_end
from cxlib.dataset.dataset import Dataset

__all__ = [
    "active_cells",
    "design_weighted",
    "invitations",
    "monthly_net_scores",
    "net_scores",
    "satisfied",
    "scores",
]

DAYS_TO_ANSWER = 14
NPS = """instrument = 'nps' AND coalesce(survey_kind, 'relational') = 'relational'
    AND scale_low = 0 AND scale_high = 10"""
COUNTS = """
    sum(CASE WHEN answers.score >= 9 THEN 1 ELSE 0 END) AS promoters,
    sum(CASE WHEN answers.score >= 7 AND answers.score < 9 THEN 1 ELSE 0 END) AS passives,
    sum(CASE WHEN answers.score < 7 THEN 1 ELSE 0 END) AS detractors"""
CLASSES = ["promoters", "passives", "detractors"]
# Latest answer of each customer; answers that belong to no known customer count one by one.
LATEST = f"""
    SELECT * FROM (
        SELECT *, row_number() OVER (
            PARTITION BY customer_no ORDER BY answered_at DESC, response_id DESC) AS place
        FROM surveys
        WHERE {NPS} AND score IS NOT NULL AND month_no BETWEEN $first AND $last
    ) AS answered
    WHERE place = 1 OR customer_no IS NULL"""
GOOD = """CASE WHEN answers.high_is_good THEN answers.score
    ELSE answers.scale_low + answers.scale_high - answers.score END"""


def _grouped(data: Dataset, column: str | None) -> tuple[str, str]:
    """Return the SQL of a group and of the join that it needs."""
    if column is None:
        return "''", ""
    if data.has("surveys", column):
        return f"CAST(answers.{name(column)} AS VARCHAR)", ""
    joined = "JOIN customers ON customers.customer_no = answers.customer_no"
    return f"CAST(customers.{name(column)} AS VARCHAR)", joined


def net_scores(data: Dataset, first: int, last: int, *, column: str | None = None) -> pd.DataFrame:
    """Count promoters, passives and detractors: relational, invited in the months, latest answer.

    Parameters
    ----------
    data : Dataset
    first, last : int
        Months (``month_no``) of the invitations, or of the answers where nobody was invited.
    column : str, optional
        Column of ``surveys`` or ``customers`` to count by.

    Returns
    -------
    DataFrame
        One row per value of `column`: ``group``, ``promoters``, ``passives``, ``detractors``.
    """
    group, join = _grouped(data, column)
    query = f"""SELECT {group} AS "group", {COUNTS} FROM ({LATEST}) AS answers {join}
        WHERE {group} IS NOT NULL GROUP BY 1 ORDER BY 1"""
    return data.sql(query, first=first, last=last).astype(dict.fromkeys(CLASSES, int))


def monthly_net_scores(data: Dataset, first: int, last: int) -> pd.DataFrame:
    """Count as :func:`net_scores` does, for each month alone: what was known at that month's end.

    Returns
    -------
    DataFrame
        One row per month with answers, ascending: ``month_no``, ``promoters``, ``passives``, ``detractors``.
    """
    query = f"""SELECT month_no, {COUNTS} FROM (
            SELECT *, row_number() OVER (
                PARTITION BY month_no, customer_no ORDER BY answered_at DESC, response_id DESC) AS place
            FROM surveys
            WHERE {NPS} AND score IS NOT NULL AND month_no BETWEEN $first AND $last
                AND answered_no <= month_no
        ) AS answers
        WHERE place = 1 OR customer_no IS NULL
        GROUP BY month_no ORDER BY month_no"""
    return data.sql(query, first=first, last=last).astype(int)


def invitations(data: Dataset, first: int, last: int) -> tuple[int, int]:
    """Count relational invitations that had 14 days or more to be answered, and answers to them.

    Returns
    -------
    tuple of int
        Invitations of the months and, among them, those answered by the cut-off.
    """
    deadline = month_end(data.month_no, data.config.time_zone) - timedelta(days=DAYS_TO_ANSWER)
    query = f"""SELECT count(*) AS invited, count(score) AS answered FROM surveys
        WHERE {NPS} AND month_no BETWEEN $first AND $last AND invited_at <= $deadline"""
    row = data.sql(query, first=first, last=last, deadline=deadline).iloc[0]
    return int(row["invited"]), int(row["answered"])


def design_weighted(data: Dataset, first: int, last: int) -> pd.DataFrame:
    """Count answers by their design weight.

    Returns
    -------
    DataFrame
        One row per weight above zero: ``weight``, ``promoters``, ``passives``, ``detractors``.
    """
    query = f"""SELECT weight, {COUNTS} FROM ({LATEST}) AS answers
        WHERE weight > 0 GROUP BY weight ORDER BY weight"""
    return data.sql(query, first=first, last=last).astype(dict.fromkeys(CLASSES, int))


def active_cells(data: Dataset, first: int, last: int) -> tuple[pd.DataFrame, list[str]]:
    """Count active customers by what may decide whether they are asked and answer.

    Usage level of the last month, segment and tenure band, each where the data have it; customers
    of unknown usage or segment are a level of their own.

    Returns
    -------
    tuple of DataFrame and list of str
        One row per cell: levels, ``active``, ``invited``, ``answered``, ``promoters``, ``passives``,
        ``detractors``; and the names of the columns with levels.
    """
    levels, join, edges = _levels(data)
    named = ", ".join(f"{sql} AS {variable}" for variable, sql in levels.items())
    query = f"""WITH answers AS ({LATEST}),
        invited AS (
            SELECT customer_no FROM surveys
            WHERE {NPS} AND invited_at IS NOT NULL AND month_no BETWEEN $first AND $last
            GROUP BY customer_no)
        SELECT {named}, count(*) AS active, count(invited.customer_no) AS invited,
            count(answers.score) AS answered, {COUNTS}
        FROM customers
        LEFT JOIN invited ON invited.customer_no = customers.customer_no
        LEFT JOIN answers ON answers.customer_no = customers.customer_no
            AND answers.invited_at IS NOT NULL
        {join}
        WHERE start_no <= $last AND (end_no IS NULL OR end_no > $last)
        GROUP BY {", ".join(str(i + 1) for i in range(len(levels)))}
        ORDER BY {", ".join(str(i + 1) for i in range(len(levels)))}"""
    return data.sql(query, first=first, last=last, **edges), list(levels)


def _levels(data: Dataset) -> tuple[dict[str, str], str, dict[str, float]]:
    bands = data.definitions.tenure_bands
    edges: dict[str, float] = {f"tenure_{i}": edge for i, edge in enumerate(bands[1:])}
    levels = {"tenure": _level("$last - start_no", list(edges))}
    if data.has("customers", "segment"):
        levels["segment"] = "coalesce(customers.segment, '')"
    usage, join = data.definitions.usage, ""
    if usage is not None and data.has("billing", usage.column):
        steps = {f"usage_{i}": edge for i, edge in enumerate(usage.bands)}
        column = f"used.{name(usage.column)}"
        levels["usage"] = f"CASE WHEN {column} IS NULL THEN -1 ELSE {_level(column, list(steps))} END"
        edges |= steps
        join = """LEFT JOIN billing AS used ON used.customer_no = customers.customer_no
            AND used.month_no = $last"""
    return levels, join, edges


def _level(value: str, edges: list[str]) -> str:
    return " + ".join(["0", *(f"CASE WHEN {value} >= ${edge} THEN 1 ELSE 0 END" for edge in edges)])


def satisfied(
    data: Dataset, condition: str, first: int, last: int, *, column: str | None = None
) -> pd.DataFrame:
    """Count satisfied answers per person, then persons alike in it.

    Satisfied is an answer at or above ``csat_top`` of dataset.yaml, by default one of the two best
    points of its scale.

    Parameters
    ----------
    data : Dataset
    condition : str
        SQL over ``surveys`` that chooses the questions; part of the kit, never of the data.
    first, last : int
        Months (``month_no``).
    column : str, optional
        Column of ``surveys`` or ``customers`` to count by.

    Returns
    -------
    DataFrame
        One row per group, answers and successes of one person: ``group``, ``answers``,
        ``successes``, ``people``.
    """
    group, join = _grouped(data, column)
    top = data.definitions.csat_top
    best = "answers.scale_high - 1" if top is None else "$top"
    query = f"""SELECT "group", answers, successes, count(*) AS people FROM (
            SELECT {group} AS "group", answers.customer_no,
                CASE WHEN answers.customer_no IS NULL
                    THEN coalesce(response_group, response_id) END AS unnamed,
                count(*) AS answers, sum(CASE WHEN {GOOD} >= {best} THEN 1 ELSE 0 END) AS successes
            FROM surveys AS answers {join}
            WHERE {condition} AND answers.score IS NOT NULL AND answers.month_no BETWEEN $first AND $last
                AND {group} IS NOT NULL
            GROUP BY 1, 2, 3
        ) AS person
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    chosen = {} if top is None else {"top": top}
    counts = dict.fromkeys(["answers", "successes", "people"], int)
    return data.sql(query, first=first, last=last, **chosen).astype(counts)


def scores(data: Dataset, instrument: str, first: int, last: int) -> pd.DataFrame:
    """Count the answers to an instrument by score, 7 always being the good end of a scale 1-7.

    Other scales are stretched to it.

    Returns
    -------
    DataFrame
        One row per score: ``score`` (1-7), ``answers``.
    """
    width = "(answers.scale_high - answers.scale_low)"
    query = f"""SELECT 1 + 6 * ({GOOD} - answers.scale_low) / {width} AS score, count(*) AS answers
        FROM surveys AS answers
        WHERE instrument = $instrument AND score IS NOT NULL AND month_no BETWEEN $first AND $last
        GROUP BY 1 ORDER BY 1"""
    return data.sql(query, instrument=instrument, first=first, last=last)
