"""The claim card 50/80."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from cxlib.language import LANGUAGES
from tests.chapters.churn.by_source import company, draw, with_known_end
from tests.panel.customer_months import FIRST, opened


def card(result, language="en"):
    return " ".join(line.text(language) for _, line in result.lines)


def test_claim_card_names_claim_source_measure_and_verdicts(data):
    result = churn.claim(data)
    heads = [head.text("en") for head, _ in result.lines]
    assert heads[:4] == [
        "The claim",
        "Where it comes from",
        "What we measured instead",
        "What experiences are known from",
    ]
    assert "After one, as worded" in heads and "After several, because of them" in heads
    assert {figure.id: figure.verdict for figure in result.figures}.keys() == set(FIGURES.of("churn.claim"))
    assert result.table["way"].unique().tolist() == ["naive", "observed", "generous", "risk"]


def test_none_of_four_hundred_who_left_contradicts():
    tables = draw({"failure": 1}, customers=400, leaving=0)
    # Some leave before they have one, so that leaving is not unknown to the data.
    leavers = pd.DataFrame(
        {"customer_no": 400 + np.arange(30), "start_no": FIRST, "end_no": FIRST + 5, "end_type": "voluntary"}
    ).assign(segment="private", region="north")
    people = pd.concat([tables["customers"], leavers.astype({"end_no": "Int64"})])
    result = churn.claim(company(tables | {"customers": people}))
    assert result.figure("claim.zendesk.1").verdict == "contradicted"
    known = len(with_known_end(tables))
    high = 1 - 0.025 ** (1 / known)
    assert result.table.query("way == 'observed'")["high"].iloc[0] == pytest.approx(high)
    assert f"at most {high:.1%} left (upper limit)" in card(result)


@pytest.mark.parametrize(("followed", "verdict"), [(29, None), (30, "contradicted")])
def test_thirty_followed_for_the_whole_period_are_asked_for(followed, verdict):
    tables = draw({"failure": 1}, customers=400, leaving=0.002)
    known = with_known_end(tables)
    some = known[known["end_no"].isna() | (known["end_no"] > known["month_no"])]["customer_no"].head(followed)
    late = tables["negative_experiences"]
    late = late[~late["customer_no"].isin(known["customer_no"])]
    kept = tables["negative_experiences"]["customer_no"].isin(some)
    result = churn.claim(
        company(tables | {"negative_experiences": pd.concat([tables["negative_experiences"][kept], late])})
    )
    if verdict is None:
        assert "Too few customers were followed" in result.absent["claim.zendesk.1"].text("en")
    else:
        assert result.figure("claim.zendesk.1").verdict == verdict


def test_a_company_in_which_nearly_all_leave_is_judged_too():
    tables = draw({"failure": 1}, customers=600, leaving=0.25)
    result = churn.claim(company(tables))
    after = churn.after(company(tables)).figure("churn.after12.1")
    assert 80 < after.low < 100 * (1 - 0.75**12)
    assert result.figure("claim.zendesk.1").verdict == "not decidable"
    assert "reaches below" not in card(result)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("horizon", [1, 6, 18])
def test_the_verdict_names_its_period_and_that_the_claim_names_none(tables, language, horizon):
    result = churn.claim(opened(tables, zendesk={"horizon_months": horizon}))
    period = {
        ("en", 1): "within 1 month",
        ("de", 1): "innerhalb von 1 Monat",
        ("en", 6): "within 6 months",
        ("de", 6): "innerhalb von 6 Monaten",
        ("en", 18): "within 18 months",
        ("de", 18): "innerhalb von 18 Monaten",
    }[language, horizon]
    unnamed = {"en": "the claim names no period", "de": "die Behauptung nennt keinen Zeitraum"}[language]
    sentence = result.sentences[0].text(language)
    note = result.figure("claim.zendesk.1").note.text(language)
    line = next(text for head, text in result.lines if head.text("en") == "After one, as worded")
    for said in (sentence, note, line.text(language)):
        assert period in said
        assert unnamed in said


def test_too_few_who_left_are_not_said_to_stand_out(tables):
    """With a few dozen customers the months before leaving tell nothing, in either direction."""
    people = tables["customers"]
    left = people.query("end_type == 'voluntary' and end_no - start_no > 14")["customer_no"][:25]
    few = people[people["end_no"].isna() | people["customer_no"].isin(left)]
    result = churn.claim(opened(tables | {"customers": few}, zendesk={"shares": [0.01, 0.01]}))
    assert "stand out" not in card(result)
    assert "too few left to tell whether contacts about a notice" in card(result)
    # Nothing was compared, so no check of a comparison failed.
    assert "marginal structural model that the rule asks for has not checked" not in card(result)


def test_few_who_left_do_not_keep_a_claim_from_being_contradicted(tables):
    data = opened(tables, zendesk={"minimum_events": 5_000})
    result = churn.claim(data)
    assert {figure.verdict for figure in result.figures} == {"contradicted"}
