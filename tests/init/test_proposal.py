"""A proposal as a whole: it works, says what it leaves open, and overwrites nothing."""

import re
import shutil
from pathlib import Path

import pytest

import cxlib as cx
from cxlib.errors import DataError
from cxlib.init.proposal import propose, write_proposal
from tests.init.exports import CUSTOMERS, ROOT, folder_of, opened, refuse, write_csv


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """Return the sample's exports alone, made a dataset by the proposal."""
    folder = tmp_path_factory.mktemp("again") / "again"
    shutil.copytree(ROOT / "data" / "sample" / "exports", folder / "exports")
    write_proposal(propose(folder))
    return folder


def test_the_exports_of_the_sample_alone_give_its_tables(again):
    by_hand, proposed = cx.open_dataset(ROOT / "data" / "sample"), cx.open_dataset(again)
    assert (proposed.month, proposed.first_month_no) == (by_hand.month, by_hand.first_month_no)
    for table, record in by_hand.imported["tables"].items():
        found = proposed.imported["tables"][table]
        assert (found["read"], found["kept"]) == (record["read"], record["kept"]), table
        assert found["rejected"] == record["rejected"], table
    assert proposed.tables == by_hand.tables


def test_the_exports_of_the_sample_alone_give_its_figures(again):
    by_hand = figures(cx.open_dataset(ROOT / "data" / "sample"))
    proposed = figures(cx.open_dataset(again))
    assert len(by_hand) > 30
    assert proposed == by_hand


def figures(data):
    """Return id -> value and interval of every figure of the chapters that the sample allows."""
    chapters = (
        cx.satisfaction.nps, cx.satisfaction.csat, cx.satisfaction.ces, cx.retention.churn_rate,
        cx.retention.kaplan_meier, cx.churn.naive, cx.churn.after, cx.churn.hazard, cx.churn.risk,
        cx.churn.claim, cx.profit.customer_value, cx.profit.what_if, cx.profit.claim,
    )  # fmt: skip
    found = [figure for chapter in chapters for figure in chapter(data).figures]
    return {figure.id: (figure.value, figure.low, figure.high, figure.n) for figure in found}


def test_which_questions_a_survey_asks_is_read_off_its_answers(again):
    text = (again / "surveys.sql").read_text(encoding="utf-8")
    for survey, question in (("Beziehung", "Q1"), ("Kontakt", "Q2"), ("Support", "Q2"), ("Support", "Q3")):
        assert f"SELECT '{survey}' AS survey, '{question}' AS question" in text
    assert "joined by Einladung = InvitationId" in " ".join(text.replace("--", "").split())


def test_what_the_sample_leaves_open_is_said():
    notes = propose(ROOT / "data" / "sample").left_open
    assert (
        "events-*.parquet: outcome holds 'n/a', no known outcome; such rows are set aside on import" in notes
    )
    assert "dataset.yaml: the bands of usage, 10 and 30, are a default" in notes


def test_of_very_many_files_the_first_are_named(tmp_path):
    for number in range(25):
        (tmp_path / f"{number:02}.pdf").touch()
    with pytest.raises(DataError, match=r"19\.pdf: neither text.* nor a workbook; and 5 more\)"):
        propose(tmp_path)


def test_folders_inside_are_named(tmp_path):
    write_csv(tmp_path / "exports" / "2025" / "customers.csv", CUSTOMERS)
    (tmp_path / "exports" / "2026").mkdir()
    why = r"folders inside are not looked at: 2025, 2026; .* file: \"2025/\*\.csv\""
    with pytest.raises(DataError, match=rf"found: no file\)\. {why}"):
        propose(tmp_path)
    write_csv(tmp_path / "exports" / "customers.csv", CUSTOMERS)
    assert any(re.match(why, note) for note in propose(tmp_path).left_open)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"name: \xe4", "codec can't decode"),
        (b"sources: [", "while parsing"),
        (b"a: 2026-13-45", "month must"),
    ],
    ids=["not UTF-8", "not YAML", "no date"],
)
def test_a_dataset_yaml_that_cannot_be_read_is_an_error(content, why, tmp_path):
    folder = folder_of("zendesk", tmp_path)
    (folder / "dataset.yaml").write_bytes(content)
    with pytest.raises(
        DataError, match=rf"dataset\.yaml is there and cannot be read \(.*{why}.*move it away"
    ):
        propose(folder)


@pytest.mark.parametrize("name", ["dataset.yaml", "tickets.sql"])
def test_a_file_of_the_dataset_that_may_not_be_read_is_an_error(name, tmp_path, monkeypatch):
    folder = folder_of("zendesk", tmp_path)
    write_proposal(propose(folder))
    refuse(monkeypatch, "read_text", name)
    with pytest.raises(DataError, match=rf"{name} is there and cannot be read \(Permission denied"):
        write_proposal(propose(folder))


def test_an_export_without_rows_is_taken_by_its_header_and_that_is_said(tmp_path):
    write_csv(tmp_path / "x" / "customers.csv", CUSTOMERS)
    write_csv(tmp_path / "x" / "kontakte.csv", [["Kundennummer", "Kontaktdatum", "Kontaktpunkt", "Ergebnis"]])
    proposal = propose(tmp_path / "x")
    why = "kontakte.csv: has no rows; its columns are told by their names alone"
    assert why in proposal.left_open
    assert opened(tmp_path / "x").imported["tables"]["interactions"]["kept"] == 0


@pytest.mark.parametrize("name", ["german", "english", "zendesk", "qualtrics", "hubspot", "limesurvey"])
@pytest.mark.parametrize("rows", [0, 1])
def test_an_export_of_no_row_or_one_is_no_crash(name, rows, tmp_path):
    folder = folder_of(name, tmp_path)
    for file in (folder / "exports").iterdir():
        heads = {"qualtrics": 3, "german": 2 if file.stem == "kunden" else 1}.get(name, 1)
        encoding = "utf-16" if file.name == "customers.csv" else "latin-1"
        lines = file.read_text(encoding=encoding).splitlines(keepends=True)[: heads + rows]
        file.write_text("".join(lines), encoding=encoding)
    if rows == 0 and name in ("qualtrics", "limesurvey"):
        with pytest.raises(DataError, match=r"has no rows, and its header alone does not make surveys of it"):
            propose(folder)
        return
    tables = opened(folder).imported["tables"]
    assert all(record["read"] <= 2 and not record["rejected"] for record in tables.values())


def test_nothing_is_overwritten(tmp_path):
    folder = folder_of("zendesk", tmp_path)
    mine = "SELECT 1 AS ticket_id"
    (folder / "tickets.sql").write_text(mine)
    done = write_proposal(propose(folder))
    assert done["tickets.sql"] == "kept; the proposal is in tickets.sql.proposed"
    assert done["dataset.yaml"] == "written"
    assert (folder / "tickets.sql").read_text() == mine
    proposed = (folder / "tickets.sql.proposed").read_text()
    assert '"Id" AS ticket_id,  -- certain' in proposed
    (folder / "tickets.sql.proposed").write_text("something of mine")
    done = write_proposal(propose(folder))
    assert done["tickets.sql"].startswith("kept, as is tickets.sql.proposed")
    assert (folder / "tickets.sql.proposed").read_text() == "something of mine"
    assert done["dataset.yaml"] == "kept: it already says this"


def test_a_proposal_beside_a_file_is_no_part_of_the_dataset(tmp_path):
    folder = folder_of("zendesk", tmp_path)
    write_proposal(propose(folder))
    (folder / "dataset.yaml").write_text((folder / "dataset.yaml").read_text() + "as_of: 2026-10\n")
    write_proposal(propose(folder))
    assert (folder / "dataset.yaml.proposed").exists()
    assert cx.open_dataset(folder).imported["tables"]["tickets"]["kept"] == 24


def test_a_dataset_yaml_that_is_there_names_the_sources(tmp_path):
    folder = folder_of("german", tmp_path)
    (folder / "dataset.yaml").write_text("name: mine\nsources:\n  crm: {file: kunden.csv}\n")
    proposal = propose(folder)
    assert proposal.files["customers.sql"].rstrip().endswith("FROM crm")
    missing = "dataset.yaml is kept; it has no source abrechnung_2026, kontakte, which the proposed SQL reads"
    assert missing in proposal.left_open


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"No folder .*nowhere"):
        propose(tmp_path / "nowhere")


def test_a_folder_without_exports_says_what_was_expected(tmp_path):
    with pytest.raises(DataError, match=r"found: no file.*Kundennummer"):
        propose(tmp_path)


def test_what_was_interrupted_leaves_no_file_behind(tmp_path, monkeypatch):
    folder = folder_of("zendesk", tmp_path)
    proposal = propose(folder)

    def full(self, text, **options):
        Path.write_bytes(self, text[:9].encode())
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(DataError, match=r"tickets\.sql cannot be written \(No space left"):
            write_proposal(proposal)
    assert [path.name for path in folder.iterdir()] == ["exports"]
    assert set(write_proposal(proposal).values()) == {"written"}


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    proposal = propose(folder_of("zendesk", tmp_path))
    shutil.rmtree(proposal.folder)
    with pytest.raises(DataError, match=r"tickets\.sql cannot be written \(No such file"):
        write_proposal(proposal)
