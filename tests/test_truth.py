"""The kit finds again what simulated companies of 20,000 customers were drawn with.

The seeds were fixed before the first look at any result and are not the sample's.
"""

import pytest
from scipy.stats import binom

from cxlib.chapters import figures_by_topic
from tests.truth import beside_truth

SEEDS = (1101, 1202, 1303)
# A correct figure leaves +-3.5 standard errors once in 2,000 times.
MOST_STANDARD_ERRORS = 3.5
# Ratios and intervals of a company depend on each other; about 25 of them are roughly distinct.
DISTINCT_PER_COMPANY = 25
REQUIRED = {
    id
    for figures in figures_by_topic().values()
    for id, figure in figures.items()
    if figure.has_truth and figure.interval
}
# Its interval has one end, the nearer one.
ONE_SIDED = {"churn.evalue"}


@pytest.fixture(scope="module")
def companies(tmp_path_factory):
    return {
        seed: beside_truth(tmp_path_factory.mktemp("truth") / "company", customers=20_000, seed=seed)
        for seed in SEEDS
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_with_a_truth_is_compared(companies, seed):
    assert set(companies[seed].index) == REQUIRED - ONE_SIDED


@pytest.mark.parametrize("seed", SEEDS)
def test_no_figure_is_further_from_its_truth_than_chance_allows(companies, seed):
    honest = companies[seed].query("expect != 'missed'")
    wrong = honest[honest["z"].abs() > MOST_STANDARD_ERRORS]
    assert wrong.empty, wrong


def test_intervals_miss_the_truth_no_more_often_than_they_say(companies):
    honest = [table.query("expect != 'missed'") for table in companies.values()]
    missed = sum(int(table["missed"].sum()) for table in honest)
    assert missed <= binom.ppf(0.999, DISTINCT_PER_COMPANY * len(SEEDS), 0.05), honest


@pytest.mark.parametrize("seed", SEEDS)
def test_the_naive_hazard_ratios_miss_the_planted_effect(companies, seed):
    naive = companies[seed].loc[["churn.hr.naive.1", "churn.hr.naive.2"]]
    assert (naive["expect"] == "missed").all()
    assert (naive["z"] > 2.5).all(), naive
