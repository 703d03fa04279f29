"""What is proposed for a folder of exports, and what each of their columns was taken for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Found", "Proposal"]


@dataclass(frozen=True)
class Found:
    """What one column of an export was taken for.

    Attributes
    ----------
    file, column : str
    taken_for : str
        Column of a canonical table as ``table.column``; empty: not used.
    sure : {"certain", "likely", "not used"}
    note : str
    """

    file: str
    column: str
    taken_for: str
    sure: str
    note: str


@dataclass
class Proposal:
    """What is proposed for a folder.

    Attributes
    ----------
    folder : Path
        Folder of the dataset.
    files : dict of str to str
        dataset.yaml and ``<table>.sql`` -> text.
    exports : dict of str to str
        File or pattern -> what it was recognised as.
    columns : list of Found
        Every column of every export.
    left_open : list of str
        What nobody could tell, or what should be looked at.
    """

    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    columns: list[Found] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)
