import pytest

from cxlib.contract.schema import TABLES
from cxlib.dataset.dataset import open_dataset
from cxlib.report.chapters import read_chapter
from cxlib.report.needs import lacking, no_chapter, obstacle, unable, without_rows
from tests.report.conftest import write_tiny
from tests.report.notebooks import write_chapter


def test_a_chapter_says_what_it_lacks(tmp_path):
    tables = (("customers", "billing"), ("snapshot",))
    chapter = read_chapter(write_chapter(tmp_path, tables=tables))
    assert lacking(chapter, frozenset({"snapshot", "surveys"})) is None
    assert lacking(chapter, frozenset({"customers", "billing"})) is None
    reason = lacking(chapter, frozenset({"customers"}))
    assert reason.text("en") == (
        "This chapter needs data on customers and billing, or customers of the snapshot. "
        "These data do not have that."
    )
    assert "Kunden und Abrechnung oder aber Kunden der Momentaufnahme" in reason.text("de")


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_words_for_readers_of_both_languages(tmp_path, table):
    reason = lacking(read_chapter(write_chapter(tmp_path, tables=((table,),))), frozenset())
    assert TABLES[table].label.text("de") in reason.text("de")
    assert TABLES[table].label.text("de") != TABLES[table].label.text("en")
    assert "_" not in reason.text("en")


def test_a_table_without_rows_counts_as_lacking(tmp_path):
    place = write_tiny(tmp_path / "tiny")
    chapter = read_chapter(write_chapter(tmp_path))
    data = open_dataset(place)
    assert unable(chapter, data) is None
    assert without_rows(data) == []
    (place / "exports" / "crm.csv").write_text("id,joined,quit,segment\n")
    data = open_dataset(place)
    assert "needs data on customers" in unable(chapter, data).text("en")
    assert without_rows(data) == ["customers"]
    assert no_chapter(data).endswith("which has ['customers', 'touchpoints']. Empty: customers.")


def test_what_is_wrong_with_a_notebook_comes_before_what_the_data_lack(tmp_path):
    data = open_dataset(write_tiny(tmp_path / "tiny"))
    chapter = read_chapter(write_chapter(tmp_path, tables=(("custmers",),)))
    assert "Did you mean 'customers'?" in obstacle(chapter, data)
    lacks = read_chapter(write_chapter(tmp_path, tables=(("billing",),)))
    assert obstacle(lacks, data).startswith("This chapter needs data on billing.")
    assert obstacle(read_chapter(write_chapter(tmp_path)), data) is None
