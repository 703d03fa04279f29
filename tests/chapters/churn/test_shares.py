"""The naive table: what it counts, when it warns, and what it is called."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.churn import charts
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from tests.panel.customer_months import FIRST, LAST, opened


def counts_of(tables):
    """Return the naive table by plain pandas."""
    customers = tables["customers"]
    months = tables["negative_experiences"].drop_duplicates(["customer_no", "month_no"])
    times = customers["customer_no"].map(months.groupby("customer_no").size()).fillna(0).clip(upper=2)
    in_window = customers["start_no"] < LAST
    return customers[in_window].groupby(times[in_window])["end_no"].agg(["size", "count"])


def test_naive_counts_customers_by_months_with_an_experience(data, tables):
    result = churn.naive(data)
    expected = counts_of(tables)
    assert result.table["customers"].tolist() == expected["size"].tolist()
    assert result.table["gone"].tolist() == expected["count"].tolist()
    assert [figure.id for figure in result.figures] == list(FIGURES.of("churn.naive"))
    assert "does not say what a negative experience does" in result.text("en")


def test_groups_of_few_customers_are_put_together(tables):
    bad = tables["negative_experiences"].drop_duplicates("customer_no")
    more = bad.head(3).assign(month_no=lambda rows: rows["month_no"] + 1)
    data = opened(tables | {"negative_experiences": pd.concat([bad, more])})
    result = churn.naive(data)
    assert result.table["experiences"].tolist() == ["0", "1+"]
    assert "one or more months of negative experience" in result.text("en")
    assert set(result.absent) == {"churn.share.1", "churn.share.2"}


def test_naive_warns_of_the_time_needed_to_collect_experiences(data):
    warnings = " ".join(warning.text("en") for warning in churn.naive(data).warnings)
    assert "immortal time" in warnings
    assert "low usage" in warnings


def test_the_first_month_alone_gives_a_table_and_no_more(tables):
    first = opened(tables, months=(FIRST, FIRST))
    assert churn.naive(first).available
    assert not churn.hazard(first).available


def null_tables(seed=4):
    """Draw a company in which experiences change nothing: customers followed 12 to 24 months."""
    random = np.random.default_rng(seed)
    customers = 16_000
    follow_up = random.integers(12, 25, customers)
    months = np.arange(24)
    hazards = 1 / (1 + np.exp(3.6 + 0.25 * np.log1p(months)))
    leaves = random.random((customers, 24)) < hazards
    left_in = np.where(leaves.any(axis=1), leaves.argmax(axis=1), 99)
    gone = left_in < follow_up
    observed = np.where(gone, left_in + 1, follow_up)
    had = (random.random((customers, 24)) < 1 / (1 + np.exp(3.0))) & (months < observed[:, None])
    start = LAST - follow_up
    person, month = np.nonzero(had)
    ends = pd.array(np.where(gone, start + observed, -1), dtype="Int64")
    people = pd.DataFrame({"customer_no": np.arange(customers), "start_no": start, "end_no": ends})
    people["end_no"] = people["end_no"].mask(~gone)
    people["end_type"] = np.where(gone, "voluntary", None)
    experiences = {"customer_no": person, "month_no": start[person] + 1 + month}
    return {"customers": people, "negative_experiences": pd.DataFrame(experiences)}


def test_the_naive_table_of_data_without_any_effect_falls_and_is_called_wrong():
    result = churn.naive(opened(null_tables(), controls=(), months=(LAST - 24, LAST)))
    # Means of 300 companies without an effect; here one of 16,000 customers, standard errors about .006.
    assert result.table["share"].tolist() == pytest.approx([0.359, 0.183, 0.103], abs=0.02)
    warnings = " ".join(warning.text("en") for warning in result.warnings)
    assert "immortal time" in warnings
    assert "even falls with the number of experiences" in warnings


def snapshot(counts):
    rows = [(number, i < gone) for number, (customers, gone) in counts.items() for i in range(customers)]
    return {"snapshot": pd.DataFrame(rows, columns=["negative_count", "churned"])}


def test_a_snapshot_is_shown_by_exact_count_and_called_exploratory():
    counts = {0: (600, 60), 1: (400, 41), 2: (200, 20), 3: (100, 45), 4: (30, 15), 5: (6, 3)}
    result = churn.naive(opened(snapshot(counts)))
    assert result.table["experiences"].tolist() == ["0", "1", "2", "3", "4+"]
    assert result.table["customers"].tolist() == [600, 400, 200, 100, 36]
    assert "exploratory" in result.warnings[0].text("en")
    assert "largest step lies between 2 and 3" in result.text("en")
    assert result.figure("churn.share.2").n == 336
    assert charts.shares(result).get_label().startswith("Share who left")
