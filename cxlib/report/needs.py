"""Which chapters the data allow, and why not the others."""

from __future__ import annotations

from dataclasses import replace

from cxlib.contract.schema import TABLES
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, listing, say
from cxlib.report.chapters import Chapter

__all__ = ["lacking", "no_chapter", "obstacle", "unable", "without_rows"]


def obstacle(chapter: Chapter, data: Dataset) -> str | None:
    """Return in English why a chapter cannot be made: its fault, or what the data lack; None if it can."""
    if chapter.fault:
        return chapter.fault
    reason = unable(chapter, data)
    return None if reason is None else reason.text("en")


def unable(chapter: Chapter, data: Dataset) -> Message | None:
    """Return why a chapter cannot be made from these data; None if it can.

    Beside the tables that are not there, tables without a single row count, if all those are empty that
    the chapter could work on: no result can come of them.
    """
    reason = lacking(chapter, data.tables)
    if reason is not None:
        return reason
    needed = {table for tables in chapter.tables if set(tables) <= data.tables for table in tables}
    empty = set(without_rows(data))
    if (needed or _brought(data)) - empty:
        return None
    alternatives = chapter.tables or tuple((table,) for table in sorted(_brought(data)))
    return lacking(replace(chapter, tables=alternatives), frozenset())


def lacking(chapter: Chapter, tables: frozenset[str]) -> Message | None:
    """Return why a chapter cannot run on data with these tables; None if it can."""
    if not chapter.tables or any(set(needed) <= tables for needed in chapter.tables):
        return None
    needs = [listing(TABLES[table].label for table in needed) for needed in chapter.tables]
    words = needs[0]
    for further in needs[1:]:
        words = say("{first}, or {second}", first=words, second=further)
    return say("This chapter needs data on {tables}. These data do not have that.", tables=words)


def without_rows(data: Dataset) -> list[str]:
    """Return the tables of which the import kept no row."""
    return sorted(table for table in _brought(data) if not data.imported["tables"][table]["kept"])


def _brought(data: Dataset) -> set[str]:
    """Return the tables that say something about customers: all but the list of touchpoints."""
    return data.imported["tables"].keys() - {"touchpoints"}


def no_chapter(data: Dataset) -> str:
    """Return the sentence that says that these data allow no chapter."""
    empty = without_rows(data)
    which = f" Empty: {', '.join(empty)}." if empty else ""
    return f"No chapter can be made from {data.path}, which has {sorted(data.tables)}.{which}"
