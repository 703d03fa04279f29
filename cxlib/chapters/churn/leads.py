"""Negative experiences in the months before leaving, of leavers and of customers like them."""

from __future__ import annotations

from functools import partial

import pandas as pd

from cxlib.chapters.churn.study import Study
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, listing, number, percent, percentage_points, say
from cxlib.panel.leads import FAR_ABOVE, Leads
from cxlib.panel.patterns import control_name
from cxlib.result import Column, Result
from cxlib.stats.leads import ENOUGH_LEAVERS, LEVEL, MARGIN, LeadProfile

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
_RULE = say(
    "Fixed before the run: where one of the months whose experiences count differs by {limit} percentage "
    "points or more, for all or for one group alone beyond chance, leaving after experiences is not "
    "compared. A month, or two together, stands out if it exceeds those on either side by more than chance "
    "and {margin} points allow (error of {error} over all months and groups); an effect that more than "
    "halves from month to month can stand out, too. Months of fewer than {least} leavers are not judged."
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
    if study.missing is not None:
        return Result.unavailable("churn.leads", study.missing)
    known = study.leads
    profile = known.profiles[None]
    least = data.definitions.minimum_group
    shown = [lead for lead in reversed(range(known.counted[-1] + 1)) if profile.leavers[lead] >= least]
    if not shown:
        return Result.unavailable("churn.leads", _TOO_FEW(least=count(least)))
    alike = [say("tenure band"), *(control_name(name) for name in known.design.controls)]
    return Result(
        "churn.leads",
        _sentences(known),
        table=pd.DataFrame([_row(profile, lead) for lead in shown]),
        columns=_COLUMNS,
        method=(_METHOD(alike=listing(alike)), _rule()),
        warnings=() if known.at_the_end is None else (known.at_the_end,),
        facts={"first_counted": known.counted[0]},
    )


def _row(profile: LeadProfile, lead: int) -> dict[str, float]:
    row = {"lead_months": lead, "customers": int(profile.leavers[lead])}
    for name, estimate in (("leavers", profile.leavers_at(lead)), ("stayers", profile.stayers_at(lead))):
        row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    excess = profile.excess_at(lead)
    return row | {"excess": excess.value, "low": excess.low, "high": excess.high}


def _rule() -> Message:
    return _RULE(
        limit=percentage_points(FAR_ABOVE, 0),
        margin=percentage_points(MARGIN, 0),
        error=percent(LEVEL, 0),
        least=count(ENOUGH_LEAVERS),
    )


def _sentences(known: Leads) -> tuple[Message, ...]:
    """Return what the months that count show, and what could not have been seen in them."""
    profile = known.profiles[None]
    judged = [lead for lead in known.counted if profile.enough[lead]]
    if known.warnings:
        return known.warnings
    largest = max(judged, key=lambda lead: profile.excess[lead])
    most = say(
        "Of the months whose experiences count, those who left and similar customers who stayed differ most "
        "in month {lead} before the end: {leavers} of those who left had a negative experience recorded in "
        "it, {stayers} of the others.",
        lead=count(largest),
        leavers=percent(profile.share[largest]),
        stayers=percent(profile.stayers[largest]),
    )
    return (most, *_quiet(known))


def _quiet(known: Leads) -> tuple[Message, ...]:
    """Return that no month stands out, with what would have."""
    if known.detectable is None:
        return (say("Too few months before the end are known to tell whether one of them stands out."),)
    return (
        say(
            "No month stands out from those beside it. Contacts about a notice, recorded as negative "
            "experiences, would mostly have shown if they added {points} percentage points or more to one "
            "month; fewer, or spread over several months, they cannot be told from an effect.",
            points=percentage_points(known.detectable, 0),
        ),
    )
