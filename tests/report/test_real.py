"""Editions of real data that allow only some chapters; the numbers are published or counted by hand."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from cxlib.report.edition import make_edition

DATASETS = Path(__file__).parents[1] / "datasets"
# Published with two decimals of a percentage, or counted.
ROUNDING = 0.005
EXPECTED = {
    "sfo_survey": (
        {
            "03-satisfaction": "made",
            "11-churn-and-retention": "left out",
            "12-negative-experience": "left out",
        },
        {"nps": 39.840, "nps.weighted": 40.398, "csat.top2": 82.07},
        "Passenger",
    ),
    "telco_ibm": (
        {"03-satisfaction": "left out", "11-churn-and-retention": "made", "12-negative-experience": "made"},
        {"churn.snapshot.share": 100 * 1869 / 7043},
        "exploratory",
    ),
    "mlc_churn": (
        {"03-satisfaction": "left out", "11-churn-and-retention": "made", "12-negative-experience": "made"},
        {"churn.snapshot.share": 14.14, "churn.share.0": 11.83, "churn.share.1": 10.64},
        "exploratory",
    ),
    "cdnow": (
        {
            "03-satisfaction": "left out",
            "11-churn-and-retention": "made",
            "12-negative-experience": "left out",
        },
        {
            "repurchase.share": 48.859,
            "repurchase.90d": 100 * 6887 / 23570,
            "repurchase.180d": 100 * 8827 / 23570,
        },
        "bought again",
    ),
}


@pytest.fixture(scope="module", params=EXPECTED)
def edition(request, real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    path = str(DATASETS / request.param)
    return request.param, make_edition(path, languages=("en",), reports=folder)


def test_chapters_that_the_data_allow_are_made_and_the_others_listed(edition):
    name, made = edition
    states, _, words = EXPECTED[name]
    assert made.failures == {}
    assert states.items() <= made.chapters.items()
    assert made.chapters["13-retention-and-profit"] == "left out"
    page = BeautifulSoup(made.pages["en"].read_text(), "html.parser")
    missing = page.select_one("section.cx-chapter").get_text(" ")
    assert "Retention and profit" in missing
    assert "billing" in missing
    assert words.lower() in page.get_text(" ").lower()


def test_figures_are_those_that_were_published(edition):
    name, made = edition
    figures = {f["id"]: f for f in json.loads((made.folder / "figures.json").read_text())["figures"]}
    for id, value in EXPECTED[name][1].items():
        assert figures[id]["value"] == pytest.approx(value, abs=ROUNDING), id
        assert figures[id]["low"] < value < figures[id]["high"]


def test_a_part_of_the_customers_has_its_own_edition(real_data, tmp_path):
    scope = "Contract=Month-to-month"
    made = make_edition(
        str(DATASETS / "telco_ibm"), scope=scope, languages=("en",), chapters=["11"], reports=tmp_path
    )
    assert made.folder.name.endswith("-contract-month-to-month")
    figures = {f["id"]: f for f in json.loads((made.folder / "figures.json").read_text())["figures"]}
    assert figures["churn.snapshot.share"]["value"] == pytest.approx(42.71, abs=ROUNDING)
    assert figures["churn.snapshot.share"]["scope"] == scope
    assert "retention.12m" not in figures, "a table without dates has no such share"
    assert scope in made.pages["en"].read_text()
    assert made.chapters["12-negative-experience"] == "not asked for"
