"""Settings of dataset.yaml are obeyed in numbers and words, and every refusal speaks German."""

import re

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.profit import results as profit
from cxlib.chapters.profit.segments import COLUMNS, Segments
from cxlib.contract.config import Claims, Definitions, Money, Reichheld
from tests.chapters.profit.small_company import FIRST, opened
from tests.chapters.profit.spoken import CHAPTER, drawn, is_german, messages

# Words of the defaults that none of these settings has, where they would stand for a setting.
DEFAULTS = re.compile(
    r"(?<![\d.,])60[ -](months|Monate)|sixty|sechzig|(?<![\d.,])75\s?%|(?<![\d.,])10\s?%|(?<![\d.,])15\s?%"
    r"|€|EUR|at least 30 |mindestens 30 |three quarters|drei Viertel"
)
# The words of the published claim itself and of its own arithmetic stay as they are.
PUBLISHED = ("75 percent", "75 Prozent", "6%", "6\N{NO-BREAK SPACE}%")


@pytest.fixture(scope="module")
def other(company, fixed_costs):
    """The company under other settings than the defaults."""
    customers, billing = company
    return opened(
        customers=customers,
        billing=billing,
        fixed_costs=fixed_costs,
        currency="CHF",
        money=Money(horizon_months=36, discount_rate=0.045, acquisition_cost=199.0),
        claims=Claims(
            reichheld=Reichheld(
                gain=0.5, tolerance=0.125, discount_rates=(0.03, 0.075), beyond_data=0.6, minimum_months=30
            )
        ),
        definitions=Definitions(controls=("segment", "region"), minimum_group=40),
    )


def said(dataset, language):
    for part in CHAPTER:
        result = part(dataset)
        yield from (message.text(language) for message in messages(result))
        yield from (
            str(value) for column in result.shown(language) for value in result.shown(language)[column]
        )
        yield from drawn(result, language)


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_default_is_said_where_another_value_is_set(other, language):
    texts = [text for text in said(other, language) if not any(words in text for words in PUBLISHED)]
    # a bare number is a result or a tick, and may be any
    sentences = [text for text in texts if re.search(r"[^\W\d_]|€", text)]
    assert [text for text in sentences if DEFAULTS.search(text)] == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            (
                "within 36 months",
                "by 4.5% a year",
                "CHF",
                "CHF199",
                "at least 40 customers",
                "50% more profit",
            )
            + ("is a gain of 50%", "below 50%", "at least 37.5%", "3% and 7.5%", "from 3% to 7.5%", "+50%"),
        ),
        (
            "de",
            (
                "innerhalb von 36 Monaten",
                "4,5\N{NO-BREAK SPACE}%",
                "199\N{NO-BREAK SPACE}CHF",
                "mindestens 40 Kunden",
            )
            + ("37,5\N{NO-BREAK SPACE}%", "7,5\N{NO-BREAK SPACE}%", "50\N{NO-BREAK SPACE}% mehr Gewinn"),
        ),
    ],
)
def test_every_setting_is_said(other, language, expected):
    together = " | ".join(said(other, language))
    assert [words for words in expected if words not in together] == []


def test_the_rule_follows_its_settings(company):
    customers, billing = company
    words = {"gain": 0.1, "discount_rates": (0.05,)}
    few = opened(
        customers=customers, billing=billing, claims=Claims(reichheld=Reichheld(**words, minimum_months=40))
    )
    result = profit.claim(few)
    assert set(result.parts["grid"].query("version == 'source'").rate) == {0.05}
    assert "only 36 months were observed; 40 are needed" in " ".join(t.text("en") for _, t in result.lines)


def refusals():
    def none(customers, billing):
        return {"customers": customers}

    def empty(customers, billing):
        return {"customers": customers, "billing": billing.head(0)}

    def few(customers, billing):
        return {"customers": customers.head(40), "billing": billing}

    def short(customers, billing):
        return {"customers": customers[customers.customer_no % 8 == 0], "billing": billing}

    def young(customers, billing):
        old = customers.customer_no % 3 != 0
        return {"customers": customers[~old & (customers.start_no >= FIRST)], "billing": billing}

    def two_segments(customers, billing):
        return {"customers": customers.drop(columns="region"), "billing": billing}

    def nobody_left(customers, billing):
        nobody = pd.array([None] * len(customers), dtype="Int64")
        return {"customers": customers.assign(end_no=nobody), "billing": billing}

    def for_ever(customers, billing):
        return {**nobody_left(customers, billing), "money": Money(discount_rate=0.0)}

    def dear(customers, billing):
        return {"customers": customers, "billing": billing, "money": Money(acquisition_cost=2_000.0)}

    def unknown_cost(customers, billing):
        unknown = customers.assign(acquisition_cost=np.nan)
        return {"customers": unknown, "billing": billing.assign(direct_cost=np.nan)}

    def late_bills(customers, billing):
        gone = customers.dropna(subset="end_no").iloc[:200]
        late = {"customer_no": gone.customer_no, "month_no": gone.end_no + 1, "revenue": 5_000.0}
        return {"customers": customers, "billing": pd.concat([billing, pd.DataFrame(late)])}

    cases = (none, empty, few, short, young, two_segments, nobody_left, for_ever, dear, unknown_cost)
    return [*cases, late_bills]


@pytest.mark.parametrize("case", refusals())
def test_every_refusal_and_warning_is_said_in_german(company, case):
    dataset = opened(**case(*company))
    for part in CHAPTER:
        result = part(dataset)
        assert result.sentences
        assert [message.text("de") for message in messages(result) if not is_german(message)] == []
        assert result.text("de") != result.text("en")


def test_reasons_of_a_comparison_are_said_in_german(company, monkeypatch):
    same = pd.DataFrame(
        {
            "segment": np.repeat([f"s{i}" for i in range(8)], 12),
            "month": np.tile(np.arange(12), 8),
            "margin": np.linspace(1, 2, 96),
            "kept": 0.97,
            "kept_of": 500,
        }
    )
    customers, billing = company
    for frame in (same, pd.DataFrame(columns=COLUMNS)):
        monkeypatch.setattr(
            "cxlib.chapters.profit.study.segment_months", lambda *_, frame=frame: Segments(frame)
        )
        result = profit.panel(opened(customers=customers, billing=billing))
        assert not result.available
        assert all(is_german(message) for message in result.sentences)
