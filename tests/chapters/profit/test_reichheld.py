"""The claim card: readings, verdicts and words."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.profit import charts
from cxlib.chapters.profit import results as profit
from cxlib.chapters.profit.assumptions import TAIL_WORDS
from cxlib.chapters.profit.gains import GAINS
from cxlib.contract.config import Claims, Reichheld
from cxlib.language import speaking
from tests.chapters.profit.small_company import FIRST, LAST, opened


def with_rules(company, **rules):
    customers, billing = company
    return opened(customers=customers, billing=billing, claims=Claims(reichheld=Reichheld(**rules)))


def verdicts(result):
    return {row.reading.text("en").split(",")[0]: row.verdict for row in result.table.itertuples()}


def test_without_fixed_costs_the_reading_is_absent_and_its_claim_open(company):
    customers, billing = company
    dataset = opened(customers=customers, billing=billing)
    result = profit.what_if(dataset)
    assert set(result.absent) == {"profit.year.net.plus5percent"}
    assert {figure.id for figure in result.figures} == set(GAINS) - set(result.absent)
    claim = profit.claim(dataset)
    assert claim.figure("claim.reichheld.year").verdict == "not decidable"
    assert claim.figure("claim.reichheld").verdict == "contradicted"


def test_the_card_keeps_the_readings_apart(dataset):
    result = profit.claim(dataset)
    headings = [heading.text("en") for heading, _ in result.lines]
    assert headings[:3] == ["The claim as quoted", "Where it comes from", "The arithmetic behind it"]
    text = " ".join(line.text("en") for _, line in result.lines)
    for words in ("five points more retention, and churn cut by half", "one newly won customer", "+74%"):
        assert words in text
    assert len(result.table) == 4
    assert set(verdicts(result).values()) == {"contradicted"}


def test_a_small_enough_claim_is_supported(company):
    result = profit.claim(with_rules(company, gain=0.10))
    assert result.figure("claim.reichheld").verdict == "supported"


def test_a_claim_between_the_tails_is_not_decidable(company):
    result = profit.claim(with_rules(company, gain=0.25, tolerance=0.01))
    assert result.figure("claim.reichheld").verdict == "not decidable"


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"minimum_months": 48}, "only 36 months were observed"),
        ({"beyond_data": 0.1}, "lies beyond the months observed"),
    ],
)
def test_a_claim_that_rests_on_too_little_is_not_decidable(company, rules, reason):
    result = profit.claim(with_rules(company, **rules))
    assert result.figure("claim.reichheld").verdict == "not decidable"
    assert reason in dict((h.text("en"), t.text("en")) for h, t in result.lines)["Verdict"]


def test_where_nobody_leaves_the_claim_is_not_applicable(loyal):
    result = profit.claim(loyal)
    assert result.figure("claim.reichheld").verdict == "not applicable"
    card = " ".join(words.text("en") for _, words in result.lines)
    assert "105.0%" not in card and "five points more, as in the source, cannot be computed" in card
    assert set(profit.what_if(loyal).absent) == set(GAINS)


def test_the_grid_is_that_of_the_study(company):
    result = profit.claim(with_rules(company, discount_rates=(0.04, 0.2)))
    grid = result.parts["grid"]
    assert set(grid.query("version in ('source', 'leavers')").rate) == {0.04, 0.2}
    assert set(grid.query("version == 'yearly'").rate) == {0.0}
    source = grid[grid.version == "source"]
    row = result.table.iloc[0]
    assert (row.lowest, row.highest) == (source.low.min(), source.high.max())


def test_a_claim_of_another_size_is_said(company):
    result = profit.claim(with_rules(company, gain=0.5))
    assert "brings 50% more profit" in result.text("en")
    assert "Tested here, as dataset.yaml asks, is a gain of 50%." in result.lines[0][1].text("en")
    labels = [figure.label.text("de") for figure in result.figures]
    assert all("50\N{NO-BREAK SPACE}% mehr Gewinn" in label for label in labels)


def test_an_assumption_that_does_not_fit_is_said_to_be_left_out(loyal, dataset):
    left_out = " ".join(words.text("en") for words in profit.claim(loyal).method)
    assert "The assumption “ever more loyal” could not be used." in left_out
    assert "(nothing more, as in the last year and ever more loyal)" in left_out, (
        "the rule asks for all three"
    )
    assert "“as in the last year” adds up without end" in left_out
    assert "could not be used" not in " ".join(words.text("en") for words in profit.claim(dataset).method)


def leaving(company, shares, seed=11):
    """The customers of a company, leaving with the shares of tenure month 0, 1, ... instead."""
    customers, billing = company
    draw = np.random.default_rng(seed)
    stays = draw.random((len(customers), len(shares))) >= np.asarray(shares)
    # The months before the window were survived, or the customer would not be in the data.
    month = customers.start_no.to_numpy()[:, None] + np.arange(len(shares))
    stays |= month < FIRST
    end = np.where(stays.all(axis=1), LAST + 1, customers.start_no + stays.argmin(axis=1))
    ends = pd.array(np.where(end > LAST, np.nan, end), dtype="Int64")
    everyone = pd.DataFrame(
        [
            (c, m)
            for c, s, e in zip(customers.customer_no, customers.start_no, end, strict=True)
            for m in range(max(s, FIRST), min(e, LAST) + 1)
        ],
        columns=["customer_no", "month_no"],
    )
    return customers.assign(end_no=ends), everyone.assign(revenue=14.0, direct_cost=4.0, service_cost=np.nan)


RISING = 0.015 + 0.0006 * np.arange(80)


@pytest.fixture(scope="module")
def rising(company):
    customers, billing = leaving(company, RISING)
    return opened(customers=customers, billing=billing)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            ("(nothing more, as in the last year and as on average since the start)",)
            + ("no curve of ever more loyal customers fits",)
            + ("The assumption “ever more loyal” could not be used.", "In its place stands “as on average"),
        ),
        (
            "de",
            ("(nichts weiter, wie im letzten Jahr und wie im Durchschnitt seit dem Beginn)",)
            + ("keine Kurve immer treuerer Kunden passt",)
            + (
                "Die Annahme „immer treuer“ war nicht anwendbar.",
                "An ihre Stelle tritt „wie im Durchschnitt",
            ),
        ),
    ],
)
def test_where_leaving_rises_rule_limits_verdict_and_card_name_the_assumption_that_failed(
    rising, language, expected
):
    result = profit.claim(rising)
    assert result.figure("claim.reichheld").verdict == "contradicted"
    assert set(result.parts["grid"]["tail"]) == {"stop", "flat", "even"}
    rule = result.method[0].text(language)
    card = {heading.text("en"): text.text(language) for heading, text in result.lines}
    assert expected[0] in rule and expected[0] in card["Our figure"]
    assert expected[1] in card["Verdict"]
    for texts in (result.method, result.warnings):
        together = " ".join(text.text(language) for text in texts)
        assert expected[2] in together and expected[3] in together
    with speaking(language):
        drawn = [text.get_text() for text in charts.claim(result).texts]
    assert TAIL_WORDS["even"].text(language) in drawn and TAIL_WORDS["sbg"].text(language) not in drawn
    later = profit.customer_value(rising).text(language)
    assert (
        "as on average since the start" if language == "en" else "im Durchschnitt seit dem Beginn"
    ) in later


def test_where_nobody_leaves_late_the_yearly_readings_are_open(company):
    customers, billing = leaving(company, np.where(np.arange(80) < 40, 0.02, 0.0))
    anyhow = Claims(reichheld=Reichheld(beyond_data=1.0))
    result = profit.claim(opened(customers=customers, billing=billing, claims=anyhow))
    said = {heading.text("en"): text.text("en") for heading, text in result.lines}
    assert set(verdicts(result).values()) == {"contradicted", "not decidable"}
    assert result.table["verdict"].iloc[2] == "not decidable", "yearly profit before fixed cost"
    assert "so that the yearly readings could not be tried under it" in result.warnings[-1].text("en")
    assert said["Verdict"].startswith("contradicted")
