import json

import nbformat
import pytest

from cxlib.errors import UsageError
from cxlib.report.chapters import choose, read_chapter
from tests.report.notebooks import PARAMETERS, write_chapter


def about(path, **changes):
    """Change what a notebook says of itself; a value of None takes the entry away."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    said = notebook["metadata"]["cx"] | changes
    notebook["metadata"]["cx"] = {key: value for key, value in said.items() if value is not None}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_a_chapter_is_what_its_name_and_metadata_say(tmp_path):
    chapter = read_chapter(write_chapter(tmp_path, "12", "a-bad-day", figures=["churn.*"]))
    assert (chapter.number, chapter.slug, chapter.name) == ("12", "a-bad-day", "12-a-bad-day")
    assert chapter.tables == (("customers",),)
    assert chapter.parameters == ("dataset", "month", "scope", "language")
    assert chapter.declares("churn.rate")
    assert not chapter.declares("nps")
    assert not chapter.fault


def test_number_and_slug_may_be_left_to_the_file_name(tmp_path):
    chapter = read_chapter(about(write_chapter(tmp_path), chapter=None, slug=None))
    assert (chapter.number, chapter.slug, chapter.fault) == ("12", "effect", "")


def test_a_notebook_that_says_nothing_of_itself_is_no_chapter(tmp_path):
    path = tmp_path / "12-scratch.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    assert read_chapter(path) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nothing", "cannot be read as a notebook: Expecting value: line 1 column 1 (char 0)"),
        ("", "cannot be read as a notebook: Expecting value"),
        ("[]", "is no notebook of today's format; open it in JupyterLab and save it"),
        ('{"nbformat": 3, "worksheets": []}', "is no notebook of today's format"),
        ('{"nbformat": 4, "nbformat_minor": 5}', "is no valid notebook: "),
        (
            '{"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "is no valid notebook: ",
        ),
    ],
)
def test_a_file_that_is_no_notebook_is_a_fault_in_one_line(tmp_path, text, fault):
    path = tmp_path / "12-effect.ipynb"
    path.write_text(text)
    chapter = read_chapter(path)
    assert chapter.fault.startswith(fault)
    assert "\n" not in chapter.fault
    assert (chapter.number, chapter.title("de")) == ("12", "effect")


def test_bytes_that_are_no_text_are_a_fault(tmp_path):
    (tmp_path / "12-effect.ipynb").write_bytes(b"\xff\xfe\x00")
    assert read_chapter(tmp_path / "12-effect.ipynb").fault.startswith("cannot be read as a notebook")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"tables": None}, "lacks ['tables'] in its metadata under 'cx'"),
        ({"tables": None, "figures": None}, "lacks ['tables', 'figures']"),
        ({"tables": ["customers"]}, "has 'tables' in its metadata that are no list of lists"),
        ({"tables": [["custmers"]]}, "needs the table 'custmers', which the contract does not know. Did"),
        ({"figures": "churn.rate"}, "has 'figures' in its metadata that are no list of ids"),
        ({"figures": ["a b"]}, "has 'figures' in its metadata that are no list of ids"),
        ({"chapter": "13"}, "is not named as a chapter is: NN-name.ipynb in small letters, here 13-effect"),
        ({"slug": "cause"}, "is not named as a chapter is: NN-name.ipynb in small letters, here 12-cause"),
    ],
)
def test_metadata_that_are_incomplete_or_wrong_are_a_fault(tmp_path, changes, fault):
    assert read_chapter(about(write_chapter(tmp_path), **changes)).fault.startswith(fault)


@pytest.mark.parametrize("name", ["scratch", "1-x", "12-My chapter", "12_effect"])
def test_a_file_name_that_is_no_chapters_is_a_fault(tmp_path, name):
    path = write_chapter(tmp_path).rename(tmp_path / f"{name}.ipynb")
    assert read_chapter(path).fault.startswith("is not named as a chapter is: NN-name.ipynb")


@pytest.mark.parametrize("slug", ["about", "content"])
def test_a_name_that_the_page_uses_itself_is_a_fault(tmp_path, slug):
    assert read_chapter(write_chapter(tmp_path, "21", slug)).fault.startswith(
        "has a name that the page itself"
    )


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ('dataset: str = ""', "has no parameter ['month', 'scope', 'language']; it has ['dataset']"),
        ("dataset = = 1", "has a parameters cell that is no Python: invalid syntax"),
        (PARAMETERS + "\ntop: int = 3", ""),
    ],
)
def test_a_cell_that_lacks_parameters_is_a_fault(tmp_path, parameters, fault):
    found = read_chapter(write_chapter(tmp_path, parameters=parameters)).fault
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


def test_no_parameters_cell_is_a_fault(tmp_path):
    path = write_chapter(tmp_path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].metadata = {}
    nbformat.write(notebook, path)
    fault = "has no cell tagged 'parameters'; it assigns dataset, month, scope, language"
    assert read_chapter(path).fault == fault


def test_markdown_is_translated_before_it_runs(tmp_path, monkeypatch):
    chapter = read_chapter(write_chapter(tmp_path))
    monkeypatch.setattr("cxlib.report.chapters.translate", lambda text, language: f"# {language}\n{text}")
    assert chapter.in_language("de").cells[0].source.startswith("# de\n# What an experience costs")
    assert chapter.title("de") == "de"
    assert chapter.notebook.cells[0].source.startswith("# What an experience costs")


def test_an_empty_first_cell_is_no_title(tmp_path):
    assert read_chapter(write_chapter(tmp_path, title=" \n")).title("en") == "How many leave"


@pytest.mark.parametrize("name", ["3", "03", "satisfaction", "03-satisfaction"])
def test_a_chapter_is_called_by_number_or_name(tmp_path, name):
    paths = [write_chapter(tmp_path, "03", "satisfaction"), write_chapter(tmp_path, "12", "effect")]
    assert [c.number for c in choose([read_chapter(path) for path in paths], [name])] == ["03"]


def test_an_unknown_chapter_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"no chapter '4'; there are: 12 effect"):
        choose([read_chapter(write_chapter(tmp_path))], ["4"])
