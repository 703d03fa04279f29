"""Chapter 2 on rows that can be counted by hand, and on companies whose truth is known."""

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.chapters.satisfaction import results as satisfaction
from cxlib.chapters.trust import charts
from cxlib.chapters.trust import counts as reach
from cxlib.chapters.trust import results as trust
from cxlib.chapters.trust.completeness import month_states
from cxlib.company import simulate, truth, write_dataset
from tests.chapters.tiny import answers, customers, opened
from tests.environment import ROOT


def tickets(n, *, start=0, month="2026-10", **columns):
    row = {"opened_at": f"{month}-03 09:00:00", "resolved_at": None} | columns
    return [{"ticket_id": f"t-{month}-{start + i}", "customer_id": f"c{start + i}"} | row for i in range(n)]


def words(result):
    return " ".join([result.text("en"), *(text.text("en") for _, text in result.lines)])


# ---------------------------------------------------------------- what came in


def test_rows_that_came_in_and_were_set_aside_are_figures(tmp_path):
    # An answer of 11, 100 good ones; customers without any fault.
    surveys = [*answers(9, 100), *answers(11, 1, start=100)]
    data = opened(tmp_path, surveys=surveys, customers=customers(120))
    result = trust.arrived(data)
    figures = {figure.id: figure.value for figure in result.figures}
    assert figures == {
        "data.rows.customers": 120,
        "data.rejected.customers": 0,
        "data.rows.surveys": 100,
        "data.rejected.surveys": 1,
    }
    assert "221 rows came in; 1 of them (0.45%)" in result.text("en")
    assert set(result.table["kind"]) == {"source", "table"}
    (row,) = trust.set_aside(data).table.itertuples()
    assert (row.name, row.column, row.reason, row.rows) == ("surveys", "score", "is off its scale", 1)


def test_nothing_set_aside_is_said(tmp_path):
    data = opened(tmp_path, tickets=tickets(20))
    assert "none had to be set aside" in trust.arrived(data).text("en")
    assert trust.set_aside(data).text("en") == "No row was set aside."


def test_findings_are_told_with_their_remedy(tmp_path):
    data = opened(tmp_path, surveys=answers(9, 40), customers=customers(20))
    result = trust.remarks(data)
    assert len(result.lines) == len(cx.findings(data)) > 0
    for finding, (severity, text) in zip(cx.findings(data), result.lines, strict=True):
        assert severity.text("en") == finding.severity
        assert finding.sentence.text("en") in text.text("en")
        assert finding.remedy.text("en") in text.text("en")


# ---------------------------------------------------------------- coverage


def test_months_are_empty_thin_or_outside():
    rows = np.array([0, 100, 90, 0, 110, 30, 95, 105, 0])
    states = month_states(rows).tolist()
    assert states == ["outside", "", "", "gap", "", "thin", "", "", "outside"]


def test_a_table_filled_in_waves_has_no_gaps():
    assert "gap" not in month_states(np.array([500, 0, 0, 480, 0, 0, 510]))


def test_a_few_rows_are_not_thin_by_chance():
    assert set(month_states(np.array([5, 4, 2, 6, 5]))) == {""}
    assert set(month_states(np.zeros(3))) == {"outside"}


def a_gap(tmp_path):
    months = [f"2026-{number:02d}" for number in range(1, 11) if number != 6]
    return opened(tmp_path, tickets=[row for month in months for row in tickets(12, month=month)])


def test_an_empty_month_is_named_and_drawn(tmp_path):
    result = trust.coverage(a_gap(tmp_path))
    assert "Months without a single row: support tickets Jun 2026" in result.text("en")
    (row,) = result.table.itertuples()
    assert (row.first, row.last, row.months, row.gaps, row.median) == ("2026-01", "2026-10", 9, 1, 12)
    axes = charts.coverage(result)
    assert "1 empty month between" in axes.get_label()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["empty month"]


def test_how_far_tables_lag_and_how_late_rows_come(tmp_path):
    # Recorded after 1 hour; 2 of 20 come on 15 October, more than 10 days after September.
    recorded = ["2026-09-03 10:00:00"] * 18 + ["2026-10-15 00:00:00"] * 2
    late = [row | {"recorded_at": at} for row, at in zip(tickets(20, month="2026-09"), recorded, strict=True)]
    data = opened(tmp_path, tickets=late, surveys=answers(9, 30))
    result = trust.freshness(data)
    table = result.table.set_index("table")
    assert table["behind"].to_dict() == {"surveys": 0, "tickets": 1}
    assert table.loc["tickets", "median"] == pytest.approx(1 / 24)
    assert table.loc["tickets", "late"] == pytest.approx(0.1)
    assert np.isnan(table.loc["surveys", "median"])
    assert "support tickets in September 2026" in result.text("en")
    assert "half are recorded within 60 minutes; 10.00% come more than 10 days" in result.text("en")


# ---------------------------------------------------------------- ways of measuring


def test_questionnaires_are_counted_once_however_many_questions_they_ask(tmp_path):
    asked = {"touchpoint": "hotline"}
    surveys = [
        *answers(5, 20, instrument="csat", response_group=None, **asked),
        *answers(6, 20, instrument="ces", response_group=None, **asked),
        *answers(None, 20, start=20, instrument="csat", **asked),
        *answers(None, 20, start=20, instrument="ces", **asked),
        *answers(9, 15),
        *answers(None, 15, start=15),
    ]
    result = trust.methods(opened(tmp_path, surveys=surveys, customers=customers(100)))
    table = result.table.set_index("kind")
    assert table["number"].to_dict() == {"direct": 20, "survey": 15}
    assert table["people"].to_dict() == {"direct": 20, "survey": 15}
    assert table["reached"].to_dict() == {"direct": 0.2, "survey": 0.15}
    assert table["rate"].to_dict() == {"direct": 0.5, "survey": 0.5}
    lines = {name.text("en"): text.text("en") for name, text in result.lines}
    assert len(lines) == 4
    assert "20 answers after a contact by 20 people; 50.0%" in lines["Direct feedback"]
    assert "these data hold none" in lines["Mystery shopping"]
    assert "costly" in lines["Mystery shopping"]


def test_few_people_are_not_shown(tmp_path):
    result = trust.methods(opened(tmp_path, surveys=answers(9, 40), tickets=tickets(4)))
    table = result.table.set_index("kind")
    assert np.isnan(table.loc["tickets", "number"])
    assert "from so few people" in words(result)
    assert "4 support tickets" not in words(result)


def test_contacts_ratings_complaints_and_reviews_are_ways_too(tmp_path):
    row = {
        "occurred_at": "2026-10-04 10:00:00",
        "touchpoint": "hotline",
        "direction": "inbound",
        "rating": None,
    }
    contacts = [{"interaction_id": f"i{i}", "customer_id": f"c{i}"} | row for i in range(30)]
    contacts = [contact | ({"rating": 4} if i < 12 else {}) for i, contact in enumerate(contacts)]
    contacts += [c | {"interaction_id": f"o{c['interaction_id']}", "direction": "outbound"} for c in contacts]
    bad = {"occurred_at": "2026-10-04 10:00:00", "source": "complaint"}
    visits = [
        {
            "visit_id": f"v{i}",
            "visited_at": "2026-09-04 10:00:00",
            "site": f"s{i % 3}",
            "shopper": f"p{i % 11}",
            "criterion": "greeting",
            "score": 3,
            "max_score": 5,
        }
        for i in range(22)
    ]
    result = trust.methods(
        opened(
            tmp_path,
            interactions=contacts,
            negative_experiences=[{"customer_id": f"c{i}"} | bad for i in range(11)],
            mystery_visits=visits,
            surveys=answers(4, 15, instrument="csat") + answers(2, 13, instrument="item", start=15),
            customers=customers(60),
        )
    )
    table = result.table.set_index("kind")["number"].to_dict()
    assert table == {"direct": 28, "mystery": 22, "ratings": 24, "contacts": 30, "complaints": 11}
    assert "22 mystery visits by 11 shoppers" in words(result)
    assert "30 contacts begun by customers (50.0% of all active customers)" in words(result)


# ---------------------------------------------------------------- respondents against everybody


def lopsided(tmp_path, **options):
    """Consumers: 100, of whom 40 answer, all promoters. Business: 300, of whom 60 answer, all detractors."""
    people = [*customers(100, segment="consumer"), *customers(300, start=100, segment="business")]
    surveys = [
        *answers(10, 40),
        *answers(None, 60, start=40),
        *answers(0, 60, start=100),
        *answers(None, 240, start=160),
    ]
    return opened(tmp_path, surveys=surveys, customers=people, **options)


def test_the_gap_is_the_score_as_answered_less_the_weighted_one(tmp_path):
    data = lopsided(tmp_path)
    result = trust.score_gap(data)
    gap = result.figure("bias.nps")
    # -20 as answered, -50 weighted.
    assert gap.value == pytest.approx(30, abs=1e-4)
    assert gap.low < gap.value < gap.high
    assert gap.n == 100
    assert "more satisfied than all customers" in result.text("en")
    # 25 % answered with -20: between .25 x -20 - 75 and .25 x -20 + 75.
    assert "would be −80.0; had all been promoters, 70.0" in result.text("en")


def test_those_who_answered_are_compared_level_by_level(tmp_path):
    result = trust.balance(lopsided(tmp_path))
    table = result.table.set_index("level")
    assert table.loc["consumer", ["share", "share_all"]].tolist() == [0.4, 0.25]
    assert table.loc["consumer", "value"] == pytest.approx(0.15 / np.sqrt((0.24 + 0.1875) / 2))
    assert table.loc["consumer", "weighted"] == pytest.approx(0, abs=1e-4)
    assert "not like all active customers" in result.text("en")
    assert "Segment business" in charts.balance(result).get_label()


def test_answers_like_everybody_are_said_to_be(tmp_path):
    people = [*customers(100, segment="a"), *customers(100, start=100, segment="b")]
    surveys = [*answers(9, 40), *answers(None, 60, start=40)]
    surveys += [*answers(7, 40, start=100), *answers(None, 60, start=140)]
    result = trust.balance(opened(tmp_path, surveys=surveys, customers=people))
    assert "resemble all active customers" in result.text("en")
    assert "No group differs by more than is negligible" in charts.balance(result).get_label()


def followed(tmp_path, *, invited=True, **tables):
    """Of 300 asked in October 2025 100 answer, of whom 10 leave; of the 200 silent 60; 50 are not asked."""
    people = [
        *customers(10, left="2026-05-10"),
        *customers(90, start=10),
        *customers(60, start=100, left="2026-05-10"),
        *customers(190, start=160),
    ]
    surveys = [
        *answers(9, 100, month="2025-10"),
        *(answers(None, 200, start=100, month="2025-10") if invited else []),
    ]
    if not invited:
        surveys = [row | {"invited_at": None} for row in surveys]
    # Something must happen in October 2026, or it is no month of the data.
    return opened(tmp_path, surveys=surveys, customers=people, tickets=tickets(100, start=50), **tables)


def test_leaving_of_those_who_answered_and_of_the_silent(tmp_path):
    result = trust.silent(followed(tmp_path))
    table = result.table.set_index("group")
    assert table["people"].to_dict() == {"answered": 100, "silent": 200, "not asked": 50}
    assert table["value"].to_dict() == {"answered": 0.1, "silent": 0.3, "not asked": 0.0}
    figure = result.figure("bias.churn")
    assert figure.value == pytest.approx(20)
    assert 0 < figure.low < 20 < figure.high
    assert figure.n == 300
    assert "answered a survey in October 2025, 10.0% left within the next 12 months" in result.text("en")
    assert "misjudges" in result.text("en")


def test_without_invitations_everybody_else_did_not_answer(tmp_path):
    table = trust.silent(followed(tmp_path, invited=False)).table.set_index("group")
    assert table["people"].to_dict() == {"answered": 100, "silent": 250}


def test_an_answer_after_the_follow_up_begins_does_not_count(tmp_path):
    surveys = [
        *answers(9, 30, month="2025-10"),
        *answers(9, 30, start=30, month="2025-10", answered_at="2025-11-02 10:00:00"),
        *answers(9, 5, month="2026-10"),
    ]
    data = opened(
        tmp_path, surveys=surveys, customers=[*customers(59), *customers(1, start=59, left="2026-03-01")]
    )
    table = trust.silent(data).table.set_index("group")
    assert table["people"].to_dict() == {"answered": 30, "silent": 30}


def test_tickets_of_those_who_answered_and_of_the_silent(tmp_path):
    people = [*customers(100, began="2024-01-15"), *customers(100, start=100, began="2026-05-15")]
    surveys = [
        *answers(9, 50),
        *answers(None, 50, start=50),
        *answers(9, 50, start=100),
        *answers(None, 50, start=150),
    ]
    first = tickets(1, start=199, month="2025-11")
    data = opened(
        tmp_path, surveys=surveys, customers=people, tickets=[*first, *tickets(20), *tickets(30, start=150)]
    )
    table = trust.silent(data, "tickets").table.set_index("group")
    # Each group: 50 customers for 12 months and 50 for the 6 from May on; 20 and 31 tickets.
    assert table["value"].to_dict() == pytest.approx({"answered": 20 / 75, "silent": 31 / 75})


def test_revenue_is_the_mean_of_months_with_a_bill(tmp_path):
    bill = [
        {"customer_id": f"c{i}", "month": month, "revenue": 30 if i < 20 else 20}
        for i in range(40)
        for month in ("2026-09-01", "2026-10-01")[i % 2 :]
    ]
    surveys = [*answers(9, 20), *answers(None, 20, start=20)]
    result = trust.silent(opened(tmp_path, surveys=surveys, customers=customers(40), billing=bill), "revenue")
    assert result.table.set_index("group")["value"].to_dict() == {"answered": 30, "silent": 20}
    figure = result.figure("bias.revenue")
    assert (figure.value, figure.unit) == (-10, "EUR")


def test_a_few_customers_who_were_not_asked_join_those_who_did_not_answer(tmp_path):
    surveys = [*answers(9, 30), *answers(None, 30, start=30)]
    data = opened(tmp_path, surveys=surveys, customers=customers(64), tickets=tickets(40))
    table = trust.silent(data, "tickets").table.set_index("group")
    assert table["people"].to_dict() == {"answered": 30, "silent": 34}


def test_a_few_answers_are_not_compared(tmp_path):
    surveys = [*answers(9, 9), *answers(None, 30, start=9)]
    data = opened(tmp_path, surveys=surveys, customers=customers(60), tickets=tickets(40))
    result = trust.silent(data, "tickets")
    assert result.absent["bias.tickets"].text("en").startswith("Too few customers answered")


def test_rare_levels_are_hidden_with_the_next(tmp_path):
    people = [*customers(100, segment="a"), *customers(60, start=100, segment="b")]
    surveys = [*answers(9, 50), *answers(7, 4, start=100), *answers(None, 20, start=110)]
    result = trust.balance(opened(tmp_path, surveys=surveys, customers=people))
    assert result.table.query("variable == 'segment'")["hidden"].all()
    assert result.table.query("variable == 'segment'")["share"].isna().all()
    assert "groups are not shown" in result.warnings[0].text("en")
    assert result.table["weighted"].isna().all(), "four answers would speak for sixty customers"


@pytest.mark.parametrize(
    ("language", "said"), [("en", "10.0% (5.5% to 17.4%)"), ("de", "10,0\u00a0% (5,5\u00a0%")]
)
def test_pictures_are_read_aloud_with_their_intervals(language, said, tmp_path):
    cx.use_language(language)
    try:
        assert said in charts.silent(trust.silent(followed(tmp_path / "silent"))).get_label()
        axes = charts.scores(trust.score_gap(lopsided(tmp_path / "gap")))
        assert "−20" in axes.get_label()
        assert "−50" in axes.get_label()
    finally:
        cx.use_language("en")


# ---------------------------------------------------------------- data that cannot say it


def test_data_that_lack_something_say_what(tmp_path):
    data = opened(tmp_path, customers=customers(30), tickets=tickets(20))
    assert "no answers on recommending" in trust.score_gap(data).absent["bias.nps"].text("en")
    assert "no answers on recommending" in trust.balance(data).text("en")
    assert trust.measures(data) == ("churn",)
    assert "Survey answers" in trust.silent(data).absent["bias.churn"].text("en")
    alone = opened(tmp_path / "alone", surveys=[row | {"customer_id": None} for row in answers(9, 40)])
    assert "Without a list of customers" in trust.silent(alone).absent["bias.churn"].text("en")
    known = opened(tmp_path / "known", surveys=answers(9, 40), customers=customers(60))
    assert "no customer who left" in trust.silent(known).absent["bias.churn"].text("en")
    assert trust.measures(followed(tmp_path / "followed")) == ("churn", "tickets")
    assert "no revenue" in trust.silent(known, "revenue").absent["bias.revenue"].text("en")


@pytest.mark.parametrize("name", ["sfo_survey", "telco_ibm", "cdnow", "mlc_churn"])
def test_every_question_has_an_answer_on_any_data(name, real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("CX_CACHE", str(tmp_path))
    data = cx.open_dataset(ROOT / "tests/datasets" / name)
    questions = (trust.remarks, trust.arrived, trust.set_aside, trust.coverage, trust.freshness)
    for question in (*questions, trust.methods, trust.score_gap, trust.balance, trust.silent):
        result = question(data)
        assert result.text("de") and result.text("en"), question.__name__
        assert result.table.empty == (result.shown("de").empty)
    assert any(figure.id.startswith("data.rows.") for figure in trust.arrived(data).figures)
    if name == "sfo_survey":
        gap = trust.score_gap(data).figure("bias.nps")
        assert gap.value == pytest.approx(39.840 - 40.398, abs=1e-3)
        assert gap.low < 0 < gap.high
        assert trust.coverage(data).text("en") == "May 2017 is the only month of these data."
    if name == "telco_ibm":
        assert "no course of time" in trust.coverage(data).text("en")


# ---------------------------------------------------------------- a company whose truth is known


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    company = simulate(customers=8000, seed=7)
    folder = tmp_path_factory.mktemp("company") / "company"
    write_dataset(company, folder)
    return company, cx.open_dataset(folder)


def test_the_planted_gap_of_the_score_is_found(company):
    drawn, data = company
    planted = truth(drawn)
    gap = trust.score_gap(data).figure("bias.nps")
    true = planted["nps"]["value"] - planted["nps.weighted"]["value"]
    error = (gap.high - gap.low) / (2 * 1.959964)
    assert abs(gap.value - true) <= 3.5 * error
    assert gap.low > 0, "respondents of this company are happier than its customers"


def test_who_answers_differs_as_planted(company):
    table = trust.balance(company[1]).table.set_index(["variable", "level"])
    # Logit of answering: -.75, 0, +.70 by usage; business +.25.
    assert table.loc[("usage", "0"), "high"] < 0 < table.loc[("usage", "2"), "low"]
    assert table.loc[("segment", "business"), "value"] > 0
    assert table["weighted"].abs().max() < 0.1


def test_the_silent_leave_more_and_pay_less_as_planted(company):
    # Low usage keeps silent, leaves, pays less and has more experiences.
    _, data = company
    assert trust.silent(data).figure("bias.churn").low > 0
    assert trust.silent(data, "revenue").figure("bias.revenue").high < 0
    assert trust.silent(data, "experiences").figure("bias.experiences").low > 0


def test_the_rate_of_the_month_is_that_of_chapter_3(company):
    _, data = company
    kinds = reach.questionnaires(data, reach.RELATIONAL, data.month_no, data.month_no)
    rate = 100 * (kinds["answered"] @ kinds["people"]) / (kinds["asked"] @ kinds["people"])
    assert rate == pytest.approx(satisfaction.nps(data).figure("response.rate").value, rel=1e-5)


def test_no_customer_is_named(company):
    _, data = company
    ids = set(data.sql("SELECT customer_id FROM customers")["customer_id"])
    for question in (trust.arrived, trust.set_aside, trust.methods, trust.balance, trust.silent):
        result = question(data)
        shown = pd.concat([result.table, *result.parts.values()]).astype(str)
        assert not ids & set(shown.to_numpy().ravel())
