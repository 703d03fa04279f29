"""Run chapters through papermill, several at a time, and collect the figures they publish.

A chapter is run once per language, in a fresh kernel each. What it publishes is checked against
what it declared, and one language against the other, and what it shows is made into its part of the
page; a chapter that breaks a rule has failed, and no other with it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cxlib.errors import ReportError, UsageError
from cxlib.report.chapters import Chapter
from cxlib.report.export import section
from cxlib.result import FIGURES_TYPE

__all__ = ["TIME_LIMIT", "Outcome", "Published", "collect", "execute", "run_chapter", "run_chapters"]

TIME_LIMIT = 1800
NOISE = "Kernel is running over TCP"


@dataclass
class Published:
    """What the results shown in one executed notebook publish.

    Attributes
    ----------
    figures : dict of str to dict
        Figure id -> its record, as in figures.json.
    absent : dict of str to dict
        Figure id -> language -> why these data cannot give it.
    tables : dict of str to dict
        Result name -> ``columns`` and ``rows`` of its table.
    """

    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    absent: dict[str, dict[str, str]] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Outcome:
    """How one chapter went: executed notebooks by language and what they publish, or why not."""

    chapter: Chapter
    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    published: Published = field(default_factory=Published)
    error: str | None = None
    marked: NotebookNode | None = None
    seconds: float = 0.0
    reused: bool = False
    log: list[str] = field(default_factory=list)


def run_chapters(
    chapters: Sequence[Chapter],
    parameters: Callable[[Chapter, str], Mapping[str, str]],
    *,
    languages: Sequence[str],
    folder: Path,
    jobs: int = 2,
    limit: float = TIME_LIMIT,
    done: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run chapters side by side; a failed one does not stop the others.

    Parameters
    ----------
    chapters : sequence of Chapter
    parameters : callable
        (chapter, language) -> the parameters of that run.
    languages : sequence of str
    folder : Path
        Where half-done notebooks and the kernels' own messages may lie meanwhile.
    jobs : int
        Chapters at a time. The languages of one chapter follow each other, so that the second
        finds what the first has computed.
    limit : float
        Seconds that one notebook may take.
    done : callable
        Told each outcome as it comes.

    Returns
    -------
    list of Outcome
        In the order of `chapters`.

    Raises
    ------
    UsageError
        Before anything runs, if a chapter lacks a parameter that it would be given.
    """
    for chapter in chapters:
        _refuse_unknown(chapter, parameters(chapter, languages[0]))
    outcomes: dict[Chapter, Outcome] = {}
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        waiting = {
            pool.submit(run_chapter, c, parameters, languages=languages, folder=folder, limit=limit): c
            for c in chapters
        }
        try:
            for future in as_completed(waiting):
                outcomes[waiting[future]] = future.result()
                done(future.result())
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [outcomes[chapter] for chapter in chapters]


def run_chapter(
    chapter: Chapter,
    parameters: Callable[[Chapter, str], Mapping[str, str]],
    *,
    languages: Sequence[str],
    folder: Path,
    limit: float = TIME_LIMIT,
) -> Outcome:
    """Run one chapter in each language and check what it publishes and shows.

    Whatever is wrong with the notebook becomes the outcome's ``error``; only a refusal by the machine
    (no room for a file, no right to write it) is raised, as it meets every chapter.
    """
    outcome, begun = Outcome(chapter), time.monotonic()
    try:
        for language in languages:
            target = folder / language / f"{chapter.name}.ipynb"
            node = execute(
                chapter, parameters(chapter, language), language=language, target=target, limit=limit
            )
            outcome.log += take_messages(node)
            published = collect(node, chapter)
            section(chapter, node, language)
            if outcome.notebooks and published != outcome.published:
                raise ReportError(_difference(outcome.published, published, language))
            outcome.notebooks[language], outcome.published = node, published
    except OSError:
        raise
    except Exception as error:  # an author's notebook can go wrong in any way
        stopped = f"stopped with {type(error).__name__}: {_one_line(str(error))}"
        outcome.error = str(error) if isinstance(error, ReportError) else stopped
        outcome.marked = _marked(target)
    outcome.seconds = time.monotonic() - begun
    return outcome


def execute(
    chapter: Chapter, parameters: Mapping[str, str], *, language: str, target: Path, limit: float = TIME_LIMIT
) -> NotebookNode:
    """Execute one chapter in one language in a fresh kernel and return the executed notebook.

    Parameters
    ----------
    chapter : Chapter
    parameters : mapping
        Parameter name -> value; every name must be assigned in the chapter's parameters cell.
    language : {"de", "en"}
        Language of the Markdown cells; results speak the language in `parameters`.
    target : Path
        File that papermill writes while it runs; a failed cell is marked there.
    limit : float
        Seconds for the whole notebook.

    Raises
    ------
    UsageError
        For an unknown parameter; papermill itself would only warn.
    ReportError
        If a cell fails or the time is over.
    """
    import papermill
    from jupyter_core.utils import ensure_event_loop
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    _refuse_unknown(chapter, parameters)
    target.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + limit
    try:
        return papermill.execute_notebook(
            chapter.in_language(language),
            str(target),
            dict(parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            timeout_func=lambda cell: max(1, int(end - time.monotonic())),
            kernel_manager_class=_quiet_kernels(target.with_suffix(".kernel.txt")),
        )
    except papermill.PapermillExecutionError as error:
        raise ReportError(f"stopped with {error.ename}: {_one_line(error.evalue)}") from error
    except CellTimeoutError as error:
        raise ReportError(f"was not done after {limit:g} seconds and was stopped") from error
    except DeadKernelError as error:
        raise ReportError("lost its kernel; there may be too little memory") from error
    finally:
        ensure_event_loop().close()


def _refuse_unknown(chapter: Chapter, parameters: Mapping[str, str]) -> None:
    unknown = sorted(set(parameters) - set(chapter.parameters))
    if unknown:
        raise UsageError(
            f"{chapter.path.name} has no parameter {unknown}; it has {list(chapter.parameters)}."
        )


def _quiet_kernels(messages: Path) -> type:
    """Return a kernel manager whose kernels write what they say outside cells to a file."""
    from jupyter_client.manager import AsyncKernelManager

    class QuietKernelManager(AsyncKernelManager):
        async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
            with messages.open("a", encoding="utf-8") as file:
                await super()._async_launch_kernel(kernel_cmd, stderr=file, **options)

        _launch_kernel = _async_launch_kernel

    return QuietKernelManager


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _marked(target: Path) -> NotebookNode | None:
    return nbformat.read(target, as_version=4) if target.exists() else None


def collect(notebook: NotebookNode, chapter: Chapter) -> Published:
    """Return what the notebook's results publish, checked against the chapter's promise.

    Raises
    ------
    ReportError
        If one id comes with two values, an id was not declared, a figure is both given and said
        to be absent, or a declared id (without ``*``) is neither given nor said to be absent.
    """
    published = Published()
    for bundle in _bundles(notebook):
        for record in bundle["figures"]:
            _add_figure(published, record)
        published.absent.update(bundle["absent"])
        if "table" in bundle:
            _add_table(published, bundle["name"], bundle["table"])
    known = published.figures.keys() | published.absent.keys()
    undeclared = sorted(id for id in known if not chapter.declares(id))
    if undeclared:
        raise ReportError(f"publishes figures that its metadata do not declare: {', '.join(undeclared)}")
    both = sorted(published.figures.keys() & published.absent.keys())
    if both:
        raise ReportError(f"gives figures and says that they are absent: {', '.join(both)}")
    missing = [id for id in chapter.figures if "*" not in id and id not in known]
    if missing:
        raise ReportError(f"neither publishes nor explains the absence of: {', '.join(missing)}")
    return published


def _bundles(notebook: NotebookNode) -> list[dict[str, Any]]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    figures = [output.data[FIGURES_TYPE] for output in outputs if FIGURES_TYPE in output.get("data", {})]
    return json.loads(json.dumps(figures))


def _add_figure(published: Published, record: dict[str, Any]) -> None:
    before = published.figures.setdefault(record["id"], record)
    if before != record:
        keys = [key for key in record if record[key] != before.get(key)]
        raise ReportError(
            f"publishes {record['id']} twice with different {', '.join(keys)}: "
            f"{[before.get(key) for key in keys]} and {[record[key] for key in keys]}"
        )


def _add_table(published: Published, name: str, table: dict[str, Any]) -> None:
    free, number = name, 1
    while published.tables.get(free, table) != table:
        number += 1
        free = f"{name}-{number}"
    published.tables[free] = table


def _difference(first: Published, second: Published, language: str) -> str:
    ids = sorted(first.figures.keys() ^ second.figures.keys()) + sorted(
        id for id in first.figures.keys() & second.figures.keys() if first.figures[id] != second.figures[id]
    )
    what = ", ".join(ids) if ids else "absent figures or tables"
    return f"publishes something else in {language!r} than in the first language: {what}"


def take_messages(notebook: NotebookNode) -> list[str]:
    """Remove what libraries wrote to stderr from an executed notebook, and return it.

    Papermill's marks (paths, host, times) go as well, so that the same run gives the same file.
    """
    messages = []
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            loud = [o for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"]
            messages += [line for output in loud for line in output.text.splitlines()]
            cell.outputs = [o for o in cell.outputs if o not in loud]
    return messages
