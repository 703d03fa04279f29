from dataclasses import replace

import numpy as np
import pytest

from cxlib.company.parameters import CHOICES, Parameters, band_of, planted
from cxlib.errors import DataError


def test_hazard_ratios_of_the_exposure_are_the_planted_ones():
    rate = -np.log1p(-Parameters().leave_table())
    ratio = rate[..., 1:] / rate[..., :1]
    assert ratio[..., 0] == pytest.approx(np.exp(0.5))
    assert ratio[..., 1] == pytest.approx(np.exp(1.2))


def test_rows_of_the_usage_transitions_and_start_shares_sum_to_one():
    assert Parameters().usage_table().sum(axis=2) == pytest.approx(1)
    assert sum(Parameters().start_usage) == pytest.approx(1)


def test_units_of_the_levels_do_not_overlap():
    (_, low), (mid, until), (high, _) = Parameters().units
    assert low < mid <= until < high


def test_involuntary_hazard_is_about_sixteen_in_ten_thousand():
    assert Parameters().lose_table().mean() == pytest.approx(0.0016, rel=0.1)


def test_the_start_month_and_tenure_edges_fall_into_their_bands():
    assert band_of(np.array([0, 1, 3, 4, 12, 13, 24, 25, 48, 49, 90]), Parameters().bands).tolist() == [
        0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4,
    ]  # fmt: skip


def test_calendar_factors_are_hazard_ratios_and_ratios_of_chances_in_their_month_alone():
    p = replace(Parameters(), leave_calendar=(1.0, 3.0), experience_calendar=(1.0, 6.0, 0.5))
    rate = [-np.log1p(-p.leave_table(row)) for row in (0, 1, 2)]
    assert rate[1] / rate[0] == pytest.approx(3)
    assert (rate[2] == rate[0]).all()
    assert p.experience_table(1) / p.experience_table(0) == pytest.approx(6)
    assert p.experience_table(2) / p.experience_table(-1) == pytest.approx(0.5)
    assert (p.experience_table(3) == Parameters().experience_table()).all()


def test_no_chance_of_an_experience_is_above_one():
    p = replace(Parameters(), experience_calendar=(20.0,))
    assert p.experience_table(0).max() == 1
    assert p.experience_table(0).min() == pytest.approx(20 * 0.015)


def test_no_effect_means_none_directly_and_none_through_usage():
    p = planted(effect="none")
    assert p.leave_exposure == (0, 0, 0)
    assert p.usage_after == p.usage_calm


def test_reversed_effect_turns_the_signs():
    assert planted(effect="reversed").leave_exposure == (0, -0.5, -1.2)


def test_no_feedback_means_usage_does_not_react():
    assert planted(feedback="none").usage_after == Parameters().usage_calm
    assert planted().usage_after != Parameters().usage_calm


def test_no_confounding_means_experiences_at_every_usage_alike():
    assert set(planted(confounding="none").experience) == {0.048}


def test_a_hidden_trait_brings_experiences_and_both_kinds_of_ends():
    p = planted(confounding="hidden")
    assert (p.trait_share, p.experience_trait) == (0.3, 3.0)
    assert np.exp([p.leave_trait, p.lose_trait]) == pytest.approx([2.5, 3.0])
    assert planted().trait_share == 0


@pytest.mark.parametrize("option", CHOICES)
def test_an_unknown_choice_is_refused_by_name(option):
    with pytest.raises(DataError, match=rf"{option} is 'some'; expected one of none"):
        planted(**{option: "some"})
