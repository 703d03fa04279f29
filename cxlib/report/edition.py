"""One edition: the report of one data set, month and scope, in all its files.

``reports/<dataset>/<month>[-<scope>]/`` holds a page per language, ``figures.json`` and
``figures.csv``, ``tables/*.csv``, the executed notebooks, ``log.txt`` and ``manifest.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cxlib.dataset.dataset import find_dataset, open_dataset
from cxlib.language import LANGUAGES, Message
from cxlib.report import publish
from cxlib.report.files import building, keep_evidence, write_files
from cxlib.report.index import write_index
from cxlib.report.making import make_chapters
from cxlib.report.plan import Plan, Standing, plan_edition
from cxlib.report.progress import Progress
from cxlib.report.shelf import find_chapters

__all__ = ["Edition", "make_edition"]


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
    skipped : tuple of Path
        Notebooks that say nothing of themselves under ``cx`` and so are no chapters.
    evidence : Path or None
        Folder of the notebooks of failed chapters, with the cell that failed marked.
    """

    folder: Path
    month: str
    scope: str
    pages: dict[str, Path]
    chapters: dict[str, str]
    failures: dict[str, str]
    left_out: dict[str, Message]
    skipped: tuple[Path, ...] = ()
    evidence: Path | None = None


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
    progress: Progress | None = None,
) -> Edition:
    """Run the chapters that the data allow and publish them as one edition.

    Parameters
    ----------
    dataset : str
        Folder with dataset.yaml, and ``notebooks/`` where it has chapters of its own.
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
        Where editions go; where the kit's chapters come from (default: its own).
    force : bool
        Run chapters even if nothing they depend on has changed; read database servers again.
    progress : Progress, optional
        Told what is due and how each chapter went; default: a silent one.

    Raises
    ------
    UsageError
        For an unknown chapter.
    DataError
        If the data cannot be used.
    ReportError
        If no chapter can run on these data, or another run makes the same edition.
    """
    progress, reports = progress or Progress(silent=True), Path(reports)
    shelf = find_chapters(notebooks, find_dataset(dataset))
    data = open_dataset(dataset, month=month or None, scope=scope or None, again=force)
    plan = plan_edition(data, str(dataset), shelf, languages=languages, wanted=chapters, reports=reports)
    with publish.writing(reports):
        with publish.locked(plan.folder, plan.name):
            publish.recover(plan.folder, plan.name)
            with building(plan):
                progress.begun(data, len(plan.due))
                standings = make_chapters(plan, jobs=jobs, force=force, done=progress.done)
                evidence = keep_evidence(plan, standings)
                pages = write_files(plan, standings)
                if pages:
                    publish.seal(plan.building)
                    publish.publish(plan.building, plan.edition)
        write_index(reports)
    return _edition(plan, standings, pages, evidence)


def _edition(
    plan: Plan, standings: dict[str, Standing], pages: dict[str, str], evidence: Path | None
) -> Edition:
    return Edition(
        plan.edition,
        plan.data.month,
        plan.data.scope,
        {language: plan.edition / name for language, name in pages.items()},
        {name: standing.state for name, standing in standings.items()},
        {name: standing.error for name, standing in standings.items() if standing.error},
        plan.left_out,
        tuple(plan.shelf.skipped),
        evidence,
    )
