"""The contract as the tables of data/README.md."""

from __future__ import annotations

from cxlib.contract.schema import TABLES
from cxlib.contract.table import Column, Table

__all__ = ["contract_text"]

_KINDS = {
    "text": "text",
    "whole": "whole number",
    "decimal": "number",
    "day": "date",
    "time": "time",
    "month": "month",
    "yes_no": "yes or no",
}


def contract_text() -> str:
    """Return the contract as Markdown, as it stands between the two marker lines of data/README.md."""
    return "\n\n".join(_table_text(table) for table in TABLES.values()) + "\n"


def _table_text(table: Table) -> str:
    """Return one table of the contract as Markdown."""
    facts = [f"One row is {table.row}."]
    if table.key:
        facts.append(f"Key: {_names(table.key)}; rows that repeat it are set aside.")
    if table.clock:
        first = "the earlier of " if len(table.clock) > 1 else ""
        facts.append(f"Its time is {first}{_names(table.clock)}.")
    if table.extra:
        facts.append("Further columns are kept.")
    if table.rules:
        broken = "; ".join(f"`{rule.column}` {rule.reason.template}" for rule in table.rules)
        facts.append(f"Rows are set aside where {broken}.")
    rows = ["| column | type | values | meaning |", "|---|---|---|---|"]
    for column in table.columns:
        star = "\\*" if column.required else ""
        rows.append(
            f"| `{column.name}`{star} | {_KINDS[column.kind]} | {_allowed(column)} | {column.meaning} |"
        )
    return "\n".join([f"### {table.name}", "", " ".join(facts), "", *rows])


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _allowed(column: Column) -> str:
    """Return allowed values, range and unit of a column in words."""
    parts = [", ".join(f"`{value}`" for value in column.values)] if column.values else []
    if column.low is not None or column.high is not None:
        low = "" if column.low is None else f"from {column.low:g}"
        high = "" if column.high is None else f"to {column.high:g}"
        parts.append(f"{low} {high}".strip())
    if column.unit:
        parts.append(column.unit)
    if column.personal:
        parts.append("only if `keep_text` asks for it")
    return "; ".join(parts)
