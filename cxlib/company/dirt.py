"""Dirt of real exports: rows twice, rows that break the contract, rows that come late, test rows.

All of it falls on rows at random, so that at most one experience in a hundred is lost and none for
a reason that has to do with leaving. No customer who ever started is lost.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["answers", "customers", "events", "helpdesk", "invoices"]

TWICE, BROKEN, LATE, TESTS = 0.004, 0.003, 0.005, 0.01


def _hit(table: pa.Table, random: np.random.Generator, share: float) -> np.ndarray:
    return random.random(table.num_rows) < share


def _put(table: pa.Table, column: str, hit: np.ndarray, value: str | int | None) -> pa.Table:
    """Return the table with a value in the rows that are hit."""
    kind = table.schema.field(column).type
    values = table[column].combine_chunks()
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        changed = pc.if_else(pa.array(hit), pa.scalar(value, kind.value_type), values)
        words = [*table[column].chunk(0).dictionary.to_pylist(), value]
        known = pa.array(dict.fromkeys(word for word in words if word is not None), kind.value_type)
        codes = pc.index_in(changed, known).cast(kind.index_type)
        changed = pa.DictionaryArray.from_arrays(codes, known)
    else:
        changed = pc.if_else(pa.array(hit), pa.scalar(value, kind), values)
    return table.set_column(table.schema.get_field_index(column), column, changed)


def _twice(table: pa.Table, random: np.random.Generator, share: float = TWICE) -> pa.Table:
    """Return the table with some rows again at its end, as where two exports overlap."""
    again = np.flatnonzero(_hit(table, random, share))
    return pa.concat_tables([table, table.take(pa.array(again))], promote_options="default")


def customers(table: pa.Table, started: int, random: np.random.Generator) -> pa.Table:
    """Write some rows twice; some prospects (from row `started`) with a day that does not exist."""
    hit = _hit(table, random, 0.01) & (np.arange(table.num_rows) >= started)
    table = _put(table, "Erstkontakt", hit, "31.02.2025")
    return _twice(table, random, TWICE / 2)


def events(table: pa.Table, random: np.random.Generator, *, until: int) -> pa.Table:
    """Let contacts be written late or twice, without a touchpoint, or with an outcome nobody knows.

    Rows written after the export (`until`, in microseconds) are not in it.
    """
    late = _hit(table, random, LATE)
    delay = np.where(late, random.uniform(1, 40, table.num_rows) * 86_400_000_000, 0).astype(np.int64)
    recorded = table["recorded_at"].combine_chunks().cast(pa.int64()).to_numpy() + delay
    column = table.schema.get_field_index("recorded_at")
    table = table.set_column(column, "recorded_at", pa.array(recorded, pa.timestamp("us")))
    table = _put(table, "touchpoint", _hit(table, random, BROKEN / 2), None)
    table = _put(table, "outcome", _hit(table, random, BROKEN / 2), "n/a")
    return _twice(table.filter(pa.array(recorded <= until)), random)


def helpdesk(table: pa.Table, random: np.random.Generator) -> pa.Table:
    """Write tickets twice, or with a time that is none."""
    table = _put(table, "Created at", _hit(table, random, BROKEN), "0000-00-00 00:00:00")
    return _twice(table, random)


def answers(table: pa.Table, random: np.random.Generator) -> pa.Table:
    """Add scores off the scale, answers sent twice, and answers of a test."""
    known = np.asarray(table["Q1"].is_valid())
    table = _put(table, "Q1", _hit(table, random, BROKEN) & known, "11")
    tests = table.take(pa.array(np.flatnonzero(_hit(table, random, TESTS))))
    tests = _put(tests, "Status", np.ones(tests.num_rows, bool), "1")
    return pa.concat_tables([_twice(table, random), tests])


def invoices(table: pa.Table, random: np.random.Generator) -> pa.Table:
    """Write some invoices twice."""
    return _twice(table, random, TWICE / 10)
