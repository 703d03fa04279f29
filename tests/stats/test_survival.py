"""Survival estimators equal the published numbers of R's lung data, and count late entry right."""

import re
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.errors import ModelError
from cxlib.stats import survival
from cxlib.stats.intervals import clopper_pearson, wilson
from tests.environment import ROOT

EXACT = 1e-8  # the published digits


@pytest.fixture(scope="module")
def lung():
    return pd.read_csv(ROOT / "tests/reference/lung.csv")


def curve(lung, interval):
    table = survival.life_table(lung["time"], lung["status"] == 2)
    return table["time"], survival.kaplan_meier(table["at_risk"], table["events"], interval=interval)


def test_kaplan_meier_equals_the_published_curve(lung):
    times, found = curve(lung, "log-log")
    assert survival.survival_at(180, times, found).value == pytest.approx(0.7216706534, abs=EXACT)
    year = survival.survival_at(365, times, found)
    assert year.value == pytest.approx(0.4092416245, abs=EXACT)
    assert (year.low, year.high) == pytest.approx((0.338714, 0.478381), abs=1e-6)  # printed to six places
    assert found.loc[times <= 365, "error"].iloc[-1] == pytest.approx(0.0358236382, abs=EXACT)


@pytest.mark.parametrize(("interval", "expected"), [("log", (310, 285, 363)), ("log-log", (310, 284, 361))])
def test_the_median_equals_the_published_one(lung, interval, expected):
    assert survival.median(*curve(lung, interval)) == expected


def test_the_median_is_the_middle_of_a_stretch_at_one_half():
    """Of n customers one leaves at each of the times 1 to n: half are here from n / 2 to n / 2 + 1."""
    for n in range(2, 399, 2):
        times = np.arange(1, n + 1)
        found = survival.median(times, survival.kaplan_meier(n + 1 - times, np.ones(n)))
        assert found.value == Fraction(n + 1, 2), n


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ([1, 1, 1, 1], 2.5),
        ([1, 1, 0, 0], 2),
        ([2, 0, 1, 1], 2),
        ([1, 0, 2, 1], 3),
        ([2, 0, 0, 2], 2.5),
        ([3, 0, 0, 1], 1),
    ],
)
def test_the_median_of_four_customers(left, expected):
    """At times 1 to 4; where the curve ends at one half the stretch has no end, and its beginning stands."""
    at_risk = 4 - np.concatenate([[0], np.cumsum(left)[:-1]])
    assert survival.median([1, 2, 3, 4], survival.kaplan_meier(at_risk, left)).value == expected


def test_a_limit_at_one_half_is_the_middle_of_its_stretch():
    curve = pd.DataFrame(
        {"survival": [0.8, 0.6, 0.4], "low": [0.5 + 1e-12, 0.5, 0.2], "high": [0.9, 0.5, 0.5]}, dtype=float
    )
    assert survival.median([10, 20, 40], curve) == (40, 25, 20)


def test_telephone_customers_by_months_on_a_monthly_contract(real_data):
    """Arithmetic on a table without dates, as others print it; no statement about customers."""
    rows = pd.read_csv(real_data / "telco_ibm/Telco-Customer-Churn.csv").query(
        "Contract == 'Month-to-month' and tenure > 0"
    )
    table = survival.life_table(rows["tenure"], rows["Churn"] == "Yes")
    found = survival.kaplan_meier(table["at_risk"], table["events"])
    shares = [survival.survival_at(months, table["time"], found).value for months in (12, 24)]
    assert shares == pytest.approx([0.7031, 0.5859], abs=5e-5)


def test_log_rank_equals_the_published_test(lung):
    times = np.unique(lung["time"])
    tables = [survival.life_table(g["time"], g["status"] == 2, times=times) for _, g in lung.groupby("sex")]
    found = survival.log_rank([t["at_risk"] for t in tables], [t["events"] for t in tables])
    assert found.statistic == pytest.approx(10.32674195, abs=EXACT)
    assert found.p == pytest.approx(0.0013111646, abs=EXACT)
    assert found.degrees == 1


def test_late_entry_joins_the_risk_set_after_its_entry():
    # Entry at 5 is not at risk at 5, but at 6; exit at 8 is at risk at 8.
    table = survival.life_table([5, 8, 8], [True, True, False], entry=[0, 5, 2])
    assert table["at_risk"].tolist() == [2.0, 2.0]
    assert table["events"].tolist() == [1.0, 1.0]
    assert table["censored"].tolist() == [0.0, 1.0]


def test_counts_stand_for_rows(lung):
    kinds = lung.groupby(["time", "status"]).size().reset_index(name="n")
    one = survival.life_table(lung["time"], lung["status"] == 2)
    other = survival.life_table(kinds["time"], kinds["status"] == 2, counts=kinds["n"])
    pd.testing.assert_frame_equal(one, other)


def test_statsmodels_agrees_on_late_entry(lung):
    from statsmodels.duration.survfunc import SurvfuncRight

    entry = np.minimum(lung["time"] - 1, (lung["age"] % 7) * 30)
    table = survival.life_table(lung["time"], lung["status"] == 2, entry=entry)
    found = survival.kaplan_meier(table["at_risk"], table["events"])
    theirs = SurvfuncRight(lung["time"], lung["status"] == 2, entry=entry)
    places = table["time"].isin(theirs.surv_times)
    assert found.loc[places, "survival"].to_numpy() == pytest.approx(theirs.surv_prob, abs=1e-12)


@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.booleans(), st.integers(0, 39), st.integers(1, 50)), min_size=1
    ).filter(lambda kinds: any(exit > entry for exit, _, entry, _ in kinds))
)
def test_the_curve_falls_and_its_interval_holds_it(kinds):
    exit, left, entry, counts = map(list, zip(*kinds, strict=True))
    table = survival.life_table(exit, left, entry=entry, counts=counts)
    assert (table["at_risk"] >= table["events"] + table["censored"] - 1e-9).all()
    found = survival.kaplan_meier(table["at_risk"], table["events"])
    shares = found["survival"].to_numpy()
    assert (np.diff(shares) <= 1e-12).all() and ((shares >= 0) & (shares <= 1)).all()
    known = found.dropna()
    assert (known["low"] <= known["survival"]).all() and (known["survival"] <= known["high"]).all()


def test_nothing_is_said_beyond_the_last_time():
    table = survival.life_table([3, 6], [True, False])
    found = survival.kaplan_meier(table["at_risk"], table["events"])
    assert survival.survival_at(2, table["time"], found) == (1.0, None, None)
    assert survival.survival_at(6, table["time"], found).value == 0.5
    with pytest.raises(ModelError, match="ends at time 6; nothing is known about time 7"):
        survival.survival_at(7, table["time"], found)


def test_where_nobody_or_everybody_left_the_limits_come_from_those_at_risk():
    table = survival.life_table([1, 2, 3], [False, True, True], counts=[20, 60, 40])
    counts = table["at_risk"], table["events"]
    found = survival.bounded(survival.kaplan_meier(*counts), *counts)
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx([1 - wilson(0, 120).high, 1.0])
    assert found.loc[2, ["low", "high"]].tolist() == pytest.approx([0.0, wilson(0, 40).high])
    assert found.loc[1, "low"] == survival.kaplan_meier(table["at_risk"], table["events"]).loc[1, "low"]


def test_without_censoring_the_beta_product_limit_is_that_of_clopper_and_pearson():
    low = survival.beta_product_lower([40, 37, 37, 25], [3, 0, 12, 5], [37, 37, 25, 20])
    expected = [1 - clopper_pearson(gone, 40).high for gone in (3, 3, 15, 20)]
    assert low == pytest.approx(expected, abs=1e-12)


def test_one_who_leaves_early_does_not_narrow_what_few_tell_later():
    """Of 1,000 customers 970 were seen for a month only; the other 30 tell of all that comes later."""
    early = np.array([1000.0, *[30.0] * 11])
    limits = []
    for left in (0.0, 1.0, 2.0):
        counts = early, np.array([left, *[0.0] * 11])
        limits.append(survival.bounded(survival.kaplan_meier(*counts), *counts)["low"].iloc[-1])
    assert limits == sorted(limits, reverse=True)
    assert limits[1] == pytest.approx(1 - clopper_pearson(0, 30).high, abs=0.002)


def test_a_median_that_is_never_reached_is_missing():
    table = survival.life_table([3, 6, 6, 6], [True, False, False, False])
    found = survival.median(table["time"], survival.kaplan_meier(table["at_risk"], table["events"]))
    assert np.isnan(found.value) and found.high is None


REFUSED = {
    "Nobody is at risk": lambda: survival.life_table([2], [True], entry=[2]),
    "Nobody left": lambda: survival.log_rank([[3.0], [2.0]], [[0.0], [0.0]]),
    "curve ends at time 3": lambda: survival.survival_at(
        5, [3], survival.kaplan_meier(pd.Series([2.0]), pd.Series([1.0]))
    ),
}


@pytest.mark.parametrize(("message", "call"), REFUSED.items())
def test_what_cannot_be_estimated_is_refused_in_both_languages(call, message):
    with pytest.raises(ModelError, match=message) as refusal:
        call()
    german = refusal.value.reason.text("de")
    assert german != refusal.value.reason.text("en") and not re.search(r"\b(the|is|nobody|of)\b", german)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: survival.kaplan_meier([1.0], [2.0]), "More customers leave than are at risk"),
        (lambda: survival.kaplan_meier([2.0], [1.0], interval="plain"), "'plain' is not known"),
        (lambda: survival.log_rank([[3.0]], [[1.0]]), "two groups or more"),
        (lambda: survival.log_rank([3.0, 2.0], [1.0, 0.0]), "two groups or more"),
    ],
)
def test_a_wrong_call_is_an_error_of_the_caller(call, message):
    with pytest.raises(ValueError, match=message):
        call()
