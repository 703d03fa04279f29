"""The pages of a dataset whose settings are not the defaults."""

import re

import pytest
import yaml
from bs4 import BeautifulSoup

from cxlib import company
from cxlib.report.edition import make_edition

# What a page would say that took a default for the setting.
DEFAULTS = re.compile(r"\b12[\s-]*(?:months?|Monat)|\b(?:twelve|zwölf)", re.I)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return the first page and chapter 12 by language, at half the window and half the horizon."""
    folder = tmp_path_factory.mktemp("settings")
    company.write_dataset(company.simulate(3_000, seed=71), folder / "halves")
    path = folder / "halves" / "dataset.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["definitions"]["exposure"] = {"window_months": 6, "lag_months": 1}
    settings["claims"]["zendesk"]["horizon_months"] = 6
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    edition = make_edition(str(folder / "halves"), chapters=("12",), reports=folder / "reports")
    assert edition.failures == {}
    return {
        language: BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for language, page in edition.pages.items()
    }


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_page_says_twelve_months_where_the_settings_say_six(pages, language):
    page = pages[language]
    alternatives = [tag.get("aria-label") or tag.get("alt") for tag in page.select("figure svg, figure img")]
    drawn = [text.get_text() for text in page.select("svg text")]
    for tag in page.select("script, style, svg"):
        tag.decompose()
    lines = [*page.get_text("\n").splitlines(), *alternatives, *drawn]
    assert [line for line in lines if line and DEFAULTS.search(line)] == []
    said = " ".join(" ".join(lines).split())
    assert said.count({"de": "6 Monaten", "en": "6 months"}[language]) >= 10
