"""P(leave within some months) after none, one or two negative experiences, by the g-formula.

The customers who are active now are followed on paper: each month some leave involuntarily, some on
their own account with the hazard of the adjusted model, and the usage of the others moves by the
estimated monthly transitions, which differ after an experience. So the figures are total effects;
with transitions that do not react to experiences they are the part not running through usage.
Source of the method: Robins' parametric g-formula, here exact because usage has few levels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from cxlib.estimate import Z95, Estimate
from cxlib.stats.hazard import INTERCEPT, CellFit, hazard, slope

__all__ = [
    "AT_UNKNOWN_USAGE",
    "REGIMES",
    "Regime",
    "RiskModel",
    "Risks",
    "log_log_interval",
    "standardised_risks",
]


AT_UNKNOWN_USAGE = "exposure at unknown usage"
"""Factor of what an exposure adds at the last usage level, beside what it adds everywhere."""


@dataclass(frozen=True)
class Regime:
    """What happens to everybody from month 0 on.

    Attributes
    ----------
    experiences : int
        Months 0, 1, ... with an experience (0, 1 or 2).
    reacts : bool
        Whether usage reacts to these experiences.
    """

    experiences: int
    reacts: bool = True

    def exposure(self, month: int, *, window: int, lag: int) -> int:
        """Return the exposure of a later month (1, 2, ...): 0, 1, or 2 for two and more.

        Counted are the months with an experience among month - lag - window + 1 .. month - lag.
        """
        first, last = max(month - lag - window + 1, 0), min(month - lag, self.experiences - 1)
        return min(max(last - first + 1, 0), 2)


REGIMES: dict[str, Regime] = {
    "0": Regime(0),
    "1": Regime(1),
    "2": Regime(2),
    "direct.1": Regime(1, reacts=False),
    "direct.2": Regime(2, reacts=False),
}


@dataclass(frozen=True, eq=False)
class RiskModel:
    """Everything the recursion needs.

    Attributes
    ----------
    leaving : CellFit
        Monthly hazard of a voluntary end, given no involuntary one; terms tenure, exposure and any
        others.
    losing : CellFit or None
        Monthly hazard of an involuntary end; None: none happens.
    moves : ndarray, shape (2, levels, levels)
        Customer-months by experience, usage level, usage level of the month after.
    population : DataFrame
        One row per group of active customers: ``usage`` (level number), ``tenure_months``, controls,
        ``customers``.
    bands : sequence of int
        First tenure month of each band.
    names : mapping of str to sequence of str
        Level names of ``tenure``, ``usage`` and ``exposure`` in order, as in the fits.
    window, lag : int
        Exposure of month t: months with an experience among t - lag - window + 1 .. t - lag.
    calendar : mapping of str to float
        Share of the observed customer-months in each level of ``period``. The months ahead have no
        calendar level: their hazard is the average over the observed ones. Empty: no such factor.
    """

    leaving: CellFit
    losing: CellFit | None
    moves: np.ndarray
    population: pd.DataFrame
    bands: Sequence[int]
    names: Mapping[str, Sequence[str]]
    window: int
    lag: int
    calendar: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Risks:
    """Shares who left within 1..horizon months, per regime, with what their errors need.

    Attributes
    ----------
    paths : DataFrame
        One row per month 1..horizon, one column per regime: share who left by then.
    gradients : DataFrame
        One row per regime: derivative of the last month's share by each estimated quantity.
    covariance : ndarray
        Covariance of these quantities.
    """

    paths: pd.DataFrame
    gradients: pd.DataFrame
    covariance: np.ndarray

    def share(self, regime: str) -> Estimate:
        """Return the share who left within the horizon, interval on the log(-log) scale."""
        return log_log_interval(self.paths[regime].iloc[-1], self._error(self.gradients.loc[regime]))

    def difference(self, regime: str, other: str) -> Estimate:
        """Return the difference of two regimes' shares with its joint interval."""
        value = float(self.paths[regime].iloc[-1] - self.paths[other].iloc[-1])
        error = self._error(self.gradients.loc[regime] - self.gradients.loc[other])
        return Estimate(value, value - Z95 * error, value + Z95 * error)

    def ratio(self, regime: str, other: str) -> Estimate:
        """Return the ratio of two regimes' shares, interval on the log scale."""
        top, bottom = (float(self.paths[name].iloc[-1]) for name in (regime, other))
        error = self._error(self.gradients.loc[regime] / top - self.gradients.loc[other] / bottom)
        value = math.log(top / bottom)
        return Estimate(*(math.exp(x) for x in (value, value - Z95 * error, value + Z95 * error)))

    def _error(self, gradient: pd.Series) -> float:
        return float(np.sqrt(gradient.to_numpy() @ self.covariance @ gradient.to_numpy()))


def log_log_interval(share: float, error: float) -> Estimate:
    """Return a share with its interval on the log(-log(1 - share)) scale, so that it stays in 0-1."""
    share = float(share)
    if not 0 < share < 1 or not error > 0:
        return Estimate(share)
    cumulative = -math.log1p(-share)
    width = Z95 * error / ((1 - share) * cumulative)
    return Estimate(share, *(-math.expm1(-cumulative * math.exp(x)) for x in (-width, width)))


class _Hazards:
    """A fit's hazard for every pattern of controls, tenure band, usage level and exposure.

    The average over the calendar of the hazards themselves, not of their logarithms: the share who
    leave in a month like those observed.
    """

    def __init__(self, fit: CellFit, model: RiskModel) -> None:
        fixed = _fixed_part(fit, model.population)
        patterns, group = np.unique(fixed, axis=0, return_inverse=True)
        self.pattern = group.ravel()
        tenure, usage, exposure = (
            _levels_part(fit, name, model.names.get(name, ())) for name in ("tenure", "usage", "exposure")
        )
        self.shape = (len(patterns), len(tenure), model.moves.shape[1], len(exposure))
        usage = np.broadcast_to(usage, (self.shape[2], len(fit.names)))
        columns = patterns[:, None, None, None] + tenure[:, None, None] + usage[:, None] + exposure
        columns[:, :, -1] += _levels_part(fit, AT_UNKNOWN_USAGE, model.names["exposure"])
        self.columns = columns.reshape(-1, len(fit.names))
        calendar = model.calendar if any(name.startswith("period[") for name in fit.names) else {}
        self.periods = _levels_part(fit, "period", tuple(calendar))
        weights = np.array(list(calendar.values()) or [1.0])
        by_month = self.columns @ fit.coefficients
        chances = hazard(by_month[:, None] + self.periods @ fit.coefficients, fit.link)
        self.chance = (chances @ weights).reshape(self.shape)
        self.slopes = slope(chances, fit.link) * weights

    def at(self, bands: np.ndarray, exposure: int) -> np.ndarray:
        """Return the hazard by group and usage level, given each group's tenure band."""
        return self.chance[self.pattern, bands, :, exposure]

    def spread(self, by_chance: np.ndarray, bands: np.ndarray, exposure: int) -> np.ndarray:
        """Return a derivative by :meth:`at`, shape as there, as one by the hazards of the table."""
        table = np.zeros(self.shape)
        np.add.at(table[..., exposure], (self.pattern, bands), by_chance)
        return table.ravel()

    def by_coefficients(self, by_table: np.ndarray) -> np.ndarray:
        """Return a derivative by the hazards of the table as one by the coefficients."""
        by_period = by_table[:, None] * self.slopes
        return by_period.sum(axis=1) @ self.columns + by_period.sum(axis=0) @ self.periods


class _Recursion:
    """The recursion, forwards for the shares and backwards for their derivatives.

    Step 0 leads from month 0, the last one observed, to the end of month 1.
    """

    def __init__(self, model: RiskModel, horizon: int) -> None:
        self.model, self.horizon = model, horizon
        self.levels = model.moves.shape[1]
        self.weights = model.population["customers"].to_numpy(dtype=float)
        self.weights = self.weights / self.weights.sum()
        self.start = np.eye(self.levels)[model.population["usage"].to_numpy()]
        tenure = model.population["tenure_months"].to_numpy()[:, None] + np.arange(1, horizon + 1)
        self.bands = np.searchsorted(np.asarray(model.bands), tenure, side="right") - 1
        self.fits = [fit for fit in (model.leaving, model.losing) if fit is not None]
        self.hazards = [_Hazards(fit, model) for fit in self.fits]
        self.moves = _shares(model.moves)

    def covariance(self) -> np.ndarray:
        """Return their covariance: clustered hazards, multinomial transitions."""
        return block_diag(*(fit.covariance for fit in self.fits), _moves_covariance(self.model.moves))

    def follow(self, regime: Regime) -> tuple[np.ndarray, np.ndarray]:
        """Return the share who left by each month, and the gradient of the last one.

        The gradient comes from one pass backwards: `worth` is what one more customer in a state
        would add to the share.
        """
        steps = [self._step(month, regime) for month in range(self.horizon)]
        there, states = self.start, []
        for step in steps:
            states.append(there)
            there = (there * step.staying * (1 - step.leaving)) @ step.moves
        left = [
            self.weights @ (p * s.staying * s.leaving).sum(axis=1) for p, s in zip(states, steps, strict=True)
        ]
        gradient = _Gradient(self)
        worth = np.zeros_like(self.start)
        for month in reversed(range(self.horizon)):
            worth = gradient.add(month, regime, states[month], steps[month], worth)
        return np.cumsum(left), gradient.vector()

    def _step(self, month: int, regime: Regime) -> _Step:
        exposed = int(regime.reacts and month < regime.experiences)
        exposure = self.exposure(month, regime)
        chances = [hazards.at(self.bands[:, month], exposure) for hazards in self.hazards]
        losing = chances[1] if len(chances) > 1 else np.zeros((len(self.start), 1))
        return _Step(chances[0], losing, self.moves[exposed], exposed)

    def exposure(self, month: int, regime: Regime) -> int:
        """Return the place of the exposure level in a step; the first step ends in month 1."""
        return regime.exposure(month + 1, window=self.model.window, lag=self.model.lag)


@dataclass(frozen=True, eq=False)
class _Step:
    """One month: hazards by group and usage level, and the moves of usage after it."""

    leaving: np.ndarray
    losing: np.ndarray
    moves: np.ndarray
    exposed: int

    @property
    def staying(self) -> np.ndarray:
        """Chance of no involuntary end."""
        return 1 - self.losing


class _Gradient:
    """Derivatives of the final share by coefficients and transition probabilities."""

    def __init__(self, recursion: _Recursion) -> None:
        self.recursion = recursion
        self.tables = [np.zeros(hazards.chance.size) for hazards in recursion.hazards]
        self.moves = np.zeros_like(recursion.moves)

    def add(
        self, month: int, regime: Regime, there: np.ndarray, step: _Step, worth: np.ndarray
    ) -> np.ndarray:
        """Add one month's part, given the worth of a state after it; return the worth before it."""
        recursion = self.recursion
        weights = recursion.weights[:, None]
        later = worth @ step.moves.T
        ending = step.leaving * weights + (1 - step.leaving) * later
        self.moves[step.exposed] += (there * step.staying * (1 - step.leaving)).T @ worth
        by_chances = (there * step.staying * (weights - later), -there * ending)
        bands, exposure = recursion.bands[:, month], recursion.exposure(month, regime)
        # Without a model of involuntary ends the second derivative has no hazard to belong to.
        for table, hazards, by_chance in zip(self.tables, recursion.hazards, by_chances, strict=False):
            table += hazards.spread(by_chance, bands, exposure)
        return step.staying * ending

    def vector(self) -> np.ndarray:
        """Return all derivatives in the order of the covariance."""
        pairs = zip(self.recursion.hazards, self.tables, strict=True)
        coefficients = [hazards.by_coefficients(table) for hazards, table in pairs]
        return np.concatenate([*coefficients, self.moves.ravel()])


def _levels_part(fit: CellFit, factor: str, levels: Sequence[str]) -> np.ndarray:
    """Return which coefficient each level of a factor adds; the reference level adds none."""
    if not any(name.startswith(f"{factor}[") for name in fit.names):
        return np.zeros((max(len(levels), 1), len(fit.names)))
    return np.array([[name == f"{factor}[{level}]" for name in fit.names] for level in levels], dtype=float)


def _fixed_part(fit: CellFit, population: pd.DataFrame) -> np.ndarray:
    """Return intercept and control dummies of each group."""
    part = np.zeros((len(population), len(fit.names)))
    for place, name in enumerate(fit.names):
        factor, _, level = name.removesuffix("]").partition("[")
        if name == INTERCEPT:
            part[:, place] = 1
        elif factor in population and factor != "usage":
            part[:, place] = population[factor].astype(str) == level
    return part


def _shares(moves: np.ndarray) -> np.ndarray:
    """Return transition probabilities; a level never seen after an experience moves as without one."""
    totals = moves.sum(axis=2, keepdims=True)
    filled = np.where(totals > 0, moves, moves[:1])
    filled = np.where(filled.sum(axis=2, keepdims=True) > 0, filled, np.eye(moves.shape[1]))
    return filled / filled.sum(axis=2, keepdims=True)


def _moves_covariance(moves: np.ndarray) -> np.ndarray:
    shares = _shares(moves)
    blocks = []
    for probabilities, counts in zip(
        shares.reshape(-1, shares.shape[2]), moves.reshape(-1, shares.shape[2]), strict=True
    ):
        spread = np.diag(probabilities) - np.outer(probabilities, probabilities)
        blocks.append(spread / max(counts.sum(), 1))
    return block_diag(*blocks)


def standardised_risks(model: RiskModel, *, horizon: int, regimes: Mapping[str, Regime] = REGIMES) -> Risks:
    """Return who would leave within `horizon` months under each regime, of the customers active now.

    Parameters
    ----------
    model : RiskModel
    horizon : int
        Months followed, 1 on; the experiences of a regime are in months 0 and 1.
    regimes : mapping of str to Regime

    Returns
    -------
    Risks
        Its errors come by the delta method from hazards, involuntary ends and transitions together;
        the population is taken as it is.
    """
    recursion = _Recursion(model, horizon)
    paths = {name: recursion.follow(regime) for name, regime in regimes.items()}
    return Risks(
        pd.DataFrame(
            {name: path for name, (path, _) in paths.items()},
            index=pd.RangeIndex(1, horizon + 1, name="month"),
        ),
        pd.DataFrame.from_dict({name: gradient for name, (_, gradient) in paths.items()}, orient="index"),
        recursion.covariance(),
    )
