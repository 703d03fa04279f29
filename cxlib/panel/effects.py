"""The effect of negative experiences on leaving: the same counts read naively, adjusted, as placebo."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cxlib.errors import ModelError
from cxlib.estimate import Z95, Estimate
from cxlib.language import Message, count, listing, say
from cxlib.panel.design import EXPOSURES, band_names, usage_names
from cxlib.panel.panel import Panel
from cxlib.stats.hazard import CellFit, Cells, fit_cells, joint_test
from cxlib.stats.risk import REGIMES, Regime, RiskModel, Risks, standardised_risks
from cxlib.stats.verdicts import placebo_state

__all__ = [
    "Effects",
    "confounded",
    "exposure_by_usage",
    "fit_effects",
    "hazard_ratio",
    "placebo_reading",
    "reason_without_level",
    "risks_after",
]

LEAST_EVENTS_OF_A_BAND = 5
LEAST_EVENTS_PER_PARAMETER = 5
FRAGILE_EVENTS_PER_PARAMETER = 10
NOTICEABLY_MORE = 1.2


@dataclass(frozen=True, eq=False)
class Effects:
    """Three hazard models on the same customer-months.

    Attributes
    ----------
    panel : Panel
    naive : CellFit
        Voluntary ends on tenure band, segment and exposure.
    adjusted : CellFit
        The same with usage of the month before and every control.
    placebo : CellFit or None
        The adjusted model for involuntary ends; None where there are too few.
    losing : CellFit or None
        Involuntary ends on tenure band and segment; None where there are none.
    placebo_p : float or None
        Joint test that no exposure level changes involuntary ends.
    bands : dict of str to str
        Tenure band -> band of the models (neighbours with few events are joined).
    segments : tuple of str
        Controls that the naive model keeps, too.
    """

    panel: Panel
    naive: CellFit
    adjusted: CellFit
    placebo: CellFit | None
    losing: CellFit | None
    placebo_p: float | None
    bands: dict[str, str]
    segments: tuple[str, ...]

    @property
    def fragile(self) -> bool:
        """Whether the adjusted model has fewer than ten events per coefficient."""
        return self.adjusted.events < FRAGILE_EVENTS_PER_PARAMETER * len(self.adjusted.names)


def fit_effects(panel: Panel, *, segments: tuple[str, ...], minimum_events: int) -> Effects:
    """Fit naive, adjusted and placebo hazards.

    Parameters
    ----------
    panel : Panel
    segments : tuple of str
        Controls that the naive model keeps, too.
    minimum_events : int
        Exposure levels with fewer voluntary ends (or other months) are left out of every model.

    Raises
    ------
    ModelError
        If no two exposure levels are left, there are fewer than five events per coefficient, or a
        model does not settle.
    """
    kept_levels = _levels_with_events(panel, minimum_events)
    chosen = np.isin(panel.factors["exposure"].values, kept_levels)
    cells, bands = panel.cells().where(chosen).merged("tenure", least=LEAST_EVENTS_OF_A_BAND)
    kept = [name for name in panel.design.controls if name in segments]
    usage = ["usage"] if panel.design.levels > 1 else []
    controls = [*usage, *panel.design.controls]
    adjusted = _enough(fit_cells(cells, ["tenure", "exposure", *controls]))
    lost = replace(panel.cells("involuntary").where(chosen), factors=cells.factors)
    placebo = _or_none(lost, ["tenure", "exposure", *controls])
    return Effects(
        panel=panel,
        naive=fit_cells(cells, ["tenure", "exposure", *kept]),
        adjusted=adjusted,
        placebo=placebo,
        losing=_or_none(lost, ["tenure", *kept]) or _or_none(lost, []),
        placebo_p=None if placebo is None else joint_test(placebo, _exposure_names(placebo))[-1],
        bands=bands,
        segments=tuple(kept),
    )


def _levels_with_events(panel: Panel, least: int) -> list[str]:
    totals = panel.cells().totals("exposure")
    enough = (totals["events"] >= least) & (totals["months"] - totals["events"] >= least)
    levels = list(totals.index[enough])
    if "0" not in levels or len(levels) < 2:
        raise ModelError(
            say(
                "Too few customers left for a comparison: {none} with no month of negative experience "
                "{before}, {one} with one, {more} with two or more; at least {least} each are needed, and as "
                "many months without leaving.",
                before=panel.design.before,
                **{
                    name: count(int(totals["events"].get(level, 0)))
                    for name, level in zip(("none", "one", "more"), EXPOSURES, strict=True)
                },
                least=count(least),
            )
        )
    return levels


def _enough(fit: CellFit) -> CellFit:
    if fit.events < LEAST_EVENTS_PER_PARAMETER * len(fit.names):
        raise ModelError(
            say(
                "{events} customers who left are too few to estimate {terms} quantities; leave out controls "
                "or wait for more months.",
                events=count(int(fit.events)),
                terms=count(len(fit.names)),
            )
        )
    return fit


def _exposure_names(fit: CellFit) -> list[str]:
    return [name for name in fit.names if name.startswith("exposure[")]


def _or_none(cells: Cells, terms: list[str]) -> CellFit | None:
    """Fit where the data allow it: involuntary ends are often too few for every control."""
    try:
        fit = fit_cells(cells, terms)
    except ModelError:
        return None
    enough = fit.events >= LEAST_EVENTS_PER_PARAMETER * len(fit.names)
    return fit if enough or not terms else None


def hazard_ratio(fit: CellFit, name: str) -> Estimate:
    """Return exp(coefficient) with its interval (clustered where the fit is)."""
    place = fit.position(name)
    value, error = fit.coefficients[place], fit.errors[place]
    return Estimate(*(float(np.exp(value + side * Z95 * error)) for side in (0, -1, 1)))


def risks_after(effects: Effects, *, horizon: int) -> Risks:
    """Return who would leave within `horizon` months after 0, 1 or 2 experiences.

    Where no usage is known, nothing can be told apart that runs through it.

    Raises
    ------
    ModelError
        If no active customer's usage is known in the last month, or active customers come into a
        tenure band in which nobody with known history was seen.
    """
    panel, design = effects.panel, effects.panel.design
    if panel.population.empty:
        raise ModelError(
            say("No customer active at the end of the last month has a known usage in it to start from.")
        )
    _refuse_unseen_bands(effects, horizon)
    names = {
        "tenure": [effects.bands.get(band, band) for band in band_names(design.tenure_bands)],
        "usage": usage_names(design.levels),
        "exposure": EXPOSURES,
    }
    model = RiskModel(
        leaving=effects.adjusted,
        losing=effects.losing,
        moves=panel.moves if design.levels > 1 else np.ones((2, 1, 1)),
        population=panel.population,
        bands=design.tenure_bands,
        names=names,
        window=design.window,
        lag=design.lag,
    )
    return standardised_risks(model, horizon=horizon, regimes=_regimes(effects))


def _regimes(effects: Effects) -> dict[str, Regime]:
    """Return the regimes whose exposure levels the model knows, one after the other."""
    most = 0
    while most < 2 and f"exposure[{EXPOSURES[most + 1]}]" in effects.adjusted.names:
        most += 1
    with_usage = effects.panel.design.levels > 1
    return {
        name: regime
        for name, regime in REGIMES.items()
        if regime.experiences <= most and (regime.reacts or with_usage)
    }


def _refuse_unseen_bands(effects: Effects, horizon: int) -> None:
    edges = np.asarray(effects.panel.design.tenure_bands)
    tenure = effects.panel.population["tenure_months"].to_numpy()
    first, last = np.searchsorted(edges, [tenure.min() + 1, tenure.max() + horizon], side="right") - 1
    unseen = [name for name in band_names(edges)[first : last + 1] if name not in effects.bands]
    if unseen:
        raise ModelError(
            say(
                "No customer with known history was seen in the tenure months {bands}, which active "
                "customers come into; wait for more months.",
                bands=listing(unseen),
            )
        )


def exposure_by_usage(panel: Panel) -> dict[str, float]:
    """Return the share of customer-months with an experience, per usage level."""
    experienced, months = panel.moves[1].sum(axis=1), panel.moves.sum(axis=(0, 2))
    names = usage_names(panel.design.levels)
    return {name: float(e / m) for name, e, m in zip(names, experienced, months, strict=True) if m}


def placebo_reading(effects: Effects, *, limit: float) -> str:
    """Return ``moved``, ``quiet``, ``too imprecise`` or ``absent``; see :func:`placebo_state`."""
    if effects.placebo is None or effects.placebo_p is None:
        return "absent"
    uppers = [hazard_ratio(effects.placebo, name).high for name in _exposure_names(effects.placebo)]
    return placebo_state(effects.placebo_p, uppers, limit=limit)


def confounded(panel: Panel) -> bool:
    """Return whether low usage goes with noticeably more experiences and with more leaving."""
    if panel.design.levels < 2:
        return False
    experienced = list(exposure_by_usage(panel).values())
    totals = panel.cells().totals("usage")
    leaving = (totals["events"] / totals["months"]).to_numpy()
    if min(len(experienced), len(leaving)) < panel.design.levels:
        return False
    return experienced[0] > NOTICEABLY_MORE * experienced[-1] and leaving[0] > leaving[-1]


def reason_without_level(level: str, window: int) -> Message:
    """Return why an exposure level (``1``, ``2+``) has no estimate."""
    if level == "2+" and window < 2:
        return say("Where the experiences of a single month count, nobody can have had two such months.")
    return say("Too few customers left after that many experiences.")
