"""The simulated company: its planted values, its customers' lives, and how it is asked for."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from cxlib.company.course import natural_course
from cxlib.company.life import Life, live
from cxlib.company.parameters import Parameters, planted
from cxlib.company.touchpoints import experience_shares
from cxlib.errors import DataError

__all__ = ["LAST_MONTH", "Company", "Stream", "simulate"]

LAST_MONTH = 12 * 2026 + 10
"""October 2026, the month in which the relational survey goes to most customers."""


class Stream(IntEnum):
    """Independent streams of random numbers, so that one part changes no other."""

    LIFE = 0
    PEOPLE = 1
    CONTACTS = 2
    TICKETS = 3
    SURVEYS = 8
    RATINGS = 9
    BILLING = 4
    PROSPECTS = 5
    DIRT = 6
    AFTERWARDS = 7


@dataclass(frozen=True, eq=False)
class Company:
    """A company whose truth is known.

    Attributes
    ----------
    parameters : Parameters
        What is planted.
    life : Life
        What really happened to each customer.
    seed : int
        Seed of all draws.
    """

    parameters: Parameters
    life: Life
    seed: int

    def rng(self, stream: Stream, month: int = 0) -> np.random.Generator:
        """Random numbers of one part of the records in one month."""
        return np.random.default_rng([self.seed, int(stream), month])


def simulate(
    customers: int = 20_000,
    months: int = 36,
    seed: int = 1,
    *,
    effect: str = "default",
    confounding: str = "default",
    feedback: str = "default",
    nonresponse: str = "default",
    dirt: str = "default",
) -> Company:
    """Simulate a company whose last month is October 2026.

    Parameters
    ----------
    customers : int
        Customers there in the window, about; prospects come on top.
    months : int
        Months of the window, 14 or more: a year of known past and something to see after it.
    seed : int
        Seed of all draws; the same seed gives the same files.
    effect, confounding, feedback, nonresponse, dirt : str
        What is planted, see :func:`cxlib.company.parameters.planted`.

    Raises
    ------
    DataError
        Fewer than 100 customers or 14 months, or an option with an unknown value.
    """
    if customers < 100:
        raise DataError(f"customers is {customers}; expected 100 or more.")
    if months < 14:
        raise DataError(f"months is {months}; expected 14 or more.")
    parameters = planted(
        effect=effect, confounding=confounding, feedback=feedback, nonresponse=nonresponse, dirt=dirt
    )
    survival = natural_course(parameters, parameters.burn_in).survival
    joining = max(1, round(customers / (survival[: parameters.burn_in].sum() + months)))
    life = live(parameters, experience_shares(), joining=joining, months=months, last=LAST_MONTH, seed=seed)
    return Company(parameters=parameters, life=life, seed=seed)
