"""German and English: complete catalogue, and numbers as readers of each language write them."""

import json
import re
import string
from datetime import date

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from cxlib import language
from cxlib.errors import CxError
from cxlib.language import (
    count,
    day,
    listing,
    money,
    month,
    number,
    percent,
    percentage_points,
    say,
    to_text,
)
from tests.environment import ROOT

CATALOGUE = ROOT / "cxlib/locale/de.po"


def sentences():
    """Return every English sentence of the code and every Markdown cell of the notebooks."""
    found = {
        message
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT / "cxlib"), method_map=[("**.py", "python")], keywords={"say": None}
        )
    }
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found |= {"".join(c["source"]) for c in cells if c["cell_type"] == "markdown"}
    return found


def german():
    with CATALOGUE.open("rb") as file:
        return {m.id: m.string for m in read_po(file, locale="de") if m.id}


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_every_sentence_has_a_german_one():
    missing = sorted(s for s in sentences() if not german().get(s))
    assert not missing, f"{len(missing)} without translation, first: {missing[:3]}"


def test_the_catalogue_holds_nothing_that_is_no_longer_said():
    assert not sorted(set(german()) - sentences())


def test_translations_keep_the_values_of_the_sentence():
    wrong = {s: g for s, g in german().items() if "{" in s and placeholders(s) != placeholders(g)}
    assert not wrong


def test_german_sentences_have_no_english_numbers_or_quotes():
    english = re.compile(r"\d\.\d{1,2}(?!\d|\.)|\d,\d{3}(?!\d)|\d%|“[^”„]*”")
    wrong = [g for g in german().values() if english.search(re.sub(r"`[^`]*`|```.*?```", "", g, flags=re.S))]
    assert not wrong


@pytest.mark.parametrize(
    ("quantity", "german_text", "english_text"),
    [
        (number(1234567.891, 2), "1.234.567,89", "1,234,567.89"),
        (number(-1234.5, 1), "−1.234,5", "−1,234.5"),
        (number(3.2, 1, signed=True), "+3,2", "+3.2"),
        (number(-0.004, 2, signed=True), "0,00", "0.00"),
        (money(-0.001, "EUR", 2, signed=True), "0,00\u00a0€", "€0.00"),
        (percent(0.0, signed=True), "0,0\u00a0%", "0.0%"),
        (count(20000), "20.000", "20,000"),
        (percent(0.1234), "12,3\u00a0%", "12.3%"),
        (percentage_points(-0.051), "−5,1", "−5.1"),
        (money(-1234.5, "EUR", 2), "−1.234,50\u00a0€", "−€1,234.50"),
        (month("2026-03"), "März 2026", "March 2026"),
        (month("2026-10", short=True), "Okt. 2026", "Oct 2026"),
        (day(date(2026, 3, 1)), "1. März 2026", "March 1, 2026"),
        (number(None), "–", "–"),
        (percent(float("nan")), "–", "–"),
        (
            listing([count(1), "b", say("not a sentence")]),
            "1, b und not a sentence",
            "1, b and not a sentence",
        ),
        (listing([]), "", ""),
    ],
)
def test_quantities_read_as_each_language_writes_them(quantity, german_text, english_text):
    assert quantity.text("de") == german_text
    assert quantity.text("en") == english_text


def test_a_message_binds_quantities_in_the_language_it_is_read_in():
    message = language.Message("{share} of {n}", {"share": percent(0.5), "n": count(1500)})
    assert message.text("de") == "50,0\u00a0% of 1.500"
    assert str(message) == message.text("en") == "50.0% of 1,500"


def test_the_current_language_is_used_where_none_is_named():
    language.use("de")
    try:
        assert str(percent(0.1)) == "10,0\u00a0%"
    finally:
        language.use("en")


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(CxError, match="'fr' is not known; choose one of de, en"):
        percent(0.1).text("fr")


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_german_and_english_numbers_are_the_same_number(value, digits):
    english = number(value, digits).text("en").replace("−", "-").replace(",", "")
    german_text = number(value, digits).text("de").replace("−", "-").replace(".", "").replace(",", ".")
    assert english == german_text


def test_plain_values_become_text_as_they_are():
    assert to_text("Süd", "de") == "Süd"
    assert to_text(None) == "–"
