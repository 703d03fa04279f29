import math
from datetime import date

import pytest
import yaml

from cxlib.chapters.churn.counts import Design
from cxlib.contract.config import LONGEST_LOOK_BACK, nearest, read_config
from cxlib.errors import DataError, ModelError

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
        (
            {"definitions": {"horizon_months": 12}},
            r"Key 'definitions.horizon_months' \(value 12\) is unknown. Did you mean 'money.horizon_months' "
            r"or 'claims.zendesk.horizon_months'\? Else take it out.",
        ),
        ({"sla_hours": 8}, r"Key 'sla_hours' .* Did you mean 'definitions.sla_hours'\?"),
        (
            {"definitions": {"churn": {"involuntary": "count"}}},
            r"Key 'definitions.churn.involuntary' \(value 'count'\) is unknown. Known: inactivity_days, "
            r"kind\.",
        ),
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
            {"definitions": {"exposure": {"window_months": 40}}},
            r"'definitions.exposure.window_months' has the value 40: .* less than or equal to 31",
        ),
        (
            {"definitions": {"exposure": {"window_months": 30, "lag_months": 3}}},
            r"'definitions.exposure' .*: looks back 32 months, .*31 is the most .* window_months: 29 or less",
        ),
        ({"definitions": {"exposure": {"lag_months": 0}}}, r"'definitions.exposure.lag_months' .* value 0"),
        ({"definitions": {"controls": ["plan", "plan"]}}, r"'definitions.controls' .*names 'plan' twice"),
        ({"definitions": {"segments": ["plan", "plan"]}}, r"'definitions.segments' .*names 'plan' twice"),
        ({"definitions": {"tenure_bands": [1, 601]}}, r"'definitions.tenure_bands' .*end with 600 months"),
        (
            {"definitions": {"tenure_bands": [*range(1, 22)]}},
            r"'definitions.tenure_bands' .*holds 21 numbers, and 20 is the most; put bands together",
        ),
        (
            {"definitions": {"usage": {"bands": [*range(20)]}}},
            r"'definitions.usage.bands' .*holds 20 numbers, and 19 is the most",
        ),
        ({"definitions": {"late_days": 36_501}}, r"'definitions.late_days' has the value 36501"),
        ({"definitions": {"sla_hours": 1e300}}, r"'definitions.sla_hours' has the value 1e\+300"),
        ({"money": {"horizon_months": 11}}, r"'money.horizon_months' has the value 11: .* or equal to 12"),
        ({"money": {"horizon_months": 241}}, r"'money.horizon_months' has the value 241"),
        ({"money": {"discount_rate": -0.1}}, r"'money.discount_rate' has the value -0.1"),
        ({"claims": {"zendesk": {"horizon_months": 121}}}, r"'claims.zendesk.horizon_months' .*value 121"),
        (
            {"claims": {"reichheld": {"discount_rates": []}}},
            r"'claims.reichheld.discount_rates' .* \[\]",
        ),
        (
            {"claims": {"reichheld": {"discount_rates": [0.1, -1]}}},
            r"'claims.reichheld.discount_rates.1' has the value -1",
        ),
        ({"languages": []}, r"'languages' has the value \[\]"),
        ({"languages": ["de", "de"]}, r"'languages' .*names 'de' twice"),
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


def test_a_long_list_of_names_is_cut_short_and_counted():
    names = [f"{number:04}.csv" for number in range(5_000)]
    told = nearest("crm", names)
    assert told.startswith(" Known: 0000.csv, 0001.csv,")
    assert told.endswith("0029.csv and 4,970 more.")
    assert nearest("crm", ["b", "a"]) == " Known: a, b."


def test_exposure_may_look_back_as_far_as_chapter_12_can_count():
    assert Design(1, 2, window=LONGEST_LOOK_BACK, lag=1).reach == LONGEST_LOOK_BACK
    assert Design(1, 2, window=1, lag=LONGEST_LOOK_BACK).reach == LONGEST_LOOK_BACK
    with pytest.raises((ModelError, ValueError, TypeError), match=str(LONGEST_LOOK_BACK)):
        Design(1, 2, window=LONGEST_LOOK_BACK, lag=2)
