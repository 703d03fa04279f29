"""How far the effect may be trusted: the same effect from several sides."""

from __future__ import annotations

import pandas as pd

from cxlib.chapters.churn.hidden_cause import EVALUE_METHOD, cause_rows
from cxlib.chapters.churn.ratios import MODEL_NAMES, hazard_methods, ratio
from cxlib.chapters.churn.study import Study
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, say
from cxlib.panel.design import EXPOSURES
from cxlib.panel.effects import hazard_ratio
from cxlib.result import Column, Result, interval
from cxlib.stats.hazard import CellFit

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
    "quiet": say(
        "quiet: no sign of a hidden cause that also acts on involuntary ends; another could not show"
    ),
    "too imprecise": say("too imprecise to rule out a hidden cause"),
    "absent": say("too few involuntary ends to check with"),
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
        *([] if isinstance(risks, Message) else cause_rows(risks, effects)),
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
    "Where checks disagree, the effect is in doubt; where they agree, a cause that none of them sees is "
    "still possible."
)


def _trust_row(check: Message, fit: CellFit | None, reading: Message) -> dict[str, object]:
    row: dict[str, object] = {"check": check, "1": None, "2+": None, "reading": reading}
    for level in EXPOSURES[1:]:
        if fit is not None and f"exposure[{level}]" in fit.names:
            values = interval(hazard_ratio(fit, f"exposure[{level}]"), ratio)
            row[level] = say("{value} ({low} to {high})", **values)
    return row
