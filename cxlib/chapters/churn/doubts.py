"""How far the effect may be trusted: the same effect from several sides."""

from __future__ import annotations

import pandas as pd

from cxlib.chapters.churn.ratios import MODEL_NAMES, hazard_methods, ratio
from cxlib.chapters.churn.risks import EVALUE_METHOD
from cxlib.chapters.churn.study import Study
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, number, say
from cxlib.panel.design import EXPOSURES
from cxlib.panel.effects import hazard_ratio
from cxlib.result import Column, Result, interval
from cxlib.stats.hazard import CellFit
from cxlib.stats.risk import Risks, confounding_value

__all__ = ["trust"]

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
    study = data.once(Study)
    effects, risks = study.effects, study.risks
    if isinstance(effects, Message):
        return Result.unavailable("churn.trust", effects)
    rows = [
        _trust_row(MODEL_NAMES["naive"], effects.naive, _TRUST_READINGS["naive"]),
        _trust_row(MODEL_NAMES["adjusted"], effects.adjusted, _TRUST_READINGS["adjusted"]),
        _trust_row(say("Marginal structural model"), None, _TRUST_READINGS["structural"]),
        _trust_row(MODEL_NAMES["placebo"], effects.placebo, _TRUST_READINGS[study.placebo]),
        *([] if isinstance(risks, Message) else [_evalue_row(risks)]),
    ]
    return Result(
        "churn.trust",
        (_TRUST_SENTENCE,),
        table=pd.DataFrame(rows),
        columns=_TRUST_COLUMNS,
        method=(*hazard_methods(effects).values(), EVALUE_METHOD),
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
            values = interval(hazard_ratio(fit, f"exposure[{level}]"), ratio)
            row[level] = say("{value} ({low} to {high})", **values)
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
