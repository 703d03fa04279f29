"""The edition of the sample, as `make report` makes it; made once."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from cxlib.chapters import figures_by_topic
from cxlib.init.proposal import propose, write_proposal
from cxlib.report.edition import make_edition
from cxlib.report.shelf import find_chapters

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
LARGEST_PAGE = 3_000_000
CHAPTERS = tuple(chapter.name for chapter in find_chapters().chapters)
DECLARED = {id: figure for figures in figures_by_topic().values() for id, figure in figures.items()}
EXPECTED = Path(__file__).parents[1] / "expected" / "2026-10.json"
ENGLISH_NUMBER = re.compile(r"\d%|\d,\d{3}\b|[€$]\d|\d\.\d+\u00a0?%")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return make_edition(str(SAMPLE), reports=tmp_path_factory.mktemp("sample") / "reports")


@pytest.fixture(scope="module")
def soups(edition):
    return {lang: BeautifulSoup(path.read_text(), "html.parser") for lang, path in edition.pages.items()}


def test_the_exports_alone_give_the_same_figures(edition, tmp_path):
    """From a copy of the exports, ``cx init`` and ``cx report`` without a hand edit; all chapters count."""
    shutil.copytree(SAMPLE / "exports", tmp_path / "sample" / "exports")
    write_proposal(propose(tmp_path / "sample"))
    proposed = make_edition(str(tmp_path / "sample"), languages=("en",), reports=tmp_path / "reports")
    wanted, found = (
        json.loads((made.folder / "figures.json").read_text(encoding="utf-8"))["figures"]
        for made in (edition, proposed)
    )
    assert len(wanted) > 50
    assert found == wanted


def test_every_chapter_is_made(edition):
    assert edition.failures == {}
    assert edition.chapters == dict.fromkeys(CHAPTERS, "made")


def test_figures_have_interval_size_and_verdict_as_declared(edition):
    given = read(edition.folder / "figures.json")["figures"]
    for figure in given:
        id = figure["id"]
        limits = [figure[end] for end in ("low", "value", "high") if figure[end] is not None]
        assert limits == sorted(limits), id
        assert (len(limits) > 1) == bool(DECLARED[id].interval), id
        assert figure["n"] > 0 or not DECLARED[id].interval, id
        assert bool(figure["verdict"]) == (DECLARED[id].unit == "word"), id
    assert {figure["id"] for figure in given} >= {"nps.weighted", "churn.risk12.diff.1", "value.customer"}


def test_the_figures_are_those_published_before(edition):
    """What moves them is said in CHANGELOG.md; then the edition's figures.json becomes the stored one."""
    documents = [read(path) for path in (edition.folder / "figures.json", EXPECTED)]
    now, before = ({figure["id"]: figure for figure in document["figures"]} for document in documents)
    assert set(now) == set(before)
    gone, gone_before = ({entry["id"] for entry in document["absent"]} for document in documents)
    assert gone == gone_before
    for id, figure in now.items():
        for name in ("value", "low", "high", "n"):
            number, stored = figure[name], before[id][name]
            # Six digits are stored; the last one may differ between processors.
            assert number == (stored if stored is None else pytest.approx(stored, rel=2e-5)), (id, name)
        assert figure["verdict"] == before[id]["verdict"], id
        assert figure["label"] == before[id]["label"], "a summary without an edition shows the stored one"


def test_both_pages_hold_the_same_pictures_and_sentences(edition, soups):
    pictures, sentences = 0, 0
    for name in CHAPTERS:
        node = nbformat.read(edition.folder / "notebooks" / "en" / f"{name}.ipynb", as_version=4)
        data = [o.get("data", {}) for cell in node.cells for o in cell.get("outputs", [])]
        pictures += sum("image/svg+xml" in d or "image/png" in d for d in data)
        sentences += sum('class="cx-sentence"' in d.get("text/html", "") for d in data)
    assert pictures >= 10
    for soup in soups.values():
        assert len(soup.select("figure svg, figure img")) == pictures
        assert len(soup.select(".cx-sentence")) == sentences
        assert all(tag.get("alt") or tag.get("aria-label") for tag in soup.select("figure svg, figure img"))


def test_pages_are_small_and_in_their_language(edition, soups):
    for language, path in edition.pages.items():
        assert path.stat().st_size < LARGEST_PAGE
        assert soups[language].html["lang"] == language
    german = soups["de"].main.get_text(" ")
    assert ENGLISH_NUMBER.findall(german) == []
    labels = " ".join(tag["aria-label"] for tag in soups["de"].select("svg[aria-label]"))
    assert ENGLISH_NUMBER.findall(labels) == []


def test_the_first_screen_has_headlines_and_verdicts(soups):
    for soup in soups.values():
        first = soup.select_one("section.cx-chapter")
        assert len(first.select(".cx-tiles .cx-value")) == 7
        assert len(first.select(".cx-verdict")) == 3


def test_no_identifier_of_a_customer_is_shown(edition, soups):
    crm = (SAMPLE / "exports" / "crm.csv").read_text(encoding="cp1252").splitlines()
    ids = {line.split(";")[0].strip('"') for line in crm[1:]}
    words = {word for soup in soups.values() for word in re.findall(r"[\w-]+", soup.get_text(" "))}
    assert len(ids) > 1000
    assert ids & words == set()
