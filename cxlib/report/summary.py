"""The month on one page: headline figures, verdicts on both claims, and what could not be said.

Everything comes from the figures.json of an edition, so the summary can say nothing that no chapter
has published. Earlier editions beside it give the changes.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cxlib.contract.config import read_config
from cxlib.contract.months import month_name, month_number
from cxlib.errors import ReportError
from cxlib.language import (
    Message,
    Quantity,
    count,
    current,
    listing,
    money,
    month,
    number,
    percent,
    say,
)
from cxlib.result import VERDICTS, Column, Result, Tile

__all__ = ["Remembered", "claims", "headline", "missing", "read_figures"]

HOW_TO_MAKE = say(
    "There is no report of these data yet. Make one with the command: cx report {dataset}. Then run this "
    "notebook again."
)


@dataclass(frozen=True, eq=False)
class Remembered:
    """The figures of one edition, and those of the editions a month and a year before.

    Attributes
    ----------
    month, scope : str
        YYYY-MM, and the part of the customers.
    figures : dict of str to dict
        Figure id -> record as in figures.json.
    absent : list of dict
        ``id``, ``chapter``, ``reason`` by language.
    chapters : list of dict
        ``number``, ``title`` and ``reason`` by language, ``state``.
    earlier : dict of str to dict
        ``month`` and ``year`` -> figures by id; an edition that does not exist is left out.
    dataset : str
        As it was asked for; with no `month`, nothing was found there.
    """

    month: str = ""
    scope: str = ""
    figures: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    absent: tuple[dict[str, Any], ...] = ()
    chapters: tuple[dict[str, Any], ...] = ()
    earlier: Mapping[str, Mapping[str, dict[str, Any]]] = field(default_factory=dict)
    dataset: str = ""


@dataclass(frozen=True)
class _Words:
    """Words that an edition holds in both languages."""

    by_language: Mapping[str, str]

    def text(self, language: str | None = None) -> str:
        return self.by_language[language or current()]


class _Headline(NamedTuple):
    """A tile: its label, the figure, and what stands in for it where these data cannot give it."""

    label: Message
    id: str
    signed: bool = False
    also: tuple[tuple[str, Message], ...] = ()


HEADLINES: tuple[tuple[_Headline, ...], ...] = (
    (
        _Headline(
            say("Net promoter score, all customers"),
            "nps.weighted",
            also=(("nps", say("those who answered: {value}")),),
        ),
        _Headline(say("Net promoter score of those who answered"), "nps"),
        _Headline(say("Satisfied customers among those who answered"), "csat.top2"),
    ),
    (
        _Headline(say("Customers who left in the month"), "churn.rate"),
        _Headline(say("Customers who bought again"), "repurchase.share"),
        _Headline(say("Customers who have left, of all in these data"), "churn.snapshot.share"),
        _Headline(say("New customers still there after 12 months"), "retention.12m"),
    ),
    (
        _Headline(
            say("More customers leave within 12 months of a negative experience"),
            "churn.risk12.diff.1",
            signed=True,
            also=(
                ("churn.risk12.0", say("without: {value}")),
                ("churn.risk12.1", say("after one: {value}")),
            ),
        ),
    ),
    (
        _Headline(
            say("Value of a new customer"),
            "value.customer",
            also=(
                (
                    "value.plus5points",
                    say("if five more of 100 new customers stayed their first year: {value}"),
                ),
            ),
        ),
    ),
)
CLAIMS = (
    (
        "claim.zendesk.1",
        say("“After one bad experience, 50% of customers switch to a competitor.”"),
        (
            (
                "churn.after12.generous.1",
                say("Left within 12 months of a first one, counted in the claim's favour: {value}"),
            ),
            ("churn.risk12.diff.1", say("More than without: {value}")),
        ),
    ),
    (
        "claim.zendesk.2",
        say("“After several bad experiences, 80% switch.”"),
        (
            (
                "churn.after12.generous.2",
                say("Left within 12 months of a second one, counted in the claim's favour: {value}"),
            ),
            ("churn.risk12.diff.2", say("More than without: {value}")),
        ),
    ),
    (
        "claim.reichheld",
        say("“5% more retention raises profit by up to 75%.”"),
        (
            (
                "value.plus5points",
                say("Gain in the value of a new customer, five points more retention: {value}"),
            ),
            (
                "profit.year.net.plus5percent",
                say("Gain in yearly profit after fixed cost, 5% more retention: {value}"),
            ),
            ("claim.reichheld.year", say("Read as yearly profit the claim is {value}.")),
        ),
    ),
)
SIGNED = ("percentage points", "% of value")
DIGITS = {"% per month": 2, "ratio": 2, "score": 2}


def read_figures(
    figures: str = "", *, dataset: str = "data/sample", month: str = "", scope: str = ""
) -> Remembered:
    """Read the figures that a summary is about.

    Parameters
    ----------
    figures : str
        A figures.json. Empty: the data set's edition of `month` and `scope`, or its latest one; for
        the sample without any edition the figures committed with the tests.
    dataset : str
        Folder of the data set, sought in the working folder and its parents.
    month, scope : str
        As in the edition wanted.

    Returns
    -------
    Remembered
        Without month where there is nothing to read.

    Raises
    ------
    ReportError
        If `figures` is given and cannot be read.
    """
    path = Path(figures) if figures else _find(dataset, month, scope)
    if path is None:
        return Remembered(dataset=dataset)
    document = _read(path)
    earlier = {
        name: _by_id(_read(before))
        for name, before in _earlier_paths(path, document).items()
        if before.exists()
    }
    return Remembered(
        document["month"],
        document.get("scope", ""),
        _by_id(document),
        tuple(document.get("absent", ())),
        tuple(document.get("chapters", ())),
        earlier,
        dataset,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read as the figures of an edition: {error}") from error


def _by_id(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in document["figures"]}


def _find(dataset: str, month: str, scope: str) -> Path | None:
    """Return figures.json of the edition wanted, or the latest; None if there is none."""
    from cxlib.report.names import edition_name

    for root in (Path.cwd(), *Path.cwd().parents):
        config = root / dataset / "dataset.yaml"
        if not config.exists():
            continue
        name = read_config(config).name
        wanted = edition_name(month or "[0-9][0-9][0-9][0-9]-[0-9][0-9]", scope)
        found = sorted((root / "reports" / name).glob(f"{wanted}/figures.json"))
        if not found and name == "sample" and not scope:
            found = sorted((root / "tests" / "expected").glob(f"{month or '*-*'}.json"))
        return found[-1] if found else None
    return None


def _earlier_paths(path: Path, document: Mapping[str, Any]) -> dict[str, Path]:
    from cxlib.report.names import edition_name

    this, scope = month_number(document["month"]), document.get("scope", "")
    months = {"month": month_name(this - 1), "year": month_name(this - 12)}
    folder = path.resolve().parent.parent
    return {name: folder / edition_name(m, scope) / "figures.json" for name, m in months.items()}


def headline(remembered: Remembered) -> Result:
    """Return the headline figures, each with interval and change, as far as these data give them."""
    name = "summary.headline"
    if not remembered.month:
        return Result.unavailable(name, Message(HOW_TO_MAKE.template, {"dataset": remembered.dataset}))
    tiles = [_tile(choices, remembered) for choices in HEADLINES]
    tiles = tuple(tile for tile in tiles if tile is not None)
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


def _tile(choices: tuple[_Headline, ...], remembered: Remembered) -> Tile | None:
    for choice in choices:
        record = remembered.figures.get(choice.id)
        if record is not None and record["value"] is not None:
            value = _quantity(record["value"], record["unit"], signed=choice.signed)
            unit = say("percentage points") if record["unit"] == "percentage points" else None
            return Tile(choice.label, value, tuple(_small_print(choice, record, remembered)), unit=unit)
    return None


def _small_print(choice: _Headline, record: dict[str, Any], remembered: Remembered) -> list[Message]:
    lines = []
    if record["low"] is not None:
        limits = [_quantity(record[end], record["unit"], signed=choice.signed) for end in ("low", "high")]
        lines.append(say("between {low} and {high}", low=limits[0], high=limits[1]))
    for id, sentence in choice.also:
        other = remembered.figures.get(id)
        if other is not None and other["value"] is not None:
            lines.append(Message(sentence.template, {"value": _with_interval(other)}))
    since = {"month": say("last month"), "year": say("a year ago")}
    for name, figures in remembered.earlier.items():
        before = figures.get(choice.id)
        if before is None or before["value"] is None:
            lines.append(say("no figure to compare with {since}", since=since[name]))
        else:
            lines.append(_change(record, before, since[name]))
    if record.get("note"):
        lines.append(_Words(record["note"]))
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
    tiles = [_claim(*claim, remembered) for claim in CLAIMS if claim[0] in remembered.figures]
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


def _claim(
    id: str, label: Message, measured: tuple[tuple[str, Message], ...], remembered: Remembered
) -> Tile:
    details = []
    for figure, sentence in measured:
        record = remembered.figures.get(figure, {"value": None, "verdict": None})
        value = VERDICTS.get(record["verdict"])
        if record["value"] is not None:
            value = _with_interval(record)
        if value is not None:
            details.append(Message(sentence.template, {"value": value}))
    return Tile(label, None, tuple(details), verdict=remembered.figures[id]["verdict"])


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
    rows = list({(what["en"], why["en"]): (_Words(what), _Words(why)) for what, why in rows}.values())
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
