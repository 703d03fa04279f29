"""Cohorts are compared at the same age, once all of their customers have reached it."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.retention.cohort_shares import cohort_shares, cohorts, there_by_age
from tests.chapters.retention.small import company, purchase
from tests.chapters.tiny import customers, opened


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return cohorts(company(tmp_path_factory.mktemp("company")))


def test_cohorts_stand_only_where_the_whole_cohort_has_reached_the_age(result):
    cells = result.parts["cells"].set_index(["cohort", "months"])["share"]
    assert cells["2025-06", 0] == 1.0
    assert cells["2025-06", 8] == 1.0
    assert cells["2025-06", 9] == 0.9
    assert cells["2025-06", 16] == pytest.approx(0.7)
    assert ("2025-06", 17) not in cells
    assert np.isnan(cells["2025-08", 3]), "a cohort of nine is hidden"


def test_the_smallest_group_is_that_of_the_dataset(tmp_path):
    result = cohorts(company(tmp_path, minimum_group=9))
    cells = result.parts["cells"].set_index(["cohort", "months"])["share"]
    assert cells["2025-08", 3] == 1.0
    assert "holds 9 or more customers" in result.method[0].text("en")
    assert "9 oder mehr Kunden" in result.method[0].text("de")


def test_quarters_wait_for_their_last_month():
    counts = pd.DataFrame(
        {"start_no": [100, 100, 100, 102, 102], "months": [0, 1, 2, 0, 1], "there": [50, 40, 30, 50, 45]}
    )
    # Months 100 to 102 are the quarter that begins in month 100 (100 % 3 == 1).
    shares = cohort_shares(counts, 100, 103, quarters=True, minimum=10).set_index("months")
    assert shares["customers"].tolist() == [100, 100]
    assert shares.loc[1, "share"] == pytest.approx(0.85)
    later = cohort_shares(counts, 101, 103, quarters=True, minimum=10)
    assert later.empty, "a quarter that began before the data is incomplete"


def test_at_age_nought_everybody_counts_who_started():
    lives = pd.DataFrame(
        {"start_no": [100, 100, 99], "end_no": [100, np.nan, np.nan], "customers": [3, 5, 7]}
    )
    table = there_by_age(lives, 100, 102)
    assert table.values.tolist() == [[100, 0, 8], [100, 1, 5], [100, 2, 5]]
    assert there_by_age(lives, 101, 102).empty


def test_purchase_cohorts_count_who_bought_in_that_very_month(tmp_path):
    rows = [purchase(f"c{i}", "2026-01-10") for i in range(20)]
    rows += [purchase(f"c{i}", "2026-03-10") for i in range(5)]
    rows += [purchase(f"d{i}", "2026-02-10") for i in range(20)] + [purchase("d0", "2026-10-30")]
    share = cohorts(opened(tmp_path, purchases=rows)).parts["cells"].set_index(["cohort", "months"])["share"]
    assert share["2026-01", 2] == 0.25
    assert share["2026-02", 8] == 0.05


def test_one_month_is_said_as_one(tmp_path):
    rows = [*customers(40, began="2026-08-05"), *customers(40, start=40, began="2026-09-05")]
    result = cohorts(
        opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2026-08"})
    )
    assert result.text("en").startswith("1 month after the start between 100.0%")
    assert result.text("de").startswith("1 Monat nach dem Beginn")
    assert list(result.shown("de"))[2:] == ["+1 Monat", "+2 Monate"]
