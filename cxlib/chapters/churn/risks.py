"""How many of today's customers would leave within the horizon, without and with experiences."""

from __future__ import annotations

from functools import partial

import pandas as pd

from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.periods import months, remembered, within
from cxlib.chapters.churn.ratios import model_warnings
from cxlib.chapters.churn.study import Study
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, number, percent, percentage_points, say
from cxlib.panel.effects import Effects, exposure_by_usage, hazard_ratio, reason_without_level
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.risk import Risks, confounding_value

__all__ = ["EVALUE_METHOD", "risk"]

UNPLACED_SHARE = 0.01
signed_points = partial(percentage_points, signed=True)

_RISK_IDS = {
    "0": "churn.risk12.0",
    "1": "churn.risk12.1",
    "2": "churn.risk12.2",
    "diff.1": "churn.risk12.diff.1",
    "diff.2": "churn.risk12.diff.2",
    "direct.1": "churn.risk12.direct.1",
    "direct.2": "churn.risk12.direct.2",
}
_RISK_METHOD = say(
    "Customers active at the end of the month, followed on paper for {months} (g-formula): involuntary "
    "ends, voluntary ends by the adjusted hazard{usage}. One experience: in month 0. Two: in months 0 and 1. "
    "Nothing else before or in between. An experience counts {remembered}. Intervals by the delta method "
    "from all these estimates together."
)
_USAGE_MOVES = say(", and usage by its estimated monthly moves, which differ after an experience")
_DIRECT_METHOD = say(
    "The same with usage moving as without an experience; the rest of the difference runs through usage."
)
EVALUE_METHOD = say(
    "E-value of the risk ratio after one experience; the lower value is that of the interval's limit "
    "nearer to 1."
)
_RISK_NOTE = say("Holds if nothing unmeasured drives both experiences and leaving.")
_RISK_COLUMNS = {
    "value": Column(say("Share or percentage points"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def risk(data: Dataset) -> Result:
    """P(leave within the horizon) after none, one and two negative experiences, of those active now.

    Returns
    -------
    Result
        Figures ``churn.risk12.k``, ``.diff.k``, ``.direct.k``, ``churn.evalue``. Table: one row per
        figure: ``what`` (0, 1, 2, diff.1, ..., direct.2), ``value``, ``low``,
        ``high`` (shares 0-1); part ``paths``: share who left by ``month``, one column per regime;
        part ``claimed``: the claim's share per number of ``experiences``; ``fit`` is statsmodels' fit
        of the adjusted model.
    """
    study = data.once(Study)
    effects, risks = study.effects, study.risks
    if isinstance(risks, Message):
        return Result.unavailable("churn.risk", risks, FIGURES.of("churn.risk"))
    estimates = _risk_estimates(risks)
    methods = _methods(study, effects)
    figures = tuple(_risk_figure(name, e, study, methods) for name, e in estimates.items())
    figures += _evalue_figure(risks, _active(effects))
    return Result(
        "churn.risk",
        _risk_sentences(estimates, study.horizon) + _usage_sentence(risks),
        table=pd.DataFrame([{"what": name, **estimate._asdict()} for name, estimate in estimates.items()]),
        columns={"what": Column(say("Experiences"), partial(_risk_label, study.horizon)), **_RISK_COLUMNS},
        figures=figures,
        method=(*methods.values(), EVALUE_METHOD),
        warnings=(*_hidden_cause(risks, effects), *_unplaced(effects), *model_warnings(study, effects)),
        absent=_absent(effects, {figure.id for figure in figures}),
        fit=effects.adjusted.fit,
        parts={
            "paths": risks.paths.reset_index(),
            "claimed": pd.DataFrame({"experiences": [1, 2], "share": study.zendesk.shares}),
        },
    )


def _methods(study: Study, effects: Effects) -> dict[str, Message]:
    design = effects.panel.design
    total = _RISK_METHOD(
        months=months(study.horizon),
        usage=_USAGE_MOVES if design.levels > 1 else "",
        remembered=remembered(design.window, design.lag),
    )
    return {"total": total} | ({"direct": _DIRECT_METHOD} if design.levels > 1 else {})


def _active(effects: Effects) -> int:
    return int(effects.panel.population["customers"].sum())


def _absent(effects: Effects, given: set[str]) -> dict[str, Message]:
    """Return why figures are not there: the level is unknown to the model, or usage is not known."""
    design = effects.panel.design
    absent = {}
    for id in FIGURES.of("churn.risk"):
        level = "2+" if id.endswith("2") else "1"
        known = f"exposure[{level}]" in effects.adjusted.names
        if id not in given:
            absent[id] = (
                say("How much customers use is not known.")
                if known and design.levels < 2
                else reason_without_level(level, design.window)
            )
    return absent


def _risk_estimates(risks: Risks) -> dict[str, Estimate]:
    shares = [name for name in risks.paths if "." not in name]
    estimates = {name: risks.share(name) for name in shares}
    estimates |= {f"diff.{k}": risks.difference(k, "0") for k in shares[1:]}
    return estimates | {name: risks.share(name) for name in risks.paths if "." in name}


def _risk_label(horizon: int, name: str) -> Message:
    return FIGURES[_RISK_IDS[name]].label(n=count(horizon))


def _risk_figure(name: str, estimate: Estimate, study: Study, methods: dict[str, Message]) -> Figure:
    return Figure.of(
        FIGURES[_RISK_IDS[name]],
        estimate,
        label=_risk_label(study.horizon, name),
        n=_active(study.effects),
        method=methods["direct" if name.startswith("direct") else "total"],
        note=_RISK_NOTE,
    )


def _evalue_figure(risks: Risks, active: int) -> tuple[Figure, ...]:
    if "1" not in risks.paths:
        return ()
    value, limit = confounding_value(risks.ratio("1", "0"))
    declared = FIGURES["churn.evalue"]
    return (Figure.of(declared, Estimate(value, limit), n=active, method=EVALUE_METHOD, note=_RISK_NOTE),)


def _risk_sentences(estimates: dict[str, Estimate], horizon: int) -> tuple[Message, ...]:
    sentences = [
        say(
            "Of the customers active now about {value} would leave on their own account {within} without a "
            "negative experience (between {low} and {high}).",
            within=within(horizon),
            **interval(estimates["0"]),
        )
    ]
    for name, sentence in (("1", _RISK_AFTER_ONE), ("2", _RISK_AFTER_TWO)):
        if name in estimates:
            points = interval(estimates[f"diff.{name}"], signed_points)
            more = {f"more_{key}": value for key, value in points.items()}
            sentences.append(sentence(**interval(estimates[name]), **more))
    return tuple(sentences)


_RISK_AFTER_ONE = say(
    "After one it would be about {value} (between {low} and {high}), a difference of {more_value} percentage "
    "points (between {more_low} and {more_high})."
)
_RISK_AFTER_TWO = say(
    "After two in a row it would be about {value} (between {low} and {high}), a difference of {more_value}"
    " percentage points (between {more_low} and {more_high})."
)


def _usage_sentence(risks: Risks) -> tuple[Message, ...]:
    """Return how much of the difference runs through usage, for the largest number of experiences."""
    most = max(name for name in risks.paths if "." not in name)
    if f"direct.{most}" not in risks.paths:
        return ()
    difference = risks.difference(most, f"direct.{most}")
    if difference.low <= 0:
        return ()
    return (
        say(
            "Of the larger difference {value} percentage points (between {low} and {high}) run through "
            "usage: customers use less after a negative experience, and those who use less leave more "
            "often.",
            **interval(difference, percentage_points),
        ),
    )


def _unplaced(effects: Effects) -> tuple[Message, ...]:
    """Return how many active customers the risk does not speak for, because their usage is not known."""
    gone, placed = effects.panel.unplaced, _active(effects)
    if gone <= UNPLACED_SHARE * (gone + placed):
        return ()
    return (
        say(
            "{share} of the active customers have no known usage in the last month; the risks speak for the "
            "others only.",
            share=percent(gone / (gone + placed)),
        ),
    )


def _hidden_cause(risks: Risks, effects: Effects) -> tuple[Message, ...]:
    """Return the E-value beside the strongest cause that was measured: usage, low against high."""
    if "1" not in risks.paths:
        return ()
    _, limit = confounding_value(risks.ratio("1", "0"))
    if limit <= 1:
        return ()
    needed = say(
        "A hidden cause could explain the difference after one experience only if it went with at least "
        "{limit} times as many experiences and {limit} times as much leaving.",
        limit=number(limit, 1),
    )
    usage = [name for name in effects.adjusted.names if name.startswith("usage[")]
    if not usage:
        return (needed,)
    experienced = list(exposure_by_usage(effects.panel).values())
    measured = say(
        "For comparison, the strongest measured cause: low against high usage goes with {experiences} "
        "times as many experiences and {leaving} times as much leaving.",
        experiences=number(experienced[0] / experienced[-1], 1),
        leaving=number(1 / hazard_ratio(effects.adjusted, usage[-1]).value, 1),
    )
    return needed, measured
