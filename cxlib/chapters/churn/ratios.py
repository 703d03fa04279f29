"""How many times as often customers leave per month after experiences: naive, adjusted, cross-check."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import pandas as pd

from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.followed import leaver_warnings
from cxlib.chapters.churn.shares import EXPERIENCES
from cxlib.chapters.churn.sources import source_warnings
from cxlib.chapters.churn.study import Study
from cxlib.checks.plausibility import sign_flip
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, number, percent, say
from cxlib.panel.calendar import LEAST_ENDS_OF_A_PERIOD
from cxlib.panel.design import EXPOSURES
from cxlib.panel.effects import Effects, confounded, hazard_ratio, reason_without_level
from cxlib.panel.panel import Panel
from cxlib.panel.patterns import control_name
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.hazard import CellFit

__all__ = ["MODEL_NAMES", "flips", "hazard", "hazard_methods", "model_warnings", "ratio"]

ratio = partial(number, digits=2)

_HAZARD_IDS = {
    ("naive", "1"): "churn.hr.naive.1",
    ("naive", "2+"): "churn.hr.naive.2",
    ("adjusted", "1"): "churn.hr.adjusted.1",
    ("adjusted", "2+"): "churn.hr.adjusted.2",
    ("placebo", "1"): "churn.hr.placebo.1",
    ("placebo", "2+"): "churn.hr.placebo.2",
}
MODEL_NAMES = {
    "naive": say("Not adjusted"),
    "adjusted": say("Adjusted"),
    "placebo": say("Cross-check: involuntary ends"),
}
_NAIVE_METHOD = say(
    "Discrete-time hazard (complementary log-log) of voluntary ends on {terms}; known history only; "
    "customer-clustered interval."
)
_EXPOSURE = say("the number of months with an experience {before} (0, 1, 2+)")
_ADJUSTED_METHOD = say(
    "The same with usage of the month before and all controls of the dataset{calendar}: the direct effect "
    "at equal usage."
)
_ADJUSTED_WITHOUT_USAGE = say("The same with all controls of the dataset{calendar}; usage is not known.")
_WITHIN_PERIODS = say(
    ", compared within {n} calendar periods (months, put together until each has at least {least} ends)"
)
_PLACEBO_METHOD = say(
    "The adjusted model for involuntary ends, which an experience cannot cause: a ratio away from 1 "
    "would show that something unmeasured is at work. A cause that leaves involuntary ends alone cannot show."
)
_HAZARD_NOTES = {
    "naive": say("Customers with many experiences differ in more than their experiences."),
    "adjusted": say("Holds if nothing unmeasured drives both experiences and leaving."),
    "placebo": say("Should be about 1."),
}
_HAZARD_COLUMNS = {
    "model": Column(say("Model"), lambda name: MODEL_NAMES[name]),
    "exposure": Column(EXPERIENCES),
    "ratio": Column(say("Hazard ratio"), ratio),
    "low": Column(say("from"), ratio),
    "high": Column(say("to"), ratio),
    "events": Column(say("Ends"), count),
    "months": Column(say("Customer-months"), count),
}


class _Row(NamedTuple):
    """One ratio of the table."""

    model: str
    exposure: str
    ratio: float
    low: float
    high: float
    events: int
    months: int


def hazard(data: Dataset) -> Result:
    """How many times as often customers leave per month after experiences: naive, adjusted, placebo.

    Returns
    -------
    Result
        Figures ``churn.hr.naive.k``, ``churn.hr.adjusted.k``, ``churn.hr.placebo.k``, k = 1, 2. Table:
        one row per model and exposure: ``model``, ``exposure`` (1, 2+), ``ratio``, ``low``, ``high``,
        ``events`` and ``months`` of the level; ``fit`` is statsmodels' fit of the adjusted model.
    """
    study = data.once(Study)
    effects = study.effects
    if isinstance(effects, Message):
        return Result.unavailable("churn.hazard", effects, FIGURES.of("churn.hazard"))
    fits = {"naive": effects.naive, "adjusted": effects.adjusted, "placebo": effects.placebo}
    rows = [row for name, fit in fits.items() if fit for row in _ratio_rows(name, fit, effects)]
    methods = hazard_methods(effects)
    ids = {_HAZARD_IDS[row.model, row.exposure] for row in rows}
    return Result(
        "churn.hazard",
        _hazard_sentences(rows, effects),
        table=pd.DataFrame(rows),
        columns=_HAZARD_COLUMNS,
        figures=tuple(_ratio_figure(row, methods[row.model]) for row in rows),
        method=tuple(methods.values()),
        warnings=(*flips(rows), *model_warnings(study, effects), *leaver_warnings(study)),
        absent={id: _absent_ratio(*key, effects) for key, id in _HAZARD_IDS.items() if id not in ids},
        fit=effects.adjusted.fit,
    )


def hazard_methods(effects: Effects) -> dict[str, Message]:
    """Return how each model was fitted."""
    design = effects.panel.design
    exposure = _EXPOSURE(before=design.before)
    terms = [say("tenure band"), *(control_name(name) for name in effects.segments), exposure]
    adjusted = _ADJUSTED_METHOD if design.levels > 1 else _ADJUSTED_WITHOUT_USAGE
    return {
        "naive": _NAIVE_METHOD(terms=listing(terms)),
        "adjusted": adjusted(calendar=_within_periods(effects)),
        "placebo": _placebo_method(effects),
    }


def _placebo_method(effects: Effects) -> Message:
    dated = effects.placebo is None or any(name.startswith("period[") for name in effects.placebo.names)
    if dated or not effects.by_period:
        return _PLACEBO_METHOD
    return say(
        "{method} Involuntary ends are too few to compare them within calendar periods.",
        method=_PLACEBO_METHOD,
    )


def _within_periods(effects: Effects) -> Message | str:
    if not effects.by_period:
        return ""
    return _WITHIN_PERIODS(n=count(len(effects.calendar)), least=count(LEAST_ENDS_OF_A_PERIOD))


def flips(rows: list[_Row]) -> tuple[Message, ...]:
    """Return a warning for each number of experiences whose ratio turns round when it is adjusted.

    Parameters
    ----------
    rows : list of namedtuple
        Rows of the table of :func:`hazard`.
    """
    ratios = {(row.model, row.exposure): (row.ratio, row.low, row.high) for row in rows}
    return tuple(
        finding.sentence
        for (model, exposure), crude in ratios.items()
        if model == "naive" and ("adjusted", exposure) in ratios
        for finding in sign_flip(crude, ratios["adjusted", exposure])
    )


def _ratio_rows(model: str, fit: CellFit, effects: Effects) -> list[_Row]:
    cells = effects.panel.cells("involuntary" if model == "placebo" else "voluntary")
    totals = cells.totals("exposure").astype(int)
    return [
        _Row(model, level, *hazard_ratio(fit, f"exposure[{level}]"), *totals.loc[level, ["events", "months"]])
        for level in EXPOSURES[1:]
        if f"exposure[{level}]" in fit.names
    ]


def _ratio_figure(row: _Row, method: Message) -> Figure:
    return Figure.of(
        FIGURES[_HAZARD_IDS[row.model, row.exposure]],
        Estimate(row.ratio, row.low, row.high),
        n=int(row.months),
        method=method,
        note=_HAZARD_NOTES[row.model],
    )


def _absent_ratio(model: str, level: str, effects: Effects) -> Message:
    if model == "placebo" and f"exposure[{level}]" in effects.adjusted.names:
        return say("Too few involuntary ends for the cross-check.")
    return reason_without_level(level, effects.panel.design.window)


def _hazard_sentences(rows: list[_Row], effects: Effects) -> tuple[Message, ...]:
    by_model_and_level = {(row.model, row.exposure): row for row in rows}
    design = effects.panel.design
    sentences = []
    for level, sentence in (("1", _AFTER_ONE), ("2+", _AFTER_MORE)):
        if ("adjusted", level) in by_model_and_level:
            adjusted = by_model_and_level["adjusted", level]
            values = interval(Estimate(adjusted.ratio, adjusted.low, adjusted.high), ratio)
            values |= {
                "naive": ratio(by_model_and_level["naive", level].ratio),
                "before": design.before,
            }
            sentences.append(sentence(**values))
    if design.levels > 1 and confounded(effects.panel):
        sentences.append(_UNLIKE)
    return (*sentences, _similar(effects))


def _similar(effects: Effects) -> Message:
    design = effects.panel.design
    controls = [control_name(name) for name in design.controls]
    controls += [say("calendar period")] if effects.by_period else []
    if design.levels < 2:
        return _WITHOUT_USAGE(alike=listing([say("tenure"), *controls]))
    return _SIMILAR(alike=listing([say("tenure"), say("usage in the month before"), *controls]))


_AFTER_ONE = say(
    "Among otherwise similar customers those with one month of negative experience {before} leave about "
    "{value} times as often per month as those with none (between {low} and {high}); without adjustment it "
    "looks like {naive} times."
)
_AFTER_MORE = say(
    "With two or more such months it is about {value} times as often (between {low} and {high}; "
    "unadjusted {naive})."
)
_UNLIKE = say(
    "The unadjusted figures mislead because customers with low usage have more negative experiences and "
    "leave more often anyway."
)
_SIMILAR = say("Similar means here: equal in {alike}. It is a comparison, not an experiment.")
_WITHOUT_USAGE = say(
    "Similar means here: equal in {alike}; how much customers use is not known, so part of the difference "
    "may come from that. It is a comparison, not an experiment."
)
_PLACEBO_SENTENCES = {
    "moved": say(
        "The cross-check moved: experiences also go with involuntary ends, which they cannot cause. "
        "Something unmeasured is at work, and the adjusted figures carry it, too."
    ),
    "quiet": say(
        "The cross-check is quiet: no hidden cause shows that also acts on involuntary ends. One that leaves "
        "them alone cannot show in it."
    ),
    "too imprecise": say("The cross-check on involuntary ends is too imprecise to rule out a hidden cause."),
    "absent": say("Without enough involuntary ends there is no cross-check on hidden causes."),
}


def model_warnings(study: Study, effects: Effects) -> tuple[Message, ...]:
    """Return what sources, leads, cross-check, ends, missing usage and the calendar say."""
    warnings = [*source_warnings(study), *study.leads.warnings]
    if study.placebo in _PLACEBO_SENTENCES:
        warnings.append(_PLACEBO_SENTENCES[study.placebo])
    if effects.fragile:
        warnings.append(
            say(
                "Only {events} customers left for {terms} quantities to estimate; the adjusted figures "
                "are fragile.",
                events=count(int(effects.adjusted.events)),
                terms=count(len(effects.adjusted.names)),
            )
        )
    if study.left_in_start_month:
        warnings.append(_LEFT_IN_START_MONTH(n=count(study.left_in_start_month)))
    return (*warnings, *_calendar_warnings(effects), *_usage_warnings(effects.panel))


_LEFT_IN_START_MONTH = say(
    "{n} customer left on their own account in the month of the start; the models begin with the month after "
    "it.",
    plural="{n} customers left on their own account in the month of their start; the models begin with the "
    "month after it.",
)


_PERIODS_CUT = say(
    "With so many combinations of controls there is room for {n} calendar period only: what met all "
    "customers at once, a price rise for example, is hardly told apart from an experience. Fewer "
    "definitions.controls make room.",
    plural="With so many combinations of controls there is room for {n} calendar periods only: what met all "
    "customers at once, a price rise for example, is hardly told apart from an experience. Fewer "
    "definitions.controls make room.",
)


def _calendar_warnings(effects: Effects) -> tuple[Message, ...]:
    """Return whether what met all customers at once could pass for an effect."""
    cut = effects.panel.periods_cut and (effects.by_period or len(effects.calendar) < 2)
    warnings = [_PERIODS_CUT(n=count(len(effects.calendar)))] if cut else []
    if effects.by_period:
        return (*warnings, _ENTANGLED) if effects.entangled else tuple(warnings)
    if cut:
        return tuple(warnings)
    why = say("Calendar periods cannot be told apart from what else is compared, such as tenure")
    if len(effects.calendar) < 2:
        why = say("Too few customers left to compare within calendar periods")
    return (_UNDATED(why=why),)


_ENTANGLED = say(
    "Negative experiences go so closely with calendar periods that their effect is hardly told apart from "
    "whatever else happened then; the wide intervals show it."
)
_UNDATED = say(
    "{why}; what met all customers at once, a price rise for example, is not told apart from an experience."
)
_UNKNOWN_LEFT_OUT = say(
    "{months} of the customer-months have no known usage in the month before and are left out, and with them "
    "{ends} of the customers who left on their own account."
)
_UNKNOWN_LEVEL = say(
    "{months} of the customer-months, and {ends} of the customers who left on their own account, have no "
    "known usage in the month before. The adjusted ratios come from the other months. In the risks “unknown” "
    "is a level of usage of its own, within which customers may differ in usage."
)


def _usage_warnings(panel: Panel) -> tuple[Message, ...]:
    """Return the customer-months and ends without known usage, and what became of them."""
    warnings = []
    if panel.left_out:
        sentence = _UNKNOWN_LEVEL if panel.unknown_level else _UNKNOWN_LEFT_OUT
        warnings.append(sentence(months=percent(panel.months_lost), ends=percent(panel.ends_lost)))
    if panel.months_without_usage:
        warnings.append(
            say(
                "In {n} month nobody's usage is known; the models do not look at the month after it.",
                plural="In {n} months nobody's usage is known; the models do not look at the months after "
                "them.",
                n=count(panel.months_without_usage),
            )
        )
    return tuple(warnings)
