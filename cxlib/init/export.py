"""An export as a first look finds it: its columns, its first records, how they are written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

__all__ = ["TEXT", "TYPED", "WRITTEN", "Export", "is_written", "plain"]

TEXT = (".csv", ".tsv", ".txt")
# Values of a column that must be written alike for it to count as dates or numbers.
MOST_VALUES = 0.95
TRIED = 2_000
WRITTEN = {
    "iso": re.compile(
        r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?)?"
    ),
    "german": re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}( \d{1,2}:\d{2}(:\d{2})?)?"),
    "slashed": re.compile(r"\d{1,2}/\d{1,2}/\d{4},?( \d{1,2}:\d{2}(:\d{2})?( ?[AP]M)?)?", re.IGNORECASE),
    "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])"),
    "german_month": re.compile(r"(0[1-9]|1[0-2])\.\d{4}"),
    "milliseconds": re.compile(r"1\d{12}"),
    "comma": re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"),
    "point": re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?"),
}
TYPED = ("iso", "german", "slashed", "month", "german_month", "comma", "point")


@dataclass(eq=False)
class Export:
    """One export as found: a file, several of the same form, or a sheet of a workbook.

    Attributes
    ----------
    source : str
        Name that is proposed for it in dataset.yaml.
    file : str
        File or pattern, relative to the folder of the exports.
    settings : dict
        Settings of the source that differ from the defaults.
    columns : tuple of str
    labels : dict of str to str
        Column -> text of the label row, where there is one.
    ids : dict of str to dict
        Column -> what a survey tool's row of import ids says of it: ``ImportId``, ``timeZone``.
    rows : list of tuple of str
        The first records of each file; a missing value is an empty text.
    whole : bool
        Whether `rows` are all records.
    """

    source: str
    file: str
    settings: dict[str, Any]
    columns: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict)
    ids: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    whole: bool = True

    @cached_property
    def _by_column(self) -> dict[str, list[str]]:
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.columns)
        return {name: list(values) for name, values in zip(self.columns, columns, strict=True)}

    def column(self, name: str) -> list[str]:
        """Return the values of a column, one per record looked at."""
        return self._by_column[name]

    def values(self, name: str) -> list[str]:
        """Return the values of a column that are not blank, without blanks around them."""
        return [value.strip() for value in self._by_column[name] if value.strip()]

    def levels(self, name: str) -> list[str]:
        """Return the distinct values of a column, most frequent first."""
        return [value for value, _ in Counter(self.values(name)).most_common()]

    @property
    def title(self) -> str:
        """Name for readers: the file or pattern, with the sheet where it is one of several."""
        return f"{self.file}, sheet {self.settings['sheet']}" if "sheet" in self.settings else self.file

    @property
    def is_text(self) -> bool:
        """Whether the export is a text file, whose writing of numbers is a setting."""
        return Path(self.file.removesuffix(".gz")).suffix.lower() in TEXT


def is_written(values: list[str], kind: str) -> bool:
    """Return whether almost all `values` are written in a way of `WRITTEN`; none: False."""
    values = values[:TRIED]
    fitting = sum(WRITTEN[kind].fullmatch(value) is not None for value in values)
    return bool(values) and fitting >= MOST_VALUES * len(values)


def plain(text: str) -> str:
    """Return a text in small letters without umlauts, however these are composed."""
    plain = unicodedata.normalize("NFC", text).lower()
    for letter, written in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        plain = plain.replace(letter, written)
    return plain
