"""Run the chapters that are due, and take over the others as an earlier run left them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cxlib.errors import ReportError
from cxlib.report import publish
from cxlib.report.chapters import Chapter
from cxlib.report.contents import figures_document, to_json
from cxlib.report.names import FIGURES
from cxlib.report.plan import Plan, Standing
from cxlib.report.runner import Outcome, collect, run_chapters

__all__ = ["Earlier", "make_chapters"]


@dataclass(frozen=True)
class Earlier:
    """The edition as an earlier run left it."""

    edition: Path
    languages: tuple[str, ...]

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """What it says of itself; empty where there is none, or a damaged one."""
        try:
            content = json.loads((self.edition / publish.MANIFEST).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def keys(self, chapter: Chapter) -> Mapping[str, str]:
        """Return language -> hash of what the chapter was made from; empty where it is not there."""
        return self.manifest.get("chapters", {}).get(chapter.name, {}).get("keys", {})

    def standing(self, chapter: Chapter) -> Standing | None:
        """Return a chapter as the edition holds it; None if it does not, or not in each language."""
        keys, notebooks = self.keys(chapter), {}
        for language in self.languages:
            name = f"notebooks/{language}/{chapter.name}.ipynb"
            path = self.edition / name
            if language not in keys or not path.exists():
                return None
            if publish.digest(path) != self.manifest["files"].get(name):
                return None
            notebooks[language] = nbformat.read(path, as_version=4)
        try:
            published = collect(notebooks[self.languages[0]], chapter)
        except ReportError:
            return None
        outcome = Outcome(chapter, notebooks, published, reused=True)
        return Standing(chapter, "kept", outcome=outcome, keys=keys)


@dataclass
class _Making:
    """One run over the chapters of a plan; `standings` grows as they are done."""

    plan: Plan
    earlier: Earlier
    jobs: int
    force: bool
    done: Callable[[Outcome], None]
    standings: dict[str, Standing] = field(default_factory=dict)

    def run(self, chapters: Sequence[Chapter]) -> None:
        """Take chapters over where nothing has changed, and run the rest."""
        keys = {chapter.name: self.plan.keys(chapter) for chapter in chapters if not chapter.fault}
        changed = []
        for chapter in chapters:
            if chapter.fault:
                self._accept(Outcome(chapter, error=chapter.fault), {})
            elif not self._take_over(chapter, keys[chapter.name]):
                changed.append(chapter)
        options = {"languages": self.plan.languages, "folder": self.plan.work, "jobs": self.jobs}
        for outcome in run_chapters(changed, self.plan.parameters, done=self.done, **options):
            self._accept(outcome, keys[outcome.chapter.name])

    def _take_over(self, chapter: Chapter, keys: Mapping[str, str]) -> bool:
        stored = self.earlier.keys(chapter)
        if self.force or any(stored.get(language) != key for language, key in keys.items()):
            return False
        standing = self.earlier.standing(chapter)
        if standing is None:
            return False
        self.standings[chapter.name] = replace(standing, state="unchanged", keys=keys)
        self.done(standing.outcome)
        return True

    def _accept(self, outcome: Outcome, keys: Mapping[str, str]) -> None:
        chapter = outcome.chapter
        if outcome.error is None:
            for node in outcome.notebooks.values():
                _forget_building(node, self.plan)
            self.standings[chapter.name] = Standing(
                chapter, "made", outcome=outcome, keys=keys, log=outcome.log
            )
            return
        if chapter.fault:
            self.done(outcome)
        standing = self.earlier.standing(chapter) or Standing(chapter, "failed")
        failed = {"error": outcome.error, "marked": outcome.marked, "log": outcome.log}
        self.standings[chapter.name] = replace(standing, **failed)


def make_chapters(
    plan: Plan, *, jobs: int, force: bool, done: Callable[[Outcome], None]
) -> dict[str, Standing]:
    """Run what is due, the summaries last, and say how every chapter stands.

    Parameters
    ----------
    plan : Plan
    jobs : int
        Chapters at a time.
    force : bool
        Run chapters even if nothing they depend on has changed.
    done : callable
        Told each outcome as it comes.

    Returns
    -------
    dict of str to Standing
        By chapter name, in reading order.
    """
    making = _Making(plan, Earlier(plan.edition, plan.languages), jobs, force, done)
    for chapter in plan.chapters:
        if chapter.name in plan.left_out:
            making.standings[chapter.name] = Standing(chapter, "left out")
        elif chapter not in plan.due:
            standing = making.earlier.standing(chapter)
            making.standings[chapter.name] = standing or Standing(chapter, "not asked for")
    first = [chapter for chapter in plan.due if not chapter.is_summary]
    making.run(first)
    if not all(making.standings[chapter.name].error for chapter in first):
        for chapter in sorted(set(plan.due) - set(first), key=lambda c: (c.number == "01", c.number)):
            (plan.building / FIGURES).write_text(
                to_json(figures_document(plan, making.standings)), encoding="utf-8"
            )
            making.run([chapter])
    return {c.name: making.standings.get(c.name, Standing(c, "failed")) for c in plan.chapters}


def _forget_building(node: NotebookNode, plan: Plan) -> None:
    """Let an executed notebook name the edition's folder, not the one it was built in."""
    for cell in node.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace(f"/{plan.building.name}/", f"/{plan.name}/")
