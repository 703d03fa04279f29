"""Weights repair what they can see, and are refused where a few people would speak for many."""

import numpy as np
import pandas as pd
import pytest

from cxlib.errors import ModelError
from cxlib.stats.weighting import design_effect, merge_small_levels, response_weights


def cells(**columns):
    return pd.DataFrame(columns)


def test_weights_are_customers_per_answer_where_one_variable_tells_all():
    found = response_weights(
        cells(usage=[0, 1], active=[400, 100], invited=[200, 50], answered=[50, 25]), ["usage"]
    )
    assert found.values == pytest.approx([8.0, 4.0], abs=1e-6)
    assert found.trimmed == 0


def test_weights_are_trimmed_at_five_times_the_median():
    # 50 answers of weight 2 and 20 of weight 15, which is 7.5 times the median.
    found = response_weights(
        cells(usage=[0, 1], active=[100, 300], invited=[100, 300], answered=[50, 20]), ["usage"]
    )
    assert found.values == pytest.approx([2.0, 10.0], abs=1e-6)
    assert found.trimmed == 20


def test_everybody_who_answers_weighs_one():
    found = response_weights(
        cells(usage=[0, 1], active=[50, 60], invited=[50, 60], answered=[50, 60]), ["usage"]
    )
    assert found.values.tolist() == [1.0, 1.0]
    assert found.design_effect == pytest.approx(1.0)


def test_a_level_in_which_all_answer_is_no_obstacle():
    found = response_weights(
        cells(usage=[0, 1], active=[50, 60], invited=[50, 60], answered=[50, 30]), ["usage"]
    )
    assert found.values == pytest.approx([1.0, 2.0], abs=1e-3)


def test_two_variables_are_additive_on_the_logit_scale():
    usage, segment = np.meshgrid([0, 1, 2], [0, 1], indexing="ij")
    logit = -1.0 + 0.7 * usage - 0.4 * segment
    answered = 10_000 / (1 + np.exp(-logit))
    table = cells(
        usage=usage.ravel(),
        segment=segment.ravel(),
        active=np.full(6, 10_000.0),
        invited=np.full(6, 10_000.0),
        answered=answered.ravel(),
    )
    found = response_weights(table, ["usage", "segment"])
    assert found.values == pytest.approx(10_000 / answered.ravel(), rel=1e-6)


def test_few_answers_of_a_level_are_refused():
    with pytest.raises(ModelError, match="fewer than 10 answers"):
        response_weights(
            cells(usage=[0, 1], active=[400, 90], invited=[400, 90], answered=[50, 9]), ["usage"]
        )


def test_a_weight_far_above_the_others_is_refused():
    with pytest.raises(ModelError, match="20.0 times the median"):
        response_weights(
            cells(usage=[0, 1], active=[100, 400], invited=[100, 400], answered=[50, 10]), ["usage"]
        )


def test_rare_levels_join_the_most_frequent_one():
    table = cells(
        usage=[-1, 0, 1],
        active=[10, 500, 300],
        invited=[10, 500, 300],
        answered=[1, 90, 60],
        promoters=[1, 40, 30],
    )
    merged = merge_small_levels(table, ["usage"])
    assert merged["usage"].tolist() == [0, 1]
    assert merged[["active", "answered", "promoters"]].values.tolist() == [[510, 91, 41], [300, 60, 30]]


def test_a_large_level_without_answers_is_kept_to_be_refused():
    table = cells(usage=[0, 1], active=[500, 300], invited=[500, 300], answered=[90, 2])
    assert merge_small_levels(table, ["usage"])["usage"].tolist() == [0, 1]


def test_design_effect_is_kishs():
    weights, counts = np.array([1.0, 3.0]), np.array([3, 1])
    assert design_effect(weights, counts) == pytest.approx(4 * (3 * 1 + 9) / (3 + 3) ** 2)


def test_variables_that_tell_the_same_people_apart_count_once():
    table = cells(
        usage=[0, 1], plan=["a", "b"], active=[400, 100], invited=[200, 50], answered=[50, 25], copy=[1, 2]
    )
    assert response_weights(table, ["usage", "plan", "copy"]).values == pytest.approx([8, 4], abs=1e-6)


def test_refusals_speak_german():
    few = cells(usage=[0, 1], active=[400, 90], invited=[400, 90], answered=[50, 9])
    unequal = cells(usage=[0, 1], active=[100, 400], invited=[100, 400], answered=[50, 10])
    for table, german in ((few, "weniger als 10 Antworten"), (unequal, "das 20,0-Fache des Medians")):
        with pytest.raises(ModelError) as refused:
            response_weights(table, ["usage"])
        assert german in refused.value.reason.text("de")
