import pytest
import yaml

from cxlib.data.config import nearest, read_config
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
