"""German and English: complete catalogue, and numbers as readers of each language write them."""

import re
import string
from collections import defaultdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib import language
from cxlib.errors import CxError, ModelError
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
from tests import words


def german():
    """Return singular -> forms in German, of all catalogues."""
    return {
        key: forms
        for path in words.catalogues()
        for message in words.read(path)
        if (key := message.id[0] if message.pluralizable else message.id)
        and (forms := (message.string,) if isinstance(message.string, str) else message.string)
    }


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_each_catalogue_holds_the_sentences_of_its_place_and_no_other():
    """``make words`` puts them there."""
    held = {path: {message.id for message in words.read(path) if message.id} for path in words.catalogues()}
    assert held == {path: set(keys) for path, keys in words.wanted().items()}


def test_every_sentence_has_a_german_one():
    missing = [
        message.id
        for path in words.catalogues()
        for message in words.read(path)
        if message.id and words.is_open(message)
    ]
    assert not missing, f"{len(missing)} without translation, first: {missing[:3]}"


def test_a_sentence_reads_the_same_in_every_chapter():
    forms = defaultdict(set)
    for path in words.catalogues():
        for message in words.read(path):
            forms[message.id].add(message.string)
    assert not {key: said for key, said in forms.items() if len(said) > 1}


def test_translations_keep_the_values_of_the_sentence():
    pairs = [pair for path in words.catalogues() for m in words.read(path) for pair in _pairs(m)]
    wrong = {said: form for said, form in pairs if "{" in said and placeholders(said) != placeholders(form)}
    assert not wrong


def _pairs(message):
    """Return what is said and its German form, each form of a number with its own."""
    if not message.pluralizable:
        return [(message.id, message.string)]
    return list(zip(message.id, message.string, strict=True))


def test_german_sentences_have_no_english_numbers_or_quotes():
    english = re.compile(r"\d\.\d{1,2}(?!\d|\.)|\d,\d{3}(?!\d)|\d%|“[^”„]*”")
    said = [form for forms in german().values() for form in forms]
    wrong = [g for g in said if english.search(re.sub(r"`[^`]*`|```.*?```", "", g, flags=re.S))]
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
    with language.speaking("de"):
        assert str(percent(0.1)) == "10,0\u00a0%"
    assert str(percent(0.1)) == "10.0%"


def test_the_language_is_as_before_even_after_an_error():
    with pytest.raises(ZeroDivisionError), language.speaking("de"):
        _ = 1 / 0
    assert language.current() == "en"


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0 Zeilen"), (1, "1 Zeile"), (2, "2 Zeilen"), (1000, "1.000 Zeilen")]
)
def test_the_number_chooses_the_form(n, words, tmp_path, monkeypatch):
    catalogue = tmp_path / "de.po"
    catalogue.write_text(
        'msgid "{n} line"\nmsgid_plural "{n} lines"\nmsgstr[0] "{n} Zeile"\nmsgstr[1] "{n} Zeilen"\n'
    )
    monkeypatch.setattr(language, "_further", [])
    language.use_words(catalogue)
    try:
        message = say("{n} line", plural="{n} lines")
        assert message(n=count(n)).text("de") == words
        assert message(n=count(n)).text("en") == ("1 line" if n == 1 else f"{n:,} lines")
    finally:
        language._catalogue.cache_clear()


def test_a_broken_catalogue_is_refused_by_its_name(tmp_path):
    (tmp_path / "de.po").write_text("nonsense\n")
    with pytest.raises(CxError, match=r"de\.po cannot be read as a gettext catalogue"):
        language.use_words(tmp_path / "de.po")


def test_a_message_takes_further_values_when_called():
    message = say("{share} of {n}", share=percent(0.5))
    assert message(n=count(3)).text("en") == "50.0% of 3"
    assert "n" not in message.values


def test_a_reason_that_can_be_said_in_one_language_only_is_refused():
    with pytest.raises(TypeError, match="is a Message made by say"):
        ModelError("only English")


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
