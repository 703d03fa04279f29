"""The command ``cx``: report, check, init, simulate, explore.

Light to import: everything that computes is imported by the command that needs it. Exit code 0
means all done, 1 something failed and was said in one line, 2 the call was wrong, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cxlib.errors import CxError, UsageError, is_refusal, shortened

if TYPE_CHECKING:
    from rich.console import Console

    from cxlib.checks.finding import Finding
    from cxlib.dataset.dataset import Dataset
    from cxlib.init.proposed import Proposal
    from cxlib.report.edition import Edition

__all__ = ["app", "main"]

SAMPLE = "data/sample"
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class _Commands(TyperGroup):
    """The commands; an interrupted one says so, which typer does not."""

    def invoke(self, ctx: typer.Context) -> Any:
        """Run the command that was called."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            print("cx: interrupted", file=sys.stderr)
            raise typer.Exit(130) from None


app = typer.Typer(
    name="cx",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Customer experience, churn and profit: from a company's exports to a published report.",
)
_settings = {"debug": False}


class Language(StrEnum):
    """Language of the report."""

    de = "de"
    en = "en"
    both = "both"


class Effect(StrEnum):
    """What a negative experience does to the simulated customers."""

    none = "none"
    default = "default"
    reversed = "reversed"


class Confounding(StrEnum):
    """What else makes customers leave and have bad experiences."""

    none = "none"
    default = "default"
    hidden = "hidden"


class Switch(StrEnum):
    """Whether something is planted."""

    none = "none"
    default = "default"


class Nonresponse(StrEnum):
    """Who stays silent in surveys."""

    none = "none"
    default = "default"
    hidden = "hidden"


DatasetArgument = Annotated[str, typer.Argument(help="Folder with dataset.yaml.")]
MonthOption = Annotated[
    str, typer.Option(help="Last month, YYYY-MM; default: the last complete month.", metavar="YYYY-MM")
]
LanguageOption = Annotated[
    Language | None, typer.Option(help="Language of the report; default: those of dataset.yaml.")
]
ChapterOption = Annotated[
    list[str] | None, typer.Option(help="Number or name of a chapter; may be given again.")
]
JobsOption = Annotated[
    int | None, typer.Option(min=1, help="Chapters at a time; default: one per processor, four at most.")
]
ScopeOption = Annotated[str, typer.Option(help="Part of the customers, e.g. 'segment=business'.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


def main() -> None:
    """Run the command line; whatever goes wrong ends in one line and exit code 1, 2 or 130."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        _run()
    except BrokenPipeError:
        _give_up_output()
        sys.exit(1)
    except Exception as error:
        if _settings["debug"]:
            raise
        _give_up_output()
        print(f"cx: {' '.join(_sentence(error).split())}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)


def _run() -> None:
    """Run the command that was called, and see that its output has arrived."""
    try:
        app(prog_name="cx")
    finally:
        if sys.stdout is not None:
            sys.stdout.flush()


def _sentence(error: Exception) -> str:
    """Return what to tell of an error."""
    if isinstance(error, CxError):
        return str(error)
    if isinstance(error, OSError) and is_refusal(error):
        if not error.filename:
            return f"the output cannot be written ({error.strerror})."
        return f"{shortened(error.filename)} cannot be used ({error.strerror}). Look at its permissions."
    return (
        f"unexpected {type(error).__name__}: {error}. This is a fault of the kit; "
        "cx --debug COMMAND ... shows where."
    )


def _give_up_output() -> None:
    """Send what could not be printed nowhere, or Python would complain of it at its end."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    _settings["debug"] = debug


@app.command()
def report(
    dataset: DatasetArgument = SAMPLE,
    month: MonthOption = "",
    language: LanguageOption = None,
    chapter: ChapterOption = None,
    scope: ScopeOption = "",
    jobs: JobsOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder of all reports; default: reports.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run chapters even if nothing changed.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the monthly report: one page per language, figures, tables, notebooks."""
    _check_month(month)
    from cxlib.report.edition import make_edition
    from cxlib.report.progress import Progress

    with Progress(silent=quiet or as_json) as progress:
        edition = make_edition(
            dataset,
            month=month,
            scope=scope,
            languages=_languages(language, dataset),
            chapters=chapter or (),
            jobs=jobs or min(4, os.cpu_count() or 1),
            reports=out or _reports_folder(dataset),
            force=force,
            progress=progress,
        )
    if as_json:
        print(json.dumps(_edition_words(edition), ensure_ascii=False, indent=1))
    elif not quiet:
        _tell(edition)
    if not quiet:
        _tell_skipped(edition.skipped)
    if edition.failures:
        _tell_failures(edition)
        raise typer.Exit(1)


def _check_month(month: str) -> None:
    if month and not MONTH.fullmatch(month):
        raise UsageError(f"Month {month!r} is not a month; write YYYY-MM, for example 2026-10.")


def _languages(asked: Language | None, dataset: str) -> tuple[str, ...]:
    """Return the languages that are asked for, else those of dataset.yaml."""
    if asked is not None:
        return ("de", "en") if asked is Language.both else (asked.value,)
    from cxlib.contract.config import read_config
    from cxlib.dataset.dataset import find_dataset

    return read_config(find_dataset(dataset) / "dataset.yaml").languages


def _reports_folder(dataset: str) -> Path:
    """Return the folder ``reports`` beside the working folder's or a parent's data."""
    from cxlib.dataset.dataset import find_dataset

    described = find_dataset(dataset)
    for folder in (Path.cwd(), *Path.cwd().parents):
        if not Path(dataset).is_absolute() and (folder / dataset).resolve() == described:
            return Path(os.path.relpath(folder / "reports"))
    return Path("reports")


def _short(path: Path) -> Path:
    """Return a path as seen from the working folder, if it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path


def _edition_words(edition: Edition) -> dict[str, Any]:
    return {
        "folder": str(edition.folder),
        "month": edition.month,
        "scope": edition.scope,
        "pages": {language: str(page) for language, page in edition.pages.items()},
        "chapters": edition.chapters,
        "failures": edition.failures,
        "left_out": {name: reason.text("en") for name, reason in edition.left_out.items()},
    }


def _tell(edition: Edition) -> None:
    for name, reason in edition.left_out.items():
        print(f"{name} left out: {reason.text('en')}", file=sys.stderr)
    for page in edition.pages.values():
        print(_short(page))


def _tell_skipped(notebooks: Iterable[Path]) -> None:
    for path in notebooks:
        print(f"{_short(path)} skipped: no 'cx' in its metadata", file=sys.stderr)


def _tell_failures(edition: Edition) -> None:
    for name, error in edition.failures.items():
        print(f"cx: {name} {error}", file=sys.stderr)
    if edition.evidence is not None:
        where = _short(edition.evidence)
        print(f"cx: the notebooks of failed chapters, marked, are in {where}", file=sys.stderr)


@app.command()
def check(
    dataset: DatasetArgument,
    month: MonthOption = "",
    scope: ScopeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say what came in, what was set aside and why, and which chapters these data allow."""
    _check_month(month)
    from cxlib.checks.findings import findings
    from cxlib.dataset.arrivals import arrivals
    from cxlib.dataset.dataset import open_dataset
    from cxlib.report.needs import no_chapter, obstacle, without_rows
    from cxlib.report.shelf import find_chapters

    data = open_dataset(dataset, month=month, scope=scope)
    counts = arrivals(data)
    shelf = find_chapters(dataset=data.path)
    _tell_skipped(shelf.skipped)
    chapters = {c: obstacle(c, data) for c in shelf.chapters}
    possible = any(reason is None and not c.is_summary for c, reason in chapters.items())
    if as_json:
        words = {c.name: reason for c, reason in chapters.items()}
        warnings = [_warning_words(finding) for finding in findings(data)]
        answer = {"month": data.month, "findings": counts.to_dict("records"), "warnings": warnings}
        answer |= {"empty": without_rows(data), "chapters": words}
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        _print_arrivals(data, counts, without_rows(data), chapters)
    if not possible:
        raise CxError(no_chapter(data))


def _warning_words(finding: Finding) -> dict[str, str]:
    sentence, remedy = finding.sentence.text("en"), finding.remedy.text("en")
    return asdict(finding) | {"sentence": sentence, "remedy": remedy}


def _console() -> Console:
    """Return standard output as a console that takes brackets and colons in texts for what they are."""
    from rich.console import Console

    wide = None if sys.stdout.isatty() else 120
    return Console(highlight=False, markup=False, emoji=False, width=wide)


def _print_arrivals(data: Dataset, arrived: Any, empty: list[str], chapters: dict[Any, Any]) -> None:
    from rich.table import Table

    from cxlib.checks.findings import findings

    console = _console()
    console.print(f"{data.title.text('en')}, up to {data.month}", style="bold")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "name", "rows read", "kept", "set aside", "column", "reason"):
        table.add_column(
            heading, justify="right" if heading in ("rows read", "kept", "set aside") else "left"
        )
    for row in arrived.itertuples():
        aside = f"{row.rows_rejected:,}"
        table.add_row(
            row.kind, row.name, f"{row.rows_read:,}", f"{row.rows_kept:,}", aside, row.column, row.reason
        )
    console.print(table)
    for name in empty:
        console.print(f"The table {name} is empty: no row was kept.", style="bold red")
    _print_warnings(console, findings(data))
    console.print("\nchapters", style="bold")
    for chapter, reason in chapters.items():
        console.print(f"{chapter.name}: {reason or 'can be made'}")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of exports, or with a folder exports in it.")],
) -> None:
    """Look at exports and propose dataset.yaml and SQL; nothing that is there is overwritten."""
    from cxlib.init.proposal import propose, write_proposal

    proposal = propose(folder)
    done = write_proposal(proposal)
    _print_proposal(proposal)
    for note in proposal.left_open:
        print(f"left open: {note}")
    for name, state in done.items():
        print(f"{_short(proposal.folder / name)}: {state}")
    print(f"next: look at these files, then cx check {folder}")


def _print_proposal(proposal: Proposal) -> None:
    """Say what each column was taken for: a table on a terminal, else one plain line per column."""
    if not sys.stdout.isatty():
        for file, taken in proposal.exports.items():
            print(f"{file}: {taken}")
        for column in proposal.columns:
            taken = f"{column.taken_for} ({column.sure})" if column.taken_for else "not used"
            print(f"{column.file}: {column.column} -> {taken}{': ' + column.note if column.note else ''}")
        return
    from rich.table import Table
    from rich.text import Text

    console = _console()
    colours = {"certain": "green", "likely": "yellow", "not used": "dim"}
    for file, taken in proposal.exports.items():
        console.print(f"{file}: {taken}", style="bold")
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in ("column", "taken for", "how sure", ""):
            table.add_column(heading)
        for column in (column for column in proposal.columns if column.file == file):
            sure = Text(column.sure, style=colours[column.sure])
            table.add_row(Text(column.column), column.taken_for, sure, Text(column.note))
        console.print(table, "")


def _print_warnings(console: Console, findings: Iterable[Finding]) -> None:
    """Print each finding with its severity, and below it what to do."""
    from rich.table import Table
    from rich.text import Text

    styles = {"serious": "bold red", "warning": "yellow", "note": "dim"}
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for finding in findings:
        severity = Text(finding.severity, style=styles[finding.severity])
        grid.add_row(severity, Text(finding.sentence.text("en")))
        grid.add_row("", Text(f"-> {finding.remedy.text('en')}", style="dim"))
    console.print("\nwhat to know about these data", style="bold")
    console.print(grid if grid.row_count else "nothing strange was found")


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="New folder for the company's data set.")],
    customers: Annotated[int, typer.Option(min=1, help="Customers in the export.")] = 20_000,
    months: Annotated[int, typer.Option(min=1, help="Months of the window.")] = 36,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all draws.")] = 1,
    truth: Annotated[Path | None, typer.Option(help="File for the true value of each figure.")] = None,
    effect: Annotated[Effect, typer.Option(help="Effect of a negative experience.")] = Effect.default,
    confounding: Annotated[
        Confounding, typer.Option(help="What else makes customers leave.")
    ] = Confounding.default,
    feedback: Annotated[Switch, typer.Option(help="Whether usage reacts to an experience.")] = Switch.default,
    nonresponse: Annotated[Nonresponse, typer.Option(help="Who stays silent.")] = Nonresponse.default,
    dirt: Annotated[Switch, typer.Option(help="Late, doubled and broken rows.")] = Switch.default,
) -> None:
    """Write the exports of a simulated company whose truth is known."""
    from cxlib import company

    drawn = company.simulate(
        customers=customers,
        months=months,
        seed=seed,
        effect=effect.value,
        confounding=confounding.value,
        feedback=feedback.value,
        nonresponse=nonresponse.value,
        dirt=dirt.value,
    )
    company.write_dataset(drawn, folder)
    if truth is not None:
        company.write_truth(drawn, truth)
    print(folder)


@app.command()
def explore(
    dataset: Annotated[
        str, typer.Argument(help="Folder with dataset.yaml whose own notebooks are to be shown too.")
    ] = "",
) -> None:
    """Open JupyterLab on the notebooks."""
    import subprocess
    from importlib.util import find_spec

    from cxlib.report.explore import workplace

    if find_spec("jupyterlab") is None:
        raise CxError('JupyterLab is not installed; add it with: pip install "cxlib[lab]"')
    place = workplace(dataset)
    for path in place.own:
        print(f"own notebook: {_short(path)}", file=sys.stderr)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={place.root}", str(place.start)]
    raise typer.Exit(subprocess.run(command, cwd=place.root, check=False).returncode)
