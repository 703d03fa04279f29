"""A dataset folder with chapters of its own, good ones and bad ones, in one edition."""

import json
import shutil

import nbformat
import pytest
from bs4 import BeautifulSoup

from cxlib import language
from cxlib.errors import CxError
from cxlib.report.edition import make_edition
from tests.report.conftest import write_tiny
from tests.report.notebooks import write_chapter

WORDS = """
msgid "# Weather\\n\\nDoes rain drive customers away?"
msgstr "# Wetter\\n\\nVertreibt Regen die Kunden?"

msgid "Rainy days"
msgstr "Regentage"
"""
OPENED = "data = cx.open_dataset(dataset, month=month)"
RAIN = 'Result("rain", (say("Rainy days"),), figures=(Figure("weather.rain", say("Rainy days"), 3),))'
PICTURE = """
import io
import matplotlib.pyplot as plt
from base64 import b64encode
from IPython.display import display
held = io.BytesIO()
plt.figure().savefig(held, format="png")
plt.close("all")
words = {"image/png": {"caption": "Rain by month."}}
display({"image/png": b64encode(held.getvalue()).decode()}, metadata=words, raw=True)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    own = write_tiny(folder / "tiny") / "notebooks"
    own.mkdir()
    (folder / "kit").mkdir()
    write_chapter(folder / "kit")
    (own / "de.po").write_text(WORDS, encoding="utf-8")
    title = "# Weather\n\nDoes rain drive customers away?"
    ids = ["weather.rain", "weather.share"]
    cells = [OPENED, RAIN, PICTURE]
    write_chapter(own, "07", "weather", title=title, id="weather.share", figures=ids, cells=cells)
    write_chapter(own, "21", "stops", id="own.stops", cells=["1 / 0"])
    write_chapter(own, "12", "mine", id="own.mine")
    (own / "22-broken.ipynb").write_text("{")
    nbformat.write(nbformat.v4.new_notebook(), own / "scratch.ipynb")
    return folder


@pytest.fixture(scope="module")
def edition(place):
    further = list(language._further)
    yield make_edition(str(place / "tiny"), reports=place / "reports", notebooks=place / "kit")
    language._further[:] = further
    language._catalogue.cache_clear()


def test_the_good_ones_are_made_and_the_bad_ones_have_failed_each_for_itself(edition, place):
    assert edition.chapters == {
        "07-weather": "made",
        "12-effect": "made",
        "12-mine (own)": "failed",
        "21-stops": "failed",
        "22-broken": "failed",
    }
    assert edition.failures.keys() == {"12-mine (own)", "21-stops", "22-broken"}
    assert edition.failures["12-mine (own)"].startswith("has the number of 12-effect")
    assert edition.failures["22-broken"].startswith("cannot be read as a notebook")
    assert edition.skipped == (place / "tiny" / "notebooks" / "scratch.ipynb",)
    assert [path.name for path in edition.evidence.iterdir()] == ["21-stops.ipynb"]
    log = (edition.folder / "log.txt").read_text(encoding="utf-8").splitlines()
    assert "scratch.ipynb: skipped, no 'cx' in its metadata" in log


def test_own_words_reach_the_page_and_the_figures(edition):
    pages = {lang: BeautifulSoup(path.read_text(), "html.parser") for lang, path in edition.pages.items()}
    assert pages["de"].select_one("h2#weather").get_text() == "Wetter"
    assert pages["en"].select_one("h2#weather").get_text() == "Weather"
    assert "Regentage" in pages["de"].get_text(" ")
    document = json.loads((edition.folder / "figures.json").read_text(encoding="utf-8"))
    rain = next(figure for figure in document["figures"] if figure["id"] == "weather.rain")
    assert (rain["chapter"], rain["label"]) == ("07", {"de": "Regentage", "en": "Rainy days"})
    about = {chapter["slug"]: chapter for chapter in document["chapters"]}
    assert about["weather"]["title"]["de"] == "Wetter"
    assert "because of an error" in about["stops"]["reason"]["en"]


def test_own_chapters_stand_in_reading_order_with_their_pictures(edition):
    page = BeautifulSoup(edition.pages["en"].read_text(), "html.parser")
    assert [section["id"] for section in page.select("section h2[id]")][:2] == ["weather", "effect"]
    (figure,) = [tag for tag in page.select("figure") if tag.img is not None]
    assert figure.img["alt"] == figure.figcaption.get_text() == "Rain by month."


def test_a_damaged_catalogue_is_one_clear_line(place, tmp_path):
    shutil.copytree(place / "tiny", tmp_path / "tiny")
    (tmp_path / "tiny" / "notebooks" / "de.po").write_text("nonsense")
    with pytest.raises(CxError, match=r"tiny/notebooks/de\.po cannot be read as a gettext catalogue"):
        make_edition(str(tmp_path / "tiny"), reports=tmp_path / "reports", notebooks=place / "kit")
