"""The simulated company: its planted values, its customers' lives, and how it is asked for."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from cxlib.company.course import natural_course
from cxlib.company.life import Life, live
from cxlib.company.parameters import Parameters, planted
from cxlib.company.touchpoints import experience_shares
from cxlib.errors import DataError

__all__ = ["LAST_MONTH", "Company", "Stream", "draw", "simulate"]

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
    STARTS = 10


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
        Customers there in the window, about: how many start is drawn. Prospects come on top.
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
    parameters = planted(
        effect=effect, confounding=confounding, feedback=feedback, nonresponse=nonresponse, dirt=dirt
    )
    return draw(parameters, customers, months, seed)


def draw(
    parameters: Parameters, customers: int, months: int, seed: int, *, last: int = LAST_MONTH
) -> Company:
    """Draw a company from planted values; arguments and errors as in :func:`simulate`.

    Parameters
    ----------
    parameters : Parameters
        Planted values.
    customers, months, seed : int
        As there.
    last : int
        Last month of the window, as 12 x year + month.
    """
    if customers < 100:
        raise DataError(f"customers is {customers}; expected 100 or more.")
    if months < 14:
        raise DataError(f"months is {months}; expected 14 or more.")
    survival = natural_course(parameters, parameters.burn_in).survival
    mean = customers / (survival[: parameters.burn_in].sum() + months)
    random = np.random.default_rng([seed, int(Stream.STARTS)])
    starting = random.poisson(mean, parameters.burn_in + months)
    life = live(parameters, experience_shares(), starting=starting, last=last, seed=seed)
    return Company(parameters=parameters, life=life, seed=seed)
