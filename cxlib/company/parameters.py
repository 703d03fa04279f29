"""Everything that is planted in the simulated company, in one frozen table of values."""

from dataclasses import dataclass, replace

import numpy as np

from cxlib.errors import DataError

__all__ = ["CHOICES", "LEVELS", "Parameters", "band_of", "planted"]

LEVELS = ("low", "mid", "high")
"""Usage levels; their units per month lie in disjoint bands (``Parameters.units``)."""

CHOICES = {
    "effect": ("none", "default", "reversed"),
    "confounding": ("none", "default", "hidden"),
    "feedback": ("none", "default"),
    "nonresponse": ("none", "default", "hidden"),
    "dirt": ("none", "default"),
}
"""What can be chosen for each option of a simulation."""


@dataclass(frozen=True)
class Parameters:
    """Planted values; a triple is by usage level low, mid, high, a quintuple by tenure band.

    Hazards are on the complementary log-log scale: ``h = 1 - exp(-exp(eta))`` with a sum of the
    terms below, so that ``exp(term)`` is a hazard ratio of grouped time.

    Attributes
    ----------
    bands : tuple of int
        First tenure month of each tenure band; the hazards begin with tenure month 1, in the start
        month (tenure month 0) only ``leave_start`` leave.
    start_usage : tuple of float
        Usage level in the start month.
    usage_calm, usage_after : tuple of tuple of float
        Rows of the monthly transition of usage after a month without and with an experience.
    experience : tuple of float
        Probability of an experience in a month, consumers; business customers times
        ``experience_business``, customers with the hidden trait times ``experience_trait``.
    leave, leave_usage, leave_tenure, leave_business, leave_exposure, leave_trait : float or tuple
        Voluntary hazard: intercept, usage of the month before, tenure band, business customers,
        months with an experience among the last twelve (0, 1, 2 or more), hidden trait.
    leave_start : float
        Share of the customers who end voluntarily in their start month.
    leave_calendar, experience_calendar : tuple of float
        Factor on the voluntary hazard (as a hazard ratio) and on the probability of an experience (at
        most 1) in each month of the window, the first month first; 1 where there is none.
    lose, lose_tenure, lose_business, lose_trait : float or tuple
        Involuntary hazard, by tenure, segment and hidden trait only: never by usage or experience.
    cancellation_contact : float
        Share of voluntary end months with a contact about the cancellation.
    units : tuple of tuple of int
        Lowest and highest units of each usage level, equally likely between.
    fee, unit_price, price_by_band, cost_share, service_base, service_experience : float or tuple
        Money of one month: fee (consumer, business) and price per unit, together times the band's
        factor, are revenue; a share of it direct cost; service costs a base and more in a month
        with an experience.
    invited_wave, invited_pulse : float
        Share of customers invited to the relational survey in an October, in another month.
    answer, answer_usage, answer_business, answer_tenure : float or tuple
        Logit of answering an invitation; additive, so that weights by the same bands repair it.
    answer_by_score : tuple of float
        Added to that logit for detractors, passives and promoters (hidden non-response only).
    score, score_usage, score_business, score_tenure, score_exposure : float or tuple
        Location of the logistic mood behind the 0-10 score.
    fixed_cost_share : float
        Fixed cost of the company as a share of its expected margin.
    """

    effect: str = "default"
    confounding: str = "default"
    feedback: str = "default"
    nonresponse: str = "default"
    dirt: str = "default"

    burn_in: int = 56
    business_share: float = 0.30
    trait_share: float = 0.0
    bands: tuple[int, ...] = (1, 4, 13, 25, 49)

    start_usage: tuple[float, ...] = (0.30, 0.45, 0.25)
    usage_calm: tuple[tuple[float, ...], ...] = ((0.86, 0.13, 0.01), (0.07, 0.86, 0.07), (0.01, 0.11, 0.88))
    usage_after: tuple[tuple[float, ...], ...] = (
        (0.95, 0.045, 0.005),
        (0.35, 0.62, 0.03),
        (0.05, 0.45, 0.50),
    )
    experience: tuple[float, ...] = (0.10, 0.045, 0.015)
    experience_business: float = 1.15
    experience_trait: float = 1.0

    leave: float = -4.95
    leave_usage: tuple[float, ...] = (0.85, 0.0, -0.80)
    leave_tenure: tuple[float, ...] = (0.35, 0.15, 0.0, -0.20, -0.35)
    leave_business: float = -0.25
    leave_exposure: tuple[float, ...] = (0.0, 0.5, 1.2)
    leave_trait: float = 0.0
    leave_start: float = 0.0
    leave_calendar: tuple[float, ...] = ()
    experience_calendar: tuple[float, ...] = ()

    lose: float = -6.40
    lose_tenure: tuple[float, ...] = (0.30, 0.10, 0.0, -0.10, -0.20)
    lose_business: float = -0.15
    lose_trait: float = 0.0

    cancellation_contact: float = 0.30

    units: tuple[tuple[int, int], ...] = ((0, 9), (10, 29), (30, 69))
    fee: tuple[float, ...] = (20.0, 28.0)
    unit_price: float = 0.30
    price_by_band: tuple[float, ...] = (1.0, 1.01, 1.02, 1.04, 1.06)
    cost_share: float = 0.42
    service_base: float = 2.0
    service_experience: float = 6.0
    acquisition_cost: float = 120.0
    fixed_cost_share: float = 0.45

    invited_wave: float = 0.60
    invited_pulse: float = 0.05
    answer: float = -1.45
    answer_usage: tuple[float, ...] = (-0.75, 0.0, 0.70)
    answer_business: float = 0.25
    answer_tenure: tuple[float, ...] = (-0.20, -0.10, 0.0, 0.10, 0.20)
    answer_by_score: tuple[float, ...] = (0.0, 0.0, 0.0)
    score: float = 0.0
    score_usage: tuple[float, ...] = (-0.90, 0.0, 0.90)
    score_business: float = 0.15
    score_tenure: tuple[float, ...] = (-0.10, -0.05, 0.0, 0.10, 0.20)
    score_exposure: tuple[float, ...] = (0.0, -0.8, -1.5)

    def leave_table(self, row: int = -1) -> np.ndarray:
        """Return the voluntary hazard, shape (5 tenure bands, 2 segments, 2 traits, 3 usage, 3 exposure).

        In month `row` of the window, 0 the first; by default in any month without a factor.
        """
        eta = self.leave + _outer(
            self.leave_tenure,
            (0.0, self.leave_business),
            (0.0, self.leave_trait),
            self.leave_usage,
            self.leave_exposure,
        )
        return -np.expm1(-np.exp(eta) * _factor(self.leave_calendar, row))

    def lose_table(self) -> np.ndarray:
        """Return the involuntary hazard, shape (5 tenure bands, 2 segments, 2 traits)."""
        eta = self.lose + _outer(self.lose_tenure, (0.0, self.lose_business), (0.0, self.lose_trait))
        return -np.expm1(-np.exp(eta))

    def experience_table(self, row: int = -1) -> np.ndarray:
        """Return the probability of an experience, shape (2 segments, 2 traits, 3 usage), by `row` alike."""
        factor = np.outer((1.0, self.experience_business), (1.0, self.experience_trait))
        chance = factor[:, :, None] * np.asarray(self.experience)
        return np.minimum(chance * _factor(self.experience_calendar, row), 1.0)

    def usage_table(self) -> np.ndarray:
        """Return the transition of usage, shape (2: without or with an experience, 3 from, 3 to)."""
        return np.array([self.usage_calm, self.usage_after])

    def margin_table(self) -> np.ndarray:
        """Return the margin of a month that is stayed, shape (5 bands, 2 segments, 3 usage, 2 experience)."""
        mean_units = np.array([(low + high) / 2 for low, high in self.units])
        revenue = np.asarray(self.fee)[:, None] + self.unit_price * mean_units
        kept = np.asarray(self.price_by_band)[:, None, None] * revenue * (1 - self.cost_share)
        service = self.service_base + np.array([0.0, self.service_experience])
        return kept[..., None] - service


def _factor(calendar: tuple[float, ...], row: int) -> float:
    """Return the factor of a month of the window, 1 where there is none."""
    return calendar[row] if 0 <= row < len(calendar) else 1.0


def _outer(*terms: tuple[float, ...]) -> np.ndarray:
    """Return the sum of one term of each tuple, one axis each."""
    total = np.zeros(())
    for values in terms:
        total = total[..., None] + np.asarray(values, dtype=float)
    return total


def band_of(tenure: np.ndarray, bands: tuple[int, ...]) -> np.ndarray:
    """Return the tenure band of each tenure in months; the start month counts as the first band."""
    return np.maximum(np.searchsorted(bands, tenure, side="right") - 1, 0)


def planted(
    *,
    effect: str = "default",
    confounding: str = "default",
    feedback: str = "default",
    nonresponse: str = "default",
    dirt: str = "default",
) -> Parameters:
    """Return the planted values of a choice of options.

    Parameters
    ----------
    effect : {"none", "default", "reversed"}
        What an experience does to leaving: nothing at all (neither directly nor through usage,
        so feedback is off too), hazard ratios 1.65 and 3.32, or their inverses.
    confounding : {"none", "default", "hidden"}
        Experiences equally likely at every usage level; more likely where usage is low; and, on
        top, a trait nobody recorded that brings experiences and both kinds of ends.
    feedback : {"none", "default"}
        Whether usage falls after an experience.
    nonresponse : {"none", "default", "hidden"}
        Answering at random; by usage, segment and tenure; and, on top, by the score itself.
    dirt : {"none", "default"}
        Whether exports hold duplicate, broken, late and test rows.

    Raises
    ------
    DataError
        An option has a value outside :data:`CHOICES`.
    """
    chosen = {
        "effect": effect,
        "confounding": confounding,
        "feedback": feedback,
        "nonresponse": nonresponse,
        "dirt": dirt,
    }
    for option, value in chosen.items():
        if value not in CHOICES[option]:
            raise DataError(f"{option} is {value!r}; expected one of {', '.join(CHOICES[option])}.")
    base = Parameters(**chosen)
    changed = _effect(base) | _confounding(base) | _nonresponse(base)
    if feedback == "none" or effect == "none":
        changed["usage_after"] = base.usage_calm
    return replace(base, **changed)


def _effect(base: Parameters) -> dict:
    if base.effect == "none":
        return {"leave_exposure": (0.0, 0.0, 0.0)}
    if base.effect == "reversed":
        return {"leave_exposure": tuple(-value for value in base.leave_exposure)}
    return {}


def _confounding(base: Parameters) -> dict:
    if base.confounding == "none":
        return {"experience": (0.048, 0.048, 0.048)}
    if base.confounding == "hidden":
        return {
            "trait_share": 0.30,
            "experience_trait": 3.0,
            "leave_trait": float(np.log(2.5)),
            "lose_trait": float(np.log(3.0)),
        }
    return {}


def _nonresponse(base: Parameters) -> dict:
    if base.nonresponse == "none":
        return {"answer_usage": (0.0,) * 3, "answer_business": 0.0, "answer_tenure": (0.0,) * 5}
    if base.nonresponse == "hidden":
        return {"answer_by_score": (-0.4, -0.1, 0.3)}
    return {}
