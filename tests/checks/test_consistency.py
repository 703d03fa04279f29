"""Each check of the records fires on a planted case and is silent on a sound one."""

import shutil

import pandas as pd
import pytest

import cxlib as cx
from cxlib.checks import consistency as check
from cxlib.company import simulate, write_dataset


def words(found):
    return [finding.sentence.text("en") for finding in found]


def spelled(**counts):
    """Return counts of levels of customers.segment."""
    return pd.DataFrame(
        {"table": "customers", "column": "segment", "level": list(counts), "rows": list(counts.values())}
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("business", "Business"),
        ("Süd", "SUED"),
        ("Süd", "Su\u0308d"),
        ("E-Mail", "e mail"),
        ("Straße", "strasse"),
        ("Café", "cafe"),
    ],
)
def test_levels_that_differ_in_writing_alone_are_one(one, other):
    (text,) = words(check.two_spellings(spelled(**{one: 90, other: 60})))
    assert text.endswith(f"seems to have the same level under two spellings: {one} (90) and {other} (60).")


@pytest.mark.parametrize("slip", ["consumr", "consumers", "consamer", "consuemr"])
def test_a_rare_word_with_one_wrong_letter_is_a_slip(slip):
    assert len(words(check.two_spellings(spelled(consumer=900, **{slip: 5})))) == 1
    assert not words(check.two_spellings(spelled(consumer=900, **{slip: 400})))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("inbound", "outbound"),
        ("plan 1", "plan 2"),
        ("1.0", "10"),
        ("male", "female"),
        ("A", "a-"),
        ("A", "A+"),
    ],
)
def test_levels_that_differ_in_meaning_are_two(one, other):
    assert not words(check.two_spellings(spelled(**{one: 900, other: 5})))


def scale(*rows):
    return pd.DataFrame(rows, columns=["instrument", "scale_low", "scale_high", "high_is_good", "answers"])


def test_an_instrument_on_two_scales_is_found():
    both = scale(("csat", 1, 5, True, 900), ("csat", 1, 10, True, 80))
    assert words(check.several_scales(both)) == [
        "The scale of csat is not the usual one, or not always the same: 1 to 5 (900 answers) and "
        "1 to 10 (80 answers)."
    ]
    assert words(check.several_scales(scale(("nps", 1, 10, True, 900))))
    assert not words(check.several_scales(scale(("nps", 0, 10, True, 900), ("csat", 1, 5, True, 900))))


def test_questions_most_people_left_out_are_found():
    asked = pd.DataFrame(
        [
            ("item", "wifi", 200, 30),
            ("item", "shops", 200, 190),
            ("item", "app", 5, 0),
            ("nps", None, 90, 40),
        ],
        columns=["instrument", "touchpoint", "asked", "rated"],
    )
    (text,) = words(check.unrated(asked))
    assert "no rating to wifi (15% of 200) and nps (44% of 90);" in text
    assert not words(check.unrated(asked.iloc[[1, 2]]))


def sample(business):
    rows = [("segment", "business", 300, business), ("segment", "consumer", 700, 200 - business)]
    return pd.DataFrame(rows, columns=["column", "level", "customers", "answered"])


def test_a_sample_far_from_the_base_is_found():
    (text,) = words(check.unlike_the_base(sample(150)))
    assert "business in segment (75% of those who answered, 30% of all)" in text
    assert not words(check.unlike_the_base(sample(63)))
    assert not words(check.unlike_the_base(sample(150).assign(answered=[15, 5])))


def test_rows_twice_under_other_ids_are_found():
    rows = pd.DataFrame({"table": ["tickets", "surveys"], "rows": [1000, 1000], "doubled": [50, 1]})
    assert words(check.doubled(rows)) == [
        "About 5.0% of the rows of support tickets agree with another row in customer, time and content."
    ]


def bills(**counts):
    return pd.Series({"months": 1000, "billed": 1000, "zero": 0, "ended": 100, "after": 0} | counts)


def test_months_without_a_bill_are_set_against_bills_of_zero():
    both = words(check.months_without_bill(bills(billed=900, zero=50)))
    assert both[0].startswith(
        "In 10.0% of the months of present customers there is no bill, in 5.0% a bill of zero"
    )
    assert words(check.months_without_bill(bills(billed=900))) == [
        "In 10.0% of the months of present customers there is no bill."
    ]
    assert not words(check.months_without_bill(bills(zero=300)))
    assert not words(check.months_without_bill(bills(months=0)))


def test_bills_after_the_end_are_noted():
    assert (
        "30% of the customers who left were billed" in words(check.billed_after_the_end(bills(after=30)))[0]
    )
    assert not words(check.billed_after_the_end(bills(after=2)))


@pytest.fixture(scope="module")
def careless(tmp_path_factory):
    """Return a simulated company whose exports were put together carelessly."""
    folder = tmp_path_factory.mktemp("careless") / "company"
    write_dataset(simulate(1500, seed=1, dirt="none"), folder)
    changes = [
        (
            "tickets",
            "FROM helpdesk",
            "FROM helpdesk UNION ALL BY NAME SELECT * REPLACE (ticket_id || 'b' AS ticket_id) "
            'FROM (SELECT "Id" AS ticket_id, "Requester external id" AS customer_id, '
            '"Created at" AS opened_at, "Reason [list]" AS reason, "Via" AS channel '
            "FROM helpdesk WHERE \"Id\" LIKE '%3')",
        ),
        (
            "tickets",
            '"Via" AS channel',
            'CASE WHEN "Id" LIKE \'%7\' THEN upper("Via") ELSE "Via" END AS channel',
        ),
        (
            "billing",
            "FROM invoicing",
            "FROM invoicing WHERE NOT (account % 10 = 4 AND month(month) BETWEEN 5 AND 9)",
        ),
        (
            "surveys",
            "WHERE \"Status\" = '0'",
            'WHERE "Status" = \'0\' AND "InvitationId" IN (SELECT "Einladung" FROM '
            "invitations JOIN customers ON \"Kundennummer\" = customer_id WHERE segment = 'business')",
        ),
        (
            "surveys",
            "WHEN 'csat' THEN said.\"Q2\"",
            "WHEN 'csat' THEN CASE WHEN said.\"Q2\" < '4' THEN said.\"Q2\" END",
        ),
        (
            "surveys",
            "questions.scale_high,",
            "questions.scale_high + (asked.invitation LIKE '%5')::INT AS scale_high,",
        ),
    ]
    for table, old, new in changes:
        path = folder / f"{table}.sql"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    shutil.rmtree(folder / ".cx", ignore_errors=True)
    return cx.open_dataset(folder)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("doubled_rows", "tickets"),
        ("two_spellings", "tickets"),
        ("months_without_bill", "billing"),
        ("unlike_the_base", "surveys"),
        ("mostly_unrated", "surveys"),
        ("several_scales", "surveys"),
    ],
)
def test_careless_exports_are_found(careless, name, table):
    assert (name, table) in {(finding.check, finding.table) for finding in cx.findings(careless)}
