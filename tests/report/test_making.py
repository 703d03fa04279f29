import json

import pytest

from cxlib.report.chapters import read_chapter
from cxlib.report.making import Earlier


@pytest.fixture
def chapter(copied):
    return read_chapter(copied / "notebooks" / "12-effect.ipynb")


def earlier(copied, languages=("de", "en")):
    return Earlier(copied / "reports" / "tiny" / "2026-10", languages)


def test_a_chapter_is_taken_from_the_edition_as_it_stands(copied, chapter):
    standing = earlier(copied).standing(chapter)
    assert (standing.state, set(standing.keys)) == ("kept", {"de", "en"})
    assert set(standing.outcome.notebooks) == {"de", "en"}
    assert standing.outcome.reused
    assert standing.outcome.published.figures["churn.rate"]["value"] == 20


def test_a_chapter_that_the_edition_does_not_have_is_not_taken(copied):
    profit = read_chapter(copied / "notebooks" / "13-profit.ipynb")
    assert earlier(copied).standing(profit) is None
    assert earlier(copied).keys(profit) == {}


def test_a_notebook_that_somebody_changed_is_not_taken(copied, chapter):
    path = copied / "reports" / "tiny" / "2026-10" / "notebooks" / "de" / "12-effect.ipynb"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert earlier(copied).standing(chapter) is None
    assert earlier(copied, ("en",)).standing(chapter) is not None


def test_a_chapter_that_no_longer_declares_its_figures_is_not_taken(copied, chapter):
    path = chapter.path
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["cx"]["figures"] = ["other"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert earlier(copied).standing(read_chapter(path)) is None


@pytest.mark.parametrize("text", ["{broken", "[]", None])
def test_without_a_manifest_nothing_is_taken(copied, chapter, text):
    manifest = copied / "reports" / "tiny" / "2026-10" / "manifest.json"
    manifest.unlink()
    if text is not None:
        manifest.write_text(text)
    assert earlier(copied).standing(chapter) is None
