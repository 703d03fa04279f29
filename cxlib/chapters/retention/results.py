"""How many customers leave and how long they stay, as results for readers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from cxlib.chapters.retention.cohort_shares import cohorts
from cxlib.chapters.retention.figures import FIGURES
from cxlib.chapters.retention.purchases import repurchase
from cxlib.chapters.retention.snapshots import gone_by_group, gone_by_tenure, share_gone
from cxlib.chapters.retention.study import Study
from cxlib.chapters.retention.tables import YEAR, left_in_a_year, still_here
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, Quantity, count, listing, month, number, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats import survival
from cxlib.stats.intervals import wilson

__all__ = ["by", "churn_rate", "cohorts", "kaplan_meier", "repurchase"]

MONTHS_OF_A_TABLE = 24
SHOWN_MONTHS = (0, 1, 2, 3, 6, 9, *range(12, 241, 6))


def churn_rate(data: Dataset) -> Result:
    """Share of customers who left in the month, and what a year of such months adds up to.

    At risk are those who were customers at the month's start; who joined in the month is left out, but how
    many of them left in it is said. All ends count, involuntary ones too. With
    ``definitions.churn.kind: inactivity`` a customer is who has bought in the last ``inactivity_days`` days.
    A snapshot gives the share of customers who have left, without a horizon.

    Returns
    -------
    Result
        Figures ``churn.rate``, ``churn.rate.involuntary``, ``churn.rate.year`` (or
        ``churn.snapshot.share``). Table: one row per month, last 24: ``month``, ``at_risk``, ``left``,
        ``involuntary``, ``at_once`` (started and left in it, beside the rate), ``rate`` (share 0-1), ``low``,
        ``high``; NaN where fewer customers than the smallest group were at risk.
    """
    study = data.once(Study)
    if study.kind == "snapshot":
        return share_gone(study)
    reason = _no_rate(study)
    if reason is not None:
        return Result.unavailable("retention.churn_rate", reason, FIGURES.of("retention.churn_rate"))
    rates, absent = _churn_rates(study)
    method, notes = _churn_method(study)
    return Result(
        "retention.churn_rate",
        _churn_sentences(study, rates),
        table=_rates(study.months.tail(MONTHS_OF_A_TABLE), study.minimum),
        columns=_churn_columns(study),
        figures=tuple(
            Figure.of(FIGURES[id], rate, n=n, method=method, note=notes.get(id))
            for id, (rate, n) in rates.items()
        ),
        method=(method,),
        absent=absent | {"churn.snapshot.share": _HAS_DATES},
    )


_HAS_DATES = say("Customers have dates here; which share of all has left is asked where there are none.")
_CHURN_METHOD = say(
    "Of the customers at the month's start, those who left in it, in whatever way; those who joined in the "
    "month are not counted, even where they left again in it. Interval: Wilson, 95%; for the year Greenwood "
    "on the log-log scale."
)
_LAPSE_METHOD = say(
    "Whoever bought in the last {n} day counts as a customer. Of the customers at the month's start, those "
    "who no longer counted at its end; whoever buys again later counts again. Interval: Wilson, 95%.",
    plural="Whoever bought in the last {n} days counts as a customer. Of the customers at the month's start, "
    "those who no longer counted at its end; whoever buys again later counts again. Interval: Wilson, 95%.",
)
_LAPSE_NOTE = say(
    "who has not bought for {n} day counts as gone", plural="who has not bought for {n} days counts as gone"
)
_COMES_BACK = say("Whoever buys again is a customer again, so the months do not add up to a year.")
_CHURN_COLUMNS = {
    "month": Column(say("Month"), partial(month, short=True)),
    "at_risk": Column(say("Customers at its start"), count),
    "left": Column(say("Left"), count),
    "rate": Column(say("Share"), partial(percent, digits=2)),
    "low": Column(say("from"), partial(percent, digits=2)),
    "high": Column(say("to"), partial(percent, digits=2)),
}
_AT_ONCE_COLUMN = Column(say("Started and left in it"), count)
_NOT_SO_FAR_BACK = say(
    "Leaving means here that a customer has not bought for {n} day; these data do not reach so far back "
    "before the month.",
    plural="Leaving means here that a customer has not bought for {n} days; these data do not reach so far "
    "back before the month.",
)


def _no_rate(study: Study) -> Message | None:
    """Return why there is no rate of the month, or None where there is one."""
    if study.kind != "contracts" and (study.kind != "purchases" or study.inactivity_days is None):
        return study.why_not
    if study.months.empty and study.kind == "purchases":
        return _NOT_SO_FAR_BACK(n=count(study.inactivity_days))
    if study.months.empty or study.months["month_no"].iloc[-1] != study.data.month_no:
        return say("Nobody was a customer at the month's start.")
    return study.too_few if study.months["at_risk"].iloc[-1] < study.minimum else None


def _churn_method(study: Study) -> tuple[Message, dict[str, Message]]:
    """Return how the rate is made, and by id what to keep in mind beside a figure."""
    if study.kind != "contracts":
        days = count(study.inactivity_days)
        return _LAPSE_METHOD(n=days), {"churn.rate": _LAPSE_NOTE(n=days)}
    month, year = study.months["at_once"].iloc[-1], study.months["at_once"].tail(YEAR).sum()
    notes = {"churn.rate": (_AT_ONCE, month), "churn.rate.year": (_AT_ONCE_IN_A_YEAR, year)}
    return _CHURN_METHOD, {id: note(n=count(n)) for id, (note, n) in notes.items() if n}


def _churn_rates(study: Study) -> tuple[dict[str, tuple[Estimate, int]], dict[str, Message]]:
    """Return id -> rate and the customers behind it, and id -> why it is absent."""
    last, absent = study.months.iloc[-1], {}
    n = int(last["at_risk"])
    rates = {"churn.rate": (wilson(last["left"], n), n)}
    if study.kind == "purchases":
        absent |= {"churn.rate.involuntary": study.why_not, "churn.rate.year": _COMES_BACK}
        return rates, absent
    if study.data.has("customers", "end_type"):
        rates["churn.rate.involuntary"] = (wilson(last["involuntary"], n), n)
    else:
        absent["churn.rate.involuntary"] = say("These data do not say who ended the contract.")
    year = left_in_a_year(study.months)
    if year is None:
        absent["churn.rate.year"] = say("These data hold fewer than twelve months.")
    else:
        rates["churn.rate.year"] = year
    return rates, absent


def _rates(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    shares = [wilson(row.left, row.at_risk) for row in table.itertuples()]
    rates = pd.DataFrame(shares, columns=["rate", "low", "high"], index=table.index)
    people = table[["at_risk", "left", "involuntary", "at_once"]].astype(int)
    small = table["at_risk"] < minimum
    if small.any():
        rates, people = rates.mask(small), people.mask(small)
    rates.insert(0, "month", [month_name(n) for n in table["month_no"]])
    return rates.join(people).reset_index(drop=True)


def _churn_sentences(study: Study, rates: Mapping[str, tuple[Estimate, int]]) -> tuple[Message, ...]:
    last = study.months.iloc[-1]
    rate, n = rates["churn.rate"]
    words = {"month": month(study.data.month), "left": count(last["left"]), "of": count(n)}
    words |= interval(rate, partial(percent, digits=2))
    if study.inactivity_days is None:
        sentences = [_LEFT(**words)]
    else:
        sentences = [_LAPSED(n=count(study.inactivity_days), **words)]
    if last["involuntary"]:
        sentences.append(_HAD_TO_LEAVE(n=count(last["involuntary"])))
    if last["at_once"]:
        beside = _AT_ONCE if study.inactivity_days is None else _CAME_AND_WENT
        sentences.append(beside(n=count(last["at_once"])))
    if "churn.rate.year" in rates:
        sentences.append(_IN_A_YEAR(**interval(rates["churn.rate.year"][0], percent)))
        at_once = study.months["at_once"].tail(YEAR).sum()
        sentences += [_AT_ONCE_IN_A_YEAR(n=count(at_once))] if at_once else []
    return tuple(sentences)


def _churn_columns(study: Study) -> dict[str, Column]:
    """Return the headings; that of those who left at once only where there are any."""
    at_once = study.months["at_once"].tail(MONTHS_OF_A_TABLE).any()
    return _CHURN_COLUMNS | ({"at_once": _AT_ONCE_COLUMN} if at_once else {})


_LEFT = say("In {month} {value} of the customers left (between {low} and {high}): {left} of {of}.")
_LAPSED = say(
    "In {month} {value} of the customers left, which means that they had not bought for {n} day (between "
    "{low} and {high}): {left} of {of}.",
    plural="In {month} {value} of the customers left, which means that they had not bought for {n} days "
    "(between {low} and {high}): {left} of {of}.",
)
_HAD_TO_LEAVE = say("{n} of them had to leave.", plural="{n} of them had to leave.")
_AT_ONCE = say(
    "{n} more left in the very month of starting; the rate, of the customers at the month's start, does not "
    "count them.",
    plural="{n} more left in the very month in which they started; the rate, of the customers at the month's "
    "start, does not count them.",
)
_CAME_AND_WENT = say(
    "{n} more bought in the month and counted as gone by its end; the rate, of the customers at the month's "
    "start, does not count them.",
    plural="{n} more bought in the month and counted as gone by its end; the rate, of the customers at the "
    "month's start, does not count them.",
)
_AT_ONCE_IN_A_YEAR = say(
    "In these twelve months {n} more left in the very month of starting.",
    plural="In these twelve months {n} more left in the very month in which they started.",
)
_IN_A_YEAR = say(
    "The last twelve months together: {value} (between {low} and {high}). Rates of months that differ by "
    "less than their intervals may differ by chance."
)


def kaplan_meier(data: Dataset) -> Result:
    """How long customers stay: of 100 new ones, how many are still here after each month.

    A table without dates has no such curve; what it says instead is the share that has left by time as a
    customer.

    Returns
    -------
    Result
        Figure ``retention.12m``. Part ``curve``: one row per month since the start, columns of
        :func:`~cxlib.chapters.retention.tables.retention_curve`; table: the same for some of the months. Of a
        snapshot: as of :func:`~cxlib.chapters.retention.snapshots.gone_by_tenure`.
    """
    label, study = "retention.kaplan_meier", data.once(Study)
    ids = FIGURES.of(label)
    if study.kind == "snapshot":
        return gone_by_tenure(study)
    if study.kind != "contracts":
        return Result.unavailable(label, study.why_not, ids)
    curve = study.curve
    if curve.empty or (len(curve) == 1 and curve["survival"].iloc[0] > 0):
        reason = say(
            "Fewer than {n} customers were seen from their start to the end of the month after it.",
            n=count(study.least),
        )
        return Result.unavailable(label, reason, ids)
    figures = _retention_figure(study)
    return Result(
        label,
        (_stay_sentence(curve), *_at_once_sentence(curve), _median_sentence(curve)),
        table=curve[curve["time"].isin(SHOWN_MONTHS)].reset_index(drop=True),
        columns=_CURVE_COLUMNS,
        figures=figures,
        method=(_CURVE_METHOD(n=count(study.least)),),
        absent=FIGURES.absent(label, _SHORT_CURVE(n=count(study.least)), {figure.id for figure in figures}),
        parts={"curve": curve},
    )


_CURVE_METHOD = say(
    "Kaplan-Meier by months since the start, all ends; the month of the start is month 0, and who leaves in "
    "it counts. Customers who started before the first month of the data count from the tenure they had by "
    "then. Interval: Greenwood, log-log, 95%. Shown while {n} or more customers are at risk. It speaks for "
    "a new customer if leaving stays as it was."
)
_SHORT_CURVE = say("Fewer than {n} customers were seen in one of their first twelve months.")
_CURVE_COLUMNS = {
    "time": Column(say("Months since the start"), count),
    "at_risk": Column(say("At risk"), count),
    "events": Column(say("Left"), count),
    "survival": Column(say("Still here"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def _retention_figure(study: Study) -> tuple[Figure, ...]:
    estimate = still_here(study.curve, YEAR)
    if estimate is None:
        return ()
    n, method = int(study.curve["at_risk"].iloc[0]), _CURVE_METHOD(n=count(study.least))
    return (Figure.of(FIGURES["retention.12m"], estimate, n=n, method=method),)


def _stay_sentence(curve: pd.DataFrame) -> Message:
    time = YEAR if still_here(curve, YEAR) else int(curve["time"].iloc[-1])
    return say(
        "Of 100 new customers about {value} are still here after {n} month (between {low} and {high}; "
        "{customers} customers seen from their start on).",
        plural="Of 100 new customers about {value} are still here after {n} months (between {low} and "
        "{high}; {customers} customers seen from their start on).",
        n=count(time),
        customers=count(curve["at_risk"].iloc[0]),
        **interval(still_here(curve, time), _of_hundred),
    )


def _at_once_sentence(curve: pd.DataFrame) -> tuple[Message, ...]:
    """Return how many left in the very month in which they started, if anybody did."""
    start = curve.iloc[0]
    if not start["events"]:
        return ()
    share = Estimate(*(1 - start[name] for name in ("survival", "high", "low")))
    return (
        say(
            "In the very month in which they started, {value} of them left (between {low} and {high}).",
            **interval(share),
        ),
    )


def _of_hundred(share: float | None) -> Quantity:
    return number(None if share is None else 100 * share, 1)


def _median_sentence(curve: pd.DataFrame) -> Message:
    middle = survival.median(curve["time"], curve)
    if np.isnan(middle.value):
        return say(
            "Half of them have not left within the {n} month seen.",
            plural="Half of them have not left within the {n} months seen.",
            n=count(curve["time"].iloc[-1]),
        )
    if middle.value == 0:
        return say("Half of them or more have left in the very month in which they started.")
    sentence = say(
        "Half of them have left after about {n} month.",
        plural="Half of them have left after about {n} months.",
    )
    if middle.high is not None:
        sentence = say(
            "Half of them have left after about {n} month (between {low} and {high}).",
            plural="Half of them have left after about {n} months (between {low} and {high}).",
            low=_months(middle.low),
            high=_months(middle.high),
        )
    return sentence(n=_months(middle.value))


def _months(time: float) -> Quantity:
    return number(time, 0 if time == int(time) else 1)


def by(data: Dataset, column: str | None = None) -> Result:
    """Compare how long groups of customers stay; of a snapshot, what share of them has left.

    Parameters
    ----------
    data : Dataset
    column : str, optional
        Column of ``customers`` (or ``snapshot``), by default the first of ``definitions.segments``;
        groups with fewer than 30 customers at risk in one of the first twelve months (or fewer than the
        smallest group, where that is larger) are left out.

    Returns
    -------
    Result
        No figures. Table: one row per group: ``group``, ``customers`` (seen from their start on),
        ``value`` (still here after 12 months, 0-1), ``low``, ``high``; part ``curves``: the curves; fact
        ``months``: 12. Of a snapshot: as of :func:`~cxlib.chapters.retention.snapshots.gone_by_group`.
    """
    label, study = "retention.by", data.once(Study)
    column = column or next(iter(data.definitions.segments), "segment")
    if study.kind == "snapshot":
        return gone_by_group(study, column)
    every = study.curves_by(column)
    if every is None:
        return Result.unavailable(label, say("These data hold no groups of customers with start and end."))
    curves = {g: curve for g, curve in every.items() if not curve.empty and still_here(curve, YEAR)}
    if len(curves) < 2:
        return Result.unavailable(label, say("Fewer than two groups have enough customers to be compared."))
    table = _by_table(curves)
    return Result(
        label,
        _by_sentences(table, column, curves),
        table=table,
        columns=_BY_COLUMNS,
        method=(_BY_METHOD(n=count(study.least)),),
        warnings=_left_out(len(every) - len(curves), study.least),
        parts={"curves": pd.concat(curves, names=["group"]).reset_index(level=0).reset_index(drop=True)},
        facts={"months": YEAR},
    )


def _left_out(groups: int, least: int) -> tuple[Message, ...]:
    """Return how many groups are not shown, if any."""
    if not groups:
        return ()
    return (
        say(
            "{n} group is left out: in one of the first twelve months fewer than {least} of its customers "
            "were at risk.",
            plural="{n} groups are left out: in one of the first twelve months fewer than {least} of their "
            "customers were at risk.",
            n=count(groups),
            least=count(least),
        ),
    )


_BY_METHOD = say(
    "Kaplan-Meier for each group, while {n} or more customers of it are at risk; log-rank test over the "
    "months that all groups have. Groups differ in more than their name: the difference says nothing about "
    "why."
)
_BY_COLUMNS = {
    "group": Column(say("Group")),
    "customers": Column(say("Customers"), count),
    "value": Column(say("Still here after {n} months", n=count(YEAR)), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def _by_table(curves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = [
        {
            "group": group,
            "customers": int(curve["at_risk"].iloc[0]),
            **still_here(curve, YEAR)._asdict(),
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
    sentence = say(
        "Still here after {n} months, by “{column}”: {shares}.", n=count(YEAR), column=column, shares=shares
    )
    shared = min(len(curve) for curve in curves.values())
    at_risk, left = ([c[name].to_numpy()[:shared] for c in curves.values()] for name in ("at_risk", "events"))
    if not np.sum(left):
        return (sentence,)
    if survival.log_rank(at_risk, left).p < 0.05:
        return sentence, say("The groups leave at a different pace, by more than chance would explain.")
    return sentence, say("Chance alone could explain that the groups differ.")
