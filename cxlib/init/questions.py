"""The questions of a questionnaire: which columns hold points of a scale, and which scale it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cxlib.init.reading import Question, Reading

__all__ = ["find_questions", "scale_of"]

ASKED = (
    ("nps", re.compile(r"recommend|empfehl|\bnps\b|net promoter", re.IGNORECASE)),
    ("ces", re.compile(r"\beasy\b|\beffort\b|\bleicht\b|\beinfach\b|aufwand|mühe|\bces\b", re.IGNORECASE)),
    ("csat", re.compile(r"satisf|zufrieden|\bcsat\b", re.IGNORECASE)),
)
HIGH_IS_BAD = re.compile(r"how much effort|wie viel (aufwand|mühe)|wie groß .*aufwand", re.IGNORECASE)
NPS_GROUP = re.compile(r"_NPS_GROUP$", re.IGNORECASE)
SHORT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}")
POINTS = re.compile(r"(\d{1,2})(\.0)?(\s*[-–:=].*)?")
# Share of the answers that must lie on a scale for it to be the question's scale.
ON_SCALE = 0.98


def find_questions(reading: Reading, *, items: bool) -> None:
    """Find the columns with points of a scale; `items` also takes those whose wording tells nothing."""
    for column in reading.export.columns:
        wording = f"{column} {reading.export.labels.get(column, '')}".strip()
        instrument = next((name for name, words in ASKED if words.search(re.sub("[_.]", " ", wording))), "")
        used = column in reading.unused or any(line.column != "score" for line in reading.takes(column))
        if used or not (instrument or items or reading.takes(column)):
            continue
        known_as = str(reading.export.ids.get(column, {}).get("ImportId", column))
        if NPS_GROUP.search(column) or NPS_GROUP.search(known_as):
            reading.unused[column] = "promoter, passive, detractor: the score says it"
            continue
        _take_question(reading, column, instrument)
    if reading.questions:
        reading.lines.pop("score", None)


def _take_question(reading: Reading, column: str, instrument: str) -> None:
    """Take a column for a question where almost all of its answers are points of one scale."""
    if "instrument" in reading.lines and reading.takes(column):
        return
    answers = reading.export.values(column)
    points = [int(match[1]) for answer in answers if (match := POINTS.fullmatch(answer.lstrip("'")))]
    if not answers or len(points) < ON_SCALE * len(answers):
        if instrument:
            why = "is answered in words, not points" if answers else "has no answers"
            reading.left_open.append(f"{column} looks like {instrument.upper()}, but {why}")
        return
    scale = (0, 10) if instrument == "nps" else scale_of(points)
    if scale is not None and _share_on(scale, points) >= ON_SCALE:
        reading.questions.append(_question(reading, column, instrument, scale))


def _question(reading: Reading, column: str, instrument: str, scale: tuple[int, int]) -> Question:
    """Return a question, its wording from the label row where that is one; unknown ones are items."""
    seen = f"; scale {scale[0]} to {scale[1]} as seen in the answers" if instrument != "nps" else ""
    if not instrument:
        reading.left_open.append(f"what {column} asks is not told by its name; taken as an item{seen}")
    label = reading.export.labels.get(column, "")
    wording = label if any(words.search(label) for _, words in ASKED) else column
    bad = instrument == "ces" and HIGH_IS_BAD.search(wording) is not None
    is_short = SHORT.fullmatch(column) and column.lower() != "score"
    return Question(
        column,
        key=column if is_short else f"question_{len(reading.questions) + 1}",
        instrument=instrument or "item",
        low=scale[0],
        high=scale[1],
        high_is_good=not bad,
        sure="certain" if instrument == "nps" else "likely",
        note=f"{' '.join(wording.split())}{seen}{'; more effort is worse' if bad else ''}",
    )


def _share_on(scale: tuple[int, int], points: Sequence[float]) -> float:
    return sum(scale[0] <= point <= scale[1] for point in points) / len(points)


def scale_of(points: Sequence[float]) -> tuple[int, int] | None:
    """Return the smallest usual scale that holds almost all points."""
    if len(set(points)) < 2:
        return None
    low = 0 if points.count(0) > (1 - ON_SCALE) * len(points) else 1
    for high in (5, 7, 10):
        if _share_on((low, high), points) >= ON_SCALE:
            return (low, 10) if low == 0 else (low, high)
    return None
