"""What became of those who kept silent, and how they differ in what is known of everybody."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from cxlib.chapters.trust.figures import FIGURES
from cxlib.chapters.trust.study import MEASURES, Compared, Study
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, money, month, number, percent, percentage_points, say
from cxlib.result import Column, Figure, Result, interval

__all__ = ["measures", "silent"]


class _Words(NamedTuple):
    """The figure of a measure, and what is said of it."""

    figure: str
    sentence: Message
    axis: Message
    method: Message


# {period} is said with its preposition, e.g. "in the year up to October 2026".
_WORDS = {
    "churn": _Words(
        "bias.churn",
        say(
            "Of the customers who had answered a survey {period}, {answered} left within the next {months} "
            "months; of those who had not answered, {silent}. The difference is {value} percentage points, "
            "between {low} and {high}."
        ),
        say("Left afterwards"),
        say(
            "Customers who were there at the end of that month; ends of every kind afterwards. Interval: "
            "Wilson, 95%; of the difference: Newcombe."
        ),
    ),
    "revenue": _Words(
        "bias.revenue",
        say(
            "Customers who answered a survey {period} brought a revenue of {answered} a month, those who did "
            "not {silent}. The difference is {value}, between {low} and {high}."
        ),
        say("Revenue a month"),
        say(
            "Mean of the last month, where there is a bill. Interval: 95%, taking customers as independent.",
            plural="Mean of the months with a bill among the last {n}. Interval: 95%, taking customers as "
            "independent.",
        ),
    ),
    "tickets": _Words(
        "bias.tickets",
        say(
            "Customers who answered a survey {period} opened {answered} support tickets a year, those who "
            "did not {silent}. The difference is {value}, between {low} and {high}."
        ),
        say("Support tickets a year"),
        say(
            "Tickets of the last month. Interval: Garwood, 95%, at the number of independent events that "
            "they are worth, taking customers as independent.",
            plural="Tickets of the last {n} months. Interval: Garwood, 95%, at the number of independent "
            "events that they are worth, taking customers as independent.",
        ),
    ),
    "experiences": _Words(
        "bias.experiences",
        say(
            "Customers who answered a survey {period} had {answered} recorded negative experiences a year, "
            "those who did not {silent}. The difference is {value}, between {low} and {high}."
        ),
        say("Negative experiences a year"),
        say(
            "Negative experiences of the last month. Interval: Garwood, 95%, at the number of independent "
            "events that they are worth, taking customers as independent.",
            plural="Negative experiences of the last {n} months. Interval: Garwood, 95%, at the number of "
            "independent events that they are worth, taking customers as independent.",
        ),
    ),
}


def measures(data: Dataset) -> tuple[str, ...]:
    """Return the measures of :func:`silent` that these data hold; where they hold none, ``churn``."""
    study = data.once(Study)
    return tuple(name for name in MEASURES if study.not_comparable(name) is None) or ("churn",)


def silent(data: Dataset, measure: str = "churn") -> Result:
    """Compare customers who answered a survey with those who did not, in something known of both.

    Relational surveys of twelve observed months at most (others where there are none). For ``churn``
    these months end twelve (else six or three) months before the report's, so that what follows can be
    seen; who answered is settled before it. The other measures look at the months up to the report's.

    Parameters
    ----------
    data : Dataset
    measure : {"churn", "revenue", "tickets", "experiences"}

    Returns
    -------
    Result
        Figure ``bias.<measure>``: did not answer less answered, in percentage points, money a month
        or events a year. Table: one row per group, ``group`` ("answered", "silent", "not asked"),
        ``people``, ``value``, ``low``, ``high`` (share 0-1, money or events). No group is smaller than
        ``minimum_group``. The figures of measures that these data do not hold are absent.

    Raises
    ------
    ValueError
        For another measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"Measure {measure!r} is not known; choose one of {', '.join(MEASURES)}.")
    name, about, study = "trust.silent", _WORDS[measure], data.once(Study)
    compared, absent = study.compared(measure), _absent(study)
    if isinstance(compared, Message):
        return Result(name, (compared,), absent={about.figure: compared, **absent})
    show, declared = _shown_as(data, measure), FIGURES[about.figure]
    method = about.method(n=count(_months(compared)))
    n = int(compared.table.loc[compared.table["group"].isin(["answered", "silent"]), "people"].sum())
    details = {"n": n, "method": method, "note": _NO_CAUSE}
    return Result(
        name,
        (_sentence(about, compared, show), _chance(compared.difference)),
        table=compared.table,
        columns=_columns(about, show),
        figures=(Figure.of(declared, compared.difference, currency=data.currency, **details),),
        method=(method, _groups_method(compared), _NO_CAUSE),
        absent=absent,
    )


def _absent(study: Study) -> dict[str, Message]:
    """Return why the figures of those measures are absent that these data do not hold."""
    reasons = {about.figure: study.not_comparable(measure) for measure, about in _WORDS.items()}
    return {figure: reason for figure, reason in reasons.items() if reason is not None}


_NO_CAUSE = say(
    "It describes who answers. It does not mean that answering, or keeping silent, makes the difference."
)
_GROUPS = {
    "answered": say("answered"),
    "silent": say("did not answer"),
    "not asked": say("not asked"),
}


def _months(compared: Compared) -> int:
    """Return how many months of surveys tell the groups apart."""
    return compared.base - compared.first + 1


def _groups_method(compared: Compared) -> Message:
    surveys = say("relational surveys") if compared.relational else say("surveys of every kind")
    return say(
        "Active customers, by {surveys} of {n} month: answered at least one; asked, but never answered; "
        "never asked. Where the data name only those who answered, all others count as not answering.",
        plural="Active customers, by {surveys} of {n} months: answered at least one; asked, but never "
        "answered; never asked. Where the data name only those who answered, all others count as not "
        "answering.",
        surveys=surveys,
        n=count(_months(compared)),
    )


def _columns(about: _Words, show: Any) -> dict[str, Column]:
    return {
        "group": Column(say("Customers"), _GROUPS.get),
        "people": Column(say("Number"), count),
        "value": Column(about.axis, show),
        "low": Column(say("from"), show),
        "high": Column(say("to"), show),
    }


def _shown_as(data: Dataset, measure: str) -> Any:
    """Return how a value of the measure is shown."""
    if measure == "churn":
        return percent
    if measure == "revenue":
        return partial(money, currency=data.currency, digits=2)
    return partial(number, digits=2)


def _sentence(about: _Words, compared: Compared, show: Any) -> Message:
    signed = percentage_points if show is percent else show
    values = compared.table.set_index("group")["value"]
    return about.sentence(
        answered=show(values["answered"]),
        silent=show(values["silent"]),
        months=count(compared.months),
        period=_period(compared),
        **interval(compared.difference, partial(signed, signed=True)),
    )


def _period(compared: Compared) -> Message:
    last, months = month(month_name(compared.base)), _months(compared)
    if months == 12:
        return say("in the year up to {month}", month=last)
    if months == 1:
        return say("in {month}", month=last)
    return say("in the {months} months up to {month}", months=count(months), month=last)


def _chance(gap: Estimate) -> Message:
    if gap.low <= 0 <= gap.high:
        return say("Chance alone could explain this difference.")
    return say(
        "That is more than chance would explain: whoever looks only at those who answer misjudges this."
    )
