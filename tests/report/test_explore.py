import shutil

import pytest

import cxlib
from cxlib.errors import DataError
from cxlib.report import shelf
from cxlib.report.explore import workplace
from tests.report.conftest import write_tiny
from tests.report.notebooks import write_chapter


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """Let the kit stand as an installed wheel does, its notebooks inside; return their folder."""
    package = tmp_path / "site-packages" / "cxlib"
    package.mkdir(parents=True)
    shutil.copytree(shelf.NOTEBOOKS, package / "notebooks")
    monkeypatch.setattr(cxlib, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(shelf, "NOTEBOOKS", package / "notebooks")
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return package / "notebooks"


def test_a_checkout_is_explored_where_it_stands(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    place = workplace()
    assert place.start == shelf.NOTEBOOKS / "00-start-here.ipynb"
    assert place.root == shelf.NOTEBOOKS.parent
    assert place.own == []
    assert list(tmp_path.iterdir()) == []


def test_the_notebooks_of_a_wheel_are_copied_to_where_they_can_be_changed(wheel, tmp_path):
    place = workplace()
    assert place.start == tmp_path / "desk" / "cx-notebooks" / "00-start-here.ipynb"
    assert {path.name for path in place.start.parent.iterdir()} == {path.name for path in wheel.iterdir()}
    assert place.root == tmp_path / "desk"


def test_a_copy_that_the_analyst_changed_is_never_overwritten(wheel):
    mine = workplace().start
    mine.write_text("mine")
    gone = mine.with_name("01-summary.ipynb")
    gone.unlink()
    workplace()
    assert mine.read_text() == "mine"
    assert gone.read_bytes() == (wheel / "01-summary.ipynb").read_bytes()


def test_a_datasets_own_notebooks_are_shown_too(wheel, tmp_path):
    write_tiny(tmp_path / "tiny")
    (tmp_path / "tiny" / "notebooks").mkdir()
    path = write_chapter(tmp_path / "tiny" / "notebooks", "21", "mine", id="own.x")
    place = workplace(str(tmp_path / "tiny"))
    assert place.own == [path]
    assert place.start.is_relative_to(place.root)
    assert path.is_relative_to(place.root)


def test_an_unknown_dataset_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        workplace(str(tmp_path / "nowhere"))
