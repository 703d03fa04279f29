"""Whatever chapter 12 refuses, it refuses in German too, in every part of the sentence."""

import pytest

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn import study
from cxlib.chapters.churn.figures import FIGURES
from cxlib.errors import ModelError
from cxlib.language import Message, listing, translate
from cxlib.panel import counts, effects
from cxlib.panel.panel import panel_of
from tests.panel.customer_months import FIRST, LAST, opened


def english_left_in(message):
    """Return the parts of a sentence that have no German one."""
    english = translate(message.template, "de", plural=message.plural) == message.template
    values = [part for value in message.values.values() for part in getattr(value, "items", [value])]
    inner = [text for value in values if isinstance(value, Message) for text in english_left_in(value)]
    return [message.template, *inner] if english else inner


def without(tables, **changed):
    return opened(tables | changed)


def leavers_only(tables):
    leavers = tables["customers"].dropna(subset="end_no")["customer_no"]
    bad = tables["negative_experiences"]
    return without(tables, negative_experiences=bad[bad["customer_no"].isin(leavers)])


def attributes_of_leavers_erased(tables):
    people = tables["customers"]
    return without(tables, customers=people.assign(segment=people["segment"].mask(people["end_no"].notna())))


def no_usage_at_the_end(tables):
    return without(tables, billing=tables["billing"][tables["billing"]["month_no"] < LAST])


CASES = {
    "no experiences": (lambda t: opened({"customers": t["customers"]}), churn.__all__),
    "experiences of leavers alone": (leavers_only, churn.__all__),
    "too few ends": (
        lambda t: without(t, customers=t["customers"].iloc[:60]),
        ["hazard", "risk", "trust"],
    ),
    "attributes of leavers erased": (attributes_of_leavers_erased, ["leads", "hazard", "risk", "trust"]),
    "usage unknown in the last month": (no_usage_at_the_end, ["risk"]),
    "a tenure nobody was seen in": (
        lambda t: opened(t, months=(FIRST, FIRST + 11), controls=()),
        ["risk"],
    ),
    "groups too small to show": (lambda t: opened(t, minimum_group=2000), ["naive", "leads"]),
    "a horizon longer than the data": (
        lambda t: opened(t, zendesk={"horizon_months": 60}),
        ["after", "claim"],
    ),
}


@pytest.mark.parametrize(("case", "name"), [(case, name) for case in CASES for name in CASES[case][1]])
def test_refusals_are_german(tables, case, name):
    result = getattr(churn, name)(CASES[case][0](tables))
    assert not result.available
    assert set(result.absent) == set(FIGURES.of(f"churn.{name}"))
    for reason in (*result.sentences, *result.absent.values()):
        assert english_left_in(reason) == []
        assert "{" not in reason.text("de")


@pytest.mark.parametrize("name", churn.__all__)
def test_what_is_said_is_german_in_every_part(data, name):
    result = getattr(churn, name)(data)
    said = [*result.sentences, *result.method, *result.warnings, *(t for line in result.lines for t in line)]
    said += [m for f in result.figures for m in (f.label, f.method, f.note) if m is not None]
    assert [text for message in said for text in english_left_in(message)] == []


def test_absent_figures_say_why_in_german(tables):
    few = {
        "experiences": tables["negative_experiences"].drop_duplicates("customer_no"),
        "customers": tables["customers"].assign(end_type="voluntary"),
    }
    data = without(tables, negative_experiences=few["experiences"], customers=few["customers"])
    unknown = opened({k: v for k, v in tables.items() if k != "billing"})
    single = opened(tables, exposure={"window_months": 1, "lag_months": 1})
    for some in (data, unknown, single):
        results = [getattr(churn, name)(some) for name in churn.__all__]
        reasons = [reason for result in results for reason in result.absent.values()]
        assert reasons and all(english_left_in(reason) == [] for reason in reasons)


def test_too_many_patterns_and_nobody_are_refused_in_german(tables, monkeypatch):
    monkeypatch.setattr(counts, "MOST_CELLS", 50)
    with pytest.raises(ModelError, match="Too many covariate patterns") as many:
        panel_of(opened(tables))
    monkeypatch.undo()
    with pytest.raises(ModelError, match="no customers to count") as nobody:
        panel_of(without(tables, customers=tables["customers"].iloc[:0]))
    for refused in (many, nobody):
        assert english_left_in(refused.value.reason) == []


def test_english_left_in_finds_what_is_english():
    whole = effects.reason_without_level("2+", 1)
    assert english_left_in(whole) == []
    assert english_left_in(Message("Not of the kit: {why}", {"why": whole})) == ["Not of the kit: {why}"]
    nested = study.NO_EXPERIENCES(why=listing([Message("not of the kit")]))
    assert english_left_in(nested) == ["not of the kit"]
