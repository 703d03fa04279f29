"""What a placebo outcome says."""

import pytest

from cxlib.stats.verdicts import PLACEBO_STATES, placebo_state


@pytest.mark.parametrize(
    ("p_value", "uppers", "state"),
    [
        (0.009, (1.1, 1.1), "moved"),
        (0.5, (1.2, 1.24), "quiet"),
        (0.5, (1.2, 1.25), "too imprecise"),
    ],
)
def test_the_placebo_has_three_states(p_value, uppers, state):
    assert placebo_state(p_value, uppers) == state
    assert state in PLACEBO_STATES


def test_the_limit_of_a_quiet_placebo_is_the_one_given():
    assert placebo_state(0.5, (1.2, 1.24), limit=1.2) == "too imprecise"
