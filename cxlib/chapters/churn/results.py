"""Do negative experiences make customers leave? Naive, observed, adjusted, and within twelve months.

Leaving means a voluntary end throughout; an experience is a month with at least one recorded
negative experience, and counts from the month after it. Exact definitions: data/README.md.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from cxlib.chapters.churn.claim_card import Evidence, zendesk_card
from cxlib.chapters.churn.counts import EXPOSURES, panel_of
from cxlib.chapters.churn.effect import (
    Effects,
    exposure_by_usage,
    fit_effects,
    hazard_ratio,
    placebo_reading,
    risks_after,
)
from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.shares import (
    EXACT,
    EXPERIENCES,
    confounded,
    naive,
    reason_missing,
    shown_shares,
    sql_text,
    window_of,
)
from cxlib.chapters.churn.verdict import Gates
from cxlib.checks.plausibility import sign_flip
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import Message, count, number, percent, percentage_points, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.hazard import CellFit
from cxlib.stats.incidence import cumulative_incidence, incidence_at
from cxlib.stats.risk import Risks, confounding_value

__all__ = ["after", "claim", "estimated_effects", "hazard", "naive", "observed_after", "risk", "trust"]

ENOUGH_FOLLOWED = 30
RATED_SHARE = 0.05
MANY_AT_THE_END = 0.20
UNPLACED_SHARE = 0.01
ratio = partial(number, digits=2)
signed_points = partial(percentage_points, signed=True)

_AFTER_IDS = {
    (1, "strict"): "churn.after12.1",
    (2, "strict"): "churn.after12.2",
    (1, "generous"): "churn.after12.generous.1",
    (2, "generous"): "churn.after12.generous.2",
}
_STRICT = say(
    "Voluntary ends in months 1 to 12 after the first (second) month with a recorded experience in the "
    "window; experiences of the month of leaving are not counted; involuntary ends compete "
    "(Aalen-Johansen), interval on the log(-log) scale."
)
_GENEROUS = say(
    "The same with month 0: experiences of the month of leaving, contacts to cancel among them, count as "
    "the cause. An upper bound."
)
_OBSERVED = say("Who left after an experience, not who left because of it.")
_AFTER_COLUMNS = {
    "experience": Column(say("Experience"), lambda place: _PLACES[place - 1]),
    "counting": Column(say("Counting"), lambda name: _COUNTINGS[name]),
    "customers": Column(say("Customers"), count),
    "left": Column(say("Left"), count),
    "share": Column(say("Share who left"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}
_PLACES = (say("first"), say("second"))
_COUNTINGS = {"strict": say("months after it"), "generous": say("its own month included")}


def observed_after(data: Dataset) -> dict[tuple[int, str], pd.DataFrame]:
    """Return the cumulative incidence tables by (place of the experience, ``strict`` or ``generous``).

    Tables with fewer than 30 customers at risk at the horizon are left out.
    """
    counts = data.sql(sql_text("followed.sql"), **window_of(data))
    tables = {}
    for place, group in counts.groupby("place"):
        for counting, first in (("strict", 1), ("generous", 0)):
            kept = group[group["followed"] >= first]
            if kept["customers"].sum() < ENOUGH_FOLLOWED:
                continue
            table = cumulative_incidence(
                kept["followed"],
                kept["ending"],
                kept["customers"],
                first=first,
                horizon=data.claims.zendesk.horizon_months,
            )
            if table["at_risk"].iloc[-1] >= ENOUGH_FOLLOWED:
                tables[int(place), counting] = table
    return tables


def after(data: Dataset) -> Result:
    """Share who left within 12 months after the first and the second experience, as observed.

    Returns
    -------
    Result
        Figures ``churn.after12.1``, ``.2`` and ``churn.after12.generous.1``, ``.2``. Table: one row
        per experience and counting: ``experience``, ``counting``, ``customers``, ``left``, ``share``
        (0-1), ``low``, ``high``; part ``paths``: the same by ``month`` since the experience.
    """
    reason = reason_missing(data)
    tables = {} if reason is not None else observed_after(data)
    if (1, "strict") not in tables:
        few = say("Too few customers were followed long enough after a negative experience.")
        return Result.unavailable("churn.after", reason or few, FIGURES.of("churn.after"))
    horizon = data.claims.zendesk.horizon_months
    figures = tuple(_after_figure(key, table, horizon) for key, table in tables.items())
    known = {figure.id for figure in figures}
    few = say("Fewer than 30 customers were followed for the whole period after it.")
    return Result(
        "churn.after",
        _after_sentences(tables, horizon),
        table=pd.DataFrame([_after_row(key, table) for key, table in tables.items()]),
        columns=_AFTER_COLUMNS,
        figures=figures,
        method=(_STRICT, _GENEROUS, _OBSERVED),
        warnings=_leaver_warnings(data),
        absent=FIGURES.absent("churn.after", few, known),
        parts={"paths": _paths(tables)},
    )


def _after_figure(key: tuple[int, str], table: pd.DataFrame, horizon: int) -> Figure:
    declared = FIGURES[_AFTER_IDS[key]]
    return Figure.of(
        declared,
        incidence_at(table, horizon),
        label=declared.label(n=count(horizon)),
        n=int(table["at_risk"].iloc[0]),
        method=_GENEROUS if key[1] == "generous" else _STRICT,
        note=_OBSERVED,
    )


def _after_row(key: tuple[int, str], table: pd.DataFrame) -> dict[str, object]:
    last = table.iloc[-1]
    return {
        "experience": key[0],
        "counting": key[1],
        "customers": int(table["at_risk"].iloc[0]),
        "left": int(table["left"].sum()),
        **{name: last[name] for name in ("share", "low", "high")},
    }


def _paths(tables: dict[tuple[int, str], pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(
        [table.assign(experience=place, counting=counting) for (place, counting), table in tables.items()],
        ignore_index=True,
    )


def _after_sentences(tables: dict[tuple[int, str], pd.DataFrame], horizon: int) -> tuple[Message, ...]:
    sentences = [
        say(
            "Of {n} customers with a first recorded negative experience {value} left on their own account "
            "within {horizon} months after it (between {low} and {high}).",
            n=count(int(tables[1, "strict"]["at_risk"].iloc[0])),
            horizon=count(horizon),
            **interval(incidence_at(tables[1, "strict"], horizon)),
        )
    ]
    if (2, "strict") in tables:
        sentences.append(
            say(
                "After a second one it was {value} of {n} (between {low} and {high}).",
                n=count(int(tables[2, "strict"]["at_risk"].iloc[0])),
                **interval(incidence_at(tables[2, "strict"], horizon)),
            )
        )
    sentences.append(say("Some of them would have left without it; who left because of it is asked below."))
    return tuple(sentences)


def _leaver_warnings(data: Dataset) -> tuple[Message, ...]:
    """Return what the month of leaving and unknown kinds of end do to the figures."""
    bounds = {name: window_of(data)[name] for name in ("first", "last")}
    voluntary, at_the_end, unknown = data.sql(sql_text("leavers.sql"), **bounds).iloc[0].fillna(0)
    warnings = []
    if voluntary and at_the_end / voluntary > MANY_AT_THE_END:
        warnings.append(
            say(
                "{share} of those who left had a negative experience recorded in the very month of "
                "leaving, often the contact to cancel. Only experiences of earlier months count as a "
                "possible cause, so customers who leave at once after their first one are missed; the "
                "generous counting shows the other extreme.",
                share=percent(at_the_end / voluntary, 0),
            )
        )
    if unknown:
        warnings.append(
            say(
                "For {n} ends it is not known whether the customer wanted to leave; they are counted as "
                "wanted.",
                n=count(int(unknown)),
            )
        )
    return tuple(warnings)


def estimated_effects(data: Dataset) -> Effects:
    """Return the hazard models of a dataset; raises ModelError where it has none."""
    return fit_effects(
        panel_of(data),
        segments=tuple(data.definitions.segments),
        minimum_events=data.claims.zendesk.minimum_events,
    )


def _effects_or_reason(data: Dataset) -> Effects | Message:
    reason = reason_missing(data)
    if reason is not None:
        return reason
    try:
        return estimated_effects(data)
    except ModelError as problem:
        return _no_answer(problem)


def _no_answer(problem: ModelError) -> Message:
    return say("The model gives no trustworthy answer on these data: {reason}", reason=problem.args[0])


def _risks_or_reason(data: Dataset, effects: Effects | Message) -> Risks | Message:
    if isinstance(effects, Message):
        return effects
    try:
        return risks_after(effects, horizon=data.claims.zendesk.horizon_months)
    except ModelError as problem:
        return _no_answer(problem)


_HAZARD_IDS = {
    ("naive", "1"): "churn.hr.naive.1",
    ("naive", "2+"): "churn.hr.naive.2",
    ("adjusted", "1"): "churn.hr.adjusted.1",
    ("adjusted", "2+"): "churn.hr.adjusted.2",
    ("placebo", "1"): "churn.hr.placebo.1",
    ("placebo", "2+"): "churn.hr.placebo.2",
}
_MODEL_NAMES = {
    "naive": say("Not adjusted"),
    "adjusted": say("Adjusted"),
    "placebo": say("Cross-check: involuntary ends"),
}
_HAZARD_METHODS = {
    "naive": say(
        "Discrete-time hazard (complementary log-log) of voluntary ends on tenure band, segment and the "
        "number of months with an experience among the twelve before (0, 1, 2+); known history only; "
        "customer-clustered interval."
    ),
    "adjusted": say(
        "The same with usage of the month before and all controls of the dataset: the direct effect at "
        "equal usage."
    ),
    "placebo": say(
        "The adjusted model for involuntary ends, which an experience cannot cause: a ratio away from 1 "
        "would show that something unmeasured is at work."
    ),
}
_HAZARD_NOTES = {
    "naive": say("Customers with many experiences differ in more than their experiences."),
    "adjusted": say("Holds if nothing unmeasured drives both experiences and leaving."),
    "placebo": say("Should be about 1."),
}
_HAZARD_COLUMNS = {
    "model": Column(say("Model"), lambda name: _MODEL_NAMES[name]),
    "exposure": Column(EXPERIENCES),
    "ratio": Column(say("Hazard ratio"), ratio),
    "low": Column(say("from"), ratio),
    "high": Column(say("to"), ratio),
    "events": Column(say("Ends"), count),
    "months": Column(say("Customer-months"), count),
}


def hazard(data: Dataset) -> Result:
    """How many times as often customers leave per month after experiences: naive, adjusted, placebo.

    Returns
    -------
    Result
        Figures ``churn.hr.naive.k``, ``churn.hr.adjusted.k``, ``churn.hr.placebo.k``, k = 1, 2. Table:
        one row per model and exposure: ``model``, ``exposure`` (1, 2+), ``ratio``, ``low``, ``high``,
        ``events`` and ``months`` of the level; ``fit`` is statsmodels' fit of the adjusted model.
    """
    effects = _effects_or_reason(data)
    if isinstance(effects, Message):
        return Result.unavailable("churn.hazard", effects, FIGURES.of("churn.hazard"))
    fits = {"naive": effects.naive, "adjusted": effects.adjusted, "placebo": effects.placebo}
    table = pd.DataFrame(
        [row for name, fit in fits.items() if fit for row in _ratio_rows(name, fit, effects)]
    )
    figures = tuple(_ratio_figure(row) for row in table.itertuples())
    known = {figure.id for figure in figures}
    return Result(
        "churn.hazard",
        _hazard_sentences(table, effects),
        table=table,
        columns=_HAZARD_COLUMNS,
        figures=figures,
        method=tuple(_HAZARD_METHODS.values()),
        warnings=(
            *flips(table),
            *_model_warnings(effects, data.claims.zendesk.placebo_limit),
            *_leaver_warnings(data),
        ),
        absent={id: _absent_ratio(id) for id in FIGURES.of("churn.hazard") if id not in known},
        fit=effects.adjusted.fit,
    )


def flips(table: pd.DataFrame) -> tuple[Message, ...]:
    """Return a warning for each number of experiences whose ratio turns round when it is adjusted.

    Parameters
    ----------
    table : DataFrame
        As in :func:`hazard`.
    """
    ratios = {(row.model, row.exposure): (row.ratio, row.low, row.high) for row in table.itertuples()}
    return tuple(
        finding.sentence
        for (model, exposure), crude in ratios.items()
        if model == "naive" and ("adjusted", exposure) in ratios
        for finding in sign_flip(crude, ratios["adjusted", exposure])
    )


def _ratio_rows(name: str, fit: CellFit, effects: Effects) -> list[dict[str, object]]:
    cells = effects.panel.cells("involuntary" if name == "placebo" else "voluntary")
    totals = cells.totals("exposure")
    rows = []
    for level in EXPOSURES[1:]:
        if f"exposure[{level}]" in fit.names:
            value, low, high = hazard_ratio(fit, f"exposure[{level}]")
            found = {"model": name, "exposure": level, "ratio": value, "low": low, "high": high}
            counts = {column: int(totals.loc[level, column]) for column in ("events", "months")}
            rows.append(found | counts)
    return rows


def _ratio_figure(row: tuple) -> Figure:
    return Figure.of(
        FIGURES[_HAZARD_IDS[row.model, row.exposure]],
        Estimate(row.ratio, row.low, row.high),
        n=row.months,
        method=_HAZARD_METHODS[row.model],
        note=_HAZARD_NOTES[row.model],
    )


def _absent_ratio(id: str) -> Message:
    if "placebo" in id:
        return say("Too few involuntary ends for the cross-check.")
    return say("Too few customers left after that many experiences.")


def _hazard_sentences(table: pd.DataFrame, effects: Effects) -> tuple[Message, ...]:
    rows = {(row.model, row.exposure): row for row in table.itertuples()}
    sentences = []
    if ("adjusted", "1") in rows:
        sentences.append(_ratio_sentence(_AFTER_ONE, rows["adjusted", "1"], rows["naive", "1"]))
    if ("adjusted", "2+") in rows:
        sentences.append(_ratio_sentence(_AFTER_MORE, rows["adjusted", "2+"], rows["naive", "2+"]))
    if effects.panel.design.levels < 2:
        return (*sentences, _WITHOUT_USAGE)
    sentences += [_UNLIKE] if confounded(effects.panel) else []
    sentences.append(_SIMILAR)
    return tuple(sentences)


def _ratio_sentence(template: str, adjusted: tuple, naive: tuple) -> Message:
    found = interval(Estimate(adjusted.ratio, adjusted.low, adjusted.high), ratio)
    return Message(template, found | {"naive": ratio(naive.ratio)})


_AFTER_ONE = say(
    "Among otherwise similar customers those with one month of negative experience in the last twelve "
    "leave about {value} times as often per month as those with none (between {low} and {high}); without "
    "adjustment it looks like {naive} times."
).template
_AFTER_MORE = say(
    "With two or more such months it is about {value} times as often (between {low} and {high}; "
    "unadjusted {naive})."
).template
_UNLIKE = say(
    "The unadjusted figures mislead because customers with low usage have more negative experiences and "
    "leave more often anyway."
)
_SIMILAR = say(
    "Similar means here: same tenure, same usage in the month before, same segment and controls. It is a "
    "comparison, not an experiment."
)
_WITHOUT_USAGE = say(
    "Similar means here: same tenure, segment and controls; how much customers use is not known, so part of "
    "the difference may come from that. It is a comparison, not an experiment."
)
_PLACEBO_SENTENCES = {
    "moved": say(
        "The cross-check moved: experiences also go with involuntary ends, which they cannot cause. "
        "Something unmeasured is at work, and the adjusted figures carry it, too."
    ),
    "too imprecise": say(
        "The cross-check on involuntary ends shows nothing unusual, but it is too imprecise to rule out a "
        "hidden cause."
    ),
    "absent": say("Without enough involuntary ends there is no cross-check on hidden causes."),
}


def _model_warnings(effects: Effects, placebo_limit: float) -> tuple[Message, ...]:
    warnings = []
    state = placebo_reading(effects, limit=placebo_limit)
    if state in _PLACEBO_SENTENCES:
        warnings.append(_PLACEBO_SENTENCES[state])
    if effects.fragile:
        warnings.append(
            say(
                "Only {events} customers left for {terms} quantities to estimate; the adjusted figures "
                "are fragile.",
                events=count(int(effects.adjusted.events)),
                terms=count(len(effects.adjusted.names)),
            )
        )
    if effects.panel.left_out:
        share = effects.panel.left_out / (effects.panel.left_out + effects.panel.months.sum())
        warnings.append(
            say("{share} of the customer-months have no known usage and are left out.", share=percent(share))
        )
    return tuple(warnings)


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
    "Customers active at the end of the month, followed on paper for 12 months (g-formula): involuntary "
    "ends, voluntary ends by the adjusted hazard, and usage by its estimated monthly moves, which differ "
    "after an experience. One experience: in month 0. Two: in months 0 and 1. Nothing else in between. "
    "Intervals by the delta method from hazards, involuntary ends and moves together."
)
_DIRECT_METHOD = say(
    "The same with usage moving as without an experience; the rest of the difference runs through usage."
)
_EVALUE_METHOD = say(
    "E-value of the risk ratio after one experience; the lower value is that of the interval's limit "
    "nearer to 1."
)
_RISK_NOTE = say("Holds if nothing unmeasured drives both experiences and leaving.")
_RISK_COLUMNS = {
    "what": Column(say("Experiences")),
    "value": Column(say("Share or percentage points"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def risk(data: Dataset) -> Result:
    """P(leave within 12 months) after none, one and two negative experiences, of those active now.

    Returns
    -------
    Result
        Figures ``churn.risk12.k``, ``.diff.k``, ``.direct.k``, ``churn.evalue``. Table: one row per
        figure: ``what`` (0, 1, 2, diff.1, ..., direct.2), ``value``, ``low``,
        ``high`` (shares 0-1); part ``paths``: share who left by ``month``, one column per regime;
        part ``claimed``: the claim's share per number of ``experiences``; ``fit`` is statsmodels' fit
        of the adjusted model.
    """
    effects = _effects_or_reason(data)
    risks = _risks_or_reason(data, effects)
    if isinstance(risks, Message):
        return Result.unavailable("churn.risk", risks, FIGURES.of("churn.risk"))
    horizon = data.claims.zendesk.horizon_months
    found = _risk_estimates(risks)
    figures = tuple(_risk_figure(name, estimate, effects, horizon) for name, estimate in found.items())
    figures += _evalue_figure(risks, effects)
    known = {figure.id for figure in figures if figure}
    few = say("Too few customers left after that many experiences.")
    return Result(
        "churn.risk",
        _risk_sentences(found, horizon) + _usage_sentence(risks, effects),
        table=pd.DataFrame([{"what": name, **estimate._asdict()} for name, estimate in found.items()]),
        columns=_RISK_COLUMNS | {"what": Column(say("Experiences"), partial(_risk_label, horizon))},
        figures=figures,
        method=(_RISK_METHOD, _DIRECT_METHOD, _EVALUE_METHOD),
        warnings=(
            *_hidden_cause(risks, effects),
            *_unplaced(effects),
            *_model_warnings(effects, data.claims.zendesk.placebo_limit),
        ),
        absent=FIGURES.absent("churn.risk", few, known),
        fit=effects.adjusted.fit,
        parts={
            "paths": risks.paths.reset_index(),
            "claimed": pd.DataFrame({"experiences": [1, 2], "share": data.claims.zendesk.shares}),
        },
    )


def _risk_estimates(risks: Risks) -> dict[str, Estimate]:
    shares = [name for name in risks.paths if "." not in name]
    found = {name: risks.share(name) for name in shares}
    found |= {f"diff.{k}": risks.difference(k, "0") for k in shares[1:]}
    return found | {name: risks.share(name) for name in risks.paths if "." in name}


def _risk_label(horizon: int, name: str) -> Message:
    return FIGURES[_RISK_IDS[name]].label(n=count(horizon))


def _risk_figure(name: str, estimate: Estimate, effects: Effects, horizon: int) -> Figure:
    return Figure.of(
        FIGURES[_RISK_IDS[name]],
        estimate,
        label=_risk_label(horizon, name),
        n=int(effects.panel.population["customers"].sum()),
        method=_DIRECT_METHOD if "direct" in name else _RISK_METHOD,
        note=_RISK_NOTE,
    )


def _evalue_figure(risks: Risks, effects: Effects) -> tuple[Figure, ...]:
    if "1" not in risks.paths:
        return ()
    value, limit = confounding_value(risks.ratio("1", "0"))
    return (
        Figure.of(
            FIGURES["churn.evalue"],
            Estimate(value, limit),
            n=int(effects.panel.population["customers"].sum()),
            method=_EVALUE_METHOD,
            note=_RISK_NOTE,
        ),
    )


def _risk_sentences(found: dict[str, Estimate], horizon: int) -> tuple[Message, ...]:
    sentences = [
        say(
            "Of the customers active now about {value} would leave on their own account within {horizon} "
            "months without a negative experience (between {low} and {high}).",
            horizon=count(horizon),
            **interval(found["0"]),
        )
    ]
    for name, template in (("1", _RISK_AFTER_ONE), ("2", _RISK_AFTER_TWO)):
        if name in found:
            points = interval(found[f"diff.{name}"], signed_points)
            values = interval(found[name]) | {f"more_{key}": value for key, value in points.items()}
            sentences.append(Message(template, values))
    return tuple(sentences)


_RISK_AFTER_ONE = say(
    "After one it would be about {value} (between {low} and {high}), a difference of {more_value} percentage "
    "points (between {more_low} and {more_high})."
).template
_RISK_AFTER_TWO = say(
    "After two in a row it would be about {value} (between {low} and {high}), a difference of {more_value}"
    " percentage points (between {more_low} and {more_high})."
).template


def _usage_sentence(risks: Risks, effects: Effects) -> tuple[Message, ...]:
    """Return how much of the difference runs through usage, for the largest number of experiences."""
    most = max(name for name in risks.paths if "." not in name)
    if most == "0" or effects.panel.design.levels < 2:
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
    gone, placed = effects.panel.unplaced, effects.panel.population["customers"].sum()
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


_TRUST_COLUMNS = {
    "check": Column(say("Check")),
    "1": Column(say("after one")),
    "2+": Column(say("after two or more")),
    "reading": Column(say("Reading")),
}
_TRUST_READINGS = {
    "naive": say("customers as they are"),
    "adjusted": say("similar customers compared"),
    "structural": say("not computed yet; it would give the effect including what runs through usage"),
    "moved": say("moved: something unmeasured is at work"),
    "quiet": say("quiet: no sign of a hidden cause"),
    "too imprecise": say("too imprecise to rule out a hidden cause"),
    "absent": say("too few involuntary ends to check with"),
    "evalue": say("strength a hidden cause would need; in brackets for the limit nearer to 1"),
}


def trust(data: Dataset) -> Result:
    """How far the effect may be trusted: naive, adjusted, structural model, cross-check, E-value.

    Returns
    -------
    Result
        No figures of its own. Table: one row per check: ``check``, ``1`` and ``2+`` (texts), ``reading``.
    """
    effects = _effects_or_reason(data)
    if isinstance(effects, Message):
        return Result.unavailable("churn.trust", effects)
    state = placebo_reading(effects, limit=data.claims.zendesk.placebo_limit)
    risks = _risks_or_reason(data, effects)
    rows = [
        _trust_row(_MODEL_NAMES["naive"], effects.naive, _TRUST_READINGS["naive"]),
        _trust_row(_MODEL_NAMES["adjusted"], effects.adjusted, _TRUST_READINGS["adjusted"]),
        _trust_row(say("Marginal structural model"), None, _TRUST_READINGS["structural"]),
        _trust_row(_MODEL_NAMES["placebo"], effects.placebo, _TRUST_READINGS[state]),
        *([] if isinstance(risks, Message) else [_evalue_row(risks)]),
    ]
    return Result(
        "churn.trust",
        (_TRUST_SENTENCE,),
        table=pd.DataFrame(rows),
        columns=_TRUST_COLUMNS,
        method=(*_HAZARD_METHODS.values(), _EVALUE_METHOD),
        fit=effects.adjusted.fit,
    )


_TRUST_SENTENCE = say(
    "The same effect, checked from several sides: hazard ratios against no experience, with their intervals. "
    "The more the checks agree, the further the effect may be trusted."
)


def _trust_row(check: Message, fit: CellFit | None, reading: Message) -> dict[str, object]:
    row: dict[str, object] = {"check": check, "1": None, "2+": None, "reading": reading}
    for level in EXPOSURES[1:]:
        if fit is not None and f"exposure[{level}]" in fit.names:
            found = interval(hazard_ratio(fit, f"exposure[{level}]"), ratio)
            row[level] = say("{value} ({low} to {high})", **found)
    return row


def _evalue_row(risks: Risks) -> dict[str, object]:
    row: dict[str, object] = {
        "check": say("E-value"),
        "1": None,
        "2+": None,
        "reading": _TRUST_READINGS["evalue"],
    }
    for name, level in (("1", "1"), ("2", "2+")):
        if name in risks.paths:
            value, limit = (number(x, 1) for x in confounding_value(risks.ratio(name, "0")))
            row[level] = say("{value} ({limit})", value=value, limit=limit)
    return row


def claim(data: Dataset) -> Result:
    """Judge "half leave after one negative experience, 80 percent after several" on these data.

    Returns
    -------
    Result
        Figures ``claim.zendesk.1`` and ``.2``, verdicts by the rules of ``dataset.yaml``; a claim card
        in ``lines``. Table: one row per number of experiences and way of counting: ``experiences``
        (0, 1, 2), ``way`` (naive, observed, generous, risk), ``share``, ``low``, ``high``.
    """
    reason = reason_missing(data)
    tables = {} if reason is not None else observed_after(data)
    if (1, "strict") not in tables:
        few = say("Too few customers were followed long enough after a negative experience.")
        return Result.unavailable("churn.claim", reason or few, FIGURES.of("churn.claim"))
    effects = _effects_or_reason(data)
    rule = data.claims.zendesk
    found = _risks_or_reason(data, effects)
    risks = None if isinstance(found, Message) else found
    counts = data.sql(sql_text("shares.sql"), **window_of(data))
    naive_table = shown_shares(counts, data.definitions.minimum_group)
    evidence = {k: _evidence(data, k, tables, effects, risks) for k in (1, 2) if (k, "strict") in tables}
    return zendesk_card(
        evidence,
        rule=rule,
        without=None if risks is None else risks.share("0"),
        table=_ways(naive_table, evidence, risks),
        missing=found if isinstance(found, Message) else None,
    )


def _evidence(
    data: Dataset,
    k: int,
    tables: dict[tuple[int, str], pd.DataFrame],
    effects: Effects | Message,
    risks: Risks | None,
) -> Evidence:
    rule = data.claims.zendesk
    known = risks is not None and str(k) in risks.paths
    strict = tables[k, "strict"]
    gates = Gates(
        events=int(strict["left"].sum()),
        months=data.month_no - data.first_month_no,
        recorded_for_everybody=_recorded_for_everybody(data),
        placebo=placebo_reading(effects, limit=rule.placebo_limit) if known else "absent",
        minimum_events=rule.minimum_events,
        minimum_months=rule.horizon_months,
    )
    return Evidence(
        strict=incidence_at(strict, rule.horizon_months),
        generous=incidence_at(tables[k, "generous"], rule.horizon_months),
        risk=risks.share(str(k)) if known else None,
        difference=risks.difference(str(k), "0") if known else None,
        customers=int(strict["at_risk"].iloc[0]),
        gates=gates,
    )


def _recorded_for_everybody(data: Dataset) -> bool:
    """Whether almost no experience is known from a rating alone, which only those give who answer."""
    rated = data.sql(
        "select avg(case when source = 'rating' then 1.0 else 0.0 end) as share from negative_experiences"
    )
    return bool(rated["share"].iloc[0] <= RATED_SHARE)


def _ways(naive_table: pd.DataFrame, evidence: dict[int, Evidence], risks: Risks | None) -> pd.DataFrame:
    rows = [
        (int(row.experiences[0]), "naive", row.share, row.low, row.high)
        for row in naive_table.itertuples()
        if row.experiences in EXACT
    ]
    for k, found in evidence.items():
        rows += [(k, "observed", *found.strict), (k, "generous", *found.generous)]
    if risks is not None:
        rows += [(int(name), "risk", *risks.share(name)) for name in risks.paths if "." not in name]
    return pd.DataFrame(rows, columns=["experiences", "way", "share", "low", "high"])
