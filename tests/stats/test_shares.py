"""Groups by number of experiences: put together, named, and large enough to show."""

import pandas as pd
import pytest

from cxlib.stats.intervals import wilson
from cxlib.stats.shares import capped, largest_shown, shares_by_experience

COUNTS = pd.DataFrame({"experiences": [0, 1, 2, 4], "customers": [600, 40, 20, 6], "gone": [60, 5, 4, 3]})


def test_groups_are_sums_and_remember_their_highest_number():
    groups = capped(COUNTS, 1)
    assert groups["customers"].tolist() == [600, 66]
    assert groups["gone"].tolist() == [60, 12]
    assert groups["highest"].tolist() == [0, 4]


@pytest.mark.parametrize(
    ("most", "open_from", "names"),
    [
        (4, None, ["0", "1", "2", "4"]),
        (2, None, ["0", "1", "2+"]),
        (1, None, ["0", "1+"]),
        (4, 4, ["0", "1", "2", "4+"]),
    ],
)
def test_a_group_is_open_where_more_are_in_it_or_it_is_said_to_be(most, open_from, names):
    table = shares_by_experience(capped(COUNTS, most), open_from=open_from)
    assert table["experiences"].tolist() == names


def test_shares_have_wilsons_interval_and_mean_months():
    months = COUNTS.assign(months_observed=[6000, 800, 500, 200])
    table = shares_by_experience(capped(months, 2))
    assert table.loc[2, ["share", "low", "high"]].tolist() == pytest.approx(list(wilson(7, 26)))
    assert table["months_observed"].tolist() == pytest.approx([10.0, 20.0, 700 / 26])


@pytest.mark.parametrize(("least", "most"), [(6, 4), (7, 2), (26, 2), (27, 1), (66, 1), (67, 0)])
def test_each_group_shown_has_the_least_number_of_customers(least, most):
    assert largest_shown(COUNTS, least) == most
