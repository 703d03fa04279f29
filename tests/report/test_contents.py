import csv
import json

import pytest

from cxlib.report import publish
from cxlib.report.contents import FIELDS, csv_text, figures_csv, to_json


def test_text_in_a_csv_is_never_a_formula():
    text = csv_text(["name", "value"], [["=1+1", -2.5], ["@x", None], ["+3", 3], ["-", 1], ["good", 2]])
    assert [row[0] for row in csv.reader(text.splitlines())] == ["name", "'=1+1", "'@x", "'+3", "'-", "good"]
    assert text.splitlines()[1].endswith(",-2.5")


def test_json_holds_no_nan():
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"value": float("nan")})


def test_figures_csv_has_every_field_and_the_english_words():
    figure = {"id": "churn.rate", "label": {"de": "Abwanderung", "en": "Churn"}, "value": 20.0}
    (row,) = csv.DictReader(figures_csv([figure]).splitlines())
    assert tuple(row) == FIELDS
    assert (row["id"], row["label"], row["value"], row["low"]) == ("churn.rate", "Churn", "20.0", "")


def test_the_document_says_how_each_chapter_stands_but_the_summary(made):
    _, edition = made
    document = json.loads((edition.folder / "figures.json").read_text(encoding="utf-8"))
    assert document["title"] == {"de": "Winzig GmbH", "en": "Tiny Ltd"}
    about = {chapter["number"]: chapter for chapter in document["chapters"]}
    assert {number: chapter["state"] for number, chapter in about.items()} == {"12": "made", "13": "left out"}
    assert about["12"]["reason"] is None
    assert about["12"]["title"]["en"] == "What an experience costs"
    assert about["13"]["reason"]["en"] != about["13"]["reason"]["de"]


def test_the_log_says_how_each_chapter_went(made):
    _, edition = made
    lines = (edition.folder / "log.txt").read_text(encoding="utf-8").splitlines()
    assert "12-effect: made" in lines
    assert "13-profit: left out" in lines
    assert [line for line in lines if line.startswith("13-profit: This chapter needs data on")]


def test_the_manifest_names_every_file_with_its_hash(made):
    _, edition = made
    manifest = json.loads((edition.folder / "manifest.json").read_text())
    names = {p.relative_to(edition.folder).as_posix() for p in edition.folder.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == names - {"manifest.json"}
    assert all(publish.digest(edition.folder / name) == hash for name, hash in manifest["files"].items())
    assert manifest["inputs"]["libraries"]["pandas"]
    assert set(manifest["chapters"]) == {"01-summary", "12-effect"}
    assert set(manifest["chapters"]["12-effect"]["keys"]) == {"de", "en"}
