"""Rows of a table that are set aside: those that break the contract, and those that repeat a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cxlib.data.checks import REPEATED
from cxlib.data.engine import Engine, literal, name
from cxlib.data.privacy import discreet
from cxlib.data.schema import Table
from cxlib.data.selects import Selected
from cxlib.errors import DataError

__all__ = ["REJECTED", "check_share", "mark_repeated", "rejections", "write_rejected"]

# Rows whose keys are compared at a time: eight bytes each.
KEYS_AT_A_TIME = 50_000_000
REJECTED = pa.schema(
    [("file", pa.string()), ("line", pa.int64())]
    + [(column, pa.string()) for column in ("row", "column", "value", "reason")]
)


def mark_repeated(engine: Engine, table: Table, rows: str) -> None:
    """Fill the engine's table ``_repeated`` with the numbers of rows that repeat an earlier row's key.

    Keys are compared by their hashes first, and the few whose hash comes twice by their values.

    Parameters
    ----------
    engine : Engine
    table : Table
    rows : str
        SQL of the rows, with ``_broken`` and ``file_row_number``.
    """
    engine.run("CREATE OR REPLACE TABLE _repeated (file_row_number BIGINT)")
    if not table.key:
        return
    key = ", ".join(name(column) for column in table.key)
    read = engine.query(f"SELECT count(*) AS n FROM {rows}")["n"][0].as_py()
    pieces = read // KEYS_AT_A_TIME + 1
    hashed = f"CAST(hash({key}) >> 32 AS UINTEGER)"
    for piece in range(pieces):
        among = f"_broken IS NULL AND hash({key}) % {pieces} = {piece}"
        hashes = engine.query(f"SELECT {hashed} AS hashed FROM {rows} WHERE {among}")["hashed"]
        twice = _twice(hashes.to_numpy())
        if not len(twice):
            continue
        engine.hold("_twice", pa.table({"hashed": twice}))
        engine.run(
            f"INSERT INTO _repeated SELECT file_row_number FROM {rows} "
            f"WHERE {among} AND {hashed} IN (SELECT hashed FROM _twice) "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _file, _line, file_row_number) > 1"
        )


def _twice(values: np.ndarray) -> np.ndarray:
    """Return the values that come more than once; a sort of whole numbers beats grouping them."""
    values = np.sort(values)
    return np.unique(values[1:][values[1:] == values[:-1]])


def write_rejected(engine: Engine, selected: Selected, rows: str, path: Path) -> None:
    """Write the rows set aside: file, line, row (its key), column, value, reason.

    Parameters
    ----------
    engine : Engine
        With the table ``_repeated``.
    selected : Selected
    rows : str
        SQL of the rows, with their marks and ``file_row_number``.
    path : Path
        Receives the rows set aside.
    """
    table, checks = selected.table, selected.checks
    row = " || ' ' || ".join(f"coalesce({name(c)}::VARCHAR, '?')" for c in table.key) or "NULL"
    columns = " ".join(f"WHEN {i} THEN {literal(check.column)}" for i, check in enumerate(checks))
    reasons = " ".join(f"WHEN {i} THEN {literal(check.reason.template)}" for i, check in enumerate(checks))
    broken = (
        f"SELECT _file AS file, _line AS line, {row} AS row, CASE _broken {columns} END AS column, "
        f"_value AS value, CASE _broken {reasons} END AS reason FROM {rows} WHERE _broken IS NOT NULL"
    )
    column = literal(table.key[0] if table.key else "")
    again = (
        f"SELECT _file, _line, {row}, {column}, {row}, {literal(REPEATED.template)} "
        f"FROM {rows} SEMI JOIN _repeated USING (file_row_number)"
    )
    engine.write(f"SELECT * FROM ({broken} UNION ALL {again}) ORDER BY file, line, row", path)


def rejections(engine: Engine, path: Path) -> list[dict[str, Any]]:
    """Return the rows set aside by ``column`` and ``reason``, the most frequent first."""
    return engine.query(
        f'SELECT "column", reason, count(*) AS rows FROM read_parquet({literal(str(path))}) '
        "GROUP BY ALL ORDER BY rows DESC, 1, 2"
    ).to_pylist()


def check_share(
    engine: Engine, selected: Selected, path: Path, rejected: list[dict[str, Any]], *, read: int, limit: float
) -> None:
    """Raise where more rows were set aside than are allowed.

    Parameters
    ----------
    engine : Engine
    selected : Selected
    path : Path
        Parquet file with the rows set aside.
    rejected : list of dict
        As made by :func:`rejections`.
    read : int
        How many rows there are.
    limit : float
        ``max_rejected_share``, 0-1.

    Raises
    ------
    DataError
        Naming the commonest reason with an example.
    """
    lost = sum(entry["rows"] for entry in rejected)
    if lost <= limit * read:
        return
    most = rejected[0]
    example = engine.query(
        f"SELECT * FROM read_parquet({literal(str(path))}) "
        'WHERE "column" = $column AND reason = $reason LIMIT 1',
        {"column": most["column"], "reason": most["reason"]},
    ).to_pylist()[0]
    raise DataError(
        f"{selected.path}: {lost:,} of {read:,} rows of {selected.table.name} break the contract "
        f"({lost / read:.1%}; max_rejected_share allows {limit:.1%}). Most often, {most['rows']:,} times, "
        f"{most['column']} {most['reason']}; for example {discreet(example['value'])!r} in "
        f"{_place(example)}. See data/README.md for the columns."
    )


def _place(rejected: dict[str, Any]) -> str:
    if rejected["file"] is not None:
        return f"{rejected['file']}, line {rejected['line']}"
    return f"row {rejected['row']} (pass _file, _line on in the SELECT to see the line)"
