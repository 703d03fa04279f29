"""What a placebo outcome says."""

import pytest

from cxlib.stats.verdicts import PLACEBO_STATES, placebo_state


@pytest.mark.parametrize(
    ("p_value", "limits", "state"),
    [
        (0.009, (0.9, 1.1, 0.9, 1.1), "moved"),
        (0.5, (0.81, 1.2, 0.9, 1.24), "quiet"),
        (0.5, (0.9, 1.2, 0.9, 1.25), "too imprecise"),
        (0.02, (0.70, 0.80, 0.78, 0.90), "too imprecise"),
        (0.02, (0.79, 1.01, 0.95, 1.1), "too imprecise"),
        (0.5, (0.8, 1.1), "too imprecise"),
    ],
)
def test_the_placebo_has_three_states_on_both_sides_of_one(p_value, limits, state):
    assert placebo_state(p_value, limits) == state
    assert state in PLACEBO_STATES


@pytest.mark.parametrize("limits", [(0.9, 1.24), (0.81, 1.1)])
def test_the_limit_of_a_quiet_placebo_is_the_one_given(limits):
    assert placebo_state(0.5, limits) == "quiet"
    assert placebo_state(0.5, limits, limit=1.2) == "too imprecise"
    assert placebo_state(0.5, limits, limit=1.5) == "quiet"
