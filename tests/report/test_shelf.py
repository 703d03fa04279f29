from pathlib import Path

import nbformat
import pytest

import cxlib
from cxlib.errors import ReportError
from cxlib.report import shelf
from cxlib.report.shelf import find_chapters
from tests.report.notebooks import write_chapter


@pytest.fixture
def kit(tmp_path):
    folder = tmp_path / "kit"
    folder.mkdir()
    write_chapter(folder, "12", "effect", figures=["churn.rate", "churn.hr.*"])
    write_chapter(folder, "03", "satisfaction", id="nps")
    write_chapter(folder, "00", "start-here", figures=["*"])
    return folder


@pytest.fixture
def own(tmp_path):
    (tmp_path / "tiny" / "notebooks").mkdir(parents=True)
    return tmp_path / "tiny" / "notebooks"


def faults(kit, own):
    return {c.name: c.fault for c in find_chapters(kit, own.parent).chapters if c.fault}


def test_chapters_are_found_in_order_and_the_start_is_none(kit):
    assert [c.name for c in find_chapters(kit).chapters] == ["03-satisfaction", "12-effect"]


def test_the_kits_own_notebooks_are_the_default():
    assert find_chapters().chapters[0].path.parent == shelf.NOTEBOOKS


def test_a_folder_without_chapters_is_refused(tmp_path):
    with pytest.raises(ReportError, match="No chapter notebooks"):
        find_chapters(tmp_path)


def test_a_datasets_own_chapters_stand_in_reading_order(kit, own):
    write_chapter(own, "07", "weather", id="weather.rain")
    found = find_chapters(kit, own.parent)
    assert [c.name for c in found.chapters] == ["03-satisfaction", "07-weather", "12-effect"]
    assert found.skipped == []
    assert not any(c.fault for c in found.chapters)


def test_a_dataset_needs_no_chapters_of_its_own(kit, tmp_path):
    assert len(find_chapters(kit, tmp_path / "nowhere").chapters) == 2


def test_notebooks_without_metadata_are_skipped_wherever_they_are(kit, own):
    for path in (kit / "notes.ipynb", own / "12-scratch.ipynb"):
        nbformat.write(nbformat.v4.new_notebook(), path)
    found = find_chapters(kit, own.parent)
    assert found.skipped == [kit / "notes.ipynb", own / "12-scratch.ipynb"]
    assert len(found.chapters) == 2


def test_a_damaged_notebook_is_the_fault_of_itself_alone(kit, own):
    (own / "20-broken.ipynb").write_text("{")
    write_chapter(own, "21", "good", id="own.good")
    assert list(faults(kit, own)) == ["20-broken"]


@pytest.mark.parametrize(
    ("number", "slug", "figures", "fault"),
    [
        ("12", "mine", ["own.x"], "has the number of 12-effect; give it one that no chapter has"),
        ("00", "mine", ["own.x"], "has the number of 00-start-here; give it one that no chapter has"),
        ("21", "effect", ["own.x"], "has the name of 12-effect; give it another"),
        ("21", "mine", ["own.x", "nps"], "declares nps, which 03-satisfaction publishes; give its"),
        (
            "21",
            "mine",
            ["churn.hr.1"],
            "declares churn.hr.1, which 12-effect publishes (as churn.hr.*)",
        ),
        ("21", "mine", ["*.rate"], "declares *.rate, which 12-effect publishes (as churn.rate); give its"),
        ("21", "mine", ["churn.*"], "declares churn.*, which 12-effect publishes (as churn.rate); give its"),
    ],
)
def test_an_own_chapter_may_not_take_what_another_has(kit, own, number, slug, figures, fault):
    write_chapter(own, number, slug, figures=figures)
    (found,) = faults(kit, own).values()
    assert found.startswith(fault)


def test_a_chapter_of_the_kit_is_never_replaced_by_one_of_the_same_file_name(kit, own):
    write_chapter(own, "12", "effect", id="own.x")
    assert list(faults(kit, own)) == ["12-effect (own)"]
    names = [c.name for c in find_chapters(kit, own.parent).chapters]
    assert sorted(names) == ["03-satisfaction", "12-effect", "12-effect (own)"]


def test_two_own_chapters_may_not_meet_either(kit, own):
    write_chapter(own, "21", "one", id="own.x")
    write_chapter(own, "22", "two", figures=["own.*"])
    assert faults(kit, own) == {
        "22-two": "declares own.*, which 21-one publishes (as own.x); give its figures other ids"
    }


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.c", False),
        ("a.*", "a.b.c", True),
        ("a.*", "b.*", False),
        ("a.*.1", "*.b.1", True),
        ("a.*.1", "a.b.2", False),
        ("*", "", True),
        ("*x", "*y", False),
        ("a*b*c", "*d*", True),
    ],
)
def test_two_patterns_meet_where_one_id_fits_both(one, other, meet):
    assert shelf._meet(one, other) is shelf._meet(other, one) is meet


def test_a_checkout_has_its_notebooks_beside_the_library():
    assert Path(cxlib.__file__).parents[1] / "notebooks" == shelf.NOTEBOOKS


def test_a_wheel_has_them_inside_whatever_lies_beside_it(tmp_path, monkeypatch):
    (tmp_path / "site-packages" / "notebooks").mkdir(parents=True)
    monkeypatch.setattr(cxlib, "__file__", str(tmp_path / "site-packages" / "cxlib" / "__init__.py"))
    assert shelf._home() == tmp_path / "site-packages" / "cxlib" / "notebooks"
