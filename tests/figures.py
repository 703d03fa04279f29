"""What is written down from the declared figures: the table in data/README.md, the notebooks' promises.

``make figures`` runs this file.
"""

from __future__ import annotations

from collections.abc import Iterator

import nbformat

from cxlib.chapters import figures_by_topic
from cxlib.figures import Declared, Figures
from cxlib.report.chapters import Chapter
from cxlib.report.shelf import find_chapters
from tests.environment import ROOT

README = ROOT / "data" / "README.md"
CHAPTERS = find_chapters().chapters
BEGIN, END = "<!-- figures: make figures -->\n", "<!-- /figures -->\n"
HEAD = "| id | meaning | settings | interval |\n|---|---|---|---|\n"


def declared(chapter: Chapter) -> Figures:
    """Return what a chapter declares; nothing for the summary, which publishes no figure of its own."""
    by_number = {figures.chapter: figures for figures in figures_by_topic().values()}
    return by_number.get(chapter.number, Figures(chapter.number))


def table() -> str:
    """Return the declared figures as Markdown, one table a chapter."""
    parts = (
        f"### {chapter.number} {chapter.title('en')}\n\n{HEAD}{''.join(_rows(figures))}"
        for chapter in CHAPTERS
        if (figures := declared(chapter))
    )
    return "\n".join(parts)


def _rows(figures: Figures) -> Iterator[str]:
    """Yield one row per meaning; figures that share one (as rows of each table do) share the row."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for figure in figures.values():
        # "The same" means something else in each place.
        place = figure.id if figure.definition.startswith("the same") else ""
        alike.setdefault((place, *_cells(figure)), []).append(f"`{figure.id}`")
    above = ""
    for (_, meaning, settings, interval), ids in alike.items():
        shown = "as above" if settings and settings == above else settings
        yield f"| {', '.join(ids)} | {meaning} | {shown} | {interval} |\n"
        above = settings


def _cells(figure: Declared) -> tuple[str, str, str]:
    settings = ", ".join(f"`{setting}`" for setting in figure.settings)
    return figure.definition, settings, figure.interval


def split(text: str) -> tuple[str, str, str]:
    """Return data/README.md before its table of figures, the table, and what follows."""
    before, rest = text.split(BEGIN)
    inside, after = rest.split(END)
    return before + BEGIN, inside, END + after


def promise(chapter: Chapter) -> None:
    """Write the ids that a chapter declares into its notebook's metadata."""
    notebook = nbformat.from_dict(chapter.notebook)
    notebook.metadata["cx"]["figures"] = list(declared(chapter))
    nbformat.write(notebook, chapter.path)


def main() -> None:
    """Write the table and the promises."""
    before, _, after = split(README.read_text(encoding="utf-8"))
    README.write_text(f"{before}\n{table()}\n{after}", encoding="utf-8")
    for chapter in CHAPTERS:
        promise(chapter)


if __name__ == "__main__":
    main()
