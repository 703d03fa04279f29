"""Write the files of an edition to the folder in which it is built."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat

import cxlib
from cxlib.checks.findings import findings
from cxlib.report import publish, shelf
from cxlib.report.contents import (
    KEPT,
    csv_text,
    figures_csv,
    figures_document,
    log_text,
    manifest,
    to_json,
)
from cxlib.report.export import PageInfo, page
from cxlib.report.names import FIGURES
from cxlib.report.plan import Plan, Standing
from cxlib.report.runner import Outcome

__all__ = ["building", "keep_evidence", "write_files"]


@contextmanager
def building(plan: Plan) -> Iterator[None]:
    """Hold the folder of a build; one that is given up is deleted, a sealed one is for the next run."""
    plan.work.mkdir(parents=True)
    try:
        yield
    finally:
        if not publish.is_sealed(plan.building):
            shutil.rmtree(plan.building, ignore_errors=True)


def write_files(plan: Plan, standings: Mapping[str, Standing]) -> dict[str, str]:
    """Write everything that an edition holds, the manifest last.

    Returns
    -------
    dict of str to str
        Language -> name of its page; empty, and nothing written, where this run has made no chapter.
    """
    if not any(standing.state in ("made", "unchanged") for standing in standings.values()):
        return {}
    document = figures_document(plan, standings)
    _write(plan, FIGURES, to_json(document))
    _write(plan, "figures.csv", figures_csv(document["figures"]))
    for standing in standings.values():
        if standing.outcome is not None:
            _write_chapter(plan, standing.outcome)
    pages = {language: _write_page(plan, standings, language) for language in plan.languages}
    _write(plan, "log.txt", log_text(plan, standings).replace(f"{shelf.NOTEBOOKS.parent}{os.sep}", ""))
    shutil.rmtree(plan.work)
    files = sorted(path for path in plan.building.rglob("*") if path.is_file())
    _write(plan, publish.MANIFEST, to_json(manifest(plan, standings, files)))
    return pages


def _write(plan: Plan, name: str, text: str) -> None:
    path = plan.building / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_chapter(plan: Plan, outcome: Outcome) -> None:
    for language, node in outcome.notebooks.items():
        path = plan.building / "notebooks" / language / f"{outcome.chapter.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(node, path)
    for name, table in outcome.published.tables.items():
        safe = re.sub(r"[^A-Za-z0-9.-]+", "_", name)
        text = csv_text(table["columns"], table["rows"])
        _write(plan, f"tables/{outcome.chapter.number}-{safe}.csv", text)


def _write_page(plan: Plan, standings: Mapping[str, Standing], language: str) -> str:
    shown = [standing for standing in standings.values() if standing.outcome is not None]
    info = PageInfo(
        title=plan.title,
        month=plan.data.month,
        scope=plan.data.scope,
        warnings=tuple(finding.sentence for finding in findings(plan.data)),
        version=cxlib.__version__,
        notes={standing.chapter.number: KEPT for standing in shown if standing.state == "kept"},
    )
    name = f"cx-report-{plan.data.name}-{plan.name}-{language}.html"
    notebooks = [(standing.chapter, standing.outcome.notebooks[language]) for standing in shown]
    _write(plan, name, page(info, notebooks, language))
    return name


def keep_evidence(plan: Plan, standings: Mapping[str, Standing]) -> Path | None:
    """Write the notebooks of failed chapters, marked, beside the edition.

    Returns
    -------
    Path or None
        Their folder; None where there is nothing to look at.
    """
    folder = plan.edition.with_name(f"{plan.name}.failed")
    shutil.rmtree(folder, ignore_errors=True)
    failed = {name: standing for name, standing in standings.items() if standing.marked is not None}
    for name, standing in failed.items():
        folder.mkdir(parents=True, exist_ok=True)
        heading = nbformat.v4.new_markdown_cell(f"**This chapter {standing.error}**")
        standing.marked.cells.insert(0, heading)
        nbformat.write(standing.marked, folder / f"{name}.ipynb")
    return folder if failed else None
