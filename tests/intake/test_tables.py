import pyarrow.parquet as pq
import pytest

from cxlib.contract.engine import Engine
from cxlib.intake.tables import SUSPECT, all_rows, without_columns, write_apart

ROWS = f"""SELECT * FROM (VALUES
    ('a', NULL, 'f', 1, NULL, 1), ('b', 3, 'f', 2, 'x', 1), ('c', {SUSPECT}, 'f', 3, NULL, 2),
    ('c', {SUSPECT}, 'f', 4, NULL, NULL)
) AS t(id, _broken, _file, _line, _value, _zones)"""


@pytest.fixture
def engine(tmp_path):
    with_spill = Engine(tmp_path / "spill")
    yield with_spill
    with_spill.close()


def test_rows_that_hold_lose_their_marks_and_the_others_lie_apart(engine, tmp_path):
    kept, aside = tmp_path / "kept.parquet", tmp_path / "aside.parquet"
    zones = write_apart(engine, ROWS, kept, aside)
    assert pq.read_table(kept).to_pylist() == [{"id": "a"}]
    assert pq.read_table(aside)["_line"].to_pylist() == [2, 3, 4]
    assert zones == {1: 2, 2: 1, 0: 1}


def test_of_suspects_those_come_back_that_hold_after_all(engine, tmp_path):
    kept, aside = tmp_path / "kept.parquet", tmp_path / "aside.parquet"
    asked = []

    def first(suspects, read):
        asked.append((suspects, read))
        return f"SELECT * FROM {all_rows(aside)} WHERE _line = 3"

    write_apart(engine, ROWS, kept, aside, first)
    assert asked == [(2, 4)]
    assert pq.read_table(kept)["id"].to_pylist() == ["a", "c"]


def test_columns_are_left_out_or_emptied(engine, tmp_path):
    path = tmp_path / "t.parquet"
    engine.write("SELECT 'k' AS kept, 'd' AS dropped, 'e' AS emptied", path)
    without_columns(engine, path, ["dropped"], ["emptied"])
    assert pq.read_table(path).to_pylist() == [{"kept": "k", "emptied": None}]
    assert [file.name for file in tmp_path.glob("*t.parquet")] == ["t.parquet"]
