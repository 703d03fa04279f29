import csv
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlib.company import simulate, write_dataset
from cxlib.company.exports import ANSWERS_HEADER
from cxlib.errors import DataError

GERMAN_DAY = re.compile(r"(\d{2}\.\d{2}\.\d{4})?")
GERMAN_NUMBER = re.compile(r"\d+(,\d+)?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, small):
    return write_dataset(small, tmp_path_factory.mktemp("exports") / "Muster GmbH")


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The same customers without dirt."""
    return write_dataset(simulate(3_000, seed=402, dirt="none"), tmp_path_factory.mktemp("exports") / "clean")


def lines(path, *, encoding="utf-8", separator=","):
    with path.open(encoding=encoding, newline="") as text:
        return list(csv.reader(text, delimiter=separator))


def test_every_file_of_a_dataset_is_there(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "dataset.yaml", "exports", "customers.sql", "interactions.sql", "surveys.sql", "tickets.sql",
        "billing.sql", "fixed_costs.sql", "negative_experiences.sql",
    }  # fmt: skip
    assert 'name: "muster-gmbh"\n' in (folder / "dataset.yaml").read_text(encoding="utf-8")


def test_the_customer_list_is_written_as_german_software_does(folder):
    header, *rows = lines(folder / "exports" / "crm.csv", encoding="cp1252", separator=";")
    assert header[:4] == ["Kundennummer", "Erstkontakt", "Vertragsbeginn", "Kündigungsdatum"]
    assert all(GERMAN_DAY.fullmatch(cell) for row in rows for cell in row[1:4])
    assert all(GERMAN_NUMBER.fullmatch(row[header.index("Werbekosten")]) for row in rows)
    assert any(row[2] == "" for row in rows)


def test_answers_stand_under_three_header_rows(folder):
    text = (folder / "exports" / "survey-answers.csv").read_text(encoding="utf-8")
    assert text.startswith(ANSWERS_HEADER)
    names, labels, imports, *rows = lines(folder / "exports" / "survey-answers.csv")
    assert len(names) == len(labels) == len(imports) == len(rows[0])
    assert imports[0] == '{"ImportId":"StartDate"}'


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    again = write_dataset(simulate(3_000, seed=402), tmp_path / "again")
    for path in sorted((folder / "exports").iterdir()):
        assert path.read_bytes() == (again / "exports" / path.name).read_bytes(), path.name


def test_without_dirt_every_row_is_there_once(clean):
    events = np.concatenate(
        [pq.read_table(path)["event_id"].to_numpy() for path in sorted((clean / "exports").glob("events-*"))]
    )
    assert len(np.unique(events)) == len(events)
    _, *rows = lines(clean / "exports" / "crm.csv", encoding="cp1252", separator=";")
    assert len({row[0] for row in rows}) == len(rows)
    assert not any("31.02." in cell for row in rows for cell in row)


def test_dirt_brings_rows_twice_broken_late_and_of_tests(folder):
    events = pa.concat_tables(
        [pq.read_table(path) for path in sorted((folder / "exports").glob("events-*"))]
    ).to_pandas()
    assert events["event_id"].duplicated().any()
    assert events["touchpoint"].isna().any()
    assert (events["outcome"] == "n/a").any()
    assert (events["recorded_at"] - events["occurred_at"] > pd.Timedelta(days=10)).any()
    header, _, _, *answers = lines(folder / "exports" / "survey-answers.csv")
    assert {"0", "1"} == {row[header.index("Status")] for row in answers}
    assert any(row[header.index("Q1")] == "11" for row in answers)
    tickets = [row for path in (folder / "exports").glob("helpdesk-*") for row in lines(path)]
    assert any(row[7] == "0000-00-00 00:00:00" for row in tickets)


def test_nothing_is_written_into_a_folder_that_holds_something(folder, small):
    with pytest.raises(DataError, match="Muster GmbH is not empty"):
        write_dataset(small, folder)


@pytest.mark.parametrize(("option", "value"), [("customers", 99), ("months", 13)])
def test_a_company_too_small_or_too_short_is_refused(option, value):
    with pytest.raises(DataError, match=f"{option} is {value}; expected 1"):
        simulate(**{option: value})
