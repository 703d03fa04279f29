"""`cx init` on known exports: what is recognised, what is left open, and that the proposal works."""

import csv
import json
import os
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cxlib as cx
from cxlib.contract.schema import TABLES
from cxlib.errors import DataError
from cxlib.init.presets import codings, presets, synonyms
from cxlib.init.proposal import propose, write_proposal
from tests.intake.workbooks import write_workbook

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "exports"
DEFAULTS = "dataset.yaml: "

ZENDESK = {
    "Id": "tickets.ticket_id certain",
    "Requester external id": "tickets.customer_id certain",
    "Priority": "tickets.priority certain",
    "Via": "tickets.channel certain",
    "Ticket type": "negative_experiences.source likely",
    "Created at": "tickets.opened_at certain",
    "Solved at": "tickets.resolved_at certain",
    "Satisfaction Score": "tickets.satisfaction certain",
    "Reopens": "tickets.reopened_count certain",
    "First reply time in minutes": "tickets.first_response_at certain",
    "Reason [list]": "tickets.reason likely",
}
QUALTRICS = {
    "EndDate": "surveys.answered_at certain",
    "Status": "rows left out certain",
    "ResponseId": "surveys.response_id certain",
    "ExternalReference": "surveys.customer_id certain",
    "DistributionChannel": "surveys.channel certain",
    "Q1": "surveys.score (nps 0-10) certain",
    "Q2_1": "surveys.score (csat 1-5) likely",
    "Q3": "surveys.score (ces 1-7) likely",
}
QUALTRICS_IDS = {
    "Enddatum": "surveys.answered_at certain",
    "Antworttyp": "rows left out certain",
    "Antwort-ID": "surveys.response_id certain",
    "Externe Datenreferenz": "surveys.customer_id certain",
    "Verteilungskanal": "surveys.channel certain",
    "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?": "surveys.score (nps 0-10) certain",
    "Wie zufrieden sind Sie mit: - Unserem Service": "surveys.score (csat 1-5) likely",
    "Wie leicht war es, Ihr Anliegen zu klären?": "surveys.score (ces 1-7) likely",
}
LEGACY = {
    "V1": "surveys.response_id certain",
    "V4": "surveys.customer_id certain",
    "V7": "rows left out certain",
    "V9": "surveys.answered_at certain",
    "Q1": "surveys.score (nps 0-10) certain",
    "Q2": "surveys.score (csat 1-5) likely",
}
RECOMMEND = "How likely is it that you would recommend this company to a friend or colleague?"
EFFORT = "How much effort did you personally have to put forth to handle your request?"
SURVEYMONKEY = {
    "Respondent ID": "surveys.response_id certain",
    "End Date": "surveys.answered_at certain",
    "Custom Data 1": "surveys.customer_id likely",
    RECOMMEND: "surveys.score (nps 0-10) certain",
    EFFORT: "surveys.score (ces 1-5) likely",
}
LIMESURVEY = {
    "id": "surveys.response_id certain",
    "submitdate": "surveys.answered_at certain",
    "token": "surveys.customer_id likely",
    "NPS": "surveys.score (nps 0-10) certain",
    "G1Q1[SQ001]": "surveys.score (item 1-5) likely",
}
HUBSPOT = {
    "hs_object_id": "surveys.response_id certain",
    "hs_survey_type": "surveys.instrument certain",
    "hs_survey_channel": "surveys.channel certain",
    "hs_submission_timestamp": "surveys.answered_at certain",
    "hs_value": "surveys.score certain",
    "hs_content": "surveys.comment certain",
    "hs_contact_id": "surveys.customer_id likely",
}
SALESFORCE = {
    "Case Number": "tickets.ticket_id certain",
    "Case Origin": "tickets.channel certain",
    "Case Reason": "tickets.reason certain",
    "Priority": "tickets.priority certain",
    "Date/Time Opened": "tickets.opened_at certain",
    "Date/Time Closed": "tickets.resolved_at certain",
}
GERMAN = {
    "Kundennummer": "customers.customer_id certain",
    "Vertragsbeginn": "customers.start_date certain",
    "Kündigungsdatum": "customers.end_date certain",
    "Kündigungsart": "customers.end_type certain",
    "Kundengruppe": "customers.segment certain",
    "Bundesland": "customers.region likely",
    "Tarif": "customers.plan certain",
    "Werbekosten": "customers.acquisition_cost likely",
}
GERMAN_BILLING = {
    "Kundennummer": "billing.customer_id certain",
    "Abrechnungsmonat": "billing.month certain",
    "Umsatz": "billing.revenue certain",
    "Direkte Kosten": "billing.direct_cost certain",
    "Verbrauch": "billing.units likely",
}
GERMAN_CONTACTS = {
    "Kundennummer": "interactions.customer_id certain",
    "Kontaktdatum": "interactions.occurred_at certain",
    "Kontaktpunkt": "interactions.touchpoint certain",
    "Ergebnis": "interactions.outcome certain",
    "Richtung": "interactions.direction certain",
    "Wartezeit Sekunden": "interactions.wait_seconds certain",
}
ENGLISH = {
    "customer_id": "customers.customer_id certain",
    "customer since": "customers.start_date certain",
    "cancelled at": "customers.end_date certain",
    "segment": "customers.segment certain",
    "country": "customers.region likely",
}
ENGLISH_ORDERS = {
    "order_id": "purchases.purchase_id certain",
    "customer_id": "purchases.customer_id certain",
    "order_date": "purchases.occurred_at certain",
    "amount": "purchases.amount certain",
}
ENGLISH_FEEDBACK = {
    "customer_id": "surveys.customer_id certain",
    "responded_at": "surveys.answered_at certain",
    "nps": "surveys.score (nps 0-10) certain",
}
ALONE = "low ratings alone are counted; only customers who rate or answer can have one"
# Folder, what its columns are taken for (file -> column -> taken for), what is left open, rows kept.
KNOWN = [
    ("zendesk", {"tickets-2026.csv": ZENDESK}, [], {"tickets": 24, "negative_experiences": 14}),
    ("qualtrics", {"Customer+Survey_October 9, 2026.csv": QUALTRICS}, [], {"surveys": 69}),
    ("qualtrics_german", {"Kundenbefragung.csv": QUALTRICS}, [], {"surveys": 69}),
    ("qualtrics_ids", {"Kundenbefragung.csv": QUALTRICS_IDS}, [], {"surveys": 69}),
    ("qualtrics_legacy", {"survey.csv": LEGACY}, [], {"surveys": 46}),
    (
        "surveymonkey",
        {"Customer Survey.csv": SURVEYMONKEY},
        [
            "Customer Survey.csv: Overall, how satisfied or dissatisfied are you with our company? looks "
            "like CSAT, but is answered in words, not points"
        ],
        {"surveys": 48},
    ),
    (
        "limesurvey",
        {"results-survey123456.csv": LIMESURVEY},
        [
            "results-survey123456.csv: what G1Q1[SQ001] asks is not told by its name; taken as an item; "
            "scale 1 to 5 as seen in the answers"
        ],
        {"surveys": 42},
    ),
    ("hubspot", {"feedback-submissions.csv": HUBSPOT}, [], {"surveys": 24}),
    (
        "salesforce",
        {"report1761.csv": SALESFORCE},
        ["report1761.csv: no column holds the customer's number; these rows join no customer"],
        {"tickets": 24},
    ),
    (
        "german",
        {"abrechnung-2026.csv": GERMAN_BILLING, "kontakte.csv": GERMAN_CONTACTS, "kunden.csv": GERMAN},
        ["kontakte.csv: Kontaktpunkt holds 'Sonstiges', no known touchpoint; kept as they are"],
        {"billing": 242, "interactions": 24, "customers": 30, "negative_experiences": 22},
    ),
    (
        "english",
        {"customers.csv": ENGLISH, "feedback.csv": ENGLISH_FEEDBACK, "orders.csv": ENGLISH_ORDERS},
        [f"negative_experiences: {ALONE}", "planets.csv: not recognised"],
        {"customers": 30, "surveys": 24, "purchases": 60, "negative_experiences": 6},
    ),
]


def folder_of(name, tmp_path):
    """Return a new dataset folder with nothing but the exports of a known tool."""
    folder = tmp_path / name
    shutil.copytree(EXPORTS / name, folder / "exports")
    return folder


def used(proposal):
    found = {}
    for column in proposal.columns:
        if column.taken_for:
            found.setdefault(column.file, {})[column.column] = f"{column.taken_for} {column.sure}"
    return found


def left_open(proposal):
    return [note for note in proposal.left_open if not note.startswith(DEFAULTS)]


def opened(folder, **options):
    write_proposal(propose(folder))
    return cx.open_dataset(folder, **options)


def write_csv(path, rows, separator=","):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)


CUSTOMERS = [["customer_id", "start_date"], *([f"c{i}", f"2026-0{1 + i % 9}-01"] for i in range(20))]


@pytest.mark.parametrize(("name", "columns", "notes", "kept"), KNOWN, ids=[known[0] for known in KNOWN])
def test_a_known_export_is_recognised(name, columns, notes, kept, tmp_path):
    folder = folder_of(name, tmp_path)
    proposal = propose(folder)
    assert used(proposal) == columns
    assert left_open(proposal) == notes
    data = opened(folder)
    assert {table: record["kept"] for table, record in data.imported["tables"].items()} == kept
    assert all(not record["rejected"] for record in data.imported["tables"].values())


@pytest.mark.parametrize("name", [known[0] for known in KNOWN])
def test_every_column_is_told_and_none_that_is_personal_is_used(name):
    proposal = propose(EXPORTS / name)
    assert all(found.note for found in proposal.columns if found.sure == "not used")
    assert {found.sure for found in proposal.columns} <= {"certain", "likely", "not used"}
    words = " ".join(proposal.files.values()) + " ".join(proposal.left_open)
    for secret in ("kim@example.com", "203.0.113", "Muster", "Person 1", "+44"):
        assert secret not in words


@pytest.mark.parametrize("name", [known[0] for known in KNOWN])
def test_every_row_can_be_found_again_in_its_file(name, tmp_path):
    proposal = propose(folder_of(name, tmp_path))
    for file, text in proposal.files.items():
        if file.endswith(".sql") and "'rating' AS source" not in text.split("\n-- UNION")[0]:
            assert "_file" in text and "_line" in text, file


def test_the_answers_are_those_of_the_files(tmp_path):
    answers = opened(folder_of("qualtrics_german", tmp_path), month="2026-10").table("surveys")
    # The preview among the 24 responses is left out; its score is the sixth, a 6.
    nps = answers[answers["instrument"] == "nps"]
    assert sorted(nps["score"]) == sorted([10, 9, 7, 3, 8] * 4 + [6] * 3)
    assert set(answers[answers["instrument"] == "ces"]["scale_high"]) == {7}


def test_more_effort_is_worse_and_points_before_words_are_read(tmp_path):
    answers = opened(folder_of("surveymonkey", tmp_path)).table("surveys")
    assert not answers[answers["instrument"] == "ces"]["high_is_good"].any()
    nps = answers[answers["instrument"] == "nps"]
    assert nps["high_is_good"].all() and set(nps["score"]) == {10, 9, 0, 6, 8}


def test_the_scales_of_hubspot_are_its_own(tmp_path):
    answers = opened(folder_of("hubspot", tmp_path)).table("surveys")
    scales = answers.groupby("instrument")[["scale_low", "scale_high"]].first()
    assert scales.loc["csat"].tolist() == [0, 2] and scales.loc["ces"].tolist() == [1, 7]


def test_german_numbers_and_months_are_read(tmp_path):
    billing = opened(folder_of("german", tmp_path)).sql("SELECT * FROM billing WHERE customer_id = 'K1001'")
    assert billing["revenue"].tolist() == [1201 + month / 100 for month in range(1, 11)]
    assert billing["month_no"].tolist() == [2026 * 12 + month for month in range(1, 11)]


def test_late_tickets_count_once_and_complaints_are_complaints(tmp_path):
    bad = opened(folder_of("zendesk", tmp_path), month="2026-10").table("negative_experiences")
    # 6 of 24 first replies took 1,900 minutes, 3 further tickets were opened again; 6 are complaints.
    assert bad["source"].value_counts().to_dict() == {"rule": 8, "complaint": 6}


@pytest.mark.parametrize("name", ["zendesk", "answered"])
def test_the_promised_hours_decide_which_tickets_are_late(name, tmp_path):
    folder = tmp_path / name
    if name == "zendesk":
        folder = folder_of(name, tmp_path)
    else:
        header = ["ticket_id", "customer_id", "opened_at", "first_response_at"]
        answered = ["2026-02-01 09:30", "2026-02-01 12:00", "2026-02-03 09:00", ""]
        rows = [[i, f"c{i}", "2026-02-01 09:00", moment] for i, moment in enumerate(answered)]
        write_csv(folder / "desk.csv", [header, *rows])
    late = {24: len(opened(folder).table("negative_experiences"))}
    described = (folder / "dataset.yaml").read_text(encoding="utf-8")
    assert described.count("sla_hours") == 1
    for hours in (0.5, 1, 1000):
        changed = described.replace("sla_hours: 24", f"sla_hours: {hours}")
        (folder / "dataset.yaml").write_text(changed, encoding="utf-8")
        late[hours] = len(cx.open_dataset(folder).table("negative_experiences"))
    # 30 minutes, three hours, two days and never: what nobody answered is not counted.
    expected = {24: 1, 0.5: 2, 1: 2, 1000: 0}
    assert late == expected if name == "answered" else late[1] > late[24] > late[1000]


def test_what_counts_as_late_is_said_where_it_is_counted(tmp_path):
    proposal = propose(folder_of("zendesk", tmp_path))
    words = " ".join(proposal.files["negative_experiences.sql"].replace("--", "").split())
    assert (
        "first answer later than promised (sla_hours of dataset.yaml), or a ticket was opened again" in words
    )
    assert "A ticket that nobody has answered yet is not counted as late" in words
    assert "dataset.yaml: sla_hours 24 is a default; write your own promise" in proposal.left_open
    assert "sla_hours" not in propose(folder_of("german", tmp_path)).files["dataset.yaml"]


def test_a_promise_that_no_select_reads_is_told(tmp_path):
    folder = folder_of("zendesk", tmp_path)
    write_proposal(propose(folder))
    assert "unread_setting" not in {finding.check for finding in cx.findings(cx.open_dataset(folder))}
    negative = folder / "negative_experiences.sql"
    sql = negative.read_text(encoding="utf-8").replace("getvariable('sla_hours')", "24")
    negative.write_text(sql, encoding="utf-8")
    assert "unread_setting" in {finding.check for finding in cx.findings(cx.open_dataset(folder))}


CONTACTS = [
    [f"c{i}", f"2026-02-{1 + i:02}", "hotline", "unresolved" if i == 0 else "resolved", f"{1 + i % 5},0"]
    for i in range(20)
]
ANSWERS = [["customer_id", "responded_at", "nps"], *([f"c{i}", "2026-03-01", i % 11] for i in range(20))]


def with_contacts(folder, contacts=CONTACTS, rating="rating"):
    header = ["customer_id", "occurred_at", "touchpoint", "outcome", rating]
    write_csv(folder / "contacts.csv", [header, *contacts])
    write_csv(folder / "customers.csv", CUSTOMERS)
    write_csv(folder / "answers.csv", ANSWERS)
    return folder


def sources_after_taking_the_dashes_away(folder):
    """Return source -> number of negative experiences once the commented part is SQL."""
    path = folder / "negative_experiences.sql"
    above, below = re.split(r"(?=\n-- -- )", path.read_text(encoding="utf-8"), maxsplit=1)
    path.write_text(above + below.replace("\n-- ", "\n"), encoding="utf-8")
    data = cx.open_dataset(folder)
    assert not data.imported["tables"]["negative_experiences"]["rejected"]
    return data.table("negative_experiences")["source"].value_counts().to_dict()


@pytest.mark.parametrize("rating", ["rating", "Be\nwertung"])
def test_low_ratings_are_offered_as_comments_and_that_is_said(rating, tmp_path):
    folder = with_contacts(tmp_path / "x", rating=rating)
    proposal = propose(folder)
    words = " ".join(proposal.files["negative_experiences.sql"].replace("--", "").split())
    assert "low ratings are not counted. Only customers who rate or answer can have one" in words
    assert "a contact was rated 2 or less (scale 1 to 5 is as seen in the ratings; high is taken as" in words
    assert "an answer was low: 0 to 6 of nps, the lowest quarter of the scale of csat" in words
    assert any(
        note.startswith("negative_experiences: low ratings are not counted, because only customers who")
        for note in proposal.left_open
    )
    assert opened(folder).table("negative_experiences")["source"].tolist() == ["failure"]
    # Of 20 ratings from 1 to 5, 8 are 1 or 2; of 20 scores 0 to 10 in turn, 14 are at most 6.
    assert sources_after_taking_the_dashes_away(folder) == {"failure": 1, "rating": 8 + 14}


def test_ratings_without_a_scale_are_offered_with_a_default(tmp_path):
    contacts = [[*contact[:-1], "4"] for contact in CONTACTS]
    sql = propose(with_contacts(tmp_path / "x", contacts)).files["negative_experiences.sql"]
    assert "scale 1 to 5 is a default" in " ".join(sql.replace("--", "").split())


def test_low_ratings_alone_are_counted_and_that_is_said(tmp_path):
    contacts = [[*contact[:3], "", contact[4]] for contact in CONTACTS]
    folder = with_contacts(tmp_path / "x", contacts)
    assert f"negative_experiences: {ALONE}" in propose(folder).left_open
    assert opened(folder).table("negative_experiences")["source"].value_counts().to_dict() == {"rating": 22}


def test_exports_that_write_numbers_differently_meet_in_negative_experiences(tmp_path):
    folder = with_contacts(tmp_path / "x")
    header = ["ticket_id", "customer_id", "opened_at", "reopened_count", "priority"]
    write_csv(
        folder / "desk.csv",
        [header, ["1", "c1", "2026-02-01", "1.0", "x"], ["2", "c2", "2026-02-01", "0.0", "x"]],
    )
    sources = opened(folder).table("negative_experiences")["source"]
    assert sources.value_counts().to_dict() == {"failure": 1, "rule": 1}


def test_a_footer_and_the_encoding_are_seen(tmp_path):
    text = propose(folder_of("salesforce", tmp_path)).files["dataset.yaml"]
    assert "footer_rows: 5" in text and "encoding: cp1252" in text


def test_day_and_month_are_told_apart_or_left_open(tmp_path):
    orders = opened(folder_of("english", tmp_path)).table("purchases")
    assert orders["occurred_at"].min().month == 8
    folder = tmp_path / "unclear"
    rows = [["customer_id", "start_date", "segment"], ["a", "03/04/2026", "x"], ["b", "05/06/2026", "x"]]
    write_csv(folder / "exports" / "customers.csv", rows)
    assert (
        "customers.csv: start_date: whether day or month stands first cannot be told; taken as month first"
        in propose(folder).left_open
    )


def test_a_point_that_may_part_thousands_is_left_open(tmp_path):
    rows = [["customer_id", "month", "revenue"], ["a", "2026-01", "1.234"], ["b", "2026-01", "12"]]
    write_csv(tmp_path / "x" / "bills.csv", rows)
    why = "whether its point stands before thousands or before decimals cannot be told; taken as decimals"
    assert f"bills.csv: revenue: {why}" in propose(tmp_path / "x").left_open


def test_files_that_write_numbers_differently_go_into_one_table(tmp_path):
    write_csv(tmp_path / "x" / "old.csv", [["customer_id", "month", "revenue"], ["a", "2025-01", "12.5"]])
    rows = [["Kundennummer", "Monat", "Umsatz"], ["a", "01.2026", "1.012,50"]]
    write_csv(tmp_path / "x" / "new.csv", rows, separator=";")
    write_csv(tmp_path / "x" / "customers.csv", [*CUSTOMERS, ["a", "2024-12-01"]])
    billing = opened(tmp_path / "x").table("billing")
    assert sorted(billing["revenue"]) == [12.5, 1012.5]


def test_the_zone_in_a_row_of_import_ids_is_taken(tmp_path):
    folder = folder_of("qualtrics", tmp_path)
    file = next((folder / "exports").iterdir())
    file.write_text(
        file.read_text(encoding="utf-8").replace("Europe/Berlin", "America/Denver"), encoding="utf-8"
    )
    assert "time_zone: America/Denver" in propose(folder).files["dataset.yaml"]
    # 9:14 in Denver is 15:14 in UTC.
    assert opened(folder).table("surveys")["answered_at"].min().hour == 15


# --- the simulated company ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """Return the sample's exports alone, made a dataset by the proposal."""
    folder = tmp_path_factory.mktemp("again") / "again"
    shutil.copytree(ROOT / "data" / "sample" / "exports", folder / "exports")
    write_proposal(propose(folder))
    return folder


def test_the_exports_of_the_sample_alone_give_its_tables(again):
    by_hand, proposed = cx.open_dataset(ROOT / "data" / "sample"), cx.open_dataset(again)
    assert (proposed.month, proposed.first_month_no) == (by_hand.month, by_hand.first_month_no)
    for table, record in by_hand.imported["tables"].items():
        found = proposed.imported["tables"][table]
        assert (found["read"], found["kept"]) == (record["read"], record["kept"]), table
        assert found["rejected"] == record["rejected"], table
    assert proposed.tables == by_hand.tables


def test_the_exports_of_the_sample_alone_give_its_figures(again):
    by_hand = figures(cx.open_dataset(ROOT / "data" / "sample"))
    proposed = figures(cx.open_dataset(again))
    assert len(by_hand) > 30
    assert proposed == by_hand


def figures(data):
    """Return id -> value and interval of every figure of the chapters that the sample allows."""
    chapters = (
        cx.satisfaction.nps, cx.satisfaction.csat, cx.satisfaction.ces, cx.retention.churn_rate,
        cx.retention.kaplan_meier, cx.churn.naive, cx.churn.after, cx.churn.hazard, cx.churn.risk,
        cx.churn.claim, cx.profit.customer_value, cx.profit.what_if, cx.profit.claim,
    )  # fmt: skip
    found = [figure for chapter in chapters for figure in chapter(data).figures]
    return {figure.id: (figure.value, figure.low, figure.high, figure.n) for figure in found}


def test_which_questions_a_survey_asks_is_read_off_its_answers(again):
    text = (again / "surveys.sql").read_text(encoding="utf-8")
    for survey, question in (("Beziehung", "Q1"), ("Kontakt", "Q2"), ("Support", "Q2"), ("Support", "Q3")):
        assert f"SELECT '{survey}' AS survey, '{question}' AS question" in text
    assert "joined by Einladung = InvitationId" in " ".join(text.replace("--", "").split())


def test_what_the_sample_leaves_open_is_said():
    notes = propose(ROOT / "data" / "sample").left_open
    assert (
        "events-*.parquet: outcome holds 'n/a', no known outcome; such rows are set aside on import" in notes
    )
    assert "dataset.yaml: the bands of usage, 10 and 30, are a default" in notes


# --- what must not fool it ----------------------------------------------------------------------


def test_a_name_whose_values_are_of_another_kind_is_not_believed(tmp_path):
    rows = [["customer_id", "start_date", "end_date", "end_type"]]
    rows += [[f"c{i}", "2026-01-05", "maybe soon", "Anna" if i % 2 else "Ben"] for i in range(10)]
    write_csv(tmp_path / "x" / "customers.csv", rows)
    proposal = propose(tmp_path / "x")
    assert set(used(proposal)["customers.csv"]) == {"customer_id", "start_date"}
    for column in ("end_date", "end_type"):
        why = f"customers.csv: {column} is named like {column}, but its values are of another kind"
        assert any(note.startswith(why) for note in proposal.left_open)
    assert "Anna" not in " ".join(proposal.files.values())


def test_files_of_one_form_are_one_source_and_no_other_file_is_drawn_in(tmp_path):
    rows = [["customer_id", "month", "revenue"], ["a", "2026-01", "5"], ["b", "2026-01", "6"]]
    for year in (2025, 2026):
        write_csv(tmp_path / "x" / f"bills-{year}.csv", rows)
    assert "bills-*.csv" in propose(tmp_path / "x").exports
    write_csv(tmp_path / "x" / "bills-all.csv", [["planet", "moons"], ["Mars", "2"]])
    assert {"bills-2025.csv", "bills-2026.csv"} <= set(propose(tmp_path / "x").exports)


def test_a_second_list_of_customers_is_named_and_not_used(tmp_path):
    write_csv(
        tmp_path / "x" / "crm.csv", [["customer_id", "start_date", "segment"], ["a", "2026-01-01", "b"]]
    )
    write_csv(tmp_path / "x" / "old.csv", CUSTOMERS)
    proposal = propose(tmp_path / "x")
    assert proposal.exports["old.csv"] == "not used"
    assert any(
        note.startswith("old.csv: a second list of customers beside crm.csv") for note in proposal.left_open
    )


def test_invitations_whose_answers_are_missing_are_not_used(tmp_path):
    rows = [
        ["Einladung", "Kundennummer", "Versandt am"],
        ["e1", "k1", "01.02.2026"],
        ["e2", "k2", "01.02.2026"],
    ]
    write_csv(tmp_path / "x" / "einladungen.csv", rows)
    write_csv(tmp_path / "x" / "kunden.csv", CUSTOMERS)
    notes = propose(tmp_path / "x").left_open
    assert "einladungen.csv: invitations whose numbers no answers carry; not used" in notes


def test_a_survey_nobody_answered_is_left_open(tmp_path):
    rows = [["Einladung", "Kundennummer", "Versandt am", "Befragung"]]
    rows += [[f"e{i}", f"c{i}", "01.02.2026", "Kontakt"] for i in range(12)]
    write_csv(
        tmp_path / "x" / "einladungen.csv",
        [*rows, ["e98", "c1", "02.02.2026", "Beziehung"], ["e99", "c2", "02.02.2026", ""]],
    )
    answers = [[f"e{i}", "2026-02-03", 1 + i % 5] for i in range(12)]
    write_csv(tmp_path / "x" / "antworten.csv", [["Nummer", "Antwortdatum", "Zufriedenheit"], *answers])
    why = "what was asked where Befragung is 'Beziehung', (blank): no answers were seen; left out"
    assert f"einladungen.csv: {why}" in propose(tmp_path / "x").left_open
    answered = opened(tmp_path / "x").table("surveys")
    assert answered["score"].tolist() == [1 + i % 5 for i in sorted(range(12), key=lambda i: f"e{i}")]


def test_a_known_word_for_nothing_is_no_reason_to_take_a_file(tmp_path):
    write_csv(tmp_path / "x" / "a.csv", [["id", "name"], ["1", "x"]])
    with pytest.raises(DataError, match=r"\(found: a\.csv: no table has its columns id, name\)"):
        propose(tmp_path / "x")


def test_sheets_and_lines_of_json_are_looked_at(tmp_path):
    folder = tmp_path / "x"
    folder.mkdir()
    orders = [
        {"Bestellnummer": f"b{i}", "Kunde": "c1", "Bestelldatum": "2026-01-03", "Betrag": 9.5} for i in (1, 2)
    ]
    write_workbook(
        folder / "book.xlsx", {"Bestellungen": orders, "Planeten": [{"planet": "Mars", "moons": 2}]}
    )
    people = [dict(zip(CUSTOMERS[0], row, strict=True)) for row in CUSTOMERS[1:]]
    (folder / "people.jsonl").write_text("\n".join(json.dumps(person) for person in people))
    bills = pa.table({"customer_id": ["c1", "c2"], "month": ["2026-01", "2026-01"], "revenue": [5.0, 6.0]})
    pq.write_table(bills, folder / "bills.parquet")
    (folder / "notes.pdf").write_bytes(b"%PDF")
    (folder / "empty.csv").touch()
    proposal = propose(folder)
    assert proposal.exports == {
        "bills.parquet": "billing, by the names of its columns",
        "book.xlsx, sheet Bestellungen": "purchases, by the names of its columns",
        "book.xlsx, sheet Planeten": "not recognised",
        "people.jsonl": "customers, by the names of its columns",
    }
    assert "empty.csv: not looked at, empty" in proposal.left_open
    assert any(note.startswith("notes.pdf: not looked at, neither text") for note in proposal.left_open)
    data = opened(folder)
    assert data.table("billing")["revenue"].sum() == 11
    assert data.table("purchases")["amount"].sum() == 19


# --- files that cannot be read, or hold nothing -------------------------------------------------

BOM = "\ufeff"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (BOM.encode(), "empty"),
        (BOM.encode("utf-16-le"), "empty"),
        (BOM.encode() + b"\n \n", "empty"),
        (b"PK\x03\x04\x00\x00", "binary, not text"),
        (b"id,name\n1,x\n", "no table has its columns id, name"),
        (
            f"{','.join(f'c{i}' for i in range(3000))}\n".encode(),
            "no table has its columns c0, .*, c7, and 2,992 more;",
        ),
        (f"{','.join(f'c{i}' for i in range(5001))}\n".encode(), "it has 5,001 columns; at most 5,000 can"),
    ],
    ids=["empty", "mark", "mark of UTF-16", "blank", "binary", "unknown", "wide", "too wide"],
)
def test_an_error_says_of_every_file_why_it_is_of_no_use(content, why, tmp_path):
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path / "b.xlsx").write_bytes(b"no workbook")
    (tmp_path / "c.csv.gz").write_bytes(b"\x1f\x8b\x08\x00damaged-beyond-repair")
    (tmp_path / "d.parquet").write_bytes(b"PAR1")
    (tmp_path / "e.jsonl").write_bytes(b"")
    (tmp_path / "f.jsonl").write_bytes(b'{"a": "\\ud800"}')
    with pytest.raises(DataError, match=rf"(found: |; )a\.csv: {why}") as raised:
        propose(tmp_path)
    text = str(raised.value)
    for file in (
        "b.xlsx: not readable as a workbook",
        "c.csv.gz: damaged",
        "d.parquet: damaged",
        "e.jsonl: holds no JSON object",
        "f.js",
    ):
        assert f"; {file}" in text or f": {file}" in text
    assert text.count(str(tmp_path)) == 1


def test_of_very_many_files_the_first_are_named(tmp_path):
    for number in range(25):
        (tmp_path / f"{number:02}.pdf").touch()
    with pytest.raises(DataError, match=r"19\.pdf: neither text.* nor a workbook; and 5 more\)"):
        propose(tmp_path)


def test_folders_inside_are_named(tmp_path):
    write_csv(tmp_path / "exports" / "2025" / "customers.csv", CUSTOMERS)
    (tmp_path / "exports" / "2026").mkdir()
    why = r"folders inside are not looked at: 2025, 2026; .* file: \"2025/\*\.csv\""
    with pytest.raises(DataError, match=rf"found: no file\)\. {why}"):
        propose(tmp_path)
    write_csv(tmp_path / "exports" / "customers.csv", CUSTOMERS)
    assert any(re.match(why, note) for note in propose(tmp_path).left_open)


def test_a_name_that_is_not_utf_8_is_no_crash(tmp_path):
    write_csv(tmp_path / "x" / "customers.csv", CUSTOMERS)
    shutil.copy(tmp_path / "x" / "customers.csv", os.fsencode(tmp_path / "x") + b"/m\xe4rz.csv")
    assert (
        r"m\xe4rz.csv: not looked at, its name is not UTF-8; rename it" in propose(tmp_path / "x").left_open
    )
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe4"))
    (tmp_path / "x").rename(odd)
    with pytest.raises(DataError, match=r"The name of .*\\xe4 is not UTF-8; rename the folder"):
        propose(odd)


def test_a_link_that_leads_nowhere_is_named_and_a_dollar_in_a_name_is_a_dollar(tmp_path):
    write_csv(tmp_path / "x" / "customers ${YEAR}.csv", CUSTOMERS)
    (tmp_path / "x" / "gone.csv").symlink_to(tmp_path / "nowhere")
    assert any(
        note.startswith("gone.csv: not looked at, no file,") for note in propose(tmp_path / "x").left_open
    )
    assert opened(tmp_path / "x").imported["tables"]["customers"]["kept"] == 20


def refuse(monkeypatch, method, name):
    """Let a method of Path fail on `name` as it does where the account lacks the right."""
    allowed = getattr(Path, method)

    def refused(self, *args, **options):
        if self.name == name:
            raise PermissionError(13, "Permission denied", str(self))
        return allowed(self, *args, **options)

    monkeypatch.setattr(Path, method, refused)


@pytest.mark.parametrize("method", ["iterdir", "is_dir"])
def test_a_folder_that_may_not_be_read_is_named(method, tmp_path, monkeypatch):
    write_csv(tmp_path / "exports" / "customers.csv", CUSTOMERS)
    refuse(monkeypatch, method, "exports")
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)\. Give your account"):
        propose(tmp_path)


def test_a_file_that_may_not_be_read_is_left_out(tmp_path, monkeypatch):
    write_csv(tmp_path / "customers.csv", CUSTOMERS)
    write_csv(tmp_path / "secret.csv", CUSTOMERS)
    refuse(monkeypatch, "open", "secret.csv")
    why = "it cannot be read (Permission denied)"
    assert f"secret.csv: not looked at, {why}" in propose(tmp_path).left_open


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"name: \xe4", "codec can't decode"),
        (b"sources: [", "while parsing"),
        (b"a: 2026-13-45", "month must"),
    ],
    ids=["not UTF-8", "not YAML", "no date"],
)
def test_a_dataset_yaml_that_cannot_be_read_is_an_error(content, why, tmp_path):
    folder = folder_of("zendesk", tmp_path)
    (folder / "dataset.yaml").write_bytes(content)
    with pytest.raises(
        DataError, match=rf"dataset\.yaml is there and cannot be read \(.*{why}.*move it away"
    ):
        propose(folder)


@pytest.mark.parametrize("name", ["dataset.yaml", "tickets.sql"])
def test_a_file_of_the_dataset_that_may_not_be_read_is_an_error(name, tmp_path, monkeypatch):
    folder = folder_of("zendesk", tmp_path)
    write_proposal(propose(folder))
    refuse(monkeypatch, "read_text", name)
    with pytest.raises(DataError, match=rf"{name} is there and cannot be read \(Permission denied"):
        write_proposal(propose(folder))


def test_sheets_that_are_hidden_or_empty_are_named_and_the_visible_one_is_read(tmp_path):
    people = [{"customer_id": f"c{i}", "start_date": "2026-02-01"} for i in range(3)]
    old = [{"customer_id": f"old{i}", "start_date": "2026-02-01", "segment": "a"} for i in range(9)]
    head, broken = [{"customer_id": None}], [{"customer_id": "c1", "segment": "x"}]
    sheets = {"Alt": old, "Kunden": people, "Leer": head, "Notizen": broken}
    write_workbook(tmp_path / "book.xlsx", sheets, hidden=("Alt",))
    proposal = propose(tmp_path)
    assert proposal.exports["book.xlsx, sheet Kunden"] == "customers, by the names of its columns"
    assert "book.xlsx, sheet Alt: not looked at, hidden; make it visible if it is meant" in proposal.left_open
    assert "book.xlsx, sheet Leer: not looked at, no rows below its header" in proposal.left_open
    assert "sheet: Kunden}" in proposal.files["dataset.yaml"]
    assert opened(tmp_path).table("customers")["customer_id"].tolist() == ["c0", "c1", "c2"]


def test_a_sheet_without_rows_is_named(tmp_path):
    write_workbook(tmp_path / "a.xlsx", {"Kunden": [{"customer_id": ""}]})
    with pytest.raises(DataError, match=r"a\.xlsx: no rows below its header"):
        propose(tmp_path)


def test_an_export_without_rows_is_taken_by_its_header_and_that_is_said(tmp_path):
    write_csv(tmp_path / "x" / "customers.csv", CUSTOMERS)
    write_csv(tmp_path / "x" / "kontakte.csv", [["Kundennummer", "Kontaktdatum", "Kontaktpunkt", "Ergebnis"]])
    proposal = propose(tmp_path / "x")
    why = "kontakte.csv: has no rows; its columns are told by their names alone"
    assert why in proposal.left_open
    assert opened(tmp_path / "x").imported["tables"]["interactions"]["kept"] == 0


@pytest.mark.parametrize("name", ["german", "english", "zendesk", "qualtrics", "hubspot", "limesurvey"])
@pytest.mark.parametrize("rows", [0, 1])
def test_an_export_of_no_row_or_one_is_no_crash(name, rows, tmp_path):
    folder = folder_of(name, tmp_path)
    for file in (folder / "exports").iterdir():
        heads = {"qualtrics": 3, "german": 2 if file.stem == "kunden" else 1}.get(name, 1)
        encoding = "utf-16" if file.name == "customers.csv" else "latin-1"
        lines = file.read_text(encoding=encoding).splitlines(keepends=True)[: heads + rows]
        file.write_text("".join(lines), encoding=encoding)
    if rows == 0 and name in ("qualtrics", "limesurvey"):
        with pytest.raises(DataError, match=r"has no rows, and its header alone does not make surveys of it"):
            propose(folder)
        return
    tables = opened(folder).imported["tables"]
    assert all(record["read"] <= 2 and not record["rejected"] for record in tables.values())


def test_an_export_of_3000_columns_is_read(tmp_path):
    extra = [f"Merkmal {number}" for number in range(2998)]
    rows = [[*row, *["1"] * 2998] for row in CUSTOMERS[1:]]
    write_csv(tmp_path / "x" / "customers.csv", [[*CUSTOMERS[0], *extra], *rows])
    assert opened(tmp_path / "x").imported["tables"]["customers"]["kept"] == 20


def test_files_of_one_header_and_two_separators_are_two_sources(tmp_path):
    for year, separator in ((2025, ","), (2026, ";")):
        rows = [["customer_id", "month", "revenue"], ["a", f"{year}-01", "5"], ["b", f"{year}-01", "6"]]
        write_csv(tmp_path / "x" / f"bills-{year}.csv", rows, separator)
    assert opened(tmp_path / "x").table("billing")["revenue"].sum() == 22


# --- headers that SQL must not stumble over -----------------------------------------------------

ODD = {
    "breaks": ["foo\nbar", "a\n\nb", "a\u2028b", "a\x0bb", "a\x85b"],
    "returns": ["foo\r\nbar", "foo\rbar"],
    "marks": [
        "a;b",
        "a,b",
        "a--b",
        "-- x",
        "*/",
        "/* x",
        "$x",
        "${HOME}",
        "back\\slash",
        "'; DROP TABLE x; --",
    ],
    "quotes": ['he said "x"', "it's", 'number("x")', 'a"x"b', "x", "_file,"],
    "letters": ["x" * 200, "Größe in Übergröße", "\N{GRINNING FACE} smile", "\x1b[31mred"],
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_header_of_any_kind_breaks_no_line_of_the_sql(odd, tmp_path):
    rows = [[*row, *["y"] * len(odd)] for row in CUSTOMERS[1:]]
    write_csv(tmp_path / "x" / "people.csv", [[*CUSTOMERS[0], *odd], *rows])
    proposal = propose(tmp_path / "x")
    words = [*proposal.left_open, *(f"{found.file}{found.column}{found.note}" for found in proposal.columns)]
    assert not any(mark in word for word in words for mark in "\n\r\x1b\u2028")
    assert opened(tmp_path / "x").imported["tables"]["customers"]["kept"] == 20
    # Without the dashes the line is a column, under the name that the export has.
    sql = tmp_path / "x" / "customers.sql"
    commented = re.compile(r"""    -- ("(?:[^"]|"")+",)  -- not used; without""")
    sql.write_text(commented.sub(lambda found: found[1].replace("\n-- ", "\n") + "--", sql.read_text()))
    filled = cx.open_dataset(tmp_path / "x").imported["tables"]["customers"]["filled"]
    names = [" ".join(name.split()) if "\r" in name else name for name in odd]
    assert [filled[name] for name in dict.fromkeys(names)] == [20] * len(set(names))


@pytest.mark.parametrize("broken", ["\n", "\r\n", "\r", " \n"], ids=ascii)
def test_columns_are_used_whose_names_run_over_two_lines(broken, tmp_path):
    header = ["Kunden-Nummer", "Kontakt-Datum", "Kontakt-Punkt", "Er-gebnis"]
    rows = [[f"c{i}", "03.02.2026", f"hot{broken}line", f"nicht {broken}gelöst"] for i in range(9)]
    write_csv(tmp_path / "x" / "a.csv", [[name.replace("-", f"-{broken}") for name in header], *rows])
    header = ["Kunden-Nummer", "Antwort-Datum", "Empfehlung (NPS)-0 bis 10"]
    rows = [[f"c{i}", "03.02.2026", i] for i in range(9)]
    write_csv(tmp_path / "x" / "b.csv", [[name.replace("-", f"-{broken}") for name in header], *rows])
    data = opened(tmp_path / "x")
    assert data.table("interactions")["touchpoint"].eq("hotline").all()
    assert data.table("negative_experiences")["source"].eq("failure").all()
    assert data.table("surveys")["score"].sort_values().tolist() == list(range(9))


def test_a_line_break_in_a_cell_of_a_workbook_is_no_line_break_of_the_sql(tmp_path):
    (tmp_path / "x").mkdir()
    people = [
        {"Kunden-\nnummer": f"c{i}", "Vertrags\nbeginn": "2026-02-01", "Ort\nTeil": "A"} for i in (1, 2)
    ]
    write_workbook(tmp_path / "x" / "kunden.xlsx", {"Kunden": people})
    assert '    -- "Ort\n-- Teil",  -- not used' in propose(tmp_path / "x").files["customers.sql"]
    assert opened(tmp_path / "x").imported["tables"]["customers"]["kept"] == 2


def test_a_parquet_file_whose_names_no_sql_file_can_hold_is_left_out(tmp_path):
    write_csv(tmp_path / "x" / "people.csv", CUSTOMERS)
    pq.write_table(pa.table({"customer_id": ["c1"], "a\rb": [1]}), tmp_path / "x" / "odd.parquet")
    why = "column 'a\\rb' has a carriage return in its name; rename it"
    assert f"odd.parquet: not looked at, {why}" in propose(tmp_path / "x").left_open


# --- writing ------------------------------------------------------------------------------------


def test_nothing_is_overwritten(tmp_path):
    folder = folder_of("zendesk", tmp_path)
    mine = "SELECT 1 AS ticket_id"
    (folder / "tickets.sql").write_text(mine)
    done = write_proposal(propose(folder))
    assert done["tickets.sql"] == "kept; the proposal is in tickets.sql.proposed"
    assert done["dataset.yaml"] == "written"
    assert (folder / "tickets.sql").read_text() == mine
    proposed = (folder / "tickets.sql.proposed").read_text()
    assert '"Id" AS ticket_id,  -- certain' in proposed
    (folder / "tickets.sql.proposed").write_text("something of mine")
    done = write_proposal(propose(folder))
    assert done["tickets.sql"].startswith("kept, as is tickets.sql.proposed")
    assert (folder / "tickets.sql.proposed").read_text() == "something of mine"
    assert done["dataset.yaml"] == "kept: it already says this"


def test_a_proposal_beside_a_file_is_no_part_of_the_dataset(tmp_path):
    folder = folder_of("zendesk", tmp_path)
    write_proposal(propose(folder))
    (folder / "dataset.yaml").write_text((folder / "dataset.yaml").read_text() + "as_of: 2026-10\n")
    write_proposal(propose(folder))
    assert (folder / "dataset.yaml.proposed").exists()
    assert cx.open_dataset(folder).imported["tables"]["tickets"]["kept"] == 24


def test_a_dataset_yaml_that_is_there_names_the_sources(tmp_path):
    folder = folder_of("german", tmp_path)
    (folder / "dataset.yaml").write_text("name: mine\nsources:\n  crm: {file: kunden.csv}\n")
    proposal = propose(folder)
    assert proposal.files["customers.sql"].rstrip().endswith("FROM crm")
    missing = "dataset.yaml is kept; it has no source abrechnung_2026, kontakte, which the proposed SQL reads"
    assert missing in proposal.left_open


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"No folder .*nowhere"):
        propose(tmp_path / "nowhere")


def test_a_folder_without_exports_says_what_was_expected(tmp_path):
    with pytest.raises(DataError, match=r"found: no file.*Kundennummer"):
        propose(tmp_path)


def test_what_was_interrupted_leaves_no_file_behind(tmp_path, monkeypatch):
    folder = folder_of("zendesk", tmp_path)
    proposal = propose(folder)

    def full(self, text, **options):
        Path.write_bytes(self, text[:9].encode())
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(DataError, match=r"tickets\.sql cannot be written \(No space left"):
            write_proposal(proposal)
    assert [path.name for path in folder.iterdir()] == ["exports"]
    assert set(write_proposal(proposal).values()) == {"written"}


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    proposal = propose(folder_of("zendesk", tmp_path))
    shutil.rmtree(proposal.folder)
    with pytest.raises(DataError, match=r"tickets\.sql cannot be written \(No such file"):
        write_proposal(proposal)


# --- the words ----------------------------------------------------------------------------------

HELPERS = {"form", "status", "reply_minutes"}


def test_presets_and_synonyms_name_columns_that_exist():
    for preset in presets():
        known = {column.name for column in TABLES[preset.table].columns} | HELPERS
        assert {line.column for line in preset.lines} <= known, preset.title
        assert preset.known_by, preset.title
    for table, contract in TABLES.items():
        known = {column.name for column in contract.columns} | HELPERS | {"recorded_at"}
        columns = {column for taken in synonyms(table).values() for column, _ in taken}
        assert columns - known <= {"customer_id"}, table


@pytest.mark.parametrize("column", ["end_type", "direction", "initiative", "handled_by", "outcome"])
def test_codings_give_values_of_the_contract(column):
    allowed = next(c for table in TABLES.values() if (c := table.column(column))).values
    assert set(codings(column).values()) == set(allowed)
