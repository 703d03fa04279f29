"""The claim card 50/80: what is claimed, where it comes from, what these data say, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.followed import TOO_FEW_FOLLOWED
from cxlib.chapters.churn.periods import within
from cxlib.chapters.churn.shares import shown_shares
from cxlib.chapters.churn.sources import acting_share, judged, known_from
from cxlib.chapters.churn.study import Study
from cxlib.chapters.churn.zendesk.verdict import WORDS, Gates, rule_line, zendesk_verdict
from cxlib.contract.config import Zendesk
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, percent, percentage_points, say
from cxlib.panel.design import EXPOSURES
from cxlib.panel.effects import reason_without_level
from cxlib.panel.leads import Leads
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.incidence import incidence_at
from cxlib.stats.risk import Risks
from cxlib.stats.verdicts import CONTRADICTED, SUPPORTED, Verdict

__all__ = ["Evidence", "claim"]

QUOTED_SHARES = (0.5, 0.8)
_QUOTED = say(
    "“After one bad experience half of the customers switch to a competitor, after several 80 percent.”"
)
_OTHERWISE = say(
    "Tested here as dataset.yaml puts it: after one bad experience {one} of the customers switch to a "
    "competitor, after several {several}. In its best known form the claim says {quoted}."
)
_SOURCE = say(
    "Zendesk, press release of 14 January 2020 on its Customer Experience Trends Report 2020. Consumers "
    "in ten countries were asked what they would do: stated intention towards a company in general, "
    "without a period and without a comparison with customers who had no such experience. The 2022 "
    "edition says 61 and 76 percent."
)
_WOULD_DECIDE = say(
    "Experiences recorded for every customer, more customers followed for the whole period, and an effect "
    "that a marginal structural model and a precise cross-check on involuntary ends confirm; best of all "
    "a change that was made for a random part of the customers."
)
_IDS = {1: "claim.zendesk.1", 2: "claim.zendesk.2"}
_READ = say("read {within}; the claim names no period")
_NOTE = say("As worded, {read}; rule fixed before the run.")
_EVERYBODY_ONLY = say("Judged on the kinds of experience alone that are recorded for everybody.")
_COMPARED_ONLY = say("it is a comparison, not an experiment")
_HEADS = {
    (1, "worded"): say("After one, as worded"),
    (1, "because"): say("After one, because of it"),
    (2, "worded"): say("After several, as worded"),
    (2, "because"): say("After several, because of them"),
}
_WAYS = {
    "naive": say("left in the window (no common period)"),
    "observed": say("left {within} after it"),
    "generous": say("the same, month of leaving counted"),
    "risk": say("active customers, all else equal"),
}
_COLUMNS = {
    "share": Column(say("Share who left"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


@dataclass(frozen=True)
class Evidence:
    """What the data say about one number of experiences.

    Attributes
    ----------
    strict, generous : Estimate
        Observed share who left within the horizon, without and with the month of leaving.
    risk, without, difference : Estimate or None
        Share of active customers who would leave, share without an experience, and how much more
        (g-formula).
    customers : int
        Customers followed after the experience.
    everybody_only : bool
        Whether only experiences recorded for everybody are judged.
    gates : Gates
    verdict : Verdict
    missing : Message or None
        Why there is no risk.
    """

    strict: Estimate
    generous: Estimate
    risk: Estimate | None
    without: Estimate | None
    difference: Estimate | None
    customers: int
    everybody_only: bool
    gates: Gates
    verdict: Verdict
    missing: Message | None


def claim(data: Dataset) -> Result:
    """Judge "half leave after one negative experience, 80 percent after several" on these data.

    Returns
    -------
    Result
        Figures ``claim.zendesk.1`` and ``.2``, verdicts by the rules of ``dataset.yaml``; a claim card
        in ``lines``. Table: one row per number of experiences and way of counting: ``experiences``
        (0, 1, 2), ``way`` (naive, observed, generous, risk), ``share``, ``low``, ``high``; part
        ``claimed``: the claim's share per number of ``experiences``.
    """
    study = data.once(Study)
    if (1, "strict") not in study.followed:
        reason = study.missing or TOO_FEW_FOLLOWED
        return Result.unavailable("churn.claim", reason, FIGURES.of("churn.claim"))
    rule = study.zendesk
    evidence = {k: _evidence(study, k) for k in (1, 2) if (k, "strict") in study.followed}
    few = say("Too few customers were followed long enough after a second negative experience.")
    figures = tuple(_figure(k, known, rule) for k, known in evidence.items())
    return Result(
        "churn.claim",
        _sentences(evidence, rule),
        table=_ways(study, evidence),
        columns={
            "experiences": Column(say("Negative experiences")),
            "way": Column(say("Counted as"), partial(_way, rule.horizon_months)),
            **_COLUMNS,
        },
        figures=figures,
        lines=_lines(study, evidence),
        absent=FIGURES.absent("churn.claim", few, {figure.id for figure in figures}),
        parts={"claimed": pd.DataFrame({"experiences": [1, 2], "share": rule.shares})},
    )


def _evidence(study: Study, k: int) -> Evidence:
    """Return what the data say; of recorded experiences alone where those for everybody are too few."""
    rule, risks = study.zendesk, study.risks
    known = not isinstance(risks, Message) and str(k) in risks.paths
    enough = (k, "strict") in judged(study)
    tables = judged(study) if enough else study.followed
    strict, generous = (tables[k, counting] for counting in ("strict", "generous"))
    gates = Gates(
        followed=int(strict["known"].iloc[-1]),
        acting=acting_share(study),
        recorded_for_everybody=enough,
        events=int(strict["left"].sum()),
        minimum_events=rule.minimum_events,
        placebo=study.placebo,
        ends_lost=0.0 if isinstance(study.panel, Message) else study.panel.ends_lost,
        notices=_notices(study.leads),
    )
    shares = {
        "strict": incidence_at(strict, rule.horizon_months),
        "generous": incidence_at(generous, rule.horizon_months),
        "difference": risks.difference(str(k), "0") if known else None,
    }
    return Evidence(
        **shares,
        risk=risks.share(str(k)) if known else None,
        without=risks.share("0") if known else None,
        customers=int(strict["at_risk"].iloc[0]),
        everybody_only=enough and tables is not study.followed,
        gates=gates,
        verdict=zendesk_verdict(rule.shares[k - 1], **shares, gates=gates, tolerance=rule.tolerance),
        missing=None if known else _reason_without_risk(study, k),
    )


def _notices(leads: Leads) -> str:
    if leads.refusal is not None:
        return "suspected"
    return "unknown" if leads.detectable is None else "none"


def _reason_without_risk(study: Study, k: int) -> Message:
    if isinstance(study.risks, Message):
        return study.risks
    return reason_without_level(EXPOSURES[k], study.effects.panel.design.window)


def _ways(study: Study, evidence: Mapping[int, Evidence]) -> pd.DataFrame:
    naive = shown_shares(study.shares, study.data.definitions.minimum_group)
    rows = [
        (EXPOSURES.index(row.experiences), "naive", row.share, row.low, row.high)
        for row in naive.itertuples()
        if row.experiences in EXPOSURES
    ]
    for k, known in evidence.items():
        rows += [(k, "observed", *known.strict), (k, "generous", *known.generous)]
    if isinstance(study.risks, Risks):
        rows += [(int(k), "risk", *study.risks.share(k)) for k in study.risks.paths if "." not in k]
    return pd.DataFrame(rows, columns=["experiences", "way", "share", "low", "high"])


def _way(horizon: int, name: str) -> Message:
    return _WAYS[name](within=within(horizon))


def _lines(study: Study, evidence: Mapping[int, Evidence]) -> tuple[tuple[Message, Message], ...]:
    """Return the card, line by line."""
    rule = study.zendesk
    measured = say(
        "What share of our customers left on their own account {within} after the first (second) month with "
        "a recorded negative experience; and how many more leave than without one.",
        within=within(rule.horizon_months),
    )
    lines = [
        (say("The claim"), _claimed(rule)),
        (say("Where it comes from"), _SOURCE),
        (say("What we measured instead"), measured),
        (say("What experiences are known from"), known_from(study)),
    ]
    for k, known in evidence.items():
        lines.append((_HEADS[k, "worded"], _as_worded(known, rule)))
        lines.append((_HEADS[k, "because"], _because(known)))
    return (*lines, (say("Rule"), rule_line(rule)), (say("What would decide more"), _WOULD_DECIDE))


def _claimed(rule: Zendesk) -> Message:
    if tuple(rule.shares) == QUOTED_SHARES:
        return _QUOTED
    one, several = (percent(share, 0) for share in rule.shares)
    return _OTHERWISE(one=one, several=several, quoted=_QUOTED)


def _sentences(evidence: Mapping[int, Evidence], rule: Zendesk) -> tuple[Message, ...]:
    sentences = [_sentence(k, known, rule) for k, known in evidence.items()]
    if any(known.everybody_only for known in evidence.values()):
        sentences.append(_EVERYBODY_ONLY)
    return tuple(sentences)


def _sentence(k: int, known: Evidence, rule: Zendesk) -> Message:
    values = {
        "claimed": percent(rule.shares[k - 1], 0),
        "within": within(rule.horizon_months),
        "verdict": WORDS[known.verdict.word],
        **interval(known.strict),
    }
    told = _AFTER_ONE if k == 1 else _AFTER_SEVERAL
    if known.gates.recorded_for_everybody:
        return told(**values)
    return say("{told} Silent customers are not in it.", told=told(**values))


_AFTER_ONE = say(
    "That {claimed} leave after one negative experience, read {within} (the claim names no period), is "
    "{verdict}: here {value} left after a recorded one (between {low} and {high})."
)
_AFTER_SEVERAL = say(
    "That {claimed} leave after several, read {within}, is {verdict}: here {value} left after the second "
    "recorded one (between {low} and {high})."
)


def _as_worded(known: Evidence, rule: Zendesk) -> Message:
    told = say(
        "{value} of {n} left (between {low} and {high}); counted generously {generous} (up to "
        "{generous_high}). Verdict ({read}): {verdict}, because {reasons}.",
        n=count(known.customers),
        generous=percent(known.generous.value),
        generous_high=percent(known.generous.high),
        read=_READ(within=within(rule.horizon_months)),
        verdict=WORDS[known.verdict.word],
        reasons=listing(known.verdict.reasons),
        **interval(known.strict),
    )
    if not known.everybody_only:
        return told
    return say("Judged on the kinds of experience alone that are recorded for everybody: {told}", told=told)


def _because(known: Evidence) -> Message:
    if known.missing is not None:
        return say("Not decidable: {reason}", reason=known.missing)
    problems = known.gates.before_any() + known.gates.before_support()
    size = say(
        "{risk} would leave instead of {without}, a difference of {value} percentage points (between "
        "{low} and {high}).",
        without=percent(known.without.value),
        risk=percent(known.risk.value),
        **interval(known.difference, partial(percentage_points, signed=True)),
    )
    if known.verdict.word == SUPPORTED:
        return say("{size} Verdict: supported.", size=size)
    if known.verdict.word == CONTRADICTED:
        return say(
            "{size} Verdict on the claimed share: contradicted, since fewer than claimed left at all. How "
            "many leave because of it is not decidable beyond doubt: {problems}.",
            size=size,
            problems=listing(problems or (_COMPARED_ONLY,)),
        )
    return say(
        "{size} Verdict: not decidable, because {problems}.",
        size=size,
        problems=listing(problems or known.verdict.reasons),
    )


def _figure(k: int, known: Evidence, rule: Zendesk) -> Figure:
    declared = FIGURES[_IDS[k]]
    note = _NOTE(read=_READ(within=within(rule.horizon_months)))
    if known.everybody_only:
        note = say(
            "{note} Judged on the kinds of experience alone that are recorded for everybody: counted "
            "generously {value} left (between {low} and {high}).",
            note=note,
            **interval(known.generous),
        )
    return Figure.word(
        declared,
        known.verdict.word,
        label=declared.label(share=percent(rule.shares[k - 1], 0)),
        n=known.customers,
        method=rule_line(rule),
        note=note,
    )
