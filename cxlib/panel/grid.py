"""What the cells of a dataset are: the design, and what of it depends on the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlib.panel.calendar import period_names
from cxlib.panel.design import EXPOSURES, UNKNOWN_USAGE, Design, band_names, usage_names
from cxlib.panel.patterns import Levels, control_factors, pattern_count
from cxlib.stats.hazard import Factor

__all__ = ["Grid", "cells_of_a_period", "most_periods"]

MOST_CELLS_WITH_PERIODS = 40_000


@dataclass(frozen=True)
class Grid:
    """The digits of a cell's number: pattern, tenure band, usage level, exposure, calendar period.

    Attributes
    ----------
    design : Design
    levels : dict
        Per control: value in the data -> level of the model.
    periods : tuple of int
        First month of each calendar period, as ``month_no``.
    usage_months : tuple of int
        Months of the window in which anybody's usage is known; empty without usage.
    """

    design: Design
    levels: Levels
    periods: tuple[int, ...]
    usage_months: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of possible cells."""
        return cells_of_a_period(self.design, self.levels) * len(self.periods)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the vectors of :class:`cxlib.panel.counts.Sums`; the first three by cell."""
        places = self.design.usage_places
        active = pattern_count(self.levels) * places * (self.design.tenure_bands[-1] + 1)
        return [(self.size,)] * 3 + [(2, places, places), (active,), (2,)]

    def looked_at(self, month: int) -> bool:
        """Return whether a month is in the models: anybody's usage of the month before is known."""
        return self.design.usage_column is None or month - 1 in self.usage_months

    def period(self, month: int) -> int:
        """Return the place of a month's calendar period."""
        return int(np.searchsorted(self.periods, month, side="right")) - 1

    def usage(self, cells: np.ndarray) -> np.ndarray:
        """Return the place of each cell's usage level; the last one, where there is usage, is unknown."""
        return cells // (len(self.periods) * len(EXPOSURES)) % self.design.usage_places

    def unknown(self, cells: np.ndarray) -> np.ndarray:
        """Return which cells are of unknown usage."""
        if self.design.usage_column is None:
            return np.zeros(len(cells), dtype=bool)
        return self.usage(cells) == self.design.levels

    def factors(self, cells: np.ndarray) -> dict[str, Factor]:
        """Return the covariates of cells, by name."""
        design = self.design
        code, period = np.divmod(cells, len(self.periods))
        code, exposure = np.divmod(code, len(EXPOSURES))
        code, usage = np.divmod(code, design.usage_places)
        pattern, band = np.divmod(code, len(design.tenure_bands))
        factors = {"tenure": Factor(band, tuple(band_names(design.tenure_bands)))}
        if design.usage_column is not None:
            factors["usage"] = Factor(usage, (*usage_names(design.levels), UNKNOWN_USAGE))
        factors["exposure"] = Factor(exposure, EXPOSURES)
        factors["period"] = Factor(period, period_names(self.periods))
        return factors | control_factors(self.levels, pattern)


def most_periods(design: Design, levels: Levels) -> int:
    """Return how many calendar periods there is room for, 1 or more: the more patterns, the fewer."""
    return max(MOST_CELLS_WITH_PERIODS // cells_of_a_period(design, levels), 1)


def cells_of_a_period(design: Design, levels: Levels) -> int:
    """Return the number of possible cells of one calendar period."""
    return pattern_count(levels) * len(design.tenure_bands) * design.usage_places * len(EXPOSURES)
