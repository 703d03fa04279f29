import math
from datetime import date

import pytest
import yaml

from cxlib.contract.config import nearest, read_config
from cxlib.errors import DataError

LEAST = {"name": "tiny", "sources": {"crm": {"file": "crm.csv"}}}


@pytest.fixture
def read(tmp_path):
    def reading(**keys):
        path = tmp_path / "dataset.yaml"
        path.write_text(yaml.safe_dump(LEAST | keys), encoding="utf-8")
        return read_config(path)

    return reading


def test_fills_every_default(read):
    config = read()
    assert config.root == "exports"
    assert config.definitions.exposure.window_months == 12
    assert config.definitions.tenure_bands == (1, 4, 13, 25, 49)
    assert config.definitions.usage.bands == (10, 30)
    assert config.claims.zendesk.shares == (0.5, 0.8)
    assert config.claims.reichheld.discount_rates == (0.06, 0.08, 0.10, 0.12, 0.15)
    assert config.sources["crm"].separator == ","


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"currrency": "EUR"}, r"Key 'currrency' \(value 'EUR'\) is unknown. Did you mean 'currency'\?"),
        ({"sources": {"crm": {"file": "a.csv", "seperator": ";"}}}, r"'sources.crm.seperator'.*'separator'"),
        (
            {"definitions": {"exposure": {"window": 12}}},
            r"Key 'definitions.exposure.window' .*Did you mean 'window_months'",
        ),
        ({"definitions": {"usage": {"colum": "x"}}}, r"'definitions.usage.colum'.*'column'"),
        ({"claims": {"zendesk": {"share": [0.5, 0.8]}}}, r"'claims.zendesk.share'.*'shares'"),
    ],
)
def test_names_an_unknown_key_and_the_nearest_one(read, keys, message):
    with pytest.raises(DataError, match=message):
        read(**keys)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"name": "My Data"}, r"Key 'name' has the value 'My Data'"),
        ({"currency": "Euro"}, r"Key 'currency' has the value 'Euro'"),
        ({"time_zone": "Europe/Berln"}, r"'time_zone'.*'Europe/Berln'.*did you mean 'Europe/Berlin'"),
        ({"as_of": "Oct 2026"}, r"'as_of'.*'Oct 2026'.*YYYY-MM"),
        ({"engine": "spark"}, r"'engine' has the value 'spark'"),
        ({"definitions": {"max_rejected_share": 5}}, r"'definitions.max_rejected_share' has the value 5"),
        ({"definitions": {"tenure_bands": [2, 4]}}, r"'definitions.tenure_bands'.*must begin with 1"),
        ({"definitions": {"usage": {"bands": [30, 10]}}}, r"'definitions.usage.bands'.*must be rising"),
        ({"definitions": {"observed_since": "soon"}}, r"'definitions.observed_since'.*'soon'"),
        (
            {"sources": {"crm": {"file": "a.csv", "separator": ";;"}}},
            r"'sources.crm.separator'.*one character",
        ),
        ({"sources": {"crm": {"file": "a.csv", "header_rows": 0}}}, r"no header row.*'columns'"),
        ({"sources": {"crm": {"file": "a.csv", "time_zone": "MEZ+1"}}}, r"'sources.crm.time_zone'"),
        ({"sources": {"crm": {}}}, r"Key 'sources.crm' has the value {}: needs either 'file' or 'url'"),
        ({"name": "Tiny Ü"}, r"'name' .*'Tiny Ü': small letters, digits and hyphens only, e.g. tiny-ue\.$"),
        (
            {"sources": {"my-crm": {"file": "a.csv"}}},
            r"Key 'sources.my-crm' .* may hold letters, digits and _ only, e.g. my_crm\.$",
        ),
        ({"sources": {"_people": {"file": "a.csv"}}}, r"'sources._people' .*must begin with a letter"),
        ({"as_of": "2026-06-30"}, r"yaml: as_of is a day; write the month: 2026-06\.$"),
        ({"as_of": date(2026, 6, 30)}, r"yaml: as_of is a day; write the month: 2026-06\.$"),
        ({"definitions": {"observed_since": "2026-06-30"}}, r"definitions.observed_since is a day"),
        ({"as_of": "9999-12"}, r"'as_of' .*'9999-12': must lie between 1900-01 and 2199-12"),
        ({"as_of": "0000-01"}, r"'as_of' .*'0000-01': must lie between 1900-01"),
        ({"as_of": 2026}, r"'as_of' has the value 2026: must be a month"),
        ({"root": "~nosuchuser/x"}, r"'root' has the value '~nosuchuser/x': begins with the home of a user"),
        ({"root": "a\0b"}, r"'root' has the value 'a\\x00b', with a zero byte"),
        ({"keep_text": "comment"}, r"'keep_text' .*'comment': must be a list, e.g. \[comment\]"),
        (
            {"definitions": {"controls": 5}},
            r"'definitions.controls' has the value 5: must be a list, e.g. \[5\]",
        ),
        ({"definitions": None}, r"yaml: definitions is empty; give keys below it, or leave the line out\.$"),
        ({"sources": None}, r"yaml: sources is empty; give keys below it\.$"),
        ({"keep_text": None}, r"yaml: keep_text is empty; give values below it, or leave the line out\.$"),
        ({"definitions": {"csat_top": math.nan}}, r"'definitions.csat_top' .*nan: .*finite"),
        ({"definitions": {"usage": {"bands": [1, math.nan]}}}, r"'definitions.usage.bands.1' .*finite"),
        (
            {"definitions": {"churn": {"kind": "inactivity"}}},
            r"'definitions.churn' .*needs 'inactivity_days'",
        ),
        ({"definitions": {"usage": {"bands": [3, 1]}}, "name": None}, r"'name'.*'definitions.usage.bands'"),
    ],
)
def test_names_key_value_and_remedy(read, keys, message):
    with pytest.raises(DataError, match=message):
        read(**keys)


def test_a_missing_key_is_named(tmp_path):
    path = tmp_path / "dataset.yaml"
    path.write_text("name: tiny\n", encoding="utf-8")
    with pytest.raises(DataError, match="Key 'sources' is missing"):
        read_config(path)


def test_takes_names_from_the_environment(read, monkeypatch):
    monkeypatch.setenv("EXPORT_FOLDER", "/mnt/exports")
    assert read(root="${EXPORT_FOLDER}/2026").root == "/mnt/exports/2026"


def test_names_what_the_environment_lacks(read, monkeypatch):
    monkeypatch.delenv("EXPORT_FOLDER", raising=False)
    with pytest.raises(DataError, match="the environment has no EXPORT_FOLDER"):
        read(root="${EXPORT_FOLDER}")


@pytest.mark.parametrize(
    ("settings", "key", "message"),
    [
        *[
            ({"encoding": encoding}, ".encoding", f"'{encoding}': is no encoding of a text file")
            for encoding in ("base64", "rot13", "hex", "zip", "idna", "undefined", "unicode-escape")
        ],
        ({"encoding": "utf\0"}, ".encoding", r"'utf\\x00', with a zero byte"),
        *[
            ({key: character}, f".{key}", f"{character!r}".replace("\\", "..?") + ": must be one character")
            for key in ("separator", "quote")
            for character in ("§", "„", "\n", "\r")
        ],
        ({"separator": ";", "quote": ";"}, "", "';' for both 'separator' and 'quote'"),
        ({"thousands": "."}, "", r"'\.' for both 'decimal' and 'thousands'; write decimal: ',' too"),
        ({"decimal": ",", "thousands": ","}, "", "',' for both .*; take thousands: '.', or leave"),
    ],
)
def test_settings_that_no_text_file_can_have(read, settings, key, message):
    with pytest.raises(DataError, match=f"Key 'sources.crm{key}' has the value .*{message}"):
        read(sources={"crm": {"file": "crm.csv"} | settings})


def test_an_address_that_is_none(read):
    crm = {"url": "postgresql://u@[::1/x", "query": "SELECT 1"}
    with pytest.raises(DataError, match=r"'sources.crm.url' .*x': is no address \(Invalid IPv6 URL\)"):
        read(sources={"crm": crm})


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-16-LE", "latin1", "windows-1252", "cp850", "mac-roman"])
def test_takes_the_encodings_of_text_files(read, encoding):
    assert read(sources={"crm": {"file": "a.csv", "encoding": encoding}}).sources["crm"].encoding == encoding


LAUGHS = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))
CHAIN = "".join(f"c{n}: &c{n} [*c{n - 1}]\n" for n in range(1, 3_000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("keep_text: &a [*a]", r"Key 'keep_text' holds itself \(\*a\)"),
        ("definitions: &d\n  usage: *d\n", r"Key 'definitions.usage' holds itself"),
        (f"root: {'[' * 5_000}{']' * 5_000}", r"Key 'root' is nested more than 20 deep"),
        (f"l0: &l0 [x]\n{LAUGHS}", r"Key 'l\d' stands for more values than 100,000"),
        (f"c0: &c0 [x]\n{CHAIN}", r"Key 'c\d+' stands for .* nests them more than 20 deep"),
        ("as_of: 2026-06\nname: b\n", r"line 3: Key 'name' is given twice; it is on line 1 too"),
        ("sources: {crm: {file: a, file: b}}", r"line 2: Key 'sources.crm.file' is given twice; .*line 2"),
        ("as_of: 2026-13-45\n", r"holds a number or date that cannot be: month must be in 1..12"),
    ],
)
def test_refuses_a_form_that_yaml_allows_and_no_description_has(tmp_path, content, message):
    path = tmp_path / "dataset.yaml"
    path.write_text(f"name: tiny\n{content}", encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_config(path)


def test_the_same_key_in_two_places_and_an_anchor_used_again_are_no_mistake(tmp_path):
    path = tmp_path / "dataset.yaml"
    path.write_text("name: a\nsources: {a: &s {file: a.csv}, b: {<<: *s, sheet: x}, c: *s}\n")
    assert [source.file for source in read_config(path).sources.values()] == ["a.csv"] * 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: [", "is not valid YAML"),
        (b"- name", "must hold keys such as name, sources; found list"),
        ("name: Büro".encode("cp1252"), "is not UTF-8"),
    ],
)
def test_refuses_a_file_that_is_no_yaml(tmp_path, content, message):
    path = tmp_path / "dataset.yaml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_config(path)


def test_a_long_list_of_names_is_cut_short_and_counted():
    names = [f"{number:04}.csv" for number in range(5_000)]
    told = nearest("crm", names)
    assert told.startswith(" Known: 0000.csv, 0001.csv,")
    assert told.endswith("0029.csv and 4,970 more.")
    assert nearest("crm", ["b", "a"]) == " Known: a, b."
