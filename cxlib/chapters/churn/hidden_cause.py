"""How strong a hidden cause would have to be, beside how strong the measured ones are."""

from __future__ import annotations

from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.ratios import ratio
from cxlib.estimate import Estimate
from cxlib.language import Message, number, say
from cxlib.panel.causes import Cause, measured_causes
from cxlib.panel.effects import Effects
from cxlib.panel.patterns import control_name
from cxlib.result import Figure
from cxlib.stats.risk import Risks
from cxlib.stats.sensitivity import confounding_value, limit_nearer_to_one

__all__ = ["EVALUE_METHOD", "cause_rows", "evalue", "hidden_cause"]

EVALUE_METHOD = say(
    "E-value of the risk ratio after one experience: the risk ratio that a hidden cause must have with "
    "experiences and with leaving, where both are equal; the lower value is that of the interval's limit "
    "nearer to 1. Measured causes beside it by their bounding factor a b / (a + b \N{MINUS SIGN} 1): a, how "
    "many times as often a level occurs with an experience as without; b, the adjusted hazard ratio of the "
    "levels with most and least leaving (Ding and VanderWeele)."
)
_REGIMES = {"1": "1", "2+": "2"}


def evalue(risks: Risks, active: int, note: Message) -> tuple[Figure, ...]:
    """Return the figure ``churn.evalue``, where there is a risk after one experience."""
    if "1" not in risks.paths:
        return ()
    value, limit = confounding_value(risks.ratio("1", "0"))
    declared = FIGURES["churn.evalue"]
    return (Figure.of(declared, Estimate(value, limit), n=active, method=EVALUE_METHOD, note=note),)


def hidden_cause(risks: Risks, effects: Effects) -> tuple[Message, ...]:
    """Return what could explain the difference after one experience, and whether measured causes could."""
    if "1" not in risks.paths:
        return ()
    found = risks.ratio("1", "0")
    _, enough = confounding_value(found)
    if enough <= 1:
        return ()
    needed = say(
        "A hidden cause tied to both experiences and leaving with risk ratios of at least {enough} each, all "
        "else equal, could explain the difference after one experience; one of the two may be weaker if the "
        "other is stronger.",
        enough=ratio(enough),
    )
    limit = limit_nearer_to_one(found)
    causes = measured_causes(effects, "1", protective=found.value < 1)
    return (needed, *(_compared(cause, limit) for cause in causes))


def _compared(cause: Cause, limit: float) -> Message:
    told = _COULD if cause.factor >= limit else _COULD_NOT
    return told(
        cause=control_name(cause.control),
        experiences=ratio(cause.experiences),
        leaving=ratio(cause.leaving),
        factor=ratio(cause.factor),
        limit=ratio(limit),
    )


_COULD = say(
    "A hidden cause as strong as {cause} could explain the difference: ratios of {experiences} with "
    "experiences and {leaving} with leaving can feign a risk ratio of up to {factor}, and it takes {limit}."
)
_COULD_NOT = say(
    "A hidden cause as strong as {cause} could not explain the difference: ratios of {experiences} with "
    "experiences and {leaving} with leaving can feign a risk ratio of {factor} at most, and it takes {limit}."
)


def cause_rows(risks: Risks, effects: Effects) -> list[dict[str, object]]:
    """Return rows for the table of checks: the E-value, and each measured cause against the limit."""
    row = {"check": say("E-value"), "1": None, "2+": None, "reading": _EVALUE_READING}
    rows: dict[str, dict[str, object]] = {}
    for level, regime in _REGIMES.items():
        if regime not in risks.paths:
            continue
        found = risks.ratio(regime, "0")
        value, enough = (number(x, 1) for x in confounding_value(found))
        row[level] = say("{value} ({limit})", value=value, limit=enough)
        limit = limit_nearer_to_one(found)
        for cause in measured_causes(effects, level, protective=found.value < 1):
            empty = {"check": _as_strong(cause), "1": None, "2+": None, "reading": _CAUSE_READING}
            rows.setdefault(cause.control, empty)[level] = _verdict(cause, limit)
    return [row, *rows.values()]


def _as_strong(cause: Cause) -> Message:
    return say("A hidden cause as strong as {cause}", cause=control_name(cause.control))


def _verdict(cause: Cause, limit: float) -> Message | None:
    """Return whether a cause as strong could explain what is surely there, where anything is."""
    if limit <= 1:
        return None
    could, could_not = say("could ({factor} against {limit})"), say("could not ({factor} against {limit})")
    told = could if cause.factor >= limit else could_not
    return told(factor=ratio(cause.factor), limit=ratio(limit))


_EVALUE_READING = say(
    "risk ratios with both that a hidden cause would need; in brackets for the limit nearer to 1"
)
_CAUSE_READING = say("what such a cause could feign, against the risk ratio's limit nearer to 1")
