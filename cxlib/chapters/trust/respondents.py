"""Do those who answer stand for all customers? Their score, who they are, and what became of the silent."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlib import disclosure
from cxlib.chapters.satisfaction import counts as answers
from cxlib.chapters.satisfaction import results as satisfaction
from cxlib.chapters.trust import counts
from cxlib.chapters.trust.figures import FIGURES
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import Message, count, money, month, number, percent, percentage_points, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats import bias, intervals
from cxlib.stats.weighting import merge_small_levels, response_weights

__all__ = ["balance", "measures", "score_gap", "silent"]

YEAR = 12
NEGLIGIBLE = 0.1
points = partial(number, digits=1)


def score_gap(data: Dataset) -> Result:
    """Set the score of those who answered beside the weighted one, and what the silent could change.

    Months, scores and weights are those of :func:`cxlib.chapters.satisfaction.results.nps`.

    Returns
    -------
    Result
        Figure ``bias.nps`` (points, as answered less weighted). Table: ``score`` ("raw", "weighted"),
        ``value``, ``low``, ``high`` in points.
    """
    name, ids = "trust.score_gap", FIGURES.of("trust.score_gap")
    scores = satisfaction.nps(data)
    if "scores" not in scores.parts:
        return Result.unavailable(name, scores.sentences[0], ids)
    if "nps.weighted" in scores.absent:
        return Result.unavailable(name, scores.absent["nps.weighted"], ids)
    found = satisfaction.weigh(data, satisfaction.asked(data)[0])
    gap = bias.raw_less_weighted(found.rows[answers.CLASSES], found.weights)
    table = scores.parts["scores"].set_axis(["raw", "weighted"]).rename_axis("score").reset_index()
    value = float(table["value"].iloc[0] - table["value"].iloc[1])
    gap = Estimate(value, value + gap.low - gap.value, value + gap.high - gap.value)
    n = scores.figure("nps").n
    return Result(
        name,
        (_gap_sentence(gap), *_bounds(scores, float(table["value"].iloc[0]))),
        table=table,
        columns=_GAP_COLUMNS,
        figures=(Figure.of(FIGURES["bias.nps"], gap, n=n, method=_GAP_METHOD),),
        method=(_GAP_METHOD,),
    )


_GAP_METHOD = say(
    "Both scores come from the same answers; the interval is that of their difference, the weights taken as "
    "given. Weights put right only what the company knows of everybody; what makes people answer beyond that "
    "stays in the score."
)
_SCORES = {"raw": say("as answered"), "weighted": say("weighted")}
_GAP_COLUMNS = {
    "score": Column(say("Net promoter score"), _SCORES.get),
    "value": Column(say("Score"), points),
    "low": Column(say("from"), points),
    "high": Column(say("to"), points),
}


def _gap_sentence(gap: Estimate) -> Message:
    words = interval(Estimate(abs(gap.value), *sorted(abs(x) for x in gap[1:])), points)
    if gap.low > 0:
        return say(
            "Those who answered are more satisfied than all customers: their score lies about {value} points "
            "above the weighted one, between {low} and {high}.",
            **words,
        )
    if gap.high < 0:
        return say(
            "Those who answered are less satisfied than all customers: their score lies about {value} points "
            "below the weighted one, between {low} and {high}.",
            **words,
        )
    return say(
        "The score of those who answered and the weighted one differ by {value} points, between {low} and "
        "{high}: chance alone could explain that.",
        **interval(gap, partial(number, digits=1, signed=True)),
    )


def _bounds(scores: Result, raw: float) -> tuple[Message, ...]:
    """Return how far the silent could move the score of all who were asked, whatever they think."""
    if "response.rate" in scores.absent:
        return ()
    rate = scores.figure("response.rate").value / 100
    return (
        say(
            "Of those asked, {silent} kept silent. What they think is unknown: had all of them been "
            "detractors, the score of everybody asked would be {low}; had all been promoters, {high}.",
            silent=percent(1 - rate),
            low=points(rate * raw - 100 * (1 - rate)),
            high=points(rate * raw + 100 * (1 - rate)),
        ),
    )


def balance(data: Dataset) -> Result:
    """Compare those who answered with all active customers by usage, segment and tenure.

    Relational surveys of the months of :func:`cxlib.chapters.satisfaction.nps`. Rare levels are joined
    to the most frequent one, as for the weights.

    Returns
    -------
    Result
        No figures. Table: one row per level, ``variable``, ``level``, ``what`` (for readers),
        ``answered`` (people), ``share``, ``share_all`` (0-1), the standardised difference ``value``,
        ``low``, ``high``, what is left of it after weighting ``weighted`` (NaN without weights),
        ``hidden``.
    """
    name = "trust.balance"
    found = satisfaction.asked(data)
    if found is None:
        return Result.unavailable(name, satisfaction.NO_NPS)
    reason = satisfaction.not_weighted(data)
    if reason is not None:
        return Result.unavailable(name, reason)
    cells, variables = answers.active_cells(data, found[0], data.month_no)
    cells = merge_small_levels(cells, variables)
    if cells["answered"].sum() < data.definitions.minimum_group:
        return Result.unavailable(name, satisfaction.TOO_FEW)
    weights = _answer_weights(cells, variables)
    table = pd.concat([_levels(data, cells, weights, variable) for variable in variables], ignore_index=True)
    return Result(
        name,
        (_balance_sentence(table),),
        table=table,
        columns=_BALANCE_COLUMNS,
        method=(_BALANCE_METHOD,),
        warnings=disclosure.told(table, data.definitions.minimum_group),
    )


_BALANCE_METHOD = say(
    "Standardised difference: the difference of the two shares in units of their spread, so that it does not "
    "depend on how many answered; up to 0.1 it is commonly taken as negligible. Interval: 95%, for the "
    "chance of who answered. Weighted: what is left of it after weighting. Usage of the report's month; "
    "levels of few customers are joined to the most frequent one."
)
_VARIABLES = {"usage": say("Usage"), "segment": say("Segment"), "tenure": say("Tenure")}
_two = partial(number, digits=2, signed=True)
_BALANCE_COLUMNS = {
    "variable": Column(say("Known of all"), _VARIABLES.get),
    "what": Column(say("Group")),
    "share": Column(say("Of those who answered"), percent),
    "share_all": Column(say("Of all customers"), percent),
    "value": Column(say("Standardised difference"), _two),
    "low": Column(say("from"), _two),
    "high": Column(say("to"), _two),
    "weighted": Column(say("Weighted"), _two),
}


def _answer_weights(cells: pd.DataFrame, variables: list[str]) -> np.ndarray | None:
    try:
        return response_weights(cells, variables).values
    except ModelError:
        return None


def _levels(data: Dataset, cells: pd.DataFrame, weights: np.ndarray | None, variable: str) -> pd.DataFrame:
    """Return the rows of one variable."""
    counts = cells.groupby(variable)[["answered", "active"]].sum()
    table = bias.standardised_differences(counts["answered"], counts["active"])
    weighted = np.full(len(table), np.nan)
    if weights is not None:
        sums = (weights * cells["answered"]).groupby(cells[variable]).sum()
        share, everybody = (sums / sums.sum()).to_numpy(), table["share_all"].to_numpy()
        spread = np.sqrt((share * (1 - share) + everybody * (1 - everybody)) / 2)
        weighted = np.divide(share - everybody, spread, out=np.zeros(len(share)), where=spread > 0)
    table = table.assign(
        variable=variable,
        level=[str(level) for level in counts.index],
        what=[_level_name(data, variable, level) for level in counts.index],
        answered=counts["answered"].to_numpy(),
        weighted=weighted,
    )
    values = ["share", "share_all", "value", "low", "high", "weighted"]
    minimum = data.definitions.minimum_group
    return disclosure.hide_small_groups(table, values, people="answered", minimum=minimum)


def _level_name(data: Dataset, variable: str, level: Any) -> Any:
    if variable == "segment":
        return level or say("unknown")
    if variable == "usage" and level < 0:
        return say("unknown")
    edges = data.definitions.tenure_bands[1:] if variable == "tenure" else data.definitions.usage.bands
    low = number(edges[level - 1]) if level else None
    if variable == "usage":
        if low is None:
            return say("under {high} units", high=number(edges[0]))
        if level == len(edges):
            return say("{low} units and more", low=low)
        return say("{low} to under {high} units", low=low, high=number(edges[level]))
    if low is None:
        return say("up to {high} months", high=count(edges[0] - 1))
    if level == len(edges):
        return say("{low} months and more", low=low)
    return say("{low} to {high} months", low=low, high=count(edges[level] - 1))


def _balance_sentence(table: pd.DataFrame) -> Message:
    shown = table[~table["hidden"]]
    if shown.empty:
        return say("The groups are too small to compare those who answered with all customers.")
    largest = shown.loc[shown["value"].abs().idxmax()]
    words = {
        "group": largest["what"],
        "variable": _VARIABLES[largest["variable"]],
        "share": percent(largest["share"]),
        "all": percent(largest["share_all"]),
    }
    if abs(largest["value"]) <= NEGLIGIBLE:
        return say(
            "In what is known of everybody, those who answered resemble all active customers; the largest "
            "difference ({variable}, {group}: {share} of those who answered, {all} of all) is negligible.",
            **words,
        )
    return say(
        "Those who answered are not like all active customers. The largest difference: {variable}, {group}, "
        "with {share} of those who answered and {all} of all.",
        **words,
    )


# ---------------------------------------------------------------- those who answered and the silent


class _Measure(NamedTuple):
    """Something known of everybody, compared between those who answered and those who did not."""

    figure: str
    needs: tuple[str, ...]
    sentence: Message
    axis: Message
    method: Message


MEASURES = {
    "churn": _Measure(
        "bias.churn",
        ("customers", "end_no"),
        say(
            "Of the customers who had answered a survey in the year up to {month}, {answered} left within "
            "the next {months} months; of those who had not answered, {silent}. The difference is {value} "
            "percentage points, between {low} and {high}."
        ),
        say("Left afterwards"),
        say(
            "Customers who were there at the end of that month; ends of every kind afterwards. Interval: "
            "Wilson, 95%; of the difference: Newcombe."
        ),
    ),
    "revenue": _Measure(
        "bias.revenue",
        ("billing", "revenue"),
        say(
            "Customers who answered a survey in the year up to {month} brought a revenue of {answered} a "
            "month, those who did not {silent}. The difference is {value}, between {low} and {high}."
        ),
        say("Revenue a month"),
        say(
            "Mean of the months with a bill among the last twelve. Interval: 95%, taking customers as "
            "independent."
        ),
    ),
    "tickets": _Measure(
        "bias.tickets",
        ("tickets", "customer_no"),
        say(
            "Customers who answered a survey in the year up to {month} opened {answered} support tickets a "
            "year, those who did not {silent}. The difference is {value}, between {low} and {high}."
        ),
        say("Support tickets a year"),
        say("Tickets of the last twelve months. Interval: 95%, taking customers as independent."),
    ),
    "experiences": _Measure(
        "bias.experiences",
        ("negative_experiences", "customer_no"),
        say(
            "Customers who answered a survey in the year up to {month} had {answered} recorded negative "
            "experiences a year, those who did not {silent}. The difference is {value}, between {low} "
            "and {high}."
        ),
        say("Negative experiences a year"),
        say(
            "Negative experiences of the last twelve months. Interval: 95%, taking customers as independent."
        ),
    ),
}
HORIZONS = (12, 6, 3)
_FEW = say("Too few customers answered, or did not answer, to compare the two.")
_NO_LIST = say(
    "Without a list of customers with their start nothing is known about those who did not answer."
)
_LACKING = {
    "churn": say("These data hold no customer who left."),
    "revenue": say("These data hold no revenue by customer and month."),
    "tickets": say("These data hold no support tickets by customer."),
    "experiences": say("These data hold no negative experiences by customer."),
}


def measures(data: Dataset) -> tuple[str, ...]:
    """Return the measures of :func:`silent` that these data hold; where they hold none, ``churn``."""
    return tuple(name for name in MEASURES if _not_comparable(data, name) is None) or ("churn",)


def silent(data: Dataset, measure: str = "churn") -> Result:
    """Compare customers who answered a survey with those who did not, in something known of both.

    Relational surveys of twelve months (others where there are none). For ``churn`` these months end
    twelve (else six or three) months before the report's, so that what follows can be seen; who
    answered is settled before it. The other measures look at the twelve months up to the report's.

    Parameters
    ----------
    data : Dataset
    measure : {"churn", "revenue", "tickets", "experiences"}

    Returns
    -------
    Result
        Figure ``bias.<measure>``: did not answer less answered, in percentage points, money a month
        or events a year. Table: one row per group, ``group`` ("answered", "silent", "not asked"),
        ``people``, ``value``, ``low``, ``high`` (share 0-1, money or events); part ``difference``. No
        group is smaller than ``minimum_group``.
    """
    name, about = "trust.silent", MEASURES[measure]
    reason = _not_comparable(data, measure)
    if reason is not None:
        return Result.unavailable(name, reason, (about.figure,))
    found = _compared(data, measure)
    if found is None:
        return Result.unavailable(name, _FEW, (about.figure,))
    table, base, months = found
    show = _shown_as(data, measure)
    by_group = {row.group: Estimate(row.value, row.low, row.high) for row in table.itertuples()}
    gap = bias.difference(by_group["silent"], by_group["answered"])
    n = int(table.loc[table["group"].isin(["answered", "silent"]), "people"].sum())
    declared, told = FIGURES[about.figure], {"n": n, "method": about.method, "note": _NO_CAUSE}
    figure = Figure.of(declared, gap, currency=data.currency, **told)
    return Result(
        name,
        (_silent_sentence(about, base, months, by_group, gap, show), _chance(gap)),
        table=table,
        columns=_silent_columns(about, show),
        figures=(figure,),
        method=(about.method, _SILENT_METHOD, _NO_CAUSE),
        parts={"difference": pd.DataFrame([gap])},
    )


_NO_CAUSE = say(
    "It describes who answers. It does not mean that answering, or keeping silent, makes the difference."
)
_SILENT_METHOD = say(
    "Active customers, by relational surveys of twelve months: answered at least one; asked, but never "
    "answered; never asked. Where the data name only those who answered, all others count as not answering."
)
_GROUPS = {
    "answered": say("answered"),
    "silent": say("did not answer"),
    "not asked": say("not asked"),
}


def _silent_columns(about: _Measure, show: Any) -> dict[str, Column]:
    return {
        "group": Column(say("Customers"), _GROUPS.get),
        "people": Column(say("Number"), count),
        "value": Column(about.axis, show),
        "low": Column(say("from"), show),
        "high": Column(say("to"), show),
    }


def _not_comparable(data: Dataset, measure: str) -> Message | None:
    if not data.has("customers", "start_no"):
        return _NO_LIST
    if "surveys" not in data.tables or not data.has("surveys", "customer_no"):
        return say("Survey answers that belong to known customers are missing.")
    return None if data.has(*MEASURES[measure].needs) else _LACKING[measure]


def _compared(data: Dataset, measure: str) -> tuple[pd.DataFrame, int, int] | None:
    """Return the groups with their estimates, the month that sorts them, and the months that follow it."""
    for months in HORIZONS if measure == "churn" else (0,):
        base = data.month_no - months
        sums = _grouped(data, counts.respondent_sums(data, measure, base, data.month_no))
        if {"answered", "silent"} <= set(sums.index) and sums[
            "people"
        ].min() >= data.definitions.minimum_group:
            table = pd.DataFrame([_estimate(measure, row) for _, row in sums.iterrows()])
            return table.assign(group=sums.index, people=sums["people"].astype(int).to_numpy()), base, months
    return None


def _grouped(data: Dataset, sums: pd.DataFrame) -> pd.DataFrame:
    """Return the sums by group; customers not asked join the silent where they are few or all of them."""
    sums = sums.set_index("group")
    few = "not asked" in sums.index and sums.at["not asked", "people"] < data.definitions.minimum_group
    if few or not data.has("surveys", "invited_at"):
        sums = sums.groupby(lambda group: "silent" if group == "not asked" else group).sum()
    return sums.reindex([group for group in _GROUPS if group in sums.index])


def _estimate(measure: str, sums: pd.Series) -> Estimate:
    people = int(sums["people"])
    if measure == "churn":
        return intervals.wilson(sums["x"], people)
    found = bias.yearly_rate(people, sums, per=1.0 if measure == "revenue" else YEAR)
    return found if measure == "revenue" else found._replace(low=max(0.0, found.low))


def _shown_as(data: Dataset, measure: str) -> Any:
    """Return how a value of the measure is shown."""
    if measure == "churn":
        return percent
    if measure == "revenue":
        return partial(money, currency=data.currency, digits=2)
    return partial(number, digits=2)


def _silent_sentence(
    about: _Measure, base: int, months: int, groups: dict[str, Estimate], gap: Estimate, show: Any
) -> Message:
    signed = percentage_points if show is percent else show
    words = {name: show(groups[name].value) for name in ("answered", "silent")}
    words |= interval(gap, partial(signed, signed=True)) | {"month": month(month_name(base))}
    return Message(about.sentence.template, words | ({"months": count(months)} if months else {}))


def _chance(gap: Estimate) -> Message:
    if gap.low <= 0 <= gap.high:
        return say("Chance alone could explain this difference.")
    return say(
        "That is more than chance would explain: whoever looks only at those who answer misjudges this."
    )
