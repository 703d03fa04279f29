"""One edition: the report of one data set, month and scope, in all its files.

``reports/<dataset>/<month>[-<scope>]/`` holds a page per language, ``figures.json`` and
``figures.csv``, ``tables/*.csv``, the executed notebooks, ``log.txt`` and ``manifest.json``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import cxlib
from cxlib.checks.findings import findings
from cxlib.contract.months import month_name, month_number
from cxlib.dataset.dataset import Dataset, open_dataset
from cxlib.errors import ReportError
from cxlib.language import LANGUAGES, Message, say
from cxlib.provenance import code_hash, lock_hash
from cxlib.report import publish
from cxlib.report.chapters import Chapter, choose, find_chapters, lacking
from cxlib.report.contents import (
    FIELDS,
    csv_text,
    figures_csv,
    libraries,
    to_json,
)
from cxlib.report.export import PageInfo, page
from cxlib.report.index import write_index
from cxlib.report.names import edition_name
from cxlib.report.runner import TIME_LIMIT, Outcome, Published, collect, run_chapters

__all__ = ["Edition", "make_edition", "no_chapter", "unable", "without_rows"]

NOTEBOOKS = Path(cxlib.__file__).parents[1] / "notebooks"
FIGURES = "figures.json"
KEPT = say(
    "This chapter was not made anew in this run. It stands here as an earlier run left it and may rest on "
    "older data."
)
FAILED = say("This chapter could not be made in this run because of an error.")
NOT_ASKED = say("This chapter was not asked for in this run.")


@dataclass(frozen=True)
class Edition:
    """What a run has published.

    Attributes
    ----------
    folder : Path
        Where the edition stands.
    month, scope : str
    pages : dict of str to Path
        Language -> page; empty where nothing was published.
    chapters : dict of str to str
        Chapter name -> ``made``, ``unchanged``, ``kept``, ``left out``, ``failed`` or ``not asked for``.
    failures : dict of str to str
        Chapter name -> what went wrong, in one line.
    left_out : dict of str to Message
        Chapter name -> why these data do not allow it.
    """

    folder: Path
    month: str
    scope: str
    pages: dict[str, Path]
    chapters: dict[str, str]
    failures: dict[str, str]
    left_out: dict[str, Message]


def make_edition(
    dataset: str,
    *,
    month: str = "",
    scope: str = "",
    languages: Sequence[str] = LANGUAGES,
    chapters: Sequence[str] = (),
    jobs: int = 2,
    reports: Path = Path("reports"),
    notebooks: Path | None = None,
    force: bool = False,
    limit: float = TIME_LIMIT,
    begun: Callable[[Dataset, int], None] = lambda data, count: None,
    done: Callable[[Outcome], None] = lambda outcome: None,
) -> Edition:
    """Run the chapters that the data allow and publish them as one edition.

    Parameters
    ----------
    dataset : str
        Folder with dataset.yaml.
    month : str
        YYYY-MM; empty: the last complete month.
    scope : str
        Part of the customers, e.g. ``segment=business``.
    languages : sequence of {"de", "en"}
    chapters : sequence of str
        Numbers or slugs; empty: all. The summary is always made. Others stay as they stood.
    jobs : int
        Chapters at a time.
    reports, notebooks : Path
        Where editions go; where chapters come from (default: the kit's own).
    force : bool
        Run chapters even if nothing they depend on has changed; read database servers again.
    limit : float
        Seconds that one notebook may take.
    begun, done : callable
        Told the data set and the number of chapters; then each outcome.

    Raises
    ------
    UsageError
        For an unknown chapter or parameter.
    DataError
        If the data cannot be used.
    ReportError
        If no chapter can run on these data, or another run makes the same edition.
    """
    known = find_chapters(notebooks or NOTEBOOKS)
    chosen = choose(known, chapters)
    data = open_dataset(dataset, month=month or None, scope=scope or None, again=force)
    name = edition_name(data.month, scope)
    folder = Path(reports) / data.name
    with publish.writing(Path(reports)):
        with publish.locked(folder, name):
            publish.recover(folder, name)
            try:
                run = _Run(data, str(dataset), scope, tuple(languages), folder, name, known, chosen, force)
                begun(data, len(run.due))
                run.run_all(jobs=jobs, limit=limit, done=done)
                edition = run.publish()
            finally:
                _clear(folder / f"{publish.BUILDING}{name}")
        write_index(Path(reports))
    return edition


def _clear(building: Path) -> None:
    """Delete a build that was given up; a sealed one is for the next run to publish."""
    if not publish.is_sealed(building):
        shutil.rmtree(building, ignore_errors=True)


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


@dataclass
class _Run:
    """The making of one edition, step by step; the lock is held meanwhile."""

    data: Dataset
    dataset: str
    scope: str
    languages: tuple[str, ...]
    folder: Path
    name: str
    known: list[Chapter]
    chosen: list[Chapter]
    force: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, Message] = field(default_factory=dict)
    keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.building = self.folder / f"{publish.BUILDING}{self.name}"
        self.work = self.building / ".work"
        self.work.mkdir(parents=True)
        self.edition = self.folder / self.name
        self.before = _read_json(self.edition / publish.MANIFEST)
        self.origin = {"data": self.data.key, "code": code_hash(), "lock": lock_hash()}
        for chapter in self.known:
            reason = unable(chapter, self.data)
            if reason is not None:
                self.left_out[chapter.name], self.states[chapter.name] = reason, "left out"
        possible = [chapter for chapter in self.known if chapter.name not in self.left_out]
        if all(chapter.is_summary for chapter in possible):
            raise ReportError(no_chapter(self.data))
        wanted = {chapter.name for chapter in self.chosen}
        self.due = [c for c in possible if c.name in wanted or c.is_summary]
        for chapter in possible:
            if chapter not in self.due:
                self._keep(chapter, "not asked for")

    def run_all(self, *, jobs: int, limit: float, done: Callable[[Outcome], None]) -> None:
        """Run the chapters due; those that read the others' figures afterwards, the summary last."""
        first = [chapter for chapter in self.due if not chapter.is_summary]
        late = [chapter for chapter in self.due if chapter.is_summary]
        self._run(first, jobs, limit, done)
        if all(self.outcomes[chapter.name].error for chapter in first):
            return
        for chapter in sorted(late, key=lambda chapter: (chapter.number == "01", chapter.number)):
            self._write(FIGURES, to_json(self.figures()))
            self._run([chapter], 1, limit, done)

    def _run(self, chapters: list[Chapter], jobs: int, limit: float, done: Callable[[Outcome], None]) -> None:
        """Take chapters over where nothing has changed, and run the rest."""
        for chapter in chapters:
            self.keys[chapter.name] = {language: self.key(chapter, language) for language in self.languages}
        old = {} if self.force else {c.name: self._stored(c, unchanged=True) for c in chapters}
        for outcome in [outcome for outcome in old.values() if outcome is not None]:
            self._accept(outcome, "unchanged")
            done(outcome)
        changed = [chapter for chapter in chapters if old.get(chapter.name) is None]
        options = {"languages": self.languages, "folder": self.work, "jobs": jobs, "limit": limit}
        for outcome in run_chapters(changed, self.parameters, done=done, **options):
            self._accept(outcome, "failed" if outcome.error else "made")

    def _accept(self, outcome: Outcome, state: str) -> None:
        chapter = outcome.chapter
        for node in outcome.notebooks.values():
            _forget_building(node, f"{publish.BUILDING}{self.name}", self.name)
        self.outcomes[chapter.name], self.states[chapter.name] = outcome, state
        if outcome.error:
            self._keep(chapter, "failed", outcome)

    def _keep(self, chapter: Chapter, state: str, failed: Outcome | None = None) -> None:
        """Leave a chapter as an earlier run published it, if one did."""
        stored = self._stored(chapter, unchanged=False)
        self.states[chapter.name] = state if stored is None else "kept"
        if failed is not None:
            failed.notebooks, failed.published = {}, Published()
            if stored is not None:
                failed.notebooks, failed.published = stored.notebooks, stored.published
        elif stored is not None:
            self.outcomes[chapter.name] = stored

    def parameters(self, chapter: Chapter, language: str) -> dict[str, str]:
        """Return the parameters of one chapter in one language."""
        values = {
            "dataset": self.dataset,
            "month": self.data.month,
            "scope": self.scope,
            "language": language,
        }
        if chapter.is_summary:
            values["figures"] = Path(os.path.relpath(self.building / FIGURES)).as_posix()
        return values

    def key(self, chapter: Chapter, language: str) -> str:
        """Return the hash of everything that an executed chapter depends on."""
        depends = dict(self.origin)
        depends["notebook"] = chapter.in_language(language)
        depends["parameters"] = self.parameters(chapter, language)
        depends["libraries"] = libraries()
        if chapter.is_summary:
            earlier = [self.folder / edition_name(m, self.scope) / FIGURES for m in _earlier(self.data.month)]
            files = [path for path in (self.building / FIGURES, *earlier) if path.exists()]
            depends["figures"] = [publish.digest(path) for path in files]
        return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()

    def _stored(self, chapter: Chapter, *, unchanged: bool) -> Outcome | None:
        """Return a chapter as the edition holds it; None if it does not, or something has changed."""
        entry = (self.before or {}).get("chapters", {}).get(chapter.name)
        if entry is None or not set(self.languages) <= set(entry["keys"]):
            return None
        outcome = Outcome(chapter, reused=True)
        for language in self.languages:
            name = f"notebooks/{language}/{chapter.name}.ipynb"
            path = self.edition / name
            if unchanged and entry["keys"][language] != self.keys[chapter.name][language]:
                return None
            if not path.exists() or publish.digest(path) != self.before["files"].get(name):
                return None
            outcome.notebooks[language] = nbformat.read(path, as_version=4)
        try:
            outcome.published = collect(outcome.notebooks[self.languages[0]], chapter)
        except ReportError:
            return None
        return outcome

    def figures(self) -> dict[str, Any]:
        """Return the content of figures.json as far as chapters are done."""
        shown = [o for c in self.known if (o := self.outcomes.get(c.name)) is not None and o.notebooks]
        figures, absent = [], []
        for outcome in shown:
            more = {"chapter": outcome.chapter.number, "month": self.data.month, "scope": self.scope}
            for record in outcome.published.figures.values():
                figures.append({name: (record | more)[name] for name in FIELDS})
            for id, reason in outcome.published.absent.items():
                absent.append({"id": id, "chapter": outcome.chapter.number, "reason": reason})
        return {
            "format": 1,
            "dataset": self.data.name,
            "title": self.title(),
            "month": self.data.month,
            "scope": self.scope,
            "chapters": [self._about(chapter) for chapter in self.known if not chapter.is_summary],
            "figures": figures,
            "absent": absent,
        }

    def title(self) -> dict[str, str]:
        """Return the data set's title by language."""
        return {language: self.data.title.text(language) for language in LANGUAGES}

    def _about(self, chapter: Chapter) -> dict[str, Any]:
        state = self.states.get(chapter.name, "failed")
        reasons = {"failed": FAILED, "not asked for": NOT_ASKED, "kept": KEPT}
        reason = self.left_out.get(chapter.name, reasons.get(state))
        return {
            "number": chapter.number,
            "slug": chapter.slug,
            "title": {language: chapter.title(language) for language in LANGUAGES},
            "state": "made" if state == "unchanged" else state,
            "reason": reason and {language: reason.text(language) for language in LANGUAGES},
        }

    def publish(self) -> Edition:
        """Write all files of the edition, publish them, and keep the evidence of failures."""
        failures = {name: o.error for name, o in self.outcomes.items() if o.error}
        self._write_failures(failures)
        made = any(state in ("made", "unchanged") for state in self.states.values())
        pages = {}
        if made:
            names = self._write_files(failures)
            shutil.rmtree(self.work)
            publish.seal(self.building)
            publish.publish(self.building, self.edition)
            pages = {language: self.edition / name for language, name in names.items()}
        return Edition(
            self.edition, self.data.month, self.scope, pages, dict(self.states), failures, dict(self.left_out)
        )

    def _write_failures(self, failures: dict[str, str]) -> None:
        folder = self.folder / f"{self.name}.failed"
        shutil.rmtree(folder, ignore_errors=True)
        for name, error in failures.items():
            node = self.outcomes[name].marked
            if node is not None:
                folder.mkdir(parents=True, exist_ok=True)
                node.cells.insert(0, nbformat.v4.new_markdown_cell(f"**This chapter {error}**"))
                nbformat.write(node, folder / f"{name}.ipynb")

    def _write_files(self, failures: dict[str, str]) -> dict[str, str]:
        shown = [o for c in self.known if (o := self.outcomes.get(c.name)) is not None and o.notebooks]
        document = self.figures()
        self._write(FIGURES, to_json(document))
        self._write("figures.csv", figures_csv(document["figures"]))
        for outcome in shown:
            self._write_chapter(outcome)
        pages = {language: self._write_page(shown, language) for language in self.languages}
        self._write("log.txt", self._log(failures))
        self._write(publish.MANIFEST, to_json(self._manifest(shown, failures)))
        return pages

    def _write_chapter(self, outcome: Outcome) -> None:
        for language, node in outcome.notebooks.items():
            path = self.building / "notebooks" / language / f"{outcome.chapter.name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(node, path)
        for name, table in outcome.published.tables.items():
            safe = re.sub(r"[^A-Za-z0-9.-]+", "_", name)
            text = csv_text(table["columns"], table["rows"])
            self._write(f"tables/{outcome.chapter.number}-{safe}.csv", text)

    def _write_page(self, shown: list[Outcome], language: str) -> str:
        kept = [o.chapter.number for o in shown if self.states[o.chapter.name] == "kept"]
        info = PageInfo(
            title=self.title(),
            month=self.data.month,
            scope=self.scope,
            warnings=tuple(finding.sentence for finding in findings(self.data)),
            version=cxlib.__version__,
            notes=dict.fromkeys(kept, KEPT),
        )
        name = f"cx-report-{self.data.name}-{self.name}-{language}.html"
        notebooks = [(outcome.chapter, outcome.notebooks[language]) for outcome in shown]
        self._write(name, page(info, notebooks, language))
        return name

    def _manifest(self, shown: list[Outcome], failures: dict[str, str]) -> dict[str, Any]:
        files = sorted(path for path in self.building.rglob("*") if path.is_file())
        files = [path for path in files if self.work not in path.parents]
        old = (self.before or {}).get("chapters", {})
        return {
            "format": 1,
            "kit": cxlib.__version__,
            "dataset": self.data.name,
            "title": self.title(),
            "month": self.data.month,
            "scope": self.scope,
            "edition": self.name,
            "languages": list(self.languages),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "inputs": self.origin | {"libraries": libraries()},
            "parameters": {"dataset": self.dataset, "month": self.data.month, "scope": self.scope},
            "chapters": {
                outcome.chapter.name: {
                    "state": self.states[outcome.chapter.name],
                    "keys": old[outcome.chapter.name]["keys"]
                    if self.states[outcome.chapter.name] == "kept"
                    else self.keys[outcome.chapter.name],
                }
                for outcome in shown
            },
            "left_out": {name: reason.text("en") for name, reason in self.left_out.items()},
            "failed": failures,
            "files": {path.relative_to(self.building).as_posix(): publish.digest(path) for path in files},
        }

    def _log(self, failures: dict[str, str]) -> str:
        lines = [f"data: {finding.sentence.text('en')}" for finding in findings(self.data)]
        lines += [f"{name}: {state}" for name, state in sorted(self.states.items())]
        lines += [f"{name}: {error}" for name, error in failures.items()]
        lines += [f"{name}: {reason.text('en')}" for name, reason in self.left_out.items()]
        for name, outcome in self.outcomes.items():
            lines += [f"{name}: stderr: {line}" for line in outcome.log]
        text = "\n".join(lines) + "\n"
        return text.replace(f"{NOTEBOOKS.parent}{os.sep}", "")

    def _write(self, name: str, text: str) -> None:
        path = self.building / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any] | None:
    """Return what a file holds; None where it is absent or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _earlier(month: str) -> tuple[str, str]:
    """Return the month before and the same month a year before."""
    number = month_number(month)
    return month_name(number - 1), month_name(number - 12)


def _forget_building(node: NotebookNode, building: str, edition: str) -> None:
    """Let an executed notebook name the edition's folder, not the one it was built in."""
    for cell in node.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace(f"/{building}/", f"/{edition}/")
