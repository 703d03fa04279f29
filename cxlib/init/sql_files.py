"""The proposed SQL files: one per canonical table, with a comment on what each column was taken for."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.contract.schema import TABLES
from cxlib.init.proposed import Proposal
from cxlib.init.reading import Link, Reading
from cxlib.init.recognise import links
from cxlib.init.writing import (
    SLA,
    commented,
    negative_parts,
    rated_parts,
    select_of,
    select_of_answers,
    select_of_invited,
)

__all__ = ["Part", "select_parts", "write_selects"]

WIDTH = 100
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
class Part:
    """One SELECT of a table: the readings it uses, what it says of itself, its SQL.

    Of negative experiences, `rated` ones are those that only customers who rate or answer can have.
    """

    readings: tuple[Reading, ...]
    says: str
    sql: str
    rated: bool = False


def select_parts(readings: list[Reading], proposal: Proposal) -> dict[str, list[Part]]:
    """Return table -> its SELECTs, in the order of the contract."""
    parts: dict[str, list[Part]] = {table: [] for table in TABLES}
    joined = links(readings)
    used = [reading for link in joined for reading in (link.asked, link.responses)]
    for link in joined:
        _leave_to_invitations(link)
        parts["surveys"].append(Part((link.asked, link.responses), _says_link(link), select_of_invited(link)))
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
        parts[reading.table].append(Part((reading,), says, sql))
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
    responses = link.responses
    kept = {"answered_at", "channel", "status"}
    for column in responses.export.columns:
        lines = responses.takes(column)
        if lines and not any(line.column in kept for line in lines):
            responses.unused[column] = "the invitation says it"
    responses.lines = {name: line for name, line in responses.lines.items() if name in kept}
    responses.left_open = [note for note in responses.left_open if "join no customer" not in note]
    responses.unused.pop(link.responses_column, None)
    responses.joined = link.sure


def _says_link(link: Link) -> str:
    asked, responses = link.asked.export.title, link.responses.export.title
    return (
        f"{asked} (invitations) with {responses} ({link.responses.form}), joined by "
        f"{link.asked_column} = {link.responses_column}."
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


def _negative(readings: list[Reading], customers: Reading | None, parts: dict[str, list[Part]]) -> list[Part]:
    """Return what is recorded for everybody, then low ratings; these alone only beside customers."""
    counted = [Part((reading,), what, sql) for reading, what, sql in negative_parts(readings)]
    rated = [Part((reading,), what, sql, rated=True) for reading, what, sql in rated_parts(readings)]
    if any("customer_id" in r.lines for part in parts["surveys"] for r in part.readings):
        rated.append(Part((), LOW_ANSWER, LOW_RATINGS, rated=True))
    return counted + rated if counted or customers is not None else []


def write_selects(parts: dict[str, list[Part]], proposal: Proposal) -> set[Reading]:
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


def _union(selects: list[Part]) -> str:
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


def _head(table: str, selects: list[Part]) -> str:
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


def _negative_file(selects: list[Part], proposal: Proposal) -> str:
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


def _negative_head(selects: list[Part]) -> str:
    rules = list(dict.fromkeys(part.says for part in selects))
    text = "-- One row is one negative experience. Proposed by cx init: it is one when\n"
    text += "".join(_comment(f"{rule}{',' if rule != rules[-1] else '.'}", indent="  ") for rule in rules)
    if selects[0].rated:
        return text + _comment(
            "LEFT OPEN: only who rated or answered can be counted here. Better are failed contacts and late "
            "tickets, which are recorded for everybody."
        )
    if any(SLA in part.sql for part in selects):
        text += _comment(
            f"LEFT OPEN: sla_hours of dataset.yaml, {SLA} here, is a default; write your own promise there. "
            "A ticket that nobody has answered yet is not counted as late, however long it has waited."
        )
    told = "All of this is recorded whether or not customers answer surveys"
    complaints = any("'complaint' AS source" in part.sql for part in selects)
    return text + _comment(f"{told}, complaints only of those who complain." if complaints else f"{told}.")


def _rated_comment(rated: list[Part]) -> str:
    """Return the SELECTs of low ratings as comments, with the reason and what each would count."""
    why = (
        "LEFT OPEN: low ratings are not counted. Only customers who rate or answer can have one, so that "
        "those who stay silent would look better than they are. To count them all the same, take the dashes "
        "away below; it is then a negative experience, too, when"
    )
    parts = [f"{_comment(f'{part.says}:')}UNION ALL BY NAME\n{part.sql}" for part in rated]
    return f"\n{_comment(why)}{commented(chr(10).join(parts))}"
