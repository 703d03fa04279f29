"""Sentences with a count say it of one and of several, in both languages."""

import ast
import re

import pandas as pd
import pytest

from cxlib.checks import consistency, plausibility, remarks
from cxlib.intake.casts import REPEATED
from cxlib.intake.oddities import OFF_SCALE
from tests.environment import ROOT

REVERSED = "ends before it starts"
SPAN = {"first": 24300, "last": 24322, "strays": 0, "future": 0, "empty": 0}


def set_aside(rows, reason, **further):
    record = {"read": 20, "kept": 20 - rows, "rejected": [{"column": "x", "reason": reason, "rows": rows}]}
    return record | {"filled": {"score": 10}, "off_scale": ["99"]} | further


def strangers(n, forms=("AA-9",)):
    record = {"filled": {"customer_id": 50, "customer_no": 50 - n}}
    return remarks.strangers(
        "tickets", record | {"forms": {"strangers": list(forms), "listed": ["9"]}}, {"customers": {}}
    )


def dated(n, what):
    return remarks.stray_dates("tickets", {"span": SPAN | {what: n}})


CASES = {
    "rows set aside": lambda n: remarks.set_aside({"tickets": set_aside(n, "")}),
    "ids that come again": lambda n: remarks.repeated("tickets", set_aside(n, REPEATED.template)),
    "times in the wrong order": lambda n: remarks.reversed_times("tickets", set_aside(n, REVERSED)),
    "scores off their scale": lambda n: remarks.off_scale("surveys", set_aside(n, OFF_SCALE)),
    "rows of unknown customers": lambda n: strangers(n, ()),
    "rows of unknown customers, with the form of their ids": strangers,
    "dates far from all others": lambda n: dated(n, "strays"),
    "dates in the future": lambda n: dated(n, "future"),
    "months without rows": lambda n: dated(n, "empty"),
    "amounts with a currency": lambda n: remarks.written_currencies("billing", {"money_signs": {"€": n}}),
    "experiences after the end": lambda n: remarks.after_the_end({"after_the_end": n}),
    "answers on a scale": lambda n: consistency.several_scales(
        pd.DataFrame({"instrument": ["nps"], "scale_low": [1.0], "scale_high": [10.0], "answers": [n]})
    ),
    "customers who stayed": lambda n: plausibility.nobody_or_everybody(n, 0),
    "customers who left": lambda n: plausibility.nobody_or_everybody(n, n),
}
# After a 1: the word for several, or a verb of several.
SEVERAL = {
    "en": re.compile(r"\b1 (rows|scores|months|answers|negative experiences|customers)\b|\b(were|are|lie)\b"),
    "de": re.compile(r"\b1 (Zeilen|Bewertungen|Monaten|Antworten|negative Erfahrungen|Kunden)\b|\bwurden\b"),
}
ONE = re.compile(
    r"\b1 (row|score|month|answer|negative experience|Zeile|Bewertung|Monat|Antwort|negative Erfahrung)\b"
    "|only customer|einzige Kunde"
)
# Counts beside which no word changes.
WITHOUT_PLURAL = {
    "{table} {lost} of {read}",
    "{one} ({rows}) and {other} ({others})",
    "{question} ({share} of {asked})",
    "{column} of {table} is written with a time zone in some rows ({zoned}) and without one in others "
    "({plain}); those without are read as times of the source's zone.",
}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("case", CASES)
def test_one_and_two_are_said_as_one_and_two(case, language):
    (one,), (two,) = ([f.sentence.text(language) for f in CASES[case](n)] for n in (1, 2))
    assert "2" in re.sub(r"October 2026|Oktober 2026", "", two)
    assert ONE.search(one)
    assert not SEVERAL[language].search(one.replace("there are no", "").replace("all others", ""))
    assert not re.search(r"\b2 (row|score|month|answer|Zeile|Bewertung|Monat|Antwort)\b", two)


@pytest.mark.parametrize("case", CASES)
def test_german_is_not_english(case):
    for n in (1, 2):
        (finding,) = CASES[case](n)
        assert finding.sentence.text("de") != finding.sentence.text("en")
        assert finding.remedy.text("de") != finding.remedy.text("en")


def sentences():
    """Yield the calls of say() in the rooms before the chapters."""
    for room in ("contract", "intake", "dataset", "checks", "init"):
        for path in (ROOT / "cxlib" / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                    yield node


def test_every_sentence_with_a_count_has_a_case_here():
    calls = list(sentences())
    assert len([call for call in calls if any(k.arg == "plural" for k in call.keywords)]) == len(CASES)
    counted = {
        call.args[0].value
        for call in calls
        if any(getattr(getattr(k.value, "func", None), "id", "") == "count" for k in call.keywords)
        and not any(k.arg == "plural" for k in call.keywords)
    }
    assert counted == WITHOUT_PLURAL
