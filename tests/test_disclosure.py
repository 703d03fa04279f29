"""Small groups are hidden, and no hidden number follows from what is shown."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.disclosure import hidden_groups, hide_small_groups, told


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ([50, 40, 30], [False, False, False]),
        ([50, 40, 3], [False, True, True]),  # alone, 3 would be total less 50 less 40
        ([50, 9, 8], [False, True, True]),
        ([50, 20, 3, 4], [False, True, True, True]),  # 3 + 4 are still fewer than ten
        ([50, 0, 12, 3], [False, False, True, True]),  # an empty group hides nothing
        ([3], [True]),
        ([], []),
    ],
)
def test_small_groups_are_hidden_with_company(people, hidden):
    assert hidden_groups(people, 10).tolist() == hidden


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(5, 20))
def test_what_is_hidden_together_is_no_small_group(people, minimum):
    people = np.array(people)
    hidden = hidden_groups(people, minimum)
    assert not ((people > 0) & (people < minimum) & ~hidden).any()
    if hidden.any() and people.sum() >= minimum and (people > 0).sum() >= 2:
        assert hidden.sum() >= 2 and people[hidden].sum() >= minimum


def test_values_of_hidden_groups_are_missing_and_told():
    table = pd.DataFrame({"group": list("abc"), "value": [0.1, 0.2, 0.3], "people": [3, 90, 40]})
    shown = hide_small_groups(table, ["value"], people="people", minimum=10)
    assert shown["hidden"].tolist() == [True, False, True]
    assert shown["value"].isna().tolist() == shown["people"].isna().tolist() == [True, False, True]
    assert table["people"].tolist() == [3, 90, 40]
    assert told(shown, 10)[0].text("en").startswith("2 groups are not shown: groups of fewer than 10 people")
    assert told(shown[~shown["hidden"]], 10) == ()


def test_one_hidden_group_is_one():
    alone = hide_small_groups(
        pd.DataFrame({"value": [0.1], "people": [3]}), ["value"], people="people", minimum=10
    )
    (message,) = told(alone, 10)
    assert message.text("en").startswith("1 group is not shown:")
    assert message.text("de").startswith("1 Gruppe wird nicht gezeigt:")
