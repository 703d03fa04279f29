import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from cxlib.errors import ReportError, UsageError
from cxlib.report import publish
from cxlib.report.edition import make_edition
from tests.report.notebooks import write_chapter


def again(folder, **options):
    return make_edition(
        str(folder / "tiny"), reports=folder / "reports", notebooks=folder / "notebooks", **options
    )


def edition_of(folder):
    return folder / "reports" / "tiny" / "2026-10"


def test_an_edition_has_all_its_files(made):
    _, edition = made
    names = {p.relative_to(edition.folder).as_posix() for p in edition.folder.rglob("*") if p.is_file()}
    assert names == {
        "cx-report-tiny-2026-10-de.html",
        "cx-report-tiny-2026-10-en.html",
        "figures.json",
        "figures.csv",
        "tables/01-summary.csv",
        "tables/12-effect.csv",
        "manifest.json",
        "log.txt",
        "notebooks/de/01-summary.ipynb",
        "notebooks/de/12-effect.ipynb",
        "notebooks/en/01-summary.ipynb",
        "notebooks/en/12-effect.ipynb",
    }
    assert edition.failures == {}


def test_figures_carry_chapter_month_and_missing_as_null(made):
    _, edition = made
    document = json.loads((edition.folder / "figures.json").read_text())
    record = next(f for f in document["figures"] if f["id"] == "churn.rate")
    assert list(record) == [
        *("id", "chapter", "label", "value", "low", "high", "unit", "n", "month", "scope"),
        *("method", "verdict", "note"),
    ]
    assert (record["chapter"], record["month"], record["value"], record["low"]) == ("12", "2026-10", 20, 10)
    assert record["verdict"] is None
    left_out = next(c for c in document["chapters"] if c["number"] == "13")
    assert left_out["state"] == "left out"
    assert "billing" in left_out["reason"]["en"]


def test_the_summary_reads_the_other_chapters_figures(made):
    _, edition = made
    node = nbformat.read(edition.folder / "notebooks" / "en" / "01-summary.ipynb", as_version=4)
    assert "'chapters'" in node.cells[-1].outputs[0].data["text/plain"]
    (injected,) = [c for c in node.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert "tiny/2026-10/figures.json" in injected.source


def test_unchanged_chapters_are_not_run_again(made, monkeypatch):
    folder, first = made
    code = json.loads((first.folder / "manifest.json").read_text())["inputs"]["code"]
    monkeypatch.setattr("cxlib.report.plan.code_hash", lambda: code)
    before = {path: path.read_bytes() for path in first.folder.rglob("*.ipynb")}
    edition = again(folder)
    assert edition.chapters == {"01-summary": "unchanged", "12-effect": "unchanged", "13-profit": "left out"}
    assert {path: path.read_bytes() for path in first.folder.rglob("*.ipynb")} == before


def test_chapters_are_run_again_when_the_code_has_changed(made, monkeypatch):
    folder, first = made
    code = json.loads((first.folder / "manifest.json").read_text())["inputs"]["code"]
    states = []
    for version in (code, "another"):
        monkeypatch.setattr("cxlib.report.plan.code_hash", lambda version=version: version)
        states.append(again(folder, languages=("de", "en")).chapters["12-effect"])
    assert states == ["unchanged", "made"]
    monkeypatch.setattr("cxlib.report.plan.code_hash", lambda: code)
    again(folder)


def test_a_failed_chapter_leaves_evidence_and_what_stood_before(copied):
    write_chapter(copied / "notebooks", cells=["1 / 0"])
    write_chapter(copied / "notebooks", "14", "more", id="more", cells=["1"])
    edition = again(copied, languages=("en",))
    assert list(edition.failures) == ["12-effect"]
    assert "ZeroDivisionError: division by zero" in edition.failures["12-effect"]
    assert (edition.chapters["14-more"], edition.chapters["12-effect"]) == ("made", "kept")
    marked = (copied / "reports" / "tiny" / "2026-10.failed" / "12-effect.ipynb").read_text()
    assert "ZeroDivisionError" in marked
    assert "tiny/2026-10.failed/12-effect.ipynb" in (copied / "reports" / "index.html").read_text()
    page = edition.pages["en"].read_text()
    assert "It stands here as an earlier run left it" in page
    assert "1 / 0" not in page
    figures = json.loads((edition.folder / "figures.json").read_text())["figures"]
    assert "churn.rate" in {figure["id"] for figure in figures}


def test_where_every_chapter_fails_nothing_is_published(copied):
    before = {path: path.read_bytes() for path in edition_of(copied).rglob("*") if path.is_file()}
    write_chapter(copied / "notebooks", cells=["1 / 0"])
    edition = again(copied, languages=("de",))
    assert edition.pages == {}
    assert {path: path.read_bytes() for path in edition_of(copied).rglob("*") if path.is_file()} == before
    assert not list((copied / "reports" / "tiny").glob(".building-*"))


def test_data_that_allow_no_chapter_are_refused(copied):
    (copied / "notebooks" / "12-effect.ipynb").unlink()
    with pytest.raises(ReportError, match=r"No chapter can be made from .*tiny, which has \['customers'"):
        again(copied)


def test_an_unknown_chapter_is_refused(copied):
    with pytest.raises(UsageError, match="no chapter 'effects'"):
        again(copied, chapters=["effects"])


def test_a_run_meets_the_lock_of_another(copied):
    with (
        publish.locked(copied / "reports" / "tiny", "2026-10"),
        pytest.raises(ReportError, match="Another run"),
    ):
        again(copied)


RUN = """
import sys
from tests.report.test_edition import again
from pathlib import Path
again(Path(sys.argv[1]), force=True, languages=("en",))
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not known there")
def test_a_run_killed_while_chapters_run_leaves_the_last_edition(copied):
    before = {path: path.read_bytes() for path in edition_of(copied).rglob("*") if path.is_file()}
    process = subprocess.Popen([sys.executable, "-c", RUN, str(copied)], stderr=subprocess.DEVNULL)
    building = copied / "reports" / "tiny" / ".building-2026-10"
    while not list(building.rglob("12-effect.kernel.txt")):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert {path: path.read_bytes() for path in edition_of(copied).rglob("*") if path.is_file()} == before
    assert publish.recover(copied / "reports" / "tiny", "2026-10") == "deleted"
