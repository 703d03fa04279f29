"""How strong a hidden cause would have to be, beside the measured ones."""

import re

import numpy as np
import pytest

import cxlib as cx
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.hidden_cause import hidden_cause, measured_causes
from cxlib.chapters.churn.study import Study
from cxlib.company import simulate
from cxlib.company import write_dataset as write
from cxlib.language import LANGUAGES
from cxlib.stats.sensitivity import bounding_factor, limit_nearer_to_one
from tests.panel.customer_months import draw_tables, opened, rows_of


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    folder = tmp_path_factory.mktemp("usual") / "company"
    write(simulate(8_000, seed=77), folder)
    return cx.open_dataset(folder)


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("turned") / "company"
    write(simulate(8_000, seed=77, effect="reversed"), folder)
    return cx.open_dataset(folder)


def words(texts, language="en"):
    return " ".join(text.text(language) for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cause_as_strong_as_usage_could_not_explain_the_difference(usual, language):
    study = Study(usual)
    usage = measured_causes(study.effects, "1")[0]
    assert usage.control == "usage"
    # Counted apart: 53.9 % of the months with an experience have low usage, 26.6 % of those without.
    assert usage.experiences == pytest.approx(0.539 / 0.266, abs=0.01)
    said = words(hidden_cause(study.risks, study.effects), language)
    limit = limit_nearer_to_one(study.risks.ratio("1", "0"))
    assert usage.factor < limit
    assert {
        "en": "as strong as usage could not",
        "de": "so stark wie „Nutzung“, könnte den Unterschied nicht",
    }[language] in said


def test_occurrence_and_leaving_are_those_of_the_customer_months(tables):
    data = opened(tables)
    study = Study(data)
    rows = rows_of(tables)
    rows = rows[rows["usage"].notna()]
    counted = rows[rows["involuntary"] == 0].groupby(["region", "exposure"]).size().unstack() + 0.5
    shares = counted / counted.sum()
    region = next(cause for cause in measured_causes(study.effects, "2+") if cause.control == "region")
    assert region.experiences == pytest.approx((shares[2] / shares[0]).max(), rel=1e-9)
    fit = study.effects.adjusted
    logs = [0.0, *(c for n, c in zip(fit.names, fit.coefficients, strict=True) if n.startswith("region["))]
    assert region.leaving == pytest.approx(np.exp(max(logs) - min(logs)))
    assert region.factor == bounding_factor(region.experiences, region.leaving)


def test_where_experiences_protect_the_ratio_counts_downwards(turned):
    study = Study(turned)
    found = study.risks.ratio("1", "0")
    assert found.high < 1
    limit = limit_nearer_to_one(found)
    assert limit == 1 / found.high
    turned_round = {c.control: c for c in measured_causes(study.effects, "1", protective=True)}
    # A cause that feigns protection goes with the months without an experience.
    without, experienced = study.panel.moves.sum(axis=2)
    shares = without / without.sum(), experienced / experienced.sum()
    assert turned_round["usage"].experiences >= (shares[0] / shares[1]).max() * 0.99
    said = words(hidden_cause(study.risks, study.effects))
    could = turned_round["usage"].factor >= limit
    assert ("as strong as usage could explain" in said) == could
    assert ("as strong as usage could not explain" in said) == (not could)
    assert f"it takes {limit:.2f}" in said


def test_nothing_is_said_of_a_difference_that_may_be_none():
    drawn = draw_tables(customers=700, seed=3)
    drawn["negative_experiences"] = drawn["negative_experiences"].assign(source="failure")
    study = Study(opened(drawn))
    assert limit_nearer_to_one(study.risks.ratio("1", "0")) == 1
    assert hidden_cause(study.risks, study.effects) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_says_that_both_strengths_are_needed(usual, turned, language):
    for data in (usual, turned):
        said = words([*churn.risk(data).warnings, *churn.risk(data).method], language)
        assert not re.search(r"only if it|nur dann", said)
        weaker = {"en": "one of the two may be weaker if the other is stronger", "de": "darf schwächer sein"}
        assert weaker[language] in said


def test_the_checks_put_each_measured_cause_beside_the_limit(usual):
    study = Study(usual)
    table = churn.trust(usual).shown("en").set_index("Check")
    row = table.loc["A hidden cause as strong as usage"]
    for level, regime, head in (("1", "1", "after one"), ("2+", "2", "after two or more")):
        cause = measured_causes(study.effects, level)[0]
        limit = limit_nearer_to_one(study.risks.ratio(regime, "0"))
        assert row[head] == f"could not ({cause.factor:.2f} against {limit:.2f})"
