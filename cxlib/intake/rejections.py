"""Rows of a table that are set aside: those that break the contract, and those that repeat a key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cxlib.contract.engine import Engine, literal, name
from cxlib.contract.privacy import discreet
from cxlib.contract.table import Table
from cxlib.errors import DataError
from cxlib.intake.casts import REPEATED
from cxlib.intake.selects import Selected, hashed_key
from cxlib.intake.tables import SUSPECT, all_rows

__all__ = [
    "REJECTED",
    "Allowance",
    "check_keys",
    "check_repeated",
    "check_share",
    "find_repeated",
    "first_of_each",
    "rejections",
    "write_rejected",
]

# Rows whose keys are compared at a time: eight bytes each.
KEYS_AT_A_TIME = 50_000_000
REJECTED = pa.schema(
    [("file", pa.string()), ("line", pa.int64())]
    + [(column, pa.string()) for column in ("row", "column", "value", "reason")]
)


def find_repeated(engine: Engine, table: Table, rows: str, *, expected: int) -> int:
    """Fill the engine's table ``_twice`` with the hashes of keys that come again; return how many do.

    A hash of 32 bits is enough to leave few rows to be compared by their keys.

    Parameters
    ----------
    engine : Engine
    table : Table
    rows : str
        SQL of the table's typed rows.
    expected : int
        About how many there are: of very many a part at a time is compared.
    """
    if not table.key:
        return 0
    filled = " AND ".join(f"{name(column)} IS NOT NULL" for column in table.key)
    hashes = f"SELECT {hashed_key(table)} AS hashed FROM ({rows}) WHERE {filled}"
    pieces = expected // KEYS_AT_A_TIME + 1
    repeated = [
        _twice(engine.query(f"SELECT hashed FROM ({hashes}) WHERE hashed % {pieces} = {piece}")["hashed"])
        for piece in range(pieces)
    ]
    twice = np.concatenate(repeated)
    engine.hold("_twice", pa.table({"hashed": twice}))
    return len(twice)


def _twice(hashes: pa.ChunkedArray) -> np.ndarray:
    """Return the values that come more than once; a sort of whole numbers beats grouping them."""
    values = np.sort(hashes.to_numpy())
    return np.unique(values[1:][values[1:] == values[:-1]])


def check_keys(engine: Engine, selected: Selected, rows: str, *, read: int) -> None:
    """Raise where keys of an imported table come again: when it was first run, its SELECT gave others.

    Parameters
    ----------
    engine : Engine
    selected : Selected
    rows : str
        SQL of the imported rows.
    read : int
        How many there are.

    Raises
    ------
    DataError
        Naming the file whose SELECT gives other rows each time.
    """
    if not find_repeated(engine, selected.table, rows, expected=read):
        return
    key = ", ".join(map(name, selected.table.key))
    twice = f"SELECT {key} FROM ({rows}) WHERE {hashed_key(selected.table)} IN (SELECT hashed FROM _twice)"
    if engine.query(f"{twice} GROUP BY ALL HAVING count(*) > 1 LIMIT 1").num_rows:
        raise DataError(
            f"{selected.path} gives other rows each time it is run, so that no figure could be repeated. "
            "Look for random numbers, a LIMIT, or an ORDER BY that leaves ties."
        )


@dataclass(frozen=True)
class Allowance:
    """How many rows of a table may be set aside.

    Attributes
    ----------
    selected : Selected
        The table and its SQL file.
    share : float
        ``max_rejected_share``, 0-1.
    """

    selected: Selected
    share: float

    def is_exceeded(self, lost: int, read: int) -> bool:
        """Return whether `lost` of the rows `read` are more than are allowed."""
        return lost > self.share * read

    def sentence(self, lost: int, read: int, *, at_least: bool = False) -> str:
        """Return what to say of `lost` of the rows `read`, up to the reason."""
        return (
            f"{self.selected.path}: {'at least ' if at_least else ''}{lost:,} of {read:,} rows of "
            f"{self.selected.table.name} break the contract ({lost / read:.1%}; max_rejected_share allows "
            f"{self.share:.1%})"
        )


def check_repeated(allowance: Allowance, again: int, *, read: int) -> None:
    """Raise, before they are looked at one by one, where too many rows repeat a key.

    Parameters
    ----------
    allowance : Allowance
    again : int
        Rows that come on top of one for each key, at least.
    read : int
        How many rows there are.

    Raises
    ------
    DataError
        Naming the key.
    """
    if allowance.is_exceeded(again, read):
        raise DataError(
            f"{allowance.sentence(again, read, at_least=True)}: their "
            f"{', '.join(allowance.selected.table.key)} {REPEATED.template}. Is an export there twice, or "
            "does the SELECT give a row several times?"
        )


def _place(table: Table) -> str:
    """Return SQL of the place of a row among those with the same key, 1 the first."""
    key = ", ".join(map(name, table.key))
    return f"row_number() OVER (PARTITION BY {key} ORDER BY _file, _line, file_row_number)"


def first_of_each(table: Table, aside: Path) -> str:
    """Return SQL of the rows that are the first with their key, of those written aside."""
    return f"SELECT * FROM {all_rows(aside)} WHERE _broken = {SUSPECT} QUALIFY {_place(table)} = 1"


def write_rejected(engine: Engine, selected: Selected, aside: Path, path: Path) -> None:
    """Write the rows set aside: file, line, row (its key), column, value, reason.

    Parameters
    ----------
    engine : Engine
    selected : Selected
    aside : Path
        Parquet file of the rows that break a check or may repeat a key.
    path : Path
        Receives the rows set aside.
    """
    table, checks = selected.table, selected.checks
    row = " || ' ' || ".join(f"coalesce({name(c)}::VARCHAR, '?')" for c in table.key) or "NULL"
    columns = " ".join(f"WHEN {i} THEN {literal(check.column)}" for i, check in enumerate(checks))
    reasons = " ".join(f"WHEN {i} THEN {literal(check.reason.template)}" for i, check in enumerate(checks))
    rejected = (
        f"SELECT _file AS file, _line AS line, {row} AS row, CASE _broken {columns} END AS column, "
        f"_value AS value, CASE _broken {reasons} END AS reason FROM {all_rows(aside)} "
        f"WHERE _broken > {SUSPECT}"
    )
    if table.key:
        column, reason = literal(table.key[0]), literal(REPEATED.template)
        rejected += (
            f" UNION ALL SELECT _file, _line, {row}, {column}, {row}, {reason} "
            f"FROM (SELECT * FROM {all_rows(aside)} WHERE _broken = {SUSPECT} QUALIFY {_place(table)} > 1)"
        )
    engine.write(f"SELECT * FROM ({rejected}) ORDER BY file, line, row", path)


def rejections(engine: Engine, path: Path) -> list[dict[str, Any]]:
    """Return the rows set aside by ``column`` and ``reason``, the most frequent first."""
    return engine.query(
        f'SELECT "column", reason, count(*) AS rows FROM read_parquet({literal(str(path))}) '
        "GROUP BY ALL ORDER BY rows DESC, 1, 2"
    ).to_pylist()


def check_share(
    engine: Engine, allowance: Allowance, path: Path, rejected: list[dict[str, Any]], *, read: int
) -> None:
    """Raise where more rows were set aside than are allowed.

    Parameters
    ----------
    engine : Engine
    allowance : Allowance
    path : Path
        Parquet file with the rows set aside.
    rejected : list of dict
        As made by :func:`rejections`.
    read : int
        How many rows there are.

    Raises
    ------
    DataError
        Naming the commonest reason with an example.
    """
    lost = sum(entry["rows"] for entry in rejected)
    if not allowance.is_exceeded(lost, read):
        return
    most = rejected[0]
    example = engine.query(
        f"SELECT * FROM read_parquet({literal(str(path))}) "
        'WHERE "column" = $column AND reason = $reason LIMIT 1',
        {"column": most["column"], "reason": most["reason"]},
    ).to_pylist()[0]
    value = "it is empty" if example["value"] is None else f"{discreet(example['value'])!r}"
    raise DataError(
        f"{allowance.sentence(lost, read)}. Most often, {most['rows']:,} times, {most['column']} "
        f"{most['reason']}; for example {value} in {_where(example)}. See data/README.md for the columns."
    )


def _where(rejected: dict[str, Any]) -> str:
    if rejected["file"] is not None:
        return f"{rejected['file']}, line {rejected['line']}"
    return f"row {rejected['row']} (pass _file, _line on in the SELECT to see the line)"
