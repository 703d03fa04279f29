"""The natural course of a company, exactly, without drawing anybody.

A customer's state is usage level and which of the last twelve months had an experience; with
tenure, segment and hidden trait it decides what happens next (see :mod:`cxlib.company.life`). The
shares of all states are carried forward month by month, so survival, margins and the share who
leave after an experience have no error.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from cxlib.company.life import MEMORY, exposure_of
from cxlib.company.parameters import Parameters, band_of

__all__ = ["Course", "left_after", "natural_course"]

HORIZON = 12
"""Months followed after an experience, as in the dataset.yaml that is written."""


@dataclass(frozen=True, eq=False)
class _States:
    """What depends on the state, for one set of parameters.

    Axes of a share: tenure in months (the last entry holds all longer ones), segment (2), trait (1
    or 2), usage (3), experiences of the last twelve months as bits (4096), the latest in bit 0.

    Attributes
    ----------
    leave, lose : ndarray
        Hazards by these axes; lose has length 1 along usage and experiences.
    meet : ndarray, shape (2, traits, 3, 1)
        Probability of an experience.
    move : ndarray, shape (2, 3, 3)
        Transition of usage, first axis: experience in the month before.
    born : ndarray, shape (2, traits, 3, 4096)
        Shares in the start month, before its experience; they sum to 1.
    """

    leave: np.ndarray
    lose: np.ndarray
    meet: np.ndarray
    move: np.ndarray
    born: np.ndarray

    def month(self, share: np.ndarray, joining: float) -> tuple[np.ndarray, np.ndarray]:
        """Return shares without and with an experience at the end of the next month.

        `joining` start in it.
        """
        moved = self.before_experience(share)
        moved[0] += joining * self.born
        met = moved * self.meet
        return _remember(moved - met, 0), _remember(met, 1)

    def before_experience(self, share: np.ndarray) -> np.ndarray:
        """Return the shares of the next month, after its ends and its usage."""
        older = np.zeros_like(share)
        older[1:] = share[:-1]
        older[-1] += share[-1]
        older *= (1 - self.lose) * (1 - self.leave)
        moved = np.empty_like(older)
        for met in (0, 1):
            moved[..., met::2] = np.einsum("...uh,uv->...vh", older[..., met::2], self.move[met])
        return moved

    def expected(self, later: np.ndarray) -> np.ndarray:
        """Return what is expected of a state, from what is worth `later` one month on; ends count 0."""
        calm = np.concatenate([later[..., 0::2]] * 2, axis=-1)
        hurt = np.concatenate([later[..., 1::2]] * 2, axis=-1)
        worth = calm + self.meet * (hurt - calm)
        back = np.empty_like(worth)
        for met in (0, 1):
            back[..., met::2] = np.einsum("...vh,uv->...uh", worth[..., met::2], self.move[met])
        return self.next_month((1 - self.lose) * (1 - self.leave) * back)

    def of_tenure(self, tenure: int) -> "_States":
        """Return the same for customers who are all of one tenure; only one entry of that axis."""
        at = min(tenure, len(self.leave) - 1)
        return replace(self, leave=self.leave[at : at + 1], lose=self.lose[at : at + 1])

    @staticmethod
    def next_month(table: np.ndarray) -> np.ndarray:
        """Return for each tenure the entry of the tenure a month older."""
        return np.concatenate([table[1:], table[-1:]])


def _remember(share: np.ndarray, bit: int) -> np.ndarray:
    """Return shares with their bits moved on: the oldest month is forgotten, the newest is `bit`."""
    half = share.shape[-1] // 2
    moved = np.zeros_like(share)
    moved[..., bit::2] = share[..., :half] + share[..., half:]
    return moved


@lru_cache(maxsize=8)
def _states(parameters: Parameters) -> _States:
    traits = 1 if parameters.trait_share == 0 else 2
    exposure = exposure_of(np.arange(1 << MEMORY))
    band = band_of(np.arange(parameters.bands[-1] + 1), parameters.bands)
    segment = np.array([1 - parameters.business_share, parameters.business_share])
    trait = np.array([1 - parameters.trait_share, parameters.trait_share])[:traits]
    born = np.zeros((2, traits, 3, 1 << MEMORY))
    born[..., 0] = segment[:, None, None] * trait[:, None] * np.asarray(parameters.start_usage)
    return _States(
        leave=parameters.leave_table()[band][:, :, :traits, :, exposure],
        lose=parameters.lose_table()[band][:, :, :traits, None, None],
        meet=parameters.experience_table()[:, :traits, :, None],
        move=parameters.usage_table(),
        born=born,
    )


@dataclass(frozen=True, eq=False)
class Course:
    """A new customer's months: entry k - 1 of ``margin`` belongs to tenure month k.

    Attributes
    ----------
    survival : ndarray, shape (months + 1,)
        Share of those who start still there at the end of tenure month 0 (the start month), 1, ...
    margin : ndarray, shape (months,)
        Expected margin per customer at risk in tenure month k; who leaves in it brings none.
    """

    survival: np.ndarray
    margin: np.ndarray


@lru_cache(maxsize=16)
def natural_course(parameters: Parameters, months: int = 60) -> Course:
    """Return survival and margin of a new customer by tenure month, exact, without calendar factors."""
    table, margin = _states(parameters), parameters.margin_table()
    stays = 1 - parameters.leave_start
    share = sum(table.of_tenure(0).month(np.zeros_like(table.leave[:1]), stays))
    survival, margins = [stays], []
    for tenure in range(1, months + 1):
        calm, hurt = table.of_tenure(tenure).month(share, 0.0)
        share = calm + hurt
        band = int(band_of(tenure, parameters.bands))
        by_state = np.stack([part.sum(axis=(0, 2, 4)) for part in (calm, hurt)], axis=-1)
        margins.append((by_state * margin[band]).sum() / survival[-1])
        survival.append(by_state.sum())
    return Course(survival=np.array(survival), margin=np.array(margins))


@lru_cache(maxsize=8)
def left_after(parameters: Parameters, months: int) -> tuple[float, float]:
    """Return who leaves within twelve months of the first and of the second recorded experience.

    The share who left voluntarily in months 1 to 12 after the k-th experience recorded in the
    window, involuntary ends competing, as the Aalen-Johansen estimate has it in an endlessly large
    company whose follow-up ends with the window. Who ends in the start month has no experience, so
    ``leave_start`` does not move it; calendar factors would, and are not in it.

    Parameters
    ----------
    parameters : Parameters
        Planted values.
    months : int
        Length of the window, more than 12.
    """
    table = _states(parameters)
    met = _recorded(table, parameters.burn_in, months)
    at_risk = np.ones_like(table.leave)
    lost = table.next_month(np.broadcast_to(table.lose, table.leave.shape))
    left = table.next_month((1 - table.lose) * table.leave)
    counts = np.zeros((HORIZON, 3, 2))
    for lag in range(HORIZON):
        for number, worth in enumerate((at_risk, left, lost)):
            counts[lag, number] = np.einsum("ktsrub,tsrub->k", met[lag + 1], worth[..., 1::2])
        at_risk, left, lost = (table.expected(worth) for worth in (at_risk, left, lost))
    leaving, losing = counts[:, 1] / counts[:, 0], counts[:, 2] / counts[:, 0]
    kept = np.cumprod(1 - leaving - losing, axis=0)
    before = np.concatenate([np.ones((1, 2)), kept[:-1]])
    first, second = (before * leaving).sum(axis=0)
    return float(first), float(second)


def _recorded(table: _States, burn_in: int, months: int) -> dict[int, np.ndarray]:
    """Return the states at the first and second recorded experience that can be followed far enough.

    By lag: those with at least that many months of the window after it, one customer starting a
    month; first axis first or second, last axis only the bits with an experience in bit 0.
    """
    none = np.zeros_like(table.leave)
    share = sum(table.of_tenure(0).month(none[:1], 1.0))
    for tenure in range(burn_in):
        none[min(tenure, len(none) - 1)] += share[0]
        share = sum(table.of_tenure(tenure + 1).month(share, 0.0))
    once = np.zeros_like(none)
    total = np.zeros((2, *none.shape[:-1], none.shape[-1] // 2))
    met = {}
    for month in range(months):
        none, first = table.month(none, 1.0)
        once, second = table.month(once, 0.0)
        once += first
        total += np.stack([first[..., 1::2], second[..., 1::2]])
        lag = months - 1 - month
        if 1 <= lag <= HORIZON:
            met[lag] = total.copy()
    return met
