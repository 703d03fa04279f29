"""Surveys of one month: who is invited, who answers, what they say.

Relational survey: 0 to 10, every October to most customers, in other months to a few. Mood depends
on usage, segment, tenure and on the months with an experience among the last twelve, this one
included. Answering depends on usage, segment and tenure, so the answers are better than the
customers' mood, and weights can repair it.

Transactional survey: satisfaction 1 to 5 after a contact and, after a support contact, effort 1 to
7, high is good. Ratings depend on whether the contact went wrong.
"""

from dataclasses import dataclass

import numpy as np

from cxlib.company.calendar import DAY, MINUTE, time_stamp
from cxlib.company.contacts import FAILED, OK, Contacts
from cxlib.company.life import exposure_of
from cxlib.company.simulated import Company, Stream
from cxlib.company.touchpoints import SERVICE

__all__ = ["Answers", "Ratings", "mood", "relational", "transactional"]

CUTS = np.array([-4.2, -3.9, -3.6, -3.3, -2.9, -2.1, -1.3, -0.6, 0.4, 1.5])
"""Limits of the mood between the scores 0 to 10; detractors lie below CUTS[6], promoters above CUTS[8]."""
ASKED = 0.25
"""Share of the contacts at an asking touchpoint after which satisfaction is asked."""
ASKING = np.array([service.asks for service in SERVICE])
SUPPORT = np.array([service.support for service in SERVICE])
SATISFACTION = np.array([(0.02, 0.03, 0.09, 0.36, 0.50), (0.40, 0.28, 0.16, 0.11, 0.05)])
"""Shares of the ratings 1 to 5 after an ordinary contact and after one that went wrong."""
EASE = np.array([(0.01, 0.02, 0.04, 0.08, 0.20, 0.33, 0.32), (0.35, 0.25, 0.17, 0.10, 0.07, 0.04, 0.02)])
"""Shares of the ratings 1 to 7 of how easy it was."""


@dataclass(frozen=True, eq=False)
class Answers:
    """One entry is one invitation to the relational survey.

    Attributes
    ----------
    customer, invited, answered : ndarray of int64
        Position; local time in microseconds; time of the answer, 0 for none.
    score : ndarray of int8
        0 to 10, -1 without answer.
    chance : ndarray, shape (n, 3)
        Probability of answering as a detractor, passive, promoter.
    shares : ndarray, shape (n, 3)
        Probability of being one.
    """

    customer: np.ndarray
    invited: np.ndarray
    answered: np.ndarray
    score: np.ndarray
    chance: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class Ratings:
    """One entry is one invitation after a contact; ``ease`` is 0 where effort is not asked.

    ``chance`` is the probability of an answer, ``failed`` says whether the contact went wrong.
    """

    customer: np.ndarray
    invited: np.ndarray
    answered: np.ndarray
    place: np.ndarray
    failed: np.ndarray
    satisfaction: np.ndarray
    ease: np.ndarray
    chance: np.ndarray


def mood(company: Company, month: int, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return location of the mood and shares of detractors, passives and promoters, shape (n, 3)."""
    p, life = company.parameters, company.life
    exposure = exposure_of(life.recent(month + 1)[index])
    location = (
        p.score
        + np.take(p.score_usage, life.usage[month - life.first, index])
        + p.score_business * life.segment[index]
        + np.take(p.score_tenure, life.band(month, p.bands)[index])
        + np.take(p.score_exposure, exposure)
    )
    below, above = _logistic(CUTS[6] - location), _logistic(location - CUTS[8])
    return location, np.stack([below, 1 - below - above, above], axis=1)


def _logistic(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


def _answering(company: Company, month: int, index: np.ndarray) -> np.ndarray:
    """Return the logit of answering, without what the score adds."""
    p, life = company.parameters, company.life
    return (
        p.answer
        + np.take(p.answer_usage, life.usage[month - life.first, index])
        + p.answer_business * life.segment[index]
        + np.take(p.answer_tenure, life.band(month, p.bands)[index])
    )


def relational(company: Company, month: int) -> Answers:
    """Return the invitations of a month and their answers; sent by the 12th, answered within 14 days.

    Customers are invited from the month after their start.
    """
    p, life = company.parameters, company.life
    rng = company.rng(Stream.SURVEYS, month)
    active = life.active(month)
    active = active[life.start[active] < month]
    share = p.invited_wave if (month - 1) % 12 == 9 else p.invited_pulse
    index = active[rng.random(len(active)) < share]
    location, shares = mood(company, month, index)
    latent = location + rng.logistic(size=len(index))
    score = np.searchsorted(CUTS, latent).astype(np.int8)
    chance = _logistic(_answering(company, month, index)[:, None] + np.asarray(p.answer_by_score))
    kind = (score >= 7).astype(int) + (score >= 9)
    answered = rng.random(len(index)) < chance[np.arange(len(index)), kind]
    invited = time_stamp(rng, month, rng.integers(2, 13, len(index)))
    later = invited + (rng.beta(0.7, 2.0, len(index)) * 14 * DAY).astype(np.int64) + MINUTE
    return Answers(
        customer=index,
        invited=invited,
        answered=np.where(answered, later, 0),
        score=np.where(answered, score, -1).astype(np.int8),
        chance=chance,
        shares=shares,
    )


def transactional(company: Company, made: Contacts) -> Ratings:
    """Return the invitations after a month's contacts and their answers, within two hours."""
    rng = company.rng(Stream.RATINGS, made.month)
    asked = ASKING[made.place] & np.isin(made.kind, (OK, FAILED)) & (rng.random(len(made.customer)) < ASKED)
    index, place = made.customer[asked], made.place[asked]
    failed = (made.kind[asked] == FAILED).astype(np.uint8)
    n = len(index)
    chance = _logistic(_answering(company, made.month, index) + 0.3)
    answered = rng.random(n) < chance
    invited = made.stamp[asked] + 30 * MINUTE
    return Ratings(
        customer=index,
        invited=invited,
        answered=np.where(answered, invited + rng.integers(2, 120, n) * MINUTE, 0),
        place=place,
        failed=failed,
        satisfaction=np.where(answered, _rating(rng, SATISFACTION, failed), 0).astype(np.uint8),
        ease=np.where(answered & SUPPORT[place], _rating(rng, EASE, failed), 0).astype(np.uint8),
        chance=chance,
    )


def _rating(rng: np.random.Generator, shares: np.ndarray, failed: np.ndarray) -> np.ndarray:
    """Return a rating from 1 for each contact by the shares of its kind."""
    limits = np.cumsum(shares, axis=1)[:, :-1]
    draw = rng.random(len(failed))
    return 1 + (draw[:, None] > limits[failed]).sum(axis=1)
