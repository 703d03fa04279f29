"""The committed sample is what its command in data/README.md writes."""

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cxlib.company import simulate, write_dataset

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample"
MOST_BYTES = 8_000_000


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    customers, seed = re.search(r"cx simulate data/sample --customers (\d+) --seed (\d+)", readme).groups()
    company = simulate(int(customers), seed=int(seed))
    return write_dataset(company, tmp_path_factory.mktemp("again") / "sample")


def files(folder):
    return sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and ".cx" not in path.relative_to(folder).parts
    )


def test_the_sample_is_what_its_command_writes(again):
    assert files(SAMPLE) == files(again)
    for path in files(again):
        if path.suffix == ".parquet":
            assert pq.read_table(SAMPLE / path).equals(pq.read_table(again / path)), path
        else:
            assert (SAMPLE / path).read_bytes() == (again / path).read_bytes(), path


def test_the_sample_is_small_enough_to_be_committed():
    assert sum((SAMPLE / path).stat().st_size for path in files(SAMPLE)) <= MOST_BYTES
