import json

from bs4 import BeautifulSoup

from cxlib.report.index import write_index


def manifest(reports, dataset, edition, *, title, month, scope=""):
    place = reports / dataset / edition
    place.mkdir(parents=True)
    about = {
        "title": {"de": title, "en": title},
        "month": month,
        "scope": scope,
        "edition": edition,
        "files": {f"cx-report-{dataset}-{edition}-en.html": "", "figures.json": ""},
    }
    (place / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    return place


def links(reports):
    soup = BeautifulSoup((reports / "index.html").read_text(encoding="utf-8"), "html.parser")
    return [a["href"] for a in soup.select("a")]


def test_the_index_lists_the_edition(made):
    folder, _ = made
    text = (folder / "reports" / "index.html").read_text()
    assert 'href="tiny/2026-10/cx-report-tiny-2026-10-de.html">Deutsch' in text
    assert "October 2026" in text


def test_the_newest_edition_stands_first_and_builds_are_left_out(tmp_path):
    manifest(tmp_path, "a", "2026-09", title="A", month="2026-09")
    manifest(tmp_path, "b", "2026-10", title="B <i>", month="2026-10")
    manifest(tmp_path, "b", ".building-2026-11", title="B", month="2026-11")
    write_index(tmp_path)
    assert [link.split("/")[:2] for link in links(tmp_path)] == [["b", "2026-10"], ["a", "2026-09"]]
    assert "B &lt;i&gt;" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_what_failed_is_linked_beside_the_edition(tmp_path):
    manifest(tmp_path, "a", "2026-09", title="A", month="2026-09")
    (tmp_path / "a" / "2026-09.failed").mkdir()
    (tmp_path / "a" / "2026-09.failed" / "12-effect.ipynb").touch()
    write_index(tmp_path)
    assert "a/2026-09.failed/12-effect.ipynb" in links(tmp_path)


def test_reports_without_any_edition_have_an_empty_index(tmp_path):
    write_index(tmp_path)
    assert links(tmp_path) == []
