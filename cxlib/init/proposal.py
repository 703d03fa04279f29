"""Propose dataset.yaml and one commented SQL file per canonical table for a folder of exports.

It asks nothing and overwrites nothing: a file that is there is kept, and what would have been
written stands beside it under a name of its own.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import yaml

from cxlib.contract.schema import TABLES
from cxlib.errors import DataError
from cxlib.init.dataset_yaml import dataset_yaml
from cxlib.init.export import Export
from cxlib.init.proposed import Found, Proposal
from cxlib.init.reading import Reading
from cxlib.init.recognise import read_as
from cxlib.init.sniff import LOOKED_AT, inside, is_utf8, look_at_folder, shown
from cxlib.init.sql_files import select_parts, write_selects

__all__ = ["propose", "write_proposal"]

# Files whose reasons an error names.
MOST_FILES = 20
# What columns are for that no canonical table has.
HELPERS = {
    "status": "rows left out",
    "form": "negative_experiences.source",
    "reply_minutes": "negative_experiences.source",
}


def propose(folder: str | Path) -> Proposal:
    """Look at the exports of a folder and propose how they become canonical tables.

    Parameters
    ----------
    folder : str or Path
        Holds the exports, or a folder ``exports`` with them.

    Returns
    -------
    Proposal

    Raises
    ------
    DataError
        Where there is no folder, no export in it, or none that is recognised.
    """
    folder = Path(folder).expanduser()
    root = _folder_of_exports(folder)
    exports, unread = look_at_folder(root)
    if root == folder:
        own = [name for name in unread if name.startswith("dataset.yaml") or ".sql" in name]
        unread = {name: why for name, why in unread.items() if name not in own}
    described_sources = _use_known_names(folder, exports)
    readings = {export.source: read_as(export) for export in exports}
    proposal = Proposal(folder.resolve())
    parts = select_parts([reading for reading in readings.values() if reading is not None], proposal)
    used = write_selects(parts, proposal)
    if not used:
        unknown = [export for export in exports if readings[export.source] is None]
        raise _nothing_recognised(root, unknown, proposal.left_open, unread)
    _describe(exports, readings, used, proposal)
    proposal.left_open += [f"{name}: not looked at, {why}" for name, why in unread.items()]
    proposal.left_open += _folders_inside(root)
    lacking = sorted({reading.export.source for reading in used} - (described_sources or set()))
    if described_sources is not None and lacking:
        proposal.left_open.append(
            f"dataset.yaml is kept; it has no source {', '.join(lacking)}, which the proposed SQL reads"
        )
    newest = _newest(inside(root)[0])
    proposal.files["dataset.yaml"] = dataset_yaml(proposal, root, exports, parts, newest)
    return _in_lines(proposal)


def _folder_of_exports(folder: Path) -> Path:
    """Return the folder with the exports: ``exports`` in the folder of the dataset, else that itself."""
    named = shown(str(folder))
    if not is_utf8(str(folder.absolute())):
        raise DataError(f"The name of {named} is not UTF-8; rename the folder.")
    try:
        if not folder.is_dir():
            raise DataError(f"No folder {named}: cx init looks at a folder of exports.")
        return folder / "exports" if (folder / "exports").is_dir() else folder
    except OSError as error:
        raise DataError(
            f"{named} cannot be read ({error.strerror}). Give your account the right to read it."
        ) from error


def _nothing_recognised(
    root: Path, unknown: list[Export], notes: list[str], unread: dict[str, str]
) -> DataError:
    """Return the error for a folder without a useful export, with the reason for every file."""
    reasons = [f"{export.title}: no table has its columns {_listed(export.columns)}" for export in unknown]
    reasons += [*notes, *(f"{name}: {why}" for name, why in unread.items())]
    looked = _listed([shown(reason) for reason in reasons], MOST_FILES, "; ")
    inner = "".join(f" {note}." for note in _folders_inside(root))
    return DataError(
        f"No export in {root} is recognised (found: {looked or 'no file'}).{inner} Expected files with "
        "columns such as customer_id, Kundennummer or those of a known export; see data/README.md."
    )


def _listed(names: Sequence[str], most: int = 8, separator: str = ", ") -> str:
    """Return names as a list, cut after `most` of them."""
    more = [f"and {len(names) - most:,} more"] if len(names) > most else []
    return separator.join([*names[:most], *more])


def _folders_inside(root: Path) -> list[str]:
    """Return what to say of folders among the exports: nothing where there are none."""
    names = [shown(path.name) for path in inside(root)[1]]
    if not names:
        return []
    where = f'name them in dataset.yaml, e.g. file: "{names[0]}/*.csv"'
    return [f"folders inside are not looked at: {_listed(names)}; move their files up, or {where}"]


def _in_lines(proposal: Proposal) -> Proposal:
    """Return a proposal whose words for readers take one line each, whatever the headers hold."""
    proposal.exports = {shown(file): taken for file, taken in proposal.exports.items()}
    proposal.columns = [
        replace(taken, file=shown(taken.file), column=shown(taken.column), note=shown(taken.note))
        for taken in proposal.columns
    ]
    proposal.left_open = [shown(note) for note in proposal.left_open]
    return proposal


def _newest(files: list[Path]) -> str:
    """Return the month in which the last of the files was written."""
    written = max(file.stat().st_mtime for file in files if file.is_file())
    return datetime.fromtimestamp(written).strftime("%Y-%m")


def _use_known_names(folder: Path, exports: list[Export]) -> set[str] | None:
    """Name sources as a dataset.yaml that is already there does; return its names, None without one.

    Raises
    ------
    DataError
        Where it cannot be read.
    """
    path = folder / "dataset.yaml"
    if not path.is_file():
        return None
    try:
        described = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise DataError(
            f"{path} is there and cannot be read ({why}). cx init takes the names of the sources from it: "
            "correct it, or move it away."
        ) from error
    sources = described.get("sources") if isinstance(described, dict) else None
    sources = sources if isinstance(sources, dict) else {}
    for name, settings in sources.items():
        for export in exports:
            same = isinstance(settings, dict) and settings.get("file") == export.file
            if same and settings.get("sheet") in (None, export.settings.get("sheet")):
                export.source = str(name)
    return {str(name) for name in sources}


def _describe(
    exports: list[Export], readings: dict[str, Reading | None], used: set[Reading], proposal: Proposal
) -> None:
    """Say of every export and column what it was taken for."""
    for export in exports:
        reading = readings[export.source]
        if reading is None or reading not in used:
            proposal.exports[export.title] = "not used" if reading else "not recognised"
            why = "the file is not used" if reading else "the file is not recognised"
            proposal.columns += [Found(export.title, c, "", "not used", why) for c in export.columns]
            if reading is None:
                proposal.left_open.append(f"{export.title}: not recognised")
            continue
        proposal.exports[export.title] = f"{reading.table}, by {reading.form}"
        proposal.columns += [_found(reading, column) for column in export.columns]
        proposal.left_open += [f"{export.title}: {note}" for note in reading.left_open]
        if not export.rows:
            proposal.left_open.append(
                f"{export.title}: has no rows; its columns are told by their names alone"
            )
        if "footer_rows" in export.settings:
            footer = f"the last {export.settings['footer_rows']:,} records have another form than the header"
            proposal.left_open.append(f"{export.title}: {footer}; taken as a footer and left out")
        if not export.whole:
            proposal.left_open.append(
                f"{export.title}: only the first {LOOKED_AT:,} records of a file were looked at"
            )


def _found(reading: Reading, column: str) -> Found:
    file = reading.export.title
    lines = reading.takes(column)
    line = next(
        (line for line in lines if TABLES[reading.table].column(line.column)), lines[0] if lines else None
    )
    if line is not None and line.column in HELPERS:
        return Found(file, column, HELPERS[line.column], line.sure, line.note)
    if line is not None:
        return Found(file, column, f"{reading.table}.{line.column}", line.sure, line.note)
    question = next((q for q in reading.questions if q.column == column), None)
    if question is not None:
        taken = f"{reading.table}.score ({question.instrument} {question.low:g}-{question.high:g})"
        return Found(file, column, taken, question.sure, question.note)
    if column not in reading.unused:
        return Found(file, column, "surveys.response_id", reading.joined, "joins answers to invitations")
    return Found(file, column, "", "not used", reading.unused[column])


def write_proposal(proposal: Proposal) -> dict[str, str]:
    """Write the files of a proposal where none of the name is; return file -> what was done.

    A file that is there is kept. What was proposed then goes beside it as ``<file>.proposed``,
    unless that is there too.
    """
    done = {}
    for name, text in proposal.files.items():
        done[name] = _write(proposal.folder / name, text)
    return done


def _write(path: Path, text: str) -> str:
    beside = path.with_name(f"{path.name}.proposed")
    for target in (path, beside):
        if not os.path.lexists(target):
            _write_whole(target, text)
            return "written" if target == path else f"kept; the proposal is in {beside.name}"
        if _says(target, text):
            return "kept: it already says this" if target == path else f"kept; {beside.name} is unchanged"
    return f"kept, as is {beside.name}; remove one of them to get the proposal"


def _write_whole(target: Path, text: str) -> None:
    """Write a file that is not there; where that is interrupted, no part of it stays behind."""
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, target)
    except OSError as error:
        raise DataError(f"{target} cannot be written ({error.strerror}).") from error
    finally:
        draft.unlink(missing_ok=True)


def _says(target: Path, text: str) -> bool:
    """Return whether a file that is there holds this text."""
    try:
        return target.is_file() and target.read_text(encoding="utf-8", errors="replace") == text
    except OSError as error:
        raise DataError(
            f"{target} is there and cannot be read ({error.strerror}); expected a file that your account "
            "can read. Change its rights, or move it away."
        ) from error
