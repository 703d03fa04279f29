"""The proposed SQL files: what they join and leave out, and what they say of it."""

import re

import pytest

import cxlib as cx
from cxlib.init.proposal import propose, write_proposal
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
