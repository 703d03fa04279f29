"""`cx init` on known exports: what is recognised, what is left open, and that the proposal works."""

import pytest

from cxlib.errors import DataError
from cxlib.init.proposal import propose
from tests.init.exports import ALONE, EXPORTS, folder_of, left_open, opened, used, write_csv

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
        [
            "report1761.csv: no column holds the customer's number; these rows join no customer",
            "report1761.csv: the last 5 records have another form than the header; taken as a footer "
            "and left out",
        ],
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
