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
    value, enough = confounding_value(found)
    if enough <= 1:
        return ()
    needed = say(
        "To explain the whole difference after one experience, a hidden cause would have to be tied to both "
        "experiences and leaving with risk ratios of about {value} each, all else equal; from {enough} on "
        "the difference would no longer be sure. One of the two may be weaker if the other is stronger.",
        value=ratio(value),
        enough=ratio(enough),
    )
    causes = measured_causes(effects, "1", protective=found.value < 1)
    return (needed, *(_compared(cause, found) for cause in causes))


def _compared(cause: Cause, found: Estimate) -> Message:
    limit, whole = limit_nearer_to_one(found), max(found.value, 1 / found.value)
    told = _COULD_NOT if cause.factor < limit else _COULD if cause.factor >= whole else _UNSURE
    return told(
        whole=ratio(whole),
        cause=control_name(cause.control),
        experiences=ratio(cause.experiences),
        leaving=ratio(cause.leaving),
        factor=ratio(cause.factor),
        limit=ratio(limit),
    )


_COULD = say(
    "A hidden cause as strong as {cause} could explain the difference: ratios of {experiences} with "
    "experiences and {leaving} with leaving can feign a risk ratio of up to {factor}, and {whole} was found."
)
_UNSURE = say(
    "A hidden cause as strong as {cause} could make the difference unsure, but not explain the whole: ratios "
    "of {experiences} with experiences and {leaving} with leaving can feign a risk ratio of up to {factor}; "
    "{whole} was found, and from {limit} on it is unsure."
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
        for cause in measured_causes(effects, level, protective=found.value < 1):
            empty = {"check": _as_strong(cause), "1": None, "2+": None, "reading": _CAUSE_READING}
            rows.setdefault(cause.control, empty)[level] = _verdict(cause, found)
    return [row, *rows.values()]


def _as_strong(cause: Cause) -> Message:
    return say("A hidden cause as strong as {cause}", cause=control_name(cause.control))


def _verdict(cause: Cause, found: Estimate) -> Message | None:
    """Return whether a cause as strong could explain what was found, where that is surely there."""
    limit, whole = limit_nearer_to_one(found), max(found.value, 1 / found.value)
    if limit <= 1:
        return None
    words = {"factor": ratio(cause.factor), "limit": ratio(limit), "whole": ratio(whole)}
    if cause.factor < limit:
        return say("could not ({factor} against {limit})", **words)
    if cause.factor >= whole:
        return say("could ({factor} against {whole})", **words)
    return say("could make it unsure ({factor} between {limit} and {whole})", **words)


_EVALUE_READING = say(
    "risk ratios with both that a hidden cause would need; in brackets for the limit nearer to 1"
)
_CAUSE_READING = say(
    "risk ratio that such a cause could feign, against the one found and its limit nearer to 1"
)
