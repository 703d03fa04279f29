"""Survey answers, counted in the engine: a few rows come back however many people answered."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from cxlib.contract.engine import name
from cxlib.contract.months import month_end
from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset

__all__ = [
    "ANY_CSAT",
    "CLASSES",
    "CONTACT_CSAT",
    "DAYS_TO_ANSWER",
    "RATED",
    "active_cells",
    "control_of",
    "design_weighted",
    "effort_by_person",
    "efforts",
    "invitations",
    "monthly_net_scores",
    "net_scores",
    "satisfied",
    "satisfied_pairs",
    "satisfied_scales",
]

DAYS_TO_ANSWER = 14
CLASSES = ["promoters", "passives", "detractors"]
ANY_CSAT = "instrument = 'csat'"
CONTACT_CSAT = "instrument = 'csat' AND survey_kind = 'transactional'"
RATED = "instrument IN ('csat', 'item')"

_FRAGMENTS = {
    "net_promoter": """instrument = 'nps'
        AND coalesce(survey_kind, 'relational') = 'relational'
        AND scale_low = 0
        AND scale_high = 10""",
    "classes": """sum(CASE WHEN answers.score >= 9 THEN 1 ELSE 0 END) AS promoters,
    sum(CASE WHEN answers.score >= 7 AND answers.score < 9 THEN 1 ELSE 0 END) AS passives,
    sum(CASE WHEN answers.score < 7 THEN 1 ELSE 0 END) AS detractors""",
    "unnamed": "CASE WHEN answers.customer_no IS NULL THEN coalesce(response_group, response_id) END",
}
_GOOD = """CASE WHEN answers.high_is_good THEN answers.score
        ELSE answers.scale_low + answers.scale_high - answers.score END"""
_FRAGMENTS |= {
    "ease": f"1 + 6 * ({_GOOD} - answers.scale_low) / (answers.scale_high - answers.scale_low)",
    "satisfied": f"""CASE WHEN {_GOOD} >= coalesce(CAST($top AS DOUBLE), answers.scale_high - 1)
        THEN 1 ELSE 0 END""",
}
# Names that the cells of active customers give to columns of their own, and what sets a control apart.
_OWN = {"tenure", "usage", "active", "invited", "answered", *CLASSES}
_OF_CUSTOMERS = "customers."


def _query(query: str, **parts: str) -> str:
    """Return a query with its places in braces filled."""
    latest = read_sql(__package__, "latest_answers").format(**_FRAGMENTS)
    return read_sql(__package__, query).format(latest=latest, **_FRAGMENTS, **parts)


def _grouped(data: Dataset, column: str | None) -> dict[str, str]:
    """Return the SQL of a group and of the join that it needs."""
    if column is None:
        return {"group": "''", "join": ""}
    if data.has("surveys", column):
        return {"group": f"CAST(answers.{name(column)} AS VARCHAR)", "join": ""}
    joined = "JOIN customers ON customers.customer_no = answers.customer_no"
    return {"group": f"CAST(customers.{name(column)} AS VARCHAR)", "join": joined}


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
    query = _query("net_scores", **_grouped(data, column))
    return data.sql(query, first=first, last=last).astype(dict.fromkeys(CLASSES, int))


def monthly_net_scores(data: Dataset, first: int, last: int) -> pd.DataFrame:
    """Count as :func:`net_scores` does, for each month alone: what was known at that month's end.

    Returns
    -------
    DataFrame
        One row per month with answers, ascending: ``month_no``, ``promoters``, ``passives``, ``detractors``.
    """
    return data.sql(_query("monthly_net_scores"), first=first, last=last).astype(int)


def invitations(data: Dataset, first: int, last: int) -> pd.DataFrame:
    """Count relational invitations that had 14 days or more to be answered, and answers to them.

    Returns
    -------
    DataFrame
        One row per kind of person: ``invited`` (invitations of the months), ``answered`` (those of them, by
        the cut-off) and ``people``.
    """
    deadline = month_end(data.month_no, data.config.time_zone) - timedelta(days=DAYS_TO_ANSWER)
    return data.sql(_query("invitations"), first=first, last=last, deadline=deadline).astype(int)


def design_weighted(data: Dataset, first: int, last: int) -> pd.DataFrame:
    """Count answers by their design weight.

    Returns
    -------
    DataFrame
        One row per weight above zero: ``weight``, ``promoters``, ``passives``, ``detractors``.
    """
    counted = data.sql(_query("design_weighted"), first=first, last=last)
    return counted.astype(dict.fromkeys(CLASSES, int))


def active_cells(data: Dataset, first: int, last: int) -> tuple[pd.DataFrame, list[str]]:
    """Count active customers by what may decide whether they are asked and answer.

    Tenure band, the ``controls`` of dataset.yaml and usage level of the last month, each where the data
    have it; customers of unknown usage or control are a level of their own.

    Returns
    -------
    tuple of DataFrame and list of str
        One row per cell: levels, ``active``, ``invited``, ``answered``, ``promoters``, ``passives``,
        ``detractors``; and the names of the columns with levels: ``tenure``, ``usage``, and controls by
        their own name (:func:`control_of`). Both empty where nothing is known by which customers differ.
    """
    levels, edges = _levels(data)
    if not levels:
        return pd.DataFrame(), []
    parts = {
        "levels": ",\n    ".join(f"{sql} AS {name(variable)}" for variable, sql in levels.items()),
        "places": ", ".join(str(place + 1) for place in range(len(levels))),
        "join": _USED if "usage" in levels else "",
    }
    return data.sql(_query("active_cells", **parts), first=first, last=last, **edges), list(levels)


_USED = "LEFT JOIN billing AS used ON used.customer_no = customers.customer_no AND used.month_no = $last"


def control_of(variable: str) -> str:
    """Return the column of ``customers`` that a control among the variables of active cells stands for."""
    return variable.removeprefix(_OF_CUSTOMERS)


def _levels(data: Dataset) -> tuple[dict[str, str], dict[str, float]]:
    """Return the SQL of each column with levels, and the edges of bands to bind."""
    definitions, levels = data.definitions, {}
    edges: dict[str, float] = {f"tenure_{i}": edge for i, edge in enumerate(definitions.tenure_bands[1:])}
    if edges:
        levels["tenure"] = _level("$last - start_no", list(edges))
    for column in definitions.controls:
        if data.has("customers", column):
            variable = _OF_CUSTOMERS + column if column in _OWN else column
            levels[variable] = f"coalesce(CAST(customers.{name(column)} AS VARCHAR), '')"
    usage = definitions.usage
    if usage is not None and data.has("billing", usage.column):
        steps = {f"usage_{i}": edge for i, edge in enumerate(usage.bands)}
        column = f"used.{name(usage.column)}"
        levels["usage"] = f"CASE WHEN {column} IS NULL THEN -1 ELSE {_level(column, list(steps))} END"
        edges |= steps
    return levels, edges


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
    query = _query("satisfied", condition=condition, **_grouped(data, column))
    counted = data.sql(query, first=first, last=last, top=data.definitions.csat_top)
    return counted.astype(dict.fromkeys(["answers", "successes", "people"], int))


def satisfied_pairs(
    data: Dataset, condition: str, first: int, last: int, *, column: str | None = None
) -> pd.DataFrame:
    """Count satisfied answers by two groups at once, for what people in both make alike.

    Parameters as in :func:`satisfied`.

    Returns
    -------
    DataFrame
        As :func:`cxlib.stats.chance.covariance_of_shares` takes it.
    """
    query = _query("satisfied_pairs", condition=condition, **_grouped(data, column))
    return data.sql(query, first=first, last=last, top=data.definitions.csat_top)


def satisfied_scales(data: Dataset, condition: str, first: int, last: int) -> pd.DataFrame:
    """Return the scales of the answers that :func:`satisfied` counts.

    Returns
    -------
    DataFrame
        One row per scale: ``low``, ``high``.
    """
    return data.sql(_query("satisfied_scales", condition=condition), first=first, last=last)


def efforts(data: Dataset, first: int, last: int) -> pd.DataFrame:
    """Count the answers on effort by score, 7 always being the good end of a scale 1-7.

    Other scales are stretched to it.

    Returns
    -------
    DataFrame
        One row per score: ``score`` (1-7), ``answers``.
    """
    return data.sql(_query("efforts"), first=first, last=last)


def effort_by_person(data: Dataset, first: int, last: int) -> pd.DataFrame:
    """Count the answers on effort per person, then persons alike in it.

    Returns
    -------
    DataFrame
        One row per kind of person: ``answers``, ``total`` (their sum, each 1-7) and ``people``.
    """
    return data.sql(_query("effort_by_person"), first=first, last=last)
