"""Chapter 13: what is said and published, and what is not when the data cannot give it."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.profit import charts
from cxlib.chapters.profit import results as profit
from cxlib.contract.config import Claims, Money, Reichheld
from cxlib.result import Result
from tests.chapters.profit.small_company import FIRST, LAST, SmallDataset, simulate

CHAPTER = (
    profit.tenure_margin,
    profit.customer_value,
    profit.what_if,
    profit.panel,
    profit.claim,
)
GAINS = {
    "value.plus1point",
    "value.plus5points",
    "value.plus5percent",
    "value.minus5percentchurn",
    "profit.year.plus5points",
    "profit.year.net.plus5percent",
}


@pytest.fixture(scope="module")
def company():
    return simulate(customers=2500, seed=5)


@pytest.fixture(scope="module")
def fixed_costs():
    return pd.DataFrame({"month_no": np.arange(FIRST, LAST + 1), "amount": 9_000.0})


@pytest.fixture(scope="module")
def dataset(company, fixed_costs):
    customers, billing = company
    return SmallDataset(customers=customers, billing=billing, fixed_costs=fixed_costs)


def with_rules(company, **rules):
    customers, billing = company
    return SmallDataset(customers=customers, billing=billing, claims=Claims(reichheld=Reichheld(**rules)))


def verdicts(result):
    return {row.reading.text("en").split(",")[0]: row.verdict for row in result.table.itertuples()}


def test_the_chapter_publishes_its_figures(dataset):
    found = [figure for part in CHAPTER for figure in part(dataset).figures]
    assert {f.id for f in found} == GAINS | {"value.customer", "claim.reichheld", "claim.reichheld.year"}
    for figure in found:
        assert figure.n > 1000
        if figure.unit != "word":
            assert figure.low < figure.value < figure.high


def test_figures_are_in_their_units(dataset):
    figure = profit.what_if(dataset).figure("value.plus5points")
    assert figure.unit == "% of value"
    assert 5 < figure.value < 50
    assert profit.customer_value(dataset).figure("value.customer").unit == "EUR"


def test_sentences_have_interval_number_and_limits(dataset):
    text = profit.customer_value(dataset).text("en")
    assert "between €" in text
    assert "customers)" in text
    assert "average over all customers" in text
    assert "takes the customers who would be saved as average ones" in profit.what_if(dataset).text("en")


def test_later_years_are_told_with_their_share_beyond_the_data(dataset):
    text = profit.customer_value(dataset).text("en")
    assert "With all later years" in text
    assert "beyond the longest tenure observed" in text


def test_later_years_are_not_stated_where_most_of_them_were_not_watched(company):
    customers, billing = company
    few = SmallDataset(
        customers=customers[(customers.customer_no % 3 == 0) & (customers.start_no >= FIRST)], billing=billing
    )
    result = profit.customer_value(few)
    assert "is not stated" in result.text("en")


def test_fixed_cost_makes_the_same_gain_a_larger_share(dataset):
    gains = profit.what_if(dataset).table.set_index(
        profit.what_if(dataset).table["reading"].map(lambda words: words.text("en"))
    )["gain"]
    before = gains["Yearly profit before fixed cost: 5 points more retention"]
    after = gains["Yearly profit after fixed cost: 5 percent more retention"]
    # five percent of .70 are 3.5 points, so without fixed cost the second would be the smaller
    assert after > before


def test_without_fixed_costs_the_reading_is_absent_and_its_claim_open(company):
    customers, billing = company
    dataset = SmallDataset(customers=customers, billing=billing)
    result = profit.what_if(dataset)
    assert set(result.absent) == {"profit.year.net.plus5percent"}
    assert {figure.id for figure in result.figures} == GAINS - set(result.absent)
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


def test_a_value_near_zero_has_no_gain_in_percent(company):
    customers, billing = company
    dear = SmallDataset(customers=customers, billing=billing, money=Money(acquisition_cost=2_000.0))
    result = profit.what_if(dear)
    assert set(result.absent) == GAINS
    assert not result.available
    assert "zero or below" in result.text("en") + str(result.absent["value.plus1point"])
    assert profit.claim(dear).figure("claim.reichheld").verdict == "not decidable"


def loyal(company):
    customers, billing = company
    nobody = pd.array([None] * len(customers), dtype="Int64")
    return SmallDataset(customers=customers.assign(end_no=nobody), billing=billing)


def test_where_nobody_leaves_the_claim_is_not_applicable(company):
    result = profit.claim(loyal(company))
    assert result.figure("claim.reichheld").verdict == "not applicable"
    card = " ".join(words.text("en") for _, words in result.lines)
    assert "105.0%" not in card and "five points more, as in the source, cannot be computed" in card
    assert set(profit.what_if(loyal(company)).absent) == GAINS


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_claim_has_a_picture_where_its_gain_has_none(company, language, monkeypatch):
    import matplotlib.pyplot as plt

    from cxlib import language as words

    monkeypatch.setattr(words, "_current", language)
    axes = charts.claim(profit.claim(loyal(company)))
    plt.close(axes.figure)
    assert axes.get_label() in (
        "Five points more retention cannot be computed here.",
        "Fünf Prozentpunkte mehr Kundenbindung lassen sich hier nicht berechnen.",
    )


def test_missing_acquisition_cost_is_said(company):
    customers, billing = company
    dataset = SmallDataset(customers=customers.assign(acquisition_cost=np.nan), billing=billing)
    result = profit.customer_value(dataset)
    assert "not in the data" in " ".join(warning.text("en") for warning in result.warnings)
    assert "before the cost of winning the customer" in result.sentences[0].text("en")


def test_a_short_history_is_said(company):
    customers, billing = company
    few = SmallDataset(customers=customers[customers.customer_no % 8 == 0], billing=billing)
    result = profit.customer_value(few)
    assert "values stop there" in " ".join(warning.text("en") for warning in result.warnings)
    assert result.figure("value.customer").note is not None


def test_revenue_without_costs_is_called_revenue(company):
    customers, billing = company
    bare = SmallDataset(customers=customers, billing=billing.assign(direct_cost=np.nan))
    method = " ".join(words.text("en") for words in profit.customer_value(bare).method)
    assert "what is called margin here is revenue" in method


@pytest.mark.parametrize("part", CHAPTER)
def test_without_billing_the_reason_is_given(company, part):
    result = part(SmallDataset(customers=company[0]))
    assert not result.available
    assert "billing by month" in result.text("en")


def test_absent_figures_carry_their_reason(company):
    dataset = SmallDataset(customers=company[0])
    absent = {id for part in CHAPTER for id in part(dataset).absent}
    assert absent == GAINS | {"value.customer", "claim.reichheld", "claim.reichheld.year"}


def test_an_empty_billing_is_a_reason(company):
    customers, billing = company
    result = profit.customer_value(SmallDataset(customers=customers, billing=billing.head(0)))
    assert "no row" in result.text("en")


def test_segments_that_differ_by_chance_get_no_headline(dataset):
    result = profit.panel(dataset)
    assert "cannot be told" in result.text("en")
    assert "slope" not in result.columns
    assert result.fit is not None


def test_too_few_segments_are_said(company):
    customers, billing = company
    two = SmallDataset(customers=customers.drop(columns="region"), billing=billing)
    assert "there are 2 segments" in profit.panel(two).text("en")


def test_a_reliable_comparison_is_told_with_its_interval(dataset, monkeypatch):
    random = np.random.default_rng(4)
    kept = 0.97 + random.normal(0, 0.005, 360)
    frame = pd.DataFrame(
        {
            "segment": np.repeat([f"s{i}" for i in range(10)], 36),
            "month": np.tile(np.arange(36), 10),
            "margin": 10 + 50 * kept + random.normal(0, 0.01, 360),
            "kept": kept,
            "kept_of": 100_000,
        }
    )
    monkeypatch.setattr(profit, "segment_months", lambda ds, tenure: frame)
    result = profit.panel(dataset)
    assert result.table["slope"].iloc[0] == pytest.approx(0.5, abs=0.01)
    assert "about +€0.50 a month" in result.text("en")
    assert "interval is rough" in result.warnings[0].text("en")


@pytest.mark.parametrize("name", charts.__all__)
@pytest.mark.parametrize("language", ["de", "en"])
def test_charts_have_a_description(dataset, name, language, monkeypatch):
    import matplotlib.pyplot as plt

    from cxlib import language as words

    monkeypatch.setattr(words, "_current", language)
    result: Result = getattr(profit, name)(dataset)
    axes = getattr(charts, name)(result)
    assert len(axes.get_label()) > 60
    assert axes.get_xlabel()
    plt.close(axes.figure)


def test_charts_draw_on_the_axes_they_are_given(dataset):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    assert charts.what_if(profit.what_if(dataset), ax=axes) is axes
    plt.close(figure)
