"""The files of an imported table: its rows are written in one pass, those that do not hold apart."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cxlib.contract.engine import literal, name

if TYPE_CHECKING:
    from cxlib.contract.engine import Engine

__all__ = ["MARKS", "SUSPECT", "all_rows", "without_columns", "write_apart"]

MARKS = ("_broken", "_file", "_line", "_value", "_zones")
# In _broken, beside the numbers of the checks: another row may have the same key.
SUSPECT = -1
# A column with more different values is written as it is: looking for a dictionary costs.
SMALL_DICTIONARY = 1 << 18
# Rows of a row group, at least.
GROUP = 150_000


def write_apart(
    engine: Engine, rows: str, kept: Path, aside: Path, first: Callable[[int, int], str] | None = None
) -> Counter[int]:
    """Write the rows that hold, without their marks, and apart from them the rows with ``_broken``.

    Parameters
    ----------
    engine : Engine
    rows : str
        SQL of the rows, with their marks.
    kept, aside : Path
        Receive the rows.
    first : callable, optional
        Given how many rows are suspect and how many there are, returns SQL that picks, of the rows written
        to `aside`, those that hold after all.

    Returns
    -------
    Counter
        How many rows have each value of ``_zones``; the sum is the number of rows.
    """
    zones: Counter[int] = Counter()
    suspects = 0
    with engine.stream(rows) as batches, _writer(kept, _without_marks(batches.schema)) as good:
        with _writer(aside, batches.schema) as marked:
            for group in _groups(batches):
                for counted in pc.value_counts(group["_zones"]).to_pylist():
                    zones[counted["values"] or 0] += counted["counts"]
                holds = pc.is_null(group["_broken"])
                suspects += pc.sum(pc.equal(group["_broken"], SUSPECT)).as_py() or 0
                marked.write_table(group.filter(pc.invert(holds)))
                good.write_table(group.filter(holds).select(good.schema.names), 2 * GROUP)
        if first is not None:
            with engine.stream(first(suspects, sum(zones.values()))) as batches:
                for group in _groups(batches):
                    good.write_table(group.select(good.schema.names), 2 * GROUP)
    return zones


def _groups(batches: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Yield the rows in tables of the size of a row group."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= GROUP:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, dictionary_pagesize_limit=SMALL_DICTIONARY)


def _without_marks(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in schema if field.name not in MARKS])


def all_rows(path: Path) -> str:
    """Return SQL of the rows of a Parquet file, with ``file_row_number``."""
    return f"read_parquet({literal(str(path))}, file_row_number = true)"


def without_columns(engine: Engine, path: Path, dropped: list[str], emptied: list[str]) -> None:
    """Write a table's file anew with columns left out or emptied."""
    columns = f"* EXCLUDE ({', '.join(map(name, ['file_row_number', *dropped]))})"
    if emptied:
        columns += f" REPLACE ({', '.join(f'CAST(NULL AS VARCHAR) AS {name(c)}' for c in emptied)})"
    draft = path.with_name(f".{path.name}")
    engine.write(f"SELECT {columns} FROM {all_rows(path)}", draft)
    os.replace(draft, path)
