"""The models of the chapter: which levels they keep, what they refuse, and what they say of usage."""

from dataclasses import replace

import numpy as np
import pytest

from cxlib.errors import ModelError
from cxlib.estimate import Z95
from cxlib.panel.effects import (
    confounded,
    exposure_by_usage,
    fit_effects,
    hazard_ratio,
    placebo_reading,
    reason_without_level,
    risks_after,
)
from cxlib.panel.panel import count_panel
from tests.panel.customer_months import FIRST, LAST, design, opened
from tests.panel.known_truth import MONTHS, draw_company, opened_company

PLANTED = (0.5, 1.2)


@pytest.fixture(scope="module")
def panel(tables):
    return count_panel(opened(tables).arrow, design())


@pytest.fixture(scope="module")
def effects(panel):
    return fit_effects(panel, segments=("segment",), minimum_events=10)


def test_a_ratio_is_the_exponential_of_its_coefficient(effects):
    place = effects.adjusted.position("exposure[1]")
    value, error = effects.adjusted.coefficients[place], effects.adjusted.errors[place]
    expected = np.exp([value, value - Z95 * error, value + Z95 * error])
    assert hazard_ratio(effects.adjusted, "exposure[1]") == pytest.approx(tuple(expected))


def test_levels_with_fewer_ends_than_asked_for_are_left_out(panel):
    ends = panel.cells().totals("exposure")["events"].sort_values()
    assert ends.index[0] == "2+"
    kept = fit_effects(panel, segments=(), minimum_events=int(ends.iloc[0]) + 1)
    assert "exposure[1]" in kept.adjusted.names and "exposure[2+]" not in kept.adjusted.names
    assert list(risks_after(kept, horizon=6).paths) == ["0", "1", "direct.1"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "in the 5 months that end 3 months before"),
        ("de", "in den 5 Monaten bis 3 Monate davor"),
    ],
)
def test_too_few_ends_are_refused_in_the_words_of_the_window(tables, language, words):
    few = count_panel(opened(tables).arrow, design(window=5, lag=3))
    with pytest.raises(ModelError, match="Too few customers left for a comparison") as refused:
        fit_effects(few, segments=(), minimum_events=10_000)
    assert words in refused.value.reason.text(language)


def test_more_terms_than_ends_allow_are_refused(panel, monkeypatch):
    monkeypatch.setattr("cxlib.panel.effects.LEAST_EVENTS_PER_PARAMETER", 10_000)
    with pytest.raises(ModelError, match="are too few to estimate") as refused:
        fit_effects(panel, segments=(), minimum_events=10)
    assert "zu wenige" in refused.value.reason.text("de")


def test_experiences_that_go_with_low_usage_and_leaving_confound(panel):
    shares = exposure_by_usage(panel)
    assert shares["low"] > shares["mid"] > shares["high"]
    assert confounded(panel)
    assert not confounded(replace(panel, moves=np.ones_like(panel.moves)))


def test_a_placebo_has_a_state_or_is_absent(effects):
    calm = replace(effects, placebo_p=0.5)
    assert placebo_reading(calm, limit=1e6) == "quiet"
    assert placebo_reading(calm, limit=1e-6) == "too imprecise"
    assert placebo_reading(replace(effects, placebo_p=0.001), limit=1e6) == "moved"
    assert placebo_reading(replace(effects, placebo=None), limit=1.25) == "absent"


def test_nobody_to_follow_is_refused(effects):
    empty = replace(effects.panel, active=np.zeros_like(effects.panel.active))
    with pytest.raises(ModelError, match="known usage in it to start from") as refused:
        risks_after(replace(effects, panel=empty), horizon=12)
    assert "damit fehlt der Ausgangspunkt" in refused.value.reason.text("de")


def test_one_month_of_memory_cannot_hold_two_experiences(tables):
    single = fit_effects(count_panel(opened(tables).arrow, design(window=1)), segments=(), minimum_events=10)
    assert "exposure[2+]" not in single.adjusted.names
    assert "of a single month" in reason_without_level("2+", 1).text("en")
    assert "Too few" in reason_without_level("2+", 2).text("en")


def unknown_in(tables, hidden):
    """Return the tables without the billing rows that `hidden` (bool, one per row) chooses."""
    return tables | {"billing": tables["billing"][~hidden]}


def before_leaving(tables, *, share, months=1):
    """Return which billing rows are of the last months before a voluntary end, for a share of them."""
    people = tables["customers"].set_index("customer_no").loc[tables["billing"]["customer_no"]]
    back = people["end_no"].to_numpy(dtype=float, na_value=np.nan) - tables["billing"]["month_no"].to_numpy()
    chosen = tables["billing"]["customer_no"].to_numpy() % 100 < 100 * share
    return chosen & (people["end_type"] == "voluntary").to_numpy() & (back > 0) & (back <= months)


def of_share(tables, share, *, whole_customers):
    """Return which billing rows are unknown at random: all rows of some customers, or some rows of all."""
    random = np.random.default_rng(8)
    number = tables["billing"]["customer_no"].to_numpy()
    chance = random.random(number.max() + 1)[number] if whole_customers else random.random(len(number))
    return chance < share


@pytest.fixture(scope="module")
def company():
    return draw_company(501, effect=PLANTED)


def effects_of(tables):
    panel = count_panel(opened_company(tables).arrow, design(controls=(), bucket=100_000))
    return fit_effects(panel, segments=(), minimum_events=10)


SIGNS_OF_LEAVING = {
    "no bill in the month before": lambda t: before_leaving(t, share=0.6),
    "no bill in the month before, for a few": lambda t: before_leaving(t, share=0.1),
    "no bill in the three months before": lambda t: before_leaving(t, share=0.6, months=3),
    "all bills of leavers erased": lambda t: before_leaving(t, share=0.6, months=99),
    "no bill in the month before, and some unknown at random": lambda t: (
        before_leaving(t, share=0.6) | of_share(t, 0.1, whole_customers=False)
    ),
}


@pytest.mark.parametrize("case", list(SIGNS_OF_LEAVING))
def test_usage_unknown_because_of_leaving_is_refused(company, case):
    with pytest.raises(ModelError, match="unknown usage is a sign of leaving") as refused:
        effects_of(unknown_in(company, SIGNS_OF_LEAVING[case](company)))
    assert "ein Zeichen der Kündigung" in refused.value.reason.text("de")
    assert "too few customers" not in refused.value.reason.text("en").lower()


@pytest.mark.parametrize(
    ("share", "whole_customers", "level"),
    [(0.03, False, False), (0.12, False, True), (0.4, False, True), (0.15, True, True)],
)
def test_ratios_hold_where_usage_is_unknown_at_random(company, share, whole_customers, level):
    hidden = of_share(company, share, whole_customers=whole_customers)
    effects = effects_of(unknown_in(company, hidden))
    assert effects.panel.unknown_level is level
    assert effects.panel.ends_lost == pytest.approx(share, abs=0.02)
    for name, planted in zip(("exposure[1]", "exposure[2+]"), PLANTED, strict=True):
        place = effects.adjusted.position(name)
        # Taken as one more level of usage alone, 40 % unknown would be off by six errors.
        assert abs(effects.adjusted.coefficients[place] - planted) < 3.5 * effects.adjusted.errors[place]


def test_risks_with_unknown_usage_are_near_those_of_full_knowledge(company):
    full = risks_after(effects_of(company), horizon=12)
    part = effects_of(unknown_in(company, of_share(company, 0.12, whole_customers=False)))
    risks = risks_after(part, horizon=12)
    assert list(risks.paths) == ["0", "1", "2"]
    assert part.panel.population["customers"].sum() == company["customers"]["end_no"].isna().sum()
    for name in risks.paths:
        share = full.share(name)
        # The same customers, an eighth of their months seen less sharply: within the error of either.
        assert abs(risks.share(name).value - share.value) < (share.high - share.low) / 2


def test_risks_are_refused_where_most_usage_is_unknown(company):
    effects = effects_of(unknown_in(company, of_share(company, 0.4, whole_customers=False)))
    with pytest.raises(ModelError, match="cannot be compared at equal usage") as refused:
        risks_after(effects, horizon=12)
    assert "nicht bei gleicher Nutzung" in refused.value.reason.text("de")


def test_usage_known_outside_the_months_looked_at_alone_is_refused(company):
    early = company["billing"]["month_no"] >= LAST
    with pytest.raises(ModelError, match="In none of the months looked at") as refused:
        effects_of(company | {"billing": company["billing"][early]})
    assert "In keinem der betrachteten Monate" in refused.value.reason.text("de")


def test_few_ends_leave_the_calendar_out(tables):
    few = tables | {"customers": tables["customers"].assign(end_type="involuntary")}
    left = few["customers"]["end_no"].notna() & (few["customers"]["customer_no"] % 25 == 0)
    few["customers"].loc[left, "end_type"] = "voluntary"
    effects = fit_effects(
        count_panel(
            opened(few).arrow, design(controls=(), usage_column=None, usage_edges=(), tenure_bands=(1,))
        ),
        segments=(),
        minimum_events=2,
    )
    assert not effects.by_period
    assert list(effects.calendar.values()) == [1.0]


def test_one_cohort_has_no_calendar_beside_its_tenure(tables):
    people = tables["customers"].assign(start_no=FIRST)
    bands = tuple(range(1, 36))
    plan = design(controls=(), usage_column=None, usage_edges=(), tenure_bands=bands)
    effects = fit_effects(
        count_panel(opened(tables | {"customers": people}).arrow, plan), segments=(), minimum_events=10
    )
    assert len(effects.calendar) > 1 and not effects.by_period


@pytest.mark.parametrize(("shared", "entangled"), [(True, True), (False, False)])
def test_experiences_of_everybody_in_one_month_are_told(shared, entangled):
    outage = {month: 0.0 for month in MONTHS} | {FIRST + 20: 1000.0} if shared else {}
    tables = draw_company(504, joining=100, experiences=outage)
    plan = design(controls=(), usage_column=None, usage_edges=(), bucket=100_000)
    effects = fit_effects(count_panel(opened_company(tables).arrow, plan), segments=(), minimum_events=10)
    assert effects.entangled is entangled
