"""How satisfied are customers? NPS, CSAT and CES with their intervals, over time and by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from cxlib.chapters.satisfaction import counts, weighted
from cxlib.chapters.satisfaction.figures import FIGURES
from cxlib.chapters.satisfaction.groups import by
from cxlib.chapters.satisfaction.over_time import trend
from cxlib.chapters.satisfaction.study import Asked, Rate, Satisfied, Study
from cxlib.chapters.satisfaction.wording import answers, people, satisfied_when
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, month, number, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats import intervals

__all__ = ["by", "ces", "csat", "nps", "trend"]

CLASSES = ("detractors", "passives", "promoters")
CLASS_NAMES = {
    "detractors": say("Detractors (0 to 6)"),
    "passives": say("Passives (7 to 8)"),
    "promoters": say("Promoters (9 to 10)"),
}
points = partial(number, digits=1)


@dataclass(frozen=True, eq=False)
class _Part:
    """What one part of a measure adds to its result."""

    figures: tuple[Figure, ...] = ()
    sentences: tuple[Message, ...] = ()
    method: tuple[Message, ...] = ()
    absent: Mapping[str, Message] | None = None


def nps(data: Dataset) -> Result:
    """Net promoter score of those who answered and of all customers, and the response rate.

    Relational surveys whose invitation lies in the month, answered by its end, the latest answer of
    each customer; where fewer than 30 answered, invitations of the last three months. Definitions
    and intervals: data/README.md.

    Returns
    -------
    Result
        Figures ``nps``, ``nps.weighted``, ``nps.tipping``, ``response.rate``. Table: one row per class of
        answers, ``class``, ``answers``, ``share`` (0-1), ``low``, ``high``.
    """
    study = data.once(Study)
    raw, asked = study.score, study.asked
    if isinstance(raw, Message):
        return Result.unavailable("satisfaction.nps", raw, FIGURES.of("satisfaction.nps"))
    everybody, rate = _weighted(data, study), _answered(study.response_rate)
    details = {"n": asked.n, "method": _NPS_METHOD, "note": _RESPONDENTS}
    return Result(
        "satisfaction.nps",
        (_nps_sentence(data, raw, asked), *everybody.sentences, *rate.sentences),
        table=_classes(asked),
        columns=_CLASS_COLUMNS,
        figures=(Figure.of(FIGURES["nps"], raw, **details), *everybody.figures, *rate.figures),
        method=(_NPS_METHOD, *everybody.method),
        absent={**(everybody.absent or {}), **(rate.absent or {})},
    )


_NPS_METHOD = say(
    "Share of answers 9 to 10 less share of answers 0 to 6, in points from −100 to 100; relational "
    "surveys, latest answer of each customer. Interval: adjusted Wald, 95%."
)
_RESPONDENTS = say("Speaks for those who answered, not for those who kept silent.")


def _nps_sentence(data: Dataset, raw: Estimate, asked: Asked) -> Message:
    words = interval(raw, points) | {"answers": answers(asked.n), "month": month(data.month)}
    if asked.first < data.month_no:
        return say(
            "The net promoter score is {value}, between {low} and {high} ({answers} to invitations of "
            "the last three months, up to {month}).",
            **words,
        )
    return say("The net promoter score of {month} is {value}, between {low} and {high} ({answers}).", **words)


def _classes(asked: Asked) -> pd.DataFrame:
    by_class = dict(zip(counts.CLASSES, asked.counts, strict=True))
    shares = [intervals.wilson(by_class[name], asked.n) for name in CLASSES]
    table = pd.DataFrame(shares, columns=["share", "low", "high"])
    return table.assign(**{"class": CLASSES, "answers": [by_class[name] for name in CLASSES]})


_CLASS_COLUMNS = {
    "class": Column(say("Answers"), CLASS_NAMES.get),
    "answers": Column(say("Number"), count),
    "share": Column(say("Share"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def _weighted(data: Dataset, study: Study) -> _Part:
    """Return the score of all active customers, or why there is none."""
    estimate = study.weighted_score
    if isinstance(estimate, Message):
        return _Part(absent=dict.fromkeys(("nps.weighted", "nps.tipping"), estimate))
    declared, method = FIGURES["nps.weighted"], weighted.methods(data, study)
    is_design = study.weighed.chances is None
    details = {
        "label": weighted.DESIGN_LABEL if is_design else declared.label,
        "n": int(study.weighed.rows[counts.CLASSES].to_numpy().sum()),
        "method": method[0],
        "note": weighted.condition(data, study),
    }
    figures = (Figure.of(declared, estimate, **details),)
    sentences = weighted.sentences(data, study)
    if study.tipping is None:
        return _Part(figures, sentences, method, {"nps.tipping": _NOT_KNOWN if is_design else _NOBODY_SILENT})
    tipping = Figure.of(FIGURES["nps.tipping"], study.tipping.raw, n=details["n"], method=_TIPPING_METHOD)
    return _Part((*figures, tipping), sentences, (*method, _TIPPING_METHOD))


_NOT_KNOWN = say("The survey brings weights of its own; how many kept silent is not known from them.")
_NOBODY_SILENT = say("Everybody answered, so nobody silent can differ.")
_TIPPING_METHOD = say(
    "How far the silent would have to differ: score as answered less weighted score, divided by the share of "
    "all customers who would not answer if asked; likewise for a score of 0, from the nearer limit."
)


def _answered(rate: Rate | Message) -> _Part:
    if isinstance(rate, Message):
        return _Part(absent={"response.rate": rate})
    sentence = say(
        "Of {n} invitation {value} were answered (between {low} and {high}).",
        plural="Of {n} invitations {value} were answered (between {low} and {high}).",
        n=count(rate.invited),
        **interval(rate.estimate),
    )
    declared = FIGURES["response.rate"]
    figure = Figure.of(declared, rate.estimate, n=rate.invited, method=_RATE_METHOD)
    return _Part((figure,), (sentence,), (_RATE_METHOD,))


_RATE_METHOD = say(
    "Answers until the month's end, of invitations at least 14 days old. Interval: Wilson, 95%, widened "
    "where customers are invited several times."
)


def csat(data: Dataset) -> Result:
    """Share of satisfied answers: the two best points of the scale, or ``csat_top`` of dataset.yaml.

    Transactional answers to contacts of the month; without such, answers about the whole.

    Returns
    -------
    Result
        Figure ``csat.top2``. Table: ``answered`` ("satisfied", "not satisfied"), ``answers``, ``share``.
    """
    satisfied = data.once(Study).satisfied
    if isinstance(satisfied, Message):
        return Result.unavailable("satisfaction.csat", satisfied, FIGURES.of("satisfaction.csat"))
    table = pd.DataFrame(
        {
            "answered": ["satisfied", "not satisfied"],
            "answers": [satisfied.good, satisfied.n - satisfied.good],
        }
    )
    method = _CSAT_METHOD(satisfied=satisfied_when(data.definitions.csat_top))
    details = {"n": satisfied.n, "method": method, "note": _RESPONDENTS}
    return Result(
        "satisfaction.csat",
        (_csat_sentence(data, satisfied),),
        table=table.assign(share=table["answers"] / satisfied.n),
        columns=_CSAT_COLUMNS,
        figures=(Figure.of(FIGURES["csat.top2"], satisfied.estimate, **details),),
        method=(method,),
    )


_CSAT_METHOD = say(
    "Satisfied: answers {satisfied}, of all answers. Interval: Wilson, 95%, widened because several answers "
    "of one customer are alike."
)
_SATISFIED = {"satisfied": say("Satisfied"), "not satisfied": say("Not satisfied")}
_CSAT_COLUMNS = {
    "answered": Column(say("Answers"), _SATISFIED.get),
    "answers": Column(say("Number"), count),
    "share": Column(say("Share"), percent),
}


def _csat_sentence(data: Dataset, satisfied: Satisfied) -> Message:
    words = interval(satisfied.estimate) | {
        "month": month(data.month),
        "answers": answers(satisfied.n),
        "people": people(satisfied.people),
    }
    if satisfied.first < data.month_no:
        return say(
            "{value} of those who answered in the three months up to {month} were satisfied, between {low} "
            "and {high} ({answers} by {people}). This speaks for those who answered.",
            **words,
        )
    return say(
        "{value} of those who answered in {month} were satisfied, between {low} and {high} ({answers} by "
        "{people}). This speaks for those who answered.",
        **words,
    )


def ces(data: Dataset) -> Result:
    """Mean customer effort score, 1 to 7, high meaning easy.

    Returns
    -------
    Result
        Figure ``ces.mean``. Table: ``score``, ``answers``, ``share``.
    """
    effort = data.once(Study).effort
    if isinstance(effort, Message):
        return Result.unavailable("satisfaction.ces", effort, FIGURES.of("satisfaction.ces"))
    sentence = say(
        "Getting help was rated {value} on a scale from 1 (hard) to 7 (easy), between {low} and {high} "
        "({answers} by {people} in {month}).",
        month=month(data.month),
        answers=answers(effort.n),
        people=people(effort.people),
        **interval(effort.estimate, partial(number, digits=2)),
    )
    details = {"n": effort.n, "method": _CES_METHOD, "note": _RESPONDENTS}
    return Result(
        "satisfaction.ces",
        (sentence,),
        table=effort.rows.assign(share=effort.rows["answers"] / effort.n),
        columns=_CES_COLUMNS,
        figures=(Figure.of(FIGURES["ces.mean"], effort.estimate, **details),),
        method=(_CES_METHOD,),
    )


_CES_METHOD = say(
    "Mean of the answers on a scale from 1 (hard) to 7 (easy). Interval: t, 95%, widened because several "
    "answers of one customer are alike; where all answers are alike, from how many customers at most could "
    "have answered otherwise."
)
_CES_COLUMNS = {
    "score": Column(say("Score"), partial(number, digits=0)),
    "answers": Column(say("Number"), count),
    "share": Column(say("Share"), percent),
}
