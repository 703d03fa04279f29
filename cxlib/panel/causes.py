"""How strongly the measured causes go with experiences and with leaving: a scale for hidden ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cxlib.panel.design import UNKNOWN_USAGE
from cxlib.panel.effects import Effects
from cxlib.stats.sensitivity import bounding_factor, occurrence_ratio

__all__ = ["Cause", "measured_causes"]

UNKNOWN = f"usage[{UNKNOWN_USAGE}]"


class Cause(NamedTuple):
    """A measured cause: how strongly it goes with experiences and with leaving.

    Attributes
    ----------
    control : str
        ``usage`` or a control of dataset.yaml.
    experiences, leaving : float
        Ratios of 1 or more.
    """

    control: str
    experiences: float
    leaving: float

    @property
    def factor(self) -> float:
        """Largest risk ratio it could feign."""
        return bounding_factor(self.experiences, self.leaving)


def measured_causes(effects: Effects, level: str, *, protective: bool = False) -> list[Cause]:
    """Return usage and every control with their strength, the strongest first.

    Parameters
    ----------
    effects : Effects
    level : str
        Exposure level against none: ``1`` or ``2+``.
    protective : bool
        Whether experiences go with less leaving, so that a cause must be rarer with them.
    """
    used = [name.partition("[")[0] for name in effects.adjusted.names]
    causes = [
        Cause(name, _occurrence(effects, name, level, protective=protective), _leaving(effects, name))
        for name in ("usage", *effects.panel.design.controls)
        if name in used
    ]
    return sorted(causes, key=lambda cause: -cause.factor)


def _occurrence(effects: Effects, control: str, level: str, *, protective: bool) -> float:
    """Return how many times as often a level occurs with experiences; of usage in their month, too."""
    turned = slice(None, None, -1 if protective else 1)
    return max(occurrence_ratio(*pair[turned]) for pair in _occurrences(effects, control, level))


def _occurrences(effects: Effects, control: str, level: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    months = effects.panel.cells().frame().groupby([control, "exposure"], observed=False)["months"].sum()
    months = months.unstack().drop(index=UNKNOWN_USAGE if control == "usage" else [], errors="ignore")
    yield months[level].to_numpy(), months["0"].to_numpy()
    if control == "usage":
        known = slice(effects.panel.design.levels)
        without, experienced = effects.panel.moves.sum(axis=2)[:, known]
        yield experienced, without


def _leaving(effects: Effects, control: str) -> float:
    fit = effects.adjusted
    names = [name for name in fit.names if name.startswith(f"{control}[") and name != UNKNOWN]
    logs = [0.0, *(fit.coefficients[fit.position(name)] for name in names)]
    return float(np.exp(max(logs) - min(logs)))
