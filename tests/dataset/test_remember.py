"""What is kept between runs belongs to the code that made it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import cxlib as cx
from cxlib import provenance
from cxlib.dataset.dataset import Dataset
from tests.environment import ROOT

CUSTOMERS = "id,joined,quit\n" + "".join(
    f"c{number},2025-1{number % 3}-05,{f'2026-0{4 + number % 3}-10' if number % 3 == 0 else ''}\n"
    for number in range(60)
)
MONTHS = [*(f"2025-{month:02}" for month in range(9, 13)), *(f"2026-{month:02}" for month in range(1, 8))]
EXPERIENCES = "id,day\n" + "".join(f"c{number},{MONTHS[number % 11]}-20\n" for number in range(44))
SQL = {
    "customers": "SELECT id AS customer_id, joined AS start_date, quit AS end_date, "
    "CASE WHEN quit <> '' THEN 'voluntary' END AS end_type FROM people",
    "negative_experiences": "SELECT id AS customer_id, day AS occurred_at, 'rule' AS source FROM bad",
}
# The key of the import, and the months of chapter 12 by exposure, those without experience first.
PROBE = """
import json, sys
import cxlib as cx
from cxlib.chapters.churn.counts import panel_of
data = cx.open_dataset(sys.argv[1], month="2026-06")
totals = panel_of(data).cells().totals("exposure")
print(json.dumps([data.key, [float(months) for months in totals["months"]]]))
"""


@pytest.fixture
def place(folder):
    return folder({"people.csv": CUSTOMERS, "bad.csv": EXPERIENCES}, SQL)


@pytest.fixture
def kit(tmp_path):
    """Return a copy of the kit's package whose files a test may change."""
    copy = tmp_path / "kit" / "cxlib"
    shutil.copytree(ROOT / "cxlib", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def counted(kit: Path, place: Path) -> tuple[str, list[float]]:
    """Return the import's key and the months by exposure, as a process of that kit finds them."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROBE, str(place)],
        env={"PYTHONPATH": str(kit.parent), "PATH": ""},
        cwd=kit.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    key, months = json.loads(done.stdout)
    return key, months


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def imports(place: Path) -> dict[str, int]:
    """Return the imports of a dataset, each with the moment at which its record was written."""
    return {path.parent.name: path.stat().st_mtime_ns for path in place.glob(".cx/import-*/imported.json")}


def test_a_changed_select_gives_other_figures_though_the_old_ones_lie_there(kit, place):
    key, before = counted(kit, place)
    select, text = next(
        (file, text)
        for file in sorted((kit / "chapters" / "churn").glob("*.sql"))
        if "from negative_experiences" in (text := file.read_text(encoding="utf-8")).lower()
    )
    select.write_text(
        text.replace("negative_experiences", "(SELECT * FROM negative_experiences WHERE month_no % 2 = 0)"),
        encoding="utf-8",
    )
    same_import, after = counted(kit, place)
    assert same_import == key
    assert sum(after) == sum(before)
    assert after[0] > before[0] > 0


def test_a_changed_word_in_what_proposes_datasets_keeps_the_import(kit, place):
    counted(kit, place)
    there = imports(place)
    change(kit / "init" / "proposal.py", '"""Propose dataset.yaml', '"""Suggest dataset.yaml')
    counted(kit, place)
    assert imports(place) == there


@pytest.mark.parametrize("module", ["intake/rejections.py", "contract/schema.py"])
def test_a_change_in_what_imports_makes_a_new_import(kit, place, module):
    key, months = counted(kit, place)
    there = imports(place)
    file = kit / module
    file.write_text(f"{file.read_text(encoding='utf-8')}\n# a change\n", encoding="utf-8")
    new_key, same = counted(kit, place)
    assert (new_key != key, same) == (True, months)
    assert imports(place).keys() == {*there, f"import-{new_key}"}


def test_a_change_in_what_reads_exports_reads_them_again(kit, place):
    counted(kit, place)
    kept = {path.name for path in (place / ".cx" / "sources").glob("*.parquet")}
    change(kit / "contract" / "months.py", '"""Months as whole', '"""The months as whole')
    counted(kit, place)
    assert {path.name for path in (place / ".cx" / "sources").glob("*.parquet")} == kept
    change(kit / "intake" / "sources.py", '"""Sources: every', '"""The sources: every')
    counted(kit, place)
    again = {path.name for path in (place / ".cx" / "sources").glob("*.parquet")}
    assert len(again) == len(kept) and not again & kept


def test_a_process_older_than_its_files_neither_reads_nor_keeps(place, monkeypatch):
    data = cx.open_dataset(place, month="2026-06")
    assert numbers(data, 1) == [1]
    assert numbers(data, 2) == [1]
    with monkeypatch.context() as changed:
        changed.setattr(provenance, "_AT_START", "of other files")
        assert provenance.computing_hash() is None
        assert numbers(data, 3) == [3]
        assert numbers(data, 4, name="another") == [4]
    assert numbers(data, 5) == [1]
    assert numbers(data, 6, name="another") == [6]


def numbers(data: Dataset, n: int, name: str = "a number") -> list[int]:
    return data.remember(name, lambda: pa.table({"n": [n]}))["n"].to_pylist()


def test_name_parameters_month_and_scope_tell_aggregates_apart(place):
    data = cx.open_dataset(place, month="2026-06")
    assert numbers(data, 1) == [1]
    assert data.remember("a number", lambda: pa.table({"n": [2]}), least=10)["n"].to_pylist() == [2]
    assert numbers(data, 3, name="another") == [3]
    assert numbers(cx.open_dataset(place, month="2026-05"), 4) == [4]
    assert numbers(data, 5) == [1]
