from typing import get_args

import numpy as np
import pytest

from cxlib.errors import ModelError
from cxlib.stats.value import (
    CHANGES,
    Curve,
    Tail,
    beyond_data,
    customer_value,
    expected_renewals,
    fit_sbg,
    gain,
    gradient,
    margin_elasticity,
    margin_multiple,
    reichheld_profit,
    reichheld_value,
    retention,
    sbg_survival,
    survival,
    theta,
    yearly_profit,
)

# Fader and Hardie (2007): customers left after each year, of 1000.
HIGH_END = np.array([1000, 869, 743, 653, 593, 551, 517, 491])
REGULAR = np.array([1000, 631, 468, 382, 326, 289, 262, 241])


def fitted(counts):
    return fit_sbg(counts[:-1], counts[:-1] - counts[1:])


@pytest.fixture
def curve():
    month = np.arange(60)
    return Curve(np.append(0.03, 0.014 * np.exp(-month / 60)), 8 + 6 * month / 60, 120.0)


@pytest.fixture
def sbg(curve):
    at_risk = np.linspace(3000, 800, 60).round()
    return fit_sbg(at_risk, at_risk * curve.hazards[1:])


@pytest.mark.parametrize(
    ("counts", "a", "b", "likelihood", "kept"),
    [(HIGH_END, 0.668088, 3.806095, -1611.1581, 0.3780), (REGULAR, 0.704077, 1.182043, -1680.2652, 0.1700)],
)
def test_sbg_equals_the_published_fit(counts, a, b, likelihood, kept):
    fit = fitted(counts)
    assert (fit.a, fit.b, fit.log_likelihood) == pytest.approx((a, b, likelihood), abs=1e-4)
    assert sbg_survival(fit.a, fit.b, [12])[0] == pytest.approx(kept, abs=1e-4)


@pytest.mark.parametrize(
    ("counts", "new", "renewing"),
    [
        (HIGH_END, 5.922254, {1: 5.414479, 2: 5.901378, 3: 6.293892, 8: 7.529628}),
        (REGULAR, 3.694908, {1: 2.964399, 2: 4.103140, 3: 4.869805, 8: 6.842315}),
    ],
)
def test_expected_renewals_equal_the_reference(counts, new, renewing):
    fit = fitted(counts)
    assert expected_renewals(fit.a, fit.b, rate=0.10) == pytest.approx(new, abs=1e-5)
    for renewals, value in renewing.items():
        found = expected_renewals(fit.a, fit.b, rate=0.10, renewals=renewals)
        assert found == pytest.approx(value, abs=1e-5)


def test_expected_renewals_are_the_discounted_survival_curve():
    periods = np.arange(1, 40_001)
    total = 1 + sbg_survival(0.7, 1.2, periods) @ 1.1 ** -periods.astype(float)
    assert expected_renewals(0.7, 1.2, rate=0.10) == pytest.approx(total, abs=1e-9)


def test_sbg_slopes_follow_the_counts(curve, sbg):
    at_risk = np.linspace(3000, 800, 60).round()
    moved = curve.hazards[1:].copy()
    moved[20] += 1e-6
    again = fit_sbg(at_risk, at_risk * moved)
    # a first-order slope over a step of 1e-6: the error is of the order of the step
    assert (again.a - sbg.a) / 1e-6 == pytest.approx(sbg.jacobian[0, 20], rel=1e-3)
    assert (again.b - sbg.b) / 1e-6 == pytest.approx(sbg.jacobian[1, 20], rel=1e-3)


def test_sbg_refuses_three_periods():
    with pytest.raises(ModelError, match="there are 3 periods and 35 ends"):
        fit_sbg([100, 80, 70], [20, 10, 5])


def test_sbg_refuses_a_company_that_nobody_leaves():
    with pytest.raises(ModelError, match="there are 12 periods and 0 ends"):
        fit_sbg(np.full(12, 1000), np.zeros(12))


def test_sbg_refuses_hazards_that_rise():
    with pytest.raises(ModelError, match="does not become rarer with tenure"):
        fit_sbg(np.full(12, 10_000), 100 + 10 * np.arange(12))


def test_sbg_settles_on_a_flat_ridge():
    """Where leaving hardly becomes rarer, rounding moves the point by about 1e-12 at every step for ever."""
    period = np.arange(1, 61)
    at_risk = np.linspace(2300, 1150, 60).round()
    for shift in range(20):
        wanted = at_risk * 2.285 / (2.285 + 144.9 + shift + period - 1)
        fit = fit_sbg(at_risk, wanted.round())
        a, b = fit.a, fit.b
        slopes = [
            wanted.round().sum() / a - (at_risk / (a + b + period - 1)).sum(),
            ((at_risk - wanted.round()) / (b + period - 1)).sum() - (at_risk / (a + b + period - 1)).sum(),
        ]
        # the likelihood's slope vanishes at its maximum; its terms are of the order of a thousand
        assert slopes == pytest.approx([0, 0], abs=1e-9)


REFUSALS = [
    lambda: theta(0.97, "plus5points"),
    lambda: fit_sbg([100, 80, 70], [20, 10, 5]),
    lambda: fit_sbg(np.full(12, 10_000), 100 + 10 * np.arange(12)),
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refusals_are_said_in_german(refusal):
    with pytest.raises(ModelError) as raised:
        refusal()
    assert raised.value.reason.text("de") != raised.value.reason.text("en")
    assert not set(raised.value.reason.text("de").lower().split()) & {"the", "of", "with", "and", "cannot"}


@pytest.mark.parametrize(("defection", "value"), [(0.20, 131.5), (0.10, 304.7), (0.05, 530.7)])
def test_published_values_come_back_with_fixed_lives(defection, value):
    assert reichheld_value(defection, rate=0.06, lives="deterministic") == pytest.approx(value, abs=0.05)


@pytest.mark.parametrize(
    ("defection", "value", "profit"), [(0.20, 93.6, 35.70), (0.10, 181.9, 44.90), (0.05, 271.8, 49.83)]
)
def test_values_fall_when_lives_differ(defection, value, profit):
    assert reichheld_value(defection, rate=0.10) == pytest.approx(value, abs=0.05)
    assert reichheld_profit(defection) == pytest.approx(profit, abs=0.05)


def test_five_points_are_not_five_percent_of_defections():
    points = reichheld_value(0.05, rate=0.06, lives="deterministic")
    points /= reichheld_value(0.10, rate=0.06, lives="deterministic")
    percent = reichheld_value(0.095, rate=0.10) / reichheld_value(0.10, rate=0.10)
    assert points - 1 == pytest.approx(0.742, abs=0.0005)
    assert percent - 1 == pytest.approx(0.038, abs=0.0005)


@pytest.mark.parametrize(("kept", "multiple"), [(0.6, 1.1538), (0.7, 1.6667), (0.8, 2.5), (0.9, 4.0909)])
def test_margin_multiple_and_elasticity(kept, multiple):
    assert margin_multiple(kept, 0.12) == pytest.approx(multiple, abs=1e-4)
    step = 1e-7
    slope = (np.log(margin_multiple(kept * (1 + step), 0.12)) - np.log(margin_multiple(kept, 0.12))) / step
    assert margin_elasticity(kept, 0.12) == pytest.approx(slope, abs=1e-4)


def test_elasticity_at_nine_in_ten():
    assert margin_elasticity(0.9, 0.12) == pytest.approx(5.0909, abs=1e-4)


def test_value_is_the_sum_a_reader_would_write_down():
    curve = Curve(np.array([0.3, 0.1, 0.2]), np.array([10.0, 20.0]), 5.0)
    expected = 0.7 * (10 * 1.21 ** (-0.5 / 12) + 0.9 * 20 * 1.21 ** (-1.5 / 12)) - 5
    assert customer_value(curve, rate=0.21) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("tail", "months"), [("flat", 12), ("even", 60)])
def test_a_tail_of_constant_leaving_equals_a_long_sum(curve, tail, months):
    last = slice(-12, None)
    kept = (1 - curve.hazards[-months:]).prod() ** (1 / months)
    longer = Curve(
        np.concatenate([curve.hazards, np.full(9_000, 1 - kept)]),
        np.concatenate([curve.margins, np.full(9_000, curve.margins[last].mean())]),
        120.0,
    )
    short = customer_value(curve, rate=0.10, tail=tail)
    assert short == pytest.approx(customer_value(longer, rate=0.10), abs=1e-8)
    assert yearly_profit(curve, tail=tail) == pytest.approx(yearly_profit(longer, tail="stop"), abs=1e-8)
    power = theta(retention(curve.hazards), "plus5points")
    then = customer_value(longer, rate=0.10, power=power)
    assert customer_value(curve, rate=0.10, tail=tail, power=power) == pytest.approx(then, abs=1e-8)


def test_yearly_profit_of_a_steady_base_is_what_the_formula_says(curve):
    kept = survival(curve.hazards)
    hazard = 1 - (1 - curve.hazards[-12:]).prod() ** (1 / 12)
    assert kept[0] == pytest.approx(0.97), "three in a hundred leave in the start month"
    beyond = kept[-1] / hazard
    margins = kept[:-1] @ curve.margins + curve.margins[-12:].mean() * beyond
    expected = 12 * (margins - 120) / (kept[:-1].sum() + beyond)
    assert yearly_profit(curve) == pytest.approx(expected, abs=1e-10)
    assert yearly_profit(curve, fixed_cost=30) == pytest.approx(expected - 30, abs=1e-10)


@pytest.mark.parametrize("change", CHANGES)
def test_the_power_of_the_curve_gives_the_retention_asked_for(curve, change):
    now = retention(curve.hazards)
    power = theta(now, change)
    assert retention(1 - (1 - curve.hazards) ** power) == pytest.approx(CHANGES[change](now), abs=1e-12)


def test_more_retention_is_worth_more_and_points_more_than_percent(curve):
    gains = {change: gain(customer_value, curve, change, rate=0.10) for change in CHANGES}
    assert 0 < gains["minus5percentchurn"] < gains["plus5percent"] < gains["plus5points"]
    assert 0 < gains["plus1point"] < gains["plus5points"]


def test_a_fifth_that_leaves_in_the_start_month_costs_a_fifth_of_what_is_earned():
    """As 100 customers won, of whom 80 begin the first month after the start."""
    usual = Curve(np.append(0.0, np.full(60, 0.01)), np.full(60, 12.0), 120.0)
    hit = usual._replace(hazards=np.append(0.2, usual.hazards[1:]))
    value = customer_value(usual, rate=0.10)
    assert customer_value(hit, rate=0.10) == pytest.approx(0.8 * (value + 120) - 120, abs=1e-9)
    assert retention(hit.hazards) == pytest.approx(0.8 * 0.99**12, abs=1e-12)
    assert survival(hit.hazards)[0] == pytest.approx(0.8)
    # A base of 80 customers-to-be for 100 won: each customer kept bears 120 / 0.8 for winning.
    dearer = yearly_profit(usual._replace(acquisition_cost=150.0))
    assert yearly_profit(hit) == pytest.approx(dearer, abs=1e-9)


def test_better_retention_saves_in_the_start_month_too():
    hit = Curve(np.append(0.2, np.zeros(12)), np.full(12, 10.0), 0.0)
    # Of 80 kept over twelve months 85: all of them were lost in the start month, and nowhere else.
    assert gain(customer_value, hit, "plus5points", rate=0.0) == pytest.approx(85 / 80 - 1, abs=1e-12)


def test_where_all_leave_in_the_start_month_nothing_is_earned():
    gone = Curve(np.append(1.0, np.full(12, 0.1)), np.full(12, 10.0), 7.0)
    assert customer_value(gone, rate=0.10) == -7
    assert retention(gone.hazards) == 0
    with pytest.raises(ModelError, match="cannot go from 0.0%"):
        gain(customer_value, gone, "plus5points", rate=0.10)


def test_retention_cannot_pass_one():
    with pytest.raises(ModelError, match=r"Retention cannot go from 97.0% to 102.0%"):
        theta(0.97, "plus5points")


def test_retention_needs_its_months():
    with pytest.raises(ValueError, match="the curve has 3"):
        retention(np.full(4, 0.1))


def test_sbg_tail_needs_its_fit(curve):
    with pytest.raises(ValueError, match="needs a fitted curve"):
        customer_value(curve, rate=0.10, tail="sbg")


def test_share_beyond_the_data(curve, sbg):
    assert beyond_data(curve, rate=0.10, tail="stop", observed=60) == 0
    shares = [beyond_data(curve, rate=0.10, tail="flat", observed=months) for months in (60, 72, 84)]
    whole = customer_value(curve, rate=0.10, tail="flat") + 120
    assert shares[0] == pytest.approx(1 - (customer_value(curve, rate=0.10) + 120) / whole, abs=1e-12)
    assert shares[0] > shares[1] > shares[2] > 0
    # customers of a curve that flattens stay longer than those with the last year's hazard
    assert beyond_data(curve, rate=0.10, tail="sbg", observed=60, sbg=sbg) > shares[0]


@pytest.mark.parametrize("tail", get_args(Tail))
@pytest.mark.parametrize("measure", [customer_value, yearly_profit])
def test_gradient_equals_differences(curve, sbg, tail, measure):
    options = {"tail": tail, "sbg": sbg} | ({"rate": 0.08} if measure is customer_value else {})

    def functional(c):
        return gain(measure, c, "plus5points", **options)

    slopes = gradient(functional, curve)
    step = 1e-6
    for month, part in ((0, 0), (0, 1), (11, 0), (12, 1), (35, 0), (35, 1), (60, 0), (59, 1)):
        high, low = ([a.copy() for a in curve[:2]] for _ in range(2))
        high[part][month] += step
        low[part][month] -= step
        slope = (functional(Curve(*high, 120.0)) - functional(Curve(*low, 120.0))) / (2 * step)
        # central differences of step 1e-6 lose about ten digits to rounding
        assert slopes[part][month] == pytest.approx(slope, rel=1e-4, abs=1e-8)
    slope = (functional(curve._replace(acquisition_cost=121.0)) - functional(curve)) / 1.0
    assert slopes.acquisition_cost == pytest.approx(slope, rel=0.02)
