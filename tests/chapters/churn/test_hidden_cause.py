"""How strong a hidden cause would have to be, beside the measured ones."""

import re
from types import SimpleNamespace

import pytest

import cxlib as cx
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.hidden_cause import hidden_cause
from cxlib.chapters.churn.study import Study
from cxlib.company import simulate
from cxlib.company import write_dataset as write
from cxlib.estimate import Estimate
from cxlib.language import LANGUAGES
from cxlib.panel.causes import measured_causes
from cxlib.stats.sensitivity import limit_nearer_to_one
from tests.panel.customer_months import draw_tables, opened


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


def more_often_low(data):
    """Count how many times as often months with an experience have low usage as months without."""
    shares = data.sql(
        """
        SELECT
            avg(CAST(units < 10 AS INTEGER)) FILTER (negative.month_no IS NOT NULL) AS experienced,
            avg(CAST(units < 10 AS INTEGER)) FILTER (negative.month_no IS NULL) AS others
        FROM billing
        LEFT JOIN (SELECT DISTINCT customer_no, month_no FROM negative_experiences) AS negative
            ON billing.customer_no = negative.customer_no AND billing.month_no = negative.month_no
        """
    ).iloc[0]
    return shares["experienced"] / shares["others"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("whole", "limit", "outcome"), [(1.3, 1.2, 0), (2.05, 1.9, 1), (2.05, 1.4, 2)])
def test_a_cause_as_strong_as_usage_could_explain_it_or_not_or_make_it_unsure(
    usual, language, whole, limit, outcome
):
    effects = Study(usual).effects
    usage = measured_causes(effects, "1")[0]
    assert usage.control == "usage"
    assert usage.experiences == pytest.approx(more_often_low(usual), rel=0.01)
    assert 1.4 < usage.factor < 1.9
    risks = SimpleNamespace(paths={"1": None}, ratio=lambda *_: Estimate(whole, limit, 2.4))
    said = words(hidden_cause(risks, effects), language)
    could = {
        "en": (
            "as strong as usage could explain",
            "as strong as usage could not explain",
            "as strong as usage could make the difference unsure, but not explain the whole",
        ),
        "de": (
            "„Nutzung“, könnte den Unterschied erklären",
            "„Nutzung“, könnte den Unterschied nicht erklären",
            "„Nutzung“, könnte den Unterschied unsicher machen",
        ),
    }[language]
    assert [text in said for text in could] == [outcome == place for place in range(3)]


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
        weaker = {"en": "One of the two may be weaker if the other is stronger", "de": "darf schwächer sein"}
        assert weaker[language] in said


def test_the_checks_put_each_measured_cause_beside_the_limit(usual):
    study = Study(usual)
    table = churn.trust(usual).shown("en").set_index("Check")
    row = table.loc["A hidden cause as strong as usage"]
    for level, regime, head in (("1", "1", "after one"), ("2+", "2", "after two or more")):
        cause = measured_causes(study.effects, level)[0]
        found = study.risks.ratio(regime, "0")
        limit = limit_nearer_to_one(found)
        # One experience: usage is tied to it as strongly as would explain all; several: it is not.
        explains = {"1": True, "2+": False}[level]
        assert (cause.factor >= found.value, cause.factor < limit) == (explains, not explains)
        told = f"could ({cause.factor:.2f} against {found.value:.2f})"
        assert row[head] == (told if explains else f"could not ({cause.factor:.2f} against {limit:.2f})")
