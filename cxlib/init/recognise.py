"""Recognise exports by their headers and values: which canonical table, and what each column is.

Known exports are told by the names of their columns, all others by synonyms. A column counts only
if its values look the part. Nothing is guessed silently: every column has a reason and how sure it
is, and what stays open is listed.
"""

from __future__ import annotations

import re
from collections import Counter

from cxlib.contract.privacy import is_personal
from cxlib.contract.schema import RECORDED_AT, TABLES
from cxlib.init.export import Export, is_written
from cxlib.init.presets import Line, Preset, codings, folded, presets, synonyms
from cxlib.init.questions import find_questions
from cxlib.init.reading import Link, Question, Reading, named_in, quoted

__all__ = ["coded", "links", "read_as"]

# What must be there for a file to be a table: of each group one column.
NEEDED = {
    "customers": [("customer_id",), ("start_date", "end_date", "first_contact_date", "segment", "plan")],
    "interactions": [("customer_id",), ("occurred_at",), ("touchpoint",)],
    "tickets": [
        ("opened_at",),
        ("resolved_at", "first_response_at", "reason", "priority", "reopened_count", "satisfaction"),
    ],
    "purchases": [("customer_id",), ("occurred_at",), ("amount",)],
    "billing": [("customer_id",), ("month",), ("revenue",)],
    "fixed_costs": [("month",), ("amount",)],
    "snapshot": [("churned",)],
    "wishes": [("stated_at",), ("topic",)],
    "mystery_visits": [
        ("visit_id",), ("visited_at",), ("site",), ("shopper",), ("criterion",), ("score",), ("max_score",),
    ],
    "actions": [("action_id",), ("started_on",)],
}  # fmt: skip
# What a file must not have to be a table.
EXCLUDED = {"fixed_costs": ("customer_id",), "snapshot": ("start_date",)}
MADE_IDS = ("interaction_id", "response_id", "ticket_id", "purchase_id", "wish_id")
WEIGHT = {"certain": 1.0, "likely": 0.5}
FITTING = {
    "day": ("iso", "german", "slashed", "milliseconds"),
    "time": ("iso", "german", "slashed", "milliseconds"),
    "month": ("month", "german_month", "iso", "german"),
    "decimal": ("point", "comma"),
    "whole": ("point", "comma"),
}
YES_NO = {"true", "false", "yes", "no", "ja", "nein", "y", "n", "j", "t", "f", "1", "0", "1.0", "0.0"}
# Share of the answers to a kind of survey from which a question counts as asked in it.
ASKED_IN = 0.05
# Share of the values that must be found in the other list for two columns to be the same thing.
JOINED = 0.95
# Where more of the answers or invitations exist than were looked at, this share is enough.
JOINED_IN_PART = 0.05
# Share of the values that must have a coding for a column to be used; import sets the others aside.
MOST_KNOWN = 0.96


def read_as(export: Export) -> Reading | None:
    """Return what an export is: a known one, else by the names of its columns; None: not recognised."""
    for preset in presets():
        if _is(preset, export):
            return _read_known(preset, export)
    return _read_by_names(export)


def _column_called(name: str, export: Export, ids: dict[str, str]) -> str | None:
    """Return the column of an export that a known export calls `name`, by header or import id."""
    for column in export.columns:
        if column.lower() == name.lower():
            return column
    for column, described in export.ids.items():
        named = str(described.get("ImportId", ""))
        if ids.get(named, named).lower() == name.lower():
            return column
    return None


def _is(preset: Preset, export: Export) -> bool:
    has_columns = all(
        any(_column_called(n, export, preset.import_ids) for n in names) for names in preset.known_by
    )
    labels = {column: label.strip().lower() for column, label in export.labels.items()}
    return has_columns and all(labels.get(c, "") == label.lower() for c, label in preset.labelled.items())


def _read_known(preset: Preset, export: Export) -> Reading:
    """Return an export read by the SELECT of a known one, lines without their columns left out."""
    reading = Reading(export, preset.table, f"the form of {preset.title}", scales=preset.scales)
    for line in preset.lines:
        sql = _with_columns(line.sql, export, preset)
        if sql is not None and line.column not in reading.lines:
            reading.lines[line.column] = Line(line.column, sql, line.sure, line.note)
    reading.where = _with_columns(preset.where, export, preset) or ""
    for column in export.columns:
        listed = next(
            (n for n in preset.unused if _column_called(n, export, preset.import_ids) == column), None
        )
        if listed is not None and not reading.takes(column):
            reading.unused[column] = preset.unused[listed]
    if preset.has_questions:
        find_questions(reading, items=True)
    return _finished(reading)


def _with_columns(sql: str, export: Export, preset: Preset) -> str | None:
    """Return SQL with the export's own spelling of its columns; None where one is missing."""
    missing = []

    def own(match: re.Match[str]) -> str:
        column = _column_called(match[1], export, preset.import_ids)
        if column is None:
            missing.append(match[1])
        return quoted(column or "")

    sql = re.sub(r'"([^"]+)"', own, sql)
    return None if missing else sql


def _read_by_names(export: Export) -> Reading | None:
    """Return an export read as the table that most of its columns are named for."""
    readings = [_named(export, table) for table in (*NEEDED, "surveys")]
    fitting = sorted((r for r in readings if r is not None), key=_weight, reverse=True)
    if not fitting:
        return None
    best = fitting[0]
    also = [other.table for other in fitting[1:] if _weight(other) == _weight(best)]
    if also:
        best.left_open.append(
            f"could also be {' or '.join(also)}; delete the SQL file if it is not {best.table}"
        )
    return _finished(best)


def _weight(reading: Reading) -> float:
    weight = sum(
        WEIGHT[line.sure] for line in reading.lines.values() if line.column in _columns(reading.table)
    )
    return weight + len(reading.questions)


def _columns(table: str) -> set[str]:
    return {column.name for column in TABLES[table].columns}


def _named(export: Export, table: str) -> Reading | None:
    """Return an export read as `table` by synonyms, or None where something needed is missing."""
    reading = Reading(export, table, "the names of its columns")
    words = synonyms(table)
    candidates = [
        (sure, position, column, name)
        for position, name in enumerate(export.columns)
        for column, sure in words.get(folded(name), [])
    ]
    for sure, _, column, name in sorted(candidates):
        if column in reading.lines or reading.takes(name):
            continue
        if not _fits(table, column, export.values(name)):
            reading.unused[name] = f"named like {column}, but its values are of another kind"
            continue
        reading.unused.pop(name, None)
        reading.lines[column] = Line(column, _template(table, column, name), sure)
    for name, why in reading.unused.items():
        reading.left_open.append(f"{name} is {why}; write it into the SQL by hand if it is meant")
    if table == "surveys":
        find_questions(reading, items=False)
    return reading if _is_enough(reading) else None


def _is_enough(reading: Reading) -> bool:
    there = set(reading.lines)
    if any(column in there for column in EXCLUDED.get(reading.table, ())):
        return False
    if reading.table != "surveys":
        return all(there & set(group) for group in NEEDED[reading.table])
    asked = "invited_at" in there and "response_id" in there
    return asked or {"instrument", "score"} <= there or (bool(reading.questions) and "answered_at" in there)


def _fits(table: str, column: str, values: list[str]) -> bool:
    """Return whether values look like a canonical column's; no value at all does."""
    contract = TABLES[table].column(column)
    if contract is None or not values:
        return True
    if contract.kind == "yes_no":
        return {value.lower() for value in values} <= YES_NO
    if contract.values:
        words = codings(column)
        return sum(folded(value) in words for value in values) >= MOST_KNOWN * len(values)
    if contract.kind == "text":
        return True
    return any(is_written(values, kind) for kind in FITTING[contract.kind])


def _template(table: str, column: str, name: str) -> str:
    """Return SQL with the macro that a canonical column's kind needs."""
    contract = TABLES[table].column(column)
    if contract is not None and (contract.values or column == "touchpoint"):
        return f"coded({quoted(name)})"
    kind = contract.kind if contract else "text"
    if kind in ("day", "time", "month") or column == RECORDED_AT.name:
        return f"moment({quoted(name)})"
    return f"number({quoted(name)})" if kind in ("decimal", "whole") else quoted(name)


def _finished(reading: Reading) -> Reading:
    """Make an id where none was found, and say of every other column why it is not used."""
    table = TABLES[reading.table]
    for column in table.required:
        if column in reading.lines or column not in MADE_IDS:
            continue
        note = "no column numbers the rows; made of file and line"
        reading.lines[column] = Line(column, "_file || ':' || _line", "likely", note)
    for column in reading.export.columns:
        if not reading.takes(column) and not any(q.column == column for q in reading.questions):
            reading.unused.setdefault(column, _why_unused(reading, column))
    joins = table.column("customer_id") is not None and table.name != "snapshot"
    if joins and "customer_id" not in reading.lines:
        reading.left_open.append("no column holds the customer's number; these rows join no customer")
    for line in reading.lines.values():
        reading.left_open += [line.note] if line.note.startswith("left open") else []
    return reading


def _why_unused(reading: Reading, column: str) -> str:
    if is_personal(column):
        return "personal"
    values = reading.export.values(column)
    if not values:
        return "empty"
    if reading.questions:
        return "its answers are no points of a scale"
    if sum(len(value.split()) > 4 for value in values) > len(values) / 3:
        return "free text"
    return f"no column of {reading.table} by this name"


def links(readings: list[Reading]) -> list[Link]:
    """Return every list of invitations with the answers that carry its numbers."""
    linked = []
    for asked in (reading for reading in readings if reading.is_invitations):
        number = next(iter(named_in(asked.lines["response_id"].sql)), "")
        numbers = set(asked.export.values(number)) if number in asked.export.columns else set()
        for responses in (reading for reading in readings if reading.questions and reading is not asked):
            whole = asked.export.whole and responses.export.whole
            column = _same(responses, numbers, whole=whole)
            if column is not None:
                questions = _asked_in(asked, responses, number, column, _kind_column(asked))
                kinds = "" if "" in questions else _kind_column(asked)
                sure = "certain" if whole else "likely"
                linked.append(Link(asked, responses, number, column, kinds, questions, sure))
                break
    return linked


def _kind_column(asked: Reading) -> str:
    """Return the column that names the kind of survey, empty where there is none."""
    line = asked.lines.get("survey_kind")
    return next(iter(named_in(line.sql)), "") if line else ""


def _same(responses: Reading, numbers: set[str], *, whole: bool) -> str | None:
    """Return the column of the answers whose values are the most often among the `numbers`."""
    shares = {}
    for column in responses.export.columns:
        values = responses.export.levels(column)
        if len(values) > 1:
            shares[column] = sum(value in numbers for value in values) / len(values)
    best = max(shares, key=lambda column: shares[column], default=None)
    enough = JOINED if whole else JOINED_IN_PART
    return best if best is not None and shares[best] >= enough else None


def _asked_in(
    asked: Reading, responses: Reading, number: str, column: str, kinds: str
) -> dict[str, list[Question]]:
    """Return kind of survey (in column `kinds`; empty: none) -> the questions that its answers hold."""
    if not kinds:
        return {"": responses.questions}
    numbers = (invitation.strip() for invitation in asked.export.column(number))
    kind_of = dict(zip(numbers, asked.export.column(kinds), strict=True))
    answers: Counter[str] = Counter()
    given: Counter[tuple[str, str]] = Counter()
    for row, invitation in enumerate(responses.export.column(column)):
        kind = kind_of.get(invitation.strip(), "").strip()
        if kind:
            answers[kind] += 1
            for question in responses.questions:
                given[kind, question.column] += bool(responses.export.column(question.column)[row].strip())
    asked_by_kind = {
        kind: [q for q in responses.questions if given[kind, q.column] > ASKED_IN * n]
        for kind, n in sorted(answers.items())
    }
    if not any(asked_by_kind.values()):
        asked.left_open.append(
            f"which questions are asked where is not told by {kinds}; all are taken as asked"
        )
        return {"": responses.questions}
    unknown = [repr(kind) for kind in asked.export.levels(kinds) if not asked_by_kind.get(kind)]
    unknown += ["(blank)"] if any(not kind.strip() for kind in kind_of.values()) else []
    if unknown:
        asked.left_open.append(
            f"what was asked where {kinds} is {', '.join(unknown)}: no answers were seen; left out"
        )
    return asked_by_kind


def coded(column: str, levels: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return level -> coded value of a canonical column, and the levels that have none."""
    words = codings(column)
    values = {level: words[folded(level)] for level in levels if folded(level) in words}
    return values, [level for level in levels if level not in values]
