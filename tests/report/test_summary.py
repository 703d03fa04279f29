import json

import pytest

from cxlib.errors import ReportError
from cxlib.figures import Claim, Declared, Figures, Headline
from cxlib.language import say
from cxlib.report.summary import claims, headline, missing, read_figures


def declared(id, unit, **more):
    """Declare a figure; its label on the summary is the one that the edition holds."""
    return Declared(id, "tiny.measure", say("as declared"), unit, "made up", **more)


SCORES = Figures(
    "03",
    declared("nps", "points", headline=Headline("score", 11)),
    declared(
        "nps.weighted",
        "points",
        headline=Headline("score", 10, beside={"nps": say("those who answered: {value}")}),
    ),
)
LEAVING = Figures(
    "11",
    declared("churn.rate", "% per month", headline=Headline("leaving", 20)),
    declared("repurchase.share", "%", headline=Headline("leaving", 21)),
    declared(
        "churn.risk12.diff.1",
        "percentage points",
        headline=Headline("effect", 30, signed=True, beside={"churn.risk12.0": say("without: {value}")}),
    ),
    declared("churn.risk12.0", "%"),
)
PROFIT = Figures(
    "13",
    declared(
        "claim.reichheld",
        "word",
        claim=Claim(say("“More.”"), 3, ("value.plus5points", "profit.gone", "claim.reichheld.year")),
    ),
    declared("claim.reichheld.year", "word"),
    declared("claim.first", "word", claim=Claim(say("“First.”"), 1, ())),
    declared("value.customer", "money", headline=Headline("value", 40)),
    declared("value.plus5points", "% of value"),
)
WORDS = {
    "nps": {"en": "Score of those who answered", "de": "Wert derer, die geantwortet haben"},
    "nps.weighted": {"en": "Score of all", "de": "Wert aller"},
    "churn.rate": {"en": "Customers who left", "de": "Abgewanderte Kunden"},
    "repurchase.share": {"en": "Bought again", "de": "Wieder gekauft"},
    "churn.risk12.diff.1": {"en": "More leave within 6 months", "de": "Mehr gehen binnen 6 Monaten"},
    "value.customer": {"en": "Value of a new customer", "de": "Wert eines neuen Kunden"},
    "value.plus5points": {"en": "Gain, five points more", "de": "Gewinn bei fünf Punkten mehr"},
    "claim.reichheld": {
        "en": "5% more retention, 75% more profit",
        "de": "5 % mehr Bindung, 75 % mehr Gewinn",
    },
    "claim.reichheld.year": {"en": "As yearly profit", "de": "Als Jahresgewinn"},
}
NPS = {"id": "nps", "value": 22.35, "low": 15.0, "high": 29.4, "unit": "points"}
CHURN = {"id": "churn.rate", "value": 1.25, "low": 1.0, "high": 1.5, "unit": "% per month"}
DIFFERENCE = {
    **{"id": "churn.risk12.diff.1", "value": 4.7, "low": 3.2, "high": 6.3, "unit": "percentage points"},
    "note": {"en": "Holds if nothing is hidden.", "de": "Gilt, wenn nichts verborgen ist."},
}
WITHOUT = {"id": "churn.risk12.0", "value": 7.9, "low": 7.1, "high": 8.8, "unit": "%"}
VALUE = {"id": "value.customer", "value": 387.6, "low": 376.3, "high": 398.8, "unit": "EUR"}
GAIN = {"id": "value.plus5points", "value": 15.3, "low": 14.4, "high": 16.2, "unit": "% of value"}
VERDICT = {"id": "claim.reichheld", "value": None, "low": None, "high": None, "unit": "word"}


@pytest.fixture(autouse=True)
def few_chapters(monkeypatch):
    """Let three chapters declare a few figures each."""
    declared = {"satisfaction": SCORES, "churn": LEAVING, "profit": PROFIT}
    monkeypatch.setattr("cxlib.report.summary.figures_by_topic", lambda: declared)


def write(folder, figures, month="2026-10", **more):
    """Write figures.json of an edition as a report leaves it."""
    folder = folder / "reports" / "tiny" / month
    folder.mkdir(parents=True)
    whole = [
        {"n": None, "verdict": None, "note": None, "label": WORDS.get(figure["id"], figure["id"])} | figure
        for figure in figures
    ]
    path = folder / "figures.json"
    path.write_text(json.dumps({"month": month, "scope": "", "figures": whole} | more))
    return str(path)


def tiles(result):
    return {tile.label.text("en"): tile for tile in result.tiles}


def small_print(result, label, language="en"):
    return [line.text(language) for line in tiles(result)[label].details]


def test_each_headline_has_its_interval(tmp_path):
    result = headline(read_figures(write(tmp_path, [NPS, CHURN, DIFFERENCE, WITHOUT, VALUE])))
    values = {
        label: tile.value.text("en") + (f" {tile.unit.text('en')}" if tile.unit else "")
        for label, tile in tiles(result).items()
    }
    assert values == {
        "Score of those who answered": "22.4",
        "Customers who left": "1.25%",
        "More leave within 6 months": "+4.7 percentage points",
        "Value of a new customer": "€388",
    }
    assert small_print(result, "Customers who left") == ["between 1.00% and 1.50%"]
    assert small_print(result, "More leave within 6 months")[:2] == [
        "between +3.2 and +6.3",
        "without: 7.9% (7.1% to 8.8%)",
    ]


def test_tiles_stand_by_rank_whatever_the_order_of_the_chapters(tmp_path):
    result = headline(read_figures(write(tmp_path, [VALUE, CHURN, NPS])))
    assert list(tiles(result)) == [
        "Score of those who answered",
        "Customers who left",
        "Value of a new customer",
    ]


def test_german_headlines_are_written_in_german(tmp_path):
    result = headline(read_figures(write(tmp_path, [CHURN])))
    (tile,) = result.tiles
    assert tile.label.text("de") == "Abgewanderte Kunden"
    assert [line.text("de") for line in tile.details] == ["zwischen 1,00\u00a0% und 1,50\u00a0%"]


def test_words_of_an_edition_that_held_one_language_are_looked_up(tmp_path):
    old = CHURN | {"label": "Chapter", "note": "Of {no} use."}
    (tile,) = headline(read_figures(write(tmp_path, [old]))).tiles
    assert (tile.label.text("en"), tile.label.text("de")) == ("Chapter", "Kapitel")
    assert tile.details[-1].text("de") == "Of {no} use."


def test_the_assumption_behind_a_figure_stands_with_it(tmp_path):
    result = headline(read_figures(write(tmp_path, [DIFFERENCE])))
    assert small_print(result, "More leave within 6 months", "de")[-1] == DIFFERENCE["note"]["de"]


def test_the_score_of_all_customers_comes_before_that_of_those_who_answered(tmp_path):
    weighted = NPS | {"id": "nps.weighted", "value": 13.6}
    result = headline(read_figures(write(tmp_path, [NPS, weighted])))
    assert list(tiles(result)) == ["Score of all"]
    assert "those who answered: 22.4 (15.0 to 29.4)" in small_print(result, "Score of all")


def test_a_figure_without_a_value_leaves_its_tile_to_the_next(tmp_path):
    nothing = {"value": None, "low": None, "high": None}
    again = {"id": "repurchase.share", "value": 48.86, "low": 48.2, "high": 49.5, "unit": "%"}
    result = headline(read_figures(write(tmp_path, [CHURN | nothing, again])))
    assert list(tiles(result)) == ["Bought again"]


def test_figures_that_no_chapter_declares_are_no_headline(tmp_path):
    result = headline(read_figures(write(tmp_path, [NPS, CHURN | {"id": "own.rate"}])))
    assert list(tiles(result)) == ["Score of those who answered"]


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
    assert small_print(result, "Customers who left")[1:] == [
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
    assert small_print(result, "Customers who left") == ["−0.25 percentage points against last month"]
    assert "no report of October 2025 to compare with" in result.text("en")


def test_what_was_defined_otherwise_is_not_compared(tmp_path):
    label = {"en": "More leave within 12 months", "de": "Mehr gehen binnen 12 Monaten"}
    write(tmp_path, [DIFFERENCE | {"label": label, "value": 9.9}], "2026-09")
    result = headline(read_figures(write(tmp_path, [DIFFERENCE])))
    lines = small_print(result, "More leave within 6 months")
    assert "not comparable with last month: named or defined otherwise" in lines
    assert not [line for line in lines if "chance" in line]


def test_a_verdict_stands_with_what_was_measured(tmp_path):
    year = VERDICT | {"id": "claim.reichheld.year", "verdict": "not decidable"}
    figures = [VERDICT | {"verdict": "contradicted"}, GAIN, year]
    result = claims(read_figures(write(tmp_path, figures)))
    assert result.text("en") == (
        "The two claims make three statements. Of these, for this company: 1 contradicted."
    )
    (tile,) = result.tiles
    assert (tile.label.text("en"), tile.verdict) == ("“More.”", "contradicted")
    assert [line.text("en") for line in tile.details] == [
        "5% more retention, 75% more profit",
        "Gain, five points more: +15.3% (+14.4% to +16.2%)",
        "As yearly profit: not decidable",
    ]
    assert tile.details[-1].text("de") == "Als Jahresgewinn: nicht entscheidbar"


def test_claims_stand_by_rank(tmp_path):
    first = VERDICT | {"id": "claim.first", "verdict": "supported"}
    result = claims(read_figures(write(tmp_path, [VERDICT | {"verdict": "contradicted"}, first])))
    assert [tile.label.text("en") for tile in result.tiles] == ["“First.”", "“More.”"]


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
