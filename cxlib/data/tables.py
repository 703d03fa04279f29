"""The files of an imported table: its rows are written in one pass, those that do not hold apart."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cxlib.data.engine import literal, name

if TYPE_CHECKING:
    from cxlib.data.engine import Engine

__all__ = ["MARKS", "SUSPECT", "all_rows", "without_columns", "write_apart"]

MARKS = ("_broken", "_file", "_line", "_value", "_zones")
# In _broken, beside the numbers of the checks: another row may have the same key.
SUSPECT = -1
# A column with more different values is written as it is: looking for a dictionary costs.
SMALL_DICTIONARY = 1 << 18


def write_apart(engine: Engine, rows: str, kept: Path, aside: Path, first: str = "") -> Counter[int]:
    """Write the rows that hold, without their marks, and apart from them the rows with ``_broken``.

    Parameters
    ----------
    engine : Engine
    rows : str
        SQL of the rows, with their marks.
    kept, aside : Path
        Receive the rows.
    first : str
        SQL that picks, of the rows written to `aside`, those that hold after all; empty: none.

    Returns
    -------
    Counter
        How many rows have each value of ``_zones``; the sum is the number of rows.
    """
    zones: Counter[int] = Counter()
    with engine.stream(rows) as batches, _writer(kept, _without_marks(batches.schema)) as good:
        with _writer(aside, batches.schema) as marked:
            for batch in batches:
                for counted in pc.value_counts(batch["_zones"]).to_pylist():
                    zones[counted["values"] or 0] += counted["counts"]
                holds = pc.is_null(batch["_broken"])
                if not pc.all(holds).as_py():
                    marked.write_batch(batch.filter(pc.invert(holds)))
                    batch = batch.filter(holds)
                good.write_batch(batch.drop_columns(list(MARKS)))
        if first:
            with engine.stream(first) as batches:
                for batch in batches:
                    good.write_batch(batch.select(good.schema.names))
    return zones


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
