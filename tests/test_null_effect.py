"""Companies in which a negative experience changes nothing: the kit finds nothing."""

import pytest
from scipy.stats import binom

from tests.truth import beside_truth

# Fixed before the first look at any result.
SEEDS = range(2101, 2111)
IDS = ["churn.hr.adjusted.1", "churn.hr.adjusted.2", "churn.risk12.diff.1", "churn.risk12.diff.2"]
NONE = {"churn.hr.adjusted.1": 1.0, "churn.hr.adjusted.2": 1.0}


@pytest.fixture(scope="module")
def companies(tmp_path_factory):
    return [
        beside_truth(
            tmp_path_factory.mktemp("none") / "company",
            customers=20_000,
            seed=seed,
            effect="none",
        )
        for seed in SEEDS
    ]


@pytest.mark.parametrize("id", IDS)
def test_intervals_exclude_none_no_more_often_than_chance_allows(companies, id):
    none = NONE.get(id, 0.0)
    rows = [table.loc[id] for table in companies]
    excluded = sum(not row["low"] <= none <= row["high"] for row in rows)
    assert excluded <= binom.ppf(0.999, len(rows), 0.05), rows
