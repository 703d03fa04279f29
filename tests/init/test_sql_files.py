"""The proposed SQL files: what they join and leave out, and what they say of it."""

import re

import duckdb
import pyarrow as pa
import pytest

import cxlib as cx
from cxlib.init.proposal import propose, write_proposal
from cxlib.init.sql_files import LOW_RATINGS
from tests.init.exports import (
    ALONE,
    CONTACTS,
    CUSTOMERS,
    KNOWN_TOOLS,
    folder_of,
    opened,
    with_contacts,
    write_csv,
)


@pytest.mark.parametrize("name", KNOWN_TOOLS)
def test_every_row_can_be_found_again_in_its_file(name, tmp_path):
    proposal = propose(folder_of(name, tmp_path))
    for file, text in proposal.files.items():
        if file.endswith(".sql") and "'rating' AS source" not in text.split("\n-- UNION")[0]:
            assert "_file" in text and "_line" in text, file


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


def test_low_ratings_alone_are_counted_and_that_is_said(tmp_path):
    contacts = [[*contact[:3], "", contact[4]] for contact in CONTACTS]
    folder = with_contacts(tmp_path / "x", contacts)
    assert f"negative_experiences: {ALONE}" in propose(folder).left_open
    assert opened(folder).table("negative_experiences")["source"].value_counts().to_dict() == {"rating": 22}


def test_files_that_write_numbers_differently_go_into_one_table(tmp_path):
    write_csv(tmp_path / "x" / "old.csv", [["customer_id", "month", "revenue"], ["a", "2025-01", "12.5"]])
    rows = [["Kundennummer", "Monat", "Umsatz"], ["a", "01.2026", "1.012,50"]]
    write_csv(tmp_path / "x" / "new.csv", rows, separator=";")
    write_csv(tmp_path / "x" / "customers.csv", [*CUSTOMERS, ["a", "2024-12-01"]])
    billing = opened(tmp_path / "x").table("billing")
    assert sorted(billing["revenue"]) == [12.5, 1012.5]


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


def invited(folder, *, kind="Kontakt", blanks="", answered=12):
    """Write customers, 12 invitations (their values between `blanks`) and the answers to some of them."""
    header = ["Einladung", "Kundennummer", "Versandt am", "Befragung"]
    rows = [[f"e{i}", f"c{i}", "01.02.2026", kind] for i in range(12)]
    padded = [[f"{blanks}{cell}{blanks}" for cell in row] for row in rows]
    write_csv(folder / "einladungen.csv", [header, *padded])
    answers = [[f"e{i}", "2026-02-03", 1 + i % 5] for i in range(answered)]
    write_csv(folder / "antworten.csv", [["Nummer", "Antwortdatum", "Zufriedenheit"], *answers])
    write_csv(folder / "kunden.csv", CUSTOMERS)
    return folder


@pytest.mark.parametrize("blanks", ["", " "])
@pytest.mark.parametrize("kind", ["Kontakt", ""])
def test_invitations_and_answers_meet_whatever_blanks_stand_around_them(kind, blanks, tmp_path):
    surveys = opened(invited(tmp_path / "x", kind=kind, blanks=blanks, answered=10)).table("surveys")
    assert len(surveys) == 12
    assert sorted(surveys["score"].dropna()) == sorted(1 + i % 5 for i in range(10))
    assert surveys["customer_id"].notna().all()


def test_a_kind_of_survey_that_nothing_names_leaves_every_question_asked(tmp_path):
    why = "einladungen.csv: which questions are asked where is not told by Befragung; all are taken as asked"
    assert why in propose(invited(tmp_path / "x", kind="")).left_open
    assert why not in propose(invited(tmp_path / "y")).left_open


def test_low_answers_are_the_worst_quarter_of_their_scale():
    answers = [
        ("nps", 6, 0, 10, True), ("nps", 7, 0, 10, True), ("csat", 2, 1, 5, True), ("csat", 3, 1, 5, True),
        ("ces", 6, 1, 7, False), ("ces", 5, 1, 7, False), ("item", 0, 0, 2, True), ("review", 1, 1, 5, True),
        ("other", 0, 0, 10, True),
    ]  # fmt: skip
    columns = ["instrument", "score", "scale_low", "scale_high", "high_is_good"]
    surveys = pa.table(dict(zip(columns, map(list, zip(*answers, strict=True)), strict=True)))
    for column, value in (("customer_id", "c"), ("answered_at", "2026-01-01"), ("touchpoint", None)):
        surveys = surveys.append_column(column, pa.array([value] * len(answers), pa.string()))
    with duckdb.connect() as connection:
        connection.register("surveys", surveys)
        low = connection.sql(LOW_RATINGS.replace("'rating' AS source", "instrument, score")).fetchall()
    assert [row[3:] for row in low] == [("nps", 6), ("csat", 2), ("ces", 6), ("item", 0), ("review", 1)]
    assert {row[2] for row in low} == {"satisfaction_survey"}


def test_the_head_says_what_was_not_used_and_what_has_no_column(tmp_path):
    rows = [["customer_id", "start_date", "e-mail", "empty"], ["a", "2026-01-01", "a@example.com", ""]]
    write_csv(tmp_path / "crm.csv", rows)
    head = " ".join(propose(tmp_path).files["customers.sql"].split("SELECT")[0].replace("--", "").split())
    assert "Not used of crm.csv: e-mail (personal); empty (empty)." in head
    assert "Without a column: " in head and "end_date" in head.split("Without a column: ")[1]
    assert "start_date" not in head.split("Without a column: ")[1]


def test_every_comment_line_is_short_enough_to_read(tmp_path):
    header = ["customer_id", "start_date", *(f"Merkmal {number}" for number in range(40))]
    write_csv(tmp_path / "crm.csv", [header, ["a", "2026-01-01", *["1"] * 40]])
    head = propose(tmp_path).files["customers.sql"].split("SELECT")[0]
    assert max(map(len, head.splitlines())) < 110 and len(head.splitlines()) > 10
