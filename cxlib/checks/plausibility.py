"""Plausibility of what the data say about leaving: each check judges counts, and says what it found.

A check is a function of a small frame, so that it can be tried on a planted case. It finds nothing
where the counts are too few to tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxlib.checks import predictors
from cxlib.checks.finding import Finding
from cxlib.checks.predictors import kept
from cxlib.contract.months import month_name
from cxlib.contract.queries import read_sql
from cxlib.contract.schema import TABLES
from cxlib.estimate import Z95
from cxlib.language import Message, count, month, number, percent, say

if TYPE_CHECKING:
    from cxlib.dataset.dataset import Dataset

__all__ = [
    "inverted",
    "kept_for_leavers",
    "late_ends",
    "leakage",
    "nobody_or_everybody",
    "one_month_of_ends",
    "risk_ratios",
    "separation",
    "sign_flip",
    "still_active",
    "unexpected_sign",
    "unlikely_about_leaving",
]

# A thing known about customers that puts a leaver before a stayer this often has foreknowledge.
FOREKNOWLEDGE, CERTAINTY = 0.95, 0.99
ENOUGH = 20
# None where this many were to be expected happens by chance in less than one of a thousand levels.
EXPECTED = 7
# Standard errors beyond which a difference in the wrong direction is not chance.
BEYOND_CHANCE = 3
# A label is doubtful when more than half left, and when nearly all left within a year.
MOST, NEARLY_ALL = 0.5, 0.8
HARDLY = 0.05
Interval = tuple[float, float, float]


def unlikely_about_leaving(dataset: Dataset) -> list[Finding]:
    """Return what is implausible about who left in a dataset."""
    if "snapshot" in dataset.tables:
        return [*_by_level(dataset), *_of_a_flat_table(dataset)]
    if dataset.has("customers", "start_no") and dataset.definitions.churn.kind == "contract":
        return [*_by_level(dataset), *_of_contracts(dataset)]
    return []


def _by_level(dataset: Dataset) -> Iterator[Finding]:
    levels = kept(dataset, predictors.levels)
    used = {*dataset.definitions.controls, *dataset.definitions.segments}
    leaks = list(leakage(levels, used))
    yield from leaks
    leaking = levels["column"].isin([finding.column for finding in leaks])
    yield from separation(levels[~leaking], used, dataset.definitions.minimum_group)


def _of_a_flat_table(dataset: Dataset) -> Iterator[Finding]:
    people = dataset.sql(read_sql(__package__, "ended_of_snapshot"))
    n, gone = (int(value) for value in people.iloc[0])
    yield from nobody_or_everybody(n, gone)
    yield from inverted(n, gone)
    yield from unexpected_sign(kept(dataset, predictors.answers_of_leavers))
    if dataset.has("snapshot", "negative_count"):
        yield from sign_flip(*risk_ratios(kept(dataset, predictors.strata)))


def _of_contracts(dataset: Dataset) -> Iterator[Finding]:
    courses = kept(dataset, predictors.lives)
    first, last = dataset.first_month_no, dataset.month_no
    started = courses[courses["start_no"] <= last]
    gone = started.loc[started["end_no"] <= last, "customers"].sum()
    yield from nobody_or_everybody(int(started["customers"].sum()), int(gone))
    course = _course(courses, first, last)
    yield from late_ends(course)
    yield from one_month_of_ends(course)
    year = courses[(courses["start_no"] <= last - 12) & ~(courses["end_no"] <= last - 12)]
    gone = year.loc[year["end_no"] <= last, "customers"].sum()
    yield from inverted(int(year["customers"].sum()), int(gone), limit=NEARLY_ALL)
    if dataset.has("billing", "month"):
        yield from leakage(kept(dataset, predictors.usage_before), {"usage"})
    if dataset.has("surveys", "score"):
        yield from unexpected_sign(kept(dataset, predictors.answers_of_leavers))
    records = kept(dataset, predictors.recorded)
    yield from kept_for_leavers(records)
    yield from still_active(records)


def _course(courses: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Return per month of the window how many customers were at risk and how many left."""
    months = np.arange(first, last + 1)
    start, end = (courses[column].to_numpy(float)[:, None] for column in ("start_no", "end_no"))
    n = courses["customers"].to_numpy()[:, None]
    at_risk = ((start < months) & ~(end < months)) * n
    return pd.DataFrame(
        {
            "month_no": months,
            "at_risk": at_risk.sum(0),
            "ends": (((end == months) & (start < end)) * n).sum(0),
        }
    )


def foretold(levels: pd.DataFrame) -> float:
    """Return how often a thing known about customers puts a leaver before a stayer; by chance: 0.5.

    Parameters
    ----------
    levels : DataFrame
        One row per level: ``customers``, ``gone``; levels of few customers are taken together.

    Returns
    -------
    float
        Area under the curve of the levels' shares, 0.5-1; NaN with too few leavers or stayers.
    """
    few = levels["customers"] < ENOUGH
    groups = levels.loc[~few, ["customers", "gone"]].astype(float)
    groups = pd.concat([groups, levels.loc[few, ["customers", "gone"]].sum().astype(float).to_frame().T])
    groups = groups[groups["customers"] > 0]
    groups = groups.assign(stayed=groups["customers"] - groups["gone"])
    if (groups[["gone", "stayed"]].sum() < ENOUGH).any():
        return np.nan
    groups = groups.iloc[np.argsort(groups["gone"] / groups["customers"], kind="stable")]
    gone, stayed = groups["gone"].to_numpy(), groups["stayed"].to_numpy()
    before = np.cumsum(stayed) - stayed / 2
    return float((gone * before).sum() / gone.sum() / stayed.sum())


def leakage(levels: pd.DataFrame, used: Collection[str]) -> Iterator[Finding]:
    """Find things known about customers that almost determine who left.

    Parameters
    ----------
    levels : DataFrame
        As made by :func:`cxlib.checks.predictors.levels`.
    used : collection of str
        Columns that the report adjusts or groups by.
    """
    for column, rows in levels.groupby("column", sort=True):
        share = foretold(rows)
        if share >= FOREKNOWLEDGE:
            yield Finding(
                "leakage",
                "serious" if column in used or share >= CERTAINTY else "warning",
                say(
                    "{column} almost gives away who left: it tells one who left from one who stayed in "
                    "{share} of pairs. Probably it was written down when or after they left.",
                    column=column,
                    share=percent(share),
                ),
                say("Do not adjust or group by it; export instead what was known before the customer left."),
                column=str(column),
            )


def separation(levels: pd.DataFrame, used: Collection[str], least: int) -> Iterator[Finding]:
    """Find levels in which nobody or everybody left, against what the other levels let expect.

    Parameters
    ----------
    levels : DataFrame
        As made by :func:`cxlib.checks.predictors.levels`.
    used : collection of str
        Columns that the report adjusts or groups by.
    least : int
        Smallest group that may be told of.
    """
    for row in levels[levels["kind"].isin(("levels", "given"))].itertuples():
        whole = levels.loc[levels["column"] == row.column, ["customers", "months", "gone"]].sum()
        if row.customers < max(least, EXPECTED) or row.customers == whole["customers"]:
            continue
        none = row.gone == 0 and row.months * whole["gone"] / whole["months"] >= EXPECTED
        staying = row.customers * (1 - whole["gone"] / whole["customers"])
        if none or (row.gone == row.customers and staying >= EXPECTED):
            yield Finding(
                "separation",
                "warning" if row.column in used else "note",
                _separated(row, none=none),
                say("Merge the level with a similar one in the SELECT, or do not adjust by this column."),
                column=row.column,
            )


def _separated(row: tuple, *, none: bool) -> Message:
    level = say("(no value)") if pd.isna(row.level) else row.level
    if row.kind == "given" and not pd.isna(row.level):
        level = say("(any value)")
    where = {"customers": count(row.customers), "column": row.column, "level": level}
    if none:
        return say("Of the {customers} customers with {level} in {column} nobody left.", **where)
    return say("All {customers} customers with {level} in {column} left.", **where)


def nobody_or_everybody(customers: int, gone: int) -> Iterator[Finding]:
    """Find out whether nobody left, or everybody.

    Parameters
    ----------
    customers, gone : int
        Customers there are or were, and those of them who left.
    """
    if customers and gone == 0:
        yield Finding(
            "nobody_left",
            "serious",
            say(
                "The only customer has not left; nothing can be said on leaving.",
                plural="None of the {n} customers left; nothing can be said on leaving.",
                n=count(customers),
            ),
            say("Export former customers as well, with the day they left."),
        )
    elif customers and gone == customers:
        yield Finding(
            "everybody_left",
            "serious",
            say(
                "The only customer has left; there is nobody to compare with.",
                plural="All {n} customers left; there is nobody to compare with.",
                n=count(customers),
            ),
            say("Export present customers as well, and leave their end empty."),
        )


def inverted(customers: int, gone: int, *, limit: float = MOST) -> Iterator[Finding]:
    """Find out whether those marked as left are so many that the mark may mean the opposite.

    Parameters
    ----------
    customers, gone : int
        Customers of a flat table, or those there a year ago; those of them who left.
    limit : float
        Share from which the mark is doubtful.
    """
    if customers >= ENOUGH and limit * customers < gone < customers:
        yield Finding(
            "inverted_label",
            "serious",
            say(
                "{share} of the customers are marked as left. Perhaps the mark means the opposite: still "
                "a customer.",
                share=percent(gone / customers, 0),
            ),
            say("Compare a few customers you know; turn the mark round in the SELECT if it is inverted."),
        )


def late_ends(course: pd.DataFrame) -> Iterator[Finding]:
    """Find out whether ends are recorded only from some month on.

    Parameters
    ----------
    course : DataFrame
        One row per month of the window: ``month_no``, ``at_risk``, ``ends``.
    """
    with_ends = course["ends"] > 0
    if not with_ends.any():
        return
    begin = int(course.loc[with_ends, "month_no"].iloc[0])
    since = course["month_no"] >= begin
    rate = course.loc[since, "ends"].sum() / course.loc[since, "at_risk"].sum()
    if rate * course.loc[~since, "at_risk"].sum() >= EXPECTED:
        yield Finding(
            "late_ends",
            "serious",
            say(
                "Before {month} nobody left. Probably earlier ends are not in the data, and who left then "
                "is missing.",
                month=month(month_name(begin)),
            ),
            say("Export all ends, or set observed_since in dataset.yaml to the first month with ends."),
            "customers",
            "end_date",
        )


def one_month_of_ends(course: pd.DataFrame) -> Iterator[Finding]:
    """Find out whether most ends lie in one month, the last one for instance.

    Parameters
    ----------
    course : DataFrame
        One row per month of the window: ``month_no``, ``at_risk``, ``ends``.
    """
    ends = course["ends"].to_numpy()
    if len(course) < 6 or ends.sum() < ENOUGH or ends.max() <= MOST * ends.sum():
        return
    yield Finding(
        "one_month_of_ends",
        "serious",
        say(
            "{share} of all ends lie in {month}. Probably that is when they were written down, not when "
            "customers left.",
            share=percent(ends.max() / ends.sum(), 0),
            month=month(month_name(int(course["month_no"].iloc[ends.argmax()]))),
        ),
        say("Export the day of notice or of the contract's end instead."),
        "customers",
        "end_date",
    )


def unexpected_sign(answers: pd.DataFrame) -> Iterator[Finding]:
    """Find scores that were better among customers who left.

    Parameters
    ----------
    answers : DataFrame
        As made by :func:`cxlib.checks.predictors.answers_of_leavers`.
    """
    for column, rows in answers.groupby("column", sort=True):
        groups = rows.set_index("gone")
        if len(groups) < 2 or (groups["customers"] < ENOUGH).any():
            continue
        error = np.sqrt((groups["variance"] / groups["customers"]).sum())
        if groups.loc[1, "mean"] - groups.loc[0, "mean"] <= BEYOND_CHANCE * error:
            continue
        if column == "negative_count":
            yield _fewer_experiences(-groups["mean"])
        else:
            yield Finding(
                "unexpected_sign",
                "warning",
                say(
                    "Customers who left had given better answers ({score}) than those who stayed.",
                    score=column,
                ),
                say("Check the direction of the scale: high_is_good, and the coding in the SELECT."),
                column=str(column),
            )


def _fewer_experiences(mean: pd.Series) -> Finding:
    return Finding(
        "unexpected_sign",
        "warning",
        say(
            "Customers who left have fewer negative experiences ({gone} on average) than those who stayed "
            "({stayed}).",
            gone=number(mean[1], 2),
            stayed=number(mean[0], 2),
        ),
        say(
            "Check the mark of leaving. If it is right: who left early had less time to have any, and only "
            "dated events can tell."
        ),
        "snapshot",
        "negative_count",
    )


def risk_ratios(strata: pd.DataFrame) -> tuple[Interval, Interval]:
    """Return the risk ratio of leaving after negative experiences, crude and within strata.

    Mantel-Haenszel's ratio with the limits of Greenland and Robins (1985), 95 %.

    Parameters
    ----------
    strata : DataFrame
        As made by :func:`cxlib.checks.predictors.strata`.

    Returns
    -------
    crude, adjusted : tuple of float
        Ratio, lower and upper limit; NaN without leavers in both groups.
    """
    return _mantel_haenszel(strata.sum().to_frame().T), _mantel_haenszel(strata)


def _mantel_haenszel(strata: pd.DataFrame) -> Interval:
    n1, a, n0, b = (
        strata[column].to_numpy(float) for column in ("exposed", "exposed_gone", "others", "others_gone")
    )
    total = np.maximum(n1 + n0, 1)
    exposed, others = (a * n0 / total).sum(), (b * n1 / total).sum()
    if not exposed or not others:
        return np.nan, np.nan, np.nan
    variance = ((n1 * n0 * (a + b) - a * b * total) / total**2).sum() / (exposed * others)
    ratio, width = exposed / others, np.exp(Z95 * np.sqrt(variance))
    return ratio, ratio / width, ratio * width


def sign_flip(crude: Interval, adjusted: Interval) -> Iterator[Finding]:
    """Find out whether an effect turns round when it is adjusted.

    Parameters
    ----------
    crude, adjusted : tuple of float
        Ratio with lower and upper limit, 1 meaning no effect.
    """
    signs = [np.sign(np.log(ratio)) for ratio in (crude[0], adjusted[0])]
    clear = [low > 1 or high < 1 for _, low, high in (crude, adjusted)]
    if np.isnan(signs).any() or signs[0] * signs[1] >= 0 or not any(clear):
        return
    yield Finding(
        "sign_flip",
        "serious" if all(clear) else "warning",
        say(
            "The effect turns round: unadjusted, customers with negative experiences leave {crude} times "
            "as often as others, among similar customers {adjusted} times.",
            crude=number(crude[0], 2),
            adjusted=number(adjusted[0], 2),
        ),
        say("Do not report the unadjusted figure, and look for what else the two groups differ in."),
    )


def kept_for_leavers(records: pd.DataFrame) -> Iterator[Finding]:
    """Find tables that hold rows of leavers alone, or of no leavers.

    Parameters
    ----------
    records : DataFrame
        As made by :func:`cxlib.checks.predictors.recorded`.
    """
    for table, rows in records.groupby("table", sort=True):
        groups = rows.set_index("gone")[["customers", "seen"]].astype(float)
        if len(groups) < 2:
            continue
        share = groups["seen"] / groups["customers"]
        fewer = share.idxmin()
        expected = groups.loc[fewer, "customers"] * share.max()
        if expected < ENOUGH or share.min() > HARDLY * share.max():
            continue
        yield _only_leavers(str(table)) if fewer == 0 else _no_leavers(str(table))


def _only_leavers(table: str) -> Finding:
    return Finding(
        "only_leavers",
        "serious",
        say("There are {table} almost only of customers who left.", table=TABLES[table].label),
        say("Export them for all customers; otherwise nothing can be learned from them about leaving."),
        table,
    )


def _no_leavers(table: str) -> Finding:
    return Finding(
        "no_leavers",
        "serious",
        say("There are hardly any {table} of customers who left.", table=TABLES[table].label),
        say("Perhaps they are deleted when a customer leaves; ask for an archive or a backup."),
        table,
    )


def still_active(records: pd.DataFrame) -> Iterator[Finding]:
    """Find out whether those who left go on being active while those who stay do not.

    Parameters
    ----------
    records : DataFrame
        As made by :func:`cxlib.checks.predictors.recorded`.
    """
    for table, rows in records[records["settled"] >= ENOUGH].groupby("table", sort=True):
        groups = rows.set_index("gone")
        if len(groups) < 2:
            continue
        active = groups["active"] / groups["settled"]
        if active[1] > MOST and active[1] > 2 * active[0]:
            yield Finding(
                "inverted_label",
                "serious",
                say(
                    "{gone} of the customers who left long ago have {table} in the last three months, but "
                    "only {stayed} of the present ones. Perhaps the mark of leaving means the opposite.",
                    gone=percent(active[1], 0),
                    stayed=percent(active[0], 0),
                    table=TABLES[str(table)].label,
                ),
                say("Compare a few customers you know; turn the mark round in the SELECT if it is inverted."),
                str(table),
            )
