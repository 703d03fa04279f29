"""What the data files of an edition hold: figures, tables, the log, and where all of it comes from."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cxlib
from cxlib.checks.findings import findings
from cxlib.language import LANGUAGES, Message, say
from cxlib.report import publish
from cxlib.report.chapters import Chapter
from cxlib.report.plan import Plan, Standing, libraries

__all__ = [
    "FIELDS",
    "KEPT",
    "csv_text",
    "figures_csv",
    "figures_document",
    "log_text",
    "manifest",
    "to_json",
]

FIELDS = (
    *("id", "chapter", "label", "value", "low", "high", "unit", "n"),
    *("month", "scope", "method", "verdict", "note"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
KEPT = say(
    "This chapter was not made anew in this run. It stands here as an earlier run left it and may rest on "
    "older data."
)
REASONS = {
    "failed": say("This chapter could not be made in this run because of an error."),
    "not asked for": say("This chapter was not asked for in this run."),
    "kept": KEPT,
}


def figures_document(plan: Plan, standings: Mapping[str, Standing]) -> dict[str, Any]:
    """Return the content of figures.json as far as chapters are done."""
    shown = [standing for standing in standings.values() if standing.outcome is not None]
    shown.sort(key=lambda standing: plan.chapters.index(standing.chapter))
    return {
        "format": 1,
        "dataset": plan.data.name,
        "title": plan.title,
        "month": plan.data.month,
        "scope": plan.data.scope,
        "chapters": [_about(c, plan, standings) for c in plan.chapters if not c.is_summary],
        "figures": [record for standing in shown for record in _figures(plan, standing)],
        "absent": [
            {"id": id, "chapter": standing.chapter.number, "reason": reason}
            for standing in shown
            for id, reason in standing.outcome.published.absent.items()
        ],
    }


def _figures(plan: Plan, standing: Standing) -> Iterable[dict[str, Any]]:
    more = {"chapter": standing.chapter.number, "month": plan.data.month, "scope": plan.data.scope}
    for record in standing.outcome.published.figures.values():
        yield {name: (record | more)[name] for name in FIELDS}


def _about(chapter: Chapter, plan: Plan, standings: Mapping[str, Standing]) -> dict[str, Any]:
    state = standings[chapter.name].state if chapter.name in standings else "failed"
    reason: Message | None = plan.left_out.get(chapter.name, REASONS.get(state))
    return {
        "number": chapter.number,
        "slug": chapter.slug,
        "title": {language: chapter.title(language) for language in LANGUAGES},
        "state": "made" if state == "unchanged" else state,
        "reason": reason and {language: reason.text(language) for language in LANGUAGES},
    }


def manifest(plan: Plan, standings: Mapping[str, Standing], files: Iterable[Path]) -> dict[str, Any]:
    """Return what the edition says of itself: origin, parameters, chapters and the hash of each file."""
    shown = {name: standing for name, standing in standings.items() if standing.outcome is not None}
    parameters = {"dataset": plan.dataset, "month": plan.data.month, "scope": plan.data.scope}
    return {
        "format": 1,
        "kit": cxlib.__version__,
        "dataset": plan.data.name,
        "title": plan.title,
        "month": plan.data.month,
        "scope": plan.data.scope,
        "edition": plan.name,
        "languages": list(plan.languages),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "inputs": plan.origin | {"libraries": libraries()},
        "parameters": parameters,
        "chapters": {
            name: {"state": standing.state, "keys": dict(standing.keys)} for name, standing in shown.items()
        },
        "left_out": {name: reason.text("en") for name, reason in plan.left_out.items()},
        "failed": {name: standing.error for name, standing in standings.items() if standing.error},
        "files": {path.relative_to(plan.building).as_posix(): publish.digest(path) for path in files},
    }


def log_text(plan: Plan, standings: Mapping[str, Standing]) -> str:
    """Return the run's log: what is strange in the data, how each chapter went, what libraries said."""
    lines = [f"data: {finding.sentence.text('en')}" for finding in findings(plan.data)]
    lines += [f"{path.name}: skipped, no 'cx' in its metadata" for path in plan.shelf.skipped]
    lines += [f"{name}: {standing.state}" for name, standing in sorted(standings.items())]
    lines += [f"{name}: {standing.error}" for name, standing in standings.items() if standing.error]
    lines += [f"{name}: {reason.text('en')}" for name, reason in plan.left_out.items()]
    for name, standing in standings.items():
        lines += [f"{name}: stderr: {line}" for line in standing.log]
    return "\n".join(lines) + "\n"


def to_json(document: Any) -> str:
    """Return a document as JSON text, the same for the same content; NaN is refused."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def figures_csv(figures: Iterable[Mapping[str, Any]]) -> str:
    """Return figures as CSV text, one row each, columns as in :data:`FIELDS`."""
    return csv_text(FIELDS, [[_plain(figure.get(name)) for name in FIELDS] for figure in figures])


def _plain(value: Any) -> Any:
    """Return what stands in a cell: of words in each language the English ones."""
    return value["en"] if isinstance(value, Mapping) else value


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table as CSV text; text that a spreadsheet would run as a formula is quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_harmless(name) for name in columns])
    writer.writerows([[_harmless(value) for value in row] for row in rows])
    return buffer.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
