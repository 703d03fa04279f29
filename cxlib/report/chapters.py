"""Chapter notebooks: which there are, what they need, and what they promise to publish."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from cxlib.errors import ReportError, UsageError
from cxlib.language import Message, listing, say, translate

__all__ = ["PARAMETERS", "Chapter", "choose", "find_chapters", "lacking", "read_chapter"]

PARAMETERS = ("dataset", "month", "scope", "language")
START = "00"
TABLE_WORDS = {
    "customers": say("a customer list"),
    "interactions": say("contacts at touchpoints"),
    "surveys": say("survey answers"),
    "tickets": say("support tickets"),
    "wishes": say("customers' wishes"),
    "mystery_visits": say("mystery shopping visits"),
    "purchases": say("purchases"),
    "billing": say("monthly billing"),
    "snapshot": say("a snapshot of customers"),
    "negative_experiences": say("recorded negative experiences"),
    "fixed_costs": say("fixed costs"),
}


@dataclass(frozen=True, eq=False)
class Chapter:
    """One notebook that asks one question.

    Attributes
    ----------
    path : Path
        The notebook as committed, in English.
    number, slug : str
        Place in reading order, e.g. ``12``, and short name, e.g. ``negative-experience``.
    tables : tuple of tuple of str
        Alternatives: the chapter runs where all tables of one of them exist. Empty: always.
    figures : tuple of str
        Figure ids, or patterns with ``*``, that it may publish.
    parameters : tuple of str
        Names assigned in the cell tagged ``parameters``.
    notebook : NotebookNode
        Its content, never changed.
    """

    path: Path
    number: str
    slug: str
    tables: tuple[tuple[str, ...], ...]
    figures: tuple[str, ...]
    parameters: tuple[str, ...]
    notebook: NotebookNode = field(repr=False)

    @property
    def name(self) -> str:
        """File name without ending, e.g. ``12-negative-experience``."""
        return self.path.stem

    @property
    def is_summary(self) -> bool:
        """Whether it reads the other chapters' figures and therefore runs last."""
        return "figures" in self.parameters

    def title(self, language: str) -> str:
        """Return the first heading in `language`."""
        for cell in self.notebook.cells:
            if cell.cell_type == "markdown":
                heading = translate(cell.source, language).lstrip().splitlines()[0]
                return heading.lstrip("# ").strip()
        return self.slug

    def declares(self, id: str) -> bool:
        """Whether the chapter may publish a figure of this id."""
        return any(fnmatchcase(id, pattern) for pattern in self.figures)

    def in_language(self, language: str) -> NotebookNode:
        """Return a copy whose Markdown cells are translated and that holds no outputs."""
        copy = nbformat.from_dict(self.notebook)
        for cell in copy.cells:
            if cell.cell_type == "markdown":
                cell.source = translate(cell.source, language)
            elif cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        return copy


def read_chapter(path: Path) -> Chapter:
    """Read one notebook and what its metadata say about it.

    Raises
    ------
    ReportError
        If the file is no notebook, or its metadata lack ``cx`` or one of its entries.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise ReportError(f"{path} cannot be read as a notebook: {error}") from error
    about = notebook.metadata.get("cx", {})
    missing = [key for key in ("chapter", "slug", "tables", "figures") if key not in about]
    if missing:
        raise ReportError(
            f"{path.name} lacks {missing} in its metadata under 'cx'; compare with another chapter."
        )
    tables = tuple(tuple(alternative) for alternative in about.tables)
    names = _parameter_names(notebook)
    return Chapter(path, str(about.chapter), about.slug, tables, tuple(about.figures), names, notebook)


def _parameter_names(notebook: NotebookNode) -> tuple[str, ...]:
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if not tagged:
        return ()
    names = []
    for line in ast.parse(tagged[0].source).body:
        targets = getattr(line, "targets", [getattr(line, "target", None)])
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return tuple(names)


def find_chapters(folder: Path) -> list[Chapter]:
    """Return the chapters of a folder in reading order; 00 is no part of a report.

    Raises
    ------
    ReportError
        If there is none.
    """
    chapters = [read_chapter(path) for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"))]
    chapters = [chapter for chapter in chapters if chapter.number != START]
    if not chapters:
        raise ReportError(f"No chapter notebooks (NN-name.ipynb) in {folder.resolve()}.")
    return chapters


def choose(chapters: Sequence[Chapter], names: Iterable[str]) -> list[Chapter]:
    """Return the chapters called by number or slug; all of them where no name is given.

    Raises
    ------
    UsageError
        For a name that no chapter has.
    """
    names = list(names)
    chosen = []
    for name in names:
        found = [c for c in chapters if name in (c.slug, c.name) or name.zfill(2) == c.number]
        if not found:
            known = ", ".join(f"{c.number} {c.slug}" for c in chapters)
            raise UsageError(f"There is no chapter {name!r}; there are: {known}.")
        chosen += found
    return [c for c in chapters if c in chosen] if names else list(chapters)


def lacking(chapter: Chapter, tables: frozenset[str]) -> Message | None:
    """Return why a chapter cannot run on data with these tables; None if it can."""
    if not chapter.tables or any(set(needed) <= tables for needed in chapter.tables):
        return None
    needs = [listing(TABLE_WORDS.get(table, table) for table in needed) for needed in chapter.tables]
    words = needs[0]
    for further in needs[1:]:
        words = say("{first}, or {second}", first=words, second=further)
    return say("This chapter needs {tables}. These data do not have that.", tables=words)
