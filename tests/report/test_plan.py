import pytest

from cxlib.dataset.dataset import open_dataset
from cxlib.errors import ReportError, UsageError
from cxlib.report.plan import plan_edition
from cxlib.report.shelf import find_chapters
from tests.report.conftest import write_summary, write_tiny
from tests.report.notebooks import write_chapter


@pytest.fixture
def place(tmp_path):
    (tmp_path / "kit").mkdir()
    write_summary(tmp_path / "kit")
    write_chapter(tmp_path / "kit")
    write_chapter(tmp_path / "kit", "13", "profit", id="value.customer", tables=(("billing",),))
    write_chapter(tmp_path / "kit", "14", "more", id="more.x")
    write_tiny(tmp_path / "tiny")
    return tmp_path


def plan_of(place, wanted=(), languages=("de", "en")):
    data = open_dataset(place / "tiny")
    shelf = find_chapters(place / "kit", data.path)
    options = {"languages": languages, "wanted": wanted, "reports": place / "reports"}
    return plan_edition(data, "tiny", shelf, **options)


def key_of(place, number="12"):
    plan = plan_of(place)
    (chapter,) = [chapter for chapter in plan.chapters if chapter.number == number]
    return plan.keys(chapter)


def test_what_the_data_allow_is_due_and_the_rest_left_out(place):
    plan = plan_of(place)
    assert [chapter.name for chapter in plan.due] == ["01-summary", "12-effect", "14-more"]
    assert list(plan.left_out) == ["13-profit"]
    assert plan.edition == place / "reports" / "tiny" / "2026-10"
    assert plan.building.parent == plan.edition.parent


def test_the_summary_is_due_whatever_is_wanted(place):
    assert [chapter.name for chapter in plan_of(place, ["14"]).due] == ["01-summary", "14-more"]


def test_an_unknown_chapter_is_refused(place):
    with pytest.raises(UsageError, match="no chapter '99'"):
        plan_of(place, ["99"])


def test_data_that_allow_no_chapter_are_refused(place):
    for name in ("12-effect", "14-more"):
        (place / "kit" / f"{name}.ipynb").unlink()
    with pytest.raises(ReportError, match="No chapter can be made from"):
        plan_of(place)


def test_a_chapter_that_cannot_be_run_is_due_and_fails_then(place):
    write_chapter(place / "kit", "15", "bad", id="bad.x", parameters="", tables=(("billing",),))
    plan = plan_of(place)
    assert "15-bad" in [chapter.name for chapter in plan.due]
    assert "15-bad" not in plan.left_out


def test_only_the_summary_is_given_figures(place):
    plan = plan_of(place)
    given = {chapter.name: set(plan.parameters(chapter, "en")) for chapter in plan.due}
    assert given["01-summary"] - given["12-effect"] == {"figures"}


def test_the_key_is_the_same_for_the_same_and_another_per_language(place):
    keys = key_of(place)
    assert keys == key_of(place)
    assert keys["de"] != keys["en"]


@pytest.mark.parametrize("what", ["notebook", "data", "own words", "library"])
def test_the_key_follows_everything_that_a_chapter_depends_on(place, monkeypatch, what):
    before = key_of(place)
    if what == "notebook":
        write_chapter(place / "kit", cells=["1 + 1"])
    elif what == "data":
        with (place / "tiny" / "exports" / "crm.csv").open("a") as file:
            file.write("\nc99,2025-02-05,,a")
    elif what == "own words":
        (place / "tiny" / "notebooks").mkdir()
        (place / "tiny" / "notebooks" / "de.po").write_text('msgid "Weather"\nmsgstr "Wetter"\n')
        monkeypatch.setattr("cxlib.language._further", [])
    else:
        monkeypatch.setattr("cxlib.report.plan.LIBRARIES", ("pandas",))
    after = key_of(place)
    assert all(after[language] != before[language] for language in before)
