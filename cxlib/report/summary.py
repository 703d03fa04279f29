"""The month on one page: headline figures, verdicts on both claims, and what could not be said.

Everything comes from the figures.json of an edition, so the summary can say nothing that no chapter
has published. Earlier editions beside it give the changes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from cxlib.chapters import figures_by_topic
from cxlib.contract.months import month_name, month_number
from cxlib.figures import Claim, Declared, Headline
from cxlib.language import Message, Quantity, count, listing, money, month, number, percent, say
from cxlib.report.remembered import Remembered, Words, read_figures
from cxlib.result import VERDICTS, Column, Result, Tile

__all__ = ["claims", "headline", "missing", "read_figures"]

HOW_TO_MAKE = say(
    "There is no report of these data yet. Make one with the command: cx report {dataset}. Then run this "
    "notebook again."
)
SIGNED = ("percentage points", "% of value")
DIGITS = {"% per month": 2, "ratio": 2, "score": 2}


def _declared() -> Iterator[Declared]:
    return (declared for figures in figures_by_topic().values() for declared in figures.values())


def _choices() -> list[list[tuple[str, Headline]]]:
    """Return the tiles by rank: for each the figures that can stand there, the first one best."""
    ranked = sorted(
        ((declared.id, declared.headline) for declared in _declared() if declared.headline is not None),
        key=lambda choice: choice[1].rank,
    )
    tiles: dict[str, list[tuple[str, Headline]]] = {}
    for id, place in ranked:
        tiles.setdefault(place.tile, []).append((id, place))
    return list(tiles.values())


def _claims() -> list[tuple[str, Claim]]:
    """Return the verdicts that stand on the summary, by rank."""
    judged = [(declared.id, declared.claim) for declared in _declared() if declared.claim is not None]
    return sorted(judged, key=lambda claim: claim[1].rank)


def headline(remembered: Remembered) -> Result:
    """Return the headline figures, each with interval and change, as far as these data give them."""
    name = "summary.headline"
    if not remembered.month:
        return Result.unavailable(name, HOW_TO_MAKE(dataset=remembered.dataset))
    tiles = tuple(tile for choices in _choices() if (tile := _tile(choices, remembered)) is not None)
    if not tiles:
        return Result.unavailable(
            name, say("None of the headline figures can be given from these data; the reasons are below.")
        )
    return Result(
        name,
        (say("{month} in brief.", month=month(remembered.month)), *_comparisons(remembered)),
        tiles=tiles,
        method=(
            say(
                "“Between” and the brackets hold the 95% interval. A change counts as more than chance "
                "where it is larger than both intervals together allow. Figures that rest on many months "
                "share most of their data with the month before; for them this rule is too cautious."
            ),
        ),
    )


def _comparisons(remembered: Remembered) -> list[Message]:
    """Return one sentence that says with which earlier report nothing can be compared."""
    this = month_number(remembered.month)
    months = {"month": month(month_name(this - 1)), "year": month(month_name(this - 12))}
    gone = [words for name, words in months.items() if name not in remembered.earlier]
    if len(gone) == 2:
        return [
            say(
                "Changes cannot be shown: there is no report of {last_month} and none of {last_year}.",
                last_month=gone[0],
                last_year=gone[1],
            )
        ]
    return [say("There is no report of {month} to compare with.", month=words) for words in gone]


def _tile(choices: Sequence[tuple[str, Headline]], remembered: Remembered) -> Tile | None:
    for id, place in choices:
        record = remembered.figures.get(id)
        if record is not None and record["value"] is not None:
            value = _quantity(record["value"], record["unit"], signed=place.signed)
            unit = say("percentage points") if record["unit"] == "percentage points" else None
            lines = (*_between(record, place), *_beside(place, remembered), *_changes(record, remembered))
            note = (record["note"],) if record["note"] else ()
            return Tile(record["label"], value, (*lines, *note), unit=unit)
    return None


def _between(record: dict[str, Any], place: Headline) -> list[Message]:
    if record["low"] is None:
        return []
    low, high = (_quantity(record[end], record["unit"], signed=place.signed) for end in ("low", "high"))
    return [say("between {low} and {high}", low=low, high=high)]


def _beside(place: Headline, remembered: Remembered) -> list[Message]:
    records = ((remembered.figures.get(id), words) for id, words in place.beside.items())
    return [
        words(value=_with_interval(record))
        for record, words in records
        if record and record["value"] is not None
    ]


def _changes(record: dict[str, Any], remembered: Remembered) -> list[Message]:
    lines = []
    since = {"month": say("last month"), "year": say("a year ago")}
    for name, figures in remembered.earlier.items():
        before = figures.get(record["id"])
        if before is None or before["value"] is None:
            lines.append(say("no figure to compare with {since}", since=since[name]))
        elif before["label"] != record["label"]:
            lines.append(say("not comparable with {since}: named or defined otherwise", since=since[name]))
        else:
            lines.append(_change(record, before, since[name]))
    return lines


def _change(record: dict[str, Any], before: dict[str, Any], since: Message) -> Message:
    words = _difference(record["value"] - before["value"], record)
    beyond = _beyond_chance(record, before)
    if beyond is None:
        return say("{change} against {since}", change=words, since=since)
    if beyond:
        return say("{change} against {since}: more than chance", change=words, since=since)
    return say("{change} against {since}: may be chance", change=words, since=since)


def _beyond_chance(record: dict[str, Any], before: dict[str, Any]) -> bool | None:
    """Whether two figures differ by more than their intervals together allow; None without intervals."""
    if record["low"] is None or before["low"] is None:
        return None
    later, former = (record, before) if record["value"] >= before["value"] else (before, record)
    reach = math.hypot(later["value"] - later["low"], former["high"] - former["value"])
    return later["value"] - former["value"] > reach


def _difference(value: float, record: dict[str, Any]) -> Message | Quantity:
    """Return a change in words, with as many decimals as the figure itself is shown with."""
    unit = record["unit"]
    if unit in ("%", "% per month", "percentage points", "% of value"):
        return say("{value} percentage points", value=number(value, DIGITS.get(unit, 1), signed=True))
    return _quantity(value, unit, signed=True, large=_is_large(record["value"]))


def _is_large(value: float) -> bool:
    """Whether an amount of money is shown without its cents."""
    return abs(value) >= 100


def _quantity(value: float, unit: str, *, signed: bool = False, large: bool | None = None) -> Quantity:
    """Return a figure's value, which stands in its `unit`, as a quantity."""
    digits = DIGITS.get(unit, 1)
    if unit in ("%", "% per month", "% of value"):
        return percent(value / 100, digits, signed=signed)
    if len(unit) == 3 and unit.isupper():
        large = _is_large(value) if large is None else large
        return money(value, unit, 0 if large else 2, signed=signed)
    return number(value, digits, signed=signed)


def claims(remembered: Remembered) -> Result:
    """Return the verdicts on both claims, each with what was measured instead."""
    name = "summary.claims"
    tiles = [_claim(id, claim, remembered) for id, claim in _claims() if id in remembered.figures]
    if not tiles:
        return Result.unavailable(name, say("Neither of the two popular claims can be tested on these data."))
    return Result(
        name,
        (_verdict_count(tiles),),
        tiles=tuple(tiles),
        method=(
            say(
                "“Contradicted” and “supported” speak of this company alone. “Not decidable” means that "
                "these data cannot tell; the chapter says which data would."
            ),
        ),
    )


def _verdict_count(tiles: list[Tile]) -> Message:
    counts = Counter(tile.verdict for tile in tiles)
    parts = [
        say("{count} {verdict}", count=count(counts[verdict]), verdict=words)
        for verdict, words in VERDICTS.items()
        if counts[verdict]
    ]
    return say(
        "The two claims make three statements. Of these, for this company: {verdicts}.",
        verdicts=listing(parts),
    )


def _claim(id: str, claim: Claim, remembered: Remembered) -> Tile:
    """Return a card: the claim as it goes round, what of it was tested, the verdict and the evidence."""
    judged = remembered.figures[id]
    records = (remembered.figures.get(figure) for figure in claim.evidence)
    evidence = (_evidence(record) for record in records if record and _is_given(record))
    note = (judged["note"],) if judged["note"] else ()
    return Tile(claim.quote, None, (judged["label"], *evidence, *note), verdict=judged["verdict"])


def _is_given(record: dict[str, Any]) -> bool:
    return record["value"] is not None or record["verdict"] is not None


def _evidence(record: dict[str, Any]) -> Message:
    value = VERDICTS[record["verdict"]] if record["value"] is None else _with_interval(record)
    return say("{figure}: {value}", figure=record["label"], value=value)


def _with_interval(record: dict[str, Any]) -> Message | Quantity:
    unit = record["unit"]
    value, low, high = (
        None if record[end] is None else _quantity(record[end], unit, signed=unit in SIGNED)
        for end in ("value", "low", "high")
    )
    if low is None:
        return value
    if unit == "percentage points":
        return say("{value} percentage points ({low} to {high})", value=value, low=low, high=high)
    return say("{value} ({low} to {high})", value=value, low=low, high=high)


def missing(remembered: Remembered) -> Result:
    """Return what could not be said and why: one row per chapter and reason."""
    name = "summary.missing"
    titles = {chapter["number"]: chapter["title"] for chapter in remembered.chapters}
    rows = [(c["title"], c["reason"]) for c in remembered.chapters if c["reason"]]
    rows += [
        (titles.get(entry["chapter"], {"de": entry["id"], "en": entry["id"]}), entry["reason"])
        for entry in remembered.absent
    ]
    rows = list({(what["en"], why["en"]): (Words(what), Words(why)) for what, why in rows}.values())
    if not rows:
        return Result(
            name,
            (
                say(
                    "Every figure of this report could be given. Where a chapter leaves a question open, it "
                    "says why."
                ),
            ),
        )
    return Result(
        name,
        (
            say(
                "What these data cannot tell, with the reason ({count} in all).",
                count=count(len(rows)),
            ),
        ),
        table=pd.DataFrame(rows, columns=["chapter", "reason"]),
        columns={"chapter": Column(say("Chapter")), "reason": Column(say("Why not"))},
    )
