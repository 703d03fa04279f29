"""Buying again, where there is no contract."""

from __future__ import annotations

import pandas as pd

from cxlib.chapters.retention.figures import FIGURES
from cxlib.chapters.retention.study import Study
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.intervals import wilson

__all__ = ["repurchase"]


def repurchase(data: Dataset) -> Result:
    """Share of customers who bought again on a later day, ever and within 90 and 180 days.

    Returns
    -------
    Result
        Figures ``repurchase.share``, ``repurchase.90d``, ``repurchase.180d``. Table: one row per
        horizon: ``horizon``, ``customers`` (followed that long), ``again``, ``share`` (0-1), ``low``,
        ``high``; horizons with fewer customers than the smallest group are left out.
    """
    label, study = "retention.repurchase", data.once(Study)
    if "purchases" not in data.tables:
        return Result.unavailable(label, _WITHOUT[study.kind == "contracts"], FIGURES.of(label))
    everybody = study.again["customers"].iloc[0]
    if everybody < study.minimum:
        reason = study.too_few if everybody else say("Nobody has bought anything in these data.")
        return Result.unavailable(label, reason, FIGURES.of(label))
    table = study.again[study.again["customers"] >= study.minimum].reset_index(drop=True)
    shares = pd.DataFrame([wilson(row.again, row.customers) for row in table.itertuples()])
    table = table.assign(share=shares["value"], low=shares["low"], high=shares["high"])
    return Result(
        label,
        _again_sentences(table),
        table=table,
        columns=_AGAIN_COLUMNS,
        figures=tuple(map(_figure, table.itertuples())),
        method=(_AGAIN_METHOD,),
        absent=_absent(study),
    )


_IDS = {"share": "repurchase.share", "90d": "repurchase.90d", "180d": "repurchase.180d"}
_WITHOUT = {
    True: say("Customers have a contract here; whether they buy again is asked where there is none."),
    False: say("These data hold no purchases."),
}
_HORIZONS = {"share": say("so far"), "90d": say("within 90 days"), "180d": say("within 180 days")}
_AGAIN_METHOD = say(
    "Second purchase on a later day than the first; within a number of days only among customers followed "
    "that long. Interval: Wilson, 95%."
)
_AGAIN_COLUMNS = {
    "horizon": Column(say("Bought again"), _HORIZONS.get),
    "customers": Column(say("Customers"), count),
    "again": Column(say("of them again"), count),
    "share": Column(say("Share"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def _figure(row: tuple) -> Figure:
    share = Estimate(row.share, row.low, row.high)
    return Figure.of(FIGURES[_IDS[row.horizon]], share, n=row.customers, method=_AGAIN_METHOD)


def _absent(study: Study) -> dict[str, Message]:
    """Return id -> why a horizon is left out."""
    return {
        _IDS[row.horizon]: study.too_few if row.customers else say("No customer has been followed that long.")
        for row in study.again.itertuples()
        if row.customers < study.minimum
    }


def _again_sentences(table: pd.DataFrame) -> tuple[Message, ...]:
    first, *others = table.itertuples()
    sentence = say(
        "{value} of the customers have bought again on a later day so far (between {low} and {high}): "
        "{again} of {n}.",
        again=count(first.again),
        n=count(first.customers),
        **interval(Estimate(first.share, first.low, first.high)),
    )
    further = [
        say(
            "{horizon} {value} ({again} of {n})",
            horizon=_HORIZONS[row.horizon],
            value=percent(row.share),
            again=count(row.again),
            n=count(row.customers),
        )
        for row in others
    ]
    if not further:
        return (sentence,)
    return sentence, say("Of them: {horizons}.", horizons=listing(further))
