"""Chapter 2 on rows that can be counted by hand, and on companies whose truth is known."""

import pandas as pd
import pytest

import cxlib as cx
from cxlib.chapters.satisfaction import results as satisfaction
from cxlib.chapters.trust import counts as reach
from cxlib.chapters.trust import results as trust
from cxlib.chapters.trust.figures import FIGURES
from cxlib.company import simulate, truth, write_dataset
from cxlib.contract.schema import TABLES
from cxlib.intake import casts
from tests.chapters.tiny import answers, customers, opened, tickets
from tests.chapters.trust.companies import followed
from tests.environment import ROOT

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


def test_figures_of_tables_that_did_not_come_in_are_absent(tmp_path):
    result = trust.arrived(opened(tmp_path, surveys=answers(9, 20), customers=customers(20)))
    ids = {figure.id for figure in result.figures} | set(result.absent)
    assert ids == set(FIGURES.of("trust.arrived"))
    reason = result.absent["data.rejected.wishes"]
    assert reason.text("en").startswith("These data hold no such table: contacts, support tickets, wishes")
    assert reason.text("de").startswith("Diese Daten enthalten keine solche Tabelle: Kontakte")


def test_each_table_has_its_two_figures():
    assert list(FIGURES.of("trust.arrived")) == [
        f"data.{kind}.{table}" for table in TABLES for kind in ("rows", "rejected")
    ]


@pytest.mark.parametrize(
    ("good", "bad", "english", "german"),
    [
        (1, 0, "1 row came in; it did not", "1 Zeile wurde geliefert"),
        (
            9,
            1,
            "10 rows came in; 1 of them (10.00%) broke the rules for the data and was",
            "1 davon (10,00\u00a0%)",
        ),
        (
            8,
            2,
            "10 rows came in; 2 of them (20.00%) broke the rules for the data and were",
            "2 davon (20,00\u00a0%)",
        ),
        (0, 1, "The only row that came in broke the rules", "Die einzige gelieferte Zeile"),
    ],
)
def test_one_row_is_one_row(tmp_path, good, bad, english, german):
    surveys = [*answers(9, good), *answers(11, bad, start=20)]
    options = {"definitions": {"max_rejected_share": 1.0}, "as_of": "2026-10"}
    data = opened(tmp_path, surveys=surveys, **options) if good else only_bad(tmp_path, surveys, **options)
    result = trust.arrived(data)
    assert result.text("en").startswith(english) and german in result.text("de")
    if bad:
        times = {1: "1 time:", 2: "2 times:"}[bad]
        assert f"The most frequent reason, {times}" in trust.set_aside(data).text("en")
        assert f"Der häufigste Grund, {bad}-mal:" in trust.set_aside(data).text("de")


def only_bad(tmp_path, surveys, **options):
    """Open a dataset without a single good row, whose month is named."""
    return opened(tmp_path, surveys=surveys, month="", **options)


def reasons():
    """Return every reason for which the import sets a row aside."""
    found = [casts.REPEATED, casts.NOT_THE_HEADER, casts.NOT_AN_OBJECT]
    for table in TABLES.values():
        for kind in ("VARCHAR", "DOUBLE", "TIMESTAMP"):
            made = casts.checks(table, {column.name: kind for column in table.columns})
            found += [check.reason for check in made]
    return sorted({reason.template for reason in found})


@pytest.mark.parametrize("reason", reasons())
def test_every_reason_of_the_import_is_read_in_german(tmp_path, reason, monkeypatch):
    kept = {"kind": "table", "name": "surveys", "rows_read": 9, "rows_kept": 8, "column": "score"}
    rows = pd.DataFrame([kept | {"reason": reason, "rows_rejected": 1}])
    monkeypatch.setattr(trust, "arrivals", lambda data: rows)
    result = trust.set_aside(None)
    assert result.table["reason"].tolist() == [reason], "kept as the import wrote it"
    assert result.shown("en")["Reason"].tolist() == [reason]
    (german,) = result.shown("de")["Grund"]
    assert german not in ("", reason)
    assert german in result.text("de") and reason in result.text("en")


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
