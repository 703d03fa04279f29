"""Whether segments that keep more customers earn more, in words."""

from __future__ import annotations

from functools import partial

import pandas as pd

from cxlib.chapters.profit.counts import Tenure
from cxlib.chapters.profit.segments import MOST_SEGMENTS, SegmentFit, Segments
from cxlib.chapters.profit.study import study
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import Message, count, money, percent, say
from cxlib.result import Column, Result, interval

__all__ = ["panel"]

LEAST_RELIABLE = 0.3
RELIABLE_SEGMENTS = 30


def panel(data: Dataset) -> Result:
    """Return whether months with better retention bring more margin in the next, within segments.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Result
        ``table``: one row: ``segments``, ``months``, ``reliability`` (share of the differences in retention
        that is not chance), ``slope``, ``low``, ``high`` (money per customer and month for one point more
        monthly retention; shown only where reliable enough). ``fit``: the regression.
    """
    made = data.once(study)
    if isinstance(made, Message):
        return Result.unavailable("profit.panel", made)
    try:
        compared = made.segments
    except ModelError as error:
        return Result.unavailable("profit.panel", error.reason)
    return _told(compared, made.tenure, data.currency, _left_out(made.segment_months, made.tenure.least))


def _told(compared: SegmentFit, tenure: Tenure, currency: str, left_out: tuple[Message, ...]) -> Result:
    point = Estimate(*(part / 100 for part in compared.slope))
    reliable = compared.reliability >= LEAST_RELIABLE
    rough = say("With {segments} segments the interval is rough.", segments=count(compared.segments))
    row = (compared.segments, compared.months, compared.reliability, *point)
    return Result(
        "profit.panel",
        _sentences(compared, point, currency) if reliable else (_refusal(compared),),
        table=pd.DataFrame([row], columns=["segments", "months", "reliability", "slope", "low", "high"]),
        columns=_columns(currency, reliable=reliable),
        method=_method(tenure),
        warnings=(*((rough,) if reliable and compared.segments < RELIABLE_SEGMENTS else ()), *left_out),
        fit=compared.fit,
    )


def _left_out(compared: Segments, least: int) -> tuple[Message, ...]:
    """Return how many segments are not compared, and why, and what share of the customers is."""
    words = []
    if compared.small:
        words.append(SMALL(n=count(compared.small), least=count(least)))
    if compared.beyond:
        words.append(BEYOND(n=count(compared.beyond), most=count(MOST_SEGMENTS)))
    if compared.share < 1:
        words.append(
            say(
                "The segments compared hold {share} of all customer-months; of the other customers this "
                "comparison says nothing.",
                share=percent(compared.share),
            )
        )
    return tuple(words)


SMALL = say(
    "{n} segment is left out: in one of the months it had fewer than {least} customers.",
    plural="{n} segments are left out: in one of the months they had fewer than {least} customers.",
)
BEYOND = say(
    "{n} more segment is left out as smaller than the {most} largest.",
    plural="{n} more segments are left out as smaller than the {most} largest.",
)


def _columns(currency: str, *, reliable: bool) -> dict[str, Column]:
    columns = {
        "segments": Column(say("Segments"), count),
        "months": Column(say("Months"), count),
        "reliability": Column(say("Share that is not chance"), lambda share: percent(max(share, 0.0), 0)),
    }
    if not reliable:
        return columns
    cash = partial(money, currency=currency, digits=2, signed=True)
    return columns | {
        "slope": Column(say("Margin a month, per point of retention"), cash),
        "low": Column(say("from"), cash),
        "high": Column(say("to"), cash),
    }


def _method(tenure: Tenure) -> tuple[Message, ...]:
    return (
        say(
            "Margin per customer active at the start of a month is compared with the share of customers kept "
            "in the month before, with an effect for every segment and every month; intervals are clustered "
            "by segment. Segments are the combinations of the customers' attributes that are adjusted for, "
            "and of segment, region and plan, where each month has at least {least} customers; at most the "
            "{most} largest.",
            least=count(tenure.least),
            most=count(MOST_SEGMENTS),
        ),
        say(
            "The retention of one segment in one month is partly chance, which pulls the comparison towards "
            "zero; the share that is not chance is printed, and below {least} no result is stated. Better "
            "margins may also keep customers, so the direction is not settled by this comparison.",
            least=percent(LEAST_RELIABLE, 0),
        ),
    )


def _sentences(compared: SegmentFit, point: Estimate, currency: str) -> tuple[Message, ...]:
    return (
        say(
            "In segments and months that kept one point more customers, a customer brought about {value} a "
            "month (between {low} and {high}) in the month after; {segments} segments, {months} months.",
            **interval(point, partial(money, currency=currency, digits=2, signed=True)),
            segments=count(compared.segments),
            months=count(compared.months),
        ),
        say(
            "About {share} of the differences in retention are not chance; the relation is therefore "
            "likely understated, and it need not mean that retention brings the margin.",
            share=percent(compared.reliability, 0),
        ),
    )


def _refusal(compared: SegmentFit) -> Message:
    return say(
        "Whether months with better retention bring more margin cannot be told from these data: in "
        "{segments} segments and {months} months, about {share} of the differences in retention are more "
        "than chance; at least {least} are needed.",
        segments=count(compared.segments),
        months=count(compared.months),
        share=percent(max(compared.reliability, 0.0), 0),
        least=percent(LEAST_RELIABLE, 0),
    )
