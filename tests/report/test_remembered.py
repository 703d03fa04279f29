"""Which figures a summary reads."""

import json

import pytest

from cxlib.errors import ReportError
from cxlib.report.remembered import Remembered, read_figures
from tests.environment import ROOT

RATE = {"id": "churn.rate", "value": 2.0, "label": {"en": "Rate", "de": "Quote"}, "note": None}


def write(folder, month, value=2.0, *, scope="", **more):
    """Write figures.json of an edition below `folder`."""
    folder.mkdir(parents=True)
    document = {"month": month, "scope": scope, "figures": [RATE | {"value": value}]} | more
    path = folder / "figures.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Work in a folder with a data set named tiny-ue at data/tiny; return where its editions lie."""
    (tmp_path / "data" / "tiny").mkdir(parents=True)
    (tmp_path / "data" / "tiny" / "dataset.yaml").write_text("name: tiny-ue\nsources: {a: {file: a.csv}}\n")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path / "reports" / "tiny-ue"


def test_a_file_is_read_with_all_that_it_says(tmp_path):
    absent = [{"id": "nps", "chapter": "03", "reason": {"en": "none", "de": "keine"}}]
    path = write(
        tmp_path / "2026-10", "2026-10", scope="segment=a", absent=absent, chapters=[{"number": "03"}]
    )
    edition = read_figures(str(path))
    assert (edition.month, edition.scope, edition.absent) == ("2026-10", "segment=a", tuple(absent))
    assert edition.chapters == ({"number": "03"},)
    figure = edition.figures["churn.rate"]
    assert (figure["value"], figure["note"]) == (2.0, None)
    assert (figure["label"].text("en"), figure["label"].text("de")) == ("Rate", "Quote")


def test_an_english_label_of_old_editions_is_said_in_german(tmp_path):
    old = RATE | {"label": "serious", "note": "warning"}
    figure = read_figures(str(write(tmp_path / "2026-10", "2026-10", figures=[old]))).figures["churn.rate"]
    assert (figure["label"].text("en"), figure["label"].text("de")) == ("serious", "schwerwiegend")
    assert figure["note"].text("de") == "Warnung"


def test_the_editions_a_month_and_a_year_before_stand_beside(tmp_path):
    path = write(tmp_path / "2026-01", "2026-01")
    write(tmp_path / "2025-12", "2025-12", 3.0)
    assert set(read_figures(str(path)).earlier) == {"month"}
    write(tmp_path / "2025-01", "2025-01", 4.0)
    earlier = read_figures(str(path)).earlier
    assert {name: figures["churn.rate"]["value"] for name, figures in earlier.items()} == {
        "month": 3.0,
        "year": 4.0,
    }


def test_editions_of_a_part_of_the_customers_are_compared_with_their_own(tmp_path):
    path = write(tmp_path / "2026-10-segment-a", "2026-10", scope="segment=a")
    write(tmp_path / "2026-09", "2026-09", 3.0)
    assert read_figures(str(path)).earlier == {}
    write(tmp_path / "2026-09-segment-a", "2026-09", 4.0, scope="segment=a")
    assert read_figures(str(path)).earlier["month"]["churn.rate"]["value"] == 4.0


def test_the_latest_edition_of_a_data_set_is_the_default(project):
    for month, value in (("2026-09", 1.0), ("2026-10", 2.0)):
        write(project / month, month, value)
    write(project / "2026-11-segment-a", "2026-11", 9.0, scope="segment=a")
    assert read_figures(dataset="data/tiny").month == "2026-10"
    assert read_figures(dataset="data/tiny", month="2026-09").figures["churn.rate"]["value"] == 1.0
    assert read_figures(dataset="data/tiny", scope="segment=a").month == "2026-11"


@pytest.mark.parametrize("asked", [{"dataset": "data/tiny", "month": "2026-08"}, {"dataset": "data/nowhere"}])
def test_where_there_is_no_edition_nothing_is_remembered_but_the_data_set(project, asked):
    write(project / "2026-10", "2026-10")
    nothing = read_figures(**asked)
    assert (nothing.month, nothing.figures, nothing.dataset) == ("", {}, asked["dataset"])
    assert isinstance(nothing, Remembered)


def test_the_sample_without_an_edition_has_the_figures_of_the_tests(tmp_path, monkeypatch):
    (tmp_path / "data" / "sample").mkdir(parents=True)
    (tmp_path / "data" / "sample" / "dataset.yaml").write_text("name: sample\nsources: {a: {file: a.csv}}\n")
    expected = tmp_path / "tests" / "expected"
    expected.mkdir(parents=True)
    text = (ROOT / "tests" / "expected" / "2026-10.json").read_text(encoding="utf-8")
    (expected / "2026-10.json").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert set(read_figures().figures) == {figure["id"] for figure in json.loads(text)["figures"]}
    assert read_figures(scope="segment=business").month == ""


@pytest.mark.parametrize("content", [None, "{", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, content):
    path = tmp_path / "figures.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ReportError, match="cannot be read as the figures of an edition"):
        read_figures(str(path))
