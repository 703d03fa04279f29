"""What a canonical table is made of: columns, times that may lie later, rules between columns."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.language import Message

__all__ = ["SQL_TYPES", "Column", "Later", "Rule", "Table"]

SQL_TYPES = {
    "text": "VARCHAR",
    "whole": "BIGINT",
    "decimal": "DOUBLE",
    "day": "DATE",
    "time": "TIMESTAMP",
    "month": "DATE",
    "yes_no": "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes
    ----------
    name : str
    kind : {"text", "whole", "decimal", "day", "time", "month", "yes_no"}
        ``day`` is a calendar day in the dataset's zone, ``time`` an instant (UTC without zone
        inside), ``month`` the first day of a month.
    meaning : str
        One sentence for data/README.md.
    required : bool
        The column must be there and no value may be missing.
    values : tuple of str
        Allowed values; empty: any.
    low, high : float or None
        Allowed range, both ends included.
    unit : str
    personal : bool
        Dropped on import unless dataset.yaml asks for it in ``keep_text``.
    default : str
        SQL over the table's other columns, used where the value is missing.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    personal: bool = False
    default: str = ""


@dataclass(frozen=True)
class Later:
    """A time inside a kept row that may lie after the cut-off, and the columns that follow from it."""

    time: str
    follows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A condition between columns; rows for which `broken` holds are set aside.

    Attributes
    ----------
    column : str
        Column named in the rejection.
    broken : str
        SQL over the table's typed columns.
    reason : Message
        What is wrong with the column, to be read after its name.
    """

    column: str
    broken: str
    reason: Message


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes
    ----------
    name : str
    label : Message
        Name for readers.
    row : str
        What one row is.
    columns : tuple of Column
    numbers : tuple of str
        Times that also get a month number of their own, named like ``start_no`` for ``start_date``.
    key : tuple of str
        Columns that name a row; rows that repeat it are set aside. Empty: no key.
    clock : tuple of str
        Columns whose first known value is the row's event time. Empty: rows without time.
    later : tuple of Later
        Times that become NULL where they lie after the cut-off.
    rules : tuple of Rule
    extra : bool
        Columns beyond the contract are kept.
    by_customer : bool
        Models read the rows of some customers at a time, so that the order of the customers may pay.
    whole_company : bool
        Amounts of the company as a whole, which cannot be cut to a scope: left out under one.
    """

    name: str
    label: Message
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    clock: tuple[str, ...] = ()
    later: tuple[Later, ...] = ()
    numbers: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    extra: bool = False
    by_customer: bool = False
    whole_company: bool = False

    def column(self, name: str) -> Column | None:
        """Return the contract of a column, or None for an extra one."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def month_numbers(self) -> dict[str, str]:
        """Month number -> the time it is made of, e.g. ``{"start_no": "start_date"}``."""
        return {f"{time.rsplit('_', 1)[0]}_no": time for time in self.numbers}

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the required columns."""
        return tuple(column.name for column in self.columns if column.required)
