"""The claim card 50/80."""

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from tests.panel.customer_months import opened


def test_claim_card_names_claim_source_measure_and_verdicts(data):
    result = churn.claim(data)
    heads = [head.text("en") for head, _ in result.lines]
    assert heads[:3] == ["The claim", "Where it comes from", "What we measured instead"]
    assert "After one, as worded" in heads and "After several, because of them" in heads
    assert {figure.id: figure.verdict for figure in result.figures}.keys() == set(FIGURES.of("churn.claim"))
    assert result.table["way"].unique().tolist() == ["naive", "observed", "generous", "risk"]


def test_experiences_from_ratings_forbid_a_verdict(tables):
    rated = tables | {"negative_experiences": tables["negative_experiences"].assign(source="rating")}
    result = churn.claim(opened(rated))
    assert {figure.verdict for figure in result.figures} == {"not decidable"}
