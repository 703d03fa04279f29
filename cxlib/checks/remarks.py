"""What the record of an import says, in words: set aside, not joining, dated wrongly, mixed.

No row is looked at again. Records against each other are judged in :mod:`.consistency`, who left in
:mod:`.plausibility`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cxlib.checks.finding import Finding
from cxlib.contract.config import Definitions
from cxlib.contract.months import month_name
from cxlib.contract.schema import TABLES
from cxlib.intake.casts import REPEATED
from cxlib.intake.oddities import OFF_SCALE, is_currency
from cxlib.language import count, listing, month, percent, say

__all__ = ["remarks"]

# Shares of rows from which a finding is a warning, and from which figures are probably wrong.
MANY, TOO_MANY = 0.01, 0.05
# A value off its scale in this share of the scores is a code, not a slip.
A_CODE = 0.005
_WITH_GROUPS = ("customers", "snapshot", "surveys")
_REVERSED = ("ends before it starts", "lies before the opening", "was answered before it was sent")


def remarks(
    imported: Mapping[str, Any], month_no: int, ends: Mapping[str, int], definitions: Definitions
) -> list[Finding]:
    """Return what the import found.

    Parameters
    ----------
    imported : mapping
        Record of the import.
    month_no : int
        Month of the report.
    ends : mapping of str to int
        Last month of each dated table.
    definitions : Definitions
    """
    findings = [*set_aside(imported["tables"]), *left_out(imported["tables"])]
    for table, record in imported["tables"].items():
        findings += [*repeated(table, record), *reversed_times(table, record), *off_scale(table, record)]
        findings += [*strangers(table, record, imported["tables"]), *stray_dates(table, record)]
        findings += [*mixed_zones(table, record), *written_currencies(table, record)]
    findings += [*two_currencies(imported), *unknown_touchpoints(imported), *after_the_end(imported)]
    findings += [*short_tables(month_no, ends), *snapshot_only(imported["tables"])]
    return [
        *findings,
        *unknown_settings(imported["tables"], definitions),
        *unread_settings(imported["unread"]),
    ]


def unread_settings(unread: Sequence[str]) -> Iterator[Finding]:
    """Find definitions that were given and that no SELECT reads."""
    for setting in unread:
        yield Finding(
            "unread_setting",
            "warning",
            say("{setting} in dataset.yaml has no effect, because no SQL file reads it.", setting=setting),
            say(
                "Write {call} in negative_experiences.sql, in place of a number of hours.",
                call=f"getvariable('{setting}')",
            ),
            "negative_experiences",
        )


def unknown_settings(tables: Mapping[str, Any], definitions: Definitions) -> Iterator[Finding]:
    """Find columns that dataset.yaml compares or adjusts by and no table has; defaults are not meant."""
    columns = {column for table in _WITH_GROUPS for column in tables.get(table, {}).get("filled", {})}
    for setting in ("controls", "segments"):
        wanted = getattr(definitions, setting) if setting in definitions.model_fields_set else ()
        unknown = [column for column in wanted if column not in columns]
        if columns and unknown:
            yield Finding(
                "unknown_setting",
                "warning",
                say(
                    "{setting} in dataset.yaml names columns that no table of customers or answers has, so "
                    "they have no effect: {columns}.",
                    setting=setting,
                    columns=listing(unknown),
                ),
                say("Write each name as the SELECT gives it, or leave it out."),
            )


def set_aside(tables: Mapping[str, Any]) -> Iterator[Finding]:
    """Find rows that broke the contract."""
    lost = {table: entry["read"] - entry["kept"] for table, entry in tables.items()}
    read, total = sum(entry["read"] for entry in tables.values()), sum(lost.values())
    if not total:
        return
    parts = [
        say(
            "{table} {lost} of {read}",
            table=TABLES[table].label,
            lost=count(rows),
            read=count(tables[table]["read"]),
        )
        for table, rows in lost.items()
        if rows
    ]
    yield Finding(
        "set_aside",
        "warning" if total > MANY * read else "note",
        say(
            "{n} row ({share}) broke the rules for the data and was set aside: {parts}.",
            plural="{n} rows ({share}) broke the rules for the data and were set aside: {parts}.",
            n=count(total),
            share=percent(total / read, 2),
            parts=listing(parts),
        ),
        say("Each of these rows lies with file, line, value and reason in the folder .cx/rejected."),
    )


def left_out(tables: Mapping[str, Any]) -> Iterator[Finding]:
    """Find columns the contract does not know, and those that are personal."""
    for table, entry in tables.items():
        if entry["unknown"]:
            yield Finding(
                "unknown_columns",
                "note",
                say(
                    "Columns that the table of {table} does not know were left out: {columns}.",
                    table=TABLES[table].label,
                    columns=listing(entry["unknown"]),
                ),
                say("If one of them holds what the contract asks for, give it that name in the SELECT."),
                table,
            )
        if entry["personal"]:
            yield Finding(
                "personal_columns",
                "note",
                say(
                    "Columns of {table} that name or quote people were left out: {columns}.",
                    table=TABLES[table].label,
                    columns=listing(entry["personal"]),
                ),
                say("If one of them is needed after all, name it under keep_text in dataset.yaml."),
                table,
            )


def _rejected(record: Mapping[str, Any], *reasons: str) -> int:
    return sum(entry["rows"] for entry in record["rejected"] if entry["reason"] in reasons)


def repeated(table: str, record: Mapping[str, Any]) -> Iterator[Finding]:
    """Find ids that come again, in more rows than where exports overlap a little."""
    rows = _rejected(record, REPEATED.template)
    if rows > MANY * record["read"]:
        yield Finding(
            "repeated_ids",
            "warning",
            say(
                "{n} row of {table} ({share}) repeats the id of an earlier row and was set aside.",
                plural="{n} rows of {table} ({share}) repeat the id of an earlier row and were set aside.",
                n=count(rows),
                table=TABLES[table].label,
                share=percent(rows / record["read"]),
            ),
            say(
                "Where exports overlap this is right. Where different rows share an id, build the id from "
                "more columns in the SELECT."
            ),
            table,
        )


def reversed_times(table: str, record: Mapping[str, Any]) -> Iterator[Finding]:
    """Find ends before starts, answers before questions."""
    rows = _rejected(record, *_REVERSED)
    if rows:
        yield Finding(
            "end_before_start",
            "warning" if rows > MANY * record["read"] else "note",
            say(
                "{n} row of {table} ends before it begins and was set aside.",
                plural="{n} rows of {table} end before they begin and were set aside.",
                n=count(rows),
                table=TABLES[table].label,
            ),
            say("Look whether two columns are swapped, or day and month in a date."),
            table,
        )


def off_scale(table: str, record: Mapping[str, Any]) -> Iterator[Finding]:
    """Find scores off their scale, so many that they must be a code."""
    rows = _rejected(record, OFF_SCALE)
    scores = rows + record["filled"].get("score", 0)
    if rows and rows >= A_CODE * scores:
        yield Finding(
            "off_scale",
            "serious" if rows > TOO_MANY * scores else "warning",
            say(
                "{n} score ({share}) lies off its scale and was set aside, {codes}: perhaps a code, for "
                "instance for no answer.",
                plural="{n} scores ({share}) lie off their scale and were set aside, most often {codes}: "
                "perhaps a code, for instance for no answer.",
                n=count(rows),
                share=percent(rows / scores),
                codes=listing(record["off_scale"]),
            ),
            say("If it is a code, make it NULL in the SELECT; if the scale is another, give its ends."),
            table,
            "score",
        )


def strangers(table: str, record: Mapping[str, Any], tables: Mapping[str, Any]) -> Iterator[Finding]:
    """Find rows of customers who are not in the list of customers."""
    filled = record["filled"]
    rows = filled.get("customer_id", 0) - filled.get("customer_no", 0)
    if "customers" not in tables or rows <= 0:
        return
    share = rows / filled["customer_id"]
    sentence = say(
        "{n} row of {table} ({share}) belongs to a customer who is not in the list of customers.",
        plural="{n} rows of {table} ({share}) belong to customers who are not in the list of customers.",
        n=count(rows),
        table=TABLES[table].label,
        share=percent(share, 2),
    )
    forms = record["forms"]
    if set(forms["strangers"]) - set(forms["listed"]):
        sentence = say(
            "{n} row of {table} ({share}) belongs to a customer who is not in the list of customers. Its id "
            "looks like {strangers}, those in the list like {listed}.",
            plural="{n} rows of {table} ({share}) belong to customers who are not in the list of customers. "
            "Their ids look like {strangers}, those in the list like {listed}.",
            **sentence.values,
            strangers=listing(forms["strangers"]),
            listed=listing(forms["listed"]),
        )
    yield Finding(
        "do_not_join",
        "serious" if share > TOO_MANY else "warning" if share > MANY else "note",
        sentence,
        say(
            "Write the ids alike in both exports (zeros in front, prefixes), or export these customers, too."
        ),
        table,
        "customer_id",
    )


def stray_dates(table: str, record: Mapping[str, Any]) -> Iterator[Finding]:
    """Find rows dated in the future or far from all others; months without rows."""
    span = record["span"]
    if not span or table == "customers":
        return
    remedy = say("Look at the dates in the export: a wrong century, day and month swapped, a placeholder.")
    if span["strays"]:
        sentence = say(
            "{n} row of {table} is dated far from all others; the date is probably wrong.",
            plural="{n} rows of {table} are dated far from all others; the dates are probably wrong.",
            n=count(span["strays"]),
            table=TABLES[table].label,
        )
        yield Finding("stray_dates", "warning", sentence, remedy, table)
    if span["future"]:
        sentence = say(
            "{n} row of {table} is dated long after {month}, where all others end: in the future.",
            plural="{n} rows of {table} are dated long after {month}, where all others end: in the future.",
            n=count(span["future"]),
            table=TABLES[table].label,
            month=month(month_name(span["last"])),
        )
        yield Finding("future_dates", "warning", sentence, remedy, table)
    if span["empty"] and table != "actions":
        yield Finding(
            "empty_months",
            "warning",
            say(
                "In {n} month between first and last there are no or hardly any rows of {table}.",
                plural="In {n} months between first and last there are no or hardly any rows of {table}.",
                n=count(span["empty"]),
                table=TABLES[table].label,
            ),
            say("Export these months again; until then figures over time have a gap there."),
            table,
        )


def mixed_zones(table: str, record: Mapping[str, Any]) -> Iterator[Finding]:
    """Find times written with a zone beside times without."""
    for column, ways in record["zones"].items():
        yield Finding(
            "mixed_zones",
            "warning",
            say(
                "{column} of {table} is written with a time zone in some rows ({zoned}) and without one in "
                "others ({plain}); those without are read as times of the source's zone.",
                column=column,
                table=TABLES[table].label,
                zoned=count(ways["zoned"]),
                plain=count(ways["plain"]),
            ),
            say("Give each source its time_zone in dataset.yaml, or make the times alike in the SELECT."),
            table,
            column,
        )


def two_currencies(imported: Mapping[str, Any]) -> Iterator[Finding]:
    """Find sources with amounts in several currencies of which no SELECT takes account."""
    kept = {
        column.lower()
        for entry in imported["tables"].values()
        for column in (*entry["filled"], *entry["unknown"])
        if is_currency(column)
    }
    for source, entry in imported["sources"].items():
        for currency in entry["currencies"]:
            handled = currency["mentioned"] and currency["column"].lower() not in kept
            if len(currency["values"]) > 1 and not handled:
                yield Finding(
                    "two_currencies",
                    "serious",
                    say(
                        "The source {source} holds amounts in several currencies ({currencies}); they are "
                        "added up as if they were one.",
                        source=source,
                        currencies=listing(currency["values"]),
                    ),
                    say("Convert the amounts in the SELECT, or keep one currency alone."),
                    column=currency["column"],
                )


def written_currencies(table: str, record: Mapping[str, Any]) -> Iterator[Finding]:
    """Find amounts that carry the sign of a currency."""
    signs = record.get("money_signs")
    if signs:
        yield Finding(
            "written_currency",
            "warning",
            say(
                "{n} row of {table} carries a currency in the amount ({signs}) and was set aside.",
                plural="{n} rows of {table} carry a currency in the amount ({signs}) and were set aside.",
                n=count(sum(signs.values())),
                table=TABLES[table].label,
                signs=listing(signs),
            ),
            say("Take the sign out of the amount in the SELECT, and convert what is in another currency."),
            table,
        )


def unknown_touchpoints(imported: Mapping[str, Any]) -> Iterator[Finding]:
    """Find touchpoints that the list of touchpoints lacks."""
    if imported["unknown_touchpoints"]:
        yield Finding(
            "unknown_touchpoints",
            "note",
            say(
                "Touchpoints that the list of touchpoints does not know are shown as they are: {names}.",
                names=listing(imported["unknown_touchpoints"]),
            ),
            say("Give them a name of the list in the SELECT, or write a list of your own: touchpoints.sql."),
            column="touchpoint",
        )


def after_the_end(imported: Mapping[str, Any]) -> Iterator[Finding]:
    """Find negative experiences of customers who had left."""
    if imported["after_the_end"]:
        yield Finding(
            "after_the_end",
            "warning",
            say(
                "{n} negative experience is dated in a month after the customer had left.",
                plural="{n} negative experiences are dated in a month after the customer had left.",
                n=count(imported["after_the_end"]),
            ),
            say("They count for nothing. If there are many, end_date may not be the day of leaving."),
            "negative_experiences",
            "occurred_at",
        )


def short_tables(month_no: int, ends: Mapping[str, int]) -> Iterator[Finding]:
    """Find tables that end before the month of the report."""
    for table, last in ends.items():
        if last < month_no:
            yield Finding(
                "ends_early",
                "warning",
                say(
                    "The data on {table} end in {month}, before the month of this report.",
                    table=TABLES[table].label,
                    month=month(month_name(last)),
                ),
                say("Export the missing months, or report an earlier month."),
                table,
            )


def snapshot_only(tables: Mapping[str, Any]) -> Iterator[Finding]:
    """Say what one row per customer without time cannot show."""
    if "snapshot" in tables:
        yield Finding(
            "no_course_of_time",
            "note",
            say(
                "There is one row per customer and no course of time. Nobody can tell from it what came "
                "first, so results on leaving are exploratory: a hint where to look, not an effect."
            ),
            say("Start and end of each customer, and dated events, would allow more."),
            "snapshot",
        )
