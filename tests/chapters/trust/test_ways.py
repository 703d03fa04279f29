"""Four ways of measuring, on rows that can be counted by hand."""

import numpy as np

from cxlib.chapters.trust.ways import methods
from tests.chapters.tiny import answers, customers, opened, tickets


def words(result):
    return " ".join([result.text("en"), *(text.text("en") for _, text in result.lines)])


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
    result = methods(opened(tmp_path, surveys=surveys, customers=customers(100)))
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
    result = methods(opened(tmp_path, surveys=answers(9, 40), tickets=tickets(4)))
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
    result = methods(
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
