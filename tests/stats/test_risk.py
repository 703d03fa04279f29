"""The g-formula: against a simulation of its own truth, against plain arithmetic, and its errors."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cxlib.estimate import Estimate
from cxlib.stats.hazard import CellFit
from cxlib.stats.risk import (
    AT_UNKNOWN_USAGE,
    REGIMES,
    Regime,
    RiskModel,
    log_log_interval,
    standardised_risks,
)

BANDS = (1, 4, 13)
BAND_NAMES = ["1-3", "4-12", "13+"]
NAMES = {"tenure": BAND_NAMES, "usage": ["low", "mid", "high"], "exposure": ["0", "1", "2+"]}
MOVES = np.array(
    [
        [[860, 130, 10], [70, 860, 70], [10, 110, 880]],
        [[95, 4.5, 0.5], [35, 62, 3], [5, 45, 50]],
    ]
)
LEAVING = {
    "intercept": -3.2, "tenure[4-12]": -0.2, "tenure[13+]": -0.4, "usage[mid]": -0.8, "usage[high]": -1.6,
    "exposure[1]": 0.5, "exposure[2+]": 1.2, "segment[business]": -0.25,
}  # fmt: skip
LOSING = {"intercept": -5.0, "tenure[4-12]": 0.3, "tenure[13+]": 0.5}


def fitted(coefficients, *, link="cloglog", error=0.05):
    values = np.array(list(coefficients.values()))
    spread = np.eye(len(values)) * error**2
    return CellFit(tuple(coefficients), values, spread, spread, link, 1e4, 500)


@pytest.fixture
def model():
    population = pd.DataFrame(
        {
            "usage": [0, 1, 2, 1],
            "tenure_months": [0, 2, 11, 13],
            "segment": ["private", "business", "private", "business"],
            "customers": [10.0, 20.0, 30.0, 5.0],
        }
    )
    return RiskModel(fitted(LEAVING), fitted(LOSING), MOVES, population, BANDS, NAMES, window=12, lag=1)


def simulated(model, regime, horizon, *, each=200_000, seed=5):
    """Follow many customers month by month, as the definition says; share who left by the horizon."""
    random = np.random.default_rng(seed)
    moves = model.moves / model.moves.sum(axis=2, keepdims=True)
    left, total = 0.0, model.population["customers"].sum()
    experienced = list(range(regime.experiences))
    for group in model.population.itertuples():
        usage = np.full(each, group.usage)
        there, gone = np.ones(each, bool), np.zeros(each, bool)
        for month in range(1, horizon + 1):
            counted = range(month - model.lag - model.window + 1, month - model.lag + 1)
            exposure = min(2, sum(j in experienced for j in counted))
            band = np.searchsorted(BANDS, group.tenure_months + month, side="right") - 1
            lost = there & (random.random(each) < chance(LOSING, band, None, 0, group.segment))
            hazards = [chance(LEAVING, band, u, exposure, group.segment) for u in range(3)]
            leaves = there & ~lost & (random.random(each) < np.array(hazards)[usage])
            gone |= leaves
            there &= ~lost & ~leaves
            exposed = int(regime.reacts and month - 1 in experienced)
            bounds = np.cumsum(moves[exposed][usage], axis=1)
            usage = (random.random(each)[:, None] > bounds).sum(axis=1)
        left += gone.mean() * group.customers / total
    return left


def chance(coefficients, band, usage, exposure, segment):
    names = [f"tenure[{BAND_NAMES[band]}]", f"exposure[{NAMES['exposure'][exposure]}]", f"segment[{segment}]"]
    names += [] if usage is None else [f"usage[{NAMES['usage'][usage]}]"]
    predictor = coefficients["intercept"] + sum(coefficients.get(name, 0) for name in names)
    return 1 - np.exp(-np.exp(predictor))


@pytest.mark.parametrize("name", list(REGIMES))
def test_recursion_equals_a_simulation_of_its_definition(model, name):
    risks = standardised_risks(model, horizon=12)
    # 200,000 simulated customers a group: the error of the simulated share is about .0006.
    assert risks.share(name).value == pytest.approx(simulated(model, REGIMES[name], 12), abs=0.0022)


@pytest.mark.parametrize(
    ("window", "lag", "horizon"),
    [(6, 1, 12), (3, 1, 12), (12, 2, 12), (12, 1, 24), (3, 2, 10), (1, 1, 6), (2, 4, 9), (6, 1, 6)],
)
@pytest.mark.parametrize("name", ["1", "2", "direct.2"])
def test_other_windows_lags_and_horizons_equal_their_simulation_too(model, window, lag, horizon, name):
    other = replace(model, window=window, lag=lag)
    found = standardised_risks(other, horizon=horizon).share(name).value
    # The same error of the simulated share as above.
    assert found == pytest.approx(simulated(other, REGIMES[name], horizon), abs=0.0022)


def test_an_experience_is_forgotten_when_the_window_has_passed():
    twice = Regime(2)
    assert [twice.exposure(t, window=3, lag=1) for t in range(1, 7)] == [1, 2, 2, 1, 0, 0]
    assert [twice.exposure(t, window=12, lag=2) for t in range(1, 5)] == [0, 1, 2, 2]
    assert [twice.exposure(t, window=1, lag=1) for t in range(1, 5)] == [1, 1, 0, 0]
    assert [Regime(0).exposure(t, window=12, lag=1) for t in (1, 12)] == [0, 0]


def test_constant_hazard_is_one_minus_its_power(model):
    plain = replace(
        model,
        leaving=fitted({"intercept": np.log(-np.log(1 - 0.02))}),
        losing=None,
        moves=np.ones((2, 1, 1)),
        names=NAMES | {"usage": ["all"]},
        population=pd.DataFrame({"usage": [0], "tenure_months": [5], "customers": [7.0]}),
    )
    assert standardised_risks(plain, horizon=12).share("0").value == pytest.approx(1 - 0.98**12, rel=1e-12)
    half = standardised_risks(plain, horizon=6).paths["0"]
    assert half.to_numpy() == pytest.approx(1 - 0.98 ** np.arange(1, 7), rel=1e-12)


def test_a_logit_hazard_is_an_odds(model):
    plain = replace(
        model,
        leaving=fitted({"intercept": np.log(0.02 / 0.98)}, link="logit"),
        losing=None,
        moves=np.ones((2, 1, 1)),
        names=NAMES | {"usage": ["all"]},
        population=pd.DataFrame({"usage": [0], "tenure_months": [5], "customers": [7.0]}),
    )
    assert standardised_risks(plain, horizon=12).share("0").value == pytest.approx(1 - 0.98**12, rel=1e-12)


def test_without_reaction_total_and_direct_are_the_same(model):
    still = replace(model, moves=np.stack([MOVES[0], MOVES[0]]))
    risks = standardised_risks(still, horizon=12)
    for k in "12":
        assert risks.difference(k, f"direct.{k}").value == pytest.approx(0, abs=1e-15)


def test_an_interval_of_the_hazard_widens_with_its_error(model):
    narrow = standardised_risks(model, horizon=12)
    wide = standardised_risks(replace(model, leaving=fitted(LEAVING, error=0.2)), horizon=12)
    for read in (lambda r: r.share("2"), lambda r: r.difference("2", "0"), lambda r: r.ratio("2", "0")):
        assert read(wide).high - read(wide).low > read(narrow).high - read(narrow).low


@pytest.fixture
def dated(model):
    """Return the model with a calendar, and with an exposure of its own at the last usage level."""
    added = {
        "period[2]": 1.1,
        "period[3]": -0.4,
        f"{AT_UNKNOWN_USAGE}[1]": 0.3,
        f"{AT_UNKNOWN_USAGE}[2+]": 0.6,
    }
    return replace(model, leaving=fitted(LEAVING | added), calendar={"1": 0.5, "2": 0.2, "3": 0.3}, window=6)


def test_months_ahead_are_the_average_of_the_calendar(dated):
    """One group followed by hand; the hazard of a month is the average over the periods."""
    one = replace(dated, population=dated.population.iloc[[2]], losing=None)
    shares = MOVES / MOVES.sum(axis=2, keepdims=True)
    for name, regime in REGIMES.items():
        there, left = np.eye(3)[2], 0.0
        for month in range(1, 13):
            exposure = regime.exposure(month, window=6, lag=1)
            band = np.searchsorted(BANDS, 11 + month, side="right") - 1
            base = LEAVING["intercept"] + LEAVING.get(f"tenure[{BAND_NAMES[band]}]", 0)
            base += np.array([0, LEAVING["usage[mid]"], LEAVING["usage[high]"]])
            base += (0, 0.5, 1.2)[exposure] + np.array([0, 0, (0, 0.3, 0.6)[exposure]])
            parts = [w * -np.expm1(-np.exp(base + add)) for w, add in ((0.5, 0), (0.2, 1.1), (0.3, -0.4))]
            leaving = np.sum(parts, axis=0)
            left += there @ leaving
            there = (there * (1 - leaving)) @ shares[int(regime.reacts and month - 1 < regime.experiences)]
        assert standardised_risks(one, horizon=12).share(name).value == pytest.approx(left, rel=1e-12)


def test_a_calendar_that_changes_nothing_is_none(model):
    flat = replace(model, leaving=fitted(LEAVING | {"period[2]": 0.0}), calendar={"1": 0.4, "2": 0.6})
    found, expected = (standardised_risks(m, horizon=12).paths for m in (flat, model))
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)


@pytest.mark.parametrize(
    ("window", "lag", "horizon"),
    [(12, 1, 12), (6, 1, 12), (3, 1, 12), (12, 2, 12), (12, 1, 24), (3, 2, 10)],
)
@pytest.mark.parametrize("kind", ["plain", "dated"])
def test_gradients_equal_small_differences(model, dated, kind, window, lag, horizon):
    """Central differences of 1e-5 are exact to about 1e-9 for derivatives of order 1e-2."""
    model = replace(dated if kind == "dated" else model, window=window, lag=lag)
    risks = standardised_risks(model, horizon=horizon)
    for which, attribute in enumerate(("leaving", "losing")):
        fit = getattr(model, attribute)
        offset = which * len(model.leaving.names)
        for place in range(len(fit.coefficients)):
            step = np.zeros(len(fit.coefficients))
            step[place] = 1e-5
            moved = [replace(fit, coefficients=fit.coefficients + side) for side in (step, -step)]
            up, down = (
                standardised_risks(replace(model, **{attribute: other}), horizon=horizon) for other in moved
            )
            expected = (up.paths.iloc[-1] - down.paths.iloc[-1]) / 2e-5
            assert risks.gradients[offset + place].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-8)


def test_errors_equal_the_spread_of_redrawn_estimates(model):
    """Redraw hazards and transitions from their errors; 400 draws know a spread to about 4 %."""
    random = np.random.default_rng(3)
    risks = standardised_risks(model, horizon=12)
    differences = []
    for _ in range(400):
        moves = np.array(
            [[random.multinomial(int(row.sum()), row / row.sum()) for row in part] for part in MOVES], float
        )
        drawn = [
            replace(fit, coefficients=random.multivariate_normal(fit.coefficients, fit.covariance))
            for fit in (model.leaving, model.losing)
        ]
        again = standardised_risks(replace(model, leaving=drawn[0], losing=drawn[1], moves=moves), horizon=12)
        differences.append(again.paths["2"].iloc[-1] - again.paths["0"].iloc[-1])
    found = risks.difference("2", "0")
    assert (found.high - found.low) / 3.92 == pytest.approx(np.std(differences), rel=0.14)


def test_a_level_never_seen_after_an_experience_moves_as_without_one(model):
    sparse = MOVES.copy()
    sparse[1, 2] = 0
    expected = np.stack([MOVES[0], np.vstack([MOVES[1, :2], MOVES[0, 2:]])])
    found = standardised_risks(replace(model, moves=sparse), horizon=12).share("2").value
    assert found == pytest.approx(
        standardised_risks(replace(model, moves=expected), horizon=12).share("2").value
    )


def test_a_share_of_nobody_has_no_interval():
    assert log_log_interval(0.0, 0.0) == Estimate(0.0, None, None)


def test_log_log_interval_stays_between_nothing_and_everybody():
    value, low, high = log_log_interval(0.98, 0.03)
    assert 0 < low < value < high < 1
