"""The true value of every figure that has one, in the units of the figures of a report.

Nothing here is estimated: hazards, transitions, chances of answering and margins are the planted
ones. Where the truth belongs to the company actually drawn (who was at risk, how they used the
product, who was invited) its customers are averaged over; where it belongs to a new customer it
comes from :mod:`cxlib.company.course`. So the truths have no error of their own.

Horizon and window are those of the dataset.yaml that is written (``HORIZON``, ``MEMORY``,
``MONTHS``, ``DISCOUNT``): at other settings a report answers another question.

Who ends in the start month counts in the survival curve and all that is computed from it (retention,
value, yearly profit), not in the rate of a month, which is of those there at its start.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from cxlib.company.billing import fixed_costs
from cxlib.company.contacts import FOLLOWED, contacts, ordinary_rate
from cxlib.company.course import HORIZON, left_after, natural_course
from cxlib.company.parameters import Parameters, band_of
from cxlib.company.simulated import Company
from cxlib.company.surveys import EASE, SATISFACTION, SUPPORT, mood, relational, transactional
from cxlib.company.touchpoints import SERVICE, experience_shares

__all__ = ["changed", "risks", "truth", "write_truth", "yearly_profit"]

DISCOUNT = 0.10
"""Discount rate a year, as in the dataset.yaml that is written."""
MONTHS = 60
"""Months of a customer's value, as there."""
TAIL = 12
CLAIMED = {"claim.zendesk.1": 0.5, "claim.zendesk.2": 0.8}
CLAIMED_GAIN = 0.75
GENEROUS_DISCOUNT = 0.06
CLEAR = 0.15
"""Distance to the claimed share beyond which a company of 5,000 decides, cancellations included."""

ADJUSTED = {1: "churn.hr.adjusted.1", 2: "churn.hr.adjusted.2"}
NAIVE = {1: "churn.hr.naive.1", 2: "churn.hr.naive.2"}
PLACEBO = {1: "churn.hr.placebo.1", 2: "churn.hr.placebo.2"}
RISKS = {0: "churn.risk12.0", 1: "churn.risk12.1", 2: "churn.risk12.2"}
DIFFERENCES = {1: "churn.risk12.diff.1", 2: "churn.risk12.diff.2"}
DIRECT = {1: "churn.risk12.direct.1", 2: "churn.risk12.direct.2"}
GAINS = {
    "plus1point": "value.plus1point",
    "plus5points": "value.plus5points",
    "plus5percent": "value.plus5percent",
    "minus5percentchurn": "value.minus5percentchurn",
}
"""Figure ids by number of experiences, and by reading of more retention."""

CANCELLING = ("churn.risk12.1", "churn.risk12.diff.1", "churn.risk12.direct.1")
"""Figures whose two errors nearly cancel under a hidden cause: found or missed by chance."""

Truth = dict[str, dict[str, Any]]


def truth(company: Company) -> Truth:
    """Return the true figures of a company's last month, keyed by figure id.

    Each is ``{"value", "se", "expect"}``: percent 0-100, money in the currency, ratios plain; ``se``
    is the truth's own error; ``expect`` is "missed" where an honest report must miss the value, and
    the verdict for a claim (whose value is None). A figure that the planted options leave without a
    truth is not there: with calendar factors, all that looks beyond the months of the window.
    """
    p = company.parameters
    values = {
        **_leaving(company),
        **_ratios(p),
        **_answers(company),
        **_ratings(company),
        **_outcomes(company),
    }
    if not p.leave_calendar and not p.experience_calendar:
        values |= _course(company) | _risks(company) | _value(company) | _verdicts(company)
    return {
        id: {"value": float(value), "se": 0.0, "expect": _expected(id, p)}
        if not isinstance(value, str)
        else {"value": None, "se": None, "expect": value}
        for id, value in values.items()
    }


def write_truth(company: Company, file: Path | str) -> None:
    """Write the truth of a company as JSON."""
    text = json.dumps(truth(company), indent=1, sort_keys=True)
    Path(file).write_text(text + "\n", encoding="utf-8")


def _expected(id: str, p: Parameters) -> str | None:
    """Return "missed" for figures that no honest report can hit under these options."""
    misled = id.startswith(("churn.hr.adjusted", "churn.risk12", "churn.evalue"))
    if id.startswith("churn.hr.naive") or (misled and _hidden_cause(p, p.leave_trait)):
        return "missed"
    if p.nonresponse == "hidden" and id == "nps.weighted":
        return "missed"
    return None


def _hidden_cause(p: Parameters, ending: float) -> bool:
    """Return whether a trait nobody recorded brings experiences and a kind of ends (term `ending`)."""
    return p.trait_share > 0 and p.experience_trait != 1 and ending != 0


# --- leaving -----------------------------------------------------------------------------------


def _leaving(company: Company) -> dict[str, float]:
    last = company.life.last
    rates = np.array([_rates(company, month) for month in range(last - 11, last + 1)])
    return {
        "churn.rate": 100 * rates[-1, 0],
        "churn.rate.involuntary": 100 * rates[-1, 1],
        "churn.rate.year": 100 * (1 - np.prod(1 - rates[:, 0])),
    }


def _course(company: Company) -> dict[str, float]:
    p = company.parameters
    first, second = left_after(p, company.life.last - company.life.first + 1)
    return {
        "retention.12m": 100 * natural_course(p).survival[12],
        "churn.after12.1": 100 * first,
        "churn.after12.2": 100 * second,
    }


def _rates(company: Company, month: int) -> tuple[float, float]:
    """Return mean chance of any and of an involuntary end over those at risk in a month."""
    lose, leave = _ends(company, month)
    return float((lose + leave).mean()), float(lose.mean())


def _ends(company: Company, month: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the chances of an involuntary and of a voluntary end of those at risk in a month."""
    p, life = company.parameters, company.life
    at_risk = life.at_risk(month)
    group = (life.band(month, p.bands)[at_risk], life.segment[at_risk], life.trait[at_risk])
    lose = p.lose_table()[group]
    before = life.usage[month - 1 - life.first, at_risk]
    leave = p.leave_table(month - life.first)[(*group, before, life.exposure(month)[at_risk])]
    return lose, (1 - lose) * leave


# --- what an experience does -------------------------------------------------------------------


def _ratios(p: Parameters) -> dict[str, float]:
    values = {}
    for count in (1, 2):
        ratio = float(np.exp(p.leave_exposure[count]))
        values[ADJUSTED[count]] = ratio
        if p.confounding != "none":
            values[NAIVE[count]] = ratio
        if not _hidden_cause(p, p.lose_trait):
            values[PLACEBO[count]] = 1.0
    return values


def _risks(company: Company) -> dict[str, float]:
    p = company.parameters
    risk = {count: risks(company, count) for count in RISKS}
    values = {RISKS[count]: 100 * value for count, value in risk.items()}
    for count in (1, 2):
        values[DIFFERENCES[count]] = 100 * (risk[count] - risk[0])
        values[DIRECT[count]] = 100 * risks(company, count, reacts=False)
    ratio = max(risk[1] / risk[0], risk[0] / risk[1])
    if _hidden_cause(p, p.leave_trait):
        for id in CANCELLING:
            values.pop(id)
    if p.effect != "none":
        values["churn.evalue"] = ratio + np.sqrt(ratio * (ratio - 1))
    return values


def risks(company: Company, experiences: int, *, reacts: bool = True, months: int = HORIZON) -> float:
    """Return the share of active customers who leave voluntarily within some months.

    Parameters
    ----------
    experiences : {0, 1, 2}
        Months from the last month on (month 0) in which everybody still there has an experience;
        nothing in the twelve months before.
    reacts : bool
        Whether usage reacts to these experiences.
    """
    p, life = company.parameters, company.life
    active = life.active(life.last)
    groups = np.stack(
        [life.last - life.start[active], life.segment[active], life.trait[active], life.usage[-1, active]]
    )
    (tenure, segment, trait, usage), size = np.unique(groups, axis=1, return_counts=True)
    move, lose_table, leave_table = p.usage_table(), p.lose_table(), p.leave_table()
    share = size[:, None] / size.sum() * np.eye(3)[usage]
    left = 0.0
    for month in range(1, months + 1):
        group = (band_of(tenure + month, p.bands), segment, trait)
        share = share * (1 - lose_table[group][:, None])
        hazard = leave_table[group][..., min(experiences, month)]
        left += (share * hazard).sum()
        share = share * (1 - hazard) @ move[int(reacts and month <= experiences)]
    return float(left)


# --- answers -----------------------------------------------------------------------------------


def _answers(company: Company) -> dict[str, float]:
    life = company.life
    wave = relational(company, life.last)
    answering = wave.chance * wave.shares
    _, everybody = mood(company, life.last, life.active(life.last))
    return {
        "nps": 100 * (answering[:, 2] - answering[:, 0]).sum() / answering.sum(),
        "nps.weighted": 100 * (everybody[:, 2] - everybody[:, 0]).mean(),
        "response.rate": 100 * answering.sum(axis=1).mean(),
    }


def _ratings(company: Company) -> dict[str, float]:
    asked = transactional(company, contacts(company, company.life.last))
    satisfied = SATISFACTION[:, 3:].sum(axis=1)[asked.failed]
    ease = (EASE @ np.arange(1, 8))[asked.failed]
    support = SUPPORT[asked.place]
    return {
        "csat.top2": 100 * np.average(satisfied, weights=asked.chance),
        "ces.mean": float(np.average(ease[support], weights=asked.chance[support])),
    }


# --- contacts ----------------------------------------------------------------------------------


def _outcomes(company: Company) -> dict[str, float]:
    """Return the share of failures expected among the contacts that customers begin.

    Of contacts that the company begins only failures have an outcome, so they are left out.
    """
    p, life = company.parameters, company.life
    active = life.active(life.last)
    usage = life.usage[-1, active]
    begun = np.array([service.direction == "inbound" for service in SERVICE])
    with_outcome = begun & np.array([service.failure is not None for service in SERVICE])
    weight = np.array([service.ordinary for service in SERVICE])
    ordinary = ordinary_rate(life.last)[usage].sum() * weight[begun].sum() / weight.sum()
    meet = p.experience_table(life.last - life.first)
    met = meet[life.segment[active], life.trait[active], usage].sum() * experience_shares()
    following = float(np.arange(len(FOLLOWED)) @ FOLLOWED)
    at_once = (life.start == life.last).sum() * p.leave_start
    cancelling = (_ends(company, life.last)[1].sum() + at_once) * p.cancellation_contact
    failing = met[with_outcome].sum() + cancelling
    recorded = ordinary + met[begun].sum() * (1 + following) + cancelling
    return {"touchpoints.contacts.failed": 100 * float(failing / recorded)}


# --- money -------------------------------------------------------------------------------------


def _value(company: Company) -> dict[str, float]:
    p, life = company.parameters, company.life
    course = natural_course(p, MONTHS)
    survival, margin = course.survival, course.margin
    now = _discounted(survival, margin, DISCOUNT) - p.acquisition_cost
    values = {"value.customer": now}
    for name, power in changed(survival[12]).items():
        then = _discounted(survival**power, margin, DISCOUNT) - p.acquisition_cost
        values[GAINS[name]] = 100 * (then / now - 1)
    year = range(life.last - 11, life.last + 1)
    fixed = fixed_costs(company)[-12:].sum() / np.mean([len(life.at_risk(month)) for month in year])
    readings = {"plus5points": ("profit.year.plus5points", 0.0)}
    readings["plus5percent"] = ("profit.year.net.plus5percent", fixed)
    for name, (id, cost) in readings.items():
        power = changed(survival[12]).get(name)
        before = yearly_profit(survival, margin, p.acquisition_cost) - cost
        if power is not None and before > 0:
            after = yearly_profit(survival**power, margin, p.acquisition_cost) - cost
            values[id] = 100 * (after / before - 1)
    return values


def changed(retention: float) -> dict[str, float]:
    """Return the power of the survival curve for each reading of more retention that is possible."""
    then = {
        "plus1point": retention + 0.01,
        "plus5points": retention + 0.05,
        "plus5percent": retention * 1.05,
        "minus5percentchurn": 1 - 0.95 * (1 - retention),
    }
    return {name: float(np.log(share) / np.log(retention)) for name, share in then.items() if share < 1}


def _discounted(survival: np.ndarray, margin: np.ndarray, rate: float) -> float:
    month = np.arange(1, len(margin) + 1)
    return float((survival[:-1] * margin * (1 + rate) ** (-(month - 0.5) / 12)).sum())


def yearly_profit(survival: np.ndarray, margin: np.ndarray, acquisition: float) -> float:
    """Return a year's profit per customer in a base of constant size, not discounted.

    After the last month margin and leaving go on as in the last twelve months.
    """
    stay = (survival[-1] / survival[-1 - TAIL]) ** (1 / TAIL)
    beyond = survival[-1] / (1 - stay)
    earned = (survival[:-1] * margin).sum() + margin[-TAIL:].mean() * beyond
    return float(12 * (earned - acquisition) / (survival[:-1].sum() + beyond))


# --- verdicts ----------------------------------------------------------------------------------


def _verdicts(company: Company) -> dict[str, str]:
    """Return the verdicts that a company of 5,000 customers or more must reach; close calls are left out."""
    p = company.parameters
    after = left_after(p, company.life.last - company.life.first + 1)
    verdicts = {}
    for (id, claimed), share in zip(CLAIMED.items(), after, strict=True):
        if share < claimed - CLEAR:
            verdicts[id] = "contradicted"
    course = natural_course(p, MONTHS)
    power = changed(course.survival[12]).get("plus5points")
    if power is not None:
        now, then = (
            _with_tail(survival, course.margin, GENEROUS_DISCOUNT) - p.acquisition_cost
            for survival in (course.survival, course.survival**power)
        )
        if now > 0 and then / now - 1 < CLAIMED_GAIN / 2:
            verdicts["claim.reichheld"] = "contradicted"
    return verdicts


def _with_tail(survival: np.ndarray, margin: np.ndarray, rate: float) -> float:
    """Return discounted margins when margin and leaving go on for ever as in the last twelve months."""
    step = (1 + rate) ** (-1 / 12)
    stay = (survival[-1] / survival[-1 - TAIL]) ** (1 / TAIL)
    beyond = survival[-1] * step ** (len(margin) + 0.5) / (1 - stay * step)
    return _discounted(survival, margin, rate) + float(margin[-TAIL:].mean() * beyond)
