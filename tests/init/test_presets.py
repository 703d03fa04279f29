"""The known exports and the words: they name what the contract has."""

import pytest

from cxlib.contract.schema import TABLES
from cxlib.init.presets import codings, folded, presets, synonyms

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


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Kündigungs-Datum", "kuendigungsdatum"),
        ("Ku\u0308ndigungsdatum", "kuendigungsdatum"),
        ("Straße", "strasse"),
        ("Reason [list]", "reason"),
        ("[list] of reasons", "listofreasons"),
        ("  order_ID ", "orderid"),
        ("日付", ""),
    ],
    ids=ascii,
)
def test_names_are_compared_without_case_marks_and_umlauts(name, word):
    assert folded(name) == word


def test_a_word_of_one_table_is_none_of_another():
    assert ("revenue", "certain") in synonyms("billing")["umsatz"]
    assert "revenue" not in {column for column, _ in synonyms("customers").get("umsatz", [])}
    assert synonyms("customers")["kundennummer"] == [("customer_id", "certain")]


def test_words_of_exports_become_values_of_the_contract():
    assert codings("outcome")["nichtgeloest"] == "unresolved"
    assert codings("touchpoint")["hotline"] == "hotline"
    assert codings("no_such_column") == {}


def test_a_preset_is_read_from_its_head_and_its_lines():
    zendesk = next(preset for preset in presets() if preset.title == "Zendesk tickets")
    assert (zendesk.table, zendesk.has_questions, zendesk.scales) == ("tickets", False, {})
    assert zendesk.known_by[:3] == [["Id"], ["Created at"], ["Requester external id", "Requester id"]]
    opened = next(line for line in zendesk.lines if line.column == "opened_at")
    assert (opened.sql, opened.sure) == ('moment("Created at")', "certain")
    hubspot = next(preset for preset in presets() if preset.title.startswith("HubSpot"))
    assert hubspot.scales["csat"] == (0, 2)
    assert len({preset.title for preset in presets()}) == len(presets())
