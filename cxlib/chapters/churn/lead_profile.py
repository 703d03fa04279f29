"""Negative experiences in the months before leaving, of leavers and of customers like them."""

from __future__ import annotations

from functools import partial

from cxlib.chapters.churn.study import Study
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, listing, number, percent, percentage_points, say
from cxlib.panel.patterns import control_name
from cxlib.result import Column, Result

__all__ = ["leads"]

_SIGNED = partial(percentage_points, signed=True)
_COLUMNS = {
    "lead_months": Column(say("Months before leaving"), number),
    "customers": Column(say("Left"), count),
    "leavers": Column(say("With an experience, of those who left"), percent),
    "leavers_low": Column(say("from"), percent),
    "leavers_high": Column(say("to"), percent),
    "stayers": Column(say("Of similar customers who stayed"), percent),
    "excess": Column(say("Difference in percentage points"), _SIGNED),
    "low": Column(say("Difference from"), _SIGNED),
    "high": Column(say("Difference to"), _SIGNED),
}
_TOO_FEW = say(
    "Fewer than {least} customers left on their own account whose months before leaving are known; so "
    "few are not shown."
)
_METHOD = say(
    "Share with a negative experience recorded in each month before leaving, of customers who left on their "
    "own account and were there in that month. Beside them customers at risk in the same calendar month who "
    "did not leave in it, alike in {alike}, weighted to the months and groups of those who left. Intervals: "
    "Wilson; of the difference, Newcombe."
)


def leads(data: Dataset) -> Result:
    """Share with a negative experience in each month before leaving, against stayers.

    Where a month that counts shows far more among those who left, contacts about a notice are taken
    for experiences, and :func:`hazard` and :func:`risk` are refused; see :class:`cxlib.panel.leads.Leads`.

    Returns
    -------
    Result
        No figures of its own. Table: one row per month before leaving, from the last one that counts
        to 0: ``lead_months``, ``customers`` (who left and were there), ``leavers``, ``stayers`` (shares
        0-1) with ``leavers_low`` ... ``stayers_high``, ``excess``, ``low``, ``high`` (0-1).
    """
    study = data.once(Study)
    if isinstance(study.panel, Message):
        return Result.unavailable("churn.leads", study.panel)
    known = study.leads
    profile = known.profiles[None]
    least = data.definitions.minimum_group
    shown = [lead for lead in reversed(range(known.counted[-1] + 1)) if profile.leavers[lead] >= least]
    if not shown:
        return Result.unavailable("churn.leads", _TOO_FEW(least=count(least)))
    alike = [say("tenure band"), *(control_name(name) for name in known.design.controls)]
    return Result(
        "churn.leads",
        known.sentences,
        table=profile.table(shown),
        columns=_COLUMNS,
        method=(_METHOD(alike=listing(alike)), known.rule),
    )
