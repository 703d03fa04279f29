"""How many customers leave, how long they stay, and whether they buy again.

Everything is arithmetic on counts of customers by start and end month, which the engine makes;
no row per customer or customer-month is ever built.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from cxlib.chapters.retention.cohort_shares import cohorts
from cxlib.chapters.retention.counts import NOT_CONTRACTS, SNAPSHOT, kind_of, snapshot_stays, stays
from cxlib.chapters.retention.figures import FIGURES
from cxlib.chapters.retention.purchases import repurchase
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, Quantity, count, listing, month, number, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats import survival
from cxlib.stats.intervals import wilson

__all__ = [
    "by",
    "churn_rate",
    "churn_table",
    "cohorts",
    "kaplan_meier",
    "repurchase",
    "retention_curve",
]

YEAR = 12
LEAST_AT_RISK = 30
MONTHS_OF_A_TABLE = 24
CHURN_BY_MONTH = ("churn.rate", "churn.rate.involuntary", "churn.rate.year")
SHOWN_MONTHS = (1, 2, 3, 6, 9, *range(12, 241, 6))


def churn_table(lives: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Count month by month who was there at its start and who left in it.

    Parameters
    ----------
    lives : DataFrame
        One row per kind of life: ``start_no``, ``end_no`` (NaN: still there), ``involuntary``,
        ``customers``.
    first, last : int
        Months (``month_no``), both included.

    Returns
    -------
    DataFrame
        One row per month: ``month_no``, ``at_risk``, ``left``, ``involuntary``.
    """
    months = np.arange(first, last + 1)[:, None]
    start, end = lives["start_no"].to_numpy(), lives["end_no"].fillna(np.inf).to_numpy()
    customers = lives["customers"].to_numpy(dtype=float)
    at_risk = (start < months) & (end >= months)
    left = at_risk & (end == months)
    return pd.DataFrame(
        {
            "month_no": months[:, 0],
            "at_risk": at_risk @ customers,
            "left": left @ customers,
            "involuntary": (left & lives["involuntary"].to_numpy()) @ customers,
        }
    )


def churn_rate(data: Dataset) -> Result:
    """Share of customers who left in the month, and what a year of such months adds up to.

    At risk are those who were customers at the month's start; who joined in the month is left out.
    A snapshot gives the share of customers who have left, without a horizon.

    Returns
    -------
    Result
        Figures ``churn.rate``, ``churn.rate.involuntary``, ``churn.rate.year`` (or
        ``churn.snapshot.share``). Table: one row per month, last 24: ``month``, ``at_risk``, ``left``,
        ``involuntary``, ``rate`` (share 0-1), ``low``, ``high``.
    """
    ids = CHURN_BY_MONTH
    kind = kind_of(data)
    if kind == "snapshot":
        return _snapshot_share(data, ids)
    if kind != "contracts":
        return Result.unavailable("retention.churn_rate", NOT_CONTRACTS[kind], ids)
    table = churn_table(stays(data), data.first_month_no, data.month_no)
    table = table[table["at_risk"] > 0].reset_index(drop=True)
    if table.empty or table["month_no"].iloc[-1] != data.month_no:
        return Result.unavailable("retention.churn_rate", say("Nobody was a customer in the month."), ids)
    if table["at_risk"].iloc[-1] < data.definitions.minimum_group:
        return Result.unavailable("retention.churn_rate", say("Fewer customers than may be shown."), ids)
    figures, absent = _churn_figures(table, data.has("customers", "end_type"))
    return Result(
        "retention.churn_rate",
        _churn_sentences(data, table, figures),
        table=_rates(table.tail(MONTHS_OF_A_TABLE)),
        columns=_CHURN_COLUMNS,
        figures=tuple(figures.values()),
        method=(_CHURN_METHOD,),
        absent=absent,
    )


_CHURN_METHOD = say(
    "Of the customers at the month's start, those who left in it; those who joined in the month are not "
    "counted. Interval: Wilson, 95%; for the year Greenwood on the log-log scale."
)
_CHURN_COLUMNS = {
    "month": Column(say("Month"), partial(month, short=True)),
    "at_risk": Column(say("Customers at its start"), count),
    "left": Column(say("Left"), count),
    "rate": Column(say("Share"), partial(percent, digits=2)),
    "low": Column(say("from"), partial(percent, digits=2)),
    "high": Column(say("to"), partial(percent, digits=2)),
}


def _rates(table: pd.DataFrame) -> pd.DataFrame:
    shares = [wilson(row.left, row.at_risk) for row in table.itertuples()]
    rates = pd.DataFrame(shares, columns=["rate", "low", "high"], index=table.index)
    rates.insert(0, "month", [month_name(n) for n in table["month_no"]])
    return rates.join(table[["at_risk", "left", "involuntary"]].astype(int)).reset_index(drop=True)


def _churn_figures(table: pd.DataFrame, typed: bool) -> tuple[dict[str, Figure], dict[str, Message]]:
    last, absent = table.iloc[-1], {}
    n = int(last["at_risk"])
    rates = {"churn.rate": wilson(last["left"], n)}
    if typed:
        rates["churn.rate.involuntary"] = wilson(last["involuntary"], n)
    else:
        reason = say("These data do not say who ended the contract.")
        absent["churn.rate.involuntary"] = reason
    figures = {id: Figure.of(FIGURES[id], rate, n=n, method=_CHURN_METHOD) for id, rate in rates.items()}
    year = table.tail(YEAR)
    if len(year) < YEAR:
        absent["churn.rate.year"] = say("These data hold fewer than twelve months.")
        return figures, absent
    curve = survival.bounded(survival.kaplan_meier(year["at_risk"], year["left"]), year["at_risk"]).iloc[-1]
    figures["churn.rate.year"] = Figure.of(
        FIGURES["churn.rate.year"], _left(curve), n=int(year["at_risk"].sum()), method=_CHURN_METHOD
    )
    return figures, absent


def _left(curve: pd.Series) -> Estimate:
    """Return the share who left at one point of a survival curve."""
    limits = (None if np.isnan(x) else 1 - float(x) for x in (curve["high"], curve["low"]))
    return Estimate(1 - float(curve["survival"]), *limits)


def _churn_sentences(
    data: Dataset, table: pd.DataFrame, figures: Mapping[str, Figure]
) -> tuple[Message, ...]:
    last = table.iloc[-1]
    rate = wilson(last["left"], last["at_risk"])
    sentences = [
        say(
            "In {month} {value} of the customers left (between {low} and {high}): {left} of {n}.",
            month=month(data.month),
            left=count(last["left"]),
            n=count(last["at_risk"]),
            **interval(rate, partial(percent, digits=2)),
        )
    ]
    if last["involuntary"]:
        sentences.append(say("{n} of them had to leave.", n=count(last["involuntary"])))
    year = figures.get("churn.rate.year")
    if year is not None:
        sentences.append(
            say(
                "The last twelve months together: {value} (between {low} and {high}). Rates of months that "
                "differ by less than their intervals may differ by chance.",
                **interval(_shares(year), percent),
            )
        )
    return tuple(sentences)


def _shares(figure: Figure) -> Estimate:
    """Return a figure in percent as an estimate on 0-1."""
    return Estimate(*(None if x is None else x / 100 for x in (figure.value, figure.low, figure.high)))


def _snapshot_share(data: Dataset, ids: tuple[str, ...]) -> Result:
    row = data.sql(
        "SELECT count(*) AS n, sum(CASE WHEN churned THEN 1 ELSE 0 END) AS churned FROM snapshot"
    ).iloc[0]
    reason = say("A snapshot does not say when customers left, so there is no rate per month.")
    if not row["n"]:
        return Result.unavailable("retention.churn_rate", reason, ids)
    share = wilson(row["churned"], row["n"])
    n, left = int(row["n"]), int(row["churned"])
    method = say("Customers marked as gone, of all customers in the table. Interval: Wilson, 95%.")
    sentence = say(
        "{value} of the customers in these data have left (between {low} and {high}): {left} of {n}. Without "
        "dates nobody can say over which time.",
        left=count(left),
        n=count(n),
        **interval(share),
    )
    figure = Figure.of(FIGURES["churn.snapshot.share"], share, n=n, method=method, note=SNAPSHOT)
    table = pd.DataFrame({"state": ["left", "stayed"], "customers": [left, n - left]})
    return Result(
        "retention.churn_rate",
        (sentence,),
        table=table.assign(share=table["customers"] / n),
        columns=_SNAPSHOT_COLUMNS,
        figures=(figure,),
        method=(method,),
        warnings=(SNAPSHOT,),
        absent=dict.fromkeys(ids, reason),
    )


_STATES = {"left": say("have left"), "stayed": say("are still here")}
_SNAPSHOT_COLUMNS = {
    "state": Column(say("Customers"), _STATES.get),
    "customers": Column(say("Number"), count),
    "share": Column(say("Share"), percent),
}


def retention_curve(lives: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Estimate the share of new customers still there after each month (Kaplan-Meier).

    Customers who started before the window are at risk from the tenure at which it opens
    (delayed entry), so that those who had left by then are not missed.

    Parameters
    ----------
    lives : DataFrame
        One row per kind of life, as in :func:`churn_table`.
    first, last : int
        First and last month of the window (``month_no``).

    Returns
    -------
    DataFrame
        One row per month since the start, 1, 2, ...: ``time``, ``at_risk``, ``events``, ``censored``,
        ``survival`` (0-1), ``error``, ``low``, ``high``; up to the last month before fewer than 30
        customers are at risk. Empty if that is the first.
    """
    end = lives["end_no"].where(lives["end_no"] <= last)
    entry = np.maximum(0, first - 1 - lives["start_no"].to_numpy())
    exit = (end.fillna(last) - lives["start_no"]).to_numpy().astype(int)
    return _curve(exit, end.notna().to_numpy(), lives["customers"].to_numpy(), entry)


def _curve(exit: np.ndarray, left: np.ndarray, customers: np.ndarray, entry: np.ndarray) -> pd.DataFrame:
    if not ((exit > entry) & (customers > 0)).any():
        return pd.DataFrame()
    times = np.arange(1, exit.max() + 1)
    table = survival.life_table(exit, left, entry=entry, counts=customers, times=times)
    thin = np.flatnonzero(table["at_risk"] < LEAST_AT_RISK)
    table = table.iloc[: thin[0]] if thin.size else table
    curve = survival.kaplan_meier(table["at_risk"], table["events"])
    return table.join(survival.bounded(curve, table["at_risk"]))


def kaplan_meier(data: Dataset) -> Result:
    """How long customers stay: of 100 new ones, how many are still here after each month.

    Returns
    -------
    Result
        Figure ``retention.12m``. Part ``curve``: one row per month since the start, columns of
        :func:`retention_curve`; table: the same for some of the months.
    """
    label = "retention.kaplan_meier"
    ids = FIGURES.of(label)
    kind = kind_of(data)
    if kind not in ("contracts", "snapshot"):
        return Result.unavailable(label, NOT_CONTRACTS[kind], ids)
    if kind == "snapshot" and not data.has("snapshot", "tenure_months"):
        return Result.unavailable(label, say("These data do not say how long customers have been here."), ids)
    curve = _snapshot_curve(data) if kind == "snapshot" else _contract_curve(data)
    if curve.empty:
        reason = say("Fewer than 30 customers were seen from their first month on.")
        return Result.unavailable(label, reason, ids)
    warnings = (SNAPSHOT,) if kind == "snapshot" else ()
    figures, absent = _retention_figure(curve, warnings)
    return Result(
        label,
        (_stay_sentence(curve), _median_sentence(curve)),
        table=curve[curve["time"].isin(SHOWN_MONTHS)].reset_index(drop=True),
        columns=_CURVE_COLUMNS,
        figures=figures,
        method=(_SNAPSHOT_CURVE if kind == "snapshot" else _CURVE_METHOD,),
        warnings=warnings,
        absent=absent,
        parts={"curve": curve},
    )


_CURVE_METHOD = say(
    "Kaplan-Meier by months since the start, all ends; customers who started before the first month of the "
    "data count from the tenure they had by then. Interval: Greenwood, log-log, 95%. Shown while 30 or more "
    "customers are at risk. It speaks for a new customer if leaving stays as it was."
)
_SNAPSHOT_CURVE = say(
    "Kaplan-Meier by months as a customer, of the snapshot; customers with 0 months are left out. Interval: "
    "Greenwood, log-log, 95%. It holds only if those who left are all in the table."
)
_CURVE_COLUMNS = {
    "time": Column(say("Months since the start"), count),
    "at_risk": Column(say("At risk"), count),
    "events": Column(say("Left"), count),
    "survival": Column(say("Still here"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def _contract_curve(data: Dataset) -> pd.DataFrame:
    return retention_curve(stays(data), data.first_month_no, data.month_no)


def _snapshot_curve(data: Dataset) -> pd.DataFrame:
    return _tenure_curve(snapshot_stays(data))


def _tenure_curve(rows: pd.DataFrame) -> pd.DataFrame:
    tenure = rows["tenure"].to_numpy(dtype=int)
    return _curve(
        tenure, rows["churned"].to_numpy(dtype=bool), rows["customers"].to_numpy(), np.zeros_like(tenure)
    )


def _retention_figure(
    curve: pd.DataFrame, notes: tuple[Message, ...]
) -> tuple[tuple[Figure, ...], dict[str, Message]]:
    if curve["time"].iloc[-1] < YEAR:
        reason = say("Fewer than 30 customers were seen in one of their first twelve months.")
        return (), {"retention.12m": reason}
    estimate = survival.survival_at(YEAR, curve["time"], curve)
    n = int(curve["at_risk"].iloc[0])
    note = notes[0] if notes else None
    return (Figure.of(FIGURES["retention.12m"], estimate, n=n, method=_CURVE_METHOD, note=note),), {}


def _stay_sentence(curve: pd.DataFrame) -> Message:
    time = min(YEAR, int(curve["time"].iloc[-1]))
    return say(
        "Of 100 new customers about {value} are still here after {months} months (between {low} and {high}; "
        "{n} customers seen in their first month).",
        months=count(time),
        n=count(curve["at_risk"].iloc[0]),
        **interval(survival.survival_at(time, curve["time"], curve), _of_hundred),
    )


def _of_hundred(share: float | None) -> Quantity:
    return number(None if share is None else 100 * share, 1)


def _median_sentence(curve: pd.DataFrame) -> Message:
    middle = survival.median(curve["time"], curve)
    if np.isnan(middle.value):
        return say(
            "Half of them have not left within the {months} months seen.",
            months=count(curve["time"].iloc[-1]),
        )
    if middle.high is None:
        return say("Half of them have left after about {months} months.", months=count(middle.value))
    return say(
        "Half of them have left after about {value} months (between {low} and {high}).",
        **interval(middle, count),
    )


def by(data: Dataset, column: str = "segment") -> Result:
    """Compare how long groups of customers stay.

    Parameters
    ----------
    data : Dataset
    column : str
        Column of ``customers`` (or ``snapshot``); groups with fewer than 30 customers at risk in one of
        the first twelve months are left out.

    Returns
    -------
    Result
        No figures. Table: one row per group: ``group``, ``customers`` (seen in their first month),
        ``value`` (still here after 12 months, 0-1), ``low``, ``high``; part ``curves``: the curves.
    """
    label = "retention.by"
    curves = _curves_by(data, column)
    if curves is None:
        return Result.unavailable(label, say("These data hold no groups of customers with start and end."))
    curves = {group: c for group, c in curves.items() if not c.empty and c["time"].iloc[-1] >= YEAR}
    if len(curves) < 2:
        return Result.unavailable(label, say("Fewer than two groups have enough customers to be compared."))
    table = _by_table(curves)
    return Result(
        label,
        _by_sentences(table, column, curves),
        table=table,
        columns=_BY_COLUMNS,
        method=(_BY_METHOD,),
        warnings=(SNAPSHOT,) if kind_of(data) == "snapshot" else (),
        parts={"curves": pd.concat(curves, names=["group"]).reset_index(level=0).reset_index(drop=True)},
    )


def _curves_by(data: Dataset, column: str) -> dict[str, pd.DataFrame] | None:
    """Return the curve of each known group; None where the data have no such groups."""
    kind = kind_of(data)
    if kind == "contracts" and data.has("customers", column):
        groups = stays(data, column).groupby("group")
        first, last = data.first_month_no, data.month_no
        return {str(group): retention_curve(rows, first, last) for group, rows in groups if group}
    if kind == "snapshot" and data.has("snapshot", column, "tenure_months"):
        groups = snapshot_stays(data, column).groupby("group")
        return {str(group): _tenure_curve(rows) for group, rows in groups if group}
    return None


_BY_METHOD = say(
    "Kaplan-Meier for each group; log-rank test over the months that all groups have. Groups differ in more "
    "than their name: the difference says nothing about why."
)
_BY_COLUMNS = {
    "group": Column(say("Group")),
    "customers": Column(say("Customers"), count),
    "value": Column(say("Still here after a year"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def _by_table(curves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = [
        {
            "group": group,
            "customers": int(curve["at_risk"].iloc[0]),
            **survival.survival_at(YEAR, curve["time"], curve)._asdict(),
        }
        for group, curve in curves.items()
    ]
    return pd.DataFrame(rows).sort_values("value", ignore_index=True)


def _by_sentences(
    table: pd.DataFrame, column: str, curves: Mapping[str, pd.DataFrame]
) -> tuple[Message, ...]:
    shares = listing(
        say(
            "{group} {value} (between {low} and {high})",
            group=row.group,
            **interval(Estimate(row.value, row.low, row.high)),
        )
        for row in table.itertuples()
    )
    sentence = say("Still here after a year, by “{column}”: {shares}.", column=column, shares=shares)
    shared = min(len(curve) for curve in curves.values())
    counts = [[c[name].to_numpy()[:shared] for c in curves.values()] for name in ("at_risk", "events")]
    if not np.sum(counts[1]):
        return (sentence,)
    if survival.log_rank(*counts).p < 0.05:
        return sentence, say("The groups leave at a different pace, by more than chance would explain.")
    return sentence, say("Chance alone could explain that the groups differ.")
