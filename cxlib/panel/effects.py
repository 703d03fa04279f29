"""The effect of negative experiences on leaving: the same counts read naively, adjusted, as placebo."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cxlib.errors import ModelError
from cxlib.estimate import Z95, Estimate
from cxlib.language import Message, count, listing, percent, say
from cxlib.panel.calendar import LEAST_ENDS_OF_A_PERIOD
from cxlib.panel.design import EXPOSURES, UNKNOWN_USAGE, band_names, usage_names
from cxlib.panel.panel import Panel
from cxlib.stats.hazard import CellFit, Cells, Factor, design_matrix, fit_cells, joint_test
from cxlib.stats.risk import AT_UNKNOWN_USAGE, REGIMES, Regime, RiskModel, Risks, standardised_risks
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
SIGN_OF_LEAVING = {"stopped": 1.5, "never": 3.0}
MOST_MONTHS_UNKNOWN = 0.20
ERRORS_TWICE_AS_WIDE = 4.0


@dataclass(frozen=True, eq=False)
class Effects:
    """Three hazard models on the same customer-months.

    Attributes
    ----------
    panel : Panel
    naive : CellFit
        Voluntary ends on tenure band, segment and exposure.
    adjusted : CellFit
        The same with usage of the month before, every control and calendar periods; where unknown usage
        is a level of its own, with the exposure in these months as a term of its own.
    placebo : CellFit or None
        The adjusted model for involuntary ends; None where there are too few.
    losing : CellFit or None
        Involuntary ends on tenure band and segment; None where there are none.
    placebo_p : float or None
        Joint test that no exposure level changes involuntary ends.
    bands : dict of str to str
        Tenure band -> band of the models (neighbours with few events are joined).
    calendar : dict of str to float
        Calendar period of the adjusted model -> share of the customer-months; a single one means that
        no factor stands for the calendar.
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
    calendar: dict[str, float]
    segments: tuple[str, ...]

    @property
    def by_period(self) -> bool:
        """Whether the adjusted model compares within calendar periods."""
        return any(name.startswith("period[") for name in self.adjusted.names)

    @property
    def entangled(self) -> bool:
        """Whether the calendar at least doubles the error of an effect: the two are hardly told apart."""
        names = self.adjusted.names
        information = np.linalg.inv(self.adjusted.model_covariance)
        kept = [place for place, name in enumerate(names) if not name.startswith("period[")]
        without = np.diag(np.linalg.inv(information[np.ix_(kept, kept)]))
        variance = np.diag(self.adjusted.model_covariance)[kept]
        exposure = [names[place].startswith("exposure[") for place in kept]
        return bool((variance[exposure] > ERRORS_TWICE_AS_WIDE * without[exposure]).any())

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
        If no two exposure levels are left, there are fewer than five events per coefficient, a model
        does not settle, or many ends are of unknown usage and it is a sign of leaving: customers leave
        1.5 times as often once their usage is no longer known, or 3 times as often where it never was.
    """
    _refuse_usage_that_tells_of_leaving(panel)
    kept_levels = _levels_with_events(panel, minimum_events)
    chosen = np.isin(panel.factors["exposure"].values, kept_levels)
    cells, bands = panel.cells().where(chosen).merged("tenure", least=LEAST_EVENTS_OF_A_BAND)
    cells = _with_unknown(cells) if panel.unknown_level else cells
    kept = [name for name in panel.design.controls if name in segments]
    usage = ["usage"] if panel.design.levels > 1 or panel.unknown_level else []
    unknown = [AT_UNKNOWN_USAGE] if panel.unknown_level else []
    terms = ["tenure", "exposure", *usage, *unknown, *panel.design.controls]
    dated, _ = cells.merged("period", least=LEAST_ENDS_OF_A_PERIOD)
    adjusted = _enough(_fit_within_periods(dated, terms))
    lost = replace(panel.cells("involuntary").where(chosen), factors=cells.factors)
    dated_lost, _ = lost.merged("period", least=LEAST_ENDS_OF_A_PERIOD)
    placebo = _or_none(dated_lost, [*terms, "period"]) or _or_none(lost, terms)
    return Effects(
        panel=panel,
        naive=fit_cells(cells, ["tenure", "exposure", *kept]),
        adjusted=adjusted,
        placebo=placebo,
        losing=_or_none(lost, ["tenure", *kept]) or _or_none(lost, []),
        placebo_p=None if placebo is None else joint_test(placebo, _exposure_names(placebo))[-1],
        bands=bands,
        calendar=_shares_of_periods(dated),
        segments=tuple(kept),
    )


def _with_unknown(cells: Cells) -> Cells:
    """Return the cells with a factor for the exposure in months of unknown usage.

    Customers of unknown usage are not alike in it, so what an experience goes with among them is more
    than its effect; as a term of its own it stays out of the ratio at equal usage.
    """
    exposure, usage = cells.factors["exposure"], cells.factors["usage"]
    places = np.where(usage.values == UNKNOWN_USAGE, exposure.places, 0)
    return replace(cells, factors={**cells.factors, AT_UNKNOWN_USAGE: Factor(places, exposure.levels)})


def _fit_within_periods(cells: Cells, terms: list[str]) -> CellFit:
    """Fit with the calendar, or without it where it repeats other terms, as tenure does of one cohort."""
    if len(cells.factors["period"].used) > 1 and not _repeats(cells, terms):
        terms = [*terms, "period"]
    return fit_cells(cells, terms)


def _repeats(cells: Cells, terms: list[str]) -> bool:
    (_, without), (_, within) = (design_matrix(cells.factors, t) for t in (terms, [*terms, "period"]))
    added = within.shape[1] - without.shape[1]
    return np.linalg.matrix_rank(within) < np.linalg.matrix_rank(without) + added


def _shares_of_periods(cells: Cells) -> dict[str, float]:
    period = cells.factors["period"]
    months = np.bincount(period.places, cells.months, minlength=len(period.levels))
    return {period.levels[place]: float(months[place] / months.sum()) for place in period.used}


def _refuse_usage_that_tells_of_leaving(panel: Panel) -> None:
    """Refuse where unknown usage is not a level of usage, but a consequence of the end that comes."""
    if not panel.months.sum() and panel.design.usage_column is not None:
        raise ModelError(say("In none of the months looked at the usage of the month before is known."))
    if not panel.unknown_level:
        return
    stopped_months, stopped_ends = panel.stopped
    never = (panel.left_out - stopped_months, panel.left_out_ends - stopped_ends)
    unknown = panel.factors["usage"].values == UNKNOWN_USAGE
    known = panel.voluntary[~unknown].sum() / max(panel.months[~unknown].sum(), 1)
    for kind, (months, ends) in {"stopped": panel.stopped, "never": never}.items():
        if ends > SIGN_OF_LEAVING[kind] * known * months:
            raise ModelError(
                say(
                    "{lost} of those who left on their own account have no known usage in the month before, "
                    "and without known usage {unknown} of the customers leave in a month, else {known}. So "
                    "unknown usage is a sign of leaving: models without these customers, or with “unknown” "
                    "as a level of usage, would give wrong figures. Supply the usage of every month up to "
                    "the last one of a customer, zero where nothing was used.",
                    lost=percent(panel.ends_lost),
                    unknown=percent(ends / months),
                    known=percent(known),
                )
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
        If no active customer's usage is known in the last month, more than a fifth of the months are of
        unknown usage, or active customers come into a tenure band in which nobody with known history was
        seen.
    """
    panel, design = effects.panel, effects.panel.design
    if panel.population.empty:
        raise ModelError(
            say("No customer active at the end of the last month has a known usage in it to start from.")
        )
    _refuse_unseen_bands(effects, horizon)
    if panel.unknown_level and panel.months_lost > MOST_MONTHS_UNKNOWN:
        raise ModelError(
            say(
                "In {share} of the customer-months no usage of the month before is known; so many customers "
                "cannot be compared at equal usage. Supply the usage of every month.",
                share=percent(panel.months_lost),
            )
        )
    names = {
        "tenure": [effects.bands.get(band, band) for band in band_names(design.tenure_bands)],
        "usage": panel.usage_levels,
        "exposure": EXPOSURES,
    }
    model = RiskModel(
        leaving=effects.adjusted,
        losing=effects.losing,
        moves=panel.moves if len(panel.usage_levels) > 1 else np.ones((2, 1, 1)),
        population=panel.population,
        bands=design.tenure_bands,
        names=names,
        window=design.window,
        lag=design.lag,
        calendar=effects.calendar,
    )
    return standardised_risks(model, horizon=horizon, regimes=_regimes(effects))


def _regimes(effects: Effects) -> dict[str, Regime]:
    """Return the regimes whose exposure levels the model knows, one after the other.

    Where usage is unknown, an experience may go with usage that nobody sees: the part that does not run
    through usage is not told apart then.
    """
    most = 0
    while most < 2 and f"exposure[{EXPOSURES[most + 1]}]" in effects.adjusted.names:
        most += 1
    with_usage = effects.panel.design.levels > 1 and not effects.panel.unknown_level
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
    """Return the share of customer-months with an experience, per known usage level."""
    levels = panel.design.levels
    experienced, months = panel.moves[1].sum(axis=1)[:levels], panel.moves.sum(axis=(0, 2))[:levels]
    names = usage_names(panel.design.levels)
    return {name: float(e / m) for name, e, m in zip(names, experienced, months, strict=True) if m}


def placebo_reading(effects: Effects, *, limit: float) -> str:
    """Return ``moved``, ``quiet``, ``too imprecise`` or ``absent``; see :func:`placebo_state`."""
    if effects.placebo is None or effects.placebo_p is None:
        return "absent"
    ratios = [hazard_ratio(effects.placebo, name) for name in _exposure_names(effects.placebo)]
    limits = [side for ratio in ratios for side in (ratio.low, ratio.high)]
    return placebo_state(effects.placebo_p, limits, limit=limit)


def confounded(panel: Panel) -> bool:
    """Return whether low usage goes with noticeably more experiences and with more leaving."""
    if panel.design.levels < 2:
        return False
    experienced = list(exposure_by_usage(panel).values())
    totals = panel.cells().totals("usage").drop(index=UNKNOWN_USAGE, errors="ignore")
    leaving = (totals["events"] / totals["months"]).to_numpy()
    if min(len(experienced), len(leaving)) < panel.design.levels:
        return False
    return experienced[0] > NOTICEABLY_MORE * experienced[-1] and leaving[0] > leaving[-1]


def reason_without_level(level: str, window: int) -> Message:
    """Return why an exposure level (``1``, ``2+``) has no estimate."""
    if level == "2+" and window < 2:
        return say("Where the experiences of a single month count, nobody can have had two such months.")
    return say("Too few customers left after that many experiences.")
