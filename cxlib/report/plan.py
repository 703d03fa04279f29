"""What one run shall make of which chapters, and where it goes."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from cxlib.contract.months import month_name, month_number
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ReportError
from cxlib.language import LANGUAGES, Message
from cxlib.provenance import code_hash, lock_hash
from cxlib.report import publish
from cxlib.report.chapters import Chapter, choose
from cxlib.report.names import FIGURES, edition_name
from cxlib.report.needs import no_chapter, unable
from cxlib.report.runner import Outcome
from cxlib.report.shelf import OWN, Shelf

__all__ = ["Plan", "Standing", "libraries", "plan_edition"]

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


@dataclass(frozen=True, eq=False)
class Standing:
    """How one chapter stands in an edition.

    Attributes
    ----------
    chapter : Chapter
    state : str
        ``made``, ``unchanged``, ``kept``, ``left out``, ``failed`` or ``not asked for``.
    outcome : Outcome or None
        What is shown of it, from this run or an earlier one; None: nothing.
    keys : mapping of str to str
        Language -> hash of what it was made from.
    error : str or None
        What went wrong in this run.
    marked : NotebookNode or None
        The notebook with the cell that failed.
    log : sequence of str
        What libraries said while it ran.
    """

    chapter: Chapter
    state: str
    outcome: Outcome | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    marked: NotebookNode | None = None
    log: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Plan:
    """What one run shall make, and where.

    Attributes
    ----------
    data : Dataset
    dataset : str
        The data set as it was called, which the notebooks are given.
    languages : tuple of str
    folder : Path
        Of all editions of the data set.
    shelf : Shelf
    due : tuple of Chapter
        To be run, or taken over where nothing has changed; the summaries are always among them.
    left_out : dict of str to Message
        Chapter name -> why these data do not allow it.
    """

    data: Dataset
    dataset: str
    languages: tuple[str, ...]
    folder: Path
    shelf: Shelf
    due: tuple[Chapter, ...]
    left_out: dict[str, Message]

    @property
    def chapters(self) -> list[Chapter]:
        """All chapters there are, in reading order."""
        return self.shelf.chapters

    @property
    def name(self) -> str:
        """Name of the edition."""
        return edition_name(self.data.month, self.data.scope)

    @property
    def edition(self) -> Path:
        """Folder of the edition."""
        return self.folder / self.name

    @property
    def building(self) -> Path:
        """Folder in which it is built."""
        return self.folder / f"{publish.BUILDING}{self.name}"

    @property
    def work(self) -> Path:
        """Folder for half-done notebooks, which are no part of the edition."""
        return self.building / ".work"

    @cached_property
    def title(self) -> dict[str, str]:
        """The data set's title by language."""
        return {language: self.data.title.text(language) for language in LANGUAGES}

    @cached_property
    def origin(self) -> dict[str, str | None]:
        """Hashes of everything that all chapters depend on."""
        words = self.data.path / OWN / "de.po"
        own = {"words": publish.digest(words)} if words.exists() else {}
        return {"data": self.data.key, "code": code_hash(), "lock": lock_hash()} | own

    def parameters(self, chapter: Chapter, language: str) -> dict[str, str]:
        """Return the parameters of one chapter in one language."""
        values = {
            "dataset": self.dataset,
            "month": self.data.month,
            "scope": self.data.scope,
            "language": language,
        }
        if chapter.is_summary:
            values["figures"] = Path(os.path.relpath(self.building / FIGURES)).as_posix()
        return values

    def keys(self, chapter: Chapter) -> dict[str, str]:
        """Return language -> hash of everything that the executed chapter depends on."""
        return {language: _hash(self._dependencies(chapter, language)) for language in self.languages}

    def _dependencies(self, chapter: Chapter, language: str) -> Mapping[str, Any]:
        depends = self.origin | {
            "notebook": chapter.in_language(language),
            "parameters": self.parameters(chapter, language),
            "libraries": libraries(),
        }
        if not chapter.is_summary:
            return depends
        this, scope = month_number(self.data.month), self.data.scope
        earlier = [edition_name(month_name(this - months), scope) for months in (1, 12)]
        files = [self.building / FIGURES, *(self.folder / name / FIGURES for name in earlier)]
        return depends | {"figures": [publish.digest(path) for path in files if path.exists()]}


def libraries() -> dict[str, str]:
    """Return the versions of Python and of the libraries that numbers come from."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in LIBRARIES}


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def plan_edition(
    data: Dataset,
    dataset: str,
    shelf: Shelf,
    *,
    languages: Iterable[str],
    wanted: Iterable[str],
    reports: Path,
) -> Plan:
    """Return what to make: the chapters wanted, as far as the data allow them.

    Raises
    ------
    UsageError
        For an unknown chapter.
    ReportError
        If the data allow no chapter.
    """
    chosen = choose(shelf.chapters, wanted)
    reasons = {c.name: None if c.fault else unable(c, data) for c in shelf.chapters}
    left_out = {name: reason for name, reason in reasons.items() if reason is not None}
    possible = [chapter for chapter in shelf.chapters if chapter.name not in left_out]
    if all(chapter.is_summary for chapter in possible):
        raise ReportError(no_chapter(data))
    due = tuple(chapter for chapter in possible if chapter in chosen or chapter.is_summary)
    return Plan(data, dataset, tuple(languages), reports / data.name, shelf, due, left_out)
