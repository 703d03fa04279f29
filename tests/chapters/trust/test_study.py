"""What chapter 2 computes about those who answer, from what chapter 3 has computed."""

import numpy as np
import pytest

from cxlib.chapters.satisfaction import results as satisfaction
from cxlib.chapters.satisfaction import study as scores
from cxlib.chapters.trust import results as trust
from cxlib.chapters.trust.study import Study
from cxlib.language import Message
from tests.chapters.tiny import answers, customers, opened, tickets
from tests.chapters.trust.companies import followed, lopsided


def test_both_chapters_weight_the_answers_once(tmp_path, monkeypatch):
    fitted, fit = [], scores.response_weights
    monkeypatch.setattr(scores, "response_weights", lambda *given: fitted.append(1) or fit(*given))
    data = lopsided(tmp_path)
    results = [satisfaction.nps(data), trust.score_gap(data), trust.balance(data), trust.methods(data)]
    assert all(result.available for result in results)
    assert len(fitted) == 1
    assert data.once(Study).scores is data.once(scores.Study)


def test_the_gap_is_that_of_the_scores_of_chapter_3(tmp_path):
    data = lopsided(tmp_path)
    shown = satisfaction.nps(data)
    gap = data.once(Study).gap
    assert gap.raw.value == pytest.approx(shown.figure("nps").value)
    assert gap.weighted.value == pytest.approx(shown.figure("nps.weighted").value, rel=1e-5)
    assert gap.difference.value == pytest.approx(gap.raw.value - gap.weighted.value)
    assert trust.score_gap(data).table["value"].tolist() == [gap.raw.value, gap.weighted.value]


def test_the_surveys_own_weights_leave_the_balance_without_its_weighted_column(tmp_path):
    people = [*customers(100, segment="a"), *customers(100, start=100, segment="b")]
    surveys = [*answers(9, 40, weight=1.0), *answers(None, 60, start=40, weight=1.0)]
    surveys += [*answers(0, 40, start=100, weight=3.0), *answers(None, 60, start=140, weight=3.0)]
    data = opened(tmp_path, surveys=surveys, customers=people)
    assert satisfaction.nps(data).figure("nps.weighted").value == pytest.approx(-50)
    result = trust.balance(data)
    assert result.table["weighted"].isna().all()
    assert not any("Weighted:" in text.text("en") for text in result.method)


@pytest.mark.parametrize(("minimum", "found"), [(60, True), (61, False)])
def test_groups_smaller_than_the_setting_says_are_not_compared(tmp_path, minimum, found):
    # 100 answered, 60 did not; 4 were not asked and join them.
    surveys = [*answers(9, 100), *answers(None, 56, start=100)]
    data = opened(
        tmp_path,
        surveys=surveys,
        customers=customers(160),
        tickets=tickets(40),
        definitions={"minimum_group": minimum},
    )
    compared = data.once(Study).compared("tickets")
    assert isinstance(compared, Message) is not found
    if found:
        assert compared.table["people"].tolist() == [100, 60]


def test_one_person_is_compared_with_nobody(tmp_path):
    surveys = [*answers(9, 1), *answers(None, 30, start=1)]
    data = opened(
        tmp_path,
        surveys=surveys,
        customers=customers(31),
        tickets=tickets(31),
        definitions={"minimum_group": 1},
    )
    assert "Too few customers" in trust.silent(data, "tickets").absent["bias.tickets"].text("en")


def test_people_without_a_single_bill_have_no_monthly_revenue(tmp_path):
    bill = [{"customer_id": f"c{i}", "month": "2026-10-01", "revenue": 30} for i in range(20)]
    surveys = [*answers(9, 20), *answers(None, 20, start=20)]
    data = opened(tmp_path, surveys=surveys, customers=customers(40), billing=bill)
    assert "Too few customers" in trust.silent(data, "revenue").absent["bias.revenue"].text("en")


def test_only_observed_months_tell_who_answered(tmp_path):
    # Asked in July, before the first observed month, and in September.
    early = answers(9, 50, month="2026-07")
    late = [*answers(9, 20, start=50, month="2026-09"), *answers(None, 30, start=70, month="2026-09")]
    options = {"surveys": [*early, *late], "customers": customers(100), "tickets": tickets(40)}
    everything = opened(tmp_path / "all", **options).once(Study).compared("tickets")
    assert everything.table.set_index("group")["people"].to_dict() == {"answered": 70, "silent": 30}
    data = opened(tmp_path / "since", definitions={"observed_since": "2026-08"}, **options)
    found = data.once(Study).compared("tickets")
    assert found.table["people"].tolist() == [20, 30, 50]
    # 40 tickets of customers c0 to c39, none of whom was asked in the observed months.
    assert found.table["value"].tolist() == pytest.approx([0, 0, 12 * 40 / (50 * 3)])
    result = trust.silent(data, "tickets")
    assert "in the 3 months up to October 2026" in result.text("en")
    assert "in den 3 Monaten bis Oktober 2026" in result.text("de")
    for language, words in (("en", ("twelve", "12 months", "the year up")), ("de", ("zwölf", "im Jahr bis"))):
        said = result.text(language) + " ".join(text.text(language) for text in result.method)
        assert not any(word in said for word in words), said


def test_one_observed_month_is_named(tmp_path):
    options = {"customers": customers(100), "tickets": tickets(40)}
    surveys = [*answers(9, 20), *answers(None, 30, start=20)]
    data = opened(tmp_path, surveys=surveys, definitions={"observed_since": "2026-10"}, **options)
    result = trust.silent(data, "tickets")
    assert "answered a survey in October 2026 opened" in result.text("en")
    assert "die im Oktober 2026 eine Befragung" in result.text("de")
    assert result.method[0].text("en").startswith("Tickets of the last month.")
    assert "relational surveys of 1 month:" in result.method[1].text("en")


def test_without_relational_surveys_all_count_and_it_is_said(tmp_path):
    surveys = [*answers(5, 20, instrument="csat"), *answers(None, 30, start=20, instrument="csat")]
    data = opened(tmp_path, surveys=surveys, customers=customers(50), tickets=tickets(40))
    result = trust.silent(data, "tickets")
    assert result.table["people"].tolist() == [20, 30]
    assert "by surveys of every kind" in result.method[1].text("en")
    assert "nach Befragungen jeder Art" in result.method[1].text("de")


def test_an_unknown_measure_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="'weight' is not known; choose one of churn, revenue"):
        trust.silent(followed(tmp_path), "weight")


def test_all_that_cannot_be_said_is_said_in_german(tmp_path):
    asked = {"surveys": answers(9, 40), "customers": customers(60)}
    given = {
        "customers alone": {"customers": customers(30), "tickets": tickets(20)},
        "answers alone": {"surveys": [row | {"customer_id": None} for row in answers(9, 40)]},
        "nobody left": asked,
        "few": {"surveys": answers(9, 5), "customers": customers(60), "tickets": tickets(20)},
        "snapshot": {"snapshot": [{"churned": i < 30} for i in range(60)], "as_of": "2026-10"},
    }
    found = []
    for name, tables in given.items():
        data = opened(tmp_path / name, **tables)
        shown = [trust.score_gap(data), trust.balance(data), trust.coverage(data), trust.freshness(data)]
        shown += [trust.methods(data), trust.set_aside(data)]
        shown += [trust.silent(data, measure) for measure in ("churn", "revenue", "tickets", "experiences")]
        found += [reason for result in shown for reason in result.absent.values()]
        found += [sentence for result in shown for sentence in result.sentences]
    said = {message.text("en") for message in found}
    for part in ("Without a list", "belong to known customers", "no customer who left", "no revenue by"):
        assert any(part in text for text in said), part
    for part in ("no support tickets by", "no negative experiences by", "Too few customers", "no course of"):
        assert any(part in text for text in said), part
    assert any("None of the four ways" in text for text in said)
    assert all(message.text("de") != message.text("en") for message in found)


def test_groups_hold_every_customer_of_the_month_once(tmp_path):
    table = followed(tmp_path).once(Study).compared("churn").table
    assert table["people"].sum() == 350
    assert np.isfinite(table[["value", "low", "high"]]).all(axis=None)
