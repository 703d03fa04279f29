"""Companies made to mislead a report, whose truth is known.

Each function draws a company, writes its dataset folder and returns an :class:`Adversary`. What
misleads is a parameter, so that it can be tried at other months, shares and factors. Exports are
without dirt (no row twice, none broken), so that files can be counted exactly; the settings are
those of every simulated dataset and can be edited in the folder's dataset.yaml before it is opened.

==================== =================================================================
:func:`notice`       leavers complain when they give notice, months before the end
:func:`rising`       leaving and experiences both become more frequent over the years
:func:`silent`       only those who complain are known; the silent leave
:func:`unbilled`     leavers have no bill shortly before they leave
:func:`at_once`      some leave in the very month in which they start
:func:`outage`       many experiences in two months, then a price rise drives people away
:func:`hidden_trait` a trait nobody recorded brings experiences and leaving
==================== =================================================================
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cxlib.company import Company, truth, write_dataset
from cxlib.company.calendar import month_dates
from cxlib.company.life import ABSENT, INVOLUNTARY, STAYED, VOLUNTARY, Life
from cxlib.company.parameters import Parameters, planted
from cxlib.company.people import numbers
from cxlib.company.simulated import LAST_MONTH, draw
from cxlib.company.touchpoints import SERVICE

_DAYS = 100_000
"""More days than any month is after 1970, so that customer and month make one number."""
PLACES = [service.touchpoint for service in SERVICE]
NO_EFFECT = {
    "churn.hr.adjusted.1": 1.0,
    "churn.hr.adjusted.2": 1.0,
    "churn.risk12.diff.1": 0.0,
    "churn.risk12.diff.2": 0.0,
}
"""What is true of every company in which an experience changes nothing."""


@dataclass(frozen=True, eq=False)
class Adversary:
    """A company that misleads.

    Attributes
    ----------
    folder : Path
        Its dataset folder.
    company : Company
        What really happened; of the silent experiences of :func:`silent` it knows nothing.
    known : dict of str to float, optional
        What is true where the planted values do not tell it.
    """

    folder: Path
    company: Company
    known: dict[str, float] | None = None

    @cached_property
    def truth(self) -> dict[str, float]:
        """Return the true figures by id, in the units of the figures (percent 0-100)."""
        return _values(self.company) if self.known is None else dict(self.known)


def notice(
    folder: Path | str,
    *,
    customers: int = 12_000,
    months: int = 36,
    months_before: int = 2,
    share: float = 0.3,
    seed: int = 501,
) -> Adversary:
    """Write a company in which notice is given before the end, and an experience changes nothing.

    A share of those who end voluntarily has an abandoned call at the hotline in the month of
    notice; the date in the customer list is the end. Who gave notice and ends after the window has
    it, too, and is a customer still.

    Parameters
    ----------
    months_before : int
        Months from notice to end; 0 means contacts about the cancellation in the month of the end.
    share : float
        Of the voluntary ends whose notice lies in the window and not before the start.
    """
    contact = 0.0 if months_before else share
    last = LAST_MONTH + months_before
    company = draw(
        _no_effect(cancellation_contact=contact), customers, months + months_before, seed, last=last
    )
    life = company.life
    noticed = life.end - months_before
    marked = (life.kind == VOLUNTARY) & (noticed >= np.maximum(life.start, life.first))
    marked &= _draws(seed).random(len(life)) < share
    if months_before:
        index = np.flatnonzero(marked)
        life.experience[noticed[index] - life.first, index] = 1 + PLACES.index("hotline")
    return _written(replace(company, life=_until(life, LAST_MONTH)), folder, NO_EFFECT)


def rising(
    folder: Path | str,
    *,
    customers: int = 12_000,
    months: int = 36,
    leaving: float = 3.0,
    experiences: float = 3.0,
    seed: int = 502,
) -> Adversary:
    """Write a company whose voluntary hazard and experiences rise over the window, without any effect.

    Parameters
    ----------
    leaving, experiences : float
        Factor reached in the last month, in equal steps from 1 in the first.
    """
    parameters = _no_effect(
        leave_calendar=tuple(np.linspace(1, leaving, months)),
        experience_calendar=tuple(np.linspace(1, experiences, months)),
    )
    return _written(draw(parameters, customers, months, seed), folder, NO_EFFECT)


def silent(
    folder: Path | str,
    *,
    customers: int = 12_000,
    months: int = 36,
    complain: float = 0.2,
    leave: float = 0.7,
    within: int = 3,
    source: str = "complaint",
    seed: int = 503,
) -> Adversary:
    """Write a company that knows of an experience only if the customer complains.

    Who complains stays as long as anybody. Of those who do not, most leave, so the claim that half
    leave after an experience is true; ``truth["churn.after12.1"]`` is the share of the customers
    drawn with a first experience in the window, known or not, and twelve months after it, who left
    voluntarily in months 1 to 12.

    Parameters
    ----------
    complain : float
        Share of the experiences that bring a complaint.
    leave : float
        Share of the others after which the customer leaves.
    within : int
        They leave in one of the months 1 to `within` after it, equally likely.
    source : str
        What negative_experiences calls the way it knows of a complaint.
    """
    company = draw(_no_effect(), customers, months, seed)
    life, real = _leave_silently(company.life, _draws(seed), complain, leave, within)
    known = {"churn.after12.1": 100 * _left_after_first(life, real)}
    made = _written(replace(company, life=life), folder, known)
    (made.folder / "negative_experiences.sql").write_text(
        "-- One row is one complaint: nothing else tells of an experience.\n"
        f"SELECT account AS customer_id, occurred_at, touchpoint, '{source}' AS source,\n"
        "    recorded_at, _file, _line\nFROM events\nWHERE touchpoint = 'complaint'\n",
        encoding="utf-8",
    )
    return made


def unbilled(
    folder: Path | str,
    *,
    customers: int = 12_000,
    months: int = 36,
    share: float = 0.6,
    months_before: int = 1,
    kinds: tuple[int, ...] = (VOLUNTARY, INVOLUNTARY),
    effect: str = "default",
    seed: int = 504,
) -> Adversary:
    """Write a company in which leavers have no bill, and so no known usage, shortly before they leave.

    Parameters
    ----------
    share : float
        Of those who end.
    months_before : int
        Months from the missing bill to the end, 1 or more.
    kinds : tuple of int
        Kinds of ends of which bills are missing.
    effect : {"none", "default", "reversed"}
        What an experience does.
    """
    company = draw(planted(effect=effect, dirt="none"), customers, months, seed)
    life = company.life
    chosen = np.isin(life.kind, kinds) & (_draws(seed).random(len(life)) < share)
    index = np.flatnonzero(chosen)
    missing = numbers(index) * _DAYS + month_dates(life.end[index] - months_before, 1).astype(int)
    made = _written(company, folder)
    path = made.folder / "exports" / "invoicing.parquet"
    bills = pq.read_table(path)
    billed = bills["account"].to_numpy() * _DAYS + bills["month"].to_numpy().astype("M8[D]").astype(int)
    pq.write_table(bills.filter(pa.array(~np.isin(billed, missing))), path)
    return made


def at_once(
    folder: Path | str,
    *,
    customers: int = 12_000,
    months: int = 36,
    share: float = 0.2,
    effect: str = "none",
    seed: int = 505,
) -> Adversary:
    """Write a company in which a share of those who start end voluntarily in the month of their start.

    Parameters
    ----------
    share : float
        Of those who start.
    effect : {"none", "default", "reversed"}
        What an experience does.
    """
    parameters = replace(planted(effect=effect, dirt="none"), leave_start=share)
    company = draw(parameters, customers, months, seed)
    return _written(company, folder)


def outage(
    folder: Path | str,
    *,
    customers: int = 12_000,
    months: int = 36,
    first: int = 18,
    outage_months: int = 2,
    experiences: float = 6.0,
    price_months: int = 3,
    leaving: float = 6.0,
    seed: int = 506,
) -> Adversary:
    """Write a company with an outage and, right after it, a price rise; an experience changes nothing.

    Parameters
    ----------
    first : int
        First month of the outage, 0 the first of the window.
    outage_months, price_months : int
        Months of the outage, and of more leaving after it.
    experiences, leaving : float
        Factors on experiences during the outage and on the voluntary hazard after it.
    """
    parameters = _no_effect(
        experience_calendar=(1.0,) * first + (experiences,) * outage_months,
        leave_calendar=(1.0,) * (first + outage_months) + (leaving,) * price_months,
    )
    return _written(draw(parameters, customers, months, seed), folder, NO_EFFECT)


def hidden_trait(
    folder: Path | str,
    *,
    customers: int = 12_000,
    months: int = 36,
    share: float = 0.3,
    experiences: float = 3.0,
    leaving: float = 2.5,
    losing: float = 1.0,
    seed: int = 507,
) -> Adversary:
    """Write a company in which a trait nobody recorded brings experiences and leaving, no effect.

    Parameters
    ----------
    share : float
        Of the customers who start with the trait.
    experiences : float
        Factor of the trait on the probability of an experience.
    leaving, losing : float
        Hazard ratio of the trait for voluntary and for involuntary ends.
    """
    parameters = _no_effect(
        trait_share=share,
        experience_trait=experiences,
        leave_trait=float(np.log(leaving)),
        lose_trait=float(np.log(losing)),
    )
    return _written(draw(parameters, customers, months, seed), folder, NO_EFFECT)


def _no_effect(**changed: object) -> Parameters:
    return replace(planted(effect="none", dirt="none"), **changed)


def _draws(seed: int) -> np.random.Generator:
    """Return random numbers of what is done to a company after it was drawn."""
    return np.random.default_rng([seed, 100])


def _values(company: Company) -> dict[str, float]:
    """Return the true figures that have a value an honest report must find."""
    known = {id: entry for id, entry in truth(company).items() if entry["expect"] is None}
    return {id: entry["value"] for id, entry in known.items()}


def _written(company: Company, folder: Path | str, known: dict[str, float] | None = None) -> Adversary:
    return Adversary(folder=write_dataset(company, folder), company=company, known=known)


def _until(life: Life, last: int) -> Life:
    """Return the lives as they are known at the end of an earlier last month."""
    kept = life.start <= last
    later = life.end[kept] > last
    rows = last - life.first + 1
    return replace(
        life,
        last=last,
        start=life.start[kept],
        end=np.where(later, 0, life.end[kept]),
        kind=np.where(later, STAYED, life.kind[kept]),
        segment=life.segment[kept],
        trait=life.trait[kept],
        history=life.history[kept],
        usage=life.usage[:rows, kept],
        experience=life.experience[:rows, kept],
    )


def _leave_silently(
    life: Life, random: np.random.Generator, complain: float, leave: float, within: int
) -> tuple[Life, np.ndarray]:
    """Return the lives with complaints alone recorded, and the months with any experience.

    The second is bool, shape (months of the window, customers).
    """
    never = life.last + within + 1
    end = np.where(life.end == 0, never, life.end)
    kind, spoken = life.kind.copy(), np.zeros(life.experience.shape, bool)
    for row, met in enumerate(life.experience > 0):
        index = np.flatnonzero(met & (end > life.first + row))
        speaks = random.random(len(index)) < complain
        spoken[row, index] = speaks
        goes = ~speaks & (random.random(len(index)) < leave)
        then = life.first + row + random.integers(1, within + 1, len(index))
        sooner = goes & (then < end[index])
        end[index[sooner]], kind[index[sooner]] = then[sooner], VOLUNTARY
    after = np.arange(life.first, life.last + 1)[:, None] >= end
    stays = end > life.last
    known = replace(
        life,
        end=np.where(stays, 0, end).astype(np.int32),
        kind=np.where(stays, STAYED, kind),
        usage=np.where(after, ABSENT, life.usage),
        experience=np.where(spoken & ~after, 1 + PLACES.index("complaint"), 0).astype(np.uint8),
    )
    return known, (life.experience > 0) & ~after


def _left_after_first(life: Life, met: np.ndarray, months: int = 12) -> float:
    """Return the share who left within some months of their first experience in the window."""
    followed = met[: len(met) - months].any(axis=0)
    first = life.first + met[:, followed].argmax(axis=0)
    wait = life.end[followed] - first
    left = (life.kind[followed] == VOLUNTARY) & (wait <= months)
    return float(left.mean())
