"""Companies made to mislead a report, from their exports to its sentences: right, or said to be undecided."""

import pytest

import cxlib as cx
from cxlib.estimate import Z95
from tests import adversaries

CUSTOMERS = 6_000
EFFECTS = ["churn.hr.adjusted.1", "churn.hr.adjusted.2", "churn.risk12.diff.1", "churn.risk12.diff.2"]
# A correct figure leaves +-3.5 standard errors once in 2,000 times.
MOST_STANDARD_ERRORS = 3.5


class Published:
    """What the report says of a company."""

    def __init__(self, adversary):
        data = cx.open_dataset(adversary.folder)
        measures = (
            cx.retention.churn_rate,
            cx.retention.kaplan_meier,
            cx.profit.customer_value,
            cx.profit.what_if,
        )
        chapter = (cx.churn.after, cx.churn.hazard, cx.churn.risk, cx.churn.trust, cx.churn.claim)
        self.results = {result.name: result for result in (measure(data) for measure in measures + chapter)}
        self.figures = {figure.id: figure for result in self.results.values() for figure in result.figures}
        self.adversary = adversary

    def distance(self, id):
        """Return how far a figure lies from its truth, in standard errors of the side it lies on."""
        figure = self.figures[id]
        gap = figure.value - self.adversary.truth[id]
        side = figure.high - figure.value if gap < 0 else figure.value - figure.low
        return gap / (side / Z95)

    def refused(self, measure):
        """Return the reason in English and in German where a measure gives no figure."""
        result = self.results[measure]
        assert result.figures == ()
        return result.text("en"), result.text("de")

    def card(self, language):
        """Return the claim card as text."""
        lines = self.results["churn.claim"].lines
        return " ".join(part.text(language) for line in lines for part in line)


def published(folder, company, **options):
    return Published(getattr(adversaries, company)(folder, customers=CUSTOMERS, **options))


def test_contacts_about_a_notice_are_no_effect_of_experiences(tmp_path):
    said = published(tmp_path, "notice", months_before=2)
    for measure in ("churn.hazard", "churn.risk"):
        english, german = said.refused(measure)
        assert "day of notice as end_date" in english and "lag_months: 3" in english
        assert "lag_months: 3" in german
    assert "Not decidable: " in said.card("en")
    assert "Nicht entscheidbar: " in said.card("de")


@pytest.mark.parametrize(
    ("company", "options"),
    [("rising", {}), ("outage", {})],
)
def test_what_the_calendar_brings_is_no_effect_of_experiences(tmp_path, company, options):
    said = published(tmp_path, company, **options)
    for id in EFFECTS:
        assert abs(said.distance(id)) < MOST_STANDARD_ERRORS, said.figures[id]


@pytest.mark.parametrize("source", ["complaint", "rating"])
def test_what_only_those_who_act_tell_decides_nothing(tmp_path, source):
    said = published(tmp_path, "silent", source=source)
    assert said.adversary.truth["churn.after12.1"] > 50
    assert said.figures["claim.zendesk.1"].verdict == "not decidable"
    assert "no hidden cause" not in said.card("en")
    assert "keine verborgene Ursache" not in said.card("de")
    for language, words in (("en", "stay silent such experiences are not seen"), ("de", "die schweigen")):
        warnings = [warning.text(language) for warning in said.results["churn.after"].warnings]
        assert any(words in warning for warning in warnings), warnings


def test_bills_missing_before_the_end_are_no_small_gap(tmp_path):
    said = published(tmp_path, "unbilled", share=0.6)
    for measure in ("churn.hazard", "churn.risk"):
        english, german = said.refused(measure)
        assert "unknown usage" in english and "unbekannt" in german, (english, german)
        assert "0, 0" not in english


def test_who_leaves_at_once_counts_in_retention_and_value(tmp_path):
    said = published(tmp_path, "at_once", share=0.2)
    for id in ("retention.12m", "value.customer", "value.plus5points", "profit.year.plus5points"):
        assert abs(said.distance(id)) < MOST_STANDARD_ERRORS, said.figures[id]
    warnings = [warning.text("en") for warning in said.results["churn.hazard"].warnings]
    assert any("in the month of their start" in warning for warning in warnings), warnings


def test_a_hidden_trait_leaves_the_effect_undecided(tmp_path):
    """The figures are off, and no check can see it: then nothing may be called supported or cleared."""
    said = published(tmp_path, "hidden_trait")
    assert said.figures["churn.hr.adjusted.2"].low > 1
    assert said.figures["claim.zendesk.1"].verdict == "contradicted"
    for language, undecided, condition in (
        ("en", "not decidable beyond doubt", "Holds if nothing unmeasured"),
        ("de", "nicht zweifelsfrei entscheidbar", "Gilt, wenn nichts Ungemessenes"),
    ):
        assert undecided in said.card(language)
        assert condition in said.figures["churn.risk12.diff.1"].note.text(language)
