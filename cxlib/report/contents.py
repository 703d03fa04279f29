"""The data files of an edition: figures, tables and what the manifest says of their origin."""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from typing import Any

__all__ = ["FIELDS", "csv_text", "figures_csv", "libraries", "to_json"]

FIELDS = (
    *("id", "chapter", "label", "value", "low", "high", "unit", "n"),
    *("month", "scope", "method", "verdict", "note"),
)
LIBRARIES = (
    "duckdb",
    "matplotlib",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "sqlglot",
    "statsmodels",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_json(document: Any) -> str:
    """Return a document as JSON text, the same for the same content; NaN is refused."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def figures_csv(figures: Iterable[Mapping[str, Any]]) -> str:
    """Return figures as CSV text, one row each, columns as in :data:`FIELDS`."""
    return csv_text(FIELDS, [[_plain(figure.get(name)) for name in FIELDS] for figure in figures])


def _plain(value: Any) -> Any:
    """Return what stands in a cell: of words in each language the English ones."""
    return value["en"] if isinstance(value, Mapping) else value


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV text; text that a spreadsheet would run as a formula is quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_harmless(name) for name in columns])
    writer.writerows([[_harmless(value) for value in row] for row in rows])
    return buffer.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def libraries() -> dict[str, str]:
    """Return the versions of Python and of the libraries that numbers come from."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in LIBRARIES}
