"""Hazard ratios in the report: three readings, and what stands in their way."""

import numpy as np
import pandas as pd

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from tests.panel.customer_months import FIRST, LAST, opened


def test_hazard_gives_three_readings_of_the_same_months(data):
    result = churn.hazard(data)
    assert {figure.id for figure in result.figures} == set(FIGURES.of("churn.hazard"))
    assert result.figure("churn.hr.adjusted.1").n == result.figure("churn.hr.naive.1").n
    assert type(result.fit.model.family.link).__name__ == "CLogLog"


def test_without_involuntary_ends_there_is_no_cross_check(tables):
    customers = tables["customers"].assign(end_type="voluntary")
    result = churn.hazard(opened(tables | {"customers": customers}))
    assert set(result.absent) == {"churn.hr.placebo.1", "churn.hr.placebo.2"}
    assert "no cross-check" in " ".join(w.text("en") for w in result.warnings)
    assert churn.risk(opened(tables | {"customers": customers})).available


def test_unknown_kinds_of_end_count_as_wanted_and_are_told(tables):
    customers = tables["customers"].assign(end_type=None).astype({"end_type": "string"})
    result = churn.hazard(opened(tables | {"customers": customers}))
    assert "not known whether the customer wanted to leave" in " ".join(w.text("en") for w in result.warnings)


def test_a_ratio_that_turns_round_when_adjusted_is_told():
    # The calm region has most of the experiences; within each region they go with leaving.
    random = np.random.default_rng(5)
    rate, hazard = {"calm": 0.5, "rough": 0.03}, {"calm": 0.004, "rough": 0.05}
    people, experiences = [], []
    for number in range(1500):
        region, end, bad = ("calm", "rough")[number % 2], None, set()
        for month in range(FIRST + 1, LAST + 1):
            recent = min(2, sum(month - 12 <= earlier < month for earlier in bad))
            if random.random() < hazard[region] * 1.6**recent:
                end = month
                break
            bad |= {month} if random.random() < rate[region] else set()
        people.append((number, FIRST, end, "voluntary" if end else None, "private", region))
        experiences += [(number, month, "failure") for month in bad]
    columns = ["customer_no", "start_no", "end_no", "end_type", "segment", "region"]
    customers = pd.DataFrame(people, columns=columns).astype({"end_no": "Int64"})
    bad = pd.DataFrame(experiences, columns=["customer_no", "month_no", "source"])
    data = opened({"customers": customers, "negative_experiences": bad}, usage=None)
    told = [warning.text("en") for warning in churn.hazard(data).warnings]
    assert sum(text.startswith("The effect turns round") for text in told) == 2


def test_no_ratio_turns_round_where_nothing_confounds(data):
    told = [warning.text("en") for warning in churn.hazard(data).warnings]
    assert not any("turns round" in text for text in told)


def test_without_usage_the_difference_may_come_from_it(tables):
    result = churn.hazard(opened({k: v for k, v in tables.items() if k != "billing"}))
    assert "how much customers use is not known" in result.text("en")
    assert "usage in the month before" not in result.text("en")


def test_similar_means_equal_in_what_the_dataset_controls(tables):
    result = churn.hazard(opened(tables, controls=("segment",), segments=()))
    assert "equal in tenure, usage in the month before, segment and calendar period." in result.text("en")
    assert "gleich in Kundendauer, Nutzung im Vormonat, Segment und Kalenderzeitraum." in result.text("de")
    naive = result.figure("churn.hr.naive.1").method.text("en")
    assert "on tenure band and the number of months" in naive
