import json

import pytest

from cxlib.errors import ReportError
from cxlib.report.summary import claims, headline, missing, read_figures

NPS = {"id": "nps", "value": 22.35, "low": 15.0, "high": 29.4, "unit": "points"}
CHURN = {"id": "churn.rate", "value": 1.25, "low": 1.0, "high": 1.5, "unit": "% per month"}
DIFFERENCE = {
    **{"id": "churn.risk12.diff.1", "value": 4.7, "low": 3.2, "high": 6.3, "unit": "percentage points"},
    "note": "Holds if nothing unmeasured drives both experiences and leaving.",
}
VALUE = {"id": "value.customer", "value": 387.6, "low": 376.3, "high": 398.8, "unit": "EUR"}
GAIN = {"id": "value.plus5points", "value": 15.3, "low": 14.4, "high": 16.2, "unit": "% of value"}
VERDICT = {"id": "claim.reichheld", "value": None, "low": None, "high": None, "unit": "word"}


def write(folder, figures, month="2026-10", **more):
    """Write figures.json of an edition as a report leaves it."""
    folder = folder / "reports" / "tiny" / month
    folder.mkdir(parents=True)
    whole = [{"n": None, "verdict": None, "note": None} | figure for figure in figures]
    path = folder / "figures.json"
    path.write_text(json.dumps({"month": month, "scope": "", "figures": whole} | more))
    return str(path)


def tiles(result):
    return {tile.label.text("en"): tile for tile in result.tiles}


def small_print(result, label, language="en"):
    return [line.text(language) for line in tiles(result)[label].details]


def test_each_headline_has_its_interval(tmp_path):
    result = headline(read_figures(write(tmp_path, [NPS, CHURN, DIFFERENCE, VALUE, GAIN])))
    values = {
        label: tile.value.text("en") + (f" {tile.unit.text('en')}" if tile.unit else "")
        for label, tile in tiles(result).items()
    }
    assert values == {
        "Net promoter score of those who answered": "22.4",
        "Customers who left in the month": "1.25%",
        "More customers leave within 12 months of a negative experience": "+4.7 percentage points",
        "Value of a new customer": "€388",
    }
    assert small_print(result, "Customers who left in the month") == ["between 1.00% and 1.50%"]
    assert small_print(result, "Value of a new customer") == [
        "between €376 and €399",
        "if five more of 100 new customers stayed their first year: +15.3% (+14.4% to +16.2%)",
    ]


def test_german_headlines_are_written_in_german(tmp_path):
    result = headline(read_figures(write(tmp_path, [CHURN])))
    assert small_print(result, "Customers who left in the month", "de") == [
        "zwischen 1,00\u00a0% und 1,50\u00a0%"
    ]


def test_the_assumption_behind_a_figure_stands_with_it(tmp_path):
    result = headline(read_figures(write(tmp_path, [DIFFERENCE])))
    lines = small_print(result, "More customers leave within 12 months of a negative experience")
    assert lines[-1] == DIFFERENCE["note"]


def test_the_score_of_all_customers_comes_before_that_of_those_who_answered(tmp_path):
    weighted = NPS | {"id": "nps.weighted", "value": 13.6}
    result = headline(read_figures(write(tmp_path, [NPS, weighted])))
    assert "those who answered: 22.4 (15.0 to 29.4)" in small_print(
        result, "Net promoter score, all customers"
    )


def test_data_with_few_figures_have_few_headlines(tmp_path):
    again = {"id": "repurchase.share", "value": 48.86, "low": 48.2, "high": 49.5, "unit": "%"}
    result = headline(read_figures(write(tmp_path, [again])))
    assert list(tiles(result)) == ["Customers who bought again"]


def test_without_any_headline_it_says_so(tmp_path):
    result = headline(read_figures(write(tmp_path, [])))
    assert not result.available
    assert "None of the headline figures" in result.text("en")


def test_without_earlier_reports_it_says_so(tmp_path):
    result = headline(read_figures(write(tmp_path, [NPS])))
    assert result.text("en") == (
        "October 2026 in brief. Changes cannot be shown: there is no report of September 2026 and none "
        "of October 2025."
    )


def test_a_change_is_told_with_a_word_for_chance(tmp_path):
    write(tmp_path, [CHURN | {"value": 1.2, "low": 0.95, "high": 1.45}], "2026-09")
    write(tmp_path, [CHURN | {"value": 2.25, "low": 2.0, "high": 2.5}], "2025-10")
    result = headline(read_figures(write(tmp_path, [CHURN])))
    assert small_print(result, "Customers who left in the month")[1:] == [
        "+0.05 percentage points against last month: may be chance",
        "−1.00 percentage points against a year ago: more than chance",
    ]
    assert result.text("en") == "October 2026 in brief."


def test_a_change_of_money_has_the_decimals_of_the_amount(tmp_path):
    write(tmp_path, [VALUE | {"value": 386.2}], "2026-09")
    write(tmp_path, [], "2025-10")
    result = headline(read_figures(write(tmp_path, [VALUE])))
    assert small_print(result, "Value of a new customer")[1:] == [
        "+€1 against last month: may be chance",
        "no figure to compare with a year ago",
    ]


def test_a_change_of_figures_without_interval_gets_no_word(tmp_path):
    bare = CHURN | {"low": None, "high": None}
    write(tmp_path, [bare | {"value": 1.5}], "2026-09")
    result = headline(read_figures(write(tmp_path, [bare])))
    assert small_print(result, "Customers who left in the month") == [
        "−0.25 percentage points against last month"
    ]
    assert "no report of October 2025 to compare with" in result.text("en")


def test_a_verdict_stands_with_what_was_measured(tmp_path):
    year = VERDICT | {"id": "claim.reichheld.year", "verdict": "not decidable"}
    figures = [VERDICT | {"verdict": "contradicted"}, GAIN, year]
    result = claims(read_figures(write(tmp_path, figures)))
    assert result.text("en") == (
        "The two claims make three statements. Of these, for this company: 1 contradicted."
    )
    (tile,) = result.tiles
    assert tile.verdict == "contradicted"
    assert [line.text("en") for line in tile.details] == [
        "Gain in the value of a new customer, five points more retention: +15.3% (+14.4% to +16.2%)",
        "Read as yearly profit the claim is not decidable.",
    ]


def test_claims_that_cannot_be_tested_are_said(tmp_path):
    assert "Neither of the two" in claims(read_figures(write(tmp_path, [NPS]))).text("en")


def test_what_is_missing_stands_once_with_its_reason(tmp_path):
    reason = {"en": "No billing.", "de": "Keine Rechnungen."}
    chapters = [
        {"number": "13", "title": {"en": "Profit", "de": "Gewinn"}, "reason": None, "state": "made"},
        {"number": "03", "title": {"en": "Score", "de": "Wert"}, "reason": reason, "state": "left out"},
    ]
    absent = [{"id": id, "chapter": "13", "reason": reason} for id in ("value.customer", "value.plus5points")]
    result = missing(read_figures(write(tmp_path, [], absent=absent, chapters=chapters)))
    assert result.shown("en").values.tolist() == [["Score", "No billing."], ["Profit", "No billing."]]
    assert result.shown("de").values.tolist()[1] == ["Gewinn", "Keine Rechnungen."]
    assert "(2 in all)" in result.text("en")


def test_nothing_missing_is_said_too(tmp_path):
    assert "could be given" in missing(read_figures(write(tmp_path, []))).text("en")


def test_figures_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "figures.json").write_text("{")
    with pytest.raises(ReportError, match=r"figures\.json cannot be read"):
        read_figures(str(tmp_path / "figures.json"))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a working folder with a data set that is called tiny."""
    (tmp_path / "data" / "mine").mkdir(parents=True)
    config = "name: tiny\nsources:\n  crm: {file: crm.csv}\n"
    (tmp_path / "data" / "mine" / "dataset.yaml").write_text(config)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


def test_without_figures_the_latest_edition_is_read(project):
    write(project, [NPS], "2026-09")
    write(project, [CHURN], "2026-10")
    (project / "reports" / "tiny" / "2026-11-segment-business").mkdir()
    remembered = read_figures(dataset="data/mine")
    assert (remembered.month, list(remembered.figures)) == ("2026-10", ["churn.rate"])
    assert list(remembered.earlier["month"]) == ["nps"]
    assert read_figures(dataset="data/mine", month="2026-09").month == "2026-09"


def test_without_any_edition_it_says_how_to_make_one(project):
    result = headline(read_figures(dataset="data/mine"))
    assert "cx report data/mine" in result.text("en")
    assert not headline(read_figures(dataset="data/other")).available
