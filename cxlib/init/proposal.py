"""Propose dataset.yaml and one commented SQL file per canonical table for a folder of exports.

It asks nothing and overwrites nothing: a file that is there is kept, and what would have been
written stands beside it under a name of its own.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

from cxlib.contract.config import Definitions
from cxlib.contract.schema import TABLES
from cxlib.errors import DataError
from cxlib.init.recognise import Link, Reading, links, read_as
from cxlib.init.sniff import LOOKED_AT, Export, inside, is_utf8, look_at_folder, plain, shown
from cxlib.init.writing import (
    SLA,
    commented,
    negative_parts,
    rated_parts,
    select_of,
    select_of_answers,
    select_of_invited,
    written_with_comma,
)

__all__ = ["Found", "Proposal", "propose", "write_proposal"]

CURRENCY = "EUR"
TIME_ZONE = "Europe/Berlin"
WIDTH = 100
# Files whose reasons an error names.
MOST_FILES = 20
# Tables whose rows tell which months the data describe.
DATED = ("interactions", "tickets", "surveys", "billing", "purchases")
# What columns are for that no canonical table has.
HELPERS = {
    "status": "rows left out",
    "form": "negative_experiences.source",
    "reply_minutes": "negative_experiences.source",
}
LOW_ANSWER = (
    "an answer was low: 0 to 6 of nps, the lowest quarter of the scale of csat, ces, items and reviews, "
    "counted from the end that is bad"
)
LOW_RATINGS = """SELECT
    customer_id,
    answered_at AS occurred_at,
    coalesce(touchpoint, 'satisfaction_survey') AS touchpoint,
    'rating' AS source
FROM surveys
WHERE customer_id IS NOT NULL AND answered_at IS NOT NULL AND (
    instrument = 'nps' AND score <= 6
    OR instrument IN ('csat', 'ces', 'item', 'review') AND high_is_good
        AND score <= scale_low + (scale_high - scale_low) / 4
    OR instrument IN ('csat', 'ces', 'item', 'review') AND NOT high_is_good
        AND score >= scale_high - (scale_high - scale_low) / 4
)"""


@dataclass(frozen=True)
class Found:
    """What one column of an export was taken for.

    Attributes
    ----------
    file, column : str
    taken_for : str
        Column of a canonical table as ``table.column``; empty: not used.
    sure : {"certain", "likely", "not used"}
    note : str
    """

    file: str
    column: str
    taken_for: str
    sure: str
    note: str


@dataclass
class Proposal:
    """What is proposed for a folder.

    Attributes
    ----------
    folder : Path
        Folder of the dataset.
    files : dict of str to str
        dataset.yaml and ``<table>.sql`` -> text.
    exports : dict of str to str
        File or pattern -> what it was recognised as.
    columns : list of Found
        Every column of every export.
    left_open : list of str
        What nobody could tell, or what should be looked at.
    """

    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    columns: list[Found] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)


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
    known = _use_known_names(folder, exports)
    readings = {export.source: read_as(export) for export in exports}
    proposal = Proposal(folder.resolve())
    parts = _parts([reading for reading in readings.values() if reading is not None], proposal)
    used = _write_selects(parts, proposal)
    if not used:
        unknown = [export for export in exports if readings[export.source] is None]
        raise _nothing_recognised(root, unknown, proposal.left_open, unread)
    _describe(exports, readings, used, proposal)
    proposal.left_open += [f"{name}: not looked at, {why}" for name, why in unread.items()]
    proposal.left_open += _folders_inside(root)
    lacking = sorted({reading.export.source for reading in used} - (known or set()))
    if known is not None and lacking:
        proposal.left_open.append(
            f"dataset.yaml is kept; it has no source {', '.join(lacking)}, which the proposed SQL reads"
        )
    newest = _newest(inside(root)[0])
    proposal.files["dataset.yaml"] = _dataset_yaml(proposal, root, exports, parts, newest)
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
        replace(found, file=shown(found.file), column=shown(found.column), note=shown(found.note))
        for found in proposal.columns
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
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise DataError(
            f"{path} is there and cannot be read ({why}). cx init takes the names of the sources from it: "
            "correct it, or move it away."
        ) from error
    sources = found.get("sources") if isinstance(found, dict) else None
    sources = sources if isinstance(sources, dict) else {}
    for name, settings in sources.items():
        for export in exports:
            same = isinstance(settings, dict) and settings.get("file") == export.file
            if same and settings.get("sheet") in (None, export.settings.get("sheet")):
                export.source = str(name)
    return {str(name) for name in sources}


@dataclass(frozen=True)
class _Part:
    """One SELECT of a table: the readings it uses, what it says of itself, its SQL.

    Of negative experiences, `rated` ones are those that only customers who rate or answer can have.
    """

    readings: tuple[Reading, ...]
    says: str
    sql: str
    rated: bool = False


def _parts(readings: list[Reading], proposal: Proposal) -> dict[str, list[_Part]]:
    """Return table -> its SELECTs, in the order of the contract."""
    parts: dict[str, list[_Part]] = {table: [] for table in TABLES}
    joined = links(readings)
    used = [reading for link in joined for reading in (link.asked, link.said)]
    for link in joined:
        _leave_to_invitations(link)
        parts["surveys"].append(_Part((link.asked, link.said), _says_link(link), select_of_invited(link)))
    single = _best_customers(readings, proposal)
    for reading in readings:
        if reading in used or (reading.table == "customers" and reading is not single):
            continue
        why = _why_useless(reading)
        if why:
            proposal.left_open.append(f"{reading.export.title}: {why}; not used")
            continue
        sql = select_of_answers(reading) if reading.questions else select_of(reading)
        says = f"{reading.export.title}, recognised by {reading.form}."
        parts[reading.table].append(_Part((reading,), says, sql))
    parts["negative_experiences"] = _negative(readings, single, parts)
    return parts


def _why_useless(reading: Reading) -> str:
    """Return why a reading cannot be made a table by itself, empty where it can."""
    if reading.is_invitations:
        return "invitations whose numbers no answers carry"
    if reading.questions or set(TABLES[reading.table].required) <= set(reading.lines):
        return ""
    if not reading.export.rows:
        return f"has no rows, and its header alone does not make {reading.table} of it"
    lacking = [column for column in TABLES[reading.table].required if column not in reading.lines]
    return f"{reading.table}, but no column gives {', '.join(lacking)}"


def _leave_to_invitations(link: Link) -> None:
    """Say of the columns of answers that the list of invitations makes them superfluous."""
    said = link.said
    kept = {"answered_at", "channel", "status"}
    for column in said.export.columns:
        lines = said.takes(column)
        if lines and not any(line.column in kept for line in lines):
            said.unused[column] = "the invitation says it"
    said.lines = {name: line for name, line in said.lines.items() if name in kept}
    said.left_open = [note for note in said.left_open if "join no customer" not in note]
    said.unused.pop(link.said_column, None)
    said.joined = link.sure


def _says_link(link: Link) -> str:
    asked, said = link.asked.export.title, link.said.export.title
    return (
        f"{asked} (invitations) with {said} ({link.said.form}), joined by "
        f"{link.asked_column} = {link.said_column}."
    )


def _best_customers(readings: list[Reading], proposal: Proposal) -> Reading | None:
    """Return the customer list with the most columns; the others would only repeat its customers."""
    lists = [reading for reading in readings if reading.table == "customers"]
    best = max(lists, key=lambda reading: (len(reading.lines), len(reading.export.rows)), default=None)
    for reading in lists:
        if reading is not best and best is not None:
            proposal.left_open.append(
                f"{reading.export.title}: a second list of customers beside {best.export.title}; not used, "
                "join it in customers.sql"
            )
    return best


def _negative(
    readings: list[Reading], customers: Reading | None, parts: dict[str, list[_Part]]
) -> list[_Part]:
    """Return what is recorded for everybody, then low ratings; these alone only beside customers."""
    counted = [_Part((reading,), what, sql) for reading, what, sql in negative_parts(readings)]
    rated = [_Part((reading,), what, sql, rated=True) for reading, what, sql in rated_parts(readings)]
    if any("customer_id" in r.lines for part in parts["surveys"] for r in part.readings):
        rated.append(_Part((), LOW_ANSWER, LOW_RATINGS, rated=True))
    return counted + rated if counted or customers is not None else []


# --- files --------------------------------------------------------------------------------------


def _write_selects(parts: dict[str, list[_Part]], proposal: Proposal) -> set[Reading]:
    """Put the SQL files into the proposal; return the readings that they use."""
    used = set()
    for table, selects in parts.items():
        if not selects:
            continue
        if table == "negative_experiences":
            text = _negative_file(selects, proposal)
        else:
            text = _head(table, selects) + _union(selects)
        proposal.files[f"{table}.sql"] = f"{text}\n"
        used |= {reading for part in selects for reading in part.readings}
    if parts["customers"] and not parts["negative_experiences"]:
        proposal.left_open.append(
            "negative_experiences: no export tells failed contacts, complaints or late tickets of customers"
        )
    return used


def _union(selects: list[_Part]) -> str:
    if len(selects) == 1:
        return selects[0].sql
    bodies = [
        f"SELECT * FROM (\n{part.sql}\n)" if part.sql.startswith("WITH") else part.sql for part in selects
    ]
    return "\nUNION ALL BY NAME\n".join(bodies)


def _comment(text: str, *, indent: str = "") -> str:
    """Return text as SQL comment lines."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= WIDTH:
            lines.append(line)
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    return "".join(f"-- {indent}{line}\n" for line in [*lines, line] if line)


def _head(table: str, selects: list[_Part]) -> str:
    """Return the comment above the SELECT of a table: what a row is, whence, what stays open."""
    contract = TABLES[table]
    readings = [reading for part in selects for reading in part.readings]
    text = _comment(f"One row is {contract.row}. Proposed by cx init; correct it where it is wrong.")
    text += "".join(_comment(f"From {part.says}") for part in selects)
    for reading in readings:
        unused = [f"{column} ({why})" for column, why in reading.unused.items()]
        text += _comment(f"Not used of {reading.export.title}: {'; '.join(unused)}.") if unused else ""
        text += "".join(_comment(f"LEFT OPEN: {note}") for note in reading.left_open)
    made = {column for reading in readings for column in reading.lines}
    made |= _made_by_questions(readings)
    lacking = [column.name for column in contract.columns if column.name not in made and not column.personal]
    return text + (_comment(f"Without a column: {', '.join(lacking)}.") if lacking else "")


def _made_by_questions(readings: list[Reading]) -> set[str]:
    questions = any(reading.questions for reading in readings)
    scales = {"scale_low", "scale_high"}
    if questions:
        return {"instrument", "score", "high_is_good", "response_group"} | scales
    return scales if any(reading.scales for reading in readings) else set()


def _negative_file(selects: list[_Part], proposal: Proposal) -> str:
    """Return the SQL of negative experiences; low ratings are comments where there is anything else."""
    rated = [part for part in selects if part.rated]
    counted = [part for part in selects if not part.rated]
    name = "negative_experiences"
    if not counted:
        proposal.left_open.append(
            f"{name}: low ratings alone are counted; only customers who rate or answer can have one"
        )
        return _negative_head(rated) + _union(rated)
    if not rated:
        return _negative_head(counted) + _union(counted)
    proposal.left_open.append(
        f"{name}: low ratings are not counted, because only customers who rate or answer can have one; to "
        f"count them, take the dashes away at the end of {name}.sql"
    )
    return _negative_head(counted) + _union(counted) + _rated_comment(rated)


def _negative_head(selects: list[_Part]) -> str:
    rules = list(dict.fromkeys(part.says for part in selects))
    text = "-- One row is one negative experience. Proposed by cx init: it is one when\n"
    text += "".join(_comment(f"{rule}{',' if rule != rules[-1] else '.'}", indent="  ") for rule in rules)
    if selects[0].rated:
        return text + _comment(
            "LEFT OPEN: only who rated or answered can be counted here. Better are failed contacts, "
            "late tickets and complaints, which are recorded for everybody."
        )
    if any(SLA in part.sql for part in selects):
        text += _comment(
            f"LEFT OPEN: sla_hours of dataset.yaml, {SLA} here, is a default; write your own promise there. "
            "A ticket that nobody has answered yet is not counted as late, however long it has waited."
        )
    return text + _comment("All of this is recorded for every customer, whether or not they answer surveys.")


def _rated_comment(rated: list[_Part]) -> str:
    """Return the SELECTs of low ratings as comments, with the reason and what each would count."""
    why = (
        "LEFT OPEN: low ratings are not counted. Only customers who rate or answer can have one, so that "
        "those who stay silent would look better than they are. To count them all the same, take the dashes "
        "away below; it is then a negative experience, too, when"
    )
    parts = [f"{_comment(f'{part.says}:')}UNION ALL BY NAME\n{part.sql}" for part in rated]
    return f"\n{_comment(why)}{commented(chr(10).join(parts))}"


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


# --- dataset.yaml -------------------------------------------------------------------------------


def _dataset_yaml(
    proposal: Proposal, root: Path, exports: list[Export], parts: dict[str, list[_Part]], newest: str
) -> str:
    """Return the text of dataset.yaml, with a comment where something was not to be known."""
    name = _dataset_name(proposal.folder)
    readings = [reading for selects in parts.values() for part in selects for reading in part.readings]
    lines = [
        "# Proposed by cx init; every value may be changed. data/README.md says what the keys mean.",
        f"name: {name}",
        f"title: {{de: {name}, en: {name}}}",
        _currency(exports, proposal),
        f"time_zone: {TIME_ZONE}  # LEFT OPEN: no file says in which zone its times are",
        "languages: [de, en]",
        f"root: {'exports' if root != proposal.folder and root.name == 'exports' else '.'}",
    ]
    proposal.left_open.append(f"dataset.yaml: time_zone {TIME_ZONE} is a default")
    dated = [part for table in DATED for part in parts[table]]
    if not any(reading.export.rows for part in dated for reading in part.readings):
        lines.append(
            f"as_of: {newest}  # LEFT OPEN: the month the data describe; the files were written in it"
        )
        proposal.left_open.append(
            f"dataset.yaml: as_of {newest} is the month in which the files were written"
        )
    lines += ["", "sources:", *_sources(parts, exports, readings), "", "definitions:"]
    lines += _definitions(readings, proposal)
    return "\n".join(lines) + "\n"


def _dataset_name(folder: Path) -> str:
    named = folder.parent if folder.name == "exports" else folder
    return re.sub(r"[^a-z0-9]+", "-", plain(named.name)).strip("-") or "yours"


def _currency(exports: list[Export], proposal: Proposal) -> str:
    """Return the line of the currency: that of a column of the exports, else the default."""
    codes = {
        level
        for export in exports
        for column in export.columns
        if column.lower() in ("currency", "waehrung", "währung")
        for level in export.levels(column)
        if re.fullmatch("[A-Z]{3}", level)
    }
    if len(codes) == 1:
        return f"currency: {codes.pop()}  # certain: the only one in the exports"
    why = f"the exports have {', '.join(sorted(codes))}" if codes else "no file says it"
    proposal.left_open.append(f"dataset.yaml: currency {CURRENCY} is a default; {why}")
    return f"currency: {CURRENCY}  # LEFT OPEN: {why}"


def _sources(parts: dict[str, list[_Part]], exports: list[Export], readings: list[Reading]) -> list[str]:
    """Return the lines of the sources in use; settings that one SELECT cannot mix are left out."""
    settings = {reading.export.source: _settings(reading) for reading in readings}
    for selects in parts.values():
        together = [reading.export for part in selects for reading in part.readings]
        for keys in (("decimal", "thousands"), ("time_zone",)):
            texts = [export for export in together if export.is_text or "time_zone" in keys]
            if len({tuple(settings[export.source].get(key) for key in keys) for export in texts}) > 1:
                for export in texts:
                    for key in keys:
                        settings[export.source].pop(key, None)
    return [
        f"  {export.source}: {_flow(settings[export.source])}"
        for export in exports
        if export.source in settings
    ]


def _settings(reading: Reading) -> dict[str, Any]:
    """Return the settings of a source as dataset.yaml has them."""
    export = reading.export
    settings = {"file": export.file} | export.settings
    if export.is_text and _decimal_comma(reading):
        settings |= {"decimal": ",", "thousands": "."}
    zones = {
        known["timeZone"] for known in export.ids.values() if "timeZone" in known
    } & available_timezones()
    if len(zones) == 1 and zones != {TIME_ZONE}:
        settings["time_zone"] = zones.pop()
    return settings


def _decimal_comma(reading: Reading) -> bool:
    """Return whether the numbers used are written with a decimal comma, and none with a point."""
    columns = [
        column
        for column in reading.export.columns
        if any("number(" in line.sql for line in reading.takes(column))
    ]
    comma = [written_with_comma(reading.export, column) for column in columns]
    pointed = any(
        re.fullmatch(r"[+-]?\d+\.\d+", value)
        for column, written in zip(columns, comma, strict=True)
        if not written
        for value in reading.export.values(column)
    )
    return any(comma) and not pointed


def _flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    return yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False
    ).strip()


def _definitions(readings: list[Reading], proposal: Proposal) -> list[str]:
    """Return the definitions that depend on what the exports hold."""
    made = {(reading.table, column) for reading in readings for column in reading.lines}
    lines = ["  churn: {kind: contract}  # leaving is the end of the contract"]
    if ("customers", "end_date") not in made and any(table == "purchases" for table, _ in made):
        lines = ["  churn: {kind: inactivity}  # orders tell of no end"]
    segment = "[segment]" if ("customers", "segment") in made else "[]"
    lines += [f"  controls: {segment}", f"  segments: {segment}"]
    if ("billing", "units") in made:
        lines.append("  usage: {column: units, bands: [10, 30]}  # LEFT OPEN: the bands are a default")
        proposal.left_open.append("dataset.yaml: the bands of usage, 10 and 30, are a default")
    else:
        lines.append("  usage: null  # no column tells how much is used")
    if SLA in proposal.files.get("negative_experiences.sql", ""):
        hours = Definitions().sla_hours
        lines.append(f"  sla_hours: {hours:g}  # LEFT OPEN: hours to a first answer, as you promise it")
        proposal.left_open.append(f"dataset.yaml: sla_hours {hours:g} is a default; write your own promise")
    return lines


# --- writing ------------------------------------------------------------------------------------


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
