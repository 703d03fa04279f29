"""The SQL of a proposal: what each column's values need, written out with how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cxlib.contract.schema import TABLES
from cxlib.init.export import Export, is_written
from cxlib.init.presets import Line
from cxlib.init.questions import scale_of
from cxlib.init.reading import Link, Question, Reading, named_in, quoted
from cxlib.init.recognise import coded

__all__ = [
    "SLA",
    "commented",
    "negative_parts",
    "rated_parts",
    "select_of",
    "select_of_answers",
    "select_of_invited",
    "value_sql",
    "written_with_comma",
]

_MACRO = re.compile(r'(moment|number|coded|minutes_after)\(((?:"(?:[^"]|"")+"(?:, )?)+)\)')
# Texts, names and the ends of lines: those inside a text or a name are part of it.
_WHOLE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\n""")
_BREAK = re.compile(r"[\r\n]")
_POINTS = re.compile(r"\d+(\.\d+)?")
_FIVE = (1, 5)
_POINTS_ALONE = re.compile(r"\d+(\.0)?")
# What one mark alone makes of a number: thousands or three decimals.
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_SLASHED = ("%I:%M:%S %p", "%I:%M %p", "%H:%M:%S", "%H:%M")
_MOST_LISTED = 5
_LATE = "a ticket had its first answer later than promised (sla_hours of dataset.yaml)"
# How a SELECT reads the promise of dataset.yaml.
SLA = "getvariable('sla_hours')"


def value_sql(reading: Reading, line: Line) -> str:
    """Return a line's SQL with its macros written out for the values that the columns hold."""
    named = named_in(line.sql)
    if [line.sql] == [quoted(column) for column in named]:
        return _unpadded(reading.export, *named)

    def expand(match: re.Match[str]) -> str:
        columns = named_in(match[2])
        if match[1] == "moment":
            return _moment(reading, columns[0])
        if match[1] == "number":
            return _number(reading, columns[0])
        if match[1] == "coded":
            return _coded(reading, line.column, columns[0])
        return _minutes_after(reading, *columns)

    return _MACRO.sub(expand, line.sql)


def _unpadded(export: Export, column: str) -> str:
    """Return a column as SQL, blanks around its values taken away where there are any."""
    padded = any(value != value.strip() for value in export.column(column))
    return f"trim({quoted(column)})" if padded else quoted(column)


def _open(reading: Reading, text: str) -> None:
    if text not in reading.left_open:
        reading.left_open.append(text)


def written_with_comma(export: Export, column: str) -> bool:
    """Return whether the numbers of a column are written with a decimal comma."""
    values = export.values(column)
    if not is_written(values, "comma"):
        return False
    return any("," in value for value in values) or not is_written(values, "point")


def _number(reading: Reading, column: str) -> str:
    """Return SQL that makes a number readable for the import."""
    comma = written_with_comma(reading.export, column)
    mark, called = (",", "comma") if comma else (".", "point")
    marked = [value for value in reading.export.values(column) if mark in value]
    as_written = comma or reading.export.is_text
    if as_written and marked and all(_GROUPED.fullmatch(value) for value in marked):
        why = f"whether its {called} stands before thousands or before decimals cannot be told"
        _open(reading, f"{column}: {why}; taken as decimals")
    return f"de_number({quoted(column)})" if comma else quoted(column)


def _moment(reading: Reading, column: str) -> str:
    """Return SQL that makes a date, time or month readable for the import."""
    values, name = reading.export.values(column), quoted(column)
    if is_written(values, "german_month"):
        month = _unpadded(reading.export, column)
        return f"{month}[4:7] || '-' || {month}[1:2] || '-01'"
    if is_written(values, "german"):
        return f"de_date({name})"
    if is_written(values, "milliseconds"):
        return f"strftime(make_timestamp(try_cast({name} AS BIGINT) * 1000), '%Y-%m-%dT%H:%M:%SZ')"
    if is_written(values, "slashed"):
        day = "%d/%m/%Y" if _is_day_first(reading, column, values) else "%m/%d/%Y"
        forms = ", ".join(f"'{form}'" for form in (*(f"{day} {time}" for time in _SLASHED), day))
        plain = f"replace(trim({name}), ',', '')"
        return f"coalesce(strftime(try_strptime({plain}, [{forms}]), '%Y-%m-%d %H:%M:%S'), {name})"
    if values and not (is_written(values, "iso") or is_written(values, "month")):
        _open(reading, f"dates of {column} are written in a way that is not known, e.g. as on the first line")
    return name


def _is_day_first(reading: Reading, column: str, values: list[str]) -> bool:
    parts = [value.split("/") for value in values]
    if any(int(first) > 12 for first, *_ in parts):
        return True
    if not any(int(second) > 12 for _, second, *_ in parts) and not any(
        v.upper().endswith("M") for v in values
    ):
        _open(reading, f"{column}: whether day or month stands first cannot be told; taken as month first")
    return False


def _coded(reading: Reading, target: str, column: str) -> str:
    """Return SQL that turns a column's words into the values of the contract."""
    levels = reading.export.levels(column)
    values, unknown = coded(target, levels)
    if unknown:
        many = len(unknown) > _MOST_LISTED
        listed = f"{len(unknown)} values" if many else ", ".join(repr(level) for level in unknown)
        kept = "kept as they are" if target == "touchpoint" else "such rows are set aside on import"
        kept = "taken as missing" if target == "survey_kind" else kept
        _open(reading, f"{column} holds {listed}, no known {target}; {kept}")
    if not values and target == "survey_kind":
        return "CAST(NULL AS VARCHAR)"
    changed = {level: value for level, value in values.items() if level != value}
    name = _unpadded(reading.export, column)
    if not changed and target != "survey_kind":
        return name
    whens = [f"WHEN {text(level)} THEN {text(value)}" for level, value in changed.items()]
    same = (
        []
        if target != "survey_kind"
        else [f"WHEN {text(v)} THEN {text(v)}" for v in values if v not in changed]
    )
    other = [] if target == "survey_kind" else [f"ELSE nullif({name}, '')"]
    return "\n        ".join([f"CASE {name}", *whens, *same, *other]) + "\n    END"


def text(value: str) -> str:
    """Return a text as SQL in one line; line breaks inside it are written by their numbers."""
    if not _BREAK.search(value):
        return "'" + value.replace("'", "''") + "'"
    breaks = [f"chr({ord(letter)})" for letter in _BREAK.findall(value)]
    parts = [text(part) for part in _BREAK.split(value)]
    written = [sql for pair in zip(parts, [*breaks, ""], strict=True) for sql in pair]
    return " || ".join(sql for sql in written if sql not in ("", "''"))


def commented(sql: str) -> str:
    """Return SQL as comment lines; without the dashes it is again what it was."""
    return "-- " + sql.replace("\n", "\n-- ")


def _indented(sql: str, indent: str) -> str:
    """Return SQL with its further lines moved to the right, those inside a name or text left alone."""
    return _WHOLE.sub(lambda match: match[0] + indent if match[0] == "\n" else match[0], sql)


def _minutes_after(reading: Reading, start: str, minutes: str) -> str:
    moment = _moment(reading, start)
    return (
        f"coalesce(\n        strftime(\n            try_cast({moment} AS TIMESTAMP)"
        f" + to_minutes(try_cast({quoted(minutes)} AS BIGINT)),\n"
        f"            '%Y-%m-%d %H:%M:%S'\n        ),\n        {quoted(minutes)}\n    )"
    )


def remark(line: Line | Question) -> str:
    """Return the comment that says how sure a line is."""
    return f"-- {line.sure}{': ' + line.note if line.note else ''}"


def _shown(reading: Reading, lines: Iterable[Line], *, indent: str = "    ", further: str = "") -> str:
    """Return lines of a SELECT list, each with its comment, `further` ones, and ``_file, _line``."""
    shown = []
    for line in lines:
        sql = _indented(value_sql(reading, line), indent[4:])
        shown.append(f"{indent}{sql} AS {line.column},  {remark(line)}\n")
    return "".join([*shown, further, f"{indent}_file,\n{indent}_line"])


def _of_table(reading: Reading) -> list[Line]:
    """Return the lines of a reading in the order of the table's columns, helpers left out."""
    order = [column.name for column in TABLES[reading.table].columns] + ["recorded_at"]
    return [reading.lines[column] for column in order if column in reading.lines]


def select_of(reading: Reading) -> str:
    """Return the SELECT of an export whose rows are the table's rows."""
    further = _further(reading) + (_fixed_scales(reading) if reading.scales else "")
    shown = _shown(reading, _of_table(reading), further=further)
    sql = f"SELECT\n{shown}\nFROM {reading.export.source}"
    return sql + (f"\nWHERE {reading.where}" if reading.where else "")


def _further(reading: Reading) -> str:
    """Return the columns not used as comments, where the table would keep them."""
    if not TABLES[reading.table].extra or reading.table == "surveys":
        return ""
    kept = [column for column, why in reading.unused.items() if why.startswith("no column of")]
    return "".join(
        f"    {commented(quoted(column))},  -- not used; without the dashes it is kept\n" for column in kept
    )


def _fixed_scales(reading: Reading) -> str:
    instrument = value_sql(reading, reading.lines["instrument"])
    columns = []
    for position, column in enumerate(("scale_low", "scale_high")):
        whens = " ".join(f"WHEN '{name}' THEN {scale[position]:g}" for name, scale in reading.scales.items())
        columns.append(f"    CASE {instrument} {whens} END AS {column},  -- certain: fixed by the tool\n")
    return "".join(columns)


def _questions(kinds: dict[str, list[Question]]) -> str:
    """Return the SELECT that lists the questions, by kind of survey where there are kinds."""
    rows = []
    for kind, questions in kinds.items():
        for question in questions:
            survey = f"{text(kind)} AS survey, " if kind else ""
            rows.append(
                f"    {remark(question)}\n"
                f"    SELECT {survey}{text(question.key)} AS question, "
                f"'{question.instrument}' AS instrument,\n        {question.low:g} AS scale_low, "
                f"{question.high:g} AS scale_high, "
                f"{str(question.high_is_good).upper()} AS high_is_good"
            )
    return "\n    UNION ALL\n".join(rows)


def _score(questions: list[Question]) -> str:
    """Return SQL of the answer to the question of a row."""
    whens = [f"        WHEN {text(q.key)} THEN said.{quoted(q.key)}" for q in questions]
    return "CASE questions.question\n" + "\n".join(whens) + "\n    END"


def _answer(question: Question, export: Export) -> str:
    """Return SQL of the points of a question; where words follow them, they are cut off."""
    name = _unpadded(export, question.column)
    if not all(_POINTS_ALONE.fullmatch(value) for value in export.values(question.column)):
        name = f"coalesce(nullif(regexp_extract({name}, '^''?(\\d+)', 1), ''), {name})"
    return name if name == quoted(question.key) else f"{name} AS {quoted(question.key)}"


def _distinct(kinds: dict[str, list[Question]]) -> list[Question]:
    return list(dict.fromkeys(question for questions in kinds.values() for question in questions))


def _responses(reading: Reading, link: Link | None = None) -> str:
    """Return the CTE of the answers; with `link`, the first answer to each invitation."""
    helpers = {"response_id", "customer_id", "answered_at", "channel", "touchpoint"}
    lines = [line for line in _of_table(reading) if line.column in helpers]
    if link is not None:
        lines = [line for line in lines if line.column in ("answered_at", "channel")]
        lines.insert(
            0,
            Line(
                "invitation",
                quoted(link.responses_column),
                link.sure,
                "its values are those of the invitations",
            ),
        )
    columns = "".join(f"        {_answer(q, reading.export)},\n" for q in reading.questions)
    shown = _shown(reading, lines, indent="        ", further=columns)
    sql = f"    SELECT\n{shown}\n    FROM {reading.export.source}"
    sql += f"\n    WHERE {reading.where}" if reading.where else ""
    if link is not None:
        sql += "\n    QUALIFY row_number() OVER (PARTITION BY invitation ORDER BY _file, _line) = 1"
    return sql


def select_of_answers(reading: Reading) -> str:
    """Return the SELECT of a wide questionnaire: one row per answer and question that has one."""
    given = {"customer_id", "answered_at", "channel", "touchpoint"} & set(reading.lines)
    columns = "".join(f"    said.{column},\n" for column in sorted(given))
    score = _score(reading.questions)
    return (
        f"WITH said AS (\n{_responses(reading)}\n),\n"
        f"questions AS (\n{_questions({'': reading.questions})}\n)\n"
        "SELECT\n    said.response_id || '-' || questions.question AS response_id,\n"
        f"{columns}    questions.instrument,\n    {score} AS score,\n"
        "    questions.scale_low,\n    questions.scale_high,\n    questions.high_is_good,\n"
        "    said.response_id AS response_group,\n    said._file,\n    said._line\n"
        "FROM said\nCROSS JOIN questions\n"
        "WHERE nullif(score, '') IS NOT NULL"
    )


def select_of_invited(link: Link) -> str:
    """Return the SELECT of invitations with their answers: one row per invitation and question."""
    asked, responses = link.asked, link.responses
    lines = [
        line for line in _of_table(asked) if line.column != "channel" or "channel" not in responses.lines
    ]
    if link.kind_column:
        lines.append(
            Line(
                "survey",
                quoted(link.kind_column),
                "certain",
                "which questions were asked is read off the answers",
            )
        )
    columns = "".join(
        f"    asked.{line.column},\n" for line in lines if line.column not in ("response_id", "survey")
    )
    columns += "    said.channel,\n" if "channel" in responses.lines else ""
    score = _score(_distinct(link.questions))
    join = "JOIN questions ON questions.survey = asked.survey" if link.kind_column else "CROSS JOIN questions"
    return (
        f"WITH asked AS (\n    SELECT\n{_shown(asked, lines, indent=' ' * 8)}\n"
        f"    FROM {asked.export.source}\n),\n"
        f"said AS (\n{_responses(responses, link)}\n),\n"
        f"questions AS (\n{_questions(link.questions)}\n)\n"
        "SELECT\n    asked.response_id || '-' || questions.question AS response_id,\n"
        f"{columns}    said.answered_at,\n    questions.instrument,\n    {score} AS score,\n"
        "    questions.scale_low,\n    questions.scale_high,\n    questions.high_is_good,\n"
        "    CASE WHEN said.answered_at IS NOT NULL THEN asked.response_id END AS response_group,\n"
        f"    asked._file,\n    asked._line\nFROM asked\n{join}\n"
        "LEFT JOIN said ON said.invitation = asked.response_id"
    )


# --- negative experiences -----------------------------------------------------------------------


def negative_parts(readings: list[Reading]) -> list[tuple[Reading, str, str]]:
    """Return (export, what counts, SELECT) of all negative experiences that are recorded for everybody."""
    contacts = [reading for reading in readings if reading.table == "interactions"]
    desks = [r for r in readings if r.table == "tickets" and "customer_id" in r.lines]
    parts = []
    for reading in contacts:
        outcomes = _values(reading, "outcome")
        bad = [value for value in ("unresolved", "abandoned") if value in outcomes]
        if bad:
            where = f"{_sql(reading, 'outcome')} IN ({', '.join(text(value) for value in bad)})"
            what = "a contact ended unresolved or was abandoned"
            parts.append((reading, what, _negative(reading, "failure", where)))
    complaining = [reading for reading in contacts if "complaint" in _values(reading, "touchpoint")]
    for reading in complaining:
        where = f"{_sql(reading, 'touchpoint')} = 'complaint'"
        parts.append((reading, "a customer complained", _negative(reading, "complaint", where)))
    for reading in desks:
        parts += [(reading, *part) for part in _of_desk(reading, counted=bool(complaining))]
    return parts


def rated_parts(readings: list[Reading]) -> list[tuple[Reading, str, str]]:
    """Return (export, what counts, SELECT) of low ratings of contacts, which only who rates can have."""
    parts = []
    for reading in readings:
        line = reading.lines.get("rating")
        if reading.table != "interactions" or line is None:
            continue
        values = [value.replace(",", ".") for value in reading.export.values(named_in(line.sql)[0])]
        points = [float(value) for value in values if _POINTS.fullmatch(value)]
        if points:
            parts.append((reading, *_low_rating(reading, scale_of(points))))
    return parts


def _low_rating(reading: Reading, seen: tuple[int, int] | None) -> tuple[str, str]:
    """Return what counts as a low rating on the scale that was `seen` (None: none was), and its SELECT."""
    low, high = seen or _FIVE
    limit = low + (high - low) / 4
    where = f"try_cast({_sql(reading, 'rating')} AS DOUBLE) <= {limit:g}"
    source = "as seen in the ratings" if seen else "a default"
    what = f"a contact was rated {limit:g} or less (scale {low} to {high} is {source}; high is taken as good)"
    return what, _negative(reading, "rating", where)


def _sql(reading: Reading, column: str) -> str:
    return value_sql(reading, reading.lines[column])


def _values(reading: Reading, column: str) -> set[str]:
    """Return the values of the contract that a coded column takes."""
    line = reading.lines.get(column)
    if line is None:
        return set()
    name = named_in(line.sql)[0]
    return set(coded(column, reading.export.levels(name))[0].values())


def _negative(reading: Reading, source: str, where: str, touchpoint: str = "") -> str:
    """Return the SELECT of one kind of negative experience, with file and line."""
    time = "occurred_at" if reading.table == "interactions" else "opened_at"
    columns = [f"{_sql(reading, 'customer_id')} AS customer_id", f"{_sql(reading, time)} AS occurred_at"]
    columns.append(f"{touchpoint or _sql(reading, 'touchpoint')} AS touchpoint")
    columns.append(f"'{source}' AS source")
    if "recorded_at" in reading.lines:
        columns.append(f"{_sql(reading, 'recorded_at')} AS recorded_at")
    shown = ",\n    ".join([*columns, "_file", "_line"])
    return f"SELECT\n    {shown}\nFROM {reading.export.source}\nWHERE {where}"


def _of_desk(reading: Reading, *, counted: bool) -> list[tuple[str, str]]:
    """Return late or reopened tickets, and complaints where no contacts `counted` them already."""
    parts, complaints = [], _complaints(reading)
    rules = {_LATE: _late(reading)}
    if "reopened_count" in reading.lines:
        rules["a ticket was opened again"] = f"try_cast({_sql(reading, 'reopened_count')} AS BIGINT) > 0"
    rules = {what: rule for what, rule in rules.items() if rule}
    if rules:
        where = f"({' OR '.join(rules.values())})"
        where += f"\n    AND NOT coalesce({complaints}, FALSE)" if complaints else ""
        what = ", or ".join(rules)
        parts.append((what, _negative(reading, "rule", where, _desk(reading))))
    if complaints and not counted:
        parts.append(("a ticket was a complaint", _negative(reading, "complaint", complaints, "'complaint'")))
    return parts


def _late(reading: Reading) -> str:
    """Return SQL that is true for tickets answered later than promised, empty where none can be told."""
    if "reply_minutes" in reading.lines:
        return f"try_cast({_sql(reading, 'reply_minutes')} AS BIGINT) > 60 * {SLA}"
    if "first_response_at" not in reading.lines:
        return ""
    replied, opened = _sql(reading, "first_response_at"), _sql(reading, "opened_at")
    return f"try_cast({replied} AS TIMESTAMP) > try_cast({opened} AS TIMESTAMP) + {SLA} * INTERVAL 1 HOUR"


def _complaints(reading: Reading) -> str:
    """Return SQL that is true for tickets which are complaints, empty where none can be told."""
    for column in ("form", "reason"):
        line = reading.lines.get(column)
        if line is None:
            continue
        name = named_in(line.sql)[0]
        levels = [level for level in coded("form", reading.export.levels(name))[0]]
        if levels:
            return f"{_unpadded(reading.export, name)} IN ({', '.join(text(level) for level in levels)})"
    return ""


def _desk(reading: Reading) -> str:
    """Return SQL of the touchpoint of tickets, told by their channel."""
    line = reading.lines.get("channel")
    if line is None:
        return "'email_support'"
    name = named_in(line.sql)[0]
    touchpoints, unknown = coded("desk", reading.export.levels(name))
    if unknown:
        listed = ", ".join(repr(level) for level in unknown[:_MOST_LISTED])
        _open(reading, f"touchpoint of tickets by {name} {listed}; taken as email_support")
    if set(touchpoints.values()) <= {"email_support"}:
        return "'email_support'"
    whens = " ".join(f"WHEN {text(level)} THEN '{value}'" for level, value in touchpoints.items())
    return f"CASE {_unpadded(reading.export, name)} {whens} ELSE 'email_support' END"
