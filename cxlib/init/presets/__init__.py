"""Known exports as SELECTs with notes, and the words by which other columns and values are told."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from cxlib.contract.schema import default_touchpoints
from cxlib.init.export import plain

__all__ = ["Line", "Preset", "codings", "folded", "presets", "synonyms"]

_LINE = re.compile(
    r"\s+(?P<sql>.+?) AS (?P<column>\w+),? -- (?P<sure>certain|likely)(?:: (?P<note>.+))?", re.ASCII
)
_CUSTOM = re.compile(r"\s*\[(list|txt|flag|dec|int|date)\]$")


@dataclass(frozen=True)
class Line:
    """One column of a proposed SELECT.

    Attributes
    ----------
    column : str
        Column of the canonical table, or a helper that no table has.
    sql : str
        SQL in which ``moment("X")``, ``number("X")``, ``coded("X")`` and ``minutes_after("X", "Y")``
        stand for what the values of X need.
    sure : {"certain", "likely"}
    note : str
    """

    column: str
    sql: str
    sure: str
    note: str = ""


@dataclass
class Preset:
    """A known export.

    Attributes
    ----------
    title : str
    table : str
        Canonical table that it becomes.
    known_by : list of list of str
        Of each list, one column must be there.
    labelled : dict of str to str
        Column -> text its label row must have.
    import_ids : dict of str to str
        Id in the row of import ids -> column.
    unused : dict of str to str
        Column, in small letters -> why it is not used.
    scales : dict of str to (float, float)
        Instrument -> its scale, where the tool fixes it.
    has_questions : bool
        Every other column may be a question.
    lines : list of Line
        Several for one column: the first whose columns are there.
    where : str
    """

    title: str = ""
    table: str = ""
    known_by: list[list[str]] = field(default_factory=list)
    labelled: dict[str, str] = field(default_factory=dict)
    import_ids: dict[str, str] = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)
    scales: dict[str, tuple[float, float]] = field(default_factory=dict)
    has_questions: bool = False
    lines: list[Line] = field(default_factory=list)
    where: str = ""


@cache
def presets() -> tuple[Preset, ...]:
    """Return all known exports."""
    files = sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
    return tuple(_parsed(file.read_text(encoding="utf-8")) for file in files if file.name.endswith(".sql"))


def _parsed(text: str) -> Preset:
    first, *lines = text.splitlines()
    preset = Preset(title=re.split(r"[:(]", first.removeprefix("-- "))[0].strip())
    for line in lines:
        match = _LINE.fullmatch(line)
        if match:
            preset.lines.append(Line(**{key: value or "" for key, value in match.groupdict().items()}))
        elif line.startswith("WHERE "):
            preset.where = line.removeprefix("WHERE ")
        elif line.startswith("-- "):
            key, _, words = line.removeprefix("-- ").partition(": ")
            _note(preset, key, [word.strip() for word in words.split(";")])
    return preset


def _note(preset: Preset, key: str, words: list[str]) -> None:
    """Take one line of a preset's head."""
    if key == "table":
        preset.table = words[0]
    elif key == "questions":
        preset.has_questions = True
    elif key == "known by":
        preset.known_by = [[name.strip() for name in word.split("|")] for word in words]
    elif key == "scale":
        for instrument, low, high in (word.split() for word in words):
            preset.scales[instrument] = (float(low), float(high))
    elif key in ("labelled", "import ids"):
        target = preset.labelled if key == "labelled" else preset.import_ids
        target.update(tuple(word.split(" = ")) for word in words)
    elif key == "not used":
        for word in words:
            name, _, why = word.rpartition(" (")
            if name.count("(") > name.count(")"):
                name, _, why = word.partition(" (")
            preset.unused[name.lower()] = why.removesuffix(")")


def folded(name: str) -> str:
    """Return a name as it is compared: small letters and digits alone, umlauts written out."""
    return re.sub(r"[^a-z0-9]", "", plain(_CUSTOM.sub("", name)))


@cache
def synonyms(table: str) -> dict[str, list[tuple[str, str]]]:
    """Return folded name -> (column, how sure) for the columns of a canonical table."""
    columns: dict[str, list[tuple[str, str]]] = {}
    for row in _rows("synonyms.csv"):
        if row["table"] in (table, "*"):
            for word in [*row["words"].split(), folded(row["column"])]:
                sure = "certain" if word == folded(row["column"]) else row["sure"]
                if all(column != row["column"] for column, _ in columns.get(word, [])):
                    columns.setdefault(word, []).append((row["column"], sure))
    return columns


@cache
def codings(column: str) -> dict[str, str]:
    """Return folded word -> coded value of a column; touchpoints by name and by both labels."""
    values = {}
    for row in _rows("codings.csv"):
        if row["column"] == column:
            values |= dict.fromkeys([*row["words"].split(), folded(row["value"])], row["value"])
    if column == "touchpoint":
        with default_touchpoints().open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                words = (row["touchpoint"], row["label_de"], row["label_en"])
                values |= {folded(word): row["touchpoint"] for word in words}
    return values


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
