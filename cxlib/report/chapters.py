"""Chapter notebooks: what each asks, needs and promises to publish, and whether it can be run.

What is wrong with a notebook and can be seen without running it is kept as its ``fault``: it then
counts as a failed chapter, and no other chapter is touched by it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cxlib.contract.config import nearest
from cxlib.contract.schema import TABLES
from cxlib.errors import ReportError, UsageError
from cxlib.language import translate

__all__ = ["PARAMETERS", "Chapter", "choose", "read_chapter"]

PARAMETERS = ("dataset", "month", "scope", "language")
FILE_NAME = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)")
# Places of the page that are no chapter's.
TAKEN = ("about", "content")
FIGURE_ID = re.compile(r"[A-Za-z0-9_.*-]+")


@dataclass(frozen=True, eq=False)
class Chapter:
    """One notebook that asks one question.

    Attributes
    ----------
    path : Path
        The notebook as its author left it, in English.
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
    fault : str
        Why it cannot be run, to be read after its name; empty: it can.
    called : str
        Its name in an edition, where that is not the file's.
    """

    path: Path
    number: str
    slug: str
    tables: tuple[tuple[str, ...], ...] = ()
    figures: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    notebook: NotebookNode = field(default_factory=nbformat.v4.new_notebook, repr=False)
    fault: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """File name without ending, e.g. ``12-negative-experience``."""
        return self.called or self.path.stem

    @property
    def is_summary(self) -> bool:
        """Whether it reads the other chapters' figures and therefore runs last."""
        return "figures" in self.parameters

    def title(self, language: str) -> str:
        """Return the first heading in `language`."""
        for cell in self.notebook.cells:
            if cell.cell_type == "markdown" and cell.source.strip():
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


def read_chapter(path: Path) -> Chapter | None:
    """Read one notebook and what its metadata say about it.

    Returns
    -------
    Chapter or None
        With its ``fault``, if it has one; None for a notebook that says nothing of itself under
        ``cx`` and so is no chapter.
    """
    match = FILE_NAME.fullmatch(path.stem)
    number, slug = match.groups() if match else ("", path.stem)
    chapter = Chapter(path, number, slug)
    try:
        notebook = _content(path)
        if "cx" not in notebook.metadata:
            return None
        described = _described(replace(chapter, notebook=notebook), notebook.metadata["cx"])
        return replace(described, fault=_fault(described))
    except ReportError as error:
        return replace(chapter, fault=str(error))


def _content(path: Path) -> NotebookNode:
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text)
    except (OSError, ValueError) as error:
        raise ReportError(f"cannot be read as a notebook: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict) or raw.get("nbformat") != nbformat.current_nbformat:
        raise ReportError("is no notebook of today's format; open it in JupyterLab and save it")
    wrong = next(nbformat.validator.iter_validate(raw), None)
    if wrong is not None:
        raise ReportError(f"is no valid notebook: {wrong.message.splitlines()[0][:200]}")
    return nbformat.v4.reads(text)


def _described(chapter: Chapter, about: Any) -> Chapter:
    """Return the chapter with what its metadata say, refused where that is incomplete or out of shape."""
    missing = [key for key in ("tables", "figures") if not isinstance(about, dict) or key not in about]
    if missing:
        raise ReportError(f"lacks {missing} in its metadata under 'cx'; compare with another chapter")
    tables, figures = about["tables"], about["figures"]
    if not (isinstance(tables, list) and all(_are_words(alternative) for alternative in tables)):
        raise ReportError("has 'tables' in its metadata that are no list of lists of names")
    if not (_are_words(figures) and all(FIGURE_ID.fullmatch(id) for id in figures)):
        raise ReportError("has 'figures' in its metadata that are no list of ids, or patterns with *")
    named = [str(about.get(key, own)) for key, own in (("chapter", chapter.number), ("slug", chapter.slug))]
    if FILE_NAME.fullmatch(chapter.path.stem) is None or named != [chapter.number, chapter.slug]:
        raise ReportError(
            f"is not named as a chapter is: NN-name.ipynb in small letters, here {'-'.join(named)}.ipynb"
        )
    return replace(
        chapter,
        tables=tuple(tuple(alternative) for alternative in tables),
        figures=tuple(figures),
        parameters=_parameter_names(chapter.notebook),
    )


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _parameter_names(notebook: NotebookNode) -> tuple[str, ...]:
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if not tagged:
        raise ReportError(f"has no cell tagged 'parameters'; it assigns {', '.join(PARAMETERS)}")
    try:
        lines = ast.parse(tagged[0].source).body
    except SyntaxError as error:
        raise ReportError(f"has a parameters cell that is no Python: {error.msg}") from error
    names = []
    for line in lines:
        targets = getattr(line, "targets", [getattr(line, "target", None)])
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return tuple(names)


def _fault(chapter: Chapter) -> str:
    if chapter.slug in TAKEN:
        return f"has a name that the page itself uses: {', '.join(TAKEN)}"
    lost = [name for name in PARAMETERS if name not in chapter.parameters]
    if lost:
        has = list(chapter.parameters)
        return f"has no parameter {lost}; it has {has} in the cell tagged 'parameters'"
    named = [table for alternative in chapter.tables for table in alternative]
    unknown = next((table for table in named if table not in TABLES), None)
    if unknown is not None:
        return f"needs the table {unknown!r}, which the contract does not know.{nearest(unknown, TABLES)}"
    return ""


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
        matching = [c for c in chapters if name in (c.slug, c.name) or name.zfill(2) == c.number]
        if not matching:
            known = ", ".join(f"{c.number} {c.slug}" for c in chapters)
            raise UsageError(f"There is no chapter {name!r}; there are: {known}.")
        chosen += matching
    return [c for c in chapters if c in chosen] if names else list(chapters)
