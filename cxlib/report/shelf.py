"""Where chapters stand: the kit's notebooks, and those of a dataset folder beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cxlib
from cxlib.errors import ReportError
from cxlib.report.chapters import Chapter, read_chapter

__all__ = ["NOTEBOOKS", "OWN", "START", "Shelf", "find_chapters"]

OWN = "notebooks"
START = "00"


def _home() -> Path:
    """Return the kit's notebooks: those of the checkout, or those that a wheel carries."""
    package = Path(cxlib.__file__).parent
    is_checkout = (package.parent / "pyproject.toml").is_file()
    return (package.parent if is_checkout else package) / "notebooks"


NOTEBOOKS = _home()


class Shelf(NamedTuple):
    """The chapters in reading order, and the notebooks beside them that are none."""

    chapters: list[Chapter]
    skipped: list[Path]


def find_chapters(kit: Path | None = None, dataset: Path | None = None) -> Shelf:
    """Return the chapters of the kit and those of a dataset folder; 00 is no part of a report.

    Parameters
    ----------
    kit : Path, optional
        Default: the kit's own notebooks.
    dataset : Path, optional
        Folder of a dataset whose ``notebooks/`` hold chapters of its own. Their numbers, names and
        figures may not be those of another chapter.

    Raises
    ------
    ReportError
        If the kit has none.
    """
    shelf = _read_folder(kit or NOTEBOOKS)
    if not any(chapter.number != START for chapter in shelf.chapters):
        raise ReportError(f"No chapter notebooks (NN-name.ipynb) in {(kit or NOTEBOOKS).resolve()}.")
    chapters, skipped = list(shelf.chapters), list(shelf.skipped)
    if dataset is not None:
        own = _read_folder(dataset / OWN)
        for chapter in own.chapters:
            chapters.append(_beside(chapter, chapters))
        skipped += own.skipped
    chapters = [chapter for chapter in chapters if chapter.number != START]
    return Shelf(sorted(chapters, key=lambda chapter: (chapter.number or "99", chapter.name)), skipped)


def _read_folder(folder: Path) -> Shelf:
    read = {path: read_chapter(path) for path in sorted(folder.glob("[!.]*.ipynb"))}
    return Shelf(
        [chapter for chapter in read.values() if chapter is not None],
        [path for path, chapter in read.items() if chapter is None],
    )


def _beside(chapter: Chapter, others: Sequence[Chapter]) -> Chapter:
    """Return a dataset's own chapter, with the fault that it takes what another one has."""
    for other in others:
        if chapter.number and chapter.number == other.number:
            fault = f"has the number of {other.name}; give it one that no chapter has"
            return replace(chapter, number="", fault=fault, called=f"{chapter.name} (own)")
        if chapter.slug == other.slug:
            return replace(chapter, fault=f"has the name of {other.name}; give it another")
        theirs = () if other.number == START else other.figures
        shared = [(a, b) for a in chapter.figures for b in theirs if _meet(a, b)]
        if shared and not chapter.fault:
            declared, pattern = shared[0]
            more = "" if declared == pattern else f" (as {pattern})"
            fault = f"declares {declared}, which {other.name} publishes{more}; give its figures other ids"
            return replace(chapter, fault=fault)
    return chapter


@cache
def _meet(one: str, other: str) -> bool:
    """Return whether there is an id that both patterns allow."""
    if not one or not other:
        return not (one + other).strip("*")
    if other[0] == "*":
        one, other = other, one
    if one[0] == "*":
        return _meet(one[1:], other) or _meet(one, other[1:])
    return one[0] == other[0] and _meet(one[1:], other[1:])
