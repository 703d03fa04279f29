"""Counts with their nouns, and settings in words."""

import pytest

from cxlib.chapters.satisfaction.wording import answers, exact, people, satisfied_when


@pytest.mark.parametrize(
    ("n", "english", "german"),
    [
        (1, "1 answer by 1 person", "1 Antwort von 1 Person"),
        (2, "2 answers by 2 people", "2 Antworten von 2 Personen"),
    ],
)
def test_one_answer_is_one_answer(n, english, german):
    assert f"{answers(n).text('en')} by {people(n).text('en')}" == english
    assert f"{answers(n).text('de')} von {people(n).text('de')}" == german


@pytest.mark.parametrize(
    ("value", "text"),
    [(4, "4"), (4.0, "4"), (3.5, "3.5"), (0.25, "0.25"), (1000, "1,000"), (1e6, "1,000,000")],
)
def test_a_setting_is_said_with_all_its_decimals(value, text):
    assert exact(value).text("en") == text


def test_without_a_setting_the_two_best_points_are_satisfied():
    assert satisfied_when(None).text("en") == "on the two best points of the scale"
    assert satisfied_when(3.5).text("de") == "ab 3,5 (hoch ist gut)"
