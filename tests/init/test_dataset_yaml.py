"""The proposed dataset.yaml: what the exports tell of it, and what is a default and said to be."""

import os

import pytest
import yaml

from cxlib.init.proposal import propose
from tests.init.exports import CUSTOMERS, folder_of, opened, write_csv


def test_the_zone_in_a_row_of_import_ids_is_taken(tmp_path):
    folder = folder_of("qualtrics", tmp_path)
    file = next((folder / "exports").iterdir())
    file.write_text(
        file.read_text(encoding="utf-8").replace("Europe/Berlin", "America/Denver"), encoding="utf-8"
    )
    assert "time_zone: America/Denver" in propose(folder).files["dataset.yaml"]
    # 9:14 in Denver is 15:14 in UTC.
    assert opened(folder).table("surveys")["answered_at"].min().hour == 15


BILLS = [["customer_id", "month", "revenue"], ["a", "2026-01", "1.5"], ["b", "2026-01", "6"]]


def described(folder):
    """Return the proposed dataset.yaml of a folder as text and as values, and what is left open."""
    proposal = propose(folder)
    text = proposal.files["dataset.yaml"]
    return text, yaml.safe_load(text), proposal.left_open


@pytest.mark.parametrize(
    ("codes", "currency", "why"),
    [
        (["CHF", "CHF"], "CHF", None),
        (["CHF", "USD"], "EUR", "the exports have CHF, USD"),
        (["chf", ""], "EUR", "no file says it"),
    ],
)
def test_the_currency_is_that_of_the_exports_where_they_agree(codes, currency, why, tmp_path):
    rows = [[*BILLS[0], "Währung"], *([*row, code] for row, code in zip(BILLS[1:], codes, strict=True))]
    write_csv(tmp_path / "bills.csv", rows)
    _, settings, notes = described(tmp_path)
    assert settings["currency"] == currency
    assert [note for note in notes if "currency" in note] == (
        [f"dataset.yaml: currency EUR is a default; {why}"] if why else []
    )


@pytest.mark.parametrize(
    ("folder", "name"), [("Große Müller & Söhne", "grosse-mueller-soehne"), ("日本", "yours"), ("a.b", "a-b")]
)
def test_a_dataset_is_named_for_its_folder(folder, name, tmp_path):
    write_csv(tmp_path / folder / "exports" / "bills.csv", BILLS)
    _, settings, _ = described(tmp_path / folder)
    assert (settings["name"], settings["root"]) == (name, "exports")
    _, inside, _ = described(tmp_path / folder / "exports")
    assert (inside["name"], inside["root"]) == (name, ".")


def test_a_decimal_comma_is_a_setting_where_no_point_stands_beside_it(tmp_path):
    rows = [["customer_id", "month", "revenue", "direct_cost"], ["a", "2026-01", "1.012,50", "3,5"]]
    write_csv(tmp_path / "comma" / "bills.csv", rows, ";")
    source = {"file": "bills.csv", "separator": ";", "decimal": ",", "thousands": "."}
    assert described(tmp_path / "comma")[1]["sources"]["bills"] == source
    write_csv(tmp_path / "mixed" / "bills.csv", [rows[0], ["a", "2026-01", "1.012,50", "3.5"]], ";")
    assert described(tmp_path / "mixed")[1]["sources"]["bills"] == {"file": "bills.csv", "separator": ";"}
    billing = opened(tmp_path / "mixed").table("billing")
    assert billing[["revenue", "direct_cost"]].to_numpy().tolist() == [[1012.5, 3.5]]


def test_data_without_dates_describe_the_month_their_files_were_written_in(tmp_path):
    write_csv(tmp_path / "customers.csv", CUSTOMERS)
    os.utime(tmp_path / "customers.csv", (1772539200, 1772539200))
    _, settings, notes = described(tmp_path)
    assert settings["as_of"] == "2026-03"
    assert "dataset.yaml: as_of 2026-03 is the month in which the files were written" in notes
    write_csv(tmp_path / "bills.csv", BILLS)
    assert "as_of" not in described(tmp_path)[1]


def test_who_orders_and_tells_no_end_leaves_by_inactivity(tmp_path):
    orders = [["order_id", "customer_id", "order_date", "amount"], ["1", "c1", "2026-02-03", "5"]]
    write_csv(tmp_path / "orders.csv", orders)
    write_csv(tmp_path / "customers.csv", CUSTOMERS)
    definitions = described(tmp_path)[1]["definitions"]
    assert definitions == {"churn": {"kind": "inactivity"}, "controls": [], "segments": [], "usage": None}
    ended = [[*CUSTOMERS[0], "end_date", "segment"], *([*row, "2026-12-01", "x"] for row in CUSTOMERS[1:])]
    write_csv(tmp_path / "customers.csv", ended)
    definitions = described(tmp_path)[1]["definitions"]
    assert definitions["churn"] == {"kind": "contract"}
    assert definitions["segments"] == definitions["controls"] == ["segment"]
