from dataclasses import FrozenInstanceError

import pytest

from cxlib.checks.finding import SEVERITIES, Finding, by_severity
from cxlib.language import say


def finding(severity, check):
    return Finding(check, severity, say("a"), say("b"))


def test_the_most_serious_come_first_else_in_their_order():
    given = [finding("note", "1"), finding("serious", "2"), finding("warning", "3"), finding("serious", "4")]
    assert [each.check for each in by_severity(given)] == ["2", "4", "3", "1"]


def test_a_severity_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="'grave'"):
        by_severity([finding("grave", "1")])


def test_a_finding_does_not_change_and_need_not_name_a_table():
    made = finding("note", "1")
    assert (made.table, made.column) == ("", "")
    with pytest.raises(FrozenInstanceError):
        made.severity = "serious"


def test_severities_have_words_in_each_language():
    words = {name: (message.text("en"), message.text("de")) for name, message in SEVERITIES.items()}
    assert words == {
        "serious": ("serious", "schwerwiegend"),
        "warning": ("warning", "Warnung"),
        "note": ("note", "Hinweis"),
    }
