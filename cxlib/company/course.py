"""The natural course of a new customer, exactly, without drawing anybody.

A customer's state is usage level and which of the last twelve months had an experience; with
tenure, segment and hidden trait it decides what happens next (see :mod:`cxlib.company.life`). The
shares of all states are carried forward month by month, so survival and margins have no error.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cxlib.company.life import MEMORY, exposure_of
from cxlib.company.parameters import Parameters, band_of

__all__ = ["Course", "States", "natural_course", "states"]


@dataclass(frozen=True, eq=False)
class States:
    """What depends on the state, once per set of parameters.

    Axes of a state: segment (2), trait (2), usage (3), experiences of the last twelve months as
    bits (4096), the latest in bit 0.
    """

    leave: np.ndarray
    """Voluntary hazard, shape (bands, 2, 2, 3, 4096), exposure read from the bits."""
    lose: np.ndarray
    """Involuntary hazard, shape (bands, 2, 2, 1, 1)."""
    meet: np.ndarray
    """Probability of an experience, shape (2, 2, 3, 1)."""
    move: np.ndarray
    """Transition of usage, shape (2, 3, 3), first axis: experience in the month before."""
    born: np.ndarray
    """Share of each state at the end of the start month, sums to 1."""

    def forward(self, share: np.ndarray, band: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One month: the states after usage, before the experience, and the ends by kind."""
        lost = share * self.lose[band]
        left = (share - lost) * self.leave[band]
        stayed = share - lost - left
        return self.use(stayed), left, lost

    def use(self, stayed: np.ndarray) -> np.ndarray:
        """Usage of the month, from usage and experience (bit 0) of the month before."""
        moved = np.empty_like(stayed)
        for met in (0, 1):
            moved[..., met::2] = np.einsum("...uh,uv->...vh", stayed[..., met::2], self.move[met])
        return moved

    def experience(self, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Those without and those with an experience, their bits moved on by a month."""
        met = share * self.meet
        return _shifted(share - met, 0), _shifted(met, 1)


def _shifted(share: np.ndarray, bit: int) -> np.ndarray:
    """Bits moved on by a month: the oldest is forgotten, the newest is ``bit``."""
    half = share.shape[-1] // 2
    moved = np.zeros_like(share)
    moved[..., bit::2] = share[..., :half] + share[..., half:]
    return moved


@lru_cache(maxsize=16)
def states(parameters: Parameters) -> States:
    """Tables by state for a set of parameters."""
    exposure = exposure_of(np.arange(1 << MEMORY))
    meet = parameters.experience_table()[..., None]
    born = np.zeros((2, 2, 3, 1 << MEMORY))
    segment = np.array([1 - parameters.business_share, parameters.business_share])
    trait = np.array([1 - parameters.trait_share, parameters.trait_share])
    start = segment[:, None, None] * trait[:, None] * np.asarray(parameters.start_usage)
    born[..., 0] = start * (1 - meet[..., 0])
    born[..., 1] = start * meet[..., 0]
    return States(
        leave=parameters.leave_table()[..., exposure],
        lose=parameters.lose_table()[..., None, None],
        meet=meet,
        move=parameters.usage_table(),
        born=born,
    )


@dataclass(frozen=True, eq=False)
class Course:
    """A new customer's months: entry k-1 belongs to tenure month k.

    Attributes
    ----------
    survival : ndarray, shape (months + 1,)
        Share still there at the end of tenure month 0, 1, ...
    margin : ndarray, shape (months,)
        Expected margin in tenure month k per customer at risk in it; who leaves in it brings none.
    """

    survival: np.ndarray
    margin: np.ndarray


@lru_cache(maxsize=16)
def natural_course(parameters: Parameters, months: int = 60) -> Course:
    """Survival and margin of a new customer by tenure month, exact."""
    table = states(parameters)
    margin = parameters.margin_table()
    share, survival, margins = table.born, [1.0], []
    for tenure in range(1, months + 1):
        band = int(band_of(tenure, parameters.bands))
        share, _, _ = table.forward(share, band)
        by_usage = share.sum(axis=-1)
        met = by_usage * table.meet[..., 0]
        money = (by_usage - met) * margin[band, :, None, :, 0] + met * margin[band, :, None, :, 1]
        margins.append(money.sum() / survival[-1])
        survival.append(by_usage.sum())
        calm, hurt = table.experience(share)
        share = calm + hurt
    return Course(survival=np.array(survival), margin=np.array(margins))
