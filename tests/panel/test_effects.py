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
from tests.panel.customer_months import design, opened


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
