"""How satisfied are customers? NPS, CSAT and CES with their intervals, over time and by group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlib import disclosure
from cxlib.chapters.satisfaction import counts as answers
from cxlib.chapters.satisfaction.figures import FIGURES
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset, Title
from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, month, number, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats import intervals
from cxlib.stats.weighting import merge_small_levels, response_weights

__all__ = [
    "Weighed",
    "asked",
    "by",
    "ces",
    "control_limits",
    "csat",
    "groups_differ",
    "not_weighted",
    "nps",
    "trend",
    "weigh",
    "weighted_net_score",
]

ENOUGH_ANSWERS = 30
RARE_MONTHS = 3
MONTHS_BY_TOUCHPOINT = 12
POINTS_OF_A_TREND = 12
MONTHS_OF_A_TREND = 24
LIMIT = 3.0
RUN = 8
CONFIDENCE = 0.95
Z_95 = 1.959964
CLASSES = ("detractors", "passives", "promoters")
CLASS_NAMES = {
    "detractors": say("Detractors (0 to 6)"),
    "passives": say("Passives (7 to 8)"),
    "promoters": say("Promoters (9 to 10)"),
}
ANY_CSAT = "instrument = 'csat'"
CONTACT_CSAT = "instrument = 'csat' AND survey_kind = 'transactional'"
points = partial(number, digits=1)

NO_NPS = say("The month holds no answers on recommending the company.")
NO_CSAT = say("The month holds no answers on satisfaction.")
NO_CES = say("The month holds no answers on how easy it was to get help.")
TOO_FEW = say("Fewer people answered than may be shown.")
NO_WEIGHTS = say("No answer of the month has a weight above zero.")


def nps(data: Dataset) -> Result:
    """Net promoter score of those who answered and of all customers, and the response rate.

    Relational surveys whose invitation lies in the month, answered by its end, the latest answer of
    each customer; where fewer than 30 answered, invitations of the last three months. Definitions
    and intervals: data/README.md.

    Returns
    -------
    Result
        Figures ``nps``, ``nps.weighted``, ``response.rate``. Table: one row per class of answers,
        ``class``, ``answers``, ``share`` (0-1), ``low``, ``high``; part ``scores``: the raw and the
        weighted score in points.
    """
    ids = FIGURES.of("satisfaction.nps")
    found = asked(data)
    if found is None:
        return Result.unavailable("satisfaction.nps", NO_NPS, ids)
    first, counts = found
    n = int(sum(counts))
    if n < data.definitions.minimum_group:
        return Result.unavailable("satisfaction.nps", TOO_FEW, ids)
    raw = intervals.net_score(*counts)
    weighted = _weighted(data, first)
    rate = _response_rate(data, first)
    figure = Figure.of(FIGURES["nps"], raw, n=n, method=_NPS_METHOD, note=_RESPONDENTS)
    known = {"nps": raw} | ({} if weighted.estimate is None else {"nps.weighted": weighted.estimate})
    return Result(
        "satisfaction.nps",
        (_nps_sentence(data, raw, n, first), *weighted.sentences, *rate.sentences),
        table=_classes(counts),
        columns=_CLASS_COLUMNS,
        figures=(figure, *weighted.figures, *rate.figures),
        method=(_NPS_METHOD, *weighted.method),
        absent=dict(weighted.absent) | dict(rate.absent),
        parts={"scores": pd.DataFrame(known, index=list(Estimate._fields)).T},
    )


_NPS_METHOD = say(
    "Share of answers 9 to 10 less share of answers 0 to 6, in points from −100 to 100; relational "
    "surveys, latest answer of each customer. Interval: adjusted Wald, 95%."
)
_RESPONDENTS = say("Speaks for those who answered, not for those who kept silent.")


@dataclass(frozen=True, eq=False)
class _Part:
    """What one part of a chapter function adds to its result."""

    estimate: Estimate | None = None
    figures: tuple[Figure, ...] = ()
    sentences: tuple[Message, ...] = ()
    method: tuple[Message, ...] = ()
    absent: Mapping[str, Message] | None = None


def asked(data: Dataset) -> tuple[int, tuple[int, int, int]] | None:
    """Return the first month of invitations that count, and promoters, passives and detractors.

    None where nobody answered the relational question in the last three months.
    """
    if "surveys" not in data.tables:
        return None
    for months in (1, RARE_MONTHS):
        first = data.month_no - months + 1
        rows = answers.net_scores(data, first, data.month_no)
        counts = tuple(int(rows[name].sum()) for name in answers.CLASSES)
        if sum(counts) >= ENOUGH_ANSWERS:
            return first, counts
    return (first, counts) if sum(counts) else None


def _nps_sentence(data: Dataset, raw: Estimate, n: int, first: int) -> Message:
    words = interval(raw, points) | {"n": count(n), "month": month(data.month)}
    if first < data.month_no:
        return say(
            "The net promoter score is {value}, between {low} and {high} ({n} answers to invitations of "
            "the last three months, up to {month}).",
            **words,
        )
    return say(
        "The net promoter score of {month} is {value}, between {low} and {high} ({n} answers).", **words
    )


def _classes(counts: tuple[int, int, int]) -> pd.DataFrame:
    by_class = dict(zip(answers.CLASSES, counts, strict=True))
    shares = [intervals.wilson(by_class[name], sum(counts)) for name in CLASSES]
    table = pd.DataFrame(shares, columns=["share", "low", "high"])
    return table.assign(**{"class": CLASSES, "answers": [by_class[name] for name in CLASSES]})


_CLASS_COLUMNS = {
    "class": Column(say("Answers"), CLASS_NAMES.get),
    "answers": Column(say("Number"), count),
    "share": Column(say("Share"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


class Weighed(NamedTuple):
    """Answers by weight: counts of the classes, weight of one answer of each row, design effect.

    ``design_effect`` is None for the weights that the survey itself gives.
    """

    rows: pd.DataFrame
    weights: np.ndarray
    design_effect: float | None


def weigh(data: Dataset, first: int) -> Weighed | Message:
    """Return the answers to invitations since `first` with their weights, or why there are none.

    Parameters
    ----------
    data : Dataset
    first : int
        Month (``month_no``) from which invitations count, as :func:`asked` gives it.
    """
    if data.has("surveys", "weight"):
        rows = answers.design_weighted(data, first, data.month_no)
        return NO_WEIGHTS if rows.empty else Weighed(rows, rows["weight"].to_numpy(), None)
    reason = not_weighted(data)
    if reason is not None:
        return reason
    cells, variables = answers.active_cells(data, first, data.month_no)
    cells = merge_small_levels(cells, variables)
    try:
        weights = response_weights(cells, variables)
    except ModelError:
        return _FEW_ANSWERS
    return Weighed(cells, weights.values, weights.design_effect)


def _weighted(data: Dataset, first: int) -> _Part:
    """Return the score of all active customers, or why there is none."""
    found = weigh(data, first)
    if isinstance(found, Message):
        return _Part(absent={"nps.weighted": found})
    estimate = weighted_net_score(found.rows, found.weights)
    if found.design_effect is None:
        return _weighted_part(estimate, found.rows, (_DESIGN_METHOD,), _SURVEYED)
    method = (_RESPONSE_METHOD, _silent(found.design_effect))
    return _weighted_part(estimate, found.rows, method, _CUSTOMERS)


def not_weighted(data: Dataset) -> Message | None:
    """Return why the chance of an answer cannot be known for these customers; None where it can."""
    if not data.has("customers", "start_no") or not data.has("surveys", "customer_no"):
        return say(
            "Answers cannot be tied to a list of customers, so nothing is known about those who kept silent."
        )
    if not data.has("surveys", "invited_at"):
        return say(
            "These data do not say who was invited, so answers cannot be weighted by the chance of one."
        )
    return None


def _weighted_part(
    estimate: Estimate, rows: pd.DataFrame, method: tuple[Message, ...], stands_for: Message
) -> _Part:
    n = int(rows[answers.CLASSES].to_numpy().sum())
    figure = Figure.of(FIGURES["nps.weighted"], estimate, n=n, method=method[0])
    sentence = say(
        "Weighted to {people} it is about {value}, between {low} and {high}.",
        people=stands_for,
        **interval(estimate, points),
    )
    return _Part(estimate, (figure,), (sentence,), method, {})


_CUSTOMERS = say("all active customers")
_SURVEYED = say("the people the survey was drawn from")
_DESIGN_METHOD = say(
    "Weighted score: the survey's own weights. The interval takes the weights as given, which makes it "
    "rather too wide."
)
_RESPONSE_METHOD = say(
    "Weighted score: each answer counts as often as there are customers of its usage, segment and tenure "
    "for each one who answered (two logits, on being invited and on answering). The interval takes the "
    "weights as given, which makes it rather too wide."
)
_FEW_ANSWERS = say(
    "Too few answers in one group of usage, segment or tenure: weights would let a few people speak for many."
)


def _silent(design_effect: float) -> Message:
    return say(
        "Unequal weights cost precision like a sample {factor} times smaller. Customers who keep silent for "
        "reasons other than usage, segment and tenure stay uncorrected.",
        factor=number(design_effect, 2),
    )


def weighted_net_score(rows: pd.DataFrame, weights: np.ndarray) -> Estimate:
    """Return a weighted net promoter score in points with its linearised interval.

    Parameters
    ----------
    rows : DataFrame
        Counts ``promoters``, ``passives``, ``detractors``; one row per group of equal weight.
    weights : ndarray of shape (n_rows,)
        Weight of one answer of each row.
    """
    counts = rows[answers.CLASSES].to_numpy(dtype=float)
    values = np.tile([100.0, 0.0, -100.0], len(rows))
    found = intervals.weighted_mean(values, np.repeat(weights, 3), counts.ravel())
    return Estimate(found.value, max(-100.0, found.low), min(100.0, found.high))


def _response_rate(data: Dataset, first: int) -> _Part:
    invited, answered = 0, 0
    if data.has("surveys", "invited_at"):
        invited, answered = answers.invitations(data, first, data.month_no)
    if not invited:
        reason = say("These data hold no invitations that had 14 days or more to be answered.")
        return _Part(absent={"response.rate": reason})
    rate = intervals.wilson(answered, invited)
    method = say("Answers until the month's end, of invitations at least 14 days old. Interval: Wilson, 95%.")
    sentence = say(
        "Of {invited} invitations {value} were answered (between {low} and {high}).",
        invited=count(invited),
        **interval(rate),
    )
    figure = Figure.of(FIGURES["response.rate"], rate, n=invited, method=method)
    return _Part(rate, (figure,), (sentence,), (method,), {})


def csat(data: Dataset) -> Result:
    """Share of satisfied answers: the two best points of the scale, or ``csat_top`` of dataset.yaml.

    Transactional answers to contacts of the month; without such, answers about the whole.

    Returns
    -------
    Result
        Figure ``csat.top2``. Table: ``answered`` (satisfied or not), ``answers``, ``share``.
    """
    chosen = _csat_questions(data)
    if chosen is None:
        return Result.unavailable("satisfaction.csat", NO_CSAT, FIGURES.of("satisfaction.csat"))
    condition, first = chosen
    kinds = answers.satisfied(data, condition, first, data.month_no)
    n, people = _totals(kinds)
    if people < data.definitions.minimum_group:
        return Result.unavailable("satisfaction.csat", TOO_FEW, FIGURES.of("satisfaction.csat"))
    share = _clustered(kinds)
    method = say(
        "Answers on the two best points of the scale (or as dataset.yaml says), of all answers. Interval: "
        "Wilson, 95%, widened because several answers of one customer are alike."
    )
    words = interval(share) | {"month": month(data.month), "n": count(n), "people": count(people)}
    sentence = say(
        "{value} of those who answered in {month} were satisfied, between {low} and {high} ({n} answers by "
        "{people} people). This speaks for those who answered.",
        **words,
    )
    if first < data.month_no:
        sentence = say(
            "{value} of those who answered in the three months up to {month} were satisfied, between {low} "
            "and {high} ({n} answers by {people} people). This speaks for those who answered.",
            **words,
        )
    good = int(kinds["successes"] @ kinds["people"])
    table = pd.DataFrame({"answered": ["satisfied", "not satisfied"], "answers": [good, n - good]})
    return Result(
        "satisfaction.csat",
        (sentence,),
        table=table.assign(share=table["answers"] / n),
        columns=_CSAT_COLUMNS,
        figures=(Figure.of(FIGURES["csat.top2"], share, n=n, method=method, note=_RESPONDENTS),),
        method=(method,),
    )


_SATISFIED = {"satisfied": say("Satisfied"), "not satisfied": say("Not satisfied")}
_CSAT_COLUMNS = {
    "answered": Column(say("Answers"), _SATISFIED.get),
    "answers": Column(say("Number"), count),
    "share": Column(say("Share"), percent),
}


def _csat_questions(data: Dataset) -> tuple[str, int] | None:
    """Return the condition on surveys that chooses CSAT questions, and the first month."""
    if "surveys" not in data.tables:
        return None
    for condition in (CONTACT_CSAT, f"{ANY_CSAT} AND answers.touchpoint IS NULL", ANY_CSAT):
        for months in (1, RARE_MONTHS):
            first = data.month_no - months + 1
            if not answers.satisfied(data, condition, first, data.month_no).empty:
                return condition, first
    return None


def _clustered(kinds: pd.DataFrame) -> Estimate:
    return intervals.clustered_share(kinds["answers"], kinds["successes"], kinds["people"])


def _totals(kinds: pd.DataFrame) -> tuple[int, int]:
    return int(kinds["answers"] @ kinds["people"]), int(kinds["people"].sum())


def ces(data: Dataset) -> Result:
    """Mean customer effort score, 1 to 7, high meaning easy.

    Returns
    -------
    Result
        Figure ``ces.mean``. Table: ``score``, ``answers``, ``share``.
    """
    ids, last = FIGURES.of("satisfaction.ces"), data.month_no
    rows = answers.scores(data, "ces", last, last) if "surveys" in data.tables else pd.DataFrame()
    if rows.empty:
        return Result.unavailable("satisfaction.ces", NO_CES, ids)
    n = int(rows["answers"].sum())
    if n < data.definitions.minimum_group:
        return Result.unavailable("satisfaction.ces", TOO_FEW, ids)
    centre = float(rows["score"] @ rows["answers"]) / n
    spread = float(((rows["score"] - centre) ** 2) @ rows["answers"])
    mean = intervals.mean(centre, (spread / max(1, n - 1)) ** 0.5, n)
    method = say("Mean of the answers on a scale from 1 (hard) to 7 (easy). Interval: t, 95%.")
    sentence = say(
        "Getting help was rated {value} on a scale from 1 (hard) to 7 (easy), between {low} and {high} ({n} "
        "answers in {month}).",
        month=month(data.month),
        n=count(n),
        **interval(mean, partial(number, digits=2)),
    )
    return Result(
        "satisfaction.ces",
        (sentence,),
        table=rows.assign(share=rows["answers"] / n),
        columns=_CES_COLUMNS,
        figures=(Figure.of(FIGURES["ces.mean"], mean, n=n, method=method, note=_RESPONDENTS),),
        method=(method,),
    )


_CES_COLUMNS = {
    "score": Column(say("Score"), partial(number, digits=0)),
    "answers": Column(say("Number"), count),
    "share": Column(say("Share"), percent),
}


def trend(data: Dataset) -> Result:
    """Net promoter score by month, with limits within which it moves by chance alone.

    Each month as it was known at its own end; months with fewer answers than ``minimum_group`` are
    left out; at most 24 months. Under 12 months there are no limits.

    Returns
    -------
    Result
        No figures. Table: one row per month, ``month`` (YYYY-MM), ``answers``, ``value``, ``low``,
        ``high`` (points), ``mean``, ``lower``, ``upper`` (limits; NaN where too short), ``signal``
        ("", "outside", "run").
    """
    rows = pd.DataFrame()
    if "surveys" in data.tables:
        rows = answers.monthly_net_scores(data, data.month_no - MONTHS_OF_A_TREND + 1, data.month_no)
        rows = rows[rows[answers.CLASSES].sum(axis=1) >= data.definitions.minimum_group]
    if len(rows) < 2:
        reason = say("A trend needs answers in two months or more; these data hold fewer.")
        return Result.unavailable("satisfaction.trend", reason)
    table = control_limits(rows[answers.CLASSES].to_numpy())
    table.insert(0, "month", [month_name(number) for number in rows["month_no"]])
    short = len(table) < POINTS_OF_A_TREND
    return Result(
        "satisfaction.trend",
        _trend_sentences(table, short),
        table=table,
        columns=_TREND_COLUMNS,
        method=(_TREND_METHOD,),
        warnings=(say("Too short: limits of chance need twelve months or more."),) if short else (),
    )


_TREND_METHOD = say(
    "Limits: mean of all months plus and minus three standard errors of the month's answers; also marked: "
    "eight months in a row on one side of the mean. Each month as it was known at its own end; limits "
    "speak for those who answered."
)
_SIGNALS = {"": "", "outside": say("outside the limits"), "run": say("eight in a row on one side")}
_TREND_COLUMNS = {
    "month": Column(say("Month"), partial(month, short=True)),
    "answers": Column(say("Answers"), count),
    "value": Column(say("Score"), points),
    "low": Column(say("from"), points),
    "high": Column(say("to"), points),
    "signal": Column(say("More than chance"), _SIGNALS.get),
}


def control_limits(counts: np.ndarray) -> pd.DataFrame:
    """Return net promoter scores over time with control limits.

    Parameters
    ----------
    counts : ndarray of int, shape (n_times, 3)
        Promoters, passives and detractors.

    Returns
    -------
    DataFrame
        One row per time: ``answers``, ``value``, ``low``, ``high``, ``mean``, ``lower``, ``upper``
        (points; limits NaN for fewer than 12 times) and ``signal`` ("", "outside", "run").
    """
    counts = np.asarray(counts, dtype=float)
    table = pd.DataFrame([intervals.net_score(*row) for row in counts], columns=["value", "low", "high"])
    n, pooled = counts.sum(axis=1), counts.sum(axis=0) / counts.sum()
    mean = pooled[0] - pooled[2]
    half = LIMIT * np.sqrt((pooled[0] + pooled[2] - mean**2) / n)
    half = half if len(counts) >= POINTS_OF_A_TREND else np.full(len(counts), np.nan)
    table = table.assign(answers=n.astype(int), mean=100 * mean)
    table["lower"] = np.maximum(-100, 100 * (mean - half))
    table["upper"] = np.minimum(100, 100 * (mean + half))
    outside = (table["value"] < table["lower"]) | (table["value"] > table["upper"])
    runs = _in_a_run(np.sign(table["value"] - table["mean"]).to_numpy()) & table["lower"].notna()
    table["signal"] = np.select([outside, runs], ["outside", "run"], "")
    return table


def _in_a_run(sides: np.ndarray) -> np.ndarray:
    """Return which times belong to eight or more in a row on one side."""
    starts = np.flatnonzero(np.diff(sides, prepend=np.nan) != 0)
    lengths = np.diff(np.append(starts, sides.size))
    return np.repeat((lengths >= RUN) & (sides[starts] != 0), lengths)


def _trend_sentences(table: pd.DataFrame, short: bool) -> tuple[Message, ...]:
    last = table.iloc[-1]
    now = say(
        "In {month} the score is {value} (between {low} and {high}); the mean of {months} months is {mean}.",
        month=month(last["month"]),
        months=count(len(table)),
        mean=points(last["mean"]),
        **interval(Estimate(last["value"], last["low"], last["high"]), points),
    )
    marked = table.loc[table["signal"] != "", "month"]
    if short:
        return (now,)
    if marked.empty:
        return (now, say("No month lies outside the limits: the ups and downs are no more than chance."))
    return (
        now,
        say(
            "More than chance: {months}.",
            months=listing(month(name, short=True) for name in marked),
        ),
    )


def by(data: Dataset, column: str = "touchpoint") -> Result:
    """Satisfaction of each group: by touchpoint the share of satisfied, else the net promoter score.

    Parameters
    ----------
    data : Dataset
    column : str
        ``touchpoint``: CSAT (and single rated items) of the last twelve months. Any other column of
        ``surveys`` or ``customers``, e.g. ``segment``: the net promoter score, as in :func:`nps`.

    Returns
    -------
    Result
        No figures. Table: one row per group, lowest first: ``group``, ``answers``, ``people``, ``value``,
        ``low``, ``high`` (share 0-1 by touchpoint, else points), ``hidden``; part ``overall``: the same
        for all groups together.
    """
    name = "satisfaction.by"
    known = data.has("surveys", column) or (column != "touchpoint" and data.has("customers", column))
    if "surveys" not in data.tables or not known:
        return Result.unavailable(name, say("The survey answers do not say which group they belong to."))
    rows = _by_touchpoint(data) if column == "touchpoint" else _by_group(data, column)
    if rows.empty:
        return Result.unavailable(name, NO_CSAT if column == "touchpoint" else NO_NPS)
    show, names = percent if column == "touchpoint" else points, _names(data, column)
    minimum = data.definitions.minimum_group
    values = ["value", "low", "high", "answers"]
    table = disclosure.hide_small_groups(rows.drop(index="all"), values, people="people", minimum=minimum)
    table = table.sort_values(["hidden", "value", "group"]).reset_index(drop=True)
    return Result(
        name,
        _group_sentences(table, column, names, show),
        table=table,
        columns=_group_columns(names, show),
        method=(_TOUCHPOINT_METHOD if column == "touchpoint" else _GROUP_METHOD, _EXTREMES),
        warnings=disclosure.told(table, minimum),
        parts={"overall": rows.loc[["all"]]},
    )


_TOUCHPOINT_METHOD = say(
    "Share of answers on the two best points, last twelve months, by touchpoint. Interval: Wilson, 95%, "
    "widened because several answers of one customer are alike."
)
_GROUP_METHOD = say("Net promoter score of each group. Interval: adjusted Wald, 95%.")
_EXTREMES = say(
    "Of many groups one is always lowest, by chance alone; look at the intervals before acting on a rank."
)


def _by_touchpoint(data: Dataset) -> pd.DataFrame:
    first = data.month_no - MONTHS_BY_TOUCHPOINT + 1
    condition = "instrument IN ('csat', 'item')"
    kinds = answers.satisfied(data, condition, first, data.month_no, column="touchpoint")
    groups = {} if kinds.empty else {"all": kinds} | dict(list(kinds.groupby("group")))
    rows = {}
    for group, part in groups.items():
        n, people = _totals(part)
        rows[group] = {"group": group, "answers": n, "people": people, **_clustered(part)._asdict()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _by_group(data: Dataset, column: str) -> pd.DataFrame:
    found = asked(data)
    if found is None:
        return pd.DataFrame()
    counts = answers.net_scores(data, found[0], data.month_no, column=column).set_index("group")
    counts.loc["all"] = counts.sum()
    rows = [intervals.net_score(*row) for row in counts[answers.CLASSES].to_numpy()]
    n = counts[answers.CLASSES].sum(axis=1)
    table = pd.DataFrame(rows, columns=["value", "low", "high"], index=counts.index)
    return table.assign(answers=n, people=n, group=counts.index).rename_axis(None)


def _group_sentences(
    table: pd.DataFrame, column: str, name: Callable[[str], Any], show: Any
) -> tuple[Message, ...]:
    shown = table[~table["hidden"]]
    if len(shown) < 2:
        return (say("There are not enough groups with answers to compare them."),)
    lowest, highest = (
        say(
            "{group} with {value} (between {low} and {high}; {n} answers)",
            group=name(row.group),
            n=count(int(row.answers)),
            **interval(Estimate(row.value, row.low, row.high), show),
        )
        for row in (shown.iloc[0], shown.iloc[-1])
    )
    ends = (
        say("Satisfied by touchpoint: lowest {lowest}, highest {highest}.", lowest=lowest, highest=highest)
        if column == "touchpoint"
        else say(
            "Net promoter score by “{column}”: lowest {lowest}, highest {highest}.",
            column=column,
            lowest=lowest,
            highest=highest,
        )
    )
    if groups_differ(shown) < 1 - CONFIDENCE:
        return ends, say("The groups differ by more than chance would explain.")
    return ends, say("Chance alone could explain that the groups differ.")


def groups_differ(table: pd.DataFrame) -> float:
    """Return the p value of equal scores in all groups (chi-squared of the standardised deviations).

    Parameters
    ----------
    table : DataFrame
        One row per group: ``value`` and its 95 % limits ``low`` and ``high``; groups independent.
    """
    from scipy.stats import chi2

    weights = 1 / ((table["high"] - table["low"]) / (2 * Z_95)) ** 2
    mean = (weights @ table["value"]) / weights.sum()
    return float(chi2.sf(weights @ (table["value"] - mean) ** 2, len(table) - 1))


def _group_columns(name: Callable[[str], Any], show: Any) -> dict[str, Column]:
    return {
        "group": Column(say("Group"), name),
        "value": Column(say("Satisfied") if show is percent else say("Score"), show),
        "low": Column(say("from"), show),
        "high": Column(say("to"), show),
        "answers": Column(say("Answers"), count),
    }


def _names(data: Dataset, column: str) -> Callable[[str], Any]:
    """Return what turns a value of `column` into the name that readers see."""
    if column != "touchpoint":
        return str
    labels = {
        row.touchpoint: Title({"de": row.label_de, "en": row.label_en}, row.touchpoint)
        for row in data.table("touchpoints").itertuples()
    }
    return lambda value: labels.get(value, value)
